/* What is refused when it is declared: columns, enums, constraints and indexes that are wrong by themselves; every text, whole. */
#include "tap.h"

#include "src/schema/text_form.h"
#include "t/declared.h"

#include <string.h>

typedef enum mood { MOOD_SAD, MOOD_HAPPY } mood_t;
static const char *const mood_labels[] = {[MOOD_SAD] = "sad", [MOOD_HAPPY] = "happy"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels)};

typedef struct point {
    double x, y;
} point_t;

typedef struct B {
    aq_object_t object;
    int32_t id;
} B;
typedef struct A {
    aq_object_t object;
    int32_t id;
    int32_t x;
    int32_t y;
    aq_int4_null_t maybe;
    int16_t small;
    const char *name;
    aq_text_array_t names;
    bool yes;
    double ratio;
    aq_timestamp_t created;
    mood_t mood;
    mood_t other_mood;
    aq_enum_array_t moods;
    point_t point;
    B b;
} A;

static const char long_name[] = "a123456789a123456789a123456789a123456789a123456789a123456789a123";
static const char *const twice_labels[] = {"sad", "sad"}, *const hole_labels[] = {[1] = "sad"},
                         *const long_labels[] = {long_name}, *const bad_labels[] = {"\xff"};
static const aq_enum_t empty_enum = {.name = "empty"},
                       hole_enum = {.name = "hole", .labels = AQ_LIST(hole_labels)},
                       twice_enum = {.name = "twice", .labels = AQ_LIST(twice_labels)},
                       missing_enum = {.name = "missing", .labels = {NULL, 2}},
                       long_enum = {.name = "long", .labels = AQ_LIST(long_labels)},
                       bad_enum = {.name = "bad", .labels = AQ_LIST(bad_labels)},
                       nameless_enum = {.name = "", .labels = AQ_LIST(mood_labels)},
                       nowhere_enum = {.name = "mood", .schema = "\xff", .labels = AQ_LIST(mood_labels)};
static const aq_custom_t empty_type = {.sql_type = "point"}, blank_type = {.sql_type = ""};

static int set_one(void *member, const void *object)
{
    (void)object;
    *(int32_t *)member = 1;
    return AQ_OK;
}

/* ---- Columns --------------------------------------------------------------------------------------------------------------- */

/* A model of a key and one more column. */
static void refuse_column(aq_column_t column, const char *expected)
{
    aq_column_t columns[] = {AQ_INT4(A, id, .primary_key = true), column};
    aq_model_t model = {.name = "A", .size = sizeof(A), .columns = columns, .column_count = 2};

    has_problems(add_all(MODELS(&model)), expected, expected);
}

/* A plain table of one column. */
static void refuse_plain_column(aq_column_t column, const char *expected)
{
    aq_table_t table = {.table = "a", .columns = &column, .column_count = 1};
    aq__model_registry_t *registry = aq__models_create();

    (void)aq__models_add_table(registry, &table);
    has_problems(registry, expected, expected);
}

#define refuse(expected, ...) refuse_column((aq_column_t)__VA_ARGS__, expected)
#define refuse_plain(expected, ...) refuse_plain_column((aq_column_t)__VA_ARGS__, expected)

