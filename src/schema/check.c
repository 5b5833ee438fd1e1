/* What is wrong with one entry of a declaration by itself, before anything is made of it.
 *
 * The happy path: nothing. The failure modes: an option that does not fit the column's type, or another option, or is no value of its
 * own type. Each is a problem whose text names the member, the option, and what it says. The first of a group (type, values, key) is
 * told; the others often follow from it. */
#include <string.h>

#include "src/schema/models.h"
#include "src/schema/naming.h"
#include "src/schema/text_form.h"

enum { MOST_CHARACTERS = 10485760 }; /* of varchar(n) and char(n) */

static int refuse(const aq__entry_t *entry, aq__problems_t *problems, const char *format, ...)
    AQ_PRINTF(3, 4);

/* "User.age: " and what it is. */
static int refuse(const aq__entry_t *entry, aq__problems_t *problems, const char *format, ...)
{
    aq_text_t text = {0};
    va_list arguments;
    int code;

    aq_text_appendf(&text, "%s.%s: ", entry->owner, entry->label);
    va_start(arguments, format);
    code = aq__problem_vadd(problems, entry->source, &text, format, arguments);
    va_end(arguments);
    return code;
}

/* ---- Types ------------------------------------------------------------------------------------------------------------------- */

bool aq__is_array_oid(uint32_t oid)
{
    switch (oid) {
#define CASE(NAME, name, oid, array_oid) case array_oid:
        AQ_TYPE_TABLE(CASE)
#undef CASE
        return true;
    default: return false;
    }
}

uint32_t aq__element_oid(uint32_t oid)
{
    switch (oid) {
#define CASE(NAME, name, oid, array_oid) \
    case array_oid: return oid;
        AQ_TYPE_TABLE(CASE)
#undef CASE
    default: return oid;
    }
}

/* "int4", of its array type too; NULL: it is none of ours. */
const char *aq__oid_name(uint32_t oid)
{
    switch (aq__element_oid(oid)) {
#define CASE(NAME, name, oid, array_oid) \
    case oid: return #name;
        AQ_TYPE_TABLE(CASE)
#undef CASE
    default: return NULL;
    }
}

/* What messages call the column's type: "int4", "int4[]", "mood", "point". */
const char *aq__column_type_name(const aq_column_t *column)
{
    if (column->sql_type != NULL)
        return column->sql_type;
    if (column->enumeration != NULL)
        return column->enumeration->name;
    return column->custom != NULL ? column->custom->sql_type : aq__oid_name(column->type);
}

static const char *brackets(const aq_column_t *column)
{
    bool array = column->sql_type == NULL && (column->array || aq__is_array_oid(column->type));

    return array ? "[]" : "";
}

static bool takes_length(uint32_t oid)
{
    return oid == AQ_OID_VARCHAR || oid == AQ_OID_BPCHAR;
}

static bool takes_precision(uint32_t oid)
{
    return oid == AQ_OID_NUMERIC || oid == AQ_OID_TIME || oid == AQ_OID_TIMESTAMP ||
           oid == AQ_OID_TIMESTAMPTZ || oid == AQ_OID_INTERVAL;
}

/* Of a type that is told by its name the server knows. */
static bool takes_collation(const aq_column_t *column)
{
    uint32_t oid = aq__element_oid(column->type);

    return column->sql_type != NULL || column->custom != NULL || oid == AQ_OID_TEXT ||
           oid == AQ_OID_VARCHAR || oid == AQ_OID_BPCHAR || oid == AQ_OID_NAME;
}

static bool is_integer(uint32_t oid)
{
    return oid == AQ_OID_INT2 || oid == AQ_OID_INT4 || oid == AQ_OID_INT8;
}

static int check_which_type(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;
    int types = (column->type != AQ_OID_UNKNOWN) + (column->enumeration != NULL) + (column->custom != NULL);

    if (types == 0 && column->sql_type == NULL)
        return refuse(entry, problems, "it has no type");
    if (types > 1)
        return refuse(entry, problems, "it has more than one of .type, .enumeration and .custom");
    if (column->type != AQ_OID_UNKNOWN && aq__oid_name(column->type) == NULL)
        return refuse(entry, problems, ".type is %lu, which is no AQ_OID_...", (unsigned long)column->type);
    if (column->array && column->enumeration == NULL)
        return refuse(entry, problems, ".array is for enums: other types have array types of their own");
    if (column->custom != NULL &&
        (column->custom->sql_type == NULL || aq__is_blank(column->custom->sql_type) ||
         column->custom->encode == NULL || column->custom->decode == NULL))
        return refuse(entry, problems, "its custom type needs sql_type, encode and decode");
    if (column->enumeration != NULL &&
        (column->enumeration->name == NULL || column->enumeration->labels.items == NULL ||
         column->enumeration->labels.count == 0))
        return refuse(entry, problems, "its enum has no name or no labels");
    return AQ_OK;
}

