#include "policy/tests/random_config.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/document/document.h"

uint64_t random_next(uint64_t *state)
{
	/* xorshift64 (Marsaglia 2003) */
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

json_t *random_config(uint64_t *state, const struct random_field *fields, size_t count)
{
	json_t *config = parse_config("{\"ociVersion\":\"1.0.2\",\"hostname\":\"h\",\"process\":{\"cwd\":\"/\",\"env\":[\"A=b\"]},"
				      "\"linux\":{\"sysctl\":{\"net.ipv4.ip_forward\":\"0\"}},\"vendor\":{\"x\":[1,null]}}");
	for (size_t i = 0; i < count; i++) {
		size_t values = 0;
		while (values < RANDOM_VALUES && fields[i].values[values])
			values++;
		size_t chosen = random_next(state) % (values + 1);
		if (chosen == values)
			continue;
		cleanup_free char *text = NULL;
		assert_true(asprintf(&text, "{\"value\":%s}", fields[i].values[chosen]) > 0);
		cleanup_json json_t *holder = parse_config(text);
		cleanup_error struct error *error = NULL;
		if (document_set(config, fields[i].pointer, json_object_get(holder, "value"), &error) < 0)
			fail_msg("%s: %s", fields[i].pointer, error_message(error));
	}
	return config;
}

char *random_list(uint64_t *state, const char *const *items, size_t count, size_t most)
{
	struct text text = {0};
	text_append(&text, "[");
	size_t length = random_next(state) % (most + 1);
	for (size_t i = 0; i < length; i++)
		text_append_format(&text, "%s%s", i ? "," : "", items[random_next(state) % count]);
	text_append(&text, "]");
	char *list = text_finish(&text);
	assert_non_null(list);
	return list;
}

static json_t *without_owned(const json_t *document, const struct control *control)
{
	json_t *copy = json_deep_copy(document);
	for (const char *const *own = control->owns; *own; own++)
		assert_int_equal(document_remove(copy, *own, NULL), 0);
	return copy;
}

struct decision decide_on_random(const json_t *config, const struct control *control, const json_t *changes,
				 const struct facts *facts)
{
	cleanup_json json_t *copy = json_deep_copy(config);
	cleanup_json json_t *settings = settings_for_only(control, changes);
	struct decision decision = decide_lawfully(copy, settings, facts);
	cleanup_json json_t *before = without_owned(config, control);
	cleanup_json json_t *after = without_owned(decision.result, control);
	if (!json_equal(before, after)) {
		cleanup_free char *text = json_dumps(config, 0);
		fail_msg("%s changed what it does not own in %s", control->name, text);
	}
	return decision;
}
