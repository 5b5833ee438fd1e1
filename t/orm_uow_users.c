/* Rows of one table: insert, update, delete, stale rows, row switch, rollback; keys that are compound or that change; a client's on-update value. */
#include "t/orm_uow.h"

/* ---- m_simple ------------------------------------------------------------------------------------------------------------ */

typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *name;
    const char *email;
    aq_int4_null_t n;
    aq_int4_null_t d;
} User;

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true),
    AQ_VARCHAR_NULL(User, name, 20),
    AQ_VARCHAR_NULL(User, email, 50),
    AQ_INT4_NULL(User, n, .server_default = "7"),
    AQ_INT4_NULL(User, d, .default_value = "5"),
};
AQ_MODEL(User, user_columns, AQ_NONE, .table = "users");

static User *users[3];

static void declare_users(aq_db_t *db)
{
    aq_db_model(db, User);
}

static User *add_user(uow_t *uow, const char *name)
{
    User *user = aq_new(uow->session, User);

    user->name = name;
    aq_add(uow->session, user);
    return user;
}

static void three_users(uow_t *uow)
{
    users[0] = add_user(uow, "a");
    users[1] = add_user(uow, "b");
    users[2] = add_user(uow, "c");
}

static void insert_one(uow_t *uow)
{
    add_user(uow, "a")->email = "e";
    uow_commit(uow);
}

static void insert_three(uow_t *uow)
{
    three_users(uow);
    uow_commit(uow);
}

static void insert_mixed_explicit_pk(uow_t *uow)
{
    add_user(uow, "a");
    add_user(uow, "b")->id = 50;
    add_user(uow, "c");
    add_user(uow, "d")->id = 40;
    uow_commit(uow);
}

static void insert_different_columns(uow_t *uow)
{
    add_user(uow, "a");
    add_user(uow, "b")->email = "x";
    add_user(uow, "c")->n = aq_some_int4(3);
    add_user(uow, NULL);
    uow_commit(uow);
}

static void insert_server_default_read(uow_t *uow)
{
    User *user = add_user(uow, "a");

    uow_flush(uow);
    uow_result_int(uow, user->id);
    uow_result_int(uow, user->d.value);
    uow_result_int(uow, user->n.value);
    uow_commit(uow);
}

static void update_one(uow_t *uow)
{
    users[0]->name = "z";
    uow_commit(uow);
}

static void update_no_net_change(uow_t *uow)
{
    users[0]->name = "a"; /* at another place */
    uow_commit(uow);
    is_int(uow->round_trips, 0, "nothing was sent");
}

static void update_three_sorted_by_pk(uow_t *uow)
{
    users[2]->name = "z2";
    users[0]->name = "z0";
    users[1]->name = "z1";
    uow_commit(uow);
}

static void update_different_columns(uow_t *uow)
{
    users[2]->name = "z";
    users[0]->email = "e";
    users[1]->name = "y";
    uow_commit(uow);
}

static void delete_three_sorted_by_pk(uow_t *uow)
{
    aq_delete(uow->session, users[2]);
    aq_delete(uow->session, users[0]);
    aq_delete(uow->session, users[1]);
    uow_commit(uow);
}

static void mix_insert_update_delete_same_table(uow_t *uow)
{
    aq_delete(uow->session, users[0]);
    users[1]->name = "q";
    add_user(uow, "new");
    uow_commit(uow);
}

static void stale_update(uow_t *uow)
{
    uow_execute(uow, "delete from users where id=1");
    users[0]->name = "gone";
    uow_flush(uow);
    is_int(uow->code, AQ_ESTALE, "AQ_ESTALE");
}

static void stale_update_batch(uow_t *uow)
{
    uow_execute(uow, "delete from users where id=1");
    users[0]->name = "q";
    users[1]->name = "q";
    uow_flush(uow);
    is_int(uow->code, AQ_ESTALE, "AQ_ESTALE");
}

static void stale_delete(uow_t *uow)
{
    uow_execute(uow, "delete from users where id=1");
    aq_delete(uow->session, users[0]);
    uow_flush(uow);
}

static void row_switch(uow_t *uow)
{
    User *again;

    aq_delete(uow->session, users[0]);
    again = add_user(uow, "again");
    again->id = 1;
    uow_commit(uow);
    ok(aq_object_state(again) == AQ_PERSISTENT && aq_object_state(users[0]) == AQ_DETACHED,
       "one object took the other's row");
}

static void insert_duplicate_pk_of_loaded(uow_t *uow)
{
    add_user(uow, "dup")->id = 1;
    uow_flush(uow);
}

