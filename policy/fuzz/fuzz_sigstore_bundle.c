/* A Sigstore bundle: whatever is read is whole, so that who checks it needs not ask. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/trust/sigstore_bundle.h"
#include "policy/trust/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const struct bytes *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!list[i].data || list[i].size == 0)
			abort();
}

static void check_entry(const struct log_entry *entry)
{
	if (entry->body.size == 0 || entry->log_index < 0 || entry->integrated_time < -1 ||
	    (entry->kind != NULL) != (entry->version != NULL))
		abort();
	if (!entry->has_proof)
		return;
	if (entry->proof_index < 0 || entry->tree_size < 0 || entry->root_hash.size == 0)
		abort();
	check_list(entry->hashes, entry->hash_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	if (sigstore_bundle_read(data, size, &bundle, NULL) < 0)
		return 0;
	const struct signed_material *material = &bundle.material;
	if (material->rules != SIGNATURE_BUNDLE || material->signature.size == 0 || material->payload.size == 0)
		abort();
	check_list(material->certificates, material->certificate_count);
	check_list(material->timestamps, material->timestamp_count);
	for (size_t i = 0; i < material->entry_count; i++)
		check_entry(&material->entries[i]);
	cleanup_statement struct statement statement = {0};
	(void)statement_read(material->payload, &statement, NULL);
	return 0;
}
