#include "shim/hardenctl/registry/gather.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/hardenctl/registry/frame.h"

void gathering_release(struct gathering *gathering)
{
	client_close(&gathering->client);
	json_decref(gathering->seen);
	json_decref(gathering->statements);
	json_decref(gathering->skipped);
}

/* "linux/arm64/v8" against a descriptor; what the platform leaves open fits. */
static bool fits(const struct descriptor *descriptor, const char *platform)
{
	const char *const parts[] = {descriptor->os, descriptor->architecture, descriptor->variant};
	for (size_t i = 0; i < ARRAY_SIZE(parts) && *platform; i++) {
		size_t length = strcspn(platform, "/");
		if (!parts[i] || strlen(parts[i]) != length || strncmp(parts[i], platform, length) != 0)
			return false;
		platform += length + (platform[length] == '/');
	}
	return *platform == '\0';
}

/* BuildKit's attestations stand in the index as manifests of a platform that is none. */
static bool is_wanted(const struct descriptor *descriptor, const char *platform)
{
	if (text_equal(descriptor->os, "unknown") && text_equal(descriptor->architecture, "unknown"))
		return false;
	return !platform || fits(descriptor, platform);
}

static int gather_image(struct gathering *gathering, const struct document *document, struct error **error)
{
	const struct descriptor *config = &document->manifest.config;
	int result = gather_hand_over(gathering, document->digest, &document->response.body, error);
	if (result == 0 && config->size > EVIDENCE_BLOB_SIZE)
		return error_set(error, EFBIG, "%s: its configuration has more than %zu bytes", document->digest,
				 EVIDENCE_BLOB_SIZE);
	if (result == 0)
		result = gather_blob(gathering, config, error);
	gathering->manifests++;
	return result < 0 ? result : gather_statements(gathering, document->digest, error);
}

/* A platform's manifest; mirrors need not have all of them. */
static int gather_platform(struct gathering *gathering, const struct descriptor *descriptor, struct error **error)
{
	cleanup_document struct document document = {0};
	cleanup_error struct error *failure = NULL;
	if (json_object_get(gathering->seen, descriptor->digest))
		return 0;
	int result = gather_progress(gathering, "manifest", descriptor->digest);
	if (result < 0)
		return error_set_errno(error, -result, "handing over");
	result = gather_document(gathering, descriptor->digest, &document, &failure);
	if (result == -ENOENT)
		return gather_skip(gathering, error, "the registry does not have %s, which the index names",
				   descriptor->digest);
	if (result < 0) {
		if (error)
			*error = take_pointer(failure);
		return result;
	}
	if (document.manifest.kind != MANIFEST_IMAGE)
		return gather_skip(gathering, error, "%s is an index inside the index, which is not taken",
				   descriptor->digest);
	return gather_image(gathering, &document, error);
}

static int gather_index(struct gathering *gathering, const struct document *document, struct error **error)
{
	const struct manifest *index = &document->manifest;
	int result = gather_hand_over(gathering, document->digest, &document->response.body, error);
	if (result == 0)
		result = gather_statements(gathering, document->digest, error);
	for (size_t i = 0; i < index->count && result == 0; i++)
		if (is_wanted(&index->list[i], gathering->platform))
			result = gather_platform(gathering, &index->list[i], error);
	if (result < 0)
		return result;
	if (gathering->manifests == 0)
		return error_set(error, ENOENT, "the index %s has no manifest%s%s", document->digest,
				 gathering->platform ? " for " : "", gathering->platform ? gathering->platform : "");
	return 0;
}

static int report(const struct gathering *gathering, const char *digest, struct error **error)
{
	char *text = NULL;
	size_t length = 0;
	cleanup_json json_t *report = json_pack("{s:s, s:I, s:O, s:O}", "digest", digest, "manifests",
						(json_int_t)gathering->manifests, "statements", gathering->statements,
						"skipped", gathering->skipped);
	if (!report)
		return error_out_of_memory(error);
	int result = document_print(report, &text, &length, error);
	if (result < 0)
		return result;
	result = frame_write(gathering->pipe, FRAME_REPORT, NULL, 0, text, length);
	free(text);
	return result < 0 ? error_set_errno(error, -result, "handing over") : 0;
}

int gather(struct gathering *gathering, const struct reference *reference, struct error **error)
{
	cleanup_document struct document document = {0};
	const char *name = reference->digest ? reference->digest : reference->tag;
	gathering->seen = json_object();
	gathering->statements = json_object();
	gathering->skipped = json_array();
	if (!gathering->seen || !gathering->statements || !gathering->skipped)
		return error_out_of_memory(error);
	int result = gather_progress(gathering, "manifest", name);
	if (result < 0)
		return error_set_errno(error, -result, "handing over");
	result = gather_document(gathering, name, &document, error);
	if (result < 0)
		return result;
	result = document.manifest.kind == MANIFEST_INDEX ? gather_index(gathering, &document, error)
							   : gather_image(gathering, &document, error);
	return result < 0 ? result : report(gathering, document.digest, error);
}
