/* Names: tables from structs (vectors table_names), constraints and indexes by convention (vectors naming), how SQL spells them, MD5,
 * lower case. No database: that the server accepts what is not quoted is t/keywords.t's.
 *
 * Each row of the vectors is a subtest. Where Aquifer does something else on purpose its name says "settled". */
#include "tap.h"

#include "src/schema/ddl.h"
#include "src/schema/lowercase.h"
#include "src/schema/md5.h"
#include "src/schema/naming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 16

static aq_arena_t *arena;

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const char *error_text(int code)
{
    return code == AQ_OK ? "(no error)" : aq_last_error()->message;
}

/* ---- MD5 and lower case -------------------------------------------------------------------------------------------------- */

static const char *md5_text(const void *bytes, size_t length)
{
    static char text[2 * AQ__MD5_SIZE + 1];
    uint8_t digest[AQ__MD5_SIZE];

    aq__md5(bytes, length, digest);
    for (size_t i = 0; i < AQ__MD5_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

static void test_md5(void)
{
    static const struct {
        const char *text, *digest;
    } rfc1321[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    uint8_t digests[260][AQ__MD5_SIZE];
    char as[260];

    subtest("MD5: RFC 1321, appendix A.5") {
        for (size_t i = 0; i < AQ__COUNT_OF(rfc1321); i++)
            is_str(md5_text(rfc1321[i].text, strlen(rfc1321[i].text)), rfc1321[i].digest, "'%s'",
                   rfc1321[i].text);
    }
    memset(as, 'a', sizeof(as));
    for (size_t i = 0; i < AQ__COUNT_OF(digests); i++)
        aq__md5(as, i, digests[i]);
    is_str(md5_text(digests, sizeof(digests)), "f69045f1f86bd369b798b328a42519bd",
           "MD5: every length up to 259");
}

static const char *lowercase(const char *string)
{
    aq_text_t text = {0};
    char *copy;

    aq__lowercase_append(&text, string, strlen(string));
    copy = aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

static void test_lowercase(void)
{
    static const struct {
        const char *capital, *small;
    } rows[] = {
        {"", ""},
        {"AZaz[@`{_09$", "azaz[@`{_09$"},
        {"ÀÞ×ß÷ÿŸ", "àþ×ß÷ÿÿ"},
        {"ĀāĹŁŽ", "āāĺłž"},
        {"ЖУК Ѐ", "жук ѐ"},
        {"ᲐᲑ", "აბ"},
        {"ẞ", "ß"},
        {"Ⅷ", "ⅷ"},
        {"K", "k"},
        {"日本語", "日本語"},
        {"𐐀𐐁", "𐐨𐐩"},
        {"İI", "i̇i"},
        {"ΟΔΥΣΣΕΥΣ", "οδυσσευς"},
        {"ΑΣ ΑΣ_ΣΑ Σ", "ας ας_σα σ"},
        {"ΑΣa aΣ1", "ασa aς1"},
        {"ςΣ", "ςς"},
    };

    subtest("lower case as Unicode has it, whatever the locale") {
        for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
            is_str(lowercase(rows[i].capital), rows[i].small, "'%s'", rows[i].capital);
    }
}

/* ---- Tables ---------------------------------------------------------------------------------------------------------------- */

static const char *table_error(const char *type, bool legacy)
{
    return aq__table_name(arena, type, legacy) != NULL ? "(no error)" : aq_last_error()->message;
}

static void convert_row(const char *type, const char *expected, bool legacy)
{
    char empty[128];

    snprintf(empty, sizeof(empty),
             type[0] == '\0' ? "struct '%s': the name is empty"
                             : "struct '%s': no table name can be made of it",
             type);
    if (expected[0] != '\0')
        is_str(aq__table_name(arena, type, legacy), expected, "%s",
               legacy ? "version 2.3.2's rule" : "the rule");
    else
        is_str(table_error(type, legacy), empty, "%s", legacy ? "version 2.3.2's rule" : "the rule");
}

static void test_table_vectors(void)
{
    json_t *vectors = vectors_load("table_names.json"), *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "convert"), i, row)
    {
        const char *v3 = text_of(row, "v3");

        subtest("table of struct '%s'%s", text_of(row, "name"),
                v3[0] == '\0' ? " (settled: an empty name is an error)" : "") {
            convert_row(text_of(row, "name"), v3, false);
            convert_row(text_of(row, "name"), text_of(row, "v232"), true);
            is_int(strlen(v3), json_integer_value(json_object_get(row, "bytes_v3")), "bytes");
        }
    }
    json_decref(vectors);
}

static void test_tables(void)
{
    char longest[AQ__NAME_MAX + 2], message[256];

    subtest("structs that give no table's name") {
        is_str(table_error(NULL, false), "struct: the name is missing", "NULL");
        is_str(table_error("", false), "struct '': the name is empty", "nothing");
        is_str(table_error("_", false), "struct '_': no table name can be made of it", "'_'");
        is_str(table_error("__", true), "struct '__': no table name can be made of it",
               "'__' by version 2.3.2's rule");
        is_str(table_error("A\xC3", false), "struct 'A...': the name is not valid UTF-8", "half a character");
        is_int(aq_last_error()->code, AQ_EMAPPING, "AQ_EMAPPING");
    }
    memset(longest, 'T', sizeof(longest));
    longest[AQ__NAME_MAX] = '\0';
    is_int(strlen(aq__table_name(arena, longest, false)), AQ__NAME_MAX, "a table's name of 63 bytes");
    longest[AQ__NAME_MAX] = 'T';
    longest[AQ__NAME_MAX + 1] = '\0';
    snprintf(message, sizeof(message), "table '%s': the name has 64 bytes: at most 63 are allowed",
             lowercase(longest));
    is_str(table_error(longest, false), message, "one of 64 is refused");
    longest[0] = 'a';
    snprintf(message, sizeof(message), "table '%.1s_%s': the name has 65 bytes: at most 63 are allowed",
             longest, lowercase(longest + 1));
    is_str(table_error(longest, false), message, "what counts is the table, not the struct");
}

/* ---- Identifiers ------------------------------------------------------------------------------------------------------------ */

static const char *spell(const char *name)
{
    aq_text_t text = {0};
    char *copy;

    aq__name_append(&text, name);
    copy = aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

static const char *spell_qualified(const char *schema, const char *name)
{
    aq_text_t text = {0};
    char *copy;

    aq__name_append_qualified(&text, schema, name);
    copy = aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

static void test_quotes(void)
{
    static const char *const plain[] = {"a",        "user_id", "_",       "_a",     "a1$",  "users",
                                        "name",     "type",    "value",   "values", "time", "text",
                                        "interval", "row",     "selects", "selec",  "zone", "aa"};
    static const char *const quoted[] = {
        "",    "A",    "aB",      "1a",   "$a",        "a b",         "a-b",     "a.b",
        "a%",  "é",    "aé",      "a\n",  "a;",        "user",        "order",   "select",
        "all", "with", "lateral", "left", "collation", "system_user", "between", "new",
        "of",  "off",  "old",     "over", "\x7f",      "a\xC4\xB1"};

    subtest("what is spelt as it is") {
        for (size_t i = 0; i < AQ__COUNT_OF(plain); i++)
            is_str(spell(plain[i]), plain[i], "'%s'", plain[i]);
    }
    subtest("what needs quotes") {
        for (size_t i = 0; i < AQ__COUNT_OF(quoted); i++) {
            char expected[32];

            snprintf(expected, sizeof(expected), "\"%s\"", quoted[i]);
            is_str(spell(quoted[i]), expected, "%s", expected);
        }
    }
    is_str(spell("a\"b\"\""), "\"a\"\"b\"\"\"\"\"", "a quote inside is doubled");
    is_str(spell_qualified("s1", "user"), "s1.\"user\"", "a schema and a name");
    is_str(spell_qualified("a.b", "t"), "\"a.b\".t", "a schema with a dot");
    is_str(spell_qualified(NULL, "t"), "t", "no schema");
}

static void test_checks(void)
{
    char name[200] = "", message[300];

    is_int(aq__name_check("column", "Any thing; \"goes\" %s \n"), AQ_OK, "any text is a name");
    is_str(error_text(aq__name_check("column", NULL)), "column: the name is missing", "NULL is none");
    is_str(error_text(aq__name_check("column", "")), "column '': the name is empty", "nothing is none");
    is_str(error_text(aq__name_check("column", "a\xFF"
                                               "b")),
           "column 'a...': the name is not valid UTF-8", "nor is what is not UTF-8");
    memset(name, 'a', 100);
    name[100] = '\xC0';
    name[101] = '\0';
    is_str(error_text(aq__name_check_text("column", name)),
           "column 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...': the name is not "
           "valid UTF-8",
           "of a long one the message shows the beginning");
    name[100] = '\0';
    is_int(aq__name_check_text("column", name), AQ_OK, "what will be shortened may be long");
    memset(name, 'a', sizeof(name));
    name[AQ__NAME_MAX] = '\0';
    is_int(aq__name_check("schema", name), AQ_OK, "63 bytes");
    strcpy(name + AQ__NAME_MAX - 1, "é");
    snprintf(message, sizeof(message), "schema '%s': the name has 64 bytes: at most 63 are allowed", name);
    is_str(error_text(aq__name_check("schema", name)), message,
           "63 characters of 64 bytes are too long (settled: bytes count)");
    is_int(aq_last_error()->code, AQ_EMAPPING, "AQ_EMAPPING");
}

static const char *repeat(const char *head, const char *text, int count)
{
    char *result = aq_arena_strdup(arena, head);

    while (count-- > 0)
        result = aq_arena_printf(arena, "%s%s", result, text);
    return result;
}

static void test_shorten(void)
{
    const char *name = repeat("", "x", 63);

    ok(aq__name_shorten(arena, name, AQ__NAME_MAX) == name, "63 bytes stay");
    is_str(aq__name_shorten(arena, repeat("", "x", 64), AQ__NAME_MAX),
           aq_arena_printf(arena, "%.55s_2456", name), "64 do not");
}

static void test_shorten_utf8(void)
{
    const char *rows[][2] = {
        {aq_arena_printf(arena, "%s_%s", repeat("uq_", "é", 40), repeat("", "ü", 10)),
         aq_arena_printf(arena, "%s_2410", repeat("uq_", "é", 26))},
        {repeat("pk_x", "é", 40), aq_arena_printf(arena, "%s_3125", repeat("pk_x", "é", 25))},
        {repeat("pk_", "日", 30), aq_arena_printf(arena, "%s_b0bc", repeat("pk_", "日", 17))},
        {repeat(repeat("uq__", "€", 16), "𝄞", 10),
         aq_arena_printf(arena, "%s_f7ed", repeat("uq__", "€", 16))},
    };

    subtest("no character is split") {
        for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
            is_str(aq__name_shorten(arena, rows[i][0], AQ__NAME_MAX), rows[i][1], "%s", rows[i][0]);
    }
}

/* The server's answers (makeObjectName). */
static void test_make(void)
{
    char name[AQ__NAME_MAX + 1];

    aq__name_make(name, "post", "id", "seq");
    is_str(name, "post_id_seq", "a short name");
    aq__name_make(name, "post", "", "pkey");
    is_str(name, "post_pkey", "of a table only");
    aq__name_make(name, repeat("t", "x", 62), "id", "seq");
    is_str(name, aq_arena_printf(arena, "%s_id_seq", repeat("t", "x", 55)), "the longer part is cut");
    aq__name_make(name, repeat("", "x", 40), repeat("", "y", 40), "seq");
    is_str(name, aq_arena_printf(arena, "%s_%s_seq", repeat("", "x", 29), repeat("", "y", 29)), "or both");
    aq__name_make(name, repeat("x", "é", 31), "id", "seq");
    is_str(name, aq_arena_printf(arena, "%s_id_seq", repeat("x", "é", 27)), "but no character");
}

/* ---- naming.json: the rows -------------------------------------------------------------------------------------------------- */

typedef struct {
    const json_t *row; /* that has the columns */
    const char *referred_schema;
    aq_named_t named;
    aq_named_column_t columns[MANY];
    const char *referred[MANY];
} fixture_t;

/* What the vectors' models call their constraints; those that are not here have no name. */
static const struct {
    const char *name, *explicit_name; /* NULL: the row's */
    bool final;
} explicit_names[] = {
    {"uqnamed", "mine", false},
    {"ixnamed", "my_ix", false},
    {"pknamed", "myname", false},
    {"fknamed", "fk_mine", false},
    {"cknamed", "foo", false},
    {"ckcolumn", "x1", false},
    {"uqconv", "final_name", true},
    {"ckconv", "ck_final", true},
    {"long_conv", NULL, true},
    {"long_explicit", NULL, false},
    {"explicit63", NULL, false},
    {"long_explicit_ix", NULL, false},
    {"longck", "version_must_be_greater_than_three", false},
};

static char *piece(const char *start, const char *end)
{
    return aq_arena_strndup(arena, start, (size_t)(end - start));
}

/* "a,b": the texts between the commas. */
static size_t split(const char *list, const char **texts)
{
    size_t count = 0;

    for (;;) {
        const char *end = list + strcspn(list, ",");

        texts[count++] = piece(list, end);
        if (*end == '\0')
            return count;
        list = end + 1;
    }
}

static const char *behind_last_dot(const char *name)
{
    return strrchr(name, '.') != NULL ? strrchr(name, '.') + 1 : name;
}

/* In the vectors' models the column Data2 is called data2. */
static void add_column(fixture_t *fixture, const char *name)
{
    fixture->columns[fixture->named.column_count++] =
        (aq_named_column_t){.name = name, .key = strcmp(name, "Data2") == 0 ? "data2" : NULL};
}

/* "user_id,version -> s1.user.id,version" */
static void set_foreign_key(fixture_t *fixture, const char *text)
{
    const char *arrow = strstr(text, " -> "), *target = arrow + strlen(" -> "), *names[MANY];
    size_t count = split(piece(text, arrow), names);
    char *table;

    for (size_t i = 0; i < count; i++)
        add_column(fixture, names[i]);
    count = split(target, names);
    table = piece(names[0], strrchr(names[0], '.'));
    fixture->named.referred_table = behind_last_dot(table);
    if (fixture->named.referred_table != table)
        fixture->referred_schema = piece(table, fixture->named.referred_table - 1);
    fixture->named.referred_columns = fixture->referred;
    fixture->named.referred_count = count;
    for (size_t i = 0; i < count; i++)
        fixture->referred[i] = behind_last_dot(names[i]);
}

static aq_named_kind_t kind_of(const json_t *row)
{
    static const char *const keys[] = {"ix", "uq", "ck", "fk", "pk"};
    const char *name = text_of(row, "case");

    for (int kind = 0; kind < AQ__NAMED_KINDS; kind++)
        if (strncmp(name, keys[kind], 2) == 0)
            return (aq_named_kind_t)kind;
    for (int kind = 0; kind < AQ__NAMED_KINDS; kind++)
        if (strstr(name, keys[kind]) != NULL)
            return (aq_named_kind_t)kind;
    return AQ_NAMED_UQ; /* long_explicit, utf8long, ... */
}

/* The row that tells the table and the columns of a row that only tells its error. */
static const json_t *whole_row(const json_t *rows, const json_t *row)
{
    json_t *other;
    size_t i;

    json_array_foreach(rows, i, other)
    {
        if (strcmp(text_of(other, "case"), text_of(row, "case")) == 0 &&
            json_object_get(other, "columns") != NULL)
            return other;
    }
    return NULL;
}

static void set_columns(fixture_t *fixture, const json_t *row)
{
    json_t *column;
    size_t i;

    fixture->named.columns = fixture->columns;
    json_array_foreach(json_object_get(row, "columns"), i, column)
    {
        const char *text = json_string_value(column), *end = text + strcspn(text, " ");

        if (fixture->named.kind == AQ_NAMED_FK)
            set_foreign_key(fixture, text);
        else if (strcmp(text_of(row, "case"), "cktext") != 0) /* a text, whose columns nobody knows */
            add_column(fixture, piece(text, end));
    }
}

static void set_name(fixture_t *fixture, const json_t *row)
{
    for (size_t i = 0; i < AQ__COUNT_OF(explicit_names); i++)
        if (strcmp(text_of(row, "case"), explicit_names[i].name) == 0) {
            const char *name = explicit_names[i].explicit_name;

            fixture->named.name = name != NULL ? name : text_of(row, "name");
            fixture->named.final = explicit_names[i].final;
        }
}

static bool make_fixture(fixture_t *fixture, const json_t *rows, const json_t *row)
{
    const json_t *whole = json_object_get(row, "columns") != NULL ? row : whole_row(rows, row);
    const char *table;

    *fixture = (fixture_t){.named.kind = kind_of(row)};
    if (whole == NULL)
        return false;
    fixture->row = whole;
    table = text_of(whole, "table");
    fixture->named.table = behind_last_dot(table);
    if (fixture->named.table != table)
        fixture->named.schema = piece(table, fixture->named.table - 1);
    set_columns(fixture, whole);
    set_name(fixture, row);
    return true;
}

/* ---- naming.json: what is expected --------------------------------------------------------------------------------------------- */

static aq_naming_convention_t convention_of(const json_t *templates)
{
    return (aq_naming_convention_t){.ix = text_of(templates, "ix"),
                                    .uq = text_of(templates, "uq"),
                                    .ck = text_of(templates, "ck"),
                                    .fk = text_of(templates, "fk"),
                                    .pk = text_of(templates, "pk")};
}

static const char *columns_text(const aq_named_t *named)
{
    const char *text = "";

    for (size_t i = 0; i < named->column_count; i++)
        text = aq_arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", named->columns[i].name);
    return text;
}

/* What Aquifer says where the original raises this. */
static const char *message_of(const aq_named_t *named, const char *error)
{
    static const char *const kinds[] = {"index", "unique constraint", "check constraint", "foreign key",
                                        "primary key"};
    const char *table =
        named->schema == NULL ? named->table : aq_arena_printf(arena, "%s.%s", named->schema, named->table);
    const char *what = aq_arena_printf(arena, "table '%s': %s", table, kinds[named->kind]);
    const char *why = "?";

    if (strcmp(error, "IdentifierError") == 0)
        return aq_arena_printf(arena, "%s '%s': the name has %zu bytes: at most 63 are allowed", what,
                               named->name, strlen(named->name));
    if (strcmp(error, "TypeError") ==
        0) /* "object of type 'NoneType' has no len()": CREATE INDEX without a name */
        why = "it has no name, and the naming convention has no template for 'ix'";
    else if (strcmp(error, "InvalidRequestError") == 0)
        why = "it has no name, and the naming convention has %(constraint_name)s";
    else if (strcmp(error, "IndexError") == 0)
        why = "'%(referred_column_1_name)s' is past the last of the columns that it refers to, which are 1";
    return aq_arena_printf(arena, "%s (%s): %s", what, columns_text(named), why);
}

/* ---- naming.json: the same by way of metadata, its seal and its DDL ----------------------------------------------------------- */

static const aq__source_t nowhere = {0};

static aq__table_t *table_of(aq__metadata_t *metadata, const char *schema, const char *name)
{
    aq__table_t *table = aq__metadata_table(metadata, schema, name);

    return table != NULL ? table : aq__metadata_add_table(metadata, schema, name, nowhere);
}

static aq__column_t *column_of(aq__table_t *table, const char *name)
{
    aq__column_t *column = aq__table_column(table, name);

    if (column == NULL) {
        column = aq__table_add_column(table, name, nowhere);
        column->type.oid = AQ_OID_INT4;
    }
    return column;
}

static aq__index_t *build_index(const fixture_t *fixture, aq__table_t *table)
{
    aq__index_t *index = aq__table_add_index(table, nowhere);

    index->name = fixture->named.name;
    index->unique = strcmp(text_of(fixture->row, "case"), "ixflaguniq") == 0;
    for (size_t i = 0; i < fixture->named.column_count; i++)
        aq__index_add_part(index)->column = column_of(table, fixture->columns[i].name);
    return index;
}

/* What a foreign key refers to must be there, and unique. */
static void build_referred(const fixture_t *fixture, aq__constraint_t *constraint)
{
    const aq_named_t *named = &fixture->named;
    aq__table_t *table =
        table_of(constraint->table->metadata, fixture->referred_schema, named->referred_table);
    aq__constraint_t *unique = aq__table_add_constraint(table, AQ_CONSTRAINT_UNIQUE, nowhere);

    unique->name = "what_is_referred_to";
    constraint->referred_schema = table->schema;
    constraint->referred_table = table->name;
    for (size_t i = 0; i < named->referred_count; i++) {
        aq__constraint_add_column(unique, column_of(table, fixture->referred[i]));
        aq__constraint_add_referred(constraint, fixture->referred[i]);
    }
}

static aq__constraint_t *build_constraint(const fixture_t *fixture, aq__table_t *table)
{
    static const aq_constraint_kind_t kinds[] = {
        [AQ_NAMED_UQ] = AQ_CONSTRAINT_UNIQUE,
        [AQ_NAMED_CK] = AQ_CONSTRAINT_CHECK,
        [AQ_NAMED_FK] = AQ_CONSTRAINT_FOREIGN_KEY,
        [AQ_NAMED_PK] = AQ_CONSTRAINT_PRIMARY_KEY,
    };
    const aq_named_t *named = &fixture->named;
    aq__constraint_t *constraint = aq__table_add_constraint(table, kinds[named->kind], nowhere);

    constraint->name = named->name;
    constraint->name_final = named->final;
    constraint->check =
        json_string_value(json_array_get(json_object_get(fixture->row, "columns"), 0)); /* of a check */
    for (size_t i = 0; i < named->column_count; i++) {
        aq__column_t *column = column_of(table, named->columns[i].name);

        column->key = named->columns[i].key;
        aq__constraint_add_column(constraint, column);
    }
    if (named->kind == AQ_NAMED_FK)
        build_referred(fixture, constraint);
    return constraint;
}

/* The statement that makes it, or what is wrong with it. */
static const char *statement_of(const aq__naming_t *naming, const fixture_t *fixture)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__table_t *table = table_of(metadata, fixture->named.schema, fixture->named.table);
    aq__problems_t problems = {.arena = arena};
    aq__index_t *index = fixture->named.kind == AQ_NAMED_IX ? build_index(fixture, table) : NULL;
    aq__constraint_t *constraint = index == NULL ? build_constraint(fixture, table) : NULL;
    aq_text_t sql = {0};
    const char *copy;

    metadata->naming = naming;
    if (aq__metadata_seal(metadata, &problems) != AQ_OK)
        aq__problems_append(&sql, &problems);
    else if (index != NULL)
        aq__ddl_create_index(&sql, index);
    else
        aq__ddl_add_constraint(&sql, constraint);
    copy = aq_arena_strdup(arena, aq_text_string(&sql));
    aq_text_dispose(&sql);
    aq__metadata_close(metadata);
    return copy;
}

/* "%" is doubled there for the driver. */
static const char *undoubled(const char *ddl)
{
    const char *percent = strstr(ddl, "%%");

    return percent != NULL ? aq_arena_printf(arena, "%.*s%s", (int)(percent - ddl), ddl, percent + 1) : ddl;
}

/* An index of an expression whose columns nobody tells needs a name; a check is not a column's here, but its table's. */
static bool is_said_otherwise(const json_t *row)
{
    return strcmp(text_of(row, "case"), "ixexpr") == 0 || strcmp(text_of(row, "case"), "ckcolumn") == 0;
}

static void row_named(const json_t *row, const char *name)
{
    const char *emitted = text_of(row, "emitted"), *whole = text_of(row, "name");
    bool settled = json_is_true(json_object_get(row, "over_63_bytes"));

    if (emitted != NULL && settled) /* the server would cut it: we do */
        emitted = aq__name_shorten(arena, whole, AQ__NAME_MAX);
    is_str(name, emitted, "the name");
    if (name == NULL || emitted == NULL)
        return;
    ok(strlen(name) <= AQ__NAME_MAX && aq_utf8_valid(name, strlen(name)),
       "63 bytes at most, and whole characters");
    is_int(strcmp(name, whole) != 0, settled || json_is_true(json_object_get(row, "truncated")),
           "shortened or not");
    is_int(aq__name_needs_quotes(name), json_is_true(json_object_get(row, "quoted")), "in quotes or not");
}

static void naming_row(const aq__naming_t *naming, const json_t *rows, const json_t *row)
{
    const char *error = text_of(row, "error"), *name = "(unset)";
    fixture_t fixture;
    int code;

    if (!make_fixture(&fixture, rows, row)) {
        skip("no row tells the table of case %s", text_of(row, "case"));
        return;
    }
    code = aq__naming_name(naming, arena, &fixture.named, &name);
    if (error != NULL) {
        is_int(code, AQ_EMAPPING, "AQ_EMAPPING");
        is_str(error_text(code), message_of(&fixture.named, error), "the whole text");
        is_str(name, NULL, "no name");
        if (!is_said_otherwise(row))
            is_str(statement_of(naming, &fixture), message_of(&fixture.named, error),
                   "the same from the seal");
    } else {
        is_int(code, AQ_OK, "it is named, or left to PostgreSQL") || (diag("%s", error_text(code)), false);
        row_named(row, name);
        if (text_of(row, "ddl") != NULL && !json_is_true(json_object_get(row, "over_63_bytes")) &&
            !is_said_otherwise(row))
            is_str(statement_of(naming, &fixture), undoubled(text_of(row, "ddl")), "its statement");
    }
}

/* Conventions that the original takes and then fails with, one constraint after the other. */
static const char *refusal_of(const char *convention)
{
    if (strcmp(convention, "bad_token") == 0)
        return "naming convention 'uq': 'uq_%(nonsense)s': there is no token 'nonsense'";
    if (strcmp(convention, "bad_format") == 0)
        return "naming convention 'uq': 'uq_%(table_name)': incomplete format: 's' is missing behind "
               "'%(table_name)'";
    return NULL;
}

static const char *settlement_of(const json_t *row)
{
    if (refusal_of(text_of(row, "convention")) != NULL)
        return " (settled: the convention is refused when it is declared)";
    return json_is_true(json_object_get(row, "over_63_bytes")) ? " (settled: bytes count)" : "";
}

static void test_naming_rows(const json_t *vectors)
{
    json_t *rows = json_object_get(vectors, "rows"), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *key = text_of(row, "convention");
        aq_naming_convention_t convention =
            convention_of(json_object_get(json_object_get(vectors, "conventions"), key));

        subtest("convention %s, case %s%s", key, text_of(row, "case"), settlement_of(row)) {
            aq__naming_t *naming = aq__naming_create(arena, &convention);

            if (refusal_of(key) != NULL) {
                ok(naming == NULL, "no naming is made");
                is_str(aq_last_error()->message, refusal_of(key), "the whole text");
            } else if (ok(naming != NULL, "it is taken")) {
                naming_row(naming, rows, row);
            }
        }
    }
}

/* ---- naming.json: limits --------------------------------------------------------------------------------------------------------- */

static void test_limits(const json_t *vectors)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "identifier_limits"), i, row)
    {
        int length = (int)json_integer_value(json_object_get(row, "table_name_length"));
        const char *name = repeat("", "t", length);
        const char *message =
            aq_arena_printf(arena, "table '%s': the name has %d bytes: at most 63 are allowed", name, length);

        if (length > 0)
            is_str(error_text(aq__name_check("table", name)),
                   strcmp(text_of(row, "result"), "ok") == 0 ? "(no error)" : message,
                   "a table's name of %d characters", length);
    }
    is_str(error_text(aq__name_check("column", repeat("", "c", 64))),
           "column 'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc': the name has 64 "
           "bytes: at most 63 are "
           "allowed",
           "a column's name of 64 characters (settled: refused, not cut by the server)");
    is_str(error_text(aq__name_check("table", repeat("", "é", 40))),
           "table 'éééééééééééééééééééééééééééééééééééééééé': the name has 80 bytes: at most 63 are allowed",
           "a table's name of 40 characters in 80 bytes (settled: refused, not cut by the server)");
}

