/* Names at the seal: what the naming convention calls constraints and indexes, and what is called like something else.
 *
 * The happy path: a constraint or index without a name gets the convention's; where the convention makes no name it stays without, and the
 * server makes one when it is created. Checks that the user named are renamed once. Then every name is looked up among those before it.
 * The failure modes: a name that cannot be made, that is too long, or that something else has already: one problem for each, before any SQL.
 *
 * The server looks for names in three places (PostgreSQL documentation, 5.9 and the catalogs' unique indexes): in a schema, tables, sequences,
 * indexes, and so primary keys, unique and exclusion constraints are relations; tables and enums are types; and the constraints of one
 * table are its own. Names that the server makes are free by themselves. */
#include <string.h>

#include "src/schema/metadata.h"
#include "src/schema/naming.h"

/* ---- The convention -------------------------------------------------------------------------------------------------------- */

static int worse(int first, int second)
{
    return first == AQ_ENOMEM || second == AQ_OK ? first : second;
}

static aq_named_kind_t named_kind(aq_constraint_kind_t kind)
{
    switch (kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY: return AQ_NAMED_PK;
    case AQ_CONSTRAINT_UNIQUE: return AQ_NAMED_UQ;
    case AQ_CONSTRAINT_FOREIGN_KEY: return AQ_NAMED_FK;
    case AQ_CONSTRAINT_CHECK:
    case AQ_CONSTRAINT_EXCLUDE: break;
    }
    return AQ_NAMED_CK;
}

static bool add_named_column(aq_arena_t *scratch, aq_named_column_t **columns, aq_named_t *named,
                             const aq__column_t *column)
{
    *columns = aq__grow(scratch, *columns, named->column_count, sizeof(**columns));
    if (*columns == NULL)
        return false;
    (*columns)[named->column_count++] = (aq_named_column_t){column->name, column->key};
    named->columns = *columns;
    return true;
}

static int describe_constraint(aq_arena_t *scratch, const aq__constraint_t *constraint, aq_named_t *named)
{
    aq_named_column_t *columns = NULL;
    const char **referred = NULL;

    *named = (aq_named_t){.kind = named_kind(constraint->kind),
                          .schema = constraint->table->schema,
                          .table = constraint->table->name,
                          .name = constraint->name,
                          .final = constraint->name_final};
    for (size_t i = 0; i < constraint->column_count; i++)
        if (!add_named_column(scratch, &columns, named, constraint->columns[i]))
            return AQ_ENOMEM;
    if (constraint->referred == NULL)
        return AQ_OK;
    referred = aq_arena_alloc(scratch, constraint->column_count * sizeof(*referred));
    if (referred == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < constraint->column_count; i++)
        referred[i] = constraint->referred_columns[i]->name;
    named->referred_table = constraint->referred->name;
    named->referred_columns = referred;
    named->referred_count = constraint->column_count;
    return AQ_OK;
}

static int describe_index(aq_arena_t *scratch, const aq__index_t *index, aq_named_t *named)
{
    aq_named_column_t *columns = NULL;

    *named = (aq_named_t){.kind = AQ_NAMED_IX,
                          .schema = index->table->schema,
                          .table = index->table->name,
                          .name = index->name};
    for (size_t i = 0; i < index->part_count; i++)
        if (index->parts[i].column != NULL &&
            !add_named_column(scratch, &columns, named, index->parts[i].column))
            return AQ_ENOMEM;
    return AQ_OK;
}

/* "table 's.room': exclusion constraint": there is no convention for those. */
static int check_exclusion_name(const aq__constraint_t *constraint)
{
    aq_text_t what = {0};
    int code = AQ_ENOMEM;

    aq_text_append(&what, "table '");
    aq__table_describe(&what, constraint->table);
    aq_text_append(&what, "': exclusion constraint");
    if (!what.failed)
        code = constraint->name != NULL ? aq__name_check(aq_text_string(&what), constraint->name) : AQ_OK;
    aq_text_dispose(&what);
    return code;
}

