/* Relationships in memory: linking two objects changes both.
 *
 * The happy path: the relation is found by its member, the other object is of its target, room is made on the far side, which cannot be undone by halves: then the old
 * partners let go, and both sides know each other.
 * The failure modes: an object of another model or session, or one that nobody made; a one-to-one that would replace what nobody knows; memory. Whatever fails, both sides are as they
 * were. What is not loaded is no failure for lists: they remember what was added and removed. */
#include <stddef.h>
#include <string.h>

#include "src/orm/member.h"
#include "src/orm/relate.h"

/* ---- Who is who ------------------------------------------------------------------------------------------------------------------ */

static const char *name_of(const void *object)
{
    return aq__object_name(object, aq__object_cohort(object)->session->arena);
}

static const aq__relation_t *no_relation(const aq__mapper_t *mapper, size_t offset, const char *verb)
{
    const aq__field_t *field = aq__mapper_field_at(mapper, offset);

    if (field != NULL)
        aq__fail(AQ_EINVAL, "%s: %s.%s is a column, no relationship", verb, mapper->name,
                 field->attribute->name);
    else
        aq__fail(AQ_EINVAL, "%s: this member of '%s' is no relationship", verb, mapper->name);
    return NULL;
}

/* The relation at a member of the object; NULL: AQ_EINVAL. */
static const aq__relation_t *relation_at(const void *object, const aq_model_t *model, size_t offset,
                                         const char *verb)
{
    const aq__mapper_t *mapper, *wanted;
    const aq__relation_t *relation;

    if (object == NULL || aq__object(object)->home == NULL) {
        aq__fail(AQ_EINVAL, "%s: %s", verb,
                 object == NULL ? "NULL is no object"
                                : "the object was made neither by aq_new() nor by a query");
        return NULL;
    }
    mapper = aq__object_mapper(object);
    wanted = aq__mappers_find(mapper->mappers, model);
    if (wanted == NULL)
        return NULL;
    if (!aq__mapper_is_a(mapper, wanted)) {
        aq__fail(AQ_EINVAL, "%s: a %s is no %s", verb, mapper->name, wanted->name);
        return NULL;
    }
    relation = aq__mapper_relation_at(mapper, offset);
    return relation != NULL ? relation : no_relation(mapper, offset, verb);
}

/* Whether these two may be linked: "Post.author: a Category is no User". */
static int check_other(const void *object, const aq__relation_t *relation, const void *other)
{
    const char *model = relation->mapper->name, *name = relation->name;

    if (other == NULL)
        return aq__fail(AQ_EINVAL, "%s.%s: NULL is no %s", model, name, relation->target->name);
    if (aq__object(other)->home == NULL)
        return aq__fail(AQ_EINVAL, "%s.%s: the %s was made neither by aq_new() nor by a query", model, name,
                        relation->target->name);
    if (!aq__mapper_is_a(aq__object_mapper(other), relation->target))
        return aq__fail(AQ_EINVAL, "%s.%s: a %s is no %s", model, name, aq__object_mapper(other)->name,
                        relation->target->name);
    if (aq__object_cohort(other)->session != aq__object_cohort(object)->session)
        return aq__fail(AQ_EINVAL, "%s.%s: %s is of session %llu, and %s of session %llu", model, name,
                        name_of(other), (unsigned long long)aq__object_cohort(other)->session->number,
                        name_of(object), (unsigned long long)aq__object_cohort(object)->session->number);
    return AQ_OK;
}

/* ---- One side --------------------------------------------------------------------------------------------------------------------- */

/* The object's own: a submodel has other bits. */
void aq__related_set(void *object, const aq__relation_t *relation, void *value)
{
    memcpy((char *)object + relation->offset, &value, sizeof(value));
    aq__object_mark(object, aq__relation_loaded_bit(aq__object_relation(object, relation)));
}

int aq__object_link(void *object)
{
    int code = AQ_OK;

    if (!aq__object_has(object, AQ__STATE_LINKED))
        code = aq__objects_push(&aq__object_cohort(object)->session->linked, object);
    if (code == AQ_OK)
        aq__object_mark(object, AQ__STATE_LINKED);
    return code;
}