static void autoflush_before_query(uow_t *uow)
{
    aq_op_t *op;
    int64_t *count;

    users[0]->name = "z";
    add_user(uow, "n");
    op = aq_count(aq_query(uow->session, User));
    count = aq_wait(op);
    uow_result_int(uow, count != NULL ? *count : -1);
    aq_op_close(op);
    uow_commit(uow);
}

static void expire_on_commit_refresh(uow_t *uow)
{
    User *user;

    uow_commit(uow);
    user = uow_wait(uow, aq_get(uow->session, User, 1));
    uow_result_text(uow, user != NULL ? user->name : NULL);
    ok(user == users[0], "the same object");
    uow_commit(uow);
    uow_wait(uow, aq_get(uow->session, User, 1));
}

static void expire_on_commit_false(uow_t *uow)
{
    uow_commit(uow);
    uow_result_text(uow, users[0]->name);
    is_int(uow->round_trips, 0, "nothing was sent");
}

static void rollback_unflushed(uow_t *uow)
{
    users[0]->name = "z";
    uow_rollback(uow);
    uow_result_text(uow, users[0]->name);
}

static void rollback_delete(uow_t *uow)
{
    aq_delete(uow->session, users[0]);
    uow_flush(uow);
    uow_rollback(uow);
    uow_result_bool(uow, aq_contains(uow->session, users[0]));
    uow_result_text(uow, users[0]->name);
}

static void empty_transaction(uow_t *uow)
{
    uow_commit(uow);
    uow_rollback(uow);
    is_int(uow->round_trips, 0, "nothing was sent");
}

/* ---- m_composite ---------------------------------------------------------------------------------------------------------- */

typedef struct K {
    aq_object_t object;
    int32_t a;
    int32_t b;
    aq_int4_null_t x;
} K;

static const aq_column_t k_columns[] = {
    AQ_INT4(K, a, .primary_key = true),
    AQ_INT4(K, b, .primary_key = true),
    AQ_INT4_NULL(K, x),
};
AQ_MODEL(K, k_columns, AQ_NONE);

static K *ks[3];

static void declare_k(aq_db_t *db)
{
    aq_db_model(db, K);
}

static K *add_k(uow_t *uow, int32_t a, int32_t b, int32_t x)
{
    K *k = aq_new(uow->session, K);

    k->a = a;
    k->b = b;
    k->x = aq_some_int4(x);
    aq_add(uow->session, k);
    return k;
}

static void three_ks(uow_t *uow)
{
    ks[0] = add_k(uow, 2, 1, 0);
    ks[1] = add_k(uow, 1, 2, 0);
    ks[2] = add_k(uow, 1, 1, 0);
}

static void composite_insert(uow_t *uow)
{
    three_ks(uow);
    uow_commit(uow);
}

static void composite_update_sorted(uow_t *uow)
{
    for (int i = 0; i < 3; i++)
        ks[i]->x = aq_some_int4(5);
    uow_commit(uow);
}

static void composite_null_pk_part(uow_t *uow)
{
    K *k = aq_new(uow->session, K);

    k->a = 1;
    k->x = aq_some_int4(2);
    aq_add(uow->session, k);
    uow_commit(uow);
}

/* ---- m_natural_passive ------------------------------------------------------------------------------------------------------ */

typedef struct Address Address;

typedef struct Named {
    aq_object_t object;
    const char *name;
    aq_int4_null_t x;
    aq_many_t addresses;
} Named;

struct Address {
    aq_object_t object;
    int32_t id;
    const char *user_name;
    Named *user;
};

static const aq_column_t named_columns[] = {
    AQ_VARCHAR(Named, name, 20, .primary_key = true),
    AQ_INT4_NULL(Named, x),
};
static const aq_relationship_t named_relationships[] = {
    AQ_MANY(Named, addresses, Address, .backref = AQ_BACKREF(Address, user, Named)),
};
AQ_MODEL(Named, named_columns, named_relationships, .table = "users");

static const aq_column_t address_columns[] = {
    AQ_INT4(Address, id, .primary_key = true),
    AQ_VARCHAR_NULL(Address, user_name, 20, .references = AQ_REF(Named, name), .on_update = AQ_CASCADE),
};
AQ_MODEL(Address, address_columns, AQ_NONE);

static Named *named;
static Address *addresses[2];

static void declare_named(aq_db_t *db)
{
    aq_db_model(db, Named);
    aq_db_model(db, Address);
}

