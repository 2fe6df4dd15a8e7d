/* oci-harden-verify: reads a question about an image from oci-harden, drops everything, and
 * answers. Not for people: `hardenctl verify` is. */
#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/document/document.h"
#include "policy/trust/confine.h"
#include "policy/trust/question_wire.h"
#include "policy/trust/verdict_make.h"
#include "shim/verifier.h"

int main(void)
{
	cleanup_free char *bytes = NULL;
	cleanup_json json_t *memory = NULL;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_error struct error *error = NULL;
	struct trust_question question = {0};
	size_t length = 0;
	int result = file_read_all(VERIFIER_QUESTION, "the question", QUESTION_WIRE_SIZE, &bytes, &length, &error);
	if (result == 0)
		result = question_wire_read(bytes, length, &question, &evidence, &memory, &error);
	if (result < 0 && confine_answer_failure(VERIFIER_ANSWER, result, error) == 0)
		return 1;
	if (result < 0) {
		(void)fprintf(stderr, VERIFIER ": %s; it is called by oci-harden alone, see hardenctl verify\n",
			      error_message(error));
		return 1;
	}
	struct verdict_task task = {.question = &question, .evidence = &evidence};
	return confine_self(verdict_make_confined, &task, VERIFIER_ANSWER, NULL) < 0;
}
