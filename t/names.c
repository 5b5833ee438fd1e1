/* Names at the seal: what a naming convention calls the constraints and indexes of models, and every text about a name that cannot be or that
 * something else has. (What a template makes of what: t/naming.t.) */
#include "tap.h"

#include "src/schema/naming.h"
#include "t/declared.h"

#include <string.h>

/* ---- A model with one of each ---------------------------------------------------------------------------------------------- */

typedef struct Stamps {
    aq_timestamp_t created;
} Stamps;
static const aq_column_t stamps_columns[] = {AQ_TIMESTAMPTZ(Stamps, created, .index = true)};
AQ_MIXIN(Stamps, stamps_columns);

typedef struct Author {
    aq_object_t object;
    int32_t id;
    const char *first;
    const char *last;
} Author;
static const aq_column_t author_columns[] = {
    AQ_INT4(Author, id, .primary_key = true),
    AQ_TEXT(Author, first, .unique = true),
    AQ_TEXT(Author, last, .name = "Last"),
};
static const aq_constraint_t author_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("first", "last")),
};
AQ_MODEL(Author, author_columns, AQ_NONE, .constraints = AQ_LIST(author_constraints));

typedef struct Book {
    aq_object_t object;
    int32_t id;
    int32_t author_id;
    const char *first;
    const char *last;
    Stamps stamps;
} Book;
static const aq_column_t book_columns[] = {
    AQ_INT4(Book, id, .primary_key = true),
    AQ_INT4(Book, author_id, .name = "author", .references = AQ_REF(Author, id), .index = true),
    AQ_TEXT(Book, first),
    AQ_TEXT(Book, last),
    AQ_MIX(Book, stamps, Stamps),
};
static const aq_constraint_t book_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("first", "last"), .table = "author",
                   .referred = AQ_COLUMNS("first", "Last")),
    AQ_CHECK("id > 0", .name = "positive"),
    AQ_CHECK("id < 9", .name = "small", .name_final = true),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "first", .with = "="})),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "last", .with = "="}), .name = "one_last"),
    AQ_UNIQUE(.columns = AQ_COLUMNS("last"), .name = "mine"),
};
static const aq_index_t book_indexes[] = {
    {.columns = AQ_COLUMNS("first", "last")},
    {.parts = AQ_PARTS({.expression = "lower(first)"}, {.column = "last"})},
    {.columns = AQ_COLUMNS("first"), .name = "by_first"},
};
AQ_MODEL(Book, book_columns, AQ_NONE, .constraints = AQ_LIST(book_constraints),
         .indexes = AQ_LIST(book_indexes));

/* ---- Names, in one text ------------------------------------------------------------------------------------------------------ */

static void append_names(aq_text_t *text, const aq__metadata_t *metadata)
{
    static const char *const kinds[] = {"pk", "uq", "fk", "ck", "ex"};

    for (size_t i = 0; i < metadata->table_count; i++) {
        const aq__table_t *table = metadata->tables[i];

        aq_text_appendf(text, "%s\n", table->name);
        for (size_t j = 0; j < table->constraint_count; j++)
            aq_text_appendf(text, "  %s %s\n", kinds[table->constraints[j]->kind],
                            table->constraints[j]->name != NULL ? table->constraints[j]->name : "-");
        for (size_t j = 0; j < table->index_count; j++)
            aq_text_appendf(text, "  ix %s\n",
                            table->indexes[j]->name != NULL ? table->indexes[j]->name : "-");
    }
}

