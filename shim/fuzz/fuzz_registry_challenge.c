/* WWW-Authenticate and Link headers, tokens and URLs from a registry. What is taken can
 * go into a request: only visible characters. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "shim/hardenctl/registry/address.h"
#include "shim/hardenctl/registry/challenge.h"
#include "shim/hardenctl/registry/link.h"
#include "shim/hardenctl/registry/redirect.h"
#include "shim/hardenctl/registry/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_visible(const char *text, char first)
{
	for (; text && *text; text++)
		if (*text < first || *text > '~')
			abort();
}

static void check_challenge(const char *text)
{
	cleanup_challenge struct challenge challenge = {0};
	if (challenge_parse(text, &challenge, NULL) < 0)
		return;
	check_visible(challenge.realm, ' ');
	check_visible(challenge.service, ' ');
	check_visible(challenge.scope, ' ');
	if (!challenge.bearer && (challenge.realm || challenge.service || challenge.scope))
		abort();
}

/* Whatever is written, a registry elsewhere never leads to this host. */
static void check_location(const char *text)
{
	cleanup_free char *url = NULL;
	cleanup_origin struct origin registry = {0}, target = {0};
	struct direction direction = {0};
	if (origin_of_url("https://registry.example/", &registry, NULL) < 0)
		abort();
	if (address_resolve("https://registry.example/v2/a", text, &url, NULL) < 0 ||
	    redirect_check(&registry, url, &direction, NULL) < 0)
		return;
	if (origin_of_url(url, &target, NULL) < 0 || strcmp(target.scheme, "https") != 0 ||
	    address_is_internal_name(target.host) || direction.own != origin_equal(&registry, &target) ||
	    direction.own == direction.outside)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = strndup((const char *)data, size), *target = NULL, *token = NULL;
	if (!text)
		return 0;
	check_challenge(text);
	check_location(text);
	if (link_next(text, &target, NULL) == 0 && target)
		check_location(target);
	if (token_read((const char *)data, size, &token, NULL) == 0)
		check_visible(token, '!');
	return 0;
}
