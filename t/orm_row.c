/* Objects out of rows, lists, identity maps, aq_new(): a session made by hand, and rows made as libpq makes them. */
#include "tap.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "src/orm/member.h"
#include "src/orm/row.h"
#include "src/wire/codec.h"
#include "t/declared.h"

/* ---- Models --------------------------------------------------------------------------------------------------------------------------- */

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t age;
    const char *balance;
    aq_many_t posts;
} User;

typedef struct Post {
    aq_object_t object;
    int64_t number;
    const char *blog;
    int32_t author_id;
    const char *kind;
    User *author;
} Post;

typedef struct Review {
    Post post;
    int16_t stars;
} Review;

static int next_age;

static int draw_age(void *member, const void *object)
{
    aq_int4_null_t *age = member;

    (void)object;
    if (next_age < 0)
        return aq_fail(AQ_EINVAL, "no more ages");
    *age = aq_some_int4(next_age++);
    return AQ_OK;
}

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_TEXT(User, name, .default_value = "nobody"),
    AQ_INT4_NULL(User, age, .default_cb = draw_age),
    AQ_NUMERIC_NULL(User, balance),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author")};
AQ_MODEL(User, user_columns, user_relationships);

static const aq_column_t post_columns[] = {
    AQ_INT8(Post, number, .primary_key = true),
    AQ_TEXT(Post, blog, .primary_key = true),
    AQ_INT4(Post, author_id, .references = AQ_REF(User, id)),
    AQ_TEXT(Post, kind),
};
static const aq_relationship_t post_relationships[] = {AQ_ONE(Post, author, User, .back_populates = "posts")};
AQ_MODEL(Post, post_columns, post_relationships, .discriminator = "kind", .identity = "post");

static const aq_column_t review_columns[] = {
    AQ_INT2(Review, stars, .server_default = "3"),
};
AQ_SUBMODEL(Review, post, Post, review_columns, AQ_NONE, .identity = "review");

static const aq_model_t stranger = {.name = "Stranger", .file = __FILE__, .line = __LINE__};

/* ---- A session made by hand --------------------------------------------------------------------------------------------------------------- */

static aq__model_registry_t *registry;
static aq__mappers_t *mappers;
static aq__engine_t engine;

/* The session's own is the same; this one is for as long as there is none. */
__attribute__((weak)) aq__cohort_t *aq__session_cohort(aq_session_t *session, const aq__mapper_t *mapper)
{
    aq__cohort_t *cohort = session->cohorts[mapper->index];
    aq__identity_t *identity = session->identities[mapper->root->index];

    if (cohort != NULL)
        return cohort;
    cohort = aq_arena_calloc(session->arena, 1, sizeof(*cohort));
    if (identity == NULL)
        identity = aq_arena_calloc(session->arena, 1, sizeof(*identity));
    if (cohort == NULL || identity == NULL)
        return NULL;
    identity->root = mapper->root;
    session->identities[mapper->root->index] = identity;
    *cohort = (aq__cohort_t){session, mapper, identity, session->options.read_only ? 0 : mapper->object_size};
    return session->cohorts[mapper->index] = cohort;
}

static int open_session(aq_session_t *session, bool read_only)
{
    *session = (aq_session_t){.engine = &engine, .mappers = mappers, .arena = aq_arena_create(), .age = 1};
    session->options.read_only = read_only;
    if (session->arena == NULL)
        return AQ_ENOMEM;
    session->cohorts = aq_arena_calloc(session->arena, mappers->count, sizeof(*session->cohorts));
    session->identities = aq_arena_calloc(session->arena, mappers->count, sizeof(*session->identities));
    return session->cohorts != NULL && session->identities != NULL ? AQ_OK : AQ_ENOMEM;
}

static void close_session(aq_session_t *session)
{
    for (size_t i = 0; i < mappers->count && session->identities != NULL; i++)
        if (session->identities[i] != NULL)
            aq__identity_dispose(session->identities[i]);
    aq_arena_close(session->arena);
}

