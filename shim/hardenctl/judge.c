#include "shim/hardenctl/judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/document/document.h"
#include "shim/backend.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/identity/identity.h"

/* `path` → the bundle's directory, absolute, and the name of the file in it. */
static int split(const char *path, char **ret_bundle, const char **ret_name, struct error **error)
{
	char *resolved = realpath(path, NULL);
	if (!resolved)
		return error_set_errno(error, errno, "\"%s\"", path);
	struct stat status;
	if (stat(resolved, &status) == 0 && S_ISDIR(status.st_mode)) {
		*ret_name = "config.json";
	} else {
		char *slash = strrchr(resolved, '/');
		*slash = '\0';
		const char *name = strrchr(path, '/');
		*ret_name = name ? name + 1 : path;
	}
	*ret_bundle = resolved;
	return 0;
}

static int load(const char *bundle, const char *name, json_t **ret_config, struct error **error)
{
	cleanup_close int directory = -1, file = -1;
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = file_open_directory(bundle, &directory, error);
	if (result == 0)
		result = file_open_at(directory, name, &file, error);
	if (result == 0)
		result = file_read_all(file, name, DOCUMENT_SIZE, &text, &length, error);
	if (result == 0)
		result = document_parse(text, length, DOCUMENT_CONFIG, ret_config, error);
	return result < 0 ? error_prefix(error, "%s/%s", bundle, name) : 0;
}

/* The backend that the policy names, as a start would find it. Without one no container
 * starts, but what is asked here is the configuration. */
static int fill_backend(struct judgement *judgement)
{
	struct backend backend = BACKEND_NONE;
	int result = 0;
	if (backend_open(judgement->effective.backend, &backend, NULL) == 0 &&
	    backend_ask_version(&backend, judgement->effective.backend, NULL) == 0)
		result = backend_fill_facts(&backend, &judgement->facts);
	backend_release(&backend);
	return result;
}

int judge(const char *path, struct judgement *ret, struct error **error)
{
	struct judgement made = {0};
	cleanup_free char *bundle = NULL;
	cleanup_json json_t *config = NULL;
	cleanup_policy struct policy *policy = NULL;
	const char *name = NULL;
	int result = split(path, &bundle, &name, error);
	if (result == 0)
		result = load(bundle, name, &config, error);
	if (result == 0)
		result = policy_open(STATEDIR, &policy, error);
	if (result < 0)
		return result;
	/* an engine names the bundle's folder after the container */
	const char *slash = strrchr(bundle, '/');
	struct invocation invocation = {.verb = "create", .id = slash[1] ? slash + 1 : "bundle", .bundle = bundle};
	result = identity_fill(&invocation, config, &made.facts, error);
	made.facts.id_assumed = true;
	if (result == 0)
		result = policy_resolve(policy, &made.facts, time(NULL), &made.effective, error);
	if (result == 0 && fill_backend(&made) < 0)
		result = error_out_of_memory(error);
	if (result == 0)
		result = decide(config, VERB_CREATE, made.effective.mode, made.effective.controls, &made.facts,
				&made.decision, error);
	if (result < 0) {
		judgement_release(&made);
		return result;
	}
	*ret = made;
	return 0;
}

void judgement_release(struct judgement *judgement)
{
	decision_release(&judgement->decision);
	effective_release(&judgement->effective);
	facts_release(&judgement->facts);
	*judgement = (struct judgement){0};
}

int judge_arguments(int argc, char **argv, const char *help, bool *ret_json, const char **ret_path,
		    int *ret_status)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			puts(help);
			*ret_status = EXIT_CLEAN;
			return 1;
		}
		if (strcmp(argv[i], "--json") == 0) {
			*ret_json = true;
		} else if ((argv[i][0] == '-' && argv[i][1]) || *ret_path) {
			*ret_status = output_usage_error(argv[0], argv[i]);
			return 1;
		} else {
			*ret_path = argv[i];
		}
	}
	if (*ret_path)
		return 0;
	*ret_status = output_usage_error(argv[0], NULL);
	return 1;
}

int judge_exit_status(const struct judgement *judgement)
{
	/* in audit mode nothing is refused, but the caller wants to know what enforcing
	 * would do: the findings' outcomes say so in either mode */
	int status = EXIT_CLEAN;
	for (size_t i = 0; i < judgement->decision.findings.count; i++) {
		enum outcome outcome = judgement->decision.findings.items[i].outcome;
		if (outcome == OUTCOME_REFUSED)
			return EXIT_REFUSED;
		if (outcome == OUTCOME_REWRITTEN)
			status = EXIT_REWRITTEN;
	}
	return status;
}
