/* Notary Project signatures: manifests that refer to the image by their subject. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/collect_signed.h"
#include "policy/trust/digest.h"
#include "policy/trust/leaf.h"
#include "policy/trust/notation.h"
#include "policy/trust/signed_layer.h"

#define FORMAT "notation"

struct collecting {
	const struct collection *collection;
	struct claims *claims;
	json_t *seen;      /* envelopes with what each is said to be about: signed_layer_note() */
	unsigned verified; /* signatures that were worth the arithmetic */
};

/* ---- claims ---- */

static json_t *make_proof(const struct notation_signature *signature)
{
	cleanup_text struct text subject = {0};
	char name[256] = "";
	const X509 *leaf = sk_X509_value(signature->chain, 0);
	(void)X509_NAME_oneline(X509_get_subject_name(leaf), name, sizeof(name));
	text_append(&subject, "certificate of ");
	text_append_quoted(&subject, name);
	text_append_format(&subject, ", %d in the chain to the trust store", sk_X509_num(signature->chain));
	cleanup_free char *certificate = text_finish(&subject);
	return certificate ? json_pack("[s+,s]", "Notary Project signature, JWS with ", signature->jws.algorithm,
				       certificate)
			   : NULL;
}

/* The leaf's subject as it stands there: a policy's one may leave attributes out. */
static char *name_identity(const X509 *leaf)
{
	char digest[DIGEST_LENGTH + 1];
	cleanup_encoding unsigned char *name = NULL;
	int size = i2d_X509_NAME(X509_get_subject_name(leaf), &name);
	if (size <= 0)
		return NULL;
	digest_of(name, (size_t)size, digest);
	return strdup(digest);
}

static char *name_key(const X509 *leaf)
{
	char id[DIGEST_LENGTH + 1];
	return leaf_key_id(leaf, id, NULL) < 0 ? NULL : strdup(id);
}

static int add_claim(struct collecting *collecting, const struct notation_signature *signature,
		     const struct signer *signer, const char *subject, const char *source, int64_t expires)
{
	const X509 *leaf = sk_X509_value(signature->chain, 0);
	struct claim claim = {
		.kind = CLAIM_SIGNATURE,
		.signer = strdup(signer->name),
		.key = name_key(leaf),
		.identity = name_identity(leaf),
		.subject = strdup(subject),
		.source = strdup(source),
		.annotations = json_incref(signature->annotations),
		.signed_at = signature->jws.signing_time,
		.expires = expires,
		.proof = make_proof(signature),
	};
	if (claim.signer && claim.key && claim.identity && claim.subject && claim.source && claim.proof)
		return claims_add(collecting->claims, &claim);
	claim_release(&claim);
	return -ENOMEM;
}

/* All signers whose it is; -EPERM and what each says where it is nobody's. */
static int add_claims(struct collecting *collecting, const struct notation_signature *signature, const char *subject,
		      const char *source, struct error **error)
{
	const struct signers *signers = collecting->collection->signers;
	cleanup_text struct text reasons = {0};
	size_t before = collecting->claims->count;
	for (size_t i = 0; i < signers->count; i++) {
		const struct signer *signer = &signers->list[i];
		cleanup_error struct error *why = NULL;
		int64_t expires = 0;
		if (signer->kind != SIGNER_NOTATION)
			continue;
		int result = notation_signer_check(signature, signer, collecting->collection->now, &expires, &why);
		if (result == 0)
			result = add_claim(collecting, signature, signer, subject, source, expires);
		if (result == -ENOMEM)
			return error_out_of_memory(error);
		if (result < 0)
			text_append_format(&reasons, "%s%s: %s", reasons.length ? "; " : "", signer->name,
					   error_message(why));
	}
	if (collecting->claims->count > before)
		return 0;
	cleanup_free char *text = text_finish(&reasons);
	return text ? error_set(error, EPERM, "%s", text) : error_out_of_memory(error);
}

/* ---- one envelope ---- */

static bool is_anchored(const struct collecting *collecting, const STACK_OF(X509) *chain)
{
	const struct signers *signers = collecting->collection->signers;
	for (size_t i = 0; i < signers->count; i++)
		if (signers->list[i].kind == SIGNER_NOTATION &&
		    notation_chain_is_anchored(chain, signers->list[i].authorities))
			return true;
	return false;
}

