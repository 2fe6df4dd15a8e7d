#include "shim/hardenctl/watch_queue.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/deadline.h"
#include "policy/base/text.h"
#include "policy/trust/reference.h"

enum { FIRST_SECONDS = 10 }; /* then 30, 90, 270 */

static char *canonical(const char *name)
{
	cleanup_reference struct reference reference = {0};
	struct text text = {0};
	if (reference_parse(name, &reference, NULL) < 0 || !reference.digest)
		return NULL;
	text_append_format(&text, "%s/%s@%s", reference.registry, reference.repository, reference.digest);
	return text_finish(&text);
}

static bool put(struct watch_queue *queue, struct watch_item *item)
{
	for (size_t i = 0; i < queue->count; i++)
		if (strcmp(queue->items[i].name, item->name) == 0)
			return false;
	if (queue->count == WATCH_QUEUE_LENGTH) {
		queue->overflowed = true;
		return false;
	}
	queue->items[queue->count++] = *item;
	*item = (struct watch_item){0};
	return true;
}

void watch_queue_add(struct watch_queue *queue, const char *name, bool anew)
{
	struct watch_item item = {.name = canonical(name), .due = clock_milliseconds()};
	if (item.name && (anew || !json_object_get(queue->done, item.name)))
		(void)put(queue, &item);
	free(item.name);
}

bool watch_queue_next(struct watch_queue *queue, struct watch_item *ret_item)
{
	int64_t now = clock_milliseconds();
	for (size_t i = 0; i < queue->count; i++) {
		if (queue->items[i].due > now)
			continue;
		*ret_item = queue->items[i];
		memmove(&queue->items[i], &queue->items[i + 1], (--queue->count - i) * sizeof(*queue->items));
		return true;
	}
	return false;
}

int64_t watch_queue_wait(const struct watch_queue *queue, int64_t most)
{
	int64_t now = clock_milliseconds();
	for (size_t i = 0; i < queue->count; i++)
		if (queue->items[i].due - now < most)
			most = queue->items[i].due > now ? queue->items[i].due - now : 0;
	return most;
}

void watch_queue_done(struct watch_queue *queue, struct watch_item *item)
{
	if (json_object_size(queue->done) >= WATCH_REMEMBERED)
		(void)json_object_clear(queue->done);
	(void)json_object_set_new(queue->done, item->name, json_true());
	free(item->name);
	*item = (struct watch_item){0};
}

unsigned watch_queue_again(struct watch_queue *queue, struct watch_item *item)
{
	unsigned seconds = FIRST_SECONDS;
	for (unsigned i = 0; i < item->attempts; i++)
		seconds *= 3;
	if (++item->attempts >= WATCH_ATTEMPTS) {
		seconds = 0;
		queue->failed = true;
	} else {
		item->due = clock_milliseconds() + (int64_t)seconds * 1000;
		(void)put(queue, item);
	}
	free(item->name);
	*item = (struct watch_item){0};
	return seconds;
}

void watch_queue_release(struct watch_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		free(queue->items[i].name);
	json_decref(queue->done);
	queue->done = NULL;
	queue->count = 0;
}
