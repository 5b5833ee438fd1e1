/* The code of docs/models.md, compiled and run; t/docs.t compares the two. */
#include "cluster.h"
#include "tap.h"

#include "aquifer.h"
#include "t/loops.h"

#include <stdio.h>
#include <string.h>

/* ---- One table ------------------------------------------------------------------------------------------------------- */

typedef enum mood { MOOD_SAD, MOOD_HAPPY } mood_t;
static const char *const mood_labels[] = {[MOOD_SAD] = "sad", [MOOD_HAPPY] = "happy"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels)};

typedef struct Writer {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t entries;
} Writer;

typedef struct Entry {
    aq_object_t object;
    int64_t id;
    int32_t writer_id;
    const char *title;
    mood_t mood;
    aq_int2_null_t rating;
    aq_text_array_t tags;
    aq_timestamp_t created;
    Writer *writer;
} Entry;

static const aq_column_t writer_columns[] = {
    AQ_INT4(Writer, id, .primary_key = true),
    AQ_TEXT(Writer, name, .unique = true),
};
static const aq_relationship_t writer_relationships[] = {
    AQ_MANY(Writer, entries, Entry, .back_populates = "writer", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
};
AQ_MODEL(Writer, writer_columns, writer_relationships);

static const aq_column_t entry_columns[] = {
    AQ_INT8(Entry, id, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_INT4(Entry, writer_id, .references = AQ_REF(Writer, id), .on_delete = AQ_CASCADE),
    AQ_VARCHAR(Entry, title, 80, .check = "title <> ''"),
    AQ_ENUM(Entry, mood, &mood_enum, .server_default = "'happy'"),
    AQ_INT2_NULL(Entry, rating),
    AQ_TEXT_ARRAY(Entry, tags, .server_default = "'{}'"),
    AQ_TIMESTAMPTZ(Entry, created, .index = true, .server_default = "now()"),
};
static const aq_relationship_t entry_relationships[] = {
    AQ_ONE(Entry, writer, Writer, .back_populates = "entries"),
};
static const aq_constraint_t entry_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("writer_id", "title")),
};
AQ_MODEL(Entry, entry_columns, entry_relationships, .constraints = AQ_LIST(entry_constraints));

/* ---- Columns --------------------------------------------------------------------------------------------------------- */

typedef struct point {
    double x, y;
} point_t;

static int encode_point(void *data, const void *member, aq_arena_t *arena, aq_bytes_t *value)
{
    const point_t *point = member;
    char *text = aq_arena_printf(arena, "(%g,%g)", point->x, point->y);

    (void)data;
    if (text == NULL)
        return AQ_ENOMEM;
    *value = (aq_bytes_t){text, strlen(text)};
    return AQ_OK;
}

static int decode_point(void *data, aq_bytes_t value, aq_arena_t *arena, void *member)
{
    point_t *point = member;
    const char *text = aq_arena_strndup(arena, value.data, value.length);

    (void)data;
    if (text == NULL)
        return AQ_ENOMEM;
    if (sscanf(text, "(%lf,%lf)", &point->x, &point->y) != 2)
        return aq_fail(AQ_EINVAL, "'%s' is no point", text);
    return AQ_OK;
}

static const aq_custom_t point_type = {.sql_type = "point", .encode = encode_point, .decode = decode_point};

/* The client's default: called where an INSERT would leave the member unset. */
static int set_ticket(void *member, const void *object)
{
    static int64_t last;

    (void)object;
    *(int64_t *)member = ++last;
    return AQ_OK;
}

typedef struct Stamps {
    aq_timestamp_t created;
    aq_timestamp_null_t updated;
} Stamps;

static const aq_column_t stamps_columns[] = {
    AQ_TIMESTAMPTZ(Stamps, created, .server_default = "now()"),
    AQ_TIMESTAMPTZ_NULL(Stamps, updated, .precision = 3),
};
AQ_MIXIN(Stamps, stamps_columns);

typedef struct Visit Visit;
typedef struct Place {
    aq_object_t object;
    int32_t id;
    const char *class_;
    const char *email;
    const char *price;
    const char *gross;
    point_t position;
    int64_t ticket;
    int32_t counter;
    struct {
        const char *city;
    } address;
    Stamps stamps;
    aq_many_t visits;
} Place;

