/* One JSON line for each decision, in LOGDIR/decisions.jsonl and in the journal.
 * hardenctl's `why`, `exception` and `audit` read it. */
#ifndef OCI_HARDEN_SHIM_DECISION_LOG_H
#define OCI_HARDEN_SHIM_DECISION_LOG_H

#include <jansson.h>

#include "policy/base/error.h"
#include "shim/interception.h"

#define DECISION_LOG_NAME "decisions.jsonl"

/* The record:
 * {"time": "2026-11-22T17:30:00.123456Z", "id": "12 hex", "engine": "docker",
 *  "namespace", "container", "name", "image", "digest": text or null,
 *  "verb": "create", "verdict": "refused"|"rewritten"|"clean"|"audited"|"error",
 *  "mode": "enforce"|"audit", "generation": N, "applied": […], "notes": […],
 *  "advisory": bool, "backend": "runc 1.1.5" or null, "microseconds": N,
 *  "error": text or null, "findings": [{"control", "outcome", "pointer", "before",
 *  "after", "why", "reference", "remedy"}]}
 * Values of environment, arguments and annotations never stand in it (log_value.h).
 * `error_text`: why nothing could be decided, or NULL. A new reference; NULL
 * without memory. */
json_t *decision_log_record(const struct interception *interception, const char *error_text);

/* The record's "findings" alone, for hardenctl's check and diff. */
json_t *decision_log_findings(const struct findings *findings, enum verb verb);

/* Appends the record, with one write(2), and sends it to the journal. Where it
 * cannot be written that is an error only where the policy requires the log. */
int decision_log_write(struct interception *interception, const char *error_text, struct error **error);

/* The same into the log below `directory`. */
int decision_log_append(const char *directory, const json_t *record, struct error **error);

#endif
