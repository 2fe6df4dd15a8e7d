#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/file.h"
#include "policy/trust/store_parts.h"

#define LAYOUT_VERSION "{\"imageLayoutVersion\":\"1.0.0\"}"

static int make_folder(int at, const char *name, int *ret_descriptor)
{
	cleanup_close int descriptor = -1;
	if (mkdirat(at, name, 0755) < 0)
		return -errno;
	descriptor = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (descriptor < 0 || fchmod(descriptor, 0755) < 0)
		return -errno;
	*ret_descriptor = take_descriptor(&descriptor);
	return 0;
}

static int write_blob(int blobs, int old, const struct blob *blob)
{
	const char *name = blob->digest + strlen("sha256:");
	if (old >= 0 && linkat(old, name, blobs, name, 0) == 0)
		return 0;
	return file_create_at(blobs, name, (const char *)blob->data, blob->size, 0644, true);
}

int store_layout_write(int at, const char *name, int old, const struct evidence *evidence, const char *index,
		       struct error **error)
{
	cleanup_close int layout = -1, blobs = -1, digests = -1;
	int result = make_folder(at, name, &layout);
	if (result == 0)
		result = make_folder(layout, "blobs", &blobs);
	if (result == 0)
		result = make_folder(blobs, "sha256", &digests);
	for (size_t i = 0; result == 0 && i < evidence->count; i++)
		result = write_blob(digests, old, &evidence->blobs[i]);
	if (result == 0)
		result = file_create_at(layout, "index.json", index, strlen(index), 0644, true);
	if (result == 0)
		result = file_create_at(layout, "oci-layout", LAYOUT_VERSION, strlen(LAYOUT_VERSION), 0644, true);
	if (result == 0 && (fsync(digests) < 0 || fsync(blobs) < 0 || fsync(layout) < 0 || fsync(at) < 0))
		result = -errno;
	return result < 0 ? error_set_errno(error, -result, "writing the layout of an image") : 0;
}
