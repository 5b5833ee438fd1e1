/* Sealing metadata: names become pointers, defaults become decisions.
 *
 * The happy path: types that are text are taken apart; every foreign key finds its table and its columns, which are unique; types that are named like an enum of this metadata
 * get it; columns of primary keys become NOT NULL and, where nobody said otherwise, serial; what has no name gets one; the tables are
 * sorted.
 * The failure modes: each foreign key that finds nothing is one problem, and stays unresolved; the others go on. */
#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/read_sql.h"

/* " in bind 'blog'", for the end of a sentence. */
static void append_bind(aq_text_t *text, const aq__metadata_t *metadata)
{
    if (metadata->bind != NULL)
        aq_text_appendf(text, " in bind '%s'", metadata->bind);
}

static void append_referred_table(aq_text_t *text, const aq__constraint_t *constraint)
{
    if (constraint->referred_schema != NULL)
        aq_text_appendf(text, "%s.", constraint->referred_schema);
    aq_text_append(text, constraint->referred_table);
}

/* "'zzz.id'", "'b' (x, y)", "table 'b'" */
static void append_target(aq_text_t *text, const aq__constraint_t *constraint)
{
    size_t count = constraint->referred_name_count;

    aq_text_append(text, count == 0 ? "table '" : "'");
    append_referred_table(text, constraint);
    if (count == 1)
        aq_text_appendf(text, ".%s", constraint->referred_names[0]);
    aq_text_append_char(text, '\'');
    for (size_t i = 0; i < count && count > 1; i++)
        aq_text_appendf(text, "%s%s", i == 0 ? " (" : ", ", constraint->referred_names[i]);
    if (count > 1)
        aq_text_append_char(text, ')');
}

/* Adds "post.author_id: its foreign key refers to 'user.id', " and the reason, which it disposes of. */
static int refuse(const aq__constraint_t *constraint, aq__problems_t *problems, aq_text_t *reason)
{
    aq_text_t text = {0};
    int code = AQ_ENOMEM;

    aq__constraint_describe(&text, constraint);
    aq_text_append(&text, ": its foreign key refers to ");
    append_target(&text, constraint);
    if (!text.failed && !reason->failed)
        code = aq__problem_add(problems, constraint->source, "%s, %s", aq_text_string(&text),
                               aq_text_string(reason));
    aq_text_dispose(&text);
    aq_text_dispose(reason);
    return code;
}

static int refuse_missing_table(const aq__constraint_t *constraint, aq__problems_t *problems)
{
    aq_text_t reason = {0};

    aq_text_append(&reason, "but there is no table '");
    append_referred_table(&reason, constraint);
    aq_text_append_char(&reason, '\'');
    append_bind(&reason, constraint->table->metadata);
    return refuse(constraint, problems, &reason);
}

static int refuse_missing_column(const aq__constraint_t *constraint, const char *column,
                                 aq__problems_t *problems)
{
    aq_text_t reason = {0};

    aq_text_append(&reason, "but table '");
    append_referred_table(&reason, constraint);
    aq_text_appendf(&reason, "' has no column '%s'", column);
    return refuse(constraint, problems, &reason);
}

/* The columns that a foreign key refers to; `*columns` stays NULL when there is a problem. */
static int find_referred_columns(const aq__constraint_t *constraint, const aq__table_t *referred,
                                 aq__column_t ***columns, aq__problems_t *problems)
{
    bool whole_key = constraint->referred_name_count == 0;
    size_t count = constraint->referred_name_count;
    aq__column_t **found;
    aq_text_t reason = {0};

    if (whole_key && referred->primary_key == NULL) {
        aq_text_append(&reason, "which has no primary key: the columns must be named");
        return refuse(constraint, problems, &reason);
    }
    if (whole_key)
        count = referred->primary_key->column_count;
    if (count != constraint->column_count) {
        aq_text_appendf(&reason, "%zu column%s where it has %zu", count, count == 1 ? "" : "s",
                        constraint->column_count);
        return refuse(constraint, problems, &reason);
    }
    found = aq_arena_calloc(referred->metadata->arena, count, sizeof(*found));
    if (found == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        found[i] = whole_key ? referred->primary_key->columns[i]
                             : aq__table_column(referred, constraint->referred_names[i]);
        if (found[i] == NULL)
            return refuse_missing_column(constraint, constraint->referred_names[i], problems);
    }
    *columns = found;
    return AQ_OK;
}

static int refuse_referred_columns(const aq__constraint_t *constraint, const aq__table_t *referred,
                                   aq__column_t *const *columns, aq__problems_t *problems)
{
    const char *why = "which is not unique: it must be a primary key or have a unique constraint";
    aq_text_t reason = {0};

    if (aq__columns_can_be_referred_to(referred, columns, constraint->column_count))
        why = "whose primary key is deferrable: the columns must be named";
    else if (aq__columns_are_unique(referred, columns, constraint->column_count))
        why = "whose constraint is deferrable: foreign keys need one that is not";
    aq_text_append(&reason, why);
    return refuse(constraint, problems, &reason);
}

