/* Members of every type: as parameters and back out of cells, compared, hashed, kept, as text and out of it; each whole error text. Pure: what a server would do is done by the codec, which makes of a parameter the
 * cell that a server would send back. */
#include "tap.h"

#include <libpq-fe.h>
#include <stdlib.h>

#include "src/wire/value.h"
#include "t/members.h"

/* ---- What comes back -------------------------------------------------------------------------------------------------------------------- */

/* The cell that a column of this type has when it was given the parameter: in binary, or text that only the server could make anything of. */
static aq_rows_t *send_back(const aq_value_t *value, uint32_t type, bool binary, const char *text)
{
    aq_arguments_t arguments = {1, value};
    aq__parameters_t parameters;
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc column = {.name = (char *)(uintptr_t) "c", .typid = type, .format = binary};
    size_t bytes;
    void *block;

    if (aq__encode_measure(&arguments, &bytes) != AQ_OK) {
        diag("%s", aq_last_error()->message);
        PQclear(result);
        return NULL;
    }
    block = malloc(bytes);
    aq__encode(&arguments, block, &parameters);
    PQsetResultAttrs(result, 1, &column);
    if (value->kind == AQ_VALUE_NULL)
        PQsetvalue(result, 0, 0, NULL, -1);
    else if (text != NULL)
        PQsetvalue(result, 0, 0, (char *)(uintptr_t)text, (int)strlen(text));
    else
        PQsetvalue(result, 0, 0, (char *)(uintptr_t)parameters.values[0],
                   parameters.formats[0] == 1 ? parameters.lengths[0] : (int)strlen(parameters.values[0]));
    free(block);
    return aq__rows_create(result);
}

/* Text parameters of types that have a binary form come back in text, which is a form as well. */
static aq_rows_t *send_member(const aq__field_t *field, const aq_value_t *value)
{
    uint32_t type = field->oid != AQ_OID_UNKNOWN ? field->oid : 99999;
    bool travels_as_text = value->kind == AQ_VALUE_TEXT || value->kind == AQ_VALUE_NUMERIC ||
                           value->kind == AQ_VALUE_JSON || value->kind == AQ_VALUE_JSONB;
    bool binary = !travels_as_text;

    if (value->kind == AQ_VALUE_BYTEA)
        type = AQ_OID_BYTEA;
    if (travels_as_text && (type == AQ_OID_TEXT || type == AQ_OID_VARCHAR))
        binary = below(2) != 0;
    return send_back(value, type, binary, NULL);
}

/* ---- Round trips ------------------------------------------------------------------------------------------------------------------------ */

/* A member without alignment, as it is in a snapshot. */
static char *unaligned(const aq__field_t *field, const void *member, aq_arena_t *arena)
{
    char *copy = aq_arena_alloc(arena, field->size + 1);

    memcpy(copy + 1, member, field->size);
    return copy + 1;
}

static bool trip_is_good(const aq__field_t *field, aq_arena_t *arena)
{
    All *from = aq_arena_calloc(arena, 1, sizeof(*from)), *to = aq_arena_calloc(arena, 1, sizeof(*to));
    void *member = aq__member_of(field, from), *back = aq__member_of(field, to);
    aq_value_t value;
    aq_rows_t *rows;
    bool good;

    set_random_member(field, arena, member);
    set_random_member(field, arena, back);
    if (aq__member_value(field, member, arena, &value) != AQ_OK)
        return false;
    rows = send_member(field, &value);
    good = rows != NULL && aq__member_read(field, aq_cell(rows, 0, 0), arena, back) == AQ_OK;
    if (!good)
        diag("%s", aq_last_error()->message);
    aq_rows_close(rows);
    good = good && aq__member_equal(field, member, back) &&
           aq__member_equal(field, unaligned(field, back, arena), member) &&
           aq__member_hash(field, member, 7) == aq__member_hash(field, unaligned(field, back, arena), 7) &&
           aq__member_is_null(field, member) == aq__member_is_null(field, back);
    return good;
}

