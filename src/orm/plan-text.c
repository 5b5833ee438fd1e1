/* The texts of INSERT and UPDATE.
 *
 *     INSERT INTO post (title, author_id)
 *         SELECT aq_in.c1, ((SELECT current_setting('aq.k1')::int4[]))[aq_in.c2] FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) RETURNING id
 *
 * gives its rows back in the order in which they went in: the server makes them one by one. An UPDATE does not, so where something comes back it is numbered.
 *
 *     WITH aq_out AS (UPDATE users SET name = aq_in.c1 FROM unnest($1::text[], $2::int4[]) aq_in(c1, c2) WHERE users.id = aq_in.c2 RETURNING 1)
 *         SELECT CASE WHEN count(*) < cardinality($2::int4[]) THEN ('aquifer: UPDATE statement on ...' || ...)::int4 END FROM aq_out
 *
 * An UPDATE that meets less rows than there are objects fails there and then, so that nothing of the unit is kept: its last expression makes an integer of a
 * text that is none, and the server's error tells that text (plan-settle.c). */
#include "src/orm/plan-step.h"

/* ---- What columns are set to ------------------------------------------------------------------------------------------------------------ */

/* The arrays of these settings; their numbers are in memory of the arena. NULL: the writer's code says why. */
static size_t *add_settings(aq__writer_t *writer, const aq__setting_t *settings, size_t count)
{
    size_t *numbers = aq_arena_calloc(writer->arena, count + 1, sizeof(*numbers));

    if (numbers == NULL) {
        writer->code = AQ_ENOMEM;
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (settings[i].from == AQ__FROM_MEMBER)
            numbers[i] = aq__writer_members(writer, settings[i].field, writer->objects, writer->step->count);
        else if (settings[i].from == AQ__FROM_CARRIED)
            numbers[i] = aq__writer_places(writer, &settings[i]);
    }
    return numbers;
}

static void append_value(aq__writer_t *writer, const aq__setting_t *setting, size_t number)
{
    aq_text_t *sql = &writer->sql;

    switch (setting->from) {
    case AQ__FROM_MEMBER: aq__writer_member_sql(writer, number); break;
    case AQ__FROM_CARRIED: aq__writer_carried_sql(writer, setting, number); break;
    case AQ__FROM_FIRST: aq_text_append(sql, "1"); break;
    case AQ__FROM_NEXT:
        aq_text_appendf(sql, "%s.%s + 1", writer->step->table->name_sql, setting->column->sql);
        break;
    case AQ__FROM_DEFAULT: aq_text_append(sql, "DEFAULT"); break;
    case AQ__FROM_NULL:
    case AQ__FROM_NOTHING: aq_text_append(sql, "NULL"); break;
    }
}

/* ---- INSERT -------------------------------------------------------------------------------------------------------------------------------- */

static bool is_returned(const aq__step_t *step, const aq__mapped_column_t *column)
{
    for (size_t i = 0; i < step->returned_count; i++)
        if (step->returned[i]->column == column->column)
            return true;
    return false;
}

/* What comes back, and what is only carried. */
static void append_returning(aq__writer_t *writer)
{
    const aq__step_t *step = writer->step;
    const char *word = " RETURNING ";

    for (size_t i = 0; i < step->returned_count; i++, word = ", ")
        aq_text_appendf(&writer->sql, "%s%s", word, step->returned[i]->sql);
    for (size_t i = 0; i < step->carry_count; i++)
        if (!is_returned(step, step->carries[i].column)) {
            aq_text_appendf(&writer->sql, "%s%s", word, step->carries[i].column->sql);
            word = ", ";
        }
}

static void append_expected(aq__writer_t *writer)
{
    if (writer->step->kind == AQ__STEP_DEFAULTS) {
        aq_text_appendf(&writer->sql, "%zu", writer->step->count);
    } else if (writer->fields[0] == NULL && writer->values[0].kind == AQ_VALUE_INT4) {
        aq_text_append(&writer->sql, "$1::int4");
    } else {
        aq_text_append(&writer->sql, "cardinality(");
        aq__writer_array(writer, 1);
        aq_text_append_char(&writer->sql, ')');
    }
}