static void test_naming_vectors(void)
{
    json_t *vectors = vectors_load("naming.json"), *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "from_sqlalchemy_tests"), i, row)
    {
        size_t most = (size_t)json_integer_value(json_object_get(row, "max_length"));

        if (most > 0)
            is_str(aq__name_shorten(arena, text_of(row, "name"), most), text_of(row, "emitted"),
                   "at most %zu: %s", most, text_of(row, "name"));
    }
    if (vectors != NULL) {
        test_limits(vectors);
        test_naming_rows(vectors);
    }
    json_decref(vectors);
}

/* ---- Tokens and templates ----------------------------------------------------------------------------------------------------------- */

static const aq_named_column_t two_columns[] = {{"first", "one"}, {"Second", NULL}};
static const char *const referred[] = {"id", "version"};

static const aq_named_t sample = {.kind = AQ_NAMED_FK,
                                  .schema = "s",
                                  .table = "post",
                                  .columns = two_columns,
                                  .column_count = 2,
                                  .referred_table = "user",
                                  .referred_columns = referred,
                                  .referred_count = 2};

/* The name that this convention gives, "NULL", or the error. */
static const char *name_with(const aq_naming_convention_t *convention, const aq_named_t *what)
{
    aq__naming_t *naming = aq__naming_create(arena, convention);
    const char *name = NULL;

    if (naming == NULL || aq__naming_name(naming, arena, what, &name) != AQ_OK)
        return aq_arena_printf(arena, "%s: %s", aq_error_name(aq_last_error()->code),
                               aq_last_error()->message);
    return name != NULL ? name : "NULL";
}

