/* Public keys: which are taken, by what name the others are refused, and that nothing but
 * the signed bytes verifies. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "policy/tests/signing_support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/signature_check.h"

/* The SubjectPublicKeyInfo; the caller frees it with OPENSSL_free(). */
static struct bytes der_of(EVP_PKEY *key, unsigned char **ret_der)
{
	*ret_der = NULL;
	int size = i2d_PUBKEY(key, ret_der);
	assert_true(size > 0);
	return (struct bytes){*ret_der, (size_t)size};
}

static void assert_not_read(struct bytes spki, const char *why)
{
	struct public_key *key = NULL;
	cleanup_error struct error *error = NULL;
	assert_int_equal(public_key_read(spki, &key, &error), -EINVAL);
	assert_null(key);
	if (!strstr(error_message(error), why))
		fail_msg("\"%s\" is not in \"%s\"", why, error_message(error));
}

static void refuse_key(EVP_PKEY *key, const char *why)
{
	unsigned char *der = NULL;
	struct bytes spki = der_of(key, &der);
	assert_not_read(spki, why);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

static void keeps_its_promises_of_kept_keys(void **state)
{
	(void)state;
	static const struct {
		const char *file, *algorithm;
	} rows[] = {
		{"keytypes/p256-31.pub", "ECDSA P-256"}, {"keytypes/p384-31.pub", "ECDSA P-384"},
		{"keytypes/p521-31.pub", "ECDSA P-521"}, {"keytypes/rsa2048-31.pub", "RSA"},
		{"keytypes/rsa3072-31.pub", "RSA"},      {"keytypes/rsa4096-31.pub", "RSA"},
		{"keytypes/ed25519-31.pub", "Ed25519"},  {"cosign25-key/cosign.pub", "ECDSA P-256"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_public_key struct public_key *key = kept_key(rows[i].file);
		assert_string_equal(public_key_algorithm(key), rows[i].algorithm);
	}
}

static void verifies_what_cosign_signed(void **state)
{
	(void)state;
	static const char *const rows[] = {"p256", "p384", "p521", "rsa2048", "rsa3072", "rsa4096", "ed25519"};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[64];
		size_t message_size = 0, size = 0;
		(void)snprintf(name, sizeof(name), "keytypes/%s-31.pub", rows[i]);
		cleanup_public_key struct public_key *key = kept_key(name);
		(void)snprintf(name, sizeof(name), "keytypes/classic-%s.payload", rows[i]);
		cleanup_free char *message = kept(name, &message_size);
		(void)snprintf(name, sizeof(name), "keytypes/classic-%s.sig", rows[i]);
		cleanup_free char *signature = kept(name, &size);
		const struct bytes covered = {(uint8_t *)message, message_size}, made = {(uint8_t *)signature, size};
		assert_int_equal(public_key_verify(key, SIGNATURE_CLASSIC, covered, made, NULL), 0);
		for (size_t j = 0; j < message_size; j++) {
			message[j] ^= 1;
			assert_int_equal(public_key_verify(key, SIGNATURE_CLASSIC, covered, made, NULL), -EPERM);
			message[j] ^= 1;
		}
	}
}

static const char message_text[] = "what is signed";
static const struct bytes message = {(const uint8_t *)message_text, sizeof(message_text)};

/* Each kind of key, under both rules, with each digest: only the rules' own verifies. */
static void the_rules_name_the_digest(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *classic, *bundle;
	} rows[] = {
		{"P-256", "SHA256", "SHA256"}, {"P-384", "SHA256", "SHA384"}, {"P-521", "SHA256", "SHA512"},
		{"RSA", "SHA256", "SHA256"},
	};
	static const char *const digests[] = {"SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3-256"};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		EVP_PKEY *pair = make_key(rows[i].kind);
		cleanup_public_key struct public_key *key = public_part(pair);
		for (size_t j = 0; j < ARRAY_SIZE(digests); j++) {
			size_t size = 0;
			cleanup_free uint8_t *made = sign(pair, digests[j], message.data, message.size, &size);
			const struct bytes signature = {made, size};
			assert_int_equal(public_key_verify(key, SIGNATURE_CLASSIC, message, signature, NULL),
					 strcmp(digests[j], rows[i].classic) == 0 ? 0 : -EPERM);
			assert_int_equal(public_key_verify(key, SIGNATURE_BUNDLE, message, signature, NULL),
					 strcmp(digests[j], rows[i].bundle) == 0 ? 0 : -EPERM);
			assert_int_equal(public_key_verify(key, SIGNATURE_RULES_NONE, message, signature, NULL), -EPERM);
		}
		EVP_PKEY_free(pair);
	}
}

