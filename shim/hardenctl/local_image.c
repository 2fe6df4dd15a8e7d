#include "shim/hardenctl/local_image.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/reference.h"
#include "policy/trust/store.h"

#define DOCKER_ROOT "/var/lib/docker"

static bool same_name(const struct reference *wanted, const char *name)
{
	cleanup_reference struct reference other = {0};
	return name && reference_parse(name, &other, NULL) == 0 && text_equal(wanted->registry, other.registry) &&
	       text_equal(wanted->repository, other.repository) && text_equal(wanted->tag, other.tag);
}

/* {"Repositories": {NAME: {NAME:TAG: CONFIG, NAME@DIGEST: CONFIG}}} */
static const char *find_in_docker(const json_t *document, const struct reference *wanted)
{
	const char *repository, *name;
	json_t *names, *config;
	json_object_foreach(json_object_get(document, "Repositories"), repository, names)
		json_object_foreach(names, name, config)
			if (same_name(wanted, name))
				return document_text(config);
	return NULL;
}

/* [{"id": HEX of the configuration, "names": [NAME, …]}] */
static const char *find_in_storage(const json_t *document, const struct reference *wanted)
{
	size_t i, j;
	json_t *image, *name;
	json_array_foreach(document, i, image)
		json_array_foreach(json_object_get(image, "names"), j, name)
			if (same_name(wanted, document_text(name)))
				return document_text(json_object_get(image, "id"));
	return NULL;
}

static const struct place {
	const char *root, *pattern; /* below it */
	enum document_kind kind;
	const char *(*find)(const json_t *document, const struct reference *wanted);
	const char *prefix; /* of the digest */
	bool has_claims;    /* identity_read_claims() reads it */
} places[] = {
	{DOCKER_ROOT, "/image/*/repositories.json", DOCUMENT_PLAIN, find_in_docker, "", true},
	{"/var/lib/containers/storage", "/*-images/images.json", DOCUMENT_LIST, find_in_storage, "sha256:", false},
};

static int look_into(const char *path, const struct place *place, const struct reference *wanted, struct facts *facts)
{
	cleanup_free char *text = NULL, *digest = NULL;
	cleanup_json json_t *document = NULL;
	size_t length = 0;
	if (file_read_trusted(path, DOCUMENT_SIZE, &text, &length, NULL) < 0 ||
	    document_parse(text, length, place->kind, &document, NULL) < 0)
		return 0;
	const char *found = place->find(document, wanted);
	if (!found)
		return 0;
	if (asprintf(&digest, "%s%s", place->prefix, found) < 0) {
		digest = NULL;
		return -ENOMEM;
	}
	facts->claims_file = place->has_claims ? strdup(path) : NULL;
	if (place->has_claims && !facts->claims_file)
		return -ENOMEM;
	return digest_is_valid(digest) ? fact_set(&facts->config_digest, digest, PROVENANCE_ENGINE) : 0;
}

static int look_into_engines(const struct reference *wanted, const char *data_root, struct facts *facts)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(places); i++) {
		glob_t paths = {0};
		cleanup_text struct text pattern = {0};
		bool docker = text_equal(places[i].root, DOCKER_ROOT);
		text_append_format(&pattern, "%s%s", docker && data_root ? data_root : places[i].root, places[i].pattern);
		if (pattern.failed || glob(pattern.data, 0, NULL, &paths) == GLOB_NOSPACE)
			result = -ENOMEM;
		for (size_t j = 0; result == 0 && !facts->config_digest.value && j < paths.gl_pathc; j++)
			result = look_into(paths.gl_pathv[j], &places[i], wanted, facts);
		globfree(&paths);
	}
	return result;
}

/* The store's own digest of an image is an index' or a manifest's: which of the two, the
 * verdict tells. */
static int look_into_trust_store(const struct reference *wanted, struct facts *facts, struct error **error)
{
	struct trust_store_image *images = NULL;
	size_t count = 0;
	int result = trust_store_list(TRUST_STORE, &images, &count, error);
	for (size_t i = 0; result == 0 && i < count && !facts->manifest_digest.value; i++)
		if (same_name(wanted, images[i].name))
			result = fact_set(&facts->manifest_digest, images[i].digest, PROVENANCE_ENGINE);
	trust_store_list_release(images, count);
	return result;
}

int local_image_find(const char *name, const char *data_root, struct facts *ret_facts, struct error **error)
{
	cleanup_reference struct reference wanted = {0};
	struct facts facts = {0};
	int result = reference_parse(name, &wanted, error);
	if (result < 0)
		return result;
	result = fact_set(&facts.image, name, PROVENANCE_USER);
	if (result == 0 && wanted.digest)
		result = fact_set(&facts.manifest_digest, wanted.digest, PROVENANCE_ENGINE);
	else if (result == 0)
		result = look_into_engines(&wanted, data_root, &facts);
	if (result == 0 && !facts.config_digest.value && !facts.manifest_digest.value)
		result = look_into_trust_store(&wanted, &facts, error);
	if (result == -ENOMEM)
		result = error_out_of_memory(error);
	if (result == 0 && !facts.config_digest.value && !facts.manifest_digest.value)
		result = error_set(error, ENOENT, "no image of this name is in Docker's classic store, in "
				   "containers/storage or in %s; name it by its digest (sha256:…), or a container that runs it", TRUST_STORE);
	if (result < 0)
		facts_release(&facts);
	else
		*ret_facts = facts;
	return result;
}
