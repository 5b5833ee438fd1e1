/* The user's expressions become terms: copied into the query's memory, checked, and their values brought to the types of the columns that they are compared with.
 *
 * The happy path: column, comparison, value: three small blocks. Which use of a model a column is of is not asked yet: it may be joined later. The failure modes: a member that is no column, an order
 * inside of a condition, a part that is missing, a fragment that is refused. */
#include "src/orm/member.h"
#include "src/orm/query.h"
#include "src/orm/session.h"

enum { DEPTH_MOST = 100 }; /* of terms in terms: they are walked by recursion, on the stack of a task */

typedef struct maker {
    aq_query_t *query;
    aq_arena_t *arena;
    const char *verb;
    unsigned depth;
} maker_t;

static const aq__term_t *make(maker_t *maker, const aq_expression_t *expression);

static aq__term_t *new_term(aq_arena_t *arena, aq_expression_kind_t kind)
{
    aq__term_t *term = aq_arena_calloc(arena, 1, sizeof(*term));

    if (term != NULL)
        term->kind = kind;
    return term;
}

static const aq__term_t *refuse(const maker_t *maker, const char *why)
{
    (void)aq__fail(AQ_EINVAL, "%s: %s", maker->verb, why);
    return NULL;
}

/* ---- Values ----------------------------------------------------------------------------------------------------------------------- */

/* A member that is no column but a relationship has a name to tell. */
static const aq__term_t *refuse_member(const maker_t *maker, const aq__mapper_t *mapper, size_t offset)
{
    const aq__relation_t *relation = aq__mapper_relation_at(mapper, offset);

    if (relation != NULL)
        (void)aq__fail(AQ_EINVAL, "%s: '%s.%s' is a relationship, not a column", maker->verb, mapper->name,
                       relation->name);
    else
        (void)aq__fail(AQ_EINVAL, "%s: '%s' has no column at this member", maker->verb, mapper->name);
    return NULL;
}

static const aq__term_t *make_column(maker_t *maker, const aq_expression_t *expression)
{
    const aq__mapper_t *mapper = aq__mappers_find(maker->query->session->mappers, expression->model);
    const aq__field_t *field = mapper != NULL ? aq__mapper_field_at(mapper, expression->offset) : NULL;
    aq__term_t *term;

    if (mapper == NULL)
        return NULL;
    if (field == NULL)
        return refuse_member(maker, mapper, expression->offset);
    term = new_term(maker->arena, AQ_EXPRESSION_COLUMN);
    if (term == NULL)
        return NULL;
    term->mapper = mapper;
    term->field = field;
    term->alias = aq_arena_strdup(maker->arena, expression->alias);
    return expression->alias == NULL || term->alias != NULL ? term : NULL;
}

/* An enum's number becomes its label, or is none of them. */
static int convert(const aq__field_t *field, aq_value_t *value)
{
    const aq_enum_t *enumeration = field->declared->enumeration;

    aq__member_convert(field, value);
    if (enumeration == NULL ||
        (value->kind != AQ_VALUE_INT2 && value->kind != AQ_VALUE_INT4 && value->kind != AQ_VALUE_INT8))
        return AQ_OK;
    return aq__fail(AQ_ERANGE, "%s.%s: %lld is none of the %zu values of enum '%s'", field->model,
                    field->attribute->name, (long long)value->as.integer, enumeration->labels.count,
                    enumeration->name);
}

/* A value that is compared with this column; NULL: with something else. */
static const aq__term_t *make_value(const maker_t *maker, const aq_value_t *value, const aq__field_t *field)
{
    aq__term_t *term = new_term(maker->arena, AQ_EXPRESSION_VALUE);
    bool failed = false;

    if (term == NULL || aq__value_copy(maker->arena, value, &term->value) != AQ_OK)
        return NULL;
    if (field != NULL && value->kind == AQ_VALUE_ARRAY &&
        aq__array_convert(maker->arena, field, &term->value) != AQ_OK)
        return NULL;
    if (field != NULL && value->kind != AQ_VALUE_ARRAY && convert(field, &term->value) != AQ_OK)
        return NULL;
    if (field != NULL && term->value.kind == AQ_VALUE_ARRAY)
        term->cast = aq__array_cast(maker->arena, field, term->value.element, &failed);
    return failed ? NULL : term;
}

