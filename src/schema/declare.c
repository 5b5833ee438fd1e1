/* From what a program declares to metadata: one table's columns, constraints and indexes.
 *
 * The happy path: every entry becomes a column; what its options say becomes constraints and indexes; then those of the table follow.
 * The failure modes: each option that makes no sense, and each name that is not there, is a problem with a text of its own, and the
 * rest is done all the same. */
#include <string.h>

#include "src/schema/models.h"

/* Of two codes the worse: out of memory ends everything. */
static int worse(int first, int second)
{
    return first == AQ_ENOMEM || second == AQ_OK ? first : second;
}

static aq_arena_t *arena_of(const aq__declaration_t *declaration)
{
    return declaration->table->metadata->arena;
}

/* ---- What is wrong with an entry ------------------------------------------------------------------------------------------- */

static bool is_array_oid(uint32_t oid)
{
    switch (oid) {
#define CASE(NAME, name, oid, array_oid) case array_oid:
        AQ_TYPE_TABLE(CASE)
#undef CASE
        return true;
    default: return false;
    }
}

static uint32_t element_oid(uint32_t oid)
{
    switch (oid) {
#define CASE(NAME, name, oid, array_oid) \
    case array_oid: return oid;
        AQ_TYPE_TABLE(CASE)
#undef CASE
    default: return oid;
    }
}

static bool takes_precision(uint32_t oid)
{
    return oid == AQ_OID_NUMERIC || oid == AQ_OID_TIME || oid == AQ_OID_TIMESTAMP ||
           oid == AQ_OID_TIMESTAMPTZ || oid == AQ_OID_INTERVAL;
}

static bool is_integer(uint32_t oid)
{
    return oid == AQ_OID_INT2 || oid == AQ_OID_INT4 || oid == AQ_OID_INT8;
}

static bool has_sequence(const aq_column_t *column)
{
    const aq_sequence_options_t *options = &column->sequence;

    return options->name != NULL || options->start != 0 || options->increment != 0 || options->min != 0 ||
           options->max != 0 || options->cache != 0 || options->cycle;
}

static const char *wrong_type(const aq_column_t *column)
{
    uint32_t element = element_oid(column->type);

    if (column->type == AQ_OID_UNKNOWN && column->enumeration == NULL && column->custom == NULL &&
        column->sql_type == NULL)
        return "it has no type";
    if (column->length != 0 && element != AQ_OID_VARCHAR && element != AQ_OID_BPCHAR)
        return ".length is for varchar and char";
    if (column->length < 0)
        return ".length is negative";
    if (column->sql_type != NULL && (column->length != 0 || column->precision != 0 || column->scale != 0))
        return ".sql_type is the whole type: it says length, precision and scale itself";
    if (column->precision != 0 && !takes_precision(element))
        return ".precision is for numeric, times and intervals";
    if (column->precision < AQ_PRECISION_0 || (column->precision > 6 && element != AQ_OID_NUMERIC))
        return ".precision of times and intervals is 1 to 6, or AQ_PRECISION_0";
    if (element == AQ_OID_NUMERIC && (column->precision == AQ_PRECISION_0 || column->precision > 1000))
        return ".precision of numeric is 1 to 1000";
    if (column->scale != 0 && (element != AQ_OID_NUMERIC || column->precision == 0))
        return ".scale is for numeric, beside .precision";
    if (column->scale < -1000 || column->scale > 1000)
        return ".scale is -1000 to 1000";
    if (column->enumeration != NULL &&
        (column->enumeration->name == NULL || column->enumeration->labels.count == 0))
        return "its enum has no name or no labels";
    if (column->custom != NULL && (column->custom->sql_type == NULL || column->custom->encode == NULL ||
                                   column->custom->decode == NULL))
        return "its custom type needs sql_type, encode and decode";
    return NULL;
}

