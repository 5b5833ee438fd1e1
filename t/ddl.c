/* DDL texts: every row of the vectors (ddl.json), and everything that metadata can hold, against a golden file. That the server takes it:
 * t/create.t. */
#include "tap.h"

#include "src/schema/ddl.h"
#include "src/schema/naming.h"
#include "t/declared.h"
#include "t/golden.h"
#include "t/own.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const aq__source_t nowhere = {0};

/* ---- White space -------------------------------------------------------------------------------------------------------- */

/* Runs of white space as one blank. Valid until the next. */
static const char *squeezed(const char *text)
{
    static char buffer[4096];
    size_t length = 0;

    for (; *text != '\0' && length < sizeof(buffer) - 1; text++)
        if (strchr(" \n\t", *text) == NULL)
            buffer[length++] = *text;
        else if (length > 0 && buffer[length - 1] != ' ')
            buffer[length++] = ' ';
    while (length > 0 && buffer[length - 1] == ' ')
        length--;
    buffer[length] = '\0';
    return buffer;
}

/* ---- Vectors: types -------------------------------------------------------------------------------------------------------- */

static void test_type_vectors(const json_t *vectors)
{
    static const struct {
        const char *name;
        aq__type_t type;
    } types[] = {
        {"Integer", {.oid = AQ_OID_INT4}},
        {"SmallInteger", {.oid = AQ_OID_INT2}},
        {"BigInteger", {.oid = AQ_OID_INT8}},
        {"String", {.oid = AQ_OID_VARCHAR}},
        {"String(80)", {.oid = AQ_OID_VARCHAR, .modifiers = {80}, .modifier_count = 1}},
        {"Text", {.oid = AQ_OID_TEXT}},
        {"Unicode(20)", {.oid = AQ_OID_VARCHAR, .modifiers = {20}, .modifier_count = 1}},
        {"UnicodeText", {.oid = AQ_OID_TEXT}},
        {"DateTime", {.oid = AQ_OID_TIMESTAMP}},
        {"DateTime(timezone=True)", {.oid = AQ_OID_TIMESTAMPTZ}},
        {"Date", {.oid = AQ_OID_DATE}},
        {"Time", {.oid = AQ_OID_TIME}},
        {"Interval", {.oid = AQ_OID_INTERVAL}},
        {"Float", {.oid = AQ_OID_FLOAT8}},
        {"Float(53)", {.oid = AQ_OID_FLOAT8, .modifiers = {53}, .modifier_count = 1}},
        {"Numeric", {.oid = AQ_OID_NUMERIC}},
        {"Numeric(10,2)", {.oid = AQ_OID_NUMERIC, .modifiers = {10, 2}, .modifier_count = 2}},
        {"Boolean", {.oid = AQ_OID_BOOL}},
        {"PickleType", {.oid = AQ_OID_BYTEA}},
        {"LargeBinary", {.oid = AQ_OID_BYTEA}},
        {"Enum(a,b,name=e)", {.name = "e"}},
        {"JSON", {.oid = AQ_OID_JSON}},
        {"JSONB", {.oid = AQ_OID_JSONB}},
        {"UUID", {.oid = AQ_OID_UUID}},
        {"ARRAY(Integer)", {.oid = AQ_OID_INT4, .array = true}},
    };
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "types"), i, row)
    {
        const char *name = json_string_value(json_array_get(row, 0));
        aq_text_t sql = {0};
        size_t known = 0;

        subtest("vector: type %s", name) {
            while (known < AQ__COUNT_OF(types) && strcmp(types[known].name, name) != 0)
                known++;
            if (ok(known < AQ__COUNT_OF(types), "it is known here")) {
                aq__ddl_type(&sql, &types[known].type);
                is_str(aq_text_string(&sql), json_string_value(json_array_get(row, 1)), "its text");
            }
        }
        aq_text_dispose(&sql);
    }
}

/* ---- Vectors: columns -------------------------------------------------------------------------------------------------------- */

#define ID(TYPE) AQ_COLUMN(TYPE, "id", .primary_key = true)

static const aq_column_t p_columns[] = {ID(INT4)};
static const aq_column_t integer_pk[] = {ID(INT4)};
static const aq_column_t bigint_pk[] = {ID(INT8)};
static const aq_column_t smallint_pk[] = {ID(INT2)};
static const aq_column_t off[] = {
    AQ_COLUMN(INT4, "id", .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF)};
static const aq_column_t string_pk[] = {AQ_COLUMN(VARCHAR, "name", .primary_key = true)};
static const aq_column_t composite[] = {AQ_COLUMN(INT4, "a", .primary_key = true),
                                        AQ_COLUMN(INT4, "b", .primary_key = true)};
static const aq_column_t composite_serial[] = {
    AQ_COLUMN(INT4, "a", .primary_key = true, .autoincrement = AQ_SERIAL),
    AQ_COLUMN(INT4, "b", .primary_key = true)};