/* A trigger that leaves out a row would give others its key. */
static void append_too_few(aq__writer_t *writer)
{
    aq__writer_stale(writer, "INSERT", "insert");
    append_expected(writer);
    aq_text_append(&writer->sql, " || ' row(s); ' || count(*) || ' were inserted.')::int4::text");
}

/* The subquery calls a volatile function, so the server keeps it though nobody looks at what it gives. */
static void append_carries(aq__writer_t *writer)
{
    const aq__step_t *step = writer->step;
    aq_text_t *sql = &writer->sql;

    aq_text_append(sql, ") SELECT ");
    for (size_t i = 0; i < step->returned_count; i++)
        aq_text_appendf(sql, "%saq_out.%s", i > 0 ? ", " : "", step->returned[i]->sql);
    aq_text_append(sql, step->returned_count > 0 ? " FROM (SELECT " : "1 FROM (SELECT ");
    for (size_t i = 0; i < step->carry_count; i++) {
        aq_text_appendf(sql, "%sset_config('aq.k%zu', CASE WHEN count(*) = ", i > 0 ? ", " : "",
                        step->carries[i].number);
        append_expected(writer);
        aq_text_appendf(sql, " THEN array_agg(aq_out.%s)::text ELSE ", step->carries[i].column->sql);
        append_too_few(writer);
        aq_text_append(sql, " END, true)");
    }
    aq_text_append(sql,
                   step->returned_count > 0 ? " FROM aq_out) aq_carry, aq_out" : " FROM aq_out) aq_carry");
}

static bool overrides(const aq__step_t *step)
{
    for (size_t i = 0; i < step->setting_count; i++)
        if (step->settings[i].field->identity_always)
            return true;
    return false;
}

static void append_rows(aq__writer_t *writer, const size_t *numbers)
{
    const aq__step_t *step = writer->step;
    aq_text_t *sql = &writer->sql;

    aq_text_appendf(sql, "INSERT INTO %s (", step->table->sql);
    for (size_t i = 0; i < step->setting_count; i++)
        aq_text_appendf(sql, "%s%s", i > 0 ? ", " : "", step->settings[i].column->sql);
    aq_text_append(sql, overrides(step) ? ") OVERRIDING SYSTEM VALUE SELECT " : ") SELECT ");
    for (size_t i = 0; i < step->setting_count; i++) {
        aq__writer_comma(writer, i);
        append_value(writer, &step->settings[i], numbers[i]);
    }
    aq_text_append(sql, " FROM ");
    if (writer->count > 0)
        aq__writer_unnest(writer, false);
    else {
        writer->values[0] = aq_int4((int32_t)step->count);
        writer->fields[writer->count++] = NULL;
        aq_text_append(sql, "generate_series(1, $1::int4)");
    }
}

static void append_defaults(aq__writer_t *writer)
{
    const aq__step_t *step = writer->step;
    aq_text_t *sql = &writer->sql;

    aq_text_appendf(sql, "INSERT INTO %s ", step->table->sql);
    if (step->count == 1) {
        aq_text_append(sql, "DEFAULT VALUES");
        return;
    }
    aq_text_appendf(sql, "(%s) VALUES (DEFAULT)", step->table->columns[0].sql);
    for (size_t i = 1; i < step->count; i++)
        aq_text_append(sql, ", (DEFAULT)");
}

static int write_insert(aq_arena_t *arena, aq__step_t *step)
{
    aq__writer_t writer;
    size_t *numbers;

    if (aq__writer_init(&writer, arena, step, step->setting_count + 1) != AQ_OK)
        return AQ_ENOMEM;
    numbers = add_settings(&writer, step->settings, step->setting_count);
    if (step->carry_count > 0)
        aq_text_append(&writer.sql, "WITH aq_out AS (");
    if (step->kind == AQ__STEP_DEFAULTS)
        append_defaults(&writer);
    else if (numbers != NULL)
        append_rows(&writer, numbers);
    append_returning(&writer);
    if (step->carry_count > 0)
        append_carries(&writer);
    return aq__writer_finish(&writer);
}

/* ---- UPDATE ---------------------------------------------------------------------------------------------------------------------------------- */

