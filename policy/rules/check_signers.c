#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/check_trust.h"
#include "policy/trust/distinguished_name.h"

static bool is_https(const char *text)
{
	return text_starts_with(text, "https://") && strlen(text) > strlen("https://");
}

static bool is_subject(const char *text)
{
	cleanup_distinguished_name struct distinguished_name name = {0};
	return distinguished_name_parse(text, &name, NULL) == 0;
}

static const struct field file_field = {.name = "file", .read = check_text, .expected = "a file"};

static json_t *check_start(struct problems *problems, const struct node *node, const struct field *field)
{
	json_t *ends = check_day(problems, node, field);
	json_t *starts = ends ? json_integer(json_integer_value(ends) - (json_int_t)24 * 60 * 60) : NULL;
	json_decref(ends);
	return starts || !ends ? starts : check_out_of_memory(problems);
}

static const struct field signer_fields[] = {
	{.name = "key", .read = check_some, .fields = &file_field},
	{.name = "identity", .read = check_text},
	{.name = "issuer", .read = check_pattern, .fits = is_https, .expected = "an https:// address"},
	{.name = "trusted-root", .read = check_text},
	{.name = "certificate-authority", .read = check_text},
	{.name = "notation-store", .read = check_text},
	{.name = "notation-authority-store", .read = check_text},
	{.name = "subject", .read = check_pattern, .fits = is_subject,
	 .expected = "the certificate's whole subject, such as CN=partner, O=Example, C=DE"},
	{.name = "valid-from", .read = check_start},
	{.name = "valid-until", .read = check_day},
	{.name = NULL},
};

/* A kind of signer: the keys that it has in a file and in the settings. Where a key is
 * optional, null stands for it. */
static const struct kind {
	const char *name;
	struct {
		const char *written, *compiled;
		bool optional;
	} keys[4];
} kinds[] = {
	{"key", {{"key", "key-files", false}}},
	{"keyless",
	 {{"identity", "identity", false}, {"issuer", "issuer", false}, {"trusted-root", "trusted-root-file", false}}},
	{"certificate",
	 {{"identity", "identity", false},
	  {"issuer", "issuer", true},
	  {"certificate-authority", "authorities-file", false}}},
	{"notation", {{"subject", "subject", false}, {"notation-store", "authorities-file", false}}},
	{"notation-authority",
	 {{"subject", "subject", false}, {"notation-authority-store", "authorities-file", false}}},
};

/* Every key of the kind, and of the other kinds none. */
static bool is_of_kind(const struct node *node, const struct kind *kind)
{
	size_t known = 0;
	for (size_t i = 0; i < ARRAY_SIZE(kind->keys) && kind->keys[i].written; i++) {
		const struct node *value = check_member(node, kind->keys[i].written);
		if (!value && !kind->keys[i].optional)
			return false;
		known += value != NULL;
	}
	known += check_member(node, "valid-from") != NULL;
	known += check_member(node, "valid-until") != NULL;
	return known == node->count / 2;
}

static json_t *compile_signer(const json_t *signer, const struct kind *kind)
{
	cleanup_json json_t *compiled = json_pack("{s:s,s:n,s:n}", "kind", kind->name, "valid-from", "valid-until");
	static const char *const bounds[] = {"valid-from", "valid-until"};
	for (size_t i = 0; compiled && i < ARRAY_SIZE(bounds); i++) {
		json_t *bound = json_object_get(signer, bounds[i]);
		if (bound && json_object_set(compiled, bounds[i], bound) < 0)
			return NULL;
	}
	for (size_t i = 0; compiled && i < ARRAY_SIZE(kind->keys) && kind->keys[i].written; i++) {
		json_t *value = json_object_get(signer, kind->keys[i].written);
		if (json_object_set(compiled, kind->keys[i].compiled, value ? value : json_null()) < 0)
			return NULL;
	}
	return take_pointer(compiled);
}

static json_t *check_signer(struct problems *problems, const struct node *node)
{
	size_t before = problems->count;
	cleanup_json json_t *signer = check_mapping(problems, node, signer_fields);
	const struct kind *kind = NULL;
	if (!signer)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (is_of_kind(node, &kinds[i]))
			kind = &kinds[i];
	const json_t *from = json_object_get(signer, "valid-from"), *until = json_object_get(signer, "valid-until");
	if (from && until && json_integer_value(from) >= json_integer_value(until))
		problem_add(problems, check_member(node, "valid-until")->place,
			    "%s, expected a day that is not before valid-from", check_found(check_member(node, "valid-until")));
	if (problems->count > before)
		return NULL;
	if (!kind) {
		problem_add(problems, node->place, "an incomplete or mixed signer, expected {key: FILE}, {identity, issuer, "
			    "trusted-root: FILE}, {identity, certificate-authority: FILE} (with issuer, where the certificates "
			    "have one), {notation-store: FILE, subject} or {notation-authority-store: FILE, subject}");
		return NULL;
	}
	json_t *compiled = compile_signer(signer, kind);
	return compiled ? compiled : check_out_of_memory(problems);
}

json_t *check_signers(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	if (node->type != NODE_MAPPING) {
		problem_add(problems, node->place, "%s, expected a mapping of names to signers", check_found(node));
		return NULL;
	}
	check_duplicates(problems, node);
	json_t *signers = json_object();
	for (size_t i = 0; signers && i + 1 < node->count; i += 2) {
		if (!check_is_name(node->items[i]->text))
			problem_add(problems, node->items[i]->place, "%s, expected " CHECK_NAME_EXPECTED,
				    check_found(node->items[i]));
		json_t *signer = check_signer(problems, node->items[i + 1]);
		if (signer && json_object_set_new(signers, node->items[i]->text, signer) < 0)
			(void)check_out_of_memory(problems);
	}
	return signers ? signers : check_out_of_memory(problems);
}
