/* Plans on a server: one unit, one Sync, and what is in the database and in the objects after it. */
#include "t/pools.h"

#include "t/plan_models.h"

/* ---- More models: what servers make difficult ------------------------------------------------------------------------------------- */

/* Every type, not null and nullable. */
typedef struct Thing {
    aq_object_t object;
    int64_t id;
    bool flag;
    int16_t small;
    int32_t middle;
    int64_t big;
    float real;
    double wide;
    const char *body;
    aq_bytes_t raw;
    const char *amount;
    const char *code;
    aq_date_t day;
    aq_time_t hour;
    aq_timestamp_t at;
    aq_timestamp_t when;
    aq_interval_t span;
    aq_uuid_t uuid;
    aq_inet_t address;
    const char *doc;
    const char *docb;
    mood_t mood;
    aq_int4_array_t numbers;
    aq_text_array_t words;
    aq_enum_array_t moods;
    aq_bool_null_t flag_null;
    aq_int8_null_t big_null;
    aq_float8_null_t wide_null;
    aq_date_null_t day_null;
    aq_timestamp_null_t when_null;
    aq_uuid_null_t uuid_null;
    aq_enum_null_t mood_null;
    const char *citext;
} Thing;

static const aq_column_t thing_columns[] = {
    AQ_INT8(Thing, id, .primary_key = true),
    AQ_BOOL(Thing, flag),
    AQ_INT2(Thing, small),
    AQ_INT4(Thing, middle),
    AQ_INT8(Thing, big),
    AQ_FLOAT4(Thing, real),
    AQ_FLOAT8(Thing, wide),
    AQ_TEXT(Thing, body),
    AQ_BYTEA(Thing, raw),
    AQ_NUMERIC(Thing, amount, .precision = 12, .scale = 3),
    AQ_CHAR(Thing, code, 4),
    AQ_DATE(Thing, day),
    AQ_TIME(Thing, hour),
    AQ_TIMESTAMP(Thing, at),
    AQ_TIMESTAMPTZ(Thing, when),
    AQ_INTERVAL(Thing, span),
    AQ_UUID(Thing, uuid),
    AQ_INET(Thing, address),
    AQ_JSON(Thing, doc),
    AQ_JSONB(Thing, docb),
    AQ_ENUM(Thing, mood, &mood_enum),
    AQ_INT4_ARRAY(Thing, numbers),
    AQ_TEXT_ARRAY(Thing, words),
    AQ_ENUM_ARRAY(Thing, moods, &mood_enum),
    AQ_BOOL_NULL(Thing, flag_null),
    AQ_INT8_NULL(Thing, big_null),
    AQ_FLOAT8_NULL(Thing, wide_null),
    AQ_DATE_NULL(Thing, day_null),
    AQ_TIMESTAMPTZ_NULL(Thing, when_null),
    AQ_UUID_NULL(Thing, uuid_null),
    AQ_ENUM_NULL(Thing, mood_null, &mood_enum),
    AQ_TEXT_NULL(Thing, citext, .sql_type = "varchar(9)"),
};
AQ_MODEL(Thing, thing_columns, AQ_NONE);

/* A compound key, half of it drawn, that others refer to. */
typedef struct Order {
    aq_object_t object;
    const char *shop;
    int32_t number;
} Order;

typedef struct Line {
    aq_object_t object;
    const char *shop;
    int32_t number;
    int32_t position;
} Line;

static const aq_column_t order_columns[] = {
    AQ_TEXT(Order, shop, .primary_key = true),
    AQ_INT4(Order, number, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
};
AQ_MODEL(Order, order_columns, AQ_NONE, .table = "orders");

static const aq_column_t line_columns[] = {
    AQ_TEXT(Line, shop, .primary_key = true),
    AQ_INT4(Line, number, .primary_key = true),
    AQ_INT4(Line, position, .primary_key = true),
};
static const aq_constraint_t line_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("shop", "number"), .model = AQ_STRUCT(Order)),
};
AQ_MODEL(Line, line_columns, AQ_NONE, .constraints = AQ_LIST(line_constraints));

