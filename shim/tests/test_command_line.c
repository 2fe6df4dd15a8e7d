/* Every spelling of the command line that runc takes means here what it means to
 * runc, and the backend gets one spelling only; what is not known is refused. */
#include "policy/tests/support.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/command_line.h"

enum { MOST_WORDS = 16, LINE = 512 };

/* Splits at blanks; '' is an empty word. */
static void split(char *line, char *words[MOST_WORDS])
{
	static char empty[1];
	size_t count = 0;
	for (char *rest = NULL, *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(count + 1 < MOST_WORDS);
		words[count++] = strcmp(word, "''") == 0 ? empty : word;
	}
	words[count] = NULL;
}

static enum option_place place_of(const char *verb)
{
	static const struct {
		const char *verb;
		enum option_place place;
	} places[] = {{"create", PLACE_CREATE}, {"run", PLACE_RUN}, {"exec", PLACE_EXEC}, {"update", PLACE_UPDATE}};
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (text_equal(places[i].verb, verb))
			return places[i].place;
	fail_msg("no verb %s", verb ? verb : "(none)");
	return PLACE_GLOBAL;
}

static int parse(char *words[MOST_WORDS], struct invocation *invocation, struct error **error)
{
	int result = command_line_parse_globals(words, invocation, error);
	if (result == 0)
		result = command_line_parse_verb(invocation, place_of(invocation->verb), error);
	return result;
}

static char *join(char **words)
{
	struct text line = {0};
	for (; words && *words; words++)
		text_append_format(&line, "%s%s", line.length ? " " : "", *words);
	return text_finish(&line);
}

static const struct {
	const char *given, *canonical; /* the bundle is written in by the gate, as here */
} spellings[] = {
	{"x create --bundle /usr c1", "runc create --bundle=/usr c1"},
	{"x create --bundle=/usr c1", "runc create --bundle=/usr c1"},
	{"x create -bundle /usr c1", "runc create --bundle=/usr c1"},
	{"x create -bundle=/usr c1", "runc create --bundle=/usr c1"},
	{"x create -b /usr c1", "runc create --bundle=/usr c1"},
	{"x create --b /usr c1", "runc create --bundle=/usr c1"},
	{"x create -b=/usr c1", "runc create --bundle=/usr c1"},
	{"x create c1 --bundle /usr", "runc create --bundle=/usr c1"},
	{"x create c1 -b=/usr --pid-file /p", "runc create --pid-file=/p --bundle=/usr c1"},
	{"x -- create --bundle /usr -- c1", "runc create --bundle=/usr c1"},
	{"x create --bundle /tmp --bundle /usr c1", "runc create --bundle=/usr c1"},
	{"x create --bundle /usr/lib/.. c1", "runc create --bundle=/usr c1"},
	{"x create --bundle /usr --pid-file '' c1", "runc create --bundle=/usr c1"},
	{"x create --bundle /usr --pid-file --no-pivot c1", "runc create --pid-file=--no-pivot --bundle=/usr c1"},
	{"x --root /r --log=/l --log-format json --systemd-cgroup create -b /usr c1",
	 "runc --root=/r --log=/l --log-format=json --systemd-cgroup create --bundle=/usr c1"},
	{"x -root=/q --root /r create -b /usr c1", "runc --root=/r create --bundle=/usr c1"},
	{"x --debug=false --systemd-cgroup=true create -b /usr c1", "runc --systemd-cgroup create --bundle=/usr c1"},
	{"x create -b /usr --no-pivot=false c1", "runc create --bundle=/usr c1"},
	{"x run -d --keep -no-subreaper -b /usr c1", "runc run --detach --keep --no-subreaper --bundle=/usr c1"},
	{"x exec -t -e A=1 -e B=2 --cwd /x c1 ls -l --user 0", "runc exec --tty --env=A=1 --env=B=2 --cwd=/x c1 ls -l --user 0"},
	{"x exec --process /p --detach --pid-file /q c1", "runc exec --process=/p --detach --pid-file=/q c1"},
	{"x exec -- c1 -- sh", "runc exec c1 -- sh"},
	{"x update --resources - c1", "runc update --resources=- c1"},
	{"x update --resources=- c1", "runc update --resources=- c1"},
	{"x update c1 -r /f", "runc update --resources=/f c1"},
};

static void every_spelling_becomes_the_canonical_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		char line[LINE], *words[MOST_WORDS];
		(void)snprintf(line, sizeof(line), "%s", spellings[i].given);
		split(line, words);
		struct invocation invocation = {0};
		cleanup_error struct error *error = NULL;
		cleanup_arguments char **arguments = NULL;
		if (parse(words, &invocation, &error) < 0 ||
		    command_line_for_backend(&invocation, BACKEND_RUNC, invocation.bundle ? "bundle" : NULL,
					     invocation.bundle, &arguments, &error) < 0)
			fail_msg("%s: %s", spellings[i].given, error_message(error));
		cleanup_free char *canonical = join(arguments);
		assert_string_equal(canonical, spellings[i].canonical);
		invocation_release(&invocation);
	}
}

