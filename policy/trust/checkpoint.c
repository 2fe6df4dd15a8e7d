#include "policy/trust/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/trust/base64.h"

/* Each line of a signature begins with a dash, which is U+2014, and a space. */
#define SIGNATURE "\xe2\x80\x94 "

/* A line without its newline; borrowed. */
struct line {
	const char *text;
	size_t length;
};

/* The line at *at, which goes on behind its newline; false where there is none that ends. */
static bool next_line(const char **at, struct line *ret_line)
{
	const char *newline = strchr(*at, '\n');
	if (!newline)
		return false;
	*ret_line = (struct line){*at, (size_t)(newline - *at)};
	*at = newline + 1;
	return true;
}

/* Digits as the number is written and no others. */
static bool read_size(const struct line *line, int64_t *ret_size)
{
	char text[24] = "", again[24] = "";
	if (line->length >= sizeof(text))
		return false;
	memcpy(text, line->text, line->length);
	if (number_parse_int64(text, ret_size) < 0 || *ret_size < 0)
		return false;
	(void)snprintf(again, sizeof(again), "%" PRId64, *ret_size);
	return strcmp(text, again) == 0;
}

static int read_root(const struct line *line, uint8_t root[SHA256_SIZE], struct error **error)
{
	cleanup_free uint8_t *data = NULL;
	size_t size = 0;
	int result = base64_decode(line->text, line->length, BASE64_STANDARD, "the root hash of the log's checkpoint",
				   &data, &size, error);
	if (result < 0)
		return result;
	if (size != SHA256_SIZE)
		return error_set(error, EPERM, "the root hash of the log's checkpoint is not SHA-256");
	memcpy(root, data, size);
	return 0;
}

/* "dash name base64": the name without the dash; *ret_encoded what comes behind it. */
static bool split_signature(const struct line *line, struct line *ret_name, struct line *ret_encoded)
{
	size_t dash = strlen(SIGNATURE);
	if (line->length <= dash || strncmp(line->text, SIGNATURE, dash) != 0)
		return false;
	const char *name = line->text + dash, *end = line->text + line->length;
	const char *space = memchr(name, ' ', (size_t)(end - name));
	if (!space || space == name)
		return false;
	*ret_name = (struct line){name, (size_t)(space - name)};
	*ret_encoded = (struct line){space + 1, (size_t)(end - space) - 1};
	return true;
}

/* The origin is the name alone, or, as Rekor writes it, the name and the tree's number. */
static bool names_origin(const struct line *name, const struct line *origin)
{
	return name->length <= origin->length && memcmp(name->text, origin->text, name->length) == 0 &&
	       (name->length == origin->length || origin->text[name->length] == ' ');
}

/* 1: signed by the key; 0: by somebody else. */
static int check_signature(const struct line *line, const struct line *origin, const struct bytes *text,
			   const struct log_key *key, struct error **error)
{
	struct line name, encoded;
	if (!split_signature(line, &name, &encoded))
		return error_set(error, EPERM, "the log's checkpoint has a line among its signatures that is none");
	cleanup_free uint8_t *data = NULL;
	size_t size = 0;
	int result = base64_decode(encoded.text, encoded.length, BASE64_STANDARD, "a signature on the log's checkpoint",
				   &data, &size, error);
	if (result < 0)
		return result;
	if (size <= sizeof(key->hint) || memcmp(data, key->hint, sizeof(key->hint)) != 0 || !names_origin(&name, origin))
		return 0;
	struct bytes signature = {data + sizeof(key->hint), size - sizeof(key->hint)};
	result = log_key_verify(key, text, &signature, "the log's checkpoint", error);
	return result < 0 ? result : 1;
}

static int check_signatures(const char *at, const struct line *origin, const struct bytes *text,
			    const struct log_key *key, struct error **error)
{
	size_t count = 0;
	int found = 0;
	while (*at != '\0') {
		struct line line;
		if (!next_line(&at, &line) || ++count > CHECKPOINT_SIGNATURES)
			return error_set(error, EPERM, "the log's checkpoint does not end with a newline, or has more than %u "
					 "signatures", CHECKPOINT_SIGNATURES);
		int result = check_signature(&line, origin, text, key, error);
		if (result < 0)
			return result;
		found |= result;
	}
	return found ? 0 : error_set(error, EPERM, "the log's checkpoint has no signature with the name and the key of "
				     "the log that the trusted root pins");
}

int checkpoint_check(const char *note, const struct log_key *key, struct checkpoint *ret_checkpoint,
		     struct error **error)
{
	struct checkpoint checkpoint = {0};
	struct line origin, size, root;
	const char *at = note, *blank = strstr(note, "\n\n");
	if (!blank || strlen(note) > CHECKPOINT_SIZE)
		return error_set(error, EPERM, "the log's checkpoint is no signed note");
	/* the text is what is signed, with the newline at its end */
	struct bytes text = {(const uint8_t *)note, (size_t)(blank - note) + 1};
	if (!text_is_utf8(note, strlen(note)) || !next_line(&at, &origin) || !next_line(&at, &size) ||
	    !next_line(&at, &root) || origin.length == 0 || at > blank + 1 || !read_size(&size, &checkpoint.tree_size))
		return error_set(error, EPERM, "the log's checkpoint does not begin with an origin, the size of the tree and "
				 "its root");
	int result = read_root(&root, checkpoint.root, error);
	if (result == 0)
		result = check_signatures(blank + 2, &origin, &text, key, error);
	if (result == 0)
		*ret_checkpoint = checkpoint;
	return result;
}
