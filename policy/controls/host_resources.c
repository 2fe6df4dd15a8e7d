/* What a container takes from the host besides memory and processors: network
 * interfaces, cache, clocks, and how the host's scheduler treats it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

static bool is_empty_list(const json_t *value)
{
	return document_is_missing(value) || (json_is_array(value) && json_array_size(value) == 0);
}

static bool is_empty_object(const json_t *value)
{
	return json_is_object(value) && json_object_size(value) == 0;
}

/* A number that may be missing, which is 0; a thing that is no number is out of every range. */
static bool is_between(const json_t *object, const char *key, int64_t smallest, int64_t largest)
{
	const json_t *value = json_object_get(object, key);
	int64_t number = 0;
	return (document_is_missing(value) || document_read_int64(value, &number) == 0) && number >= smallest &&
	       number <= largest;
}

/* Of the policies that yield to others, and not ahead of the host's own processes. */
static bool scheduler_yields(const json_t *scheduler)
{
	static const char *const policies[] = {"SCHED_OTHER", "SCHED_BATCH", "SCHED_IDLE", NULL};
	return text_is_one_of(document_text(json_object_get(scheduler, "policy")), policies) &&
	       is_between(scheduler, "nice", 0, 19) &&
	       is_between(scheduler, "priority", 0, 0) && is_between(scheduler, "runtime", 0, 0) &&
	       is_between(scheduler, "deadline", 0, 0) && is_between(scheduler, "period", 0, 0) &&
	       is_empty_list(json_object_get(scheduler, "flags"));
}

/* The kernel's own default is class BE, priority 4; a smaller number goes first. */
static bool io_priority_yields(const json_t *priority)
{
	const char *class = document_text(json_object_get(priority, "class"));
	return text_equal(class, "IOPRIO_CLASS_IDLE") ||
	       (text_equal(class, "IOPRIO_CLASS_BE") && is_between(priority, "priority", 4, 7));
}

/* 32-bit names of the machine change nothing for the host; flags switch protections
 * of the process off, such as the random addresses. */
static bool personality_is_plain(const json_t *personality)
{
	static const char *const domains[] = {"LINUX", "LINUX32", NULL};
	return text_is_one_of(document_text(json_object_get(personality, "domain")), domains) &&
	       is_empty_list(json_object_get(personality, "flags"));
}

enum section { SECTION_PROCESS, SECTION_LINUX, SECTION_RESOURCES };

static const struct field {
	const char *name; /* also the word of `allow` */
	enum section section;
	unsigned verbs;
	bool (*is_harmless)(const json_t *value); /* NULL: never */
	bool removed;                             /* the container runs without it */
	const char *reference;
	const char *why;
} fields[] = {
	{"intelRdt", SECTION_LINUX, VERB_CREATE, NULL, true, NULL,
	 "takes a share of the processor's cache and memory bandwidth from the host, or joins another's"},
	{"memoryPolicy", SECTION_LINUX, VERB_CREATE, NULL, true, NULL, "binds memory to nodes of the host"},
	{"timeOffsets", SECTION_LINUX, VERB_CREATE, is_empty_object, true, NULL,
	 "gives the container other clocks than the host's, by which its records cannot be compared"},
	{"personality", SECTION_LINUX, VERB_CREATE, personality_is_plain, false, NULL,
	 "switches protections of the process off, such as random addresses, or is of a kind that is not known"},
	{"scheduler", SECTION_PROCESS, VERB_CREATE | VERB_EXEC, scheduler_yields, true, "CIS 5.12",
	 "puts the process ahead of the host's own for the processors"},
	{"ioPriority", SECTION_PROCESS, VERB_CREATE | VERB_EXEC, io_priority_yields, true, NULL,
	 "puts the process ahead of the host's own for the disks"},
	{"execCPUAffinity", SECTION_PROCESS, VERB_CREATE | VERB_EXEC, NULL, true, "CIS 5.12",
	 "has processes of exec start on processors that it chooses, outside the container's limits"},
	{"network", SECTION_RESOURCES, VERB_CREATE | VERB_UPDATE, is_empty_object, true, NULL,
	 "gives packets the class or priority by which the host's own firewall and queues tell them apart"},
};

