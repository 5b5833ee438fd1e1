/* What is wrong with a constraint or an index of a declaration by itself, and with what became of it.
 *
 * The happy path: nothing. The failure modes: an option that is not for its kind, which would say nothing; an option that is no value;
 * columns that are named twice, or may not be NULL, or must not. "User: AQ_UNIQUE: ...", "User: index 'user_email': ..." */
#include <string.h>

#include "src/schema/models.h"
#include "src/schema/naming.h"
#include "src/schema/text_form.h"

int aq__refuse_thing(const aq__thing_t *thing, const char *format, ...)
{
    aq_text_t text = {0};
    va_list arguments;
    int code;

    aq_text_appendf(&text, "%s: %s: ", thing->declaration->what, thing->name);
    va_start(arguments, format);
    code = aq__problem_vadd(&thing->declaration->registry->problems, thing->source, &text, format, arguments);
    va_end(arguments);
    return code;
}

/* SQL that is there, but nothing. */
static int check_said(const aq__thing_t *thing, const char *option, const char *text)
{
    if (text == NULL || !aq__is_blank(text))
        return AQ_OK;
    return aq__refuse_thing(thing, ".%s is '%s', which says nothing", option, text);
}

/* Its length is for those to see who make the whole name of it. */
static int check_name(const aq__thing_t *thing, const char *name)
{
    if (name == NULL || aq__name_check_text(".name", name) == AQ_OK)
        return AQ_OK;
    return aq__refuse_thing(thing, "%s", aq_last_error()->message);
}

/* ---- Parts ------------------------------------------------------------------------------------------------------------------- */

bool aq__is_part(const aq_part_t *part)
{
    return part->column != NULL || part->expression != NULL || part->collation != NULL ||
           part->collation_schema != NULL || part->opclass != NULL || part->with != NULL ||
           part->descending || part->nulls != AQ_NULLS_DEFAULT;
}

static int check_part(const aq__thing_t *thing, const aq_part_t *part, bool of_exclusion)
{
    int code;

    if (part->column == NULL && part->expression == NULL)
        return aq__refuse_thing(thing, "a part has neither .column nor .expression");
    if (part->column != NULL && part->expression != NULL)
        return aq__refuse_thing(thing, "a part is both the column '%s' and the expression '%s'", part->column,
                                part->expression);
    if (of_exclusion && part->with == NULL)
        return aq__refuse_thing(thing, "each part must say .with which operator it is compared");
    if (!of_exclusion && part->with != NULL)
        return aq__refuse_thing(thing, ".with is '%s', which is for AQ_EXCLUDE", part->with);
    if (part->collation_schema != NULL && part->collation == NULL)
        return aq__refuse_thing(thing, ".collation_schema is '%s', and it has no .collation",
                                part->collation_schema);
    if ((unsigned)part->nulls > AQ_NULLS_LAST)
        return aq__refuse_thing(thing, ".nulls is %d, which is no aq_nulls_t", (int)part->nulls);
    code = check_said(thing, "expression", part->expression);
    if (code == AQ_OK)
        code = check_said(thing, "collation", part->collation);
    if (code == AQ_OK)
        code = check_said(thing, "collation_schema", part->collation_schema);
    if (code == AQ_OK)
        code = check_said(thing, "opclass", part->opclass);
    return code == AQ_OK ? check_said(thing, "with", part->with) : code;
}

static int check_parts(const aq__thing_t *thing, const aq_part_t *parts, bool of_exclusion)
{
    int code = AQ_OK;

    for (; parts != NULL && aq__is_part(parts) && code == AQ_OK; parts++)
        code = check_part(thing, parts, of_exclusion);
    return code;
}

/* ---- Constraints --------------------------------------------------------------------------------------------------------------- */

#define FOR(kind) (1U << AQ_CONSTRAINT_##kind)

