/* Several tables: inheritance, and which table comes first. */
#include "t/orm_uow.h"

/* ---- m_joined ---------------------------------------------------------------------------------------------------------------- */

typedef struct Base {
    aq_object_t object;
    int32_t id;
    const char *type;
    const char *name;
} Base;

typedef struct Sub {
    Base base;
    const char *title;
} Sub;

static const aq_column_t base_columns[] = {
    AQ_INT4(Base, id, .primary_key = true),
    AQ_VARCHAR_NULL(Base, type, 20),
    AQ_VARCHAR_NULL(Base, name, 20),
};
AQ_MODEL(Base, base_columns, AQ_NONE, .discriminator = "type", .identity = "base");

static const aq_column_t sub_columns[] = {
    AQ_INT4(Sub, base.id, .primary_key = true, .references = AQ_REF(Base, id)),
    AQ_VARCHAR_NULL(Sub, title, 20),
};
AQ_SUBMODEL(Sub, base, Base, sub_columns, AQ_NONE, .identity = "sub", .table = "sub_base");

static Sub *sub;

static void declare_bases(aq_db_t *db)
{
    aq_db_model(db, Base);
    aq_db_model(db, Sub);
}

static Sub *add_sub(uow_t *uow, const char *name, const char *title)
{
    Sub *added = aq_new(uow->session, Sub);

    added->base.name = name;
    added->title = title;
    aq_add(uow->session, added);
    return added;
}

static void one_sub(uow_t *uow)
{
    sub = add_sub(uow, "s1", "t1");
}

static void joined_insert(uow_t *uow)
{
    Sub *s1 = add_sub(uow, "s1", "t1"), *s2;
    Base *b1 = aq_new(uow->session, Base);

    b1->name = "b1";
    aq_add(uow->session, b1);
    s2 = add_sub(uow, "s2", "t2");
    uow_commit(uow);
    is_int(s1->base.id, 1, "the first");
    is_int(b1->id, 2, "the second");
    is_int(s2->base.id, 3, "the third");
}

static void joined_update_sub_only(uow_t *uow)
{
    sub->title = "x";
    uow_commit(uow);
}

static void joined_update_both(uow_t *uow)
{
    sub->title = "x";
    sub->base.name = "y";
    uow_commit(uow);
}

static void joined_polymorphic_load(uow_t *uow)
{
    aq_objects_t *all;

    aq_expunge_all(uow->session);
    all = uow_wait(uow, aq_all(aq_query(uow->session, Base)));
    for (size_t i = 0; all != NULL && i < all->count; i++)
        uow_result_text(uow, aq_object_model(all->items[i])->name);
    all = uow_wait(uow, aq_all(aq_query(uow->session, Sub)));
    is_str(all != NULL && all->count == 1 ? ((Sub *)all->items[0])->title : NULL, "t1",
           "with its own columns");
}

/* ---- m_single ------------------------------------------------------------------------------------------------------------------ */

typedef struct Duck {
    aq_object_t object;
    int32_t id;
    const char *type;
    const char *name;
} Duck;

typedef struct Mallard {
    Duck duck;
    const char *extra;
} Mallard;

static const aq_column_t duck_columns[] = {
    AQ_INT4(Duck, id, .primary_key = true),
    AQ_VARCHAR_NULL(Duck, type, 20),
    AQ_VARCHAR_NULL(Duck, name, 20),
};
AQ_MODEL(Duck, duck_columns, AQ_NONE, .discriminator = "type", .identity = "duck");

static const aq_column_t mallard_columns[] = {
    AQ_VARCHAR_NULL(Mallard, extra, 20),
};
AQ_SUBMODEL(Mallard, duck, Duck, mallard_columns, AQ_NONE, .identity = "mallard");

static void declare_ducks(aq_db_t *db)
{
    aq_db_model(db, Duck);
    aq_db_model(db, Mallard);
}

static void single_table(uow_t *uow)
{
    Mallard *mallard = aq_new(uow->session, Mallard);
    Duck *duck = aq_new(uow->session, Duck);
    aq_objects_t *found;

    mallard->duck.name = "m";
    mallard->extra = "e";
    duck->name = "d";
    aq_add_all(uow->session, (void *[]){mallard, duck}, 2);
    uow_commit(uow);
    found = uow_wait(uow, aq_all(aq_query(uow->session, Mallard)));
    ok(found != NULL && found->count == 1 && found->items[0] == mallard, "one is a mallard");
    found = uow_wait(uow, aq_all(aq_order_by(aq_query(uow->session, Duck), aq_asc(Duck, id))));
    ok(found != NULL && found->count == 2 && found->items[0] == mallard && found->items[1] == duck,
       "two are ducks");
}

/* ---- m_three -------------------------------------------------------------------------------------------------------------------- */

typedef struct A {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t x;
    aq_many_t bs;
} A;

typedef struct B {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t x;
    aq_int4_null_t a_id;
    A *a;
    aq_many_t cs;
} B;

typedef struct Cc {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t x;
    aq_int4_null_t b_id;
    B *b;
} Cc;

static const aq_column_t a_columns[] = {
    AQ_INT4(A, id, .primary_key = true),
    AQ_INT4_NULL(A, x),
};
AQ_MODEL(A, a_columns, AQ_NONE);

static const aq_column_t b_columns[] = {
    AQ_INT4(B, id, .primary_key = true),
    AQ_INT4_NULL(B, x),
    AQ_INT4_NULL(B, a_id, .references = AQ_REF(A, id)),
};
static const aq_relationship_t b_relationships[] = {
    AQ_ONE(B, a, A, .backref = AQ_BACKREF(A, bs, B)),
};
AQ_MODEL(B, b_columns, b_relationships);

