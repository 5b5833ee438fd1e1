/* shape: where the columns of a model are in the result of a statement that the user wrote. */
#include "src/orm/row.h"

int aq__row_shape_find(aq__row_shape_t *shape, aq_rows_t *rows, aq_arena_t *arena)
{
    const aq__mapper_t *mapper = shape->mapper;
    int *columns = aq_arena_alloc(arena, (mapper->field_count + 1) * sizeof *columns);

    if (columns == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];
        const int column = aq_rows_column(rows, field->attribute->column->name);

        columns[i] = column >= 0 ? column : -1;
        if (field->key && column < 0)
            return aq__fail(AQ_ECOLUMN, "%s: the statement has no column '%s'", mapper->name,
                            field->attribute->column->name);
    }
    shape->columns = columns;
    shape->discriminator = mapper->discriminator != NULL ? columns[mapper->discriminator->index] : -1;
    return AQ_OK;
}
