/* Whether two SQL expressions are the same, one as somebody wrote it, one as the server shows it.
 *
 * The happy path: both become trees (expression.c), and the trees are compared. Casts are what is left: the server shows those that it added. It adds them to constants, and to what is
 * inside of something else where a type has to become a wider one; so such a cast may be missing on the other side.
 * The failure modes: what cannot be parsed, or nests too deep, or finds no memory, is compared as text. What the server computes is not computed
 * here: '1 hour' and '01:00:00' are two intervals. */
#include "src/schema/expression.h"

/* Where an expression stands. */
typedef enum where { ALONE, IN_OPERATOR, IN_CALL } where_t;

static bool is_one_of(const char *text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0)
            return true;
    return false;
}

/* Types that others become by themselves inside of an operator or a call. A smallint becomes an integer only in a call: operators know both. */
static bool is_wide(const aq__expression_t *cast, where_t where)
{
    static const char *const names[] = {"text",   "varchar",   "bpchar",    "numeric",     "float8",
                                        "float4", "int8",      "timestamp", "timestamptz", "interval",
                                        "text[]", "varchar[]", "bpchar[]",  "numeric[]",   "float8[]",
                                        "int8[]", "regclass",  "oid",       "inet",        "varbit"};

    return is_one_of(cast->text, names, AQ__COUNT_OF(names)) ||
           (where == IN_CALL && strcmp(cast->text, "int4") == 0);
}

/* What the casts are around. */
static const aq__expression_t *inside(const aq__expression_t *expression)
{
    while (expression->kind == AQ__EXPRESSION_CAST)
        expression = expression->parts[0];
    return expression;
}

static bool is_constant(const aq__expression_t *expression)
{
    return expression->kind == AQ__EXPRESSION_CONSTANT || expression->kind == AQ__EXPRESSION_NUMBER ||
           expression->kind == AQ__EXPRESSION_TRUTH || expression->kind == AQ__EXPRESSION_ARRAY ||
           (expression->kind == AQ__EXPRESSION_OTHER && strcmp(expression->text, "NULL") == 0);
}

/* Whether the server may have added this cast. */
static bool may_be_added(const aq__expression_t *cast, const aq__expression_t *around, where_t where)
{
    return is_constant(around) || (where != ALONE && is_wide(cast, where));
}

static size_t count_casts(const aq__expression_t *expression)
{
    size_t count = 0;

    for (; expression->kind == AQ__EXPRESSION_CAST; expression = expression->parts[0])
        count++;
    return count;
}

static bool same_schema(const aq__expression_t *a, const aq__expression_t *b)
{
    return a->schema == NULL || b->schema == NULL || strcmp(a->schema, b->schema) == 0;
}

static bool same_casts(const aq__expression_t *a, const aq__expression_t *b, where_t where)
{
    size_t a_count = count_casts(a), b_count = count_casts(b);
    const aq__expression_t *a_inside = inside(a), *b_inside = inside(b);

    while (a_count > 0 || b_count > 0) {
        if (a_count > 0 && b_count > 0 && strcmp(a->text, b->text) == 0 && same_schema(a, b)) {
            a = a->parts[0];
            b = b->parts[0];
            a_count--;
            b_count--;
        } else if (a_count > b_count && may_be_added(a, a_inside, where)) {
            a = a->parts[0];
            a_count--;
        } else if (b_count > a_count && may_be_added(b, b_inside, where)) {
            b = b->parts[0];
            b_count--;
        } else {
            return false;
        }
    }
    return true;
}

static bool has_cast(const aq__expression_t *expression, const char *type)
{
    for (; expression->kind == AQ__EXPRESSION_CAST; expression = expression->parts[0])
        if (strcmp(expression->text, type) == 0)
            return true;
    return false;
}

static bool either_has(const aq__expression_t *a, const aq__expression_t *b, const char *type)
{
    return has_cast(a, type) || has_cast(b, type);
}

static const char *without_public(const char *name)
{
    return strncmp(name, "public.", 7) == 0 ? name + 7 : name;
}