int aq__related_leave(void *other, const aq__relation_t *reverse, void *object)
{
    int code = AQ_OK;

    if (!reverse->many) {
        if (aq__object_one(other, reverse) == object)
            aq__related_set(other, reverse, NULL);
        return AQ_OK;
    }
    code = aq__object_link(other);
    if (code == AQ_OK)
        aq__many_remove(other, reverse, object);
    return code;
}

/* ---- Keys ---------------------------------------------------------------------------------------------------------------------------- */

int aq__key_copy(const aq__field_t *to, void *to_member, const aq__field_t *from, const void *from_member,
                 aq_arena_t *arena)
{
    aq_value_t value;
    int code;

    if (to->member_class == from->member_class && to->size == from->size) {
        memcpy(to_member, from_member, to->size);
        return AQ_OK;
    }
    code = aq__member_value(from, from_member, arena, &value);
    return code != AQ_OK ? code : aq__member_assign(to, &value, arena, to_member);
}

const void *aq__stored_member(const void *object, const aq__field_t *field, void *room)
{
    const char *snapshot = aq__object_snapshot(object);

    if (snapshot == NULL || field->size > AQ__MEMBER_ROOM)
        return aq__member_of(field, object);
    memcpy(room, snapshot + field->snapshot, field->size);
    return room;
}

const aq__field_t *aq__relation_foreign(const aq__relation_t *relation, size_t i)
{
    return relation->direction == AQ__MANY_TO_ONE ? relation->pairs[i].near : relation->pairs[i].far;
}

const aq__field_t *aq__relation_referred(const aq__relation_t *relation, size_t i)
{
    return relation->direction == AQ__MANY_TO_ONE ? relation->pairs[i].far : relation->pairs[i].near;
}

/* Sets the key of `scratch`, of the layout of who is referred to, from the foreign key. *whole: there is one, and nothing of it is NULL. */
static int key_of_owner(const void *child, const aq__relation_t *relation, void *scratch, bool *whole)
{
    _Alignas(max_align_t) char room[AQ__MEMBER_ROOM];
    aq_arena_t *arena = aq__object_cohort(child)->session->arena;
    int code = AQ_OK;

    for (size_t i = 0; i < relation->pair_count && *whole && code == AQ_OK; i++) {
        const aq__field_t *foreign = aq__relation_foreign(relation, i),
                          *referred = aq__relation_referred(relation, i);
        const void *member = aq__stored_member(child, foreign, room);

        *whole = referred->key && !aq__member_is_null(foreign, member);
        if (*whole)
            code = aq__key_copy(referred, aq__member_of(referred, scratch), foreign, member, arena);
    }
    return code;
}

static int find_owner(const void *child, const aq__relation_t *relation, const aq__mapper_t *mapper,
                      void **found)
{
    const aq__identity_t *identity = aq__object_cohort(child)->session->identities[mapper->root->index];
    bool whole = relation->pair_count == mapper->key_count;
    void *scratch;
    int code;

    *found = NULL;
    if (identity == NULL || identity->count == 0 || !whole)
        return AQ_OK;
    scratch = aq__calloc(1, mapper->object_size);
    if (scratch == NULL)
        return AQ_ENOMEM;
    code = key_of_owner(child, relation, scratch, &whole);
    if (code == AQ_OK && whole)
        *found = aq__identity_find(identity, scratch);
    if (*found != NULL && !aq__mapper_is_a(aq__object_mapper(*found), mapper))
        *found = NULL;
    aq__free(scratch);
    return code;
}

int aq__related_known(const void *object, const aq__relation_t *relation, void **found)
{
    *found = NULL;
    return relation->direction == AQ__MANY_TO_ONE ? find_owner(object, relation, relation->target, found)
                                                  : AQ_OK;
}

int aq__owner_known(const void *child, const aq__relation_t *relation, void **found)
{
    *found = NULL;
    return relation->direction == AQ__ONE_TO_MANY ? find_owner(child, relation, relation->mapper, found)
                                                  : AQ_OK;
}

/* Makes a pointer of what the key says, where that is in the session: so the next flush sees that it changed. */
int aq__related_load(void *object, const aq__relation_t *relation)
{
    void *found;
    int code;

    if (aq__object_relation_loaded(object, relation) || aq__object_one(object, relation) != NULL)
        return AQ_OK;
    code = aq__related_known(object, relation, &found);
    if (code != AQ_OK || found == NULL)
        return code;
    aq__related_set(object, relation, found);
    aq__object_set_snapshot_one(object, relation, found);
    return AQ_OK;
}

