#include "policy/controls/process_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/controls/mount.h"
#include "policy/host/path.h"

enum { MOST_FOLDERS = 8 }; /* mounted folders whose links lead into one another */

static const char into_proc[] =
	"is a working directory in /proc, where a leaked descriptor of the backend's leads out of the container "
	"(CVE-2024-21626)";
static const char not_there[] =
	"is a working directory that the running container does not have, or that leads through a link in its /proc";
static const char not_resolved[] =
	"is a working directory that leads through too many or looping symbolic links, so it cannot be judged";

/* Links that the backend makes once the container's /dev is there. */
static const char *const links_into_proc[] = {"/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/core"};

struct search {
	struct mount_list *mounts; /* empty on exec */
	char *path;                /* where it leads so far; owned */
	const char *why;
};

static bool leads_into_proc(const char *path)
{
	if (path_is_at_or_below(path, "/proc"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(links_into_proc); i++)
		if (path_is_at_or_below(path, links_into_proc[i]))
			return true;
	return false;
}

/* Follows the links of one tree, with `root` as its top. 1 where that led elsewhere. */
static int follow_text(struct search *search, int root, const char *path)
{
	cleanup_free char *plain = path_normalise(path);
	char *resolved = NULL;
	int result = plain ? path_resolve(root, path, &resolved, NULL) : -ENOMEM;
	if (result == -ENOMEM)
		return result;
	if (result < 0) {
		search->why = not_resolved;
		return 0;
	}
	free(search->path);
	search->path = resolved;
	if (leads_into_proc(resolved))
		search->why = into_proc;
	return strcmp(plain, resolved) != 0;
}

static int follow(struct search *search, int root)
{
	cleanup_free char *path = strdup(search->path);
	return path ? follow_text(search, root, path) : -ENOMEM;
}

/* A mount that shows the kernel's processes, as proc or as a bind of the host's. */
static bool shows_processes(const struct mount *mount)
{
	return strcmp(mount->type, "proc") == 0 || (mount->bind && path_is_at_or_below(mount->source, "/proc"));
}

/* The bind that holds the path, the last one where several do; NULL for none. *ret_rest
 * is what is left of the path in it. */
static int find_mount(struct search *search, const char **ret_source, const char **ret_rest)
{
	*ret_source = NULL;
	for (size_t i = search->mounts->count; i-- > 0;) {
		struct mount *mount = &search->mounts->items[i];
		const char *place = NULL, *other = NULL;
		bool processes = shows_processes(mount);
		/* else only a folder of the host has links that its owner chose */
		if (!processes && (!mount->bind || mount->source[0] != '/'))
			continue;
		int result = mount_place(search->mounts, mount, &place, &other);
		if (result < 0)
			return result;
		const char *rest = path_rest(search->path, place);
		if (!rest && other)
			rest = path_rest(search->path, other);
		if (!rest || strcmp(place, "/") == 0)
			continue;
		if (processes)
			search->why = into_proc;
		else
			*ret_source = mount->source;
		*ret_rest = rest;
		return 0;
	}
	return 0;
}

/* Goes on in the mounted folder that the path leads into. What its links say may be
 * meant from the container's top or from the folder's: both count. 1 to search again. */
static int enter_mount(struct search *search)
{
	const char *source = NULL, *rest = NULL;
	int result = find_mount(search, &source, &rest);
	if (result < 0 || !source || !*rest)
		return result;
	cleanup_close int folder = open(source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *inside = strdup(rest);
	if (!inside)
		return -ENOMEM;
	return folder < 0 ? 0 : follow_text(search, folder, inside);
}

static int search_all(struct search *search, int root)
{
	int result = root >= 0 ? follow(search, root) : 0;
	for (int folders = 0; result >= 0 && !search->why; folders++) {
		result = enter_mount(search);
		if (result <= 0)
			break;
		if (folders == MOST_FOLDERS)
			search->why = not_resolved;
		else if (root >= 0)
			result = follow(search, root);
	}
	return result < 0 ? result : 0;
}

/* As the container's first process sees it. Its /proc has no "self" for us, and other
 * links there are followed by nobody but the process itself: neither can be opened. */
static int judge_running(const struct facts *facts, const char *path, const char **ret_why)
{
	cleanup_free char *view = NULL;
	cleanup_close int folder = -1;
	struct statfs status;
	if (asprintf(&view, "/proc/%lld/root", (long long)facts->init_process) < 0)
		return -ENOMEM;
	cleanup_close int root = open(view, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 && (errno == ENOENT || errno == ESRCH))
		return 0; /* it has ended, which the backend says */
	if (root < 0 || file_open_in_root(root, path, O_PATH | O_DIRECTORY, &folder) < 0 || fstatfs(folder, &status) < 0)
		*ret_why = not_there;
	else if (status.f_type == PROC_SUPER_MAGIC)
		*ret_why = into_proc;
	return 0;
}

int process_directory_judge(const struct container_view *view, const struct facts *facts, const char *path,
			    const char **ret_why, char **ret_leads_to)
{
	cleanup_free char *plain = path_normalise(path);
	if (!plain)
		return -ENOMEM;
	*ret_why = leads_into_proc(plain) ? into_proc : NULL;
	if (*ret_why || path_levels(path) == 0)
		return 0;
	int running = view->verb == VERB_EXEC && facts->init_process > 0 ? judge_running(facts, path, ret_why) : 0;
	if (running < 0 || *ret_why)
		return running;
	cleanup_mount_list struct mount_list mounts = MOUNT_LIST_EMPTY;
	int result = mount_list_read(view, facts, &mounts, NULL);
	if (result < 0) /* mounts of an odd shape are refused by the controls of mounts */
		return result == -ENOMEM ? result : 0;
	struct search search = {.mounts = &mounts, .path = strdup(path)};
	result = search.path ? search_all(&search, mount_list_root(&mounts)) : -ENOMEM;
	*ret_why = result == 0 ? search.why : NULL;
	if (search.path && search.why == into_proc && strcmp(search.path, plain) != 0)
		*ret_leads_to = take_pointer(search.path);
	free(search.path);
	return result;
}
