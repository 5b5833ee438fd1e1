/* Objects: their blocks and their snapshots.
 *
 * The happy path: an object and its snapshot are one block of the session's arena; the snapshot is a packed copy of the members that are columns, and of the pointers of to-one relationships. Text and arrays are
 * not copied: who sets a member makes it point elsewhere.
 * The failure mode: no memory. */
#include "src/orm/object.h"

#include "src/orm/member.h"
#include "src/orm/session.h"

/* ---- Blocks -------------------------------------------------------------------------------------------------------------------------- */

void *aq__object_room(aq__cohort_t *cohort, size_t extra, char **behind)
{
    size_t size = cohort->mapper->object_size;
    char *object;

    if (cohort->snapshot_at != 0)
        size = cohort->snapshot_at + aq__mapper_snapshot_bytes(cohort->mapper);
    object = aq__arena_alloc(cohort->session->arena, size + extra);
    if (object != NULL)
        *behind = object + size;
    return object;
}

void *aq__object_alloc(aq__cohort_t *cohort)
{
    char *behind = NULL, *object = aq__object_room(cohort, 0, &behind);

    if (object == NULL)
        return NULL;
    aq__zero(object, (size_t)(behind - object));
    aq__object(object)->home = cohort;
    return object;
}

/* ---- Defaults ---------------------------------------------------------------------------------------------------------------------- */

int aq__object_set_defaults(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];
        void *member = aq__member_of(field, object);
        int code = AQ_OK;

        if (field->declared->default_cb != NULL && aq__member_is_zero(field, member))
            code = field->declared->default_cb(member, object);
        if (code != AQ_OK)
            return aq__fail(code, "%s.%s: %s", mapper->name, field->attribute->name,
                            aq_last_error()->message);
    }
    return AQ_OK;
}

/* ---- Snapshots ----------------------------------------------------------------------------------------------------------------------- */

static char *snapshot_one_at(char *snapshot, const aq__relation_t *relation)
{
    return snapshot + relation->mapper->snapshot_size + relation->bit * sizeof(void *);
}

void aq__object_take_snapshot_of(void *object, const aq__field_t *field)
{
    char *snapshot = aq__object_snapshot(object);

    if (snapshot != NULL)
        memcpy(snapshot + field->snapshot, aq__member_of(field, object), field->size);
}

void aq__object_take_snapshot_of_one(void *object, const aq__relation_t *relation)
{
    char *snapshot = aq__object_snapshot(object);

    if (snapshot != NULL)
        memcpy(snapshot_one_at(snapshot, relation), (char *)object + relation->offset, sizeof(void *));
}

void aq__object_take_snapshot(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    char *snapshot = aq__object_snapshot(object);

    if (snapshot == NULL)
        return;
    for (size_t i = 0; i < mapper->field_count; i++)
        memcpy(snapshot + mapper->fields[i].snapshot, aq__member_of(&mapper->fields[i], object),
               mapper->fields[i].size);
    for (size_t i = 0; i < mapper->relation_count; i++) {
        if (!mapper->relations[i].many)
            aq__object_take_snapshot_of_one(object, &mapper->relations[i]);
    }
}

/* The same bytes are the same value, whatever its class: nobody changes what a member points to. Most members have four or eight. */
static inline bool has_same_bytes(const void *a, const void *b, size_t size)
{
    uint64_t eight[2];
    uint32_t four[2];

    if (size == sizeof(eight[0])) {
        memcpy(&eight[0], a, sizeof(eight[0]));
        memcpy(&eight[1], b, sizeof(eight[1]));
        return eight[0] == eight[1];
    }
    if (size == sizeof(four[0])) {
        memcpy(&four[0], a, sizeof(four[0]));
        memcpy(&four[1], b, sizeof(four[1]));
        return four[0] == four[1];
    }
    return memcmp(a, b, size) == 0;
}

static inline bool is_changed(const void *object, const char *snapshot, const aq__field_t *field)
{
    const void *member = (const char *)object + field->offset, *kept = snapshot + field->snapshot;

    return !has_same_bytes(member, kept, field->size) && !aq__member_equal(field, member, kept);
}