/* ---- Rows made by hand ---------------------------------------------------------------------------------------------------------------------- */

typedef struct column {
    uint32_t type;
    bool binary;
} column_t;

static PGresult *result_of(const column_t *columns, int count)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc described[8];

    memset(described, 0, sizeof(described));
    for (int i = 0; i < count; i++) {
        described[i].name = (char *)(uintptr_t) "c";
        described[i].typid = columns[i].type;
        described[i].format = columns[i].binary;
    }
    PQsetResultAttrs(result, count, described);
    return result;
}

static void put(PGresult *result, int row, int column, const void *data, int length)
{
    PQsetvalue(result, row, column, (char *)(uintptr_t)data, data != NULL ? length : -1);
}

static void put_text(PGresult *result, int row, int column, const char *text)
{
    put(result, row, column, text, text != NULL ? (int)strlen(text) : -1);
}

static void put_int4(PGresult *result, int row, int column, int32_t number)
{
    uint32_t big = htonl((uint32_t)number);

    put(result, row, column, &big, 4);
}

/* One user; the balance, numeric, comes in text. */
static aq_rows_t *user_row(int32_t id, const char *name, const char *age, const char *balance)
{
    static const column_t columns[] = {
        {AQ_OID_INT4, true}, {AQ_OID_TEXT, true}, {AQ_OID_INT4, false}, {AQ_OID_NUMERIC, false}};
    PGresult *result = result_of(columns, 4);

    put_int4(result, 0, 0, id);
    put_text(result, 0, 1, name);
    put_text(result, 0, 2, age);
    put_text(result, 0, 3, balance);
    return aq__rows_create(result);
}

static aq__row_shape_t shape_of(const aq_model_t *model)
{
    static int columns[] = {0, 1, 2, 3, 4, 5, 6, 7};

    return (aq__row_shape_t){
        .mapper = aq__mappers_find(mappers, model), .columns = columns, .discriminator = -1};
}

static User *load_user(aq_session_t *session, aq_rows_t *rows, bool refresh)
{
    aq__row_shape_t shape = shape_of(AQ_MODEL_OF(User));
    void *object = NULL;

    if (aq__row_object(session, &shape, rows, 0, refresh ? AQ__REFRESHES : AQ__MEETS_EXPIRED, &object) !=
        AQ_OK)
        diag("%s", aq_last_error()->message);
    aq_rows_close(rows);
    return object;
}

/* ---- New ones and those that are there ---------------------------------------------------------------------------------------------------------- */

static bool is_changed(const void *object, const char *name)
{
    return aq__object_field_changed(object, aq__mapper_field(aq__object_mapper(object), name));
}

static void loading(void)
{
    aq_session_t session;
    User *user, *again;
    aq_text_t text = {0};

    (void)open_session(&session, false);
    user = load_user(&session, user_row(7, "ann", "18", "1.50"), false);
    ok(user != NULL && user->id == 7 && strcmp(user->name, "ann") == 0 && user->age.present &&
           user->age.value == 18 && strcmp(user->balance, "1.50") == 0,
       "a row becomes an object");
    is_int(aq_object_state(user), AQ_PERSISTENT, "which is persistent");
    ok(aq_object_session(user) == &session && aq_object_model(user) == AQ_MODEL_OF(User),
       "of its session and model");
    ok(!is_changed(user, "id") && !is_changed(user, "name") && !is_changed(user, "age") &&
           !is_changed(user, "balance"),
       "and as its snapshot");
    ok(!aq__object_relation_loaded(user, aq__mapper_relation(aq__object_mapper(user), "posts")),
       "its list is not loaded");
    aq_object_append(&text, user);
    is_text(aq_text_string(&text), "<User 7>", "what it is called");
    aq_text_dispose(&text);

    user->age = (aq_int4_null_t){0, false};
    again = load_user(&session, user_row(7, "bob", "19", NULL), false);
    ok(again == user && strcmp(user->name, "ann") == 0,
       "a row of the same key is the same object, left alone");
    ok(load_user(&session, user_row(8, "bob", NULL, NULL), false) != user, "another key is another");

    session.age++;
    again = load_user(&session, user_row(7, "bob", "19", NULL), false);
    ok(again == user && strcmp(user->name, "bob") == 0 && user->balance == NULL,
       "an expired one takes what the row says now");
    ok(!user->age.present && is_changed(user, "age") && !is_changed(user, "name"),
       "but for what the user has changed");
    user->age = aq_some_int4(19);
    ok(!is_changed(user, "age"), "whose snapshot is new as well");
    user->name = "eve";
    again = load_user(&session, user_row(7, "bob", "20", NULL), true);
    ok(again == user && strcmp(user->name, "bob") == 0 && user->age.value == 20, "a refresh loses that too");
    close_session(&session);
}

