/* check_describe: what a server says of the statements.
 *
 * The happy path: the statements are described, a hundred in one pipeline; one more unit gives the names of the types and what is declared of the columns that
 * the results come from. Nothing is run but that unit, which reads the catalogs. The failure modes: an error that the server has with a statement, which is
 * a problem of that statement; any other (no connection, no memory) ends the check. */
#include <string.h>

#include "src/tool/check.h"

enum { IN_FLIGHT = 100 };

/* ---- Descriptions -------------------------------------------------------------------------------------------------------- */

/* Errors that tell of the connection rather than of the statement. */
static bool ends_check(const aq_error_t *error)
{
    return error->sqlstate[0] == '\0' || strncmp(error->sqlstate, "57P", 3) == 0 ||
           error->code == AQ_ECONNECT || error->code == AQ_ELOST || error->code == AQ_EPOOLTIMEOUT ||
           error->code == AQ_ENOMEM;
}

static int copy_text(aq__check_t *check, const char **copy, const char *text)
{
    *copy = text != NULL ? aq_arena_strdup(check->arena, text) : NULL;
    return text == NULL || *copy != NULL ? AQ_OK : AQ_ENOMEM;
}

static int add_error(aq__check_t *check, aq__check_statement_t *statement, const aq_error_t *error)
{
    size_t at = error->position > 0 ? aq__check_byte(statement->sql, (size_t)error->position) : 0;
    aq__check_problem_t problem = {.severity = AQ__SEVERITY_ERROR, .at = statement->at + at};

    if (copy_text(check, &problem.text, error->message) != AQ_OK ||
        copy_text(check, &problem.id,
                  error->sqlstate[0] != '\0' ? error->sqlstate : aq_error_name(error->code)) != AQ_OK ||
        copy_text(check, &problem.detail, error->detail) != AQ_OK ||
        copy_text(check, &problem.hint, error->hint) != AQ_OK)
        return AQ_ENOMEM;
    return aq__check_add_problem(check, statement, &problem);
}

static int add_note(aq__check_t *check, aq__check_statement_t *statement)
{
    static const aq__check_problem_t note = {.severity = AQ__SEVERITY_NOTE,
                                             .text = "not linted: its syntax is newer than the lints"};
    aq__check_problem_t problem = note;

    problem.at = statement->at;
    return aq__check_add_problem(check, statement, &problem);
}

static int keep(aq__check_t *check, aq__check_statement_t *statement, const aq_description_t *description)
{
    size_t parameters = description->parameter_count, columns = description->column_count;

    statement->parameters =
        aq_arena_dup(check->arena, description->parameters, parameters * sizeof *statement->parameters);
    statement->parameter_types =
        aq_arena_calloc(check->arena, parameters, sizeof *statement->parameter_types);
    statement->columns = aq_arena_calloc(check->arena, columns, sizeof *statement->columns);
    if (statement->parameters == NULL || statement->parameter_types == NULL || statement->columns == NULL)
        return AQ_ENOMEM;
    for (size_t i = 0; i < columns; i++) {
        statement->columns[i].told = description->columns[i];
        if (copy_text(check, &statement->columns[i].told.name, description->columns[i].name) != AQ_OK)
            return AQ_ENOMEM;
    }
    statement->parameter_count = parameters;
    statement->column_count = columns;
    statement->described = true;
    return statement->tree.root.type != NULL ? AQ_OK : add_note(check, statement);
}

static int take(aq__check_t *check, aq__check_statement_t *statement, aq_op_t *op)
{
    aq_description_t *description = aq_wait(op);

    if (description != NULL)
        return keep(check, statement, description);
    return ends_check(aq_op_error(op)) && aq_op_code(op) != AQ_EMULTIPLE
               ? aq__fail_with(aq_op_error(op))
               : add_error(check, statement, aq_op_error(op));
}

static bool is_asked(const aq__check_statement_t *statement)
{
    return !statement->broken && statement->sql[0] != '\0';
}

