/* Digests: one spelling, and nothing else. */
#include "policy/base/cleanup.h"
#include "policy/tests/support.h"
#include "policy/trust/digest.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void one_spelling(void **state)
{
	(void)state;
	static const char *const others[] = {
		"", "sha256:", DIGITS, "sha256:" DIGITS "0", "sha256:" DIGITS "\n", "SHA256:" DIGITS, " sha256:" DIGITS,
		"sha512:" DIGITS DIGITS, "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
	};
	assert_true(digest_is_valid("sha256:" DIGITS));
	assert_false(digest_is_valid(NULL));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (digest_is_valid(others[i]))
			fail_msg("\"%s\"", others[i]);
}

static void digits_become_a_digest(void **state)
{
	(void)state;
	static const char *const none[] = {"", "sha256:" DIGITS, DIGITS "0", "g" DIGITS, NULL};
	char digest[DIGEST_LENGTH + 1] = "as it was";
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(digest_from_digits(none[i], digest));
	assert_string_equal(digest, "as it was");
	assert_true(digest_from_digits(DIGITS, digest));
	assert_string_equal(digest, "sha256:" DIGITS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_spelling),
		cmocka_unit_test(digits_become_a_digest),
	};
	return cmocka_run_group_tests_name("trust: digests", tests, NULL, NULL);
}
