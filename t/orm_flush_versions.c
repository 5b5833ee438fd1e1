/* Rows that others have changed or deleted meanwhile: versions, counts, and what a session says after a flush that failed. */
#include "t/orm_flush.h"

#include <string.h>

typedef struct Page {
    aq_object_t object;
    int32_t id;
    const char *text;
    int32_t version;
} Page;

static const aq_column_t page_columns[] = {
    AQ_INT4(Page, id, .primary_key = true),
    AQ_TEXT(Page, text, .unique = true),
    AQ_INT4(Page, version),
};
AQ_MODEL(Page, page_columns, AQ_NONE, .version = "version");

typedef struct Note {
    aq_object_t object;
    int32_t id;
    const char *text;
} Note;

static const aq_column_t note_columns[] = {
    AQ_INT4(Note, id, .primary_key = true),
    AQ_TEXT(Note, text),
};
AQ_MODEL(Note, note_columns, AQ_NONE);

static void declare(aq_db_t *db)
{
    aq_db_model(db, Page);
    aq_db_model(db, Note);
}

static Page *pages[2];
static Note *notes[2];

static void two_of_each(uow_t *uow)
{
    static const char *const texts[] = {"one", "two"};

    for (int i = 0; i < 2; i++) {
        pages[i] = aq_new(uow->session, Page);
        pages[i]->text = texts[i];
        notes[i] = aq_new(uow->session, Note);
        notes[i]->text = texts[i];
        aq_add(uow->session, pages[i]);
        aq_add(uow->session, notes[i]);
    }
    uow_commit(uow);
    uow_skip(uow);
}

static void counted(uow_t *uow)
{
    two_of_each(uow);
    is_int(pages[0]->version, 1, "a new row has version 1");
    pages[0]->text = "changed";
    uow_commit(uow);
    uow_tell(uow, "a version is counted");
    is_int(pages[0]->version, 2, "a changed one has the next");
    aq_delete(uow->session, pages[0]);
    uow_commit(uow);
    uow_tell(uow, "... and looked at by DELETE");
    uow_is_contents(uow, "note: (1,one) (2,two)\npage: (2,two,1)");
}

static void stale_version(uow_t *uow)
{
    two_of_each(uow);
    cluster_sql(uow->cluster, "update page set version = 7 where id = 1");
    pages[0]->text = "mine";
    pages[1]->text = "mine too";
    uow_commit(uow);
    uow_is_error(uow, AQ_ESTALE,
                 "UPDATE statement on table 'page' expected to update 2 row(s); 1 were matched.");
    ok(!aq_session_is_active(uow->session), "the session has failed");
    is_int(pages[1]->version, 1, "versions are as they were");
    uow_rollback(uow);
    is_str(pages[1]->text, "two", "texts too");
    uow_wait(uow, aq_refresh(uow->session, pages[0]));
    pages[0]->text = "mine";
    uow_skip(uow);
    uow_commit(uow);
    uow_tell(uow, "after a refresh it works");
    uow_is_contents(uow, "note: (1,one) (2,two)\npage: (1,mine,8) (2,two,1)");
}

static void stale_delete(uow_t *uow)
{
    two_of_each(uow);
    cluster_sql(uow->cluster, "update page set version = 7 where id = 1");
    aq_delete(uow->session, pages[0]);
    uow_commit(uow);
    uow_is_error(uow, AQ_ESTALE,
                 "DELETE statement on table 'page' expected to delete 1 row(s); 0 were matched.");
    uow_rollback(uow);
    ok(aq_object_state(pages[0]) == AQ_PERSISTENT, "it is back");
    uow_is_contents(uow, "note: (1,one) (2,two)\npage: (1,one,7) (2,two,1)");
}

static void gone(uow_t *uow)
{
    two_of_each(uow);
    cluster_sql(uow->cluster, "delete from note");
    notes[0]->text = "z";
    uow_commit(uow);
    uow_is_error(uow, AQ_ESTALE,
                 "UPDATE statement on table 'note' expected to update 1 row(s); 0 were matched.");
    uow_rollback(uow);
    aq_delete(uow->session, notes[0]);
    uow_commit(uow);
    is_str(aq_text_string(&uow->warnings),
           "DELETE statement on table 'note' expected to delete 1 row(s); 0 were matched.\n",
           "a row without version that is gone is only told of");
    aq_text_clear(&uow->warnings);
    ok(aq_object_state(notes[0]) == AQ_DETACHED, "it is deleted");
    uow_wait(uow, aq_refresh(uow->session, notes[1]));
    uow_is_error(uow, AQ_ENOROW, "refresh: <Note 2> has been deleted, or its row is otherwise not present");
}

static void inactive(uow_t *uow)
{
    Page *twice;

    two_of_each(uow);
    twice = aq_new(uow->session, Page);
    twice->text = "two";
    aq_add(uow->session, twice);
    pages[0]->text = "changed";
    uow_commit(uow);
    uow_is_error(uow, AQ_EUNIQUE, "duplicate key value violates unique constraint \"page_text_key\"");
    is_int(aq_add(uow->session, pages[0]), AQ_EINACTIVE, "the session has failed");
    uow_commit(uow);
    uow_is_error(uow, AQ_EINACTIVE,
                 "commit: the session's transaction was rolled back because a flush failed, aq_rollback() "
                 "begins a new "
                 "one; the flush: duplicate key value violates unique constraint \"page_text_key\"");
    uow_rollback(uow);
    ok(aq_session_is_active(uow->session) && aq_object_state(twice) == AQ_TRANSIENT,
       "until it is rolled back");
    uow_skip(uow);
    twice->text = "three";
    aq_add(uow->session, twice);
    uow_commit(uow);
    uow_tell(uow, "after a duplicate: another value");
    uow_is_contents(uow, "note: (1,one) (2,two)\npage: (1,one,1) (2,two,1) (4,three,1)");
}

static void values_change_places(uow_t *uow)
{
    Page *again;

    two_of_each(uow);
    aq_delete(uow->session, pages[0]);
    again = aq_new(uow->session, Page);
    again->text = "one";
    aq_add(uow->session, again);
    uow_commit(uow);
    uow_tell(uow, "a new row takes the unique value of a deleted one");
    uow_is_contents(uow, "note: (1,one) (2,two)\npage: (2,two,1) (3,one,1)");
}

const flush_case_t flush_versions_cases[] = {
    {"versions are counted", declare, counted},
    {"another has changed the row", declare, stale_version},
    {"another has changed the row that is deleted", declare, stale_delete},
    {"another has deleted the row", declare, gone},
    {"a session that has failed", declare, inactive},
    {"a unique value that is taken over", declare, values_change_places},
    {NULL, NULL, NULL},
};