static const aq_column_t joined[] = {AQ_COLUMN(INT4, "id", .primary_key = true, .references = "p.id")};
static const aq_column_t not_null[] = {ID(INT4), AQ_COLUMN(VARCHAR, "x", .length = 80)};
static const aq_column_t unique[] = {ID(INT4),
                                     AQ_COLUMN(VARCHAR, "x", .length = 80, .nullable = true, .unique = true)};
static const aq_column_t server_default[] = {
    ID(INT4), AQ_COLUMN(INT4, "x", .nullable = true, .server_default = "'7'"),
    AQ_COLUMN(TIMESTAMP, "y", .nullable = true, .server_default = "now()")};
static const aq_column_t client_default[] = {ID(INT4),
                                             AQ_COLUMN(INT4, "x", .nullable = true, .default_value = "7")};
static const aq_column_t todo_id[] = {AQ_COLUMN(INT4, "todo_id", .primary_key = true)};
static const aq_column_t reserved[] = {
    AQ_COLUMN(INT4, "Order", .primary_key = true), AQ_COLUMN(INT4, "group", .nullable = true),
    AQ_COLUMN(INT4, "select", .nullable = true),   AQ_COLUMN(INT4, "1st", .nullable = true),
    AQ_COLUMN(INT4, "a b", .nullable = true),      AQ_COLUMN(INT4, "quo\"te", .nullable = true),
    AQ_COLUMN(INT4, "end_date", .nullable = true)};
static const aq_column_t foreign_key[] = {
    ID(INT4), AQ_COLUMN(INT4, "p_id", .nullable = true, .references = "p.id", .on_delete = AQ_CASCADE,
                        .on_update = AQ_SET_NULL, .deferrable = AQ_INITIALLY_DEFERRED)};
static const aq_constraint_t check[] = {AQ_CHECK("id > 0", .name = "pos")};

#define ROW(name_, table_, columns_)               \
    {                                              \
        .name = name_, .table = {                  \
            .table = table_,                       \
            .columns = columns_,                   \
            .column_count = AQ__COUNT_OF(columns_) \
        }                                          \
    }

static const struct {
    const char *name;
    aq_table_t table;
} column_rows[] = {
    ROW("integer pk", "t", integer_pk),
    ROW("bigint pk", "t", bigint_pk),
    ROW("smallint pk", "t", smallint_pk),
    ROW("integer pk autoincrement=False", "t", off),
    ROW("string pk", "t", string_pk),
    ROW("composite integer pk", "t", composite),
    ROW("composite pk with explicit autoincrement", "t", composite_serial),
    ROW("integer fk pk (joined inheritance)", "c", joined),
    ROW("nullable=False", "t", not_null),
    ROW("unique", "t", unique),
    ROW("server_default text", "t", server_default),
    ROW("client default not in DDL", "t", client_default),
    ROW("column name differs from attribute", "t", todo_id),
    ROW("reserved and mixed case names", "user", reserved),
    ROW("fk with ondelete/onupdate/deferrable", "c", foreign_key),
    {.name = "check",
     .table = {.table = "t", .columns = integer_pk, .column_count = 1, .constraints = AQ_LIST(check)}},
};

static void check_column_row(const char *name, const char *expected)
{
    static const aq_table_t p = {
        .table = "p", .columns = p_columns, .column_count = 1, .file = "p", .line = 1};
    aq__model_registry_t *registry = aq__models_create();
    aq_text_t sql = {0};
    size_t known = 0;

    while (known < AQ__COUNT_OF(column_rows) && strcmp(column_rows[known].name, name) != 0)
        known++;
    if (ok(known < AQ__COUNT_OF(column_rows), "it is known here")) {
        aq__models_add_table(registry, &p);
        aq__models_add_table(registry, &column_rows[known].table);
        is_int(aq__models_seal(registry), AQ_OK, "it can be declared");
        aq__ddl_create_table(&sql, registry->metadatas[0]->tables[1]);
        is_str(squeezed(aq_text_string(&sql)), expected, "its text");
    }
    aq_text_dispose(&sql);
    aq__models_close(registry);
}

static void test_column_vectors(const json_t *vectors)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(vectors, "columns"), i, row)
        subtest("vector: %s", json_string_value(json_array_get(row, 0))) check_column_row(
            json_string_value(json_array_get(row, 0)), json_string_value(json_array_get(row, 1)));
}

/* ---- Vectors: order ------------------------------------------------------------------------------------------------------------- */

static const aq_column_t post_columns[] = {
    ID(INT4),
    AQ_COLUMN(VARCHAR, "title", .length = 80),
    AQ_COLUMN(TEXT, "body"),
    AQ_COLUMN(TIMESTAMP, "pub_date"),
    AQ_COLUMN(INT4, "category_id", .references = "category.id"),
};
AQ_TABLE(post, post_columns);
static const aq_column_t category_columns[] = {ID(INT4),
                                               AQ_COLUMN(VARCHAR, "name", .length = 50, .index = true)};
