/* Signals and events: who is called, in which order, what becomes of errors; connecting and disconnecting while a signal is on its way, from one thread and from
 * several. Nothing here connects to a server; the sessions are made by hand. t/run runs this under the thread sanitizer too. */
#include "heap.h"
#include "tap.h"

#include <aquifer.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/app/app.h"
#include "src/orm/listeners.h"
#include "src/orm/options.h"
#include "src/orm/session.h"

static char logged[2048];

static void on_log(void *data, aq_log_level_t level, const char *message)
{
    (void)data;
    snprintf(logged + strlen(logged), sizeof(logged) - strlen(logged), "%s%s\n",
             level == AQ_LOG_ERROR ? "error: " : "", message);
}

/* ---- Who was called ------------------------------------------------------------------------------------------------------------ */

static char calls[256];
static aq_db_t *db;
static aq_app_t *one, *two;

/* One pointer for each name: a listener is found by it. */
static void *named(const char *name)
{
    static const char *const names[] = {"",  "a", "b",  "c",  "d",   "e",  "f",   "g",      "m",     "n",
                                        "x", "y", "ab", "bc", "abc", "db", "all", "before", "after", "new"};

    for (size_t i = 0; i < AQ__COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0)
            return (void *)(uintptr_t)names[i];
    bail_out("no such name: %s", name);
}

static int note_call(const char *name)
{
    snprintf(calls + strlen(calls), sizeof(calls) - strlen(calls), "%s ", name);
    return AQ_OK;
}

static int hear(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    (void)session, (void)changes;
    return note_call(data);
}

static int veto(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(data, session, changes);
    return aq_fail(AQ_ECHECK, "%s says no", (const char *)data);
}

static int refuse_silently(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(data, session, changes);
    return AQ_ECHECK;
}

static int return_seven(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(data, session, changes);
    return 7;
}

/* The calls of this emission, "a b ". */
static const char *emit(aq_signal_t signal, const aq_app_t *app, int expected)
{
    static const aq_changes_t none;

    calls[0] = logged[0] = '\0';
    is_int(aq__listeners_emit(db->listeners, signal, app, NULL, &none), expected, "what it returned");
    return calls;
}

static void hook(aq_signal_t signal, const aq_app_t *app, aq_signal_cb cb, const char *name)
{
    is_int(aq_signal_connect(db, signal, app, cb, named(name)), AQ_OK, "%s is connected", name);
}

static void unhook(aq_signal_t signal, const aq_app_t *app, aq_signal_cb cb, const char *name)
{
    is_int(aq_signal_disconnect(db, signal, app, cb, named(name)), AQ_OK, "%s is disconnected", name);
}

static void refused(int code, int expected, const char *text)
{
    is_int(code, expected, "the code");
    is_str(aq_last_error()->message, text, "the text");
}

/* ---- Signals ----------------------------------------------------------------------------------------------------------------- */