static const aq_model_t *const server_models[] = {
    AQ_MODEL_OF(User),  AQ_MODEL_OF(Post),   AQ_MODEL_OF(Comment),
    AQ_MODEL_OF(Tag),   AQ_MODEL_OF(Node),   AQ_MODEL_OF(Person),
    AQ_MODEL_OF(Ball),  AQ_MODEL_OF(Base),   AQ_MODEL_OF(Sub),
    AQ_MODEL_OF(Seat),  AQ_MODEL_OF(Ticket), AQ_MODEL_OF(Profile),
    AQ_MODEL_OF(Box),   AQ_MODEL_OF(Part),   AQ_MODEL_OF(Wheel),
    AQ_MODEL_OF(Left),  AQ_MODEL_OF(Right),  AQ_MODEL_OF(Thing),
    AQ_MODEL_OF(Order), AQ_MODEL_OF(Line),   NULL};

/* ---- Flushes -------------------------------------------------------------------------------------------------------------------------- */

static char logged[512];

static void on_log(void *data, aq_log_level_t level, const char *message)
{
    (void)data;
    if (level == AQ_LOG_WARNING)
        snprintf(logged, sizeof logged, "%s", message);
}

static size_t statements; /* of the last flush */
static int code;

static const char *outcome_of_flush(aq__plan_t *plan, aq_op_t *op)
{
    static char text[4096];
    aq_results_t *results = aq_wait(op);
    const aq_error_t *error = aq_op_error(op), *ours;

    snprintf(text, sizeof text, "ok");
    code = AQ_OK;
    if (results != NULL && (code = aq__plan_settle(plan, results)) != AQ_OK)
        snprintf(text, sizeof text, "%s: %s", aq_error_name(code), aq_last_error()->message);
    if (error != NULL) {
        ours = aq__plan_explain(plan, error);
        error = ours != NULL ? ours : error;
        code = error->code;
        snprintf(text, sizeof text, "%s: %s", aq_error_name(code), error->message);
    }
    return text;
}

/* What the change set came to: "ok", or its error. Sends it as one unit, which has one Sync. */
static const char *flushed(void)
{
    static char text[4096];
    aq_unit_t *unit = aq_unit_create();
    uint64_t syncs = stats().syncs;
    aq__plan_t plan;
    aq_op_t *op;

    logged[0] = '\0';
    code = aq__plan_make(&plan, &flush.set, NULL);
    if (code == AQ_OK)
        code = aq__plan_add_to(&plan, unit);
    if (code != AQ_OK) {
        snprintf(text, sizeof text, "%s: %s", aq_error_name(code), aq_last_error()->message);
        aq_unit_close(unit);
        next_flush();
        return text;
    }
    statements = plan.step_count;
    op = aq__pool_send(pool, unit);
    snprintf(text, sizeof text, "%s", outcome_of_flush(&plan, op));
    aq_op_close(op);
    if (stats().syncs != syncs + 1)
        snprintf(text, sizeof text, "it took %d Syncs", (int)(stats().syncs - syncs));
    next_flush();
    return text;
}

static const char *value(const char *sql)
{
    static char text[4096];
    char *first = cluster_value(cluster, "%s", sql);

    snprintf(text, sizeof text, "%s", first != NULL ? first : "~");
    free(first);
    return text;
}

/* ---- New objects ------------------------------------------------------------------------------------------------------------------------ */

static void test_graph(void)
{
    User *ann = user("ann"), *bob = user("bob");
    Post *first = post("first"), *second = post("second"), *third = post("third");
    Tag *news = new_of(Tag), *fun = new_of(Tag);
    aq__changed_t *a, *b, *p, *t;
    Comment *comment = new_of(Comment);

    news->name = "news";
    fun->name = "fun";
    comment->body = "hm";
    p = inserted(first);
    b = inserted(bob);
    a = inserted(ann);
    t = inserted(news);
    inserted(fun);
    carried(p, "author_id", a, "id");
    carried(inserted(second), "author_id", b, "id");
    inserted(third);
    carried(inserted(comment), "post_id", p, "id");
    linked(first, "tags", news)->near_source = p;
    flush.associations[0].far_source = t;
    is_str(flushed(), "ok", "users, posts, tags and comments in one unit with one Sync");
    ok(bob->id == 1 && ann->id == 2, "keys are drawn in the order in which objects were added");
    is_int(first->author_id.value, ann->id, "a child has the key of its parent");
    is_int(second->author_id.value, bob->id, "and the other that of the other");
    ok(first->author_id.present && !third->author_id.present, "and the third has none");
    is_str(ann->shout, "ANN", "what the server works out is there");
    ok(ann->created > 1700000000000000, "and what it has by default");
    ok(!aq__object_field_changed(ann, field_of(ann, "shout")) &&
           !aq__object_field_changed(first, field_of(first, "author_id")),
       "and that is what the objects were loaded with, as it were");
    is_str(value("select string_agg(title || coalesce(' by ' || name, ''), ', ' order by title) from post "
                 "left join users "
                 "on users.id = author_id"),
           "first by ann, second by bob, third", "rows are linked as objects are");
    is_str(value("select title || ' ' || name || ' ' || body from post_tags join post on post.id = post_id "
                 "join tag on "
                 "tag.id = tag_id join comment using (post_id)"),
           "first news hm", "and so are tags and comments");
}

