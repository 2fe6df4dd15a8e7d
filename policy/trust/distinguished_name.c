#include "policy/trust/distinguished_name.h"

#include <errno.h>
#include <openssl/objects.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

static const struct {
	const char *name;
	int type;
} types[] = {
	{"C", NID_countryName},
	{"ST", NID_stateOrProvinceName},
	{"L", NID_localityName},
	{"O", NID_organizationName},
	{"OU", NID_organizationalUnitName},
	{"CN", NID_commonName},
	{"STREET", NID_streetAddress},
	{"POSTALCODE", NID_postalCode},
	{"SERIALNUMBER", NID_serialNumber},
	{"DC", NID_domainComponent},
	{"UID", NID_userId},
	{"emailAddress", NID_pkcs9_emailAddress},
};

#define MUST_BE_ESCAPED ",;\"\\+<>"

static const char *name_of(int type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return "another attribute";
}

void distinguished_name_release(struct distinguished_name *name)
{
	for (size_t i = 0; i < name->count; i++)
		free(name->attributes[i].value);
	*name = (struct distinguished_name){0};
}

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " ");
}

/* "CN" and the "=" behind it. */
static int parse_type(const char **at, int *ret_type, struct error **error)
{
	size_t length = strcspn(*at, " =,");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strlen(types[i].name) != length || strncasecmp(*at, types[i].name, length) != 0)
			continue;
		*at = skip_spaces(*at + length);
		if (**at != '=')
			return error_set(error, EINVAL, "the subject has %s without \"=\"", types[i].name);
		*at = skip_spaces(*at + 1);
		*ret_type = types[i].type;
		return 0;
	}
	return error_set(error, EINVAL, "the subject has an attribute that is none of C, ST, L, O, OU, CN, STREET, "
					"POSTALCODE, SERIALNUMBER, DC, UID and emailAddress");
}

/* Up to the next "," that is not escaped; spaces at the end belong to it where escaped. */
static int parse_value(const char **at, char **ret_value, struct error **error)
{
	cleanup_text struct text value = {0};
	size_t kept = 0;
	const char *next = *at;
	text_append(&value, "");
	if (*next == '#')
		return error_set(error, EINVAL, "the subject has a value in hexadecimal, which is not supported");
	for (; *next && *next != ','; next++) {
		bool escaped = *next == '\\';
		if (escaped && (next[1] == '\0' || !strchr(MUST_BE_ESCAPED " #=", next[1])))
			return error_set(error, EINVAL, "the subject has a \"\\\" that escapes nothing");
		if (!escaped && strchr(MUST_BE_ESCAPED, *next))
			return error_set(error, EINVAL, "the subject has a \"%c\" that has to be escaped by \"\\\"", *next);
		next += escaped;
		text_append_bytes(&value, next, 1);
		if (escaped || *next != ' ')
			kept = value.length;
	}
	if (value.failed)
		return error_out_of_memory(error);
	if (kept == 0)
		return error_set(error, EINVAL, "the subject has an attribute without a value");
	*ret_value = text_finish(&value);
	(*ret_value)[kept] = '\0';
	*at = next;
	return 0;
}

static int parse_attribute(const char **at, struct distinguished_name *name, struct error **error)
{
	int type = NID_undef;
	char *value = NULL;
	if (name->count == DISTINGUISHED_NAME_ATTRIBUTES)
		return error_set(error, EINVAL, "the subject has more than %u attributes", DISTINGUISHED_NAME_ATTRIBUTES);
	int result = parse_type(at, &type, error);
	for (size_t i = 0; result == 0 && i < name->count; i++)
		if (name->attributes[i].type == type)
			result = error_set(error, EINVAL, "the subject has %s twice", name_of(type));
	if (result == 0)
		result = parse_value(at, &value, error);
	if (result < 0)
		return result;
	name->attributes[name->count].type = type;
	name->attributes[name->count++].value = value;
	return 0;
}

int distinguished_name_parse(const char *text, struct distinguished_name *ret_name, struct error **error)
{
	cleanup_distinguished_name struct distinguished_name name = {0};
	const char *at = text;
	int result = 0;
	do {
		at = skip_spaces(at + (*at == ',' && name.count > 0));
		result = parse_attribute(&at, &name, error);
	} while (result == 0 && *at);
	if (result < 0)
		return result;
	*ret_name = name;
	name = (struct distinguished_name){0};
	return 0;
}

static bool value_is(const ASN1_STRING *string, const char *value)
{
	unsigned char *text = NULL;
	int length = ASN1_STRING_to_UTF8(&text, string);
	bool same = length >= 0 && (size_t)length == strlen(value) && memcmp(text, value, (size_t)length) == 0;
	OPENSSL_free(text);
	return same;
}

/* One attribute of the certificate; each of the name's may be met once. */
static int match_entry(const struct distinguished_name *name, const X509_NAME_ENTRY *entry, bool *met,
		       struct error **error)
{
	int type = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
	for (size_t i = 0; i < name->count; i++) {
		if (name->attributes[i].type != type)
			continue;
		if (met[i])
			return error_set(error, EPERM, "the certificate's subject has %s twice", name_of(type));
		met[i] = true;
		return value_is(X509_NAME_ENTRY_get_data(entry), name->attributes[i].value)
			? 0
			: error_set(error, EPERM, "the certificate's subject has another %s than the policy says",
				    name_of(type));
	}
	return error_set(error, EPERM, "the certificate's subject has %s, which the policy's subject does not name",
			 name_of(type));
}

int distinguished_name_match(const struct distinguished_name *name, const X509_NAME *subject, struct error **error)
{
	bool met[DISTINGUISHED_NAME_ATTRIBUTES] = {false};
	for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, i);
		/* one attribute in each set */
		if (X509_NAME_ENTRY_set(entry) != i)
			return error_set(error, EPERM, "the certificate's subject has attributes with \"+\" between them");
		int result = match_entry(name, entry, met, error);
		if (result < 0)
			return result;
	}
	for (size_t i = 0; i < name->count; i++)
		if (!met[i])
			return error_set(error, EPERM, "the certificate's subject lacks %s, which the policy's subject names",
					 name_of(name->attributes[i].type));
	return 0;
}
