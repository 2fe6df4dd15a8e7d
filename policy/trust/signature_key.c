/* Signers who sign with a key that stands in the policy itself. */
#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/trust/digest.h"
#include "policy/trust/proof.h"
#include "policy/trust/public_key.h"
#include "policy/trust/signature_check.h"

static int add_proof(const struct public_key *key, const char *id, json_t *proof, struct error **error)
{
	return proof_add(proof, error, "the signature was made by the %s key %s", public_key_algorithm(key), id);
}

/* A certificate beside the signature says nothing against it: whoever holds the key has
 * signed. Neither a log nor a timestamp is asked, so that no time is proven. */
int signature_check_key(const struct signer *signer, const struct signed_material *material, int64_t now,
			struct signature_answer *ret_answer, json_t *proof, struct error **error)
{
	(void)now;
	cleanup_error struct error *why = NULL;
	for (size_t i = 0; i < signer->key_count; i++) {
		int result = public_key_verify(signer->keys[i], material->rules, material->message, material->signature,
					       &why);
		if (result == -ENOMEM)
			return error_out_of_memory(error);
		if (result == 0) {
			*ret_answer = (struct signature_answer){0};
			digest_write(public_key_id(signer->keys[i]), ret_answer->key);
			return add_proof(signer->keys[i], ret_answer->key, proof, error);
		}
	}
	return error_set(error, EPERM, "%s", why ? error_message(why) : "the signer has no key");
}