static const char *wrong_value(const aq_column_t *column)
{
    bool automatic =
        column->autoincrement != AQ_AUTOINCREMENT_DEFAULT && column->autoincrement != AQ_AUTOINCREMENT_OFF;

    if (column->generated != NULL && (column->server_default != NULL || column->default_value != NULL ||
                                      column->default_cb != NULL || column->update_cb != NULL))
        return ".generated leaves no room for a default";
    if (column->default_value != NULL && column->default_cb != NULL)
        return ".default_value and .default_cb are one too many";
    if (automatic && (column->server_default != NULL || column->generated != NULL))
        return ".autoincrement leaves no room for .server_default or .generated";
    if (automatic && !is_integer(column->type))
        return ".autoincrement is for int2, int4 and int8";
    if (automatic && column->nullable)
        return ".autoincrement makes it NOT NULL";
    if (has_sequence(column) && !automatic && !column->primary_key)
        return ".sequence is for serial and identity columns";
    if (column->autoincrement > AQ_IDENTITY_ALWAYS)
        return ".autoincrement is no aq_autoincrement_t";
    return NULL;
}

const char *aq__entry_wrong(const aq__entry_t *entry)
{
    const aq_column_t *column = entry->column;
    const char *wrong = wrong_type(column);

    if (wrong == NULL)
        wrong = wrong_value(column);
    if (wrong != NULL)
        return wrong;
    if (column->primary_key && column->nullable)
        return "a primary key cannot be NULL";
    if (column->references == NULL &&
        (column->on_delete != AQ_NO_ACTION || column->on_update != AQ_NO_ACTION ||
         column->deferrable != AQ_NOT_DEFERRABLE))
        return ".on_delete, .on_update and .deferrable are for columns with .references";
    if (column->on_delete > AQ_SET_DEFAULT || column->on_update > AQ_SET_DEFAULT)
        return ".on_delete or .on_update is no aq_action_t";
    if (column->deferrable > AQ_INITIALLY_DEFERRED)
        return ".deferrable is no aq_deferrable_t";
    if (column->on_delete == AQ_SET_NULL && !column->nullable)
        return ".on_delete sets NULL what is NOT NULL";
    if (column->on_update == AQ_SET_NULL && !column->nullable)
        return ".on_update sets NULL what is NOT NULL";
    return NULL;
}

/* ---- Columns ------------------------------------------------------------------------------------------------------------------ */

static bool same_labels(const aq__enum_t *known, const aq_enum_t *declared)
{
    if (known->label_count != declared->labels.count)
        return false;
    for (size_t i = 0; i < known->label_count; i++)
        if (declared->labels.items[i] == NULL || strcmp(known->labels[i], declared->labels.items[i]) != 0)
            return false;
    return true;
}

static int check_labels(const aq__declaration_t *declaration, const aq__entry_t *entry)
{
    const aq_labels_t *labels = &entry->column->enumeration->labels;
    aq__problems_t *problems = &declaration->registry->problems;

    for (size_t i = 0; i < labels->count; i++) {
        if (labels->items[i] == NULL)
            return aq__problem_add(problems, entry->source, "enum '%s': it has no label for %zu",
                                   entry->column->enumeration->name, i);
        for (size_t j = 0; j < i; j++)
            if (strcmp(labels->items[i], labels->items[j]) == 0)
                return aq__problem_add(problems, entry->source, "enum '%s': two labels are '%s'",
                                       entry->column->enumeration->name, labels->items[i]);
    }
    return AQ_OK;
}

