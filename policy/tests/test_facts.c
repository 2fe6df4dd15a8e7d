#include "policy/tests/support.h"

#include <errno.h>
#include <string.h>

#include "policy/facts.h"

static void engines_have_names(void **state)
{
	(void)state;
	for (enum engine engine = ENGINE_NONE; engine <= ENGINE_BUILDKIT; engine++) {
		enum engine back = ENGINE_NONE;
		assert_int_equal(engine_from_name(engine_name(engine), &back), 0);
		assert_int_equal(back, engine);
	}
	enum engine untouched = ENGINE_CRI;
	/* in the log, but not for a policy to name */
	assert_string_equal(engine_name(ENGINE_CONTRADICTORY), "contradictory");
	assert_int_equal(engine_from_name("contradictory", &untouched), -EINVAL);
	assert_int_equal(engine_from_name("Docker", &untouched), -EINVAL);
	assert_int_equal(engine_from_name("", &untouched), -EINVAL);
	assert_int_equal(untouched, ENGINE_CRI);
	assert_string_equal(engine_name((enum engine)99), "none");
}

static void keep_copies(void **state)
{
	(void)state;
	struct facts facts = {0};
	char place[] = "/var/lib/docker/volumes";
	for (int i = 0; i < 40; i++)
		assert_int_equal(facts_add_path(&facts, place, true, i % 2, "a volume"), 0);
	char name[] = "web";
	assert_int_equal(fact_set(&facts.name, name, PROVENANCE_USER), 0);
	assert_int_equal(fact_set(&facts.name, name, PROVENANCE_ENGINE), 0);
	memset(place, 'x', sizeof(place) - 1);
	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(facts.path_count, 40);
	assert_string_equal(facts.paths[39].path, "/var/lib/docker/volumes");
	assert_true(facts.paths[39].volume);
	assert_string_equal(facts.name.value, "web");
	assert_int_equal(facts.name.provenance, PROVENANCE_ENGINE);
	facts_release(&facts);
	assert_null(facts.paths);
	assert_null(facts.name.value);
	assert_int_equal(facts.name.provenance, PROVENANCE_UNKNOWN);
	facts_release(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engines_have_names),
		cmocka_unit_test(keep_copies),
	};
	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
