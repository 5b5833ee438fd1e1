/* What the statements of a flush are written with: arrays as parameters, rows made of them, carried keys, keys that rows are found by.
 *
 * Every array has one element for each row of the statement, so the text does not depend on their number: a flush of the same shape has the same texts,
 * and what is prepared is used again. */
#include "src/orm/plan-step.h"

int aq__writer_init(aq__writer_t *writer, aq_arena_t *arena, aq__step_t *step, size_t most)
{
    memset(writer, 0, sizeof(*writer));
    writer->arena = arena;
    writer->step = step;
    writer->capacity = most;
    writer->values = aq_arena_alloc(arena, most * sizeof(*writer->values));
    writer->fields = aq_arena_alloc(arena, most * sizeof(*writer->fields));
    if (writer->values == NULL || writer->fields == NULL)
        return writer->code = AQ_ENOMEM;
    if (step->parts == NULL)
        return AQ_OK;
    writer->objects = aq_arena_alloc(arena, step->count * sizeof(void *));
    if (writer->objects == NULL)
        return writer->code = AQ_ENOMEM;
    for (size_t i = 0; i < step->count; i++)
        writer->objects[i] = step->parts[i]->changed->object;
    return AQ_OK;
}

int aq__writer_finish(aq__writer_t *writer)
{
    aq__step_t *step = writer->step;

    if (writer->code == AQ_OK && writer->sql.failed)
        writer->code = AQ_ENOMEM;
    if (writer->code == AQ_OK) {
        step->sql = aq_arena_strndup(writer->arena, aq_text_string(&writer->sql), writer->sql.length);
        step->arguments = (aq_arguments_t){writer->count, writer->values};
        step->argument_fields = writer->fields;
        if (step->sql == NULL)
            writer->code = AQ_ENOMEM;
    }
    aq_text_dispose(&writer->sql);
    return writer->code;
}

/* ---- Arrays ------------------------------------------------------------------------------------------------------------------------------ */

static size_t add(aq__writer_t *writer, const aq__field_t *field, aq_value_t value)
{
    writer->values[writer->count] = value;
    writer->fields[writer->count] = field;
    return ++writer->count;
}

size_t aq__writer_members(aq__writer_t *writer, const aq__field_t *field, void *const *objects, size_t count)
{
    aq_value_t value = aq_null();
    int rc = writer->code == AQ_OK ? aq__member_array(field, objects, count, writer->arena, &value) : AQ_OK;

    if (rc != AQ_OK)
        writer->code = rc;
    return add(writer, field, value);
}

static bool is_as_it_was(const aq__field_t *field, void *const *objects, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (aq__object_snapshot(objects[i]) != NULL && aq__object_field_changed(objects[i], field))
            return false;
    return true;
}

/* An object that has the member as it is in the snapshot, and nothing else: only the member's address is ever looked at. */
static void *old_object(aq__writer_t *writer, const aq__field_t *field, void *object)
{
    const char *snapshot = aq__object_snapshot(object);
    char *old;

    if (snapshot == NULL)
        return object;
    if ((old = aq_arena_alloc(writer->arena, field->offset + field->size)) == NULL)
        return NULL;
    memcpy(old + field->offset, snapshot + field->snapshot, field->size);
    return old;
}

size_t aq__writer_old_members(aq__writer_t *writer, const aq__field_t *field, void *const *objects,
                              size_t count)
{
    void **old;

    if (is_as_it_was(field, objects, count))
        return aq__writer_members(writer, field, objects, count);
    old = aq_arena_alloc(writer->arena, count * sizeof(*old));
    for (size_t i = 0; old != NULL && i < count; i++)
        if ((old[i] = old_object(writer, field, objects[i])) == NULL)
            old = NULL;
    if (old == NULL) {
        writer->code = AQ_ENOMEM;
        return add(writer, field, aq_null());
    }
    return aq__writer_members(writer, field, old, count);
}

size_t aq__writer_places(aq__writer_t *writer, const aq__setting_t *setting)
{
    const aq__step_t *step = writer->step;
    int32_t *places = aq_arena_alloc(writer->arena, step->count * sizeof(*places));

    if (places == NULL)
        writer->code = AQ_ENOMEM;
    for (size_t i = 0; places != NULL && i < step->count; i++)
        places[i] = (int32_t)aq__setting_source(setting, step->parts[i])->place + 1;
    return add(writer, NULL, aq_int4_array(places, places != NULL ? step->count : 0));
}

size_t aq__writer_link_places(aq__writer_t *writer, size_t index)
{
    const aq__step_t *step = writer->step;
    bool near = index < step->relation->near_count;
    int32_t *places = aq_arena_alloc(writer->arena, step->count * sizeof(*places));

    if (places == NULL)
        writer->code = AQ_ENOMEM;
    for (size_t i = 0; places != NULL && i < step->count; i++) {
        const aq__changed_t *source = near ? step->links[i]->near_source : step->links[i]->far_source;

        places[i] = (int32_t)aq__planned_with(source, step->settings[index].field)->place + 1;
    }
    return add(writer, NULL, aq_int4_array(places, places != NULL ? step->count : 0));
}