/* Pure Ed25519 is never taken for Ed25519ph, whether this libcrypto knows that or not. */
static void ed25519_is_pure_in_classic_signatures_alone(void **state)
{
	(void)state;
	EVP_PKEY *pair = make_key("Ed25519");
	cleanup_public_key struct public_key *key = public_part(pair);
	cleanup_error struct error *error = NULL;
	size_t size = 0;
	cleanup_free uint8_t *made = sign(pair, NULL, message.data, message.size, &size);
	const struct bytes signature = {made, size}, shorter = {made, size - 1};
	assert_int_equal(public_key_verify(key, SIGNATURE_CLASSIC, message, signature, NULL), 0);
	assert_int_equal(public_key_verify(key, SIGNATURE_BUNDLE, message, signature, &error), -EPERM);
	assert_non_null(strstr(error_message(error), "Ed25519"));
	if (OpenSSL_version_num() < 0x30200000L)
		assert_non_null(strstr(error_message(error), "3.2"));
	assert_int_equal(public_key_verify(key, SIGNATURE_CLASSIC, message, shorter, NULL), -EPERM);
	for (size_t i = 0; i < size * 8; i++) {
		made[i / 8] ^= (uint8_t)(1 << (i % 8));
		assert_int_equal(public_key_verify(key, SIGNATURE_CLASSIC, message, signature, NULL), -EPERM);
		made[i / 8] ^= (uint8_t)(1 << (i % 8));
	}
	EVP_PKEY_free(pair);
}

static EVP_PKEY *rsa_of(const char *modulus, unsigned long exponent)
{
	RSA *rsa = RSA_new();
	BIGNUM *n = NULL, *e = BN_new();
	assert_true(BN_hex2bn(&n, modulus) > 0);
	assert_int_equal(BN_set_word(e, exponent), 1);
	assert_int_equal(RSA_set0_key(rsa, n, e, NULL), 1);
	EVP_PKEY *key = EVP_PKEY_new();
	assert_int_equal(EVP_PKEY_assign_RSA(key, rsa), 1);
	return key;
}

/* A number of so many bits; no product of primes, but only its shape is judged. */
static EVP_PKEY *rsa_of_bits(size_t bits, char last_digit, unsigned long exponent)
{
	cleanup_text struct text digits = {0};
	for (size_t i = 0; i < bits / 4; i++)
		text_append(&digits, i == bits / 4 - 1 ? (char[]){last_digit, '\0'} : "c");
	cleanup_free char *modulus = text_finish(&digits);
	return rsa_of(modulus, exponent);
}

/* With whatever size and curve libcrypto has for it. */
static EVP_PKEY *generate(const char *algorithm)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

static void refuses_odd_rsa_keys(void **state)
{
	(void)state;
	refuse_key(EVP_RSA_gen(1024), "has 1024 bits");
	refuse_key(rsa_of_bits(2040, 'd', 65537), "has 2040 bits");
	refuse_key(rsa_of_bits(4104, 'd', 65537), "more than 4096 bits");
	refuse_key(rsa_of_bits(16384, 'd', 65537), "more than 4096 bits");
	refuse_key(rsa_of_bits(2048, 'c', 65537), "or is none");
	refuse_key(rsa_of_bits(2048, 'd', 1), "exponent");
	refuse_key(rsa_of_bits(2048, 'd', 3), "exponent");
	refuse_key(rsa_of_bits(2048, 'd', 65538), "exponent");
	refuse_key(rsa_of_bits(2048, 'd', 0x100000001), "exponent");
	refuse_key(generate("RSA-PSS"), "RSA-PSS");
	for (size_t bits = 2048; bits <= 4096; bits += 1024) {
		EVP_PKEY *made = rsa_of_bits(bits, 'd', 65537);
		cleanup_public_key struct public_key *key = public_part(made);
		EVP_PKEY_free(made);
	}
}

