/* The rows of a query as one JSON text, which the server makes: an array of objects of the model's members, and inside of them what the query loads.
 *
 * The happy path: json_agg() of json_build_object(), and for each loaded relationship a subselect that does the same; whatever the strategy says of round trips, this is one statement. A limit is inside of a subquery, as is a join of the
 * user's, which may give a row twice. Objects of a hierarchy are told by their discriminator. */
#include "src/orm/compile.h"
#include "src/orm/session.h"

enum { BUILD_MOST = 50 }; /* members of json_build_object(): a function has 100 arguments */

static void write_object(aq__writer_t *writer, const aq_query_t *options, const aq__use_t *use,
                         const aq__mapper_t *mapper, const aq__path_t *path);

/* ---- Names --------------------------------------------------------------------------------------------------------------------------- */

static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL ? dot + 1 : name;
}

/* "created" of "timestamps.created", unless another member is called so too. */
static const char *member_name(const aq__mapper_t *mapper, const aq__field_t *field)
{
    const char *name = last_part(field->attribute->name);

    for (size_t i = 0; i < mapper->field_count; i++)
        if (&mapper->fields[i] != field && strcmp(last_part(mapper->fields[i].attribute->name), name) == 0)
            return field->attribute->name;
    return name;
}

/* ---- Relations ---------------------------------------------------------------------------------------------------------------------------- */

static bool is_loaded(const aq_query_t *options, const aq__relation_t *relation, const aq__path_t *path,
                      bool *inner)
{
    switch (aq__relation_lazy(options, relation, path, inner)) {
    case AQ_LAZY_JOINED:
    case AQ_LAZY_SUBQUERY:
    case AQ_LAZY_SELECTIN: return true;
    case AQ_LAZY_DEFAULT:
    case AQ_LAZY_DYNAMIC: return false;
    }
    return false;
}

/* " from post as post_1 where post_1.author_id = user.id" */
static void write_related(aq__writer_t *writer, const aq__relation_t *relation, const aq__use_t *from,
                          const aq__use_t *to)
{
    const char *secondary;

    aq__write(writer, " from ");
    if (relation->direction == AQ__MANY_TO_MANY) {
        secondary = aq__writer_alias(writer, relation->secondary->name, NULL);
        aq__write_secondary(writer, relation, secondary, to);
        aq__write(writer, " where ");
        if (secondary != NULL)
            aq__write_secondary_link(writer, relation, secondary, from);
        return;
    }
    aq__write_use(writer, to);
    aq__write(writer, " where ");
    aq__write_link(writer, relation, from, to);
    if (aq__has_identities(to->mapper)) {
        aq__write(writer, " and ");
        aq__write_identities(writer, to);
    }
}

static void write_relation(aq__writer_t *writer, const aq_query_t *options, const aq__relation_t *relation,
                           const aq__use_t *from, const aq__path_t *path)
{
    aq__path_t further = {path, relation};
    aq__use_t to;

    aq__use_open_loaded(writer, &to, relation->target, relation->target->child_count > 0);
    if (writer->code != AQ_OK)
        return;
    aq__write(writer, relation->many ? "(select coalesce(json_agg(" : "(select ");
    write_object(writer, options, &to, relation->target, &further);
    if (relation->many) {
        aq__write_relation_order(writer, relation, &to, " order by ");
        aq__write(writer, "), '[]')");
    }
    write_related(writer, relation, from, &to);
    aq__write(writer, relation->many || relation->direction == AQ__MANY_TO_ONE ? ")" : " limit 1)");
}

/* ---- Objects -------------------------------------------------------------------------------------------------------------------------------- */

/* What a value is called stands before it in one form, behind it in the other. */
static void write_name(aq__writer_t *writer, const char *name, bool row, bool before)
{
    if (row && !before) {
        aq__write(writer, " as ");
        aq_text_append_identifier(&writer->sql, name);
    } else if (!row && before) {
        aq_text_appendf(&writer->sql, "'%s', ", name);
    }
}

static size_t count_members(const aq_query_t *options, const aq__mapper_t *mapper, const aq__path_t *path)
{
    size_t count = mapper->field_count;
    bool inner;

    for (size_t i = 0; i < mapper->relation_count; i++)
        count += is_loaded(options, &mapper->relations[i], path, &inner);
    return count;
}

static void write_members(aq__writer_t *writer, const aq_query_t *options, const aq__use_t *use,
                          const aq__mapper_t *mapper, const aq__path_t *path, bool row)
{
    for (size_t i = 0; i < mapper->field_count && writer->code == AQ_OK; i++) {
        const aq__field_t *same = aq__mapper_field_at(use->mapper, mapper->fields[i].offset);
        const char *name = member_name(mapper, &mapper->fields[i]);

        aq__write(writer, i == 0 ? "" : ", ");
        write_name(writer, name, row, true);
        aq__write_field(writer, use, same != NULL ? same : &mapper->fields[i]);
        write_name(writer, name, row, false);
    }
    for (size_t i = 0; i < mapper->relation_count && writer->code == AQ_OK; i++) {
        bool inner;

        if (!is_loaded(options, &mapper->relations[i], path, &inner))
            continue;
        aq__write(writer, ", ");
        write_name(writer, mapper->relations[i].name, row, true);
        write_relation(writer, options, &mapper->relations[i], use, path);
        write_name(writer, mapper->relations[i].name, row, false);
    }
}

