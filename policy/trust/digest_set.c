#include "policy/trust/digest_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool digest_set_has(const struct digest_set *set, const char *digest)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->list[i], digest) == 0)
			return true;
	return false;
}

int digest_set_add(struct digest_set *set, const char *digest)
{
	if (digest_set_has(set, digest))
		return 0;
	if (set->count >= set->limit)
		return -E2BIG;
	char (*larger)[DIGEST_LENGTH + 1] = reallocarray(set->list, set->count + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	set->list = larger;
	memcpy(larger[set->count++], digest, DIGEST_LENGTH + 1);
	return 0;
}

void digest_set_release(struct digest_set *set)
{
	free(set->list);
	*set = (struct digest_set){0};
}
