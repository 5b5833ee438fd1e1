/* Joins: which foreign key a relationship follows, and in which direction.
 *
 * The happy path: exactly one foreign key links the two tables (with a table between, one on either side of it), or .foreign_keys says
 * which of them it is.
 * The failure modes: none, several, one in the wrong direction. Each is a problem that names the relationship, "Post.author". */
#include <string.h>

#include "src/schema/relationship.h"

/* The foreign keys that could be meant. */
typedef struct candidates {
    aq__constraint_t **items;
    size_t count;
} candidates_t;

/* ---- Candidates ------------------------------------------------------------------------------------------------------------- */

/* Whether the table holds (a part of) the model's rows. */
static bool is_table_of(const aq__table_t *table, const aq__model_t *model)
{
    for (; model != NULL; model = model->base)
        if (model->table == table)
            return true;
    return false;
}

/* Whether they have a base in common, and so rows in one table. */
static bool are_kin(const aq__model_t *a, const aq__model_t *b)
{
    while (a->base != NULL)
        a = a->base;
    while (b->base != NULL)
        b = b->base;
    return a == b;
}

/* The key of joined inheritance, by which a row's parts are found: no relationship between objects. */
static bool is_inheritance(const aq__constraint_t *constraint)
{
    const aq__table_t *table = constraint->table;
    const aq__constraint_t *key = table->primary_key, *referred_key = constraint->referred->primary_key;

    if (key == NULL || referred_key == NULL || key->column_count != constraint->column_count ||
        referred_key->column_count != constraint->column_count || table == constraint->referred)
        return false;
    for (size_t i = 0; i < constraint->column_count; i++)
        if (!aq__constraint_has_column(key, constraint->columns[i]) ||
            !aq__constraint_has_column(referred_key, constraint->referred_columns[i]))
            return false;
    return true;
}

/* The foreign keys of the table that refer to the model's rows. `kin`: the table holds a kin of the model's. */
static int add_candidates(aq_arena_t *arena, candidates_t *candidates, const aq__table_t *table,
                          const aq__model_t *model, bool kin)
{
    for (size_t i = 0; i < table->constraint_count; i++) {
        aq__constraint_t *constraint = table->constraints[i], **items;

        if (constraint->kind != AQ_CONSTRAINT_FOREIGN_KEY || constraint->referred == NULL ||
            !is_table_of(constraint->referred, model) || (kin && is_inheritance(constraint)))
            continue;
        items = aq__grow(arena, candidates->items, candidates->count, sizeof(*items));
        if (items == NULL)
            return AQ_ENOMEM;
        items[candidates->count++] = constraint;
        candidates->items = items;
    }
    return AQ_OK;
}

static int add_candidates_of(aq_arena_t *arena, candidates_t *candidates, const aq__model_t *from,
                             const aq__model_t *to)
{
    bool kin = are_kin(from, to);
    int code = AQ_OK;

    for (const aq__model_t *model = from; model != NULL && code == AQ_OK; model = model->base)
        if (model->inheritance != AQ__INHERITS_SINGLE && model->table != NULL)
            code = add_candidates(arena, candidates, model->table, to, kin);
    return code;
}

static size_t name_count(const char *const *names)
{
    size_t count = 0;

    while (names != NULL && names[count] != NULL)
        count++;
    return count;
}

/* Whether the list names exactly these columns, as `model` calls them. */
static bool names_columns(const char *const *names, aq__column_t *const *columns, size_t count,
                          const aq__model_t *model)
{
    if (name_count(names) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool named = false;

        for (size_t j = 0; j < count; j++)
            named = named || aq__find_column(model, columns[i]->table, names[j]) == columns[i];
        if (!named)
            return false;
    }
    return true;
}

/* Keeps those whose own columns are named. */
static void keep_named(candidates_t *candidates, const char *const *names, const aq__model_t *model)
{
    size_t kept = 0;

    for (size_t i = 0; i < candidates->count && names != NULL; i++)
        if (names_columns(names, candidates->items[i]->columns, candidates->items[i]->column_count, model))
            candidates->items[kept++] = candidates->items[i];
    if (names != NULL)
        candidates->count = kept;
}

/* "author_id, editor_id": which they are. */
static const char *describe(aq_arena_t *arena, const candidates_t *candidates)
{
    aq_text_t text = {0};
    const char *copy;

    for (size_t i = 0; i < candidates->count; i++)
        for (size_t j = 0; j < candidates->items[i]->column_count; j++)
            aq_text_appendf(&text, "%s%s",
                            j > 0   ? " and "
                            : i > 0 ? ", "
                                    : "",
                            candidates->items[i]->columns[j]->name);
    copy = text.failed ? NULL : aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return copy;
}

