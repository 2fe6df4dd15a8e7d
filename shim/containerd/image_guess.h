/* What an image's name pointed to when it was last asked for: only a guess of what is worth
 * being asked for at once. What the name points to now, containerd says each time. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_IMAGE_GUESS_H
#define OCI_HARDEN_SHIM_CONTAINERD_IMAGE_GUESS_H

#include <stdbool.h>

#include "policy/trust/evidence.h"
#include "shim/containerd/containerd.h"

/* `name` and `digest` may be NULL; "" is no guess. By the question's cache and namespace. */
bool image_guess_recall(const struct containerd_question *question, const char *name,
		       char ret_digest[DIGEST_LENGTH + 1]);
void image_guess_remember(const struct containerd_question *question, const char *name, const char *digest);

#endif
