/* Signals: what before_models_committed and models_committed tell of a session's work (vectors signals).
 *
 * A row of the vectors is a subtest. Its `ops` are words; the tables below say what each is here. A word that is in no table fails the row, and so will new rows be
 * noticed. Where Aquifer tells something else on purpose `settled` says what, and why. */
#include "tap.h"

#include "t/todo.h"

#include <stdarg.h>
#include <stdlib.h>

static todos_t todos;
static todo_app_t usual; /* tracks modifications */

/* ---- What is heard ---------------------------------------------------------------------------------------------------------- */

/* Of the row that is running. */
static struct {
    const json_t *row;
    todo_app_t app;
    aq_session_t *session;
    aq_text_t heard; /* a line for each signal and event */
    bool listening;
    const char *handler;  /* what the handlers do: "before handler adds b" */
    aq_op_t *later;       /* that a handler began */
    int changed;          /* texts that were given */
    bool begun_elsewhere; /* an app of its own */
} run;

static void hear_event(const char *format, ...) TAP_FORMAT(1, 2);

static void hear_event(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    aq_text_append(&run.heard, "event: ");
    aq_text_vappendf(&run.heard, format, arguments);
    aq_text_append_char(&run.heard, '\n');
    va_end(arguments);
}

static bool unordered(void)
{
    return json_is_true(json_object_get(run.row, "unordered"));
}

/* Whether the row expects an event of this name. */
static bool expects(const char *event)
{
    const json_t *expected;
    size_t i;

    json_array_foreach(json_object_get(run.row, "expect"), i, expected)
    {
        const char *name = json_string_value(json_array_get(json_object_get(expected, "event"), 0));

        if (name != NULL && strcmp(name, event) == 0)
            return true;
    }
    return false;
}

static void hear_signal(const char *name, aq_session_t *session, const aq_changes_t *changes)
{
    aq_text_appendf(&run.heard, "%s: ", name);
    append_heard(&run.heard, changes, unordered());
    aq_text_append(&run.heard, aq_context_app(aq_session_context(session)) == run.app.app
                                   ? " (app)\n"
                                   : " (another app)\n");
}

static void hear_keys(const char *event, const aq_changes_t *changes)
{
    bool all = true;

    for (size_t i = 0; i < changes->count; i++)
        all = all && ((const Todo *)changes->items[i].object)->id > 0;
    if (expects(event))
        hear_event("%s [%s]", event, all ? "true" : "null");
}

static bool handler_is(const char *what)
{
    return run.handler != NULL && strcmp(run.handler, what) == 0;
}

static Todo *make_todo(const char *name)
{
    Todo *todo = aq_new(run.session, Todo);

    todo->text = name;
    name_object(name, todo);
    return todo;
}

static int on_before(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    (void)data;
    if (!run.listening)
        return AQ_OK;
    hear_signal("before_models_committed", session, changes);
    hear_keys("pk inside before", changes);
    if (handler_is("before handler adds b"))
        return aq_add(session, make_todo("from_hook"));
    if (handler_is("before handler raises"))
        return aq_fail(AQ_EPERMISSION, "the handler says no");
    return AQ_OK;
}

static int on_after(void *data, aq_session_t *session, const aq_changes_t *changes)
{
    (void)data;
    if (!run.listening)
        return AQ_OK;
    hear_signal("models_committed", session, changes);
    hear_keys("pk inside after", changes);
    if (handler_is("after handler runs SQL"))
        run.later = aq_count(aq_query(session, Todo));
    if (handler_is("after handler raises"))
        return aq_fail(AQ_EPERMISSION, "the handler says no");
    return AQ_OK;
}

/* ---- Words --------------------------------------------------------------------------------------------------------------------- */

