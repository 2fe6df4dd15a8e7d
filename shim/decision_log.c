#include "shim/decision_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/base/timestamp.h"
#include "policy/document/document.h"
#include "policy/document/printable.h"
#include "shim/journal.h"
#include "shim/log_value.h"

static json_t *time_now(void)
{
	struct timespec now;
	char text[TIMESTAMP_SIZE];
	(void)clock_gettime(CLOCK_REALTIME, &now);
	timestamp_format(&now, true, text);
	return json_string(text);
}

static json_int_t microseconds_since(const struct timespec *start)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (json_int_t)(now.tv_sec - start->tv_sec) * 1000000 + (now.tv_nsec - start->tv_nsec) / 1000;
}

/* A digest counts only where the engine vouches for it. */
static const char *digest_of(const struct facts *facts)
{
	const struct fact *digests[] = {&facts->config_digest, &facts->manifest_digest, &facts->index_digest};
	for (size_t i = 0; i < ARRAY_SIZE(digests); i++)
		if (digests[i]->provenance == PROVENANCE_ENGINE)
			return digests[i]->value;
	return NULL;
}

static json_t *finding_record(const struct finding *finding, enum verb verb)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:O*}", "control", finding->control->name, "outcome",
			 outcome_name(finding->outcome), "pointer", printable_json(finding->pointer), "before",
			 log_value(verb, finding->pointer, finding->before), "after",
			 log_value(verb, finding->pointer, finding->after), "why", printable_json(finding->why),
			 "reference", printable_json(finding->reference), "remedy", finding->remedy);
}

json_t *decision_log_findings(const struct findings *findings, enum verb verb)
{
	json_t *records = json_array();
	for (size_t i = 0; records && i < findings->count; i++) {
		if (json_array_append_new(records, finding_record(&findings->items[i], verb)) < 0) {
			json_decref(records);
			return NULL;
		}
	}
	return records;
}

static json_t *array_copy(const json_t *array)
{
	return array ? json_copy((json_t *)(uintptr_t)array) : json_array();
}

/* What audit mode would have refused for is a note; what enforce did is the error. */
static json_t *note_records(const struct interception *interception)
{
	json_t *notes = array_copy(interception->effective.notes);
	if (notes && interception->reasons && interception->effective.mode == MODE_AUDIT &&
	    json_array_extend(notes, interception->reasons) < 0) {
		json_decref(notes);
		return NULL;
	}
	return notes;
}

static json_t *error_record(const struct interception *interception, const char *error_text)
{
	if (error_text || !json_array_size(interception->reasons) || interception->effective.mode == MODE_AUDIT)
		return printable_json(error_text);
	cleanup_text struct text joined = {0};
	size_t index;
	json_t *reason;
	json_array_foreach(interception->reasons, index, reason)
		text_append_format(&joined, "%s%s", index ? "; " : "", json_string_value(reason));
	return joined.failed ? NULL : printable_json(joined.data);
}

static json_t *backend_text(const struct facts *facts)
{
	if (!facts->backend_name || !facts->backend_version)
		return json_null();
	return json_sprintf("%s %s", facts->backend_name, facts->backend_version);
}

/* What was found out about the image; null where the policy does not ask. The proof is what
 * `hardenctl verify` shows. */
static json_t *trust_record(const struct interception *interception)
{
	const struct image_trust *trust = &interception->trust;
	const json_t *verdict = trust->verdict;
	if (!verdict)
		return json_null();
	return json_pack("{s:b, s:O, s:O, s:O, s:O?, s:O?, s:b}", "trusted", json_array_size(trust->reasons) == 0,
			 "denied", json_object_get(verdict, "denied"), "matched", json_object_get(verdict, "matched"),
			 "signers", json_object_get(verdict, "signers"), "named-by", interception->facts.named_by,
			 "one-hand", interception->facts.one_hand, "cached", trust->cached);
}

