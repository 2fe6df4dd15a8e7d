#include "policy/rules/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

/* A list of nodes that grows. */
struct nodes {
	struct node **items;
	size_t count, capacity;
};

struct anchor {
	char *name;
	struct node *node;
};

struct tree {
	struct nodes all; /* owns every node once */
	struct anchor *anchors;
	size_t anchor_count;
	struct node *root;
};

struct parser {
	yaml_parser_t library;
	const char *file;
	struct problems *problems;
	struct tree *tree;
};

static void out_of_memory(struct parser *parser)
{
	parser->problems->out_of_memory = true;
}

static struct place place_of(const struct parser *parser, yaml_mark_t mark)
{
	return (struct place){.file = parser->file, .line = mark.line + 1, .column = mark.column + 1};
}

static int nodes_append(struct nodes *nodes, struct node *node)
{
	if (nodes->count == nodes->capacity) {
		size_t capacity = nodes->capacity ? nodes->capacity * 2 : 8;
		struct node **larger = reallocarray(nodes->items, capacity, sizeof(struct node *));
		if (!larger)
			return -1;
		nodes->items = larger;
		nodes->capacity = capacity;
	}
	nodes->items[nodes->count++] = node;
	return 0;
}

static struct node *new_node(struct parser *parser, enum node_type type, yaml_mark_t mark)
{
	struct node *node = calloc(1, sizeof(*node));
	if (!node || nodes_append(&parser->tree->all, node) < 0) {
		free(node);
		out_of_memory(parser);
		return NULL;
	}
	node->type = type;
	node->place = place_of(parser, mark);
	node->weight = 1;
	node->height = type == NODE_SCALAR ? 0 : 1;
	return node;
}

/* Only whole nodes get here, so that nothing can contain itself. */
static int remember_anchor(struct parser *parser, const char *name, struct node *node)
{
	struct tree *tree = parser->tree;
	if (!name)
		return 0;
	struct anchor *larger = reallocarray(tree->anchors, tree->anchor_count + 1, sizeof(*larger));
	if (larger)
		tree->anchors = larger;
	char *copy = larger ? strdup(name) : NULL;
	if (!copy) {
		out_of_memory(parser);
		return -1;
	}
	larger[tree->anchor_count++] = (struct anchor){.name = copy, .node = node};
	return 0;
}

static struct node *follow_alias(struct parser *parser, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	for (size_t i = parser->tree->anchor_count; i > 0; i--)
		if (strcmp(parser->tree->anchors[i - 1].name, name) == 0)
			return parser->tree->anchors[i - 1].node;
	problem_add(parser->problems, place_of(parser, event->start_mark),
		    "alias *%s, but no complete value before it has the anchor &%s", name, name);
	return NULL;
}

static bool has_tag(struct parser *parser, const yaml_event_t *event, const yaml_char_t *tag)
{
	if (tag)
		problem_add(parser->problems, place_of(parser, event->start_mark),
			    "a tag (!…), expected a value without one: a policy has no types of its own");
	return tag != NULL;
}

static struct node *scalar(struct parser *parser, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	if (has_tag(parser, event, event->data.scalar.tag))
		return NULL;
	if (strlen(value) != length || !text_is_utf8(value, length)) {
		problem_add(parser->problems, place_of(parser, event->start_mark),
			    "a NUL character or malformed UTF-8, expected text");
		return NULL;
	}
	struct node *node = new_node(parser, NODE_SCALAR, event->start_mark);
	if (!node)
		return NULL;
	node->text = strdup(value);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (!node->text)
		out_of_memory(parser);
	if (!node->text || remember_anchor(parser, (const char *)event->data.scalar.anchor, node) < 0)
		return NULL;
	return node;
}

static bool too_large(struct parser *parser, const struct node *node, unsigned depth)
{
	if (depth + node->height > YAML_DEPTH) {
		problem_add(parser->problems, node->place, "more than %u nested levels, expected at most that many",
			    YAML_DEPTH);
		return true;
	}
	if (node->weight > YAML_NODES) {
		problem_add(parser->problems, node->place,
			    "more than %u values once the aliases are followed, expected at most that many", YAML_NODES);
		return true;
	}
	return false;
}

static bool next_event(struct parser *parser, yaml_event_t *event)
{
	if (yaml_parser_parse(&parser->library, event))
		return true;
	struct place place = place_of(parser, parser->library.problem_mark);
	if (parser->library.error == YAML_MEMORY_ERROR)
		out_of_memory(parser);
	else if (parser->library.error == YAML_READER_ERROR)
		problem_add(parser->problems, (struct place){.file = parser->file},
			    "byte %zu: %s, expected UTF-8 text", parser->library.problem_offset,
			    parser->library.problem);
	else
		problem_add(parser->problems, place, "not valid YAML: %s%s%s", parser->library.problem,
			    parser->library.context ? " " : "",
			    parser->library.context ? parser->library.context : "");
	return false;
}

static struct node *node_of(struct parser *parser, const yaml_event_t *event, unsigned depth);

static bool is_end(const yaml_event_t *event)
{
	return event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT;
}

static bool key_fits(struct parser *parser, const struct node *key, struct place place)
{
	if (key->type != NODE_SCALAR)
		problem_add(parser->problems, place, "%s as a key, expected a name", node_kind(key));
	else if (!key->quoted && strcmp(key->text, "<<") == 0)
		problem_add(parser->problems, place,
			    "a merge key (<<), expected a name: write out what it stands for, or use `extends`");
	else
		return true;
	return false;
}

