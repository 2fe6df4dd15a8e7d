#include "shim/hardenctl/local_image.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/store.h"
#include "shim/hardenctl/local_image_places.h"

bool local_image_is_named(const struct local_image_search *search, const char *name)
{
	const struct reference *wanted = &search->wanted;
	cleanup_reference struct reference other = {0};
	return name && reference_parse(name, &other, NULL) == 0 && text_equal(wanted->registry, other.registry) &&
	       text_equal(wanted->repository, other.repository) && text_equal(wanted->tag, other.tag);
}

bool local_image_wants(const struct local_image_search *search, enum engine engine)
{
	return search->question->engine == ENGINE_NONE || search->question->engine == engine;
}

int local_images_add(struct local_images *images, struct facts *facts, struct error **error, const char *format, ...)
{
	struct local_image image = {.facts = *facts};
	*facts = (struct facts){0};
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&image.place, format, arguments) < 0)
		image.place = NULL;
	va_end(arguments);
	struct local_image *list = realloc(images->list, (images->count + 1) * sizeof(*list));
	if (list)
		images->list = list;
	if (!list || !image.place) {
		free(image.place);
		facts_release(&image.facts);
		return error_out_of_memory(error);
	}
	images->list[images->count++] = image;
	return 0;
}

void local_images_release(struct local_images *images)
{
	for (size_t i = 0; i < images->count; i++) {
		free(images->list[i].place);
		facts_release(&images->list[i].facts);
	}
	free(images->list);
	*images = (struct local_images){0};
}

/* ---- one image or several ---- */

enum { DIGESTS = 3 };

/* The one that tells most about where it came from first. */
static void digests_of(const struct facts *facts, const char *digests[DIGESTS])
{
	digests[0] = facts->index_digest.value;
	digests[1] = facts->manifest_digest.value;
	digests[2] = facts->config_digest.value;
}

/* An index may lead to several configurations, a configuration is one image. */
static bool are_same(const struct facts *one, const struct facts *other)
{
	const char *first[DIGESTS], *second[DIGESTS];
	if (one->config_digest.value && other->config_digest.value)
		return text_equal(one->config_digest.value, other->config_digest.value);
	digests_of(one, first);
	digests_of(other, second);
	for (size_t i = 0; i < DIGESTS; i++)
		for (size_t j = 0; j < DIGESTS; j++)
			if (first[i] && text_equal(first[i], second[j]))
				return true;
	return false;
}

static bool is_one_image(const struct local_images *images)
{
	for (size_t i = 1; i < images->count; i++)
		if (!are_same(&images->list[0].facts, &images->list[i].facts))
			return false;
	return true;
}

static int refuse_several(const struct local_image_search *search, struct error **error)
{
	cleanup_text struct text all = {0};
	for (size_t i = 0; i < search->images.count; i++) {
		const struct local_image *image = &search->images.list[i];
		const char *digests[DIGESTS], *shown = NULL;
		digests_of(&image->facts, digests);
		for (size_t j = 0; j < DIGESTS && !shown; j++)
			shown = digests[j];
		text_append_format(&all, "%s%s in %s", i ? "; " : "", shown ? shown : "one without a digest", image->place);
	}
	if (all.failed)
		return error_out_of_memory(error);
	return error_set(error, EEXIST, "this name does not stand for one image here: %s. Choose by --engine and "
			 "--namespace, or give its digest in the name's place", all.data);
}

/* ---- where it is ---- */

/* The store's own digest of an image is an index' or a manifest's: which of the two, the
 * verdict tells. */
static int look_into_trust_store(struct local_image_search *search, struct error **error)
{
	struct trust_store_image *images = NULL;
	size_t count = 0;
	int result = trust_store_list(TRUST_STORE, &images, &count, error);
	for (size_t i = 0; result == 0 && i < count; i++) {
		struct facts facts = {0};
		if (!local_image_is_named(search, images[i].name))
			continue;
		result = fact_set(&facts.manifest_digest, images[i].digest, PROVENANCE_ENGINE);
		result = result < 0 ? error_out_of_memory(error)
				    : local_images_add(&search->images, &facts, error, "the local store of signatures");
	}
	trust_store_list_release(images, count);
	return result;
}

static int take_digest_of_name(struct local_image_search *search, struct error **error)
{
	struct facts facts = {0};
	if (fact_set(&facts.manifest_digest, search->wanted.digest, PROVENANCE_ENGINE) < 0)
		return error_out_of_memory(error);
	return local_images_add(&search->images, &facts, error, "%s", "");
}

static int look_everywhere(struct local_image_search *search, struct error **error)
{
	if (search->wanted.digest)
		return take_digest_of_name(search, error);
	int result = local_image_files(search, error);
	if (result == 0)
		result = local_image_containerd(search, error);
	if (result == 0 && search->images.count == 0)
		result = look_into_trust_store(search, error);
	return result;
}

int local_image_find(const struct local_image_question *question, struct local_images *ret_images,
		     struct error **error)
{
	struct local_image_search search = {.question = question};
	int result = reference_parse(question->name, &search.wanted, error);
	if (result == 0)
		result = look_everywhere(&search, error);
	if (result == 0 && search.images.count == 0)
		result = error_set(error, ENOENT, "no image of this name is in Docker's stores, in containerd, in "
				   "containers/storage or in %s%s; give its digest (sha256:…), or a container that runs it",
				   TRUST_STORE, question->engine || question->namespace
				   ? ", as far as --engine and --namespace let them be asked" : "");
	if (result == 0 && !is_one_image(&search.images))
		result = refuse_several(&search, error);
	for (size_t i = 0; result == 0 && i < search.images.count; i++)
		if (fact_set(&search.images.list[i].facts.image, question->name, PROVENANCE_USER) < 0)
			result = error_out_of_memory(error);
	reference_release(&search.wanted);
	if (result < 0)
		local_images_release(&search.images);
	else
		*ret_images = search.images;
	return result;
}
