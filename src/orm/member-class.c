/* The classes of members: for each C type how one value is read, written and compared.
 *
 * The happy path: a cell of the very type, a load and a store. Where the column's type is another one with the same text form (a domain, an enum, citext), the cell is text, and parsed.
 * The failure modes: a cell of another type, a number that does not fit, a value without a text form: errors that begin with the member's name. */
#include "src/orm/member-class.h"

#include <stdio.h>

#include "src/wire/cells.h"
#include "src/wire/number.h"

/* ---- What is wrong ----------------------------------------------------------------------------------------------------------------- */

int aq__member_fail(const aq__field_t *field, int code, const char *format, ...)
{
    char why[1024];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    return aq__fail(code, "%s.%s: %s", field->model, field->attribute->name, why);
}

int aq__member_fail_last(const aq__field_t *field)
{
    const aq_error_t *why = aq_last_error();

    return aq__fail(why->code, "%s.%s: %s", field->model, field->attribute->name, why->message);
}

/* What the rows say of the cell that was just read. */
static int outcome(const aq__field_t *field, aq_cell_t cell)
{
    const aq_error_t *error = aq_rows_error(cell.rows);

    if (error == NULL)
        return AQ_OK;
    return aq__fail(error->code, "%s.%s: %s", field->model, field->attribute->name, error->message);
}

/* As much of a text as a message should have. */
static int clip(const char *text)
{
    return (int)aq__utf8_cut(text, strlen(text), 60);
}

static int no_form(const aq__field_t *field, const char *text)
{
    return aq__member_fail(field, AQ_EINVAL, "'%.*s' is no %s", clip(text), text, field->member_class->name);
}

/* Whether the cell is text because the column's type is none that this class can read. */
static bool is_foreign(const aq__field_t *field, aq_cell_t cell)
{
    return field->oid == AQ_OID_UNKNOWN && !cell.binary;
}

/* ---- bool, integers, floating point ---------------------------------------------------------------------------------------------------- */

static int parse_bool(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on",
                                        "0",     "1",    "f",  "t",   "n",   "y"};

    (void)arena;
    for (size_t i = 0; i < AQ__COUNT_OF(words); i++)
        if (strcasecmp(words[i], text) == 0) {
            bool value = i % 2 == 1;

            memcpy(at, &value, sizeof(value));
            return AQ_OK;
        }
    return no_form(field, text);
}

static int append_bool(const aq__field_t *field, const void *at, aq_text_t *text)
{
    bool value;

    (void)field;
    memcpy(&value, at, sizeof(value));
    aq_text_append(text, value ? "true" : "false");
    return AQ_OK;
}

static int parse_integer(const aq__field_t *field, const char *text, int64_t least, int64_t most,
                         int64_t *value)
{
    size_t length;

    text += strspn(text, " \t\n\r\f\v");
    length = strcspn(text, " \t\n\r\f\v");
    if (text[0] == '+') {
        text++;
        length--;
    }
    if (length > 20 || !aq__integer_parse(text, length, value) ||
        text[length + strspn(text + length, " \t\n\r\f\v")] != '\0')
        return no_form(field, text);
    if (*value >= least && *value <= most)
        return AQ_OK;
    return aq__member_fail(field, AQ_ERANGE, "%lld does not fit an %s", (long long)*value,
                           field->member_class->name);
}

#define INTEGER(name, type, as, least, most)                                                         \
    static int parse_##name(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at) \
    {                                                                                                \
        int64_t number;                                                                              \
        int code = parse_integer(field, text, least, most, &number);                                 \
        type value = (type)number;                                                                   \
                                                                                                     \
        (void)arena;                                                                                 \
        if (code == AQ_OK)                                                                           \
            memcpy(at, &value, sizeof(value));                                                       \
        return code;                                                                                 \
    }                                                                                                \
    static int append_##name(const aq__field_t *field, const void *at, aq_text_t *text)              \
    {                                                                                                \
        type value;                                                                                  \
                                                                                                     \
        (void)field;                                                                                 \
        memcpy(&value, at, sizeof(value));                                                           \
        aq_text_append_int(text, value);                                                             \
        return AQ_OK;                                                                                \
    }
