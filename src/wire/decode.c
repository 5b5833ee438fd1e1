/* Decoding: a cell as a C value. Columns come in binary or as text, so every function reads both.
 *
 * The happy path: binary, of exactly the type asked for: a comparison and a load.
 * The failure modes: NULL, another type, a number that does not fit, bytes that are no such value (a server that does not keep to
 * its protocol): the value is zero and the rows keep the first error. */
#include <math.h>

#include "src/wire/value.h"

/* ---- What was wrong ---------------------------------------------------------------------------------------------------------- */

static const char *article(const char *name)
{
    return strchr("aeiou", name[0]) != NULL ? "an" : "a";
}

/* NULL, or no cell at all, which the rows know already. */
static void fail_absent(const aq_cell_t *cell, const char *wanted)
{
    if (cell->length == -1)
        aq__cell_fail(cell, AQ_ENULL, "NULL where %s %s was asked for", article(wanted), wanted);
}

void aq__cell_fail_type(const aq_cell_t *cell, const char *wanted)
{
    const char *name = aq__type_name(cell->type);

    if (cell->length < 0)
        fail_absent(cell, wanted);
    else if (name != NULL)
        aq__cell_fail(cell, AQ_ETYPE, "type %u (%s) where %s %s was asked for", cell->type, name,
                      article(wanted), wanted);
    else
        aq__cell_fail(cell, AQ_ETYPE, "type %u where %s %s was asked for", cell->type, article(wanted),
                      wanted);
}

/* The start of a text for an error. */
static int clip(const aq_cell_t *cell)
{
    return (int)aq__utf8_cut(cell->data, (size_t)cell->length, 60);
}

void aq__cell_fail_form(const aq_cell_t *cell, const char *wanted)
{
    if (wanted == NULL)
        aq__cell_fail(cell, AQ_ETYPE, "type %u in binary form, which cannot be read", cell->type);
    else if (cell->binary)
        aq__cell_fail(cell, AQ_EPROTOCOL, "these %d bytes are no %s", cell->length, wanted);
    else
        aq__cell_fail(cell, AQ_EPROTOCOL, "'%.*s' is no %s", clip(cell), cell->data, wanted);
}

/* ---- bool ------------------------------------------------------------------------------------------------------------------------ */

bool aq_as_bool(aq_cell_t cell)
{
    if (cell.length < 0 || cell.type != AQ_OID_BOOL)
        aq__cell_fail_type(&cell, "bool");
    else if (cell.length != 1 || (!cell.binary && *cell.data != 't' && *cell.data != 'f'))
        aq__cell_fail_form(&cell, "bool");
    else
        return cell.binary ? *cell.data != 0 : *cell.data == 't';
    return false;
}

/* ---- Integers -------------------------------------------------------------------------------------------------------------------- */

static bool is_integer_type(Oid type)
{
    return type == AQ_OID_INT4 || type == AQ_OID_INT8 || type == AQ_OID_INT2 || type == AQ_OID_OID;
}

