#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/decision_log.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/finding_text.h"
#include "shim/hardenctl/judge.h"
#include "shim/hardenctl/output.h"

static const char help[] =
	"Usage: hardenctl diff [--json] BUNDLE|config.json\n\n"
	"Shows what the active policy would change in a configuration: the place, what is there, what\n"
	"would stand there, the control and the reason; then what would be refused.\n"
	"Exit status: 0 clean, 1 would be rewritten, 2 would be refused, 3 could not be judged.";

static void print_with_outcome(const json_t *findings, const char *wanted)
{
	size_t index;
	json_t *finding;
	json_array_foreach(findings, index, finding)
	{
		const char *outcome = json_string_value(json_object_get(finding, "outcome"));
		if (!outcome || strcmp(outcome, wanted) != 0)
			continue;
		finding_text_print(finding);
		putchar('\n');
	}
}

int command_diff(int argc, char **argv)
{
	static const char *const order[] = {"rewritten", "audited", "noted", "refused"};
	bool json = false;
	const char *path = NULL;
	int status = EXIT_UNABLE;
	if (judge_arguments(argc, argv, help, &json, &path, &status))
		return status;
	struct judgement judgement;
	cleanup_error struct error *error = NULL;
	if (judge(path, &judgement, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	cleanup_json json_t *findings = decision_log_findings(&judgement.decision.findings, VERB_CREATE);
	status = findings ? judge_exit_status(&judgement) : output_failure(EXIT_UNABLE, NULL);
	if (json && output_json(findings) != EXIT_CLEAN)
		status = EXIT_UNABLE;
	for (size_t i = 0; !json && i < ARRAY_SIZE(order); i++)
		print_with_outcome(findings, order[i]);
	judgement_release(&judgement);
	return status;
}
