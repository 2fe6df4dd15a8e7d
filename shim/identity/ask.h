/* What an engine tells of a container only when it is asked, which costs a conversation
 * with it: where a rule needs the image's digest. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_ASK_H
#define OCI_HARDEN_SHIM_IDENTITY_ASK_H

#include "shim/identity/identity.h"

/* True where an engine that can be asked has not told, or not yet, what the image is. */
bool identity_engine_knows_more(const struct facts *facts);

/* Adds to what identity_fill() found: for containers of containerd (ctr, nerdctl), CRI and
 * Docker with containerd's image store the image's name where it is not known, its digests
 * as far as they are proven, the chain id and the overlay's directories; for those of Podman
 * and CRI-O it proves the configuration's digest by the layers in their store. A sandbox whose
 * image is proven is SANDBOX_PROVEN. Does nothing for others, and where the engine's own
 * store told the configuration's digest already. An engine that does not answer, or not
 * about this container, is an error. */
int identity_ask_engine(const struct invocation *invocation, struct facts *facts, struct error **error);

/* The same for a given parent process. */
int identity_ask_engine_for(const struct invocation *invocation, const struct parent *parent, struct facts *facts,
			    struct error **error);

#endif