/* Where no columns are named, the server looks at the primary key alone. */
static bool can_be_referred_to(const aq__constraint_t *constraint, const aq__table_t *referred,
                               aq__column_t *const *columns)
{
    return aq__columns_can_be_referred_to(referred, columns, constraint->column_count) &&
           (constraint->referred_name_count > 0 || referred->primary_key->deferrable == AQ_NOT_DEFERRABLE);
}

static int resolve_foreign_key(aq__constraint_t *constraint, aq__problems_t *problems)
{
    aq__table_t *referred;
    aq__column_t **columns = NULL;
    int code;

    constraint->referred = NULL;
    if (constraint->referred_table == NULL) /* told when it was declared */
        return AQ_EMAPPING;
    referred = aq__metadata_table(constraint->table->metadata, constraint->referred_schema,
                                  constraint->referred_table);
    if (referred == NULL)
        return refuse_missing_table(constraint, problems);
    code = find_referred_columns(constraint, referred, &columns, problems);
    if (columns == NULL)
        return code;
    if (!can_be_referred_to(constraint, referred, columns))
        return refuse_referred_columns(constraint, referred, columns, problems);
    constraint->referred = referred;
    constraint->referred_columns = columns;
    return AQ_OK;
}

static bool is_integer(const aq__type_t *type)
{
    return !type->array && (type->oid == AQ_OID_INT2 || type->oid == AQ_OID_INT4 || type->oid == AQ_OID_INT8);
}

static bool refers(const aq__column_t *column)
{
    for (size_t i = 0; i < column->table->constraint_count; i++) {
        const aq__constraint_t *constraint = column->table->constraints[i];

        if (constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY && aq__constraint_has_column(constraint, column))
            return true;
    }
    return false;
}

static void decide_autoincrement(aq__column_t *column)
{
    const aq__constraint_t *key = column->table->primary_key;
    bool whole_key = key != NULL && key->column_count == 1 && key->columns[0] == column;

    if (column->autoincrement != AQ_AUTOINCREMENT_DEFAULT)
        return;
    column->autoincrement = whole_key && is_integer(&column->type) && column->server_default == NULL &&
                                    column->generated == NULL && !refers(column)
                                ? AQ_SERIAL
                                : AQ_AUTOINCREMENT_OFF;
}

/* For those who look at metadata, which threads may share by then. */
static int say_type(aq__column_t *column)
{
    aq_text_t text = {0};

    aq__ddl_type(&text, &column->type);
    column->sql_type =
        text.failed ? NULL : aq_arena_strdup(column->table->metadata->arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return column->sql_type != NULL ? AQ_OK : AQ_ENOMEM;
}

static int decide_columns(aq__table_t *table)
{
    const aq__metadata_t *metadata = table->metadata;

    for (size_t i = 0; i < table->column_count; i++) {
        aq__column_t *column = table->columns[i];

        if (table->primary_key != NULL && aq__constraint_has_column(table->primary_key, column))
            column->not_null = true;
        decide_autoincrement(column);
        if (column->autoincrement != AQ_AUTOINCREMENT_OFF)
            column->not_null = true;
        if (column->type.name != NULL)
            column->type.enumeration = aq__metadata_enum(metadata, column->type.schema, column->type.name);
        if (say_type(column) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

int aq__metadata_seal(aq__metadata_t *metadata, aq__problems_t *problems)
{
    int result = aq__read_types(metadata, problems), code;

    if (result == AQ_ENOMEM)
        return result;
    for (size_t i = 0; i < metadata->table_count; i++)
        if (decide_columns(metadata->tables[i]) != AQ_OK)
            return AQ_ENOMEM;
    for (size_t i = 0; i < metadata->table_count; i++) {
        aq__table_t *table = metadata->tables[i];

        for (size_t j = 0; j < table->constraint_count; j++) {
            code = table->constraints[j]->kind == AQ_CONSTRAINT_FOREIGN_KEY
                       ? resolve_foreign_key(table->constraints[j], problems)
                       : AQ_OK;
            if (code == AQ_ENOMEM)
                return code;
            if (code != AQ_OK)
                result = code;
        }
    }
    code = aq__metadata_name(metadata, problems);
    if (code == AQ_ENOMEM)
        return code;
    if (code != AQ_OK)
        result = code;
    code = aq__metadata_order(metadata);
    if (code == AQ_OK)
        code = aq__metadata_mark_drawn(metadata);
    return code != AQ_OK ? code : result;
}
