/* The judgement that create would come to on a configuration, without writing,
 * logging or starting anything: what check and diff show. The same functions
 * as in enforcement. */
#ifndef OCI_HARDEN_HARDENCTL_JUDGE_H
#define OCI_HARDEN_HARDENCTL_JUDGE_H

#include "policy/rules/policy.h"

struct judgement {
	struct facts facts;
	struct effective effective;
	struct decision decision;
};

/* `path` is a bundle's directory or a config.json. *ret is released with
 * judgement_release() after success. */
int judge(const char *path, struct judgement *ret, struct error **error);

void judgement_release(struct judgement *judgement);

/* What check and diff take: [--json] PATH. 0 and *ret_path, or 1 and *ret_status
 * where help was printed or the arguments were wrong. */
int judge_arguments(int argc, char **argv, const char *help, bool *ret_json, const char **ret_path,
		    int *ret_status);

/* The exit status that check documents for a verdict. */
int judge_exit_status(const struct judgement *judgement);

#endif
