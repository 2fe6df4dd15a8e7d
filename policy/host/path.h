/* Paths as text, and their resolution inside a root the way a container's
 * backend does it. */
#ifndef OCI_HARDEN_HOST_PATH_H
#define OCI_HARDEN_HOST_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_LEVELS 128u /* components; deeper paths are -ENAMETOOLONG */

/* Absolute and plain: "/" before a relative path; "//", "." and ".." folded
 * lexically, no slash at the end ("/" itself aside). The caller frees it; NULL
 * without memory. */
char *path_normalise(const char *path);

/* `rest` below `base`, both in plain form or `rest` empty; "/" + "/x" is "/x". */
char *path_join(const char *base, const char *rest);

/* What of `path` stands behind `base` ("" where they are equal, else "/…"); NULL
 * where `path` is neither `base` nor below it. Plain paths. */
const char *path_rest(const char *path, const char *base);

bool path_is_at_or_below(const char *path, const char *base);
bool path_is_below(const char *path, const char *base);

/* True where `pattern` is `path`, or ends in a slash and two stars and stands for a
 * folder that `path` is at or below. */
bool path_matches(const char *path, const char *pattern);

/* Orders plain paths so that everything below one follows directly behind it. */
int path_compare(const char *left, const char *right);

/* The number of components: 0 for "/". */
size_t path_levels(const char *path);

/* Opens (O_PATH) `path` inside the directory `root` where no symlink is on the way:
 * then its text is the place, and nothing can be exchanged between the two answers.
 * *ret_descriptor is -1 where nothing is there. -ELOOP where that is not so or `path`
 * has ".."; another -errno. The caller frees *ret_resolved. */
int path_open_plain(int root, const char *path, int *ret_descriptor, char **ret_resolved);

/* Where `path` leads inside the directory `root` (as "/"): every symlink and ".."
 * resolved with `root` as the top; what does not exist is kept as text, as runc
 * and crun do that create it. *ret_resolved is plain. With `ret_untrusted`: the
 * first directory in which a name was looked up and that someone other than
 * root may write, or NULL. The caller frees both. 0, -ELOOP, -ENAMETOOLONG,
 * -ENOMEM or another -errno. */
int path_resolve(int root, const char *path, char **ret_resolved, char **ret_untrusted);

#endif