static const char *fk_name(const char *template)
{
    return name_with(&(aq_naming_convention_t){.fk = template}, &sample);
}

static const char *uq_name(const char *template)
{
    aq_named_t what = sample;

    what.kind = AQ_NAMED_UQ;
    return name_with(&(aq_naming_convention_t){.uq = template}, &what);
}

static void test_tokens(void)
{
    static const struct {
        const char *template, *name;
    } rows[] = {
        {"%(table_name)s", "post"},
        {"%(referred_table_name)s", "user"},
        {"%(column_0_name)s", "first"},
        {"%(column_1_name)s", "Second"},
        {"%(column_00_name)s.%(column_01_name)s", "first.Second"},
        {"x%(column_2_name)s", "x"},
        {"x%(column_99999999999999999999_name)s", "x"},
        {"%(column_0_key)s", "one"},
        {"%(column_1_key)s", "Second"},
        {"%(column_0_label)s", "s_post_first"},
        {"%(column_0N_name)s", "firstSecond"},
        {"%(column_0N_key)s", "oneSecond"},
        {"%(column_0N_label)s", "s_post_firsts_post_Second"},
        {"%(column_0_N_name)s", "first_Second"},
        {"%(column_0_N_key)s", "one_Second"},
        {"%(column_0_N_label)s", "s_post_first_s_post_Second"},
        {"%(referred_column_0_name)s", "id"},
        {"%(referred_column_1_name)s", "version"},
        {"%(referred_column_0N_name)s", "idversion"},
        {"%(referred_column_0_N_name)s", "id_version"},
        {"%%", "%"},
        {"%%%%(table_name)s%%s", "%%(table_name)s%s"},
        {"a%%%(table_name)s%(table_name)sb", "a%postpostb"},
        {"just text", "just text"},
    };

    subtest("every token") {
        for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
            is_str(fk_name(rows[i].template), rows[i].name, "%s", rows[i].template);
    }
    subtest("labels have the schema, if there is one") {
        aq_named_t what = sample;

        what.schema = "a.b.c";
        is_str(name_with(&(aq_naming_convention_t){.fk = "%(column_0_label)s"}, &what), "a_b_c_post_first",
               "dots become _");
        what.schema = NULL;
        is_str(name_with(&(aq_naming_convention_t){.fk = "%(column_0_label)s"}, &what), "post_first", "none");
    }
}

