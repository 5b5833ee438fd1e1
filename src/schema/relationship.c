/* Relationships: what a model's members that are objects of other models lead to.
 *
 * The happy path: each declared relationship finds its target and the foreign key that it follows (join.c); what it says of order and
 * cascade is checked; then the two sides are tied (sides.c).
 * The failure modes: names that are not there, options that do not fit. Each is a problem that names the relationship, "Post.author";
 * the others go on. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "src/schema/relationship.h"

/* ---- Options ------------------------------------------------------------------------------------------------------------------------ */

static int set_cascade(aq__relationship_t *relationship)
{
    static const unsigned known = AQ_CASCADE_NONE | AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN;
    unsigned cascade = relationship->declared->cascade;

    if (relationship->declared->passive_deletes && relationship->direction == AQ__MANY_TO_ONE)
        return AQ__REFUSE(relationship, "%s.%s: .passive_deletes is for children, and this is many-to-one",
                          relationship->model->name, relationship->name);
    if ((cascade & ~known) != 0)
        return AQ__REFUSE(relationship, "%s.%s: .cascade has 0x%x, which is no aq_cascade_t",
                          relationship->model->name, relationship->name, cascade & ~known);
    if ((cascade & AQ_CASCADE_NONE) != 0 && cascade != AQ_CASCADE_NONE)
        return AQ__REFUSE(relationship, "%s.%s: .cascade is AQ_CASCADE_NONE and something else",
                          relationship->model->name, relationship->name);
    relationship->cascade =
        cascade == AQ_CASCADE_DEFAULT ? AQ_CASCADE_SAVE_UPDATE : cascade & ~(unsigned)AQ_CASCADE_NONE;
    if ((cascade & AQ_CASCADE_DELETE_ORPHAN) == 0)
        return AQ_OK;
    relationship->cascade |= AQ_CASCADE_DELETE;
    if (relationship->direction == AQ__ONE_TO_MANY || relationship->declared->single_parent)
        return AQ_OK;
    return AQ__REFUSE(relationship,
                      "%s.%s: AQ_CASCADE_DELETE_ORPHAN is for the one side of one-to-many, and this is %s: "
                      "others may refer to "
                      "the same object, unless .single_parent says no",
                      relationship->model->name, relationship->name,
                      relationship->direction == AQ__MANY_TO_ONE ? "many-to-one" : "many-to-many");
}

int aq__relationship_set_lazy(aq__relationship_t *relationship, aq_lazy_t lazy)
{
    relationship->lazy = lazy;
    if ((unsigned)lazy > AQ_LAZY_DYNAMIC)
        return AQ__REFUSE(relationship, "%s.%s: .lazy is %d, which is no aq_lazy_t",
                          relationship->model->name, relationship->name, (int)lazy);
    if (lazy == AQ_LAZY_DYNAMIC && !relationship->many)
        return AQ__REFUSE(relationship, "%s.%s: AQ_LAZY_DYNAMIC is for AQ_MANY", relationship->model->name,
                          relationship->name);
    return AQ_OK;
}

/* The next word of an order_by; its length is 0 at a comma and at the end. */
static size_t next_word(const char **text)
{
    size_t length = 0;

    while (isspace((unsigned char)**text))
        ++*text;
    while ((*text)[length] != '\0' && (*text)[length] != ',' && !isspace((unsigned char)(*text)[length]))
        length++;
    return length;
}

/* Takes the word, in whatever case, if it is the next. */
static bool take_word(const char **text, const char *word)
{
    size_t length = next_word(text);

    if (length != strlen(word) || strncasecmp(*text, word, length) != 0)
        return false;
    *text += length;
    return true;
}

/* "desc nulls last"; either may be missing. */
static int read_direction(const aq__relationship_t *relationship, const char **text, aq__order_part_t *part)
{
    const char *nulls;

    part->descending = take_word(text, "desc");
    if (!part->descending)
        (void)take_word(text, "asc");
    (void)next_word(text);
    nulls = *text;
    if (take_word(text, "nulls"))
        part->nulls = take_word(text, "first")  ? AQ_NULLS_FIRST
                      : take_word(text, "last") ? AQ_NULLS_LAST
                                                : AQ_NULLS_DEFAULT;
    if (next_word(text) == 0 && (*text == nulls || part->nulls != AQ_NULLS_DEFAULT))
        return AQ_OK;
    return AQ__REFUSE(relationship, "%s.%s: .order_by is '%s': '%s' is not understood",
                      relationship->model->name, relationship->name, relationship->declared->order_by, nulls);
}

/* "created desc nulls last" */
static int read_order_part(const aq__relationship_t *relationship, const char **text, aq__order_part_t *part)
{
    const aq__model_t *target = relationship->target;
    size_t length = next_word(text);
    const char *name = aq_arena_strndup(target->registry->arena, *text, length);
    const aq__attribute_t *attribute;

    if (name == NULL)
        return AQ_ENOMEM;
    *text += length;
    attribute = aq__model_attribute(target, name);
    part->column = attribute != NULL ? attribute->column : aq__table_column(target->table, name);
    if (part->column != NULL)
        return read_direction(relationship, text, part);
    return AQ__REFUSE(relationship, "%s.%s: .order_by is '%s', and '%s' has no column '%s'",
                      relationship->model->name, relationship->name, relationship->declared->order_by,
                      target->name, name);
}

