#include "shim/binding/added.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/host/path.h"

#define DEPTH 32u

/* What an engine puts there itself. A file is empty. */
struct allowed {
	const char *path;
	mode_t type;
	const char *target;
};

static const struct allowed of_init[] = {
	{"/.dockerenv", S_IFREG, NULL},
	{"/dev", S_IFDIR, NULL},
	{"/dev/console", S_IFREG, NULL},
	{"/dev/pts", S_IFDIR, NULL},
	{"/dev/shm", S_IFDIR, NULL},
	{"/etc", S_IFDIR, NULL},
	{"/etc/hostname", S_IFREG, NULL},
	{"/etc/hosts", S_IFREG, NULL},
	{"/etc/mtab", S_IFLNK, "/proc/mounts"},
	{"/etc/resolv.conf", S_IFREG, NULL},
	{"/proc", S_IFDIR, NULL},
	{"/sys", S_IFDIR, NULL},
};
static const struct allowed of_upper[] = {
	{"/etc/mtab", S_IFLNK, "/proc/mounts"},
};

struct search {
	const struct layer_stack *stack;
	const struct allowed *allowed;
	size_t count;
	bool any_folder; /* not only those that are named */
	bool has_init;   /* the folder stands above stack->init */
	const char *folder, *what;
};

static int refuse(const struct search *search, const char *path, const char *why, struct error **error)
{
	cleanup_text struct text text = {0};
	text_append_quoted(&text, *path ? path : "/");
	return error_set(error, EPERM, "%s (\"%s\") %s %s", search->what, search->folder, why,
			 text.failed ? "something" : text.data);
}

enum mark {
	MARK_OPAQUE = 1, /* hides what is below */
	MARK_ELSEWHERE = 2, /* what it shows is another file's or folder's */
};

/* overlayfs' own marks by which an entry is something else than it looks. What cannot be
 * told has all of them. */
static unsigned read_marks(const char *path)
{
	static const struct {
		const char *name;
		enum mark mark;
	} known[] = {
		{"trusted.overlay.opaque", MARK_OPAQUE},       {"user.overlay.opaque", MARK_OPAQUE},
		{"trusted.overlay.redirect", MARK_ELSEWHERE},  {"user.overlay.redirect", MARK_ELSEWHERE},
		{"trusted.overlay.metacopy", MARK_ELSEWHERE},  {"user.overlay.metacopy", MARK_ELSEWHERE},
	};
	char names[4096];
	ssize_t length = llistxattr(path, names, sizeof(names));
	if (length < 0)
		return errno == ENOTSUP ? 0 : MARK_OPAQUE | MARK_ELSEWHERE;
	unsigned marks = 0;
	for (const char *name = names; name < names + length; name += strlen(name) + 1)
		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			if (text_equal(name, known[i].name))
				marks |= known[i].mark;
	return marks;
}

/* What `path` is in the topmost layer below that has it: 1; 0 where none does, or one that
 * takes it away; -errno where that cannot be told. */
static int look_below(const struct search *search, const char *path, struct stat *status)
{
	const struct layer_stack *stack = search->stack;
	for (size_t i = 0; i <= stack->count; i++) {
		const char *folder = i == 0 ? (search->has_init ? stack->init : NULL)
					    : stack->layers[stack->count - i].folder;
		cleanup_free char *full = folder ? path_join(folder, path) : NULL;
		if (folder && !full)
			return -ENOMEM;
		if (full && lstat(full, status) == 0)
			return !(S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0));
		if (full && errno != ENOENT && errno != ENOTDIR)
			return -errno;
	}
	return 0;
}

