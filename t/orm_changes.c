/* What a flush has to write: whole change sets, as text. No database. The cases follow the vectors of the unit of work (uow_sql), which say what the database must see. */
#include "t/session_models.h"
#include "t/sessions.h"

#include <stdio.h>
#include <string.h>

static hand_t hand;

#define CHANGES(expected, name) is_changes(&hand, expected, name)

/* ---- Columns ------------------------------------------------------------------------------------------------------------------------------ */

static void test_inserts(void)
{
    User *ann = aq_new(hand.session, User), *bob = aq_new(hand.session, User),
         *eve = aq_new(hand.session, User);

    CHANGES("", "nothing was added");
    ann->name = "ann";
    bob->name = "bob";
    bob->visits = 3;
    bob->email = "bob@example.org";
    eve->id = 50;
    eve->level = 0;
    aq_add(hand.session, ann);
    aq_add(hand.session, bob);
    aq_add(hand.session, eve);
    aq_add(hand.session, ann);
    CHANGES("INSERT <User (pending)>: name, level\n"
            "INSERT <User (pending)>: name, email, visits, level\n"
            "INSERT <User (pending)>: id, name, level\n",
            "what is set, what has a client's default, what is NOT NULL and nobody gives");
    aq_flag_modified(ann, User, visits);
    aq_flag_modified(ann, User, email);
    pretend_flush(&hand);
    CHANGES("", "and then there is nothing");
    ok(ann->id == 101 && bob->id == 102 && eve->id == 50, "keys");
}

static void test_flagged(void)
{
    User *ann = aq_new(hand.session, User), *bob = a_row(&hand, User, .id = 60, .name = "bob");

    ann->name = "ann";
    aq_add(hand.session, ann);
    aq_flag_modified(ann, User, visits);
    aq_flag_modified(ann, User, visits);
    aq_flag_modified(bob, User, email);
    CHANGES("INSERT <User (pending)>: name, visits, level\n"
            "UPDATE <User 60>: email\n",
            "flagged columns are written as they are");
    pretend_flush(&hand);
}

static void test_updates(void)
{
    User *users[3];

    for (size_t i = 0; i < 3; i++)
        users[i] = a_row(&hand, User, .id = (int32_t)i + 1, .name = "x", .email = "e");
    users[2]->name = "z";
    users[0]->email = NULL;
    users[1]->name = "y";
    users[1]->visits = 2;
    CHANGES("UPDATE <User 1>: email\n"
            "UPDATE <User 2>: name, visits\n"
            "UPDATE <User 3>: name\n",
            "net changes, by key");
    users[0]->email = "e";
    users[1]->name = "x";
    users[1]->visits = 0;
    users[2]->name = strdup("x");
    CHANGES("", "what was set back is not written, nor the same text from elsewhere");
    free((char *)(uintptr_t)users[2]->name);
    users[2]->name = "x";
    users[2]->id = 7;
    CHANGES("UPDATE <User 7>: id\n", "a key");
}

static void test_deletes(void)
{
    User *users[3];

    for (size_t i = 0; i < 3; i++) {
        users[i] = a_row(&hand, User, .id = (int32_t)i + 1, .name = "x");
        load_no_list(users[i], "posts");
    }
    users[1]->name = "changed";
    aq_delete(hand.session, users[2]);
    aq_delete(hand.session, users[0]);
    aq_delete(hand.session, users[1]);
    aq_delete(hand.session, users[1]);
    CHANGES("DELETE <User 1>\nDELETE <User 2>\nDELETE <User 3>\n",
            "deleted once, by key, and changed no more");
    aq_add(hand.session, users[0]);
    aq_add(hand.session, users[1]);
    CHANGES("UPDATE <User 2>: name\nDELETE <User 3>\n", "added again");
}

static void test_mixed(void)
{
    User *gone = a_row(&hand, User, .id = 1, .name = "a"),
         *changed = a_row(&hand, User, .id = 2, .name = "b");
    User *added = aq_new(hand.session, User);

    load_no_list(gone, "posts");
    aq_delete(hand.session, gone);
    changed->name = "q";
    added->name = "new";
    aq_add(hand.session, added);
    CHANGES("INSERT <User (pending)>: name, level\n"
            "UPDATE <User 2>: name\n"
            "DELETE <User 1>\n",
            "inserts, updates, deletes");
}

