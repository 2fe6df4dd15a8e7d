#include "policy/trust/evaluate.h"

#include <string.h>

#include "policy/base/text.h"
#include "policy/trust/digest.h"

void assessment_release(struct assessment *assessment)
{
	json_decref(assessment->reasons);
	json_decref(assessment->proof);
	*assessment = (struct assessment){0};
}

static bool has_digest(const struct image *image, const char *digest)
{
	for (size_t i = 0; digest && i < image->digest_count; i++)
		if (text_equal(image->digests[i], digest))
			return true;
	return false;
}

static const char *shown(const struct image *image)
{
	return image->typed ? image->typed : "the image (its name is not known)";
}

/* By anybody's word: the name that was typed, or what an engine has written down. */
static bool is_claimed(const struct image *image, const char *digest)
{
	return (image->claimed && strstr(image->claimed, digest)) || (image->typed && strstr(image->typed, digest));
}

static int judge_deny(const json_t *settings, const struct image *image, struct assessment *assessment,
		      struct error **error)
{
	size_t i;
	json_t *denied;
	json_array_foreach(json_object_get(settings, "deny"), i, denied) {
		const char *digest = json_string_value(denied);
		bool has = has_digest(image, digest);
		if (!has && !is_claimed(image, digest))
			continue;
		assessment->denied = true;
		return assessment_refuse(assessment, error, "trust/deny names %s%s; run another version of the image", digest,
					 has ? "" : ", by which the image was asked for or pulled");
	}
	return 0;
}

static int judge_registries(const json_t *settings, const struct image *image, struct assessment *assessment,
			    struct error **error)
{
	const json_t *registries = json_object_get(settings, "registries");
	size_t i;
	json_t *pattern;
	if (!json_is_array(registries))
		return 0;
	json_array_foreach((json_t *)(uintptr_t)registries, i, pattern)
		if (image->name && reference_matches(image->name, json_string_value(pattern)))
			return 0;
	return assessment_refuse(assessment, error, "%s is from no registry that trust/registries allows%s", shown(image),
				image->name ? "" : "; start it by its name");
}

/* Pinned: by the digest in its name, or by an id that is a digest itself. */
static int judge_pinning(const json_t *settings, const struct image *image, struct assessment *assessment,
			 struct error **error)
{
	const char *pinned = image->name ? image->name->digest : image->typed;
	if (!json_is_true(json_object_get(settings, "require-digest")) || has_digest(image, pinned))
		return 0;
	if (pinned && digest_is_valid(pinned))
		return assessment_refuse(assessment, error,
					"%s names a digest that what runs does not have; pull the image again", shown(image));
	return assessment_refuse(assessment, error,
				"%s is not named by its digest, which trust/require-digest asks for; name it as "
				"NAME@sha256:…", shown(image));
}

static int judge_unmatched(const json_t *settings, const struct image *image, struct assessment *assessment,
			   struct error **error)
{
	const char *unmatched = json_string_value(json_object_get(settings, "unmatched"));
	if (text_equal(unmatched, "allow") || text_equal(unmatched, "audit"))
		return assessment_prove(assessment, error, "no entry of trust/images names %s; trust/unmatched: %s",
				       shown(image), unmatched);
	return assessment_refuse(assessment, error,
				"no entry of trust/images names %s, and trust/unmatched is refuse; add an entry that says "
				"who signs it, or %s", shown(image),
				image->name ? "an exception for its digest" : "start it by its name");
}

/* One group: at least one entry has to be meant, and all that are have to hold. */
static int judge_group(const json_t *group, const struct image *image, struct assessment *assessment, bool *matched,
		       struct error **error)
{
	size_t i;
	json_t *entry;
	*matched = false;
	json_array_foreach((json_t *)(uintptr_t)group, i, entry) {
		if (!demand_matches(entry, image))
			continue;
		*matched = true;
		int result = demand_judge(entry, image, assessment, error);
		if (result < 0)
			return result;
	}
	return 0;
}

static int judge_groups(const json_t *settings, const struct image *image, struct assessment *assessment,
			bool *ret_matched, struct error **error)
{
	const json_t *groups = json_object_get(settings, "images");
	bool all = json_array_size(groups) > 0, any = false;
	size_t i;
	json_t *group;
	json_array_foreach((json_t *)(uintptr_t)groups, i, group) {
		bool matched = false;
		int result = judge_group(group, image, assessment, &matched, error);
		if (result < 0)
			return result;
		all = all && matched;
		any = any || matched;
	}
	*ret_matched = any;
	return all ? 0 : judge_unmatched(settings, image, assessment, error);
}

int evaluate(const json_t *settings, const struct image *image, struct assessment *assessment, bool *ret_matched,
	     struct error **error)
{
	bool matched = false;
	int result = judge_deny(settings, image, assessment, error);
	if (result == 0)
		result = judge_registries(settings, image, assessment, error);
	if (result == 0)
		result = judge_pinning(settings, image, assessment, error);
	if (result == 0)
		result = judge_groups(settings, image, assessment, &matched, error);
	if (result == 0)
		*ret_matched = matched;
	return result;
}
