/* Docker's classic store and containers/storage, by their root-owned files. */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "shim/hardenctl/local_image_places.h"
#include "shim/identity/storage.h"

/* {"Repositories": {NAME: {NAME:TAG: CONFIG, NAME@DIGEST: CONFIG}}}: false where it is not there. */
static bool find_in_docker(const struct local_image_search *search, const json_t *document, struct facts *facts,
			   int *result)
{
	const char *repository, *name;
	json_t *names, *config;
	json_object_foreach(json_object_get(document, "Repositories"), repository, names) {
		json_object_foreach(names, name, config) {
			if (!local_image_is_named(search, name))
				continue;
			if (digest_is_valid(document_text(config)))
				*result = fact_set(&facts->config_digest, document_text(config), PROVENANCE_ENGINE);
			return true;
		}
	}
	return false;
}

/* [{"id", "names": [NAME, …], …}]; a name is of one image at most. */
static bool find_in_storage(const struct local_image_search *search, const json_t *document, struct facts *facts,
			    int *result)
{
	size_t i, j;
	json_t *image, *name;
	json_array_foreach(document, i, image) {
		json_array_foreach(json_object_get(image, "names"), j, name) {
			if (!local_image_is_named(search, document_text(name)))
				continue;
			const char *top = document_text(json_object_get(image, "layer"));
			*result = storage_fill_digests(image, facts);
			facts->storage = top ? strdup(top) : NULL;
			if (top && !facts->storage)
				*result = -ENOMEM;
			return true;
		}
	}
	return false;
}

static int complete_docker(const char *path, struct facts *facts, struct error **error)
{
	facts->claims_file = strdup(path);
	return facts->claims_file ? 0 : error_out_of_memory(error);
}

/* `path` is ROOT/DRIVER-images/images.json, by its pattern; the topmost layer's id stands in
 * facts->storage. */
static int complete_storage(const char *path, struct facts *facts, struct error **error)
{
	cleanup_free char *root = strdup(path), *top = take_pointer(facts->storage);
	if (!root)
		return error_out_of_memory(error);
	*strrchr(root, '/') = '\0';
	char *driver = strrchr(root, '/');
	*driver++ = '\0';
	driver[strlen(driver) - strlen("-images")] = '\0';
	return facts->config_digest.value && top
		? storage_prove_image(root, driver, top, &facts->config_digest, error)
		: 0;
}

static const struct place {
	const char *what, *root, *pattern; /* below it */
	enum document_kind kind;
	/* whose containers are made of it; the first is taken where the person does not say */
	enum engine engines[2];
	bool (*find)(const struct local_image_search *search, const json_t *document, struct facts *facts, int *result);
	int (*complete)(const char *path, struct facts *facts, struct error **error);
} places[] = {
	{"Docker's classic store", "/var/lib/docker", "/image/*/repositories.json", DOCUMENT_PLAIN,
	 {ENGINE_DOCKER, ENGINE_DOCKER}, find_in_docker, complete_docker},
	{"containers/storage", "/var/lib/containers/storage", "/*-images/images.json", DOCUMENT_LIST,
	 {ENGINE_PODMAN, ENGINE_CRIO}, find_in_storage, complete_storage},
};

static enum engine engine_of(const struct local_image_search *search, const struct place *place)
{
	for (size_t i = 0; i < ARRAY_SIZE(place->engines); i++)
		if (local_image_wants(search, place->engines[i]))
			return place->engines[i];
	return ENGINE_NONE;
}

static int look_into(struct local_image_search *search, const char *path, const struct place *place,
		     struct error **error)
{
	cleanup_free char *text = NULL;
	cleanup_json json_t *document = NULL;
	struct facts facts = {.engine = engine_of(search, place)};
	size_t length = 0;
	cleanup_error struct error *why = NULL;
	int result = file_read_trusted(path, DOCUMENT_SIZE, &text, &length, &why);
	/* gone since it was listed */
	if (result == -ENOENT)
		return 0;
	if (result == 0)
		result = document_parse(text, length, place->kind, &document, &why);
	if (result < 0)
		return error_set(error, -result, "%s (%s) does not tell whether it has this image: %s; --engine leaves out "
				 "what is not asked for", place->what, path, error_message(why));
	if (!place->find(search, document, &facts, &result))
		return 0;
	result = result < 0 ? error_out_of_memory(error) : place->complete(path, &facts, error);
	if (result == 0)
		return local_images_add(&search->images, &facts, error, "%s (%s)", place->what, path);
	facts_release(&facts);
	return result;
}

static int look_below(struct local_image_search *search, const struct place *place, const char *root,
		      struct error **error)
{
	glob_t paths = {0};
	cleanup_text struct text pattern = {0};
	text_append_format(&pattern, "%s%s", root, place->pattern);
	int result = 0;
	if (pattern.failed || glob(pattern.data, 0, NULL, &paths) == GLOB_NOSPACE)
		result = error_out_of_memory(error);
	for (size_t i = 0; result == 0 && i < paths.gl_pathc; i++)
		result = look_into(search, paths.gl_pathv[i], place, error);
	globfree(&paths);
	return result;
}

int local_image_files(struct local_image_search *search, struct error **error)
{
	const struct local_image_question *question = search->question;
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(places); i++) {
		bool of_docker = places[i].engines[0] == ENGINE_DOCKER;
		const char *root = of_docker && question->data_root ? question->data_root : places[i].root;
		/* a namespace alone is containerd's */
		if (engine_of(search, &places[i]) != ENGINE_NONE && (question->engine || !question->namespace))
			result = look_below(search, &places[i], root, error);
	}
	return result;
}
