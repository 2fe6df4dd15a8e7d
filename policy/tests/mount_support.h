/* Shared by the tests of mounts: a mount namespace of their own, and one bind
 * judged. */
#ifndef OCI_HARDEN_TESTS_MOUNT_SUPPORT_H
#define OCI_HARDEN_TESTS_MOUNT_SUPPORT_H

#include "policy/tests/support.h"

/* Leaves for a private mount namespace with an empty, root-owned tmpfs at /mnt.
 * False without the privilege: then the test says so by skip(). */
bool enter_private_mounts(void);

#define NEEDS_ROOT()                                                                       \
	do {                                                                               \
		if (!enter_private_mounts()) {                                             \
			print_message("%s: needs root for mounts of its own\n", __func__); \
			skip();                                                            \
		}                                                                          \
	} while (0)

void make_folder(const char *path);                        /* and those above it */
void make_file(const char *path);
void make_link(const char *target, const char *path);
void make_socket(const char *path);
void bind_mount(const char *source, const char *target);

/* One bind of `source` at /data with `options` (JSON array text), judged by
 * mount-sources with `changes` (JSON object text or NULL): what it finds at
 * /mounts/0/source, or NULL where it passes. The caller frees it. */
char *judge_bind(const char *source, const char *options, const char *changes, const struct facts *facts);

void assert_passes(const char *source, const char *changes, const struct facts *facts);
void assert_refused(const char *source, const char *changes, const struct facts *facts, const char *said);

#endif
