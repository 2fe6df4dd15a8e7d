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

enum {
	SECONDS = 300,
	MOST_SECONDS = 3600,
	EXIT_UNSIGNED = 1,
	EXIT_DENIED = 2, /* the registry has no such image, or does not let us */
};

static const char usage[] =
	"Usage: hardenctl trust fetch [OPTION…] IMAGE\n\n"
	"Fetches what a registry has about an image but its layers into the local store: its index,\n"
	"manifests and configurations, and all signatures and attestations.\n\n"
	"  --platform OS/ARCHITECTURE[/VARIANT]  of an index, this platform alone\n"
	"  --ca FILE         certificates of a private authority, in PEM\n"
	"  --plain-http      the registry has no TLS (without this option on loopback alone)\n"
	"  --timeout TIME    for all of it, as in 90s or 10m; 5m\n"
	"  --store DIR       another store than " TRUST_STORE "\n"
	"  --quiet           no word where all went well\n"
	"  --json            the result as JSON\n\n"
	"Exit status: 0 fetched, 1 fetched and nothing is signed, 2 the registry has no such image or\n"
	"does not let us read it, 3 the registry cannot be reached or gave what cannot be taken.";

struct arguments {
	const char *image, *platform, *authorities, *store, *timeout;
	bool plain_http, quiet, json, help;
};

struct option {
	const char *name;
	size_t offset;
	bool has_value;
};

static const struct option options[] = {
	{"--platform", offsetof(struct arguments, platform), true},
	{"--ca", offsetof(struct arguments, authorities), true},
	{"--store", offsetof(struct arguments, store), true},
	{"--timeout", offsetof(struct arguments, timeout), true},
	{"--plain-http", offsetof(struct arguments, plain_http), false},
	{"--quiet", offsetof(struct arguments, quiet), false},
	{"--json", offsetof(struct arguments, json), false},
	{"--help", offsetof(struct arguments, help), false},
};

static const struct option *find_option(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcmp(options[i].name, word) == 0)
			return &options[i];
	return NULL;
}

/* The argument that cannot be used, or NULL. */
static const char *read_arguments(int argc, char **argv, struct arguments *arguments)
{
	for (int i = 1; i < argc; i++) {
		const struct option *option = find_option(argv[i]);
		char *place = option ? (char *)arguments + option->offset : NULL;
		if (!option && (argv[i][0] == '-' || arguments->image))
			return argv[i];
		if (!option)
			arguments->image = argv[i];
		else if (!option->has_value)
			*(bool *)place = true;
		else if (i + 1 < argc && *argv[i + 1])
			*(const char **)(void *)place = argv[++i];
		else
			return argv[i];
	}
	return NULL;
}

static void show_progress(const char *what)
{
	fprintf(stderr, "\r\033[K%.78s", what);
}

static void end_progress(const struct fetch_question *question)
{
	if (question->progress)
		fputs("\r\033[K", stderr);
}

int trust_fetch_into(const char *store, const struct fetch_question *question, struct fetch_result *ret_result,
		     struct error **error)
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
	status = trust_store_add(store, result.digest, name.data, &result.evidence, error);
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
	int status = trust_fetch_into(arguments->store ? arguments->store : TRUST_STORE, &question, &result, &error);
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
	int64_t seconds = SECONDS;
	const char *wrong = read_arguments(argc, argv, &arguments);
	if (arguments.help) {
		puts(usage);
		return EXIT_CLEAN;
	}
	if (wrong || !arguments.image)
		return output_usage_error("trust fetch", wrong);
	if (arguments.timeout && (number_parse_duration(arguments.timeout, &seconds) < 0 || seconds < 1 ||
				  seconds > MOST_SECONDS))
		return output_usage_error("trust fetch", arguments.timeout);
	return run(&arguments, (unsigned)seconds);
}
