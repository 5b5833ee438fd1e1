/* Loading: what comes with each strategy, by how many statements, and which (vectors loading; t/golden/loading.sql).
 *
 * A row of the vectors is a subtest and a function, whose outcome as JSON is the row's `result`. The strategies are those of the relationships: they are set before the row's db is made. Where
 * the outcome is another on purpose, it stands in the table with its reason. */
#include "golden.h"
#include "tap.h"

#include "t/cluster.h"
#include "t/first_loop.h"

#include <aquifer.h>
#include <string.h>
#include <uv.h>

typedef struct Category Category;
typedef struct Post Post;
typedef struct Page Page;
typedef struct Tag Tag;

struct Category {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t posts;
};

struct Post {
    aq_object_t object;
    int32_t id;
    const char *title;
    aq_int4_null_t category_id;
    Category *category;
};

struct Page {
    aq_object_t object;
    int32_t id;
    aq_many_t tags;
};

struct Tag {
    aq_object_t object;
    int32_t id;
    aq_many_t pages;
};

static const aq_column_t category_columns[] = {
    AQ_INT4(Category, id, .primary_key = true),
    AQ_TEXT(Category, name),
};
static aq_relationship_t category_relationships[] = {
    AQ_MANY(Category, posts, Post, .back_populates = "category", .order_by = "id"),
};
AQ_MODEL(Category, category_columns, category_relationships);

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_TEXT(Post, title),
    AQ_INT4_NULL(Post, category_id, .references = AQ_REF(Category, id)),
};
static aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, category, Category, .back_populates = "posts"),
};
AQ_MODEL(Post, post_columns, post_relationships);

static const aq_column_t tags_columns[] = {
    AQ_COLUMN(INT4, "page_id", .primary_key = true, .references = "page.id"),
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = "tag.id"),
};
AQ_TABLE(tags, tags_columns);

static const aq_column_t page_columns[] = {AQ_INT4(Page, id, .primary_key = true)};
static aq_relationship_t page_relationships[] = {
    AQ_MANY(Page, tags, Tag, .secondary = &tags_table, .back_populates = "pages", .order_by = "id"),
};
AQ_MODEL(Page, page_columns, page_relationships);

static const aq_column_t tag_columns[] = {AQ_INT4(Tag, id, .primary_key = true)};
static const aq_relationship_t tag_relationships[] = {
    AQ_MANY(Tag, pages, Page, .secondary = &tags_table, .back_populates = "tags", .order_by = "id"),
};
AQ_MODEL(Tag, tag_columns, tag_relationships);

static cluster_t *cluster;
static aq_session_t *session;

/* ---- Outcomes ------------------------------------------------------------------------------------------------------------------- */

static aq_op_t *last; /* is closed by the next */

/* The value of an op, which is closed by the next call. */
static void *wait_for(aq_op_t *op)
{
    aq_op_close(last);
    last = op;
    return aq_wait(op);
}

static json_t *error_of(int code, const char *message)
{
    return json_pack("{s:s, s:s}", "error", aq_error_name(code), "message", message);
}

/* `outcome`, or what went wrong with the last op. */
static json_t *or_error(json_t *outcome)
{
    if (last == NULL || aq_op_code(last) == AQ_OK)
        return outcome;
    json_decref(outcome);
    return error_of(aq_op_code(last), aq_op_error(last)->message);
}

static json_t *category_text(const Category *category)
{
    return category != NULL ? json_sprintf("<Category %s>", category->name) : json_null();
}

static json_t *post_text(const void *post)
{
    return json_sprintf("<Post %s>", ((const Post *)post)->title);
}

static json_t *post_title(const void *post)
{
    return json_string(((const Post *)post)->title);
}

/* Of a list that is loaded; NULL: it is not. */
static json_t *each_post(const Category *category, json_t *(*shown)(const void *post))
{
    const aq_many_t *posts = aq_list(category, Category, posts);
    json_t *texts = posts != NULL ? json_array() : NULL;

    for (size_t i = 0; posts != NULL && i < posts->count; i++)
        json_array_append_new(texts, shown(posts->items[i]));
    return texts;
}

