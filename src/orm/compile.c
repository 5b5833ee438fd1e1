/* A query becomes a statement.
 *
 * The happy path: "select <columns> from <tables> where <conditions> order by <orders>", its values as parameters. Where a limit (or DISTINCT, or GROUP BY) stands beside lists that come along, the query is a subquery and the lists are joined to it,
 * so that the limit counts parents. The failure modes: what was wrong with the query when it was built; a column of a model that it does not have; what a form cannot have (a bulk update with a limit). */
#include "src/orm/compile.h"
#include "src/orm/session.h"
#include "src/wire/arguments_text.h"

#include <stdio.h>

/* ---- Writers ---------------------------------------------------------------------------------------------------------------------------- */

void aq__writer_open(aq__writer_t *writer, const aq__mappers_t *mappers, aq_arena_t *arena)
{
    *writer = (aq__writer_t){.mappers = mappers, .arena = arena};
}

void aq__writer_fail_last(aq__writer_t *writer, int code)
{
    if (writer->code == AQ_OK)
        writer->code = code;
}

void aq__writer_fail(aq__writer_t *writer, int code, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    if (writer->code != AQ_OK)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    writer->code = aq__fail(code, "%s", text);
}

void *aq__writer_alloc(aq__writer_t *writer, size_t count, size_t size)
{
    void *block = writer->code == AQ_OK ? aq_arena_calloc(writer->arena, count, size) : NULL;

    if (block == NULL)
        aq__writer_fail_last(writer, AQ_ENOMEM);
    return block;
}

size_t aq__write_value(aq__writer_t *writer, const aq_value_t *value)
{
    if (writer->value_count == writer->value_room) {
        size_t room = writer->value_room != 0 ? writer->value_room * 2 : 4;
        aq_value_t *grown = aq__writer_alloc(writer, room, sizeof(*grown));

        if (grown == NULL)
            return 0;
        if (writer->value_count > 0)
            memcpy(grown, writer->values, writer->value_count * sizeof(*grown));
        writer->values = grown;
        writer->value_room = room;
    }
    writer->values[writer->value_count++] = *value;
    aq_text_append_char(&writer->sql, '$');
    aq_text_append_int(&writer->sql, (int64_t)writer->value_count);
    return writer->value_count;
}

int aq__writer_end(aq__writer_t *writer, aq__compiled_t *compiled)
{
    if (writer->code == AQ_OK && writer->sql.failed)
        writer->code = AQ_ENOMEM;
    if (writer->code == AQ_OK) {
        compiled->sql = aq_arena_dup(writer->arena, aq_text_string(&writer->sql), writer->sql.length + 1);
        compiled->arguments = (aq_arguments_t){writer->value_count, writer->values};
        if (compiled->sql == NULL)
            writer->code = AQ_ENOMEM;
    }
    aq_text_dispose(&writer->sql);
    return writer->code;
}

/* ---- Locks -------------------------------------------------------------------------------------------------------------------------------- */

static const char *lock_clause(aq_lock_t lock)
{
    switch (lock) {
    case AQ_LOCK_NONE: return NULL;
    case AQ_FOR_UPDATE: return " for update";
    case AQ_FOR_NO_KEY_UPDATE: return " for no key update";
    case AQ_FOR_SHARE: return " for share";
    case AQ_FOR_KEY_SHARE: return " for key share";
    }
    return NULL;
}

/* The rows of the query's own model; those of left joins cannot be locked. */
static void write_lock(aq__writer_t *writer, const aq_query_t *query, const aq__use_t *use, bool alone)
{
    if (query->lock == AQ_LOCK_NONE || writer->code != AQ_OK)
        return;
    aq__write(writer, lock_clause(query->lock));
    for (size_t i = 0; !alone && i < use->mapper->table_count; i++) {
        aq__write(writer, i == 0 ? " of " : ", ");
        aq__write(writer, use->tables[i].alias);
    }
    switch (query->wait) {
    case AQ_LOCK_WAIT: break;
    case AQ_LOCK_NOWAIT: aq__write(writer, " nowait"); break;
    case AQ_LOCK_SKIP: aq__write(writer, " skip locked"); break;
    }
}

/* ---- Objects -------------------------------------------------------------------------------------------------------------------------------- */

/* One query that is being compiled. */
typedef struct select {
    aq__writer_t *writer;
    const aq_query_t *query;
    aq__scope_t scope;
    aq__loader_t loader;
} select_t;

bool aq__query_is_cut(const aq_query_t *query)
{
    return query->limit >= 0 || query->offset > 0 || query->distinct || query->groups.count > 0;
}