bool aq__integer_parse(const char *text, size_t length, int64_t *value)
{
    bool minus = length > 0 && text[0] == '-';
    uint64_t number = 0, limit = (uint64_t)INT64_MAX + minus;
    size_t i = minus;

    if (i == length || length > 20)
        return false;
    for (; i < length; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';

        if (digit > 9 || number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *value = (int64_t)(minus ? 0 - number : number);
    return true;
}

static bool binary_integer(const aq_cell_t *cell, int64_t *value)
{
    if (cell->type == AQ_OID_INT4 && cell->length == 4)
        *value = (int32_t)aq__load32(cell->data);
    else if (cell->type == AQ_OID_INT8 && cell->length == 8)
        *value = (int64_t)aq__load64(cell->data);
    else if (cell->type == AQ_OID_INT2 && cell->length == 2)
        *value = (int16_t)aq__load16(cell->data);
    else if (cell->type == AQ_OID_OID && cell->length == 4)
        *value = aq__load32(cell->data);
    else
        return false;
    return true;
}

/* Any integer type as one that may be narrower. */
static int64_t integer(const aq_cell_t *cell, const char *wanted, int64_t least, int64_t most)
{
    int64_t value = 0;

    if (cell->length < 0 || !is_integer_type(cell->type)) {
        aq__cell_fail_type(cell, wanted);
        return 0;
    }
    if (!(cell->binary ? binary_integer(cell, &value)
                       : aq__integer_parse(cell->data, (size_t)cell->length, &value))) {
        aq__cell_fail_form(cell, wanted);
        return 0;
    }
    if (value >= least && value <= most)
        return value;
    aq__cell_fail(cell, AQ_ERANGE, "%lld does not fit an %s", (long long)value, wanted);
    return 0;
}

int16_t aq_as_int2(aq_cell_t cell)
{
    if (cell.binary && cell.type == AQ_OID_INT2 && cell.length == 2)
        return (int16_t)aq__load16(cell.data);
    return (int16_t)integer(&cell, "int2", INT16_MIN, INT16_MAX);
}

int32_t aq_as_int4(aq_cell_t cell)
{
    if (cell.binary && cell.type == AQ_OID_INT4 && cell.length == 4)
        return (int32_t)aq__load32(cell.data);
    return (int32_t)integer(&cell, "int4", INT32_MIN, INT32_MAX);
}

int64_t aq_as_int8(aq_cell_t cell)
{
    if (cell.binary && cell.type == AQ_OID_INT8 && cell.length == 8)
        return (int64_t)aq__load64(cell.data);
    return integer(&cell, "int8", INT64_MIN, INT64_MAX);
}

/* ---- Floating point ---------------------------------------------------------------------------------------------------------------- */

static float load_float4(const char *data)
{
    uint32_t bits = aq__load32(data);
    float value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static double load_float8(const char *data)
{
    uint64_t bits = aq__load64(data);
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static int binary_float(const aq_cell_t *cell, double *value)
{
    if (cell->type == AQ_OID_FLOAT8 && cell->length == 8)
        *value = load_float8(cell->data);
    else if (cell->type == AQ_OID_FLOAT4 && cell->length == 4)
        *value = (double)load_float4(cell->data);
    else if (cell->type == AQ_OID_NUMERIC)
        return aq__numeric_to_float8(cell->data, (size_t)cell->length, value);
    else
        return AQ_EINVAL;
    return AQ_OK;
}

static double number(const aq_cell_t *cell, const char *wanted)
{
    double value = 0;
    int error;

    error = cell->binary
                ? binary_float(cell, &value)
                : aq__float_parse(cell->data, (size_t)cell->length, cell->type == AQ_OID_FLOAT4, &value);
    if (error == 0)
        return value;
    if (error == AQ_ERANGE)
        aq__cell_fail(cell, AQ_ERANGE, "a number too big for a %s", wanted);
    else
        aq__cell_fail_form(cell, wanted);
    return 0;
}

float aq_as_float4(aq_cell_t cell)
{
    if (cell.length >= 0 && cell.type == AQ_OID_FLOAT4)
        return (float)number(&cell, "float4");
    aq__cell_fail_type(&cell, "float4");
    return 0;
}

double aq_as_float8(aq_cell_t cell)
{
    if (cell.binary && cell.type == AQ_OID_FLOAT8 && cell.length == 8)
        return load_float8(cell.data);
    if (is_integer_type(cell.type))
        return (double)integer(&cell, "float8", INT64_MIN, INT64_MAX);
    if (cell.length >= 0 &&
        (cell.type == AQ_OID_FLOAT8 || cell.type == AQ_OID_FLOAT4 || cell.type == AQ_OID_NUMERIC))
        return number(&cell, "float8");
    aq__cell_fail_type(&cell, "float8");
    return 0;
}
