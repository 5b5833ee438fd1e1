/* Columns: their types from oid and modifier, and their defaults as one would write them.
 *
 * Source of the modifiers: src/include/utils/timestamp.h, numeric.h and varchar.c of PostgreSQL; its documentation tells only what they mean. */
#include <ctype.h>
#include <stdio.h>

#include "src/schema/catalog-rows.h"

static const aq__source_t nowhere = {0};

/* ---- Types ------------------------------------------------------------------------------------------------------------------- */

/* Types of pg_catalog that AQ_TYPE_TABLE has not, but whose modifier is a plain number. */
enum { OID_TIMETZ = 1266, OID_BIT = 1560, OID_VARBIT = 1562 };

static bool is_ours(uint32_t oid)
{
    switch (oid) {
#define CASE(NAME, name, oid, array_oid) case oid:
        AQ_TYPE_TABLE(CASE)
#undef CASE
        return true;
    default: return false;
    }
}

static void set_modifiers(aq__type_t *type, int count, int first, int second)
{
    type->modifier_count = count;
    type->modifiers[0] = first;
    type->modifiers[1] = second;
}

/* numeric(precision, scale): the scale has 11 bits, with a sign. */
static void set_numeric(aq__type_t *type, int modifier)
{
    int precision = ((modifier - 4) >> 16) & 0xffff, scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;

    set_modifiers(type, scale != 0 ? 2 : 1, precision, scale);
}

/* interval fields(precision): a bit for each field in the upper half. */
static void set_interval(aq__type_t *type, int modifier)
{
    int fields = (modifier >> 16) & 0x7fff, precision = modifier & 0xffff;

    type->fields = aq__interval_fields(fields);
    if (precision != 0xffff)
        set_modifiers(type, 1, precision, 0);
}

/* False: what the modifier means is for the type alone to know. */
static bool decode_modifier(aq__type_t *type, uint32_t oid, int modifier)
{
    switch (oid) {
    case AQ_OID_VARCHAR:
    case AQ_OID_BPCHAR: set_modifiers(type, 1, modifier - 4, 0); return true;
    case AQ_OID_NUMERIC: set_numeric(type, modifier); return true;
    case AQ_OID_INTERVAL: set_interval(type, modifier); return true;
    case AQ_OID_TIME:
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ:
    case OID_TIMETZ:
    case OID_BIT:
    case OID_VARBIT: set_modifiers(type, 1, modifier, 0); return true;
    default: return false;
    }
}

/* Without a length these hold any; written without one, they would hold one character, one bit. */
static bool needs_length(uint32_t oid)
{
    return oid == AQ_OID_BPCHAR || oid == OID_BIT;
}

static void read_type(aq__row_t *row, const aq__catalog_column_row_t *item, aq__type_t *type)
{
    uint32_t oid = aq__row_oid(row, AQ__CELL(item, type_oid));
    bool builtin = aq__row_bool(row, AQ__CELL(item, builtin));
    int modifier = aq__row_int(row, AQ__CELL(item, modifier));
    const char *name = aq__row_text(row, AQ__CELL(item, type_name)),
               *text = aq__row_text(row, AQ__CELL(item, type_text));

    type->array = aq__row_bool(row, AQ__CELL(item, array));
    if (modifier < 0 ? builtin && needs_length(oid) : !builtin || !decode_modifier(type, oid, modifier)) {
        type->text = aq__row_copy(row, text);
        type->array = false; /* the text says it */
    } else if (builtin && is_ours(oid)) {
        type->oid = oid;
    } else {
        type->schema = aq__row_copy(row, item->type_schema);
        type->name = aq__row_copy(row, name);
    }
}

/* ---- Defaults -------------------------------------------------------------------------------------------------------------------- */

/* The place behind a literal in quotes. NULL: the text does not begin with one. */
static const char *skip_literal(const char *text)
{
    if (*text++ != '\'')
        return NULL;
    for (; *text != '\0'; text++) {
        if (*text == '\'' && text[1] != '\'')
            return text + 1;
        text += *text == '\'';
    }
    return NULL;
}

