#include "policy/tests/support.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

static void grows(void **state)
{
	(void)state;
	struct text text = {0};
	for (int i = 0; i < 1000; i++)
		text_append_format(&text, "%03d,", i);
	text_append_bytes(&text, "ab\0c", 3);
	assert_int_equal(text.length, 4003);
	cleanup_free char *data = text_finish(&text);
	assert_non_null(data);
	assert_memory_equal(data + 3996, "999,ab\0", 8);
	assert_null(text.data);
	assert_int_equal(text.length, 0);
}

static void an_empty_text_is_an_empty_string(void **state)
{
	(void)state;
	struct text text = {0};
	cleanup_free char *data = text_finish(&text);
	assert_string_equal(data, "");
}

static void a_failed_append_is_remembered(void **state)
{
	(void)state;
	struct text text = {0};
	text_append(&text, "kept");
	text_append_bytes(&text, "x", SIZE_MAX / 2);
	assert_true(text.failed);
	text_append(&text, "more");
	assert_null(text_finish(&text));
	text_append(&text, "usable again");
	cleanup_free char *data = text_finish(&text);
	assert_string_equal(data, "usable again");
}

struct quoting {
	const char *raw, *quoted;
};

static void quotes_what_a_terminal_obeys(void **state)
{
	(void)state;
	static const struct quoting rows[] = {
		{"", "\"\""},
		{"plain /path", "\"plain /path\""},
		{"\"\\", "\"\\\"\\\\\""},
		{"a\nb\tc\x1b[31m\x7f", "\"a\\x0ab\\x09c\\x1b[31m\\x7f\""},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3\""},
		{"\xc2\x9b" "31m", "\"\\u009b31m\""},
		{"a\xe2\x80\xae" "b", "\"a\\u202eb\""},
		{"a\xe2\x80\xa8" "b", "\"a\\u2028b\""},
		{"\xe2\x81\xa6", "\"\\u2066\""},
		{"\xff\xc3", "\"\\xff\\xc3\""},
		{"\xed\xa0\x80", "\"\\xed\\xa0\\x80\""},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text text = {0};
		text_append_quoted(&text, rows[i].raw);
		cleanup_free char *quoted = text_finish(&text);
		assert_string_equal(quoted, rows[i].quoted);
		assert_true(text_is_utf8(quoted, strlen(quoted)));
	}
}

static void compares(void **state)
{
	(void)state;
	assert_true(text_starts_with("prefix", "pre"));
	assert_true(text_starts_with("x", ""));
	assert_false(text_starts_with("pr", "pre"));
	assert_true(text_ends_with("a.conf", ".conf"));
	assert_false(text_ends_with("conf", "a.conf"));
	assert_true(text_ends_with("x", ""));
	assert_true(text_equal("a", "a"));
	assert_false(text_equal("a", "b"));
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal(NULL, ""));
	assert_false(text_equal("", NULL));
}

static void knows_utf8(void **state)
{
	(void)state;
	static const char *const good[] = {
		"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
		"\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe0\xa0",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xf0\x90\x80", "\xff", "a\xfe", "\xe2\x28\xa1",
	};
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
	assert_true(text_is_utf8("\0a", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows),
		cmocka_unit_test(an_empty_text_is_an_empty_string),
		cmocka_unit_test(a_failed_append_is_remembered),
		cmocka_unit_test(quotes_what_a_terminal_obeys),
		cmocka_unit_test(compares),
		cmocka_unit_test(knows_utf8),
	};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
