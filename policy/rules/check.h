/* YAML tree → JSON of one shape, by tables. A reader returns a new reference, or NULL
 * where it has told a problem. */
#ifndef OCI_HARDEN_RULES_CHECK_H
#define OCI_HARDEN_RULES_CHECK_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/controls/key.h"
#include "policy/rules/problem.h"
#include "policy/rules/yaml.h"

struct field;

typedef json_t *check_reader(struct problems *problems, const struct node *node, const struct field *field);

/* One key that a mapping may have. */
struct field {
	const char *name; /* NULL ends a table */
	check_reader *read;
	bool required;
	const char *expected;            /* for check_pattern() and messages */
	const struct field *fields;      /* check_object(): the mapping's; check_list(): one, the element's */
	const struct policy_key *key;    /* check_key() */
	bool (*fits)(const char *text);  /* check_pattern() */
};

#define CHECK_LIST_LIMIT 1024u /* elements of a list that a control reads */

/* A mapping with these fields. Unknown, missing and duplicate keys are problems. */
json_t *check_mapping(struct problems *problems, const struct node *node, const struct field *fields);

/* Readers for fields. */
check_reader check_object;  /* check_mapping() of field->fields */
check_reader check_list;    /* a sequence, each element read by field->fields[0] */
check_reader check_some;    /* the same, or one element for a list of it; at least one, none twice */
check_reader check_texts;   /* a mapping of names to texts */
check_reader check_text;    /* text that is not empty */
check_reader check_pattern; /* text that field->fits */
check_reader check_flag;
check_reader check_duration; /* "7d" → seconds, more than none */
check_reader check_day;      /* "2027-03-31" → the second at which it ends (24:00 UTC) */
check_reader check_key;     /* a value of field->key */

/* "2027-03-31" → 24:00 UTC of that day; -EINVAL. */
int check_parse_date(const char *text, int64_t *ret_ends);

/* Any value of a control's key, canonical (controls/key.h). */
json_t *check_value(struct problems *problems, const struct node *node, const struct policy_key *key);

/* The elements of a list key; `what` is its name. */
json_t *check_elements(struct problems *problems, const struct node *node, const struct policy_key *key);

/* What is told of a mapping's keys: duplicates. */
void check_duplicates(struct problems *problems, const struct node *mapping);

/* The value of `name` in a mapping; NULL where it has none, or is no mapping. */
const struct node *check_member(const struct node *mapping, const char *name);

/* NULL: no list, or shorter. To be asked even where a list was checked: of a key that
 * stands twice, what is checked has the last one, and check_member() finds the first. */
const struct node *check_item(const struct node *list, size_t index);

/* "`text`", shortened, or the node's kind; in one of a few static buffers. */
const char *check_found(const struct node *node);

/* Appends what is known besides to a message: "; did you mean X?" or "; known are: …".
 * Static buffer; "" where there is nothing to say. */
const char *check_suggest(const char *text, const char *const *known, size_t count);

json_t *check_out_of_memory(struct problems *problems); /* NULL */

#endif
