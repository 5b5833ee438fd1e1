/* Tables, aliases, joins, conditions: what stands behind FROM.
 *
 * The happy path: a table is called by its own name the first time, and post_1, post_2 after that; "as" is there only where it says something. A model with joined inheritance is the join of its tables; a query of a base has those of
 * its children on the left, so that rows tell what they are. */
#include "src/orm/compile.h"
#include "src/orm/member.h"
#include "src/orm/session.h"
#include "src/schema/naming.h"

/* ---- Aliases ------------------------------------------------------------------------------------------------------------------------ */

static bool is_taken(const aq__writer_t *writer, const char *alias)
{
    for (size_t i = 0; i < writer->alias_count; i++)
        if (strcmp(writer->aliases[i], alias) == 0)
            return true;
    return false;
}

static const char *remember(aq__writer_t *writer, const char *alias)
{
    const char **grown = writer->aliases;

    if (alias == NULL) {
        aq__writer_fail_last(writer, AQ_ENOMEM);
        return NULL;
    }
    if (writer->alias_count % 8 == 0) {
        grown = aq__writer_alloc(writer, writer->alias_count + 8, sizeof(*grown));
        if (grown == NULL)
            return NULL;
        if (writer->alias_count > 0)
            memcpy(grown, writer->aliases, writer->alias_count * sizeof(*grown));
        writer->aliases = grown;
    }
    grown[writer->alias_count++] = alias;
    return alias;
}

static const char *quoted(aq__writer_t *writer, const char *name)
{
    aq_text_t sql = {0};
    const char *kept;

    aq__name_append(&sql, name);
    kept = sql.failed ? NULL : aq_arena_strdup(writer->arena, aq_text_string(&sql));
    aq_text_dispose(&sql);
    return kept;
}

const char *aq__writer_alias(aq__writer_t *writer, const char *name, const char *sql)
{
    size_t length = aq__utf8_cut(name, strlen(name), AQ__NAME_MAX - 8);
    const char *alias = sql;

    if (writer->code != AQ_OK)
        return NULL;
    for (unsigned n = 1; alias == NULL || is_taken(writer, alias); n++) {
        alias = aq_arena_printf(writer->arena, "%.*s_%u", (int)length, name, n);
        if (alias != NULL && aq__name_needs_quotes(alias))
            alias = quoted(writer, alias);
        if (alias == NULL)
            break;
    }
    return remember(writer, alias);
}

/* ---- Uses of models ---------------------------------------------------------------------------------------------------------------------- */

static void add_table(aq__writer_t *writer, aq__use_t *use, const aq__mapped_table_t *mapped, bool bare)
{
    const aq__table_t *table = mapped->table;

    for (size_t i = 0; i < use->table_count; i++)
        if (use->tables[i].table == table)
            return;
    use->tables[use->table_count] =
        (aq__table_use_t){table, aq__writer_alias(writer, table->name, bare ? mapped->name_sql : NULL)};
    if (use->tables[use->table_count].alias != NULL)
        use->table_count++;
}

static void open_use(aq__writer_t *writer, aq__use_t *use, const aq__mapper_t *mapper, bool children,
                     bool bare)
{
    size_t most = mapper->table_count;

    for (size_t i = 0; children && i < mapper->child_count; i++)
        most += mapper->children[i]->table_count;
    *use = (aq__use_t){.mapper = mapper, .children = children};
    use->tables = aq__writer_alloc(writer, most, sizeof(*use->tables));
    if (use->tables == NULL)
        return;
    for (size_t i = 0; i < mapper->table_count; i++)
        add_table(writer, use, &mapper->tables[i], bare);
    for (size_t i = 0; children && i < mapper->child_count; i++)
        for (size_t k = 0; k < mapper->children[i]->table_count; k++)
            add_table(writer, use, &mapper->children[i]->tables[k], bare);
}

void aq__use_open(aq__writer_t *writer, aq__use_t *use, const aq__mapper_t *mapper, const char *name,
                  bool children)
{
    open_use(writer, use, mapper, children, true);
    use->name = name;
}

