#include "policy/host/cdi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

static const char *const usual_folders[] = {"/etc/cdi", "/run/cdi", NULL};
static const char *const *folders = usual_folders;

static const size_t largest = (size_t)1 << 20; /* bytes of one specification */

void cdi_use_folders(const char *const *other)
{
	folders = other ? other : usual_folders;
}

static int add_edits(json_t *all, json_t *holder)
{
	json_t *edits = json_object_get(holder, "containerEdits");
	return json_is_object(edits) ? json_array_append(all, edits) : 0;
}

static int add_specification(const json_t *classes, json_t *specification, json_t *all)
{
	size_t index;
	json_t *device;
	if (!document_has_element(classes, json_object_get(specification, "kind")))
		return 0;
	int result = add_edits(all, specification);
	json_array_foreach(json_object_get(specification, "devices"), index, device)
		if (result == 0)
			result = add_edits(all, device);
	return result;
}

static int read_file(int folder, const char *name, const json_t *classes, json_t *all)
{
	cleanup_free char *text = NULL;
	cleanup_json json_t *specification = NULL;
	size_t length = 0;
	int result = file_read_trusted_at(folder, name, largest, &text, &length, NULL);
	if (result == 0)
		result = document_parse(text, length, DOCUMENT_PLAIN, &specification, NULL);
	if (result < 0)
		return 0;
	return add_specification(classes, specification, all);
}

static int read_folder(const char *path, const json_t *classes, json_t *all)
{
	cleanup_close int folder = -1;
	if (file_open_directory(path, &folder, NULL) < 0 || file_check_trusted(folder, path, NULL) < 0 ||
	    file_check_trusted_parents(path, NULL) < 0)
		return 0;
	/* the stream has a descriptor of its own, which closedir() closes */
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
	if (!stream && copy >= 0)
		(void)close(copy);
	int result = 0;
	for (struct dirent *entry; result == 0 && stream && (entry = readdir(stream));)
		if (text_ends_with(entry->d_name, ".json"))
			result = read_file(folder, entry->d_name, classes, all);
	return result;
}

json_t *cdi_read(const json_t *classes)
{
	cleanup_json json_t *all = json_array();
	if (!all)
		return NULL;
	for (const char *const *path = folders; json_array_size(classes) && *path; path++)
		if (read_folder(*path, classes, all) < 0)
			return NULL;
	return json_incref(all);
}

static bool is_class_character(char character, const char *others)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	       (character >= '0' && character <= '9') || strchr(others, character);
}

int cdi_check_class(const json_t *value, struct error **error)
{
	const char *text = json_string_value(value);
	size_t vendor = text ? strcspn(text, "/") : 0;
	bool valid = vendor > 0 && text[vendor] && text[vendor + 1];
	for (size_t i = 0; valid && text[i]; i++)
		valid = i == vendor || is_class_character(text[i], i < vendor ? "_-." : "_-");
	return valid ? 0 : error_set(error, EINVAL, "expected a class of CDI devices such as nvidia.com/gpu");
}
