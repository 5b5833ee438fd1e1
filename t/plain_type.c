/* Types that are read without the parser: each spelling is what the parser makes of it, or is left to it. */
#include <string.h>

#include "src/schema/read_sql-private.h"
#include "t/heap.h"
#include "t/tap.h"

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_type(const aq__type_t *a, const aq__type_t *b)
{
    if (a->modifier_count != b->modifier_count)
        return false;
    for (int i = 0; i < a->modifier_count; i++)
        if (a->modifiers[i] != b->modifiers[i])
            return false;
    return a->oid == b->oid && same_text(a->schema, b->schema) && same_text(a->name, b->name) &&
           same_text(a->text, b->text) && same_text(a->fields, b->fields) && a->array == b->array;
}

typedef struct spellings {
    size_t all, plain, wrong;
} spellings_t;

static void try_spelling(const char *text, spellings_t *spellings)
{
    aq_arena_t *arena = aq_arena_create();
    aq__type_t plain = {0}, parsed = {0};
    bool is_plain;

    spellings->all++;
    if (aq__read_plain_type(arena, text, &plain, &is_plain) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    spellings->plain += is_plain;
    if (is_plain && (aq__parse_type(arena, text, &parsed) != AQ_OK || !same_type(&plain, &parsed))) {
        diag("'%s'", text);
        spellings->wrong++;
    }
    aq_arena_close(arena);
}

static bool is_plain(const char *text)
{
    aq_arena_t *arena = aq_arena_create();
    aq__type_t type;
    bool plain;

    if (aq__read_plain_type(arena, text, &type, &plain) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    aq_arena_close(arena);
    return plain;
}

static const char *const names[] = {
    "int",
    "INTEGER",
    "int2",
    "smallint",
    "bigint",
    "int8",
    "real",
    "float",
    "float4",
    "double precision",
    "DOUBLE \n\tPrecision",
    "double",
    "doubleprecision",
    "boolean",
    "bool",
    "numeric",
    "decimal",
    "dec",
    "money",
    "varchar",
    "character varying",
    "char varying",
    "character  varying",
    "charactervarying",
    "char",
    "character",
    "bpchar",
    "nchar",
    "national character varying",
    "text",
    "citext",
    "name",
    "bytea",
    "json",
    "jsonb",
    "uuid",
    "xml",
    "date",
    "time",
    "timestamp",
    "timetz",
    "timestamptz",
    "TIMESTAMP",
    "interval",
    "interval year to month",
    "bit",
    "bit varying",
    "varbit",
    "inet",
    "cidr",
    "tsvector",
    "int4range",
    "hstore",
    "geometry",
    "ltree",
    "mood",
    "Mood",
    "_mood",
    "m$d",
    "m1",
    "1m",
    "$m",
    "\"Mood\"",
    "\"char\"",
    "public.mood",
    "public . mood",
    "public.\"Mood\"",
    "blog.mood",
    "blog.interval",
    "blog.varchar",
    "blog.select",
    "bit.mood",
    "char.mood",
    "time.mood",
    "a.b.c",
    "pg_catalog.int4",
    "pg_catalog.interval",
    "serial",
    "bigserial",
    "setof int",
    "select",
    "table",
    "user",
    "order",
    "left",
    "between",
    "values",
    "row",
    "precision",
    "varying",
    "zone",
    "with",
    "type",
    "key",
    "year",
    "day",
    "array",
    "int array",
    "mood%type",
    "stra\303\237e",
    "a-b",
    "a b",
    "",
    "int /* four */",
    "int -- four\n",
    "m23456789012345678901234567890123456789012345678901234567890123",
    "m234567890123456789012345678901234567890123456789012345678901234",
};

static const char *const modifiers[] = {
    "",           "()",    "(3)",   " ( 3 )", "(10,2)",      "( 10 , 2 )",
    "(10, 2, 1)", "(007)", "(-1)",  "(+1)",   "(1.5)",       "(1e2)",
    "(0x10)",     "(1_0)", "('3')", "(3",     "(999999999)", "(9999999999)",
    "(3) (4)",    "(a)",   "(1,)",  "(,1)",   "(3)4",
};

static const char *const ends[] = {
    "",
    " with time zone",
    " without  TIME zone",
    " with time",
    "[]",
    "[3]",
    " [ 3 ] []",
    "[3",
    "]",
    "[-1]",
    "[a]",
    " array",
    ";",
    " collate \"C\"",
    "\f",
    "\v",
    " with time zone[]",
    "(3)",
    "[] (3)",
    " year",
};

static void test_spellings(void)
{
    spellings_t spellings = {0, 0, 0};
    char text[256];

    for (size_t i = 0; i < AQ__COUNT_OF(names); i++)
        for (size_t j = 0; j < AQ__COUNT_OF(modifiers); j++)
            for (size_t k = 0; k < AQ__COUNT_OF(ends); k++) {
                snprintf(text, sizeof(text), "%s%s%s", names[i], modifiers[j], ends[k]);
                try_spelling(text, &spellings);
            }
    is_int((long)spellings.wrong, 0, "of %zu spellings %zu are plain, and what the parser says",
           spellings.all, spellings.plain);
}

static void test_plain(void)
{
    static const char *const plain[] = {
        "citext",
        "varchar(20)[]",
        "numeric(10,2)",
        "timestamp(3) with time zone",
        "public.mood",
        "int",
        "BIGINT",
        "text[][3]",
        "double precision",
        " character varying ( 80 ) ",
        "time without time zone",
        "blog.mood[]",
        "tsvector",
        "char",
        "timestamptz",
        "jsonb",
        "uuid",
        "bytea",
        "boolean",
    };
    static const char *const left[] = {
        "interval",
        "interval year to month",
        "\"Mood\"",
        "geometry(point, 4326)",
        "serial",
        "setof int",
        "int array",
        "numeric(-1)",
        "a.b.c",
        "pg_catalog.int4",
        "stra\303\237e",
        "int /* four */",
        "select",
        "int)",
        "",
    };

    for (size_t i = 0; i < AQ__COUNT_OF(plain); i++)
        ok(is_plain(plain[i]), "'%s' is plain", plain[i]);
    for (size_t i = 0; i < AQ__COUNT_OF(left); i++)
        ok(!is_plain(left[i]), "'%s' is left to the parser", left[i]);
}

static int read_some(void)
{
    aq_arena_t *arena = aq_arena_create();
    aq__type_t type;
    bool plain;
    int code = arena != NULL ? aq__read_plain_type(arena, "blog.mood(3)[]", &type, &plain) : AQ_ENOMEM;

    aq_arena_close(arena);
    return code;
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_plain();
    test_spellings();
    check_each_request("a plain type", read_some);
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
