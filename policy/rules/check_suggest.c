#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/rules/check.h"

#define LONGEST 48u

static char fold(char letter)
{
	if (letter == '_')
		return '-';
	return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned smaller = a < b ? a : b;
	return smaller < c ? smaller : c;
}

/* Levenshtein's distance without regard to case, or of "_" and "-". */
static unsigned distance(const char *left, const char *right)
{
	unsigned row[LONGEST + 1];
	size_t width = strlen(right), height = strlen(left);
	if (width > LONGEST || height > LONGEST)
		return LONGEST;
	for (unsigned i = 0; i <= width; i++)
		row[i] = i;
	for (size_t y = 1; y <= height; y++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)y;
		for (size_t x = 1; x <= width; x++) {
			unsigned above = row[x];
			unsigned changed = diagonal + (fold(left[y - 1]) != fold(right[x - 1]));
			row[x] = least(row[x - 1] + 1, above + 1, changed);
			diagonal = above;
		}
	}
	return row[width];
}

const char *check_suggest(const char *text, const char *const *known, size_t count)
{
	static char buffer[512];
	const char *nearest = NULL;
	unsigned shortest = 3;
	for (size_t i = 0; i < count; i++) {
		unsigned away = distance(text, known[i]);
		if (away < shortest && away < strlen(known[i])) {
			shortest = away;
			nearest = known[i];
		}
	}
	if (nearest) {
		(void)snprintf(buffer, sizeof(buffer), "; did you mean \"%s\"?", nearest);
		return buffer;
	}
	size_t length = (size_t)snprintf(buffer, sizeof(buffer), "%s", count ? "; known are: " : "");
	for (size_t i = 0; i < count && length + strlen(known[i]) + 8 < sizeof(buffer); i++)
		length += (size_t)snprintf(buffer + length, sizeof(buffer) - length, "%s%s", i ? ", " : "", known[i]);
	return buffer;
}
