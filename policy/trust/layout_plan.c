/* Runs where nothing can be opened: all that it knows is in memory. What a manifest is, is
 * told by its content; names and kinds of index.json only help where content says nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/layout.h"
#include "policy/trust/layout_subjects.h"
#include "policy/trust/manifest.h"

#define NESTING 4u /* indexes in indexes */

struct part {
	const struct blob *blob;
	struct manifest manifest;
	bool is_statement; /* it has a layer that is one */
	bool is_used;
};

struct plan {
	const struct layout_files *files;
	struct part *parts; /* by digest in ascending order */
	size_t count;
	struct manifest top; /* index.json */
	struct digest_set images;
	struct text *output;
};

static int compare_part(const void *digest, const void *part)
{
	return strcmp(digest, ((const struct part *)part)->blob->digest);
}

static struct part *find_part(const struct plan *plan, const char *digest)
{
	return plan->count ? bsearch(digest, plan->parts, plan->count, sizeof(*plan->parts), compare_part) : NULL;
}

static int compare_blob(const void *digest, const void *blob)
{
	return strcmp(digest, ((const struct blob *)blob)->digest);
}

static const struct blob *find_document(const struct plan *plan, const char *digest)
{
	const struct evidence *documents = &plan->files->documents;
	return documents->count ? bsearch(digest, documents->blobs, documents->count, sizeof(*documents->blobs),
					  compare_blob) : NULL;
}

static int compare_name(const void *digest, const void *name)
{
	return strcmp(digest, name);
}

static bool has_file(const struct plan *plan, const char *digest)
{
	const struct layout_files *files = plan->files;
	return files->name_count && bsearch(digest, files->names, files->name_count, sizeof(*files->names), compare_name);
}

static int add(struct digest_set *set, const char *digest, const char *image, struct error **error)
{
	int result = digest_set_add(set, digest);
	if (result == -E2BIG)
		return error_set(error, E2BIG, "image %s has more than %zu manifests, configurations and signatures", image,
				 set->limit);
	return result < 0 ? error_out_of_memory(error) : 0;
}

/* ---- what is what ---- */

static bool is_statement(const struct manifest *manifest)
{
	for (size_t i = 0; manifest->kind == MANIFEST_IMAGE && i < manifest->count; i++)
		if (layout_statement_of(manifest->list[i].media_type) != LAYOUT_STATEMENTS)
			return true;
	return false;
}

static bool is_image(const struct plan *plan, const struct part *part, unsigned nesting)
{
	static const char *const configurations[] = {MEDIA_TYPE_CONFIGURATION, MEDIA_TYPE_DOCKER_CONFIGURATION, NULL};
	const struct manifest *manifest = &part->manifest;
	if (manifest->kind == MANIFEST_IMAGE)
		return !part->is_statement && !manifest->subject.digest[0] &&
		       text_is_one_of(manifest->config.media_type, configurations);
	for (size_t i = 0; nesting > 0 && i < manifest->count; i++) {
		const struct part *below = find_part(plan, manifest->list[i].digest);
		if (below && is_image(plan, below, nesting - 1))
			return true;
	}
	return false;
}

static int read_parts(struct plan *plan, struct error **error)
{
	const struct evidence *documents = &plan->files->documents;
	plan->parts = calloc(documents->count ? documents->count : 1, sizeof(*plan->parts));
	if (!plan->parts)
		return error_out_of_memory(error);
	for (size_t i = 0; i < documents->count; i++) {
		struct part *part = &plan->parts[plan->count];
		const struct blob *blob = &documents->blobs[i];
		int result = manifest_read(blob->data, blob->size, &part->manifest, NULL);
		if (result == -ENOMEM)
			return error_out_of_memory(error);
		if (result < 0)
			continue;
		part->blob = blob;
		part->is_statement = is_statement(&part->manifest);
		plan->count++;
	}
	return 0;
}

/* ---- one image ---- */

/* Its index, manifests and configurations; platforms that are not in the layout are passed
 * over, as `skopeo copy` of one platform leaves them out. */
