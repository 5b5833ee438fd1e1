/* Which of the new rows of a component come first: a row whose foreign key is drawn for another new row of the component has a higher level than that.
 * Rows of one level share statements: a tree of any size takes as many statements as it is deep.
 *
 * Depth first, with a stack of its own, since a chain of objects may be as long as memory. Where it meets a row that is on the stack, the key that led to it
 * is set later if it may be NULL; if it may not, perhaps another key of the circle may; else it is an error that names them. */
#include "src/orm/plan-step.h"

enum { UNKNOWN = -1, ON_STACK = -2 };

typedef struct frame {
    aq__planned_t *part;
    size_t next; /* of its changed->carried */
} frame_t;

typedef struct walk {
    aq__making_t *making;
    frame_t *frames;
    size_t count, capacity;
} walk_t;

aq__planned_t *aq__planned_with(const aq__changed_t *changed, const aq__field_t *field)
{
    aq__planned_t *parts = changed->step;
    const aq__mapper_t *mapper = changed->mapper;

    for (size_t t = 0; t < mapper->table_count; t++)
        for (size_t i = 0; i < mapper->tables[t].column_count; i++)
            if (mapper->tables[t].columns[i].field->index == field->index)
                return &parts[t];
    return &parts[0];
}

static bool push(walk_t *walk, aq__planned_t *part)
{
    if (aq__make_room(&walk->frames, &walk->capacity, walk->count, sizeof walk->frames[0]) != AQ_OK)
        return false;
    part->level = ON_STACK;
    walk->frames[walk->count++] = (frame_t){part, 0};
    return true;
}

/* The row of the component that this one needs first; NULL: it does not need one by this key. */
static aq__planned_t *needed(const aq__planned_t *part, const aq__carried_t *carried)
{
    aq__planned_t *source;

    if (carried->later || carried->source->step == NULL || carried->source->operation != AQ_INSERT ||
        aq__planned_with(part->changed, carried->field) != part)
        return NULL;
    source = aq__planned_with(carried->source, carried->source_field);
    return source->node->component == part->node->component ? source : NULL;
}

static bool may_be_null(const aq__planned_t *part, const aq__field_t *field)
{
    for (size_t i = 0; i < part->table->column_count; i++)
        if (part->table->columns[i].field->index == field->index)
            return !part->table->columns[i].column->not_null;
    return false;
}

/* ---- Circles ------------------------------------------------------------------------------------------------------------------------ */

static int refuse(const walk_t *walk, size_t from)
{
    aq_text_t text = {0};
    int rc;

    for (size_t i = from; i < walk->count; i++) {
        const frame_t *frame = &walk->frames[i];
        const aq__carried_t *carried = &frame->part->changed->carried[frame->next - 1];

        aq_text_appendf(&text, "%s%s.%s to %s.%s", i == from ? "" : ", ", frame->part->changed->mapper->name,
                        carried->field->attribute->name, carried->source->mapper->name,
                        carried->source_field->attribute->name);
    }
    rc = aq__fail(AQ_EMAPPING,
                  "flush: new objects refer to each other in a circle, and none of these keys may be "
                  "NULL: %s",
                  aq_text_string(&text));
    aq_text_dispose(&text);
    return rc;
}

/* The rows on the stack from `closing` on are a circle. Makes one of its keys later, and goes back to the row that has it. */
static int open_circle(walk_t *walk, const aq__planned_t *closing)
{
    size_t from = walk->count - 1;

    while (walk->frames[from].part != closing)
        from--;
    for (size_t i = walk->count; i-- > from;) {
        frame_t *frame = &walk->frames[i];
        aq__carried_t *carried = &frame->part->changed->carried[frame->next - 1];

        if (!may_be_null(frame->part, carried->field))
            continue;
        carried->later = true;
        while (walk->count > i + 1)
            walk->frames[--walk->count].part->level = UNKNOWN;
        return AQ_OK;
    }
    return refuse(walk, from);
}

/* ---- Levels ---------------------------------------------------------------------------------------------------------------------------- */

static int level_of(const aq__planned_t *part)
{
    int level = 0;

    for (size_t i = 0; i < part->changed->carried_count; i++) {
        const aq__planned_t *source = needed(part, &part->changed->carried[i]);

        if (source != NULL && source->level >= level)
            level = source->level + 1;
    }
    return level;
}

/* One step: into a row that the uppermost needs, or back from it. */
static int step(walk_t *walk)
{
    frame_t *frame = &walk->frames[walk->count - 1];
    aq__changed_t *changed = frame->part->changed;
    aq__planned_t *source;

    if (frame->next == changed->carried_count) {
        frame->part->level = level_of(frame->part);
        walk->count--;
        return AQ_OK;
    }
    source = needed(frame->part, &changed->carried[frame->next++]);
    if (source == NULL || source->level >= 0)
        return AQ_OK;
    if (source->level == ON_STACK)
        return open_circle(walk, source);
    return push(walk, source) ? AQ_OK : AQ_ENOMEM;
}

int aq__planned_level(aq__making_t *making, aq__planned_t *part)
{
    walk_t walk = {.making = making};
    int rc = AQ_OK;

    if (part->level >= 0)
        return AQ_OK;
    if (part->changed->carried_count == 0) {
        part->level = 0;
        return AQ_OK;
    }
    if (!push(&walk, part))
        return AQ_ENOMEM;
    while (walk.count > 0 && rc == AQ_OK)
        rc = step(&walk);
    aq__free(walk.frames);
    return rc;
}
