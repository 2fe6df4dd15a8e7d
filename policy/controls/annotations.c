#include <errno.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

/* What a backend takes for an instruction rather than for a note, as `runc features`
 * and `crun features` list it (potentiallyUnsafeConfigAnnotations) and their sources
 * read it. Case is not looked at, so that a spelling that one of them may fold is
 * covered too. */
static const struct instruction {
	const char *key;
	enum { EXACT, PREFIX, LABEL } match;
	bool of_cri; /* set by containerd's CRI plugin itself, and there no instruction */
	const char *why;
} instructions[] = {
	{"run.oci.", PREFIX, false,
	 "is an instruction to crun, which can replace the seccomp filter, open the host's files or load a "
	 "library on the host"},
	{"krun.", PREFIX, false, "is an instruction to crun's handler for virtual machines, which opens the host's files"},
	{"module.wasm.image/", PREFIX, false,
	 "makes crun run the program in its own process by another handler instead of executing it"},
	{"io.kubernetes.cri.container-type", EXACT, true, "tells crun's handlers that this is a pod's sandbox or not"},
	{"org.criu.", PREFIX, false, "gives CRIU, which runs as root on the host, another configuration"},
	{"org.systemd.property.", PREFIX, false, "sets a property of the container's systemd unit past all limits"},
	{"bundle", LABEL, false, "makes runc look for this container's configuration in another folder"},
};

/* runc keeps annotations as texts KEY=VALUE and looks for what stands before the first
 * '=', so that a key of `bundle=/elsewhere` is `bundle` to it. */
static bool is_label(const char *key, const char *label)
{
	size_t length = strlen(label);
	return strncasecmp(key, label, length) == 0 && (key[length] == '\0' || key[length] == '=');
}

static bool matches(const struct instruction *instruction, const char *key)
{
	if (instruction->match == PREFIX)
		return strncasecmp(key, instruction->key, strlen(instruction->key)) == 0;
	return instruction->match == LABEL ? is_label(key, instruction->key) : strcasecmp(key, instruction->key) == 0;
}

static const struct instruction *instruction_of(const char *key, const struct facts *facts)
{
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++)
		if (matches(&instructions[i], key) && !(instructions[i].of_cri && facts->engine == ENGINE_CRI))
			return &instructions[i];
	return NULL;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)error;
	const char *key;
	json_t *value;
	json_object_foreach(view->annotations, key, value) {
		const struct instruction *instruction = instruction_of(key, facts);
		if (!instruction || setting_list_has(settings, "allow", key))
			continue;
		cleanup_free char *pointer = document_pointer_below("/annotations", key);
		if (!pointer)
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
