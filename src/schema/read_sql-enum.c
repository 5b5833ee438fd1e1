/* CREATE TYPE ... AS ENUM, and what changes its labels. */
#include "src/schema/read_sql-private.h"

int aq__sql_create_enum(aq__sql_reader_t *reader, const PgQuery__CreateEnumStmt *statement)
{
    const char *name = aq__sql_last_name(statement->type_name, statement->n_type_name), *schema;
    aq__enum_t *enumeration;

    if (aq__sql_create_in(reader, aq__sql_first_name(statement->type_name, statement->n_type_name),
                          &schema) != AQ_OK)
        return AQ_ENOMEM;
    enumeration = aq__metadata_enum(reader->metadata, schema, name);
    if (enumeration != NULL)
        return aq__sql_tell(reader, 0, "type '%s': it is declared twice, first at %s; this one is left out",
                            aq__sql_described(reader, schema, name),
                            aq__sql_place(reader, enumeration->source));
    enumeration = aq__metadata_add_enum(reader->metadata, schema, name, aq__sql_source(reader, 0));
    if (enumeration == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < statement->n_vals; i++)
        if (aq__enum_add_label(reader->metadata, enumeration, statement->vals[i]->string->sval) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

/* label_count: there is none. */
static size_t find_label(const aq__enum_t *enumeration, const char *label)
{
    size_t i = 0;

    while (i < enumeration->label_count && strcmp(enumeration->labels[i], label) != 0)
        i++;
    return i;
}

static int add_label(aq__sql_reader_t *reader, aq__enum_t *enumeration,
                     const PgQuery__AlterEnumStmt *statement)
{
    const char *neighbor = statement->new_val_neighbor;
    size_t at = enumeration->label_count;
    const char *added;

    if (find_label(enumeration, statement->new_val) < enumeration->label_count)
        return statement->skip_if_new_val_exists
                   ? AQ_OK
                   : aq__sql_tell(reader, 0, "type '%s': it has the label '%s' already", enumeration->name,
                                  statement->new_val);
    if (neighbor[0] != '\0') {
        at = find_label(enumeration, neighbor);
        if (at == enumeration->label_count)
            return aq__sql_tell(reader, 0, "type '%s': it has no label '%s'", enumeration->name, neighbor);
        at += statement->new_val_is_after ? 1 : 0;
    }
    if (aq__enum_add_label(reader->metadata, enumeration, statement->new_val) != AQ_OK)
        return AQ_ENOMEM;
    added = enumeration->labels[enumeration->label_count - 1];
    memmove(enumeration->labels + at + 1, enumeration->labels + at,
            (enumeration->label_count - 1 - at) * sizeof(*enumeration->labels));
    enumeration->labels[at] = added;
    return AQ_OK;
}

static int rename_label(aq__sql_reader_t *reader, aq__enum_t *enumeration,
                        const PgQuery__AlterEnumStmt *statement)
{
    size_t at = find_label(enumeration, statement->old_val);
    const char *label = aq_arena_strdup(reader->metadata->arena, statement->new_val);

    if (label == NULL)
        return AQ_ENOMEM;
    if (at == enumeration->label_count)
        return aq__sql_tell(reader, 0, "type '%s': it has no label '%s'", enumeration->name,
                            statement->old_val);
    if (find_label(enumeration, label) < enumeration->label_count)
        return aq__sql_tell(reader, 0, "type '%s': it has the label '%s' already", enumeration->name, label);
    enumeration->labels[at] = label;
    return AQ_OK;
}

int aq__sql_alter_enum(aq__sql_reader_t *reader, const PgQuery__AlterEnumStmt *statement)
{
    aq__enum_t *enumeration =
        aq__sql_find_enum(reader, aq__sql_first_name(statement->type_name, statement->n_type_name),
                          aq__sql_last_name(statement->type_name, statement->n_type_name));

    if (enumeration == NULL)
        return aq__sql_leave_out(reader, "there is no such enum");
    return statement->old_val[0] != '\0' ? rename_label(reader, enumeration, statement)
                                         : add_label(reader, enumeration, statement);
}
