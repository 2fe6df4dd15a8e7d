/* The command line that an engine calls the runtime with, read once by one table
 * and written anew for the backend. Since the backend only ever sees what
 * command_line_for_backend() wrote, no spelling can mean one thing here and
 * another there; what the table does not know is refused.
 *
 * The grammar is runc's: `--x value`, `--x=value`, one dash or two, options also
 * behind the ID (not for exec), the last duplicate wins, `--` ends the options,
 * no clusters of short options, no abbreviations. */
#ifndef OCI_HARDEN_SHIM_COMMAND_LINE_H
#define OCI_HARDEN_SHIM_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/error.h"

/* Where an option may stand; a bit each. */
enum option_place {
	PLACE_GLOBAL = 1,
	PLACE_CREATE = 2,
	PLACE_RUN = 4,
	PLACE_EXEC = 8,
	PLACE_UPDATE = 16,
};

enum option_type {
	OPTION_TEXT = 0, /* takes a value; the last one wins */
	OPTION_FLAG,     /* takes one only as =true or =false */
	OPTION_LIST,     /* takes a value; every one counts */
};

enum backend_kind {
	BACKEND_RUNC = 1,
	BACKEND_CRUN = 2,
};

struct option {
	const char *name;
	char letter; /* its short form, or '\0' */
	enum option_type type;
	unsigned places;   /* enum option_place */
	unsigned backends; /* enum backend_kind: which of them know it */
	const char *refused; /* why an intercepted verb may not have it, and the way out; NULL: it may */
	const char *const *words; /* the values an intercepted verb may have; NULL: any; NULL-ended */
};

extern const struct option option_table[];
extern const size_t option_count;

struct given_option {
	const struct option *option;
	const char *value; /* borrowed from argv; "true" or "false" for flags */
	bool by_letter;
};

struct given_options {
	struct given_option *items;
	size_t count;
};

/* What was asked. Strings are borrowed from argv unless said otherwise. */
struct invocation {
	struct given_options globals;
	struct given_options options;
	const char *verb; /* NULL: none */
	char **rest;      /* argv behind the verb (pass-through) or behind the ID (exec's command) */
	size_t rest_count;

	const char *id;
	char *bundle; /* create and run: absolute, without symlinks; owned */

	const char *root; /* --root, NULL where not given */
	const char *log;  /* --log, NULL where not given */
	bool log_json;    /* --log-format json */
	bool version, help; /* the global flags */
};

/* Reads the global options and the verb. argv[0] is skipped. Also where it fails,
 * *invocation holds what was read so far (the log above all), so that the refusal
 * can be written to it; release it in any case. */
int command_line_parse_globals(char **argv, struct invocation *invocation, struct error **error);

/* Reads the options and the ID of an intercepted verb. `place` is its enum
 * option_place. The bundle is resolved against the working directory. */
int command_line_parse_verb(struct invocation *invocation, enum option_place place, struct error **error);

/* The value of the global or verb option `name`; NULL where it was not given or
 * given as an empty text, which runc takes for the same. */
const char *invocation_value(const struct invocation *invocation, const char *name);
bool invocation_flag(const struct invocation *invocation, const char *name);

void invocation_release(struct invocation *invocation);

/* 0 where `id` may name a container: letters, digits and _ + , - . as in runc, at
 * most 1024, neither "." nor "..", no leading "-". */
int command_line_check_id(const char *id, struct error **error);

/* The arguments for the backend, argv[0] first, NULL-ended, for `kind`. For an
 * intercepted verb they are canonical. `replace` is the name of an option whose
 * value is `replacement` instead (such as "process"), or NULL. The caller frees
 * the array with command_line_free(). */
int command_line_for_backend(const struct invocation *invocation, enum backend_kind kind,
			     const char *replace, const char *replacement, char ***ret_argv,
			     struct error **error);

/* The same for a verb that passes through: global options, the verb, and the rest
 * as it came. */
int command_line_pass_through(const struct invocation *invocation, const char *name, char ***ret_argv,
			      struct error **error);

void command_line_free(char **argv);

static inline void cleanup_arguments_function(char ***argv)
{
	command_line_free(*argv);
}
#define cleanup_arguments __attribute__((cleanup(cleanup_arguments_function)))

#endif
