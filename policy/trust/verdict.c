#include "policy/trust/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/evidence.h"
#include "policy/trust/store.h"
#include "policy/trust/verdict_cache.h"
#include "policy/trust/verdict_shape.h"

#define CANNOT_BE_TOLD "whether the image may run cannot be told"

enum { READ_ATTEMPTS = 3 };

static size_t digests_of(const struct trust_question *question, const char *digests[3])
{
	const char *const all[] = {question->config_digest, question->manifest_digest, question->index_digest};
	size_t count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i])
			digests[count++] = all[i];
	return count;
}

/* Everything that the verdict depends on, but for the time. The caller frees *ret_key. */
static int make_key(const struct trust_question *question, char **ret_key, struct error **error)
{
	const char *digests[3];
	size_t count = digests_of(question, digests);
	const char *const parts[] = {VERSION, question->identity, question->image, question->config_digest,
				     question->manifest_digest, question->index_digest, question->claimed,
				     question->chain_id};
	cleanup_text struct text key = {0};
	/* with its length before each, so that no two questions have the same text */
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		text_append_format(&key, "%zu:%s\n", parts[i] ? strlen(parts[i]) + 1 : 0, parts[i] ? parts[i] : "");
	int result = trust_store_state(question->store, digests, count, &key, error);
	if (result < 0)
		return result;
	*ret_key = text_finish(&key);
	return *ret_key ? 0 : error_out_of_memory(error);
}

/* What is kept: when it was made, and the verdict. A clock that was set back behind that has
 * told what was not so yet: a key's first day, the moment of a scan. */
static void keep(const struct trust_question *question, const char *key, const char *verdict)
{
	cleanup_free char *entry = NULL;
	int length = asprintf(&entry, "%" PRId64 "\n%s", question->now, verdict);
	if (length < 0)
		entry = NULL;
	else
		verdict_cache_put(question->cache, key, entry, (size_t)length);
}

/* The verdict in what was kept; NULL where it was made later than now. */
static const char *kept(char *entry, int64_t now)
{
	char *end = entry ? strchr(entry, '\n') : NULL;
	int64_t made = 0;
	if (!end)
		return NULL;
	*end = '\0';
	return number_parse_int64(entry, &made) == 0 && made <= now ? end + 1 : NULL;
}

static bool holds_still(const json_t *verdict, int64_t now)
{
	const json_t *expires = json_object_get(verdict, "expires");
	return json_is_true(json_object_get(verdict, "trusted")) &&
	       (!json_is_integer(expires) || now < json_integer_value(expires));
}

int trust_recall(const struct trust_question *question, json_t **ret_verdict, struct error **error)
{
	cleanup_free char *key = NULL;
	cleanup_json json_t *verdict = NULL;
	size_t length = 0;
	*ret_verdict = NULL;
	if (!question->cache)
		return 0;
	int result = make_key(question, &key, error);
	if (result < 0)
		return error_prefix(error, CANNOT_BE_TOLD);
	cleanup_free char *entry = verdict_cache_get(question->cache, key, &length);
	const char *text = kept(entry, question->now);
	if (text && verdict_read(text, length - (size_t)(text - entry), question, &verdict, NULL) == 0 &&
	    holds_still(verdict, question->now))
		*ret_verdict = json_incref(verdict);
	return 0;
}

/* Reads until nothing changed meanwhile, so that the key tells what was read. */
static int read_evidence(const struct trust_question *question, struct evidence *ret_evidence, char **ret_key,
			 struct error **error)
{
	const char *digests[3];
	size_t count = digests_of(question, digests);
	for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		cleanup_free char *before = NULL, *after = NULL;
		cleanup_evidence struct evidence evidence = {0};
		int result = make_key(question, &before, error);
		if (result == 0)
			result = trust_store_read(question->store, digests, count, &evidence, error);
		if (result == 0)
			result = make_key(question, &after, error);
		if (result < 0)
			return result;
		if (strcmp(before, after) != 0)
			continue;
		*ret_evidence = evidence;
		evidence = (struct evidence){0};
		*ret_key = take_pointer(before);
		return 0;
	}
	return error_set(error, EAGAIN, "what \"%s\" has of this image changes all the time; is it being imported over "
			 "and over?", question->store);
}

int trust_ask(const struct trust_question *question, json_t **ret_verdict, struct error **error)
{
	cleanup_evidence struct evidence evidence = {0};
	cleanup_free char *key = NULL, *text = NULL;
	cleanup_json json_t *verdict = NULL;
	size_t length = 0;
	int result = read_evidence(question, &evidence, &key, error);
	if (result == 0)
		result = question->make(question, &evidence, &text, &length, error);
	if (result == 0)
		result = verdict_read(text, length, question, &verdict, error);
	if (result < 0)
		return error_prefix(error, CANNOT_BE_TOLD);
	if (question->cache && holds_still(verdict, question->now))
		keep(question, key, text);
	*ret_verdict = json_incref(verdict);
	return 0;
}