static bool text_is_good(const aq__field_t *field, aq_arena_t *arena)
{
    All *from = aq_arena_calloc(arena, 1, sizeof(*from)), *to = aq_arena_calloc(arena, 1, sizeof(*to));
    void *member = aq__member_of(field, from), *back = aq__member_of(field, to);
    aq_text_t text = {0};
    bool good;

    set_random_member(field, arena, member);
    aq__member_append(&text, field, member);
    if (aq__member_is_null(field, member))
        good = strcmp(aq_text_string(&text), "NULL") == 0;
    else
        good = aq__member_parse(field, aq_text_string(&text), arena, back) == AQ_OK &&
               aq__member_equal(field, member, back);
    if (!good)
        diag("%s: '%s'", field->attribute->name, aq_text_string(&text));
    aq_text_dispose(&text);
    return good;
}

static bool keep_is_good(const aq__field_t *field, aq_arena_t *arena)
{
    aq_arena_t *short_lived = aq_arena_create();
    All *object = aq_arena_calloc(arena, 1, sizeof(*object));
    void *member = aq__member_of(field, object);
    aq_text_t before = {0}, after = {0};
    bool good;

    set_random_member(field, short_lived, member);
    aq__member_append(&before, field, member);
    good = aq__member_keep(field, arena, member) == AQ_OK;
    aq_arena_close(short_lived);
    aq__member_append(&after, field, member);
    good = good && strcmp(aq_text_string(&before), aq_text_string(&after)) == 0;
    aq_text_dispose(&before);
    aq_text_dispose(&after);
    return good;
}

/* The type of the array parameter that carries it. */
static uint32_t array_oid_of(const aq__field_t *field)
{
    if (field->carrier == AQ_VALUE_TEXT)
        return AQ_OID_TEXT_ARRAY;
    if (field->carrier == AQ_VALUE_BYTEA)
        return AQ_OID_BYTEA_ARRAY;
    switch (field->oid) {
#define ARRAY(NAME, name, number, array_number) \
    case number: return array_number;
        AQ_TYPE_TABLE(ARRAY)
#undef ARRAY
    default: return 0;
    }
}

/* Many as one array parameter: each of its elements is the member. */
static bool array_is_good(const aq__field_t *field, aq_arena_t *arena)
{
    void *objects[4];
    aq_value_t value;
    aq_rows_t *rows;
    aq_cells_t cells;
    bool good;

    for (size_t i = 0; i < 4; i++) {
        objects[i] = aq_arena_calloc(arena, 1, sizeof(All));
        set_random_member(field, arena, aq__member_of(field, objects[i]));
    }
    if (aq__member_array(field, objects, 4, arena, &value) != AQ_OK || value.element != field->carrier)
        return false;
    rows = send_back(&value, array_oid_of(field), true, NULL);
    cells = rows != NULL ? aq_as_array(aq_cell(rows, 0, 0)) : (aq_cells_t){NULL, 0, 0};
    good = cells.count == 4;
    for (size_t i = 0; i < cells.count && good; i++) {
        All *back = aq_arena_calloc(arena, 1, sizeof(*back));
        void *member = aq__member_of(field, back);
        int code = AQ_OK;

        /* a text that the cast makes a value of */
        if (cells.items[i].length >= 0 && field->carrier == AQ_VALUE_TEXT)
            code = aq__member_parse(field, aq_as_text(cells.items[i]), arena, member);
        else
            code = aq__member_read(field, cells.items[i], arena, member);
        good = code == AQ_OK && aq__member_equal(field, member, aq__member_of(field, objects[i]));
    }
    aq_rows_close(rows);
    return good;
}

static void each_field(bool (*is_good)(const aq__field_t *field, aq_arena_t *arena), const char *what)
{
    size_t wrong = 0;

    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];

        for (size_t round = 0; round < 60; round++) {
            aq_arena_t *arena = aq_arena_create();

            if (!is_good(field, arena)) {
                diag("%s: %s, round %zu", what, field->attribute->name, round);
                wrong++;
                round = 60;
            }
            aq_arena_close(arena);
        }
    }
    is_int(wrong, 0, "members of every type: %s", what);
}

/* ---- What is wrong ------------------------------------------------------------------------------------------------------------------------ */

static const aq__field_t *field_named(const char *name)
{
    const aq__field_t *field = aq__mapper_field(mapper, name);

    if (field == NULL)
        bail_out("no field '%s'", name);
    return field;
}

