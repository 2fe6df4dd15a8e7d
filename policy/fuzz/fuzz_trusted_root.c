/* trusted_root.json: what is read is whole. */
#include <stdint.h>
#include <stdlib.h>

#include "policy/trust/trusted_root.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_authorities(const struct authority *authorities, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check(sk_X509_num(authorities[i].set->anchors) == 1);
		check(authorities[i].valid.start <= authorities[i].valid.end);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trusted_root *root = NULL;
	struct error *error = NULL;
	int result = trusted_root_read((const char *)data, size, &root, &error);
	check((result == 0) == (root != NULL) && (result < 0) == (error != NULL));
	error_free(error);
	if (result < 0)
		return 0;
	check(root->authority_count > 0);
	check_authorities(root->authorities, root->authority_count);
	check_authorities(root->timestamp_authorities, root->timestamp_authority_count);
	for (size_t i = 0; i < root->log_count; i++)
		check(root->logs[i].valid.start <= root->logs[i].valid.end && root->logs[i].details[0]);
	trusted_root_free(root);
	return 0;
}
