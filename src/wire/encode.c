/* Encoding: arguments become parameters of the extended protocol, or a row of COPY's binary form.
 *
 * The happy path: one pass adds up the bytes and checks everything, a second one writes them and cannot fail. Types with a binary
 * form travel in it; text travels as text of no type, so that the server makes of it whatever the statement needs.
 * The failure modes, all found by the first pass: text that is not UTF-8, values too big for the server, numbers and dates that
 * it does not have, kinds that do not exist. The error names the argument. */
#include "src/wire/value.h"

#define ARRAY_LIMIT ((size_t)134217727) /* MaxArraySize of the server */
#define COPY_LIMIT ((size_t)32767)      /* the field count is an int16 */
#define ARRAY_HEADER 20                 /* of one dimension */
#define EMPTY_ARRAY_HEADER 12

/* How each kind travels. */
typedef struct {
    const char *name;
    uint16_t type;  /* as a parameter; 0: the server decides */
    uint16_t array; /* of an array of them */
    uint16_t item;  /* the type in such an array's header */
    uint8_t format; /* 1: binary */
    uint8_t size;   /* 0: it varies */
    uint8_t stride; /* of a C array */
} kind_t;

static const kind_t kinds[] = {
    [AQ_VALUE_NULL] = {"null", 0, 0, 0, 0, 0, 0},
    [AQ_VALUE_BOOL] = {"bool", AQ_OID_BOOL, AQ_OID_BOOL_ARRAY, AQ_OID_BOOL, 1, 1, sizeof(bool)},
    [AQ_VALUE_INT2] = {"int2", AQ_OID_INT2, AQ_OID_INT2_ARRAY, AQ_OID_INT2, 1, 2, sizeof(int16_t)},
    [AQ_VALUE_INT4] = {"int4", AQ_OID_INT4, AQ_OID_INT4_ARRAY, AQ_OID_INT4, 1, 4, sizeof(int32_t)},
    [AQ_VALUE_INT8] = {"int8", AQ_OID_INT8, AQ_OID_INT8_ARRAY, AQ_OID_INT8, 1, 8, sizeof(int64_t)},
    [AQ_VALUE_FLOAT4] = {"float4", AQ_OID_FLOAT4, AQ_OID_FLOAT4_ARRAY, AQ_OID_FLOAT4, 1, 4, sizeof(float)},
    [AQ_VALUE_FLOAT8] = {"float8", AQ_OID_FLOAT8, AQ_OID_FLOAT8_ARRAY, AQ_OID_FLOAT8, 1, 8, sizeof(double)},
    [AQ_VALUE_TEXT] = {"text", 0, AQ_OID_TEXT_ARRAY, AQ_OID_TEXT, 0, 0, sizeof(char *)},
    [AQ_VALUE_BYTEA] = {"bytea", AQ_OID_BYTEA, AQ_OID_BYTEA_ARRAY, AQ_OID_BYTEA, 1, 0, sizeof(aq_bytes_t)},
    [AQ_VALUE_DATE] = {"date", AQ_OID_DATE, AQ_OID_DATE_ARRAY, AQ_OID_DATE, 1, 4, sizeof(aq_date_t)},
    [AQ_VALUE_TIME] = {"time", AQ_OID_TIME, AQ_OID_TIME_ARRAY, AQ_OID_TIME, 1, 8, sizeof(aq_time_t)},
    [AQ_VALUE_TIMESTAMP] = {"timestamp", AQ_OID_TIMESTAMP, AQ_OID_TIMESTAMP_ARRAY, AQ_OID_TIMESTAMP, 1, 8,
                            sizeof(aq_timestamp_t)},
    [AQ_VALUE_TIMESTAMPTZ] = {"timestamptz", AQ_OID_TIMESTAMPTZ, AQ_OID_TIMESTAMPTZ_ARRAY, AQ_OID_TIMESTAMPTZ,
                              1, 8, sizeof(aq_timestamp_t)},
    [AQ_VALUE_INTERVAL] = {"interval", AQ_OID_INTERVAL, AQ_OID_INTERVAL_ARRAY, AQ_OID_INTERVAL, 1, 16,
                           sizeof(aq_interval_t)},
    [AQ_VALUE_UUID] = {"uuid", AQ_OID_UUID, AQ_OID_UUID_ARRAY, AQ_OID_UUID, 1, 16, sizeof(aq_uuid_t)},
    [AQ_VALUE_NUMERIC] = {"numeric", AQ_OID_NUMERIC, AQ_OID_NUMERIC_ARRAY, AQ_OID_NUMERIC, 0, 0,
                          sizeof(char *)},
    [AQ_VALUE_JSON] = {"json", AQ_OID_JSON, AQ_OID_JSON_ARRAY, AQ_OID_JSON, 0, 0, sizeof(char *)},
    [AQ_VALUE_JSONB] = {"jsonb", AQ_OID_JSONB, AQ_OID_JSONB_ARRAY, AQ_OID_JSONB, 0, 0, sizeof(char *)},
    [AQ_VALUE_INET] = {"inet", AQ_OID_INET, AQ_OID_INET_ARRAY, AQ_OID_INET, 1, 0, sizeof(aq_inet_t)},
    [AQ_VALUE_ARRAY] = {"array", 0, 0, 0, 1, 0, 0},
};

