/* Relationships in memory: both sides in step, lists that are not loaded, what may not be linked. No database. */
#include "t/session_models.h"
#include "t/sessions.h"

static hand_t hand;

static const char *error_of(int code)
{
    static char text[512];

    if (code == AQ_OK)
        return "(none)";
    snprintf(text, sizeof(text), "%s: %s", aq_error_name(code), aq_last_error()->message);
    return text;
}

/* "2, 1": the keys of a list. */
static const char *keys_of(const aq_many_t *list)
{
    static char text[256];
    size_t length = 0;

    text[0] = '\0';
    for (size_t i = 0; i < list->count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%d", i == 0 ? "" : ", ",
                                   ((User *)list->items[i])->id);
    return text;
}

/* ---- One to many ------------------------------------------------------------------------------------------------------------------------ */

static void test_set(void)
{
    User *ann = aq_new(hand.session, User), *bob = aq_new(hand.session, User);
    Post *post = aq_new(hand.session, Post);

    post->id = 1;
    is_str(error_of(aq_set(post, Post, author, ann)), "(none)", "a post gets an author");
    ok(post->author == ann, "the pointer is set");
    is_str(keys_of(&ann->posts), "1", "and the author has the post");
    is_str(error_of(aq_set(post, Post, author, ann)), "(none)", "once more");
    is_str(keys_of(&ann->posts), "1", "which changes nothing");
    is_str(error_of(aq_set(post, Post, author, bob)), "(none)", "it gets another author");
    is_str(keys_of(&ann->posts), "", "the first has it no more");
    is_str(keys_of(&bob->posts), "1", "the second has");
    is_str(error_of(aq_set(post, Post, author, NULL)), "(none)", "none at all");
    ok(post->author == NULL && bob->posts.count == 0, "both sides know");
}

static void test_append(void)
{
    User *ann = aq_new(hand.session, User), *bob = aq_new(hand.session, User);
    Post *post = aq_new(hand.session, Post);

    post->id = 2;
    is_str(error_of(aq_append(ann, User, posts, post)), "(none)", "an author gets a post");
    ok(post->author == ann, "and the post an author");
    is_str(error_of(aq_append(ann, User, posts, post)), "(none)", "once more");
    is_str(keys_of(&ann->posts), "2", "is once in the list");
    is_str(error_of(aq_append(bob, User, posts, post)), "(none)", "another gets it");
    is_str(keys_of(&ann->posts), "", "it was moved from the first");
    ok(post->author == bob && bob->posts.count == 1, "to the second");
    is_str(error_of(aq_remove(ann, User, posts, post)),
           "AQ_ENOENT: User.posts: <Post (transient)> is not in the list of <User (transient)>",
           "not there any more");
    is_str(error_of(aq_remove(bob, User, posts, post)), "(none)", "removed");
    ok(post->author == NULL && bob->posts.count == 0, "from both sides");
}

static void test_plain_pointers(void)
{
    User *ann = aq_new(hand.session, User), *bob = aq_new(hand.session, User);
    Post *post = aq_new(hand.session, Post);

    post->id = 3;
    aq_append(ann, User, posts, post);
    post->author = bob;
    is_str(error_of(aq_append(bob, User, posts, post)), "(none)",
           "a post whose pointer was set by hand is appended");
    is_str(keys_of(&bob->posts), "3", "the list has it");
    post->author = bob;
    is_str(error_of(aq_append(bob, User, posts, post)), "(none)", "and again");
    is_str(keys_of(&bob->posts), "3", "once");
    post = aq_new(hand.session, Post);
    post->id = 4;
    aq_append(ann, User, posts, post);
    post->author = bob;
    is_str(error_of(aq_set(post, Post, author, ann)), "(none)", "a pointer that went astray");
    is_int(ann->posts.items[ann->posts.count - 1] == post && ann->posts.items[0] != post, true,
           "does not make two of it");
}

/* ---- Not loaded ----------------------------------------------------------------------------------------------------------------------------- */

static void test_loaded(void)
{
    User *ann = a_row(&hand, User, .id = 10, .name = "ann");
    Post *post = a_row(&hand, Post, .id = 10, .title = "t", .author_id = aq_some_int4(99));
    User *new_user = aq_new(hand.session, User);

    ok(aq_list(ann, User, posts) == NULL, "a list that is not loaded is no list");
    is_str(error_of(aq_last_error()->code),
           "AQ_ENOTLOADED: User.posts is not loaded: aq_load() it, or load it with the query",
           "which says so");
    ok(aq_related(post, Post, author) == NULL, "nor is there an author");
    is_str(error_of(aq_last_error()->code),
           "AQ_ENOTLOADED: Post.author is not loaded: aq_load() it, or load it with the query",
           "which says so");
    ok(!aq_is_loaded(ann, User, posts), "asking is no error");
    ok(aq_is_loaded(new_user, User, posts) && aq_list(new_user, User, posts)->count == 0,
       "new ones have all: nothing");
    load_list(ann, "posts", post);
    load_one(post, "author", ann);
    ok(aq_list(ann, User, posts) == &ann->posts && aq_related(post, Post, author) == ann, "loaded");
}

