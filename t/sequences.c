/* Sequences and enums that belong to no column: what becomes of them, and what is wrong with them, every text whole. */
#include "tap.h"

#include "src/schema/ddl.h"
#include "t/declared.h"

#include <string.h>

typedef struct Invoice {
    aq_object_t object;
    int32_t id;
    int64_t number;
} Invoice;
typedef struct Base {
    aq_object_t object;
    int32_t id;
} Base;

AQ_SEQUENCE(ticket);
AQ_SEQUENCE(receipt_number, .sequence = "Receipt number", .type = AQ_OID_INT4, .start = AQ_SEQUENCE_0,
            .increment = 5, .min = AQ_SEQUENCE_0, .max = 99, .cache = 20, .cycle = true,
            .comment = "printed on receipts");
AQ_SEQUENCE(down, .type = AQ_OID_INT2, .increment = -1, .max = AQ_SEQUENCE_0);
AQ_SEQUENCE(invoice_number, .owned_by = AQ_REF(Invoice, number));
AQ_SEQUENCE(tag_number, .type = AQ_OID_INT8, .schema = "shop", .owned_by = "shop.tag.id");

static const aq_column_t invoice_columns[] = {
    AQ_INT4(Invoice, id, .primary_key = true,
            .sequence = {.type = AQ_OID_INT8, .min = AQ_SEQUENCE_0, .comment = "of invoices"}),
    AQ_INT8(Invoice, number, .server_default = "nextval('invoice_number')", .check = "number > 0",
            .check_name = "counted"),
};
static const aq_constraint_t invoice_constraints[] = {
    AQ_CHECK("id > 0", .not_valid = true),
};
AQ_MODEL(Invoice, invoice_columns, AQ_NONE, .constraints = AQ_LIST(invoice_constraints));
AQ_MODEL(Base, AQ_NONE, AQ_NONE, .abstract = true);

static const aq_column_t tag_columns[] = {
    AQ_COLUMN(INT8, "id", .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_COLUMN(TEXT, "name", .collation = "de", .collation_schema = "shop"),
};
static const aq_index_t tag_indexes[] = {
    {
        .name = "by_name",
        .parts = AQ_PARTS({.column = "name", .collation = "en", .collation_schema = "shop"}),
    },
};
AQ_TABLE(tag, tag_columns, .schema = "shop", .indexes = AQ_LIST(tag_indexes));

static const char *const mood_labels[] = {"sad", "happy"};
static const char *const other_labels[] = {"sad"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels), .comment = "how one is"},
                       shop_enum = {.name = "mood", .schema = "shop", .labels = AQ_LIST(mood_labels)},
                       open_enum = {.name = "open", .schema = AQ_NO_SCHEMA, .labels = AQ_LIST(mood_labels)},
                       other_enum = {.name = "mood", .labels = AQ_LIST(other_labels)},
                       nameless_enum = {.labels = AQ_LIST(mood_labels)}, empty_enum = {.name = "empty"},
                       long_enum = {.name = "", .labels = AQ_LIST(mood_labels)};

/* ---- What is made of them ------------------------------------------------------------------------------------------------- */

static void has_ddl(const aq__model_registry_t *registry, const char *bind, const char *expected,
                    const char *name)
{
    aq_text_t sql = {0};

    aq__ddl_append(&sql, aq__models_metadata(registry, bind));
    is_text(aq_text_string(&sql), expected, "%s", name);
    aq_text_dispose(&sql);
}

static int add_alone(aq__model_registry_t *registry)
{
    int code = aq__models_add_sequence(registry, &ticket_sequence);

    if (code == AQ_OK)
        code = aq__models_add_sequence(registry, &receipt_number_sequence);
    if (code == AQ_OK)
        code = aq__models_add_sequence(registry, &down_sequence);
    if (code == AQ_OK)
        code = aq__models_add_sequence(registry, &invoice_number_sequence);
    if (code == AQ_OK)
        code = aq__models_add_sequence(registry, &tag_number_sequence);
    if (code == AQ_OK)
        code = aq__models_add_enum(registry, NULL, &mood_enum);
    if (code == AQ_OK)
        code = aq__models_add_enum(registry, NULL, &shop_enum);
    if (code == AQ_OK)
        code = aq__models_add(registry, &Invoice_model);
    if (code == AQ_OK)
        code = aq__models_add_table(registry, &tag_table);
    return code == AQ_OK ? aq__models_seal(registry) : code;
}

