/* Every spelling of the command line means here what it means to the backend, and the
 * backend gets one spelling only; what is not known is refused. That these rows are
 * what runc and crun do, integration/grammar/ asks them. */
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
	} places[] = {{"create", PLACE_CREATE}, {"run", PLACE_RUN}, {"exec", PLACE_EXEC}, {"update", PLACE_UPDATE},
		      {"checkpoint", PLACE_CHECKPOINT}, {"restore", PLACE_RESTORE}};
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (text_equal(places[i].verb, verb))
			return places[i].place;
	fail_msg("no verb %s", verb ? verb : "(none)");
	return PLACE_GLOBAL;
}

static int parse(char *words[MOST_WORDS], enum backend_kind kind, struct invocation *invocation,
		 struct error **error)
{
	int result = command_line_parse_globals(words, invocation, error);
	invocation->kind = kind;
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
	{"x update c1 -r -", "runc update --resources=- c1"},
	{"x create -b /usr c1 --", "runc create --bundle=/usr c1"},
	{"x create c1 -b /usr --pid-file -- --", "runc create --pid-file=-- --bundle=/usr c1"},
	{"x restore -no-subreaper --bundle /usr --image-path /i c1", "runc restore --no-subreaper --image-path=/i --bundle=/usr c1"},
	{"x checkpoint --image-path /i --leave-running c1", "runc checkpoint --image-path=/i --leave-running c1"},
};

static const struct row {
	const char *given, *canonical;
} spellings_of_crun[] = {
	{"x create --bundle /usr c1", "crun create --bundle=/usr c1"},
	{"x create --bun=/usr c1", "crun create --bundle=/usr c1"},
	{"x create --bun /usr -- c1", "crun create --bundle=/usr c1"},
	{"x create -b/usr c1", "crun create --bundle=/usr c1"},
	{"x create -b /usr c1", "crun create --bundle=/usr c1"},
	{"x create -b /tmp --bundle /usr c1", "crun create --bundle=/usr c1"},
	{"x run -db/usr c1", "crun run --detach --bundle=/usr c1"},
	{"x run --no-s --pi /p -b/usr c1", "crun run --no-subreaper --pid-file=/p --bundle=/usr c1"},
	{"x --sys --root=/r create -b/usr c1", "crun --systemd-cgroup --root=/r create --bundle=/usr c1"},
	{"x --log-level debug create -b/usr c1", "crun --log-level=debug create --bundle=/usr c1"},
	{"x exec -du5 -eA=1 --env B=2 c1 ls -l --user 0", "crun exec --detach --user=5 --env=A=1 --env=B=2 c1 ls -l --user 0"},
	{"x exec --tty=false c1 ls", "crun exec c1 ls"},
	{"x exec -tno c1 ls", "crun exec c1 ls"},
	{"x exec -t=false c1 ls", "crun exec --tty c1 ls"},
	{"x exec --use 5 -- c1 -- sh", "crun exec --user=5 c1 -- sh"},
	{"x exec -p/f -d c1", "crun exec --process=/f --detach c1"},
	{"x update -r- c1", "crun update --resources=- c1"},
	{"x restore -db/usr --image-path /i c1", "crun restore --detach --image-path=/i --bundle=/usr c1"},
};

static void check_spelling(const char *given, const char *expected, enum backend_kind kind)
{
	char line[LINE], *words[MOST_WORDS];
	(void)snprintf(line, sizeof(line), "%s", given);
	split(line, words);
	struct invocation invocation = {0};
	cleanup_error struct error *error = NULL;
	cleanup_arguments char **arguments = NULL;
	if (parse(words, kind, &invocation, &error) < 0 ||
	    command_line_for_backend(&invocation, kind, invocation.bundle ? "bundle" : NULL, invocation.bundle,
				     &arguments, &error) < 0)
		fail_msg("%s: %s", given, error_message(error));
	cleanup_free char *canonical = join(arguments);
	assert_string_equal(canonical, expected);
	invocation_release(&invocation);
}

static void every_spelling_becomes_the_canonical_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++)
		check_spelling(spellings[i].given, spellings[i].canonical, BACKEND_RUNC);
	for (size_t i = 0; i < ARRAY_SIZE(spellings_of_crun); i++)
		check_spelling(spellings_of_crun[i].given, spellings_of_crun[i].canonical, BACKEND_CRUN);
}

