#include "policy/trust/certificate.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"

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

/* Who may stand in the path, all of them valid at the time; `left_out` are not. */
struct candidates {
	X509_STORE *anchors;
	STACK_OF(X509) *others;
	size_t left_out;
};

static void candidates_release(struct candidates *candidates)
{
	X509_STORE_free(candidates->anchors);
	sk_X509_pop_free(candidates->others, X509_free);
}

static bool is_valid_at(const X509 *certificate, int64_t time)
{
	int64_t from = 0, until = 0;
	return certificate_time(X509_get0_notBefore(certificate), &from) == 0 &&
	       certificate_time(X509_get0_notAfter(certificate), &until) == 0 && time >= from && time <= until;
}

static int add_others(const STACK_OF(X509) *certificates, int64_t time, struct candidates *candidates,
		      struct error **error)
{
	for (int i = 0; i < sk_X509_num(certificates); i++) {
		X509 *certificate = sk_X509_value(certificates, i);
		if (!is_valid_at(certificate, time))
			candidates->left_out++;
		else if (X509_add_cert(candidates->others, certificate, X509_ADD_FLAG_UP_REF) != 1)
			return error_out_of_memory(error);
	}
	return 0;
}

static int add_hints(const struct certificate_path_question *question, struct candidates *candidates,
		     struct error **error)
{
	cleanup_certificates STACK_OF(X509) *hints = sk_X509_new_null();
	if (!hints)
		return error_out_of_memory(error);
	for (size_t i = 0; i < question->hint_count; i++) {
		X509 *certificate = NULL;
		int result = certificate_read_der(&question->hints[i], "a certificate that came with the signature",
						  &certificate, error);
		if (result < 0)
			return result;
		if (sk_X509_push(hints, certificate) <= 0) {
			X509_free(certificate);
			return error_out_of_memory(error);
		}
	}
	return add_others(hints, question->time, candidates, error);
}

static int add_anchors(const struct certificate_path_question *question, struct candidates *candidates,
		       struct error **error)
{
	const STACK_OF(X509) *anchors = question->set->anchors;
	for (int i = 0; i < sk_X509_num(anchors); i++) {
		X509 *anchor = sk_X509_value(anchors, i);
		if (!is_valid_at(anchor, question->time))
			candidates->left_out++;
		else if (X509_STORE_add_cert(candidates->anchors, anchor) != 1)
			return error_out_of_memory(error);
	}
	return 0;
}

/* libcrypto is not asked for the time: it would ask the C library's calendar, which opens
 * the host's time zone, and this runs where no file can be opened. */
static int find_candidates(const struct certificate_path_question *question, struct candidates *candidates,
			   struct error **error)
{
	if (question->hint_count > CERTIFICATES_OF_PATH)
		return error_set(error, EPERM, "the signature comes with %zu certificates, and at most %u may be needed",
				 question->hint_count, CERTIFICATES_OF_PATH);
	candidates->anchors = X509_STORE_new();
	candidates->others = sk_X509_new_null();
	if (!candidates->anchors || !candidates->others)
		return error_out_of_memory(error);
	int result = add_anchors(question, candidates, error);
	if (result == 0)
		result = add_others(question->set->others, question->time, candidates, error);
	return result == 0 ? add_hints(question, candidates, error) : result;
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

static int refuse_path(X509_STORE_CTX *context, int64_t time, size_t left_out, struct error **error)
{
	char moment[TIMESTAMP_SIZE], left[96] = "";
	timestamp_format(&(struct timespec){.tv_sec = (time_t)time}, false, moment);
	if (left_out)
		(void)snprintf(left, sizeof(left), " (%zu that were not valid then, expired or not yet begun, are left out)",
			       left_out);
	return error_set(error, EPERM, "no path of certificates leads from the signer's to a pinned authority at %s%s: "
			 "number %d of it (0 is the signer's): %s", moment, left, X509_STORE_CTX_get_error_depth(context),
			 X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
}

/* What RFC 5280 asks for and `openssl req -x509` and `openssl x509 -req` leave out: none of it
 * says who may sign what. */
int certificate_path_tolerate(int valid, X509_STORE_CTX *context)
{
	static const int tolerated[] = {
		X509_V_ERR_CA_CERT_MISSING_KEY_USAGE,
		X509_V_ERR_CA_BCONS_NOT_CRITICAL,
		X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER,
		X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER,
	};
	for (size_t i = 0; !valid && i < ARRAY_SIZE(tolerated); i++) {
		if (X509_STORE_CTX_get_error(context) != tolerated[i])
			continue;
		/* or the next fault, where it does not say which, would be taken for this one */
		X509_STORE_CTX_set_error(context, X509_V_OK);
		return 1;
	}
	return valid;
}

static int find_path(X509_STORE_CTX *context, STACK_OF(X509) **ret_path, struct error **error)
{
	X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_auth_level(parameters, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_depth(parameters, (int)CERTIFICATES_OF_PATH - 2);
	/* RFC 5280, but for the above; and no path that ends before it comes to a root */
	X509_STORE_CTX_set_verify_cb(context, certificate_path_tolerate);
	(void)X509_VERIFY_PARAM_clear_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
	if (X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_TRUSTED_FIRST |
					X509_V_FLAG_NO_CHECK_TIME) != 1)
		return error_out_of_memory(error);
	if (X509_verify_cert(context) != 1)
		return -EPERM;
	*ret_path = X509_STORE_CTX_get1_chain(context);
	return *ret_path ? 0 : error_out_of_memory(error);
}

static int check_leaf_time(const X509 *leaf, int64_t time, struct error **error)
{
	if (is_valid_at(leaf, time))
		return 0;
	char moment[TIMESTAMP_SIZE];
	timestamp_format(&(struct timespec){.tv_sec = (time_t)time}, false, moment);
	return error_set(error, EPERM, "the signer's certificate was not valid at %s: it had expired or not yet begun",
			 moment);
}

int certificate_path_check(const struct certificate_path_question *question, STACK_OF(X509) **ret_path,
			   struct error **error)
{
	if (question->use == CERTIFICATE_USE_NONE)
		return error_set(error, EPERM, "a certificate for no use proves nothing");
	struct candidates candidates __attribute__((cleanup(candidates_release))) = {0};
	int result = check_leaf(question->leaf, question->use, error);
	if (result == 0)
		result = check_leaf_time(question->leaf, question->time, error);
	if (result == 0)
		result = find_candidates(question, &candidates, error);
	if (result < 0)
		return result;
	cleanup_certificates STACK_OF(X509) *path = NULL;
	X509_STORE_CTX *context __attribute__((cleanup(cleanup_context))) = X509_STORE_CTX_new();
	if (!context || X509_STORE_CTX_init(context, candidates.anchors, question->leaf, candidates.others) != 1)
		return error_out_of_memory(error);
	result = find_path(context, &path, error);
	if (result == -EPERM)
		return refuse_path(context, question->time, candidates.left_out, error);
	if (result < 0)
		return result;
	if (sk_X509_num(path) < 2)
		return error_set(error, EPERM, "the certificate is itself one of the authorities");
	result = check_authorities(path, question->use, error);
	if (result == 0 && ret_path)
		*ret_path = take_pointer(path);
	return result;
}

int64_t certificate_path_ends(const STACK_OF(X509) *path)
{
	int64_t ends = INT64_MAX;
	for (int i = 0; i < sk_X509_num(path); i++) {
		int64_t until = 0;
		(void)certificate_time(X509_get0_notAfter(sk_X509_value(path, i)), &until);
		ends = until < ends ? until + 1 : ends;
	}
	return ends;
}
