#include "shim/hardenctl/verify_text.h"

#include <stdio.h>

#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"

const char *verify_word(const struct image_trust *trust)
{
	if (!trust->verdict)
		return "any image runs";
	if (json_array_size(trust->reasons) > 0)
		return "not trusted";
	return json_is_true(json_object_get(trust->verdict, "matched")) ? "trusted"
								       : "allowed unverified (trust/unmatched)";
}

static void print_row(const char *label, const char *value)
{
	if (value && *value)
		printf("%-10s %s\n", label, value);
}

static void print_texts(const char *label, const json_t *texts)
{
	size_t i;
	json_t *text;
	if (json_array_size(texts) > 0)
		printf("%s\n", label);
	json_array_foreach((json_t *)(uintptr_t)texts, i, text)
		printf("  %s\n", json_string_value(text));
}

static void print_rejections(const json_t *rejections)
{
	size_t i;
	json_t *rejection;
	if (json_array_size(rejections) > 0)
		printf("does not count:\n");
	json_array_foreach((json_t *)(uintptr_t)rejections, i, rejection)
		printf("  %s %s: %s\n", json_string_value(json_object_get(rejection, "format")),
		       json_string_value(json_object_get(rejection, "source")),
		       json_string_value(json_object_get(rejection, "why")));
}

static void print_trust(const char *word, const struct local_images *images, const struct image_trust *trust)
{
	static const char *const keys[] = {"config", "manifest", "index"};
	bool good = json_array_size(trust->reasons) == 0;
	const char *name = images->list[0].facts.image.value;
	print_row("image", name ? name : word);
	for (size_t i = 0; i < images->count; i++)
		print_row("found in", images->list[i].place);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		print_row(keys[i], json_string_value(json_object_get(trust->verdict, keys[i])));
	printf("%-10s %s%s%s\n", "verdict", style_on(stdout, good ? STYLE_GREEN : STYLE_RED), verify_word(trust),
	       style_off(stdout));
	print_texts("why not:", trust->reasons);
	print_texts("proof:", trust->proof);
	print_rejections(json_object_get(trust->verdict, "rejections"));
}

static int print_json(const struct local_images *images, const struct image_trust *trust)
{
	cleanup_json json_t *whole = json_copy(trust->verdict), *places = json_array();
	for (size_t i = 0; i < images->count; i++)
		if (*images->list[i].place && json_array_append_new(places, json_string(images->list[i].place)) < 0)
			return EXIT_UNABLE;
	if (!whole || !places || json_object_set(whole, "found-in", places) < 0 ||
	    json_object_set(whole, "reasons", trust->reasons) < 0 ||
	    json_object_set(whole, "proof", trust->proof) < 0 ||
	    json_object_set_new(whole, "trusted", json_boolean(json_array_size(trust->reasons) == 0)) < 0)
		return EXIT_UNABLE;
	return output_json(whole);
}

int verify_tell(const char *word, const struct local_images *images, const struct image_trust *trust, bool json)
{
	int status = json_array_size(trust->reasons) > 0 ? EXIT_REFUSED : EXIT_CLEAN;
	if (json)
		return print_json(images, trust) == EXIT_CLEAN ? status : EXIT_UNABLE;
	print_trust(word, images, trust);
	return status;
}
