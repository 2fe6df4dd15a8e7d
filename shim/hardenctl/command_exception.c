#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"
#include "policy/rules/selector.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/decision_reader.h"
#include "shim/hardenctl/exception_signers.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/yaml_text.h"

/* The name of what holds an exec, which has a section of its own in a policy. */
#define EXEC "exec"

/* An exception printed today ends in this many days, unless its reader says
 * otherwise. */
#define EXCEPTION_DAYS 90

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Adds the elements of `from` that `into` does not have. */
static int merge_list(json_t *into, const json_t *from)
{
	size_t index, other;
	json_t *item, *present;
	json_array_foreach(from, index, item) {
		bool known = false;
		json_array_foreach(into, other, present)
			known = known || json_equal(present, item);
		if (!known && json_array_append(into, item) < 0)
			return -1;
	}
	return 0;
}

/* Merges one remedy into another: lists are joined, mappings merged, scalars
 * replaced. */
static int merge_settings(json_t *into, const json_t *from)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)from, key, value) {
		json_t *present = json_object_get(into, key);
		int result = 0;
		if (json_is_array(present) && json_is_array(value))
			result = merge_list(present, value);
		else if (json_is_object(present) && json_is_object(value))
			result = merge_settings(present, value);
		else
			result = json_object_set_new(into, key, json_deep_copy(value));
		if (result < 0)
			return result;
	}
	return 0;
}

/* Writes the settings of the policy's own form ("memory.max" in bytes, processors in
 * thousandths) as a file has them. */
static json_t *as_written(const struct control *control, const json_t *remedy)
{
	json_t *written = json_object();
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)remedy, name, value) {
		const struct policy_key *key = control->keys;
		while (key->type != KEY_END && strcmp(key->name, name) != 0)
			key++;
		json_t *shown = key->type == KEY_CPUS && json_is_integer(value)
					? json_real((double)json_integer_value(value) / 1000)
					: json_incref(value);
		const char *dot = strchr(name, '.');
		json_t *place = written;
		if (dot) {
			cleanup_free char *group = strndup(name, (size_t)(dot - name));
			place = json_object_get(written, group);
			if (!place && json_object_set_new(written, group, json_object()) == 0)
				place = json_object_get(written, group);
		}
		(void)json_object_set_new(place, dot ? dot + 1 : name, shown);
	}
	return written;
}

static int add_remedy(json_t *by_control, const json_t *finding)
{
	const char *name = text_of(finding, "control");
	const struct control *control = name ? control_by_name(name) : NULL;
	if (name && strcmp(name, EXEC) == 0)
		return json_object_set_new(by_control, EXEC, json_pack("{s:s}", "action", "audit"));
	if (!control)
		return 0;
	cleanup_json json_t *audit = json_pack("{s:s}", "action", "audit");
	const json_t *remedy = json_object_get(finding, "remedy");
	bool rewritten = text_equal(text_of(finding, "outcome"), "rewritten");
	if (rewritten && json_is_object(remedy) && json_object_size(remedy) == 0)
		return 0;
	cleanup_json json_t *written = as_written(control, json_is_object(remedy) ? remedy : audit);
	json_t *settings = json_object_get(by_control, name);
	if (!settings)
		return json_object_set(by_control, name, written);
	return merge_settings(settings, written);
}

/* Control → settings that would let pass what was refused; with `all`, or where
 * nothing was refused, also what was rewritten. */
static json_t *collect_remedies(const json_t *decision, bool all)
{
	json_t *by_control = json_object();
	const char *verdict = text_of(decision, "verdict");
	bool rewritten = all || !verdict || strcmp(verdict, "refused") != 0;
	size_t index;
	json_t *finding;
	json_array_foreach(json_object_get(decision, "findings"), index, finding) {
		const char *outcome = text_of(finding, "outcome");
		bool wanted = outcome && (strcmp(outcome, "refused") == 0 ||
					  (rewritten && strcmp(outcome, "rewritten") == 0));
		if (wanted && add_remedy(by_control, finding) < 0) {
			json_decref(by_control);
			return NULL;
		}
	}
	return by_control;
}

static void append_changes(struct text *stanza, const char *indent, const json_t *by_control)
{
	const char *name;
	json_t *settings;
	const json_t *exec = json_object_get(by_control, EXEC);
	if (exec) {
		text_append_format(stanza, "%s" EXEC ": ", indent);
		yaml_append(stanza, exec);
		text_append(stanza, "\n");
	}
	if (json_object_size(by_control) > (exec ? 1u : 0u))
		text_append_format(stanza, "%scontrols:\n", indent);
	json_object_foreach((json_t *)(uintptr_t)by_control, name, settings) {
		if (settings == exec)
			continue;
		text_append_format(stanza, "%s  %s: ", indent, name);
		yaml_append(stanza, settings);
		text_append(stanza, "\n");
	}
}

/* Was it refused for what trust demands of its image? What runs already never is. */
static bool lacks_trust(const json_t *decision)
{
	static const char *const starts[] = {"create", "run", "restore"};
	bool is_start = false;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		is_start = is_start || text_equal(text_of(decision, "verb"), starts[i]);
	return is_start && json_is_false(json_object_get(json_object_get(decision, "trust"), "trusted")) &&
	       text_equal(text_of(decision, "verdict"), "refused");
}

