#include "policy/controls/exec_limits.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"

static const char *const numbers[] = {"soft", "hard"};

static bool same_type(const json_t *left, const json_t *right)
{
	const json_t *type = json_object_get(left, "type");
	return document_is_string(type) && json_equal(type, json_object_get(right, "type"));
}

static const json_t *limit_of(const json_t *limits, const json_t *like)
{
	size_t index;
	json_t *limit;
	json_array_foreach(limits, index, limit)
		if (same_type(limit, like))
			return limit;
	return NULL;
}

/* A number beyond int64 reads as the largest, which keeps the order. Absent is 0, as
 * in Go. False: not a number that a limit can have. */
static bool read_number(const json_t *limit, const char *key, int64_t *ret)
{
	const json_t *value = json_object_get(limit, key);
	*ret = 0;
	if (document_is_missing(value))
		return true;
	int result = document_read_int64(value, ret);
	return (result == 0 || result == -ERANGE) && *ret >= 0;
}

/* Lowers `limit` to `bound` where that is lower. */
static int lower_to(json_t *limit, const json_t *bound)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		int64_t now = 0, most = 0;
		json_t *value = json_object_get(bound, numbers[i]);
		if (!read_number(bound, numbers[i], &most) || (read_number(limit, numbers[i], &now) && now <= most))
			continue;
		if (json_object_set_new(limit, numbers[i], value ? json_incref(value) : json_integer(0)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* `limit` of the start, lowered to every entry of `asked` for its type. */
static json_t *lowered(const json_t *limit, const json_t *asked)
{
	cleanup_json json_t *copy = json_copy((json_t *)(uintptr_t)limit);
	size_t index;
	json_t *other;
	json_array_foreach(asked, index, other)
		if (copy && same_type(other, limit) && lower_to(copy, other) < 0)
			return NULL;
	return json_incref(copy);
}

/* In the order of `asked`, then what that lacks. */
json_t *exec_limits_lower(const json_t *asked, const json_t *start)
{
	cleanup_json json_t *limits = json_array();
	size_t index;
	json_t *limit;
	json_array_foreach(asked, index, limit)
	{
		const json_t *own = limit_of(start, limit);
		if (own && !limit_of(limits, limit) && json_array_append_new(limits, lowered(own, asked)) < 0)
			return NULL;
	}
	json_array_foreach(start, index, limit)
		if (!limit_of(limits, limit) && json_array_append_new(limits, lowered(limit, asked)) < 0)
			return NULL;
	return json_incref(limits);
}
