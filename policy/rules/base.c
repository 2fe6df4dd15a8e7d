#include "policy/rules/base.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/change.h"
#include "policy/rules/order.h"
#include "policy/rules/selector.h"
#include "policy/trust/digest.h"
#include "policy/trust/reference.h"
#include "policy/trust/settings.h"

static int malformed(struct error **error, const char *what)
{
	return error_set(error, EINVAL, "the compiled policy's part \"%s\" is malformed", what);
}

/* Every key of `allowed` (ended by NULL) may stand in `object`, no other. */
static int check_keys(const json_t *object, const char *const *allowed, const char *what, struct error **error)
{
	const char *key;
	json_t *value;
	if (!json_is_object(object))
		return malformed(error, what);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		const char *const *at = allowed;
		while (*at && strcmp(*at, key) != 0)
			at++;
		if (!*at)
			return error_set(error, EINVAL, "the compiled policy's part \"%s\" has an unknown key", what);
	}
	return 0;
}

static bool text_or_null(const json_t *value)
{
	return json_is_string(value) || json_is_null(value);
}

/* `exec` of the base (every key) or of a scope (some). */
static int check_exec(const json_t *exec, bool whole, struct error **error)
{
	size_t known = 0;
	for (const struct policy_key *key = order_exec_keys; key->type != KEY_END; key++) {
		const json_t *value = json_object_get(exec, key->name);
		if (value ? !key_value_fits(key, value) : whole)
			return malformed(error, "exec");
		known += value != NULL;
	}
	return json_object_size(exec) == known && json_is_object(exec) ? 0 : malformed(error, "exec");
}

static int check_pin(const json_t *pin, struct error **error)
{
	if (json_is_null(pin))
		return 0;
	if (!json_is_string(json_object_get(pin, "path")) || !json_is_string(json_object_get(pin, "version")) ||
	    !json_is_integer(json_object_get(pin, "inode")) || !json_is_integer(json_object_get(pin, "device")) ||
	    !json_is_integer(json_object_get(pin, "change-time-ns")))
		return malformed(error, "backend/pin");
	return 0;
}

static int check_backend(const json_t *backend, struct error **error)
{
	static const char *const keys[] = {"name", "path", "minimum", "pin", NULL};
	int result = check_keys(backend, keys, "backend", error);
	if (result < 0)
		return result;
	const json_t *name = json_object_get(backend, "name"), *path = json_object_get(backend, "path");
	if (!!name == !!path || !json_is_string(name ? name : path) ||
	    !text_or_null(json_object_get(backend, "minimum")))
		return malformed(error, "backend");
	return check_pin(json_object_get(backend, "pin"), error);
}

/* `trust` of the base (every key) or of a scope (some). */
static int check_trust(const json_t *trust, bool whole, struct error **error)
{
	static const char *const flags[] = {"registries", "images", "others"};
	size_t known = 0;
	for (const struct policy_key *key = order_trust_keys; key->type != KEY_END; key++) {
		const json_t *value = json_object_get(trust, key->name);
		if (value ? !key_value_fits(key, value) : whole)
			return malformed(error, "trust");
		known += value != NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		const json_t *value = json_object_get(trust, flags[i]);
		if (value ? !json_is_boolean(value) : whole)
			return malformed(error, "trust");
		known += value != NULL;
	}
	if (whole && !digest_is_valid(json_string_value(json_object_get(trust, "identity"))))
		return malformed(error, "trust");
	return json_is_object(trust) && json_object_size(trust) == known + whole ? 0 : malformed(error, "trust");
}