static void with_addresses(uow_t *uow)
{
    named = aq_new(uow->session, Named);
    named->name = "a";
    for (int i = 0; i < 2; i++) {
        addresses[i] = aq_new(uow->session, Address);
        aq_append(named, Named, addresses, addresses[i]);
    }
    aq_add(uow->session, named);
}

static void natural_pk_update_passive(uow_t *uow)
{
    named->name = "b";
    uow_commit(uow);
    ok(uow_wait(uow, aq_get(uow->session, Named, "b")) == named, "it is found by its new key");
    ok(uow_wait(uow, aq_get(uow->session, Named, "a")) == NULL, "and not by the old one");
    ok(uow_wait(uow, aq_get(uow->session, Address, 1)) == addresses[0], "an address is loaded anew");
    is_str(addresses[0]->user_name, "b", "and knows");
}

/* ---- m_onupdate ---------------------------------------------------------------------------------------------------------------- */

typedef struct T {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t x;
    aq_int4_null_t upd;
    int32_t created;
} T;

static int set_99(void *member, const void *object)
{
    (void)object;
    *(aq_int4_null_t *)member = aq_some_int4(99);
    return AQ_OK;
}

static const aq_column_t t_columns[] = {
    AQ_INT4(T, id, .primary_key = true),
    AQ_INT4_NULL(T, x),
    AQ_INT4_NULL(T, upd, .update_cb = set_99),
    AQ_INT4(T, created, .default_value = "1"),
};
AQ_MODEL(T, t_columns, AQ_NONE);

static T *t;

static void declare_t(aq_db_t *db)
{
    aq_db_model(db, T);
}

static void one_t(uow_t *uow)
{
    t = aq_new(uow->session, T);
    t->x = aq_some_int4(1);
    aq_add(uow->session, t);
}

static void onupdate_default(uow_t *uow)
{
    t->x = aq_some_int4(2);
    uow_commit(uow);
    uow_result_int(uow, t->upd.value);
    uow_result_int(uow, t->created);
}

const uow_row_t uow_users_rows[] = {
    UOW_ROW(declare_users, NULL, insert_one),
    UOW_ROW(declare_users, NULL, insert_three),
    UOW_ROW(declare_users, NULL, insert_mixed_explicit_pk),
    UOW_ROW(declare_users, NULL, insert_different_columns,
            .settled = "one statement for each set of columns, and keys in the order of these (DESIGN)",
            .contents = "users: (1,a,,7,5) (2,b,x,7,5) (3,,,7,5) (4,c,,3,5)"),
    UOW_ROW(declare_users, NULL, insert_server_default_read),
    UOW_ROW(declare_users, three_users, update_one),
    UOW_ROW(declare_users, three_users, update_no_net_change),
    UOW_ROW(declare_users, three_users, update_three_sorted_by_pk),
    UOW_ROW(declare_users, three_users, update_different_columns),
    UOW_ROW(declare_users, three_users, delete_three_sorted_by_pk),
    UOW_ROW(declare_users, three_users, mix_insert_update_delete_same_table),
    UOW_ROW(declare_users, three_users, stale_update),
    UOW_ROW(declare_users, three_users, stale_update_batch),
    UOW_ROW(declare_users, three_users, stale_delete),
    UOW_ROW(declare_users, three_users, row_switch),
    UOW_ROW(declare_users, three_users, insert_duplicate_pk_of_loaded,
            .settled = "the warning names the objects",
            .warnings = "new instance <User (pending)> has the key of <User 1>, which is in the session\n"),
    UOW_ROW(declare_users, three_users, autoflush_before_query),
    UOW_ROW(declare_users, three_users, expire_on_commit_refresh),
    UOW_ROW(declare_users, three_users, expire_on_commit_false),
    UOW_ROW(declare_users, three_users, rollback_unflushed),
    UOW_ROW(declare_users, three_users, rollback_delete),
    UOW_ROW(declare_users, NULL, empty_transaction),
    UOW_ROW(declare_k, NULL, composite_insert),
    UOW_ROW(declare_k, three_ks, composite_update_sorted),
    UOW_ROW(declare_k, NULL, composite_null_pk_part,
            .settled = "an int32_t has no NULL: what is not set is 0, and is written (aq_new)",
            .writes = "INSERT k", .error = "", .warnings = "", .contents = "k: (1,0,2)"),
    UOW_ROW(declare_named, with_addresses, natural_pk_update_passive),
    UOW_ROW(declare_t, one_t, onupdate_default),
    {.name = NULL},
};
