#include "policy/base/cleanup.h"
#include "policy/controls/table.h"

struct judged {
	const json_t *settings;
	struct findings *findings;
};

/* `where` is the option or the variable: what is judged stands in no document. */
static int refuse(const struct judged *judged, const char *where, const char *why, json_t *remedy)
{
	return finding_add(judged->findings, (struct finding_spec){.pointer = where, .remedy = remedy}, "%s", why);
}

static bool asks_no_pivot(const struct facts *facts)
{
	return facts->no_pivot;
}

static bool asks_no_new_keyring(const struct facts *facts)
{
	return facts->no_new_keyring;
}

static bool asks_notify_socket(const struct facts *facts)
{
	return facts->notify_socket;
}

static bool asks_other_cgroup(const struct facts *facts)
{
	return facts->other_cgroup;
}

static bool always(const struct facts *facts)
{
	(void)facts;
	return true;
}

enum { START = VERB_CREATE | VERB_RESTORE };

/* What is either asked for or not, and the key that allows it. */
static const struct demand {
	unsigned verbs; /* at which it is one */
	bool (*is_made)(const struct facts *facts);
	const char *where, *key, *why;
} demands[] = {
	{START, asks_no_pivot, "--no-pivot", "no-pivot",
	 "leaves the host's root file system within the container's reach; switch it off in the engine (NoPivotRoot, "
	 "DOCKER_RAMDISK)"},
	{START, asks_no_new_keyring, "--no-new-keyring", "no-new-keyring",
	 "leaves the container in its caller's session keyring, whose keys it can read; switch it off in the engine "
	 "(containers.conf: keyring = true)"},
	{START, asks_notify_socket, "NOTIFY_SOCKET", "notify-socket",
	 "makes the backend mount a socket that no configuration names, by which the container speaks to the host's "
	 "systemd; unset it for the runtime"},
	{VERB_EXEC, asks_other_cgroup, "--cgroup", "exec-cgroup",
	 "puts the new process under other limits than the container's; leave it out"},
	{VERB_RESTORE, always, "restore", "restore",
	 "brings a process back with the credentials that its checkpoint carries, whatever the configuration says, so "
	 "nothing of it can be hardened; start the container anew"},
	{VERB_CHECKPOINT, always, "checkpoint", "checkpoint",
	 "writes all of the container's memory, secrets included, to files on the host"},
};

static int judge_demands(const struct container_view *view, const struct facts *facts, const struct judged *judged)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(demands); i++) {
		const struct demand *demand = &demands[i];
		if ((demand->verbs & view->verb) && demand->is_made(facts) &&
		    !setting_flag(judged->settings, demand->key))
			result = refuse(judged, demand->where, demand->why, json_pack("{s:b}", demand->key, 1));
	}
	return result;
}

static int judge_descriptors(const struct facts *facts, const struct judged *judged)
{
	int64_t most = 0;
	if (!setting_number(judged->settings, "descriptors", &most) ||
	    facts->passed_descriptors <= (uint64_t)(most < 0 ? 0 : most))
		return 0;
	return refuse(judged, "--preserve-fds",
		      "and LISTEN_FDS hand more of the caller's open files into the container than the policy allows",
		      json_pack("{s:I}", "descriptors", (json_int_t)facts->passed_descriptors));
}

static int judge_root(const struct facts *facts, const struct judged *judged)
{
	if (!facts->foreign_root || setting_list_has(judged->settings, "roots", facts->foreign_root))
		return 0;
	return refuse(judged, "--root",
		      "is not where the engine keeps its containers' state, so another may hold this one's",
		      json_pack("{s:{s:[s]}}", "roots", "add", facts->foreign_root));
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)error;
	const struct judged judged = {.settings = settings, .findings = findings};
	int result = judge_demands(view, facts, &judged);
	if (result == 0)
		result = judge_descriptors(facts, &judged);
	return result == 0 ? judge_root(facts, &judged) : result;
}

#define FLAG(key, text) {.name = key, .type = KEY_FLAG, .order = ORDER_FALSE, .fallback = "false", .help = text}

static const struct policy_key keys[] = {
	FLAG("no-pivot", "Whether --no-pivot may be given, which hosts need whose root is a ramdisk"),
	FLAG("no-new-keyring", "Whether --no-new-keyring may be given"),
	FLAG("notify-socket", "Whether NOTIFY_SOCKET goes on to the backend, which then mounts a socket of its own and "
			      "reports the container's READY=1 to systemd"),
	FLAG("exec-cgroup", "Whether exec may name another control group than the container's (--cgroup)"),
	{
		.name = "descriptors",
		.type = KEY_INTEGER,
		.order = ORDER_LOWER,
		.fallback = "0",
		.help = "How many open files --preserve-fds and LISTEN_FDS together may hand into a container; Podman does it "
			"for units with sockets (systemd.socket) and for podman run --preserve-fds",
	},
	{
		.name = "roots",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Values of --root that are allowed beside those of the engine that is recognised",
	},
	FLAG("checkpoint", "Whether a container may be checkpointed"),
	FLAG("restore", "Whether a checkpoint may be restored, of which nothing is hardened"),
	{.type = KEY_END},
};

const struct control control_command_line = {
	.name = "command-line",
	.summary = "Refuses options and variables of the runtime itself that loosen a container past its configuration, "
		   "and checkpoint and restore",
	.risk = "The configuration can be perfect and the container still see the host's root file system, its caller's "
		"keys or open files, or come back from a checkpoint as root with every capability.",
	.cis = "5.23",
	.verbs = VERB_CREATE | VERB_EXEC | VERB_CHECKPOINT | VERB_RESTORE,
	.action = ACTION_REFUSE,
	.owns = (const char *const[]){NULL},
	.keys = keys,
	.assess = assess,
};