static int describe_some(aq__check_t *check, aq_context_t *context, size_t first)
{
    aq_op_t *ops[IN_FLIGHT] = {NULL};
    int code = AQ_OK;

    for (size_t i = 0; i < IN_FLIGHT && first + i < check->count; i++)
        if (is_asked(&check->statements[first + i]))
            ops[i] = aq_describe(context, NULL, check->statements[first + i].sql);
    for (size_t i = 0; i < IN_FLIGHT && ops[i] == NULL; i++)
        if (i + 1 == IN_FLIGHT)
            return AQ_OK;
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        if (ops[i] != NULL && code == AQ_OK)
            code = take(check, &check->statements[first + i], ops[i]);
        aq_op_close(ops[i]);
    }
    return code;
}

/* ---- What the catalogs say ------------------------------------------------------------------------------------------------- */

static const char types_sql[] = "select format_type(type::oid, modifier) from unnest($1, $2) with ordinality "
                                "as asked (type, modifier, n) order by n";

/* What is declared of each column, as aq__nullness: 1 only where the table itself holds its rows, or partitions or children that all declare the same
 * (ALTER TABLE ONLY makes others), every constraint is validated (from 18 on they need not be), no foreign table is among them, which nobody checks, and no
 * rule answers in its place. A view's column is what its query makes it. */
static const char columns_sql[] =
    "with recursive asked (relation, number, n) as ("
    "  select relation::oid, number, n from unnest($1, $2) with ordinality as given (relation, number, n)"
    "  union all"
    "  select attrelid, attnum, $5 + n from unnest($3::text[], $4::text[]) with ordinality as given "
    "(relation, name, n)"
    "  left join pg_catalog.pg_attribute on attrelid = to_regclass(relation) and attname = name and attnum > "
    "0"
    "), tree (root, relation) as ("
    "  select distinct relation, relation from asked where relation is not null"
    "  union select root, inhrelid from tree join pg_catalog.pg_inherits on inhparent = relation"
    "), loose (root, name) as ("
    "  select distinct root, attname from tree join pg_catalog.pg_class c on c.oid = relation"
    "  join pg_catalog.pg_attribute on attrelid = relation"
    "  where relkind not in ('r', 'p') or relhasrules or not attnotnull or exists ("
    "    select from pg_catalog.pg_constraint"
    "    where conrelid = relation and contype = 'n' and not convalidated and conkey = array[attnum])"
    ") "
    "select relation::regclass::text, relname, attname, case"
    "  when attname is null or number <= 0 then 0"
    "  when loose.root is null then 1"
    "  when relkind in ('r', 'p') and not attnotnull and not typnotnull then 2"
    "  else 0 end "
    "from asked left join pg_catalog.pg_class c on c.oid = relation "
    "left join pg_catalog.pg_attribute on attrelid = relation and attnum = number "
    "left join pg_catalog.pg_type t on t.oid = atttypid "
    "left join loose on loose.root = relation and loose.name = attname "
    "order by n";

static const char functions_sql[] =
    "select distinct proname::text from pg_catalog.pg_proc "
    "where proname = any($1::text[]) and pronamespace <> 'pg_catalog'::regnamespace";

typedef struct lookup {
    int64_t *types, *relations;
    int32_t *modifiers;
    int16_t *numbers;
    const char **names, **columns; /* of NOT IN */
    size_t type_count, column_count, name_count;
} lookup_t;

static size_t count_types(const aq__check_t *check)
{
    size_t count = 0;

    for (size_t i = 0; i < check->count; i++)
        count += check->statements[i].parameter_count + check->statements[i].column_count;
    return count;
}

static size_t count_not_ins(const aq__check_t *check)
{
    size_t count = 0;

    for (size_t i = 0; i < check->count; i++)
        for (const aq__check_not_in_t *at = check->statements[i].not_ins; at != NULL; at = at->next)
            count++;
    return count;
}

static int make_lookup(const aq__check_t *check, lookup_t *lookup)
{
    size_t types = count_types(check), names = count_not_ins(check);

    memset(lookup, 0, sizeof *lookup);
    lookup->types = aq_arena_calloc(check->arena, types, sizeof *lookup->types);
    lookup->modifiers = aq_arena_calloc(check->arena, types, sizeof *lookup->modifiers);
    lookup->relations = aq_arena_calloc(check->arena, types, sizeof *lookup->relations);
    lookup->numbers = aq_arena_calloc(check->arena, types, sizeof *lookup->numbers);
    lookup->names = aq_arena_calloc(check->arena, names, sizeof *lookup->names);
    lookup->columns = aq_arena_calloc(check->arena, names, sizeof *lookup->columns);
    return lookup->types != NULL && lookup->modifiers != NULL && lookup->relations != NULL &&
                   lookup->numbers != NULL && lookup->names != NULL && lookup->columns != NULL
               ? AQ_OK
               : AQ_ENOMEM;
}

