#include "shim/binding/layer_record.h"

#include <string.h>

/* The parts of a record; numbers are this machine's own. */
#define TAG_BYTES 'B'
#define TAG_FILE 'F'
#define TAG_PAYLOAD 'P'

struct fixed {
	uint32_t kind, mode, uid, gid, major, minor;
	uint64_t size, checksum;
};

static void add_string(struct text *text, const char *bytes, size_t length)
{
	const uint64_t size = length;
	text_append_bytes(text, (const char *)&size, sizeof(size));
	text_append_bytes(text, bytes, length);
	text_append_bytes(text, "", 1);
}

void layer_record_add_bytes(struct text *record, const void *bytes, size_t length)
{
	text_append_bytes(record, &(char){TAG_BYTES}, 1);
	add_string(record, bytes, length);
}

void layer_record_add_file(struct text *record, const struct layer_file *file)
{
	const struct fixed fixed = {
		.kind = (uint32_t)file->kind,
		.mode = file->mode,
		.uid = file->uid,
		.gid = file->gid,
		.major = file->major,
		.minor = file->minor,
		.size = file->size,
		.checksum = file->checksum,
	};
	text_append_bytes(record, &(char){TAG_FILE}, 1);
	text_append_bytes(record, (const char *)&fixed, sizeof(fixed));
	add_string(record, file->path, strlen(file->path));
	add_string(record, file->link ? file->link : "", file->link ? strlen(file->link) : 0);
	add_string(record, file->attributes, file->attributes_size);
}

void layer_record_add_payload(struct text *record)
{
	text_append_bytes(record, &(char){TAG_PAYLOAD}, 1);
}

void layer_record_add_attribute(struct text *attributes, const char *name, const void *value, size_t length)
{
	add_string(attributes, name, strlen(name));
	add_string(attributes, value, length);
}

static bool take(const char **next, const char *end, void *place, size_t length)
{
	if ((size_t)(end - *next) < length)
		return false;
	memcpy(place, *next, length);
	*next += length;
	return true;
}

static bool take_string(const char **next, const char *end, const char **ret_bytes, size_t *ret_length)
{
	uint64_t length = 0;
	if (!take(next, end, &length, sizeof(length)) || length >= (size_t)(end - *next) || (*next)[length] != '\0')
		return false;
	*ret_bytes = *next;
	*ret_length = (size_t)length;
	*next += length + 1;
	return true;
}

/* A string without a NUL of its own. */
static bool take_word(const char **next, const char *end, const char **ret_word)
{
	size_t length = 0;
	return take_string(next, end, ret_word, &length) && strlen(*ret_word) == length;
}

bool layer_path_is_plain(const char *path)
{
	if (!*path)
		return true;
	for (;;) {
		size_t length = strcspn(path, "/");
		if (length == 0 || (length == 1 && path[0] == '.') || (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[length])
			return true;
		path += length + 1;
	}
}

static bool attributes_are_whole(const struct layer_file *file)
{
	size_t at = 0, length;
	const char *name, *value;
	while (layer_record_attribute(file, &at, &name, &value, &length))
		continue;
	return at == file->attributes_size;
}

static bool take_file(struct layer_reader *reader)
{
	struct fixed fixed;
	struct layer_file file = {0};
	if (!take(&reader->next, reader->end, &fixed, sizeof(fixed)) ||
	    !take_word(&reader->next, reader->end, &file.path) ||
	    !take_word(&reader->next, reader->end, &file.link) ||
	    !take_string(&reader->next, reader->end, &file.attributes, &file.attributes_size))
		return false;
	if (fixed.kind == LAYER_NOTHING || fixed.kind > LAYER_OPAQUE || fixed.mode > 07777 ||
	    !layer_path_is_plain(file.path) || (fixed.kind == LAYER_HARD_LINK && !layer_path_is_plain(file.link)))
		return false;
	file.kind = (enum layer_kind)fixed.kind;
	file.mode = fixed.mode;
	file.uid = fixed.uid;
	file.gid = fixed.gid;
	file.major = fixed.major;
	file.minor = fixed.minor;
	file.size = fixed.size;
	file.checksum = fixed.checksum;
	reader->file = file;
	return attributes_are_whole(&file);
}

enum layer_step layer_record_next(struct layer_reader *reader)
{
	if (reader->next == reader->end)
		return LAYER_END;
	switch (*reader->next++) {
	case TAG_BYTES:
		return take_string(&reader->next, reader->end, &reader->bytes, &reader->length) ? LAYER_BYTES
												: LAYER_BROKEN;
	case TAG_FILE:
		return take_file(reader) ? LAYER_FILE : LAYER_BROKEN;
	case TAG_PAYLOAD:
		return reader->file.kind == LAYER_REGULAR ? LAYER_PAYLOAD : LAYER_BROKEN;
	default:
		return LAYER_BROKEN;
	}
}

bool layer_record_attribute(const struct layer_file *file, size_t *at, const char **ret_name,
			    const char **ret_value, size_t *ret_length)
{
	const char *next = file->attributes + *at, *end = file->attributes + file->attributes_size;
	if (next == end || !take_word(&next, end, ret_name) || !take_string(&next, end, ret_value, ret_length))
		return false;
	*at = (size_t)(next - file->attributes);
	return true;
}
