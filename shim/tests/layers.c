#include "shim/tests/layers.h"

#include <zlib.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/tests/support.h"
#include "shim/binding/tar_split.h"

#define ROOM ((size_t)1 << 20)

char *read_bytes(const char *path, size_t *ret_length)
{
	char *bytes = NULL;
	cleanup_error struct error *error = NULL;
	if (file_read(path, ROOM, &bytes, ret_length, &error) < 0)
		fail_msg("%s", error_message(error));
	return bytes;
}

char *pack(const char *bytes, size_t length, size_t *ret_length)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length};
	char *packed = malloc(ROOM);
	assert_non_null(packed);
	assert_int_equal(deflateInit2(&stream, 0, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_out = (Bytef *)packed;
	stream.avail_out = ROOM;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	*ret_length = stream.total_out;
	assert_int_equal(deflateEnd(&stream), Z_OK);
	return packed;
}

char *unpack(const char *bytes, size_t length, size_t *ret_length)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length};
	char *unpacked = malloc(ROOM);
	assert_non_null(unpacked);
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	stream.next_out = (Bytef *)unpacked;
	stream.avail_out = ROOM;
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	*ret_length = stream.total_out;
	assert_int_equal(inflateEnd(&stream), Z_OK);
	return unpacked;
}

int read_lines(const char *lines, size_t length, struct text *record, struct error **error)
{
	struct tar_split split = {0};
	cleanup_free char *packed = pack(lines, length, &split.size);
	split.compressed = packed;
	return tar_split_read(&split, record, error);
}
