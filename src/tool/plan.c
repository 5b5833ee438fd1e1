/* Planning a header: tables and enums.
 *
 * The happy path: tables between two others are told from models; each gets a name, its members get theirs, then its relationships.
 * The failure modes: what models cannot say (an enum without labels) is a problem and a note; the rest is planned all the same. No memory:
 * the maker says so. */
#include <string.h>

#include "src/schema/naming.h"
#include "src/tool/plan.h"

/* ---- Problems ------------------------------------------------------------------------------------------------------------ */

void aq__plan_note(aq__plan_t *plan, const char *text)
{
    const char **notes = aq__grow(plan->maker.arena, plan->notes, plan->note_count, sizeof(*notes));

    if (notes == NULL) {
        plan->maker.failed = true;
        return;
    }
    notes[plan->note_count++] = text;
    plan->notes = notes;
}

void aq__plan_tell(aq__plan_t *plan, aq__source_t source, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = aq_arena_vprintf(plan->maker.arena, format, arguments);
    va_end(arguments);
    if (text == NULL || aq__problem_add(plan->problems, source, "%s", text) == AQ_ENOMEM) {
        plan->maker.failed = true;
        return;
    }
    plan->code = AQ_EMAPPING;
    aq__plan_note(plan, text);
}

/* ---- Looking up ------------------------------------------------------------------------------------------------------------ */

aq__entity_t *aq__plan_entity(const aq__plan_t *plan, const aq__table_t *table)
{
    return &plan->entities[table->position];
}

const char *aq__plan_member(const aq__plan_t *plan, const aq__column_t *column)
{
    return aq__plan_entity(plan, column->table)->members[column->position].name;
}

/* ---- Enums ------------------------------------------------------------------------------------------------------------------- */

/* "MOOD_SAD"; where a label has no letters "MOOD_1", by its place. */
static const char *value_name(aq__plan_t *plan, aq__c_names_t *values, const char *prefix, const char *label,
                              size_t place)
{
    const char *words = aq__c_words(&plan->maker, label), *name;

    name = words[0] != '\0' ? aq__make(&plan->maker, "%s_%s", prefix, words)
                            : aq__make(&plan->maker, "%s_%zu", prefix, place);
    return aq__c_name_unique(values, aq__c_capitals(&plan->maker, name));
}

/* Macros of <limits.h>, <stdio.h> ... that could be the name of a value. */
static void reserve_values(aq__c_names_t *values)
{
    static const char *const macros[] = {
        "ARG_MAX",      "BUFSIZ",       "CHAR_BIT",  "CHAR_MAX", "CHAR_MIN", "EXIT_FAILURE",
        "EXIT_SUCCESS", "FILENAME_MAX", "FOPEN_MAX", "INT_MAX",  "INT_MIN",  "LONG_MAX",
        "LONG_MIN",     "NAME_MAX",     "PATH_MAX",  "PIPE_BUF", "RAND_MAX", "SEEK_CUR",
        "SEEK_END",     "SEEK_SET",     "SHRT_MAX",  "SHRT_MIN", "SIZE_MAX", "UINT_MAX",
    };

    for (size_t i = 0; i < AQ__COUNT_OF(macros); i++)
        (void)aq__c_name_take(values, macros[i]);
}

static void plan_enum(aq__plan_t *plan, aq__label_t *label, aq__c_names_t *prefixes, aq__c_names_t *values)
{
    const aq__enum_t *enumeration = label->enumeration;
    const char *words = aq__c_words(&plan->maker, enumeration->name);
    const char **names = aq_arena_calloc(plan->maker.arena, enumeration->label_count + 1, sizeof(*names));

    if (names == NULL) {
        plan->maker.failed = true;
        return;
    }
    /* "size" would be size_t */
    if (aq__c_identifier(&plan->maker, aq__make(&plan->maker, "%s_t", words))[strlen(words) + 2] == '_')
        words = aq__make(&plan->maker, "%s_value", words);
    words = aq__c_identifier(&plan->maker, words[0] != '\0' ? words : "type");
    label->prefix = aq__c_name_unique(prefixes, words);
    for (size_t i = 0; i < enumeration->label_count; i++)
        names[i] = value_name(plan, values, label->prefix, enumeration->labels[i], i);
    label->values = names;
}

static void plan_enums(aq__plan_t *plan)
{
    const aq__metadata_t *metadata = plan->metadata;
    aq__c_names_t prefixes = {.maker = &plan->maker}, values = {.maker = &plan->maker};

    reserve_values(&values);
    for (size_t i = 0; i < metadata->enum_count; i++) {
        plan->labels[i].enumeration = metadata->enums[i];
        plan_enum(plan, &plan->labels[i], &prefixes, &values);
    }
    aq__c_names_dispose(&prefixes);
    aq__c_names_dispose(&values);
}