static EVP_PKEY *explicit_curve(void)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1), 1);
	assert_int_equal(EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_EXPLICIT_CURVE), 1);
	assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

static void refuses_other_curves_and_keys(void **state)
{
	(void)state;
	refuse_key(EVP_EC_gen("secp256k1"), "secp256k1");
	refuse_key(EVP_EC_gen("P-224"), "another curve");
	refuse_key(EVP_EC_gen("brainpoolP256r1"), "another curve");
	refuse_key(explicit_curve(), "explicit curve parameters");
	refuse_key(generate("ED448"), "Ed448");
	refuse_key(generate("X25519"), "X25519");
	refuse_key(generate("X448"), "X448");
	EVP_PKEY *compressed = make_key("P-256");
	assert_int_equal(EVP_PKEY_set_utf8_string_param(compressed, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
							"compressed"), 1);
	refuse_key(compressed, "uncompressed point");
}

/* Neither infinity, by which everything would be signed, nor a point beside the curve, in
 * a group that could be small. */
static void refuses_points_that_are_no_keys(void **state)
{
	(void)state;
	static const uint8_t infinity[] = {
		0x30, 0x19, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
		0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x02, 0x00, 0x00,
	};
	assert_not_read((struct bytes){infinity, sizeof(infinity)}, "point at infinity");
	static const char *const kinds[] = {"P-256", "P-384", "P-521"};
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		EVP_PKEY *pair = make_key(kinds[i]);
		unsigned char *der = NULL;
		struct bytes spki = der_of(pair, &der);
		der[spki.size - 1] ^= 1;
		assert_not_read(spki, "not a point of its curve");
		OPENSSL_free(der);
		EVP_PKEY_free(pair);
	}
}

/* Each bit of a key counts: with any of them changed it is refused, or another key. */
static void no_bit_of_a_key_is_free(void **state)
{
	(void)state;
	static const char *const kinds[] = {"P-256", "P-521", "RSA", "Ed25519"};
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		EVP_PKEY *pair = make_key(kinds[i]);
		unsigned char *der = NULL;
		struct bytes spki = der_of(pair, &der);
		size_t size = 0;
		cleanup_free uint8_t *made =
			sign(pair, i == 3 ? NULL : "SHA256", message.data, message.size, &size);
		for (size_t bit = 0; bit < spki.size * 8; bit++) {
			cleanup_public_key struct public_key *key = NULL;
			der[bit / 8] ^= (unsigned char)(1 << (bit % 8));
			int result = public_key_read(spki, &key, NULL);
			if (result == 0)
				result = public_key_verify(key, SIGNATURE_CLASSIC, message, (struct bytes){made, size}, NULL);
			if (result == 0)
				fail_msg("bit %zu of a %s key can be changed", bit, kinds[i]);
			der[bit / 8] ^= (unsigned char)(1 << (bit % 8));
		}
		for (size_t length = 0; length < spki.size; length++) {
			struct public_key *key = NULL;
			/* of its own, so that a byte beyond is seen */
			cleanup_free uint8_t *part = malloc(length ? length : 1);
			memcpy(part, der, length);
			assert_int_equal(public_key_read((struct bytes){part, length}, &key, NULL), -EINVAL);
		}
		OPENSSL_free(der);
		EVP_PKEY_free(pair);
	}
}