static json_t *titles(const aq_objects_t *posts)
{
    json_t *texts = json_array();

    for (size_t i = 0; posts != NULL && i < posts->count; i++)
        json_array_append_new(texts, post_title(posts->items[i]));
    return texts;
}

static json_t *number(aq_op_t *op)
{
    const int64_t *count = wait_for(op);

    return or_error(json_integer(count != NULL ? *count : -1));
}

/* ---- One to many ---------------------------------------------------------------------------------------------------------------- */

static aq_query_t *categories(void)
{
    aq_query_t *query = aq_query(session, Category);

    aq_order_by(query, aq_asc(Category, id));
    return query;
}

/* All, their posts, and then one of them again. `loads`: their posts are asked for, those of all in one turn. */
static json_t *read_all(bool loads)
{
    aq_objects_t *found = wait_for(aq_all(categories()));
    json_t *outcome = json_array();
    aq_op_t *ops[8];

    for (size_t i = 0; loads && i < found->count; i++)
        ops[i] = aq_load((Category *)found->items[i], Category, posts);
    for (size_t i = 0; loads && i < found->count; i++)
        wait_for(ops[i]);
    for (size_t i = 0; i < found->count; i++) {
        const Category *category = found->items[i];
        json_t *posts = each_post(category, post_title);

        if (posts == NULL) {
            json_decref(outcome);
            return error_of(aq_last_error()->code, aq_last_error()->message);
        }
        json_array_append_new(outcome, json_pack("[s, o]", category->name, posts));
    }
    ok(wait_for(aq_get(session, Category, 1)) == found->items[0], "get gives the same object");
    return outcome;
}

static json_t *o2m_asked(void)
{
    return read_all(true);
}

static json_t *o2m(void)
{
    return read_all(false);
}

static json_t *dynamic_ops(void)
{
    Category *category = wait_for(aq_get(session, Category, 1));
    json_t *outcome = json_array();
    aq_query_t *query;
    Post *post;

    json_array_append_new(outcome, number(aq_count(aq_related_query(category, Category, posts))));
    query = aq_related_query(category, Category, posts);
    aq_filter(query, aq_ne(Post, title, "Python-2"));
    json_array_append_new(outcome, titles(wait_for(aq_all(query))));
    query = aq_related_query(category, Category, posts);
    aq_limit(query, 1);
    json_array_append_new(outcome, titles(wait_for(aq_all(query))));
    post = wait_for(aq_first(aq_related_query(category, Category, posts)));
    json_array_append_new(outcome, post_title(post));
    post = aq_new(session, Post);
    post->title = "new";
    is_int(aq_append(category, Category, posts, post), AQ_OK, "append");
    wait_for(aq_flush(session));
    json_array_append_new(outcome, number(aq_count(aq_related_query(category, Category, posts))));
    wait_for(aq_rollback(session));
    return or_error(outcome);
}

static json_t *joined_with_limit(void)
{
    aq_query_t *query = categories();
    aq_objects_t *found;
    json_t *outcome = json_array();

    aq_limit(query, 2);
    found = wait_for(aq_all(query));
    for (size_t i = 0; found != NULL && i < found->count; i++)
        json_array_append_new(outcome, category_text(found->items[i]));
    return or_error(outcome);
}

static json_t *joined_first(void)
{
    Category *category = wait_for(aq_first(categories()));

    ok(category != NULL && category->posts.count == 2, "with all its posts");
    return or_error(category_text(category));
}

static json_t *option_joinedload(void)
{
    aq_query_t *query = categories();
    aq_objects_t *found;
    json_t *outcome = json_array();

    aq_option(query, aq_joined_load(Category, posts));
    found = wait_for(aq_all(query));
    for (size_t i = 0; found != NULL && i < found->count; i++)
        json_array_append_new(outcome, json_pack("[o, o]", category_text(found->items[i]),
                                                 each_post(found->items[i], post_text)));
    return or_error(outcome);
}

