#include "policy/host/apparmor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/apparmor.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"

#define PROFILES_SIZE ((size_t)4 << 20)

static const char *profiles_for_tests;

void apparmor_use_profiles(const char *path)
{
	profiles_for_tests = path;
}

int apparmor_is_there(bool *ret_there, struct error **error)
{
	if (profiles_for_tests) {
		*ret_there = *profiles_for_tests;
		return 0;
	}
	errno = 0;
	bool there = aa_is_enabled();
	/* aa_is_enabled(2): only these two mean that no profile is ever enforced */
	if (!there && errno != ENOSYS && errno != ECANCELED)
		return error_set(error, errno ? errno : EIO,
				 "AppArmor is in the kernel, but its interface cannot be used (%s): mount securityfs at "
				 "/sys/kernel/security",
				 strerrorname_np(errno ? errno : EIO));
	*ret_there = there;
	return 0;
}

static int profiles_path(char **ret, struct error **error)
{
	if (profiles_for_tests) {
		*ret = strdup(profiles_for_tests);
		return *ret ? 0 : error_out_of_memory(error);
	}
	cleanup_free char *mount = NULL;
	if (aa_find_mountpoint(&mount) < 0)
		return error_set(error, errno ? errno : EIO,
				 "AppArmor's file system is not mounted: mount securityfs at /sys/kernel/security");
	return asprintf(ret, "%s/profiles", mount) < 0 ? error_out_of_memory(error) : 0;
}

/* "NAME (MODE)", where a name may hold spaces and parentheses too. */
static enum apparmor_state state_in_line(const char *line, const char *name)
{
	size_t length = strlen(name);
	if (strncmp(line, name, length) != 0 || line[length] != ' ' || line[length + 1] != '(' ||
	    strchr(line + length + 2, '('))
		return APPARMOR_NOT_LOADED;
	bool enforced = strcmp(line + length, " (enforce)") == 0 || strcmp(line + length, " (kill)") == 0;
	return enforced ? APPARMOR_ENFORCED : APPARMOR_NOT_ENFORCED;
}

int apparmor_profile_state(const char *name, enum apparmor_state *ret_state, struct error **error)
{
	cleanup_free char *path = NULL, *list = NULL;
	size_t length = 0;
	int result = profiles_path(&path, error);
	if (result < 0)
		return result;
	result = file_read(path, PROFILES_SIZE, &list, &length, NULL);
	if (result < 0)
		return error_set(error, -result, "AppArmor's list of profiles %s cannot be read (%s)", path,
				 strerrorname_np(-result));
	enum apparmor_state state = APPARMOR_NOT_LOADED;
	for (char *line = list, *rest = NULL; (line = strtok_r(line, "\n", &rest)); line = NULL) {
		enum apparmor_state found = state_in_line(line, name);
		if (found != APPARMOR_NOT_LOADED)
			state = found;
	}
	*ret_state = state;
	return 0;
}