/* The enum of a column: made when its first column is. */
static int declare_enum(const aq__declaration_t *declaration, const aq__entry_t *entry, aq__type_t *type)
{
    const aq_enum_t *declared = entry->column->enumeration;
    aq__metadata_t *metadata = declaration->table->metadata;
    const char *schema = declared->schema != NULL ? declared->schema : declaration->table->schema;
    aq__enum_t *known = aq__metadata_enum(metadata, schema, declared->name);

    *type = (aq__type_t){.schema = schema, .name = declared->name, .array = entry->column->array};
    if (known != NULL && same_labels(known, declared))
        return AQ_OK;
    if (known != NULL)
        return aq__problem_add(&declaration->registry->problems, entry->source,
                               "enum '%s': it is declared twice, with different labels", declared->name);
    if (check_labels(declaration, entry) != AQ_OK)
        return aq_last_error()->code;
    known = aq__metadata_add_enum(metadata, schema, declared->name, entry->source);
    if (known == NULL)
        return AQ_ENOMEM;
    known->comment = declared->comment;
    for (size_t i = 0; i < declared->labels.count; i++)
        if (aq__enum_add_label(metadata, known, declared->labels.items[i]) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

static void set_modifiers(aq__type_t *type, const aq_column_t *column)
{
    if (column->length > 0)
        type->modifiers[type->modifier_count++] = column->length;
    if (column->precision != 0)
        type->modifiers[type->modifier_count++] = column->precision == AQ_PRECISION_0 ? 0 : column->precision;
    if (column->scale != 0)
        type->modifiers[type->modifier_count++] = column->scale;
}

static int set_type(const aq__declaration_t *declaration, const aq__entry_t *entry, aq__type_t *type)
{
    const aq_column_t *column = entry->column;

    if (column->sql_type != NULL)
        *type = (aq__type_t){.text = column->sql_type};
    else if (column->custom != NULL)
        *type = (aq__type_t){.text = column->custom->sql_type};
    else if (column->enumeration != NULL)
        return declare_enum(declaration, entry, type);
    else
        *type = (aq__type_t){.oid = element_oid(column->type), .array = is_array_oid(column->type)};
    set_modifiers(type, column);
    return AQ_OK;
}

static int set_sequence(aq__column_t *column, const aq_column_t *declared)
{
    const aq_sequence_options_t *options = &declared->sequence;
    aq__sequence_t *sequence;

    if (!has_sequence(declared))
        return AQ_OK;
    sequence = aq_arena_calloc(column->table->metadata->arena, 1, sizeof(*sequence));
    if (sequence == NULL)
        return AQ_ENOMEM;
    *sequence = (aq__sequence_t){
        .schema = options->name != NULL ? column->table->schema : NULL,
        .name = options->name,
        .has_start = options->start != 0,
        .start = options->start,
        .has_increment = options->increment != 0,
        .increment = options->increment,
        .has_min = options->min != 0,
        .min = options->min,
        .has_max = options->max != 0,
        .max = options->max,
        .has_cache = options->cache != 0,
        .cache = options->cache,
        .cycle = options->cycle,
        .owner = column,
        .source = column->source,
    };
    column->sequence = sequence;
    return AQ_OK;
}

/* The member itself: "created" of "timestamps.created". */
static const char *key_of(const aq__entry_t *entry)
{
    const char *dot = entry->attribute != NULL ? strrchr(entry->attribute, '.') : NULL;

    return dot != NULL ? dot + 1 : entry->attribute;
}

static int declare_column(const aq__declaration_t *declaration, const aq__entry_t *entry)
{
    const aq_column_t *declared = entry->column;
    aq__column_t *column = aq__table_add_column(declaration->table, entry->name, entry->source);

    if (column == NULL || set_sequence(column, declared) != AQ_OK)
        return AQ_ENOMEM;
    column->key = aq_arena_strdup(arena_of(declaration), key_of(entry));
    if (column->key == NULL && entry->attribute != NULL)
        return AQ_ENOMEM;
    column->not_null = !declared->nullable;
    column->server_default = declared->server_default;
    column->generated = declared->generated;
    column->autoincrement = declared->autoincrement;
    column->collation = declared->collation;
    column->comment = declared->comment;
    return set_type(declaration, entry, &column->type);
}

/* ---- What a column's options make ------------------------------------------------------------------------------------------------ */

/* A constraint on one column. */
static aq__constraint_t *add_constraint(const aq__declaration_t *declaration, const aq__entry_t *entry,
                                        aq_constraint_kind_t kind)
{
    aq__column_t *column = aq__table_column(declaration->table, entry->name);
    aq__constraint_t *constraint = aq__table_add_constraint(declaration->table, kind, entry->source);

    if (constraint == NULL || aq__constraint_add_column(constraint, column) != AQ_OK)
        return NULL;
    return constraint;
}

static int declare_primary_key(const aq__declaration_t *declaration)
{
    aq__constraint_t *key = NULL;
    int code = AQ_OK;

    for (size_t i = 0; i < declaration->entry_count && code == AQ_OK; i++) {
        const aq__entry_t *entry = &declaration->entries[i];

        if (!entry->column->primary_key)
            continue;
        if (key != NULL)
            code = aq__constraint_add_column(key, aq__table_column(declaration->table, entry->name));
        else if ((key = add_constraint(declaration, entry, AQ_CONSTRAINT_PRIMARY_KEY)) == NULL)
            code = AQ_ENOMEM;
    }
    return code;
}

static int declare_column_index(const aq__declaration_t *declaration, const aq__entry_t *entry)
{
    aq__index_t *index = aq__table_add_index(declaration->table, entry->source);
    aq__part_t *part = index != NULL ? aq__index_add_part(index) : NULL;

    if (part == NULL)
        return AQ_ENOMEM;
    part->column = aq__table_column(declaration->table, entry->name);
    index->unique = entry->column->unique;
    return AQ_OK;
}

/* Remembers a foreign key that names a model until the seal. */
static int add_reference(aq__model_registry_t *registry, const aq__model_reference_t *reference)
{
    aq__model_reference_t *references =
        aq__grow(registry->arena, registry->references, registry->reference_count, sizeof(*references));

    if (references == NULL)
        return AQ_ENOMEM;
    references[registry->reference_count++] = *reference;
    registry->references = references;
    return AQ_OK;
}

/* "User->id": refers to a model. */
static int refer_to_member(const aq__declaration_t *declaration, aq__constraint_t *constraint,
                           const char *text, const char *arrow)
{
    aq__model_reference_t reference = {.constraint = constraint, .member_count = 1};
    aq_arena_t *arena = declaration->registry->arena;
    const char *member = aq_arena_strdup(arena, arrow + 2);

    reference.model = aq_arena_strndup(arena, text, (size_t)(arrow - text));
    reference.members = member != NULL ? aq_arena_dup(arena, &member, sizeof(member)) : NULL;
    if (reference.model == NULL || reference.members == NULL)
        return AQ_ENOMEM;
    return add_reference(declaration->registry, &reference);
}

/* "table.column" or "schema.table.column". */
static int refer_to_column(const aq__declaration_t *declaration, aq__constraint_t *constraint,
                           const aq__entry_t *entry)
{
    aq__model_registry_t *registry = declaration->registry;
    char *text = aq_arena_strdup(arena_of(declaration), entry->column->references), *dot, *column;

    if (text == NULL)
        return AQ_ENOMEM;
    column = strrchr(text, '.');
    if (column == NULL || column == text || column[1] == '\0')
        return aq__problem_add(
            &registry->problems, entry->source,
            "%s.%s: .references is '%s': it must be AQ_REF(Model, member) or 'table.column'",
            declaration->what, entry->attribute != NULL ? entry->attribute : entry->name, text);
    *column++ = '\0';
    dot = strchr(text, '.');
    constraint->referred_table = dot != NULL ? dot + 1 : text;
    constraint->referred_schema = dot != NULL ? text : registry->options.schema;
    if (dot != NULL)
        *dot = '\0';
    return aq__constraint_add_referred(constraint, column);
}

static int declare_column_reference(const aq__declaration_t *declaration, const aq__entry_t *entry)
{
    const aq_column_t *column = entry->column;
    const char *arrow = strstr(column->references, "->");
    aq__constraint_t *constraint = add_constraint(declaration, entry, AQ_CONSTRAINT_FOREIGN_KEY);

    if (constraint == NULL)
        return AQ_ENOMEM;
    constraint->on_delete = column->on_delete;
    constraint->on_update = column->on_update;
    constraint->deferrable = column->deferrable;
    return arrow != NULL ? refer_to_member(declaration, constraint, column->references, arrow)
                         : refer_to_column(declaration, constraint, entry);
}

static int declare_options(const aq__declaration_t *declaration, const aq__entry_t *entry)
{
    const aq_column_t *column = entry->column;
    aq__constraint_t *check;
    int code = AQ_OK;

    if (column->index)
        code = declare_column_index(declaration, entry);
    else if (column->unique && add_constraint(declaration, entry, AQ_CONSTRAINT_UNIQUE) == NULL)
        code = AQ_ENOMEM;
    if (code == AQ_OK && column->check != NULL) {
        check = add_constraint(declaration, entry, AQ_CONSTRAINT_CHECK);
        if (check == NULL)
            return AQ_ENOMEM;
        check->check = column->check;
    }
    if (code == AQ_OK && column->references != NULL)
        code = declare_column_reference(declaration, entry);
    return code;
}

/* ---- Constraints and indexes of the table ------------------------------------------------------------------------------------------ */

static aq__source_t source_of(const aq__declaration_t *declaration, int line)
{
    return (aq__source_t){declaration->file, line != 0 ? line : declaration->line, 0};
}

/* A list of names that a user gave, as columns. `add` puts one into `thing`. */
static int add_columns(const aq__declaration_t *declaration, aq__source_t source, const char *const *names,
                       const char *what, void *thing, int (*add)(void *thing, aq__column_t *column))
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        aq__column_t *column = aq__find_column(declaration->model, declaration->table, names[i]);

        if (column == NULL)
            return aq__problem_add(&declaration->registry->problems, source,
                                   "%s: %s names a column '%s', which it has not", declaration->what, what,
                                   names[i]);
        if (add(thing, column) != AQ_OK)
            return AQ_ENOMEM;
    }
    return AQ_OK;
}

