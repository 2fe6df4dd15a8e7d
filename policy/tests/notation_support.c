#include "policy/tests/notation_support.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/base/text.h"

/* ---- keys ---- */

static EVP_PKEY *make_weak_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	EVP_PKEY *key = NULL;
	BIGNUM *exponent = BN_new();
	assert_int_equal(BN_set_word(exponent, 3), 1);
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
	assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, exponent), 1);
	assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
	BN_free(exponent);
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *make_key(const char *name)
{
	uint64_t bits = 0;
	if (strcmp(name, "RSA-2048, exponent 3") == 0)
		return make_weak_key();
	if (text_starts_with(name, "RSA-") && number_parse_uint64(name + strlen("RSA-"), &bits) == 0)
		return EVP_RSA_gen((unsigned)bits);
	return EVP_EC_gen(name);
}

static struct {
	char name[32];
	EVP_PKEY *key;
} keys[256];

EVP_PKEY *notation_key(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].key && strcmp(keys[i].name, name) == 0)
			return keys[i].key;
		if (keys[i].key)
			continue;
		(void)snprintf(keys[i].name, sizeof(keys[i].name), "%s", name);
		keys[i].key = make_key(name);
		assert_non_null(keys[i].key);
		return keys[i].key;
	}
	fail_msg("too many keys");
	return NULL;
}

EVP_PKEY *notation_numbered_key(unsigned number)
{
	static EVP_PKEY *numbered[16];
	assert_true(number < ARRAY_SIZE(numbered));
	if (!numbered[number])
		numbered[number] = make_key("P-256");
	assert_non_null(numbered[number]);
	return numbered[number];
}

static void __attribute__((destructor)) free_keys(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		EVP_PKEY_free(keys[i].key);
}

/* ---- certificates ---- */

static void add_extension(X509 *certificate, int type, const char *value)
{
	X509V3_CTX context;
	if (!value || !*value)
		return;
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, type, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void set_name(X509 *certificate, const char *common_name)
{
	const char *const attributes[][2] = {{"C", "US"}, {"ST", "WA"}, {"O", "Example"}, {"CN", common_name}};
	X509_NAME *name = X509_NAME_new();
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		assert_int_equal(X509_NAME_add_entry_by_txt(name, attributes[i][0], MBSTRING_UTF8,
							    (const unsigned char *)attributes[i][1], -1, -1, 0), 1);
	assert_int_equal(X509_set_subject_name(certificate, name), 1);
	X509_NAME_free(name);
}

X509 *notation_certificate(const struct certificate_recipe *recipe, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *certificate = X509_new();
	EVP_PKEY *key = recipe->key ? recipe->key : notation_key("P-256");
	assert_non_null(certificate);
	assert_int_equal(X509_set_version(certificate, recipe->legacy ? 0 : 2), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
	set_name(certificate, recipe->name ? recipe->name : "partner");
	X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate));
	ASN1_TIME_set(X509_getm_notBefore(certificate), recipe->from ? recipe->from : NOTATION_NOW - NOTATION_DAY);
	ASN1_TIME_set(X509_getm_notAfter(certificate), recipe->until ? recipe->until : NOTATION_NOW + 30 * NOTATION_DAY);
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	if (!recipe->legacy) {
		add_extension(certificate, NID_key_usage,
			      recipe->key_usage ? recipe->key_usage : "critical,digitalSignature");
		add_extension(certificate, NID_ext_key_usage, recipe->extended_key_usage);
		add_extension(certificate, NID_basic_constraints, recipe->basic_constraints);
		add_extension(certificate, NID_name_constraints, recipe->name_constraints);
		add_extension(certificate, NID_subject_alt_name, recipe->alternative_name);
	}
	assert_true(X509_sign(certificate, issuer_key ? issuer_key : key,
			      recipe->digest ? recipe->digest : EVP_sha256()) > 0);
	return certificate;
}

/* ---- envelopes ---- */

