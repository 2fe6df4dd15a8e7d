#include <errno.h>
#include <seccomp.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/seccomp_profile.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

#define POINTER "/linux/seccomp"
#define REFERENCE "CIS 5.22"
#define NAMES_SHOWN 8u

static struct circumstances circumstances_of(const struct container_view *view, const json_t *settings)
{
	struct circumstances circumstances = {
		.bounding = json_object_get(json_object_get(view->process, "capabilities"), "bounding"),
		.kernel = running_kernel(),
		.architectures = ARCHITECTURE_NATIVE,
	};
	size_t index;
	json_t *word;
	json_array_foreach(setting_list(settings, "architectures"), index, word)
		circumstances.architectures |= call_architecture_from_word(json_string_value(word));
	circumstances.architectures &= ARCHITECTURES_SERVED;
	return circumstances;
}

/* What the policy allows by name stands for whatever the profile says of it. */
static int allow_names(const json_t *names, struct call_profile *profile)
{
	size_t index, kept = 0;
	json_t *name;
	if (json_array_size(names) == 0)
		return 0;
	for (size_t i = 0; i < profile->count; i++) {
		bool named = false;
		json_array_foreach(names, index, name)
			named |= text_equal(json_string_value(name), profile->rules[i].name);
		if (!named)
			profile->rules[kept++] = profile->rules[i];
	}
	profile->count = kept;
	json_array_foreach(names, index, name)
	{
		int result = call_profile_add(profile, json_string_value(name), CALL_ALLOW, 0, NULL);
		if (result < 0)
			return result;
	}
	call_profile_sort(profile);
	return 0;
}

static int own_profile(const struct container_view *view, const json_t *settings, struct call_profile *ret,
		       struct error **error)
{
	const struct circumstances circumstances = circumstances_of(view, settings);
	const char *profile = setting_text(settings, "profile");
	int result = profile ? call_profile_of_setting(profile, &circumstances, ret, error)
			     : call_profile_built_in(&circumstances, ret);
	return result < 0 ? result : allow_names(setting_list(settings, "allow"), ret);
}

/* What the engine gave, and what was found in it on the way. */
struct judged {
	const json_t *source;
	struct call_profile own, given, merged;
	json_t *wider; /* names */
	enum call_action default_action; /* as it was given */
	struct text why;
};

static void cleanup_judged_function(struct judged *judged)
{
	call_profile_release(&judged->own);
	call_profile_release(&judged->given);
	call_profile_release(&judged->merged);
	json_decref(judged->wider);
	text_release(&judged->why);
}
#define cleanup_judged __attribute__((cleanup(cleanup_judged_function)))

/* A finding that nothing here can mend. */
static int refuse(const struct judged *judged, struct findings *findings, const char *pointer, json_t *remedy,
		  const char *why, const char *detail)
{
	const char *field = pointer + strlen(POINTER);
	const json_t *value = *field == '/' ? json_object_get(judged->source, field + 1) : NULL;
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = json_is_string(value) ? value : NULL,
				   .reference = REFERENCE,
				   .remedy = remedy,
			   },
			   "%s%s", why, detail);
}

static int refuse_delegated(struct judged *judged, struct findings *findings)
{
	const struct call_profile *given = &judged->given;
	for (size_t i = 0; i < given->count; i++) {
		const struct call_rule *rule = &given->rules[i];
		if (rule->action == CALL_TRACE)
			return refuse(judged, findings, POINTER "/syscalls", NULL,
				      "leave a call to a tracer, which may let it through: ", rule->name);
		if (rule->action == CALL_NOTIFY && !given->listener_path)
			return refuse(judged, findings, POINTER "/syscalls", NULL,
				      "leave a call to a listener that the policy does not name: ", rule->name);
	}
	return 0;
}

/* A program outside the container that decides on its calls may let all of them
 * through, so it has to be one that the policy names. */