INTEGER(int2, int16_t, aq_as_int2, INT16_MIN, INT16_MAX)
INTEGER(int4, int32_t, aq_as_int4, INT32_MIN, INT32_MAX)
INTEGER(int8, int64_t, aq_as_int8, INT64_MIN, INT64_MAX)
#undef INTEGER

static int parse_float(const aq__field_t *field, const char *text, bool single, double *value)
{
    int code;

    text += strspn(text, " \t\n\r\f\v");
    code = aq__float_parse(text, strcspn(text, " \t\n\r\f\v"), single, value);
    if (code == AQ_ERANGE)
        return aq__member_fail(field, code, "'%.*s' does not fit a %s", clip(text), text,
                               field->member_class->name);
    return code == AQ_OK ? AQ_OK : no_form(field, text);
}

#define FLOATING(name, type, single, format)                                                         \
    static int parse_##name(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at) \
    {                                                                                                \
        double number;                                                                               \
        int code = parse_float(field, text, single, &number);                                        \
        type value = code == AQ_OK ? (type)number : 0;                                               \
                                                                                                     \
        (void)arena;                                                                                 \
        memcpy(at, &value, sizeof(value));                                                           \
        return code;                                                                                 \
    }                                                                                                \
    static int append_##name(const aq__field_t *field, const void *at, aq_text_t *text)              \
    {                                                                                                \
        char form[AQ__FORM_SIZE];                                                                    \
        type value;                                                                                  \
                                                                                                     \
        (void)field;                                                                                 \
        memcpy(&value, at, sizeof(value));                                                           \
        aq_text_append_bytes(text, form, (size_t)format(value, form));                               \
        return AQ_OK;                                                                                \
    }
FLOATING(float4, float, true, aq__float4_format)
FLOATING(float8, double, false, aq__float8_format)
#undef FLOATING

/* ---- Times, uuid, inet -------------------------------------------------------------------------------------------------------------------- */

static bool has_zone(const aq__field_t *field)
{
    return aq__element_oid(field->declared->type) == AQ_OID_TIMESTAMPTZ;
}

static int format_timestamp(const aq__field_t *field, aq_timestamp_t value, char *buffer, size_t size)
{
    return aq_format_timestamp(value, has_zone(field), buffer, size);
}

static int format_inet(const aq__field_t *field, aq_inet_t value, char *buffer, size_t size)
{
    (void)field;
    return aq_format_inet(value, buffer, size);
}

