/* What is wrong with a file is told with its place and what was expected: the data
 * in policies/refused have, behind "#! ", every problem that their text has; those in
 * policies/accepted, behind "#~ ", every warning. */
#include "policy/tests/rules_support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/rules/built_in.h"
#include "policy/rules/compile.h"
#include "policy/rules/yaml.h"

#define REFUSED "policy/tests/policies/refused"
#define ACCEPTED "policy/tests/policies/accepted"

/* The n-th line of `text` that starts with `prefix`, behind it; NULL: no more. */
static char *line_behind(const char *text, const char *prefix, size_t number)
{
	for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (text_starts_with(at, prefix) && number-- == 0)
			return strndup(at + strlen(prefix), strcspn(at + strlen(prefix), "\n"));
	return NULL;
}

static void check_refused(const char *path)
{
	cleanup_free char *text = NULL;
	struct problems problems = {0};
	struct compiled compiled = {0};
	const struct compile_options options = {.now = NOON_2027_01_01};
	size_t length = 0, expected = 0;
	assert_int_equal(file_read(path, YAML_SIZE, &text, &length, NULL), 0);
	compile_file(path, &options, &problems, &compiled);
	for (char *line; (line = line_behind(text, "#! ", expected)); expected++) {
		char whole[1024];
		(void)snprintf(whole, sizeof(whole), "%s:%s", path, line);
		if (expected >= problems.count || strcmp(problems.items[expected].text, whole) != 0)
			fail_msg("expected %s\n     found %s", whole,
				 expected < problems.count ? problems.items[expected].text : "nothing");
		free(line);
	}
	if (expected == 0 || problems.count != expected)
		fail_msg("%s: unexpected: %s", path, problems.count > expected ? problems.items[expected].text : "nothing");
	problems_release(&problems);
	compiled_release(&compiled);
}

static void check_accepted(const char *path)
{
	cleanup_free char *text = NULL;
	struct problems problems = {0};
	struct compiled compiled = {0};
	const struct compile_options options = {.now = NOON_2027_01_01};
	size_t length = 0, expected = 0;
	assert_int_equal(file_read(path, YAML_SIZE, &text, &length, NULL), 0);
	compile_file(path, &options, &problems, &compiled);
	if (problems.count)
		fail_msg("%s", problems.items[0].text);
	for (char *line; (line = line_behind(text, "#~ ", expected)); expected++) {
		char whole[1024];
		(void)snprintf(whole, sizeof(whole), "%s:%s", path, line);
		if (expected >= compiled.warnings.count || strcmp(compiled.warnings.items[expected].text, whole) != 0)
			fail_msg("%s: expected %s\n     found %s", path, whole,
				 expected < compiled.warnings.count ? compiled.warnings.items[expected].text : "nothing");
		free(line);
	}
	if (compiled.warnings.count != expected)
		fail_msg("unexpected: %s", compiled.warnings.items[expected].text);
	compiled_release(&compiled);
}

static void each_file(const char *folder, void (*check)(const char *path))
{
	size_t count = 0;
	cleanup_closedir DIR *directory = opendir(folder);
	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		char path[512];
		if (!text_ends_with(entry->d_name, ".yaml"))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		check(path);
		count++;
	}
	assert_true(count > 0);
}

static void every_problem_is_told_with_its_place(void **state)
{
	(void)state;
	each_file(REFUSED, check_refused);
}

static void what_is_right_is_taken_with_its_warnings(void **state)
{
	(void)state;
	each_file(ACCEPTED, check_accepted);
}

static void assert_problem(const char *text, const char *expected)
{
	cleanup_free char *found = problems_of(text);
	assert_non_null(found);
	if (!strstr(found, expected))
		fail_msg("expected \"%s\", found \"%s\"", expected, found);
}

static void what_is_not_yaml_is_refused(void **state)
{
	(void)state;
	assert_problem("", "p.yaml: the file is empty");
	assert_problem("# only a comment\n", "the file is empty");
	assert_problem("version: 1\n\xff\n", "malformed UTF-8");
	assert_problem("version: \"\\xzz\"\n", "p.yaml:1:13: not valid YAML");
	assert_problem("version: 1\n  mode: [\n", "not valid YAML");
	assert_problem("version: 1\n\x01: 2\n", "p.yaml: byte ");
	assert_problem("[1]", "p.yaml:1:1: a list, expected a mapping");
	assert_problem("text", "p.yaml:1:1: \"text\", expected a mapping");
}