/* Its outcome; an error ends as an event where the row expects it, else it fails the row. */
static int finish(aq_op_t *op, const char *event)
{
    static const struct {
        int code;
        const char *original; /* the class of the original's exception */
    } classes[] = {{AQ_EUNIQUE, "IntegrityError"}, {AQ_EPERMISSION, "ValueError"}};
    int code;

    aq_wait(op);
    code = aq_op_code(op);
    for (size_t i = 0; code != AQ_OK && i < sizeof classes / sizeof classes[0]; i++)
        if (classes[i].code == code && expects(event)) {
            hear_event("%s %s", event, classes[i].original);
            aq_op_close(op);
            return code;
        }
    ok(code == AQ_OK, "%s: %s", event, code != AQ_OK ? aq_op_error(op)->message : "done");
    aq_op_close(op);
    return code;
}

static int64_t count(aq_query_t *query)
{
    aq_op_t *op = aq_count(query);
    const int64_t *value = aq_wait(op);
    const int64_t found = value != NULL ? *value : -1;

    aq_op_close(op);
    return found;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyz"

static bool is_filling(const char *word, size_t length)
{
    static const char *const fillings[] = {"persisted", "owning", "duplicate", "id"};

    for (size_t i = 0; i < sizeof fillings / sizeof fillings[0]; i++)
        if (strlen(fillings[i]) == length && strncmp(fillings[i], word, length) == 0)
            return true;
    return false;
}

/* The names in "p owning o1,o2", "a..e", "a.text=same", "a (default bind)". Memory of the session. */
static size_t split_names(const char *text, const char **names, size_t most)
{
    aq_arena_t *arena = aq_session_arena(run.session);
    size_t found = 0, length;

    for (; *(text += strcspn(text, LETTERS)) != '\0' && found < most; text += length) {
        length = strspn(text, LETTERS "0123456789_");
        if (strncmp(text + length, "..", 2) == 0) {
            for (char one = text[0]; one <= text[3] && found < most; one++)
                names[found++] = aq_arena_printf(arena, "%c", one);
            length = 4;
        } else if (!is_filling(text, length)) {
            names[found++] = aq_arena_strndup(arena, text, length);
        }
        if (strchr(".(", text[length]) != NULL || strncmp(text + length, " (", 2) == 0)
            break;
    }
    return found;
}

static void *make(const char *name)
{
    void *object = NULL;

    if (strcmp(name, "p") == 0 || strcmp(name, "q") == 0)
        object = aq_new(run.session, Parent);
    else if (name[0] == 'c' && name[1] != '\0')
        object = aq_new(run.session, Child);
    else if (name[0] == 'o' && name[1] != '\0')
        object = aq_new(run.session, Owned);
    else if (strcmp(name, "pg") == 0)
        object = aq_new(run.session, Page);
    else if (strcmp(name, "tg") == 0)
        object = aq_new(run.session, Tag);
    else if (strcmp(name, "o") == 0)
        object = aq_new(run.session, Other);
    else
        return make_todo(name);
    if (strcmp(name, "o") == 0)
        ((Other *)object)->text = name;
    name_object(name, object);
    return object;
}

/* "(persisted p{c1},q)": children are those of the parent before them. */
static void persisted(const char *rest)
{
    const char *names[16], *id = strstr(rest, " id="), *text = strstr(rest, ".text=");
    size_t n = split_names(rest, names, 16);
    Parent *parent = NULL;

    run.listening = false;
    if (n == 0)
        names[n++] = "a";
    for (size_t i = 0; i < n; i++) {
        void *object = make(names[i]);

        if (aq_object_model(object) == &Parent_model)
            parent = object;
        if (aq_object_model(object) == &Child_model)
            aq_append(parent, Parent, children, object);
        else if (aq_object_model(object) == &Owned_model)
            aq_append(parent, Parent, owned, object);
        else if (id != NULL)
            ((Todo *)object)->id = atoi(id + 4);
        else if (text != NULL)
            ((Todo *)object)->text =
                aq_arena_strndup(aq_session_arena(run.session), text + 6, strcspn(text + 6, ")"));
        aq_add(run.session, object);
    }
    finish(aq_commit(run.session), "persisted");
    run.listening = true;
}

static void add(const char *rest)
{
    const char *names[16], *id = strstr(rest, " id=");
    const size_t n = split_names(rest, names, 16);
    bool duplicate = strncmp(rest, "duplicate ", 10) == 0;

    for (size_t i = 0; i < n; i++) {
        bool made = false;

        for (size_t k = 0; k < named_count; k++)
            made = made || strcmp(named[k].name, names[i]) == 0;
        is_int(aq_add(run.session, made && !duplicate ? object_named(names[i]) : make(names[i])), AQ_OK,
               "add %s", names[i]);
        if (id != NULL)
            ((Todo *)object_named(names[i]))->id = atoi(id + 4);
    }
}

static void delete_(const char *rest)
{
    const char *names[16];
    const size_t n = split_names(rest, names, 16);

    for (size_t i = 0; i < n; i++)
        if (aq_delete(run.session, object_named(names[i])) != AQ_OK)
            hear_event("error %s", aq_last_error()->message);
}

static void expunge(const char *rest)
{
    is_int(aq_expunge(run.session, object_named(rest)), AQ_OK, "expunge");
}

static void expire(const char *rest)
{
    is_int(aq_expire(run.session, object_named(rest)), AQ_OK, "expire");
}

static void refresh(const char *rest)
{
    finish(aq_refresh(run.session, object_named(rest)), "refresh");
}

static void set_text(Todo *todo, const char *text)
{
    todo->text = text != NULL ? aq_arena_strdup(aq_session_arena(run.session), text)
                              : aq_arena_printf(aq_session_arena(run.session), "changed %d", run.changed++);
}

/* "a.text", "a.text=same", "b", "each", "back", "" */
static void set(const char *rest)
{
    const char *names[1], *value = strchr(rest, '=');

    if (strcmp(rest, "each") == 0) {
        for (size_t i = 0; i < named_count; i++)
            set_text(named[i].object, NULL);
    } else if (strcmp(rest, "back") == 0) {
        set_text(object_named("a"), "a");
    } else {
        set_text(object_named(split_names(rest, names, 1) == 1 ? names[0] : "a"),
                 value != NULL ? value + 1 : NULL);
    }
}

static void read_(const char *rest)
{
    const char *names[1];

    ok(split_names(rest, names, 1) == 1 && ((Todo *)object_named(names[0]))->text != NULL, "read");
}

static void flush(const char *rest)
{
    (void)rest;
    finish(aq_flush(run.session), "flush raised");
    if (expects("after flush"))
        hear_event("after flush");
}

/* "(before handler raises)", "-> error": the expectations tell it too. */
static void commit(const char *rest)
{
    static char handler[64];
    int code;

    if (rest[0] == '(') {
        snprintf(handler, sizeof handler, "%.*s", (int)strcspn(rest + 1, ")"), rest + 1);
        run.handler = handler;
    }
    code = finish(aq_commit(run.session), "commit raised");
    if (strncmp(rest, "-> ", 3) == 0)
        ok(code != AQ_OK, "the commit failed");
    if (code == AQ_OK && expects("outer commit"))
        hear_event("outer commit");
    if (run.later != NULL) {
        const int64_t *rows = aq_wait(run.later);

        hear_event("sql inside after %d", rows != NULL ? (int)*rows : -1);
        aq_op_close(run.later);
        run.later = NULL;
    }
}

static void rollback(const char *rest)
{
    (void)rest;
    finish(aq_rollback(run.session), "rollback raised");
}

static void begin_nested(const char *rest)
{
    (void)rest;
    finish(aq_begin_nested(run.session), "begin_nested");
}

static void release(const char *rest)
{
    (void)rest;
    finish(aq_commit_nested(run.session), "release");
}

static void rollback_nested(const char *rest)
{
    (void)rest;
    finish(aq_rollback_nested(run.session), "rollback savepoint");
}

static void query(const char *rest)
{
    const int64_t rows = count(aq_query(run.session, Todo));

    if (strcmp(rest, "count") == 0)
        hear_event("autoflush query %d", (int)rows);
    else
        hear_event("query sees %d", (int)rows);
}

static void no_autoflush(const char *rest)
{
    const bool was = aq_session_autoflush(run.session, false);
    aq_query_t *made = aq_query(run.session, Todo);

    (void)rest;
    set_text(object_named("a"), "x");
    aq_filter(made, aq_eq(Todo, text, "x"));
    hear_event("rows with x %d", (int)count(made));
    aq_session_autoflush(run.session, was);
}

static void query_delete(const char *rest)
{
    (void)rest;
    finish(aq_bulk_delete(aq_query(run.session, Todo)), "query.delete");
    is_int(cluster_number(todos.cluster, "select count(*) from todo"), 1, "not committed yet");
}

static void execute_insert(const char *rest)
{
    (void)rest;
    finish(aq_session_execute(run.session, NULL, "insert into todo (text) values ('x')", NULL), "execute");
}

/* Many rows that are no objects: one statement of one's own. */
static void bulk_save(const char *rest)
{
    static const char *const texts[] = {"x", "y"};

    (void)rest;
    finish(aq_session_execute(run.session, NULL, "insert into todo (text) select unnest($1::text[])",
                              aq_args(aq_array(AQ_VALUE_TEXT, texts, 2, NULL))),
           "bulk");
}

static void merge(const char *rest)
{
    aq_session_t *other = aq_session_open(run.app.context, NULL);
    Todo *copy = aq_new(other, Todo);

    (void)rest;
    copy->id = ((Todo *)object_named("a"))->id;
    copy->text = "merged";
    finish(aq_merge(run.session, copy), "merge");
    aq_session_close(other);
}

/* "o1 from p.owned" */
static void remove_from(const char *rest)
{
    const char *names[1];
    void *item = split_names(rest, names, 1) == 1 ? object_named(names[0]) : NULL;
    int code = AQ_EINVAL;

    if (strstr(rest, " from p.owned") != NULL)
        code = aq_remove((Parent *)object_named("p"), Parent, owned, item);
    else if (strstr(rest, " from p.children") != NULL)
        code = aq_remove((Parent *)object_named("p"), Parent, children, item);
    else if (strstr(rest, " from pg.tags") != NULL)
        code = aq_remove((Page *)object_named("pg"), Page, tags, item);
    is_int(code, AQ_OK, "remove");
}

static void set_parent(const char *rest)
{
    is_int(aq_set((Child *)object_named("c1"), Child, parent, (Parent *)object_named(rest)), AQ_OK, "set");
}

static void append_tag(const char *rest)
{
    is_int(aq_append((Page *)object_named("pg"), Page, tags, object_named(rest)), AQ_OK, "append");
}

static void append_child(const char *rest)
{
    is_int(aq_append((Parent *)object_named("p"), Parent, children, make(rest)), AQ_OK, "append");
}

static void query_update(const char *rest)
{
    (void)rest;
    finish(aq_bulk_update(aq_query(run.session, Todo), aq_assign(Todo, text, "z")), "query.update");
}

static void merge_new(const char *rest)
{
    aq_session_t *other = aq_session_open(run.app.context, NULL);
    Todo *copy = aq_new(other, Todo), *merged;
    aq_op_t *op;

    copy->id = 77;
    copy->text = "new";
    op = aq_merge(run.session, copy);
    merged = aq_wait(op);
    ok(merged != NULL, "merged");
    name_object(rest, merged);
    aq_op_close(op);
    aq_session_close(other);
}

static void set_children(const char *rest)
{
    const char *names[8];
    const size_t n = split_names(rest, names, 8);
    Parent *parent = make("p");

    for (size_t i = 0; i < n; i++)
        is_int(aq_append(parent, Parent, children, make(names[i])), AQ_OK, "append");
}

/* Both end the scope's session; the next one is another. */
static void close_(const char *rest)
{
    (void)rest;
    aq_session_remove(run.app.context);
    run.session = aq_session_current(run.app.context);
}

static void plain_session(const char *rest)
{
    run.session = aq_session_open(run.app.context, &(aq_session_options_t){.track_modifications = AQ_OFF});
    add(rest + strlen("add "));
}

static void track(const char *rest)
{
    const bool none = strcmp(rest, "None") == 0;

    if (none)
        aq_set_log(NULL, NULL, AQ_LOG_ERROR); /* it warns: t/config.c reads that */
    run.app = todos_app(&todos, none ? AQ_UNSET : AQ_OFF);
    aq_set_log(NULL, NULL, AQ_LOG_WARNING);
    run.begun_elsewhere = true;
    run.session = aq_session_current(run.app.context);
}

/* The first that a word begins with is it. */
static const struct {
    const char *begins;
    void (*run)(const char *rest);
} words[] = {
    {"(persisted", persisted},
    {"add ", add},
    {"delete ", delete_},
    {"expunge ", expunge},
    {"expire ", expire},
    {"refresh ", refresh},
    {"set ", set},
    {"set", set},
    {"read ", read_},
    {"flush", flush},
    {"commit ", commit},
    {"commit", commit},
    {"rollback savepoint", rollback_nested},
    {"rollback", rollback},
    {"begin_nested", begin_nested},
    {"release", release},
    {"query.delete", query_delete},
    {"query.update", query_update},
    {"query ", query},
    {"no_autoflush: set, query", no_autoflush},
    {"execute(insert)", execute_insert},
    {"bulk_save_objects", bulk_save},
    {"merge(copy of a, changed)", merge},
    {"merge new ", merge_new},
    {"remove (new session)", close_},
    {"remove ", remove_from},
    {"close", close_},
    {"c1.parent=", set_parent},
    {"pg.tags.append ", append_tag},
    {"p.children=", set_children},
    {"p.children.append ", append_child},
    {"other session class: ", plain_session},
    {"TRACK_MODIFICATIONS=", track},
};

static void run_word(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const size_t length = strlen(words[i].begins);

        if (strncmp(word, words[i].begins, length) == 0) {
            words[i].run(word + length);
            return;
        }
    }
    fail("what is '%s'?", word);
}

