/* The Container Device Interface: what root, in a specification of the host, says that
 * a device needs in a container. An engine writes it into config.json; here it is
 * looked up again, so that exactly that passes, for the classes that a policy lists,
 * and not the same thing from another hand with another content.
 *
 * Specifications are read where a container needs them and at no other time, since
 * they change without any policy being applied: drivers are updated, and /run/cdi is
 * made anew at each start of the host, with other device numbers. Only those written
 * in JSON are read, because no YAML is parsed on a container's way (`nvidia-ctk cdi
 * generate --format=json`). A folder or file that others than root may write, or that
 * cannot be read, counts as not there. */
#ifndef OCI_HARDEN_HOST_CDI_H
#define OCI_HARDEN_HOST_CDI_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"

/* The `containerEdits` of all devices, and of the whole, of each specification whose
 * kind is in `classes` (["nvidia.com/gpu"]): an array, a new reference. With no class
 * nothing is opened. NULL without memory. */
json_t *cdi_read(const json_t *classes);

/* Each: true where it stands in `edits` word for word. Options and permissions may be
 * fewer than there. */

/* `device` as in linux.devices. Where the specification leaves type or numbers out,
 * they are those of its path on the host. */
bool cdi_has_device(const json_t *edits, const json_t *device);

/* `rule` as in linux.resources.devices, with one type and both numbers. */
bool cdi_allows_rule(const json_t *edits, const json_t *rule);

bool cdi_has_mount(const json_t *edits, const char *source, const char *destination, bool read_only);

/* `name` as in `hooks` ("createContainer"); path, args and env have to be equal. */
bool cdi_has_hook(const json_t *edits, const char *name, const json_t *hook);

/* -EINVAL where `value` is not the text of a class such as vendor.com/gpu. */
int cdi_check_class(const json_t *value, struct error **error);

/* For tests: other folders, NULL-ended; NULL for the usual ones again. */
void cdi_use_folders(const char *const *folders);

#endif