void aq__write_orders(aq__writer_t *writer, const aq_query_t *query, const aq__scope_t *scope)
{
    aq__write_terms(writer, scope, &query->orders, " order by ", ", ");
    if (query->order != NULL && writer->code == AQ_OK)
        aq__write_relation_order(writer, query->order, &scope->uses[0],
                                 query->orders.count == 0 ? " order by " : ", ");
}

static void write_orders(select_t *select)
{
    aq__write_orders(select->writer, select->query, &select->scope);
}

static bool has_orders(const aq_query_t *query)
{
    return query->orders.count > 0 || query->order != NULL;
}

static void write_flat(select_t *select)
{
    const aq_query_t *query = select->query;
    aq__writer_t *writer = select->writer;

    aq__write(writer, query->distinct ? "select distinct " : "select ");
    aq__write_shapes(&select->loader, 0);
    aq__write(writer, " from ");
    if (writer->code != AQ_OK)
        return;
    aq__write_use(writer, &select->scope.uses[0]);
    for (size_t i = 1; i < query->source_count; i++)
        aq__write_join(writer, query->sources[i].relation, &select->scope.uses[query->sources[i].from],
                       &select->scope.uses[i], query->sources[i].outer);
    aq__write_load_joins(&select->loader);
    aq__write_where(writer, query, &select->scope, " where ");
    aq__write_terms(writer, &select->scope, &query->groups, " group by ", ", ");
    aq__write_terms(writer, &select->scope, &query->havings, " having ", " and ");
    write_orders(select);
    aq__write_load_orders(&select->loader, has_orders(query) ? ", " : " order by ");
    aq__write_limits(writer, query);
    write_lock(writer, query, &select->scope.uses[0],
               query->source_count == 1 && select->loader.compiled->joined_count == 0 &&
                   select->scope.uses[0].table_count == 1);
}

/* The part of an order that decides, without its direction. */
static const aq__term_t *ordered(const aq__term_t *order)
{
    return order->kind == AQ_EXPRESSION_ORDER ? order->left : order;
}

/* Whether the order is by a column that the subquery has anyway. */
static bool is_own_column(const select_t *select, const aq__term_t *order, const aq__field_t **field)
{
    const aq__term_t *term = ordered(order);

    if (term->kind != AQ_EXPRESSION_COLUMN)
        return false;
    return aq__scope_find(select->writer, &select->scope, term, field) == &select->scope.uses[0];
}

/* What the subquery has as a column has its number there, since DISTINCT knows it by that. */
static void write_inner_orders(select_t *select)
{
    const aq_query_t *query = select->query;
    aq__writer_t *writer = select->writer;
    const aq__field_t *field;

    for (size_t i = 0; writer->code == AQ_OK && i < query->orders.count; i++) {
        const aq__term_t *order = query->orders.items[i];

        aq__write(writer, i == 0 ? " order by " : ", ");
        if (is_own_column(select, order, &field)) {
            aq__write_term(writer, &select->scope, order);
            continue;
        }
        aq_text_appendf(&writer->sql, "aq_order_%zu", i + 1);
        if (order->kind == AQ_EXPRESSION_ORDER)
            aq__write_direction(writer, order->descending, order->nulls);
    }
    if (query->order != NULL && writer->code == AQ_OK)
        aq__write_relation_order(writer, query->order, &select->scope.uses[0],
                                 query->orders.count == 0 ? " order by " : ", ");
}

void aq__write_inner(aq__writer_t *writer, const aq_query_t *query, aq__scope_t *scope, aq__loader_t *loader)
{
    select_t select = {writer, query, *scope, *loader};
    const aq__field_t *field;

    aq__write(writer, query->distinct ? "(select distinct " : "(select ");
    loader->column = 0;
    aq__write_shape(loader, 0, true);
    for (size_t i = 0; writer->code == AQ_OK && i < query->orders.count; i++)
        if (!is_own_column(&select, query->orders.items[i], &field)) {
            aq__write(writer, ", ");
            aq__write_term(writer, scope, ordered(query->orders.items[i]));
            aq_text_appendf(&writer->sql, " as aq_order_%zu", i + 1);
        }
    aq__write_body(writer, query, scope);
    write_inner_orders(&select);
    aq__write_limits(writer, query);
    write_lock(writer, query, &scope->uses[0], query->source_count == 1 && scope->uses[0].table_count == 1);
    aq__write(writer, ") as ");
    if (writer->code != AQ_OK)
        return;
    scope->uses[0].inner_alias = scope->uses[0].tables[0].alias;
    scope->uses[0].inner = &loader->compiled->shapes[0];
    aq__write(writer, scope->uses[0].inner_alias);
}