static int add_to_constraint(void *thing, aq__column_t *column)
{
    return aq__constraint_add_column(thing, column);
}

static int add_to_include(void *thing, aq__column_t *column)
{
    return aq__constraint_add_include(thing, column);
}

static int add_to_on_delete(void *thing, aq__column_t *column)
{
    return aq__constraint_add_on_delete_column(thing, column);
}

static int add_to_index(void *thing, aq__column_t *column)
{
    aq__part_t *part = aq__index_add_part(thing);

    if (part == NULL)
        return AQ_ENOMEM;
    part->column = column;
    return AQ_OK;
}

static int add_to_index_include(void *thing, aq__column_t *column)
{
    return aq__index_add_include(thing, column);
}

/* One part, and where it names a column, that. */
static int fill_part(const aq__declaration_t *declaration, aq__source_t source, const char *what,
                     const aq_part_t *declared, aq__part_t *part)
{
    if (part == NULL)
        return AQ_ENOMEM;
    *part = (aq__part_t){.expression = declared->expression,
                         .collation = declared->collation,
                         .opclass = declared->opclass,
                         .with = declared->with,
                         .descending = declared->descending,
                         .nulls = declared->nulls};
    if (declared->column == NULL)
        return AQ_OK;
    part->column = aq__find_column(declaration->model, declaration->table, declared->column);
    if (part->column == NULL)
        return aq__problem_add(&declaration->registry->problems, source,
                               "%s: %s names a column '%s', which it has not", declaration->what, what,
                               declared->column);
    if (declared->expression != NULL)
        return aq__problem_add(&declaration->registry->problems, source,
                               "%s: a part of %s is both the column '%s' and an expression",
                               declaration->what, what, declared->column);
    return AQ_OK;
}

