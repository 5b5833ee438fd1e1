/* Metadata as a text in which every property shows that is not the default, for tests to compare:
 *
 *     table blog.post -- its comment
 *       id int4 not null serial
 *       author_id int4
 *       primary key post_pkey (id)
 *       foreign key post_author_id_fkey (author_id) -> user (id) on delete cascade
 *       index post_lower (lower(title) desc) where public
 *     enum mood sad|happy
 *     sequence ticket start 5
 *     problem event: it is unlogged, which cannot be expressed
 */
#ifndef AQUIFER_T_DESCRIBED_H
#define AQUIFER_T_DESCRIBED_H

#include "src/schema/metadata.h"

static inline void say_name(aq_text_t *text, const char *schema, const char *name)
{
    if (schema != NULL)
        aq_text_appendf(text, "%s.", schema);
    aq_text_append(text, name != NULL ? name : "?");
}

/* " word value", where there is a value. */
static inline void say(aq_text_t *text, const char *word, const char *value)
{
    if (value != NULL)
        aq_text_appendf(text, " %s %s", word, value);
}

static inline void say_if(aq_text_t *text, bool yes, const char *word)
{
    if (yes)
        aq_text_appendf(text, " %s", word);
}

static inline void say_collation(aq_text_t *text, const char *schema, const char *collation)
{
    if (collation == NULL)
        return;
    aq_text_append(text, " collate ");
    say_name(text, schema, collation);
}

static inline void say_number(aq_text_t *text, bool yes, const char *word, int64_t number)
{
    if (yes)
        aq_text_appendf(text, " %s %lld", word, (long long)number);
}

static inline const char *oid_name(uint32_t oid)
{
    switch (oid) {
#define CASE(NAME, name, oid, array) \
    case oid: return #name;
        AQ_TYPE_TABLE(CASE)
#undef CASE
    default: return "no type";
    }
}

static inline void say_type(aq_text_t *text, const aq__type_t *type)
{
    aq_text_append_char(text, ' ');
    if (type->text != NULL)
        aq_text_appendf(text, "\"%s\"", type->text);
    else if (type->name != NULL)
        say_name(text, type->schema, type->name);
    else
        aq_text_append(text, oid_name(type->oid));
    say(text, "fields", type->fields);
    for (int i = 0; i < type->modifier_count; i++)
        aq_text_appendf(text, "%s%d", i == 0 ? "(" : ",", type->modifiers[i]);
    aq_text_append(text, type->modifier_count > 0 ? ")" : "");
    aq_text_append(text, type->array ? "[]" : "");
    if (type->enumeration != NULL)
        aq_text_appendf(text, " <enum of %zu>", type->enumeration->label_count);
}

static inline void say_sequence(aq_text_t *text, const aq__sequence_t *sequence)
{
    if (sequence->name != NULL) {
        aq_text_append_char(text, ' ');
        say_name(text, sequence->schema, sequence->name);
    }
    say(text, "as", sequence->type != 0 ? oid_name(sequence->type) : NULL);
    say_number(text, sequence->has_start, "start", sequence->start);
    say_number(text, sequence->has_increment, "increment", sequence->increment);
    say_number(text, sequence->has_min, "min", sequence->min);
    say_number(text, sequence->has_max, "max", sequence->max);
    say_number(text, sequence->has_cache, "cache", sequence->cache);
    say_if(text, sequence->cycle, "cycle");
    if (sequence->owner != NULL)
        aq_text_appendf(text, " owned by %s.%s", sequence->owner->table->name, sequence->owner->name);
    say(text, "--", sequence->comment);
}

static inline void say_column(aq_text_t *text, const aq__column_t *column)
{
    static const char *const autoincrements[] = {"undecided", "", "serial", "identity", "identity always"};

    aq_text_appendf(text, "  %s", column->name);
    say_type(text, &column->type);
    say_collation(text, column->collation_schema, column->collation);
    say_if(text, column->not_null, "not null");
    say(text, "default", column->server_default);
    say(text, "generated", column->generated);
    if (column->autoincrement != AQ_AUTOINCREMENT_OFF)
        aq_text_appendf(text, " %s", autoincrements[column->autoincrement]);
    if (column->sequence != NULL) {
        aq_text_append(text, " [");
        say_sequence(text, column->sequence);
        aq_text_append(text, " ]");
    }
    say(text, "--", column->comment);
    aq_text_append_char(text, '\n');
}

static inline void say_columns(aq_text_t *text, const char *word, aq__column_t *const *columns, size_t count)
{
    aq_text_append(text, count > 0 ? word : "");
    for (size_t i = 0; i < count; i++)
        aq_text_appendf(text, "%s%s", i == 0 ? " (" : ", ", columns[i]->name);
    aq_text_append(text, count > 0 ? ")" : "");
}