static void tell_empty_enums(aq__plan_t *plan)
{
    for (size_t i = 0; i < plan->metadata->enum_count; i++) {
        const aq__enum_t *enumeration = plan->metadata->enums[i];

        if (enumeration->label_count == 0)
            aq__plan_tell(plan, enumeration->source,
                          "type '%s': it has no labels, and so cannot be an enum in C", enumeration->name);
    }
}

/* ---- Sequences --------------------------------------------------------------------------------------------------------------- */

static void plan_sequences(aq__plan_t *plan)
{
    aq__c_names_t prefixes = {.maker = &plan->maker};

    for (size_t i = 0; i < plan->metadata->sequence_count; i++) {
        const aq__sequence_t *sequence = plan->metadata->sequences[i];
        const char *words = aq__c_words(&plan->maker, sequence->name);

        words = aq__c_identifier(&plan->maker, words[0] != '\0' ? words : "numbers");
        plan->tickets[i].sequence = sequence;
        plan->tickets[i].prefix = aq__c_name_unique(&prefixes, words);
    }
    aq__c_names_dispose(&prefixes);
}

/* ---- Models and plain tables ----------------------------------------------------------------------------------------------------- */

static size_t keys_with(const aq__table_t *table, const aq__column_t *column)
{
    size_t count = 0;

    for (size_t i = 0; i < table->constraint_count; i++)
        count += table->constraints[i]->kind == AQ_CONSTRAINT_FOREIGN_KEY &&
                 aq__constraint_has_column(table->constraints[i], column);
    return count;
}

static bool has_key(const aq__table_t *table)
{
    return table->primary_key != NULL && table->primary_key->column_count > 0;
}

/* Two foreign keys to tables with primary keys that are together the primary key, and nothing else. */
static bool is_link(const aq__table_t *table)
{
    size_t keys = 0;

    if (!has_key(table) || table->primary_key->column_count != table->column_count)
        return false;
    for (size_t i = 0; i < table->constraint_count; i++) {
        const aq__constraint_t *constraint = table->constraints[i];

        if (constraint->kind != AQ_CONSTRAINT_FOREIGN_KEY)
            continue;
        if (constraint->referred == NULL || !has_key(constraint->referred) || constraint->referred == table)
            return false;
        keys++;
    }
    for (size_t i = 0; i < table->column_count; i++)
        if (keys_with(table, table->columns[i]) != 1 ||
            table->columns[i]->autoincrement != AQ_AUTOINCREMENT_OFF)
            return false;
    return keys == 2;
}

/* Both could be each other's ends: what a link refers to is a model, even if it looks like a link. */
static bool is_referred(const aq__plan_t *plan, const aq__table_t *table)
{
    for (size_t i = 0; i < plan->metadata->table_count; i++) {
        const aq__table_t *other = plan->metadata->tables[i];

        for (size_t j = 0; j < other->constraint_count; j++)
            if (other->constraints[j]->kind == AQ_CONSTRAINT_FOREIGN_KEY &&
                other->constraints[j]->referred == table)
                return true;
    }
    return false;
}

/* A struct's name in the words that its table would have without a name. */
static const char *table_of(aq__plan_t *plan, const char *struct_name)
{
    const char *table = aq__table_name(plan->maker.arena, struct_name, false);

    if (table == NULL)
        plan->maker.failed = true;
    return table != NULL ? table : "";
}

/* Names to try, in this order: as one, with the schema, as it is; then numbers. */
static void name_struct(aq__plan_t *plan, aq__entity_t *entity, aq__c_names_t *structs)
{
    const char *words = aq__c_words(&plan->maker, entity->table->name), *schema = entity->table->schema;
    const char *names[3] = {NULL};

    words = words[0] != '\0' ? words : "table";
    names[0] = aq__c_camel(&plan->maker, aq__c_one(&plan->maker, words));
    names[1] = aq__c_camel(&plan->maker, words);
    if (schema != NULL)
        names[2] =
            aq__c_camel(&plan->maker, aq__make(&plan->maker, "%s_%s", aq__c_words(&plan->maker, schema),
                                               aq__c_one(&plan->maker, words)));
    for (size_t i = 0; i < AQ__COUNT_OF(names) && entity->struct_name == NULL; i++)
        if (names[i] != NULL && aq__c_name_take(structs, names[i]))
            entity->struct_name = names[i];
    for (unsigned i = 2; entity->struct_name == NULL && !plan->maker.failed; i++) {
        const char *numbered = aq__make(&plan->maker, "%s%u", names[0], i);

        if (aq__c_name_take(structs, numbered))
            entity->struct_name = numbered;
    }
}

/* Whether the table is named as one of its rows. */
static bool is_named_as_one(aq__plan_t *plan, const aq__entity_t *entity)
{
    const char *words = aq__c_words(&plan->maker, entity->table->name);

    return strcmp(words, aq__c_one(&plan->maker, words)) == 0;
}