void aq__use_open_loaded(aq__writer_t *writer, aq__use_t *use, const aq__mapper_t *mapper, bool children)
{
    open_use(writer, use, mapper, children, false);
}

static void write_table(aq__writer_t *writer, const aq__mapped_table_t *table, const char *alias)
{
    aq__write(writer, table->sql);
    if (strcmp(alias, table->name_sql) != 0) {
        aq__write(writer, " as ");
        aq__write(writer, alias);
    }
}

/* "manager.id = employee.id" */
static void write_same_key(aq__writer_t *writer, const aq__use_t *use, const aq__mapped_table_t *table,
                           const char *alias)
{
    const aq__mapped_table_t *first = &use->mapper->tables[0];

    for (size_t i = 0; i < use->mapper->key_count; i++)
        aq_text_appendf(&writer->sql, "%s%s.%s = %s.%s", i == 0 ? "" : " and ", alias,
                        table->columns[table->key[i]].sql, use->tables[0].alias,
                        first->columns[first->key[i]].sql);
}

/* How the mapper or a child of its calls this table. */
static const aq__mapped_table_t *mapped_table(const aq__mapper_t *mapper, const aq__table_t *table)
{
    for (size_t i = 0; i < mapper->table_count; i++)
        if (mapper->tables[i].table == table)
            return &mapper->tables[i];
    for (size_t i = 0; i < mapper->child_count; i++)
        for (size_t k = 0; k < mapper->children[i]->table_count; k++)
            if (mapper->children[i]->tables[k].table == table)
                return &mapper->children[i]->tables[k];
    return NULL;
}

void aq__write_use(aq__writer_t *writer, const aq__use_t *use)
{
    if (writer->code != AQ_OK)
        return;
    write_table(writer, &use->mapper->tables[0], use->tables[0].alias);
    for (size_t i = 1; i < use->table_count; i++) {
        const aq__mapped_table_t *table = mapped_table(use->mapper, use->tables[i].table);

        aq__write(writer, i < use->mapper->table_count ? " join " : " left join ");
        write_table(writer, table, use->tables[i].alias);
        aq__write(writer, " on ");
        write_same_key(writer, use, table, use->tables[i].alias);
    }
}

/* ---- Rows of one model among those of others ------------------------------------------------------------------------------------------------ */

bool aq__has_identities(const aq__mapper_t *mapper)
{
    return mapper->discriminator != NULL && mapper->model->inheritance == AQ__INHERITS_SINGLE;
}

static int identities_of(aq__writer_t *writer, const aq__mapper_t *mapper, aq_value_t *value)
{
    const char **items = aq__writer_alloc(writer, mapper->child_count + 1, sizeof(*items));
    size_t count = 0;

    if (items == NULL)
        return AQ_ENOMEM;
    if (mapper->identity != NULL)
        items[count++] = mapper->identity;
    for (size_t i = 0; i < mapper->child_count; i++)
        if (mapper->children[i]->identity != NULL)
            items[count++] = mapper->children[i]->identity;
    *value = aq_array(AQ_VALUE_TEXT, items, count, NULL);
    return AQ_OK;
}

void aq__write_identities(aq__writer_t *writer, const aq__use_t *use)
{
    const aq__field_t *field = use->mapper->discriminator;
    const char *cast;
    bool failed = false;
    aq_value_t value;

    if (writer->code != AQ_OK || identities_of(writer, use->mapper, &value) != AQ_OK)
        return;
    cast = aq__array_cast(writer->arena, field, AQ_VALUE_TEXT, &failed);
    if (failed)
        aq__writer_fail_last(writer, AQ_ENOMEM);
    aq__write_field(writer, use, field);
    aq__write(writer, " = any(");
    aq__write_value(writer, &value);
    aq__write(writer, cast);
    aq__write(writer, ")");
}

/* ---- Joins ------------------------------------------------------------------------------------------------------------------------------------ */

