/* Data cases: policy/controls/cases/CONTROL/CASE/ with
 *   config.json    what comes in
 *   settings.json  optional: settings of CONTROL that differ from its fallback
 *   facts.json     optional: {"engine": "docker", "bundle": …, "rootfs": …, "id": …, "namespace": …,
 *                   "exposure": {"ports": [{"container", "address", "port"}], "restart",
 *                   "maximum", "all", "privileged"}, "flaws": [CVE, …], "no-pivot": true,
 *                   "descriptors": 1, …}
 *   apparmor-profiles  optional: the kernel's list of AppArmor profiles; without it
 *                  the kernel has no AppArmor
 *   selinux/       optional: what stands in place of /sys/fs/selinux; without it the kernel
 *                  has no SELinux
 *   expected.json  {"verdict": "rewritten",
 *                   "findings": {POINTER: a part of its `why`, …},   all of them
 *                   "result": {POINTER: value, …}, "absent": [POINTER, …]}
 * Only CONTROL is on. The two laws are checked for every case. */
#include "policy/tests/support.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/host/apparmor.h"
#include "policy/host/selinux.h"

#define CASES "policy/controls/cases"

static json_t *load(const char *directory, const char *name, enum document_kind kind, bool optional)
{
	char path[1024];
	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (optional && access(path, F_OK) < 0)
		return NULL;
	cleanup_error struct error *error = NULL;
	cleanup_free char *text = NULL;
	size_t length = 0;
	json_t *root = NULL;
	if (file_read(path, DOCUMENT_SIZE, &text, &length, &error) < 0 ||
	    document_parse(text, length, kind, &root, &error) < 0)
		fail_msg("%s: %s", path, error_message(error));
	return root;
}

static void load_exposure(const json_t *given, struct facts *facts)
{
	size_t index;
	json_t *port;
	struct exposure *exposure = &facts->exposure;
	const char *restart = json_string_value(json_object_get(given, "restart"));
	exposure->store = "hostconfig.json";
	json_array_foreach(json_object_get(given, "ports"), index, port)
		assert_int_equal(facts_add_port(facts, json_string_value(json_object_get(port, "container")),
						json_string_value(json_object_get(port, "address")),
						json_string_value(json_object_get(port, "port")), index), 0);
	exposure->restart_policy = restart ? strdup(restart) : NULL;
	exposure->restart_maximum = json_integer_value(json_object_get(given, "maximum"));
	if (json_is_true(json_object_get(given, "all")))
		exposure->publishes_all = "/hostconfig.json/PublishAllPorts";
	if (json_is_true(json_object_get(given, "privileged")))
		exposure->privileged = "/hostconfig.json/Privileged";
}

static void load_facts(const char *directory, struct facts *facts)
{
	cleanup_json json_t *given = load(directory, "facts.json", DOCUMENT_PLAIN, true);
	const struct {
		const char *key;
		char **place;
	} texts[] = {{"id", &facts->id}, {"bundle", &facts->bundle}, {"rootfs", &facts->rootfs},
		     {"storage", &facts->storage}, {"foreign-root", &facts->foreign_root}};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = json_string_value(json_object_get(given, texts[i].key));
		*texts[i].place = text ? strdup(text) : NULL;
	}
	const char *namespace = json_string_value(json_object_get(given, "namespace"));
	if (namespace)
		assert_int_equal(fact_set(&facts->namespace, namespace, PROVENANCE_ENGINE), 0);
	load_exposure(json_object_get(given, "exposure"), facts);
	facts->backend_flaws = json_incref(json_object_get(given, "flaws"));
	const struct {
		const char *key;
		bool *place;
	} flags[] = {{"no-pivot", &facts->no_pivot}, {"no-new-keyring", &facts->no_new_keyring},
		     {"notify-socket", &facts->notify_socket}};
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		*flags[i].place = json_is_true(json_object_get(given, flags[i].key));
	facts->passed_descriptors = (uint64_t)json_integer_value(json_object_get(given, "descriptors"));
	const char *engine = json_string_value(json_object_get(given, "engine"));
	if (engine)
		assert_int_equal(engine_from_name(engine, &facts->engine), 0);
}

