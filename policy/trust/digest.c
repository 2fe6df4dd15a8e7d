#include "policy/trust/digest.h"

#include <string.h>

#include "policy/base/text.h"

#define PREFIX "sha256:"
_Static_assert(sizeof(PREFIX) - 1 + SHA256_SIZE * 2 == DIGEST_LENGTH, "a digest's length");

static bool are_digits(const char *digits)
{
	size_t length = strspn(digits, "0123456789abcdef");
	return length == SHA256_SIZE * 2 && digits[length] == '\0';
}

bool digest_is_valid(const char *text)
{
	return text && text_starts_with(text, PREFIX) && are_digits(text + strlen(PREFIX));
}

bool digest_from_digits(const char *digits, char ret_digest[DIGEST_LENGTH + 1])
{
	if (!digits || !are_digits(digits))
		return false;
	memcpy(ret_digest, PREFIX, strlen(PREFIX));
	memcpy(ret_digest + strlen(PREFIX), digits, SHA256_SIZE * 2 + 1);
	return true;
}

void digest_write(const uint8_t bytes[SHA256_SIZE], char ret_digest[DIGEST_LENGTH + 1])
{
	memcpy(ret_digest, PREFIX, sizeof(PREFIX));
	char *digits = ret_digest + strlen(PREFIX);
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		*digits++ = "0123456789abcdef"[bytes[i] >> 4];
		*digits++ = "0123456789abcdef"[bytes[i] & 15];
	}
	*digits = '\0';
}

void digest_of(const void *data, size_t size, char ret_digest[DIGEST_LENGTH + 1])
{
	uint8_t bytes[SHA256_SIZE];
	sha256(data, size, bytes);
	digest_write(bytes, ret_digest);
}
