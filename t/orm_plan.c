/* Plans: the statements of each kind of flush, as they stand in t/golden/plan.sql. Nothing of this needs a database; t/orm_plan_server.c runs the same. */
#include "t/golden.h"
#include "t/plan_models.h"

/* ---- Flushes -------------------------------------------------------------------------------------------------------------------------- */

static aq_text_t all;

static void flushed(const char *name)
{
    aq_text_appendf(&all, "-- %s\n%s\n", name, planned());
    next_flush();
}

static void inserts(void)
{
    User *with_email = user("bob"), *with_key = user("eve");

    inserted(user("ann"));
    flushed("one new object");
    with_email->email = "bob@example.org";
    inserted(user("ann"));
    inserted(with_email);
    inserted(user("joe"));
    flushed("new objects that differ in a column that may be NULL are one statement");
    with_key->id = 7;
    inserted(user("ann"));
    inserted(with_key);
    flushed("with a key of the user's, and without");
    for (int i = 0; i < 7; i++)
        inserted(new_of(Ticket));
    flushed("nothing but the server's values");
}

static void graphs(void)
{
    User *ann = user("ann"), *bob = loaded_user(9);
    Post *with_author = post("known author");
    aq__changed_t *parent, *child, *tag;
    Tag *news = new_of(Tag), *known = new_of(Tag);
    Comment *comment = new_of(Comment);
    Post *first = post("a"), *old = loaded_post(5, 9);

    with_author->author_id = aq_some_int4(bob->id);
    child = inserted(first); /* the child is added first */
    parent = inserted(ann);
    carried(child, "author_id", parent, "id");
    inserted(with_author);
    carried(inserted(comment), "post_id", child, "id");
    news->name = "news";
    known->id.bytes[15] = 1;
    loaded(known);
    tag = inserted(news);
    linked(first, "tags", news)->near_source = child;
    flush.associations[0].far_source = tag;
    linked(first, "tags", known)->near_source = child;
    linked(old, "tags", news)->far_source = tag;
    linked(old, "tags", known)->removed = true;
    flushed("parents, children, grandchildren, many-to-many");
    carried(updated(old), "author_id", inserted(user("new owner")), "id");
    flushed("an UPDATE to a new parent");
}

static void updates(void)
{
    User *ann = loaded_user(2), *bob = loaded_user(1), *eve = loaded_user(3);
    Seat *seat = new_of(Seat), *moved = new_of(Seat);

    ann->name = "Ann";
    bob->name = "Bob";
    eve->email = "eve@example.org";
    updated(ann);
    updated(bob);
    updated(eve);
    flushed("changed objects, by key; what the server works out comes back");
    seat->row = 1;
    seat->letter = "a";
    loaded(seat);
    moved->row = 2;
    moved->letter = "b";
    loaded(moved);
    seat->price = aq_some_int4(5);
    moved->row = 3;
    updated(seat);
    updated(moved);
    flushed("compound keys, and one that changes");
}

static void inheritance(void)
{
    Sub *sub = new_of(Sub), *old = new_of(Sub), *gone = new_of(Sub);
    Base *base = new_of(Base);

    sub->base.kind = "sub";
    base->kind = "base";
    inserted(sub);
    inserted(base);
    flushed("joined inheritance: new ones");
    old->base.id = 3;
    old->base.revision = 4;
    loaded(old);
    old->title = "x";
    updated(old);
    gone->base.id = 4;
    gone->base.revision = 1;
    deleted(loaded(gone));
    flushed("joined inheritance: a column of the child, and a deleted one; both with their version");
}

static void trees(void)
{
    Node *a = node("a", 0), *b = node("b", 0), *c = node("c", 0), *old = loaded(node("old", 5));
    aq__changed_t *root = inserted(a), *middle = inserted(b);

    carried(inserted(c), "parent_id", middle, "id");
    carried(middle, "parent_id", root, "id");
    carried(updated(old), "parent_id", root, "id");
    flushed("a tree: level by level");
    root = inserted(a);
    middle = inserted(b);
    carried(root, "parent_id", middle, "id");
    carried(middle, "parent_id", root, "id");
    flushed("two new nodes that are each other's parents");
    root = inserted(a);
    carried(root, "parent_id", root, "id");
    flushed("a new node that is its own parent");
    deleted(old);
    deleted(loaded(node("child", 6)));
    flushed("a tree goes at once");
    deleted(old);
    swept(old, "children", AQ__SWEEP_DELETE)->deep = true;
    flushed("a node whose descendants are not loaded");
}