static void test_types(void)
{
    aq_column_t no_null = AQ_INT4(A, x), text = AQ_TEXT(A, name);

    refuse("A.x: .length is 3, which is for varchar and char", AQ_INT4(A, x, .length = 3));
    refuse("A.name: .length is -1, which is for varchar and char", AQ_TEXT(A, name, .length = -1));
    refuse_plain("table 'a'.x: .length is -1: it is 1 to 10485760", AQ_COLUMN(VARCHAR, "x", .length = -1));
    refuse_plain("table 'a'.x: .length is 10485761: it is 1 to 10485760",
                 AQ_COLUMN(BPCHAR, "x", .length = 10485761));
    refuse("A.x: .precision is 3, which is for numeric, times and intervals", AQ_INT4(A, x, .precision = 3));
    refuse("A.name: .precision is 1001: that of numeric is 1 to 1000",
           AQ_NUMERIC(A, name, .precision = 1001));
    refuse("A.name: .precision is -1: that of numeric is 1 to 1000",
           AQ_NUMERIC(A, name, .precision = AQ_PRECISION_0));
    refuse("A.created: .precision is 7: that of times and intervals is 1 to 6, or AQ_PRECISION_0",
           AQ_TIMESTAMP(A, created, .precision = 7));
    refuse("A.name: .scale is 2, which is for numeric, beside .precision", AQ_NUMERIC(A, name, .scale = 2));
    refuse("A.name: .scale is 1001: it is -1000 to 1000", AQ_NUMERIC(A, name, .precision = 2, .scale = 1001));
    refuse("A.name: .sql_type is 'citext', the whole type: it says length, precision and scale itself",
           AQ_VARCHAR(A, name, 3, .sql_type = "citext"));
    refuse("A.x: .collation is 'C', which int4 does not have", AQ_INT4(A, x, .collation = "C"));
    refuse("A.mood: .collation is 'C', which mood does not have",
           AQ_ENUM(A, mood, &mood_enum, .collation = "C"));
    refuse("", AQ_TEXT_ARRAY(A, names, .collation = "C"));
    refuse("A.mood: it has no type", AQ_ENUM(A, mood, NULL));
    refuse_plain("table 'a'.x: .type is 1, which is no AQ_OID_...", {.name = "x", .type = 1});
    refuse_plain("table 'a'.x: .array is for enums: other types have array types of their own",
                 AQ_COLUMN(INT4, "x", .array = true));
    refuse("A.x: it has more than one of .type, .enumeration and .custom",
           AQ_INT4(A, x, .enumeration = &mood_enum));
    refuse("A.point: its custom type needs sql_type, encode and decode",
           AQ_CUSTOM(A, point, point_t, &empty_type));
    refuse("A.point: its custom type needs sql_type, encode and decode",
           AQ_CUSTOM(A, point, point_t, &blank_type));
    no_null.nullable = text.nullable = true;
    refuse_column(no_null, "A.x: .nullable is set, and the member cannot be NULL: use the macro that ends in "
                           "_NULL");
    refuse_column(text, "");
    refuse("A.name: json cannot be compared, so it has no .primary_key, .unique, .index or .references",
           AQ_JSON(A, name, .unique = true));
    refuse("", AQ_JSONB(A, name, .unique = true));
    refuse("A.name: .sql_type is ' ', which says nothing", AQ_TEXT(A, name, .sql_type = " "));
    refuse("A.name: .collation is '', which says nothing", AQ_TEXT(A, name, .collation = ""));
    refuse("A.name: .collation_schema is '', which says nothing",
           AQ_TEXT(A, name, .collation = "de", .collation_schema = ""));
    refuse("A.name: .collation_schema is 'app', and it has no .collation",
           AQ_TEXT(A, name, .collation_schema = "app"));
    refuse("A.x: .check_name is 'positive', and it has no .check", AQ_INT4(A, x, .check_name = "positive"));
    refuse("A.x: .check_name '': the name is empty", AQ_INT4(A, x, .check = "x > 0", .check_name = ""));
    refuse("", AQ_INT4(A, x, .check = "x > 0", .check_name = "positive"));
}

static void test_enums(void)
{
    static const aq_column_t both[] = {AQ_INT4(A, id, .primary_key = true), AQ_ENUM(A, mood, &twice_enum),
                                       AQ_ENUM(A, other_mood, &twice_enum)};
    AQ_MODEL(A, both, AQ_NONE);

    refuse("A.mood: its enum has no name or no labels", AQ_ENUM(A, mood, &empty_enum));
    refuse("A.mood: its enum has no name or no labels", AQ_ENUM(A, mood, &missing_enum));
    refuse("enum 'twice': two labels are 'sad'", AQ_ENUM(A, mood, &twice_enum));
    refuse("enum 'hole': it has no label for 0", AQ_ENUM(A, mood, &hole_enum));
    refuse("enum 'long': label 'a123456789a123456789a123456789a123456789a123456789a123456789a123' has 64 "
           "bytes: at most 63 are allowed",
           AQ_ENUM(A, mood, &long_enum));
    refuse("enum 'bad': label 0 is not valid UTF-8", AQ_ENUM(A, mood, &bad_enum));
    refuse("enum '': the name is empty", AQ_ENUM(A, mood, &nameless_enum));
    refuse("enum 'mood': schema '...': the name is not valid UTF-8", AQ_ENUM(A, mood, &nowhere_enum));
    wrong("enum 'twice': two labels are 'sad'", "of two columns it is told once", &A_model);
}