static void test_order(void)
{
    subtest("in the order of connection, for the app that was asked for") {
        ok(!aq__listeners_wanted(db->listeners, AQ_MODELS_COMMITTED, one), "nobody wants it");
        hook(AQ_MODELS_COMMITTED, one, hear, "a");
        hook(AQ_MODELS_COMMITTED, NULL, hear, "all");
        hook(AQ_MODELS_COMMITTED, two, hear, "b");
        hook(AQ_BEFORE_MODELS_COMMITTED, two, hear, "before");
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "a all ", "the first app");
        is_str(emit(AQ_MODELS_COMMITTED, two, AQ_OK), "all b ", "the second app");
        is_str(emit(AQ_BEFORE_MODELS_COMMITTED, one, AQ_OK), "", "the other signal, the first app");
        is_str(emit(AQ_BEFORE_MODELS_COMMITTED, two, AQ_OK), "before ", "the other signal");
        ok(aq__listeners_wanted(db->listeners, AQ_MODELS_COMMITTED, one) &&
               !aq__listeners_wanted(db->listeners, AQ_BEFORE_MODELS_COMMITTED, one) &&
               aq__listeners_wanted(db->listeners, AQ_BEFORE_MODELS_COMMITTED, two),
           "who wants what");
        unhook(AQ_MODELS_COMMITTED, one, hear, "a");
        unhook(AQ_MODELS_COMMITTED, NULL, hear, "all");
        is_str(emit(AQ_MODELS_COMMITTED, two, AQ_OK), "b ", "one is left");
        unhook(AQ_MODELS_COMMITTED, two, hear, "b");
        unhook(AQ_BEFORE_MODELS_COMMITTED, two, hear, "before");
    }
    subtest("twice is twice") {
        hook(AQ_MODELS_COMMITTED, NULL, hear, "a");
        hook(AQ_MODELS_COMMITTED, NULL, hear, "b");
        hook(AQ_MODELS_COMMITTED, NULL, hear, "a");
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "a b a ", "called twice");
        unhook(AQ_MODELS_COMMITTED, NULL, hear, "a");
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "a b ", "the newest went");
        unhook(AQ_MODELS_COMMITTED, NULL, hear, "a");
        unhook(AQ_MODELS_COMMITTED, NULL, hear, "b");
    }
    subtest("what cannot be connected or disconnected") {
        refused(aq_signal_connect(NULL, AQ_MODELS_COMMITTED, NULL, hear, NULL), AQ_EINVAL,
                "aq_signal_connect: the db is NULL");
        refused(aq_signal_connect(db, (aq_signal_t)9, NULL, hear, NULL), AQ_EINVAL,
                "aq_signal_connect: there is no signal 9");
        refused(aq_signal_connect(db, AQ_MODELS_COMMITTED, NULL, NULL, NULL), AQ_EINVAL,
                "aq_signal_connect: models_committed: the callback is NULL");
        refused(aq_signal_disconnect(NULL, AQ_MODELS_COMMITTED, NULL, hear, NULL), AQ_EINVAL,
                "aq_signal_disconnect: the db is NULL");
        refused(aq_signal_disconnect(db, AQ_BEFORE_MODELS_COMMITTED, NULL, hear, NULL), AQ_ENOENT,
                "aq_signal_disconnect: before_models_committed: no such callback is connected for this app "
                "and data");
        hook(AQ_MODELS_COMMITTED, one, hear, "a");
        is_int(aq_signal_disconnect(db, AQ_MODELS_COMMITTED, NULL, hear, named("a")), AQ_ENOENT,
               "of another app");
        unhook(AQ_MODELS_COMMITTED, one, hear, "a");
    }
}

static void test_errors(void)
{
    subtest("before the commit the first error is a veto") {
        hook(AQ_BEFORE_MODELS_COMMITTED, NULL, hear, "a");
        hook(AQ_BEFORE_MODELS_COMMITTED, NULL, veto, "b");
        hook(AQ_BEFORE_MODELS_COMMITTED, NULL, hear, "c");
        is_str(emit(AQ_BEFORE_MODELS_COMMITTED, one, AQ_ECHECK), "a b ", "no one after it is called");
        is_str(aq_last_error()->message, "b says no", "its own text");
        is_str(logged, "", "nothing is logged");
        unhook(AQ_BEFORE_MODELS_COMMITTED, NULL, veto, "b");
        hook(AQ_BEFORE_MODELS_COMMITTED, NULL, refuse_silently, "d");
        aq_fail(AQ_ECHECK, "of somebody else, long ago");
        is_str(emit(AQ_BEFORE_MODELS_COMMITTED, one, AQ_ECHECK), "a c d ", "a code without a text");
        is_str(aq_last_error()->message, "before_models_committed: check violation", "the code's text");
        unhook(AQ_BEFORE_MODELS_COMMITTED, NULL, refuse_silently, "d");
        hook(AQ_BEFORE_MODELS_COMMITTED, NULL, return_seven, "e");
        is_str(emit(AQ_BEFORE_MODELS_COMMITTED, one, AQ_EINVAL), "a c e ", "a number that is no code");
        is_str(aq_last_error()->message,
               "before_models_committed: the callback returned 7, which is no error code", "is a mistake");
        unhook(AQ_BEFORE_MODELS_COMMITTED, NULL, return_seven, "e");
        unhook(AQ_BEFORE_MODELS_COMMITTED, NULL, hear, "a");
        unhook(AQ_BEFORE_MODELS_COMMITTED, NULL, hear, "c");
    }
    subtest("after it errors are logged") {
        hook(AQ_MODELS_COMMITTED, NULL, veto, "a");
        hook(AQ_MODELS_COMMITTED, NULL, hear, "b");
        hook(AQ_MODELS_COMMITTED, NULL, return_seven, "c");
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "a b c ", "all are called");
        is_str(logged,
               "error: models_committed: a says no\nerror: models_committed: the callback "
               "returned 7, which is no error code\n",
               "two lines");
        unhook(AQ_MODELS_COMMITTED, NULL, veto, "a");
        unhook(AQ_MODELS_COMMITTED, NULL, hear, "b");
        unhook(AQ_MODELS_COMMITTED, NULL, return_seven, "c");
    }
}

