#include "policy/tests/signing_support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/pem.h>

#include "policy/base/file.h"
#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"

#define CASES "policy/trust/cases/"

char *kept(const char *path, size_t *ret_size)
{
	char whole[256], *data = NULL;
	cleanup_error struct error *error = NULL;
	assert_true(snprintf(whole, sizeof(whole), CASES "%s", path) < (int)sizeof(whole));
	if (file_read(whole, EVIDENCE_BLOB_SIZE, &data, ret_size, &error) < 0)
		fail_msg("%s", error_message(error));
	return data;
}

void kept_layout(const char *path, struct evidence *evidence)
{
	char folder[256];
	(void)snprintf(folder, sizeof(folder), CASES "%s/blobs/sha256", path);
	cleanup_closedir DIR *opened = opendir(folder);
	assert_non_null(opened);
	for (const struct dirent *entry = readdir(opened); entry; entry = readdir(opened)) {
		if (entry->d_name[0] == '.')
			continue;
		char name[512];
		size_t size = 0;
		(void)snprintf(name, sizeof(name), "%s/blobs/sha256/%s", path, entry->d_name);
		cleanup_free char *data = kept(name, &size);
		(void)put(evidence, data, size);
	}
}

struct public_key *read_key(const char *pem)
{
	struct public_key *key = NULL;
	cleanup_error struct error *error = NULL;
	if (public_key_read_pem(pem, &key, &error) < 0)
		fail_msg("%s: %s", pem, error_message(error));
	return key;
}

struct public_key *kept_key(const char *path)
{
	size_t size = 0;
	cleanup_free char *pem = kept(path, &size);
	return read_key(pem);
}

EVP_PKEY *make_key(const char *kind)
{
	EVP_PKEY *key = NULL;
	if (strcmp(kind, "RSA") == 0)
		key = EVP_RSA_gen(2048);
	else if (strcmp(kind, "Ed25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		key = EVP_EC_gen(kind);
	assert_non_null(key);
	return key;
}

char *pem_of(EVP_PKEY *key)
{
	BIO *memory = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_PUBKEY(memory, key), 1);
	char *data = NULL;
	long size = BIO_get_mem_data(memory, &data);
	char *pem = strndup(data, (size_t)size);
	BIO_free(memory);
	return pem;
}

struct public_key *public_part(EVP_PKEY *key)
{
	cleanup_free char *pem = pem_of(key);
	return read_key(pem);
}

uint8_t *sign(EVP_PKEY *key, const char *digest, const void *message, size_t size, size_t *ret_size)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t *signature = malloc(1024);
	*ret_size = 1024;
	assert_int_equal(EVP_DigestSignInit_ex(context, NULL, digest, NULL, NULL, key, NULL), 1);
	assert_int_equal(EVP_DigestSign(context, signature, ret_size, message, size), 1);
	EVP_MD_CTX_free(context);
	return signature;
}

char *base64_of(const void *data, size_t size)
{
	char *text = malloc(size / 3 * 4 + 5);
	(void)EVP_EncodeBlock((unsigned char *)text, data, (int)size);
	return text;
}

const char *put(struct evidence *evidence, const void *data, size_t size)
{
	char digest[DIGEST_LENGTH + 1];
	digest_of(data, size, digest);
	uint8_t *copy = malloc(size + 1);
	memcpy(copy, data, size);
	copy[size] = '\0';
	assert_int_equal(evidence_add(evidence, digest, copy, size), 0);
	return evidence_find(evidence, digest)->digest;
}

const char *put_text(struct evidence *evidence, const char *text)
{
	return put(evidence, text, strlen(text));
}