static char *encode(const void *data, size_t size, bool url)
{
	char *text = malloc(size / 3 * 4 + 5);
	assert_non_null(text);
	(void)EVP_EncodeBlock((unsigned char *)text, data, (int)size);
	for (char *at = text; url && *at; at++)
		*at = (char)(*at == '+' ? '-' : *at == '/' ? '_' : *at);
	if (url)
		text[strcspn(text, "=")] = '\0';
	return text;
}

static void to_plain_ecdsa(EVP_PKEY *key, unsigned char *signature, size_t *size)
{
	const unsigned char *at = signature;
	int length = (EVP_PKEY_get_bits(key) + 7) / 8;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)*size);
	assert_non_null(pair);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, length), length);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + length, length), length);
	*size = (size_t)length * 2;
	ECDSA_SIG_free(pair);
}

static const EVP_MD *digest_of_key(EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);
	if (bits == 384 || bits == 3072)
		return EVP_sha384();
	return bits == 521 || bits == 4096 ? EVP_sha512() : EVP_sha256();
}

static char *sign(const struct envelope_recipe *recipe, const char *input)
{
	EVP_PKEY *key = recipe->key ? recipe->key : notation_key("P-256");
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *of_key = NULL;
	unsigned char signature[1024];
	size_t size = sizeof(signature);
	assert_int_equal(EVP_DigestSignInit(context, &of_key, recipe->digest ? recipe->digest : digest_of_key(key), NULL,
					    key), 1);
	bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	if (rsa && !recipe->pkcs1) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, recipe->salt ? recipe->salt
										       : RSA_PSS_SALTLEN_DIGEST), 1);
	}
	assert_int_equal(EVP_DigestSign(context, signature, &size, (const unsigned char *)input, strlen(input)), 1);
	EVP_MD_CTX_free(context);
	if (!rsa)
		to_plain_ecdsa(key, signature, &size);
	return encode(signature, size, true);
}

char *notation_envelope(const struct envelope_recipe *recipe, X509 *const *chain, size_t count)
{
	const char *protected = recipe->protected ? recipe->protected : PROTECTED("ES256", CRITICAL);
	const char *payload = recipe->payload ? recipe->payload : PAYLOAD("");
	cleanup_free char *encoded_protected = recipe->protected_text ? strdup(recipe->protected_text)
								      : encode(protected, strlen(protected), true);
	cleanup_free char *encoded_payload = recipe->payload_text ? strdup(recipe->payload_text)
								  : encode(payload, strlen(payload), true);
	cleanup_free char *input = NULL, *header = NULL;
	char *envelope = NULL;
	assert_true(asprintf(&input, "%s.%s", encoded_protected, encoded_payload) > 0);
	cleanup_free char *signature = recipe->signature_text ? strdup(recipe->signature_text) : sign(recipe, input);
	struct text text = {0};
	text_append(&text, "{\"x5c\":[");
	for (size_t i = 0; i < count; i++) {
		unsigned char *der = NULL;
		int size = i2d_X509(chain[i], &der);
		cleanup_free char *encoded = encode(der, (size_t)size, false);
		text_append_format(&text, "%s\"%s\"", i > 0 ? "," : "", encoded);
		OPENSSL_free(der);
	}
	text_append_format(&text, "]%s}", recipe->header ? recipe->header : "");
	header = text_finish(&text);
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"")
	assert_true(asprintf(&envelope, recipe->form ? recipe->form
						     : "{\"payload\":\"%s\",\"protected\":\"%s\",\"header\":%s,\"signature\":\"%s\"}",
			     encoded_payload, encoded_protected, header, signature) > 0);
	_Pragma("GCC diagnostic pop")
	return envelope;
}

/* ---- what is collected from ---- */

char *notation_data(const char *name, size_t *ret_length)
{
	char path[256];
	char *data = NULL;
	(void)snprintf(path, sizeof(path), "policy/trust/cases/notation/%s", name);
	assert_int_equal(file_read(path, EVIDENCE_BLOB_SIZE, &data, ret_length, NULL), 0);
	return data;
}

