#include "shim/gate_create.h"

#include <stdio.h>

#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/bundle.h"
#include "shim/document_memory.h"

bool gate_create_strip_annotations(json_t *config)
{
	json_t *annotations = json_object_get(config, "annotations");
	const char *key;
	json_t *value;
	void *next;
	bool found = false;
	json_object_foreach_safe(annotations, next, key, value)
	{
		if (text_starts_with(key, ANNOTATION_PREFIX)) {
			(void)json_object_del(annotations, key);
			found = true;
		}
	}
	return found;
}

static int annotate(json_t *config, const struct interception *interception, struct error **error)
{
	/* a copy where there are some: a finding may hold what was there */
	json_t *annotations = json_object_get(config, "annotations");
	annotations = json_is_object(annotations) ? json_copy(annotations) : json_object();
	if (json_object_set_new(config, "annotations", annotations) < 0)
		return error_out_of_memory(error);
	json_t *generation = json_sprintf("%llu", (unsigned long long)interception->effective.generation);
	if (json_object_set_new(annotations, ANNOTATION_DECISION, json_string(interception->id)) < 0 ||
	    json_object_set_new(annotations, ANNOTATION_GENERATION, generation) < 0)
		return error_out_of_memory(error);
	return 0;
}

/* In audit mode the configuration stays as it came; only what pretends to be ours
 * goes, since exec believes it. */
static int write_config(struct interception *interception, const struct bundle *bundle, bool was_forged,
			struct error **error)
{
	bool enforced = interception->effective.mode == MODE_ENFORCE;
	int result = enforced ? annotate(bundle->config, interception, error) : 0;
	if (result == 0 && (enforced || was_forged))
		result = bundle_write(bundle, bundle->config, error);
	return result;
}

int gate_create(struct interception *interception, struct error **error)
{
	struct invocation *invocation = &interception->invocation;
	enum option_place place = text_equal(invocation->verb, "run") ? PLACE_RUN : PLACE_CREATE;
	interception->verb = VERB_CREATE;
	int result = command_line_parse_verb(invocation, place, error);
	if (result < 0 || invocation->help)
		return result;

	document_memory_prefault(DOCUMENT_MEMORY_CREATE);
	cleanup_bundle struct bundle bundle = BUNDLE_NONE;
	result = bundle_open(invocation->bundle, &bundle, error);
	if (result < 0)
		return result;
	bool was_forged = gate_create_strip_annotations(bundle.config);

	result = interception_resolve(interception, bundle.config, error);
	if (result == 0)
		result = interception_judge(interception, bundle.config, error);
	if (result == 0)
		result = write_config(interception, &bundle, was_forged, error);
	if (result < 0)
		return result;
	/* the absolute path that was judged */
	return interception_continue(interception, "bundle", invocation->bundle, error);
}