/* "[<Post Python-1>, <Post Python-2>]" of each. */
static json_t *option_lazyload(void)
{
    aq_query_t *query = categories();
    aq_objects_t *found;
    json_t *outcome = json_array();

    aq_option(query, aq_lazy_load(Category, posts));
    found = wait_for(aq_all(query));
    ok(!aq_is_loaded((Category *)found->items[0], Category, posts), "they do not come along");
    wait_for(aq_load_all(session, found, Category, posts));
    for (size_t i = 0; i < found->count; i++) {
        const Category *category = found->items[i];
        aq_text_t text = {0};

        for (size_t k = 0; k < category->posts.count; k++)
            aq_text_appendf(&text, "%s<Post %s>", k > 0 ? ", " : "",
                            ((Post *)category->posts.items[k])->title);
        json_array_append_new(outcome, json_sprintf("[%s]", aq_text_string(&text)));
        aq_text_dispose(&text);
    }
    return or_error(outcome);
}

static json_t *with_parent(void)
{
    Category *category = wait_for(aq_get(session, Category, 1));
    aq_query_t *query = aq_query(session, Post);

    aq_with_parent(query, category, Category, posts);
    aq_filter(query, aq_ne(Post, title, "Python-2"));
    return or_error(titles(wait_for(aq_all(query))));
}

/* ---- Many to one ---------------------------------------------------------------------------------------------------------------- */

static aq_query_t *posts(void)
{
    aq_query_t *query = aq_query(session, Post);

    aq_order_by(query, aq_asc(Post, id));
    return query;
}

static json_t *posts_with_categories(const aq_objects_t *found)
{
    json_t *outcome = json_array();

    for (size_t i = 0; found != NULL && i < found->count; i++) {
        Post *post = found->items[i];
        const Category *category = aq_related(post, Post, category);

        if (!aq_is_loaded(post, Post, category))
            fail("%s", aq_last_error()->message);
        json_array_append_new(outcome,
                              json_pack("[s, s?]", post->title, category != NULL ? category->name : NULL));
    }
    return or_error(outcome);
}

static json_t *m2o(void)
{
    return posts_with_categories(wait_for(aq_all(posts())));
}

static json_t *m2o_asked(void)
{
    aq_op_t *op = aq_all(posts()), *ops[8];
    const aq_objects_t *found = aq_wait(op);

    for (size_t i = 0; i < found->count; i++)
        ops[i] = aq_load((Post *)found->items[i], Post, category);
    for (size_t i = 0; i < found->count; i++)
        wait_for(ops[i]);
    aq_op_close(op);
    return posts_with_categories(found);
}

static json_t *m2o_inner(void)
{
    aq_query_t *query = posts();

    aq_option(query, aq_inner_load(Post, category));
    return posts_with_categories(wait_for(aq_all(query)));
}

/* ---- Many to many ---------------------------------------------------------------------------------------------------------------- */

static aq_query_t *pages(void)
{
    aq_query_t *query = aq_query(session, Page);

    aq_order_by(query, aq_asc(Page, id));
    return query;
}

static json_t *pages_with_tags(const aq_objects_t *found)
{
    json_t *outcome = json_array();

    for (size_t i = 0; found != NULL && i < found->count; i++) {
        const Page *page = found->items[i];
        const aq_many_t *list = aq_list(page, Page, tags);
        json_t *ids = json_array();

        if (list == NULL)
            fail("%s", aq_last_error()->message);
        for (size_t k = 0; list != NULL && k < list->count; k++)
            json_array_append_new(ids, json_integer(((Tag *)list->items[k])->id));
        json_array_append_new(outcome, json_pack("[i, o]", page->id, ids));
    }
    return or_error(outcome);
}

static json_t *m2m(void)
{
    return pages_with_tags(wait_for(aq_all(pages())));
}

static json_t *m2m_asked(void)
{
    const aq_objects_t *found = wait_for(aq_all(pages()));

    wait_for(aq_load_all(session, found, Page, tags));
    return pages_with_tags(found);
}