/* ---- Choosing the foreign key ----------------------------------------------------------------------------------------------------- */

static const char *bind_name(const aq__model_t *model)
{
    return model->metadata->bind != NULL ? model->metadata->bind : "default";
}

static int refuse_none(const aq__relationship_t *relationship)
{
    const aq__model_t *model = relationship->model, *target = relationship->target;

    if (model->metadata != target->metadata)
        return AQ__REFUSE(relationship,
                          "%s.%s: '%s' is in bind '%s' and '%s' in bind '%s': no foreign key can link them",
                          model->name, relationship->name, model->table->name, bind_name(model),
                          target->table->name, bind_name(target));
    if (relationship->declared->foreign_keys != NULL)
        return AQ__REFUSE(relationship, "%s.%s: .foreign_keys names no foreign key between '%s' and '%s'",
                          model->name, relationship->name, model->table->name, target->table->name);
    return AQ__REFUSE(
        relationship,
        "%s.%s: no foreign key links '%s' and '%s': one of them needs a column with .references", model->name,
        relationship->name, model->table->name, target->table->name);
}

static int refuse_several(const aq__relationship_t *relationship, const candidates_t *candidates)
{
    const char *which = describe(relationship->model->registry->arena, candidates);

    if (which == NULL)
        return AQ_ENOMEM;
    return AQ__REFUSE(relationship,
                      "%s.%s: several foreign keys link '%s' and '%s' (%s): .foreign_keys must say which",
                      relationship->model->name, relationship->name, relationship->model->table->name,
                      relationship->target->table->name, which);
}

int aq__relationship_set_pairs(aq_arena_t *arena, aq__pair_t **pairs, size_t *count,
                               const aq__constraint_t *key, bool forward)
{
    *pairs = aq_arena_alloc(arena, key->column_count * sizeof(**pairs));
    if (*pairs == NULL)
        return AQ_ENOMEM;
    *count = key->column_count;
    for (size_t i = 0; i < key->column_count; i++)
        (*pairs)[i] = forward ? (aq__pair_t){key->columns[i], key->referred_columns[i]}
                              : (aq__pair_t){key->referred_columns[i], key->columns[i]};
    return AQ_OK;
}

/* Whether a relationship between rows of one table leads to the row that is referred to. */
static bool leads_forward(const aq__relationship_t *relationship, const aq__constraint_t *key)
{
    const char *const *far = relationship->declared->remote_side;

    if (far == NULL)
        return !relationship->many;
    return names_columns(far, key->referred_columns, key->column_count, relationship->target);
}

/* Without a table between. */
static int choose_direct(aq__relationship_t *relationship)
{
    const aq__model_t *model = relationship->model, *target = relationship->target;
    aq_arena_t *arena = model->registry->arena;
    bool kin = are_kin(model, target), forward;
    candidates_t ours = {0}, theirs = {0}, *chosen;

    if (add_candidates_of(arena, &ours, model, target) != AQ_OK ||
        add_candidates_of(arena, &theirs, target, model) != AQ_OK)
        return AQ_ENOMEM;
    keep_named(&ours, relationship->declared->foreign_keys, model);
    keep_named(&theirs, relationship->declared->foreign_keys, target);
    if (ours.count + theirs.count == 0)
        return refuse_none(relationship);
    forward = kin ? ours.count > 0 && leads_forward(relationship, ours.items[0])
                  : !relationship->many && ours.count > 0;
    chosen = forward ? &ours : &theirs;
    if (chosen->count == 0)
        return AQ__REFUSE(
            relationship,
            "%s.%s: the foreign key is in '%s' and refers to '%s', so this side has one: AQ_ONE", model->name,
            relationship->name, model->table->name, target->table->name);
    if (chosen->count > 1)
        return refuse_several(relationship, chosen);
    if (forward && relationship->many)
        return AQ__REFUSE(
            relationship,
            "%s.%s: .remote_side is what its foreign key refers to, so this side has one: AQ_ONE",
            model->name, relationship->name);
    relationship->foreign_key = chosen->items[0];
    relationship->direction = forward ? AQ__MANY_TO_ONE : AQ__ONE_TO_MANY;
    return aq__relationship_set_pairs(arena, &relationship->pairs, &relationship->pair_count,
                                      chosen->items[0], forward);
}

