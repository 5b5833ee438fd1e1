/* What a flush has to write.
 *
 * The happy path: cascades say who is new and who is deleted; pointers and lists are brought in step; each new, changed or deleted object gets an entry; links between them become keys; then the columns of each entry are known, those
 * that have none are dropped, and what is left is put in order.
 * The failure modes: memory, and what cascade.c, keys.c, sweep.c and callbacks refuse. The set is empty then; what the cascades added to the session stays there. */
#include "src/orm/collect.h"
#include "src/orm/member.h"

/* ---- Entries ------------------------------------------------------------------------------------------------------------------------------ */

static aq_operation_t operation_of(const void *object)
{
    if (aq__object_status(object) == AQ_PENDING)
        return AQ_INSERT;
    return aq__object_has(object, AQ__STATE_DOOMED) ? AQ_DELETE : AQ_UPDATE;
}

static aq__draft_t *make_entry(aq__collection_t *collection, const void *object, aq__object_array_t *array)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    size_t words = aq__field_words(mapper);
    aq__draft_t *entry = aq_arena_calloc(collection->arena, 1, sizeof(*entry) + words * sizeof(uint64_t));

    if (entry == NULL || aq__objects_push(array, entry) != AQ_OK)
        return NULL;
    entry->changed.object = (void *)(uintptr_t)object;
    entry->changed.mapper = mapper;
    entry->changed.operation = operation_of(object);
    entry->changed.number = array->count - 1;
    entry->changed.fields = (uint64_t *)(void *)(entry + 1);
    return entry;
}

/* Only who asks for one of many pays for the map. */
int aq__collect_find(aq__collection_t *collection, const void *object, aq__draft_t **entry)
{
    *entry = NULL;
    if (!aq__object_has(object, AQ__STATE_WRITTEN))
        return AQ_OK;
    for (; collection->mapped < collection->entries.count; collection->mapped++) {
        aq__draft_t *next = collection->entries.items[collection->mapped];

        if (aq__map_put(&collection->by_object, &next->changed.object, sizeof(next->changed.object), next) !=
            AQ_OK)
            return AQ_ENOMEM;
    }
    *entry = aq__map_get(&collection->by_object, &object, sizeof(object));
    return AQ_OK;
}

aq__draft_t *aq__collect(aq__collection_t *collection, const void *object)
{
    aq__draft_t *entry;

    if (aq__collect_find(collection, object, &entry) != AQ_OK)
        return NULL;
    if (entry == NULL)
        entry = make_entry(collection, object, &collection->entries);
    if (entry != NULL)
        aq__object_mark((void *)(uintptr_t)object, AQ__STATE_WRITTEN);
    return entry;
}

aq__draft_t *aq__collect_again(aq__collection_t *collection, const void *object)
{
    aq__draft_t *entry = make_entry(collection, object, &collection->again);

    if (entry != NULL)
        entry->changed.operation = AQ_UPDATE;
    return entry;
}

/* ---- Who is written ------------------------------------------------------------------------------------------------------------------------- */

static int collect_all(aq__collection_t *collection, const aq__object_array_t *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        if (objects->items[i] != NULL && aq__collect(collection, objects->items[i]) == NULL)
            return AQ_ENOMEM;
    return AQ_OK;
}

/* Defaults of the client's that are callbacks come first: they may give keys. */
static int set_defaults(const aq__object_array_t *pending)
{
    int code = AQ_OK;

    for (size_t i = 0; i < pending->count && code == AQ_OK; i++)
        if (pending->items[i] != NULL)
            code = aq__object_set_defaults(pending->items[i]);
    return code;
}

static bool has_changed_field(const void *object)
{
    return aq__object_has(object, AQ__STATE_FLAGGED) || aq__object_has_changed_field(object);
}

static int collect_changed(aq__collection_t *collection)
{
    void *object;

    for (aq__cursor_t cursor = {0}; (object = aq__session_next(collection->session, &cursor)) != NULL;)
        if (aq__object_is_kept(object) && !aq__object_has(object, AQ__STATE_WRITTEN) &&
            has_changed_field(object) && aq__collect(collection, object) == NULL)
            return AQ_ENOMEM;
    return AQ_OK;
}

static bool has_key(const void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->key_count; i++)
        if (!aq__inserts_field(object, mapper->key[i]))
            return false;
    return true;
}

