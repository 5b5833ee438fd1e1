/* Writing models: what becomes of metadata that was built by hand. (Of SQL files: t/golden_models.c.) */
#include "tap.h"

#include "src/schema/read_sql.h"
#include "src/tool/english.h"
#include "src/tool/plan.h"
#include "src/tool/write_models.h"
#include "t/built.h"
#include "t/golden.h"
#include "t/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Writing ---------------------------------------------------------------------------------------------------------------- */

typedef struct written {
    int code;
    char *header;
    char *problems;
} written_t;

/* Reads, where there is something to read, seals, writes and closes. */
static written_t write_sql(aq__metadata_t *metadata, const char *name, const char *sql)
{
    char file[64];
    aq__models_options_t options = {.name = name, .made_from = file, .made_by = "aquifer models"};
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq_text_t header = {0}, told = {0};
    written_t written = {AQ_ENOMEM, NULL, NULL};

    snprintf(file, sizeof(file), "%s.sql", name);
    if (problems.arena != NULL && sql != NULL &&
        aq__read_sql(metadata, file, sql, strlen(sql), &problems) == AQ_ENOMEM) {
        aq_arena_close(problems.arena);
        aq__metadata_close(metadata);
        return written;
    }
    if (problems.arena != NULL && aq__metadata_seal(metadata, &problems) != AQ_ENOMEM)
        written.code = aq__write_models(&header, metadata, &options, &problems);
    if (written.code != AQ_ENOMEM) {
        aq__problems_append(&told, &problems);
        if (header.failed || told.failed)
            written.code = AQ_ENOMEM;
    }
    written.header = aq_text_take(&header);
    written.problems = aq_text_take(&told);
    aq_arena_close(problems.arena);
    aq__metadata_close(metadata);
    return written;
}

static written_t write_all(aq__metadata_t *metadata)
{
    return write_sql(metadata, "built", NULL);
}

static void dispose(written_t *written)
{
    aq_free(written->header);
    aq_free(written->problems);
}

/* What stands in the header, one behind the other. */
static void has_all(const written_t *written, const char *const *parts, const char *name)
{
    const char *at = written->header != NULL ? written->header : "";

    for (; *parts != NULL; parts++) {
        const char *found = strstr(at, *parts);

        if (!ok(found != NULL, "%s: %s", name, *parts)) {
            diag("%s", written->header);
            return;
        }
        at = found;
    }
}

#define HAS(written, name, ...) has_all(&(written), (const char *const[]){__VA_ARGS__, NULL}, name)

/* ---- English ----------------------------------------------------------------------------------------------------------------- */

static void test_english(void)
{
    static const char *const both[][2] = {
        {"user", "users"},         {"category", "categories"}, {"day", "days"},
        {"movie", "movies"},       {"address", "addresses"},   {"status", "statuses"},
        {"bus", "buses"},          {"case", "cases"},          {"house", "houses"},
        {"database", "databases"}, {"course", "courses"},      {"purchase", "purchases"},
        {"license", "licenses"},   {"branch", "branches"},     {"cache", "caches"},
        {"box", "boxes"},          {"dish", "dishes"},         {"wolf", "wolves"},
        {"life", "lives"},         {"archive", "archives"},    {"move", "moves"},
        {"person", "people"},      {"child", "children"},      {"mouse", "mice"},
        {"analysis", "analyses"},  {"basis", "bases_"},        {"quiz", "quizzes"},
        {"hero", "heroes"},        {"photo", "photos"},        {"index", "indexes"},
        {"vertex", "vertices"},    {"matrix", "matrices"},     {"criterion", "criteria"},
        {"menu", "menus"},         {"virus", "viruses"},       {"wiki", "wikis"},
        {"series", "series"},      {"news", "news"},           {"media", "media"},
        {"data", "data"},          {"staff", "staff"},         {"alias", "aliases"},
        {"key", "keys"},           {"schema", "schemas"},      {"tie", "ties"},
        {"wife", "wives"},         {"shelf", "shelves"},       {"process", "processes"},
        {"track", "tracks"},       {"invoice", "invoices"},    {"genre", "genres"},
        {"employee", "employees"},
    };
    aq_text_t text = {0};

    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
        if (strcmp(both[i][1], "bases_") == 0)
            continue;
        aq_text_clear(&text);
        aq__english_append_many(&text, both[i][0]);
        aq_text_append(&text, " ");
        aq__english_append_many(&text, both[i][1]);
        aq_text_append(&text, " ");
        aq__english_append_one(&text, both[i][1]);
        aq_text_append(&text, " ");
        aq__english_append_one(&text, both[i][0]);
        {
            char expected[128];

            snprintf(expected, sizeof(expected), "%s %s %s %s", both[i][1], both[i][1], both[i][0],
                     both[i][0]);
            is_str(aq_text_string(&text), expected, "one %s, many %s", both[i][0], both[i][1]);
        }
    }
    aq_text_clear(&text);
    aq__english_append_one(&text, "bases");
    is_str(aq_text_string(&text), "base", "many bases: one base, not a basis");
    aq_text_clear(&text);
    aq__english_append_one(&text, "indices");
    is_str(aq_text_string(&text), "index", "many indices: one index");
    aq_text_dispose(&text);
}