static int add_tree(const struct plan *plan, const char *image, struct digest_set *set, struct error **error)
{
	int result = add(set, image, image, error);
	for (size_t i = 0; result == 0 && i < set->count; i++) {
		const struct part *part = find_part(plan, set->list[i]);
		if (!part)
			continue;
		const struct manifest *manifest = &part->manifest;
		for (size_t k = 0; result == 0 && manifest->kind == MANIFEST_INDEX && k < manifest->count; k++)
			if (find_part(plan, manifest->list[k].digest))
				result = add(set, manifest->list[k].digest, image, error);
		if (result < 0 || manifest->kind == MANIFEST_INDEX)
			continue;
		if (has_file(plan, manifest->config.digest))
			result = add(set, manifest->config.digest, image, error);
		else if (is_image(plan, part, 0))
			result = error_set(error, EINVAL, "the configuration %s of image %s is not in it", manifest->config.digest,
					   part->blob->digest);
	}
	return result;
}

/* "sha256-<hex>.sig" and so on: the tag that cosign gives what it has signed about a digest. */
static bool tag_is_about(const char *tag, const struct digest_set *images)
{
	static const char *const endings[] = {".sig", ".att", ".sbom", NULL};
	char digest[DIGEST_LENGTH + 1] = "";
	if (!tag || strlen(tag) < DIGEST_LENGTH || !text_is_one_of(tag + DIGEST_LENGTH, endings))
		return false;
	memcpy(digest, tag, DIGEST_LENGTH);
	digest[strlen("sha256")] = digest[strlen("sha256")] == '-' ? ':' : '-';
	return digest_set_has(images, digest);
}

static const char *name_of(const struct descriptor *descriptor)
{
	const char *name = document_text(json_object_get(descriptor->annotations, "io.containerd.image.name"));
	return name ? name : document_text(json_object_get(descriptor->annotations, "org.opencontainers.image.ref.name"));
}

/* Is what `part` states about one of `set`? By its subject, by its layers, by its tag; and
 * where none of them says, as in what `cosign save` writes, it is about the only image. */
static bool is_about(const struct plan *plan, const struct part *part, const struct digest_set *set)
{
	const struct manifest *manifest = &part->manifest;
	if (manifest->subject.digest[0])
		return digest_set_has(set, manifest->subject.digest);
	bool says = false, is_listed = false;
	for (size_t i = 0; i < manifest->count; i++) {
		const struct blob *blob = find_document(plan, manifest->list[i].digest);
		enum layout_statement kind = layout_statement_of(manifest->list[i].media_type);
		int about = blob ? layout_subject_is_one_of(kind, blob, set) : -ENOENT;
		if (about == 1)
			return true;
		says = says || about == 0;
	}
	for (size_t i = 0; i < plan->top.count; i++) {
		const struct descriptor *entry = &plan->top.list[i];
		bool is_this = strcmp(entry->digest, part->blob->digest) == 0;
		if (is_this && tag_is_about(name_of(entry), set))
			return true;
		is_listed = is_listed || is_this;
	}
	return !says && is_listed && plan->images.count == 1;
}

static int add_statement(const struct plan *plan, struct part *part, const char *image, struct digest_set *set,
			 size_t counts[LAYOUT_STATEMENTS], struct error **error)
{
	const struct manifest *manifest = &part->manifest;
	for (size_t i = 0; i < manifest->count; i++)
		if (layout_statement_of(manifest->list[i].media_type) != LAYOUT_STATEMENTS &&
		    !has_file(plan, manifest->list[i].digest)) {
			text_append_format(plan->output, "note %s, which is about %s, has a layer that is not in the "
					   "layout; it was left out\n", part->blob->digest, image);
			return 0;
		}
	int result = add(set, part->blob->digest, image, error);
	if (result == 0 && has_file(plan, manifest->config.digest))
		result = add(set, manifest->config.digest, image, error);
	for (size_t i = 0; result == 0 && i < manifest->count; i++) {
		enum layout_statement kind = layout_statement_of(manifest->list[i].media_type);
		if (kind == LAYOUT_STATEMENTS)
			continue;
		result = add(set, manifest->list[i].digest, image, error);
		counts[kind]++;
	}
	return result;
}

