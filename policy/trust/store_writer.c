#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/trust/digest.h"
#include "policy/trust/store_parts.h"

#define PENDING_SIZE ((STORE_DIGESTS + 1) * (DIGEST_LENGTH + 1))

static int make_folder(int at, const char *path, struct error **error)
{
	if (mkdirat(at, path, 0755) == 0)
		return fchmodat(at, path, 0755, 0) < 0 ? error_set_errno(error, errno, "directory \"%s\"", path) : 0;
	return errno == EEXIST ? 0 : error_set_errno(error, errno, "making directory \"%s\"", path);
}

/* The folder that the store stands in as well: on a host without a policy it is not there. */
static int make_store(const char *path, struct error **error)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *parent = slash && slash != path ? strndup(path, (size_t)(slash - path)) : NULL;
	int result = parent ? make_folder(AT_FDCWD, parent, error) : 0;
	return result < 0 ? result : make_folder(AT_FDCWD, path, error);
}

static int make_folders(int store, struct error **error)
{
	static const char *const folders[] = {STORE_IMAGES, STORE_LOOKUPS, STORE_TEMPORARY};
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(folders); i++)
		result = make_folder(store, folders[i], error);
	return result;
}

static int write_total(int store, uint64_t total, struct error **error)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%" PRIu64 "\n", total);
	return file_replace_at(store, STORE_TOTAL, text, (size_t)length, 0644, true, error);
}

int store_writer_total(int store, uint64_t *ret_total, struct error **error)
{
	cleanup_free char *text = NULL;
	cleanup_error struct error *why = NULL;
	size_t length = 0;
	int result = file_read_trusted_at(store, STORE_TOTAL, 32, &text, &length, &why);
	if (result < 0)
		return error_set(error, -result, "%s", error_message(why));
	text[strcspn(text, "\n")] = '\0';
	if (number_parse_uint64(text, ret_total) < 0)
		return error_set(error, EINVAL, "\"" STORE_TOTAL "\" in the store of signatures is not a number; remove it, "
				 "and all is counted anew");
	return 0;
}

uint64_t store_evidence_size(const struct evidence *evidence)
{
	uint64_t size = 0;
	for (size_t i = 0; i < evidence->count; i++)
		size += evidence->blobs[i].size;
	return size;
}

/* ---- after a writer that was killed ---- */

static int add_size(int store, const char *digest, void *context, struct error **error)
{
	uint64_t size = 0, *total = context;
	(void)error;
	/* one that is damaged must not keep all others from being written, or itself from being removed */
	(void)store_image_measure(store, digest, &size, NULL, NULL, NULL);
	*total += size;
	return 0;
}

static int empty_temporary(int store, struct error **error)
{
	int result = store_remove_folder(store, STORE_TEMPORARY, error);
	return result < 0 ? result : make_folder(store, STORE_TEMPORARY, error);
}

static int count_anew(int store, struct error **error)
{
	uint64_t total = 0;
	int result = store_for_each(store, add_size, &total, error);
	return result < 0 ? result : write_total(store, total, error);
}

/* Look-ups that lead to an image which did not come to be, or went. */
static int mend_lookups(int store, char *text, struct error **error)
{
	int result = 0;
	char *end = strchr(text, '\n');
	if (!end)
		return 0;
	*end = '\0';
	struct stat status;
	struct store_path path = store_path_of(STORE_IMAGES, text);
	if (fstatat(store, path.text, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	for (char *line = end + 1; result == 0 && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (digest_is_valid(line))
			result = store_lookup_write(store, line, text, false, error);
	}
	return result;
}

int store_writer_mend(int store, struct error **error)
{
	cleanup_free char *text = NULL;
	cleanup_error struct error *why = NULL;
	size_t length = 0;
	int result = file_read_trusted_at(store, STORE_PENDING, PENDING_SIZE, &text, &length, &why);
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return error_set(error, -result, "what a writer that was killed had begun: %s; remove that file, and then "
				 "the image that was being written", error_message(why));
	result = empty_temporary(store, error);
	if (result == 0 && length > DIGEST_LENGTH)
		result = mend_lookups(store, text, error);
	if (result == 0)
		result = count_anew(store, error);
	if (result == 0 && (unlinkat(store, STORE_PENDING, 0) < 0 || fsync(store) < 0))
		result = error_set_errno(error, errno, "removing \"" STORE_PENDING "\"");
	return result < 0 ? error_prefix(error, "mending the store of signatures after a writer that was killed") : 0;
}

/* ---- writing ---- */

int store_writer_explain(const char *path, int result, struct error **error)
{
	static const int of_the_file_system[] = {EROFS, ENOSPC, EDQUOT, EIO, EACCES, EPERM};
	for (size_t i = 0; i < ARRAY_SIZE(of_the_file_system); i++)
		if (result == -of_the_file_system[i])
			(void)error_prefix(error, "the store of signatures \"%s\"", path);
	return result;
}

void (*trust_store_waits)(const char *path);

/* The second try waits. */
static int lock(int store, const char *path, struct error **error)
{
	if (flock(store, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK && trust_store_waits)
		trust_store_waits(path);
	int result = file_lock(store, path, error);
	return result < 0 ? error_prefix(error, "the store of signatures needs a file system with locks (flock(2))") : 0;
}

static int count_if_unknown(int store, struct error **error)
{
	struct stat status;
	if (fstatat(store, STORE_TOTAL, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOENT ? count_anew(store, error)
			       : error_set_errno(error, errno, "\"" STORE_TOTAL "\" in the store of signatures");
}

int store_writer_open(const char *path, bool make, int *ret_store, struct error **error)
{
	cleanup_close int store = -1;
	int result = make ? make_store(path, error) : 0;
	if (result == 0)
		result = store_folder_open(path, &store, error);
	if (result == 0)
		result = lock(store, path, error);
	if (result == 0)
		result = make_folders(store, error);
	if (result == 0)
		result = store_writer_mend(store, error);
	if (result == 0)
		result = count_if_unknown(store, error);
	if (result == 0)
		*ret_store = take_descriptor(&store);
	return result;
}

int store_writer_begin(int store, const char *image, const struct store_plan *plan, struct error **error)
{
	cleanup_text struct text text = {0};
	text_append_format(&text, "%s\n", image);
	for (size_t i = 0; i < plan->count; i++)
		text_append_format(&text, "%s\n", plan->digests[i]);
	if (text.failed)
		return error_out_of_memory(error);
	return file_replace_at(store, STORE_PENDING, text.data, text.length, 0644, true, error);
}

int store_writer_end(int store, int64_t change, struct error **error)
{
	uint64_t total = 0;
	int result = store_writer_total(store, &total, error);
	if (result == 0)
		result = write_total(store, change < 0 && (uint64_t)-change > total ? 0 : total + (uint64_t)change, error);
	if (result == 0)
		result = empty_temporary(store, error);
	if (result == 0 && (unlinkat(store, STORE_PENDING, 0) < 0 || fsync(store) < 0))
		result = error_set_errno(error, errno, "removing \"" STORE_PENDING "\"");
	return result;
}
