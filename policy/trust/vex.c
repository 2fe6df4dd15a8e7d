#include "policy/trust/vex.h"

#include <errno.h>
#include <stdlib.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/base/timestamp.h"
#include "policy/document/document.h"
#include "policy/trust/demand.h"
#include "policy/trust/vex_product.h"

static const char *const openvex[] = {"https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0", NULL};

/* A document while it is read. */
struct document {
	const struct image *image;
	const struct claim *claim;
	int64_t at;
	struct vex *vex;
	struct error **error;
};

/* What is past changes nothing more. */
static void change_at(const struct document *document, int64_t moment)
{
	struct vex *vex = document->vex;
	if (moment > document->image->now && (vex->changes == 0 || moment < vex->changes))
		vex->changes = moment;
}

static int refuse(const struct document *document, const char *what)
{
	return error_set(document->error, EINVAL, "the OpenVEX document %s %s", document->claim->source, what);
}

/* The later one of the object's "timestamp" (`inherited` where it has none) and its
 * "last_updated". */
static int read_moment(const struct document *document, const json_t *object, int64_t inherited, int64_t *ret_at)
{
	static const char *const keys[] = {"timestamp", "last_updated"};
	int64_t at = json_object_get(object, keys[0]) ? 0 : inherited;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *value = json_object_get(object, keys[i]);
		const char *text = document_text(value);
		int64_t moment = 0;
		if (value && (!text || timestamp_parse(text, &moment) < 0))
			return refuse(document, "has a timestamp that is no RFC 3339 moment");
		if (moment > at)
			at = moment;
	}
	*ret_at = at;
	return 0;
}

/* "not_affected" has to say why; "affected" and "under_investigation" take back what an
 * older statement said. False for a status that is none. */
static bool read_status(const json_t *statement, const char **ret_status, bool *ret_clears)
{
	static const char *const statuses[] = {"not_affected", "fixed", "affected", "under_investigation", NULL};
	static const char *const justifications[] = {
		"component_not_present",
		"vulnerable_code_not_present",
		"vulnerable_code_not_in_execute_path",
		"vulnerable_code_cannot_be_controlled_by_adversary",
		"inline_mitigations_already_exist",
		NULL,
	};
	const char *status = document_text(json_object_get(statement, "status"));
	if (!text_is_one_of(status, statuses))
		return false;
	const char *impact = document_text(json_object_get(statement, "impact_statement"));
	bool says_why = text_is_one_of(document_text(json_object_get(statement, "justification")), justifications) ||
			(impact && *impact);
	*ret_status = status;
	*ret_clears = text_equal(status, "fixed") || (text_equal(status, "not_affected") && says_why);
	return true;
}

static int index_name(struct document *document, const char *name, size_t at)
{
	json_t *by_name = document->vex->by_name;
	json_t *list = json_object_get(by_name, name);
	if (!list) {
		list = json_array();
		if (json_object_set_new(by_name, name, list) < 0)
			return error_out_of_memory(document->error);
	}
	return json_array_append_new(list, json_integer((json_int_t)at)) < 0 ? error_out_of_memory(document->error)
									     : 0;
}

static int add(struct document *document, const struct vex_statement *statement, const json_t *aliases)
{
	struct vex *vex = document->vex;
	if (vex->count == vex->capacity) {
		size_t capacity = vex->capacity * 2 + 16;
		struct vex_statement *larger = reallocarray(vex->list, capacity, sizeof(*larger));
		if (!larger)
			return error_out_of_memory(document->error);
		vex->list = larger;
		vex->capacity = capacity;
	}
	vex->list[vex->count] = *statement;
	int result = index_name(document, statement->vulnerability, vex->count);
	for (size_t i = 0; result == 0 && i < json_array_size(aliases); i++) {
		const char *alias = document_text(json_array_get(aliases, i));
		result = alias ? index_name(document, alias, vex->count)
			       : refuse(document, "has an alias that is no text");
	}
	vex->count++;
	return result;
}

static int read_products(struct document *document, const json_t *products, struct vex_statement *statement,
			 const json_t *aliases)
{
	for (size_t i = 0; i < json_array_size(products); i++) {
		const json_t *product = json_array_get(products, i);
		const json_t *subcomponents = json_object_get(product, "subcomponents");
		if (!json_is_object(product) || (subcomponents && !json_is_array(subcomponents)))
			return refuse(document, "has a product that is none");
		if (!vex_product_is_image(product, document->image))
			continue;
		statement->subcomponents = json_array_size(subcomponents) > 0 ? subcomponents : NULL;
		int result = add(document, statement, aliases);
		if (result < 0)
			return result;
	}
	return 0;
}

