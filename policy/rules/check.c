#include "policy/rules/check.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

json_t *check_out_of_memory(struct problems *problems)
{
	problems->out_of_memory = true;
	return NULL;
}

const char *check_found(const struct node *node)
{
	static char buffers[4][96];
	static unsigned next;
	char *buffer = buffers[next++ % ARRAY_SIZE(buffers)];
	struct text text = {0};
	if (node->type != NODE_SCALAR || (!node->quoted && !node->text[0]))
		return node_kind(node);
	char head[65];
	(void)snprintf(head, sizeof(head), "%s", node->text);
	text_append_quoted(&text, head);
	cleanup_free char *quoted = text_finish(&text);
	(void)snprintf(buffer, sizeof(buffers[0]), "%s%s", quoted ? quoted : "a value",
		       strlen(node->text) > strlen(head) ? " …" : "");
	return buffer;
}

const struct node *check_member(const struct node *mapping, const char *name)
{
	if (!mapping || mapping->type != NODE_MAPPING)
		return NULL;
	for (size_t i = 0; i + 1 < mapping->count; i += 2)
		if (strcmp(mapping->items[i]->text, name) == 0)
			return mapping->items[i + 1];
	return NULL;
}

const struct node *check_item(const struct node *list, size_t index)
{
	return list && list->type == NODE_SEQUENCE && index < list->count ? list->items[index] : NULL;
}

struct seen {
	const char *text;
	size_t position;
	const struct node *node;
};

static int by_text(const void *left, const void *right)
{
	const struct seen *a = left, *b = right;
	int order = strcmp(a->text, b->text);
	return order ? order : (a->position > b->position) - (a->position < b->position);
}

/* Every `step`-th of the node's items, where it is text. */
static void tell_duplicates(struct problems *problems, const struct node *node, size_t step, const char *what)
{
	size_t count = 0;
	cleanup_free struct seen *seen = calloc(node->count / step + 1, sizeof(*seen));
	if (!seen) {
		(void)check_out_of_memory(problems);
		return;
	}
	for (size_t i = 0; i * step < node->count; i++)
		if (node->items[i * step]->type == NODE_SCALAR)
			seen[count++] = (struct seen){node->items[i * step]->text, i, node->items[i * step]};
	qsort(seen, count, sizeof(*seen), by_text);
	for (size_t i = 1; i < count; i++)
		if (strcmp(seen[i - 1].text, seen[i].text) == 0)
			problem_add(problems, seen[i].node->place, "%s%s a second time (first in line %zu), expected once",
				    what, check_found(seen[i].node), seen[i - 1].node->place.line);
}

void check_duplicates(struct problems *problems, const struct node *mapping)
{
	tell_duplicates(problems, mapping, 2, "key ");
}

static const struct field *field_named(const struct field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields;
	return NULL;
}

static void tell_unknown(struct problems *problems, const struct node *key, const struct field *fields)
{
	const char *names[64];
	size_t count = 0;
	for (; fields[count].name && count < ARRAY_SIZE(names); count++)
		names[count] = fields[count].name;
	problem_add(problems, key->place, "unknown key %s%s", check_found(key), check_suggest(key->text, names, count));
}

json_t *check_mapping(struct problems *problems, const struct node *node, const struct field *fields)
{
	if (node->type != NODE_MAPPING) {
		problem_add(problems, node->place, "%s, expected a mapping", check_found(node));
		return NULL;
	}
	json_t *object = json_object();
	if (!object)
		return check_out_of_memory(problems);
	check_duplicates(problems, node);
	for (size_t i = 0; i + 1 < node->count; i += 2) {
		const struct field *field = field_named(fields, node->items[i]->text);
		if (!field) {
			tell_unknown(problems, node->items[i], fields);
			continue;
		}
		json_t *value = field->read(problems, node->items[i + 1], field);
		if (value && json_object_set_new(object, field->name, value) < 0)
			(void)check_out_of_memory(problems);
	}
	for (const struct field *field = fields; field->name; field++)
		if (field->required && !check_member(node, field->name))
			problem_add(problems, node->place, "no key \"%s\", expected %s", field->name,
				    field->expected ? field->expected : "it here");
	return object;
}

json_t *check_object(struct problems *problems, const struct node *node, const struct field *field)
{
	return check_mapping(problems, node, field->fields);
}

json_t *check_list(struct problems *problems, const struct node *node, const struct field *field)
{
	if (node->type != NODE_SEQUENCE) {
		problem_add(problems, node->place, "%s, expected a list", check_found(node));
		return NULL;
	}
	json_t *list = json_array();
	for (size_t i = 0; list && i < node->count; i++) {
		json_t *item = field->fields->read(problems, node->items[i], field->fields);
		if (item && json_array_append_new(list, item) < 0)
			(void)check_out_of_memory(problems);
	}
	return list ? list : check_out_of_memory(problems);
}

json_t *check_some(struct problems *problems, const struct node *node, const struct field *field)
{
	if (node->type != NODE_SEQUENCE) {
		json_t *one = field->fields->read(problems, node, field->fields);
		json_t *all = one ? json_pack("[o]", one) : NULL;
		return all || !one ? all : check_out_of_memory(problems);
	}
	if (node->count == 0) {
		problem_add(problems, node->place, "an empty list, expected at least one %s", field->fields->name);
		return NULL;
	}
	tell_duplicates(problems, node, 1, "");
	return check_list(problems, node, field);
}

json_t *check_text(struct problems *problems, const struct node *node, const struct field *field)
{
	if (node->type != NODE_SCALAR || !node->text[0]) {
		problem_add(problems, node->place, "%s, expected %s", check_found(node),
			    field->expected ? field->expected : "text");
		return NULL;
	}
	json_t *text = json_string(node->text);
	return text ? text : check_out_of_memory(problems);
}

json_t *check_pattern(struct problems *problems, const struct node *node, const struct field *field)
{
	if (node->type != NODE_SCALAR || !field->fits(node->text)) {
		problem_add(problems, node->place, "%s, expected %s", check_found(node), field->expected);
		return NULL;
	}
	return check_text(problems, node, field);
}

json_t *check_texts(struct problems *problems, const struct node *node, const struct field *field)
{
	if (node->type != NODE_MAPPING || node->count == 0) {
		problem_add(problems, node->place, "%s, expected a mapping of names to texts", check_found(node));
		return NULL;
	}
	check_duplicates(problems, node);
	json_t *object = json_object();
	for (size_t i = 0; object && i + 1 < node->count; i += 2) {
		json_t *value = check_text(problems, node->items[i + 1], field);
		if (value && json_object_set_new(object, node->items[i]->text, value) < 0)
			(void)check_out_of_memory(problems);
	}
	return object ? object : check_out_of_memory(problems);
}

json_t *check_key(struct problems *problems, const struct node *node, const struct field *field)
{
	return check_value(problems, node, field->key);
}

json_t *check_flag(struct problems *problems, const struct node *node, const struct field *field)
{
	static const struct policy_key flag = {.name = "flag", .type = KEY_FLAG};
	(void)field;
	return check_value(problems, node, &flag);
}
