#include "shim/hardenctl/registry/redirect.h"

#include <errno.h>
#include <string.h>

int redirect_check(const struct origin *registry, const char *url, struct direction *ret_direction,
		   struct error **error)
{
	cleanup_origin struct origin target = {0};
	int result = origin_of_url(url, &target, error);
	if (result < 0)
		return result;
	bool own = origin_equal(registry, &target);
	bool on_loopback = address_is_loopback_name(registry->host);
	bool stays_on_loopback = on_loopback && address_is_loopback_name(target.host);
	if (!own && strcmp(target.scheme, "https") != 0 &&
	    !(stays_on_loopback && strcmp(registry->scheme, "http") == 0))
		return error_set(error, EPERM, "the registry sends us from %s://%s to http://%s, without TLS: refused",
				 registry->scheme, registry->host, target.host);
	if (!own && !stays_on_loopback && address_is_internal_name(target.host))
		return error_set(error, EPERM, "the registry sends us to %s, which is an address internal to this host or its "
				 "link: refused", target.host);
	*ret_direction = (struct direction){.own = own, .outside = !own && !stays_on_loopback};
	return 0;
}
