/* The controls of what a configuration does to the host: sysctl, hooks, cgroup,
 * host-resources, selinux, annotations. What passes is looked at by rules of this
 * file's own. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/controls/hook_variables.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/program.h"
#include "policy/host/selinux.h"
#include "policy/tests/random_config.h"

#define ROUNDS 2000

/* Counts those that pass, so that neither all nor none of the rounds says nothing. */
struct tally {
	size_t passed;
};

static void assert_both(const struct tally *tally)
{
	assert_true(tally->passed > 0);
	assert_true(tally->passed < ROUNDS);
}

/* {KEY: VALUE, …} out of JSON texts `members`. */
static json_t *random_object(uint64_t *seed, const char *const *members, size_t count, size_t most)
{
	struct text text = {0};
	cleanup_json json_t *keys = json_object();
	text_append(&text, "{");
	size_t length = random_next(seed) % (most + 1);
	for (size_t i = 0; i < length; i++) {
		const char *member = members[random_next(seed) % count];
		if (json_object_get(keys, member))
			continue;
		text_append_format(&text, "%s%s", json_object_size(keys) ? "," : "", member);
		(void)json_object_set_new(keys, member, json_true());
	}
	text_append(&text, "}");
	cleanup_free char *object = text_finish(&text);
	assert_non_null(object);
	cleanup_json json_t *value = json_loads(object, JSON_REJECT_DUPLICATES, NULL);
	return value ? json_incref(value) : json_object();
}

static void put(json_t *config, const char *pointer, json_t *value)
{
	cleanup_json json_t *own = value;
	assert_int_equal(document_set(config, pointer, own, NULL), 0);
}

static const char *const settings_of_the_kernel[] = {
	"\"net.ipv4.tcp_syncookies\":\"1\"", "\"net/ipv4/tcp_syncookies\":\"1\"", "\"net/ipv4/tcp_syncookies\":\"0\"",
	"\"net.ipv4/ping_group_range\":\"0 0\"", "\"kernel/shm_rmid_forced\":\"1\"", "\"kernel.shm_rmid_forced\":\"1\"",
	"\"kernel.core_pattern\":\"x\"", "\"net.ipv4.ip_forward\":\"1\"", "\"net..ipv4.tcp_syncookies\":\"1\"",
	"\"net.ipv4.tcp_rmem\":7",
};

static const struct random_field namespaces[] = {
	{"/linux/namespaces",
	 {"[{\"type\":\"network\"},{\"type\":\"ipc\"}]", "[{\"type\":\"network\",\"path\":\"\"}]", "[{\"type\":\"ipc\"}]", "[]",
	  "[{\"type\":\"network\",\"path\":\"/proc/self/ns/net\"},{\"type\":\"ipc\"}]", "[{\"type\":\"network\",\"path\":7}]",
	  "{}", "null"}},
};

static bool has_namespace(const json_t *config, const char *type)
{
	size_t index;
	json_t *entry;
	json_array_foreach(document_get(config, "/linux/namespaces"), index, entry) {
		const json_t *path = json_object_get(entry, "path");
		if (strcmp(json_string_value(json_object_get(entry, "type")), type) == 0)
			return !path || (json_is_string(path) && json_string_length(path) == 0);
	}
	return false;
}

static void assert_safe_setting(const json_t *config, const char *key, const json_t *value)
{
	static const char *const safe[] = {"net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
					   "kernel.shm_rmid_forced"};
	char name[64];
	bool known = false;
	(void)snprintf(name, sizeof(name), "%s", key);
	for (char *slash = strchr(name, '/'); slash; slash = strchr(slash, '/'))
		*slash = '.';
	for (size_t i = 0; i < ARRAY_SIZE(safe); i++)
		known = known || strcmp(safe[i], name) == 0;
	assert_true(known);
	assert_true(json_is_string(value));
	assert_true(has_namespace(config, *name == 'n' ? "network" : "ipc"));
}