/* ---- Out of memory ---------------------------------------------------------------------------------------------------------------------- */

typedef struct settling {
    aq__plan_t plan;
    aq_results_t *results;
    int code;
} settling_t;

static bool settle_again(void *data)
{
    settling_t *settling = data;

    settling->code = aq__plan_settle(&settling->plan, settling->results);
    return settling->code != AQ_ENOMEM && atomic_load(&allocations.refused) == 0;
}

static void test_memory(void)
{
    aq_unit_t *unit = aq_unit_create();
    settling_t settling = {0};
    User *last = NULL;
    aq_op_t *op;

    for (int i = 0; i < 5000; i++) {
        aq__changed_t *parent = inserted(last = user("a name that is copied"));

        carried(inserted(post("a title that is copied")), "author_id", parent, "id");
    }
    aq__plan_make(&settling.plan, &flush.set, NULL);
    aq__plan_add_to(&settling.plan, unit);
    op = aq__pool_send(pool, unit);
    settling.results = aq_wait(op);
    ok(fail_each_request(settle_again, &settling, 1000) > 2, "settling takes memory");
    is_int(settling.code, AQ_OK, "AQ_ENOMEM, until there is enough");
    is_str(last->shout, "A NAME THAT IS COPIED", "and then all is there");
    aq_op_close(op);
    next_flush();
}

static void grow(aq__changed_t *parent, int depth)
{
    for (int i = 0; i < 3 && depth < 5; i++) {
        Node *child = node(aq_arena_printf(session.arena, "%s/%d", ((Node *)parent->object)->name, i), 0);
        aq__changed_t *changed = inserted(child);

        carried(changed, "parent_id", parent, "id");
        grow(changed, depth + 1);
    }
}

static void test_tree(void)
{
    Node *root = node("root", 0);

    grow(inserted(root), 1);
    is_int(flush.set.count, 121, "a tree of five levels");
    is_str(flushed(), "ok", "is one unit");
    is_int(statements, 5, "of five statements");
    is_str(value("select count(*) from node a join node b on a.parent_id = b.id and a.name ~ ('^' || b.name "
                 "|| '/.$')"),
           "120", "each has its parent");
    deleted(loaded(root));
    swept(root, "children", AQ__SWEEP_DELETE)->deep = true;
    is_str(flushed(), "ok", "its root is deleted");
    is_str(value("select count(*) from node"), "0",
           "and so is everything below, of which nothing was loaded");
}

static void test_circles(void)
{
    Person *person = new_of(Person);
    Ball *ball = new_of(Ball), *other = new_of(Ball);
    Node *a = node("a", 0), *b = node("b", 0), *own = node("own", 0);
    aq__changed_t *owner, *owned, *first, *second;

    person->name = "p";
    owner = inserted(person);
    owned = inserted(ball);
    carried(inserted(other), "owner_id", owner, "id");
    carried(owner, "favorite_id", owned, "id");
    carried(owned, "owner_id", owner, "id");
    is_str(flushed(), "ok", "two tables that refer to each other");
    is_str(value("select count(*) from person join ball on favorite_id = ball.id and owner_id = person.id"),
           "1", "and so do their rows");
    is_int(person->favorite_id.value, ball->id, "and the objects");
    deleted(person);
    deleted(ball);
    deleted(other);
    is_str(flushed(), "ok", "they go together");
    is_str(value("select count(*) from person, ball"), "0", "all of them");
    first = inserted(a);
    second = inserted(b);
    carried(first, "parent_id", second, "id");
    carried(second, "parent_id", first, "id");
    owner = inserted(own);
    carried(owner, "parent_id", owner, "id");
    is_str(flushed(), "ok", "rows of one table in a circle, and one that is its own parent");
    ok(a->parent_id.value == b->id && b->parent_id.value == a->id && own->parent_id.value == own->id,
       "as the objects say");
    is_str(value("select count(*) from node a join node b on a.parent_id = b.id and b.parent_id = a.id"), "3",
           "and the rows");
    deleted(a);
    deleted(b);
    deleted(own);
    is_str(flushed(), "ok", "they go at once");
}