static int set_order(aq__relationship_t *relationship)
{
    const char *text = relationship->declared->order_by;
    aq_arena_t *arena = relationship->model->registry->arena;
    int code = AQ_OK;

    if (text != NULL && !relationship->many)
        return AQ__REFUSE(relationship, "%s.%s: .order_by is '%s', and this side has one",
                          relationship->model->name, relationship->name, text);
    for (bool more = text != NULL; more && code == AQ_OK; text += more) {
        aq__order_part_t *order =
            aq__grow(arena, relationship->order, relationship->order_count, sizeof(*order));

        if (order == NULL)
            return AQ_ENOMEM;
        relationship->order = order;
        order[relationship->order_count] = (aq__order_part_t){0};
        code = read_order_part(relationship, &text, &order[relationship->order_count++]);
        more = *text == ',';
    }
    return code;
}

/* ---- One relationship ------------------------------------------------------------------------------------------------------------------ */

aq__relationship_t *aq__relationship_add(aq__model_t *model, const aq__relationship_t *made)
{
    aq_arena_t *arena = model->registry->arena;
    aq__relationship_t *relationship = aq_arena_dup(arena, made, sizeof(*made));
    aq__relationship_t **relationships =
        aq__grow(arena, model->relationships, model->relationship_count, sizeof(*relationships));

    if (relationship == NULL || relationships == NULL)
        return NULL;
    relationships[model->relationship_count++] = relationship;
    model->relationships = relationships;
    return relationship;
}

static int find_target(aq__relationship_t *relationship)
{
    const aq_relationship_t *declared = relationship->declared;

    relationship->target = aq__models_find(relationship->model->registry, declared->target);
    if (relationship->target == NULL)
        return AQ__REFUSE(relationship, "%s.%s: there is no model '%s': was it added?",
                          relationship->model->name, relationship->name, declared->target);
    if (relationship->target->declared->abstract)
        return AQ__REFUSE(relationship, "%s.%s: the model '%s' is abstract and has no rows",
                          relationship->model->name, relationship->name, declared->target);
    return AQ_OK;
}

/* Its code, or that of a problem that was found before. */
static int resolve(aq__relationship_t *relationship)
{
    int code = find_target(relationship);

    if (code != AQ_OK)
        return code;
    if (relationship->model->table == NULL || relationship->target->table == NULL)
        return AQ_EMAPPING; /* told when the model was added */
    code = aq__relationship_join(relationship);
    if (code == AQ_OK)
        code = set_cascade(relationship);
    if (code == AQ_OK)
        code = aq__relationship_set_lazy(relationship, relationship->declared->lazy);
    if (code == AQ_OK)
        code = set_order(relationship);
    relationship->resolved = code == AQ_OK;
    return code;
}

bool aq__model_has_member(const aq__model_t *model, const char *name, size_t offset)
{
    return aq__model_attribute(model, name) != NULL || aq__model_attribute_at(model, offset) != NULL ||
           aq__model_relationship(model, name) != NULL;
}

/* Those that the declaration of `from`, the model itself or an abstract parent, has. */
static int declare_from(aq__model_t *model, const aq__model_t *from)
{
    int code = AQ_OK;

    for (size_t i = 0; i < from->declared->relationship_count && code != AQ_ENOMEM; i++) {
        const aq_relationship_t *declared = &from->declared->relationships[i];
        aq__relationship_t made = {.declared = declared,
                                   .name = declared->name,
                                   .model = model,
                                   .offset = declared->offset,
                                   .many = declared->many,
                                   .passive_deletes = declared->passive_deletes,
                                   .single_parent = declared->single_parent,
                                   .source = {from->declared->file, declared->line, 0}};
        aq__relationship_t *relationship;

        if (strcmp(declared->model, from->name) != 0)
            code = AQ__REFUSE(&made, "%s: its relationships have %s.%s, of another struct", model->name,
                              declared->model, declared->name);
        else if (aq__model_has_member(model, declared->name, declared->offset))
            code = AQ__REFUSE(&made, "%s.%s: it is declared already", model->name, declared->name);
        else if ((relationship = aq__relationship_add(model, &made)) == NULL)
            code = AQ_ENOMEM;
        else
            code = resolve(relationship);
    }
    return code;
}

/* Parents come first: they were added before. */
static int declare_relationships(aq__model_t *model)
{
    int code = AQ_OK;

    if (model->declared->abstract)
        return AQ_OK;
    for (size_t i = 0; model->base != NULL && i < model->base->relationship_count; i++) {
        aq__relationship_t **relationships = aq__grow(model->registry->arena, model->relationships,
                                                      model->relationship_count, sizeof(*relationships));

        if (relationships == NULL)
            return AQ_ENOMEM;
        relationships[model->relationship_count++] = model->base->relationships[i];
        model->relationships = relationships;
    }
    for (const aq__model_t *from = model->parent;
         from != NULL && from->declared->abstract && code != AQ_ENOMEM; from = from->parent)
        code = declare_from(model, from);
    return code != AQ_ENOMEM ? declare_from(model, model) : code;
}

/* ---- All of them -------------------------------------------------------------------------------------------------------------- */

int aq__resolve_relationships(aq__model_registry_t *registry)
{
    int code = AQ_OK;

    for (size_t i = 0; i < registry->model_count && code != AQ_ENOMEM; i++)
        code = declare_relationships(registry->models[i]);
    for (size_t i = 0; i < registry->model_count && code != AQ_ENOMEM; i++) {
        aq__model_t *model = registry->models[i];
        size_t count = model->relationship_count; /* backrefs come behind */

        for (size_t j = 0; j < count && code != AQ_ENOMEM; j++)
            if (model->relationships[j]->model == model && !model->relationships[j]->is_backref)
                code = aq__relationship_tie(model->relationships[j]);
    }
    return code;
}