static void test_declarations(void)
{
    static const struct {
        const char *template, *why;
    } rows[] = {
        {"", "the template is empty"},
        {"a\xFF", "the template is not valid UTF-8"},
        {"%(nonsense)s", "'%(nonsense)s': there is no token 'nonsense'"},
        {"%()s", "'%()s': there is no token ''"},
        {"%(Table_name)s", "'%(Table_name)s': there is no token 'Table_name'"},
        {"%(table_name )s", "'%(table_name )s': there is no token 'table_name '"},
        {"%(column_name)s", "'%(column_name)s': there is no token 'column_name'"},
        {"%(column_0)s", "'%(column_0)s': there is no token 'column_0'"},
        {"%(column_0_)s", "'%(column_0_)s': there is no token 'column_0_'"},
        {"%(column_0_type)s", "'%(column_0_type)s': there is no token 'column_0_type'"},
        {"%(column_1N_name)s", "'%(column_1N_name)s': there is no token 'column_1N_name'"},
        {"%(column_-1_name)s", "'%(column_-1_name)s': there is no token 'column_-1_name'"},
        {"%(x_column_0_name)s", "'%(x_column_0_name)s': there is no token 'x_column_0_name'"},
        {"%(referred_column_0_key)s",
         "'%(referred_column_0_key)s': there is no token 'referred_column_0_key'"},
        {"%(referred_column_0_label)s",
         "'%(referred_column_0_label)s': there is no token 'referred_column_0_label'"},
        {"%(referred_table_name)s",
         "'%(referred_table_name)s': only foreign keys ('fk') have the token 'referred_table_name'"},
        {"a%(referred_column_0_N_name)s", "'a%(referred_column_0_N_name)s': only foreign keys ('fk') have "
                                          "the token 'referred_column_0_N_name'"},
        {"a%(table_name)", "'a%(table_name)': incomplete format: 's' is missing behind '%(table_name)'"},
        {"a%(table_name)d", "'a%(table_name)d': incomplete format: 's' is missing behind '%(table_name)'"},
        {"a%(table_name", "'a%(table_name': incomplete format: ')' is missing behind '%(table_name'"},
        {"a%(", "'a%(': incomplete format: ')' is missing behind '%('"},
        {"a%", "'a%': a '%' must begin '%%' or '%(token)s', not '%'"},
        {"a%s%%", "'a%s%%': a '%' must begin '%%' or '%(token)s', not '%s%%'"},
    };

    subtest("templates that are refused when they are declared") {
        for (size_t i = 0; i < AQ__COUNT_OF(rows); i++)
            is_str(uq_name(rows[i].template),
                   aq_arena_printf(arena, "AQ_EMAPPING: naming convention 'uq': %s", rows[i].why), "'%s'",
                   i == 1 ? "not UTF-8" : rows[i].template);
        is_str(name_with(&(aq_naming_convention_t){.ix = "%(a)s"}, &sample),
               "AQ_EMAPPING: naming convention 'ix': '%(a)s': there is no token 'a'", "ix");
        is_str(name_with(&(aq_naming_convention_t){.ck = "%(a)s"}, &sample),
               "AQ_EMAPPING: naming convention 'ck': '%(a)s': there is no token 'a'", "ck");
        is_str(name_with(&(aq_naming_convention_t){.fk = "%(a)s"}, &sample),
               "AQ_EMAPPING: naming convention 'fk': '%(a)s': there is no token 'a'", "fk");
        is_str(name_with(&(aq_naming_convention_t){.pk = "%(a)s"}, &sample),
               "AQ_EMAPPING: naming convention 'pk': '%(a)s': there is no token 'a'", "pk");
    }
}