/* A parameter may be text that the server reads; an element or a field of COPY must be in its type's own form. */
typedef enum { AS_PARAMETER, AS_BINARY } form_t;

/* ---- Checking ------------------------------------------------------------------------------------------------------------ */

/* The thread's last error with the place in front of it. */
static int at(int code, const char *place, size_t number)
{
    return aq__fail(code, "%s%zu: %s", place, number, aq_last_error()->message);
}

/* Where the first byte is that spoils it. Slow: only for the error's text. */
static size_t bad_byte(const char *text, size_t length)
{
    size_t i = 0;

    while (i < length) {
        size_t character = 1;

        while (character <= 4 && i + character <= length && !aq_utf8_valid(text + i, character))
            character++;
        if (character > 4 || i + character > length)
            break;
        i += character;
    }
    return i;
}

static int check_size(const char *name, size_t length)
{
    if (length <= AQ__VALUE_LIMIT)
        return AQ_OK;
    return aq__fail(AQ_ETOOBIG, "%s of %zu bytes: the limit is %zu", name, length, AQ__VALUE_LIMIT);
}

/* ASCII without NUL, by eights; the last of them may overlap what was seen already. Most texts are, and no longer than a word or two. */
static inline bool is_plain(const char *text, size_t length)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t word, bad = 0;
    uint32_t first, last;

    if (length < 4)
        return false;
    if (length < 8) {
        memcpy(&first, text, 4);
        memcpy(&last, text + length - 4, 4);
        word = (uint64_t)first << 32 | last;
        return ((word | (word - ones)) & tops) == 0;
    }
    for (size_t i = 0; i + 8 < length; i += 8) {
        memcpy(&word, text + i, 8);
        bad |= word | (word - ones);
    }
    memcpy(&word, text + length - 8, 8);
    return ((bad | word | (word - ones)) & tops) == 0;
}

static int check_text(const char *name, const char *text, size_t length)
{
    size_t bad;

    if (check_size(name, length) != 0)
        return AQ_ETOOBIG;
    if (is_plain(text, length) || aq_utf8_valid(text, length))
        return AQ_OK;
    bad = bad_byte(text, length);
    return aq__fail(AQ_EENCODING,
                    text[bad] == '\0' ? "%s with a NUL at byte %zu" : "%s that is not UTF-8 at byte %zu",
                    name, bad);
}

static int check_integer(const char *name, int64_t value, int64_t least, int64_t most)
{
    if (value >= least && value <= most)
        return AQ_OK;
    return aq__fail(AQ_ERANGE, "%lld does not fit an %s", (long long)value, name);
}

