/* Writing relationships: AQ_ONE(Post, author, User, .back_populates = "posts"). */
#include "src/tool/writer.h"

/* Rows that go with this one are deleted by the server. */
static void add_cascade(aq__plan_t *plan, aq__node_t *call, const aq__link_t *link)
{
    if (link->forward || link->key->on_delete != AQ_CASCADE)
        return;
    if (link->secondary == NULL)
        aq__option(plan, call, "cascade", "AQ_CASCADE_ALL");
    aq__option(plan, call, "passive_deletes", "true");
}

/* Which of the tables' columns are far where a table refers to itself. */
static void add_side(aq__plan_t *plan, aq__node_t *call, const aq__link_t *link)
{
    const aq__constraint_t *key = link->key;

    if (link->says_side)
        aq__option_columns(plan, call, "remote_side", link->forward ? key->referred_columns : key->columns,
                           key->column_count);
}

static void add_relationship(aq__plan_t *plan, aq__node_t *list, const aq__link_t *link)
{
    aq__node_t *call = aq__node_add(&plan->maker, list, AQ__CALL, NULL, link->many ? "AQ_MANY" : "AQ_ONE");

    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL, link->from->struct_name);
    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL, link->name);
    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL, link->to->struct_name);
    if (link->secondary != NULL)
        aq__option(plan, call, "secondary", aq__make(&plan->maker, "&%s_table", link->secondary->prefix));
    if (link->back != NULL)
        aq__option_string(plan, call, "back_populates", link->back->name);
    if (link->says_key)
        aq__option_columns(plan, call, "foreign_keys", link->key->columns, link->key->column_count);
    add_side(plan, call, link);
    add_cascade(plan, call, link);
}

void aq__write_relationships(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity)
{
    aq__node_t *list = aq__node(&plan->maker, AQ__BRACES, NULL, NULL);

    for (const aq__link_t *link = entity->links; link != NULL; link = link->next)
        add_relationship(plan, list, link);
    if (entity->links != NULL)
        aq__layout_append_list(
            header,
            aq__make(&plan->maker, "static const aq_relationship_t %s_relationships[] = ", entity->prefix),
            list);
}
