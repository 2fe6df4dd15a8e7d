#include "shim/hardenctl/watch_docker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/containerd/local_socket.h"

#define ANSWER_SIZE DOCUMENT_SIZE
#define EVENT_SIZE ((size_t)256 << 10)
#define HOST "http://docker"
/* {"type":["image"],"event":["pull","load","tag"]} */
#define EVENTS                                            \
	HOST "/events?filters=%7B%22type%22%3A%5B%22image%22%5D%2C%22event%22%3A%5B" \
	     "%22pull%22%2C%22load%22%2C%22tag%22%5D%7D"

enum { ASK_SECONDS = 30, CONNECT_SECONDS = 5 };

int64_t watch_docker_instance(const char *socket)
{
	static const char ending[] = ".sock";
	cleanup_text struct text path = {0};
	struct stat status;
	if (!text_ends_with(socket, ending))
		return 0;
	text_append_bytes(&path, socket, strlen(socket) - strlen(ending));
	text_append(&path, ".pid");
	if (path.failed || stat(path.data, &status) < 0)
		return 0;
	return status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
}

/* Whoever answers there tells us what to fetch, and so has to be root, in a place that
 * nobody else can change before libcurl connects itself. */
static int check_socket(const char *socket, struct error **error)
{
	cleanup_close int descriptor = -1;
	int result = local_socket_connect(socket, &descriptor, error);
	return result < 0 ? error_prefix(error, "Docker") : 0;
}

static void set_options(CURL *curl, const char *socket, const char *url, char *failure)
{
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, failure);
	(void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	(void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

static size_t on_answer(char *bytes, size_t size, size_t count, void *context)
{
	struct text *answer = context;
	if (answer->length + size * count > ANSWER_SIZE)
		return 0;
	text_append_bytes(answer, bytes, size * count);
	return answer->failed ? 0 : size * count;
}

static int ask(const char *socket, const char *url, struct text *answer, struct error **error)
{
	char failure[CURL_ERROR_SIZE] = "";
	long status = 0;
	int result = check_socket(socket, error);
	if (result < 0)
		return result;
	CURL *curl = curl_easy_init();
	if (!curl)
		return error_out_of_memory(error);
	set_options(curl, socket, url, failure);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ASK_SECONDS);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	CURLcode code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (code != CURLE_OK)
		return error_set(error, EIO, "Docker at %s: %s", socket, *failure ? failure : curl_easy_strerror(code));
	if (status == 404)
		return error_set(error, EIO, "Docker has no such image");
	if (status != 200)
		return error_set(error, EIO, "Docker at %s answers with status %ld", socket, status);
	return 0;
}

/* An image's RepoDigests; absent or null where it is of no registry. */
static void give_names(const json_t *image, watch_docker_found *found, void *context)
{
	size_t index;
	const json_t *name;
	json_array_foreach(json_object_get(image, "RepoDigests"), index, name)
		if (document_text(name))
			found(context, document_text(name));
}

int watch_docker_list(const char *socket, watch_docker_found *found, void *context, struct error **error)
{
	cleanup_text struct text answer = {0};
	cleanup_json json_t *images = NULL;
	size_t index;
	const json_t *image;
	int result = ask(socket, HOST "/images/json", &answer, error);
	if (result == 0)
		result = document_parse(answer.data ? answer.data : "", answer.length, DOCUMENT_LIST, &images, error);
	if (result < 0)
		return result;
	json_array_foreach(images, index, image)
		give_names(image, found, context);
	return 0;
}

int watch_docker_inspect(const char *socket, const char *image, watch_docker_found *found, void *context,
			 struct error **error)
{
	cleanup_text struct text answer = {0};
	cleanup_text struct text url = {0};
	cleanup_json json_t *document = NULL;
	char *escaped = curl_easy_escape(NULL, image, (int)strlen(image));
	if (!escaped)
		return error_out_of_memory(error);
	text_append_format(&url, HOST "/images/%s/json", escaped);
	curl_free(escaped);
	if (url.failed)
		return error_out_of_memory(error);
	int result = ask(socket, url.data, &answer, error);
	if (result == 0)
		result = document_parse(answer.data ? answer.data : "", answer.length, DOCUMENT_PLAIN, &document, error);
	if (result < 0)
		return result;
	give_names(document, found, context);
	return 0;
}

/* One event; what is none that is understood is passed over. */
static void take_event(const struct watch_docker_stream *stream)
{
	cleanup_json json_t *event = NULL;
	if (document_parse(stream->line.data, stream->line.length, DOCUMENT_PLAIN, &event, NULL) < 0)
		return;
	const char *action = document_text(json_object_get(event, "Action"));
	const char *image = document_text(json_object_get(json_object_get(event, "Actor"), "ID"));
	if (action && image && strlen(image) < 1024)
		stream->event(stream->context, action, image);
}

static size_t on_events(char *bytes, size_t size, size_t count, void *context)
{
	struct watch_docker_stream *stream = context;
	size_t length = size * count;
	for (size_t done = 0; done < length;) {
		const char *start = bytes + done, *end = memchr(start, '\n', length - done);
		size_t part = end ? (size_t)(end - start) : length - done;
		if (stream->line.length + part > EVENT_SIZE)
			return 0;
		text_append_bytes(&stream->line, start, part);
		if (stream->line.failed)
			return 0;
		done += part + (end != NULL);
		if (end && stream->line.length)
			take_event(stream);
		if (end)
			text_release(&stream->line);
	}
	return length;
}

int watch_docker_open(struct watch_docker_stream *stream, CURLM *multi, struct error **error)
{
	int result = check_socket(stream->socket, error);
	if (result < 0)
		return result;
	stream->curl = curl_easy_init();
	if (!stream->curl)
		return error_out_of_memory(error);
	stream->multi = multi;
	stream->failure[0] = '\0';
	set_options(stream->curl, stream->socket, EVENTS, stream->failure);
	(void)curl_easy_setopt(stream->curl, CURLOPT_FAILONERROR, 1L);
	(void)curl_easy_setopt(stream->curl, CURLOPT_WRITEFUNCTION, on_events);
	(void)curl_easy_setopt(stream->curl, CURLOPT_WRITEDATA, stream);
	if (curl_multi_add_handle(multi, stream->curl) == CURLM_OK)
		return 0;
	curl_easy_cleanup(stream->curl);
	stream->curl = NULL;
	return error_out_of_memory(error);
}

bool watch_docker_read(struct watch_docker_stream *stream)
{
	int running = 0, left = 0;
	const CURLMsg *message;
	(void)curl_multi_perform(stream->multi, &running);
	while ((message = curl_multi_info_read(stream->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		if (!stream->failure[0])
			(void)snprintf(stream->failure, sizeof(stream->failure), "%s",
				       message->data.result == CURLE_OK ? "it has ended" :
									   curl_easy_strerror(message->data.result));
		return false;
	}
	return true;
}

void watch_docker_close(struct watch_docker_stream *stream)
{
	if (!stream->curl)
		return;
	(void)curl_multi_remove_handle(stream->multi, stream->curl);
	curl_easy_cleanup(stream->curl);
	stream->curl = NULL;
	text_release(&stream->line);
}
