#include "policy/trust/public_key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/objects.h>

#include "policy/base/cleanup.h"
#include "policy/trust/der.h"
#include "policy/trust/key_algorithm.h"
#include "policy/trust/pem.h"

struct public_key {
	const struct key_algorithm *algorithm;
	void *handle; /* owned */
	uint8_t id[SHA256_SIZE];
};

/* Object identifiers with their parameters. */
#define EC_PUBLIC_KEY "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define P256 EC_PUBLIC_KEY "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define P384 EC_PUBLIC_KEY "\x06\x05\x2b\x81\x04\x00\x22"
#define P521 EC_PUBLIC_KEY "\x06\x05\x2b\x81\x04\x00\x23"
#define SECP256K1 EC_PUBLIC_KEY "\x06\x05\x2b\x81\x04\x00\x0a"
#define EXPLICIT_CURVE EC_PUBLIC_KEY "\x30"
#define RSA_ENCRYPTION "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define RSA_PSS "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define RSA_OAEP "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07"
#define DSA "\x06\x07\x2a\x86\x48\xce\x38\x04\x01"
#define X25519_KEY "\x06\x03\x2b\x65\x6e"
#define X448_KEY "\x06\x03\x2b\x65\x6f"
#define ED25519_KEY "\x06\x03\x2b\x65\x70"
#define ED448_KEY "\x06\x03\x2b\x65\x71"

#define IDENTIFIER(text) (const uint8_t *)(text), sizeof(text) - 1
#define ECDSA .read = ecdsa_read, .verify = ecdsa_verify, .release = ecdsa_release
#define RSA .read = rsa_read, .verify = rsa_verify, .release = rsa_release
#define ED25519 .read = ed25519_read, .verify = ed25519_verify, .release = ed25519_release

static const struct key_algorithm algorithms[] = {
	{"ECDSA P-256", IDENTIFIER(P256), NID_X9_62_prime256v1, 32, MESSAGE_SHA256, ECDSA},
	{"ECDSA P-384", IDENTIFIER(P384), NID_secp384r1, 48, MESSAGE_SHA384, ECDSA},
	{"ECDSA P-521", IDENTIFIER(P521), NID_secp521r1, 66, MESSAGE_SHA512, ECDSA},
	{"RSA", IDENTIFIER(RSA_ENCRYPTION), 0, 0, MESSAGE_SHA256, RSA},
	{"Ed25519", IDENTIFIER(ED25519_KEY), 0, 0, MESSAGE_SHA512, ED25519},
};

/* What else there is, for the message alone; by how it begins, the longer one first. */
static const struct {
	const char *name;
	const uint8_t *identifier;
	size_t identifier_size;
} refused[] = {
	{"ECDSA secp256k1", IDENTIFIER(SECP256K1)},
	{"ECDSA with explicit curve parameters", IDENTIFIER(EXPLICIT_CURVE)},
	{"ECDSA on another curve", IDENTIFIER(EC_PUBLIC_KEY)},
	{"RSA-PSS", IDENTIFIER(RSA_PSS)},
	{"RSA-OAEP", IDENTIFIER(RSA_OAEP)},
	{"DSA", IDENTIFIER(DSA)},
	{"Ed448", IDENTIFIER(ED448_KEY)},
	{"X25519", IDENTIFIER(X25519_KEY)},
	{"X448", IDENTIFIER(X448_KEY)},
};

static const struct key_algorithm *find_algorithm(struct bytes identifier)
{
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (algorithms[i].identifier_size == identifier.size &&
		    memcmp(algorithms[i].identifier, identifier.data, identifier.size) == 0)
			return &algorithms[i];
	return NULL;
}

