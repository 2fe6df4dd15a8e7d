/* process.selinuxLabel and linux.mountLabel: what the kernel's SELinux takes the
 * process, and the files of its mounts, for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/selinux.h"

#define REFERENCE "CIS 5.3"
#define MOUNT_LABEL "/linux/mountLabel"

/* The parts of "user:role:type:level"; only the level has colons in it. */
struct label {
	char *bytes; /* what the others point into; owned */
	const char *user, *role, *type, *level;
};

static void label_release(struct label *label)
{
	free(label->bytes);
}
#define cleanup_label __attribute__((cleanup(label_release)))

static bool is_word(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	return length > 0 && text[length] == '\0';
}

/* 1: read, 0: of another form; -ENOMEM. A label without a level has level "". */
static int label_read(const char *text, struct label *ret)
{
	char *rest = ret->bytes = strdup(text);
	if (!rest)
		return -ENOMEM;
	ret->user = strsep(&rest, ":");
	ret->role = strsep(&rest, ":");
	ret->type = strsep(&rest, ":");
	ret->level = rest ? rest : "";
	return ret->role && ret->type && is_word(ret->user) && is_word(ret->role) && is_word(ret->type) ? 1 : 0;
}

static const char *category(const char *text)
{
	size_t digits = *text == 'c' ? strspn(text + 1, "0123456789") : 0;
	return digits > 0 && digits < 5 ? text + 1 + digits : NULL;
}

/* "s0" or "s0:cN" or "s0:cN,cM", as engines give them. More categories, or a range of
 * them, reach the files of every container whose pair is among them. */
static bool is_level_of_one(const char *level)
{
	const char *rest = text_starts_with(level, "s0:") ? category(level + strlen("s0:")) : NULL;
	if (rest && *rest == ',')
		rest = category(rest + 1);
	return !*level || strcmp(level, "s0") == 0 || (rest && !*rest);
}

/* Which settings hold for which of the two labels. */
struct rule {
	const char *types, *role; /* the role: of processes a setting's, of files the fixed one */
};

static const struct rule process_rule = {"types", NULL};
static const struct rule mount_rule = {"mount-types", "object_r"};

/* Why the label may not be; NULL where it may. *ret_list: the list that it would have
 * to stand in, *ret_word: as what. */
static const char *danger(const struct label *label, const struct rule *rule, const json_t *settings,
			  const char **ret_list, const char **ret_word)
{
	const struct {
		const char *list, *word;
		bool fine;
		const char *why;
	} checks[] = {
		{"users", label->user, setting_list_has(settings, "users", label->user),
		 "has an SELinux user other than the containers'"},
		{rule->role ? NULL : "roles", label->role,
		 rule->role ? strcmp(label->role, rule->role) == 0 : setting_list_has(settings, "roles", label->role),
		 "has an SELinux role other than the containers'"},
		{rule->types, label->type, setting_list_has(settings, rule->types, label->type),
		 "has an SELinux type other than those for containers"},
		{"levels", label->level,
		 is_level_of_one(label->level) || setting_list_has(settings, "levels", label->level),
		 "has a level that reaches other containers' files (more than two categories, or a range)"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		*ret_list = checks[i].list;
		*ret_word = checks[i].word;
		if (!checks[i].fine)
			return checks[i].why;
	}
	return NULL;
}

/* 0 and *ret_why, NULL where `text` may be a label by `rule`. */
static int examine(const char *text, const struct rule *rule, const json_t *settings, json_t **ret_remedy,
		   const char **ret_why)
{
	cleanup_label struct label label = {0};
	const char *list = NULL, *word = NULL;
	int result = label_read(text, &label);
	if (result < 0)
		return result;
	*ret_why = result == 0 ? "is no SELinux label (user:role:type:level)"
			       : danger(&label, rule, settings, &list, &word);
	if (*ret_why && list)
		*ret_remedy = json_pack("{s:{s:[s]}}", list, "add", word);
	return 0;
}

/* The policy's own label takes the place of one that may not be, or is missing. */
static int replace(struct finding_spec spec, const char *why, const json_t *settings, struct findings *findings)
{
	const char *own = setting_text(settings, "label");
	if (own) {
		spec.edit = EDIT_SET;
		spec.after = json_string(own);
	}
	return finding_add(findings, spec, "%s%s", why,
			   own ? "" : ", and the policy names none to put in its place (selinux: {label: …})");
}

static int judge_process(const struct container_view *view, enum selinux_state state, const json_t *settings,
			 struct findings *findings)
{
	char pointer[64];
	(void)snprintf(pointer, sizeof(pointer), "%s/selinuxLabel", view->process_at);
	const json_t *value = json_object_get(view->process, "selinuxLabel");
	struct finding_spec spec = {.pointer = pointer, .before = value, .reference = REFERENCE};
	const char *text = document_text(value), *own = setting_text(settings, "label"), *why = NULL;
	bool missing = document_is_blank(value);
	if (missing && (state == SELINUX_PERMISSIVE || setting_word_is(settings, "without-label", "accept")))
		return 0;
	if (missing) {
		spec.remedy = json_pack("{s:s}", "without-label", "accept");
		return replace(spec,
			       "is missing, so that the process keeps the engine's own domain (dockerd needs --selinux-enabled)",
			       settings, findings);
	}
	if (text && own && strcmp(text, own) == 0)
		return 0;
	int result = text ? examine(text, &process_rule, settings, &spec.remedy, &why) : 0;
	if (result < 0 || (text && !why))
		return result;
	return replace(spec, why ? why : "is no text", settings, findings);
}

static int judge_mounts(const struct container_view *view, const json_t *settings, struct findings *findings)
{
	const json_t *value = json_object_get(view->linux_section, "mountLabel");
	struct finding_spec spec = {.pointer = MOUNT_LABEL, .before = value, .reference = REFERENCE};
	const char *text = document_text(value), *why = "is no text";
	if (document_is_blank(value))
		return 0;
	int result = text ? examine(text, &mount_rule, settings, &spec.remedy, &why) : 0;
	return result < 0 || !why ? result : finding_add(findings, spec, "%s", why);
}

/* The kernel holds no label against anybody. On a host that never had SELinux that is
 * worth a word only where somebody relied on it. */
static int without_enforcement(const struct container_view *view, enum selinux_state state, const json_t *settings,
			       struct findings *findings)
{
	char pointer[64];
	bool accepted = setting_word_is(settings, "without-kernel-support", "accept");
	const json_t *value = json_object_get(view->process, "selinuxLabel");
	if (accepted && document_is_blank(value))
		return 0;
	(void)snprintf(pointer, sizeof(pointer), "%s/selinuxLabel", view->process_at);
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = value,
				   .reference = REFERENCE,
				   .remedy = accepted ? NULL : json_pack("{s:s}", "without-kernel-support", "accept"),
				   .note = accepted,
			   },
			   "has no effect: this host's kernel %s%s",
			   state == SELINUX_ABSENT ? "does not run SELinux" : "runs SELinux in permissive mode",
			   accepted ? "" : ", which the policy requires to be enforced");
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts;
	enum selinux_state state = SELINUX_ABSENT;
	int result = selinux_read_state(&state, error);
	if (result < 0)
		return result;
	if (state != SELINUX_ENFORCING)
		result = without_enforcement(view, state, settings, findings);
	if (result < 0 || state == SELINUX_ABSENT)
		return result;
	result = judge_process(view, state, settings, findings);
	return result < 0 ? result : judge_mounts(view, settings, findings);
}

