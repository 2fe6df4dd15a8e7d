#include "shim/hardenctl/decision_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

#define LOG_FILE LOGDIR "/decisions.jsonl"

static const char *text_of(const json_t *decision, const char *key)
{
	const char *text = json_string_value(json_object_get(decision, key));
	return text ? text : "";
}

/* How well `key` names a decision: the newest of the highest rank is meant. Of a
 * container the start comes before a later exec or update, which have their own
 * ids: it is the start that says how the container is held. */
enum rank { RANK_NONE = 0, RANK_CONTAINER, RANK_START, RANK_ID };

static enum rank rank_of(const json_t *decision, const char *key)
{
	const char *verb = text_of(decision, "verb");
	if (text_starts_with(text_of(decision, "id"), key))
		return RANK_ID;
	if (!text_starts_with(text_of(decision, "container"), key) && strcmp(text_of(decision, "name"), key) != 0)
		return RANK_NONE;
	return strcmp(verb, "create") == 0 || strcmp(verb, "run") == 0 ? RANK_START : RANK_CONTAINER;
}

int decision_find(const char *key, json_t **ret_decision, struct error **error)
{
	cleanup_close int descriptor = -1;
	if (!*key)
		return error_set(error, EINVAL, "an empty id names no decision");
	int result = file_open(LOG_FILE, &descriptor, error);
	if (result < 0)
		return error_prefix(error, "the decision log (read it as root or as a member of adm)");
	cleanup_fclose FILE *stream = fdopen(descriptor, "re");
	if (!stream)
		return error_set_errno(error, errno, LOG_FILE);
	(void)take_descriptor(&descriptor);
	cleanup_free char *line = NULL;
	cleanup_json json_t *newest = NULL;
	size_t capacity = 0;
	enum rank best = RANK_CONTAINER;
	for (ssize_t length; (length = getline(&line, &capacity, stream)) > 0;) {
		json_t *decision = NULL;
		/* most lines are of other containers: spare the parser */
		if (!strstr(line, key) || document_parse(line, (size_t)length, DOCUMENT_PLAIN, &decision, NULL) < 0)
			continue;
		enum rank rank = rank_of(decision, key);
		if (rank >= best) {
			json_decref(newest);
			newest = decision;
			best = rank;
		} else {
			json_decref(decision);
		}
	}
	if (!newest)
		return error_set(error, ENOENT, "no decision and no container \"%s\" in " LOG_FILE, key);
	*ret_decision = take_pointer(newest);
	return 0;
}
