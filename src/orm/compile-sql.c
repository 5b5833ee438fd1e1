/* Queries of one's own SQL as statements.
 *
 * The happy path: the text as it is, names as numbers; the forms that count its rows or make JSON of them put it into a common table expression, which INSERT, UPDATE and DELETE with RETURNING can stand in too. What comes along with its objects comes
 * behind them, by their keys: nothing can be joined to a text. The failure mode: a bulk update of it. */
#include "src/orm/compile.h"
#include "src/orm/session.h"

static void write_sql_text(aq__writer_t *writer, const aq_query_t *query)
{
    for (size_t i = 0; i < query->sql->piece_count; i++) {
        const aq__piece_t *piece = &query->sql->pieces[i];

        if (piece->kind == AQ__PIECE_PARAMETER)
            aq_text_appendf(&writer->sql, "$%zu", piece->number + 1);
        else
            aq_text_append_bytes(&writer->sql, piece->text, piece->length);
    }
    writer->values = (aq_value_t *)(uintptr_t)query->arguments.values;
    writer->value_count = query->arguments.count;
}

/* What comes along with the objects of one's own SQL comes behind them. */
static void plan_sql(aq__writer_t *writer, const aq_query_t *query, aq__compiled_t *compiled)
{
    aq__loader_t loader = {.writer = writer, .compiled = compiled, .options = query};
    const aq__mapper_t *mapper = query->mapper;
    aq__use_t use = {.mapper = mapper};
    aq__compiled_t planned = {0};

    if (mapper == NULL)
        return;
    loader.compiled = &planned;
    aq__load_plan(&loader, mapper, &use, NULL);
    if (writer->code != AQ_OK)
        return;
    compiled->shapes = planned.shapes;
    compiled->shape_count = 1;
    compiled->shapes[0].columns = NULL;
    compiled->shapes[0].children = NULL;
    compiled->follows =
        aq__writer_alloc(writer, planned.follow_count + planned.joined_count, sizeof(*compiled->follows));
    for (size_t i = 0; writer->code == AQ_OK && i < planned.joined_count; i++)
        if (planned.joined[i].from == 0)
            compiled->follows[compiled->follow_count++] =
                (aq__follow_t){planned.joined[i].relation, 0, AQ_LAZY_SELECTIN};
    for (size_t i = 0; writer->code == AQ_OK && i < planned.follow_count; i++)
        if (planned.follows[i].from == 0)
            compiled->follows[compiled->follow_count++] =
                (aq__follow_t){planned.follows[i].relation, 0, AQ_LAZY_SELECTIN};
}

void aq__write_sql(aq__writer_t *writer, const aq_query_t *query, aq__query_form_t form,
                   aq__compiled_t *compiled)
{
    const char *before = "", *after = "";

    switch (form) {
    case AQ__FORM_OBJECTS: plan_sql(writer, query, compiled); break;
    case AQ__FORM_COLUMNS: break;
    case AQ__FORM_COUNT: before = "with q as (", after = "\n) select count(*) from q"; break;
    case AQ__FORM_ANY: before = "with q as (", after = "\n) select exists (select 1 from q)"; break;
    case AQ__FORM_JSON:
        before = "with q as (", after = "\n) select coalesce(json_agg(row_to_json(q)), '[]') from q";
        break;
    case AQ__FORM_UPDATE:
        aq__writer_fail(writer, AQ_EINVAL, "update being called on a query of one's own SQL");
        break;
    case AQ__FORM_DELETE:
        aq__writer_fail(writer, AQ_EINVAL, "delete being called on a query of one's own SQL");
        break;
    }
    aq__write(writer, before);
    write_sql_text(writer, query);
    aq__write(writer, after);
}
