/* two_phase: a commit of several binds, all or none.
 *
 * The happy path: each bind has prepared its transaction, which survives whatever happens now; each is told COMMIT PREPARED on the connection that it has.
 *
 * The failure modes: one could not prepare: the others are told ROLLBACK PREPARED; a connection that is lost: the same again on another one, some times, a little later each time: the server
 * saying that there is no such transaction means then that it has been done, but not where the PREPARE is in doubt: its backend may not have come to it yet. When nothing helps, the transaction is left, holding its locks, and the error has its
 * name, for whoever ends it by hand. */
#include "src/orm/two_phase.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

enum { MOST_TRIES = 7, FIRST_PAUSE = 50 /* ms, doubled each time: 3 s in all */, NAME_BYTES = 120 };

/* ---- Names ------------------------------------------------------------------------------------------------------------------------------- */

static const char *bind_name(const aq__branch_t *branch)
{
    return branch->bind != NULL ? branch->bind : "default";
}

/* Of the bind as much as stands in a name without being quoted, for people. */
static char *readable(aq_arena_t *arena, const char *bind)
{
    char *name = aq_arena_strndup(arena, bind, NAME_BYTES);

    for (char *at = name; at != NULL && *at != '\0'; at++)
        if (!isalnum((unsigned char)*at))
            *at = '_';
    return name;
}

/* One that no transaction of the server's has or will have. */
static int make_name(aq__two_phase_t *all, aq__participant_t *participant)
{
    const char *bind = readable(all->arena, bind_name(participant->branch));
    uint64_t random;

    if (bind == NULL)
        return AQ_ENOMEM;
    if (uv_random(NULL, NULL, &random, sizeof random, 0, NULL) != 0)
        return aq__fail(AQ_ESYSTEM, "two_phase: there is no random number");
    participant->gid = aq_arena_printf(all->arena, "aquifer_%016" PRIx64 "_%zu_%s", random, all->count, bind);
    if (participant->gid == NULL)
        return AQ_ENOMEM;
    participant->prepare = aq_arena_printf(all->arena, "prepare transaction '%s'", participant->gid);
    return participant->prepare != NULL ? AQ_OK : AQ_ENOMEM;
}

int aq__two_phase_add(aq__two_phase_t *all, aq__branch_t *branch, aq__participant_t **made)
{
    aq__participant_t *participant = aq_arena_calloc(all->arena, 1, sizeof *participant);
    aq__participant_t **grown = aq__grow(all->arena, all->items, all->count, sizeof(void *));
    int code;

    if (participant == NULL || grown == NULL)
        return AQ_ENOMEM;
    all->items = grown;
    participant->all = all;
    participant->branch = branch;
    if ((code = make_name(all, participant)) != AQ_OK)
        return code;
    all->items[all->count++] = *made = participant;
    return AQ_OK;
}

/* ---- One is ended ------------------------------------------------------------------------------------------------------------------------- */

static void finish(aq__participant_t *participant)
{
    aq__two_phase_t *all = participant->all;

    aq_release(participant->lane);
    participant->lane = NULL;
    if (--all->waiting == 0)
        all->then(all->data);
}

static void give_up(aq__participant_t *participant, const aq_error_t *why)
{
    static const aq_error_t no_memory = {.code = AQ_ENOMEM, .message = "out of memory"};
    const aq__two_phase_t *all = participant->all;
    aq_error_t error = *why;

    error.code = AQ_ECOMMITUNKNOWN;
    error.message =
        aq_arena_printf(all->arena, "bind '%s' %s left prepared as '%s', to be %s: %s",
                        bind_name(participant->branch), participant->prepared ? "is" : "may be",
                        participant->gid, all->commit ? "committed" : "rolled back", why->message);
    participant->error = error.message != NULL ? aq__error_dup(all->arena, &error) : NULL;
    if (participant->error == NULL)
        participant->error = &no_memory;
    finish(participant);
}

static void try_again(aq__participant_t *participant, const aq_error_t *why);

static bool is_state(const aq_error_t *error, const char *sqlstate)
{
    return strcmp(error->sqlstate, sqlstate) == 0;
}

static void on_ended(aq_op_t *op, void *data)
{
    aq__participant_t *participant = data;
    const aq_error_t *error = aq_op_error(op);

    if (error == NULL)
        finish(participant);
    else if (!is_state(error, "42704") || participant->doubtful)
        try_again(participant, error);
    else if (participant->tries > 0)
        finish(participant); /* there is no such transaction: an earlier try has done it */
    else
        give_up(participant, error); /* somebody else has ended it, one way or the other */
}

static void end_on(aq__participant_t *participant, aq_lane_t *lane)
{
    if (aq_then(aq_lane_execute(lane, participant->sql, NULL), on_ended, participant) != AQ_OK)
        give_up(participant, aq_last_error());
}

static void on_acquired(aq_op_t *op, void *data)
{
    aq__participant_t *participant = data;

    if (aq_op_code(op) != AQ_OK) {
        try_again(participant, aq_op_error(op));
        return;
    }
    participant->lane = aq_op_take(op);
    end_on(participant, participant->lane);
}

static void end_elsewhere(aq_op_t *op, void *data)
{
    aq__participant_t *participant = data;
    aq__engine_t *engine = participant->branch->session->engine;
    aq_pool_t *pool = engine->find_pool(engine, participant->branch->bind);

    (void)op;
    if (pool == NULL || aq_then(aq__pool_acquire(pool), on_acquired, participant) != AQ_OK)
        give_up(participant, aq_last_error());
}

/* What another try will not change. A transaction that is busy (55000) is still its old backend's; one that is not there, and in doubt, may be there in a moment. */
static bool is_final(const aq_error_t *error)
{
    return error->sqlstate[0] != '\0' && !aq_error_retryable(error->code) && !is_state(error, "55000") &&
           !is_state(error, "42704") && error->code != AQ_ECOMMITUNKNOWN;
}

static void try_again(aq__participant_t *participant, const aq_error_t *why)
{
    const unsigned tries = participant->tries++;
    aq_loop_t *loop = participant->all->work->session->loop;

    if (participant->tries >= MOST_TRIES || is_final(why) || why->code == AQ_ECLOSED) {
        give_up(participant, why);
    } else {
        aq_release(participant->lane);
        participant->lane = NULL;
        if (aq_then(aq_sleep(loop, (uint64_t)FIRST_PAUSE << tries), end_elsewhere, participant) != AQ_OK)
            give_up(participant, aq_last_error());
    }
}

/* ---- All of them --------------------------------------------------------------------------------------------------------------------------- */

static void begin_end(aq__participant_t *participant)
{
    aq__two_phase_t *all = participant->all;

    participant->sql = aq_arena_printf(all->arena, "%s prepared '%s'", all->commit ? "commit" : "rollback",
                                       participant->gid);
    all->waiting++;
    if (participant->sql == NULL)
        give_up(participant, aq_last_error());
    else if (participant->doubtful)
        end_elsewhere(NULL, participant);
    else
        end_on(participant, participant->branch->lane);
}

void aq__two_phase_end(aq__two_phase_t *all, bool commit, void (*then)(void *data), void *data)
{
    all->commit = commit;
    all->then = then;
    all->data = data;
    all->waiting = 1; /* ours: one that is ended at once must not end all */
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i]->prepared || all->items[i]->doubtful)
            begin_end(all->items[i]);
    if (--all->waiting == 0)
        then(data);
}
