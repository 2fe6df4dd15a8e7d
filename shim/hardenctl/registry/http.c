#include "shim/hardenctl/registry/http.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "policy/base/cleanup.h"
#include "policy/base/deadline.h"
#include "shim/hardenctl/registry/address.h"

enum {
	CONNECT_MILLISECONDS = 10000,
	REQUEST_MILLISECONDS = 60000,
	SLOW_BYTES = 64, /* a second, over so many seconds */
	SLOW_SECONDS = 20,
	CURL_ERROR_TEXT = 200,
};

/* What one transfer saw, for the callbacks. */
struct transfer {
	const struct http *http;
	const struct http_request *request;
	struct http_response *response;
	size_t header_bytes;
	bool too_large, internal, encoded;
};

struct field {
	const char *name;
	size_t offset;
};

static const struct field fields[] = {
	{"Content-Type", offsetof(struct http_response, content_type)},
	{"Content-Encoding", offsetof(struct http_response, content_encoding)},
	{"Docker-Content-Digest", offsetof(struct http_response, content_digest)},
	{"WWW-Authenticate", offsetof(struct http_response, challenge)},
	{"Link", offsetof(struct http_response, link)},
	{"Location", offsetof(struct http_response, location)},
	{"Retry-After", offsetof(struct http_response, retry_after)},
};

static char **field_of(struct http_response *response, size_t i)
{
	return (char **)(void *)((char *)response + fields[i].offset);
}

void http_response_release(struct http_response *response)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		free(*field_of(response, i));
	text_release(&response->body);
	*response = (struct http_response){0};
}

/* Puts the value behind what the field has already. */
static bool keep_field(char **place, const char *value, size_t length)
{
	struct text joined = {0};
	if (*place) {
		text_append(&joined, *place);
		text_append(&joined, ", ");
	}
	text_append_bytes(&joined, value, length);
	char *finished = text_finish(&joined);
	if (!finished)
		return false;
	free(*place);
	*place = finished;
	return true;
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t length = size * count;
	transfer->header_bytes += length;
	if (transfer->header_bytes > HTTP_HEADERS) {
		transfer->too_large = true;
		return 0;
	}
	/* a status line: what an interim answer said is over */
	if (length >= 5 && strncmp(line, "HTTP/", 5) == 0)
		http_response_release(transfer->response);
	const char *colon = memchr(line, ':', length);
	if (!colon)
		return length;
	const char *value = colon + 1, *end = line + length;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && strchr("\r\n \t", end[-1]))
		end--;
	if (memchr(value, '\0', (size_t)(end - value)))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strlen(fields[i].name) == (size_t)(colon - line) &&
		    strncasecmp(line, fields[i].name, (size_t)(colon - line)) == 0 &&
		    !keep_field(field_of(transfer->response, i), value, (size_t)(end - value)))
			return 0;
	return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t length = size * count;
	const char *encoding = transfer->response->content_encoding;
	transfer->encoded = encoding && strcasecmp(encoding, "identity") != 0;
	transfer->too_large = length > transfer->request->limit - transfer->response->body.length;
	if (transfer->too_large || transfer->encoded)
		return 0;
	text_append_bytes(&transfer->response->body, bytes, length);
	return transfer->response->body.failed ? 0 : length;
}

