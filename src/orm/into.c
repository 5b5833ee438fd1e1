/* into: rows into structs of the user's own, which are no models.
 *
 * The happy path: the declarations become fields when the call is made; the rows come; each field finds its column by its name; the structs are one array in the session's memory, and so is what they point to.
 * The failure modes: a declaration that does not fit its struct; a column that is not there; a cell that is no value of its member. */
#include "src/orm/fetch.h"
#include "src/orm/member.h"

typedef struct into {
    aq__work_t work; /* first */
    aq_query_t *query;
    aq_arena_t *arena;
    size_t size;
    aq__field_t *fields;
    size_t field_count;
    aq__compiled_t compiled;
    aq__branch_t *branch;
    aq_structs_t *structs;
} into_t;

/* ---- Fields of declarations -------------------------------------------------------------------------------------------------------------- */

/* With those of mixins. */
static size_t count_columns(const aq_column_t *columns, size_t count)
{
    size_t all = 0;

    for (size_t i = 0; i < count; i++)
        all += columns[i].mixin != NULL
                   ? count_columns(columns[i].mixin->columns, columns[i].mixin->column_count)
                   : 1;
    return all;
}

/* What a mapper knows of a field from its table; here the declaration is all there is. */
static aq__attribute_t *make_attribute(into_t *into, const aq_column_t *declared, size_t base)
{
    aq__attribute_t *attribute = aq_arena_calloc(into->arena, 1, sizeof *attribute);
    aq__column_t *column = aq_arena_calloc(into->arena, 1, sizeof *column);

    if (attribute == NULL || column == NULL)
        return NULL;
    column->name = declared->name != NULL ? declared->name : declared->attribute;
    column->type.array = declared->array || aq__is_array_oid(declared->type);
    if (declared->enumeration == NULL && declared->custom == NULL && declared->type != AQ_OID_UNKNOWN)
        column->type.oid = aq__element_oid(declared->type);
    else if (declared->custom != NULL && declared->custom->bytes)
        column->type.oid = AQ_OID_BYTEA;
    else
        column->type.text = "text";
    attribute->declared = declared;
    attribute->name = declared->attribute;
    attribute->offset = base + declared->offset;
    attribute->size = declared->size;
    attribute->column = column;
    return attribute;
}

static int add_field(into_t *into, const aq_column_t *declared, size_t base)
{
    aq__field_t *field = &into->fields[into->field_count];

    if (declared->attribute == NULL)
        return aq__fail(AQ_EINVAL, "into: column '%s' is that of a table, and of no struct", declared->name);
    if (base + declared->offset + declared->size > into->size)
        return aq__fail(AQ_EINVAL, "into: %s.%s is not within the %zu bytes of the struct", declared->model,
                        declared->attribute, into->size);
    if ((field->attribute = make_attribute(into, declared, base)) == NULL)
        return AQ_ENOMEM;
    field->declared = declared;
    field->model = declared->model;
    field->index = into->field_count++;
    field->offset = field->attribute->offset;
    field->size = declared->size;
    field->nullable = declared->nullable;
    return aq__member_classify(field, into->arena);
}

static int add_fields(into_t *into, const aq_column_t *columns, size_t count, size_t base)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = columns[i].mixin != NULL ? add_fields(into, columns[i].mixin->columns,
                                                     columns[i].mixin->column_count, base + columns[i].offset)
                                        : add_field(into, &columns[i], base);
    return code;
}

static int make_fields(into_t *into, const aq_column_t *columns, size_t count)
{
    if ((into->arena = aq_arena_create()) == NULL)
        return AQ_ENOMEM;
    into->fields = aq_arena_calloc(into->arena, count_columns(columns, count) + 1, sizeof into->fields[0]);
    return into->fields != NULL ? add_fields(into, columns, count, 0) : AQ_ENOMEM;
}

/* ---- Rows ------------------------------------------------------------------------------------------------------------------------------------ */

static int find_columns(const into_t *into, const aq_rows_t *rows, size_t *places)
{
    for (size_t i = 0; i < into->field_count; i++) {
        const aq__field_t *field = &into->fields[i];
        const int place = aq_rows_column(rows, field->attribute->column->name);

        if (place < 0)
            return aq__fail(AQ_ECOLUMN, "%s: the statement has no column '%s'", field->model,
                            field->attribute->column->name);
        places[i] = (size_t)place;
    }
    return AQ_OK;
}

static int read_row(const into_t *into, aq_rows_t *rows, size_t row, const size_t *places, char *item)
{
    int code = AQ_OK;

    for (size_t i = 0; i < into->field_count && code == AQ_OK; i++)
        code = aq__member_read(&into->fields[i], aq_cell(rows, row, places[i]), into->work.session->arena,
                               aq__member_of(&into->fields[i], item));
    return code;
}

static int read_rows(into_t *into, aq_rows_t *rows)
{
    aq_arena_t *arena = into->work.session->arena;
    const size_t count = aq_rows_count(rows);
    size_t *places = aq_arena_alloc(into->arena, (into->field_count + 1) * sizeof *places);
    char *items = aq_arena_calloc(arena, count + 1, into->size);
    int code;

    into->structs = aq_arena_alloc(arena, sizeof *into->structs);
    if (places == NULL || items == NULL || into->structs == NULL)
        return AQ_ENOMEM;
    *into->structs = (aq_structs_t){items, count};
    code = find_columns(into, rows, places);
    for (size_t row = 0; row < count && code == AQ_OK; row++)
        code = read_row(into, rows, row, places, items + row * into->size);
    return code;
}

static void on_rows(aq__work_t *work, aq_rows_t *rows)
{
    into_t *into = (into_t *)(void *)work;

    if (rows == NULL)
        aq__work_fail_with(work, aq_op_error(work->pending));
    else if (read_rows(into, rows) != AQ_OK)
        aq__work_fail_last(work);
    else
        aq__work_done(work, into->structs);
}

/* ---- Run ----------------------------------------------------------------------------------------------------------------------------------------- */

static void send_into(aq__work_t *work, int code)
{
    into_t *into = (into_t *)(void *)work;

    if (code != AQ_OK)
        aq__work_fail_last(work);
    else
        aq__session_read(work, into->branch, into->compiled.sql, &into->compiled.arguments,
                         into->compiled.reads, on_rows);
}

static void start(aq__work_t *work)
{
    into_t *into = (into_t *)(void *)work;

    if (aq__query_compile(into->query, AQ__FORM_COLUMNS, into->arena, &into->compiled) != AQ_OK)
        aq__work_fail_last(work);
    else
        aq__fetch_begin(work, into->query, &into->compiled, &into->branch, send_into);
}

static void free_into(aq__work_t *work)
{
    aq_arena_close(((into_t *)(void *)work)->arena);
}

static const aq__work_class_t into_class = {AQ__WORK("into"), .reads = true, .flushes = true, .start = start,
                                            .free = free_into};

aq_op_t *aq_query_into(aq_query_t *query, size_t size, const aq_column_t *columns, size_t count,
                       aq_place_t place)
{
    into_t *into = (into_t *)(void *)aq__work_create(query->session, &into_class, sizeof *into, place);

    if (into == NULL)
        return aq__session_failed(query->session);
    into->query = query;
    into->size = size;
    if (make_fields(into, columns, count) != AQ_OK)
        aq__work_fail_last(&into->work);
    return &into->work.op;
}
