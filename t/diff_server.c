/* The diff of models and a live database: no false differences, all true ones, and the statements mend them. */
#include "t/diffs.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

/* The kinds of all differences: what stands before ": " in each line that is no statement. */
static char *kinds_of(const char *text)
{
    aq_text_t kinds = {0};

    for (; text != NULL && *text != '\0'; text = strchr(text, '\n') != NULL ? strchr(text, '\n') + 1 : NULL)
        if (*text != ' ')
            aq_text_appendf(&kinds, "%.*s\n", (int)strcspn(text, ":!"), text);
    return aq_text_take(&kinds);
}

static void mend(const aq_diff_t *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].sql != NULL)
            cluster_sql(cluster, "%s", found->items[i].sql);
}

/* ---- The cases -------------------------------------------------------------------------------------------------------------------------- */

static void test_case(const diff_case_t *test)
{
    aq__metadata_t *wanted = schema(test->wanted);
    char *expected = kinds_of(test->expected), *kinds;
    aq_text_t text = {0};
    aq_op_t *op;

    clear();
    run_ddl(wanted);
    is_diff(wanted, "", "what was made by its own DDL does not differ");
    clear();
    cluster_sql(cluster, "%s", test->live);
    op = diff(wanted, &text);
    kinds = kinds_of(aq_text_string(&text));
    if (!is_text(kinds, expected, "the differences"))
        diag("%s", aq_text_string(&text));
    if (aq_op_value(op) != NULL)
        mend(aq_op_value(op));
    aq_op_close(op);
    is_diff(wanted, test->stays ? aq_text_string(&text) : "", "what is left when the statements were run");
    aq_text_dispose(&text);
    aq_free(kinds);
    aq_free(expected);
    aq__metadata_close(wanted);
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof(diff_cases) / sizeof(diff_cases[0]); i++)
        subtest("%s", diff_cases[i].name)
            test_case(&diff_cases[i]);
}

/* Whether the server takes a change of type on an empty table. */
static bool takes(PGconn *connection, const conversion_t *conversion, const char *using)
{
    char sql[512];
    PGresult *result;
    bool good;

    snprintf(sql, sizeof(sql), "begin; create temp table c (a %s); alter table c alter a type %s%s%s",
             conversion->from, conversion->to, using != NULL ? " using " : "", using != NULL ? using : "");
    result = PQexec(connection, sql);
    good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    PQclear(PQexec(connection, "rollback"));
    return good;
}

static void test_conversions(void)
{
    PGconn *connection = PQconnectdb(cluster_uri(cluster));

    for (size_t i = 0; i < AQ__COUNT_OF(conversions); i++)
        ok(takes(connection, &conversions[i], conversions[i].using) &&
               takes(connection, &conversions[i], NULL) == (conversions[i].using == NULL),
           "from %s to %s: %s", conversions[i].from, conversions[i].to,
           conversions[i].using != NULL ? conversions[i].using : "by itself");
    PQfinish(connection);
}

/* ---- Models, made by aq_create_all() ----------------------------------------------------------------------------------------------------------- */

typedef struct Person {
    aq_object_t object;
    int32_t id;
    const char *name;
    const char *code;
    aq_int4_null_t age;
    aq_timestamp_null_t born;
    const char *price;
    int mood;
    aq_text_array_t tags;
    const char *nick;
    int64_t boss;
    const char *full;
    bool active;
    aq_uuid_t token;
} Person;

typedef struct Note {
    aq_object_t object;
    int64_t id;
    int32_t person_id;
    const char *text;
    const char *data;
    aq_date_null_t day;
} Note;

static const char *const mood_labels[] = {"sad", "it's ok"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels), .comment = "how one is"};

