/* What may be done with an object in which state: every state and every call, with whole texts. No database. */
#include "t/session_models.h"
#include "t/sessions.h"

#include <stdio.h>

static hand_t hand;
static aq_session_t *session;

static const char *error_of(int code)
{
    static char text[512];

    if (code == AQ_OK)
        return "(none)";
    snprintf(text, sizeof(text), "%s: %s", aq_error_name(code), aq_last_error()->message);
    return text;
}

/* ---- The table ---------------------------------------------------------------------------------------------------------------------------- */

enum { ADD, DELETE, EXPUNGE, EXPIRE, FLAG, VERBS };
enum { TRANSIENT, PENDING, PERSISTENT, DOOMED, DELETED, DETACHED, GONE, STATES };

static int expire(aq_session_t *in, void *object)
{
    return aq_expire(in, object);
}

static int flag(aq_session_t *in, void *object)
{
    (void)in;
    return aq_flag_modified(object, User, name);
}

static int (*const calls[VERBS])(aq_session_t *in, void *object) = {
    [ADD] = aq_add, [DELETE] = aq_delete, [EXPUNGE] = aq_expunge, [EXPIRE] = expire, [FLAG] = flag};
static const char *const call_names[VERBS] = {[ADD] = "aq_add",
                                              [DELETE] = "aq_delete",
                                              [EXPUNGE] = "aq_expunge",
                                              [EXPIRE] = "aq_expire",
                                              [FLAG] = "aq_flag_modified"};
static const char *const state_names[STATES] = {
    [TRANSIENT] = "transient",        [PENDING] = "pending", [PERSISTENT] = "persistent",
    [DOOMED] = "about to be deleted", [DELETED] = "deleted", [DETACHED] = "detached",
    [GONE] = "deleted and committed"};

/* What it says; NULL: it is done, and then the object is `after`. */
static const struct {
    const char *error;
    aq_state_t after;
} table[STATES][VERBS] = {
    [TRANSIENT] = {[ADD] = {NULL, AQ_PENDING},
                   [DELETE] = {"AQ_EINVAL: aq_delete: <User (transient)> is not persisted", AQ_TRANSIENT},
                   [EXPUNGE] = {"AQ_EINVAL: aq_expunge: <User (transient)> is not present in this session",
                                AQ_TRANSIENT},
                   [EXPIRE] = {"AQ_EINVAL: aq_expire: <User (transient)> is not persistent in this session",
                               AQ_TRANSIENT},
                   [FLAG] = {NULL, AQ_TRANSIENT}},
    [PENDING] = {[ADD] = {NULL, AQ_PENDING},
                 [DELETE] = {"AQ_EINVAL: aq_delete: <User (pending)> is not persisted", AQ_PENDING},
                 [EXPUNGE] = {NULL, AQ_TRANSIENT},
                 [EXPIRE] = {"AQ_EINVAL: aq_expire: <User (pending)> is not persistent in this session",
                             AQ_PENDING},
                 [FLAG] = {NULL, AQ_PENDING}},
    [PERSISTENT] = {[ADD] = {NULL, AQ_PERSISTENT},
                    [DELETE] = {NULL, AQ_PERSISTENT},
                    [EXPUNGE] = {NULL, AQ_DETACHED},
                    [EXPIRE] = {NULL, AQ_PERSISTENT},
                    [FLAG] = {NULL, AQ_PERSISTENT}},
    [DOOMED] = {[ADD] = {NULL, AQ_PERSISTENT},
                [DELETE] = {NULL, AQ_PERSISTENT},
                [EXPUNGE] = {NULL, AQ_DETACHED},
                [EXPIRE] = {NULL, AQ_PERSISTENT},
                [FLAG] = {NULL, AQ_PERSISTENT}},
    [DELETED] = {[ADD] = {"AQ_EINVAL: aq_add: <User 1> has been deleted", AQ_DELETED},
                 [DELETE] = {NULL, AQ_DELETED},
                 [EXPUNGE] = {"AQ_EINVAL: aq_expunge: <User 1> has been deleted", AQ_DELETED},
                 [EXPIRE] = {"AQ_EINVAL: aq_expire: <User 1> has been deleted", AQ_DELETED},
                 [FLAG] = {"AQ_EINVAL: aq_flag_modified: <User 1> has been deleted", AQ_DELETED}},
    [DETACHED] = {[ADD] = {NULL, AQ_PERSISTENT},
                  [DELETE] = {"AQ_EINVAL: aq_delete: <User 1> is not present in this session", AQ_DETACHED},
                  [EXPUNGE] = {"AQ_EINVAL: aq_expunge: <User 1> is not present in this session", AQ_DETACHED},
                  [EXPIRE] = {"AQ_EINVAL: aq_expire: <User 1> is not persistent in this session",
                              AQ_DETACHED},
                  [FLAG] = {NULL, AQ_DETACHED}},
    [GONE] = {[ADD] = {"AQ_EINVAL: aq_add: <User 1> has been deleted", AQ_DETACHED},
              [DELETE] = {NULL, AQ_DETACHED},
              [EXPUNGE] = {"AQ_EINVAL: aq_expunge: <User 1> is not present in this session", AQ_DETACHED},
              [EXPIRE] = {"AQ_EINVAL: aq_expire: <User 1> is not persistent in this session", AQ_DETACHED},
              [FLAG] = {"AQ_EINVAL: aq_flag_modified: <User 1> has been deleted", AQ_DETACHED}},
};