#define FORMED(name, type)                                                                           \
    static int parse_##name(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at) \
    {                                                                                                \
        type value;                                                                                  \
                                                                                                     \
        (void)arena;                                                                                 \
        if (aq_parse_##name(text, &value) != AQ_OK)                                                  \
            return aq__member_fail_last(field);                                                      \
        memcpy(at, &value, sizeof(value));                                                           \
        return AQ_OK;                                                                                \
    }                                                                                                \
    static int append_##name(const aq__field_t *field, const void *at, aq_text_t *text)              \
    {                                                                                                \
        char form[AQ__FORM_SIZE];                                                                    \
        type value;                                                                                  \
        int length;                                                                                  \
                                                                                                     \
        memcpy(&value, at, sizeof(value));                                                           \
        length = FORMAT(name, value, form);                                                          \
        if (length < 0)                                                                              \
            return aq__member_fail_last(field);                                                      \
        aq_text_append_bytes(text, form, (size_t)length);                                            \
        return AQ_OK;                                                                                \
    }
#define FORMAT(name, value, form) aq_format_##name(value, form, sizeof(form))
FORMED(date, aq_date_t)
FORMED(time, aq_time_t)
FORMED(interval, aq_interval_t)
FORMED(uuid, aq_uuid_t)
#undef FORMAT
#define FORMAT(name, value, form) format_##name(field, value, form, sizeof(form))
FORMED(timestamp, aq_timestamp_t)
FORMED(inet, aq_inet_t)
#undef FORMAT
#undef FORMED

/* Of the address only what its family has. */
static bool equal_inet(const aq__field_t *field, const void *a, const void *b)
{
    aq_inet_t left, right;

    (void)field;
    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return left.family == right.family && left.bits == right.bits && left.cidr == right.cidr &&
           memcmp(left.bytes, right.bytes, left.family == 4 ? 4 : 16) == 0;
}

static uint64_t hash_inet(const aq__field_t *field, const void *at)
{
    aq_inet_t value;

    (void)field;
    memcpy(&value, at, sizeof(value));
    return aq__hash(value.bytes, value.family == 4 ? 4 : 16) + value.bits;
}

/* ---- Reading those ------------------------------------------------------------------------------------------------------------------------- */

#define READ(name, type, as)                                                                      \
    static int read_##name(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *at) \
    {                                                                                             \
        type value;                                                                               \
                                                                                                  \
        if (is_foreign(field, cell))                                                              \
            return parse_##name(field, cell.data, arena, at);                                     \
        value = as(cell);                                                                         \
        memcpy(at, &value, sizeof(value));                                                        \
        return outcome(field, cell);                                                              \
    }
READ(bool, bool, aq_as_bool)
READ(int2, int16_t, aq_as_int2)
READ(int4, int32_t, aq_as_int4)
READ(int8, int64_t, aq_as_int8)
READ(float4, float, aq_as_float4)
READ(float8, double, aq_as_float8)
READ(date, aq_date_t, aq_as_date)
READ(time, aq_time_t, aq_as_time)
READ(timestamp, aq_timestamp_t, aq_as_timestamp)
READ(interval, aq_interval_t, aq_as_interval)
READ(uuid, aq_uuid_t, aq_as_uuid)
READ(inet, aq_inet_t, aq_as_inet)
#undef READ

/* ---- As parameters --------------------------------------------------------------------------------------------------------------------------- */

#define VALUE(name, type, part)                                                           \
    static void value_##name(const aq__field_t *field, const void *at, aq_value_t *value) \
    {                                                                                     \
        type given;                                                                       \
                                                                                          \
        (void)field;                                                                      \
        memcpy(&given, at, sizeof(given));                                                \
        value->as.part = given;                                                           \
    }
VALUE(bool, bool, boolean)
VALUE(int2, int16_t, integer)
VALUE(int4, int32_t, integer)
VALUE(int8, int64_t, integer)
VALUE(float4, float, number)
VALUE(float8, double, number)
VALUE(date, aq_date_t, integer)
VALUE(time, aq_time_t, integer)
VALUE(timestamp, aq_timestamp_t, integer)
VALUE(interval, aq_interval_t, interval)
VALUE(uuid, aq_uuid_t, uuid)
#undef VALUE

static void value_inet(const aq__field_t *field, const void *at, aq_value_t *value)
{
    (void)field;
    value->as.inet = at; /* of bytes only, so it is aligned anywhere */
}

/* ---- Enums ------------------------------------------------------------------------------------------------------------------------------------- */

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static int parse_enum(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at)
{
    const aq_enum_t *declared = field->declared->enumeration;

    (void)arena;
    for (size_t i = 0; i < declared->labels.count; i++)
        if (strcmp(declared->labels.items[i], text) == 0) {
            int value = (int)i;

            memcpy(at, &value, sizeof(value));
            return AQ_OK;
        }
    return aq__member_fail(field, AQ_ERANGE, "'%.*s' is none of the %zu label%s of enum '%s'", clip(text),
                           text, declared->labels.count, plural(declared->labels.count), declared->name);
}

static int read_enum(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *at)
{
    const char *label = aq_as_text(cell);

    return label != NULL ? parse_enum(field, label, arena, at) : outcome(field, cell);
}

static int append_enum(const aq__field_t *field, const void *at, aq_text_t *text)
{
    const aq_enum_t *declared = field->declared->enumeration;
    int value;

    memcpy(&value, at, sizeof(value));
    if (value < 0 || (size_t)value >= declared->labels.count)
        return aq__member_fail(field, AQ_ERANGE, "%d is none of the %zu value%s of enum '%s'", value,
                               declared->labels.count, plural(declared->labels.count), declared->name);
    aq_text_append(text, declared->labels.items[value]);
    return AQ_OK;
}

/* ---- Text ------------------------------------------------------------------------------------------------------------------------------------------ */

static const char *text_at(const void *at)
{
    const char *text;

    memcpy(&text, at, sizeof(text));
    return text;
}

static int set_text(const aq__field_t *field, const char *text, size_t length, aq_arena_t *arena, void *at)
{
    char *copy = aq__arena_alloc(arena, length + 1);

    if (copy == NULL)
        return aq__member_fail_last(field);
    memcpy(copy, text, length);
    copy[length] = '\0';
    memcpy(at, &copy, sizeof(copy));
    return AQ_OK;
}

static int read_text(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *at)
{
    const char *text = aq_as_text(cell);

    if (text == NULL)
        return outcome(field, cell);
    return set_text(field, text, text == cell.data ? (size_t)cell.length : strlen(text), arena, at);
}

static int parse_text(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at)
{
    return set_text(field, text, strlen(text), arena, at);
}

static int append_text(const aq__field_t *field, const void *at, aq_text_t *text)
{
    (void)field;
    aq_text_append(text, text_at(at));
    return AQ_OK;
}

static void value_text(const aq__field_t *field, const void *at, aq_value_t *value)
{
    const char *text = text_at(at);

    (void)field;
    value->as.bytes = (aq_bytes_t){text, strlen(text)};
}

static bool equal_text(const aq__field_t *field, const void *a, const void *b)
{
    const char *left = text_at(a), *right = text_at(b);

    (void)field;
    return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

static uint64_t hash_text(const aq__field_t *field, const void *at)
{
    const char *text = text_at(at);

    (void)field;
    return text != NULL ? aq__hash(text, strlen(text)) : 0;
}

static int keep_text(const aq__field_t *field, aq_arena_t *arena, void *at)
{
    const char *text = text_at(at);

    return text != NULL ? set_text(field, text, strlen(text), arena, at) : AQ_OK;
}

/* ---- bytea ------------------------------------------------------------------------------------------------------------------------------------------ */

static aq_bytes_t bytes_at(const void *at)
{
    aq_bytes_t bytes;

    memcpy(&bytes, at, sizeof(bytes));
    return bytes;
}

static int set_bytes(const aq__field_t *field, aq_bytes_t bytes, aq_arena_t *arena, void *at)
{
    aq_bytes_t copy = {aq_arena_alloc(arena, bytes.length), bytes.length};

    if (copy.data == NULL)
        return aq__member_fail_last(field);
    if (bytes.length > 0)
        memcpy((void *)(uintptr_t)copy.data, bytes.data, bytes.length);
    memcpy(at, &copy, sizeof(copy));
    return AQ_OK;
}

static int read_bytea(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *at)
{
    aq_bytes_t bytes;

    if (is_foreign(field, cell))
        cell.type = AQ_OID_BYTEA;
    bytes = aq_as_bytea(cell);
    return bytes.data != NULL ? set_bytes(field, bytes, arena, at) : outcome(field, cell);
}

static int parse_bytea(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at)
{
    aq_rows_t *rows = aq__rows_scratch();
    aq_cell_t cell = {.rows = rows, .data = text, .length = (int32_t)strlen(text), .type = AQ_OID_BYTEA};
    aq_bytes_t bytes = {NULL, 0};
    int code = AQ_ENOMEM;

    if (rows == NULL)
        return aq__member_fail_last(field);
    bytes = aq_as_bytea(cell);
    if (bytes.data != NULL)
        code = set_bytes(field, bytes, arena, at);
    else
        code = aq_rows_error(rows)->code == AQ_ENOMEM ? aq__member_fail(field, AQ_ENOMEM, "out of memory")
                                                      : no_form(field, text);
    aq_rows_close(rows);
    return code;
}

static int append_bytea(const aq__field_t *field, const void *at, aq_text_t *text)
{
    static const char digits[] = "0123456789abcdef";
    aq_bytes_t bytes = bytes_at(at);
    const unsigned char *byte = bytes.data;

    (void)field;
    aq_text_append(text, "\\x");
    for (size_t i = 0; i < bytes.length; i++) {
        aq_text_append_char(text, digits[byte[i] >> 4]);
        aq_text_append_char(text, digits[byte[i] & 15]);
    }
    return AQ_OK;
}

static void value_bytea(const aq__field_t *field, const void *at, aq_value_t *value)
{
    (void)field;
    value->as.bytes = bytes_at(at);
}

static bool equal_bytea(const aq__field_t *field, const void *a, const void *b)
{
    aq_bytes_t left = bytes_at(a), right = bytes_at(b);

    (void)field;
    if (left.data == NULL || right.data == NULL)
        return left.data == right.data;
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.data, right.data, left.length) == 0);
}