static const struct {
	const char *given, *said; /* a part of the message */
} refusals[] = {
	{"x create --bun /usr c1", "\"--bun\" of create"},
	{"x create -b/usr c1", "\"-b/usr\" of create"},
	{"x create ---bundle /usr c1", "\"---bundle\""},
	{"x create --bundle=/usr -b /usr c1", "as -b and as --bundle"},
	{"x create --config /f c1", "--config puts another file"},
	{"x create -f /f c1", "--config puts another file"},
	{"x create --no-pivot -b /usr c1", "--no-pivot leaves"},
	{"x create --no-pivot=1 -b /usr c1", "takes no value but"},
	{"x create --no-pivot=false --no-pivot -b /usr c1", "--no-pivot leaves"},
	{"x create -b /usr", "needs a container ID"},
	{"x create -b /usr c1 c2", "one container ID"},
	{"x create -b /usr -- c1 --no-pivot", "one container ID"},
	{"x create -b", "--bundle needs an argument"},
	{"x create -b /usr --process /p c1", "\"--process\" of create"},
	{"x create -b /usr a/b", "container ID"},
	{"x create -b /usr ..", "container ID"},
	{"x create -b /usr -- -c1", "container ID"},
	{"x create -b /nowhere/at/all c1", "the bundle"},
	{"x create -b /etc/passwd c1", "the bundle"},
	{"x --rootless true create -b /usr c1", "--rootless may only be"},
	{"x --cgroup-manager disabled create -b /usr c1", "--cgroup-manager may only be"},
	{"x --log-format xml create -b /usr c1", "--log-format may only be"},
	{"x --roo /r create -b /usr c1", "\"--roo\" of the command line"},
	{"x -td exec c1 ls", "\"-td\""},
	{"x exec -td c1 ls", "\"-td\" of exec"},
	{"x update --memory", "--memory needs an argument"},
};

static void what_is_not_known_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		char line[LINE], *words[MOST_WORDS];
		(void)snprintf(line, sizeof(line), "%s", refusals[i].given);
		split(line, words);
		struct invocation invocation = {0};
		cleanup_error struct error *error = NULL;
		assert_true(parse(words, &invocation, &error) < 0);
		if (!strstr(error_message(error), refusals[i].said))
			fail_msg("%s: \"%s\" does not say \"%s\"", refusals[i].given, error_message(error), refusals[i].said);
		invocation_release(&invocation);
	}
}

static void crun_gets_no_option_that_it_does_not_know(void **state)
{
	(void)state;
	char line[] = "x exec -g 5 c1 ls", *words[MOST_WORDS];
	split(line, words);
	struct invocation invocation = {0};
	cleanup_error struct error *error = NULL;
	cleanup_arguments char **arguments = NULL;
	assert_int_equal(parse(words, &invocation, &error), 0);
	assert_true(command_line_for_backend(&invocation, BACKEND_CRUN, NULL, NULL, &arguments, &error) < 0);
	assert_non_null(strstr(error_message(error), "crun has no option --additional-gids"));
	invocation_release(&invocation);
}

static void a_replaced_option_stands_there_once(void **state)
{
	(void)state;
	char line[] = "x --root /r exec -p /tmp/p -d c1", *words[MOST_WORDS];
	split(line, words);
	struct invocation invocation = {0};
	cleanup_arguments char **arguments = NULL;
	assert_int_equal(parse(words, &invocation, NULL), 0);
	assert_int_equal(command_line_for_backend(&invocation, BACKEND_CRUN, "process", "/proc/self/fd/7", &arguments, NULL), 0);
	cleanup_free char *canonical = join(arguments);
	assert_string_equal(canonical, "crun --root=/r exec --detach --process=/proc/self/fd/7 c1");
	invocation_release(&invocation);
}

static const struct {
	const char *given, *passed;
} passes[] = {
	{"x state c1", "runc state c1"},
	{"x --root=/r --log /l kill --all c1 9", "runc --root=/r --log=/l kill --all c1 9"},
	{"x --version", "runc --version"},
	{"x -v create --bundle /b c1", "runc --version"},
	{"x --help create", "runc --help"},
	{"x --version=false state c1", "runc state c1"},
	{"x", "runc"},
	{"x -- state c1", "runc state c1"},
	{"x ps --format json c1 -- -ef", "runc ps --format json c1 -- -ef"},
};

static void the_verb_of_a_passed_command_cannot_be_mistaken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(passes); i++) {
		char line[LINE], *words[MOST_WORDS];
		(void)snprintf(line, sizeof(line), "%s", passes[i].given);
		split(line, words);
		struct invocation invocation = {0};
		cleanup_arguments char **arguments = NULL;
		assert_int_equal(command_line_parse_globals(words, &invocation, NULL), 0);
		assert_int_equal(command_line_pass_through(&invocation, "runc", &arguments, NULL), 0);
		cleanup_free char *passed = join(arguments);
		assert_string_equal(passed, passes[i].passed);
		invocation_release(&invocation);
	}
}

static void the_log_is_known_where_the_rest_cannot_be_read(void **state)
{
	(void)state;
	char line[] = "x --log /l --log-format=json --frob create", *words[MOST_WORDS];
	split(line, words);
	struct invocation invocation = {0};
	assert_true(command_line_parse_globals(words, &invocation, NULL) < 0);
	assert_string_equal(invocation.log, "/l");
	assert_true(invocation.log_json);
	invocation_release(&invocation);
}

static void an_id_has_a_limit(void **state)
{
	(void)state;
	char id[1026];
	memset(id, 'a', sizeof(id));
	id[1024] = '\0';
	assert_int_equal(command_line_check_id(id, NULL), 0);
	id[1024] = 'a';
	id[1025] = '\0';
	assert_true(command_line_check_id(id, NULL) < 0);
	assert_true(command_line_check_id("", NULL) < 0);
	assert_int_equal(command_line_check_id("a.b_c+d,e-f", NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_becomes_the_canonical_one),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(crun_gets_no_option_that_it_does_not_know),
		cmocka_unit_test(a_replaced_option_stands_there_once),
		cmocka_unit_test(the_verb_of_a_passed_command_cannot_be_mistaken),
		cmocka_unit_test(the_log_is_known_where_the_rest_cannot_be_read),
		cmocka_unit_test(an_id_has_a_limit),
	};
	return cmocka_run_group_tests_name("command_line", tests, NULL, NULL);
}