static int put_image(struct plan *plan, const struct descriptor *descriptor, struct error **error)
{
	cleanup_digest_set struct digest_set set = {.limit = EVIDENCE_BLOBS};
	size_t counts[LAYOUT_STATEMENTS] = {0};
	const char *image = descriptor->digest, *name = name_of(descriptor);
	int result = add_tree(plan, image, &set, error);
	size_t tree = set.count;
	for (size_t i = 0; result == 0 && i < plan->count; i++) {
		struct part *part = &plan->parts[i];
		const struct digest_set own = {.list = set.list, .count = tree};
		if (!part->is_statement || !is_about(plan, part, &own))
			continue;
		part->is_used = true;
		result = add_statement(plan, part, image, &set, counts, error);
	}
	if (result < 0)
		return result;
	text_append_format(plan->output, "image %s\n", image);
	if (name && name[0] && !strpbrk(name, " \n"))
		text_append_format(plan->output, "name %s\n", name);
	for (size_t i = 0; i < LAYOUT_STATEMENTS; i++)
		text_append_format(plan->output, "count%zu %zu\n", i, counts[i]);
	for (size_t i = 0; i < set.count; i++)
		text_append_format(plan->output, "blob %s\n", set.list[i]);
	return 0;
}

/* ---- the whole layout ---- */

static int find_images(struct plan *plan, struct error **error)
{
	for (size_t i = 0; i < plan->top.count; i++) {
		const struct descriptor *entry = &plan->top.list[i];
		const struct part *part = find_part(plan, entry->digest);
		if (!part && !has_file(plan, entry->digest))
			return error_set(error, EINVAL, "its index.json names %s, which is not in it", entry->digest);
		if (!part || !is_image(plan, part, NESTING))
			continue;
		if (part->blob->size != entry->size)
			return error_set(error, EINVAL, "its index.json gives another size for %s than it has", entry->digest);
		if (digest_set_add(&plan->images, entry->digest) < 0)
			return error_set(error, E2BIG, "it has more than %u images", LAYOUT_IMAGES);
	}
	return 0;
}

static int put_all(struct plan *plan, struct error **error)
{
	cleanup_digest_set struct digest_set done = {.limit = LAYOUT_IMAGES};
	size_t left_out = 0;
	int result = 0;
	for (size_t i = 0; result == 0 && i < plan->top.count; i++) {
		const struct descriptor *entry = &plan->top.list[i];
		if (!digest_set_has(&plan->images, entry->digest) || digest_set_has(&done, entry->digest))
			continue;
		result = digest_set_add(&done, entry->digest) < 0 ? error_out_of_memory(error) : put_image(plan, entry, error);
	}
	for (size_t i = 0; i < plan->count; i++)
		left_out += plan->parts[i].is_statement && !plan->parts[i].is_used;
	if (left_out)
		text_append_format(plan->output, "note %zu manifest%s with signatures or attestations about no image of "
				   "this layout %s left out\n", left_out, left_out == 1 ? "" : "s", left_out == 1 ? "was" : "were");
	return result;
}

static int check_version(struct bytes version, struct error **error)
{
	cleanup_json json_t *document = NULL;
	int result = document_parse((const char *)version.data, version.size, DOCUMENT_PLAIN, &document, error);
	if (result < 0)
		return error_prefix(error, "its oci-layout");
	if (!text_equal(document_text(json_object_get(document, "imageLayoutVersion")), "1.0.0"))
		return error_set(error, EINVAL, "its oci-layout does not say imageLayoutVersion \"1.0.0\"");
	return 0;
}

int layout_plan(const struct layout_files *files, struct text *output, struct error **error)
{
	struct plan plan = {.files = files, .images = {.limit = LAYOUT_IMAGES}, .output = output};
	int result = check_version(files->version, error);
	if (result == 0 && manifest_read(files->index.data, files->index.size, &plan.top, error) < 0)
		result = error_prefix(error, "its index.json");
	if (result == 0 && plan.top.kind != MANIFEST_INDEX)
		result = error_set(error, EINVAL, "its index.json is not an index");
	if (result == 0)
		result = read_parts(&plan, error);
	if (result == 0)
		result = find_images(&plan, error);
	if (result == 0)
		result = put_all(&plan, error);
	for (size_t i = 0; i < plan.count; i++)
		manifest_release(&plan.parts[i].manifest);
	free(plan.parts);
	manifest_release(&plan.top);
	digest_set_release(&plan.images);
	return result;
}
