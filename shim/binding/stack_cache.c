#include <stdio.h>
#include <string.h>

#include "policy/base/text.h"
#include "shim/record_cache.h"
#include "shim/binding/stack.h"

#define NAME_SIZE (sizeof("layers-") + DIGEST_LENGTH)

/* "layers 1", home, tail, the topmost chain id: a line each; then a line for each layer's
 * name, the lowest first. */
static void append_head(struct text *text, const struct layer_stack *stack, const char *tail)
{
	text_append_format(text, "layers 1\n%s\n%s\n%s\n", stack->home.path, tail,
			   stack->layers[stack->count - 1].chain_id);
}

/* Two stores may have the same image. */
static bool name_record(const struct text *head, char name[NAME_SIZE])
{
	char digest[DIGEST_LENGTH + 1];
	if (head->failed)
		return false;
	digest_of(head->data, head->length, digest);
	(void)snprintf(name, NAME_SIZE, "layers-%s", digest + strlen("sha256:"));
	return true;
}

/* False where there are not exactly as many names as layers, or one's folder is not root's
 * alone any more: that is asked each time, as it is without a cache. */
static bool place_all(struct layer_stack *stack, char *names, const char *tail)
{
	size_t i = 0;
	for (char *name; (name = strsep(&names, "\n")) && names; i++) {
		if (i == stack->count || stack_place(stack, i, name, tail, NULL) < 0)
			return false;
	}
	return i == stack->count;
}

bool stack_recall(const char *cache, struct layer_stack *stack, const char *tail)
{
	cleanup_text struct text head = {0};
	char name[NAME_SIZE];
	if (!cache || stack->anew)
		return false;
	append_head(&head, stack, tail);
	cleanup_free char *record = name_record(&head, name) ? cache_read(cache, name) : NULL;
	stack->recalled = record && text_starts_with(record, head.data) &&
			  place_all(stack, record + head.length, tail);
	if (stack->recalled)
		return true;
	for (size_t i = 0; i < stack->count; i++) {
		free(stack->layers[i].folder);
		stack->layers[i].folder = NULL;
	}
	return false;
}

void stack_remember(const char *cache, const struct layer_stack *stack, const char *tail)
{
	cleanup_text struct text text = {0};
	char name[NAME_SIZE];
	append_head(&text, stack, tail);
	if (!cache || !name_record(&text, name))
		return;
	size_t front = strlen(stack->home.path) + 1;
	for (size_t i = 0; i < stack->count; i++) {
		const char *folder = stack->layers[i].folder + front;
		text_append_bytes(&text, folder, strlen(folder) - strlen(tail) - 1);
		text_append(&text, "\n");
	}
	if (!text.failed)
		cache_write(cache, name, text.data);
}
