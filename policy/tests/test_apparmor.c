/* process.apparmorProfile against lists of profiles. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/apparmor.h"
#include "policy/tests/random_config.h"

#define ROUNDS 2000

static const char list[] = "docker-default (enforce)\n"
			   "/usr/bin/odd (name) (enforce)\n"
			   "lenient (complain)\n"
			   "oci-harden-default//hat (complain)\n"
			   "oci-harden-default (enforce)\n"
			   ":lxd://lenient (enforce)\n";

static char *directory;
static char list_path[128];

static int write_list(void **state)
{
	(void)state;
	directory = make_temporary_directory();
	(void)snprintf(list_path, sizeof(list_path), "%s/profiles", directory);
	cleanup_close int file = open(list_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	return file < 0 ? -1 : file_write_all(file, list, strlen(list));
}

static int remove_list(void **state)
{
	(void)state;
	apparmor_use_profiles(NULL);
	remove_tree(directory);
	free(directory);
	return 0;
}

static void states_are_read_by_the_whole_name(void **state)
{
	(void)state;
	const struct {
		const char *name;
		enum apparmor_state expected;
	} rows[] = {
		{"docker-default", APPARMOR_ENFORCED},	 {"oci-harden-default", APPARMOR_ENFORCED},
		{"lenient", APPARMOR_NOT_ENFORCED},	 {"oci-harden-default//hat", APPARMOR_NOT_ENFORCED},
		{"docker", APPARMOR_NOT_LOADED},	 {"default", APPARMOR_NOT_LOADED},
		{"", APPARMOR_NOT_LOADED},		 {"/usr/bin/odd", APPARMOR_NOT_LOADED},
		{"/usr/bin/odd (name)", APPARMOR_ENFORCED},
	};
	apparmor_use_profiles(list_path);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum apparmor_state found = APPARMOR_NOT_LOADED;
		assert_int_equal(apparmor_profile_state(rows[i].name, &found, NULL), 0);
		if (found != rows[i].expected)
			fail_msg("%s: %d", rows[i].name, (int)found);
	}
}

/* In doubt nothing starts: the program could not find out what is enforced. */
static void a_list_that_cannot_be_read_is_an_error(void **state)
{
	(void)state;
	apparmor_use_profiles("/nonexistent/profiles");
	struct facts facts = {0};
	struct decision decision;
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *config = parse_config("{\"process\":{\"apparmorProfile\":\"oci-harden-default\"}}");
	cleanup_json json_t *settings = settings_for_only(&control_apparmor, NULL);
	assert_true(decide(config, VERB_CREATE, MODE_ENFORCE, settings, &facts, &decision, &error) < 0);
	assert_non_null(strstr(error_message(error), "apparmor"));
	assert_null(strcasestr(error_message(error), "no such file or directory"));
}

static const struct random_field fields[] = {
	{"/process/apparmorProfile",
	 {"\"oci-harden-default\"", "\"docker-default\"", "\"unconfined\"", "\"\"", "null", "7", "\"lenient\"", "\"gone\"",
	  "\"oci-harden-default//&unconfined\"", "\"oci-harden-default//&lenient\"", "\":lxd:lenient\"", "\":lxd://lenient\"",
	  "\"oci-harden-default\\n\"", "\"oci-harden-default\\u0000\"", "\" oci-harden-default\"", "[]", "1e3"}},
};

static void what_starts_is_confined(void **state)
{
	(void)state;
	uint64_t seed = 0xabba;
	struct facts facts = {0};
	apparmor_use_profiles(list_path);
	cleanup_json json_t *changes = parse_config("{\"allow\":[\"docker-default\",\"lenient\",\"gone\"]}");
	size_t kept = 0;
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_config(&seed, fields, ARRAY_SIZE(fields));
		struct decision decision = decide_on_random(config, &control_apparmor, changes, &facts);
		const json_t *profile = document_get(decision.result, "/process/apparmorProfile");
		const char *name = json_string_value(profile);
		assert_int_not_equal(decision.verdict, VERDICT_REFUSED);
		assert_non_null(name);
		assert_int_equal(strlen(name), json_string_length(profile));
		assert_true(strcmp(name, "oci-harden-default") == 0 || strcmp(name, "docker-default") == 0);
		kept += strcmp(name, "docker-default") == 0;
		decision_release(&decision);
	}
	assert_true(kept > 0 && kept < ROUNDS);
}

static void settings_are_checked(void **state)
{
	(void)state;
	const struct {
		const char *name;
		bool fine;
	} rows[] = {
		{"docker-default", true}, {"cri-containerd.apparmor.d", true}, {"/usr/bin/man", true}, {"unconfined", false},
		{"", false}, {"a//&b", false}, {"&a", false}, {":ns:a", false}, {"two words", false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *value = json_string(rows[i].name);
		if ((control_apparmor.keys[0].check(value, NULL) == 0) != rows[i].fine)
			fail_msg("\"%s\"", rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_read_by_the_whole_name),
		cmocka_unit_test(a_list_that_cannot_be_read_is_an_error),
		cmocka_unit_test(what_starts_is_confined),
		cmocka_unit_test(settings_are_checked),
	};
	return cmocka_run_group_tests_name("apparmor", tests, write_list, remove_list);
}
