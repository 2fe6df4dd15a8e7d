/* Private to local_image.c: the kinds of places where engines keep images. */
#ifndef OCI_HARDEN_HARDENCTL_LOCAL_IMAGE_PLACES_H
#define OCI_HARDEN_HARDENCTL_LOCAL_IMAGE_PLACES_H

#include "policy/trust/reference.h"
#include "shim/hardenctl/local_image.h"

struct local_image_search {
	const struct local_image_question *question;
	struct reference wanted; /* its name, taken apart */
	struct local_images images;
};

/* Do both mean the same, whatever defaults they leave to be filled in? */
bool local_image_is_named(const struct local_image_search *search, const char *name);

/* True where containers of `engine` are among those that are asked about. */
bool local_image_wants(const struct local_image_search *search, enum engine engine);

/* Each appends what its places have: none is no error. */
int local_image_files(struct local_image_search *search, struct error **error);
int local_image_containerd(struct local_image_search *search, struct error **error);

#endif
