/* Catalogs without a database: rows fed by hand, as the server sends them and as it never would. (From a database: t/reflect.c.) */
#include "tap.h"

#include "aquifer/metadata.h"
#include "src/schema/catalog-rows.h"
#include "t/described.h"
#include "t/heap.h"

#include <string.h>

/* One row: part and cells. */
typedef struct row {
    aq__catalog_part_t part;
    size_t count;
    const char *items[24];
} row_t;

#define ROW(PART, ...)                                                                    \
    {                                                                                     \
        AQ__CATALOG_##PART, sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *), \
        {                                                                                 \
            __VA_ARGS__                                                                   \
        }                                                                                 \
    }

static const row_t blog[] = {
    ROW(ENUM, "100", NULL, "mood", "how one is", "sad"),
    ROW(ENUM, "100", NULL, "mood", "how one is", "happy"),
    ROW(ENUM, "101", "blog", "nothing", NULL, NULL),
    ROW(TABLE, "200", NULL, "person", "who"),
    ROW(TABLE, "201", "blog", "post", NULL),
    ROW(COLUMN, "200", "1", "id", "23", NULL, "int4", "true", "false", "-1", "integer", "integer", "true",
        "nextval('person_id_seq'::regclass)", NULL, NULL, "300", NULL, NULL, NULL),
    ROW(COLUMN, "200", "3", "name", "1043", NULL, "varchar", "true", "false", "84", "character varying(80)",
        "character varying", "true", "'new'::character varying", NULL, NULL, NULL, NULL, "C", "its name"),
    ROW(COLUMN, "200", "4", "moods", "100", NULL, "mood", "false", "true", "-1", "mood[]", "mood[]", "false",
        NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ROW(COLUMN, "201", "1", "id", "20", NULL, "int8", "true", "false", "-1", "bigint", "bigint", "true", NULL,
        NULL, "a", NULL, NULL, NULL, NULL),
    ROW(COLUMN, "201", "2", "author_id", "23", NULL, "int4", "true", "false", "-1", "integer", "integer",
        "false", "'-1'::integer", NULL, NULL, NULL, NULL, NULL, NULL),
    ROW(COLUMN, "201", "3", "twice", "23", NULL, "int4", "true", "false", "-1", "integer", "integer", "false",
        "author_id * 2", "s", NULL, NULL, NULL, NULL, NULL),
    ROW(COLUMN, "201", "4", "place", "900", "gis", "geometry", "false", "false", "1107460",
        "gis.geometry(Point,4326)", "gis.geometry", "false", NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ROW(SEQUENCE, "300", NULL, "person_id_seq", "23", "1", "1", "1", "2147483647", "1", "false", "200", "1",
        "false", NULL),
    ROW(SEQUENCE, "301", "blog", "odd", "20", "9223372036854775807", "-9223372036854775808",
        "-9223372036854775808", "9223372036854775807", "5", "true", "201", "1", "true", NULL),
    ROW(SEQUENCE, "302", NULL, "ticket", "21", "5", "2", "1", "99", "1", "false", NULL, NULL, "false",
        "by hand"),
    ROW(SEQUENCE, "303", "blog", "kept", "20", "1", "1", "1", "9223372036854775807", "1", "false", "201", "2",
        "false", NULL),
    ROW(CONSTRAINT, "400", "200", "p", "person_pkey", "false", "false", "true", "false", "false", NULL, NULL,
        NULL, " ", " ", " ", "500", "btree", NULL, "the key"),
    ROW(CONSTRAINT, "401", "201", "f", "post_author_id_fkey", "true", "false", "false", "false", "false",
        NULL, NULL, "person", "n", "c", "f", NULL, NULL, NULL, NULL),
    ROW(CONSTRAINT, "402", "201", "c", "small", "false", "false", "true", "true", "false", "author_id < 10",
        NULL, NULL, " ", " ", " ", NULL, NULL, NULL, NULL),
    ROW(CONSTRAINT, "403", "201", "x", "apart", "true", "true", "true", "false", "false", NULL, NULL, NULL,
        " ", " ", " ", "501", "gist", "twice > 0", NULL),
    ROW(CONSTRAINT, "404", "201", "f", "lost", "false", "false", "true", "false", "false", NULL, "away",
        "gone", "a", "a", "s", NULL, NULL, NULL, NULL),
    ROW(KEY, "400", "column", "id"),
    ROW(KEY, "401", "column", "author_id"),
    ROW(KEY, "401", "referred", "id"),
    ROW(KEY, "401", "on delete", "author_id"),
    ROW(KEY, "402", "column", "author_id"),
    ROW(KEY, "404", "column", "twice"),
    ROW(KEY, "404", "referred", "id"),
    ROW(INDEX, "502", "201", "post_low", "true", "true", "btree", "twice > 3", "fillfactor = 70", "quick"),
    ROW(INDEX, "503", "201", "post_hash", "false", "false", "hash", NULL, NULL, NULL),
    ROW(PART, "500", "name", NULL, "true", NULL, NULL, NULL, NULL, NULL, "false", "false"),
    ROW(PART, "501", "twice", NULL, "false", NULL, NULL, NULL, NULL, "&&", "false", "false"),
    ROW(PART, "502", NULL, "lower(x)", "false", NULL, "C", "text_pattern_ops", NULL, NULL, "true", "false"),
    ROW(PART, "502", "id", NULL, "false", NULL, NULL, NULL, NULL, NULL, "true", "true"),
    ROW(PART, "502", "twice", NULL, "false", NULL, NULL, NULL, NULL, NULL, "false", "true"),
    ROW(PART, "502", "author_id", NULL, "true", NULL, NULL, NULL, NULL, NULL, "false", "false"),
    ROW(PART, "503", "id", NULL, "false", NULL, NULL, NULL, NULL, NULL, "false", "false"),
    ROW(NOTE, "no schema", NULL, "nope", NULL, NULL),
    ROW(NOTE, "trigger", "blog", "post", "audit", NULL),
    ROW(NOTE, "partition", NULL, "event_1", NULL, "event"),
};

/* Feeds rows until one is refused; `catalog` may be NULL. */
static int feed(aq__catalog_t *catalog, const row_t *rows, size_t count)
{
    int code = catalog != NULL ? AQ_OK : AQ_ENOMEM;

    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = aq__catalog_add_row(catalog, (int)rows[i].part, rows[i].items, rows[i].count);
    return code;
}

/* The metadata of rows that make sense; the caller closes it. */
static aq__metadata_t *read_rows(const char *bind, const row_t *rows, size_t count)
{
    aq__catalog_t *catalog = aq__catalog_create(bind);
    aq__metadata_t *metadata = NULL;

    if (feed(catalog, rows, count) == AQ_OK)
        metadata = aq__catalog_take(catalog);
    aq__catalog_close(catalog);
    return metadata;
}

/* ---- Rows that make sense ---------------------------------------------------------------------------------------------------- */

static void test_rows(void)
{
    aq_text_t text = {0};
    aq__metadata_t *metadata = read_rows("users", blog, AQ__COUNT_OF(blog));

    say_metadata(&text, metadata);
    is_text(
        aq_text_string(&text),
        "table person -- who\n"
        "  id int4 not null serial\n"
        "  name varchar(80) collate C not null default 'new' -- its name\n"
        "  moods mood[] <enum of 2>\n"
        "  primary key person_pkey (id) include (name) -- the key\n"
        "table blog.post\n"
        "  id int8 not null identity always [ blog.odd increment"
        " -9223372036854775808 max 9223372036854775807 cache 5 cycle ]\n"
        "  author_id int4 default -1\n"
        "  twice int4 generated author_id * 2\n"
        "  place \"gis.geometry(Point,4326)\"\n"
        "  foreign key post_author_id_fkey (author_id) -> person (id) match full on delete set null"
        " (author_id) on update cascade deferrable not valid\n"
        "  check small (author_id) : author_id < 10 no inherit\n"
        "  exclude apart using gist (twice with &&) where twice > 0 deferrable initially deferred\n"
        "  foreign key lost (twice) -> away.gone (id) unresolved\n"
        "  unique index post_low nulls not distinct (lower(x) collate C opclass text_pattern_ops desc nulls"
        " last, id desc, twice nulls first) include (author_id) storage fillfactor = 70 where twice > 3"
        " -- quick\n"
        "  index post_hash using hash (id)\n"
        "enum mood sad|happy -- how one is\n"
        "enum blog.nothing\n"
        "sequence ticket as int2 start 5 increment 2 max 99 -- by hand\n"
        "sequence blog.kept owned by post.author_id\n"
        "problem schema 'nope': there is none\n"
        "problem blog.post.audit: this trigger cannot be expressed\n"
        "problem event_1: it is a partition of event, and left out\n"
        "problem blog.post.twice: its foreign key refers to 'away.gone.id', but there is no table"
        " 'away.gone' in bind 'users'\n",
        "all that they say");
    aq_text_dispose(&text);
    aq__metadata_close(metadata);
}

static aq__type_t type_of(const char *oid, const char *name, const char *modifier, const char *text,
                          aq__metadata_t **metadata)
{
    row_t rows[] = {ROW(TABLE, "1", NULL, "t", NULL),
                    ROW(COLUMN, "1", "1", "c", oid, NULL, name, "true", "false", modifier, text, name,
                        "false", NULL, NULL, NULL, NULL, NULL, NULL, NULL)};

    *metadata = read_rows(NULL, rows, AQ__COUNT_OF(rows));
    return (*metadata)->tables[0]->columns[0]->type;
}

static void test_types(void)
{
    static const struct {
        const char *oid, *name, *modifier, *text, *expected;
    } cases[] = {
        {"1042", "bpchar", "5", "character(1)", " bpchar(1)"},
        {"1042", "bpchar", "-1", "bpchar", " bpchar"},
        {"1560", "bit", "-1", "\"bit\"", " bit"},
        {"1560", "bit", "4", "bit(4)", " bit(4)"},
        {"1562", "varbit", "-1", "bit varying", " varbit"},
        {"1266", "timetz", "0", "time(0) with time zone", " timetz(0)"},
        {"1083", "time", "6", "time(6) without time zone", " time(6)"},
        {"1700", "numeric", "655366", "numeric(10,2)", " numeric(10,2)"},
        {"1700", "numeric", "655364", "numeric(10,0)", " numeric(10)"},
        {"1700", "numeric", "329730", "numeric(5,-2)", " numeric(5,-2)"},
        {"1700", "numeric", "65536004", "numeric(1000,0)", " numeric(1000)"},
        {"1186", "interval", "2147418114", "interval(2)", " interval(2)"},
        {"1186", "interval", "327679", "interval year", " interval fields year"},
        {"1186", "interval", "470286339", "interval day to second(3)", " interval fields day to second(3)"},
        {"25", "text", "7", "text(7)", " text(7)"}, /* nobody knows what that is */
    };

    for (size_t i = 0; i < AQ__COUNT_OF(cases); i++) {
        aq__metadata_t *metadata;
        aq__type_t type = type_of(cases[i].oid, cases[i].name, cases[i].modifier, cases[i].text, &metadata);
        aq_text_t text = {0};

        say_type(&text, &type);
        is_str(aq_text_string(&text), cases[i].expected, "%s, modifier %s", cases[i].name, cases[i].modifier);
        aq_text_dispose(&text);
        aq__metadata_close(metadata);
    }
}

static void test_defaults(void)
{
    static const struct {
        const char *oid, *cast, *expression, *expected;
    } cases[] = {
        {"25", "text", "'it''s'::text", "'it''s'"},
        {"25", "text", "''::text", "''"},
        {"25", "text", "'1'::text", "'1'"},
        {"25", "text", "'a'::text || 'b'::text", "'a'::text || 'b'::text"},
        {"25", "text", "'x'::character varying(1)", "'x'::character varying(1)"},
        {"25", "text", "NULL::text", NULL},
        {"25", "text", "NULL::character varying(3)", "NULL::character varying(3)"},
        {"25", "text", "'never ends", "'never ends"},
        {"25", "text", "now()", "now()"},
        {"23", "integer", "'-1'::integer", "-1"},
        {"1700", "numeric", "'-1.50'::numeric", "-1.50"},
        {"1700", "numeric", "'NaN'::numeric", "'NaN'"},
        {"1700", "numeric", "'1e5'::numeric", "'1e5'"},
        {"701", "double precision", "'-.'::double precision", "'-.'"},
        {"23", "integer", "5", "5"},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(cases); i++) {
        row_t rows[] = {ROW(TABLE, "1", NULL, "t", NULL),
                        ROW(COLUMN, "1", "1", "c", cases[i].oid, NULL, "x", "true", "false", "-1",
                            cases[i].cast, cases[i].cast, "false", cases[i].expression, NULL, NULL, NULL,
                            NULL, NULL, NULL)};
        aq__metadata_t *metadata = read_rows(NULL, rows, AQ__COUNT_OF(rows));

        is_str(metadata->tables[0]->columns[0]->server_default, cases[i].expected, "%s", cases[i].expression);
        aq__metadata_close(metadata);
    }
}

/* The sequence of a column with the name that the server gives it says nothing. */
static void test_sequence_names(void)
{
#define S20 "ssssssssssssssssssss"
#define U10 "üüüüüüüüüü"
    static const struct {
        const char *table, *column, *sequence;
    } cases[] = {
        {"person", "id", "person_id_seq"},
        {S20 S20 S20, "id", S20 S20 "ssssssssssssssss_id_seq"},
        {"t", S20 S20 S20, "t_" S20 S20 "sssssssssssssssss_seq"},
        {S20 S20 "s", S20 S20 "s", S20 "sssssssss_" S20 "sssssssss_seq"},
        {U10 U10 U10, "n", U10 U10 "üüüüüüüü_n_seq"}, /* 57 bytes would split the 29th */
    };

    for (size_t i = 0; i < AQ__COUNT_OF(cases); i++) {
        row_t rows[] = {ROW(TABLE, "1", NULL, cases[i].table, NULL),
                        ROW(COLUMN, "1", "1", cases[i].column, "20", NULL, "int8", "true", "false", "-1",
                            "bigint", "bigint", "true", "nextval('x'::regclass)", NULL, NULL, "2", NULL, NULL,
                            NULL),
                        ROW(SEQUENCE, "2", NULL, cases[i].sequence, "20", "1", "1", "1",
                            "9223372036854775807", "1", "false", "1", "1", "false", NULL)};
        aq__metadata_t *metadata = read_rows(NULL, rows, AQ__COUNT_OF(rows));

        ok(metadata->tables[0]->columns[0]->sequence == NULL && metadata->sequence_count == 0, "%s",
           cases[i].sequence);
        aq__metadata_close(metadata);
    }
}

static void test_notes(void)
{
    static const row_t rows[] = {
        ROW(NOTE, "no path", NULL, NULL, NULL, "a, b"),
        ROW(NOTE, "no right", NULL, "secret", NULL, "bob"),
        ROW(NOTE, "foreign", NULL, "t", NULL, NULL),
        ROW(NOTE, "partitioned", NULL, "t", NULL, "RANGE (at)"),
        ROW(NOTE, "inherits", NULL, "t", NULL, "parent"),
        ROW(NOTE, "unlogged", NULL, "t", NULL, NULL),
        ROW(NOTE, "of type", NULL, "t", NULL, "pair"),
        ROW(NOTE, "access method", NULL, "t", NULL, "columnar"),
        ROW(NOTE, "tablespace", NULL, "t", NULL, "fast"),
        ROW(NOTE, "options", NULL, "t", NULL, "fillfactor=70"),
        ROW(NOTE, "replica identity", NULL, "t", NULL, "full"),
        ROW(NOTE, "row security", NULL, "t", NULL, NULL),
        ROW(NOTE, "policy", NULL, "t", "p", NULL),
        ROW(NOTE, "rule", NULL, "t", "r", NULL),
        ROW(NOTE, "statistics", NULL, "t", "s", NULL),
        ROW(NOTE, "column storage", NULL, "t", "c", "plain"),
        ROW(NOTE, "column compression", NULL, "t", "c", "lz4"),
        ROW(NOTE, "column options", NULL, "t", "c", "n_distinct=5"),
        ROW(NOTE, "column statistics", NULL, "t", "c", "500"),
        ROW(NOTE, "virtual", NULL, "t", "c", NULL),
        ROW(NOTE, "not null", NULL, "t", "c", "t_c_not_null"),
        ROW(NOTE, "match", NULL, "t", "f", NULL),
        ROW(NOTE, "not enforced", NULL, "t", "f", NULL),
        ROW(NOTE, "period", NULL, "t", "k", NULL),
        ROW(NOTE, "key options", NULL, "t", "k", "fillfactor=70"),
        ROW(NOTE, "invalid index", NULL, "t", "i", NULL),
        ROW(NOTE, "index tablespace", NULL, "t", "i", "fast"),
        ROW(NOTE, "domain", "blog", "d", NULL, NULL),
        ROW(NOTE, "composite", "blog", "d", NULL, NULL),
        ROW(NOTE, "range", "blog", "d", NULL, NULL),
        ROW(NOTE, "base type", "blog", "d", NULL, NULL),
    };
    aq_text_t text = {0};
    aq__metadata_t *metadata = read_rows(NULL, rows, AQ__COUNT_OF(rows));

    aq__problems_append(&text, &metadata->problems);
    is_text(aq_text_string(&text),
            "search path 'a, b': none of its schemas is there for this role\n"
            "schema 'secret': role 'bob' has no right to use it; what it has is read all the same\n"
            "t: it is a foreign table, and left out\n"
            "t: it is partitioned by RANGE (at), which cannot be expressed: here it is an ordinary table\n"
            "t: it inherits from parent, which cannot be expressed: here all columns are its own\n"
            "t: it is unlogged, which cannot be expressed\n"
            "t: it is a table of type pair, which cannot be expressed: here all columns are its own\n"
            "t: its access method is columnar, which cannot be expressed\n"
            "t: it is in tablespace fast, which cannot be expressed\n"
            "t: its storage options are fillfactor=70, which cannot be expressed\n"
            "t: its replica identity is full, which cannot be expressed\n"
            "t: it has row security, which cannot be expressed\n"
            "t.p: this row security policy cannot be expressed\n"
            "t.r: this rule cannot be expressed\n"
            "t.s: these extended statistics cannot be expressed\n"
            "t.c: its storage is plain, which cannot be expressed\n"
            "t.c: its compression is lz4, which cannot be expressed\n"
            "t.c: its options are n_distinct=5, which cannot be expressed\n"
            "t.c: its statistics target is 500, which cannot be expressed\n"
            "t.c: its value is computed when it is read, which cannot be expressed: here it is stored\n"
            "t.c: its constraint t_c_not_null, a NOT NULL, is not valid, which cannot be expressed\n"
            "t.f: it is MATCH PARTIAL, which cannot be expressed: here it is MATCH SIMPLE\n"
            "t.f: this constraint is not enforced, which cannot be expressed: here it is\n"
            "t.k: this constraint is for periods of time, which cannot be expressed: here it is for values\n"
            "t.k: the storage options of its index are fillfactor=70, which cannot be expressed\n"
            "t.i: this index is invalid: the server does not use it\n"
            "t.i: this index is in tablespace fast, which cannot be expressed\n"
            "blog.d: it is a domain, whose definition cannot be expressed\n"
            "blog.d: it is a composite type, whose definition cannot be expressed\n"
            "blog.d: it is a range type, whose definition cannot be expressed\n"
            "blog.d: it is a base type, whose definition cannot be expressed",
            "every kind of note has its text");
    is_int(aq_metadata_problem_count(metadata), AQ__COUNT_OF(rows), "they are counted");
    is_str(aq_metadata_problem(metadata, 2), "t: it is a foreign table, and left out", "each can be had");
    is_str(aq_metadata_problem(metadata, AQ__COUNT_OF(rows)), NULL, "one past the last is NULL");
    aq_text_dispose(&text);
    aq__metadata_close(metadata);
}

/* ---- Rows that make none --------------------------------------------------------------------------------------------------------- */

#define COLUMN_WITH(number, oid, builtin, modifier, expression, generated, identity)                 \
    ROW(COLUMN, "200", number, "new", oid, NULL, "x", builtin, "false", modifier, "x", "x", "false", \
        expression, generated, identity, NULL, NULL, NULL, NULL)
#define CONSTRAINT_WITH(oid, kind, check, referred, on_delete, index, method)                         \
    ROW(CONSTRAINT, oid, "200", kind, "new", "false", "false", "true", "false", "false", check, NULL, \
        referred, on_delete, "a", "s", index, method, NULL, NULL)

static void test_nonsense(void)
{
    static const struct {
        row_t row;
        const char *expected;
    } cases[] = {
        {{99, 1, {"1"}}, "catalog: a row of part 99, which there is not"},
        {{AQ__CATALOG_TABLE, 3, {"1", NULL, "t"}}, "catalog: table: a row of 3 columns, not 4"},
        {ROW(TABLE, NULL, NULL, "t", NULL), "catalog: table: 'oid' is NULL"},
        {ROW(TABLE, "7", NULL, NULL, NULL), "catalog: table: 'name' is NULL"},
        {ROW(TABLE, "200", NULL, "t", NULL), "catalog: table: 'oid' is 200, of which there is one already"},
        {ROW(ENUM, NULL, NULL, "e", NULL, NULL), "catalog: enum: 'oid' is NULL"},
        {ROW(ENUM, "7", NULL, NULL, NULL, NULL), "catalog: enum: 'name' is NULL"},
        {ROW(COLUMN, "999", "1", "c", "23", NULL, "int4", "true", "false", "-1", "x", "x", "false", NULL,
             NULL, NULL, NULL, NULL, NULL, NULL),
         "catalog: column: 'table' is 999, of which no row came before"},
        {COLUMN_WITH("9", NULL, "true", "-1", NULL, NULL, NULL), "catalog: column: 'type_oid' is NULL"},
        {COLUMN_WITH("9", "0", "true", "-1", NULL, NULL, NULL),
         "catalog: column: 'type_oid' is no number from 1 to 4294967295: '0'"},
        {COLUMN_WITH("9", "23x", "true", "-1", NULL, NULL, NULL),
         "catalog: column: 'type_oid' is no number from 1 to 4294967295: '23x'"},
        {COLUMN_WITH("9", "4294967296", "true", "-1", NULL, NULL, NULL),
         "catalog: column: 'type_oid' is no number from 1 to 4294967295: '4294967296'"},
        {COLUMN_WITH("9", "23", "yes", "-1", NULL, NULL, NULL),
         "catalog: column: 'builtin' is neither true nor false: 'yes'"},
        {COLUMN_WITH("9", "23", "true", "", NULL, NULL, NULL),
         "catalog: column: 'modifier' is no number from -2147483648 to 2147483647: ''"},
        {COLUMN_WITH("1", "23", "true", "-1", NULL, NULL, NULL),
         "catalog: column: 'number' is 200.1, of which there is one already"},
        {COLUMN_WITH(NULL, "23", "true", "-1", NULL, NULL, NULL), "catalog: column: 'number' is NULL"},
        {COLUMN_WITH("9", "23", "true", "-1", NULL, "s", NULL), "catalog: column: 'expression' is NULL"},
        {COLUMN_WITH("9", "23", "true", "-1", "", "s", NULL), "catalog: column: 'expression' is empty"},
        {COLUMN_WITH("9", "23", "true", "-1", "", NULL, NULL), "catalog: column: 'expression' is empty"},
        {COLUMN_WITH("9", "23", "true", "-1", "1", "x", NULL),
         "catalog: column: 'generated' is none of the letters 'sv': 'x'"},
        {COLUMN_WITH("9", "23", "true", "-1", NULL, NULL, "ad"),
         "catalog: column: 'identity' is none of the letters 'ad': 'ad'"},
        {ROW(SEQUENCE, "7", NULL, "s", "20", "1", "1", "1", "9223372036854775808", "1", "false", NULL, NULL,
             "false", NULL),
         "catalog: sequence: 'max' is no number from -9223372036854775808 to 9223372036854775807:"
         " '9223372036854775808'"},
        {ROW(SEQUENCE, "7", NULL, "s", "20", "1", "1", "1", "1", "1", "false", "200", "77", "false", NULL),
         "catalog: sequence: 'column' is 200.77, of which no row came before"},
        {ROW(SEQUENCE, "7", NULL, "s", "20", "1", "1", "1", "1", "1", "false", NULL, NULL, "true", NULL),
         "catalog: sequence: 'table' is NULL"},
        {ROW(SEQUENCE, NULL, NULL, "s", "20", "1", "1", "1", "1", "1", "false", NULL, NULL, "false", NULL),
         "catalog: sequence: 'oid' is NULL"},
        {CONSTRAINT_WITH("7", "z", NULL, NULL, " ", NULL, NULL),
         "catalog: constraint: 'kind' is none of the letters 'pufcx': 'z'"},
        {CONSTRAINT_WITH("7", "c", NULL, NULL, " ", NULL, NULL), "catalog: constraint: 'check' is NULL"},
        {CONSTRAINT_WITH("7", "c", "", NULL, " ", NULL, NULL), "catalog: constraint: 'check' is empty"},
        {CONSTRAINT_WITH("7", "f", NULL, NULL, "a", NULL, NULL),
         "catalog: constraint: 'referred_table' is NULL"},
        {CONSTRAINT_WITH("7", "f", NULL, "person", "", NULL, NULL),
         "catalog: constraint: 'on_delete' is none of the letters 'arcnd': ''"},
        {CONSTRAINT_WITH("7", "u", NULL, NULL, " ", NULL, NULL), "catalog: constraint: 'index' is NULL"},
        {CONSTRAINT_WITH("7", "x", NULL, NULL, " ", "8", NULL), "catalog: constraint: 'method' is NULL"},
        {CONSTRAINT_WITH("400", "c", "true", NULL, " ", NULL, NULL),
         "catalog: constraint: 'oid' is 400, of which there is one already"},
        {ROW(KEY, "7", "column", "id"), "catalog: key: 'constraint' is 7, of which no row came before"},
        {ROW(KEY, "400", "column", "nope"), "catalog: key: table 'person' has no column 'nope'"},
        {ROW(KEY, "400", "bystander", "id"), "catalog: key: there is no role 'bystander'"},
        {ROW(INDEX, "7", "200", "i", "false", "false", NULL, NULL, NULL, NULL),
         "catalog: index: 'method' is NULL"},
        {ROW(INDEX, "7", "200", "i", "false", "false", "btree", "", NULL, NULL),
         "catalog: index: 'where' is empty"},
        {ROW(PART, "7", "id", NULL, "false", NULL, NULL, NULL, NULL, NULL, "false", "false"),
         "catalog: part: 'index' is 7, of which no row came before"},
        {ROW(PART, "502", NULL, NULL, "false", NULL, NULL, NULL, NULL, NULL, "false", "false"),
         "catalog: part: 'expression' is NULL"},
        {ROW(PART, "502", NULL, NULL, "true", NULL, NULL, NULL, NULL, NULL, "false", "false"),
         "catalog: part: 'column' is NULL"},
        {ROW(PART, "502", "nope", NULL, "false", NULL, NULL, NULL, NULL, NULL, "false", "false"),
         "catalog: part: table 'post' has no column 'nope'"},
        {ROW(NOTE, "gossip", NULL, "t", NULL, NULL), "catalog: note: there is no kind 'gossip'"},
        {ROW(NOTE, "trigger", NULL, NULL, NULL, NULL), "catalog: note: 'table' is NULL"},
        {ROW(NOTE, "partition", NULL, "t", NULL, NULL), "catalog: note: 'detail' is NULL"},
        {ROW(NOTE, "no schema", NULL, NULL, NULL, NULL), "catalog: note: 'table' is NULL"},
        {ROW(NOTE, "no path", NULL, NULL, NULL, NULL), "catalog: note: 'detail' is NULL"},
        {ROW(NOTE, NULL, NULL, NULL, NULL, NULL), "catalog: note: 'kind' is NULL"},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(cases); i++) {
        aq__catalog_t *catalog = aq__catalog_create(NULL);
        const row_t *row = &cases[i].row;

        if (feed(catalog, blog, AQ__COUNT_OF(blog)) != AQ_OK)
            bail_out("%s", aq_last_error()->message);
        is_int(aq__catalog_add_row(catalog, (int)row->part, row->items, row->count), AQ_EMAPPING,
               "AQ_EMAPPING");
        is_str(aq_last_error()->message, cases[i].expected, "the whole text");
        aq__catalog_close(catalog);
    }
}

/* ---- Memory ------------------------------------------------------------------------------------------------------------------------ */

static int read_blog(void)
{
    aq__metadata_t *metadata = read_rows("users", blog, AQ__COUNT_OF(blog));
    int code = metadata != NULL ? AQ_OK : AQ_ENOMEM;

    aq__metadata_close(metadata);
    return code;
}

static int make_query(void)
{
    char *sql = aq__catalog_query();
    int code = sql != NULL ? AQ_OK : AQ_ENOMEM;

    aq__free(sql);
    return code;
}

/* ---- Looking at metadata -------------------------------------------------------------------------------------------------------- */

static void test_look(void)
{
    aq_column_info_t info;
    aq_text_t text = {0};
    aq__metadata_t *metadata = read_rows("users", blog, AQ__COUNT_OF(blog));

    is_str(aq_metadata_bind(metadata), "users", "the bind");
    is_int(aq_metadata_table_count(metadata), 2, "two tables");
    is_str(aq_metadata_table_name(metadata, 0), "person", "the first, which the other refers to");
    is_str(aq_metadata_table_schema(metadata, 0), NULL, "its schema");
    is_str(aq_metadata_table_comment(metadata, 0), "who", "its comment");
    is_int(aq_metadata_column_count(metadata, 0), 3, "its columns");
    is_str(aq_metadata_table_name(metadata, 1), "post", "the second");
    is_str(aq_metadata_table_schema(metadata, 1), "blog", "its schema");
    is_int(aq_metadata_find(metadata, "blog", "post"), 1, "it is found");
    is_int(aq_metadata_find(metadata, NULL, "post"), -1, "not without its schema");
    is_int(aq_metadata_find(metadata, NULL, NULL), -1, "NULL is no table");
    is_int(aq_metadata_column(metadata, 0, 0, &info), AQ_OK, "the first column");
    ok(info.not_null && info.primary_key && info.serial && !info.identity, "it is a serial primary key");
    is_str(info.name, "id", "its name");
    is_str(info.type, "INTEGER", "its type");
    is_str(info.server_default, NULL, "a serial has no default");
    is_int(aq_metadata_column(metadata, 0, 1, &info), AQ_OK, "the second");
    is_str(info.type, "VARCHAR(80)", "its type");
    is_str(info.server_default, "'new'", "its default");
    is_str(info.comment, "its name", "its comment");
    is_int(aq_metadata_column(metadata, 1, 0, &info), AQ_OK, "an identity");
    ok(info.identity && !info.serial && !info.primary_key, "it is one");
    is_int(aq_metadata_column(metadata, 1, 2, &info), AQ_OK, "a generated column");
    is_str(info.generated, "author_id * 2", "its expression");
    is_int(aq_metadata_column(metadata, 1, 4, &info), AQ_EINVAL, "one past the last");
    is_str(aq_last_error()->message, "metadata: table 'post': column 4 of 4", "the whole text");
    is_int(aq_metadata_column(metadata, 2, 0, &info), AQ_EINVAL, "of no table");
    is_str(aq_last_error()->message, "metadata: table 2 of 2", "the whole text");
    ok(info.name == NULL, "nothing is left in it");
    aq_metadata_append_table_ddl(metadata, 0, &text);
    aq_metadata_append_table_ddl(metadata, 2, &text);
    has_str(aq_text_string(&text), "CREATE TABLE person (", "the DDL of one table");
    ok(strstr(aq_text_string(&text), "blog") == NULL, "and of no other");
    aq_metadata_append_ddl(metadata, &text);
    has_str(aq_text_string(&text), "CREATE TABLE blog.post (", "the DDL of all");
    aq_text_dispose(&text);
    ok(aq_metadata_table_name(metadata, 2) == NULL && aq_metadata_table_schema(metadata, 2) == NULL &&
           aq_metadata_table_comment(metadata, 2) == NULL && aq_metadata_column_count(metadata, 2) == 0,
       "there is no third");
    aq_metadata_close(metadata);
    aq_metadata_close(NULL);
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    subtest("rows that make sense")
        test_rows();
    subtest("types and their modifiers")
        test_types();
    subtest("defaults as one would write them")
        test_defaults();
    subtest("names of sequences")
        test_sequence_names();
    subtest("what cannot be expressed")
        test_notes();
    subtest("rows that make no sense")
        test_nonsense();
    subtest("looking at metadata")
        test_look();
    subtest("out of memory") {
        check_each_request("a catalog", read_blog);
        check_each_request("its query", make_query);
        aq__catalog_close(NULL);
    }
    ok(all_memory_is_back(), "no memory is left");
    return tap_done();
}
