#include "policy/tests/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/backend_flaws.h"
#include "shim/backend_package.h"
#include "shim/backend_version.h"

static const struct row {
	enum backend_kind kind;
	const char *version, *revision, *flaw;
	bool has;
} rows[] = {
	/* the first and last versions that have each, and those that do not */
	{BACKEND_RUNC, "1.0.0-rc6", "", "CVE-2019-5736", true},
	{BACKEND_RUNC, "1.0.0-rc7", "", "CVE-2019-5736", false},
	{BACKEND_RUNC, "1.0.0-rc94", "", "CVE-2021-30465", true},
	{BACKEND_RUNC, "1.0.0-rc95", "", "CVE-2021-30465", false},
	{BACKEND_RUNC, "1.1.1", "", "CVE-2022-29162", true},
	{BACKEND_RUNC, "1.1.2", "", "CVE-2022-29162", false},
	{BACKEND_RUNC, "1.0.0-rc94", "", "CVE-2023-27561", false},
	{BACKEND_RUNC, "1.1.4", "", "CVE-2023-27561", true},
	{BACKEND_RUNC, "1.1.5", "", "CVE-2023-27561", false},
	{BACKEND_RUNC, "1.1.4", "", "CVE-2023-28642", true},
	{BACKEND_RUNC, "1.1.5", "", "CVE-2023-28642", false},
	{BACKEND_RUNC, "1.0.0-rc92", "", "CVE-2024-21626", false},
	{BACKEND_RUNC, "1.0.0~rc93+ds1", "", "CVE-2024-21626", true},
	{BACKEND_RUNC, "1.1.11", "", "CVE-2024-21626", true},
	{BACKEND_RUNC, "1.1.12", "", "CVE-2024-21626", false},
	{BACKEND_RUNC, "1.1.13", "", "CVE-2024-45310", true},
	{BACKEND_RUNC, "1.1.14", "", "CVE-2024-45310", false},
	{BACKEND_RUNC, "1.2.0-rc.2", "", "CVE-2024-45310", true},
	{BACKEND_RUNC, "1.2.0-rc.3", "", "CVE-2024-45310", false},
	{BACKEND_RUNC, "1.3.0", "", "CVE-2024-45310", false},
	{BACKEND_RUNC, "1.1.15", "", "CVE-2025-31133", true},
	{BACKEND_RUNC, "1.2.7", "", "CVE-2025-31133", true},
	{BACKEND_RUNC, "1.2.8", "", "CVE-2025-31133", false},
	{BACKEND_RUNC, "1.3.2", "", "CVE-2025-52565", true},
	{BACKEND_RUNC, "1.3.3", "", "CVE-2025-52565", false},
	{BACKEND_RUNC, "1.4.0-rc.2", "", "CVE-2025-52881", true},
	{BACKEND_RUNC, "1.4.0-rc.3", "", "CVE-2025-52881", false},
	{BACKEND_RUNC, "1.4.0", "", "CVE-2025-52881", false},
	{BACKEND_RUNC, "1.2.8", "", "CVE-2026-41579", true},
	{BACKEND_RUNC, "1.3.6", "", "CVE-2026-41579", false},
	{BACKEND_RUNC, "1.4.2", "", "CVE-2026-41579", true},
	{BACKEND_RUNC, "1.4.3", "", "CVE-2026-41579", false},
	{BACKEND_RUNC, "1.5.0-rc.2", "", "CVE-2026-41579", true},
	{BACKEND_RUNC, "1.5.2", "", "CVE-2026-41579", false},
	{BACKEND_CRUN, "0.10.4", "", "CVE-2019-18837", true},
	{BACKEND_CRUN, "0.10.5", "", "CVE-2019-18837", false},
	{BACKEND_CRUN, "1.4.3", "", "CVE-2022-27650", true},
	{BACKEND_CRUN, "1.4.4", "", "CVE-2022-27650", false},
	{BACKEND_CRUN, "1.19.1", "", "CVE-2025-24965", true},
	{BACKEND_CRUN, "1.20", "", "CVE-2025-24965", false},
	{BACKEND_CRUN, "1.18.2", "", "CVE-2026-30892", false},
	{BACKEND_CRUN, "1.26", "", "CVE-2026-30892", true},
	{BACKEND_CRUN, "1.27", "", "CVE-2026-30892", false},
	{BACKEND_CRUN, "1.27.1", "", "CVE-2026-47766", true},
	{BACKEND_CRUN, "1.28", "", "CVE-2026-47766", false},
	/* the other backend's flaws are not its own */
	{BACKEND_CRUN, "1.1.5", "", "CVE-2024-21626", false},
	{BACKEND_RUNC, "1.1.5", "", "CVE-2025-24965", false},
	/* distributions */
	{BACKEND_RUNC, "1.1.5+ds1", "", "CVE-2024-21626", true},
	{BACKEND_RUNC, "1.1.5+ds1", "1.1.5+ds1-1", "CVE-2024-21626", true},
	{BACKEND_RUNC, "1.1.5+ds1", "1.1.5+ds1-4", "CVE-2024-21626", true},
	{BACKEND_RUNC, "1.1.5+ds1", "1.1.5+ds1-1+deb12u", "CVE-2024-21626", true},
	{BACKEND_RUNC, "1.1.5+ds1", "1.1.5+ds1-1+deb12u1", "CVE-2024-21626", false},
	{BACKEND_RUNC, "1.1.5+ds1", "1.1.5+ds1-1+deb12u2", "CVE-2024-21626", false},
	{BACKEND_RUNC, "1.1.5+ds1", "1.1.5+ds1-1+deb12u1", "CVE-2025-31133", true},
	{BACKEND_RUNC, "1.1.7-0ubuntu1~22.04.1", "", "CVE-2024-21626", true},
	{BACKEND_RUNC, "1.1.7-0ubuntu1~22.04.2", "", "CVE-2024-21626", false},
	{BACKEND_RUNC, "1.1.7-0ubuntu1~22.04.10", "", "CVE-2024-21626", false},
};

