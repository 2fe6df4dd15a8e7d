#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

/* What a backend takes for an instruction rather than for a note. `prefix`: every key
 * that starts with it. */
static const struct instruction {
	const char *key;
	bool prefix;
	const char *why;
} instructions[] = {
	{"run.oci.", true,
	 "is an instruction to crun, which can replace the seccomp filter, open the host's files or load a "
	 "library on the host"},
	{"org.criu.config", true, "gives CRIU, which runs as root on the host, another configuration"},
	{"org.systemd.property.", true, "sets a property of the container's systemd unit past all limits"},
	{"bundle", false, "makes runc look for this container's configuration in another folder"},
};

static const struct instruction *instruction_of(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++)
		if (instructions[i].prefix ? text_starts_with(key, instructions[i].key)
					   : strcmp(key, instructions[i].key) == 0)
			return &instructions[i];
	return NULL;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts, (void)error;
	const char *key;
	json_t *value;
	json_object_foreach(view->annotations, key, value) {
		const struct instruction *instruction = instruction_of(key);
		if (!instruction || setting_list_has(settings, "allow", key))
			continue;
		cleanup_free char *token = document_pointer_token(key);
		cleanup_free char *pointer = NULL;
		if (!token || asprintf(&pointer, "/annotations/%s", token) < 0)
			return -ENOMEM;
		/* no `before`: an annotation's value may be a secret */
		int result = finding_add(findings,
					 (struct finding_spec){
						 .pointer = pointer,
						 .edit = EDIT_REMOVE,
						 .remedy = json_pack("{s:[s]}", "add", key),
					 },
					 "%s", instruction->why);
		if (result < 0)
			return result;
	}
	return 0;
}

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Keys of such annotations that stay, written in full",
	},
	{.type = KEY_END},
};

const struct control control_annotations = {
	.name = "annotations",
	.summary = "Removes annotations that a backend takes for instructions",
	.risk = "Whoever may set an annotation (docker run --annotation, podman run --annotation) could replace "
		"the container's system call filter, or point the backend at another configuration, after "
		"everything else was judged.",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/annotations", NULL},
	.keys = keys,
	.assess = assess,
};
