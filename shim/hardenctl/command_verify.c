#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/policy.h"
#include "policy/trust/digest.h"
#include "policy/trust/reference.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/local_image.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/running.h"
#include "shim/image_trust.h"

static const char usage[] =
	"Usage: hardenctl verify [OPTION…] CONTAINER|IMAGE|DIGEST\n\n"
	"Says whether the policy trusts an image, by the very functions that a container's start\n"
	"asks, and prints the chain of proof step by step. No network is used. CONTAINER is the id\n"
	"(or the start of it) or name of one that runs: then what is mounted is looked at, too.\n"
	"DIGEST is that of an index, a manifest or a configuration.\n"
	"  --name NAME          the name by which the image would be started (patterns match it)\n"
	"  --engine ENGINE      judge for a container of this engine: docker, containerd, cri …\n"
	"  --namespace NAME     and of this namespace, so that scopes hold\n"
	"  --root DIRECTORY     where the backend keeps the container's state, if it is elsewhere\n"
	"  --data-root FOLDER   Docker's, if it is not /var/lib/docker\n"
	"  --json               everything as JSON\n"
	"Exit status: 0 trusted, 2 not trusted, 3 it cannot be told.";

struct arguments {
	const char *target, *name, *engine, *namespace, *root, *data_root;
	bool json;
};

static const struct {
	const char *name;
	size_t place;
} options[] = {
	{"--name", offsetof(struct arguments, name)},
	{"--engine", offsetof(struct arguments, engine)},
	{"--namespace", offsetof(struct arguments, namespace)},
	{"--root", offsetof(struct arguments, root)},
	{"--data-root", offsetof(struct arguments, data_root)},
};

static const char **value_of(struct arguments *arguments, const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcmp(options[i].name, option) == 0)
			return (const char **)(void *)((char *)arguments + options[i].place);
	return NULL;
}

/* 1 where the command is over, with *ret_status. */
static int read_arguments(int argc, char **argv, struct arguments *arguments, int *ret_status)
{
	for (int i = 1; i < argc; i++) {
		const char **value = value_of(arguments, argv[i]);
		if (strcmp(argv[i], "--help") == 0) {
			puts(usage);
			*ret_status = EXIT_CLEAN;
			return 1;
		}
		if (value && i + 1 < argc) {
			*value = argv[++i];
		} else if (strcmp(argv[i], "--json") == 0) {
			arguments->json = true;
		} else if (value || argv[i][0] == '-' || arguments->target) {
			*ret_status = output_usage_error("verify", argv[i]);
			return 1;
		} else {
			arguments->target = argv[i];
		}
	}
	if (arguments->target)
		return 0;
	*ret_status = output_usage_error("verify", NULL);
	return 1;
}

/* ---- what is meant ---- */

static bool is_name(const char *word)
{
	return strpbrk(word, "/:@") != NULL;
}

/* A digest alone: which of the three it is, is tried. */
static int start_with_digest(const struct arguments *arguments, struct facts *facts)
{
	return fact_set(&facts->manifest_digest, arguments->target, PROVENANCE_ENGINE);
}

static int find_target(const struct arguments *arguments, struct facts *facts, bool *ret_runs, struct error **error)
{
	cleanup_error struct error *no_container = NULL;
	*ret_runs = false;
	if (digest_is_valid(arguments->target))
		return start_with_digest(arguments, facts) < 0 ? error_out_of_memory(error) : 0;
	if (!is_name(arguments->target)) {
		int result = running_find(arguments->target, arguments->root, facts, &no_container);
		*ret_runs = result == 0;
		if (result != -ENOENT)
			return result < 0 ? error_set(error, -result, "%s", error_message(no_container)) : 0;
	}
	int result = local_image_find(arguments->target, arguments->data_root, facts, error);
	return result < 0 && no_container ? error_prefix(error, "%s", error_message(no_container)) : result;
}

static int apply_options(const struct arguments *arguments, struct facts *facts, struct error **error)
{
	if (arguments->engine && engine_from_name(arguments->engine, &facts->engine) < 0)
		return error_set(error, EINVAL, "--engine %s: no such engine", arguments->engine);
	if ((arguments->namespace && fact_set(&facts->namespace, arguments->namespace, PROVENANCE_ENGINE) < 0) ||
	    (arguments->name && fact_set(&facts->image, arguments->name, PROVENANCE_USER) < 0))
		return error_out_of_memory(error);
	return 0;
}

static int ask(const struct policy *policy, enum image_trust_purpose purpose, struct facts *facts,
	       struct image_trust *trust, struct error **error)
{
	const struct image_trust_question question = {
		.policy = policy,
		.purpose = purpose,
		.make = trust_make_in_child,
		.anew = true,
		.now = time(NULL),
	};
	return image_trust_judge(&question, facts, trust, error);
}

static bool is_proven(const struct image_trust *trust)
{
	return json_array_size(json_object_get(trust->verdict, "diff-ids")) > 0;
}