static bool has(const json_t *flaws, const char *name)
{
	size_t index;
	json_t *flaw;
	json_array_foreach(flaws, index, flaw)
		if (strcmp(json_string_value(flaw), name) == 0)
			return true;
	return false;
}

static void flaws_follow_versions_and_revisions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const revisions[] = {rows[i].version, rows[i].revision, NULL};
		cleanup_json json_t *flaws = backend_flaws_of(rows[i].kind, rows[i].version, revisions);
		if (has(flaws, rows[i].flaw) != rows[i].has)
			fail_msg("%s %s %s: %s", backend_kind_name(rows[i].kind), rows[i].version, rows[i].revision,
				 rows[i].flaw);
	}
}

static void a_commit_is_a_revision_where_it_says_so(void **state)
{
	(void)state;
	static const struct {
		const char *answer, *version, *revision;
	} answers[] = {
		{"runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\nspec: 1.0.2-dev\n", "1.1.5+ds1", "1.1.5+ds1-1+deb12u1"},
		{"crun version 1.8.1\ncommit: f8a096be060b22ccd3d5\n", "1.8.1", ""},
		{"runc version 1.1.5\n", "1.1.5", ""},
		{"runc version 1.1.5\ncommit:\n", "1.1.5", ""},
		{"runc version 1.1.5\ncommit: 1.1.5-x", "1.1.5", "1.1.5-x"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		cleanup_free char *revision = backend_read_revision(answers[i].answer, answers[i].version);
		assert_string_equal(revision, answers[i].revision);
	}
}

static void write_text(const char *directory, const char *name, const char *text)
{
	cleanup_free char *path = NULL;
	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	FILE *stream = fopen(path, "w");
	assert_non_null(stream);
	assert_true(fputs(text, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
}

static void the_package_speaks_for_its_own_file(void **state)
{
	(void)state;
	cleanup_free char *database = make_temporary_directory(), *info = NULL;
	assert_true(asprintf(&info, "%s/info", database) > 0);
	assert_int_equal(mkdir(info, 0755), 0);
	write_text(info, "crun.list", "/.\n/usr\n/usr/bin\n/usr/bin/crun\n");
	write_text(info, "runc.list", "/.\n/usr/sbin/runc\n");
	write_text(database, "status",
		   "Package: crun-x\nStatus: install ok installed\nVersion: 9\n\n"
		   "Package: crun\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.8.1-1+deb12u1\n"
		   "Description: x\n Version: 7\n\n"
		   "Package: runc\nStatus: deinstall ok config-files\nVersion: 1.1.5\n");
	static const struct {
		const char *package, *path, *revision;
	} files[] = {
		{"crun", "/usr/bin/crun", "1.8.1-1+deb12u1"}, {"crun", "/bin/crun", "1.8.1-1+deb12u1"},
		{"crun", "/usr/local/bin/crun", ""}, {"runc", "/usr/sbin/runc", ""}, {"youki", "/usr/bin/youki", ""},
	};
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *revision = backend_package_revision_in(database, files[i].package, files[i].path);
		assert_string_equal(revision, files[i].revision);
	}
	cleanup_free char *none = backend_package_revision_in("/nowhere", "runc", "/usr/sbin/runc");
	assert_string_equal(none, "");
	remove_tree(database);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flaws_follow_versions_and_revisions),
		cmocka_unit_test(a_commit_is_a_revision_where_it_says_so),
		cmocka_unit_test(the_package_speaks_for_its_own_file),
	};
	return cmocka_run_group_tests_name("backend flaws", tests, NULL, NULL);
}
