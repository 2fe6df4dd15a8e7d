/* Profiles in files, in Docker's and Podman's format. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/tests/filter.h"
#include "policy/tests/support.h"

static const char conditional[] =
	"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"ENOSYS\","
	" \"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"]},"
	"  {\"architecture\": \"SCMP_ARCH_AARCH64\", \"subArchitectures\": [\"SCMP_ARCH_ARM\"]}],"
	" \"syscalls\": ["
	"  {\"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": null, \"comment\": \"x\"},"
	"  {\"name\": \"close\", \"action\": \"SCMP_ACT_ALLOW\", \"args\": []},"
	"  {\"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": [\"CAP_SYS_CHROOT\"]}},"
	"  {\"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ERRNO\", \"errno\": \"EACCES\","
	"   \"excludes\": {\"caps\": [\"CAP_SYS_CHROOT\"]}},"
	"  {\"names\": [\"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\": \"4.8\"}},"
	"  {\"names\": [\"getpid\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"arches\": [\"s390x\"]}},"
	"  {\"names\": [\"getuid\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"arches\": [\"amd64\", \"arm64\"]}},"
	"  {\"names\": [\"getgid\"], \"action\": \"SCMP_ACT_ALLOW\", \"excludes\": {\"arches\": [\"amd64\", \"arm64\"]}}]}";

static json_t *parse(const char *text)
{
	return parse_document(text, DOCUMENT_PLAIN);
}

static const struct call_rule *rule_of(const struct call_profile *profile, const char *name)
{
	const struct call_rule *found = NULL;
	for (size_t i = 0; i < profile->count; i++)
		if (strcmp(profile->rules[i].name, name) == 0) {
			assert_null(found);
			found = &profile->rules[i];
		}
	return found;
}

static bool allows(const struct call_profile *profile, const char *name)
{
	const struct call_rule *rule = rule_of(profile, name);
	return rule && rule->action == CALL_ALLOW;
}

static void entries_depend_on_capabilities_kernel_and_architecture(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *source = parse(conditional), *held = json_loads("[\"CAP_SYS_CHROOT\"]", 0, NULL);
	struct circumstances with = {held, KERNEL(5, 10), ARCHITECTURES_SERVED};
	struct circumstances without = {NULL, KERNEL(4, 7), ARCHITECTURE_NATIVE};
	cleanup_call_profile struct call_profile first = {0}, second = {0};
	assert_int_equal(call_profile_read_portable(source, &with, &first, &error), 0);
	assert_int_equal(call_profile_read_portable(source, &without, &second, &error), 0);
	assert_true(allows(&first, "read") && allows(&first, "close") && allows(&first, "chroot"));
	assert_true(allows(&first, "ptrace") && !allows(&first, "getpid"));
	assert_true(allows(&first, "getuid") && !allows(&first, "getgid"));
	assert_int_equal(first.architectures, ARCHITECTURES_SERVED);
	assert_int_equal(first.default_errno, ENOSYS);
	assert_false(allows(&second, "ptrace"));
	assert_int_equal(rule_of(&second, "chroot")->action, CALL_ERRNO);
	assert_int_equal(rule_of(&second, "chroot")->errno_value, EACCES);
	assert_int_equal(second.architectures, ARCHITECTURE_NATIVE);
}

static void kernels_compare_as_numbers(void **state)
{
	(void)state;
	cleanup_json json_t *source = parse("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"bpf\"],"
					    " \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\": \"5.10\"}}]}");
	static const struct {
		unsigned kernel;
		bool allowed;
	} cases[] = {{KERNEL(5, 9), false}, {KERNEL(5, 10), true}, {KERNEL(6, 1), true}, {KERNEL(4, 19), false}, {0, false}};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct circumstances circumstances = {NULL, cases[i].kernel, ARCHITECTURE_NATIVE};
		cleanup_call_profile struct call_profile profile = {0};
		assert_int_equal(call_profile_read_portable(source, &circumstances, &profile, NULL), 0);
		assert_int_equal(allows(&profile, "bpf"), cases[i].allowed);
	}
	assert_true(running_kernel() >= KERNEL(3, 17));
}

/* What is not understood would otherwise be taken for nothing. */
static void what_is_not_understood_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{"{\"syscalls\": []}", "every call it does not name would pass"},
		{"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": []}", "every call it does not name would pass"},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\"}", "syscalls is not an array"},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscall\": []}", "\"syscall\""},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\","
		 " \"includes\": {\"maxKernel\": \"5.0\"}}]}", "\"maxKernel\""},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\","
		 " \"includes\": {\"minKernel\": \"5\"}}]}", "cannot be understood"},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\","
		 " \"includes\": {\"caps\": \"CAP_BPF\"}}]}", "cannot be understood"},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], \"name\": \"write\","
		 " \"action\": \"SCMP_ACT_ALLOW\"}]}", "both name and names"},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}",
		 "listener or tracer"},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"listenerPath\": \"/run/x\", \"syscalls\": []}", "names a listener"},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\","
		 " \"errno\": \"EWHAT\"}]}", "error number"},
		{"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86_64\"],"
		 " \"archMap\": [{}], \"syscalls\": []}", "both archMap and architectures"},
	};
	struct circumstances circumstances = {NULL, KERNEL(6, 1), ARCHITECTURE_NATIVE};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_error struct error *error = NULL;
		cleanup_json json_t *source = parse(wrong[i].text);
		struct call_profile profile = {0};
		assert_int_equal(call_profile_read_portable(source, &circumstances, &profile, &error), -EINVAL);
		if (!strstr(error_message(error), wrong[i].message))
			fail_msg("%s: \"%s\" does not say \"%s\"", wrong[i].text, error_message(error), wrong[i].message);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void assert_not_loaded(const char *path, int result, const char *part)
{
	cleanup_error struct error *error = NULL;
	char *setting = NULL;
	assert_int_equal(call_profile_load_file(path, &setting, &error), result);
	assert_null(setting);
	if (!strstr(error_message(error), path) || !strstr(error_message(error), part))
		fail_msg("\"%s\" does not say \"%s\" of %s", error_message(error), part, path);
}

