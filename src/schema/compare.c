/* What is equal: constraints and indexes.
 *
 * The happy path: both sides are brought into the form with all defaults spelled out, and then compared member by member; columns by their
 * names, tables by who stands for whom, expressions by the callback.
 * There is no failure mode: what is not known to be equal is not. */
#include <ctype.h>
#include <string.h>

#include "src/schema/compare.h"

bool aq__same_schema(const char *a, const char *b)
{
    return a == NULL || b == NULL || strcmp(a, b) == 0;
}

static bool is_part_of_word(char character)
{
    return isalnum((unsigned char)character) || character == '_' || (unsigned char)character >= 0x80;
}

/* Behind the name that stands here, in which quotes are doubled; NULL: it does not. */
static const char *behind_name(const char *at, const char *name)
{
    for (; *name != '\0'; name++, at++)
        if (*at != *name || (*name == '"' && *++at != '"'))
            return NULL;
    return at;
}

bool aq__mentions(const char *expression, const char *name)
{
    for (const char *at = expression; *at != '\0'; at++) {
        const char *end = at == expression || !is_part_of_word(at[-1]) ? behind_name(at, name) : NULL;

        if (end != NULL && !is_part_of_word(*end))
            return true;
    }
    return false;
}

/* The method of an index, and the like: a word for which NULL stands for the default. */
static bool same_word(const char *a, const char *b, const char *standard)
{
    return aq__same_text(a != NULL ? a : standard, b != NULL ? b : standard);
}

bool aq__same_part_expression(const aq__comparison_t *comparison, aq__expression_kind_t kind,
                              const aq__column_t *column, const aq__table_t *live_table, const char *wanted,
                              const char *live)
{
    const aq__expressions_t expressions = {kind, live_table, column, wanted, live};

    if (wanted == NULL || live == NULL)
        return wanted == live;
    return comparison->same(comparison->data, &expressions);
}

/* ---- Columns --------------------------------------------------------------------------------------------------------------- */

static bool same_column(const aq__column_t *a, const aq__column_t *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a->name, b->name) == 0);
}

static bool same_columns(aq__column_t *const *a, size_t a_count, aq__column_t *const *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && a_count == b_count; i++)
        if (!same_column(a[i], b[i]))
            return false;
    return a_count == b_count;
}

static bool names_column(aq__column_t *const *columns, size_t count, const aq__column_t *column)
{
    for (size_t i = 0; i < count; i++)
        if (same_column(columns[i], column))
            return true;
    return false;
}

bool aq__same_column_set(aq__column_t *const *a, size_t a_count, aq__column_t *const *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && a_count == b_count; i++)
        if (!names_column(b, b_count, a[i]))
            return false;
    return a_count == b_count;
}

/* ---- Parts ----------------------------------------------------------------------------------------------------------------- */

static bool nulls_are_first(const aq__part_t *part)
{
    return part->nulls == AQ_NULLS_DEFAULT ? part->descending : part->nulls == AQ_NULLS_FIRST;
}

/* Operator classes with their options are words of SQL: "tsvector_ops(siglen = 256)", "tsvector_ops (siglen='256')". */
static bool same_words(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    for (;; a++, b++) {
        while (isspace((unsigned char)*a) || *a == '\'')
            a++;
        while (isspace((unsigned char)*b) || *b == '\'')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (*a == '\0')
            return true;
    }
}

/* That a part has the collation of its column need not be said. */
static const char *part_collation(const aq__part_t *part)
{
    const char *own = part->column != NULL ? part->column->collation : NULL;

    return part->collation != NULL ? part->collation : own;
}

/* Nor need the default operator class be said, which only the database knows. */
static bool same_opclass(const aq__part_t *wanted, const aq__part_t *live)
{
    return same_words(wanted->opclass, live->opclass) ||
           (live->opclass == NULL && live->usual_opclass != NULL &&
            same_words(wanted->opclass, live->usual_opclass));
}

static bool same_part(const aq__comparison_t *comparison, const aq__table_t *live_table,
                      const aq__part_t *wanted, const aq__part_t *live)
{
    return same_column(wanted->column, live->column) && same_opclass(wanted, live) &&
           aq__same_text(part_collation(wanted), part_collation(live)) &&
           aq__same_schema(wanted->collation_schema, live->collation_schema) &&
           same_words(wanted->with, live->with) && wanted->descending == live->descending &&
           nulls_are_first(wanted) == nulls_are_first(live) &&
           aq__same_part_expression(comparison, AQ__EXPRESSION_PART, NULL, live_table, wanted->expression,
                                    live->expression);
}

