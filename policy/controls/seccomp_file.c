/* The policy's own profile: read and compiled in full where the policy is checked, and
 * from then on a part of it. A container's start uses what was proven then. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/controls/seccomp_profile.h"
#include "policy/document/document.h"

#define PROFILE_FILE_SIZE ((size_t)1 << 20)

static int read_file(const char *path, json_t **ret_source, struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = file_check_trusted_parents(path, error);
	if (result == 0)
		result = file_read_trusted(path, PROFILE_FILE_SIZE, &text, &length, error);
	if (result == 0)
		result = document_parse(text, length, DOCUMENT_PLAIN, ret_source, error);
	return result;
}

/* Every capability that an entry asks for. */
static json_t *capabilities_in(const json_t *source)
{
	static const char *const filters[] = {"includes", "excludes"};
	json_t *all = json_array();
	size_t index;
	json_t *entry;
	json_array_foreach(json_object_get(source, "syscalls"), index, entry)
		for (size_t i = 0; all && i < ARRAY_SIZE(filters); i++) {
			json_t *named = json_object_get(json_object_get(entry, filters[i]), "caps");
			if (json_is_array(named) && json_array_extend(all, named) < 0) {
				json_decref(all);
				return NULL;
			}
		}
	return all;
}

/* With none of the capabilities and with all, for the native architecture and for all. */
static int prove(json_t *source, struct error **error)
{
	static const unsigned architectures[] = {ARCHITECTURE_NATIVE, ARCHITECTURES_SERVED};
	cleanup_json json_t *capabilities = capabilities_in(source);
	const json_t *const held[] = {NULL, capabilities};
	if (!capabilities)
		return error_out_of_memory(error);
	for (size_t i = 0; i < ARRAY_SIZE(held) * ARRAY_SIZE(architectures); i++) {
		const struct circumstances circumstances = {
			.bounding = held[i % 2],
			.kernel = running_kernel(),
			.architectures = architectures[i / 2],
		};
		cleanup_call_profile struct call_profile profile = {0};
		int result = call_profile_read_portable(source, &circumstances, &profile, error);
		if (result == 0)
			result = call_profile_compile_fully(&profile, error);
		if (result < 0)
			return result;
	}
	return 0;
}

int call_profile_load_file(const char *path, char **ret_setting, struct error **error)
{
	cleanup_json json_t *source = NULL;
	cleanup_free char *content = NULL;
	size_t length = 0;
	int result = read_file(path, &source, error);
	if (result == 0)
		result = prove(source, error);
	if (result == 0)
		result = document_print(source, &content, &length, error);
	if (result < 0)
		return error_prefix(error, "seccomp profile \"%s\"", path);
	cleanup_text struct text setting = {0};
	text_append_format(&setting, "%s\n", path);
	text_append_bytes(&setting, content, length);
	*ret_setting = text_finish(&setting);
	return *ret_setting ? 0 : error_out_of_memory(error);
}

int call_profile_of_setting(const char *setting, const struct circumstances *circumstances,
			    struct call_profile *ret_profile, struct error **error)
{
	const char *content = strchr(setting, '\n');
	cleanup_json json_t *source = NULL;
	if (!content)
		return error_set(error, EINVAL, "the policy has the path of the seccomp profile \"%s\" and not the "
				 "profile; run `hardenctl policy apply`", setting);
	content++;
	int result = document_parse(content, strlen(content), DOCUMENT_PLAIN, &source, error);
	if (result == 0)
		result = call_profile_read_portable(source, circumstances, ret_profile, error);
	return result < 0 ? error_prefix(error, "seccomp profile \"%.*s\"", (int)(content - setting - 1), setting) : 0;
}
