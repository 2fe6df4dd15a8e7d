/* The process: a working directory that leads into /proc by links, in the image or in a
 * mounted folder; whatever comes in, nothing of a value gets into a finding. */
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/process_environment.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/tests/mount_support.h"
#include "policy/tests/random_config.h"

#define ROUNDS 4000
#define CANARY "canary-0815"

struct fixture {
	char *directory, *rootfs, *volume;
};

static char *below(const char *directory, const char *name)
{
	char *path = NULL;
	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	return path;
}

static void make_link_below(const char *directory, const char *name, const char *target)
{
	cleanup_free char *path = below(directory, name);
	make_link(target, path);
}

static void make_folder_below(const char *directory, const char *name)
{
	cleanup_free char *path = below(directory, name);
	make_folder(path);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	assert_non_null(fixture);
	fixture->directory = make_temporary_directory();
	fixture->rootfs = below(fixture->directory, "rootfs");
	fixture->volume = below(fixture->directory, "volume");
	make_folder_below(fixture->rootfs, "srv/app");
	make_folder_below(fixture->rootfs, "data");
	make_folder(fixture->volume);
	make_link_below(fixture->rootfs, "srv/direct", "/proc/self/fd/7");
	make_link_below(fixture->rootfs, "srv/relative", "../proc/self/fd");
	make_link_below(fixture->rootfs, "srv/first", "second");
	make_link_below(fixture->rootfs, "srv/second", "/srv/third/x");
	make_link_below(fixture->rootfs, "srv/third", "/dev/fd");
	make_link_below(fixture->rootfs, "srv/loop", "loop");
	make_link_below(fixture->rootfs, "srv/harmless", "app");
	make_link_below(fixture->rootfs, "srv/climbs", "../../../../../proc/1");
	make_link_below(fixture->rootfs, "to-data", "/data");
	make_link_below(fixture->volume, "link", "/proc/self/fd/8");
	make_link_below(fixture->volume, "back", "/srv/direct");
	make_link_below(fixture->volume, "round", "/data/round");
	make_folder_below(fixture->volume, "plain");
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	remove_tree(fixture->directory);
	free(fixture->directory);
	free(fixture->rootfs);
	free(fixture->volume);
	free(fixture);
	return 0;
}

/* What is found at /process/cwd, or NULL. The caller frees it. */
static char *judge_directory(struct fixture *fixture, const char *path)
{
	cleanup_json json_t *config = json_pack("{s:{s:s}, s:[{s:s, s:s, s:s, s:[s]}, {s:s, s:s}, {s:s, s:s, s:s}]}",
						"process", "cwd", path, "mounts", "destination", "/data", "type", "bind",
						"source", fixture->volume, "options", "rbind", "destination", "/other",
						"type", "proc", "destination", "/host-proc", "type", "bind", "source",
						"/proc/");
	cleanup_json json_t *settings = settings_for_only(&control_process, NULL);
	struct facts facts = {.rootfs = fixture->rootfs};
	struct decision decision = decide_lawfully(config, settings, &facts);
	char *why = decision.findings.count ? strdup(finding_at(&decision, "/process/cwd")->why) : NULL;
	assert_int_equal(decision.verdict, why ? VERDICT_REFUSED : VERDICT_CLEAN);
	decision_release(&decision);
	return why;
}

