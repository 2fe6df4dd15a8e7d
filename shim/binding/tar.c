#include "shim/binding/tar.h"

#include <errno.h>
#include <string.h>

/* A field's place in a header. */
struct field {
	size_t at, length;
};
static const struct field name = {0, 100}, mode = {100, 8}, uid = {108, 8}, gid = {116, 8}, size = {124, 12},
			  checksum = {148, 8}, link_name = {157, 100}, magic = {257, 8}, major_number = {329, 8},
			  minor_number = {337, 8}, prefix = {345, 155}, star_prefix = {345, 131}, star_trailer = {508, 4};
#define TYPE_AT 156u

static int malformed(const char *what, struct error **error)
{
	return error_set(error, EINVAL, "the layer's archive has %s", what);
}

/* Octal digits between spaces and NULs, or a binary number behind the bit 0x80. */
static bool read_number(const uint8_t *block, const struct field *field, uint64_t *ret)
{
	const uint8_t *bytes = block + field->at;
	size_t length = field->length;
	uint64_t value = 0;
	if (bytes[0] & 0x80) {
		for (size_t i = 0; i < length; i++) {
			if (value >> 55)
				return false;
			value = value << 8 | (i == 0 ? bytes[0] & 0x7f : bytes[i]);
		}
		*ret = value;
		return true;
	}
	for (; length > 0 && (bytes[0] == ' ' || bytes[0] == '\0'); length--)
		bytes++;
	size_t digits = 0;
	for (; digits < length && bytes[digits] >= '0' && bytes[digits] <= '7'; digits++) {
		if (value >> 60)
			return false;
		value = value << 3 | (uint64_t)(bytes[digits] - '0');
	}
	for (size_t i = digits; i < length && bytes[i]; i++)
		if (bytes[i] != ' ')
			return false;
	*ret = value;
	return true;
}

static bool read_small(const uint8_t *block, const struct field *field, uint32_t *ret)
{
	uint64_t value = 0;
	if (!read_number(block, field, &value) || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static void read_string(const uint8_t *block, const struct field *field, struct text *text)
{
	const char *bytes = (const char *)block + field->at;
	text_append_bytes(text, bytes, strnlen(bytes, field->length));
}

static bool is_zero(const uint8_t *block)
{
	for (size_t i = 0; i < TAR_BLOCK; i++)
		if (block[i])
			return false;
	return true;
}

/* The sum of the header's bytes, its own field taken as spaces; old programs added them
 * with their sign. */
static bool sum_fits(const uint8_t *block)
{
	uint64_t wanted = 0;
	int64_t plain = 0, with_sign = 0;
	if (!read_number(block, &checksum, &wanted))
		return false;
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		uint8_t byte = i >= checksum.at && i < checksum.at + checksum.length ? ' ' : block[i];
		plain += byte;
		with_sign += (int8_t)byte;
	}
	return wanted == (uint64_t)plain || (with_sign >= 0 && wanted == (uint64_t)with_sign);
}

/* ustar puts the front of a long name into a field of its own. */
static void read_name(const uint8_t *block, struct text *text)
{
	bool ustar = memcmp(block + magic.at, "ustar", 6) == 0;
	bool star = ustar && memcmp(block + star_trailer.at, "tar", 4) == 0;
	if (ustar && block[prefix.at]) {
		read_string(block, star ? &star_prefix : &prefix, text);
		text_append(text, "/");
	}
	read_string(block, &name, text);
}

static void forget_extensions(struct tar_reader *reader)
{
	struct text *texts[] = {&reader->long_name, &reader->long_link, &reader->pax_name, &reader->pax_link};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		text_release(texts[i]);
	reader->has_size = reader->has_uid = reader->has_gid = false;
}

static void replace(struct text *text, struct text *by)
{
	if (by->length == 0)
		return;
	text_release(text);
	*text = *by;
	*by = (struct text){0};
}

/* What extended headers said of this entry; GNU's long names come last. */
static int apply_extensions(struct tar_reader *reader, struct error **error)
{
	struct tar_entry *entry = &reader->entry;
	replace(&entry->name, &reader->pax_name);
	replace(&entry->link, &reader->pax_link);
	replace(&entry->name, &reader->long_name);
	replace(&entry->link, &reader->long_link);
	if (reader->has_size)
		entry->size = reader->pax_size;
	if ((reader->has_uid && reader->pax_uid > UINT32_MAX) || (reader->has_gid && reader->pax_gid > UINT32_MAX))
		return malformed("an owner that is no user id", error);
	if (reader->has_uid)
		entry->uid = (uint32_t)reader->pax_uid;
	if (reader->has_gid)
		entry->gid = (uint32_t)reader->pax_gid;
	forget_extensions(reader);
	return 0;
}

static int finish_entry(struct tar_reader *reader, struct error **error)
{
	struct tar_entry *entry = &reader->entry;
	int result = apply_extensions(reader, error);
	if (result < 0)
		return result;
	const struct text *texts[] = {&entry->name, &entry->link, &entry->attributes};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i]->failed)
			return error_out_of_memory(error);
	bool slash = entry->name.length > 0 && entry->name.data[entry->name.length - 1] == '/';
	if (entry->type == '\0')
		entry->type = slash ? '5' : '0';
	if (entry->type < '0' || entry->type > '6')
		return malformed("an entry of a type that is not known", error);
	entry->payload = entry->type == '0' ? entry->size : 0;
	reader->state = TAR_ENTRY;
	return 0;
}

