#include "policy/trust/sct.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/certificate.h"
#include "policy/trust/der.h"

/* Numbers of RFC 6962, section 3.2 */
#define VERSION_1 0
#define CERTIFICATE_TIMESTAMP 0
#define PRECERTIFICATE_ENTRY 1
/* and of TLS 1.2 (RFC 5246, section 7.4.1.4.1) */
#define HASH_SHA256 4
#define SIGNATURE_RSA 1
#define SIGNATURE_ECDSA 3

#define SCTS 16u

struct sct {
	struct bytes log_id;
	uint64_t timestamp; /* milliseconds */
	struct bytes extensions;
	struct bytes signature;
};

static uint64_t read_number(const uint8_t *data, size_t size)
{
	uint64_t number = 0;
	for (size_t i = 0; i < size; i++)
		number = number << 8 | data[i];
	return number;
}

/* `size` bytes off the front. */
static bool take(struct bytes *from, size_t size, struct bytes *ret_taken)
{
	if (from->size < size)
		return false;
	*ret_taken = (struct bytes){from->data, size};
	from->data += size;
	from->size -= size;
	return true;
}

/* A vector with its length in two bytes before it. */
static bool take_vector(struct bytes *from, struct bytes *ret_taken)
{
	struct bytes length;
	return take(from, 2, &length) && take(from, (size_t)read_number(length.data, 2), ret_taken);
}

static bool read_sct(struct bytes data, struct sct *ret_sct)
{
	struct bytes version, timestamp, algorithms;
	if (!take(&data, 1, &version) || version.data[0] != VERSION_1 || !take(&data, SHA256_SIZE, &ret_sct->log_id) ||
	    !take(&data, 8, &timestamp) || !take_vector(&data, &ret_sct->extensions) || !take(&data, 2, &algorithms) ||
	    !take_vector(&data, &ret_sct->signature) || data.size != 0)
		return false;
	ret_sct->timestamp = read_number(timestamp.data, timestamp.size);
	return algorithms.data[0] == HASH_SHA256 &&
	       (algorithms.data[1] == SIGNATURE_ECDSA || algorithms.data[1] == SIGNATURE_RSA);
}

static void append_number(struct text *text, uint64_t number, size_t size)
{
	for (size_t i = size; i-- > 0;) {
		char byte = (char)(uint8_t)(number >> (8 * i));
		text_append_bytes(text, &byte, 1);
	}
}

static void append_bytes(struct text *text, const struct bytes *bytes)
{
	text_append_bytes(text, (const char *)bytes->data, bytes->size);
}

/* The certificate as it was before the log's promises were put into it: the poison that
 * stood in their place is not part of it either. */
static int encode_precertificate(const X509 *certificate, struct text *text, struct error **error)
{
	cleanup_certificate X509 *copy = X509_dup(certificate);
	if (!copy)
		return error_out_of_memory(error);
	X509_EXTENSION_free(X509_delete_ext(copy, X509_get_ext_by_NID(copy, NID_ct_precert_scts, -1)));
	cleanup_encoding unsigned char *encoding = NULL;
	int size = i2d_re_X509_tbs(copy, &encoding);
	if (size <= 0 || size >= 1 << 24)
		return error_set(error, EPERM, "the certificate cannot be written as its log saw it");
	append_number(text, (uint64_t)size, 3);
	append_bytes(text, &(struct bytes){encoding, (size_t)size});
	return 0;
}

static int hash_of_issuer(X509 *issuer, uint8_t ret_hash[SHA256_SIZE], struct error **error)
{
	cleanup_encoding unsigned char *encoding = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &encoding);
	if (size <= 0)
		return error_out_of_memory(error);
	sha256(encoding, (size_t)size, ret_hash);
	return 0;
}

static int verify(const struct sct *sct, const struct log_key *key, const X509 *certificate,
		  const uint8_t issuer_hash[SHA256_SIZE], struct error **error)
{
	cleanup_text struct text text = {0};
	append_number(&text, VERSION_1, 1);
	append_number(&text, CERTIFICATE_TIMESTAMP, 1);
	append_number(&text, sct->timestamp, 8);
	append_number(&text, PRECERTIFICATE_ENTRY, 2);
	append_bytes(&text, &(struct bytes){issuer_hash, SHA256_SIZE});
	int result = encode_precertificate(certificate, &text, error);
	if (result < 0)
		return result;
	append_number(&text, sct->extensions.size, 2);
	append_bytes(&text, &sct->extensions);
	size_t size = text.length;
	cleanup_free char *data = text_finish(&text);
	if (!data)
		return error_out_of_memory(error);
	return log_key_verify(key, &(struct bytes){(const uint8_t *)data, size}, &sct->signature,
			      "the certificate's signed certificate timestamp (SCT)", error);
}

static bool is_known(const struct sct *sct, const struct log_key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (memcmp(keys[i].id, sct->log_id.data, SHA256_SIZE) == 0)
			return true;
	}
	return false;
}

/* The list in the certificate's one extension for it. */
static int find_list(const X509 *certificate, struct bytes *ret_list, struct error **error)
{
	int at = X509_get_ext_by_NID(certificate, NID_ct_precert_scts, -1);
	if (at < 0)
		return error_set(error, EPERM, "the certificate has no signed certificate timestamp (SCT): no log of "
				 "certificates has promised to show it");
	if (X509_get_ext_by_NID(certificate, NID_ct_precert_scts, at) >= 0)
		return error_set(error, EPERM, "the certificate has its list of SCTs twice");
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
	struct bytes outer = {ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)}, rest;
	if (!der_take(&outer, DER_OCTET_STRING, &rest) || outer.size > 0)
		return error_set(error, EPERM, "the certificate's list of SCTs is no octet string in DER");
	if (!take_vector(&rest, ret_list) || rest.size != 0)
		return error_set(error, EPERM, "the certificate's list of SCTs has another length than it says");
	return 0;
}

int sct_check(const X509 *certificate, X509 *issuer, const struct log_key *keys, size_t key_count,
	      struct error **error)
{
	uint8_t issuer_hash[SHA256_SIZE];
	struct bytes list, data;
	int result = find_list(certificate, &list, error);
	if (result == 0)
		result = hash_of_issuer(issuer, issuer_hash, error);
	size_t valid = 0;
	for (size_t count = 0; result == 0 && list.size > 0; count++) {
		struct sct sct;
		if (count == SCTS || !take_vector(&list, &data) || !read_sct(data, &sct))
			return error_set(error, EPERM, "the certificate has an SCT that cannot be read, or more than %u", SCTS);
		if (!is_known(&sct, keys, key_count))
			continue;
		const struct log_key *key = log_key_find(keys, key_count, &sct.log_id, (int64_t)(sct.timestamp / 1000),
							 "log of certificates", error);
		if (!key)
			return -EPERM;
		result = verify(&sct, key, certificate, issuer_hash, error);
		valid++;
	}
	if (result == 0 && valid == 0)
		return error_set(error, EPERM, "no SCT of the certificate is by a log of certificates that the "
				 "trusted root pins");
	return result;
}
