/* JSON values as YAML on one line: `{add: [CHOWN], source: "/srv/data"}`. */
#ifndef OCI_HARDEN_HARDENCTL_YAML_TEXT_H
#define OCI_HARDEN_HARDENCTL_YAML_TEXT_H

#include <jansson.h>

#include "policy/base/text.h"

void yaml_append(struct text *text, const json_t *value);

/* A string as YAML scalar: plain where no reader could take it for anything else,
 * else double-quoted. */
void yaml_append_string(struct text *text, const char *string);

#endif