#define refused(call, code, text, ...)                        \
    do {                                                      \
        is_int(call, code, __VA_ARGS__);                      \
        is_text(aq_last_error()->message, text, __VA_ARGS__); \
    } while (0)

static int value_of(All *all, const char *name, aq_arena_t *arena)
{
    const aq__field_t *field = field_named(name);
    aq_value_t value;

    return aq__member_value(field, aq__member_of(field, all), arena, &value);
}

static void wrong_values(aq_arena_t *arena)
{
    static const int moods[] = {0, 9};
    All all = {.mood = (mood_t)7,
               .moods = {moods, NULL, 2},
               .loose_four = {5, true},
               .address = {.family = 5},
               .point = {666, 0, NULL}};
    void *objects[] = {&all};
    aq_value_t value;

    refused(value_of(&all, "mood", arena), AQ_ERANGE, "All.mood: 7 is none of the 3 values of enum 'mood'",
            "an enum's value that has no label");
    refused(value_of(&all, "moods", arena), AQ_ERANGE, "All.moods: 9 is none of the 3 values of enum 'mood'",
            "one in an array");
    refused(value_of(&all, "point", arena), AQ_EINVAL, "All.point: no such point", "what encode() says");
    refused(aq__member_array(field_named("mood"), objects, 1, arena, &value), AQ_ERANGE,
            "All.mood: 7 is none of the 3 values of enum 'mood'", "one of many");
    refused(aq__member_array(field_named("moods"), objects, 1, arena, &value), AQ_ERANGE,
            "All.moods: 9 is none of the 3 values of enum 'mood'", "one of many arrays");
    refused(aq__member_array(field_named("point"), objects, 1, arena, &value), AQ_EINVAL,
            "All.point: no such point", "one of many of a type of one's own");
    is_int(value_of(&all, "loose_four", arena), AQ_OK, "a domain's value");
}

static int read_text_cell(const char *name, uint32_t type, const char *text, aq_arena_t *arena)
{
    const aq__field_t *field = field_named(name);
    All *all = aq_arena_calloc(arena, 1, sizeof(*all));
    aq_value_t value = aq_text(text);
    aq_rows_t *rows = send_back(&value, type, false, NULL);
    int code = aq__member_read(field, aq_cell(rows, 0, 0), arena, aq__member_of(field, all));

    aq_rows_close(rows);
    return code;
}

static void wrong_cells(aq_arena_t *arena)
{
    refused(read_text_cell("four", AQ_OID_TEXT, "7", arena), AQ_ETYPE,
            "All.four: row 0, column 'c' (0): type 25 (text) where an int4 was asked for", "another type");
    refused(read_text_cell("two", AQ_OID_INT8, "70000", arena), AQ_ERANGE,
            "All.two: row 0, column 'c' (0): 70000 does not fit an int2", "a number that does not fit");
    refused(read_text_cell("mood", 99999, "angry", arena), AQ_ERANGE,
            "All.mood: 'angry' is none of the 3 labels of enum 'mood'",
            "a label that the enum does not have");
    refused(read_text_cell("moods", 99999, "{sad,angry}", arena), AQ_ERANGE,
            "All.moods: 'angry' is none of the 3 labels of enum 'mood'", "one in an array");
    refused(read_text_cell("fours", AQ_OID_INT4_ARRAY, "{{1},{2}}", arena), AQ_ETYPE,
            "All.fours: an array of 2 dimensions, and a member has one", "an array of arrays");
    refused(read_text_cell("fours", AQ_OID_INT4_ARRAY, "{1", arena), AQ_EPROTOCOL,
            "All.fours: row 0, column 'c' (0): '{1' is no int4[]", "half an array");
    refused(read_text_cell("point", 99999, "x", arena), AQ_EINVAL, "All.point: 'x' is no point",
            "what decode() says");
    refused(read_text_cell("loose_four", 99999, "x", arena), AQ_EINVAL, "All.loose_four: 'x' is no int4",
            "the text of a domain that is none");
    refused(read_text_cell("day", AQ_OID_DATE, "x", arena), AQ_EPROTOCOL,
            "All.day: row 0, column 'c' (0): date 'x': not of the form 2026-11-23", "a text that is no date");
}

