/* X.509 certificates (RFC 5280) by libcrypto: reading them strictly, and a path from a
 * leaf to a pinned authority at a given time. */
#ifndef OCI_HARDEN_TRUST_CERTIFICATE_H
#define OCI_HARDEN_TRUST_CERTIFICATE_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"

#define CERTIFICATE_SIZE ((size_t)64 << 10) /* bytes of one in DER */
#define CERTIFICATES_OF_PATH 8u /* at most, with leaf and root */

/* Whom the policy trusts: a path ends in one of `anchors` and may lead over `others`. */
struct certificate_set {
	STACK_OF(X509) *anchors; /* those that signed themselves, CAs or not */
	STACK_OF(X509) *others;
};

/* PEM (pem.h) with at least one certificate that signed itself, and nothing but
 * certificates. `what` names the place in messages. -EINVAL; -ENOMEM. */
int certificate_set_read(const char *pem, const char *what, struct certificate_set **ret_set, struct error **error);
void certificate_set_free(struct certificate_set *set); /* NULL is fine */
/* Takes over `certificate`, also where it fails (-ENOMEM). */
int certificate_set_add(struct certificate_set *set, X509 *certificate, struct error **error);
struct certificate_set *certificate_set_new(void);

/* One certificate and no byte more. The caller frees it with X509_free(). */
int certificate_read_der(const struct bytes *der, const char *what, X509 **ret_certificate, struct error **error);
int certificate_read_pem(const struct bytes *pem, const char *what, X509 **ret_certificate, struct error **error);

static inline void cleanup_certificate_function(X509 **certificate)
{
	X509_free(*certificate);
}
#define cleanup_certificate __attribute__((cleanup(cleanup_certificate_function)))

static inline void cleanup_certificates_function(STACK_OF(X509) **certificates)
{
	sk_X509_pop_free(*certificates, X509_free);
}
#define cleanup_certificates __attribute__((cleanup(cleanup_certificates_function)))

/* Seconds since 1970, where no date before is one. -EINVAL. */
int certificate_time(const ASN1_TIME *time, int64_t *ret_seconds);

/* What libcrypto's i2d functions allocate. */
static inline void cleanup_encoding_function(unsigned char **encoding)
{
	OPENSSL_free(*encoding);
}
#define cleanup_encoding __attribute__((cleanup(cleanup_encoding_function)))

/* What a leaf has to be made for, by an extended key usage of its own. */
enum certificate_use {
	CERTIFICATE_USE_NONE = 0,
	CERTIFICATE_SIGNS_CODE,
	CERTIFICATE_STAMPS_TIME,
};

struct certificate_path_question {
	const struct certificate_set *set;
	X509 *leaf;
	const struct bytes *hints; /* DER of certificates that may stand between; may be NULL */
	size_t hint_count;
	int64_t time; /* seconds at which each certificate of the path has to be valid, the anchor too */
	enum certificate_use use;
};

/* -EPERM and why there is no such path: a certificate that is not valid at that time, an
 * issuer that is no CA or may not sign certificates, a path that is too long, a critical
 * extension that nobody understands, a key or digest that is too weak (112 bits are
 * asked for), another use. The leaf is never its own authority. *ret_path, leaf first,
 * may be NULL; the caller frees it with sk_X509_pop_free(). */
int certificate_path_check(const struct certificate_path_question *question, STACK_OF(X509) **ret_path,
			   struct error **error);

/* For a verification with X509_V_FLAG_X509_STRICT: an X509_STORE_CTX_verify_cb that lets pass
 * what a path may lack. */
int certificate_path_tolerate(int valid, X509_STORE_CTX *context);

/* The first second at which a certificate of a path that was found is no longer valid. */
int64_t certificate_path_ends(const STACK_OF(X509) *path);

#endif
