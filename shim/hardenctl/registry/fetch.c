#include "shim/hardenctl/registry/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/deadline.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "shim/hardenctl/registry/frame.h"
#include "shim/hardenctl/registry/gather.h"
#include "shim/hardenctl/registry/worker.h"

enum {
	ERROR_NUMBER = 4, /* bytes */
	LARGEST_ERRNO = 4095,
	LONGEST_MESSAGE = 2048,
	GRACE = 1000, /* milliseconds in which the other process says itself that it took too long */
};

void fetch_result_release(struct fetch_result *result)
{
	evidence_release(&result->evidence);
	json_decref(result->report);
	*result = (struct fetch_result){0};
}

/* ---- in the process that talks to the registry ---- */

static void send_error(int pipe, int code, const char *message)
{
	char number[ERROR_NUMBER];
	for (unsigned i = 0; i < ERROR_NUMBER; i++)
		number[i] = (char)((unsigned)code >> (8 * i) & 0xff);
	(void)frame_write(pipe, FRAME_ERROR, number, sizeof(number), message, strnlen(message, LONGEST_MESSAGE));
}

_Noreturn static void work(const struct fetch_question *question, const struct access *access, int64_t deadline,
			   int pipe)
{
	cleanup_error struct error *error = NULL;
	cleanup_gathering struct gathering gathering = {.platform = question->platform, .pipe = pipe};
	int result = worker_give_up(pipe, &gathering.pipe, &error);
	if (result == 0)
		result = client_open(access, question->reference->repository, deadline, &gathering.client, &error);
	if (result == 0)
		result = gather(&gathering, question->reference, &error);
	if (result < 0)
		send_error(gathering.pipe, -result, error_message(error));
	_exit(result < 0);
}

/* ---- in the caller ---- */

static int take_blob(struct frame *frame, struct evidence *evidence, struct error **error)
{
	char claimed[DIGEST_LENGTH + 1] = "", actual[DIGEST_LENGTH + 1];
	if (frame->size < DIGEST_LENGTH)
		return error_set(error, EPROTO, "the process that talks to the registry handed over what is no blob");
	size_t size = frame->size - DIGEST_LENGTH;
	memcpy(claimed, frame->data, DIGEST_LENGTH);
	memmove(frame->data, frame->data + DIGEST_LENGTH, size + 1);
	digest_of(frame->data, size, actual);
	if (strcmp(actual, claimed) != 0)
		return error_set(error, EBADMSG, "the process that talks to the registry handed over a blob under another "
				 "blob's digest");
	int result = evidence_add(evidence, claimed, (uint8_t *)frame->data, size);
	if (result < 0)
		return error_set(error, -result, "there is more about this image than is taken: at most %u blobs and %zu "
				 "bytes", EVIDENCE_BLOBS, EVIDENCE_SIZE);
	frame->data = NULL;
	return 0;
}

static int take_error(const struct frame *frame, struct error **error)
{
	unsigned number = 0;
	for (unsigned i = 0; i < ERROR_NUMBER && frame->size >= ERROR_NUMBER; i++)
		number |= (unsigned)(unsigned char)frame->data[i] << (8 * i);
	if (number == 0 || number > LARGEST_ERRNO)
		number = EPROTO;
	cleanup_free char *message = frame->size > ERROR_NUMBER ? strdup(frame->data + ERROR_NUMBER) : NULL;
	for (char *character = message; character && *character; character++)
		if ((unsigned char)*character < ' ' || *character == 0x7f)
			*character = ' ';
	if (!message || !text_is_utf8(message, strlen(message)))
		return error_set(error, (int)number, "the registry could not be read");
	return error_set(error, (int)number, "%s", message);
}

