/* The digests by which Docker has pulled an image, as it writes them down. */
#include "shim/identity/claims.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/tests/rules_support.h"
#include "policy/tests/support.h"

#define CONFIG "sha256:27bcf08c33e1fb6326aef35278cefa73ffa16221a2f5a6d207c4c8a23f17f083"
#define OTHER "sha256:9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8"
#define ONE "sha256:72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40"
#define TWO "sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define FILE_NAME "/mnt/repositories.json"

static const struct {
	const char *text; /* NULL: there is no such file */
	int result;
	const char *claimed;
} rows[] = {
	{NULL, 0, NULL},
	{"{\"Repositories\":{}}", 0, NULL},
	{"{\"Repositories\":{\"a\":{\"a:1\":\"" CONFIG "\"}}}", 0, NULL},
	{"{\"Repositories\":{\"a\":{\"a:1\":\"" CONFIG "\",\"a@" ONE "\":\"" CONFIG "\"}}}", 0, ONE},
	{"{\"Repositories\":{\"a\":{\"a@" ONE "\":\"" OTHER "\"},\"b\":{\"b@" TWO "\":\"" CONFIG "\"}}}", 0, TWO},
	{"{\"Repositories\":{\"a\":{\"a@" ONE "\":\"" CONFIG "\"},\"b\":{\"b@" TWO "\":\"" CONFIG "\"}}}\n", 0, ONE " " TWO},
	{"{\"Repositories\":{\"a/sha256\":{\"a/" CONFIG "\":\"" OTHER "\"},\"b\":{\"b@" TWO "\":\"" CONFIG "\"}}}", 0, TWO},
	{"{\"Repositories\":{\"a/sha256\":{\"a/" ONE "\":\"" CONFIG "\"}}}", 0, ONE},
	{"{\"Repositories\": {\"a\": {\"a@" ONE "\": \"" CONFIG "\"}}}", -EINVAL, NULL},
	{CONFIG, -EINVAL, NULL},
};

static void docker_writes_them_down(void **state)
{
	(void)state;
	(void)make_trusted_directory("1m");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error *error = NULL;
		cleanup_close int folder = -1;
		struct facts facts = {.claims_file = strdup(FILE_NAME)};
		assert_int_equal(fact_set(&facts.config_digest, CONFIG, PROVENANCE_ENGINE), 0);
		assert_int_equal(file_open_directory("/mnt", &folder, NULL), 0);
		if (rows[i].text)
			assert_int_equal(file_replace_at(folder, "repositories.json", rows[i].text, strlen(rows[i].text), 0600,
							 false, NULL), 0);
		int result = identity_read_claims(&facts, &error);
		if (result != rows[i].result || !text_equal(facts.claimed_digests, rows[i].claimed))
			fail_msg("row %zu: %d, %s: %s", i, result, facts.claimed_digests, error_message(error));
		facts_release(&facts);
	}
	assert_int_equal(umount("/mnt"), 0);
}

static void others_could_have_written_it(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	cleanup_close int folder = -1;
	struct facts facts = {.claims_file = strdup(FILE_NAME)};
	(void)make_trusted_directory("1m");
	assert_int_equal(fact_set(&facts.config_digest, CONFIG, PROVENANCE_ENGINE), 0);
	assert_int_equal(file_open_directory("/mnt", &folder, NULL), 0);
	assert_int_equal(file_replace_at(folder, "repositories.json", "{}", 2, 0600, false, NULL), 0);
	assert_int_equal(chmod(FILE_NAME, 0666), 0);
	assert_int_equal(identity_read_claims(&facts, &error), -EPERM);
	assert_non_null(strstr(error_message(error), "chmod go-w"));
	facts_release(&facts);
	folder = (close(folder), -1);
	assert_int_equal(umount("/mnt"), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_writes_them_down),
		cmocka_unit_test(others_could_have_written_it),
	};
	return cmocka_run_group_tests_name("identity_claims", tests, NULL, NULL);
}