static void no_objects(void)
{
    static const column_t columns[] = {{AQ_OID_INT4, true}, {AQ_OID_TEXT, true}, {AQ_OID_TEXT, false}};
    PGresult *result = result_of(columns, 3);
    aq__row_shape_t shape = shape_of(AQ_MODEL_OF(User));
    int few[] = {0, 1, 2, -1};
    void *object = &shape;
    aq_session_t session;
    aq_rows_t *rows;

    (void)open_session(&session, false);
    put(result, 0, 0, NULL, -1);
    put_text(result, 0, 1, "ann");
    put_text(result, 0, 2, NULL);
    put_int4(result, 1, 0, 5);
    put_text(result, 1, 1, "ann");
    put_text(result, 1, 2, "old");
    rows = aq__rows_create(result);
    shape.columns = few;
    ok(aq__row_object(&session, &shape, rows, 0, AQ__MEETS_EXPIRED, &object) == AQ_OK && object == NULL,
       "a row without a key is nothing");
    is_int(aq__row_object(&session, &shape, rows, 1, AQ__MEETS_EXPIRED, &object), AQ_ETYPE,
           "a cell of a wrong type fails");
    is_text(aq_last_error()->message,
            "User.age: row 1, column 'c' (2): type 25 (text) where an int4 was asked for", "... and says so");
    ok(object == NULL && session.identities[shape.mapper->index]->count == 0, "and leaves nothing");
    aq_rows_close(rows);
    close_session(&session);
}

static void read_only(void)
{
    aq_session_t session;
    User *user;

    (void)open_session(&session, true);
    user = load_user(&session, user_row(7, "ann", "18", "1.50"), false);
    ok(aq__object_snapshot(user) == NULL && !is_changed(user, "name"),
       "a session that only reads keeps no snapshot");
    session.age++;
    user->name = "eve";
    ok(load_user(&session, user_row(7, "bob", NULL, NULL), false) == user && strcmp(user->name, "bob") == 0 &&
           !user->age.present,
       "and reloads all");
    close_session(&session);
}

/* ---- Submodels, relationships ------------------------------------------------------------------------------------------------------------------ */

static aq_rows_t *post_row(int32_t number, const char *blog, int32_t author, const char *kind,
                           const char *stars)
{
    static const column_t columns[] = {{AQ_OID_INT4, true},
                                       {AQ_OID_TEXT, true},
                                       {AQ_OID_INT4, true},
                                       {AQ_OID_TEXT, true},
                                       {AQ_OID_INT2, false}};
    PGresult *result = result_of(columns, 5);

    put_int4(result, 0, 0, number);
    put_text(result, 0, 1, blog);
    put_int4(result, 0, 2, author);
    put_text(result, 0, 3, kind);
    put_text(result, 0, 4, stars);
    return aq__rows_create(result);
}

