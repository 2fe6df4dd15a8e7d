/* linux.uidMappings and gidMappings, and the ids that mounts are shifted by: no map
 * may make anyone in the container root on the host. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/namespace.h"

enum { USERS, GROUPS, MAPS };

static const char *const fields[MAPS] = {"uidMappings", "gidMappings"};
static const char *const nouns[MAPS] = {"uid", "gid"};

/* The maps that hold for the container. */
struct maps {
	bool known; /* false: a finding says why */
	struct id_map of[MAPS];
};

static void maps_release(struct maps *maps)
{
	id_map_release(&maps->of[USERS]);
	id_map_release(&maps->of[GROUPS]);
}

/* 0, -EINVAL or -ERANGE where it is no list of ranges, -ENOMEM. */
static int read_map(const json_t *array, struct id_map *map)
{
	if (array && !json_is_array(array) && !json_is_null(array))
		return -EINVAL;
	size_t index;
	json_t *entry;
	json_array_foreach(array, index, entry)
	{
		static const char *const names[] = {"containerID", "hostID", "size"};
		int64_t numbers[3] = {0};
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			const json_t *number = json_object_get(entry, names[i]);
			if (number && document_read_int64(number, &numbers[i]) < 0)
				return -EINVAL;
		}
		int result = json_is_object(entry) ? id_map_add(map, numbers[0], numbers[1], numbers[2]) : -EINVAL;
		if (result < 0)
			return result;
	}
	return 0;
}

static bool is_given(const json_t *value)
{
	return value && !json_is_null(value) && !(json_is_array(value) && json_array_size(value) == 0);
}

/* A rootless engine's own namespace has the user as root; the host's root is in
 * none of its maps. */
static int judge_map(const struct id_map *map, int which, const char *pointer, const json_t *before,
		     const struct facts *facts, const json_t *settings, struct findings *findings)
{
	int64_t lowest = 0;
	struct finding_spec spec = {.pointer = pointer, .before = before, .reference = "CIS 5.31"};
	if (map->count == 0)
		return finding_add(findings, spec, "is empty, so that the runtime chooses: crun maps root to root");
	if (id_map_has_outside(map, 0) && !facts->advisory)
		return finding_add(findings, spec, "maps %s 0 of the host: someone in the container is its root",
				   nouns[which]);
	if (!facts->advisory && setting_number(settings, "lowest-host-id", &lowest) &&
	    id_map_lowest_outside(map) < lowest)
		return finding_add(findings, spec,
				   "maps %s %u of the host: someone in the container has the rights of one of its "
				   "system accounts (disk, shadow, docker …)",
				   nouns[which], id_map_lowest_outside(map));
	return 0;
}

static int judge_new(const struct container_view *view, const struct facts *facts, const json_t *settings,
		     struct findings *findings, struct maps *maps)
{
	maps->known = true;
	for (int i = 0; i < MAPS; i++) {
		char pointer[64];
		const json_t *array = json_object_get(view->linux_section, fields[i]);
		(void)snprintf(pointer, sizeof(pointer), "/linux/%s", fields[i]);
		int result = read_map(array, &maps->of[i]);
		if (result == -ENOMEM)
			return result;
		maps->known &= result == 0;
		if (result < 0)
			result = finding_add(findings,
					     (struct finding_spec){
						     .pointer = pointer, .before = array, .reference = "CIS 5.31"},
					     "is not a list of ranges of 32-bit ids with containerID, hostID and size");
		else
			result = judge_map(&maps->of[i], i, pointer, array, facts, settings, findings);
		if (result < 0)
			return result;
	}
	return 0;
}

/* By path: what config.json says of the maps is not what holds, so the kernel is
 * asked. */
static int judge_joined(const json_t *path, const char *pointer, const struct facts *facts,
			const json_t *settings, struct findings *findings, struct maps *maps)
{
	struct namespace_place place = {0};
	struct finding_spec spec = {.pointer = pointer, .before = path, .reference = "CIS 5.31"};
	cleanup_error struct error *error = NULL;
	const char *text = document_text(path);
	if (!text)
		return finding_add(findings, spec, "is not a path");
	int result = namespace_locate(text, namespace_kind_of("user"), facts->advisory, &place, &error);
	if (result == 0)
		result = namespace_read_maps(&place, &maps->of[USERS], &maps->of[GROUPS], &error);
	namespace_place_release(&place);
	if (result == -ENOMEM)
		return result;
	if (result < 0)
		return finding_add(findings, spec, "%s", error_message(error));
	maps->known = true;
	for (int i = 0; result == 0 && i < MAPS; i++)
		result = judge_map(&maps->of[i], i, pointer, path, facts, settings, findings);
	return result;
}

/* What a mount's own uidMappings and gidMappings do. Without a user namespace uid
 * 1000 could read root's files through them. */