/* The value of one side of a comparison has the type of the column of the other. */
static const aq__term_t *make_beside(maker_t *maker, const aq_expression_t *expression,
                                     const aq__term_t *other)
{
    const aq__field_t *field = other != NULL && other->kind == AQ_EXPRESSION_COLUMN ? other->field : NULL;

    return expression != NULL && expression->kind == AQ_EXPRESSION_VALUE
               ? make_value(maker, &expression->value, field)
               : make(maker, expression);
}

/* ---- Comparisons ------------------------------------------------------------------------------------------------------------------- */

static const aq__term_t *make_unary(maker_t *maker, aq_expression_kind_t kind, const aq__term_t *left)
{
    aq__term_t *term = left != NULL ? new_term(maker->arena, kind) : NULL;

    if (term != NULL)
        term->left = left;
    return term;
}

static bool is_null_value(const aq_expression_t *expression)
{
    return expression->kind == AQ_EXPRESSION_VALUE && expression->value.kind == AQ_VALUE_NULL;
}

/* % and _ stand for others in a pattern, and the backslash says that they do not. */
static int escape_pattern(aq_arena_t *arena, aq_comparison_t comparison, aq_value_t *value)
{
    const char *from = value->as.bytes.data;
    size_t length = value->as.bytes.length;
    char *pattern = aq_arena_alloc(arena, 2 * length + 3), *to = pattern;

    if (pattern == NULL)
        return AQ_ENOMEM;
    if (comparison != AQ_STARTS_WITH)
        *to++ = '%';
    for (size_t i = 0; i < length; i++) {
        if (from[i] == '%' || from[i] == '_' || from[i] == '\\')
            *to++ = '\\';
        *to++ = from[i];
    }
    if (comparison != AQ_ENDS_WITH)
        *to++ = '%';
    *to = '\0';
    *value = aq_textn(pattern, (size_t)(to - pattern));
    return AQ_OK;
}

static bool is_escaped(aq_comparison_t comparison)
{
    return comparison == AQ_STARTS_WITH || comparison == AQ_ENDS_WITH || comparison == AQ_CONTAINS;
}

static const aq__term_t *make_pattern(const maker_t *maker, aq_comparison_t comparison,
                                      const aq_value_t *text)
{
    aq__term_t *term = new_term(maker->arena, AQ_EXPRESSION_VALUE);

    if (term == NULL)
        return NULL;
    term->value = *text;
    return escape_pattern(maker->arena, comparison, &term->value) == AQ_OK ? term : NULL;
}

static const aq__term_t *make_compare(maker_t *maker, const aq_expression_t *expression)
{
    const aq_expression_t *left = expression->left, *right = expression->right;
    const aq__term_t *left_term, *right_term;
    aq__term_t *term;

    if (left == NULL || right == NULL)
        return refuse(maker, "a side of a comparison is NULL");
    if ((expression->comparison == AQ_EQ || expression->comparison == AQ_NE) &&
        (is_null_value(left) || is_null_value(right)))
        return make_unary(maker,
                          expression->comparison == AQ_EQ ? AQ_EXPRESSION_IS_NULL : AQ_EXPRESSION_NOT_NULL,
                          make(maker, is_null_value(right) ? left : right));
    left_term = left->kind == AQ_EXPRESSION_VALUE ? NULL : make(maker, left);
    if (left->kind != AQ_EXPRESSION_VALUE && left_term == NULL)
        return NULL;
    right_term = is_escaped(expression->comparison) && right->kind == AQ_EXPRESSION_VALUE &&
                         right->value.kind == AQ_VALUE_TEXT
                     ? make_pattern(maker, expression->comparison, &right->value)
                     : make_beside(maker, right, left_term);
    if (left_term == NULL && right_term != NULL)
        left_term = make_beside(maker, left, right_term);
    term = left_term != NULL && right_term != NULL ? new_term(maker->arena, AQ_EXPRESSION_COMPARE) : NULL;
    if (term == NULL)
        return NULL;
    term->comparison = expression->comparison;
    term->left = left_term;
    term->right = right_term;
    return term;
}