static Post *load_post(aq_session_t *session, aq_rows_t *rows, bool with_children)
{
    aq__row_shape_t shape = shape_of(AQ_MODEL_OF(Post));
    int children[] = {0, 1, 2, 3, 4};
    void *object = NULL;

    shape.discriminator = 3;
    shape.children = with_children ? children : NULL;
    shape.most_fields = 5;
    if (aq__row_object(session, &shape, rows, 0, AQ__MEETS_EXPIRED, &object) != AQ_OK)
        diag("%s", aq_last_error()->message);
    aq_rows_close(rows);
    return object;
}

static void submodels(void)
{
    aq_session_t session;
    Post *post;
    Review *review;
    aq_text_t text = {0};

    (void)open_session(&session, false);
    post = load_post(&session, post_row(1, "b", 7, "post", NULL), true);
    ok(post != NULL && aq_object_model(post) == AQ_MODEL_OF(Post) && post->number == 1, "a row of the base");
    review = (Review *)load_post(&session, post_row(2, "b", 7, "review", "5"), true);
    ok(review != NULL && aq_object_model(review) == AQ_MODEL_OF(Review) && review->stars == 5,
       "a row of a submodel");
    ok((Review *)load_post(&session, post_row(2, "b", 7, "review", "4"), true) == review,
       "they share one map");
    ok(load_post(&session, post_row(3, "b", 7, "poem", NULL), true) != NULL,
       "what is of no model is of the base");
    review = (Review *)load_post(&session, post_row(4, "b", 7, "review", "4"), false);
    ok(review != NULL && aq_object_model(review) == AQ_MODEL_OF(Review) && review->stars == 0 &&
           review->post.author_id == 7,
       "a submodel whose own columns were not asked for");
    aq_object_append(&text, review);
    is_text(aq_text_string(&text), "<Review 4, b>", "a compound key in a name");
    aq_text_dispose(&text);
    close_session(&session);
}

static void to_one(void)
{
    aq_session_t session;
    Post *post;
    User *ann, *bob;
    const aq__relation_t *relation =
        aq__mapper_relation(aq__mappers_find(mappers, AQ_MODEL_OF(Post)), "author");

    (void)open_session(&session, false);
    ann = load_user(&session, user_row(7, "ann", NULL, NULL), false);
    bob = load_user(&session, user_row(8, "bob", NULL, NULL), false);
    post = load_post(&session, post_row(1, "b", 7, "post", NULL), true);
    ok(!aq__object_relation_loaded(post, relation), "a to-one relationship is not loaded with its row");
    post->author = ann;
    aq__object_mark(post, UINT64_C(1) << (AQ__STATE_LOADED_SHIFT + relation->bit));
    aq__object_take_snapshot(post);
    session.age++;
    (void)load_post(&session, post_row(1, "b", 7, "post", NULL), true);
    ok(post->author == ann && aq__object_relation_loaded(post, relation),
       "the same key leads to the same object");
    session.age++;
    (void)load_post(&session, post_row(1, "b", 8, "post", NULL), true);
    ok(post->author == NULL && !aq__object_relation_loaded(post, relation),
       "another key to one that is not loaded");
    post->author = bob;
    session.age++;
    (void)load_post(&session, post_row(1, "b", 7, "post", NULL), true);
    ok(post->author == bob && aq__object_snapshot_one(post, relation) == NULL, "what the user has set stays");
    close_session(&session);
}

/* ---- aq_new() --------------------------------------------------------------------------------------------------------------------------------------- */

