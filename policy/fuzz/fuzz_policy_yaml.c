/* A policy's YAML, from the text to a compiled policy: whatever comes in, problems or
 * a base that every reader takes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/document/document.h"
#include "policy/rules/base.h"
#include "policy/rules/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct compiled compiled = {0};
	/* no folder in the name: `extends: ./x` leads into the working directory only */
	const struct compile_options options = {.now = 1798804800};
	compile_text("fuzzed.yaml", (const char *)data, size, &options, &problems, &compiled);
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