enum { MANY = 10000 };

static void test_many(void)
{
    User **users = aq_arena_alloc(session.arena, MANY * sizeof(*users));
    size_t wrong = 0;

    for (int i = 0; i < MANY; i++) {
        Post *child = post(aq_arena_printf(session.arena, "many %d", i));

        users[i] = user(child->title);
        carried(inserted(child), "author_id", inserted(users[i]), "id");
    }
    is_str(flushed(), "ok", "10,000 parents with a child each");
    is_int(statements, 2, "are two statements");
    for (int i = 1; i < MANY; i++)
        wrong += users[i]->id != users[i - 1]->id + 1;
    is_int(wrong, 0, "keys come back in the order in which the rows went");
    is_str(value("select count(*) from post join users on users.id = author_id and title = name"), "10000",
           "and each child has its own parent");
    for (int i = 0; i < MANY; i++) {
        users[i]->email = aq_arena_printf(session.arena, "%d", users[i]->id);
        updated(users[MANY - 1 - i]);
    }
    for (int i = 0; i < MANY; i++)
        name_field(flush.items[i], field_of(users[0], "email"));
    is_str(flushed(), "ok", "10,000 changed objects");
    is_str(value("select count(*) from users where email = id::text"), "10000", "each has its own value");
    for (int i = 0; i < MANY; i++)
        deleted(users[i]);
    flush.set.sweep_count = 0;
    swept(users[0], "posts", AQ__SWEEP_NULL);
    flush.sweeps[0].parents = (void **)users;
    flush.sweeps[0].parent_count = MANY;
    is_str(flushed(), "ok", "10,000 deleted ones, whose children stay");
    is_str(value("select count(*) from post where author_id is null and title like 'many%'"), "10000",
           "without their parents");
}

static void test_defaults(void)
{
    Ticket *first = NULL, *last = NULL;

    for (int i = 0; i < 3000; i++) {
        last = new_of(Ticket);
        first = first == NULL ? last : first;
        inserted(last);
    }
    is_str(flushed(), "ok", "3000 rows of which nothing is sent");
    is_int(statements, 8, "1024, 1024, 512, 256, 128, 32, 16 and 8 rows at a time");
    ok(first->id == 1 && last->id == 3000, "they are numbered in order");
    is_str(last->state, "new", "and have what the server gives");
}

/* ---- Types ---------------------------------------------------------------------------------------------------------------------------------- */

static Thing *thing(void)
{
    static const int32_t numbers[] = {1, -2};
    static const char *const words[] = {"a\"b", "", NULL};
    static const int moods[] = {MOOD_HAPPY, MOOD_SAD};
    Thing *made = new_of(Thing);

    made->flag = true;
    made->small = -7;
    made->middle = 1 << 30;
    made->big = INT64_MIN;
    made->real = 1.5f;
    made->wide = 0.1;
    made->body = "it's \\ {\"x\"} \xc3\xa4";
    made->raw = (aq_bytes_t){"\0\1\2", 3};
    made->amount = "12345.678";
    made->code = "ab";
    made->day = 1;
    made->hour = 1000000;
    made->at = 1;
    made->when = AQ_TIMESTAMP_INFINITY;
    made->span = (aq_interval_t){1, 2, 3};
    made->uuid.bytes[0] = 0xff;
    made->address = (aq_inet_t){.family = 4, .bits = 32, .bytes = {127, 0, 0, 1}};
    made->doc = "{\"a\": 1}";
    made->docb = "[1,2]";
    made->mood = MOOD_HAPPY;
    made->numbers = (aq_int4_array_t){numbers, NULL, 2};
    made->words = (aq_text_array_t){words, NULL, 3};
    made->moods = (aq_enum_array_t){moods, NULL, 2};
    return made;
}