static const aq__term_t *make_in(maker_t *maker, const aq_expression_t *expression)
{
    const aq__term_t *left;
    aq__term_t *term;

    if (expression->right == NULL || expression->right->kind != AQ_EXPRESSION_VALUE ||
        expression->right->value.kind != AQ_VALUE_ARRAY)
        return refuse(maker, "the right side of IN is no array");
    left = make(maker, expression->left);
    term = left != NULL ? new_term(maker->arena, expression->kind) : NULL;
    if (term == NULL)
        return NULL;
    term->left = left;
    term->right = make_beside(maker, expression->right, left);
    return term->right != NULL ? term : NULL;
}

static const aq__term_t *make_items(maker_t *maker, const aq_expression_t *expression)
{
    aq__term_t *term = new_term(maker->arena, expression->kind);
    const aq__term_t *left = NULL;

    if (term == NULL)
        return NULL;
    if (expression->kind == AQ_EXPRESSION_BETWEEN) {
        if (expression->count != 2)
            return refuse(maker, "BETWEEN has two bounds");
        left = term->left = make(maker, expression->left);
        if (left == NULL)
            return NULL;
    }
    term->items = aq_arena_calloc(maker->arena, expression->count, sizeof(*term->items));
    if (term->items == NULL)
        return NULL;
    for (; term->count < expression->count; term->count++) {
        term->items[term->count] = make_beside(maker, expression->items[term->count], left);
        if (term->items[term->count] == NULL)
            return NULL;
    }
    return term;
}

/* ---- The others ----------------------------------------------------------------------------------------------------------------------- */

static bool same_bind(const aq_query_t *query, const aq_query_t *other)
{
    const char *one = query->mapper->bind, *two = other->mapper->bind;

    return query->has_bind || other->has_bind || one == two ||
           (one != NULL && two != NULL && strcmp(one, two) == 0);
}

static const aq__term_t *make_exists(maker_t *maker, const aq_expression_t *expression)
{
    aq__term_t *term;

    if (expression->query == NULL)
        return refuse(maker, "the query of EXISTS is NULL");
    if (expression->query->session != maker->query->session)
        return refuse(maker, "the query of EXISTS is of another session");
    if (expression->query->error != NULL) {
        (void)aq__query_error(expression->query);
        return NULL;
    }
    if (expression->query->sql != NULL)
        return refuse(maker, "the query of EXISTS is of one's own SQL: aq_fragment() may have it");
    if (!same_bind(maker->query, expression->query))
        return refuse(maker, "the query of EXISTS is on another bind");
    term = new_term(maker->arena, AQ_EXPRESSION_EXISTS);
    if (term == NULL)
        return NULL;
    term->query = aq_query_clone(expression->query);
    if (term->query->error != NULL) {
        (void)aq__query_error(term->query);
        return NULL;
    }
    return term;
}

static const aq__term_t *make_fragment(maker_t *maker, const aq_expression_t *expression)
{
    aq__term_t *term = new_term(maker->arena, AQ_EXPRESSION_FRAGMENT);
    size_t given = expression->arguments != NULL ? expression->arguments->count : 0;

    if (expression->text == NULL)
        return refuse(maker, "the text of a fragment is NULL");
    if (term == NULL)
        return NULL;
    term->fragment = aq__texts_find(maker->query->session, aq__fragment_read, expression->text);
    if (term->fragment == NULL)
        return NULL;
    if (term->fragment->error != NULL) {
        (void)aq__fail_with(term->fragment->error);
        return NULL;
    }
    if (term->fragment->parameter_count != given) {
        (void)aq__fail(AQ_EARGUMENTS, "fragment '%s': it has %zu parameters, and %zu values were given",
                       expression->text, term->fragment->parameter_count, given);
        return NULL;
    }
    return aq__arguments_copy(maker->arena, expression->arguments, &term->arguments) == AQ_OK ? term : NULL;
}

