/* The answer of a timestamp authority. The seeds are answers of the pinned one, over the
 * signature "other": what counts tells a time that one of them tells. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "policy/base/file.h"
#include "policy/trust/trusted_timestamp.h"

#define ROOT "policy/trust/cases/keyless/made/trusted_root-made.json"
#define TOLD INT64_C(1792739797)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trusted_root *read_root(void)
{
	char *text = NULL;
	size_t size = 0;
	struct trusted_root *root = NULL;
	if (file_read(ROOT, TRUSTED_ROOT_SIZE, &text, &size, NULL) < 0 || trusted_root_read(text, size, &root, NULL) < 0)
		abort();
	free(text);
	return root;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trusted_root *root;
	if (!root)
		root = read_root();
	const struct bytes response = {data, size}, other = {(const uint8_t *)"other", 5};
	int64_t time = 0;
	struct error *error = NULL;
	int result = trusted_timestamp_check(&response, &other, root->timestamp_authorities,
					     root->timestamp_authority_count, &time, &error);
	if ((result < 0) != (error != NULL) || (result == 0 && time != TOLD))
		abort();
	error_free(error);
	return 0;
}
