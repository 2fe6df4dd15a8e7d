#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/manifest.h"
#include "policy/trust/manifest_parts.h"

static int read_diff_ids(const json_t *array, struct configuration *configuration, struct error **error)
{
	size_t count = json_array_size(array);
	if (!json_is_array(array))
		return error_set(error, EINVAL, "\"/rootfs/diff_ids\" is not an array");
	if (count > CONFIGURATION_DIFF_IDS)
		return error_set(error, EINVAL, "\"/rootfs/diff_ids\" has more than %u entries", CONFIGURATION_DIFF_IDS);
	configuration->diff_ids = calloc(count ? count : 1, sizeof(*configuration->diff_ids));
	if (!configuration->diff_ids)
		return error_out_of_memory(error);
	for (size_t i = 0; i < count; i++) {
		const char *diff_id = document_text(json_array_get(array, i));
		if (!digest_is_valid(diff_id))
			return error_set(error, EINVAL, "/rootfs/diff_ids/%zu is not \"sha256:\" and 64 lower-case hexadecimal "
					 "digits", i);
		configuration->diff_ids[configuration->count++] = diff_id;
	}
	return 0;
}

static int read_root(const json_t *document, struct configuration *configuration, struct error **error)
{
	static const char *const keys[] = {"type", "diff_ids", NULL};
	const json_t *root = json_object_get(document, "rootfs");
	const char *type = NULL;
	if (!json_is_object(root))
		return error_set(error, EINVAL, "\"rootfs\" is not an object");
	int result = manifest_check_keys(root, keys, "/rootfs", error);
	if (result == 0)
		result = manifest_text(root, "type", true, "/rootfs", &type, error);
	if (result < 0)
		return result;
	if (!text_equal(type, "layers"))
		return error_set(error, EINVAL, "\"/rootfs/type\" is not \"layers\"");
	return read_diff_ids(json_object_get(root, "diff_ids"), configuration, error);
}

int configuration_read(const void *data, size_t size, struct configuration *ret_configuration, struct error **error)
{
	static const char *const keys[] = {"architecture", "os", "variant", "created", "rootfs", NULL};
	cleanup_configuration struct configuration configuration = {0};
	int result = document_parse(data, size, DOCUMENT_PLAIN, &configuration.document, error);
	if (result == 0)
		result = manifest_check_keys(configuration.document, keys, "it", error);
	const struct {
		const char *key;
		bool required;
		const char **ret;
	} texts[] = {
		{"architecture", true, &configuration.architecture},
		{"os", true, &configuration.os},
		{"variant", false, &configuration.variant},
		{"created", false, &configuration.created},
	};
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(texts); i++)
		result = manifest_text(configuration.document, texts[i].key, texts[i].required, "it", texts[i].ret, error);
	if (result == 0)
		result = read_root(configuration.document, &configuration, error);
	if (result < 0)
		return result;
	*ret_configuration = configuration;
	configuration = (struct configuration){0};
	return 0;
}

void configuration_release(struct configuration *configuration)
{
	free(configuration->diff_ids);
	json_decref(configuration->document);
	*configuration = (struct configuration){0};
}
