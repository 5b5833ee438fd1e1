/* number: the server's text forms of numbers, and its epoch. Pure, and without libpq, for the rooms above as well. */
#ifndef AQ_SRC_WIRE_NUMBER_H
#define AQ_SRC_WIRE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PostgreSQL counts from 2000-01-01, Aquifer from 1970-01-01. */
#define AQ__EPOCH_DAYS 10957
#define AQ__DAY INT64_C(86400000000) /* in microseconds */
#define AQ__EPOCH_MICROSECONDS (AQ__EPOCH_DAYS * AQ__DAY)

/* Microseconds since 2000: 4714-11-24 BC to the end of 294276. Since 1970 the last of them do not fit an int64_t. */
#define AQ__TIMESTAMP_FIRST INT64_C(-211813488000000000)
#define AQ__TIMESTAMP_LAST INT64_C(9223371331199999999)

/* Room for any of the text forms of a number, a time or an address, with its NUL. */
#define AQ__FORM_SIZE ((size_t)128)

/* The number in `text`. AQ_EINVAL: it is none; AQ_ERANGE: it is too big (and the value infinite); no error is set. */
int aq__float_parse(const char *text, size_t length, bool single, double *value);
/* The server's text; returns its length. AQ__FORM_SIZE is room enough. */
int aq__float4_format(float number, char *buffer);
int aq__float8_format(double number, char *buffer);
bool aq__integer_parse(const char *text, size_t length, int64_t *value);

#endif