static void a_nul_byte_is_refused(void **state)
{
	static const char text[] = "version: 1\n\0mode: audit\n";
	(void)state;
	struct problems problems = {0};
	struct tree *tree = NULL;
	tree_parse("p.yaml", text, sizeof(text) - 1, &problems, &tree);
	assert_null(tree);
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.items[0].text, "p.yaml: a NUL byte, expected text");
	problems_release(&problems);
}

static void too_large_and_too_deep_are_refused(void **state)
{
	(void)state;
	struct text large = {0}, deep = {0};
	text_append(&large, "version: 1\n");
	while (large.length <= YAML_SIZE)
		text_append(&large, "# a comment that makes the file larger and larger\n");
	assert_problem(large.data, "bytes, expected at most 1048576");
	text_append(&deep, "version: 1\ntrust: ");
	for (int i = 0; i < 40; i++)
		text_append(&deep, "[");
	for (int i = 0; i < 40; i++)
		text_append(&deep, "]");
	assert_problem(deep.data, "more than 32 nested levels");
	text_release(&large);
	text_release(&deep);
}

/* Each level names the one before ten times: 10^12 values out of 13 lines. */
static void aliases_that_explode_are_refused(void **state)
{
	(void)state;
	struct text bomb = {0};
	text_append(&bomb, "version: 1\nl0: &l0 [x]\n");
	for (int level = 1; level < 12; level++) {
		text_append_format(&bomb, "l%d: &l%d [", level, level);
		for (int i = 0; i < 10; i++)
			text_append_format(&bomb, "%s*l%d", i ? "," : "", level - 1);
		text_append(&bomb, "]\n");
	}
	assert_problem(bomb.data, "more than 1000000 values once the aliases are followed");
	text_release(&bomb);
	struct text deep = {0};
	text_append(&deep, "version: 1\nl0: &l0 [x]\n");
	for (int level = 1; level < 40; level++)
		text_append_format(&deep, "l%d: &l%d [*l%d]\n", level, level, level - 1);
	assert_problem(deep.data, "more than 32 nested levels");
	text_release(&deep);
}

static void files_that_extend_each_other_are_refused(void **state)
{
	(void)state;
	char *directory = make_temporary_directory();
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/a.yaml", directory);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs("version: 1\nextends: ./a.yaml\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	struct problems problems = {0};
	struct compiled compiled = {0};
	const struct compile_options options = {.now = NOON_2027_01_01};
	compile_file(path, &options, &problems, &compiled);
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problems.items[0].text, "more than 8 files that extend each other (in a circle?)"));
	problems_release(&problems);
	remove_tree(directory);
	free(directory);
}

static void a_file_that_others_can_write_is_not_applied(void **state)
{
	(void)state;
	char *directory = make_temporary_directory(); /* below /tmp, which everybody can write */
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/a.yaml", directory);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs("version: 1\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	struct problems problems = {0};
	struct compiled compiled = {0};
	const struct compile_options options = {.now = NOON_2027_01_01, .trusted = true};
	compile_file(path, &options, &problems, &compiled);
	assert_int_equal(problems.count, 1);
	assert_null(compiled.base);
	problems_release(&problems);
	remove_tree(directory);
	free(directory);
}

static void every_built_in_profile_compiles(void **state)
{
	(void)state;
	assert_true(profile_source_count >= 3);
	for (size_t i = 0; i < profile_source_count; i++) {
		struct problems problems = {0};
		struct compiled compiled = {0};
		compile_profile(profile_sources[i].name, &problems, &compiled);
		for (size_t j = 0; j < problems.count; j++)
			print_error("%s\n", problems.items[j].text);
		assert_true(problems_none(&problems));
		assert_true(json_is_null(json_object_get(compiled.base, "trust")));
		assert_null(compiled.trust);
		compiled_release(&compiled);
		problems_release(&problems);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_problem_is_told_with_its_place),
		cmocka_unit_test(what_is_right_is_taken_with_its_warnings),
		cmocka_unit_test(what_is_not_yaml_is_refused),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(too_large_and_too_deep_are_refused),
		cmocka_unit_test(aliases_that_explode_are_refused),
		cmocka_unit_test(files_that_extend_each_other_are_refused),
		cmocka_unit_test(a_file_that_others_can_write_is_not_applied),
		cmocka_unit_test(every_built_in_profile_compiles),
	};
	return cmocka_run_group_tests_name("rules: problems", tests, NULL, NULL);
}
