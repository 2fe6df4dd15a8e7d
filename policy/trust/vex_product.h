/* Private to OpenVEX: what a product or a subcomponent of a statement names. */
#ifndef OCI_HARDEN_TRUST_VEX_PRODUCT_H
#define OCI_HARDEN_TRUST_VEX_PRODUCT_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/trust/claim.h"

/* True where the product names one of the digests that the claims are about, and no other:
 * by its hashes' "sha-256", or by a purl of type oci, whose version is the digest. */
bool vex_product_is_image(const json_t *product, const struct claims *claims);

/* True where one of the components is the package. */
bool vex_components_have(const json_t *components, const char *purl);

#endif
