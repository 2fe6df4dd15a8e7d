/* Keys, certificates and Notary Project signatures, made while a test runs. What goes wrong
 * in the making fails the test. */
#ifndef OCI_HARDEN_TESTS_NOTATION_SUPPORT_H
#define OCI_HARDEN_TESTS_NOTATION_SUPPORT_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "policy/tests/support.h"
#include "policy/trust/collect.h"
#include "policy/trust/digest.h"

#define NOTATION_NOW INT64_C(1795335910) /* 2026-11-22T08:25:10Z */
#define NOTATION_DAY INT64_C(86400)
#define NOTATION_IMAGE "sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define NOTATION_IMAGE_SIZE "559"

/* "P-256", "P-384", "P-521", "RSA-2048" …; each name has one key for the whole run. */
EVP_PKEY *notation_key(const char *name);
/* Another key of P-256 for each number. */
EVP_PKEY *notation_numbered_key(unsigned number);

/* What a certificate is made of; zero is what a good leaf has. */
struct certificate_recipe {
	const char *name;                  /* CN; the other attributes are C=US, ST=WA, O=Example */
	EVP_PKEY *key;                     /* P-256 */
	const char *key_usage;             /* "critical,digitalSignature"; "": none */
	const char *extended_key_usage;    /* none */
	const char *basic_constraints;     /* none */
	const char *name_constraints;      /* none */
	const char *alternative_name;      /* none */
	int64_t from, until;               /* a day before now, thirty days after */
	const EVP_MD *digest;              /* SHA-256 */
	bool legacy;                       /* version 1, without extensions */
};

#define AUTHORITY "critical,CA:TRUE"
#define SIGNS_CERTIFICATES "critical,keyCertSign,cRLSign"

/* `issuer` NULL: signs itself. The caller frees it. */
X509 *notation_certificate(const struct certificate_recipe *recipe, X509 *issuer, EVP_PKEY *issuer_key);

/* An envelope; NULL is what a good one has. */
struct envelope_recipe {
	const char *protected;   /* the whole header */
	const char *payload;
	const char *header;      /* more members of the unsigned one, with a comma before */
	const char *form;        /* printf: the text around, of payload, protected, header, signature */
	const char *payload_text, *protected_text, *signature_text; /* in place of what was encoded */
	EVP_PKEY *key;           /* notation_key("P-256") */
	const EVP_MD *digest;    /* the key's own */
	int salt;                /* of RSASSA-PSS; 0: as long as the digest */
	bool pkcs1;              /* RSASSA-PKCS1-v1_5 instead */
};

#define PROTECTED(alg, more)                                                                             \
	"{\"alg\":\"" alg "\",\"cty\":\"application/vnd.cncf.notary.payload.v1+json\","                  \
	"\"io.cncf.notary.signingScheme\":\"notary.x509\",\"io.cncf.notary.signingTime\":"               \
	"\"2026-11-22T08:25:10Z\"" more "}"
#define CRITICAL ",\"crit\":[\"io.cncf.notary.signingScheme\"]"
#define PAYLOAD(more)                                                                                    \
	"{\"targetArtifact\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" \
	NOTATION_IMAGE "\",\"size\":" NOTATION_IMAGE_SIZE more "}}"

/* The caller frees it. */
char *notation_envelope(const struct envelope_recipe *recipe, X509 *const *chain, size_t count);

/* What is collected from. */
struct notation_world {
	struct evidence evidence;
	json_t *settings; /* the signers: "partner", until they are changed */
	struct claims claims;
	int64_t now;
};

/* cmocka's: *state is a world with the image's manifest in it. */
int notation_setup(void **state);
int notation_teardown(void **state);

/* policy/trust/cases/notation/NAME; the caller frees it. */
char *notation_data(const char *name, size_t *ret_length);

/* Returns the digest, which is valid until the next but three calls. */
const char *notation_add_blob(struct notation_world *world, const void *data, size_t size);
/* The envelope and a manifest that carries it as `media_type` (NULL: JWS). */
void notation_add(struct notation_world *world, const char *envelope, const char *media_type);

/* A signer with these certificates as his trust store and "CN=NAME,O=Example,ST=WA,C=US" as
 * subject. `more`: further members with a comma before. */
void notation_trust(struct notation_world *world, const char *signer, X509 *const *store, size_t count,
		    const char *subject, const char *more);

/* Collects anew and counts the claims. */
size_t notation_collect(struct notation_world *world);
/* Fails the test where there is a claim, or no rejection has the words. */
void notation_rejects(struct notation_world *world, const char *words);

#endif
