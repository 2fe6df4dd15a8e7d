/* What a layer with a signature in it says that it is about. For finding its image only:
 * nothing of it is verified. */
#ifndef OCI_HARDEN_TRUST_LAYOUT_SUBJECTS_H
#define OCI_HARDEN_TRUST_LAYOUT_SUBJECTS_H

#include <stdbool.h>

#include "policy/trust/layout.h"

/* LAYOUT_STATEMENTS where a layer of that media type is none. */
enum layout_statement layout_statement_of(const char *media_type);

/* 1 where it is about one of the digests, 0 where about others, -ENOENT where it doesn't
 * say, or not in a way that is understood. */
int layout_subject_is_one_of(enum layout_statement kind, const struct blob *blob, const struct digest_set *digests);

#endif
