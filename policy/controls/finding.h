/* What a control found in one configuration. */
#ifndef OCI_HARDEN_CONTROLS_FINDING_H
#define OCI_HARDEN_CONTROLS_FINDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct control;

enum edit {
	EDIT_NONE = 0, /* cannot be mended: `rewrite` means refuse */
	EDIT_SET,      /* document_set(pointer, after) */
	EDIT_REMOVE,   /* document_remove(pointer) */
};

enum outcome {
	OUTCOME_REFUSED = 0,
	OUTCOME_REWRITTEN,
	OUTCOME_AUDITED,
	OUTCOME_NOTED,
};

struct finding {
	const struct control *control; /* set by the pipeline */
	enum outcome outcome;          /* set by the pipeline */
	/* RFC 6901, where it stands; of the command line the option or variable */
	char *pointer;
	json_t *before;                /* what stood there; NULL: nothing, or secret */
	char *why;             /* the predicate of the sentence "POINTER BEFORE why": "is the Docker socket" */
	const char *reference; /* "CIS 5.32"; NULL: none. Static text. */
	enum edit edit;
	json_t *after; /* EDIT_SET */
	/* Settings of this control that would let it pass, as in a policy's
	 * `controls: {NAME: …}`: {"add": ["CHOWN"]}. NULL: {"action": "audit"}; empty: the
	 * edit takes nothing from a workload, so an exception leaves it. */
	json_t *remedy;
	bool note; /* worth logging, but neither unsafe nor changed */
};

struct findings {
	struct finding *items;
	size_t count;
	size_t capacity;
};

/* What finding_add() is told. `before` gets a reference of its own and may stand in
 * the document, whose edits leave it as it is (document.h); `after` and `remedy` are
 * taken over, also where it fails, so that they can be made in place. */
struct finding_spec {
	const char *pointer; /* copied */
	const json_t *before;
	const char *reference;
	enum edit edit;
	json_t *after;
	json_t *remedy;
	bool note;
};

/* 0 or -ENOMEM (also where EDIT_SET came without `after`, as a failed
 * json_pack() in place gives). Edits are applied in the order of the findings: a
 * control that removes several elements of one array reports the last first, or
 * sets the whole array. */
int finding_add(struct findings *findings, struct finding_spec spec, const char *why_format, ...)
	__attribute__((format(printf, 3, 4)));

void findings_release(struct findings *findings);

/* The sentence for a person: `/mounts/7/source "/run/docker.sock" is the Docker
 * socket (mount-sources, CIS 5.32)`. Values are shown where they are short
 * scalars. The caller frees it; NULL without memory. */
char *finding_sentence(const struct finding *finding);

#endif