static const struct {
	const char *given, *said; /* a part of the message */
} refusals[] = {
	{"x create --bun /usr c1", "\"--bun\" of create"},
	{"x create -b/usr c1", "\"-b/usr\" of create"},
	{"x create ---bundle /usr c1", "\"---bundle\""},
	{"x create --bundle=/usr -b /usr c1", "as -b and as --bundle"},
	{"x create --config /f c1", "\"--config\" of create"},
	{"x create --no-pivot=1 -b /usr c1", "takes no value but"},
	{"x create --no-pivot c1 --bundle /usr", "one container ID"},
	{"x create --no-subreaper -b /usr c1", "\"--no-subreaper\" of create"},
	{"x create --preserve-fds 010 -b /usr c1", "leading zeros"},
	{"x create --preserve-fds 0x2 -b /usr c1", "decimal number"},
	{"x update --pids-limit 0777 c1", "leading zeros"},
	{"x --log-level debug create -b /usr c1", "as runc, which"},
	{"x checkpoint --page-server h:1 c1", "--page-server sends"},
	{"x create -b /usr", "needs a container ID"},
	{"x create -b /usr c1 c2", "one container ID"},
	{"x create -b /usr -- c1 --no-pivot", "one container ID"},
	{"x create -b", "--bundle needs an argument"},
	{"x --root= create -b /usr c1", "--root is empty"},
	{"x create -b /usr --process /p c1", "\"--process\" of create"},
	{"x create -b /usr a/b", "container ID"},
	{"x create -b /usr ..", "container ID"},
	{"x create -b /usr -- -c1", "container ID"},
	{"x create -b /nowhere/at/all c1", "the bundle"},
	{"x create -b /etc/passwd c1", "the bundle"},
	{"x --rootless true create -b /usr c1", "--rootless may only be"},
	{"x --log-format xml create -b /usr c1", "--log-format may only be"},
	{"x --roo /r create -b /usr c1", "\"--roo\" of the command line"},
	{"x -td exec c1 ls", "\"-td\""},
	{"x exec -td c1 ls", "\"-td\" of exec"},
	{"x update --memory", "--memory needs an argument"},
};

static const struct {
	const char *given, *said;
} refusals_of_crun[] = {
	{"x create c1 --bundle /usr", "one container ID"},
	{"x create -bundle=/usr c1", "the bundle"},
	{"x create --b /usr --p 1 c1", "write it in full"},
	{"x create --no-pivot=true -b/usr c1", "takes no value"},
	{"x create -b/usr --no-n= c1", "takes no value"},
	{"x create -f /f c1", "--config puts another file"},
	{"x create --program-name=x -b/usr c1", "--program-name is for debugging"},
	{"x create --HANG -b/usr c1", "--HANG is for debugging"},
	{"x create -b", "--bundle needs an argument"},
	{"x create -b/usr --pid-file= c1", "--pid-file is empty"},
	{"x update --memory 1 --mem 2 c1", "write it in full"},
	{"x update --cpu-q 1 --cpu-quota 2 c1", "stands there twice"},
	{"x --cgroup-manager disabled create -b /usr c1", "--cgroup-manager may only be"},
	{"x -root /r create -b/usr c1", "as crun, which"},
	{"x --criu /c create -b/usr c1", "as crun, which"},
	{"x --debug=true create -b/usr c1", "as crun, which"},
	{"x exec -dp", "--process needs an argument"},
	{"x exec -dx c1 ls", "\"-dx\" of exec"},
	{"x exec -g 5 c1 ls", "\"-g\" of exec"},
	{"x exec - ls", "container ID"},
};

static void check_refusal(const char *given, const char *said, enum backend_kind kind)
{
	char line[LINE], *words[MOST_WORDS];
	(void)snprintf(line, sizeof(line), "%s", given);
	split(line, words);
	struct invocation invocation = {0};
	cleanup_error struct error *error = NULL;
	if (parse(words, kind, &invocation, &error) == 0)
		fail_msg("%s: not refused", given);
	if (!strstr(error_message(error), said))
		fail_msg("%s: \"%s\" does not say \"%s\"", given, error_message(error), said);
	invocation_release(&invocation);
}

static void what_is_not_known_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		check_refusal(refusals[i].given, refusals[i].said, BACKEND_RUNC);
	for (size_t i = 0; i < ARRAY_SIZE(refusals_of_crun); i++)
		check_refusal(refusals_of_crun[i].given, refusals_of_crun[i].said, BACKEND_CRUN);
}

static void crun_gets_no_option_that_it_does_not_know(void **state)
{
	(void)state;
	char line[] = "x exec -g 5 c1 ls", *words[MOST_WORDS];
	split(line, words);
	struct invocation invocation = {0};
	cleanup_error struct error *error = NULL;
	cleanup_arguments char **arguments = NULL;
	assert_int_equal(parse(words, BACKEND_RUNC, &invocation, &error), 0);
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
	assert_int_equal(parse(words, BACKEND_CRUN, &invocation, NULL), 0);
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
	{"x --root /r --sys state c1", "runc --root=/r --systemd-cgroup state c1"},
	{"x -V state", "runc --version"},
	{"x -? state", "runc --help"},
	{"x --usage", "runc --help"},
	{"x -version create -b /b c1", "runc --version"},
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
		cleanup_error struct error *error = NULL;
		if (command_line_parse_globals(words, &invocation, &error) < 0)
			fail_msg("%s: %s", passes[i].given, error_message(error));
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

static void a_log_that_is_no_file_is_none(void **state)
{
	(void)state;
	static const struct {
		const char *given, *file;
	} logs[] = {{"x --log journald:c1 state", NULL}, {"x --log syslog:c1 state", NULL},
		    {"x --log file:/l state", "/l"}, {"x --log /l state", "/l"}};
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		char line[LINE], *words[MOST_WORDS];
		(void)snprintf(line, sizeof(line), "%s", logs[i].given);
		split(line, words);
		struct invocation invocation = {0};
		assert_int_equal(command_line_parse_globals(words, &invocation, NULL), 0);
		assert_true(text_equal(invocation.log, logs[i].file) || (!invocation.log && !logs[i].file));
		invocation_release(&invocation);
	}
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
		cmocka_unit_test(a_log_that_is_no_file_is_none),
		cmocka_unit_test(an_id_has_a_limit),
	};
	return cmocka_run_group_tests_name("command_line", tests, NULL, NULL);
}
