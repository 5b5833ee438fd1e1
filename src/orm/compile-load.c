/* Which objects come with a query's own, in its statement or after it, and which columns of the result they are made of.
 *
 * The happy path: the options of the query, else what the relationship says, decide; joined relations are followed further. A relation that is on the way already is not followed again, and what a relationship says by
 * itself never leads back to a model that is on the way: so it ends. */
#include "src/orm/compile.h"
#include "src/orm/session.h"

/* ---- How ------------------------------------------------------------------------------------------------------------------------------ */

static const aq__query_option_t *find_option(const aq_query_t *options, const aq__relation_t *relation)
{
    for (size_t i = options != NULL ? options->option_count : 0; i > 0; i--) {
        const aq__query_option_t *option = &options->options[i - 1];

        if (option->offset == relation->offset && aq__mapper_is_a(relation->mapper, option->mapper))
            return option;
    }
    return NULL;
}

static bool is_on(const aq__path_t *path, const aq__relation_t *relation)
{
    for (; path != NULL; path = path->up)
        if (path->relation->relationship == relation->relationship)
            return true;
    return false;
}

static bool leads_back(const aq__path_t *path, const aq__relation_t *relation)
{
    const aq__mapper_t *root = relation->target->root;

    for (; path != NULL; path = path->up)
        if (path->relation->mapper->root == root)
            return true;
    return relation->mapper->root == root;
}

aq_lazy_t aq__relation_lazy(const aq_query_t *options, const aq__relation_t *relation, const aq__path_t *path,
                            bool *inner)
{
    const aq__query_option_t *option = find_option(options, relation);

    *inner = option != NULL && option->inner;
    if (option != NULL)
        return is_on(path, relation) ? AQ_LAZY_DEFAULT : option->lazy;
    return leads_back(path, relation) ? AQ_LAZY_DEFAULT : relation->lazy;
}

/* ---- Which -------------------------------------------------------------------------------------------------------------------------------- */

/* Room for one more; the arrays double. */
static void *grow(aq__writer_t *writer, void *items, size_t count, size_t size)
{
    void *grown;

    if (count != 0 && (count & (count - 1)) != 0)
        return items;
    grown = aq__writer_alloc(writer, count != 0 ? count * 2 : 1, size);
    if (grown != NULL && count != 0)
        memcpy(grown, items, count * size);
    return grown != NULL ? grown : items;
}

static int *no_columns(aq__writer_t *writer, size_t count)
{
    int *columns = aq__writer_alloc(writer, count, sizeof(*columns));

    for (size_t i = 0; columns != NULL && i < count; i++)
        columns[i] = -1;
    return columns;
}

static size_t most_fields(const aq__mapper_t *mapper)
{
    size_t most = mapper->field_count;

    for (size_t i = 0; i < mapper->child_count; i++)
        if (mapper->children[i]->field_count > most)
            most = mapper->children[i]->field_count;
    return most;
}

static bool add_shape(aq__loader_t *loader, const aq__mapper_t *mapper, aq__use_t *use)
{
    aq__writer_t *writer = loader->writer;
    aq__compiled_t *compiled = loader->compiled;
    size_t count = compiled->shape_count;
    aq__row_shape_t *shape;

    compiled->shapes = grow(writer, compiled->shapes, count, sizeof(*compiled->shapes));
    loader->uses = grow(writer, loader->uses, count, sizeof(*loader->uses));
    if (writer->code != AQ_OK)
        return false;
    shape = &compiled->shapes[count];
    *shape = (aq__row_shape_t){.mapper = mapper, .discriminator = -1, .most_fields = most_fields(mapper)};
    shape->columns = no_columns(writer, mapper->field_count);
    if (mapper->child_count > 0)
        shape->children = no_columns(writer, mapper->child_count * shape->most_fields);
    loader->uses[count] = use;
    compiled->shape_count++;
    return writer->code == AQ_OK;
}

static void add_follow(aq__loader_t *loader, const aq__relation_t *relation, size_t from, aq_lazy_t lazy)
{
    aq__compiled_t *compiled = loader->compiled;

    compiled->follows =
        grow(loader->writer, compiled->follows, compiled->follow_count, sizeof(*compiled->follows));
    if (loader->writer->code == AQ_OK)
        compiled->follows[compiled->follow_count++] = (aq__follow_t){
            relation, from, from == 0 && lazy == AQ_LAZY_SUBQUERY ? AQ_LAZY_SUBQUERY : AQ_LAZY_SELECTIN};
}

