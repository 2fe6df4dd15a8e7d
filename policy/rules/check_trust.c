#include "policy/rules/check_trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/check_policy.h"
#include "policy/rules/generation_format.h"

bool check_is_digest(const char *text)
{
	uint8_t digest[SHA256_SIZE];
	return text_starts_with(text, "sha256:") && generation_digest_parse(text + strlen("sha256:"), digest) == 0;
}

static bool is_day(const char *text)
{
	int64_t ends = 0;
	return check_parse_date(text, &ends) == 0;
}

static bool is_https(const char *text)
{
	return text_starts_with(text, "https://") && strlen(text) > strlen("https://");
}

/* 0 to 10 with at most one decimal (CVSS). */
static bool is_score(const char *text)
{
	int64_t thousandths = 0;
	return number_parse_thousandths(text, &thousandths) == 0 && thousandths <= 10000 && thousandths % 100 == 0;
}

static bool is_duration(const char *text)
{
	int64_t seconds = 0;
	return number_parse_duration(text, &seconds) == 0 && seconds > 0;
}

static const char *const unmatched_words[] = {"refuse", "audit", "allow", NULL};
static const char *const bind_words[] = {"content", "layers", "digest", NULL};
static const struct policy_key unmatched_key = {.name = "unmatched", .type = KEY_WORD, .words = unmatched_words};
static const struct policy_key bind_key = {.name = "bind", .type = KEY_WORD, .words = bind_words};
static const struct policy_key at_least_key = {.name = "at-least", .type = KEY_INTEGER};

static const struct field signer_fields[] = {
	{.name = "key", .read = check_text},
	{.name = "identity", .read = check_text},
	{.name = "issuer", .read = check_pattern, .fits = is_https, .expected = "an https:// address"},
	{.name = "trusted-root", .read = check_text},
	{.name = "notation-store", .read = check_text},
	{.name = "subject", .read = check_text},
	{.name = "valid-from", .read = check_pattern, .fits = is_day, .expected = "a day such as 2027-03-31"},
	{.name = "valid-until", .read = check_pattern, .fits = is_day, .expected = "a day such as 2027-03-31"},
	{.name = NULL},
};

/* A signer is of exactly one kind, with every key of that kind. */
static bool signer_is_whole(const struct node *node)
{
	static const char *const kinds[][4] = {
		{"key", NULL},
		{"identity", "issuer", "trusted-root", NULL},
		{"notation-store", "subject", NULL},
	};
	size_t whole = 0, touched = 0;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t wanted = 0, given = 0;
		for (; kinds[i][wanted]; wanted++)
			given += check_member(node, kinds[i][wanted]) != NULL;
		whole += given == wanted;
		touched += given > 0;
	}
	return whole == 1 && touched == 1;
}

static json_t *check_signer(struct problems *problems, const struct node *node)
{
	json_t *signer = check_mapping(problems, node, signer_fields);
	if (signer && !signer_is_whole(node))
		problem_add(problems, node->place, "an incomplete or mixed signer, expected {key: FILE}, {identity: …, "
			    "issuer: …, trusted-root: FILE} or {notation-store: FILE, subject: …}");
	return signer;
}

static json_t *check_signers(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	if (node->type != NODE_MAPPING) {
		problem_add(problems, node->place, "%s, expected a mapping of names to signers", check_found(node));
		return NULL;
	}
	check_duplicates(problems, node);
	json_t *signers = json_object();
	for (size_t i = 0; signers && i + 1 < node->count; i += 2) {
		json_t *signer = check_signer(problems, node->items[i + 1]);
		if (signer && json_object_set_new(signers, node->items[i]->text, signer) < 0)
			(void)check_out_of_memory(problems);
	}
	return signers ? signers : check_out_of_memory(problems);
}

static const struct field name_field = {.name = "name", .read = check_text, .expected = "a signer's name"};

static const struct field signed_by_fields[] = {
	{.name = "at-least", .read = check_key, .key = &at_least_key},
	{.name = "of", .read = check_list, .fields = &name_field, .required = true, .expected = "a list of signers"},
	{.name = NULL},
};