AQ_TABLE(category, category_columns);
static const aq_column_t tags_columns[] = {
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = "tag.id"),
    AQ_COLUMN(INT4, "post_id", .primary_key = true, .references = "post.id"),
};
AQ_TABLE(tags, tags_columns);
static const aq_column_t tag_columns[] = {
    ID(INT4), AQ_COLUMN(VARCHAR, "label", .length = 20, .nullable = true, .unique = true)};
AQ_TABLE(tag, tag_columns);
static const aq_column_t cyc_a_columns[] = {ID(INT4), AQ_COLUMN(INT4, "b_id", .nullable = true)};
static const aq_constraint_t cyc_a_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("b_id"), .table = "cyc_b", .name = "fk_a_b")};
AQ_TABLE(cyc_a, cyc_a_columns, .constraints = AQ_LIST(cyc_a_constraints));
static const aq_column_t cyc_b_columns[] = {ID(INT4), AQ_COLUMN(INT4, "a_id", .nullable = true)};
static const aq_constraint_t cyc_b_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("a_id"), .table = "cyc_a", .name = "fk_b_a")};
AQ_TABLE(cyc_b, cyc_b_columns, .constraints = AQ_LIST(cyc_b_constraints));

static int add_line(void *data, const aq__ddl_statement_t *statement)
{
    if (!is_as_known(AQ__OWN_UTILITY, statement->sql,
                     0)) /* as create_all tells the pool, which does not parse it */
        aq_text_append(data, "no utility statement: ");
    aq_text_appendf(data, "%s\n", squeezed(statement->sql));
    return AQ_OK;
}

/* The statements of the vector that change something, a line each. */
static void append_expected(aq_text_t *text, const json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *sql = json_string_value(json_array_get(row, 0));

        if (strncmp(sql, "CREATE", 6) == 0 || strncmp(sql, "ALTER", 5) == 0 || strncmp(sql, "DROP", 4) == 0)
            aq_text_appendf(text, "%s\n", sql);
    }
}

static void drop_foreign_keys(aq_text_t *text, const aq__metadata_t *metadata)
{
    for (size_t i = 0; i < metadata->by_alter_count; i++) {
        const aq__constraint_t *constraint = metadata->foreign_keys_by_alter[i];

        aq__ddl_drop_constraint(text, constraint->table, constraint->name);
        aq_text_append_char(text, '\n');
    }
}

static void test_order_vectors(const json_t *vectors)
{
    static const aq_table_t *const tables[] = {&post_table, &category_table, &tags_table,
                                               &tag_table,  &cyc_a_table,    &cyc_b_table};
    aq__model_registry_t *registry = aq__models_create();
    aq_text_t got = {0}, expected = {0};

    for (size_t i = 0; i < AQ__COUNT_OF(tables); i++)
        aq__models_add_table(registry, tables[i]);
    is_int(aq__models_seal(registry), AQ_OK, "the tables of the vectors are sealed");
    aq__ddl_walk(registry->metadatas[0], NULL, add_line, &got);
    append_expected(&expected, json_object_get(vectors, "create_all_first"));
    is_text(aq_text_string(&got), aq_text_string(&expected), "vector: create_all_first");
    aq_text_clear(&got);
    aq_text_clear(&expected);
    drop_foreign_keys(&got, registry->metadatas[0]);
    aq__ddl_walk_drop(registry->metadatas[0], NULL, add_line, &got);
    append_expected(&expected, json_object_get(vectors, "drop_all"));
    is_text(aq_text_string(&got), aq_text_string(&expected), "vector: drop_all");
    aq_text_dispose(&got);
    aq_text_dispose(&expected);
    aq__models_close(registry);
}

static void test_vectors(void)
{
    json_t *vectors = vectors_load("ddl.json");

    if (vectors == NULL)
        return;
    test_type_vectors(vectors);
    test_column_vectors(vectors);
    test_order_vectors(vectors);
    json_decref(vectors);
}

/* ---- Types that the vectors have not -------------------------------------------------------------------------------------------- */

static void is_type(aq__type_t type, const char *expected)
{
    aq_text_t sql = {0};

    aq__ddl_type(&sql, &type);
    is_str(aq_text_string(&sql), expected, "type %s", expected);
    aq_text_dispose(&sql);
}

