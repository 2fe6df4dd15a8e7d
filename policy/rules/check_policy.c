#include "policy/rules/check_policy.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/facts.h"
#include "policy/rules/check_controls.h"
#include "policy/rules/check_trust.h"
#include "policy/rules/order.h"
#include "policy/trust/digest.h"

static bool is_version_1(const char *text)
{
	return strcmp(text, "1") == 0;
}

static bool is_backend_name(const char *text)
{
	return strcmp(text, "runc") == 0 || strcmp(text, "crun") == 0;
}

static bool is_path(const char *text)
{
	return text[0] == '/' && text[1] != '\0';
}

/* "1.1.5", "1.1.5+ds1" */
static bool is_version(const char *text)
{
	size_t length = strlen(text);
	return length > 0 && length < 64 && text[0] >= '0' && text[0] <= '9' &&
	       strspn(text, "0123456789.") == strcspn(text, "-+~") &&
	       strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+~-") == length;
}

static bool is_engine(const char *text)
{
	enum engine engine;
	return engine_from_name(text, &engine) == 0;
}

static bool is_date(const char *text)
{
	int64_t ends = 0;
	return check_parse_date(text, &ends) == 0;
}

#define EXPECTED_DIGEST "sha256: and 64 lower-case hexadecimal digits"

static const struct field digest_field = {
	.name = "digest", .read = check_pattern, .fits = digest_is_valid, .expected = EXPECTED_DIGEST};

static const struct field selector_fields[] = {
	{.name = "engine", .read = check_pattern, .fits = is_engine,
	 .expected = "docker, containerd, cri, podman, crio, buildkit or none"},
	{.name = "namespace", .read = check_text},
	{.name = "name", .read = check_text},
	{.name = "labels", .read = check_texts},
	{.name = NULL},
};

static json_t *check_selector(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	json_t *selector = check_mapping(problems, node, selector_fields);
	if (selector && node->count == 0)
		problem_add(problems, node->place, "an empty mapping, expected engine, namespace, name or labels");
	return selector;
}

static const struct field bound_fields[] = {
	{.name = "digest", .read = check_some, .fields = &digest_field},
	{.name = "signed-by", .read = check_signed_by},
	{.name = "image", .read = check_image_pattern},
	{.name = NULL},
};

/* What an exception is bound to. */
static json_t *check_bound(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	json_t *bound = check_mapping(problems, node, bound_fields);
	if (!bound)
		return NULL;
	bool digest = check_member(node, "digest"), signer = check_member(node, "signed-by");
	bool image = check_member(node, "image");
	if (digest == signer || (image && !signer))
		problem_add(problems, node->place, "%s, expected either {digest: \"sha256:…\"} or {signed-by: SIGNER}, which "
			    "{image: PATTERN} may narrow: an exception is bound to what an image is, not to a name alone",
			    digest ? "a digest beside another binding" : "no complete binding");
	return bound;
}

static const struct field exec_fields[] = {
	{.name = "action", .read = check_key, .key = &order_exec_keys[0]},
	{.name = "unknown-containers", .read = check_key, .key = &order_exec_keys[1]},
	{.name = NULL},
};

static const struct field backend_fields[] = {
	{.name = "name", .read = check_pattern, .fits = is_backend_name,
	 .expected = "runc or crun (any other program by `path`)"},
	{.name = "path", .read = check_pattern, .fits = is_path, .expected = "an absolute path"},
	{.name = "minimum", .read = check_pattern, .fits = is_version, .expected = "a version such as 1.1.5"},
	{.name = NULL},
};

static json_t *check_backend(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	json_t *backend = check_mapping(problems, node, backend_fields);
	if (backend && check_member(node, "name") && check_member(node, "path"))
		problem_add(problems, node->place, "both name and path, expected one of them");
	return backend;
}

static const struct field log_fields[] = {
	{.name = "required", .read = check_flag},
	{.name = NULL},
};

static const struct field scope_fields[] = {
	{.name = "for", .read = check_selector, .required = true,
	 .expected = "the attributes that select it, such as {engine: cri, namespace: staging}"},
	{.name = "extends", .read = check_text},
	{.name = "mode", .read = check_key, .key = &order_mode_key},
	{.name = "controls", .read = check_controls},
	{.name = "exec", .read = check_object, .fields = exec_fields},
	{.name = "trust", .read = check_scope_trust},
	{.name = NULL},
};
static const struct field scope_field = {.name = "scope", .read = check_object, .fields = scope_fields};

static const struct field exception_fields[] = {
	{.name = "name", .read = check_pattern, .fits = check_is_name, .required = true,
	 .expected = CHECK_NAME_EXPECTED},
	{.name = "for", .read = check_bound, .required = true,
	 .expected = "what it is bound to: {digest: \"sha256:…\"} or {signed-by: SIGNER}"},
	{.name = "when", .read = check_selector},
	{.name = "controls", .read = check_controls},
	{.name = "exec", .read = check_object, .fields = exec_fields},
	{.name = "trust", .read = check_exception_trust},
	{.name = "reason", .read = check_text, .required = true, .expected = "a reason that a reviewer understands"},
	{.name = "expires", .read = check_pattern, .fits = is_date, .required = true,
	 .expected = "a day such as 2027-03-31 (it ends at 24:00 UTC of that day)"},
	{.name = NULL},
};
static const struct field exception_field = {.name = "exception", .read = check_object, .fields = exception_fields};

static const struct field policy_fields[] = {
	{.name = "version", .read = check_pattern, .fits = is_version_1, .required = true, .expected = "1"},
	{.name = "extends", .read = check_text},
	{.name = "mode", .read = check_key, .key = &order_mode_key},
	{.name = "backend", .read = check_backend},
	{.name = "controls", .read = check_controls},
	{.name = "exec", .read = check_object, .fields = exec_fields},
	{.name = "log", .read = check_object, .fields = log_fields},
	{.name = "trust", .read = check_trust},
	{.name = "scopes", .read = check_list, .fields = &scope_field},
	{.name = "exceptions", .read = check_list, .fields = &exception_field},
	{.name = NULL},
};

json_t *check_policy(struct problems *problems, const struct node *root)
{
	return check_mapping(problems, root, policy_fields);
}
