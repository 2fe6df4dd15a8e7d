#include "policy/host/selinux.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"

#define FOLDER "/sys/fs/selinux"

static const char *folder_for_tests;

void selinux_use_folder(const char *path)
{
	folder_for_tests = path;
}

/* The kernel makes the folder where SELinux is in use, for its file system to be
 * mounted on. */
static int is_mounted(bool *ret_mounted, struct error **error)
{
	struct statfs system;
	if (folder_for_tests) {
		*ret_mounted = *folder_for_tests;
		return 0;
	}
	if (statfs(FOLDER, &system) < 0) {
		if (errno != ENOENT)
			return error_set(error, errno, FOLDER " cannot be examined (%s)", strerrorname_np(errno));
		*ret_mounted = false;
		return 0;
	}
	if (system.f_type != SELINUX_MAGIC)
		return error_set(error, ENODEV,
				 "the kernel has SELinux, but its file system is not mounted: mount -t selinuxfs selinuxfs " FOLDER);
	*ret_mounted = true;
	return 0;
}

int selinux_read_state(enum selinux_state *ret_state, struct error **error)
{
	bool mounted = false;
	int result = is_mounted(&mounted, error);
	if (result < 0)
		return result;
	if (!mounted) {
		*ret_state = SELINUX_ABSENT;
		return 0;
	}
	cleanup_close int folder = -1, file = -1;
	cleanup_free char *text = NULL;
	size_t length = 0;
	result = file_open_directory(folder_for_tests ? folder_for_tests : FOLDER, &folder, NULL);
	if (result == 0)
		result = file_open_at(folder, "enforce", &file, NULL);
	if (result == 0)
		result = file_read_all(file, "enforce", 64, &text, &length, NULL);
	if (result < 0)
		return error_set(error, -result, "SELinux's mode cannot be read (%s)", strerrorname_np(-result));
	*ret_state = strcmp(text, "1") == 0 || strcmp(text, "1\n") == 0 ? SELINUX_ENFORCING : SELINUX_PERMISSIVE;
	return 0;
}