static const char *const field_words[] = {"intelRdt",  "memoryPolicy", "timeOffsets",	 "personality",
					  "scheduler", "ioPriority",   "execCPUAffinity", "network",
					  NULL};

static const json_t *section_of(const struct container_view *view, enum section section, const char **ret_at)
{
	switch (section) {
	case SECTION_PROCESS:
		*ret_at = view->process_at;
		return view->process;
	case SECTION_LINUX:
		*ret_at = "/linux";
		return view->linux_section;
	case SECTION_RESOURCES:
		break;
	}
	*ret_at = view->resources_at;
	return view->resources;
}

static int judge_field(const struct field *field, const struct container_view *view, const json_t *settings,
		       struct findings *findings)
{
	char pointer[96];
	const char *at = "";
	const json_t *value = json_object_get(section_of(view, field->section, &at), field->name);
	if (document_is_missing(value) || (field->is_harmless && field->is_harmless(value)) ||
	    setting_list_has(settings, "allow", field->name))
		return 0;
	(void)snprintf(pointer, sizeof(pointer), "%s/%s", at, field->name);
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = value,
				   .reference = field->reference,
				   .edit = field->removed ? EDIT_REMOVE : EDIT_NONE,
				   .remedy = json_pack("{s:[s]}", "add", field->name),
			   },
			   "%s", field->why);
}

/* Each key of linux.netDevices is an interface of the host, which leaves it. */
static int judge_interfaces(const struct container_view *view, const json_t *settings, struct findings *findings)
{
	json_t *interfaces = json_object_get(view->linux_section, "netDevices");
	const char *name;
	json_t *value;
	if (document_is_missing(interfaces))
		return 0;
	if (!json_is_object(interfaces))
		return finding_add(findings, (struct finding_spec){.pointer = "/linux/netDevices"}, "is not an object");
	json_object_foreach(interfaces, name, value) {
		if (setting_list_has(settings, "net-devices", name))
			continue;
		cleanup_free char *pointer = document_pointer_below("/linux/netDevices", name);
		if (!pointer)
			return -ENOMEM;
		int result = finding_add(findings,
					 (struct finding_spec){
						 .pointer = pointer,
						 .remedy = json_pack("{s:{s:[s]}}", "net-devices", "add", name),
					 },
					 "takes a network interface away from the host");
		if (result < 0)
			return result;
	}
	return 0;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts, (void)error;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		int result = fields[i].verbs & view->verb ? judge_field(&fields[i], view, settings, findings) : 0;
		if (result < 0)
			return result;
	}
	return judge_interfaces(view, settings, findings);
}

static int check_interface(const json_t *value, struct error **error)
{
	const char *name = json_string_value(value);
	if (name && *name && strlen(name) < 16 && !strpbrk(name, "/: "))
		return 0;
	return error_set(error, EINVAL, "expected the name of a network interface of the host, such as eth1");
}

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Fields that stay as they came. network is linux.resources.network (net_cls, net_prio)",
		.words = field_words,
	},
	{
		.name = "net-devices",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Network interfaces of the host that a container may be given (linux.netDevices), by their names "
			"there",
		.check = check_interface,
	},
	{.type = KEY_END},
};

const struct control control_host_resources = {
	.name = "host-resources",
	.summary = "Removes priorities, affinities, cache shares and clock offsets; refuses the host's network interfaces",
	.risk = "A real-time priority stops everything else on a processor; an interface that moves into the container "
		"leaves the host without network; a traffic class of another's passes the host's firewall in its name; "
		"a personality without random addresses makes a flaw in the process easy to use.",
	.cis = "5.12",
	.verbs = VERB_CREATE | VERB_EXEC | VERB_UPDATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/linux/intelRdt", "/linux/memoryPolicy", "/linux/timeOffsets",
				      "/linux/personality", "/linux/netDevices", "/linux/resources/network",
				      "/process/scheduler", "/process/ioPriority", "/process/execCPUAffinity", NULL},
	.keys = keys,
	.assess = assess,
};
