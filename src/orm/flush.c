/* flush: from what changed to units, and from their results back into objects.
 *
 * The happy path: collect (change.c) -> a plan for each bind (plan.c) -> connections where a transaction needs them -> one unit for each bind, all at once -> when the last of
 * them is answered, keys and defaults are read into the objects, which are as the database has them from then on.
 *
 * The failure modes: what cannot be collected or planned (nothing was sent, nothing changes, the session stays active); a unit that fails (the session is failed: aq__session_break); one bind
 * that has committed while another has not (AQ_EPARTIALCOMMIT); no memory for what came back although it is written: the objects are expired. */
#include "src/orm/listeners.h"
#include "src/orm/observer.h"
#include "src/orm/partial.h"
#include "src/orm/plan.h"
#include "src/orm/two_phase.h"
#include "src/wire/commit.h"
#include "src/wire/observe.h"

/* A bind's share. */
typedef struct part {
    struct flush *flush;
    aq__branch_t *branch;
    aq__plan_t plan;
    aq_unit_t *unit; /* not sent yet */
    aq__observed_t *observed;
    aq__participant_t *participant; /* of a commit by PREPARE TRANSACTION; NULL: there is none */
    aq_results_t *results;
    bool sent;
    int code;
} part_t;

typedef struct flush {
    aq__work_t *work;
    aq_session_t *session;
    bool commit;
    bool partial;   /* one bind has committed, another has not */
    bool announced; /* BEFORE_FLUSH was called, and so AFTER_FLUSH will be */
    void (*then)(aq__work_t *work, int code);
    aq_arena_t *arena; /* this struct lives in it too */
    aq__changeset_t set;
    part_t *parts;
    size_t part_count;
    size_t opening;          /* the part whose connection is being waited for */
    size_t waiting;          /* units that are not answered */
    aq__two_phase_t all;     /* its participants; none: each commits for itself */
    const aq_error_t *error; /* the first; in the arena */
} flush_t;

/* ---- Is there anything? ---------------------------------------------------------------------------------------------------------------- */

static bool is_changed(const void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    if (aq__object_has_changed_field(object))
        return true;
    for (size_t i = 0; i < mapper->relation_count; i++)
        if (!mapper->relations[i].many && aq__object_one(object, &mapper->relations[i]) !=
                                              aq__object_snapshot_one(object, &mapper->relations[i]))
            return true;
    return false;
}

static bool has_changed_objects(const aq__identity_t *identity)
{
    size_t at = 0;
    void *object;

    while ((object = aq__identity_next(identity, &at)) != NULL)
        if (aq__object_snapshot(object) != NULL && is_changed(object))
            return true;
    return false;
}

bool aq__session_is_dirty(aq_session_t *session)
{
    if (session->doomed.count > 0 || session->linked.count > 0 || session->flagged_count > 0)
        return true;
    for (size_t i = 0; i < session->pending.count; i++)
        if (session->pending.items[i] != NULL)
            return true;
    for (size_t i = 0; i < session->mappers->count; i++)
        if (session->identities[i] != NULL && has_changed_objects(session->identities[i]))
            return true;
    return false;
}

/* ---- The end of it ----------------------------------------------------------------------------------------------------------------------- */

static void free_results(flush_t *flush)
{
    for (size_t i = 0; i < flush->part_count; i++)
        aq_results_close(flush->parts[i].results);
}

static void end(flush_t *flush, int code)
{
    aq__work_t *work = flush->work;
    void (*then)(aq__work_t *, int) = flush->then;

    free_results(flush);
    aq_arena_close(flush->arena);
    then(work, code);
}

/* Before anything was sent: with the thread's last error, and the session goes on. */
static void give_up(flush_t *flush)
{
    const int code = aq_last_error()->code;

    end(flush, code);
}

void aq__session_break(aq_session_t *session, const aq_error_t *error)
{
    static const aq_error_t no_memory = {.code = AQ_ENOMEM, .message = "out of memory"};

    if (session->failure == NULL) {
        session->failure_owned = aq__error_copy(error);
        session->failure = session->failure_owned != NULL ? session->failure_owned : &no_memory;
    }
    if (session->depth == 0)
        for (size_t i = 0; i < session->branch_count; i++)
            if (!session->branches[i]->joined)
                aq__branch_close(session->branches[i]);
}

