/* The only place where text becomes a number. Strict: decimal digits (and a
 * leading '-' where signed) and nothing else, no white space, no overflow. */
#ifndef OCI_HARDEN_BASE_NUMBER_H
#define OCI_HARDEN_BASE_NUMBER_H

#include <stdint.h>

/* 0, -EINVAL (not a number) or -ERANGE (does not fit). */
int number_parse_int64(const char *text, int64_t *ret);
int number_parse_uint64(const char *text, uint64_t *ret);

/* "512", "512KiB", "8MiB", "2GiB", "1TiB" (powers of 1024), "5kB", "5MB", "5GB"
 * (powers of 1000) → bytes. 0, -EINVAL or -ERANGE. */
int number_parse_size(const char *text, int64_t *ret_bytes);

/* "1.5" → 1500 thousandths; at most three decimals. 0, -EINVAL or -ERANGE. */
int number_parse_thousandths(const char *text, int64_t *ret);

/* "90s", "30m", "12h", "7d" → seconds. 0, -EINVAL or -ERANGE. */
int number_parse_duration(const char *text, int64_t *ret_seconds);

#endif
