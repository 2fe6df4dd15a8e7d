/* Private to the identity of containers: what an error tells. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_LASTING_H
#define OCI_HARDEN_SHIM_IDENTITY_LASTING_H

#include <stdbool.h>

/* True where `code` (positive) says what is there, or is not, and will say so again: an
 * engine's sign is missing then. With any other code something merely failed, and it must
 * not look like that: the rules for another engine would hold. */
bool error_is_lasting(int code);

/* Of a sign that was looked for with `result`, 0 or -errno: 1 where it is there, 0 where it is
 * not; -errno where something failed. */
int sign_is_there(int result);

#endif
