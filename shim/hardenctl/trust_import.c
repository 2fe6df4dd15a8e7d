#include <errno.h>
#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/layout.h"
#include "policy/trust/store.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"

static const struct {
	const char *one, *many;
} words[LAYOUT_STATEMENTS] = {
	[LAYOUT_SIGNATURE] = {"cosign signature", "cosign signatures"},
	[LAYOUT_ATTESTATION] = {"attestation", "attestations"},
	[LAYOUT_BUNDLE] = {"Sigstore bundle", "Sigstore bundles"},
	[LAYOUT_NOTATION] = {"Notation signature", "Notation signatures"},
};

static void print(const struct layout_image *image, const char *name)
{
	size_t all = 0;
	cleanup_text struct text quoted = {0};
	if (name)
		text_append_quoted(&quoted, name);
	(void)printf("%s%s%s: ", image->digest, name ? " " : "", quoted.data ? quoted.data : "");
	for (size_t i = 0; i < LAYOUT_STATEMENTS; i++) {
		size_t count = image->statements[i];
		if (count)
			(void)printf("%s%zu %s", all ? ", " : "", count, count == 1 ? words[i].one : words[i].many);
		all += count;
	}
	(void)puts(all ? "" : "no signature and no attestation of it is in the layout");
}

/* All images are read before the first is put into the store, so that a layout which is
 * wrong somewhere changes nothing. */
static int check_all(const struct layout *layout, struct error **error)
{
	for (size_t i = 0; i < layout->count; i++) {
		cleanup_evidence struct evidence evidence = {0};
		int result = layout_read_image(layout, &layout->images[i], &evidence, error);
		if (result < 0)
			return result;
	}
	return 0;
}

static int import(const char *store, const struct layout *layout, const char *name, struct error **error)
{
	int result = check_all(layout, error);
	for (size_t i = 0; result == 0 && i < layout->count; i++) {
		const struct layout_image *image = &layout->images[i];
		const char *own = name ? name : image->name;
		cleanup_evidence struct evidence evidence = {0};
		result = layout_read_image(layout, image, &evidence, error);
		const struct trust_store_addition addition = {.digest = image->digest, .name = own, .blobs = &evidence};
		if (result == 0)
			result = trust_put(store, &addition, error);
		if (result == 0)
			print(image, own);
		else if (i > 0)
			result = error_prefix(error, "%zu of %zu images are imported; the next is not", i, layout->count);
	}
	return result;
}

int trust_import(int argc, char **argv)
{
	const char *directory = NULL, *name = NULL;
	const struct trust_option options[] = {{.name = "--name", .value = &name}};
	const char *store = NULL;
	cleanup_error struct error *error = NULL;
	cleanup_layout struct layout layout = {.blobs = -1};
	if (trust_arguments("import", argc, argv, options, ARRAY_SIZE(options), &directory, 1, &store) < 0)
		return EXIT_UNABLE;
	if (layout_open(directory, &layout, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	if (layout.count == 0) {
		(void)error_set(&error, EINVAL, "the layout \"%s\" has no image", directory);
		return output_failure(EXIT_UNABLE, error);
	}
	if (name && layout.count > 1) {
		(void)error_set(&error, EINVAL, "the layout has %zu images, and --name names one; leave it out", layout.count);
		return output_failure(EXIT_UNABLE, error);
	}
	if (import(store, &layout, name, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	for (size_t i = 0; i < layout.note_count; i++)
		(void)printf("note: %s\n", layout.notes[i]);
	return EXIT_CLEAN;
}
