#include <errno.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/check.h"
#include "policy/rules/order.h"

static bool is_null(const struct node *node)
{
	return node->type == NODE_SCALAR && !node->quoted && strcmp(node->text, "null") == 0;
}

static json_t *told(struct problems *problems, const struct node *node, const char *expected)
{
	problem_add(problems, node->place, "%s, expected %s", check_found(node), expected);
	return NULL;
}

static bool is_other_boolean(const char *text)
{
	static const char *const spellings[] = {"yes", "no", "on", "off", "y", "n", "true", "false"};
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++)
		if (strcasecmp(text, spellings[i]) == 0)
			return true;
	return false;
}

static json_t *read_flag(struct problems *problems, const struct node *node)
{
	if (node->type == NODE_SCALAR && !node->quoted && strcmp(node->text, "true") == 0)
		return json_true();
	if (node->type == NODE_SCALAR && !node->quoted && strcmp(node->text, "false") == 0)
		return json_false();
	if (node->type == NODE_SCALAR && is_other_boolean(node->text))
		return told(problems, node, "true or false: other spellings of YAML 1.1, and quoted ones, are not taken");
	return told(problems, node, "true or false");
}

struct number_type {
	int (*parse)(const char *text, int64_t *ret);
	const char *expected;
};

/* KEY_INTEGER, KEY_SIZE and KEY_CPUS. */
static const struct number_type *number_type_of(enum key_type type)
{
	static const struct number_type integer = {number_parse_int64, "an integer, or null for \"not set\""};
	static const struct number_type size = {number_parse_size,
						"a size such as 512MiB or a number of bytes, or null for \"not set\""};
	static const struct number_type cpus = {number_parse_thousandths,
						"a number of processors such as 1.5, or null for \"not set\""};
	return type == KEY_SIZE ? &size : type == KEY_CPUS ? &cpus : &integer;
}

static json_t *read_number(struct problems *problems, const struct node *node, const struct number_type *type)
{
	int64_t value = 0;
	if (is_null(node))
		return json_null();
	if (node->type != NODE_SCALAR)
		return told(problems, node, type->expected);
	int result = type->parse(node->text, &value);
	if (result == -ERANGE) {
		problem_add(problems, node->place, "%s, which is too large, expected %s", check_found(node),
			    type->expected);
		return NULL;
	}
	if (result < 0)
		return told(problems, node, type->expected);
	json_t *number = json_integer(value);
	return number ? number : check_out_of_memory(problems);
}

static size_t word_count(const char *const *words)
{
	size_t count = 0;
	while (words && words[count])
		count++;
	return count;
}

static json_t *read_word(struct problems *problems, const struct node *node, const struct policy_key *key)
{
	size_t count = word_count(key->words);
	if (node->type != NODE_SCALAR || (!node->quoted && !node->text[0]))
		return told(problems, node, "text");
	const char *text = node->text;
	if (key->prefix && text_starts_with(text, key->prefix))
		text += strlen(key->prefix);
	cleanup_json json_t *word = json_string(text);
	if (!word)
		return check_out_of_memory(problems);
	bool known = !key->words;
	for (size_t i = 0; i < count; i++)
		known |= strcmp(key->words[i], text) == 0;
	if (known)
		return take_pointer(word);
	problem_add(problems, node->place, "%s is not a value of \"%s\"%s", check_found(node), key->name,
		    check_suggest(text, key->words, count));
	return NULL;
}

static json_t *read_text(struct problems *problems, const struct node *node)
{
	if (is_null(node))
		return json_null();
	if (node->type != NODE_SCALAR || (!node->quoted && !node->text[0]))
		return told(problems, node, "text, or null for \"not set\"");
	json_t *text = json_string(node->text);
	return text ? text : check_out_of_memory(problems);
}

/* Takes over `value`, the path of a file that becomes a part of the policy. */
static json_t *loaded(struct problems *problems, const struct node *node, const struct policy_key *key,
		      json_t *value)
{
	cleanup_error struct error *error = NULL;
	cleanup_free char *content = NULL;
	if (!json_is_string(value) || !key->load)
		return value;
	json_t *whole = NULL;
	if (key->load(json_string_value(value), &content, &error) < 0)
		problem_add(problems, node->place, "%s", error_message(error));
	else if (!(whole = json_string(content)))
		(void)check_out_of_memory(problems);
	json_decref(value);
	return whole;
}

