#include "shim/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/backend_record.h"
#include "shim/backend_version.h"

static const char *const folders[] = {
	"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/libexec", "/usr/lib/runc",
};

const char *backend_kind_name(enum backend_kind kind)
{
	return kind == BACKEND_CRUN ? "crun" : "runc";
}

void backend_release(struct backend *backend)
{
	if (backend->descriptor >= 0)
		(void)close(backend->descriptor);
	free(backend->path);
	free(backend->version);
	json_decref(backend->flaws);
	*backend = BACKEND_NONE;
}

static void release_on_failure(struct backend *backend)
{
	backend_release(backend);
}
#define cleanup_backend __attribute__((cleanup(release_on_failure)))

static bool is_this_program(const struct stat *status)
{
	struct stat own;
	return stat("/proc/self/exe", &own) == 0 && own.st_dev == status->st_dev && own.st_ino == status->st_ino;
}

static int check_file(int descriptor, const char *path, struct error **error)
{
	struct stat status;
	if (fstat(descriptor, &status) < 0)
		return error_set_errno(error, errno, "the backend \"%s\"", path);
	if (!S_ISREG(status.st_mode) || !(status.st_mode & S_IXUSR))
		return error_set(error, EPERM, "the backend \"%s\" is not a program", path);
	if (is_this_program(&status))
		return error_set(error, ELOOP,
				 "the backend \"%s\" is oci-harden itself; name the real runc or crun in the policy's "
				 "backend section",
				 path);
	int result = file_check_trusted(descriptor, path, error);
	if (result < 0)
		return error_prefix(error, "the backend");
	cleanup_free char *real = file_path_of_descriptor(descriptor);
	result = file_check_trusted_parents(real ? real : path, error);
	return result < 0 ? error_prefix(error, "the backend's folder") : 0;
}

/* The name of the file, until its own version text says what it is. */
static enum backend_kind kind_by_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return text_starts_with(slash ? slash + 1 : path, "crun") ? BACKEND_CRUN : BACKEND_RUNC;
}

/* -ENOENT without an error where nothing is at `path`, -ELOOP where it is us. */
static int open_path(const char *path, struct backend *ret_backend, struct error **error)
{
	cleanup_backend struct backend backend = BACKEND_NONE;
	backend.descriptor = open(path, O_PATH | O_CLOEXEC);
	if (backend.descriptor < 0 && (errno == ENOENT || errno == ENOTDIR))
		return -ENOENT;
	if (backend.descriptor < 0)
		return error_set_errno(error, errno, "the backend \"%s\"", path);
	int result = check_file(backend.descriptor, path, error);
	if (result < 0)
		return result;
	backend.path = strdup(path);
	if (!backend.path)
		return error_out_of_memory(error);
	backend.kind = kind_by_name(path);
	*ret_backend = backend;
	backend = BACKEND_NONE;
	return 0;
}

static int open_in_folders(const char *name, struct backend *ret_backend, struct error **error)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_text struct text path = {0};
		text_append_format(&path, "%s/%s", folders[i], name);
		if (path.failed)
			return error_out_of_memory(error);
		cleanup_error struct error *why = NULL;
		int result = open_path(path.data, ret_backend, &why);
		if (result == 0)
			return 0;
		if (result != -ENOENT && result != -ELOOP)
			return error_set(error, -result, "%s", error_message(why));
	}
	return error_set(error, ENOENT,
			 "no backend %s in the folders /usr/{local/,}{s,}bin and /usr/libexec; install it, or name "
			 "its path in the policy (backend: {path: /…})",
			 name);
}

int backend_open(const json_t *settings, struct backend *ret_backend, struct error **error)
{
	const char *path = json_string_value(json_object_get(settings, "path"));
	const char *name = json_string_value(json_object_get(settings, "name"));
	if (!path)
		return open_in_folders(name ? name : "runc", ret_backend, error);
	int result = open_path(path, ret_backend, error);
	if (result == -ENOENT)
		return error_set(error, ENOENT, "the backend \"%s\" that the policy names is not there; install it", path);
	return result;
}