/* Those that are named as one have the first choice, "user" is User even if "users" comes before; of them those without a schema. */
static void name_structs(aq__plan_t *plan)
{
    aq__c_names_t structs = {.maker = &plan->maker};

    for (int pass = 0; pass < 4; pass++)
        for (size_t i = 0; i < plan->metadata->table_count; i++) {
            aq__entity_t *entity = &plan->entities[i];

            if (entity->is_model && is_named_as_one(plan, entity) == (pass < 2) &&
                (entity->table->schema == NULL) == (pass % 2 == 0))
                name_struct(plan, entity, &structs);
        }
    aq__c_names_dispose(&structs);
}

/* "users" and "user" are both "user" to a relationship. */
static void name_entity(aq__plan_t *plan, aq__entity_t *entity, aq__c_names_t *prefixes)
{
    const char *words = aq__c_words(&plan->maker, entity->table->name);

    words = words[0] != '\0' ? words : "table";
    entity->one = aq__c_one(&plan->maker, words);
    entity->many = aq__c_many(&plan->maker, words);
    if (entity->is_model && entity->struct_name != NULL)
        words = table_of(plan, entity->struct_name);
    entity->prefix = aq__c_name_unique(prefixes, aq__c_identifier(&plan->maker, words));
}

static void plan_entities(aq__plan_t *plan)
{
    aq__c_names_t prefixes = {.maker = &plan->maker};

    for (size_t i = 0; i < plan->metadata->table_count; i++) {
        aq__entity_t *entity = &plan->entities[i];

        entity->table = plan->metadata->tables[i];
        entity->is_skipped = entity->table->column_count == 0;
        entity->is_link = is_link(entity->table) && !is_referred(plan, entity->table);
        entity->is_model = has_key(entity->table) && !entity->is_link;
        entity->names.maker = &plan->maker;
    }
    name_structs(plan);
    for (size_t i = 0; i < plan->metadata->table_count && !plan->maker.failed; i++)
        name_entity(plan, &plan->entities[i], &prefixes);
    aq__c_names_dispose(&prefixes);
}

/* Something that neither options of columns nor other parts of the header say. */
static void plan_lists(aq__entity_t *entity)
{
    const aq__table_t *table = entity->table;

    for (size_t i = 0; i < table->constraint_count; i++) {
        const aq__constraint_t *constraint = table->constraints[i];

        entity->has_constraints =
            entity->has_constraints ||
            (!aq__constraint_is_left_out(constraint) && !aq__member_says_constraint(entity, constraint));
    }
    for (size_t i = 0; i < table->index_count; i++)
        entity->has_indexes = entity->has_indexes || (!aq__index_is_left_out(table->indexes[i]) &&
                                                      !aq__member_says_index(entity, table->indexes[i]));
}

/* ---- All of it ---------------------------------------------------------------------------------------------------------------------- */

int aq__tool_plan_make(aq__plan_t *plan)
{
    const aq__metadata_t *metadata = plan->metadata;

    plan->entities = aq_arena_calloc(plan->maker.arena, metadata->table_count + 1, sizeof(*plan->entities));
    plan->labels = aq_arena_calloc(plan->maker.arena, metadata->enum_count + 1, sizeof(*plan->labels));
    plan->tickets = aq_arena_calloc(plan->maker.arena, metadata->sequence_count + 1, sizeof(*plan->tickets));
    plan->maker.failed =
        plan->maker.failed || plan->entities == NULL || plan->labels == NULL || plan->tickets == NULL;
    if (!plan->maker.failed)
        plan_enums(plan);
    if (!plan->maker.failed)
        plan_sequences(plan);
    if (!plan->maker.failed)
        plan_entities(plan);
    for (size_t i = 0; i < metadata->table_count && !plan->maker.failed; i++)
        aq__plan_members(plan, &plan->entities[i]);
    for (size_t i = 0; i < metadata->table_count && !plan->maker.failed; i++)
        plan_lists(&plan->entities[i]);
    if (!plan->maker.failed)
        aq__plan_relationships(plan);
    for (size_t i = 0; i < metadata->table_count && !plan->maker.failed; i++)
        aq__plan_limits(plan, &plan->entities[i]);
    for (size_t i = 0; i < metadata->sequence_count && !plan->maker.failed; i++)
        aq__plan_ticket_limits(plan, &plan->tickets[i]);
    if (!plan->maker.failed)
        tell_empty_enums(plan);
    return plan->maker.failed ? AQ_ENOMEM : plan->code;
}

void aq__plan_dispose(aq__plan_t *plan)
{
    for (size_t i = 0; plan->entities != NULL && i < plan->metadata->table_count; i++)
        aq__c_names_dispose(&plan->entities[i].names);
}
