/* update's options (--memory 512 …) as the resources that update's JSON has, so
 * that both are judged alike. */
#ifndef OCI_HARDEN_SHIM_UPDATE_OPTIONS_H
#define OCI_HARDEN_SHIM_UPDATE_OPTIONS_H

#include <jansson.h>

#include "policy/base/error.h"
#include "shim/command_line.h"

/* A new reference; {} where no option is given. An option that has no place among
 * the resources, or a value that is not a plain number, is an error. */
int update_options_resources(const struct invocation *invocation, json_t **ret_resources, struct error **error);

#endif
