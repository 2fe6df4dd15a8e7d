/* config.json from a stranger: what the document library accepts, it prints so
 * that it reads the same again, and an edit at any pointer of it keeps that. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_same_after_printing(const json_t *root, enum document_kind kind)
{
	cleanup_free char *once = NULL, *twice = NULL;
	size_t once_length = 0, twice_length = 0;
	check(document_print(root, &once, &once_length, NULL) == 0);
	cleanup_json json_t *again = NULL;
	check(document_parse(once, once_length, kind, &again, NULL) == 0);
	check(json_equal(root, again));
	check(document_print(again, &twice, &twice_length, NULL) == 0);
	check(once_length == twice_length && memcmp(once, twice, once_length) == 0);
}

/* Pointers are made by this program's own code, from keys that were parsed: they
 * have no reserved character, and do not lead deeper than a document may be. */
static bool could_be_ours(const char *pointer)
{
	size_t tokens = 0;
	for (const char *at = pointer; *at; at++)
		tokens += *at == '/';
	return tokens < 8 && !strstr(pointer, "\xef\xb7\x90");
}

/* The first bytes of the input, up to a newline, serve as a pointer. */
static void edit(json_t *root, const char *pointer)
{
	const json_t *found = document_get(root, pointer);
	int64_t number = 0;
	check(document_read_int64(found, &number) == 0 || found == NULL || !json_is_integer(found));
	cleanup_json json_t *value = json_string("edited");
	if (document_set(root, pointer, value, NULL) == 0) {
		if (!strstr(pointer, "/-"))
			check(json_equal(document_get(root, pointer), value));
		check(document_remove(root, pointer, NULL) == 0);
	}
	check_same_after_printing(root, DOCUMENT_PLAIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	enum document_kind kind = (enum document_kind)(data[0] & 3);
	const uint8_t *line_end = memchr(data + 1, '\n', size - 1);
	size_t pointer_length = line_end ? (size_t)(line_end - data) - 1 : 0;
	cleanup_free char *pointer = strndup((const char *)data + 1, pointer_length);
	const char *text = line_end ? (const char *)line_end + 1 : (const char *)data + 1;
	size_t length = size - (size_t)((const uint8_t *)text - data);
	cleanup_json json_t *root = NULL;
	cleanup_error struct error *error = NULL;
	int result = document_parse(text, length, kind, &root, &error);
	check((result == 0) == (root != NULL) && (result < 0) == (error != NULL));
	if (result == 0) {
		check_same_after_printing(root, kind);
		if (could_be_ours(pointer))
			edit(root, pointer);
	}
	return 0;
}