static int check_date(int64_t value)
{
    if ((value >= AQ__DATE_FIRST && value <= AQ__DATE_LAST) || value == AQ_DATE_INFINITY ||
        value == AQ_DATE_NEGATIVE_INFINITY)
        return AQ_OK;
    return aq__fail(AQ_ERANGE, "date of day %lld: PostgreSQL has the days %d to %d", (long long)value,
                    AQ__DATE_FIRST, AQ__DATE_LAST);
}

static int check_time(int64_t value)
{
    if (value >= 0 && value <= AQ__DAY)
        return AQ_OK;
    return aq__fail(AQ_ERANGE, "time of %lld microseconds: a day has %lld", (long long)value,
                    (long long)AQ__DAY);
}

static int check_timestamp(const char *name, int64_t value)
{
    if (value >= AQ__TIMESTAMP_FIRST + AQ__EPOCH_MICROSECONDS || value == AQ_TIMESTAMP_NEGATIVE_INFINITY)
        return AQ_OK;
    return aq__fail(AQ_ERANGE, "%s of %lld microseconds: PostgreSQL's first is %lld", name, (long long)value,
                    (long long)(AQ__TIMESTAMP_FIRST + AQ__EPOCH_MICROSECONDS));
}

static int measure_inet(const aq_inet_t *inet, size_t *size)
{
    *size = inet != NULL ? aq__inet_size(inet) : 0;
    return inet != NULL && *size == 0 ? aq_last_error()->code : AQ_OK;
}

/* ---- The first pass -------------------------------------------------------------------------------------------------------- */

static int measure_array(const aq_value_t *array, size_t *size);

/* What a text that is one parameter, or one whole binary value, takes. */
static int measure_text(const aq_value_t *value, form_t form, size_t *size)
{
    const char *text = value->as.bytes.data;
    size_t length = value->as.bytes.length;
    int error = check_text(kinds[value->kind].name, text, length);

    if (error != 0)
        return error;
    *size = length + 1; /* the NUL, or the version of jsonb */
    if (form == AS_PARAMETER)
        return AQ_OK;
    if (value->kind == AQ_VALUE_NUMERIC)
        return aq__numeric_measure(text, length, size);
    if (value->kind != AQ_VALUE_JSONB)
        *size = length;
    return AQ_OK;
}

static inline int measure_value(const aq_value_t *value, form_t form, size_t *size)
{
    int64_t integer = value->as.integer;

    switch (value->kind) {
    case AQ_VALUE_NULL: *size = 0; return AQ_OK;
    case AQ_VALUE_BOOL: *size = 1; return AQ_OK;
    case AQ_VALUE_INT2: *size = 2; return check_integer("int2", integer, INT16_MIN, INT16_MAX);
    case AQ_VALUE_INT4: *size = 4; return check_integer("int4", integer, INT32_MIN, INT32_MAX);
    case AQ_VALUE_FLOAT4: *size = 4; return AQ_OK;
    case AQ_VALUE_INT8:
    case AQ_VALUE_FLOAT8: *size = 8; return AQ_OK;
    case AQ_VALUE_DATE: *size = 4; return check_date(integer);
    case AQ_VALUE_TIME: *size = 8; return check_time(integer);
    case AQ_VALUE_TIMESTAMP:
    case AQ_VALUE_TIMESTAMPTZ: *size = 8; return check_timestamp(kinds[value->kind].name, integer);
    case AQ_VALUE_INTERVAL:
    case AQ_VALUE_UUID: *size = 16; return AQ_OK;
    case AQ_VALUE_BYTEA: *size = value->as.bytes.length; return check_size("bytea", *size);
    case AQ_VALUE_TEXT:
    case AQ_VALUE_NUMERIC:
    case AQ_VALUE_JSON:
    case AQ_VALUE_JSONB: return measure_text(value, form, size);
    case AQ_VALUE_INET: return measure_inet(value->as.inet, size);
    case AQ_VALUE_ARRAY: return measure_array(value, size);
    }
    return aq__fail(AQ_EINVAL, "value of kind %d: there is no such kind", (int)value->kind);
}