/* ---- Rules --------------------------------------------------------------------------------------------------------------------------- */

static void test_default(void)
{
    aq_named_t what = sample;

    what.kind = AQ_NAMED_IX;
    is_str(name_with(NULL, &what), "ix_s_post_first", "without a convention: ix_%%(column_0_label)s");
    is_str(name_with(&(aq_naming_convention_t){0}, &what), "ix_s_post_first", "the same with an empty one");
    for (int kind = AQ_NAMED_UQ; kind < AQ__NAMED_KINDS; kind++) {
        what.kind = (aq_named_kind_t)kind;
        is_str(name_with(NULL, &what), "NULL", "and PostgreSQL names the others (%d)", kind);
    }
}

static void test_explicit(void)
{
    const aq_naming_convention_t renaming = {.uq = "uq_%(table_name)s_%(constraint_name)s",
                                             .ck = "ck_%(table_name)s"};
    const char *long_name = repeat("", "x", 70);
    aq_named_t what = sample;

    what.kind = AQ_NAMED_UQ;
    what.name = "mine";
    is_str(name_with(&renaming, &what), "uq_post_mine", "%%(constraint_name)s works for every kind");
    what.final = true;
    is_str(name_with(&renaming, &what), "mine", "a final name is left alone");
    what.name = long_name;
    is_str(name_with(&renaming, &what), aq__name_shorten(arena, long_name, AQ__NAME_MAX),
           "but for its length");
    what.final = false;
    is_str(name_with(&renaming, &what), aq__name_shorten(arena, repeat("uq_post_", "x", 70), AQ__NAME_MAX),
           "a name that is part of one may be long");
    what.kind = AQ_NAMED_CK;
    what.name = "mine";
    is_str(name_with(&renaming, &what), "mine", "without it a check's name stays too");
    what.name = "";
    is_str(name_with(&renaming, &what), "AQ_EMAPPING: table 's.post': check constraint '': the name is empty",
           "no empty name");
    what.kind = AQ_NAMED_UQ;
    is_str(name_with(&renaming, &what),
           "AQ_EMAPPING: table 's.post': unique constraint '': the name is empty", "nor as a part of one");
    what.final = true;
    what.name = "\xFF";
    is_str(name_with(&renaming, &what),
           "AQ_EMAPPING: table 's.post': unique constraint '...': the name is not valid UTF-8",
           "nor one that is not UTF-8");
}

