/* A child that can do nothing but compute reads the image's bytes and answers by a line
 * for each digest. What it answers is checked as if it came from outside as well. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "policy/document/document.h"
#include "policy/trust/claim.h"
#include "policy/trust/confine.h"
#include "policy/trust/digest.h"
#include "policy/trust/digest_set.h"
#include "policy/trust/dsse.h"
#include "policy/trust/fields.h"
#include "policy/trust/layout_subjects.h"
#include "policy/trust/manifest.h"
#include "policy/trust/notation.h"
#include "policy/trust/signed_layer.h"
#include "policy/trust/sigstore_bundle.h"
#include "policy/trust/simple_signing.h"
#include "policy/trust/store_parts.h"

#define NAME_LENGTH 512u

/* Somebody waits for a container, but not here. */
static const struct confinement confinement = {.milliseconds = 30000};

/* What stands in index.json of a manifest. cosign finds its own by the annotation "kind". */
static const struct entry_kind {
	const char *media_type, *annotation;
} kinds[] = {
	{MEDIA_TYPE_INDEX, "dev.cosignproject.cosign/imageIndex"},
	{MEDIA_TYPE_DOCKER_LIST, "dev.cosignproject.cosign/imageIndex"},
	{MEDIA_TYPE_MANIFEST, "dev.cosignproject.cosign/image"},
	{MEDIA_TYPE_DOCKER_MANIFEST, "dev.cosignproject.cosign/image"},
	{MEDIA_TYPE_MANIFEST, "dev.cosignproject.cosign/sigs"},
	{MEDIA_TYPE_MANIFEST, "dev.cosignproject.cosign/atts"},
	{MEDIA_TYPE_MANIFEST, NULL},
	{MEDIA_TYPE_DOCKER_MANIFEST, NULL},
	{MEDIA_TYPE_INDEX, NULL},
	{MEDIA_TYPE_DOCKER_LIST, NULL},
};

_Static_assert(ARRAY_SIZE(kinds) <= 10, "a row is one digit of the child's answer");

/* The layer's media type that makes a manifest without a subject one of cosign's. */
static const char *annotation_of(const struct manifest *manifest)
{
	static const char *const rows[][2] = {
		{SIMPLE_SIGNING_MEDIA_TYPE, "dev.cosignproject.cosign/sigs"},
		{DSSE_MEDIA_TYPE, "dev.cosignproject.cosign/atts"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows) && manifest->count && !manifest->subject.digest[0]; i++)
		if (strcmp(manifest->list[0].media_type, rows[i][0]) == 0)
			return rows[i][1];
	return NULL;
}

static size_t kind_of(const struct manifest *manifest, bool is_image)
{
	const char *annotation = annotation_of(manifest);
	if (is_image)
		annotation = manifest->kind == MANIFEST_INDEX ? "dev.cosignproject.cosign/imageIndex" :
								"dev.cosignproject.cosign/image";
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].media_type, manifest->media_type) == 0 && text_equal(kinds[i].annotation, annotation))
			return i;
	return kind_of(&(struct manifest){.kind = manifest->kind, .media_type = manifest->media_type}, false);
}

/* ---- in the child ---- */

struct question {
	const struct evidence *evidence;
	const char *digest;
	size_t signers; /* 0: not known */
};

/* Those of Notation have a cap of their own. */
struct counts {
	json_t *all, *notation; /* objects of signed_layer_note() */
};

static int find(struct digest_set *walk, const char *digest, struct error **error)
{
	int result = digest_set_add(walk, digest);
	if (result == -E2BIG)
		return error_set(error, E2BIG, "it has more than %u manifests and configurations", STORE_DIGESTS);
	return result < 0 ? error_out_of_memory(error) : 0;
}

static int look_into(struct digest_set *walk, const struct manifest *manifest, struct error **error)
{
	if (manifest->kind == MANIFEST_IMAGE)
		return find(walk, manifest->config.digest, error);
	int result = 0;
	for (size_t i = 0; result == 0 && i < manifest->count; i++)
		result = find(walk, manifest->list[i].digest, error);
	return result;
}