static int judge_mount_maps(const json_t *mount, size_t index, bool separate, const struct maps *maps,
			    struct findings *findings)
{
	for (int i = 0; i < MAPS; i++) {
		char pointer[64];
		const json_t *array = json_object_get(mount, fields[i]);
		const char *why = NULL;
		if (!is_given(array))
			continue;
		if (!separate) {
			why = "shifts the owners of files, though the container has no user namespace";
		} else {
			struct id_map own = {0};
			int result = read_map(array, &own);
			if (result == -ENOMEM)
				return result;
			if (result < 0 || (maps->known && !id_map_equal(&own, &maps->of[i])))
				why = "shifts the owners of files otherwise than the container's user namespace does";
			id_map_release(&own);
		}
		(void)snprintf(pointer, sizeof(pointer), "/mounts/%zu/%s", index, fields[i]);
		if (why && finding_add(findings, (struct finding_spec){.pointer = pointer, .before = array}, "%s", why) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int judge_mount_options(const json_t *mount, size_t index, bool separate, struct findings *findings)
{
	size_t number;
	json_t *option;
	json_array_foreach(json_object_get(mount, "options"), number, option)
	{
		const char *text = json_string_value(option);
		if (!text)
			continue;
		bool own_ids = text_starts_with(text, "idmap=") || text_starts_with(text, "ridmap=");
		bool as_container = strcmp(text, "idmap") == 0 || strcmp(text, "ridmap") == 0;
		if (!own_ids && !(as_container && !separate))
			continue;
		char pointer[96];
		(void)snprintf(pointer, sizeof(pointer), "/mounts/%zu/options/%zu", index, number);
		int result = finding_add(findings, (struct finding_spec){.pointer = pointer, .before = option}, "%s",
					 own_ids ? "shifts the owners of files by ids of its own; the word before = alone "
						   "takes the container's"
						 : "shifts the owners of files, though the container has no user namespace");
		if (result < 0)
			return result;
	}
	return 0;
}

static int judge_mounts(const struct container_view *view, bool separate, const struct maps *maps,
			struct findings *findings)
{
	size_t index;
	json_t *mount;
	json_array_foreach(view->mounts, index, mount)
	{
		int result = judge_mount_maps(mount, index, separate, maps, findings);
		if (result == 0)
			result = judge_mount_options(mount, index, separate, findings);
		if (result < 0)
			return result;
	}
	return 0;
}

/* The entry of the user namespace; its index in *ret. */
static const json_t *find_entry(const struct container_view *view, size_t *ret)
{
	size_t index;
	json_t *entry;
	json_array_foreach(json_object_get(view->linux_section, "namespaces"), index, entry)
	{
		const char *type = json_string_value(json_object_get(entry, "type"));
		if (type && strcmp(type, "user") == 0) {
			*ret = index;
			return entry;
		}
	}
	return NULL;
}

static int judge_none(const struct container_view *view, const json_t *settings, struct findings *findings)
{
	for (int i = 0; i < MAPS; i++) {
		char pointer[64];
		const json_t *array = json_object_get(view->linux_section, fields[i]);
		(void)snprintf(pointer, sizeof(pointer), "/linux/%s", fields[i]);
		if (is_given(array) &&
		    finding_add(findings, (struct finding_spec){.pointer = pointer, .before = array, .reference = "CIS 5.31"},
				"maps ids, though the container has no user namespace") < 0)
			return -ENOMEM;
	}
	if (!setting_flag(settings, "required"))
		return 0;
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = "/linux/namespaces",
				   .reference = "CIS 2.9",
				   .remedy = json_pack("{s:b}", "required", 0),
			   },
			   "names no user namespace, which the policy requires; the engine makes one where it is told to "
			   "(dockerd --userns-remap, podman --userns auto, a pod's hostUsers: false)");
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)error;
	size_t index = 0;
	struct maps maps __attribute__((cleanup(maps_release))) = {0};
	const json_t *entry = find_entry(view, &index);
	const json_t *path = json_object_get(entry, "path");
	bool joined = !document_is_blank(path);
	char pointer[64];
	(void)snprintf(pointer, sizeof(pointer), "/linux/namespaces/%zu/path", index);
	int result = 0;
	if (!entry)
		result = judge_none(view, settings, findings);
	else if (joined)
		result = judge_joined(path, pointer, facts, settings, findings, &maps);
	else
		result = judge_new(view, facts, settings, findings, &maps);
	return result < 0 ? result : judge_mounts(view, entry != NULL, &maps, findings);
}

static int check_lowest(const json_t *value, struct error **error)
{
	if (json_is_integer(value) && json_integer_value(value) >= 1 && json_integer_value(value) <= UINT32_MAX)
		return 0;
	return error_set(error, EINVAL, "expected 1 to 4294967295");
}

static const struct policy_key keys[] = {
	{
		.name = "required",
		.type = KEY_FLAG,
		.order = ORDER_TRUE,
		.fallback = "false",
		.help = "Refuses containers that have no user namespace of their own",
	},
	{
		.name = "lowest-host-id",
		.type = KEY_INTEGER,
		.order = ORDER_HIGHER,
		.fallback = "1000",
		.help = "The lowest user and group of the host that a map may reach; those below are the system's own",
		.check = check_lowest,
	},
	{.type = KEY_END},
};

const struct control control_user_namespace = {
	.name = "user-namespace",
	.summary = "Refuses maps of user and group ids that reach the host's root or root's files",
	.risk = "A user namespace keeps root in the container from being root on the host, unless its map includes "
		"the host's id 0: openly, inside a range, or in a namespace that is joined by path, for which "
		"config.json can claim any map, so that the kernel's own is read. A mount that shifts owners lets a "
		"container's user read root's files on the host.",
	.cis = "2.9, 5.31",
	.nist = "4.4.3",
	.verbs = VERB_CREATE,
	.action = ACTION_REFUSE,
	.owns = (const char *const[]){NULL},
	.keys = keys,
	.assess = assess,
};