/* A digest may be an index', a configuration's or a manifest's: the first as which it leads
 * to an image, else the last. */
static int judge_image(const struct policy *policy, struct facts *facts, struct image_trust *trust,
		       struct error **error)
{
	struct fact *const roles[] = {&facts->index_digest, &facts->config_digest, &facts->manifest_digest};
	if (facts->config_digest.value)
		return ask(policy, IMAGE_TRUST_IMAGE, facts, trust, error);
	struct fact given = facts->manifest_digest;
	facts->manifest_digest = (struct fact){0};
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		image_trust_release(trust);
		*roles[i] = given;
		int result = ask(policy, IMAGE_TRUST_IMAGE, facts, trust, error);
		if (result < 0 || is_proven(trust))
			return result;
		if (i + 1 < ARRAY_SIZE(roles))
			*roles[i] = (struct fact){0};
	}
	return 0;
}

/* ---- what is told ---- */

static void print_texts(const char *label, const json_t *texts)
{
	size_t i;
	json_t *text;
	if (json_array_size(texts) > 0)
		printf("%s\n", label);
	json_array_foreach((json_t *)(uintptr_t)texts, i, text)
		printf("  %s\n", json_string_value(text));
}

static void print_digest(const struct image_trust *trust, const char *key)
{
	const char *digest = json_string_value(json_object_get(trust->verdict, key));
	if (digest)
		printf("%-10s %s\n", key, digest);
}

static const char *verdict_word(const struct image_trust *trust)
{
	if (json_array_size(trust->reasons) > 0)
		return "not trusted";
	return json_is_true(json_object_get(trust->verdict, "matched")) ? "trusted"
								       : "allowed unverified (trust/unmatched)";
}

static void print_trust(const struct arguments *arguments, const struct facts *facts, const struct image_trust *trust)
{
	bool good = json_array_size(trust->reasons) == 0;
	printf("%-10s %s\n", "image", facts->image.value ? facts->image.value : arguments->target);
	static const char *const keys[] = {"config", "manifest", "index"};
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		print_digest(trust, keys[i]);
	printf("%-10s %s%s%s\n", "verdict", style_on(stdout, good ? STYLE_GREEN : STYLE_RED), verdict_word(trust),
	       style_off(stdout));
	print_texts("why not:", trust->reasons);
	print_texts("proof:", trust->proof);
	const json_t *rejections = json_object_get(trust->verdict, "rejections");
	size_t i;
	json_t *rejection;
	if (json_array_size(rejections) > 0)
		printf("does not count:\n");
	json_array_foreach((json_t *)(uintptr_t)rejections, i, rejection)
		printf("  %s %s: %s\n", json_string_value(json_object_get(rejection, "format")),
		       json_string_value(json_object_get(rejection, "source")),
		       json_string_value(json_object_get(rejection, "why")));
}

static int print_json(const struct image_trust *trust)
{
	cleanup_json json_t *whole = json_copy(trust->verdict);
	if (!whole || json_object_set(whole, "reasons", trust->reasons) < 0 ||
	    json_object_set(whole, "proof", trust->proof) < 0 ||
	    json_object_set_new(whole, "trusted", json_boolean(json_array_size(trust->reasons) == 0)) < 0)
		return EXIT_UNABLE;
	return output_json(whole);
}

static int tell(const struct arguments *arguments, const struct facts *facts, const struct image_trust *trust)
{
	int status = json_array_size(trust->reasons) > 0 ? EXIT_REFUSED : EXIT_CLEAN;
	if (arguments->json)
		return print_json(trust) == EXIT_CLEAN ? status : EXIT_UNABLE;
	print_trust(arguments, facts, trust);
	return status;
}

static int verify(const struct arguments *arguments, struct facts *facts)
{
	cleanup_error struct error *error = NULL;
	cleanup_policy struct policy *policy = NULL;
	cleanup_image_trust struct image_trust trust = {0};
	bool runs = false;
	int result = find_target(arguments, facts, &runs, &error);
	if (result == 0)
		result = apply_options(arguments, facts, &error);
	if (result == 0)
		result = policy_open(STATEDIR, &policy, &error);
	if (result == 0)
		result = runs ? ask(policy, IMAGE_TRUST_RUNNING, facts, &trust, &error)
			      : judge_image(policy, facts, &trust, &error);
	if (result < 0)
		return output_failure(EXIT_UNABLE, error);
	if (trust.verdict)
		return tell(arguments, facts, &trust);
	puts(arguments->json ? "{\"trusted\":true,\"matched\":false,\"reasons\":[]}"
			     : "The policy's trust section asks for nothing here: any image runs, unverified.");
	return EXIT_CLEAN;
}

int command_verify(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct facts facts = {0};
	int status = EXIT_UNABLE;
	if (read_arguments(argc, argv, &arguments, &status) != 0)
		return status;
	status = verify(&arguments, &facts);
	facts_release(&facts);
	return status;
}
