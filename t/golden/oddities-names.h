/* Models of oddities-names.sql, made by aquifer models; edit freely or make it again. */
#ifndef ODDITIES_NAMES_MODELS_H
#define ODDITIES_NAMES_MODELS_H

#include <aquifer.h>

/* ---- Types --------------------------------------------------------------------------------------------- */

typedef enum state { STATE_A, STATE_B } state_t;
static const char *const state_labels[] = {[STATE_A] = "a", [STATE_B] = "b"};
static const aq_enum_t state_enum = {
    .name = "state",
    .schema = AQ_NO_SCHEMA,
    .labels = AQ_LIST(state_labels),
};

typedef enum state_2 { STATE_2_C, STATE_2_D } state_2_t;
static const char *const state_2_labels[] = {[STATE_2_C] = "c", [STATE_2_D] = "d"};
static const aq_enum_t state_2_enum = {
    .name = "state",
    .schema = "one",
    .labels = AQ_LIST(state_2_labels),
    .comment = "of one",
};

typedef enum state_3 { STATE_3_E } state_3_t;
static const char *const state_3_labels[] = {[STATE_3_E] = "e"};
static const aq_enum_t state_3_enum = {
    .name = "state",
    .schema = "Two \" Two",
    .labels = AQ_LIST(state_3_labels),
};

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct OneItem OneItem;
typedef struct TwoTwoItem TwoTwoItem;
typedef struct Timestamp Timestamp;
typedef struct Table Table;
typedef struct Table2 Table2;
typedef struct Items Items;
typedef struct U6570U636e U6570U636e;

typedef struct Item {
    aq_object_t object;
    int32_t id;
    aq_enum_null_t s;
    aq_enum_null_t o;
    aq_enum_null_t t;
    OneItem *item;
    TwoTwoItem *item_item;
    aq_many_t items;
} Item;

struct OneItem {
    aq_object_t object;
    int32_t id;
    aq_enum_null_t s;
    aq_enum_null_t o;
    aq_enum_null_t p;
    Item *item;
    TwoTwoItem *item_item;
};

struct TwoTwoItem {
    aq_object_t object;
    int32_t id;
    OneItem *item;
    Item *item_row;
};

typedef struct Int4 {
    aq_object_t object;
    int32_t id;
    const char *integer;
    Timestamp *timestamp;
} Int4;

struct Timestamp {
    aq_object_t object;
    int32_t id;
    aq_timestamp_null_t now;
    aq_date_null_t current_date_;
    const char *version;
    aq_int4_null_t length;
    const char *upper;
    Int4 *int4;
};

typedef struct User {
    aq_object_t object;
    const char *user;
    int32_t order;
    aq_int4_null_t group;
    const char *table;
    const char *column;
    aq_int4_null_t end;
    aq_int4_null_t desc;
    aq_int4_null_t all;
    aq_int4_null_t primary;
    aq_int4_null_t references;
} User;

struct Table {
    aq_object_t object;
    int32_t id_2;
    aq_int4_null_t id_3;
    aq_int4_null_t id;
    aq_int4_null_t i_d;
    Table *table;
    aq_many_t tables;
};

struct Table2 {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t a_b;
    aq_int4_null_t a_b_2;
    aq_int4_null_t a_b_3;
    aq_int4_null_t a_b_4;
    aq_int4_null_t a_b_5;
    aq_int4_null_t s;
    aq_int4_null_t a_b_6;
    aq_int4_null_t a;
    aq_int4_null_t column;
    aq_int4_null_t column_2;
    aq_int4_null_t c;
    aq_int4_null_t a_b_7;
    aq_int4_null_t tab;
    aq_int4_null_t _0;
    aq_int4_null_t column_3;
    aq_int4_null_t column_4;
    aq_int4_null_t a_b_8;
    aq_int4_null_t column_5;
    const char *u1f642;
    Table2 *table;
    aq_many_t tables;
};