static void fill_lookup(const aq__check_t *check, lookup_t *lookup)
{
    for (size_t i = 0; i < check->count; i++) {
        const aq__check_statement_t *statement = &check->statements[i];

        for (size_t k = 0; k < statement->parameter_count; k++) {
            lookup->modifiers[lookup->type_count] = -1;
            lookup->types[lookup->type_count++] = statement->parameters[k];
        }
        for (size_t k = 0; k < statement->column_count; k++) {
            const aq_described_column_t *told = &statement->columns[k].told;

            lookup->modifiers[lookup->type_count] = told->modifier;
            lookup->types[lookup->type_count++] = told->type;
            lookup->relations[lookup->column_count] = told->table;
            lookup->numbers[lookup->column_count++] = told->number;
        }
        for (const aq__check_not_in_t *at = statement->not_ins; at != NULL; at = at->next) {
            lookup->names[lookup->name_count] = at->relation; /* NULL is a NULL */
            lookup->columns[lookup->name_count++] = at->column;
        }
    }
}

static aq_unit_t *make_unit(const lookup_t *lookup)
{
    aq_unit_t *unit = aq_unit_create();
    const char *functions[32];
    size_t count = 0;

    while (aq__sure_function(count) != NULL)
        functions[count] = aq__sure_function(count), count++;
    aq_unit_add(unit, types_sql,
                aq_args(aq_int8_array(lookup->types, lookup->type_count),
                        aq_int4_array(lookup->modifiers, lookup->type_count)));
    aq_unit_add(unit, columns_sql,
                aq_args(aq_int8_array(lookup->relations, lookup->column_count),
                        aq_array(AQ_VALUE_INT2, lookup->numbers, lookup->column_count, NULL),
                        aq_text_array(lookup->names, lookup->name_count),
                        aq_text_array(lookup->columns, lookup->name_count),
                        aq_int8((int64_t)lookup->column_count)));
    aq_unit_add(unit, functions_sql, aq_args(aq_text_array(functions, count)));
    return unit;
}

static int copy_cell(aq__check_t *check, const char **copy, aq_rows_t *rows, size_t row, size_t column)
{
    return copy_text(check, copy, aq_as_text(aq_cell(rows, row, column)));
}

static int take_types(aq__check_t *check, aq_rows_t *rows)
{
    size_t row = 0;
    int code = AQ_OK;

    for (size_t i = 0; i < check->count; i++) {
        aq__check_statement_t *statement = &check->statements[i];

        for (size_t k = 0; code == AQ_OK && k < statement->parameter_count; k++)
            code = copy_cell(check, &statement->parameter_types[k], rows, row++, 0);
        for (size_t k = 0; code == AQ_OK && k < statement->column_count; k++)
            code = copy_cell(check, &statement->columns[k].type, rows, row++, 0);
    }
    return code;
}

static aq__nullness_t nullness_at(aq_rows_t *rows, size_t row)
{
    static const aq__nullness_t all[] = {AQ__NULL_UNKNOWN, AQ__NULL_NEVER, AQ__NULL_MAY};

    return all[aq_as_int4(aq_cell(rows, row, 3)) % 3];
}

static int take_columns(aq__check_t *check, aq_rows_t *rows, size_t *row)
{
    int code = AQ_OK;

    for (size_t i = 0; i < check->count; i++)
        for (size_t k = 0; code == AQ_OK && k < check->statements[i].column_count; k++, ++*row) {
            aq__check_column_t *column = &check->statements[i].columns[k];

            if (column->told.table == 0)
                continue;
            column->declared = nullness_at(rows, *row);
            code = copy_cell(check, &column->table, rows, *row, 0);
            if (code == AQ_OK)
                code = copy_cell(check, &column->relation, rows, *row, 1);
            if (code == AQ_OK)
                code = copy_cell(check, &column->column, rows, *row, 2);
        }
    return code;
}