/* '08:00' is '08:00:00' */
static bool same_time(const char *a, const char *b)
{
    size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

    return shorter == 5 && a[2] == ':' && strncmp(a, b, shorter) == 0 &&
           (strcmp(a + shorter, ":00") == 0 || strcmp(b + shorter, ":00") == 0);
}

/* "t", "f" and the like, when the other one is a truth value. */
static bool is_truth(const aq__expression_t *constant, const aq__expression_t *truth)
{
    static const char *const yes[] = {"t", "true", "yes", "on", "1"}, *const no[] = {"f", "false", "no",
                                                                                     "off", "0"};

    return truth->text[0] == 't' ? is_one_of(constant->text, yes, AQ__COUNT_OF(yes))
                                 : is_one_of(constant->text, no, AQ__COUNT_OF(no));
}

static bool is_literal(const aq__expression_t *expression)
{
    return expression->kind == AQ__EXPRESSION_CONSTANT || expression->kind == AQ__EXPRESSION_NUMBER ||
           expression->kind == AQ__EXPRESSION_TRUTH;
}

/* `a` and `b` have their casts. */
static bool same_literal(const aq__expression_t *a, const aq__expression_t *b)
{
    bool regclass = either_has(a, b, "regclass"),
         time = either_has(a, b, "time") || either_has(a, b, "timetz");

    a = inside(a);
    b = inside(b);
    if (a->kind == AQ__EXPRESSION_TRUTH && b->kind == AQ__EXPRESSION_CONSTANT)
        return is_truth(b, a);
    if (b->kind == AQ__EXPRESSION_TRUTH && a->kind == AQ__EXPRESSION_CONSTANT)
        return is_truth(a, b);
    if (a->kind == AQ__EXPRESSION_TRUTH || b->kind == AQ__EXPRESSION_TRUTH)
        return a->kind == b->kind && strcmp(a->text, b->text) == 0;
    if (regclass && strcmp(without_public(a->text), without_public(b->text)) == 0)
        return true;
    return strcmp(a->text, b->text) == 0 || (time && same_time(a->text, b->text));
}

static bool same(const aq__expression_t *a, const aq__expression_t *b, where_t where)
{
    const aq__expression_t *a_inside = inside(a), *b_inside = inside(b);
    bool calls = a_inside->kind == AQ__EXPRESSION_CALL || a_inside->kind == AQ__EXPRESSION_ARRAY ||
                 a_inside->kind == AQ__EXPRESSION_OTHER;

    if (!same_casts(a, b, where))
        return false;
    if (is_literal(a_inside) && is_literal(b_inside))
        return same_literal(a, b);
    if (a_inside->kind != b_inside->kind || a_inside->count != b_inside->count ||
        strcmp(a_inside->text, b_inside->text) != 0 || !same_schema(a_inside, b_inside))
        return false;
    for (size_t i = 0; i < a_inside->count; i++)
        if (!same(a_inside->parts[i], b_inside->parts[i], calls ? IN_CALL : IN_OPERATOR))
            return false;
    return true;
}

int aq__sql_same(aq_arena_t *arena, const char *a, const char *b, bool *is_same)
{
    const aq__expression_t *first, *second;

    *is_same = strcmp(a, b) == 0;
    if (*is_same)
        return AQ_OK;
    if (aq__expression_parse(arena, a, &first) != AQ_OK || aq__expression_parse(arena, b, &second) != AQ_OK)
        return AQ_ENOMEM;
    *is_same = first != NULL && second != NULL && same(first, second, ALONE);
    return AQ_OK;
}

typedef struct pair {
    const char *a, *b;
    bool same;
} pair_t;

static int compare(void *data)
{
    pair_t *pair = data;
    aq_arena_t *arena = aq_arena_create();
    int code = arena != NULL ? aq__sql_same(arena, pair->a, pair->b, &pair->same) : AQ_ENOMEM;

    aq_arena_close(arena);
    return code;
}

bool aq__same_expression(const char *a, const char *b)
{
    pair_t pair = {a, b, false};

    if (strcmp(a, b) == 0)
        return true;
    return aq__sql_call_deep(compare, &pair) == AQ_OK && pair.same;
}
