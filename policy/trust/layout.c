#include "policy/trust/layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/file.h"
#include "policy/trust/confine.h"
#include "policy/trust/digest.h"

#define VERSION_SIZE ((size_t)4096)

static const struct confinement confinement = {
	.memory = (size_t)1 << 30, .output = (size_t)8 << 20, .milliseconds = 30000};

static int read_document(const char *own, int descriptor, struct evidence *documents, struct error **error)
{
	char digest[DIGEST_LENGTH + 1];
	cleanup_free char *data = NULL;
	size_t size = 0;
	int result = file_read_all(descriptor, own, EVIDENCE_BLOB_SIZE, &data, &size, error);
	if (result < 0)
		return result;
	digest_of(data, size, digest);
	if (strcmp(digest, own) != 0)
		return error_set(error, EINVAL, "its blob %s is not what its name says: its bytes have %s", own, digest);
	struct blob *larger = reallocarray(documents->blobs, documents->count + 1, sizeof(*larger));
	if (!larger)
		return error_out_of_memory(error);
	documents->blobs = larger;
	struct blob *blob = &larger[documents->count++];
	*blob = (struct blob){.data = (uint8_t *)take_pointer(data), .size = size};
	memcpy(blob->digest, digest, sizeof(blob->digest));
	return 0;
}

/* What may be JSON, by its size and its first character. Layers are not. */
static bool may_be_document(int descriptor, size_t *ret_size)
{
	struct stat status;
	char first = 0;
	if (fstat(descriptor, &status) < 0 || status.st_size < 0 || (uintmax_t)status.st_size > EVIDENCE_BLOB_SIZE ||
	    pread(descriptor, &first, 1, 0) != 1)
		return false;
	*ret_size = (size_t)status.st_size;
	return first != '\0' && strchr("{ \t\r\n", first);
}

static int take_file(int blobs, const char *name, struct layout_files *files, size_t *total, struct error **error)
{
	char digest[DIGEST_LENGTH + 1];
	cleanup_close int descriptor = -1;
	size_t size = 0;
	/* left-overs of whoever wrote it: no descriptor can name them */
	if (!digest_from_digits(name, digest))
		return 0;
	if (files->name_count == LAYOUT_FILES)
		return error_set(error, E2BIG, "it has more than %u blobs", LAYOUT_FILES);
	int result = file_open_at(blobs, name, &descriptor, error);
	if (result < 0)
		return error_prefix(error, "its blob");
	char (*larger)[DIGEST_LENGTH + 1] = reallocarray(files->names, files->name_count + 1, sizeof(*larger));
	if (!larger)
		return error_out_of_memory(error);
	files->names = larger;
	memcpy(larger[files->name_count++], digest, sizeof(digest));
	if (!may_be_document(descriptor, &size))
		return 0;
	*total += size;
	if (*total > LAYOUT_DOCUMENTS)
		return error_set(error, E2BIG, "it has more than %zu bytes of JSON", LAYOUT_DOCUMENTS);
	return read_document(digest, descriptor, &files->documents, error);
}

static int by_text(const void *left, const void *right)
{
	return strcmp(left, right);
}