static void test_failures(void)
{
    aq_named_t what = sample;

    is_str(fk_name("%(constraint_name)s"),
           "AQ_EMAPPING: table 's.post': foreign key (first, Second): it has no name, and the naming "
           "convention has "
           "%(constraint_name)s",
           "no name for %%(constraint_name)s");
    is_str(fk_name("%(referred_column_2_name)s"),
           "AQ_EMAPPING: table 's.post': foreign key (first, Second): '%(referred_column_2_name)s' is past "
           "the last of the "
           "columns that it refers to, which are 2",
           "no such column");
    is_str(fk_name("%(column_2_name)s"),
           "AQ_EMAPPING: table 's.post': foreign key (first, Second): the naming convention "
           "'%(column_2_name)s' makes an "
           "empty name",
           "nothing");
    what.kind = AQ_NAMED_IX;
    what.column_count = 0;
    is_str(name_with(&(aq_naming_convention_t){.pk = "pk"}, &what),
           "AQ_EMAPPING: table 's.post': index: it has no name, and the naming convention has no template "
           "for 'ix'",
           "an index must have a name");
}

/* ---- Tokens of the user's ------------------------------------------------------------------------------------------------------------- */

static int append_count(aq_text_t *text, const aq_named_t *what, void *data)
{
    aq_text_appendf(text, "%s%zu", (const char *)data, what->column_count);
    return AQ_OK;
}