/* ---- While a signal is on its way ------------------------------------------------------------------------------------------------ */

/* Disconnects the others named in the data and connects "new". */
static int change_others(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(named("x"), session, changes);
    for (const char *name = data; *name != '\0'; name++) {
        (void)aq_signal_disconnect(db, AQ_MODELS_COMMITTED, NULL, hear, named((char[]){*name, '\0'}));
    }
    return aq_signal_connect(db, AQ_MODELS_COMMITTED, NULL, hear, named("new"));
}

static int leave(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    hear(data, session, changes);
    return aq_signal_disconnect(db, AQ_MODELS_COMMITTED, NULL, leave, data);
}

/* Emits the same signal inside, where it disconnects itself: two calls of one listener are under way. */
static int nest(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    static int level;

    hear(data, session, changes);
    if (level > 0)
        return aq_signal_disconnect(db, AQ_MODELS_COMMITTED, NULL, nest, data);
    level++;
    (void)aq__listeners_emit(db->listeners, AQ_MODELS_COMMITTED, one, session, changes);
    level--;
    return AQ_OK;
}

static void test_changes_meanwhile(void)
{
    static const char *const gone[] = {"", "a", "b", "c", "ab", "bc", "abc"};
    static const char *const called[] = {"a x b c ", "a x b c ", "a x c ", "a x b ",
                                         "a x c ",   "a x ",     "a x "};
    static const char *const later[] = {"a x b c new ", "x b c new ", "a x c new ", "a x b new ",
                                        "x c new ",     "a x new ",   "x new "};

    for (size_t i = 0; i < AQ__COUNT_OF(gone); i++)
        subtest("listeners that go while it is emitted: '%s'", gone[i]) {
            hook(AQ_MODELS_COMMITTED, NULL, hear, "a");
            hook(AQ_MODELS_COMMITTED, NULL, change_others, gone[i]);
            hook(AQ_MODELS_COMMITTED, NULL, hear, "b");
            hook(AQ_MODELS_COMMITTED, NULL, hear, "c");
            is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), called[i], "are not called; a new one not yet");
            is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), later[i], "and the next time");
            unhook(AQ_MODELS_COMMITTED, NULL, change_others, gone[i]);
            while (aq_signal_disconnect(db, AQ_MODELS_COMMITTED, NULL, hear, named("new")) == 0)
                ;
            for (const char *name = "abc"; *name != '\0'; name++)
                (void)aq_signal_disconnect(db, AQ_MODELS_COMMITTED, NULL, hear, named((char[]){*name, '\0'}));
            is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "", "none is left");
        }
    subtest("a listener that takes itself off") {
        hook(AQ_MODELS_COMMITTED, NULL, leave, "a");
        hook(AQ_MODELS_COMMITTED, NULL, leave, "b");
        hook(AQ_MODELS_COMMITTED, NULL, hear, "c");
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "a b c ", "once");
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "c ", "no more");
        unhook(AQ_MODELS_COMMITTED, NULL, hear, "c");
    }
    subtest("an emission inside an emission") {
        hook(AQ_MODELS_COMMITTED, NULL, nest, "n");
        hook(AQ_MODELS_COMMITTED, NULL, hear, "c");
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "n n c c ", "both go through");
        is_str(logged, "", "without an error");
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "c ", "the listener is gone");
        unhook(AQ_MODELS_COMMITTED, NULL, hear, "c");
    }
}

