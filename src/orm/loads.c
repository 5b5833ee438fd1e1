/* loads: aq_load(), of one object or of many; those of one relationship and turn are one statement.
 *
 * The happy path: an object that has it is done at once; the others join those of their relationship in this turn, and the first of them loads for all (load.c).
 * The failure modes: a relationship that is a query (dynamic), an object that is in no session; the statement fails: all of them do. */
#include "src/orm/load.h"

typedef struct load load_t;
struct load {
    aq__loading_t loading; /* first */
    const aq__relation_t *relation;
    void *object; /* NULL: many */
    void **objects;
    size_t count;
    load_t *next; /* of the same statement */
};

struct aq__loads {
    load_t **items; /* the first of each relationship in this turn */
    size_t count, capacity;
};

/* ---- Done ------------------------------------------------------------------------------------------------------------------------------- */

static void finish(load_t *load)
{
    void *object = load->object;
    aq__work_t *work = &load->loading.work;

    if (object == NULL)
        aq__work_done(work, work->session);
    else if (load->relation->many)
        aq__work_done(work, aq__many_list(object, load->relation));
    else
        aq__work_done(work, aq__object_one(object, load->relation));
}

static void on_loaded(aq__work_t *work, int code)
{
    aq_error_t *error = code != AQ_OK ? aq__error_copy(aq_last_error()) : NULL;
    load_t *next;

    for (load_t *load = (load_t *)(void *)work; load != NULL; load = next) {
        next = load->next;
        if (load->loading.work.state != AQ__WORK_RUNNING)
            continue;
        if (code == AQ_OK)
            finish(load);
        else
            aq__work_fail_with(&load->loading.work, error != NULL ? error : aq_last_error());
    }
    aq__free(error);
}

/* ---- Sent -------------------------------------------------------------------------------------------------------------------------------- */

static int add_objects(load_t *first, const load_t *load)
{
    void *one = load->object;

    return aq__loading_add(&first->loading, &(aq__load_step_t){.relation = first->relation,
                                                               .parents = one != NULL ? &one : load->objects,
                                                               .count = one != NULL ? 1 : load->count});
}

/* All in one step, without those that stand twice. */
static int merge_steps(load_t *first)
{
    aq__loading_t *loading = &first->loading;
    size_t count = 0;
    void **parents;

    for (size_t i = 0; i < loading->step_count; i++)
        count += loading->steps[i].count;
    if ((parents = aq_arena_alloc(loading->arena, (count + 1) * sizeof *parents)) == NULL)
        return AQ_ENOMEM;
    count = 0;
    for (size_t i = 0; i < loading->step_count; i++) {
        for (size_t k = 0; k < loading->steps[i].count; k++) {
            void *object = loading->steps[i].parents[k];

            if (!aq__object_has(object, AQ__STATE_VISITED))
                parents[count++] = object;
            aq__object_mark(object, AQ__STATE_VISITED);
        }
    }
    for (size_t i = 0; i < count; i++)
        aq__object_unmark(parents[i], AQ__STATE_VISITED);
    loading->steps[0].parents = parents;
    loading->steps[0].count = count;
    loading->step_count = 1;
    return AQ_OK;
}

static void send_first(load_t *first)
{
    int code = aq__loading_open(&first->loading);

    for (load_t *load = first; load != NULL && code == AQ_OK; load = load->next)
        code = add_objects(first, load);
    if (code == AQ_OK)
        code = merge_steps(first);
    if (code != AQ_OK)
        on_loaded(&first->loading.work, code);
    else
        aq__loading_run(&first->loading, on_loaded);
}

void aq__loads_send(aq_session_t *session)
{
    struct aq__loads *loads = session->loads;
    const size_t count = loads != NULL ? loads->count : 0;

    for (size_t i = 0; i < count; i++) {
        load_t *first = loads->items[i];

        loads->items[i] = NULL;
        send_first(first);
    }
    if (loads != NULL)
        loads->count = 0;
}

/* ---- Asked for ---------------------------------------------------------------------------------------------------------------------------- */

static struct aq__loads *loads_of(aq_session_t *session)
{
    if (session->loads == NULL)
        session->loads = aq_arena_calloc(session->arena, 1, sizeof *session->loads);
    return session->loads;
}

