/* An image that is on this host, by the name that a person has for it. A name is only how
 * people find it: what is judged is what it leads to now. */
#ifndef OCI_HARDEN_HARDENCTL_LOCAL_IMAGE_H
#define OCI_HARDEN_HARDENCTL_LOCAL_IMAGE_H

#include <stddef.h>

#include "policy/base/error.h"
#include "policy/facts.h"

/* Borrowed; NULL where nothing is said. */
struct local_image_question {
	const char *name;
	enum engine engine; /* whose stores alone are asked; ENGINE_NONE: all */
	/* containerd's; with an engine whose containers get their namespaces elsewhere (a pod's)
	 * it chooses no store */
	const char *namespace;
	const char *data_root;  /* Docker's */
	const char *containerd; /* its socket, which then has to be there */
};

/* The image in one place: engine, namespace, name and digests, as far as a container that is
 * made of it there would have them. */
struct local_image {
	char *place; /* for a person; "": none; owned */
	struct facts facts;
};

struct local_images {
	struct local_image *list; /* owned */
	size_t count;
};

/* Looks into Docker's two stores, containerd's namespaces and containers/storage (Podman,
 * CRI-O), and where none of them has the name into the local store of signatures. Several
 * places are given where all have the same image. -EEXIST and all of them in words where they
 * have not; -ENOENT; else why a store that is there could not be asked. */
int local_image_find(const struct local_image_question *question, struct local_images *ret_images,
		     struct error **error);

/* Appends one whose place is formatted. Takes over what *facts owns, also where it fails
 * (-ENOMEM). */
int local_images_add(struct local_images *images, struct facts *facts, struct error **error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void local_images_release(struct local_images *images);
#define cleanup_local_images __attribute__((cleanup(local_images_release)))

#endif