/* An option of another kind would be forgotten. */
static int check_options(const aq__thing_t *thing, const aq_constraint_t *declared)
{
    const struct {
        const char *name;
        bool said;
        unsigned kinds;
    } options[] = {
        {"columns", declared->columns != NULL, ~FOR(EXCLUDE)},
        {"include", declared->include != NULL, FOR(PRIMARY_KEY) | FOR(UNIQUE) | FOR(EXCLUDE)},
        {"nulls_not_distinct", declared->nulls_not_distinct, FOR(UNIQUE)},
        {"table", declared->table != NULL, FOR(FOREIGN_KEY)},
        {"schema", declared->schema != NULL, FOR(FOREIGN_KEY)},
        {"model", declared->model != NULL, FOR(FOREIGN_KEY)},
        {"referred", declared->referred != NULL, FOR(FOREIGN_KEY)},
        {"on_delete", declared->on_delete != AQ_NO_ACTION, FOR(FOREIGN_KEY)},
        {"on_update", declared->on_update != AQ_NO_ACTION, FOR(FOREIGN_KEY)},
        {"on_delete_columns", declared->on_delete_columns != NULL, FOR(FOREIGN_KEY)},
        {"match_full", declared->match_full, FOR(FOREIGN_KEY)},
        {"check", declared->check != NULL, FOR(CHECK)},
        {"no_inherit", declared->no_inherit, FOR(CHECK)},
        {"not_valid", declared->not_valid, FOR(FOREIGN_KEY) | FOR(CHECK)},
        {"method", declared->method != NULL, FOR(EXCLUDE)},
        {"parts", declared->parts != NULL, FOR(EXCLUDE)},
        {"where", declared->where != NULL, FOR(EXCLUDE)},
        {"deferrable", declared->deferrable != AQ_NOT_DEFERRABLE, ~FOR(CHECK)},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(options); i++)
        if (options[i].said && (options[i].kinds & (1U << declared->kind)) == 0)
            return aq__refuse_thing(thing, "it has no .%s", options[i].name);
    return AQ_OK;
}
#undef FOR

static int check_values(const aq__thing_t *thing, const aq_constraint_t *declared)
{
    int code;

    if ((unsigned)declared->on_delete > AQ_SET_DEFAULT)
        return aq__refuse_thing(thing, ".on_delete is %d, which is no aq_action_t", (int)declared->on_delete);
    if ((unsigned)declared->on_update > AQ_SET_DEFAULT)
        return aq__refuse_thing(thing, ".on_update is %d, which is no aq_action_t", (int)declared->on_update);
    if ((unsigned)declared->deferrable > AQ_INITIALLY_DEFERRED)
        return aq__refuse_thing(thing, ".deferrable is %d, which is no aq_deferrable_t",
                                (int)declared->deferrable);
    if (declared->name_final && declared->name == NULL)
        return aq__refuse_thing(thing, ".name_final is set, and it has no .name");
    code = check_name(thing, declared->name);
    if (code == AQ_OK)
        code = check_said(thing, "check", declared->check);
    if (code == AQ_OK)
        code = check_said(thing, "method", declared->method);
    return code == AQ_OK ? check_said(thing, "where", declared->where) : code;
}

static int check_foreign_key(const aq__thing_t *thing, const aq_constraint_t *declared)
{
    bool sets = declared->on_delete == AQ_SET_NULL || declared->on_delete == AQ_SET_DEFAULT;

    if ((declared->table != NULL) == (declared->model != NULL))
        return aq__refuse_thing(thing, "it must name a .table or a .model");
    if (declared->model != NULL && declared->schema != NULL)
        return aq__refuse_thing(thing, ".schema is '%s', but the .model '%s' has its own", declared->schema,
                                declared->model);
    if (declared->on_delete_columns != NULL && !sets)
        return aq__refuse_thing(thing,
                                ".on_delete_columns are for .on_delete AQ_SET_NULL and AQ_SET_DEFAULT");
    return AQ_OK;
}

static int check_kind(const aq__thing_t *thing, const aq_constraint_t *declared)
{
    switch (declared->kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY:
        if (thing->declaration->table->primary_key != NULL)
            return aq__refuse_thing(thing, "the table has a primary key already");
        break;
    case AQ_CONSTRAINT_UNIQUE: break;
    case AQ_CONSTRAINT_FOREIGN_KEY: return check_foreign_key(thing, declared);
    case AQ_CONSTRAINT_CHECK:
        return declared->check != NULL ? AQ_OK : aq__refuse_thing(thing, "it has no expression");
    case AQ_CONSTRAINT_EXCLUDE:
        if (declared->parts == NULL || !aq__is_part(declared->parts))
            return aq__refuse_thing(thing, "it has no parts");
        return check_parts(thing, declared->parts, true);
    }
    return AQ_OK;
}

int aq__check_constraint(const aq__thing_t *thing, const aq_constraint_t *declared)
{
    bool needs_columns = declared->kind != AQ_CONSTRAINT_CHECK && declared->kind != AQ_CONSTRAINT_EXCLUDE;
    int code;

    if ((unsigned)declared->kind > AQ_CONSTRAINT_EXCLUDE)
        return aq__refuse_thing(thing, "it is of no kind");
    code = check_options(thing, declared);
    if (code == AQ_OK)
        code = check_values(thing, declared);
    if (code == AQ_OK)
        code = check_kind(thing, declared);
    if (code == AQ_OK && needs_columns && (declared->columns == NULL || declared->columns[0] == NULL))
        code = aq__refuse_thing(thing, "it has no columns");
    return code;
}

