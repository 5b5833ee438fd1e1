/* Planning a header: members and what their options say.
 *
 * The happy path: a type has a macro, and C a type for its values. A constraint or an index that is on one column and has nothing that an
 * option could not say, a name of its own for one, is an option of that column.
 * The failure modes: a type that has no macro is the nearest one with .sql_type; a second constraint of one kind on the same column stays
 * in the list. */
#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/naming.h"
#include "src/tool/plan.h"

/* ---- Types --------------------------------------------------------------------------------------------------------------- */

static const struct known_type {
    uint32_t oid;
    aq__c_type_t c;
} known_types[] = {
    {AQ_OID_BOOL, {"BOOL", "bool", "aq_bool_null_t", "aq_bool_array_t"}},
    {AQ_OID_INT2, {"INT2", "int16_t", "aq_int2_null_t", "aq_int2_array_t"}},
    {AQ_OID_INT4, {"INT4", "int32_t", "aq_int4_null_t", "aq_int4_array_t"}},
    {AQ_OID_INT8, {"INT8", "int64_t", "aq_int8_null_t", "aq_int8_array_t"}},
    {AQ_OID_FLOAT4, {"FLOAT4", "float", "aq_float4_null_t", "aq_float4_array_t"}},
    {AQ_OID_FLOAT8, {"FLOAT8", "double", "aq_float8_null_t", "aq_float8_array_t"}},
    {AQ_OID_NUMERIC, {"NUMERIC", "const char *", "const char *", "aq_text_array_t"}},
    {AQ_OID_TEXT, {"TEXT", "const char *", "const char *", "aq_text_array_t"}},
    {AQ_OID_JSON, {"JSON", "const char *", "const char *", "aq_text_array_t"}},
    {AQ_OID_JSONB, {"JSONB", "const char *", "const char *", "aq_text_array_t"}},
    {AQ_OID_VARCHAR, {"VARCHAR", "const char *", "const char *", "aq_text_array_t"}},
    {AQ_OID_BPCHAR, {"CHAR", "const char *", "const char *", "aq_text_array_t"}},
    {AQ_OID_BYTEA, {"BYTEA", "aq_bytes_t", "aq_bytes_t", "aq_bytea_array_t"}},
    {AQ_OID_DATE, {"DATE", "aq_date_t", "aq_date_null_t", "aq_date_array_t"}},
    {AQ_OID_TIME, {"TIME", "aq_time_t", "aq_time_null_t", "aq_time_array_t"}},
    {AQ_OID_TIMESTAMP, {"TIMESTAMP", "aq_timestamp_t", "aq_timestamp_null_t", "aq_timestamp_array_t"}},
    {AQ_OID_TIMESTAMPTZ, {"TIMESTAMPTZ", "aq_timestamp_t", "aq_timestamp_null_t", "aq_timestamp_array_t"}},
    {AQ_OID_INTERVAL, {"INTERVAL", "aq_interval_t", "aq_interval_null_t", "aq_interval_array_t"}},
    {AQ_OID_UUID, {"UUID", "aq_uuid_t", "aq_uuid_null_t", "aq_uuid_array_t"}},
    {AQ_OID_INET, {"INET", "aq_inet_t", "aq_inet_null_t", "aq_inet_array_t"}},
};

/* Types with the text form of another one. */
static const struct similar_type {
    const char *name;
    uint32_t oid;
} similar_types[] = {
    {"cidr", AQ_OID_INET},
    {"oid", AQ_OID_INT8},
    {"xid8", AQ_OID_NUMERIC},
};

static const char *oid_name(uint32_t oid)
{
    switch (oid) {
#define CASE(NAME, name, oid, array_oid) \
    case oid: return #name;
        AQ_TYPE_TABLE(CASE)
#undef CASE
    default: return "text";
    }
}

static const aq__c_type_t *known_type(uint32_t oid)
{
    static const aq__c_type_t text = {"TEXT", "const char *", "const char *", "aq_text_array_t"};

    for (size_t i = 0; i < AQ__COUNT_OF(known_types); i++)
        if (known_types[i].oid == oid)
            return &known_types[i].c;
    return &text;
}

