#include <string.h>

#include "policy/base/text.h"
#include "shim/hardenctl/registry/client.h"

/* Docker's registry has another name than its images. */
static const char *host_of(const char *registry)
{
	return strcmp(registry, "docker.io") == 0 ? "registry-1.docker.io" : registry;
}

static bool is_loopback(const char *host)
{
	cleanup_text struct text url = {0};
	cleanup_origin struct origin origin = {0};
	text_append_format(&url, "https://%s/", host);
	return !url.failed && origin_of_url(url.data, &origin, NULL) == 0 && address_is_loopback_name(origin.host);
}

int access_find(const struct reference *reference, const char *authorities, bool plain_http,
		struct access *ret_access, struct error **error)
{
	cleanup_access struct access access = {
		.host = host_of(reference->registry),
		.plain_http = plain_http,
		.loopback = is_loopback(host_of(reference->registry)),
	};
	int result = credential_find(reference->registry, reference->repository, &access.credential, error);
	if (result == 0)
		result = certificates_find(access.host, authorities, &access.certificates, error);
	if (result < 0)
		return result;
	*ret_access = access;
	access = (struct access){0};
	return 0;
}

void access_release(struct access *access)
{
	credential_release(&access->credential);
	certificates_release(&access->certificates);
}