static const char things[] =
    "select string_agg(concat_ws('|', flag, small, middle, big, \"real\", wide, body, raw, amount, code, "
    "day, hour, at, "
    "\"when\", span, uuid, address, doc, docb, mood, numbers, words, moods, coalesce(flag_null::text, '~'), "
    "big_null, wide_null, "
    "day_null, when_null, uuid_null, mood_null, citext), E'\\n' order by id) from thing";

static void test_types(void)
{
    Thing *made = thing(), *other = thing();

    inserted(made);
    other->flag_null = aq_some_bool(false);
    other->big_null = aq_some_int8(5);
    other->wide_null = aq_some_float8(-1);
    other->day_null = aq_some_date(0);
    other->when_null = aq_some_timestamp(0);
    other->uuid_null = (aq_uuid_null_t){.present = true};
    other->mood_null = aq_some_enum(MOOD_SAD);
    other->citext = "nine char";
    inserted(other);
    is_str(flushed(), "ok", "a row with every type, and one with every NULL");
    is_int(statements, 1, "in one statement");
    is_text(value(things),
            "t|-7|1073741824|-9223372036854775808|1.5|0.1|it's \\ {\"x\"} \xc3\xa4|\\x000102|12345.678|ab  "
            "|1970-01-02|"
            "00:00:01|1970-01-01 00:00:00.000001|infinity|1 mon 2 days 00:00:00.000003|"
            "ff000000-0000-0000-0000-000000000000|127.0.0.1|{\"a\": 1}|[1, "
            "2]|happy|{1,-2}|{\"a\\\"b\",\"\",NULL}|{happy,sad}|~\n"
            "t|-7|1073741824|-9223372036854775808|1.5|0.1|it's \\ {\"x\"} \xc3\xa4|\\x000102|12345.678|ab  "
            "|1970-01-02|"
            "00:00:01|1970-01-01 00:00:00.000001|infinity|1 mon 2 days 00:00:00.000003|"
            "ff000000-0000-0000-0000-000000000000|127.0.0.1|{\"a\": 1}|[1, "
            "2]|happy|{1,-2}|{\"a\\\"b\",\"\",NULL}|{happy,sad}|false|"
            "5|-1|1970-01-01|1970-01-01 00:00:00+00|00000000-0000-0000-0000-000000000000|sad|nine char",
            "they are what was sent");
    made->day = 2;
    made->words = (aq_text_array_t){(const char *const[]){"x"}, NULL, 1};
    made->mood_null = aq_some_enum(MOOD_HAPPY);
    made->docb = "{}";
    made->citext = "c";
    updated(made);
    is_str(flushed(), "ok", "some of them change");
    is_str(value("select concat_ws('|', day, words, mood_null, docb, citext) from thing order by id limit 1"),
           "1970-01-03|{x}|happy|{}|c", "in the row too");
    deleted(made);
    deleted(other);
    is_str(flushed(), "ok", "and go");
}

/* ---- Keys --------------------------------------------------------------------------------------------------------------------------------------- */

static void test_keys(void)
{
    Order *order = new_of(Order), *given = new_of(Order);
    Line *line = new_of(Line);
    Seat *seat = new_of(Seat);
    aq__changed_t *changed;
    Post *numbered = post("numbered");

    order->shop = "a,\"{}' b";
    changed = inserted(order);
    carried(inserted(line), "number", changed, "number");
    carried(flush.items[1], "shop", changed, "shop");
    is_str(flushed(), "ok", "a compound key, half of which is drawn, and a child");
    is_str(value("select shop || number from line join orders using (shop, number)"), "a,\"{}' b1",
           "whatever is in a text that is carried");
    ok(line->number == order->number && strcmp(line->shop, order->shop) == 0, "the child has it");
    given->shop = "b";
    given->number = 77;
    inserted(given);
    numbered->id = 4711000;
    inserted(numbered);
    is_str(flushed(), "ok", "an identity that is always generated, given by the user");
    is_str(value("select id from post where title = 'numbered'"), "4711000", "is the user's");
    seat->row = 1;
    seat->letter = "a";
    inserted(seat);
    is_str(flushed(), "ok", "a compound key of the user's");
    seat->row = 2;
    seat->price = aq_some_int4(3);
    updated(seat);
    is_str(flushed(), "ok", "a key that changes");
    is_str(value("select row || letter || price from seat"), "2a3", "is another one now");
    seat->price = aq_some_int4(4);
    updated(seat);
    is_str(flushed(), "ok", "and the row is found by it");
}

