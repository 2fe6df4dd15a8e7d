/* linux.cgroupsPath: the control group that the backend puts the container into. The
 * cgroup namespace is the control namespaces', a mounted cgroup file system mount-types'. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

#define AT "/linux/cgroupsPath"
#define REFERENCE "CIS 5.25"
#define SLICE ".slice"
#define DEFAULT_SLICE "system.slice" /* where backends put an empty one */

/* A path below the hierarchy's root, "/docker/ID", or a unit of systemd,
 * "system.slice:docker:ID". */
struct group {
	char *parent; /* "/docker", "" for the root, or "system.slice"; owned */
	char *name;   /* the last part; owned */
	bool unit;
};

static void group_release(struct group *group)
{
	free(group->parent);
	free(group->name);
}
#define cleanup_group __attribute__((cleanup(group_release)))

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f || *text == '\\')
			return false;
	return true;
}

/* systemd's form: "a-b.slice" stands below "a.slice"; "-.slice" is the root. */
static bool is_slice(const char *name)
{
	size_t length = strlen(name);
	if (!text_ends_with(name, SLICE) || length == strlen(SLICE) || name[0] == '-' || strchr(name, '/') ||
	    strstr(name, "--") || strstr(name, "-" SLICE))
		return false;
	return strcspn(name, ".") == length - strlen(SLICE);
}