/* `names` is what .foreign_keys or .remote_side, the `option`, says. */
static int refuse_secondary(const aq__relationship_t *relationship, const aq__model_t *to,
                            const candidates_t *candidates, const char *option, const char *const *names)
{
    const char *which = describe(relationship->model->registry->arena, candidates);

    if (which == NULL)
        return AQ_ENOMEM;
    if (candidates->count == 0 && names != NULL)
        return AQ__REFUSE(relationship, "%s.%s: .%s names no foreign key from table '%s' to '%s'",
                          relationship->model->name, relationship->name, option,
                          relationship->secondary->name, to->table->name);
    if (candidates->count == 0)
        return AQ__REFUSE(relationship, "%s.%s: table '%s' has no foreign key to '%s'",
                          relationship->model->name, relationship->name, relationship->secondary->name,
                          to->table->name);
    return AQ__REFUSE(
        relationship,
        "%s.%s: table '%s' has several foreign keys to '%s' (%s): .foreign_keys must say which is for this "
        "side, and .remote_side which for the other",
        relationship->model->name, relationship->name, relationship->secondary->name, to->table->name, which);
}

/* Through a table between. */
static int choose_secondary(aq__relationship_t *relationship)
{
    const aq_relationship_t *declared = relationship->declared;
    aq_arena_t *arena = relationship->model->registry->arena;
    candidates_t near = {0}, far = {0};
    size_t kept = 0;

    if (add_candidates(arena, &near, relationship->secondary, relationship->model, false) != AQ_OK ||
        add_candidates(arena, &far, relationship->secondary, relationship->target, false) != AQ_OK)
        return AQ_ENOMEM;
    keep_named(&near, declared->foreign_keys, NULL);
    if (near.count != 1)
        return refuse_secondary(relationship, relationship->model, &near, "foreign_keys",
                                declared->foreign_keys);
    for (size_t i = 0; i < far.count; i++)
        if (far.items[i] != near.items[0])
            far.items[kept++] = far.items[i];
    far.count = kept;
    keep_named(&far, declared->remote_side, NULL);
    if (far.count != 1)
        return refuse_secondary(relationship, relationship->target, &far, "remote_side",
                                declared->remote_side);
    relationship->direction = AQ__MANY_TO_MANY;
    relationship->foreign_key = near.items[0];
    relationship->secondary_key = far.items[0];
    if (aq__relationship_set_pairs(arena, &relationship->pairs, &relationship->pair_count, near.items[0],
                                   false) != AQ_OK)
        return AQ_ENOMEM;
    return aq__relationship_set_pairs(arena, &relationship->secondary_pairs,
                                      &relationship->secondary_pair_count, far.items[0], true);
}

static int find_secondary(aq__relationship_t *relationship)
{
    const aq_table_t *declared = relationship->declared->secondary;
    const aq__model_registry_t *registry = relationship->model->registry;
    const char *schema = declared->schema != NULL ? declared->schema : registry->options.schema;
    const char *name = aq__table_name_of(declared);

    relationship->secondary = aq__metadata_table(relationship->model->metadata, schema, name);
    if (relationship->secondary != NULL)
        return AQ_OK;
    return AQ__REFUSE(relationship,
                      "%s.%s: its .secondary is table '%s', which bind '%s' has not: was it added?",
                      relationship->model->name, relationship->name, name, bind_name(relationship->model));
}

/* What .remote_side names must be what was found. (Where a table is between, it chose.) */
static int check_remote_side(const aq__relationship_t *relationship)
{
    const char *const *far = relationship->declared->remote_side;
    const aq__constraint_t *key = relationship->foreign_key;
    bool forward = relationship->direction == AQ__MANY_TO_ONE;

    if (far == NULL || relationship->secondary != NULL ||
        names_columns(far, forward ? key->referred_columns : key->columns, key->column_count,
                      relationship->target))
        return AQ_OK;
    return AQ__REFUSE(relationship,
                      "%s.%s: .remote_side begins with '%s', and its foreign key leads to %s.%s",
                      relationship->model->name, relationship->name, far[0] != NULL ? far[0] : "",
                      forward ? key->referred->name : key->table->name,
                      forward ? key->referred_columns[0]->name : key->columns[0]->name);
}

int aq__relationship_join(aq__relationship_t *relationship)
{
    const aq_relationship_t *declared = relationship->declared;
    int code = AQ_OK;

    if (declared->secondary != NULL && !declared->many)
        return AQ__REFUSE(relationship, "%s.%s: .secondary is table '%s', which is for AQ_MANY",
                          relationship->model->name, relationship->name,
                          aq__table_name_of(declared->secondary));
    if (declared->secondary != NULL)
        code = find_secondary(relationship);
    if (code == AQ_OK)
        code = declared->secondary != NULL ? choose_secondary(relationship) : choose_direct(relationship);
    return code == AQ_OK ? check_remote_side(relationship) : code;
}