static bool same_parts(const aq__comparison_t *comparison, const aq__table_t *live_table,
                       const aq__part_t *wanted, size_t wanted_count, const aq__part_t *live,
                       size_t live_count)
{
    for (size_t i = 0; i < wanted_count && wanted_count == live_count; i++)
        if (!same_part(comparison, live_table, &wanted[i], &live[i]))
            return false;
    return wanted_count == live_count;
}

/* ---- Constraints ------------------------------------------------------------------------------------------------------------- */

static bool same_key(const aq__constraint_t *wanted, const aq__constraint_t *live)
{
    return same_columns(wanted->columns, wanted->column_count, live->columns, live->column_count) &&
           aq__same_column_set(wanted->include, wanted->include_count, live->include, live->include_count) &&
           wanted->nulls_not_distinct == live->nulls_not_distinct;
}

/* Both keys lead to the same table: that which stands for the other, or where one was not found, one of that name. */
static bool same_referred_table(const aq__comparison_t *comparison, const aq__constraint_t *wanted,
                                const aq__constraint_t *live)
{
    if (wanted->referred != NULL && live->referred != NULL)
        return comparison->live_of[wanted->referred->position] == live->referred;
    return aq__same_text(wanted->referred_table, live->referred_table) &&
           aq__same_schema(wanted->referred_schema, live->referred_schema);
}

static const char *referred_column(const aq__constraint_t *key, size_t i)
{
    if (key->referred_columns != NULL)
        return key->referred_columns[i]->name;
    return i < key->referred_name_count ? key->referred_names[i] : NULL;
}

static bool has_pair(const aq__constraint_t *key, const aq__column_t *near, const char *far)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (same_column(key->columns[i], near) && aq__same_text(referred_column(key, i), far))
            return true;
    return false;
}

/* (a, b) to (x, y) is (b, a) to (y, x). */
static bool same_pairs(const aq__constraint_t *wanted, const aq__constraint_t *live)
{
    for (size_t i = 0; i < wanted->column_count && wanted->column_count == live->column_count; i++)
        if (!has_pair(live, wanted->columns[i], referred_column(wanted, i)))
            return false;
    return wanted->column_count == live->column_count;
}

static bool same_foreign_key(const aq__comparison_t *comparison, const aq__constraint_t *wanted,
                             const aq__constraint_t *live)
{
    return same_referred_table(comparison, wanted, live) && same_pairs(wanted, live) &&
           wanted->on_delete == live->on_delete && wanted->on_update == live->on_update &&
           aq__same_column_set(wanted->on_delete_columns, wanted->on_delete_column_count,
                               live->on_delete_columns, live->on_delete_column_count) &&
           (wanted->match_full == live->match_full || wanted->column_count == 1);
}

static bool same_check(const aq__comparison_t *comparison, const aq__constraint_t *wanted,
                       const aq__constraint_t *live)
{
    return wanted->no_inherit == live->no_inherit &&
           aq__same_part_expression(comparison, AQ__EXPRESSION_CHECK, NULL, live->table, wanted->check,
                                    live->check);
}

static bool same_exclusion(const aq__comparison_t *comparison, const aq__constraint_t *wanted,
                           const aq__constraint_t *live)
{
    return same_word(wanted->method, live->method, "gist") &&
           same_parts(comparison, live->table, wanted->parts, wanted->part_count, live->parts,
                      live->part_count) &&
           aq__same_part_expression(comparison, AQ__EXPRESSION_CHECK, NULL, live->table, wanted->where,
                                    live->where);
}

bool aq__same_constraint(const aq__comparison_t *comparison, const aq__constraint_t *wanted,
                         const aq__constraint_t *live)
{
    if (wanted->kind != live->kind || wanted->deferrable != live->deferrable)
        return false;
    switch (wanted->kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY:
    case AQ_CONSTRAINT_UNIQUE: return same_key(wanted, live);
    case AQ_CONSTRAINT_FOREIGN_KEY: return same_foreign_key(comparison, wanted, live);
    case AQ_CONSTRAINT_CHECK: return same_check(comparison, wanted, live);
    case AQ_CONSTRAINT_EXCLUDE: return same_exclusion(comparison, wanted, live);
    }
    return false;
}

/* ---- Indexes ------------------------------------------------------------------------------------------------------------------- */

bool aq__same_index(const aq__comparison_t *comparison, const aq__index_t *wanted, const aq__index_t *live)
{
    return wanted->unique == live->unique && wanted->nulls_not_distinct == live->nulls_not_distinct &&
           same_word(wanted->method, live->method, "btree") && same_words(wanted->storage, live->storage) &&
           aq__same_column_set(wanted->include, wanted->include_count, live->include, live->include_count) &&
           same_parts(comparison, live->table, wanted->parts, wanted->part_count, live->parts,
                      live->part_count) &&
           aq__same_part_expression(comparison, AQ__EXPRESSION_CHECK, NULL, live->table, wanted->where,
                                    live->where);
}
