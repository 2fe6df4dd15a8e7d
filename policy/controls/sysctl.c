/* linux.sysctl: settings of the kernel that the backend writes for the container. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/namespace.h"

#define AT "/linux/sysctl"

/* Which kind of namespace has settings of its own below a name; all others are the
 * whole host's. sysctl(8)'s names with dots; one that ends in '.' or '*' covers what
 * starts with it. */
static const struct {
	const char *name;
	const char *namespace;
} places[] = {
	{"net.", "network"},
	{"kernel.shm*", "ipc"},
	{"kernel.msg*", "ipc"},
	{"kernel.sem", "ipc"},
	{"fs.mqueue.", "ipc"},
	{"kernel.domainname", "uts"},
};

static bool covers(const char *pattern, const char *name)
{
	size_t length = strlen(pattern);
	char last = pattern[length - 1];
	if (last != '.' && last != '*')
		return strcmp(pattern, name) == 0;
	return strncmp(pattern, name, last == '*' ? length - 1 : length) == 0;
}

static const char *namespace_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (covers(places[i].name, name))
			return places[i].namespace;
	return NULL;
}

/* Writes `key` with every separator as a dot: both backends take '.' and '/' for the
 * same, however they are mixed, and write to the file that has slashes in all those
 * places. False where a part is empty ("..", "//", a separator at an end) or has a
 * character that no setting has. */
static bool normalise(const char *key, char *normalised, size_t size)
{
	bool begins = true;
	size_t length = 0;
	for (; *key; key++) {
		bool separator = *key == '.' || *key == '/';
		if ((separator && begins) || (unsigned char)*key <= ' ' || (unsigned char)*key >= 0x7f ||
		    strchr("*?[]\\\"'", *key) || length + 1 >= size)
			return false;
		normalised[length++] = separator ? '.' : *key;
		begins = separator;
	}
	normalised[length] = '\0';
	return !begins;
}

static bool is_allowed(const json_t *settings, const char *name)
{
	size_t index;
	json_t *element;
	char listed[256];
	json_array_foreach(setting_list(settings, "allow"), index, element)
		if (normalise(json_string_value(element), listed, sizeof(listed)) && strcmp(listed, name) == 0)
			return true;
	return false;
}

/* Whether the container has a namespace of this type that is not the host's. Whose a
 * joined one is, the control namespaces judges. */
static bool has_own(const struct container_view *view, const struct facts *facts, const char *type)
{
	size_t index;
	json_t *entry;
	json_array_foreach(json_object_get(view->linux_section, "namespaces"), index, entry) {
		if (!text_equal(json_string_value(json_object_get(entry, "type")), type))
			continue;
		const json_t *path = json_object_get(entry, "path");
		if (document_is_blank(path))
			return true;
		struct namespace_place place = {.host = true};
		if (!document_is_string(path) || namespace_locate(json_string_value(path), namespace_kind_of(type),
								  facts->advisory, &place, NULL) < 0)
			return false;
		bool own = !place.host;
		namespace_place_release(&place);
		return own;
	}
	return false;
}

struct place {
	const struct container_view *view;
	const struct facts *facts;
	const json_t *settings;
	json_t *seen; /* normalised name → value */
};

/* Why the setting may not be written; NULL where it may. */
static const char *reason(const struct place *place, const char *name, const json_t *value, bool *ret_listable)
{
	const json_t *earlier = json_object_get(place->seen, name);
	const char *type = namespace_of(name);
	*ret_listable = false;
	if (!document_is_string(value))
		return "is no text";
	if (earlier && !json_equal(earlier, value))
		return "is another spelling of a setting that has another value above, and runtimes differ in which counts";
	if (!type)
		return "is a setting of the whole host, which no namespace keeps apart";
	if (!has_own(place->view, place->facts, type))
		return strcmp(type, "network") == 0
			       ? "would be written to the host, since the container has no network namespace of its own"
			       : "would be written to the host, since the container has no such namespace of its own";
	*ret_listable = true;
	return is_allowed(place->settings, name) ? NULL : "is a kernel setting that the policy does not list";
}

static int judge(const struct place *place, const char *key, json_t *value, struct findings *findings)
{
	char name[256];
	bool listable = false;
	bool plain = normalise(key, name, sizeof(name));
	const char *why = plain ? reason(place, name, value, &listable) : "is not the name of a kernel setting";
	if (!why)
		return json_object_set(place->seen, name, value) < 0 ? -ENOMEM : 0;
	cleanup_free char *pointer = document_pointer_below(AT, key);
	if (!pointer)
		return -ENOMEM;
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = value,
				   .remedy = listable ? json_pack("{s:[s]}", "add", name) : NULL,
			   },
			   "%s", why);
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)error;
	json_t *sysctl = json_object_get(view->linux_section, "sysctl");
	if (document_is_missing(sysctl))
		return 0;
	if (!json_is_object(sysctl))
		return finding_add(findings, (struct finding_spec){.pointer = AT}, "is not an object");
	cleanup_json json_t *seen = json_object();
	if (!seen)
		return -ENOMEM;
	const struct place place = {.view = view, .facts = facts, .settings = settings, .seen = seen};
	const char *key;
	json_t *value;
	json_object_foreach(sysctl, key, value) {
		int result = judge(&place, key, value, findings);
		if (result < 0)
			return result;
	}
	return 0;
}

static int check_name(const json_t *value, struct error **error)
{
	char name[256];
	const char *text = json_string_value(value);
	if (!text || !normalise(text, name, sizeof(name)))
		return error_set(error, EINVAL, "expected the full name of a kernel setting, such as net.core.somaxconn");
	if (!namespace_of(name))
		return error_set(error, EINVAL,
				 "expected a setting that a namespace has for itself (net.…, kernel.shm…, kernel.msg…, "
				 "kernel.sem, fs.mqueue.…, kernel.domainname); others are the whole host's: set them there");
	return 0;
}

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.fallback = "[\"kernel.shm_rmid_forced\", \"net.ipv4.ip_local_port_range\", "
			    "\"net.ipv4.ip_local_reserved_ports\", \"net.ipv4.ip_unprivileged_port_start\", "
			    "\"net.ipv4.ping_group_range\", \"net.ipv4.tcp_fin_timeout\", "
			    "\"net.ipv4.tcp_keepalive_intvl\", \"net.ipv4.tcp_keepalive_probes\", "
			    "\"net.ipv4.tcp_keepalive_time\", \"net.ipv4.tcp_rmem\", \"net.ipv4.tcp_syncookies\", "
			    "\"net.ipv4.tcp_wmem\"]",
		.help = "Kernel settings that a container may have in namespaces of its own, by their full names; "
			"dots and slashes mean the same. The fallback is what Kubernetes calls safe",
		.check = check_name,
	},
	{.type = KEY_END},
};

const struct control control_sysctl = {
	.name = "sysctl",
	.summary = "Refuses kernel settings that are the host's, or that the policy does not list",
	.risk = "The backend writes these settings as root. One that no namespace keeps apart, or that belongs to a "
		"namespace which the container shares with the host, changes the host: its core pattern starts a "
		"program as root, its network settings open or cut every other container's. Names with slashes or a "
		"mixture of both mean the same.",
	.pss = "baseline",
	.verbs = VERB_CREATE,
	.action = ACTION_REFUSE,
	.owns = (const char *const[]){AT, NULL},
	.keys = keys,
	.assess = assess,
};
