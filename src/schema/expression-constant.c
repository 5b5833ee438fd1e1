/* Constants of expressions: a number that can be written in several ways is written in one. */
#include <stdlib.h>

#include "src/schema/expression-private.h"

enum { EXPONENT_MOST = 100 }; /* of numbers that are compared digit by digit */

/* "1000" of "1e3", "0.015" of "1.5e-2": the digits, and where the point comes among them. */
static const char *without_exponent(aq__builder_t *builder, const char *number, const char *exponent)
{
    long point = strtol(exponent + 1, NULL, 10);
    aq_text_t digits = {0}, text = {0};
    const char *plain;

    if (point < -EXPONENT_MOST || point > EXPONENT_MOST)
        return number;
    for (const char *c = number; c < exponent; c++)
        if (*c != '.')
            aq_text_append_char(&digits, *c);
    for (const char *c = number; c < exponent && *c != '.'; c++)
        point++;
    aq_text_append(&text, point <= 0 ? "0." : "");
    for (long i = point; i < 0; i++)
        aq_text_append_char(&text, '0');
    for (size_t i = 0; i < digits.length; i++)
        aq_text_appendf(&text, "%s%c", point > 0 && i == (size_t)point ? "." : "", digits.data[i]);
    for (long i = (long)digits.length; i < point; i++)
        aq_text_append_char(&text, '0');
    plain = digits.failed || text.failed ? NULL : aq_arena_strdup(builder->arena, aq_text_string(&text));
    aq_text_dispose(&digits);
    aq_text_dispose(&text);
    return plain;
}

/* "0.5" of ".5", "5" of "5." and "05" */
static const char *plain_number(aq__builder_t *builder, const char *text)
{
    const char *exponent = strpbrk(text, "eE");
    size_t length;

    if (exponent != NULL)
        text = without_exponent(builder, text, exponent);
    if (text == NULL)
        return NULL;
    length = strlen(text);
    while (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
        text++, length--;
    if (length > 1 && text[length - 1] == '.')
        length--;
    return aq_arena_printf(builder->arena, "%s%.*s", text[0] == '.' ? "0" : "", (int)length, text);
}

aq__expression_t *aq__build_constant(aq__builder_t *builder, const PgQuery__AConst *constant)
{
    switch ((int)constant->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
        return aq__new_expression(builder, AQ__NODE_NUMBER,
                                  aq_arena_printf(builder->arena, "%d", constant->ival->ival));
    case PG_QUERY__A__CONST__VAL_FVAL:
        return aq__new_expression(builder, AQ__NODE_NUMBER, plain_number(builder, constant->fval->fval));
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
        return aq__new_expression(builder, AQ__NODE_TRUTH, constant->boolval->boolval ? "true" : "false");
    case PG_QUERY__A__CONST__VAL_SVAL:
        return aq__new_expression(builder, AQ__NODE_CONSTANT,
                                  aq__builder_copy(builder, constant->sval->sval));
    case PG_QUERY__A__CONST__VAL_BSVAL: /* b101: the server shows it as a string */
        return aq__new_expression(
            builder, AQ__NODE_CONSTANT,
            aq__builder_copy(builder, constant->bsval->bsval + (constant->bsval->bsval[0] == 'b')));
    default: return aq__new_expression(builder, AQ__NODE_OTHER, "NULL");
    }
}