/* ---- Where Aquifer tells something else ------------------------------------------------------------------------------------------- */

#define BEFORE "before_models_committed: "
#define AFTER "models_committed: "

static const struct {
    const char *row, *heard, *why;
} settled[] = {
    {"add_delete_unflushed", "event: error aq_delete: <Todo (pending)> is not persisted\n", "our words"},
    {"set_same_value_commit", "", "net changes only"},
    {"set_and_revert_commit", "", "net changes only"},
    {"remove_orphan", BEFORE "o1 delete, p update (app)\n" AFTER "o1 delete, p update (app)\n",
     "an orphan that is deleted is told as that"},
    {"savepoint_rollback",
     BEFORE "a insert (app)\n" AFTER "a insert (app)\n"
            "event: outer commit\n",
     "what a savepoint's rollback did not undo is told"},
    {"savepoint_commit_outer_rollback", "", "nothing is told that was not committed"},
    {"after_handler_raises",
     BEFORE "a insert (app)\n" AFTER "a insert (app)\n"
            "event: rows 1\n",
     "it is committed, whatever a handler says then: that is logged"},
    {"sql_inside_after_handler",
     BEFORE "a insert (app)\n" AFTER "a insert (app)\n"
            "event: sql inside after 1\n",
     "the session is usable again when its handlers run"},
    {"add_flush_close_commit", "event: rows 0\n", "close() forgets what it undoes"},
};