/* Takes over `value`; what the key's own check says of it. */
static json_t *checked(struct problems *problems, const struct node *node, const struct policy_key *key,
		       json_t *value)
{
	cleanup_error struct error *error = NULL;
	if (!value || !key->check || json_is_null(value) || key->check(value, &error) >= 0)
		return value;
	problem_add(problems, node->place, "%s, %s", check_found(node), error_message(error));
	json_decref(value);
	return NULL;
}

static const struct policy_key *record_field(const struct policy_key *fields, const char *name)
{
	for (; fields->type != KEY_END; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields;
	return NULL;
}

static bool has_default(const struct policy_key *field)
{
	return field->fallback || field->type == KEY_LIST || field->type == KEY_RECORDS;
}

static void tell_unknown(struct problems *problems, const struct node *name, const struct policy_key *fields)
{
	const char *names[32];
	size_t count = 0;
	for (; fields[count].type != KEY_END && count < ARRAY_SIZE(names); count++)
		names[count] = fields[count].name;
	problem_add(problems, name->place, "unknown key %s%s", check_found(name), check_suggest(name->text, names, count));
}

static json_t *read_record(struct problems *problems, const struct node *node, const struct policy_key *key)
{
	if (node->type != NODE_MAPPING)
		return told(problems, node, "a mapping");
	check_duplicates(problems, node);
	cleanup_json json_t *record = json_object();
	bool whole = record != NULL;
	for (size_t i = 0; i + 1 < node->count; i += 2) {
		const struct policy_key *field = record_field(key->fields, node->items[i]->text);
		if (!field)
			tell_unknown(problems, node->items[i], key->fields);
		json_t *value = field ? check_value(problems, node->items[i + 1], field) : NULL;
		if (json_is_null(value) && field->type == KEY_TEXT && !has_default(field))
			value = told(problems, node->items[i + 1], "a value here");
		whole &= value && json_object_set_new(record, field->name, value) == 0;
	}
	for (const struct policy_key *field = key->fields; field->type != KEY_END; field++) {
		if (check_member(node, field->name))
			continue;
		if (has_default(field)) {
			whole &= json_object_set_new(record, field->name, key_fallback(field)) == 0;
			continue;
		}
		problem_add(problems, node->place, "no key \"%s\", expected it in every element of \"%s\"", field->name,
			    key->name);
		whole = false;
	}
	return whole ? take_pointer(record) : NULL;
}

static json_t *read_element(struct problems *problems, const struct node *node, const struct policy_key *key)
{
	json_t *item = key->type == KEY_RECORDS ? read_record(problems, node, key) : read_word(problems, node, key);
	return checked(problems, node, key, item);
}

json_t *check_elements(struct problems *problems, const struct node *node, const struct policy_key *key)
{
	if (node->type != NODE_SEQUENCE)
		return told(problems, node, node->type == NODE_SCALAR && node->text[0] ? "a list: write it as [X]" : "a list");
	if (node->count > CHECK_LIST_LIMIT) {
		problem_add(problems, node->place, "%zu elements, expected at most %u", node->count, CHECK_LIST_LIMIT);
		return NULL;
	}
	cleanup_json json_t *list = json_array();
	bool whole = list != NULL;
	for (size_t i = 0; i < node->count; i++) {
		json_t *item = read_element(problems, node->items[i], key);
		bool twice = item && order_list_has(list, item);
		if (twice)
			problem_add(problems, node->items[i]->place, "%s a second time in \"%s\", expected once",
				    check_found(node->items[i]), key->name);
		whole &= item && !twice;
		if (item && json_array_append_new(list, item) < 0)
			return check_out_of_memory(problems);
	}
	return whole ? take_pointer(list) : NULL;
}

json_t *check_value(struct problems *problems, const struct node *node, const struct policy_key *key)
{
	json_t *value = NULL;
	switch (key->type) {
	case KEY_FLAG:
		value = read_flag(problems, node);
		break;
	case KEY_INTEGER:
	case KEY_SIZE:
	case KEY_CPUS:
		value = read_number(problems, node, number_type_of(key->type));
		break;
	case KEY_WORD:
		value = read_word(problems, node, key);
		break;
	case KEY_TEXT:
		value = read_text(problems, node);
		break;
	case KEY_LIST:
	case KEY_RECORDS:
		return check_elements(problems, node, key);
	case KEY_END:
		break;
	}
	return loaded(problems, node, key, checked(problems, node, key, value));
}
