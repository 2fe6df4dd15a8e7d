/* Private to the binding: the options of a mounted overlay as mountinfo has them, taken
 * apart (overlayfs.rst; ovl_show_options() prints them). */
#ifndef OCI_HARDEN_SHIM_BINDING_OVERLAY_OPTIONS_H
#define OCI_HARDEN_SHIM_BINDING_OVERLAY_OPTIONS_H

#include <stddef.h>

#include "policy/base/error.h"

/* Owned. */
struct overlay_options {
	char *text; /* what the rest points into */
	const char **lower; /* the topmost first; owned array */
	size_t lower_count;
	const char *upper, *work; /* NULL: none */
};

/* -EPERM for an option that is not known, for one of these given twice, and for a layer
 * that only gives data ("::", "datadir+"): what such a mount shows is not known here. */
int overlay_options_parse(const char *options, struct overlay_options *ret_options, struct error **error);
void overlay_options_release(struct overlay_options *options);
#define cleanup_overlay_options __attribute__((cleanup(overlay_options_release)))

#endif
