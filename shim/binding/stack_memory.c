/* Where the layers of an image were found in Docker's store, kept until the next boot: to
 * look all of them up costs a start more than anything else that is asked of the image.
 *
 * What is remembered stays right. A layer's folder has a random name of 256 bits that
 * dockerd gives once, so that it never comes to hold another layer: an image that was
 * removed and pulled anew has new folders, and the remembered ones are gone. Nor does
 * it have to be right for ever: it is compared with what is mounted, as what is read from
 * Docker's store would be, and where the two differ, that store is read. That a folder is
 * the same one (by its inode) and still root's alone is looked at each time. */
#include "shim/binding/stack.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/host/path.h"
#include "policy/trust/verdict_cache.h"

#define TAIL "diff"
#define FEWEST 3u /* layers, from which on it costs less than to look them up */

static bool is_kept(const struct binding_question *question)
{
	return question->cache && question->binding == BIND_LAYERS && question->count >= FEWEST;
}

/* Enough to find it by; that it is this very image's is seen by its diff ids. */
static char *make_key(const struct layer_stack *stack)
{
	struct text key = {0};
	text_append_format(&key, "layers 1\n" VERSION "\n%s\n%zu %s\n", stack->home.path, stack->wanted,
			   stack->layers[stack->wanted - 1].diff_id);
	return text_finish(&key);
}

/* "DIFF-ID INODE NAME" */
static bool add_line(struct layer_stack *stack, char *line)
{
	uint64_t inode = 0;
	char *name = line;
	const char *diff_id = strsep(&name, " "), *number = strsep(&name, " ");
	return name && stack->count < stack->wanted && text_equal(diff_id, stack->layers[stack->count].diff_id) &&
	       number_parse_uint64(number, &inode) == 0 && stack_add(stack, name, TAIL, NULL) == 0 &&
	       stack->layers[stack->count - 1].inode == inode;
}

/* The topmost chain id, then a line for each layer. */
static bool read_lines(char *text, struct layer_stack *stack)
{
	char *rest = text;
	const char *chain_id = strsep(&rest, "\n");
	if (!digest_is_valid(chain_id))
		return false;
	memcpy(stack->layers[stack->wanted - 1].chain_id, chain_id, DIGEST_LENGTH + 1);
	while (rest && *rest && add_line(stack, strsep(&rest, "\n")))
		;
	return rest && !*rest && stack->count == stack->wanted;
}

bool stack_recall(const struct binding_question *question, struct layer_stack *stack)
{
	size_t length = 0;
	if (!is_kept(question))
		return false;
	cleanup_free char *key = make_key(stack);
	cleanup_free char *text = key ? verdict_cache_get(question->cache, key, &length) : NULL;
	stack->recalled = text && read_lines(text, stack);
	if (!stack->recalled) {
		for (size_t i = 0; i < stack->count; i++) {
			free(stack->layers[i].folder);
			stack->layers[i].folder = NULL;
		}
		stack->count = 0;
	}
	return stack->recalled;
}

void stack_remember(const struct binding_question *question, const struct layer_stack *stack)
{
	if (!is_kept(question) || !stack->memorable)
		return;
	cleanup_free char *key = make_key(stack);
	cleanup_text struct text text = {0};
	text_append_format(&text, "%s\n", stack->layers[stack->wanted - 1].chain_id);
	for (size_t i = 0; i < stack->count; i++) {
		const char *name = path_rest(stack->layers[i].folder, stack->home.path);
		if (!name || name[0] != '/')
			return;
		text_append_format(&text, "%s %ju %.*s\n", stack->layers[i].diff_id, (uintmax_t)stack->layers[i].inode,
				   (int)strcspn(name + 1, "/"), name + 1);
	}
	if (key && !text.failed)
		verdict_cache_put(question->cache, key, text.data, text.length);
}
