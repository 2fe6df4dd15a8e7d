#include "policy/trust/proof.h"

#include <stdarg.h>

int proof_add(json_t *proof, struct error **error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	json_t *sentence = json_vsprintf(format, arguments);
	va_end(arguments);
	return json_array_append_new(proof, sentence) < 0 ? error_out_of_memory(error) : 0;
}