/* ---- Names ------------------------------------------------------------------------------------------------------------------- */

static void test_names(void)
{
    static const char *const names[][2] = {
        {"created_at", "created_at"},
        {"createdAt", "created_at_2"},
        {"class", "class_"},
        {"object", "object_"},
        {"int32_t", "int32_t_"},
        {"delete", "delete_"},
        {"2nd", "_2nd"},
        {"userID", "user_id"},
        {"HTTPStatus", "http_status"},
        {"order no.", "order_no"},
        {"\"quoted\"", "quoted"},
        {"a$b", "a_b"},
        {"__x", "x"},
        {"_y", "_y"},
        {"Größe", "groesse"},
        {"żółw", "zolw"},
        {"ÄÖÜ", "aeoeue"},
        {"名前", "u540d_u524d"},
        {"???", "column"},
        {"linux", "linux_"},
        {"a-very-long-name-that-goes-on-and-on-and-on-and-on-to-the-end",
         "a_very_long_name_that_goes_on_and_on_and_on_a"},
    };
    aq__maker_t maker = {.arena = aq_arena_create()};
    aq__c_names_t members = {.maker = &maker};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        is_str(aq__c_name(&members, names[i][0]), names[i][1], "a member for column %s", names[i][0]);
    is_str(aq__c_camel(&maker, "blog_posts"), "BlogPosts", "words of a struct begin with capitals");
    is_str(aq__c_camel(&maker, "_2fa"), "Table2fa", "a struct's name cannot begin with a digit");
    is_str(aq__c_one(&maker, "blog_people"), "blog_person", "the last word becomes one");
    ok(!maker.failed, "all of it was made");
    aq__c_names_dispose(&members);
    aq_arena_close(maker.arena);
}

/* ---- Relationships ------------------------------------------------------------------------------------------------------------- */

static void test_blog(void)
{
    written_t written = write_all(build_blog());

    is_int(written.code, AQ_OK, "a blog can be said");
    is_golden(written.header, "blog_models.h", "the models of a blog");
    dispose(&written);
}

static int write_blog(void)
{
    aq__metadata_t *metadata = build_blog();
    written_t written;

    if (metadata == NULL)
        return AQ_ENOMEM;
    if (metadata->table_count < 8 || metadata->tables[7]->primary_key == NULL) {
        aq__metadata_close(metadata);
        return AQ_ENOMEM;
    }
    written = write_all(metadata);
    dispose(&written);
    return written.code;
}

/* ---- SQL files ----------------------------------------------------------------------------------------------------------------- */

/* The header of sql/NAME.sql is t/golden/NAME.h. */
static void test_file(const char *name)
{
    char *relative = NULL, *path, *sql, golden[64];
    aq_text_t file = {0};
    written_t written;

    aq_text_appendf(&file, "sql/%s.sql", name);
    snprintf(golden, sizeof(golden), "%s.h", name);
    relative = aq_text_take(&file);
    path = tap_source_path(relative);
    sql = tap_read_file(path);
    written = write_sql(aq__metadata_create(NULL), name, sql);
    ok(written.code == AQ_OK || written.code == AQ_EMAPPING, "sql/%s.sql becomes a header", name);
    is_golden(written.header, golden, "the models of an SQL file");
    dispose(&written);
    aq_free(relative);
    free(path);
    free(sql);
}