static void new_objects(void)
{
    aq_session_t session;
    User *user;
    Review *review;
    aq_text_t text = {0};

    (void)open_session(&session, false);
    user = aq_new(&session, User);
    ok(user != NULL && user->id == 0 && strcmp(user->name, "nobody") == 0 && !user->age.present,
       "a new object has the client's defaults");
    ok(!is_changed(user, "name") && !is_changed(user, "id"), "which its snapshot knows");
    ok(aq_object_state(user) == AQ_TRANSIENT && aq_object_session(user) == NULL, "it is in no session yet");
    ok(aq__object_relation_loaded(user, aq__mapper_relation(aq__object_mapper(user), "posts")) &&
           user->posts.count == 0,
       "all its relationships are loaded: nothing");
    aq_object_append(&text, user);
    aq__object_set_status(user, AQ_PENDING);
    aq_object_append(&text, user);
    is_text(aq_text_string(&text), "<User (transient)><User (pending)>", "what it is called");
    aq_text_dispose(&text);
    next_age = 33;
    ok(aq__object_set_defaults(user) == AQ_OK && user->age.value == 33, "a callback is asked for the insert");
    ok(aq__object_set_defaults(user) == AQ_OK && user->age.value == 33, "once");
    user->age.present = false;
    next_age = -1;
    is_int(aq__object_set_defaults(user), AQ_EINVAL, "one that fails");
    is_text(aq_last_error()->message, "User.age: no more ages", "says so");
    review = aq_new(&session, Review);
    ok(review != NULL && strcmp(review->post.kind, "review") == 0,
       "a submodel's discriminator is its identity");
    ok(aq_session_new(&session, &stranger) == NULL && aq_last_error()->code == AQ_EMAPPING,
       "a model that is not mapped");
    is_text(aq_last_error()->message, "'Stranger' is not mapped: aq_db_model() it first", "says so");
    close_session(&session);
}

static void state_names(void)
{
    is_str(aq_state_name(AQ_TRANSIENT), "transient", "transient");
    is_str(aq_state_name(AQ_PENDING), "pending", "pending");
    is_str(aq_state_name(AQ_PERSISTENT), "persistent", "persistent");
    is_str(aq_state_name(AQ_DELETED), "deleted", "deleted");
    is_str(aq_state_name(AQ_DETACHED), "detached", "detached");
    is_str(aq_state_name((aq_state_t)9), "no state", "and what is none");
}

/* ---- Lists -------------------------------------------------------------------------------------------------------------------------------------------- */

static void lists(void)
{
    aq_session_t session;
    const aq__relation_t *relation =
        aq__mapper_relation(aq__mappers_find(mappers, AQ_MODEL_OF(User)), "posts");
    int items[6];
    void *loaded[] = {&items[0], &items[1], &items[2]}, *later[] = {&items[1], &items[3], &items[4]};
    User *user;
    const aq__many_t *many;

    (void)open_session(&session, false);
    user = load_user(&session, user_row(7, "ann", NULL, NULL), false);
    ok(aq__many_add(user, relation, &items[4]) == AQ_OK && aq__many_remove(user, relation, &items[1]) &&
           !aq__many_remove(user, relation, &items[1]),
       "a list that is not loaded can be changed");
    ok(!aq__object_relation_loaded(user, relation) && user->posts.count == 1, "and is not loaded then");
    ok(aq__many_load(user, relation, loaded, 3) == AQ_OK && user->posts.count == 3, "when it is, it is");
    ok(user->posts.items[0] == &items[0] && user->posts.items[1] == &items[2] &&
           user->posts.items[2] == &items[4],
       "without what was removed, with what was added");
    many = user->posts.state;
    is_int(many->original_count, 3, "it knows what the database has");
    ok(aq__many_remove(user, relation, &items[0]) && !aq__many_has(user, relation, &items[0]) &&
           !aq__many_remove(user, relation, &items[5]),
       "one is removed; what is not there is not");
    ok(aq__many_load(user, relation, later, 3) == AQ_OK && user->posts.count == 2, "loaded again");
    ok(!aq__many_has(user, relation, &items[1]) && aq__many_has(user, relation, &items[3]) &&
           aq__many_has(user, relation, &items[4]),
       "it has what is new, and not what is removed still");
    ok(aq__many_settle(user, relation) == AQ_OK && many->original_count == 2,
       "settled: that is what the database has");

    user = aq_new(&session, User);
    ok(aq__many_settle(user, relation) == AQ_OK && user->posts.state == &aq__many_empty,
       "an empty list needs no memory");
    ok(aq__many_add(user, relation, &items[0]) == AQ_OK && aq__object_relation_loaded(user, relation),
       "a new object's list is loaded when it grows, too");
    for (size_t i = 0; i < 100; i++)
        (void)aq__many_add(user, relation, &items[i % 6]);
    is_int(user->posts.count, 101, "and grows");
    close_session(&session);
}

