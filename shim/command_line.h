/* The command line that an engine calls the runtime with, read once by one table
 * and written anew for the backend. Since the backend only ever sees what
 * command_line_for_backend() wrote, no spelling can mean one thing here and
 * another there; what the table does not know is refused.
 *
 * The engine writes for the backend that it believes to call, and runc and crun read
 * some words differently: `-bundle=/x` is the bundle /x to runc and "undle=/x" to
 * crun. The policy names one backend for the whole host, so it is known before a
 * verb's words are read, and they are read by its grammar alone (grammar.h). Only
 * the words before the verb are read without knowing: by both grammars, and refused
 * where both accept them as different things. */
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
	PLACE_CHECKPOINT = 32,
	PLACE_RESTORE = 64,
};

enum option_type {
	OPTION_TEXT = 0, /* takes a value; the last one wins */
	OPTION_FLAG,     /* takes none, or =true or =false */
	OPTION_LIST,     /* takes a value; every one counts */
};

enum backend_kind {
	BACKEND_RUNC = 1,
	BACKEND_CRUN = 2,
};

/* Where the backends differ about an option, each has a row of its own. */
struct option {
	const char *name;
	char letter; /* its short form, or '\0' */
	enum option_type type;
	unsigned places;   /* enum option_place */
	unsigned backends; /* enum backend_kind: which of them know it */
	bool optional_value; /* a flag that crun lets have a value */
	bool number; /* the value is a plain decimal number: runc takes 010 for 8, crun for 10 */
	const char *refused; /* why an intercepted verb may not have it, and the way out; NULL: it may */
	const char *const *words; /* the values an intercepted verb may have; NULL: any; NULL-ended */
};

extern const struct option option_table[];
extern const size_t option_count;

struct given_option {
	const struct option *option;
	const char *value; /* borrowed from argv; "true" or "false" for flags */
	bool by_letter;    /* runc's grammar only */
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

	unsigned readings; /* enum backend_kind: whose grammar the words before the verb are */
	/* Whose grammar holds for the verb's words: set between the two parsers, once the
	 * backend is known. Not set: runc's, which knows fewer spellings. */
	enum backend_kind kind;

	const char *id;
	char *bundle; /* create, run and restore: absolute, without symlinks; owned */

	const char *root; /* --root, NULL where not given */
	const char *log;  /* the file of --log, NULL where not given */
	bool log_json;    /* --log-format json */
	bool version, help; /* the global flags */
};

/* Reads the global options and the verb. argv[0] is skipped. Also where it fails,
 * *invocation holds what was read so far (the log above all), so that the refusal
 * can be written to it; release it in any case. */
int command_line_parse_globals(char **argv, struct invocation *invocation, struct error **error);

/* Reads the options and the ID of an intercepted verb by the grammar of
 * invocation->kind. `place` is its enum option_place. The bundle is resolved against
 * the working directory. May put the words of invocation->rest into another order. */
int command_line_parse_verb(struct invocation *invocation, enum option_place place, struct error **error);

/* The value of the global or verb option `name`; NULL where it was not given or
 * given as an empty text, which runc takes for the same. */
const char *invocation_value(const struct invocation *invocation, const char *name);
bool invocation_flag(const struct invocation *invocation, const char *name);

void invocation_release(struct invocation *invocation);

/* -EINVAL where the words before the verb are not how `kind` spells them. */
int command_line_check_reading(const struct invocation *invocation, enum backend_kind kind, struct error **error);

/* True for `restore --lsm-mount-context` without a value: Podman and CRI-O ask so
 * whether restore has that option, and look for the backend's own complaint. */
bool command_line_asks_for_option(const struct invocation *invocation);

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
