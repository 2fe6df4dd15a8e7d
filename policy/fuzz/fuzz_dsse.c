/* A DSSE envelope and the statement in it; the statement by itself, too, since the base64
 * around it is hard to change. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/trust/digest.h"
#include "policy/trust/dsse.h"
#include "policy/trust/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_statement(struct bytes payload)
{
	cleanup_statement struct statement statement = {0};
	if (statement_read(payload, &statement, NULL) < 0)
		return;
	if (!*statement.predicate_type || !json_is_object(statement.predicate))
		abort();
	for (size_t i = 0; i < json_array_size(statement.subjects); i++) {
		const json_t *subject = json_array_get(statement.subjects, i);
		char digest[DIGEST_LENGTH + 1];
		if (statement_subject_digest(subject, digest) == 0 && !digest_is_valid(digest))
			abort();
		if (statement_subject_annotations(subject) && !json_is_object(statement_subject_annotations(subject)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_material_memory struct material_memory memory = {0};
	const json_t *root = NULL;
	struct signed_material material = {0};
	read_statement((struct bytes){data, size});
	if (material_memory_parse(&memory, data, size, &root, NULL) < 0 ||
	    dsse_read(root, &memory, &material, NULL) < 0)
		return 0;
	if (material.payload.size == 0 || material.signature.size == 0 || material.message.size < material.payload.size ||
	    memcmp(material.message.data + material.message.size - material.payload.size, material.payload.data,
		   material.payload.size) != 0 ||
	    strcmp(material.payload_type, DSSE_IN_TOTO) != 0)
		abort();
	read_statement(material.payload);
	return 0;
}