static const aq__c_type_t *similar_type(const aq__type_t *type)
{
    const char *name = type->oid != 0 ? oid_name(type->oid) : type->name;
    bool builtin = type->schema == NULL || strcmp(type->schema, "pg_catalog") == 0;

    if (type->oid == AQ_OID_INTERVAL) /* with fields */
        return known_type(type->oid);
    for (size_t i = 0; i < AQ__COUNT_OF(similar_types) && name != NULL && builtin; i++)
        if (strcmp(similar_types[i].name, name) == 0)
            return known_type(similar_types[i].oid);
    return known_type(AQ_OID_TEXT);
}

/* As DDL has it. */
static const char *type_text(aq__maker_t *maker, const aq__type_t *type)
{
    aq_text_t text = {0};

    aq__ddl_type(&text, type);
    return aq__make_text(maker, &text);
}

/* Whether a macro says all of it; AQ_COLUMN() knows all that have a number. */
static bool has_macro(const aq__type_t *type, bool is_model)
{
    if (type->oid == 0 || type->fields != NULL)
        return false;
    if (!is_model)
        return true;
    if (type->oid == AQ_OID_NAME || type->oid == AQ_OID_OID)
        return false;
    return !(type->oid == AQ_OID_BPCHAR && type->array);
}

static bool is_array(const aq__type_t *type)
{
    size_t length = type->text != NULL ? strlen(type->text) : 0;

    return type->array || (length > 0 && type->text[length - 1] == ']');
}

static aq__label_t *find_label(aq__plan_t *plan, const aq__enum_t *enumeration)
{
    for (size_t i = 0; enumeration != NULL && i < plan->metadata->enum_count; i++)
        if (plan->metadata->enums[i] == enumeration && enumeration->label_count > 0)
            return &plan->labels[i];
    return NULL;
}

static void plan_enum_member(aq__plan_t *plan, aq__member_t *member, aq__label_t *label)
{
    static const aq__c_type_t type = {"ENUM", NULL, "aq_enum_null_t", "aq_enum_array_t"};

    label->is_used = true;
    label->needs_schema = label->needs_schema || member->column->table->schema != NULL;
    member->enumeration = label;
    member->c_type = &type;
    member->type = member->column->type.array  ? type.array
                   : !member->column->not_null ? type.null
                                               : aq__make(&plan->maker, "%s_t", label->prefix);
}

static void plan_type(aq__plan_t *plan, aq__member_t *member, bool is_model)
{
    const aq__type_t *type = &member->column->type;
    bool whole = has_macro(type, is_model);
    aq__label_t *label = find_label(plan, type->enumeration);

    if (label != NULL) {
        plan_enum_member(plan, member, label);
        return;
    }
    member->c_type = whole ? known_type(type->oid) : similar_type(type);
    if (!whole)
        member->sql_type = type_text(&plan->maker, type);
    member->type = is_array(type)             ? member->c_type->array
                   : member->column->not_null ? member->c_type->one
                                              : member->c_type->null;
}

/* ---- Names that the server gives ------------------------------------------------------------------------------------------- */

/* Moves behind "_" and the word; false: something else is there. */
static bool skip_word(const char **at, const char *word)
{
    size_t length = strlen(word);

    if (**at != '_' || strncmp(*at + 1, word, length) != 0)
        return false;
    *at += 1 + length;
    return true;
}

static bool skip_columns(const char **at, aq__column_t *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!skip_word(at, columns[i]->name))
            return false;
    return true;
}

/* False: an expression, which is called otherwise. */
static bool skip_parts(const char **at, const aq__constraint_t *constraint)
{
    for (size_t i = 0; i < constraint->part_count; i++)
        if (constraint->parts[i].column == NULL || !skip_word(at, constraint->parts[i].column->name))
            return false;
    return true;
}

/* "post_author_id_fkey", of the table, columns and kind; cut names are not known again. */
static bool is_server_name(const char *name, const aq__constraint_t *constraint, bool columns,
                           const char *kind)
{
    const char *at = name;
    size_t length = strlen(constraint->table->name);

    if (strlen(name) > AQ__NAME_MAX || strncmp(at, constraint->table->name, length) != 0)
        return false;
    at += length;
    if (columns &&
        (!skip_columns(&at, constraint->columns, constraint->column_count) || !skip_parts(&at, constraint) ||
         !skip_columns(&at, constraint->include, constraint->include_count)))
        return false;
    return *at == '_' && strcmp(at + 1, kind) == 0;
}