static User *user_in(int state)
{
    User *user = state == TRANSIENT || state == PENDING ? aq_new(session, User)
                                                        : a_row(&hand, User, .id = 1, .name = "a");

    if (state == PENDING)
        aq_add(session, user);
    if (state == DETACHED)
        aq_expunge(session, user);
    if (state == DOOMED || state == DELETED || state == GONE)
        aq_delete(session, user);
    if (state == DELETED || state == GONE)
        pretend_flush(&hand);
    if (state == GONE) {
        aq__object_set_status(user, AQ_DETACHED);
        aq__object_mark(user, AQ__STATE_GONE);
    }
    return user;
}

static void test_table(void)
{
    for (int state = 0; state < STATES; state++)
        for (int verb = 0; verb < VERBS; verb++) {
            User *user;
            int code;

            open_hand(&hand, ALL_MODELS, ALL_TABLES);
            session = hand.session;
            user = user_in(state);
            code = calls[verb](session, user);
            is_str(error_of(code), table[state][verb].error != NULL ? table[state][verb].error : "(none)",
                   "%s of %s", call_names[verb], state_names[state]);
            is_str(aq_state_name(aq_object_state(user)), aq_state_name(table[state][verb].after),
                   "%s of %s: what it is then", call_names[verb], state_names[state]);
            close_hand(&hand);
        }
}

/* ---- Who ------------------------------------------------------------------------------------------------------------------------------------- */

static void test_whose(void)
{
    aq_session_t *other = open_session(&hand, false), *reader = open_session(&hand, true);
    User nobody = {.id = 1}, *transient = aq_new(other, User), *pending = aq_new(other, User);
    User *read = load_row(reader, &User_model, &(User){.id = 4, .name = "r"});
    User *row = load_row(other, &User_model, &(User){.id = 1, .name = "r"});

    aq_add(other, pending);
    is_str(error_of(aq_add(session, NULL)), "AQ_EINVAL: aq_add: NULL is no object", "NULL");
    is_str(error_of(aq_add(NULL, pending)), "AQ_EINVAL: aq_add: NULL is no session", "no session");
    is_str(error_of(aq_add(session, &nobody)),
           "AQ_EINVAL: aq_add: the object was made neither by aq_new() nor by a query",
           "a struct of the user's");
    is_str(error_of(aq_add(session, row)),
           "AQ_EINVAL: aq_add: <User 1> is already attached to session 38 (this is 37)",
           "another session's row");
    is_str(error_of(aq_add(session, pending)),
           "AQ_EINVAL: aq_add: <User (pending)> is already attached to session 38 (this is 37)",
           "another session's new object");
    is_str(error_of(aq_add(session, transient)),
           "AQ_EINVAL: aq_add: <User (transient)> is in memory of session 38 (this is 37)",
           "made for another session");
    is_str(error_of(aq_delete(session, row)),
           "AQ_EINVAL: aq_delete: <User 1> is already attached to session 38 (this is 37)",
           "deleted elsewhere");
    is_str(error_of(aq_add(reader, aq_new(reader, User))), "AQ_EINVAL: aq_add: session 39 only reads",
           "a session that only reads");
    is_str(error_of(aq_delete(reader, read)), "AQ_EINVAL: aq_delete: session 39 only reads",
           "which deletes nothing");
    read->name = "changed";
    session_has_changes(reader, "", "and writes nothing");
    ok(!aq_contains(session, row) && aq_contains(other, row) && !aq_contains(NULL, row) &&
           !aq_contains(session, NULL),
       "who contains it");
    is_str(error_of(aq_object_flag_modified(NULL, &User_model, 0)),
           "AQ_EINVAL: aq_flag_modified: NULL is no object", "nothing to flag");
    close_session(&hand, other);
    close_session(&hand, reader);
}