static void test_keys_in_order(void)
{
    Seat *seats[3] = {a_row(&hand, Seat, .row = 2, .place = 1), a_row(&hand, Seat, .row = 1, .place = 2),
                      a_row(&hand, Seat, .row = 1, .place = 1)};

    for (size_t i = 0; i < 3; i++)
        seats[i]->price = 5;
    CHANGES("UPDATE <Seat 1, 1>: price\n"
            "UPDATE <Seat 1, 2>: price\n"
            "UPDATE <Seat 2, 1>: price\n",
            "by all columns of the key");
}

static void test_callbacks(void)
{
    Memo *old = a_row(&hand, Memo, .id = 1, .text = "a", .version = 3, .length = 1),
         *memo = aq_new(hand.session, Memo);

    memo->text = "b";
    memo->length = 77;
    aq_add(hand.session, memo);
    CHANGES("INSERT <Memo (pending)>: text, created, version\n",
            "an INSERT, and no UPDATE of what did not change");
    is_int(memo->created, 99, "the default's callback has given a value");
    is_int(memo->version, 1, "versions begin with 1");
    is_int(old->updated, 0, "update_cb was not asked");
    pretend_flush(&hand);
    old->text = "c";
    old->length = 9;
    CHANGES("UPDATE <Memo 1>: text, updated\n",
            "an UPDATE asks update_cb; what the server generates is not sent");
    is_int(old->updated, 99, "which gave a value");
    old->updated = 5;
    CHANGES("UPDATE <Memo 1>: text, updated\n", "unless the user has");
    is_int(old->updated, 5, "which stays");
    old->updated = 0;
    callback_code = AQ_EINVAL;
    CHANGES("AQ_EINVAL: Memo.updated: no number today\n", "a callback that fails");
    callback_code = AQ_OK;
}

/* ---- One to many ------------------------------------------------------------------------------------------------------------------------------ */

static void test_new_graph(void)
{
    Category *python = aq_new(hand.session, Category);
    Article *hello = aq_new(hand.session, Article), *snakes = aq_new(hand.session, Article);

    aq_set(hello, Article, category, python);
    aq_append(python, Category, articles, snakes);
    aq_add(hand.session, python);
    CHANGES("INSERT <Category (pending)>\n"
            "INSERT <Article (pending)>: category_id = <Category (pending)>.id\n"
            "INSERT <Article (pending)>: category_id = <Category (pending)>.id\n",
            "the quickstart: adding a category adds its articles");
    pretend_flush(&hand);
    ok(hello->category_id == python->id && snakes->category_id == python->id, "which have its key");
}

static void test_child_first(void)
{
    Post *post = aq_new(hand.session, Post), *other = aq_new(hand.session, Post);
    User *ann = aq_new(hand.session, User), *bob = aq_new(hand.session, User);

    post->title = "by plain pointer";
    post->author = ann;
    ann->name = "ann";
    other->title = "explicit key";
    bob->id = 70;
    bob->name = "bob";
    aq_set(other, Post, author, bob);
    aq_add(hand.session, post);
    aq_add(hand.session, other);
    CHANGES("INSERT <Post (pending)>: title, author_id = <User (pending)>.id\n"
            "INSERT <User (pending)>: name, level\n"
            "INSERT <Post (pending)>: title, author_id\n"
            "INSERT <User (pending)>: id, name, level\n",
            "a child brings its parent; a key that is known is a value");
    ok(ann->posts.count == 1 && ann->posts.items[0] == post, "the plain pointer's other side knows now");
    is_int(other->author_id.value, 70, "the key is set");
    pretend_flush(&hand);
    CHANGES("", "all is written");
}

