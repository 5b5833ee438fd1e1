/* Many-to-many: links over several flushes, from both sides, of objects that are not loaded. */
#include "t/orm_flush.h"

typedef struct Page {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t tags;
} Page;

typedef struct Tag {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t pages;
} Tag;

static const aq_column_t page_tags_columns[] = {
    AQ_COLUMN(INT4, "page_id", .primary_key = true, .references = "page.id"),
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = "tag.id"),
};
AQ_TABLE(page_tags, page_tags_columns);

static const aq_column_t page_columns[] = {
    AQ_INT4(Page, id, .primary_key = true),
    AQ_TEXT(Page, name),
};
static const aq_relationship_t page_relationships[] = {
    AQ_MANY(Page, tags, Tag, .secondary = &page_tags_table, .back_populates = "pages"),
};
AQ_MODEL(Page, page_columns, page_relationships);

static const aq_column_t tag_columns[] = {
    AQ_INT4(Tag, id, .primary_key = true),
    AQ_TEXT(Tag, name),
};
static const aq_relationship_t tag_relationships[] = {
    AQ_MANY(Tag, pages, Page, .secondary = &page_tags_table, .back_populates = "tags"),
};
AQ_MODEL(Tag, tag_columns, tag_relationships);

static void declare(aq_db_t *db)
{
    aq_db_model(db, Page);
    aq_db_model(db, Tag);
    aq_db_table(db, page_tags);
}

static Page *add_page(uow_t *uow, const char *name)
{
    Page *page = aq_new(uow->session, Page);

    page->name = name;
    aq_add(uow->session, page);
    return page;
}

static Tag *new_tag(uow_t *uow, const char *name)
{
    Tag *tag = aq_new(uow->session, Tag);

    tag->name = name;
    return tag;
}

static Page *page, *other;
static Tag *red, *blue;

static void linked(uow_t *uow)
{
    page = add_page(uow, "page");
    other = add_page(uow, "other");
    red = new_tag(uow, "red");
    blue = new_tag(uow, "blue");
    aq_append(page, Page, tags, red);
    aq_append(page, Page, tags, blue);
    aq_append(blue, Tag, pages, other);
    uow_commit(uow);
    uow_skip(uow);
}

static void all_new(uow_t *uow)
{
    linked(uow);
    uow->told = 0;
    uow_tell(uow, "new pages with new tags, linked from either side");
    uow_is_contents(uow, "page: (1,page) (2,other)\npage_tags: (1,1) (1,2) (2,2)\ntag: (1,red) (2,blue)");
}

static void from_both_sides(uow_t *uow)
{
    linked(uow);
    aq_append(other, Page, tags, red);
    aq_append(red, Tag, pages, other);
    uow_commit(uow);
    uow_tell(uow, "the same link from both sides is one");
    uow_is_contents(uow,
                    "page: (1,page) (2,other)\npage_tags: (1,1) (1,2) (2,1) (2,2)\ntag: (1,red) (2,blue)");
}

static void off_and_on(uow_t *uow)
{
    linked(uow);
    aq_remove(page, Page, tags, red);
    aq_append(page, Page, tags, red);
    uow_commit(uow);
    uow_tell(uow, "a link that is taken off and put back is as it was");
    uow_is_contents(uow, "page: (1,page) (2,other)\npage_tags: (1,1) (1,2) (2,2)\ntag: (1,red) (2,blue)");
}

static void over_flushes(uow_t *uow)
{
    Tag *green;

    linked(uow);
    green = new_tag(uow, "green");
    aq_append(page, Page, tags, green);
    uow_flush(uow);
    uow_tell(uow, "a new tag of an old page");
    aq_remove(page, Page, tags, green);
    aq_append(other, Page, tags, green);
    uow_flush(uow);
    uow_tell(uow, "... goes to another");
    aq_remove(other, Page, tags, green);
    aq_delete(uow->session, green);
    uow_commit(uow);
    uow_tell(uow, "... and away");
    uow_is_contents(uow, "page: (1,page) (2,other)\npage_tags: (1,1) (1,2) (2,2)\ntag: (1,red) (2,blue)");
}

static void unloaded(uow_t *uow)
{
    linked(uow);
    aq_expunge_all(uow->session);
    page = uow_wait(uow, aq_get(uow->session, Page, 1));
    uow_skip(uow);
    aq_delete(uow->session, page);
    uow_commit(uow);
    uow_tell(uow, "a page whose tags are not loaded");
    uow_is_contents(uow, "page: (2,other)\npage_tags: (2,2)\ntag: (1,red) (2,blue)");
}

static void in_memory(uow_t *uow)
{
    linked(uow);
    aq_delete(uow->session, blue);
    uow_commit(uow);
    uow_skip(uow);
    ok(page->tags.count == 1 && page->tags.items[0] == red, "the page has the other tag only");
    is_int(other->tags.count, 0, "and the other page none");
    aq_append(other, Page, tags, red);
    uow_commit(uow);
    uow_tell(uow, "a list of which one was deleted goes on");
    uow_is_contents(uow, "page: (1,page) (2,other)\npage_tags: (1,1) (2,1)\ntag: (1,red)");
}

static void rolled_back(uow_t *uow)
{
    linked(uow);
    aq_remove(page, Page, tags, red);
    aq_append(other, Page, tags, red);
    uow_flush(uow);
    uow_rollback(uow);
    uow_skip(uow);
    uow_is_contents(uow, "page: (1,page) (2,other)\npage_tags: (1,1) (1,2) (2,2)\ntag: (1,red) (2,blue)");
    uow_wait(uow, aq_load(page, Page, tags));
    is_int(page->tags.count, 2, "after a rollback the list is loaded anew");
    uow_skip(uow);
    aq_remove(page, Page, tags, red);
    uow_commit(uow);
    uow_tell(uow, "... and can be changed again");
    uow_is_contents(uow, "page: (1,page) (2,other)\npage_tags: (1,2) (2,2)\ntag: (1,red) (2,blue)");
}

static void duplicate(uow_t *uow)
{
    linked(uow);
    aq_append(page, Page, tags, red);
    uow_commit(uow);
    uow_tell(uow, "what is in the list already is not written again");
    uow_is_contents(uow, "page: (1,page) (2,other)\npage_tags: (1,1) (1,2) (2,2)\ntag: (1,red) (2,blue)");
}

const flush_case_t flush_links_cases[] = {
    {"new ones on both sides", declare, all_new},
    {"the same link from both sides", declare, from_both_sides},
    {"a link off and on", declare, off_and_on},
    {"links over several flushes", declare, over_flushes},
    {"links that are not loaded", declare, unloaded},
    {"links in memory", declare, in_memory},
    {"links that are rolled back", declare, rolled_back},
    {"a link that is there", declare, duplicate},
    {NULL, NULL, NULL},
};