static void test_values(void)
{
    refuse("A.x: .generated leaves no room for a default",
           AQ_INT4(A, x, .generated = "id + 1", .server_default = "1"));
    refuse("A.x: .default_value and .default_cb are one too many",
           AQ_INT4(A, x, .default_value = "1", .default_cb = set_one));
    refuse("A.x: .server_default is '', which says nothing", AQ_INT4(A, x, .server_default = ""));
    refuse("A.x: .generated is '', which says nothing", AQ_INT4(A, x, .generated = ""));
    refuse("A.x: .check is '\t', which says nothing", AQ_INT4(A, x, .check = "\t"));
    refuse_plain(
        "table 'a'.x: .default_cb and .update_cb set a member, which a table without a model has not",
        AQ_COLUMN(INT4, "x", .default_cb = set_one));
    refuse("A.x: .autoincrement leaves no room for .server_default or .generated",
           AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .server_default = "1"));
    refuse("A.name: .autoincrement is for int2, int4 and int8, and it is text",
           AQ_TEXT(A, name, .autoincrement = AQ_IDENTITY));
    refuse("A.names: .autoincrement is for int2, int4 and int8, and it is text[]",
           AQ_TEXT_ARRAY(A, names, .autoincrement = AQ_IDENTITY));
    refuse("A.maybe: .autoincrement makes it NOT NULL", AQ_INT4_NULL(A, maybe, .autoincrement = AQ_SERIAL));
    refuse("A.x: .autoincrement is 99, which is no aq_autoincrement_t", AQ_INT4(A, x, .autoincrement = 99));
    refuse("A.x: AQ_IDENTITY_ALWAYS leaves no room for a value of the client's",
           AQ_INT4(A, x, .autoincrement = AQ_IDENTITY_ALWAYS, .default_value = "1"));
    refuse("A.maybe: a primary key cannot be NULL", AQ_INT4_NULL(A, maybe, .primary_key = true));
    refuse("A.x: .default_value is 'abc': int4 needs an integer of -2147483648 to 2147483647",
           AQ_INT4(A, x, .default_value = "abc"));
    refuse("A.mood: .default_value is 'glad': mood needs one of its labels",
           AQ_ENUM(A, mood, &mood_enum, .default_value = "glad"));
    refuse("", AQ_ENUM(A, mood, &mood_enum, .default_value = "happy"));
    refuse("A.moods: .default_value is 'sad': mood[] needs a list in braces, as {}",
           AQ_ENUM_ARRAY(A, moods, &mood_enum, .default_value = "sad"));
    refuse("A.name: .default_value is 'four': varchar needs a text that is not longer than its .length",
           AQ_VARCHAR(A, name, 3, .default_value = "four"));
    refuse("", AQ_VARCHAR(A, name, 3, .default_value = "\xc3\xa4\xc3\xb6\xc3\xbc"));
    refuse("", AQ_TEXT(A, name, .sql_type = "citext", .default_value = ""));
}

static void test_sequences(void)
{
    refuse("a.x: .sequence is for serial and identity columns, and it is neither",
           AQ_INT4(A, x, .sequence = {.start = 5}));
    refuse("a.x: .sequence is for serial and identity columns, and it is neither",
           AQ_INT4(A, x, .primary_key = true, .sequence = {.start = 5})); /* a compound key */
    refuse("a.x: .sequence is for serial and identity columns, and it is neither",
           AQ_INT4(A, x, .autoincrement = AQ_AUTOINCREMENT_OFF, .sequence = {.start = 5}));
    refuse("A.small: .sequence.start is 32768, which int2 cannot hold",
           AQ_INT2(A, small, .autoincrement = AQ_SERIAL, .sequence = {.start = 32768}));
    refuse("A.x: .sequence.cache is -1: it is 1 or more",
           AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .sequence = {.cache = -1}));
    refuse("A.x: .sequence.min is 9 and .max is 8: nothing is between them",
           AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .sequence = {.min = 9, .max = 8}));
    refuse("A.x: .sequence.start is 9: it is 1 to 8",
           AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .sequence = {.start = 9, .max = 8}));
    refuse("A.x: .sequence.start is 9: it is -2147483648 to -1",
           AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .sequence = {.start = 9, .increment = -1}));
    refuse("A.x: .sequence.type is 25: a sequence is AQ_OID_INT2, AQ_OID_INT4 or AQ_OID_INT8",
           AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .sequence = {.type = AQ_OID_TEXT}));
    refuse("A.x: .sequence.type is int8, but the sequence of an identity has its type, int4",
           AQ_INT4(A, x, .autoincrement = AQ_IDENTITY, .sequence = {.type = AQ_OID_INT8}));
    refuse("", AQ_INT4(A, x, .autoincrement = AQ_IDENTITY, .sequence = {.type = AQ_OID_INT4}));
    refuse("", AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .sequence = {.type = AQ_OID_INT8}));
    refuse("A.x: .sequence.increment is AQ_SEQUENCE_0: it cannot be 0",
           AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .sequence = {.increment = AQ_SEQUENCE_0}));
    refuse("A.x: .sequence.start is 0: it is 1 to 2147483647",
           AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .sequence = {.start = AQ_SEQUENCE_0}));
    refuse("", AQ_INT4(A, x, .autoincrement = AQ_SERIAL,
                       .sequence = {.start = AQ_SEQUENCE_0, .min = AQ_SEQUENCE_0}));
    refuse("a.x: .sequence is for serial and identity columns, and it is neither",
           AQ_INT4(A, x, .sequence = {.comment = "of x"}));
    refuse("A.x: .sequence.name '': the name is empty",
           AQ_INT4(A, x, .autoincrement = AQ_SERIAL, .sequence = {.name = ""}));
}

