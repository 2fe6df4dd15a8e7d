/* Public keys in PEM or DER, and signatures: what is read has a name, and nothing that a
 * fuzzer finds is a signature. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/public_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char message_text[] = "nobody has signed this";

static void verify(const struct public_key *key, struct bytes signature)
{
	const struct bytes message = {(const uint8_t *)message_text, sizeof(message_text)};
	if (!public_key_algorithm(key) ||
	    public_key_verify(key, SIGNATURE_CLASSIC, message, signature, NULL) == -EINVAL ||
	    public_key_verify(key, SIGNATURE_BUNDLE, message, signature, NULL) == -EINVAL ||
	    public_key_verify(key, SIGNATURE_RULES_NONE, message, signature, NULL) != -EPERM)
		abort();
}

/* The first two bytes: where the key ends and the signature begins. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	size_t middle = (size_t)(data[0] << 8 | data[1]);
	const struct bytes rest = {data + 2, size - 2};
	if (middle > rest.size)
		middle = rest.size;
	const struct bytes spki = {rest.data, middle}, signature = {rest.data + middle, rest.size - middle};
	cleanup_public_key struct public_key *key = NULL, *from_pem = NULL;
	cleanup_error struct error *error = NULL;
	int result = public_key_read(spki, &key, &error);
	if ((result == 0) != (key != NULL) || (result < 0) != (error != NULL))
		abort();
	if (key)
		verify(key, signature);
	cleanup_free char *pem = strndup((const char *)rest.data, rest.size);
	if (pem && public_key_read_pem(pem, &from_pem, NULL) == 0)
		verify(from_pem, signature);
	return 0;
}
