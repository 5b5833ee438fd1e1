/* Asking the server what expressions look like when it shows them.
 *
 * The happy path: all texts go as one JSON value, and one DO block puts each on a temporary table like the live one, reads it back, and takes
 * all of it back again by raising an exception: variables keep what they have, the database nothing. The answers are rows of the statement
 * behind it. It is one unit, so one round trip, and its transaction ends with nothing done.
 * The failure modes: a text that the server does not take, a table that is gone or may not be read, a lock
 * on it that somebody holds for long, a role that may not make temporary tables, a
 * standby: each is caught where it happens, has no answer, and spoils no other. */
#include <string.h>

#include "src/app/judge.h"
#include "src/schema/read_sql.h"

aq__judge_t *aq__judge_create(aq_arena_t *arena)
{
    aq__judge_t *judge = aq_arena_calloc(arena, 1, sizeof(*judge));

    if (judge != NULL)
        judge->arena = arena;
    return judge;
}

void aq__judge_dispose(aq__judge_t *judge)
{
    if (judge != NULL)
        aq__map_dispose(&judge->by_key);
}

/* ---- What is asked ----------------------------------------------------------------------------------------------------------- */

/* The same text in the same place is asked once. Names have no control characters that could make two keys one. */
static const char *key_of(aq__judge_t *judge, const aq__expressions_t *expressions, const char *text)
{
    const aq__table_t *table = expressions->table;

    return aq_arena_printf(judge->arena, "%d\x01%s\x01%s\x01%s\x01%s", (int)expressions->kind,
                           table->schema != NULL ? table->schema : "", table->name,
                           expressions->column != NULL ? expressions->column->name : "", text);
}

/* NULL: it is not known, and cannot be asked any more. */
static const aq__judged_t *ask(aq__judge_t *judge, const aq__expressions_t *expressions, const char *text)
{
    const char *key = key_of(judge, expressions, text);
    aq__judged_t *item = key != NULL ? aq__map_get(&judge->by_key, key, strlen(key)) : NULL;
    aq__judged_t **items;

    if (item != NULL || judge->has_ruled)
        return item;
    item = aq_arena_calloc(judge->arena, 1, sizeof(*item));
    items = aq__grow(judge->arena, judge->items, judge->count, sizeof(*items));
    if (key == NULL || item == NULL || items == NULL ||
        aq__map_put(&judge->by_key, key, strlen(key), item) != AQ_OK) {
        judge->failed = true;
        return NULL;
    }
    *item = (aq__judged_t){.kind = expressions->kind,
                           .schema = expressions->table->schema,
                           .table = expressions->table->name,
                           .column = expressions->column != NULL ? expressions->column->name : NULL,
                           .text = text};
    judge->items = items;
    items[judge->count++] = item;
    return item;
}

bool aq__judge_same(void *data, const aq__expressions_t *expressions)
{
    aq__judge_t *judge = data;
    const char *wanted, *live;
    const aq__judged_t *item;

    if (aq__same_expression(expressions->wanted, expressions->live))
        return true;
    item = ask(judge, expressions, expressions->wanted);
    wanted = item != NULL ? item->shown : NULL;
    item = ask(judge, expressions, expressions->live);
    live = item != NULL ? item->shown : NULL;
    return wanted != NULL && live != NULL && strcmp(wanted, live) == 0;
}

/* ---- How it is asked ------------------------------------------------------------------------------------------------------------- */

