/* ask QUESTION ANSWER RUNTIME ARGUMENT…: called by a test's runtime in the place where an
 * engine calls it. Reads the file QUESTION ({"bind", "empty-upper", "diff-ids", "cache",
 * "chain-id", "snapshot-lower", "snapshot-upper", "times"}), asks binding_check() of the
 * container of the command line and writes {"bound", "why", "proof", "microseconds"} to the
 * file ANSWER. "times": asked so often, and the fastest one counts. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/binding/binding.h"
#include "shim/bundle.h"
#include "shim/identity/identity.h"

#define MOST 500u

static int64_t microseconds(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static enum binding binding_from(const char *name)
{
	return text_equal(name, "digest") ? BIND_DIGEST : text_equal(name, "layers") ? BIND_LAYERS : BIND_CONTENT;
}

static char *copy_of(const json_t *words, const char *key)
{
	const char *text = document_text(json_object_get(words, key));
	return text ? strdup(text) : NULL;
}

static int ask(const json_t *words, struct facts *facts, json_t *answer, struct error **error)
{
	const char *diff_ids[MOST] = {0};
	const json_t *list = json_object_get(words, "diff-ids");
	const struct binding_question question = {
		.binding = binding_from(document_text(json_object_get(words, "bind"))),
		.empty_upper = json_is_true(json_object_get(words, "empty-upper")),
		.facts = facts,
		.diff_ids = diff_ids,
		.count = json_array_size(list) < MOST ? json_array_size(list) : MOST,
		.cache = document_text(json_object_get(words, "cache")),
	};
	for (size_t i = 0; i < question.count; i++)
		diff_ids[i] = document_text(json_array_get(list, i));
	facts->chain_id = copy_of(words, "chain-id");
	facts->snapshot_lower = copy_of(words, "snapshot-lower");
	facts->snapshot_upper = copy_of(words, "snapshot-upper");
	int64_t times = 1, fastest = INT64_MAX;
	(void)document_read_int64(json_object_get(words, "times"), &times);
	int result = 0;
	for (; times > 0 && result == 0; times--) {
		cleanup_json json_t *proof = json_array();
		int64_t start = microseconds();
		result = binding_check(&question, proof, error);
		int64_t taken = microseconds() - start;
		fastest = taken < fastest ? taken : fastest;
		(void)json_object_set(answer, "proof", proof);
	}
	(void)json_object_set_new(answer, "microseconds", json_integer(fastest));
	return result;
}

static int run(const char *question, char **words, json_t *answer, struct error **error)
{
	cleanup_free char *text = NULL;
	cleanup_json json_t *asked = NULL;
	cleanup_bundle struct bundle bundle = BUNDLE_NONE;
	struct invocation invocation = {0};
	struct facts facts = {0};
	size_t length = 0;
	int result = file_read(question, 1 << 20, &text, &length, error);
	if (result == 0)
		result = document_parse(text, length, DOCUMENT_PLAIN, &asked, error);
	if (result == 0)
		result = command_line_parse_globals(words, &invocation, error);
	if (result == 0 && !text_equal(invocation.verb, "create"))
		return 1;
	if (result == 0)
		result = command_line_parse_verb(&invocation, PLACE_CREATE, error);
	if (result == 0)
		result = bundle_open(invocation.bundle, &bundle, error);
	if (result == 0)
		result = identity_fill(&invocation, bundle.config, &facts, error);
	if (result == 0)
		result = ask(asked, &facts, answer, error);
	facts_release(&facts);
	invocation_release(&invocation);
	return result;
}

int main(int argc, char **argv)
{
	cleanup_json json_t *answer = json_object();
	cleanup_error struct error *error = NULL;
	if (argc < 4)
		return 2;
	int result = run(argv[1], argv + 3, answer, &error);
	if (result > 0)
		return 0;
	(void)json_object_set_new(answer, "bound", json_boolean(result == 0));
	(void)json_object_set_new(answer, "why", json_string(result < 0 ? error_message(error) : ""));
	return json_dump_file(answer, argv[2], JSON_INDENT(1)) < 0;
}