static bool is_number(const char *text, size_t length)
{
    size_t at = text[0] == '-' ? 1 : 0, digits = 0;

    for (; at < length && (isdigit((unsigned char)text[at]) || text[at] == '.'); at++)
        digits += text[at] != '.';
    return at == length && digits > 0;
}

static bool holds_numbers(const aq__type_t *type)
{
    return !type->array &&
           (type->oid == AQ_OID_INT2 || type->oid == AQ_OID_INT4 || type->oid == AQ_OID_INT8 ||
            type->oid == AQ_OID_NUMERIC || type->oid == AQ_OID_FLOAT4 || type->oid == AQ_OID_FLOAT8);
}

/* The server casts every literal to the type of its column, which needs no saying: 'new'::text is 'new', '-1'::integer is -1, and
 * NULL::text is no default at all. */
static const char *read_default(aq__row_t *row, const aq__catalog_column_row_t *item, const aq__type_t *type)
{
    const char *text = item->expression, *cast = aq__row_text(row, AQ__CELL(item, cast)), *end;
    bool null = strncmp(text, "NULL::", 6) == 0;
    size_t length;

    end = null ? text + 4 : skip_literal(text);
    if (end == NULL || strncmp(end, "::", 2) != 0 || strcmp(end + 2, cast) != 0)
        return aq__row_expression(row, "expression", text);
    if (null)
        return NULL;
    length = (size_t)(end - text);
    if (holds_numbers(type) && is_number(text + 1, length - 2)) {
        text++;
        length -= 2;
    }
    text = aq_arena_strndup(row->catalog->metadata->arena, text, length);
    aq__row_made(row, text);
    return text;
}

/* ---- Columns ----------------------------------------------------------------------------------------------------------------------- */

static void read_value(aq__row_t *row, const aq__catalog_column_row_t *item, aq__column_t *column)
{
    if (item->identity != NULL)
        column->autoincrement =
            aq__row_letter(row, AQ__CELL(item, identity), "ad") == 'a' ? AQ_IDENTITY_ALWAYS : AQ_IDENTITY;
    else
        column->autoincrement = item->sequence != NULL ? AQ_SERIAL : AQ_AUTOINCREMENT_OFF;
    if (item->generated != NULL) {
        (void)aq__row_letter(row, AQ__CELL(item, generated), "sv");
        column->generated =
            aq__row_expression(row, "expression", aq__row_text(row, AQ__CELL(item, expression)));
    } else if (item->expression != NULL && column->autoincrement == AQ_AUTOINCREMENT_OFF) {
        column->server_default = read_default(row, item, &column->type);
    }
}

/* For what comes later and knows its column by number only. */
static void remember(aq__row_t *row, const aq__catalog_column_row_t *item, aq__column_t *column)
{
    aq__catalog_column_t *known = aq_arena_calloc(row->catalog->scratch, 1, sizeof(*known));
    char key[64];

    if (!aq__row_made(row, known))
        return;
    known->column = column;
    known->sequence = aq_arena_strdup(row->catalog->scratch, item->sequence);
    if (item->sequence != NULL)
        aq__row_made(row, known->sequence);
    snprintf(key, sizeof(key), "%.20s.%.20s", item->table, aq__row_text(row, AQ__CELL(item, number)));
    aq__row_put(row, "number", key, &row->catalog->columns, known);
}

void aq__catalog_add_column(aq__row_t *row, const aq__catalog_column_row_t *item)
{
    aq__table_t *table = aq__row_find(row, AQ__CELL(item, table), &row->catalog->tables);
    const char *name = aq__row_text(row, AQ__CELL(item, name));
    aq__column_t *column = row->code == AQ_OK ? aq__table_add_column(table, name, nowhere) : NULL;

    if (!aq__row_made(row, column))
        return;
    read_type(row, item, &column->type);
    column->not_null = aq__row_bool(row, AQ__CELL(item, not_null));
    read_value(row, item, column);
    column->collation_schema = aq__row_copy(row, item->collation_schema);
    column->collation = aq__row_copy(row, item->collation);
    column->comment = aq__row_copy(row, item->comment);
    remember(row, item, column);
}
