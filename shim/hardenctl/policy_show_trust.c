#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/rules/open_policy.h"
#include "policy/rules/order.h"
#include "policy/rules/trust_records.h"
#include "shim/hardenctl/policy_show.h"

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void print_texts(const json_t *list)
{
	size_t index;
	json_t *text;
	json_array_foreach((json_t *)(uintptr_t)list, index, text)
		(void)printf("%s%s", index ? ", " : "", json_string_value(text));
}

void policy_show_signed_by(const json_t *signed_by)
{
	const json_t *of = json_object_get(signed_by, "of");
	json_int_t least = json_integer_value(json_object_get(signed_by, "at-least"));
	if (json_array_size(of) > 1)
		(void)printf("%lld of ", (long long)least);
	(void)printf("signer%s ", json_array_size(of) > 1 ? "s" : "");
	print_texts(of);
}

static void print_day(const char *before, const json_t *moment)
{
	time_t seconds = json_integer_value(moment);
	struct tm utc;
	char day[64];
	if (json_is_integer(moment) && gmtime_r(&seconds, &utc) &&
	    strftime(day, sizeof(day), "%Y-%m-%d %H:%M UTC", &utc) > 0)
		(void)printf(", valid %s %s", before, day);
}

static int print_signer(const struct policy *policy, const char *name, struct error **error)
{
	static const char *const said[] = {"identity", "issuer", "subject"};
	cleanup_json json_t *signer = NULL;
	int result = trust_records_signer(policy->generation, name, &signer, error);
	if (result < 0)
		return result;
	(void)printf("  signer %s: %s", name, text_of(signer, "kind"));
	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		if (text_of(signer, said[i]))
			(void)printf(", %s %s", said[i], text_of(signer, said[i]));
	if (json_array_size(json_object_get(signer, "keys")) > 1)
		(void)printf(", one of %zu", json_array_size(json_object_get(signer, "keys")));
	print_day("from", json_object_get(signer, "valid-from"));
	print_day("until", json_object_get(signer, "valid-until"));
	(void)printf("\n");
	return 0;
}

/* As a file has it. */
static void print_duration(const json_t *value)
{
	json_int_t seconds = json_integer_value(value);
	bool days = seconds % (24 * 60 * 60) == 0, hours = seconds % (60 * 60) == 0;
	if (days || hours)
		(void)printf("%lld%s", (long long)(seconds / (days ? 24 * 60 * 60 : 60 * 60)), days ? "d" : "h");
	else
		(void)printf("%llds", (long long)seconds);
}

static void print_vulnerabilities(const json_t *limits)
{
	const json_t *score = json_object_get(limits, "max-cvss");
	const char *severity = text_of(limits, "max-severity"), *vex = text_of(limits, "vex");
	(void)printf("    vulnerabilities: scanned by %s, no longer ago than ", text_of(limits, "scanner"));
	print_duration(json_object_get(limits, "max-age"));
	if (json_is_integer(score))
		(void)printf(", CVSS up to %.1f", (double)json_integer_value(score) / 1000);
	if (severity)
		(void)printf(", severity up to %s", severity);
	if (json_is_true(json_object_get(limits, "fixable-only")))
		(void)printf(", fixable only");
	(void)printf(", unknown ones: %s%s%s", text_of(limits, "unknown"), vex ? ", VEX by " : "", vex ? vex : "");
	size_t index;
	json_t *ignored;
	json_array_foreach(json_object_get(limits, "ignore"), index, ignored)
		(void)printf("%s%s", index ? ", " : ", ignored: ", text_of(ignored, "id"));
	(void)printf("\n");
}

static void print_demands(const json_t *image)
{
	size_t index;
	json_t *attestation;
	const json_t *age = json_object_get(image, "max-age"), *limits = json_object_get(image, "vulnerabilities");
	const json_t *annotations = json_object_get(image, "annotations");
	cleanup_free char *text = json_dumps(annotations, JSON_SORT_KEYS);
	if (json_is_true(json_object_get(image, "match-repository")))
		(void)printf("    match-repository: true\n");
	if (json_object_size(annotations) > 0)
		(void)printf("    annotations: %s\n", text ? text : "?");
	if (json_is_integer(age)) {
		(void)printf("    max-age: ");
		print_duration(age);
		(void)printf("\n");
	}
	json_array_foreach(json_object_get(image, "attestations"), index, attestation)
	{
		(void)printf("    attestation %s by ", text_of(attestation, "type"));
		policy_show_signed_by(json_object_get(attestation, "signed-by"));
		(void)printf("\n");
	}
	if (json_is_object(limits))
		print_vulnerabilities(limits);
}

