/* Objects that are there already take what their rows say now.
 *
 * The happy path: a member that the user has not changed takes the new value, one that he has keeps his; the snapshot takes the new one in any case. What is the same as before stays where it is in memory. A foreign
 * key that is another now leads elsewhere: the object it led to is no longer loaded.
 * The failure modes: those of reading cells; members before the wrong one are new then, and the object is still expired. */
#include "src/orm/row-private.h"

/* ---- To-one relationships ----------------------------------------------------------------------------------------------------------------- */

static void set_one(void *object, const aq__relation_t *relation, void *one)
{
    memcpy((char *)object + relation->offset, &one, sizeof(one));
}

/* One that the user has set stays, and the next flush writes it. */
static void unload(void *object, char *snapshot, const aq__relation_t *relation)
{
    if (snapshot == NULL || aq__object_one(object, relation) == aq__object_snapshot_one(object, relation)) {
        set_one(object, relation, NULL);
        aq__object_unmark(object, aq__relation_loaded_bit(relation));
    }
    aq__object_set_snapshot_one(object, relation, NULL);
}

static void unload_by(void *object, char *snapshot, const aq__mapper_t *mapper, const aq__field_t *field)
{
    for (size_t i = 0; i < mapper->relation_count; i++) {
        const aq__relation_t *relation = &mapper->relations[i];

        for (size_t j = 0;
             !relation->many && relation->direction == AQ__MANY_TO_ONE && j < relation->pair_count; j++)
            if (relation->pairs[j].near == field)
                unload(object, snapshot, relation);
    }
}

/* Lists, and the far side of one-to-one, say what was so when they were loaded: they are not loaded any more, unless the user has changed them. */
static void unload_lists(void *object, char *snapshot)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->relation_count; i++) {
        const aq__relation_t *relation = &mapper->relations[i];

        if (relation->many && !aq__many_is_changed(object, relation) && !aq__many_is_fresh(object, relation))
            aq__many_unload(object, relation);
        else if (!relation->many && relation->direction == AQ__ONE_TO_MANY)
            unload(object, snapshot, relation);
    }
}

/* A refresh forgets which object the user has set. */
static void restore_ones(void *object, const char *snapshot, const aq__mapper_t *mapper)
{
    for (size_t i = 0; snapshot != NULL && i < mapper->relation_count; i++)
        if (!mapper->relations[i].many)
            set_one(object, &mapper->relations[i], aq__object_snapshot_one(object, &mapper->relations[i]));
}

/* ---- Members --------------------------------------------------------------------------------------------------------------------------------- */

/* The text of a cell that is the same as before needs no copy. */
static bool is_same_text(const aq__field_t *field, const aq_cell_t *cell, const char *before)
{
    const char *text;

    if (field->shortcut != AQ__SHORTCUT_TEXT || !aq__cell_is_text(cell))
        return false;
    memcpy(&text, before, sizeof(text));
    return text != NULL && strcmp(text, cell->data) == 0;
}

/* `value` is where the new one is read to. */
static int reload_member(const aq__row_t *row, void *object, const aq__field_t *field, void *value,
                         bool refresh)
{
    const aq_cell_t *cell = &row->cells[field->index];
    char *snapshot = aq__object_snapshot(object), *member = aq__member_of(field, object);
    char *before = snapshot != NULL ? snapshot + field->snapshot : member;
    bool changed = snapshot != NULL && !refresh && !aq__member_equal(field, member, before);
    int code = AQ_OK;

    if (is_same_text(field, cell, before))
        memcpy(value, before, field->size);
    else
        code = aq__member_read(field, *cell, row->session->arena, value);
    if (code != AQ_OK)
        return code;
    if (aq__member_equal(field, value, before))
        memcpy(value, before, field->size);
    else if (field->foreign)
        unload_by(object, snapshot, row->mapper, field);
    if (!changed)
        memcpy(member, value, field->size);
    if (snapshot != NULL)
        memcpy(before, value, field->size);
    return AQ_OK;
}

int aq__row_reload(const aq__row_t *row, void *object, bool refresh)
{
    max_align_t small[4];

    for (size_t i = 0; i < row->count; i++) {
        const aq__field_t *field = &row->mapper->fields[i];
        void *value = field->size <= sizeof(small) ? small : aq_arena_alloc(row->session->arena, field->size);
        int code = value != NULL ? AQ_OK : AQ_ENOMEM;

        if (row->columns[i] < 0)
            continue;
        if (code == AQ_OK)
            code = reload_member(row, object, field, value, refresh);
        if (code != AQ_OK)
            return code;
    }
    if (refresh)
        restore_ones(object, aq__object_snapshot(object), row->mapper);
    unload_lists(object, aq__object_snapshot(object));
    aq__object_set_fresh(row->session, object);
    return AQ_OK;
}