/* ---- Settling: objects become what the database has ---------------------------------------------------------------------------------------- */

static bool key_changes(const aq__changed_t *changed)
{
    for (size_t i = 0; i < changed->mapper->key_count; i++)
        if (aq__object_field_changed(changed->object, changed->mapper->key[i]))
            return true;
    return false;
}

/* The map has objects under the keys that their snapshots have: what leaves its key does so while they are those of before. */
static void leave_old_keys(flush_t *flush)
{
    for (size_t i = 0; i < flush->set.count; i++) {
        const aq__changed_t *changed = flush->set.items[i];

        if (changed->operation == AQ_DELETE || (changed->operation == AQ_UPDATE && key_changes(changed)))
            aq__identity_remove(flush->session->identities[changed->mapper->root->index], changed->object);
    }
}

static int enter(aq_session_t *session, void *object)
{
    aq__cohort_t *cohort = aq__session_cohort(session, aq__object_mapper(object));

    return cohort != NULL ? aq__identity_put(cohort->identity, object) : AQ_ENOMEM;
}

static int settle_state(aq_session_t *session, const aq__changed_t *changed)
{
    switch (aq__changed_operation(changed)) {
    case AQ_INSERT:
        aq__object_set_status(changed->object, AQ_PERSISTENT);
        aq__object_set_fresh(session, changed->object);
        return enter(session, changed->object);
    case AQ_UPDATE:
        if (aq__object_has(changed->object, AQ__STATE_DOOMED))
            return AQ_OK; /* untied from another row, and deleted after that */
        return enter(session, changed->object);
    case AQ_DELETE:
        aq__object_unmark(changed->object, AQ__STATE_DOOMED);
        aq__object_set_status(changed->object, AQ_DELETED);
        return aq__objects_push(&session->deleted, changed->object);
    }
    return AQ_OK;
}