static const aq_column_t place_columns[] = {
    AQ_INT4(Place, id, .primary_key = true, .sequence = {.start = 1000, .increment = 10}),
    AQ_TEXT(Place, class_, .name = "class", .collation = "C", .comment = "one of those in the guide"),
    AQ_TEXT_NULL(Place, email, .sql_type = "citext", .unique = true),
    AQ_NUMERIC(Place, price, .precision = 10, .scale = 2, .default_value = "0", .check = "price >= 0"),
    AQ_NUMERIC(Place, gross, .generated = "price * 1.19"),
    AQ_CUSTOM(Place, position, point_t, &point_type),
    AQ_INT8(Place, ticket, .default_cb = set_ticket, .unique = true, .index = true),
    AQ_INT4(Place, counter, .autoincrement = AQ_SERIAL),
    AQ_TEXT_NULL(Place, address.city),
    AQ_MIX(Place, stamps, Stamps),
};

/* ---- Relationships --------------------------------------------------------------------------------------------------- */

typedef struct Guest Guest;

struct Visit {
    aq_object_t object;
    int32_t id;
    int32_t place_id;
    int32_t host_id;
    aq_int4_null_t guest_id;
    aq_int4_null_t before_id;
    Place *place;
    Guest *host;
    Guest *guest;
    Visit *before;
    Visit *after;
};

struct Guest {
    aq_object_t object;
    int32_t id;
    aq_many_t host_visits;
    aq_many_t guest_visits;
    aq_many_t friends;
    aq_many_t friend_of;
};

static const aq_column_t visit_columns[] = {
    AQ_INT4(Visit, id, .primary_key = true),
    AQ_INT4(Visit, place_id, .references = AQ_REF(Place, id)),
    AQ_INT4(Visit, host_id, .references = AQ_REF(Guest, id), .deferrable = AQ_INITIALLY_DEFERRED),
    AQ_INT4_NULL(Visit, guest_id, .references = "guest.id", .on_delete = AQ_SET_NULL),
    AQ_INT4_NULL(Visit, before_id, .unique = true, .references = AQ_REF(Visit, id)),
};

static const aq_column_t friendship_columns[] = {
    AQ_COLUMN(INT4, "guest_id", .primary_key = true, .references = AQ_REF(Guest, id)),
    AQ_COLUMN(INT4, "friend_id", .primary_key = true, .references = AQ_REF(Guest, id)),
};
AQ_TABLE(friendship, friendship_columns);

static const aq_relationship_t visit_relationships[] = {
    AQ_ONE(Visit, place, Place, .back_populates = "visits", .lazy = AQ_LAZY_JOINED),
    AQ_ONE(Visit, host, Guest, .back_populates = "host_visits", .foreign_keys = AQ_COLUMNS("host_id")),
    AQ_ONE(Visit, guest, Guest, .back_populates = "guest_visits", .foreign_keys = AQ_COLUMNS("guest_id")),
    AQ_ONE(Visit, before, Visit, .back_populates = "after", .remote_side = AQ_COLUMNS("id")),
    AQ_ONE(Visit, after, Visit, .back_populates = "before", .remote_side = AQ_COLUMNS("before_id")),
};
static const aq_relationship_t guest_relationships[] = {
    AQ_MANY(Guest, host_visits, Visit, .back_populates = "host", .foreign_keys = AQ_COLUMNS("host_id")),
    AQ_MANY(Guest, guest_visits, Visit, .back_populates = "guest", .foreign_keys = AQ_COLUMNS("guest_id")),
    AQ_MANY(Guest, friends, Guest, .secondary = &friendship_table, .foreign_keys = AQ_COLUMNS("guest_id"),
            .backref = AQ_BACKREF(Guest, friend_of, Guest)),
};
static const aq_relationship_t place_relationships[] = {
    AQ_MANY(Place, visits, Visit, .back_populates = "place", .order_by = "id desc",
            .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN),
};

static const aq_column_t guest_columns[] = {AQ_INT4(Guest, id, .primary_key = true)};
AQ_MODEL(Visit, visit_columns, visit_relationships);
AQ_MODEL(Guest, guest_columns, guest_relationships);

/* ---- Constraints ----------------------------------------------------------------------------------------------------- */

static const aq_constraint_t place_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("class_", AQ_NAME(Place, price)), .include = AQ_COLUMNS("email")),
    AQ_CHECK("counter > 0 OR price = 0", .name = "counted"),
};
static const aq_index_t place_indexes[] = {
    {.columns = AQ_COLUMNS("class_", "counter")},
    {
        .name = "place_email_lower",
        .parts = AQ_PARTS({.expression = "lower(email::text)"}, {.column = "id", .descending = true}),
        .unique = true,
        .where = "email IS NOT NULL",
    },
};
AQ_MODEL(Place, place_columns, place_relationships, .constraints = AQ_LIST(place_constraints),
         .indexes = AQ_LIST(place_indexes), .comment = "where one can go");

