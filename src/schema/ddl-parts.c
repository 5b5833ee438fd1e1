/* Parts of DDL statements: types, columns, constraints.
 *
 * The happy path: each thing is appended as SQLAlchemy writes it, with the options that differ from the server's defaults.
 * The failure mode: none but memory, which the text remembers. What the metadata has is taken as it is: names are quoted where they must
 * be, expressions and types that somebody wrote are his. */
#include <inttypes.h>
#include <string.h>

#include "src/schema/ddl-parts.h"
#include "src/schema/ddl.h"
#include "src/schema/naming.h"

/* ---- Names and literals ---------------------------------------------------------------------------------------------------- */

/* A backslash means itself in '' or not, as standard_conforming_strings is; in E'' it never does. */
void aq__ddl_literal(aq_text_t *sql, const char *text)
{
    aq_text_append(sql, strchr(text, '\\') != NULL ? "E'" : "'");
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            aq_text_append_char(sql, *text);
        aq_text_append_char(sql, *text);
    }
    aq_text_append_char(sql, '\'');
}

void aq__ddl_table_name(aq_text_t *sql, const aq__table_t *table)
{
    aq__name_append_qualified(sql, table->schema, table->name);
}

void aq__ddl_column_list(aq_text_t *sql, aq__column_t *const *columns, size_t count)
{
    aq_text_append_char(sql, '(');
    for (size_t i = 0; i < count; i++) {
        aq_text_append(sql, i > 0 ? ", " : "");
        aq__name_append(sql, columns[i]->name);
    }
    aq_text_append_char(sql, ')');
}

/* ---- Types ------------------------------------------------------------------------------------------------------------------ */

static void append_modifiers(aq_text_t *sql, const aq__type_t *type)
{
    for (int i = 0; i < type->modifier_count; i++)
        aq_text_appendf(sql, "%s%d", i == 0 ? "(" : ", ", type->modifiers[i]);
    aq_text_append(sql, type->modifier_count > 0 ? ")" : "");
}

/* INTERVAL YEAR TO MONTH, INTERVAL DAY TO SECOND(3), INTERVAL(3). */
static void append_interval(aq_text_t *sql, const aq__type_t *type)
{
    aq_text_append(sql, "INTERVAL");
    if (type->fields != NULL)
        aq_text_append_char(sql, ' ');
    for (const char *at = type->fields; at != NULL && *at != '\0'; at++)
        aq_text_append_char(sql, *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at);
    append_modifiers(sql, type);
}

static void append_time(aq_text_t *sql, const char *word, const aq__type_t *type, const char *zone)
{
    aq_text_append(sql, word);
    append_modifiers(sql, type);
    aq_text_append(sql, zone);
}

static const char *word_of(uint32_t oid)
{
    switch (oid) {
    case AQ_OID_BOOL: return "BOOLEAN";
    case AQ_OID_BYTEA: return "BYTEA";
    case AQ_OID_NAME: return "NAME";
    case AQ_OID_INT8: return "BIGINT";
    case AQ_OID_INT2: return "SMALLINT";
    case AQ_OID_INT4: return "INTEGER";
    case AQ_OID_TEXT: return "TEXT";
    case AQ_OID_OID: return "OID";
    case AQ_OID_JSON: return "JSON";
    case AQ_OID_FLOAT4: return "REAL";
    case AQ_OID_FLOAT8: return "FLOAT";
    case AQ_OID_INET: return "INET";
    case AQ_OID_VARCHAR: return "VARCHAR";
    case AQ_OID_DATE: return "DATE";
    case AQ_OID_NUMERIC: return "NUMERIC";
    case AQ_OID_UUID: return "UUID";
    case AQ_OID_JSONB: return "JSONB";
    default: return "UNKNOWN";
    }
}

static void append_builtin(aq_text_t *sql, const aq__type_t *type)
{
    switch (type->oid) {
    case AQ_OID_TIME: append_time(sql, "TIME", type, " WITHOUT TIME ZONE"); return;
    case AQ_OID_TIMESTAMP: append_time(sql, "TIMESTAMP", type, " WITHOUT TIME ZONE"); return;
    case AQ_OID_TIMESTAMPTZ: append_time(sql, "TIMESTAMP", type, " WITH TIME ZONE"); return;
    case AQ_OID_INTERVAL: append_interval(sql, type); return;
    case AQ_OID_BPCHAR: /* CHAR alone is CHAR(1) */
        aq_text_append(sql, type->modifier_count > 0 ? "CHAR" : "BPCHAR");
        append_modifiers(sql, type);
        return;
    default: aq_text_append(sql, word_of(type->oid)); append_modifiers(sql, type);
    }
}

