#include "policy/base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"

/* What is reported where there was no memory for the report itself. */
static char out_of_memory_message[] = "out of memory";
static struct error out_of_memory = {.code = ENOMEM, .message = out_of_memory_message};

static void store(struct error **error, int code, char *message)
{
	struct error *made = message ? malloc(sizeof(*made)) : NULL;
	if (!made) {
		free(message);
		*error = &out_of_memory;
		return;
	}
	made->code = code;
	made->message = message;
	*error = made;
}

static char *format_message(const char *format, va_list arguments)
{
	char *message = NULL;
	if (vasprintf(&message, format, arguments) < 0)
		return NULL;
	return message;
}

/* The text of `code`, in words of our own for those that Docker searches a runtime's message
 * for: to turn its exit code into 126 or 127, or to ask whether a folder was mounted on a file. */
static const char *code_text(int code)
{
	switch (code) {
	case EACCES:
		return "access is not allowed";
	case ENOENT:
		return "does not exist";
	case ENOTDIR:
		return "is no folder";
	default:
		return strerror(code);
	}
}

/* An errno that was lost on the way is 0, and 0 means success. */
static int failing(int code)
{
	return code > 0 ? code : EIO;
}

int error_set(struct error **error, int code, const char *format, ...)
{
	code = failing(code);
	if (error) {
		va_list arguments;
		va_start(arguments, format);
		/* first: the message of the old error may be among the arguments */
		char *message = format_message(format, arguments);
		va_end(arguments);
		error_free(*error);
		store(error, code, message);
	}
	return -code;
}

int error_set_errno(struct error **error, int code, const char *format, ...)
{
	code = failing(code);
	if (error) {
		va_list arguments;
		va_start(arguments, format);
		cleanup_free char *text = format_message(format, arguments);
		va_end(arguments);
		char *message = NULL;
		if (text && asprintf(&message, "%s: %s", text, code_text(code)) < 0)
			message = NULL;
		error_free(*error);
		store(error, code, message);
	}
	return -code;
}

int error_prefix(struct error **error, const char *format, ...)
{
	if (!error || !*error)
		return -EINVAL;
	int code = (*error)->code;
	va_list arguments;
	va_start(arguments, format);
	cleanup_free char *prefix = format_message(format, arguments);
	va_end(arguments);
	char *message = NULL;
	if (prefix && asprintf(&message, "%s: %s", prefix, (*error)->message) < 0)
		message = NULL;
	if (message) {
		error_free(*error);
		store(error, code, message);
	}
	return -code;
}

int error_out_of_memory(struct error **error)
{
	if (error) {
		error_free(*error);
		*error = &out_of_memory;
	}
	return -ENOMEM;
}

const char *error_message(const struct error *error)
{
	return error ? error->message : "unknown error";
}

void error_free(struct error *error)
{
	if (!error || error == &out_of_memory)
		return;
	free(error->message);
	free(error);
}