static void an_ecdsa_signature_has_one_encoding(void **state)
{
	(void)state;
	EVP_PKEY *pair = make_key("P-256");
	cleanup_public_key struct public_key *key = public_part(pair);
	size_t size = 0;
	cleanup_free uint8_t *made = NULL;
	/* one that begins with an integer of 32 bytes, for the rows below */
	do {
		free(made);
		made = sign(pair, "SHA256", message.data, message.size, &size);
	} while (size != 70 || made[3] != 32);
	const struct bytes signature = {made, size};
	assert_int_equal(public_key_verify(key, SIGNATURE_CLASSIC, message, signature, NULL), 0);
	for (size_t bit = 0; bit < size * 8; bit++) {
		made[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		if (public_key_verify(key, SIGNATURE_CLASSIC, message, signature, NULL) != -EPERM)
			fail_msg("bit %zu of a signature can be changed", bit);
		made[bit / 8] ^= (uint8_t)(1 << (bit % 8));
	}
	for (size_t length = 0; length < size; length++) {
		cleanup_free uint8_t *part = malloc(length ? length : 1);
		memcpy(part, made, length);
		assert_int_equal(public_key_verify(key, SIGNATURE_CLASSIC, message, (struct bytes){part, length}, NULL),
				 -EPERM);
	}
	/* the same numbers written in other ways: BER and what lenient readers let pass */
	static const struct {
		const char *what;
		uint8_t start[7];
		size_t start_size, skip;
	} rows[] = {
		{"a length of two bytes", {0x30, 0x81, 70 - 2}, 3, 2},
		{"a length of three bytes", {0x30, 0x82, 0, 70 - 2}, 4, 2},
		{"an integer with a needless zero", {0x30, 70 - 1, 0x02, 33, 0x00}, 5, 4},
		{"an integer's length of two bytes", {0x30, 70 - 1, 0x02, 0x81, 32}, 5, 4},
		{"an indefinite length", {0x30, 0x80}, 2, 2},
		{"a set", {0x31, 70 - 2}, 2, 2},
		{"a byte behind", {0x30, 70 - 2}, 2, 2},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t other[80] = {0};
		memcpy(other, rows[i].start, rows[i].start_size);
		memcpy(other + rows[i].start_size, made + rows[i].skip, size - rows[i].skip);
		size_t length = rows[i].start_size + size - rows[i].skip + (rows[i].start[1] == 0x80 ? 2 : 0);
		length += strcmp(rows[i].what, "a byte behind") == 0;
		if (public_key_verify(key, SIGNATURE_CLASSIC, message, (struct bytes){other, length}, NULL) != -EPERM)
			fail_msg("a signature with %s is accepted", rows[i].what);
	}
	EVP_PKEY_free(pair);
}

static void signatures_of_special_numbers_are_none(void **state)
{
	(void)state;
	cleanup_public_key struct public_key *key = kept_key("keytypes/p256-31.pub");
	static const struct {
		uint8_t data[16];
		size_t size;
	} rows[] = {
		{{0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00}, 8}, /* 0, 0: CVE-2022-21449 */
		{{0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00}, 8},
		{{0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01}, 8},
		{{0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01}, 8},
		{{0x30, 0x06, 0x02, 0x01, 0x81, 0x02, 0x01, 0x01}, 8}, /* negative */
		{{0x30, 0x04, 0x02, 0x00, 0x02, 0x00}, 6},
		{{0x30, 0x00}, 2},
		{{0x00}, 1},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(public_key_verify(key, SIGNATURE_CLASSIC, message,
						   (struct bytes){rows[i].data, rows[i].size}, NULL), -EPERM);
}

static void refuse_pem(const char *before, const char *pem, const char *behind, const char *why)
{
	cleanup_text struct text text = {0};
	text_append(&text, before);
	text_append(&text, pem);
	text_append(&text, behind);
	cleanup_free char *whole = text_finish(&text);
	struct public_key *key = NULL;
	cleanup_error struct error *error = NULL;
	assert_int_equal(public_key_read_pem(whole, &key, &error), -EINVAL);
	assert_null(key);
	if (!strstr(error_message(error), why))
		fail_msg("\"%s\" is not in \"%s\"", why, error_message(error));
}

static void pem_is_one_block(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_free char *pem = kept("keytypes/p256-31.pub", &size);
	static const char *const behind[] = {"\n", " ", "x", "-----BEGIN", "-----END PUBLIC KEY-----\n", "# key\n"};
	for (size_t i = 0; i < ARRAY_SIZE(behind); i++) {
		refuse_pem("", pem, behind[i], "not PEM");
		refuse_pem(behind[i], pem, "", "not PEM");
	}
	refuse_pem("", pem, pem, "2 PEM blocks");
	refuse_pem("", "", "", "not PEM");
	refuse_pem("-----BEGIN PUBLIC KEY-----\n", "", "-----END PUBLIC KEY-----\n", "base64");
	refuse_pem("-----BEGIN PRIVACY-ENHANCED MESSAGE-----\nAAAA\n", "", "-----END PRIVACY-ENHANCED MESSAGE-----\n",
		   "not PEM");
	refuse_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n", "", "-----END CERTIFICATE-----\n", "not PEM");
	refuse_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n", "", "-----END PUBLIC KEY-----\n", "SubjectPublicKeyInfo");
	refuse_pem("-----BEGIN PUBLIC KEY-----\nProc-Type: 4\n\nAAAA\n", "", "-----END PUBLIC KEY-----\n", "not PEM");
	refuse_pem("-----BEGIN PUBLIC KEY-----\nAAAA", "", "-----END PUBLIC KEY-----\n", "not PEM");
	for (size_t length = 0; length + 1 < size; length++) {
		struct public_key *key = NULL;
		cleanup_free char *part = strndup(pem, length);
		assert_int_equal(public_key_read_pem(part, &key, NULL), -EINVAL);
	}
}

static void other_texts_are_told_by_name(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_free char *pem = kept("keytypes/p256-31.pub", &size);
	refuse_pem("", pem, "\r\n", "carriage returns");
	refuse_pem("-----BEGIN CERTIFICATE-----\nAAAA\n", "", "-----END CERTIFICATE-----\n", "openssl x509 -pubkey");
	refuse_pem("-----BEGIN RSA PUBLIC KEY-----\nAAAA\n", "", "-----END RSA PUBLIC KEY-----\n", "-RSAPublicKey_in");
	refuse_pem("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n", "", "-----END PGP PUBLIC KEY BLOCK-----\n", "OpenPGP");
	refuse_pem("ssh-ed25519 AAAA me@host\n", "", "", "ssh-keygen");
	/* put together, so that nothing takes this file for one that has a private key in it */
	refuse_pem("-----BEGIN PRIVATE ", "KEY-----\nAAAA\n", "-----END PRIVATE KEY-----\n", "private key");
	refuse_pem("-----BEGIN ENCRYPTED SIGSTORE PRIVATE ", "KEY-----\nAAAA\n", "", "private key");
}

/* One of several keys is enough; none is not. */
static void a_signer_may_have_several_keys(void **state)
{
	(void)state;
	EVP_PKEY *pair = make_key("P-256");
	struct public_key *keys[] = {kept_key("keytypes/rsa2048-31.pub"), public_part(pair)};
	size_t size = 0;
	cleanup_free uint8_t *made = sign(pair, "SHA256", message.data, message.size, &size);
	const struct signed_material material = {
		.rules = SIGNATURE_CLASSIC, .message = message, .signature = {made, size},
	};
	struct signer signer = {.name = "release", .kind = SIGNER_KEY, .keys = keys, .key_count = 2};
	cleanup_json json_t *proof = json_array();
	struct signature_answer time = {.signed_at = 7};
	assert_int_equal(signature_check_key(&signer, &material, 1, &time, proof, NULL), 0);
	assert_int_equal(time.signed_at, 0);
	assert_int_equal(json_array_size(proof), 1);
	assert_non_null(strstr(json_string_value(json_array_get(proof, 0)), "ECDSA P-256 key sha256:"));
	for (signer.key_count = 0; signer.key_count < 2; signer.key_count++) {
		cleanup_error struct error *error = NULL;
		assert_int_equal(signature_check_key(&signer, &material, 1, &time, proof, &error), -EPERM);
		assert_non_null(error);
	}
	assert_int_equal(json_array_size(proof), 1);
	public_key_free(keys[0]);
	public_key_free(keys[1]);
	EVP_PKEY_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_its_promises_of_kept_keys),
		cmocka_unit_test(verifies_what_cosign_signed),
		cmocka_unit_test(the_rules_name_the_digest),
		cmocka_unit_test(ed25519_is_pure_in_classic_signatures_alone),
		cmocka_unit_test(refuses_odd_rsa_keys),
		cmocka_unit_test(refuses_other_curves_and_keys),
		cmocka_unit_test(refuses_points_that_are_no_keys),
		cmocka_unit_test(no_bit_of_a_key_is_free),
		cmocka_unit_test(an_ecdsa_signature_has_one_encoding),
		cmocka_unit_test(signatures_of_special_numbers_are_none),
		cmocka_unit_test(pem_is_one_block),
		cmocka_unit_test(other_texts_are_told_by_name),
		cmocka_unit_test(a_signer_may_have_several_keys),
	};
	return cmocka_run_group_tests_name("public_key", tests, NULL, NULL);
}
