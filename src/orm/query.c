/* Building a query: a list of what its statement shall have. No I/O, and nothing is text yet.
 *
 * The happy path: what is given is checked, copied into the session's memory and appended. The failure modes: whatever is wrong is kept, the first thing only, and given to
 * the op that runs the query; from then on the building calls do nothing. */
#include <stdio.h>
#include <strings.h>

#include "src/orm/query.h"
#include "src/orm/session.h"

static const aq_error_t no_memory = {.code = AQ_ENOMEM, .message = "query: out of memory"};

/* ---- What is wrong ---------------------------------------------------------------------------------------------------------------- */

aq_query_t *aq__query_refuse_last(aq_query_t *query)
{
    if (query->error == NULL) {
        query->error = aq__error_dup(query->session->arena, aq_last_error());
        if (query->error == NULL)
            query->error = &no_memory;
    }
    return query;
}

aq_query_t *aq__query_refuse(aq_query_t *query, int code, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)aq__fail(code, "%s", text);
    return aq__query_refuse_last(query);
}

int aq__query_error(const aq_query_t *query)
{
    return aq__fail_with(query->error);
}

bool aq__query_takes(aq_query_t *query, const char *verb)
{
    if (query->error != NULL)
        return false;
    if (query->sql != NULL)
        aq__query_refuse(query, AQ_EINVAL, "%s being called on a query of one's own SQL", verb);
    else if (query->limit >= 0 || query->offset >= 0)
        aq__query_refuse(query, AQ_EINVAL,
                         "%s being called on a query which already has LIMIT or OFFSET applied", verb);
    return query->error == NULL;
}

/* What may still be said once there is a limit. */
static bool takes_late(aq_query_t *query, const char *verb)
{
    if (query->error == NULL && query->sql != NULL)
        aq__query_refuse(query, AQ_EINVAL, "%s being called on a query of one's own SQL", verb);
    return query->error == NULL;
}

/* Arrays have room for as many as the next power of two. */
bool aq__query_grow(aq_query_t *query, void *items, size_t count, size_t size)
{
    void *old, *grown;

    if (count != 0 && (count & (count - 1)) != 0)
        return true;
    memcpy(&old, items, sizeof(old));
    grown = aq_arena_alloc(query->session->arena, (count != 0 ? count * 2 : 1) * size);
    if (grown == NULL) {
        aq__query_refuse_last(query);
        return false;
    }
    if (count != 0)
        memcpy(grown, old, count * size);
    memcpy(items, &grown, sizeof(grown));
    return true;
}

static aq_query_t *append(aq_query_t *query, aq__terms_t *terms, const aq__term_t *term)
{
    if (term == NULL)
        return aq__query_refuse_last(query);
    if (aq__query_grow(query, &terms->items, terms->count, sizeof(*terms->items)))
        terms->items[terms->count++] = term;
    return query;
}

/* ---- Making one -------------------------------------------------------------------------------------------------------------------- */

aq_query_t *aq__query_of_no_memory(aq_session_t *session)
{
    static _Thread_local aq_query_t query;

    query = (aq_query_t){.session = session, .error = &no_memory, .limit = -1, .offset = -1};
    return &query;
}

aq_query_t *aq__query_begin(aq_session_t *session)
{
    aq_query_t *query = aq_arena_calloc(session->arena, 1, sizeof(*query));

    if (query != NULL) {
        query->session = session;
        query->limit = query->offset = -1;
    }
    return query;
}

aq_query_t *aq_session_query(aq_session_t *session, const aq_model_t *model)
{
    const aq__mapper_t *mapper = aq__session_mapper(session, model);
    aq_query_t *query = aq__query_begin(session);

    if (query == NULL)
        return aq__query_of_no_memory(session);
    if (mapper == NULL)
        return aq__query_refuse_last(query);
    if (!aq__query_grow(query, &query->sources, 0, sizeof(*query->sources)))
        return query;
    query->sources[query->source_count++] = (aq__query_source_t){.mapper = mapper};
    query->mapper = mapper;
    query->query_class = mapper->query_class;
    return query;
}

/* Terms are never changed, so two queries may share them; arrays are, so they are not shared. */
static bool copy_array(const aq_query_t *query, void *items, size_t count, size_t size)
{
    size_t room = 1;
    void *old, *copy;

    if (count == 0)
        return true;
    while (room < count)
        room *= 2;
    memcpy(&old, items, sizeof(old));
    copy = aq_arena_alloc(query->session->arena, room * size);
    if (copy == NULL)
        return false;
    memcpy(copy, old, count * size);
    memcpy(items, &copy, sizeof(copy));
    return true;
}

