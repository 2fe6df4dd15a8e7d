#include "policy/rules/selector.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

static enum selection match_fact(const json_t *wanted, const struct fact *fact)
{
	if (!wanted)
		return SELECTED_BY_ENGINE;
	if (!fact->value || !text_equal(json_string_value(wanted), fact->value))
		return SELECTED_NOT;
	switch (fact->provenance) {
	case PROVENANCE_ENGINE:
		return SELECTED_BY_ENGINE;
	case PROVENANCE_USER:
		return SELECTED_BY_USER;
	case PROVENANCE_UNKNOWN:
		break;
	}
	return SELECTED_NOT;
}

static enum selection match_labels(const json_t *wanted, const json_t *labels)
{
	const char *key;
	json_t *value;
	if (!wanted)
		return SELECTED_BY_ENGINE;
	json_object_foreach((json_t *)(uintptr_t)wanted, key, value)
		if (!text_equal(json_string_value(value), json_string_value(json_object_get(labels, key))))
			return SELECTED_NOT;
	return SELECTED_BY_USER;
}

enum selection selector_match(const json_t *selector, const struct facts *facts)
{
	const char *engine = json_string_value(json_object_get(selector, "engine"));
	if (engine && strcmp(engine, engine_name(facts->engine)) != 0)
		return SELECTED_NOT;
	const enum selection parts[] = {
		match_fact(json_object_get(selector, "namespace"), &facts->namespace),
		match_fact(json_object_get(selector, "name"), &facts->name),
		match_labels(json_object_get(selector, "labels"), facts->labels),
	};
	enum selection least = SELECTED_BY_ENGINE;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i] < least)
			least = parts[i];
	/* a name is chosen by a user whatever the facts say of it */
	if (least == SELECTED_BY_ENGINE && json_object_get(selector, "name"))
		least = SELECTED_BY_USER;
	return least;
}

bool selector_is_engine_set(const json_t *selector)
{
	static const char *const own_namespaces[] = {"docker", "cri", "crio"};
	if (json_object_get(selector, "name") || json_object_get(selector, "labels"))
		return false;
	if (!json_object_get(selector, "namespace"))
		return json_object_get(selector, "engine") != NULL;
	const char *engine = json_string_value(json_object_get(selector, "engine"));
	for (size_t i = 0; i < ARRAY_SIZE(own_namespaces); i++)
		if (text_equal(engine, own_namespaces[i]))
			return true;
	return false;
}

char *selector_text(const json_t *selector)
{
	static const char *const names[] = {"engine", "namespace", "name"};
	struct text text = {0};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = json_string_value(json_object_get(selector, names[i]));
		if (value)
			text_append_format(&text, "%s%s %s", text.length ? ", " : "", names[i], value);
	}
	const char *key;
	json_t *value;
	json_object_foreach(json_object_get(selector, "labels"), key, value)
		text_append_format(&text, "%slabel %s", text.length ? ", " : "", key);
	return text_finish(&text);
}

static bool part_fits(const char *name, const json_t *value)
{
	enum engine engine;
	if (strcmp(name, "engine") == 0)
		return json_is_string(value) && engine_from_name(json_string_value(value), &engine) == 0;
	if (strcmp(name, "namespace") == 0 || strcmp(name, "name") == 0)
		return json_is_string(value);
	if (strcmp(name, "labels") != 0)
		return false;
	const char *key;
	json_t *text;
	json_object_foreach((json_t *)(uintptr_t)value, key, text)
		if (!json_is_string(text))
			return false;
	return json_object_size(value) > 0;
}

int selector_check(const json_t *selector, struct error **error)
{
	const char *name;
	json_t *value;
	if (!json_is_object(selector))
		return error_set(error, EINVAL, "a selector is not an object");
	json_object_foreach((json_t *)(uintptr_t)selector, name, value)
		if (!part_fits(name, value))
			return error_set(error, EINVAL, "the selector's attribute %s is malformed", name);
	return 0;
}
