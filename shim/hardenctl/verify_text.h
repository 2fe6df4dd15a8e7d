/* What `hardenctl verify` prints. */
#ifndef OCI_HARDEN_HARDENCTL_VERIFY_TEXT_H
#define OCI_HARDEN_HARDENCTL_VERIFY_TEXT_H

#include <stdbool.h>

#include "shim/hardenctl/local_image.h"
#include "shim/image_trust.h"

/* "trusted", "not trusted" … */
const char *verify_word(const struct image_trust *trust);

/* One image, in all its places; `word` is what was asked for. Gives the exit status. */
int verify_tell(const char *word, const struct local_images *images, const struct image_trust *trust, bool json);

#endif
