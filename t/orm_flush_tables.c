/* Inheritance of three levels, with relationships, and single tables. */
#include "t/orm_flush.h"

typedef struct Team Team;

typedef struct Person {
    aq_object_t object;
    int32_t id;
    const char *kind;
    const char *name;
    aq_int4_null_t team_id;
    Team *team;
} Person;

typedef struct Engineer {
    Person person;
    const char *language;
} Engineer;

typedef struct Lead {
    Engineer engineer;
    aq_int4_null_t reports;
} Lead;

struct Team {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_many_t people;
};

static const aq_column_t team_columns[] = {
    AQ_INT4(Team, id, .primary_key = true),
    AQ_TEXT(Team, name),
};
static const aq_relationship_t team_relationships[] = {
    AQ_MANY(Team, people, Person, .back_populates = "team", .cascade = AQ_CASCADE_ALL),
};
AQ_MODEL(Team, team_columns, team_relationships);

static const aq_column_t person_columns[] = {
    AQ_INT4(Person, id, .primary_key = true),
    AQ_TEXT(Person, kind),
    AQ_TEXT(Person, name),
    AQ_INT4_NULL(Person, team_id, .references = AQ_REF(Team, id)),
};
static const aq_relationship_t person_relationships[] = {
    AQ_ONE(Person, team, Team, .back_populates = "people"),
};
AQ_MODEL(Person, person_columns, person_relationships, .discriminator = "kind", .identity = "person");

static const aq_column_t engineer_columns[] = {
    AQ_INT4(Engineer, person.id, .primary_key = true, .references = AQ_REF(Person, id)),
    AQ_TEXT_NULL(Engineer, language),
};
AQ_SUBMODEL(Engineer, person, Person, engineer_columns, AQ_NONE, .identity = "engineer");

static const aq_column_t lead_columns[] = {
    AQ_INT4(Lead, engineer.person.id, .primary_key = true, .references = AQ_REF(Engineer, person.id)),
    AQ_INT4_NULL(Lead, reports),
};
AQ_SUBMODEL(Lead, engineer, Engineer, lead_columns, AQ_NONE, .identity = "lead");

static void declare_people(aq_db_t *db)
{
    aq_db_model(db, Team);
    aq_db_model(db, Person);
    aq_db_model(db, Engineer);
    aq_db_model(db, Lead);
}

static Team *team;
static Person *person;
static Engineer *engineer;
static Lead *lead;

static void staff(uow_t *uow)
{
    team = aq_new(uow->session, Team);
    team->name = "t";
    lead = aq_new(uow->session, Lead);
    lead->engineer.person.name = "l";
    lead->engineer.language = "c";
    lead->reports = aq_some_int4(2);
    engineer = aq_new(uow->session, Engineer);
    engineer->person.name = "e";
    person = aq_new(uow->session, Person);
    person->name = "p";
    aq_append(team, Team, people, &lead->engineer.person);
    aq_append(team, Team, people, &engineer->person);
    aq_append(team, Team, people, person);
    aq_add(uow->session, team);
    uow_commit(uow);
}

static void three_levels(uow_t *uow)
{
    staff(uow);
    uow_tell(uow, "joined inheritance of three levels, and whom they refer to");
    uow_is_contents(uow, "engineer: (1,c) (2,)\nlead: (1,2)\nperson: (1,lead,l,1) (2,engineer,e,1) "
                         "(3,person,p,1)\nteam: (1,t)");
    lead->reports = aq_some_int4(3);
    lead->engineer.person.name = "L";
    engineer->language = "go";
    uow_commit(uow);
    uow_tell(uow, "... columns of each level");
    uow_is_contents(uow, "engineer: (1,c) (2,go)\nlead: (1,3)\nperson: (1,lead,L,1) (2,engineer,e,1) "
                         "(3,person,p,1)\nteam: (1,t)");
    aq_delete(uow->session, lead);
    uow_commit(uow);
    uow_tell(uow, "... one goes");
    is_int(team->people.count, 2, "the team has two");
    uow_is_contents(uow, "engineer: (2,go)\nperson: (2,engineer,e,1) (3,person,p,1)\nteam: (1,t)");
}

static void cascade(uow_t *uow)
{
    staff(uow);
    aq_expunge_all(uow->session);
    team = uow_wait(uow, aq_get(uow->session, Team, 1));
    uow_skip(uow);
    aq_delete(uow->session, team);
    uow_commit(uow);
    uow_tell(uow, "people who are not loaded go with their team, from all tables");
    uow_is_contents(uow, "");
}

static void loaded_as_they_are(uow_t *uow)
{
    aq_objects_t *all;

    staff(uow);
    aq_expunge_all(uow->session);
    all = uow_wait(uow, aq_all(aq_order_by(aq_query(uow->session, Person), aq_asc(Person, id))));
    is_int(all != NULL ? all->count : 0, 3, "three of them");
    ok(aq_object_model(all->items[0]) == &Lead_model, "a lead is a lead");
    is_int(((Lead *)all->items[0])->reports.value, 2, "with its own columns");
    uow_skip(uow);
    ((Lead *)all->items[0])->reports = aq_some_int4(1);
    ((Person *)all->items[2])->name = "P";
    uow_commit(uow);
    uow_tell(uow, "what was loaded by the base's query is changed in its own table");
    uow_is_contents(uow, "engineer: (1,c) (2,)\nlead: (1,1)\nperson: (1,lead,l,1) (2,engineer,e,1) "
                         "(3,person,P,1)\nteam: (1,t)");
}

/* ---- One table ---------------------------------------------------------------------------------------------------------------- */

typedef struct Duck {
    aq_object_t object;
    int32_t id;
    const char *kind;
    const char *name;
} Duck;

typedef struct Mallard {
    Duck duck;
    const char *extra;
} Mallard;

static const aq_column_t duck_columns[] = {
    AQ_INT4(Duck, id, .primary_key = true),
    AQ_TEXT(Duck, kind),
    AQ_TEXT_NULL(Duck, name),
};
AQ_MODEL(Duck, duck_columns, AQ_NONE, .discriminator = "kind", .identity = "duck");

static const aq_column_t mallard_columns[] = {
    AQ_TEXT_NULL(Mallard, extra),
};
AQ_SUBMODEL(Mallard, duck, Duck, mallard_columns, AQ_NONE, .identity = "mallard");

static void declare_ducks(aq_db_t *db)
{
    aq_db_model(db, Duck);
    aq_db_model(db, Mallard);
}

static void single(uow_t *uow)
{
    Mallard *mallard = aq_new(uow->session, Mallard);
    Duck *duck = aq_new(uow->session, Duck);

    mallard->extra = "x";
    duck->name = "d";
    aq_add(uow->session, mallard);
    aq_add(uow->session, duck);
    uow_commit(uow);
    mallard->extra = "y";
    duck->name = "D";
    uow_commit(uow);
    uow_tell(uow, "single-table inheritance: new ones, changed ones");
    uow_is_contents(uow, "duck: (1,mallard,,y) (2,duck,D,)");
    aq_delete(uow->session, mallard);
    aq_delete(uow->session, duck);
    uow_commit(uow);
    uow_tell(uow, "... deleted ones");
    uow_is_contents(uow, "");
}

const flush_case_t flush_tables_cases[] = {
    {"three levels of inheritance", declare_people, three_levels},
    {"a cascade to several tables", declare_people, cascade},
    {"loaded by their base", declare_people, loaded_as_they_are},
    {"a single table", declare_ducks, single},
    {NULL, NULL, NULL},
};
