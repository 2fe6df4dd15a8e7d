/* The list of SCTs alone, put into a certificate that is otherwise sound: the fuzzer need
 * not find its way through the lengths around it. */
#include <errno.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/file.h"
#include "policy/trust/certificate.h"
#include "policy/trust/sct.h"

#define CASES "policy/trust/cases/keyless/"
#define LOG_ID_AT 5 /* in a list whose first SCT is long enough: two lengths and a version before it */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static X509 *read_certificate(const char *path)
{
	char *pem = NULL;
	size_t size = 0;
	X509 *certificate = NULL;
	if (file_read(path, CERTIFICATE_SIZE, &pem, &size, NULL) < 0 ||
	    certificate_read_pem(&(struct bytes){(const uint8_t *)pem, size}, path, &certificate, NULL) < 0)
		abort();
	free(pem);
	return certificate;
}

static void put_list(X509 *certificate, const uint8_t *data, size_t size)
{
	unsigned char *encoding = NULL;
	ASN1_OCTET_STRING *inner = ASN1_OCTET_STRING_new(), *outer = ASN1_OCTET_STRING_new();
	ASN1_OCTET_STRING_set(inner, data, (int)size);
	int length = i2d_ASN1_OCTET_STRING(inner, &encoding);
	ASN1_OCTET_STRING_set(outer, encoding, length);
	X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_ct_precert_scts, 0, outer);
	if (!extension || X509_add_ext(certificate, extension, -1) != 1)
		abort();
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(inner);
	ASN1_OCTET_STRING_free(outer);
	OPENSSL_free(encoding);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static X509 *leaf, *issuer;
	if (!leaf) {
		leaf = read_certificate(CASES "made/leaf-nul.pem");
		issuer = read_certificate(CASES "inter.pem");
	}
	cleanup_certificate X509 *certificate = X509_dup(leaf);
	put_list(certificate, data, size > CERTIFICATE_SIZE ? CERTIFICATE_SIZE : size);
	struct log_key log = {.details = "none", .valid = {0, INT64_MAX}};
	if (size >= LOG_ID_AT + sizeof(log.id))
		memcpy(log.id, data + LOG_ID_AT, sizeof(log.id));
	if (sct_check(certificate, issuer, &log, 1, NULL) != -EPERM)
		abort();
	return 0;
}