static aq__model_registry_t *add_with(const aq_schema_options_t *options, const aq_model_t *const *models)
{
    aq__model_registry_t *registry = aq__models_create();

    if (aq__models_set_options(registry, options) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    for (; *models != NULL; models++)
        (void)aq__models_add(registry, *models);
    return registry;
}

static void has_names(const aq_schema_options_t *options, const char *expected, const char *name)
{
    aq__model_registry_t *registry = add_with(options, MODELS(&Author_model, &Book_model));
    aq_text_t text = {0};

    is_int(aq__models_seal(registry), AQ_OK, "%s: sealed", name);
    for (size_t i = 0; i < registry->problems.count; i++)
        diag("%s", registry->problems.items[i].text);
    append_names(&text, registry->metadatas[0]);
    is_text(aq_text_string(&text), expected, "%s", name);
    aq_text_dispose(&text);
    aq__models_close(registry);
}

#define names_of(expected, name, ...) \
    has_names(&(aq_schema_options_t){.naming_convention = {__VA_ARGS__}}, expected, name)

static int append_short(aq_text_t *text, const aq_named_t *what, void *data)
{
    if (data == NULL)
        return aq_fail(AQ_EINVAL, "there is no short name for %s", what->table);
    aq_text_append_bytes(text, what->table, 2);
    return AQ_OK;
}

static void test_conventions(void)
{
    static char yes[] = "yes";
    static const aq_name_token_t tokens[] = {{"short", append_short, yes}};

    names_of("author\n"
             "  pk -\n"
             "  uq -\n"
             "  uq -\n"
             "book\n"
             "  pk -\n"
             "  fk -\n"
             "  fk -\n"
             "  ck positive\n"
             "  ck small\n"
             "  ex -\n"
             "  ex one_last\n"
             "  uq mine\n"
             "  ix ix_book_author\n"
             "  ix ix_book_created\n"
             "  ix ix_book_first\n"
             "  ix ix_book_last\n"
             "  ix by_first\n",
             "the default: indexes only", .ix = NULL);
    names_of("author\n"
             "  pk pk_author\n"
             "  uq uq_author_first\n"
             "  uq uq_author_first_Last\n"
             "book\n"
             "  pk pk_book\n"
             "  fk fk_book_author_author_id\n"
             "  fk fk_book_first_last_author_first_Last\n"
             "  ck ck_book_positive\n"
             "  ck small\n"
             "  ex -\n"
             "  ex one_last\n"
             "  uq mine\n"
             "  ix ix_book_author_id\n"
             "  ix ix_book_created\n"
             "  ix ix_book_firstlast\n"
             "  ix ix_book_last\n"
             "  ix by_first\n",
             "all kinds: from columns, members and what is referred to",
             .ix = "ix_%(table_name)s_%(column_0N_key)s", .uq = "uq_%(table_name)s_%(column_0_N_name)s",
             .ck = "ck_%(table_name)s_%(constraint_name)s",
             .fk =
                 "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s_%(referred_column_0_N_name)s",
             .pk = "pk_%(table_name)s");
    names_of("author\n"
             "  pk au_author\n"
             "  uq -\n"
             "  uq -\n"
             "book\n"
             "  pk bo_book\n"
             "  fk -\n"
             "  fk -\n"
             "  ck positive\n"
             "  ck small\n"
             "  ex -\n"
             "  ex one_last\n"
             "  uq mine\n"
             "  ix bo_author\n"
             "  ix bo_created\n"
             "  ix bo_first\n"
             "  ix bo_last\n"
             "  ix by_first\n",
             "a token of the user's; kinds without a template are left to the server",
             .ix = "%(short)s_%(column_0_name)s", .pk = "%(short)s_%(table_name)s", .tokens = tokens,
             .token_count = 1);
}

static void test_schema(void)
{
    aq__model_registry_t *registry = add_with(
        &(aq_schema_options_t){.schema = "shop", .naming_convention = {.ix = "i_%(column_0_label)s"}},
        MODELS(&Author_model, &Book_model));

    is_int(aq__models_seal(registry), AQ_OK, "in a schema: sealed");
    is_str(aq__models_find(registry, "Book")->table->indexes[0]->name, "i_shop_book_author",
           "it is part of labels");
    aq__models_close(registry);
}

/* ---- Every bind, once ------------------------------------------------------------------------------------------------------------ */

static const aq_column_t audit_columns[] = {
    AQ_COLUMN(INT4, "id", .primary_key = true),
    AQ_COLUMN(INT4, "book", .index = true),
};
AQ_TABLE(audit, audit_columns, .bind = "audit");

static void test_binds(void)
{
    char template[] = "pk_%(table_name)s";
    aq__model_registry_t *registry =
        add_with(&(aq_schema_options_t){.naming_convention = {.ix = "i_%(column_0_name)s", .pk = template}},
                 MODELS(&Author_model));
    aq__metadata_t *metadata;

    memset(template, 'x', sizeof(template) - 1);
    is_int(aq__models_add_table(registry, &audit_table), AQ_OK, "a table of another bind");
    is_int(aq__models_seal(registry), AQ_OK, "sealed");
    metadata = aq__models_metadata(registry, "audit");
    is_str(metadata->tables[0]->primary_key->name, "pk_audit",
           "the convention is every bind's, and was copied");
    is_str(metadata->tables[0]->indexes[0]->name, "i_book", "for indexes too");
    aq__models_close(registry);
}

static aq__table_t *plain_table(aq__metadata_t *metadata, const char *schema, const char *name)
{
    aq__table_t *table = aq__metadata_add_table(metadata, schema, name, (aq__source_t){0});
    aq__column_t *id = table != NULL ? aq__table_add_column(table, "id", (aq__source_t){0}) : NULL;

    if (id == NULL)
        return NULL;
    id->type.oid = AQ_OID_INT4;
    return table;
}

static const char *problems_of(aq__metadata_t *metadata)
{
    static char said[4096];
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq_text_t text = {0};

    (void)aq__metadata_seal(metadata, &problems);
    aq__problems_append(&text, &problems);
    snprintf(said, sizeof(said), "%s", aq_text_string(&text));
    aq_text_dispose(&text);
    aq_arena_close(problems.arena);
    return said;
}

static aq__constraint_t *add_check(aq__table_t *table, const char *name)
{
    aq__constraint_t *check = aq__table_add_constraint(table, AQ_CONSTRAINT_CHECK, (aq__source_t){0});

    check->check = "id > 0";
    check->name = name;
    return check;
}

static void test_sealed_again(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq_arena_t *arena = aq_arena_create();
    aq__table_t *table = plain_table(metadata, NULL, "t");
    aq__constraint_t *first = add_check(table, "first"), *second;

    metadata->naming =
        aq__naming_create(arena, &(aq_naming_convention_t){.ck = "ck_%(table_name)s_%(constraint_name)s"});
    is_str(problems_of(metadata), "", "sealed");
    is_str(first->name, "ck_t_first", "a check is renamed");
    second = add_check(table, "second");
    is_str(problems_of(metadata), "", "and again, with one more");
    is_str(first->name, "ck_t_first", "once");
    is_str(second->name, "ck_t_second", "the new one too");
    aq__metadata_close(metadata);
    metadata = aq__metadata_create(NULL);
    table = plain_table(metadata, NULL, "t");
    first = add_check(table, "first");
    aq__index_add_part(aq__table_add_index(table, (aq__source_t){0}))->column = table->columns[0];
    is_str(problems_of(metadata), "", "metadata without a convention: what was read");
    is_str(first->name, "first", "keeps its names");
    ok(table->indexes[0]->name == NULL, "and gets none");
    aq__metadata_close(metadata);
    aq_arena_close(arena);
}

/* ---- What cannot be ---------------------------------------------------------------------------------------------------------- */

#define LONG "a_name_of_64_bytes_which_is_one_more_than_the_server_takes_at_al"

typedef struct A {
    aq_object_t object;
    int32_t id;
    int32_t x;
    aq_int4_null_t y;
} A;
static const aq_column_t a_columns[] = {
    AQ_INT4(A, id, .primary_key = true),
    AQ_INT4(A, x),
    AQ_INT4_NULL(A, y),
};

static void wrong_names(const aq_naming_convention_t *convention, aq_constraints_t constraints,
                        aq_indexes_t indexes, const char *expected, const char *name)
{
    const aq_model_t model = {.name = "A",
                              .size = sizeof(A),
                              .columns = a_columns,
                              .column_count = 3,
                              .constraints = constraints,
                              .indexes = indexes};
    aq_schema_options_t options = {.naming_convention = *convention};

    has_problems(add_with(&options, MODELS(&model)), expected, name);
}

static const aq_naming_convention_t usual = {
    .ix = "ix_%(column_0_label)s",
    .uq = "uq_%(table_name)s_%(column_0_name)s",
    .ck = "ck_%(table_name)s_%(constraint_name)s",
    .fk = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    .pk = "pk_%(table_name)s",
};

#define CONSTRAINTS(...)                                        \
    ((aq_constraints_t){(const aq_constraint_t[]){__VA_ARGS__}, \
                        sizeof((const aq_constraint_t[]){__VA_ARGS__}) / sizeof(aq_constraint_t)})
#define INDEXES(...)                                   \
    ((aq_indexes_t){(const aq_index_t[]){__VA_ARGS__}, \
                    sizeof((const aq_index_t[]){__VA_ARGS__}) / sizeof(aq_index_t)})

static void test_wrong_names(void)
{
    static const aq_name_token_t tokens[] = {{"short", append_short, NULL}};

    wrong_names(
        &usual, CONSTRAINTS(AQ_CHECK("x > 0")), (aq_indexes_t){0},
        "table 'a': check constraint: it has no name, and the naming convention has %(constraint_name)s",
        "a check that needs a name");
    wrong_names(&(aq_naming_convention_t){.pk = "p_%(table_name)s"}, (aq_constraints_t){0},
                INDEXES({.columns = AQ_COLUMNS("x")}),
                "table 'a': index (x): it has no name, and the naming convention has no template for 'ix'",
                "an index that needs one");
    wrong_names(&usual, (aq_constraints_t){0}, INDEXES({.parts = AQ_PARTS({.expression = "x + y"})}),
                "table 'a': index: it has no name, and no columns to make '%(column_0_label)s' of",
                "an index of expressions");
    wrong_names(&usual,
                CONSTRAINTS(AQ_UNIQUE(.columns = AQ_COLUMNS("x"), .name = LONG),
                            AQ_EXCLUDE(.parts = AQ_PARTS({.column = "x", .with = "="}), .name = LONG)),
                INDEXES({.columns = AQ_COLUMNS("y"), .name = LONG}),
                "table 'a': unique constraint '" LONG "': the name has 64 bytes: at most 63 are allowed\n"
                "table 'a': exclusion constraint '" LONG "': the name has 64 bytes: at most 63 are allowed\n"
                "table 'a': index '" LONG "': the name has 64 bytes: at most 63 are allowed",
                "names that are too long");
    wrong_names(&(aq_naming_convention_t){.ix = "%(short)s", .tokens = tokens, .token_count = 1},
                (aq_constraints_t){0}, INDEXES({.columns = AQ_COLUMNS("x")}),
                "table 'a': index (x): '%(short)s': there is no short name for a", "a token that fails");
    wrong_names(&(aq_naming_convention_t){0},
                CONSTRAINTS(AQ_UNIQUE(.columns = AQ_COLUMNS("x"), .comment = "no name")), (aq_indexes_t){0},
                "table 'a': unique constraint (x): it has a comment and must have a name to put it on",
                "a comment on what the server names");
}

/* Each of these was told when it was declared. */
static void test_broken(void)
{
    const aq_model_t model = {.name = "A",
                              .size = sizeof(A),
                              .columns = a_columns,
                              .column_count = 3,
                              .constraints =
                                  CONSTRAINTS(AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "zzz"),
                                              AQ_UNIQUE(.columns = AQ_COLUMNS("nope"))),
                              .indexes = INDEXES({.columns = AQ_COLUMNS("nope")})};
    aq__model_registry_t *registry =
        add_with(&(aq_schema_options_t){.naming_convention = usual}, MODELS(&model));

    is_int(aq__models_seal(registry), AQ_EMAPPING, "declarations that are wrong");
    is_int(registry->problems.count, 3, "are told once each, and get no names");
    aq__models_close(registry);
}

