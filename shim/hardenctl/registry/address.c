#include "shim/hardenctl/registry/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include <curl/curl.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

static void cleanup_url_function(CURLU **url)
{
	curl_url_cleanup(*url);
}
#define cleanup_url __attribute__((cleanup(cleanup_url_function)))

#define HOST_LENGTH 255u

struct range {
	const char *address;
	unsigned bits;
};

static const struct range internal_ipv4[] = {
	{"0.0.0.0", 8},          {"127.0.0.0", 8}, {"169.254.0.0", 16}, {"100.100.100.200", 32},
	{"168.63.129.16", 32},   {"224.0.0.0", 4}, {"240.0.0.0", 4},
};

static const struct range internal_ipv6[] = {
	{"::", 127}, /* the unspecified and the loopback address */
	{"fe80::", 10},
	{"ff00::", 8},
	{"fd00:ec2::254", 128},
};

/* IPv4 inside IPv6, its address in the last four bytes: mapped, compatible, NAT64. */
static const struct range wrapped_ipv4[] = {{"::ffff:0:0", 96}, {"::", 96}, {"64:ff9b::", 96}};

static bool in_range(int family, const uint8_t *bytes, const struct range *range)
{
	uint8_t start[sizeof(struct in6_addr)] = {0};
	if (inet_pton(family, range->address, start) != 1)
		return true;
	size_t whole = range->bits / 8;
	unsigned rest = range->bits % 8;
	if (memcmp(bytes, start, whole) != 0)
		return false;
	return rest == 0 || (bytes[whole] ^ start[whole]) >> (8 - rest) == 0;
}

static bool is_internal_ipv4(const uint8_t *bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(internal_ipv4); i++)
		if (in_range(AF_INET, bytes, &internal_ipv4[i]))
			return true;
	return false;
}

static bool is_internal_ipv6(const uint8_t *bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(internal_ipv6); i++)
		if (in_range(AF_INET6, bytes, &internal_ipv6[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(wrapped_ipv4); i++)
		if (in_range(AF_INET6, bytes, &wrapped_ipv4[i]))
			return is_internal_ipv4(bytes + 12);
	return false;
}

bool address_is_internal(const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	if (address->sa_family == AF_INET && length >= sizeof(ipv4)) {
		memcpy(&ipv4, address, sizeof(ipv4));
		return is_internal_ipv4((const uint8_t *)&ipv4.sin_addr);
	}
	if (address->sa_family == AF_INET6 && length >= sizeof(ipv6)) {
		memcpy(&ipv6, address, sizeof(ipv6));
		return is_internal_ipv6((const uint8_t *)&ipv6.sin6_addr);
	}
	return true;
}

/* A host as it is compared: without IPv6's brackets and without the dot of the root. False
 * where it is too long to be one. */
static bool bare_host(const char *host, char bare[HOST_LENGTH + 1])
{
	size_t length = strlen(host);
	if (length > 0 && host[length - 1] == '.')
		length--;
	if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
		host++;
		length -= 2;
	}
	if (length > HOST_LENGTH)
		return false;
	memcpy(bare, host, length);
	bare[length] = '\0';
	return true;
}

/* The family of an address that is written out, or 0. */
static int read_address(const char *host, uint8_t bytes[sizeof(struct in6_addr)])
{
	if (inet_pton(AF_INET, host, bytes) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, host, bytes) == 1 ? AF_INET6 : 0;
}

bool address_is_internal_name(const char *host)
{
	uint8_t bytes[sizeof(struct in6_addr)];
	char bare[HOST_LENGTH + 1];
	if (!bare_host(host, bare))
		return true;
	int family = read_address(bare, bytes);
	if (family == 0)
		return strcmp(bare, "localhost") == 0 || text_ends_with(bare, ".localhost");
	return family == AF_INET ? is_internal_ipv4(bytes) : is_internal_ipv6(bytes);
}

bool address_is_loopback_name(const char *host)
{
	static const struct range ipv4 = {"127.0.0.0", 8}, ipv6 = {"::1", 128};
	uint8_t bytes[sizeof(struct in6_addr)];
	char bare[HOST_LENGTH + 1];
	if (!bare_host(host, bare))
		return false;
	int family = read_address(bare, bytes);
	if (family == 0)
		return strcmp(bare, "localhost") == 0;
	return in_range(family, bytes, family == AF_INET ? &ipv4 : &ipv6);
}

static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
	char *value = NULL;
	if (curl_url_get(url, part, &value, flags) != CURLUE_OK)
		return NULL;
	char *copy = strdup(value);
	curl_free(value);
	return copy;
}

static void lower(char *text)
{
	for (; text && *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

int origin_of_url(const char *url, struct origin *ret_origin, struct error **error)
{
	static const char *const schemes[] = {"http", "https", NULL};
	cleanup_url CURLU *parsed = curl_url();
	if (!parsed)
		return error_out_of_memory(error);
	if (strlen(url) > ADDRESS_URL || curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK)
		return error_set(error, EINVAL, "the registry names a URL that is none, or none for http and https");
	cleanup_free char *user = part_of(parsed, CURLUPART_USER, 0);
	cleanup_free char *password = part_of(parsed, CURLUPART_PASSWORD, 0);
	cleanup_origin struct origin origin = {
		.scheme = part_of(parsed, CURLUPART_SCHEME, 0),
		.host = part_of(parsed, CURLUPART_HOST, 0),
		.port = part_of(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT),
	};
	lower(origin.scheme);
	lower(origin.host);
	if (!text_is_one_of(origin.scheme, schemes) || !origin.host || !origin.port || user || password)
		return error_set(error, EINVAL, "the registry names a URL that is none for http and https, or one with a "
				 "user or password in it");
	*ret_origin = origin;
	origin = (struct origin){0};
	return 0;
}

bool origin_equal(const struct origin *left, const struct origin *right)
{
	return strcmp(left->scheme, right->scheme) == 0 && strcmp(left->host, right->host) == 0 &&
	       strcmp(left->port, right->port) == 0;
}

void origin_release(struct origin *origin)
{
	free(origin->scheme);
	free(origin->host);
	free(origin->port);
	*origin = (struct origin){0};
}

int address_resolve(const char *base, const char *location, char **ret_url, struct error **error)
{
	cleanup_url CURLU *parsed = curl_url();
	if (!parsed)
		return error_out_of_memory(error);
	if (strlen(location) > ADDRESS_URL || curl_url_set(parsed, CURLUPART_URL, base, 0) != CURLUE_OK ||
	    curl_url_set(parsed, CURLUPART_URL, location, 0) != CURLUE_OK)
		return error_set(error, EINVAL, "the registry names a URL that is none, or none for http and https");
	(void)curl_url_set(parsed, CURLUPART_FRAGMENT, NULL, 0);
	char *url = part_of(parsed, CURLUPART_URL, 0);
	if (!url)
		return error_out_of_memory(error);
	*ret_url = url;
	return 0;
}