static int read_header(struct tar_reader *reader, struct error **error)
{
	const uint8_t *block = reader->block;
	struct tar_entry *entry = &reader->entry;
	if (is_zero(block)) {
		reader->state = TAR_ENDED;
		return 0;
	}
	if (!sum_fits(block))
		return malformed("a header whose checksum is wrong", error);
	char type = (char)block[TYPE_AT];
	bool extends = type == 'x' || type == 'g' || type == 'L' || type == 'K';
	if (!read_number(block, &size, &entry->size))
		return malformed("a size that is no number", error);
	if (extends) {
		if (entry->size > TAR_EXTENSION)
			return malformed("an extended header that is too large", error);
		reader->extension = type;
		reader->left = entry->size;
		reader->state = TAR_EXTENDING;
		return 0;
	}
	text_release(&entry->name);
	text_release(&entry->link);
	entry->type = type;
	entry->major = entry->minor = 0;
	bool device = type == '3' || type == '4';
	if (!read_small(block, &mode, &entry->mode) || !read_small(block, &uid, &entry->uid) ||
	    !read_small(block, &gid, &entry->gid) ||
	    (device && (!read_small(block, &major_number, &entry->major) ||
			!read_small(block, &minor_number, &entry->minor))))
		return malformed("a header with a field that is no number", error);
	read_name(block, &entry->name);
	read_string(block, &link_name, &entry->link);
	return finish_entry(reader, error);
}

static uint64_t padding(uint64_t length)
{
	return (TAR_BLOCK - length % TAR_BLOCK) % TAR_BLOCK;
}

static void skip(struct tar_reader *reader, uint64_t length)
{
	reader->left = length;
	reader->state = length ? TAR_PADDING : TAR_HEADER;
}

/* A long name ends at its first NUL. */
static void take_long(struct tar_reader *reader, struct text *text)
{
	text_release(text);
	if (reader->extended.length > 0)
		text_append_bytes(text, reader->extended.data,
				  strnlen(reader->extended.data, reader->extended.length));
}

static int finish_extension(struct tar_reader *reader, struct error **error)
{
	uint64_t rest = padding(reader->extended.length);
	int result = 0;
	if (reader->extended.failed)
		return error_out_of_memory(error);
	if (reader->extension == 'x')
		result = tar_read_pax(reader, error); /* in the place of an earlier one */
	else if (reader->extension == 'L')
		take_long(reader, &reader->long_name);
	else if (reader->extension == 'K')
		take_long(reader, &reader->long_link);
	/* Go hands a global header out as an entry, so that the record has one for it */
	if (reader->extension == 'g') {
		reader->entry.type = 'g';
		reader->entry.payload = 0;
		reader->entry.size = reader->extended.length;
		reader->state = TAR_ENTRY;
	} else {
		skip(reader, rest);
	}
	text_release(&reader->extended);
	return result;
}

void tar_pass(struct tar_reader *reader)
{
	struct tar_entry *entry = &reader->entry;
	text_release(&entry->attributes);
	forget_extensions(reader);
	skip(reader, padding(entry->type == 'g' ? entry->size : entry->payload));
}

bool tar_is_whole(const struct tar_reader *reader)
{
	return reader->state == TAR_ENDED || (reader->state == TAR_HEADER && reader->filled == 0);
}

void tar_release(struct tar_reader *reader)
{
	forget_extensions(reader);
	text_release(&reader->extended);
	text_release(&reader->entry.name);
	text_release(&reader->entry.link);
	text_release(&reader->entry.attributes);
}

static size_t least(uint64_t left, size_t right)
{
	return left < right ? (size_t)left : right;
}

/* As many bytes as the state wants; how many it took. */
static int feed_some(struct tar_reader *reader, const char *bytes, size_t length, size_t *ret_taken,
		     struct error **error)
{
	size_t taken = least(reader->left, length);
	*ret_taken = taken;
	switch (reader->state) {
	case TAR_HEADER:
		*ret_taken = taken = least(TAR_BLOCK - reader->filled, length);
		memcpy(reader->block + reader->filled, bytes, taken);
		reader->filled = (reader->filled + taken) % TAR_BLOCK;
		return reader->filled == 0 ? read_header(reader, error) : 0;
	case TAR_EXTENDING:
		text_append_bytes(&reader->extended, bytes, taken);
		reader->left -= taken;
		return 0;
	case TAR_PADDING:
		reader->left -= taken;
		if (reader->left == 0)
			reader->state = TAR_HEADER;
		return 0;
	case TAR_ENTRY:
		return malformed("bytes where a file's own should be", error);
	case TAR_ENDED:
	default:
		*ret_taken = length;
		return 0;
	}
}

int tar_feed(struct tar_reader *reader, const void *bytes, size_t length, struct error **error)
{
	const char *next = bytes;
	int result = 0;
	while (length > 0 && result == 0) {
		size_t taken = 0;
		result = feed_some(reader, next, length, &taken, error);
		next += taken;
		length -= taken;
		if (result == 0 && reader->state == TAR_EXTENDING && reader->left == 0)
			result = finish_extension(reader, error);
	}
	return result;
}
