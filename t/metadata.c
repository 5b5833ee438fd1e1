/* Metadata without models: building it, looking things up, foreign keys, the order of creation. */
#include "tap.h"

#include "src/schema/metadata.h"
#include "t/heap.h"

#include <stdio.h>
#include <string.h>

static const aq__source_t nowhere = {0};

/* ---- A short way to build ------------------------------------------------------------------------------------------------ */

/* A table with an integer key "id". */
static aq__table_t *add_table(aq__metadata_t *metadata, const char *schema, const char *name)
{
    aq__table_t *table = aq__metadata_add_table(metadata, schema, name, nowhere);
    aq__column_t *id = table != NULL ? aq__table_add_column(table, "id", nowhere) : NULL;
    aq__constraint_t *key =
        id != NULL ? aq__table_add_constraint(table, AQ_CONSTRAINT_PRIMARY_KEY, nowhere) : NULL;

    if (key == NULL || aq__constraint_add_column(key, id) != AQ_OK)
        return NULL;
    id->type.oid = AQ_OID_INT4;
    return table;
}

static aq__column_t *add_column(aq__table_t *table, const char *name)
{
    aq__column_t *column = aq__table_add_column(table, name, nowhere);

    if (column != NULL)
        column->type.oid = AQ_OID_INT4;
    return column;
}

/* A foreign key of the column to table.referred; `referred` NULL: to its primary key. */
static aq__constraint_t *add_key(aq__column_t *column, const char *table, const char *referred)
{
    aq__constraint_t *constraint =
        column != NULL ? aq__table_add_constraint(column->table, AQ_CONSTRAINT_FOREIGN_KEY, nowhere) : NULL;

    if (constraint == NULL || aq__constraint_add_column(constraint, column) != AQ_OK)
        return NULL;
    constraint->referred_table = table;
    if (referred != NULL && aq__constraint_add_referred(constraint, referred) != AQ_OK)
        return NULL;
    return constraint;
}

/* "a_id" refers to the key of "a". */
static aq__constraint_t *refer(aq__table_t *table, const char *to)
{
    char name[64];

    snprintf(name, sizeof(name), "%s_id", to);
    return add_key(add_column(table, name), to, NULL);
}

static int seal(aq__metadata_t *metadata, char *said, size_t size)
{
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq_text_t text = {0};
    int code = aq__metadata_seal(metadata, &problems);

    aq__problems_append(&text, &problems);
    snprintf(said, size, "%s", aq_text_string(&text));
    aq_text_dispose(&text);
    aq_arena_close(problems.arena);
    return code;
}

static const char *order_of(const aq__metadata_t *metadata)
{
    static char text[512];

    text[0] = '\0';
    for (size_t i = 0; i < metadata->table_count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i == 0 ? "" : " ",
                 metadata->ordered_tables[i]->name);
    for (size_t i = 0; i < metadata->by_alter_count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i == 0 ? " + " : ", ",
                 metadata->foreign_keys_by_alter[i]->columns[0]->name);
    return text;
}

/* ---- Building ------------------------------------------------------------------------------------------------------------- */

static void test_look_ups(void)
{
    aq__metadata_t *metadata = aq__metadata_create("blog");
    aq__table_t *post, *other, *third;
    aq__enum_t *mood;
    aq__constraint_t *check;
    aq__index_t *index;
    char name[] = "post";

    is_str(metadata->bind, "blog", "metadata knows its bind");
    ok(aq__metadata_table(metadata, NULL, "post") == NULL, "an empty one has no table");
    post = add_table(metadata, NULL, name);
    other = add_table(metadata, "archive", name);
    third = add_table(metadata, "old", name);
    name[0] = 'X';
    is_str(post->name, "post", "names are copied");
    ok(aq__metadata_table(metadata, NULL, "post") == post, "a table is found by its name");
    ok(aq__metadata_table(metadata, "archive", "post") == other, "and by schema and name");
    ok(aq__metadata_table(metadata, "old", "post") == third, "of several schemas");
    ok(aq__metadata_table(metadata, "new", "post") == NULL, "a schema must be the very one");
    ok(aq__metadata_table(metadata, NULL, "Post") == NULL, "and case counts");
    for (int i = 0; i < 40; i++) {
        char column[16];

        snprintf(column, sizeof(column), "c%d", i);
        add_column(post, column);
    }
    is_int(post->column_count, 41, "a table takes many columns");
    is_int(aq__table_column(post, "c39")->position, 40, "a column knows its place");
    ok(aq__table_column(post, "c40") == NULL, "a column that is not there");
    mood = aq__metadata_add_enum(metadata, "s", "mood", nowhere);
    aq__enum_add_label(metadata, mood, "sad");
    aq__enum_add_label(metadata, mood, "happy");
    ok(aq__metadata_enum(metadata, "s", "mood") == mood && aq__metadata_enum(metadata, NULL, "mood") == NULL,
       "enums have schemas too");
    is_str(mood->labels[1], "happy", "and labels, in order");
    ok(aq__metadata_sequence(metadata, NULL, "s") == NULL, "a sequence that is not there");
    ok(aq__metadata_sequence(metadata, NULL, "s") ==
           (aq__metadata_add_sequence(metadata, "x", "s", nowhere), NULL),
       "nor in another schema");
    ok(aq__metadata_sequence(metadata, "x", "s") == metadata->sequences[0], "one that is");
    check = aq__table_add_constraint(post, AQ_CONSTRAINT_CHECK, nowhere);
    ok(aq__table_constraint(post, "positive") == NULL, "a constraint without a name is not found by one");
    check->name = "positive";
    ok(aq__table_constraint(post, "positive") == check, "one that has it is");
    index = aq__table_add_index(post, nowhere);
    index->name = "by_c1";
    ok(aq__table_index(post, "by_c1") == index && aq__table_index(other, "by_c1") == NULL,
       "indexes are looked up in their table");
    aq__metadata_close(metadata);
    aq__metadata_close(NULL);
}