/* /tmp belongs to everybody, so nothing below it is trusted. */
static void a_profile_below_a_folder_of_everybodys_is_refused(void **state)
{
	(void)state;
	char *directory = make_temporary_directory();
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/profile.json", directory);
	write_file(path, conditional);
	assert_not_loaded(path, -EPERM, "writable");
	remove_tree(directory);
	free(directory);
}

/* More conditions than a program of the kernel's has room for, and only with a
 * capability that the container may have one day. */
static char *too_large(void)
{
	struct text text = {0};
	text_append(&text, "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [");
	for (int i = 0; i < 3000; i++)
		text_append_format(&text, "%s{\"names\": [\"personality\"], \"action\": \"SCMP_ACT_ALLOW\", "
					  "\"args\": [{\"index\": 0, \"value\": %lld, \"op\": \"SCMP_CMP_EQ\"}], "
					  "\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}}", i ? "," : "", (long long)i << 32 | i);
	text_append(&text, "]}");
	return text_finish(&text);
}

/* The folder of the tests is root's only for root; else nothing in it is trusted. */
static void a_policy_takes_in_only_what_compiles(void **state)
{
	(void)state;
	char directory[] = "/var/lib/oci-harden-test.XXXXXX", path[64];
	cleanup_free char *large = too_large(), *setting = NULL;
	if (geteuid() != 0) {
		assert_not_loaded("/usr/share/containers/none.json", -ENOENT, "none.json");
		return;
	}
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/profile.json", directory);
	write_file(path, large);
	assert_not_loaded(path, -E2BIG, "larger than the kernel takes");
	write_file(path, "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": []}");
	assert_not_loaded(path, -EINVAL, "defaultAction");
	write_file(path, "{\"defaultAction\": ");
	assert_not_loaded(path, -EINVAL, "not valid JSON");
	write_file(path, conditional);
	assert_int_equal(call_profile_load_file(path, &setting, NULL), 0);
	assert_true(text_starts_with(setting, path) && setting[strlen(path)] == '\n');
	remove_tree(directory);
}

