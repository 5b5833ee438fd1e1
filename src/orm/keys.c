/* Foreign keys of what was linked: the value of the parent's key, or where it comes from.
 *
 * The happy path: a parent that is in the database, or whose key the user has set, gives its child the value, in memory; one whose key the server draws in this flush becomes the source of a carried field.
 * A child that was taken from its parent has NULL.
 * The failure modes: a child or a parent that is in no session and that no cascade adds; one that has been deleted; a key that would be NULL and must not be (AQ_ENOTNULL, SQLSTATE 23502, as the server
 * would say); memory. */
#include "src/orm/collect.h"
#include "src/orm/member.h"

static const char *name_of(const aq__collection_t *collection, const void *object)
{
    return aq__object_name(object, collection->arena);
}

static int refuse(const aq__collection_t *collection, const aq__relation_t *relation, const void *object)
{
    bool deleted = aq__object_status(object) == AQ_DELETED || aq__object_has(object, AQ__STATE_GONE);

    return aq__fail(
        AQ_EINVAL, "%s.%s: %s %s", relation->mapper->name, relation->name, name_of(collection, object),
        deleted ? "has been deleted" : "is not in the session, and .cascade does not add it: aq_add() it");
}

/* ---- Carried -------------------------------------------------------------------------------------------------------------------------- */

static aq__carried_t *carried_of(const aq__draft_t *entry, const aq__field_t *field)
{
    for (size_t i = 0; i < entry->changed.carried_count; i++)
        if (entry->changed.carried[i].field->index == field->index)
            return &entry->changed.carried[i];
    return NULL;
}

static void drop_carried(aq__draft_t *entry, const aq__field_t *field)
{
    aq__carried_t *carried = carried_of(entry, field);

    if (carried != NULL)
        *carried = entry->changed.carried[--entry->changed.carried_count];
}

/* A field has at most one source, so there is room for as many as foreign fields. */
static int make_room(aq__collection_t *collection, aq__draft_t *entry)
{
    size_t foreign = 0;

    if (entry->changed.carried != NULL)
        return AQ_OK;
    for (size_t i = 0; i < entry->changed.mapper->field_count; i++)
        foreign += entry->changed.mapper->fields[i].foreign;
    entry->changed.carried = aq_arena_calloc(collection->arena, foreign + 1, sizeof(aq__carried_t));
    return entry->changed.carried != NULL ? AQ_OK : AQ_ENOMEM;
}

static int carry(aq__collection_t *collection, aq__draft_t *entry, const aq__carried_t *wanted, bool *again)
{
    aq__carried_t *carried = carried_of(entry, wanted->field);
    int code = AQ_OK;

    if (carried == NULL) {
        code = make_room(collection, entry);
        if (code != AQ_OK)
            return code;
        carried = &entry->changed.carried[entry->changed.carried_count++];
        *again = true;
    }
    *carried = *wanted;
    return AQ_OK;
}

int aq__collect_is_drawn(aq__collection_t *collection, const void *object, const aq__field_t *field,
                         bool *drawn)
{
    aq__draft_t *entry;
    int code;

    *drawn = false;
    if (aq__object_status(object) != AQ_PENDING)
        return AQ_OK;
    code = aq__collect_find(collection, object, &entry);
    if (code == AQ_OK)
        *drawn = (field->drawn && !aq__inserts_field(object, field)) ||
                 (entry != NULL && carried_of(entry, field) != NULL);
    return code;
}

/* ---- Linked --------------------------------------------------------------------------------------------------------------------------------- */

static int link_field(aq__collection_t *collection, aq__draft_t *entry, const aq__link_t *link, size_t i,
                      bool *again)
{
    const aq__field_t *foreign = aq__relation_foreign(link->relation, i);
    const aq__field_t *referred = aq__relation_referred(link->relation, i);
    bool is_new = aq__object_status(link->parent) == AQ_PENDING, drawn;
    int code = aq__collect_is_drawn(collection, link->parent, referred, &drawn);

    if (code != AQ_OK)
        return code;
    if (is_new && (drawn || link->relation->post_update)) {
        aq__draft_t *source = aq__collect(collection, link->parent);

        return source == NULL
                   ? AQ_ENOMEM
                   : carry(collection, entry,
                           &(aq__carried_t){foreign, &source->changed, referred, link->relation->post_update},
                           again);
    }
    drop_carried(entry, foreign);
    return aq__key_copy(foreign, aq__member_of(foreign, link->child), referred,
                        aq__member_of(referred, link->parent), collection->session->arena);
}

static int check_ends(const aq__collection_t *collection, const aq__link_t *link)
{
    void *const ends[] = {link->child, link->parent};

    for (size_t i = 0; i < AQ__COUNT_OF(ends); i++) {
        if (aq__object_has(ends[i], AQ__STATE_GONE))
            return refuse(collection, link->relation, ends[i]);
        switch (aq__object_status(ends[i])) {
        case AQ_TRANSIENT:
        case AQ_DELETED: return refuse(collection, link->relation, ends[i]);
        case AQ_DETACHED:
            if (ends[i] == link->child)
                return refuse(collection, link->relation, ends[i]);
            break;
        case AQ_PENDING:
        case AQ_PERSISTENT: break;
        }
    }
    return AQ_OK;
}

static int apply(aq__collection_t *collection, const aq__link_t *link, bool *again)
{
    aq__draft_t *entry;
    int code;

    if (aq__object_has(link->child, AQ__STATE_DOOMED))
        return AQ_OK;
    code = check_ends(collection, link);
    if (code != AQ_OK)
        return code;
    entry = aq__collect(collection, link->child);
    if (entry == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < link->relation->pair_count && code == AQ_OK; i++) {
        collection->chained |= aq__relation_referred(link->relation, i)->foreign;
        code = link_field(collection, entry, link, i, again);
    }
    return code;
}