static int check_precision(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;
    uint32_t element = aq__element_oid(column->type);

    if (column->precision != 0 && !takes_precision(element))
        return refuse(entry, problems, ".precision is %d, which is for numeric, times and intervals",
                      column->precision);
    if (element == AQ_OID_NUMERIC && (column->precision <= AQ_PRECISION_0 || column->precision > 1000))
        return refuse(entry, problems, ".precision is %d: that of numeric is 1 to 1000", column->precision);
    if (element != AQ_OID_NUMERIC && (column->precision < AQ_PRECISION_0 || column->precision > 6))
        return refuse(entry, problems,
                      ".precision is %d: that of times and intervals is 1 to 6, or AQ_PRECISION_0",
                      column->precision);
    if (column->scale != 0 && (element != AQ_OID_NUMERIC || column->precision == 0))
        return refuse(entry, problems, ".scale is %d, which is for numeric, beside .precision",
                      column->scale);
    if (column->scale < -1000 || column->scale > 1000)
        return refuse(entry, problems, ".scale is %d: it is -1000 to 1000", column->scale);
    return AQ_OK;
}

static int check_type(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;
    int code = check_which_type(entry, problems);

    if (code != AQ_OK)
        return code;
    if (column->length != 0 && !takes_length(aq__element_oid(column->type)))
        return refuse(entry, problems, ".length is %d, which is for varchar and char", column->length);
    if (column->length < 0 || column->length > MOST_CHARACTERS)
        return refuse(entry, problems, ".length is %d: it is 1 to %d", column->length, MOST_CHARACTERS);
    if (column->sql_type != NULL && (column->length != 0 || column->precision != 0 || column->scale != 0))
        return refuse(entry, problems,
                      ".sql_type is '%s', the whole type: it says length, precision and scale itself",
                      column->sql_type);
    if (column->collation != NULL && !takes_collation(column))
        return refuse(entry, problems, ".collation is '%s', which %s%s does not have", column->collation,
                      aq__column_type_name(column), brackets(column));
    if (column->collation_schema != NULL && column->collation == NULL)
        return refuse(entry, problems, ".collation_schema is '%s', and it has no .collation",
                      column->collation_schema);
    return check_precision(entry, problems);
}

/* The size of a member of this type that cannot be NULL, where there is another that can; else 0. */
static size_t size_without_null(const aq_column_t *column)
{
    if (column->enumeration != NULL)
        return column->array ? 0 : sizeof(int);
    switch (column->type) {
    case AQ_OID_BOOL: return sizeof(bool);
    case AQ_OID_INT2: return sizeof(int16_t);
    case AQ_OID_INT4: return sizeof(int32_t);
    case AQ_OID_INT8: return sizeof(int64_t);
    case AQ_OID_FLOAT4: return sizeof(float);
    case AQ_OID_FLOAT8: return sizeof(double);
    case AQ_OID_DATE: return sizeof(aq_date_t);
    case AQ_OID_TIME: return sizeof(aq_time_t);
    case AQ_OID_TIMESTAMP:
    case AQ_OID_TIMESTAMPTZ: return sizeof(aq_timestamp_t);
    case AQ_OID_INTERVAL: return sizeof(aq_interval_t);
    case AQ_OID_UUID: return sizeof(aq_uuid_t);
    case AQ_OID_INET: return sizeof(aq_inet_t);
    default: return 0;
    }
}

static int check_key(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;
    bool compared = column->primary_key || column->unique || column->index || column->references != NULL;

    if (compared && column->sql_type == NULL && aq__element_oid(column->type) == AQ_OID_JSON)
        return refuse(entry, problems,
                      "json cannot be compared, so it has no .primary_key, .unique, .index or .references");
    if (column->primary_key && column->nullable)
        return refuse(entry, problems, "a primary key cannot be NULL");
    if (column->nullable && column->size != 0 && column->size == size_without_null(column))
        return refuse(entry, problems,
                      ".nullable is set, and the member cannot be NULL: use the macro that ends in _NULL");
    return AQ_OK;
}

/* ---- Values ------------------------------------------------------------------------------------------------------------------ */

static bool is_automatic(const aq_column_t *column)
{
    return column->autoincrement != AQ_AUTOINCREMENT_DEFAULT && column->autoincrement != AQ_AUTOINCREMENT_OFF;
}