/* Part of an index: any type has IS NOT NULL, not any has an operator class. A default of NULL is none. */
static const char block[] =
    "do $aquifer$\n"
    "declare\n"
    "    item jsonb;\n"
    "    made regclass;\n"
    "    answer text;\n"
    "    answers jsonb := '[]';\n"
    "begin\n"
    "    set local lock_timeout = '500ms';\n"
    "    for item in select * from jsonb_array_elements(current_setting('aquifer.questions')::jsonb) loop\n"
    "        begin\n"
    "            answer := null;\n"
    "            execute format('create temp table %I (like %s%I)', item ->> 'table',\n"
    "                           quote_ident(item ->> 'schema') || '.', item ->> 'table');\n"
    "            made := format('pg_temp.%I', item ->> 'table')::regclass;\n"
    "            case item ->> 'kind'\n"
    "            when 'default' then\n"
    "                execute format('alter table pg_temp.%I alter %I set default %s', item ->> 'table', item "
    "->> 'column', item ->> 'text');\n"
    "                answer := coalesce((select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = "
    "made), 'NULL');\n"
    "            when 'generated' then\n"
    "                execute format('alter table pg_temp.%I add aquifer_judged %s generated always as (%s) "
    "stored', item ->> 'table',\n"
    "                               (select format_type(atttypid, atttypmod) from pg_attribute where "
    "attrelid = made and attname = item ->> 'column'),\n"
    "                               item ->> 'text');\n"
    "                answer := (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = made);\n"
    "            else\n"
    "                execute format('alter table pg_temp.%I add constraint aquifer_judged check (%s)', item "
    "->> 'table', item ->> 'text');\n"
    "                answer := (select pg_get_expr(conbin, conrelid) from pg_constraint where conrelid = "
    "made and conname = 'aquifer_judged');\n"
    "            end case;\n"
    "            raise exception 'taken back' using errcode = 'AQ000';\n"
    "        exception when others then\n"
    "            if sqlstate <> 'AQ000' then\n"
    "                answer := null;\n"
    "            end if;\n"
    "        end;\n"
    "        answers := answers || coalesce(to_jsonb(answer), 'null');\n"
    "    end loop;\n"
    "    perform set_config('aquifer.answers', answers::text, true);\n"
    "end\n"
    "$aquifer$";

static const char *const kind_names[] = {
    [AQ__EXPRESSION_DEFAULT] = "default",
    [AQ__EXPRESSION_GENERATED] = "generated",
    [AQ__EXPRESSION_CHECK] = "check",
    [AQ__EXPRESSION_PART] = "part",
};

static void append_member(aq_text_t *json, const char *name, const char *value)
{
    aq_text_appendf(json, ",\"%s\":", name);
    if (value != NULL)
        aq_text_append_json(json, value, strlen(value));
    else
        aq_text_append(json, "null");
}

static void append_item(aq_text_t *json, const aq__judged_t *item)
{
    aq_text_t part = {0};

    aq_text_appendf(json, "{\"kind\":\"%s\"", kind_names[item->kind]);
    append_member(json, "schema", item->schema);
    append_member(json, "table", item->table);
    append_member(json, "column", item->column);
    if (item->kind == AQ__EXPRESSION_PART)
        aq_text_appendf(&part, "(%s) is not null", item->text);
    else
        aq_text_append(&part, item->text);
    json->failed = json->failed || part.failed;
    append_member(json, "text", aq_text_string(&part));
    aq_text_append_char(json, '}');
    aq_text_dispose(&part);
}

int aq__judge_add(aq__judge_t *judge, aq_unit_t *unit)
{
    aq_text_t json = {0};
    int index;

    aq_text_append_char(&json, '[');
    for (size_t i = 0; i < judge->count; i++) {
        aq_text_append(&json, i == 0 ? "" : ",");
        append_item(&json, judge->items[i]);
    }
    aq_text_append_char(&json, ']');
    if (json.failed) {
        aq_text_dispose(&json);
        return AQ_ENOMEM;
    }
    aq_unit_add(unit, "select set_config('aquifer.questions', $1, true)", aq_args(aq_text(json.data)));
    aq_text_dispose(&json);
    aq__unit_add_own(unit, AQ__OWN_UTILITY, block, NULL);
    index =
        aq_unit_add(unit,
                    "select value from jsonb_array_elements_text(current_setting('aquifer.answers')::jsonb)"
                    " with ordinality as answer (value, place) order by place",
                    NULL);
    return index;
}

int aq__judge_take(aq__judge_t *judge, aq_rows_t *rows)
{
    judge->has_ruled = true;
    for (size_t i = 0; i < judge->count && i < aq_rows_count(rows); i++) {
        const char *shown = aq_as_text(aq_cell(rows, i, 0));

        judge->items[i]->shown = aq_arena_strdup(judge->arena, shown);
        if (shown != NULL && judge->items[i]->shown == NULL)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}