static void test_link_to_persistent(void)
{
    User *ann = a_row(&hand, User, .id = 1, .name = "ann"), *bob = a_row(&hand, User, .id = 2, .name = "bob");
    Post *old = a_row(&hand, Post, .id = 1, .title = "t", .author_id = aq_some_int4(1));
    Post *post = aq_new(hand.session, Post), *another = aq_new(hand.session, Post);

    post->title = "not added";
    aq_append(ann, User, posts, post);
    CHANGES("INSERT <Post (pending)>: title, author_id\n"
            "TOUCH <User 1>\n",
            "what a persistent object's list got is added");
    is_int(post->author_id.value, 1, "with its key");
    pretend_flush(&hand);
    another->title = "by pointer";
    another->author = bob;
    old->author = bob;
    CHANGES("TOUCH <User 2>\n"
            "UPDATE <Post 1>: author_id\n",
            "what only points to the session's objects is not; and a plain pointer moves a post");
    is_int(old->author_id.value, 2, "to the other's key");
    old->author_id = aq_some_int4(77);
    CHANGES("TOUCH <User 2>\n"
            "UPDATE <Post 1>: author_id\n",
            "where both the key and the pointer changed");
    is_int(old->author_id.value, 2, "the pointer wins");
    pretend_flush(&hand);
    old->author_id = aq_some_int4(1);
    CHANGES("UPDATE <Post 1>: author_id\n", "the key alone");
    is_int(old->author_id.value, 1, "is what it is");
}

static void test_move(void)
{
    User *ann = a_row(&hand, User, .id = 1, .name = "ann"), *bob = a_row(&hand, User, .id = 2, .name = "bob");
    Post *post = a_row(&hand, Post, .id = 1, .title = "t", .author_id = aq_some_int4(1));

    load_list(ann, "posts", post);
    load_no_list(bob, "posts");
    load_one(post, "author", ann);
    aq_set(post, Post, author, bob);
    CHANGES("TOUCH <User 1>\nTOUCH <User 2>\nUPDATE <Post 1>: author_id\n",
            "a child moves: all three are told");
    pretend_flush(&hand);
    aq_append(ann, User, posts, post);
    aq_append(bob, User, posts, post);
    CHANGES("", "there and back");
    aq_remove(bob, User, posts, post);
    CHANGES("TOUCH <User 2>\nUPDATE <Post 1>: author_id\n", "taken off the list");
    ok(!post->author_id.present, "it has no author");
}

static void test_null_pointer(void)
{
    User *ann = a_row(&hand, User, .id = 1, .name = "ann");
    Post *post = a_row(&hand, Post, .id = 1, .title = "t", .author_id = aq_some_int4(1));
    Post *other = a_row(&hand, Post, .id = 2, .title = "t", .author_id = aq_some_int4(1));

    load_one(post, "author", ann);
    post->author = NULL;
    CHANGES("TOUCH <User 1>\nUPDATE <Post 1>: author_id\n", "a pointer that is NULL makes the key NULL");
    pretend_flush(&hand);
    aq_set(other, Post, author, NULL);
    CHANGES("TOUCH <User 1>\nUPDATE <Post 2>: author_id\n", "one that was not loaded too");
}

static void test_required_key(void)
{
    Category *category = a_row(&hand, Category, .id = 1), *other = a_row(&hand, Category, .id = 2);
    Article *article = a_row(&hand, Article, .id = 1, .category_id = 1);

    load_list(category, "articles", article);
    load_one(article, "category", category);
    aq_remove(category, Category, articles, article);
    CHANGES("AQ_ENOTNULL: Category.articles: <Article 1> loses <Category 1>, and Article.category_id is NOT "
            "NULL\n",
            "a child that must have a parent");
    is_str(aq_last_error()->sqlstate, "23502", "as the server would say it");
    is_str(aq_last_error()->table, "article", "with the table");
    is_str(aq_last_error()->column, "category_id", "and the column");
    aq_append(other, Category, articles, article);
    CHANGES("TOUCH <Category 1>\nTOUCH <Category 2>\nUPDATE <Article 1>: category_id\n",
            "unless it gets another");
    aq_delete(hand.session, article);
    aq_delete(hand.session, category);
    aq_remove(other, Category, articles, article);
    load_no_list(other, "articles");
    CHANGES("DELETE <Category 1>\nDELETE <Article 1>\n", "or is deleted too");
}

