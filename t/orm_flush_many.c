/* Ten thousand objects in one round trip. */
#include "t/orm_flush.h"

#define MANY 10000

typedef struct Group Group;
typedef struct Member Member;

struct Group {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t members;
};

struct Member {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t group_id;
    aq_int4_null_t points;
    Group *group;
};

static const aq_column_t group_columns[] = {
    AQ_INT4(Group, id, .primary_key = true),
    AQ_TEXT(Group, name),
};
static const aq_relationship_t group_relationships[] = {
    AQ_MANY(Group, members, Member, .back_populates = "group"),
};
AQ_MODEL(Group, group_columns, group_relationships, .table = "groups");

static const aq_column_t member_columns[] = {
    AQ_INT4(Member, id, .primary_key = true),
    AQ_TEXT(Member, name),
    AQ_INT4_NULL(Member, group_id, .references = AQ_REF(Group, id)),
    AQ_INT4_NULL(Member, points),
};
static const aq_relationship_t member_relationships[] = {
    AQ_ONE(Member, group, Group, .back_populates = "members"),
};
AQ_MODEL(Member, member_columns, member_relationships);

static void declare_members(aq_db_t *db)
{
    aq_db_model(db, Group);
    aq_db_model(db, Member);
}

static Member *members[MANY];

static void add_many(uow_t *uow)
{
    aq_arena_t *arena = aq_session_arena(uow->session);
    Group *group = NULL;

    for (int i = 0; i < MANY; i++) {
        if (i % 100 == 0) {
            group = aq_new(uow->session, Group);
            group->name = aq_arena_printf(arena, "group %d", i / 100);
        }
        members[i] = aq_new(uow->session, Member);
        members[i]->name = aq_arena_printf(arena, "member %d", i);
        members[i]->group = group;
        aq_add(uow->session, members[i]);
    }
}

static bool keys_are_known(void)
{
    for (int i = 0; i < MANY; i++)
        if (members[i]->id != i + 1 || members[i]->group_id.value != members[i]->group->id ||
            members[i]->group->id != i / 100 + 1)
            return false;
    return true;
}

static void many(uow_t *uow)
{
    add_many(uow);
    uow_commit(uow);
    is_int(uow->round_trips, 1, "10,000 new objects of 100 groups are one round trip");
    ok(keys_are_known(), "all know their keys and their groups'");
    is_int(cluster_number(
               uow->cluster,
               "select count(*) from member join groups on groups.id = group_id where "
               "member.name = 'member ' || member.id - 1 and groups.name = 'group ' || groups.id - 1"),
           MANY, "and so do the rows");
    for (int i = 0; i < MANY; i++)
        members[i]->points = aq_some_int4(i);
    uow_commit(uow);
    is_int(uow->round_trips, 2, "10,000 changed ones are another");
    is_int(cluster_number(uow->cluster, "select count(*) from member where points = id - 1"), MANY,
           "all have their own");
    for (int i = 0; i < MANY; i++)
        aq_delete(uow->session, members[i]);
    uow_commit(uow);
    is_int(uow->round_trips, 3, "10,000 deleted ones are a third");
    is_int(members[0]->group->members.count, 0, "the groups have none");
    is_int(cluster_number(uow->cluster, "select count(*) from member"), 0, "and no rows");
}

const flush_case_t flush_many_cases[] = {
    {"ten thousand", declare_members, many},
    {NULL, NULL, NULL},
};
