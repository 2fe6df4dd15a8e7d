/* linux.namespaces: what the container does not share with the host. One that is
 * missing is the host's; one with a path is judged by what the path leads to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/namespace.h"

#define AT "/linux/namespaces"

/* How each type is judged. A container without its own network, pid or ipc namespace
 * is refused: an added one would cut a hostNetwork pod off without a word. */
struct rule {
	const char *type;
	bool demanded;
	bool added;         /* where it is missing */
	bool may_be_host;   /* a word of allow-host */
	bool may_be_joined; /* a word of allow-join */
	const char *reference;
	const char *shared; /* what the container gets hold of with the host's */
};

static const struct rule rules[] = {
	{"network", true, false, true, true, "CIS 5.10", "the host's network interfaces, ports and abstract sockets"},
	{"pid", true, false, true, true, "CIS 5.16", "the host's processes"},
	{"ipc", true, false, true, true, "CIS 5.17", "the host's shared memory and message queues"},
	{"mount", true, true, false, false, NULL, "the host's mounts"},
	{"uts", true, true, true, true, "CIS 5.21", "the host's name"},
	{"cgroup", true, true, true, true, "CIS 5.25", "the host's view of control groups"},
	{"user", false, false, false, true, "CIS 5.31", "the host's user ids"},
	{"time", false, false, false, true, NULL, "the host's clock offsets"},
};

static const char *const host_words[] = {"network", "pid", "ipc", "uts", "cgroup", NULL};
static const char *const join_words[] = {"network", "pid", "ipc", "uts", "cgroup", "user", "time", NULL};

/* Where an engine binds the namespaces that it makes for a container before it
 * calls the runtime. Podman's user can name any file (--network ns:PATH), but the
 * one that Podman has just made holds no process yet. Docker's and BuildKit's place
 * depends on how they were started and stands in the facts. containerd's ctr and
 * nerdctl and callers by hand are missing on purpose: there the path is the caller's word. */
static const struct {
	enum engine engine;
	const char *type;
	const char *below;
	bool fresh; /* no process may be in it */
} engine_places[] = {
	{ENGINE_CRI, "network", "/run/netns/", false},
	{ENGINE_CRI, "network", "/run/containerd/", false},
	{ENGINE_CRIO, "network", "/run/netns/", false},
	{ENGINE_CRIO, "ipc", "/run/ipcns/", false},
	{ENGINE_CRIO, "uts", "/run/utsns/", false},
	{ENGINE_CRIO, "pid", "/run/pidns/", false},
	{ENGINE_CRIO, "user", "/run/userns/", false},
	{ENGINE_PODMAN, "network", "/run/netns/netns-", true},
	{ENGINE_PODMAN, "network", "/run/user/", true}, /* rootless */
};

static const struct rule *rule_of(const json_t *value)
{
	const char *type = document_text(value);
	for (size_t i = 0; type && i < ARRAY_SIZE(rules); i++)
		if (strcmp(rules[i].type, type) == 0)
			return &rules[i];
	return NULL;
}

/* {KEY: [what stands there already, `type`]} */
static json_t *remedy(const json_t *settings, const char *key, const char *type)
{
	json_t *list = json_copy((json_t *)(uintptr_t)setting_list(settings, key));
	(void)json_array_append_new(list, json_string(type));
	return json_pack("{s:o}", key, list);
}

/* A namespace that the engine made for this container, or its pod's: bound where
 * only the engine binds them, or that of a process in the sandbox's own cgroup. */
static bool is_own(const struct facts *facts, const char *type, const struct namespace_place *place)
{
	if (place->process)
		return facts->sandbox_id.value && facts->sandbox_id.provenance == PROVENANCE_ENGINE &&
		       namespace_process_is_of(place->process, facts->sandbox_id.value);
	if (facts->network_namespaces && strcmp(type, "network") == 0 &&
	    text_starts_with(place->path, facts->network_namespaces))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(engine_places); i++)
		if (engine_places[i].engine == facts->engine && strcmp(engine_places[i].type, type) == 0 &&
		    text_starts_with(place->path, engine_places[i].below) &&
		    !(engine_places[i].fresh && namespace_is_inhabited(place, namespace_kind_of(type))))
			return true;
	return false;
}

static int judge_place(const struct rule *rule, const struct namespace_place *place, const struct facts *facts,
		       const json_t *settings, struct finding_spec spec, struct findings *findings)
{
	if (place->host) {
		if (rule->may_be_host && setting_list_has(settings, "allow-host", rule->type))
			return 0;
		if (rule->may_be_host)
			spec.remedy = remedy(settings, "allow-host", rule->type);
		return finding_add(findings, spec, "leads to the host's own %s namespace: %s", rule->type, rule->shared);
	}
	if (is_own(facts, rule->type, place) ||
	    (rule->may_be_joined && setting_list_has(settings, "allow-join", rule->type)))
		return 0;
	if (rule->may_be_joined)
		spec.remedy = remedy(settings, "allow-join", rule->type);
	return finding_add(findings, spec,
			   "leads to the %s namespace of something that is not proven to be this container's pod",
			   rule->type);
}