static void test_unloaded_lists(void)
{
    User *ann = a_row(&hand, User, .id = 20, .name = "ann");
    Post *old = a_row(&hand, Post, .id = 20, .title = "t", .author_id = aq_some_int4(20));
    Post *post = aq_new(hand.session, Post);

    post->id = 21;
    is_str(error_of(aq_append(ann, User, posts, post)), "(none)", "a list that is not loaded gets one");
    is_str(error_of(aq_remove(ann, User, posts, old)), "(none)", "and loses one that may be in it");
    ok(old->author == NULL && post->author == ann, "the other side knows");
    is_str(error_of(aq_remove(ann, User, posts, old)),
           "AQ_ENOENT: User.posts: <Post 20> is not in the list of <User 20>", "it is gone");
    ok(!aq_is_loaded(ann, User, posts), "it is not loaded by that");
    load_list(ann, "posts", old);
    is_str(keys_of(&ann->posts), "21", "once loaded it is as it was changed");
}

/* The author is in the session, but the post has no pointer to it. */
static void test_known_parent(void)
{
    User *ann = a_row(&hand, User, .id = 30, .name = "ann"),
         *bob = a_row(&hand, User, .id = 31, .name = "bob");
    Post *post = a_row(&hand, Post, .id = 30, .title = "t", .author_id = aq_some_int4(30));
    Post *other = a_row(&hand, Post, .id = 31, .title = "t", .author_id = aq_some_int4(777));

    load_list(ann, "posts", post);
    load_no_list(bob, "posts");
    is_str(error_of(aq_set(post, Post, author, bob)), "(none)", "moved, though its author was not loaded");
    is_str(keys_of(&ann->posts), "", "the author of its key has lost it");
    is_str(keys_of(&bob->posts), "30", "the other has it");
    is_str(error_of(aq_set(other, Post, author, NULL)), "(none)",
           "an author that nobody knows is taken away");
    ok(!other->author_id.present, "by the key");
}

static void test_required_parent(void)
{
    Child *child = a_row(&hand, Child, .id = 35, .parent_id = 777);
    Country *country = a_row(&hand, Country, .id = 35);
    Capital *capital = aq_new(hand.session, Capital);

    is_str(error_of(aq_set(child, Child, parent, NULL)),
           "AQ_EINVAL: Child.parent: <Child 35> must have one: parent_id is not NULL",
           "a key that must not be NULL");
    is_str(error_of(aq_set(country, Country, capital, capital)),
           "AQ_ENOTLOADED: Country.capital is not loaded: aq_load() it before it is replaced",
           "nobody knows which capital would be replaced");
}

/* ---- Other shapes ------------------------------------------------------------------------------------------------------------------------------- */

static void test_one_to_one(void)
{
    Country *france = aq_new(hand.session, Country), *italy = aq_new(hand.session, Country);
    Capital *paris = aq_new(hand.session, Capital), *rome = aq_new(hand.session, Capital);

    aq_set(france, Country, capital, paris);
    ok(paris->country == france, "the capital knows its country");
    aq_set(rome, Capital, country, italy);
    ok(italy->capital == rome, "the country knows its capital");
    aq_set(france, Country, capital, rome);
    ok(france->capital == rome && rome->country == france, "conquered");
    ok(paris->country == NULL && italy->capital == NULL, "and who had them has them no more");
}

static void test_many_to_many(void)
{
    Page *page = aq_new(hand.session, Page);
    Tag *tag = aq_new(hand.session, Tag);

    page->id = 1;
    tag->id = 2;
    aq_append(page, Page, tags, tag);
    is_str(keys_of(&tag->pages), "1", "the tag has the page");
    aq_append(tag, Tag, pages, page);
    aq_append(page, Page, tags, tag);
    is_int(page->tags.count, 1, "two of the same are one");
    is_int(tag->pages.count, 1, "on both sides");
    aq_remove(tag, Tag, pages, page);
    ok(page->tags.count == 0 && tag->pages.count == 0, "removed from both");
}

static void test_tree(void)
{
    Node *root = aq_new(hand.session, Node), *leaf = aq_new(hand.session, Node);

    leaf->id = 7;
    aq_append(root, Node, children, leaf);
    ok(leaf->parent == root, "a leaf knows its root");
    aq_set(leaf, Node, parent, leaf);
    is_str(keys_of(&leaf->children), "7", "its own parent");
    is_int(root->children.count, 0, "and no longer the root's");
}

/* ---- What may not be --------------------------------------------------------------------------------------------------------------------------------- */