static inline void say_parts(aq_text_t *text, const aq__part_t *parts, size_t count)
{
    static const char *const nulls[] = {"", " nulls first", " nulls last"};

    for (size_t i = 0; i < count; i++) {
        const aq__part_t *part = &parts[i];

        aq_text_append(text, i == 0 ? " (" : ", ");
        aq_text_append(text, part->column != NULL ? part->column->name : part->expression);
        say_collation(text, part->collation_schema, part->collation);
        say(text, "opclass", part->opclass);
        say(text, "with", part->with);
        say_if(text, part->descending, "desc");
        aq_text_append(text, nulls[part->nulls]);
    }
    aq_text_append(text, count > 0 ? ")" : "");
}

static inline void say_reference(aq_text_t *text, const aq__constraint_t *constraint)
{
    static const char *const actions[] = {"", "restrict", "cascade", "set null", "set default"};

    aq_text_append(text, " -> ");
    say_name(text, constraint->referred_schema, constraint->referred_table);
    for (size_t i = 0; i < constraint->referred_name_count; i++)
        aq_text_appendf(text, "%s%s", i == 0 ? " (" : ", ", constraint->referred_names[i]);
    aq_text_append(text, constraint->referred_name_count > 0 ? ")" : "");
    say_if(text, constraint->referred == NULL, "unresolved");
    say_if(text, constraint->by_alter, "by alter");
    say_if(text, constraint->match_full, "match full");
    say(text, "on delete", constraint->on_delete != AQ_NO_ACTION ? actions[constraint->on_delete] : NULL);
    say_columns(text, "", constraint->on_delete_columns, constraint->on_delete_column_count);
    say(text, "on update", constraint->on_update != AQ_NO_ACTION ? actions[constraint->on_update] : NULL);
}

static inline void say_constraint(aq_text_t *text, const aq__constraint_t *constraint)
{
    static const char *const kinds[] = {"primary key", "unique", "foreign key", "check", "exclude"};
    static const char *const deferrables[] = {"", " deferrable", " deferrable initially deferred"};

    aq_text_appendf(text, "  %s %s", kinds[constraint->kind],
                    constraint->name != NULL ? constraint->name : "?");
    say_if(text, constraint->nulls_not_distinct, "nulls not distinct");
    say(text, "using", constraint->method);
    say_columns(text, "", constraint->columns, constraint->column_count);
    say_parts(text, constraint->parts, constraint->part_count);
    say_columns(text, " include", constraint->include, constraint->include_count);
    if (constraint->kind == AQ_CONSTRAINT_FOREIGN_KEY)
        say_reference(text, constraint);
    say(text, ":", constraint->check);
    say(text, "where", constraint->where);
    say_if(text, constraint->no_inherit, "no inherit");
    aq_text_append(text, deferrables[constraint->deferrable]);
    say_if(text, constraint->not_valid, "not valid");
    say(text, "--", constraint->comment);
    aq_text_append_char(text, '\n');
}

static inline void say_index(aq_text_t *text, const aq__index_t *index)
{
    aq_text_appendf(text, "  %sindex %s", index->unique ? "unique " : "",
                    index->name != NULL ? index->name : "?");
    say_if(text, index->nulls_not_distinct, "nulls not distinct");
    say(text, "using", index->method);
    say_parts(text, index->parts, index->part_count);
    say_columns(text, " include", index->include, index->include_count);
    say(text, "storage", index->storage);
    say(text, "where", index->where);
    say(text, "--", index->comment);
    aq_text_append_char(text, '\n');
}

static inline void say_table(aq_text_t *text, const aq__table_t *table)
{
    aq_text_append(text, "table ");
    say_name(text, table->schema, table->name);
    say(text, "--", table->comment);
    aq_text_append_char(text, '\n');
    for (size_t i = 0; i < table->column_count; i++)
        say_column(text, table->columns[i]);
    for (size_t i = 0; i < table->constraint_count; i++)
        say_constraint(text, table->constraints[i]);
    for (size_t i = 0; i < table->index_count; i++)
        say_index(text, table->indexes[i]);
}

static inline void say_enum(aq_text_t *text, const aq__enum_t *enumeration)
{
    aq_text_append(text, "enum ");
    say_name(text, enumeration->schema, enumeration->name);
    for (size_t i = 0; i < enumeration->label_count; i++)
        aq_text_appendf(text, "%s%s", i == 0 ? " " : "|", enumeration->labels[i]);
    say(text, "--", enumeration->comment);
    aq_text_append_char(text, '\n');
}

/* Tables in the order of creation, then enums, sequences, problems. */
static inline void say_metadata(aq_text_t *text, const aq__metadata_t *metadata)
{
    for (size_t i = 0; i < metadata->table_count; i++)
        say_table(text, metadata->ordered_tables[i]);
    for (size_t i = 0; i < metadata->enum_count; i++)
        say_enum(text, metadata->enums[i]);
    for (size_t i = 0; i < metadata->sequence_count; i++) {
        aq_text_append(text, "sequence");
        say_sequence(text, metadata->sequences[i]);
        aq_text_append_char(text, '\n');
    }
    for (size_t i = 0; i < metadata->problems.count; i++)
        aq_text_appendf(text, "problem %s\n", metadata->problems.items[i].text);
}

#endif