/* ---- Rows -------------------------------------------------------------------------------------------------------------------------- */

static void append_event(aq_text_t *text, const json_t *event)
{
    const json_t *part;
    size_t i;

    aq_text_append(text, "event:");
    json_array_foreach(event, i, part)
    {
        char *shown = json_is_string(part) ? NULL : json_dumps(part, JSON_ENCODE_ANY | JSON_COMPACT);

        aq_text_appendf(text, " %s", shown != NULL ? shown : json_string_value(part));
        free(shown);
    }
    aq_text_append_char(text, '\n');
}

static void append_expected(aq_text_t *text, const json_t *row)
{
    const json_t *expected, *change;
    char lines[32][64];
    size_t i, k;

    json_array_foreach(json_object_get(row, "expect"), i, expected)
    {
        const json_t *changes = json_object_get(expected, "changes");

        if (json_object_get(expected, "event") != NULL) {
            append_event(text, json_object_get(expected, "event"));
            continue;
        }
        json_array_foreach(changes, k, change)
        {
            snprintf(lines[k], sizeof lines[k], "%s %s", json_string_value(json_array_get(change, 0)),
                     json_string_value(json_array_get(change, 1)));
        }
        aq_text_appendf(text, "%s: ", json_string_value(json_object_get(expected, "signal")));
        append_changes(text, lines, json_array_size(changes), unordered());
        aq_text_appendf(text, " (%s)\n", json_string_value(json_object_get(expected, "sender")));
    }
}

