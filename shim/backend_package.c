#include "shim/backend_package.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"

static const size_t largest_list = (size_t)1 << 20, largest_status = (size_t)64 << 20; /* bytes */

/* Without "/usr" in front: packages name files by either path since /bin and /usr/bin
 * are one. */
static const char *short_path(const char *path)
{
	return text_starts_with(path, "/usr/") ? path + strlen("/usr") : path;
}

/* The value of `field` ("Version: ") in a stanza that ends at `end`, or NULL. */
static char *field_of(const char *stanza, const char *end, const char *field)
{
	for (const char *line = stanza; line < end; line += strcspn(line, "\n") + 1)
		if (text_starts_with(line, field))
			return strndup(line + strlen(field), strcspn(line + strlen(field), "\n"));
	return NULL;
}

static bool owns(const char *database, const char *package, const char *path)
{
	cleanup_free char *name = NULL, *text = NULL;
	size_t length = 0;
	if (asprintf(&name, "%s/info/%s.list", database, package) < 0 ||
	    file_read(name, largest_list, &text, &length, NULL) < 0)
		return false;
	for (char *rest = NULL, *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (strcmp(short_path(line), short_path(path)) == 0)
			return true;
	return false;
}

/* The stanza "Package: NAME" of dpkg's status; NULL where there is none. */
static const char *find_stanza(const char *text, const char *package, const char **ret_end)
{
	cleanup_text struct text head = {0};
	text_append_format(&head, "Package: %s\n", package);
	for (const char *stanza = text; !head.failed && *stanza; stanza = *ret_end) {
		const char *end = strstr(stanza, "\n\n");
		*ret_end = end ? end + 2 : stanza + strlen(stanza);
		if (text_starts_with(stanza, head.data))
			return stanza;
	}
	return NULL;
}

char *backend_package_revision_in(const char *database, const char *package, const char *path)
{
	cleanup_free char *name = NULL, *text = NULL;
	size_t length = 0;
	const char *end = NULL;
	if (!owns(database, package, path) || asprintf(&name, "%s/status", database) < 0 ||
	    file_read(name, largest_status, &text, &length, NULL) < 0)
		return strdup("");
	const char *stanza = find_stanza(text, package, &end);
	cleanup_free char *status = stanza ? field_of(stanza, end, "Status: ") : NULL;
	char *version = stanza ? field_of(stanza, end, "Version: ") : NULL;
	if (version && status && text_ends_with(status, " installed"))
		return version;
	free(version);
	return strdup("");
}

char *backend_package_revision(const struct backend *backend)
{
	cleanup_free char *real = file_path_of_descriptor(backend->descriptor);
	return backend_package_revision_in("/var/lib/dpkg", backend_kind_name(backend->kind),
					   real ? real : backend->path);
}
