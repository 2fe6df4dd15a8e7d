#include "policy/controls/finding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"

static struct finding *grow(struct findings *findings)
{
	if (findings->count == findings->capacity) {
		size_t capacity = findings->capacity ? findings->capacity * 2 : 16;
		struct finding *items = reallocarray(findings->items, capacity, sizeof(*items));
		if (!items)
			return NULL;
		findings->items = items;
		findings->capacity = capacity;
	}
	return &findings->items[findings->count];
}

static void finding_release(struct finding *finding)
{
	free(finding->pointer);
	free(finding->why);
	json_decref(finding->before);
	json_decref(finding->after);
	json_decref(finding->remedy);
}

int finding_add(struct findings *findings, struct finding_spec spec, const char *why_format, ...)
{
	struct finding made = {
		.outcome = OUTCOME_REFUSED,
		.pointer = strdup(spec.pointer),
		/* an edit of the document leaves alone what is held here (document.h) */
		.before = json_incref((json_t *)(uintptr_t)spec.before),
		.reference = spec.reference,
		.edit = spec.edit,
		.after = spec.after,
		.remedy = spec.remedy,
		.note = spec.note,
	};
	va_list arguments;
	va_start(arguments, why_format);
	if (vasprintf(&made.why, why_format, arguments) < 0)
		made.why = NULL;
	va_end(arguments);
	struct finding *place = grow(findings);
	bool complete = place && made.pointer && made.why && (made.after || made.edit != EDIT_SET);
	if (!complete) {
		finding_release(&made);
		return -ENOMEM;
	}
	*place = made;
	findings->count++;
	return 0;
}

void findings_release(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_release(&findings->items[i]);
	free(findings->items);
	*findings = (struct findings){0};
}

static void append_value(struct text *sentence, const json_t *value)
{
	const char *spelling = document_number_spelling(value);
	if (spelling)
		text_append_format(sentence, " %s", spelling);
	else if (json_is_integer(value))
		text_append_format(sentence, " %" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		text_append(sentence, json_is_true(value) ? " true" : " false");
	else if (json_is_string(value) && json_string_length(value) <= 256) {
		text_append(sentence, " ");
		text_append_quoted(sentence, json_string_value(value));
	}
}

char *finding_sentence(const struct finding *finding)
{
	struct text sentence = {0};
	text_append(&sentence, *finding->pointer ? finding->pointer : "the configuration");
	append_value(&sentence, finding->before);
	text_append_format(&sentence, " %s (%s", finding->why, finding->control->name);
	if (finding->reference)
		text_append_format(&sentence, ", %s", finding->reference);
	text_append(&sentence, ")");
	return text_finish(&sentence);
}