/* ---- Inheritance ------------------------------------------------------------------------------------------------------------------------------------ */

static void test_inheritance(void)
{
    Sub *first = new_of(Sub), *second = new_of(Sub);
    Base *base = new_of(Base);

    first->base.kind = second->base.kind = "sub";
    base->kind = "base";
    first->base.name = "1";
    base->name = "2";
    second->base.name = "3";
    first->title = "t1";
    second->title = "t3";
    inserted(first);
    inserted(base);
    inserted(second);
    is_str(flushed(), "ok", "a base and its children");
    is_int(statements, 2, "two tables");
    is_str(value("select string_agg(base.id || name || coalesce(title, '') || revision, ' ' order by "
                 "base.id) from base left join "
                 "sub using (id)"),
           "11t11 221 33t31", "each has its row");
    ok(second->base.id == 3 && second->base.revision == 1, "the objects know");
    second->title = "new";
    updated(second);
    is_str(flushed(), "ok", "a column of the child changes");
    is_int(second->base.revision, 2, "and so does the version of the whole");
    cluster_sql(cluster, "update base set revision = 9 where id = 3");
    second->title = "newer";
    updated(second);
    is_str(flushed(),
           "AQ_ESTALE: UPDATE statement on table 'base' expected to update 1 row(s); 0 were matched.",
           "a row that another has changed meanwhile");
    is_str(value("select title from sub where id = 3"), "new", "is left alone");
    is_int(second->base.revision, 2, "and so is the object");
    deleted(second);
    is_str(flushed(),
           "AQ_ESTALE: DELETE statement on table 'base' expected to delete 1 row(s); 0 were matched.",
           "nor is it deleted");
    is_str(value("select count(*) from sub"), "2", "not even half of it");
    deleted(first);
    deleted(base);
    is_str(flushed(), "ok", "others are");
    is_str(value("select count(*) from base"), "1", "from both tables");
}

/* ---- Stale, refused, left out ------------------------------------------------------------------------------------------------------------------------ */

static void test_stale(void)
{
    User *here = user("here"), *gone = user("gone"), *fresh = user("fresh");

    inserted(here);
    inserted(gone);
    is_str(flushed(), "ok", "two users");
    cluster_sql(cluster, "delete from users where id = %d", gone->id);
    here->name = gone->name = "renamed";
    updated(here);
    updated(gone);
    inserted(fresh);
    is_str(flushed(),
           "AQ_ESTALE: UPDATE statement on table 'users' expected to update 2 row(s); 1 were matched.",
           "one of them is gone");
    is_str(value("select count(*) from users where name = 'renamed'"), "0", "nothing of the unit is kept");
    ok(fresh->id == 0 && aq__object_field_changed(here, field_of(here, "name")), "nor do the objects say so");
    deleted(gone);
    deleted(here);
    is_str(flushed(), "ok", "what is gone can be deleted");
    is_str(logged, "DELETE statement on table 'users' expected to delete 2 row(s); 1 were matched.",
           "with a warning");
}

static void test_refused(void)
{
    Post *orphan = post("orphan");
    Comment *comment = new_of(Comment);
    User *left_out = user("nobody");

    orphan->author_id = aq_some_int4(-1);
    inserted(orphan);
    has_str(flushed(), "AQ_EFOREIGNKEY: ", "the server's own errors are the server's");
    comment->post_id = -4711;
    comment->body = NULL;
    inserted(comment);
    has_str(flushed(), "null value in column \"body\" of relation \"comment\" violates not-null constraint",
            "as they are");
    cluster_sql(cluster,
                "create function skip() returns trigger language plpgsql as 'begin return null; end'");
    cluster_sql(
        cluster,
        "create trigger skip before insert on users for each row when (new.name = 'nobody') execute function "
        "skip()");
    inserted(user("somebody"));
    inserted(left_out);
    is_str(flushed(),
           "AQ_ESTALE: INSERT statement on table 'users' expected to insert 2 row(s); 1 were inserted.",
           "a trigger that leaves out rows");
    carried(inserted(post("lost")), "author_id", inserted(user("nobody")), "id");
    is_str(flushed(),
           "AQ_ESTALE: INSERT statement on table 'users' expected to insert 1 row(s); 0 were inserted.",
           "one whose key another needs");
    is_str(value("select count(*) from post where title = 'lost'"), "0", "fails before anything is kept");
    cluster_sql(cluster, "drop trigger skip on users");
}