/* The error of the thread, as a problem. */
static int tell(aq__problems_t *problems, aq__source_t source)
{
    return aq_last_error()->code == AQ_ENOMEM
               ? AQ_ENOMEM
               : aq__problem_add(problems, source, "%s", aq_last_error()->message);
}

/* A comment is put on a name. */
static int check_comment(const aq_named_t *named, const char *name, const char *comment, aq__source_t source,
                         aq__problems_t *problems)
{
    aq_text_t what = {0};
    int code = AQ_OK;

    if (comment == NULL || name != NULL)
        return AQ_OK;
    aq__named_describe(&what, named);
    code = what.failed
               ? AQ_ENOMEM
               : aq__problem_add(problems, source, "%s: it has a comment and must have a name to put it on",
                                 aq_text_string(&what));
    aq_text_dispose(&what);
    return code;
}

/* Whether its declaration had a problem, which was told: then nothing is made of the rest. */
static bool is_broken(const aq__constraint_t *constraint)
{
    switch (constraint->kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY:
    case AQ_CONSTRAINT_UNIQUE: return constraint->column_count == 0;
    case AQ_CONSTRAINT_FOREIGN_KEY: return constraint->referred == NULL;
    case AQ_CONSTRAINT_CHECK:
    case AQ_CONSTRAINT_EXCLUDE: break;
    }
    return false;
}

static int name_constraint(aq__constraint_t *constraint, aq_arena_t *scratch, aq__problems_t *problems)
{
    const aq__metadata_t *metadata = constraint->table->metadata;
    const char *name = constraint->name;
    aq_named_t named;
    int code = AQ_OK;

    if (constraint->named || is_broken(constraint))
        return AQ_OK;
    if (describe_constraint(scratch, constraint, &named) != AQ_OK)
        return AQ_ENOMEM;
    if (constraint->kind == AQ_CONSTRAINT_EXCLUDE)
        code = check_exclusion_name(constraint);
    else
        code = aq__naming_name(metadata->naming, metadata->arena, &named, &name);
    if (code != AQ_OK)
        return tell(problems, constraint->source);
    constraint->name = name;
    constraint->named = true;
    return constraint->kind == AQ_CONSTRAINT_EXCLUDE
               ? AQ_OK
               : check_comment(&named, name, constraint->comment, constraint->source, problems);
}

static bool is_broken_index(const aq__index_t *index)
{
    for (size_t i = 0; i < index->part_count; i++)
        if (index->parts[i].column == NULL && index->parts[i].expression == NULL)
            return true;
    return index->part_count == 0;
}

static int name_index(aq__index_t *index, aq_arena_t *scratch, aq__problems_t *problems)
{
    const aq__metadata_t *metadata = index->table->metadata;
    const char *name;
    aq_named_t named;

    if (index->named || is_broken_index(index))
        return AQ_OK;
    if (describe_index(scratch, index, &named) != AQ_OK)
        return AQ_ENOMEM;
    if (aq__naming_name(metadata->naming, metadata->arena, &named, &name) != AQ_OK)
        return tell(problems, index->source);
    index->name = name;
    index->named = true;
    return AQ_OK;
}

static int name_table(const aq__table_t *table, aq_arena_t *scratch, aq__problems_t *problems)
{
    int code = AQ_OK;

    for (size_t i = 0; i < table->constraint_count && code != AQ_ENOMEM; i++)
        code = worse(code, name_constraint(table->constraints[i], scratch, problems));
    for (size_t i = 0; i < table->index_count && code != AQ_ENOMEM; i++)
        code = worse(code, name_index(table->indexes[i], scratch, problems));
    return code;
}

/* ---- Who has whose name ---------------------------------------------------------------------------------------------------- */

/* Something that has a name: exactly one of these. */
typedef struct owner {
    const aq__table_t *table;
    const aq__index_t *index;
    const aq__constraint_t *constraint;
    const aq__sequence_t *sequence;
    const aq__enum_t *enumeration;
} owner_t;

