#include "shim/binding/added.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
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
	text_append_quoted(&text, path);
	return error_set(error, EPERM, "%s (\"%s\") %s %s", search->what, search->folder, why,
			 text.failed ? "something" : text.data);
}

enum mark {
	MARK_OPAQUE = 1, /* hides what is below */
	MARK_ELSEWHERE = 2, /* what it shows is another file's or folder's */
};

/* overlayfs' own marks by which an entry is something else than it looks: of the open
 * directory, or of what stands at `path`. What cannot be told has all of them. */
static unsigned read_marks(int directory, const char *path)
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
	ssize_t length = directory >= 0 ? flistxattr(directory, names, sizeof(names))
					: llistxattr(path, names, sizeof(names));
	if (length < 0)
		return errno == ENOTSUP ? 0 : MARK_OPAQUE | MARK_ELSEWHERE;
	unsigned marks = 0;
	for (const char *name = names; name < names + length; name += strlen(name) + 1)
		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			if (text_equal(name, known[i].name))
				marks |= known[i].mark;
	return marks;
}

/* What `path` is in the topmost layer below that has it; false where none does, or one
 * that takes it away. */
static bool look_below(const struct search *search, const char *path, struct stat *status)
{
	const struct layer_stack *stack = search->stack;
	for (size_t i = 0; i <= stack->count; i++) {
		const char *folder = i == 0 ? (search->has_init ? stack->init : NULL)
					    : stack->layers[stack->count - i].folder;
		cleanup_free char *full = folder ? path_join(folder, path) : NULL;
		if (full && lstat(full, status) == 0)
			return !(S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0));
	}
	return false;
}

/* A folder shows what the layers below have in it, and is theirs; a new one is ordinary. */
static int check_folder(const struct search *search, const struct stat *own, unsigned marks, const char *path,
			struct error **error)
{
	struct stat below;
	/* the engine's own: what matters is that it shows what is below */
	if (!search->any_folder && !(marks & MARK_OPAQUE))
		return 0;
	if (!look_below(search, path, &below)) {
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

static int check_directory(const struct search *search, int folder, const char *path, const char *name,
			   unsigned depth, struct error **error)
{
	struct stat status;
	cleanup_close int below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below < 0 || fstat(below, &status) < 0)
		return refuse(search, path, "cannot be read:", error);
	if (search->any_folder ? depth >= DEPTH : !is_allowed(folder, name, &status, find_allowed(search, path)))
		return refuse(search, path, "holds", error);
	unsigned marks = read_marks(below, NULL);
	if (marks & MARK_ELSEWHERE)
		return refuse(search, path, "takes from elsewhere what it shows as", error);
	int result = check_folder(search, &status, marks, path, error);
	return result < 0 ? result : search_folder(search, take_descriptor(&below), path, depth + 1, error);
}

static int check_file(const struct search *search, int folder, const char *path, const char *name,
		      const struct stat *status, struct error **error)
{
	cleanup_free char *full = NULL;
	if (asprintf(&full, "%s%s", search->folder, path) < 0) {
		full = NULL;
		return error_out_of_memory(error);
	}
	if (!is_allowed(folder, name, status, find_allowed(search, path)))
		return refuse(search, path, "holds", error);
	return read_marks(-1, full) & MARK_ELSEWHERE
		       ? refuse(search, path, "takes from elsewhere what it shows as", error)
		       : 0;
}

static int check_entry(const struct search *search, int folder, const char *parent, const struct dirent64 *entry,
		       unsigned depth, struct error **error)
{
	cleanup_free char *path = NULL;
	const char *name = entry->d_name;
	struct stat status;
	if (asprintf(&path, "%s/%s", parent, name) < 0) {
		path = NULL;
		return error_out_of_memory(error);
	}
	if (entry->d_type == DT_DIR)
		return check_directory(search, folder, path, name, depth, error);
	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return refuse(search, path, "cannot be looked at:", error);
	return S_ISDIR(status.st_mode) ? check_directory(search, folder, path, name, depth, error)
				       : check_file(search, folder, path, name, &status, error);
}

/* Takes `descriptor` over. */
static int search_folder(const struct search *search, int descriptor, const char *path, unsigned depth,
			 struct error **error)
{
	cleanup_close int folder = descriptor;
	/* not readdir(3), which asks the kernel twice as often and takes 32 KiB for each folder */
	alignas(struct dirent64) char entries[2048];
	ssize_t length;
	while ((length = getdents64(folder, entries, sizeof(entries))) > 0)
		for (const char *at = entries; at < entries + length;) {
			const struct dirent64 *entry = (const void *)at;
			int result = store_is_name(entry->d_name)
					     ? check_entry(search, folder, path, entry, depth, error)
					     : 0;
			if (result < 0)
				return result;
			at += entry->d_reclen;
		}
	return length < 0 ? refuse(search, path, "cannot be read:", error) : 0;
}

static int search_all(const struct search *search, struct error **error)
{
	cleanup_close int folder = open(search->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return refuse(search, "", "cannot be read:", error);
	if (read_marks(folder, NULL))
		return refuse(search, "/", "hides what the image has at", error);
	return search_folder(search, take_descriptor(&folder), "", 0, error);
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