static json_t *m2m_backref(void)
{
    aq_query_t *query = aq_query(session, Tag);
    const aq_objects_t *found;
    json_t *outcome = json_array();

    aq_order_by(query, aq_asc(Tag, id));
    found = wait_for(aq_all(query));
    wait_for(aq_load_all(session, found, Tag, pages));
    for (size_t i = 0; i < found->count; i++) {
        const Tag *tag = found->items[i];
        json_t *ids = json_array();

        for (size_t k = 0; k < tag->pages.count; k++)
            json_array_append_new(ids, json_integer(((Page *)tag->pages.items[k])->id));
        json_array_append_new(outcome, json_pack("[i, o]", tag->id, ids));
    }
    return or_error(outcome);
}

/* ---- Queries -------------------------------------------------------------------------------------------------------------------- */

static aq_query_t *named(const char *name)
{
    return aq_filter_by(aq_query(session, Category), "name", aq_text(name));
}

static json_t *filters(void)
{
    Category *category = aq_new(session, Category), *found;
    aq_query_t *query = aq_query(session, Category);
    json_t *outcome = json_array();

    category->name = "x";
    aq_add(session, category);
    found = wait_for(aq_one(named("x")));
    json_array_append_new(outcome, json_boolean(found == category && aq_contains(session, found)));
    aq_filter(query, aq_ends_with(Category, name, "thon"));
    json_array_append_new(outcome, number(aq_count(query)));
    query = aq_query(session, Category);
    aq_filter(query, aq_like(Category, name, "P%"));
    json_array_append_new(outcome, number(aq_count(query)));
    wait_for(aq_rollback(session));
    return or_error(outcome);
}

static json_t *same_object(void)
{
    const Category *one = wait_for(aq_one(named("Python"))), *again = wait_for(aq_first(named("Python")));

    return or_error(json_boolean(one != NULL && one == again));
}

static json_t *get_missing(void)
{
    return or_error(category_text(wait_for(aq_get(session, Category, 99))));
}

static json_t *get_none(void)
{
    return or_error(category_text(wait_for(aq_get(session, Category, aq_null()))));
}

static json_t *get_one(void)
{
    return or_error(category_text(wait_for(aq_get(session, Category, 1))));
}

static json_t *get_text(void)
{
    return or_error(category_text(wait_for(aq_get(session, Category, "abc"))));
}

static json_t *get_two(void)
{
    return or_error(category_text(wait_for(aq_get(session, Category, 1, 2))));
}

static json_t *get_huge(void)
{
    const Category *found = wait_for(aq_get(session, Category, (int64_t)1 << 40));

    return or_error(json_string(found == NULL ? "None" : found->name));
}

static json_t *first_empty(void)
{
    return or_error(category_text(wait_for(aq_first(named("zz")))));
}

static json_t *one_empty(void)
{
    return or_error(category_text(wait_for(aq_one(named("zz")))));
}

static json_t *one_many(void)
{
    return or_error(category_text(wait_for(aq_one(aq_query(session, Category)))));
}

static json_t *one_or_none_empty(void)
{
    return or_error(category_text(wait_for(aq_one_or_none(named("zz")))));
}

static json_t *scalar_many(void)
{
    aq_query_t *query = aq_query(session, Category);

    aq_columns(query, aq_column(Category, id));
    wait_for(aq_scalar(query));
    return or_error(json_null());
}

static json_t *all_of(aq_query_t *query)
{
    const aq_objects_t *found = wait_for(aq_all(query));

    return or_error(json_integer(found != NULL ? (json_int_t)found->count : -1));
}

static json_t *limit_0(void)
{
    return all_of(aq_limit(aq_query(session, Category), 0));
}

static json_t *limit_negative(void)
{
    return all_of(aq_limit(aq_query(session, Category), -1));
}

static json_t *offset_negative(void)
{
    return all_of(aq_offset(aq_query(session, Category), -1));
}

static json_t *filter_after_limit(void)
{
    return all_of(aq_filter_by(aq_limit(aq_query(session, Category), 1), "name", aq_text("C")));
}

static json_t *unknown_member(void)
{
    return all_of(aq_filter_by(aq_query(session, Category), "nope", aq_int4(1)));
}

static json_t *is_null(void)
{
    return number(aq_count(aq_filter(aq_query(session, Post), aq_is_null(Post, category_id))));
}

