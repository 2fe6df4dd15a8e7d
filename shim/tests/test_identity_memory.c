/* Without memory none of an engine's signs looks as if it were missing: the rules for another
 * engine would hold. Each copy of a text in turn is the first that fails. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/tests/support.h"
#include "shim/identity/ask.h"
#include "shim/tests/recorded.h"

static size_t copies_left = SIZE_MAX;

/* In the place of the C library's. */
char *strndup(const char *text, size_t length)
{
	size_t own = strnlen(text, length);
	char *copy = copies_left > 0 ? malloc(own + 1) : NULL;
	if (!copy) {
		errno = ENOMEM;
		return NULL;
	}
	copies_left--;
	copy[own] = '\0';
	return memcpy(copy, text, own);
}

char *strdup(const char *text)
{
	return strndup(text, strlen(text));
}

static void identified_or_not_told(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum engine engine;
	} rows[] = {
		{"podman", ENGINE_PODMAN}, {"crio-container", ENGINE_CRIO}, {"buildkit", ENGINE_BUILDKIT}, {"docker", ENGINE_DOCKER},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct recorded recorded = load(rows[i].name);
		int result = -1;
		for (size_t count = 0; result < 0; count++) {
			copies_left = count;
			result = identify(&recorded);
			copies_left = SIZE_MAX;
			if (result == 0 && recorded.facts.engine != rows[i].engine)
				fail_msg("%s with %zu copies: %s", rows[i].name, count, engine_name(recorded.facts.engine));
		}
		unload(&recorded);
	}
}

static void a_proof_by_the_layers(void **state)
{
	(void)state;
	struct recorded recorded = load("podman");
	assert_identified(&recorded, ENGINE_PODMAN);
	copies_left = 0;
	int result = identity_ask_engine_for(&recorded.invocation, &recorded.parent, &recorded.facts, &recorded.error);
	copies_left = SIZE_MAX;
	assert_int_equal(result, -ENOMEM);
	unload(&recorded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_a_new_host(identified_or_not_told),
		on_a_new_host(a_proof_by_the_layers),
	};
	return cmocka_run_group_tests(tests, enter_namespaces, NULL);
}
