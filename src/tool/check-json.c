/* check_json: what was found, for programs: one object, described in docs/aquifer-check.md. Members are there always; what there is none of is null.
 *
 * The failure mode is memory: the maker remembers it, and jansson takes every NULL that comes of it. */
#include <jansson.h>
#include <stdlib.h>

#include "src/tool/check.h"

typedef struct maker {
    const aq__check_t *check;
    bool failed;
} maker_t;

static void set(maker_t *maker, json_t *object, const char *key, json_t *value)
{
    maker->failed |= json_object_set_new(object, key, value) != 0;
}

static void append(maker_t *maker, json_t *array, json_t *value)
{
    maker->failed |= json_array_append_new(array, value) != 0;
}

/* Only a file's name can be anything but UTF-8. */
static json_t *text_or_null(const char *text)
{
    return text != NULL && aq_utf8_valid(text, strlen(text)) ? json_string(text) : json_null();
}

static void set_place(maker_t *maker, size_t at, json_t *object)
{
    size_t line, column;

    aq__check_place(maker->check, at, &line, &column);
    set(maker, object, "line", json_integer((json_int_t)line));
    set(maker, object, "column", json_integer((json_int_t)column));
}

static json_t *problem_json(maker_t *maker, const aq__check_problem_t *problem)
{
    json_t *object = json_object();

    set(maker, object, "severity", json_string(aq__severity_name(problem->severity)));
    set(maker, object, "id", text_or_null(problem->id));
    set_place(maker, problem->at, object);
    set(maker, object, "text", json_string(problem->text));
    set(maker, object, "detail", text_or_null(problem->detail));
    set(maker, object, "hint", text_or_null(problem->hint));
    return object;
}

static json_t *parameter_json(maker_t *maker, const aq__check_statement_t *statement, size_t i)
{
    json_t *object = json_object();

    set(maker, object, "type", json_string(statement->parameter_types[i]));
    set(maker, object, "oid", json_integer(statement->parameters[i]));
    return object;
}

static json_t *column_json(maker_t *maker, const aq__check_column_t *column)
{
    json_t *object = json_object();

    set(maker, object, "name", json_string(column->told.name));
    set(maker, object, "type", json_string(column->type));
    set(maker, object, "oid", json_integer(column->told.type));
    set(maker, object, "nullness", json_string(aq__nullness_name(column->nullness)));
    set(maker, object, "table", text_or_null(column->table));
    set(maker, object, "table_column", text_or_null(column->column));
    return object;
}

static json_t *problems_json(maker_t *maker, const aq__check_problem_t *problem)
{
    json_t *array = json_array();

    for (; problem != NULL; problem = problem->next)
        append(maker, array, problem_json(maker, problem));
    return array;
}

static json_t *statement_json(maker_t *maker, const aq__check_statement_t *statement)
{
    json_t *object = json_object(), *parameters = json_array(), *columns = json_array();

    for (size_t i = 0; i < statement->parameter_count; i++)
        append(maker, parameters, parameter_json(maker, statement, i));
    for (size_t i = 0; i < statement->column_count; i++)
        append(maker, columns, column_json(maker, &statement->columns[i]));
    set(maker, object, "name", text_or_null(statement->name));
    set_place(maker, statement->at, object);
    set(maker, object, "kind", json_string(aq__check_kind(statement)));
    set(maker, object, "sql", json_string(statement->sql));
    set(maker, object, "described", json_boolean(statement->described));
    set(maker, object, "parameters", parameters);
    set(maker, object, "columns", columns);
    set(maker, object, "problems", problems_json(maker, statement->problems));
    return object;
}

static json_t *check_json(maker_t *maker)
{
    json_t *object = json_object(), *statements = json_array();
    const aq__check_t *check = maker->check;

    for (size_t i = 0; i < check->count; i++)
        append(maker, statements, statement_json(maker, &check->statements[i]));
    set(maker, object, "file", text_or_null(check->file));
    set(maker, object, "statements", statements);
    set(maker, object, "errors",
        json_integer((json_int_t)aq__check_count_problems(check, AQ__SEVERITY_ERROR)));
    set(maker, object, "lints", json_integer((json_int_t)aq__check_count_problems(check, AQ__SEVERITY_LINT)));
    return object;
}

void aq__check_print_json(const aq__check_t *check, aq_text_t *text)
{
    maker_t maker = {.check = check};
    json_t *object = check_json(&maker);
    char *dumped = maker.failed ? NULL : json_dumps(object, JSON_INDENT(2));

    json_decref(object);
    text->failed |= dumped == NULL;
    aq_text_append(text, dumped);
    aq_text_append_char(text, '\n');
    free(dumped);
}