static void test_made(void)
{
    aq__model_registry_t *registry = aq__models_create();

    is_int(add_alone(registry), AQ_OK, "sequences and enums are declared");
    has_ddl(
        registry, NULL,
        "CREATE SCHEMA IF NOT EXISTS shop;\n"
        "\n"
        "CREATE TYPE mood AS ENUM ('sad', 'happy');\n"
        "CREATE TYPE shop.mood AS ENUM ('sad', 'happy');\n"
        "\n"
        "CREATE SEQUENCE ticket;\n"
        "CREATE SEQUENCE \"Receipt number\" AS INTEGER INCREMENT BY 5 START WITH 0 MINVALUE 0 MAXVALUE 99 "
        "CACHE 20 CYCLE;\n"
        "CREATE SEQUENCE down AS SMALLINT INCREMENT BY -1 MAXVALUE 0;\n"
        "CREATE SEQUENCE invoice_number;\n"
        "CREATE SEQUENCE shop.tag_number;\n"
        "\n"
        "CREATE SEQUENCE invoice_id_seq MINVALUE 0;\n"
        "CREATE TABLE invoice (\n"
        "    id INTEGER DEFAULT nextval('invoice_id_seq'::regclass) NOT NULL,\n"
        "    number BIGINT DEFAULT nextval('invoice_number') NOT NULL,\n"
        "    PRIMARY KEY (id),\n"
        "    CONSTRAINT counted CHECK (number > 0)\n"
        ");\n"
        "ALTER SEQUENCE invoice_id_seq OWNED BY invoice.id;\n"
        "ALTER TABLE invoice ADD CHECK (id > 0) NOT VALID;\n"
        "\n"
        "CREATE TABLE shop.tag (\n"
        "    id BIGINT NOT NULL,\n"
        "    name TEXT COLLATE shop.de NOT NULL,\n"
        "    PRIMARY KEY (id)\n"
        ");\n"
        "CREATE INDEX by_name ON shop.tag (name COLLATE shop.en);\n"
        "\n"
        "ALTER SEQUENCE invoice_number OWNED BY invoice.number;\n"
        "ALTER SEQUENCE shop.tag_number OWNED BY shop.tag.id;\n"
        "\n"
        "COMMENT ON TYPE mood IS 'how one is';\n"
        "COMMENT ON SEQUENCE \"Receipt number\" IS 'printed on receipts';\n"
        "COMMENT ON SEQUENCE invoice_id_seq IS 'of invoices';\n",
        "and created");
    aq__models_close(registry);
}