static void test_types(void)
{
    is_type((aq__type_t){.oid = AQ_OID_NAME}, "NAME");
    is_type((aq__type_t){.oid = AQ_OID_OID}, "OID");
    is_type((aq__type_t){.oid = AQ_OID_FLOAT4}, "REAL");
    is_type((aq__type_t){.oid = AQ_OID_INET}, "INET");
    is_type((aq__type_t){.oid = AQ_OID_BPCHAR}, "BPCHAR");
    is_type((aq__type_t){.oid = AQ_OID_BPCHAR, .modifiers = {3}, .modifier_count = 1, .array = true},
            "CHAR(3)[]");
    is_type((aq__type_t){.oid = AQ_OID_TIME, .modifiers = {0}, .modifier_count = 1},
            "TIME(0) WITHOUT TIME ZONE");
    is_type((aq__type_t){.oid = AQ_OID_TIMESTAMPTZ, .modifiers = {3}, .modifier_count = 1, .array = true},
            "TIMESTAMP(3) WITH TIME ZONE[]");
    is_type((aq__type_t){.oid = AQ_OID_TIMESTAMP, .modifiers = {6}, .modifier_count = 1},
            "TIMESTAMP(6) WITHOUT TIME ZONE");
    is_type((aq__type_t){.oid = AQ_OID_INTERVAL, .modifiers = {2}, .modifier_count = 1}, "INTERVAL(2)");
    is_type((aq__type_t){.oid = AQ_OID_INTERVAL, .fields = "year to month"}, "INTERVAL YEAR TO MONTH");
    is_type((aq__type_t){.oid = AQ_OID_INTERVAL,
                         .fields = "day to second",
                         .modifiers = {3},
                         .modifier_count = 1,
                         .array = true},
            "INTERVAL DAY TO SECOND(3)[]");
    is_type((aq__type_t){.name = "Mood", .array = true}, "\"Mood\"[]");
    is_type((aq__type_t){.schema = "my types", .name = "mood"}, "\"my types\".mood");
    is_type((aq__type_t){.name = "geometry", .modifiers = {4, 2}, .modifier_count = 2}, "geometry(4, 2)");
    is_type((aq__type_t){.name = "char"}, "\"char\"");
    is_type((aq__type_t){.name = "time"}, "\"time\"");
    is_type((aq__type_t){.schema = "s", .name = "time"}, "s.time");
    is_type((aq__type_t){.text = "double precision[][]", .array = true}, "double precision[][]");
}

static void is_literal(const char *text, const char *expected)
{
    aq_text_t sql = {0};

    aq__ddl_literal(&sql, text);
    is_str(aq_text_string(&sql), expected, "literal %s", expected);
    aq_text_dispose(&sql);
}

static void test_literals(void)
{
    is_literal("", "''");
    is_literal("it's", "'it''s'");
    is_literal("a\\b'c", "E'a\\\\b''c'");
    is_literal("größe", "'größe'");
}

/* ---- Everything -------------------------------------------------------------------------------------------------------------------- */

static aq__column_t *column(aq__table_t *table, const char *name, aq__type_t type)
{
    aq__column_t *made = aq__table_add_column(table, name, nowhere);

    made->type = type;
    return made;
}

static aq__constraint_t *constraint(aq__table_t *table, aq_constraint_kind_t kind, const char *name,
                                    aq__column_t *first, aq__column_t *second)
{
    aq__constraint_t *made = aq__table_add_constraint(table, kind, nowhere);

    made->name = name;
    if (first != NULL)
        aq__constraint_add_column(made, first);
    if (second != NULL)
        aq__constraint_add_column(made, second);
    return made;
}

#define INT4 ((aq__type_t){.oid = AQ_OID_INT4})
#define INT8 ((aq__type_t){.oid = AQ_OID_INT8})
#define TEXT ((aq__type_t){.oid = AQ_OID_TEXT})

static void add_columns(aq__metadata_t *metadata)
{
    static aq__sequence_t options = {.has_increment = true,
                                     .increment = 10,
                                     .has_start = true,
                                     .start = 5,
                                     .has_min = true,
                                     .min = -5,
                                     .has_max = true,
                                     .max = 500,
                                     .has_cache = true,
                                     .cache = 3,
                                     .cycle = true};
    static aq__sequence_t named = {.schema = "shop", .name = "Numbers"};
    aq__table_t *table = aq__metadata_add_table(metadata, "shop", "columns", nowhere);
    aq__column_t *at;

    constraint(table, AQ_CONSTRAINT_PRIMARY_KEY, NULL, column(table, "id", INT8), NULL);
    column(table, "serial with options", INT4)->autoincrement = AQ_SERIAL;
    table->columns[1]->sequence = &options;
    column(table, "named", (aq__type_t){.oid = AQ_OID_INT2})->autoincrement = AQ_SERIAL;
    table->columns[2]->sequence = &named;
    column(table, "identity", INT4)->autoincrement = AQ_IDENTITY;
    at = column(table, "always", INT8);
    at->autoincrement = AQ_IDENTITY_ALWAYS;
    at->sequence = &options;
    column(table, "name", (aq__type_t){.oid = AQ_OID_VARCHAR, .modifiers = {80}, .modifier_count = 1})
        ->collation = "C";
    at = column(table, "place", TEXT);
    at->collation_schema = "pg_catalog";
    at->collation = "ucs_basic";
    at->not_null = true;
    at->comment = "where it's at";
    column(table, "upper", TEXT)->generated = "upper(name)";
    column(table, "now", (aq__type_t){.oid = AQ_OID_TIMESTAMPTZ})->server_default = "now()";
    column(table, "mood", (aq__type_t){.schema = "shop", .name = "mood"})->server_default = "'sad'";
    column(table, "moods", (aq__type_t){.schema = "shop", .name = "mood", .array = true});
    column(table, "words", (aq__type_t){.oid = AQ_OID_TEXT, .array = true})->server_default = "'{}'";
    column(table, "span", (aq__type_t){.oid = AQ_OID_INTERVAL, .fields = "day to hour"});
    column(table, "point", (aq__type_t){.text = "point"});
    table->comment = "all kinds\\of columns";
}

