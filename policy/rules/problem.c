#include "policy/rules/problem.h"

#include <stdarg.h>
#include <stdlib.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

static char *with_place(struct place place, const char *message)
{
	struct text text = {0};
	text_append(&text, place.file ? place.file : "policy");
	if (place.line)
		text_append_format(&text, ":%zu:%zu", place.line, place.column);
	text_append_format(&text, ": %s", message);
	return text_finish(&text);
}

static void append(struct problems *problems, struct place place, const char *message)
{
	struct problem *larger = reallocarray(problems->items, problems->count + 1, sizeof(*larger));
	if (!larger) {
		problems->out_of_memory = true;
		return;
	}
	problems->items = larger;
	char *text = with_place(place, message);
	if (!text) {
		problems->out_of_memory = true;
		return;
	}
	larger[problems->count] = (struct problem){
		.line = place.line, .column = place.column, .number = problems->count, .text = text};
	problems->count++;
}

void problem_add(struct problems *problems, struct place place, const char *format, ...)
{
	if (problems->count >= PROBLEM_LIMIT)
		return;
	va_list arguments;
	va_start(arguments, format);
	cleanup_free char *message = NULL;
	int length = vasprintf(&message, format, arguments);
	va_end(arguments);
	if (length < 0) {
		message = NULL;
		problems->out_of_memory = true;
		return;
	}
	append(problems, place, message);
}

bool problems_none(const struct problems *problems)
{
	return problems->count == 0 && !problems->out_of_memory;
}

void problems_take(struct problems *problems, struct problems *other)
{
	size_t count = problems->count + other->count;
	struct problem *larger = other->count ? reallocarray(problems->items, count, sizeof(*larger)) : NULL;
	problems->out_of_memory |= other->out_of_memory || (other->count && !larger);
	if (larger) {
		problems->items = larger;
		for (size_t i = 0; i < other->count; i++) {
			larger[problems->count] = other->items[i];
			larger[problems->count].number = problems->count;
			problems->count++;
			other->items[i].text = NULL;
		}
	}
	problems_release(other);
}

static int by_place(const void *left, const void *right)
{
	const struct problem *a = left, *b = right;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

void problems_sort(struct problems *problems)
{
	if (problems->count)
		qsort(problems->items, problems->count, sizeof(*problems->items), by_place);
}

void problems_release(struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		free(problems->items[i].text);
	free(problems->items);
	*problems = (struct problems){0};
}
