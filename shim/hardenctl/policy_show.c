#include "shim/hardenctl/policy_show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"
#include "policy/rules/generation_format.h"
#include "policy/rules/open_policy.h"

static void print_time(const char *before, time_t moment, const char *after)
{
	char text[64] = "?";
	struct tm utc;
	if (gmtime_r(&moment, &utc))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &utc);
	(void)printf("%s%s%s", before, text, after);
}

static void print_value(const json_t *value)
{
	cleanup_json json_t *shown = setting_shown(value);
	cleanup_free char *text = json_dumps(shown, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	(void)printf("%s", json_is_null(value) ? "not set" : text ? text : "?");
}

/* The keys of some settings in the table's order: "  key: value". */
static void print_settings(const struct control *control, const json_t *own, const char *indent)
{
	for (const struct policy_key *key = control->keys; key->type != KEY_END; key++) {
		const json_t *value = json_object_get(own, key->name);
		if (!value)
			continue;
		(void)printf("%s%s: ", indent, key->name);
		print_value(value);
		(void)printf("\n");
	}
}

static void print_controls(const json_t *settings, const char *indent, const char *deeper)
{
	for (size_t i = 0; i < control_count; i++) {
		const json_t *own = json_object_get(settings, controls[i]->name);
		const char *action = json_string_value(json_object_get(own, "action"));
		if (json_object_size(own) == 0)
			continue;
		(void)printf("%s%s%s%s\n", indent, controls[i]->name, action ? ": " : "", action ? action : "");
		print_settings(controls[i], own, deeper);
	}
}

static void print_exec(const json_t *exec, const char *indent)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)exec, key, value)
		(void)printf("%sexec/%s: %s\n", indent, key, json_string_value(value));
}

void policy_show_flaws(const json_t *pin)
{
	size_t index;
	json_t *flaw;
	json_array_foreach(json_object_get(pin, "flaws"), index, flaw)
		(void)printf("%s%s", index ? ", " : "  known flaws that are not fixed in it: ", json_string_value(flaw));
	if (index)
		(void)printf(" (control backend)\n");
}

static void print_backend(const json_t *backend)
{
	const char *name = json_string_value(json_object_get(backend, "name"));
	const char *path = json_string_value(json_object_get(backend, "path"));
	const char *minimum = json_string_value(json_object_get(backend, "minimum"));
	const json_t *pin = json_object_get(backend, "pin");
	(void)printf("backend: %s%s%s", name ? name : path, minimum ? ", at least " : "", minimum ? minimum : "");
	if (json_is_object(pin))
		(void)printf(" (pinned: %s, version %s)", json_string_value(json_object_get(pin, "path")),
			     json_string_value(json_object_get(pin, "version")));
	(void)printf("\n");
	policy_show_flaws(pin);
}

static void print_scopes(const json_t *scopes)
{
	size_t index;
	json_t *scope;
	json_array_foreach(scopes, index, scope)
	{
		const char *mode = json_string_value(json_object_get(scope, "mode"));
		(void)printf("\n%s:\n", json_string_value(json_object_get(scope, "title")));
		if (mode)
			(void)printf("  mode: %s\n", mode);
		print_exec(json_object_get(scope, "exec"), "  ");
		print_controls(json_object_get(scope, "controls"), "  ", "    ");
	}
}

/* "sha256:…", or the signers to whom it is bound. One of several signers stands under each
 * of them: told once, under the first. */