static void test_places(void)
{
    aq__model_registry_t *registry = aq__models_create();
    aq_sequence_t elsewhere = {.name = "ticket", .bind = "blog"};

    is_int(aq__models_set_options(registry, &(aq_schema_options_t){.schema = "app"}), AQ_OK, "options");
    is_int(aq__models_add_sequence(registry, &ticket_sequence), AQ_OK, "a sequence");
    is_int(aq__models_add_sequence(registry, &ticket_sequence), AQ_OK, "may be added twice");
    is_int(aq__models_add_sequence(registry, &elsewhere), AQ_OK, "another bind has its own");
    is_int(aq__models_add_enum(registry, "", &mood_enum), AQ_OK, "an enum");
    is_int(aq__models_add_enum(registry, NULL, &mood_enum), AQ_OK, "may be added twice");
    is_int(aq__models_add_enum(registry, "blog", &open_enum), AQ_OK, "or to another bind");
    is_int(aq__models_set_options(registry, &(aq_schema_options_t){0}), AQ_EINVAL, "options come first");
    is_int(aq__models_seal(registry), AQ_OK, "all is fine");
    has_ddl(registry, NULL,
            "CREATE SCHEMA IF NOT EXISTS app;\n\nCREATE TYPE app.mood AS ENUM ('sad', 'happy');\n\n"
            "CREATE SEQUENCE app.ticket;\n\nCOMMENT ON TYPE app.mood IS 'how one is';\n",
            "the options' schema is that of those that name none");
    has_ddl(registry, "blog",
            "CREATE SCHEMA IF NOT EXISTS app;\n\nCREATE TYPE open AS ENUM ('sad', 'happy');\n\n"
            "CREATE SEQUENCE app.ticket;\n",
            "in the other bind as well, unless it is AQ_NO_SCHEMA");
    is_int(aq__models_add_sequence(registry, &down_sequence), AQ_EINVAL, "too late for a sequence");
    is_str(aq_last_error()->message, "sequence 'down': sequences are added before the first context is made",
           "the whole text");
    is_int(aq__models_add_enum(registry, NULL, &shop_enum), AQ_EINVAL, "and for an enum");
    is_str(aq_last_error()->message, "enum 'mood': enums are added before the first context is made",
           "the whole text");
    aq__models_close(registry);
}

/* ---- Defaults that draw from another table's sequence ------------------------------------------------------------------------ */

static const aq_column_t early_columns[] = {
    AQ_COLUMN(INT4, "id", .server_default = "nextval('late_id_seq'::regclass)"),
    AQ_COLUMN(INT4, "b", .server_default = "1 + NEXTVAL('shop.\"It''s_No_seq\"')"),
    AQ_COLUMN(INT4, "c", .server_default = "nextval('\"It''s_No_seq\"')"),
    AQ_COLUMN(INT4, "d", .server_default = "nextval('late_id_seq2')"),
    AQ_COLUMN(TEXT, "e", .server_default = "'nextval'"),
    AQ_COLUMN(INT8, "f", .server_default = "nextval('own')"),
};
AQ_TABLE(early, early_columns);
static const aq_column_t late_columns[] = {
    AQ_COLUMN(INT4, "id", .primary_key = true),
    AQ_COLUMN(INT4, "other", .server_default = "nextval('late_id_seq')"),
    AQ_COLUMN(INT8, "own", .autoincrement = AQ_IDENTITY, .sequence = {.name = "own"}),
};
AQ_TABLE(late, late_columns);
static const aq_column_t its_columns[] = {
    AQ_COLUMN(INT4, "No", .primary_key = true),
    AQ_COLUMN(INT4, "back", .server_default = "nextval('late_id_seq')"),
};
AQ_TABLE(its, its_columns, .table = "It's", .schema = "shop");

static void test_drawn(void)
{
    aq__model_registry_t *registry = aq__models_create();

    (void)aq__models_add_table(registry, &early_table);
    (void)aq__models_add_table(registry, &late_table);
    (void)aq__models_add_table(registry, &its_table);
    is_int(aq__models_seal(registry), AQ_OK, "tables draw from each other's sequences");
    has_ddl(registry, NULL,
            "CREATE SCHEMA IF NOT EXISTS shop;\n"
            "\n"
            "CREATE TABLE early (\n"
            "    id INTEGER NOT NULL,\n"
            "    b INTEGER NOT NULL,\n"
            "    c INTEGER NOT NULL,\n"
            "    d INTEGER DEFAULT nextval('late_id_seq2') NOT NULL,\n"
            "    e TEXT DEFAULT 'nextval' NOT NULL,\n"
            "    f BIGINT NOT NULL\n"
            ");\n"
            "\n"
            "CREATE TABLE late (\n"
            "    id SERIAL NOT NULL,\n"
            "    other INTEGER DEFAULT nextval('late_id_seq') NOT NULL,\n"
            "    own BIGINT GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME own),\n"
            "    PRIMARY KEY (id)\n"
            ");\n"
            "\n"
            "CREATE TABLE shop.\"It's\" (\n"
            "    \"No\" SERIAL NOT NULL,\n"
            "    back INTEGER DEFAULT nextval('late_id_seq') NOT NULL,\n"
            "    PRIMARY KEY (\"No\")\n"
            ");\n"
            "\n"
            "ALTER TABLE early ALTER COLUMN id SET DEFAULT nextval('late_id_seq'::regclass);\n"
            "ALTER TABLE early ALTER COLUMN b SET DEFAULT 1 + NEXTVAL('shop.\"It''s_No_seq\"');\n"
            "ALTER TABLE early ALTER COLUMN c SET DEFAULT nextval('\"It''s_No_seq\"');\n"
            "ALTER TABLE early ALTER COLUMN f SET DEFAULT nextval('own');\n",
            "a default comes last where the sequence comes with a later table");
    aq__models_close(registry);
}

