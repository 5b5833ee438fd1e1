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

/* ---- The list -------------------------------------------------------------------------------------------------------------- */

static bool is_same(const aq__problem_t *a, const aq__problem_t *b)
{
    return a->source.line == b->source.line && a->source.column == b->source.column &&
           aq__same_text(a->source.file, b->source.file) && strcmp(a->text, b->text) == 0;
}

/* The slot of the problem, or the free one where it belongs: there is always one. */
static size_t find_slot(const aq__problems_t *problems, const aq__problem_t *problem)
{
    size_t mask = problems->slot_count - 1;
    size_t slot =
        (size_t)(aq__hash(problem->text, strlen(problem->text)) + (uint64_t)problem->source.line) & mask;

    while (problems->slots[slot] != 0 && !is_same(&problems->items[problems->slots[slot] - 1], problem))
        slot = (slot + 1) & mask;
    return slot;
}

static void fill_slots(aq__problems_t *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        problems->slots[find_slot(problems, &problems->items[i])] = i + 1;
}

void aq__problems_cut(aq__problems_t *problems, size_t count)
{
    problems->count = count;
    if (problems->slots != NULL)
        memset(problems->slots, 0, problems->slot_count * sizeof(*problems->slots));
    fill_slots(problems);
}

/* At least half of the slots are free. */
static int grow_slots(aq__problems_t *problems)
{
    size_t count = problems->slot_count == 0 ? 2 * FIRST_CAPACITY : 2 * problems->slot_count;
    size_t *slots;

    if (2 * (problems->count + 1) <= problems->slot_count)
        return AQ_OK;
    slots = aq_arena_calloc(problems->arena, count, sizeof(*slots));
    if (slots == NULL)
        return AQ_ENOMEM;
    problems->slots = slots;
    problems->slot_count = count;
    fill_slots(problems);
    return AQ_OK;
}

/* `text` is in memory of the arena. */
static int add(aq__problems_t *problems, aq__source_t source, const char *text)
{
    const aq__problem_t problem = {source, text};
    aq__problem_t *items;
    size_t slot;

    if (text == NULL || grow_slots(problems) != AQ_OK)
        return AQ_ENOMEM;
    slot = find_slot(problems, &problem);
    if (problems->slots[slot] != 0)
        return aq__fail(AQ_EMAPPING, "%s", text);
    items = aq__grow(problems->arena, problems->items, problems->count, sizeof(*items));
    if (items == NULL)
        return AQ_ENOMEM;
    items[problems->count++] = problem;
    problems->items = items;
    problems->slots[slot] = problems->count;
    return aq__fail(AQ_EMAPPING, "%s", text);
}

int aq__problem_add(aq__problems_t *problems, aq__source_t source, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = aq_arena_vprintf(problems->arena, format, arguments);
    va_end(arguments);
    return add(problems, source, text);
}

int aq__problem_vadd(aq__problems_t *problems, aq__source_t source, aq_text_t *before, const char *format,
                     va_list arguments)
{
    const char *text;

    aq_text_vappendf(before, format, arguments);
    text = before->failed ? NULL : aq_arena_strdup(problems->arena, aq_text_string(before));
    aq_text_dispose(before);
    return add(problems, source, text);
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
