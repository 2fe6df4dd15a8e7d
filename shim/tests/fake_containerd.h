/* The other end of a conversation with containerd, in a thread: a real HTTP/2 server that
 * answers gRPC calls from a table, or a peer that sends given bytes. */
#ifndef OCI_HARDEN_SHIM_TESTS_FAKE_CONTAINERD_H
#define OCI_HARDEN_SHIM_TESTS_FAKE_CONTAINERD_H

#include <pthread.h>
#include <stdint.h>

#include "policy/base/text.h"
#include "policy/trust/evidence.h"

#define FAKE_ANSWERS 48u

/* To calls of `path` whose request has the text `holds` in it: the first that fits. */
struct fake_answer {
	const char *path;
	const char *holds; /* NULL: any */
	unsigned status;
	uint8_t *message; /* owned: the answer's only message */
	size_t size;
};

struct fake {
	struct fake_answer answers[FAKE_ANSWERS];
	size_t count;
	size_t calls;     /* how many were answered */
	size_t rounds;    /* how often it had something to answer */
	int descriptor;   /* its end */
	pthread_t thread;
};

/* A new answer in front of those there are: it goes before them. */
void fake_answer_bytes(struct fake *fake, const char *path, const char *holds, const void *message, size_t size);
void fake_refuse(struct fake *fake, const char *path, const char *holds, unsigned status);
/* A file of data/containerd, as a message or as a blob of the content store. */
void fake_answer_file(struct fake *fake, const char *path, const char *holds, const char *file);
void fake_add_blob(struct fake *fake, const char *digest, const char *file);
void fake_add_blob_bytes(struct fake *fake, const char *digest, const void *data, size_t size);

/* What containerd said in the recorded run `name`, with all blobs. */
void fake_load(struct fake *fake, const char *name);

/* The record of another container, which has the recorded one's image and snapshot. */
void fake_rename(struct fake *fake, const char *container, const char *image, const char *snapshotter);

/* Starts to serve; the client's end. */
int fake_start(struct fake *fake);
/* The same for one client of the listening socket `listener`. */
void fake_listen(struct fake *fake, int listener);
/* Waits until it has ended and gives back what it holds. */
void fake_stop(struct fake *fake);

char *fake_read_file(const char *file, size_t *ret_size);

#endif
