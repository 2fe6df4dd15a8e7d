#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/rules/compile.h"
#include "policy/rules/generation.h"
#include "shim/backend.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/policy_show.h"

static const char usage[] =
	"usage: hardenctl policy COMMAND\n"
	"  lint [FILE]     says what is wrong with a policy, and where it is looser than its profile\n"
	"  apply [FILE]    checks it, compiles it and makes it the one that is enforced\n"
	"  rollback        goes back to the policy that was enforced before\n"
	"  show            prints what is enforced, and for whom (--source: the file it was made from)\n"
	"FILE is " SYSCONFDIR "/policy.yaml where it is not given.\n";

struct arguments {
	const char *file;
	const char *state_directory;
	bool source;
};

static int report(const struct error *error)
{
	(void)fprintf(stderr, "hardenctl: %s\n", error_message(error));
	return 1;
}

static int report_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		(void)fprintf(stderr, "%s\n", problems->items[i].text);
	if (problems->out_of_memory)
		(void)fprintf(stderr, "hardenctl: out of memory\n");
	else
		(void)fprintf(stderr, "%zu error%s\n", problems->count, problems->count == 1 ? "" : "s");
	return 1;
}

static void print_warnings(const struct compiled *compiled)
{
	for (size_t i = 0; i < compiled->warnings.count; i++)
		(void)printf("%s\n", compiled->warnings.items[i].text);
	if (compiled->warnings.count >= PROBLEM_LIMIT)
		(void)printf("(more of these are not listed)\n");
}

static void print_summary(const struct compiled *compiled)
{
	const json_t *base = compiled->base;
	(void)printf("profile %s, mode %s, %zu scope%s, %zu exception%s\n",
		     json_string_value(json_object_get(base, "profile")), json_string_value(json_object_get(base, "mode")),
		     json_array_size(json_object_get(base, "scopes")),
		     json_array_size(json_object_get(base, "scopes")) == 1 ? "" : "s", compiled->exception_count,
		     compiled->exception_count == 1 ? "" : "s");
	policy_show_trust_summary(base, compiled->trust);
}

static int lint(const struct arguments *arguments)
{
	cleanup_problems struct problems problems = {0};
	const struct compile_options options = {.now = time(NULL)};
	struct compiled compiled = {0};
	compile_file(arguments->file, &options, &problems, &compiled);
	if (!problems_none(&problems))
		return report_problems(&problems);
	print_warnings(&compiled);
	(void)printf("%s: no errors; ", arguments->file);
	print_summary(&compiled);
	compiled_release(&compiled);
	return 0;
}

/* Looks the backend up now, so that a container's start only compares. */
static int pin_backend(json_t *base, struct error **error)
{
	json_t *backend = json_object_get(base, "backend"), *pin = NULL;
	const char *name = json_string_value(json_object_get(backend, "name"));
	const char *minimum = json_string_value(json_object_get(backend, "minimum"));
	if (!name)
		name = json_string_value(json_object_get(backend, "path"));
	int result = backend_pin(name, &pin, error);
	if (result < 0)
		return error_prefix(error, "backend %s", name);
	const char *version = json_string_value(json_object_get(pin, "version"));
	if (json_object_set_new(backend, "pin", pin) < 0)
		return error_out_of_memory(error);
	if (minimum && version && backend_compare_versions(version, minimum) < 0)
		return error_set(error, EPERM, "backend %s is version %s, and the policy's minimum is %s: update it, or lower "
				 "backend/minimum", name, version, minimum);
	return 0;
}

static void print_flaws(const json_t *pin)
{
	if (json_array_size(json_object_get(pin, "flaws")) == 0)
		return;
	(void)printf("backend %s %s:\n", json_string_value(json_object_get(pin, "name")),
		     json_string_value(json_object_get(pin, "version")));
	policy_show_flaws(pin);
}

static int apply_compiled(const struct arguments *arguments, const struct compiled *compiled, time_t now)
{
	cleanup_error struct error *error = NULL;
	uint64_t number = 0;
	const struct generation_content content = {
		.base = compiled->base,
		.exceptions = compiled->exceptions,
		.trust = compiled->trust,
		.source = compiled->source,
		.activated = now,
	};
	if (pin_backend(compiled->base, &error) < 0 ||
	    generation_apply(arguments->state_directory, &content, &number, &error) < 0)
		return report(error);
	print_warnings(compiled);
	(void)printf("generation %" PRIu64 " is active: ", number);
	print_summary(compiled);
	print_flaws(json_object_get(json_object_get(compiled->base, "backend"), "pin"));
	return 0;
}

static int apply(const struct arguments *arguments)
{
	cleanup_problems struct problems problems = {0};
	const struct compile_options options = {.now = time(NULL), .trusted = true};
	struct compiled compiled = {0};
	compile_file(arguments->file, &options, &problems, &compiled);
	if (!problems_none(&problems)) {
		(void)report_problems(&problems);
		(void)fprintf(stderr, "nothing was applied\n");
		return 1;
	}
	int status = apply_compiled(arguments, &compiled, options.now);
	compiled_release(&compiled);
	return status;
}

static int rollback(const struct arguments *arguments)
{
	cleanup_error struct error *error = NULL;
	uint64_t number = 0;
	if (generation_rollback(arguments->state_directory, &number, &error) < 0)
		return report(error);
	(void)printf("generation %" PRIu64 " is active again\n", number);
	return 0;
}

static int show(const struct arguments *arguments)
{
	cleanup_error struct error *error = NULL;
	if (policy_show(arguments->state_directory, arguments->source, time(NULL), &error) < 0)
		return report(error);
	return 0;
}

static const struct subcommand {
	const char *name;
	int (*run)(const struct arguments *arguments);
	bool takes_file, takes_source;
} subcommands[] = {
	{"lint", lint, true, false},
	{"apply", apply, true, false},
	{"rollback", rollback, false, false},
	{"show", show, false, true},
};

static int misused(const char *what)
{
	(void)fprintf(stderr, "hardenctl policy: %s\n%s", what, usage);
	return 2;
}

static int run(const struct subcommand *subcommand, int argc, char **argv)
{
	struct arguments arguments = {.state_directory = STATEDIR};
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return fputs(usage, stdout) < 0 ? 1 : 0;
		if (strcmp(argv[i], "--state-directory") == 0 && i + 1 < argc)
			arguments.state_directory = argv[++i];
		else if (strcmp(argv[i], "--source") == 0 && subcommand->takes_source)
			arguments.source = true;
		else if (argv[i][0] != '-' && subcommand->takes_file && !arguments.file)
			arguments.file = argv[i];
		else
			return misused("an argument that it does not take");
	}
	if (!arguments.file)
		arguments.file = SYSCONFDIR "/policy.yaml";
	int status = subcommand->run(&arguments);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)fprintf(stderr, "hardenctl: standard output cannot be written\n");
	return 1;
}

int command_policy(int argc, char **argv)
{
	if (argc < 2)
		return misused("no command");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		(void)fputs(usage, stdout);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
		if (strcmp(subcommands[i].name, argv[1]) == 0)
			return run(&subcommands[i], argc, argv);
	return misused("no such command");
}