/* printf into memory; the caller frees it. */
static char *format(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *format(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	va_start(arguments, format);
	assert_true(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	return text;
}

void put_manifest(struct evidence *evidence, const char *blob, size_t size, const char *layer_type,
		  const char *annotations, const char *subject)
{
	cleanup_free char *about =
		subject ? format(",\"subject\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
				 "\"digest\":\"%s\",\"size\":559}",
				 subject)
			: strdup("");
	cleanup_free char *manifest = format(
		"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
		"{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"size\":2,\"digest\":\"" OTHER_IMAGE "\"},"
		"\"layers\":[{\"mediaType\":\"%s\",\"size\":%zu,\"digest\":\"%s\",\"annotations\":%s}]%s}",
		layer_type, size, blob, annotations, about);
	(void)put_text(evidence, manifest);
}

void put_simple(struct evidence *evidence, EVP_PKEY *key, const char *payload, const char *others)
{
	size_t size = 0;
	cleanup_free uint8_t *signature = sign(key, "SHA256", payload, strlen(payload), &size);
	cleanup_free char *base64 = base64_of(signature, size);
	cleanup_free char *annotations = format("{\"dev.cosignproject.cosign/signature\":\"%s\"%s}", base64, others);
	put_manifest(evidence, put_text(evidence, payload), strlen(payload), SIMPLE_SIGNING, annotations, NULL);
}

char *envelope_of(EVP_PKEY *key, const char *statement)
{
	const char *type = "application/vnd.in-toto+json";
	cleanup_free char *message = format("DSSEv1 %zu %s %zu %s", strlen(type), type, strlen(statement), statement);
	size_t size = 0;
	cleanup_free uint8_t *signature = sign(key, "SHA256", message, strlen(message), &size);
	cleanup_free char *base64 = base64_of(signature, size);
	cleanup_free char *payload = base64_of(statement, strlen(statement));
	return format("{\"payloadType\":\"%s\",\"payload\":\"%s\",\"signatures\":[{\"sig\":\"%s\"}]}", type, payload,
		      base64);
}

void put_bundle(struct evidence *evidence, EVP_PKEY *key, const char *statement, const char *subject)
{
	cleanup_free char *envelope = envelope_of(key, statement);
	cleanup_free char *bundle = format("{\"mediaType\":\"" BUNDLE_V03 "\",\"verificationMaterial\":{\"publicKey\":"
					   "{\"hint\":\"\"}},\"dsseEnvelope\":%s}",
					   envelope);
	put_manifest(evidence, put_text(evidence, bundle), strlen(bundle), BUNDLE_V03, "{}", subject);
}

void put_attestation(struct evidence *evidence, EVP_PKEY *key, const char *statement, const char *type)
{
	cleanup_free char *envelope = envelope_of(key, statement);
	cleanup_free char *annotations =
		format("{\"dev.cosignproject.cosign/signature\":\"\",\"predicateType\":\"%s\"}", type);
	put_manifest(evidence, put_text(evidence, envelope), strlen(envelope), DSSE_ENVELOPE, annotations, NULL);
}

char *simple_payload(const char *digest)
{
	return format("{\"critical\":{\"identity\":{\"docker-reference\":\"registry.example/app\"},\"image\":"
		      "{\"docker-manifest-digest\":\"%s\"},\"type\":\"cosign container image signature\"},"
		      "\"optional\":{\"env\":\"prod\"}}",
		      digest);
}

char *statement_of(const char *digest, const char *predicate_type)
{
	return format("{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"%s\"}}],"
		      "\"predicateType\":\"%s\",\"predicate\":{}}",
		      digest + strlen("sha256:"), predicate_type);
}

struct claims collected(const struct evidence *evidence, struct public_key *key)
{
	static const char *const subjects[] = {SIGNED_IMAGE, SIGNED_INDEX};
	struct signer signer = {.name = "release", .kind = SIGNER_KEY, .keys = &key, .key_count = 1};
	const struct signers signers = {.list = &signer, .count = 1};
	const struct collection collection = {
		.evidence = evidence, .signers = &signers, .subjects = subjects, .subject_count = 2, .now = 1800000000,
	};
	struct claims claims = {0};
	assert_int_equal(collect_cosign(&collection, &claims, NULL), 0);
	assert_int_equal(collect_bundles(&collection, &claims, NULL), 0);
	for (size_t i = 0; i < claims.count; i++) {
		assert_string_equal(claims.list[i].signer, "release");
		assert_int_equal(claims.list[i].signed_at, 0);
		assert_int_equal(json_array_size(claims.list[i].proof), 1);
	}
	return claims;
}

size_t count_claims(const struct claims *claims, enum claim_kind kind, const char *predicate_type)
{
	size_t count = 0;
	for (size_t i = 0; i < claims->count; i++)
		count += claims->list[i].kind == kind && text_equal(claims->list[i].predicate_type, predicate_type);
	return count;
}

void assert_untrusted(struct evidence *evidence, struct public_key *key, const char *why)
{
	cleanup_claims struct claims claims = collected(evidence, key);
	cleanup_free char *rejections = document_dump(claims.rejections, 0);
	if (claims.count != 0)
		fail_msg("it counts, and should not: %s", why);
	if (!rejections || !strstr(rejections, why))
		fail_msg("\"%s\" is not among the reasons: %s", why, rejections ? rejections : "none");
	evidence_release(evidence);
	public_key_free(key);
}