/* The element as a value of its own. */
static inline aq_value_t item_at(const aq_value_t *array, size_t i)
{
    const char *items = (const char *)array->as.array.items + i * kinds[array->element].stride;

    if (array->as.array.nulls != NULL && array->as.array.nulls[i])
        return aq_null();
    switch (array->element) {
    case AQ_VALUE_BOOL: return aq_bool(*(const bool *)items);
#define ITEM(KIND, name, type) \
    case AQ_VALUE_##KIND: return aq_##name(*(const type *)(const void *)items);
        ITEM(INT2, int2, int16_t)
        ITEM(INT4, int4, int32_t)
        ITEM(INT8, int8, int64_t)
        ITEM(FLOAT4, float4, float)
        ITEM(FLOAT8, float8, double)
        ITEM(TEXT, text, char *const)
        ITEM(DATE, date, aq_date_t)
        ITEM(TIME, time, aq_time_t)
        ITEM(TIMESTAMP, timestamp, aq_timestamp_t)
        ITEM(TIMESTAMPTZ, timestamptz, aq_timestamp_t)
        ITEM(INTERVAL, interval, aq_interval_t)
        ITEM(UUID, uuid, aq_uuid_t)
        ITEM(NUMERIC, numeric, char *const)
        ITEM(JSON, json, char *const)
        ITEM(JSONB, jsonb, char *const)
#undef ITEM
    case AQ_VALUE_INET: return aq_inet((const aq_inet_t *)(const void *)items);
    case AQ_VALUE_BYTEA: {
        const aq_bytes_t *bytes = (const aq_bytes_t *)(const void *)items;

        return aq_bytea(bytes->data, bytes->length);
    }
    case AQ_VALUE_NULL:
    case AQ_VALUE_ARRAY: break;
    }
    return aq_null();
}

aq_value_t aq__array_item(const aq_value_t *array, size_t i)
{
    return item_at(array, i);
}

/* Every value that C has of these is one that PostgreSQL has, so that nobody need look at them. */
static bool is_always_good(aq_value_kind_t kind)
{
    return (kind >= AQ_VALUE_BOOL && kind <= AQ_VALUE_FLOAT8) || kind == AQ_VALUE_INTERVAL ||
           kind == AQ_VALUE_UUID;
}

static size_t count_nulls(const aq_value_t *array)
{
    size_t nulls = 0;

    for (size_t i = 0; array->as.array.nulls != NULL && i < array->as.array.count; i++)
        nulls += array->as.array.nulls[i];
    return nulls;
}

static int measure_array(const aq_value_t *array, size_t *size)
{
    size_t count = array->as.array.count, total = count > 0 ? ARRAY_HEADER + 4 * count : EMPTY_ARRAY_HEADER,
           item;

    if (array->element <= AQ_VALUE_NULL || array->element >= AQ_VALUE_ARRAY)
        return aq__fail(AQ_EINVAL, "array of kind %d: its elements must be scalars", (int)array->element);
    if (count > ARRAY_LIMIT)
        return aq__fail(AQ_ETOOBIG, "array of %zu elements: the limit is %zu", count, ARRAY_LIMIT);
    if (count > 0 && array->as.array.items == NULL)
        return aq__fail(AQ_EINVAL, "array of %zu elements: they are at NULL", count);
    if (is_always_good(array->element)) {
        *size = total + (count - count_nulls(array)) * kinds[array->element].size;
        return check_size("array", *size);
    }
    for (size_t i = 0; i < count; i++) {
        aq_value_t value = item_at(array, i);
        int error = measure_value(&value, AS_BINARY, &item);

        if (error != 0)
            return at(error, "element ", i);
        total += item;
        if (total > AQ__VALUE_LIMIT)
            break;
    }
    *size = total;
    return check_size("array", total);
}

/* What many arguments are: numbers of four or eight bytes. As long as there are only these, both passes call nothing. */
static inline bool is_int4(const aq_value_t *value)
{
    return value->kind == AQ_VALUE_INT4 && value->as.integer == (int32_t)value->as.integer;
}