/* ---- Names of checks ----------------------------------------------------------------------------------------------------------- */

static void test_check_names(void)
{
    static const aq_column_t columns[] = {
        AQ_COLUMN(INT4, "age", .check = "age >= 0", .check_name = "positive"),
        AQ_COLUMN(INT4, "size", .check = "size >= 0"),
    };
    static const aq_table_t table = {.name = "t", .columns = columns, .column_count = 2},
                            named = {.name = "t", .columns = columns, .column_count = 1};
    const aq_schema_options_t options = {
        .naming_convention = {.ck = "ck_%(table_name)s_%(constraint_name)s"}};
    aq__model_registry_t *registry = aq__models_create();

    is_int(aq__models_set_options(registry, &options), AQ_OK, "a convention that asks for names");
    (void)aq__models_add_table(registry, &named);
    is_int(aq__models_seal(registry), AQ_OK, "a column's check has one");
    has_ddl(registry, NULL,
            "CREATE TABLE t (\n    age INTEGER NOT NULL,\n"
            "    CONSTRAINT ck_t_positive CHECK (age >= 0)\n);\n",
            "which the convention makes longer");
    aq__models_close(registry);
    registry = aq__models_create();
    (void)aq__models_set_options(registry, &options);
    (void)aq__models_add_table(registry, &table);
    has_problems(registry,
                 "table 't': check constraint (size): it has no name, and the naming convention has "
                 "%(constraint_name)s",
                 "a check without a name");
}

/* ---- What is wrong ---------------------------------------------------------------------------------------------------------- */

static void refuse_sequence(const aq_sequence_t *sequence, const char *expected)
{
    aq__model_registry_t *registry = add_all(MODELS(&Invoice_model, &Base_model));

    (void)aq__models_add_table(registry, &tag_table);
    (void)aq__models_add_sequence(registry, &ticket_sequence);
    (void)aq__models_add_sequence(registry, sequence);
    has_problems(registry, expected, expected);
}

#define refuse(expected, ...) refuse_sequence(&(const aq_sequence_t){.name = "s", __VA_ARGS__}, expected)

static void test_wrong_sequences(void)
{
    refuse("sequence '': the name is empty", .sequence = "");
    refuse("sequence 's': schema '': the name is empty", .schema = "");
    refuse("sequence 'ticket': it is declared already", .sequence = "ticket");
    refuse("sequence 'invoice': its name 'invoice' is taken already, by table 'invoice'",
           .sequence = "invoice");
    refuse("sequence 's': .type is 25: a sequence is AQ_OID_INT2, AQ_OID_INT4 or AQ_OID_INT8",
           .type = AQ_OID_TEXT);
    refuse("sequence 's': .start is 32768, which int2 cannot hold", .type = AQ_OID_INT2, .start = 32768);
    refuse("sequence 's': .min is -32769, which int2 cannot hold", .type = AQ_OID_INT2, .min = -32769);
    refuse("sequence 's': .max is 2147483648, which int4 cannot hold", .type = AQ_OID_INT4,
           .max = 2147483648);
    refuse("sequence 's': .increment is AQ_SEQUENCE_0: it cannot be 0", .increment = AQ_SEQUENCE_0);
    refuse("sequence 's': .cache is -1: it is 1 or more", .cache = -1);
    refuse("sequence 's': .min is 0 and .max is 0: nothing is between them", .min = AQ_SEQUENCE_0,
           .max = AQ_SEQUENCE_0);
    refuse("sequence 's': .start is 0: it is 1 to 9223372036854775807", .start = AQ_SEQUENCE_0);
    refuse("sequence 's': .start is 1: it is -9223372036854775808 to -1", .start = 1, .increment = -1);
    refuse("", .start = INT64_MIN, .min = INT64_MIN, .max = INT64_MAX, .increment = INT64_MAX);
}