static int check_scope(const json_t *scope, struct error **error)
{
	static const char *const keys[] = {"title", "for", "mode", "exec", "controls", "trust", NULL};
	int result = check_keys(scope, keys, "scopes", error);
	if (result == 0)
		result = selector_check(json_object_get(scope, "for"), error);
	if (result == 0)
		result = settings_check_sparse(json_object_get(scope, "controls"), error);
	const json_t *mode = json_object_get(scope, "mode"), *exec = json_object_get(scope, "exec");
	const json_t *trust = json_object_get(scope, "trust");
	if (result == 0 && exec)
		result = check_exec(exec, false, error);
	if (result == 0 && trust)
		result = check_trust(trust, false, error);
	if (result < 0)
		return result;
	if (!json_is_string(json_object_get(scope, "title")) || json_object_size(json_object_get(scope, "for")) == 0 ||
	    (mode && !key_value_fits(&order_mode_key, mode)))
		return malformed(error, "scopes");
	return 0;
}

static int check_scalars(const json_t *base, struct error **error)
{
	const json_t *log = json_object_get(base, "log"), *trust = json_object_get(base, "trust");
	const json_t *mode = json_object_get(base, "mode");
	if (!json_is_string(json_object_get(base, "profile")))
		return malformed(error, "profile");
	if (!mode || !key_value_fits(&order_mode_key, mode))
		return malformed(error, "mode");
	if (json_object_size(log) != 1 || !json_is_boolean(json_object_get(log, "required")))
		return malformed(error, "log");
	return json_is_null(trust) ? 0 : check_trust(trust, true, error);
}

static int check_base(json_t *base, json_t *notes, struct error **error)
{
	static const char *const keys[] = {"profile", "mode", "exec", "backend", "log", "trust",
					   "controls", "scopes", NULL};
	int result = check_keys(base, keys, "", error);
	if (result == 0)
		result = check_scalars(base, error);
	if (result == 0)
		result = check_exec(json_object_get(base, "exec"), true, error);
	if (result == 0)
		result = check_backend(json_object_get(base, "backend"), error);
	if (result == 0)
		result = settings_complete(json_object_get(base, "controls"), notes, error);
	const json_t *scopes = json_object_get(base, "scopes");
	if (result == 0 && !json_is_array(scopes))
		result = malformed(error, "scopes");
	for (size_t i = 0; result == 0 && i < json_array_size(scopes); i++)
		result = check_scope(json_array_get(scopes, i), error);
	return result;
}

int base_parse(const char *text, size_t length, json_t *notes, json_t **ret_base, struct error **error)
{
	cleanup_json json_t *base = NULL;
	int result = document_parse(text, length, DOCUMENT_PLAIN, &base, error);
	if (result < 0)
		return error_prefix(error, "the compiled policy");
	result = check_base(base, notes, error);
	if (result == 0)
		*ret_base = take_pointer(base);
	return result;
}

int exception_check(const json_t *exception, struct error **error)
{
	static const char *const keys[] = {"name", "when",	"changes", "exec",  "reason",
					   "ends", "signed-by", "image",   "trust", NULL};
	int result = check_keys(exception, keys, "exceptions", error);
	if (result == 0)
		result = selector_check(json_object_get(exception, "when"), error);
	if (result == 0)
		result = changes_check(json_object_get(exception, "changes"), error);
	/* absent in what earlier versions wrote */
	if (result == 0 && json_object_get(exception, "exec"))
		result = check_exec(json_object_get(exception, "exec"), false, error);
	const json_t *signed_by = json_object_get(exception, "signed-by"), *image = json_object_get(exception, "image");
	const json_t *trust = json_object_get(exception, "trust");
	if (result == 0 && signed_by)
		result = trust_settings_check_signed_by(signed_by, error);
	if (result < 0)
		return result;
	if ((image && !(json_is_string(image) && signed_by && reference_pattern_is_valid(json_string_value(image)))) ||
	    (trust && !text_equal(json_string_value(trust), "audit") && !text_equal(json_string_value(trust), "refuse")))
		return malformed(error, "exceptions");
	if (!json_is_string(json_object_get(exception, "name")) ||
	    !json_is_string(json_object_get(exception, "reason")) ||
	    !json_is_integer(json_object_get(exception, "ends")))
		return malformed(error, "exceptions");
	return 0;
}