typedef struct Booking {
    aq_object_t object;
    int32_t room;
    aq_date_t day;
    const char *during;
} Booking;

typedef struct Meal {
    aq_object_t object;
    int32_t id;
    int32_t room;
    aq_date_t day;
} Meal;

static const aq_column_t booking_columns[] = {
    AQ_INT4(Booking, room, .primary_key = true), /* two columns: a compound key */
    AQ_DATE(Booking, day, .primary_key = true),
    AQ_TEXT(Booking, during, .sql_type = "tsrange"),
};
static const aq_constraint_t booking_constraints[] = {
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "during", .with = "&&"}), .where = "room > 0"),
};
AQ_MODEL(Booking, booking_columns, AQ_NONE, .constraints = AQ_LIST(booking_constraints));

static const aq_column_t meal_columns[] = {
    AQ_INT4(Meal, id, .primary_key = true),
    AQ_INT4(Meal, room),
    AQ_DATE(Meal, day),
};
static const aq_constraint_t meal_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("room", "day"), .model = AQ_STRUCT(Booking),
                   .on_delete = AQ_CASCADE),
};
AQ_MODEL(Meal, meal_columns, AQ_NONE, .constraints = AQ_LIST(meal_constraints));

/* ---- Inheritance ----------------------------------------------------------------------------------------------------- */

typedef struct Person {
    aq_object_t object;
    int32_t id;
    const char *kind;
    const char *name;
} Person;

typedef struct Cook {
    Person person;
    const char *dish;
} Cook;

typedef struct Manager {
    Person person;
    int32_t bonus;
} Manager;

static const aq_column_t person_columns[] = {
    AQ_INT4(Person, id, .primary_key = true),
    AQ_TEXT(Person, kind),
    AQ_TEXT(Person, name),
};
AQ_MODEL(Person, person_columns, AQ_NONE, .discriminator = "kind", .identity = "person");

static const aq_column_t cook_columns[] = {AQ_TEXT_NULL(Cook, dish)};
AQ_SUBMODEL(Cook, person, Person, cook_columns, AQ_NONE, .identity = "cook");

static const aq_column_t manager_columns[] = {
    AQ_INT4(Manager, person.id, .primary_key = true, .references = AQ_REF(Person, id)),
    AQ_INT4(Manager, bonus),
};
AQ_SUBMODEL(Manager, person, Person, manager_columns, AQ_NONE, .identity = "manager");

typedef struct Base {
    aq_object_t object;
    int64_t id;
    aq_timestamp_t created;
} Base;
static const aq_column_t base_columns[] = {
    AQ_INT8(Base, id, .primary_key = true),
    AQ_TIMESTAMPTZ(Base, created, .server_default = "now()"),
};
AQ_MODEL(Base, base_columns, AQ_NONE, .abstract = true);

typedef struct Note {
    Base base;
    const char *text;
} Note;
static const aq_column_t note_columns[] = {AQ_TEXT(Note, text)};
AQ_SUBMODEL(Note, base, Base, note_columns, AQ_NONE);

/* ---- The db ------------------------------------------------------------------------------------------------------------ */

/* %(module)s: the table's name up to its first "_" */
static int append_module(aq_text_t *text, const aq_named_t *what, void *data)
{
    (void)data;
    aq_text_append_bytes(text, what->table, strcspn(what->table, "_"));
    return AQ_OK;
}

static const aq_name_token_t tokens[] = {{.name = "module", .append = append_module}};
static const aq_schema_options_t options = {
    .naming_convention = {.ix = "ix_%(module)s_%(column_0_N_name)s",
                          .uq = "uq_%(table_name)s_%(column_0_N_name)s",
                          .fk = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                          .pk = "pk_%(table_name)s",
                          .tokens = tokens,
                          .token_count = 1},
};

static aq_db_t *make_db(void)
{
    aq_db_t *db = aq_db_create();

    if (db == NULL)
        return NULL;
    (void)aq_db_model(db, Writer);
    (void)aq_db_model(db, Entry);
    if (aq_db_seal(db) == AQ_OK)
        return db;
    fprintf(stderr, "%s\n", aq_last_error()->message); /* all that is wrong, a line each */
    aq_db_close(db);
    return NULL;
}