static const aq_column_t person_columns[] = {
    AQ_INT4(Person, id, .primary_key = true),
    AQ_VARCHAR(Person, name, 80, .unique = true, .comment = "as it is said"),
    AQ_CHAR(Person, code, 3, .server_default = "'new'", .collation = "C"),
    AQ_INT4_NULL(Person, age, .check = "age between 0 and 150", .index = true),
    AQ_TIMESTAMP_NULL(Person, born, .precision = 3),
    AQ_NUMERIC(Person, price, .precision = 10, .scale = 2, .server_default = "1.50"),
    AQ_ENUM(Person, mood, &mood_enum, .server_default = "'sad'"),
    AQ_TEXT_ARRAY(Person, tags, .server_default = "'{}'"),
    AQ_TEXT_NULL(Person, nick, .sql_type = "character varying (20)"),
    AQ_INT8(Person, boss, .autoincrement = AQ_IDENTITY_ALWAYS, .sequence = {.start = 100, .increment = 10}),
    AQ_TEXT_NULL(Person, full, .generated = "name || ' (' || code || ')'"),
    AQ_BOOL(Person, active, .server_default = "true"),
    AQ_UUID(Person, token, .server_default = "gen_random_uuid()"),
};
static const aq_constraint_t person_constraints[] = {
    AQ_CHECK("code in ('new', 'old', 'odd')", .name = "known_code"),
    AQ_UNIQUE(.columns = AQ_COLUMNS("name", "code"), .include = AQ_COLUMNS("price"),
              .deferrable = AQ_INITIALLY_DEFERRED),
};
static const aq_index_t person_indexes[] = {
    {.name = "by_nick",
     .parts = AQ_PARTS({.expression = "lower(nick)", .descending = true}),
     .where = "nick is not null",
     .storage = "fillfactor = 70"},
};
AQ_MODEL(Person, person_columns, AQ_NONE, .comment = "who is here",
         .constraints = AQ_LIST(person_constraints), .indexes = AQ_LIST(person_indexes));

static const aq_column_t note_columns[] = {
    AQ_INT8(Note, id, .primary_key = true, .sequence = {.increment = 5}),
    AQ_INT4(Note, person_id, .references = AQ_REF(Person, id), .on_delete = AQ_CASCADE),
    AQ_TEXT(Note, text),
    AQ_JSONB(Note, data, .server_default = "'{}'"),
    AQ_DATE_NULL(Note, day, .server_default = "current_date"),
};
AQ_MODEL(Note, note_columns, AQ_NONE, .schema = "blog");

static const char changed_models[] =
    "other type: person.age: the models say INTEGER, the database has SMALLINT\n"
    "    ALTER TABLE person ALTER COLUMN age TYPE INTEGER\n"
    "other nullability!: person.name: the models say NOT NULL, the database allows NULL; the change fails "
    "where rows have none\n"
    "    ALTER TABLE person ALTER COLUMN name SET NOT NULL\n"
    "missing index: person: the database has no INDEX by_nick ON person ((lower(nick)) DESC) WITH "
    "(fillfactor = 70) WHERE nick is not null\n"
    "    CREATE INDEX by_nick ON person ((lower(nick)) DESC) WITH (fillfactor = 70) WHERE nick is not null\n";