static int check_label(const json_t *value, struct error **error)
{
	cleanup_label struct label label = {0};
	if (json_is_null(value) || (document_text(value) && label_read(document_text(value), &label) == 1 && *label.level))
		return 0;
	return error_set(error, EINVAL, "expected a whole label, such as system_u:system_r:container_t:s0");
}

static int check_word(const json_t *value, struct error **error)
{
	if (document_text(value) && is_word(document_text(value)))
		return 0;
	return error_set(error, EINVAL, "expected one word of an SELinux label, such as container_t");
}

static const char *const accept_words[] = {"refuse", "accept", NULL};

static const struct policy_key keys[] = {
	{
		.name = "types",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.fallback = "[\"container_t\", \"container_init_t\", \"container_kvm_t\", \"container_engine_t\"]",
		.help = "The types that a process may have; the fallback is that of the Pod Security Standards",
		.check = check_word,
	},
	{
		.name = "users",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.fallback = "[\"system_u\"]",
		.help = "The SELinux users that a label may have",
		.check = check_word,
	},
	{
		.name = "roles",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.fallback = "[\"system_r\"]",
		.help = "The roles that a process may have",
		.check = check_word,
	},
	{
		.name = "levels",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Levels that may be besides s0 with no, one or two categories, which are what engines give",
	},
	{
		.name = "mount-types",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.fallback = "[\"container_file_t\", \"container_ro_file_t\"]",
		.help = "The types that the files of the container's mounts may have (linux.mountLabel)",
		.check = check_word,
	},
	{
		.name = "label",
		.type = KEY_TEXT,
		.help = "The label that a process gets where its own may not be; null refuses such a container, since the "
			"files of the image have labels that fit the engine's own",
		.check = check_label,
	},
	{
		.name = "without-label",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.fallback = "\"refuse\"",
		.help = "What holds for a process without a label on a host that enforces SELinux",
		.words = accept_words,
	},
	{
		.name = "without-kernel-support",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.fallback = "\"accept\"",
		.help = "What holds on a host that does not run SELinux or does not enforce it: refuse, or accept, with a "
			"note in the log where a label was given",
		.words = accept_words,
	},
	{.type = KEY_END},
};

const struct control control_selinux = {
	.name = "selinux",
	.summary = "Holds labels to the types for containers where the kernel runs SELinux",
	.risk = "A process whose type is spc_t or unconfined_t, or that keeps the engine's own, is held by SELinux in "
		"nothing; one whose level has all categories reads every other container's files. exec names its own.",
	.cis = "5.3",
	.pss = "baseline",
	.nist = "4.4.3",
	.verbs = VERB_CREATE | VERB_EXEC,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/process/selinuxLabel", NULL},
	.keys = keys,
	.assess = assess,
};