json_t *decision_log_record(const struct interception *interception, const char *error_text)
{
	const struct facts *facts = &interception->facts;
	const struct effective *effective = &interception->effective;
	const char *container = facts->id ? facts->id : interception->invocation.id;
	return json_pack(
		"{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:I, s:o, s:o, s:b, s:b, s:o, s:I, s:o, s:o}",
		"time", time_now(), "id", interception->id, "engine", engine_name(facts->engine), "namespace",
		printable_json(facts->namespace.value), "container", printable_json(container), "name",
		printable_json(facts->name.value), "image", printable_json(facts->image.value), "digest",
		printable_json(digest_of(facts)), "trust", trust_record(interception), "verb",
		printable_json(interception->invocation.verb), "verdict",
		error_text ? "error" : interception_verdict(interception), "mode",
		effective->mode == MODE_AUDIT ? "audit" : "enforce", "generation", (json_int_t)effective->generation,
		"applied", array_copy(effective->applied), "notes", note_records(interception), "advisory",
		facts->advisory, "ungated", interception->ungated, "backend", backend_text(facts), "microseconds",
		microseconds_since(&interception->started), "error", error_record(interception, error_text),
		"findings", decision_log_findings(&interception->decision.findings, interception->verb));
}

/* The group adm reads logs on Debian. /etc/group is read here since a static
 * program cannot use the name service. False: there is no such group. */
static bool find_log_group(gid_t *ret)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	if (file_read("/etc/group", (size_t)1 << 20, &text, &length, NULL) < 0)
		return false;
	for (char *rest = NULL, *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *fields = line;
		const char *name = strsep(&fields, ":");
		(void)strsep(&fields, ":");
		const char *number = strsep(&fields, ":");
		uint64_t group = 0;
		if (number && strcmp(name, "adm") == 0 && number_parse_uint64(number, &group) == 0) {
			*ret = (gid_t)group;
			return true;
		}
	}
	return false;
}

/* A new file or folder: for root and adm, whatever the engine's umask. */
static void give_to_readers(int descriptor, mode_t mode)
{
	gid_t group = 0;
	if (find_log_group(&group))
		(void)!fchown(descriptor, (uid_t)-1, group);
	(void)fchmod(descriptor, mode);
}

static int open_folder(const char *path, int *ret_descriptor, struct error **error)
{
	bool made = mkdir(path, 0750) == 0;
	cleanup_close int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return error_set_errno(error, errno, "\"%s\"", path);
	if (made)
		give_to_readers(folder, 0750);
	int result = file_check_trusted(folder, path, error);
	if (result == 0)
		*ret_descriptor = take_descriptor(&folder);
	return result;
}

static int open_log(const char *directory, int *ret_descriptor, struct error **error)
{
	cleanup_close int folder = -1;
	int result = open_folder(directory, &folder, error);
	if (result < 0)
		return result;
	const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	cleanup_close int log = openat(folder, DECISION_LOG_NAME, flags);
	if (log < 0 && errno == ENOENT) {
		log = openat(folder, DECISION_LOG_NAME, flags | O_CREAT, 0640);
		if (log >= 0)
			give_to_readers(log, 0640);
	}
	struct stat status;
	if (log < 0 || fstat(log, &status) < 0)
		return error_set_errno(error, errno, "\"%s/%s\"", directory, DECISION_LOG_NAME);
	if (!S_ISREG(status.st_mode))
		return error_set(error, EINVAL, "\"%s/%s\" is not a regular file", directory, DECISION_LOG_NAME);
	result = file_check_trusted(log, DECISION_LOG_NAME, error);
	if (result == 0)
		*ret_descriptor = take_descriptor(&log);
	return result;
}

int decision_log_append(const char *directory, const json_t *record, struct error **error)
{
	cleanup_free char *line = NULL;
	size_t length = 0;
	cleanup_close int log = -1;
	int result = document_print(record, &line, &length, error);
	if (result == 0)
		result = open_log(directory, &log, error);
	if (result < 0)
		return result;
	line[length] = '\n'; /* in the place of the NUL: one write, so that lines never mix */
	ssize_t written = write(log, line, length + 1);
	if (written < 0)
		return error_set_errno(error, errno, "\"%s/%s\"", directory, DECISION_LOG_NAME);
	if ((size_t)written != length + 1)
		return error_set(error, ENOSPC, "\"%s/%s\": the disk is full", directory, DECISION_LOG_NAME);
	return 0;
}

int decision_log_write(struct interception *interception, const char *error_text, struct error **error)
{
	cleanup_json json_t *record = decision_log_record(interception, error_text);
	cleanup_error struct error *why = NULL;
	int result = record ? decision_log_append(LOGDIR, record, &why) : error_out_of_memory(&why);
	if (record)
		journal_send(record);
	interception->logged = result == 0;
	if (result < 0 && interception->effective.log_required)
		return error_set(error, -result,
				 "the decision cannot be logged, which the policy requires (log.required): %s; mend "
				 "that, or set log: {required: false}",
				 error_message(why));
	return 0;
}
