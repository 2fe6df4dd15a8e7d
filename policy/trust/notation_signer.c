#include "policy/trust/notation.h"

#include <errno.h>

#include "policy/trust/distinguished_name.h"
#include "policy/trust/proven_time.h"

void notation_signature_release(struct notation_signature *signature)
{
	jws_release(&signature->jws);
	sk_X509_pop_free(signature->chain, X509_free);
	json_decref(signature->annotations);
	*signature = (struct notation_signature){0};
}

/* The specification's two types of trust store. Whoever a certificate authority made a
 * certificate for could say any signing time, and so make use of one that has expired. */
static int check_scheme(const struct notation_signature *signature, const struct signer *signer, struct error **error)
{
	bool is_authority = signature->jws.scheme == NOTATION_SIGNING_AUTHORITY;
	if (is_authority == signer->signing_authority)
		return 0;
	return is_authority ? error_set(error, EPERM, "it is by a signing authority, and the policy does not take this "
						      "signer for one")
			    : error_set(error, EPERM, "it is not by a signing authority, for which the policy takes this "
						      "signer");
}

static int check_subject(const struct notation_signature *signature, const struct signer *signer, struct error **error)
{
	cleanup_distinguished_name struct distinguished_name name = {0};
	int result = distinguished_name_parse(signer->subject, &name, error);
	if (result == 0)
		result = distinguished_name_match(&name, X509_get_subject_name(sk_X509_value(signature->chain, 0)), error);
	return result;
}

/* Where nothing but the signer's own word tells when it signed, everything has to hold now;
 * a countersignature (RFC 3161) in the unsigned header is not looked at. */
static int check_own_word(const struct notation_signature *signature, int64_t now, int64_t *expires,
			  struct error **error)
{
	int64_t ends = 0;
	int result = notation_chain_check_validity(signature->chain, now, "now", &ends, error);
	if (result < 0)
		return result;
	if (*expires == 0 || ends < *expires)
		*expires = ends;
	return 0;
}

int notation_signer_check(const struct notation_signature *signature, const struct signer *signer, int64_t now,
			  int64_t *ret_expires, struct error **error)
{
	const struct jws *jws = &signature->jws;
	bool is_own_word = jws->scheme == NOTATION_X509;
	int64_t expires = jws->expiry == INT64_MAX ? 0 : jws->expiry;
	if (!notation_chain_is_anchored(signature->chain, signer->authorities))
		return error_set(error, EPERM, "its certificates do not lead to the trust store");
	int result = check_scheme(signature, signer, error);
	if (result == 0)
		result = check_subject(signature, signer, error);
	if (result < 0)
		return result;
	if (jws->signing_time > now + PROVEN_TIME_SKEW)
		return error_set(error, EPERM, "its signing time is in the future");
	if (now >= jws->expiry)
		return error_set(error, EPERM, "it has expired");
	result = notation_chain_check_validity(signature->chain, jws->signing_time, "the signing time", NULL, error);
	if (result == 0 && is_own_word)
		result = check_own_word(signature, now, &expires, error);
	if (result == 0)
		result = signer_check_time(signer, jws->signing_time, !is_own_word, now, &expires, error);
	if (result == 0)
		*ret_expires = expires;
	return result;
}