/* ---- Threads ----------------------------------------------------------------------------------------------------------------------- */

enum { EMITTERS = 2, ROUNDS = 2000 };

static atomic_bool stop;

static int count_call(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    (void)session, (void)changes;
    atomic_fetch_add((atomic_size_t *)data, 1);
    return AQ_OK;
}

/* What the data points to is freed as soon as it is disconnected: plain memory, so that the sanitizers see a call that comes too late. */
static int touch(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    (void)session, (void)changes;
    return *(volatile int *)data == 1 ? AQ_OK : aq_fail(AQ_EINVAL, "too late");
}

static void *emit_until_told(void *data)
{
    static const aq_changes_t none;
    size_t *failures = data;

    while (!atomic_load(&stop))
        *failures += aq__listeners_emit(db->listeners, AQ_BEFORE_MODELS_COMMITTED, one, NULL, &none) != AQ_OK;
    return NULL;
}

static void *come_and_go(void *data)
{
    size_t *failures = data;

    for (int i = 0; i < ROUNDS; i++) {
        int *mine = malloc(sizeof(*mine));

        *mine = 1;
        *failures += aq_signal_connect(db, AQ_BEFORE_MODELS_COMMITTED, one, touch, mine) != AQ_OK;
        *failures += aq_signal_disconnect(db, AQ_BEFORE_MODELS_COMMITTED, one, touch, mine) != AQ_OK;
        *mine = 0;
        free(mine);
    }
    return NULL;
}

static void start(pthread_t *thread, void *(*work)(void *), void *data)
{
    if (pthread_create(thread, NULL, work, data) != 0)
        bail_out("cannot start a thread");
}

/* Two threads, each inside a callback, each disconnecting the other's. */
static pthread_barrier_t both_inside;
static atomic_size_t disconnected;

static int take_off(void *data, aq_session_t *session, const aq_changes_t *changes);

typedef struct side {
    const aq_app_t *app;
    struct side *other;
} side_t;

static int take_off(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    side_t *side = data;

    (void)session, (void)changes;
    pthread_barrier_wait(&both_inside);
    atomic_fetch_add(&disconnected, aq_signal_disconnect(db, AQ_MODELS_COMMITTED, side->other->app, take_off,
                                                         side->other) == AQ_OK);
    return AQ_OK;
}

static void *emit_once(void *data)
{
    static const aq_changes_t none;
    side_t *side = data;

    (void)aq__listeners_emit(db->listeners, AQ_MODELS_COMMITTED, side->app, NULL, &none);
    return NULL;
}

typedef struct slow {
    atomic_bool inside;
    bool through; /* plain: whoever disconnected may look at it */
} slow_t;

static int be_slow(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    struct timespec moment = {0, 20000000};
    slow_t *slow = data;

    (void)session, (void)changes;
    atomic_store(&slow->inside, true);
    nanosleep(&moment, NULL);
    slow->through = true;
    return AQ_OK;
}