/* What costs nothing comes first: nobody makes the verifier calculate without a certificate
 * that a signer trusts. */
static int collect_envelope(struct collecting *collecting, const char *subject, const char *source, struct bytes bytes,
			    struct error **error)
{
	cleanup_notation_signature struct notation_signature signature = {0};
	if (bytes.size > NOTATION_ENVELOPE_SIZE)
		return error_set(error, EINVAL, "its envelope has more than %zu bytes", NOTATION_ENVELOPE_SIZE);
	int result = jws_read(bytes.data, bytes.size, &signature.jws, error);
	if (result == 0)
		result = notation_chain_read(&signature.jws, &signature.chain, error);
	if (result < 0)
		return result;
	if (!is_anchored(collecting, signature.chain))
		return error_set(error, EPERM, "its certificates lead to no trust store of the policy");
	if (collecting->verified++ >= NOTATION_SIGNATURES)
		return error_set(error, EPERM, "the image has more than %u Notary Project signatures: take some away",
				 NOTATION_SIGNATURES);
	result = notation_chain_check(signature.chain, error);
	if (result == 0)
		result = jws_verify(&signature.jws, X509_get0_pubkey(sk_X509_value(signature.chain, 0)), error);
	if (result == 0)
		result = notation_payload_check(signature.jws.payload, subject, collecting->collection->evidence,
						&signature.annotations, error);
	return result < 0 ? result : add_claims(collecting, &signature, subject, source, error);
}

static int collect_layer(struct collecting *collecting, const struct manifest *manifest, struct error **error)
{
	struct bytes bytes = {0};
	if (manifest->count != 1)
		return error_set(error, EINVAL, "a Notary Project signature has exactly one layer");
	const struct descriptor *layer = &manifest->list[0];
	if (text_equal(layer->media_type, NOTATION_COSE))
		return error_set(error, EINVAL, "it is a COSE envelope, which is not supported: have the image signed with "
						"notation sign --signature-format jws");
	if (!text_equal(layer->media_type, NOTATION_JWS))
		return error_set(error, EINVAL, "its layer is no " NOTATION_JWS);
	bool is_new = false;
	int result = signed_layer_note(layer, manifest->subject.digest, collecting->seen, &is_new, error);
	if (result == 0 && is_new)
		result = signed_layer_find(layer, collecting->collection->evidence, &bytes, error);
	return result < 0 || !is_new
			  ? result
			  : collect_envelope(collecting, manifest->subject.digest, layer->digest, bytes, error);
}

static int collect_manifest(struct collecting *collecting, const struct blob *blob, struct error **error)
{
	cleanup_manifest struct manifest manifest = {0};
	struct error *why = NULL;
	int result = signed_layer_read_manifest(blob, &manifest, &why);
	if (result == 0 && !text_equal(manifest.config.media_type, NOTATION_MEDIA_TYPE) &&
	    !text_equal(manifest.artifact_type, NOTATION_MEDIA_TYPE))
		return 0;
	if (result == 0 && !collect_is_subject(collecting->collection, manifest.subject.digest))
		return 0;
	if (result == 0)
		result = collect_layer(collecting, &manifest, &why);
	return result < 0 ? collect_reject(result, blob->digest, FORMAT, why, collecting->claims, error) : 0;
}

static bool has_signer(const struct signers *signers)
{
	for (size_t i = 0; i < signers->count; i++)
		if (signers->list[i].kind == SIGNER_NOTATION)
			return true;
	return false;
}

int collect_notation(const struct collection *collection, struct claims *claims, struct error **error)
{
	if (!has_signer(collection->signers))
		return 0;
	cleanup_json json_t *seen = json_object();
	struct collecting collecting = {.collection = collection, .claims = claims, .seen = seen};
	int result = seen ? 0 : error_out_of_memory(error);
	for (size_t i = 0; result == 0 && i < collection->evidence->count; i++)
		if (signed_layer_is_possible(&collection->evidence->blobs[i], NOTATION_MEDIA_TYPE))
			result = collect_manifest(&collecting, &collection->evidence->blobs[i], error);
	return result;
}