static int judge_listener(struct judged *judged, const json_t *settings, struct findings *findings)
{
	struct call_profile *given = &judged->given;
	int result = 0;
	bool known = given->listener_path && setting_list_has(settings, "listener", given->listener_path);
	if (given->listener_path && !known)
		result = refuse(judged, findings, POINTER "/listenerPath",
				json_pack("{s:[s]}", "listener", given->listener_path),
				"hands calls to a listener that the policy does not name", "");
	else if (given->listener_metadata && !known)
		result = refuse(judged, findings, POINTER "/listenerMetadata", NULL,
				"is meant for a listener, and there is none that the policy names", "");
	if (!known)
		given->listener_path = given->listener_metadata = NULL;
	if (result == 0)
		result = refuse_delegated(judged, findings);
	if (result == 0 && given->default_action == CALL_NOTIFY)
		result = refuse(judged, findings, POINTER "/defaultAction", NULL,
				"would hand every call to a listener, the listener's own as well", "");
	return result;
}

/* A name that is a call of another architecture only opens nothing. */
static bool is_foreign(const char *name, unsigned architectures)
{
	return architectures == ARCHITECTURE_NATIVE && seccomp_syscall_resolve_name(name) < __NR_SCMP_ERROR;
}

static int drop_foreign(struct judged *judged)
{
	for (size_t i = json_array_size(judged->wider); i-- > 0;)
		if (is_foreign(json_string_value(json_array_get(judged->wider, i)), judged->merged.architectures) &&
		    json_array_remove(judged->wider, i) < 0)
			return -EINVAL;
	return 0;
}

static void say(struct text *why, const char *reason)
{
	text_append(why, why->length > 0 ? "; " : "");
	text_append(why, reason);
}

static void say_wider(struct text *why, const json_t *names)
{
	size_t count = json_array_size(names), index;
	json_t *name;
	if (count == 0)
		return;
	say(why, "lets through ");
	text_append_format(why, "%zu call%s that the policy's profile withholds or ties to arguments (", count,
			   count == 1 ? "" : "s");
	json_array_foreach(names, index, name)
	{
		if (index < NAMES_SHOWN)
			text_append_format(why, "%s%s", index ? ", " : "", json_string_value(name));
	}
	text_append(why, count > NAMES_SHOWN ? " …)" : ")");
}

/* Everything that makes what the engine gave looser than what is to hold. */
static void say_reasons(struct judged *judged)
{
	const struct call_profile *given = &judged->given, *merged = &judged->merged;
	struct text *why = &judged->why;
	if (!judged->source) {
		say(why, "is missing, so that every call of the kernel is open to the container");
		return;
	}
	if (!given->default_given)
		say(why, "has no default action, which the backend takes for no filter at all");
	else if (!call_action_refuses(judged->default_action))
		say(why, "lets through by default what it does not name");
	else if (judged->default_action > merged->default_action)
		say(why, "answers what it does not name less strictly than the policy's profile");
	if (call_action_refuses(judged->default_action))
		say_wider(why, judged->wider);
	if (given->architectures & ~merged->architectures)
		say(why, "serves architectures beside the native one, whose calls go round rules on arguments");
	if (!given->flags_given)
		say(why, "leaves its flags to the backend, which then switches the processor's mitigations off");
	else if (given->flags & FLAG_OTHER)
		say(why, "sets flags other than SECCOMP_FILTER_FLAG_TSYNC and SECCOMP_FILTER_FLAG_LOG");
}

/* The list of calls is long, and what changes in it stands in the reasons. */
static json_t *without_calls(const json_t *source)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)source);
	if (json_object_get(copy, "syscalls") && json_object_del(copy, "syscalls") < 0) {
		json_decref(copy);
		return NULL;
	}
	return copy;
}

static json_t *remedy_of(const struct judged *judged)
{
	bool named = judged->source && call_action_refuses(judged->default_action) &&
		     json_array_size(judged->wider) > 0;
	return named ? json_pack("{s:O}", "allow", judged->wider) : NULL;
}