static void add_constraints(aq__metadata_t *metadata)
{
    aq__table_t *table = aq__metadata_add_table(metadata, "shop", "constraints", nowhere);
    aq__column_t *a = column(table, "a", INT4), *b = column(table, "b", INT4), *c = column(table, "c", TEXT);
    aq__column_t *r = column(table, "r", (aq__type_t){.text = "int4range"});
    aq__constraint_t *at;

    at = constraint(table, AQ_CONSTRAINT_UNIQUE, "one", a, b);
    at->nulls_not_distinct = true;
    at->deferrable = AQ_INITIALLY_IMMEDIATE;
    at->comment = "only once";
    aq__constraint_add_include(at, c);
    at = constraint(table, AQ_CONSTRAINT_PRIMARY_KEY, "key", b, a);
    aq__constraint_add_include(at, c);
    at = constraint(table, AQ_CONSTRAINT_CHECK, NULL, NULL, NULL);
    at->check = "a > b";
    at = constraint(table, AQ_CONSTRAINT_CHECK, "Not here", NULL, NULL);
    at->check = "a <> 7";
    at->no_inherit = true;
    at = constraint(table, AQ_CONSTRAINT_CHECK, "later", NULL, NULL);
    at->check = "b <> 7";
    at->not_valid = true;
    at = constraint(table, AQ_CONSTRAINT_EXCLUDE, "apart", NULL, NULL);
    *aq__constraint_add_part(at) = (aq__part_t){.column = r, .with = "&&"};
    at->where = "a > 0";
    at = constraint(table, AQ_CONSTRAINT_EXCLUDE, NULL, NULL, NULL);
    at->method = "btree";
    at->deferrable = AQ_INITIALLY_DEFERRED;
    *aq__constraint_add_part(at) =
        (aq__part_t){.column = c, .collation = "C", .opclass = "text_pattern_ops", .with = "="};
    *aq__constraint_add_part(at) = (aq__part_t){.expression = "a + b", .descending = true, .with = "="};
}

static void add_foreign_keys(aq__metadata_t *metadata)
{
    aq__table_t *table = aq__metadata_add_table(metadata, NULL, "References", nowhere),
                *other = aq__metadata_add_table(metadata, NULL, "other", nowhere);
    aq__column_t *a = column(table, "a", INT4), *b = column(table, "b", INT4),
                 *back = column(table, "back", INT4), *x;
    aq__constraint_t *at = constraint(table, AQ_CONSTRAINT_FOREIGN_KEY, NULL, b, a);

    constraint(table, AQ_CONSTRAINT_PRIMARY_KEY, NULL, a, NULL);
    at->referred_schema = "shop";
    at->referred_table = "constraints";
    at->match_full = true;
    at->on_delete = AQ_SET_NULL;
    at->on_update = AQ_RESTRICT;
    at->deferrable = AQ_INITIALLY_DEFERRED;
    at = constraint(table, AQ_CONSTRAINT_FOREIGN_KEY, "to_other", back, NULL);
    at->referred_table = "other";
    at->comment = "closes the circle";
    at = constraint(other, AQ_CONSTRAINT_FOREIGN_KEY, NULL, column(other, "id", INT4), NULL);
    constraint(other, AQ_CONSTRAINT_PRIMARY_KEY, NULL, other->columns[0], NULL);
    at->referred_table = "References";
    x = column(other, "x", INT4);
    at = constraint(other, AQ_CONSTRAINT_FOREIGN_KEY, NULL, x, column(other, "y", INT4));
    at->referred_schema = "shop";
    at->referred_table = "constraints";
    at->on_delete = AQ_SET_DEFAULT;
    aq__constraint_add_on_delete_column(at, x);
    at->not_valid = true;
    at->on_update = AQ_CASCADE;
    at = constraint(other, AQ_CONSTRAINT_FOREIGN_KEY, NULL, column(other, "parent", INT4), NULL);
    at->referred_table = "other";
    aq__constraint_add_referred(at, "id");
}

