#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/store.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"

static json_t *as_json(const struct trust_store_image *images, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; array && i < count; i++) {
		json_t *image = json_pack("{s:s,s:s?,s:I,s:I,s:I,s:b}", "digest", images[i].digest, "name", images[i].name,
					  "blobs", (json_int_t)images[i].blobs, "size", (json_int_t)images[i].size, "changed",
					  (json_int_t)images[i].changed, "unasked", images[i].unasked);
		if (json_array_append_new(array, image) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static void print(const struct trust_store_image *image)
{
	struct tm when;
	char date[32] = "?";
	time_t changed = (time_t)image->changed;
	cleanup_text struct text name = {0};
	if (gmtime_r(&changed, &when))
		(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M", &when);
	if (image->name)
		text_append_quoted(&name, image->name);
	(void)printf("%s  %s  %4zu blobs  %8" PRIu64 " bytes  %s%s\n", image->digest, date, image->blobs, image->size,
		     name.data ? name.data : "-", image->unasked ? "  (by trust watch)" : "");
}

int trust_list(int argc, char **argv)
{
	bool json = false;
	const struct trust_option options[] = {{.name = "--json", .given = &json}};
	const char *store = NULL;
	cleanup_error struct error *error = NULL;
	struct trust_store_image *images = NULL;
	size_t count = 0;
	int status = EXIT_CLEAN;
	if (trust_arguments("list", argc, argv, options, ARRAY_SIZE(options), NULL, 0, &store) < 0)
		return EXIT_UNABLE;
	if (trust_store_list(store, &images, &count, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	cleanup_json json_t *array = json ? as_json(images, count) : NULL;
	if (array)
		status = output_json(array);
	else if (json)
		status = output_failure(EXIT_UNABLE, NULL);
	for (size_t i = 0; !json && i < count; i++)
		print(&images[i]);
	if (!json && count == 0)
		(void)puts("The store has no image; hardenctl trust import DIR puts one into it.");
	trust_store_list_release(images, count);
	return status;
}
