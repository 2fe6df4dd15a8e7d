/* Layers for the tests of the binding: records of archives, packed as engines keep them. */
#ifndef OCI_HARDEN_SHIM_TESTS_LAYERS_H
#define OCI_HARDEN_SHIM_TESTS_LAYERS_H

#include <stddef.h>

#include "policy/base/error.h"
#include "policy/base/text.h"

#define BINDING_DATA "shim/tests/data/binding/"

/* The bytes of a file; the caller frees them. */
char *read_bytes(const char *path, size_t *ret_length);
/* gzip of `length` bytes; and back. The caller frees. */
char *pack(const char *bytes, size_t length, size_t *ret_length);
char *unpack(const char *bytes, size_t length, size_t *ret_length);

/* tar_split_read() of lines that are not packed. */
int read_lines(const char *lines, size_t length, struct text *record, struct error **error);

#endif