static void add_indexes(aq__metadata_t *metadata)
{
    aq__table_t *table = aq__metadata_table(metadata, "shop", "constraints");
    aq__column_t *a = table->columns[0], *c = table->columns[2];
    aq__index_t *index = aq__table_add_index(table, nowhere);

    aq__index_add_part(index)->column = a;
    index = aq__table_add_index(table, nowhere);
    index->name = "all of it";
    index->unique = index->nulls_not_distinct = true;
    index->method = "btree";
    index->where = "a is not null";
    index->storage = "fillfactor = 70";
    index->comment = "with \"all\" options";
    *aq__index_add_part(index) = (aq__part_t){.column = c,
                                              .collation = "C",
                                              .opclass = "text_pattern_ops",
                                              .descending = true,
                                              .nulls = AQ_NULLS_LAST};
    *aq__index_add_part(index) = (aq__part_t){.expression = "lower(c)", .nulls = AQ_NULLS_FIRST};
    aq__index_add_include(index, a);
    index = aq__table_add_index(table, nowhere);
    index->name = "by_range";
    index->method = "gist";
    aq__index_add_part(index)->column = table->columns[3];
}

static aq__metadata_t *make_everything(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__enum_t *mood = aq__metadata_add_enum(metadata, "shop", "mood", nowhere);
    aq__sequence_t *tickets = aq__metadata_add_sequence(metadata, NULL, "Tickets", nowhere),
                   *owned = aq__metadata_add_sequence(metadata, "shop", "owned", nowhere),
                   *far = aq__metadata_add_sequence(metadata, "stock", "far", nowhere);

    aq__enum_add_label(metadata, mood, "sad");
    aq__enum_add_label(metadata, mood, "it's ok");
    mood->comment = "how one is";
    tickets->type = AQ_OID_INT4;
    tickets->has_start = true;
    tickets->start = 100;
    tickets->comment = "drawn by hand";
    add_columns(metadata);
    add_constraints(metadata);
    add_foreign_keys(metadata);
    add_indexes(metadata);
    owned->owner = metadata->tables[1]->columns[0];
    far->cycle = true;
    return metadata;
}

static void test_everything(void)
{
    aq__metadata_t *metadata = make_everything();
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq_text_t sql = {0};

    is_int(aq__metadata_seal(metadata, &problems), AQ_OK, "everything is sealed");
    for (size_t i = 0; i < problems.count; i++)
        diag("%s", problems.items[i].text);
    aq__ddl_append(&sql, metadata);
    aq_text_append(&sql, "\n-- one table\n");
    aq__ddl_append_table(&sql, metadata->tables[2]);
    aq_text_append(&sql, "\n-- dropped\n");
    aq__ddl_walk_drop(metadata, NULL, add_line, &sql);
    is_golden(aq_text_string(&sql), "ddl.sql", "everything that metadata can hold");
    aq_text_dispose(&sql);
    aq_arena_close(problems.arena);
    aq__metadata_close(metadata);
}

/* ---- Models --------------------------------------------------------------------------------------------------------------------------- */

typedef struct Stamps {
    aq_timestamp_t created;
    aq_timestamp_null_t updated;
} Stamps;
static const aq_column_t stamps_columns[] = {
    AQ_TIMESTAMPTZ(Stamps, created, .server_default = "now()", .precision = 3, .index = true),
    AQ_TIMESTAMPTZ_NULL(Stamps, updated),
};
AQ_MIXIN(Stamps, stamps_columns);

typedef enum kind { KIND_PERSON, KIND_FIRM } kind_t;
static const char *const kind_labels[] = {[KIND_PERSON] = "person", [KIND_FIRM] = "firm"};
static const aq_enum_t kind_enum = {.name = "party_kind", .labels = AQ_LIST(kind_labels)};

typedef struct Party {
    aq_object_t object;
    int64_t id;
    kind_t kind;
    const char *name;
    const char *email;
    aq_int8_null_t boss_id;
    Stamps stamps;
} Party;
static const aq_column_t party_columns[] = {
    AQ_INT8(Party, id, .primary_key = true, .sequence = {.start = 1000}),
    AQ_ENUM(Party, kind, &kind_enum),
    AQ_VARCHAR(Party, name, 80, .collation = "C"),
    AQ_TEXT_NULL(Party, email, .unique = true, .comment = "where bills go"),
    AQ_INT8_NULL(Party, boss_id, .references = AQ_REF(Party, id), .on_delete = AQ_SET_NULL),
    AQ_MIX(Party, stamps, Stamps),
};
static const aq_constraint_t party_constraints[] = {AQ_CHECK("email LIKE '%@%'", .name = "email")};
static const aq_index_t party_indexes[] = {
    {.name = "by_name", .parts = AQ_PARTS({.expression = "lower(name)"}), .where = "email IS NOT NULL"}};