static bool is_part(const aq_part_t *part)
{
    return part->column != NULL || part->expression != NULL;
}

static const char *kind_name(aq_constraint_kind_t kind)
{
    switch (kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY: return "AQ_PRIMARY_KEY";
    case AQ_CONSTRAINT_UNIQUE: return "AQ_UNIQUE";
    case AQ_CONSTRAINT_FOREIGN_KEY: return "AQ_FOREIGN_KEY";
    case AQ_CONSTRAINT_CHECK: return "AQ_CHECK";
    case AQ_CONSTRAINT_EXCLUDE: return "AQ_EXCLUDE";
    }
    return "a constraint";
}

static const char *wrong_constraint(const aq__declaration_t *declaration, const aq_constraint_t *declared)
{
    bool has_columns = declared->columns != NULL && declared->columns[0] != NULL;

    switch (declared->kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY:
        if (declaration->table->primary_key != NULL)
            return "the table has a primary key already";
        return has_columns ? NULL : "it has no columns";
    case AQ_CONSTRAINT_UNIQUE: return has_columns ? NULL : "it has no columns";
    case AQ_CONSTRAINT_FOREIGN_KEY:
        if ((declared->table != NULL) == (declared->model != NULL))
            return "it must name a .table or a .model";
        return has_columns ? NULL : "it has no columns";
    case AQ_CONSTRAINT_CHECK: return declared->check != NULL ? NULL : "it has no expression";
    case AQ_CONSTRAINT_EXCLUDE:
        for (const aq_part_t *part = declared->parts; part != NULL && is_part(part); part++)
            if (part->with == NULL)
                return "each part must say .with which operator it is compared";
        return declared->parts != NULL && is_part(declared->parts) ? NULL : "it has no parts";
    }
    return "it is of no kind";
}

