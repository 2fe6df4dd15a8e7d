#include "policy/trust/certificate.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#include "policy/base/cleanup.h"
#include "policy/base/moment.h"

/* Of SP 800-57: 112 bits, which is RSA of 2048, P-224 and SHA-224. */
#define SECURITY_LEVEL 2

static const struct {
	const char *name;
	uint32_t bit; /* of X509_get_extended_key_usage() */
} uses[] = {
	[CERTIFICATE_USE_NONE] = {"nothing", 0},
	[CERTIFICATE_SIGNS_CODE] = {"code signing", XKU_CODE_SIGN},
	[CERTIFICATE_STAMPS_TIME] = {"time stamping", XKU_TIMESTAMP},
};

static void cleanup_context(X509_STORE_CTX **context)
{
	X509_STORE_CTX_free(*context);
}

static void cleanup_store(X509_STORE **store)
{
	X509_STORE_free(*store);
}

/* What may stand between: the set's own and the hints. */
static int collect_untrusted(const struct certificate_path_question *question, STACK_OF(X509) **ret_untrusted,
			     struct error **error)
{
	if (question->hint_count > CERTIFICATES_OF_PATH)
		return error_set(error, EPERM, "the signature comes with %zu certificates, and at most %u may be needed",
				 question->hint_count, CERTIFICATES_OF_PATH);
	cleanup_certificates STACK_OF(X509) *untrusted = sk_X509_new_null();
	if (!untrusted || X509_add_certs(untrusted, question->set->others, X509_ADD_FLAG_UP_REF) != 1)
		return error_out_of_memory(error);
	for (size_t i = 0; i < question->hint_count; i++) {
		X509 *certificate = NULL;
		int result = certificate_read_der(&question->hints[i], "a certificate that came with the signature",
						  &certificate, error);
		if (result < 0)
			return result;
		if (sk_X509_push(untrusted, certificate) <= 0) {
			X509_free(certificate);
			return error_out_of_memory(error);
		}
	}
	*ret_untrusted = take_pointer(untrusted);
	return 0;
}

/* A leaf for `use` and nothing that may sign certificates. */
static int check_leaf(X509 *leaf, enum certificate_use use, struct error **error)
{
	/* the first look at a certificate fills what its flags are read from */
	if (X509_check_purpose(leaf, -1, 0) != 1 || (X509_get_extension_flags(leaf) & EXFLAG_INVALID))
		return error_set(error, EPERM, "the certificate has an extension that is malformed or stands twice");
	if (X509_check_ca(leaf) != 0)
		return error_set(error, EPERM, "the certificate is a certificate authority's, not a signer's");
	if (!(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
		return error_set(error, EPERM, "the certificate's key usage is not for digital signatures");
	if (!(X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) ||
	    !(X509_get_extended_key_usage(leaf) & uses[use].bit))
		return error_set(error, EPERM, "the certificate is not made for %s: its extended key usage does not say so",
				 uses[use].name);
	return 0;
}

/* An authority that says what it is for is for nothing else. */
static int check_authorities(const STACK_OF(X509) *path, enum certificate_use use, struct error **error)
{
	for (int i = 1; i < sk_X509_num(path); i++) {
		X509 *authority = sk_X509_value(path, i);
		if ((X509_get_extension_flags(authority) & EXFLAG_XKUSAGE) &&
		    !(X509_get_extended_key_usage(authority) & (uses[use].bit | XKU_ANYEKU)))
			return error_set(error, EPERM, "certificate %d of the path is no authority for %s", i, uses[use].name);
	}
	return 0;
}

static X509_STORE *store_of_anchors(const struct certificate_set *set)
{
	X509_STORE *store = X509_STORE_new();
	for (int i = 0; store && i < sk_X509_num(set->anchors); i++) {
		if (X509_STORE_add_cert(store, sk_X509_value(set->anchors, i)) != 1) {
			X509_STORE_free(store);
			store = NULL;
		}
	}
	return store;
}

static int find_path(X509_STORE_CTX *context, int64_t time, STACK_OF(X509) **ret_path, struct error **error)
{
	X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(parameters, (time_t)time);
	X509_VERIFY_PARAM_set_auth_level(parameters, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_depth(parameters, (int)CERTIFICATES_OF_PATH - 2);
	/* RFC 5280 to the letter; and no path that ends before it comes to a root */
	(void)X509_VERIFY_PARAM_clear_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
	if (X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_TRUSTED_FIRST) != 1)
		return error_out_of_memory(error);
	if (X509_verify_cert(context) == 1) {
		*ret_path = X509_STORE_CTX_get1_chain(context);
		return *ret_path ? 0 : error_out_of_memory(error);
	}
	char moment[MOMENT_SIZE];
	moment_format(time, moment);
	return error_set(error, EPERM, "no path leads from the certificate to a trusted authority at %s: "
			 "certificate %d of the path (0 is the signer's): %s", moment,
			 X509_STORE_CTX_get_error_depth(context),
			 X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
}

int certificate_path_check(const struct certificate_path_question *question, STACK_OF(X509) **ret_path,
			   struct error **error)
{
	if (question->use == CERTIFICATE_USE_NONE)
		return error_set(error, EPERM, "a certificate for no use proves nothing");
	int result = check_leaf(question->leaf, question->use, error);
	if (result < 0)
		return result;
	cleanup_certificates STACK_OF(X509) *untrusted = NULL, *path = NULL;
	result = collect_untrusted(question, &untrusted, error);
	if (result < 0)
		return result;
	X509_STORE *store __attribute__((cleanup(cleanup_store))) = store_of_anchors(question->set);
	X509_STORE_CTX *context __attribute__((cleanup(cleanup_context))) = X509_STORE_CTX_new();
	if (!store || !context || X509_STORE_CTX_init(context, store, question->leaf, untrusted) != 1)
		return error_out_of_memory(error);
	result = find_path(context, question->time, &path, error);
	if (result < 0)
		return result;
	if (sk_X509_num(path) < 2)
		return error_set(error, EPERM, "the certificate is itself one of the authorities");
	result = check_authorities(path, question->use, error);
	if (result == 0 && ret_path)
		*ret_path = take_pointer(path);
	return result;
}
