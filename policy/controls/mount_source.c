#include "policy/controls/mount_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/host/path.h"

/* Words of our own: engines read "no such file" and the like as a reason of theirs. */
static const char *reason_of(int result)
{
	switch (-result) {
	case ENOENT:
	case ENOTDIR:
		return "does not exist; create it on the host before the container is started";
	case ELOOP:
		return "passes through /proc/PID/root, /proc/PID/fd or the like, or through a loop of "
		       "symbolic "
		       "links; give the path itself";
	default:
		return "cannot be examined, so it cannot be judged";
	}
}

bool mount_source_is_at(int host, const char *path, const struct stat *status)
{
	cleanup_close int found = -1;
	struct stat there;
	return file_open_plain_in_root(host, path, O_PATH, &found) == 0 && fstat(found, &there) == 0 &&
	       there.st_dev == status->st_dev && there.st_ino == status->st_ino;
}

int mount_source_open(const struct mount *mount, const struct facts *facts, int host,
		      struct mount_source *ret, const char **ret_why)
{
	if (!*mount->source) {
		*ret_why = "is empty, though the mount is a bind";
		return 0;
	}
	cleanup_free char *path = mount_source_path(mount, facts);
	if (!path) {
		*ret_why = "is relative, and the bundle that it counts from is not known; give an absolute "
			   "path";
		return 0;
	}
	int result = path_open_plain(host, path, &ret->descriptor, &ret->path);
	bool plain = result == 0;
	if (plain && ret->descriptor < 0)
		result = -ENOENT;
	else if (!plain && result != -ENOMEM)
		result = file_open_in_root(host, path, O_PATH, &ret->descriptor);
	if (result == 0 && fstat(ret->descriptor, &ret->status) < 0)
		result = -errno;
	if (result == 0 && !plain)
		result = path_resolve(host, path, &ret->path, NULL);
	if (result < 0) {
		*ret_why = result == -ENOMEM ? NULL : reason_of(result);
		return result == -ENOMEM ? result : 0;
	}
	/* the path that is judged and the object that would be shown are one */
	if (!plain && !mount_source_is_at(host, ret->path, &ret->status))
		*ret_why = "changes while it is looked at, so it cannot be judged";
	return 0;
}

int mount_source_untrusted(const struct mount *mount, const struct facts *facts, int host, char **ret_folder)
{
	cleanup_free char *path = mount_source_path(mount, facts);
	cleanup_free char *resolved = NULL;
	return path ? path_resolve(host, path, &resolved, ret_folder) : -EINVAL;
}

bool mount_source_crosses(const struct mount_source *source, const struct engine_path *engine, int host)
{
	cleanup_free char *parent = strdup(engine->path);
	char *slash = parent ? strrchr(parent, '/') : NULL;
	if (!slash)
		return true;
	slash[slash == parent] = '\0';
	cleanup_close int directory = -1;
	uint64_t above = 0, here = 0;
	return file_open_plain_in_root(host, parent, O_PATH, &directory) < 0 ||
	       mountinfo_id_of_descriptor(directory, &above) < 0 ||
	       mountinfo_id_of_descriptor(source->descriptor, &here) < 0 || above != here;
}

static bool is_engines_mount(const char *point, const void *context)
{
	return mount_grants_engine(context, point) != NULL;
}

int mount_source_origin(const struct mount_source *source, const struct mountinfo *info,
			const struct mount_grants *grants, char **ret_path, const char **ret_type)
{
	*ret_path = NULL;
	*ret_type = NULL;
	const struct mountinfo_entry *entry = mountinfo_of_descriptor(info, source->descriptor);
	if (!entry || !path_rest(source->path, entry->point))
		return 0;
	cleanup_free char *inside = mountinfo_inside(entry, source->path);
	if (!inside)
		return -ENOMEM;
	int result = 0;
	*ret_type = entry->type;
	*ret_path = mountinfo_path_elsewhere(info, entry, inside, grants ? is_engines_mount : NULL, grants,
					     &result);
	return result;
}