static int read_statement(struct document *document, const json_t *object)
{
	const json_t *vulnerability = json_object_get(object, "vulnerability");
	const json_t *aliases = json_object_get(vulnerability, "aliases");
	const json_t *products = json_object_get(object, "products");
	struct vex_statement statement = {
		.vulnerability = document_text(json_object_get(vulnerability, "name")),
		.source = document->claim->source,
	};
	if (!statement.vulnerability || (aliases && !json_is_array(aliases)))
		return refuse(document, "has a statement without the name of a vulnerability");
	if (products && !json_is_array(products))
		return refuse(document, "has products that are no list");
	if (!read_status(object, &statement.status, &statement.clears))
		return refuse(document, "has a statement whose status is none");
	int result = read_moment(document, object, document->at, &statement.at);
	if (result < 0)
		return result;
	if (statement.at > document->image->now) {
		statement.clears = false;
		change_at(document, statement.at);
	}
	return read_products(document, products, &statement, aliases);
}

static int read_document(struct document *document)
{
	const json_t *root = document->claim->predicate;
	const json_t *statements = json_object_get(root, "statements");
	if (!text_is_one_of(document_text(json_object_get(root, "@context")), openvex))
		return refuse(document, "has a @context of another version than v0.2.0");
	if (!json_object_get(root, "timestamp"))
		return refuse(document, "has no timestamp");
	if (!json_is_array(statements))
		return refuse(document, "has no list of statements");
	int result = read_moment(document, root, 0, &document->at);
	for (size_t i = 0; result == 0 && i < json_array_size(statements); i++)
		result = read_statement(document, json_array_get(statements, i));
	return result;
}

static bool is_document(const struct claim *claim, const char *signer)
{
	return claim->kind == CLAIM_ATTESTATION && text_equal(claim->signer, signer) &&
	       text_is_one_of(claim->predicate_type, openvex);
}

/* Is there a higher version of the same document (@id)? What that no longer says was taken
 * back, though no statement says so. */
static bool is_replaced(const struct claims *claims, const struct claim *claim)
{
	const char *id = document_text(json_object_get(claim->predicate, "@id"));
	int64_t version = 0, other = 0;
	if (!id || document_read_int64(json_object_get(claim->predicate, "version"), &version) < 0)
		return false;
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *newer = &claims->list[i];
		if (is_document(newer, claim->signer) &&
		    document_read_int64(json_object_get(newer->predicate, "version"), &other) == 0 && other > version &&
		    text_equal(document_text(json_object_get(newer->predicate, "@id")), id))
			return true;
	}
	return false;
}

int vex_read(const struct image *image, const char *signer, struct vex *ret_vex, struct error **error)
{
	const struct claims *claims = image->claims;
	cleanup_vex struct vex vex = {.by_name = json_object()};
	if (!vex.by_name)
		return error_out_of_memory(error);
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->list[i];
		if (!is_document(claim, signer) || is_replaced(claims, claim))
			continue;
		struct document document = {
			.image = image, .claim = claim, .vex = &vex, .error = error};
		change_at(&document, claim->expires);
		int result = read_document(&document);
		if (result < 0)
			return result;
	}
	*ret_vex = vex;
	vex = (struct vex){0};
	return 0;
}

void vex_release(struct vex *vex)
{
	free(vex->list);
	json_decref(vex->by_name);
	*vex = (struct vex){0};
}

/* Of two statements of the same moment the one that clears nothing counts. */
static const struct vex_statement *later(const struct vex_statement *left, const struct vex_statement *right)
{
	if (!left || right->at > left->at)
		return right;
	return right->at == left->at && !right->clears ? right : left;
}

/* Where the scanner does not tell the package, a statement on some packages may take back,
 * but sets nothing aside. */
static bool applies(const struct vex_statement *statement, const struct vulnerability *vulnerability)
{
	if (!statement->subcomponents)
		return true;
	if (!vulnerability->purl)
		return !statement->clears;
	return vex_components_have(statement->subcomponents, vulnerability->purl);
}

const struct vex_statement *vex_clears(const struct vex *vex, const struct vulnerability *vulnerability)
{
	const char *const names[] = {vulnerability->id, vulnerability->alias};
	const struct vex_statement *newest = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(names) && names[i]; i++) {
		const json_t *indices = json_object_get(vex->by_name, names[i]);
		for (size_t j = 0; j < json_array_size(indices); j++) {
			const struct vex_statement *statement =
				&vex->list[json_integer_value(json_array_get(indices, j))];
			if (applies(statement, vulnerability))
				newest = later(newest, statement);
		}
	}
	return newest && newest->clears ? newest : NULL;
}
