#include "policy/trust/merkle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"

/* What is hashed begins with what it is, so that a leaf is never taken for a node. */
#define LEAF 0x00
#define NODE 0x01

#define PATH_LENGTH 63u /* an index has as many bits */

int merkle_leaf(const struct bytes *entry, uint8_t ret_hash[SHA256_SIZE], struct error **error)
{
	cleanup_free uint8_t *data = malloc(entry->size + 1);
	if (!data)
		return error_out_of_memory(error);
	data[0] = LEAF;
	if (entry->size)
		memcpy(data + 1, entry->data, entry->size);
	sha256(data, entry->size + 1, ret_hash);
	return 0;
}

static void hash_node(const uint8_t *left, const uint8_t *right, uint8_t ret_hash[SHA256_SIZE])
{
	uint8_t data[1 + 2 * SHA256_SIZE] = {NODE};
	memcpy(data + 1, left, SHA256_SIZE);
	memcpy(data + 1 + SHA256_SIZE, right, SHA256_SIZE);
	sha256(data, sizeof(data), ret_hash);
}

int merkle_check(const uint8_t leaf[SHA256_SIZE], int64_t index, int64_t size, const struct bytes *path,
		 size_t path_count, const struct bytes *root, struct error **error)
{
	if (index < 0 || index >= size || path_count > PATH_LENGTH || root->size != SHA256_SIZE)
		return error_set(error, EPERM, "the inclusion proof is for no entry of a tree of %lld entries",
				 (long long)size);
	uint8_t hash[SHA256_SIZE];
	memcpy(hash, leaf, sizeof(hash));
	/* the node that the way up stands on and the last one of that level: each level has
	 * half as many, and the last one may have nobody beside it and goes up as it is */
	uint64_t node = (uint64_t)index, last = (uint64_t)size - 1;
	for (size_t i = 0; i < path_count; i++) {
		if (path[i].size != SHA256_SIZE || last == 0)
			return error_set(error, EPERM, "the inclusion proof has a hash too many or one that is not SHA-256");
		if ((node & 1) || node == last) {
			hash_node(path[i].data, hash, hash);
			while (!(node & 1) && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			hash_node(hash, path[i].data, hash);
		}
		node >>= 1;
		last >>= 1;
	}
	if (last != 0 || memcmp(hash, root->data, sizeof(hash)) != 0)
		return error_set(error, EPERM, "the inclusion proof does not lead from the log's entry to the root "
				 "of its tree");
	return 0;
}
