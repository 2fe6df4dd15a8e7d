/* One manifest, index or blob from the registry, proven by its digest. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/digest.h"
#include "shim/hardenctl/registry/frame.h"
#include "shim/hardenctl/registry/gather.h"

#define ACCEPTED                                                                              \
	MEDIA_TYPE_INDEX ", " MEDIA_TYPE_MANIFEST ", " MEDIA_TYPE_DOCKER_LIST ", " MEDIA_TYPE_DOCKER_MANIFEST

static const struct {
	const char *name;
	enum manifest_kind kind;
} media_types[] = {
	{MEDIA_TYPE_INDEX, MANIFEST_INDEX},
	{MEDIA_TYPE_MANIFEST, MANIFEST_IMAGE},
	{MEDIA_TYPE_DOCKER_LIST, MANIFEST_INDEX},
	{MEDIA_TYPE_DOCKER_MANIFEST, MANIFEST_IMAGE},
};

void document_release(struct document *document)
{
	http_response_release(&document->response);
	manifest_release(&document->manifest);
}

int gather_progress(const struct gathering *gathering, const char *what, const char *digest)
{
	cleanup_text struct text line = {0};
	text_append_format(&line, "%s of %s", what, digest);
	if (line.failed)
		return -ENOMEM;
	return frame_write(gathering->pipe, FRAME_PROGRESS, NULL, 0, line.data, line.length);
}

int gather_skip(struct gathering *gathering, struct error **error, const char *format, ...)
{
	va_list arguments;
	char *sentence = NULL;
	va_start(arguments, format);
	int length = vasprintf(&sentence, format, arguments);
	va_end(arguments);
	if (length < 0)
		return error_out_of_memory(error);
	cleanup_free char *owned = sentence;
	if (json_array_append_new(gathering->skipped, json_string(sentence)) < 0)
		return error_out_of_memory(error);
	return 0;
}

int gather_hand_over(struct gathering *gathering, const char *digest, const struct text *bytes, struct error **error)
{
	if (json_object_get(gathering->seen, digest))
		return 0;
	if (json_object_set_new(gathering->seen, digest, json_true()) < 0)
		return error_out_of_memory(error);
	int result = frame_write(gathering->pipe, FRAME_BLOB, digest, DIGEST_LENGTH, bytes->data, bytes->length);
	return result < 0 ? error_set_errno(error, -result, "handing over %s", digest) : 0;
}

/* The header is checked as well: who lies there is not to be believed elsewhere. */
static int check_digest(const char *digest, const struct http_response *response, struct error **error)
{
	char actual[DIGEST_LENGTH + 1];
	const char *claimed = response->content_digest;
	digest_of(response->body.data, response->body.length, actual);
	if (digest && strcmp(actual, digest) != 0)
		return error_set(error, EBADMSG, "the registry answers with other bytes (%s) than %s", actual, digest);
	if (claimed && digest_is_valid(claimed) && strcmp(claimed, actual) != 0)
		return error_set(error, EBADMSG, "the registry says %s of bytes that are %s", claimed, actual);
	return 0;
}

/* The kind that the header Content-Type says, which must be what the document is. */
static int check_media_type(const struct document *document, struct error **error)
{
	const char *said = document->response.content_type;
	size_t length = said ? strcspn(said, "; \t") : 0;
	const json_t *own = json_object_get(document->manifest.document, "mediaType");
	for (size_t i = 0; i < ARRAY_SIZE(media_types); i++) {
		const char *name = media_types[i].name;
		if (strlen(name) != length || strncmp(name, said, length) != 0)
			continue;
		if (media_types[i].kind == document->manifest.kind &&
		    (!own || strcmp(name, document->manifest.media_type) == 0))
			return 0;
		return error_set(error, EBADMSG, "the registry says that %s is a %s, which it is not", document->digest, name);
	}
	return error_set(error, EPROTO, "the registry answers with a Content-Type that is none of an image's index or "
			 "manifest");
}

int gather_document(struct gathering *gathering, const char *name, struct document *ret_document,
		    struct error **error)
{
	cleanup_document struct document document = {0};
	cleanup_text struct text path = {0};
	text_append_format(&path, "/v2/%s/manifests/%s", gathering->client.repository, name);
	if (path.failed)
		return error_out_of_memory(error);
	int result = client_get(&gathering->client, path.data, ACCEPTED, EVIDENCE_BLOB_SIZE, &document.response, error);
	if (result < 0)
		return result;
	if (document.response.status != 200)
		return client_status_error(&gathering->client, document.response.status, path.data, error);
	result = check_digest(digest_is_valid(name) ? name : NULL, &document.response, error);
	if (result < 0)
		return result;
	const struct text *body = &document.response.body;
	digest_of(body->data, body->length, document.digest);
	result = manifest_read(body->data, body->length, &document.manifest, error);
	if (result == 0)
		result = check_media_type(&document, error);
	if (result < 0)
		return error_prefix(error, "%s", document.digest);
	*ret_document = document;
	document = (struct document){0};
	return 0;
}

int gather_blob(struct gathering *gathering, const struct descriptor *descriptor, struct error **error)
{
	cleanup_http_response struct http_response response = {0};
	cleanup_text struct text path = {0};
	if (json_object_get(gathering->seen, descriptor->digest))
		return 0;
	text_append_format(&path, "/v2/%s/blobs/%s", gathering->client.repository, descriptor->digest);
	if (path.failed)
		return error_out_of_memory(error);
	int result = client_get(&gathering->client, path.data, NULL, descriptor->size, &response, error);
	if (result < 0)
		return error_prefix(error, "%s", descriptor->digest);
	if (response.status != 200)
		return client_status_error(&gathering->client, response.status, path.data, error);
	if (response.body.length != descriptor->size)
		return error_set(error, EBADMSG, "%s has %zu bytes and not the %llu that its manifest says", descriptor->digest,
				 response.body.length, (unsigned long long)descriptor->size);
	result = check_digest(descriptor->digest, &response, error);
	return result < 0 ? result : gather_hand_over(gathering, descriptor->digest, &response.body, error);
}