/* ---- Indexes ------------------------------------------------------------------------------------------------------------------- */

static int check_method(const aq__thing_t *thing, const aq_index_t *declared)
{
    if (!aq__method_is_unordered(declared->method))
        return AQ_OK;
    if (declared->unique)
        return aq__refuse_thing(thing, ".method is '%s', which cannot be .unique", declared->method);
    for (const aq_part_t *part = declared->parts; part != NULL && aq__is_part(part); part++)
        if (part->descending || part->nulls != AQ_NULLS_DEFAULT)
            return aq__refuse_thing(thing, ".method is '%s', which knows neither .descending nor .nulls",
                                    declared->method);
    return AQ_OK;
}

int aq__check_index(const aq__thing_t *thing, const aq_index_t *declared)
{
    bool has_columns = declared->columns != NULL && declared->columns[0] != NULL;
    bool has_parts = declared->parts != NULL && aq__is_part(declared->parts);
    int code;

    if (declared->columns != NULL && declared->parts != NULL)
        return aq__refuse_thing(thing, "it has both .columns and .parts");
    if (!has_columns && !has_parts)
        return aq__refuse_thing(thing, "it has neither .columns nor .parts");
    if (declared->nulls_not_distinct && !declared->unique)
        return aq__refuse_thing(thing, ".nulls_not_distinct is for .unique indexes");
    code = check_name(thing, declared->name);
    if (code == AQ_OK)
        code = check_said(thing, "method", declared->method);
    if (code == AQ_OK)
        code = check_said(thing, "where", declared->where);
    if (code == AQ_OK)
        code = check_said(thing, "storage", declared->storage);
    if (code == AQ_OK)
        code = check_method(thing, declared);
    return code == AQ_OK ? check_parts(thing, declared->parts, false) : code;
}

/* ---- What became of them --------------------------------------------------------------------------------------------------------- */

static bool is_among(const aq__column_t *column, aq__column_t *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

enum { MOST_KEYS = 32 }; /* INDEX_MAX_KEYS */

/* What an index, of a constraint too, can hold. */
static int check_keys(const aq__thing_t *thing, aq__column_t *const *columns, size_t count)
{
    if (count > MOST_KEYS)
        return aq__refuse_thing(thing, "it has %zu columns: at most %d are allowed", count, MOST_KEYS);
    for (size_t i = 0; i < count; i++)
        if (columns[i] != NULL && columns[i]->type.oid == AQ_OID_JSON)
            return aq__refuse_thing(thing, "json cannot be compared, and the column '%s' is",
                                    columns[i]->name);
    return AQ_OK;
}

static int check_twice(const aq__thing_t *thing, aq__column_t *const *columns, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (is_among(columns[i], columns, i))
            return aq__refuse_thing(thing, "it names the column '%s' twice", columns[i]->name);
    return AQ_OK;
}

/* What a foreign key sets NULL can be NULL. */
static int check_set_null(const aq__thing_t *thing, const char *option, aq__column_t *const *columns,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i]->not_null)
            return aq__refuse_thing(thing, ".%s sets NULL what is NOT NULL: the column '%s'", option,
                                    columns[i]->name);
    return AQ_OK;
}

static int check_actions(const aq__thing_t *thing, const aq__constraint_t *constraint)
{
    bool some = constraint->on_delete_column_count > 0;
    aq__column_t *const *set = some ? constraint->on_delete_columns : constraint->columns;
    size_t set_count = some ? constraint->on_delete_column_count : constraint->column_count;
    int code = check_twice(thing, constraint->on_delete_columns, constraint->on_delete_column_count);

    for (size_t i = 0; i < constraint->on_delete_column_count && code == AQ_OK; i++)
        if (!is_among(set[i], constraint->columns, constraint->column_count))
            code = aq__refuse_thing(thing, ".on_delete_columns has '%s', which is none of its .columns",
                                    set[i]->name);
    if (code == AQ_OK && constraint->on_delete == AQ_SET_NULL)
        code = check_set_null(thing, "on_delete", set, set_count);
    if (code == AQ_OK && constraint->on_update == AQ_SET_NULL)
        code = check_set_null(thing, "on_update", constraint->columns, constraint->column_count);
    return code;
}

