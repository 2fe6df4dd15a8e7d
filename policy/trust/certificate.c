#include "policy/trust/certificate.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"
#include "policy/trust/pem.h"

#define LABEL "CERTIFICATE"

struct certificate_set *certificate_set_new(void)
{
	struct certificate_set *set = calloc(1, sizeof(*set));
	if (!set)
		return NULL;
	set->anchors = sk_X509_new_null();
	set->others = sk_X509_new_null();
	if (set->anchors && set->others)
		return set;
	certificate_set_free(set);
	return NULL;
}

void certificate_set_free(struct certificate_set *set)
{
	if (!set)
		return;
	sk_X509_pop_free(set->anchors, X509_free);
	sk_X509_pop_free(set->others, X509_free);
	free(set);
}

int certificate_set_add(struct certificate_set *set, X509 *certificate, struct error **error)
{
	STACK_OF(X509) *stack = X509_self_signed(certificate, 1) == 1 ? set->anchors : set->others;
	if (sk_X509_push(stack, certificate) > 0)
		return 0;
	X509_free(certificate);
	return error_out_of_memory(error);
}

int certificate_read_der(const struct bytes *der, const char *what, X509 **ret_certificate, struct error **error)
{
	if (der->size == 0 || der->size > CERTIFICATE_SIZE)
		return error_set(error, EINVAL, "%s is no certificate: it has %zu bytes", what, der->size);
	/* before libcrypto would read a configuration by itself */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return error_out_of_memory(error);
	const unsigned char *at = der->data;
	cleanup_certificate X509 *certificate = d2i_X509(NULL, &at, (long)der->size);
	if (!certificate || at != der->data + der->size)
		return error_set(error, EINVAL, "%s is not exactly one certificate in DER", what);
	/* libcrypto reads BER too, in which the same certificate has many spellings */
	cleanup_encoding unsigned char *encoding = NULL;
	int size = i2d_X509(certificate, &encoding);
	if (size < 0 || (size_t)size != der->size || memcmp(encoding, der->data, der->size) != 0)
		return error_set(error, EINVAL, "%s is a certificate, but not in DER", what);
	*ret_certificate = take_pointer(certificate);
	return 0;
}

int certificate_time(const ASN1_TIME *time, int64_t *ret_seconds)
{
	struct tm parts = {0};
	char text[TIMESTAMP_SIZE];
	if (!time || ASN1_TIME_to_tm(time, &parts) != 1)
		return -EINVAL;
	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
		       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
	return timestamp_parse(text, ret_seconds);
}

int certificate_read_pem(const struct bytes *pem, const char *what, X509 **ret_certificate, struct error **error)
{
	cleanup_material_memory struct material_memory memory = {0};
	const struct bytes *blocks = NULL;
	size_t count = 0;
	cleanup_free char *text = strndup((const char *)pem->data, pem->size);
	if (!text)
		return error_out_of_memory(error);
	if (strlen(text) != pem->size)
		return error_set(error, EINVAL, "%s has a NUL in it", what);
	int result = pem_read(text, LABEL, what, &memory, &blocks, &count, error);
	if (result < 0)
		return result;
	if (count != 1)
		return error_set(error, EINVAL, "%s has more than one certificate", what);
	return certificate_read_der(&blocks[0], what, ret_certificate, error);
}

static void cleanup_set(struct certificate_set **set)
{
	certificate_set_free(*set);
}

int certificate_set_read(const char *pem, const char *what, struct certificate_set **ret_set, struct error **error)
{
	cleanup_material_memory struct material_memory memory = {0};
	const struct bytes *blocks = NULL;
	size_t count = 0;
	struct certificate_set *set __attribute__((cleanup(cleanup_set))) = certificate_set_new();
	if (!set)
		return error_out_of_memory(error);
	int result = pem_read(pem, LABEL, what, &memory, &blocks, &count, error);
	for (size_t i = 0; result == 0 && i < count; i++) {
		X509 *certificate = NULL;
		result = certificate_read_der(&blocks[i], what, &certificate, error);
		if (result == 0)
			result = certificate_set_add(set, certificate, error);
	}
	if (result < 0)
		return result;
	if (sk_X509_num(set->anchors) == 0)
		return error_set(error, EINVAL, "%s has no root: no certificate in it has signed itself", what);
	*ret_set = take_pointer(set);
	return 0;
}
