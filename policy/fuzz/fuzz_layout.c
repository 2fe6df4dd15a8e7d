/* A layout's index.json and documents, as the confined child reads them: what it answers is
 * taken by its caller. The input is one document a line, the first being index.json;
 * "@0" to "@9" in one stand for the digests of the documents from the end, so that
 * documents which lead to each other can be found. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/digest.h"
#include "policy/trust/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DOCUMENTS 16u

struct documents {
	char *texts[DOCUMENTS]; /* the last line first */
	char digests[DOCUMENTS][DIGEST_LENGTH + 1];
	size_t count;
};

static void add_line(struct documents *documents, const char *line, size_t length)
{
	struct text text = {0};
	for (size_t i = 0; i < length; i++) {
		size_t number = i + 1 < length && line[i] == '@' ? (size_t)(unsigned char)line[i + 1] - '0' : DOCUMENTS;
		if (number < documents->count)
			text_append(&text, documents->digests[number]);
		else
			text_append_bytes(&text, &line[i], 1);
		i += number < documents->count;
	}
	text_append(&text, "");
	char *made = text_finish(&text);
	if (!made)
		abort();
	digest_of(made, strlen(made), documents->digests[documents->count]);
	documents->texts[documents->count++] = made;
}

static void run(const struct documents *documents)
{
	static const char version[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	const char *index = documents->texts[documents->count - 1];
	struct layout_files files = {
		.version = {(const uint8_t *)version, strlen(version)},
		.index = {(const uint8_t *)index, strlen(index)},
		.names = calloc(DOCUMENTS, DIGEST_LENGTH + 1),
	};
	for (size_t i = 0; i + 1 < documents->count; i++)
		(void)evidence_add(&files.documents, documents->digests[i], (uint8_t *)strdup(documents->texts[i]),
				   strlen(documents->texts[i]));
	evidence_sort(&files.documents);
	for (size_t i = 0; i < files.documents.count; i++)
		memcpy(files.names[files.name_count++], files.documents.blobs[i].digest, DIGEST_LENGTH + 1);
	struct text output = {0};
	cleanup_layout struct layout layout = {.blobs = -1};
	if (layout_plan(&files, &output, NULL) == 0 && output.data && layout_answer_read(&files, output.data, &layout, NULL) < 0)
		abort();
	text_release(&output);
	layout_files_release(&files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct documents documents = {0};
	const char *start = (const char *)data;
	for (size_t end = size; size > 0 && documents.count < DOCUMENTS;) {
		size_t at = end;
		while (at > 0 && start[at - 1] != '\n')
			at--;
		add_line(&documents, start + at, end - at);
		if (at == 0)
			break;
		end = at - 1;
	}
	if (documents.count)
		run(&documents);
	for (size_t i = 0; i < documents.count; i++)
		free(documents.texts[i]);
	return 0;
}