static int take_files(int blobs, struct layout_files *files, struct error **error)
{
	cleanup_close int again = openat(blobs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *directory = again < 0 ? NULL : fdopendir(again);
	size_t total = 0;
	if (!directory)
		return error_set_errno(error, errno, "its folder of blobs");
	again = -1; /* closed with the directory */
	errno = 0;
	for (struct dirent *entry; (entry = readdir(directory)); errno = 0) {
		int result = take_file(blobs, entry->d_name, files, &total, error);
		if (result < 0)
			return result;
	}
	if (errno)
		return error_set_errno(error, errno, "its folder of blobs");
	if (files->name_count)
		qsort(files->names, files->name_count, sizeof(*files->names), by_text);
	evidence_sort(&files->documents);
	return 0;
}

static int read_at(int at, const char *name, size_t limit, struct bytes *ret, struct error **error)
{
	cleanup_close int descriptor = -1;
	char *data = NULL;
	int result = file_open_at(at, name, &descriptor, error);
	if (result == 0)
		result = file_read_all(descriptor, name, limit, &data, &ret->size, error);
	if (result == 0)
		ret->data = (uint8_t *)data;
	return result;
}

static int open_folder(const char *path, int *ret_folder, struct error **error)
{
	struct stat status;
	int result = file_open_directory(path, ret_folder, error);
	if (result == -ENOTDIR)
		return error_set(error, ENOTDIR, "it is not a directory; an archive is unpacked first (tar -xf)");
	if (result == 0 && fstatat(*ret_folder, "oci-layout", &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(error, EINVAL, "it is no OCI layout (it has no file oci-layout). docker save of Docker before "
				 "25 writes none; skopeo copy docker-archive:FILE oci:DIR makes one, without signatures");
	return result;
}

static int plan_in_child(void *context, struct text *output, struct error **error)
{
	return layout_plan(context, output, error);
}

static int open_layout(const char *path, struct layout_files *files, struct layout *layout, struct error **error)
{
	cleanup_close int folder = -1;
	cleanup_free char *answer = NULL;
	size_t length = 0;
	int result = open_folder(path, &folder, error);
	if (result == 0)
		result = read_at(folder, "oci-layout", VERSION_SIZE, &files->version, error);
	if (result == 0)
		result = read_at(folder, "index.json", EVIDENCE_BLOB_SIZE, &files->index, error);
	if (result < 0)
		return result;
	result = file_open_plain_in_root(folder, "blobs/sha256", O_RDONLY | O_DIRECTORY, &layout->blobs);
	if (result < 0)
		return error_set_errno(error, -result, "its folder \"blobs/sha256\" (symbolic links are not followed)");
	result = take_files(layout->blobs, files, error);
	if (result == 0)
		result = confine(plan_in_child, files, &confinement, &answer, &length, error);
	return result < 0 ? result : layout_answer_read(files, answer, layout, error);
}

int layout_open(const char *path, struct layout *ret_layout, struct error **error)
{
	cleanup_layout struct layout layout = {.blobs = -1};
	struct layout_files files = {0};
	int result = open_layout(path, &files, &layout, error);
	free((void *)(uintptr_t)files.version.data);
	free((void *)(uintptr_t)files.index.data);
	layout_files_release(&files);
	if (result < 0)
		return error_prefix(error, "the layout \"%s\"", path);
	*ret_layout = layout;
	layout = (struct layout){.blobs = -1};
	return 0;
}

int layout_read_image(const struct layout *layout, const struct layout_image *image, struct evidence *ret_evidence,
		      struct error **error)
{
	cleanup_evidence struct evidence evidence = {0};
	for (size_t i = 0; i < image->blobs.count; i++) {
		const char *digest = image->blobs.list[i];
		struct bytes bytes = {0};
		int result = read_at(layout->blobs, digest + strlen("sha256:"), EVIDENCE_BLOB_SIZE, &bytes, error);
		if (result < 0)
			return error_prefix(error, "image %s, its blob", image->digest);
		uint8_t *data = (uint8_t *)(uintptr_t)bytes.data;
		result = evidence_add(&evidence, digest, data, bytes.size);
		if (result < 0) {
			free(data);
			return error_set_errno(error, -result, "image %s has more than %u blobs or %zu bytes of manifests, "
					       "configurations and signatures", image->digest, EVIDENCE_BLOBS, EVIDENCE_SIZE);
		}
	}
	if (evidence_verify(&evidence) > 0)
		return error_set(error, EINVAL, "image %s has a blob that is not what its name says", image->digest);
	*ret_evidence = evidence;
	evidence = (struct evidence){0};
	return 0;
}

void layout_files_release(struct layout_files *files)
{
	evidence_release(&files->documents);
	free(files->names);
	*files = (struct layout_files){0};
}

void layout_release(struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++) {
		free(layout->images[i].name);
		digest_set_release(&layout->images[i].blobs);
	}
	for (size_t i = 0; i < layout->note_count; i++)
		free(layout->notes[i]);
	free(layout->images);
	free(layout->notes);
	if (layout->blobs >= 0)
		(void)close(layout->blobs);
	*layout = (struct layout){.blobs = -1};
}