/* The query's orders again, around the subquery. */
bool aq__write_outer_orders(aq__writer_t *writer, const aq_query_t *query, aq__scope_t *scope,
                            const char *before)
{
    select_t select = {.writer = writer, .query = query, .scope = *scope};
    bool any = false;

    for (size_t i = 0; writer->code == AQ_OK && i < query->orders.count; i++, any = true) {
        const aq__term_t *order = query->orders.items[i];
        const aq__field_t *field;

        aq__write(writer, any ? ", " : before);
        if (is_own_column(&select, order, &field))
            aq__write_field(writer, &scope->uses[0], field);
        else if (writer->code == AQ_OK)
            aq_text_appendf(&writer->sql, "%s.aq_order_%zu", scope->uses[0].inner_alias, i + 1);
        if (order->kind == AQ_EXPRESSION_ORDER)
            aq__write_direction(writer, order->descending, order->nulls);
    }
    if (query->order != NULL &&
        aq__write_relation_order(writer, query->order, &scope->uses[0], any ? ", " : before))
        any = true;
    return any;
}

static void write_nested(select_t *select)
{
    aq__writer_t *writer = select->writer;
    aq_text_t outer = writer->sql, inner;
    bool any;

    /* The columns come first, and are known by what the subquery calls them, so that is written first. */
    writer->sql = (aq_text_t){.failed = outer.failed};
    aq__write_inner(writer, select->query, &select->scope, &select->loader);
    inner = writer->sql;
    writer->sql = outer;
    aq__write(writer, "select ");
    select->loader.column = 0;
    aq__write_shapes(&select->loader, 0);
    aq__write(writer, " from ");
    aq_text_append_bytes(&writer->sql, aq_text_string(&inner), inner.length);
    writer->sql.failed = writer->sql.failed || inner.failed;
    aq_text_dispose(&inner);
    aq__write_load_joins(&select->loader);
    any = aq__write_outer_orders(writer, select->query, &select->scope, " order by ");
    aq__write_load_orders(&select->loader, any ? ", " : " order by ");
}

static void write_objects(aq__writer_t *writer, const aq_query_t *query, aq__compiled_t *compiled)
{
    select_t select = {.writer = writer, .query = query};

    aq__scope_open(writer, &select.scope, query, NULL, query->mapper->child_count > 0);
    select.loader = (aq__loader_t){.writer = writer, .compiled = compiled, .options = query};
    if (writer->code == AQ_OK)
        aq__load_plan(&select.loader, query->mapper, &select.scope.uses[0], NULL);
    if (writer->code != AQ_OK)
        return;
    if (aq__query_is_cut(query) && aq__load_multiplies(&select.loader))
        write_nested(&select);
    else
        write_flat(&select);
}

/* ---- Columns, numbers -------------------------------------------------------------------------------------------------------------------------- */

/* What makes two rows different: the columns that were asked for, or all of the model's own. */
static void write_all_columns(aq__writer_t *writer, const aq_query_t *query, const aq__scope_t *scope)
{
    if (query->columns.count > 0)
        aq__write_terms(writer, scope, &query->columns, "", ", ");
    for (size_t i = 0; query->columns.count == 0 && i < query->mapper->field_count; i++) {
        aq__write(writer, i == 0 ? "" : ", ");
        aq__write_field(writer, &scope->uses[0], &query->mapper->fields[i]);
    }
}

static void write_columns(aq__writer_t *writer, const aq_query_t *query)
{
    select_t select = {.writer = writer, .query = query};

    if (query->columns.count == 0) {
        aq__writer_fail(writer, AQ_EINVAL, "the query has no columns: aq_columns() says which");
        return;
    }
    aq__scope_open(writer, &select.scope, query, NULL, aq__query_speaks_of_children(query));
    aq__write(writer, query->distinct ? "select distinct " : "select ");
    aq__write_terms(writer, &select.scope, &query->columns, "", ", ");
    aq__write_body(writer, query, &select.scope);
    write_orders(&select);
    aq__write_limits(writer, query);
    if (writer->code == AQ_OK)
        write_lock(writer, query, &select.scope.uses[0],
                   query->source_count == 1 && select.scope.uses[0].table_count == 1);
}

static void write_count(aq__writer_t *writer, const aq_query_t *query)
{
    bool whole = query->distinct || query->columns.count > 0;
    bool inner = whole || aq__query_is_cut(query) || query->havings.count > 0;
    aq__scope_t scope;

    aq__scope_open(writer, &scope, query, NULL, aq__query_speaks_of_children(query));
    aq__write(writer, "select count(*)");
    if (inner)
        aq__write(writer, query->distinct ? " from (select distinct " : " from (select ");
    if (inner && whole)
        write_all_columns(writer, query, &scope);
    else if (inner)
        aq__write(writer, "1");
    aq__write_body(writer, query, &scope);
    if (inner) {
        aq__write_limits(writer, query);
        aq__write(writer, ") as q");
    }
}