static void test_threads(void)
{
    subtest("disconnecting waits for a call in another thread") {
        pthread_t thread;
        side_t side = {one, NULL};
        slow_t slow = {0};

        is_int(aq_signal_connect(db, AQ_MODELS_COMMITTED, NULL, be_slow, &slow), AQ_OK, "connected");
        start(&thread, emit_once, &side);
        while (!atomic_load(&slow.inside))
            sched_yield();
        is_int(aq_signal_disconnect(db, AQ_MODELS_COMMITTED, NULL, be_slow, &slow), AQ_OK, "disconnected");
        ok(slow.through, "the call has ended before");
        pthread_join(thread, NULL);
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "", "it is gone");
    }
    subtest("threads emit while others come and go") {
        pthread_t emitters[EMITTERS], others[EMITTERS];
        size_t failures[2 * EMITTERS] = {0}, all = 0;
        atomic_size_t heard = 0;

        is_int(aq_signal_connect(db, AQ_BEFORE_MODELS_COMMITTED, NULL, count_call, &heard), AQ_OK,
               "one stays");
        atomic_store(&stop, false);
        for (int i = 0; i < EMITTERS; i++)
            start(&emitters[i], emit_until_told, &failures[i]);
        for (int i = 0; i < EMITTERS; i++)
            start(&others[i], come_and_go, &failures[EMITTERS + i]);
        for (int i = 0; i < EMITTERS; i++)
            pthread_join(others[i], NULL);
        while (atomic_load(&heard) == 0)
            sched_yield();
        atomic_store(&stop, true);
        for (int i = 0; i < EMITTERS; i++)
            pthread_join(emitters[i], NULL);
        for (int i = 0; i < 2 * EMITTERS; i++)
            all += failures[i];
        is_int(all, 0, "none was called after its disconnect had returned");
        is_int(aq_signal_disconnect(db, AQ_BEFORE_MODELS_COMMITTED, NULL, count_call, &heard), AQ_OK,
               "it goes");
    }
    subtest("callbacks in two threads disconnect each other") {
        pthread_t threads[2];
        side_t sides[2] = {{one, &sides[1]}, {two, &sides[0]}};

        pthread_barrier_init(&both_inside, NULL, 2);
        for (int i = 0; i < 2; i++)
            is_int(aq_signal_connect(db, AQ_MODELS_COMMITTED, sides[i].app, take_off, &sides[i]), AQ_OK,
                   "connected");
        for (int i = 0; i < 2; i++)
            start(&threads[i], emit_once, &sides[i]);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&both_inside);
        is_int(atomic_load(&disconnected), 2, "both did, and neither waits for the other");
        is_str(emit(AQ_MODELS_COMMITTED, one, AQ_OK), "", "both are gone");
    }
}

/* ---- Events of sessions ------------------------------------------------------------------------------------------------------------- */

static int on_event(void *data, aq_session_t *session)
{
    (void)session;
    return note_call(data);
}

static int fail_event(void *data, aq_session_t *session)
{
    on_event(data, session);
    return aq_fail(AQ_ENOTNULL, "%s fails", (const char *)data);
}

static int add_more(void *data, aq_session_t *session)
{
    on_event(data, session);
    for (int i = 0; i < 8; i++) /* the list moves */
        (void)aq_session_on(session, AQ_BEFORE_FLUSH, on_event, named("m"));
    return AQ_OK;
}

#define ON(session, event, cb, name) aq_session_on((session), (event), (cb), named(name))

static const char *tell(aq_session_t *session, aq_session_event_t event, int expected)
{
    calls[0] = logged[0] = '\0';
    is_int(aq__session_event(session, event), expected, "what it returned");
    return calls;
}

