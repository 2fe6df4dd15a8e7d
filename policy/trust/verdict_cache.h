/* Private to verdict.c: verdicts by their question, in a folder of root's with a fixed
 * number of places. A newer one takes the place of an older one, so it never grows. */
#ifndef OCI_HARDEN_TRUST_VERDICT_CACHE_H
#define OCI_HARDEN_TRUST_VERDICT_CACHE_H

#include <stddef.h>

#define VERDICT_CACHE_PLACES 1024u

/* The text that was kept for `key`, which the caller frees; NULL where there is none, or
 * nothing that root alone wrote. */
char *verdict_cache_get(const char *folder, const char *key, size_t *ret_length);

/* Best effort: without it the verdict is made anew next time. */
void verdict_cache_put(const char *folder, const char *key, const char *text, size_t length);

#endif