/* Items up to the end event, into `node`. */
static bool fill(struct parser *parser, struct node *node, unsigned depth)
{
	struct nodes items = {0};
	bool complete = false, fits = true;
	while (fits && !complete) {
		yaml_event_t event;
		fits = next_event(parser, &event);
		if (!fits)
			break;
		struct place place = place_of(parser, event.start_mark);
		complete = is_end(&event);
		struct node *item = complete ? NULL : node_of(parser, &event, depth + 1);
		yaml_event_delete(&event);
		if (complete)
			break;
		fits = item && nodes_append(&items, item) == 0;
		if (fits && node->type == NODE_MAPPING && items.count % 2 == 1)
			fits = key_fits(parser, item, place);
		if (!fits)
			break;
		node->weight += item->weight;
		node->height = node->height > item->height + 1 ? node->height : item->height + 1;
		fits = !too_large(parser, node, depth);
	}
	node->items = items.items;
	node->count = items.count;
	return complete;
}

static struct node *collection(struct parser *parser, const yaml_event_t *event, unsigned depth)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *tag = mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	const yaml_char_t *anchor = mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	if (has_tag(parser, event, tag))
		return NULL;
	struct node *node = new_node(parser, mapping ? NODE_MAPPING : NODE_SEQUENCE, event->start_mark);
	if (!node || too_large(parser, node, depth) || !fill(parser, node, depth))
		return NULL;
	return remember_anchor(parser, (const char *)anchor, node) < 0 ? NULL : node;
}

static struct node *node_of(struct parser *parser, const yaml_event_t *event, unsigned depth)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return scalar(parser, event);
	case YAML_ALIAS_EVENT:
		return follow_alias(parser, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return collection(parser, event, depth);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		break;
	}
	problem_add(parser->problems, place_of(parser, event->start_mark), "nothing, expected a value");
	return NULL;
}

static bool document_start_fits(struct parser *parser, const yaml_event_t *event)
{
	if (!event->data.document_start.version_directive &&
	    event->data.document_start.tag_directives.start == event->data.document_start.tag_directives.end)
		return true;
	problem_add(parser->problems, place_of(parser, event->start_mark),
		    "a %%YAML or %%TAG directive, expected a document without one");
	return false;
}

/* One event of the stream's own level; false ends the reading. */
static bool stream_event(struct parser *parser, const yaml_event_t *event)
{
	struct tree *tree = parser->tree;
	if (event->type == YAML_STREAM_START_EVENT || event->type == YAML_DOCUMENT_END_EVENT)
		return true;
	if (event->type == YAML_STREAM_END_EVENT)
		return false;
	if (event->type == YAML_DOCUMENT_START_EVENT && tree->root) {
		problem_add(parser->problems, place_of(parser, event->start_mark),
			    "a second document (---), expected one document in a file");
		return false;
	}
	if (event->type == YAML_DOCUMENT_START_EVENT)
		return document_start_fits(parser, event);
	tree->root = node_of(parser, event, 0);
	return tree->root != NULL;
}

static void read_stream(struct parser *parser)
{
	for (bool more = true; more;) {
		yaml_event_t event;
		if (!next_event(parser, &event))
			return;
		more = stream_event(parser, &event);
		yaml_event_delete(&event);
	}
	if (!parser->tree->root && problems_none(parser->problems))
		problem_add(parser->problems, (struct place){.file = parser->file},
			    "the file is empty, expected at least `version: 1`");
}

static bool text_fits(const char *file, const char *text, size_t length, struct problems *problems)
{
	struct place whole = {.file = file};
	if (length > YAML_SIZE)
		problem_add(problems, whole, "%zu bytes, expected at most %zu", length, YAML_SIZE);
	else if (memchr(text, 0, length))
		problem_add(problems, whole, "a NUL byte, expected text");
	else if (!text_is_utf8(text, length))
		problem_add(problems, whole, "malformed UTF-8, expected UTF-8 text");
	else
		return true;
	return false;
}

void tree_parse(const char *file, const char *text, size_t length, struct problems *problems,
		struct tree **ret_tree)
{
	*ret_tree = NULL;
	if (!text_fits(file, text, length, problems))
		return;
	cleanup_tree struct tree *tree = calloc(1, sizeof(*tree));
	struct problems own = {0};
	struct parser parser = {.file = file, .problems = &own, .tree = tree};
	if (!tree || !yaml_parser_initialize(&parser.library)) {
		problems->out_of_memory = true;
		return;
	}
	yaml_parser_set_encoding(&parser.library, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser.library, (const unsigned char *)text, length);
	read_stream(&parser);
	yaml_parser_delete(&parser.library);
	if (problems_none(&own))
		*ret_tree = take_pointer(tree);
	problems_take(problems, &own);
}

const struct node *tree_root(const struct tree *tree)
{
	return tree->root;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->all.count; i++) {
		free(tree->all.items[i]->text);
		free(tree->all.items[i]->items);
		free(tree->all.items[i]);
	}
	free(tree->all.items);
	for (size_t i = 0; i < tree->anchor_count; i++)
		free(tree->anchors[i].name);
	free(tree->anchors);
	free(tree);
}

const char *node_kind(const struct node *node)
{
	switch (node->type) {
	case NODE_SEQUENCE:
		return "a list";
	case NODE_MAPPING:
		return "a mapping";
	case NODE_SCALAR:
		break;
	}
	return node->text[0] || node->quoted ? "a single value" : "nothing";
}