static void kernel_settings_that_pass_are_the_containers_own(void **state)
{
	(void)state;
	uint64_t seed = 0x5c71;
	struct tally tally = {0};
	const struct facts facts = {0};
	for (size_t i = 0; i < ROUNDS; i++) {
		const char *key;
		json_t *value;
		cleanup_json json_t *config = random_config(&seed, namespaces, ARRAY_SIZE(namespaces));
		put(config, "/linux/sysctl",
		    random_object(&seed, settings_of_the_kernel, ARRAY_SIZE(settings_of_the_kernel), 3));
		struct decision decision = decide_on_random(config, &control_sysctl, NULL, &facts);
		json_t *sysctl = document_get(config, "/linux/sysctl");
		if (decision.verdict != VERDICT_REFUSED) {
			tally.passed++;
			json_object_foreach(sysctl, key, value)
				assert_safe_setting(config, key, value);
		}
		decision_release(&decision);
	}
	assert_both(&tally);
}

static const char *const hooks[] = {
	"{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"]}",
	"{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\",\"b\"],\"env\":[]}",
	"{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"],\"env\":null,\"timeout\":5}",
	"{\"path\":\"/usr/bin/env\",\"args\":[\"env\"],\"env\":[\"PATH=/bin\"]}",
	"{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"],\"env\":[\"PATH=/bin\"]}",
	"{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"],\"env\":[\"LD_PRELOAD=x\"]}",
	"{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"],\"env\":[\"PATH=bin\"]}",
	"{\"path\":\"/usr/bin/../bin/env\",\"args\":[\"env\",\"a\"]}",
	"{\"path\":\"/usr/bin/true\",\"args\":[\"env\",\"a\"]}",
	"{\"path\":\"/proc/self/exe\",\"args\":[\"libnetwork-setkey\",\"id\",\"ab\"]}",
	"{\"Path\":\"/usr/bin/env\"}", "7", "null",
};

static void an_engines_own_hook_needs_no_entry(void **state)
{
	(void)state;
	static const struct {
		const char *hook;
		enum verdict verdict;
	} rows[] = {
		{"{\"path\":\"/usr/bin/env\",\"args\":[\"nerdctl\",\"internal\",\"oci-hook\",\"createRuntime\"]}", VERDICT_REWRITTEN},
		{"{\"path\":\"/usr/bin/env\",\"args\":[\"nerdctl\",\"internal\",\"oci-hook\",\"postStop\"]}", VERDICT_REFUSED},
		{"{\"path\":\"/usr/bin/env\",\"args\":[\"nerdctl\",\"internal\",\"oci-hook\",\"createRuntime\",\"x\"]}",
		 VERDICT_REFUSED},
		{"{\"path\":\"/usr/bin/env\",\"args\":[\"internal\",\"oci-hook\",\"createRuntime\"]}", VERDICT_REFUSED},
		{"{\"path\":\"/usr/bin/env\",\"args\":[\"nerdctl\",\"--data-root=/x\",\"internal\",\"oci-hook\","
		 "\"createRuntime\"]}",
		 VERDICT_REWRITTEN},
		{"{\"path\":\"/usr/bin/env\",\"args\":[\"nerdctl\",\"--cni-path=/x\",\"internal\",\"oci-hook\","
		 "\"createRuntime\"]}",
		 VERDICT_REFUSED},
		{"{\"path\":\"/usr/bin/env\",\"args\":[\"nerdctl\",\"run\",\"--privileged\",\"x\",\"internal\","
		 "\"oci-hook\",\"createRuntime\"]}",
		 VERDICT_REFUSED},
		{"{\"path\":\"/usr/bin/env\",\"args\":[\"nerdctl\",\"internal\",\"oci-hook\",\"createRuntime\"],"
		 "\"env\":[\"CNI_PATH=/x\"]}",
		 VERDICT_REFUSED},
		{"{\"path\":\"/usr/bin/true\",\"args\":[\"nerdctl\",\"internal\",\"oci-hook\",\"createRuntime\"]}", VERDICT_REFUSED},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct facts facts = {.engine = ENGINE_CONTAINERD};
		cleanup_json json_t *hook = parse_config(rows[i].hook);
		cleanup_json json_t *config = json_pack("{s:{s:[O]}}", "hooks", "createRuntime", hook);
		cleanup_json json_t *settings = settings_for_only(&control_hooks, NULL);
		assert_int_equal(facts_add_hook(&facts, "/usr/bin/env", "nerdctl's own hook"), 0);
		struct decision decision = decide_lawfully(config, settings, &facts);
		if (decision.verdict != rows[i].verdict)
			fail_msg("%s: %s", rows[i].hook, verdict_name(decision.verdict));
		decision_release(&decision);
		facts_release(&facts);
	}
}