/* ---- What cannot be said --------------------------------------------------------------------------------------------------------- */

static void test_limits(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__table_t *table = add_table(metadata, "thing");
    aq__column_t *column = add(table, "name", AQ_OID_TEXT);
    aq__constraint_t *key;
    written_t written;

    column->collation = "de";
    column->collation_schema = "app";
    (void)aq__metadata_add_table(metadata, "s", "nothing", line(7));
    (void)aq__metadata_add_sequence(metadata, NULL, "ticket", line(8));
    (void)aq__metadata_add_enum(metadata, NULL, "empty", line(9));
    (void)aq__enum_add_label(metadata, aq__metadata_add_enum(metadata, NULL, "unused", line(10)), "on*/e");
    key = refer(table, "owner_id", "nobody");
    key = constrain(AQ_CONSTRAINT_CHECK, column, NULL);
    key->check = "name <> ''";
    key->not_valid = true;
    written = write_all(metadata);
    is_int(written.code, AQ_EMAPPING, "what cannot be said is told");
    is_text(written.problems,
            "built.sql:3:1: thing.owner_id: its foreign key refers to table 'nobody', but there is no table "
            "'nobody'\n"
            "built.sql:7:1: s.nothing: a table without columns cannot be declared\n"
            "built.sql:9:1: type 'empty': it has no labels, and so cannot be an enum in C",
            "each with its line");
    HAS(written, "comments",
        "/* Models of built.sql, made by aquifer models; edit freely or make it again.\n *\n"
        " * What models cannot say, and so is not as it was:\n"
        " *   - thing.owner_id: its foreign key to nobody is left out\n",
        " *   - type 'empty': it has no labels, and so cannot be an enum in C */\n",
        "typedef enum unused { UNUSED_ON_E } unused_t;", "AQ_SEQUENCE(ticket);\n",
        ".collation = \"de\", .collation_schema = \"app\"", "AQ_INT4(Thing, owner_id),",
        "AQ_CHECK(\"name <> ''\", .not_valid = true),", "    wrong |= aq_db_enum(db, unused);\n");
    dispose(&written);
}

/* The same SQL files that a user would have, with one thing each that models refuse. */
static void refuses(const char *sql, const char *problems, const char *has, const char *name)
{
    aq__problems_t read = {.arena = aq_arena_create()};
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    written_t written;

    (void)aq__read_sql(metadata, "odd.sql", sql, strlen(sql), &read);
    is_int(aq__metadata_seal(metadata, &read), AQ_OK, "%s: the SQL is fine", name);
    written = write_all(metadata);
    is_text(written.problems, problems, "%s: what is told", name);
    HAS(written, name, has);
    dispose(&written);
    aq_arena_close(read.arena);
}