typedef struct names {
    aq_arena_t *scratch;
    aq__problems_t *problems;
    aq__map_t relations, types; /* schema, NUL, name: an owner_t */
} names_t;

static void append_owner(aq_text_t *text, aq_arena_t *scratch, const owner_t *owner)
{
    const char *schema = NULL, *name = NULL;
    aq_named_t named = {0};

    if (owner->constraint != NULL && owner->constraint->kind == AQ_CONSTRAINT_EXCLUDE) {
        aq_text_append(text, "table '");
        aq__table_describe(text, owner->constraint->table);
        aq_text_append(text, "': exclusion constraint");
        return;
    }
    if (owner->constraint != NULL && describe_constraint(scratch, owner->constraint, &named) != AQ_OK)
        text->failed = true;
    if (owner->index != NULL && describe_index(scratch, owner->index, &named) != AQ_OK)
        text->failed = true;
    if (owner->constraint != NULL || owner->index != NULL) {
        aq__named_describe(text, &named);
        return;
    }
    schema = owner->table != NULL      ? owner->table->schema
             : owner->sequence != NULL ? owner->sequence->schema
                                       : owner->enumeration->schema;
    name = owner->table != NULL      ? owner->table->name
           : owner->sequence != NULL ? owner->sequence->name
                                     : owner->enumeration->name;
    aq_text_appendf(text, "%s '%s%s%s'",
                    owner->table != NULL      ? "table"
                    : owner->sequence != NULL ? "sequence"
                                              : "enum",
                    schema != NULL ? schema : "", schema != NULL ? "." : "", name);
}

/* "table 'user': unique constraint (data, Data2): its name 'uq_user_data' is taken already, by table 'user': unique constraint (data)" */
static int refuse(const names_t *names, const owner_t *owner, aq__source_t source, const char *name,
                  const owner_t *other)
{
    aq_text_t text = {0};
    int code = AQ_ENOMEM;

    append_owner(&text, names->scratch, owner);
    aq_text_appendf(&text, ": its name '%s' is taken already, by ", name);
    append_owner(&text, names->scratch, other);
    if (!text.failed)
        code = aq__problem_add(names->problems, source, "%s", aq_text_string(&text));
    aq_text_dispose(&text);
    return code;
}

/* Takes a name for its owner, whom the caller copied into the scratch arena. */
static int take(names_t *names, aq__map_t *map, const char *schema, const char *name, aq__source_t source,
                const owner_t *owner)
{
    size_t before = schema != NULL ? strlen(schema) + 1 : 0, length = strlen(name);
    char *key;
    const owner_t *other;
    owner_t *kept;

    key = aq_arena_alloc(names->scratch, before + length + 1);
    if (key == NULL)
        return AQ_ENOMEM;
    if (schema != NULL)
        memcpy(key, schema, before); /* its NUL too */
    memcpy(key + before, name, length);
    other = aq__map_get(map, key, before + length);
    if (other != NULL)
        return refuse(names, owner, source, name, other);
    kept = aq_arena_dup(names->scratch, owner, sizeof(*owner));
    return kept != NULL ? aq__map_put(map, key, before + length, kept) : AQ_ENOMEM;
}

static bool is_relation(const aq__constraint_t *constraint)
{
    switch (constraint->kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY:
    case AQ_CONSTRAINT_UNIQUE:
    case AQ_CONSTRAINT_EXCLUDE: return true;
    case AQ_CONSTRAINT_FOREIGN_KEY:
    case AQ_CONSTRAINT_CHECK: break;
    }
    return false;
}

/* Two relations of one name were told already. */
static int check_own_constraints(names_t *names, const aq__constraint_t *constraint)
{
    const aq__table_t *table = constraint->table;

    for (size_t i = 0; i < table->constraint_count && table->constraints[i] != constraint; i++) {
        const aq__constraint_t *other = table->constraints[i];

        if (other->name != NULL && strcmp(other->name, constraint->name) == 0 &&
            !(is_relation(other) && is_relation(constraint)))
            return refuse(names, &(owner_t){.constraint = constraint}, constraint->source, constraint->name,
                          &(owner_t){.constraint = other});
    }
    return AQ_OK;
}

