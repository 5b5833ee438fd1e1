/* wire: what travels between a program and PostgreSQL: values, rows, units, lanes, streams, COPY, notifications, pools.
 *
 *     aq_op_t   *op = aq_execute(context, NULL, "select id, name from users where age > $1 and city = $2",
 *                                aq_args(aq_int4(18), aq_text("Bremen")));
 *     aq_rows_t *rows = aq_await(op);
 *     for (size_t i = 0; rows != NULL && i < aq_rows_count(rows); i++)
 *         printf("%d %s\n", aq_as_int4(aq_cell(rows, i, 0)), aq_as_text(aq_cell_named(rows, i, "name")));
 *
 * The calls that start something (aq_execute, aq_send, aq_acquire ...) are in aquifer/app.h: they need a context.
 * Source: PostgreSQL documentation, "libpq - C Library" (pipeline mode, COPY, asynchronous notification). */
#ifndef AQUIFER_WIRE_H
#define AQUIFER_WIRE_H

#include <string.h>

#include "aquifer/task.h"
#include "aquifer/value.h"

AQ_BEGIN_DECLS

/* "Zero, and I mean it", in option structs where 0 stands for the default. */
#define AQ_ZERO (-1000000)

/* ---- Text forms --------------------------------------------------------------------------------------------------- */

/* The same as PostgreSQL's with DateStyle ISO and UTC; return the length, or AQ_EINVAL/AQ_ERANGE with the
 * thread's last error. 80 bytes always suffice. */
AQ_API int aq_format_timestamp(aq_timestamp_t value, bool with_zone, char *buffer,
                               size_t size); /* "2026-11-23 04:05:06.5+00" */
AQ_API int aq_format_timestamp_iso8601(aq_timestamp_t value, bool with_zone, char *buffer,
                                       size_t size); /* "2026-11-23T04:05:06.5Z" */
AQ_API int aq_format_date(aq_date_t value, char *buffer, size_t size);
AQ_API int aq_format_time(aq_time_t value, char *buffer, size_t size);
AQ_API int aq_format_interval(aq_interval_t value, char *buffer, size_t size);
AQ_API int aq_format_uuid(aq_uuid_t value, char *buffer, size_t size);
AQ_API int aq_format_inet(aq_inet_t value, char *buffer, size_t size);
/* Reads what these and PostgreSQL write (DateStyle ISO with any zone, IntervalStyle postgres), and ISO 8601: timestamps with a T,
 * intervals as durations ("P1Y2M-3DT4H5M6.7S"). A timestamp without a zone is UTC. AQ_EINVAL, AQ_ERANGE: *value is zero. */
AQ_API int aq_parse_timestamp(const char *text, aq_timestamp_t *value);
AQ_API int aq_parse_date(const char *text, aq_date_t *value);
AQ_API int aq_parse_time(const char *text, aq_time_t *value);
AQ_API int aq_parse_interval(const char *text, aq_interval_t *value);
AQ_API int aq_parse_uuid(const char *text, aq_uuid_t *value);
AQ_API int aq_parse_inet(const char *text, aq_inet_t *value);

/* ---- Values and arguments -------------------------------------------------------------------------------------------- */

typedef enum aq_value_kind {
    AQ_VALUE_NULL,
    AQ_VALUE_BOOL,
    AQ_VALUE_INT2,
    AQ_VALUE_INT4,
    AQ_VALUE_INT8,
    AQ_VALUE_FLOAT4,
    AQ_VALUE_FLOAT8,
    AQ_VALUE_TEXT, /* text of any type: the server decides which (enum, numeric, json, ranges ...) */
    AQ_VALUE_BYTEA,
    AQ_VALUE_DATE,
    AQ_VALUE_TIME,
    AQ_VALUE_TIMESTAMP,
    AQ_VALUE_TIMESTAMPTZ,
    AQ_VALUE_INTERVAL,
    AQ_VALUE_UUID,
    AQ_VALUE_NUMERIC, /* its text */
    AQ_VALUE_JSON,
    AQ_VALUE_JSONB,
    AQ_VALUE_INET,
    AQ_VALUE_ARRAY /* one-dimensional, of `element` */
} aq_value_kind_t;

