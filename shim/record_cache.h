/* A folder of small records, root's alone: of layers (shim/binding) and of images' documents
 * (shim/containerd). A record is believed where it is a file that only root could have
 * written; what it says is its reader's matter. At most CACHE_RECORDS; then it starts anew. */
#ifndef OCI_HARDEN_SHIM_RECORD_CACHE_H
#define OCI_HARDEN_SHIM_RECORD_CACHE_H

#include <stddef.h>

#define CACHE_RECORDS 4096u
#define CACHE_RECORD_SIZE ((size_t)64 << 10) /* bytes */

/* What the record `name` says, which the caller frees; NULL where there is none, or no
 * cache. */
char *cache_read(const char *cache, const char *name);

/* Replaces it whole. A cache that cannot be written is no error: it is only slower. */
void cache_write(const char *cache, const char *name, const char *record);

#endif
