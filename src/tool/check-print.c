/* check_print: what was found, for people: a block for each statement, names and types in columns, problems in the form that editors read
 * ("file:line:column: ..."), and a line that sums up. Nothing here can fail but for memory, which the text remembers. */
#include <stdio.h>
#include <string.h>

#include "src/tool/check.h"

const char *aq__severity_name(aq__severity_t severity)
{
    switch (severity) {
    case AQ__SEVERITY_ERROR: return "error";
    case AQ__SEVERITY_LINT: return "lint";
    case AQ__SEVERITY_NOTE: break;
    }
    return "note";
}

const char *aq__check_kind(const aq__check_statement_t *statement)
{
    if (statement->length == 0)
        return "no statement";
    return statement->broken ? "unfinished" : aq__statement_kind_name(statement->is.kind);
}

/* How wide a text shows: its characters, East Asian ones and such counted as one. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static size_t wider(size_t width, const char *text)
{
    size_t other = width_of(text);

    return other > width ? other : width;
}

static void append_padded(aq_text_t *text, const char *cell, size_t width)
{
    aq_text_append(text, cell);
    for (size_t at = width_of(cell); at < width; at++)
        aq_text_append_char(text, ' ');
}

static void print_place(const aq__check_t *check, size_t at, aq_text_t *text)
{
    size_t line, column;

    aq__check_place(check, at, &line, &column);
    aq_text_appendf(text, "%s:%zu:%zu: ", check->file, line, column);
}

static void print_parameters(const aq__check_statement_t *statement, aq_text_t *text)
{
    char name[32];
    size_t width = (size_t)snprintf(name, sizeof name, "$%zu", statement->parameter_count);

    for (size_t i = 0; i < statement->parameter_count; i++) {
        snprintf(name, sizeof name, "$%zu", i + 1);
        aq_text_append(text, i == 0 ? "  takes  " : "         ");
        append_padded(text, name, width);
        aq_text_appendf(text, "  %s\n", statement->parameter_types[i]);
    }
}

static void print_columns(const aq__check_statement_t *statement, aq_text_t *text)
{
    size_t names = 0, types = 0;

    for (size_t i = 0; i < statement->column_count; i++) {
        names = wider(names, statement->columns[i].told.name);
        types = wider(types, statement->columns[i].type);
    }
    for (size_t i = 0; i < statement->column_count; i++) {
        const aq__check_column_t *column = &statement->columns[i];

        aq_text_append(text, i == 0 ? "  gives  " : "         ");
        append_padded(text, column->told.name, names + 2);
        append_padded(text, column->type, types + 2);
        aq_text_appendf(text, "%s\n", aq__nullness_name(column->nullness));
    }
}

/* A text of the server's on one line, whatever it quotes. */
static void append_line(aq_text_t *text, const char *before, const char *line)
{
    if (line == NULL)
        return;
    aq_text_append(text, before);
    for (; *line != '\0'; line++)
        aq_text_append_char(text, (unsigned char)*line < ' ' ? ' ' : *line);
}

static void print_problem(const aq__check_t *check, const aq__check_problem_t *problem, aq_text_t *text)
{
    print_place(check, problem->at, text);
    aq_text_append(text, aq__severity_name(problem->severity));
    append_line(text, ": ", problem->text);
    if (problem->id != NULL)
        aq_text_appendf(text, " [%s]", problem->id);
    append_line(text, "\n  detail: ", problem->detail);
    append_line(text, "\n  hint: ", problem->hint);
    aq_text_append_char(text, '\n');
}

static void print_statement(const aq__check_t *check, const aq__check_statement_t *statement, aq_text_t *text)
{
    print_place(check, statement->at, text);
    if (statement->name != NULL)
        aq_text_appendf(text, "%s: ", statement->name);
    aq_text_appendf(text, "%s\n", aq__check_kind(statement));
    print_parameters(statement, text);
    print_columns(statement, text);
    for (const aq__check_problem_t *problem = statement->problems; problem != NULL; problem = problem->next)
        print_problem(check, problem, text);
    aq_text_append_char(text, '\n');
}

static void print_count(size_t count, const char *what, aq_text_t *text)
{
    aq_text_appendf(text, "%zu %s%s", count, what, count == 1 ? "" : "s");
}

void aq__check_print(const aq__check_t *check, aq_text_t *text)
{
    size_t statements = 0;

    for (size_t i = 0; i < check->count; i++) {
        print_statement(check, &check->statements[i], text);
        statements += check->statements[i].length > 0;
    }
    aq_text_appendf(text, "%s: ", check->file);
    print_count(statements, "statement", text);
    aq_text_append(text, ", ");
    print_count(aq__check_count_problems(check, AQ__SEVERITY_ERROR), "error", text);
    aq_text_append(text, ", ");
    print_count(aq__check_count_problems(check, AQ__SEVERITY_LINT), "lint", text);
    aq_text_append_char(text, '\n');
}