static inline bool is_eight_bytes(const aq_value_t *value)
{
    return value->kind == AQ_VALUE_INT8 || value->kind == AQ_VALUE_FLOAT8;
}

#define PARAMETER_SIZE (sizeof(char *) + sizeof(Oid) + 2 * sizeof(int))

/* From argument `i` on; *bytes is what those before it take. */
__attribute__((noinline)) static int measure_from(const aq_arguments_t *arguments, size_t i, size_t *bytes)
{
    size_t total = 0, size;

    for (; i < arguments->count; i++) {
        int error = measure_value(&arguments->values[i], AS_PARAMETER, &size);

        if (error != 0)
            return at(error, "argument $", i + 1);
        total += size;
    }
    *bytes += total;
    total = *bytes - arguments->count * PARAMETER_SIZE;
    if (total <= AQ__VALUE_LIMIT + 1) /* with the NUL of a single text */
        return AQ_OK;
    return aq__fail(AQ_ETOOBIG, "arguments of %zu bytes in all: the limit is %zu", total, AQ__VALUE_LIMIT);
}

__attribute__((noinline)) static int too_many(size_t count)
{
    return aq__fail(AQ_EARGUMENTS, "%zu arguments: the limit is %zu", count, AQ__ARGUMENT_LIMIT);
}

int aq__encode_measure(const aq_arguments_t *arguments, size_t *bytes)
{
    size_t count = arguments != NULL ? arguments->count : 0, total = count * PARAMETER_SIZE;

    if (count > AQ__ARGUMENT_LIMIT)
        return too_many(count);
    for (size_t i = 0; i < count; i++) {
        bool four = is_int4(&arguments->values[i]);

        *bytes = total;
        if (!four && !is_eight_bytes(&arguments->values[i]))
            return measure_from(arguments, i, bytes);
        total += four ? 4 : 8;
    }
    *bytes = total;
    return AQ_OK;
}

/* ---- The second pass --------------------------------------------------------------------------------------------------------- */

static char *write_bytes(char *to, aq_bytes_t bytes)
{
    memcpy(to, bytes.data, bytes.length);
    return to + bytes.length;
}

static char *write_interval(char *to, aq_interval_t interval)
{
    to = aq__store64(to, (uint64_t)interval.microseconds);
    to = aq__store32(to, (uint32_t)interval.days);
    return aq__store32(to, (uint32_t)interval.months);
}

static inline uint32_t float4_bits(double number)
{
    float single = (float)number;
    uint32_t bits;

    memcpy(&bits, &single, sizeof(bits));
    return bits;
}

static inline int32_t server_date(int64_t value)
{
    return (int32_t)(value == AQ_DATE_INFINITY || value == AQ_DATE_NEGATIVE_INFINITY
                         ? value
                         : value - AQ__EPOCH_DAYS);
}

static inline int64_t server_timestamp(int64_t value)
{
    if (value == AQ_TIMESTAMP_INFINITY || value == AQ_TIMESTAMP_NEGATIVE_INFINITY)
        return value;
    return value - AQ__EPOCH_MICROSECONDS;
}

static char *write_array(char *to, const aq_value_t *array);

static char *write_text(char *to, const aq_value_t *value, form_t form)
{
    if (form == AS_BINARY && value->kind == AQ_VALUE_NUMERIC)
        return aq__numeric_write(to, value->as.bytes.data, value->as.bytes.length);
    if (form == AS_BINARY && value->kind == AQ_VALUE_JSONB)
        *to++ = 1; /* the version */
    to = write_bytes(to, value->as.bytes);
    if (form == AS_PARAMETER)
        *to++ = '\0';
    return to;
}

