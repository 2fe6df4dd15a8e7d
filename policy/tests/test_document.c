#include "policy/tests/support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/document/printable.h"

#define FDD0 "\xef\xb7\x90"

static char *print(const json_t *root)
{
	char *text = NULL;
	size_t length = 0;
	cleanup_error struct error *error = NULL;
	if (document_print(root, &text, &length, &error) < 0)
		fail_msg("%s", error_message(error));
	assert_int_equal(length, strlen(text));
	return text;
}

static void assert_refused(const char *text, size_t length, enum document_kind kind, const char *part)
{
	json_t *root = NULL;
	cleanup_error struct error *error = NULL;
	int result = document_parse(text, length, kind, &root, &error);
	if (result >= 0)
		fail_msg("accepted: %.80s", text);
	assert_null(root);
	assert_non_null(error);
	assert_int_equal(error->code, -result);
	if (!strstr(error_message(error), part))
		fail_msg("%.80s: \"%s\" does not say \"%s\"", text, error_message(error), part);
}

static void what_is_printed_is_what_came(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{}",
		"{\"a\":18446744073709551615,\"b\":-9223372036854775809,\"c\":9223372036854775807}",
		"{\"a\":-9223372036854775808,\"b\":0,\"c\":-0,\"d\":-1}",
		"{\"a\":1e5,\"b\":1.0,\"c\":1E-7,\"d\":0.1,\"e\":-0.0,\"f\":1e400,\"g\":1.50,\"h\":0e0,\"i\":1e+9}",
		"{\"a\":123456789012345678901234567890123456789012345678901234567890}",
		"{\"a\":[1.5,\"1.5\",[[2.5]],null,true,false,{\"\":{}}]}",
		"{\"a\":\"\\u0000x\",\"b\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3\",\"c\":\"\"}",
		"{\"a\":\"\\\\ufdd0\",\"b\":\"\\\"1.5\\\"\",\"c\":\"\\\\\",\"d\":2.5}",
		"{\"z\":1,\"a\":2,\"m\":3}",
		"{\"\xef\xbf\xbf\":\"\xef\xb7\x91\"}",
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_json json_t *root = parse_document(texts[i], DOCUMENT_PLAIN);
		cleanup_free char *printed = print(root);
		assert_string_equal(printed, texts[i]);
	}
}

static void spacing_and_escapes_are_normalised(void **state)
{
	(void)state;
	cleanup_json json_t *root =
		parse_document(" {\n\t\"a\" : [ 1 , 2.50 ] , \"\\u0062\":\"\\u00e4\\/\\ud83d\\udc33\" }\r\n",
			   DOCUMENT_PLAIN);
	cleanup_free char *printed = print(root);
	assert_string_equal(printed, "{\"a\":[1,2.50],\"b\":\"\xc3\xa4/\xf0\x9f\x90\xb3\"}");
}

static void numbers_are_told_from_strings(void **state)
{
	(void)state;
	cleanup_json json_t *root =
		parse_document("{\"wide\":18446744073709551615,\"text\":\"18446744073709551615\",\"int\":7,\"real\":1.5}",
			   DOCUMENT_PLAIN);
	const json_t *wide = json_object_get(root, "wide"), *text = json_object_get(root, "text");
	assert_true(document_is_number(wide));
	assert_false(document_is_string(wide));
	assert_string_equal(document_number_spelling(wide), "18446744073709551615");
	assert_true(document_is_string(text));
	assert_false(document_is_number(text));
	assert_null(document_number_spelling(text));
	assert_true(document_is_number(json_object_get(root, "int")));
	assert_null(document_number_spelling(json_object_get(root, "int")));
	assert_true(document_is_number(json_object_get(root, "real")));
	assert_false(document_is_number(NULL));
	assert_false(document_is_string(NULL));
	assert_null(document_number_spelling(NULL));
}