static int settle_lists_of(void *object)
{
    const aq__mapper_t *mapper = aq__object_mapper(object);

    for (size_t i = 0; i < mapper->relation_count; i++)
        if (mapper->relations[i].many && aq__many_settle(object, &mapper->relations[i]) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

/* A new object's were written whether it is listed or not: it is not when it got them before a rollback. */
static int settle_lists(const flush_t *flush)
{
    const aq_session_t *session = flush->session;

    for (size_t i = 0; i < session->linked.count; i++) {
        void *object = session->linked.items[i];

        if (flush->partial && !aq__partial_has(session, object))
            continue;
        aq__object_unmark(object, AQ__STATE_LINKED);
        if (aq__object_status(object) != AQ_PERSISTENT)
            continue; /* not written: what its lists got is still to be, once it is added */
        if (settle_lists_of(object) != AQ_OK)
            return AQ_ENOMEM;
    }
    for (size_t i = 0; i < flush->set.count; i++) {
        const aq__changed_t *changed = flush->set.items[i];

        if (aq__changed_operation(changed) == AQ_INSERT &&
            aq__object_status(changed->object) == AQ_PERSISTENT && settle_lists_of(changed->object) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

static void clear_lists(aq_session_t *session)
{
    for (size_t i = 0; i < session->flagged_count; i++)
        aq__object_unmark(session->flagged[i].object, AQ__STATE_FLAGGED);
    session->flagged_count = session->pending.count = session->doomed.count = session->linked.count = 0;
}

/* New objects that follow each other are as many more in their map. */
static int make_room(const flush_t *flush)
{
    const aq__changeset_t *set = &flush->set;
    int code = AQ_OK;

    for (size_t i = 0, end; i < set->count && code == AQ_OK; i = end) {
        const aq__mapper_t *mapper = set->items[i]->mapper;
        const aq__cohort_t *cohort = aq__session_cohort(flush->session, mapper);

        for (end = i; end < set->count && set->items[end]->mapper == mapper &&
                      set->items[end]->operation == AQ_INSERT;)
            end++;
        if (cohort == NULL || (end > i && aq__identity_reserve(cohort->identity, end - i) != AQ_OK))
            code = AQ_ENOMEM;
        end += end == i;
    }
    return code;
}

static int settle(flush_t *flush)
{
    int code = make_room(flush);

    leave_old_keys(flush);
    for (size_t i = 0; i < flush->part_count && code == AQ_OK; i++)
        if (flush->parts[i].results != NULL && flush->parts[i].code == AQ_OK)
            code = aq__plan_settle(&flush->parts[i].plan, flush->parts[i].results);
    for (size_t i = 0; i < flush->set.count && code == AQ_OK; i++)
        code = settle_state(flush->session, flush->set.items[i]);
    aq__session_part(&flush->set);
    aq__session_settle_pointers(flush->session);
    return code == AQ_OK ? settle_lists(flush) : code;
}

/* It is written, so what follows must not fail where that can be helped. */
static int settle_all(flush_t *flush)
{
    aq_session_t *session = flush->session;
    int code = flush->commit ? AQ_OK : aq__undo_remember(session, &flush->set);

    if (code == AQ_OK && session->tracks)
        code = aq__announce_add(session, &flush->set);
    if (code == AQ_OK)
        code = settle(flush);
    clear_lists(session);
    if (code == AQ_OK)
        return flush->announced ? aq__session_event(session, AQ_AFTER_FLUSH) : AQ_OK;
    aq_expire_all(session);
    return aq__fail(code, "%s: it is %s, but what came back could not be kept: %s",
                    aq__work_name(flush->work), flush->commit ? "committed" : "written",
                    aq_last_error()->message);
}

/* ---- Sent -------------------------------------------------------------------------------------------------------------------------------------- */

static const char *bind_name(const aq__branch_t *branch)
{
    return branch->bind != NULL ? branch->bind : "default";
}

static const part_t *part_that(const flush_t *flush, bool failed)
{
    for (size_t i = 0; i < flush->part_count; i++)
        if (flush->parts[i].sent && (flush->parts[i].code != AQ_OK) == failed)
            return &flush->parts[i];
    return NULL;
}

/* The session is failed, and its rollback will expire what could not be kept. */
static void keep_committed(flush_t *flush)
{
    aq_session_t *session = flush->session;
    int code;

    flush->partial = true;
    aq__partial_filter(&flush->set);
    code = session->tracks ? aq__announce_add(session, &flush->set) : AQ_OK;
    if (code == AQ_OK)
        code = settle(flush);
    aq__partial_keep(session);
    if (code != AQ_OK)
        aq_log(AQ_LOG_ERROR, "%s: a bind has committed, but what came back could not be kept: %s",
               aq__work_name(flush->work), aq_last_error()->message);
    aq__announce_after(session);
}

static void fail(flush_t *flush)
{
    const part_t *failed = part_that(flush, true),
                 *committed = flush->commit ? part_that(flush, false) : NULL;
    aq_session_t *session = flush->session;

    if (committed != NULL && failed != NULL) {
        aq_error_t error = *flush->error;

        aq__fail(AQ_EPARTIALCOMMIT, "%s: bind '%s' has committed, bind '%s' has not: %s",
                 aq__work_name(flush->work), bind_name(committed->branch), bind_name(failed->branch),
                 flush->error->message);
        error.code = AQ_EPARTIALCOMMIT;
        error.message = aq_last_error()->message;
        aq__session_break(session, &error);
        keep_committed(flush);
    } else {
        aq__session_break(session, flush->error);
    }
    end(flush, flush->error->code);
}

static void finish(flush_t *flush)
{
    aq_session_t *session = flush->session;
    int code;

    for (size_t i = 0; i < flush->part_count; i++) {
        part_t *part = &flush->parts[i];

        if (flush->commit && part->sent) {
            part->branch->code = part->code;
            if (part->branch->state == AQ__BRANCH_OPEN && part->code == AQ_OK)
                aq__branch_close(part->branch);
        }
    }
    if (flush->error != NULL) {
        fail(flush);
        return;
    }
    code = settle_all(flush);
    if (code != AQ_OK)
        aq__session_break(session, aq_last_error());
    end(flush, code);
}

/* A bind that could not be ended as it was to be. */
static void note_left(flush_t *flush, part_t *part)
{
    const aq_error_t *left = part->participant->error;
    aq_error_t error = *left;

    part->code = left->code;
    if (flush->error == NULL) {
        flush->error = left;
        return;
    }
    error.message = aq_arena_printf(flush->arena, "%s; %s", flush->error->message, left->message);
    flush->error = error.message != NULL ? aq__error_dup(flush->arena, &error) : left;
}

/* A PREPARE that was in doubt is not, once the transaction was found and rolled back. */
static void note_none_kept(flush_t *flush)
{
    aq_error_t error;

    if (flush->error == NULL || flush->error->code != AQ_ECOMMITUNKNOWN)
        return;
    for (size_t i = 0; i < flush->all.count; i++)
        if (flush->all.items[i]->error != NULL)
            return;
    error = *flush->error;
    error.code = AQ_ELOST;
    error.message = aq_arena_printf(flush->arena, "%s; it was not: it was found prepared, and rolled back",
                                    flush->error->message);
    if (error.message != NULL && (flush->error = aq__error_dup(flush->arena, &error)) == NULL)
        flush->error = aq_last_error();
}

/* All have committed, or none, but for those that are left. */
static void on_ended(void *data)
{
    flush_t *flush = data;
    aq_session_t *session = flush->session;
    int code;

    note_none_kept(flush);
    code = flush->error != NULL ? flush->error->code : AQ_OK;
    aq__session_enter(session);
    for (size_t i = 0; i < flush->part_count; i++) {
        part_t *part = &flush->parts[i];

        if (part->participant == NULL)
            continue;
        if (part->code == AQ_OK || (part->participant->doubtful && part->participant->error == NULL))
            part->code = code != AQ_ECOMMITUNKNOWN ? code : AQ_ECANCELED;
        if (part->participant->error != NULL)
            note_left(flush, part);
    }
    finish(flush);
    aq__session_leave(session);
}

static void on_all_answered(flush_t *flush)
{
    if (flush->all.count > 0)
        aq__two_phase_end(&flush->all, flush->error == NULL, on_ended, flush);
    else
        finish(flush);
}

static void note_prepared(part_t *part)
{
    if (part->participant == NULL)
        return;
    part->participant->prepared = part->code == AQ_OK;
    part->participant->doubtful = part->code == AQ_ECOMMITUNKNOWN;
}

/* COMMIT of a transaction in which a statement has failed is no error to the server: it says that it has rolled back. */
static const aq_error_t *find_rollback(const flush_t *flush, aq_results_t *results)
{
    const size_t count = results != NULL ? aq_results_count(results) : 0;

    if (!flush->commit || count == 0 ||
        strcmp(aq_rows_command(aq_results_rows(results, count - 1)), "ROLLBACK") != 0)
        return NULL;
    aq__fail(AQ_EINACTIVE,
             "%s: the server has rolled the transaction back, since a statement in it had failed",
             aq__work_name(flush->work));
    return aq_last_error();
}

static void on_answer(aq__work_t *work, void *data, aq_results_t *results, const aq_error_t *error)
{
    part_t *part = data;
    flush_t *flush = part->flush;

    (void)work;
    part->results = results;
    if (error == NULL)
        error = find_rollback(flush, results);
    part->code = error != NULL ? error->code : AQ_OK;
    note_prepared(part);
    if (error != NULL && flush->error == NULL) {
        const aq_error_t *explained = aq__plan_explain(&part->plan, error);

        flush->error = aq__error_dup(flush->arena, explained != NULL ? explained : error);
        if (flush->error == NULL)
            flush->error = aq_last_error();
    }
    if (--flush->waiting == 0)
        on_all_answered(flush);
}

static int add(aq_unit_t *unit, const char *sql)
{
    return aq_unit_add(unit, sql, NULL) >= 0 ? AQ_OK : aq_last_error()->code;
}

/* What makes it a commit, and no statement of the user's: not recorded. */
static int end_transaction(const flush_t *flush, const part_t *part)
{
    const aq_session_options_t *options = &flush->session->options;
    const aq__branch_t *branch = part->branch;

    if (!flush->commit)
        return AQ_OK;
    aq__unit_observe(part->unit, NULL, NULL);
    if (options->retries != 0)
        aq__unit_set_retries(part->unit, options->retries == AQ_ZERO ? 0 : (unsigned)options->retries);
    if (part->participant != NULL)
        return add(part->unit, part->participant->prepare);
    if (branch->joined)
        return add(part->unit, "release savepoint aq_session");
    if (options->settle && aq__unit_add_transaction_id(part->unit) < 0)
        return aq_last_error()->code;
    return branch->state == AQ__BRANCH_OPEN ? add(part->unit, "commit") : AQ_OK;
}

static int make_unit(flush_t *flush, part_t *part)
{
    aq__branch_t *branch = part->branch;

    if (part->plan.step_count == 0 &&
        (!flush->commit || branch->state != AQ__BRANCH_OPEN || branch->begin != NULL))
        return AQ_OK; /* nothing, or a transaction that the server has not heard of */
    if ((part->unit = aq__session_unit(flush->work, branch)) == NULL)
        return AQ_ENOMEM;
    part->plan.first = (int)aq__unit_count(part->unit);
    if (aq__plan_add_to(&part->plan, part->unit) != AQ_OK)
        return aq_last_error()->code;
    aq__unit_observe(part->unit, NULL, NULL); /* COMMIT is no statement of the user's */
    if (end_transaction(flush, part) != AQ_OK)
        return aq_last_error()->code;
    part->observed = aq__observed_take(flush->work);
    return AQ_OK;
}

static void drop_units(flush_t *flush)
{
    for (size_t i = 0; i < flush->part_count; i++) {
        part_t *part = &flush->parts[i];

        if (part->unit == NULL)
            continue;
        aq__observed_end(part->observed, flush->work, NULL, aq_last_error());
        aq_unit_close(part->unit);
        part->unit = NULL;
    }
}

/* All are made before the first is sent. */
static int make_units(flush_t *flush)
{
    for (size_t i = 0; i < flush->part_count; i++) {
        if (make_unit(flush, &flush->parts[i]) != AQ_OK) {
            drop_units(flush);
            return aq_last_error()->code;
        }
    }
    return AQ_OK;
}

static void send_all(flush_t *flush)
{
    flush->waiting = 1; /* ours: an answer that is there at once must not end it */
    for (size_t i = 0; i < flush->part_count; i++) {
        part_t *part = &flush->parts[i];
        aq_unit_t *unit = part->unit;

        if (unit == NULL)
            continue;
        part->unit = NULL;
        part->sent = true;
        flush->waiting++;
        aq__session_send(flush->work, part->branch, unit, part->observed, part, on_answer);
    }
    if (--flush->waiting == 0)
        on_all_answered(flush);
}

/* ---- Connections ------------------------------------------------------------------------------------------------------------------------------- */

static void open_next(flush_t *flush);

static void on_open(aq__work_t *work, int code)
{
    flush_t *flush = work->session->flush;

    if (code != AQ_OK) {
        const aq_error_t *error = aq__error_dup(flush->arena, aq_last_error());

        aq__session_break(work->session, error != NULL ? error : aq_last_error());
        end(flush, code);
        return;
    }
    open_next(flush);
}

/* A flush without a commit needs a transaction to be in; a commit does not, unless it has one. */
static bool needs_connection(const flush_t *flush, const part_t *part)
{
    return part->branch->state == AQ__BRANCH_IDLE && part->plan.step_count > 0 &&
           (!flush->commit || part->branch->joined || part->participant != NULL);
}

static void open_next(flush_t *flush)
{
    while (flush->opening < flush->part_count) {
        part_t *part = &flush->parts[flush->opening++];

        if (needs_connection(flush, part)) {
            flush->session->flush = flush;
            aq__branch_open(flush->work, part->branch, "begin", on_open);
            return;
        }
    }
    if (make_units(flush) != AQ_OK)
        give_up(flush);
    else
        send_all(flush);
}

/* ---- Shared out ---------------------------------------------------------------------------------------------------------------------------------- */

static int add_part(flush_t *flush, aq__branch_t *branch)
{
    part_t *grown;

    for (size_t i = 0; i < flush->part_count; i++)
        if (flush->parts[i].branch == branch)
            return AQ_OK;
    if ((grown = aq__grow(flush->arena, flush->parts, flush->part_count, sizeof *grown)) == NULL)
        return AQ_ENOMEM;
    flush->parts = grown;
    grown[flush->part_count++] = (part_t){.flush = flush, .branch = branch};
    return AQ_OK;
}

static int add_bind(flush_t *flush, const char *bind)
{
    aq__branch_t *branch = aq__session_branch(flush->session, bind);

    return branch != NULL ? add_part(flush, branch) : aq_last_error()->code;
}

/* In the order in which they are met; those that have a transaction take part in a commit in any case. */
static int share_out(flush_t *flush)
{
    const aq__changeset_t *set = &flush->set;
    int code = AQ_OK;

    for (size_t i = 0; i < set->count && code == AQ_OK; i++)
        if (!set->items[i]->touched)
            code = add_bind(flush, set->items[i]->mapper->bind);
    for (size_t i = 0; i < set->association_count && code == AQ_OK; i++)
        code = add_bind(flush, set->associations[i].relation->mapper->bind);
    for (size_t i = 0; i < set->sweep_count && code == AQ_OK; i++)
        code = add_bind(flush, set->sweeps[i].relation->target->bind);
    for (size_t i = 0; i < flush->session->branch_count && code == AQ_OK && flush->commit; i++)
        if (flush->session->branches[i]->state == AQ__BRANCH_OPEN)
            code = add_part(flush, flush->session->branches[i]);
    return code;
}

static int plan(flush_t *flush)
{
    int code = share_out(flush);

    for (size_t i = 0; i < flush->part_count && code == AQ_OK; i++)
        code = aq__branch_free(flush->parts[i].branch, aq__work_name(flush->work));
    for (size_t i = 0; i < flush->part_count && code == AQ_OK; i++) {
        flush->parts[i].plan.arena = flush->arena;
        code = aq__plan_make(&flush->parts[i].plan, &flush->set, flush->parts[i].branch->bind);
    }
    return code;
}

/* Something of it is, or will be, on the server. */
static bool takes_part(const part_t *part)
{
    return part->plan.step_count > 0 ||
           (part->branch->state == AQ__BRANCH_OPEN && part->branch->begin == NULL);
}

/* More than one bind: then all of them, or none. */
static int agree(flush_t *flush)
{
    size_t count = 0;
    int code = AQ_OK;

    flush->all = (aq__two_phase_t){.work = flush->work, .arena = flush->arena};
    for (size_t i = 0; i < flush->part_count; i++)
        count += takes_part(&flush->parts[i]);
    if (!flush->commit || !flush->session->options.two_phase || count < 2)
        return AQ_OK;
    for (size_t i = 0; i < flush->part_count && code == AQ_OK; i++)
        if (takes_part(&flush->parts[i]))
            code = aq__two_phase_add(&flush->all, flush->parts[i].branch, &flush->parts[i].participant);
    return code;
}

static flush_t *begin(aq__work_t *work, bool commit, void (*then)(aq__work_t *work, int code))
{
    aq_arena_t *arena = aq_arena_create();
    flush_t *flush = arena != NULL ? aq_arena_calloc(arena, 1, sizeof *flush) : NULL;

    if (flush == NULL) {
        aq_arena_close(arena);
        return NULL;
    }
    flush->work = work;
    flush->session = work->session;
    flush->commit = commit;
    flush->then = then;
    flush->arena = arena;
    return flush;
}

static int collect(flush_t *flush)
{
    int code;

    if (!aq__session_is_dirty(flush->session)) {
        flush->set = (aq__changeset_t){.session = flush->session, .arena = flush->arena};
        return AQ_OK;
    }
    flush->announced = true;
    code = aq__session_event(flush->session, AQ_BEFORE_FLUSH);
    return code == AQ_OK ? aq__changes_collect(flush->session, flush->arena, &flush->set) : code;
}

void aq__flush(aq__work_t *work, bool commit, void (*then)(aq__work_t *work, int code))
{
    flush_t *flush = begin(work, commit, then);

    if (flush == NULL) {
        then(work, AQ_ENOMEM);
        return;
    }
    if (collect(flush) != AQ_OK || plan(flush) != AQ_OK || agree(flush) != AQ_OK)
        give_up(flush);
    else
        open_next(flush);
}
