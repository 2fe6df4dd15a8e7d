/* exec passes only what is no looser than the container's own process. */
#include "policy/tests/support.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/exec_hold.h"
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
	json_t *root = NULL;
	cleanup_error struct error *error = NULL;
	if (document_parse(text, strlen(text), DOCUMENT_PROCESS, &root, &error) < 0)
		fail_msg("%s: %s", text, error_message(error));
	return root;
}

/* What differs from the container's own process, and a part of the reason (NULL:
 * it is no looser). */
static const struct {
	const char *pointer, *value, *said;
} fields[] = {
	{"/args", "[\"sh\"]", NULL},
	{"/env", "[\"A=1\"]", NULL},
	{"/terminal", "true", NULL},
	{"/cwd", "\"/tmp\"", NULL},
	{"/cwd", "\"/proc/self/fd/7\"", "/cwd"},
	{"/cwd", "\"//proc\"", "/cwd"},
	{"/cwd", "\"/./proc/1\"", "/cwd"},
	{"/cwd", "\"/tmp/../proc\"", "/cwd"},
	{"/cwd", "\"proc\"", "/cwd"},
	{"/cwd", "\"/procession\"", NULL},
	{"/cwd", "\"/srv/proc\"", NULL},
	{"/user/uid", "0", "/user"},
	{"/user/uid", "65533", "/user"},
	{"/user/uid", "4294967296", "/user"},
	{"/user/uid", "18446744073709551615", "/user"},
	{"/user/gid", "0", "/user"},
	{"/user", "null", "/user"},
	{"/user/additionalGids", "[100,65532]", NULL},
	{"/user/additionalGids", "[100,0]", "/user/additionalGids/1"},
	{"/noNewPrivileges", "false", "/noNewPrivileges"},
	{"/noNewPrivileges", "null", "/noNewPrivileges"},
	{"/capabilities", "null", NULL},
	{"/capabilities/bounding", "[]", NULL},
	{"/capabilities/bounding", "[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"]", "/capabilities/bounding has CAP_SYS_ADMIN, which"},
	{"/capabilities/effective", "[\"CAP_CHOWN\"]", "/capabilities/effective has CAP_CHOWN"},
	{"/capabilities/ambient", "[\"CAP_CHOWN\"]", "/capabilities/ambient has CAP_CHOWN"},
	{"/capabilities/inheritable", "[\"CAP_CHOWN\"]", "/capabilities/inheritable has CAP_CHOWN"},
	{"/capabilities/permitted", "[\"CAP_CHOWN\"]", "/capabilities/permitted has CAP_CHOWN"},
	{"/capabilities/other", "[]", "/capabilities has a set"},
	{"/capabilities/bounding", "\"CAP_SYS_ADMIN\"", "is not an array"},
	{"/apparmorProfile", "\"\"", NULL},
	{"/apparmorProfile", "\"unconfined\"", "/apparmorProfile"},
	{"/selinuxLabel", "\"a:b:c:s0\"", "/selinuxLabel"},
	{"/oomScoreAdj", "200", NULL},
	{"/oomScoreAdj", "-1000", "/oomScoreAdj"},
	{"/rlimits", "[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1024,\"hard\":2049}]", "/rlimits/0 RLIMIT_NOFILE"},
	{"/rlimits", "[{\"type\":\"RLIMIT_NOFILE\",\"soft\":18446744073709551615,\"hard\":1}]", "/rlimits/0"},
	{"/rlimits", "[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0}]", "/rlimits/0 RLIMIT_CORE"},
	{"/rlimits", "[]", NULL},
	{"/scheduler", "{\"policy\":\"SCHED_FIFO\"}", "/scheduler"},
	{"/ioPriority", "{\"class\":\"IOPRIO_CLASS_RT\"}", "/ioPriority"},
	{"/execCPUAffinity", "{\"initial\":\"0\"}", "/execCPUAffinity"},
	{"/seccomp", "{}", "/seccomp is not a field"},
};