static void texts_and_what_is_not_given_are_told_apart(void **state)
{
	(void)state;
	static const struct {
		const char *value, *text;
		bool missing, blank;
	} rows[] = {
		{"\"a\"", "a", false, false}, {"\"\"", "", false, true}, {"null", NULL, true, true},
		{"\"a\\u0000b\"", NULL, false, false}, {"\"\\u0000\"", NULL, false, false},
		{"1.5", NULL, false, false}, {"0", NULL, false, false}, {"[]", NULL, false, false},
		{"false", NULL, false, false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char array[32];
		(void)snprintf(array, sizeof(array), "[%s]", rows[i].value);
		cleanup_json json_t *root = parse_document(array, DOCUMENT_LIST);
		const json_t *value = json_array_get(root, 0);
		if (!text_equal(document_text(value), rows[i].text) ||
		    document_is_missing(value) != rows[i].missing || document_is_blank(value) != rows[i].blank)
			fail_msg("%s", rows[i].value);
	}
	assert_true(document_is_missing(NULL) && document_is_blank(NULL) && !document_text(NULL));
}

static void integers_are_read_within_limits(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int result;
		int64_t value;
	} rows[] = {
		{"{\"n\":5}", 0, 5}, {"{\"n\":-0}", 0, 0}, {"{\"n\":9223372036854775807}", 0, INT64_MAX},
		{"{\"n\":9223372036854775808}", -ERANGE, INT64_MAX},
		{"{\"n\":18446744073709551615}", -ERANGE, INT64_MAX},
		{"{\"n\":-9223372036854775809}", -ERANGE, INT64_MIN},
		{"{\"n\":99999999999999999999999999999999999999999}", -ERANGE, INT64_MAX},
		{"{\"n\":1.0}", -EINVAL, 77}, {"{\"n\":1e5}", -EINVAL, 77}, {"{\"n\":\"5\"}", -EINVAL, 77},
		{"{\"n\":null}", -EINVAL, 77}, {"{\"n\":true}", -EINVAL, 77}, {"{}", -EINVAL, 77},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *root = parse_document(rows[i].text, DOCUMENT_PLAIN);
		int64_t value = 77;
		assert_int_equal(document_read_int64(json_object_get(root, "n"), &value), rows[i].result);
		if (value != rows[i].value)
			fail_msg("%s: read %lld", rows[i].text, (long long)value);
	}
}

static void malformed_text_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", " ", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{,}", "{\"a\":1}}", "{}{}",
		"{} x", "{}\n[]", "{a:1}", "{'a':1}", "{\"a\":01}", "{\"a\":-}", "{\"a\":+1}", "{\"a\":1.}",
		"{\"a\":.5}", "{\"a\":1e}", "{\"a\":1e+}", "{\"a\":0x10}", "{\"a\":NaN}", "{\"a\":Infinity}",
		"{\"a\":-Infinity}", "{\"a\":--1}", "{\"a\":01.5}", "{\"a\":1.5.5}", "{\"a\":1.5\"b\":2}",
		"{1.5:2}", "{18446744073709551615 :2}", "{1:2}", "{\"a\":tru}", "{\"a\":nulll}", "{\"a\":\"\t\"}",
		"{\"a\":\"\n\"}", "{\"a\":\"\\x41\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"unterminated",
		"{\"a\":\"\\", "{/* */}", "{\"a\":1//\n}", "\xef\xbb\xbf{}", "[1 2]", "{\"a\":[1.5 2.5]}",
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_refused(texts[i], strlen(texts[i]), DOCUMENT_PLAIN, "");
	assert_refused("{\"a\":true\0,\"b\":1}", 16, DOCUMENT_PLAIN, "line 1, column 10");
}

/* Exactly as long as the text: what reads beyond it is seen by the sanitizer. */
static void a_text_cut_anywhere_is_refused(void **state)
{
	(void)state;
	static const char text[] =
		"{\"a\":[1.5,-0,\"x\\ud83d\\udc33\\n\xe2\x82\xac\",{\"b\":null}],\"c\":[true,false,18446744073709551615]}";
	for (size_t length = 0; length < strlen(text); length++) {
		cleanup_free char *cut = malloc(length ? length : 1);
		memcpy(cut, text, length);
		assert_refused(cut, length, DOCUMENT_PLAIN, "not valid JSON");
	}
}

