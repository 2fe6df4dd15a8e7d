#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"

/* The member `name` of `parent`, NULL where it is not there or null. */
static int section(json_t *parent, const char *name, json_type type, const char *pointer,
		   json_t **ret, struct error **error)
{
	json_t *value = json_object_get(parent, name);
	if (value && !json_is_null(value) && json_typeof(value) != type)
		return error_set(error, EINVAL, "%s is not %s", pointer,
				 type == JSON_ARRAY ? "an array" : "an object");
	*ret = value && !json_is_null(value) ? value : NULL;
	return 0;
}

static int check_mounts(const json_t *mounts, struct error **error)
{
	size_t index;
	json_t *mount;
	json_array_foreach(mounts, index, mount)
	{
		if (!json_is_object(mount))
			return error_set(error, EINVAL, "/mounts/%zu is not an object", index);
	}
	return 0;
}

static int view_of_config(json_t *document, struct container_view *view, struct error **error)
{
	const struct {
		const char *name, *pointer;
		json_type type;
		json_t **place;
	} sections[] = {
		{"process", "/process", JSON_OBJECT, &view->process},
		{"root", "/root", JSON_OBJECT, &view->root},
		{"mounts", "/mounts", JSON_ARRAY, &view->mounts},
		{"linux", "/linux", JSON_OBJECT, &view->linux_section},
		{"hooks", "/hooks", JSON_OBJECT, &view->hooks},
		{"annotations", "/annotations", JSON_OBJECT, &view->annotations},
	};
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		int result = section(document, sections[i].name, sections[i].type, sections[i].pointer,
				     sections[i].place, error);
		if (result < 0)
			return result;
	}
	if (view->mounts) {
		int result = check_mounts(view->mounts, error);
		if (result < 0)
			return result;
	}
	if (!view->linux_section)
		return 0;
	return section(view->linux_section, "resources", JSON_OBJECT, "/linux/resources",
		       &view->resources, error);
}

int container_view_of(json_t *document, enum verb verb, struct container_view *ret_view,
		      struct error **error)
{
	struct container_view view = {
		.verb = verb,
		.document = document,
		.process_at = verb == VERB_EXEC ? "" : "/process",
		.resources_at = verb == VERB_UPDATE ? "" : "/linux/resources",
	};
	int result = 0;
	if (verb == VERB_EXEC)
		view.process = document;
	else if (verb == VERB_UPDATE)
		view.resources = document;
	else
		result = view_of_config(document, &view, error);
	if (result == 0)
		*ret_view = view;
	return result;
}

bool container_has_user_namespace(const struct container_view *view)
{
	size_t index;
	json_t *namespace;
	json_array_foreach(json_object_get(view->linux_section, "namespaces"), index, namespace)
	{
		const char *type = json_string_value(json_object_get(namespace, "type"));
		if (type && strcmp(type, "user") == 0)
			return true;
	}
	return false;
}