/* The server will refuse it; this says whose key it has. */
static void warn_of_conflict(const void *object, const void *old)
{
    aq_text_t text = {0};

    aq_text_append(&text, "new instance ");
    aq_object_append(&text, object);
    aq_text_append(&text, " has the key of ");
    aq_object_append(&text, old);
    aq_log(AQ_LOG_WARNING, "%s, which is in the session", aq_text_string(&text));
    aq_text_dispose(&text);
}

/* A new object with the key of a deleted one takes its row: INSERT and then DELETE would meet in its primary key. */
static int switch_row(aq__collection_t *collection, aq__draft_t *entry)
{
    const aq__mapper_t *mapper = entry->changed.mapper;
    void *object = entry->changed.object;
    const aq__identity_t *identity = collection->session->identities[mapper->root->index];
    void *old = identity != NULL && has_key(object) ? aq__identity_find(identity, object) : NULL;
    aq__draft_t *deleted;
    int code = AQ_OK;

    if (old != NULL && !aq__object_has(old, AQ__STATE_DOOMED))
        warn_of_conflict(object, old);
    if (old == NULL || !aq__object_has(old, AQ__STATE_DOOMED) || aq__object_mapper(old) != mapper)
        return AQ_OK;
    code = aq__collect_find(collection, old, &deleted);
    if (code != AQ_OK || deleted == NULL)
        return code;
    entry->changed.operation = AQ_UPDATE;
    entry->changed.replaced = old;
    deleted->changed.touched = true;
    return AQ_OK;
}

static int switch_rows(aq__collection_t *collection)
{
    int code = AQ_OK;

    for (size_t i = 0; i < collection->entries.count && code == AQ_OK; i++) {
        aq__draft_t *entry = collection->entries.items[i];

        if (entry->changed.operation == AQ_INSERT)
            code = switch_row(collection, entry);
    }
    return code;
}

/* ---- All ---------------------------------------------------------------------------------------------------------------------------------------- */

static int cascade(aq__collection_t *collection)
{
    aq_session_t *session = collection->session;
    int code = aq__cascade_save(session);

    if (code == AQ_OK)
        code = aq__session_align(session);
    if (code == AQ_OK)
        code = aq__cascade_delete(session, collection->arena, &collection->children);
    return code;
}

static int collect(aq__collection_t *collection)
{
    int code = cascade(collection);

    if (code == AQ_OK)
        code = set_defaults(&collection->session->pending);
    if (code == AQ_OK)
        code = collect_all(collection, &collection->session->pending);
    if (code == AQ_OK)
        code = collect_all(collection, &collection->session->doomed);
    if (code == AQ_OK)
        code = switch_rows(collection);
    if (code == AQ_OK)
        code = aq__collect_links(collection);
    if (code == AQ_OK)
        code = collect_changed(collection);
    if (code == AQ_OK)
        code = aq__collect_rows(collection);
    return code == AQ_OK ? aq__collect_sweeps(collection) : code;
}

static void dispose(aq__collection_t *collection)
{
    for (size_t i = 0; i < collection->entries.count; i++)
        aq__object_unmark(((aq__draft_t *)collection->entries.items[i])->changed.object, AQ__STATE_WRITTEN);
    aq__objects_dispose(&collection->entries);
    aq__objects_dispose(&collection->again);
    aq__objects_dispose(&collection->links);
    aq__objects_dispose(&collection->lost);
    aq__map_dispose(&collection->by_object);
    aq__map_dispose(&collection->associated);
    aq__children_dispose(&collection->children);
}

void aq__changes_put_back(const aq__changeset_t *set)
{
    for (const aq__forgotten_t *one = set->forgotten; one != NULL; one = one->next)
        if (aq__member_is_null(one->field, aq__member_of(one->field, one->object)))
            memcpy(aq__member_of(one->field, one->object), one->value, one->field->size);
}

int aq__changes_collect(aq_session_t *session, aq_arena_t *arena, aq__changeset_t *set)
{
    aq__collection_t collection = {
        .session = session, .arena = arena, .set = set, .children = {.session = session, .arena = arena}};
    int code;

    *set = (aq__changeset_t){.session = session, .arena = arena};
    code = collect(&collection);
    dispose(&collection);
    if (code != AQ_OK) {
        aq__changes_put_back(set);
        *set = (aq__changeset_t){.session = session, .arena = arena};
    }
    return code;
}