/* One parameter. Made by the functions below; it borrows what it points to, and the call that it is given to copies it. */
typedef struct aq_value {
    aq_value_kind_t kind;
    aq_value_kind_t element; /* of an array */
    union {
        bool boolean;
        int64_t integer;  /* int2, int4, int8, date, time, timestamps */
        double number;    /* float4, float8 */
        aq_bytes_t bytes; /* text, bytea, numeric, json, jsonb */
        aq_interval_t interval;
        aq_uuid_t uuid;
        const aq_inet_t *inet;
        struct {
            const void *
                items; /* C array of the element's type: int32_t, const char * (text, numeric, json), aq_bytes_t (bytea) ... */
            size_t count;
            const bool *nulls; /* NULL: none is; text items may also be NULL */
        } array;
    } as;
} aq_value_t;

static inline aq_value_t aq_null(void)
{
    aq_value_t value;

    memset(&value, 0, sizeof value);
    value.kind = AQ_VALUE_NULL;
    return value;
}

#define AQ_SCALAR_(name, KIND, type, member, conversion) \
    static inline aq_value_t aq_##name(type given)       \
    {                                                    \
        aq_value_t value;                                \
                                                         \
        value.kind = AQ_VALUE_##KIND;                    \
        value.element = AQ_VALUE_NULL;                   \
        value.as.member = (conversion)given;             \
        return value;                                    \
    }
AQ_SCALAR_(bool, BOOL, bool, boolean, bool)
AQ_SCALAR_(int2, INT2, int16_t, integer, int64_t)
AQ_SCALAR_(int4, INT4, int32_t, integer, int64_t)
AQ_SCALAR_(int8, INT8, int64_t, integer, int64_t)
AQ_SCALAR_(float4, FLOAT4, float, number, double)
AQ_SCALAR_(float8, FLOAT8, double, number, double)
AQ_SCALAR_(date, DATE, aq_date_t, integer, int64_t)
AQ_SCALAR_(time, TIME, aq_time_t, integer, int64_t)
AQ_SCALAR_(timestamp, TIMESTAMP, aq_timestamp_t, integer, int64_t)
AQ_SCALAR_(timestamptz, TIMESTAMPTZ, aq_timestamp_t, integer, int64_t)
AQ_SCALAR_(inet, INET, const aq_inet_t *, inet, const aq_inet_t *) /* NULL: NULL */
#undef AQ_SCALAR_

static inline aq_value_t aq__bytes_value(aq_value_kind_t kind, const void *data, size_t length)
{
    aq_value_t value;

    value.kind = data != NULL ? kind : AQ_VALUE_NULL;
    value.element = AQ_VALUE_NULL;
    value.as.bytes.data = data;
    value.as.bytes.length = length;
    return value;
}

/* A NULL pointer gives NULL. Text must be UTF-8 without NUL: AQ_EENCODING otherwise. */
static inline aq_value_t aq_text(const char *text)
{
    return aq__bytes_value(AQ_VALUE_TEXT, text, text != NULL ? strlen(text) : 0);
}
static inline aq_value_t aq_textn(const char *text, size_t length)
{
    return aq__bytes_value(AQ_VALUE_TEXT, text, length);
}
static inline aq_value_t aq_bytea(const void *data, size_t length)
{
    return aq__bytes_value(AQ_VALUE_BYTEA, data, length);
}
static inline aq_value_t aq_numeric(const char *text)
{
    return aq__bytes_value(AQ_VALUE_NUMERIC, text, text != NULL ? strlen(text) : 0);
}
static inline aq_value_t aq_json(const char *text)
{
    return aq__bytes_value(AQ_VALUE_JSON, text, text != NULL ? strlen(text) : 0);
}
static inline aq_value_t aq_jsonb(const char *text)
{
    return aq__bytes_value(AQ_VALUE_JSONB, text, text != NULL ? strlen(text) : 0);
}
static inline aq_value_t aq_interval(aq_interval_t interval)
{
    aq_value_t value;

    value.kind = AQ_VALUE_INTERVAL;
    value.element = AQ_VALUE_NULL;
    value.as.interval = interval;
    return value;
}
static inline aq_value_t aq_uuid(aq_uuid_t uuid)
{
    aq_value_t value;

    value.kind = AQ_VALUE_UUID;
    value.element = AQ_VALUE_NULL;
    value.as.uuid = uuid;
    return value;
}

