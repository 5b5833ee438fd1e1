/* check_problem: what there is to tell of a statement, and where in the file it stands. The failure mode is memory. */
#include <string.h>

#include "src/tool/check.h"

/* ---- Places ------------------------------------------------------------------------------------------------------------ */

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

int aq__check_find_lines(aq__check_t *check)
{
    size_t count = 1;

    for (size_t i = 0; i < check->length; i++)
        count += check->text[i] == '\n';
    check->lines = aq_arena_alloc(check->arena, count * sizeof *check->lines);
    if (check->lines == NULL)
        return AQ_ENOMEM;
    check->lines[0] = strncmp(check->text, AQ__BYTE_ORDER_MARK, 3) == 0 ? 3 : 0;
    check->line_count = 1;
    for (size_t i = 0; i < check->length; i++)
        if (check->text[i] == '\n')
            check->lines[check->line_count++] = i + 1;
    return AQ_OK;
}

void aq__check_place(const aq__check_t *check, size_t at, size_t *line, size_t *column)
{
    size_t low = 0, high = check->line_count; /* the line is one of them, high not included */

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (check->lines[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    *line = low + 1;
    *column = 1;
    for (size_t i = check->lines[low]; i < at && i < check->length; i++)
        *column += begins_character(check->text[i]);
}

size_t aq__check_byte(const char *text, size_t character)
{
    size_t at = 0;

    for (; text[at] != '\0'; at++)
        if (begins_character(text[at]) && --character == 0)
            break;
    return at;
}

/* ---- Problems ---------------------------------------------------------------------------------------------------------- */

static const char *const lint_ids[] = {
#define LINT_ID(id, name) name,
    AQ__LINTS(LINT_ID)
#undef LINT_ID
};

const char *aq__lint_id(aq__lint_t lint)
{
    return lint_ids[lint];
}

int aq__lint_find(const char *id, size_t length)
{
    for (int i = 0; i < AQ__LINT_COUNT; i++)
        if (strlen(lint_ids[i]) == length && memcmp(lint_ids[i], id, length) == 0)
            return i;
    return -1;
}

int aq__check_add_problem(aq__check_t *check, aq__check_statement_t *statement,
                          const aq__check_problem_t *problem)
{
    aq__check_problem_t *copy = aq_arena_dup(check->arena, problem, sizeof *problem),
                        **place = &statement->problems;

    if (copy == NULL)
        return AQ_ENOMEM;
    while (*place != NULL && (*place)->at <= copy->at)
        place = &(*place)->next;
    copy->next = *place;
    *place = copy;
    return AQ_OK;
}

int aq__check_tell(aq__check_t *check, aq__check_statement_t *statement, aq__lint_t lint, size_t at,
                   const char *format, ...)
{
    aq__check_problem_t problem = {.severity = AQ__SEVERITY_LINT, .id = lint_ids[lint], .at = at};
    va_list arguments;

    if ((statement->allowed & (UINT32_C(1) << lint)) != 0)
        return AQ_OK;
    va_start(arguments, format);
    problem.text = aq_arena_vprintf(check->arena, format, arguments);
    va_end(arguments);
    return problem.text != NULL ? aq__check_add_problem(check, statement, &problem) : AQ_ENOMEM;
}

size_t aq__check_count_problems(const aq__check_t *check, aq__severity_t severity)
{
    size_t count = 0;

    for (size_t i = 0; i < check->count; i++)
        for (const aq__check_problem_t *problem = check->statements[i].problems; problem != NULL;
             problem = problem->next)
            count += problem->severity == severity;
    return count;
}