static void test_references(void)
{
    refuse("A.x: .on_delete, .on_update and .deferrable are for columns with .references",
           AQ_INT4(A, x, .on_delete = AQ_CASCADE));
    refuse("A.x: .on_delete is 99, which is no aq_action_t",
           AQ_INT4(A, x, .references = "a.id", .on_delete = 99));
    refuse("A.x: .on_update is 99, which is no aq_action_t",
           AQ_INT4(A, x, .references = "a.id", .on_update = 99));
    refuse("A.x: .deferrable is 99, which is no aq_deferrable_t",
           AQ_INT4(A, x, .references = "a.id", .deferrable = 99));
    refuse("A.x: .on_delete sets NULL what is NOT NULL",
           AQ_INT4(A, x, .references = "a.id", .on_delete = AQ_SET_NULL));
    refuse("A.x: .on_update sets NULL what is NOT NULL",
           AQ_INT4(A, x, .references = "a.id", .on_update = AQ_SET_NULL));
    refuse("A.x: .on_delete sets the default, which is NULL, what is NOT NULL",
           AQ_INT4(A, x, .references = "a.id", .on_delete = AQ_SET_DEFAULT));
    refuse("A.x: .on_update changes what is .generated",
           AQ_INT4(A, x, .references = "a.id", .on_update = AQ_CASCADE, .generated = "id"));
    refuse("A.x: .references is 'id': it must be AQ_REF(Model, member) or 'table.column'",
           AQ_INT4(A, x, .references = "id"));
    refuse("a.x: its foreign key refers to 'zzz.id', but there is no table 'zzz'",
           AQ_INT4(A, x, .references = "zzz.id"));
    refuse("a.x: its foreign key refers to 's.zzz.id', but there is no table 's.zzz'",
           AQ_INT4(A, x, .references = "s.zzz.id"));
    refuse("a.x: its foreign key refers to 'a.nope', but table 'a' has no column 'nope'",
           AQ_INT4(A, x, .references = "a.nope"));
    refuse("a.name: its foreign key refers to 'a.id', but the one is text and the other int4",
           AQ_TEXT(A, name, .references = "a.id"));
    refuse("a.names: its foreign key refers to 'a.id', but the one is text[] and the other int4",
           AQ_TEXT_ARRAY(A, names, .references = "a.id"));
    refuse("a.mood: its foreign key refers to 'a.id', but the one is mood and the other int4",
           AQ_ENUM(A, mood, &mood_enum, .references = "a.id"));
    refuse("", AQ_INT2(A, small, .references = "a.id"));
    refuse("", AQ_TEXT(A, name, .references = "a.id", .sql_type = "domain_of_mine"));
    refuse("a.x: its foreign key refers to 'B->id', but there is no model 'B': was it added?",
           AQ_INT4(A, x, .references = AQ_REF(B, id)));
    refuse("a.x: its foreign key refers to 'A->y', but the model has no column 'y' in its table",
           AQ_INT4(A, x, .references = AQ_REF(A, y)));
}

static void test_names(void)
{
    refuse("A.x: the column 'id' is declared already, for id", AQ_INT4(A, x, .name = "id"));
    refuse("A.id: the member is the column 'id' already", AQ_INT4(A, id, .name = "other"));
    refuse("A.x: column '': the name is empty", AQ_INT4(A, x, .name = ""));
    refuse("A.x: column 'a123456789a123456789a123456789a123456789a123456789a123456789a123': the name has 64 "
           "bytes: at most 63 are allowed",
           AQ_INT4(A, x, .name = long_name));
    refuse("A.x: column '...': the name is not valid UTF-8", AQ_INT4(A, x, .name = "\xff"));
    refuse("A.x: column 'ctid': the server has one of this name in each table",
           AQ_INT4(A, x, .name = "ctid"));
    refuse("A: its columns have B.id, of another struct", AQ_INT4(B, id));
    refuse("A: its column 'x' is no member of a struct", AQ_COLUMN(INT4, "x"));
}

/* ---- Constraints and indexes ----------------------------------------------------------------------------------------------- */

static const aq_column_t a_columns[] = {AQ_INT4(A, id, .primary_key = true), AQ_INT4(A, x),
                                        AQ_INT4_NULL(A, maybe)};

static void refuse_constraint(aq_constraint_t constraint, const char *expected)
{
    aq_model_t model = {.name = "A",
                        .size = sizeof(A),
                        .columns = a_columns,
                        .column_count = AQ__COUNT_OF(a_columns),
                        .constraints = {&constraint, 1}};

    has_problems(add_all(MODELS(&model)), expected, expected);
}

static void refuse_index(aq_index_t index, const char *expected)
{
    aq_model_t model = {.name = "A",
                        .size = sizeof(A),
                        .columns = a_columns,
                        .column_count = AQ__COUNT_OF(a_columns),
                        .indexes = {&index, 1}};

    has_problems(add_all(MODELS(&model)), expected, expected);
}