static int parse_as(const char *name, const char *text, aq_arena_t *arena)
{
    const aq__field_t *field = field_named(name);
    All *all = aq_arena_calloc(arena, 1, sizeof(*all));

    return aq__member_parse(field, text, arena, aq__member_of(field, all));
}

static void wrong_texts(aq_arena_t *arena)
{
    refused(parse_as("flag", "maybe", arena), AQ_EINVAL, "All.flag: 'maybe' is no bool", "no bool");
    refused(parse_as("four", "1x", arena), AQ_EINVAL, "All.four: '1x' is no int4", "no integer");
    refused(parse_as("four", "1 2", arena), AQ_EINVAL, "All.four: '1 2' is no int4", "two integers");
    refused(parse_as("two", "32768", arena), AQ_ERANGE, "All.two: 32768 does not fit an int2", "too big");
    refused(parse_as("number", "1e999", arena), AQ_ERANGE, "All.number: '1e999' does not fit a float8",
            "a float that is too big");
    refused(parse_as("number", "one", arena), AQ_EINVAL, "All.number: 'one' is no float8", "no float");
    refused(parse_as("raw", "\\xa", arena), AQ_EINVAL, "All.raw: '\\xa' is no bytea", "half a byte");
    refused(parse_as("fours", "{1,x}", arena), AQ_EINVAL, "All.fours: 'x' is no int4", "an element");
    refused(parse_as("fours", "1,2", arena), AQ_EINVAL, "All.fours: '1,2' is no array of int4", "no braces");
    refused(parse_as("mood", "", arena), AQ_ERANGE, "All.mood: '' is none of the 3 labels of enum 'mood'",
            "no label");
    is_int(parse_as("eight", " +12 ", arena), AQ_OK, "spaces and a plus are fine");
    is_int(parse_as("flag", "Yes", arena), AQ_OK, "so is yes");
}

/* ---- Keys and filters --------------------------------------------------------------------------------------------------------------------- */

static int assign(All *all, const char *name, aq_value_t value, aq_arena_t *arena)
{
    const aq__field_t *field = field_named(name);

    return aq__member_assign(field, &value, arena, aq__member_of(field, all));
}

static void assignments(aq_arena_t *arena)
{
    All all = {.four = 9};
    aq_uuid_t uuid = {{1, 2}};

    ok(assign(&all, "two", aq_int8(-5), arena) == AQ_OK && all.two == -5, "an int8 that fits an int2");
    ok(assign(&all, "eight", aq_int2(-5), arena) == AQ_OK && all.eight == -5, "an int2 as an int8");
    ok(assign(&all, "flag", aq_int4(1), arena) == AQ_OK && all.flag, "true, which is an int in C");
    ok(assign(&all, "mood", aq_text("sad"), arena) == AQ_OK && all.mood == MOOD_SAD, "a label");
    ok(assign(&all, "mood", aq_int4(1), arena) == AQ_OK && all.mood == MOOD_HAPPY, "an enum's value");
    ok(assign(&all, "four_null", aq_int4(3), arena) == AQ_OK && all.four_null.present &&
           all.four_null.value == 3,
       "one that may be NULL");
    ok(assign(&all, "four_null", aq_null(), arena) == AQ_OK && !all.four_null.present, "and is");
    ok(assign(&all, "number", aq_int4(3), arena) == AQ_OK && all.number == 3, "an integer as a float");
    ok(assign(&all, "words", aq_textn("abc", 2), arena) == AQ_OK && strcmp(all.words, "ab") == 0,
       "a text that is not ended");
    ok(assign(&all, "uuid", aq_uuid(uuid), arena) == AQ_OK && memcmp(&all.uuid, &uuid, 16) == 0, "a uuid");
    ok(assign(&all, "uuid", aq_text("01020000-0000-0000-0000-000000000000"), arena) == AQ_OK &&
           memcmp(&all.uuid, &uuid, 16) == 0,
       "the text of one");
    ok(assign(&all, "day", aq_int4(5), arena) == AQ_OK && all.day == 5, "days are integers");
    ok(assign(&all, "moment", aq_int8(5), arena) == AQ_OK && all.moment == 5, "and microseconds");
    refused(assign(&all, "two", aq_int4(70000), arena), AQ_ERANGE, "All.two: 70000 does not fit an int2",
            "an integer that does not fit");
    refused(assign(&all, "mood", aq_int4(3), arena), AQ_ERANGE, "All.mood: 3 does not fit an enum",
            "no label");
    refused(assign(&all, "four", aq_text("7"), arena), AQ_ETYPE,
            "All.four: a text where an int4 was asked for", "a text is no integer");
    refused(assign(&all, "four", aq_null(), arena), AQ_ETYPE, "All.four: NULL where an int4 was asked for",
            "NULL where there is none");
    refused(assign(&all, "words", aq_int4(7), arena), AQ_ETYPE,
            "All.words: an int4 where a text was asked for", "an integer is no text");
    refused(assign(&all, "fours", aq_int4(7), arena), AQ_ETYPE,
            "All.fours: an int4 where an int4 array was asked for", "nor an array");
    refused(assign(&all, "single", aq_float8(1e300), arena), AQ_ERANGE,
            "All.single: 1e+300 does not fit a float4", "a float8 that is no float4");
}

