#include "policy/trust/trusted_timestamp.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/ts.h>
#include <stdbool.h>
#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"

#define NOT_ITS "the timestamp is not one of the pinned authority for this signature: "

static void cleanup_response(TS_RESP **response)
{
	TS_RESP_free(*response);
}

static void cleanup_context(TS_VERIFY_CTX **context)
{
	TS_VERIFY_CTX_free(*context);
}

static int read_response(const struct bytes *bytes, TS_RESP **ret_response, struct error **error)
{
	if (bytes->size == 0 || bytes->size > TIMESTAMP_RESPONSE_SIZE)
		return error_set(error, EPERM, "the timestamp has %zu bytes", bytes->size);
	const unsigned char *at = bytes->data;
	TS_RESP *response = d2i_TS_RESP(NULL, &at, (long)bytes->size);
	if (!response || at != bytes->data + bytes->size) {
		TS_RESP_free(response);
		return error_set(error, EPERM, "the timestamp is no answer of a timestamp authority (RFC 3161)");
	}
	*ret_response = response;
	return 0;
}

/* SHA-256, SHA-384 or SHA-512: for the imprint and for the signature on it alike. */
static bool is_strong(const X509_ALGOR *digest)
{
	const ASN1_OBJECT *algorithm = NULL;
	X509_ALGOR_get0(&algorithm, NULL, NULL, digest);
	int hash = OBJ_obj2nid(algorithm);
	return hash == NID_sha256 || hash == NID_sha384 || hash == NID_sha512;
}

static bool is_signed_strongly(TS_RESP *response)
{
	STACK_OF(PKCS7_SIGNER_INFO) *signatures = PKCS7_get_signer_info(TS_RESP_get_token(response));
	X509_ALGOR *digest = NULL;
	if (sk_PKCS7_SIGNER_INFO_num(signatures) != 1)
		return false;
	PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(signatures, 0), NULL, &digest, NULL);
	return is_strong(digest);
}

/* What the token says, not yet verified: by what it hashes and when. */
static int read_token(const TS_RESP *response, int64_t *ret_time, struct error **error)
{
	TS_RESP *readable = (TS_RESP *)(uintptr_t)response; /* the getters are not declared const */
	TS_TST_INFO *info = TS_RESP_get_tst_info(readable);
	if (!info)
		return error_set(error, EPERM, "the timestamp was not granted: the authority's answer has no token in it");
	if (!is_strong(TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info))) || !is_signed_strongly(readable))
		return error_set(error, EPERM, "the timestamp's imprint and its signature are not both by one of SHA-256, "
				 "SHA-384 and SHA-512");
	if (certificate_time(TS_TST_INFO_get_time(info), ret_time) < 0)
		return error_set(error, EPERM, "the timestamp tells no time");
	return 0;
}

/* The certificates that may stand between, and, where the root pins the one that signs,
 * that one; a token may come without it. */
static STACK_OF(X509) *known_certificates(const struct authority *authority)
{
	STACK_OF(X509) *known = sk_X509_new_null();
	if (known && X509_add_certs(known, authority->set->others, X509_ADD_FLAG_UP_REF) != 1) {
		sk_X509_pop_free(known, X509_free);
		return NULL;
	}
	return known;
}

/* Without a look at the times, which certificate_path_check() has. */
static X509_STORE *store_of(const struct authority *authority)
{
	X509_STORE *store = X509_STORE_new();
	if (!store || X509_STORE_add_cert(store, sk_X509_value(authority->set->anchors, 0)) != 1 ||
	    X509_STORE_set_flags(store, X509_V_FLAG_X509_STRICT | X509_V_FLAG_TRUSTED_FIRST |
				 X509_V_FLAG_NO_CHECK_TIME) != 1) {
		X509_STORE_free(store);
		return NULL;
	}
	X509_STORE_set_verify_cb(store, certificate_path_tolerate);
	return store;
}

/* Whose certificate signed, libcrypto knows; that it was valid then and is the pinned one,
 * where one is, it does not. */