/* ---- Deletion ------------------------------------------------------------------------------------------------------------------------------------- */

static void test_delete_parent(void)
{
    User *ann = a_row(&hand, User, .id = 1, .name = "ann"), *bob = a_row(&hand, User, .id = 2, .name = "bob");
    Post *first = a_row(&hand, Post, .id = 1, .title = "t", .author_id = aq_some_int4(1));
    Post *second = a_row(&hand, Post, .id = 2, .title = "t", .author_id = aq_some_int4(2));
    Post *third = a_row(&hand, Post, .id = 3, .title = "t", .author_id = aq_some_int4(2));

    load_list(ann, "posts", first);
    third->title = "changed";
    aq_delete(hand.session, ann);
    aq_delete(hand.session, bob);
    CHANGES("UPDATE <Post 1>: author_id (silent)\n"
            "UPDATE <Post 2>: author_id (silent)\n"
            "UPDATE <Post 3>: title, author_id\n"
            "DELETE <User 1>\n"
            "DELETE <User 2>\n"
            "SWEEP NULL User.posts of <User 2>\n",
            "children lose their parent, whoever has loaded them");
    ok(!first->author_id.present && !second->author_id.present, "in memory too");
}

static void test_delete_required_parent(void)
{
    Category *category = a_row(&hand, Category, .id = 1);
    Article *article = a_row(&hand, Article, .id = 1, .category_id = 1);

    load_list(category, "articles", article);
    aq_delete(hand.session, category);
    CHANGES("AQ_ENOTNULL: Category.articles: <Article 1> loses <Category 1>, and Article.category_id is NOT "
            "NULL\n",
            "which they must have");
    aq_delete(hand.session, article);
    CHANGES("DELETE <Category 1>\nDELETE <Article 1>\n", "so they go with it");
}

static void test_cascade(void)
{
    Parent *parent = a_row(&hand, Parent, .id = 1), *unloaded = a_row(&hand, Parent, .id = 2);
    Child *first = a_row(&hand, Child, .id = 1, .parent_id = 1),
          *second = a_row(&hand, Child, .id = 2, .parent_id = 1);
    Child *fresh = aq_new(hand.session, Child);

    (void)a_row(&hand, Child, .id = 3, .parent_id = 2);
    load_list(parent, "children", second, first);
    aq_append(parent, Parent, children, fresh);
    aq_add(hand.session, fresh);
    aq_delete(hand.session, parent);
    aq_delete(hand.session, unloaded);
    CHANGES("DELETE <Parent 1>\n"
            "DELETE <Parent 2>\n"
            "DELETE <Child 1>\n"
            "DELETE <Child 2>\n"
            "DELETE <Child 3>\n"
            "SWEEP DELETE Parent.children of <Parent 2>\n",
            "children are deleted, the new one is never written, those that nobody has loaded are swept");
    is_int(aq_object_state(fresh), AQ_TRANSIENT, "the new one is transient again");
}

static void test_orphans(void)
{
    Parent *parent = a_row(&hand, Parent, .id = 1), *other = a_row(&hand, Parent, .id = 2);
    Child *first = a_row(&hand, Child, .id = 1, .parent_id = 1),
          *second = a_row(&hand, Child, .id = 2, .parent_id = 1);
    Child *third = a_row(&hand, Child, .id = 3, .parent_id = 1), *fresh = aq_new(hand.session, Child);

    load_list(parent, "children", first, second);
    aq_remove(parent, Parent, children, first);
    CHANGES("TOUCH <Parent 1>\nDELETE <Child 1>\n", "an orphan is deleted");
    aq_append(parent, Parent, children, first);
    aq_add(hand.session, first);
    load_no_list(other, "children");
    aq_append(other, Parent, children, second);
    CHANGES("TOUCH <Parent 1>\nTOUCH <Parent 2>\nUPDATE <Child 2>: parent_id\n",
            "one that finds another parent is not");
    pretend_flush(&hand);
    aq_append(parent, Parent, children, fresh);
    pretend_flush(&hand);
    is_int(aq_object_state(fresh), AQ_PERSISTENT, "a new child is written");
    (void)third;
}

