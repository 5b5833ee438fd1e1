/* Planning a header: relationships, both sides of each foreign key between two models, and through tables between them.
 *
 * The happy path: post.author_id gives Post.author, and User.posts back. A key that is unique leads to one on both sides; a table that
 * refers to itself by parent_id has a parent and children; where several keys lead to the same table, the way back has the role in front:
 * sender_messages. A table between two models, post_tags, gives Post.tags and Tag.posts.
 * The failure modes: a name that is taken already gets another one; two foreign keys on the same columns cannot be told apart, so that no
 * relationship can follow them, which limits.c tells. */
#include <string.h>

#include "src/tool/plan.h"

/* ---- Foreign keys ---------------------------------------------------------------------------------------------------------- */

static bool is_foreign_key(const aq__constraint_t *constraint)
{
    return constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY && !aq__constraint_is_left_out(constraint);
}

static bool refers_to(const aq__constraint_t *constraint, const aq__table_t *table)
{
    return is_foreign_key(constraint) && constraint->referred == table;
}

static size_t count_keys(const aq__table_t *from, const aq__table_t *to)
{
    size_t count = 0;

    for (size_t i = 0; i < from->constraint_count; i++)
        count += refers_to(from->constraints[i], to);
    return count;
}

static bool same_columns(const aq__constraint_t *a, const aq__constraint_t *b)
{
    if (a->column_count != b->column_count)
        return false;
    for (size_t i = 0; i < a->column_count; i++)
        if (!aq__constraint_has_column(b, a->columns[i]))
            return false;
    return true;
}

/* The first other one from the same columns to the same table: .foreign_keys could not say which. */
const aq__constraint_t *aq__twin_key(const aq__constraint_t *key)
{
    for (size_t i = 0; i < key->table->constraint_count && is_foreign_key(key); i++) {
        const aq__constraint_t *other = key->table->constraints[i];

        if (other != key && refers_to(other, key->referred) && same_columns(other, key))
            return other;
    }
    return NULL;
}

/* To the same columns of the same table: each row refers to itself, which is no relationship. In another order (x, y as y, x) either side could
 * be meant. */
static bool is_circle(const aq__constraint_t *key)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (!aq__constraint_has_column(key, key->referred_columns[i]))
            return false;
    return true;
}

/* The next foreign key of a table by the place of its first column, behind `last`; NULL: no more. */
static const aq__constraint_t *next_key(const aq__table_t *table, const aq__constraint_t *last)
{
    const aq__constraint_t *next = NULL;
    bool passed = last == NULL;

    for (size_t i = 0; i < table->constraint_count; i++) {
        const aq__constraint_t *key = table->constraints[i];
        size_t place = is_foreign_key(key) ? key->columns[0]->position : 0;

        if (!is_foreign_key(key))
            continue;
        if (last != NULL && key != last &&
            (place < last->columns[0]->position || (place == last->columns[0]->position && !passed)))
            continue;
        if (key == last)
            passed = true;
        else if (next == NULL || place < next->columns[0]->position)
            next = key;
    }
    return next;
}

/* ---- Roles ------------------------------------------------------------------------------------------------------------------- */

static bool ends_in(const char *word, const char *end)
{
    size_t length = strlen(word), size = strlen(end);

    return length > size && strcmp(word + length - size, end) == 0;
}

static const char *without(aq__maker_t *maker, const char *words, const char *end)
{
    return aq__make(maker, "%.*s", (int)(strlen(words) - strlen(end)), words);
}

/* What a column says of the row that it refers to: author of "author_id", "authorId", "author_email" (which refers to "email"), "id_author".
 * The words of the column themselves: nothing. */
static const char *role_of_column(aq__plan_t *plan, const aq__column_t *column, const aq__column_t *referred)
{
    static const char *const ends[] = {"_id", "_uuid", "_fk", "_ref", "_key", "_code", "_no"};
    aq__maker_t *maker = &plan->maker;
    const char *words = aq__c_words(maker, column->name);
    const char *own = aq__make(maker, "_%s", aq__c_words(maker, referred->name));

    for (size_t i = 0; i < AQ__COUNT_OF(ends); i++)
        if (ends_in(words, ends[i]))
            return without(maker, words, ends[i]);
    if (ends_in(words, own))
        return without(maker, words, own);
    if (strncmp(words, "id_", 3) == 0 && words[3] != '\0')
        return words + 3;
    return words;
}

