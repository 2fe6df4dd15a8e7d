/* Where a request goes: origins of URLs (RFC 6454), and addresses that nobody outside
 * has any business to send this host to. */
#ifndef OCI_HARDEN_REGISTRY_ADDRESS_H
#define OCI_HARDEN_REGISTRY_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "policy/base/error.h"

#define ADDRESS_URL 8192u /* bytes of a URL */

struct origin {
	char *scheme, *host, *port; /* owned; lower case; the port is never NULL */
};

/* The origin of an absolute http or https URL without user and password. -EINVAL. */
int origin_of_url(const char *url, struct origin *ret_origin, struct error **error);
bool origin_equal(const struct origin *left, const struct origin *right);
void origin_release(struct origin *origin);
#define cleanup_origin __attribute__((cleanup(origin_release)))

/* `location` as it stands in an answer to `base`; may be relative. The caller frees it. */
int address_resolve(const char *base, const char *location, char **ret_url, struct error **error);

/* "localhost" and the loopback addresses; by what is written, without asking a resolver. */
bool address_is_loopback_name(const char *host);

/* Loopback, link-local (where clouds keep their metadata), unspecified, multicast and a
 * few known metadata services; also where IPv6 wraps such an IPv4 address. */
bool address_is_internal(const struct sockaddr *address, socklen_t length);
bool address_is_internal_name(const char *host); /* where `host` is written as an address */

#endif