AQ_MODEL(Party, party_columns, AQ_NONE, .discriminator = "kind", .identity = "person",
         .constraints = AQ_LIST(party_constraints), .indexes = AQ_LIST(party_indexes),
         .comment = "who buys and sells");

typedef struct Firm {
    Party party;
    const char *register_number;
} Firm;
static const aq_column_t firm_columns[] = {
    AQ_INT8(Firm, party.id, .primary_key = true, .references = AQ_REF(Party, id), .on_delete = AQ_CASCADE),
    AQ_TEXT(Firm, register_number, .name = "register", .unique = true, .index = true),
};
AQ_SUBMODEL(Firm, party, Party, firm_columns, AQ_NONE, .identity = "firm");

typedef struct Item {
    aq_object_t object;
    int32_t id;
    int16_t version;
    const char *price;
    const char *total;
    int32_t count;
} Item;
static const aq_column_t item_columns[] = {
    AQ_INT4(Item, id, .primary_key = true),
    AQ_INT2(Item, version, .primary_key = true),
    AQ_NUMERIC(Item, price, .precision = 10, .scale = 2),
    AQ_INT4(Item, count, .server_default = "1"),
    AQ_NUMERIC_NULL(Item, total, .precision = 12, .scale = 2, .generated = "price * count"),
};
AQ_MODEL(Item, item_columns, AQ_NONE);

static const aq_column_t purchase_columns[] = {
    AQ_COLUMN(INT8, "party", .primary_key = true, .references = AQ_REF(Party, id)),
    AQ_COLUMN(INT4, "item", .primary_key = true),
    AQ_COLUMN(INT2, "version", .primary_key = true),
    AQ_COLUMN(TEXT, "from", .nullable = true),
};
static const aq_constraint_t purchase_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("item", "version"), .model = AQ_STRUCT(Item),
                   .deferrable = AQ_INITIALLY_DEFERRED),
};
AQ_TABLE(purchase, purchase_columns, .constraints = AQ_LIST(purchase_constraints));