/* Writes what measure_value() measured and returns what is behind it. */
static inline char *write_value(char *to, const aq_value_t *value, form_t form)
{
    uint64_t bits;

    switch (value->kind) {
    case AQ_VALUE_NULL: return to;
    case AQ_VALUE_BOOL: *to = value->as.boolean; return to + 1;
    case AQ_VALUE_INT2: return aq__store16(to, (uint16_t)value->as.integer);
    case AQ_VALUE_INT4: return aq__store32(to, (uint32_t)value->as.integer);
    case AQ_VALUE_INT8:
    case AQ_VALUE_TIME: return aq__store64(to, (uint64_t)value->as.integer);
    case AQ_VALUE_FLOAT4: return aq__store32(to, float4_bits(value->as.number));
    case AQ_VALUE_FLOAT8: memcpy(&bits, &value->as.number, sizeof(bits)); return aq__store64(to, bits);
    case AQ_VALUE_DATE: return aq__store32(to, (uint32_t)server_date(value->as.integer));
    case AQ_VALUE_TIMESTAMP:
    case AQ_VALUE_TIMESTAMPTZ: return aq__store64(to, (uint64_t)server_timestamp(value->as.integer));
    case AQ_VALUE_INTERVAL: return write_interval(to, value->as.interval);
    case AQ_VALUE_UUID: memcpy(to, value->as.uuid.bytes, 16); return to + 16;
    case AQ_VALUE_BYTEA: return write_bytes(to, value->as.bytes);
    case AQ_VALUE_TEXT:
    case AQ_VALUE_NUMERIC:
    case AQ_VALUE_JSON:
    case AQ_VALUE_JSONB: return write_text(to, value, form);
    case AQ_VALUE_INET: return value->as.inet != NULL ? aq__inet_write(to, value->as.inet) : to;
    case AQ_VALUE_ARRAY: return write_array(to, value);
    }
    return to;
}

static inline bool is_null(const aq_value_t *value)
{
    return value->kind == AQ_VALUE_NULL || (value->kind == AQ_VALUE_INET && value->as.inet == NULL);
}

/* A length and the value, as in arrays and COPY. */
static char *write_field(char *to, const aq_value_t *value)
{
    char *end;

    if (is_null(value))
        return aq__store32(to, UINT32_MAX);
    end = write_value(to + 4, value, AS_BINARY);
    (void)aq__store32(to, (uint32_t)(end - to - 4));
    return end;
}

/* Elements of four or eight bytes, none of them NULL. */
static char *write_fours(char *to, const char *items, size_t count)
{
    uint32_t item;

    for (size_t i = 0; i < count; i++) {
        memcpy(&item, items + 4 * i, 4);
        to = aq__store32(aq__store32(to, 4), item);
    }
    return to;
}

static char *write_eights(char *to, const char *items, size_t count)
{
    uint64_t item;

    for (size_t i = 0; i < count; i++) {
        memcpy(&item, items + 8 * i, 8);
        to = aq__store64(aq__store32(to, 8), item);
    }
    return to;
}

/* array_send(): dimensions, whether there are NULLs, the element's type, then size and lower bound of the dimension. */
static char *write_array(char *to, const aq_value_t *array)
{
    size_t count = array->as.array.count;
    bool nulls = false;
    char *header = to;

    to = aq__store32(to, count > 0);
    to = aq__store32(to, 0);
    to = aq__store32(to, kinds[array->element].item);
    if (count == 0)
        return to;
    to = aq__store32(to, (uint32_t)count);
    to = aq__store32(to, 1);
    if (array->as.array.nulls == NULL &&
        (array->element == AQ_VALUE_INT4 || array->element == AQ_VALUE_FLOAT4))
        return write_fours(to, array->as.array.items, count);
    if (array->as.array.nulls == NULL &&
        (array->element == AQ_VALUE_INT8 || array->element == AQ_VALUE_FLOAT8))
        return write_eights(to, array->as.array.items, count);
    for (size_t i = 0; i < count; i++) {
        aq_value_t value = item_at(array, i);

        nulls |= is_null(&value);
        to = write_field(to, &value);
    }
    (void)aq__store32(header + 4, nulls);
    return to;
}