static int refuse_algorithm(struct bytes identifier, struct error **error)
{
	const char *name = "an algorithm that is not known";
	for (size_t i = ARRAY_SIZE(refused); i-- > 0;)
		if (refused[i].identifier_size <= identifier.size &&
		    memcmp(refused[i].identifier, identifier.data, refused[i].identifier_size) == 0)
			name = refused[i].name;
	return error_set(error, EINVAL, "the public key is for %s, which is not accepted; use ECDSA P-256, P-384 or "
					"P-521, RSA of 2048 to 4096 bits, or Ed25519", name);
}

static int read_contents(struct bytes spki, struct public_key *key, struct error **error)
{
	struct bytes rest = spki, outer = {0}, identifier = {0}, bits = {0};
	if (!der_take(&rest, DER_SEQUENCE, &outer) || rest.size > 0 || !der_take(&outer, DER_SEQUENCE, &identifier) ||
	    !der_take_bits(&outer, &bits) || outer.size > 0)
		return error_set(error, EINVAL, "the public key is not a SubjectPublicKeyInfo in DER");
	key->algorithm = find_algorithm(identifier);
	if (!key->algorithm)
		return refuse_algorithm(identifier, error);
	sha256(spki.data, spki.size, key->id);
	return key->algorithm->read(key->algorithm, bits, &key->handle, error);
}

int public_key_read(struct bytes spki, struct public_key **ret_key, struct error **error)
{
	/* before libcrypto would read a configuration by itself */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return error_out_of_memory(error);
	cleanup_public_key struct public_key *key = calloc(1, sizeof(*key));
	if (!key)
		return error_out_of_memory(error);
	int result = read_contents(spki, key, error);
	if (result == 0)
		*ret_key = take_pointer(key);
	return result;
}

/* What people take for a public key in PEM, by a part of its text, and the way out. */
static const struct {
	const char *part, *why;
} other_texts[] = {
	{"PRIVATE KEY-----", "this is a private key, which nobody else may have; write its public part with openssl pkey "
			     "-pubout, or cosign public-key"},
	{"BEGIN CERTIFICATE-----", "this is a certificate; write the key in it with openssl x509 -pubkey -noout, or name "
				   "its authority instead of a key"},
	{"BEGIN RSA PUBLIC KEY-----", "this is an RSA key in PKCS #1; write it anew with openssl rsa -RSAPublicKey_in "
				      "-pubout"},
	{"BEGIN PGP PUBLIC KEY", "this is a key of OpenPGP, whose signatures are not verified; sign with cosign"},
	{"ssh-", "this is a key of SSH; write it anew with ssh-keygen -e -m PKCS8"},
	{"\r", "the public key has carriage returns at the ends of its lines; take them out"},
};

int public_key_read_pem(const char *pem, struct public_key **ret_key, struct error **error)
{
	cleanup_material_memory struct material_memory memory = {0};
	const struct bytes *blocks = NULL;
	size_t count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(other_texts); i++)
		if (strstr(pem, other_texts[i].part))
			return error_set(error, EINVAL, "%s", other_texts[i].why);
	int result = pem_read(pem, "PUBLIC KEY", "the public key", &memory, &blocks, &count, error);
	if (result < 0)
		return result;
	if (count != 1)
		return error_set(error, EINVAL, "the public key is %zu PEM blocks; each key stands by itself", count);
	return public_key_read(blocks[0], ret_key, error);
}

void public_key_free(struct public_key *key)
{
	if (key && key->handle)
		key->algorithm->release(key->handle);
	free(key);
}

const char *public_key_algorithm(const struct public_key *key)
{
	return key->algorithm->name;
}

const uint8_t *public_key_id(const struct public_key *key)
{
	return key->id;
}

int public_key_verify(const struct public_key *key, enum signature_rules rules, struct bytes message,
		      struct bytes signature, struct error **error)
{
	if (rules != SIGNATURE_CLASSIC && rules != SIGNATURE_BUNDLE)
		return error_set(error, EPERM, "nothing says by which rules the signature was made");
	return key->algorithm->verify(key->algorithm, key->handle, rules, message, signature, error);
}
