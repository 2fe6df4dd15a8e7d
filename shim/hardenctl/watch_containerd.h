/* containerd's images, gone through from time to time. */
#ifndef OCI_HARDEN_HARDENCTL_WATCH_CONTAINERD_H
#define OCI_HARDEN_HARDENCTL_WATCH_CONTAINERD_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"

struct watch_containerd {
	json_t *seen; /* owned: what there was last time (image_list.h), or NULL */
	bool failing;
};

/* Calls `found` with "name@sha256:…" for each image that was not there last time, or was
 * pulled again since. */
int watch_containerd_list(struct watch_containerd *images, const char *socket,
			  void (*found)(void *context, const char *name), void *context, struct error **error);

/* Next time all are new. */
void watch_containerd_forget(struct watch_containerd *images);

#endif