static bool copy_terms(const aq_query_t *query, aq__terms_t *terms)
{
    return copy_array(query, &terms->items, terms->count, sizeof(*terms->items));
}

aq_query_t *aq_query_clone(const aq_query_t *query)
{
    aq_query_t *clone = aq__query_begin(query->session);

    if (clone == NULL)
        return aq__query_of_no_memory(query->session);
    *clone = *query;
    if (!copy_terms(clone, &clone->filters) || !copy_terms(clone, &clone->orders) ||
        !copy_terms(clone, &clone->groups) || !copy_terms(clone, &clone->havings) ||
        !copy_terms(clone, &clone->columns) ||
        !copy_array(clone, &clone->sources, clone->source_count, sizeof(*clone->sources)) ||
        !copy_array(clone, &clone->options, clone->option_count, sizeof(*clone->options)) ||
        !copy_array(clone, &clone->parents, clone->parent_count, sizeof(*clone->parents)))
        return aq__query_of_no_memory(query->session);
    return clone;
}

aq_session_t *aq_query_session(const aq_query_t *query)
{
    return query->session;
}

const aq_model_t *aq_query_model(const aq_query_t *query)
{
    return query->mapper != NULL && query->sql == NULL ? query->mapper->model->declared : NULL;
}

const void *aq_query_class(const aq_query_t *query)
{
    return query->query_class;
}

/* ---- Conditions --------------------------------------------------------------------------------------------------------------------- */

aq_query_t *aq_filter(aq_query_t *query, const aq_expression_t *expression)
{
    if (!aq__query_takes(query, "filter"))
        return query;
    return append(query, &query->filters, aq__term_make(query, expression, AQ__TERM_CONDITION, "filter"));
}

aq_query_t *aq_filter_by(aq_query_t *query, const char *member, aq_value_t value)
{
    const aq__field_t *field;

    if (!aq__query_takes(query, "filter_by"))
        return query;
    field = member != NULL ? aq__mapper_field(query->mapper, member) : NULL;
    if (field == NULL)
        return aq__query_refuse(query, AQ_EINVAL, "'%s' has no column '%s'", query->mapper->name,
                                member != NULL ? member : "");
    return append(query, &query->filters, aq__term_equal(query, field, &value));
}

aq_query_t *aq_group_by(aq_query_t *query, const aq_expression_t *expression)
{
    if (!aq__query_takes(query, "group_by"))
        return query;
    return append(query, &query->groups, aq__term_make(query, expression, AQ__TERM_CONDITION, "group_by"));
}

aq_query_t *aq_having(aq_query_t *query, const aq_expression_t *expression)
{
    if (!aq__query_takes(query, "having"))
        return query;
    return append(query, &query->havings, aq__term_make(query, expression, AQ__TERM_CONDITION, "having"));
}

/* ---- Order ----------------------------------------------------------------------------------------------------------------------------- */

aq_query_t *aq_order_by(aq_query_t *query, const aq_expression_t *order)
{
    if (!aq__query_takes(query, "order_by"))
        return query;
    return append(query, &query->orders, aq__term_make(query, order, AQ__TERM_ORDER, "order_by"));
}

/* The next word of an order; its length is 0 at the end of a part, where `*at` is at a comma or at the end. */
static size_t next_word(const char **at)
{
    *at += strspn(*at, " \t\r\n");
    return strcspn(*at, " \t\r\n,");
}

static bool take(const char **at, const char *word)
{
    const char *start = *at;
    size_t length = next_word(&start);

    if (length != strlen(word) || strncasecmp(start, word, length) != 0)
        return false;
    *at = start + length;
    return true;
}

/* "asc", "desc", "nulls first", "nulls last": what may stand behind a column. */
static void take_direction(const char **at, aq__term_t *term)
{
    const char *start;

    term->descending = take(at, "desc");
    if (!term->descending)
        (void)take(at, "asc");
    start = *at;
    if (take(at, "nulls"))
        term->nulls = take(at, "first")  ? AQ_NULLS_FIRST
                      : take(at, "last") ? AQ_NULLS_LAST
                                         : AQ_NULLS_DEFAULT;
    if (term->nulls == AQ_NULLS_DEFAULT)
        *at = start;
}