/* ---- To-one ------------------------------------------------------------------------------------------------------------------------------ */

/* "No author" of a post whose author nobody has loaded: there is no pointer that could change, so the key says it. */
static int clear_key(void *object, const aq__relation_t *relation)
{
    for (size_t i = 0; i < relation->pair_count; i++)
        if (!relation->pairs[i].near->nullable)
            return aq__fail(AQ_EINVAL, "%s.%s: %s must have one: %s is not NULL", relation->mapper->name,
                            relation->name, name_of(object), relation->pairs[i].near->attribute->name);
    for (size_t i = 0; i < relation->pair_count; i++)
        memset(aq__member_of(relation->pairs[i].near, object), 0, relation->pairs[i].near->size);
    return AQ_OK;
}

/* What must be known before a pointer is replaced. */
static int check_replaced(void *object, const aq__relation_t *relation, const void *value)
{
    if (aq__object_relation_loaded(object, relation) || aq__object_one(object, relation) != NULL)
        return AQ_OK;
    if (relation->direction == AQ__ONE_TO_MANY)
        return aq__fail(AQ_ENOTLOADED, "%s.%s is not loaded: aq_load() it before it is replaced",
                        relation->mapper->name, relation->name);
    return value == NULL ? clear_key(object, relation) : AQ_OK;
}

/* `value` gets `object` as its partner, and lets go of the one that it had. `maybe`: its list may have it already; long lists are not looked through where it cannot. */
static int join_other(void *value, const aq__relation_t *reverse, void *object, bool maybe)
{
    int code;

    if (reverse->many) {
        code = aq__object_link(value);
        if (code == AQ_OK && !(maybe && aq__many_has(value, reverse, object)))
            code = aq__many_add(value, reverse, object);
        return code;
    }
    if (aq__object_one(value, reverse) != NULL && aq__object_one(value, reverse) != object &&
        reverse->reverse != NULL)
        aq__related_set(aq__object_one(value, reverse), reverse->reverse, NULL);
    aq__related_set(value, reverse, object);
    return AQ_OK;
}

/* Whether the two sides are not in step, since somebody has set the pointer alone. */
static bool is_astray(const void *object, const aq__relation_t *reverse, const void *old)
{
    return old != NULL && reverse->many && !aq__many_has(old, reverse, object);
}

/* Both sides, where there are two. Room is made first: what comes after cannot fail. */
static int replace(void *object, const aq__relation_t *relation, void *old, void *value)
{
    const aq__relation_t *reverse = relation->reverse;
    int code = AQ_OK;

    if (reverse != NULL && old != NULL && reverse->many)
        code = aq__object_link(old);
    if (code == AQ_OK && reverse != NULL && value != NULL)
        code = join_other(value, reverse, object, is_astray(object, reverse, old));
    if (code != AQ_OK)
        return code;
    if (reverse != NULL && old != NULL)
        code = aq__related_leave(old, reverse, object);
    aq__related_set(object, relation, value);
    return code;
}

int aq_object_set(void *object, const aq_model_t *model, size_t offset, void *value)
{
    const aq__relation_t *relation = relation_at(object, model, offset, "aq_set");
    int code;

    if (relation == NULL)
        return aq_last_error()->code;
    if (relation->many)
        return aq__fail(AQ_EINVAL, "aq_set: %s.%s is a list: use aq_append() and aq_remove()",
                        relation->mapper->name, relation->name);
    code = value != NULL ? check_other(object, relation, value) : AQ_OK;
    if (code == AQ_OK)
        code = aq__related_load(object, relation);
    if (code == AQ_OK)
        code = check_replaced(object, relation, value);
    if (code != AQ_OK)
        return code;
    if (value != NULL && aq__object_one(object, relation) == value)
        return relation->reverse != NULL ? join_other(value, relation->reverse, object, true) : AQ_OK;
    return replace(object, relation, aq__object_one(object, relation), value);
}

/* ---- To-many ----------------------------------------------------------------------------------------------------------------------------- */

static const aq__relation_t *list_at(const void *object, const aq_model_t *model, size_t offset,
                                     const char *verb)
{
    const aq__relation_t *relation = relation_at(object, model, offset, verb);

    if (relation == NULL || relation->many)
        return relation;
    aq__fail(AQ_EINVAL, "%s: %s.%s is no list: use aq_set()", verb, relation->mapper->name, relation->name);
    return NULL;
}

