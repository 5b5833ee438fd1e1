/* Models of every kind of relationship that signals tell of, on two databases; and who hears the signals: for tests of signals. */
#ifndef AQUIFER_T_TODO_H
#define AQUIFER_T_TODO_H

#include "t/cluster.h"
#include "t/first_loop.h"

#include <aquifer.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

typedef struct Todo {
    aq_object_t object;
    int32_t id;
    const char *text;
} Todo;

static const aq_column_t todo_columns[] = {
    AQ_INT4(Todo, id, .primary_key = true),
    AQ_TEXT(Todo, text, .unique = true),
};
AQ_MODEL(Todo, todo_columns, AQ_NONE);

typedef struct Parent Parent;
typedef struct Child Child;
typedef struct Owned Owned;

struct Parent {
    aq_object_t object;
    int32_t id;
    aq_many_t children; /* may live without a parent */
    aq_many_t owned;    /* live and die with it */
};

struct Child {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t parent_id;
    Parent *parent;
};

struct Owned {
    aq_object_t object;
    int32_t id;
    int32_t parent_id;
    Parent *parent;
};

static const aq_column_t parent_columns[] = {AQ_INT4(Parent, id, .primary_key = true)};
static const aq_relationship_t parent_relationships[] = {
    AQ_MANY(Parent, children, Child, .back_populates = "parent", .order_by = "id"),
    AQ_MANY(Parent, owned, Owned, .back_populates = "parent", .order_by = "id",
            .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN),
};
AQ_MODEL(Parent, parent_columns, parent_relationships);

static const aq_column_t child_columns[] = {
    AQ_INT4(Child, id, .primary_key = true),
    AQ_INT4_NULL(Child, parent_id, .references = AQ_REF(Parent, id)),
};
static const aq_relationship_t child_relationships[] = {
    AQ_ONE(Child, parent, Parent, .back_populates = "children"),
};
AQ_MODEL(Child, child_columns, child_relationships);

static const aq_column_t owned_columns[] = {
    AQ_INT4(Owned, id, .primary_key = true),
    AQ_INT4(Owned, parent_id, .references = AQ_REF(Parent, id)),
};
static const aq_relationship_t owned_relationships[] = {
    AQ_ONE(Owned, parent, Parent, .back_populates = "owned"),
};
AQ_MODEL(Owned, owned_columns, owned_relationships);

typedef struct Page {
    aq_object_t object;
    int32_t id;
    aq_many_t tags;
} Page;

typedef struct Tag {
    aq_object_t object;
    int32_t id;
    aq_many_t pages;
} Tag;

static const aq_column_t tags_columns[] = {
    AQ_COLUMN(INT4, "page_id", .primary_key = true, .references = "page.id"),
    AQ_COLUMN(INT4, "tag_id", .primary_key = true, .references = "tag.id"),
};
AQ_TABLE(tags, tags_columns);

static const aq_column_t page_columns[] = {AQ_INT4(Page, id, .primary_key = true)};
static const aq_relationship_t page_relationships[] = {
    AQ_MANY(Page, tags, Tag, .secondary = &tags_table, .back_populates = "pages", .order_by = "id"),
};
AQ_MODEL(Page, page_columns, page_relationships);

static const aq_column_t tag_columns[] = {AQ_INT4(Tag, id, .primary_key = true)};
static const aq_relationship_t tag_relationships[] = {
    AQ_MANY(Tag, pages, Page, .secondary = &tags_table, .back_populates = "tags", .order_by = "id"),
};
AQ_MODEL(Tag, tag_columns, tag_relationships);

typedef struct Other {
    aq_object_t object;
    int32_t id;
    const char *text;
} Other;

static const aq_column_t other_columns[] = {
    AQ_INT4(Other, id, .primary_key = true),
    AQ_TEXT(Other, text),
};
AQ_MODEL(Other, other_columns, AQ_NONE, .bind = "two");

/* ---- Apps and contexts -------------------------------------------------------------------------------------------------- */

typedef struct todo_app {
    aq_app_t *app;
    aq_context_t *context;
} todo_app_t;

typedef struct todos {
    uv_loop_t loop;
    aq_db_t *db;
    cluster_t *cluster;
    char second[1024]; /* the URI of bind "two" */
} todos_t;

