/* JSON trees that fill the reserve and go on in malloc()'s memory. */
#include "policy/tests/support.h"

#include <jansson.h>
#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/document_memory.h"

enum { MANY = 20000 };

static void trees_outgrow_the_reserve(void **state)
{
	(void)state;
	document_memory_reserve();
	cleanup_json json_t *list = json_array();
	for (json_int_t i = 0; i < MANY; i++)
		assert_int_equal(json_array_append_new(list, json_pack("{s:I,s:s}", "n", i, "text", "some text")), 0);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(json_integer_value(json_object_get(json_array_get(list, i), "n")), i);
	/* printed into memory that is free()'s, and read again */
	cleanup_free char *text = document_dump(list, JSON_COMPACT);
	assert_non_null(text);
	cleanup_json json_t *again = json_loads(text, 0, NULL);
	assert_true(json_equal(list, again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees_outgrow_the_reserve),
	};
	return cmocka_run_group_tests_name("document_memory", tests, NULL, NULL);
}
