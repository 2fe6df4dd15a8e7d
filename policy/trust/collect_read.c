/* What a verified signature says of the image. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/collect_signed.h"
#include "policy/trust/simple_signing.h"
#include "policy/trust/statement.h"

/* json_incref() of what is only read here. */
static json_t *hold(const json_t *value)
{
	return json_incref((json_t *)(uintptr_t)value);
}

int collect_read_simple(const struct collection *collection, const struct found_signature *found,
			struct claims *said, struct error **error)
{
	cleanup_simple_signing struct simple_signing signing = {0};
	int result = simple_signing_read(found->material->message, &signing, error);
	if (result < 0)
		return result;
	if (!collect_is_subject(collection, signing.digest))
		return error_set(error, EINVAL, "it signs another image: %s", signing.digest);
	struct claim claim = {
		.kind = CLAIM_SIGNATURE,
		.subject = strdup(signing.digest),
		.reference = signing.reference ? strdup(signing.reference) : NULL,
		.annotations = hold(signing.annotations),
	};
	bool whole = claim.subject && (!signing.reference || claim.reference);
	if (!whole)
		claim_release(&claim);
	return whole && claims_add(said, &claim) == 0 ? 0 : error_out_of_memory(error);
}

static int add_subject(const struct statement *statement, enum claim_kind kind, const json_t *subject,
		       const char *digest, struct claims *said)
{
	bool attestation = kind == CLAIM_ATTESTATION;
	const char *name = statement_subject_name(subject);
	struct claim claim = {
		.kind = kind,
		.subject = strdup(digest),
		.reference = name && *name ? strdup(name) : NULL,
		.annotations = hold(statement_subject_annotations(subject)),
		.predicate_type = attestation ? strdup(statement->predicate_type) : NULL,
		.predicate = attestation ? hold(statement->predicate) : NULL,
	};
	bool whole = claim.subject && (claim.reference || !name || !*name) && (claim.predicate_type || !attestation);
	if (!whole)
		claim_release(&claim);
	return whole ? claims_add(said, &claim) : -ENOMEM;
}

static int read_statement(const struct collection *collection, const struct found_signature *found,
			  bool may_be_signature, struct claims *said, struct error **error)
{
	cleanup_statement struct statement statement = {0};
	int result = statement_read(found->material->payload, &statement, error);
	if (result < 0)
		return result;
	if (found->announced_type && strcmp(found->announced_type, statement.predicate_type) != 0)
		return error_set(error, EINVAL, "the signed statement has another predicateType than the annotation says");
	bool is_signature = may_be_signature && strcmp(statement.predicate_type, STATEMENT_COSIGN_SIGNATURE) == 0;
	for (size_t i = 0; i < json_array_size(statement.subjects); i++) {
		const json_t *subject = json_array_get(statement.subjects, i);
		char digest[DIGEST_LENGTH + 1];
		if (statement_subject_digest(subject, digest) < 0 || !collect_is_subject(collection, digest))
			continue;
		if (add_subject(&statement, is_signature ? CLAIM_SIGNATURE : CLAIM_ATTESTATION, subject, digest, said) < 0)
			return error_out_of_memory(error);
	}
	return said->count > 0 ? 0 : error_set(error, EINVAL, "no subject of the statement is this image");
}

int collect_read_attestation(const struct collection *collection, const struct found_signature *found,
			     struct claims *said, struct error **error)
{
	return read_statement(collection, found, false, said, error);
}

int collect_read_statement(const struct collection *collection, const struct found_signature *found,
			   struct claims *said, struct error **error)
{
	return read_statement(collection, found, true, said, error);
}