static void test_events(void)
{
    aq_db_t *own = aq_db_create();
    aq__engine_t engine = {.listeners = own->listeners}, silent = {0};
    aq_session_t session = {.engine = &engine}, other = {.engine = &engine}, alone = {.engine = &silent};

    subtest("before the seal for all sessions, at any time for one") {
        is_str(tell(&session, AQ_BEFORE_FLUSH, AQ_OK), "", "nobody listens");
        is_str(tell(&alone, AQ_AFTER_COMMIT, AQ_OK), "", "nobody can");
        is_int(aq_db_on(own, AQ_BEFORE_FLUSH, on_event, named("db")), AQ_OK, "of the db");
        is_int(ON(&session, AQ_BEFORE_FLUSH, on_event, "a"), AQ_OK, "of a session");
        is_int(ON(&session, AQ_AFTER_FLUSH, on_event, "after"), AQ_OK, "of another event");
        is_int(ON(&session, AQ_BEFORE_FLUSH, on_event, "b"), AQ_OK, "one more");
        is_str(tell(&session, AQ_BEFORE_FLUSH, AQ_OK), "a b db ", "the session's own come first");
        is_str(tell(&session, AQ_AFTER_FLUSH, AQ_OK), "after ", "the other event");
        is_str(tell(&other, AQ_BEFORE_FLUSH, AQ_OK), "db ", "another session");
        is_int(aq_db_seal(own), AQ_OK, "sealed");
        refused(aq_db_on(own, AQ_BEFORE_FLUSH, on_event, NULL), AQ_EINVAL,
                "aq_db_on: the db is sealed: contexts use it already");
    }
    subtest("errors") {
        is_int(ON(&other, AQ_BEFORE_COMMIT, fail_event, "f"), AQ_OK, "one that fails");
        is_int(ON(&other, AQ_BEFORE_COMMIT, on_event, "g"), AQ_OK, "one after it");
        is_str(tell(&other, AQ_BEFORE_COMMIT, AQ_ENOTNULL), "f ", "before: the first error ends it");
        is_str(aq_last_error()->message, "f fails", "with its text");
        is_int(ON(&other, AQ_BEFORE_FLUSH, fail_event, "f"), AQ_OK, "one that fails");
        is_str(tell(&other, AQ_BEFORE_FLUSH, AQ_ENOTNULL), "f ", "those of the db are not called either");
        for (int event = AQ_AFTER_COMMIT; event <= AQ_N_PLUS_ONE; event++) {
            (void)ON(&other, (aq_session_event_t)event, fail_event, "f");
            (void)ON(&other, (aq_session_event_t)event, on_event, "g");
        }
        is_str(tell(&other, AQ_AFTER_COMMIT, AQ_OK), "f g ", "after: all are called");
        is_str(logged, "error: after_commit: f fails\n", "and the log tells");
        is_str(tell(&other, AQ_AFTER_ROLLBACK, AQ_OK), "f g ", "after a rollback");
        is_str(logged, "error: after_rollback: f fails\n", "likewise");
        is_str(tell(&other, AQ_N_PLUS_ONE, AQ_OK), "f g ", "N+1");
        is_str(logged, "error: n_plus_one: f fails\n", "likewise");
    }
    subtest("more while it is told") {
        is_int(ON(&alone, AQ_BEFORE_FLUSH, add_more, "x"), AQ_OK, "one that adds");
        is_int(ON(&alone, AQ_BEFORE_FLUSH, on_event, "y"), AQ_OK, "one after it");
        is_str(tell(&alone, AQ_BEFORE_FLUSH, AQ_OK), "x y ", "the new are not called yet");
        is_str(tell(&alone, AQ_BEFORE_FLUSH, AQ_OK), "x y m m m m m m m m ", "the next time they are");
    }
    subtest("refused") {
        refused(aq_session_on(NULL, AQ_BEFORE_FLUSH, on_event, NULL), AQ_EINVAL,
                "aq_session_on: the session is NULL");
        refused(ON(&session, (aq_session_event_t)17, on_event, "a"), AQ_EINVAL,
                "aq_session_on: there is no event 17");
        refused(ON(&session, AQ_AFTER_FLUSH, NULL, "a"), AQ_EINVAL,
                "aq_session_on: after_flush: the callback is NULL");
        refused(aq_db_on(NULL, AQ_AFTER_FLUSH, on_event, NULL), AQ_EINVAL, "aq_db_on: the db is NULL");
        refused(aq_db_on(db, (aq_session_event_t)-1, on_event, NULL), AQ_EINVAL,
                "aq_db_on: there is no event -1");
        refused(aq_db_on(db, AQ_BEFORE_COMMIT, NULL, NULL), AQ_EINVAL,
                "aq_db_on: before_commit: the callback is NULL");
    }
    aq__event_list_close(session.listening);
    aq__event_list_close(other.listening);
    aq__event_list_close(alone.listening);
    aq__event_list_close(NULL);
    aq_db_close(own);
}

/* ---- How sessions are made ------------------------------------------------------------------------------------------------------------ */

static void option_refused(aq_session_options_t options, const char *text)
{
    aq_session_setup_t setup = {.options = options};
    char whole[256];

    snprintf(whole, sizeof(whole), "aq_db_set_session_setup: options.%s", text);
    refused(aq_db_set_session_setup(db, &setup), AQ_EINVAL, whole);
}