static uint64_t hash_bytea(const aq__field_t *field, const void *at)
{
    aq_bytes_t bytes = bytes_at(at);

    (void)field;
    return bytes.data != NULL ? aq__hash(bytes.data, bytes.length) : 0;
}

static int keep_bytea(const aq__field_t *field, aq_arena_t *arena, void *at)
{
    aq_bytes_t bytes = bytes_at(at);

    return bytes.data != NULL ? set_bytes(field, bytes, arena, at) : AQ_OK;
}

/* ---- The table ----------------------------------------------------------------------------------------------------------------------------------------- */

#define FIXED(TYPE, name_, c_type)                    \
    [AQ__MEMBER_##TYPE] = {.name = #name_,            \
                           .type = AQ__MEMBER_##TYPE, \
                           .size = sizeof(c_type),    \
                           .read = read_##name_,      \
                           .parse = parse_##name_,    \
                           .append = append_##name_,  \
                           .value = value_##name_}
static const aq__member_class_t classes[] = {
    FIXED(BOOL, bool, bool),
    FIXED(INT2, int2, int16_t),
    FIXED(INT4, int4, int32_t),
    FIXED(INT8, int8, int64_t),
    FIXED(FLOAT4, float4, float),
    FIXED(FLOAT8, float8, double),
    FIXED(DATE, date, aq_date_t),
    FIXED(TIME, time, aq_time_t),
    FIXED(TIMESTAMP, timestamp, aq_timestamp_t),
    FIXED(INTERVAL, interval, aq_interval_t),
    FIXED(UUID, uuid, aq_uuid_t),
    [AQ__MEMBER_INET] = {.name = "inet",
                         .type = AQ__MEMBER_INET,
                         .size = sizeof(aq_inet_t),
                         .read = read_inet,
                         .parse = parse_inet,
                         .append = append_inet,
                         .value = value_inet,
                         .equal = equal_inet,
                         .hash = hash_inet},
    [AQ__MEMBER_ENUM] = {.name = "enum",
                         .type = AQ__MEMBER_ENUM,
                         .size = sizeof(int),
                         .read = read_enum,
                         .parse = parse_enum,
                         .append = append_enum},
    [AQ__MEMBER_TEXT] = {.name = "text",
                         .type = AQ__MEMBER_TEXT,
                         .size = sizeof(const char *),
                         .read = read_text,
                         .parse = parse_text,
                         .append = append_text,
                         .value = value_text,
                         .equal = equal_text,
                         .hash = hash_text,
                         .keep = keep_text},
    [AQ__MEMBER_BYTEA] = {.name = "bytea",
                          .type = AQ__MEMBER_BYTEA,
                          .size = sizeof(aq_bytes_t),
                          .read = read_bytea,
                          .parse = parse_bytea,
                          .append = append_bytea,
                          .value = value_bytea,
                          .equal = equal_bytea,
                          .hash = hash_bytea,
                          .keep = keep_bytea},
    [AQ__MEMBER_CUSTOM] = {.name = "custom type",
                           .type = AQ__MEMBER_CUSTOM,
                           .read = aq__custom_read,
                           .parse = aq__custom_parse,
                           .append = aq__custom_append,
                           .equal = aq__custom_equal,
                           .hash = aq__custom_hash,
                           .keep = aq__custom_keep},
};
#undef FIXED

const aq__member_class_t *aq__member_class(aq__member_type_t type)
{
    return &classes[type];
}