static int judge(struct judged *judged, struct findings *findings)
{
	cleanup_error struct error *error = NULL;
	int result = call_profile_merge(&judged->own, &judged->given, &judged->merged, &judged->wider);
	if (result == 0)
		result = drop_foreign(judged);
	if (result < 0)
		return result;
	say_reasons(judged);
	bool loose = judged->why.length > 0 || judged->why.failed;
	cleanup_free char *why = text_finish(&judged->why);
	if (loose && !why)
		return -ENOMEM;
	if (call_profile_compile(loose ? &judged->merged : &judged->given, &error) < 0)
		return refuse(judged, findings, POINTER, NULL, "cannot be used: ", error_message(error));
	if (!loose)
		return 0;
	cleanup_json json_t *before = judged->source ? without_calls(judged->source) : NULL;
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = POINTER,
				   .before = before,
				   .reference = REFERENCE,
				   .edit = EDIT_SET,
				   .after = call_profile_write(&judged->merged),
				   .remedy = remedy_of(judged),
			   },
			   "%s", why);
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts;
	cleanup_judged struct judged judged = {0};
	cleanup_error struct error *flaw = NULL;
	const json_t *source = json_object_get(view->linux_section, "seccomp");
	judged.source = json_is_null(source) ? NULL : source;
	int result = own_profile(view, settings, &judged.own, error);
	if (result < 0)
		return result;
	if (judged.source && !json_is_object(judged.source))
		return refuse(&judged, findings, POINTER, NULL, "is not an object", "");
	judged.given = (struct call_profile){.default_action = CALL_ALLOW, .architectures = judged.own.architectures};
	if (judged.source) {
		judged.given.architectures = 0;
		result = call_profile_read_config(judged.source, &judged.given, &flaw);
	}
	if (result == -ENOMEM)
		return result;
	if (result < 0)
		return refuse(&judged, findings, POINTER, NULL, "cannot be understood: ", error_message(flaw));
	result = judge_listener(&judged, settings, findings);
	if (result < 0)
		return result;
	judged.default_action = judged.given.default_action;
	if (!call_action_refuses(judged.default_action))
		judged.given.default_action = CALL_ALLOW;
	return judge(&judged, findings);
}

static int check_profile(const json_t *value, struct error **error)
{
	const char *path = json_string_value(value);
	if (!path || (*path == '/' && !strchr(path, '\n')))
		return 0;
	return error_set(error, EINVAL, "expected an absolute path of a seccomp profile");
}

static int check_call(const json_t *value, struct error **error)
{
	const char *name = json_string_value(value);
	if (name && seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR)
		return 0;
	const struct scmp_version *version = seccomp_version();
	return error_set(error, EINVAL, "expected the name of a system call that libseccomp %u.%u.%u knows",
			 version->major, version->minor, version->micro);
}

static int check_listener(const json_t *value, struct error **error)
{
	const char *path = json_string_value(value);
	return path && *path == '/' ? 0 : error_set(error, EINVAL, "expected the absolute path of a socket");
}

static const struct policy_key keys[] = {
	{
		.name = "profile",
		.type = KEY_TEXT,
		.help = "A seccomp profile in Docker's or Podman's format to hold in place of the built-in one: an "
			"absolute path, owned by root and writable by nobody else; null for the built-in. The policy "
			"takes its content in when it is applied: what changes in the file later holds from the next "
			"apply on",
		.check = check_profile,
		.load = call_profile_load_file,
	},
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Calls that pass, whatever their arguments, though the profile withholds them; what the "
			"engine's own profile withholds stays withheld",
		.check = check_call,
	},
	{
		.name = "architectures",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Architectures beside the native one whose programs may run where the engine's profile "
			"serves them; 32-bit x86 can open sockets of any family (socketcall)",
		.words = (const char *const[]){"SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", NULL},
	},
	{
		.name = "listener",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Sockets (absolute paths) of listeners that may decide on calls (SCMP_ACT_NOTIFY)",
		.check = check_listener,
	},
	{.type = KEY_END},
};

const struct control control_seccomp = {
	.name = "seccomp",
	.summary = "Filters the container's system calls: a profile where there is none, and no profile of the "
		   "engine's that is wider than the policy's",
	.risk = "Most ways from a container into the host's kernel start at a call that ordinary programs never "
		"make: io_uring, bpf, userfaultfd, keyctl, new user namespaces, rare socket families. Without a "
		"filter each of them is open to any process of the container, and a hole in one is the host's.",
	.cis = "5.22",
	.pss = "baseline, restricted",
	.nist = "4.5.2",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){POINTER, NULL},
	.keys = keys,
	.assess = assess,
};
