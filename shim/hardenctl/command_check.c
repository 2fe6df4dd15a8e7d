#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/decision_log.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/judge.h"
#include "shim/hardenctl/output.h"

static const char help[] =
	"Usage: hardenctl check [--json] BUNDLE|config.json\n\n"
	"Judges a configuration by the active policy as create would, changes and starts nothing.\n"
	"Exit status: 0 clean, 1 would be rewritten, 2 would be refused, 3 could not be judged.";

static int print_as_json(const struct judgement *judgement)
{
	cleanup_json json_t *findings = decision_log_findings(&judgement->decision.findings, VERB_CREATE);
	cleanup_json json_t *report =
		json_pack("{s:s, s:s, s:I, s:O, s:O?}", "verdict", verdict_name(judgement->decision.verdict), "engine",
			  engine_name(judgement->facts.engine), "generation",
			  (json_int_t)judgement->effective.generation, "applied", judgement->effective.applied,
			  "findings", findings);
	return report ? output_json(report) : output_failure(EXIT_UNABLE, NULL);
}

static void print_sentences(const struct judgement *judgement)
{
	static const enum style styles[] = {
		[OUTCOME_REFUSED] = STYLE_RED,
		[OUTCOME_REWRITTEN] = STYLE_GREEN,
		[OUTCOME_AUDITED] = STYLE_YELLOW,
		[OUTCOME_NOTED] = STYLE_DIM,
	};
	for (size_t i = 0; i < judgement->decision.findings.count; i++) {
		const struct finding *finding = &judgement->decision.findings.items[i];
		cleanup_free char *sentence = finding_sentence(finding);
		printf("%s%-9s%s %s\n", style_on(stdout, styles[finding->outcome]), outcome_name(finding->outcome),
		       style_off(stdout), sentence ? sentence : finding->pointer);
	}
	printf("%s%s%s\n", style_on(stdout, STYLE_BOLD), verdict_name(judgement->decision.verdict),
	       style_off(stdout));
}

int command_check(int argc, char **argv)
{
	bool json = false;
	const char *path = NULL;
	int status = EXIT_UNABLE;
	if (judge_arguments(argc, argv, help, &json, &path, &status))
		return status;
	struct judgement judgement;
	cleanup_error struct error *error = NULL;
	if (judge(path, &judgement, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	status = judge_exit_status(&judgement);
	if (!json)
		print_sentences(&judgement);
	else if (print_as_json(&judgement) != EXIT_CLEAN)
		status = EXIT_UNABLE;
	judgement_release(&judgement);
	return status;
}
