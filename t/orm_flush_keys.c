/* Keys: given and drawn ones side by side, compound ones, changed ones, and rows that go over to another object. */
#include "t/orm_flush.h"

#include <string.h>

/* ---- Given and drawn ------------------------------------------------------------------------------------------------------ */

typedef struct Box Box;
typedef struct Item Item;

struct Box {
    aq_object_t object;
    int64_t id;
    const char *label;
    aq_timestamp_t made;
    aq_int4_null_t size;
    aq_int4_null_t doubled;
    aq_int4_null_t changes;
    aq_many_t items;
};

struct Item {
    aq_object_t object;
    aq_uuid_t id;
    aq_int8_null_t box_id;
    Box *box;
};

static int count_changes(void *member, const void *object)
{
    aq_int4_null_t *changes = member;

    (void)object;
    *changes = aq_some_int4(changes->value + 1);
    return AQ_OK;
}

static const aq_column_t box_columns[] = {
    AQ_INT8(Box, id, .primary_key = true),
    AQ_TEXT(Box, label, .server_default = "'no label'"),
    AQ_TIMESTAMPTZ(Box, made, .server_default = "'2024-01-01 00:00:00+00'"),
    AQ_INT4_NULL(Box, size),
    AQ_INT4_NULL(Box, doubled, .generated = "size * 2"),
    AQ_INT4_NULL(Box, changes, .update_cb = count_changes),
};
static const aq_relationship_t box_relationships[] = {
    AQ_MANY(Box, items, Item, .back_populates = "box"),
};
AQ_MODEL(Box, box_columns, box_relationships);

static const aq_column_t item_columns[] = {
    AQ_UUID(Item, id, .primary_key = true, .server_default = "gen_random_uuid()"),
    AQ_INT8_NULL(Item, box_id, .references = AQ_REF(Box, id)),
};
static const aq_relationship_t item_relationships[] = {
    AQ_ONE(Item, box, Box, .back_populates = "items"),
};
AQ_MODEL(Item, item_columns, item_relationships);

static void declare_boxes(aq_db_t *db)
{
    aq_db_model(db, Box);
    aq_db_model(db, Item);
}

static Box *add_box(uow_t *uow, int64_t id, const char *label)
{
    Box *box = aq_new(uow->session, Box);

    box->id = id;
    box->label = label;
    aq_add(uow->session, box);
    return box;
}

static Box *add_full_box(uow_t *uow, int64_t id, const char *label)
{
    Box *box = add_box(uow, id, label);

    aq_append(box, Box, items, aq_new(uow->session, Item));
    return box;
}

static void given_and_drawn(uow_t *uow)
{
    Box *boxes[] = {add_full_box(uow, 0, "drawn"), add_full_box(uow, 70, "given"),
                    add_full_box(uow, 0, NULL)};
    aq_uuid_t none = {{0}};

    uow_commit(uow);
    uow_tell(uow, "keys that are given and keys that are drawn, and their children");
    is_int(boxes[0]->id, 1, "drawn");
    is_int(boxes[1]->id, 70, "given");
    is_int(boxes[2]->id, 2, "drawn");
    is_str(boxes[2]->label, "no label", "the server's label came back");
    for (int i = 0; i < 3; i++) {
        Item *item = boxes[i]->items.items[0];

        is_int(item->box_id.value, boxes[i]->id, "its item knows its key");
        ok(memcmp(&item->id, &none, sizeof(none)) != 0, "and has one of its own");
    }
    is_int(cluster_number(uow->cluster, "select count(*) from item join box on box.id = item.box_id"), 3,
           "three items in three boxes");
}

static void servers_values(uow_t *uow)
{
    Box *box = add_box(uow, 0, "a");

    box->size = aq_some_int4(21);
    uow_commit(uow);
    is_int(box->doubled.value, 42, "a generated value comes back");
    ok(!box->changes.present, "what is set by updates is not yet");
    uow_skip(uow);
    box->size = aq_some_int4(4);
    uow_commit(uow);
    uow_tell(uow, "a generated column after an UPDATE, and a client's on-update value");
    is_int(box->doubled.value, 8, "a generated value comes back after an UPDATE too");
    is_int(box->changes.value, 1, "and the client's value is set");
    box->size = aq_some_int4(5);
    box->changes = aq_some_int4(10);
    uow_commit(uow);
    uow_tell(uow, "... that the user has set");
    is_int(box->changes.value, 10, "the user's own value stays");
}

static void flagged(uow_t *uow)
{
    Box *box = add_box(uow, 0, "a");

    uow_commit(uow);
    uow_skip(uow);
    aq_flag_modified(box, Box, label);
    uow_commit(uow);
    uow_tell(uow, "a column that is flagged is written though it is the same");
}

