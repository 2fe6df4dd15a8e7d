/* Private to OpenVEX: what a product or a subcomponent of a statement names. */
#ifndef OCI_HARDEN_TRUST_VEX_PRODUCT_H
#define OCI_HARDEN_TRUST_VEX_PRODUCT_H

#include <jansson.h>
#include <stdbool.h>

struct image; /* demand.h */

/* True where the product names one of the digests that the claims are about, and no other:
 * by its hashes' "sha-256", or by a purl of type oci, whose version is the digest and whose
 * "arch", where it has one, is the image's. */
bool vex_product_is_image(const json_t *product, const struct image *image);

/* True where one of the components is the package. */
bool vex_components_have(const json_t *components, const char *purl);

#endif