static void test_options(void)
{
    aq__model_registry_t *registry = aq__models_create();

    is_int(aq__models_set_options(
               registry, &(aq_schema_options_t){.schema = "s", .naming_convention = {.uq = "%(nonsense)s"}}),
           AQ_EMAPPING, "a convention that makes no sense is refused at once");
    has_str(aq_last_error()->message, "nonsense", "with its text");
    ok(registry->options.schema == NULL, "and the options stay what they were");
    is_int(aq__models_seal(registry), AQ_EMAPPING, "but nobody gets other names in silence");
    is_str(aq_last_error()->message, "naming convention 'uq': '%(nonsense)s': there is no token 'nonsense'",
           "the seal tells it again");
    aq__models_close(registry);
}

/* ---- Twice ---------------------------------------------------------------------------------------------------------------------- */

static void test_collisions(void)
{
    wrong_names(
        &usual,
        CONSTRAINTS(AQ_UNIQUE(.columns = AQ_COLUMNS("x")), AQ_UNIQUE(.columns = AQ_COLUMNS("x", "y"))),
        (aq_indexes_t){0},
        "table 'a': unique constraint (x, y): its name 'uq_a_x' is taken already, by table 'a': unique "
        "constraint (x)",
        "two unique constraints: the convention knows the first column only");
    wrong_names(&(aq_naming_convention_t){0}, (aq_constraints_t){0},
                INDEXES({.columns = AQ_COLUMNS("x")}, {.columns = AQ_COLUMNS("x", "y")}),
                "table 'a': index (x, y): its name 'ix_a_x' is taken already, by table 'a': index (x)",
                "two indexes");
    wrong_names(
        &usual,
        CONSTRAINTS(AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "a"),
                    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "a", .on_delete = AQ_CASCADE)),
        (aq_indexes_t){0},
        "table 'a': foreign key (x): its name 'fk_a_x_a' is taken already, by table 'a': foreign key (x)",
        "two foreign keys");
    wrong_names(
        &(aq_naming_convention_t){0},
        CONSTRAINTS(AQ_CHECK("x > 0", .name = "n"), AQ_UNIQUE(.columns = AQ_COLUMNS("x"), .name = "n"),
                    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "x", .with = "="}), .name = "n")),
        INDEXES({.columns = AQ_COLUMNS("x"), .name = "n"}, {.columns = AQ_COLUMNS("x"), .name = "a"}),
        "table 'a': unique constraint (x): its name 'n' is taken already, by table 'a': check constraint\n"
        "table 'a': exclusion constraint: its name 'n' is taken already, by table 'a': unique constraint "
        "(x)\n"
        "table 'a': index (x): its name 'n' is taken already, by table 'a': unique constraint (x)\n"
        "table 'a': index (x): its name 'a' is taken already, by table 'a'",
        "names of the user's");
}

