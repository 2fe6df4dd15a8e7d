/* Finds decisions in the decision log (shim/decision_log.h). */
#ifndef OCI_HARDEN_HARDENCTL_DECISION_READER_H
#define OCI_HARDEN_HARDENCTL_DECISION_READER_H

#include <jansson.h>

#include "policy/base/error.h"

/* The newest decision whose id starts with `key`; else the newest start of the
 * container whose id starts with it or whose name equals it; else the newest
 * decision about that container. *ret_decision is a new reference. -ENOENT
 * where there is none. Lines that are not a decision are passed over: one bad
 * line must not hide the others. */
int decision_find(const char *key, json_t **ret_decision, struct error **error);

#endif
