/* Many-to-many: rows of the table between. */
#include "t/orm_uow.h"

#include <stdio.h>

/* ---- m_m2m ------------------------------------------------------------------------------------------------------------ */

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

static const aq_column_t tags_columns[] = {
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = "tag.id"),
    AQ_COLUMN(INT4, "page_id", .primary_key = true, .references = "page.id"),
};
AQ_TABLE(tags, tags_columns);

static const aq_column_t page_columns[] = {
    AQ_INT4(Page, id, .primary_key = true),
    AQ_VARCHAR_NULL(Page, name, 20),
};
static const aq_relationship_t page_relationships[] = {
    AQ_MANY(Page, tags, Tag, .secondary = &tags_table, .backref = AQ_BACKREF(Tag, pages, Page)),
};
AQ_MODEL(Page, page_columns, page_relationships);

static const aq_column_t tag_columns[] = {
    AQ_INT4(Tag, id, .primary_key = true),
    AQ_VARCHAR_NULL(Tag, name, 20),
};
AQ_MODEL(Tag, tag_columns, AQ_NONE);

static Page *pages[2];
static Tag *three[3];

static void declare_pages(aq_db_t *db)
{
    aq_db_model(db, Page);
    aq_db_model(db, Tag);
    aq_db_table(db, tags);
}

static void two_pages(uow_t *uow)
{
    static const char *const tag_names[] = {"t1", "t2", "t3"}, *const page_names[] = {"p1", "p2"};

    for (int i = 0; i < 3; i++) {
        three[i] = aq_new(uow->session, Tag);
        three[i]->name = tag_names[i];
    }
    for (int i = 0; i < 2; i++) {
        pages[i] = aq_new(uow->session, Page);
        pages[i]->name = page_names[i];
    }
    aq_append(pages[0], Page, tags, three[0]);
    aq_append(pages[0], Page, tags, three[1]);
    aq_append(pages[1], Page, tags, three[1]);
    aq_add_all(uow->session, (void *[]){pages[0], pages[1], three[0], three[1], three[2]}, 5);
}

static void m2m_remove(uow_t *uow)
{
    aq_remove(pages[0], Page, tags, three[0]);
    uow_commit(uow);
    ok(three[0]->pages.count == 0, "the other side knows");
}

static void m2m_replace(uow_t *uow)
{
    aq_remove(pages[0], Page, tags, three[0]);
    aq_remove(pages[0], Page, tags, three[1]);
    aq_append(pages[0], Page, tags, three[2]);
    uow_commit(uow);
}

static void m2m_delete_page(uow_t *uow)
{
    aq_delete(uow->session, pages[0]);
    uow_commit(uow);
}

static void m2m_delete_tag(uow_t *uow)
{
    aq_delete(uow->session, three[1]);
    uow_commit(uow);
}

static void m2m_delete_both(uow_t *uow)
{
    aq_delete(uow->session, three[1]);
    aq_delete(uow->session, pages[0]);
    uow_commit(uow);
}

/* ---- m_self_m2m ---------------------------------------------------------------------------------------------------------- */

typedef struct Node {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t to;
    aq_many_t from;
} Node;

static const aq_column_t edges_columns[] = {
    AQ_COLUMN(INT4, "a_id", .primary_key = true, .references = "node.id"),
    AQ_COLUMN(INT4, "b_id", .primary_key = true, .references = "node.id"),
};
AQ_TABLE(edges, edges_columns);

static const aq_column_t node_columns[] = {
    AQ_INT4(Node, id, .primary_key = true),
    AQ_VARCHAR_NULL(Node, name, 20),
};
static const aq_relationship_t node_relationships[] = {
    AQ_MANY(Node, to, Node, .secondary = &edges_table, .foreign_keys = AQ_COLUMNS("a_id"),
            .backref = AQ_BACKREF(Node, from, Node)),
};
AQ_MODEL(Node, node_columns, node_relationships);

static void declare_nodes(aq_db_t *db)
{
    aq_db_model(db, Node);
    aq_db_table(db, edges);
}

static void self_m2m(uow_t *uow)
{
    static const char *const names[] = {"a", "b", "c"};
    Node *nodes[3];

    for (int i = 0; i < 3; i++) {
        nodes[i] = aq_new(uow->session, Node);
        nodes[i]->name = names[i];
    }
    aq_append(nodes[0], Node, to, nodes[1]);
    aq_append(nodes[0], Node, to, nodes[2]);
    aq_append(nodes[1], Node, to, nodes[0]);
    aq_add(uow->session, nodes[0]);
    uow_commit(uow);
    ok(nodes[0]->from.count == 1 && nodes[2]->from.count == 1, "the other side knows");
}

const uow_row_t uow_tags_rows[] = {
    UOW_ROW(declare_pages, two_pages, m2m_remove),
    UOW_ROW(declare_pages, two_pages, m2m_replace),
    UOW_ROW(declare_pages, two_pages, m2m_delete_page),
    UOW_ROW(declare_pages, two_pages, m2m_delete_tag),
    UOW_ROW(declare_pages, two_pages, m2m_delete_both),
    UOW_ROW(declare_nodes, NULL, self_m2m),
    {.name = NULL},
};
