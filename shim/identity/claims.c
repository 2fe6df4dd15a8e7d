#include "shim/identity/claims.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"

#define FILE_SIZE ((size_t)64 << 20)
#define SEPARATOR "\":\""

/* Of the member whose value begins at `value`: the digest at the end of its key, where it has
 * one. The file has a line for each name of each image, so that parsing all of it would take
 * longer than everything else. */
static int take_key(const char *file, const char *value, struct text *digests)
{
	char digest[DIGEST_LENGTH + 1];
	size_t before = (size_t)(value - file);
	if (before > 0 && value[-1] != '"')
		return 0; /* a name that ends like it: "a/sha256" with 64 hex digits as its tag */
	if (before < strlen(SEPARATOR) || strncmp(value - strlen(SEPARATOR), SEPARATOR, strlen(SEPARATOR)) != 0)
		return -EINVAL;
	if (before < strlen(SEPARATOR) + DIGEST_LENGTH)
		return 0;
	memcpy(digest, value - strlen(SEPARATOR) - DIGEST_LENGTH, DIGEST_LENGTH);
	digest[DIGEST_LENGTH] = '\0';
	if (digest_is_valid(digest))
		text_append_format(digests, "%s%s", digests->length ? " " : "", digest);
	return 0;
}

int identity_read_claims(struct facts *facts, struct error **error)
{
	cleanup_error struct error *why = NULL;
	cleanup_free char *file = NULL;
	cleanup_text struct text digests = {0};
	size_t length = 0;
	if (!facts->claims_file || !facts->config_digest.value || facts->claimed_digests)
		return 0;
	int result = file_read_trusted(facts->claims_file, FILE_SIZE, &file, &length, &why);
	/* Docker writes it when an image gets its first name */
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return error_set(error, -result, "by which digest Docker has pulled the image: %s", error_message(why));
	const char *config = facts->config_digest.value;
	for (const char *at = file; (at = strstr(at, config)); at += DIGEST_LENGTH)
		if (take_key(file, at, &digests) < 0)
			return error_set(error, EINVAL, "by which digest Docker has pulled the image cannot be told: \"%s\" is not "
					 "written as Docker writes it", facts->claims_file);
	if (digests.failed)
		return error_out_of_memory(error);
	facts->claimed_digests = digests.length ? text_finish(&digests) : NULL;
	return 0;
}
