/* What a reader of signatures allocates, so that the signed material it hands out
 * (signed_material.h) can borrow from it: blocks of bytes and trees of JSON, released
 * together. Moving the struct moves no block. */
#ifndef OCI_HARDEN_TRUST_MATERIAL_MEMORY_H
#define OCI_HARDEN_TRUST_MATERIAL_MEMORY_H

#include <jansson.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"

struct material_memory {
	void **blocks; /* owned */
	size_t block_count;
	json_t *trees; /* array */
};

/* NULL without memory; zeroed. */
void *material_memory_allocate(struct material_memory *memory, size_t count, size_t size);
/* Takes over `block`, also where it fails (-ENOMEM). */
int material_memory_keep(struct material_memory *memory, void *block);

/* Standard base64. -EINVAL, `what` names the text; -ENOMEM. */
int material_memory_decode(struct material_memory *memory, const char *base64, const char *what,
			   struct bytes *ret_bytes, struct error **error);
/* Of a member of `object` that has to be a text; where it is absent *ret_bytes stays as
 * it was. */
int material_memory_decode_member(struct material_memory *memory, const json_t *object, const char *key,
				  struct bytes *ret_bytes, struct error **error);
/* JSON in bytes from outside: an object, by document_parse(). Borrowed from the memory. */
int material_memory_parse(struct material_memory *memory, const void *data, size_t size, const json_t **ret_root,
			  struct error **error);

void material_memory_release(struct material_memory *memory); /* *memory is zero afterwards */
#define cleanup_material_memory __attribute__((cleanup(material_memory_release)))

#endif