/* An inner join behind a left one would take away what that leaves. */
static bool is_inner(const aq__loader_t *loader, size_t from)
{
    for (size_t i = 0; i < loader->compiled->joined_count; i++)
        if (loader->compiled->joined[i].to == from)
            return loader->inner[i];
    return true;
}

static void add_joined(aq__loader_t *loader, const aq__relation_t *relation, size_t from, bool inner,
                       const aq__path_t *path)
{
    aq__writer_t *writer = loader->writer;
    aq__compiled_t *compiled = loader->compiled;
    aq__use_t *use = aq__writer_alloc(writer, 1, sizeof(*use));
    aq__path_t further = {path, relation};

    compiled->joined = grow(writer, compiled->joined, compiled->joined_count, sizeof(*compiled->joined));
    loader->inner = grow(writer, loader->inner, compiled->joined_count, sizeof(*loader->inner));
    if (writer->code != AQ_OK)
        return;
    loader->inner[compiled->joined_count] = inner && is_inner(loader, from);
    compiled->joined[compiled->joined_count++] = (aq__joined_t){relation, from, compiled->shape_count};
    aq__use_open_loaded(writer, use, relation->target, relation->target->child_count > 0);
    aq__load_plan(loader, relation->target, use, &further);
}

/* What only some of the rows have is loaded behind them. */
static void plan_children(aq__loader_t *loader, const aq__mapper_t *mapper, size_t from,
                          const aq__path_t *path)
{
    for (size_t i = 0; i < mapper->child_count; i++) {
        const aq__mapper_t *child = mapper->children[i];

        for (size_t k = child->base->relation_count; k < child->relation_count; k++) {
            bool inner;
            aq_lazy_t lazy = aq__relation_lazy(loader->options, &child->relations[k], path, &inner);

            if (lazy == AQ_LAZY_JOINED || lazy == AQ_LAZY_SUBQUERY || lazy == AQ_LAZY_SELECTIN)
                add_follow(loader, &child->relations[k], from, AQ_LAZY_SELECTIN);
        }
    }
}

void aq__load_plan(aq__loader_t *loader, const aq__mapper_t *mapper, aq__use_t *use, const aq__path_t *path)
{
    size_t from = loader->compiled->shape_count;

    if (!add_shape(loader, mapper, use))
        return;
    for (size_t i = 0; i < mapper->relation_count && loader->writer->code == AQ_OK; i++) {
        const aq__relation_t *relation = &mapper->relations[i];
        bool inner;

        switch (aq__relation_lazy(loader->options, relation, path, &inner)) {
        case AQ_LAZY_JOINED: add_joined(loader, relation, from, inner, path); break;
        case AQ_LAZY_SUBQUERY: add_follow(loader, relation, from, AQ_LAZY_SUBQUERY); break;
        case AQ_LAZY_SELECTIN: add_follow(loader, relation, from, AQ_LAZY_SELECTIN); break;
        case AQ_LAZY_DEFAULT:
        case AQ_LAZY_DYNAMIC: break;
        }
    }
    plan_children(loader, mapper, from, path);
}

bool aq__load_multiplies(const aq__loader_t *loader)
{
    for (size_t i = 0; i < loader->compiled->joined_count; i++)
        if (loader->compiled->joined[i].relation->many)
            return true;
    return false;
}

/* ---- Columns --------------------------------------------------------------------------------------------------------------------------------- */

static bool has_plain_names(const aq__row_shape_t *shape)
{
    return shape->mapper->table_count == 1 && shape->children == NULL;
}

static int position_of(const aq__row_shape_t *shape, const aq__field_t *field)
{
    const aq__mapper_t *mapper = shape->mapper;

    if (field->index < mapper->field_count && &mapper->fields[field->index] == field)
        return shape->columns[field->index];
    for (size_t k = 0; k < mapper->child_count; k++)
        if (field->index < mapper->children[k]->field_count &&
            &mapper->children[k]->fields[field->index] == field)
            return shape->children[k * shape->most_fields + field->index];
    return -1;
}

void aq__write_inner_name(aq__writer_t *writer, const aq__row_shape_t *shape, const aq__field_t *field)
{
    if (has_plain_names(shape))
        aq__write(writer, field->sql);
    else
        aq_text_appendf(&writer->sql, "c%d", position_of(shape, field) + 1);
}

static int write_column(aq__loader_t *loader, const aq__row_shape_t *shape, const aq__use_t *use,
                        const aq__field_t *field, bool names)
{
    aq__writer_t *writer = loader->writer;
    int position = (int)loader->column++;

    aq__write(writer, position > 0 ? ", " : "");
    aq__write_field(writer, use, field);
    if (names && !has_plain_names(shape))
        aq_text_appendf(&writer->sql, " as c%d", position + 1);
    return position;
}

