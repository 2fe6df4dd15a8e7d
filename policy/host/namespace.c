#include "policy/host/namespace.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/base/text.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define MAP_FILE_SIZE ((size_t)64 << 10)    /* 340 lines of at most 33 bytes */
#define CGROUP_FILE_SIZE ((size_t)256 << 10)

const struct namespace_kind namespace_kinds[] = {
	{"network", "net", CLONE_NEWNET}, {"pid", "pid", CLONE_NEWPID},
	{"ipc", "ipc", CLONE_NEWIPC},	  {"mount", "mnt", CLONE_NEWNS},
	{"uts", "uts", CLONE_NEWUTS},	  {"cgroup", "cgroup", CLONE_NEWCGROUP},
	{"user", "user", CLONE_NEWUSER},  {"time", "time", CLONE_NEWTIME},
};
const size_t namespace_kind_count = ARRAY_SIZE(namespace_kinds);

const struct namespace_kind *namespace_kind_of(const char *type)
{
	for (size_t i = 0; i < namespace_kind_count; i++)
		if (strcmp(namespace_kinds[i].type, type) == 0)
			return &namespace_kinds[i];
	return NULL;
}

void namespace_place_release(struct namespace_place *place)
{
	free(place->path);
	*place = (struct namespace_place){0};
}

/* The kernel's words for an error are left out: engines read meanings into some. */
static int cannot(struct error **error, int code, const char *what)
{
	return error_set(error, code, "cannot be %s (%s)", what, strerrorname_np(code));
}

/* /proc/PID/ns as the kernel spells it → PID. */
static bool process_of_directory(const char *directory, pid_t *ret)
{
	uint64_t process = 0;
	cleanup_free char *number = NULL;
	if (!text_starts_with(directory, "/proc/") || !text_ends_with(directory, "/ns"))
		return false;
	size_t length = strlen(directory) - strlen("/proc/") - strlen("/ns");
	number = length < 12 ? strndup(directory + strlen("/proc/"), length) : NULL;
	if (!number || number_parse_uint64(number, &process) < 0 || process == 0 || process > INT32_MAX)
		return false;
	*ret = (pid_t)process;
	return true;
}

static int check_process(const char *directory, const char *name, const struct namespace_kind *kind,
			 pid_t *ret_process, struct error **error)
{
	if (!process_of_directory(directory, ret_process) || strcmp(name, kind->file) != 0)
		return error_set(error, EINVAL, "is below a proc file system, but not /proc/PID/ns/%s", kind->file);
	if (*ret_process == getpid())
		return error_set(error, EINVAL, "means whoever reads it, so that it is another one for the backend");
	return 0;
}

static int check_file(int at, const char *name, const char *directory, const char *path, struct error **error)
{
	struct stat status;
	if (fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return cannot(error, errno, "looked at");
	if (S_ISLNK(status.st_mode))
		return error_set(error, EINVAL, "is a symbolic link, whose target could be changed after this check");
	cleanup_free char *canonical = NULL;
	if (asprintf(&canonical, "%s/%s", directory, name) < 0)
		return error_out_of_memory(error);
	cleanup_error struct error *reason = NULL;
	if (file_check_trusted_parents(path, &reason) < 0 || file_check_trusted_parents(canonical, &reason) < 0)
		return error_set(error, EINVAL, "could be changed after this check: %s",
				 reason && reason->code == EPERM ? reason->message : "its directories cannot be opened");
	return 0;
}

/* Opens what the path's directory is, and says where that really stands. */
static int open_parent(const char *path, int *ret_descriptor, char **ret_directory, bool *ret_proc,
		       struct error **error)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *parent = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	if (!parent)
		return error_out_of_memory(error);
	cleanup_close int descriptor = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (descriptor < 0)
		return cannot(error, errno, "opened");
	struct statfs system;
	if (fstatfs(descriptor, &system) < 0)
		return cannot(error, errno, "looked at");
	char *directory = file_path_of_descriptor(descriptor);
	if (!directory)
		return error_out_of_memory(error);
	*ret_directory = directory;
	*ret_proc = system.f_type == PROC_SUPER_MAGIC;
	*ret_descriptor = take_descriptor(&descriptor);
	return 0;
}

