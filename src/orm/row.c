/* Rows become objects.
 *
 * The happy path: the key is read from its cells, and the identity map does not have it: one block of the session's arena takes the object, its snapshot and the texts of the row; members and snapshot are stored
 * in one pass, most of them without a call. An object that the map has is left alone, or, where it is expired, reloaded (reload.c).
 * The failure modes: no memory; a cell that is no value of its member, whose name the error has. Then there is no new object, and the map is what it was. */
#include "src/orm/row.h"

#include "src/orm/row-private.h"

enum { CELLS_ON_STACK = 48, KEY_ON_STACK = 512 };

/* ---- Which model, which columns ------------------------------------------------------------------------------------------------------- */

static const aq__mapper_t *mapper_of_row(const aq__row_shape_t *shape, aq_rows_t *rows, size_t row)
{
    const aq__mapper_t *mapper = shape->mapper, *said;
    aq_cell_t cell;

    if (shape->discriminator < 0)
        return mapper;
    aq__rows_cells(rows, row, &shape->discriminator, 1, &cell);
    said = cell.length >= 0 ? aq__mapper_by_identity(mapper, aq_as_text(cell)) : mapper;
    return aq__mapper_is_a(said, mapper) ? said : mapper;
}

/* Of a child whose own columns are not there, those of the base. */
static void find_columns(const aq__row_shape_t *shape, aq__row_t *row)
{
    row->columns = shape->columns;
    row->count = shape->mapper->field_count;
    for (size_t i = 0; row->mapper != shape->mapper && i < shape->mapper->child_count; i++)
        if (shape->mapper->children[i] == row->mapper && shape->children != NULL) {
            row->columns = shape->children + i * shape->most_fields;
            row->count = row->mapper->field_count;
        }
}

/* ---- The key ------------------------------------------------------------------------------------------------------------------------------ */

/* Text stays where the cell has it: it is only compared. */
static inline int read_key_member(const aq__row_t *row, const aq__field_t *field, void *member)
{
    const aq_cell_t *cell = &row->cells[field->index];

    if (field->shortcut == AQ__SHORTCUT_INT4 && aq_cell_is_(*cell, AQ_OID_INT4, 4)) {
        int32_t number = (int32_t)aq_load32_(cell->data);

        memcpy(member, &number, sizeof(number));
        return AQ_OK;
    }
    if (field->shortcut == AQ__SHORTCUT_TEXT && aq__cell_is_text(cell)) {
        memcpy(member, &cell->data, sizeof(cell->data));
        return AQ_OK;
    }
    return aq__member_read(field, *cell, row->session->arena, member);
}

static bool has_key(const aq__row_t *row)
{
    for (size_t i = 0; i < row->mapper->key_count; i++)
        if (row->cells[row->mapper->key[i]->index].length < 0)
            return false;
    return true;
}

static void *find(const aq__row_t *row, const void *key, aq__key_hash_t hash)
{
    const aq__identity_t *identity = row->cohort->identity;
    void *object;

    for (size_t at = 0; (object = aq__identity_probe(identity, hash, &at)) != NULL;)
        if (aq__identity_is(identity, object, key))
            return object;
    return NULL;
}

/* The object of the row's key, if it is there. */
static int look_up(aq__row_t *row, void **object)
{
    const aq__mapper_t *mapper = row->mapper;
    max_align_t small[KEY_ON_STACK / sizeof(max_align_t)];
    void *key = mapper->object_size <= sizeof(small)
                    ? small
                    : aq_arena_alloc(row->session->arena, mapper->object_size);
    int code = key != NULL ? AQ_OK : AQ_ENOMEM;

    for (size_t i = 0; i < mapper->key_count && code == AQ_OK; i++)
        code = read_key_member(row, mapper->key[i], aq__member_of(mapper->key[i], key));
    if (code != AQ_OK)
        return code;
    row->hash = aq__identity_hash(mapper->root, key);
    *object = find(row, key, row->hash);
    return AQ_OK;
}

/* ---- A new object --------------------------------------------------------------------------------------------------------------------------- */

/* Texts that go behind the object, each with its NUL. */
static size_t text_size(const aq__row_t *row)
{
    const aq__field_t *fields = row->mapper->fields;
    size_t size = 0;

    for (size_t i = 0; i < row->count; i++)
        if (fields[i].shortcut == AQ__SHORTCUT_TEXT && aq__cell_is_text(&row->cells[i]))
            size += (size_t)row->cells[i].length + 1;
    return size;
}

/* A value of a size that the compiler knows, to the member and to the snapshot. */
#define STORE(type, value)                         \
    do {                                           \
        type stored = (value);                     \
                                                   \
        memcpy(member, &stored, sizeof(stored));   \
        if (kept != NULL)                          \
            memcpy(kept, &stored, sizeof(stored)); \
        return true;                               \
    } while (0)