static void test_unique_columns(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__table_t *table = add_table(metadata, NULL, "t");
    aq__column_t *a = add_column(table, "a"), *b = add_column(table, "b");
    aq__constraint_t *both = aq__table_add_constraint(table, AQ_CONSTRAINT_UNIQUE, nowhere);
    aq__index_t *index = aq__table_add_index(table, nowhere);

    aq__constraint_add_column(both, b);
    aq__constraint_add_column(both, a);
    aq__index_add_part(index)->column = a;
    ok(aq__columns_are_unique(table, &table->columns[0], 1), "a primary key is unique");
    ok(aq__columns_are_unique(table, (aq__column_t *[]){a, b}, 2), "so is a constraint, in any order");
    ok(!aq__columns_are_unique(table, &b, 1), "but not a part of it");
    ok(!aq__columns_are_unique(table, &a, 1), "a plain index is not");
    index->unique = true;
    ok(aq__columns_are_unique(table, &a, 1), "a unique one is");
    index->where = "b > 0";
    ok(!aq__columns_are_unique(table, &a, 1), "unless it is partial");
    index->where = NULL;
    index->parts[0] = (aq__part_t){.expression = "a + 1"};
    ok(!aq__columns_are_unique(table, &a, 1), "or of an expression");
    aq__metadata_close(metadata);
}

/* ---- Sealing --------------------------------------------------------------------------------------------------------------- */

static void test_foreign_keys(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__table_t *user = add_table(metadata, NULL, "user"), *post = add_table(metadata, NULL, "post"),
                *old = add_table(metadata, "old", "user");
    aq__constraint_t *author = refer(post, "user");
    aq__constraint_t *named = add_key(add_column(post, "editor"), "user", "id"),
                     *other = add_key(add_column(post, "first_author"), "user", NULL),
                     *self = add_key(add_column(post, "parent"), "post", NULL);
    char said[2048];

    other->referred_schema = "old";
    is_int(seal(metadata, said, sizeof(said)), AQ_OK, "all foreign keys lead somewhere");
    ok(author->referred == user && author->referred_columns[0] == user->columns[0],
       "one that names no column refers to the primary key");
    ok(named->referred_columns[0] == user->columns[0], "one that does to that column");
    ok(other->referred == old, "one that names a schema to the table there");
    ok(self->referred == post && !self->by_alter, "a table may refer to itself");
    is_str(order_of(metadata), "user user post", "and is created behind the others");
    aq__metadata_close(metadata);
}

