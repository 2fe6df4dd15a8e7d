#include "policy/controls/seccomp_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/number.h"
#include "policy/document/document.h"

#define ERRNO_LARGEST 4095 /* MAX_ERRNO of the kernel: it cuts off what is above */

int read_errno(const json_t *value, const char *place, uint16_t *ret, struct error **error)
{
	int64_t number = 0;
	if (!value || json_is_null(value))
		return 0;
	if (document_read_int64(value, &number) < 0 || number < 0 || number > ERRNO_LARGEST)
		return error_set(error, EINVAL, "%s is not an error number from 0 to %d", place, ERRNO_LARGEST);
	*ret = (uint16_t)number;
	return 0;
}

int read_word(const json_t *object, const char *key, const char **ret, struct error **error)
{
	const json_t *value = json_object_get(object, key);
	if (value && !json_is_null(value) &&
	    (!document_is_string(value) || strlen(json_string_value(value)) != json_string_length(value)))
		return error_set(error, EINVAL, "%s is not a string", key);
	const char *text = json_string_value(value);
	*ret = text && *text ? text : NULL;
	return 0;
}

int read_default_action(const json_t *source, struct call_profile *profile, struct error **error)
{
	const char *word = NULL;
	int result = read_word(source, "defaultAction", &word, error);
	if (result < 0)
		return result;
	profile->default_given = word;
	profile->default_action = CALL_ALLOW;
	profile->default_errno = EPERM;
	if (word && !call_action_from_word(word, &profile->default_action))
		return error_set(error, EINVAL, "defaultAction is not an action that is known here");
	return read_errno(json_object_get(source, "defaultErrnoRet"), "defaultErrnoRet",
			  &profile->default_errno, error);
}

static int check_strings(const json_t *list, const char *place, struct error **error)
{
	size_t index;
	json_t *item;
	if (list && !json_is_null(list) && !json_is_array(list))
		return error_set(error, EINVAL, "%s is not an array", place);
	json_array_foreach(list, index, item)
	{
		if (!document_is_string(item))
			return error_set(error, EINVAL, "%s/%zu is not a string", place, index);
	}
	return 0;
}

int read_architectures(const json_t *list, struct call_profile *profile, struct error **error)
{
	int result = check_strings(list, "architectures", error);
	size_t index;
	json_t *item;
	/* the backends' libseccomp starts with the native one, listed or not */
	profile->architectures |= ARCHITECTURE_NATIVE;
	json_array_foreach(list, index, item)
		profile->architectures |= call_architecture_from_word(json_string_value(item));
	return result;
}

int read_flags(const json_t *source, struct call_profile *profile, struct error **error)
{
	const json_t *list = json_object_get(source, "flags");
	int result = check_strings(list, "flags", error);
	size_t index;
	json_t *item;
	profile->flags_given = json_is_array(list);
	json_array_foreach(list, index, item)
		profile->flags |= call_flag_from_word(json_string_value(item));
	return result;
}

static int read_uint64(const json_t *value, uint64_t *ret)
{
	*ret = 0;
	if (!value || json_is_null(value))
		return 0;
	const char *spelling = document_number_spelling(value);
	if (spelling)
		return number_parse_uint64(spelling, ret);
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return -EINVAL;
	*ret = (uint64_t)json_integer_value(value);
	return 0;
}

static int read_condition(const json_t *argument, uint64_t *ret_index, struct call_condition *ret)
{
	struct call_condition condition = {0};
	uint64_t index = 0;
	const char *word = NULL;
	if (!json_is_object(argument) || read_word(argument, "op", &word, NULL) < 0 ||
	    !call_compare_from_word(word, &condition.compare) ||
	    read_uint64(json_object_get(argument, "index"), &index) < 0 || index >= CALL_ARGUMENTS ||
	    read_uint64(json_object_get(argument, "value"), &condition.value) < 0 ||
	    read_uint64(json_object_get(argument, "valueTwo"), &condition.value_two) < 0)
		return -EINVAL;
	if (condition.compare != COMPARE_MASKED_EQ)
		condition.value_two = 0;
	else if (condition.value_two & ~condition.value)
		return -EINVAL;
	*ret_index = index;
	*ret = condition;
	return 0;
}

/* What an entry says of each of its names: one rule, or one rule for each
 * condition where two of them are on the same argument, as runc and crun do it. */
struct conditions {
	struct call_match matches[CALL_ARGUMENTS];
	size_t count;
	bool none; /* one rule, whatever the arguments */
};

