/* What is signed about a digest, wherever a registry may have it: cosign's tags, the
 * referrers interface, and the tag that stands for that interface in older registries. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/digest.h"
#include "shim/hardenctl/registry/gather.h"
#include "shim/hardenctl/registry/link.h"

#define REFERRERS_SIZE EVIDENCE_BLOB_SIZE

/* Layers that are fetched, and what they are called. Everything else of a manifest is
 * somebody else's: images' layers, bills of materials, whatever refers to an image. */
static const struct {
	const char *media_type;
	const char *label;
} statements[] = {
	{"application/vnd.dev.cosign.simplesigning.v1+json", "cosign signature"},
	{"application/vnd.dsse.envelope.v1+json", "attestation"},
	{"application/vnd.dev.sigstore.bundle.v0.3+json", "Sigstore bundle"},
	{"application/jose+json", "Notation signature"},
	{"application/cose", "Notation signature"},
};

static const char *label_of(const struct descriptor *layer)
{
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (strcmp(layer->media_type, statements[i].media_type) == 0)
			return statements[i].label;
	return NULL;
}

static int count_statement(struct gathering *gathering, const char *label, struct error **error)
{
	json_int_t before = json_integer_value(json_object_get(gathering->statements, label));
	if (json_object_set_new(gathering->statements, label, json_integer(before + 1)) < 0)
		return error_out_of_memory(error);
	return 0;
}

static int gather_layer(struct gathering *gathering, const struct descriptor *layer, struct error **error)
{
	const char *label = label_of(layer);
	if (layer->size > EVIDENCE_BLOB_SIZE)
		return gather_skip(gathering, error, "%s %s has %llu bytes, more than the %zu that are taken", label,
				   layer->digest, (unsigned long long)layer->size, EVIDENCE_BLOB_SIZE);
	bool known = json_object_get(gathering->seen, layer->digest) != NULL;
	int result = gather_blob(gathering, layer, error);
	return result < 0 || known ? result : count_statement(gathering, label, error);
}

/* A manifest whose layers are signatures; one without any is left alone. */
static int gather_signed(struct gathering *gathering, const struct document *document, struct error **error)
{
	const struct manifest *manifest = &document->manifest;
	bool any = false;
	for (size_t i = 0; manifest->kind == MANIFEST_IMAGE && i < manifest->count; i++) {
		if (!label_of(&manifest->list[i]))
			continue;
		any = true;
		int result = gather_layer(gathering, &manifest->list[i], error);
		if (result < 0)
			return result;
	}
	return any ? gather_hand_over(gathering, document->digest, &document->response.body, error) : 0;
}

/* "sha256-<hex>" and an ending. */
static int tag_of(const char *digest, const char *ending, struct text *tag, struct error **error)
{
	text_append_format(tag, "sha256-%s%s", strchr(digest, ':') + 1, ending);
	return tag->failed ? error_out_of_memory(error) : 0;
}

/* 1 where it is there, 0 where not. */
static int find_document(struct gathering *gathering, const char *name, struct document *ret_document,
			 struct error **error)
{
	cleanup_error struct error *failure = NULL;
	int result = gather_document(gathering, name, ret_document, &failure);
	if (result == -ENOENT)
		return 0;
	if (result < 0 && error)
		*error = take_pointer(failure);
	return result < 0 ? result : 1;
}

static int gather_tag(struct gathering *gathering, const char *digest, const char *ending, struct error **error)
{
	cleanup_document struct document document = {0};
	cleanup_text struct text tag = {0};
	int result = tag_of(digest, ending, &tag, error);
	if (result == 0)
		result = find_document(gathering, tag.data, &document, error);
	return result <= 0 ? result : gather_signed(gathering, &document, error);
}

/* Only the digest is taken from a list of referrers: what its manifest says counts, and
 * so it is left alone where it is about something else. */
static int gather_referrer(struct gathering *gathering, const struct descriptor *descriptor, const char *subject,
			   struct error **error)
{
	cleanup_document struct document document = {0};
	if (gathering->referrers++ >= GATHER_REFERRERS)
		return error_set(error, E2BIG, "the registry names more than %u referrers", GATHER_REFERRERS);
	if (json_object_get(gathering->seen, descriptor->digest))
		return 0;
	int result = find_document(gathering, descriptor->digest, &document, error);
	if (result < 0)
		return result;
	if (result == 0)
		return gather_skip(gathering, error, "the registry lists the referrer %s and does not have it",
				   descriptor->digest);
	if (strcmp(document.manifest.subject.digest, subject) != 0)
		return gather_skip(gathering, error, "the referrer %s is not about %s", descriptor->digest, subject);
	return gather_signed(gathering, &document, error);
}