static void test_flags(void)
{
    User *user = aq_new(session, User);
    Memo *memo = aq_new(session, Memo);

    is_str(error_of(aq_object_flag_modified(user, &Post_model, offsetof(Post, title))),
           "AQ_EINVAL: aq_flag_modified: a User is no Post", "another model's");
    is_str(error_of(aq_object_flag_modified(user, &User_model, offsetof(User, posts))),
           "AQ_EINVAL: aq_flag_modified: this member of 'User' is no column", "a relationship");
    is_str(error_of(aq_flag_modified(memo, Memo, length)),
           "AQ_EINVAL: aq_flag_modified: this member of 'Memo' is always generated by the server",
           "a generated column");
}

static void test_inactive(void)
{
    const aq_error_t failure = {.code = AQ_EUNIQUE,
                                .message = "duplicate key value violates unique constraint"};
    User *user = a_row(&hand, User, .id = 1, .name = "a"), *fresh = aq_new(session, User);
    aq_objects_t objects;
    static const char text[] =
        "the session's transaction was rolled back because a flush failed, aq_rollback() begins a "
        "new one; the flush: duplicate key value violates unique constraint";
    char expected[512];

    session->failure = &failure;
    snprintf(expected, sizeof(expected), "AQ_EINACTIVE: aq_add: %s", text);
    is_str(error_of(aq_add(session, fresh)), expected, "aq_add after a flush that failed");
    snprintf(expected, sizeof(expected), "AQ_EINACTIVE: aq_delete: %s", text);
    is_str(error_of(aq_delete(session, user)), expected, "aq_delete");
    snprintf(expected, sizeof(expected), "AQ_EINACTIVE: aq_expunge_all: %s", text);
    is_str(error_of(aq_expunge_all(session)), expected, "aq_expunge_all");
    snprintf(expected, sizeof(expected), "AQ_EINACTIVE: aq_expire_all: %s", text);
    is_str(error_of(aq_expire_all(session)), expected, "aq_expire_all");
    snprintf(expected, sizeof(expected), "AQ_EINACTIVE: aq_session_dirty_objects: %s", text);
    is_str(error_of(aq_session_dirty_objects(session, &objects)), expected, "aq_session_dirty_objects");
    session->failure = NULL;
    is_str(error_of(aq_add(session, fresh)), "(none)", "and after its rollback");
}

/* ---- What happens ---------------------------------------------------------------------------------------------------------------------------- */

static void test_add_all(void)
{
    User *ann = aq_new(session, User), *bob = aq_new(session, User);
    void *some[] = {ann, NULL, bob}, *all[] = {ann, bob};

    is_str(error_of(aq_add_all(session, some, 3)), "AQ_EINVAL: aq_add: NULL is no object",
           "one of them is none");
    is_int(aq_object_state(ann), AQ_TRANSIENT, "none was added");
    is_str(error_of(aq_add_all(session, all, 2)), "(none)", "all");
    ok(aq_contains(session, ann) && aq_contains(session, bob), "are in it");
    is_str(error_of(aq_add_all(session, NULL, 0)), "(none)", "none at all");
}

static void test_expunge(void)
{
    User *ann = a_row(&hand, User, .id = 1, .name = "ann"), *other;
    Parent *parent = a_row(&hand, Parent, .id = 1);
    Child *child = a_row(&hand, Child, .id = 1, .parent_id = 1);

    aq_expunge(session, ann);
    ann->name = "changed";
    session_has_changes(session, "", "what is changed in an expunged object is not written");
    other = a_row(&hand, User, .id = 1, .name = "ann");
    is_str(error_of(aq_add(session, ann)),
           "AQ_EINVAL: aq_add: <User 1> is there already, as another object of this session",
           "it cannot come back where the row has another object");
    aq_expunge(session, other);
    is_str(error_of(aq_add(session, ann)), "(none)", "else it can");
    session_has_changes(session, "UPDATE <User 1>: name\n", "and what was changed is");
    load_list(parent, "children", child);
    aq_delete(session, child);
    aq_expunge(session, parent);
    ok(!aq_contains(session, child), "an expunged parent takes its children along");
    session_has_changes(session, "UPDATE <User 1>: name\n", "and they are not deleted");
    aq_add(session, aq_new(session, User));
    aq_expunge_all(session);
    session_has_changes(session, "", "all are gone");
    ok(!aq_contains(session, ann), "every one");
}