static void only_an_object_is_a_document(void **state)
{
	(void)state;
	assert_refused("[]", 2, DOCUMENT_PLAIN, "not a JSON object");
	assert_refused("[1.5]", 5, DOCUMENT_CONFIG, "not a JSON object");
	assert_refused("1", 1, DOCUMENT_PLAIN, "not valid JSON");
	assert_refused("null", 4, DOCUMENT_PLAIN, "not valid JSON");
}

static void bytes_that_are_not_text_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{\"a\":\"\xff\"}", "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xe2\x82\"}",
		"{\"\xc3\":1}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\ud800\\u0041\"}",
		"{\"a\":\"\\udc00\\ud800\"}", "{\"a\":\"\xf4\x90\x80\x80\"}", "{\"\\ud800\":1}",
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(bad[i], strlen(bad[i]), DOCUMENT_PLAIN, "not valid JSON");
	assert_refused("{\"a\":\"x\0y\"}", 11, DOCUMENT_PLAIN, "not valid JSON");
	assert_refused("{}\0", 3, DOCUMENT_PLAIN, "not valid JSON");
	assert_refused("{\"a\\u0000b\":1}", 14, DOCUMENT_PLAIN, "not valid JSON");
}

/* U+FDD0 marks the numbers that are carried as strings: with one of its own a
 * document could turn text into JSON that was never judged. */
static void the_reserved_noncharacter_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{\"a\":\"" FDD0 "5\"}",  "{\"a\":\"x" FDD0 "\"}", "{\"a\":\"\\ufdd0\"}", "{\"a\":\"\\uFDD0\"}",
		"{\"a\":\"x\\uFdD0\"}", "{\"" FDD0 "\":1}", "{\"\\ufdd0a\":1}",
		"{\"a\":\"\\\"" FDD0 ",\\\"uid\\\":0\"}", "{\"a\":[[\"\\\\\\ufdd0\"]]}",
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(bad[i], strlen(bad[i]), DOCUMENT_PLAIN, "U+FDD0");
}

/* What a policy or a control puts in has not been through document_parse(). */
static void printing_never_turns_text_into_json(void **state)
{
	(void)state;
	cleanup_json json_t *quote = json_pack("{s:s}", "a", "\"" FDD0 "1");
	cleanup_free char *printed = print(quote);
	assert_string_equal(printed, "{\"a\":\"\\\"" FDD0 "1\"}");
	static const char *const bad[] = {FDD0, FDD0 "x", FDD0 "1,2", FDD0 "1\",\"b\":\"2", FDD0 "01", FDD0 "1 "};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_json json_t *root = json_pack("{s:s}", "a", bad[i]);
		cleanup_error struct error *error = NULL;
		char *text = NULL;
		size_t length = 0;
		assert_int_equal(document_print(root, &text, &length, &error), -EINVAL);
		assert_null(text);
		assert_non_null(strstr(error_message(error), "U+FDD0"));
	}
	cleanup_json json_t *key = json_pack("{s:i}", FDD0 "1", 1);
	char *text = NULL;
	size_t length = 0;
	assert_int_equal(document_print(key, &text, &length, NULL), -EINVAL);
}

static void duplicate_keys_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{\"a\":1,\"a\":1}", "{\"x\":{\"b\":1,\"c\":2,\"b\":3}}", "{\"a\":1,\"\\u0061\":2}",
		"{\"l\":[{\"k\":1.5,\"k\":2.5}]}",
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(bad[i], strlen(bad[i]), DOCUMENT_PLAIN, "duplicate");
}

static char *nested(unsigned levels)
{
	struct text text = {0};
	text_append(&text, "{\"a\":");
	for (unsigned i = 1; i < levels; i++)
		text_append(&text, "[");
	text_append(&text, "1");
	for (unsigned i = 1; i < levels; i++)
		text_append(&text, "]");
	text_append(&text, "}");
	return text_finish(&text);
}

