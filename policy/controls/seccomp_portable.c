/* Profiles as Docker and Podman keep them in files: one text for every
 * architecture, set of capabilities and kernel. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/controls/seccomp_read.h"
#include "policy/document/document.h"

/* An entry's condition that is not understood would be taken for one that holds. */
static const char *const profile_fields[] = {
	"architectures", "archMap", "defaultAction", "defaultErrno", "defaultErrnoRet", "flags",
	"listenerMetadata", "listenerPath", "syscalls", NULL,
};
static const char *const entry_fields[] = {
	"action", "args", "comment", "errno", "errnoRet", "excludes", "includes", "name", "names", NULL,
};
static const char *const filter_fields[] = {"arches", "caps", "minKernel", NULL};

static int check_fields(const json_t *object, const char *place, const char *const *fields,
			struct error **error)
{
	const char *key;
	json_t *value;
	if (!object || json_is_null(object))
		return 0;
	if (!json_is_object(object))
		return error_set(error, EINVAL, "%s is not an object", place);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		const char *const *field = fields;
		while (*field && strcmp(*field, key) != 0)
			field++;
		if (!*field)
			return error_set(error, EINVAL, "%s has the field \"%s\", which is not known here",
					 place, key);
	}
	return 0;
}

/* Names of Go's architectures, as `arches` has them. */
#if defined(__x86_64__)
static const char native_name[] = "amd64";
#else
static const char native_name[] = "arm64";
#endif

/* The error numbers by name that Podman writes beside the numbers. */
static const struct {
	const char *name;
	uint16_t value;
} errno_names[] = {
	{"EPERM", EPERM}, {"EACCES", EACCES}, {"EINVAL", EINVAL}, {"ENOSYS", ENOSYS},
	{"ENOTSUP", ENOTSUP}, {"EAFNOSUPPORT", EAFNOSUPPORT},
};

static int read_errno_name(const json_t *object, const char *key, uint16_t *ret, struct error **error)
{
	const char *word = NULL;
	int result = read_word(object, key, &word, error);
	if (result < 0 || !word)
		return result;
	for (size_t i = 0; i < ARRAY_SIZE(errno_names); i++)
		if (strcmp(errno_names[i].name, word) == 0) {
			*ret = errno_names[i].value;
			return 0;
		}
	int64_t number = 0;
	if (number_parse_int64(word, &number) < 0 || number < 0 || number > 4095)
		return error_set(error, EINVAL, "%s is not an error number that is known here", key);
	*ret = (uint16_t)number;
	return 0;
}

/* Whether `kernel` ("4.8") is not above the running one. */
static int kernel_reached(const char *kernel, const struct circumstances *circumstances, bool *ret)
{
	cleanup_free char *major_text = strdup(kernel);
	int64_t major = 0, minor = 0;
	char *dot = major_text ? strchr(major_text, '.') : NULL;
	if (!dot)
		return major_text ? -EINVAL : -ENOMEM;
	*dot = '\0';
	if (number_parse_int64(major_text, &major) < 0 || number_parse_int64(dot + 1, &minor) < 0 ||
	    major < 0 || minor < 0 || major > 0x7fff || minor > 0xffff)
		return -EINVAL;
	*ret = circumstances->kernel >= KERNEL(major, minor);
	return 0;
}

/* How many of `list` hold: capabilities that are there, or the native
 * architecture. -EINVAL where it is no array of strings. */
static int count_held(const json_t *list, const struct circumstances *circumstances, bool capabilities,
		      size_t *ret)
{
	size_t index;
	json_t *item;
	*ret = 0;
	if (list && !json_is_null(list) && !json_is_array(list))
		return -EINVAL;
	json_array_foreach(list, index, item)
	{
		const char *text = json_string_value(item);
		if (!document_is_string(item))
			return -EINVAL;
		bool held = capabilities ? has_capability(circumstances, text) : strcmp(text, native_name) == 0;
		*ret += held ? 1 : 0;
	}
	return 0;
}

struct filter {
	size_t capabilities, capabilities_held, architectures, architectures_held;
	bool has_kernel, kernel_reached;
};

static int read_filter(const json_t *entry, const char *key, size_t entry_index,
		       const struct circumstances *circumstances, struct filter *ret, struct error **error)
{
	struct filter filter = {0};
	const json_t *object = json_object_get(entry, key);
	int result = check_fields(object, key, filter_fields, error);
	if (result < 0)
		return error_prefix(error, "syscalls/%zu", entry_index);
	const json_t *capabilities = json_object_get(object, "caps"), *architectures = json_object_get(object, "arches");
	const char *kernel = NULL;
	filter.capabilities = json_array_size(capabilities);
	filter.architectures = json_array_size(architectures);
	if (count_held(capabilities, circumstances, true, &filter.capabilities_held) < 0 ||
	    count_held(architectures, circumstances, false, &filter.architectures_held) < 0 ||
	    read_word(object, "minKernel", &kernel, NULL) < 0 ||
	    (kernel && kernel_reached(kernel, circumstances, &filter.kernel_reached) < 0))
		return error_set(error, EINVAL, "syscalls/%zu/%s cannot be understood (arches, caps, minKernel)",
				 entry_index, key);
	filter.has_kernel = kernel;
	*ret = filter;
	return 0;
}

