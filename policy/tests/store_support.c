#include "policy/tests/store_support.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/tests/support.h"
#include "policy/trust/digest.h"

void load_layout(const char *name, struct evidence *evidence)
{
	char path[512], digest[DIGEST_LENGTH + 1];
	(void)snprintf(path, sizeof(path), LAYOUTS "%s/blobs/sha256", name);
	cleanup_closedir DIR *directory = opendir(path);
	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		char *data = NULL;
		size_t size = 0;
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), LAYOUTS "%s/blobs/sha256/%s", name, entry->d_name);
		(void)snprintf(digest, sizeof(digest), "sha256:%.64s", entry->d_name);
		assert_int_equal(file_read(path, EVIDENCE_BLOB_SIZE, &data, &size, NULL), 0);
		assert_int_equal(evidence_add(evidence, digest, (uint8_t *)data, size), 0);
	}
}

void add_text(struct evidence *evidence, const char *text, char ret_digest[DIGEST_LENGTH + 1])
{
	digest_of(text, strlen(text), ret_digest);
	assert_int_equal(evidence_add(evidence, ret_digest, (uint8_t *)strdup(text), strlen(text)), 0);
}

void add_manifest(struct evidence *evidence, const char *configuration, unsigned number,
		  char ret_digest[DIGEST_LENGTH + 1])
{
	char text[1024];
	(void)snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"%s\",\"size\":465},"
		       "\"layers\":[],\"annotations\":{\"number\":\"%u\"}}", configuration, number);
	add_text(evidence, text, ret_digest);
}

size_t blobs_for(const char *digest)
{
	cleanup_evidence struct evidence evidence = {0};
	cleanup_error struct error *error = NULL;
	if (trust_store_read(STORE, &digest, 1, &evidence, &error) < 0)
		fail_msg("%s", error_message(error));
	assert_int_equal(evidence_verify(&evidence), 0);
	return evidence.count;
}

char *state_of(const char *digest)
{
	struct text text = {0};
	cleanup_error struct error *error = NULL;
	if (trust_store_state(STORE, &digest, 1, &text, &error) < 0)
		fail_msg("%s", error_message(error));
	return text_finish(&text);
}
