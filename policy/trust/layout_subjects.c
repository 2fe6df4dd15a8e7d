#include "policy/trust/layout_subjects.h"

#include <errno.h>
#include <string.h>

#include "policy/document/document.h"
#include "policy/trust/dsse.h"
#include "policy/trust/material_memory.h"
#include "policy/trust/sigstore_bundle.h"
#include "policy/trust/simple_signing.h"
#include "policy/trust/statement.h"

static int simple_signing_is_about(const struct blob *blob, const struct digest_set *digests)
{
	cleanup_simple_signing struct simple_signing signing = {0};
	const struct bytes payload = {.data = blob->data, .size = blob->size};
	if (simple_signing_read(payload, &signing, NULL) < 0)
		return -ENOENT;
	return digest_set_has(digests, signing.digest);
}

static int statement_is_about(struct bytes payload, const struct digest_set *digests)
{
	cleanup_statement struct statement statement = {0};
	char digest[DIGEST_LENGTH + 1];
	size_t index = 0;
	const json_t *subject = NULL;
	if (statement_read(payload, &statement, NULL) < 0)
		return -ENOENT;
	json_array_foreach(statement.subjects, index, subject)
		if (statement_subject_digest(subject, digest) == 0 && digest_set_has(digests, digest))
			return 1;
	return 0;
}

static int envelope_is_about(const struct blob *blob, const struct digest_set *digests)
{
	struct material_memory memory = {0};
	struct signed_material material = {0};
	const json_t *envelope = NULL;
	int result = material_memory_parse(&memory, blob->data, blob->size, &envelope, NULL);
	if (result == 0)
		result = dsse_read(envelope, &memory, &material, NULL);
	result = result < 0 ? -ENOENT : statement_is_about(material.payload, digests);
	material_memory_release(&memory);
	return result;
}

/* A bundle's manifest and a Notation signature's have a subject of their own. */
static const struct {
	const char *media_type;
	enum layout_statement kind;
} rows[] = {
	{SIMPLE_SIGNING_MEDIA_TYPE, LAYOUT_SIGNATURE},
	{DSSE_MEDIA_TYPE, LAYOUT_ATTESTATION},
	{BUNDLE_MEDIA_TYPE, LAYOUT_BUNDLE},
	{"application/jose+json", LAYOUT_NOTATION},
	{"application/cose", LAYOUT_NOTATION},
};

enum layout_statement layout_statement_of(const char *media_type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].media_type, media_type) == 0)
			return rows[i].kind;
	return LAYOUT_STATEMENTS;
}

int layout_subject_is_one_of(enum layout_statement kind, const struct blob *blob, const struct digest_set *digests)
{
	static int (*const readers[LAYOUT_STATEMENTS])(const struct blob *, const struct digest_set *) = {
		[LAYOUT_SIGNATURE] = simple_signing_is_about,
		[LAYOUT_ATTESTATION] = envelope_is_about,
	};
	return kind < LAYOUT_STATEMENTS && readers[kind] ? readers[kind](blob, digests) : -ENOENT;
}