void aq__write_link(aq__writer_t *writer, const aq__relation_t *relation, const aq__use_t *from,
                    const aq__use_t *to)
{
    for (size_t i = 0; i < relation->pair_count; i++) {
        aq__write(writer, i == 0 ? "" : " and ");
        aq__write_field(writer, to, relation->pairs[i].far);
        aq__write(writer, " = ");
        aq__write_field(writer, from, relation->pairs[i].near);
    }
}

static void write_column(aq__writer_t *writer, const char *alias, const aq__column_t *column)
{
    aq__write(writer, alias);
    aq__write(writer, ".");
    aq__name_append(&writer->sql, column->name);
}

void aq__write_secondary_link(aq__writer_t *writer, const aq__relation_t *relation, const char *secondary,
                              const aq__use_t *from)
{
    for (size_t i = 0; i < relation->near_count; i++) {
        aq__write(writer, i == 0 ? "" : " and ");
        write_column(writer, secondary, relation->near_columns[i]);
        aq__write(writer, " = ");
        aq__write_field(writer, from, relation->near_fields[i]);
    }
}

static void write_far_link(aq__writer_t *writer, const aq__relation_t *relation, const char *secondary,
                           const aq__use_t *to)
{
    for (size_t i = 0; i < relation->far_count; i++) {
        aq__write(writer, i == 0 ? "" : " and ");
        aq__write_field(writer, to, relation->far_fields[i]);
        aq__write(writer, " = ");
        write_column(writer, secondary, relation->far_columns[i]);
    }
    if (aq__has_identities(to->mapper)) {
        aq__write(writer, " and ");
        aq__write_identities(writer, to);
    }
}

/* In brackets where it is a join itself. */
static void write_target(aq__writer_t *writer, const aq__use_t *to)
{
    if (to->table_count > 1)
        aq__write(writer, "(");
    aq__write_use(writer, to);
    if (to->table_count > 1)
        aq__write(writer, ")");
}

void aq__write_secondary(aq__writer_t *writer, const aq__relation_t *relation, const char *secondary,
                         const aq__use_t *to)
{
    if (writer->code != AQ_OK)
        return;
    aq__write(writer, relation->secondary_sql);
    if (strcmp(relation->secondary_sql, secondary) != 0)
        aq_text_appendf(&writer->sql, " as %s", secondary);
    aq__write(writer, " join ");
    write_target(writer, to);
    aq__write(writer, " on ");
    write_far_link(writer, relation, secondary, to);
}

static void write_secondary_join(aq__writer_t *writer, const aq__relation_t *relation, const aq__use_t *from,
                                 const aq__use_t *to, bool outer)
{
    const char *secondary = aq__writer_alias(writer, relation->secondary->name, NULL);

    if (secondary == NULL)
        return;
    aq__write(writer, outer ? " left join (" : " join (");
    aq__write_secondary(writer, relation, secondary, to);
    aq__write(writer, ") on ");
    aq__write_secondary_link(writer, relation, secondary, from);
}

void aq__write_join(aq__writer_t *writer, const aq__relation_t *relation, const aq__use_t *from,
                    const aq__use_t *to, bool outer)
{
    if (writer->code != AQ_OK)
        return;
    if (relation->direction == AQ__MANY_TO_MANY) {
        write_secondary_join(writer, relation, from, to, outer);
        return;
    }
    aq__write(writer, outer ? " left join " : " join ");
    write_target(writer, to);
    aq__write(writer, " on ");
    aq__write_link(writer, relation, from, to);
    if (aq__has_identities(to->mapper)) {
        aq__write(writer, " and ");
        aq__write_identities(writer, to);
    }
}

/* ---- Bodies --------------------------------------------------------------------------------------------------------------------------------------- */