static const char *const kinds[] = {"prestart",	      "createRuntime", "createContainer",
				    "startContainer", "poststart",     "poststop"};

static void assert_safe_hook(const json_t *hook)
{
	size_t index;
	json_t *entry;
	const json_t *env = json_object_get(hook, "env");
	assert_string_equal(json_string_value(json_object_get(hook, "path")), "/usr/bin/env");
	assert_string_equal(json_string_value(json_array_get(json_object_get(hook, "args"), 1)), "a");
	assert_true(json_array_size(env) > 0);
	json_array_foreach(env, index, entry)
		assert_true(text_starts_with(json_string_value(entry), "PATH=/"));
}

static void hooks_that_pass_are_listed_and_have_an_environment(void **state)
{
	(void)state;
	uint64_t seed = 0x400c;
	struct tally tally = {0};
	struct facts facts = {.engine = ENGINE_DOCKER, .id = (char *)(uintptr_t)"id"};
	cleanup_json json_t *changes =
		parse_config("{\"allow\":[{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"],\"more-args\":true}]}");
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_config(&seed, NULL, 0);
		char pointer[64];
		const char *kind = kinds[random_next(&seed) % ARRAY_SIZE(kinds)];
		cleanup_free char *list = random_list(&seed, hooks, ARRAY_SIZE(hooks), 2);
		(void)snprintf(pointer, sizeof(pointer), "/hooks/%s", kind);
		put(config, pointer, json_loads(list, 0, NULL));
		struct decision decision = decide_on_random(config, &control_hooks, changes, &facts);
		size_t index;
		json_t *hook;
		if (decision.verdict != VERDICT_REFUSED) {
			tally.passed++;
			json_array_foreach(document_get(decision.result, pointer), index, hook)
				assert_safe_hook(hook);
		}
		decision_release(&decision);
	}
	assert_both(&tally);
}

