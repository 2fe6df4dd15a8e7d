#include "policy/tests/keyless_support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"

char *keyless_file(const char *name, size_t *ret_size)
{
	char path[256], *data = NULL;
	cleanup_error struct error *error = NULL;
	(void)snprintf(path, sizeof(path), "policy/trust/cases/%s", name);
	if (file_read(path, EVIDENCE_BLOB_SIZE, &data, ret_size, &error) < 0)
		fail_msg("%s", error_message(error));
	return data;
}

struct bytes keyless_bytes(const char *name)
{
	size_t size = 0;
	char *data = keyless_file(name, &size);
	return (struct bytes){(const uint8_t *)data, size};
}

X509 *keyless_certificate(const char *name)
{
	struct bytes pem = keyless_bytes(name);
	X509 *certificate = NULL;
	cleanup_error struct error *error = NULL;
	if (certificate_read_pem(&pem, name, &certificate, &error) < 0)
		fail_msg("%s", error_message(error));
	free((void *)(uintptr_t)pem.data);
	return certificate;
}

struct trusted_root *keyless_root(const char *name)
{
	size_t size = 0;
	cleanup_free char *text = keyless_file(name, &size);
	struct trusted_root *root = NULL;
	cleanup_error struct error *error = NULL;
	if (trusted_root_read(text, size, &root, &error) < 0)
		fail_msg("%s: %s", name, error_message(error));
	return root;
}

struct trusted_root *keyless_root_with(void (*change)(json_t *root, const void *context), const void *context)
{
	size_t size = 0;
	cleanup_free char *text = keyless_file("keyless/made/trusted_root-made.json", &size);
	cleanup_json json_t *json = parse_document(text, DOCUMENT_PLAIN);
	change(json, context);
	cleanup_free char *changed = document_dump(json, 0);
	struct trusted_root *root = NULL;
	cleanup_error struct error *error = NULL;
	if (trusted_root_read(changed, strlen(changed), &root, &error) < 0)
		fail_msg("%s", error_message(error));
	return root;
}

struct signer keyless_signer(struct trusted_root *root)
{
	return (struct signer){
		.name = "release",
		.kind = SIGNER_KEYLESS,
		.identity = KEYLESS_IDENTITY,
		.issuer = KEYLESS_ISSUER,
		.root = root,
	};
}

int keyless_check(const struct signer *signer, const void *data, size_t size, struct signature_answer *ret_time,
		  json_t *proof, struct error **error)
{
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	int result = sigstore_bundle_read(data, size, &bundle, error);
	return result < 0 ? result : signature_check_keyless(signer, &bundle.material, KEYLESS_NOW, ret_time, proof,
							     error);
}

void assert_signature_refused(const char *name, int result, const struct error *error, const char *why)
{
	if (result >= 0)
		fail_msg("%s: accepted, and should not be (%s)", name, why);
	assert_non_null(error);
	if (!strstr(error_message(error), why))
		fail_msg("%s: refused for another reason than \"%s\": %s", name, why, error_message(error));
}
