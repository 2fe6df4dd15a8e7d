/* process.capabilities: five sets, of which none may hold more than the policy
 * allows. Which one counts depends on the user: root's programs get the bounding
 * set, another user's only the ambient one (capabilities(7), "Transformation of
 * capabilities during execve"), so all five are cut. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

/* linux/capability.h: the index is the capability's number. */
static const char *const capability_names[] = {
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
	"SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
	"IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
	"SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
	"LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
	"WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
};

enum set { BOUNDING, PERMITTED, EFFECTIVE, INHERITABLE, AMBIENT, SETS };

static const char *const set_names[SETS] = {"bounding", "permitted", "effective", "inheritable", "ambient"};

/* One array of names. */
struct names {
	uint64_t set;   /* bit N: capability N */
	size_t unknown; /* elements that name no capability */
	bool misshapen; /* neither an array nor absent */
};

static bool find_capability(const json_t *name, const char *prefix, unsigned *ret)
{
	const char *text = document_text(name);
	if (!text || !text_starts_with(text, prefix))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(capability_names); i++) {
		if (strcmp(text + strlen(prefix), capability_names[i]) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static struct names read_names(const json_t *array, const char *prefix)
{
	struct names names = {.misshapen = array && !json_is_null(array) && !json_is_array(array)};
	size_t index;
	json_t *name;
	json_array_foreach(array, index, name)
	{
		unsigned number = 0;
		if (find_capability(name, prefix, &number))
			names.set |= UINT64_C(1) << number;
		else
			names.unknown++;
	}
	return names;
}

static json_t *array_of(uint64_t set, const char *prefix)
{
	json_t *array = json_array();
	for (unsigned i = 0; array && i < ARRAY_SIZE(capability_names); i++) {
		if (!(set & UINT64_C(1) << i))
			continue;
		if (json_array_append_new(array, json_sprintf("%s%s", prefix, capability_names[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static void append_names(struct text *text, const char *before, uint64_t set, const char *after)
{
	if (!set)
		return;
	text_append(text, text->length ? "; " : "");
	text_append(text, before);
	const char *separator = " ";
	for (unsigned i = 0; i < ARRAY_SIZE(capability_names); i++) {
		if (set & UINT64_C(1) << i) {
			text_append_format(text, "%s%s", separator, capability_names[i]);
			separator = ", ";
		}
	}
	text_append(text, after);
}

static char *reason(enum set which, const struct names *given, uint64_t wanted, uint64_t allowed)
{
	cleanup_text struct text text = {0};
	uint64_t dropped = given->set & ~wanted;
	append_names(&text, "gives", dropped & ~allowed, ", which the policy does not allow");
	if (which == INHERITABLE || which == AMBIENT)
		append_names(&text, "passes", dropped & allowed, " on to programs that are started later");
	else
		append_names(&text, "gives", dropped & allowed, ", which the set that bounds it lacks");
	append_names(&text, "lacks", wanted & ~given->set,
		     ", which a user other than root has only through this set");
	if (given->unknown)
		text_append_format(&text, "%shas %zu element%s that name no capability (as in CAP_CHOWN)",
				   text.length ? "; " : "", given->unknown, given->unknown == 1 ? "" : "s");
	if (given->misshapen)
		text_append(&text, "is not a list of names");
	return text_finish(&text);
}

/* {"add": [what `allow` lacks], "ambient": [the list it would have to be]}, or NULL
 * where no setting but the action would help. */
static int remedy_of(enum set which, uint64_t dropped, const json_t *settings, bool root, json_t **ret)
{
	uint64_t missing = dropped & ~read_names(setting_list(settings, "allow"), "").set;
	uint64_t ambient = which == AMBIENT && !root ? dropped : 0;
	cleanup_json json_t *remedy = json_object();
	if (!remedy)
		return -ENOMEM;
	if (missing && json_object_set_new(remedy, "add", array_of(missing, "")) < 0)
		return -ENOMEM;
	if (ambient) {
		ambient |= read_names(setting_list(settings, "ambient"), "").set;
		if (json_object_set_new(remedy, "ambient", array_of(ambient, "")) < 0)
			return -ENOMEM;
	}
	*ret = json_object_size(remedy) ? take_pointer(remedy) : NULL;
	return 0;
}

static int replace_all(const struct container_view *view, const json_t *given, struct findings *findings)
{
	char pointer[64];
	(void)snprintf(pointer, sizeof(pointer), "%s/capabilities", view->process_at);
	bool absent = !given || json_is_null(given);
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = given,
				   .reference = "CIS 5.4",
				   .edit = EDIT_SET,
				   .after = json_pack("{s:[],s:[],s:[],s:[],s:[]}", set_names[0], set_names[1],
						      set_names[2], set_names[3], set_names[4]),
			   },
			   absent ? "is absent, which some versions of the runtime take for every capability"
				  : "is not an object, so that no set of capabilities is given");
}

static bool user_is_root(const struct container_view *view)
{
	int64_t uid = 0;
	const json_t *user = json_object_get(view->process, "user");
	return document_read_int64(json_object_get(user, "uid"), &uid) < 0 || uid == 0;
}

static int report(const struct container_view *view, enum set which, const json_t *array,
		  const struct names *given, uint64_t wanted, const json_t *settings, struct findings *findings)
{
	if (given->set == wanted && !given->unknown && !given->misshapen)
		return 0;
	uint64_t allowed = read_names(setting_list(settings, "allow"), "").set;
	cleanup_free char *why = reason(which, given, wanted, allowed);
	json_t *remedy = NULL;
	if (!why || remedy_of(which, given->set & ~wanted, settings, user_is_root(view), &remedy) < 0)
		return -ENOMEM;
	char pointer[64];
	(void)snprintf(pointer, sizeof(pointer), "%s/capabilities/%s", view->process_at, set_names[which]);
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = array,
				   .reference = "CIS 5.4",
				   .edit = EDIT_SET,
				   .after = array_of(wanted, "CAP_"),
				   .remedy = remedy,
			   },
			   "%s", why);
}

/* A set that is missing in an object that is there is empty to every runtime; it
 * is no finding, or the action `refuse` would refuse what every engine writes. */
static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts, (void)error;
	const json_t *capabilities = json_object_get(view->process, "capabilities");
	if (!json_is_object(capabilities))
		return replace_all(view, capabilities, findings);
	const json_t *arrays[SETS];
	struct names given[SETS];
	for (enum set i = 0; i < SETS; i++) {
		arrays[i] = json_object_get(capabilities, set_names[i]);
		given[i] = read_names(arrays[i], "CAP_");
	}
	uint64_t wanted[SETS];
	wanted[BOUNDING] = given[BOUNDING].set & read_names(setting_list(settings, "allow"), "").set;
	wanted[PERMITTED] = given[PERMITTED].set & wanted[BOUNDING];
	wanted[EFFECTIVE] = given[EFFECTIVE].set & wanted[PERMITTED];
	uint64_t raised = read_names(setting_list(settings, "ambient"), "").set & wanted[PERMITTED];
	wanted[INHERITABLE] = wanted[AMBIENT] = user_is_root(view) ? 0 : raised;
	int result = 0;
	for (enum set i = 0; result == 0 && i < SETS; i++)
		result = report(view, i, arrays[i], &given[i], wanted[i], settings, findings);
	return result;
}

static int check_name(const json_t *value, struct error **error)
{
	unsigned number = 0;
	if (find_capability(value, "", &number))
		return 0;
	if (find_capability(value, "CAP_", &number))
		return error_set(error, EINVAL, "write %s, without CAP_", capability_names[number]);
	return error_set(error, EINVAL,
			 "expected a capability's name in capitals, such as CHOWN (capabilities(7)); "
			 "there is no word for all of them");
}

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.fallback = "[\"NET_BIND_SERVICE\"]",
		.help = "Capabilities a container may keep, where its engine gave them; everything else is "
			"taken out of all five sets. Names without CAP_",
		.check = check_name,
		.prefix = "CAP_",
	},
	{
		.name = "ambient",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Capabilities that a user other than root really gets: those of its permitted set that "
			"stand here are raised in the inheritable and ambient sets, which are empty otherwise",
		.check = check_name,
		.prefix = "CAP_",
	},
	{.type = KEY_END},
};

const struct control control_capabilities = {
	.name = "capabilities",
	.summary = "Cuts the five capability sets down to what the policy allows",
	.risk = "Engines hand out fourteen capabilities by default and all of them with --privileged. "
		"SYS_ADMIN, SYS_MODULE, SYS_PTRACE or DAC_READ_SEARCH lead to the host in one step; "
		"NET_RAW forges packets, DAC_OVERRIDE ignores the permissions of every mounted file. Filled "
		"inheritable and ambient sets give them to users other than root (CVE-2022-24769, "
		"CVE-2022-29162). exec brings sets of its own.",
	.cis = "5.4, 5.5",
	.pss = "baseline, restricted",
	.nist = "4.4.3",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/process/capabilities", NULL},
	.keys = keys,
	.assess = assess,
};