static void circles(void)
{
    Person *person = new_of(Person), *known = new_of(Person);
    Ball *ball = new_of(Ball), *known_ball = new_of(Ball);
    aq__changed_t *owner, *owned;
    Hen *hen = new_of(Hen);
    Egg *egg = new_of(Egg);

    person->name = "p";
    owner = inserted(person);
    owned = inserted(ball);
    carried(owner, "favorite_id", owned, "id");
    carried(owned, "owner_id", owner, "id");
    flushed("two tables in a circle");
    known->id = 1;
    known->name = "q";
    known->favorite_id = aq_some_int4(2);
    known_ball->id = 2;
    known_ball->owner_id = 1;
    inserted(known);
    inserted(known_ball);
    flushed("... whose keys are the user's");
    deleted(loaded(known));
    deleted(loaded(known_ball));
    flushed("... go");
    owner = inserted(hen);
    owned = inserted(egg);
    carried(owner, "egg_id", owned, "id");
    carried(owned, "hen_id", owner, "id");
    flushed("... that nothing breaks");
}

static void deferred(void)
{
    Left *a = left(1, 2);
    Right *b = right(2, 1);
    aq__changed_t *first, *second;

    inserted(b);
    inserted(a);
    flushed("a circle with a key that the commit looks at");
    deleted(loaded(a));
    deleted(loaded(b));
    flushed("... goes");
    first = inserted(new_of(Left));
    second = inserted(new_of(Right));
    carried(first, "right_id", second, "id");
    carried(second, "left_id", first, "id");
    flushed("... which may not be NULL until the other's key is drawn");
}

static void unique_values(void)
{
    Profile *old = profile(1);

    old->id = 1;
    inserted(profile(1));
    deleted(loaded(old));
    flushed("a deleted row may have a unique value that a new one takes");
}

static void boxes(void)
{
    Box *box = new_of(Box);
    Owner *owner = new_of(Owner);
    Dog *dog = new_of(Dog);
    Puppy *puppy = new_of(Puppy);

    box->id = 1;
    deleted(loaded(box));
    swept(box, "things", AQ__SWEEP_DELETE);
    flushed("children that are not loaded and may have tables of their own");
    owner->id = 1;
    deleted(loaded(owner));
    swept(owner, "dogs", AQ__SWEEP_DELETE);
    flushed("children that share their table with others");
    dog->pet.kind = "dog";
    puppy->dog.pet.kind = "it's a puppy";
    inserted(puppy);
    inserted(dog);
    flushed("new ones of several models of a table");
}

static void deletes(void)
{
    User *ann = loaded_user(1), *bob = loaded_user(2);
    Post *with_tags = loaded_post(3, 1);
    Seat *seat = new_of(Seat);
    aq__sweep_t *posts;

    deleted(bob);
    deleted(ann);
    deleted(loaded_post(7, 2));
    flushed("deleted objects, children first");
    seat->row = 1;
    seat->letter = "a";
    deleted(loaded(seat));
    flushed("with a compound key");
    deleted(ann);
    posts = swept(ann, "posts", AQ__SWEEP_DELETE);
    flush.sweeps[1] = (aq__sweep_t){.relation = aq__mapper_relation(posts->relation->target, "comments"),
                                    .kind = AQ__SWEEP_DELETE,
                                    .from = posts};
    flush.sweeps[2] = (aq__sweep_t){.relation = aq__mapper_relation(posts->relation->target, "tags"),
                                    .kind = AQ__SWEEP_ASSOCIATIONS,
                                    .from = posts};
    flush.set.sweep_count = 3;
    flushed("a user whose posts, and their comments and tags, are not loaded");
    deleted(ann);
    swept(ann, "posts", AQ__SWEEP_NULL);
    deleted(with_tags);
    swept(with_tags, "tags", AQ__SWEEP_ASSOCIATIONS);
    flushed("children that stay");
}

