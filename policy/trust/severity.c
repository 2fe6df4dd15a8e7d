#include "policy/trust/vulnerability_report.h"

#include <strings.h>

#include "policy/base/cleanup.h"

/* CVSS 3.1, section 5: none 0.0, low to 3.9, medium to 6.9, high to 8.9, critical to 10.0. */
static const struct {
	const char *name;
	int64_t highest; /* thousandths */
} severities[] = {
	[SEVERITY_UNKNOWN] = {"unknown", NO_SCORE},
	[SEVERITY_NONE] = {"none", 0},
	[SEVERITY_LOW] = {"low", 3900},
	[SEVERITY_MEDIUM] = {"medium", 6900},
	[SEVERITY_HIGH] = {"high", 8900},
	[SEVERITY_CRITICAL] = {"critical", 10000},
};

bool severity_parse(const char *word, enum severity *ret_severity)
{
	if (strcasecmp(word, "negligible") == 0) {
		*ret_severity = SEVERITY_LOW;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
		if (strcasecmp(word, severities[i].name) != 0)
			continue;
		*ret_severity = (enum severity)i;
		return true;
	}
	return false;
}

const char *severity_name(enum severity severity)
{
	return severities[severity].name;
}

int64_t severity_highest_score(enum severity severity)
{
	return severities[severity].highest;
}

enum severity severity_of_score(int64_t thousandths)
{
	if (thousandths < 0)
		return SEVERITY_UNKNOWN;
	enum severity severity = SEVERITY_NONE;
	while (severity < SEVERITY_CRITICAL && thousandths > severities[severity].highest)
		severity++;
	return severity;
}
