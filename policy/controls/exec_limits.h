/* rlimits of an exec against those of its container. Private to the control exec. */
#ifndef OCI_HARDEN_CONTROLS_EXEC_LIMITS_H
#define OCI_HARDEN_CONTROLS_EXEC_LIMITS_H

#include <jansson.h>

/* The limits of `start` (arrays of {type, soft, hard}; NULL: none), each number
 * lowered to what `asked` says of the same type. A type that `start` does not have
 * is left out: the process inherits it as the container's own did. Equal to `asked`
 * where that is no higher and lacks nothing. A new reference; NULL without memory. */
json_t *exec_limits_lower(const json_t *asked, const json_t *start);

#endif