static bool append_order(aq_query_t *query, const char *text, const char **at)
{
    size_t length = next_word(at);
    char *member = aq_arena_strndup(query->session->arena, *at, length);
    const aq__field_t *field = member != NULL ? aq__mapper_field(query->mapper, member) : NULL;
    aq__term_t *term;

    if (member != NULL && field == NULL) {
        aq__query_refuse(query, AQ_EINVAL, "'%s' has no column '%s'", query->mapper->name, member);
        return false;
    }
    term = field != NULL ? aq_arena_calloc(query->session->arena, 1, sizeof(*term)) : NULL;
    if (term == NULL || (term->left = aq__term_of_field(query, field)) == NULL) {
        aq__query_refuse_last(query);
        return false;
    }
    term->kind = AQ_EXPRESSION_ORDER;
    *at += length;
    take_direction(at, term);
    length = next_word(at);
    if (length > 0)
        aq__query_refuse(query, AQ_EINVAL,
                         "order_by '%s': '%.*s' is none of asc, desc, nulls first, nulls last", text,
                         (int)length, *at);
    else
        append(query, &query->orders, term);
    return query->error == NULL;
}

aq_query_t *aq_order_by_text(aq_query_t *query, const char *order)
{
    const char *at = order;

    if (!aq__query_takes(query, "order_by"))
        return query;
    if (order == NULL)
        return aq__query_refuse(query, AQ_EINVAL, "order_by: the text is NULL");
    while (append_order(query, order, &at) && *at == ',')
        at++;
    return query;
}

/* ---- The rest ---------------------------------------------------------------------------------------------------------------------------- */

static aq_query_t *set_rows(aq_query_t *query, const char *verb, int64_t *place, int64_t rows)
{
    if (!takes_late(query, verb))
        return query;
    if (rows < 0)
        return aq__query_refuse(query, AQ_EINVAL, "%s: %lld rows: it must not be negative", verb,
                                (long long)rows);
    *place = rows;
    return query;
}

aq_query_t *aq_limit(aq_query_t *query, int64_t rows)
{
    return set_rows(query, "limit", &query->limit, rows);
}

aq_query_t *aq_offset(aq_query_t *query, int64_t rows)
{
    return set_rows(query, "offset", &query->offset, rows);
}

aq_query_t *aq_distinct(aq_query_t *query)
{
    if (takes_late(query, "distinct"))
        query->distinct = true;
    return query;
}

aq_query_t *aq_for_update(aq_query_t *query, aq_lock_t lock, aq_lock_wait_t wait)
{
    if (takes_late(query, "for_update")) {
        query->lock = lock;
        query->wait = wait;
    }
    return query;
}

aq_query_t *aq_option(aq_query_t *query, aq_option_t option)
{
    const aq__mapper_t *mapper;
    const aq__relation_t *relation;

    if (query->error != NULL)
        return query;
    mapper = aq__mappers_find(query->session->mappers, option.model);
    if (mapper == NULL)
        return aq__query_refuse_last(query);
    relation = aq__mapper_relation_at(mapper, option.offset);
    if (relation == NULL)
        return aq__query_refuse(query, AQ_EINVAL, "option: the member of '%s' is not a relationship",
                                mapper->name);
    if (relation->lazy == AQ_LAZY_DYNAMIC)
        return aq__query_refuse(
            query, AQ_EINVAL, "'%s.%s' does not support object population - eager loading cannot be applied",
            mapper->name, relation->name);
    if (aq__query_grow(query, &query->options, query->option_count, sizeof(*query->options)))
        query->options[query->option_count++] =
            (aq__query_option_t){mapper, option.offset, option.lazy, option.inner};
    return query;
}

aq_query_t *aq_query_columns(aq_query_t *query, const aq_expression_t *const *columns, size_t count)
{
    if (!takes_late(query, "columns"))
        return query;
    for (size_t i = 0; i < count && query->error == NULL; i++)
        append(query, &query->columns, aq__term_make(query, columns[i], AQ__TERM_COLUMN, "columns"));
    return query;
}

aq_query_t *aq_query_set_bind(aq_query_t *query, const char *bind)
{
    char *copy = aq_arena_strdup(query->session->arena, bind);

    if (query->error != NULL)
        return query;
    if (bind != NULL && copy == NULL)
        return aq__query_refuse_last(query);
    query->has_bind = true;
    query->bind = copy;
    return query;
}