static const aq_column_t cc_columns[] = {
    AQ_INT4(Cc, id, .primary_key = true),
    AQ_INT4_NULL(Cc, x),
    AQ_INT4_NULL(Cc, b_id, .references = AQ_REF(B, id)),
};
static const aq_relationship_t cc_relationships[] = {
    AQ_ONE(Cc, b, B, .backref = AQ_BACKREF(B, cs, Cc)),
};
AQ_MODEL(Cc, cc_columns, cc_relationships, .table = "c");

static void declare_three(aq_db_t *db)
{
    aq_db_model(db, A);
    aq_db_model(db, B);
    aq_db_model(db, Cc);
}

static A *new_a(uow_t *uow, int32_t x)
{
    A *a = aq_new(uow->session, A);

    a->x = aq_some_int4(x);
    return a;
}

static B *new_b(uow_t *uow, int32_t x, A *a)
{
    B *b = aq_new(uow->session, B);

    b->x = aq_some_int4(x);
    b->a = a;
    return b;
}

static Cc *new_cc(uow_t *uow, int32_t x, B *b)
{
    Cc *cc = aq_new(uow->session, Cc);

    cc->x = aq_some_int4(x);
    cc->b = b;
    return cc;
}

static void three_level_insert(uow_t *uow)
{
    aq_add_all(uow->session,
               (void *[]){new_cc(uow, 1, NULL), new_b(uow, 2, NULL), new_a(uow, 3),
                          new_cc(uow, 4, new_b(uow, 5, new_a(uow, 6)))},
               4);
    uow_commit(uow);
}

/* ---- m_fk_norel2 ------------------------------------------------------------------------------------------------------------------ */

typedef struct Zebra {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t x;
} Zebra;

typedef struct Ant {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t a_id;
} Ant;

static const aq_column_t zebra_columns[] = {
    AQ_INT4(Zebra, id, .primary_key = true),
    AQ_INT4_NULL(Zebra, x),
};
AQ_MODEL(Zebra, zebra_columns, AQ_NONE, .table = "aa_parent");

static const aq_column_t ant_columns[] = {
    AQ_INT4(Ant, id, .primary_key = true),
    AQ_INT4_NULL(Ant, a_id, .references = AQ_REF(Zebra, id)),
};
AQ_MODEL(Ant, ant_columns, AQ_NONE, .table = "zz_child");

static void declare_zebras(aq_db_t *db)
{
    aq_db_model(db, Zebra);
    aq_db_model(db, Ant);
}

static void fk_without_relationship_name_order(uow_t *uow)
{
    Zebra *zebra = aq_new(uow->session, Zebra);
    Ant *ant = aq_new(uow->session, Ant);

    zebra->id = 1;
    zebra->x = aq_some_int4(1);
    ant->a_id = aq_some_int4(1);
    aq_add_all(uow->session, (void *[]){ant, zebra}, 2);
    uow_commit(uow);
}

/* ---- m_unrelated ------------------------------------------------------------------------------------------------------------------- */

typedef struct Zed {
    aq_object_t object;
    int32_t id;
} Zed;

typedef struct Alpha {
    aq_object_t object;
    int32_t id;
} Alpha;

typedef struct Mid {
    aq_object_t object;
    int32_t id;
} Mid;

static const aq_column_t zed_columns[] = {AQ_INT4(Zed, id, .primary_key = true)};
AQ_MODEL(Zed, zed_columns, AQ_NONE, .table = "t1");
static const aq_column_t alpha_columns[] = {AQ_INT4(Alpha, id, .primary_key = true)};
AQ_MODEL(Alpha, alpha_columns, AQ_NONE, .table = "t2");
static const aq_column_t mid_columns[] = {AQ_INT4(Mid, id, .primary_key = true)};
AQ_MODEL(Mid, mid_columns, AQ_NONE, .table = "t3");

static void *unrelated[3];

static void declare_unrelated(aq_db_t *db)
{
    aq_db_model(db, Zed);
    aq_db_model(db, Alpha);
    aq_db_model(db, Mid);
}

static void one_of_each(uow_t *uow)
{
    unrelated[0] = aq_new(uow->session, Zed);
    unrelated[1] = aq_new(uow->session, Mid);
    unrelated[2] = aq_new(uow->session, Alpha);
    aq_add_all(uow->session, unrelated, 3);
}

static void unrelated_classes_insert(uow_t *uow)
{
    one_of_each(uow);
    uow_commit(uow);
}

static void unrelated_classes_delete(uow_t *uow)
{
    for (int i = 0; i < 3; i++)
        aq_delete(uow->session, unrelated[i]);
    uow_commit(uow);
}

const uow_row_t uow_tables_rows[] = {
    UOW_ROW(declare_bases, NULL, joined_insert),
    UOW_ROW(declare_bases, one_sub, joined_update_sub_only),
    UOW_ROW(declare_bases, one_sub, joined_update_both),
    UOW_ROW(declare_bases, one_sub, joined_polymorphic_load),
    UOW_ROW(declare_ducks, NULL, single_table),
    UOW_ROW(declare_three, NULL, three_level_insert),
    UOW_ROW(declare_zebras, NULL, fk_without_relationship_name_order,
            .settled = "the flush is ordered by the foreign keys between tables (FEATURES)",
            .writes = "INSERT aa_parent, INSERT zz_child", .error = "",
            .contents = "aa_parent: (1,1)\nzz_child: (1,1)"),
    UOW_ROW(declare_unrelated, NULL, unrelated_classes_insert),
    UOW_ROW(declare_unrelated, one_of_each, unrelated_classes_delete),
    {.name = NULL},
};