int notation_setup(void **state)
{
	struct notation_world *world = calloc(1, sizeof(*world));
	size_t length = 0;
	cleanup_free char *image = notation_data("image.json", &length);
	world->settings = json_object();
	world->now = NOTATION_NOW;
	assert_string_equal(notation_add_blob(world, image, length), NOTATION_IMAGE);
	*state = world;
	return 0;
}

int notation_teardown(void **state)
{
	struct notation_world *world = *state;
	evidence_release(&world->evidence);
	claims_release(&world->claims);
	json_decref(world->settings);
	free(world);
	return 0;
}

const char *notation_add_blob(struct notation_world *world, const void *data, size_t size)
{
	static char digests[4][DIGEST_LENGTH + 1];
	static unsigned next;
	char *digest = digests[next++ % ARRAY_SIZE(digests)];
	uint8_t *copy = malloc(size + 1);
	assert_non_null(copy);
	memcpy(copy, data, size);
	copy[size] = '\0';
	digest_of(data, size, digest);
	assert_int_equal(evidence_add(&world->evidence, digest, copy, size), 0);
	return digest;
}

void notation_add(struct notation_world *world, const char *envelope, const char *media_type)
{
	cleanup_free char *manifest = NULL;
	assert_true(asprintf(&manifest,
			     "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
			     "\"config\":{\"mediaType\":\"application/vnd.cncf.notary.signature\",\"digest\":\"sha256:"
			     "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2},\"layers\":[{"
			     "\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu}],\"subject\":{\"mediaType\":"
			     "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\",\"size\":559}}",
			     media_type ? media_type : "application/jose+json",
			     notation_add_blob(world, envelope, strlen(envelope)), strlen(envelope), NOTATION_IMAGE) > 0);
	(void)notation_add_blob(world, manifest, strlen(manifest));
}

void notation_trust(struct notation_world *world, const char *signer, X509 *const *store, size_t count,
		    const char *subject, const char *more)
{
	BIO *memory = BIO_new(BIO_s_mem());
	for (size_t i = 0; i < count; i++)
		assert_int_equal(PEM_write_bio_X509(memory, store[i]), 1);
	char *pem = NULL;
	long size = BIO_get_mem_data(memory, &pem);
	cleanup_free char *text = NULL;
	assert_true(asprintf(&text, "{\"\":null%s}", more ? more : "") > 0);
	json_t *settings = parse_document(text, DOCUMENT_PLAIN);
	cleanup_json json_t *usual =
		parse_document("{\"kind\":\"notation\",\"valid-from\":null,\"valid-until\":null}", DOCUMENT_PLAIN);
	json_object_update_missing(settings, usual);
	json_object_set_new(settings, "authorities", json_stringn(pem, (size_t)size));
	json_object_set_new(settings, "subject", json_string(subject ? subject : "CN=partner,O=Example,ST=WA,C=US"));
	json_object_set_new(world->settings, signer, settings);
	BIO_free(memory);
}

size_t notation_collect(struct notation_world *world)
{
	cleanup_signers struct signers signers = {0};
	cleanup_error struct error *error = NULL;
	const char *const subjects[] = {NOTATION_IMAGE};
	if (signers_load(world->settings, &signers, &error) < 0)
		fail_msg("%s", error_message(error));
	const struct collection collection = {
		.evidence = &world->evidence, .signers = &signers, .subjects = subjects, .subject_count = 1, .now = world->now};
	claims_release(&world->claims);
	assert_int_equal(collect_notation(&collection, &world->claims, NULL), 0);
	return world->claims.count;
}

void notation_rejects(struct notation_world *world, const char *words)
{
	if (notation_collect(world) > 0)
		fail_msg("it counts, expected: %s", words);
	const char *last = "nothing";
	for (size_t i = 0; i < json_array_size(world->claims.rejections); i++) {
		last = json_string_value(json_object_get(json_array_get(world->claims.rejections, i), "why"));
		if (strstr(last, words))
			return;
	}
	fail_msg("expected: %s\nbut: %s", words, last);
}
