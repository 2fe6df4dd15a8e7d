/* What hardenctl prints: colour only on a terminal, JSON on demand. */
#ifndef OCI_HARDEN_HARDENCTL_OUTPUT_H
#define OCI_HARDEN_HARDENCTL_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "policy/base/error.h"

enum style { STYLE_PLAIN = 0, STYLE_BOLD, STYLE_RED, STYLE_GREEN, STYLE_YELLOW, STYLE_DIM };

/* Starts and ends a style on `stream` where that is a terminal and NO_COLOR is
 * not set (https://no-color.org). */
const char *style_on(FILE *stream, enum style style);
const char *style_off(FILE *stream);

/* One JSON value and a newline, numbers as they were spelled. */
int output_json(const json_t *value);

/* `value` on one line for a person: scalars as they are, larger values shortened
 * to their size. The caller frees it. */
char *output_value(const json_t *value);

/* Text wrapped to 78 columns with `indent` spaces before each line. */
void output_wrapped(const char *text, int indent);

/* "hardenctl: message" on standard error; returns `status` for `return`. */
int output_failure(int status, const struct error *error);

/* "hardenctl: COMMAND: unexpected "argument"; see hardenctl COMMAND --help". */
int output_usage_error(const char *command, const char *argument);

#endif
