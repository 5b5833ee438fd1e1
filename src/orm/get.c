/* get: objects by their key: aq_get(), aq_refresh(), aq_merge().
 *
 * The happy path: the key's values go into a scratch object of the model; the identity map has the object, and it is fresh: done. Else the get joins the others of its model and
 * turn: at the end of the turn the first of them sends one statement for all, `= $1` or `= any($1)`, whose rows become objects; then each looks its key up again.
 *
 *     QUEUED -> (map has it) done
 *            -> in a batch -> sent -> done
 *
 * The failure modes: a key of the wrong arity or type; the statement fails: all of its gets do; the first is canceled: the statement goes on for the others. */
#include "src/orm/get.h"

#include "src/orm/member.h"
#include "src/orm/query.h"

typedef struct get get_t;
struct get {
    aq__work_t work; /* first */
    const aq__mapper_t *mapper;
    void *key;               /* a scratch object; only its key is set */
    void *object;            /* refresh: whose row is wanted anew; NULL: get, merge */
    void *found;             /* of the first: the object of the last row */
    get_t *next;             /* of the same statement */
    size_t count;            /* of the first: how many there are */
    aq__compiled_t compiled; /* of the first */
};

struct aq__gets {
    get_t **items; /* first of each batch of this turn */
    size_t count, capacity;
};

/* ---- Keys ------------------------------------------------------------------------------------------------------------------------------------ */

static int refuse_arity(const aq__mapper_t *mapper, size_t count)
{
    aq_text_t names = {.data = NULL};
    int code;

    for (size_t i = 0; i < mapper->key_count; i++)
        aq_text_appendf(&names, "%s'%s.%s'", i > 0 ? ", " : "", mapper->name,
                        mapper->key[i]->attribute->name);
    code = aq__fail(AQ_EARGUMENTS,
                    "get: incorrect number of values (%zu) in the identifier of %s; its primary key is %s",
                    count, mapper->name, aq_text_string(&names));
    aq_text_dispose(&names);
    return code;
}

static bool has_null(const aq_arguments_t *key)
{
    for (size_t i = 0; i < key->count; i++)
        if (key->values[i].kind == AQ_VALUE_NULL)
            return true;
    return false;
}

/* In one block behind the work: what a key's text points to lies in the session's arena. AQ_ERANGE: no row can have such a key. */
static int set_key(aq_session_t *session, get_t *get, const aq_arguments_t *key)
{
    for (size_t i = 0; i < key->count; i++) {
        const aq__field_t *field = get->mapper->key[i];
        const int code =
            aq__member_assign(field, &key->values[i], session->arena, aq__member_of(field, get->key));

        if (code != AQ_OK)
            return code;
    }
    return AQ_OK;
}

static void *find(const get_t *get)
{
    const aq__identity_t *identity = get->work.session->identities[get->mapper->root->index];
    void *object = identity != NULL ? aq__identity_find(identity, get->key) : NULL;

    return object != NULL && aq__mapper_is_a(aq__object_mapper(object), get->mapper) ? object : NULL;
}

/* ---- The statement ---------------------------------------------------------------------------------------------------------------------------- */

static void finish_merge(get_t *get);
static const aq__work_class_t merge_class, refresh_class;

static void finish_refresh(get_t *get)
{
    aq_session_t *session = get->work.session;

    if (get->found != NULL)
        aq__work_done(&get->work, get->object);
    else
        aq__work_fail(&get->work, AQ_ENOROW,
                      "refresh: %s has been deleted, or its row is otherwise not present",
                      aq__object_name(get->object, session->arena));
}

/* Its row was there when it was asked for: an object that is still expired then has none any more. */
static bool is_there(const get_t *get, const void *object)
{
    return object != NULL && aq__object_status(object) == AQ_PERSISTENT &&
           !aq__object_is_expired(get->work.session, object);
}

static void finish_with(get_t *get, void *object)
{
    aq__work_done(&get->work, is_there(get, object) ? object : NULL);
}

/* Who was alone knows its row; the others look it up. */
static void finish_get(get_t *get)
{
    if (get->work.work_class == &merge_class) {
        finish_merge(get);
        return;
    }
    if (get->work.work_class == &refresh_class) {
        finish_refresh(get);
        return;
    }
    finish_with(get, get->count == 1 && get->found != NULL ? get->found : find(get));
}

static void fail_all(get_t *first, const aq_error_t *given)
{
    aq_error_t *error = aq__error_copy(given);
    get_t *next;

    for (get_t *get = first; get != NULL; get = next) {
        next = get->next;
        aq__work_fail_with(&get->work, error != NULL ? error : aq_last_error());
    }
    aq__free(error);
}

static int read_rows(get_t *first, aq_rows_t *rows)
{
    aq_session_t *session = first->work.session;

    for (size_t row = 0; row < aq_rows_count(rows); row++) {
        void *object;
        const int code = aq__row_object(session, &first->compiled.shapes[0], rows, row,
                                        first->object != NULL ? AQ__REFRESHES : AQ__MEETS_EXPIRED, &object);

        if (code != AQ_OK)
            return code;
        if (object != NULL)
            first->found = object;
    }
    return AQ_OK;
}