static void row_switch(uow_t *uow)
{
    Box *old = add_box(uow, 7, "old"), *again;

    old->size = aq_some_int4(3);
    uow_commit(uow);
    uow_skip(uow);
    aq_delete(uow->session, old);
    again = aq_new(uow->session, Box);
    again->id = 7;
    again->label = "again";
    aq_add(uow->session, again);
    uow_flush(uow);
    uow_tell(uow, "a new object with the key of a deleted one");
    ok(aq_object_state(again) == AQ_PERSISTENT && aq_object_state(old) == AQ_DELETED,
       "the row is the new object's");
    ok(uow_wait(uow, aq_get(uow->session, Box, (int64_t)7)) == again, "who is found by the key");
    uow_rollback(uow);
    ok(aq_object_state(again) == AQ_TRANSIENT && aq_object_state(old) == AQ_PERSISTENT,
       "rolled back: the old one's");
    ok(uow_wait(uow, aq_get(uow->session, Box, (int64_t)7)) == old, "who is found");
    is_str(old->label, "old", "as it was");
    is_int(again->id, 7, "the new one keeps its key");
}

/* ---- Compound and changed ------------------------------------------------------------------------------------------------------ */

typedef struct Seat Seat;
typedef struct Ticket Ticket;

struct Seat {
    aq_object_t object;
    const char *row;
    int32_t number;
    aq_int4_null_t price;
    aq_many_t tickets;
};

struct Ticket {
    aq_object_t object;
    int32_t id;
    const char *seat_row;
    aq_int4_null_t seat_number;
    Seat *seat;
};

static const aq_column_t seat_columns[] = {
    AQ_TEXT(Seat, row, .primary_key = true),
    AQ_INT4(Seat, number, .primary_key = true),
    AQ_INT4_NULL(Seat, price),
};
static const aq_relationship_t seat_relationships[] = {
    AQ_MANY(Seat, tickets, Ticket, .back_populates = "seat"),
};
AQ_MODEL(Seat, seat_columns, seat_relationships);

static const aq_column_t ticket_columns[] = {
    AQ_INT4(Ticket, id, .primary_key = true),
    AQ_TEXT_NULL(Ticket, seat_row),
    AQ_INT4_NULL(Ticket, seat_number),
};
static const aq_constraint_t ticket_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("seat_row", "seat_number"), .model = AQ_STRUCT(Seat),
                   .on_update = AQ_CASCADE),
};
static const aq_relationship_t ticket_relationships[] = {
    AQ_ONE(Ticket, seat, Seat, .back_populates = "tickets"),
};
AQ_MODEL(Ticket, ticket_columns, ticket_relationships, .constraints = AQ_LIST(ticket_constraints));

static void declare_seats(aq_db_t *db)
{
    aq_db_model(db, Seat);
    aq_db_model(db, Ticket);
}

static Seat *add_seat(uow_t *uow, const char *row, int32_t number)
{
    Seat *seat = aq_new(uow->session, Seat);

    seat->row = row;
    seat->number = number;
    aq_add(uow->session, seat);
    return seat;
}

static Ticket *add_ticket(uow_t *uow, Seat *seat)
{
    Ticket *ticket = aq_new(uow->session, Ticket);

    aq_set(ticket, Ticket, seat, seat);
    aq_add(uow->session, ticket);
    return ticket;
}

static void compound(uow_t *uow)
{
    Seat *b1 = add_seat(uow, "b", 1), *a2 = add_seat(uow, "a", 2), *a1 = add_seat(uow, "a", 1);
    Ticket *ticket = add_ticket(uow, a2);

    uow_commit(uow);
    uow_tell(uow, "compound keys, and a foreign key of two columns");
    uow_is_contents(uow, "seat: (a,1,) (a,2,) (b,1,)\nticket: (1,a,2)");
    b1->price = a2->price = a1->price = aq_some_int4(9);
    aq_set(ticket, Ticket, seat, b1);
    uow_commit(uow);
    uow_tell(uow, "... changed");
    uow_is_contents(uow, "seat: (a,1,9) (a,2,9) (b,1,9)\nticket: (1,b,1)");
    aq_delete(uow->session, b1);
    aq_delete(uow->session, a2);
    uow_commit(uow);
    uow_tell(uow, "... deleted: the ticket has no seat");
    uow_is_contents(uow, "seat: (a,1,9)\nticket: (1,,)");
    ok(ticket->seat == NULL && ticket->seat_row == NULL, "in memory neither");
}

static void changed(uow_t *uow)
{
    Seat *seat = add_seat(uow, "a", 1);

    add_ticket(uow, seat);
    uow_commit(uow);
    uow_skip(uow);
    seat->number = 5;
    seat->price = aq_some_int4(7);
    uow_commit(uow);
    uow_tell(uow, "a part of a key changes, and what refers to it with it");
    uow_is_contents(uow, "seat: (a,5,7)\nticket: (1,a,5)");
    ok(uow_wait(uow, aq_get(uow->session, Seat, "a", 5)) == seat, "it is found by its new key");
    seat->number = 6;
    uow_flush(uow);
    uow_rollback(uow);
    is_int(seat->number, 5, "rolled back");
    ok(uow_wait(uow, aq_get(uow->session, Seat, "a", 5)) == seat, "it is found by the old one");
    uow_is_contents(uow, "seat: (a,5,7)\nticket: (1,a,5)");
}

const flush_case_t flush_keys_cases[] = {
    {"given and drawn keys", declare_boxes, given_and_drawn},
    {"the server's values come back", declare_boxes, servers_values},
    {"a flagged column", declare_boxes, flagged},
    {"a row switch", declare_boxes, row_switch},
    {"compound keys", declare_seats, compound},
    {"a changed key", declare_seats, changed},
    {NULL, NULL, NULL},
};
