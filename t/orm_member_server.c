/* Members of every type against PostgreSQL: what is written one by one, and many at once through unnest() and its cast, is what is read, in text and in binary; and it is equal to its column. */
#include <libpq-fe.h>
#include <stdlib.h>

#include "src/wire/codec.h"
#include "t/cluster.h"
#include "t/members.h"

enum { ROWS = 12 };

static PGconn *connection;

static const char setup[] = "set client_min_messages = warning; create schema app;"
                            "create type mood as enum ('sad', 'so \"happy\"', '{odd, NULL}');"
                            "create domain app.loose as text; create domain app.labelled_point as text;"
                            "create domain app.small as int4 check (value is not null or true);"
                            "create domain app.days as date[];";

static PGresult *execute(const char *sql, const aq_arguments_t *arguments, int format)
{
    aq__parameters_t parameters;
    size_t bytes;
    PGresult *result;
    char *block;

    if (aq__encode_measure(arguments, &bytes) != AQ_OK)
        bail_out("%s: %s", sql, aq_last_error()->message);
    block = malloc(bytes + 1);
    aq__encode(arguments, block, &parameters);
    result = PQexecParams(connection, sql, parameters.count, parameters.types, parameters.values,
                          parameters.lengths, parameters.formats, format);
    free(block);
    return result;
}

/* False: it failed, which is told. */
static bool run(const char *sql, const aq_arguments_t *arguments)
{
    PGresult *result = execute(sql, arguments, 0);
    bool good = PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK;

    if (!good)
        diag("%s: %s", sql, PQerrorMessage(connection));
    PQclear(result);
    return good;
}

static bool make_table(const aq__field_t *field)
{
    aq_text_t sql = {0};
    bool good;

    aq_text_appendf(&sql, "create temp table v (n int4, v %s)", field->attribute->column->sql_type);
    good = run("drop table if exists v", NULL) && run(aq_text_string(&sql), NULL);
    aq_text_dispose(&sql);
    return good;
}

/* Each as a value of its own. */
static bool insert_one_by_one(const aq__field_t *field, void *const *objects, aq_arena_t *arena)
{
    for (int32_t i = 0; i < ROWS; i++) {
        aq_value_t value;

        if (aq__member_value(field, aq__member_of(field, objects[i]), arena, &value) != AQ_OK ||
            !run("insert into v values ($1, $2)", aq_args(aq_int4(i), value)))
            return false;
    }
    return true;
}

/* All as one array. */
static bool insert_at_once(const aq__field_t *field, void *const *objects, aq_arena_t *arena)
{
    int32_t numbers[ROWS];
    aq_text_t sql = {0};
    aq_value_t value;
    bool good;

    for (int32_t i = 0; i < ROWS; i++)
        numbers[i] = i;
    aq_text_appendf(&sql, "insert into v select u.n, u.v%s from unnest($1::int4[], $2::%s) u(n, v)",
                    field->cast, field->carrier_type);
    good = aq__member_array(field, objects, ROWS, arena, &value) == AQ_OK &&
           run(aq_text_string(&sql), aq_args(aq_int4_array(numbers, ROWS), value));
    aq_text_dispose(&sql);
    return good;
}

static bool read_back(const aq__field_t *field, void *const *objects, aq_arena_t *arena, int format)
{
    PGresult *result = execute("select v from v order by n", NULL, format);
    aq_rows_t *rows;
    bool good = PQntuples(result) == ROWS;

    if (format == 1 && !aq__type_is_binary(PQftype(result, 0))) {
        PQclear(result);
        return true;
    }
    rows = aq__rows_create(result);
    for (size_t i = 0; i < ROWS && good; i++) {
        All *back = aq_arena_calloc(arena, 1, sizeof(*back));
        void *member = aq__member_of(field, back);

        good = aq__member_read(field, aq_cell(rows, i, 0), arena, member) == AQ_OK &&
               aq__member_equal(field, member, aq__member_of(field, objects[i]));
        if (!good) {
            aq_text_t text = {0};

            aq__member_append(&text, field, aq__member_of(field, objects[i]));
            aq_text_append(&text, " became ");
            aq__member_append(&text, field, member);
            diag("%s: %s (%s)", field->attribute->name, aq_text_string(&text), aq_last_error()->message);
            aq_text_dispose(&text);
        }
    }
    aq_rows_close(rows);
    return good;
}

static bool is_compared(const aq__field_t *field)
{
    return aq__element_oid(field->declared->type) != AQ_OID_JSON;
}

/* What is not NULL is equal to the column, as a value and through its carrier. */
static bool is_equal(const aq__field_t *field, void *const *objects, aq_arena_t *arena)
{
    int32_t numbers[ROWS];
    aq_text_t sql = {0};
    aq_value_t value;
    PGresult *result = NULL;
    bool good = aq__member_array(field, objects, ROWS, arena, &value) == AQ_OK;

    for (int32_t i = 0; i < ROWS; i++)
        numbers[i] = i;
    aq_text_appendf(&sql,
                    "select 1 from v join unnest($1::int4[], $2::%s) u(n, v) on v.n = u.n where v.v = u.v%s "
                    "or v.v is null",
                    field->carrier_type, field->cast);
    if (good)
        result = execute(aq_text_string(&sql), aq_args(aq_int4_array(numbers, ROWS), value), 0);
    good = good && PQntuples(result) == ROWS;
    if (!good)
        diag("%s: %s", aq_text_string(&sql), PQerrorMessage(connection));
    PQclear(result);
    aq_text_dispose(&sql);
    for (int32_t i = 0; i < ROWS && good; i++) {
        good = aq__member_value(field, aq__member_of(field, objects[i]), arena, &value) == AQ_OK;
        result =
            execute("select 1 from v where n = $1 and (v = $2 or v is null)", aq_args(aq_int4(i), value), 0);
        good = good && PQntuples(result) == 1;
        if (!good)
            diag("%s: %s", field->attribute->name, PQerrorMessage(connection));
        PQclear(result);
    }
    return good;
}

static bool field_is_good(const aq__field_t *field, aq_arena_t *arena)
{
    void *objects[ROWS];

    for (size_t i = 0; i < ROWS; i++) {
        objects[i] = aq_arena_calloc(arena, 1, sizeof(All));
        set_random_member(field, arena, aq__member_of(field, objects[i]));
    }
    if (!make_table(field) || !insert_one_by_one(field, objects, arena) ||
        !read_back(field, objects, arena, 0) || !read_back(field, objects, arena, 1))
        return false;
    if (!run("delete from v", NULL) || !insert_at_once(field, objects, arena) ||
        !read_back(field, objects, arena, 0) || !read_back(field, objects, arena, 1))
        return false;
    return !is_compared(field) || is_equal(field, objects, arena);
}

int main(void)
{
    cluster_t *cluster = cluster_start(NULL);

    connection = PQconnectdb(cluster_uri(cluster));
    PQclear(PQexec(connection, setup));
    make_mapper();
    for (size_t i = 0; i < mapper->field_count; i++) {
        const aq__field_t *field = &mapper->fields[i];
        aq_arena_t *arena = aq_arena_create();

        ok(field_is_good(field, arena), "%s, which is %s", field->attribute->name,
           field->attribute->column->sql_type);
        aq_arena_close(arena);
    }
    aq__mappers_close(mappers);
    aq__models_close(registry);
    PQfinish(connection);
    cluster_close(cluster);
    return tap_done();
}
