/* Shared by the tests of policy/rules. */
#ifndef OCI_HARDEN_TESTS_RULES_SUPPORT_H
#define OCI_HARDEN_TESTS_RULES_SUPPORT_H

#include "policy/rules/compile.h"
#include "policy/rules/policy.h"
#include "policy/tests/support.h"

#define DIGEST_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define NOON_2027_01_01 ((time_t)1798804800)

/* A directory that only root can write, and all above it: a small tmpfs in a mount
 * namespace of the test's own, `size` as for tmpfs ("1m"). The path is static. */
const char *make_trusted_directory(const char *size);

/* Fails the test where the text does not compile. */
struct compiled compile_or_fail(const char *text);

/* All problems of a text, one a line; the caller frees it. "" where there is none. */
char *problems_of(const char *text);

/* Applies `text` below `state_directory` at `activated`; the number. */
uint64_t apply_text(const char *state_directory, const char *text, time_t activated);

/* Opens what is active there and resolves it; fails the test where that fails. */
struct effective resolve_or_fail(const char *state_directory, const struct facts *facts, time_t now);

/* The message with which opening or resolving fails; the caller frees it. */
char *refusal_of(const char *state_directory, const struct facts *facts, time_t now);

/* Do compiled trust settings ask for anything of an image? Read from them whole, which the
 * outline of policy_trust_outline() must agree with. */
bool settings_ask(const json_t *settings);

/* The value of a control's key, as compact JSON in a static buffer. */
const char *value_of(const struct effective *effective, const char *control, const char *key);

#endif