static void test_refused(void)
{
    refuses("CREATE TABLE t (id int PRIMARY KEY, a int);\nCREATE INDEX i ON t (a, id, a);",
            "odd.sql:2:1: t: index 'i' names the column 'a' twice, which models refuse: it is left out",
            "AQ_MODEL(T, t_columns, AQ_NONE);\n", "an index that has a column twice");
    refuses("CREATE TABLE t (id int PRIMARY KEY, a int);\nCREATE INDEX i ON t (a) INCLUDE (a);",
            "odd.sql:2:1: t: index 'i' names the column 'a' twice, which models refuse: it is left out",
            "AQ_MODEL(T, t_columns, AQ_NONE);\n", "an index that includes what it has");
    refuses(
        "CREATE TABLE t (id int PRIMARY KEY, a int);\nCREATE INDEX i ON t (a) NULLS NOT DISTINCT;",
        "odd.sql:2:1: t: index 'i' is NULLS NOT DISTINCT, which is nothing where it is not unique: that is "
        "left out",
        "    {.name = \"i\", .columns = AQ_COLUMNS(\"a\")},\n", "NULLS NOT DISTINCT without UNIQUE");
    refuses("CREATE TABLE t (id int PRIMARY KEY, a int[]);\nCREATE UNIQUE INDEX i ON t USING gin (a);",
            "odd.sql:2:1: t: index 'i' is UNIQUE, which only a btree can be: it is left out",
            "AQ_MODEL(T, t_columns, AQ_NONE);\n", "a unique index that is no btree");
    refuses("CREATE TABLE t (id int PRIMARY KEY, a int[]);\nCREATE INDEX ON t USING gin (a DESC);",
            "odd.sql:2:1: t: index 't_a_idx' has an order, which only a btree has: it is left out",
            "AQ_MODEL(T, t_columns, AQ_NONE);\n", "an index with an order that is no btree");
    refuses("CREATE TABLE t (id int PRIMARY KEY, a json);\nCREATE INDEX i ON t (a);",
            "odd.sql:2:1: t: index 'i' has a column of json, which cannot be compared: it is left out",
            "AQ_MODEL(T, t_columns, AQ_NONE);\n", "an index on json");
    refuses("CREATE TABLE t (id int PRIMARY KEY, a int, b int);\nCREATE INDEX ON t (a);\nCREATE INDEX ON t "
            "(a, b);",
            "", "    {.name = \"t_a_b_idx\", .columns = AQ_COLUMNS(\"a\", \"b\")},\n",
            "two indexes without a name that would have the same one");
    refuses("CREATE TABLE t (id int PRIMARY KEY, _ int REFERENCES t);", "", "    T *t;\n",
            "a foreign key of a column without words");
    refuses("CREATE TABLE t (x int, y int, PRIMARY KEY (x, y), FOREIGN KEY (y, x) REFERENCES t);", "",
            "AQ_MODEL(T, t_columns, AQ_NONE, .constraints", "a foreign key to itself, the other way around");
    refuses("CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL REFERENCES t ON DELETE SET NULL);",
            "odd.sql:1:52: t.a: its foreign key sets NULL what is NOT NULL, which models refuse: SET NULL is "
            "left out",
            "    AQ_INT4(T, a, .references = AQ_REF(T, id)),\n", "ON DELETE SET NULL of NOT NULL");
    refuses("CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL REFERENCES t ON DELETE SET DEFAULT);", "",
            "    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS(\"a\"), .model = AQ_STRUCT(T), .on_delete = "
            "AQ_SET_DEFAULT),\n",
            "ON DELETE SET DEFAULT where there is none");
    refuses("CREATE TABLE u (id int PRIMARY KEY, v int UNIQUE);\nCREATE TABLE t (id int PRIMARY KEY, a int "
            "REFERENCES u, "
            "b int,\nFOREIGN KEY (a) REFERENCES u (v));",
            "odd.sql:3:1: t.a: two foreign keys on the same columns refer to u, and a relationship could not "
            "say which it follows: there is none",
            "AQ_MODEL(T, t_columns, AQ_NONE, .constraints = AQ_LIST(t_constraints));\n",
            "two foreign keys on the same column to the same table");
    refuses("CREATE SEQUENCE s START -9223372036854775807 MINVALUE -9223372036854775807;",
            "odd.sql:1:17: sequence 's': -9223372036854775807, which models take for 0, is among the numbers "
            "of its "
            "sequence",
            "AQ_SEQUENCE(s, ", "the number that stands for 0");
    refuses("CREATE SEQUENCE \"Order no.\" AS int MINVALUE 0 START 0;", "",
            "AQ_SEQUENCE(order_no, .sequence = \"Order no.\", .type = AQ_OID_INT4, .min = AQ_SEQUENCE_0);\n",
            "numbers that are 0");
    refuses("CREATE TABLE t (id serial PRIMARY KEY);\nCOMMENT ON SEQUENCE t_id_seq IS 'of t';", "",
            "    AQ_INT4(T, id, .primary_key = true, .sequence = {.comment = \"of t\"}),\n",
            "the comment of a serial column's sequence");
    refuses("CREATE TABLE \"a.b\" (id int);\nCREATE SEQUENCE s OWNED BY \"a.b\".id;",
            "odd.sql:2:17: sequence 's': that it is owned by a.b.id is what models cannot say",
            "AQ_SEQUENCE(s);\n", "an owner with a dot in its name");
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_english();
    test_names();
    test_blog();
    test_file("diary");
    test_file("quickstart");
    test_file("relationships");
    test_file("music");
    test_file("rental");
    test_file("oddities");
    test_file("oddities-indexes");
    test_file("oddities-keys");
    test_file("oddities-names");
    test_file("oddities-tables");
    test_file("oddities-values");
    test_limits();
    test_refused();
    check_each_request("the models of a blog", write_blog);
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