static aq_value_t converted(const char *name, aq_value_t value)
{
    aq__member_convert(field_named(name), &value);
    return value;
}

static void conversions(void)
{
    aq_value_t value = converted("four", aq_int8(7));

    ok(value.kind == AQ_VALUE_INT4 && value.as.integer == 7, "an int8 that fits becomes an int4");
    is_int(converted("four", aq_int8(INT64_MAX)).kind, AQ_VALUE_INT8, "one that does not stays");
    ok(converted("flag", aq_int4(1)).kind == AQ_VALUE_BOOL &&
           converted("flag", aq_int4(2)).kind == AQ_VALUE_INT4,
       "1 is true, 2 is not");
    value = converted("mood", aq_int4(0));
    ok(value.kind == AQ_VALUE_TEXT && value.as.bytes.length == 3, "an enum's value becomes its label");
    is_int(converted("instant", aq_timestamp(7)).kind, AQ_VALUE_TIMESTAMPTZ, "a timestamp gets its zone");
    is_int(converted("day", aq_int4(7)).kind, AQ_VALUE_DATE, "days become a date");
    is_int(converted("number", aq_float4(7)).kind, AQ_VALUE_FLOAT8, "a float4 becomes a float8");
    is_int(converted("words", aq_int4(7)).kind, AQ_VALUE_INT4, "what has no sense is left alone");
    is_int(converted("fours", aq_int8(7)).kind, AQ_VALUE_INT8, "so is what is compared with an array");
}

/* ---- NULL, zero, equal -------------------------------------------------------------------------------------------------------------------------- */

static void nothings(void)
{
    static const All zero = {.id = 0};
    size_t nulls = 0, zeros = 0;
    All all = {.four_null = {7, false}, .words = "", .raw = {NULL, 3}};

    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];
        const void *member = aq__member_of(field, &zero);

        zeros += aq__member_is_zero(field, member);
        nulls += aq__member_is_null(field, member) ==
                 (field->nullable || field->member_class->type == AQ__MEMBER_TEXT ||
                  field->member_class->type == AQ__MEMBER_BYTEA || field->form == AQ__MEMBER_ARRAY);
    }
    is_int(zeros, mapper->field_count, "zero is zero in every member");
    is_int(nulls, mapper->field_count, "and NULL where there is one");
    ok(aq__member_is_zero(field_named("four_null"), &all.four_null) &&
           aq__member_equal(field_named("four_null"), &all.four_null, &zero.four_null),
       "the value of a NULL does not count");
    ok(!aq__member_is_zero(field_named("words"), &all.words) &&
           !aq__member_equal(field_named("words"), &all.words, &zero.words),
       "an empty text is not NULL");
    ok(aq__member_is_null(field_named("raw"), &all.raw) &&
           aq__member_equal(field_named("raw"), &all.raw, &zero.raw),
       "nor does the length of a NULL");
}

