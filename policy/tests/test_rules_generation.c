/* Generations: what is damaged, foreign or missing refuses; applying and going back
 * leave the old one or the new one, never a half. */
#include "policy/tests/rules_support.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/generation.h"
#include "policy/rules/generation_folder.h"
#include "policy/rules/generation_format.h"
#include "policy/trust/settings.h"

#define POLICY "/mnt/state/policy"

static const char *state;

static int set_up(void **unused)
{
	(void)unused;
	state = make_trusted_directory("8m");
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	return umount("/mnt");
}

static bool is_there(const char *name)
{
	char path[256];
	struct stat status;
	(void)snprintf(path, sizeof(path), POLICY "/%s", name);
	return lstat(path, &status) == 0;
}

static void assert_refused(const char *part)
{
	struct facts facts = {0};
	cleanup_free char *message = refusal_of(state, &facts, NOON_2027_01_01);
	assert_non_null(message);
	if (!strstr(message, part))
		fail_msg("expected \"%s\", found \"%s\"", part, message);
	/* docker maps these words to other exit codes */
	assert_null(strcasestr(message, "permission denied"));
	assert_null(strcasestr(message, "no such file or directory"));
}

/* The way out stands in the message wherever rollback or apply help. */
static void assert_refused_with_way_out(const char *part)
{
	assert_refused(part);
	assert_refused("hardenctl policy rollback");
	assert_refused("hardenctl policy apply");
}

static uint64_t active_number(void)
{
	struct facts facts = {0};
	struct effective effective = resolve_or_fail(state, &facts, NOON_2027_01_01);
	uint64_t number = effective.generation;
	effective_release(&effective);
	return number;
}

static void sha256_equals_that_of_libcrypto(void **unused)
{
	(void)unused;
	uint8_t data[300], ours[SHA256_SIZE], theirs[SHA256_SIZE];
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 3);
	for (size_t length = 0; length <= sizeof(data); length++) {
		unsigned size = 0;
		sha256(data, length, ours);
		assert_int_equal(EVP_Digest(data, length, theirs, &size, EVP_sha256(), NULL), 1);
		assert_memory_equal(ours, theirs, SHA256_SIZE);
	}
}

static void five_are_kept_and_rollback_goes_back(void **unused)
{
	(void)unused;
	uint64_t number = 0;
	for (uint64_t i = 1; i <= 7; i++)
		assert_int_equal(apply_text(state, "version: 1\n", NOON_2027_01_01), i);
	assert_false(is_there("2.generation"));
	assert_true(is_there("3.generation"));
	assert_int_equal(active_number(), 7);
	assert_int_equal(generation_rollback(state, &number, NULL), 0);
	assert_int_equal(number, 6);
	assert_int_equal(generation_rollback(state, &number, NULL), 0);
	assert_int_equal(active_number(), 5);
	/* what was gone back from does not come back, and its numbers are not used again */
	assert_int_equal(apply_text(state, "version: 1\n", NOON_2027_01_01), 8);
	assert_false(is_there("6.generation"));
	assert_false(is_there("7.generation"));
	assert_int_equal(generation_rollback(state, &number, NULL), 0);
	assert_int_equal(number, 5);
	assert_int_equal(generation_rollback(state, &number, NULL), 0);
	assert_int_equal(generation_rollback(state, &number, NULL), 0);
	assert_int_equal(number, 3);
	cleanup_error struct error *error = NULL;
	assert_int_equal(generation_rollback(state, &number, &error), -ENOENT);
	assert_non_null(strstr(error_message(error), "no older generation is intact"));
	assert_int_equal(active_number(), 3);
}

static void rollback_before_anything_was_applied_says_so(void **unused)
{
	(void)unused;
	uint64_t number = 0;
	cleanup_error struct error *error = NULL;
	assert_int_equal(generation_rollback(state, &number, &error), -ENOENT);
	assert_non_null(strstr(error_message(error), "nothing was applied yet"));
}

