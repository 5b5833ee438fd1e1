/* For tests of what sessions do in memory: a session made by hand, without a context, a pool or a loop, and a flush that always succeeds.
 *
 *     hand_t hand;
 *     open_hand(&hand, ALL_MODELS, ALL_TABLES);                       t/session_models.h
 *     User *user = a_row(&hand, User, .id = 1, .name = "ann");        as if it had been loaded: persistent, no relationships
 *     Post *post = aq_new(hand.session, Post);
 *     is_changes(&hand, "INSERT <Post (pending)>: title\n", "one post");
 *     pretend_flush(&hand);                                           what is written is there now; keys are drawn
 *     close_hand(&hand);                                                                                              */
#ifndef AQUIFER_T_SESSIONS_H
#define AQUIFER_T_SESSIONS_H

#include <stdlib.h>

#include "src/orm/change.h"
#include "src/orm/member.h"
#include "t/declared.h"

typedef struct hand {
    aq__model_registry_t *registry;
    aq__mappers_t *mappers;
    aq__engine_t engine;
    aq_session_t *session;
    int32_t next_key; /* the first that is drawn is 101 */
} hand_t;

/* Where a real session is linked in, its own are taken. */
__attribute__((weak)) aq__cohort_t *aq__session_cohort(aq_session_t *session, const aq__mapper_t *mapper)
{
    aq__cohort_t *cohort = session->cohorts[mapper->index];
    aq__identity_t **identity = &session->identities[mapper->root->index];

    if (cohort != NULL)
        return cohort;
    if (*identity == NULL)
        *identity = aq_arena_calloc(session->arena, 1, sizeof(**identity));
    cohort = *identity != NULL ? aq_arena_calloc(session->arena, 1, sizeof(*cohort)) : NULL;
    if (cohort == NULL)
        return NULL;
    (*identity)->root = mapper->root;
    *cohort = (aq__cohort_t){.session = session, .mapper = mapper, .identity = *identity};
    if (!session->options.read_only)
        cohort->snapshot_at = (mapper->object_size + 7) & ~(size_t)7;
    return session->cohorts[mapper->index] = cohort;
}

/* Another session of the same db. */
static inline aq_session_t *open_session(hand_t *hand, bool read_only)
{
    aq_session_t *session = calloc(1, sizeof(*session));

    session->engine = &hand->engine;
    session->mappers = hand->mappers;
    session->arena = aq_arena_create();
    session->number = ++hand->engine.next_session;
    session->options.read_only = read_only;
    session->cohorts = aq_arena_calloc(session->arena, hand->mappers->count, sizeof(*session->cohorts));
    session->identities = aq_arena_calloc(session->arena, hand->mappers->count, sizeof(*session->identities));
    return session;
}

static inline void close_session(hand_t *hand, aq_session_t *session)
{
    for (size_t i = 0; i < hand->mappers->count; i++)
        if (session->identities[i] != NULL)
            aq__identity_dispose(session->identities[i]);
    aq__objects_dispose(&session->pending);
    aq__objects_dispose(&session->doomed);
    aq__objects_dispose(&session->linked);
    aq__free(session->flagged);
    aq_arena_close(session->arena);
    free(session);
}

/* `between`: the tables of many-to-many relationships, a NULL at the end. */
static inline void open_hand(hand_t *hand, const aq_model_t *const *models, const aq_table_t *const *between)
{
    *hand = (hand_t){.registry = add_all(models), .engine.next_session = 36, .next_key = 100};
    for (; *between != NULL; between++)
        (void)aq__models_add_table(hand->registry, *between);
    if (aq__models_seal(hand->registry) != AQ_OK)
        diag("the models are wrong: %s", aq_last_error()->message);
    hand->mappers = aq__mappers_create(hand->registry);
    hand->engine.mappers = hand->mappers;
    hand->session = open_session(hand, false);
}

static inline void close_hand(hand_t *hand)
{
    close_session(hand, hand->session);
    aq__mappers_close(hand->mappers);
    aq__models_close(hand->registry);
}

/* ---- Rows --------------------------------------------------------------------------------------------------------------------------- */

static inline void forget_relations(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    aq__object(object)->state &= (UINT64_C(1) << AQ__STATE_LOADED_SHIFT) - 1;
    for (size_t i = 0; i < mapper->relation_count; i++)
        if (mapper->relations[i].many)
            *aq__many_list(object, &mapper->relations[i]) = (aq_many_t){0};
}

/* A copy of `like`, as a query would have made it. */
static inline void *load_row(aq_session_t *session, const aq_model_t *model, const void *like)
{
    char *object = aq_session_new(session, model);

    memcpy(object + sizeof(aq_object_t), (const char *)like + sizeof(aq_object_t),
           model->size - sizeof(aq_object_t));
    forget_relations(object);
    aq__object_set_status(object, AQ_PERSISTENT);
    aq__object_take_snapshot(object);
    if (aq__identity_put(aq__object_cohort(object)->identity, object) != AQ_OK)
        diag("the row is not in the identity map");
    return object;
}