int backend_open_recorded(struct backend *ret_backend)
{
	cleanup_free char *path = NULL;
	enum backend_kind kind = BACKEND_RUNC;
	int result = backend_record_read_path(&kind, &path);
	if (result == 0)
		result = open_path(path, ret_backend, NULL);
	if (result == 0)
		ret_backend->kind = kind;
	return result;
}

int backend_open_any(struct backend *ret_backend, struct error **error)
{
	int result = open_in_folders("runc", ret_backend, error);
	if (result < 0 && open_in_folders("crun", ret_backend, NULL) == 0)
		return 0;
	return result;
}

int backend_ask_version(struct backend *backend, const json_t *settings, struct error **error)
{
	struct stat status;
	if (fstat(backend->descriptor, &status) < 0)
		return error_set_errno(error, errno, "the backend \"%s\"", backend->path);
	cleanup_json json_t *record = NULL;
	bool recorded = backend_record_read(&record) == 0 && backend_record_fits(record, backend->path, &status);
	if (recorded)
		return backend_take_record(backend, record, error);
	/* the record is written also then: verbs that pass through look there */
	const json_t *pin = json_object_get(settings, "pin");
	if (backend_record_fits(pin, backend->path, &status)) {
		backend_record_write(pin);
		return backend_take_record(backend, pin, error);
	}
	int result = backend_run_version(backend, error);
	if (result < 0)
		return result;
	cleanup_json json_t *fresh = backend_record_of(backend, &status);
	backend_record_write(fresh);
	return 0;
}

int backend_fill_facts(const struct backend *backend, struct facts *facts)
{
	free(facts->backend_name);
	free(facts->backend_version);
	json_decref(facts->backend_flaws);
	facts->backend_name = strdup(backend_kind_name(backend->kind));
	facts->backend_version = strdup(backend->version);
	facts->backend_flaws = json_incref(backend->flaws);
	return facts->backend_name && facts->backend_version ? 0 : -ENOMEM;
}

int backend_check_minimum(const struct backend *backend, const json_t *settings, struct error **error)
{
	const char *minimum = json_string_value(json_object_get(settings, "minimum"));
	if (!minimum || backend_compare_versions(backend->version, minimum) >= 0)
		return 0;
	return error_set(error, EPERM,
			 "the backend %s %s at \"%s\" is older than the policy's minimum %s (backend.minimum); "
			 "upgrade it",
			 backend_kind_name(backend->kind), backend->version, backend->path, minimum);
}

int backend_execute(const struct backend *backend, char **argv, struct error **error)
{
	(void)execveat(backend->descriptor, "", argv, environ, AT_EMPTY_PATH);
	int code = errno;
	if (code == ENOENT || code == ENOEXEC)
		return error_set(error, ENOEXEC,
				 "the backend \"%s\" is a script or not a program for this machine; a wrapper may not "
				 "stand between oci-harden and runc or crun, put it above oci-harden",
				 backend->path);
	return error_set_errno(error, code, "executing the backend \"%s\"", backend->path);
}

int backend_pin(const char *name_or_path, json_t **ret_pin, struct error **error)
{
	bool is_path = name_or_path[0] == '/';
	cleanup_json json_t *settings = json_pack("{s:s}", is_path ? "path" : "name", name_or_path);
	if (!settings)
		return error_out_of_memory(error);
	cleanup_backend struct backend backend = BACKEND_NONE;
	int result = backend_open(settings, &backend, error);
	struct stat status;
	if (result == 0 && fstat(backend.descriptor, &status) < 0)
		result = error_set_errno(error, errno, "the backend \"%s\"", backend.path);
	if (result == 0)
		result = backend_run_version(&backend, error);
	if (result < 0)
		return result;
	json_t *pin = backend_record_of(&backend, &status);
	if (!pin)
		return error_out_of_memory(error);
	backend_record_write(pin);
	*ret_pin = pin;
	return 0;
}
