/* The real runtime: found in folders that only root can write, never through
 * PATH, never this program itself; checked on the descriptor that is executed. */
#ifndef OCI_HARDEN_SHIM_BACKEND_H
#define OCI_HARDEN_SHIM_BACKEND_H

#include <jansson.h>

#include "policy/base/error.h"
#include "policy/facts.h"
#include "shim/command_line.h"

struct backend {
	int descriptor;         /* O_PATH: what was checked is what is executed */
	char *path;             /* absolute; owned */
	enum backend_kind kind; /* from the version text, or by file name before it is asked */
	char *version;          /* "1.1.5"; NULL until backend_ask_version(); owned */
	json_t *flaws;          /* array of CVE identifiers (backend_flaws.h); NULL until then; owned */
};

#define BACKEND_NONE ((struct backend){.descriptor = -1})

/* `settings` is the policy's backend section: {"name": "runc"} looked up in the
 * fixed folders, or {"path": "/…"}. Opens the file and checks file and folders. */
int backend_open(const json_t *settings, struct backend *ret_backend, struct error **error);

/* For verbs that pass through; neither reads a policy. The backend that the last
 * intercepted container used: negative, without a message, where none is known. */
int backend_open_recorded(struct backend *ret_backend);

/* The first of runc and crun in the fixed folders that can be had. */
int backend_open_any(struct backend *ret_backend, struct error **error);

/* Fills version, kind and flaws: from the record under /run where it fits the file,
 * from the policy's pin where the file is still the pinned one, or by running
 * `--version` once, with an empty environment, a time limit and a size limit. Anything
 * but runc and crun is -EPERM. */
int backend_ask_version(struct backend *backend, const json_t *settings, struct error **error);

/* Name, version and known flaws for the controls. 0 or -ENOMEM. */
int backend_fill_facts(const struct backend *backend, struct facts *facts);

/* -EPERM where the version is below the policy's minimum. */
int backend_check_minimum(const struct backend *backend, const json_t *settings, struct error **error);

/* Replaces this program. Returns only where that failed. */
int backend_execute(const struct backend *backend, char **argv, struct error **error);

/* For `hardenctl policy apply`: `name_or_path` as in a policy → a record
 * (backend_record.h). */
int backend_pin(const char *name_or_path, json_t **ret_pin, struct error **error);

/* Below 0, 0, above 0 as `left` is older than, as old as, newer than `right`.
 * Numbers are compared as numbers; what a distribution appends ("1.1.5+ds1") does
 * not count, a pre-release ("1.2.0-rc.1", "1.2.0~rc1") is older than its release. */
int backend_compare_versions(const char *left, const char *right);

const char *backend_kind_name(enum backend_kind kind); /* "runc", "crun" */

void backend_release(struct backend *backend);

#endif