/* Words that the grammar takes for types of its own: a type of that name is another one. So is BIT, which alone is BIT(1).
 * (gram.y, SimpleTypename; GenericType for "char".) */
static bool is_type_word(const aq__type_t *type)
{
    static const char *const words[] = {"bigint",   "boolean",  "char",  "character", "dec",
                                        "decimal",  "double",   "float", "int",       "integer",
                                        "interval", "national", "nchar", "numeric",   "real",
                                        "setof",    "smallint", "time",  "timestamp"};

    for (size_t i = 0; i < AQ__COUNT_OF(words); i++)
        if (strcmp(type->name, words[i]) == 0)
            return true;
    return strcmp(type->name, "bit") == 0 && type->modifier_count == 0;
}

void aq__ddl_type(aq_text_t *sql, const aq__type_t *type)
{
    if (type->text != NULL) {
        aq_text_append(sql, type->text);
        return;
    }
    if (type->name == NULL) {
        append_builtin(sql, type);
    } else {
        if (type->schema == NULL && is_type_word(type))
            aq_text_append_identifier(sql, type->name);
        else
            aq__name_append_qualified(sql, type->schema, type->name);
        append_modifiers(sql, type);
    }
    aq_text_append(sql, type->array ? "[]" : "");
}

/* ---- Sequences -------------------------------------------------------------------------------------------------------------- */

static void append_option(aq_text_t *sql, bool has, const char *word, int64_t number)
{
    if (has)
        aq_text_appendf(sql, " %s %" PRId64, word, number);
}

void aq__ddl_sequence_list(aq_text_t *sql, const aq__sequence_t *sequence)
{
    append_option(sql, sequence->has_increment, "INCREMENT BY", sequence->increment);
    append_option(sql, sequence->has_start, "START WITH", sequence->start);
    append_option(sql, sequence->has_min, "MINVALUE", sequence->min);
    append_option(sql, sequence->has_max, "MAXVALUE", sequence->max);
    append_option(sql, sequence->has_cache, "CACHE", sequence->cache);
    aq_text_append(sql, sequence->cycle ? " CYCLE" : "");
}

/* Without the blank in front. */
void aq__ddl_sequence_options(aq_text_t *sql, const aq__sequence_t *sequence)
{
    aq_text_t options = {0};

    aq__ddl_sequence_list(&options, sequence);
    if (options.failed)
        sql->failed = true;
    else if (options.length > 0)
        aq_text_append(sql, options.data + 1);
    aq_text_dispose(&options);
}

static bool has_options(const aq__sequence_t *sequence)
{
    return sequence->has_start || sequence->has_increment || sequence->has_min || sequence->has_max ||
           sequence->has_cache || sequence->cycle;
}

static bool has_default_name(const aq__column_t *column)
{
    const aq__sequence_t *sequence = column->sequence;
    char name[AQ__NAME_MAX + 1];

    if (sequence->schema != NULL && !aq__same_text(sequence->schema, column->table->schema))
        return false;
    aq__name_make(name, column->table->name, column->name, "seq");
    return sequence->name == NULL || strcmp(sequence->name, name) == 0;
}

bool aq__ddl_has_own_sequence(const aq__column_t *column)
{
    const aq__sequence_t *sequence = column->sequence;

    if (column->autoincrement != AQ_SERIAL || sequence == NULL)
        return false;
    return has_options(sequence) || !has_default_name(column) ||
           (sequence->type != 0 && sequence->type != column->type.oid);
}

void aq__ddl_own_sequence_name(aq_text_t *sql, const aq__column_t *column)
{
    const aq__sequence_t *sequence = column->sequence;
    char name[AQ__NAME_MAX + 1];

    aq__name_make(name, column->table->name, column->name, "seq");
    aq__name_append_qualified(
        sql, sequence != NULL && sequence->schema != NULL ? sequence->schema : column->table->schema,
        sequence != NULL && sequence->name != NULL ? sequence->name : name);
}

/* ---- Columns ---------------------------------------------------------------------------------------------------------------- */

/* " DEFAULT nextval('t_id_seq'::regclass)" */
static void append_next_value(aq_text_t *sql, const aq__column_t *column)
{
    aq_text_t name = {0};

    aq__ddl_own_sequence_name(&name, column);
    aq_text_append(sql, " DEFAULT nextval(");
    aq__ddl_literal(sql, aq_text_string(&name));
    aq_text_append(sql, "::regclass)");
    sql->failed = sql->failed || name.failed;
    aq_text_dispose(&name);
}

