/* pax extended headers (POSIX.1-2008, pax, "pax Extended Header"): "LENGTH KEY=VALUE\n". */
#include <errno.h>
#include <string.h>

#include "policy/base/number.h"
#include "shim/binding/layer_record.h"
#include "shim/binding/tar.h"

#define ATTRIBUTE "SCHILY.xattr."
#define SPARSE "GNU.sparse."

static int malformed(struct error **error)
{
	return error_set(error, EINVAL, "the layer's archive has an extended header that is malformed");
}

/* Cuts the next record off *rest. */
static bool next_record(const char **rest, const char *end, const char **ret_key, const char **ret_value,
			const char **ret_end)
{
	uint64_t length = 0;
	const char *digit = *rest;
	for (; digit < end && *digit >= '0' && *digit <= '9' && length <= TAR_EXTENSION; digit++)
		length = length * 10 + (uint64_t)(*digit - '0');
	if (digit == *rest || **rest == '0' || digit == end || *digit != ' ' || length > (uint64_t)(end - *rest) ||
	    length < (uint64_t)(digit - *rest) + 2)
		return false;
	const char *key = digit + 1, *last = *rest + length - 1;
	const char *equals = memchr(key, '=', (size_t)(last - key));
	if (*last != '\n' || !equals || equals == key || memchr(key, '\0', (size_t)(equals - key)))
		return false;
	*ret_key = key;
	*ret_value = equals + 1;
	*ret_end = last;
	*rest = last + 1;
	return true;
}

/* An empty value takes nothing: the header's own holds. */
static bool take_text(struct text *text, const char *value, size_t length)
{
	text_release(text);
	text_append_bytes(text, value, length);
	return !memchr(value, '\0', length);
}

static bool take_number(bool *has, uint64_t *number, const char *value, size_t length)
{
	cleanup_free char *text = strndup(value, length);
	*has = length > 0;
	return length == 0 || (text && strlen(text) == length && number_parse_uint64(text, number) == 0);
}

static bool take(struct tar_reader *reader, const char *key, const char *value, size_t length)
{
	if (strcmp(key, "path") == 0)
		return take_text(&reader->pax_name, value, length);
	if (strcmp(key, "linkpath") == 0)
		return take_text(&reader->pax_link, value, length);
	if (strcmp(key, "size") == 0)
		return take_number(&reader->has_size, &reader->pax_size, value, length);
	if (strcmp(key, "uid") == 0)
		return take_number(&reader->has_uid, &reader->pax_uid, value, length);
	if (strcmp(key, "gid") == 0)
		return take_number(&reader->has_gid, &reader->pax_gid, value, length);
	if (text_starts_with(key, ATTRIBUTE))
		layer_record_add_attribute(&reader->entry.attributes, key + strlen(ATTRIBUTE), value, length);
	return !text_starts_with(key, SPARSE);
}

int tar_read_pax(struct tar_reader *reader, struct error **error)
{
	const char *rest = reader->extended.data, *end = rest + reader->extended.length;
	const char *key_start, *value, *value_end;
	text_release(&reader->pax_name);
	text_release(&reader->pax_link);
	text_release(&reader->entry.attributes);
	reader->has_size = reader->has_uid = reader->has_gid = false;
	while (rest && rest < end) {
		if (!next_record(&rest, end, &key_start, &value, &value_end))
			return malformed(error);
		cleanup_free char *key = strndup(key_start, (size_t)(value - 1 - key_start));
		if (!key)
			return error_out_of_memory(error);
		if (!take(reader, key, value, (size_t)(value_end - value)))
			return malformed(error);
	}
	return 0;
}