static void variables_of_hooks(void **state)
{
	(void)state;
	static const struct {
		const char *variable;
		bool fine;
	} rows[] = {
		{"PATH=/bin", true},	{"PATH=/bin:/usr/bin", true}, {"PATH=", false},	     {"PATH=/bin:", false},
		{"PATH=:/bin", false},	{"PATH=/bin:.:/x", false},    {"PATH=bin", false},   {"PATHS=x", true},
		{"LD_PRELOAD=", false}, {"LD_AUDIT=x", false},	      {"LD=x", true},	     {"HOME=/", true},
		{"ENV=x", false},	{"ENVIRON=x", true},	      {"BASH_ENV=x", false}, {"BASH_FUNC_x%%=()", false},
		{"X", false},		{"=x", false},		      {"", false},	     {NULL, false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if ((hook_variable_danger(rows[i].variable) == NULL) != rows[i].fine)
			fail_msg("%s", rows[i].variable ? rows[i].variable : "NULL");
}

#define ID "12a1c2d9c45f842e"

static const struct random_field groups[] = {
	{"/linux/cgroupsPath",
	 {"\"/docker/" ID "\"", "\"/docker/a/" ID "\"", "\"system.slice:docker:" ID "\"", "\"/docker/../" ID "\"", "\"/" ID "\"",
	  "\"docker/" ID "\"", "\"/docker/" ID "0\"", "\"/docker\"", "\"/\"", "\"\"", "null", "7", "\"/system.slice/" ID "\"",
	  "\"/docker/" ID "/..\"", "\"system.slice:docker:..\"", "\"x.slice:docker:" ID "\"", "\"::" ID "\"", "\"::\"", "\":\"",
	  "\"/docker/" ID "\\u0000\"", "\"machine-a.slice:libpod:" ID "\"", "\"/docker/" ID ":x:y\""}},
};

static void groups_that_pass_are_the_containers_own(void **state)
{
	(void)state;
	static const char *const parents[] = {"/docker/", "system.slice:", "machine-a.slice:", "::"};
	uint64_t seed = 0xc640;
	struct tally tally = {0};
	struct facts facts = {.engine = ENGINE_DOCKER, .id = (char *)(uintptr_t)ID};
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_config(&seed, groups, ARRAY_SIZE(groups));
		struct decision decision = decide_on_random(config, &control_cgroup, NULL, &facts);
		const char *path = json_string_value(document_get(config, "/linux/cgroupsPath"));
		bool known = !path || !*path;
		for (size_t p = 0; !known && p < ARRAY_SIZE(parents); p++)
			known = text_starts_with(path, parents[p]) && text_ends_with(path, ID) && !strstr(path, "..");
		if (decision.verdict != VERDICT_REFUSED) {
			tally.passed++;
			assert_true(known);
		}
		decision_release(&decision);
	}
	assert_both(&tally);
}

static const struct random_field of_the_host[] = {
	{"/linux/netDevices", {"{}", "{\"eth0\":{}}", "{\"eth1\":{\"name\":\"x\"}}", "[]", "null"}},
	{"/linux/intelRdt", {"{}", "{\"closID\":\"x\"}", "null"}},
	{"/linux/personality",
	 {"{\"domain\":\"LINUX32\"}", "{\"domain\":\"LINUX\",\"flags\":[\"ADDR_NO_RANDOMIZE\"]}", "{}", "7", "null"}},
	{"/linux/timeOffsets", {"{}", "{\"boottime\":{\"secs\":1}}", "7"}},
	{"/linux/memoryPolicy", {"{}", "{\"mode\":\"MPOL_BIND\"}", "[]"}},
	{"/linux/resources/network", {"{}", "{\"classID\":1}", "7"}},
	{"/process/scheduler",
	 {"{\"policy\":\"SCHED_FIFO\"}", "{\"policy\":\"SCHED_OTHER\",\"nice\":1}", "{\"policy\":\"SCHED_OTHER\",\"nice\":-1}",
	  "{\"policy\":\"SCHED_IDLE\",\"nice\":1e3}", "{}", "7"}},
	{"/process/ioPriority",
	 {"{\"class\":\"IOPRIO_CLASS_RT\"}", "{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":7}", "{\"class\":\"IOPRIO_CLASS_BE\"}"}},
	{"/process/execCPUAffinity", {"{}", "{\"initial\":\"0\"}", "7"}},
};

static void nothing_is_taken_from_the_host(void **state)
{
	(void)state;
	static const char *const gone[] = {"/linux/intelRdt", "/linux/memoryPolicy", "/process/execCPUAffinity",
					   "/linux/timeOffsets/boottime", "/linux/resources/network/classID",
					   "/linux/personality/flags", "/linux/netDevices/eth0"};
	uint64_t seed = 0x4057;
	struct tally tally = {0};
	const struct facts facts = {0};
	cleanup_json json_t *changes = parse_config("{\"net-devices\":[\"eth1\"]}");
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_config(&seed, of_the_host, ARRAY_SIZE(of_the_host));
		struct decision decision = decide_on_random(config, &control_host_resources, changes, &facts);
		const char *policy = json_string_value(document_get(decision.result, "/process/scheduler/policy"));
		if (decision.verdict != VERDICT_REFUSED) {
			tally.passed++;
			for (size_t g = 0; g < ARRAY_SIZE(gone); g++) {
				const json_t *left = document_get(decision.result, gone[g]);
				if (left && !json_is_null(left))
					fail_msg("%s is left", gone[g]);
			}
			assert_true(!policy || strcmp(policy, "SCHED_OTHER") == 0);
		}
		decision_release(&decision);
	}
	assert_both(&tally);
}

