#include "policy/tests/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/document/document.h"
#include "shim/decision_log.h"
#include "shim/log_value.h"

#define CANARY "canary-4711"

static struct interception interception_with(const char *pointer, json_t *before, json_t *after)
{
	struct interception interception;
	interception_start(&interception);
	interception.invocation.verb = "create";
	interception.invocation.id = "c1";
	interception.verb = VERB_CREATE;
	interception.resolved = interception.decided = true;
	interception.decision.verdict = VERDICT_REWRITTEN;
	assert_int_equal(finding_add(&interception.decision.findings,
				     (struct finding_spec){.pointer = pointer, .before = before, .edit = EDIT_SET, .after = after},
				     "is not as it should be"),
			 0);
	interception.decision.findings.items[0].control = control_by_name("user");
	interception.decision.findings.items[0].outcome = OUTCOME_REWRITTEN;
	json_decref(before);
	return interception;
}

static char *print_record(const struct interception *interception)
{
	cleanup_json json_t *record = decision_log_record(interception, NULL);
	char *text = NULL;
	size_t length = 0;
	assert_non_null(record);
	assert_int_equal(document_print(record, &text, &length, NULL), 0);
	return text;
}

static void a_record_has_every_field(void **state)
{
	(void)state;
	static const char *const keys[] = {
		"time", "id", "engine", "namespace", "container", "name", "image", "digest", "trust", "verb", "verdict",
		"mode", "generation", "applied", "notes", "advisory", "ungated", "backend", "microseconds", "error", "findings",
	};
	struct interception interception = interception_with("/process/user/uid", json_integer(0), json_integer(65532));
	cleanup_json json_t *record = decision_log_record(&interception, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!json_object_get(record, keys[i]))
			fail_msg("no %s", keys[i]);
	assert_int_equal(json_object_size(record), ARRAY_SIZE(keys));
	assert_string_equal(json_string_value(json_object_get(record, "verdict")), "rewritten");
	assert_int_equal(strlen(json_string_value(json_object_get(record, "id"))), 12);
	assert_int_equal(strlen(json_string_value(json_object_get(record, "time"))), strlen("2026-11-22T17:30:00.123456Z"));
	const json_t *finding = json_array_get(json_object_get(record, "findings"), 0);
	assert_int_equal(json_integer_value(json_object_get(finding, "after")), 65532);
	assert_string_equal(json_string_value(json_object_get(finding, "control")), "user");
	interception_release(&interception);
}

static void reasons_refuse_or_are_notes(void **state)
{
	(void)state;
	struct interception interception = interception_with("/process/user/uid", json_integer(0), json_integer(1));
	assert_int_equal(interception_add_reason(&interception, NULL, "the backend is old"), 0);
	assert_true(interception_is_refused(&interception));
	cleanup_json json_t *refused = decision_log_record(&interception, NULL);
	assert_string_equal(json_string_value(json_object_get(refused, "verdict")), "refused");
	assert_string_equal(json_string_value(json_object_get(refused, "error")), "the backend is old");
	interception.effective.mode = MODE_AUDIT;
	assert_false(interception_is_refused(&interception));
	cleanup_json json_t *audited = decision_log_record(&interception, NULL);
	assert_string_equal(json_string_value(json_object_get(audited, "verdict")), "audited");
	assert_true(json_is_null(json_object_get(audited, "error")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(audited, "notes"), 0)), "the backend is old");
	interception_release(&interception);
}

static void secrets_stay_out(void **state)
{
	(void)state;
	static const char *const pointers[] = {
		"/process/env/3", "/process/env", "/process/args/0", "/annotations/io.example~1key", "/annotations",
		"/hooks/prestart/0/env/1", "/hooks/createRuntime/2/args", "/process", "/hooks", "/hooks/prestart/0", "",
	};
	for (size_t i = 0; i < ARRAY_SIZE(pointers); i++) {
		struct interception interception =
			interception_with(pointers[i], json_pack("{s:[s]}", "env", CANARY), json_pack("[s]", CANARY));
		cleanup_free char *text = print_record(&interception);
		if (strstr(text, CANARY))
			fail_msg("%s shows a secret", pointers[i]);
		interception_release(&interception);
	}
	cleanup_json json_t *value = json_string(CANARY);
	cleanup_json json_t *of_exec = log_value(VERB_EXEC, "/env/0", value);
	assert_true(json_is_null(of_exec));
	cleanup_json json_t *shown = log_value(VERB_CREATE, "/process/environment", value);
	assert_string_equal(json_string_value(shown), CANARY);
}

static void long_values_are_summed_up(void **state)
{
	(void)state;
	json_t *many = json_array();
	for (int i = 0; i < 312; i++)
		assert_int_equal(json_array_append_new(many, json_string("a string of some length")), 0);
	cleanup_json json_t *summary = log_value(VERB_CREATE, "/linux/seccomp/syscalls", many);
	assert_string_equal(json_string_value(json_object_get(summary, "summary")), "array of 312");
	json_decref(many);
}

static void records_are_appended_line_by_line(void **state)
{
	(void)state;
	cleanup_free char *directory = make_temporary_directory();
	char folder[256], path[512];
	(void)snprintf(folder, sizeof(folder), "%s/log", directory);
	(void)snprintf(path, sizeof(path), "%s/" DECISION_LOG_NAME, folder);
	cleanup_json json_t *record = json_pack("{s:s}", "id", "one\nline");
	cleanup_error struct error *error = NULL;
	if (geteuid() != 0) { /* only root can make a folder that is trusted */
		assert_true(decision_log_append(folder, record, &error) < 0);
		remove_tree(directory);
		return;
	}
	assert_int_equal(decision_log_append(folder, record, NULL), 0);
	assert_int_equal(decision_log_append(folder, record, NULL), 0);
	cleanup_free char *text = NULL;
	size_t length = 0;
	assert_int_equal(file_read(path, 4096, &text, &length, NULL), 0);
	assert_string_equal(text, "{\"id\":\"one\\nline\"}\n{\"id\":\"one\\nline\"}\n");
	struct stat status;
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(stat(folder, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0750);
	assert_int_equal(chmod(path, 0666), 0);
	assert_true(decision_log_append(folder, record, &error) < 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_true(decision_log_append(folder, record, &error) < 0);
	remove_tree(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_has_every_field),
		cmocka_unit_test(reasons_refuse_or_are_notes),
		cmocka_unit_test(secrets_stay_out),
		cmocka_unit_test(long_values_are_summed_up),
		cmocka_unit_test(records_are_appended_line_by_line),
	};
	return cmocka_run_group_tests_name("decision_log", tests, NULL, NULL);
}
