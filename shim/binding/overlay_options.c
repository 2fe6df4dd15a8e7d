#include "shim/binding/overlay_options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/host/mountinfo.h"

/* They change how the layers are kept, cached or labelled, not which ones they are. With
 * redirects and metacopy a file's bytes come from elsewhere, but from these layers. */
static const char *const harmless[] = {
	"rw", "ro", "index", "xino", "uuid", "nfs_export", "volatile", "fsync", "userxattr", "metacopy",
	"redirect_dir", "default_permissions", "seclabel", "context", "fscontext", "defcontext", "rootcontext",
	NULL,
};

void overlay_options_release(struct overlay_options *options)
{
	free(options->text);
	free((void *)options->lower);
	*options = (struct overlay_options){0};
}

/* Cuts the next option off. SELinux quotes a context that has commas. */
static char *next_option(char **rest)
{
	char *option = *rest;
	if (!option)
		return NULL;
	char *end = option + strcspn(option, ",=");
	if (*end == '=' && end[1] == '"') {
		char *quote = strchr(end + 2, '"');
		end = quote ? quote + 1 : end;
	}
	end += strcspn(end, ",");
	*rest = *end ? end + 1 : NULL;
	*end = '\0';
	return option;
}

/* "a:b:c"; a backslash stands before a colon that belongs to a name. */
static void split_lower(char *list, struct overlay_options *options)
{
	char *write = list;
	options->lower[options->lower_count++] = list;
	for (const char *read = list; *read; read++) {
		if (*read == '\\' && read[1]) {
			*write++ = *++read;
		} else if (*read == ':') {
			*write++ = '\0';
			options->lower[options->lower_count++] = write;
		} else {
			*write++ = *read;
		}
	}
	*write = '\0';
}

static int set_once(const char **place, const char *value, const char *name, struct error **error)
{
	if (*place)
		return error_set(error, EPERM, "the overlay under the container's root has the option \"%s\" twice", name);
	*place = value;
	return 0;
}

static int take(const char *name, char *value, struct overlay_options *options, struct error **error)
{
	mountinfo_unescape(value);
	if (text_equal(name, "lowerdir") && options->lower_count > 0)
		return error_set(error, EPERM, "the overlay under the container's root has the option \"lowerdir\" twice");
	if (text_equal(name, "lowerdir")) {
		split_lower(value, options);
		return 0;
	}
	if (text_equal(name, "lowerdir+")) {
		options->lower[options->lower_count++] = value;
		return 0;
	}
	if (text_equal(name, "upperdir"))
		return set_once(&options->upper, value, name, error);
	if (text_equal(name, "workdir"))
		return set_once(&options->work, value, name, error);
	return error_set(error, EPERM,
			 "the overlay under the container's root has the option \"%s\", of which it is not known what it "
			 "shows",
			 name);
}

static int take_apart(struct overlay_options *options, struct error **error)
{
	char *rest = options->text;
	int result = 0;
	for (char *option; result == 0 && (option = next_option(&rest));) {
		char *equals = strchr(option, '=');
		if (equals)
			*equals = '\0';
		if (!text_is_one_of(option, harmless))
			result = take(option, equals ? equals + 1 : option + strlen(option), options, error);
	}
	for (size_t i = 0; result == 0 && i < options->lower_count; i++)
		if (!*options->lower[i])
			result = error_set(error, EPERM,
					   "the overlay under the container's root has a layer that only gives data");
	return result;
}

int overlay_options_parse(const char *options, struct overlay_options *ret_options, struct error **error)
{
	cleanup_overlay_options struct overlay_options taken = {.text = strdup(options)};
	/* each layer takes at least one character */
	taken.lower = calloc(strlen(options) + 2, sizeof(*taken.lower));
	if (!taken.text || !taken.lower)
		return error_out_of_memory(error);
	int result = take_apart(&taken, error);
	if (result == 0) {
		*ret_options = taken;
		taken = (struct overlay_options){0};
	}
	return result;
}
