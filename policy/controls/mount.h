/* config.json's mounts as runc and crun read them. Shared by the controls that
 * judge mounts. */
#ifndef OCI_HARDEN_CONTROLS_MOUNT_H
#define OCI_HARDEN_CONTROLS_MOUNT_H

#include "policy/controls/control.h"

struct mount {
	size_t index;
	const char *type;    /* "" where absent */
	const char *source;  /* "" where absent */
	const char *written; /* the destination as it stands; "" where absent */
	const json_t *options; /* array of strings, or NULL */
	char *destination;   /* `written` as plain absolute text */
	char *place;         /* see mount_place() */
	char *other_place;
	/* Options decide, not the type: "tmpfs" with "bind" is a bind. */
	bool bind;
	bool recursive_bind;
	bool read_only; /* false where runc or crun would let it be written */
};

struct mount_list {
	struct mount *items;
	size_t count;
	char *rootfs;	/* NULL: not known */
	int root;	/* of mount_list_root(), -1 until it is asked for */
	json_t *places; /* of the view */
};

/* -EINVAL with the pointer where a field has the wrong type or holds a NUL. */
int mount_list_read(const struct container_view *view, const struct facts *facts,
		    struct mount_list *ret, struct error **error);
void mount_list_release(struct mount_list *list);

static inline void cleanup_mount_list_function(struct mount_list *list)
{
	mount_list_release(list);
}
#define cleanup_mount_list __attribute__((cleanup(cleanup_mount_list_function)))
#define MOUNT_LIST_EMPTY ((struct mount_list){.root = -1})

/* A descriptor of the image's root, which stays the list's; -ENOENT where it is not
 * known or not there, which root-filesystem reports, or another negative errno. */
int mount_list_root(struct mount_list *list);

/* True where a path of the image cannot be resolved by anybody, the backend included,
 * so that its text says all; any other failure to resolve it is an error. */
bool mount_fails_for_all(int result);

/* Where the mount ends up once symlinks of the image are followed; its text where
 * the image is not known. runc folds ".." before it follows symlinks and crun
 * after: with ".." in the text *ret_other is crun's place, else NULL. Both belong
 * to the list. 0 or a negative errno. */
int mount_place(struct mount_list *list, struct mount *mount, const char **ret_place, const char **ret_other);

/* Where the container's root lies on the host: facts->rootfs, or root.path
 * against the bundle. The caller frees it; NULL where it is not known. */
char *mount_rootfs_path(const struct container_view *view, const struct facts *facts);

/* The bind's source made absolute as runc does it, against the bundle; as text.
 * The caller frees it; NULL without a source, bundle or memory. */
char *mount_source_path(const struct mount *mount, const struct facts *facts);

/* Checks a path of the policy: absolute, plain, not "/"; where `subtree`, a slash and
 * two stars may end it. */
int mount_check_path(const char *path, bool subtree, struct error **error);

/* "/mounts/7/options": `field` NULL for the mount itself. The caller frees it. */
char *mount_pointer(const struct mount *mount, const char *field);

/* Options as a list of words. */
bool mount_has_option(const struct mount *mount, const char *option);

/* A new array: the mount's options without those in `drop`, then those of `add`
 * that are not there yet. Both NULL-ended or NULL. NULL without memory. */
json_t *mount_edited_options(const struct mount *mount, const char *const *drop, const char *const *add);

/* "ro" for certain, with what contradicts it dropped. */
json_t *mount_read_only_options(const struct mount *mount);

#endif