static int set_referred(const aq__declaration_t *declaration, aq__constraint_t *constraint,
                        const aq_constraint_t *declared)
{
    aq__model_registry_t *registry = declaration->registry;
    aq__model_reference_t reference = {.constraint = constraint, .model = declared->model};

    for (size_t i = 0; declared->referred != NULL && declared->referred[i] != NULL; i++)
        if (declared->model == NULL &&
            aq__constraint_add_referred(constraint, declared->referred[i]) != AQ_OK)
            return AQ_ENOMEM;
        else
            reference.member_count++;
    if (declared->model == NULL) {
        constraint->referred_table = declared->table;
        constraint->referred_schema = declared->schema != NULL ? declared->schema : registry->options.schema;
        return AQ_OK;
    }
    if (reference.member_count > 0) {
        reference.members = aq_arena_dup(registry->arena, declared->referred,
                                         reference.member_count * sizeof(*reference.members));
        if (reference.members == NULL)
            return AQ_ENOMEM;
    }
    return add_reference(registry, &reference);
}

static int declare_constraint(const aq__declaration_t *declaration, const aq_constraint_t *declared)
{
    aq__source_t source = source_of(declaration, declared->line);
    const char *what = kind_name(declared->kind), *wrong = wrong_constraint(declaration, declared);
    aq__constraint_t *constraint;
    int code;

    if (wrong != NULL)
        return aq__problem_add(&declaration->registry->problems, source, "%s: %s: %s", declaration->what,
                               what, wrong);
    constraint = aq__table_add_constraint(declaration->table, declared->kind, source);
    if (constraint == NULL)
        return AQ_ENOMEM;
    constraint->name = declared->name;
    constraint->name_final = declared->name_final;
    constraint->nulls_not_distinct = declared->nulls_not_distinct;
    constraint->on_delete = declared->on_delete;
    constraint->on_update = declared->on_update;
    constraint->match_full = declared->match_full;
    constraint->check = declared->check;
    constraint->no_inherit = declared->no_inherit;
    constraint->method = declared->method;
    constraint->where = declared->where;
    constraint->deferrable = declared->deferrable;
    constraint->comment = declared->comment;
    code = add_columns(declaration, source, declared->columns, what, constraint, add_to_constraint);
    code = worse(code, add_columns(declaration, source, declared->include, what, constraint, add_to_include));
    code = worse(code, add_columns(declaration, source, declared->on_delete_columns, what, constraint,
                                   add_to_on_delete));
    for (const aq_part_t *part = declared->parts; part != NULL && is_part(part) && code != AQ_ENOMEM; part++)
        code = worse(code, fill_part(declaration, source, what, part, aq__constraint_add_part(constraint)));
    if (declared->kind == AQ_CONSTRAINT_FOREIGN_KEY && code == AQ_OK)
        code = set_referred(declaration, constraint, declared);
    return code;
}

