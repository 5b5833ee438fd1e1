/* Members that are arrays: {items, nulls, count}, whatever the items are.
 *
 * The happy path: a parameter borrows the items as they are; a cell's elements are read one by one into one block. Arrays of types that travel as text only are literals: '{"sad",NULL}'.
 * The failure modes: those of the elements, an array of several dimensions, no memory. */
#include "src/orm/member-class.h"
#include "src/wire/array_text.h"
#include "src/wire/cells.h"

/* Any of aq_int4_array_t ... */
typedef aq_text_array_t array_t;

static array_t array_at(const void *at)
{
    array_t array;

    memcpy(&array, at, sizeof(array));
    return array;
}

static const void *item(const aq__field_t *field, const array_t *array, size_t i)
{
    return (const char *)(const void *)array->items + i * aq__member_size(field);
}

/* Of text and bytea the element tells by itself. */
static bool item_is_null(const aq__field_t *field, const array_t *array, size_t i)
{
    switch (field->member_class->type) {
    case AQ__MEMBER_TEXT:
    case AQ__MEMBER_BYTEA: {
        const void *pointer;

        memcpy(&pointer, item(field, array, i), sizeof(pointer));
        return pointer == NULL;
    }
    case AQ__MEMBER_BOOL:
    case AQ__MEMBER_INT2:
    case AQ__MEMBER_INT4:
    case AQ__MEMBER_INT8:
    case AQ__MEMBER_FLOAT4:
    case AQ__MEMBER_FLOAT8:
    case AQ__MEMBER_DATE:
    case AQ__MEMBER_TIME:
    case AQ__MEMBER_TIMESTAMP:
    case AQ__MEMBER_INTERVAL:
    case AQ__MEMBER_UUID:
    case AQ__MEMBER_INET:
    case AQ__MEMBER_ENUM:
    case AQ__MEMBER_CUSTOM: break;
    }
    return array->nulls != NULL && array->nulls[i];
}

/* ---- As text ------------------------------------------------------------------------------------------------------------------------ */

int aq__items_append(const aq__field_t *field, const void *at, aq_text_t *text)
{
    array_t array = array_at(at);
    aq_text_t element = {0};
    int code = AQ_OK;

    aq_text_append_char(text, '{');
    for (size_t i = 0; i < array.count && code == AQ_OK; i++) {
        if (i > 0)
            aq_text_append_char(text, ',');
        if (item_is_null(field, &array, i)) {
            aq_text_append(text, "NULL");
            continue;
        }
        aq_text_clear(&element);
        code = field->member_class->append(field, item(field, &array, i), &element);
        aq__array_append_element(text, &element);
    }
    aq_text_append_char(text, '}');
    aq_text_dispose(&element);
    return code;
}

/* ---- As a parameter -------------------------------------------------------------------------------------------------------------------- */

static bool *copy_nulls(const aq__field_t *field, const array_t *array, aq_arena_t *arena)
{
    bool *nulls = aq_arena_alloc(arena, array->count);

    for (size_t i = 0; i < array->count && nulls != NULL; i++)
        nulls[i] = item_is_null(field, array, i);
    return nulls;
}

int aq__items_value(const aq__field_t *field, const void *at, aq_arena_t *arena, aq_value_t *value)
{
    array_t array = array_at(at);
    const bool *nulls = array.nulls;
    aq_text_t literal = {0};
    int code;

    if (field->kind == AQ_VALUE_ARRAY) {
        if (field->member_class->type == AQ__MEMBER_BYTEA) {
            nulls = copy_nulls(field, &array, arena);
            if (nulls == NULL)
                return aq__member_fail_last(field);
        }
        *value = aq_array(field->element, array.items, array.count, nulls);
        return AQ_OK;
    }
    code = aq__items_append(field, at, &literal);
    if (code == AQ_OK) {
        const char *copy =
            literal.failed ? NULL : aq_arena_strndup(arena, aq_text_string(&literal), literal.length);

        *value = aq_text(copy);
        code = copy != NULL ? AQ_OK : aq__member_fail_last(field);
    }
    aq_text_dispose(&literal);
    return code;
}

/* ---- From a cell -------------------------------------------------------------------------------------------------------------------------- */

/* Room for the items and for which of them are NULL; items are zeroed. */
static int make_array(const aq__field_t *field, size_t count, bool with_nulls, aq_arena_t *arena,
                      array_t *array, bool **nulls)
{
    void *items = aq_arena_calloc(arena, count, aq__member_size(field));

    *nulls = with_nulls && items != NULL ? aq_arena_calloc(arena, count, sizeof(**nulls)) : NULL;
    if (items == NULL || (with_nulls && *nulls == NULL))
        return aq__member_fail_last(field);
    *array = (array_t){items, *nulls, count};
    return AQ_OK;
}

