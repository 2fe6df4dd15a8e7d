#include "policy/trust/verdict_shape.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/settings.h"

static bool is_boolean(const json_t *value)
{
	return json_is_boolean(value);
}

static bool is_texts(const json_t *value)
{
	size_t i;
	json_t *text;
	json_array_foreach((json_t *)(uintptr_t)value, i, text)
		if (!document_text(text))
			return false;
	return json_is_array(value);
}

static bool is_pairs(const json_t *value)
{
	size_t i;
	json_t *pair;
	json_array_foreach((json_t *)(uintptr_t)value, i, pair)
		if (!is_texts(pair) || json_array_size(pair) != 2)
			return false;
	return json_is_array(value);
}

static bool is_digest_or_null(const json_t *value)
{
	return json_is_null(value) || digest_is_valid(document_text(value));
}

static bool is_digests(const json_t *value)
{
	size_t i;
	json_t *text;
	json_array_foreach((json_t *)(uintptr_t)value, i, text)
		if (!digest_is_valid(document_text(text)))
			return false;
	return json_is_array(value);
}

static bool is_rejections(const json_t *value)
{
	size_t i;
	json_t *rejection;
	json_array_foreach((json_t *)(uintptr_t)value, i, rejection)
		if (json_object_size(rejection) != 3 || !document_text(json_object_get(rejection, "source")) ||
		    !document_text(json_object_get(rejection, "format")) ||
		    !document_text(json_object_get(rejection, "why")))
			return false;
	return json_is_array(value);
}

static bool is_binding(const json_t *value)
{
	return text_is_one_of(document_text(value), trust_bind_words);
}

static bool is_moment_or_null(const json_t *value)
{
	return json_is_null(value) || (json_is_integer(value) && json_integer_value(value) > 0);
}

static const struct {
	const char *key;
	bool (*fits)(const json_t *value);
} shape[] = {
	{"trusted", is_boolean},
	{"denied", is_boolean},
	{"matched", is_boolean},
	{"signers", is_texts},
	{"named-by", is_texts},
	{"one-hand", is_pairs},
	{"config", is_digest_or_null},
	{"manifest", is_digest_or_null},
	{"index", is_digest_or_null},
	{"bind", is_binding},
	{"empty-upper", is_boolean},
	{"diff-ids", is_digests},
	{"reasons", is_texts},
	{"proof", is_texts},
	{"rejections", is_rejections},
	{"expires", is_moment_or_null},
};

/* A digest that the engine proved stays what it is. */
static bool contradicts(const json_t *verdict, const char *key, const char *proven)
{
	const char *said = json_string_value(json_object_get(verdict, key));
	return proven && said && !text_equal(proven, said);
}

static bool is_sound(const json_t *verdict, const struct trust_question *question)
{
	for (size_t i = 0; i < ARRAY_SIZE(shape); i++)
		if (!shape[i].fits(json_object_get(verdict, shape[i].key)))
			return false;
	bool trusted = json_is_true(json_object_get(verdict, "trusted"));
	if (json_object_size(verdict) != ARRAY_SIZE(shape) ||
	    trusted != (json_array_size(json_object_get(verdict, "reasons")) == 0))
		return false;
	return !contradicts(verdict, "config", question->config_digest) &&
	       !contradicts(verdict, "manifest", question->manifest_digest) &&
	       !contradicts(verdict, "index", question->index_digest);
}

int verdict_read(const char *text, size_t length, const struct trust_question *question, json_t **ret_verdict,
		 struct error **error)
{
	cleanup_json json_t *verdict = NULL;
	int result = document_parse(text, length, DOCUMENT_PLAIN, &verdict, error);
	if (result < 0)
		return result;
	if (!is_sound(verdict, question))
		return error_set(error, EINVAL, "the verdict on the image makes no sense");
	*ret_verdict = json_incref(verdict);
	return 0;
}