static int append_nothing(aq_text_t *text, const aq_named_t *what, void *data)
{
    (void)text, (void)what;
    return aq_fail(AQ_ENOENT, "no name for %s", (const char *)data);
}

static void test_user_tokens(void)
{
    static char letter[] = "n", thing[] = "this", broken[] = "\xFF";
    aq_name_token_t tokens[] = {{"count", append_count, letter},
                                {"table_name", append_count, thing},
                                {"none", append_nothing, thing},
                                {"constraint_name", append_count, letter},
                                {"broken", append_count, broken}};
    aq_naming_convention_t convention = {.tokens = tokens, .token_count = AQ__COUNT_OF(tokens)};
    aq_named_t named = sample;

    convention.fk = "fk_%(count)s_%(table_name)s%%";
    is_str(name_with(&convention, &sample), "fk_n2_this2%",
           "they are called, also in place of built-in ones");
    convention.fk = "%(constraint_name)s";
    is_str(name_with(&convention, &sample), "n2", "one in place of constraint_name needs no name");
    named.name = "mine";
    is_str(name_with(&convention, &named), "n2", "and wins over one");
    convention.fk = "%(none)s";
    is_str(name_with(&convention, &sample),
           "AQ_ENOENT: table 's.post': foreign key (first, Second): '%(none)s': no name for this",
           "one that fails");
    convention.fk = "%(broken)s";
    is_str(name_with(&convention, &sample),
           "AQ_EMAPPING: table 's.post': foreign key (first, Second): the naming convention '%(broken)s' "
           "makes a name that is "
           "not valid UTF-8",
           "one that gives no UTF-8");
    convention = (aq_naming_convention_t){.tokens = tokens, .token_count = 1};
    named.kind = AQ_NAMED_IX;
    named.name = NULL;
    is_str(name_with(&convention, &named),
           "AQ_EMAPPING: table 's.post': index (first, Second): it has no name, and the naming convention "
           "has no template for "
           "'ix'",
           "tokens alone are a convention too");
}

