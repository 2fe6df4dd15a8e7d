#include <openssl/crypto.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/trust/confine.h"
#include "policy/trust/verdict_make.h"

int verdict_make_confined(void *context, struct text *output, struct error **error)
{
	struct verdict_task *task = context;
	cleanup_json json_t *verdict = NULL;
	cleanup_free char *text = NULL;
	size_t length = 0;
	/* no file can be opened here, nor would libcrypto's configuration be wanted; its words for
	 * its errors, which nobody reads, would be a tenth of the time */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
					  OPENSSL_INIT_NO_ATEXIT,
				  NULL);
	int result = verdict_make(task->question, task->evidence, &verdict, error);
	if (result == 0)
		result = document_print(verdict, &text, &length, error);
	if (result == 0)
		text_append_bytes(output, text, length);
	return result;
}

int trust_make_in_child(const struct trust_question *question, struct evidence *evidence, char **ret_text,
			size_t *ret_length, struct error **error)
{
	struct verdict_task task = {.question = question, .evidence = evidence};
	return confine(verdict_make_confined, &task, NULL, ret_text, ret_length, error);
}