static void make_tables(aq_context_t *context)
{
    aq_op_t *op = aq_create_all(context, AQ_ALL_BINDS);

    if (aq_wait(op) == NULL)
        fprintf(stderr, "%s\n", aq_op_error(op)->message);
    aq_op_close(op);
}

static void show_tables(aq_context_t *context)
{
    aq_op_t *op = aq_reflect(context, NULL, NULL);
    const aq_metadata_t *live = aq_wait(op);
    aq_text_t sql = {0};

    for (size_t i = 0; live != NULL && i < aq_metadata_table_count(live); i++)
        printf("# %s has %zu columns\n", aq_metadata_table_name(live, i), aq_metadata_column_count(live, i));
    if (live != NULL)
        aq_metadata_append_ddl(live, &sql);
    printf("%s", aq_text_string(&sql)); /* CREATE TABLE ... */
    aq_text_dispose(&sql);
    aq_op_close(op);
}

static void show_differences(aq_context_t *context)
{
    aq_op_t *op = aq_diff(context, NULL);
    const aq_diff_t *diff = aq_wait(op);
    aq_text_t sql = {0};

    for (size_t i = 0; diff != NULL && i < diff->count; i++)
        printf("# %s: %s\n", aq_difference_kind_text(diff->items[i].kind), diff->items[i].text);
    if (diff != NULL)
        aq_diff_append_sql(diff, &sql);
    printf("%s", aq_text_string(&sql)); /* ALTER TABLE ... */
    aq_text_dispose(&sql);
    aq_op_close(op);
}

/* ---- Sequences and enums that stand alone ------------------------------------------------------------------------------------ */

typedef struct Receipt {
    aq_object_t object;
    int64_t number;
    const char *total;
} Receipt;

AQ_SEQUENCE(receipt_number, .start = 1000, .increment = 10, .cache = 20, .comment = "printed on receipts");

static const char *const weekday_labels[] = {"monday", "tuesday"};
static const aq_enum_t weekday_enum = {.name = "weekday", .labels = AQ_LIST(weekday_labels)};

static const aq_column_t receipt_columns[] = {
    AQ_INT8(Receipt, number, .primary_key = true, .server_default = "nextval('receipt_number')"),
    AQ_NUMERIC(Receipt, total, .check = "total > 0", .check_name = "receipt_total"),
};
AQ_MODEL(Receipt, receipt_columns, AQ_NONE);

/* ---- Running it ---------------------------------------------------------------------------------------------------------- */

static void test_all_models(void)
{
    aq_db_t *db = aq_db_create();

    is_int(aq_db_set_schema_options(db, &options), AQ_OK, "the naming convention");
    (void)aq_db_model(db, Place);
    (void)aq_db_model(db, Visit);
    (void)aq_db_model(db, Guest);
    (void)aq_db_table(db, friendship);
    (void)aq_db_model(db, Booking);
    (void)aq_db_model(db, Meal);
    (void)aq_db_model(db, Cook);
    (void)aq_db_model(db, Manager);
    (void)aq_db_model(db, Note);
    (void)aq_db_sequence(db, receipt_number);
    (void)aq_db_enum(db, weekday);
    (void)aq_db_model(db, Receipt);
    if (!is_int(aq_db_seal(db), AQ_OK, "all models of the page"))
        diag("%s", aq_last_error()->message);
    aq_db_close(db);
}

static bool found_nothing(aq_context_t *context)
{
    aq_op_t *op = aq_diff(context, NULL);
    const aq_diff_t *diff = aq_wait(op);
    bool nothing = diff != NULL && diff->count == 0;

    aq_op_close(op);
    return nothing;
}

int main(void)
{
    cluster_t *cluster;
    aq_app_t *app;
    aq_context_t *context;
    aq_db_t *db = make_db();
    aq_op_t *op;

    init_loops();
    cluster = cluster_start(NULL);
    test_all_models();
    uv_loop_init(&uv);
    app = aq_app_create(&(aq_config_t){.database_uri = cluster_uri(cluster), .track_modifications = AQ_OFF});
    ok(db != NULL && aq_db_init_app(db, app) == AQ_OK, "the db of the page");
    context = aq_context_create(app, &uv);
    make_tables(context);
    show_tables(context);
    show_differences(context);
    ok(found_nothing(context), "what create_all made is what the models say");
    op = aq_context_close(context);
    ok(aq_wait(op) != NULL, "the context closes");
    aq_op_close(op);
    is_int(uv_loop_close(&uv), 0, "nothing is left on the loop");
    aq_app_close(app);
    aq_db_close(db);
    cluster_close(cluster);
    return tap_done();
}