static void update_and_exec_are_judged_at_their_own_places(void **state)
{
	(void)state;
	const struct facts facts = {0};
	struct decision decision;
	cleanup_json json_t *settings = settings_for_only(&control_host_resources, NULL);
	cleanup_json json_t *resources = parse_config("{\"network\":{\"classID\":1},\"pids\":{\"limit\":5}}");
	assert_int_equal(decide(resources, VERB_UPDATE, MODE_ENFORCE, settings, &facts, &decision, NULL), 0);
	assert_null(json_object_get(resources, "network"));
	assert_int_equal(json_object_size(resources), 1);
	decision_release(&decision);
	cleanup_json json_t *process = parse_config("{\"args\":[\"sh\"],\"scheduler\":{\"policy\":\"SCHED_RR\"}}");
	assert_int_equal(decide(process, VERB_EXEC, MODE_ENFORCE, settings, &facts, &decision, NULL), 0);
	assert_int_equal(json_object_size(process), 1);
	decision_release(&decision);
}

static char *selinux;

static void start_selinux(const char *mode)
{
	char path[128];
	selinux = make_temporary_directory();
	(void)snprintf(path, sizeof(path), "%s/enforce", selinux);
	cleanup_close int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	assert_int_equal(file_write_all(file, mode, strlen(mode)), 0);
	selinux_use_folder(selinux);
}

static void end_selinux(void)
{
	selinux_use_folder(NULL);
	remove_tree(selinux);
	free(selinux);
}

static const struct random_field labels[] = {
	{"/process/selinuxLabel",
	 {"\"system_u:system_r:container_t:s0:c1,c2\"", "\"system_u:system_r:container_t:s0\"", "\"system_u:system_r:spc_t:s0\"",
	  "\"system_u:system_r:container_t:s0:c0.c1023\"", "\"x_u:system_r:container_t:s0\"", "\"\"", "null", "7", "\":::\"",
	  "\"system_u:system_r:container_t:s0:c1,c2,c3\"", "\"container_t\"", "\"system_u:system_r:container_t :s0\"",
	  "\"system_u:system_r:container_t:s0\\u0000\"", "\"system_u:system_r:container_t:s0-s15:c0.c9\"", "[]"}},
};

static void labels_that_pass_are_for_containers(void **state)
{
	(void)state;
	uint64_t seed = 0x5e11;
	size_t kept = 0;
	const struct facts facts = {0};
	cleanup_json json_t *changes = parse_config("{\"label\":\"system_u:system_r:mine_t:s0\"}");
	start_selinux("1");
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_config(&seed, labels, ARRAY_SIZE(labels));
		struct decision decision = decide_on_random(config, &control_selinux, changes, &facts);
		const char *label = json_string_value(document_get(decision.result, "/process/selinuxLabel"));
		assert_int_not_equal(decision.verdict, VERDICT_REFUSED);
		assert_non_null(label);
		bool own = strcmp(label, "system_u:system_r:mine_t:s0") == 0;
		kept += !own;
		assert_true(own || strcmp(label, "system_u:system_r:container_t:s0") == 0 ||
			    strcmp(label, "system_u:system_r:container_t:s0:c1,c2") == 0);
		decision_release(&decision);
	}
	end_selinux();
	assert_true(kept > 0 && kept < ROUNDS);
}

static void what_selinux_does_is_read_from_the_kernel(void **state)
{
	(void)state;
	static const struct {
		const char *mode;
		enum selinux_state expected;
	} rows[] = {{"1", SELINUX_ENFORCING}, {"1\n", SELINUX_ENFORCING}, {"0", SELINUX_PERMISSIVE},
		    {"", SELINUX_PERMISSIVE}, {"11", SELINUX_PERMISSIVE}};
	enum selinux_state found = SELINUX_PERMISSIVE;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		start_selinux(rows[i].mode);
		assert_int_equal(selinux_read_state(&found, NULL), 0);
		assert_int_equal(found, rows[i].expected);
		end_selinux();
	}
	selinux_use_folder("");
	assert_int_equal(selinux_read_state(&found, NULL), 0);
	assert_int_equal(found, SELINUX_ABSENT);
	/* in doubt nothing starts */
	selinux_use_folder("/nonexistent/selinux");
	assert_true(selinux_read_state(&found, NULL) < 0);
	selinux_use_folder(NULL);
}

