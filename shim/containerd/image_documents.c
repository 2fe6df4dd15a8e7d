#include "shim/containerd/image_documents.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/chain_id.h"
#include "policy/trust/confine.h"
#include "policy/trust/digest.h"
#include "policy/trust/manifest.h"

static const char *const kinds[] = {
	[IMAGE_DOCUMENT_INDEX] = "index ",
	[IMAGE_DOCUMENT_RUNNABLE] = "runnable ",
	[IMAGE_DOCUMENT_MANIFEST] = "manifest ",
	[IMAGE_DOCUMENT_CONFIG] = "config ",
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
	text_append_format(output, "%s%s", kinds[kind], blob->digest);
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
	else
		text_append_format(output, "unreadable %s\n", blob->digest);
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

static bool is_of_kind(const char *line, enum image_document kind)
{
	return text_starts_with(line, kinds[kind]);
}

/* The next line about the document, from its KIND on, at `lines` or behind; NULL where there
 * is none. */
static const char *find_line(const char *lines, const char *digest)
{
	for (const char *line = lines; line && *line; line += strcspn(line, "\n") + 1) {
		const char *named = line + strcspn(line, " \n");
		if (!strchr(line, '\n'))
			break;
		if (*named == ' ' && strcspn(named + 1, " \n") == DIGEST_LENGTH &&
		    strncmp(named + 1, digest, DIGEST_LENGTH) == 0)
			return line;
	}
	return NULL;
}

/* True where there are such lines. */
static bool add_lines(struct image_documents *documents, const char *lines, const char *digest)
{
	const char *line = find_line(lines, digest);
	bool found = line != NULL;
	for (; line; line = find_line(line, digest)) {
		size_t length = strcspn(line, "\n") + 1;
		text_append_bytes(&documents->lines, line, length);
		line += length;
	}
	return found;
}

static int read_anew(struct evidence *unread, struct image_documents *documents, struct error **error)
{
	cleanup_free char *told = NULL;
	size_t length = 0;
	int result = confine(read_in_child, unread, NULL, &told, &length, error);
	for (size_t i = 0; result == 0 && i < unread->count; i++)
		(void)add_lines(documents, told, unread->blobs[i].digest);
	documents->anew = true;
	return result;
}

int image_documents_read(const struct evidence *evidence, struct image_documents *documents, struct error **error)
{
	cleanup_free struct blob *blobs = calloc(evidence->count + 1, sizeof(*blobs));
	struct evidence unread = {.blobs = blobs};
	if (!blobs)
		return error_out_of_memory(error);
	for (size_t i = 0; i < evidence->count; i++) {
		const struct blob *blob = &evidence->blobs[i];
		if (!find_line(documents->lines.data, blob->digest) &&
		    !add_lines(documents, documents->known, blob->digest))
			blobs[unread.count++] = *blob;
	}
	int result = unread.count ? read_anew(&unread, documents, error) : 0;
	return result == 0 && documents->lines.failed ? error_out_of_memory(error) : result;
}

void image_documents_release(struct image_documents *documents)
{
	text_release(&documents->lines);
	free(documents->known);
	*documents = (struct image_documents){0};
}

/* The `place`-th of the digests in a line; NULL where it has fewer. */
static const char *digest_in(const char *line, size_t place, char ret[DIGEST_LENGTH + 1])
{
	const char *next = line + strcspn(line, " \n");
	for (size_t i = 0; *next == ' '; i++) {
		size_t length = strcspn(next + 1, " \n");
		if (length != DIGEST_LENGTH)
			return NULL;
		if (i == place) {
			memcpy(ret, next + 1, length);
			ret[length] = '\0';
			return digest_is_valid(ret) ? ret : NULL;
		}
		next += 1 + length;
	}
	return NULL;
}

bool image_documents_value(const struct image_documents *documents, enum image_document kind, const char *digest,
			   size_t place, char ret[DIGEST_LENGTH + 1])
{
	const char *line = digest_is_valid(digest) ? find_line(documents->lines.data, digest) : NULL;
	while (line && !is_of_kind(line, kind))
		line = find_line(line + strcspn(line, "\n") + 1, digest);
	return line && digest_in(line, place + 1, ret);
}

int image_documents_mentioned(const struct image_documents *documents, struct digest_set *set)
{
	char digest[DIGEST_LENGTH + 1];
	int result = 0;
	for (const char *line = documents->known; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		/* a configuration's value is no document's digest, and a manifest's has a line */
		size_t count = is_of_kind(line, IMAGE_DOCUMENT_INDEX) ? SIZE_MAX : 1;
		for (size_t i = 0; i < count && result == 0 && digest_in(line, i, digest); i++)
			result = digest_set_add(set, digest);
	}
	return result == -ENOMEM ? result : 0;
}
