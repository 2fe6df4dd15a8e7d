#include "shim/binding/content.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/host/mountinfo.h"
#include "policy/trust/confine.h"
#include "shim/record_cache.h"
#include "shim/binding/layer_record.h"
#include "shim/binding/layer_tree.h"
#include "shim/binding/tar_split.h"

#define PIECE ((size_t)128 << 10)

/* Times of change go on in steps; a layer that changed this lately is not remembered. */
#define SETTLED 2 /* seconds */

static const struct confinement confinement = {
	.memory = (size_t)1 << 30,
	.output = LAYER_RECORD_SIZE + ((size_t)32 << 20),
	.milliseconds = 60000,
};

/* ---- the archive's hash ---- */

struct rebuilding {
	int folder;
	const char *folder_path;
	struct sha256 hash;
	char *piece;
};

static int unlike(const struct rebuilding *rebuilding, const char *path, const char *what, struct error **error)
{
	cleanup_free char *place = layer_place(rebuilding->folder_path, path);
	return error_set(error, EPERM, "%s %s", place ? place : "a file of the layer", what);
}

/* Exactly `size` bytes of the open file, and there are no more. */
static int add_bytes_of(struct rebuilding *rebuilding, int file, uint64_t size)
{
	while (size > 0) {
		ssize_t got = read(file, rebuilding->piece, size < PIECE ? (size_t)size : PIECE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -EIO;
		sha256_add(&rebuilding->hash, rebuilding->piece, (size_t)got);
		size -= (uint64_t)got;
	}
	return read(file, rebuilding->piece, 1) == 0 ? 0 : -EIO;
}

static int add_file(struct rebuilding *rebuilding, const struct layer_file *file, struct error **error)
{
	cleanup_close int descriptor = -1;
	struct stat status;
	int result = file_open_plain_in_root(rebuilding->folder, file->path,
					     O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, &descriptor);
	if (result < 0 || fstat(descriptor, &status) < 0)
		return unlike(rebuilding, file->path, "cannot be opened without following a link", error);
	if (!S_ISREG(status.st_mode))
		return unlike(rebuilding, file->path, "is not a file", error);
	if (add_bytes_of(rebuilding, descriptor, file->size) < 0)
		return unlike(rebuilding, file->path, "has not the layer's size, or cannot be read", error);
	return 0;
}

static int add_all(struct rebuilding *rebuilding, const char *record, size_t length, struct error **error)
{
	struct layer_reader reader = {.next = record, .end = record + length};
	for (;;) {
		int result = 0;
		switch (layer_record_next(&reader)) {
		case LAYER_END:
			return 0;
		case LAYER_BYTES:
			sha256_add(&rebuilding->hash, reader.bytes, reader.length);
			break;
		case LAYER_PAYLOAD:
			result = add_file(rebuilding, &reader.file, error);
			break;
		case LAYER_FILE:
			break;
		case LAYER_BROKEN:
		default:
			result = error_set(error, EINVAL, "what was read of the layer's archive is malformed");
		}
		if (result < 0)
			return result;
	}
}

static bool is_digest(const uint8_t hash[SHA256_SIZE], const char *digest)
{
	char text[DIGEST_LENGTH + 1];
	digest_write(hash, text);
	return text_equal(text, digest);
}

/* CRC-64 of ISO 3309, by which tar-split marks a file's bytes. Proves nothing: it tells which
 * of a layer's files to name, once the archive's digest has told that one is wrong. */
static uint64_t add_checksum(uint64_t checksum, const char *bytes, size_t length)
{
	static uint64_t table[256];
	for (size_t i = 1; i < ARRAY_SIZE(table) && !table[255]; i++) {
		uint64_t value = i;
		for (unsigned bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ UINT64_C(0xd800000000000000) : value >> 1;
		table[i] = value;
	}
	checksum = ~checksum;
	for (size_t i = 0; i < length; i++)
		checksum = table[(uint8_t)checksum ^ (uint8_t)bytes[i]] ^ checksum >> 8;
	return ~checksum;
}

static bool checksum_fits(const struct rebuilding *rebuilding, const struct layer_file *file)
{
	cleanup_close int descriptor = -1;
	uint64_t checksum = 0;
	ssize_t got = file_open_plain_in_root(rebuilding->folder, file->path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW,
					      &descriptor);
	while (got >= 0 && (got = read(descriptor, rebuilding->piece, PIECE)) > 0)
		checksum = add_checksum(checksum, rebuilding->piece, (size_t)got);
	return got == 0 && checksum == file->checksum;
}

static int name_edited(const struct rebuilding *rebuilding, const char *record, size_t length,
		       struct error **error)
{
	struct layer_reader reader = {.next = record, .end = record + length};
	for (enum layer_step step; (step = layer_record_next(&reader)) != LAYER_END;)
		if (step == LAYER_PAYLOAD && !checksum_fits(rebuilding, &reader.file))
			return unlike(rebuilding, reader.file.path, "has other bytes than the layer", error);
	return error_set(error, EPERM, "the archive of what is in \"%s\" has another digest", rebuilding->folder_path);
}

int content_rebuild(const struct layer *layer, const char *record, size_t length, struct error **error)
{
	uint8_t hash[SHA256_SIZE];
	cleanup_free char *piece = malloc(PIECE);
	cleanup_close int folder = open(layer->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct rebuilding rebuilding = {.folder = folder, .folder_path = layer->folder, .piece = piece};
	if (!piece)
		return error_out_of_memory(error);
	if (folder < 0)
		return unlike(&rebuilding, "", "cannot be opened", error);
	sha256_begin(&rebuilding.hash);
	int result = add_all(&rebuilding, record, length, error);
	if (result < 0)
		return result;
	sha256_finish(&rebuilding.hash, hash);
	return is_digest(hash, layer->diff_id) ? 0 : name_edited(&rebuilding, record, length, error);
}

/* ---- the cache ---- */

static const char *record_name(const struct layer *layer)
{
	return layer->chain_id + strlen("sha256:");
}

/* What a record has to be, to the byte. */
static char *make_record(const struct layer *layer, const uint8_t fingerprint[SHA256_SIZE])
{
	struct text text = {0};
	char digest[DIGEST_LENGTH + 1];
	digest_write(fingerprint, digest);
	text_append_format(&text, "verified content 1\nchain %s\ndiff %s\nfolder %s\nfingerprint %s\n",
			   layer->chain_id, layer->diff_id, layer->folder, digest);
	return text_finish(&text);
}

static bool is_known(const char *cache, const struct layer *layer, const uint8_t fingerprint[SHA256_SIZE])
{
	cleanup_free char *wanted = make_record(layer, fingerprint);
	cleanup_free char *found = cache_read(cache, record_name(layer));
	return wanted && found && text_equal(wanted, found);
}

static void remember(const char *cache, const struct layer *layer, const uint8_t fingerprint[SHA256_SIZE])
{
	cleanup_free char *record = make_record(layer, fingerprint);
	if (record)
		cache_write(cache, record_name(layer), record);
}

/* ---- one layer ---- */

static int verify(const struct layer *layer, const uint8_t before[SHA256_SIZE], bool *ret_settled,
		  struct error **error)
{
	cleanup_free char *compressed = NULL, *record = NULL;
	cleanup_layer_tree struct layer_tree tree = {0};
	uint8_t after[SHA256_SIZE];
	int64_t newest = 0;
	struct tar_split split = {0};
	size_t length = 0;
	int result = file_read_trusted(layer->tar_split, TAR_SPLIT_SIZE, &compressed, &split.size, error);
	split.compressed = compressed;
	if (result == 0)
		result = confine(tar_split_read, &split, &confinement, &record, &length, error);
	if (result == 0)
		result = layer_tree_make(record, length, &tree, error);
	if (result == 0)
		result = layer_walk(layer->folder, &tree, after, &newest, error);
	if (result == 0)
		result = content_rebuild(layer, record, length, error);
	if (result == 0)
		result = layer_walk(layer->folder, NULL, after, &newest, error);
	if (result == 0 && memcmp(before, after, SHA256_SIZE) != 0)
		result = error_set(error, EPERM, "\"%s\" changed while it was verified", layer->folder);
	*ret_settled = result == 0 && newest + SETTLED < (int64_t)time(NULL);
	return result;
}

static int check_layer(const struct layer *layer, const char *cache, bool *ret_known, struct error **error)
{
	uint8_t fingerprint[SHA256_SIZE];
	int64_t newest = 0;
	bool settled = false;
	int result = layer_walk(layer->folder, NULL, fingerprint, &newest, error);
	*ret_known = result == 0 && is_known(cache, layer, fingerprint);
	if (result < 0 || *ret_known)
		return result;
	result = verify(layer, fingerprint, &settled, error);
	if (result == 0 && settled)
		remember(cache, layer, fingerprint);
	return result;
}

/* An overlay shows what is in a layer's folder itself; what is mounted over it here would be
 * looked at in its place. */
static int check_bare(const struct layer *layer, const struct mountinfo *info, struct error **error)
{
	const char *slash = strrchr(layer->folder, '/');
	cleanup_free char *above = strndup(layer->folder, (size_t)(slash - layer->folder));
	if (!above)
		return error_out_of_memory(error);
	if (mountinfo_has_below(info, above))
		return error_set(error, EPERM, "something is mounted in \"%s\", which hides what is in the layer; unmount it",
				 above);
	return 0;
}

int content_check(const struct binding_question *question, const struct layer_stack *stack, json_t *proof,
		  struct error **error)
{
	size_t known = 0;
	cleanup_mountinfo struct mountinfo *info = NULL;
	int result = mountinfo_read(&info, error);
	for (size_t i = 0; i < stack->count && result == 0; i++) {
		const struct layer *layer = &stack->layers[i];
		bool from_cache = false;
		if (!layer->tar_split)
			return error_set(error, EPERM,
					 "%s keeps no record of what is in a layer, so the bytes under the container's "
					 "root cannot be told; let the policy's bind be layers",
					 stack->engine);
		result = check_bare(layer, info, error);
		if (result == 0)
			result = check_layer(layer, question->cache, &from_cache, error);
		if (result < 0)
			(void)error_prefix(error, "layer %zu of the image (%s) %s", i + 1, layer->diff_id,
					   result == -EIO || result == -ENOMEM
						   ? "cannot be compared with what was signed"
						   : "is not what was signed; remove the image and pull it anew");
		known += from_cache;
	}
	if (result < 0)
		return result;
	cleanup_free char *sentence = NULL;
	if (asprintf(&sentence,
		     "the bytes of all %zu layers are the signed ones (%zu of them as verified before, their files "
		     "unchanged since)",
		     stack->count, known) < 0)
		sentence = NULL;
	return sentence && json_array_append_new(proof, json_string(sentence)) == 0 ? 0 : error_out_of_memory(error);
}
