#include "policy/trust/notation_chain.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"
#include "policy/trust/public_key.h"

#define RSA_BITS 2048
#define EC_BITS 256

int notation_chain_read(const struct jws *jws, STACK_OF(X509) **ret_chain, struct error **error)
{
	cleanup_certificates STACK_OF(X509) *chain = sk_X509_new_null();
	if (!chain)
		return error_out_of_memory(error);
	for (size_t i = 0; i < jws->certificate_count; i++) {
		X509 *certificate = NULL;
		int result = certificate_read_der(&jws->certificates[i], "a certificate of x5c", &certificate, error);
		if (result < 0)
			return result;
		if (sk_X509_push(chain, certificate) <= 0) {
			X509_free(certificate);
			return error_out_of_memory(error);
		}
	}
	*ret_chain = take_pointer(chain);
	return 0;
}

static bool has(const STACK_OF(X509) *certificates, const X509 *wanted)
{
	for (int i = 0; i < sk_X509_num(certificates); i++)
		if (X509_cmp(sk_X509_value(certificates, i), wanted) == 0)
			return true;
	return false;
}

bool notation_chain_is_anchored(const STACK_OF(X509) *chain, const struct certificate_set *store)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *certificate = sk_X509_value(chain, i);
		if (has(store->anchors, certificate) || has(store->others, certificate))
			return true;
	}
	return false;
}

/* ---- what each certificate has to be like ---- */

static bool is_critical(const X509 *certificate, int type)
{
	const X509_EXTENSION *extension = X509_get_ext(certificate, X509_get_ext_by_NID(certificate, type, -1));
	return extension && X509_EXTENSION_get_critical(extension);
}

static int check_extensions(X509 *certificate, struct error **error)
{
	if (X509_get_extension_flags(certificate) & EXFLAG_INVALID)
		return error_set(error, EPERM, "a certificate of x5c has extensions that cannot be read");
	for (int i = 0; i < X509_get_ext_count(certificate); i++) {
		X509_EXTENSION *extension = X509_get_ext(certificate, i);
		int type = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
		if (X509_EXTENSION_get_critical(extension) && type != NID_basic_constraints && type != NID_key_usage &&
		    type != NID_ext_key_usage)
			return error_set(error, EPERM, "a certificate of x5c has a critical extension that this verifier "
						       "does not understand");
	}
	return 0;
}

static int check_strength(X509 *certificate, struct error **error)
{
	int digest = NID_undef;
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	if (!key)
		return error_set(error, EPERM, "a certificate of x5c has a key that cannot be read");
	int kind = EVP_PKEY_get_base_id(key), bits = EVP_PKEY_get_bits(key);
	if (!(kind == EVP_PKEY_RSA && bits >= RSA_BITS) && !(kind == EVP_PKEY_EC && bits >= EC_BITS))
		return error_set(error, EPERM, "a certificate of x5c has a key that is neither RSA with at least %d bits nor "
					       "ECDSA with at least %d", RSA_BITS, EC_BITS);
	if (X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) != 1 ||
	    (digest != NID_sha256 && digest != NID_sha384 && digest != NID_sha512))
		return error_set(error, EPERM, "a certificate of x5c is signed with a digest that is none of SHA-256, SHA-384 "
					       "and SHA-512");
	return 0;
}

/* As strict as with a key that stands in the policy: an RSA exponent, a curve by its name. */
static int check_leaf_key(X509 *leaf, struct error **error)
{
	cleanup_public_key struct public_key *key = NULL;
	cleanup_encoding unsigned char *spki = NULL;
	cleanup_error struct error *why = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &spki);
	if (size <= 0)
		return error_out_of_memory(error);
	int result = public_key_read((struct bytes){spki, (size_t)size}, &key, &why);
	if (result == 0 || result == -ENOMEM)
		return result < 0 ? error_out_of_memory(error) : 0;
	return error_set(error, EPERM, "the key of the signing certificate: %s", error_message(why));
}