/* Whether the list has it; where the other side is a pointer that leads elsewhere, without looking through the list. */
static bool has(const void *object, const aq__relation_t *relation, const void *item)
{
    const aq__relation_t *reverse = relation->reverse;

    if (reverse != NULL && !reverse->many && aq__object_relation_loaded(item, reverse) &&
        aq__object_one(item, reverse) != object)
        return false;
    return aq__many_has(object, relation, item);
}

/* The item knows the list's owner, and its old owner no longer knows the item. */
static int append_back(void *object, const aq__relation_t *relation, void *item)
{
    const aq__relation_t *reverse = relation->reverse;
    void *old;
    int code = AQ_OK;

    if (reverse->many) {
        code = aq__object_link(item);
        return code == AQ_OK && !aq__many_has(item, reverse, object) ? aq__many_add(item, reverse, object)
                                                                     : code;
    }
    code = aq__related_load(item, reverse);
    old = code == AQ_OK ? aq__object_one(item, reverse) : NULL;
    if (old != NULL && old != object)
        code = aq__related_leave(old, relation, item);
    if (code == AQ_OK)
        aq__related_set(item, reverse, object);
    return code;
}

int aq_object_append_item(void *object, const aq_model_t *model, size_t offset, void *item)
{
    const aq__relation_t *relation = list_at(object, model, offset, "aq_append");
    int code;

    if (relation == NULL)
        return aq_last_error()->code;
    code = check_other(object, relation, item);
    if (code != AQ_OK || has(object, relation, item))
        return code;
    code = aq__object_link(object);
    if (code == AQ_OK)
        code = aq__many_add(object, relation, item);
    if (code == AQ_OK && relation->reverse != NULL)
        code = append_back(object, relation, item);
    if (code != AQ_OK)
        aq__many_remove(object, relation, item);
    return code;
}

/* A child that may not be without its parent, and was never written: it is not written at all. */
static int drop_orphan(const aq__relation_t *relation, void *item)
{
    aq_session_t *session = aq__object_cohort(item)->session;

    if ((relation->cascade & AQ_CASCADE_DELETE_ORPHAN) == 0 || aq__object_status(item) != AQ_PENDING)
        return AQ_OK;
    return aq_expunge(session, item);
}

static int remove_back(void *object, const aq__relation_t *relation, void *item)
{
    const aq__relation_t *reverse = relation->reverse;
    int code = AQ_OK;

    if (reverse->many)
        return aq__related_leave(item, reverse, object);
    code = aq__related_load(item, reverse);
    if (code == AQ_OK && aq__object_one(item, reverse) == object)
        aq__related_set(item, reverse, NULL);
    return code;
}

int aq_object_remove_item(void *object, const aq_model_t *model, size_t offset, void *item)
{
    const aq__relation_t *relation = list_at(object, model, offset, "aq_remove");
    int code;

    if (relation == NULL)
        return aq_last_error()->code;
    code = check_other(object, relation, item);
    if (code == AQ_OK)
        code = aq__object_link(object);
    if (code == AQ_OK && relation->reverse != NULL && relation->reverse->many)
        code = aq__object_link(item);
    if (code != AQ_OK)
        return code;
    if (aq__many_of(object, relation) == NULL)
        return AQ_ENOMEM;
    if (!aq__many_remove(object, relation, item))
        return aq__fail(AQ_ENOENT, "%s.%s: %s is not in the list of %s", relation->mapper->name,
                        relation->name, name_of(item), name_of(object));
    if (relation->reverse != NULL)
        code = remove_back(object, relation, item);
    return code == AQ_OK ? drop_orphan(relation, item) : code;
}

/* ---- Loaded or not --------------------------------------------------------------------------------------------------------------------------- */

bool aq_object_is_loaded(const void *object, const aq_model_t *model, size_t offset, bool required)
{
    const aq__relation_t *relation = relation_at(object, model, offset, "aq_is_loaded");

    if (relation == NULL)
        return false;
    if (aq__object_relation_loaded(object, relation))
        return true;
    if (required)
        aq__fail(AQ_ENOTLOADED, "%s.%s is not loaded: aq_load() it, or load it with the query",
                 relation->mapper->name, relation->name);
    return false;
}
