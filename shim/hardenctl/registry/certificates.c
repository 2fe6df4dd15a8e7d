#include "shim/hardenctl/registry/certificates.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"

#define CERTIFICATE_SIZE ((size_t)1 << 20)

static const char *const folders[] = {"/etc/docker/certs.d", "/etc/containers/certs.d"};

void certificates_release(struct certificates *certificates)
{
	if (certificates->key)
		explicit_bzero(certificates->key, strlen(certificates->key));
	free(certificates->authorities);
	free(certificates->certificate);
	free(certificates->key);
	*certificates = (struct certificates){0};
}

static int add_authorities(int folder, const char *name, struct text *authorities, struct error **error)
{
	cleanup_free char *pem = NULL;
	size_t length = 0;
	int result = file_read_trusted_at(folder, name, CERTIFICATE_SIZE, &pem, &length, error);
	if (result < 0)
		return result;
	if (strlen(pem) != length || !strstr(pem, "-----BEGIN "))
		return error_set(error, EINVAL, "\"%s\" has no certificate in PEM", name);
	text_append(authorities, pem);
	text_append(authorities, "\n");
	if (authorities->length > CERTIFICATE_SIZE)
		return error_set(error, EFBIG, "more than %zu bytes of certificates", CERTIFICATE_SIZE);
	return 0;
}

/* NAME.cert and the NAME.key beside it; the first pair is taken. */
static int add_pair(int folder, const char *name, struct certificates *certificates, struct error **error)
{
	cleanup_text struct text key = {0};
	size_t length = 0;
	if (certificates->certificate)
		return 0;
	text_append_bytes(&key, name, strlen(name) - strlen(".cert"));
	text_append(&key, ".key");
	if (key.failed)
		return error_out_of_memory(error);
	int result = file_read_trusted_at(folder, name, CERTIFICATE_SIZE, &certificates->certificate, &length, error);
	if (result == 0)
		result = file_read_trusted_at(folder, key.data, CERTIFICATE_SIZE, &certificates->key, &length, error);
	return result;
}

static int look_into(const char *path, struct text *authorities, struct certificates *certificates,
		     struct error **error)
{
	struct dirent **entries = NULL;
	cleanup_close int folder = -1;
	cleanup_error struct error *failure = NULL;
	int result = file_open_directory(path, &folder, &failure);
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return error_set(error, -result, "%s", error_message(failure));
	int count = scandirat(folder, ".", &entries, NULL, alphasort);
	if (count < 0)
		return error_set_errno(error, errno, "%s", path);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		if (result == 0 && text_ends_with(name, ".crt"))
			result = add_authorities(folder, name, authorities, error);
		else if (result == 0 && text_ends_with(name, ".cert"))
			result = add_pair(folder, name, certificates, error);
		free(entries[i]);
	}
	free(entries);
	return result < 0 ? error_prefix(error, "%s", path) : 0;
}

int certificates_find(const char *registry, const char *file, struct certificates *ret_certificates,
		      struct error **error)
{
	cleanup_certificates struct certificates found = {0};
	cleanup_text struct text authorities = {0};
	int result = file ? add_authorities(AT_FDCWD, file, &authorities, error) : 0;
	for (size_t i = 0; i < ARRAY_SIZE(folders) && result == 0; i++) {
		cleanup_text struct text path = {0};
		text_append_format(&path, "%s/%s", folders[i], registry);
		if (path.failed)
			return error_out_of_memory(error);
		result = look_into(path.data, &authorities, &found, error);
	}
	if (result < 0)
		return result;
	if (authorities.failed)
		return error_out_of_memory(error);
	found.authorities = authorities.length ? text_finish(&authorities) : NULL;
	*ret_certificates = found;
	found = (struct certificates){0};
	return 0;
}
