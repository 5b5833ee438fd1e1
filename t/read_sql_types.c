/* Types as one writes them in CREATE TABLE, taken apart: alone, and by the seal. */
#include "tap.h"

#include "src/schema/read_sql.h"
#include "t/heap.h"

#include <stdio.h>
#include <string.h>

/* "#1043/20[]", "s.mood/3", "interval year to month", "'geometry(point, 4326)'" */
static const char *type_as_text(const char *text)
{
    static char buffer[512];
    aq_arena_t *arena = aq_arena_create();
    aq__type_t type;
    size_t length;

    if (aq__read_type(arena, text, &type) != AQ_OK) {
        snprintf(buffer, sizeof(buffer), "%s: %s", aq_error_name(aq_last_error()->code),
                 aq_last_error()->message);
        aq_arena_close(arena);
        return buffer;
    }
    if (type.text != NULL)
        snprintf(buffer, sizeof(buffer), "'%s'", type.text);
    else if (type.oid != 0)
        snprintf(buffer, sizeof(buffer), "#%u", type.oid);
    else
        snprintf(buffer, sizeof(buffer), "%s%s%s", type.schema != NULL ? type.schema : "",
                 type.schema != NULL ? "." : "", type.name);
    for (int i = 0; i < type.modifier_count; i++) {
        length = strlen(buffer);
        snprintf(buffer + length, sizeof(buffer) - length, "/%d", type.modifiers[i]);
    }
    length = strlen(buffer);
    snprintf(buffer + length, sizeof(buffer) - length, "%s%s%s", type.fields != NULL ? " " : "",
             type.fields != NULL ? type.fields : "", type.array ? "[]" : "");
    aq_arena_close(arena);
    return buffer;
}

static void test_types(void)
{
    static const char *const types[][2] = {
        {"int", "#23"},
        {"INTEGER", "#23"},
        {" int4 ", "#23"},
        {"pg_catalog.int4", "#23"},
        {"pg_catalog.\"int4\"", "#23"},
        {"bigint[]", "#20[]"},
        {"int[3][4]", "#23[]"},
        {"int array", "#23[]"},
        {"varchar(20)[]", "#1043/20[]"},
        {"character varying(20) ARRAY[4]", "#1043/20[]"},
        {"varchar", "#1043"},
        {"char", "#1042/1"},
        {"\"char\"", "char"},
        {"bpchar", "#1042"},
        {"numeric(10, 2)", "#1700/10/2"},
        {"decimal(5,-2)", "#1700/5/-2"},
        {"double precision", "#701"},
        {"float(24)", "#700"},
        {"timestamp(3) with time zone", "#1184/3"},
        {"timestamp", "#1114"},
        {"time(0) with time zone", "timetz/0"},
        {"time", "#1083"},
        {"interval", "#1186"},
        {"interval(3)", "#1186/3"},
        {"interval year to month", "#1186 year to month"},
        {"interval day to second (3)", "#1186/3 day to second"},
        {"interval second", "#1186 second"},
        {"bit(3)", "bit/3"},
        {"bit varying", "varbit"},
        {"citext", "citext"},
        {"\"My Type\"[]", "My Type[]"},
        {"blog.mood", "blog.mood"},
        {"public.mood", "mood"},
        {"Mood", "mood"},
        {"int -- a comment", "#23"},
        {"tsvector", "tsvector"},
        {"halfvec(3)", "halfvec/3"},
        {"geometry(point, 4326)", "'geometry(point, 4326)'"},
        {"t(1, 2, 3)", "'t(1, 2, 3)'"},
        {"serial",
         "AQ_EMAPPING: 'serial' is no type of a column: a serial is no type, but an integer with a sequence"},
        {"users.id%TYPE",
         "AQ_EMAPPING: 'users.id%TYPE' is no type of a column: syntax error at or near \"%\""},
        {"SETOF int", "AQ_EMAPPING: 'SETOF int' is no type of a column: it is a set"},
        {"", "AQ_EMAPPING: '' is no type of a column: it is empty"},
        {"  ", "AQ_EMAPPING: '  ' is no type of a column: it is empty"},
        {"int)", "AQ_EMAPPING: 'int)' is no type of a column: syntax error at or near \")\""},
        {"int), 1, (2", "AQ_EMAPPING: 'int), 1, (2' is no type of a column: syntax error at or near \")\""},
        {"varchar(", "AQ_EMAPPING: 'varchar(' is no type of a column: syntax error at end of input"},
        {"int; int", "AQ_EMAPPING: 'int; int' is no type of a column: syntax error at or near \";\""},
        {"not a type", "AQ_EMAPPING: 'not a type' is no type of a column: syntax error at or near \"not\""},
        {"5", "AQ_EMAPPING: '5' is no type of a column: syntax error at or near \"5\""},
        {"\xff", "AQ_EMAPPING: a type of a column is not valid UTF-8"},
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        is_str(type_as_text(types[i][0]), types[i][1], "type %s", types[i][0]);
}

/* Types that are text are taken apart by the seal. */
static void test_seal(void)
{
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq__problems_t problems = {.arena = aq_arena_create()};
    const aq__source_t source = {"models.c", 12, 0};
    aq__table_t *table = aq__metadata_add_table(metadata, "blog", "post", source);
    aq__column_t *tags = aq__table_add_column(table, "tags", source),
                 *mood = aq__table_add_column(table, "mood", source),
                 *place = aq__table_add_column(table, "place", source),
                 *wrong = aq__table_add_column(table, "wrong", source);
    aq__enum_t *enumeration = aq__metadata_add_enum(metadata, NULL, "mood", source);
    aq_text_t said = {0};

    tags->type.text = "varchar(20)[]";
    mood->type.text = "mood";
    place->type.text = "geometry(point, 4326)";
    wrong->type.text = "oh no";
    is_int(aq__metadata_seal(metadata, &problems), AQ_EMAPPING, "a seal with a type that is none");
    aq__problems_append(&said, &problems);
    is_text(aq_text_string(&said),
            "models.c:12: blog.post.wrong: 'oh no' is no type of a column: syntax error at or near \"no\"",
            "names the column");
    ok(tags->type.oid == AQ_OID_VARCHAR && tags->type.array && tags->type.modifiers[0] == 20 &&
           tags->type.text == NULL,
       "others are taken apart");
    ok(mood->type.enumeration == enumeration, "and may be enums");
    is_str(place->type.text, "geometry(point, 4326)", "or stay what they are");
    aq_text_dispose(&said);
    aq__metadata_close(metadata);
    aq_arena_close(problems.arena);
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_types();
    test_seal();
    ok(all_memory_is_back(), "all memory is back");
    return tap_done();
}
