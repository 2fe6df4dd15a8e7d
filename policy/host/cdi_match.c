/* Whether something of config.json stands in a CDI specification. */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/host/cdi.h"

struct identity {
	char type; /* 'c', 'b', 'p' */
	int64_t major, minor;
};

static const char *text_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	return document_is_string(value) ? json_string_value(value) : NULL;
}

/* "u" is a character device, too. */
static char type_of(const char *text)
{
	if (!text || !*text || text[1])
		return '\0';
	return *text == 'u' ? 'c' : *text;
}

static bool read_number(const json_t *object, const char *key, int64_t *ret)
{
	const json_t *value = json_object_get(object, key);
	return value && document_read_int64(value, ret) == 0;
}

/* As CDI's own library does it: what is left out is the host's. */
static bool identify_node(const json_t *node, struct identity *ret)
{
	const char *path = text_of(node, "hostPath");
	if (!path || !*path)
		path = text_of(node, "path");
	ret->type = type_of(text_of(node, "type"));
	bool has_numbers = read_number(node, "major", &ret->major) && read_number(node, "minor", &ret->minor) &&
			   (ret->major || ret->minor);
	if (ret->type && has_numbers)
		return true;
	struct stat status;
	if (!path || stat(path, &status) < 0)
		return false;
	char kind = S_ISCHR(status.st_mode) ? 'c' : S_ISBLK(status.st_mode) ? 'b' : '\0';
	if (!kind || (ret->type && ret->type != kind))
		return false;
	ret->type = kind;
	if (!has_numbers) {
		ret->major = (int64_t)major(status.st_rdev);
		ret->minor = (int64_t)minor(status.st_rdev);
	}
	return true;
}

static bool is_identity(const json_t *object, const struct identity *identity)
{
	int64_t major_number = -1, minor_number = -1;
	return type_of(text_of(object, "type")) == identity->type && read_number(object, "major", &major_number) &&
	       read_number(object, "minor", &minor_number) && major_number == identity->major &&
	       minor_number == identity->minor;
}

/* Each element of `field` of all edits, until one fits. */
static bool any(const json_t *edits, const char *field, bool (*fits)(const json_t *element, const void *wanted),
		const void *wanted)
{
	size_t index, position;
	json_t *one, *element;
	json_array_foreach(edits, index, one)
		json_array_foreach(json_object_get(one, field), position, element)
			if (fits(element, wanted))
				return true;
	return false;
}

static bool node_fits(const json_t *node, const void *wanted)
{
	struct identity identity = {0};
	const json_t *device = wanted;
	const char *path = text_of(node, "path");
	return path && text_equal(path, text_of(device, "path")) && identify_node(node, &identity) &&
	       is_identity(device, &identity);
}

bool cdi_has_device(const json_t *edits, const json_t *device)
{
	return any(edits, "deviceNodes", node_fits, device);
}

static bool rule_fits(const json_t *node, const void *wanted)
{
	struct identity identity = {0};
	const json_t *rule = wanted;
	const char *allowed = text_of(node, "permissions"), *access = text_of(rule, "access");
	if (!allowed || !*allowed)
		allowed = "rwm";
	if (!access || !*access)
		access = "rwm";
	return strspn(access, allowed) == strlen(access) && identify_node(node, &identity) &&
	       is_identity(rule, &identity);
}

bool cdi_allows_rule(const json_t *edits, const json_t *rule)
{
	return any(edits, "deviceNodes", rule_fits, rule);
}

struct wanted_mount {
	const char *source, *destination;
	bool read_only;
};

static bool has_word(const json_t *list, const char *word)
{
	size_t index;
	json_t *item;
	json_array_foreach(list, index, item)
		if (text_equal(json_string_value(item), word))
			return true;
	return false;
}

static bool mount_fits(const json_t *mount, const void *wanted)
{
	const struct wanted_mount *given = wanted;
	return text_equal(text_of(mount, "hostPath"), given->source) &&
	       text_equal(text_of(mount, "containerPath"), given->destination) &&
	       (given->read_only || !has_word(json_object_get(mount, "options"), "ro"));
}

bool cdi_has_mount(const json_t *edits, const char *source, const char *destination, bool read_only)
{
	struct wanted_mount wanted = {source, destination, read_only};
	return source && destination && any(edits, "mounts", mount_fits, &wanted);
}

struct wanted_hook {
	const char *name;
	const json_t *hook;
};

/* Equal, or on both sides absent, null or empty. */
static bool same_list(const json_t *left, const json_t *right)
{
	bool no_left = document_is_missing(left) || (json_is_array(left) && !json_array_size(left));
	bool no_right = document_is_missing(right) || (json_is_array(right) && !json_array_size(right));
	return no_left || no_right ? no_left && no_right : json_equal(left, right);
}

static bool hook_fits(const json_t *hook, const void *wanted)
{
	const struct wanted_hook *given = wanted;
	const char *path = text_of(hook, "path");
	return path && text_equal(text_of(hook, "hookName"), given->name) &&
	       text_equal(path, text_of(given->hook, "path")) &&
	       same_list(json_object_get(hook, "args"), json_object_get(given->hook, "args")) &&
	       same_list(json_object_get(hook, "env"), json_object_get(given->hook, "env"));
}

bool cdi_has_hook(const json_t *edits, const char *name, const json_t *hook)
{
	struct wanted_hook wanted = {name, hook};
	return name && any(edits, "hooks", hook_fits, &wanted);
}
