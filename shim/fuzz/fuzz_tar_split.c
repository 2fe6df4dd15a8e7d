/* The record that an engine keeps of a layer's archive, from a stranger. Packed here, since
 * a fuzzer does not hit a gzip stream's checksum. What comes out is read by the caller's
 * side without a complaint, and all of its paths stay inside the layer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "policy/base/cleanup.h"
#include "shim/binding/layer_record.h"
#include "shim/binding/layer_tree.h"
#include "shim/binding/tar_split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Stored, not compressed. */
static char *pack(const uint8_t *data, size_t size, size_t *ret_size)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size};
	size_t room = size + size / 8 + 1024;
	char *packed = malloc(room);
	check(packed && deflateInit2(&stream, 0, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	stream.next_out = (Bytef *)packed;
	stream.avail_out = (uInt)room;
	check(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	*ret_size = stream.total_out;
	(void)deflateEnd(&stream);
	return packed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_text struct text record = {0};
	cleanup_layer_tree struct layer_tree tree = {0};
	struct tar_split split = {0};
	cleanup_free char *packed = pack(data, size, &split.size);
	split.compressed = packed;
	if (tar_split_read(&split, &record, NULL) < 0 || !record.data)
		return 0;
	struct layer_reader reader = {.next = record.data, .end = record.data + record.length};
	enum layer_step step;
	while ((step = layer_record_next(&reader)) != LAYER_END) {
		check(step != LAYER_BROKEN);
		if (step == LAYER_FILE)
			check(layer_path_is_plain(reader.file.path));
	}
	if (layer_tree_make(record.data, record.length, &tree, NULL) == 0)
		for (size_t i = 1; i < tree.count; i++)
			check(strcmp(tree.nodes[i - 1].file.path, tree.nodes[i].file.path) < 0);
	return 0;
}