static void every_field_is_held(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		cleanup_json json_t *start = parse_process(start_text), *asked = parse_process(start_text);
		char wrapped[256];
		(void)snprintf(wrapped, sizeof(wrapped), "{\"value\":%s}", fields[i].value);
		cleanup_json json_t *value = NULL;
		assert_int_equal(document_parse(wrapped, strlen(wrapped), DOCUMENT_PLAIN, &value, NULL), 0);
		assert_int_equal(document_set(asked, fields[i].pointer, json_object_get(value, "value"), NULL), 0);
		struct interception interception;
		interception_start(&interception);
		assert_int_equal(exec_hold_process(&interception, start, asked, NULL), 0);
		const char *said = json_string_value(json_array_get(interception.reasons, 0));
		if (!fields[i].said && said)
			fail_msg("%s %s: %s", fields[i].pointer, fields[i].value, said);
		if (fields[i].said && (!said || !strstr(said, fields[i].said)))
			fail_msg("%s %s: \"%s\"", fields[i].pointer, fields[i].value, said ? said : "passes");
		assert_int_equal(interception_is_refused(&interception), fields[i].said != NULL);
		interception_release(&interception);
	}
}

static void limits_that_are_not_asked_for_are_kept(void **state)
{
	(void)state;
	cleanup_json json_t *start = parse_process(start_text);
	cleanup_json json_t *asked = parse_process("{\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":1}]}");
	assert_int_equal(exec_hold_fill_limits(asked, start, NULL), 0);
	cleanup_free char *text = NULL;
	size_t length = 0;
	assert_int_equal(document_print(asked, &text, &length, NULL), 0);
	assert_string_equal(text, "{\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":1},"
				  "{\"type\":\"RLIMIT_MEMLOCK\",\"soft\":18446744073709551615,\"hard\":18446744073709551615}]}");
	cleanup_json json_t *none = parse_process("{}");
	assert_int_equal(exec_hold_fill_limits(none, start, NULL), 0);
	assert_int_equal(json_array_size(json_object_get(none, "rlimits")), 2);
}

static const struct {
	const char *option, *value;
	bool refused;
} options[] = {
	{"--user", "65532:65532", false},     {"--user", "65532", false},
	{"--user", "0", true},                {"--user", "0:0", true},
	{"--user", "65532:0", true},          {"--additional-gids", "100", false},
	{"--additional-gids", "6", true},     {"--cap", "CAP_CHOWN", true},
	{"--cgroup", "/", true},              {"--cwd", "/proc/self/fd/9", true},
	{"--cwd", "/tmp", false},             {"--apparmor", "unconfined", true},
	{"--apparmor", "oci-harden", false},  {"--process-label", "a:b:c:d", true},
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
	cleanup_json json_t *start = parse_process(start_text);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		cleanup_json json_t *asked = json_deep_copy(start);
		struct interception interception = exec_with(options[i].option, options[i].value);
		assert_int_equal(exec_options_apply(&interception.invocation, asked, NULL), 0);
		assert_int_equal(exec_options_judge(&interception, false, NULL), 0);
		assert_int_equal(exec_hold_process(&interception, start, asked, NULL), 0);
		if (interception_is_refused(&interception) != options[i].refused)
			fail_msg("%s %s: %d", options[i].option, options[i].value, options[i].refused);
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
		cmocka_unit_test(every_field_is_held),
		cmocka_unit_test(limits_that_are_not_asked_for_are_kept),
		cmocka_unit_test(every_option_is_held),
		cmocka_unit_test(options_that_are_no_numbers_are_errors),
		cmocka_unit_test(the_backend_gets_a_process_and_no_options),
		cmocka_unit_test(update_options_become_resources),
	};
	return cmocka_run_group_tests_name("exec_hold", tests, NULL, NULL);
}