static int declare_index(const aq__declaration_t *declaration, const aq_index_t *declared)
{
    aq__source_t source = source_of(declaration, 0);
    aq__problems_t *problems = &declaration->registry->problems;
    aq_text_t what = {0};
    aq__index_t *index;
    int code;

    if (declared->columns != NULL && declared->parts != NULL)
        return aq__problem_add(problems, source, "%s: an index has both .columns and .parts",
                               declaration->what);
    if ((declared->columns == NULL || declared->columns[0] == NULL) &&
        (declared->parts == NULL || !is_part(declared->parts)))
        return aq__problem_add(problems, source, "%s: an index has neither .columns nor .parts",
                               declaration->what);
    index = aq__table_add_index(declaration->table, source);
    if (index == NULL)
        return AQ_ENOMEM;
    index->name = declared->name;
    index->unique = declared->unique;
    index->nulls_not_distinct = declared->nulls_not_distinct;
    index->method = declared->method;
    index->where = declared->where;
    index->storage = declared->storage;
    index->comment = declared->comment;
    if (declared->name != NULL)
        aq_text_appendf(&what, "index '%s'", declared->name);
    else
        aq_text_append(&what, "an index");
    code = what.failed ? AQ_ENOMEM
                       : add_columns(declaration, source, declared->columns, aq_text_string(&what), index,
                                     add_to_index);
    for (const aq_part_t *part = declared->parts; part != NULL && is_part(part) && code != AQ_ENOMEM; part++)
        code = worse(code,
                     fill_part(declaration, source, aq_text_string(&what), part, aq__index_add_part(index)));
    if (code != AQ_ENOMEM)
        code = worse(code, add_columns(declaration, source, declared->include, aq_text_string(&what), index,
                                       add_to_index_include));
    aq_text_dispose(&what);
    return code;
}

/* ---- The table -------------------------------------------------------------------------------------------------------------------- */

int aq__declare_columns(const aq__declaration_t *declaration)
{
    int code = AQ_OK;

    for (size_t i = 0; i < declaration->entry_count && code != AQ_ENOMEM; i++)
        code = worse(code, declare_column(declaration, &declaration->entries[i]));
    if (code != AQ_ENOMEM)
        code = worse(code, declare_primary_key(declaration));
    for (size_t i = 0; i < declaration->entry_count && code != AQ_ENOMEM; i++)
        code = worse(code, declare_options(declaration, &declaration->entries[i]));
    return code;
}

int aq__declare_constraints(const aq__declaration_t *declaration)
{
    int code = AQ_OK;

    for (size_t i = 0; i < declaration->constraints.count && code != AQ_ENOMEM; i++)
        code = worse(code, declare_constraint(declaration, &declaration->constraints.items[i]));
    for (size_t i = 0; i < declaration->indexes.count && code != AQ_ENOMEM; i++)
        code = worse(code, declare_index(declaration, &declaration->indexes.items[i]));
    return code;
}
