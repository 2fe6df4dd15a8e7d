/* Certificates for one registry, read before the network is touched: further authorities,
 * and ours where the registry asks for one. In the folders that Docker and containers
 * know, HOST[:PORT]/ has *.crt (authorities) and NAME.cert with NAME.key. */
#ifndef OCI_HARDEN_REGISTRY_CERTIFICATES_H
#define OCI_HARDEN_REGISTRY_CERTIFICATES_H

#include "policy/base/error.h"

struct certificates {
	char *authorities;       /* PEM, beside the system's; owned; NULL: none */
	char *certificate, *key; /* PEM; owned; both or neither */
};

/* `file` (--ca) may be NULL. The files have to be root's. */
int certificates_find(const char *registry, const char *file, struct certificates *ret_certificates,
		      struct error **error);
void certificates_release(struct certificates *certificates);
#define cleanup_certificates __attribute__((cleanup(certificates_release)))

#endif