static int take_not_ins(aq__check_t *check, aq_rows_t *rows, size_t row)
{
    int code = AQ_OK;

    for (size_t i = 0; i < check->count; i++)
        for (const aq__check_not_in_t *at = check->statements[i].not_ins; code == AQ_OK && at != NULL;
             at = at->next)
            if (nullness_at(rows, row++) != AQ__NULL_NEVER)
                code =
                    aq__check_tell(check, &check->statements[i], AQ__LINT_NOT_IN_NULLABLE, at->at,
                                   "NOT IN is never true once the subquery gives a NULL: write NOT EXISTS");
    return code;
}

static void take_functions(aq__check_t *check, aq_rows_t *rows)
{
    for (size_t row = 0; row < aq_rows_count(rows); row++) {
        const char *name = aq_as_text(aq_cell(rows, row, 0));

        for (size_t i = 0; name != NULL && aq__sure_function(i) != NULL; i++)
            if (strcmp(name, aq__sure_function(i)) == 0)
                check->shadowed |= UINT32_C(1) << i;
    }
}

static const aq_error_t *first_error(aq_results_t *results)
{
    for (size_t i = 0; i < aq_results_count(results); i++)
        if (aq_rows_error(aq_results_rows(results, i)) != NULL)
            return aq_rows_error(aq_results_rows(results, i));
    return NULL;
}

static int take_lookup(aq__check_t *check, aq_results_t *results)
{
    aq_rows_t *columns = aq_results_rows(results, 1);
    const aq_error_t *error;
    size_t row = 0;
    int code = take_types(check, aq_results_rows(results, 0));

    take_functions(check, aq_results_rows(results, 2));
    if (code == AQ_OK)
        code = take_columns(check, columns, &row);
    if (code == AQ_OK)
        code = take_not_ins(check, columns, row);
    error = first_error(results);
    return code == AQ_OK && error != NULL ? aq__fail_with(error) : code;
}

static int look_up(aq__check_t *check, aq_context_t *context)
{
    lookup_t lookup;
    aq_results_t *results;
    aq_op_t *op;
    int code = make_lookup(check, &lookup);

    if (code != AQ_OK)
        return code;
    fill_lookup(check, &lookup);
    op = aq_send(context, NULL, make_unit(&lookup));
    results = aq_wait(op);
    code = results != NULL ? take_lookup(check, results) : aq__fail_with(aq_op_error(op));
    aq_op_close(op);
    return code;
}

int aq__check_describe(aq__check_t *check, aq_context_t *context)
{
    int code = AQ_OK;

    for (size_t i = 0; code == AQ_OK && i < check->count; i += IN_FLIGHT)
        code = describe_some(check, context, i);
    if (code == AQ_OK)
        code = look_up(check, context);
    for (size_t i = 0; code == AQ_OK && i < check->count; i++)
        code = aq__check_judge(check, &check->statements[i]);
    return code;
}

/* ---- Schema files -------------------------------------------------------------------------------------------------------------- */

static int fail_at(const aq__check_t *check, size_t at, int code, const char *why)
{
    size_t line, column;

    aq__check_place(check, at, &line, &column);
    return aq__fail(code, "%s:%zu:%zu: %s", check->file, line, column, why);
}

static int fail_statement(const aq__check_t *check, const aq__check_statement_t *statement,
                          const aq_error_t *error)
{
    size_t at = error->position > 0 ? aq__check_byte(statement->sql, (size_t)error->position) : 0;

    return fail_at(check, statement->at + at, error->code, error->message);
}

static int run_statement(const aq__check_t *check, const aq__check_statement_t *statement, aq_lane_t *lane)
{
    aq_op_t *op;
    int code = AQ_OK;

    if (statement->broken)
        return fail_at(check, statement->problems->at, AQ_ESYNTAX, statement->problems->text);
    op = aq_lane_execute(lane, statement->sql, NULL);
    if (aq_wait(op) == NULL)
        code = fail_statement(check, statement, aq_op_error(op));
    aq_op_close(op);
    return code;
}

int aq__check_run(aq__check_t *check, aq_lane_t *lane)
{
    int code = AQ_OK;

    for (size_t i = 0; code == AQ_OK && i < check->count; i++)
        if (check->statements[i].sql[0] != '\0')
            code = run_statement(check, &check->statements[i], lane);
    if (code == AQ_OK && aq_lane_in_transaction(lane))
        code = aq__fail(AQ_EINVAL, "%s: it leaves a transaction open, which would be lost", check->file);
    return code;
}