int aq__check_made_constraint(const aq__thing_t *thing, const aq__constraint_t *constraint)
{
    int code = check_twice(thing, constraint->columns, constraint->column_count);

    if (code == AQ_OK)
        code = check_twice(thing, constraint->include, constraint->include_count);
    for (size_t i = 0; i < constraint->include_count && code == AQ_OK; i++)
        if (is_among(constraint->include[i], constraint->columns, constraint->column_count))
            code = aq__refuse_thing(thing, "it names the column '%s' twice", constraint->include[i]->name);
    for (size_t i = 0; i < constraint->column_count && code == AQ_OK; i++)
        if (constraint->kind == AQ_CONSTRAINT_PRIMARY_KEY && !constraint->columns[i]->not_null)
            code = aq__refuse_thing(thing, "a primary key cannot be NULL, and the column '%s' can",
                                    constraint->columns[i]->name);
    if (code == AQ_OK && constraint->kind != AQ_CONSTRAINT_CHECK)
        code = check_keys(thing, constraint->columns, constraint->column_count);
    return code == AQ_OK ? check_actions(thing, constraint) : code;
}

int aq__check_made_index(const aq__thing_t *thing, const aq__index_t *index)
{
    bool compares = index->method == NULL || strcmp(index->method, "btree") == 0;
    int code = check_twice(thing, index->include, index->include_count);

    if (index->part_count + index->include_count > MOST_KEYS)
        return aq__refuse_thing(thing, "it has %zu columns: at most %d are allowed",
                                index->part_count + index->include_count, MOST_KEYS);
    for (size_t i = 0; i < index->part_count && code == AQ_OK && compares; i++)
        code = check_keys(thing, &index->parts[i].column, 1);
    for (size_t i = 0; i < index->part_count && code == AQ_OK; i++) {
        for (size_t j = 0; j < i && code == AQ_OK; j++)
            if (aq__parts_are_twins(&index->parts[i], &index->parts[j]))
                code =
                    aq__refuse_thing(thing, "it names the column '%s' twice", index->parts[i].column->name);
        if (code == AQ_OK && is_among(index->parts[i].column, index->include, index->include_count))
            code = aq__refuse_thing(thing, "it names the column '%s' twice", index->parts[i].column->name);
    }
    return code;
}

/* ---- Foreign keys, sealed ---------------------------------------------------------------------------------------------------- */

/* Types of one family have operators between each other. */
static uint32_t family(uint32_t oid)
{
    switch (oid) {
    case AQ_OID_INT2:
    case AQ_OID_INT4:
    case AQ_OID_INT8:
    case AQ_OID_FLOAT4:
    case AQ_OID_FLOAT8:
    case AQ_OID_NUMERIC: return AQ_OID_NUMERIC;
    case AQ_OID_NAME:
    case AQ_OID_VARCHAR:
    case AQ_OID_BPCHAR:
    case AQ_OID_TEXT: return AQ_OID_TEXT;
    case AQ_OID_DATE:
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ: return AQ_OID_TIMESTAMP;
    default: return oid;
    }
}

/* Any other may be a domain over any type; none at all is a problem that was told. */
static bool is_known(const aq__type_t *type)
{
    return type->oid != AQ_OID_UNKNOWN || type->enumeration != NULL;
}

static bool can_compare(const aq__type_t *a, const aq__type_t *b)
{
    if (!is_known(a) || !is_known(b))
        return true;
    if (a->array != b->array || !aq__same_text(a->name, b->name))
        return false;
    return a->array ? a->oid == b->oid : family(a->oid) == family(b->oid);
}

static const char *name_of(const aq__type_t *type)
{
    return type->name != NULL ? type->name : aq__oid_name(type->oid);
}

int aq__check_compared_types(const aq__constraint_t *foreign_key, aq__problems_t *problems)
{
    for (size_t i = 0; i < foreign_key->column_count; i++) {
        const aq__column_t *column = foreign_key->columns[i], *referred = foreign_key->referred_columns[i];

        if (!can_compare(&column->type, &referred->type))
            return aq__problem_add(
                problems, foreign_key->source,
                "%s.%s: its foreign key refers to '%s.%s', but the one is %s%s and the other "
                "%s%s",
                column->table->name, column->name, referred->table->name, referred->name,
                name_of(&column->type), column->type.array ? "[]" : "", name_of(&referred->type),
                referred->type.array ? "[]" : "");
    }
    return AQ_OK;
}
