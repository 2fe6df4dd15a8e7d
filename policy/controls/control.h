/* A control is one const struct in one file. `assess` only reads; each finding
 * says where, what was there, why it is unsafe and, optionally, the edit that
 * mends it. The pipeline (decide.h) alone applies edits. Two laws hold and are
 * tested for every control: assess again after the edits and no finding is left
 * (notes aside); what a control does not own stays as it was. */
#ifndef OCI_HARDEN_CONTROLS_CONTROL_H
#define OCI_HARDEN_CONTROLS_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/controls/finding.h"
#include "policy/controls/key.h"
#include "policy/facts.h"

enum verb {
	VERB_CREATE = 1, /* create and run */
	VERB_EXEC = 2,
	VERB_UPDATE = 4,
	VERB_CHECKPOINT = 8, /* these two: the command line alone can be judged */
	VERB_RESTORE = 16,
};

/* Tightest first: this is also the order of the setting "action". */
enum action {
	ACTION_REFUSE = 0,
	ACTION_REWRITE, /* a finding without an edit refuses */
	ACTION_AUDIT,   /* logged, nothing else */
	ACTION_OFF,
};

/* The sections of what is judged: made from config.json, process.json or
 * update's JSON, so that one control serves create, exec and update. A section
 * that is not there is NULL (null in the document counts as not there); a section
 * of the wrong type has been refused before. Borrowed from `document`. */
struct container_view {
	enum verb verb;
	json_t *document;
	json_t *process;
	json_t *root;
	json_t *mounts; /* array */
	json_t *linux_section; /* "linux" is a macro in gnu11 */
	json_t *resources;
	json_t *hooks;
	json_t *annotations;
	const json_t *start; /* exec: the process that the container was started with */
	const char *process_at; /* JSON pointer of `process`: "/process", or "" for exec */
	const char *resources_at; /* "/linux/resources", or "" for update */
	/* Destination → where the image's symlinks take it: looked up once a decision, so
	 * that all controls judge the same place. The backend looks only after them in any
	 * case. NULL: nothing is kept. */
	json_t *places;
};

struct control {
	const char *name;    /* policy key and log id: "capabilities" */
	const char *summary; /* one sentence: what it does */
	const char *risk;    /* what an attacker gains without it; a few sentences */
	const char *cis, *pss, *nist; /* references as in "5.4, 5.5"; NULL where none */
	unsigned verbs;      /* VERB_* */
	enum action action;  /* `restricted`'s action */
	/* JSON pointers of config.json at or below which this control edits, and
	 * nowhere else; NULL-ended. */
	const char *const *owns;
	const struct policy_key *keys; /* ended by KEY_END; "action" is implied */
	int (*assess)(const struct container_view *view, const struct facts *facts,
		      const json_t *settings, struct findings *findings, struct error **error);
};

/* In the order in which they are applied; see table.c for why. */
extern const struct control *const controls[];
extern const size_t control_count;

const struct control *control_by_name(const char *name); /* NULL: no such control */

/* "refuse", "rewrite", "audit", "off" in the order of enum action; NULL-ended. */
extern const char *const action_words[];

/* Fills *ret_view; -EINVAL with the pointer where a section or a mount has the
 * wrong type. Cheap: called anew after edits. */
int container_view_of(json_t *document, enum verb verb, struct container_view *ret_view,
		      struct error **error);

/* True where the container gets a user namespace of its own (new or by path). */
bool container_has_user_namespace(const struct container_view *view);

#endif
