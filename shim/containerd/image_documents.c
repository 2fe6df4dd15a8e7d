#include "shim/containerd/image_documents.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/chain_id.h"
#include "policy/trust/confine.h"
#include "policy/trust/digest.h"
#include "policy/trust/manifest.h"

#define LINE_START_SIZE (sizeof("manifest ") + DIGEST_LENGTH + sizeof(" "))

static const char *const kinds[] = {
	[IMAGE_DOCUMENT_INDEX] = "index",
	[IMAGE_DOCUMENT_RUNNABLE] = "runnable",
	[IMAGE_DOCUMENT_MANIFEST] = "manifest",
	[IMAGE_DOCUMENT_CONFIG] = "config",
};

/* ---- in the child ---- */

/* What no spelling of this machine's name is taken for, nor of one that it can also run.
 * Attestations that builders add are of "unknown". */
static const char *const elsewhere[] = {
#if defined(__x86_64__)
	"arm64", "arm",
#else
	"amd64", "386",
#endif
	"loong64", "mips64le", "ppc64le", "riscv64", "s390x", "unknown",
};

static bool runs_elsewhere(const struct descriptor *descriptor)
{
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (text_equal(descriptor->architecture, elsewhere[i]))
			return true;
	return false;
}

static void tell_index(const struct blob *blob, const struct manifest *manifest, enum image_document kind,
		       struct text *output)
{
	text_append_format(output, "%s %s", kinds[kind], blob->digest);
	for (size_t i = 0; i < manifest->count; i++)
		if (kind == IMAGE_DOCUMENT_INDEX || !runs_elsewhere(&manifest->list[i]))
			text_append_format(output, " %s", manifest->list[i].digest);
	text_append(output, "\n");
}

static void tell_manifest(const struct blob *blob, const struct manifest *manifest, struct text *output)
{
	if (manifest->kind == MANIFEST_IMAGE) {
		text_append_format(output, "manifest %s %s\n", blob->digest, manifest->config.digest);
		return;
	}
	tell_index(blob, manifest, IMAGE_DOCUMENT_INDEX, output);
	tell_index(blob, manifest, IMAGE_DOCUMENT_RUNNABLE, output);
}

static void tell_configuration(const struct blob *blob, struct text *output)
{
	cleanup_configuration struct configuration configuration = {0};
	char chain_id[DIGEST_LENGTH + 1];
	if (configuration_read(blob->data, blob->size, &configuration, NULL) == 0 &&
	    chain_id_of(configuration.diff_ids, configuration.count, chain_id))
		text_append_format(output, "config %s %s\n", blob->digest, chain_id);
}

static int read_in_child(void *context, struct text *output, struct error **error)
{
	const struct evidence *evidence = context;
	(void)error;
	for (size_t i = 0; i < evidence->count; i++) {
		const struct blob *blob = &evidence->blobs[i];
		cleanup_manifest struct manifest manifest = {0};
		if (manifest_read(blob->data, blob->size, &manifest, NULL) == 0)
			tell_manifest(blob, &manifest, output);
		else
			tell_configuration(blob, output);
	}
	return 0;
}

/* ---- in the caller ---- */

int image_documents_read(const struct evidence *evidence, struct image_documents *ret_documents, struct error **error)
{
	size_t length = 0;
	struct evidence copy = *evidence;
	return confine(read_in_child, &copy, NULL, &ret_documents->lines, &length, error);
}

void image_documents_release(struct image_documents *documents)
{
	free(documents->lines);
	*documents = (struct image_documents){0};
}

/* Behind "KIND DIGEST"; NULL where there is no such line. */
static const char *find_line(const struct image_documents *documents, enum image_document kind, const char *digest)
{
	char start[LINE_START_SIZE + 1];
	(void)snprintf(start, sizeof(start), "%s %s", kinds[kind], digest);
	for (const char *line = documents->lines; line && *line; line = strchr(line, '\n') + 1) {
		if (text_starts_with(line, start))
			return line + strlen(start);
		if (!strchr(line, '\n'))
			break;
	}
	return NULL;
}

bool image_documents_value(const struct image_documents *documents, enum image_document kind, const char *digest,
			   size_t place, char ret[DIGEST_LENGTH + 1])
{
	const char *next = digest_is_valid(digest) ? find_line(documents, kind, digest) : NULL;
	for (size_t i = 0; next && *next == ' '; i++) {
		const char *value = next + 1;
		size_t length = strcspn(value, " \n");
		if (length != DIGEST_LENGTH)
			return false;
		if (i == place) {
			memcpy(ret, value, length);
			ret[length] = '\0';
			return digest_is_valid(ret);
		}
		next = value + length;
	}
	return false;
}
