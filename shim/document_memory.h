/* Memory for JSON trees in a program that lives for a millisecond. */
#ifndef OCI_HARDEN_SHIM_DOCUMENT_MEMORY_H
#define OCI_HARDEN_SHIM_DOCUMENT_MEMORY_H

#include <stddef.h>

/* Lets jansson take its first mebibyte from a reserve where nothing is given back
 * or used twice; what goes beyond is malloc()'s. To be called before any use of
 * jansson, and by no program that goes on and on. free() must not
 * be given what jansson allocated: document_dump() is there in place of json_dumps(). */
void document_memory_reserve(void);

/* What the create of an ordinary container takes of it, and an exec, which reads what the
 * backend keeps of that container. */
#define DOCUMENT_MEMORY_CREATE ((size_t)192 << 10)
#define DOCUMENT_MEMORY_EXEC ((size_t)384 << 10)

/* Makes the first `size` bytes real in one call, in place of a page fault for each page.
 * Not worth it for what passes through. */
void document_memory_prefault(size_t size);

#endif
