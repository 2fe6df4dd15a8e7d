/* `controls:` of a file, a scope or an exception → changes (change.h). */
#ifndef OCI_HARDEN_RULES_CHECK_CONTROLS_H
#define OCI_HARDEN_RULES_CHECK_CONTROLS_H

#include "policy/rules/check.h"

check_reader check_controls;

#endif