static json_t *check_signed_by(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	json_t *rule = check_mapping(problems, node, signed_by_fields);
	const struct node *of = check_member(node, "of"), *least = check_member(node, "at-least");
	const json_t *number = json_object_get(rule, "at-least");
	if (of && of->type == NODE_SEQUENCE && of->count == 0)
		problem_add(problems, of->place, "an empty list, expected at least one signer");
	else if (number && of && of->type == NODE_SEQUENCE &&
		 (json_integer_value(number) < 1 || json_integer_value(number) > (json_int_t)of->count))
		problem_add(problems, least->place, "%s, expected 1 to %zu, the number of signers in `of`",
			    check_found(least), of->count);
	return rule;
}

static const struct field vulnerability_fields[] = {
	{.name = "scanner", .read = check_text, .required = true, .expected = "the signer of the scan"},
	{.name = "max-cvss", .read = check_pattern, .fits = is_score, .required = true,
	 .expected = "a CVSS score from 0.0 to 10.0"},
	{.name = "max-age", .read = check_pattern, .fits = is_duration, .required = true,
	 .expected = "a time such as 7d or 12h"},
	{.name = NULL},
};

static const struct field image_fields[] = {
	{.name = "match", .read = check_text, .required = true, .expected = "a pattern of image names"},
	{.name = "signed-by", .read = check_signed_by},
	{.name = "vulnerabilities", .read = check_object, .fields = vulnerability_fields},
	{.name = NULL},
};
static const struct field image_field = {.name = "image", .read = check_object, .fields = image_fields};

static const struct field digest_field = {.name = "digest", .read = check_pattern, .fits = check_is_digest,
					  .expected = "sha256: and 64 lower-case hexadecimal digits"};

static const struct field trust_fields[] = {
	{.name = "unmatched", .read = check_key, .key = &unmatched_key},
	{.name = "bind", .read = check_key, .key = &bind_key},
	{.name = "signers", .read = check_signers},
	{.name = "images", .read = check_list, .fields = &image_field},
	{.name = "deny", .read = check_list, .fields = &digest_field},
	{.name = NULL},
};

static void check_reference(struct problems *problems, const struct node *name, const struct node *signers)
{
	const char *names[64];
	size_t count = 0;
	if (!name || name->type != NODE_SCALAR || check_member(signers, name->text))
		return;
	for (size_t i = 0; signers && signers->type == NODE_MAPPING && i + 1 < signers->count; i += 2)
		if (count < ARRAY_SIZE(names))
			names[count++] = signers->items[i]->text;
	problem_add(problems, name->place, "%s, expected one of trust/signers%s", check_found(name),
		    check_suggest(name->text, names, count));
}

/* Every signer that is named exists, and who scanned is not who signed. */
static void check_image_references(struct problems *problems, const struct node *image, const struct node *signers)
{
	const struct node *of = check_member(check_member(image, "signed-by"), "of");
	const struct node *scanner = check_member(check_member(image, "vulnerabilities"), "scanner");
	check_reference(problems, scanner, signers);
	for (size_t i = 0; of && of->type == NODE_SEQUENCE && i < of->count; i++) {
		check_reference(problems, of->items[i], signers);
		if (scanner && scanner->type == NODE_SCALAR && text_equal(of->items[i]->text, scanner->text))
			problem_add(problems, scanner->place, "%s signs the image as well, expected a scanner of its own",
				    check_found(scanner));
	}
	if (image->type == NODE_MAPPING && !of && !scanner && check_member(image, "match"))
		problem_add(problems, image->place, "an entry that demands nothing, expected signed-by or vulnerabilities");
}

json_t *check_trust(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	json_t *trust = check_mapping(problems, node, trust_fields);
	const struct node *images = check_member(node, "images");
	for (size_t i = 0; images && images->type == NODE_SEQUENCE && i < images->count; i++)
		check_image_references(problems, images->items[i], check_member(node, "signers"));
	return trust;
}

int trust_demand(const json_t *trust, char **ret)
{
	const char *what = NULL;
	if (text_equal(json_string_value(json_object_get(trust, "unmatched")), "refuse"))
		what = "trust/unmatched: refuse";
	else if (json_array_size(json_object_get(trust, "images")) > 0)
		what = "trust/images";
	else if (json_array_size(json_object_get(trust, "deny")) > 0)
		what = "trust/deny";
	else if (json_object_size(json_object_get(trust, "signers")) > 0)
		what = "trust/signers";
	*ret = NULL;
	if (!what)
		return 0;
	if (asprintf(ret, "the policy demands that images are verified (%s), and image verification is not in this "
		     "build yet; take the demand out of the policy, so that its trust section says at most "
		     "`unmatched: audit`, and run `hardenctl policy apply`", what) < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}