static void test_new_orphan(void)
{
    Parent *parent = a_row(&hand, Parent, .id = 1);
    Child *fresh = aq_new(hand.session, Child);

    load_no_list(parent, "children");
    aq_append(parent, Parent, children, fresh);
    aq_add(hand.session, fresh);
    aq_remove(parent, Parent, children, fresh);
    CHANGES("", "a new orphan is not written");
    is_int(aq_object_state(fresh), AQ_TRANSIENT, "it is transient again");
}

static void test_sweeps(void)
{
    Branch *branch = a_row(&hand, Branch, .id = 1);
    Page *page = a_row(&hand, Page, .id = 1);
    Node *node = a_row(&hand, Node, .id = 1);

    aq_delete(hand.session, branch);
    aq_delete(hand.session, page);
    aq_delete(hand.session, node);
    CHANGES("DELETE <Page 1>\n"
            "DELETE <Node 1>\n"
            "DELETE <Branch 1>\n"
            "SWEEP DELETE Branch.branches of <Branch 1>, and theirs\n"
            "SWEEP ASSOCIATIONS Page.tags of <Page 1>\n"
            "SWEEP NULL Node.children of <Node 1>\n",
            "what is not loaded");
}

static void test_row_switch(void)
{
    User *old = a_row(&hand, User, .id = 1, .name = "old"), *again = aq_new(hand.session, User);

    load_no_list(old, "posts");
    again->id = 1;
    again->name = "again";
    aq_delete(hand.session, old);
    aq_add(hand.session, again);
    CHANGES("UPDATE <User (pending)>: name, email, level (the row of <User 1>)\n"
            "TOUCH <User 1>\n",
            "a new object takes a deleted one's row");
}

/* ---- Tables between --------------------------------------------------------------------------------------------------------------------------------- */

static void test_many_to_many(void)
{
    Page *page = aq_new(hand.session, Page), *old = a_row(&hand, Page, .id = 9);
    Tag *tag = aq_new(hand.session, Tag), *known = a_row(&hand, Tag, .id = 9);

    aq_append(page, Page, tags, tag);
    aq_append(page, Page, tags, known);
    aq_append(known, Tag, pages, old);
    aq_add(hand.session, tag);
    CHANGES("INSERT <Tag (pending)>\n"
            "INSERT <Page (pending)>\n"
            "TOUCH <Tag 9>\n"
            "TOUCH <Page 9>\n"
            "LINK <Page (pending)>.tags <Tag (pending)>\n"
            "LINK <Page (pending)>.tags <Tag 9>\n"
            "LINK <Page 9>.tags <Tag 9>\n",
            "a row for each pair, once, whichever side tells");
    pretend_flush(&hand);
    CHANGES("", "all is written");
    aq_remove(tag, Tag, pages, page);
    aq_append(page, Page, tags, tag);
    CHANGES("", "removed and appended");
    aq_remove(page, Page, tags, known);
    CHANGES("TOUCH <Tag 9>\nTOUCH <Page 102>\nUNLINK <Page 102>.tags <Tag 9>\n", "removed");
    aq_delete(hand.session, page);
    CHANGES("TOUCH <Tag 9>\n"
            "DELETE <Page 102>\n"
            "UNLINK <Page 102>.tags <Tag 101>\n"
            "UNLINK <Page 102>.tags <Tag 9>\n",
            "a page that is deleted, and all that it was linked to");
}

static void test_unloaded_many_to_many(void)
{
    Page *page = a_row(&hand, Page, .id = 1);
    Tag *tag = a_row(&hand, Tag, .id = 1), *other = a_row(&hand, Tag, .id = 2);

    aq_remove(page, Page, tags, tag);
    aq_append(page, Page, tags, other);
    CHANGES("TOUCH <Tag 1>\nTOUCH <Tag 2>\nTOUCH <Page 1>\n"
            "UNLINK <Page 1>.tags <Tag 1>\n"
            "LINK <Page 1>.tags <Tag 2>\n",
            "lists that nobody has loaded");
}

/* ---- Trees, circles ------------------------------------------------------------------------------------------------------------------------------------- */

