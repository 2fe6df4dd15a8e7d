#include "policy/trust/chain_id.h"

#include <string.h>

bool chain_id_next(char chain_id[DIGEST_LENGTH + 1], const char *diff_id)
{
	if (!digest_is_valid(diff_id)) {
		chain_id[0] = '\0';
		return false;
	}
	if (chain_id[0] == '\0') {
		memcpy(chain_id, diff_id, DIGEST_LENGTH + 1);
		return true;
	}
	char both[DIGEST_LENGTH + 1 + DIGEST_LENGTH];
	memcpy(both, chain_id, DIGEST_LENGTH);
	both[DIGEST_LENGTH] = ' ';
	memcpy(both + DIGEST_LENGTH + 1, diff_id, DIGEST_LENGTH);
	digest_of(both, sizeof(both), chain_id);
	return true;
}

bool chain_id_of(const char *const *diff_ids, size_t count, char ret_chain_id[DIGEST_LENGTH + 1])
{
	ret_chain_id[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		if (!chain_id_next(ret_chain_id, diff_ids[i]))
			return false;
	}
	return count > 0;
}
