#include "shim/binding/tar_split.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/trust/base64.h"
#include "shim/binding/layer_record.h"
#include "shim/binding/tar.h"

#define LINE ((size_t)16 << 20) /* bytes; one holds all that stands behind the last file */
#define PIECE ((size_t)64 << 10)
#define GZIP_WINDOW (15 + 16)   /* zlib.h, inflateInit2: gzip alone */
#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

enum { TYPE_FILE = 1, TYPE_BYTES = 2 };

struct reading {
	struct text *record;
	struct text line;
	struct tar_reader tar;
	int64_t position; /* of the next line */
};

static int malformed(struct error **error)
{
	return error_set(error, EINVAL, "the record of the layer's archive (tar-split) is malformed");
}

static int take_bytes(struct reading *reading, const char *payload, struct error **error)
{
	cleanup_free uint8_t *bytes = NULL;
	size_t length = 0;
	if (!*payload)
		return 0;
	int result = base64_decode(payload, strlen(payload), BASE64_STANDARD, "the layer's record", &bytes, &length,
				   error);
	if (result < 0)
		return result;
	layer_record_add_bytes(reading->record, bytes, length);
	return tar_feed(&reading->tar, bytes, length, error);
}

/* As it will stand in the layer's folder: without slashes at its ends, doubled ones and
 * "."; false where it has "..". */
static bool make_plain(const struct text *name, struct text *plain)
{
	text_append(plain, "");
	for (const char *next = name->data ? name->data : ""; *next;) {
		size_t length = strcspn(next, "/");
		if (length == 2 && next[0] == '.' && next[1] == '.')
			return false;
		if (length > 0 && !(length == 1 && next[0] == '.')) {
			if (plain->length > 0)
				text_append(plain, "/");
			text_append_bytes(plain, next, length);
		}
		next += length + (next[length] == '/');
	}
	return true;
}

/* ".wh.NAME" tells of NAME, ".wh..wh..opq" of the folder that it is in. */
static void read_whiteout(struct text *path, struct layer_file *file)
{
	char *slash = strrchr(path->data, '/');
	char *base = slash ? slash + 1 : path->data;
	if (!text_starts_with(base, WHITEOUT))
		return;
	if (text_equal(base, OPAQUE)) {
		file->kind = LAYER_OPAQUE;
		*(slash ? slash : base) = '\0';
	} else {
		file->kind = LAYER_WHITEOUT;
		memmove(base, base + strlen(WHITEOUT), strlen(base + strlen(WHITEOUT)) + 1);
	}
}

static enum layer_kind kind_of(char type)
{
	static const enum layer_kind kinds[] = {
		LAYER_REGULAR,	    LAYER_HARD_LINK, LAYER_SYMBOLIC_LINK, LAYER_CHARACTER_DEVICE,
		LAYER_BLOCK_DEVICE, LAYER_DIRECTORY, LAYER_FIFO,
	};
	return type >= '0' && type <= '6' ? kinds[type - '0'] : LAYER_NOTHING;
}

static int describe(struct reading *reading, uint64_t checksum, struct error **error)
{
	const struct tar_entry *entry = &reading->tar.entry;
	cleanup_text struct text path = {0}, link = {0};
	struct layer_file file = {
		.kind = kind_of(entry->type),
		.mode = entry->mode & 07777,
		.uid = entry->uid,
		.gid = entry->gid,
		.major = entry->major,
		.minor = entry->minor,
		.size = entry->payload,
		.checksum = checksum,
		.attributes = entry->attributes.data,
		.attributes_size = entry->attributes.length,
	};
	if (!make_plain(&entry->name, &path) || (file.kind == LAYER_HARD_LINK && !make_plain(&entry->link, &link)))
		return error_set(error, EINVAL, "the layer's archive has a name with \"..\"");
	if (path.failed || link.failed)
		return error_out_of_memory(error);
	read_whiteout(&path, &file);
	file.path = path.data;
	file.link = file.kind == LAYER_HARD_LINK ? link.data : entry->link.data;
	if (entry->payload > 0 && file.kind != LAYER_REGULAR)
		return error_set(error, EINVAL, "the layer's archive has a whiteout that is not empty");
	layer_record_add_file(reading->record, &file);
	return 0;
}

/* tar-split has a name that is not UTF-8 as base64. */
static int check_name(const json_t *line, const struct text *name, struct error **error)
{
	const char *given = document_text(json_object_get(line, "name"));
	const char *raw = document_text(json_object_get(line, "name_raw"));
	cleanup_free uint8_t *decoded = NULL;
	size_t length = 0;
	if (raw && *raw) {
		if (base64_decode(raw, strlen(raw), BASE64_STANDARD, "a name", &decoded, &length, error) < 0)
			return -EINVAL;
		given = (const char *)decoded;
	}
	return given && text_equal(given, name->data ? name->data : "") ? 0 : malformed(error);
}