static int check_autoincrement(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;

    if ((unsigned)column->autoincrement > AQ_IDENTITY_ALWAYS)
        return refuse(entry, problems, ".autoincrement is %d, which is no aq_autoincrement_t",
                      (int)column->autoincrement);
    if (!is_automatic(column))
        return AQ_OK;
    if (column->server_default != NULL || column->generated != NULL)
        return refuse(entry, problems, ".autoincrement leaves no room for .server_default or .generated");
    if (!is_integer(column->type) || column->sql_type != NULL)
        return refuse(entry, problems, ".autoincrement is for int2, int4 and int8, and it is %s%s",
                      aq__column_type_name(column), brackets(column));
    if (column->nullable)
        return refuse(entry, problems, ".autoincrement makes it NOT NULL");
    if (column->autoincrement == AQ_IDENTITY_ALWAYS &&
        (column->default_value != NULL || column->default_cb != NULL || column->update_cb != NULL))
        return refuse(entry, problems, "AQ_IDENTITY_ALWAYS leaves no room for a value of the client's");
    return AQ_OK;
}

static int check_sequence_type(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;

    if (is_integer(column->sequence.type) && column->sequence.type != column->type &&
        (column->autoincrement == AQ_IDENTITY || column->autoincrement == AQ_IDENTITY_ALWAYS))
        return refuse(entry, problems,
                      ".sequence.type is %s, but the sequence of an identity has its type, %s",
                      aq__oid_name(column->sequence.type), aq__column_type_name(column));
    return AQ_OK;
}

/* Whether there is one, only the seal can tell (models.c). */
static int check_sequence(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;
    const aq_sequence_options_t *options = &column->sequence;
    uint32_t type = options->type != 0         ? options->type
                    : is_integer(column->type) ? column->type
                                               : AQ_OID_INT8;
    aq_text_t why = {0};
    int code = AQ_OK;

    if (!aq__has_sequence(column))
        return AQ_OK;
    if (aq__sequence_is_wrong(&why, ".sequence.", options, type))
        code = why.failed ? AQ_ENOMEM : refuse(entry, problems, "%s", aq_text_string(&why));
    aq_text_dispose(&why);
    if (code == AQ_OK && options->name != NULL && aq__name_check(".sequence.name", options->name) != AQ_OK)
        code = refuse(entry, problems, "%s", aq_last_error()->message);
    return code == AQ_OK ? check_sequence_type(entry, problems) : code;
}

const char *aq__value_needed(const aq_column_t *column, const char *text)
{
    const aq_labels_t *labels = column->enumeration != NULL ? &column->enumeration->labels : NULL;

    if (column->sql_type != NULL || column->custom != NULL)
        return NULL;
    if (labels == NULL)
        return aq__text_form_needed(column->type, text, column->length);
    if (column->array)
        return aq__text_form_needed(AQ_OID_TEXT_ARRAY, text, 0);
    for (size_t i = 0; i < labels->count; i++)
        if (labels->items[i] != NULL && strcmp(labels->items[i], text) == 0)
            return NULL;
    return "one of its labels";
}

static int check_default_value(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;
    const char *needed =
        column->default_value != NULL ? aq__value_needed(column, column->default_value) : NULL;

    if (needed == NULL)
        return AQ_OK;
    return refuse(entry, problems, ".default_value is '%s': %s%s needs %s", column->default_value,
                  aq__column_type_name(column), brackets(column), needed);
}

static int check_values(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;
    bool has_cb = column->default_cb != NULL || column->update_cb != NULL;
    int code;

    if (column->generated != NULL &&
        (column->server_default != NULL || column->default_value != NULL || has_cb))
        return refuse(entry, problems, ".generated leaves no room for a default");
    if (column->default_value != NULL && column->default_cb != NULL)
        return refuse(entry, problems, ".default_value and .default_cb are one too many");
    if (has_cb && entry->attribute == NULL)
        return refuse(entry, problems,
                      ".default_cb and .update_cb set a member, which a table without a model has not");
    code = check_autoincrement(entry, problems);
    if (code == AQ_OK)
        code = check_sequence(entry, problems);
    return code == AQ_OK ? check_default_value(entry, problems) : code;
}

/* Each table has these (PostgreSQL documentation, 5.5). */
static int check_system_name(const aq__entry_t *entry, aq__problems_t *problems)
{
    static const char *const names[] = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"};

    for (size_t i = 0; i < AQ__COUNT_OF(names); i++)
        if (strcmp(entry->name, names[i]) == 0)
            return refuse(entry, problems, "column '%s': the server has one of this name in each table",
                          entry->name);
    return AQ_OK;
}

/* SQL that is there, but nothing. */
static int check_expressions(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;
    const struct {
        const char *name, *text;
    } texts[] = {{"sql_type", column->sql_type},
                 {"collation", column->collation},
                 {"collation_schema", column->collation_schema},
                 {"server_default", column->server_default},
                 {"generated", column->generated},
                 {"check", column->check}};

    for (size_t i = 0; i < AQ__COUNT_OF(texts); i++)
        if (texts[i].text != NULL && aq__is_blank(texts[i].text))
            return refuse(entry, problems, ".%s is '%s', which says nothing", texts[i].name, texts[i].text);
    if (column->check_name == NULL)
        return AQ_OK;
    if (column->check == NULL)
        return refuse(entry, problems, ".check_name is '%s', and it has no .check", column->check_name);
    return aq__name_check_text(".check_name", column->check_name) == AQ_OK
               ? AQ_OK
               : refuse(entry, problems, "%s", aq_last_error()->message);
}