static const char *const notes[] = {
	"\"note\":\"x\"", "\"bundle\":\"x\"", "\"Bundle=/x\":\"y\"", "\"bundle=\":\"y\"", "\"bundled\":\"x\"", "\"RUN.oci.x\":\"1\"",
	"\"run.oci.handler\":\"wasm\"", "\"org.criu.config\":\"x\"", "\"org.systemd.property.A\":\"1\"", "\"krun.cpus\":\"1\"",
	"\"module.wasm.image/variant\":\"compat\"", "\"my.run.oci.x\":\"1\"",
};

static void annotations_that_stay_are_no_orders(void **state)
{
	(void)state;
	static const char *const orders[] = {"bundle=", "run.oci.", "org.criu.", "org.systemd.", "krun.", "module."};
	uint64_t seed = 0xa110;
	const struct facts facts = {0};
	size_t left = 0;
	for (size_t i = 0; i < ROUNDS; i++) {
		const char *key;
		json_t *value;
		cleanup_json json_t *config = random_config(&seed, NULL, 0);
		put(config, "/annotations", random_object(&seed, notes, ARRAY_SIZE(notes), 4));
		struct decision decision = decide_on_random(config, &control_annotations, NULL, &facts);
		json_t *annotations = document_get(decision.result, "/annotations");
		json_object_foreach(annotations, key, value) {
			left++;
			assert_true(strcasecmp(key, "bundle") != 0);
			for (size_t o = 0; o < ARRAY_SIZE(orders); o++)
				assert_true(strncasecmp(key, orders[o], strlen(orders[o])) != 0);
		}
		decision_release(&decision);
	}
	assert_true(left > 0);
}

static void programs_of_processes(void **state)
{
	(void)state;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)execl("/bin/sleep", "sleep", "60", (char *)NULL);
		_exit(1);
	}
	char path[64], odd[64];
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)child);
	(void)snprintf(odd, sizeof(odd), "/proc/0%d/exe", (int)child);
	bool seen = false;
	for (int try = 0; try < 1000 && !seen; try++) {
		seen = program_is_of_process(path, "sleep");
		(void)usleep(5000);
	}
	bool other = program_is_of_process(path, "dockerd"), zero = program_is_of_process(odd, "sleep");
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	assert_true(seen);
	assert_false(other);
	assert_false(zero);
	assert_false(program_is_of_process(path, "sleep"));
	assert_false(program_is_of_process("/proc/self/exe", "test_host_controls"));
	assert_false(program_is_of_process("/bin/sleep", "sleep"));
}

static void programs_are_roots_alone(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		bool fine;
	} rows[] = {{"/usr/bin/env", true},  {"/bin/sh", true},		{"/usr//bin/env", false}, {"/usr/bin/../bin/env", false},
		    {"usr/bin/env", false},  {"/usr/bin", false},	{"/etc/passwd", false},	  {"/usr/bin/env/", false},
		    {"/dev/null", false},    {"/nonexistent/x", false}, {"/tmp/x", false},	  {"", false}};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if ((program_check(rows[i].path, NULL) == 0) != rows[i].fine)
			fail_msg("%s", rows[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_settings_that_pass_are_the_containers_own),
		cmocka_unit_test(hooks_that_pass_are_listed_and_have_an_environment),
		cmocka_unit_test(an_engines_own_hook_needs_no_entry),
		cmocka_unit_test(variables_of_hooks),
		cmocka_unit_test(groups_that_pass_are_the_containers_own),
		cmocka_unit_test(nothing_is_taken_from_the_host),
		cmocka_unit_test(update_and_exec_are_judged_at_their_own_places),
		cmocka_unit_test(labels_that_pass_are_for_containers),
		cmocka_unit_test(what_selinux_does_is_read_from_the_kernel),
		cmocka_unit_test(annotations_that_stay_are_no_orders),
		cmocka_unit_test(programs_of_processes),
		cmocka_unit_test(programs_are_roots_alone),
	};
	return cmocka_run_group_tests_name("host controls", tests, NULL, NULL);
}
