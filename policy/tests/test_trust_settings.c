/* The compiled trust settings' shape: a whole one is taken, and whatever is missing,
 * added or of another type is not. */
#include "policy/trust/settings.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/tests/support.h"

#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BOUNDS "\"valid-from\": 1, \"valid-until\": 2"
static const char whole[] =
	"{\"unmatched\": \"refuse\", \"bind\": \"layers\", \"empty-upper\": false, \"require-digest\": true,"
	" \"registries\": [\"registry.example/**\"], \"deny\": [\"" DIGEST "\"], \"wanted\": false, \"signers\": {"
	"   \"k\": {\"kind\": \"key\", \"keys\": [\"PEM\"], " BOUNDS "},"
	"   \"l\": {\"kind\": \"keyless\", \"identity\": \"i\", \"issuer\": \"u\", \"trusted-root\": \"{}\", " BOUNDS "},"
	"   \"c\": {\"kind\": \"certificate\", \"authorities\": \"PEM\", \"identity\": \"i\", \"issuer\": \"u\", " BOUNDS "},"
	"   \"n\": {\"kind\": \"notation\", \"authorities\": \"PEM\", \"subject\": \"CN=n\", " BOUNDS "}},"
	" \"images\": [[{\"match\": [\"**\"], \"signed-by\": {\"at-least\": 2, \"of\": [\"k\", \"l\"]},"
	"   \"match-repository\": true, \"annotations\": {\"a\": \"b\"}, \"max-age\": 60,"
	"   \"attestations\": [{\"type\": \"t\", \"signed-by\": {\"at-least\": 1, \"of\": [\"n\"]}}],"
	"   \"vulnerabilities\": {\"scanner\": \"c\", \"max-cvss\": 6900, \"max-severity\": \"high\","
	"     \"fixable-only\": false, \"unknown\": \"refuse\", \"max-age\": 60, \"vex\": \"n\","
	"     \"ignore\": [{\"id\": \"CVE-1\", \"reason\": \"r\", \"expires\": 5}]}}]]}";

static const json_t *settings; /* what is tried, from its root */

static void assert_refused(const char *key, const char *what)
{
	cleanup_error struct error *error = NULL;
	if (trust_settings_check(settings, &error) != -EINVAL)
		fail_msg("\"%s\": %s", key, what);
	assert_non_null(strstr(error_message(error), "the trust settings"));
}

/* The keys of the user's own, of which there may be any. */
static bool is_free(const char *key)
{
	static const char *const free_keys[] = {"a", "k", "l", "c", "n", NULL};
	return text_is_one_of(key, free_keys);
}

/* Takes each key away and puts each wrong value in its place, at every level. */
static void try_object(json_t *object);

static void try_value(json_t *value)
{
	size_t index;
	json_t *item;
	json_array_foreach(value, index, item)
		try_value(item);
	if (json_is_object(value))
		try_object(value);
}

static void try_key(json_t *object, const char *key, json_t *value)
{
	static const char *const wrong[] = {"-1", "1.5", "{\"x\": []}", "[1]", "[\"\"]", "\"\"", "\"zebra \\u0001*\""};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_json json_t *other = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
		bool text = json_is_string(value) && json_is_string(other) && json_string_value(other)[0];
		/* a text that stands for itself, or a list whose members are told apart by name */
		if (text && !text_equal(key, "kind"))
			continue;
		assert_int_equal(json_object_set(object, key, other), 0);
		assert_refused(key, wrong[i]);
	}
	assert_int_equal(json_object_set(object, key, value), 0);
}

static void try_object(json_t *object)
{
	cleanup_json json_t *keys = json_copy(object);
	const char *key;
	json_t *value;
	bool free_keys = false;
	json_object_foreach(keys, key, value)
	{
		free_keys |= is_free(key);
		try_value(value);
		if (text_equal(key, "a"))
			continue;
		try_key(object, key, value);
		assert_int_equal(json_object_del(object, key), 0);
		assert_refused(key, "without it");
		assert_int_equal(json_object_set(object, key, value), 0);
	}
	if (free_keys)
		return;
	assert_int_equal(json_object_set_new(object, "zebra", json_null()), 0);
	assert_refused("zebra", "an unknown key");
	assert_int_equal(json_object_del(object, "zebra"), 0);
}

