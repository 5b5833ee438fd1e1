/* The list of what is wrong, and the arrays of this room. */
#include <string.h>

#include "src/schema/problem.h"

enum { FIRST_CAPACITY = 4 };

/* The capacity is the least power of two that holds `count`. */
void *aq__grow(aq_arena_t *arena, void *items, size_t count, size_t size)
{
    bool full = count == 0 || (count >= FIRST_CAPACITY && (count & (count - 1)) == 0);
    size_t capacity = count == 0 ? FIRST_CAPACITY : 2 * count;
    void *bigger;

    if (!full)
        return items;
    bigger = aq_arena_calloc(arena, capacity, size);
    if (bigger != NULL && count > 0)
        memcpy(bigger, items, count * size);
    return bigger;
}

static bool is_known(const aq__problems_t *problems, const aq__source_t *source, const char *text)
{
    for (size_t i = 0; i < problems->count; i++) {
        const aq__problem_t *known = &problems->items[i];

        if (known->source.line == source->line && known->source.column == source->column &&
            aq__same_text(known->source.file, source->file) && strcmp(known->text, text) == 0)
            return true;
    }
    return false;
}

int aq__problem_add(aq__problems_t *problems, aq__source_t source, const char *format, ...)
{
    va_list arguments;
    aq__problem_t *items;
    char *text;

    va_start(arguments, format);
    text = aq_arena_vprintf(problems->arena, format, arguments);
    va_end(arguments);
    if (text == NULL)
        return AQ_ENOMEM;
    if (is_known(problems, &source, text))
        return aq__fail(AQ_EMAPPING, "%s", text);
    items = aq__grow(problems->arena, problems->items, problems->count, sizeof(*items));
    if (items == NULL)
        return AQ_ENOMEM;
    items[problems->count++] = (aq__problem_t){source, text};
    problems->items = items;
    return aq__fail(AQ_EMAPPING, "%s", text);
}

void aq__problem_append(aq_text_t *text, const aq__problem_t *problem)
{
    const aq__source_t *source = &problem->source;

    if (source->file != NULL)
        aq_text_appendf(text, "%s:%d:", source->file, source->line);
    if (source->file != NULL && source->column > 0)
        aq_text_appendf(text, "%d:", source->column);
    aq_text_appendf(text, "%s%s", source->file != NULL ? " " : "", problem->text);
}

void aq__problems_append(aq_text_t *text, const aq__problems_t *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        if (i > 0)
            aq_text_append_char(text, '\n');
        aq__problem_append(text, &problems->items[i]);
    }
}