#define refuse_c(expected, ...) refuse_constraint((aq_constraint_t)__VA_ARGS__, expected)
#define refuse_i(expected, ...) refuse_index((aq_index_t)__VA_ARGS__, expected)

static void test_constraints(void)
{
    refuse_c("A: AQ_PRIMARY_KEY: the table has a primary key already",
             AQ_PRIMARY_KEY(.columns = AQ_COLUMNS("x")));
    refuse_c("A: AQ_UNIQUE: it has no columns", AQ_UNIQUE(.name = "u"));
    refuse_c("A: AQ_UNIQUE: .name '': the name is empty", AQ_UNIQUE(.name = "", .columns = AQ_COLUMNS("x")));
    refuse_c("A: AQ_UNIQUE: .name_final is set, and it has no .name",
             AQ_UNIQUE(.name_final = true, .columns = AQ_COLUMNS("x")));
    refuse_c("A: AQ_UNIQUE: it names a column 'nope', which the table has not",
             AQ_UNIQUE(.columns = AQ_COLUMNS("x", "nope")));
    refuse_c("A: AQ_UNIQUE: it names a column 'more', which the table has not",
             AQ_UNIQUE(.columns = AQ_COLUMNS("x"), .include = AQ_COLUMNS("more")));
    refuse_c("A: AQ_UNIQUE: it names the column 'x' twice", AQ_UNIQUE(.columns = AQ_COLUMNS("x", "id", "x")));
    refuse_c("A: AQ_UNIQUE: it names the column 'x' twice",
             AQ_UNIQUE(.columns = AQ_COLUMNS("x"), .include = AQ_COLUMNS("x")));
    refuse_c("A: AQ_UNIQUE: it has no .not_valid", AQ_UNIQUE(.columns = AQ_COLUMNS("x"), .not_valid = true));
    refuse_c("", AQ_CHECK("x > 0", .not_valid = true));
    refuse_c("", AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "a", .not_valid = true));
    refuse_c("A: AQ_UNIQUE: it has no .where", AQ_UNIQUE(.columns = AQ_COLUMNS("x"), .where = "x > 0"));
    refuse_c("A: AQ_CHECK: it has no expression", AQ_CHECK(NULL, .name = "c"));
    refuse_c("A: AQ_CHECK: .check is '', which says nothing", AQ_CHECK(""));
    refuse_c("A: AQ_CHECK: it has no .deferrable", AQ_CHECK("x > 0", .deferrable = AQ_INITIALLY_DEFERRED));
    refuse_c("A: AQ_UNIQUE: .deferrable is 99, which is no aq_deferrable_t",
             AQ_UNIQUE(.columns = AQ_COLUMNS("x"), .deferrable = 99));
    refuse_c("A: AQ_EXCLUDE: it has no parts", AQ_EXCLUDE(.name = "e"));
    refuse_c("A: AQ_EXCLUDE: it has no .columns",
             AQ_EXCLUDE(.columns = AQ_COLUMNS("x"), .parts = AQ_PARTS({.column = "x", .with = "="})));
    refuse_c("A: AQ_EXCLUDE: each part must say .with which operator it is compared",
             AQ_EXCLUDE(.parts = AQ_PARTS({.column = "x"})));
    refuse_c("A: AQ_EXCLUDE: a part has neither .column nor .expression",
             AQ_EXCLUDE(.parts = AQ_PARTS({.with = "="})));
    refuse_c("A: AQ_EXCLUDE: .with is '', which says nothing",
             AQ_EXCLUDE(.parts = AQ_PARTS({.column = "x", .with = ""})));
    refuse_c("A: AQ_EXCLUDE: it names a column 'nope', which the table has not",
             AQ_EXCLUDE(.parts = AQ_PARTS({.column = "nope", .with = "="})));
    refuse_c("A: a constraint: it is of no kind", {.kind = 99});
}

static void test_foreign_keys(void)
{
    refuse_c("A: AQ_FOREIGN_KEY: it has no columns", AQ_FOREIGN_KEY(.table = "a"));
    refuse_c("A: AQ_FOREIGN_KEY: it must name a .table or a .model",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x")));
    refuse_c("A: AQ_FOREIGN_KEY: .schema is 's', but the .model 'A' has its own",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .schema = "s", .model = "A"));
    refuse_c("a.x: its foreign key refers to table 'zzz', but there is no table 'zzz'",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "zzz"));
    refuse_c(
        "a (x, id): its foreign key refers to 'a' (id, nope), but table 'a' has no column 'nope'",
        AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x", "id"), .table = "a", .referred = AQ_COLUMNS("id", "nope")));
    refuse_c("a.x: its foreign key refers to 'Nope', but there is no model 'Nope': was it added?",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .model = "Nope"));
    refuse_c("A: AQ_FOREIGN_KEY: .on_delete is 99, which is no aq_action_t",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "a", .on_delete = 99));
    refuse_c("A: AQ_FOREIGN_KEY: .on_update is 99, which is no aq_action_t",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "a", .on_update = 99));
    refuse_c("A: AQ_FOREIGN_KEY: .on_delete sets NULL what is NOT NULL: the column 'x'",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "a", .on_delete = AQ_SET_NULL));
    refuse_c("A: AQ_FOREIGN_KEY: .on_update sets NULL what is NOT NULL: the column 'x'",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "a", .on_update = AQ_SET_NULL));
    refuse_c("A: AQ_FOREIGN_KEY: .on_delete_columns are for .on_delete AQ_SET_NULL and AQ_SET_DEFAULT",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "a", .on_delete_columns = AQ_COLUMNS("x")));
    refuse_c("A: AQ_FOREIGN_KEY: .on_delete_columns has 'maybe', which is none of its .columns",
             AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("x"), .table = "a", .on_delete = AQ_SET_NULL,
                            .on_delete_columns = AQ_COLUMNS("maybe")));
    refuse_c("", AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("maybe"), .table = "a", .on_delete = AQ_SET_NULL));
}

