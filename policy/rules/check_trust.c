#include "policy/rules/check_trust.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/order.h"
#include "policy/trust/digest.h"
#include "policy/trust/reference.h"

bool check_is_name(const char *text)
{
	size_t length = strlen(text);
	return length > 0 && length <= 128 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == length;
}

/* A registry without a path stands for all that is in it. */
static json_t *check_registry(struct problems *problems, const struct node *node, const struct field *field)
{
	cleanup_text struct text pattern = {0};
	(void)field;
	if (node->type == NODE_SCALAR)
		text_append_format(&pattern, "%s%s", node->text,
				   strchr(node->text, '/') || strcmp(node->text, "**") == 0 ? "" : "/**");
	/* "docker" alone would be taken for a user of docker.io */
	bool named = node->type == NODE_SCALAR && (strpbrk(node->text, "./:*") || strcmp(node->text, "localhost") == 0);
	if (!named || pattern.failed || !reference_pattern_is_valid(pattern.data)) {
		problem_add(problems, node->place, "%s, expected a registry such as registry.example or *.example.com:5000, or "
			    "a pattern such as registry.example/team/**", check_found(node));
		return NULL;
	}
	json_t *registry = json_string(pattern.data);
	return registry ? registry : check_out_of_memory(problems);
}

/* "registry.example" alone is, as a name, a repository of docker.io's library: hardly
 * what was meant. */
static bool looks_like_registry(const char *pattern)
{
	size_t length = strcspn(pattern, ":");
	return !strchr(pattern, '/') &&
	       (memchr(pattern, '.', length) || (length == strlen("localhost") && text_starts_with(pattern, "localhost")));
}

json_t *check_image_pattern(struct problems *problems, const struct node *node, const struct field *field)
{
	static const struct field pattern = {
		.fits = reference_pattern_is_valid,
		.expected = "a pattern of image names such as registry.example/team/** (** alone: every image)"};
	(void)field;
	if (node->type == NODE_SCALAR && looks_like_registry(node->text)) {
		problem_add(problems, node->place, "%s, which names a repository of docker.io and no registry, expected a "
			    "pattern such as registry.example/**", check_found(node));
		return NULL;
	}
	return check_pattern(problems, node, &pattern);
}

static const struct field registry_field = {.name = "registry", .read = check_registry};
static const struct field digest_field = {.name = "digest", .read = check_pattern, .fits = digest_is_valid,
					  .expected = "sha256: and 64 lower-case hexadecimal digits"};

static json_t *refuse_signers(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	problem_add(problems, node->place, "signers in a scope, expected them in the policy's own trust: they are the same "
		    "for all containers");
	return NULL;
}

/* What a policy and a scope have in common. */
#define SHARED_FIELDS \
	{.name = "unmatched", .read = check_key, .key = &order_trust_keys[ORDER_TRUST_UNMATCHED]}, \
	{.name = "bind", .read = check_key, .key = &order_trust_keys[ORDER_TRUST_BIND]}, \
	{.name = "empty-upper-directory", .read = check_key, .key = &order_trust_keys[ORDER_TRUST_EMPTY_UPPER]}, \
	{.name = "require-digest", .read = check_key, .key = &order_trust_keys[ORDER_TRUST_REQUIRE_DIGEST]}, \
	{.name = "registries", .read = check_some, .fields = &registry_field}, \
	{.name = "images", .read = check_images}, \
	{.name = "deny", .read = check_some, .fields = &digest_field}

static const struct field trust_fields[] = {
	SHARED_FIELDS,
	{.name = "signers", .read = check_signers},
	{.name = NULL},
};

static const struct field scope_fields[] = {
	SHARED_FIELDS,
	{.name = "signers", .read = refuse_signers},
	{.name = NULL},
};

/* The key is written out in a file, and short in the settings. */
static json_t *read_trust(struct problems *problems, const struct node *node, const struct field *fields)
{
	json_t *trust = check_mapping(problems, node, fields);
	json_t *upper = json_object_get(trust, "empty-upper-directory");
	if (upper && json_object_set(trust, "empty-upper", upper) < 0)
		(void)check_out_of_memory(problems);
	(void)json_object_del(trust, "empty-upper-directory");
	return trust;
}

json_t *check_trust(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	return read_trust(problems, node, trust_fields);
}

json_t *check_scope_trust(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	json_t *trust = read_trust(problems, node, scope_fields);
	if (trust && node->count == 0)
		problem_add(problems, node->place, "an empty mapping, expected at least one key of trust");
	return trust;
}

static const char *const action_words[] = {"refuse", "audit", NULL};
static const struct policy_key action_key = {.name = "action", .type = KEY_WORD, .words = action_words};
static const struct field action_fields[] = {
	{.name = "action", .read = check_key, .key = &action_key, .required = true, .expected = "refuse or audit"},
	{.name = NULL},
};

json_t *check_exception_trust(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	return check_mapping(problems, node, action_fields);
}
