#include "shim/bundle.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/document/document.h"

#define CONFIG_NAME "config.json"
#define CONFIG_BESIDE "." CONFIG_NAME ".new"

static int read_config(int folder, json_t **ret_config, struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = file_read_trusted_at(folder, CONFIG_NAME, DOCUMENT_SIZE, &text, &length, error);
	if (result < 0)
		return result;
	if (length == 0)
		return error_set(error, EINVAL, CONFIG_NAME " is empty; the engine has not finished writing it, or the "
							    "disk was full");
	cleanup_json json_t *config = NULL;
	result = document_parse(text, length, DOCUMENT_CONFIG, &config, error);
	if (result < 0)
		return error_prefix(error, CONFIG_NAME);
	if (!json_is_object(config))
		return error_set(error, EINVAL, CONFIG_NAME " is not a JSON object");
	*ret_config = take_pointer(config);
	return 0;
}

int bundle_open(const char *path, struct bundle *ret_bundle, struct error **error)
{
	cleanup_bundle struct bundle bundle = BUNDLE_NONE;
	int result = file_check_trusted_parents(path, error);
	if (result == 0)
		result = file_open_directory(path, &bundle.folder, error);
	if (result == 0)
		result = file_check_trusted(bundle.folder, path, error);
	if (result == 0)
		result = read_config(bundle.folder, &bundle.config, error);
	if (result < 0)
		return error_prefix(error, "bundle \"%s\"", path);
	*ret_bundle = bundle;
	bundle = BUNDLE_NONE;
	return 0;
}

int bundle_write(const struct bundle *bundle, const json_t *config, struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = document_print(config, &text, &length, error);
	/* Not flushed to disk: after a crash the engine makes the bundle anew. Podman keeps one as
	 * long as its container, so that a start that is killed here must leave no more each time. */
	if (result == 0)
		result = file_replace_alone_at(bundle->folder, CONFIG_NAME, CONFIG_BESIDE, text, length, 0644, error);
	return result < 0 ? error_prefix(error, "the bundle") : 0;
}

void bundle_release(struct bundle *bundle)
{
	if (bundle->folder >= 0)
		(void)close(bundle->folder);
	json_decref(bundle->config);
	*bundle = BUNDLE_NONE;
}