static void every_key_is_needed_and_no_other(void **state)
{
	(void)state;
	cleanup_json json_t *tried = parse_document(whole, DOCUMENT_PLAIN);
	settings = tried;
	assert_int_equal(trust_settings_check(tried, NULL), 0);
	try_object(tried);
	assert_int_equal(trust_settings_check(tried, NULL), 0);
}

static json_t *changed(const char *pointer, const char *value)
{
	json_t *made = parse_document(whole, DOCUMENT_PLAIN);
	cleanup_json json_t *other = json_loads(value, JSON_DECODE_ANY, NULL);
	assert_non_null(other);
	assert_int_equal(document_set(made, pointer, other, NULL), 0);
	return made;
}

static void what_is_optional_may_be_null(void **state)
{
	(void)state;
	static const struct {
		const char *pointer, *value;
		int result;
	} rows[] = {
		{"/registries", "null", 0},
		{"/registries", "[]", 0},
		{"/deny", "[]", 0},
		{"/deny", "null", -EINVAL},
		{"/deny", "[\"" DIGEST "0\"]", -EINVAL},
		{"/registries", "[\"*\"]", -EINVAL},
		{"/unmatched", "\"Refuse\"", -EINVAL},
		{"/bind", "\"none\"", -EINVAL},
		{"/images", "[]", 0},
		{"/images", "[[]]", 0},
		{"/images", "null", -EINVAL},
		{"/signers/k/valid-from", "null", 0},
		{"/signers/k/valid-from", "0", -EINVAL},
		{"/signers/k/keys", "[]", -EINVAL},
		{"/signers/c/issuer", "null", 0},
		{"/signers/l/issuer", "null", -EINVAL},
		{"/signers/n/kind", "\"cose\"", -EINVAL},
		{"/images/0/0/match", "[]", -EINVAL},
		{"/images/0/0/match", "[\"Nginx\"]", -EINVAL},
		{"/images/0/0/signed-by", "null", 0},
		{"/images/0/0/signed-by/at-least", "3", -EINVAL},
		{"/images/0/0/signed-by/at-least", "0", -EINVAL},
		{"/images/0/0/signed-by/of", "[\"k\", \"k\"]", -EINVAL},
		{"/images/0/0/signed-by/of", "[\"k\", \"zebra\"]", -EINVAL},
		{"/images/0/0/max-age", "null", 0},
		{"/images/0/0/attestations", "[]", 0},
		{"/images/0/0/attestations/0/signed-by", "null", -EINVAL},
		{"/images/0/0/vulnerabilities", "null", 0},
		{"/images/0/0/vulnerabilities/vex", "null", 0},
		{"/images/0/0/vulnerabilities/scanner", "\"zebra\"", -EINVAL},
		{"/images/0/0/vulnerabilities/max-cvss", "null", 0},
		{"/images/0/0/vulnerabilities/max-cvss", "10001", -EINVAL},
		{"/images/0/0/vulnerabilities/max-severity", "\"urgent\"", -EINVAL},
		{"/images/0/0/vulnerabilities/max-age", "null", -EINVAL},
		{"/images/0/0/vulnerabilities/ignore", "[]", 0},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *made = changed(rows[i].pointer, rows[i].value);
		if (trust_settings_check(made, NULL) != rows[i].result)
			fail_msg("%s: %s", rows[i].pointer, rows[i].value);
	}
	cleanup_json json_t *made = changed("/images/0/0/vulnerabilities/max-cvss", "null");
	cleanup_json json_t *null = json_null();
	assert_int_equal(document_set(made, "/images/0/0/vulnerabilities/max-severity", null, NULL), 0);
	assert_int_equal(trust_settings_check(made, NULL), -EINVAL);
}

static void whoever_is_spoken_of_is_named_once(void **state)
{
	(void)state;
	cleanup_json json_t *made = parse_document(whole, DOCUMENT_PLAIN);
	cleanup_json json_t *names = json_array();
	const json_t *image = document_get(made, "/images/0/0");
	assert_int_equal(trust_settings_names(image, names), 0);
	assert_int_equal(trust_settings_names(image, names), 0);
	assert_int_equal(json_array_size(names), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_needed_and_no_other),
		cmocka_unit_test(what_is_optional_may_be_null),
		cmocka_unit_test(whoever_is_spoken_of_is_named_once),
	};
	return cmocka_run_group_tests_name("trust: settings", tests, NULL, NULL);
}