static const aq__term_t *make_decorated(maker_t *maker, const aq_expression_t *expression)
{
    const aq__term_t *left = make(maker, expression->left);
    aq__term_t *term = left != NULL ? new_term(maker->arena, expression->kind) : NULL;

    if (term == NULL)
        return NULL;
    term->left = left;
    term->descending = expression->descending;
    term->nulls = expression->nulls;
    if (expression->kind != AQ_EXPRESSION_LABEL)
        return term;
    if (expression->text == NULL || expression->text[0] == '\0')
        return refuse(maker, "a label has no name");
    term->text = aq_arena_strdup(maker->arena, expression->text);
    return term->text != NULL ? term : NULL;
}

static const aq__term_t *make_of_kind(maker_t *maker, const aq_expression_t *expression)
{
    switch (expression->kind) {
    case AQ_EXPRESSION_COLUMN: return make_column(maker, expression);
    case AQ_EXPRESSION_VALUE: return make_value(maker, &expression->value, NULL);
    case AQ_EXPRESSION_COMPARE: return make_compare(maker, expression);
    case AQ_EXPRESSION_IN:
    case AQ_EXPRESSION_NOT_IN: return make_in(maker, expression);
    case AQ_EXPRESSION_IS_NULL:
    case AQ_EXPRESSION_NOT_NULL:
    case AQ_EXPRESSION_NOT: return make_unary(maker, expression->kind, make(maker, expression->left));
    case AQ_EXPRESSION_BETWEEN:
    case AQ_EXPRESSION_AND:
    case AQ_EXPRESSION_OR: return make_items(maker, expression);
    case AQ_EXPRESSION_EXISTS: return make_exists(maker, expression);
    case AQ_EXPRESSION_FRAGMENT: return make_fragment(maker, expression);
    case AQ_EXPRESSION_ORDER: return refuse(maker, "an order stands inside of an expression");
    case AQ_EXPRESSION_LABEL: return refuse(maker, "a label stands inside of an expression");
    }
    return refuse(maker, "no such kind of expression");
}

static const aq__term_t *make(maker_t *maker, const aq_expression_t *expression)
{
    const aq__term_t *term;

    if (expression == NULL)
        return refuse(maker, "an expression is NULL");
    if (maker->depth == DEPTH_MOST)
        return refuse(maker, "the expression nests too deep");
    maker->depth++;
    term = make_of_kind(maker, expression);
    maker->depth--;
    return term;
}

const aq__term_t *aq__term_make(aq_query_t *query, const aq_expression_t *expression, aq__term_place_t place,
                                const char *verb)
{
    maker_t maker = {query, query->session->arena, verb, 0};

    if (expression != NULL && ((expression->kind == AQ_EXPRESSION_ORDER && place == AQ__TERM_ORDER) ||
                               (expression->kind == AQ_EXPRESSION_LABEL && place == AQ__TERM_COLUMN)))
        return make_decorated(&maker, expression);
    return make(&maker, expression);
}

const aq__term_t *aq__term_assigned(aq_query_t *query, const aq_expression_t *expression,
                                    const aq__field_t *field)
{
    maker_t maker = {query, query->session->arena, "update", 0};

    return expression != NULL && expression->kind == AQ_EXPRESSION_VALUE
               ? make_value(&maker, &expression->value, field)
               : make(&maker, expression);
}

const aq__term_t *aq__term_of_field(aq_query_t *query, const aq__field_t *field)
{
    aq__term_t *term = new_term(query->session->arena, AQ_EXPRESSION_COLUMN);

    if (term != NULL) {
        term->mapper = query->mapper;
        term->field = field;
    }
    return term;
}

const aq__term_t *aq__term_equal(aq_query_t *query, const aq__field_t *field, const aq_value_t *value)
{
    maker_t maker = {query, query->session->arena, "filter_by", 0};
    const aq__term_t *left = aq__term_of_field(query, field), *right;
    aq__term_t *term;

    if (left == NULL)
        return NULL;
    if (value->kind == AQ_VALUE_NULL)
        return make_unary(&maker, AQ_EXPRESSION_IS_NULL, left);
    right = make_value(&maker, value, field);
    term = right != NULL ? new_term(maker.arena, AQ_EXPRESSION_COMPARE) : NULL;
    if (term == NULL)
        return NULL;
    term->comparison = AQ_EQ;
    term->left = left;
    term->right = right;
    return term;
}
