#include <errno.h>
#include <string.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/rules/check.h"

/* Three runs of digits of these widths, with '-' between them. */
static bool split_date(const char *text, int64_t parts[3])
{
	static const size_t widths[] = {4, 2, 2};
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		char digits[5] = "";
		if (strspn(text, "0123456789") != widths[i])
			return false;
		memcpy(digits, text, widths[i]);
		text += widths[i];
		if (number_parse_int64(digits, &parts[i]) < 0 || *text != (i < 2 ? '-' : '\0'))
			return false;
		text++;
	}
	return true;
}

int check_parse_date(const char *text, int64_t *ret_ends)
{
	int64_t parts[3];
	if (strlen(text) != strlen("2027-03-31") || !split_date(text, parts))
		return -EINVAL;
	struct tm day = {.tm_year = (int)parts[0] - 1900, .tm_mon = (int)parts[1] - 1, .tm_mday = (int)parts[2]};
	struct tm again = day;
	time_t start = timegm(&again);
	/* timegm(3) takes the 31st of June for the first of July */
	if (parts[0] < 1970 || again.tm_mon != day.tm_mon || again.tm_mday != day.tm_mday)
		return -EINVAL;
	*ret_ends = (int64_t)start + (int64_t)24 * 60 * 60;
	return 0;
}

static json_t *told(struct problems *problems, const struct node *node, const char *expected)
{
	problem_add(problems, node->place, "%s, expected %s", check_found(node), expected);
	return NULL;
}

static json_t *new_integer(struct problems *problems, int64_t value)
{
	json_t *number = json_integer(value);
	return number ? number : check_out_of_memory(problems);
}

json_t *check_duration(struct problems *problems, const struct node *node, const struct field *field)
{
	int64_t seconds = 0;
	(void)field;
	if (node->type != NODE_SCALAR || number_parse_duration(node->text, &seconds) < 0 || seconds <= 0)
		return told(problems, node, "a time such as 7d or 12h");
	return new_integer(problems, seconds);
}

json_t *check_day(struct problems *problems, const struct node *node, const struct field *field)
{
	int64_t ends = 0;
	(void)field;
	if (node->type != NODE_SCALAR || check_parse_date(node->text, &ends) < 0)
		return told(problems, node, "a day such as 2027-03-31");
	return new_integer(problems, ends);
}
