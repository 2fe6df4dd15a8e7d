#include "policy/host/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"

#define PATH_LINKS 40u /* symlinks on one path, as in the kernel */

/* Cuts the last component of the `length` bytes in `path`; the new length. */
static size_t without_last(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/')
		length--;
	return length > 0 ? length - 1 : 0;
}

static bool is_component(const char *start, size_t length, const char *component)
{
	return length == strlen(component) && memcmp(start, component, length) == 0;
}

char *path_normalise(const char *path)
{
	char *made = malloc(strlen(path) + 2);
	if (!made)
		return NULL;
	size_t length = 0;
	for (const char *at = path + strspn(path, "/"); *at; at += strspn(at, "/")) {
		size_t size = strcspn(at, "/");
		if (is_component(at, size, "..")) {
			length = without_last(made, length);
		} else if (!is_component(at, size, ".")) {
			made[length++] = '/';
			memcpy(made + length, at, size);
			length += size;
		}
		at += size;
	}
	if (length == 0)
		made[length++] = '/';
	made[length] = '\0';
	return made;
}

char *path_join(const char *base, const char *rest)
{
	struct text joined = {0};
	text_append(&joined, strcmp(base, "/") == 0 && *rest ? "" : base);
	if (*rest && *rest != '/')
		text_append(&joined, "/");
	text_append(&joined, rest);
	return text_finish(&joined);
}

const char *path_rest(const char *path, const char *base)
{
	if (strcmp(base, "/") == 0)
		return strcmp(path, "/") == 0 ? path + 1 : path;
	size_t length = strlen(base);
	if (strncmp(path, base, length) != 0 || (path[length] != '\0' && path[length] != '/'))
		return NULL;
	return path + length;
}

bool path_is_at_or_below(const char *path, const char *base)
{
	return path_rest(path, base) != NULL;
}

bool path_is_below(const char *path, const char *base)
{
	const char *rest = path_rest(path, base);
	return rest && *rest;
}

