/* Rows that refer to deleted ones and were never loaded: one statement for all of them, whatever they are.
 *
 *     DELETE FROM post WHERE post.author_id = ANY($1::int4[])
 *     UPDATE post SET author_id = NULL WHERE post.author_id = ANY($1::int4[])
 *     DELETE FROM comment WHERE comment.post_id IN (SELECT post.id FROM post WHERE post.author_id = ANY($1::int4[]))
 *
 * Rows of a table that refers to itself are followed down to the last by a recursive query. A model with tables of its own beside its base's goes
 * from all of them in one statement, whose foreign keys are looked at when it is through.
 *
 * These rows are found in the database as it is before any of them is gone, so what depends on others' rows goes first (plan.c). */
#include "src/orm/plan-step.h"
#include "src/schema/ddl.h"
#include "src/schema/naming.h"

/* What rows of a table are linked to: columns there, and the fields of the other side that have their values. */
typedef struct link {
    const char *table; /* by which they are qualified */
    const char **columns;
    const aq__field_t **fields;
    size_t count;
} link_t;

static const aq__mapped_table_t *table_of(const aq__mapper_t *mapper, const aq__field_t *field)
{
    for (size_t t = 0; t < mapper->table_count; t++)
        if (aq__table_column_of(&mapper->tables[t], field) != NULL)
            return &mapper->tables[t];
    return &mapper->tables[0];
}

