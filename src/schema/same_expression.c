/* Whether two SQL expressions are the same, one as somebody wrote it, one as the server shows it.
 *
 * The happy path: both become trees (expression.c), and the trees are compared. Casts are what is left: the server shows those that it added. It adds them to constants, and to what is
 * inside of something else where a type has to become a wider one; so such a cast may be missing on the other side, unless it could not be the server's: i::numeric / 2 is not i / 2.
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
    while (expression->kind == AQ__NODE_CAST)
        expression = expression->parts[0];
    return expression;
}

static bool is_constant(const aq__expression_t *expression)
{
    return expression->kind == AQ__NODE_CONSTANT || expression->kind == AQ__NODE_NUMBER ||
           expression->kind == AQ__NODE_TRUTH || expression->kind == AQ__NODE_ARRAY ||
           (expression->kind == AQ__NODE_OTHER && strcmp(expression->text, "NULL") == 0);
}

/* "numeric(10,2)", "varchar(20)": it rounds, or cuts off. */
static bool has_modifier(const aq__expression_t *cast)
{
    return strchr(cast->text, ',') != NULL;
}

static bool is_integer(const aq__expression_t *cast)
{
    static const char *const names[] = {"int2", "int4", "int8"};

    return is_one_of(cast->text, names, AQ__COUNT_OF(names));
}

/* Whether the server may have added this cast. What gives a constant another value was written by a person. */
static bool may_be_added(const aq__expression_t *cast, const aq__expression_t *around, where_t where)
{
    if (!is_constant(around))
        return where != ALONE && is_wide(cast, where);
    if (around->kind == AQ__NODE_NUMBER && is_integer(cast) && strchr(around->text, '.') != NULL)
        return false;
    return around->kind == AQ__NODE_ARRAY || !has_modifier(cast);
}

static size_t count_casts(const aq__expression_t *expression)
{
    size_t count = 0;

    for (; expression->kind == AQ__NODE_CAST; expression = expression->parts[0])
        count++;
    return count;
}

static bool same_schema(const aq__expression_t *a, const aq__expression_t *b)
{
    return a->schema == NULL || b->schema == NULL || strcmp(a->schema, b->schema) == 0;
}

/* Takes the `count` outermost casts away, if the server may have added them: to a constant its type and a wider one, to anything else only one. */
static bool strip(const aq__expression_t **expression, size_t count, where_t where)
{
    const aq__expression_t *around = inside(*expression);

    if (count > 1 && !is_constant(around))
        return false;
    for (; count > 0; count--, *expression = (*expression)->parts[0])
        if (!may_be_added(*expression, around, where))
            return false;
    return true;
}

/* The server puts its casts around what was written. */
static bool same_casts(const aq__expression_t *a, const aq__expression_t *b, where_t where)
{
    size_t a_count = count_casts(a), b_count = count_casts(b);

    if (a_count > b_count ? !strip(&a, a_count - b_count, where) : !strip(&b, b_count - a_count, where))
        return false;
    for (; a->kind == AQ__NODE_CAST; a = a->parts[0], b = b->parts[0])
        if (strcmp(a->text, b->text) != 0 || !same_schema(a, b))
            return false;
    return true;
}

/* ---- Both sides of an operator ------------------------------------------------------------------------------------------------- */

/* Whether what stands next to a cast has another type: a constant that the server would have given that one, a cast to another. */
static bool has_other_type(const aq__expression_t *expression, const aq__expression_t *cast)
{
    bool text = strcmp(cast->text, "text") == 0; /* || takes a number next to it */

    if (expression->kind == AQ__NODE_CAST)
        return strcmp(expression->text, cast->text) != 0;
    return expression->kind == AQ__NODE_CONSTANT ||
           (expression->kind == AQ__NODE_NUMBER && !text && strchr(expression->text, '.') == NULL);
}

static bool has_more_casts(const aq__expression_t *a, const aq__expression_t *b)
{
    return count_casts(a) > count_casts(b);
}

/* The cast that `with` has around its operand and `without` has not, could be the server's: then what stands on the other side is of that type already. The server
 * casts both only to text, which varchar becomes, and to what has an operator that others have not: "^". */