int store_walk(const struct evidence *evidence, const char *digest, struct digest_set *walk, struct error **error)
{
	int result = find(walk, digest, error);
	for (size_t i = 0; result == 0 && i < walk->count; i++) {
		cleanup_manifest struct manifest manifest = {0};
		const struct blob *blob = evidence_find(evidence, walk->list[i]);
		/* a platform that is not there, or a configuration */
		if (blob && manifest_read(blob->data, blob->size, &manifest, NULL) == 0)
			result = look_into(walk, &manifest, error);
	}
	return result;
}

static int answer_image(const struct question *question, struct text *output, struct error **error)
{
	cleanup_manifest struct manifest top = {0};
	const struct blob *blob = evidence_find(question->evidence, question->digest);
	if (!blob)
		return error_set(error, EINVAL, "the bytes of %s itself are neither given nor in the store", question->digest);
	int result = manifest_read(blob->data, blob->size, &top, error);
	if (result < 0)
		return error_prefix(error, "%s is neither an index nor a manifest", question->digest);
	text_append_format(output, "%zu %s\n", kind_of(&top, true), question->digest);
	return 0;
}

static int check_counts(const struct counts *counts, const struct question *question, struct error **error)
{
	size_t all = json_object_size(counts->all), notation = json_object_size(counts->notation);
	if (all > STORE_STATEMENTS)
		return error_set(error, E2BIG, "%s has more than %u signatures and attestations; take what is old or foreign "
				 "out of the registry or the layout, or import what is needed alone", question->digest,
				 STORE_STATEMENTS);
	if (question->signers == 0 || (all * question->signers <= CLAIM_CHECKS && notation <= NOTATION_SIGNATURES))
		return 0;
	return error_set(error, E2BIG, "%s has so many signatures and attestations (%zu, of Notation %zu) that no verdict "
			 "tries them all for %zu signers; take what is old or foreign out of the registry or the layout, or import "
			 "what is needed alone", question->digest, all, notation, question->signers);
}

/* What is signed about the image, each once: verifying it must not take longer than somebody
 * waits for a container, whoever has put how much into the registry. */
static int count_statements(const struct manifest *manifest, const struct question *question, struct counts *counts,
			    struct error **error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && manifest->kind == MANIFEST_IMAGE && i < manifest->count; i++) {
		const struct descriptor *layer = &manifest->list[i];
		const char *type = field_text(manifest->annotations, BUNDLE_PREDICATE_TYPE);
		const char *const beside[LAYOUT_STATEMENTS] = {
			/* cosign's classic ones have the signature itself in the annotations */
			[LAYOUT_SIGNATURE] = NULL,
			[LAYOUT_ATTESTATION] = NULL,
			[LAYOUT_BUNDLE] = type ? type : "",
			[LAYOUT_NOTATION] = manifest->subject.digest,
		};
		bool is_new = false;
		enum layout_statement kind = layout_statement_of(layer->media_type);
		if (kind == LAYOUT_STATEMENTS)
			continue;
		result = signed_layer_note(layer, beside[kind], counts->all, &is_new, error);
		if (result == 0 && kind == LAYOUT_NOTATION)
			result = signed_layer_note(layer, beside[kind], counts->notation, &is_new, error);
	}
	return result < 0 ? result : check_counts(counts, question, error);
}

static int answer(void *context, struct text *output, struct error **error)
{
	const struct question *question = context;
	cleanup_digest_set struct digest_set walk = {.limit = STORE_DIGESTS};
	cleanup_json json_t *all = json_object(), *notation = json_object();
	struct counts counts = {all, notation};
	if (!all || !notation)
		return error_out_of_memory(error);
	int result = answer_image(question, output, error);
	if (result == 0)
		result = store_walk(question->evidence, question->digest, &walk, error);
	for (size_t i = 0; result == 0 && i < question->evidence->count; i++) {
		const struct blob *blob = &question->evidence->blobs[i];
		cleanup_manifest struct manifest manifest = {0};
		if (digest_set_has(&walk, blob->digest) || manifest_read(blob->data, blob->size, &manifest, NULL) < 0)
			continue;
		text_append_format(output, "%zu %s\n", kind_of(&manifest, false), blob->digest);
		result = count_statements(&manifest, question, &counts, error);
	}
	for (size_t i = 0; result == 0 && i < walk.count; i++)
		text_append_format(output, "d %s\n", walk.list[i]);
	return result;
}

