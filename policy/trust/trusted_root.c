#include "policy/trust/trusted_root.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/fields.h"
#include "policy/trust/material_memory.h"

static const char *const media_types[] = {
	"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
	"application/vnd.dev.sigstore.trustedroot+json;version=0.2",
	"application/vnd.dev.sigstore.trustedroot.v0.2+json",
	NULL,
};

static const struct field root_fields[] = {
	{"mediaType", FIELD_TEXT, true},
	{"tlogs", FIELD_ARRAY, false},
	{"certificateAuthorities", FIELD_ARRAY, false},
	{"ctlogs", FIELD_ARRAY, false},
	{"timestampAuthorities", FIELD_ARRAY, false},
};
static const struct field log_fields[] = {
	{"baseUrl", FIELD_TEXT, false},
	{"hashAlgorithm", FIELD_TEXT, true},
	{"publicKey", FIELD_OBJECT, true},
	{"logId", FIELD_OBJECT, true},
	{"checkpointKeyId", FIELD_OBJECT, false},
	{"operator", FIELD_TEXT, false},
};
static const struct field key_fields[] = {
	{"rawBytes", FIELD_TEXT, true},
	{"keyDetails", FIELD_TEXT, true},
	{"validFor", FIELD_OBJECT, false},
};
static const struct field id_fields[] = {{"keyId", FIELD_TEXT, true}};
static const struct field period_fields[] = {{"start", FIELD_TEXT, true}, {"end", FIELD_TEXT, false}};
static const struct field authority_fields[] = {
	{"subject", FIELD_OBJECT, false},
	{"uri", FIELD_TEXT, false},
	{"certChain", FIELD_OBJECT, true},
	{"validFor", FIELD_OBJECT, true},
	{"operator", FIELD_TEXT, false},
};
static const struct field subject_fields[] = {{"organization", FIELD_TEXT, false}, {"commonName", FIELD_TEXT, false}};
static const struct field chain_fields[] = {{"certificates", FIELD_ARRAY, true}};
static const struct field certificate_fields[] = {{"rawBytes", FIELD_TEXT, true}};

static int read_time(const json_t *period, const char *key, int64_t *ret_time, struct error **error)
{
	const char *text = field_text(period, key);
	if (text && timestamp_parse(text, ret_time) < 0)
		return error_set(error, EINVAL, "\"%s\" of a validFor in the trusted root is no time as RFC 3339 writes it",
				 key);
	return 0;
}

/* An authority has to have one; a log's key that has none is valid without an end. */
static int read_period(const json_t *value, struct period *ret_period, struct error **error)
{
	struct period period = {.start = 0, .end = INT64_MAX};
	if (!value) {
		*ret_period = period;
		return 0;
	}
	int result = fields_check(value, "validFor in the trusted root", FIELDS(period_fields), error);
	if (result == 0)
		result = read_time(value, "start", &period.start, error);
	if (result == 0)
		result = read_time(value, "end", &period.end, error);
	if (result < 0)
		return result;
	if (period.end < period.start)
		return error_set(error, EINVAL, "a validFor in the trusted root ends before it starts");
	*ret_period = period;
	return 0;
}

/* "keyId" of the object `name`, of at least four bytes. */
static int read_id(const json_t *log, const char *name, struct material_memory *memory, struct bytes *ret_id,
		   struct error **error)
{
	const json_t *value = json_object_get(log, name);
	int result = fields_check(value, name, FIELDS(id_fields), error);
	if (result == 0)
		result = material_memory_decode_member(memory, value, "keyId", ret_id, error);
	if (result == 0 && ret_id->size < sizeof(((struct log_key *)NULL)->hint))
		return error_set(error, EINVAL, "\"%s\" of a log in the trusted root is too short", name);
	return result;
}

static int read_ids(const json_t *log, struct material_memory *memory, struct log_key *key, struct error **error)
{
	struct bytes id = {0}, checkpoint_id = {0};
	int result = read_id(log, "logId", memory, &id, error);
	if (result < 0)
		return result;
	if (id.size != sizeof(key->id))
		return error_set(error, EINVAL, "\"logId\" of a log in the trusted root is not 32 bytes long");
	checkpoint_id = id;
	if (json_object_get(log, "checkpointKeyId"))
		result = read_id(log, "checkpointKeyId", memory, &checkpoint_id, error);
	if (result < 0)
		return result;
	memcpy(key->id, id.data, sizeof(key->id));
	memcpy(key->hint, checkpoint_id.data, sizeof(key->hint));
	return 0;
}

static int read_log(const json_t *value, struct log_key *key, struct error **error)
{
	cleanup_material_memory struct material_memory memory = {0};
	int result = fields_check(value, "a log in the trusted root", FIELDS(log_fields), error);
	if (result < 0)
		return result;
	const json_t *public_key = json_object_get(value, "publicKey");
	struct bytes raw = {0};
	result = fields_check(public_key, "publicKey in the trusted root", FIELDS(key_fields), error);
	if (result == 0 && strcmp(field_text(value, "hashAlgorithm"), "SHA2_256") != 0)
		result = error_set(error, EINVAL, "a log in the trusted root has another \"hashAlgorithm\" than SHA2_256");
	if (result == 0)
		result = material_memory_decode_member(&memory, public_key, "rawBytes", &raw, error);
	if (result == 0)
		result = log_key_read(&raw, field_text(public_key, "keyDetails"), key, error);
	if (result == 0)
		result = read_period(json_object_get(public_key, "validFor"), &key->valid, error);
	return result == 0 ? read_ids(value, &memory, key, error) : result;
}