/* A folder shows what the layers below have in it, and is theirs; a new one is ordinary. */
static int check_folder(const struct search *search, const struct stat *own, unsigned marks, const char *path,
			struct error **error)
{
	struct stat below;
	/* the engine's own: what matters is that it shows what is below */
	if (!search->any_folder && !(marks & MARK_OPAQUE))
		return 0;
	int found = look_below(search, path, &below);
	if (found < 0)
		return refuse(search, path, "has what cannot be compared with the image's:", error);
	if (!found) {
		if (own->st_mode & 07777 & ~0755u)
			return refuse(search, path, "has with more rights than a new folder gets", error);
		return 0;
	}
	bool hides = S_ISDIR(below.st_mode) ? marks & MARK_OPAQUE : search->any_folder;
	if (hides)
		return refuse(search, path, "hides what the image has at", error);
	if (search->any_folder &&
	    (own->st_mode != below.st_mode || own->st_uid != below.st_uid || own->st_gid != below.st_gid))
		return refuse(search, path, "changes owner or mode of", error);
	return 0;
}

static const struct allowed *find_allowed(const struct search *search, const char *path)
{
	for (size_t i = 0; i < search->count; i++)
		if (text_equal(search->allowed[i].path, path))
			return &search->allowed[i];
	return NULL;
}

static bool is_allowed(int folder, const char *name, const struct stat *status, const struct allowed *allowed)
{
	char target[64] = "";
	if (!allowed || (status->st_mode & S_IFMT) != allowed->type)
		return false;
	if (S_ISLNK(status->st_mode)) {
		ssize_t length = readlinkat(folder, name, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		return text_equal(target, allowed->target);
	}
	return !S_ISREG(status->st_mode) || status->st_size == 0;
}

static int search_folder(const struct search *search, int descriptor, const char *path, unsigned depth,
			 struct error **error);

static int check_entry(const struct search *search, int folder, const char *parent, const char *name,
		       unsigned depth, struct error **error)
{
	cleanup_free char *path = NULL, *full = NULL;
	struct stat status;
	if (asprintf(&path, "%s/%s", parent, name) < 0 || asprintf(&full, "%s%s", search->folder, path) < 0)
		return error_out_of_memory(error);
	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return refuse(search, path, "cannot be looked at:", error);
	if (S_ISDIR(status.st_mode) && search->any_folder
		    ? depth >= DEPTH
		    : !is_allowed(folder, name, &status, find_allowed(search, path)))
		return refuse(search, path, "holds", error);
	unsigned marks = read_marks(full);
	if (marks & MARK_ELSEWHERE)
		return refuse(search, path, "takes from elsewhere what it shows as", error);
	if (!S_ISDIR(status.st_mode))
		return 0;
	int below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int result = check_folder(search, &status, marks, path, error);
	if (result < 0 && below >= 0)
		(void)close(below);
	return result < 0 ? result : search_folder(search, below, path, depth + 1, error);
}

/* Takes `descriptor` over. */
static int search_folder(const struct search *search, int descriptor, const char *path, unsigned depth,
			 struct error **error)
{
	cleanup_closedir DIR *directory = descriptor < 0 ? NULL : fdopendir(descriptor);
	if (!directory && descriptor >= 0)
		(void)close(descriptor);
	if (!directory)
		return refuse(search, path, "cannot be read:", error);
	int result = 0;
	errno = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(directory)); errno = 0)
		if (store_is_name(entry->d_name))
			result = check_entry(search, dirfd(directory), path, entry->d_name, depth, error);
	if (result == 0 && errno != 0)
		result = refuse(search, path, "cannot be read:", error);
	return result;
}

static int search_all(const struct search *search, struct error **error)
{
	if (read_marks(search->folder))
		return refuse(search, "/", "hides what the image has at", error);
	return search_folder(search, open(search->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), "", 0,
			     error);
}

int added_check_init(const struct layer_stack *stack, struct error **error)
{
	const struct search search = {
		.stack = stack,
		.allowed = of_init,
		.count = ARRAY_SIZE(of_init),
		.folder = stack->init,
		.what = "the layer that Docker fills with mount points",
	};
	return search_all(&search, error);
}

int added_check_upper(const struct layer_stack *stack, struct error **error)
{
	const struct search search = {
		.stack = stack,
		.allowed = of_upper,
		.count = ARRAY_SIZE(of_upper),
		.any_folder = true,
		.has_init = stack->init != NULL,
		.folder = stack->upper,
		.what = "the container's upper directory, which has to be empty at its first start,",
	};
	return search_all(&search, error);
}
