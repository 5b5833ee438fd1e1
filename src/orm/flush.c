/* flush: from what changed to units.
 *
 * The happy path: collect (change.c) -> a plan for each bind (plan.c) -> connections where a transaction needs them -> one unit for each bind, all at once -> answered
 * (flush-answer.c).
 *
 * The failure modes: what cannot be collected or planned: nothing was sent, nothing changes, the session stays active; no connection: the session is failed. */
#include "src/orm/flush.h"

#include "src/orm/listeners.h"
#include "src/wire/commit.h"
#include "src/wire/observe.h"

/* Before anything was sent: with the thread's last error, and the session goes on. */
static void give_up(aq__flush_t *flush)
{
    const int code = aq_last_error()->code;

    aq__changes_put_back(&flush->set);
    aq__flush_end(flush, code);
}

static int add(aq_unit_t *unit, const char *sql)
{
    return aq_unit_add(unit, sql, NULL) >= 0 ? AQ_OK : aq_last_error()->code;
}

/* What makes it a commit, and no statement of the user's: not recorded. */
static int end_transaction(const aq__flush_t *flush, const aq__flush_share_t *part)
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

static int make_unit(aq__flush_t *flush, aq__flush_share_t *part)
{
    aq__branch_t *branch = part->branch;

    if (part->plan.step_count == 0 &&
        (!flush->commit || branch->state != AQ__BRANCH_OPEN || branch->begin != NULL))
        return AQ_OK; /* nothing, or a transaction that the server has not heard of */
    if ((part->unit = aq__session_unit(flush->work, branch)) == NULL)
        return AQ_ENOMEM;
    part->observed = aq__observed_take(flush->work);
    part->plan.first = (int)aq__unit_count(part->unit);
    if (aq__plan_add_to(&part->plan, part->unit) != AQ_OK)
        return aq_last_error()->code;
    return end_transaction(flush, part);
}

static void drop_units(aq__flush_t *flush)
{
    for (size_t i = 0; i < flush->part_count; i++) {
        aq__flush_share_t *part = &flush->parts[i];

        if (part->unit == NULL)
            continue;
        aq__observed_end(part->observed, NULL, aq_last_error());
        aq_unit_close(part->unit);
        aq__branch_put_back(part->branch);
        part->unit = NULL;
    }
}

/* All are made before the first is sent. */
static int make_units(aq__flush_t *flush)
{
    for (size_t i = 0; i < flush->part_count; i++) {
        if (make_unit(flush, &flush->parts[i]) != AQ_OK) {
            aq_error_t *error = aq__error_copy(aq_last_error()); /* events of records are the user's code */
            const int code = aq_last_error()->code;

            drop_units(flush);
            if (error != NULL)
                aq__fail_with(error);
            aq__free(error);
            return code;
        }
    }
    return AQ_OK;
}

static void send_all(aq__flush_t *flush)
{
    flush->waiting = 1; /* ours: an answer that is there at once must not end it */
    for (size_t i = 0; i < flush->part_count; i++) {
        aq__flush_share_t *part = &flush->parts[i];
        aq_unit_t *unit = part->unit;

        if (unit == NULL)
            continue;
        part->unit = NULL;
        part->sent = true;
        flush->waiting++;
        aq__session_send(flush->work, part->branch, unit, part->observed, part, aq__flush_on_answer);
    }
    if (--flush->waiting == 0)
        aq__flush_answered(flush);
}

/* ---- Connections ------------------------------------------------------------------------------------------------------------------------------- */

static void open_next(aq__flush_t *flush);

static void on_open(aq__work_t *work, int code)
{
    aq__flush_t *flush = work->session->flush;

    if (code != AQ_OK) {
        const aq_error_t *error = aq__error_dup(flush->arena, aq_last_error());

        aq__session_break(work->session, error != NULL ? error : aq_last_error());
        aq__flush_end(flush, code);
        return;
    }
    open_next(flush);
}

/* A flush without a commit needs a transaction to be in; a commit does not, unless it has one. */
static bool needs_connection(const aq__flush_t *flush, const aq__flush_share_t *part)
{
    return part->branch->state == AQ__BRANCH_IDLE && part->plan.step_count > 0 &&
           (!flush->commit || part->branch->joined || part->participant != NULL);
}

static void open_next(aq__flush_t *flush)
{
    while (flush->opening < flush->part_count) {
        aq__flush_share_t *part = &flush->parts[flush->opening++];

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

static int add_part(aq__flush_t *flush, aq__branch_t *branch)
{
    aq__flush_share_t *grown;

    for (size_t i = 0; i < flush->part_count; i++)
        if (flush->parts[i].branch == branch)
            return AQ_OK;
    if ((grown = aq__grow(flush->arena, flush->parts, flush->part_count, sizeof *grown)) == NULL)
        return AQ_ENOMEM;
    flush->parts = grown;
    grown[flush->part_count++] = (aq__flush_share_t){.flush = flush, .branch = branch};
    return AQ_OK;
}

static int add_bind(aq__flush_t *flush, const char *bind)
{
    aq__branch_t *branch = aq__session_branch(flush->session, bind);

    return branch != NULL ? add_part(flush, branch) : aq_last_error()->code;
}

/* In the order in which they are met; those that have a transaction take part in a commit in any case. */
static int share_out(aq__flush_t *flush)
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

static int plan(aq__flush_t *flush)
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
static bool takes_part(const aq__flush_share_t *part)
{
    return part->plan.step_count > 0 ||
           (part->branch->state == AQ__BRANCH_OPEN && part->branch->begin == NULL);
}

/* More than one bind: then all of them, or none. */
static int agree(aq__flush_t *flush)
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

static aq__flush_t *begin(aq__work_t *work, bool commit, void (*then)(aq__work_t *work, int code))
{
    aq_arena_t *arena = aq_arena_create();
    aq__flush_t *flush = arena != NULL ? aq_arena_calloc(arena, 1, sizeof *flush) : NULL;

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

static int collect(aq__flush_t *flush)
{
    int code;

    if (!flush->work->flushing &&
        !aq__session_is_dirty(flush->session)) { /* before a read that was looked at */
        flush->set = (aq__changeset_t){.session = flush->session, .arena = flush->arena};
        return AQ_OK;
    }
    flush->announced = true;
    code = aq__session_event(flush->session, AQ_BEFORE_FLUSH);
    return code == AQ_OK ? aq__changes_collect(flush->session, flush->arena, &flush->set) : code;
}

void aq__flush(aq__work_t *work, bool commit, void (*then)(aq__work_t *work, int code))
{
    aq__flush_t *flush = begin(work, commit, then);

    if (flush == NULL) {
        then(work, AQ_ENOMEM);
        return;
    }
    if (collect(flush) != AQ_OK || plan(flush) != AQ_OK || agree(flush) != AQ_OK)
        give_up(flush);
    else
        open_next(flush);
}