static void test_switch(void)
{
    User *old = user("old"), *again = user("again");
    aq__changed_t *changed;

    old->email = "old@example.org";
    inserted(old);
    is_str(flushed(), "ok", "a user with an email");
    again->id = old->id;
    aq__object_take_snapshot_of(again, field_of(again, "id"));
    changed = updated(again);
    changed->replaced = old;
    name_field(changed, field_of(again, "mood"));
    deleted(old)->touched = true;
    is_str(flushed(), "ok", "deleted, and another added with its key");
    is_str(value("select name || coalesce(email, '-') || mood from users where name = 'again'"),
           "again-happy", "nothing of the old one is left");
    is_str(again->shout, "AGAIN", "and the new one knows what the server knows");
}

/* ---- Deleted ------------------------------------------------------------------------------------------------------------------------------------------- */

static void test_sweeps(void)
{
    User *author = user("author");
    Post *first = post("swept 1"), *second = post("swept 2");
    Tag *tag = new_of(Tag);
    Comment *comment = new_of(Comment);
    aq__changed_t *changed, *a, *b;
    aq__sweep_t *posts;

    tag->name = "t";
    comment->body = "c";
    changed = inserted(author);
    a = inserted(first);
    b = inserted(second);
    carried(a, "author_id", changed, "id");
    carried(b, "author_id", changed, "id");
    carried(inserted(comment), "post_id", b, "id");
    linked(first, "tags", tag)->near_source = a;
    flush.associations[0].far_source = inserted(tag);
    is_str(flushed(), "ok", "a user with posts, a comment and a tag");
    deleted(author);
    deleted(second);
    posts = swept(author, "posts", AQ__SWEEP_DELETE);
    flush.sweeps[1] = (aq__sweep_t){.relation = aq__mapper_relation(posts->relation->target, "comments"),
                                    .kind = AQ__SWEEP_DELETE,
                                    .from = posts};
    flush.sweeps[2] = (aq__sweep_t){.relation = aq__mapper_relation(posts->relation->target, "tags"),
                                    .kind = AQ__SWEEP_ASSOCIATIONS,
                                    .from = posts};
    flush.set.sweep_count = 3;
    is_str(flushed(), "ok", "is deleted, and only one of the posts is loaded");
    is_str(logged, "", "the loaded one is deleted once");
    is_str(value("select count(*) from post where title like 'swept%'"), "0", "no post is left");
    is_str(value("select count(*) from comment"), "1", "nor is its comment; that of another is");
    linked(first, "tags", tag)->removed = true;
    is_str(flushed(), "ok", "a row between two models that is gone");
    is_str(logged, "DELETE statement on table 'post_tags' expected to delete 1 row(s); 0 were matched.",
           "is told of");
}

static void test_boxes(void)
{
    Box *box = new_of(Box);
    Part *part = new_of(Part);
    Wheel *wheel = new_of(Wheel);
    aq__changed_t *changed = inserted(box);

    part->kind = "part";
    wheel->part.kind = "wheel";
    wheel->spokes = 32;
    carried(inserted(part), "box_id", changed, "id");
    carried(inserted(wheel), "box_id", changed, "id");
    is_str(flushed(), "ok", "a box with a part and a wheel");
    is_str(value("select string_agg(kind || coalesce(spokes::text, ''), ' ' order by part.id) from part left "
                 "join wheel using (id)"),
           "part wheel32", "each in its tables");
    deleted(box);
    swept(box, "things", AQ__SWEEP_DELETE);
    is_str(flushed(), "ok", "it goes, and nothing of it was loaded");
    is_str(value("select (select count(*) from part) + (select count(*) from wheel)"), "0",
           "with all that was in it");
}

static void test_unique_values(void)
{
    User *owner = user("owner");
    Profile *first, *second;

    inserted(owner);
    is_str(flushed(), "ok", "an owner");
    first = profile(owner->id);
    inserted(first);
    is_str(flushed(), "ok", "with a profile");
    second = profile(owner->id);
    inserted(second);
    deleted(first);
    is_str(flushed(), "ok", "another takes its place, though there can be one only");
}