/* Whether it has a name that it will be created with: not one that was refused just now. */
static bool is_called(const aq__table_t *table, const char *name, bool named)
{
    return name != NULL && (named || table->metadata->naming == NULL);
}

static int take_constraint(names_t *names, const aq__constraint_t *constraint)
{
    int code;

    if (!is_called(constraint->table, constraint->name, constraint->named))
        return AQ_OK;
    code = is_relation(constraint)
               ? take(names, &names->relations, constraint->table->schema, constraint->name,
                      constraint->source, &(owner_t){.constraint = constraint})
               : AQ_OK;
    return code != AQ_OK ? code : check_own_constraints(names, constraint);
}

static int take_parts_of(names_t *names, const aq__table_t *table)
{
    int code = AQ_OK;

    for (size_t i = 0; i < table->column_count && code != AQ_ENOMEM; i++) {
        const aq__sequence_t *sequence = table->columns[i]->sequence;

        if (sequence != NULL && sequence->name != NULL)
            code =
                worse(code, take(names, &names->relations,
                                 sequence->schema != NULL ? sequence->schema : table->schema, sequence->name,
                                 table->columns[i]->source, &(owner_t){.sequence = sequence}));
    }
    for (size_t i = 0; i < table->constraint_count && code != AQ_ENOMEM; i++)
        code = worse(code, take_constraint(names, table->constraints[i]));
    for (size_t i = 0; i < table->index_count && code != AQ_ENOMEM; i++)
        if (is_called(table, table->indexes[i]->name, table->indexes[i]->named))
            code = worse(code, take(names, &names->relations, table->schema, table->indexes[i]->name,
                                    table->indexes[i]->source, &(owner_t){.index = table->indexes[i]}));
    return code;
}

/* Tables, sequences and enums first: what is called like one of them is in the wrong. */
static int take_all(names_t *names, const aq__metadata_t *metadata)
{
    int code = AQ_OK;

    for (size_t i = 0; i < metadata->table_count && code != AQ_ENOMEM; i++) {
        const aq__table_t *table = metadata->tables[i];
        const owner_t owner = {.table = table};

        code = worse(code, take(names, &names->relations, table->schema, table->name, table->source, &owner));
        if (code == AQ_OK)
            code = take(names, &names->types, table->schema, table->name, table->source, &owner);
    }
    for (size_t i = 0; i < metadata->enum_count && code != AQ_ENOMEM; i++)
        code = worse(code, take(names, &names->types, metadata->enums[i]->schema, metadata->enums[i]->name,
                                metadata->enums[i]->source, &(owner_t){.enumeration = metadata->enums[i]}));
    for (size_t i = 0; i < metadata->sequence_count && code != AQ_ENOMEM; i++)
        code = worse(code, take(names, &names->relations, metadata->sequences[i]->schema,
                                metadata->sequences[i]->name, metadata->sequences[i]->source,
                                &(owner_t){.sequence = metadata->sequences[i]}));
    for (size_t i = 0; i < metadata->table_count && code != AQ_ENOMEM; i++)
        code = worse(code, take_parts_of(names, metadata->tables[i]));
    return code;
}

/* ---- Both ------------------------------------------------------------------------------------------------------------------- */

int aq__metadata_name(aq__metadata_t *metadata, aq__problems_t *problems)
{
    names_t names = {.scratch = aq_arena_create(), .problems = problems};
    int code = names.scratch != NULL ? AQ_OK : AQ_ENOMEM;

    for (size_t i = 0; metadata->naming != NULL && i < metadata->table_count && code != AQ_ENOMEM; i++)
        code = worse(code, name_table(metadata->tables[i], names.scratch, problems));
    if (code != AQ_ENOMEM)
        code = worse(code, take_all(&names, metadata));
    aq__map_dispose(&names.relations);
    aq__map_dispose(&names.types);
    aq_arena_close(names.scratch);
    return code;
}
