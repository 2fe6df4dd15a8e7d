#include "shim/refusal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/base/timestamp.h"
#include "policy/document/document.h"
#include "policy/document/printable.h"
#include "shim/decision_log.h"

static const size_t most_bytes = 8000; /* CRI-O shows 8,191 bytes of standard error */

/* docker turns its exit code 125 into 126 or 127 where it reads these words. */
static const struct {
	const char *said, *instead;
} rewordings[] = {
	{"permission denied", "access was denied"},
	{"no such file or directory", "it does not exist"},
	{"executable file not found", "the program is not there"},
};

static char *reword(const char *text)
{
	struct text result = {0};
	while (*text) {
		size_t i = 0;
		while (i < ARRAY_SIZE(rewordings) &&
		       strncasecmp(text, rewordings[i].said, strlen(rewordings[i].said)) != 0)
			i++;
		if (i < ARRAY_SIZE(rewordings)) {
			text_append(&result, rewordings[i].instead);
			text += strlen(rewordings[i].said);
		} else {
			text_append_bytes(&result, text++, 1);
		}
	}
	return text_finish(&result);
}

static void append_subject(struct text *text, const struct interception *interception)
{
	const char *verb = interception->invocation.verb;
	const char *id = interception->invocation.id, *name = interception->facts.name.value;
	text_append(text, "oci-harden: ");
	if (!id) {
		text_append_format(text, "%.64s refused: ", verb ? verb : "the command line");
		return;
	}
	if (interception->verb != VERB_CREATE && verb)
		text_append_format(text, "%s of ", verb);
	if (name && *name)
		text_append_format(text, "container %.128s refused: ", name);
	else
		text_append_format(text, "container %.12s refused: ", id);
}

/* Sentences up to the limit; those that do not fit are counted. */
struct sentences {
	struct text *text;
	size_t said, left_out;
};

static void say(struct sentences *sentences, const char *sentence)
{
	if (sentences->said && sentences->text->length + strlen(sentence) > most_bytes - 256) {
		sentences->left_out++;
		return;
	}
	text_append(sentences->text, sentences->said++ ? "; " : "");
	text_append_bytes(sentences->text, sentence, strnlen(sentence, most_bytes - 512));
}

static void say_reasons(struct sentences *sentences, const struct interception *interception)
{
	size_t index;
	json_t *reason;
	json_array_foreach(interception->reasons, index, reason)
		say(sentences, json_string_value(reason));
	const struct findings *findings = &interception->decision.findings;
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].outcome != OUTCOME_REFUSED)
			continue;
		cleanup_free char *sentence = finding_sentence(&findings->items[i]);
		say(sentences, sentence ? sentence : "out of memory");
	}
}

static bool has_refused_finding(const struct interception *interception)
{
	for (size_t i = 0; i < interception->decision.findings.count; i++)
		if (interception->decision.findings.items[i].outcome == OUTCOME_REFUSED)
			return true;
	return false;
}

static void append_way_out(struct text *text, const struct interception *interception, bool has_findings)
{
	if (!interception->logged)
		return;
	text_append_format(text, ". hardenctl why %s shows all", interception->id);
	if (has_findings)
		text_append_format(text, "; hardenctl exception %s prints what would allow it", interception->id);
}

char *refusal_text(const struct interception *interception, const struct error *error)
{
	cleanup_text struct text text = {0};
	append_subject(&text, interception);
	struct sentences sentences = {.text = &text};
	if (error)
		say(&sentences, error_message(error));
	else
		say_reasons(&sentences, interception);
	if (!sentences.said)
		say(&sentences, "nothing could be decided");
	if (sentences.left_out)
		text_append_format(&text, "; and %zu more", sentences.left_out);
	append_way_out(&text, interception, !error && has_refused_finding(interception));
	if (text.failed)
		return NULL;
	cleanup_free char *line = printable(text.data);
	return line ? reword(line) : NULL;
}

char *refusal_log_line(const char *text, bool json)
{
	struct timespec now;
	char stamp[TIMESTAMP_SIZE];
	(void)clock_gettime(CLOCK_REALTIME, &now);
	timestamp_format(&now, false, stamp);
	struct text line = {0};
	if (json) {
		cleanup_json json_t *record =
			json_pack("{s:s, s:o, s:s}", "level", "error", "msg", printable_json(text), "time", stamp);
		cleanup_free char *printed = NULL;
		size_t length = 0;
		if (record && document_print(record, &printed, &length, NULL) == 0)
			text_append_bytes(&line, printed, length);
		else
			line.failed = true;
	} else {
		text_append_format(&line, "time=\"%s\" level=error msg=", stamp);
		text_append_quoted(&line, text);
	}
	text_append(&line, "\n");
	return text_finish(&line);
}

/* O_NONBLOCK: the log may be a FIFO that nobody reads. O_NOFOLLOW: or a link. */
static void append_to_log(const char *path, const char *line)
{
	cleanup_close int log = open(path,
				     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
	if (log >= 0)
		(void)file_write_all(log, line, strlen(line));
}

int refuse(struct interception *interception, const struct error *error)
{
	const struct invocation *invocation = &interception->invocation;
	/* where the log cannot be written, the container is refused all the same */
	if (!interception->logged)
		(void)decision_log_write(interception, error ? error_message(error) : NULL, NULL);
	cleanup_free char *text = refusal_text(interception, error);
	const char *said = text ? text : "oci-harden: refused: out of memory";
	cleanup_free char *line = refusal_log_line(said, invocation->log_json);
	if (invocation->log && line)
		append_to_log(invocation->log, line);
	(void)file_write_all(STDERR_FILENO, said, strlen(said));
	(void)file_write_all(STDERR_FILENO, "\n", 1);
	return text_equal(invocation->verb, "exec") ? 255 : 1;
}
