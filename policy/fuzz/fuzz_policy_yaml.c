/* A policy's YAML, from the text to a compiled policy: whatever comes in, problems or
 * a base that every reader takes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "policy/base/file.h"
#include "policy/document/document.h"
#include "policy/rules/base.h"
#include "policy/rules/compile.h"
#include "policy/rules/generation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is compiled of trust passes for whole where it is read. */
static void check_trust(const struct compiled *compiled)
{
	const struct generation_content content = {
		.base = compiled->base,
		.exceptions = compiled->exceptions,
		.trust = compiled->trust,
		.source = compiled->source,
		.activated = 1,
	};
	char *data = NULL;
	size_t length = 0;
	struct generation *generation = NULL;
	int descriptor = memfd_create("generation", MFD_CLOEXEC);
	if (descriptor < 0 || generation_write(&content, 1, &data, &length, NULL) < 0 ||
	    file_write_all(descriptor, data, length) < 0 || generation_read(descriptor, &generation, NULL) < 0 ||
	    generation_verify(generation, NULL) < 0)
		abort();
	generation_free(generation);
	free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct compiled compiled = {0};
	/* no folder in the name: `extends: ./x` leads into the working directory only */
	const struct compile_options options = {.now = 1798804800};
	compile_text("fuzzed.yaml", (const char *)data, size, &options, &problems, &compiled);
	if (compiled.trust)
		check_trust(&compiled);
	if (compiled.base) {
		json_t *again = NULL;
		char *text = json_dumps(compiled.base, JSON_COMPACT);
		if (!text || base_parse(text, strlen(text), NULL, &again, NULL) < 0)
			abort();
		json_decref(again);
		free(text);
	} else if (problems_none(&problems)) {
		abort();
	}
	compiled_release(&compiled);
	problems_release(&problems);
	return 0;
}