static void files_have_their_owner_and_mode(void **unused)
{
	(void)unused;
	struct stat status;
	mode_t before = umask(0);
	(void)apply_text(state, "version: 1\n", NOON_2027_01_01);
	(void)umask(before);
	assert_int_equal(stat(POLICY, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
	assert_int_equal(stat(POLICY "/1.generation", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0444);
	assert_int_equal(status.st_uid, 0);
}

static void what_is_missing_refuses_once_applied(void **unused)
{
	(void)unused;
	(void)apply_text(state, "version: 1\n", NOON_2027_01_01);
	(void)apply_text(state, "version: 1\n", NOON_2027_01_01);
	assert_int_equal(unlink(POLICY "/2.generation"), 0);
	assert_refused_with_way_out("policy generation 2 cannot be used: it is missing");
	uint64_t number = 0;
	assert_int_equal(generation_rollback(state, &number, NULL), 0);
	assert_int_equal(active_number(), 1);
	assert_int_equal(unlink(POLICY "/active"), 0);
	assert_refused_with_way_out("no policy is active, although one was applied");
	assert_int_equal(generation_rollback(state, &number, NULL), 0);
	assert_int_equal(active_number(), 1);
}

static void a_link_that_names_no_generation_refuses(void **unused)
{
	(void)unused;
	static const char *const targets[] = {"1", "../1.generation", "/etc/passwd", "01.generation", "1.generation/",
					      "-1.generation", "1.generationx", ".generation", " 1.generation",
					      "18446744073709551616.generation"};
	(void)apply_text(state, "version: 1\n", NOON_2027_01_01);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		assert_int_equal(unlink(POLICY "/active"), 0);
		assert_int_equal(symlink(targets[i], POLICY "/active"), 0);
		assert_refused_with_way_out("does not name a policy generation");
	}
	assert_int_equal(unlink(POLICY "/active"), 0);
	assert_int_equal(mkdir(POLICY "/active", 0755), 0);
	assert_refused_with_way_out("does not name a policy generation");
}

static void what_stands_in_its_place_refuses(void **unused)
{
	(void)unused;
	(void)apply_text(state, "version: 1\n", NOON_2027_01_01);
	assert_int_equal(rename(POLICY "/1.generation", POLICY "/kept"), 0);
	assert_int_equal(symlink("kept", POLICY "/1.generation"), 0);
	assert_refused_with_way_out("is a symbolic link");
	assert_int_equal(unlink(POLICY "/1.generation"), 0);
	assert_int_equal(mkfifo(POLICY "/1.generation", 0644), 0);
	assert_refused_with_way_out("not a regular file");
	assert_int_equal(unlink(POLICY "/1.generation"), 0);
	assert_int_equal(link(POLICY "/kept", POLICY "/9.generation"), 0);
	assert_int_equal(unlink(POLICY "/active"), 0);
	assert_int_equal(symlink("9.generation", POLICY "/active"), 0);
	assert_refused_with_way_out("it says that it is generation 1");
}

static void foreign_and_writable_ones_refuse(void **unused)
{
	(void)unused;
	static const char *const paths[] = {POLICY "/1.generation", POLICY, "/mnt/state", "/mnt"};
	(void)apply_text(state, "version: 1\n", NOON_2027_01_01);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_int_equal(chmod(paths[i], i ? 0775 : 0664), 0);
		assert_refused("is writable by group or others");
		assert_int_equal(chmod(paths[i], i ? 0757 : 0446), 0);
		assert_refused("is writable by group or others");
		assert_int_equal(chmod(paths[i], i ? 0755 : 0444), 0);
		if (chown(paths[i], 1000, 0) < 0)
			continue; /* in a user namespace there is no other owner to give it to */
		assert_refused("belongs to uid 1000, not to root");
		assert_int_equal(chown(paths[i], 0, 0), 0);
	}
	assert_int_equal(active_number(), 1);
}

static int memory_file(const char *data, size_t length)
{
	int descriptor = memfd_create("generation", MFD_CLOEXEC);
	assert_true(descriptor >= 0);
	assert_int_equal(file_write_all(descriptor, data, length), 0);
	return descriptor;
}

static void make_generation(char **ret_data, size_t *ret_length)
{
	static const char text[] =
		"version: 1\n"
		"trust:\n"
		"  signers: {a: {key: policy/tests/policies/accepted/keys/release.pub}}\n"
		"  images: [{match: \"**\", signed-by: a}]\n"
		"exceptions:\n"
		"  - {name: a, for: {digest: \"" DIGEST_A "\"}, controls: {user: {action: audit}}, reason: r, expires: 2027-12-31}\n"
		"  - {name: b, for: {digest: \"" DIGEST_B "\"}, controls: {user: {action: off}}, reason: r, expires: 2027-12-31}\n";
	struct compiled compiled = compile_or_fail(text);
	const struct generation_content content = {
		.base = compiled.base, .exceptions = compiled.exceptions, .trust = compiled.trust, .source = compiled.source,
		.activated = 7};
	assert_int_equal(generation_write(&content, 3, ret_data, ret_length, NULL), 0);
	compiled_release(&compiled);
}

/* What `generation_read` and all that reads it say of these bytes: 0 or -EINVAL. */
static int verify_bytes(const char *data, size_t length)
{
	struct generation *generation = NULL;
	cleanup_error struct error *error = NULL;
	int descriptor = memory_file(data, length);
	int result = generation_read(descriptor, &generation, &error);
	if (result < 0)
		(void)close(descriptor);
	else
		result = generation_verify(generation, &error);
	generation_free(generation);
	if (result < 0)
		assert_true(strlen(error_message(error)) > 0);
	return result;
}

static void every_truncation_is_noticed(void **unused)
{
	(void)unused;
	cleanup_free char *data = NULL;
	size_t length = 0;
	make_generation(&data, &length);
	assert_int_equal(verify_bytes(data, length), 0);
	for (size_t cut = 0; cut < length; cut++)
		assert_int_equal(verify_bytes(data, cut), -EINVAL);
	cleanup_free char *longer = calloc(1, length + 1);
	assert_non_null(longer);
	memcpy(longer, data, length);
	assert_int_equal(verify_bytes(longer, length + 1), -EINVAL);
}

/* Every bit of the header, and one of every other byte. */
static void every_flipped_bit_is_noticed(void **unused)
{
	(void)unused;
	cleanup_free char *data = NULL;
	size_t length = 0;
	make_generation(&data, &length);
	for (size_t bit = 0; bit < 8 * length; bit += bit / 8 < GENERATION_HEADER ? 1 : 9) {
		data[bit / 8] = (char)(data[bit / 8] ^ 1 << bit % 8);
		if (verify_bytes(data, length) != -EINVAL)
			fail_msg("bit %zu", bit);
		data[bit / 8] = (char)(data[bit / 8] ^ 1 << bit % 8);
	}
	assert_int_equal(verify_bytes(data, length), 0);
}

/* What a container's start reads is checked as well: a flipped byte either refuses or
 * changes nothing of what holds. */
static void a_container_never_gets_a_damaged_policy(void **unused)
{
	(void)unused;
	cleanup_free char *data = NULL;
	size_t length = 0;
	struct facts facts = {.engine = ENGINE_DOCKER};
	assert_int_equal(fact_set(&facts.manifest_digest, DIGEST_B, PROVENANCE_ENGINE), 0);
	make_generation(&data, &length);
	(void)mkdir("/mnt/state", 0755);
	(void)mkdir(POLICY, 0755);
	assert_int_equal(symlink("3.generation", POLICY "/active"), 0);
	size_t refused = 0;
	cleanup_json json_t *expected = NULL;
	for (size_t byte = 0; byte <= length; byte += byte < GENERATION_HEADER ? 1 : 7) {
		if (byte < length)
			data[byte] = (char)(data[byte] ^ 0x10);
		int at = -1;
		assert_int_equal(file_open_directory(POLICY, &at, NULL), 0);
		assert_int_equal(file_replace_at(at, "3.generation", data, length, 0444, false, NULL), 0);
		(void)close(at);
		cleanup_policy struct policy *policy = NULL;
		cleanup_json json_t *trust = NULL;
		struct effective effective = {0};
		if (policy_open(state, &policy, NULL) == 0 &&
		    policy_resolve(policy, &facts, NOON_2027_01_01, &effective, NULL) == 0)
			assert_string_equal(value_of(&effective, "user", "action"), "\"off\"");
		else
			refused++;
		if (policy && policy_trust(policy, &facts, &trust, NULL) == 0) {
			/* one like the other, and the last one is of the whole file */
			assert_true(!expected || json_equal(trust, expected));
			json_decref(expected);
			expected = json_incref(trust);
		}
		effective_release(&effective);
		if (byte < length)
			data[byte] = (char)(data[byte] ^ 0x10);
	}
	assert_true(refused > GENERATION_HEADER + 100);
	assert_true(settings_ask(expected));
	facts_release(&facts);
}

static void ten_thousand_exceptions_are_found(void **unused)
{
	(void)unused;
	struct text text = {0};
	text_append(&text, "version: 1\nexceptions:\n"
			   "- name: many\n  controls: {user: {action: off}}\n  reason: r\n  expires: 2027-12-31\n"
			   "  for:\n    digest:\n");
	for (unsigned i = 0; i < 10000; i++)
		text_append_format(&text, "    - sha256:%08x%056x\n", i * 2654435761u, i);
	(void)apply_text(state, text.data, NOON_2027_01_01);
	text_release(&text);
	for (unsigned i = 0; i < 10000; i += 37) {
		for (unsigned off = 0; off < 2; off++) {
			char digest[80];
			(void)snprintf(digest, sizeof(digest), "sha256:%08x%056x", i * 2654435761u, i + 10000 * off);
			struct facts facts = {.engine = ENGINE_DOCKER};
			assert_int_equal(fact_set(&facts.config_digest, digest, PROVENANCE_ENGINE), 0);
			struct effective effective = resolve_or_fail(state, &facts, NOON_2027_01_01);
			assert_string_equal(value_of(&effective, "user", "action"), off ? "\"rewrite\"" : "\"off\"");
			effective_release(&effective);
			facts_release(&facts);
		}
	}
}

static void a_full_disk_leaves_the_old_one(void **unused)
{
	(void)unused;
	assert_int_equal(umount("/mnt"), 0);
	state = make_trusted_directory("40k");
	struct text text = {0};
	text_append(&text, "version: 1\n");
	assert_int_equal(apply_text(state, text.data, NOON_2027_01_01), 1);
	while (text.length < 60000)
		text_append(&text, "# a comment that fills the source, and with it the generation\n");
	struct compiled compiled = compile_or_fail(text.data);
	const struct generation_content content = {
		.base = compiled.base, .exceptions = compiled.exceptions, .trust = compiled.trust, .source = compiled.source, .activated = 7};
	uint64_t number = 0;
	cleanup_error struct error *error = NULL;
	assert_int_equal(generation_apply(state, &content, &number, &error), -ENOSPC);
	assert_non_null(strstr(error_message(error), "what was active still is"));
	assert_false(is_there("2.generation"));
	assert_int_equal(active_number(), 1);
	compiled_release(&compiled);
	text_release(&text);
}

/* Four programs at once: every one gets its own number, and the last is active. */
static void appliers_at_once_do_not_lose_each_other(void **unused)
{
	(void)unused;
	pid_t children[4];
	uint64_t mask = 0;
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			uint64_t number = 0;
			for (int round = 0; round < 5; round++)
				number = apply_text(state, "version: 1\n", NOON_2027_01_01);
			_exit((int)number);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		int status = 0;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) >= 5 && WEXITSTATUS(status) <= 20);
		assert_false(mask >> WEXITSTATUS(status) & 1);
		mask |= UINT64_C(1) << WEXITSTATUS(status);
	}
	assert_int_equal(active_number(), 20);
	assert_true(is_there("16.generation"));
	assert_false(is_there("15.generation"));
	assert_false(is_there(".active.new"));
}

