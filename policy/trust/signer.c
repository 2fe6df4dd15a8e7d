#include "policy/trust/signer.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/certificate.h"
#include "policy/trust/distinguished_name.h"
#include "policy/trust/public_key.h"
#include "policy/trust/trusted_root.h"

static int take_text(const json_t *settings, const char *key, const char **place, struct error **error)
{
	*place = document_text(json_object_get(settings, key));
	return *place && **place ? 0 : error_set(error, EINVAL, "%s is missing", key);
}

static int load_keys(const json_t *settings, struct signer *signer, struct error **error)
{
	const json_t *keys = json_object_get(settings, "keys");
	size_t count = json_array_size(keys), i;
	json_t *key;
	if (count == 0)
		return error_set(error, EINVAL, "it has no key");
	signer->keys = calloc(count, sizeof(struct public_key *));
	if (!signer->keys)
		return error_out_of_memory(error);
	json_array_foreach((json_t *)(uintptr_t)keys, i, key) {
		const char *pem = document_text(key);
		int result = pem ? public_key_read_pem(pem, &signer->keys[i], error)
				 : error_set(error, EINVAL, "it is no text");
		if (result < 0)
			return error_prefix(error, "key %zu", i + 1);
		signer->key_count++;
	}
	return 0;
}

static int load_authorities(const json_t *settings, struct signer *signer, struct error **error)
{
	const char *pem = NULL;
	int result = take_text(settings, "authorities", &pem, error);
	return result < 0 ? result : certificate_set_read(pem, "its certificates", &signer->authorities, error);
}

static int load_keyless(const json_t *settings, struct signer *signer, struct error **error)
{
	const char *root = NULL;
	int result = take_text(settings, "identity", &signer->identity, error);
	if (result == 0)
		result = take_text(settings, "issuer", &signer->issuer, error);
	if (result == 0)
		result = take_text(settings, "trusted-root", &root, error);
	return result < 0 ? result : trusted_root_read(root, strlen(root), &signer->root, error);
}

static int load_certificate(const json_t *settings, struct signer *signer, struct error **error)
{
	int result = take_text(settings, "identity", &signer->identity, error);
	if (result == 0 && !json_is_null(json_object_get(settings, "issuer")))
		result = take_text(settings, "issuer", &signer->issuer, error);
	return result < 0 ? result : load_authorities(settings, signer, error);
}

static int load_notation(const json_t *settings, struct signer *signer, struct error **error)
{
	cleanup_distinguished_name struct distinguished_name name = {0};
	int result = take_text(settings, "subject", &signer->subject, error);
	if (result == 0)
		result = distinguished_name_parse(signer->subject, &name, error);
	return result < 0 ? result : load_authorities(settings, signer, error);
}

static int load_notation_authority(const json_t *settings, struct signer *signer, struct error **error)
{
	signer->signing_authority = true;
	return load_notation(settings, signer, error);
}

static const struct {
	const char *word;
	enum signer_kind kind;
	int (*load)(const json_t *settings, struct signer *signer, struct error **error);
} kinds[] = {
	{"key", SIGNER_KEY, load_keys},
	{"certificate", SIGNER_CERTIFICATE, load_certificate},
	{"keyless", SIGNER_KEYLESS, load_keyless},
	{"notation", SIGNER_NOTATION, load_notation},
	{"notation-authority", SIGNER_NOTATION, load_notation_authority},
};

/* Seconds, or null for no bound. */
static int load_bound(const json_t *settings, const char *key, int64_t *ret, struct error **error)
{
	const json_t *value = json_object_get(settings, key);
	if (json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) <= 0)
		return error_set(error, EINVAL, "%s is no moment", key);
	*ret = json_integer_value(value);
	return 0;
}

static int load_signer(const char *name, const json_t *settings, struct signer *signer, struct error **error)
{
	const char *word = document_text(json_object_get(settings, "kind"));
	int result = 0;
	signer->name = name;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!text_equal(kinds[i].word, word))
			continue;
		signer->kind = kinds[i].kind;
		result = kinds[i].load(settings, signer, error);
	}
	if (signer->kind == SIGNER_NONE)
		result = error_set(error, EINVAL, "its kind is not known");
	if (result == 0)
		result = load_bound(settings, "valid-from", &signer->valid_from, error);
	if (result == 0)
		result = load_bound(settings, "valid-until", &signer->valid_until, error);
	return result;
}

int signers_load(const json_t *settings, struct signers *ret_signers, struct error **error)
{
	struct signers signers = {0};
	const char *name;
	json_t *own;
	if (!json_is_object(settings))
		return error_set(error, EINVAL, "the signers are no object");
	signers.list = calloc(json_object_size(settings) + 1, sizeof(*signers.list));
	if (!signers.list)
		return error_out_of_memory(error);
	json_object_foreach((json_t *)(uintptr_t)settings, name, own) {
		int result = load_signer(name, own, &signers.list[signers.count++], error);
		if (result < 0) {
			(void)error_prefix(error, "signer %s", name);
			signers_release(&signers);
			return result;
		}
	}
	*ret_signers = signers;
	return 0;
}

int signer_check_time(const struct signer *signer, int64_t said, bool proven, int64_t now, int64_t *expires,
		      struct error **error)
{
	int64_t until = signer->valid_until, latest = said && proven ? said : now;
	if (signer->valid_from && (said ? said : now) < signer->valid_from)
		return error_set(error, EPERM, "it was signed before the policy's valid-from of this signer");
	if (until && latest >= until)
		return error_set(error, EPERM, "it was signed after the policy's valid-until of this signer, or nothing "
				 "proves that it was signed before");
	if (until && !(said && proven) && (*expires == 0 || until < *expires))
		*expires = until;
	return 0;
}

void signers_release(struct signers *signers)
{
	for (size_t i = 0; i < signers->count; i++) {
		struct signer *signer = &signers->list[i];
		for (size_t j = 0; j < signer->key_count; j++)
			public_key_free(signer->keys[j]);
		free(signer->keys);
		trusted_root_free(signer->root);
		certificate_set_free(signer->authorities);
	}
	free(signers->list);
	*signers = (struct signers){0};
}
