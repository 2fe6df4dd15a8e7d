/* Canonical base64: every text that is accepted is the one that its bytes are written as. */
#include "policy/tests/signing_support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/base64.h"

static void decodes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *data;
		enum base64_alphabet alphabet;
	} rows[] = {
		{"Zg==", "f", BASE64_STANDARD},       {"Zm8=", "fo", BASE64_STANDARD},
		{"Zm9v", "foo", BASE64_STANDARD},     {"Zm9vYg==", "foob", BASE64_STANDARD},
		{"Zm9vYmE=", "fooba", BASE64_STANDARD}, {"Zm9vYmFy", "foobar", BASE64_STANDARD},
		{"+/+/", "\xfb\xff\xbf", BASE64_STANDARD}, {"-_-_", "\xfb\xff\xbf", BASE64_URL_UNPADDED},
		{"Zg", "f", BASE64_URL_UNPADDED},     {"Zm9vYmE", "fooba", BASE64_URL_UNPADDED},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free uint8_t *data = NULL;
		size_t size = 0;
		assert_int_equal(base64_decode(rows[i].text, strlen(rows[i].text), rows[i].alphabet, "it", &data, &size,
					       NULL), 0);
		assert_int_equal(size, strlen(rows[i].data));
		assert_memory_equal(data, rows[i].data, size + 1);
	}
}

static void refuses(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t length;
		enum base64_alphabet alphabet;
	} rows[] = {
		{"", 0, BASE64_STANDARD},          {"Zg", 2, BASE64_STANDARD},          {"Zg=", 3, BASE64_STANDARD},
		{"Zh==", 4, BASE64_STANDARD},      {"Zm9=", 4, BASE64_STANDARD},        {"Z===", 4, BASE64_STANDARD},
		{"====", 4, BASE64_STANDARD},      {"Zg==Zg==", 8, BASE64_STANDARD},    {"Zm9v\n", 5, BASE64_STANDARD},
		{"Zm9v\nZm9vZm9", 12, BASE64_STANDARD}, {" Zm9v", 5, BASE64_STANDARD},  {"Zm9v ", 5, BASE64_STANDARD},
		{"Zm\0v", 4, BASE64_STANDARD},     {"-_-_", 4, BASE64_STANDARD},        {"Zm=v", 4, BASE64_STANDARD},
		{"\xc3\xa4\xc3\xa4", 4, BASE64_STANDARD},
		{"", 0, BASE64_URL_UNPADDED},      {"Z", 1, BASE64_URL_UNPADDED},       {"Zh", 2, BASE64_URL_UNPADDED},
		{"Zg==", 4, BASE64_URL_UNPADDED},  {"+/+/", 4, BASE64_URL_UNPADDED},    {"Zm9vZ", 5, BASE64_URL_UNPADDED},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t *data = NULL;
		size_t size = 0;
		cleanup_error struct error *error = NULL;
		if (base64_decode(rows[i].text, rows[i].length, rows[i].alphabet, "the thing", &data, &size, &error) !=
		    -EINVAL)
			fail_msg("row %zu is accepted", i);
		assert_null(data);
		assert_string_equal(error_message(error), "the thing is not canonical base64");
	}
}

/* Of every size; with any single character changed it is refused or other bytes. */
static void one_text_has_one_decoding(void **state)
{
	(void)state;
	uint8_t bytes[70];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 151 + 7);
	for (size_t size = 1; size <= sizeof(bytes); size++) {
		cleanup_free char *text = base64_of(bytes, size);
		size_t length = strlen(text);
		cleanup_free uint8_t *data = NULL;
		size_t decoded = 0;
		assert_int_equal(base64_decode(text, length, BASE64_STANDARD, "it", &data, &decoded, NULL), 0);
		assert_int_equal(decoded, size);
		assert_memory_equal(data, bytes, size);
		for (size_t i = 0; i < length * 8; i++) {
			cleanup_free uint8_t *other = NULL;
			text[i / 8] ^= (char)(1 << (i % 8));
			if (base64_decode(text, length, BASE64_STANDARD, "it", &other, &decoded, NULL) == 0 &&
			    decoded == size && memcmp(other, bytes, size) == 0)
				fail_msg("two texts of %zu bytes mean the same", size);
			text[i / 8] ^= (char)(1 << (i % 8));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(refuses),
		cmocka_unit_test(one_text_has_one_decoding),
	};
	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