/* Killed by the size limit in the middle of writing. */
static void an_applier_that_is_killed_leaves_the_old_one(void **unused)
{
	(void)unused;
	assert_int_equal(apply_text(state, "version: 1\n", NOON_2027_01_01), 1);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct rlimit limit = {.rlim_cur = 600, .rlim_max = 600}, no_core = {0};
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		(void)signal(SIGXFSZ, SIG_DFL);
		(void)apply_text(state, "version: 1\n", NOON_2027_01_01);
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
	assert_int_equal(active_number(), 1);
	assert_int_equal(apply_text(state, "version: 1\n", NOON_2027_01_01), 2);
	cleanup_closedir DIR *directory = opendir(POLICY);
	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));)
		assert_true(entry->d_name[0] != '.' || entry->d_name[1] == '\0' || entry->d_name[1] == '.');
}

#define IN_STATE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_equals_that_of_libcrypto),
		IN_STATE(five_are_kept_and_rollback_goes_back),
		IN_STATE(rollback_before_anything_was_applied_says_so),
		IN_STATE(files_have_their_owner_and_mode),
		IN_STATE(what_is_missing_refuses_once_applied),
		IN_STATE(a_link_that_names_no_generation_refuses),
		IN_STATE(what_stands_in_its_place_refuses),
		IN_STATE(foreign_and_writable_ones_refuse),
		cmocka_unit_test(every_truncation_is_noticed),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		IN_STATE(a_container_never_gets_a_damaged_policy),
		IN_STATE(ten_thousand_exceptions_are_found),
		IN_STATE(a_full_disk_leaves_the_old_one),
		IN_STATE(appliers_at_once_do_not_lose_each_other),
		IN_STATE(an_applier_that_is_killed_leaves_the_old_one),
	};
	return cmocka_run_group_tests_name("rules: generations", tests, NULL, NULL);
}