static int gather_list(struct gathering *gathering, const struct manifest *list, const char *subject,
		       struct error **error)
{
	if (list->kind != MANIFEST_INDEX)
		return error_set(error, EBADMSG, "the registry's list of referrers is no index");
	for (size_t i = 0; i < list->count; i++) {
		int result = gather_referrer(gathering, &list->list[i], subject, error);
		if (result < 0)
			return result;
	}
	return 0;
}

/* The list goes on where the Link header says, on this registry and nowhere else. */
static int next_page(struct gathering *gathering, const char *link, const char *path, char **ret_path,
		     struct error **error)
{
	cleanup_free char *target = NULL, *base = NULL, *url = NULL;
	cleanup_origin struct origin origin = {0};
	cleanup_text struct text start = {0};
	const struct client *client = &gathering->client;
	int result = link_next(link, &target, error);
	if (result < 0 || !target)
		return result;
	text_append_format(&start, "%s://%s", client->origin.scheme, client->access->host);
	if (start.failed || asprintf(&base, "%s%s", start.data, path) < 0)
		return error_out_of_memory(error);
	result = address_resolve(base, target, &url, error);
	if (result == 0)
		result = origin_of_url(url, &origin, error);
	if (result < 0)
		return result;
	const char *rest = strchr(url + strlen(origin.scheme) + strlen("://"), '/');
	if (!origin_equal(&origin, &client->origin) || !rest || !text_starts_with(rest, "/v2/"))
		return error_set(error, EPERM, "the registry's list of referrers goes on elsewhere: refused");
	char *next = strdup(rest);
	if (!next)
		return error_out_of_memory(error);
	*ret_path = next;
	return 0;
}

/* 1 where the registry has the interface, 0 where it does not. */
static int gather_interface(struct gathering *gathering, const char *digest, struct error **error)
{
	static const long absent[] = {400, 404, 405, 501};
	cleanup_free char *path = NULL;
	if (asprintf(&path, "/v2/%s/referrers/%s", gathering->client.repository, digest) < 0)
		return error_out_of_memory(error);
	for (unsigned page = 0; path; page++) {
		cleanup_http_response struct http_response response = {0};
		cleanup_manifest struct manifest list = {0};
		cleanup_free char *next = NULL;
		if (page >= GATHER_PAGES)
			return error_set(error, E2BIG, "the registry's list of referrers has more than %u pages", GATHER_PAGES);
		int result = client_get(&gathering->client, path, MEDIA_TYPE_INDEX, REFERRERS_SIZE, &response, error);
		if (result < 0)
			return result;
		for (size_t i = 0; page == 0 && i < ARRAY_SIZE(absent); i++)
			if (response.status == absent[i])
				return 0;
		if (response.status != 200)
			return client_status_error(&gathering->client, response.status, "the list of referrers", error);
		result = manifest_read(response.body.data, response.body.length, &list, error);
		if (result < 0)
			return error_prefix(error, "the registry's list of referrers");
		result = gather_list(gathering, &list, digest, error);
		if (result == 0 && response.link)
			result = next_page(gathering, response.link, path, &next, error);
		if (result < 0)
			return result;
		free(path);
		path = take_pointer(next);
	}
	return 1;
}

static int gather_referrers(struct gathering *gathering, const char *digest, struct error **error)
{
	cleanup_document struct document document = {0};
	cleanup_text struct text tag = {0};
	int result = gather_interface(gathering, digest, error);
	if (result != 0)
		return result < 0 ? result : 0;
	result = tag_of(digest, "", &tag, error);
	if (result == 0)
		result = find_document(gathering, tag.data, &document, error);
	return result <= 0 ? result : gather_list(gathering, &document.manifest, digest, error);
}

int gather_statements(struct gathering *gathering, const char *digest, struct error **error)
{
	static const char *const endings[] = {".sig", ".att"};
	int result = gather_progress(gathering, "signatures", digest);
	if (result < 0)
		return error_set_errno(error, -result, "handing over");
	for (size_t i = 0; i < ARRAY_SIZE(endings) && result == 0; i++)
		result = gather_tag(gathering, digest, endings[i], error);
	return result < 0 ? result : gather_referrers(gathering, digest, error);
}