static bool has_nulls(aq_cells_t cells)
{
    for (size_t i = 0; i < cells.count; i++)
        if (cells.items[i].length < 0)
            return true;
    return false;
}

static int read_items(const aq__field_t *field, aq_cells_t cells, aq_arena_t *arena, void *at)
{
    array_t array;
    bool *nulls;
    int code = make_array(field, cells.count, has_nulls(cells), arena, &array, &nulls);

    for (size_t i = 0; i < cells.count && code == AQ_OK; i++) {
        if (cells.items[i].length < 0)
            nulls[i] = true;
        else
            code = field->member_class->read(field, cells.items[i], arena,
                                             (void *)(uintptr_t)item(field, &array, i));
    }
    if (code == AQ_OK)
        memcpy(at, &array, sizeof(array));
    return code;
}

int aq__items_read(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *at)
{
    aq_cells_t cells = aq_as_array(cell);
    const aq_error_t *error = cells.items == NULL ? aq_rows_error(cell.rows) : NULL;

    if (cells.items == NULL)
        return aq__fail(error != NULL ? error->code : AQ_ENOMEM, "%s.%s: %s", field->model,
                        field->attribute->name, error != NULL ? error->message : "out of memory");
    if (cells.dimensions > 1)
        return aq__member_fail(field, AQ_ETYPE, "an array of %zu dimensions, and a member has one",
                               cells.dimensions);
    return read_items(field, cells, arena, at);
}

int aq__items_parse(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at)
{
    aq_rows_t *rows = aq__rows_scratch();
    aq_cell_t cell = {.rows = rows, .data = text, .length = (int32_t)strlen(text)};
    aq__field_t parsed = *field; /* its elements are text */
    aq_cells_t cells;
    int code;

    if (rows == NULL)
        return aq__member_fail_last(field);
    parsed.oid = AQ_OID_UNKNOWN;
    cells = aq_as_array(cell);
    if (cells.items != NULL && cells.dimensions <= 1)
        code = read_items(&parsed, cells, arena, at);
    else if (cells.items != NULL || aq_rows_error(rows)->code != AQ_ENOMEM)
        code = aq__member_fail(field, AQ_EINVAL, "'%.*s' is no array of %s",
                               (int)aq__utf8_cut(text, strlen(text), 60), text, field->member_class->name);
    else
        code = aq__member_fail(field, AQ_ENOMEM, "out of memory");
    aq_rows_close(rows);
    return code;
}

/* ---- Comparing, keeping ----------------------------------------------------------------------------------------------------------------------- */

bool aq__items_equal(const aq__field_t *field, const void *a, const void *b)
{
    array_t left = array_at(a), right = array_at(b);

    if (left.items == NULL || right.items == NULL)
        return left.items == right.items;
    if (left.count != right.count)
        return false;
    for (size_t i = 0; i < left.count; i++) {
        bool is_null = item_is_null(field, &left, i);

        if (is_null != item_is_null(field, &right, i))
            return false;
        if (!is_null && !aq__element_equal(field, item(field, &left, i), item(field, &right, i)))
            return false;
    }
    return true;
}

uint64_t aq__items_hash(const aq__field_t *field, const void *at)
{
    array_t array = array_at(at);
    uint64_t hash = array.count;

    for (size_t i = 0; i < array.count; i++)
        if (!item_is_null(field, &array, i))
            hash = hash * UINT64_C(0x9E3779B97F4A7C15) + aq__element_hash(field, item(field, &array, i));
    return hash;
}

int aq__items_keep(const aq__field_t *field, aq_arena_t *arena, void *at)
{
    array_t from = array_at(at), array;
    size_t size = aq__member_size(field);
    bool *nulls;
    int code;

    if (from.items == NULL)
        return AQ_OK;
    code = make_array(field, from.count, from.nulls != NULL, arena, &array, &nulls);
    if (code != AQ_OK)
        return code;
    for (size_t i = 0; i < from.count && code == AQ_OK; i++) {
        void *to = (void *)(uintptr_t)item(field, &array, i);

        memcpy(to, item(field, &from, i), size);
        if (nulls != NULL)
            nulls[i] = from.nulls[i];
        if (field->member_class->keep != NULL && !item_is_null(field, &from, i))
            code = field->member_class->keep(field, arena, to);
    }
    if (code == AQ_OK)
        memcpy(at, &array, sizeof(array));
    return code;
}