typedef struct Class {
    aq_object_t object;
    int32_t class_;
    const char *struct_;
    aq_int4_null_t int_;
    aq_bool_null_t return_;
    aq_int4_null_t if_;
    aq_int4_null_t main;
    const char *object_;
    aq_int4_null_t errno_;
    aq_int4_null_t null;
    aq_bool_null_t bool_;
    aq_bool_null_t true_;
    aq_int4_null_t eof;
    aq_int4_null_t assert;
    aq_int4_null_t stdin_;
    aq_int4_null_t bool__2;
    aq_int4_null_t aq_object_t;
} Class;

typedef struct Main {
    aq_object_t object;
    int32_t main;
} Main;

typedef struct Item2 {
    aq_object_t object;
    int32_t id;
    aq_many_t items;
} Item2;

struct Items {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t item;
    aq_int4_null_t item_id;
    aq_int4_null_t items;
    Item2 *item_row;
    Item *item_row_2;
    Items *items_item;
    aq_many_t items_items;
};

typedef struct Item3 {
    aq_object_t object;
    int32_t id;
} Item3;

typedef struct AqObject {
    aq_object_t object;
    int32_t id;
} AqObject;

struct U6570U636e {
    aq_object_t object;
    int32_t u6570;
    aq_int4_null_t u636e;
    U6570U636e *u636e_u6570_u636e;
    aq_many_t u6570_u636es;
};

typedef struct Table3 {
    aq_object_t object;
    int32_t id;
} Table3;

typedef struct Table4 {
    aq_object_t object;
    int32_t id;
} Table4;

typedef struct PgThing {
    aq_object_t object;
    int32_t oid;
    aq_int4_null_t ctid_;
} PgThing;

/* ---- Item ---------------------------------------------------------------------------------------------- */

static const aq_column_t item_columns[] = {
    AQ_INT4(Item, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_ENUM_NULL(Item, s, &state_enum),
    AQ_ENUM_NULL(Item, o, &state_2_enum),
    AQ_ENUM_NULL(Item, t, &state_3_enum, .server_default = "'e'"),
};
static const aq_relationship_t item_relationships[] = {
    AQ_ONE(Item, item, OneItem, .back_populates = "item"),
    AQ_ONE(Item, item_item, TwoTwoItem, .back_populates = "item_row"),
    AQ_MANY(Item, items, Items, .back_populates = "item_row_2"),
};
static const aq_index_t item_indexes[] = {
    {.name = "same_index", .columns = AQ_COLUMNS("s")},
};
AQ_MODEL(Item, item_columns, item_relationships, .indexes = AQ_LIST(item_indexes),
         .comment = "line one\n"
                    "line two with 'quotes', \"others\", \\ backslashes, */ and /*, %s and ?\?/ ");

/* ---- OneItem ------------------------------------------------------------------------------------------- */

static const aq_column_t one_item_columns[] = {
    AQ_INT4(OneItem, id, .primary_key = true, .references = AQ_REF(Item, id)),
    AQ_ENUM_NULL(OneItem, s, &state_enum, .server_default = "'a'"),
    AQ_ENUM_NULL(OneItem, o, &state_2_enum, .server_default = "'c'"),
    AQ_ENUM_NULL(OneItem, p, &state_enum),
};
static const aq_relationship_t one_item_relationships[] = {
    AQ_ONE(OneItem, item, Item, .back_populates = "item"),
    AQ_ONE(OneItem, item_item, TwoTwoItem, .back_populates = "item"),
};
static const aq_index_t one_item_indexes[] = {
    {.name = "same_index", .columns = AQ_COLUMNS("s")},
    {.name = "user", .columns = AQ_COLUMNS("o"), .where = "o <> 'd'"},
};
AQ_MODEL(OneItem, one_item_columns, one_item_relationships, .table = "item", .schema = "one",
         .indexes = AQ_LIST(one_item_indexes));

/* ---- TwoTwoItem ---------------------------------------------------------------------------------------- */

static const aq_column_t two_two_item_columns[] = {
    AQ_INT4(TwoTwoItem, id, .primary_key = true, .references = AQ_REF(OneItem, id)),
};
static const aq_relationship_t two_two_item_relationships[] = {
    AQ_ONE(TwoTwoItem, item, OneItem, .back_populates = "item_item"),
    AQ_ONE(TwoTwoItem, item_row, Item, .back_populates = "item_item"),
};
static const aq_constraint_t two_two_item_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("id"), .model = AQ_STRUCT(Item), .name = "both"),
};
AQ_MODEL(TwoTwoItem, two_two_item_columns, two_two_item_relationships, .table = "item",
         .schema = "Two \" Two", .constraints = AQ_LIST(two_two_item_constraints));

