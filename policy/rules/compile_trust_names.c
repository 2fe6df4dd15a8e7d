#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/rules/check_trust.h"
#include "policy/rules/compile_parts.h"

enum role {
	ROLE_SIGNS = 0,
	ROLE_ATTESTS,
	ROLE_SCANS, /* or says that a finding does not matter (VEX) */
	ROLE_LOOSENS, /* an exception is bound to it */
};

/* A signer's name where it is used. */
struct use {
	const struct node *node;
	enum role role;
};

struct uses {
	struct use *list; /* owned */
	size_t count;
	struct problems *problems;
};

static void add(struct uses *uses, const struct node *node, enum role role)
{
	if (!node || node->type != NODE_SCALAR || !node->text[0])
		return;
	struct use *larger = reallocarray(uses->list, uses->count + 1, sizeof(*larger));
	if (!larger) {
		(void)check_out_of_memory(uses->problems);
		return;
	}
	uses->list = larger;
	larger[uses->count++] = (struct use){node, role};
}

static void add_signed_by(struct uses *uses, const struct node *signed_by, enum role role)
{
	const struct node *name;
	for (size_t i = 0; (name = check_signed_by_name(signed_by, i)); i++)
		add(uses, name, role);
}

static void add_trust(struct uses *uses, const struct node *trust)
{
	const struct node *images = check_member(trust, "images"), *image, *attestation;
	for (size_t i = 0; (image = check_item(images, i)); i++) {
		const struct node *vulnerabilities = check_member(image, "vulnerabilities");
		add_signed_by(uses, check_member(image, "signed-by"), ROLE_SIGNS);
		for (size_t j = 0; (attestation = check_item(check_member(image, "attestations"), j)); j++)
			add_signed_by(uses, check_member(attestation, "signed-by"), ROLE_ATTESTS);
		add(uses, check_member(vulnerabilities, "scanner"), ROLE_SCANS);
		add(uses, check_member(vulnerabilities, "vex"), ROLE_SCANS);
	}
}

static void add_layer(struct uses *uses, const struct layer *layer)
{
	const struct node *root = tree_root(layer->tree), *item;
	add_trust(uses, check_member(root, "trust"));
	for (size_t i = 0; (item = check_item(check_member(root, "scopes"), i)); i++)
		add_trust(uses, check_member(item, "trust"));
	for (size_t i = 0; (item = check_item(check_member(root, "exceptions"), i)); i++)
		add_signed_by(uses, check_member(check_member(item, "for"), "signed-by"), ROLE_LOOSENS);
}

static const struct node *signers_of(const struct layer *layer)
{
	return check_member(check_member(tree_root(layer->tree), "trust"), "signers");
}

static bool is_signer(const struct layer *layer, const char *name)
{
	for (; layer; layer = layer->below)
		if (check_member(signers_of(layer), name))
			return true;
	return false;
}

static void tell_unknown(const struct layer *layer, const struct node *name, struct problems *problems)
{
	const char *names[64];
	size_t count = 0;
	for (; layer; layer = layer->below) {
		const struct node *signers = signers_of(layer);
		for (size_t i = 0; signers && signers->type == NODE_MAPPING && i + 1 < signers->count; i += 2)
			if (count < ARRAY_SIZE(names))
				names[count++] = signers->items[i]->text;
	}
	problem_add(problems, name->place, "%s, expected one of trust/signers%s", check_found(name),
		    check_suggest(name->text, names, count));
}

static int by_name(const void *left, const void *right)
{
	const struct use *a = left, *b = right;
	int order = strcmp(a->node->text, b->node->text);
	return order ? order : (a->role > b->role) - (a->role < b->role);
}

static int search_name(const void *name, const void *use)
{
	return strcmp(name, ((const struct use *)use)->node->text);
}

/* Who scanned is not who signed, anywhere: of one image several entries may hold. */
static void check_uses(const struct uses *uses, const struct layer *layer, struct problems *problems)
{
	const char *signs = NULL;
	for (size_t i = 0; i < uses->count; i++) {
		const struct node *node = uses->list[i].node;
		if (uses->list[i].role == ROLE_SIGNS)
			signs = node->text;
		if (!is_signer(layer, node->text))
			tell_unknown(layer, node, problems);
		else if (uses->list[i].role == ROLE_SCANS && text_equal(signs, node->text))
			problem_add(problems, node->place, "%s signs images as well, expected a signer of its own: who builds "
				    "an image does not judge it", check_found(node));
	}
}

static void check_unused(const struct uses *uses, const struct layer *layer, struct problems *warnings)
{
	for (; layer; layer = layer->below) {
		const struct node *signers = signers_of(layer);
		for (size_t i = 0; signers && signers->type == NODE_MAPPING && i + 1 < signers->count; i += 2) {
			const struct node *name = signers->items[i];
			bool used = uses->count && bsearch(name->text, uses->list, uses->count, sizeof(*uses->list),
							   search_name);
			if (!used)
				problem_add(warnings, name->place, "signer %s is used by no image and no exception",
					    check_found(name));
		}
	}
}

void compile_trust_names(const struct layer *layer, struct problems *problems, struct problems *warnings)
{
	struct uses uses = {.problems = problems};
	for (const struct layer *each = layer; each; each = each->below)
		add_layer(&uses, each);
	if (uses.count)
		qsort(uses.list, uses.count, sizeof(*uses.list), by_name);
	check_uses(&uses, layer, problems);
	check_unused(&uses, layer, warnings);
	free(uses.list);
}