/* Where the path of a well-formed group has a part that leads elsewhere. */
static bool has_odd_part(const char *path)
{
	for (const char *at = path; *at == '/';) {
		at++;
		size_t length = strcspn(at, "/");
		if (length == 0 || (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
			return true;
		at += length;
	}
	return false;
}

static int parse_unit(const char *text, struct group *group, const char **ret_why)
{
	const char *first = strchr(text, ':'), *second = strchr(first + 1, ':');
	if (!second || strchr(second + 1, ':') || strchr(text, '/')) {
		*ret_why = "is neither a path nor of the form SLICE:PREFIX:NAME";
		return 0;
	}
	group->unit = true;
	group->parent = first == text ? strdup(DEFAULT_SLICE) : strndup(text, (size_t)(first - text));
	group->name = strdup(second + 1);
	if (!group->parent || !group->name)
		return -ENOMEM;
	if (!is_slice(group->parent))
		*ret_why = "does not begin with the plain name of a slice";
	else if (text_ends_with(group->name, SLICE))
		*ret_why = "names a whole slice, which other services share, in place of a scope of its own";
	return 0;
}

static int parse_path(const char *text, struct group *group, const char **ret_why)
{
	if (text[0] != '/') {
		*ret_why = "is relative: it would lie in whatever control group the engine runs in; give "
			   "--cgroup-parent with a leading slash";
		return 0;
	}
	if (has_odd_part(text)) {
		*ret_why = "has an empty part, \".\" or \"..\"";
		return 0;
	}
	const char *slash = strrchr(text, '/');
	group->parent = strndup(text, (size_t)(slash - text));
	group->name = strdup(slash + 1);
	return group->parent && group->name ? 0 : -ENOMEM;
}

/* 0; *ret_why is set where the text is of no form that may be. */
static int parse(const json_t *value, struct group *group, const char **ret_why)
{
	const char *text = document_text(value);
	if (!text || !is_plain(text)) {
		*ret_why = "is not the path of a control group";
		return 0;
	}
	return strchr(text, ':') ? parse_unit(text, group, ret_why) : parse_path(text, group, ret_why);
}

/* `name` has the whole id in it, with nothing that could be part of another id beside
 * it: engines write "ID", "libpod-ID", "cri-containerd-ID". */
static bool bears_id(const char *name, const char *id)
{
	size_t length = id ? strlen(id) : 0;
	if (length == 0)
		return false;
	for (const char *at = strstr(name, id); at; at = strstr(at + 1, id))
		if ((at == name || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[length]))
			return true;
	return false;
}

/* `path` is `parent` or below it. */
static bool is_within(const char *path, const char *parent)
{
	size_t length = strlen(parent);
	return strncmp(path, parent, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* The same for slices, whose dashes are the levels. */
static bool is_slice_within(const char *slice, const char *parent)
{
	size_t length = strlen(parent) - strlen(SLICE);
	return strcmp(slice, parent) == 0 ||
	       (text_ends_with(parent, SLICE) && strncmp(slice, parent, length) == 0 && slice[length] == '-');
}

static bool is_listed(const struct group *group, const json_t *settings)
{
	size_t index;
	json_t *parent;
	json_array_foreach(setting_list(settings, "parents"), index, parent) {
		const char *text = json_string_value(parent);
		bool path = text[0] == '/';
		if (path != group->unit &&
		    (path ? is_within(group->parent, text) : is_slice_within(group->parent, text)))
			return true;
	}
	return false;
}

/* containerd puts a container of its clients into /NAMESPACE, unless told otherwise;
 * whoever calls the runtime by hand, into one directly below the root. */
static bool is_engines_default(const struct group *group, const struct facts *facts)
{
	if (group->unit)
		return false;
	if (facts->engine == ENGINE_NONE)
		return !*group->parent;
	return facts->engine == ENGINE_CONTAINERD && facts->namespace.value &&
	       facts->namespace.provenance == PROVENANCE_ENGINE && group->parent[0] == '/' &&
	       strcmp(group->parent + 1, facts->namespace.value) == 0;
}

/* No engine gives a container a group whose name is another's. */
static int judge_name(const struct group *group, const struct facts *facts, struct finding_spec spec,
		      struct findings *findings)
{
	if (bears_id(group->name, facts->id))
		return 0;
	spec.note = facts->id_assumed;
	return finding_add(findings, spec, "%s",
			   spec.note ? "is not compared with the container's id, which is not known here"
				     : "does not end in a name that has the container's id in it, so that it may be the "
				       "control group of another container or of the host's services");
}

static int judge_parent(const struct group *group, const struct facts *facts, const json_t *settings,
			struct finding_spec spec, struct findings *findings)
{
	if (is_engines_default(group, facts) || is_listed(group, settings))
		return 0;
	if (*group->parent)
		spec.remedy = json_pack("{s:{s:[s]}}", "parents", "add", group->parent);
	return finding_add(findings, spec,
			   "lies outside the control groups that the policy has for containers, and so outside their limits");
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)error;
	const json_t *value = json_object_get(view->linux_section, "cgroupsPath");
	const struct finding_spec spec = {.pointer = AT, .before = value, .reference = REFERENCE};
	cleanup_group struct group group = {0};
	const char *why = NULL;
	/* without one the backend makes a group of the container's own name */
	if (document_is_blank(value))
		return 0;
	int result = parse(value, &group, &why);
	if (result < 0)
		return result;
	if (why)
		return finding_add(findings, spec, "%s", why);
	size_t before = findings->count;
	result = judge_name(&group, facts, spec, findings);
	if (result < 0 || (findings->count > before && !facts->id_assumed))
		return result;
	return judge_parent(&group, facts, settings, spec, findings);
}

static int check_parent(const json_t *value, struct error **error)
{
	const char *text = json_string_value(value);
	bool path = text && text[0] == '/' && text[1] && !strchr(text, ':') && is_plain(text) && !has_odd_part(text);
	if (path || (text && is_slice(text)))
		return 0;
	return error_set(error, EINVAL,
			 "expected an absolute path below the root of the control groups, such as /docker, or the name of a "
			 "slice of systemd, such as machine.slice");
}

static const struct policy_key keys[] = {
	{
		.name = "parents",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.fallback = "[\"/docker\", \"/buildkit\", \"/plugins.moby\", \"/k8s.io\", \"/kubepods\", "
			    "\"/kubepods.slice\", \"/kubelet\", \"/libpod_parent\", \"/machine.slice\", "
			    "\"system.slice\", \"machine.slice\", \"user.slice\", \"kubepods.slice\", \"kubelet.slice\"]",
		.help = "Control groups below which containers may have theirs (--cgroup-parent), as paths or as slices "
			"of systemd. The fallback is what the engines use; containerd's /NAMESPACE needs no entry",
		.check = check_parent,
	},
	{.type = KEY_END},
};

const struct control control_cgroup = {
	.name = "cgroup",
	.summary = "Refuses a control group outside those for containers, or one that is not the container's own",
	.risk = "In a control group of the host's services, or of another container, a process has that one's limits "
		"and device rules, and whoever stops the one stops the other. Which group it is, the container's user "
		"says (docker run --cgroup-parent).",
	.cis = "5.25",
	.verbs = VERB_CREATE,
	.action = ACTION_REFUSE,
	.owns = (const char *const[]){AT, NULL},
	.keys = keys,
	.assess = assess,
};
