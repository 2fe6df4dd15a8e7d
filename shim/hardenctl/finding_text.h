/* One finding as the decision log has it ({"control", "outcome", "pointer",
 * "before", "after", "why", "reference", …}), for a person: the sentence, then
 * what was there in red and what stands there now in green. */
#ifndef OCI_HARDEN_HARDENCTL_FINDING_TEXT_H
#define OCI_HARDEN_HARDENCTL_FINDING_TEXT_H

#include <jansson.h>

void finding_text_print(const json_t *finding);

#endif