static bool operand_may_be_cast(const aq__expression_t *with, const aq__expression_t *without, size_t at)
{
    const aq__expression_t *cast = with->parts[at], *other = with->parts[1 - at];

    if (!has_more_casts(cast, without->parts[at]) || is_constant(inside(cast)))
        return true;
    if (has_other_type(other, cast))
        return false;
    return strcmp(cast->text, "text") == 0 || strcmp(with->text, "^") == 0 ||
           !has_more_casts(other, without->parts[1 - at]);
}

static bool operands_may_be_cast(const aq__expression_t *a, const aq__expression_t *b)
{
    if (a->kind != AQ__NODE_OPERATOR || a->count != 2)
        return true;
    for (size_t i = 0; i < 2; i++)
        if (!operand_may_be_cast(a, b, i) || !operand_may_be_cast(b, a, i))
            return false;
    return true;
}

/* ---- Literals ------------------------------------------------------------------------------------------------------------------- */

static bool has_cast(const aq__expression_t *expression, const char *type)
{
    for (; expression->kind == AQ__NODE_CAST; expression = expression->parts[0])
        if (strcmp(expression->text, type) == 0)
            return true;
    return false;
}

static bool either_has(const aq__expression_t *a, const aq__expression_t *b, const char *type)
{
    return has_cast(a, type) || has_cast(b, type);
}

/* Types of which the server shows no number as a string: '5'::text and '0.1'::real were strings, 10000000000 is shown as '10000000000'::bigint. */
static bool is_of_string(const aq__expression_t *expression)
{
    static const char *const names[] = {"text", "varchar", "bpchar", "float4", "float8"};

    if (expression->kind != AQ__NODE_CAST)
        return false;
    while (expression->parts[0]->kind == AQ__NODE_CAST)
        expression = expression->parts[0];
    return is_one_of(expression->text, names, AQ__COUNT_OF(names));
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
    return expression->kind == AQ__NODE_CONSTANT || expression->kind == AQ__NODE_NUMBER ||
           expression->kind == AQ__NODE_TRUTH;
}

/* `a` and `b` have their casts. */
static bool same_literal(const aq__expression_t *a, const aq__expression_t *b, where_t where)
{
    bool regclass = either_has(a, b, "regclass"), string = is_of_string(a) || is_of_string(b),
         time = either_has(a, b, "time") || either_has(a, b, "timetz");

    a = inside(a);
    b = inside(b);
    if (a->kind != b->kind && string && where != ALONE) /* a default may be written as either */
        return false;
    if (a->kind == AQ__NODE_TRUTH && b->kind == AQ__NODE_CONSTANT)
        return is_truth(b, a);
    if (b->kind == AQ__NODE_TRUTH && a->kind == AQ__NODE_CONSTANT)
        return is_truth(a, b);
    if (a->kind == AQ__NODE_TRUTH || b->kind == AQ__NODE_TRUTH)
        return a->kind == b->kind && strcmp(a->text, b->text) == 0;
    if (regclass && strcmp(without_public(a->text), without_public(b->text)) == 0)
        return true;
    return strcmp(a->text, b->text) == 0 || (time && same_time(a->text, b->text));
}

static where_t where_in(const aq__expression_t *expression)
{
    if (expression->kind == AQ__NODE_TEST)
        return ALONE;
    return expression->kind == AQ__NODE_CALL || expression->kind == AQ__NODE_ARRAY ||
                   expression->kind == AQ__NODE_OTHER
               ? IN_CALL
               : IN_OPERATOR;
}

static bool same(const aq__expression_t *a, const aq__expression_t *b, where_t where)
{
    const aq__expression_t *a_inside = inside(a), *b_inside = inside(b);

    if (!same_casts(a, b, where))
        return false;
    if (is_literal(a_inside) && is_literal(b_inside))
        return same_literal(a, b, where);
    if (a_inside->kind != b_inside->kind || a_inside->count != b_inside->count ||
        strcmp(a_inside->text, b_inside->text) != 0 || !same_schema(a_inside, b_inside) ||
        !operands_may_be_cast(a_inside, b_inside))
        return false;
    for (size_t i = 0; i < a_inside->count; i++)
        if (!same(a_inside->parts[i], b_inside->parts[i], where_in(a_inside)))
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
