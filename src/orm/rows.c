/* Which columns each row is written with, and in which order rows are.
 *
 * The happy path: an INSERT names what is otherwise than aq_new() made it, what the client gives a default, and what nobody else gives a value; an UPDATE sets what is otherwise than it was loaded, and if there is anything, what has
 * an update_cb. Then: inserts as they were added, updates and deletes by key.
 * The failure modes: a callback's error; memory. */
#include "src/orm/collect.h"
#include "src/orm/member.h"
#include "src/orm/sort.h"

/* ---- INSERT -------------------------------------------------------------------------------------------------------------------------------- */

bool aq__inserts_field(const void *object, const aq__field_t *field)
{
    const aq_column_t *declared = field->declared;

    if (field->generated)
        return false;
    return declared->default_value != NULL || declared->default_cb != NULL || field->discriminator ||
           field->version || (!field->nullable && !field->drawn) || aq__object_field_changed(object, field) ||
           aq__object_is_flagged(object, field);
}

static void carry_fields(aq__draft_t *entry)
{
    for (size_t i = 0; i < entry->changed.carried_count; i++) {
        const aq__carried_t *carried = &entry->changed.carried[i];
        size_t index = carried->field->index;

        if (carried->later && entry->changed.operation == AQ_INSERT)
            entry->changed.fields[index / 64] &= ~((uint64_t)1 << (index % 64));
        else
            aq__field_set(entry->changed.fields, index);
    }
}

/* Versions begin with 1. */
static int begin_version(aq__collection_t *collection, aq__draft_t *entry)
{
    const aq__field_t *version = entry->changed.mapper->version;
    const aq_value_t one = aq_int4(1);

    if (version == NULL || !aq__member_is_zero(version, aq__member_of(version, entry->changed.object)))
        return AQ_OK;
    return aq__member_assign(version, &one, collection->session->arena,
                             aq__member_of(version, entry->changed.object));
}

static int make_insert(aq__collection_t *collection, aq__draft_t *entry)
{
    const aq__mapper_t *mapper = entry->changed.mapper;
    int code = begin_version(collection, entry);

    for (size_t i = 0; i < mapper->field_count && code == AQ_OK; i++)
        if (aq__inserts_field(entry->changed.object, &mapper->fields[i]))
            aq__field_set(entry->changed.fields, i);
    carry_fields(entry);
    return code;
}

/* ---- UPDATE ---------------------------------------------------------------------------------------------------------------------------------- */

static int run_callbacks(aq__draft_t *entry)
{
    const aq__mapper_t *mapper = entry->changed.mapper;
    void *object = entry->changed.object;

    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];
        int code;

        if (field->declared->update_cb == NULL || aq__field_is_set(entry->changed.fields, i))
            continue;
        code = field->declared->update_cb(aq__member_of(field, object), object);
        if (code != AQ_OK)
            return aq__fail(code, "%s.%s: %s", mapper->name, field->attribute->name,
                            aq_last_error()->message);
        aq__field_set(entry->changed.fields, i);
    }
    return AQ_OK;
}

static bool is_quiet(const aq__draft_t *entry)
{
    for (size_t i = 0; i < entry->changed.mapper->field_count; i++)
        if (aq__field_is_set(entry->changed.fields, i) && !aq__field_is_set(entry->nulled, i))
            return false;
    return !entry->listed;
}

static int make_update(aq__draft_t *entry)
{
    const aq__mapper_t *mapper = entry->changed.mapper;
    const void *object = entry->changed.object;
    bool any = false;

    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];

        if (!field->generated &&
            (aq__object_field_changed(object, field) || aq__object_is_flagged(object, field)))
            aq__field_set(entry->changed.fields, i);
    }
    carry_fields(entry);
    for (size_t i = 0; i < mapper->field_count && !any; i++)
        any = aq__field_is_set(entry->changed.fields, i);
    entry->changed.touched = !any && entry->listed;
    entry->changed.silent = any && is_quiet(entry);
    return any ? run_callbacks(entry) : AQ_OK;
}

/* The row of another: all columns are this object's, but for the key, which is the same, and is in the snapshot as of a row that is there. Flagged, so that an INSERT after a rollback names it. */
static int make_switch(aq__collection_t *collection, aq__draft_t *entry)
{
    const aq__mapper_t *mapper = entry->changed.mapper;
    void *object = entry->changed.object;
    int code = begin_version(collection, entry);

    for (size_t i = 0; i < mapper->field_count && code == AQ_OK; i++) {
        const aq__field_t *field = &mapper->fields[i];

        if (field->key) {
            code = aq__object_flag(object, field);
            aq__object_take_snapshot_of(object, field);
        } else if (!field->generated && (!field->drawn || aq__inserts_field(object, field))) {
            aq__field_set(entry->changed.fields, i);
        }
    }
    carry_fields(entry);
    return code;
}

static int make_row(aq__collection_t *collection, aq__draft_t *entry)
{
    if (entry->changed.replaced != NULL)
        return make_switch(collection, entry);
    switch (entry->changed.operation) {
    case AQ_INSERT: return make_insert(collection, entry);
    case AQ_UPDATE: return make_update(entry);
    case AQ_DELETE: break;
    }
    return AQ_OK;
}

/* ---- Order --------------------------------------------------------------------------------------------------------------------------------------- */

static void set_place(aq__place_t *place, aq__changed_t *changed)
{
    static const int groups[] = {[AQ_INSERT] = 0, [AQ_UPDATE] = 1, [AQ_DELETE] = 2};

    *place = (aq__place_t){.object = changed->object,
                           .what = changed,
                           .group = groups[changed->operation],
                           .number = changed->number};
}

static bool is_nothing(const aq__changed_t *changed)
{
    if (changed->operation != AQ_UPDATE || changed->touched)
        return false;
    for (size_t i = 0; i < aq__field_words(changed->mapper); i++)
        if (changed->fields[i] != 0)
            return false;
    return true;
}

static void give_places(const aq__object_array_t *entries, aq__place_t *places, size_t *count)
{
    for (size_t i = 0; i < entries->count; i++) {
        aq__draft_t *entry = entries->items[i];

        if (!is_nothing(&entry->changed))
            set_place(&places[(*count)++], &entry->changed);
    }
}

/* Updates are found in no order that means anything: theirs is that of their keys. */
static void number_update(aq__changed_t *changed, size_t number)
{
    if (changed->operation == AQ_UPDATE)
        changed->number = number;
}

int aq__collect_rows(aq__collection_t *collection)
{
    size_t most = collection->entries.count + collection->again.count, count = 0;
    aq__place_t *places = aq_arena_alloc(collection->arena, most * sizeof(*places));
    aq__changed_t **items = aq_arena_alloc(collection->arena, most * sizeof(*items));
    int code = places != NULL && items != NULL ? AQ_OK : AQ_ENOMEM;

    for (size_t i = 0; i < collection->entries.count && code == AQ_OK; i++)
        code = make_row(collection, collection->entries.items[i]);
    if (code != AQ_OK)
        return code;
    give_places(&collection->entries, places, &count);
    give_places(&collection->again, places, &count);
    code = aq__places_sort(places, count, collection->arena);
    for (size_t i = 0; i < count && code == AQ_OK; i++) {
        items[i] = places[i].what;
        number_update(items[i], i);
    }
    collection->set->items = items;
    collection->set->count = code == AQ_OK ? count : 0;
    return code;
}