static json_t *in_none(void)
{
    return number(aq_count(aq_filter(aq_query(session, Post), aq_in(Post, id, (const int32_t[]){0}, 0))));
}

static json_t *in_some(void)
{
    return number(
        aq_count(aq_filter(aq_query(session, Post), aq_in(Post, id, ((const int32_t[]){1, 2}), 2))));
}

static json_t *ends_with_percent(void)
{
    return number(aq_count(aq_filter(aq_query(session, Category), aq_ends_with(Category, name, "%"))));
}

/* ---- Rows ----------------------------------------------------------------------------------------------------------------------- */

typedef enum whose {
    NOBODYS,
    CATEGORIES,
    POSTS,
    PAGES
} whose_t; /* relationship it is that has the strategy */

#define ERROR(name_, message_) "{\"error\": \"" name_ "\", \"message\": \"" message_ "\"}"
#define NOT_LOADED \
    ERROR("AQ_ENOTLOADED", "Category.posts is not loaded: aq_load() it, or load it with the query")
#define NO_HIDDEN "reading is no I/O: what was not loaded says so"

static const struct row {
    const char *name;
    json_t *(*run)(void);
    int statements;
    whose_t whose;
    aq_lazy_t lazy;
    const char *outcome,
        *why; /* where it is another than the vector's, and why; or of rows that the vectors have not */
} rows[] = {
    {"o2m_lazy_select", o2m_asked, 2, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"o2m_lazy_True", o2m_asked, 2, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"o2m_lazy_joined", o2m, 1, CATEGORIES, AQ_LAZY_JOINED, NULL, NULL},
    {"o2m_lazy_subquery", o2m, 2, CATEGORIES, AQ_LAZY_SUBQUERY, NULL, NULL},
    {"o2m_lazy_selectin", o2m, 2, CATEGORIES, AQ_LAZY_SELECTIN, NULL, NULL},
    {"o2m_lazy_immediate", o2m, 2, CATEGORIES, AQ_LAZY_SELECTIN, NULL,
     "immediate is selectin: one statement for all"},
    {"o2m_lazy_noload", o2m, 1, NOBODYS, AQ_LAZY_DEFAULT, NOT_LOADED, NO_HIDDEN},
    {"o2m_lazy_raise", o2m, 1, NOBODYS, AQ_LAZY_DEFAULT, NOT_LOADED, "our words"},
    {"o2m_lazy_raise_on_sql", o2m, 1, NOBODYS, AQ_LAZY_DEFAULT, NOT_LOADED, "our words"},
    {"dynamic_ops", dynamic_ops, 7, CATEGORIES, AQ_LAZY_DYNAMIC,
     "[2, [\"Python-1\"], [\"Python-1\"], \"Python-1\", 3]", "without the name of the query's type"},
    {"joined_with_limit", joined_with_limit, 1, CATEGORIES, AQ_LAZY_JOINED, NULL, NULL},
    {"joined_first", joined_first, 1, CATEGORIES, AQ_LAZY_JOINED, NULL, NULL},
    {"option_joinedload", option_joinedload, 1, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"option_lazyload_over_joined", option_lazyload, 2, CATEGORIES, AQ_LAZY_JOINED, NULL, NULL},
    {"with_parent", with_parent, 2, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"m2o_lazy_select", m2o_asked, 2, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"m2o_lazy_joined", m2o, 1, POSTS, AQ_LAZY_JOINED, NULL, NULL},
    {"m2o_lazy_joined_innerjoin_option", m2o_inner, 1, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"m2o_lazy_selectin", m2o, 2, POSTS, AQ_LAZY_SELECTIN, NULL, NULL},
    {"m2o_lazy_subquery", m2o, 2, POSTS, AQ_LAZY_SUBQUERY,
     "[[\"Python-1\", \"Python\"], [\"Python-2\", \"Python\"], [\"C-1\", \"C\"], [\"C-2\", \"C\"], "
     "[\"nocat\", null]]",
     NULL},
    {"m2m_lazy_select", m2m_asked, 2, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"m2m_lazy_joined", m2m, 1, PAGES, AQ_LAZY_JOINED, "[[1, [1, 2]], [2, [2]]]", NULL},
    {"m2m_lazy_subquery", m2m, 2, PAGES, AQ_LAZY_SUBQUERY, "[[1, [1, 2]], [2, [2]]]", NULL},
    {"m2m_lazy_selectin", m2m, 2, PAGES, AQ_LAZY_SELECTIN, "[[1, [1, 2]], [2, [2]]]", NULL},
    {"m2m_backref_lazy", m2m_backref, 2, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"filters", filters, 4, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"identity_map_same_object", same_object, 2, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"query_get_missing", get_missing, 1, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"query_get_none", get_none, 0, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"query_get_string", get_text, 0, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_ETYPE", "Category.id: a text where an int4 was asked for"), "keys have types"},
    {"query_get_bad_string", get_text, 0, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_ETYPE", "Category.id: a text where an int4 was asked for"), "keys have types"},
    {"query_get_tuple", get_one, 1, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"query_get_wrong_arity", get_two, 0, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_EARGUMENTS",
           "get: incorrect number of values (2) in the identifier of Category; its primary key is "
           "'Category.id'"),
     "our words"},
    {"query_get_huge", get_huge, 0, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"query_first_empty", first_empty, 1, NOBODYS, AQ_LAZY_DEFAULT, "null", NULL},
    {"query_one_empty", one_empty, 1, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_ENOROW", "one: no row was found when one was required"), "our words"},
    {"query_one_multiple", one_many, 1, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_EMANYROWS", "one: multiple rows were found when exactly one was required"), "our words"},
    {"query_one_or_none_empty", one_or_none_empty, 1, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"query_scalar_multiple", scalar_many, 1, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_EMANYROWS", "scalar: multiple rows were found when exactly one was required"), "our words"},
    {"query_limit_0", limit_0, 1, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"query_limit_negative", limit_negative, 0, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_EINVAL", "limit: -1 rows: it must not be negative"), "our words, before anything is sent"},
    {"query_offset_negative", offset_negative, 0, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_EINVAL", "offset: -1 rows: it must not be negative"), "our words, before anything is sent"},
    {"query_filter_after_limit", filter_after_limit, 0, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_EINVAL", "filter_by being called on a query which already has LIMIT or OFFSET applied"),
     "our words"},
    {"query_order_by_unknown_filter_by", unknown_member, 0, NOBODYS, AQ_LAZY_DEFAULT,
     ERROR("AQ_EINVAL", "'Category' has no column 'nope'"), "our words"},
    {"query_filter_none_is_null", is_null, 1, NOBODYS, AQ_LAZY_DEFAULT, "1", NULL},
    {"query_filter_in_empty", in_none, 1, NOBODYS, AQ_LAZY_DEFAULT, "0", NULL},
    {"query_filter_in", in_some, 1, NOBODYS, AQ_LAZY_DEFAULT, NULL, NULL},
    {"query_endswith_special", ends_with_percent, 1, NOBODYS, AQ_LAZY_DEFAULT, "0",
     "what LIKE gives a meaning to is escaped"},
};

static bool is_known(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0)
            return true;
    return false;
}

/* ---- Running them ---------------------------------------------------------------------------------------------------------------- */

static void done(aq_op_t *op)
{
    aq_wait(op);
    if (aq_op_code(op) != AQ_OK)
        bail_out("%s", aq_op_error(op)->message);
    aq_op_close(op);
}

/* A db whose relationships have the row's strategy, an app of it, and `run` in a session. */
static void in_world(const struct row *row, void (*run)(aq_context_t *context, const struct row *row))
{
    aq_config_t config = {
        .database_uri = cluster_uri(cluster), .record_queries = AQ_ON, .track_modifications = AQ_OFF};
    aq_db_t *db = aq_db_create();
    aq_app_t *app = aq_app_create(&config);
    aq_context_t *context;
    uv_loop_t loop;

    category_relationships[0].lazy = row->whose == CATEGORIES ? row->lazy : AQ_LAZY_DEFAULT;
    post_relationships[0].lazy = row->whose == POSTS ? row->lazy : AQ_LAZY_DEFAULT;
    page_relationships[0].lazy = row->whose == PAGES ? row->lazy : AQ_LAZY_DEFAULT;
    uv_loop_init(&loop);
    aq_db_model(db, Category);
    aq_db_model(db, Post);
    aq_db_model(db, Page);
    aq_db_model(db, Tag);
    aq_db_table(db, tags);
    if (app == NULL || aq_db_init_app(db, app) != AQ_OK || (context = aq_context_create(app, &loop)) == NULL)
        bail_out("%s", aq_last_error()->message);
    run(context, row);
    done(aq_context_close(context));
    aq_app_close(app);
    aq_db_close(db);
    uv_run(&loop, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&loop), 0, "uv_loop_close() == 0");
}

static aq_text_t golden;
static const json_t *expected; /* of the row that is running */

static void append_statements(const char *name)
{
    aq_text_appendf(&golden, "-- %s\n", name);
    for (size_t i = 0; i < aq_session_record_count(session); i++) {
        const aq_record_t *record = aq_session_record(session, i);

        aq_text_appendf(&golden, "%s;%s%s\n", record->statement, record->parameters[0] != '\0' ? " -- " : "",
                        record->parameters);
    }
    aq_text_append_char(&golden, '\n');
}

static void is_json(const json_t *actual, const json_t *wanted)
{
    char *one = json_dumps(actual, JSON_ENCODE_ANY), *other = json_dumps(wanted, JSON_ENCODE_ANY);

    is_str(one, other, "the outcome");
    free(one);
    free(other);
}

static void run_in(aq_context_t *context, const struct row *row)
{
    json_t *ours = row->outcome != NULL ? json_loads(row->outcome, JSON_DECODE_ANY, NULL) : NULL, *outcome;

    session = aq_session_open(context, NULL);
    outcome = row->run();
    aq_op_close(last);
    last = NULL;
    if (ok(ours != NULL || expected != NULL, "it is known what comes out"))
        is_json(outcome, ours != NULL ? ours : expected);
    is_int(aq_session_record_count(session), row->statements, "statements");
    append_statements(row->name);
    aq_session_close(session);
    json_decref(ours);
    json_decref(outcome);
}

static const json_t *result_of(const json_t *vectors, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(vectors, "rows"), i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "name")), name) == 0)
            return json_object_get(item, "result");
    }
    return NULL;
}