static const char *quoted(aq_arena_t *arena, const char *name)
{
    aq_text_t text = {0};
    char *copy;

    aq__name_append(&text, name);
    copy = text.failed ? NULL : aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

static int find_link(aq__writer_t *writer, const aq__relation_t *relation, link_t *link)
{
    bool between = relation->secondary != NULL;

    link->count = between ? relation->near_count : relation->pair_count;
    link->columns = aq_arena_alloc(writer->arena, link->count * sizeof(*link->columns));
    link->fields = aq_arena_alloc(writer->arena, link->count * sizeof(*link->fields));
    if (link->columns == NULL || link->fields == NULL)
        return writer->code = AQ_ENOMEM;
    link->table = between ? quoted(writer->arena, relation->secondary->name)
                          : table_of(relation->target, relation->pairs[0].far)->name_sql;
    for (size_t i = 0; i < link->count; i++) {
        const aq__field_t *far = between ? NULL : relation->pairs[i].far;

        link->columns[i] = between ? quoted(writer->arena, relation->near_columns[i]->name)
                                   : aq__table_column_of(table_of(relation->target, far), far)->sql;
        link->fields[i] = between ? relation->near_fields[i] : relation->pairs[i].near;
        if (link->columns[i] == NULL)
            return writer->code = AQ_ENOMEM;
    }
    return link->table != NULL ? AQ_OK : (writer->code = AQ_ENOMEM);
}

/* ---- Which rows ------------------------------------------------------------------------------------------------------------------------------ */

static void append_columns(aq__writer_t *writer, const link_t *link)
{
    if (link->count > 1)
        aq_text_append_char(&writer->sql, '(');
    for (size_t i = 0; i < link->count; i++)
        aq_text_appendf(&writer->sql, "%s%s.%s", i > 0 ? ", " : "", link->table, link->columns[i]);
    if (link->count > 1)
        aq_text_append_char(&writer->sql, ')');
}

/* "= ANY($1::int4[])", "IN (SELECT aq_in.c1, aq_in.c2 FROM unnest(...) aq_in(c1, c2))", of the parents' keys. */
static void append_parents(aq__writer_t *writer, const link_t *link, const aq__sweep_t *sweep)
{
    size_t first = writer->count + 1;

    for (size_t i = 0; i < link->count; i++)
        aq__writer_old_members(writer, link->fields[i], sweep->parents, sweep->parent_count);
    if (link->count == 1 && aq__is_plain(link->fields[0])) {
        aq_text_append(&writer->sql, " = ANY(");
        aq__writer_array(writer, first);
        aq_text_append_char(&writer->sql, ')');
        return;
    }
    aq_text_append(&writer->sql, " IN (SELECT ");
    for (size_t i = 0; i < link->count; i++) {
        aq__writer_comma(writer, i);
        aq__writer_member_sql(writer, first + i);
    }
    aq_text_append(&writer->sql, " FROM ");
    aq__writer_unnest(writer, false);
    aq_text_append_char(&writer->sql, ')');
}

static void append_tables(aq__writer_t *writer, const aq__mapper_t *mapper)
{
    for (size_t t = 0; t < mapper->table_count; t++) {
        const aq__mapped_table_t *table = &mapper->tables[t], *base = &mapper->tables[0];

        aq_text_appendf(&writer->sql, "%s%s", t > 0 ? " JOIN " : "", table->sql);
        for (size_t i = 0; t > 0 && i < mapper->key_count; i++)
            aq_text_appendf(&writer->sql, "%s%s.%s = %s.%s", i > 0 ? " AND " : " ON ", table->name_sql,
                            table->columns[table->key[i]].sql, base->name_sql,
                            base->columns[base->key[i]].sql);
    }
}

static void append_field(aq__writer_t *writer, const aq__mapper_t *mapper, const aq__field_t *field)
{
    const aq__mapped_table_t *table = table_of(mapper, field);

    aq_text_appendf(&writer->sql, "%s.%s", table->name_sql, aq__table_column_of(table, field)->sql);
}

/* The key, and what the relation links by, of the swept rows. */
static void append_key_columns(aq__writer_t *writer, const aq__relation_t *relation)
{
    const aq__mapper_t *target = relation->target;

    for (size_t i = 0; i < target->key_count; i++) {
        aq__writer_comma(writer, i);
        append_field(writer, target, target->key[i]);
    }
}

static void append_condition(aq__writer_t *writer, const aq__sweep_t *sweep);

/* The keys of the rows that are swept, with those that refer to them where the table refers to itself. */
static void append_rows(aq__writer_t *writer, const aq__sweep_t *sweep)
{
    const aq__relation_t *relation = sweep->relation;
    link_t link = {0};

    aq_text_append(&writer->sql, "SELECT ");
    append_key_columns(writer, relation);
    aq_text_append(&writer->sql, " FROM ");
    append_tables(writer, relation->target);
    aq_text_append(&writer->sql, " WHERE ");
    append_condition(writer, sweep);
    if (!sweep->deep || find_link(writer, relation, &link) != AQ_OK)
        return;
    aq_text_append(&writer->sql, " UNION SELECT ");
    append_key_columns(writer, relation);
    aq_text_append(&writer->sql, " FROM ");
    append_tables(writer, relation->target);
    aq_text_append(&writer->sql, " JOIN aq_rows ON ");
    for (size_t i = 0; i < link.count; i++) {
        const aq__field_t *near = relation->pairs[i].near;

        aq_text_appendf(&writer->sql, "%s%s.%s = aq_rows.%s", i > 0 ? " AND " : "", link.table,
                        link.columns[i], aq__table_column_of(table_of(relation->target, near), near)->sql);
    }
}

/* Of what another sweep deletes: "IN (SELECT post.id FROM post WHERE ...)". */
static void append_swept(aq__writer_t *writer, const aq__sweep_t *sweep, const link_t *link)
{
    const aq__sweep_t *from = sweep->from;

    if (from->deep) {
        aq_text_append(&writer->sql, " IN (WITH RECURSIVE aq_rows AS (");
        append_rows(writer, from);
        aq_text_append(&writer->sql, ") SELECT ");
        for (size_t i = 0; i < link->count; i++)
            aq_text_appendf(
                &writer->sql, "%saq_rows.%s", i > 0 ? ", " : "",
                aq__table_column_of(table_of(from->relation->target, link->fields[i]), link->fields[i])->sql);
        aq_text_append(&writer->sql, " FROM aq_rows)");
        return;
    }
    aq_text_append(&writer->sql, " IN (SELECT ");
    for (size_t i = 0; i < link->count; i++) {
        aq__writer_comma(writer, i);
        append_field(writer, from->relation->target, link->fields[i]);
    }
    aq_text_append(&writer->sql, " FROM ");
    append_tables(writer, from->relation->target);
    aq_text_append(&writer->sql, " WHERE ");
    append_condition(writer, from);
    aq_text_append_char(&writer->sql, ')');
}

/* The table has rows of other models too. */
static bool shares_table(const aq__mapper_t *mapper)
{
    return mapper->base != NULL && mapper->discriminator != NULL &&
           mapper->base->tables[mapper->base->table_count - 1].table ==
               mapper->tables[mapper->table_count - 1].table;
}

/* " AND pet.kind IN ('dog', 'puppy')" */
static void append_kinds(aq__writer_t *writer, const aq__mapper_t *target)
{
    aq_text_append(&writer->sql, " AND ");
    append_field(writer, target, target->discriminator);
    aq_text_append(&writer->sql, " IN (");
    for (size_t i = 0; i <= target->child_count; i++) {
        const aq__mapper_t *mapper = i == 0 ? target : target->children[i - 1];

        if (mapper->identity == NULL)
            continue;
        aq_text_append(&writer->sql, i > 0 ? ", " : "");
        aq__ddl_literal(&writer->sql, mapper->identity);
    }
    aq_text_append_char(&writer->sql, ')');
}

static void append_condition(aq__writer_t *writer, const aq__sweep_t *sweep)
{
    const aq__relation_t *relation = sweep->relation;
    link_t link = {0};

    if (find_link(writer, relation, &link) != AQ_OK)
        return;
    append_columns(writer, &link);
    if (sweep->from != NULL && sweep->from != sweep)
        append_swept(writer, sweep, &link);
    else
        append_parents(writer, &link, sweep);
    if (relation->secondary == NULL && shares_table(relation->target) && relation->target->identity != NULL)
        append_kinds(writer, relation->target);
}

/* ---- What becomes of them ---------------------------------------------------------------------------------------------------------------------- */

/* The tables of the target, and of models that inherit from it: its rows may be theirs. */
static size_t find_tables(aq__writer_t *writer, const aq__mapper_t *target,
                          const aq__mapped_table_t ***tables)
{
    size_t count = 0, most = target->table_count;

    for (size_t i = 0; i < target->child_count; i++)
        most += target->children[i]->table_count;
    if ((*tables = aq_arena_alloc(writer->arena, most * sizeof(**tables))) == NULL) {
        writer->code = AQ_ENOMEM;
        return 0;
    }
    for (size_t m = 0; m <= target->child_count; m++) {
        const aq__mapper_t *mapper = m == 0 ? target : target->children[m - 1];

        for (size_t t = 0; t < mapper->table_count; t++) {
            size_t same = 0;

            while (same < count && (*tables)[same]->table != mapper->tables[t].table)
                same++;
            if (same == count)
                (*tables)[count++] = &mapper->tables[t];
        }
    }
    return count;
}

static void append_delete(aq__writer_t *writer, const aq__mapper_t *target, const aq__mapped_table_t *table)
{
    const aq__mapped_table_t *base = &target->tables[0];

    aq_text_appendf(&writer->sql, "DELETE FROM %s USING aq_rows", table->sql);
    for (size_t i = 0; i < target->key_count; i++)
        aq_text_appendf(&writer->sql, "%s%s.%s = aq_rows.%s", i > 0 ? " AND " : " WHERE ", table->name_sql,
                        table->columns[table->key[i]].sql, base->columns[base->key[i]].sql);
}

static void write_delete(aq__writer_t *writer, const aq__sweep_t *sweep)
{
    const aq__mapper_t *target = sweep->relation->target;
    const aq__mapped_table_t **tables;
    size_t count = find_tables(writer, target, &tables);

    if (count == 1 && !sweep->deep) {
        aq_text_appendf(&writer->sql, "DELETE FROM %s WHERE ", tables[0]->sql);
        append_condition(writer, sweep);
        return;
    }
    aq_text_append(&writer->sql, sweep->deep ? "WITH RECURSIVE aq_rows AS (" : "WITH aq_rows AS (");
    append_rows(writer, sweep);
    for (size_t i = count; i-- > 1;) {
        aq_text_appendf(&writer->sql, "), aq_%zu AS (", count - i);
        append_delete(writer, target, tables[i]);
    }
    aq_text_append(&writer->sql, ") ");
    if (count > 0)
        append_delete(writer, target, tables[0]);
}

static void write_null(aq__writer_t *writer, const aq__sweep_t *sweep)
{
    const aq__relation_t *relation = sweep->relation;
    const aq__mapped_table_t *table = table_of(relation->target, relation->pairs[0].far);
    const aq__field_t *version = relation->target->version;
    const aq__mapped_column_t *counted = version != NULL ? aq__table_column_of(table, version) : NULL;

    aq_text_appendf(&writer->sql, "UPDATE %s SET ", table->sql);
    for (size_t i = 0; i < relation->pair_count; i++)
        aq_text_appendf(&writer->sql, "%s%s = NULL", i > 0 ? ", " : "",
                        aq__table_column_of(table, relation->pairs[i].far)->sql);
    if (counted != NULL)
        aq_text_appendf(&writer->sql, ", %s = %s.%s + 1", counted->sql, table->name_sql, counted->sql);
    aq_text_append(&writer->sql, " WHERE ");
    append_condition(writer, sweep);
}

static size_t argument_count(const aq__sweep_t *sweep)
{
    while (sweep->from != NULL && sweep->from != sweep)
        sweep = sweep->from;
    return sweep->relation->secondary != NULL ? sweep->relation->near_count : sweep->relation->pair_count;
}

int aq__write_sweep(aq_arena_t *arena, aq__step_t *step)
{
    const aq__sweep_t *sweep = step->sweep;
    aq__writer_t writer;

    if (aq__writer_init(&writer, arena, step, argument_count(sweep)) != AQ_OK)
        return AQ_ENOMEM;
    switch (sweep->kind) {
    case AQ__SWEEP_DELETE: write_delete(&writer, sweep); break;
    case AQ__SWEEP_NULL: write_null(&writer, sweep); break;
    case AQ__SWEEP_ASSOCIATIONS:
        aq_text_appendf(&writer.sql, "DELETE FROM %s WHERE ", sweep->relation->secondary_sql);
        append_condition(&writer, sweep);
        break;
    }
    return aq__writer_finish(&writer);
}