static const aq_column_t maybe_columns[] = {AQ_INT4_NULL(A, maybe)};
static const aq_constraint_t maybe_constraints[] = {AQ_PRIMARY_KEY(.columns = AQ_COLUMNS("maybe"))};

static void test_null_key(void)
{
    AQ_MODEL(A, maybe_columns, AQ_NONE, .constraints = AQ_LIST(maybe_constraints));

    wrong("A: AQ_PRIMARY_KEY: a primary key cannot be NULL, and the column 'maybe' can",
          "a key that can be NULL", &A_model);
}

static void test_indexes(void)
{
    refuse_i("A: index 'i': it has neither .columns nor .parts", {.name = "i"});
    refuse_i("A: an index: it has both .columns and .parts",
             {.columns = AQ_COLUMNS("x"), .parts = AQ_PARTS({.column = "x"})});
    refuse_i("A: an index: it names a column 'nope', which the table has not",
             {.columns = AQ_COLUMNS("nope")});
    refuse_i("A: index 'i': it names a column 'nope', which the table has not",
             {.name = "i", .columns = AQ_COLUMNS("x"), .include = AQ_COLUMNS("nope")});
    refuse_i("A: index 'i': a part is both the column 'x' and the expression 'x + 1'",
             {.name = "i", .parts = AQ_PARTS({.column = "x", .expression = "x + 1"})});
    refuse_i("A: an index: a part has neither .column nor .expression",
             {.parts = AQ_PARTS({.column = "x"}, {.descending = true})});
    refuse_i("A: an index: .with is '=', which is for AQ_EXCLUDE",
             {.parts = AQ_PARTS({.column = "x", .with = "="})});
    refuse_i("A: an index: .nulls is 99, which is no aq_nulls_t",
             {.parts = AQ_PARTS({.column = "x", .nulls = 99})});
    refuse_i("A: an index: .expression is '', which says nothing", {.parts = AQ_PARTS({.expression = ""})});
    refuse_i("A: an index: .opclass is '', which says nothing",
             {.parts = AQ_PARTS({.column = "x", .opclass = ""})});
    refuse_i("A: an index: .collation is '', which says nothing",
             {.parts = AQ_PARTS({.column = "x", .collation = ""})});
    refuse_i("A: an index: .collation_schema is '', which says nothing",
             {.parts = AQ_PARTS({.column = "x", .collation = "C", .collation_schema = ""})});
    refuse_i("A: an index: .collation_schema is 'app', and it has no .collation",
             {.parts = AQ_PARTS({.column = "x", .collation_schema = "app"})});
    refuse_i("A: index '': .name '': the name is empty", {.name = "", .columns = AQ_COLUMNS("x")});
    refuse_i("A: an index: .where is '', which says nothing", {.columns = AQ_COLUMNS("x"), .where = ""});
    refuse_i("A: an index: .method is '', which says nothing", {.columns = AQ_COLUMNS("x"), .method = ""});
    refuse_i("A: an index: .storage is '', which says nothing", {.columns = AQ_COLUMNS("x"), .storage = ""});
    refuse_i("A: an index: .nulls_not_distinct is for .unique indexes",
             {.columns = AQ_COLUMNS("x"), .nulls_not_distinct = true});
    refuse_i("A: an index: .method is 'gin', which cannot be .unique",
             {.columns = AQ_COLUMNS("x"), .method = "gin", .unique = true});
    refuse_i("A: an index: .method is 'hash', which knows neither .descending nor .nulls",
             {.parts = AQ_PARTS({.column = "x", .descending = true}), .method = "hash"});
    refuse_i("A: an index: it names the column 'x' twice", {.columns = AQ_COLUMNS("x", "x")});
    refuse_i("A: an index: it names the column 'x' twice",
             {.columns = AQ_COLUMNS("x"), .include = AQ_COLUMNS("x")});
    refuse_i("A: an index: it names the column 'id' twice",
             {.columns = AQ_COLUMNS("x"), .include = AQ_COLUMNS("id", "id")});
    refuse_i("", {.parts = AQ_PARTS({.column = "x"}, {.column = "x", .opclass = "int4_minmax_ops"})});
}

