/* Images whose signatures are to be fetched, each once, none too soon. */
#ifndef OCI_HARDEN_HARDENCTL_WATCH_QUEUE_H
#define OCI_HARDEN_HARDENCTL_WATCH_QUEUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_QUEUE_LENGTH 1024u
#define WATCH_ATTEMPTS 5u
#define WATCH_REMEMBERED 16384u

struct watch_item {
	char *name; /* REGISTRY/REPOSITORY@DIGEST */
	unsigned attempts;
	int64_t due; /* clock_milliseconds() */
};

struct watch_queue {
	struct watch_item items[WATCH_QUEUE_LENGTH];
	size_t count;
	json_t *done;    /* object: what was fetched since the start */
	bool overflowed; /* something did not fit: the lists have to be gone through again */
	bool failed;     /* something was given up */
};

/* "name@sha256:…" as an engine has it; what names no registry and no digest is passed
 * over. `anew`: also where it was fetched before. */
void watch_queue_add(struct watch_queue *queue, const char *name, bool anew);

/* The next one that is due, taken out; the caller frees its name. False where there is none. */
bool watch_queue_next(struct watch_queue *queue, struct watch_item *ret_item);

/* How long until there is one; `most` at most. */
int64_t watch_queue_wait(const struct watch_queue *queue, int64_t most);

/* What became of it. `again`: seconds until it is tried once more, 0: never. Takes over the item. */
void watch_queue_done(struct watch_queue *queue, struct watch_item *item);
unsigned watch_queue_again(struct watch_queue *queue, struct watch_item *item);

void watch_queue_release(struct watch_queue *queue);

#endif
