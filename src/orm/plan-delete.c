/* The texts of DELETE, and of rows of tables between two models.
 *
 *     DELETE FROM users WHERE users.id = ANY($1::int4[])
 *     DELETE FROM tags USING unnest($1::int4[], $2::int4[]) aq_in(c1, c2) WHERE tags.page_id = aq_in.c1 AND tags.tag_id = aq_in.c2
 *
 * A row that is gone already is not missed: the count of rows tells (plan-settle.c). Where the model has a version it is, as in an UPDATE. Rows of one table that refer to
 * each other go together: the server looks at foreign keys when the statement is through. */
#include "src/orm/plan-step.h"
#include "src/schema/naming.h"

/* ---- DELETE ------------------------------------------------------------------------------------------------------------------------------ */

static void append_delete(aq__writer_t *writer, size_t keys)
{
    const aq__step_t *step = writer->step;
    const aq__mapped_column_t *key = &step->table->columns[step->table->key[0]];

    if (writer->count == 1 && aq__is_plain(key->field)) {
        aq_text_appendf(&writer->sql, "DELETE FROM %s WHERE %s.%s = ANY(", step->table->sql,
                        step->table->name_sql, key->sql);
        aq__writer_array(writer, keys);
        aq_text_append(&writer->sql, ")");
        return;
    }
    aq_text_appendf(&writer->sql, "DELETE FROM %s USING ", step->table->sql);
    aq__writer_unnest(writer, false);
    aq__writer_where(writer, keys);
}

int aq__write_deletes(aq_arena_t *arena, aq__step_t *step)
{
    bool checked = aq__step_has_version(step);
    aq__writer_t writer;
    size_t keys;

    if (aq__writer_init(&writer, arena, step, step->mapper->key_count + 1) != AQ_OK)
        return AQ_ENOMEM;
    keys = aq__writer_add_keys(&writer);
    if (checked)
        aq_text_append(&writer.sql, "WITH aq_out AS (");
    append_delete(&writer, keys);
    if (checked) {
        aq_text_append(&writer.sql, " RETURNING 1) ");
        aq__writer_check(&writer, "DELETE", keys);
    }
    return aq__writer_finish(&writer);
}

int aq__write_release(aq_arena_t *arena, aq__step_t *step)
{
    aq__writer_t writer;
    size_t keys;

    if (aq__writer_init(&writer, arena, step, step->mapper->key_count + 1) != AQ_OK)
        return AQ_ENOMEM;
    keys = aq__writer_add_keys(&writer);
    aq_text_appendf(&writer.sql, "UPDATE %s SET ", step->table->sql);
    for (size_t i = 0; i < step->setting_count; i++)
        aq_text_appendf(&writer.sql, "%s%s = NULL", i > 0 ? ", " : "", step->settings[i].column->sql);
    aq_text_append(&writer.sql, " FROM ");
    aq__writer_unnest(&writer, false);
    aq__writer_where(&writer, keys);
    return aq__writer_finish(&writer);
}

/* ---- Rows between two models -------------------------------------------------------------------------------------------------------------- */

static void **side_of(aq__writer_t *writer, bool near)
{
    const aq__step_t *step = writer->step;
    void **objects = aq_arena_alloc(writer->arena, step->count * sizeof(*objects));

    if (objects == NULL)
        writer->code = AQ_ENOMEM;
    for (size_t i = 0; objects != NULL && i < step->count; i++)
        objects[i] = near ? step->links[i]->near : step->links[i]->far;
    return objects;
}

static void add_side(aq__writer_t *writer, bool near)
{
    const aq__step_t *step = writer->step;
    size_t from = near ? 0 : step->relation->near_count,
           to = near ? step->relation->near_count : step->setting_count;
    void **objects = side_of(writer, near);

    for (size_t i = from; objects != NULL && i < to; i++) {
        if (step->settings[i].from == AQ__FROM_CARRIED)
            aq__writer_link_places(writer, i);
        else
            aq__writer_members(writer, step->settings[i].field, objects, step->count);
    }
}

static const char *column_of(const aq__relation_t *relation, size_t i)
{
    return i < relation->near_count ? relation->near_columns[i]->name
                                    : relation->far_columns[i - relation->near_count]->name;
}

static void append_link_value(aq__writer_t *writer, size_t i)
{
    const aq__setting_t *setting = &writer->step->settings[i];

    if (setting->from == AQ__FROM_CARRIED)
        aq__writer_carried_sql(writer, setting, i + 1);
    else
        aq__writer_member_sql(writer, i + 1);
}

static void append_links(aq__writer_t *writer)
{
    const aq__step_t *step = writer->step;

    aq_text_appendf(&writer->sql, "INSERT INTO %s (", step->relation->secondary_sql);
    for (size_t i = 0; i < step->setting_count; i++) {
        aq__writer_comma(writer, i);
        aq__name_append(&writer->sql, column_of(step->relation, i));
    }
    aq_text_append(&writer->sql, ") SELECT ");
    for (size_t i = 0; i < step->setting_count; i++) {
        aq__writer_comma(writer, i);
        append_link_value(writer, i);
    }
    aq_text_append(&writer->sql, " FROM ");
    aq__writer_unnest(writer, false);
}

static void append_unlinks(aq__writer_t *writer)
{
    const aq__step_t *step = writer->step;

    aq_text_appendf(&writer->sql, "DELETE FROM %s USING ", step->relation->secondary_sql);
    aq__writer_unnest(writer, false);
    for (size_t i = 0; i < step->setting_count; i++) {
        aq_text_append(&writer->sql, i > 0 ? " AND " : " WHERE ");
        aq__name_append(&writer->sql, step->relation->secondary->name);
        aq_text_append_char(&writer->sql, '.');
        aq__name_append(&writer->sql, column_of(step->relation, i));
        aq_text_append(&writer->sql, " = ");
        append_link_value(writer, i);
    }
}

int aq__write_row_link(aq_arena_t *arena, aq__step_t *step)
{
    aq__writer_t writer;

    if (aq__writer_init(&writer, arena, step, step->setting_count) != AQ_OK)
        return AQ_ENOMEM;
    add_side(&writer, true);
    add_side(&writer, false);
    if (writer.count == step->setting_count) {
        if (step->kind == AQ__STEP_LINK)
            append_links(&writer);
        else
            append_unlinks(&writer);
    }
    return aq__writer_finish(&writer);
}