static void depth_is_limited(void **state)
{
	(void)state;
	cleanup_free char *deepest = nested(DOCUMENT_DEPTH), *deeper = nested(DOCUMENT_DEPTH + 1);
	cleanup_free char *absurd = nested(10000);
	json_decref(parse_document(deepest, DOCUMENT_CONFIG));
	assert_refused(deeper, strlen(deeper), DOCUMENT_CONFIG, "levels");
	assert_refused(absurd, strlen(absurd), DOCUMENT_CONFIG, "levels");
	/* siblings are not levels, and brackets in strings are text */
	struct text text = {0};
	text_append(&text, "{\"a\":[\"[[[[{{{{");
	for (int i = 0; i < 200; i++)
		text_append(&text, "\",[],{},\"[");
	text_append(&text, "\"]}");
	cleanup_free char *wide = text_finish(&text);
	json_decref(parse_document(wide, DOCUMENT_CONFIG));
}

static void size_is_limited(void **state)
{
	(void)state;
	cleanup_free char *large = malloc(DOCUMENT_SIZE + 1);
	memset(large, ' ', DOCUMENT_SIZE + 1);
	large[0] = '{';
	large[DOCUMENT_SIZE - 1] = '}';
	json_t *root = NULL;
	assert_int_equal(document_parse(large, DOCUMENT_SIZE, DOCUMENT_PLAIN, &root, NULL), 0);
	json_decref(root);
	root = NULL;
	assert_int_equal(document_parse(large, DOCUMENT_SIZE + 1, DOCUMENT_PLAIN, &root, NULL), -EFBIG);
	assert_null(root);
}

static void a_message_names_the_place(void **state)
{
	(void)state;
	static const char text[] = "{\n \"a\": [1.5, 18446744073709551615, 2.5, nope]\n}";
	assert_refused(text, strlen(text), DOCUMENT_PLAIN, "line 2, column 40");
	static const char number[] = "{\"a\":1.5,\n \"b\": nope}";
	assert_refused(number, strlen(number), DOCUMENT_PLAIN, "line 2, column 7");
}

static void a_message_shows_no_value(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{\"env\":[\"A=1\" \"PASSWORD=hunter2\"]}", "{\"env\":[\"PASSWORD=hunter2", "{\"env\":[hunter2]}",
		"{\"env\":[\"hunter2\xff\"]}", "{\"env\":[\"hunter2\\q\"]}", "{\"env\":\"hunter2\" 1.5}",
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		json_t *root = NULL;
		cleanup_error struct error *error = NULL;
		assert_true(document_parse(texts[i], strlen(texts[i]), DOCUMENT_CONFIG, &root, &error) < 0);
		assert_null(strstr(error_message(error), "hunter2"));
	}
}

static void what_is_shown_is_text_on_one_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{"/srv/caf\u00e9", "/srv/caf\u00e9"}, {"/srv/\xff\xc3", "/srv/??"}, {"a\nb\x1b[2J\x7f", "a b [2J "}, {"", ""},
		{"a\xc2\x9b" "2Jb\xc2\xa0", "a  2Jb\xc2\xa0"},
		{"caf\u00e9\xc0\x80", "caf????"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *shown = printable_json(rows[i].text);
		assert_string_equal(json_string_value(shown), rows[i].shown);
	}
	cleanup_json json_t *nothing = printable_json(NULL);
	assert_true(json_is_null(nothing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_is_what_came),
		cmocka_unit_test(spacing_and_escapes_are_normalised),
		cmocka_unit_test(numbers_are_told_from_strings),
		cmocka_unit_test(texts_and_what_is_not_given_are_told_apart),
		cmocka_unit_test(integers_are_read_within_limits),
		cmocka_unit_test(malformed_text_is_refused),
		cmocka_unit_test(a_text_cut_anywhere_is_refused),
		cmocka_unit_test(only_an_object_is_a_document),
		cmocka_unit_test(bytes_that_are_not_text_are_refused),
		cmocka_unit_test(the_reserved_noncharacter_is_refused),
		cmocka_unit_test(printing_never_turns_text_into_json),
		cmocka_unit_test(duplicate_keys_are_refused),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(a_message_names_the_place),
		cmocka_unit_test(a_message_shows_no_value),
		cmocka_unit_test(what_is_shown_is_text_on_one_line),
	};
	return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
