#include "shim/gate_update.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/descriptors.h"
#include "shim/running_container.h"
#include "shim/update_options.h"

static const size_t input_limit = (size_t)1 << 20; /* bytes; engines send some hundred */

static int read_input(char **ret_text, size_t *ret_length, struct error **error)
{
	struct text text = {0};
	char part[4096];
	ssize_t got = 0;
	while ((got = read(STDIN_FILENO, part, sizeof(part))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || text.length > input_limit) {
			int code = got < 0 ? errno : EFBIG;
			text_release(&text);
			return error_set_errno(error, code, "standard input");
		}
		text_append_bytes(&text, part, (size_t)got);
	}
	size_t length = text.length;
	char *finished = length ? text_finish(&text) : strdup("");
	if (!finished)
		return error_out_of_memory(error);
	*ret_text = finished;
	*ret_length = length;
	return 0;
}

static int read_resources(const struct invocation *invocation, json_t **ret_resources, struct error **error)
{
	const char *path = invocation_value(invocation, "resources");
	if (!path)
		return update_options_resources(invocation, ret_resources, error);
	cleanup_free char *text = NULL;
	size_t length = 0;
	cleanup_json json_t *resources = NULL;
	int result = strcmp(path, "-") == 0 ? read_input(&text, &length, error)
					    : file_read_trusted(path, input_limit, &text, &length, error);
	if (result == 0)
		result = document_parse(text, length, DOCUMENT_RESOURCES, &resources, error);
	if (result == 0 && !json_is_object(resources))
		result = error_set(error, EINVAL, "it is not a JSON object");
	if (result < 0)
		return error_prefix(error, "update's --resources");
	*ret_resources = take_pointer(resources);
	return 0;
}

static int hand_on(struct interception *interception, const json_t *resources, struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	char path[32];
	int result = document_print(resources, &text, &length, error);
	if (result == 0)
		result = descriptors_seal(&interception->invocation, text, length, path, error);
	if (result < 0)
		return result;
	/* all that was asked for stands in the resources now */
	interception->invocation.options.count = 0;
	return interception_continue(interception, "resources", path, error);
}

int gate_update(struct interception *interception, struct error **error)
{
	struct invocation *invocation = &interception->invocation;
	interception->verb = VERB_UPDATE;
	int result = command_line_parse_verb(invocation, PLACE_UPDATE, error);
	if (result < 0 || invocation->help)
		return result;
	cleanup_bundle struct bundle bundle = BUNDLE_NONE;
	cleanup_json json_t *resources = NULL;
	result = running_container_open(interception, &bundle, error);
	if (result == 0)
		result = read_resources(invocation, &resources, error);
	if (result == 0)
		result = interception_judge(interception, resources, error);
	return result < 0 ? result : hand_on(interception, resources, error);
}