static void append_identity(aq_text_t *sql, const aq__column_t *column)
{
    const aq__sequence_t *sequence = column->sequence;
    aq_text_t options = {0};

    aq_text_appendf(sql, " GENERATED %s AS IDENTITY",
                    column->autoincrement == AQ_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT");
    if (sequence == NULL)
        return;
    if (sequence->name != NULL) {
        aq_text_append(&options, " SEQUENCE NAME ");
        aq__name_append_qualified(&options, sequence->schema, sequence->name);
    }
    aq__ddl_sequence_list(&options, sequence);
    if (options.length > 0)
        aq_text_appendf(sql, " (%s)", options.data + 1);
    sql->failed = sql->failed || options.failed;
    aq_text_dispose(&options);
}

static void append_serial(aq_text_t *sql, const aq__column_t *column)
{
    if (aq__ddl_has_own_sequence(column))
        aq__ddl_type(sql, &column->type);
    else
        aq_text_append(sql, column->type.oid == AQ_OID_INT8   ? "BIGSERIAL"
                            : column->type.oid == AQ_OID_INT2 ? "SMALLSERIAL"
                                                              : "SERIAL");
}

static bool is_identity(const aq__column_t *column)
{
    return column->autoincrement == AQ_IDENTITY || column->autoincrement == AQ_IDENTITY_ALWAYS;
}

void aq__ddl_column(aq_text_t *sql, const aq__column_t *column)
{
    aq__name_append(sql, column->name);
    aq_text_append_char(sql, ' ');
    if (column->autoincrement == AQ_SERIAL)
        append_serial(sql, column);
    else
        aq__ddl_type(sql, &column->type);
    if (column->collation != NULL) {
        aq_text_append(sql, " COLLATE ");
        aq__name_append_qualified(sql, column->collation_schema, column->collation);
    }
    if (aq__ddl_has_own_sequence(column))
        append_next_value(sql, column);
    else if (column->server_default != NULL)
        aq_text_appendf(sql, " DEFAULT %s", column->server_default);
    if (column->generated != NULL)
        aq_text_appendf(sql, " GENERATED ALWAYS AS (%s) STORED", column->generated);
    if (is_identity(column))
        append_identity(sql, column);
    else if (column->not_null) /* which an identity is by itself */
        aq_text_append(sql, " NOT NULL");
}

/* ---- Parts of indexes ---------------------------------------------------------------------------------------------------------- */

static void append_part(aq_text_t *sql, const aq__part_t *part)
{
    if (part->column != NULL)
        aq__name_append(sql, part->column->name);
    else
        aq_text_appendf(sql, "(%s)", part->expression);
    if (part->collation != NULL) {
        aq_text_append(sql, " COLLATE ");
        aq__name_append_qualified(sql, part->collation_schema, part->collation);
    }
    if (part->opclass != NULL)
        aq_text_appendf(sql, " %s", part->opclass);
    aq_text_append(sql, part->descending ? " DESC" : "");
    switch (part->nulls) {
    case AQ_NULLS_DEFAULT: break;
    case AQ_NULLS_FIRST: aq_text_append(sql, " NULLS FIRST"); break;
    case AQ_NULLS_LAST: aq_text_append(sql, " NULLS LAST"); break;
    }
    if (part->with != NULL)
        aq_text_appendf(sql, " WITH %s", part->with);
}

void aq__ddl_part_list(aq_text_t *sql, const aq__part_t *parts, size_t count)
{
    aq_text_append_char(sql, '(');
    for (size_t i = 0; i < count; i++) {
        aq_text_append(sql, i > 0 ? ", " : "");
        append_part(sql, &parts[i]);
    }
    aq_text_append_char(sql, ')');
}

void aq__ddl_include(aq_text_t *sql, aq__column_t *const *columns, size_t count)
{
    if (count == 0)
        return;
    aq_text_append(sql, " INCLUDE ");
    aq__ddl_column_list(sql, columns, count);
}

/* ---- Constraints --------------------------------------------------------------------------------------------------------------- */

static const char *action_word(aq_action_t action)
{
    switch (action) {
    case AQ_NO_ACTION: break;
    case AQ_RESTRICT: return "RESTRICT";
    case AQ_CASCADE: return "CASCADE";
    case AQ_SET_NULL: return "SET NULL";
    case AQ_SET_DEFAULT: return "SET DEFAULT";
    }
    return "NO ACTION";
}

static void append_actions(aq_text_t *sql, const aq__constraint_t *constraint)
{
    if (constraint->on_delete != AQ_NO_ACTION)
        aq_text_appendf(sql, " ON DELETE %s", action_word(constraint->on_delete));
    if (constraint->on_delete_column_count > 0) {
        aq_text_append_char(sql, ' ');
        aq__ddl_column_list(sql, constraint->on_delete_columns, constraint->on_delete_column_count);
    }
    if (constraint->on_update != AQ_NO_ACTION)
        aq_text_appendf(sql, " ON UPDATE %s", action_word(constraint->on_update));
}

/* Where the seal has found the other table, its columns by name, always; else what was said. */
static void append_referred(aq_text_t *sql, const aq__constraint_t *constraint)
{
    if (constraint->referred != NULL) {
        aq__ddl_table_name(sql, constraint->referred);
        aq_text_append_char(sql, ' ');
        aq__ddl_column_list(sql, constraint->referred_columns, constraint->column_count);
        return;
    }
    aq__name_append_qualified(sql, constraint->referred_schema, constraint->referred_table);
    for (size_t i = 0; i < constraint->referred_name_count; i++) {
        aq_text_append(sql, i == 0 ? " (" : ", ");
        aq__name_append(sql, constraint->referred_names[i]);
    }
    aq_text_append(sql, constraint->referred_name_count > 0 ? ")" : "");
}

static void append_foreign_key(aq_text_t *sql, const aq__constraint_t *constraint)
{
    aq_text_append(sql, "FOREIGN KEY");
    aq__ddl_column_list(sql, constraint->columns, constraint->column_count);
    aq_text_append(sql, " REFERENCES ");
    append_referred(sql, constraint);
    aq_text_append(sql, constraint->match_full ? " MATCH FULL" : "");
    append_actions(sql, constraint);
}

static void append_unique(aq_text_t *sql, const aq__constraint_t *constraint, const char *words)
{
    aq_text_append(sql, words);
    aq_text_append(sql, constraint->nulls_not_distinct ? "NULLS NOT DISTINCT " : "");
    aq__ddl_column_list(sql, constraint->columns, constraint->column_count);
    aq__ddl_include(sql, constraint->include, constraint->include_count);
}

static void append_exclusion(aq_text_t *sql, const aq__constraint_t *constraint)
{
    aq_text_append(sql, "EXCLUDE USING ");
    aq__name_append(sql, constraint->method != NULL ? constraint->method : "gist");
    aq_text_append_char(sql, ' ');
    aq__ddl_part_list(sql, constraint->parts, constraint->part_count);
    aq__ddl_include(sql, constraint->include, constraint->include_count);
    if (constraint->where != NULL)
        aq_text_appendf(sql, " WHERE (%s)", constraint->where);
}

static void append_kind(aq_text_t *sql, const aq__constraint_t *constraint)
{
    switch (constraint->kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY: append_unique(sql, constraint, "PRIMARY KEY "); break;
    case AQ_CONSTRAINT_UNIQUE: append_unique(sql, constraint, "UNIQUE "); break;
    case AQ_CONSTRAINT_FOREIGN_KEY: append_foreign_key(sql, constraint); break;
    case AQ_CONSTRAINT_CHECK:
        aq_text_appendf(sql, "CHECK (%s)%s", constraint->check, constraint->no_inherit ? " NO INHERIT" : "");
        break;
    case AQ_CONSTRAINT_EXCLUDE: append_exclusion(sql, constraint); break;
    }
}

void aq__ddl_constraint(aq_text_t *sql, const aq__constraint_t *constraint)
{
    if (constraint->name != NULL) {
        aq_text_append(sql, "CONSTRAINT ");
        aq__name_append(sql, constraint->name);
        aq_text_append_char(sql, ' ');
    }
    append_kind(sql, constraint);
    switch (constraint->deferrable) {
    case AQ_NOT_DEFERRABLE: break;
    case AQ_INITIALLY_IMMEDIATE: aq_text_append(sql, " DEFERRABLE INITIALLY IMMEDIATE"); break;
    case AQ_INITIALLY_DEFERRED: aq_text_append(sql, " DEFERRABLE INITIALLY DEFERRED"); break;
    }
    aq_text_append(sql, constraint->not_valid ? " NOT VALID" : "");
}
