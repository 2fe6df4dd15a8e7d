#include "policy/trust/log_key.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"

/* The kinds that logs are known to have. The others that the enumeration names (RSA-PSS,
 * the deprecated PKCS#1 encodings, LMS, ML-DSA) verify nothing here. */
static const struct {
	const char *details;
	int type, bits;
	const char *group;
	const char *digest;
} kinds[] = {
	{"PKIX_ECDSA_P256_SHA_256", EVP_PKEY_EC, 256, "prime256v1", "SHA256"},
	{"PKIX_ECDSA_P384_SHA_384", EVP_PKEY_EC, 384, "secp384r1", "SHA384"},
	{"PKIX_ECDSA_P521_SHA_512", EVP_PKEY_EC, 521, "secp521r1", "SHA512"},
	{"PKIX_ED25519", EVP_PKEY_ED25519, 256, NULL, NULL},
	{"PKIX_RSA_PKCS1V15_2048_SHA256", EVP_PKEY_RSA, 2048, NULL, "SHA256"},
	{"PKIX_RSA_PKCS1V15_3072_SHA256", EVP_PKEY_RSA, 3072, NULL, "SHA256"},
	{"PKIX_RSA_PKCS1V15_4096_SHA256", EVP_PKEY_RSA, 4096, NULL, "SHA256"},
};

bool period_has(const struct period *period, int64_t time)
{
	return time >= period->start && time <= period->end;
}

static bool is_of_kind(const EVP_PKEY *key, size_t kind)
{
	if (EVP_PKEY_get_base_id(key) != kinds[kind].type)
		return false;
	/* libcrypto counts the bits of a scalar, which for Ed25519 are 253 to 256 by version */
	if (kinds[kind].type == EVP_PKEY_ED25519)
		return true;
	char group[32] = "";
	size_t length = 0;
	if (kinds[kind].group && (EVP_PKEY_get_group_name(key, group, sizeof(group), &length) != 1 ||
				  strcmp(group, kinds[kind].group) != 0))
		return false;
	return EVP_PKEY_get_bits(key) == kinds[kind].bits;
}

int log_key_read(const struct bytes *raw, const char *details, struct log_key *ret_key, struct error **error)
{
	struct log_key key = {0};
	/* before libcrypto would read a configuration by itself */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return error_out_of_memory(error);
	if (strlen(details) >= sizeof(key.details) || strspn(details, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
	    strlen(details))
		return error_set(error, EINVAL, "\"keyDetails\" of a log's key is no name of a kind of key");
	memcpy(key.details, details, strlen(details));
	sha256(raw->data, raw->size, key.spki);
	size_t kind = 0;
	while (kind < ARRAY_SIZE(kinds) && strcmp(kinds[kind].details, details) != 0)
		kind++;
	if (kind < ARRAY_SIZE(kinds)) {
		const unsigned char *at = raw->data;
		key.digest = kinds[kind].digest;
		key.key = d2i_PUBKEY(NULL, &at, (long)raw->size);
		if (!key.key || at != raw->data + raw->size || !is_of_kind(key.key, kind)) {
			log_key_release(&key);
			return error_set(error, EINVAL, "the key of a log is not one of the kind %s", kinds[kind].details);
		}
	}
	*ret_key = key;
	return 0;
}

void log_key_release(struct log_key *key)
{
	EVP_PKEY_free(key->key);
	*key = (struct log_key){0};
}

int log_key_verify(const struct log_key *key, const struct bytes *data, const struct bytes *signature, const char *what,
		   struct error **error)
{
	if (!key->key)
		return error_set(error, EPERM, "%s is signed with a key of the kind %s, which this version cannot verify",
				 what, key->details);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (!context)
		return error_out_of_memory(error);
	bool valid = EVP_DigestVerifyInit_ex(context, NULL, key->digest, NULL, NULL, key->key, NULL) == 1 &&
		     EVP_DigestVerify(context, signature->data, signature->size, data->data, data->size) == 1;
	EVP_MD_CTX_free(context);
	return valid ? 0 : error_set(error, EPERM, "%s is not signed by the key that the trusted root pins for it", what);
}

const struct log_key *log_key_find(const struct log_key *keys, size_t count, const struct bytes *id, int64_t time,
				   const char *what, struct error **error)
{
	const struct log_key *outside = NULL;
	for (size_t i = 0; id->size == sizeof(keys->id) && i < count; i++) {
		if (memcmp(keys[i].id, id->data, id->size) != 0)
			continue;
		if (period_has(&keys[i].valid, time))
			return &keys[i];
		outside = &keys[i];
	}
	char moment[TIMESTAMP_SIZE];
	timestamp_format(&(struct timespec){.tv_sec = (time_t)time}, false, moment);
	if (outside)
		(void)error_set(error, EPERM, "the key of this %s was not in use at %s (validFor of the trusted root)", what,
				moment);
	else
		(void)error_set(error, EPERM, "the trusted root knows no %s with this id", what);
	return NULL;
}
