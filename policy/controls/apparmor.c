/* process.apparmorProfile: the profile that the kernel confines the process by. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/apparmor.h"

#define REFERENCE "CIS 5.2"

/* A profile of the host's own policy namespace, alone: neither ":namespace:profile"
 * nor a stack "one//&other", whose parts might not be enforced, nor a word that
 * means no confinement. */
static bool is_plain_name(const char *name)
{
	if (!*name || *name == ':' || *name == '&' || strstr(name, "//&") || strcmp(name, "unconfined") == 0)
		return false;
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || *name == 0x7f)
			return false;
	return true;
}

static int without_kernel_support(const char *pointer, const json_t *given, const json_t *settings,
				  struct findings *findings)
{
	bool accepted = setting_word_is(settings, "without-kernel-support", "accept");
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = given,
				   .reference = REFERENCE,
				   .remedy = accepted ? NULL : json_pack("{s:s}", "without-kernel-support", "accept"),
				   .note = accepted,
			   },
			   "has no effect: this host's kernel does not run AppArmor%s",
			   accepted ? "" : ", which the policy requires (boot with apparmor=1 security=apparmor)");
}

static const char *reason(const char *name, enum apparmor_state state, bool accepted)
{
	if (!name || !*name)
		return "names no AppArmor profile, so that the process is not confined";
	if (strcmp(name, "unconfined") == 0)
		return "switches AppArmor off for the process";
	if (!is_plain_name(name))
		return "is no plain name of a profile (namespaces and stacks are not judged)";
	if (!accepted)
		return "is not the policy's AppArmor profile";
	return state == APPARMOR_NOT_LOADED ? "is an AppArmor profile that is not loaded"
					    : "is an AppArmor profile that only complains and stops nothing";
}

/* Another profile than the policy's stands there: the policy's takes its place if
 * the kernel enforces that one. */
static int replace(const char *pointer, const json_t *given, const char *why, bool offer, const json_t *settings,
		   struct findings *findings, struct error **error)
{
	const char *profile = setting_text(settings, "profile");
	enum apparmor_state state = APPARMOR_NOT_LOADED;
	struct finding_spec spec = {.pointer = pointer, .before = given, .reference = REFERENCE};
	if (profile) {
		int result = apparmor_profile_state(profile, &state, error);
		if (result < 0)
			return result;
	}
	if (offer)
		spec.remedy = json_pack("{s:[O]}", "add", given);
	if (!profile)
		return finding_add(findings, spec, "%s, and the policy names none to put in its place", why);
	if (state != APPARMOR_ENFORCED)
		return finding_add(findings, spec, "%s; the policy's profile %s %s: apparmor_parser -r /etc/apparmor.d/%s",
				   why, profile, state == APPARMOR_NOT_LOADED ? "is not loaded" : "only complains", profile);
	spec.edit = EDIT_SET;
	spec.after = json_string(profile);
	return finding_add(findings, spec, "%s", why);
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts;
	char pointer[64];
	(void)snprintf(pointer, sizeof(pointer), "%s/apparmorProfile", view->process_at);
	const json_t *given = json_object_get(view->process, "apparmorProfile");
	bool there = false;
	int result = apparmor_is_there(&there, error);
	if (result < 0)
		return result;
	if (!there)
		return without_kernel_support(pointer, given, settings, findings);
	const char *name = document_text(given), *profile = setting_text(settings, "profile");
	bool plain = name && is_plain_name(name);
	bool accepted = plain && ((profile && strcmp(name, profile) == 0) || setting_list_has(settings, "allow", name));
	enum apparmor_state state = APPARMOR_NOT_LOADED;
	if (accepted) {
		result = apparmor_profile_state(name, &state, error);
		if (result < 0 || state == APPARMOR_ENFORCED)
			return result;
	}
	return replace(pointer, given, reason(name, state, accepted), plain && !accepted, settings, findings, error);
}

static int check_profile(const json_t *value, struct error **error)
{
	if (json_is_null(value) || (document_text(value) && is_plain_name(document_text(value))))
		return 0;
	return error_set(error, EINVAL,
			 "expected the name of one AppArmor profile, without namespace, stack, or spaces, and not unconfined");
}

static const char *const support_words[] = {"refuse", "accept", NULL};

static const struct policy_key keys[] = {
	{
		.name = "profile",
		.type = KEY_TEXT,
		.fallback = "\"oci-harden-default\"",
		.help = "The AppArmor profile every process gets, unless its own stands in allow; it must be loaded "
			"in enforce mode",
		.check = check_profile,
	},
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Profiles that a container keeps where it names them and they are loaded in enforce mode, "
			"such as docker-default",
		.check = check_profile,
	},
	{
		.name = "without-kernel-support",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.fallback = "\"accept\"",
		.help = "What holds on a host whose kernel has no AppArmor or has it switched off: refuse, or accept "
			"with a note in the log",
		.words = support_words,
	},
	{.type = KEY_END},
};

const struct control control_apparmor = {
	.name = "apparmor",
	.summary = "Confines the process by an AppArmor profile that is loaded and enforced",
	.risk = "AppArmor holds where the other layers fail: after a gained capability or a mount that should not "
		"be there it still stops mounts, writes below /proc/sys and /sys, and tracing of other processes. "
		"`unconfined`, a profile that is not loaded or one in complain mode stops nothing. exec names its "
		"own.",
	.cis = "5.2",
	.pss = "baseline",
	.nist = "4.4.3",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/process/apparmorProfile", NULL},
	.keys = keys,
	.assess = assess,
};
