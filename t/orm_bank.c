/* A bank: sessions move money while the server's backends are killed under them. What was reported is what is there.
 *
 * Eight sessions, each a task, make 10,000 transfers between a few accounts: half of them lock the accounts in a transaction, half trust the accounts' versions and
 * commit in one unit. Every 100 ms two backends of the bank are terminated. Each attempt has a number of its own, which is the key of the row that it adds, so that in the end
 * each attempt that was reported committed is there once, none that failed is, and those that nobody could know of are looked up.
 *
 * A slow machine makes fewer of them in the time that there is; AQUIFER_ALL_TRANSFERS=1 makes it go on until all are made. */
#include "tap.h"

#include "t/cluster.h"
#include "t/loops.h"

#include <aquifer.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    SESSIONS = 8,
    ACCOUNTS = 40,
    TRANSFERS = 10000, /* that succeed, or may have */
    MOST = 40000,      /* attempts */
    OPENING = 1000,    /* what is in an account at first */
    KILL_EVERY = 100,  /* ms */
    MOST_TIME = 12000  /* ms */
};

typedef struct Account {
    aq_object_t object;
    int32_t id;
    int64_t balance;
    int32_t version;
} Account;

typedef struct Transfer {
    aq_object_t object;
    int32_t id;
    int32_t from_id;
    int32_t to_id;
    int32_t amount;
} Transfer;

static const aq_column_t account_columns[] = {
    AQ_INT4(Account, id, .primary_key = true),
    AQ_INT8(Account, balance),
    AQ_INT4(Account, version),
};
AQ_MODEL(Account, account_columns, AQ_NONE, .version = "version");

static const aq_column_t transfer_columns[] = {
    AQ_INT4(Transfer, id, .primary_key = true),
    AQ_INT4(Transfer, from_id, .references = AQ_REF(Account, id)),
    AQ_INT4(Transfer, to_id, .references = AQ_REF(Account, id)),
    AQ_INT4(Transfer, amount),
};
AQ_MODEL(Transfer, transfer_columns, AQ_NONE);

/* ---- The bank ------------------------------------------------------------------------------------------------------------------------ */

typedef enum { FAILED, COMMITTED, UNKNOWN } outcome_t;

typedef struct bank {
    aq_db_t *db;
    aq_app_t *app;
    aq_context_t *context;
    aq_context_t *police; /* whose backends are not killed */
    aq_app_t *police_app;
    uv_timer_t timer;
    double end;    /* when it closes, with fewer transfers */
    int attempts;  /* so far: the number of the last */
    int transfers; /* of them: committed or unknown */
    int working;   /* tasks that have not ended */
    int kills;
    unsigned char outcomes[MOST + 1];
    int codes[2][8]; /* how often attempts failed with what: a code, its count */
} bank_t;

static cluster_t *cluster;
static bank_t bank;

static aq_context_t *open_context(aq_app_t **app, aq_db_t *db, const char *name)
{
    const char *uri = cluster_uri(cluster);
    char named[1024];
    aq_context_t *context = NULL;

    snprintf(named, sizeof named, "%s%capplication_name=%s", uri, strchr(uri, '?') != NULL ? '&' : '?', name);
    *app = aq_app_create(&(aq_config_t){.database_uri = named, .track_modifications = AQ_OFF});
    if (*app == NULL || aq_db_init_app(db, *app) != AQ_OK || (context = aq_context_create(*app, &uv)) == NULL)
        bail_out("%s", aq_last_error()->message);
    return context;
}

static void wait_for(aq_op_t *op)
{
    if (aq_wait(op) == NULL)
        bail_out("%s", aq_op_error(op)->message);
    aq_op_close(op);
}

static void open_bank(void)
{
    uv_loop_init(&uv);
    bank.db = aq_db_create();
    aq_db_model(bank.db, Account);
    aq_db_model(bank.db, Transfer);
    bank.context = open_context(&bank.app, bank.db, "bank");
    bank.police = open_context(&bank.police_app, bank.db, "police");
    wait_for(aq_create_all(bank.context, AQ_ALL_BINDS));
    cluster_sql(cluster, "insert into account select n, %d, 1 from generate_series(1, %d) n", OPENING,
                ACCOUNTS);
}

static void close_context(aq_context_t *context, aq_app_t *app)
{
    wait_for(aq_context_close(context));
    aq_app_close(app);
}