/* Texts of the report that reach a terminal. */
static bool is_plain(const char *text)
{
	for (; text && *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return text != NULL;
}

static bool is_plain_list(const json_t *texts)
{
	size_t index;
	const json_t *text;
	json_array_foreach(texts, index, text)
		if (!is_plain(document_text(text)))
			return false;
	return json_is_array(texts);
}

static int take_report(const struct frame *frame, const struct reference *reference, struct fetch_result *result,
		       struct error **error)
{
	cleanup_json json_t *report = NULL;
	int64_t manifests = 0, count = 0;
	const char *label = NULL;
	json_t *value = NULL;
	int status = document_parse(frame->data, frame->size, DOCUMENT_PLAIN, &report, error);
	if (status < 0)
		return status;
	const char *digest = document_text(json_object_get(report, "digest"));
	json_t *statements = json_object_get(report, "statements");
	if (!digest_is_valid(digest) || !evidence_find(&result->evidence, digest) || !json_is_object(statements) ||
	    document_read_int64(json_object_get(report, "manifests"), &manifests) < 0 || manifests < 0 ||
	    manifests > EVIDENCE_BLOBS || !is_plain_list(json_object_get(report, "skipped")))
		return error_set(error, EPROTO, "the process that talks to the registry handed over no report");
	if (reference->digest && strcmp(reference->digest, digest) != 0)
		return error_set(error, EBADMSG, "%s was asked for and %s came", reference->digest, digest);
	json_object_foreach(statements, label, value)
	{
		if (!is_plain(label) || document_read_int64(value, &count) < 0 || count < 0 || count > EVIDENCE_BLOBS)
			return error_set(error, EPROTO, "the process that talks to the registry counts wrong");
		result->statements += (size_t)count;
	}
	memcpy(result->digest, digest, sizeof(result->digest));
	result->manifests = (size_t)manifests;
	result->report = take_pointer(report);
	return 0;
}

static void show_progress(const struct fetch_question *question, struct frame *frame)
{
	for (char *character = frame->data; *character; character++)
		if (*character < ' ' || *character > '~')
			*character = '?';
	if (question->progress)
		question->progress(frame->data);
}

static int receive(const struct fetch_question *question, int pipe, int64_t deadline, struct fetch_result *result,
		   struct error **error)
{
	for (;;) {
		cleanup_frame struct frame frame = {0};
		int status = frame_read(pipe, deadline, &frame);
		if (status == -ETIMEDOUT)
			return error_set(error, ETIMEDOUT, "the registry takes longer than %u seconds", question->seconds);
		if (status == -EPIPE)
			return error_set(error, EIO, "the process that talks to the registry ended before it was done");
		if (status < 0)
			return error_set_errno(error, -status, "the process that talks to the registry");
		if (frame.kind == FRAME_REPORT)
			return take_report(&frame, question->reference, result, error);
		if (frame.kind == FRAME_ERROR)
			return take_error(&frame, error);
		if (frame.kind == FRAME_PROGRESS)
			show_progress(question, &frame);
		else if ((status = take_blob(&frame, &result->evidence, error)) < 0)
			return status;
	}
}

/* What this host's files lack is not what the registry lacks or denies. */
static int prepare(const struct fetch_question *question, struct access *access, struct error **error)
{
	cleanup_error struct error *failure = NULL;
	int result = access_find(question->reference, question->authorities, question->plain_http, access, &failure);
	return result < 0 ? error_set(error, EINVAL, "%s", error_message(failure)) : 0;
}

int fetch(const struct fetch_question *question, struct fetch_result *ret_result, struct error **error)
{
	cleanup_access struct access access = {0};
	cleanup_fetch_result struct fetch_result made = {0};
	int ends[2];
	if (geteuid() != 0)
		return error_set(error, EPERM, "only root can fetch into the store: credentials are read as root, and "
				 "the network is left to a process that gives up everything");
	int64_t deadline = clock_milliseconds() + (int64_t)question->seconds * 1000;
	int result = prepare(question, &access, error);
	if (result < 0)
		return result;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_errno(error, errno, "a pipe");
	cleanup_close int from = ends[0], to = ends[1];
	pid_t worker = fork();
	if (worker < 0)
		return error_set_errno(error, errno, "a process that talks to the registry");
	if (worker == 0)
		work(question, &access, deadline, to);
	(void)close(take_descriptor(&to));
	result = receive(question, from, deadline + GRACE, &made, error);
	(void)kill(worker, SIGKILL);
	while (waitpid(worker, NULL, 0) < 0 && errno == EINTR)
		;
	if (result < 0)
		return result;
	*ret_result = made;
	made = (struct fetch_result){0};
	return 0;
}