/* One parameter that is an array: `select ... where id = any($1)`. `nulls` marks the NULL elements; NULL: none. */
static inline aq_value_t aq_array(aq_value_kind_t element, const void *items, size_t count, const bool *nulls)
{
    aq_value_t value;

    value.kind = AQ_VALUE_ARRAY;
    value.element = element;
    value.as.array.items = items;
    value.as.array.count = count;
    value.as.array.nulls = nulls;
    return value;
}
#ifndef __cplusplus
#define AQ_ITEMS_(type_, items_) ((type_ *){(items_)})
#else
#define AQ_ITEMS_(type_, items_) static_cast<type_ *>(items_)
#endif
#define aq_int4_array(items, count) aq_array(AQ_VALUE_INT4, AQ_ITEMS_(const int32_t, items), (count), NULL)
#define aq_int8_array(items, count) aq_array(AQ_VALUE_INT8, AQ_ITEMS_(const int64_t, items), (count), NULL)
#define aq_float8_array(items, count) aq_array(AQ_VALUE_FLOAT8, AQ_ITEMS_(const double, items), (count), NULL)
#define aq_text_array(items, count) \
    aq_array(AQ_VALUE_TEXT, AQ_ITEMS_(const char *const, items), (count), NULL)

typedef struct aq_arguments {
    size_t count;
    const aq_value_t *values;
} aq_arguments_t;

/* The arguments of one call: aq_args(aq_int4(1), aq_text("x")). NULL stands for none. Valid in the enclosing block; in C++ in the statement. */
#ifndef __cplusplus
#define aq_args(...)                                                                         \
    (&(const aq_arguments_t){sizeof((const aq_value_t[]){__VA_ARGS__}) / sizeof(aq_value_t), \
                             (const aq_value_t[]){__VA_ARGS__}})
#else
extern "C++" {
struct aq__args {
    aq_arguments_t arguments;
    template <size_t count> explicit aq__args(const aq_value_t (&values)[count]) : arguments{count, values}
    {
    }
    operator const aq_arguments_t *() const
    {
        return &arguments;
    }
};
}
#define aq_args(...) aq__args({__VA_ARGS__})
#endif

/* ---- Rows --------------------------------------------------------------------------------------------------------------- */

/* The rows of one statement, as libpq received them: cells point into them. Owned by the op, or by the caller after
 * aq_op_take(); then aq_rows_close(). */
typedef struct aq_rows aq_rows_t;

AQ_API size_t aq_rows_count(const aq_rows_t *rows);
AQ_API size_t aq_rows_columns(const aq_rows_t *rows);
AQ_API const char *aq_rows_column_name(const aq_rows_t *rows, size_t column); /* NULL: no such column */
AQ_API uint32_t aq_rows_column_type(const aq_rows_t *rows, size_t column);    /* OID, 0: no such column */
AQ_API int aq_rows_column(const aq_rows_t *rows,
                          const char *name);               /* index; AQ_ECOLUMN; of several the first */
AQ_API const char *aq_rows_command(const aq_rows_t *rows); /* "SELECT 3", "INSERT 0 1" */
AQ_API uint64_t aq_rows_affected(const aq_rows_t *rows);   /* rows written, or read by a SELECT */
AQ_API void aq_rows_close(aq_rows_t *rows);
/* The first wrong access to a cell of these rows (NULL, other type, no such row ...), NULL when there was none. Wrong
 * accesses give zero values, so that a block of reads needs one look at its end. */
