#include "policy/rules/generation_format.h"

#include <errno.h>
#include <string.h>

#include "policy/base/text.h"

void generation_entry_digest(uint64_t place, const uint8_t *entry, uint8_t digest[SHA256_SIZE])
{
	uint8_t checked[8 + GENERATION_ENTRY_CHECKED];
	format_put64(checked, place);
	memcpy(checked + 8, entry, GENERATION_ENTRY_CHECKED);
	sha256(checked, sizeof(checked), digest);
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int generation_digest_parse(const char *hex, uint8_t digest[SHA256_SIZE])
{
	if (strlen(hex) != (size_t)2 * SHA256_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		digest[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

void generation_digest_print(const uint8_t digest[SHA256_SIZE], char hex[2 * SHA256_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[(size_t)2 * SHA256_SIZE] = '\0';
}

int generation_signer_key(const char *name, uint8_t key[SHA256_SIZE])
{
	cleanup_text struct text text = {0};
	text_append_format(&text, "signed-by %s", name);
	if (text.failed)
		return -ENOMEM;
	sha256(text.data, text.length, key);
	return 0;
}