static void test_wrong_foreign_keys(void)
{
    aq__metadata_t *metadata = aq__metadata_create("blog");
    aq__table_t *user = add_table(metadata, NULL, "user"), *post = add_table(metadata, "s", "post"),
                *bare = aq__metadata_add_table(metadata, NULL, "bare", nowhere);
    aq__constraint_t *two;
    char said[2048];

    add_column(user, "name");
    add_key(add_column(post, "x"), "zzz", "id")->source = (aq__source_t){"models.c", 12, 0};
    add_key(add_column(post, "y"), "zzz", NULL)->source = (aq__source_t){"schema.sql", 3, 14};
    add_key(add_column(post, "z"), "user", "nope");
    add_key(add_column(post, "n"), "user", "name");
    add_key(add_column(post, "b"), "bare", NULL);
    two = add_key(add_column(post, "p"), "user", NULL);
    aq__constraint_add_column(two, add_column(post, "q"));
    two->referred_schema = NULL;
    two = add_key(add_column(post, "r"), "user", "id");
    aq__constraint_add_referred(two, "name");
    (void)bare;
    is_int(seal(metadata, said, sizeof(said)), AQ_EMAPPING, "foreign keys that lead nowhere are AQ_EMAPPING");
    is_text(
        said,
        "models.c:12: s.post.x: its foreign key refers to 'zzz.id', but there is no table 'zzz' in bind "
        "'blog'\n"
        "schema.sql:3:14: s.post.y: its foreign key refers to table 'zzz', but there is no table 'zzz' in "
        "bind 'blog'\n"
        "s.post.z: its foreign key refers to 'user.nope', but table 'user' has no column 'nope'\n"
        "s.post.n: its foreign key refers to 'user.name', which is not unique: it must be a primary key or "
        "have a unique constraint\n"
        "s.post.b: its foreign key refers to table 'bare', which has no primary key: the columns must be "
        "named\n"
        "s.post (p, q): its foreign key refers to table 'user', 1 column where it has 2\n"
        "s.post.r: its foreign key refers to 'user' (id, name), 2 columns where it has 1",
        "each has its text, and all are told");
    is_str(order_of(metadata), "user post bare", "the tables are sorted all the same");
    aq__metadata_close(metadata);
}

static void test_columns(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__table_t *plain = add_table(metadata, NULL, "plain"), *child = add_table(metadata, NULL, "child"),
                *two = add_table(metadata, NULL, "two"), *text = add_table(metadata, NULL, "text_key"),
                *given = add_table(metadata, NULL, "given");
    aq__column_t *second = add_column(two, "second"), *mood = aq__table_add_column(plain, "mood", nowhere);
    aq__enum_t *mood_enum = aq__metadata_add_enum(metadata, NULL, "mood", nowhere);
    char said[512];

    add_key(child->columns[0], "plain", NULL);
    aq__constraint_add_column(two->primary_key, second);
    text->columns[0]->type.oid = AQ_OID_TEXT;
    given->columns[0]->autoincrement = AQ_IDENTITY;
    mood->type = (aq__type_t){.name = "mood"};
    add_column(given, "counter")->autoincrement = AQ_SERIAL;
    is_int(seal(metadata, said, sizeof(said)), AQ_OK, "a seal decides");
    is_int(plain->columns[0]->autoincrement, AQ_SERIAL, "an integer that is the whole key is serial");
    is_int(child->columns[0]->autoincrement, AQ_AUTOINCREMENT_OFF, "unless it refers to another table");
    is_int(two->columns[0]->autoincrement, AQ_AUTOINCREMENT_OFF, "or is a part of the key");
    is_int(text->columns[0]->autoincrement, AQ_AUTOINCREMENT_OFF, "or is no integer");
    is_int(given->columns[0]->autoincrement, AQ_IDENTITY, "what was said stays");
    ok(second->not_null && plain->columns[0]->not_null, "a primary key's columns are not null");
    ok(given->columns[1]->not_null, "and so is a serial");
    ok(mood->type.enumeration == mood_enum, "a type finds its enum");
    aq__metadata_close(metadata);
}

/* ---- Order ----------------------------------------------------------------------------------------------------------------- */

/* The tables in the order in which they are declared, and "a>b": a refers to b. */
static void is_order(const char *tables, const char *references, const char *expected, const char *name)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    char copy[256], said[512], *save = NULL;

    snprintf(copy, sizeof(copy), "%s", tables);
    for (char *table = strtok_r(copy, " ", &save); table != NULL; table = strtok_r(NULL, " ", &save))
        add_table(metadata, NULL, table);
    snprintf(copy, sizeof(copy), "%s", references);
    for (char *pair = strtok_r(copy, " ", &save); pair != NULL; pair = strtok_r(NULL, " ", &save)) {
        char *to = strchr(pair, '>');

        *to = '\0';
        aq__constraint_t *key = refer(aq__metadata_table(metadata, NULL, pair), to + 1);

        key->referred_table = aq_arena_strdup(metadata->arena, to + 1);
    }
    is_int(seal(metadata, said, sizeof(said)), AQ_OK, "%s: sealed", name);
    is_str(order_of(metadata), expected, "%s", name);
    aq__metadata_close(metadata);
}

