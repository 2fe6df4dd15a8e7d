/* A Notary Project envelope, from its bytes to its signature: none verifies but the one that
 * notation made, whatever its unsigned parts are. The text of a subject stands in front, up
 * to the first line feed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/digest.h"
#include "policy/trust/distinguished_name.h"
#include "policy/trust/notation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char signed_input[] = "sha256:07c0ed0c810d2146ca9f98f8e6aba9ceef71e1bf53aef480a663131ccdfb5e60";

static void read_subject(const uint8_t *data, size_t size, const X509 *leaf)
{
	cleanup_distinguished_name struct distinguished_name name = {0};
	cleanup_free char *text = strndup((const char *)data, size);
	if (!text || distinguished_name_parse(text, &name, NULL) < 0)
		return;
	if (name.count == 0)
		abort();
	if (leaf)
		(void)distinguished_name_match(&name, X509_get_subject_name(leaf), NULL);
}

static X509 *read_envelope(struct notation_signature *signature, const uint8_t *data, size_t size)
{
	if (jws_read(data, size, &signature->jws, NULL) < 0 ||
	    notation_chain_read(&signature->jws, &signature->chain, NULL) < 0)
		return NULL;
	X509 *leaf = sk_X509_value(signature->chain, 0);
	int64_t ends = 0;
	bool fit = notation_chain_check(signature->chain, NULL) == 0;
	(void)notation_chain_check_validity(signature->chain, signature->jws.signing_time, "x", &ends, NULL);
	EVP_PKEY *key = X509_get0_pubkey(leaf);
	if (key && jws_verify(&signature->jws, key, NULL) == 0 && fit) {
		char digest[DIGEST_LENGTH + 1];
		digest_of(signature->jws.input.data, signature->jws.input.size, digest);
		if (strcmp(digest, signed_input) != 0)
			abort();
	}
	const struct evidence evidence = {0};
	if (notation_payload_check(signature->jws.payload, signed_input, &evidence, &signature->annotations, NULL) == 0)
		abort();
	return leaf;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_notation_signature struct notation_signature signature = {0};
	const uint8_t *line = memchr(data, '\n', size);
	size_t length = line ? (size_t)(line - data) : 0;
	const uint8_t *envelope = line ? line + 1 : data;
	read_subject(data, length, read_envelope(&signature, envelope, size - (size_t)(envelope - data)));
	return 0;
}