void aq__scope_open(aq__writer_t *writer, aq__scope_t *scope, const aq_query_t *query,
                    const aq__scope_t *outer, bool children)
{
    scope->outer = outer;
    scope->count = query->source_count;
    scope->uses = aq__writer_alloc(writer, query->source_count, sizeof(*scope->uses));
    for (size_t i = 0; writer->code == AQ_OK && i < query->source_count; i++)
        aq__use_open(writer, &scope->uses[i], query->sources[i].mapper, query->sources[i].name,
                     i == 0 && children);
}

/* The members of a parent as they are now: of no row, if one of them is NULL. */
static void write_member(aq__writer_t *writer, const aq__field_t *field, const void *object)
{
    aq_value_t value;
    int code = aq__member_value(field, aq__member_of(field, object), writer->arena, &value);

    if (code != AQ_OK)
        aq__writer_fail_last(writer, code);
    else
        aq__write_value(writer, &value);
}

static void write_parent_through(aq__writer_t *writer, const aq__query_parent_t *parent, const aq__use_t *use)
{
    const aq__relation_t *relation = parent->relation;
    const char *secondary = aq__writer_alias(writer, relation->secondary->name, NULL);

    if (secondary == NULL)
        return;
    aq_text_appendf(&writer->sql, "exists (select 1 from %s as %s where ", relation->secondary_sql,
                    secondary);
    for (size_t i = 0; i < relation->far_count; i++) {
        aq__write_field(writer, use, relation->far_fields[i]);
        aq__write(writer, " = ");
        write_column(writer, secondary, relation->far_columns[i]);
        aq__write(writer, " and ");
    }
    for (size_t i = 0; i < relation->near_count; i++) {
        aq__write(writer, i == 0 ? "" : " and ");
        write_column(writer, secondary, relation->near_columns[i]);
        aq__write(writer, " = ");
        write_member(writer, relation->near_fields[i], parent->object);
    }
    aq__write(writer, ")");
}

static void write_parent(aq__writer_t *writer, const aq__query_parent_t *parent, const aq__use_t *use)
{
    const aq__relation_t *relation = parent->relation;

    if (relation->direction == AQ__MANY_TO_MANY) {
        write_parent_through(writer, parent, use);
        return;
    }
    for (size_t i = 0; i < relation->pair_count; i++) {
        aq__write(writer, i == 0 ? "" : " and ");
        aq__write_field(writer, use, relation->pairs[i].far);
        aq__write(writer, " = ");
        write_member(writer, relation->pairs[i].near, parent->object);
    }
}

void aq__write_where(aq__writer_t *writer, const aq_query_t *query, const aq__scope_t *scope,
                     const char *before)
{
    if (aq__has_identities(query->mapper)) {
        aq__write(writer, before);
        aq__write_identities(writer, &scope->uses[0]);
        before = " and ";
    }
    for (size_t i = 0; i < query->parent_count; i++, before = " and ") {
        aq__write(writer, before);
        write_parent(writer, &query->parents[i], &scope->uses[0]);
    }
    aq__write_terms(writer, scope, &query->filters, before, " and ");
}

void aq__write_body(aq__writer_t *writer, const aq_query_t *query, const aq__scope_t *scope)
{
    if (writer->code != AQ_OK)
        return;
    aq__write(writer, " from ");
    aq__write_use(writer, &scope->uses[0]);
    for (size_t i = 1; i < query->source_count; i++)
        aq__write_join(writer, query->sources[i].relation, &scope->uses[query->sources[i].from],
                       &scope->uses[i], query->sources[i].outer);
    aq__write_where(writer, query, scope, " where ");
    aq__write_terms(writer, scope, &query->groups, " group by ", ", ");
    aq__write_terms(writer, scope, &query->havings, " having ", " and ");
}

void aq__write_limits(aq__writer_t *writer, const aq_query_t *query)
{
    aq_value_t limit = aq_int8(query->limit), offset = aq_int8(query->offset);

    if (query->limit >= 0) {
        aq__write(writer, " limit ");
        aq__write_value(writer, &limit);
    }
    if (query->offset > 0) {
        aq__write(writer, " offset ");
        aq__write_value(writer, &offset);
    }
}
