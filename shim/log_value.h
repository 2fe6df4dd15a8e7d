/* What of a configuration's value may stand in the decision log. */
#ifndef OCI_HARDEN_SHIM_LOG_VALUE_H
#define OCI_HARDEN_SHIM_LOG_VALUE_H

#include <jansson.h>

#include "policy/controls/control.h"

/* `value` itself; JSON null where `pointer` is at or below environment, arguments
 * or annotations; {"summary": "object of 9"} where it contains one of these or is
 * longer than about 4 KiB. NULL gives null. A new reference; NULL without memory. */
json_t *log_value(enum verb verb, const char *pointer, const json_t *value);

#endif