/* Of a compound key that of its first column; the other table itself where only this key leads there. */
static const char *role_of(aq__plan_t *plan, const aq__constraint_t *key)
{
    const aq__entity_t *to = aq__plan_entity(plan, key->referred);
    const char *role = role_of_column(plan, key->columns[0], key->referred_columns[0]);

    if (key->column_count > 1 && count_keys(key->table, key->referred) == 1)
        return to->one;
    if (strcmp(role, aq__c_words(&plan->maker, key->referred_columns[0]->name)) == 0)
        return to->one; /* "id", which refers to "id" */
    if (role[0] == '\0')
        return to->one; /* "_", which has no words */
    return role;
}

/* ---- Names ----------------------------------------------------------------------------------------------------------------------- */

/* The first of these that is free; else the last, with a number. */
static const char *choose(aq__plan_t *plan, aq__entity_t *entity, const char *const *names, size_t count)
{
    const char *name = "";

    for (size_t i = 0; i < count; i++) {
        name = aq__c_identifier(&plan->maker, names[i]);
        if (aq__c_name_take(&entity->names, name))
            return name;
    }
    return aq__c_name_unique(&entity->names, name);
}

/* "owner" itself is the column: owner_user; of "country": country_row. */
static const char *name_forward(aq__plan_t *plan, const aq__link_t *link)
{
    const char *role = role_of(plan, link->key), *one = link->to->one;
    bool repeats = strcmp(role, one) == 0 || ends_in(role, aq__make(&plan->maker, "_%s", one));
    const char *names[] = {role, repeats ? aq__make(&plan->maker, "%s_row", role)
                                         : aq__make(&plan->maker, "%s_%s", role, one)};

    return choose(plan, link->from, names, AQ__COUNT_OF(names));
}

/* What follows the name of the other table: items of order_items, for orders. */
static const char *without_owner(const char *words, const char *owner)
{
    size_t length = strlen(owner);

    return strncmp(words, owner, length) == 0 && words[length] == '_' && words[length + 1] != '\0'
               ? words + length + 1
               : words;
}

static const char *name_back(aq__plan_t *plan, const aq__link_t *link)
{
    const char *role = role_of(plan, link->key);
    const char *words = link->many ? link->to->many : link->to->one;
    const char *name = without_owner(words, link->from->one);
    bool itself = link->from == link->to;
    const char *names[5];
    size_t count = 0;

    if (itself && strcmp(role, "parent") == 0)
        names[count++] = link->many ? "children" : "child";
    else if (itself && !link->many)
        names[count++] = aq__make(&plan->maker, "%s_of", role);
    else if (count_keys(link->key->table, link->key->referred) == 1 || strcmp(role, link->from->one) == 0)
        names[count++] = name;
    names[count++] = aq__make(&plan->maker, "%s_%s", role, name);
    names[count++] = aq__make(&plan->maker, "%s_%s", role, words);
    return choose(plan, link->from, names, count);
}

/* "followed" and "following" are many already. */
static const char *many_of_role(aq__plan_t *plan, const char *role)
{
    return ends_in(role, "ed") || ends_in(role, "ing") ? role : aq__c_many(&plan->maker, role);
}

static const char *name_across(aq__plan_t *plan, const aq__link_t *link)
{
    const char *role = many_of_role(plan, role_of(plan, link->far_key));
    const char *table = aq__c_words(&plan->maker, link->secondary->table->name);
    const char *names[] = {link->from == link->to ? role : link->to->many,
                           link->from == link->to ? link->to->many : role,
                           aq__make(&plan->maker, "%s_by_%s", link->to->many, table)};

    return choose(plan, link->from, names, AQ__COUNT_OF(names));
}

/* ---- Links --------------------------------------------------------------------------------------------------------------------------- */

static aq__link_t *add_link(aq__plan_t *plan, const aq__link_t *made)
{
    aq__link_t *link = aq_arena_dup(plan->maker.arena, made, sizeof(*made));

    if (link == NULL) {
        plan->maker.failed = true;
        return NULL;
    }
    if (link->from->last_link != NULL)
        link->from->last_link->next = link;
    else
        link->from->links = link;
    link->from->last_link = link;
    return link;
}