/* The last to be finished may free the session. */
static void finish_all(get_t *first)
{
    get_t *next;

    for (get_t *get = first; get != NULL; get = next) {
        next = get->next;
        if (get->work.state == AQ__WORK_RUNNING)
            finish_get(get);
    }
}

static void on_rows(aq__work_t *work, aq_rows_t *rows)
{
    get_t *first = (get_t *)(void *)work;

    if (rows == NULL)
        fail_all(first, aq_op_error(work->pending));
    else if (read_rows(first, rows) != AQ_OK)
        fail_all(first, aq_last_error());
    else
        finish_all(first);
}

/* One array for each column of the key. */
static int make_arguments(get_t *first, aq_arena_t *arena, aq_value_t *values)
{
    const void **keys = &(const void *){first->key};
    size_t at = 0;
    int code = AQ_OK;

    if (first->count > 1 && (keys = aq_arena_alloc(arena, first->count * sizeof *keys)) == NULL)
        return AQ_ENOMEM;
    for (const get_t *get = first; get != NULL; get = get->next)
        keys[at++] = get->key;
    for (size_t i = 0; i < first->mapper->key_count && code == AQ_OK; i++) {
        const aq__field_t *field = first->mapper->key[i];

        code = first->count > 1
                   ? aq__member_array(field, (void *const *)(uintptr_t)keys, first->count, arena, &values[i])
                   : aq__member_value(field, aq__member_of(field, first->key), arena, &values[i]);
    }
    return code;
}

static int send_values(get_t *first, aq_arena_t *arena)
{
    enum { FEW = 8 };
    const aq_arguments_t *compiled = &first->compiled.arguments;
    aq__branch_t *branch = aq__session_branch(first->work.session, first->mapper->bind);
    aq_value_t few[FEW], *values = few;
    int code;

    if (branch == NULL)
        return aq_last_error()->code;
    if (compiled->count > FEW && (values = aq_arena_alloc(arena, compiled->count * sizeof *values)) == NULL)
        return AQ_ENOMEM;
    memcpy(values, compiled->values, compiled->count * sizeof *values);
    if ((code = make_arguments(first, arena, values)) != AQ_OK)
        return code;
    aq__session_read(&first->work, branch, first->compiled.sql, &(aq_arguments_t){compiled->count, values},
                     true, on_rows);
    return AQ_OK;
}

/* What one key needs beside itself is next to nothing, and goes where its text is; arrays go when they are sent. */
static int send_keys(get_t *first)
{
    aq_session_t *session = first->work.session;
    aq_arena_t *arena = first->count > 1 ? aq_arena_create() : session->arena;
    int code = arena != NULL ? AQ_OK : AQ_ENOMEM;

    if (code == AQ_OK)
        code = aq__key_compile(session, first->mapper, first->count > 1, session->arena, &first->compiled);
    if (code == AQ_OK)
        code = send_values(first, arena);
    if (arena != session->arena)
        aq_arena_close(arena);
    return code;
}

void aq__gets_send(aq_session_t *session)
{
    struct aq__gets *gets = session->gets;

    if (gets == NULL)
        return;
    for (size_t i = 0; i < gets->count; i++)
        if (send_keys(gets->items[i]) != AQ_OK)
            fail_all(gets->items[i], aq_last_error());
    gets->count = 0;
}

/* ---- Batches -------------------------------------------------------------------------------------------------------------------------------------- */

static struct aq__gets *gets_of(aq_session_t *session)
{
    if (session->gets == NULL)
        session->gets = aq_arena_calloc(session->arena, 1, sizeof *session->gets);
    return session->gets;
}

static int add_batch(aq_session_t *session, struct aq__gets *gets, get_t *get)
{
    if (aq__arena_make_room(session->arena, &gets->items, &gets->capacity, gets->count,
                            sizeof gets->items[0]) != AQ_OK)
        return AQ_ENOMEM;
    gets->items[gets->count++] = get;
    get->count = 1;
    return AQ_OK;
}

static int join(get_t *get)
{
    aq_session_t *session = get->work.session;
    struct aq__gets *gets = gets_of(session);

    if (gets == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < gets->count; i++) {
        get_t *first = gets->items[i];

        if (first->mapper == get->mapper) {
            get->next = first->next;
            first->next = get;
            first->count++;
            return AQ_OK;
        }
    }
    return add_batch(session, gets, get);
}

static void start_get(aq__work_t *work)
{
    get_t *get = (get_t *)(void *)work;
    void *object = find(get);

    if (object != NULL && !aq__object_is_expired(work->session, object)) {
        finish_with(get, object);
        return;
    }
    if (join(get) != AQ_OK)
        aq__work_fail_last(work);
}

/* Others may need the rows. */
static bool stop(aq__work_t *work)
{
    return ((get_t *)(void *)work)->next == NULL;
}

static const aq__work_class_t get_class = {AQ__WORK("get"), .reads = true, .start = start_get, .stop = stop};