/* Of the last certificate alone is asked that it signed itself: it is whom the path ends in. */
static int add_certificate(const json_t *value, bool last, struct authority *authority, X509 **ret_certificate,
			   struct error **error)
{
	const char *what = "a certificate in the trusted root";
	cleanup_material_memory struct material_memory memory = {0};
	struct bytes der = {0};
	X509 *certificate = NULL;
	int result = fields_check(value, what, FIELDS(certificate_fields), error);
	if (result == 0)
		result = material_memory_decode_member(&memory, value, "rawBytes", &der, error);
	if (result == 0)
		result = certificate_read_der(&der, what, &certificate, error);
	if (result == 0)
		result = certificate_set_add(authority->set, certificate, error);
	if (result < 0)
		return result;
	if ((sk_X509_num(authority->set->anchors) == 1) != last)
		return error_set(error, EINVAL, "a certChain in the trusted root does not end in the one certificate "
				 "of it that signed itself");
	*ret_certificate = certificate;
	return 0;
}

static int read_chain(const json_t *chain, struct authority *authority, struct error **error)
{
	int result = fields_check(chain, "certChain in the trusted root", FIELDS(chain_fields), error);
	if (result < 0)
		return result;
	const json_t *certificates = json_object_get(chain, "certificates");
	size_t count = json_array_size(certificates);
	if (count == 0 || count > CERTIFICATES_OF_PATH)
		return error_set(error, EINVAL, "a certChain in the trusted root has %zu certificates", count);
	for (size_t i = 0; i < count; i++) {
		X509 *certificate = NULL;
		result = add_certificate(json_array_get(certificates, i), i + 1 == count, authority, &certificate, error);
		if (result < 0)
			return result;
		/* a timestamp authority's chain may begin with the certificate that it signs with */
		if (i == 0 && X509_check_ca(certificate) == 0)
			authority->leaf = certificate;
	}
	return 0;
}

static int read_authority(const json_t *value, struct authority *authority, struct error **error)
{
	const json_t *subject = json_object_get(value, "subject");
	int result = fields_check(value, "an authority in the trusted root", FIELDS(authority_fields), error);
	if (result == 0 && subject)
		result = fields_check(subject, "subject in the trusted root", FIELDS(subject_fields), error);
	if (result == 0)
		result = read_period(json_object_get(value, "validFor"), &authority->valid, error);
	if (result < 0)
		return result;
	authority->set = certificate_set_new();
	if (!authority->set)
		return error_out_of_memory(error);
	return read_chain(json_object_get(value, "certChain"), authority, error);
}

/* What was read stands in the list, also where it fails. */
static int read_logs(const json_t *list, struct log_key **ret_keys, size_t *ret_count, struct error **error)
{
	size_t count = json_array_size(list);
	*ret_keys = calloc(count + 1, sizeof(**ret_keys));
	if (!*ret_keys)
		return error_out_of_memory(error);
	*ret_count = count;
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = read_log(json_array_get(list, i), &(*ret_keys)[i], error);
	return result;
}

static int read_authorities(const json_t *list, struct authority **ret_authorities, size_t *ret_count,
			    struct error **error)
{
	size_t count = json_array_size(list);
	*ret_authorities = calloc(count + 1, sizeof(**ret_authorities));
	if (!*ret_authorities)
		return error_out_of_memory(error);
	*ret_count = count;
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = read_authority(json_array_get(list, i), &(*ret_authorities)[i], error);
	return result;
}

static int read_root(const json_t *json, struct trusted_root *root, struct error **error)
{
	int result = fields_check(json, "the trusted root", FIELDS(root_fields), error);
	if (result == 0 && !text_is_one_of(field_text(json, "mediaType"), media_types))
		result = error_set(error, EINVAL, "the trusted root has another \"mediaType\" than version 0.1 and 0.2");
	if (result == 0)
		result = read_logs(json_object_get(json, "tlogs"), &root->logs, &root->log_count, error);
	if (result == 0)
		result = read_logs(json_object_get(json, "ctlogs"), &root->ct_logs, &root->ct_log_count, error);
	if (result == 0)
		result = read_authorities(json_object_get(json, "certificateAuthorities"), &root->authorities,
					  &root->authority_count, error);
	if (result == 0)
		result = read_authorities(json_object_get(json, "timestampAuthorities"), &root->timestamp_authorities,
					  &root->timestamp_authority_count, error);
	if (result == 0 && root->authority_count == 0)
		return error_set(error, EINVAL, "the trusted root pins no certificate authority");
	return result;
}

int trusted_root_read(const char *text, size_t length, struct trusted_root **ret_root, struct error **error)
{
	cleanup_json json_t *json = NULL;
	if (length > TRUSTED_ROOT_SIZE)
		return error_set(error, EINVAL, "the trusted root has more than %zu bytes", TRUSTED_ROOT_SIZE);
	int result = document_parse(text, length, DOCUMENT_PLAIN, &json, error);
	if (result < 0)
		return result;
	struct trusted_root *root = calloc(1, sizeof(*root));
	if (!root)
		return error_out_of_memory(error);
	result = read_root(json, root, error);
	if (result < 0) {
		trusted_root_free(root);
		return result;
	}
	*ret_root = root;
	return 0;
}

static void release_logs(struct log_key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		log_key_release(&keys[i]);
	free(keys);
}

static void release_authorities(struct authority *authorities, size_t count)
{
	for (size_t i = 0; i < count; i++)
		certificate_set_free(authorities[i].set);
	free(authorities);
}

void trusted_root_free(struct trusted_root *root)
{
	if (!root)
		return;
	release_logs(root->logs, root->log_count);
	release_logs(root->ct_logs, root->ct_log_count);
	release_authorities(root->authorities, root->authority_count);
	release_authorities(root->timestamp_authorities, root->timestamp_authority_count);
	free(root);
}