static void test_limits(void)
{
    static const aq_column_t jsons[] = {AQ_COLUMN(INT4, "id", .primary_key = true), AQ_COLUMN(JSON, "data")};
    enum { TOO_MANY = 1601 };
    aq__model_registry_t *registry = aq__models_create();
    aq_column_t *columns = aq_arena_calloc(registry->arena, TOO_MANY, sizeof(*columns));
    const char **names = aq_arena_calloc(registry->arena, TOO_MANY + 1, sizeof(*names));
    aq_constraint_t unique = AQ_UNIQUE(.columns = names);
    aq_index_t index = {.columns = names};
    aq_table_t wide = {.table = "wide",
                       .columns = columns,
                       .column_count = TOO_MANY,
                       .constraints = {&unique, 1},
                       .indexes = {&index, 1}},
               json = {.table = "json",
                       .columns = jsons,
                       .column_count = 2,
                       .constraints = {&(const aq_constraint_t)AQ_UNIQUE(.columns = AQ_COLUMNS("data")), 1},
                       .indexes = {(const aq_index_t[]){
                                       {.columns = AQ_COLUMNS("data")},
                                       {.columns = AQ_COLUMNS("data"), .name = "other", .method = "gin"}},
                                   2}};

    for (size_t i = 0; i < TOO_MANY; i++) {
        names[i] = aq_arena_printf(registry->arena, "column%zu", i);
        columns[i] = (aq_column_t){.name = names[i], .type = AQ_OID_INT4};
    }
    names[33] = NULL;
    (void)aq__models_add_table(registry, &wide);
    (void)aq__models_add_table(registry, &json);
    has_problems(registry,
                 "table 'wide': AQ_UNIQUE: it has 33 columns: at most 32 are allowed\n"
                 "table 'wide': an index: it has 33 columns: at most 32 are allowed\n"
                 "table 'json': AQ_UNIQUE: json cannot be compared, and the column 'data' is\n"
                 "table 'json': an index: json cannot be compared, and the column 'data' is\n"
                 "table 'wide': it has 1601 columns: at most 1600 are allowed",
                 "limits");
}

/* ---- Mixins ------------------------------------------------------------------------------------------------------------------ */

typedef struct Stamps {
    aq_timestamp_t created;
    const char *by;
} Stamps;
typedef struct Post {
    aq_object_t object;
    int32_t id;
    Stamps stamps;
} Post;
typedef struct Tag {
    aq_object_t object;
    int32_t id;
    Stamps stamps;
} Tag;

static void test_mixins(void)
{
    static const aq_column_t stamps[] = {AQ_TIMESTAMP(Stamps, created, .precision = 7),
                                         AQ_TEXT(Stamps, by, .name = "")};
    AQ_MIXIN(Stamps, stamps);
    static const aq_column_t posts[] = {AQ_INT4(Post, id, .primary_key = true), AQ_MIX(Post, stamps, Stamps)};
    static const aq_column_t tags[] = {AQ_INT4(Tag, id, .primary_key = true), AQ_MIX(Tag, stamps, Stamps)};
    AQ_MODEL(Post, posts, AQ_NONE);
    AQ_MODEL(Tag, tags, AQ_NONE);

    wrong("Stamps.created: .precision is 7: that of times and intervals is 1 to 6, or AQ_PRECISION_0\n"
          "Stamps.by: column '': the name is empty",
          "a mixin of two models is wrong once", &Post_model, &Tag_model);
}

/* ---- Text forms ---------------------------------------------------------------------------------------------------------------- */