static bool is_told_here(const char *digest, const json_t *exception)
{
	const json_t *of = json_object_get(json_object_get(exception, "signed-by"), "of");
	uint8_t key[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	if (!of || generation_signer_key(json_string_value(json_array_get(of, 0)), key) < 0)
		return true;
	generation_digest_print(key, hex);
	return strcmp(digest + strlen("sha256:"), hex) == 0;
}

static void print_bound(const char *digest, const json_t *exception)
{
	const json_t *signed_by = json_object_get(exception, "signed-by");
	const char *image = json_string_value(json_object_get(exception, "image"));
	const char *trust = json_string_value(json_object_get(exception, "trust"));
	(void)printf("\nexception %s for ", json_string_value(json_object_get(exception, "name")));
	if (signed_by)
		policy_show_signed_by(signed_by);
	else
		(void)printf("%s", digest);
	(void)printf("%s%s\n", image ? ", image " : "", image ? image : "");
	if (trust)
		(void)printf("  trust/action: %s\n", trust);
}

static void print_exception(const char *digest, const json_t *exception, time_t now)
{
	if (!is_told_here(digest, exception))
		return;
	time_t ends = json_integer_value(json_object_get(exception, "ends"));
	cleanup_json json_t *shown = setting_shown(json_object_get(exception, "changes"));
	cleanup_free char *changes = json_dumps(shown, JSON_SORT_KEYS);
	cleanup_free char *when = json_dumps(json_object_get(exception, "when"), JSON_SORT_KEYS);
	print_bound(digest, exception);
	(void)printf("  reason: %s\n", json_string_value(json_object_get(exception, "reason")));
	if (json_object_size(json_object_get(exception, "when")))
		(void)printf("  when: %s\n", when ? when : "?");
	if (json_object_size(json_object_get(exception, "changes")))
		(void)printf("  controls: %s\n", changes ? changes : "?");
	print_exec(json_object_get(exception, "exec"), "  ");
	print_time(now < ends ? "  ends: " : "  ended, holds no more: ", ends, "\n");
}

static int print_exceptions(const struct generation *generation, time_t now, struct error **error)
{
	for (size_t i = 0; i < generation_exception_count(generation); i++) {
		cleanup_free char *digest = NULL;
		cleanup_json json_t *list = NULL;
		int result = generation_exception_at(generation, i, &digest, &list, error);
		if (result < 0)
			return result;
		for (size_t j = 0; j < json_array_size(list); j++)
			print_exception(digest, json_array_get(list, j), now);
	}
	return 0;
}

static int print_source(const struct policy *policy, struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	if (!policy->generation)
		return error_set(error, ENOENT, "no policy was applied, so there is no source: the built-in profile "
				 "restricted holds");
	int result = generation_source(policy->generation, &text, &length, error);
	if (result == 0)
		(void)fwrite(text, 1, length, stdout);
	return result;
}

static void print_head(const struct policy *policy)
{
	const json_t *base = policy->base;
	const char *profile = json_string_value(json_object_get(base, "profile"));
	if (policy->generation) {
		(void)printf("generation %" PRIu64 ", on profile %s", policy_generation(policy), profile);
		print_time(", activated ", policy_activated(policy), "\n");
	} else {
		(void)printf("no policy was applied: the built-in profile %s holds\n", profile);
	}
	(void)printf("mode: %s\n", json_string_value(json_object_get(base, "mode")));
	print_backend(json_object_get(base, "backend"));
	print_exec(json_object_get(base, "exec"), "");
	(void)printf("log/required: %s\n",
		     json_is_true(json_object_get(json_object_get(base, "log"), "required")) ? "true" : "false");
}

int policy_show(const char *state_directory, bool source, time_t now, struct error **error)
{
	cleanup_policy struct policy *policy = NULL;
	int result = policy_open(state_directory, &policy, error);
	if (result == 0 && policy->generation)
		result = generation_verify(policy->generation, error);
	if (result < 0 || source)
		return result < 0 ? result : print_source(policy, error);
	print_head(policy);
	result = policy_show_trust(policy, error);
	if (result < 0)
		return result;
	(void)printf("\ncontrols:\n");
	print_controls(json_object_get(policy->base, "controls"), "  ", "    ");
	print_scopes(json_object_get(policy->base, "scopes"));
	size_t index;
	json_t *note;
	json_array_foreach(policy->notes, index, note)
		(void)printf("\nnote: %s\n", json_string_value(note));
	return policy->generation ? print_exceptions(policy->generation, now, error) : 0;
}