static void test_wrong_owners(void)
{
    refuse("sequence 's': .owned_by is 'Nope->id', but there is no model 'Nope': was it added?",
           .owned_by = "Nope->id");
    refuse("sequence 's': .owned_by is 'Invoice->nope', but the model has no column 'nope' in its table",
           .owned_by = "Invoice->nope");
    refuse("sequence 's': .owned_by is 'Base->id', but the model has no column 'id' in its table",
           .owned_by = "Base->id");
    refuse("sequence 's': .owned_by is 'id': it must be AQ_REF(Model, member) or 'table.column'",
           .owned_by = "id");
    refuse("sequence 's': .owned_by is 'invoice.': it must be AQ_REF(Model, member) or 'table.column'",
           .owned_by = "invoice.");
    refuse("sequence 's': .owned_by is 'nope.id', but there is no such table", .owned_by = "nope.id");
    refuse("sequence 's': .owned_by is 'shop.tag.nope', but there is no such column",
           .owned_by = "shop.tag.nope");
    refuse("sequence 's': .owned_by is 'shop.tag.id', whose table is in another schema: they must be in the "
           "same one",
           .owned_by = "shop.tag.id");
    refuse("sequence 's': .owned_by is 'Invoice->id', which is in another bind",
           .owned_by = AQ_REF(Invoice, id), .bind = "blog");
    refuse("", .owned_by = "invoice.id");
    refuse("", .owned_by = AQ_REF(Invoice, number), .bind = AQ_DEFAULT_BIND);
}

static void refuse_enum(const aq_enum_t *enumeration, const char *expected)
{
    aq__model_registry_t *registry = aq__models_create();

    (void)aq__models_add_enum(registry, NULL, &mood_enum);
    (void)aq__models_add_enum(registry, NULL, enumeration);
    (void)aq__models_add_enum(registry, NULL, enumeration); /* which is told once */
    has_problems(registry, expected, expected);
}

static void test_wrong_enums(void)
{
    refuse_enum(&other_enum, "enum 'mood': it is declared twice, with different labels");
    refuse_enum(&nameless_enum, "enum '': it has no name");
    refuse_enum(&empty_enum, "enum 'empty': it has no labels");
    refuse_enum(&long_enum, "enum '': the name is empty");
    refuse_enum(&shop_enum, "");
}

static int declare_or_fail(void)
{
    aq__model_registry_t *registry = aq__models_create();
    int code = registry != NULL ? add_alone(registry) : AQ_ENOMEM;

    aq__models_close(registry);
    return code;
}

static int refuse_or_fail(void)
{
    static const aq_sequence_t wrong_start = {.name = "s", .start = AQ_SEQUENCE_0},
                               wrong_owner = {.name = "t", .owned_by = "nope.id"};
    aq__model_registry_t *registry = aq__models_create();
    int code = registry != NULL ? aq__models_add_sequence(registry, &wrong_start) : AQ_ENOMEM;

    if (code == AQ_EMAPPING)
        code = aq__models_add_sequence(registry, &wrong_owner);
    if (code == AQ_OK)
        code = aq__models_seal(registry);
    aq__models_close(registry);
    return code == AQ_EMAPPING ? AQ_OK : code;
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_made();
    test_places();
    test_drawn();
    test_check_names();
    test_wrong_sequences();
    test_wrong_owners();
    test_wrong_enums();
    check_each_request("sequences and enums", declare_or_fail);
    check_each_request("wrong sequences", refuse_or_fail);
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
