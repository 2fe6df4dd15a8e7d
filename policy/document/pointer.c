/* JSON pointers (RFC 6901) over jansson trees. */
#include "policy/document/document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"

char *document_pointer_token(const char *token)
{
	struct text escaped = {0};
	text_append(&escaped, "");
	for (; *token; token++) {
		if (*token == '~')
			text_append(&escaped, "~0");
		else if (*token == '/')
			text_append(&escaped, "~1");
		else
			text_append_bytes(&escaped, token, 1);
	}
	return text_finish(&escaped);
}

char *document_pointer_below(const char *pointer, const char *key)
{
	cleanup_free char *token = document_pointer_token(key);
	char *below = NULL;
	return token && asprintf(&below, "%s/%s", pointer, token) >= 0 ? below : NULL;
}

/* Takes the first token off *pointer, unescaped; NULL at the end of the pointer
 * or without memory. The caller frees it. */
static char *next_token(const char **pointer)
{
	if (**pointer != '/')
		return NULL;
	const char *start = *pointer + 1, *end = strchrnul(start, '/');
	char *token = strndup(start, (size_t)(end - start));
	if (!token)
		return NULL;
	char *write = token;
	for (const char *read = token; *read; read++) {
		if (read[0] == '~' && (read[1] == '0' || read[1] == '1')) {
			*write++ = read[1] == '0' ? '~' : '/';
			read++;
		} else {
			*write++ = *read;
		}
	}
	*write = '\0';
	*pointer = end;
	return token;
}

/* The array index `token` stands for, or -1. */
static ssize_t array_index(const json_t *array, const char *token)
{
	uint64_t index = 0;
	if ((token[0] == '0' && token[1]) || number_parse_uint64(token, &index) < 0)
		return -1;
	return index < json_array_size(array) ? (ssize_t)index : -1;
}

static json_t *child_of(const json_t *parent, const char *token)
{
	if (json_is_object(parent))
		return json_object_get(parent, token);
	if (!json_is_array(parent))
		return NULL;
	ssize_t index = array_index(parent, token);
	return index < 0 ? NULL : json_array_get(parent, (size_t)index);
}

json_t *document_get(const json_t *root, const char *pointer)
{
	json_t *value = (json_t *)(uintptr_t)root;
	while (value && *pointer) {
		cleanup_free char *token = next_token(&pointer);
		value = token ? child_of(value, token) : NULL;
	}
	return value;
}

static int set_child(json_t *parent, const char *token, json_t *value)
{
	if (json_is_object(parent))
		return json_object_set(parent, token, value);
	if (json_is_array(parent) && strcmp(token, "-") == 0)
		return json_array_append(parent, value);
	ssize_t index = json_is_array(parent) ? array_index(parent, token) : -1;
	return index < 0 ? -1 : json_array_set(parent, (size_t)index, value);
}

/* The child of `parent` as one that may be changed: a container that something else
 * holds as well gives way to a copy, so that the other holder keeps what it had. */
static int own_child(json_t *parent, const char *token, json_t **ret)
{
	json_t *child = child_of(parent, token);
	*ret = child;
	if ((!json_is_object(child) && !json_is_array(child)) || child->refcount == 1)
		return 0;
	/* its children are shared now, and copied in their turn */
	cleanup_json json_t *copy = json_copy(child);
	if (!copy || set_child(parent, token, copy) < 0)
		return -ENOMEM;
	*ret = copy; /* held by the parent */
	return 0;
}

int document_set(json_t *root, const char *pointer, json_t *value, struct error **error)
{
	const char *whole = pointer;
	json_t *parent = root;
	for (;;) {
		cleanup_free char *token = next_token(&pointer);
		if (!token)
			return error_set(error, EINVAL, "no place \"%s\" in the document", whole);
		if (*pointer == '\0') {
			if (set_child(parent, token, value) < 0)
				return error_set(error, EINVAL, "cannot set \"%s\" in the document", whole);
			return 0;
		}
		json_t *child = NULL;
		if (own_child(parent, token, &child) < 0)
			return error_out_of_memory(error);
		if (!child || json_is_null(child)) {
			cleanup_json json_t *fresh = json_object();
			/* an element to go down into has to be there */
			if ((json_is_array(parent) && !child) || !fresh || set_child(parent, token, fresh) < 0)
				return error_set(error, EINVAL, "cannot make \"%s\" in the document", whole);
			child = child_of(parent, token);
		}
		parent = child;
	}
}

static void remove_child(json_t *parent, const char *token)
{
	if (json_is_object(parent))
		(void)json_object_del(parent, token);
	ssize_t index = json_is_array(parent) ? array_index(parent, token) : -1;
	if (index >= 0)
		(void)json_array_remove(parent, (size_t)index);
}

int document_remove(json_t *root, const char *pointer, struct error **error)
{
	if (pointer[0] != '/')
		return error_set(error, EINVAL, "no place \"%s\" in the document", pointer);
	for (json_t *parent = root; parent;) {
		cleanup_free char *token = next_token(&pointer);
		if (!token)
			return error_out_of_memory(error);
		if (*pointer == '\0') {
			remove_child(parent, token);
			return 0;
		}
		if (own_child(parent, token, &parent) < 0)
			return error_out_of_memory(error);
	}
	return 0;
}