bool aq__constraint_name_is_usual(const aq__constraint_t *constraint)
{
    const char *name = constraint->name;

    if (name == NULL)
        return true;
    switch (constraint->kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY: return is_server_name(name, constraint, false, "pkey");
    case AQ_CONSTRAINT_UNIQUE: return is_server_name(name, constraint, true, "key");
    case AQ_CONSTRAINT_FOREIGN_KEY: return is_server_name(name, constraint, true, "fkey");
    case AQ_CONSTRAINT_CHECK: return is_server_name(name, constraint, constraint->column_count == 1, "check");
    case AQ_CONSTRAINT_EXCLUDE: return is_server_name(name, constraint, true, "excl");
    }
    return false;
}

static const aq__column_t *first_column(const aq__index_t *index)
{
    for (size_t i = 0; i < index->part_count; i++)
        if (index->parts[i].column != NULL)
            return index->parts[i].column;
    return NULL;
}

/* "ix_post_author_id", with the schema if there is one; of expressions only "ix_post_expr", "ix_post_expr_2". */
bool aq__index_name_is_usual(const aq__index_t *index)
{
    const aq__column_t *column = first_column(index);
    const char *at = index->name;

    if (at == NULL)
        return true;
    if (strlen(at) > AQ__NAME_MAX || strncmp(at, "ix", 2) != 0)
        return false;
    at += 2;
    if ((index->table->schema != NULL && !skip_word(&at, index->table->schema)) ||
        !skip_word(&at, index->table->name) || !skip_word(&at, column != NULL ? column->name : "expr"))
        return false;
    return *at == '\0' || (column == NULL && *at == '_' && at[1 + strspn(at + 1, "0123456789")] == '\0');
}

const char *aq__index_name(aq__maker_t *maker, const aq__index_t *index)
{
    const aq__table_t *table = index->table;
    const aq__column_t *column = first_column(index);
    unsigned place = 0;

    if (index->name != NULL)
        return aq__index_name_is_usual(index) && column != NULL ? NULL : index->name;
    for (size_t i = 0; i < table->index_count && table->indexes[i] != index; i++)
        place += aq__index_name_is_usual(table->indexes[i]) && first_column(table->indexes[i]) == column;
    if (column != NULL && place == 0)
        return NULL;
    return aq__make(maker, place > 0 ? "ix%s%s_%s_%s_%u" : "ix%s%s_%s_%s", table->schema != NULL ? "_" : "",
                    table->schema != NULL ? table->schema : "", table->name,
                    column != NULL ? column->name : "expr", place + 1);
}

/* ---- What options can say ----------------------------------------------------------------------------------------------------- */

static bool is_plain(const aq__constraint_t *constraint)
{
    bool named = constraint->kind != AQ_CONSTRAINT_CHECK && !aq__constraint_name_is_usual(constraint);

    return !named && constraint->comment == NULL && !constraint->not_valid &&
           !constraint->nulls_not_distinct && constraint->include_count == 0 && !constraint->no_inherit &&
           !constraint->match_full && constraint->on_delete_column_count == 0;
}

/* "table.column" is taken apart at its dots, and "->" makes it a member of a model. */
static bool fits_text(const char *name)
{
    return name == NULL || (strchr(name, '.') == NULL && strstr(name, "->") == NULL);
}

bool aq__fits_reference(const aq__column_t *column)
{
    return fits_text(column->table->schema) && fits_text(column->table->name) && fits_text(column->name);
}

/* What is set to a default that is NULL stands in the list, where nobody looks at it. */
static bool sets_nothing(const aq__constraint_t *constraint)
{
    const aq__column_t *column = constraint->columns[0];
    bool sets = constraint->on_delete == AQ_SET_DEFAULT || constraint->on_update == AQ_SET_DEFAULT;

    return sets && column->not_null && column->server_default == NULL &&
           column->autoincrement == AQ_AUTOINCREMENT_OFF;
}

static bool is_plain_foreign_key(const aq__plan_t *plan, const aq__constraint_t *constraint)
{
    if (constraint->referred == NULL || !is_plain(constraint) || sets_nothing(constraint))
        return false;
    return aq__plan_entity(plan, constraint->referred)->is_model ||
           aq__fits_reference(constraint->referred_columns[0]);
}

static bool is_plain_index(const aq__index_t *index)
{
    const aq__part_t *part = index->parts;

    return index->part_count == 1 && part->column != NULL && part->collation == NULL &&
           part->opclass == NULL && !part->descending && part->nulls == AQ_NULLS_DEFAULT &&
           aq__index_name_is_usual(index) && (index->method == NULL || strcmp(index->method, "btree") == 0) &&
           index->where == NULL && index->storage == NULL && index->include_count == 0 &&
           !index->nulls_not_distinct && index->comment == NULL;
}