/* That `descriptor` (O_PATH) is a namespace of that kind. */
static int check_kind(int descriptor, const struct namespace_kind *kind, struct namespace_place *place,
		      struct error **error)
{
	struct statfs system;
	struct stat status;
	if (fstatfs(descriptor, &system) < 0 || fstat(descriptor, &status) < 0)
		return cannot(error, errno, "looked at");
	if (system.f_type != NSFS_MAGIC)
		return error_set(error, EINVAL, "is no namespace");
	char again[64];
	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", descriptor);
	cleanup_close int readable = open(again, O_RDONLY | O_CLOEXEC);
	if (readable < 0)
		return cannot(error, errno, "opened");
	int flag = ioctl(readable, NS_GET_NSTYPE);
	if (flag < 0)
		return cannot(error, errno, "asked for its type");
	if (flag != kind->flag)
		return error_set(error, EINVAL, "is a namespace, but no %s namespace", kind->type);
	place->device = status.st_dev;
	place->inode = status.st_ino;
	return 0;
}

static int is_namespace_of(const char *process, const struct namespace_kind *kind,
			   const struct namespace_place *place, bool *ret)
{
	char path[64];
	struct stat status;
	(void)snprintf(path, sizeof(path), "/proc/%s/ns/%s", process, kind->file);
	if (stat(path, &status) < 0)
		return -errno;
	*ret = status.st_dev == place->device && status.st_ino == place->inode;
	return 0;
}

/* kthreadd, which is in the namespaces the kernel started with: it alone has pid 2
 * and no program. */
static bool second_process_is_of_the_kernel(void)
{
	char target[16];
	return readlink("/proc/2/exe", target, sizeof(target)) < 0 && errno == ENOENT && access("/proc/2", F_OK) == 0;
}

/* A security module can forbid even root to look at pid 1; the kernel's own thread
 * then stands for the host. */
static int compare_with_host(const struct namespace_kind *kind, bool rootless, struct namespace_place *place,
			     struct error **error)
{
	bool first = false, second = false, own = false;
	int result = is_namespace_of("1", kind, place, &first);
	if (second_process_is_of_the_kernel() && is_namespace_of("2", kind, place, &second) == 0)
		result = 0;
	if (result < 0 && !rootless)
		return error_set(error, -result, "cannot be compared with the host's: /proc/1/ns/%s is not readable (%s)",
				 kind->file, strerrorname_np(-result));
	result = is_namespace_of("self", kind, place, &own);
	if (result < 0)
		return error_set(error, -result, "cannot be compared with the host's (%s)", strerrorname_np(-result));
	place->host = first || second || own;
	return 0;
}

/* A symbolic link on the way could be turned to another process after it was judged;
 * engines write such paths out. */
static int check_written_out(const char *path, const struct namespace_place *place, const char *name,
			     struct error **error)
{
	char written[64];
	(void)snprintf(written, sizeof(written), "/proc/%d/ns/%s", (int)place->process, name);
	if (strcmp(path, written) == 0)
		return 0;
	return error_set(error, EINVAL, "leads to a process by another name than /proc/PID/ns/%s; write it out", name);
}

int namespace_locate(const char *path, const struct namespace_kind *kind, bool rootless,
		     struct namespace_place *ret_place, struct error **error)
{
	if (path[0] != '/')
		return error_set(error, EINVAL, "is not an absolute path");
	const char *name = strrchr(path, '/') + 1;
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(error, EINVAL, "is a directory, not a namespace");
	struct namespace_place place = {0};
	cleanup_close int parent = -1;
	cleanup_free char *directory = NULL;
	bool proc = false;
	int result = open_parent(path, &parent, &directory, &proc, error);
	if (result == 0)
		result = proc ? check_process(directory, name, kind, &place.process, error)
			      : check_file(parent, name, directory, path, error);
	if (result < 0)
		return result;
	cleanup_close int descriptor = openat(parent, name, O_PATH | O_CLOEXEC);
	if (descriptor < 0)
		return cannot(error, errno, "opened");
	result = check_kind(descriptor, kind, &place, error);
	if (result == 0)
		result = compare_with_host(kind, rootless, &place, error);
	if (result == 0 && proc && !place.host)
		result = check_written_out(path, &place, name, error);
	if (result < 0)
		return result;
	if (asprintf(&place.path, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, name) < 0)
		return error_out_of_memory(error);
	*ret_place = place;
	return 0;
}