static void links_that_lead_into_proc_are_refused(void **state)
{
	static const struct {
		const char *path, *said; /* NULL: harmless */
	} rows[] = {
		{"/", NULL},
		{"/srv/app", NULL},
		{"/srv/harmless", NULL},
		{"/srv/not/there", NULL},
		{"/data/plain", NULL},
		{"/data/not-there", NULL},
		{"/srv/direct", "leads to \"/proc/self/fd/7\""},
		{"/srv/relative/7", "leads to \"/proc/self/fd/7\""},
		{"/srv/app/../direct", "leads to \"/proc/self/fd/7\""},
		{"/srv/first", "leads to \"/dev/fd/x\""},
		{"/srv/climbs/fd", "leads to \"/proc/1/fd\""},
		{"/srv/loop", "looping"},
		{"/data/link", "leads to \"/proc/self/fd/8\""},
		{"/to-data/link", "leads to \"/proc/self/fd/8\""},
		{"/data/back", "leads to \"/proc/self/fd/7\""},
		{"/data/round", "looping"},
		{"/other/self/fd/7", "in /proc"},
		{"/host-proc/1/root", "in /proc"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *why = judge_directory(*state, rows[i].path);
		if (!!why != !!rows[i].said || (why && !strstr(why, rows[i].said)))
			fail_msg("%s: %s", rows[i].path, why ? why : "passes");
	}
}

/* exec judges process.json, which has no mounts: pointers start at its top. */
static void exec_is_judged_too(void **state)
{
	struct fixture *fixture = *state;
	cleanup_json json_t *process = json_pack("{s:s, s:[s, s]}", "cwd", "/srv/direct", "env", "A=b",
						 "DB_PASSWORD=" CANARY);
	cleanup_json json_t *settings = settings_for_only(&control_process, NULL);
	struct facts facts = {.rootfs = fixture->rootfs};
	struct decision decision;
	assert_int_equal(decide(process, VERB_EXEC, MODE_ENFORCE, settings, &facts, &decision, NULL), 0);
	assert_int_equal(decision.findings.count, 2);
	assert_int_equal(finding_at(&decision, "/cwd")->outcome, OUTCOME_REFUSED);
	assert_int_equal(finding_at(&decision, "/env/1")->outcome, OUTCOME_NOTED);
	decision_release(&decision);
}

/* The running container's own links are in no image. This process stands for it. */
static void exec_is_judged_where_the_container_runs(void **state)
{
	(void)state;
	cleanup_free char *folder = make_temporary_directory();
	cleanup_free char *self = NULL, *root = NULL, *absent = NULL;
	assert_true(asprintf(&self, "%s/self", folder) > 0);
	assert_true(asprintf(&root, "%s/root", folder) > 0);
	assert_true(asprintf(&absent, "%s/absent", folder) > 0);
	assert_int_equal(symlink("/proc/self", self), 0);
	assert_int_equal(symlink("/proc/self/root", root), 0);
	const struct {
		const char *path, *said; /* said: NULL passes */
		int64_t process;
	} rows[] = {
		{self, "in /proc", getpid()}, {root, "a link in its /proc", getpid()}, {folder, NULL, getpid()},
		{absent, "does not have", getpid()}, {absent, NULL, INT64_MAX}, {self, NULL, 0},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *process = json_pack("{s:s}", "cwd", rows[i].path);
		cleanup_json json_t *settings = settings_for_only(&control_process, NULL);
		struct facts facts = {.init_process = rows[i].process};
		struct decision decision;
		assert_int_equal(decide(process, VERB_EXEC, MODE_ENFORCE, settings, &facts, &decision, NULL), 0);
		assert_int_equal(decision.findings.count, rows[i].said ? 1 : 0);
		if (rows[i].said)
			assert_non_null(strstr(finding_at(&decision, "/cwd")->why, rows[i].said));
		decision_release(&decision);
	}
	remove_tree(folder);
}

static void variables_are_told_apart(void **state)
{
	(void)state;
	static const struct {
		const char *entry;
		enum variable_kind kind;
	} rows[] = {
		{"PASSWORD=x", VARIABLE_SECRET_NAME},	{"pgpassword=x", VARIABLE_SECRET_NAME},
		{"TOKEN=x", VARIABLE_SECRET_NAME},	{"NPM_TOKEN=x", VARIABLE_SECRET_NAME},
		{"DB_PASS=x", VARIABLE_SECRET_NAME},	{"COMPASS=north", VARIABLE_PLAIN},
		{"api-key.api_key=x", VARIABLE_SECRET_NAME}, {"KEY=x", VARIABLE_PLAIN},
		{"SECRET_NAME=x", VARIABLE_PLAIN},	{"PASSWORD", VARIABLE_PLAIN},
		{"=PASSWORD", VARIABLE_PLAIN},		{"", VARIABLE_PLAIN},
		{"A=hvs.0123456789012345678901", VARIABLE_SECRET_VALUE}, {"A=hvs.0", VARIABLE_PLAIN},
		{"A=eyJa.b", VARIABLE_PLAIN},		{"A=eyJa.b.c.d", VARIABLE_PLAIN},
		{"A=eyJa.b.c", VARIABLE_SECRET_VALUE},	{"A=eyJa..c", VARIABLE_PLAIN},
		{"A=amqp://u:p@h:1/v", VARIABLE_SECRET_VALUE}, {"A=amqp://u:@h", VARIABLE_PLAIN},
		{"A=http://h/u:p@x", VARIABLE_PLAIN},	{"LD_=x", VARIABLE_PLAIN},
		{"LD_X=x", VARIABLE_LOADER},		{"ld_preload=x", VARIABLE_PLAIN},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (process_environment_kind(rows[i].entry) != rows[i].kind)
			fail_msg("%s: %d", rows[i].entry, process_environment_kind(rows[i].entry));
}

static const struct random_field fields[] = {
	{"/process/cwd", {"\"/\"", "\"\"", "\"/proc/self/fd/3\"", "\"x/../proc\"", "\"/a//b/./..\"", "null", "7", "[]",
			  "\"/dev/fd\"", "\"/srv\\u0000\"", "\"/srv/app\""}},
	{"/process/env",
	 {"[]", "null", "{}", "7", "[\"A=b\"]", "[\"SECRET=" CANARY "\"]", "[\"LD_PRELOAD=" CANARY "\",7]",
	  "[\"X=ghp_" CANARY "0123456789012345678901234567890\"]", "[\"A=http://u:" CANARY "@h\",\"A=b\",\"A=b\"]",
	  "[\"PASSWORD=" CANARY "\\u0000\"]", "[\"PASSWORD" CANARY "\"]", "[null]", "[\"=" CANARY "\"]"}},
	{"/process/args",
	 {"[]", "null", "7", "[\"sshd\"]", "[7]", "[\"sh\",\"-c\"]", "[\"sh\",\"-c\",\"sshd " CANARY "\"]",
	  "[\"tini\"]", "[\"tini\",\"--\",\"/usr/sbin/sshd\",\"" CANARY "\"]", "[\"" CANARY "\"]", "[\"sh\",\"-c\",null]"}},
	{"/mounts", {"[]", "[{\"destination\":\"/srv\",\"source\":\"/proc\",\"type\":\"bind\"}]",
		     "[{\"destination\":7}]", "[{\"destination\":\"/\",\"options\":[\"bind\"],\"source\":\"/\"}]"}},
};

static void assert_no_value(const struct decision *decision)
{
	for (size_t i = 0; i < decision->findings.count; i++) {
		const struct finding *finding = &decision->findings.items[i];
		cleanup_free char *sentence = finding_sentence(finding);
		cleanup_free char *remedy = finding->remedy ? json_dumps(finding->remedy, 0) : NULL;
		cleanup_free char *before = finding->before ? json_dumps(finding->before, JSON_ENCODE_ANY) : NULL;
		if (strstr(sentence, CANARY) || (remedy && strstr(remedy, CANARY)) ||
		    (before && strstr(before, CANARY)))
			fail_msg("a finding shows a value: %s", sentence);
	}
}

static void random_processes_are_judged_lawfully_and_in_silence(void **state)
{
	struct fixture *fixture = *state;
	static const char *const words[] = {"refuse", "note"};
	uint64_t seed = 0x5e17;
	struct facts facts = {.rootfs = fixture->rootfs};
	size_t verdicts[4] = {0};
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_config(&seed, fields, ARRAY_SIZE(fields));
		const char *word = words[random_next(&seed) % 2];
		cleanup_json json_t *changes = json_pack("{s:s, s:s, s:s}", "secrets", word, "loader-variables", word,
							 "sshd", word);
		struct decision decision = decide_on_random(config, &control_process, changes, &facts);
		assert_no_value(&decision);
		verdicts[decision.verdict]++;
		decision_release(&decision);
	}
	assert_true(verdicts[VERDICT_REFUSED] > 0 && verdicts[VERDICT_CLEAN] > 0);
	assert_int_equal(verdicts[VERDICT_REWRITTEN], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(links_that_lead_into_proc_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(exec_is_judged_too, set_up, tear_down),
		cmocka_unit_test(exec_is_judged_where_the_container_runs),
		cmocka_unit_test(variables_are_told_apart),
		cmocka_unit_test_setup_teardown(random_processes_are_judged_lawfully_and_in_silence, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
