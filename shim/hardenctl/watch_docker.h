/* Docker's interface on its local socket, as far as images are concerned (Docker Engine
 * API, "Images" and "System": events). */
#ifndef OCI_HARDEN_HARDENCTL_WATCH_DOCKER_H
#define OCI_HARDEN_HARDENCTL_WATCH_DOCKER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/text.h"

/* Which dockerd it is that answers at NAME.sock: when NAME.pid beside it was written. It
 * writes that file as it starts and removes it as it ends; 0 where there is none. */
int64_t watch_docker_instance(const char *socket);

/* Called with "name@sha256:…" for each repository that an image is known to be of. */
typedef void watch_docker_found(void *context, const char *name);

/* All images, or the one whose name or id is `image`: -ENOENT where there is none. */
int watch_docker_list(const char *socket, watch_docker_found *found, void *context, struct error **error);
int watch_docker_inspect(const char *socket, const char *image, watch_docker_found *found, void *context,
			 struct error **error);

/* An event of an image: "pull", "load" or "tag", and the image's name or id. */
typedef void watch_docker_event(void *context, const char *action, const char *image);

/* The stream of events. Owned. */
struct watch_docker_stream {
	const char *socket;
	watch_docker_event *event;
	void *context;
	CURLM *multi; /* borrowed */
	CURL *curl;
	struct text line; /* one event that is not complete yet */
	char failure[CURL_ERROR_SIZE];
};

int watch_docker_open(struct watch_docker_stream *stream, CURLM *multi, struct error **error);
/* Takes what has come; false where the stream has ended and why is in stream->failure. */
bool watch_docker_read(struct watch_docker_stream *stream);
void watch_docker_close(struct watch_docker_stream *stream);

#endif
