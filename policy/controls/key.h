/* A control's settings, described once: lint, merging of scopes, explain and
 * oci-harden-policy(5) all come from these rows.
 *
 * In a checked policy the settings of one control are a JSON object that has
 * every key of its table plus "action", with these values:
 *   KEY_FLAG     true or false
 *   KEY_INTEGER  integer, or null for "not set"
 *   KEY_SIZE     integer, bytes, or null ("512MiB" in YAML)
 *   KEY_CPUS     integer, thousandths of a processor, or null ("1.5" in YAML)
 *   KEY_WORD     string, one of `words`
 *   KEY_TEXT     string, or null
 *   KEY_LIST     array of strings
 *   KEY_RECORDS  array of objects, each with every key of `fields`
 * A key "memory.max" is written `memory: {max: …}` in YAML and is flat here. */
#ifndef OCI_HARDEN_CONTROLS_KEY_H
#define OCI_HARDEN_CONTROLS_KEY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/error.h"

enum key_type {
	KEY_END = 0, /* ends a table */
	KEY_FLAG,
	KEY_INTEGER,
	KEY_SIZE,
	KEY_CPUS,
	KEY_WORD,
	KEY_TEXT,
	KEY_LIST,
	KEY_RECORDS,
};

/* Which of two values is the tighter one, so that of two scopes that match the
 * tighter holds and lint can say where a file is looser than its profile. A null
 * number is the loosest value of either numeric order. */
enum key_order {
	ORDER_NONE = 0, /* neither; of two, the smaller canonical text */
	ORDER_LOWER,    /* the smaller number */
	ORDER_HIGHER,   /* the larger number */
	ORDER_TRUE,
	ORDER_FALSE,
	ORDER_WORDS, /* the word that stands earlier in `words` */
	ORDER_FEWER, /* lists that allow: the intersection */
	ORDER_MORE,  /* lists that hide or forbid: the union */
};

struct policy_key {
	const char *name;
	enum key_type type;
	enum key_order order;
	const char *fallback; /* `restricted`'s value as JSON text ("true", "256", "[\"/tmp\"]");
			       * NULL: [] for lists and records, null for the rest (not for flags and words) */
	const char *help;     /* one sentence, no final stop */
	const char *const *words;        /* KEY_WORD; of KEY_LIST where only these may stand; NULL-ended */
	/* KEY_RECORDS; ended by KEY_END. A field that has no fallback, lists aside, has to
	 * be written in every record. */
	const struct policy_key *fields;
	/* Optional: what the type does not say. `value` is one scalar, one element of a
	 * list, or one record. The error says what was expected. */
	int (*check)(const json_t *value, struct error **error);
	/* KEY_TEXT that names a file, which becomes a part of the policy: what stands in a
	 * checked policy in the path's place, the path itself and a newline before the
	 * content. The caller frees *ret_value. */
	int (*load)(const char *path, char **ret_value, struct error **error);
	const char *prefix; /* KEY_LIST: may stand before an element in a file and is taken off ("CAP_") */
};

/* What holds where no policy file says otherwise. New references; NULL without
 * memory (or, abort(), where the table's own text is not of the key's type). */
json_t *key_fallback(const struct policy_key *key);
json_t *settings_fallback(const char *action, const struct policy_key *keys);

/* True where `value` is of the key's type (and one of its words). Does not call
 * `check`. */
bool key_value_fits(const struct policy_key *key, const json_t *value);

/* What people are shown of a value: of a file that was taken in its path alone. A new
 * reference; NULL without memory. */
json_t *setting_shown(const json_t *value);

/* Readers for controls. A key that is not in `settings` is a mistake in this
 * program: they abort(), so that nothing runs on a guess. */
bool setting_flag(const json_t *settings, const char *key);
bool setting_number(const json_t *settings, const char *key, int64_t *ret); /* false: not set */
const char *setting_text(const json_t *settings, const char *key);          /* NULL: not set */
bool setting_word_is(const json_t *settings, const char *key, const char *word);
const json_t *setting_list(const json_t *settings, const char *key); /* array, never NULL */
bool setting_list_has(const json_t *settings, const char *key, const char *text);

#endif