static void test_collisions_of_tables(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__table_t *a = plain_table(metadata, NULL, "a"), *b = plain_table(metadata, NULL, "b"),
                *c = plain_table(metadata, "s", "c");
    aq__sequence_t options = {.name = "b", .owner = a->columns[0]};
    aq__index_t *index;

    add_check(a, "positive");
    add_check(b, "positive");
    is_str(problems_of(metadata), "", "checks are their table's own");
    index = aq__table_add_index(c, (aq__source_t){0});
    index->name = "a";
    aq__index_add_part(index)->column = c->columns[0];
    is_str(problems_of(metadata), "", "schemas are apart");
    aq__metadata_add_enum(metadata, NULL, "a", (aq__source_t){"m.c", 3, 0});
    aq__metadata_add_sequence(metadata, "s", "c", (aq__source_t){"m.c", 4, 0});
    a->columns[0]->sequence = &options;
    is_str(problems_of(metadata),
           "m.c:3: enum 'a': its name 'a' is taken already, by table 'a'\n"
           "m.c:4: sequence 's.c': its name 'c' is taken already, by table 's.c'\n"
           "sequence 'b': its name 'b' is taken already, by table 'b'",
           "a table is a type and a relation; a serial's sequence is one too");
    aq__metadata_close(metadata);
}

/* ---- No memory ------------------------------------------------------------------------------------------------------------------ */

static int name_some(void)
{
    aq__model_registry_t *registry = aq__models_create();
    int code = registry != NULL ? AQ_OK : AQ_ENOMEM;

    if (code == AQ_OK)
        code = aq__models_set_options(registry, &(aq_schema_options_t){.naming_convention = usual});
    if (code == AQ_OK)
        code = aq__models_add(registry, &Book_model);
    if (code == AQ_OK)
        code = aq__models_add(registry, &Author_model);
    if (code == AQ_OK)
        code = aq__models_seal(registry);
    if (code == AQ_EMAPPING && registry->problems.count == 1) /* two unique constraints of one name */
        code = AQ_OK;
    aq__models_close(registry);
    return code;
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_conventions();
    test_schema();
    test_binds();
    test_sealed_again();
    test_wrong_names();
    test_broken();
    test_options();
    test_collisions();
    test_collisions_of_tables();
    check_each_request("naming", name_some);
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