static void test_tree(void)
{
    Node *root = aq_new(hand.session, Node), *a = aq_new(hand.session, Node), *b = aq_new(hand.session, Node);
    Node *a1 = aq_new(hand.session, Node);

    root->name = "root";
    aq_append(root, Node, children, a);
    aq_append(root, Node, children, b);
    aq_append(a, Node, children, a1);
    aq_add(hand.session, root);
    CHANGES("INSERT <Node (pending)>: name\n"
            "INSERT <Node (pending)>: parent_id = <Node (pending)>.id\n"
            "INSERT <Node (pending)>: parent_id = <Node (pending)>.id\n"
            "INSERT <Node (pending)>: parent_id = <Node (pending)>.id\n",
            "a tree");
    pretend_flush(&hand);
    ok(a->id == 102 && a1->id == 103 && b->id == 104, "what an object brings comes right after it");
    is_int(a1->parent_id.value, a->id, "the leaf has its parent's key");
    aq_delete(hand.session, root);
    CHANGES("UPDATE <Node 102>: parent_id (silent)\n"
            "UPDATE <Node 104>: parent_id (silent)\n"
            "DELETE <Node 101>\n",
            "the root is deleted");
}

static void test_itself(void)
{
    Node *node = aq_new(hand.session, Node);

    aq_set(node, Node, parent, node);
    aq_add(hand.session, node);
    CHANGES("INSERT <Node (pending)>: parent_id = <Node (pending)>.id\n", "a row that refers to itself");
}

static void test_post_update(void)
{
    Person *person = aq_new(hand.session, Person);
    Ball *ball = aq_new(hand.session, Ball);

    aq_append(person, Person, balls, ball);
    aq_set(person, Person, favorite, ball);
    aq_add(hand.session, person);
    CHANGES("INSERT <Person (pending)>: favorite_id = later <Ball (pending)>.id\n"
            "INSERT <Ball (pending)>: owner_id = <Person (pending)>.id\n",
            "two rows that refer to each other");
    pretend_flush(&hand);
    aq_delete(hand.session, person);
    aq_delete(hand.session, ball);
    CHANGES("UPDATE <Person 101>: favorite_id\n"
            "DELETE <Ball 102>\n"
            "DELETE <Person 101>\n",
            "are untied before they are deleted");
}

static void test_one_to_one(void)
{
    Country *france = a_row(&hand, Country, .id = 1);
    Capital *vichy = a_row(&hand, Capital, .id = 1, .country_id = aq_some_int4(1)),
            *paris = aq_new(hand.session, Capital);

    load_one(france, "capital", vichy);
    load_one(vichy, "country", france);
    paris->name = "Paris";
    aq_set(france, Country, capital, paris);
    CHANGES("INSERT <Capital (pending)>: name, country_id\n"
            "TOUCH <Country 1>\n"
            "DELETE <Capital 1>\n",
            "the old one is an orphan");
    is_int(paris->country_id.value, 1, "the new one has the key");
}

static void test_keys_of_keys(void)
{
    Picture *picture = aq_new(hand.session, Picture);
    Profile *profile = aq_new(hand.session, Profile);
    Company *company = aq_new(hand.session, Company);

    picture->profile = profile;
    profile->account = &company->account;
    aq_add(hand.session, picture);
    CHANGES("INSERT <Picture (pending)>: profile_id = <Profile (pending)>.account_id\n"
            "INSERT <Profile (pending)>: account_id = <Company (pending)>.id\n"
            "INSERT <Company (pending)>: type\n",
            "a key that is carried is carried on");
    ok(company->account.profile == profile, "a submodel has its parent's relationships");
}

