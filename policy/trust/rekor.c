#include "policy/trust/rekor.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/trust/checkpoint.h"
#include "policy/trust/merkle.h"

#define BODY_SIZE ((size_t)4 << 20)

/* What a SET signs: the canonical JSON (RFC 8785) of the four, whose keys stand in order
 * and whose texts need no escapes. */
static int encode_promise(const struct log_entry *entry, char **ret_text, size_t *ret_size, struct error **error)
{
	cleanup_text struct text text = {0};
	cleanup_free char *body = malloc(entry->body.size / 3 * 4 + 5);
	if (!body)
		return error_out_of_memory(error);
	(void)EVP_EncodeBlock((unsigned char *)body, entry->body.data, (int)entry->body.size);
	text_append(&text, "{\"body\":\"");
	text_append(&text, body);
	text_append_format(&text, "\",\"integratedTime\":%" PRId64 ",\"logID\":\"", entry->integrated_time);
	for (size_t i = 0; i < entry->log_id.size; i++)
		text_append_format(&text, "%02x", entry->log_id.data[i]);
	text_append_format(&text, "\",\"logIndex\":%" PRId64 "}", entry->log_index);
	*ret_size = text.length;
	*ret_text = text_finish(&text);
	return *ret_text ? 0 : error_out_of_memory(error);
}

int rekor_check_promise(const struct log_entry *entry, const struct log_key *logs, size_t count, struct error **error)
{
	if (entry->integrated_time <= 0 || entry->log_index < 0 || entry->body.size == 0 || entry->body.size > BODY_SIZE)
		return error_set(error, EPERM, "the log's entry has a signed entry timestamp (SET), but no time, index or body "
				 "that it could be for");
	const struct log_key *key = log_key_find(logs, count, &entry->log_id, entry->integrated_time, "Rekor log", error);
	if (!key)
		return -EPERM;
	if (memcmp(key->id, key->spki, sizeof(key->id)) != 0)
		return error_set(error, EPERM, "the trusted root's id of this Rekor log is not the SHA-256 of its key, so it "
				 "makes no signed entry timestamps (SET)");
	cleanup_free char *text = NULL;
	size_t size = 0;
	int result = encode_promise(entry, &text, &size, error);
	if (result < 0)
		return result;
	return log_key_verify(key, &(struct bytes){(const uint8_t *)text, size}, &entry->set,
			      "the log's signed entry timestamp (SET)", error);
}

int rekor_check_inclusion(const struct log_entry *entry, const struct log_key *logs, size_t count, int64_t time,
			  struct error **error)
{
	struct checkpoint checkpoint;
	uint8_t leaf[SHA256_SIZE];
	if (!entry->has_proof || !entry->checkpoint)
		return error_set(error, EPERM, "the log's entry comes without an inclusion proof and a checkpoint");
	const struct log_key *key = log_key_find(logs, count, &entry->log_id, time, "Rekor log", error);
	if (!key)
		return -EPERM;
	int result = checkpoint_check(entry->checkpoint, key, &checkpoint, error);
	if (result < 0)
		return result;
	if (checkpoint.tree_size != entry->tree_size || entry->root_hash.size != sizeof(checkpoint.root) ||
	    memcmp(checkpoint.root, entry->root_hash.data, sizeof(checkpoint.root)) != 0)
		return error_set(error, EPERM, "the inclusion proof is for another tree than the log's checkpoint signs");
	result = merkle_leaf(&entry->body, leaf, error);
	if (result < 0)
		return result;
	return merkle_check(leaf, entry->proof_index, entry->tree_size, entry->hashes, entry->hash_count,
			    &entry->root_hash, error);
}