static void write_any(aq__writer_t *writer, const aq_query_t *query)
{
    bool whole = query->columns.count > 0 || (query->distinct && query->offset > 0);
    aq__scope_t scope;

    aq__scope_open(writer, &scope, query, NULL, aq__query_speaks_of_children(query));
    aq__write(writer,
              query->distinct && whole ? "select exists (select distinct " : "select exists (select ");
    if (whole)
        write_all_columns(writer, query, &scope);
    else
        aq__write(writer, "1");
    aq__write_body(writer, query, &scope);
    aq__write_limits(writer, query);
    aq__write(writer, ")");
}

/* ---- Forms ------------------------------------------------------------------------------------------------------------------------------------------ */

static int check(const aq_query_t *query)
{
    if (query->error != NULL)
        return aq__query_error(query);
    if (query->bind_error != NULL && !query->has_bind)
        return aq__fail_with(query->bind_error);
    if (query->lock != AQ_LOCK_NONE && (query->distinct || query->groups.count > 0))
        return aq__fail(AQ_EINVAL, "for_update: rows of DISTINCT and GROUP BY cannot be locked");
    return AQ_OK;
}

/* JSON is read, and whoever reads locks nothing. */
static void write_json(aq__writer_t *writer, const aq_query_t *query)
{
    aq_query_t unlocked = *query;

    unlocked.lock = AQ_LOCK_NONE;
    aq__write_json(writer, &unlocked);
}

static void write_form(aq__writer_t *writer, const aq_query_t *query, aq__query_form_t form,
                       aq__compiled_t *compiled)
{
    if (query->sql != NULL) {
        aq__write_sql(writer, query, form, compiled);
        return;
    }
    switch (form) {
    case AQ__FORM_OBJECTS: write_objects(writer, query, compiled); break;
    case AQ__FORM_COLUMNS: write_columns(writer, query); break;
    case AQ__FORM_COUNT: write_count(writer, query); break;
    case AQ__FORM_ANY: write_any(writer, query); break;
    case AQ__FORM_JSON: write_json(writer, query); break;
    case AQ__FORM_UPDATE: aq__writer_fail(writer, AQ_EINVAL, "update: there is nothing to set"); break;
    case AQ__FORM_DELETE: aq__write_delete(writer, query); break;
    }
}

static void describe(const aq_query_t *query, aq__query_form_t form, aq__compiled_t *compiled)
{
    compiled->bind =
        query->has_bind || query->mapper == NULL || query->sql != NULL ? query->bind : query->mapper->bind;
    compiled->reads = query->sql == NULL && form != AQ__FORM_UPDATE && form != AQ__FORM_DELETE &&
                      (query->lock == AQ_LOCK_NONE || form == AQ__FORM_COUNT || form == AQ__FORM_ANY ||
                       form == AQ__FORM_JSON);
}

int aq__query_compile(aq_query_t *query, aq__query_form_t form, aq_arena_t *arena, aq__compiled_t *compiled)
{
    aq__writer_t writer;
    int code = check(query);

    memset(compiled, 0, sizeof(*compiled));
    if (code != AQ_OK)
        return code;
    aq__writer_open(&writer, query->session->mappers, arena);
    write_form(&writer, query, form, compiled);
    describe(query, form, compiled);
    return aq__writer_end(&writer, compiled);
}

int aq__query_compile_update(aq_query_t *query, const aq_assignment_t *assignments, size_t count,
                             aq_arena_t *arena, aq__compiled_t *compiled)
{
    aq__writer_t writer;
    int code = check(query);

    memset(compiled, 0, sizeof(*compiled));
    if (code != AQ_OK)
        return code;
    aq__writer_open(&writer, query->session->mappers, arena);
    aq__write_update(&writer, query, assignments, count);
    describe(query, AQ__FORM_UPDATE, compiled);
    return aq__writer_end(&writer, compiled);
}

int aq_query_statement(aq_query_t *query, aq_text_t *sql, aq_text_t *parameters)
{
    aq_arena_t *arena;
    aq__compiled_t compiled;
    int code;

    if (query->session->engine == NULL) /* what was read of its texts went with the context */
        return aq__fail(AQ_ECLOSED, "aq_query_statement: the session's context is closed");
    if ((arena = aq_arena_create()) == NULL)
        return AQ_ENOMEM;
    code = aq__query_compile(query, query->columns.count > 0 ? AQ__FORM_COLUMNS : AQ__FORM_OBJECTS, arena,
                             &compiled);
    if (code == AQ_OK && sql != NULL)
        aq_text_append(sql, compiled.sql);
    if (code == AQ_OK && parameters != NULL)
        aq__arguments_append(parameters, &compiled.arguments);
    if (code == AQ_OK && ((sql != NULL && sql->failed) || (parameters != NULL && parameters->failed)))
        code = AQ_ENOMEM;
    aq_arena_close(arena);
    return code;
}