static void test_one_side(void)
{
    Account *account = a_row(&hand, Account, .id = 1, .type = "person");
    Company *company = a_row(&hand, Company, .account = {.id = 2, .type = "company"});
    Payment *payment = aq_new(hand.session, Payment),
            *old = a_row(&hand, Payment, .id = 1, .account_id = aq_some_int4(2));

    aq_append(account, Account, payments, payment);
    load_list(company, "payments", old);
    aq_append(account, Account, payments, old);
    aq_object_remove_item(company, &Account_model, offsetof(Account, payments), old);
    CHANGES("INSERT <Payment (pending)>: account_id\n"
            "TOUCH <Account 1>\n"
            "TOUCH <Company 2>\n"
            "UPDATE <Payment 1>: account_id\n",
            "a list without another side: what one got, another lost");
    is_int(old->account_id.value, 1, "the key of the new one");
    pretend_flush(&hand);
    aq_delete(hand.session, account);
    CHANGES("DELETE <Account 1>\n"
            "SWEEP DELETE Account.profile of <Account 1>\n",
            "passive_deletes leaves the rest to the foreign key");
}

static void test_cascades_that_are_not(void)
{
    Loner *loner = aq_new(hand.session, Loner);
    Picture *picture = a_row(&hand, Picture, .profile_id = 7);
    User *user = aq_new(hand.session, User);

    loner->friend = user;
    aq_add(hand.session, loner);
    CHANGES("AQ_EINVAL: Loner.friend: <User (transient)> is not in the session, and .cascade does not add "
            "it: aq_add() it\n",
            "nobody adds the friend");
    aq_add(hand.session, user);
    CHANGES(
        "INSERT <Loner (pending)>: friend_id = <User (pending)>.id\nINSERT <User (pending)>: name, level\n",
        "unless the user does");
    aq_expunge_all(hand.session);
    aq_add(hand.session, picture);
    aq_delete(hand.session, picture);
    CHANGES("AQ_ENOTLOADED: Picture.profile is not loaded: aq_load() it, it is deleted with <Picture 7>\n",
            "one that is deleted with a row, and that nobody knows");
    load_one(picture, "profile", a_row(&hand, Profile, .account_id = 7));
    CHANGES("DELETE <Profile 7>\nDELETE <Picture 7>\n", "or knows");
}

static void test_deleted_before(void)
{
    Page *page = a_row(&hand, Page, .id = 1);
    Tag *tag = a_row(&hand, Tag, .id = 1);

    load_list(page, "tags", tag);
    load_list(tag, "pages", page);
    aq_delete(hand.session, tag);
    CHANGES("DELETE <Tag 1>\nUNLINK <Page 1>.tags <Tag 1>\n", "a tag is deleted");
    pretend_flush(&hand);
    aq_delete(hand.session, page);
    CHANGES("DELETE <Page 1>\n", "then its page, which was linked to it");
}

/* ---- What cannot be written ------------------------------------------------------------------------------------------------------------------------------- */

static void test_wrong(void)
{
    User *ann = a_row(&hand, User, .id = 1, .name = "ann");
    Post *post = a_row(&hand, Post, .id = 1, .title = "t");

    load_no_list(ann, "posts");
    aq_delete(hand.session, ann);
    pretend_flush(&hand);
    is_int(aq_object_state(ann), AQ_DELETED, "deleted");
    post->author = ann;
    CHANGES("AQ_EINVAL: Post.author: <User 1> has been deleted\n", "a parent that is gone");
    post->author = NULL;
    CHANGES("", "none");
}

/* ---- Chains, memory -------------------------------------------------------------------------------------------------------------------------------------------- */

#define LONG 20000

static void test_chain(void)
{
    Node *last = NULL, *first = NULL;
    aq_arena_t *arena = aq_arena_create();
    aq__changeset_t set;

    for (size_t i = 0; i < LONG; i++) {
        Node *node = aq_new(hand.session, Node);

        node->parent = last;
        first = first == NULL ? node : first;
        last = node;
    }
    aq_add(hand.session, last);
    is_int(aq__changes_collect(hand.session, arena, &set), AQ_OK, "a chain of %d nodes", LONG);
    is_int(set.count, LONG, "is written whole");
    is_int(set.items[0]->object == last && set.items[LONG - 1]->object == first, true,
           "from its end to its begin");
    is_int(set.items[0]->carried_count, 1, "each with its parent's key");
    aq_arena_close(arena);
}