static void test_order(void)
{
    is_order("", "", "", "no tables");
    is_order("c b a", "", "c b a", "tables without foreign keys stay as they were declared");
    is_order("c b a", "c>b b>a", "a b c", "a chain is turned round");
    is_order("post category tags tag cyc_a cyc_b", "post>category tags>tag tags>post cyc_a>cyc_b cyc_b>cyc_a",
             "category tag cyc_a cyc_b post tags + cyc_b_id, cyc_a_id",
             "SQLAlchemy's order, with the foreign keys of a cycle for later");
    is_order("a b c", "a>a a>b b>b", "b c a", "references to itself do not count");
    is_order("a b c d", "a>b b>c c>a a>d d>d", "b c d a + c_id, a_id, b_id",
             "what is in a cycle waits for what is not, nothing else");
    is_order("w x y z", "w>x x>w y>z z>y w>y", "x y z w + w_id, z_id, y_id, x_id",
             "two cycles, one of which refers to the other");
    is_order("a b", "a>b a>b b>a", "a b + b_id, b_id, a_id", "two foreign keys between the same tables");
}

static void test_long_chain(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    char name[16], said[64];
    bool sorted = true;

    for (int i = 0; i < 20000; i++) {
        aq__table_t *table;

        snprintf(name, sizeof(name), "t%d", i);
        table = add_table(metadata, NULL, name);
        if (i < 19999) {
            snprintf(name, sizeof(name), "t%d", i + 1);
            add_key(add_column(table, "next"), aq_arena_strdup(metadata->arena, name), NULL);
        }
    }
    is_int(seal(metadata, said, sizeof(said)), AQ_OK, "a chain of 20000 tables is sealed");
    for (size_t i = 0; i < metadata->table_count; i++)
        sorted = sorted && metadata->ordered_tables[i] == metadata->tables[19999 - i];
    ok(sorted, "and sorted");
    aq__metadata_close(metadata);
}

/* ---- Problems ---------------------------------------------------------------------------------------------------------------- */

static void test_problems(void)
{
    enum { MANY = 20000 };
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq__source_t source = {"models.c", 1, 0};
    aq_text_t text = {0};

    for (int round = 0; round < 2; round++)
        for (int i = 0; i < MANY; i++)
            (void)aq__problem_add(&problems, source, "%d", i);
    is_int(problems.count, MANY, "what is there already is not added again");
    is_int(aq__problem_add(&problems, source, "7"), AQ_EMAPPING, "though its code is the same");
    is_str(aq_last_error()->message, "7", "and the thread's last error");
    aq__problems_cut(&problems, 2);
    (void)aq__problem_add(&problems, source, "2");
    source.column = 5;
    (void)aq__problem_add(&problems, source, "1");
    source.file = "other.c";
    (void)aq__problem_add(&problems, source, "1");
    aq__problems_append(&text, &problems);
    is_str(aq_text_string(&text),
           "models.c:1: 0\nmodels.c:1: 1\nmodels.c:1: 2\nmodels.c:1:5: 1\nother.c:1:5: 1",
           "what was cut off may come again, and so may the same text of another place");
    aq_text_dispose(&text);
    aq_arena_close(problems.arena);
}

/* ---- No memory --------------------------------------------------------------------------------------------------------------- */

static int build_some(void)
{
    aq__metadata_t *metadata = aq__metadata_create("blog");
    aq__problems_t problems = {.arena = aq_arena_create()};
    char name[16];
    int code = metadata != NULL && problems.arena != NULL ? AQ_OK : AQ_ENOMEM;

    for (int i = 0; i < 40 && code == AQ_OK; i++) {
        aq__table_t *table;
        aq__column_t *column = NULL;

        snprintf(name, sizeof(name), "t%d", i);
        table = add_table(metadata, NULL, name);
        for (int j = 0; j < 5 && table != NULL; j++) {
            column = add_column(table, name);
            if (column == NULL || aq__table_add_index(table, nowhere) == NULL ||
                aq__index_add_part(table->indexes[j]) == NULL)
                table = NULL;
        }
        if (table == NULL || add_key(column, i % 2 ? "t0" : "none", i % 3 ? "id" : NULL) == NULL)
            code = AQ_ENOMEM;
        else if (aq__metadata_add_enum(metadata, "enums", name, nowhere) == NULL ||
                 aq__enum_add_label(metadata, metadata->enums[i], name) != AQ_OK ||
                 aq__metadata_add_sequence(metadata, "sequences", name, nowhere) == NULL)
            code = AQ_ENOMEM;
    }
    if (code == AQ_OK)
        code = aq__metadata_seal(metadata, &problems) == AQ_ENOMEM ? AQ_ENOMEM : AQ_OK;
    if (code == AQ_OK && problems.count != 20)
        code = AQ_EINVAL;
    if (code == AQ_ENOMEM && aq_last_error()->code != AQ_ENOMEM)
        code = AQ_EINVAL;
    aq__metadata_close(metadata);
    aq_arena_close(problems.arena);
    return code;
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_look_ups();
    test_unique_columns();
    test_foreign_keys();
    test_wrong_foreign_keys();
    test_columns();
    test_order();
    test_long_chain();
    test_problems();
    check_each_request("building and sealing", build_some);
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