static int check_leaf(X509 *leaf, struct error **error)
{
	const uint32_t others = KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT | KU_KEY_AGREEMENT | KU_KEY_CERT_SIGN |
				KU_CRL_SIGN | KU_ENCIPHER_ONLY | KU_DECIPHER_ONLY;
	const uint32_t uses = XKU_ANYEKU | XKU_SSL_SERVER | XKU_SSL_CLIENT | XKU_SMIME | XKU_TIMESTAMP |
			      XKU_OCSP_SIGN;
	uint32_t flags = X509_get_extension_flags(leaf);
	if (flags & EXFLAG_CA)
		return error_set(error, EPERM, "the signing certificate is a CA's");
	if (!(flags & EXFLAG_KUSAGE) || !is_critical(leaf, NID_key_usage) ||
	    !(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) || (X509_get_key_usage(leaf) & others))
		return error_set(error, EPERM, "the signing certificate's key usage is not critical or not for digital "
					       "signatures alone");
	if ((flags & EXFLAG_XKUSAGE) && (X509_get_extended_key_usage(leaf) & uses))
		return error_set(error, EPERM, "the signing certificate's extended key usage is for something else than "
					       "signing code");
	return check_leaf_key(leaf, error);
}

/* `below`: how many CAs stand between it and the leaf. */
static int check_authority(X509 *authority, int below, struct error **error)
{
	uint32_t flags = X509_get_extension_flags(authority);
	if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA) || !is_critical(authority, NID_basic_constraints))
		return error_set(error, EPERM, "an issuer in x5c is no CA by a critical basicConstraints");
	if (!(flags & EXFLAG_KUSAGE) || !is_critical(authority, NID_key_usage) ||
	    !(X509_get_key_usage(authority) & KU_KEY_CERT_SIGN))
		return error_set(error, EPERM, "an issuer in x5c may not sign certificates by a critical key usage");
	long longest = X509_get_pathlen(authority);
	if (longest >= 0 && longest < below)
		return error_set(error, EPERM, "an issuer in x5c allows a path of %ld, and %d stand below", longest, below);
	return 0;
}

/* ---- how they hang together ---- */

static bool is_signed_by(X509 *certificate, X509 *issuer)
{
	bool holds = X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) == 0 &&
		     X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
	ERR_clear_error();
	return holds;
}

static int check_links(const STACK_OF(X509) *chain, struct error **error)
{
	int last = sk_X509_num(chain) - 1;
	for (int i = 0; i <= last; i++) {
		X509 *certificate = sk_X509_value(chain, i);
		if (i < last && X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(certificate)) == 0)
			return error_set(error, EPERM, "x5c has certificates behind one that names itself as issuer");
		if (is_signed_by(certificate, sk_X509_value(chain, i < last ? i + 1 : last)))
			continue;
		return i < last ? error_set(error, EPERM, "x5c is not in order: certificate %d is not signed by the one behind "
							  "it", i + 1)
				: error_set(error, EPERM, "x5c is not complete: it does not end in a root");
	}
	return 0;
}

int notation_chain_check(const STACK_OF(X509) *chain, struct error **error)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		X509 *certificate = sk_X509_value(chain, i);
		int result = check_extensions(certificate, error);
		if (result == 0)
			result = check_strength(certificate, error);
		if (result == 0)
			result = i == 0 ? check_leaf(certificate, error) : check_authority(certificate, i - 1, error);
		if (result < 0)
			return result;
	}
	return check_links(chain, error);
}

int notation_chain_check_validity(const STACK_OF(X509) *chain, int64_t moment, const char *what, int64_t *ret_ends,
				  struct error **error)
{
	int64_t ends = INT64_MAX;
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *certificate = sk_X509_value(chain, i);
		int64_t from = 0, until = 0;
		if (certificate_time(X509_get0_notBefore(certificate), &from) < 0 ||
		    certificate_time(X509_get0_notAfter(certificate), &until) < 0)
			return error_set(error, EPERM, "a certificate of x5c has a validity that cannot be read");
		if (moment < from || moment > until) {
			char text[TIMESTAMP_SIZE];
			timestamp_format(&(struct timespec){.tv_sec = (time_t)(moment < from ? from : until)}, false, text);
			return error_set(error, EPERM, "certificate %d of x5c is %s %s, and %s is %s", i + 1,
					 moment < from ? "valid only from" : "valid until", text, what,
					 moment < from ? "before that" : "after that");
		}
		if (until + 1 < ends)
			ends = until + 1;
	}
	if (ret_ends)
		*ret_ends = ends;
	return 0;
}