static void test_links_outlive_expunge(void)
{
    User *ann = a_row(&hand, User, .id = 1, .name = "ann");
    Post *post = aq_new(session, Post);

    aq_expunge(session, ann);
    post->title = "t";
    aq_append(ann, User, posts, post);
    aq_add(session, post);
    is_int(aq_object_state(ann), AQ_DETACHED, "an expunged author");
    session_has_changes(session, "INSERT <Post (pending)>: title, author_id\nTOUCH <User 1>\n",
                        "comes back with a new post");
    is_int(aq_object_state(ann), AQ_PERSISTENT, "it is the session's again");
}

static void test_expire(void)
{
    User *ann = a_row(&hand, User, .id = 1, .name = "ann"), *bob = a_row(&hand, User, .id = 2, .name = "bob");
    Post *post = a_row(&hand, Post, .id = 1, .title = "t", .author_id = aq_some_int4(1));

    load_list(ann, "posts", post);
    load_one(post, "author", ann);
    ann->name = "changed";
    aq_flag_modified(ann, User, email);
    aq_set(post, Post, author, bob);
    aq_expire(session, ann);
    aq_expire(session, post);
    is_str(ann->name, "ann", "what was changed is forgotten");
    ok(post->author == ann && ann->posts.count == 1, "links too");
    ok(aq__object_is_expired(session, ann) && !aq__object_is_expired(session, bob),
       "it is to be loaded anew");
    aq_expire_all(session);
    ok(aq__object_is_expired(session, bob), "all are");
    session_has_changes(session, "", "and nothing is written");
}

static void test_lists(void)
{
    User *ann = a_row(&hand, User, .id = 1, .name = "ann"), *bob = a_row(&hand, User, .id = 2, .name = "bob");
    User *fresh = aq_new(session, User);
    Post *post = aq_new(session, Post);
    aq_objects_t objects;

    is_int(aq_session_new_objects(session, &objects), AQ_OK, "what is new");
    is_int(objects.count, 0, "nothing");
    aq_add(session, fresh);
    aq_append(fresh, User, posts, post);
    ann->name = "changed";
    aq_delete(session, bob);
    is_int(aq_session_new_objects(session, &objects), AQ_OK, "what is new now");
    ok(objects.count == 2 && objects.items[0] == fresh && objects.items[1] == post,
       "the user, and the post that it brings");
    is_int(aq_session_dirty_objects(session, &objects), AQ_OK, "what is changed");
    ok(objects.count == 1 && objects.items[0] == ann, "ann");
    is_int(aq_session_deleted_objects(session, &objects), AQ_OK, "what is to be deleted");
    ok(objects.count == 1 && objects.items[0] == bob, "bob");
    ok(aq_is_modified(session, fresh) && aq_is_modified(session, ann) && aq_is_modified(session, bob),
       "all are modified");
    ann->name = "ann";
    ok(!aq_is_modified(session, ann), "but what was set back");
    aq_flag_modified(ann, User, name);
    ok(aq_is_modified(session, ann), "unless it is flagged");
}

/* ---- Without memory --------------------------------------------------------------------------------------------------------------------------------- */

#define MANY 100

static bool add_without(void *data)
{
    size_t n = atomic_load(&allocations.fail_at), added = 0, pending = 0;
    aq_session_t *mine;
    User *users[MANY];
    int code = AQ_OK;
    bool *well = data, enough;

    fail_request(0);
    mine = open_session(&hand, false);
    for (size_t i = 0; i < MANY; i++)
        users[i] = aq_new(mine, User);
    fail_request(n);
    for (size_t i = 0; i < MANY && code == AQ_OK; i++) {
        code = aq_add(mine, users[i]);
        if (code == AQ_OK)
            code = aq_flag_modified(users[i], User, email);
        added += aq_object_state(users[i]) == AQ_PENDING;
    }
    enough = code == AQ_OK && atomic_load(&allocations.refused) == 0;
    fail_request(0);
    for (size_t i = 0; i < mine->pending.count; i++)
        pending += mine->pending.items[i] != NULL;
    *well = *well && added == pending && (code == AQ_OK || code == AQ_ENOMEM);
    close_session(&hand, mine);
    return enough;
}

static void test_without_memory(void)
{
    bool well = true;
    size_t n = fail_each_request(add_without, &well, 1000);

    ok(n > 4 && well, "adding without memory: what is pending is in the list");
}

int main(void)
{
    static void (*const tests[])(void) = {
        test_whose,  test_flags, test_inactive,       test_add_all, test_expunge, test_links_outlive_expunge,
        test_expire, test_lists, test_without_memory,
    };

    aq_set_allocator(counting_allocator, NULL);
    test_table();
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        open_hand(&hand, ALL_MODELS, ALL_TABLES);
        session = hand.session;
        tests[i]();
        close_hand(&hand);
    }
    ok(all_memory_is_back(), "nothing is left");
    return tap_done();
}
