#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"
#include "policy/trust/store.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"

static int misused(const char *command, const char *argument)
{
	if (argument)
		(void)fprintf(stderr, "hardenctl: trust %s: unexpected \"%s\"", command, argument);
	else
		(void)fprintf(stderr, "hardenctl: trust %s: an argument is missing", command);
	(void)fprintf(stderr, "; see hardenctl trust %s --help\n", command);
	return -EINVAL;
}

/* Takes the option at argv[*at], and its text behind it. */
static int take_option(const char *command, int argc, char **argv, int *at,
		       const struct trust_option *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(options[i].name, argv[*at]) != 0)
			continue;
		if (options[i].given) {
			*options[i].given = true;
			return 0;
		}
		if (*at + 1 == argc)
			return misused(command, NULL);
		*options[i].value = argv[++*at];
		return 0;
	}
	return misused(command, argv[*at]);
}

int trust_arguments(const char *command, int argc, char **argv, const struct trust_option *options,
		    size_t option_count, const char **arguments, size_t count, const char **ret_store)
{
	const char *store = TRUST_STORE;
	const struct trust_option common = {.name = "--store", .value = &store};
	size_t given = 0;
	for (int i = 1; i < argc; i++) {
		int result = 0;
		if (strcmp(argv[i], common.name) == 0)
			result = take_option(command, argc, argv, &i, &common, 1);
		else if (argv[i][0] == '-')
			result = take_option(command, argc, argv, &i, options, option_count);
		else if (given < count)
			arguments[given++] = argv[i];
		else
			result = misused(command, argv[i]);
		if (result < 0)
			return result;
	}
	if (given < count)
		return misused(command, NULL);
	*ret_store = store;
	return 0;
}

int trust_resolve(const char *store, const char *name, char ret_digest[DIGEST_LENGTH + 1], struct error **error)
{
	struct trust_store_image *images = NULL;
	size_t count = 0, found = 0;
	if (digest_is_valid(name)) {
		memcpy(ret_digest, name, DIGEST_LENGTH + 1);
		return 0;
	}
	int result = trust_store_list(store, &images, &count, error);
	if (result < 0)
		return result;
	for (size_t i = 0; i < count; i++)
		if (text_equal(images[i].name, name)) {
			memcpy(ret_digest, images[i].digest, sizeof(images[i].digest));
			found++;
		}
	trust_store_list_release(images, count);
	if (found == 1)
		return 0;
	cleanup_text struct text quoted = {0};
	text_append_quoted(&quoted, name);
	if (quoted.failed)
		return error_out_of_memory(error);
	if (found > 1)
		return error_set(error, EEXIST, "%zu images in the store have the name %s; say which by its digest (hardenctl "
				 "trust list)", found, quoted.data);
	return error_set(error, ENOENT, "the store has no image %s; hardenctl trust list shows what it has", quoted.data);
}