/* Where the member is among the columns already: a child's inherited one. -1: it is not. */
static int inherited(const aq__row_shape_t *shape, size_t child, const aq__field_t *field)
{
    const aq__mapper_t *mapper = shape->mapper;
    const aq__field_t *same = aq__mapper_field_at(mapper, field->offset);

    if (same != NULL)
        return shape->columns[same->index];
    for (size_t k = 0; k < mapper->child_count; k++) {
        if (k == child || !aq__mapper_is_a(mapper->children[child], mapper->children[k]))
            continue;
        same = aq__mapper_field_at(mapper->children[k], field->offset);
        if (same != NULL && shape->children[k * shape->most_fields + same->index] >= 0)
            return shape->children[k * shape->most_fields + same->index];
    }
    return -1;
}

static void write_children(aq__loader_t *loader, aq__row_shape_t *shape, const aq__use_t *use, bool names)
{
    int *columns = (int *)(uintptr_t)shape->children;

    for (size_t k = 0; k < shape->mapper->child_count; k++) {
        const aq__mapper_t *child = shape->mapper->children[k];

        for (size_t i = 0; i < child->field_count; i++) {
            int at = inherited(shape, k, &child->fields[i]);

            columns[k * shape->most_fields + i] =
                at >= 0 ? at : write_column(loader, shape, use, &child->fields[i], names);
        }
    }
}

/* The mapper has the list ready where the table is called by its own name and the columns are the first. */
static bool write_usual_columns(aq__loader_t *loader, const aq__row_shape_t *shape, const aq__use_t *use)
{
    const struct aq__key_statements *statements = shape->mapper->key_statements;

    if (statements == NULL || statements->columns == NULL || loader->column != 0 ||
        use->tables[0].alias != shape->mapper->tables[0].name_sql)
        return false;
    aq_text_append_bytes(&loader->writer->sql, statements->columns, statements->length);
    for (; loader->column < shape->mapper->field_count; loader->column++)
        shape->columns[loader->column] = (int)loader->column;
    return true;
}

void aq__write_shape(aq__loader_t *loader, size_t at, bool names)
{
    aq__row_shape_t *shape = &loader->compiled->shapes[at];
    const aq__use_t *use = loader->uses[at];

    if (loader->writer->code != AQ_OK || write_usual_columns(loader, shape, use))
        return;
    for (size_t i = 0; i < shape->mapper->field_count; i++)
        shape->columns[i] = write_column(loader, shape, use, &shape->mapper->fields[i], names);
    if (shape->children == NULL)
        return;
    write_children(loader, shape, use, names);
    if (shape->mapper->discriminator != NULL)
        shape->discriminator = shape->columns[shape->mapper->discriminator->index];
}

void aq__write_shapes(aq__loader_t *loader, size_t first)
{
    for (size_t i = first; loader->writer->code == AQ_OK && i < loader->compiled->shape_count; i++)
        aq__write_shape(loader, i, false);
}

/* ---- Joins and orders ------------------------------------------------------------------------------------------------------------------------- */

void aq__write_load_joins(aq__loader_t *loader)
{
    for (size_t i = 0; loader->writer->code == AQ_OK && i < loader->compiled->joined_count; i++) {
        const aq__joined_t *joined = &loader->compiled->joined[i];

        aq__write_join(loader->writer, joined->relation, loader->uses[joined->from], loader->uses[joined->to],
                       !loader->inner[i]);
    }
}

bool aq__write_relation_order(aq__writer_t *writer, const aq__relation_t *relation, const aq__use_t *use,
                              const char *before)
{
    const aq__order_part_t *order = relation->relationship->order;
    size_t count = relation->order_fields != NULL ? relation->relationship->order_count : 0;

    for (size_t i = 0; i < count; i++) {
        aq__write(writer, i == 0 ? before : ", ");
        aq__write_column(writer, use, order[i].column);
        aq__write_direction(writer, order[i].descending, order[i].nulls);
    }
    return count > 0;
}

bool aq__write_load_orders(aq__loader_t *loader, const char *before)
{
    bool any = false;

    for (size_t i = 0; loader->writer->code == AQ_OK && i < loader->compiled->joined_count; i++) {
        const aq__joined_t *joined = &loader->compiled->joined[i];

        if (joined->relation->many && aq__write_relation_order(loader->writer, joined->relation,
                                                               loader->uses[joined->to], any ? ", " : before))
            any = true;
    }
    return any;
}
