/* What the files of the codec share: byte order, PostgreSQL's epochs and limits, the text forms, wrong accesses.
 *
 * Binary forms are big-endian (PostgreSQL documentation, "Frontend/Backend Protocol", and each type's ..._send). Every function
 * that reads bytes from the server is given their number and trusts nothing in them. */
#ifndef AQ_SRC_WIRE_VALUE_H
#define AQ_SRC_WIRE_VALUE_H

#include "src/wire/codec.h"
#include "src/wire/number.h"

/* Days since 1970: 4714-11-24 BC (Julian day 0) to 5874897-12-31. */
#define AQ__DATE_FIRST (-2440588)
#define AQ__DATE_LAST 2145042905
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
        return aq_load##bits##_(data);                                  \
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

static inline float aq__load_float4(const char *data)
{
    uint32_t bits = aq__load32(data);
    float value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline double aq__load_float8(const char *data)
{
    uint64_t bits = aq__load64(data);
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* ---- Numbers ------------------------------------------------------------------------------------------------------------ */

/* numeric: text to binary. The measure fails with AQ_EINVAL or AQ_ERANGE; then writing cannot. */
int aq__numeric_measure(const char *text, size_t length, size_t *size);
char *aq__numeric_write(char *to, const char *text, size_t length);
/* Binary to text: AQ_EPROTOCOL when it is no numeric. */
int aq__numeric_append(aq_text_t *text, const char *data, size_t length);
/* The nearest float8; fails as aq__float_parse() does. */
int aq__numeric_to_float8(const char *data, size_t length, double *value);

/* ---- Times, addresses ------------------------------------------------------------------------------------------------------ */

/* Each writes into AQ__FORM_SIZE bytes, with a NUL, and returns the length. Dates and timestamps count from 2000, as the server's do,
 * because not all of those fit a count from 1970. */
int aq__date_format(int32_t server_date, bool iso8601, char *buffer);
int aq__time_format(int64_t microseconds, char *buffer);
int aq__timestamp_format(int64_t server_timestamp, bool with_zone, bool iso8601, char *buffer);
int aq__interval_format(aq_interval_t value, char *buffer);
int aq__interval_format_iso8601(aq_interval_t value, char *buffer);
int aq__inet_format(const aq_inet_t *value, char *buffer);
int aq__uuid_format(const uint8_t bytes[16], char *buffer);
/* Copies such a form to a user's buffer: its length, or AQ_EINVAL with an error. */
int aq__form_copy(const char *form, int length, char *buffer, size_t size);
char *aq__put_number(char *to, int64_t number,
                     int width); /* at least `width` digits, without a NUL; not negative */
/* Parts that times and intervals share: "05.67" of so many digits before the point, without a NUL. */
char *aq__put_seconds(char *to, int64_t microseconds, int width);
bool aq__take_seconds(const char **at, int most, int64_t *microseconds);

/* Binary values; false: the bytes are none. */
bool aq__date_read(const char *data, size_t length, int32_t *server_date);
bool aq__time_read(const char *data, size_t length, int64_t *value);
bool aq__timestamp_read(const char *data, size_t length, int64_t *server_timestamp);
bool aq__interval_read(const char *data, size_t length, aq_interval_t *value);
bool aq__inet_read(const char *data, size_t length, aq_inet_t *value);
/* A cell of that type, binary or text; an error code. */
int aq__time_of(const aq_cell_t *cell, int64_t *value);
int aq__interval_of(const aq_cell_t *cell, aq_interval_t *value);

size_t
aq__inet_size(const aq_inet_t *value); /* in binary; 0: no address, and the thread's last error says why */
char *aq__inet_write(char *to, const aq_inet_t *value);
int aq__hex_digit(char character); /* -1: it is none */

/* ---- Arrays ---------------------------------------------------------------------------------------------------------------- */

typedef struct aq__array {
    Oid element;
    int dimensions;
    int64_t sizes[AQ__ARRAY_DIMENSIONS];
    int32_t lower[AQ__ARRAY_DIMENSIONS]; /* of binary ones */
    size_t count;
    const aq_cell_t *items; /* in the rows' arena */
} aq__array_t;

/* False: it is none, or NULL, and the rows say so. */
bool aq__array_read(const aq_cell_t *cell, aq__array_t *array);
/* How many dimensions begin at element `i`: so many braces open before it, and as many close before its comma unless it is the first. */
size_t aq__array_edges(const aq__array_t *array, size_t i);
/* The literal of a binary array. AQ_EPROTOCOL: it is none, and the rows may say more. */
int aq__array_append(aq_text_t *text, const aq_cell_t *cell);

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

/* Appends PostgreSQL's text for a binary value that is no array. AQ_EPROTOCOL: the bytes are none of this type; AQ_ETYPE: not one of ours.
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
/* A copy of the bytes with a NUL behind them in the rows' arena; NULL: out of memory, which is on the rows. */
char *aq__cell_copy(const aq_cell_t *cell, const char *data, size_t length);
/* The arena of the rows, made now if need be; NULL: out of memory, which is on the rows. */
aq_arena_t *aq__cell_arena(const aq_cell_t *cell);

#endif
