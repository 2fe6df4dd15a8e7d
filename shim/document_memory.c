#include "shim/document_memory.h"

#include <jansson.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	HEAP = 128 << 10,     /* what malloc() takes for its first call, and all of which is needed */
};

/* Thousands of small objects are made and dropped on the way to the backend. To
 * keep books on them cost a third of all the time, and the backend's exec gives
 * everything back. Only touched pages are real. */
static alignas(PAGE) char reserve[1 << 20];
static size_t used;

static void *take(size_t size)
{
	const size_t unit = alignof(max_align_t);
	if (size > sizeof(reserve) - used)
		return malloc(size);
	void *memory = reserve + used;
	/* no overflow: `used` and the size of the reserve are multiples of the unit */
	used += (size + unit - 1) / unit * unit;
	return memory;
}

static void drop(void *memory)
{
	uintptr_t at = (uintptr_t)memory, start = (uintptr_t)reserve;
	bool reserved = at >= start && at - start < sizeof(reserve);
	if (!reserved)
		free(memory);
}

void document_memory_reserve(void)
{
	json_set_alloc_funcs(take, drop);
}

void document_memory_prefault(size_t size)
{
	/* where one fails, the page faults come */
	(void)madvise(reserve, size < sizeof(reserve) ? size : sizeof(reserve), MADV_POPULATE_WRITE);
	char *heap_end = sbrk(0);
	(void)madvise(heap_end - HEAP, HEAP, MADV_POPULATE_WRITE);
}