static struct decision decide_with_profile(const char *path, const char *seccomp)
{
	cleanup_free char *setting = NULL;
	assert_int_equal(call_profile_load_file(path, &setting, NULL), 0);
	cleanup_json json_t *changes = json_pack("{s:s}", "profile", setting);
	cleanup_json json_t *settings = settings_for_only(control_by_name("seccomp"), changes);
	char text[512];
	(void)snprintf(text, sizeof(text), "{\"linux\": {\"seccomp\": %s}}", seccomp);
	cleanup_json json_t *config = parse_config(text);
	struct facts facts = {0};
	return decide_lawfully(config, settings, &facts);
}

static void the_policy_can_name_debians_profile(void **state)
{
	(void)state;
	static const char path[] = "/usr/share/containers/seccomp.json";
	struct stat status;
	if (stat(path, &status) < 0)
		fail_msg("%s is missing (package golang-github-containers-common)", path);
	struct decision decision = decide_with_profile(path, "null");
	assert_int_equal(decision.verdict, VERDICT_REWRITTEN);
	const json_t *architectures = document_get(decision.result, "/linux/seccomp/architectures");
	assert_int_equal(json_array_size(architectures), 1);
	/* keyctl is in that profile and not in the built-in one */
	cleanup_call_profile struct call_profile profile = read_profile(document_get(decision.result, "/linux/seccomp"));
	assert_true(allows(&profile, "keyctl"));
	decision_release(&decision);
}

/* As a policy would have it that was compiled before profiles were taken in. */
static void a_profile_that_was_not_taken_in_stops_the_container(void **state)
{
	(void)state;
	assert_not_loaded("/usr/share/containers/none.json", -ENOENT, "none.json");
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *changes = json_pack("{s:s}", "profile", "/usr/share/containers/none.json");
	cleanup_json json_t *settings = settings_for_only(control_by_name("seccomp"), changes);
	cleanup_json json_t *config = parse_config("{}");
	struct facts facts = {0};
	struct decision decision;
	assert_true(decide(config, VERB_CREATE, MODE_ENFORCE, settings, &facts, &decision, &error) < 0);
	assert_non_null(strstr(error_message(error), "none.json"));
	assert_non_null(strstr(error_message(error), "hardenctl policy apply"));
}

static void lint_knows_calls_and_paths(void **state)
{
	(void)state;
	static const struct {
		const char *key, *good, *bad;
	} values[] = {
		{"profile", "/etc/oci-harden/seccomp.json", "seccomp.json"},
		{"allow", "keyctl", "keyclt"},
		{"listener", "/run/agent.sock", "agent.sock"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const struct policy_key *key = control_by_name("seccomp")->keys;
		while (strcmp(key->name, values[i].key) != 0)
			key++;
		cleanup_json json_t *good = json_string(values[i].good), *bad = json_string(values[i].bad);
		cleanup_error struct error *error = NULL;
		assert_int_equal(key->check(good, &error), 0);
		assert_int_equal(key->check(bad, &error), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_depend_on_capabilities_kernel_and_architecture),
		cmocka_unit_test(kernels_compare_as_numbers),
		cmocka_unit_test(what_is_not_understood_is_refused),
		cmocka_unit_test(a_profile_below_a_folder_of_everybodys_is_refused),
		cmocka_unit_test(the_policy_can_name_debians_profile),
		cmocka_unit_test(a_policy_takes_in_only_what_compiles),
		cmocka_unit_test(a_profile_that_was_not_taken_in_stops_the_container),
		cmocka_unit_test(lint_knows_calls_and_paths),
	};
	return cmocka_run_group_tests_name("seccomp profiles", tests, NULL, NULL);
}