static void test_models(void)
{
    static const aq_schema_options_t options = {
        .schema = "shop",
        .naming_convention = {.ix = "ix_%(column_0_label)s",
                              .uq = "uq_%(table_name)s_%(column_0_N_name)s",
                              .ck = "ck_%(table_name)s_%(constraint_name)s",
                              .fk = "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                              .pk = "pk_%(table_name)s"}};
    aq__model_registry_t *registry = aq__models_create();
    aq_text_t sql = {0};

    aq__models_set_options(registry, &options);
    aq__models_add_table(registry, &purchase_table);
    aq__models_add(registry, AQ_MODEL_OF(Firm));
    aq__models_add(registry, AQ_MODEL_OF(Item));
    is_int(aq__models_seal(registry), AQ_OK, "models are sealed");
    for (size_t i = 0; i < registry->problems.count; i++)
        diag("%s", registry->problems.items[i].text);
    aq__ddl_append(&sql, registry->metadatas[0]);
    is_golden(aq_text_string(&sql), "models.sql",
              "models with a mixin, an enum, inheritance and a convention");
    aq_text_dispose(&sql);
    aq__models_close(registry);
}

/* ---- Names of sequences ---------------------------------------------------------------------------------------------------------- */

static void is_sequence(const char *table_name, const char *column_name, const char *expected)
{
    static aq__sequence_t options = {.has_start = true, .start = 2};
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__table_t *table = aq__metadata_add_table(metadata, NULL, table_name, nowhere);
    aq__column_t *at = column(table, column_name, INT8);
    aq_text_t sql = {0}, text = {0};

    at->autoincrement = AQ_SERIAL;
    at->sequence = &options;
    aq__ddl_create_column_sequence(&sql, at);
    aq_text_appendf(&text, "CREATE SEQUENCE %s START WITH 2", expected);
    is_str(aq_text_string(&sql), aq_text_string(&text), "the sequence that the server would make for %s.%s",
           table_name, column_name);
    aq_text_dispose(&sql);
    aq_text_dispose(&text);
    aq__metadata_close(metadata);
}

static void test_sequence_names(void)
{
    static aq__sequence_t same = {.name = "t_id_seq"}, other = {.name = "t_id_seq", .schema = "s"};
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__column_t *at = column(aq__metadata_add_table(metadata, NULL, "t", nowhere), "id", INT4);

    is_sequence("t", "Id", "\"t_Id_seq\"");
    is_sequence("a_table_with_a_name_of_exactly_sixty_three_bytes_in_all_its_len", "id",
                "a_table_with_a_name_of_exactly_sixty_three_bytes_in_all__id_seq");
    is_sequence("a_table_with_a_name_of_exactly_sixty_three_bytes_in_all_its_len",
                "a_column_with_a_name_of_exactly_sixty_three_bytes_in_all_its_le",
                "a_table_with_a_name_of_exactl_a_column_with_a_name_of_exact_seq");
    is_sequence("ééééééééééééééééééééééééééééé", "x", "\"éééééééééééééééééééééééééééé_x_seq\"");
    at->autoincrement = AQ_SERIAL;
    ok(!aq__ddl_has_own_sequence(at), "a serial column has no sequence to be made");
    at->sequence = &same;
    ok(!aq__ddl_has_own_sequence(at), "nor where its name is the server's");
    at->sequence = &other;
    ok(aq__ddl_has_own_sequence(at), "in another schema it has");
    aq__metadata_close(metadata);
}

/* ---- Skipping, ending, no memory --------------------------------------------------------------------------------------------- */

static bool skip_tables(void *data, const aq__ddl_statement_t *statement)
{
    (void)data;
    return statement->table != NULL || statement->schema != NULL;
}

static int stop_at_third(void *data, const aq__ddl_statement_t *statement)
{
    (void)statement;
    return ++*(int *)data == 3 ? AQ_EINVAL : AQ_OK;
}

static void test_walk(void)
{
    aq__metadata_t *metadata = make_everything();
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq_text_t sql = {0};
    int count = 0;

    aq__metadata_seal(metadata, &problems);
    is_int(aq__ddl_walk(metadata, skip_tables, add_line, &sql), AQ_OK, "what is skipped is not told");
    is_text(aq_text_string(&sql),
            "CREATE TYPE shop.mood AS ENUM ('sad', 'it''s ok')\n"
            "CREATE SEQUENCE \"Tickets\" AS INTEGER START WITH 100\n"
            "CREATE SEQUENCE shop.owned\n"
            "CREATE SEQUENCE stock.far CYCLE\n"
            "ALTER SEQUENCE shop.owned OWNED BY shop.constraints.a\n"
            "COMMENT ON TYPE shop.mood IS 'how one is'\n"
            "COMMENT ON SEQUENCE \"Tickets\" IS 'drawn by hand'\n",
            "all but schemas and tables");
    is_int(aq__ddl_walk(metadata, NULL, stop_at_third, &count), AQ_EINVAL, "an error ends the walk");
    is_int(count, 3, "at once");
    aq_text_dispose(&sql);
    aq_arena_close(problems.arena);
    aq__metadata_close(metadata);
}

static aq__metadata_t *sealed; /* made once: what has no memory is the text */

static int print_everything(void)
{
    aq_text_t sql = {0};
    int code;

    aq__ddl_append(&sql, sealed);
    code = sql.failed ? AQ_ENOMEM : AQ_OK;
    aq_text_dispose(&sql);
    return code;
}

static void test_without_memory(void)
{
    aq__problems_t problems = {.arena = aq_arena_create()};

    sealed = make_everything();
    aq__metadata_seal(sealed, &problems);
    check_each_request("the text of everything", print_everything);
    aq__metadata_close(sealed);
    aq_arena_close(problems.arena);
}

/* ---- Many tables ---------------------------------------------------------------------------------------------------------------- */

static void test_many(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__problems_t problems = {.arena = aq_arena_create()};
    struct timespec start, end;
    aq_text_t sql = {0};
    char name[32];

    for (int i = 0; i < 200; i++) {
        aq__table_t *table;

        snprintf(name, sizeof(name), "table%d", i);
        table = aq__metadata_add_table(metadata, NULL, name, nowhere);
        constraint(table, AQ_CONSTRAINT_PRIMARY_KEY, NULL, column(table, "id", INT4), NULL);
        for (int j = 0; j < 11; j++) {
            snprintf(name, sizeof(name), "column%d", j);
            column(table, name, j % 2 == 0 ? INT4 : TEXT);
        }
        aq__index_add_part(aq__table_add_index(table, nowhere))->column = table->columns[3];
    }
    aq__metadata_seal(metadata, &problems);
    clock_gettime(CLOCK_MONOTONIC, &start);
    aq__ddl_append(&sql, metadata);
    clock_gettime(CLOCK_MONOTONIC, &end);
    ok(sql.length > 0 && !sql.failed, "200 tables have a text");
    note("%zu bytes in %.2f ms", sql.length,
         (double)(end.tv_nsec - start.tv_nsec) / 1e6 + (double)(end.tv_sec - start.tv_sec) * 1e3);
    aq_text_dispose(&sql);
    aq_arena_close(problems.arena);
    aq__metadata_close(metadata);
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_vectors();
    test_types();
    test_literals();
    test_everything();
    test_models();
    test_sequence_names();
    test_walk();
    test_without_memory();
    test_many();
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