static void switches(void)
{
    User *old = loaded_user(1), *again = user("again");
    aq__changed_t *changed;

    again->id = 1;
    aq__object_take_snapshot_of(again, field_of(again, "id"));
    changed = updated(again);
    changed->replaced = old;
    name_field(changed, field_of(again, "email"));
    name_field(changed, field_of(again, "mood"));
    deleted(old)->touched = true;
    flushed("deleted and added again with the same key");
}

/* ---- Texts ---------------------------------------------------------------------------------------------------------------------------- */

static void family(int children)
{
    aq__changed_t *parent = inserted(user("parent"));

    for (int i = 0; i < children; i++)
        carried(inserted(post("child")), "author_id", parent, "id");
}

static void test_texts(void)
{
    char *small;
    aq__plan_t plan;

    family(1);
    small = strdup(planned());
    next_flush();
    family(50);
    is_str(planned(), small, "the texts do not depend on the number of rows");
    is_int(aq__plan_make(&plan, &flush.set, "other"), AQ_OK, "a plan of another bind");
    is_int(plan.step_count, 0, "has nothing to do with these");
    next_flush();
    is_int(aq__plan_make(&plan, &flush.set, NULL), AQ_OK, "nor is anything to do");
    is_int(plan.step_count, 0, "where nothing changed");
    free(small);
}

/* ---- What cannot be sent --------------------------------------------------------------------------------------------------------------- */

static void test_bad_values(void)
{
    aq_unit_t *unit = aq_unit_create();
    User *bad = user("\xff"), *odd = user("odd");
    aq__plan_t plan;

    inserted(user("fine"));
    inserted(bad);
    is_int(aq__plan_make(&plan, &flush.set, NULL), AQ_OK, "a plan does not look at texts");
    is_int(aq__plan_add_to(&plan, unit), AQ_EENCODING, "the unit does");
    is_str(aq_last_error()->message, "User.name: text that is not UTF-8 at byte 0",
           "and its member is named");
    next_flush();
    odd->mood = (mood_t)7;
    inserted(odd);
    has_str(planned(), "AQ_ERANGE: User.mood: 7 is none of", "a value that no column can have");
    next_flush();
    aq_unit_close(unit);
}

/* ---- Out of memory ------------------------------------------------------------------------------------------------------------------------ */

static int plan_something(void)
{
    aq_arena_t *arena = aq_arena_create();
    aq__changeset_t set = flush.set;
    aq_text_t text = {0};
    aq__plan_t plan;
    int rc = AQ_ENOMEM;

    set.arena = arena;
    if (arena != NULL)
        rc = aq__plan_make(&plan, &set, NULL);
    if (rc == AQ_OK)
        rc = aq__plan_append(&plan, &text);
    aq_text_dispose(&text);
    aq_arena_close(arena);
    return rc;
}

static void test_memory(void)
{
    Node *a = node("a", 0);
    aq__changed_t *root = inserted(a);

    for (int i = 0; i < 3; i++) {
        aq__changed_t *next = inserted(node("b", 0));

        carried(next, "parent_id", root, "id");
        root = next;
    }
    inserted(user("ann"));
    deleted(loaded_user(1));
    updated(loaded_user(2));
    check_each_request("a plan", plan_something);
    next_flush();
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    open_models_with(all_models, &post_tags_table);
    inserts();
    graphs();
    updates();
    inheritance();
    trees();
    circles();
    deletes();
    switches();
    deferred();
    unique_values();
    boxes();
    is_golden(aq_text_string(&all), "plan.sql", "the statements of each kind of flush");
    aq_text_dispose(&all);
    test_texts();
    test_bad_values();
    test_memory();
    close_models();
    ok(all_memory_is_back(), "nothing is left");
    return tap_done();
}