static void append_set(aq__writer_t *writer, const size_t *numbers)
{
    const aq__step_t *step = writer->step;

    aq_text_appendf(&writer->sql, "UPDATE %s SET ", step->table->sql);
    for (size_t i = 0; i < step->setting_count; i++) {
        aq_text_appendf(&writer->sql, "%s%s = ", i > 0 ? ", " : "", step->settings[i].column->sql);
        append_value(writer, &step->settings[i], numbers[i]);
    }
}

/* What comes back of an UPDATE, behind the number of its row. */
static void append_updated(aq__writer_t *writer)
{
    const aq__step_t *step = writer->step;

    aq_text_append(&writer->sql, " RETURNING aq_in.aq_n");
    for (size_t i = 0; i < step->returned_count; i++)
        aq_text_appendf(&writer->sql, ", %s.%s", step->table->name_sql, step->returned[i]->sql);
}

/* The check is evaluated whether a row was met or not: it is the side of the join that is always there. */
static void append_checked(aq__writer_t *writer, size_t keys)
{
    const aq__step_t *step = writer->step;
    aq_text_t *sql = &writer->sql;

    if (step->returned_count == 0) {
        aq_text_append(sql, ") ");
        aq__writer_check(writer, "UPDATE", keys);
        return;
    }
    aq_text_append(sql, "), aq_check AS (");
    aq__writer_check(writer, "UPDATE", keys);
    aq_text_append(sql, ") SELECT aq_check.aq_stale, aq_out.aq_n");
    for (size_t i = 0; i < step->returned_count; i++)
        aq_text_appendf(sql, ", aq_out.%s", step->returned[i]->sql);
    aq_text_append(sql, " FROM aq_check LEFT JOIN aq_out ON true");
}

static int write_update(aq_arena_t *arena, aq__step_t *step)
{
    aq__writer_t writer;
    size_t *numbers, keys;

    if (aq__writer_init(&writer, arena, step, step->setting_count + step->mapper->key_count + 1) != AQ_OK)
        return AQ_ENOMEM;
    numbers = add_settings(&writer, step->settings, step->setting_count);
    keys = aq__writer_add_keys(&writer);
    aq_text_append(&writer.sql, "WITH aq_out AS (");
    if (numbers != NULL)
        append_set(&writer, numbers);
    aq_text_append(&writer.sql, " FROM ");
    aq__writer_unnest(&writer, step->returned_count > 0);
    aq__writer_where(&writer, keys);
    if (step->returned_count > 0)
        append_updated(&writer);
    else
        aq_text_append(&writer.sql, " RETURNING 1");
    append_checked(&writer, keys);
    return aq__writer_finish(&writer);
}

/* Foreign keys of rows that this unit has inserted: their own keys may be carried. */
static int write_later(aq_arena_t *arena, aq__step_t *step)
{
    aq__writer_t writer;
    size_t *numbers, *keys;

    if (aq__writer_init(&writer, arena, step, step->setting_count + step->key_count) != AQ_OK)
        return AQ_ENOMEM;
    numbers = add_settings(&writer, step->settings, step->setting_count);
    keys = add_settings(&writer, step->keys, step->key_count);
    if (numbers != NULL && keys != NULL) {
        append_set(&writer, numbers);
        aq_text_append(&writer.sql, " FROM ");
        aq__writer_unnest(&writer, false);
        for (size_t i = 0; i < step->key_count; i++) {
            aq_text_appendf(&writer.sql, "%s%s.%s = ", i > 0 ? " AND " : " WHERE ", step->table->name_sql,
                            step->keys[i].column->sql);
            append_value(&writer, &step->keys[i], keys[i]);
        }
    }
    return aq__writer_finish(&writer);
}

int aq__write_step(aq_arena_t *arena, aq__step_t *step)
{
    switch (step->kind) {
    case AQ__STEP_INSERT:
    case AQ__STEP_DEFAULTS: return write_insert(arena, step);
    case AQ__STEP_UPDATE:
    case AQ__STEP_SWITCH: return write_update(arena, step);
    case AQ__STEP_LATER: return write_later(arena, step);
    case AQ__STEP_RELEASE: return aq__write_release(arena, step);
    case AQ__STEP_DELETE: return aq__write_deletes(arena, step);
    case AQ__STEP_LINK:
    case AQ__STEP_UNLINK: return aq__write_row_link(arena, step);
    case AQ__STEP_SWEEP: return aq__write_sweep(arena, step);
    }
    return AQ_OK;
}