static void is_form(const char *type, uint32_t oid, const char *const *texts, bool expected)
{
    for (; *texts != NULL; texts++)
        ok((aq__text_form_needed(oid, *texts, 0) == NULL) == expected, "%s: %s %s", type, *texts,
           expected ? "is a value" : "is none");
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define are(TYPE, ...) is_form(#TYPE, AQ_OID_##TYPE, LIST(__VA_ARGS__), true)
#define are_not(TYPE, ...) is_form(#TYPE, AQ_OID_##TYPE, LIST(__VA_ARGS__), false)

static void test_numbers(void)
{
    are(BOOL, "true", "f", "Yes", "off", "1");
    are_not(BOOL, "", "2", "maybe", "true ");
    are(INT2, "-32768", "32767", "+5");
    are_not(INT2, "32768", "-32769", "", "-", "1.0", " 1", "0x10", "--1");
    are(INT4, "2147483647");
    are_not(INT4, "2147483648");
    are(INT8, "-9223372036854775808");
    are_not(INT8, "9223372036854775808");
    are(OID, "4294967295");
    are_not(OID, "-1", "4294967296");
    are(FLOAT8, "1", "-.5", "5.", "1e10", "-1.5E-3", "NaN", "-Infinity");
    are_not(FLOAT8, "", ".", "e5", "1e", "1.2.3", "one", "-nan");
    are(NUMERIC, "12.50", "NaN");
    are_not(NUMERIC, "12,5");
}

static void test_times(void)
{
    are(DATE, "2024-02-29", "0001-01-01", "10000-12-31", "infinity");
    are_not(DATE, "2023-02-29", "2024-13-01", "2024-00-01", "24-01-01", "2024-1-1", "today", "0000-01-01",
            "2024-01-01 00:00");
    are(TIME, "00:00", "23:59:60", "12:30:00.123456", "24:00:00");
    are_not(TIME, "24:00:01", "12", "12:60", "12:30:00.", "12:30:00.1234567", "noon");
    are(TIMESTAMP, "2024-12-31 23:59:59", "2024-12-31T23:59", "-infinity");
    are_not(TIMESTAMP, "2024-12-31", "now", "2024-12-31 23:59:59+00", "300000-01-01 00:00");
    are(TIMESTAMPTZ, "2024-12-31 23:59:59+00", "2024-12-31 23:59:59.5-03:30", "2024-12-31T23:59:59Z");
    are_not(TIMESTAMPTZ, "2024-12-31 23:59:59", "2024-12-31 23:59:59+99", "2024-12-31 23:59:59 UTC");
    are(INTERVAL, "1 day 02:00:00", "P1D");
    are_not(INTERVAL, "", " ");
}

static void test_others(void)
{
    are(UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    are_not(UUID, "", "a0eebc99", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g", "a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111");
    are(BYTEA, "\\x", "\\xDEADbeef");
    are_not(BYTEA, "", "abc", "\\xabc", "\\xzz");
    are(INET, "10.0.0.1", "10.0.0.0/8", "::", "::1", "2001:db8::1/32", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1",
        "1:2:3:4:5:6:10.0.0.1", "1::");
    are_not(INET, "", "10.0.0", "10.0.0.256", "10.0.0.1/33", "10.0.0.1/", "1:2:3", "1::2::3", ":1",
            "1:2:3:4:5:6:7:8:9", "::12345", "1:", "::1/129", "::10.0.0", "10.0.0.1 ");
    are(JSON, "1", "null", "\"a\\u00e4\\n\"", "[]", "{}", " [1, -2.5e3, true, {\"a\": [null]}] ",
        "{\"a\": {\"b\": []}, \"c\": \"\"}");
    are_not(JSON, "", "nul", "01", "1.", "[1,]", "[,]", "{\"a\"}", "{\"a\":1,}", "{1:2}", "\"\\x\"",
            "\"\\u12\"", "\"open", "[1", "1 2", "{\"a\":1]", "'a'");
    are(TEXT, "", "\xc3\xa4");
    are_not(TEXT, "\xff");
    are(INT4_ARRAY, "{}", "{1,2}");
    are_not(INT4_ARRAY, "", "1,2", "{1", "{");
}

/* ---- Without memory -------------------------------------------------------------------------------------------------------- */

static const aq_constraint_t wrong_constraints[] = {AQ_UNIQUE(.columns = AQ_COLUMNS("id", "id"))};
static const aq_index_t wrong_indexes[] = {{.name = "i", .columns = AQ_COLUMNS("nope")}};

static int refuse_many(void)
{
    static const aq_column_t columns[] = {
        AQ_INT4(A, id, .primary_key = true),
        AQ_INT4(A, x, .default_value = "abc"),
        AQ_ENUM(A, mood, &mood_enum),
        AQ_TEXT(A, name, .collation = ""),
    };
    static const aq_column_t moods[] = {AQ_INT4(B, id, .primary_key = true), AQ_ENUM(B, id, &twice_enum)};
    AQ_MODEL(A, columns, AQ_NONE);
    AQ_MODEL(B, moods, AQ_NONE, .constraints = AQ_LIST(wrong_constraints), .indexes = AQ_LIST(wrong_indexes));
    aq__model_registry_t *registry = aq__models_create();
    int code = registry != NULL ? aq__models_add(registry, &A_model) : AQ_ENOMEM;

    if (code == AQ_EMAPPING)
        code = aq__models_add(registry, &B_model);
    if (code == AQ_EMAPPING)
        code = aq__models_seal(registry);
    aq__models_close(registry);
    return code == AQ_EMAPPING ? AQ_OK : code;
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_types();
    test_enums();
    test_values();
    test_sequences();
    test_references();
    test_names();
    test_constraints();
    test_foreign_keys();
    test_null_key();
    test_indexes();
    test_limits();
    test_mixins();
    test_numbers();
    test_times();
    test_others();
    check_each_request("what is refused", refuse_many);
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
