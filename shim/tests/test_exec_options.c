/* exec's and update's options as the documents that they stand for. */
#include "policy/tests/support.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/exec_options.h"
#include "shim/update_options.h"

static const char start_text[] =
	"{\"user\":{\"uid\":65532,\"gid\":65532,\"additionalGids\":[100]},\"cwd\":\"/\",\"args\":[\"x\"],"
	"\"capabilities\":{\"bounding\":[\"CAP_CHOWN\"],\"effective\":[],\"inheritable\":[],\"permitted\":[],"
	"\"ambient\":[]},\"noNewPrivileges\":true,\"apparmorProfile\":\"oci-harden\",\"oomScoreAdj\":100,"
	"\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1024,\"hard\":2048},"
	"{\"type\":\"RLIMIT_MEMLOCK\",\"soft\":18446744073709551615,\"hard\":18446744073709551615}]}";

static json_t *parse_process(const char *text)
{
	return parse_document(text, DOCUMENT_PROCESS);
}

static const struct {
	const char *option, *value;
	bool rewritten;
} options[] = {
	{"--user", "65532:65532", false},     {"--user", "65532", false},
	{"--user", "0", true},                {"--user", "0:0", true},
	{"--user", "65532:0", true},          {"--additional-gids", "100", false},
	{"--additional-gids", "6", true},     {"--cap", "CAP_CHOWN", true},
	{"--cap", "CAP_SYS_ADMIN", true},
	{"--cwd", "/tmp", false},             {"--apparmor", "unconfined", true},
	{"--apparmor", "oci-harden", false},
	{"--env", "A=1", false},              {"--pid-file", "/p", false},
};

/* The invocation of `exec OPTION VALUE c1 ls -l`; its words are static. */
static struct interception exec_with(const char *option, const char *value)
{
	static char words[7][64];
	const char *const given[7] = {"x", "exec", option, value, "c1", "ls", "-l"};
	char *argv[8] = {NULL};
	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		(void)snprintf(words[i], sizeof(words[i]), "%s", given[i]);
		argv[i] = words[i];
	}
	static char *kept[8];
	memcpy(kept, argv, sizeof(kept));
	struct interception interception;
	interception_start(&interception);
	assert_int_equal(command_line_parse_globals(kept, &interception.invocation, NULL), 0);
	assert_int_equal(command_line_parse_verb(&interception.invocation, PLACE_EXEC, NULL), 0);
	return interception;
}

static void every_option_is_held(void **state)
{
	(void)state;
	cleanup_json json_t *start = parse_process(start_text), *settings = json_object();
	for (size_t i = 0; i < control_count; i++)
		assert_int_equal(json_object_set_new(settings, controls[i]->name, json_pack("{s:s}", "action", "off")), 0);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		cleanup_json json_t *asked = json_deep_copy(start);
		struct interception interception = exec_with(options[i].option, options[i].value);
		struct decision decision;
		assert_int_equal(exec_options_apply(&interception.invocation, asked, NULL), 0);
		assert_int_equal(decide_exec(asked, start, ACTION_REWRITE, MODE_ENFORCE, settings, &interception.facts,
					     &decision, NULL), 0);
		if (decision.verdict != (options[i].rewritten ? VERDICT_REWRITTEN : VERDICT_CLEAN))
			fail_msg("%s %s: %s", options[i].option, options[i].value, verdict_name(decision.verdict));
		static const char *const held[] = {"user", "apparmorProfile", "selinuxLabel"};
		for (size_t j = 0; j < ARRAY_SIZE(held); j++)
			if (options[i].rewritten && json_object_get(asked, held[j]) &&
			    !json_equal(json_object_get(asked, held[j]), json_object_get(start, held[j])))
				fail_msg("%s %s: %s", options[i].option, options[i].value, held[j]);
		assert_int_equal(json_array_size(document_get(asked, "/capabilities/effective")), 0);
		decision_release(&decision);
		interception_release(&interception);
	}
}

static void options_that_are_no_numbers_are_errors(void **state)
{
	(void)state;
	static const char *const users[] = {"root", "+65532", "65532:", "65532:x", ":5", "5:5:5", "0x0"};
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		cleanup_json json_t *asked = parse_process(start_text);
		cleanup_error struct error *error = NULL;
		struct interception interception = exec_with("--user", users[i]);
		if (exec_options_apply(&interception.invocation, asked, &error) == 0)
			fail_msg("--user %s passes", users[i]);
		interception_release(&interception);
	}
}

static void the_backend_gets_a_process_and_no_options(void **state)
{
	(void)state;
	cleanup_json json_t *asked = parse_process(start_text);
	struct interception interception = exec_with("--env", "A=1");
	assert_int_equal(exec_options_apply(&interception.invocation, asked, NULL), 0);
	exec_options_drop(&interception.invocation);
	cleanup_arguments char **arguments = NULL;
	assert_int_equal(command_line_for_backend(&interception.invocation, BACKEND_CRUN, "process", "/p",
						  &arguments, NULL),
			 0);
	const char *const expected[] = {"crun", "exec", "--process=/p", "c1"};
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(arguments[i], expected[i]);
	assert_null(arguments[ARRAY_SIZE(expected)]);
	cleanup_json json_t *command = json_pack("[s, s]", "ls", "-l"), *environment = json_pack("[s]", "A=1");
	assert_true(json_equal(json_object_get(asked, "args"), command));
	assert_true(json_equal(json_object_get(asked, "env"), environment));
	interception_release(&interception);
}

static int resources_of(const char *option, const char *value, char **ret_text)
{
	char words[5][64] = {"x", "update", "", "", "c1"};
	(void)snprintf(words[2], sizeof(words[2]), "%s", option);
	(void)snprintf(words[3], sizeof(words[3]), "%s", value);
	char *argv[] = {words[0], words[1], words[2], words[3], words[4], NULL};
	struct invocation invocation = {0};
	cleanup_json json_t *resources = NULL;
	size_t length = 0;
	assert_int_equal(command_line_parse_globals(argv, &invocation, NULL), 0);
	assert_int_equal(command_line_parse_verb(&invocation, PLACE_UPDATE, NULL), 0);
	int result = update_options_resources(&invocation, &resources, NULL);
	if (result == 0)
		assert_int_equal(document_print(resources, ret_text, &length, NULL), 0);
	invocation_release(&invocation);
	return result;
}

static void update_options_become_resources(void **state)
{
	(void)state;
	static const struct {
		const char *option, *value, *resources; /* NULL: refused */
	} rows[] = {
		{"--memory", "1048576", "{\"memory\":{\"limit\":1048576}}"},
		{"--memory-swap", "-1", "{\"memory\":{\"swap\":-1}}"},
		{"--cpuset-cpus", "0-1", "{\"cpu\":{\"cpus\":\"0-1\"}}"},
		{"--pids-limit", "7", "{\"pids\":{\"limit\":7}}"},
		{"--memory", "1g", NULL},
		{"--l3-cache-schema", "x", NULL},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = NULL;
		int result = resources_of(rows[i].option, rows[i].value, &text);
		assert_int_equal(result < 0, rows[i].resources == NULL);
		if (rows[i].resources)
			assert_string_equal(text, rows[i].resources);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_is_held),
		cmocka_unit_test(options_that_are_no_numbers_are_errors),
		cmocka_unit_test(the_backend_gets_a_process_and_no_options),
		cmocka_unit_test(update_options_become_resources),
	};
	return cmocka_run_group_tests_name("exec_options", tests, NULL, NULL);
}