AQ_API const aq_error_t *aq_rows_error(const aq_rows_t *rows);

/* One cell; a plain value that borrows from its rows. */
typedef struct aq_cell {
    aq_rows_t *rows;
    const char *data;
    int32_t length; /* -1: NULL, -2: no such cell */
    uint32_t type;  /* OID */
    int32_t row;
    int16_t column;
    bool binary;
} aq_cell_t;

AQ_API aq_cell_t aq_cell(aq_rows_t *rows, size_t row, size_t column);
AQ_API aq_cell_t aq_cell_named(aq_rows_t *rows, size_t row, const char *column);

static inline bool aq_is_null(aq_cell_t cell)
{
    return cell.length == -1;
}

/* What the functions below call when the cell is not simply binary and of the type asked for; not for users. */
AQ_API int16_t aq_as_int2_(aq_cell_t cell);
AQ_API int32_t aq_as_int4_(aq_cell_t cell);
AQ_API int64_t aq_as_int8_(aq_cell_t cell);
AQ_API double aq_as_float8_(aq_cell_t cell);
AQ_API const char *aq_as_text_(aq_cell_t cell, size_t *length); /* with `length`: only that */

/* Big-endian. Compilers make one load and one swap of each. */
static inline uint16_t aq_load16_(const char *data)
{
    const unsigned char *byte = (const unsigned char *)data;

    return (uint16_t)(byte[0] << 8 | byte[1]);
}

