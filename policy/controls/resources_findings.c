#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/resources.h"
#include "policy/document/document.h"

#define REFERENCE "CIS 5.11, 5.12, 5.29"

static int add(struct limits *limits, const char *place, struct finding_spec spec, const char *why)
{
	cleanup_free char *pointer = NULL;
	if (asprintf(&pointer, "%s/%s", limits->view->resources_at, place) < 0) {
		pointer = NULL;
		json_decref(spec.after);
		json_decref(spec.remedy);
		return -ENOMEM;
	}
	spec.pointer = pointer;
	spec.reference = REFERENCE;
	return finding_add(limits->findings, spec, "%s", why);
}

int limits_set(struct limits *limits, const char *place, const json_t *before, int64_t after, const char *key,
	       int64_t allowed, const char *why)
{
	json_t *remedy = key ? json_pack("{s:I}", key, (json_int_t)allowed) : NULL;
	return add(limits, place,
		   (struct finding_spec){
			   .before = before,
			   .edit = EDIT_SET,
			   .after = json_integer((json_int_t)after),
			   .remedy = remedy,
		   },
		   why);
}

int limits_remove(struct limits *limits, const char *place, const json_t *before, const char *why)
{
	return add(limits, place, (struct finding_spec){.before = before, .edit = EDIT_REMOVE}, why);
}

int limits_refuse(struct limits *limits, const char *place, const json_t *before, const char *why)
{
	return add(limits, place, (struct finding_spec){.before = before}, why);
}

int limits_section(struct limits *limits, const char *name, json_t **ret)
{
	json_t *section = json_object_get(limits->view->resources, name);
	if (!section || json_is_null(section))
		return 0;
	if (!json_is_object(section)) {
		int result = limits_refuse(limits, name, section, "is not an object");
		return result < 0 ? result : -EINVAL;
	}
	*ret = section;
	return 1;
}

int limits_number(struct limits *limits, const json_t *section, const char *place, struct given *ret)
{
	const char *key = strrchr(place, '/') + 1;
	const json_t *value = json_object_get(section, key);
	*ret = (struct given){0};
	if (!value || json_is_null(value))
		return 0;
	int result = document_read_int64(value, &ret->number);
	if (result == -EINVAL) {
		int added = limits_refuse(limits, place, value, "is not an integer");
		return added < 0 ? added : -EINVAL;
	}
	ret->value = value;
	return 1;
}

bool limits_default(const struct limits *limits, const char *key_default, const char *key_maximum, int64_t *ret)
{
	int64_t maximum = 0;
	bool has_maximum = setting_number(limits->settings, key_maximum, &maximum);
	if (!setting_number(limits->settings, key_default, ret)) {
		*ret = maximum;
		return has_maximum;
	}
	if (has_maximum && *ret > maximum)
		*ret = maximum;
	return true;
}