static void compare_findings(const char *name, const json_t *expected, const struct decision *decision)
{
	const char *pointer;
	json_t *part;
	json_object_foreach((json_t *)(uintptr_t)expected, pointer, part)
	{
		const struct finding *finding = finding_at(decision, pointer);
		if (!strstr(finding->why, json_string_value(part)))
			fail_msg("%s: %s: why \"%s\" does not say \"%s\"", name, pointer, finding->why,
				 json_string_value(part));
	}
	for (size_t i = 0; i < decision->findings.count; i++)
		if (!json_object_get(expected, decision->findings.items[i].pointer))
			fail_msg("%s: unexpected: %s", name, finding_sentence(&decision->findings.items[i]));
}

static void compare_result(const char *name, const json_t *expected, const json_t *result)
{
	const char *pointer;
	json_t *value;
	json_object_foreach(json_object_get(expected, "result"), pointer, value)
	{
		const json_t *actual = document_get(result, pointer);
		if (!json_equal(actual, value)) {
			cleanup_free char *text = actual ? json_dumps(actual, JSON_ENCODE_ANY) : NULL;
			fail_msg("%s: %s is %s", name, pointer, text ? text : "absent");
		}
	}
	size_t index;
	json_array_foreach(json_object_get(expected, "absent"), index, value)
		if (document_get(result, json_string_value(value)))
			fail_msg("%s: %s is still there", name, json_string_value(value));
}

static void run_case(const struct control *control, const char *directory)
{
	cleanup_json json_t *config = load(directory, "config.json", DOCUMENT_CONFIG, false);
	cleanup_json json_t *changes = load(directory, "settings.json", DOCUMENT_PLAIN, true);
	cleanup_json json_t *expected = load(directory, "expected.json", DOCUMENT_PLAIN, false);
	cleanup_json json_t *settings = settings_for_only(control, changes);
	struct facts facts = {0};
	load_facts(directory, &facts);
	char profiles[640], selinux[640];
	(void)snprintf(profiles, sizeof(profiles), "%s/apparmor-profiles", directory);
	apparmor_use_profiles(access(profiles, F_OK) == 0 ? profiles : "");
	(void)snprintf(selinux, sizeof(selinux), "%s/selinux", directory);
	selinux_use_folder(access(selinux, F_OK) == 0 ? selinux : "");
	struct decision decision = decide_lawfully(config, settings, &facts);
	const char *verdict = json_string_value(json_object_get(expected, "verdict"));
	if (!text_equal(verdict, verdict_name(decision.verdict)))
		fail_msg("%s: verdict is %s", directory, verdict_name(decision.verdict));
	compare_findings(directory, json_object_get(expected, "findings"), &decision);
	compare_result(directory, expected, decision.result);
	decision_release(&decision);
	facts_release(&facts);
}

static size_t run_cases_of(const struct control *control)
{
	char path[256];
	(void)snprintf(path, sizeof(path), CASES "/%s", control->name);
	cleanup_closedir DIR *directory = opendir(path);
	size_t count = 0;
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		if (entry->d_name[0] == '.')
			continue;
		char one[600];
		(void)snprintf(one, sizeof(one), "%s/%s", path, entry->d_name);
		run_case(control, one);
		count++;
	}
	return count;
}

static void every_control_has_cases_that_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < control_count; i++)
		if (run_cases_of(controls[i]) == 0)
			fail_msg("control %s has no data case in " CASES, controls[i]->name);
}

static void every_control_is_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < control_count; i++) {
		const struct control *control = controls[i];
		if (!control->summary || !control->risk || !control->verbs)
			fail_msg("control %s lacks summary, risk or verbs", control->name);
		json_decref(settings_fallback(action_words[control->action], control->keys));
		for (const struct policy_key *key = control->keys; key->type != KEY_END; key++)
			if (!key->help)
				fail_msg("control %s: key %s has no help", control->name, key->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_control_has_cases_that_hold),
		cmocka_unit_test(every_control_is_described),
	};
	return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