static int check_signer(TS_RESP *response, const struct authority *authority, STACK_OF(X509) *known, int64_t time,
			struct error **error)
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(TS_RESP_get_token(response), known, 0);
	X509 *signer = sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;
	sk_X509_free(signers);
	if (!signer)
		return error_set(error, EPERM, "the timestamp does not have exactly one signer");
	if (authority->leaf && X509_cmp(signer, authority->leaf) != 0)
		return error_set(error, EPERM, "the timestamp is signed by another certificate than the one that "
				 "the trusted root pins for its authority");
	const struct certificate_path_question question = {
		.set = authority->set, .leaf = signer, .time = time, .use = CERTIFICATE_STAMPS_TIME};
	int result = certificate_path_check(&question, NULL, error);
	return result < 0 ? error_prefix(error, "the timestamp") : 0;
}

/* libcrypto's last word on it, whose own texts are not loaded (verdict_child.c). */
static int refuse(struct error **error)
{
	static const struct {
		int reason;
		const char *text;
	} words[] = {
		{TS_R_MESSAGE_IMPRINT_MISMATCH, "its imprint is of other bytes"},
		{TS_R_SIGNATURE_FAILURE, "its own signature does not verify"},
		{TS_R_CERTIFICATE_VERIFY_ERROR, "its certificate does not lead to the authority's"},
		{TS_R_ESS_SIGNING_CERTIFICATE_ERROR, "it is bound to another certificate"},
	};
	unsigned long code = ERR_peek_last_error();
	ERR_clear_error();
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (ERR_GET_LIB(code) == ERR_LIB_TS && ERR_GET_REASON(code) == words[i].reason)
			return error_set(error, EPERM, NOT_ITS "%s", words[i].text);
	return error_set(error, EPERM, NOT_ITS "error %lx of libcrypto", code);
}

static int verify(TS_RESP *response, const struct bytes *data, const struct authority *authority, int64_t time,
		  struct error **error)
{
	TS_VERIFY_CTX *context __attribute__((cleanup(cleanup_context))) = TS_VERIFY_CTX_new();
	X509_STORE *store = store_of(authority);
	STACK_OF(X509) *known = known_certificates(authority);
	BIO *bio = BIO_new_mem_buf(data->data, (int)data->size);
	/* the context owns what it was given, also where it is NULL */
	if (context) {
		(void)TS_VERIFY_CTX_set_store(context, store);
		(void)TS_VERIFY_CTX_set_certs(context, known);
		(void)TS_VERIFY_CTX_set_data(context, bio);
	}
	if (!context || !store || !known || !bio) {
		if (!context) {
			X509_STORE_free(store);
			sk_X509_pop_free(known, X509_free);
			BIO_free_all(bio);
		}
		return error_out_of_memory(error);
	}
	(void)TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_DATA);
	ERR_clear_error();
	if (TS_RESP_verify_response(context, response) != 1)
		return refuse(error);
	return check_signer(response, authority, known, time, error);
}

int trusted_timestamp_check(const struct bytes *bytes, const struct bytes *data, const struct authority *authorities,
			    size_t count, int64_t *ret_time, struct error **error)
{
	TS_RESP *response __attribute__((cleanup(cleanup_response))) = NULL;
	int64_t time = 0;
	int result = read_response(bytes, &response, error);
	if (result == 0)
		result = read_token(response, &time, error);
	if (result < 0)
		return result;
	char moment[TIMESTAMP_SIZE];
	timestamp_format(&(struct timespec){.tv_sec = (time_t)time}, false, moment);
	cleanup_error struct error *why = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!period_has(&authorities[i].valid, time))
			continue;
		error_free(why);
		why = NULL;
		if (verify(response, data, &authorities[i], time, &why) == 0) {
			*ret_time = time;
			return 0;
		}
	}
	if (!why)
		return error_set(error, EPERM, "the trusted root pins no timestamp authority that was in use at %s", moment);
	return error_set(error, why->code, "%s", error_message(why));
}