/* ---- Pieces of text ------------------------------------------------------------------------------------------------------------------------ */

void aq__writer_comma(aq__writer_t *writer, size_t index)
{
    if (index > 0)
        aq_text_append(&writer->sql, ", ");
}

void aq__writer_array(aq__writer_t *writer, size_t number)
{
    const aq__field_t *field = writer->fields[number - 1];

    aq_text_appendf(&writer->sql, "$%zu::%s", number, field != NULL ? field->carrier_type : "int4[]");
}

void aq__writer_unnest(aq__writer_t *writer, bool numbered)
{
    aq_text_append(&writer->sql, "unnest(");
    for (size_t i = 1; i <= writer->count; i++) {
        aq__writer_comma(writer, i - 1);
        aq__writer_array(writer, i);
    }
    aq_text_append(&writer->sql, numbered ? ") WITH ORDINALITY aq_in(" : ") aq_in(");
    for (size_t i = 1; i <= writer->count; i++) {
        aq__writer_comma(writer, i - 1);
        aq_text_appendf(&writer->sql, "c%zu", i);
    }
    aq_text_append(&writer->sql, numbered ? ", aq_n)" : ")");
}

void aq__writer_member_sql(aq__writer_t *writer, size_t number)
{
    aq_text_appendf(&writer->sql, "aq_in.c%zu%s", number, writer->fields[number - 1]->cast);
}

void aq__writer_carried_sql(aq__writer_t *writer, const aq__setting_t *setting, size_t number)
{
    const aq__field_t *field = setting->source_column->field;

    aq_text_appendf(&writer->sql, "((SELECT current_setting('aq.k%zu')::%s))[aq_in.c%zu]%s", setting->number,
                    field->carrier_type, number, field->cast);
}

/* ---- Finding rows ---------------------------------------------------------------------------------------------------------------------------- */

/* The key of a table of joined inheritance has followed the base's already, where that was changed. */
static void add_key(aq__writer_t *writer, const aq__mapped_column_t *column)
{
    const aq__step_t *step = writer->step;
    bool base = step->table->table == step->mapper->tables[0].table;

    if (base && step->kind != AQ__STEP_SWITCH)
        aq__writer_old_members(writer, column->field, writer->objects, step->count);
    else
        aq__writer_members(writer, column->field, writer->objects, step->count);
}

static const aq__mapped_column_t *version_column(const aq__step_t *step)
{
    return step->mapper->version != NULL ? aq__table_column_of(step->table, step->mapper->version) : NULL;
}

bool aq__step_has_version(const aq__step_t *step)
{
    const aq__mapped_column_t *version = version_column(step);

    if (version == NULL || step->kind == AQ__STEP_DELETE)
        return version != NULL && !step->unchecked;
    for (size_t i = 0; step->kind == AQ__STEP_UPDATE && i < step->setting_count; i++)
        if (step->settings[i].from == AQ__FROM_NEXT)
            return true;
    return false;
}

size_t aq__writer_add_keys(aq__writer_t *writer)
{
    const aq__step_t *step = writer->step;
    size_t first = writer->count + 1;

    for (size_t i = 0; i < step->mapper->key_count; i++)
        add_key(writer, &step->table->columns[step->table->key[i]]);
    if (aq__step_has_version(step))
        aq__writer_old_members(writer, version_column(step)->field, writer->objects, step->count);
    return first;
}

static void append_equal(aq__writer_t *writer, bool more, const aq__mapped_column_t *column, size_t number)
{
    aq_text_appendf(&writer->sql, "%s%s.%s = ", more ? " AND " : " WHERE ", writer->step->table->name_sql,
                    column->sql);
    aq__writer_member_sql(writer, number);
}

void aq__writer_where(aq__writer_t *writer, size_t first)
{
    const aq__step_t *step = writer->step;
    size_t count = step->mapper->key_count;

    for (size_t i = 0; i < count; i++)
        append_equal(writer, i > 0, &step->table->columns[step->table->key[i]], first + i);
    if (aq__step_has_version(step))
        append_equal(writer, true, version_column(step), first + count);
}

static void append_literal_part(aq_text_t *sql, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            aq_text_append_char(sql, '\'');
        aq_text_append_char(sql, *text);
    }
}

void aq__writer_stale(aq__writer_t *writer, const char *verb, const char *does)
{
    aq_text_appendf(&writer->sql, "('" AQ__STALE_MARK "%s statement on table ''", verb);
    append_literal_part(&writer->sql, writer->step->table->table->name);
    aq_text_appendf(&writer->sql, "'' expected to %s ' || ", does);
}

void aq__writer_check(aq__writer_t *writer, const char *verb, size_t number)
{
    aq_text_t *sql = &writer->sql;

    aq_text_append(sql, "SELECT CASE WHEN count(*) < cardinality(");
    aq__writer_array(writer, number);
    aq_text_append(sql, ") THEN ");
    aq__writer_stale(writer, verb, verb[0] == 'U' ? "update" : "delete");
    aq_text_append(sql, "cardinality(");
    aq__writer_array(writer, number);
    aq_text_append(sql,
                   ") || ' row(s); ' || count(*) || ' were matched.')::int4 END AS aq_stale FROM aq_out");
}
