#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "policy/base/file.h"
#include "policy/trust/digest.h"
#include "policy/trust/store_parts.h"

/* A look-up's file: the number, then the images, a line each. */
#define NUMBER_LENGTH 16u
#define LOOKUP_SIZE (NUMBER_LENGTH + 1 + STORE_SHARERS * (DIGEST_LENGTH + 1))

static int parse(const char *text, size_t length, struct store_lookup *lookup)
{
	size_t rest = length > NUMBER_LENGTH ? length - NUMBER_LENGTH - 1 : 0;
	if (length <= NUMBER_LENGTH || text[NUMBER_LENGTH] != '\n' || rest % (DIGEST_LENGTH + 1) != 0 ||
	    strspn(text, "0123456789abcdef") != NUMBER_LENGTH)
		return -EINVAL;
	memcpy(lookup->number, text, NUMBER_LENGTH);
	lookup->count = rest / (DIGEST_LENGTH + 1);
	for (size_t i = 0; i < lookup->count; i++) {
		const char *line = text + NUMBER_LENGTH + 1 + i * (DIGEST_LENGTH + 1);
		memcpy(lookup->images[i], line, DIGEST_LENGTH);
		lookup->images[i][DIGEST_LENGTH] = '\0';
		if (line[DIGEST_LENGTH] != '\n' || !digest_is_valid(lookup->images[i]))
			return -EINVAL;
	}
	return 0;
}

int store_lookup_read(int store, const char *digest, struct store_lookup *ret_lookup, struct error **error)
{
	struct store_path path = store_path_of(STORE_LOOKUPS, digest);
	cleanup_close int descriptor = -1;
	cleanup_free char *text = NULL;
	cleanup_error struct error *why = NULL;
	size_t length = 0;
	*ret_lookup = (struct store_lookup){0};
	int result = store_open_file(store, path.text, &descriptor, &why);
	if (result == -ENOENT)
		return 0;
	if (result == 0)
		result = file_read_all(descriptor, path.text, LOOKUP_SIZE, &text, &length, &why);
	if (result == 0 && parse(text, length, ret_lookup) < 0)
		result = error_set(&why, EINVAL, "\"%s\" in the store of signatures is damaged; remove it, and import or fetch "
				   "its image again", path.text);
	return result < 0 ? error_set(error, -result, "%s", error_message(why)) : 0;
}

/* The folder of its shard, made where it is not there. */
static int open_shard(int store, const struct store_path *path, int *ret_shard, struct error **error)
{
	cleanup_free char *shard = strndup(path->text, path->parent_length);
	if (!shard)
		return error_out_of_memory(error);
	if (mkdirat(store, shard, 0755) == 0) {
		cleanup_close int parent = -1;
		int result = store_open_directory(store, STORE_LOOKUPS, &parent, error);
		if (result < 0)
			return result;
		if (fchmodat(store, shard, 0755, 0) < 0 || fsync(parent) < 0)
			return error_set_errno(error, errno, "making \"%s\"", shard);
	} else if (errno != EEXIST) {
		return error_set_errno(error, errno, "making \"%s\"", shard);
	}
	return store_open_directory(store, shard, ret_shard, error);
}

static int set_image(struct store_lookup *lookup, const char *digest, const char *image, bool has, struct error **error)
{
	size_t kept = 0;
	for (size_t i = 0; i < lookup->count; i++)
		if (strcmp(lookup->images[i], image) != 0)
			memmove(lookup->images[kept++], lookup->images[i], sizeof(lookup->images[i]));
	lookup->count = kept;
	if (!has)
		return 0;
	if (kept == STORE_SHARERS)
		return error_set(error, E2BIG, "%u images in the store have the digest %s already; remove some by hardenctl "
				 "trust remove", STORE_SHARERS, digest);
	memcpy(lookup->images[lookup->count++], image, DIGEST_LENGTH + 1);
	return 0;
}

int store_lookup_write(int store, const char *digest, const char *image, bool has, struct error **error)
{
	struct store_path path = store_path_of(STORE_LOOKUPS, digest);
	struct store_lookup lookup;
	cleanup_close int shard = -1;
	cleanup_text struct text text = {0};
	uint64_t number = 0;
	int result = store_lookup_read(store, digest, &lookup, error);
	if (result == 0)
		result = set_image(&lookup, digest, image, has, error);
	if (result == 0)
		result = open_shard(store, &path, &shard, error);
	if (result < 0)
		return result;
	const char *name = digest + strlen("sha256:");
	if (lookup.count == 0) {
		if (unlinkat(shard, name, 0) < 0 && errno != ENOENT)
			return error_set_errno(error, errno, "removing \"%s\"", path.text);
		return fsync(shard) < 0 ? error_set_errno(error, errno, "removing \"%s\"", path.text) : 0;
	}
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return error_set_errno(error, errno, "random bytes for a look-up");
	text_append_format(&text, "%016" PRIx64 "\n", number);
	for (size_t i = 0; i < lookup.count; i++)
		text_append_format(&text, "%s\n", lookup.images[i]);
	if (text.failed)
		return error_out_of_memory(error);
	return file_replace_at(shard, name, text.data, text.length, 0644, true, error);
}
