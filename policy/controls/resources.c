#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/resources.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

/* Update's other sections. The device rules of a running container stay as they were
 * started (crun would apply new ones; the kubelet sends the old ones each time), and
 * what this program does not know could limit anything. */
static int judge_other_sections(struct limits *limits)
{
	static const char *const harmless[] = {"memory", "cpu",	 "pids", "unified", "blockIO", "hugepageLimits",
					       "network", "rdma"};
	const char *section;
	json_t *value;
	int result = 0;
	json_object_foreach(limits->view->resources, section, value) {
		bool known = false, devices = strcmp(section, "devices") == 0;
		for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
			known = known || strcmp(section, harmless[i]) == 0;
		if (known)
			continue;
		cleanup_free char *pointer = document_pointer_below("", section);
		if (!pointer)
			return -ENOMEM;
		result = finding_add(limits->findings,
				     (struct finding_spec){.pointer = pointer, .edit = devices ? EDIT_REMOVE : EDIT_NONE},
				     devices ? "is not changed while a container runs"
					     : "is no section of the resources that is known here, so it cannot be judged");
		if (result < 0)
			return result;
	}
	return 0;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)error;
	static const struct {
		int (*judge)(struct limits *);
		unsigned verbs;
	} judges[] = {
		{judge_memory, VERB_CREATE | VERB_UPDATE},  {judge_pids, VERB_CREATE | VERB_UPDATE},
		{judge_cpu, VERB_CREATE | VERB_UPDATE},     {judge_unified, VERB_CREATE | VERB_UPDATE},
		{judge_rlimits, VERB_CREATE},   {judge_oom_score, VERB_CREATE},
		{judge_other_sections, VERB_UPDATE},
	};
	struct limits limits = {.view = view, .facts = facts, .settings = settings, .findings = findings};
	for (size_t i = 0; i < ARRAY_SIZE(judges); i++) {
		int result = judges[i].verbs & view->verb ? judges[i].judge(&limits) : 0;
		if (result < 0)
			return result;
	}
	return 0;
}

static int check_range(const json_t *value, int64_t smallest, int64_t largest, const char *expected,
		       struct error **error)
{
	int64_t number = json_integer_value(value);
	if (!json_is_integer(value) || (number >= smallest && number <= largest))
		return 0;
	return error_set(error, EINVAL, "expected %s", expected);
}

static int check_size(const json_t *value, struct error **error)
{
	/* runc's first process does not come up with less */
	return check_range(value, (int64_t)6 << 20, INT64_MAX, "at least 6MiB", error);
}

static int check_pids(const json_t *value, struct error **error)
{
	return check_range(value, 1, INT64_C(1) << 22, "1 to 4194304", error);
}

static int check_cpus(const json_t *value, struct error **error)
{
	return check_range(value, 10, INT64_C(1000000000), "0.01 to 1000000 processors", error);
}

static int check_score(const json_t *value, struct error **error)
{
	return check_range(value, -1000, 1000, "-1000 to 1000", error);
}

static int check_rlimit(const json_t *value, struct error **error)
{
	int64_t soft = 0;
	const char *name = json_string_value(json_object_get(value, "name"));
	const json_t *hard = json_object_get(value, "hard");
	if (!name || !text_starts_with(name, "RLIMIT_"))
		return error_set(error, EINVAL, "expected name: RLIMIT_NOFILE or the like");
	if (json_is_integer(json_object_get(value, "soft")))
		soft = json_integer_value(json_object_get(value, "soft"));
	if (soft < 0 || (json_is_integer(hard) && json_integer_value(hard) < soft))
		return error_set(error, EINVAL, "expected soft and hard of 0 or more, soft not above hard");
	return 0;
}

static const char *const rlimit_names[] = {
	"RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS",
	"RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS",
	"RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK", NULL,
};

static const struct policy_key rlimit_fields[] = {
	{.name = "name", .type = KEY_WORD, .help = "The limit", .words = rlimit_names},
	{.name = "soft", .type = KEY_INTEGER, .order = ORDER_LOWER, .help = "The largest soft limit; null for any"},
	{.name = "hard", .type = KEY_INTEGER, .order = ORDER_LOWER, .help = "The largest hard limit; null for any"},
	{.type = KEY_END},
};

static const struct policy_key keys[] = {
	{
		.name = "memory.default",
		.type = KEY_SIZE,
		.order = ORDER_LOWER,
		.help = "The memory of a container that asks for no limit; null leaves it unlimited, since a "
			"guessed limit kills databases in silence",
		.check = check_size,
	},
	{
		.name = "memory.max",
		.type = KEY_SIZE,
		.order = ORDER_LOWER,
		.help = "The most memory that a container may have, with its swap where swap is given",
		.check = check_size,
	},
	{
		.name = "pids.default",
		.type = KEY_INTEGER,
		.order = ORDER_LOWER,
		.fallback = "256",
		.help = "The number of processes and threads of a container that asks for no limit",
		.check = check_pids,
	},
	{
		.name = "pids.max",
		.type = KEY_INTEGER,
		.order = ORDER_LOWER,
		.fallback = "4096",
		.help = "The most processes and threads that a container may have",
		.check = check_pids,
	},
	{
		.name = "cpus.default",
		.type = KEY_CPUS,
		.order = ORDER_LOWER,
		.help = "The processors of a container that asks for no limit; null leaves them unlimited",
		.check = check_cpus,
	},
	{
		.name = "cpus.max",
		.type = KEY_CPUS,
		.order = ORDER_LOWER,
		.help = "The most processors that a container may have",
		.check = check_cpus,
	},
	{
		.name = "rlimits",
		.type = KEY_RECORDS,
		.help = "The largest soft and hard limits of a process, such as {name: RLIMIT_CORE, soft: 0, hard: 0}; "
			"what the engine passes on is lowered, never raised. RLIMIT_RTPRIO and RLIMIT_NICE, which let a "
			"process go ahead of the host's own, are lowered to nothing where they do not stand here",
		.fields = rlimit_fields,
		.check = check_rlimit,
	},
	{
		.name = "oom-score-adj.min",
		.type = KEY_INTEGER,
		.order = ORDER_HIGHER,
		.fallback = "0",
		.help = "The smallest oomScoreAdj; below 0 the host's own processes are killed first. Where the "
			"engine is CRI or CRI-O the kubelet's values down to -999 pass",
		.check = check_score,
	},
	{.type = KEY_END},
};

const struct control control_resources = {
	.name = "resources",
	.summary = "Bounds memory, processors, processes and limits by the policy's defaults and maxima, also on "
		   "update and where cgroup v2 files are named directly",
	.risk = "A container without limits takes the host's memory, processors or process numbers from everything "
		"else that runs there, by fault or on purpose; a negative OOM score has the kernel kill the host's "
		"services in its place.",
	.cis = "5.11, 5.12, 5.19, 5.29",
	.verbs = VERB_CREATE | VERB_UPDATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/linux/resources/memory", "/linux/resources/cpu", "/linux/resources/pids",
				      "/linux/resources/unified", "/process/rlimits", "/process/oomScoreAdj", NULL},
	.keys = keys,
	.assess = assess,
};
