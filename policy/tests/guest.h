/* A process in namespaces of its own, for tests that ask the kernel about them. */
#ifndef OCI_HARDEN_TESTS_GUEST_H
#define OCI_HARDEN_TESTS_GUEST_H

#include <sys/types.h>

/* Starts one that waits in the namespaces `flags` (CLONE_NEW*); with CLONE_NEWUSER
 * it gets the maps (user_namespaces(7)). -1 where the kernel does not let this user. It
 * ends with the test program at the latest. */
pid_t guest_start(int flags, const char *uid_map, const char *gid_map);
void guest_stop(pid_t guest);

/* Runs `body` in a child with the namespaces `flags` of its own and fails the test
 * with the text that it returns, if any. */
void in_namespaces(int flags, const char *(*body)(void));

#endif