static int applies(const json_t *entry, size_t index, const struct circumstances *circumstances, bool *ret,
		   struct error **error)
{
	struct filter includes, excludes;
	int result = read_filter(entry, "includes", index, circumstances, &includes, error);
	if (result == 0)
		result = read_filter(entry, "excludes", index, circumstances, &excludes, error);
	if (result < 0)
		return result;
	*ret = includes.capabilities_held == includes.capabilities &&
	       (includes.architectures == 0 || includes.architectures_held > 0) &&
	       (!includes.has_kernel || includes.kernel_reached) && excludes.capabilities_held == 0 &&
	       excludes.architectures_held == 0 && !(excludes.has_kernel && excludes.kernel_reached);
	return 0;
}

/* The older format has one `name` where the newer has `names`. */
static int read_portable_entry(json_t *entry, size_t index, const struct circumstances *circumstances,
			       struct call_profile *profile, struct error **error)
{
	bool wanted = false;
	uint16_t errno_value = EPERM;
	if (!json_is_object(entry))
		return error_set(error, EINVAL, "syscalls/%zu is not an object", index);
	int result = check_fields(entry, "syscalls", entry_fields, error);
	if (result == 0)
		result = applies(entry, index, circumstances, &wanted, error);
	if (result == 0)
		result = read_errno_name(entry, "errno", &errno_value, error);
	if (result < 0)
		return error_prefix(error, "syscalls/%zu", index);
	json_t *name = json_object_get(entry, "name");
	if (name && json_object_get(entry, "names"))
		return error_set(error, EINVAL, "syscalls/%zu has both name and names", index);
	if (name && (json_object_set_new(entry, "names", json_pack("[O]", name)) < 0 ||
		     json_object_del(entry, "name") < 0))
		return error_out_of_memory(error);
	return wanted ? read_entry(entry, index, errno_value, profile, error) : 0;
}

/* `archMap` names an architecture and those below it; only the native one's count. */
static int read_architecture_map(const json_t *source, struct call_profile *profile, struct error **error)
{
	const json_t *map = json_object_get(source, "archMap"), *plain = json_object_get(source, "architectures");
	size_t index;
	json_t *entry;
	if (map && !json_is_null(map) && !json_is_array(map))
		return error_set(error, EINVAL, "archMap is not an array");
	if (json_array_size(map) > 0 && json_array_size(plain) > 0)
		return error_set(error, EINVAL, "both archMap and architectures are given");
	json_array_foreach(map, index, entry)
	{
		const char *word = NULL;
		if (read_word(entry, "architecture", &word, error) < 0)
			return error_prefix(error, "archMap/%zu", index);
		if (call_architecture_from_word(word) != ARCHITECTURE_NATIVE)
			continue;
		int result = read_architectures(json_object_get(entry, "subArchitectures"), profile, error);
		if (result < 0)
			return error_prefix(error, "archMap/%zu", index);
	}
	return read_architectures(plain, profile, error);
}

static int read_head(const json_t *source, const struct circumstances *circumstances,
		     struct call_profile *profile, struct error **error)
{
	int result = check_fields(source, "the profile", profile_fields, error);
	if (result == 0)
		result = read_default_action(source, profile, error);
	if (result == 0 && !json_object_get(source, "defaultErrnoRet"))
		result = read_errno_name(source, "defaultErrno", &profile->default_errno, error);
	if (result == 0)
		result = read_architecture_map(source, profile, error);
	if (result == 0)
		result = read_flags(source, profile, error);
	if (result < 0)
		return result;
	if (!call_action_refuses(profile->default_action))
		return error_set(error, EINVAL, "defaultAction does not refuse, so that every call it does not "
						"name would pass");
	if (json_object_get(source, "listenerPath") || json_object_get(source, "listenerMetadata"))
		return error_set(error, EINVAL, "it names a listener, which a profile of the policy cannot have");
	profile->architectures &= circumstances->architectures | ARCHITECTURE_NATIVE;
	return 0;
}

int call_profile_read_portable(json_t *source, const struct circumstances *circumstances,
			       struct call_profile *ret_profile, struct error **error)
{
	cleanup_call_profile struct call_profile profile = {.source = json_incref(source)};
	const json_t *calls = json_object_get(source, "syscalls");
	size_t index;
	json_t *entry;
	int result = read_head(source, circumstances, &profile, error);
	if (result < 0)
		return result;
	if (!json_is_array(calls) || json_array_size(calls) > PROFILE_ENTRIES)
		return error_set(error, EINVAL, "syscalls is not an array of at most %u", PROFILE_ENTRIES);
	json_array_foreach(calls, index, entry)
	{
		result = read_portable_entry(entry, index, circumstances, &profile, error);
		if (result < 0)
			return result;
	}
	for (size_t i = 0; i < profile.count; i++)
		if (profile.rules[i].action == CALL_NOTIFY || profile.rules[i].action == CALL_TRACE)
			return error_set(error, EINVAL, "call %s is left to a listener or tracer, which a profile "
							"of the policy cannot have", profile.rules[i].name);
	call_profile_sort(&profile);
	*ret_profile = profile;
	profile = (struct call_profile){0};
	return 0;
}
