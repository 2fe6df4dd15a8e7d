/* YAML → a bounded tree with line and column. A small, strict part of YAML: one
 * document of mappings, sequences and scalars. Tags, directives, merge keys, keys
 * that are not scalars and several documents are refused; aliases are allowed as
 * long as what they stand for stays small. Scalars stay text: what they mean is
 * decided by whoever reads them, so nothing turns `no` into false. */
#ifndef OCI_HARDEN_RULES_YAML_H
#define OCI_HARDEN_RULES_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/rules/problem.h"

#define YAML_SIZE ((size_t)1 << 20) /* bytes */
#define YAML_DEPTH 32u              /* nested mappings and sequences, aliases followed */
#define YAML_NODES 1000000u         /* nodes, aliases followed */

enum node_type {
	NODE_SCALAR = 0,
	NODE_SEQUENCE,
	NODE_MAPPING,
};

struct node {
	enum node_type type;
	struct place place;
	char *text;  /* NODE_SCALAR: NUL-terminated, without NUL bytes, UTF-8 */
	bool quoted; /* NODE_SCALAR: quoted or a block, so it is text in every case */
	/* The elements, or key, value, key, value … A node may be in several places of
	 * the tree (aliases). */
	struct node **items;
	size_t count;
	size_t weight; /* nodes in it, itself included */
	unsigned height;
};

/* The functions are not called yaml_…: libyaml has functions of its own by such names. */
struct tree;

/* *ret_tree is NULL where a problem was added. `file` is borrowed for as long as
 * the tree and the problems' places are used. */
void tree_parse(const char *file, const char *text, size_t length, struct problems *problems,
		struct tree **ret_tree);
const struct node *tree_root(const struct tree *tree);
void tree_free(struct tree *tree);

static inline void cleanup_tree_function(struct tree **tree)
{
	tree_free(*tree);
}
#define cleanup_tree __attribute__((cleanup(cleanup_tree_function)))

/* "a mapping", "a list", "text" … for messages; never the value. */
const char *node_kind(const struct node *node);

#endif
