/* When a verdict that was kept is given again, and when not. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/tests/rules_support.h"
#include "policy/tests/store_support.h"
#include "policy/tests/support.h"
#include "policy/trust/verdict.h"

#define NOW 1800000000

static unsigned made;
static const char *text;

static int make(const struct trust_question *question, struct evidence *evidence, char **ret_text, size_t *ret_length,
		struct error **error)
{
	(void)question, (void)evidence, (void)error;
	made++;
	*ret_text = strdup(text);
	*ret_length = strlen(text);
	return 0;
}

#define VERDICT(trusted, reasons, expires) \
	"{\"trusted\":" trusted ",\"denied\":false,\"matched\":true,\"signers\":[\"a\"],\"named-by\":[],\"one-hand\":[],\"config\":null,\"manifest\":\"" DIGEST_AMD64 "\"," \
	"\"index\":null,\"bind\":\"layers\",\"empty-upper\":false,\"diff-ids\":[],\"reasons\":[" reasons "],\"proof\":[]," \
	"\"rejections\":[],\"expires\":" expires "}"

static const struct trust_question base = {
	.make = make,
	.store = STORE,
	.cache = "/mnt/verdicts",
	.identity = "identity",
	.image = "registry.example/app:1",
	.manifest_digest = DIGEST_AMD64,
	.now = NOW,
};

static bool is_kept(const struct trust_question *question)
{
	cleanup_json json_t *verdict = NULL;
	assert_int_equal(trust_recall(question, &verdict, NULL), 0);
	return verdict != NULL;
}

static void keep(const char *verdict)
{
	cleanup_json json_t *first = NULL;
	text = verdict;
	assert_int_equal(trust_ask(&base, &first, NULL), 0);
	assert_non_null(first);
}

static int set_up(void **state)
{
	(void)state;
	(void)make_trusted_directory("64m");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return umount("/mnt");
}

static void it_holds_for_its_time(void **state)
{
	(void)state;
	static const struct {
		int64_t now;
		bool kept;
	} rows[] = {{NOW, true}, {NOW + 99, true}, {NOW + 100, false}, {NOW - 1, false}, {0, false}, {-1, false}};
	assert_false(is_kept(&base));
	keep(VERDICT("true", "", "1800000100"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trust_question question = base;
		question.now = rows[i].now;
		if (is_kept(&question) != rows[i].kept)
			fail_msg("at %lld", (long long)rows[i].now);
	}
}

static void it_holds_for_the_same_question(void **state)
{
	(void)state;
	struct trust_question others[] = {base, base, base, base, base, base, base, base};
	others[0].identity = "another";
	others[1].image = "registry.example/app:2";
	others[2].image = NULL;
	others[3].config_digest = DIGEST_CONFIGURATION;
	others[4].manifest_digest = DIGEST_ARM64;
	others[5].index_digest = DIGEST_INDEX;
	others[6].chain_id = DIGEST_EVIL;
	others[7].claimed = DIGEST_EVIL;
	keep(VERDICT("true", "", "null"));
	assert_true(is_kept(&base));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (is_kept(&others[i]))
			fail_msg("question %zu", i);
	cleanup_evidence struct evidence image = {0};
	load_layout("save25", &image);
	assert_int_equal(trust_store_add(STORE, DIGEST_AMD64, NULL, &image, NULL), 0);
	assert_false(is_kept(&base));
}

/* The folder is in memory, and whoever starts containers chooses their names. */
static void it_takes_so_much_room(void **state)
{
	(void)state;
	static char large[(64u << 10) + sizeof(VERDICT("true", "", "null"))];
	struct trust_question question = base;
	(void)snprintf(large, sizeof(large), VERDICT("true", "", "%*s"), 64 << 10, "null");
	keep(large);
	assert_false(is_kept(&base));
	text = VERDICT("true", "", "null");
	for (unsigned i = 0; i < 5000; i++) {
		cleanup_json json_t *verdict = NULL;
		char name[32];
		(void)snprintf(name, sizeof(name), "registry.example/app:%u", i);
		question.image = name;
		assert_int_equal(trust_ask(&question, &verdict, NULL), 0);
	}
	size_t count = 0;
	DIR *folder = opendir(base.cache);
	assert_non_null(folder);
	while (readdir(folder))
		count++;
	(void)closedir(folder);
	assert_true(count > 100 && count <= 1024 + 2);
}

static void a_refusal_is_not_kept(void **state)
{
	(void)state;
	keep(VERDICT("false", "\"no\"", "null"));
	assert_false(is_kept(&base));
	keep(VERDICT("true", "", "1800000000"));
	assert_false(is_kept(&base));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_holds_for_its_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_holds_for_the_same_question, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_takes_so_much_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refusal_is_not_kept, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