static inline Oid parameter_type(const aq_value_t *value)
{
    if (value->kind == AQ_VALUE_ARRAY)
        return kinds[value->element].array;
    if (value->kind == AQ_VALUE_INET && value->as.inet != NULL && value->as.inet->cidr)
        return AQ__OID_CIDR;
    return kinds[value->kind].type;
}

/* From argument `i` on. */
__attribute__((noinline)) static void encode_from(const aq_arguments_t *arguments, size_t i, char *to,
                                                  aq__parameters_t *parameters)
{
    for (; i < arguments->count; i++) {
        const aq_value_t *value = &arguments->values[i];
        char *end = write_value(to, value, AS_PARAMETER);
        int format = kinds[value->kind].format;

        parameters->values[i] = is_null(value) ? NULL : to;
        parameters->lengths[i] = (int)(end - to) - (format == 0 && end > to); /* without the NUL */
        parameters->formats[i] = format;
        parameters->types[i] = parameter_type(value);
        to = end;
    }
}

void aq__encode(const aq_arguments_t *arguments, void *block, aq__parameters_t *parameters)
{
    size_t count = arguments != NULL ? arguments->count : 0;
    const char **values = block;
    int *lengths = (int *)(void *)(values + count), *formats = lengths + count;
    Oid *types = (Oid *)(formats + count);
    char *to = (char *)(types + count);

    *parameters = (aq__parameters_t){(int)count, values, lengths, formats, types};
    for (size_t i = 0; i < count; i++) {
        const aq_value_t *value = &arguments->values[i];
        bool four = value->kind == AQ_VALUE_INT4;

        if (!four && !is_eight_bytes(value)) {
            encode_from(arguments, i, to, parameters);
            return;
        }
        values[i] = to;
        lengths[i] = four ? 4 : 8;
        formats[i] = 1;
        types[i] = kinds[value->kind].type;
        if (four)
            to = aq__store32(to, (uint32_t)value->as.integer);
        else
            to = aq__store64(to, (uint64_t)value->as.integer); /* a float8 by its bits */
    }
}

/* ---- COPY ----------------------------------------------------------------------------------------------------------------------- */

static int measure_row(const aq_arguments_t *row, size_t *bytes)
{
    size_t count = row != NULL ? row->count : 0, size;

    *bytes = 2 + 4 * count;
    if (count > COPY_LIMIT)
        return aq__fail(AQ_EARGUMENTS, "%zu fields: the limit is %zu", count, COPY_LIMIT);
    for (size_t i = 0; i < count; i++) {
        int error = measure_value(&row->values[i], AS_BINARY, &size);

        if (error != 0)
            return at(error, "field ", i + 1);
        *bytes += size;
    }
    if (*bytes > AQ__VALUE_LIMIT)
        return aq__fail(AQ_ETOOBIG, "row of %zu bytes: the limit is %zu", *bytes, AQ__VALUE_LIMIT);
    return AQ_OK;
}

/* Room for so many bytes and a NUL at the end of the text. */
static int reserve(aq_text_t *text, size_t bytes)
{
    size_t capacity = text->capacity != 0 ? text->capacity : 64;
    char *data;

    if (text->failed)
        return aq__fail(AQ_ENOMEM, "row of %zu bytes: an earlier append failed", bytes);
    if (bytes < text->capacity - text->length)
        return AQ_OK;
    while (capacity - text->length <= bytes)
        capacity *= 2;
    data = aq__realloc(text->data, capacity);
    text->failed = data == NULL;
    if (data == NULL)
        return AQ_ENOMEM;
    text->data = data;
    text->capacity = capacity;
    return AQ_OK;
}

int aq__encode_copy_row(const aq_arguments_t *row, aq_text_t *text)
{
    size_t bytes, count = row != NULL ? row->count : 0;
    int error = measure_row(row, &bytes);
    char *to;

    if (error == 0)
        error = reserve(text, bytes);
    if (error != 0)
        return error;
    to = aq__store16(text->data + text->length, (uint16_t)count);
    for (size_t i = 0; i < count; i++)
        to = write_field(to, &row->values[i]);
    *to = '\0';
    text->length += bytes;
    return AQ_OK;
}
