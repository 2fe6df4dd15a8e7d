/* The compiled trust settings: what `hardenctl policy apply` makes of the policy's trust
 * section and policy_trust() of a generation for one container. JSON, every key there:
 *   {"unmatched": "refuse"|"audit"|"allow",
 *    "bind": "content"|"layers"|"digest",
 *    "empty-upper": bool,           the upper directory is empty on first start
 *    "require-digest": bool,        the user named the image by digest
 *    "registries": [PATTERN, …]|null,   null: any
 *    "deny": [DIGEST, …],
 *    "signers": {NAME: SIGNER, …},
 *    "images": [[IMAGE, …], …],     groups: each has to be satisfied by itself. In one, every
 *                                   entry whose `match` fits holds, and at least one has to fit;
 *                                   an empty list of groups: everything is unmatched
 *    "wanted": bool}                somebody asks who signed (an exception's signed-by), though
 *                                   nothing is demanded
 *   SIGNER: {"kind": "key", "keys": [PEM, …]}
 *         | {"kind": "keyless", "identity", "issuer", "trusted-root": text of the JSON file}
 *         | {"kind": "certificate", "authorities": PEM, "identity", "issuer": TEXT|null}
 *         | {"kind": "notation"|"notation-authority", "authorities": PEM, "subject"}
 *     each with "valid-from", "valid-until": seconds|null
 *   IMAGE: {"match": [PATTERN, …], "signed-by": {"at-least": N, "of": [NAME, …]}|null,
 *           "match-repository": bool, "annotations": {KEY: TEXT}, "max-age": seconds|null,
 *           "attestations": [{"type": URI, "signed-by": {…}}, …],
 *           "vulnerabilities": {"scanner": NAME, "max-cvss": thousandths|null,
 *              "max-severity": "none"|"low"|"medium"|"high"|"critical"|null, "fixable-only": bool,
 *              "unknown": "refuse"|"allow", "max-age": seconds, "vex": NAME|null,
 *              "ignore": [{"id", "reason", "expires": seconds}, …]}|null}
 * PATTERN: of reference.h. */
#ifndef OCI_HARDEN_TRUST_SETTINGS_H
#define OCI_HARDEN_TRUST_SETTINGS_H

#include <jansson.h>

#include "policy/base/error.h"

/* The words of the keys above, the tightest first. */
extern const char *const trust_unmatched_words[];
extern const char *const trust_bind_words[];
extern const char *const trust_severity_words[];
extern const char *const trust_unknown_words[];

#define TRUST_SCORE_LIMIT 10000 /* thousandths: CVSS ends at 10.0 */

/* -EINVAL with the key where anything has another shape, or names a signer that is not
 * there. For the reader of a generation; its parts for whoever has only one of them. */
int trust_settings_check(const json_t *settings, struct error **error);
int trust_settings_check_signer(const json_t *signer, struct error **error);
int trust_settings_check_image(const json_t *image, struct error **error);
int trust_settings_check_signed_by(const json_t *signed_by, struct error **error);

/* Appends the name of every signer that an IMAGE speaks of and that is not in `names` yet.
 * 0 or -ENOMEM. */
int trust_settings_names(const json_t *image, json_t *names);

#endif