#define a_row(hand, struct_, ...) \
    ((struct_ *)load_row((hand)->session, &struct_##_model, &(struct_){__VA_ARGS__}))

/* As aq_load() would. */
static inline void load_many(void *object, const char *relation, void *const *items, size_t count)
{
    if (aq__many_load(object, aq__mapper_relation(aq__object_mapper(object), relation), items, count) !=
        AQ_OK)
        diag("%s is not loaded", relation);
}
#define load_list(object, relation, ...) \
    load_many((object), (relation), (void *[]){__VA_ARGS__}, sizeof((void *[]){__VA_ARGS__}) / sizeof(void *))
#define load_no_list(object, relation) load_many((object), (relation), (void *[]){NULL}, 0)

static inline void load_one(void *object, const char *name, void *value)
{
    const aq__relation_t *relation = aq__mapper_relation(aq__object_mapper(object), name);
    char *snapshot = aq__object_snapshot(object);

    memcpy((char *)object + relation->offset, &value, sizeof(value));
    if (snapshot != NULL)
        memcpy(snapshot + relation->mapper->snapshot_size + relation->bit * sizeof(value), &value,
               sizeof(value));
    aq__object_mark(object, UINT64_C(1) << (AQ__STATE_LOADED_SHIFT + relation->bit));
}

/* ---- Changes --------------------------------------------------------------------------------------------------------------------------- */

/* What a flush would write, or the error that says why not. */
static inline char *changes_of(aq_session_t *session)
{
    aq_arena_t *arena = aq_arena_create();
    aq__changeset_t set;
    aq_text_t text = {0};

    if (aq__changes_collect(session, arena, &set) == AQ_OK)
        aq__changeset_append(&text, &set);
    else
        aq_text_appendf(&text, "%s: %s\n", aq_error_name(aq_last_error()->code), aq_last_error()->message);
    if (text.data == NULL)
        aq_text_append(&text, "");
    aq_arena_close(arena);
    return aq_text_take(&text);
}

static inline void session_has_changes(aq_session_t *session, const char *expected, const char *name)
{
    char *text = changes_of(session);

    is_text(text != NULL ? text : "", expected, "%s", name);
    aq_free(text);
}
#define is_changes(hand, expected, name) session_has_changes((hand)->session, expected, name)

static inline void draw_keys(hand_t *hand, const aq__changed_t *changed)
{
    for (size_t i = 0; i < changed->mapper->key_count; i++) {
        const aq__field_t *key = changed->mapper->key[i];
        const aq_value_t value = aq_int4(hand->next_key + 1);

        if (!key->drawn || ((changed->fields[key->index / 64] >> (key->index % 64)) & 1) != 0)
            continue;
        hand->next_key++;
        if (aq__member_assign(key, &value, hand->session->arena, aq__member_of(key, changed->object)) !=
            AQ_OK)
            diag("no key: %s", aq_last_error()->message);
    }
}

static inline void settle_row(hand_t *hand, const aq__changed_t *changed)
{
    aq__identity_t *identity = hand->session->identities[changed->mapper->root->index];

    if (changed->operation == AQ_DELETE) {
        aq__identity_remove(identity, changed->object);
        aq__object_unmark(changed->object, AQ__STATE_DOOMED);
        aq__object_set_status(changed->object, AQ_DELETED);
        return;
    }
    if (changed->operation == AQ_INSERT)
        draw_keys(hand, changed);
    for (size_t i = 0; i < changed->carried_count; i++) {
        const aq__carried_t *carried = &changed->carried[i];
        aq_value_t value;

        if (aq__member_value(carried->source_field,
                             aq__member_of(carried->source_field, carried->source->object),
                             hand->session->arena, &value) != AQ_OK ||
            aq__member_assign(carried->field, &value, hand->session->arena,
                              aq__member_of(carried->field, changed->object)) != AQ_OK)
            diag("not carried: %s", aq_last_error()->message);
    }
    aq__object_take_snapshot(changed->object);
    aq__object_set_status(changed->object, AQ_PERSISTENT);
    if (aq__identity_put(identity, changed->object) != AQ_OK)
        diag("no memory");
}

/* All of it succeeds. Parents come before their children in the order in which they were added, or not at all. */
static inline void pretend_flush(hand_t *hand)
{
    aq_session_t *session = hand->session;
    aq_arena_t *arena = aq_arena_create();
    aq__changeset_t set;

    if (aq__changes_collect(session, arena, &set) != AQ_OK)
        diag("no changes: %s", aq_last_error()->message);
    for (size_t i = 0; i < set.count; i++)
        settle_row(hand, set.items[i]);
    for (size_t i = 0; i < session->linked.count; i++) {
        void *object = session->linked.items[i];
        const aq__mapper_t *mapper = aq__object_mapper(object);

        aq__object_unmark(object, AQ__STATE_LINKED);
        for (size_t k = 0; k < mapper->relation_count; k++)
            if (mapper->relations[k].many && aq__many_settle(object, &mapper->relations[k]) != AQ_OK)
                diag("no memory");
    }
    for (size_t i = 0; i < session->flagged_count; i++)
        aq__object_unmark(session->flagged[i].object, AQ__STATE_FLAGGED);
    session->flagged_count = session->pending.count = session->doomed.count = session->linked.count = 0;
    aq_arena_close(arena);
}

#endif
