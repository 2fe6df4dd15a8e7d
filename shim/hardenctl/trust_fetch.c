#include "shim/hardenctl/trust_fetch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/store.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"

enum {
	SECONDS = 300,
	MOST_SECONDS = 3600,
	EXIT_UNSIGNED = 1,
	EXIT_DENIED = 2, /* the registry has no such image, or does not let us */
};

struct arguments {
	const char *image, *platform, *authorities, *store, *timeout;
	bool plain_http, quiet, json;
};

static void show_progress(const char *what)
{
	fprintf(stderr, "\r\033[K%.78s", what);
}

static void end_progress(const struct fetch_question *question)
{
	if (question->progress)
		fputs("\r\033[K", stderr);
}

int trust_fetch_into(const char *store, bool unasked, const struct fetch_question *question,
		     struct fetch_result *ret_result, struct error **error)
{
	const struct reference *reference = question->reference;
	cleanup_fetch_result struct fetch_result result = {0};
	cleanup_text struct text name = {0};
	int status = fetch(question, &result, error);
	if (status < 0)
		return status;
	text_append_format(&name, "%s/%s%s%s", reference->registry, reference->repository, reference->tag ? ":" : "@",
			   reference->tag ? reference->tag : result.digest);
	if (name.failed)
		return error_out_of_memory(error);
	const struct trust_store_addition addition = {
		.digest = result.digest, .name = name.data, .blobs = &result.evidence, .unasked = unasked};
	status = trust_put(store, &addition, error);
	if (status < 0)
		return status;
	*ret_result = result;
	result = (struct fetch_result){0};
	return 0;
}

char *trust_fetch_summary(const struct fetch_result *result)
{
	struct text summary = {0};
	const char *label = NULL;
	json_t *count = NULL;
	json_object_foreach(json_object_get(result->report, "statements"), label, count)
		text_append_format(&summary, "%s%" JSON_INTEGER_FORMAT " %s%s", summary.length ? ", " : "",
				   json_integer_value(count), label, json_integer_value(count) == 1 ? "" : "s");
	if (!summary.length)
		text_append(&summary, "nothing that is signed");
	return text_finish(&summary);
}

static int print_result(const struct arguments *arguments, const struct fetch_result *result)
{
	size_t index;
	json_t *sentence;
	int status = result->statements ? EXIT_CLEAN : EXIT_UNSIGNED;
	if (arguments->json) {
		json_t *report = result->report;
		if (json_object_set_new(report, "image", json_string(arguments->image)) < 0)
			return EXIT_UNABLE;
		return output_json(report) == EXIT_CLEAN ? status : EXIT_UNABLE;
	}
	json_array_foreach(json_object_get(result->report, "skipped"), index, sentence)
		fprintf(stderr, "hardenctl: left out: %s\n", json_string_value(sentence));
	if (arguments->quiet && result->statements)
		return status;
	cleanup_free char *summary = trust_fetch_summary(result);
	if (!summary)
		return EXIT_UNABLE;
	printf("%s: %s, %zu manifest%s: %s\n", arguments->image, result->digest, result->manifests,
	       result->manifests == 1 ? "" : "s", summary);
	return status;
}

static int run(const struct arguments *arguments, unsigned seconds)
{
	cleanup_error struct error *error = NULL;
	cleanup_reference struct reference reference = {0};
	cleanup_fetch_result struct fetch_result result = {0};
	if (reference_parse(arguments->image, &reference, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	const struct fetch_question question = {
		.reference = &reference,
		.platform = arguments->platform,
		.authorities = arguments->authorities,
		.plain_http = arguments->plain_http,
		.seconds = seconds,
		.progress = !arguments->quiet && isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	int status = trust_fetch_into(arguments->store, false, &question, &result, &error);
	end_progress(&question);
	if (status < 0) {
		error_prefix(&error, "%s", arguments->image);
		return output_failure(status == -ENOENT || status == -EACCES ? EXIT_DENIED : EXIT_UNABLE, error);
	}
	return print_result(arguments, &result);
}

int trust_fetch(int argc, char **argv)
{
	struct arguments arguments = {0};
	const struct trust_option options[] = {
		{"--platform", &arguments.platform, NULL}, {"--ca", &arguments.authorities, NULL},
		{"--timeout", &arguments.timeout, NULL},   {"--plain-http", NULL, &arguments.plain_http},
		{"--quiet", NULL, &arguments.quiet},       {"--json", NULL, &arguments.json},
	};
	int64_t seconds = SECONDS;
	if (trust_arguments("fetch", argc, argv, options, ARRAY_SIZE(options), &arguments.image, 1,
			    &arguments.store) < 0)
		return EXIT_UNABLE;
	if (arguments.timeout && (number_parse_duration(arguments.timeout, &seconds) < 0 || seconds < 1 ||
				  seconds > MOST_SECONDS))
		return output_usage_error("trust fetch", arguments.timeout);
	return run(&arguments, (unsigned)seconds);
}
