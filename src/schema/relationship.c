/* Relationships: which foreign key a member follows, in which direction, and which member of the other side is the same.
 *
 * The happy path: each declared relationship finds its target and exactly one foreign key (with a table between: two); what it says of
 * order and cascade is checked; then back_populates and backref tie the two sides.
 * The failure modes: no foreign key, several, one in the wrong direction; names that are not there. Each is a problem that names the
 * relationship, "Post.author"; the others go on. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "src/schema/models.h"

#define REFUSE(relationship, ...) \
    aq__problem_add(&(relationship)->model->registry->problems, (relationship)->source, __VA_ARGS__)

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
        return REFUSE(relationship,
                      "%s.%s: '%s' is in bind '%s' and '%s' in bind '%s': no foreign key can link them",
                      model->name, relationship->name, model->table->name, bind_name(model),
                      target->table->name, bind_name(target));
    if (relationship->declared->foreign_keys != NULL)
        return REFUSE(relationship, "%s.%s: .foreign_keys names no foreign key between '%s' and '%s'",
                      model->name, relationship->name, model->table->name, target->table->name);
    return REFUSE(relationship,
                  "%s.%s: no foreign key links '%s' and '%s': one of them needs a column with .references",
                  model->name, relationship->name, model->table->name, target->table->name);
}

static int refuse_several(const aq__relationship_t *relationship, const candidates_t *candidates)
{
    const char *which = describe(relationship->model->registry->arena, candidates);

    if (which == NULL)
        return AQ_ENOMEM;
    return REFUSE(relationship,
                  "%s.%s: several foreign keys link '%s' and '%s' (%s): .foreign_keys must say which",
                  relationship->model->name, relationship->name, relationship->model->table->name,
                  relationship->target->table->name, which);
}

static int set_pairs(aq_arena_t *arena, aq__pair_t **pairs, size_t *count, const aq__constraint_t *key,
                     bool forward)
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
        return REFUSE(relationship,
                      "%s.%s: the foreign key is in '%s' and refers to '%s', so this side has one: AQ_ONE",
                      model->name, relationship->name, model->table->name, target->table->name);
    if (chosen->count > 1)
        return refuse_several(relationship, chosen);
    if (forward && relationship->many)
        return REFUSE(relationship,
                      "%s.%s: .remote_side is what its foreign key refers to, so this side has one: AQ_ONE",
                      model->name, relationship->name);
    relationship->foreign_key = chosen->items[0];
    relationship->direction = forward ? AQ__MANY_TO_ONE : AQ__ONE_TO_MANY;
    return set_pairs(arena, &relationship->pairs, &relationship->pair_count, chosen->items[0], forward);
}

/* `names` is what .foreign_keys or .remote_side, the `option`, says. */
static int refuse_secondary(const aq__relationship_t *relationship, const aq__model_t *to,
                            const candidates_t *candidates, const char *option, const char *const *names)
{
    const char *which = describe(relationship->model->registry->arena, candidates);

    if (which == NULL)
        return AQ_ENOMEM;
    if (candidates->count == 0 && names != NULL)
        return REFUSE(relationship, "%s.%s: .%s names no foreign key from table '%s' to '%s'",
                      relationship->model->name, relationship->name, option, relationship->secondary->name,
                      to->table->name);
    if (candidates->count == 0)
        return REFUSE(relationship, "%s.%s: table '%s' has no foreign key to '%s'", relationship->model->name,
                      relationship->name, relationship->secondary->name, to->table->name);
    return REFUSE(
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
    if (set_pairs(arena, &relationship->pairs, &relationship->pair_count, near.items[0], false) != AQ_OK)
        return AQ_ENOMEM;
    return set_pairs(arena, &relationship->secondary_pairs, &relationship->secondary_pair_count, far.items[0],
                     true);
}

static int find_secondary(aq__relationship_t *relationship)
{
    const aq_table_t *declared = relationship->declared->secondary;
    const aq__model_registry_t *registry = relationship->model->registry;
    const char *schema = declared->schema != NULL ? declared->schema : registry->options.schema;

    relationship->secondary = aq__metadata_table(relationship->model->metadata, schema, declared->table);
    if (relationship->secondary != NULL)
        return AQ_OK;
    return REFUSE(relationship, "%s.%s: its .secondary is table '%s', which bind '%s' has not: was it added?",
                  relationship->model->name, relationship->name, declared->table,
                  bind_name(relationship->model));
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
    return REFUSE(relationship, "%s.%s: .remote_side begins with '%s', and its foreign key leads to %s.%s",
                  relationship->model->name, relationship->name, far[0] != NULL ? far[0] : "",
                  forward ? key->referred->name : key->table->name,
                  forward ? key->referred_columns[0]->name : key->columns[0]->name);
}

/* ---- Options ------------------------------------------------------------------------------------------------------------------------ */

static int set_cascade(aq__relationship_t *relationship)
{
    static const unsigned known = AQ_CASCADE_NONE | AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN;
    unsigned cascade = relationship->declared->cascade;

    if (relationship->declared->passive_deletes && relationship->direction == AQ__MANY_TO_ONE)
        return REFUSE(relationship, "%s.%s: .passive_deletes is for children, and this is many-to-one",
                      relationship->model->name, relationship->name);
    if ((cascade & ~known) != 0)
        return REFUSE(relationship, "%s.%s: .cascade has 0x%x, which is no aq_cascade_t",
                      relationship->model->name, relationship->name, cascade & ~known);
    if ((cascade & AQ_CASCADE_NONE) != 0 && cascade != AQ_CASCADE_NONE)
        return REFUSE(relationship, "%s.%s: .cascade is AQ_CASCADE_NONE and something else",
                      relationship->model->name, relationship->name);
    relationship->cascade =
        cascade == AQ_CASCADE_DEFAULT ? AQ_CASCADE_SAVE_UPDATE : cascade & ~(unsigned)AQ_CASCADE_NONE;
    if ((cascade & AQ_CASCADE_DELETE_ORPHAN) == 0)
        return AQ_OK;
    relationship->cascade |= AQ_CASCADE_DELETE;
    if (relationship->direction == AQ__ONE_TO_MANY || relationship->declared->single_parent)
        return AQ_OK;
    return REFUSE(relationship,
                  "%s.%s: AQ_CASCADE_DELETE_ORPHAN is for the one side of one-to-many, and this is %s: "
                  "others may refer to "
                  "the same object, unless .single_parent says no",
                  relationship->model->name, relationship->name,
                  relationship->direction == AQ__MANY_TO_ONE ? "many-to-one" : "many-to-many");
}

static int set_lazy(aq__relationship_t *relationship, aq_lazy_t lazy)
{
    relationship->lazy = lazy;
    if ((unsigned)lazy > AQ_LAZY_DYNAMIC)
        return REFUSE(relationship, "%s.%s: .lazy is %d, which is no aq_lazy_t", relationship->model->name,
                      relationship->name, (int)lazy);
    if (lazy == AQ_LAZY_DYNAMIC && !relationship->many)
        return REFUSE(relationship, "%s.%s: AQ_LAZY_DYNAMIC is for AQ_MANY", relationship->model->name,
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
    return REFUSE(relationship, "%s.%s: .order_by is '%s': '%s' is not understood", relationship->model->name,
                  relationship->name, relationship->declared->order_by, nulls);
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
    return REFUSE(relationship, "%s.%s: .order_by is '%s', and '%s' has no column '%s'",
                  relationship->model->name, relationship->name, relationship->declared->order_by,
                  target->name, name);
}

static int set_order(aq__relationship_t *relationship)
{
    const char *text = relationship->declared->order_by;
    aq_arena_t *arena = relationship->model->registry->arena;
    int code = AQ_OK;

    if (text != NULL && !relationship->many)
        return REFUSE(relationship, "%s.%s: .order_by is '%s', and this side has one",
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

static aq__relationship_t *add_relationship(aq__model_t *model, const aq__relationship_t *made)
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
        return REFUSE(relationship, "%s.%s: there is no model '%s': was it added?", relationship->model->name,
                      relationship->name, declared->target);
    if (relationship->target->declared->abstract)
        return REFUSE(relationship, "%s.%s: the model '%s' is abstract and has no rows",
                      relationship->model->name, relationship->name, declared->target);
    return AQ_OK;
}

/* Its code, or that of a problem that was found before. */
static int resolve(aq__relationship_t *relationship)
{
    const aq_relationship_t *declared = relationship->declared;
    int code = find_target(relationship);

    if (code != AQ_OK)
        return code;
    if (relationship->model->table == NULL || relationship->target->table == NULL)
        return AQ_EMAPPING; /* told when the model was added */
    if (declared->secondary != NULL && !declared->many)
        return REFUSE(relationship, "%s.%s: .secondary is table '%s', which is for AQ_MANY",
                      relationship->model->name, relationship->name, declared->secondary->table);
    if (declared->secondary != NULL)
        code = find_secondary(relationship);
    if (code == AQ_OK)
        code = declared->secondary != NULL ? choose_secondary(relationship) : choose_direct(relationship);
    if (code == AQ_OK)
        code = check_remote_side(relationship);
    if (code == AQ_OK)
        code = set_cascade(relationship);
    if (code == AQ_OK)
        code = set_lazy(relationship, declared->lazy);
    if (code == AQ_OK)
        code = set_order(relationship);
    relationship->resolved = code == AQ_OK;
    return code;
}

/* A member of this name, offset or both that something else is. */
static bool has_member(const aq__model_t *model, const char *name, size_t offset)
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
            code = REFUSE(&made, "%s: its relationships have %s.%s, of another struct", model->name,
                          declared->model, declared->name);
        else if (has_member(model, declared->name, declared->offset))
            code = REFUSE(&made, "%s.%s: it is declared already", model->name, declared->name);
        else if ((relationship = add_relationship(model, &made)) == NULL)
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

/* ---- The two sides ------------------------------------------------------------------------------------------------------------------------ */

static const char *direction_name(const aq__relationship_t *relationship)
{
    switch (relationship->direction) {
    case AQ__MANY_TO_ONE: return "many-to-one";
    case AQ__ONE_TO_MANY: return relationship->many ? "one-to-many" : "one-to-one";
    case AQ__MANY_TO_MANY: return "many-to-many";
    }
    return "";
}

static aq__direction_t opposite(aq__direction_t direction)
{
    return direction == AQ__MANY_TO_ONE   ? AQ__ONE_TO_MANY
           : direction == AQ__ONE_TO_MANY ? AQ__MANY_TO_ONE
                                          : AQ__MANY_TO_MANY;
}

static bool related(const aq__model_t *a, const aq__model_t *b)
{
    return aq__model_inherits(a, b) || aq__model_inherits(b, a);
}

static int tie(aq__relationship_t *relationship, aq__relationship_t *other)
{
    const char *model = relationship->model->name, *name = relationship->name;
    const char *back = other->is_backref ? NULL : other->declared->back_populates;
    const aq__constraint_t *key = relationship->secondary != NULL ? other->secondary_key : other->foreign_key;

    if (!related(other->target, relationship->model))
        return REFUSE(relationship, "%s.%s: .back_populates is %s.%s, which leads to '%s'", model, name,
                      other->model->name, other->name, other->target->name);
    if (back != NULL && strcmp(back, name) != 0)
        return REFUSE(relationship, "%s.%s: .back_populates is %s.%s, whose own is '%s'", model, name,
                      other->model->name, other->name, back);
    if (other->direction != opposite(relationship->direction))
        return REFUSE(relationship, "%s.%s: .back_populates is %s.%s, but the one is %s and the other %s",
                      model, name, other->model->name, other->name, direction_name(relationship),
                      direction_name(other));
    if (key != relationship->foreign_key)
        return REFUSE(relationship, "%s.%s: .back_populates is %s.%s, which follows another foreign key",
                      model, name, other->model->name, other->name);
    if (other->reverse != NULL && other->reverse != relationship)
        return REFUSE(relationship, "%s.%s: .back_populates is %s.%s, which is the other side of %s.%s",
                      model, name, other->model->name, other->name, other->reverse->model->name,
                      other->reverse->name);
    relationship->reverse = other;
    other->reverse = relationship;
    return AQ_OK;
}

static int tie_back_populates(aq__relationship_t *relationship)
{
    const char *back = relationship->declared->back_populates;
    aq__relationship_t *other = aq__model_relationship(relationship->target, back);

    if (other == NULL)
        return REFUSE(relationship, "%s.%s: .back_populates is '%s', and '%s' has no such relationship",
                      relationship->model->name, relationship->name, back, relationship->target->name);
    if (other == relationship)
        return REFUSE(relationship, "%s.%s: .back_populates is '%s', itself", relationship->model->name,
                      relationship->name, back);
    return other->resolved && relationship->resolved ? tie(relationship, other) : AQ_OK;
}

/* Adds it to all models that inherit, too. */
static int share_with_children(aq__relationship_t *relationship)
{
    aq__model_registry_t *registry = relationship->model->registry;

    for (size_t i = 0; i < registry->model_count; i++) {
        aq__model_t *child = registry->models[i];
        aq__relationship_t **relationships;

        if (child == relationship->model || child->declared->abstract ||
            !aq__model_inherits(child, relationship->model))
            continue;
        relationships = aq__grow(registry->arena, child->relationships, child->relationship_count,
                                 sizeof(*relationships));
        if (relationships == NULL)
            return AQ_ENOMEM;
        relationships[child->relationship_count++] = relationship;
        child->relationships = relationships;
    }
    return AQ_OK;
}

/* Who has a relationship of this name already, the model or one that inherits from it. */
static const aq__relationship_t *namesake(const aq__model_t *model, const char *name)
{
    const aq__model_registry_t *registry = model->registry;

    for (size_t i = 0; i < registry->model_count; i++)
        if (aq__model_inherits(registry->models[i], model) &&
            aq__model_relationship(registry->models[i], name) != NULL)
            return aq__model_relationship(registry->models[i], name);
    return NULL;
}

static int check_backref(const aq__relationship_t *relationship)
{
    const aq_backref_t *backref = relationship->declared->backref;
    const char *model = relationship->model->name, *name = relationship->name;
    const aq__model_t *target = relationship->target;
    const aq__relationship_t *other = namesake(target, backref->name);

    if (strcmp(backref->model, relationship->declared->target) != 0)
        return REFUSE(relationship, "%s.%s: .backref is %s.%s, of another struct than '%s'", model, name,
                      backref->model, backref->name, relationship->declared->target);
    if (backref->target != NULL && strcmp(backref->target, relationship->declared->model) != 0)
        return REFUSE(relationship, "%s.%s: .backref is %s.%s, which is for objects of '%s'", model, name,
                      backref->model, backref->name, backref->target);
    if (other != NULL && other->is_backref)
        return REFUSE(relationship, "%s.%s: .backref is '%s', which is that of %s.%s", model, name,
                      backref->name, other->reverse->model->name, other->reverse->name);
    if (other != NULL || aq__model_attribute(target, backref->name) != NULL)
        return REFUSE(relationship, "%s.%s: .backref is '%s', and '%s' declares that member itself", model,
                      name, backref->name, other != NULL ? other->model->name : target->name);
    if (has_member(target, backref->name, backref->offset))
        return REFUSE(relationship, "%s.%s: .backref is '%s', and '%s' has another member there", model, name,
                      backref->name, target->name);
    return AQ_OK;
}

/* The columns of its joins: those of the other side, seen from there. */
static int set_backref_pairs(aq__relationship_t *backref, const aq__relationship_t *other)
{
    aq_arena_t *arena = backref->model->registry->arena;

    if (backref->secondary != NULL) {
        backref->foreign_key = other->secondary_key;
        backref->secondary_key = other->foreign_key;
        if (set_pairs(arena, &backref->secondary_pairs, &backref->secondary_pair_count,
                      backref->secondary_key, true) != AQ_OK)
            return AQ_ENOMEM;
    }
    return set_pairs(arena, &backref->pairs, &backref->pair_count, backref->foreign_key,
                     backref->direction == AQ__MANY_TO_ONE);
}

/* The other side, which is not in any list yet. */
static aq__relationship_t turned_round(aq__relationship_t *relationship)
{
    const aq_backref_t *backref = relationship->declared->backref;

    return (aq__relationship_t){.declared = relationship->declared,
                                .name = backref->name,
                                .model = relationship->target,
                                .target = relationship->model,
                                .offset = backref->offset,
                                .many = backref->many,
                                .direction = opposite(relationship->direction),
                                .foreign_key = relationship->foreign_key,
                                .secondary = relationship->secondary,
                                .reverse = relationship,
                                .cascade = AQ_CASCADE_SAVE_UPDATE,
                                .is_backref = true,
                                .resolved = true,
                                .source = relationship->source};
}

static int make_backref(aq__relationship_t *relationship)
{
    aq__relationship_t made = turned_round(relationship);
    int code = check_backref(relationship);

    if (code != AQ_OK)
        return code;
    if ((made.direction == AQ__MANY_TO_ONE && made.many) ||
        (made.direction == AQ__MANY_TO_MANY && !made.many))
        return REFUSE(relationship, "%s.%s: .backref is %s.%s, which is %s and so must be %s",
                      relationship->model->name, relationship->name, made.model->name, made.name,
                      direction_name(&made), made.many ? "a pointer" : "aq_many_t");
    code = set_backref_pairs(&made, relationship);
    if (code == AQ_OK)
        code = set_lazy(&made, relationship->declared->backref->lazy);
    if (code != AQ_OK)
        return code;
    relationship->reverse = add_relationship(made.model, &made);
    return relationship->reverse != NULL ? share_with_children(relationship->reverse) : AQ_ENOMEM;
}

static int tie_sides(aq__relationship_t *relationship)
{
    const aq_relationship_t *declared = relationship->declared;

    if (declared->back_populates != NULL && declared->backref != NULL)
        return REFUSE(relationship, "%s.%s: it has both .back_populates and .backref",
                      relationship->model->name, relationship->name);
    if (declared->back_populates != NULL && relationship->target != NULL)
        return tie_back_populates(relationship);
    if (declared->backref != NULL && relationship->resolved)
        return make_backref(relationship);
    return AQ_OK;
}

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
                code = tie_sides(model->relationships[j]);
    }
    return code;
}
