/* Signers who get a certificate of a few minutes for their OpenID identity: Fulcio's
 * certificate, seen by a log of certificates, and the signature in a Rekor log, all by a
 * pinned trusted root and without a network. */
#include <errno.h>
#include <inttypes.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"
#include "policy/trust/leaf.h"
#include "policy/trust/proof.h"
#include "policy/trust/proven_time.h"
#include "policy/trust/rekor.h"
#include "policy/trust/rekor_body.h"
#include "policy/trust/sct.h"
#include "policy/trust/signature_check.h"
#include "policy/trust/trusted_root.h"

/* One signature on its way through the steps. */
struct verification {
	const struct signer *signer;
	const struct signed_material *material;
	int64_t now;
	json_t *proof;
	X509 *leaf;
	struct proven_time time;
	STACK_OF(X509) *path;
};

/* 1: the signature is by the certificate's key. */
static int check_signature(struct verification *verification, struct error **error)
{
	int result = leaf_check_signature(verification->material, &verification->leaf, error);
	if (result < 0)
		return result;
	return proof_add(verification->proof, error, "the signature was made by the certificate's key");
}

/* 2: somebody trusted tells when. */
static int check_time(struct verification *verification, struct error **error)
{
	if (verification->material->entry_count == 0)
		return error_set(error, EPERM, "the signature is in no transparency log: it comes without a log entry");
	int result = proven_time_find(verification->material, verification->signer->root, verification->now,
				      &verification->time, verification->proof, error);
	if (result == 0 && verification->time.count == 0)
		return error_set(error, EPERM, "nothing proves when the signature was made: the log entry has no signed entry "
				 "timestamp (SET), and there is no RFC 3161 timestamp (logs of Rekor v2 need one)");
	return result;
}

/* Classic cosign keeps the log's promise to include the entry and no proof that it did. */
static bool wants_inclusion(const struct verification *verification, const struct log_entry *entry)
{
	return verification->material->rules != SIGNATURE_CLASSIC || entry->has_proof || entry->set.size == 0;
}

/* 3: everybody can see the log's entry. */
static int check_inclusion(struct verification *verification, struct error **error)
{
	const struct trusted_root *root = verification->signer->root;
	for (size_t i = 0; i < verification->material->entry_count; i++) {
		const struct log_entry *entry = &verification->material->entries[i];
		if (!wants_inclusion(verification, entry))
			continue;
		int64_t time = entry->set.size ? entry->integrated_time : verification->time.earliest;
		int result = rekor_check_inclusion(entry, root->logs, root->log_count, time, error);
		if (result == 0)
			result = proof_add(verification->proof, error, "the log's entry is number %" PRId64 " of the %" PRId64
					   " that its signed checkpoint covers", entry->proof_index, entry->tree_size);
		if (result < 0)
			return result;
	}
	return 0;
}

/* 4: it is the entry of this signature. */
static int check_entry(struct verification *verification, struct error **error)
{
	for (size_t i = 0; i < verification->material->entry_count; i++) {
		const struct log_entry *entry = &verification->material->entries[i];
		bool promises = false;
		int result = rekor_body_check(entry, verification->material, &promises, error);
		if (result < 0)
			return result;
		if (!promises && entry->set.size > 0)
			return error_set(error, EPERM, "the log's entry is one of Rekor v2 and has a signed entry timestamp (SET), "
					 "which such logs do not make");
	}
	return proof_add(verification->proof, error, "the log's entry has this signature, its certificate and the hash of "
			 "what it covers");
}

static int check_path_at(struct verification *verification, const struct authority *authority, int64_t time,
			 STACK_OF(X509) **ret_path, struct error **error)
{
	const struct certificate_path_question question = {
		.set = authority->set,
		.leaf = verification->leaf,
		.hints = verification->material->certificates + 1,
		.hint_count = verification->material->certificate_count - 1,
		.time = time,
		.use = CERTIFICATE_SIGNS_CODE,
	};
	if (period_has(&authority->valid, time))
		return certificate_path_check(&question, ret_path, error);
	char moment[TIMESTAMP_SIZE];
	timestamp_format(&(struct timespec){.tv_sec = (time_t)time}, false, moment);
	return error_set(error, EPERM, "the certificate authority was not in use at %s (validFor of the trusted root)",
			 moment);
}

/* 5: a pinned authority issued the certificate, and all of the path was valid then. */
static int check_path(struct verification *verification, struct error **error)
{
	const struct trusted_root *root = verification->signer->root;
	cleanup_error struct error *why = NULL;
	for (size_t i = 0; i < root->authority_count; i++) {
		cleanup_certificates STACK_OF(X509) *path = NULL;
		error_free(why);
		why = NULL;
		int result = check_path_at(verification, &root->authorities[i], verification->time.earliest, &path, &why);
		if (result == 0 && verification->time.latest != verification->time.earliest)
			result = check_path_at(verification, &root->authorities[i], verification->time.latest, NULL, &why);
		if (result < 0)
			continue;
		verification->path = take_pointer(path);
		return proof_add(verification->proof, error, "a pinned authority issued the certificate, and all %d "
				 "certificates of the path were valid then", sk_X509_num(verification->path));
	}
	return error_set(error, why ? why->code : EPERM, "%s", why ? error_message(why) : "no authority is pinned");
}

/* 6: a log of certificates saw it. */
static int check_sct(struct verification *verification, struct error **error)
{
	const struct trusted_root *root = verification->signer->root;
	int result = sct_check(verification->leaf, sk_X509_value(verification->path, 1), root->ct_logs, root->ct_log_count,
			       error);
	if (result < 0)
		return result;
	return proof_add(verification->proof, error, "a pinned log of certificates has promised to show the certificate "
			 "(SCT)");
}

/* 7: it is the signer's. */
static int check_identity(struct verification *verification, struct error **error)
{
	const struct signer *signer = verification->signer;
	if (!signer->issuer)
		return error_set(error, EPERM, "the signer has no issuer, and an identity is worth what vouches for it");
	int result = leaf_check_identity(verification->leaf, signer, error);
	if (result < 0)
		return result;
	return proof_add(verification->proof, error, "the certificate was made out to %s, for whom %s vouched",
			 signer->identity, signer->issuer);
}

static int (*const steps[])(struct verification *, struct error **) = {
	check_signature, check_time, check_inclusion, check_entry, check_path, check_sct, check_identity,
};

int signature_check_keyless(const struct signer *signer, const struct signed_material *material, int64_t now,
			    struct signature_answer *ret_answer, json_t *proof, struct error **error)
{
	struct verification verification = {.signer = signer, .material = material, .now = now, .proof = proof};
	int result = signer->root ? 0 : error_set(error, EPERM, "the signer has no trusted root");
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(steps); i++)
		result = steps[i](&verification, error);
	if (result == 0) {
		*ret_answer = (struct signature_answer){.signed_at = verification.time.earliest};
		result = leaf_key_id(verification.leaf, ret_answer->key, error);
	}
	X509_free(verification.leaf);
	sk_X509_pop_free(verification.path, X509_free);
	return result < 0 && result != -ENOMEM ? -EPERM : result;
}
