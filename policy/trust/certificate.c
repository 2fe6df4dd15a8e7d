#include "policy/trust/certificate.h"

#include <errno.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/base64.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

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

static void cleanup_encoding(unsigned char **encoding)
{
	OPENSSL_free(*encoding);
}

int certificate_read_der(const struct bytes *der, const char *what, X509 **ret_certificate, struct error **error)
{
	if (der->size == 0 || der->size > CERTIFICATE_SIZE)
		return error_set(error, EINVAL, "%s is no certificate: it has %zu bytes", what, der->size);
	const unsigned char *at = der->data;
	cleanup_certificate X509 *certificate = d2i_X509(NULL, &at, (long)der->size);
	if (!certificate || at != der->data + der->size)
		return error_set(error, EINVAL, "%s is not exactly one certificate in DER", what);
	/* libcrypto reads BER too, in which the same certificate has many spellings */
	unsigned char *encoding __attribute__((cleanup(cleanup_encoding))) = NULL;
	int size = i2d_X509(certificate, &encoding);
	if (size < 0 || (size_t)size != der->size || memcmp(encoding, der->data, der->size) != 0)
		return error_set(error, EINVAL, "%s is a certificate, but not in DER", what);
	*ret_certificate = take_pointer(certificate);
	return 0;
}

/* The line at *at and past its end; lines may end as Windows ends them. */
static struct bytes next_line(const char **at, const char *end)
{
	const char *start = *at, *newline = memchr(start, '\n', (size_t)(end - start));
	const char *stop = newline ? newline : end;
	*at = newline ? newline + 1 : end;
	if (stop > start && newline && stop[-1] == '\r')
		stop--;
	return (struct bytes){(const uint8_t *)start, (size_t)(stop - start)};
}

static bool line_is(const struct bytes *line, const char *text)
{
	return line->size == strlen(text) && memcmp(line->data, text, line->size) == 0;
}

/* The first PEM block at *at, which may stand behind empty lines; *ret_certificate stays
 * NULL where there is nothing but these. */
static int next_pem(const char **at, const char *end, const char *what, X509 **ret_certificate, struct error **error)
{
	struct bytes line = {0};
	while (*at < end && line.size == 0)
		line = next_line(at, end);
	if (line.size == 0)
		return 0;
	if (!line_is(&line, BEGIN))
		return error_set(error, EINVAL, "%s has a line outside of \"" BEGIN "\" and \"" END "\"", what);
	cleanup_text struct text encoded = {0};
	for (line = next_line(at, end); !line_is(&line, END); line = next_line(at, end)) {
		if (*at == end || encoded.length > CERTIFICATE_SIZE * 2)
			return error_set(error, EINVAL, "%s has a certificate without an end", what);
		text_append_bytes(&encoded, (const char *)line.data, line.size);
	}
	size_t length = encoded.length, size = 0;
	cleanup_free char *text = text_finish(&encoded);
	cleanup_free uint8_t *der = NULL;
	if (!text)
		return error_out_of_memory(error);
	int result = base64_decode(text, length, BASE64_STANDARD, what, &der, &size, error);
	return result < 0 ? result : certificate_read_der(&(struct bytes){der, size}, what, ret_certificate, error);
}

int certificate_read_pem(const char *pem, size_t length, const char *what, X509 **ret_certificate, struct error **error)
{
	const char *at = pem, *end = pem + length;
	cleanup_certificate X509 *certificate = NULL;
	int result = next_pem(&at, end, what, &certificate, error);
	if (result < 0)
		return result;
	if (!certificate || at != end)
		return error_set(error, EINVAL, "%s is not exactly one certificate in PEM", what);
	*ret_certificate = take_pointer(certificate);
	return 0;
}

static void cleanup_set(struct certificate_set **set)
{
	certificate_set_free(*set);
}

int certificate_set_read(const char *pem, const char *what, struct certificate_set **ret_set, struct error **error)
{
	const char *at = pem, *end = pem + strlen(pem);
	struct certificate_set *set __attribute__((cleanup(cleanup_set))) = certificate_set_new();
	if (!set)
		return error_out_of_memory(error);
	for (size_t count = 0; at < end; count++) {
		X509 *certificate = NULL;
		int result = next_pem(&at, end, what, &certificate, error);
		if (result == 0 && certificate)
			result = certificate_set_add(set, certificate, error);
		if (result < 0)
			return result;
		if (count >= CERTIFICATES_OF_SET)
			return error_set(error, EINVAL, "%s has more than %u certificates", what, CERTIFICATES_OF_SET);
	}
	if (sk_X509_num(set->anchors) == 0)
		return error_set(error, EINVAL, "%s has no root: no certificate in it has signed itself", what);
	*ret_set = take_pointer(set);
	return 0;
}