static void test_wrong(void)
{
    aq_session_t *other = open_session(&hand, false);
    User *ann = aq_new(hand.session, User), *stranger = aq_new(other, User);
    Post *post = aq_new(hand.session, Post);
    Category *category = aq_new(hand.session, Category);
    User nobody = {.id = 1};

    is_str(error_of(aq_object_set(post, &Post_model, offsetof(Post, author), category)),
           "AQ_EINVAL: Post.author: a Category is no User", "another model");
    is_str(error_of(aq_append(ann, User, posts, category)), "AQ_EINVAL: User.posts: a Category is no Post",
           "another model in a list");
    is_str(error_of(aq_append(ann, User, posts, NULL)), "AQ_EINVAL: User.posts: NULL is no Post", "NULL");
    is_str(error_of(aq_set(post, Post, author, &nobody)),
           "AQ_EINVAL: Post.author: the User was made neither by aq_new() nor by a query",
           "a struct of the user's");
    is_str(
        error_of(aq_set(post, Post, author, stranger)),
        "AQ_EINVAL: Post.author: <User (transient)> is of session 38, and <Post (transient)> of session 37",
        "an object of another session");
    is_str(error_of(aq_object_set(ann, &Post_model, offsetof(Post, author), NULL)),
           "AQ_EINVAL: aq_set: a User is no Post", "the object is of another model");
    is_str(error_of(aq_object_set(NULL, &Post_model, offsetof(Post, author), ann)),
           "AQ_EINVAL: aq_set: NULL is no object", "no object");
    is_str(error_of(aq_object_append_item(&nobody, &User_model, offsetof(User, posts), post)),
           "AQ_EINVAL: aq_append: the object was made neither by aq_new() nor by a query",
           "no object of ours");
    is_str(error_of(aq_object_set(ann, &User_model, offsetof(User, posts), post)),
           "AQ_EINVAL: aq_set: User.posts is a list: use aq_append() and aq_remove()", "a list is not set");
    is_str(error_of(aq_object_append_item(post, &Post_model, offsetof(Post, author), ann)),
           "AQ_EINVAL: aq_append: Post.author is no list: use aq_set()", "and a pointer not appended to");
    is_str(error_of(aq_object_remove_item(post, &Post_model, offsetof(Post, title), ann)),
           "AQ_EINVAL: aq_remove: Post.title is a column, no relationship", "a column");
    is_str(error_of(aq_object_set(post, &Post_model, 3, ann)),
           "AQ_EINVAL: aq_set: this member of 'Post' is no relationship", "between members");
    ok(post->author == NULL && ann->posts.count == 0, "none of it did anything");
    close_session(&hand, other);
}

/* ---- Without memory ------------------------------------------------------------------------------------------------------------------------------------ */

#define MANY 400

typedef struct linking {
    size_t failed;
    bool in_step;
} linking_t;

/* Every post's author has it, and nobody else. */
static bool agree(const User *user, const User *other, Post *const *posts)
{
    size_t listed = 0;

    for (size_t i = 0; i < MANY; i++)
        listed += posts[i]->author == user || posts[i]->author == other;
    return listed == user->posts.count + other->posts.count;
}

static int link_many(User *ann, User *bob, Post *const *posts)
{
    int code = AQ_OK;

    for (size_t i = 0; i < MANY && code == AQ_OK; i++)
        code = aq_append(ann, User, posts, posts[i]);
    for (size_t i = 0; i < MANY && code == AQ_OK; i += 2)
        code = aq_set(posts[i], Post, author, bob);
    for (size_t i = 0; i < MANY && code == AQ_OK; i += 4)
        code = aq_remove(bob, User, posts, posts[i]);
    return code;
}

static bool link_without(void *data)
{
    linking_t *linking = data;
    size_t n = atomic_load(&allocations.fail_at);
    aq_session_t *session;
    User *ann, *bob;
    Post *posts[MANY];
    bool enough;
    int code;

    fail_request(0);
    session = open_session(&hand, false);
    ann = aq_new(session, User);
    bob = aq_new(session, User);
    for (size_t i = 0; i < MANY; i++)
        posts[i] = aq_new(session, Post);
    fail_request(n);
    code = link_many(ann, bob, posts);
    enough = code == AQ_OK && atomic_load(&allocations.refused) == 0;
    linking->failed += code == AQ_ENOMEM;
    fail_request(0);
    linking->in_step = linking->in_step && agree(ann, bob, posts);
    close_session(&hand, session);
    return enough;
}

static void test_without_memory(void)
{
    linking_t linking = {.in_step = true};
    size_t n = fail_each_request(link_without, &linking, 1000);

    ok(n > 1 && linking.failed == n - 1, "linking needs memory, and says where there is none");
    ok(linking.in_step, "and whatever failed, both sides agreed");
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    open_hand(&hand, ALL_MODELS, ALL_TABLES);
    test_set();
    test_append();
    test_plain_pointers();
    test_loaded();
    test_unloaded_lists();
    test_known_parent();
    test_required_parent();
    test_one_to_one();
    test_many_to_many();
    test_tree();
    test_wrong();
    test_without_memory();
    close_hand(&hand);
    ok(all_memory_is_back(), "nothing is left");
    return tap_done();
}
