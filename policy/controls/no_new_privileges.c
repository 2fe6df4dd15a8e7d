#include "policy/controls/table.h"

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts, (void)settings, (void)error;
	const json_t *flag = json_object_get(view->process, "noNewPrivileges");
	if (json_is_true(flag))
		return 0;
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = "/process/noNewPrivileges",
				   .before = flag,
				   .reference = "CIS 5.26",
				   .edit = EDIT_SET,
				   .after = json_true(),
			   },
			   "lets the process gain privileges through a setuid or file-capability program");
}

static const struct policy_key keys[] = {{.type = KEY_END}};

const struct control control_no_new_privileges = {
	.name = "no-new-privileges",
	.summary = "Sets the kernel's no_new_privs flag, so that no program can raise its privileges",
	.risk = "A setuid-root or file-capability program in the image gives any user of the container "
		"the privileges that the other controls took away. exec has its own flag.",
	.cis = "5.26",
	.pss = "restricted",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/process/noNewPrivileges", NULL},
	.keys = keys,
	.assess = assess,
};