static void begin_row(const json_t *row)
{
    todos_empty(&todos);
    named_count = 0;
    memset(&run, 0, sizeof run);
    run.row = row;
    run.app = usual;
    run.session = aq_session_current(usual.context);
    run.listening = true;
}

static void end_row(void)
{
    if (run.session != aq_session_current(run.app.context))
        aq_session_close(run.session);
    aq_session_remove(run.app.context);
    if (run.begun_elsewhere)
        todos_app_close(&run.app);
    aq_text_dispose(&run.heard);
}

static void signals_row(const json_t *row, const char *heard)
{
    aq_text_t expected = {0};
    const json_t *op;
    size_t i;

    begin_row(row);
    json_array_foreach(json_object_get(row, "ops"), i, op)
    {
        run_word(json_string_value(op));
    }
    append_expected(&expected, row);
    if (expects("rows"))
        hear_event("rows %d", (int)cluster_number(todos.cluster, "select count(*) from todo"));
    is_text(aq_text_string(&run.heard), heard != NULL ? heard : aq_text_string(&expected), "what was heard");
    aq_text_dispose(&expected);
    end_row();
}

/* Of the same kind as the vectors'. */
static const char more_rows[] =
    "[{'name': 'remove a child', 'ops': ['(persisted p,c1,c2)', 'remove c1 from p.children', 'commit'], "
    "'unordered': true,"
    "  'changes': [['p', 'update'], ['c1', 'update']]},"
    " {'name': 'append a new child', 'ops': ['(persisted p)', 'p.children.append c1', 'commit'],"
    "  'changes': [['c1', 'insert'], ['p', 'update']]},"
    " {'name': 'a new child that points to its parent', 'ops': ['(persisted p)', 'add c1', 'c1.parent=p', "
    "'commit'],"
    "  'changes': [['c1', 'insert'], ['p', 'update']]},"
    " {'name': 'take a tag off', 'ops': ['(persisted pg,tg)', 'pg.tags.append tg', 'commit', 'remove tg from "
    "pg.tags',"
    "  'commit'], 'unordered': true, 'changes': [['pg', 'update'], ['tg', 'update']], 'times': 2},"
    " {'name': 'merge a new one', 'ops': ['merge new a', 'commit'], 'changes': [['a', 'insert']]},"
    " {'name': 'delete and take it back', 'ops': ['(persisted a)', 'delete a', 'add a', 'commit'], "
    "'changes': []},"
    " {'name': 'delete, flush, rollback', 'ops': ['(persisted a)', 'delete a', 'flush', 'rollback', "
    "'commit'],"
    "  'changes': []},"
    " {'name': 'delete, flush, rollback, set', 'ops': ['(persisted a)', 'delete a', 'flush', 'rollback', "
    "'set a', 'commit'],"
    "  'changes': [['a', 'update']]},"
    " {'name': 'a savepoint that is kept', 'ops': ['add a', 'begin_nested', 'add b', 'release', 'add d', "
    "'commit'],"
    "  'changes': [['a', 'insert'], ['b', 'insert'], ['d', 'insert']]},"
    " {'name': 'a savepoint that only changed', 'ops': ['(persisted a,b)', 'set a', 'begin_nested', 'set a', "
    "'set b',"
    "  'rollback savepoint', 'commit'], 'changes': [['a', 'update']]},"
    " {'name': 'changed and expunged', 'ops': ['(persisted a)', 'set a', 'expunge a', 'commit'], 'changes': "
    "[]},"
    " {'name': 'deleted before a savepoint that goes', 'ops': ['(persisted a)', 'begin_nested', 'delete a', "
    "'flush',"
    "  'rollback savepoint', 'set a', 'commit'], 'changes': [['a', 'update']]},"
    " {'name': 'an UPDATE of all', 'ops': ['(persisted a)', 'query.update', 'commit'], 'changes': []},"
    " {'name': 'a failed flush', 'ops': ['(persisted a)', 'add b', 'flush', 'rollback', 'set a', 'commit'],"
    "  'changes': [['a', 'update']]}]";