/* ---- Unlinked ----------------------------------------------------------------------------------------------------------------------------------- */

/* Whether the child's key is still the parent's: the user may have set it to another's by hand. */
static int still_refers(aq__collection_t *collection, const void *child, const aq__relation_t *relation,
                        const void *parent, bool *refers)
{
    _Alignas(max_align_t) char room[AQ__MEMBER_ROOM];
    int code = AQ_OK;

    *refers = true;
    for (size_t i = 0; i < relation->pair_count && *refers && code == AQ_OK; i++) {
        const aq__field_t *foreign = aq__relation_foreign(relation, i);
        const aq__field_t *referred = aq__relation_referred(relation, i);

        if (foreign->size > sizeof(room))
            continue;
        memset(room, 0, sizeof(room));
        code = aq__key_copy(foreign, room, referred, aq__member_of(referred, parent), collection->arena);
        *refers = code == AQ_OK && aq__member_equal(foreign, room, aq__member_of(foreign, child));
    }
    return code;
}

static int note_lost(aq__collection_t *collection, void *child, const aq__relation_t *relation, void *parent)
{
    aq__link_t *link = aq_arena_alloc(collection->arena, sizeof(*link));

    if (link == NULL)
        return AQ_ENOMEM;
    *link = (aq__link_t){child, parent, relation};
    return aq__objects_push(&collection->lost, link);
}

/* The parent is deleted: that is noted beside the entry, so that signals need not tell it, and so that it can be put back. */
static int forget(aq__collection_t *collection, aq__draft_t *entry, const aq__field_t *foreign)
{
    void *child = entry->changed.object;
    aq__forgotten_t *forgotten = aq_arena_alloc(collection->arena, sizeof(*forgotten));
    void *value = aq_arena_dup(collection->arena, aq__member_of(foreign, child), foreign->size);

    if (entry->nulled == NULL)
        entry->nulled =
            aq_arena_calloc(collection->arena, aq__field_words(entry->changed.mapper), sizeof(uint64_t));
    if (entry->nulled == NULL || forgotten == NULL || value == NULL)
        return AQ_ENOMEM;
    aq__field_set(entry->nulled, foreign->index);
    *forgotten = (aq__forgotten_t){child, foreign, value, collection->set->forgotten};
    collection->set->forgotten = forgotten;
    return AQ_OK;
}

static int set_null(aq__collection_t *collection, void *child, const aq__relation_t *relation, bool deleted,
                    bool *any)
{
    aq__draft_t *entry = aq__collect(collection, child);

    if (entry == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < relation->pair_count; i++) {
        const aq__field_t *foreign = aq__relation_foreign(relation, i);

        if (!foreign->nullable)
            continue;
        if (deleted && forget(collection, entry, foreign) != AQ_OK)
            return AQ_ENOMEM;
        memset(aq__member_of(foreign, child), 0, foreign->size);
        *any = true;
    }
    return AQ_OK;
}

int aq__collect_unlink(aq__collection_t *collection, void *child, const aq__relation_t *relation,
                       void *parent, bool deleted)
{
    bool refers, any = false;
    int code;

    if (aq__object_status(child) != AQ_PERSISTENT || aq__object_has(child, AQ__STATE_DOOMED) ||
        aq__object_snapshot(child) == NULL)
        return AQ_OK;
    code = still_refers(collection, child, relation, parent, &refers);
    if (code == AQ_OK && refers)
        code = set_null(collection, child, relation, deleted, &any);
    if (code == AQ_OK && refers && !any)
        code = note_lost(collection, child, relation, parent);
    return code;
}

static int check_lost(aq__collection_t *collection)
{
    int code = AQ_OK;

    for (size_t i = 0; i < collection->lost.count && code == AQ_OK; i++) {
        const aq__link_t *link = collection->lost.items[i];
        const aq__field_t *foreign = aq__relation_foreign(link->relation, 0);
        aq__draft_t *entry;
        bool refers;

        code = aq__collect_find(collection, link->child, &entry);
        if (code == AQ_OK && entry != NULL && carried_of(entry, foreign) != NULL)
            continue;
        if (code == AQ_OK)
            code = still_refers(collection, link->child, link->relation, link->parent, &refers);
        if (code == AQ_OK && refers)
            code = aq__fail_with(&(aq_error_t){
                .code = AQ_ENOTNULL,
                .sqlstate = "23502",
                .message =
                    aq_arena_printf(collection->arena, "%s.%s: %s loses %s, and %s.%s is NOT NULL",
                                    link->relation->mapper->name, link->relation->name,
                                    name_of(collection, link->child), name_of(collection, link->parent),
                                    aq__object_mapper(link->child)->name, foreign->attribute->name),
                .table = foreign->attribute->column->table->name,
                .column = foreign->attribute->column->name});
    }
    return code;
}

/* Keys that are part of a key may be carried on: as often as there are models, at most. */
int aq__collect_keys(aq__collection_t *collection)
{
    size_t rounds = collection->session->mappers->count;
    bool again = true;
    int code = AQ_OK;

    for (size_t round = 0; round <= rounds && again && code == AQ_OK; round++) {
        again = false;
        for (size_t i = 0; i < collection->links.count && code == AQ_OK; i++)
            code = apply(collection, collection->links.items[i], &again);
        again = again && collection->chained;
    }
    return code == AQ_OK ? check_lost(collection) : code;
}
