/* The pipeline with controls of its own in place of the catalogue: what decides
 * about refusing and rewriting must not depend on what real controls look for. */
#include "policy/tests/support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

/* `first` mends /process/first to 1; `second` is content where first is 1. */
static int assess_first(const struct container_view *view, const struct facts *facts, const json_t *settings,
			struct findings *findings, struct error **error)
{
	(void)facts, (void)settings, (void)error;
	const json_t *value = json_object_get(view->process, "first");
	if (json_integer_value(value) == 1)
		return 0;
	return finding_add(findings,
			   (struct finding_spec){.pointer = "/process/first", .before = value, .edit = EDIT_SET,
						 .after = json_integer(1), .reference = "CIS 1.1"},
			   "is not %d", 1);
}

static int assess_second(const struct container_view *view, const struct facts *facts, const json_t *settings,
			 struct findings *findings, struct error **error)
{
	(void)facts, (void)settings, (void)error;
	if (json_integer_value(json_object_get(view->process, "first")) != 1 &&
	    finding_add(findings, (struct finding_spec){.pointer = "/process/first"}, "cannot be mended") < 0)
		return -ENOMEM;
	if (!json_object_get(view->process, "second"))
		return 0;
	return finding_add(findings, (struct finding_spec){.pointer = "/process/second", .edit = EDIT_REMOVE},
			   "must not be there");
}

static int assess_third(const struct container_view *view, const struct facts *facts, const json_t *settings,
			struct findings *findings, struct error **error)
{
	(void)facts, (void)settings;
	if (json_object_get(view->process, "broken"))
		return error_set(error, EIO, "cannot look");
	return finding_add(findings, (struct finding_spec){.pointer = "", .note = true}, "was looked at");
}

static const struct policy_key no_keys[] = {{.type = KEY_END}};
static const struct control first = {.name = "first", .verbs = VERB_CREATE, .keys = no_keys, .assess = assess_first};
static const struct control second = {.name = "second", .verbs = VERB_CREATE | VERB_EXEC, .keys = no_keys,
				      .assess = assess_second};
static const struct control third = {.name = "third", .verbs = VERB_CREATE, .keys = no_keys,
				     .assess = assess_third};
const struct control *const controls[] = {&first, &second, &third};
const size_t control_count = ARRAY_SIZE(controls);

static json_t *actions(const char *first_action, const char *second_action)
{
	return json_pack("{s:{s:s},s:{s:s},s:{s:s}}", "first", "action", first_action, "second", "action",
			 second_action, "third", "action", "rewrite");
}

struct row {
	const char *first, *second;
	enum mode mode;
	const char *before, *after;
	enum verdict verdict;
	const char *outcomes; /* of all findings in order: Refused, Written, Audited, Noted */
};

static void check_row(const struct row *row)
{
	static const char letters[] = "RWAN";
	cleanup_json json_t *document = parse_config(row->before), *expected = parse_config(row->after);
	cleanup_json json_t *original = parse_config(row->before), *settings = actions(row->first, row->second);
	struct decision decision;
	assert_int_equal(decide(document, VERB_CREATE, row->mode, settings, &(struct facts){0}, &decision, NULL), 0);
	assert_string_equal(verdict_name(decision.verdict), verdict_name(row->verdict));
	assert_int_equal(decision.findings.count, strlen(row->outcomes));
	for (size_t i = 0; i < decision.findings.count; i++)
		assert_int_equal(letters[decision.findings.items[i].outcome], row->outcomes[i]);
	assert_true(json_equal(decision.result, expected));
	assert_true(json_equal(document, row->mode == MODE_AUDIT ? original : expected));
	decision_release(&decision);
	assert_null(decision.result);
}