static int add_first(aq_session_t *session, struct aq__loads *loads, load_t *load)
{
    if (aq__arena_make_room(session->arena, &loads->items, &loads->capacity, loads->count,
                            sizeof loads->items[0]) != AQ_OK)
        return AQ_ENOMEM;
    loads->items[loads->count++] = load;
    return AQ_OK;
}

static void start(aq__work_t *work)
{
    load_t *load = (load_t *)(void *)work;
    aq_session_t *session = work->session;
    struct aq__loads *loads = loads_of(session);

    if (loads == NULL) {
        aq__work_fail_last(work);
        return;
    }
    for (size_t i = 0; i < loads->count; i++) {
        load_t *first = loads->items[i];

        if (first->relation == load->relation) {
            load->next = first->next;
            first->next = load;
            return;
        }
    }
    if (add_first(session, loads, load) != AQ_OK)
        aq__work_fail_last(work);
}

/* Others may need what it loads. */
static bool stop(aq__work_t *work)
{
    return ((load_t *)(void *)work)->next == NULL;
}

static const aq__work_class_t load_class = {AQ__WORK("load"), .reads = true, .flushes = true,
                                            .start = start,   .stop = stop,  .free = aq__loading_close};

static const aq__relation_t *find_relation(const aq_session_t *session, const aq_model_t *model,
                                           size_t offset)
{
    const aq__mapper_t *mapper = aq__mappers_find(session->mappers, model);
    const aq__relation_t *relation;

    if (mapper == NULL)
        return NULL;
    if ((relation = aq__mapper_relation_at(mapper, offset)) == NULL) {
        aq__fail(AQ_EINVAL, "load: '%s' has no relationship at this member", mapper->name);
    } else if (relation->lazy == AQ_LAZY_DYNAMIC) {
        aq__fail(AQ_EINVAL,
                 "load: '%s.%s' does not support object population - eager loading cannot be applied",
                 mapper->name, relation->name);
        return NULL;
    }
    return relation;
}

static load_t *create(aq_session_t *session, const aq__relation_t *relation, aq_place_t place)
{
    load_t *load = (load_t *)(void *)aq__work_create(session, &load_class, sizeof *load, place);

    if (load != NULL)
        load->relation = relation;
    return load;
}

static aq_op_t *refuse_detached(const void *object, const aq__relation_t *relation)
{
    aq_session_t *home = aq__object_cohort(object)->session;

    aq__fail(AQ_EINVAL, "load: parent instance %s is not bound to a session; load of '%s' cannot proceed",
             aq__object_name(object, home->arena), relation->name);
    return aq__session_failed(home);
}

aq_op_t *aq_object_load(void *object, const aq_model_t *model, size_t offset, aq_place_t place)
{
    aq_session_t *session;
    const aq__relation_t *relation;
    load_t *load;

    if (object == NULL || aq__object(object)->home == NULL) {
        aq__fail(AQ_EINVAL, object == NULL ? "load: NULL is no object"
                                           : "load: not an object that aq_new() or a query made");
        return aq__op_failed_nowhere();
    }
    session = aq__object_cohort(object)->session;
    if ((relation = find_relation(session, model, offset)) == NULL)
        return aq__session_failed(session);
    if (aq__object_status(object) == AQ_DETACHED || aq__object_status(object) == AQ_TRANSIENT)
        return refuse_detached(object, relation);
    if ((load = create(session, relation, place)) == NULL)
        return aq__session_failed(session);
    load->object = object;
    load->relation = aq__object_relation(object, relation);
    return &load->loading.work.op;
}

aq_op_t *aq_objects_load(aq_session_t *session, const aq_objects_t *objects, const aq_model_t *model,
                         size_t offset, aq_place_t place)
{
    const aq__relation_t *relation = find_relation(session, model, offset);
    load_t *load;

    if (relation == NULL || (load = create(session, relation, place)) == NULL)
        return aq__session_failed(session);
    if (aq__loading_open(&load->loading) != AQ_OK ||
        (load->objects =
             aq_arena_dup(load->loading.arena, objects->items, objects->count * sizeof(void *))) == NULL)
        aq__work_fail_last(&load->loading.work);
    load->count = objects->count;
    return &load->loading.work.op;
}