static int print_image(const struct policy *policy, json_int_t record, struct error **error)
{
	cleanup_json json_t *image = NULL;
	int result = trust_records_image(policy->generation, record, &image, error);
	if (result < 0)
		return result;
	const json_t *signed_by = json_object_get(image, "signed-by");
	(void)printf("  images ");
	print_texts(json_object_get(image, "match"));
	(void)printf(":");
	if (json_is_object(signed_by)) {
		(void)printf(" signed by ");
		policy_show_signed_by(signed_by);
	}
	(void)printf("\n");
	print_demands(image);
	return 0;
}

static void print_scalars(const json_t *scalars)
{
	const char *separator = " ";
	for (const struct policy_key *key = order_trust_keys; key->type != KEY_END; key++) {
		const json_t *value = json_object_get(scalars, key->name);
		if (!value)
			continue;
		(void)printf("%s%s %s", separator, key->name,
			     json_is_string(value) ? json_string_value(value) : json_is_true(value) ? "true" : "false");
		separator = ", ";
	}
	(void)printf("\n");
}

static int print_lists(const struct policy *policy, const json_t *lists, struct error **error)
{
	const json_t *registries = json_object_get(lists, "registries"), *deny = json_object_get(lists, "deny");
	const json_t *images = json_object_get(lists, "images");
	if (json_is_array(registries)) {
		(void)printf("  registries: ");
		print_texts(registries);
		(void)printf("\n");
	}
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)deny, index, item)
		(void)printf("  deny: %s\n", json_string_value(item));
	int result = 0;
	for (size_t i = 0; result == 0 && i < trust_list_count(images); i++)
		result = print_image(policy, trust_list_record(images, i), error);
	return result;
}

static int print_scopes(const struct policy *policy, const json_t *outline, struct error **error)
{
	const json_t *scopes = json_object_get(policy->base, "scopes");
	for (size_t i = 0; i < json_array_size(scopes); i++) {
		const json_t *scope = json_array_get(scopes, i), *trust = json_object_get(scope, "trust");
		char place[32];
		(void)snprintf(place, sizeof(place), "%zu", i);
		if (!trust)
			continue;
		(void)printf("trust in %s:", text_of(scope, "title"));
		print_scalars(trust);
		int result = print_lists(policy, json_object_get(json_object_get(outline, "scopes"), place), error);
		if (result < 0)
			return result;
	}
	return 0;
}

int policy_show_trust(const struct policy *policy, struct error **error)
{
	const json_t *trust = json_object_get(policy->base, "trust");
	cleanup_json json_t *outline = NULL;
	if (json_is_null(trust) || !policy->generation) {
		(void)printf("trust: nothing is asked of images; none is verified\n");
		return 0;
	}
	int result = trust_records_outline(policy->generation, &outline, error);
	if (result < 0)
		return result;
	(void)printf("\ntrust:");
	print_scalars(trust);
	size_t index;
	json_t *name;
	json_array_foreach(json_object_get(outline, "signers"), index, name)
		if (result == 0)
			result = print_signer(policy, json_string_value(name), error);
	if (result == 0)
		result = print_lists(policy, outline, error);
	return result < 0 ? result : print_scopes(policy, outline, error);
}

void policy_show_trust_summary(const json_t *base, const json_t *trust)
{
	const json_t *outline = json_object_get(trust, "outline");
	if (!outline)
		return;
	(void)printf("trust: %zu signer%s, %zu image entr%s, unmatched images: %s\n",
		     json_array_size(json_object_get(outline, "signers")),
		     json_array_size(json_object_get(outline, "signers")) == 1 ? "" : "s",
		     trust_list_count(json_object_get(outline, "images")),
		     trust_list_count(json_object_get(outline, "images")) == 1 ? "y" : "ies",
		     text_of(json_object_get(base, "trust"), "unmatched"));
}