static bool close_bank(void)
{
    close_context(bank.context, bank.app);
    close_context(bank.police, bank.police_app);
    aq_db_close(bank.db);
    uv_run(&uv, UV_RUN_DEFAULT);
    return uv_loop_close(&uv) == 0;
}

/* ---- Killing ------------------------------------------------------------------------------------------------------------------------- */

static void on_killed(aq_op_t *op, void *data)
{
    (void)data;
    bank.kills += aq_op_code(op) == AQ_OK;
}

static void kill_backends(uv_timer_t *timer)
{
    (void)timer;
    aq_then(aq_execute(bank.police, NULL,
                       "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                       " where pid in (select pid from pg_stat_activity where application_name = 'bank'"
                       " order by random() limit 2)",
                       NULL),
            on_killed, NULL);
}

/* ---- A transfer ------------------------------------------------------------------------------------------------------------------------ */

typedef struct teller {
    int number;
    aq_session_t *session;
    bool locks; /* the accounts, in a transaction */
    bool lost;  /* something is not as it must be: it gave up */
    Account *from, *to;
} teller_t;

/* What the op gave lives as long as its session. */
static int await_op(aq_op_t *op, void *value)
{
    void *given = aq_await(op);
    const int code = aq_op_code(op);

    if (value != NULL)
        *(void **)value = given;
    aq_op_close(op);
    return code;
}

static int lock_accounts(teller_t *teller, const int32_t ids[2])
{
    aq_query_t *query = aq_query(teller->session, Account);
    const aq_objects_t *found;
    int code = await_op(aq_begin(teller->session, NULL), NULL);

    aq_filter(query, aq_in(Account, id, ids, 2));
    aq_order_by(query, aq_asc(Account, id));
    aq_for_update(query, AQ_FOR_UPDATE, AQ_LOCK_WAIT);
    if (code == AQ_OK)
        code = await_op(aq_all(query), &found);
    if (code != AQ_OK || found->count != 2)
        return code != AQ_OK ? code : AQ_ENOROW;
    teller->from = found->items[((Account *)found->items[0])->id == ids[0] ? 0 : 1];
    teller->to = found->items[teller->from == found->items[0] ? 1 : 0];
    return AQ_OK;
}

static int find_accounts(teller_t *teller, const int32_t ids[2])
{
    int code;

    if (teller->locks)
        return lock_accounts(teller, ids);
    code = await_op(aq_get(teller->session, Account, ids[0]), &teller->from);
    if (code == AQ_OK)
        code = await_op(aq_get(teller->session, Account, ids[1]), &teller->to);
    return code == AQ_OK && (teller->from == NULL || teller->to == NULL) ? AQ_ENOROW : code;
}

static int move_money(teller_t *teller, int number)
{
    Transfer *transfer = aq_new(teller->session, Transfer);

    if (transfer == NULL)
        return aq_last_error()->code;
    transfer->id = number;
    transfer->from_id = teller->from->id;
    transfer->to_id = teller->to->id;
    transfer->amount = 1 + number % 7;
    teller->from->balance -= transfer->amount;
    teller->to->balance += transfer->amount;
    if (aq_add(teller->session, transfer) != AQ_OK)
        return aq_last_error()->code;
    return await_op(aq_commit(teller->session), NULL);
}

static int transfer_once(teller_t *teller, int number)
{
    const int32_t from = 1 + rand() % ACCOUNTS;
    const int32_t ids[2] = {from, 1 + (from + rand() % (ACCOUNTS - 1)) % ACCOUNTS};
    int code = find_accounts(teller, ids);

    return code == AQ_OK ? move_money(teller, number) : code;
}

static void count_code(int code)
{
    for (int i = 0; i < 8; i++) {
        if (bank.codes[0][i] != code && bank.codes[0][i] != 0)
            continue;
        bank.codes[0][i] = code;
        bank.codes[1][i]++;
        return;
    }
}

static void note_outcome(teller_t *teller, int number, int code)
{
    bank.outcomes[number] = code == AQ_OK ? COMMITTED : code == AQ_ECOMMITUNKNOWN ? UNKNOWN : FAILED;
    bank.transfers += code == AQ_OK || code == AQ_ECOMMITUNKNOWN;
    if (code == AQ_OK)
        return;
    count_code(code);
    teller->lost = await_op(aq_rollback(teller->session), NULL) != AQ_OK;
}

static bool is_open(void)
{
    return bank.transfers < TRANSFERS && bank.attempts < MOST && now_ms() < bank.end;
}

static void *work(void *data)
{
    teller_t *teller = data;

    while (is_open() && !teller->lost) {
        const int number = ++bank.attempts;

        note_outcome(teller, number, transfer_once(teller, number));
    }
    if (--bank.working == 0)
        uv_close((uv_handle_t *)&bank.timer, NULL);
    return NULL;
}

/* ---- The day, and the books ---------------------------------------------------------------------------------------------------------- */

static void work_all_day(teller_t *tellers)
{
    aq_op_t *tasks[SESSIONS];

    uv_timer_init(&uv, &bank.timer);
    uv_timer_start(&bank.timer, kill_backends, KILL_EVERY, KILL_EVERY);
    bank.working = SESSIONS;
    for (int i = 0; i < SESSIONS; i++) {
        tellers[i] =
            (teller_t){.number = i, .session = aq_session_open(bank.context, NULL), .locks = i % 2 == 0};
        tasks[i] = aq_spawn(aq_context_loop(bank.context), work, &tellers[i]);
    }
    for (int i = 0; i < SESSIONS; i++) {
        aq_wait(tasks[i]);
        aq_op_close(tasks[i]);
        ok(!tellers[i].lost, "session %d could always be rolled back", i);
        aq_session_close(tellers[i].session);
    }
}

/* How many attempts with this outcome have a row. */
static int count_there(const char *there, outcome_t outcome)
{
    int count = 0;

    for (int i = 1; i <= bank.attempts; i++)
        count += there[i - 1] == '1' && bank.outcomes[i] == (unsigned char)outcome;
    return count;
}

static int count_of(outcome_t outcome)
{
    int count = 0;

    for (int i = 1; i <= bank.attempts; i++)
        count += bank.outcomes[i] == (unsigned char)outcome;
    return count;
}

static void check_books(void)
{
    char *there =
        cluster_value(cluster,
                      "select string_agg(case when t.id is null then '0' else '1' end, '' order by n)"
                      " from generate_series(1, %d) n left join transfer t on t.id = n",
                      bank.attempts);
    const int committed = count_of(COMMITTED), unknown = count_of(UNKNOWN),
              kept = count_there(there, UNKNOWN);

    is_int(count_there(there, COMMITTED), committed, "each of %d that were reported committed is there",
           committed);
    is_int(count_there(there, FAILED), 0, "none of %d that were reported failed is", count_of(FAILED));
    is_int(cluster_number(cluster, "select count(*) from transfer"), committed + kept, "and nothing else");
    note("%d nobody could know of: %d are there, %d are not", unknown, kept, unknown - kept);
    is_int(cluster_number(cluster,
                          "select count(*) from account a where balance <> %d"
                          " - (select coalesce(sum(amount), 0) from transfer where from_id = a.id)"
                          " + (select coalesce(sum(amount), 0) from transfer where to_id = a.id)",
                          OPENING),
           0, "every account has what its transfers say");
    free(there);
}

static void test_day(void)
{
    const bool all = getenv("AQUIFER_ALL_TRANSFERS") != NULL;

    subtest("%d transfers in %d sessions, backends killed every %d ms", TRANSFERS, SESSIONS, KILL_EVERY) {
        teller_t tellers[SESSIONS];
        const double start = now_ms();

        bank.end = start + (all ? 160000 : MOST_TIME);
        work_all_day(tellers);
        note("%d transfers, %d attempts in %.1f s, %d times killed", bank.transfers, bank.attempts,
             (now_ms() - start) / 1e3, bank.kills);
        for (int i = 0; i < 8 && bank.codes[0][i] != 0; i++)
            note("%d failed with %s", bank.codes[1][i], aq_error_name(bank.codes[0][i]));
        ok(bank.transfers >= (all ? TRANSFERS : 500), "%s were made", all ? "all" : "many");
        ok(bank.kills > 0, "and backends were killed meanwhile");
        check_books();
    }
}

/* Of pids that are gone when they are to be killed. */
static void ignore_warnings(void *data, aq_log_level_t level, const char *message)
{
    (void)data;
    (void)level;
    (void)message;
}

int main(void)
{
    alarm(170);
    aq_set_log(ignore_warnings, NULL, AQ_LOG_ERROR);
    init_loops();
    srand(4);
    cluster = cluster_start(NULL);
    open_bank();
    test_day();
    ok(close_bank(), "everything closes");
    cluster_close(cluster);
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