static void test_deferred(void)
{
    Left *a = left(1, 2);
    Right *b = right(2, 1);

    inserted(b);
    inserted(a);
    is_str(flushed(), "ok", "a circle that is closed when the commit looks");
    deleted(a);
    deleted(b);
    is_str(flushed(), "ok", "goes the same way");
    is_str(value("select count(*) from \"left\""), "0", "all of it");
}

static void test_chain(void)
{
    aq__changed_t *last = inserted(node("0", 0));

    for (int i = 1; i < 500; i++) {
        aq__changed_t *next = inserted(node("n", 0));

        carried(next, "parent_id", last, "id");
        last = next;
    }
    is_str(flushed(), "ok", "a chain of 500 rows");
    is_int(statements, 500, "a statement for each, as it must be");
    is_str(value("with recursive r as (select id from node where name = '0' union all select node.id from "
                 "node join r on parent_id = r.id) "
                 "select count(*) from r"),
           "500", "each is the child of the one before");
}

/* ---- What servers do ------------------------------------------------------------------------------------------------------------------------------------ */

/* Tables that are not quite what the models say: partitions, row security, triggers. */
static void test_partitions(void)
{
    Ticket *tickets[100];
    size_t wrong = 0;

    cluster_sql(cluster,
                "drop table ticket; create table ticket (id serial, state text not null default 'new', "
                "primary key (id)) "
                "partition by hash (id); create table ticket_0 partition of ticket for values with (modulus "
                "2, remainder "
                "0); create table ticket_1 partition of ticket for values with (modulus 2, remainder 1)");
    for (int i = 0; i < 100; i++) {
        tickets[i] = new_of(Ticket);
        tickets[i]->state = aq_arena_printf(session.arena, "%d", i);
        inserted(tickets[i]);
    }
    is_str(flushed(), "ok", "rows of a partitioned table");
    for (int i = 0; i < 100; i++) {
        char *state = cluster_value(cluster, "select state from ticket where id = %d", tickets[i]->id);

        wrong += state == NULL || strcmp(state, tickets[i]->state) != 0;
        free(state);
    }
    is_int(wrong, 0, "come back in order");
}

static void test_row_security(void)
{
    User *mine = user("mine");
    Post *child = post("mine");

    carried(inserted(child), "author_id", inserted(mine), "id");
    is_str(flushed(), "ok", "a table with row security");
    is_int(child->author_id.value, mine->id, "gives its keys to other statements");
    inserted(user("theirs"));
    is_str(flushed(), "AQ_EPERMISSION: new row violates row-level security policy for table \"users\"",
           "and has it");
}

static void set_up_row_security(void)
{
    cluster_sql(
        cluster,
        "alter table users enable row level security; create policy own on users using (true) with check "
        "(name <> "
        "'theirs'); create role app; grant all on all tables in schema public to app; grant all on all "
        "sequences in schema public to app");
}

int main(void)
{
    aq_text_t sql = {0};

    init_pools(NULL);
    aq_set_log(on_log, NULL, AQ_LOG_WARNING);
    with_pool("plans on a server", .size = 1)
    {
        open_models_with(server_models, &post_tags_table);
        aq__ddl_append(&sql, aq__models_metadata(registry, NULL));
        cluster_sql(cluster, "%s", aq_text_string(&sql));
        aq_text_dispose(&sql);
        cluster_sql(cluster, "create index on post (author_id)");
        subtest("a graph of new objects")
            test_graph();
        subtest("memory")
            test_memory();
        subtest("trees")
            test_tree();
        subtest("circles")
            test_circles();
        subtest("10,000 of each")
            test_many();
        subtest("nothing but defaults")
            test_defaults();
        subtest("types")
            test_types();
        subtest("keys")
            test_keys();
        subtest("joined inheritance")
            test_inheritance();
        subtest("stale rows")
            test_stale();
        subtest("refused")
            test_refused();
        subtest("a row that is another object's")
            test_switch();
        subtest("sweeps")
            test_sweeps();
        subtest("children with tables of their own")
            test_boxes();
        subtest("unique values")
            test_unique_values();
        subtest("deferred keys")
            test_deferred();
        subtest("chains")
            test_chain();
        subtest("partitions")
            test_partitions();
        close_models();
    }
    set_up_row_security();
    with_pool_at(uri_with("options=-c%20role%3Dapp"), "row security", .size = 1)
    {
        open_models_with(server_models, &post_tags_table);
        test_row_security();
        close_models();
    }
    return done_pools();
}
