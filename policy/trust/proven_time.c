#include "policy/trust/proven_time.h"

#include <errno.h>

#include "policy/base/timestamp.h"
#include "policy/trust/proof.h"
#include "policy/trust/rekor.h"
#include "policy/trust/trusted_timestamp.h"

/* A signature has one of each as a rule. */
#define WITNESSES 8u

static int add(struct proven_time *time, int64_t found, int64_t now, const char *who, json_t *proof,
	       struct error **error)
{
	char moment[TIMESTAMP_SIZE];
	timestamp_format(&(struct timespec){.tv_sec = (time_t)found}, false, moment);
	if (found > now + PROVEN_TIME_SKEW)
		return error_set(error, EPERM, "%s tells a time that is still to come, %s: is this host's clock right?", who,
				 moment);
	time->earliest = time->count == 0 || found < time->earliest ? found : time->earliest;
	time->latest = time->count == 0 || found > time->latest ? found : time->latest;
	time->count++;
	return proof_add(proof, error, "%s proves that the signature was there at %s", who, moment);
}

int proven_time_find(const struct signed_material *material, const struct trusted_root *root, int64_t now,
		     struct proven_time *ret_time, json_t *proof, struct error **error)
{
	struct proven_time time = {0};
	if (material->entry_count > WITNESSES || material->timestamp_count > WITNESSES)
		return error_set(error, EPERM, "the signature comes with more than %u log entries or timestamps", WITNESSES);
	int result = 0;
	for (size_t i = 0; result == 0 && i < material->entry_count; i++) {
		const struct log_entry *entry = &material->entries[i];
		if (entry->set.size == 0)
			continue;
		result = rekor_check_promise(entry, root->logs, root->log_count, error);
		if (result == 0)
			result = add(&time, entry->integrated_time, now, "the log's signed entry timestamp", proof, error);
	}
	for (size_t i = 0; result == 0 && i < material->timestamp_count; i++) {
		int64_t found = 0;
		result = trusted_timestamp_check(&material->timestamps[i], &material->timestamped, root->timestamp_authorities,
						 root->timestamp_authority_count, &found, error);
		if (result == 0)
			result = add(&time, found, now, "the timestamp authority's timestamp", proof, error);
	}
	if (result == 0)
		*ret_time = time;
	return result;
}
