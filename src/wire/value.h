/* What the files of the codec share: byte order, PostgreSQL's epochs and limits, the text forms, wrong accesses.
 *
 * Binary forms are big-endian (PostgreSQL documentation, "Frontend/Backend Protocol", and each type's ..._send). Every function
 * that reads bytes from the server is given their number and trusts nothing in them. */
#ifndef AQ_SRC_WIRE_VALUE_H
#define AQ_SRC_WIRE_VALUE_H

#include "src/wire/codec.h"

/* PostgreSQL counts from 2000-01-01, Aquifer from 1970-01-01. */
#define AQ__EPOCH_DAYS 10957
#define AQ__DAY INT64_C(86400000000) /* in microseconds */
#define AQ__EPOCH_MICROSECONDS (AQ__EPOCH_DAYS * AQ__DAY)

/* Days since 1970: 4714-11-24 BC (Julian day 0) to 5874897-12-31. */
#define AQ__DATE_FIRST (-2440588)
#define AQ__DATE_LAST 2145042905
/* Microseconds since 2000: 4714-11-24 BC to the end of 294276. Since 1970 the last of them do not fit an int64_t. */
#define AQ__TIMESTAMP_FIRST INT64_C(-211813488000000000)
#define AQ__TIMESTAMP_LAST INT64_C(9223371331199999999)

/* Room for any of the text forms below, with its NUL. */
#define AQ__FORM_SIZE ((size_t)128)

#define AQ__ARRAY_DIMENSIONS 6

/* ---- Byte order ------------------------------------------------------------------------------------------------------- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define AQ__BIG16(x) __builtin_bswap16(x)
#define AQ__BIG32(x) __builtin_bswap32(x)
#define AQ__BIG64(x) __builtin_bswap64(x)
#else
#define AQ__BIG16(x) (x)
#define AQ__BIG32(x) (x)
#define AQ__BIG64(x) (x)
#endif

#define AQ__BYTE_ORDER_FUNCTIONS(bits)                                  \
    static inline uint##bits##_t aq__load##bits(const char *data)       \
    {                                                                   \
        uint##bits##_t value;                                           \
                                                                        \
        memcpy(&value, data, sizeof(value));                            \
        return AQ__BIG##bits(value);                                    \
    }                                                                   \
    static inline char *aq__store##bits(char *at, uint##bits##_t value) \
    {                                                                   \
        value = AQ__BIG##bits(value);                                   \
        memcpy(at, &value, sizeof(value));                              \
        return at + sizeof(value);                                      \
    }
AQ__BYTE_ORDER_FUNCTIONS(16)
AQ__BYTE_ORDER_FUNCTIONS(32)
AQ__BYTE_ORDER_FUNCTIONS(64)
#undef AQ__BYTE_ORDER_FUNCTIONS

/* ---- Numbers ------------------------------------------------------------------------------------------------------------ */

/* The number in `text`. AQ_EINVAL: it is none; AQ_ERANGE: it is too big (and the value infinite); no error is set. */
int aq__float_parse(const char *text, size_t length, bool single, double *value);
/* The server's text; returns its length. AQ__FORM_SIZE is room enough. */
int aq__float4_format(float number, char *buffer);
int aq__float8_format(double number, char *buffer);

/* numeric: text to binary. The measure fails with AQ_EINVAL or AQ_ERANGE; then writing cannot. */
int aq__numeric_measure(const char *text, size_t length, size_t *size);
char *aq__numeric_write(char *to, const char *text, size_t length);
/* Binary to text: AQ_EPROTOCOL when it is no numeric. */
int aq__numeric_append(aq_text_t *text, const char *data, size_t length);
/* The nearest float8; fails as aq__float_parse() does. */
int aq__numeric_to_float8(const char *data, size_t length, double *value);
bool aq__integer_parse(const char *text, size_t length, int64_t *value);

/* ---- Types -------------------------------------------------------------------------------------------------------------- */

#define AQ__OID_CIDR ((Oid)650) /* as inet, and read as text */

Oid aq__type_element(Oid array);     /* 0: not an array type of ours */
const char *aq__type_name(Oid type); /* "int4", "int4[]"; NULL: not one of ours */
/* Types whose binary form is their text. */
static inline bool aq__type_is_text(Oid type)
{
    return type == AQ_OID_TEXT || type == AQ_OID_VARCHAR || type == AQ_OID_BPCHAR || type == AQ_OID_NAME ||
           type == AQ_OID_JSON;
}

/* Appends PostgreSQL's text for a binary value, arrays too. AQ_EPROTOCOL: the bytes are none of this type; AQ_ETYPE: not one of ours.
 * What was appended before is then the caller's to remove. */
int aq__binary_append(aq_text_t *text, Oid type, const char *data, size_t length);

/* ---- Wrong accesses ------------------------------------------------------------------------------------------------------ */

/* Keeps "row 3, column 'age' (2): ..." on the cell's rows, unless an error is there already. Never fails. */
void aq__cell_fail(const aq_cell_t *cell, int code, const char *format, ...) AQ_PRINTF(3, 4);
/* The same for the thread's last error, which a parser or the allocator set. */
void aq__cell_fail_last(const aq_cell_t *cell);
/* "type 25 (text) where an int4 was asked for", or that it is NULL. */
void aq__cell_fail_type(const aq_cell_t *cell, const char *wanted);
/* What came is no `wanted`; NULL: no type of ours. */
void aq__cell_fail_form(const aq_cell_t *cell, const char *wanted);
/* The arena of the rows, made now if need be; NULL: out of memory, which is on the rows. */
aq_arena_t *aq__cell_arena(const aq_cell_t *cell);

#endif