/* Its changes are told before and after each commit that has any. */
static json_t *as_vector(json_t *row)
{
    json_t *expect = json_array(), *changes = json_object_get(row, "changes");
    const json_int_t times =
        json_object_get(row, "times") != NULL ? json_integer_value(json_object_get(row, "times")) : 1;

    for (json_int_t i = 0; json_array_size(changes) > 0 && i < 2 * times; i++)
        json_array_append_new(expect, json_pack("{s:s, s:O, s:s}", "signal",
                                                i % 2 == 0 ? "before_models_committed" : "models_committed",
                                                "changes", changes, "sender", "app"));
    json_object_set_new(row, "expect", expect);
    return row;
}

static void test_more(void)
{
    char text[sizeof more_rows];
    json_t *more, *row;
    size_t i;

    memcpy(text, more_rows, sizeof text);
    for (i = 0; i < sizeof text; i++)
        text[i] = text[i] == '\'' ? '"' : text[i];
    more = json_loads(text, 0, NULL);
    json_array_foreach(more, i, row)
    {
        subtest("%s", json_string_value(json_object_get(row, "name"))) {
            signals_row(as_vector(row), NULL);
        }
    }
    ok(i > 0, "they are read");
    json_decref(more);
}

static void test_vectors(void)
{
    const size_t count = sizeof settled / sizeof settled[0];
    json_t *vectors = vectors_load("signals.json"), *row;
    size_t i, used = 0;

    json_array_foreach(json_object_get(vectors, "rows"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        size_t k = 0;

        while (k < count && strcmp(settled[k].row, name) != 0)
            k++;
        used += k < count;
        subtest("%s%s%s", name, k < count ? ", settled: " : "", k < count ? settled[k].why : "") {
            signals_row(row, k < count ? settled[k].heard : NULL);
        }
    }
    if (vectors != NULL)
        is_int(used, count, "what is settled is of rows that are there");
    json_decref(vectors);
}

int main(void)
{
    todos_open(&todos);
    aq_signal_connect(todos.db, AQ_BEFORE_MODELS_COMMITTED, NULL, on_before, NULL);
    aq_signal_connect(todos.db, AQ_MODELS_COMMITTED, NULL, on_after, NULL);
    usual = todos_app(&todos, AQ_ON);
    todos_wait(aq_create_all(usual.context, AQ_ALL_BINDS));
    test_vectors();
    test_more();
    todos_app_close(&usual);
    todos_close(&todos);
    return tap_done();
}
