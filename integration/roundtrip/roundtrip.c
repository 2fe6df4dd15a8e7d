/* The document library as a filter: frames of a 4-byte length (the machine's byte
 * order) and that many bytes of JSON come in; for each, a frame with a leading
 * byte goes out: '=' and the document as printed, or '!' and the refusal. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/error.h"
#include "policy/document/document.h"

static int reply(char kind, const char *data, size_t length)
{
	uint32_t size = (uint32_t)length + 1;
	if (fwrite(&size, sizeof(size), 1, stdout) != 1 || fputc(kind, stdout) == EOF ||
	    fwrite(data, 1, length, stdout) != length || fflush(stdout) != 0)
		return -EIO;
	return 0;
}

static int pass(const char *text, size_t length)
{
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *root = NULL;
	cleanup_free char *printed = NULL;
	size_t printed_length = 0;
	if (document_parse(text, length, DOCUMENT_CONFIG, &root, &error) < 0 ||
	    document_print(root, &printed, &printed_length, &error) < 0)
		return reply('!', error_message(error), strlen(error_message(error)));
	return reply('=', printed, printed_length);
}

int main(void)
{
	uint32_t length = 0;
	while (fread(&length, sizeof(length), 1, stdin) == 1) {
		/* exactly as large as the text, so that a read beyond it is seen */
		cleanup_free char *text = length <= DOCUMENT_SIZE ? malloc(length ? length : 1) : NULL;
		if (!text || fread(text, 1, length, stdin) != length || pass(text, length) < 0)
			return 1;
	}
	return ferror(stdin) ? 1 : 0;
}