/* ---- in the caller ---- */

static json_t *entry_of(const struct blob *blob, const struct entry_kind *kind, const struct store_label *label)
{
	json_t *annotations = json_object();
	const struct {
		const char *key, *value;
	} rows[] = {
		{"kind", kind->annotation},
		{STORE_NAME, label ? label->name : NULL},
		{STORE_UNASKED, label && label->unasked ? "true" : NULL},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].value && json_object_set_new(annotations, rows[i].key, json_string(rows[i].value)) < 0) {
			json_decref(annotations);
			return NULL;
		}
	return json_pack("{s:s,s:s,s:I,s:o}", "mediaType", kind->media_type, "digest", blob->digest, "size",
			 (json_int_t)blob->size, "annotations", annotations);
}

/* One line of the answer: what stands before the digest says what it is. */
static int take_line(const struct question *question, const char *line, const struct store_label *label,
		     json_t *entries, struct store_plan *plan)
{
	const char *digest = line + 2;
	const struct blob *blob = evidence_find(question->evidence, digest);
	if (line[0] == '\0' || line[1] != ' ' || !digest_is_valid(digest))
		return -EPROTO;
	if (line[0] == 'd' && plan->count < STORE_DIGESTS) {
		memcpy(plan->digests[plan->count++], digest, DIGEST_LENGTH + 1);
		return 0;
	}
	size_t kind = (size_t)(line[0] - '0');
	bool is_first = json_array_size(entries) == 0;
	if (line[0] < '0' || kind >= ARRAY_SIZE(kinds) || !blob || is_first != (strcmp(digest, question->digest) == 0))
		return -EPROTO;
	json_t *entry = entry_of(blob, &kinds[kind], is_first ? label : NULL);
	return json_array_append_new(entries, entry) < 0 ? -ENOMEM : 0;
}

static int take_answer(const struct question *question, char *text, const struct store_label *label,
		       struct store_plan *plan, struct error **error)
{
	json_t *entries = json_array();
	cleanup_json json_t *index = json_pack("{s:i,s:s,s:o}", "schemaVersion", 2, "mediaType", MEDIA_TYPE_INDEX,
					       "manifests", entries);
	plan->digests = calloc(STORE_DIGESTS, sizeof(*plan->digests));
	int result = index && plan->digests ? 0 : -ENOMEM;
	for (char *line = text, *end; result == 0 && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		result = take_line(question, line, label, entries, plan);
	}
	if (result == 0 && (plan->count == 0 || strcmp(plan->digests[0], question->digest) != 0))
		result = -EPROTO;
	if (result == 0)
		plan->index = document_dump(index, JSON_COMPACT);
	if (result == 0 && !plan->index)
		result = -ENOMEM;
	return result < 0 ? error_set_errno(error, -result, "what the confined child says of %s", question->digest) : 0;
}

static int check_name(const char *name, struct error **error)
{
	if (!name)
		return 0;
	bool fits = name[0] && strlen(name) <= NAME_LENGTH && text_is_utf8(name, strlen(name));
	for (const char *at = name; fits && *at; at++)
		fits = (unsigned char)*at > ' ' && *at != 0x7f;
	if (fits)
		return 0;
	return error_set(error, EINVAL, "an image's name has 1 to %u bytes of UTF-8, without spaces", NAME_LENGTH);
}

int store_plan(const struct evidence *evidence, const char *digest, const struct store_label *label, size_t signers,
	       struct store_plan *ret_plan, struct error **error)
{
	cleanup_store_plan struct store_plan plan = {0};
	cleanup_free char *text = NULL;
	size_t length = 0;
	struct question question = {.evidence = evidence, .digest = digest, .signers = signers};
	int result = check_name(label ? label->name : NULL, error);
	if (result == 0)
		result = confine(answer, &question, &confinement, &text, &length, error);
	if (result == 0)
		result = take_answer(&question, text, label, &plan, error);
	if (result < 0)
		return result;
	*ret_plan = plan;
	plan = (struct store_plan){0};
	return 0;
}

void store_plan_release(struct store_plan *plan)
{
	free(plan->digests);
	free(plan->index);
	*plan = (struct store_plan){0};
}
