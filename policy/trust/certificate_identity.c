#include "policy/trust/certificate_identity.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/der.h"

#define ISSUER_RAW "1.3.6.1.4.1.57264.1.1"
#define ISSUER_UTF8 "1.3.6.1.4.1.57264.1.8"

#define NAME_LENGTH 2048u

static void cleanup_names(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

static bool is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return length > 0 && length <= NAME_LENGTH;
}

int certificate_identity(const X509 *certificate, char **ret_identity, struct error **error)
{
	int critical = 0;
	GENERAL_NAMES *names __attribute__((cleanup(cleanup_names))) =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, NULL);
	if (!names)
		return error_set(error, EPERM, critical == -1 ? "the certificate has no subject alternative name" :
				 "the certificate's subject alternative name is malformed or stands twice");
	if (sk_GENERAL_NAME_num(names) != 1)
		return error_set(error, EPERM, "the certificate has %d subject alternative names, and exactly one can be "
				 "an identity", sk_GENERAL_NAME_num(names));
	int type = GEN_OTHERNAME;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, 0), &type);
	if (type != GEN_EMAIL && type != GEN_URI)
		return error_set(error, EPERM, "the certificate's subject alternative name is neither a URI nor an "
				 "e-mail address");
	const char *text = (const char *)ASN1_STRING_get0_data(value);
	size_t length = (size_t)ASN1_STRING_length(value);
	if (ASN1_STRING_type(value) != V_ASN1_IA5STRING || !is_plain(text, length))
		return error_set(error, EPERM, "the certificate's subject alternative name has bytes that a URI or an "
				 "e-mail address does not have");
	char *identity = strndup(text, length);
	if (!identity)
		return error_out_of_memory(error);
	*ret_identity = identity;
	return 0;
}

/* The bytes of the one extension with this OID; data is NULL where there is none. */
static int find_extension(const X509 *certificate, const char *oid, struct bytes *ret_value, struct error **error)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	if (!object)
		return error_out_of_memory(error);
	int at = X509_get_ext_by_OBJ(certificate, object, -1);
	int again = at < 0 ? -1 : X509_get_ext_by_OBJ(certificate, object, at);
	ASN1_OBJECT_free(object);
	if (again >= 0)
		return error_set(error, EPERM, "the certificate has the extension %s twice", oid);
	*ret_value = (struct bytes){0};
	if (at < 0)
		return 0;
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
	*ret_value = (struct bytes){ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)};
	return 0;
}

int certificate_issuer(const X509 *certificate, char **ret_issuer, struct error **error)
{
	struct bytes raw, wrapped, text = {0};
	int result = find_extension(certificate, ISSUER_RAW, &raw, error);
	if (result == 0)
		result = find_extension(certificate, ISSUER_UTF8, &wrapped, error);
	if (result < 0)
		return result;
	if (wrapped.data && (!der_take(&wrapped, DER_UTF8STRING, &text) || wrapped.size > 0))
		return error_set(error, EPERM, "the certificate's extension " ISSUER_UTF8 " (issuer) is no UTF8String in DER");
	if (raw.data && text.data && (raw.size != text.size || memcmp(raw.data, text.data, raw.size) != 0))
		return error_set(error, EPERM, "the certificate names two issuers: its extensions " ISSUER_RAW
				 " and " ISSUER_UTF8 " differ");
	const struct bytes *found = text.data ? &text : &raw;
	if (!found->data)
		return error_set(error, EPERM, "the certificate names no issuer (extension " ISSUER_UTF8 ")");
	if (!is_plain((const char *)found->data, found->size))
		return error_set(error, EPERM, "the certificate's issuer has bytes that a URL does not have");
	char *issuer = strndup((const char *)found->data, found->size);
	if (!issuer)
		return error_out_of_memory(error);
	*ret_issuer = issuer;
	return 0;
}
