/* Subjects as policies write them against those of certificates. */
#include "policy/tests/support.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/distinguished_name.h"

/* An X509_NAME of pairs of type and value up to NULL; a "+" before a type joins it to the one
 * before. */
static X509_NAME *make_name(const char *const *pairs)
{
	X509_NAME *name = X509_NAME_new();
	for (; *pairs; pairs += 2) {
		int joined = **pairs == '+';
		assert_int_equal(X509_NAME_add_entry_by_txt(name, *pairs + joined, MBSTRING_UTF8,
							    (const unsigned char *)pairs[1], -1, -1, joined ? -1 : 0), 1);
	}
	return name;
}

static int match(const char *text, const char *const *pairs)
{
	cleanup_distinguished_name struct distinguished_name name = {0};
	cleanup_error struct error *error = NULL;
	X509_NAME *subject = make_name(pairs);
	int result = distinguished_name_parse(text, &name, &error);
	if (result == 0)
		result = distinguished_name_match(&name, subject, &error);
	assert_int_equal(result < 0, error != NULL);
	X509_NAME_free(subject);
	return result;
}

static const char *const example[] = {"C", "US", "ST", "WA", "O", "Example", "CN", "partner", NULL};

static void all_attributes_in_any_order(void **state)
{
	(void)state;
	static const char *const same[] = {
		"C=US,ST=WA,O=Example,CN=partner",
		"CN=partner, O=Example, ST=WA, C=US",
		"  CN = partner ,O= Example,st=WA  ,  c=US   ",
		"o=Example,Cn=partner,sT=WA,C=US",
	};
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_int_equal(match(same[i], example), 0);
}

static void neither_less_nor_more_nor_another(void **state)
{
	(void)state;
	static const char *const other[] = {
		"CN=partner", "C=US,ST=WA,O=Example", "ST=WA,O=Example,CN=partner", "C=US,ST=WA,O=Example,CN=partner,L=x",
		"C=US,ST=WA,O=Example,CN=Partner", "C=us,ST=WA,O=Example,CN=partner", "C=US,ST=WA,O=Example,CN=partner2",
		"C=US,ST=WA,O=Example,OU=partner", "C=US,ST=WA,O=partner,CN=Example", "C=US,ST=WA,O=Example,CN=\\ partner", "C=US,ST=WA,O=Example,CN=p\\ artner",
	};
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		assert_int_equal(match(other[i], example), -EPERM);
}

static void certificates_with_odd_subjects_match_nothing(void **state)
{
	(void)state;
	static const char *const twice[] = {"CN", "a", "CN", "a", NULL};
	static const char *const two[] = {"O", "x", "CN", "a", "CN", "b", NULL};
	static const char *const joined[] = {"O", "x", "+CN", "a", NULL};
	static const char *const unknown[] = {"CN", "a", "title", "b", NULL};
	static const char *const none[] = {NULL};
	assert_int_equal(match("CN=a", twice), -EPERM);
	assert_int_equal(match("CN=a,O=x", twice), -EPERM);
	assert_int_equal(match("CN=a,O=x", two), -EPERM);
	assert_int_equal(match("CN=a,O=x", joined), -EPERM);
	assert_int_equal(match("CN=a", unknown), -EPERM);
	assert_int_equal(match("CN=a", none), -EPERM);
}

static void a_nul_in_a_value_ends_nothing(void **state)
{
	(void)state;
	cleanup_distinguished_name struct distinguished_name name = {0};
	X509_NAME *subject = X509_NAME_new();
	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", V_ASN1_UTF8STRING, (const unsigned char *)"a\0b", 3, -1, 0), 1);
	assert_int_equal(distinguished_name_parse("CN=a", &name, NULL), 0);
	assert_int_equal(distinguished_name_match(&name, subject, NULL), -EPERM);
	X509_NAME_free(subject);
}

static void values_are_escaped(void **state)
{
	(void)state;
	static const char *const values[][2] = {
		{"CN=a\\,b", "a,b"}, {"CN=\\ a\\ ", " a "}, {"CN=a b", "a b"}, {"CN=a\\\\", "a\\"}, {"CN=a\\;b", "a;b"},
		{"CN=\\#a", "#a"}, {"CN=a#", "a#"}, {"CN=a=b", "a=b"}, {"CN=a\\=b", "a=b"}, {"CN=\\\"a\\+\\<\\>", "\"a+<>"},
		{"CN=\xc3\xa4", "\xc3\xa4"}, {"CN=a\\  ", "a "},
	};
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const char *const pairs[] = {"CN", values[i][1], NULL};
		if (match(values[i][0], pairs) != 0)
			fail_msg("%s is not %s", values[i][0], values[i][1]);
	}
}

static void what_is_none_is_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", " ", ",", "CN", "CN=", "CN= ", "=a", "CN=a,", "CN=a,,O=b", ",CN=a", "CN=a,CN=b", "CN=a,cn=a", "X=a",
		"2.5.4.3=a", "CN=a+O=b", "CN=a;O=b", "CN=\"a\"", "CN=<a>", "CN=#0401", "CN=a\\", "CN=\\a", "CN=\\00",
		"CN=a, X=b", "CN a", "CNN=a", "C N=a", "x509.subject: CN=a", "/C=US/CN=a", "*",
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct distinguished_name name = {0};
		cleanup_error struct error *error = NULL;
		if (distinguished_name_parse(wrong[i], &name, &error) != -EINVAL || name.count > 0 || !error)
			fail_msg("taken: %s", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_attributes_in_any_order),
		cmocka_unit_test(neither_less_nor_more_nor_another),
		cmocka_unit_test(certificates_with_odd_subjects_match_nothing),
		cmocka_unit_test(a_nul_in_a_value_ends_nothing),
		cmocka_unit_test(values_are_escaped),
		cmocka_unit_test(what_is_none_is_refused),
	};
	return cmocka_run_group_tests_name("distinguished_name", tests, NULL, NULL);
}
