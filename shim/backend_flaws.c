#include "shim/backend_flaws.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "shim/backend.h"

/* `since`: the first version that has it; NULL: all. `fixed`: the first version of each
 * branch (1.2, 1.3 …) that does not; a branch above the last of them is free of it.
 * Sources: the advisories of opencontainers/runc and containers/crun. */
static const struct flaw {
	enum backend_kind kind;
	const char *name, *since, *fixed[4];
} flaws[] = {
	/* the host's runc overwritten through /proc/self/exe */
	{BACKEND_RUNC, "CVE-2019-5736", NULL, {"1.0.0-rc7"}},
	/* mounts exchanged for symbolic links */
	{BACKEND_RUNC, "CVE-2021-30465", NULL, {"1.0.0-rc95"}},
	/* inheritable capabilities by exec --cap */
	{BACKEND_RUNC, "CVE-2022-29162", NULL, {"1.1.2"}},
	/* /proc and /sys as symbolic links of the image, or of a volume */
	{BACKEND_RUNC, "CVE-2023-27561", "1.0.0-rc95", {"1.1.5"}},
	{BACKEND_RUNC, "CVE-2023-28642", NULL, {"1.1.5"}},
	/* a working directory in /proc/self/fd */
	{BACKEND_RUNC, "CVE-2024-21626", "1.0.0-rc93", {"1.1.12"}},
	/* empty files and folders made on the host */
	{BACKEND_RUNC, "CVE-2024-45310", NULL, {"1.1.14", "1.2.0-rc.3"}},
	/* masked paths, /dev/console and writes to /proc, exchanged while they are mounted */
	{BACKEND_RUNC, "CVE-2025-31133", NULL, {"1.2.8", "1.3.3", "1.4.0-rc.3"}},
	{BACKEND_RUNC, "CVE-2025-52565", "1.0.0-rc3", {"1.2.8", "1.3.3", "1.4.0-rc.3"}},
	{BACKEND_RUNC, "CVE-2025-52881", NULL, {"1.2.8", "1.3.3", "1.4.0-rc.3"}},
	/* /dev as a symbolic link of the image */
	{BACKEND_RUNC, "CVE-2026-41579", NULL, {"1.3.6", "1.4.3", "1.5.0-rc.3"}},

	/* mounts through symbolic links of the image */
	{BACKEND_CRUN, "CVE-2019-18837", NULL, {"0.10.5"}},
	/* inheritable capabilities */
	{BACKEND_CRUN, "CVE-2022-27650", NULL, {"1.4.4"}},
	/* the handler krun writes through symbolic links of the image */
	{BACKEND_CRUN, "CVE-2025-24965", NULL, {"1.20"}},
	/* exec --user 1 is root */
	{BACKEND_CRUN, "CVE-2026-30892", "1.19", {"1.27"}},
	/* /dev as a symbolic link of the image */
	{BACKEND_CRUN, "CVE-2026-47766", NULL, {"1.28"}},
};

/* A distribution's revision that has the fix though its version is older: `start` and
 * a number from `least` up. Revisions do not order across a distribution's releases
 * (Debian's 1.1.5+ds1-4 lacks what 1.1.5+ds1-1+deb12u1 has), so each has a row.
 * Sources: Debian's changelog of the package, Ubuntu's USN-6619-1. */
static const struct backport {
	const char *name, *start;
	uint64_t least;
} backports[] = {
	{"CVE-2024-21626", "1.1.5+ds1-1+deb12u", 1},
	{"CVE-2024-21626", "1.1.7-0ubuntu1~20.04.", 2},
	{"CVE-2024-21626", "1.1.7-0ubuntu1~22.04.", 2},
	{"CVE-2024-21626", "1.1.7-0ubuntu2.", 2},
};

/* True where both belong to one branch: the first two numbers are equal. */
static bool same_branch(const char *left, const char *right)
{
	for (int part = 0; part < 2; part++) {
		size_t length = strspn(left, "0123456789");
		if (length != strspn(right, "0123456789") || memcmp(left, right, length) != 0)
			return false;
		left += length + (left[length] == '.');
		right += length + (right[length] == '.');
	}
	return true;
}

static bool is_fixed_upstream(const struct flaw *flaw, const char *version)
{
	if (flaw->since && backend_compare_versions(version, flaw->since) < 0)
		return true;
	const char *last = flaw->fixed[0];
	for (size_t i = 0; i < ARRAY_SIZE(flaw->fixed) && flaw->fixed[i]; i++) {
		last = flaw->fixed[i];
		if (same_branch(version, last))
			return backend_compare_versions(version, last) >= 0;
	}
	return backend_compare_versions(version, last) >= 0;
}

static bool is_fixed_in(const struct backport *backport, const char *revision)
{
	uint64_t number = 0;
	if (!text_starts_with(revision, backport->start))
		return false;
	/* "2", "2.1" and "2+esm1" follow on 2 */
	const char *digits = revision + strlen(backport->start);
	cleanup_free char *text = strndup(digits, strspn(digits, "0123456789"));
	return text && number_parse_uint64(text, &number) == 0 && number >= backport->least;
}

static bool is_backported(const struct flaw *flaw, const char *const *revisions)
{
	for (; *revisions; revisions++)
		for (size_t i = 0; i < ARRAY_SIZE(backports); i++)
			if (strcmp(backports[i].name, flaw->name) == 0 && is_fixed_in(&backports[i], *revisions))
				return true;
	return false;
}

json_t *backend_flaws_of(enum backend_kind kind, const char *version, const char *const *revisions)
{
	json_t *names = json_array();
	for (size_t i = 0; names && i < ARRAY_SIZE(flaws); i++) {
		if (flaws[i].kind != kind || is_fixed_upstream(&flaws[i], version) ||
		    is_backported(&flaws[i], revisions))
			continue;
		if (json_array_append_new(names, json_string(flaws[i].name)) < 0) {
			json_decref(names);
			return NULL;
		}
	}
	return names;
}
