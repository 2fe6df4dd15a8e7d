/* One HTTP request and its answer, by libcurl, within bounds: no redirect is followed
 * here, nothing is decompressed, no cookie, no .netrc, HTTP/1.1, http and https only. */
#ifndef OCI_HARDEN_REGISTRY_HTTP_H
#define OCI_HARDEN_REGISTRY_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/text.h"
#include "shim/hardenctl/registry/certificates.h"

#define HTTP_HEADERS ((size_t)64 << 10) /* bytes of an answer's headers */

/* For many requests after each other; connections are kept. */
struct http {
	CURL *curl; /* owned */
	const struct certificates *certificates;
	bool behind_proxy; /* then an address that is connected to is the proxy's */
	int64_t deadline;  /* clock_milliseconds() */
};

struct http_request {
	const char *url;
	const char *accept;        /* NULL: anything */
	const char *authorization; /* the header's value; NULL: none */
	const char *form;          /* what is posted; NULL: a GET */
	size_t limit;              /* bytes of the body */
	bool certificate;          /* ours may be shown */
	bool outside;              /* no address that is internal to this host may be connected to */
};

/* Owned. A header that came several times is joined by ", ". */
struct http_response {
	long status;
	struct text body;
	char *content_type, *content_encoding, *content_digest, *challenge, *link, *location, *retry_after;
};

int http_open(const struct certificates *certificates, int64_t deadline, struct http *ret_http, struct error **error);
void http_close(struct http *http);
#define cleanup_http __attribute__((cleanup(http_close)))

/* *ret_again: whether the same may go well a little later. -EFBIG for a body or headers
 * beyond the bounds, -EPERM where the other end could not prove who it is or must not be
 * connected to, -ETIMEDOUT, -ECONNREFUSED, … */
int http_perform(struct http *http, const struct http_request *request, struct http_response *ret_response,
		 bool *ret_again, struct error **error);
void http_response_release(struct http_response *response);
#define cleanup_http_response __attribute__((cleanup(http_response_release)))

#endif