static void differences(aq_arena_t *arena)
{
    size_t same = 0;

    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];
        All *a = aq_arena_calloc(arena, 1, sizeof(*a)), *b = aq_arena_calloc(arena, 1, sizeof(*b));
        void *left = aq__member_of(field, a), *right = aq__member_of(field, b);

        for (int tries = 0; tries < 100 && aq__member_equal(field, left, right); tries++)
            set_random_member(field, arena, left);
        if (aq__member_equal(field, left, right)) {
            diag("%s", field->attribute->name);
            same++;
        }
    }
    is_int(same, 0, "a value that differs from zero is not equal to it");
}

/* ---- Without memory ------------------------------------------------------------------------------------------------------------------------------- */

static const char *form_of(const aq__field_t *field)
{
    static const char *const forms[] = {[AQ__MEMBER_BOOL] = "t",
                                        [AQ__MEMBER_INT2] = "2",
                                        [AQ__MEMBER_INT4] = "4",
                                        [AQ__MEMBER_INT8] = "8",
                                        [AQ__MEMBER_FLOAT4] = "4.5",
                                        [AQ__MEMBER_FLOAT8] = "8.5",
                                        [AQ__MEMBER_DATE] = "2024-12-31",
                                        [AQ__MEMBER_TIME] = "12:00",
                                        [AQ__MEMBER_TIMESTAMP] = "2024-12-31 12:00:00+00",
                                        [AQ__MEMBER_INTERVAL] = "1 day",
                                        [AQ__MEMBER_UUID] = "01020000-0000-0000-0000-000000000000",
                                        [AQ__MEMBER_INET] = "10.0.0.1",
                                        [AQ__MEMBER_ENUM] = "sad",
                                        [AQ__MEMBER_TEXT] = "text",
                                        [AQ__MEMBER_BYTEA] = "\\x00ff",
                                        [AQ__MEMBER_CUSTOM] = "1,2,x"};

    if (field->form == AQ__MEMBER_ARRAY)
        return "{NULL}";
    if (field->declared->custom == &point_bytes)
        return "\\x312c322c78";
    return forms[field->member_class->type];
}

static int use(const aq__field_t *field, aq_arena_t *arena)
{
    void *object = aq_arena_calloc(arena, 1, sizeof(All));
    void *member = object != NULL ? aq__member_of(field, object) : NULL;
    aq_text_t text = {0};
    aq_value_t value;
    int code = member != NULL ? aq__member_parse(field, form_of(field), arena, member) : AQ_ENOMEM;

    if (code == AQ_OK)
        code = aq__member_keep(field, arena, member);
    if (code == AQ_OK)
        code = aq__member_value(field, member, arena, &value);
    if (code == AQ_OK)
        code = aq__member_array(field, &object, 1, arena, &value);
    if (code == AQ_OK)
        aq__member_append(&text, field, member);
    if (code == AQ_OK && (text.failed || strcmp(aq_text_string(&text), "?") == 0))
        code = AQ_ENOMEM;
    aq_text_dispose(&text);
    return code;
}

static int use_all(void)
{
    aq_arena_t *arena = aq_arena_create();
    int code = arena != NULL ? AQ_OK : AQ_ENOMEM;

    for (size_t i = 0; i < mapper->field_count && code == AQ_OK; i++)
        code = use(&mapper->fields[i], arena);
    aq_arena_close(arena);
    return code;
}

static int map_all(void)
{
    aq__mappers_t *made = aq__mappers_create(registry);

    aq__mappers_close(made);
    return made != NULL ? AQ_OK : aq_last_error()->code;
}

int main(void)
{
    aq_arena_t *arena;

    aq_set_allocator(counting_allocator, NULL);
    make_mapper();
    each_field(trip_is_good, "as a parameter and back out of a cell");
    each_field(text_is_good, "as text and back");
    each_field(keep_is_good, "kept when their memory is gone");
    each_field(array_is_good, "many of them as one parameter");
    arena = aq_arena_create();
    wrong_values(arena);
    wrong_cells(arena);
    wrong_texts(arena);
    assignments(arena);
    conversions();
    nothings();
    differences(arena);
    aq_arena_close(arena);
    check_each_request("members of every type", use_all);
    check_each_request("their mapper", map_all);
    aq__mappers_close(mappers);
    aq__models_close(registry);
    is_int(allocations.blocks, 0, "all memory came back");
    return tap_done();
}
