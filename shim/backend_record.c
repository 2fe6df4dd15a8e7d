#include "shim/backend_record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

#define RECORD_FOLDER "/run/oci-harden"
#define RECORD_NAME "backend"

static const size_t record_limit = 8192;

static json_int_t change_time(const struct stat *status)
{
	return (json_int_t)status->st_ctim.tv_sec * 1000000000 + (json_int_t)status->st_ctim.tv_nsec;
}

static bool has_number(const json_t *record, const char *key, json_int_t value)
{
	const json_t *number = json_object_get(record, key);
	return json_is_integer(number) && json_integer_value(number) == value;
}

bool backend_record_fits(const json_t *record, const char *path, const struct stat *status)
{
	return json_is_object(record) &&
	       text_equal(json_string_value(json_object_get(record, "path")), path) &&
	       json_is_string(json_object_get(record, "name")) && json_is_string(json_object_get(record, "version")) &&
	       json_is_array(json_object_get(record, "flaws")) &&
	       text_equal(json_string_value(json_object_get(record, "judged-by")), VERSION) &&
	       has_number(record, "device", (json_int_t)status->st_dev) &&
	       has_number(record, "inode", (json_int_t)status->st_ino) &&
	       has_number(record, "change-time-ns", change_time(status));
}

int backend_take_record(struct backend *backend, const json_t *record, struct error **error)
{
	char *version = strdup(json_string_value(json_object_get(record, "version")));
	if (!version)
		return error_out_of_memory(error);
	free(backend->version);
	backend->version = version;
	json_decref(backend->flaws);
	backend->flaws = json_incref(json_object_get(record, "flaws"));
	bool crun = strcmp(json_string_value(json_object_get(record, "name")), "crun") == 0;
	backend->kind = crun ? BACKEND_CRUN : BACKEND_RUNC;
	return 0;
}

json_t *backend_record_of(const struct backend *backend, const struct stat *status)
{
	return json_pack("{s:s, s:s, s:s, s:O, s:s, s:I, s:I, s:I}", "path", backend->path, "name",
			 backend_kind_name(backend->kind), "version", backend->version, "flaws", backend->flaws,
			 "judged-by", VERSION, "device", (json_int_t)status->st_dev, "inode",
			 (json_int_t)status->st_ino, "change-time-ns", change_time(status));
}

static int read_record(char **ret_text, size_t *ret_length)
{
	cleanup_close int folder = open(RECORD_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	int result = file_check_trusted(folder, RECORD_FOLDER, NULL);
	return result < 0 ? result
			  : file_read_trusted_at(folder, RECORD_NAME, record_limit, ret_text, ret_length, NULL);
}

int backend_record_read(json_t **ret_record)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = read_record(&text, &length);
	const char *line = result == 0 ? memchr(text, '\n', length) : NULL;
	if (!line)
		return result < 0 ? result : -EINVAL;
	line++;
	return document_parse(line, length - (size_t)(line - text), DOCUMENT_PLAIN, ret_record, NULL);
}

int backend_record_read_path(enum backend_kind *ret_kind, char **ret_path)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = read_record(&text, &length);
	char *end = result == 0 ? memchr(text, '\n', length) : NULL;
	if (!end)
		return result < 0 ? result : -EINVAL;
	*end = '\0';
	char *path = strchr(text, ' ');
	if (!path || path[1] != '/')
		return -EINVAL;
	*path++ = '\0';
	*ret_kind = strcmp(text, backend_kind_name(BACKEND_CRUN)) == 0 ? BACKEND_CRUN : BACKEND_RUNC;
	*ret_path = strdup(path);
	return *ret_path ? 0 : -ENOMEM;
}

void backend_record_write(const json_t *record)
{
	const char *path = json_string_value(json_object_get(record, "path"));
	const char *name = json_string_value(json_object_get(record, "name"));
	cleanup_text struct text text = {0};
	cleanup_free char *json = NULL;
	size_t length = 0;
	if (!path || !name || strchr(path, '\n') || geteuid() != 0 || document_print(record, &json, &length, NULL) < 0)
		return;
	text_append_format(&text, "%s %s\n", name, path);
	text_append_bytes(&text, json, length);
	/* the folder is the same for every umask: its contents are no secret */
	if (mkdir(RECORD_FOLDER, 0755) == 0)
		(void)chmod(RECORD_FOLDER, 0755);
	cleanup_close int folder = open(RECORD_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!text.failed && folder >= 0 && file_check_trusted(folder, RECORD_FOLDER, NULL) == 0)
		(void)file_replace_at(folder, RECORD_NAME, text.data, text.length, 0644, false, NULL);
}
