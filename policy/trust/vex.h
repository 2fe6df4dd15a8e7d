/* OpenVEX (v0.2): what a trusted signer says of vulnerabilities in this image. Only a
 * statement whose product is this very image by digest counts, of several that apply the
 * newest, and only "not_affected" (with why) and "fixed" set a finding aside. Of a document
 * in several versions the highest alone says something. */
#ifndef OCI_HARDEN_TRUST_VEX_H
#define OCI_HARDEN_TRUST_VEX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/claim.h"
#include "policy/trust/vulnerability_report.h"

/* Texts and JSON belong to the claims. */
struct vex_statement {
	const char *vulnerability, *status, *source; /* source: the claim's blob */
	const json_t *subcomponents; /* array that limits it to these packages; NULL: the whole image */
	int64_t at;     /* seconds */
	bool clears;
};

struct vex {
	struct vex_statement *list; /* owned */
	size_t count, capacity;
	json_t *by_name; /* object: each name of a vulnerability → array of indices into the list */
	int64_t changes; /* seconds: until then it says the same; 0: without end */
};

struct image; /* demand.h */

/* The documents that `signer` attested, of all claims about the image. One that cannot be
 * understood is -EINVAL: what it would have said may be the newest word. */
int vex_read(const struct image *image, const char *signer, struct vex *ret_vex, struct error **error);
void vex_release(struct vex *vex);
#define cleanup_vex __attribute__((cleanup(vex_release)))

/* The statement that sets the finding aside; NULL: none does. */
const struct vex_statement *vex_clears(const struct vex *vex, const struct vulnerability *vulnerability);

/* The same package, as purls name it: equal, or `wanted` lacks qualifiers, or a version too. */
bool vex_purl_matches(const char *purl, const char *wanted);

#endif