static int read_conditions(const json_t *arguments, const char *place, struct conditions *ret,
			   struct error **error)
{
	struct conditions conditions = {0};
	struct call_match all = {0};
	bool twice = false;
	size_t position;
	json_t *argument;
	if (arguments && !json_is_null(arguments) &&
	    (!json_is_array(arguments) || json_array_size(arguments) > CALL_ARGUMENTS))
		return error_set(error, EINVAL, "%s/args is not an array of at most %u conditions", place,
				 CALL_ARGUMENTS);
	json_array_foreach(arguments, position, argument)
	{
		uint64_t index = 0;
		struct call_condition condition;
		if (read_condition(argument, &index, &condition) < 0)
			return error_set(error, EINVAL,
					 "%s/args/%zu is not a condition (index 0 to 5, op, value, valueTwo)",
					 place, position);
		twice |= all.on[index].compare != COMPARE_NONE;
		all.on[index] = condition;
		conditions.matches[conditions.count++].on[index] = condition;
	}
	if (!twice) {
		conditions.none = conditions.count == 0;
		conditions.count = 1;
		conditions.matches[0] = all;
	}
	*ret = conditions;
	return 0;
}

static bool is_name_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || byte == '_' || (byte >= '0' && byte <= '9') ||
	       (byte >= 'A' && byte <= 'Z');
}

static int check_name(const json_t *value, const char *place, size_t index, struct error **error)
{
	const char *name = document_is_string(value) ? json_string_value(value) : "";
	size_t length = 0;
	while (is_name_byte(name[length]))
		length++;
	if (length == 0 || length > PROFILE_NAME_LENGTH || length != json_string_length(value))
		return error_set(error, EINVAL, "%s/names/%zu is not the name of a call", place, index);
	return 0;
}

static int add_names(const json_t *names, const char *place, enum call_action action, uint16_t errno_value,
		     const struct conditions *conditions, struct call_profile *profile, struct error **error)
{
	size_t index;
	json_t *value;
	json_array_foreach(names, index, value)
	{
		int result = check_name(value, place, index, error);
		if (result < 0)
			return result;
		if (profile->count + conditions->count > PROFILE_ENTRIES)
			return error_set(error, E2BIG, "%s makes more than %u rules", place, PROFILE_ENTRIES);
		for (size_t i = 0; i < conditions->count; i++)
			if (call_profile_add_value(profile, value, action, errno_value,
						   conditions->none ? NULL : &conditions->matches[i]) < 0)
				return error_out_of_memory(error);
	}
	return 0;
}

int read_entry(const json_t *entry, size_t index, uint16_t errno_value, struct call_profile *profile,
	       struct error **error)
{
	char place[48];
	(void)snprintf(place, sizeof(place), "syscalls/%zu", index);
	enum call_action action;
	struct conditions conditions;
	const char *word = NULL;
	const json_t *names = json_object_get(entry, "names");
	if (!json_is_object(entry))
		return error_set(error, EINVAL, "%s is not an object", place);
	if (names && !json_is_null(names) && !json_is_array(names))
		return error_set(error, EINVAL, "%s/names is not an array", place);
	if (read_word(entry, "action", &word, NULL) < 0 || !call_action_from_word(word, &action))
		return error_set(error, EINVAL, "%s/action is not an action that is known here", place);
	int result = read_errno(json_object_get(entry, "errnoRet"), place, &errno_value, error);
	if (result < 0)
		return result;
	result = read_conditions(json_object_get(entry, "args"), place, &conditions, error);
	if (result < 0)
		return result;
	return add_names(names, place, action, errno_value, &conditions, profile, error);
}

static int read_config(const json_t *source, struct call_profile *profile, struct error **error)
{
	size_t index;
	json_t *entry;
	int result = read_default_action(source, profile, error);
	if (result == 0)
		result = read_architectures(json_object_get(source, "architectures"), profile, error);
	if (result == 0)
		result = read_flags(source, profile, error);
	if (result == 0)
		result = read_word(source, "listenerPath", &profile->listener_path, error);
	if (result == 0)
		result = read_word(source, "listenerMetadata", &profile->listener_metadata, error);
	if (result < 0)
		return result;
	const json_t *calls = json_object_get(source, "syscalls");
	if (calls && !json_is_null(calls) && !json_is_array(calls))
		return error_set(error, EINVAL, "syscalls is not an array");
	if (json_array_size(calls) > PROFILE_ENTRIES)
		return error_set(error, E2BIG, "syscalls has more than %u members", PROFILE_ENTRIES);
	json_array_foreach(calls, index, entry)
	{
		result = read_entry(entry, index, EPERM, profile, error);
		if (result < 0)
			return result;
	}
	return 0;
}

int call_profile_read_config(const json_t *source, struct call_profile *ret_profile, struct error **error)
{
	cleanup_call_profile struct call_profile profile = {0};
	int result = read_config(source, &profile, error);
	if (result < 0)
		return result;
	call_profile_sort(&profile);
	*ret_profile = profile;
	profile = (struct call_profile){0};
	return 0;
}
