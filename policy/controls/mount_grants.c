#include "policy/controls/mount_grants.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/host/path.h"

/* Appends to the array at `key`, which is made when first needed. */
static int append_at(json_t *index, const char *key, json_t *value)
{
	json_t *list = json_object_get(index, key);
	if (!list) {
		list = json_array();
		if (json_object_set_new(index, key, list) < 0) {
			json_decref(value);
			return -ENOMEM;
		}
	}
	return json_array_append_new(list, value) < 0 ? -ENOMEM : 0;
}

static int add_record(json_t *index, json_t *record, int host)
{
	const char *source = json_string_value(json_object_get(record, "source"));
	if (!source)
		return 0;
	cleanup_free char *written = strdup(source);
	if (!written)
		return -ENOMEM;
	bool below = text_ends_with(written, "/**");
	if (below)
		written[strlen(written) - 3] = '\0';
	cleanup_free char *resolved = NULL;
	int result = path_resolve(host, written, &resolved, NULL);
	if (result < 0)
		return result == -ENOMEM ? result : 0; /* nothing can resolve to it */
	json_t *entry = json_pack("{s:b, s:b, s:b, s:b}", "below", below, "read-only",
				  json_is_true(json_object_get(record, "read-only")), "socket",
				  json_is_true(json_object_get(record, "socket")), "device",
				  json_is_true(json_object_get(record, "device")));
	return append_at(index, resolved, entry);
}

int mount_grants_make(const struct facts *facts, const json_t *settings, int host, struct mount_grants *ret)
{
	struct mount_grants grants = {
		.facts = facts,
		.engine = json_object(),
		.policy = json_object(),
		.volumes = setting_flag(settings, "volumes"),
	};
	int result = grants.engine && grants.policy ? 0 : -ENOMEM;
	for (size_t i = 0; facts && result == 0 && i < facts->path_count; i++)
		if (!facts->paths[i].hook)
			result = append_at(grants.engine, facts->paths[i].path, json_integer((json_int_t)i));
	size_t index;
	json_t *record;
	json_array_foreach(setting_list(settings, "allow"), index, record) {
		if (result == 0)
			result = add_record(grants.policy, record, host);
	}
	if (result < 0)
		mount_grants_release(&grants);
	else
		*ret = grants;
	return result;
}

void mount_grants_release(struct mount_grants *grants)
{
	json_decref(grants->engine);
	json_decref(grants->policy);
	*grants = (struct mount_grants){0};
}

/* Calls `visit` for `path` and every folder above it that stands in `index`, until
 * it says true. Without memory: false, as if nothing were granted. */
static bool visit_upwards(const json_t *index, const char *path,
			  bool (*visit)(const json_t *list, bool exact, void *context), void *context)
{
	cleanup_free char *above = strdup(path);
	bool exact = true, done = false;
	while (above && !done) {
		const json_t *list = json_object_get(index, *above ? above : "/");
		done = (list && visit(list, exact, context)) || strlen(above) <= 1;
		char *slash = strrchr(above, '/');
		if (slash)
			*slash = '\0';
		exact = false;
	}
	return done;
}

struct engine_search {
	const struct mount_grants *grants;
	bool volumes, others;
	const struct engine_path *found;
};

static bool visit_engine(const json_t *list, bool exact, void *context)
{
	struct engine_search *search = context;
	size_t index;
	json_t *item;
	json_array_foreach(list, index, item) {
		const struct engine_path *path = &search->grants->facts->paths[json_integer_value(item)];
		if ((exact || path->below) && (path->volume ? search->volumes : search->others)) {
			search->found = path;
			return true;
		}
	}
	return false;
}

const struct engine_path *mount_grants_engine(const struct mount_grants *grants, const char *path)
{
	struct engine_search search = {.grants = grants, .volumes = grants->volumes, .others = true};
	(void)visit_upwards(grants->engine, path, visit_engine, &search);
	return search.found;
}

bool mount_grants_is_volume(const struct mount_grants *grants, const char *path)
{
	struct engine_search search = {.grants = grants, .volumes = true};
	(void)visit_upwards(grants->engine, path, visit_engine, &search);
	return search.found != NULL;
}

bool mount_grant_suffices(const struct mount_grant *grant, const struct mount_grant *wanted)
{
	return (grant->exact || !wanted->exact) && (!grant->read_only || wanted->read_only) &&
	       (grant->socket || !wanted->socket) && (grant->device || !wanted->device);
}

struct policy_search {
	const struct mount_grant *wanted;
	struct mount_grant found;
	bool any;
};

static bool visit_policy(const json_t *list, bool exact, void *context)
{
	struct policy_search *search = context;
	size_t index;
	json_t *item;
	json_array_foreach(list, index, item) {
		struct mount_grant grant = {
			.exact = exact && !json_is_true(json_object_get(item, "below")),
			.read_only = json_is_true(json_object_get(item, "read-only")),
			.socket = json_is_true(json_object_get(item, "socket")),
			.device = json_is_true(json_object_get(item, "device")),
		};
		if (!exact && !json_is_true(json_object_get(item, "below")))
			continue;
		bool suffices = mount_grant_suffices(&grant, search->wanted);
		if (suffices || !search->any)
			search->found = grant;
		search->any = true;
		if (suffices)
			return true;
	}
	return false;
}

bool mount_grants_policy(const struct mount_grants *grants, const char *path,
			 const struct mount_grant *wanted, struct mount_grant *ret)
{
	struct policy_search search = {.wanted = wanted};
	(void)visit_upwards(grants->policy, path, visit_policy, &search);
	if (search.any)
		*ret = search.found;
	return search.any;
}