/* In the order of the table, which is that of the golden file. */
static void test_vectors(void)
{
    json_t *vectors = vectors_load("loading.json"), *item;
    size_t i;

    for (i = 0; vectors != NULL && i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];

        expected = result_of(vectors, row->name);
        subtest("%s%s%s", row->name, row->why != NULL ? ", settled: " : "",
                row->why != NULL ? row->why : "") {
            in_world(row, run_in);
        }
    }
    json_array_foreach(json_object_get(vectors, "rows"), i, item)
    {
        const char *name = json_string_value(json_object_get(item, "name"));

        if (!is_known(name))
            fail("no function for row '%s'", name);
    }
    if (vectors != NULL)
        is_golden(aq_text_string(&golden), "loading.sql", "the statements");
    aq_text_dispose(&golden);
    json_decref(vectors);
}

static void create(aq_context_t *context, const struct row *row)
{
    (void)row;
    done(aq_create_all(context, AQ_ALL_BINDS));
    cluster_sql(
        cluster,
        "insert into category values (1, 'Python'), (2, 'C'), (3, 'Empty');"
        "insert into post values (1, 'Python-1', 1), (2, 'Python-2', 1), (3, 'C-1', 2), (4, 'C-2', 2), "
        "(5, 'nocat', null); select setval('post_id_seq', 5), setval('category_id_seq', 3);"
        "insert into page values (1), (2); insert into tag values (1), (2);"
        "insert into tags values (1, 1), (1, 2), (2, 2)");
}

int main(void)
{
    open_first_loop();
    cluster = cluster_start(NULL);
    in_world(&rows[0], create);
    test_vectors();
    cluster_close(cluster);
    return tap_done();
}