static inline uint32_t aq_load32_(const char *data)
{
    const unsigned char *byte = (const unsigned char *)data;

    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static inline uint64_t aq_load64_(const char *data)
{
    const unsigned char *byte = (const unsigned char *)data;

    return (uint64_t)byte[0] << 56 | (uint64_t)byte[1] << 48 | (uint64_t)byte[2] << 40 |
           (uint64_t)byte[3] << 32 | (uint64_t)byte[4] << 24 | (uint64_t)byte[5] << 16 |
           (uint64_t)byte[6] << 8 | byte[7];
}

static inline bool aq_cell_is_(aq_cell_t cell, uint32_t type, int32_t length)
{
    return cell.binary && cell.type == type && cell.length == length;
}

/* The cell as a C value. NULL, another type or a number that does not fit give 0 (or NULL), and the rows' error says so: "row 3,
 * column 'age' (2): NULL where an int4 was asked for"; both are counted from 0. Bytes that are no such value: AQ_EPROTOCOL.
 * Integers widen (int2 as int8) and narrow where they fit, and any number may be read as float8. */
AQ_API bool aq_as_bool(aq_cell_t cell);

static inline int16_t aq_as_int2(aq_cell_t cell)
{
    return aq_cell_is_(cell, AQ_OID_INT2, 2) ? (int16_t)aq_load16_(cell.data) : aq_as_int2_(cell);
}

static inline int32_t aq_as_int4(aq_cell_t cell)
{
    return aq_cell_is_(cell, AQ_OID_INT4, 4) ? (int32_t)aq_load32_(cell.data) : aq_as_int4_(cell);
}

static inline int64_t aq_as_int8(aq_cell_t cell)
{
    return aq_cell_is_(cell, AQ_OID_INT8, 8) ? (int64_t)aq_load64_(cell.data) : aq_as_int8_(cell);
}

AQ_API float aq_as_float4(aq_cell_t cell);

static inline double aq_as_float8(aq_cell_t cell)
{
    uint64_t bits;
    double value;

    if (!aq_cell_is_(cell, AQ_OID_FLOAT8, 8))
        return aq_as_float8_(cell);
    bits = aq_load64_(cell.data);
    memcpy(&value, &bits, sizeof(value));
    return value;
}

AQ_API aq_date_t aq_as_date(aq_cell_t cell);
AQ_API aq_time_t aq_as_time(aq_cell_t cell);
AQ_API aq_timestamp_t aq_as_timestamp(aq_cell_t cell); /* timestamptz too; AQ_ERANGE after 294246 */
AQ_API aq_interval_t aq_as_interval(aq_cell_t cell);
AQ_API aq_uuid_t aq_as_uuid(aq_cell_t cell);
AQ_API aq_inet_t aq_as_inet(aq_cell_t cell);
AQ_API aq_bytes_t aq_as_bytea(aq_cell_t cell); /* decoded; NULL gives {NULL, 0} and is no error */

static inline bool aq_cell_is_text_(aq_cell_t cell) /* its bytes are its text */
{
    return cell.length >= 0 && (!cell.binary || cell.type == AQ_OID_TEXT || cell.type == AQ_OID_VARCHAR);
}

/* Any type in PostgreSQL's text form, NUL-terminated; lives with the rows. NULL cells give NULL and are no error. */
static inline const char *aq_as_text(aq_cell_t cell)
{
    return aq_cell_is_text_(cell) ? cell.data : aq_as_text_(cell, NULL);
}

static inline size_t aq_as_text_length(aq_cell_t cell)
{
    size_t length;

    if (aq_cell_is_text_(cell))
        return (size_t)cell.length;
    (void)aq_as_text_(cell, &length);
    return length;
}

/* An array cell: the elements are cells of their own. Multi-dimensional arrays are given flat, in storage order. `items` is NULL for
 * NULL and for what is no array (errors, both), not for an empty one. Elements of enums and other types not in the table above have
 * type 0: read them with aq_as_text(). */
typedef struct aq_cells {
    const aq_cell_t *items; /* live with the rows */
    size_t count;
    size_t dimensions;
} aq_cells_t;
AQ_API aq_cells_t aq_as_array(aq_cell_t cell);

/* Appends the cell as JSON: numbers and booleans bare (int8 and numeric too; NaN and infinities as strings), json and jsonb as they
 * are, arrays as arrays, everything else as a string (times as ISO 8601, intervals as its durations, years outside 0 to 9999 with a
 * sign and six digits), NULL as null. Bad UTF-8 becomes U+FFFD; a malformed value becomes null, and the rows' error says so. */
AQ_API void aq_text_append_cell_json(aq_text_t *text, aq_cell_t cell);
/* Appends one row as an object whose names are the columns. */
AQ_API void aq_text_append_row_json(aq_text_t *text, aq_rows_t *rows, size_t row);

/* ---- Units ---------------------------------------------------------------------------------------------------------------- */

/* An inert list of statements that ends in one Sync: the server runs it as one transaction (unless it holds its own BEGIN).
 * Inert: nothing happens until aq_send(). One trip, and all or nothing.
 *
 *     aq_unit_t *unit = aq_unit_create();
 *     aq_unit_add(unit, "update account set balance = balance - $1 where id = $2", aq_args(aq_int8(5), aq_int4(1)));
 *     aq_unit_add(unit, "update account set balance = balance + $1 where id = $2", aq_args(aq_int8(5), aq_int4(2)));
 *     aq_results_t *results = aq_await(aq_send(context, NULL, unit));
 */
typedef struct aq_unit aq_unit_t;

/* NULL: out of memory. aq_unit_add and aq_send take that NULL and fail, so that a unit can be made without a look at each step. */
AQ_API aq_unit_t *aq_unit_create(void);
/* Adds a statement; text and values are copied. Returns its index, or an error: AQ_EENCODING, AQ_ETOOBIG, AQ_EARGUMENTS
 * (more than 65,535), AQ_ENOMEM (aq_last_error() has the text). An error also makes aq_send fail with it, so the return value may be ignored. */
AQ_API int aq_unit_add(aq_unit_t *unit, const char *sql, const aq_arguments_t *arguments);
AQ_API void aq_unit_close(aq_unit_t *unit); /* only for a unit that was not sent: aq_send takes it */

/* The rows of each statement of a unit. Owned by the op (or by the taker: aq_results_close). */
typedef struct aq_results aq_results_t;

AQ_API size_t aq_results_count(const aq_results_t *results);
AQ_API aq_rows_t *aq_results_rows(aq_results_t *results, size_t statement); /* NULL: no such statement */
AQ_API void aq_results_close(aq_results_t *results);

/* ---- Descriptions ------------------------------------------------------------------------------------------------------------ */

/* A column of a statement's result. It may be NULL unless more is known than is told here: a column of a table that is declared NOT NULL comes as
 * NULL from the far side of an outer join. `aquifer check` works that out. */
typedef struct aq_described_column {
    const char *name;
    uint32_t type; /* OID; of a domain its base type */
    int32_t
        modifier; /* of the type, such as the length of varchar; -1: none. format_type(type, modifier) is its name */
    uint32_t table; /* OID of the table or view that it comes from as it is; 0: from none, it is computed */
    int16_t number; /* there, from 1 (pg_attribute.attnum); 0: none */
} aq_described_column_t;

/* What one statement takes and gives; made by aq_describe() and aq_lane_describe(). Owned by the op, or by the caller after aq_op_take(); then
 * aq_description_close().
 *
 *     aq_description_t *user = aq_await(aq_describe(context, NULL, "select id, name from users where age > $1"));
 *     if (user != NULL)                                    parameters[0] is AQ_OID_INT4, columns[1].name is "name"
 *
 * Source: PostgreSQL documentation, "Frontend/Backend Protocol", Describe of a prepared statement. */
typedef struct aq_description {
    const uint32_t *parameters; /* OIDs of their types, $1 first */
    size_t parameter_count;
    const aq_described_column_t *columns;
    size_t column_count; /* 0: it gives no rows */
} aq_description_t;

AQ_API void aq_description_close(aq_description_t *description); /* NULL is fine */

/* ---- Lanes ------------------------------------------------------------------------------------------------------------------ */

/* An exclusive lane: one connection, from aq_acquire() to aq_release(). Transaction control is allowed on it; its calls run in the order they
 * are made.
 *
 *     aq_lane_t *lane = aq_await(aq_acquire(context, NULL));
 *     aq_lane_execute(lane, "begin isolation level serializable", NULL);
 *     aq_op_t *op = aq_lane_execute(lane, "update ...", NULL);
 *     if (aq_await(op) != NULL)
 *         aq_await(aq_lane_execute(lane, "commit", NULL));
 *     aq_release(lane);                                          an open transaction is rolled back
 *
 * When its connection is lost, the lane stays until aq_release and its calls fail with AQ_ELOST. */
typedef struct aq_lane aq_lane_t;

AQ_API aq_op_t *aq_lane_execute(aq_lane_t *lane, const char *sql,
                                const aq_arguments_t *arguments); /* as aq_execute */
AQ_API aq_op_t *aq_lane_send(aq_lane_t *lane, aq_unit_t *unit);   /* as aq_send */
AQ_API aq_op_t *aq_lane_describe(aq_lane_t *lane,
                                 const char *sql); /* as aq_describe, inside the lane's transaction */
/* Gives the connection back once what runs on it is through; open work is rolled back first. The lane is gone at once. NULL is fine. A lane
 * that a task acquired and did not release is released when the task ends. */
AQ_API void aq_release(aq_lane_t *lane);
/* Hard: the connection is closed now, what runs on it fails. Soft: it is closed before its next checkout. */
AQ_API void aq_lane_invalidate(aq_lane_t *lane, bool soft);
AQ_API bool aq_lane_in_transaction(const aq_lane_t *lane); /* as of the last unit that is done */
AQ_API int aq_lane_backend_pid(const aq_lane_t *lane);     /* 0: lost */
AQ_API const char *
aq_lane_parameter(const aq_lane_t *lane,
                  const char *name); /* ParameterStatus: "server_version", "TimeZone" ...; NULL: unknown */

/* ---- Streams: rows of any number in constant memory -------------------------------------------------------------------------- */

/* Reads only as fast as it is asked: the server waits meanwhile. Holds an exclusive lane until its end or its close.
 *
 *     aq_stream_t *stream = aq_await(aq_stream(context, NULL, "select * from log", NULL));
 *     aq_op_t     *op = NULL;
 *     aq_rows_t   *rows;
 *     while (stream != NULL && (rows = aq_await(op = aq_stream_next(stream))) != NULL && aq_rows_count(rows) > 0) {
 *         ...
 *         aq_op_close(op);
 *     }
 *     aq_stream_close(stream);                                                                                             */
typedef struct aq_stream aq_stream_t;

AQ_API aq_op_t *
aq_lane_stream(aq_lane_t *lane, const char *sql,
               const aq_arguments_t *arguments); /* as aq_stream, inside the lane's transaction */
/* The next rows (up to about 256, never none before the end); an empty aq_rows_t at the end. One at a time: AQ_EINVAL while one is pending. */
AQ_API aq_op_t *aq_stream_next(aq_stream_t *stream);
/* Closing before the end inside a transaction of the lane fails that transaction, because the query is canceled. The other calls of the lane wait
 * until the stream has ended or is closed, and so does giving the lane back. COPY: the same. */
AQ_API void aq_stream_close(aq_stream_t *stream); /* before the end: the query is canceled. NULL is fine */

/* ---- COPY --------------------------------------------------------------------------------------------------------------------- */

typedef struct aq_copy aq_copy_t;

AQ_API aq_op_t *aq_lane_copy_in(aq_lane_t *lane, const char *sql);
AQ_API aq_op_t *aq_lane_copy_out(aq_lane_t *lane, const char *sql);
/* Sends bytes (copied) in whatever pieces; done when there is room for more, so awaiting each one is back-pressure. */
AQ_API aq_op_t *aq_copy_write(aq_copy_t *copy, const void *data, size_t length);
/* One row in COPY's binary form; the COPY must say (format binary). Header and trailer are added by themselves. */
AQ_API aq_op_t *aq_copy_write_row(aq_copy_t *copy, const aq_arguments_t *row);
/* What the server finds wrong with the data is told here, not by a write. */
/* Ends the data; done when the server took it all. Value: uint64_t *, the rows copied. */
AQ_API aq_op_t *aq_copy_end(aq_copy_t *copy);
/* The next piece (one row in text and CSV); value: aq_bytes_t *, valid until the next read; length 0 at the end. */
AQ_API aq_op_t *aq_copy_read(aq_copy_t *copy);
AQ_API void aq_copy_close(
    aq_copy_t
        *copy); /* before the end: COPY IN fails and keeps nothing, COPY OUT is canceled. NULL is fine */

/* ---- LISTEN / NOTIFY ---------------------------------------------------------------------------------------------------------- */

typedef struct aq_notification {
    const char *channel;
    const char *payload; /* "" when there is none */
    int backend_pid;     /* of the sender */
    bool
        missed; /* no notification: the connection was lost and is back, so some may have been missed (channel is set, payload "") */
} aq_notification_t;
typedef void (*aq_notify_cb)(void *data, const aq_notification_t *notification);

typedef struct aq_listener aq_listener_t;

/* Callbacks run from the loop; they may end any listener and make new ones. One connection per bind and loop serves all of them, beside the
 * pool's; it is made again by itself when it is lost. It needs a session of its own: behind a transaction pooler nothing ever comes. A channel's name
 * is taken as it is (case too), 1 to 63 bytes. A listener outlives its context silently, until aq_unlisten(). */
AQ_API void aq_unlisten(aq_listener_t *listener); /* no callback after this; NULL is fine */

/* ---- Pool options and statistics ---------------------------------------------------------------------------------------------- */

typedef enum aq_echo {
    AQ_ECHO_DEFAULT,
    AQ_ECHO_OFF,
    AQ_ECHO_ON,
    AQ_ECHO_DEBUG
} aq_echo_t; /* default off; on: statements and their arguments; debug: rows and pool events too */

typedef enum aq_sync {
    AQ_SYNC_DEFAULT, /* turn */
    AQ_SYNC_TURN,    /* plain reads of one turn share a Sync */
    AQ_SYNC_UNIT     /* every unit has its own */
} aq_sync_t;

typedef enum aq_prepare {
    AQ_PREPARE_AUTO, /* a statement is prepared by name the second time it is used; unnamed once a pooler is found in the way */
    AQ_PREPARE_NAMED,
    AQ_PREPARE_UNNAMED
} aq_prepare_t;

typedef enum aq_pool_event {
    AQ_POOL_CONNECT,
    AQ_POOL_CHECKOUT,
    AQ_POOL_RESET,
    AQ_POOL_CHECKIN,
    AQ_POOL_INVALIDATE,
    AQ_POOL_SOFT_INVALIDATE,
    AQ_POOL_CLOSE,
    AQ_POOL_CONNECT_FAILED
} aq_pool_event_t;
AQ_API const char *aq_pool_event_name(aq_pool_event_t event); /* "connect", "soft_invalidate" ... */
/* `connection` counts the connections of the pool from 1. Called while the pool works: look, do not call back. */
typedef void (*aq_pool_event_cb)(void *data, const char *bind, aq_pool_event_t event, uint64_t connection);

/* How one bind's pool behaves on each loop. All times in seconds. Zero is the default, AQ_ZERO is zero. */
typedef struct aq_pool_options {
    int size;         /* connections kept; default 5; AQ_ZERO: no limit */
    int max_overflow; /* more of them for exclusive lanes, closed on return; default 10, -1: no limit */
    double timeout;   /* wait for a connection; default 30; AQ_ZERO: none, fail at once */
    double recycle;   /* a connection older than this is replaced before its next use; default -1: never */
    double recycle_jitter;  /* up to this fraction of `recycle` is taken off at random; default 0.1 */
    double connect_timeout; /* of one connection attempt per host; default 10; at least 2 (libpq) */
    double query_timeout;   /* a unit, from being sent to its last row; default 60; -1: none */
    double
        grace; /* what an abandoned unit or a cancel may still take before its connection is closed; default 5 */
    double close_timeout; /* closing the pool waits so long for running units; default 5 */
    int pipeline_depth;   /* units in flight per connection on the shared lane; default 128 */
    int max_waiters; /* units and acquires that wait; beyond it AQ_EPOOLFULL; default 10000, -1: no limit */
    int statement_cache; /* prepared statements per connection, unnamed beyond; default 256; AQ_ZERO: none */
    int retry_limit; /* times a unit is sent again after 40001, 40P01 or a connection lost before its Sync; default 3, AQ_ZERO: never */
    aq_sync_t sync;
    aq_prepare_t prepare;
    bool lifo;          /* hand out the connection returned last, so that the others can age out */
    bool pre_ping;      /* one round trip before an exclusive lane is given out */
    bool reset_discard; /* DISCARD ALL when an exclusive lane is returned, not only ROLLBACK */
    aq_pool_event_cb on_event;
    void *on_event_data;
} aq_pool_options_t;

typedef struct aq_pool_stats {
    int size, max_overflow;
    int open; /* connected, in whatever state */
    int idle;
    int busy; /* serving the shared lane */
    int held; /* exclusive lanes given out */
    int connecting;
    int quarantined; /* finishing what was abandoned */
    int waiting;     /* units and acquires in the queue */
    int in_flight;   /* units on connections */
    uint64_t generation;
    bool down; /* the last connection attempt failed; one connection probes */
    uint64_t connects, connect_failures, units, statements, syncs, shared_reads, resends, timeouts, cancels,
        lost;
    const char *
        oldest_holder; /* who holds a connection longest (task label or statement); NULL: nobody; valid until the next turn */
    double oldest_held; /* for how many seconds */
} aq_pool_stats_t;

AQ_END_DECLS

#endif