/* The member of the constraint's only column. */
static void say_constraint(aq__plan_t *plan, aq__entity_t *entity, const aq__constraint_t *constraint)
{
    aq__member_t *member = &entity->members[constraint->columns[0]->position];

    switch (constraint->kind) {
    case AQ_CONSTRAINT_UNIQUE:
        if (member->unique == NULL && is_plain(constraint) && constraint->deferrable == AQ_NOT_DEFERRABLE)
            member->unique = constraint;
        break;
    case AQ_CONSTRAINT_CHECK:
        if (member->check == NULL && is_plain(constraint))
            member->check = constraint;
        break;
    case AQ_CONSTRAINT_FOREIGN_KEY:
        if (member->foreign_key == NULL && is_plain_foreign_key(plan, constraint))
            member->foreign_key = constraint;
        break;
    case AQ_CONSTRAINT_PRIMARY_KEY:
    case AQ_CONSTRAINT_EXCLUDE: break;
    }
}

/* A column that is both unique and indexed has a unique index, so a constraint leaves no room for an index. */
static void say_index(aq__entity_t *entity, const aq__index_t *index)
{
    aq__member_t *member = &entity->members[index->parts[0].column->position];

    if (member->index == NULL && member->unique == NULL)
        member->index = index;
}

/* Columns say that they are the primary key where it has them in their own order. */
static void say_primary_key(aq__entity_t *entity)
{
    const aq__constraint_t *key = entity->table->primary_key;

    if (key == NULL || !is_plain(key) || key->deferrable != AQ_NOT_DEFERRABLE)
        return;
    for (size_t i = 1; i < key->column_count; i++)
        if (key->columns[i]->position < key->columns[i - 1]->position)
            return;
    for (size_t i = 0; i < key->column_count; i++)
        entity->members[key->columns[i]->position].primary_key = true;
}

bool aq__member_says_constraint(const aq__entity_t *entity, const aq__constraint_t *constraint)
{
    const aq__member_t *member;

    if (constraint->column_count == 0)
        return false;
    member = &entity->members[constraint->columns[0]->position];
    return member->unique == constraint || member->check == constraint || member->foreign_key == constraint ||
           (constraint->kind == AQ_CONSTRAINT_PRIMARY_KEY && member->primary_key);
}

bool aq__member_says_index(const aq__entity_t *entity, const aq__index_t *index)
{
    return index->part_count == 1 && index->parts[0].column != NULL &&
           entity->members[index->parts[0].column->position].index == index;
}

/* ---- Members -------------------------------------------------------------------------------------------------------------------- */

/* Two passes, so that "name" is name even if "Name" comes before. */
static void name_members(aq__plan_t *plan, aq__entity_t *entity)
{
    const aq__table_t *table = entity->table;

    for (int as_it_is = 1; as_it_is >= 0; as_it_is--)
        for (size_t i = 0; i < table->column_count; i++) {
            const char *name = table->columns[i]->name;
            const char *words = aq__c_words(&plan->maker, name);
            bool same = words == name && strcmp(aq__c_identifier(&plan->maker, words), name) == 0;

            if (same == as_it_is)
                entity->members[i].name = aq__c_name(&entity->names, name);
        }
}

void aq__plan_members(aq__plan_t *plan, aq__entity_t *entity)
{
    const aq__table_t *table = entity->table;

    entity->members = aq_arena_calloc(plan->maker.arena, table->column_count + 1, sizeof(*entity->members));
    if (entity->members == NULL) {
        plan->maker.failed = true;
        return;
    }
    if (entity->is_model)
        name_members(plan, entity);
    for (size_t i = 0; i < table->column_count; i++) {
        entity->members[i].column = table->columns[i];
        if (!entity->is_model)
            entity->members[i].name = table->columns[i]->name;
        plan_type(plan, &entity->members[i], entity->is_model);
    }
    say_primary_key(entity);
    for (size_t i = 0; i < table->constraint_count; i++)
        if (table->constraints[i]->column_count == 1)
            say_constraint(plan, entity, table->constraints[i]);
    for (size_t i = 0; i < table->index_count; i++)
        if (is_plain_index(table->indexes[i]))
            say_index(entity, table->indexes[i]);
}