/* ---- Foreign keys ------------------------------------------------------------------------------------------------------------- */

static int check_enumerators(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;

    if ((unsigned)column->on_delete > AQ_SET_DEFAULT)
        return refuse(entry, problems, ".on_delete is %d, which is no aq_action_t", (int)column->on_delete);
    if ((unsigned)column->on_update > AQ_SET_DEFAULT)
        return refuse(entry, problems, ".on_update is %d, which is no aq_action_t", (int)column->on_update);
    if ((unsigned)column->deferrable > AQ_INITIALLY_DEFERRED)
        return refuse(entry, problems, ".deferrable is %d, which is no aq_deferrable_t",
                      (int)column->deferrable);
    return AQ_OK;
}

/* One of the two actions against what the column may become. */
static int check_action(const aq__entry_t *entry, aq__problems_t *problems, const char *name,
                        aq_action_t action, bool by_update)
{
    const aq_column_t *column = entry->column;
    bool sets = action == AQ_SET_NULL || action == AQ_SET_DEFAULT || (action == AQ_CASCADE && by_update);

    if (column->generated != NULL && sets)
        return refuse(entry, problems, ".%s changes what is .generated", name);
    if (action == AQ_SET_NULL && !column->nullable)
        return refuse(entry, problems, ".%s sets NULL what is NOT NULL", name);
    if (action == AQ_SET_DEFAULT && !column->nullable && column->server_default == NULL &&
        !is_automatic(column))
        return refuse(entry, problems, ".%s sets the default, which is NULL, what is NOT NULL", name);
    return AQ_OK;
}

static int check_reference(const aq__entry_t *entry, aq__problems_t *problems)
{
    const aq_column_t *column = entry->column;
    int code;

    if (column->references == NULL &&
        (column->on_delete != AQ_NO_ACTION || column->on_update != AQ_NO_ACTION ||
         column->deferrable != AQ_NOT_DEFERRABLE))
        return refuse(entry, problems,
                      ".on_delete, .on_update and .deferrable are for columns with .references");
    code = check_enumerators(entry, problems);
    if (code == AQ_OK)
        code = check_action(entry, problems, "on_delete", column->on_delete, false);
    return code == AQ_OK ? check_action(entry, problems, "on_update", column->on_update, true) : code;
}

int aq__check_entry(const aq__entry_t *entry, aq__problems_t *problems)
{
    int code = check_system_name(entry, problems);

    if (code == AQ_OK)
        code = check_expressions(entry, problems);
    if (code == AQ_OK)
        code = check_type(entry, problems);
    if (code == AQ_OK)
        code = check_key(entry, problems);
    if (code == AQ_OK)
        code = check_values(entry, problems);
    return code == AQ_OK ? check_reference(entry, problems) : code;
}

/* ---- Enums ------------------------------------------------------------------------------------------------------------------ */

static int check_label(const aq_enum_t *declared, size_t at, aq__source_t source, aq__problems_t *problems)
{
    const char *const *labels = declared->labels.items, *label = labels[at];

    if (label == NULL)
        return aq__problem_add(problems, source, "enum '%s': it has no label for %zu", declared->name, at);
    if (!aq_utf8_valid(label, strlen(label)))
        return aq__problem_add(problems, source, "enum '%s': label %zu is not valid UTF-8", declared->name,
                               at);
    if (strlen(label) > AQ__NAME_MAX)
        return aq__problem_add(problems, source,
                               "enum '%s': label '%s' has %zu bytes: at most %d are allowed", declared->name,
                               label, strlen(label), AQ__NAME_MAX);
    for (size_t i = 0; i < at; i++)
        if (strcmp(labels[i], label) == 0)
            return aq__problem_add(problems, source, "enum '%s': two labels are '%s'", declared->name, label);
    return AQ_OK;
}

int aq__check_enum(const aq_enum_t *declared, aq__source_t source, aq__problems_t *problems)
{
    int code = AQ_OK;

    if (aq__name_check("enum", declared->name) != AQ_OK)
        return aq__problem_add(problems, source, "%s", aq_last_error()->message);
    if (declared->schema != NULL && declared->schema[0] != '\0' &&
        aq__name_check("schema", declared->schema) != AQ_OK)
        return aq__problem_add(problems, source, "enum '%s': %s", declared->name, aq_last_error()->message);
    for (size_t i = 0; i < declared->labels.count && code == AQ_OK; i++)
        code = check_label(declared, i, source, problems);
    return code;
}
