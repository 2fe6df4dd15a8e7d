/* A log's entry, then a NUL, then its checkpoint: an entry of another signature is refused
 * whatever it says, and no checkpoint holds whose key cannot be verified. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/trust/checkpoint.h"
#include "policy/trust/merkle.h"
#include "policy/trust/rekor_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* A signature that no seed is the entry of, since no certificate has two bytes. */
static void read_body(const uint8_t *data, size_t size)
{
	static const uint8_t word[] = "{}";
	const struct bytes two = {word, 2};
	const struct signed_material material = {
		.message = two, .signature = two, .certificates = &two, .certificate_count = 1,
		.payload = two, .payload_type = "application/vnd.in-toto+json",
	};
	const struct log_entry entry = {.body = {data, size}};
	bool promises = false;
	struct error *error = NULL;
	check(rekor_body_check(&entry, &material, &promises, &error) < 0 && error);
	error_free(error);
}

static void read_checkpoint(const char *note)
{
	struct log_key key = {.details = "none", .valid = {0, INT64_MAX}};
	struct checkpoint checkpoint;
	/* the hint that the log of the seeds has */
	memcpy(key.hint, "\x60\x75\xe3\xdf", sizeof(key.hint));
	struct error *error = NULL;
	check(checkpoint_check(note, &key, &checkpoint, &error) < 0 && error);
	error_free(error);
}

/* The path's hashes out of the input as well. */
static void walk(const uint8_t *data, size_t size)
{
	struct bytes path[64];
	size_t count = 0;
	for (; count < 64 && size >= (count + 1) * SHA256_SIZE; count++)
		path[count] = (struct bytes){data + count * SHA256_SIZE, SHA256_SIZE};
	int64_t index = 0, total = 0;
	memcpy(&index, data, size < sizeof(index) ? size : sizeof(index));
	memcpy(&total, data + size / 2, size - size / 2 < sizeof(total) ? size - size / 2 : sizeof(total));
	uint8_t leaf[SHA256_SIZE] = {0};
	const struct bytes root = {leaf, sizeof(leaf)};
	(void)merkle_check(leaf, index, total, path, count, &root, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	read_body(data, end ? (size_t)(end - data) : size);
	if (end) {
		char *note = strndup((const char *)end + 1, size - (size_t)(end - data) - 1);
		read_checkpoint(note);
		free(note);
	}
	if (size)
		walk(data, size);
	return 0;
}
