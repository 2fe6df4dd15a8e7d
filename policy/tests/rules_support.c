#include "policy/tests/rules_support.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/generation.h"

static void write_map(const char *path, const char *text)
{
	cleanup_fclose FILE *file = fopen(path, "we");
	if (!file || fputs(text, file) < 0)
		fail_msg("%s: %s", path, strerror(errno));
}

/* Without root a user namespace gives the right to mount. */
static void enter_namespaces(void)
{
	char map[64];
	unsigned uid = getuid(), gid = getgid();
	if (uid == 0) {
		assert_int_equal(unshare(CLONE_NEWNS), 0);
	} else {
		assert_int_equal(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
		write_map("/proc/self/setgroups", "deny");
		(void)snprintf(map, sizeof(map), "0 %u 1", uid);
		write_map("/proc/self/uid_map", map);
		(void)snprintf(map, sizeof(map), "0 %u 1", gid);
		write_map("/proc/self/gid_map", map);
	}
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
}

const char *make_trusted_directory(const char *size)
{
	static bool entered;
	char options[64];
	if (!entered)
		enter_namespaces();
	entered = true;
	(void)snprintf(options, sizeof(options), "mode=0755,size=%s", size);
	assert_int_equal(mount("test", "/mnt", "tmpfs", MS_NOSUID | MS_NODEV, options), 0);
	return "/mnt/state";
}

char *problems_of(const char *text)
{
	struct problems problems = {0};
	struct compiled compiled = {0};
	const struct compile_options options = {.now = NOON_2027_01_01};
	compile_text("p.yaml", text, strlen(text), &options, &problems, &compiled);
	struct text all = {0};
	for (size_t i = 0; i < problems.count; i++)
		text_append_format(&all, "%s\n", problems.items[i].text);
	compiled_release(&compiled);
	problems_release(&problems);
	return text_finish(&all);
}

struct compiled compile_or_fail(const char *text)
{
	struct problems problems = {0};
	struct compiled compiled = {0};
	const struct compile_options options = {.now = NOON_2027_01_01};
	compile_text("p.yaml", text, strlen(text), &options, &problems, &compiled);
	for (size_t i = 0; i < problems.count; i++)
		print_error("%s\n", problems.items[i].text);
	assert_int_equal(problems.count, 0);
	assert_non_null(compiled.base);
	problems_release(&problems);
	return compiled;
}

uint64_t apply_text(const char *state_directory, const char *text, time_t activated)
{
	struct compiled compiled = compile_or_fail(text);
	const struct generation_content content = {
		.base = compiled.base, .exceptions = compiled.exceptions, .trust = compiled.trust, .source = compiled.source, .activated = activated};
	uint64_t number = 0;
	struct error *error = NULL;
	if (generation_apply(state_directory, &content, &number, &error) < 0)
		fail_msg("apply: %s", error_message(error));
	compiled_release(&compiled);
	return number;
}

struct effective resolve_or_fail(const char *state_directory, const struct facts *facts, time_t now)
{
	cleanup_policy struct policy *policy = NULL;
	cleanup_error struct error *error = NULL;
	struct effective effective = {0};
	if (policy_open(state_directory, &policy, &error) < 0 || policy_resolve(policy, facts, now, &effective, &error) < 0)
		fail_msg("%s", error_message(error));
	return effective;
}

char *refusal_of(const char *state_directory, const struct facts *facts, time_t now)
{
	cleanup_policy struct policy *policy = NULL;
	cleanup_error struct error *error = NULL;
	struct effective effective = {0};
	if (policy_open(state_directory, &policy, &error) == 0 &&
	    policy_resolve(policy, facts, now, &effective, &error) == 0)
		fail_msg("the policy was taken");
	return strdup(error_message(error));
}

const char *value_of(const struct effective *effective, const char *control, const char *key)
{
	static char buffer[512];
	cleanup_free char *text = json_dumps(json_object_get(json_object_get(effective->controls, control), key),
					     JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
	assert_non_null(text);
	(void)snprintf(buffer, sizeof(buffer), "%s", text);
	return buffer;
}

bool settings_ask(const json_t *settings)
{
	size_t index;
	json_t *group;
	json_array_foreach(json_object_get(settings, "images"), index, group)
		if (json_array_size(group) > 0)
			return true;
	return text_equal(json_string_value(json_object_get(settings, "unmatched")), "refuse") ||
	       json_is_true(json_object_get(settings, "empty-upper")) ||
	       json_is_true(json_object_get(settings, "require-digest")) ||
	       json_is_array(json_object_get(settings, "registries")) ||
	       json_array_size(json_object_get(settings, "deny")) > 0 || json_is_true(json_object_get(settings, "wanted"));
}
