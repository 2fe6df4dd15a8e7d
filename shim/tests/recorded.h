/* What was recorded from real engines (data/identity, each with the engine's own files
 * below host/), for the tests of identity.
 *
 * An engine's store is believed only where root alone can write it, so each test has a
 * new tmpfs at /mnt in a mount namespace of its own. Run by a user, that is a user
 * namespace too, where the host's root is nobody, as for rootless engines. */
#ifndef OCI_HARDEN_SHIM_TESTS_RECORDED_H
#define OCI_HARDEN_SHIM_TESTS_RECORDED_H

#include "shim/identity/identity.h"

struct recorded {
	char *text; /* of the file "invocation"; what `invocation` points into */
	struct invocation invocation;
	struct parent parent;
	json_t *config;
	struct facts facts;
	struct error *error;
};

/* Group set-up; set-up and tear-down of each test. */
int enter_namespaces(void **state);
int new_host(void **state);
int drop_host(void **state);
#define on_a_new_host(test) cmocka_unit_test_setup_teardown(test, new_host, drop_host)

struct recorded load(const char *name);
int identify(struct recorded *recorded);
void unload(struct recorded *recorded);

void write_text(const char *path, const char *text);
void annotate(struct recorded *recorded, const char *key, const char *value);

void assert_identified(struct recorded *recorded, enum engine engine);
/* Nothing is engine-set, no mount is the engine's own. */
void assert_nobodys(struct recorded *recorded, enum engine engine);
/* Half looks like an engine's, so that no scope can be made for it. */
void assert_unknown(struct recorded *recorded);
void assert_not_identified(struct recorded *recorded, const char *part);
void assert_fact(const struct fact *fact, const char *value, enum provenance provenance);
const struct engine_path *path_of(const struct facts *facts, const char *path);
void assert_path(const struct facts *facts, const char *path, bool volume);

#endif