/* A bit of everything. */
static int change_all(aq_session_t *session, User *ann, Parent *parent, Page *page)
{
    Post *post = aq_new(session, Post);
    User *bob = aq_new(session, User);
    Tag *tag = aq_new(session, Tag);
    int code = post != NULL && bob != NULL && tag != NULL ? AQ_OK : AQ_ENOMEM;

    if (code != AQ_OK)
        return code;
    post->title = "t";
    bob->name = "b";
    post->author = bob;
    ann->name = "changed";
    code = aq_add(session, post);
    if (code == AQ_OK)
        code = aq_append(page, Page, tags, tag);
    if (code == AQ_OK)
        code = aq_flag_modified(ann, User, email);
    return code == AQ_OK ? aq_delete(session, parent) : code;
}

typedef struct collecting {
    size_t failed;
    bool clean;
    char *text;
} collecting_t;

static const char all_changes[] = "INSERT <Post (pending)>: title, author_id = <User (pending)>.id\n"
                                  "INSERT <User (pending)>: name, level\n"
                                  "INSERT <Tag (pending)>\n"
                                  "UPDATE <User 1>: name, email\n"
                                  "TOUCH <Page 1>\n"
                                  "DELETE <Parent 1>\n"
                                  "DELETE <Child 1>\n"
                                  "LINK <Page 1>.tags <Tag (pending)>\n"
                                  "SWEEP DELETE Parent.children of <Parent 1>\n";

/* Whatever fails, the next try gives the same. */
static bool collect_without(void *data)
{
    collecting_t *collecting = data;
    size_t n = atomic_load(&allocations.fail_at);
    aq_session_t *session, *kept = hand.session;
    aq_arena_t *arena;
    aq__changeset_t set;
    User *ann;
    Parent *parent;
    Page *page;
    char *text;
    bool enough;
    int code;

    fail_request(0);
    session = hand.session = open_session(&hand, false);
    ann = a_row(&hand, User, .id = 1, .name = "a");
    parent = a_row(&hand, Parent, .id = 1);
    page = a_row(&hand, Page, .id = 1);
    (void)a_row(&hand, Child, .id = 1, .parent_id = 1);
    arena = aq_arena_create();
    if (change_all(session, ann, parent, page) != AQ_OK)
        diag("nothing to collect");
    fail_request(n);
    code = aq__changes_collect(session, arena, &set);
    enough = code == AQ_OK && atomic_load(&allocations.refused) == 0;
    fail_request(0);
    collecting->failed += code == AQ_ENOMEM && set.count == 0;
    text = changes_of(session);
    collecting->clean = collecting->clean && strcmp(text, all_changes) == 0;
    if (strcmp(text, all_changes) != 0)
        diag("%s", text);
    aq_free(text);
    aq_arena_close(arena);
    close_session(&hand, session);
    hand.session = kept;
    return enough;
}

static void test_without_memory(void)
{
    collecting_t collecting = {.clean = true};
    size_t n = fail_each_request(collect_without, &collecting, 1000);

    ok(n > 10 && collecting.failed == n - 1, "each of %zu requests for memory can fail", n - 1);
    ok(collecting.clean, "and the next try finds everything");
}

int main(void)
{
    static void (*const tests[])(void) = {
        test_inserts,
        test_flagged,
        test_updates,
        test_deletes,
        test_mixed,
        test_keys_in_order,
        test_callbacks,
        test_new_graph,
        test_child_first,
        test_link_to_persistent,
        test_move,
        test_null_pointer,
        test_required_key,
        test_delete_parent,
        test_delete_required_parent,
        test_cascade,
        test_orphans,
        test_new_orphan,
        test_sweeps,
        test_row_switch,
        test_many_to_many,
        test_unloaded_many_to_many,
        test_tree,
        test_itself,
        test_post_update,
        test_one_to_one,
        test_keys_of_keys,
        test_one_side,
        test_cascades_that_are_not,
        test_deleted_before,
        test_wrong,
        test_chain,
        test_without_memory,
    };

    aq_set_allocator(counting_allocator, NULL);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        open_hand(&hand, ALL_MODELS, ALL_TABLES);
        tests[i]();
        close_hand(&hand);
    }
    ok(all_memory_is_back(), "nothing is left");
    return tap_done();
}