/* tar-split has a checksum of each file's bytes, the highest byte first. */
static bool read_checksum(const json_t *line, uint64_t *ret)
{
	const char *text = document_text(json_object_get(line, "payload"));
	cleanup_free uint8_t *bytes = NULL;
	size_t length = 0;
	if (!text || base64_decode(text, strlen(text), BASE64_STANDARD, "a checksum", &bytes, &length, NULL) < 0 ||
	    length != sizeof(*ret))
		return false;
	*ret = 0;
	for (size_t i = 0; i < length; i++)
		*ret = *ret << 8 | bytes[i];
	return true;
}

static int take_file(struct reading *reading, const json_t *line, struct error **error)
{
	const struct tar_entry *entry = &reading->tar.entry;
	const json_t *size = json_object_get(line, "size");
	int64_t length = 0;
	uint64_t checksum = 0;
	if (reading->tar.state != TAR_ENTRY || (size && document_read_int64(size, &length) < 0) || length < 0 ||
	    (entry->payload > 0 && !read_checksum(line, &checksum)))
		return malformed(error);
	if (entry->type != 'g') {
		int result = (uint64_t)length == entry->size || entry->payload == 0 ? check_name(line, &entry->name, error)
										     : malformed(error);
		if (result == 0)
			result = describe(reading, checksum, error);
		if (result < 0)
			return result;
		if (entry->payload > 0)
			layer_record_add_payload(reading->record);
	}
	tar_pass(&reading->tar);
	return 0;
}

static bool has_only_known_keys(const json_t *line)
{
	static const char *const known[] = {"type", "name", "name_raw", "size", "payload", "position", NULL};
	const char *key;
	json_t *value;
	/* the iterator wants an object that may be changed, which it is not */
	for (void *at = json_object_iter((json_t *)(uintptr_t)line); at;
	     at = json_object_iter_next((json_t *)(uintptr_t)line, at)) {
		key = json_object_iter_key(at);
		value = json_object_iter_value(at);
		if (!text_is_one_of(key, known) || !value)
			return false;
	}
	return true;
}

static int take_line(struct reading *reading, struct error **error)
{
	cleanup_json json_t *line = NULL;
	int64_t type = 0, position = 0;
	if (reading->line.failed)
		return error_out_of_memory(error);
	if (reading->line.length == 0 ||
	    document_parse(reading->line.data, reading->line.length, DOCUMENT_PLAIN, &line, NULL) < 0 ||
	    !has_only_known_keys(line) || document_read_int64(json_object_get(line, "type"), &type) < 0)
		return malformed(error);
	const json_t *where = json_object_get(line, "position");
	if ((where && document_read_int64(where, &position) < 0) || position != reading->position++)
		return malformed(error);
	if (type == TYPE_FILE)
		return take_file(reading, line, error);
	const char *payload = document_text(json_object_get(line, "payload"));
	return type == TYPE_BYTES && payload ? take_bytes(reading, payload, error) : malformed(error);
}

static int take_text(struct reading *reading, const char *bytes, size_t length, struct error **error)
{
	int result = 0;
	while (length > 0 && result == 0) {
		const char *newline = memchr(bytes, '\n', length);
		size_t part = newline ? (size_t)(newline - bytes) : length;
		if (part > LINE - reading->line.length)
			return error_set(error, E2BIG, "the record of the layer's archive has a line of more than %zu bytes",
					 LINE);
		text_append_bytes(&reading->line, bytes, part);
		if (newline) {
			result = take_line(reading, error);
			reading->line.length = 0;
		}
		bytes += part + (newline != NULL);
		length -= part + (newline != NULL);
		if (result == 0 && reading->record->length > LAYER_RECORD_SIZE)
			result = error_set(error, E2BIG, "the layer has too many files to tell them all (%zu bytes of names)",
					   LAYER_RECORD_SIZE);
	}
	return result;
}

/* One gzip stream, to its end and nothing behind it. */
static int inflate_all(z_stream *stream, char *piece, struct reading *reading, struct error **error)
{
	for (;;) {
		stream->next_out = (Bytef *)piece;
		stream->avail_out = PIECE;
		int status = inflate(stream, Z_NO_FLUSH);
		if (status != Z_OK && status != Z_STREAM_END)
			return malformed(error);
		int result = take_text(reading, piece, PIECE - stream->avail_out, error);
		if (result < 0)
			return result;
		if (status == Z_STREAM_END)
			return stream->avail_in == 0 && reading->line.length == 0 ? 0 : malformed(error);
	}
}

int tar_split_read(void *context, struct text *record, struct error **error)
{
	const struct tar_split *split = context;
	struct reading reading = {.record = record};
	z_stream stream = {
		.next_in = (Bytef *)(uintptr_t)split->compressed,
		.avail_in = (uInt)split->size,
	};
	cleanup_free char *piece = malloc(PIECE);
	if (split->size > TAR_SPLIT_SIZE)
		return error_set(error, E2BIG, "the record of the layer's archive is too large");
	if (!piece || inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return error_out_of_memory(error);
	int result = inflate_all(&stream, piece, &reading, error);
	(void)inflateEnd(&stream);
	if (result == 0 && !tar_is_whole(&reading.tar))
		result = malformed(error);
	text_release(&reading.line);
	tar_release(&reading.tar);
	return result;
}
