/* The program that verifies, oci-harden-verify, which stands beside oci-harden: what reads
 * certificates and signatures is large, and a container's start that finds its verdict in
 * the cache must not pay for it. It also has nothing of the shim's in its memory. */
#ifndef OCI_HARDEN_SHIM_VERIFIER_H
#define OCI_HARDEN_SHIM_VERIFIER_H

#include "policy/trust/verdict.h"

#define VERIFIER "oci-harden-verify"

enum {
	VERIFIER_QUESTION = 3, /* descriptors: the question's bytes, to be read */
	VERIFIER_ANSWER = 4,   /* the answer, to be written */
};

trust_maker verifier_make;

#endif
