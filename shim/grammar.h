/* How a backend reads the front of a command line. Each grammar is written after
 * what the program really does, so that a spelling means here what it means there;
 * integration/grammar/ holds both against the real programs. */
#ifndef OCI_HARDEN_SHIM_GRAMMAR_H
#define OCI_HARDEN_SHIM_GRAMMAR_H

#include "shim/command_line.h"

/* Reads the options of `place` from the NULL-ended `words`, which may be put into
 * another order, and points *ret_rest at what follows them: the verb, or the ID and
 * what stands behind it. Where it fails, *options holds what was read before.
 * `verb` is for messages. */
typedef int read_options(char **words, unsigned place, const char *verb, struct given_options *options,
			 char ***ret_rest, struct error **error);

/* Go's flag package under urfave/cli: `--x value`, `--x=value`, one dash or two,
 * options also behind the ID (not for exec), the last duplicate wins, `--` ends the
 * options, no clusters of short options, no abbreviations. */
read_options grammar_read_runc;

/* The C library's argp: options before the ID only, two dashes and one letter are
 * different things, clusters (-td), values that stick to the letter (-b/dir), names
 * cut short where they stay unique (--bun), `--` ends the options. */
read_options grammar_read_crun;

/* For the two readers. */
const struct option *grammar_find_name(const char *name, size_t length, unsigned place, enum backend_kind kind);
const struct option *grammar_find_letter(char letter, unsigned place, enum backend_kind kind);
int grammar_add(struct given_options *options, struct given_option option, struct error **error);

/* -EINVAL: `argument`, of which the first `length` bytes are shown, is unknown. */
int grammar_unknown(const char *argument, size_t length, const char *verb, struct error **error);

/* "-x" or more: "-" alone is a word. */
static inline bool grammar_is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

#endif