static bool path_names(const char *path, size_t length, const char *id, size_t width)
{
	for (size_t at = 0; at + width <= length; at++) {
		bool begins = at == 0 || !isalnum((unsigned char)path[at - 1]);
		bool ends = at + width == length || !isalnum((unsigned char)path[at + width]);
		if (begins && ends && memcmp(path + at, id, width) == 0)
			return true;
	}
	return false;
}

/* Lines of "hierarchy:controllers:path"; only a path counts. */
bool namespace_cgroups_name(const char *cgroups, const char *id)
{
	if (!*id)
		return false;
	for (const char *line = cgroups; *line;) {
		size_t length = strcspn(line, "\n");
		const char *first = memchr(line, ':', length);
		const char *second = first ? memchr(first + 1, ':', length - (size_t)(first + 1 - line)) : NULL;
		if (second && path_names(second + 1, length - (size_t)(second + 1 - line), id, strlen(id)))
			return true;
		line += length + (line[length] == '\n');
	}
	return false;
}

bool namespace_process_is_of(pid_t process, const char *id)
{
	char path[64];
	cleanup_free char *groups = NULL;
	size_t length = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)process);
	return file_read(path, CGROUP_FILE_SIZE, &groups, &length, NULL) == 0 && namespace_cgroups_name(groups, id);
}

bool namespace_is_inhabited(const struct namespace_place *place, const struct namespace_kind *kind)
{
	cleanup_closedir DIR *processes = opendir("/proc");
	if (!processes)
		return true;
	for (struct dirent *entry; (entry = readdir(processes));) {
		bool inside = false;
		if (isdigit((unsigned char)entry->d_name[0]) && strlen(entry->d_name) < 12 &&
		    is_namespace_of(entry->d_name, kind, place, &inside) == 0 && inside)
			return true;
	}
	return false;
}

static int read_map(pid_t process, const char *file, struct id_map *map, struct error **error)
{
	char path[64];
	cleanup_free char *text = NULL;
	size_t length = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)process, file);
	int result = file_read(path, MAP_FILE_SIZE, &text, &length, NULL);
	if (result < 0)
		return error_set(error, -result, "has maps that cannot be read (%s)", strerrorname_np(-result));
	for (char *line = text, *rest = NULL; (line = strtok_r(line, "\n", &rest)); line = NULL) {
		int64_t numbers[3] = {0};
		size_t count = 0;
		for (char *word = line, *after = NULL; (word = strtok_r(word, " ", &after)); word = NULL)
			if (count++ >= 3 || number_parse_int64(word, &numbers[count - 1]) < 0)
				return error_set(error, EINVAL, "has a map of a form that is not known");
		result = count == 3 ? id_map_add(map, numbers[0], numbers[1], numbers[2]) : -EINVAL;
		if (result < 0)
			return error_set(error, -result, "has a map of a form that is not known");
	}
	return 0;
}

int namespace_read_maps(const struct namespace_place *place, struct id_map *ret_uids,
			struct id_map *ret_gids, struct error **error)
{
	if (place->process == 0)
		return error_set(error, EINVAL,
				 "is bound to a file, and the maps of a user namespace can be read through a process "
				 "in it only (/proc/PID/ns/user)");
	struct id_map uids = {0}, gids = {0};
	int result = read_map(place->process, "uid_map", &uids, error);
	if (result == 0)
		result = read_map(place->process, "gid_map", &gids, error);
	char process[16];
	bool same = false;
	(void)snprintf(process, sizeof(process), "%d", (int)place->process);
	if (result == 0 &&
	    (is_namespace_of(process, namespace_kind_of("user"), place, &same) < 0 || !same))
		result = error_set(error, ESTALE, "belongs to a process that has left it");
	if (result < 0) {
		id_map_release(&uids);
		id_map_release(&gids);
		return result;
	}
	*ret_uids = uids;
	*ret_gids = gids;
	return 0;
}