static void actions_and_modes(void **state)
{
	(void)state;
#define BAD "{\"process\":{\"first\":5,\"second\":6,\"x\":7}}"
#define GOOD "{\"process\":{\"first\":1,\"x\":7}}"
	static const struct row rows[] = {
		{"rewrite", "rewrite", MODE_ENFORCE, GOOD, GOOD, VERDICT_CLEAN, "N"},
		{"rewrite", "rewrite", MODE_ENFORCE, BAD, GOOD, VERDICT_REWRITTEN, "WWN"},
		{"refuse", "refuse", MODE_ENFORCE, BAD, GOOD, VERDICT_REFUSED, "RRN"},
		{"refuse", "rewrite", MODE_ENFORCE, BAD, GOOD, VERDICT_REFUSED, "RWN"},
		{"audit", "audit", MODE_ENFORCE, BAD, BAD, VERDICT_CLEAN, "AAAN"},
		{"audit", "rewrite", MODE_ENFORCE, BAD, "{\"process\":{\"first\":5,\"x\":7}}", VERDICT_REFUSED, "ARWN"},
		{"off", "off", MODE_ENFORCE, BAD, BAD, VERDICT_CLEAN, "N"},
		{"off", "rewrite", MODE_ENFORCE, GOOD, GOOD, VERDICT_CLEAN, "N"},
		{"rewrite", "rewrite", MODE_AUDIT, BAD, GOOD, VERDICT_AUDITED, "WWN"},
		{"refuse", "rewrite", MODE_AUDIT, BAD, GOOD, VERDICT_AUDITED, "RWN"},
		{"rewrite", "rewrite", MODE_AUDIT, GOOD, GOOD, VERDICT_CLEAN, "N"},
		{"audit", "off", MODE_AUDIT, BAD, BAD, VERDICT_CLEAN, "AN"},
		/* a word that is no action is the safest one */
		{"perhaps", "off", MODE_ENFORCE, BAD, "{\"process\":{\"first\":1,\"second\":6,\"x\":7}}", VERDICT_REFUSED,
		 "RN"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

static void only_the_verbs_of_a_control(void **state)
{
	(void)state;
	cleanup_json json_t *process = json_pack("{s:i,s:i}", "first", 5, "second", 6);
	cleanup_json json_t *settings = actions("rewrite", "audit");
	struct decision decision;
	assert_int_equal(decide(process, VERB_EXEC, MODE_ENFORCE, settings, &(struct facts){0}, &decision, NULL), 0);
	assert_int_equal(decision.findings.count, 2);
	assert_ptr_equal(decision.findings.items[0].control, &second);
	decision_release(&decision);
}

static void assert_fails(const char *config, json_t *settings, int result, const char *part)
{
	cleanup_json json_t *document = parse_config(config), *own = settings;
	cleanup_error struct error *error = NULL;
	struct decision decision = {.verdict = VERDICT_CLEAN};
	assert_int_equal(decide(document, VERB_CREATE, MODE_ENFORCE, own, &(struct facts){0}, &decision, &error), result);
	assert_non_null(strstr(error_message(error), part));
	assert_null(decision.result);
}

static void what_cannot_be_judged_is_an_error(void **state)
{
	(void)state;
	assert_fails("{\"process\":{\"broken\":1}}", actions("audit", "audit"), -EIO, "control third: cannot look");
	assert_fails("{\"process\":[]}", actions("off", "rewrite"), -EINVAL, "/process is not an object");
	assert_fails("{\"mounts\":{}}", actions("off", "rewrite"), -EINVAL, "/mounts is not an array");
	assert_fails("{\"mounts\":[{},5]}", actions("off", "rewrite"), -EINVAL, "/mounts/1 is not an object");
	assert_fails("{\"linux\":{\"resources\":7}}", actions("off", "rewrite"), -EINVAL, "/linux/resources");
	assert_fails("{}", json_pack("{s:{s:s}}", "first", "action", "off"), -EINVAL, "no settings for control second");
}

static void null_sections_are_not_there(void **state)
{
	(void)state;
	cleanup_json json_t *document = parse_config(
		"{\"process\":null,\"root\":null,\"mounts\":null,\"linux\":null,\"hooks\":null,\"annotations\":null}");
	struct container_view view;
	assert_int_equal(container_view_of(document, VERB_CREATE, &view, NULL), 0);
	assert_null(view.process);
	assert_null(view.mounts);
	assert_null(view.linux_section);
	assert_null(view.resources);
	assert_string_equal(view.process_at, "/process");
	assert_int_equal(container_view_of(document, VERB_EXEC, &view, NULL), 0);
	assert_ptr_equal(view.process, document);
	assert_string_equal(view.process_at, "");
	assert_int_equal(container_view_of(document, VERB_UPDATE, &view, NULL), 0);
	assert_ptr_equal(view.resources, document);
	assert_null(view.process);
}

static char *sentence_for(const char *before, const char *why)
{
	cleanup_json json_t *document = parse_config(before);
	struct findings findings = {0};
	assert_int_equal(finding_add(&findings,
				     (struct finding_spec){.pointer = "/a", .before = json_object_get(document, "a"),
							   .reference = "CIS 5.32"},
				     "%s", why), 0);
	findings.items[0].control = &first;
	char *sentence = finding_sentence(&findings.items[0]);
	findings_release(&findings);
	return sentence;
}

static void sentences_show_short_scalars_safely(void **state)
{
	(void)state;
	static const struct {
		const char *before, *sentence;
	} rows[] = {
		{"{\"a\":\"/run/docker.sock\"}", "/a \"/run/docker.sock\" is bad (first, CIS 5.32)"},
		{"{\"a\":\"x\\u001b[0m\\n\"}", "/a \"x\\x1b[0m\\x0a\" is bad (first, CIS 5.32)"},
		{"{\"a\":18446744073709551615}", "/a 18446744073709551615 is bad (first, CIS 5.32)"},
		{"{\"a\":-5}", "/a -5 is bad (first, CIS 5.32)"},
		{"{\"a\":false}", "/a false is bad (first, CIS 5.32)"},
		{"{\"a\":[1]}", "/a is bad (first, CIS 5.32)"},
		{"{}", "/a is bad (first, CIS 5.32)"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *sentence = sentence_for(rows[i].before, "is bad");
		assert_string_equal(sentence, rows[i].sentence);
	}
}

static void findings_keep_what_stood_there(void **state)
{
	(void)state;
	struct findings findings = {0};
	cleanup_json json_t *document = json_pack("{s:[s]}", "x", "old");
	cleanup_json json_t *added = json_string("new");
	for (int i = 0; i < 50; i++)
		assert_int_equal(finding_add(&findings,
					     (struct finding_spec){.pointer = "/x",
								   .before = json_object_get(document, "x")}, "no"), 0);
	assert_int_equal(document_set(document, "/x/-", added, NULL), 0);
	assert_int_equal(json_array_size(json_object_get(document, "x")), 2);
	assert_int_equal(findings.count, 50);
	assert_int_equal(json_array_size(findings.items[49].before), 1);
	/* what json_pack() gives without memory */
	assert_int_equal(finding_add(&findings,
				     (struct finding_spec){.pointer = "/x", .edit = EDIT_SET, .after = NULL,
							   .remedy = json_object()}, "no"), -ENOMEM);
	assert_int_equal(findings.count, 50);
	findings_release(&findings);
}

static void settings_have_their_types(void **state)
{
	(void)state;
	static const char *const words[] = {"tight", "loose", NULL};
	static const struct policy_key fields[] = {
		{.name = "source", .type = KEY_TEXT}, {.name = "read-only", .type = KEY_FLAG}, {.type = KEY_END}};
	static const struct {
		struct policy_key key;
		const char *value;
		bool fits;
	} rows[] = {
		{{.type = KEY_FLAG}, "true", true},	  {{.type = KEY_FLAG}, "null", false},
		{{.type = KEY_FLAG}, "0", false},	  {{.type = KEY_INTEGER}, "5", true},
		{{.type = KEY_INTEGER}, "null", true},	  {{.type = KEY_INTEGER}, "5.0", false},
		{{.type = KEY_SIZE}, "\"5MiB\"", false},  {{.type = KEY_CPUS}, "1500", true},
		{{.type = KEY_TEXT}, "\"x\"", true},	  {{.type = KEY_TEXT}, "null", true},
		{{.type = KEY_TEXT}, "5", false},	  {{.type = KEY_WORD, .words = words}, "\"tight\"", true},
		{{.type = KEY_WORD, .words = words}, "\"Tight\"", false},
		{{.type = KEY_WORD, .words = words}, "null", false},
		{{.type = KEY_LIST}, "[\"a\",\"b\"]", true}, {{.type = KEY_LIST}, "[]", true},
		{{.type = KEY_LIST}, "[\"a\",5]", false}, {{.type = KEY_LIST}, "\"a\"", false},
		{{.type = KEY_LIST}, "null", false},	  {{.type = KEY_LIST, .words = words}, "[\"loose\"]", true},
		{{.type = KEY_LIST, .words = words}, "[\"other\"]", false},
		{{.type = KEY_RECORDS, .fields = fields}, "[{\"source\":\"/x\",\"read-only\":true}]", true},
		{{.type = KEY_RECORDS, .fields = fields}, "[{\"source\":\"/x\"}]", false},
		{{.type = KEY_RECORDS, .fields = fields}, "[{\"source\":\"/x\",\"read-only\":true,\"y\":1}]", false},
		{{.type = KEY_RECORDS, .fields = fields}, "[5]", false}, {{.type = KEY_END}, "true", false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *value = json_loads(rows[i].value, JSON_DECODE_ANY, NULL);
		if (key_value_fits(&rows[i].key, value) != rows[i].fits)
			fail_msg("row %zu: %s", i, rows[i].value);
	}
}

static void settings_are_read(void **state)
{
	(void)state;
	static const struct policy_key keys[] = {
		{.name = "on", .type = KEY_FLAG, .fallback = "true"}, {.name = "limit", .type = KEY_INTEGER, .fallback = "256"},
		{.name = "none", .type = KEY_SIZE}, {.name = "list", .type = KEY_LIST, .fallback = "[\"a\"]"},
		{.name = "text", .type = KEY_TEXT}, {.type = KEY_END}};
	cleanup_json json_t *settings = settings_fallback("audit", keys);
	int64_t number = 7;
	assert_true(setting_flag(settings, "on"));
	assert_false(setting_number(settings, "none", &number));
	assert_int_equal(number, 7);
	assert_true(setting_number(settings, "limit", &number));
	assert_int_equal(number, 256);
	assert_true(setting_list_has(settings, "list", "a"));
	assert_false(setting_list_has(settings, "list", "A"));
	assert_null(setting_text(settings, "text"));
	assert_false(setting_word_is(settings, "text", "x"));
	assert_true(setting_word_is(settings, "action", "audit"));
	assert_ptr_equal(control_by_name("second"), &second);
	assert_null(control_by_name("Second"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions_and_modes),
		cmocka_unit_test(only_the_verbs_of_a_control),
		cmocka_unit_test(what_cannot_be_judged_is_an_error),
		cmocka_unit_test(null_sections_are_not_there),
		cmocka_unit_test(sentences_show_short_scalars_safely),
		cmocka_unit_test(findings_keep_what_stood_there),
		cmocka_unit_test(settings_have_their_types),
		cmocka_unit_test(settings_are_read),
	};
	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