static void test_bad_tokens(void)
{
    aq_name_token_t two[] = {{"a", append_count, NULL}, {"a", append_count, NULL}};
    aq_naming_convention_t convention = {.tokens = two, .token_count = 2};

    is_str(name_with(&convention, &sample), "AQ_EMAPPING: naming convention: token 'a': it is there twice",
           "twice");
    two[1].name = "b)";
    is_str(name_with(&convention, &sample),
           "AQ_EMAPPING: naming convention: token 1 'b)': its name must not be empty or have a ')'",
           "a parenthesis");
    two[1].name = "";
    is_str(name_with(&convention, &sample),
           "AQ_EMAPPING: naming convention: token 1 '': its name must not be empty or have a ')'",
           "an empty name");
    two[1].name = NULL;
    is_str(name_with(&convention, &sample),
           "AQ_EMAPPING: naming convention: token 1 '': its name must not be empty or have a ')'", "no name");
    two[1] = (aq_name_token_t){.name = "b"};
    is_str(name_with(&convention, &sample), "AQ_EMAPPING: naming convention: token 'b': it has no function",
           "no function");
    convention.tokens = NULL;
    is_str(name_with(&convention, &sample),
           "AQ_EMAPPING: naming convention: .token_count is 2, and .tokens is NULL", "a number of none");
}

static void test_lifetime(void)
{
    char template[] = "uq_%(mark)s_%(table_name)s", token[] = "mark", mark[] = "m";
    aq_name_token_t tokens[] = {{token, append_count, mark}};
    aq_naming_convention_t convention = {.uq = template, .tokens = tokens, .token_count = 1};
    aq__naming_t *naming = aq__naming_create(arena, &convention);
    aq_named_t what = sample;
    const char *name;

    memset(template, '!', strlen(template));
    memset(token, '!', strlen(token));
    tokens[0] = (aq_name_token_t){0};
    what.kind = AQ_NAMED_UQ;
    is_int(aq__naming_name(naming, arena, &what, &name), AQ_OK, "a naming keeps nothing of the convention");
    is_str(name, "uq_m2_post", "it has copies");
}

/* ---- Out of memory --------------------------------------------------------------------------------------------------------------------- */

static struct {
    long live, made, fail_at; /* fail_at 0: never */
} heap;

static void *count_allocations(void *data, void *block, size_t size)
{
    (void)data;
    if (size == 0) {
        heap.live -= block != NULL;
        free(block);
        return NULL;
    }
    if (++heap.made == heap.fail_at)
        return NULL;
    heap.live += block == NULL;
    return realloc(block, size);
}

/* Names of every kind, and the errors that take memory; AQ_OK, or the first error that is not what it should be. */
static int name_everything(aq_arena_t *names, const char *padding)
{
    static char mark[] = "m";
    aq_name_token_t tokens[] = {{"count", append_count, mark}, {"none", append_nothing, mark}};
    aq_naming_convention_t convention = {.uq = padding,
                                         .fk =
                                             "fk_%(column_0_N_label)s_%(referred_column_0_N_name)s_%(count)s",
                                         .ck = "%(none)s",
                                         .tokens = tokens,
                                         .token_count = 2};
    aq__naming_t *naming = aq__naming_create(names, &convention);
    aq_named_t what = sample;
    const char *name;
    int code = naming != NULL ? AQ_OK : aq_last_error()->code;

    for (int kind = 0; kind < AQ__NAMED_KINDS && code == AQ_OK; kind++) {
        what.kind = (aq_named_kind_t)kind;
        code = aq__naming_name(naming, names, &what, &name);
        if (kind == AQ_NAMED_IX ? code == AQ_EMAPPING : kind == AQ_NAMED_CK && code == AQ_ENOENT)
            code = AQ_OK;
    }
    what.kind = AQ_NAMED_UQ;
    what.name = "mine";
    if (code == AQ_OK)
        code = aq__naming_name(naming, names, &what, &name);
    if (code == AQ_OK &&
        (aq__table_name(names, padding, false) != NULL || aq_last_error()->code != AQ_EMAPPING))
        code = aq_last_error()->code;
    if (code == AQ_OK && (aq__table_name(names, "HTTP2Request", false) == NULL ||
                          aq__table_name(names, "HTTP2", true) == NULL))
        code = aq_last_error()->code;
    return code;
}

static void test_memory(void)
{
    static char padding[3000]; /* more than an arena's first chunk has room for */
    bool right = true, leaked = false;
    long n = 0;
    int code;

    memset(padding, 'u', sizeof(padding) - 1);
    aq_set_allocator(count_allocations, NULL);
    do {
        aq_arena_t *names;

        heap.made = 0;
        heap.fail_at = ++n;
        names = aq_arena_create();
        code = names != NULL ? name_everything(names, padding) : AQ_ENOMEM;
        right = right && (code == AQ_OK || (code == AQ_ENOMEM && aq_last_error()->code == AQ_ENOMEM));
        aq_arena_close(names);
        leaked = leaked || heap.live != 0;
    } while (code != AQ_OK && n < 1000);
    aq_set_allocator(NULL, NULL);
    ok(n > 10 && n < 1000, "every name, failed at each of %ld allocations", n - 1);
    ok(right, "gives AQ_ENOMEM each time");
    ok(!leaked, "and leaks nothing");
}

int main(void)
{
    test_memory();
    arena = aq_arena_create();
    test_md5();
    test_lowercase();
    test_table_vectors();
    test_tables();
    test_quotes();
    test_checks();
    test_shorten();
    test_shorten_utf8();
    test_make();
    test_naming_vectors();
    test_tokens();
    test_declarations();
    test_default();
    test_explicit();
    test_failures();
    test_user_tokens();
    test_bad_tokens();
    test_lifetime();
    aq_arena_close(arena);
    return tap_done();
}