/* ---- Int4 ---------------------------------------------------------------------------------------------- */

static const aq_column_t int4_columns[] = {
    AQ_INT4(Int4, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_TEXT_NULL(Int4, integer),
};
static const aq_relationship_t int4_relationships[] = {
    AQ_ONE(Int4, timestamp, Timestamp, .back_populates = "int4"),
};
AQ_MODEL(Int4, int4_columns, int4_relationships);

/* ---- Timestamp ----------------------------------------------------------------------------------------- */

static const aq_column_t timestamp_columns[] = {
    AQ_INT4(Timestamp, id, .primary_key = true, .references = AQ_REF(Int4, id)),
    AQ_TIMESTAMPTZ_NULL(Timestamp, now),
    AQ_DATE_NULL(Timestamp, current_date_),
    AQ_TEXT_NULL(Timestamp, version),
    AQ_INT4_NULL(Timestamp, length, .check = "length > 0"),
    AQ_TEXT_NULL(Timestamp, upper, .check = "upper = upper(upper)"),
};
static const aq_relationship_t timestamp_relationships[] = {
    AQ_ONE(Timestamp, int4, Int4, .back_populates = "timestamp"),
};
AQ_MODEL(Timestamp, timestamp_columns, timestamp_relationships);

/* ---- User ---------------------------------------------------------------------------------------------- */

static const aq_column_t user_columns[] = {
    AQ_TEXT_NULL(User, user),
    AQ_INT4(User, order, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(User, group, .check = "\"group\" > 0 AND \"group\" <> \"order\""),
    AQ_TEXT_NULL(User, table),
    AQ_TEXT_NULL(User, column),
    AQ_INT4_NULL(User, end),
    AQ_INT4_NULL(User, desc),
    AQ_INT4_NULL(User, all),
    AQ_INT4_NULL(User, primary),
    AQ_INT4_NULL(User, references),
};
AQ_MODEL(User, user_columns, AQ_NONE);

/* ---- Table --------------------------------------------------------------------------------------------- */

static const aq_column_t table_columns[] = {
    AQ_INT4(Table, id_2, .name = "ID", .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(Table, id_3, .name = "Id", .references = AQ_REF(Table, id_2)),
    AQ_INT4_NULL(Table, id, .generated = "\"ID\" * 2"),
    AQ_INT4_NULL(Table, i_d, .name = "iD"),
};
static const aq_relationship_t table_relationships[] = {
    AQ_ONE(Table, table, Table, .back_populates = "tables", .remote_side = AQ_COLUMNS("id_2")),
    AQ_MANY(Table, tables, Table, .back_populates = "table"),
};
static const aq_constraint_t table_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("id_3", "id")),
    AQ_CHECK("\"ID\" > id"),
};
AQ_MODEL(Table, table_columns, table_relationships, .table = "Table",
         .constraints = AQ_LIST(table_constraints));

/* ---- Table2 -------------------------------------------------------------------------------------------- */

static const aq_column_t table2_columns[] = {
    AQ_INT4(Table2, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(Table2, a_b, .name = "a.b", .unique = true),
    AQ_INT4_NULL(Table2, a_b_2, .name = "a b", .references = AQ_REF(Table2, a_b)),
    AQ_INT4_NULL(Table2, a_b_3, .name = "a\"b", .server_default = "1"),
    AQ_INT4_NULL(Table2, a_b_4, .name = "a'b"),
    AQ_INT4_NULL(Table2, a_b_5, .name = "a\\b"),
    AQ_INT4_NULL(Table2, s, .name = "%s"),
    AQ_INT4_NULL(Table2, a_b_6, .name = "a,b"),
    AQ_INT4_NULL(Table2, a, .name = "(a)"),
    AQ_INT4_NULL(Table2, column, .name = "*"),
    AQ_INT4_NULL(Table2, column_2, .name = "?"),
    AQ_INT4_NULL(Table2, c, .name = "/* c */"),
    AQ_INT4_NULL(Table2, a_b_7,
                 .name = "a\n"
                         "b"),
    AQ_INT4_NULL(Table2, tab, .name = "\ttab"),
    AQ_INT4_NULL(Table2, _0, .name = "0"),
    AQ_INT4_NULL(Table2, column_3, .name = "-"),
    AQ_INT4_NULL(Table2, column_4, .name = "$"),
    AQ_INT4_NULL(Table2, a_b_8, .name = "a$b"),
    AQ_INT4_NULL(Table2, column_5, .name = "ʻ"),
    AQ_TEXT_NULL(Table2, u1f642, .name = "🙂", .server_default = "'🙂'", .comment = "🙂"),
};
static const aq_relationship_t table2_relationships[] = {
    AQ_ONE(Table2, table, Table2, .back_populates = "tables", .remote_side = AQ_COLUMNS("a_b")),
    AQ_MANY(Table2, tables, Table2, .back_populates = "table"),
};
static const aq_index_t table2_indexes[] = {
    {
        .name = "table_a.b_a\"b_expr_a\n"
                "b_idx",
        .parts = AQ_PARTS({.column = "a_b"}, {.column = "a_b_3"}, {.expression = "\"a'b\" + \"a\\b\""},
                          {.column = "a_b_7"}),
        .where = "\"%s\" > 0 AND \"?\" = 1",
    },
};
AQ_MODEL(Table2, table2_columns, table2_relationships, .table = "table", .indexes = AQ_LIST(table2_indexes));

/* ---- Class --------------------------------------------------------------------------------------------- */

static const aq_column_t class__columns[] = {
    AQ_INT4(Class, class_, .name = "class", .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_TEXT_NULL(Class, struct_, .name = "struct"),
    AQ_INT4_NULL(Class, int_, .name = "int"),
    AQ_BOOL_NULL(Class, return_, .name = "return"),
    AQ_INT4_NULL(Class, if_, .name = "if"),
    AQ_INT4_NULL(Class, main),
    AQ_TEXT_NULL(Class, object_, .name = "object"),
    AQ_INT4_NULL(Class, errno_, .name = "errno"),
    AQ_INT4_NULL(Class, null, .name = "NULL"),
    AQ_BOOL_NULL(Class, bool_, .name = "bool"),
    AQ_BOOL_NULL(Class, true_, .name = "true"),
    AQ_INT4_NULL(Class, eof),
    AQ_INT4_NULL(Class, assert),
    AQ_INT4_NULL(Class, stdin_, .name = "stdin"),
    AQ_INT4_NULL(Class, bool__2, .name = "_Bool"),
    AQ_INT4_NULL(Class, aq_object_t),
};
AQ_MODEL(Class, class__columns, AQ_NONE);

/* ---- Main ---------------------------------------------------------------------------------------------- */

static const aq_column_t main_columns[] = {
    AQ_INT4(Main, main, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
};
AQ_MODEL(Main, main_columns, AQ_NONE);

/* ---- Item2 --------------------------------------------------------------------------------------------- */

static const aq_column_t item2_columns[] = {
    AQ_INT4(Item2, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
};
static const aq_relationship_t item2_relationships[] = {
    AQ_MANY(Item2, items, Items, .back_populates = "item_row"),
};
AQ_MODEL(Item2, item2_columns, item2_relationships, .table = "Item");

/* ---- Items --------------------------------------------------------------------------------------------- */

static const aq_column_t items_columns[] = {
    AQ_INT4(Items, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(Items, item, .references = AQ_REF(Item2, id)),
    AQ_INT4_NULL(Items, item_id, .references = AQ_REF(Item, id)),
    AQ_INT4_NULL(Items, items, .references = AQ_REF(Items, id)),
};
static const aq_relationship_t items_relationships[] = {
    AQ_ONE(Items, item_row, Item2, .back_populates = "items"),
    AQ_ONE(Items, item_row_2, Item, .back_populates = "items"),
    AQ_ONE(Items, items_item, Items, .back_populates = "items_items", .remote_side = AQ_COLUMNS("id")),
    AQ_MANY(Items, items_items, Items, .back_populates = "items_item"),
};
AQ_MODEL(Items, items_columns, items_relationships);

/* ---- Item3 --------------------------------------------------------------------------------------------- */

static const aq_column_t item3_columns[] = {
    AQ_INT4(Item3, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
};
AQ_MODEL(Item3, item3_columns, AQ_NONE, .table = "Items", .schema = "one");

/* ---- AqObject ------------------------------------------------------------------------------------------ */

static const aq_column_t aq_object_columns[] = {
    AQ_INT4(AqObject, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
};
AQ_MODEL(AqObject, aq_object_columns, AQ_NONE);

/* ---- U6570U636e ---------------------------------------------------------------------------------------- */

static const aq_column_t u6570_u636e_columns[] = {
    AQ_INT4(U6570U636e, u6570, .name = "数", .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(U6570U636e, u636e, .name = "据", .references = AQ_REF(U6570U636e, u6570)),
};
static const aq_relationship_t u6570_u636e_relationships[] = {
    AQ_ONE(U6570U636e, u636e_u6570_u636e, U6570U636e, .back_populates = "u6570_u636es",
           .remote_side = AQ_COLUMNS("u6570")),
    AQ_MANY(U6570U636e, u6570_u636es, U6570U636e, .back_populates = "u636e_u6570_u636e"),
};
AQ_MODEL(U6570U636e, u6570_u636e_columns, u6570_u636e_relationships, .table = "数据");

/* ---- Table3 -------------------------------------------------------------------------------------------- */

static const aq_column_t table3_columns[] = {
    AQ_INT4(Table3, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
};
AQ_MODEL(Table3, table3_columns, AQ_NONE, .table = "--");

/* ---- Table4 -------------------------------------------------------------------------------------------- */

static const aq_column_t table4_columns[] = {
    AQ_INT4(Table4, id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
};
AQ_MODEL(Table4, table4_columns, AQ_NONE, .table = "__");

/* ---- PgThing ------------------------------------------------------------------------------------------- */

static const aq_column_t pg_thing_columns[] = {
    AQ_INT4(PgThing, oid, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4_NULL(PgThing, ctid_),
};
AQ_MODEL(PgThing, pg_thing_columns, AQ_NONE);

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int oddities_names_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_model(db, Item);
    wrong |= aq_db_model(db, OneItem);
    wrong |= aq_db_model(db, TwoTwoItem);
    wrong |= aq_db_model(db, Int4);
    wrong |= aq_db_model(db, Timestamp);
    wrong |= aq_db_model(db, User);
    wrong |= aq_db_model(db, Table);
    wrong |= aq_db_model(db, Table2);
    wrong |= aq_db_model(db, Class);
    wrong |= aq_db_model(db, Main);
    wrong |= aq_db_model(db, Item2);
    wrong |= aq_db_model(db, Items);
    wrong |= aq_db_model(db, Item3);
    wrong |= aq_db_model(db, AqObject);
    wrong |= aq_db_model(db, U6570U636e);
    wrong |= aq_db_model(db, Table3);
    wrong |= aq_db_model(db, Table4);
    wrong |= aq_db_model(db, PgThing);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
