#include "policy/trust/statement.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/fields.h"

static const struct field statement_fields[] = {
	{"_type", FIELD_TEXT, true},
	{"subject", FIELD_ARRAY, true},
	{"predicateType", FIELD_TEXT, true},
	{"predicate", FIELD_OBJECT, true},
};
/* a resource descriptor of v1; v0.1 has the first two */
static const struct field subject_fields[] = {
	{"name", FIELD_TEXT, false},      {"digest", FIELD_TEXTS, true},  {"uri", FIELD_TEXT, false},
	{"content", FIELD_TEXT, false},   {"mediaType", FIELD_TEXT, false}, {"downloadLocation", FIELD_TEXT, false},
	{"annotations", FIELD_TEXTS, false},
};
static const char *const types[] = {
	"https://in-toto.io/Statement/v0.1",
	"https://in-toto.io/Statement/v1",
	NULL,
};

static int check_shape(const json_t *root, struct error **error)
{
	int result = fields_check(root, "the statement", FIELDS(statement_fields), error);
	if (result < 0)
		return result;
	if (!text_is_one_of(field_text(root, "_type"), types))
		return error_set(error, EINVAL, "\"_type\" of the statement is not that of an in-toto statement v0.1 or v1");
	if (*field_text(root, "predicateType") == '\0')
		return error_set(error, EINVAL, "\"predicateType\" of the statement is empty");
	const json_t *subjects = json_object_get(root, "subject");
	for (size_t i = 0; result == 0 && i < json_array_size(subjects); i++)
		result = fields_check(json_array_get(subjects, i), "a subject of the statement", FIELDS(subject_fields),
				      error);
	return result;
}

int statement_read(struct bytes payload, struct statement *ret_statement, struct error **error)
{
	cleanup_json json_t *root = NULL;
	int result = document_parse((const char *)payload.data, payload.size, DOCUMENT_PLAIN, &root, error);
	if (result == 0)
		result = check_shape(root, error);
	if (result < 0)
		return result;
	ret_statement->predicate_type = field_text(root, "predicateType");
	ret_statement->predicate = json_object_get(root, "predicate");
	ret_statement->subjects = json_object_get(root, "subject");
	ret_statement->root = take_pointer(root);
	return 0;
}

void statement_release(struct statement *statement)
{
	json_decref(statement->root);
	*statement = (struct statement){0};
}

int statement_subject_digest(const json_t *subject, char ret_digest[DIGEST_LENGTH + 1])
{
	const char *digits = field_text(json_object_get(subject, "digest"), "sha256");
	return digest_from_digits(digits, ret_digest) ? 0 : -ENOENT;
}

const char *statement_subject_name(const json_t *subject)
{
	return field_text(subject, "name");
}

const json_t *statement_subject_annotations(const json_t *subject)
{
	return json_object_get(subject, "annotations");
}
