#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/store.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"
#include "shim/hardenctl/watch_containerd.h"
#include "shim/hardenctl/watch_docker.h"

enum { SECONDS = 30 * 24 * 60 * 60 };

struct pruning {
	json_t *used; /* object: the digests that the engines have */
	size_t count;
	uint64_t size;
	bool failed, dry;
};

/* "NAME@DIGEST" */
static void on_found(void *context, const char *name)
{
	struct pruning *pruning = context;
	const char *at = strrchr(name, '@');
	if (at && json_object_set_new(pruning->used, at + 1, json_true()) < 0)
		pruning->failed = true;
}

/* An engine that does not answer may have anything: then nothing is taken out. One that has
 * no socket is not there. */
static int ask_engines(const char *docker, const char *containerd, struct pruning *pruning, struct error **error)
{
	cleanup_error struct error *no_docker = NULL, *no_containerd = NULL;
	struct watch_containerd images = {0};
	int first = watch_docker_list(docker, on_found, pruning, &no_docker);
	int second = watch_containerd_list(&images, containerd, on_found, pruning, &no_containerd);
	watch_containerd_forget(&images);
	if (pruning->failed)
		return error_out_of_memory(error);
	if (first < 0 && first != -ENOENT)
		return error_set(error, -first, "%s; nothing was taken out", error_message(no_docker));
	if (second < 0 && second != -ENOENT)
		return error_set(error, -second, "%s; nothing was taken out", error_message(no_containerd));
	if (first == -ENOENT && second == -ENOENT)
		return error_set(error, ENOENT, "neither Docker nor containerd is there to say which images it has; nothing "
				 "was taken out");
	return 0;
}

static bool is_used(void *context, const char *digest)
{
	const struct pruning *pruning = context;
	return json_object_get(pruning->used, digest) != NULL;
}

static void on_removed(void *context, const struct trust_store_image *image)
{
	struct pruning *pruning = context;
	cleanup_text struct text name = {0};
	if (image->name)
		text_append_quoted(&name, image->name);
	(void)printf("%s %s%s\n", image->digest, name.data ? name.data : "-", pruning->dry ? "" : " is removed");
	pruning->count++;
	pruning->size += image->size;
}

static int prune(const char *store, const char *docker, const char *containerd, int64_t seconds, bool dry)
{
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *used = json_object();
	struct pruning pruning = {.used = used, .dry = dry};
	const struct trust_store_pruning wanted = {
		.before = time(NULL) - seconds, .is_used = is_used, .removed = on_removed, .context = &pruning, .dry = dry};
	if (!used || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return output_failure(EXIT_UNABLE, NULL);
	if (ask_engines(docker, containerd, &pruning, &error) < 0 || trust_store_prune(store, &wanted, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	(void)printf("%zu image%s, %ju bytes\n", pruning.count, pruning.count == 1 ? "" : "s", (uintmax_t)pruning.size);
	return EXIT_CLEAN;
}

int trust_prune(int argc, char **argv)
{
	const char *docker = TRUST_DOCKER_SOCKET, *containerd = TRUST_CONTAINERD_SOCKET, *age = NULL, *store = NULL;
	bool dry = false;
	int64_t seconds = SECONDS;
	const struct trust_option options[] = {
		{"--older-than", &age, NULL},
		{"--docker", &docker, NULL},
		{"--containerd", &containerd, NULL},
		{"--dry-run", NULL, &dry},
	};
	if (trust_arguments("prune", argc, argv, options, ARRAY_SIZE(options), NULL, 0, &store) < 0)
		return EXIT_UNABLE;
	if (age && number_parse_duration(age, &seconds) < 0)
		return output_usage_error("trust prune", age);
	return prune(store, docker, containerd, seconds, dry);
}
