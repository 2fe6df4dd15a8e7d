#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/rules/policy.h"
#include "policy/trust/digest.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/local_image.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/running.h"
#include "shim/hardenctl/verify_text.h"
#include "shim/image_trust.h"

static const char usage[] =
	"Usage: hardenctl verify [OPTION…] CONTAINER|IMAGE|DIGEST\n\n"
	"Says whether the policy trusts an image, by the very functions that a container's start\n"
	"asks, and prints the chain of proof step by step. No network is used. CONTAINER is the id\n"
	"(or the start of it) or name of one that runs: then what is mounted is looked at, too.\n"
	"DIGEST is that of an index, a manifest or a configuration; IMAGE the name of one that\n"
	"Docker, containerd, Podman, CRI-O or the local store of signatures has.\n"
	"  --name NAME          the name by which the image would be started (patterns match it)\n"
	"  --engine ENGINE      of this engine alone: docker, containerd, cri, podman, crio …\n"
	"  --namespace NAME     and of this namespace: containerd's, or a pod's with --engine cri\n"
	"  --root DIRECTORY     where the backend keeps the container's state, if it is elsewhere\n"
	"  --data-root FOLDER   Docker's, if it is not /var/lib/docker\n"
	"  --containerd SOCKET  containerd's, if it is not /run/containerd/containerd.sock\n"
	"  --json               everything as JSON\n"
	"Exit status: 0 trusted, 2 not trusted, 3 it cannot be told.";

struct arguments {
	const char *target, *name, *engine, *namespace, *root, *data_root, *containerd;
	bool json;
	enum engine chosen; /* --engine's */
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
	{"--containerd", offsetof(struct arguments, containerd)},
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

/* A container that runs, or an image in all its places. */
struct target {
	struct local_images images;
	bool runs;
};

static bool is_name(const char *word)
{
	return strpbrk(word, "/:@") != NULL;
}

/* A digest alone: which of the three it is, is tried. */
static int take_digest(const char *digest, struct target *target, struct error **error)
{
	struct facts facts = {0};
	if (fact_set(&facts.manifest_digest, digest, PROVENANCE_ENGINE) < 0)
		return error_out_of_memory(error);
	return local_images_add(&target->images, &facts, error, "%s", "");
}

/* -ENOENT where none runs. */
static int find_container(const struct arguments *arguments, struct target *target, struct error **error)
{
	const struct running_question question = {
		.word = arguments->target,
		.root = arguments->root,
		.engine = arguments->chosen,
		.namespace = arguments->namespace,
	};
	struct facts facts = {0};
	int result = running_find(&question, &facts, error);
	if (result < 0)
		return result;
	target->runs = true;
	return local_images_add(&target->images, &facts, error, "container %s of %s", facts.id,
				engine_name(facts.engine));
}

static int find_target(const struct arguments *arguments, struct target *target, struct error **error)
{
	const struct local_image_question question = {
		.name = arguments->target,
		.engine = arguments->chosen,
		.namespace = arguments->namespace,
		.data_root = arguments->data_root,
		.containerd = arguments->containerd,
	};
	cleanup_error struct error *no_container = NULL;
	if (digest_is_valid(arguments->target))
		return take_digest(arguments->target, target, error);
	if (!is_name(arguments->target)) {
		int result = find_container(arguments, target, &no_container);
		if (result != -ENOENT)
			return result < 0 ? error_set(error, -result, "%s", error_message(no_container)) : 0;
	}
	int result = local_image_find(&question, &target->images, error);
	return result < 0 && no_container ? error_prefix(error, "%s", error_message(no_container)) : result;
}

/* What is known of it already stays: --namespace has chosen by it. */
static int apply_options(const struct arguments *arguments, struct facts *facts, struct error **error)
{
	bool is_known = facts->engine != ENGINE_NONE && !arguments->engine;
	if (arguments->engine)
		facts->engine = arguments->chosen;
	if ((arguments->namespace && !is_known &&
	     fact_set(&facts->namespace, arguments->namespace, PROVENANCE_ENGINE) < 0) ||
	    (arguments->name && fact_set(&facts->image, arguments->name, PROVENANCE_USER) < 0))
		return error_out_of_memory(error);
	return 0;
}

/* ---- what is judged ---- */

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

/* A digest alone may be an index', a configuration's or a manifest's: the first as which it leads
 * to an image, else the last. */
static int judge_image(const struct policy *policy, struct facts *facts, struct image_trust *trust,
		       struct error **error)
{
	struct fact *const roles[] = {&facts->index_digest, &facts->config_digest, &facts->manifest_digest};
	if (facts->config_digest.value || facts->index_digest.value)
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

/* The same image may be judged otherwise from place to place: by the policy's scopes. */
static int judge_all(const struct policy *policy, struct target *target, struct image_trust *trust,
		     struct error **error)
{
	struct local_image *list = target->images.list;
	int result = target->runs ? ask(policy, IMAGE_TRUST_RUNNING, &list[0].facts, trust, error)
				  : judge_image(policy, &list[0].facts, trust, error);
	for (size_t i = 1; result == 0 && i < target->images.count; i++) {
		cleanup_image_trust struct image_trust other = {0};
		result = judge_image(policy, &list[i].facts, &other, error);
		if (result == 0 && !text_equal(verify_word(trust), verify_word(&other)))
			result = error_set(error, EEXIST, "the policy's scopes judge it in several ways: %s in %s, %s in %s; "
					   "choose by --engine and --namespace", verify_word(trust), list[0].place,
					   verify_word(&other), list[i].place);
	}
	return result;
}

static int verify(const struct arguments *arguments, struct target *target)
{
	cleanup_error struct error *error = NULL;
	cleanup_policy struct policy *policy = NULL;
	cleanup_image_trust struct image_trust trust = {0};
	int result = find_target(arguments, target, &error);
	for (size_t i = 0; result == 0 && i < target->images.count; i++)
		result = apply_options(arguments, &target->images.list[i].facts, &error);
	if (result == 0)
		result = policy_open(STATEDIR, &policy, &error);
	if (result == 0)
		result = judge_all(policy, target, &trust, &error);
	if (result < 0)
		return output_failure(EXIT_UNABLE, error);
	if (trust.verdict)
		return verify_tell(arguments->target, &target->images, &trust, arguments->json);
	puts(arguments->json ? "{\"trusted\":true,\"matched\":false,\"reasons\":[]}"
			     : "The policy's trust section asks for nothing here: any image runs, unverified.");
	return EXIT_CLEAN;
}

int command_verify(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct target target = {0};
	int status = EXIT_UNABLE;
	if (read_arguments(argc, argv, &arguments, &status) != 0)
		return status;
	if (arguments.engine && engine_from_name(arguments.engine, &arguments.chosen) < 0) {
		cleanup_error struct error *error = NULL;
		(void)error_set(&error, EINVAL, "--engine %s: no such engine", arguments.engine);
		return output_failure(EXIT_UNABLE, error);
	}
	status = verify(&arguments, &target);
	local_images_release(&target.images);
	return status;
}