/* False: there is no shortcut from this cell to this member. */
static inline bool store_quickly(const aq__field_t *field, const aq_cell_t *cell, char *member, char *kept,
                                 char **behind)
{
    uint64_t bits;
    aq_timestamp_t timestamp;
    char *text = *behind;

    switch (field->shortcut) {
    case AQ__SHORTCUT_NONE: break;
    case AQ__SHORTCUT_BOOL:
        if (aq_cell_is_(*cell, AQ_OID_BOOL, 1))
            STORE(bool, cell->data[0] != 0);
        break;
    case AQ__SHORTCUT_INT4:
        if (aq_cell_is_(*cell, AQ_OID_INT4, 4))
            STORE(int32_t, (int32_t)aq_load32_(cell->data));
        break;
    case AQ__SHORTCUT_INT8:
        if (aq_cell_is_(*cell, AQ_OID_INT8, 8))
            STORE(int64_t, (int64_t)aq_load64_(cell->data));
        break;
    case AQ__SHORTCUT_FLOAT8:
        bits = aq_cell_is_(*cell, AQ_OID_FLOAT8, 8) ? aq_load64_(cell->data) : 0;
        if (aq_cell_is_(*cell, AQ_OID_FLOAT8, 8))
            STORE(uint64_t, bits);
        break;
    case AQ__SHORTCUT_TIMESTAMP:
        if (aq__cell_timestamp(cell, &timestamp))
            STORE(aq_timestamp_t, timestamp);
        break;
    case AQ__SHORTCUT_TEXT:
        if (aq__cell_is_text(cell)) {
            memcpy(text, cell->data, (size_t)cell->length + 1); /* libpq puts a NUL behind each value */
            *behind += cell->length + 1;
            STORE(const char *, text);
        }
        break;
    }
    return false;
}
#undef STORE

static int fill(const aq__row_t *row, char *object, char *snapshot, char *behind)
{
    const aq__field_t *field = row->mapper->fields;

    for (size_t i = 0; i < row->count; i++, field++) {
        char *member = object + field->offset, *kept = snapshot != NULL ? snapshot + field->snapshot : NULL;
        int code;

        if (row->cells[i].length < 0 || store_quickly(field, &row->cells[i], member, kept, &behind))
            continue;
        code = aq__member_read(field, row->cells[i], row->session->arena, member);
        if (code != AQ_OK)
            return code;
        if (kept != NULL)
            memcpy(kept, member, field->size);
    }
    return AQ_OK;
}

static int make(const aq__row_t *row, void **object)
{
    char *behind, *made = aq__object_room(row->cohort, text_size(row), &behind), *snapshot = NULL;
    size_t left = aq_rows_count(row->rows) - row->row;
    int code;

    if (made == NULL)
        return AQ_ENOMEM;
    aq__zero(made, (size_t)(behind - made));
    aq__object(made)->home = row->cohort;
    aq__object_set_status(made, AQ_PERSISTENT);
    aq__object_set_fresh(row->session, made);
    if (row->cohort->snapshot_at != 0)
        snapshot = made + row->cohort->snapshot_at;
    code = fill(row, made, snapshot, behind);
    if (code == AQ_OK)
        code = aq__identity_add(row->cohort->identity, made, row->hash, left);
    if (code == AQ_OK)
        *object = made;
    return code;
}

/* ---- Both ----------------------------------------------------------------------------------------------------------------------------------- */

/* An object keeps its model, whatever its row says now. */
static int meet(aq__row_t *row, const aq__row_shape_t *shape, void *object, aq__meeting_t meeting)
{
    if (meeting == AQ__MEETS_EXPIRED && !aq__object_is_expired(row->session, object))
        return AQ_OK;
    if (aq__object_mapper(object) != row->mapper && row->count > shape->mapper->field_count)
        row->count = shape->mapper->field_count;
    row->mapper = aq__object_mapper(object);
    return aq__row_reload(row, object, meeting == AQ__REFRESHES);
}

static int make_or_meet(aq__row_t *row, const aq__row_shape_t *shape, aq__meeting_t meeting, void **object)
{
    int code;

    aq__rows_cells(row->rows, row->row, row->columns, row->count, row->cells);
    if (!has_key(row))
        return AQ_OK;
    code = look_up(row, object);
    if (code != AQ_OK)
        return code;
    if (*object == NULL)
        return make(row, object);
    code = meet(row, shape, *object, meeting);
    if (code != AQ_OK)
        *object = NULL;
    return code;
}

int aq__row_object(aq_session_t *session, const aq__row_shape_t *shape, aq_rows_t *rows, size_t row,
                   aq__meeting_t meeting, void **object)
{
    aq_cell_t few[CELLS_ON_STACK];
    aq__row_t here = {.session = session, .rows = rows, .row = row, .cells = few};
    int code = AQ_ENOMEM;

    *object = NULL;
    here.mapper = mapper_of_row(shape, rows, row);
    here.cohort = aq__session_cohort(session, here.mapper);
    find_columns(shape, &here);
    if (here.count > CELLS_ON_STACK)
        here.cells = aq__malloc(here.count * sizeof(*here.cells));
    if (here.cohort != NULL && here.cells != NULL)
        code = make_or_meet(&here, shape, meeting, object);
    if (here.cells != few)
        aq__free(here.cells);
    return code;
}