bool aq__object_field_changed(const void *object, const aq__field_t *field)
{
    const char *snapshot = aq__object_snapshot(object);

    return snapshot != NULL && is_changed(object, snapshot, field);
}

bool aq__object_has_changed_field(const void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    const char *snapshot = aq__object_snapshot(object);

    for (size_t i = 0; snapshot != NULL && i < mapper->field_count; i++)
        if (!mapper->fields[i].generated && is_changed(object, snapshot, &mapper->fields[i]))
            return true;
    return false;
}

/* ---- Relationships -------------------------------------------------------------------------------------------------------------------- */

void *aq__object_one(const void *object, const aq__relation_t *relation)
{
    void *one;

    memcpy(&one, (const char *)object + relation->offset, sizeof(one));
    return one;
}

void *aq__object_snapshot_one(const void *object, const aq__relation_t *relation)
{
    char *snapshot = aq__object_snapshot(object);
    void *one = NULL;

    if (snapshot != NULL)
        memcpy(&one, snapshot_one_at(snapshot, aq__object_relation(object, relation)), sizeof(one));
    return one;
}

void aq__object_set_snapshot_one(void *object, const aq__relation_t *relation, void *one)
{
    char *snapshot = aq__object_snapshot(object);

    if (snapshot != NULL)
        memcpy(snapshot_one_at(snapshot, aq__object_relation(object, relation)), &one, sizeof(one));
}

bool aq__object_relation_loaded(const void *object, const aq__relation_t *relation)
{
    const aq__many_t *many;

    if (!relation->many)
        return aq__object_has(object, aq__relation_loaded_bit(aq__object_relation(object, relation)));
    many = aq__many_list(object, relation)->state;
    return many != NULL && many->loaded;
}

/* ---- Names ------------------------------------------------------------------------------------------------------------------------------- */

const char *aq_state_name(aq_state_t state)
{
    switch (state) {
    case AQ_TRANSIENT: return "transient";
    case AQ_PENDING: return "pending";
    case AQ_PERSISTENT: return "persistent";
    case AQ_DELETED: return "deleted";
    case AQ_DETACHED: return "detached";
    }
    return "no state";
}

aq_state_t aq_object_state(const void *object)
{
    return aq__object_status(object);
}

const aq_model_t *aq_object_model(const void *object)
{
    return aq__object_mapper(object)->model->declared;
}

aq_session_t *aq_object_session(const void *object)
{
    switch (aq__object_status(object)) {
    case AQ_PENDING:
    case AQ_PERSISTENT:
    case AQ_DELETED: return aq__object_cohort(object)->session;
    case AQ_TRANSIENT:
    case AQ_DETACHED: break;
    }
    return NULL;
}

/* The key, of what has or had a row. */
static void append_key(aq_text_t *text, const aq__mapper_t *mapper, const void *object)
{
    for (size_t i = 0; i < mapper->key_count; i++) {
        aq_text_append(text, i == 0 ? " " : ", ");
        aq__member_append(text, mapper->key[i], aq__member_of(mapper->key[i], object));
    }
}

void aq_object_append(aq_text_t *text, const void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);
    aq_state_t status = aq__object_status(object);

    aq_text_appendf(text, "<%s", mapper->name);
    switch (status) {
    case AQ_PERSISTENT:
    case AQ_DELETED:
    case AQ_DETACHED: append_key(text, mapper, object); break;
    case AQ_TRANSIENT:
    case AQ_PENDING: aq_text_appendf(text, " (%s)", aq_state_name(status)); break;
    }
    aq_text_append_char(text, '>');
}

const char *aq__object_name(const void *object, aq_arena_t *arena)
{
    aq_text_t text = {0};
    const char *name = NULL;

    aq_object_append(&text, object);
    if (!text.failed)
        name = aq_arena_strndup(arena, aq_text_string(&text), text.length);
    aq_text_dispose(&text);
    return name != NULL ? name : aq__object_mapper(object)->name;
}
