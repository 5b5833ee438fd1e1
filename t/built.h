/* Metadata that was built by hand: a short way to do it, and a blog with each kind of relationship. */
#ifndef AQUIFER_T_BUILT_H
#define AQUIFER_T_BUILT_H

#include "src/schema/metadata.h"

static inline aq__source_t line(int number)
{
    return (aq__source_t){"built.sql", number, 1};
}

static inline aq__column_t *add(aq__table_t *table, const char *name, uint32_t oid)
{
    aq__column_t *column = aq__table_add_column(table, name, line(2));

    if (column != NULL)
        column->type.oid = oid;
    return column;
}

static inline aq__column_t *add_needed(aq__table_t *table, const char *name, uint32_t oid)
{
    aq__column_t *column = add(table, name, oid);

    if (column != NULL)
        column->not_null = true;
    return column;
}

/* On one column, or on two. */
static inline aq__constraint_t *constrain(aq_constraint_kind_t kind, aq__column_t *first,
                                          aq__column_t *second)
{
    aq__constraint_t *constraint =
        first != NULL ? aq__table_add_constraint(first->table, kind, line(3)) : NULL;

    if (constraint == NULL || aq__constraint_add_column(constraint, first) != AQ_OK ||
        (second != NULL && aq__constraint_add_column(constraint, second) != AQ_OK))
        return NULL;
    return constraint;
}

static inline aq__table_t *add_table(aq__metadata_t *metadata, const char *name)
{
    aq__table_t *table = aq__metadata_add_table(metadata, NULL, name, line(1));
    aq__column_t *id = table != NULL ? add(table, "id", AQ_OID_INT4) : NULL;

    return constrain(AQ_CONSTRAINT_PRIMARY_KEY, id, NULL) != NULL ? table : NULL;
}

/* A new column that refers to the key of a table. */
static inline aq__constraint_t *refer(aq__table_t *table, const char *column, const char *to)
{
    aq__constraint_t *key =
        table != NULL ? constrain(AQ_CONSTRAINT_FOREIGN_KEY, add_needed(table, column, AQ_OID_INT4), NULL)
                      : NULL;

    if (key != NULL)
        key->referred_table = to;
    return key;
}

static inline void link_tables(aq__metadata_t *metadata, const char *name, const char *first,
                               const char *first_to, const char *second, const char *second_to)
{
    aq__table_t *table = aq__metadata_add_table(metadata, NULL, name, line(1));
    aq__constraint_t *a = refer(table, first, first_to), *b = refer(table, second, second_to);

    if (a != NULL && b != NULL)
        (void)constrain(AQ_CONSTRAINT_PRIMARY_KEY, a->columns[0], b->columns[0]);
}

/* NULL, or by half: no memory. */
static inline aq__metadata_t *build_blog(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__table_t *user, *post, *table;
    aq__constraint_t *key;
    aq__column_t *column;

    if (metadata == NULL || (user = add_table(metadata, "users")) == NULL ||
        (post = add_table(metadata, "post")) == NULL)
        return metadata;
    column = add_needed(user, "name", AQ_OID_VARCHAR);
    if (constrain(AQ_CONSTRAINT_UNIQUE, column, NULL) != NULL) {
        column->type.modifiers[0] = 80;
        column->type.modifier_count = 1;
    }
    if ((key = refer(post, "author_id", "users")) != NULL)
        key->on_delete = AQ_CASCADE;
    (void)refer(post, "parent_id", "post");
    if ((table = add_table(metadata, "message")) != NULL) {
        (void)refer(table, "sender_id", "users");
        (void)refer(table, "recipient_id", "users");
        (void)refer(table, "user_id", "users");
    }
    if ((table = add_table(metadata, "user_profile")) != NULL &&
        (key = refer(table, "user_id", "users")) != NULL)
        (void)constrain(AQ_CONSTRAINT_UNIQUE, key->columns[0], NULL);
    if ((table = add_table(metadata, "category")) != NULL) {
        (void)refer(table, "owner", "users");
        (void)add(table, "users", AQ_OID_TEXT);
    }
    (void)add_table(metadata, "tag");
    link_tables(metadata, "post_tags", "post_id", "post", "tag_id", "tag");
    link_tables(metadata, "follow", "follower_id", "users", "followed_id", "users");
    return metadata;
}

#endif
