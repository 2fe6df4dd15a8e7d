#include "policy/host/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/host/path.h"

#define DELETED " (deleted)" /* the kernel's word where a package's upgrade unlinked the file */

/* What is open at `descriptor` is a program of root's. */
static int check_file(int descriptor, struct error **error)
{
	struct stat status;
	if (fstat(descriptor, &status) < 0)
		return error_set(error, errno, "cannot be examined (%s)", strerrorname_np(errno));
	if (!S_ISREG(status.st_mode) || !(status.st_mode & S_IXUSR))
		return error_set(error, EINVAL, "is no program");
	if (file_check_trusted(descriptor, "it", NULL) < 0)
		return error_set(error, EPERM, "is not root's, or group or others may write it");
	return 0;
}

int program_check(const char *path, struct error **error)
{
	cleanup_free char *plain = path_normalise(path);
	cleanup_free char *resolved = NULL, *untrusted = NULL;
	cleanup_close int host = -1, file = -1;
	if (!plain)
		return error_out_of_memory(error);
	if (strcmp(plain, path) != 0)
		return error_set(error, EINVAL, "is not an absolute path that is written out");
	int result = file_open_directory("/", &host, error);
	if (result < 0)
		return result;
	result = path_resolve(host, path, &resolved, &untrusted);
	if (result == -ENOMEM)
		return error_out_of_memory(error);
	if (result == 0 && untrusted)
		return error_set(error, EPERM, "lies in a folder that others than root may write (%s)", untrusted);
	if (result == 0)
		result = file_open_plain_in_root(host, resolved, O_PATH, &file);
	if (result < 0)
		return error_set(error, -result, "cannot be found on the host (%s)", strerrorname_np(-result));
	return check_file(file, error);
}

/* "/proc/PID/exe", PID as the kernel writes it. */
static bool is_of_a_process(const char *path)
{
	static const char proc[] = "/proc/";
	if (!text_starts_with(path, proc))
		return false;
	const char *digits = path + strlen(proc);
	size_t count = strspn(digits, "0123456789");
	return count > 0 && count < 10 && *digits != '0' && strcmp(digits + count, "/exe") == 0;
}

bool program_is_of_process(const char *path, const char *name)
{
	if (!is_of_a_process(path))
		return false;
	cleanup_close int file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0 || check_file(file, NULL) < 0)
		return false;
	cleanup_free char *target = file_path_of_descriptor(file);
	char *deleted = target && text_ends_with(target, DELETED) ? target + strlen(target) - strlen(DELETED) : NULL;
	if (deleted)
		*deleted = '\0';
	const char *slash = target ? strrchr(target, '/') : NULL;
	return slash && strcmp(slash + 1, name) == 0;
}