static bool is_denied(const json_t *decision)
{
	return json_is_true(json_object_get(json_object_get(decision, "trust"), "denied")) &&
	       text_equal(text_of(decision, "verdict"), "refused");
}

static void append_exception(struct text *stanza, const json_t *decision, const json_t *by_control)
{
	char expires[16];
	time_t end = time(NULL) + EXCEPTION_DAYS * 86400;
	struct tm day;
	(void)strftime(expires, sizeof(expires), "%Y-%m-%d", gmtime_r(&end, &day));
	const char *name = text_of(decision, "name");
	text_append(stanza, "exceptions:\n  - name: ");
	yaml_append_string(stanza, name ? name : text_of(decision, "id"));
	text_append_format(stanza, "\n    for: {digest: \"%s\"}\n", text_of(decision, "digest"));
	exception_append_signers(stanza, decision);
	text_append_format(stanza, "    when: {engine: %s}\n", text_of(decision, "engine"));
	append_changes(stanza, "    ", by_control);
	if (lacks_trust(decision))
		text_append(stanza, "    # it runs, and what it lacks is logged:\n    trust: {action: audit}\n");
	text_append_format(stanza,
			   "    reason: \"say here who allows this and why (decision %s)\"\n    expires: %s\n",
			   text_of(decision, "id"), expires);
}

/* The namespace, where the engine sets it. One that a container's user chooses cannot
 * select what is looser, so that lint would not take it. */
static const char *namespace_of_scope(const json_t *decision)
{
	const char *namespace = text_of(decision, "namespace");
	cleanup_json json_t *selector =
		json_pack("{s:s?, s:s?}", "engine", text_of(decision, "engine"), "namespace", namespace);
	return selector && selector_is_engine_set(selector) ? namespace : NULL;
}

static void append_scope(struct text *stanza, const json_t *decision, const json_t *by_control)
{
	const char *namespace = namespace_of_scope(decision);
	text_append_format(stanza,
			   "# No image digest is proven for this container, so no exception can be bound to it.\n"
			   "# This loosens the policy for all of its engine's %s instead: keep it small.\n"
			   "scopes:\n  - for: {engine: %s",
			   namespace ? "namespace" : "containers", text_of(decision, "engine"));
	if (namespace) {
		text_append(stanza, ", namespace: ");
		yaml_append_string(stanza, namespace);
	}
	text_append(stanza, "}\n");
	append_changes(stanza, "    ", by_control);
}

/* No scope and no exception can name such a container: the policy's own values hold. */
static void append_for_all(struct text *stanza, const json_t *by_control)
{
	text_append(stanza,
		    "# The signs of which engine this container is of contradict each other, so neither an exception\n"
		    "# nor a scope can be made for it: rather call the runtime as its engine does. This loosens the\n"
		    "# policy for every container.\n");
	append_changes(stanza, "", by_control);
}

static int print_stanza(const json_t *decision, bool all)
{
	cleanup_json json_t *by_control = collect_remedies(decision, all);
	cleanup_text struct text stanza = {0};
	if (!by_control)
		return output_failure(EXIT_UNABLE, NULL);
	if (is_denied(decision)) {
		printf("# No exception lets run what trust/deny names; take its digest out of there (decision %s).\n",
		       text_of(decision, "id"));
		return EXIT_CLEAN;
	}
	bool of_trust = lacks_trust(decision) && text_of(decision, "digest");
	if (json_object_size(by_control) == 0 && !of_trust) {
		const char *error = text_of(decision, "error");
		printf("# Decision %s needs no exception%s%s\n", text_of(decision, "id"),
		       error ? " of a control; its reason says what helps: " : ".", error ? error : "");
		return EXIT_CLEAN;
	}
	const char *engine = text_of(decision, "engine");
	if (engine && strcmp(engine, engine_name(ENGINE_CONTRADICTORY)) == 0)
		append_for_all(&stanza, by_control);
	else if (text_of(decision, "digest"))
		append_exception(&stanza, decision, by_control);
	else
		append_scope(&stanza, decision, by_control);
	cleanup_free char *text = text_finish(&stanza);
	if (!text)
		return output_failure(EXIT_UNABLE, NULL);
	fputs(text, stdout);
	return EXIT_CLEAN;
}

int command_exception(int argc, char **argv)
{
	bool all = false;
	const char *key = NULL;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			puts("Usage: hardenctl exception [--all] ID|CONTAINER\n\n"
			     "Prints what to paste into the policy so that the workload of that decision is let\n"
			     "through: an exception bound to its image's digest where that is proven, else a scope.\n"
			     "With --all, what was only rewritten is left as it came as well.");
			return EXIT_CLEAN;
		}
		if (strcmp(argv[i], "--all") == 0)
			all = true;
		else if (argv[i][0] == '-' || key)
			return output_usage_error("exception", argv[i]);
		else
			key = argv[i];
	}
	if (!key)
		return output_usage_error("exception", NULL);
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *decision = NULL;
	if (decision_find(key, &decision, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	return print_stanza(decision, all);
}