/* The address that is really connected to, whatever a name resolved to before. */
static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = context;
	(void)purpose;
	if (transfer->request->outside && !transfer->http->behind_proxy &&
	    address_is_internal(&address->addr, address->addrlen)) {
		transfer->internal = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* curl's codes, as far as they mean something to whoever reads the message. */
static const struct meaning {
	CURLcode code;
	int number;
	bool again;
	const char *hint;
} meanings[] = {
	{CURLE_COULDNT_RESOLVE_HOST, EHOSTUNREACH, true, ""},
	{CURLE_COULDNT_RESOLVE_PROXY, EHOSTUNREACH, true, ""},
	{CURLE_COULDNT_CONNECT, ECONNREFUSED, true, ""},
	{CURLE_OPERATION_TIMEDOUT, ETIMEDOUT, false, ""},
	{CURLE_PEER_FAILED_VERIFICATION, EPERM, false,
	 "; a private authority is named with --ca FILE or stands in /etc/docker/certs.d/HOST/ca.crt"},
	{CURLE_SSL_CONNECT_ERROR, EPROTO, false, "; a registry without TLS needs --plain-http"},
	{CURLE_GOT_NOTHING, ECONNRESET, true, ""},
	{CURLE_RECV_ERROR, ECONNRESET, true, ""},
	{CURLE_SEND_ERROR, ECONNRESET, true, ""},
	{CURLE_PARTIAL_FILE, ECONNRESET, true, ""},
	{CURLE_OUT_OF_MEMORY, ENOMEM, false, ""},
};

/* What is printable of libcurl's own words, which may have the server's in them. */
static void clean(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static int failed(const struct transfer *transfer, CURLcode code, char *detail, bool *ret_again, struct error **error)
{
	cleanup_origin struct origin origin = {0};
	if (origin_of_url(transfer->request->url, &origin, error) < 0)
		return -EINVAL;
	if (transfer->too_large || code == CURLE_FILESIZE_EXCEEDED)
		return error_set(error, EFBIG, "%s answers with more than is taken (%zu bytes, %zu of headers)", origin.host,
				 transfer->request->limit, HTTP_HEADERS);
	if (transfer->encoded)
		return error_set(error, EPROTO, "%s answers with a Content-Encoding that was not asked for", origin.host);
	if (transfer->internal)
		return error_set(error, EPERM, "the registry sends us to %s, which is an address internal to this host or its "
				 "link: refused", origin.host);
	detail[CURL_ERROR_TEXT] = '\0';
	clean(detail);
	const struct meaning *meaning = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		if (meanings[i].code == code)
			meaning = &meanings[i];
	*ret_again = meaning && meaning->again;
	return error_set(error, meaning ? meaning->number : EIO, "%s:%s: %s%s", origin.host, origin.port,
			 *detail ? detail : curl_easy_strerror(code), meaning ? meaning->hint : "");
}

static void set_certificates(CURL *curl, const struct certificates *certificates, bool ours)
{
	struct curl_blob blob = {.flags = CURL_BLOB_NOCOPY};
	if (certificates->authorities) {
		blob.data = certificates->authorities;
		blob.len = strlen(certificates->authorities);
		(void)curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
	}
	if (!ours || !certificates->certificate || !certificates->key)
		return;
	blob.data = certificates->certificate;
	blob.len = strlen(certificates->certificate);
	(void)curl_easy_setopt(curl, CURLOPT_SSLCERT_BLOB, &blob);
	blob.data = certificates->key;
	blob.len = strlen(certificates->key);
	(void)curl_easy_setopt(curl, CURLOPT_SSLKEY_BLOB, &blob);
}

/* Every option anew: nothing of the request before is left. */
static void set_options(struct http *http, struct transfer *transfer, long milliseconds, char *detail)
{
	CURL *curl = http->curl;
	const struct http_request *request = transfer->request;
	curl_easy_reset(curl);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "oci-harden/" VERSION);
	(void)curl_easy_setopt(curl, CURLOPT_URL, request->url);
	(void)curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->limit);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MILLISECONDS);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds);
	(void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	(void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	(void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	(void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
	if (request->form)
		(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->form);
	set_certificates(curl, http->certificates, request->certificate);
}

static bool add_header(struct curl_slist **headers, const char *name, const char *value)
{
	struct text line = {0};
	if (!value)
		return true;
	text_append_format(&line, "%s: %s", name, value);
	cleanup_free char *finished = text_finish(&line);
	struct curl_slist *longer = finished ? curl_slist_append(*headers, finished) : NULL;
	if (longer)
		*headers = longer;
	return longer != NULL;
}

int http_perform(struct http *http, const struct http_request *request, struct http_response *ret_response,
		 bool *ret_again, struct error **error)
{
	cleanup_http_response struct http_response response = {0};
	struct transfer transfer = {.http = http, .request = request, .response = &response};
	char detail[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	int64_t left = http->deadline - clock_milliseconds();
	*ret_again = false;
	if (left <= 0)
		return error_set(error, ETIMEDOUT, "the registry takes too long");
	set_options(http, &transfer, left < REQUEST_MILLISECONDS ? (long)left : REQUEST_MILLISECONDS, detail);
	bool complete = add_header(&headers, "Accept", request->accept) &&
			add_header(&headers, "Authorization", request->authorization);
	(void)curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
	CURLcode code = complete ? curl_easy_perform(http->curl) : CURLE_OUT_OF_MEMORY;
	(void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &response.status);
	(void)curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return failed(&transfer, code, detail, ret_again, error);
	text_append(&response.body, "");
	if (response.body.failed)
		return error_out_of_memory(error);
	*ret_response = response;
	response = (struct http_response){0};
	return 0;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);
	return value && *value;
}

/* Of TLS, by which alone a registry leads elsewhere. What no_proxy names is its owner's
 * choice and no stranger's. */
static bool has_proxy(void)
{
	static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	static const char *const exceptions[] = {"no_proxy", "NO_PROXY"};
	for (size_t i = 0; i < ARRAY_SIZE(exceptions); i++)
		if (is_set(exceptions[i]) && strcmp(getenv(exceptions[i]), "*") == 0)
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		if (is_set(variables[i]))
			return true;
	return false;
}

int http_open(const struct certificates *certificates, int64_t deadline, struct http *ret_http, struct error **error)
{
	struct http http = {.certificates = certificates, .behind_proxy = has_proxy(), .deadline = deadline};
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(http.curl = curl_easy_init()))
		return error_out_of_memory(error);
	*ret_http = http;
	return 0;
}

void http_close(struct http *http)
{
	if (http->curl)
		curl_easy_cleanup(http->curl);
	http->curl = NULL;
}