static void write_one(aq__writer_t *writer, const aq_query_t *options, const aq__use_t *use,
                      const aq__mapper_t *mapper, const aq__path_t *path)
{
    bool row = count_members(options, mapper, path) > BUILD_MOST;

    aq__write(writer, row ? "(select row_to_json(r) from (select " : "json_build_object(");
    write_members(writer, options, use, mapper, path, row);
    aq__write(writer, row ? ") as r)" : ")");
}

/* "case employee.type::text when $1 then ... else ... end" */
static void write_object(aq__writer_t *writer, const aq_query_t *options, const aq__use_t *use,
                         const aq__mapper_t *mapper, const aq__path_t *path)
{
    bool told = mapper->child_count > 0 && mapper->discriminator != NULL;

    if (told) {
        aq__write(writer, "case ");
        aq__write_field(writer, use, mapper->discriminator);
        aq__write(writer, "::text");
    }
    for (size_t i = 0; told && i < mapper->child_count && writer->code == AQ_OK; i++) {
        aq_value_t identity = aq_text(mapper->children[i]->identity);

        if (mapper->children[i]->identity == NULL)
            continue;
        aq__write(writer, " when ");
        aq__write_value(writer, &identity);
        aq__write(writer, " then ");
        write_one(writer, options, use, mapper->children[i], path);
    }
    aq__write(writer, told ? " else " : "");
    write_one(writer, options, use, mapper, path);
    aq__write(writer, told ? " end" : "");
}

/* ---- The array ---------------------------------------------------------------------------------------------------------------------------------- */

/* Those that an inner load leaves out. */
static void write_filter(aq__writer_t *writer, const aq_query_t *query, const aq__use_t *use)
{
    const char *before = " filter (where exists (select 1";

    for (size_t i = 0; i < query->mapper->relation_count && writer->code == AQ_OK; i++) {
        const aq__relation_t *relation = &query->mapper->relations[i];
        bool inner;
        aq__use_t to;

        if (!is_loaded(query, relation, NULL, &inner) || !inner)
            continue;
        aq__use_open_loaded(writer, &to, relation->target, false);
        aq__write(writer, before);
        write_related(writer, relation, use, &to);
        aq__write(writer, ")");
        before = " and exists (select 1";
    }
    aq__write(writer, before[1] == 'a' ? ")" : "");
}

/* Of rows that a join gives more than once the first is taken. */
static void write_rows(aq__writer_t *writer, const aq_query_t *query, aq__scope_t *scope)
{
    aq__compiled_t compiled = {0};
    aq__loader_t loader = {.writer = writer, .compiled = &compiled};
    const aq__use_t *use = &scope->uses[0];
    aq_text_t outer = writer->sql, inner;

    aq__load_plan(&loader, query->mapper, &scope->uses[0], NULL);
    if (writer->code != AQ_OK)
        return;
    writer->sql = (aq_text_t){.failed = outer.failed};
    aq__write_inner(writer, query, scope, &loader);
    inner = writer->sql;
    writer->sql = outer;
    aq__write(writer, query->source_count > 1 ? "(select distinct on (" : "");
    for (int again = 0; again < 2 && query->source_count > 1; again++) {
        for (size_t i = 0; i < query->mapper->key_count; i++) {
            aq__write(writer, i == 0 ? "" : ", ");
            aq__write_field(writer, use, query->mapper->key[i]);
        }
        if (again == 0) {
            aq__write(writer, ") * from ");
            aq_text_append_bytes(&writer->sql, aq_text_string(&inner), inner.length);
            aq__write(writer, " order by ");
        }
    }
    if (query->source_count > 1) {
        aq__write_outer_orders(writer, query, scope, ", ");
        aq__write(writer, ") as ");
        aq__write(writer, use->inner_alias);
    } else {
        aq_text_append_bytes(&writer->sql, aq_text_string(&inner), inner.length);
    }
    writer->sql.failed = writer->sql.failed || inner.failed;
    aq_text_dispose(&inner);
}

static void write_array(aq__writer_t *writer, const aq_query_t *query, aq__scope_t *scope, bool nested)
{
    aq__write(writer, "select coalesce(json_agg(");
    write_object(writer, query, &scope->uses[0], query->mapper, NULL);
    if (nested)
        aq__write_outer_orders(writer, query, scope, " order by ");
    else
        aq__write_orders(writer, query, scope);
    aq__write(writer, ")");
    write_filter(writer, query, &scope->uses[0]);
    aq__write(writer, ", '[]')");
}

void aq__write_json(aq__writer_t *writer, const aq_query_t *query)
{
    aq__scope_t scope;
    aq_text_t rows;

    aq__scope_open(writer, &scope, query, NULL, query->mapper->child_count > 0);
    if (writer->code != AQ_OK)
        return;
    if (!aq__query_is_cut(query) && query->source_count == 1) {
        write_array(writer, query, &scope, false);
        aq__write_body(writer, query, &scope);
        return;
    }
    write_rows(writer, query, &scope); /* first: it says what its columns are called */
    rows = writer->sql;
    writer->sql = (aq_text_t){.failed = rows.failed};
    write_array(writer, query, &scope, true);
    aq__write(writer, " from ");
    aq_text_append_bytes(&writer->sql, aq_text_string(&rows), rows.length);
    aq_text_dispose(&rows);
}