static void test_models(void)
{
    aq_context_t *usual = context;
    aq_app_t *usual_app = app;
    aq_db_t *usual_db = db;
    aq_text_t text = {0};
    aq_op_t *op;

    clear();
    db = aq_db_create();
    aq_db_model(db, Person);
    aq_db_model(db, Note);
    app = aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster), .track_modifications = AQ_ON});
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || (context = aq_context_create(app, &uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
    op = aq_create_all(context, AQ_ALL_BINDS);
    ok(aq_wait(op) != NULL, "models are made");
    aq_op_close(op);
    op = aq_diff(context, NULL);
    ok(aq_wait(op) != NULL, "and compared");
    append_differences(&text, aq_op_value(op));
    is_text(aq_text_string(&text), "", "they do not differ");
    aq_op_close(op);
    cluster_sql(cluster,
                "alter table person alter age type smallint, alter name drop not null; drop index by_nick;"
                " insert into person (code, boss, active) overriding system value values ('old', 1, true)");
    op = aq_diff(context, NULL);
    ok(aq_wait(op) != NULL, "the database is changed");
    append_differences(&text, aq_op_value(op));
    is_text(aq_text_string(&text), changed_models, "and they differ");
    aq_op_close(op);
    aq_text_dispose(&text);
    aq_wait(aq_context_close(context));
    aq_app_close(app);
    aq_db_close(db);
    context = usual;
    app = usual_app;
    db = usual_db;
}

/* ---- All features at once ------------------------------------------------------------------------------------------------------------------ */

/* What the reader does not understand (extensions, domains, two oddities) is told, and is not in the models. */
static aq__metadata_t *schema_of_file(const char *sql)
{
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq__metadata_t *metadata = aq__metadata_create(NULL);

    is_int(aq__read_sql(metadata, "reflect.sql", sql, strlen(sql), &problems), AQ_EMAPPING,
           "most of it is read");
    is_int(aq__metadata_seal(metadata, &problems), AQ_OK, "and makes sense");
    aq_arena_close(problems.arena);
    return metadata;
}

static const char oddities[] =
    "other nullability!: counted.e: the models say NOT NULL, the database allows NULL; the change fails "
    "where rows have none\n"
    "    ALTER TABLE counted ALTER COLUMN e SET NOT NULL\n"
    "other identity: counted.f: the models say SERIAL, the database has no sequence\n"
    "    ALTER SEQUENCE counted_f_seq OWNED BY counted.f;\n"
    "    SELECT setval('counted_f_seq', greatest(max(f) + 1, 1), false) FROM counted;\n"
    "    ALTER TABLE counted ALTER COLUMN f SET DEFAULT nextval('counted_f_seq')\n";

static void test_everything(void)
{
    char *path = tap_source_path("t/reflect.sql"), *sql = tap_read_file(path);
    aq__metadata_t *wanted = schema_of_file(sql);
    aq_text_t text = {0};
    aq_op_t *op;

    clear();
    cluster_sql(cluster, "%s", sql);
    op = diff(wanted, &text);
    is_text(aq_text_string(&text), oddities,
            "a schema with every feature differs where the models cannot say it");
    mend(aq_op_value(op));
    aq_op_close(op);
    is_diff(wanted, "", "and then nowhere");
    aq_text_dispose(&text);
    aq__metadata_close(wanted);
    free(sql);
    free(path);
}

/* ---- Schemas ------------------------------------------------------------------------------------------------------------------------------------------ */

static void test_empty_schema(void)
{
    aq__metadata_t *wanted = schema("create schema blog; create table blog.t (a int);");

    clear();
    cluster_sql(cluster, "create schema blog");
    is_diff(wanted,
            "missing table: blog.t: the database has no such table\n"
            "    CREATE TABLE blog.t (\n"
            "        a INTEGER\n"
            "    )\n",
            "a schema that holds nothing is not missing");
    aq__metadata_close(wanted);
}

static void test_other_schemas(void)
{
    aq__metadata_t *wanted = schema("create table t (a int);");
    aq__metadata_t *named = schema("create table public.t (a int);");

    clear();
    cluster_sql(cluster, "create table t (a int); create schema blog; create table blog.u (a int)");
    is_diff(wanted, "", "what is in a schema that the models do not use is not theirs");
    is_diff(named, "", "the search path's schema by its name");
    aq__metadata_close(named);
    aq__metadata_close(wanted);
}

static void test_nowhere(void)
{
    aq_op_t *op = aq_diff(context, "nope");

    ok(aq_wait(op) == NULL && aq_op_code(op) == AQ_ENOBIND, "a bind that is not configured");
    is_str(aq_op_error(op)->message, "bind 'nope' is not configured: set it in AQUIFER_BINDS", "its text");
    aq_op_close(op);
    op = aq_diff(context, NULL);
    ok(aq_wait(op) != NULL && ((const aq_diff_t *)aq_op_value(op))->count == 0,
       "a bind without models has no differences");
    aq_op_close(op);
    op = aq_diff(NULL, NULL);
    is_int(aq_op_code(op), AQ_ENOAPP, "without a context");
    aq_op_close(op);
}

int main(void)
{
    open_first_loop();
    aq_set_allocator(counting_allocator, NULL);
    cluster = cluster_start(NULL);
    open_context(cluster_uri(cluster));
    test_everything();
    test_models();
    test_conversions();
    test_cases();
    test_empty_schema();
    test_other_schemas();
    test_nowhere();
    close_context();
    cluster_close(cluster);
    ok(all_memory_is_back(), "nothing leaks");
    return tap_done();
}