/* ---- Many ----------------------------------------------------------------------------------------------------------------------------------------------- */

static void identities(void)
{
    enum { COUNT = 20000 };
    aq_session_t session;
    aq__identity_t *identity;
    const aq__mapper_t *mapper = aq__mappers_find(mappers, AQ_MODEL_OF(User));
    aq__cohort_t *cohort;
    size_t found = 0, seen = 0, at = 0;
    User scratch = {.id = 0};

    (void)open_session(&session, false);
    cohort = aq__session_cohort(&session, mapper);
    identity = cohort->identity;
    ok(aq__identity_find(identity, &scratch) == NULL && aq__identity_next(identity, &at) == NULL,
       "an empty map");
    for (int32_t i = 0; i < COUNT; i++) {
        User *user = aq__object_alloc(cohort);

        user->id = i * 3;
        aq__object_take_snapshot(user);
        (void)aq__identity_put(identity, user);
        user->id = -1; /* the user may */
    }
    for (scratch.id = 0; scratch.id < COUNT * 3; scratch.id++)
        found += aq__identity_find(identity, &scratch) != NULL;
    is_int(found, COUNT, "each is found by the key that its row has, and nothing else is");
    for (scratch.id = 0; scratch.id < COUNT * 3; scratch.id += 6)
        aq__identity_remove(identity, aq__identity_find(identity, &scratch));
    is_int(identity->count, COUNT / 2, "half of them are removed");
    found = 0;
    for (scratch.id = 0; scratch.id < COUNT * 3; scratch.id++)
        found += aq__identity_find(identity, &scratch) != NULL;
    is_int(found, COUNT / 2, "the others are still found");
    for (at = 0; aq__identity_next(identity, &at) != NULL;)
        seen++;
    is_int(seen, COUNT / 2, "and seen one by one");
    for (size_t i = 0; i < 100000; i++) {
        User *user;

        scratch.id = 3;
        user = aq__identity_find(identity, &scratch);
        aq__identity_remove(identity, user);
        (void)aq__identity_put(identity, user);
    }
    ok(identity->slot_count < 2 * COUNT, "removing and putting does not make it grow");
    close_session(&session);
}

static int work(void)
{
    aq_session_t session;
    aq__row_shape_t shape = shape_of(AQ_MODEL_OF(User));
    void *object = NULL;
    int code = open_session(&session, false);

    for (int32_t i = 0; i < 100 && code == AQ_OK; i++) {
        aq_rows_t *rows = user_row(i, "ann", "18", "1.50");

        code =
            rows != NULL ? aq__row_object(&session, &shape, rows, 0, AQ__MEETS_EXPIRED, &object) : AQ_ENOMEM;
        aq_rows_close(rows);
        if (code == AQ_OK && aq_new(&session, User) == NULL)
            code = aq_last_error()->code;
        if (code == AQ_OK)
            code = aq__many_add(object, aq__mapper_relation(shape.mapper, "posts"), &session);
    }
    close_session(&session);
    return code;
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    registry = add_all(MODELS(AQ_MODEL_OF(User), AQ_MODEL_OF(Post), AQ_MODEL_OF(Review)));
    if (aq__models_seal(registry) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    mappers = aq__mappers_create(registry);
    if (mappers == NULL)
        bail_out("%s", aq_last_error()->message);
    engine.mappers = mappers;
    loading();
    no_objects();
    read_only();
    submodels();
    to_one();
    new_objects();
    state_names();
    lists();
    identities();
    check_each_request("rows, new objects, lists", work);
    aq__mappers_close(mappers);
    aq__models_close(registry);
    is_int(allocations.blocks, 0, "all memory came back");
    return tap_done();
}
