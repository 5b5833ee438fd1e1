/* Metadata without what means nothing, so that two that mean the same have the same DDL: the order of constraints and indexes within a table and
 * of enums, names that the server or the naming convention gives by itself, a scale of 0, and types as somebody wrote them. Without what models
 * cannot say as well: tables without columns.
 *
 *     is_text(canonical_ddl(&text, declared), canonical_ddl(&other, read), "the same"); */
#ifndef AQUIFER_T_CANONICAL_H
#define AQUIFER_T_CANONICAL_H

#include <stdlib.h>
#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/read_sql.h"
#include "src/tool/plan.h"

/* By their DDL. */
static inline int compare_texts(aq_text_t *a, aq_text_t *b)
{
    int order = strcmp(aq_text_string(a), aq_text_string(b));

    aq_text_dispose(a);
    aq_text_dispose(b);
    return order;
}

static inline int compare_constraints(const void *a, const void *b)
{
    aq_text_t left = {0}, right = {0};

    aq__ddl_constraint(&left, *(aq__constraint_t *const *)a);
    aq__ddl_constraint(&right, *(aq__constraint_t *const *)b);
    return compare_texts(&left, &right);
}

static inline int compare_indexes(const void *a, const void *b)
{
    aq_text_t left = {0}, right = {0};

    aq__ddl_create_index(&left, *(aq__index_t *const *)a);
    aq__ddl_create_index(&right, *(aq__index_t *const *)b);
    return compare_texts(&left, &right);
}

static inline int compare_enums(const void *a, const void *b)
{
    const aq__enum_t *left = *(aq__enum_t *const *)a, *right = *(aq__enum_t *const *)b;

    return strcmp(left->name, right->name);
}

static inline int compare_added(const void *a, const void *b)
{
    aq_text_t left = {0}, right = {0};

    aq__ddl_add_constraint(&left, *(aq__constraint_t *const *)a);
    aq__ddl_add_constraint(&right, *(aq__constraint_t *const *)b);
    return compare_texts(&left, &right);
}

static inline void make_table_canonical(aq__table_t *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        aq__type_t *type = &table->columns[i]->type;

        if (type->text != NULL && aq__read_type(table->metadata->arena, type->text, type) != AQ_OK)
            continue;
        if (type->name != NULL)
            type->enumeration = aq__metadata_enum(table->metadata, type->schema, type->name);
        if (type->oid == AQ_OID_NUMERIC && type->modifier_count == 2 && type->modifiers[1] == 0)
            type->modifier_count = 1;
    }
    for (size_t i = 0; i < table->constraint_count; i++) {
        if (aq__constraint_name_is_usual(table->constraints[i]) && table->constraints[i]->comment == NULL)
            table->constraints[i]->name = NULL;
    }
    for (size_t i = 0; i < table->index_count; i++) {
        if (table->indexes[i]->method != NULL && strcmp(table->indexes[i]->method, "btree") == 0)
            table->indexes[i]->method = NULL;
        if (aq__index_name_is_usual(table->indexes[i]) && table->indexes[i]->comment == NULL)
            table->indexes[i]->name = NULL;
    }
    if (table->constraint_count > 0)
        qsort(table->constraints, table->constraint_count, sizeof(void *), compare_constraints);
    if (table->index_count > 0)
        qsort(table->indexes, table->index_count, sizeof(void *), compare_indexes);
}

static inline size_t drop_empty(aq__table_t **tables, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (tables[i]->column_count > 0)
            tables[kept++] = tables[i];
    return kept;
}

static inline const char *canonical_ddl(aq_text_t *text, aq__metadata_t *metadata)
{
    for (size_t i = 0; i < metadata->table_count; i++)
        make_table_canonical(metadata->tables[i]);
    (void)drop_empty(metadata->ordered_tables, metadata->table_count);
    metadata->table_count = drop_empty(metadata->tables, metadata->table_count);
    if (metadata->enum_count > 0)
        qsort(metadata->enums, metadata->enum_count, sizeof(void *), compare_enums);
    if (metadata->by_alter_count > 0)
        qsort(metadata->foreign_keys_by_alter, metadata->by_alter_count, sizeof(void *), compare_added);
    aq__ddl_append(text, metadata);
    return aq_text_string(text);
}

#endif