static int judge_path(const struct rule *rule, const json_t *path, const char *pointer, const struct facts *facts,
		      const json_t *settings, struct findings *findings)
{
	struct finding_spec spec = {.pointer = pointer, .before = path, .reference = rule->reference};
	const char *text = document_text(path);
	if (!text)
		return finding_add(findings, spec, "is not a path");
	struct namespace_place place = {0};
	cleanup_error struct error *error = NULL;
	int result = namespace_locate(text, namespace_kind_of(rule->type), facts->advisory, &place, &error);
	if (result == -ENOMEM)
		return result;
	if (result < 0)
		return finding_add(findings, spec, "%s", error_message(error));
	result = judge_place(rule, &place, facts, settings, spec, findings);
	namespace_place_release(&place);
	return result;
}

/* Judges the entries that are there; *ret_seen gets a bit for each rule's type. */
static int judge_entries(const json_t *namespaces, const struct facts *facts, const json_t *settings,
			 struct findings *findings, unsigned *ret_seen)
{
	size_t index;
	json_t *entry;
	json_array_foreach(namespaces, index, entry)
	{
		char pointer[64];
		const json_t *type = json_object_get(entry, "type"), *path = json_object_get(entry, "path");
		const struct rule *rule = rule_of(type);
		unsigned bit = rule ? 1u << (rule - rules) : 0;
		int result = 0;
		(void)snprintf(pointer, sizeof(pointer), AT "/%zu/%s", index, rule && !(*ret_seen & bit) ? "path" : "type");
		struct finding_spec spec = {.pointer = pointer, .before = type};
		if (!rule)
			result = finding_add(findings, spec, "is not a type of namespace that is known");
		else if (*ret_seen & bit)
			result = finding_add(findings, spec, "stands twice, and runtimes differ in which one counts");
		else if (!document_is_blank(path))
			result = judge_path(rule, path, pointer, facts, settings, findings);
		if (result < 0)
			return result;
		*ret_seen |= bit;
	}
	return 0;
}

static int report_missing(const struct rule *rule, bool array_is_there, const json_t *settings,
			  struct findings *findings)
{
	if (rule->added)
		return finding_add(findings,
				   (struct finding_spec){
					   .pointer = array_is_there ? AT "/-" : AT,
					   .reference = rule->reference,
					   .edit = EDIT_SET,
					   .after = json_pack(array_is_there ? "{s:s}" : "[{s:s}]", "type", rule->type),
					   .remedy = rule->may_be_host ? remedy(settings, "allow-host", rule->type) : NULL,
				   },
				   "names no %s namespace, so that the container would share %s", rule->type, rule->shared);
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = AT,
				   .reference = rule->reference,
				   .remedy = remedy(settings, "allow-host", rule->type),
			   },
			   "names no %s namespace, so that the container would share %s", rule->type, rule->shared);
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)error;
	const json_t *namespaces = json_object_get(view->linux_section, "namespaces");
	bool there = namespaces && !json_is_null(namespaces);
	if (there && !json_is_array(namespaces))
		return finding_add(findings, (struct finding_spec){.pointer = AT}, "is not a list");
	unsigned seen = 0;
	int result = judge_entries(namespaces, facts, settings, findings, &seen);
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(rules); i++) {
		if (!rules[i].demanded || seen & 1u << i ||
		    (rules[i].may_be_host && setting_list_has(settings, "allow-host", rules[i].type)))
			continue;
		result = report_missing(&rules[i], there, settings, findings);
		there |= rules[i].added;
	}
	return result;
}

static const struct policy_key keys[] = {
	{
		.name = "allow-host",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Namespaces that a container may share with the host (hostNetwork, --pid host …); the "
			"mount namespace never",
		.words = host_words,
	},
	{
		.name = "allow-join",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Namespaces of another container that may be joined (--network container:NAME, a Podman "
			"pod, ctr --with-ns). Not needed for a pod's sandbox of containerd's CRI, whose processes "
			"are known by their control group, nor where Docker, CRI, CRI-O and Podman bind the "
			"namespaces they make; the host's are never meant",
		.words = join_words,
	},
	{.type = KEY_END},
};

const struct control control_namespaces = {
	.name = "namespaces",
	.summary = "Refuses a container that would share the host's or a foreign container's namespaces",
	.risk = "In the host's pid namespace a container sees and, as root, kills or traces every process; in its "
		"network namespace it reaches what listens on loopback and every abstract socket, containerd's "
		"once among them (CVE-2020-15257); without a mount namespace its mounts are the host's. A path "
		"such as /proc/self/ns/net, a symbolic link or a bound file joins the host as well, so paths are "
		"judged by device and inode.",
	.cis = "5.10, 5.16, 5.17, 5.21, 5.25, 5.31",
	.pss = "baseline",
	.nist = "4.5.5",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){AT, NULL},
	.keys = keys,
	.assess = assess,
};
