#include "policy/trust/settings.h"

#include <errno.h>

#include "policy/document/document.h"

static int add_name(json_t *names, const json_t *name)
{
	if (!json_is_string(name) || document_has_element(names, name))
		return 0;
	return json_array_append(names, (json_t *)(uintptr_t)name);
}

static int add_names(json_t *names, const json_t *signed_by)
{
	size_t index;
	json_t *name;
	json_array_foreach(json_object_get(signed_by, "of"), index, name)
		if (add_name(names, name) < 0)
			return -1;
	return 0;
}

int trust_settings_names(const json_t *image, json_t *names)
{
	const json_t *vulnerabilities = json_object_get(image, "vulnerabilities");
	size_t index;
	json_t *attestation;
	json_array_foreach(json_object_get(image, "attestations"), index, attestation)
		if (add_names(names, json_object_get(attestation, "signed-by")) < 0)
			return -ENOMEM;
	if (add_names(names, json_object_get(image, "signed-by")) < 0 ||
	    add_name(names, json_object_get(vulnerabilities, "scanner")) < 0 ||
	    add_name(names, json_object_get(vulnerabilities, "vex")) < 0)
		return -ENOMEM;
	return 0;
}
