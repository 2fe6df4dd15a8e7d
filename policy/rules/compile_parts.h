/* compile.h from the inside: one file of the chain that `extends` makes, and the
 * steps from it to what is compiled. */
#ifndef OCI_HARDEN_RULES_COMPILE_PARTS_H
#define OCI_HARDEN_RULES_COMPILE_PARTS_H

#include "policy/rules/check.h"
#include "policy/rules/compile.h"

/* More files than that extend each other, or they do so in a circle. */
#define COMPILE_CHAIN 8u

/* A file or a built-in profile. */
struct layer {
	char *name; /* as in messages: "restricted", "/etc/oci-harden/policy.yaml" */
	bool built_in;
	char *text;
	struct tree *tree;
	json_t *checked;     /* check_policy.h */
	struct layer *below; /* what it extends; owned; NULL: the tables */
};

/* NULL where problems were added. `extends_at` is where it is named, for problems. */
struct layer *layer_load_profile(const char *name, struct place named_at, struct problems *problems);
struct layer *layer_load_file(const char *path, bool trusted, struct place named_at, unsigned depth,
			      struct problems *problems);
struct layer *layer_load_text(const char *name, const char *text, size_t length, bool trusted, unsigned depth,
			      struct problems *problems);
void layer_free(struct layer *layer);

static inline void cleanup_layer_function(struct layer **layer)
{
	layer_free(*layer);
}
#define cleanup_layer __attribute__((cleanup(cleanup_layer_function)))

/* The values of a layer with all below it: {"mode", "exec", "backend", "log", "trust",
 * "controls"}. NULL without memory. */
json_t *layer_state(const struct layer *layer);

/* Reads a file that the layer names, against the layer's folder; `trusted` as in compile.h. */
int layer_read_beside(const struct layer *layer, const char *path, bool trusted, size_t limit, char **ret_text,
		      size_t *ret_length, struct error **error);

/* Puts the files that signers name into layer->checked, in the place of their paths. */
void compile_trust_files(struct layer *layer, bool trusted, struct problems *problems);

/* Every signer that is named anywhere in the chain exists, and whoever scans does not
 * sign; a warning for one whom nobody names. Bears with a chain that has problems. */
void compile_trust_names(const struct layer *layer, struct problems *problems, struct problems *warnings);

/* No two signers of the compiled ones are the same. */
void compile_trust_twins(const struct layer *layer, const json_t *signers, struct problems *problems);

/* Into `trust` what another file says on top of it: signers by their names, more to deny,
 * and for each other key its own value. 0 or -1 without memory. */
int compile_trust_merge(json_t *trust, const json_t *own);

/* Every key of order_trust_keys, with what holds where nothing is written. */
json_t *compile_trust_scalars(const json_t *trust);

/* Everything below needs a chain without problems. */

/* {"title", "for", "mode"?, "exec"?, "trust"?: as written, "controls": sparse} for every
 * scope of the chain. */
json_t *compile_scopes(const struct layer *layer, const json_t *state, struct problems *problems,
		       struct problems *warnings);

/* Into compiled->exceptions, and the signers to whom some are bound into `wanted`, as
 * trust_records.h has them. */
void compile_exceptions(const struct layer *layer, time_t now, struct compiled *compiled, json_t *wanted,
			struct problems *problems);

/* What is written of trust → the base's "trust" (base.h), null where it asks for nothing,
 * and what *ret_records gets besides (trust_records.h). The scopes' "trust" loses its lists
 * to the records. NULL without memory. */
json_t *compile_trust(const json_t *written, const json_t *wanted, json_t *scopes, json_t **ret_records);

/* Warnings where `layer` is looser than what it extends. */
void compile_compare(const struct layer *layer, const json_t *state, struct problems *warnings);

/* The deepest node that the path names, for a place: keys, or indices ("0") of a list;
 * ended by NULL. A dotted key is looked for nested. */
const struct node *compile_find(const struct node *node, const char *const *path);

/* How `value` is looser than `base`, to be followed by where `base` stands: "is 2,
 * looser than 1", "also has ["CHOWN"], looser than". A static buffer. */
const char *compile_describe(const struct policy_key *key, const json_t *base, const json_t *value);

#endif
