#include "policy/tests/support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/refusal.h"

static struct interception refused_by(const char *pointer, size_t count)
{
	struct interception interception;
	interception_start(&interception);
	memcpy(interception.id, "d41f00000000", sizeof(interception.id));
	interception.invocation.verb = "create";
	interception.invocation.id = "0123456789abcdef0123456789abcdef";
	interception.verb = VERB_CREATE;
	interception.resolved = interception.decided = interception.logged = true;
	for (size_t i = 0; i < count; i++) {
		json_t *source = json_string("/run/docker.sock");
		assert_int_equal(finding_add(&interception.decision.findings,
					     (struct finding_spec){.pointer = pointer, .before = source, .reference = "CIS 5.32"},
					     "is the Docker socket"),
				 0);
		interception.decision.findings.items[i].control = control_by_name("mount-sources");
		json_decref(source);
	}
	return interception;
}

static void the_sentence_names_rule_place_and_way_out(void **state)
{
	(void)state;
	struct interception interception = refused_by("/mounts/7/source", 1);
	assert_int_equal(fact_set(&interception.facts.name, "web", PROVENANCE_ENGINE), 0);
	cleanup_free char *text = refusal_text(&interception, NULL);
	assert_string_equal(text, "oci-harden: container web refused: /mounts/7/source \"/run/docker.sock\" is the Docker "
				  "socket (mount-sources, CIS 5.32). hardenctl why d41f00000000 shows all; hardenctl "
				  "exception d41f00000000 prints what would allow it");
	interception_release(&interception);
}

static void without_a_name_the_id_is_short(void **state)
{
	(void)state;
	struct interception interception = refused_by("/mounts/7/source", 1);
	cleanup_free char *text = refusal_text(&interception, NULL);
	assert_non_null(strstr(text, "container 0123456789ab refused: "));
	interception.invocation.verb = "exec";
	interception.verb = VERB_EXEC;
	cleanup_free char *exec_text = refusal_text(&interception, NULL);
	assert_non_null(strstr(exec_text, "exec of container 0123456789ab refused: "));
	interception_release(&interception);
}

static void all_reasons_stand_there_up_to_a_limit(void **state)
{
	(void)state;
	struct interception interception = refused_by("/mounts/7/source", 500);
	cleanup_free char *text = refusal_text(&interception, NULL);
	assert_true(strlen(text) < 8191);
	assert_non_null(strstr(text, "; and "));
	assert_non_null(strstr(text, " more. hardenctl why"));
	interception_release(&interception);
	interception = refused_by("/a", 2);
	assert_int_equal(interception_add_reason(&interception, NULL, "a reason of its own"), 0);
	cleanup_free char *two = refusal_text(&interception, NULL);
	assert_non_null(strstr(two, "refused: a reason of its own; /a \"/run/docker.sock\" is the Docker socket"));
	interception_release(&interception);
}

static void words_that_change_the_exit_code_are_not_said(void **state)
{
	(void)state;
	struct interception interception = refused_by("/a", 0);
	cleanup_error struct error *error = NULL;
	(void)error_set(&error, EACCES, "x: Permission denied, y: No such file or directory\nnext\x1b[31m");
	cleanup_free char *text = refusal_text(&interception, error);
	assert_null(strcasestr(text, "permission denied"));
	assert_null(strcasestr(text, "no such file or directory"));
	assert_null(strpbrk(text, "\n\x1b"));
	assert_non_null(strstr(text, "x: access was denied, y: it does not exist next"));
	interception_release(&interception);
}

static void the_log_line_is_what_engines_read(void **state)
{
	(void)state;
	cleanup_free char *line = refusal_log_line("a \"b\" \xff", true);
	size_t length = strlen(line);
	assert_true(line[length - 1] == '\n' && strchr(line, '\n') == line + length - 1);
	cleanup_json json_t *record = NULL;
	assert_int_equal(document_parse(line, length, DOCUMENT_PLAIN, &record, NULL), 0);
	assert_string_equal(json_string_value(json_object_get(record, "level")), "error");
	assert_string_equal(json_string_value(json_object_get(record, "msg")), "a \"b\" ?");
	assert_int_equal(strlen(json_string_value(json_object_get(record, "time"))), strlen("2026-11-22T17:30:00Z"));
	cleanup_free char *plain = refusal_log_line("a \"b\"", false);
	assert_non_null(strstr(plain, " level=error msg=\"a \\\"b\\\"\"\n"));
	assert_int_equal(strncmp(plain, "time=\"20", 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sentence_names_rule_place_and_way_out),
		cmocka_unit_test(without_a_name_the_id_is_short),
		cmocka_unit_test(all_reasons_stand_there_up_to_a_limit),
		cmocka_unit_test(words_that_change_the_exit_code_are_not_said),
		cmocka_unit_test(the_log_line_is_what_engines_read),
	};
	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