bool path_matches(const char *path, const char *pattern)
{
	if (!text_ends_with(pattern, "/**"))
		return strcmp(path, pattern) == 0;
	size_t length = strlen(pattern) - 3;
	return length > 0 && strncmp(path, pattern, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}

int path_compare(const char *left, const char *right)
{
	/* "/" sorts before every other byte; the slash of the root path itself does not count */
	if (strcmp(left, "/") == 0)
		left = "";
	if (strcmp(right, "/") == 0)
		right = "";
	while (*left && *left == *right) {
		left++;
		right++;
	}
	int a = *left == '/' ? 1 : *left ? (unsigned char)*left + 1 : 0;
	int b = *right == '/' ? 1 : *right ? (unsigned char)*right + 1 : 0;
	return a - b;
}

size_t path_levels(const char *path)
{
	size_t levels = 0;
	for (const char *at = path + strspn(path, "/"); *at; at += strspn(at, "/")) {
		levels++;
		at += strcspn(at, "/");
	}
	return levels;
}

/* One resolution under way. `resolved` has no slash at its end, "" is the root. */
struct walk {
	int root;
	char *resolved;
	size_t length;
	char *pending;
	unsigned links;
	char **untrusted; /* NULL: not wanted */
	bool known;	  /* `status` is of `resolved`, as it was seen on the way down */
	struct stat status;
};

/* What is at `resolved`, a symlink itself included. */
static int look(struct walk *walk, int *ret_descriptor)
{
	const char *name = walk->length ? walk->resolved : "/";
	int result = file_open_in_root(walk->root, name, O_PATH | O_NOFOLLOW, ret_descriptor);
	if (result == 0 && fstat(*ret_descriptor, &walk->status) < 0)
		result = -errno;
	walk->known = result == 0;
	return result;
}

static int check_directory(struct walk *walk)
{
	if (!walk->untrusted || *walk->untrusted)
		return 0;
	cleanup_close int directory = -1;
	int result = walk->known ? 0 : look(walk, &directory);
	if (result == -ENOENT || result == -ENOTDIR)
		return 0;
	if (result < 0 || !S_ISDIR(walk->status.st_mode) ||
	    file_is_trusted(walk->status.st_uid, walk->status.st_mode))
		return result;
	*walk->untrusted = strdup(walk->length ? walk->resolved : "/");
	return *walk->untrusted ? 0 : -ENOMEM;
}

/* Puts the symlink's target before what is still pending. */
static int follow(struct walk *walk, int link, const char *rest)
{
	if (++walk->links > PATH_LINKS)
		return -ELOOP;
	char target[PATH_MAX];
	ssize_t got = readlinkat(link, "", target, sizeof(target) - 1);
	if (got < 0)
		return -errno;
	target[got] = '\0';
	walk->known = false;
	if (target[0] == '/')
		walk->length = 0;
	char *pending = path_join(target, rest);
	if (!pending)
		return -ENOMEM;
	free(walk->pending);
	walk->pending = pending;
	walk->resolved[walk->length] = '\0';
	return strlen(pending) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int append_component(struct walk *walk, const char *component, size_t size)
{
	if (walk->length + size + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	walk->resolved[walk->length++] = '/';
	memcpy(walk->resolved + walk->length, component, size);
	walk->length += size;
	walk->resolved[walk->length] = '\0';
	return 0;
}

/* Takes one component off `pending`, whose unread part starts at *at. */
static int step(struct walk *walk, size_t *at)
{
	const char *component = walk->pending + *at;
	size_t size = strcspn(component, "/");
	*at += size;
	if (is_component(component, size, "."))
		return 0;
	size_t before = walk->length;
	if (is_component(component, size, "..")) {
		walk->length = without_last(walk->resolved, before);
		walk->resolved[walk->length] = '\0';
		walk->known = false;
		return 0;
	}
	int result = check_directory(walk);
	if (result == 0)
		result = append_component(walk, component, size);
	if (result < 0)
		return result;
	cleanup_close int found = -1;
	result = look(walk, &found);
	if (result == -ENOENT || result == -ENOTDIR)
		return 0;
	if (result < 0 || !S_ISLNK(walk->status.st_mode))
		return result;
	walk->length = before;
	result = follow(walk, found, walk->pending + *at);
	*at = 0;
	return result;
}

static int walk_all(struct walk *walk)
{
	for (size_t at = 0;;) {
		at += strspn(walk->pending + at, "/");
		if (!walk->pending[at])
			return 0;
		int result = step(walk, &at);
		if (result < 0)
			return result;
	}
}

int path_open_plain(int root, const char *path, int *ret_descriptor, char **ret_resolved)
{
	if (strlen(path) >= PATH_MAX || path_levels(path) > PATH_LEVELS)
		return -ENAMETOOLONG;
	/* the kernel folds ".." as the file system has it, the text as it is written */
	if (strstr(path, ".."))
		return -ELOOP;
	cleanup_close int found = -1;
	int result = file_open_plain_in_root(root, path, O_PATH, &found);
	if (result < 0 && result != -ENOENT)
		return result;
	char *plain = path_normalise(path);
	if (!plain)
		return -ENOMEM;
	*ret_resolved = plain;
	*ret_descriptor = take_descriptor(&found);
	return 0;
}

int path_resolve(int root, const char *path, char **ret_resolved, char **ret_untrusted)
{
	if (strlen(path) >= PATH_MAX || path_levels(path) > PATH_LEVELS)
		return -ENAMETOOLONG;
	cleanup_close int found = -1;
	if (!ret_untrusted && path_open_plain(root, path, &found, ret_resolved) == 0)
		return 0;
	cleanup_free char *resolved = malloc(PATH_MAX);
	char *untrusted = NULL;
	if (!resolved)
		return -ENOMEM;
	*resolved = '\0';
	struct walk walk = {
		.root = root,
		.resolved = resolved,
		.pending = strdup(path),
		.untrusted = ret_untrusted ? &untrusted : NULL,
	};
	int result = walk.pending ? walk_all(&walk) : -ENOMEM;
	free(walk.pending);
	char *plain = result == 0 ? path_normalise(resolved) : NULL;
	if (result == 0 && !plain)
		result = -ENOMEM;
	if (result < 0) {
		free(untrusted);
		return result;
	}
	*ret_resolved = plain;
	if (ret_untrusted)
		*ret_untrusted = untrusted;
	return 0;
}