/* Ties both and looks whether other structs stand before. */
static void tie(aq__link_t *link, aq__link_t *back)
{
    if (link == NULL || back == NULL)
        return;
    link->back = back;
    back->back = link;
}

/* A member that is a pointer needs the struct's name before. */
static void look_ahead(const aq__link_t *link)
{
    if (!link->many && link->to->table->position >= link->from->table->position)
        link->to->is_ahead = true;
}

/* Whether the other table has a foreign key back, from columns with the same names. */
static bool is_mirrored(const aq__plan_t *plan, const aq__constraint_t *key)
{
    for (size_t i = 0; i < key->referred->constraint_count; i++) {
        const aq__constraint_t *other = key->referred->constraints[i];
        bool same = refers_to(other, key->table) && other->column_count == key->column_count;

        for (size_t j = 0; same && j < key->column_count; j++)
            same =
                strcmp(aq__plan_member(plan, other->columns[j]), aq__plan_member(plan, key->columns[j])) == 0;
        if (same && key->table != key->referred)
            return true;
    }
    return false;
}

static void plan_forward(aq__plan_t *plan, aq__entity_t *entity, const aq__constraint_t *key)
{
    aq__link_t link = {.from = entity,
                       .to = aq__plan_entity(plan, key->referred),
                       .forward = true,
                       .key = key,
                       .says_key = count_keys(key->table, key->referred) > 1,
                       .says_side = key->table == key->referred};

    if (!link.to->is_model || aq__twin_key(key) != NULL || is_circle(key))
        return;
    link.name = name_forward(plan, &link);
    look_ahead(&link);
    (void)add_link(plan, &link);
}

static void plan_back(aq__plan_t *plan, aq__link_t *forward)
{
    const aq__constraint_t *key = forward->key;
    bool unique = aq__columns_are_unique(key->table, key->columns, key->column_count);
    bool itself = key->table == key->referred;
    aq__link_t link = {.from = forward->to, .to = forward->from, .key = key};

    link.many = !unique || is_mirrored(plan, key);
    link.says_key = count_keys(key->table, key->referred) > 1 ||
                    (!link.many && !itself && count_keys(key->referred, key->table) > 0);
    link.says_side = itself && !link.many;
    link.name = name_back(plan, &link);
    look_ahead(&link);
    tie(forward, add_link(plan, &link));
}

/* Both sides of a table between. */
static void plan_across(aq__plan_t *plan, aq__entity_t *secondary)
{
    const aq__constraint_t *first = next_key(secondary->table, NULL);
    const aq__constraint_t *second = next_key(secondary->table, first);
    aq__link_t link = {.many = true, .secondary = secondary, .key = first, .far_key = second}, other = link;
    aq__link_t *far;

    link.from = other.to = aq__plan_entity(plan, first->referred);
    link.to = other.from = aq__plan_entity(plan, second->referred);
    other.key = second;
    other.far_key = first;
    link.says_key = other.says_key = link.from == link.to;
    link.name = name_across(plan, &link);
    other.name = name_across(plan, &other);
    far = add_link(plan, &other); /* first, whatever order a compiler gives to arguments */
    tie(add_link(plan, &link), far);
}

/* Those that lead to one name themselves after their columns, so they choose first. */
void aq__plan_relationships(aq__plan_t *plan)
{
    size_t count = plan->metadata->table_count;

    for (size_t i = 0; i < count; i++) {
        const aq__constraint_t *key = NULL;

        while (plan->entities[i].is_model && (key = next_key(plan->entities[i].table, key)) != NULL)
            plan_forward(plan, &plan->entities[i], key);
    }
    for (size_t i = 0; i < count && !plan->maker.failed; i++)
        for (aq__link_t *link = plan->entities[i].links; link != NULL && !plan->maker.failed;
             link = link->next)
            if (link->forward)
                plan_back(plan, link);
    for (size_t i = 0; i < count && !plan->maker.failed; i++)
        if (plan->entities[i].is_link)
            plan_across(plan, &plan->entities[i]);
}