static get_t *create(aq_session_t *session, const aq__work_class_t *work_class, const aq__mapper_t *mapper,
                     aq_place_t place)
{
    const size_t at = AQ__ARENA_ROUND(sizeof(get_t));
    get_t *get = (get_t *)(void *)aq__work_create(session, work_class, at + mapper->object_size, place);

    if (get == NULL)
        return NULL;
    get->mapper = mapper;
    get->key = (char *)get + at;
    return get;
}

aq_op_t *aq_session_get(aq_session_t *session, const aq_model_t *model, const aq_arguments_t *key,
                        aq_place_t place)
{
    const aq__mapper_t *mapper = aq__session_mapper(session, model);
    get_t *get;
    int code;

    if (mapper == NULL || (key->count != mapper->key_count && refuse_arity(mapper, key->count) != AQ_OK) ||
        (get = create(session, &get_class, mapper, place)) == NULL)
        return aq__session_failed(session);
    code = has_null(key) ? AQ_ERANGE : set_key(session, get, key);
    if (code == AQ_ERANGE)
        aq__work_done(&get->work, NULL);
    else if (code != AQ_OK)
        aq__work_fail_last(&get->work);
    return &get->work.op;
}

/* ---- Refresh ---------------------------------------------------------------------------------------------------------------------------------------- */

static void start_alone(get_t *get)
{
    get->count = 1;
    if (send_keys(get) != AQ_OK)
        aq__work_fail_last(&get->work);
}

static void start_refresh(aq__work_t *work)
{
    get_t *get = (get_t *)(void *)work;

    if (aq__object_status(get->object) != AQ_PERSISTENT) {
        aq__work_fail(work, AQ_EINVAL, "refresh: %s is not persistent in this session",
                      aq__object_name(get->object, work->session->arena));
        return;
    }
    memcpy(get->key, get->object, get->mapper->object_size);
    start_alone(get);
}

static const aq__work_class_t refresh_class = {AQ__WORK("refresh"), .reads = true, .start = start_refresh,
                                               .stop = stop};

aq_op_t *aq_session_refresh(aq_session_t *session, void *object, aq_place_t place)
{
    get_t *get;

    if (aq__session_owns(session, object, "refresh") != AQ_OK ||
        (get = create(session, &refresh_class, aq__object_mapper(object), place)) == NULL)
        return aq__session_failed(session);
    get->object = object;
    return &get->work.op;
}

/* ---- Merge -------------------------------------------------------------------------------------------------------------------------------------------- */

static int copy_columns(get_t *get, void *object)
{
    const aq__mapper_t *mapper = get->mapper;

    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];
        void *member = aq__member_of(field, object);
        int code;

        if (aq__member_equal(field, member, aq__member_of(field, get->key)))
            continue;
        memcpy(member, aq__member_of(field, get->key), field->size);
        if ((code = aq__member_keep(field, get->work.session->arena, member)) != AQ_OK)
            return code;
    }
    return AQ_OK;
}

/* The copy of the given object is the key: its text was the caller's, and may be gone by now, so it was kept first. */
static void finish_merge(get_t *get)
{
    aq_session_t *session = get->work.session;
    void *object = find(get);
    const bool is_new = object == NULL;

    if (is_new && (object = aq_session_new(session, get->mapper->model->declared)) == NULL) {
        aq__work_fail_last(&get->work);
        return;
    }
    if (copy_columns(get, object) != AQ_OK || (is_new && aq_add(session, object) != AQ_OK))
        aq__work_fail_last(&get->work);
    else
        aq__work_done(&get->work, object);
}

static bool has_key(const get_t *get)
{
    for (size_t i = 0; i < get->mapper->key_count; i++)
        if (!aq__member_is_zero(get->mapper->key[i], aq__member_of(get->mapper->key[i], get->key)))
            return true;
    return false;
}

static void start_merge(aq__work_t *work)
{
    get_t *get = (get_t *)(void *)work;
    void *object = find(get);

    if (!has_key(get) || (object != NULL && !aq__object_is_expired(work->session, object)))
        finish_merge(get);
    else
        start_alone(get);
}

static const aq__work_class_t merge_class = {AQ__WORK("merge"), .start = start_merge};

static int keep_all(get_t *get)
{
    for (size_t i = 0; i < get->mapper->field_count; i++) {
        const aq__field_t *field = &get->mapper->fields[i];
        const int code = aq__member_keep(field, get->work.session->arena, aq__member_of(field, get->key));

        if (code != AQ_OK)
            return code;
    }
    return AQ_OK;
}

aq_op_t *aq_session_merge(aq_session_t *session, const void *object, aq_place_t place)
{
    get_t *get;

    if (object == NULL || aq__object(object)->home == NULL) {
        aq__fail(AQ_EINVAL, object == NULL ? "merge: NULL is no object"
                                           : "merge: not an object that aq_new() or a query made");
        return aq__session_failed(session);
    }
    if ((get = create(session, &merge_class, aq__object_mapper(object), place)) == NULL)
        return aq__session_failed(session);
    memcpy(get->key, object, get->mapper->object_size);
    if (keep_all(get) != AQ_OK)
        aq__work_fail_last(&get->work);
    return &get->work.op;
}