static inline void todos_wait(aq_op_t *op)
{
    if (aq_wait(op) == NULL && aq_op_code(op) != AQ_OK)
        bail_out("%s", aq_op_error(op)->message);
    aq_op_close(op);
}

/* Another app of the same db, on the same loop. */
static inline todo_app_t todos_app(todos_t *todos, aq_switch_t track)
{
    aq_bind_config_t two = {.key = "two", .uri = todos->second};
    aq_config_t config = {.database_uri = cluster_uri(todos->cluster),
                          .binds = &two,
                          .bind_count = 1,
                          .track_modifications = track};
    todo_app_t made = {.app = aq_app_create(&config)};

    if (made.app == NULL || aq_db_init_app(todos->db, made.app) != AQ_OK ||
        (made.context = aq_context_create(made.app, &todos->loop)) == NULL)
        bail_out("%s", aq_last_error()->message);
    return made;
}

static inline void todos_app_close(todo_app_t *app)
{
    todos_wait(aq_context_close(app->context));
    aq_app_close(app->app);
}

/* A db with its models, not sealed yet: the first app does that. */
static inline void todos_open(todos_t *todos)
{
    const char *uri;

    open_first_loop();
    todos->cluster = cluster_start(NULL);
    cluster_sql(todos->cluster, "create database two");
    uri = cluster_uri(todos->cluster);
    snprintf(todos->second, sizeof todos->second, "%s%sdbname=two", uri,
             strchr(uri, '?') != NULL ? "&" : "?");
    uv_loop_init(&todos->loop);
    todos->db = aq_db_create();
    aq_db_model(todos->db, Todo);
    aq_db_model(todos->db, Parent);
    aq_db_model(todos->db, Child);
    aq_db_model(todos->db, Owned);
    aq_db_model(todos->db, Page);
    aq_db_model(todos->db, Tag);
    aq_db_model(todos->db, Other);
    aq_db_table(todos->db, tags);
}

static inline void todos_close(todos_t *todos)
{
    aq_db_close(todos->db);
    uv_run(&todos->loop, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&todos->loop), 0, "uv_loop_close() == 0");
    cluster_close(todos->cluster);
}

/* No rows, and keys from 1. */
static inline void todos_empty(todos_t *todos)
{
    cluster_sql(todos->cluster,
                "truncate todo, tags, page, tag, child, owned, parent restart identity cascade");
}

/* ---- Objects by name, and what is heard of them ---------------------------------------------------------------------------- */

#define NAMES 64
static struct {
    char name[24];
    void *object;
} named[NAMES];
static size_t named_count;

static inline void name_object(const char *name, void *object)
{
    if (named_count == NAMES)
        bail_out("too many names");
    snprintf(named[named_count].name, sizeof named[0].name, "%s", name);
    named[named_count++].object = object;
}

/* The newest of that name. */
static inline void *object_named(const char *name)
{
    for (size_t i = named_count; i-- > 0;)
        if (strcmp(named[i].name, name) == 0)
            return named[i].object;
    bail_out("no object has the name '%s'", name);
}

static inline const char *name_of(const void *object)
{
    for (size_t i = named_count; i-- > 0;)
        if (named[i].object == object)
            return named[i].name;
    return "?";
}

/* "a insert, b update", in their order, or, `sorted`, by the alphabet. */
static inline void append_changes(aq_text_t *text, char (*changes)[64], size_t count, bool sorted)
{
    size_t least = 0, last = count;

    for (size_t n = 0; n < count; n++, last = least) {
        least = sorted ? count : n;
        for (size_t i = 0; sorted && i < count; i++)
            if ((last == count || strcmp(changes[i], changes[last]) > 0) &&
                (least == count || strcmp(changes[i], changes[least]) < 0))
                least = i;
        if (least < count)
            aq_text_appendf(text, "%s%s", n > 0 ? ", " : "", changes[least]);
    }
}

static inline void append_heard(aq_text_t *text, const aq_changes_t *changes, bool sorted)
{
    char lines[32][64];

    for (size_t i = 0; i < changes->count && i < 32; i++)
        snprintf(lines[i], sizeof lines[i], "%s %s", name_of(changes->items[i].object),
                 aq_operation_name(changes->items[i].operation));
    append_changes(text, lines, changes->count < 32 ? changes->count : 32, sorted);
}

#endif