static void test_setup(void)
{
    aq_db_t *own = aq_db_create();
    aq_session_setup_t setup = {
        .options = {.autoflush = AQ_OFF, .retries = AQ_ZERO, .n_plus_one = AQ_ZERO, .record_limit = 50},
        .data = own};

    subtest("options out of range") {
        option_refused((aq_session_options_t){.autoflush = (aq_switch_t)3},
                       "autoflush: 3 is neither on nor off");
        option_refused((aq_session_options_t){.track_modifications = (aq_switch_t)5},
                       "track_modifications: 5 is neither on nor off");
        option_refused((aq_session_options_t){.retries = -1},
                       "retries: -1 is out of range: it must be zero (AQ_ZERO) to 1000");
        option_refused((aq_session_options_t){.n_plus_one = -2},
                       "n_plus_one: -2 is out of range: it must be zero (AQ_ZERO) to 2147483647");
        option_refused((aq_session_options_t){.record_limit = AQ_ZERO},
                       "record_limit: -1000000 is out of range: it must be 1 to 1000000");
        option_refused((aq_session_options_t){.record_limit = 1000001},
                       "record_limit: 1000001 is out of range: it must be 1 to 1000000");
        option_refused((aq_session_options_t){.lane = (aq_lane_t *)(void *)&setup},
                       "lane: a lane is for one session, not for all");
        option_refused((aq_session_options_t){.lane_bind = "users"},
                       "lane_bind: there is no lane for bind 'users'");
        is_int(aq__session_options_check("f", NULL), AQ_OK, "none are fine");
    }
    subtest("the setup of a db") {
        refused(aq_db_set_session_setup(NULL, &setup), AQ_EINVAL, "aq_db_set_session_setup: the db is NULL");
        refused(aq_db_set_session_setup(own, NULL), AQ_EINVAL, "aq_db_set_session_setup: the setup is NULL");
        is_int(aq_db_set_session_setup(own, &setup), AQ_OK, "is taken");
        ok(own->session_setup.options.autoflush == AQ_OFF && own->session_setup.data == own, "and copied");
        is_int(aq_db_seal(own), AQ_OK, "sealed");
        refused(aq_db_set_session_setup(own, &setup), AQ_EINVAL,
                "aq_db_set_session_setup: the db is sealed: contexts use it already");
    }
    aq_db_close(own);
}

/* ---- Memory --------------------------------------------------------------------------------------------------------------------------- */

static int connect_all(void)
{
    aq_db_t *own = aq_db_create();
    aq__engine_t engine = {0};
    aq_session_t session = {.engine = &engine};
    int code = own != NULL ? AQ_OK : aq_last_error()->code;

    for (int i = 0; code == AQ_OK && i < 3; i++)
        code = aq_signal_connect(own, AQ_MODELS_COMMITTED, NULL, hear, own);
    for (int i = 0; code == AQ_OK && i < 5; i++)
        code = aq_db_on(own, AQ_AFTER_COMMIT, on_event, own);
    for (int i = 0; code == AQ_OK && i < 5; i++)
        code = ON(&session, AQ_AFTER_COMMIT, on_event, "a");
    aq__event_list_close(session.listening);
    aq_db_close(own);
    return code;
}

int main(void)
{
    aq_config_t config = {.database_uri = "postgresql:///nowhere", .track_modifications = AQ_ON};

    aq_set_allocator(counting_allocator, NULL);
    aq_set_log(on_log, NULL, AQ_LOG_INFO);
    db = aq_db_create();
    one = aq_app_create(&config);
    two = aq_app_create(&config);
    if (db == NULL || aq_db_init_app(db, one) != AQ_OK || aq_db_init_app(db, two) != AQ_OK)
        bail_out("%s", aq_last_error()->message);
    is_str(aq_operation_name(AQ_INSERT), "insert", "the name of an operation");
    is_str(aq_operation_name(AQ_UPDATE), "update", "of another");
    is_str(aq_operation_name(AQ_DELETE), "delete", "of the third");
    is_str(aq_operation_name((aq_operation_t)9), "no operation", "of what is none");
    test_order();
    test_errors();
    test_changes_meanwhile();
    test_threads();
    test_events();
    test_setup();
    aq_app_close(one);
    aq_app_close(two);
    aq_db_close(db);
    check_each_request("signals, events", connect_all);
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
