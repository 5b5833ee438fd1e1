/* Which class a field has, and what it travels as.
 *
 * The happy path: the declaration's type is the column's: it travels in binary as what it is.
 * Otherwise as text, for the server to make of it what the column is: enums, types of the user's own, and whatever .sql_type names. In an array for unnest() such texts need a cast that says so, and so do arrays,
 * because unnest() would open them as well. Casts say no length: varchar(2) would cut in silence what an assignment refuses.
 * The failure mode: a member that is not as big as its type, which no macro makes. */
#include "src/orm/member-class.h"

#include "src/schema/ddl.h"

/* The types of AQ_TYPE_TABLE that members have. */
static const struct type {
    uint32_t oid;
    aq__member_type_t type;
    aq_value_kind_t kind;
    const char *array;  /* of its carrier */
    size_t nullable;    /* size of the member that may be NULL; 0: it has a NULL of its own */
    const char *cast;   /* from its carrier */
    bool array_is_text; /* text[] would not be compared with arrays of it */
} types[] = {
    {AQ_OID_BOOL, AQ__MEMBER_BOOL, AQ_VALUE_BOOL, "bool[]", sizeof(aq_bool_null_t), "", false},
    {AQ_OID_INT2, AQ__MEMBER_INT2, AQ_VALUE_INT2, "int2[]", sizeof(aq_int2_null_t), "", false},
    {AQ_OID_INT4, AQ__MEMBER_INT4, AQ_VALUE_INT4, "int4[]", sizeof(aq_int4_null_t), "", false},
    {AQ_OID_INT8, AQ__MEMBER_INT8, AQ_VALUE_INT8, "int8[]", sizeof(aq_int8_null_t), "", false},
    {AQ_OID_FLOAT4, AQ__MEMBER_FLOAT4, AQ_VALUE_FLOAT4, "float4[]", sizeof(aq_float4_null_t), "", false},
    {AQ_OID_FLOAT8, AQ__MEMBER_FLOAT8, AQ_VALUE_FLOAT8, "float8[]", sizeof(aq_float8_null_t), "", false},
    {AQ_OID_DATE, AQ__MEMBER_DATE, AQ_VALUE_DATE, "date[]", sizeof(aq_date_null_t), "", false},
    {AQ_OID_TIME, AQ__MEMBER_TIME, AQ_VALUE_TIME, "time[]", sizeof(aq_time_null_t), "", false},
    {AQ_OID_TIMESTAMP, AQ__MEMBER_TIMESTAMP, AQ_VALUE_TIMESTAMP, "timestamp[]", sizeof(aq_timestamp_null_t),
     "", false},
    {AQ_OID_TIMESTAMPTZ, AQ__MEMBER_TIMESTAMP, AQ_VALUE_TIMESTAMPTZ, "timestamptz[]",
     sizeof(aq_timestamp_null_t), "", false},
    {AQ_OID_INTERVAL, AQ__MEMBER_INTERVAL, AQ_VALUE_INTERVAL, "interval[]", sizeof(aq_interval_null_t), "",
     false},
    {AQ_OID_UUID, AQ__MEMBER_UUID, AQ_VALUE_UUID, "uuid[]", sizeof(aq_uuid_null_t), "", false},
    {AQ_OID_INET, AQ__MEMBER_INET, AQ_VALUE_INET, "inet[]", sizeof(aq_inet_null_t), "", false},
    {AQ_OID_TEXT, AQ__MEMBER_TEXT, AQ_VALUE_TEXT, "text[]", 0, "", false},
    {AQ_OID_VARCHAR, AQ__MEMBER_TEXT, AQ_VALUE_TEXT, "text[]", 0, "", true},
    {AQ_OID_BPCHAR, AQ__MEMBER_TEXT, AQ_VALUE_TEXT, "text[]", 0, "::bpchar", true}, /* or its blanks count */
    {AQ_OID_NAME, AQ__MEMBER_TEXT, AQ_VALUE_TEXT, "text[]", 0, "::name", true},
    {AQ_OID_NUMERIC, AQ__MEMBER_TEXT, AQ_VALUE_NUMERIC, "numeric[]", 0, "", false},
    {AQ_OID_JSON, AQ__MEMBER_TEXT, AQ_VALUE_JSON, "json[]", 0, "", false},
    {AQ_OID_JSONB, AQ__MEMBER_TEXT, AQ_VALUE_JSONB, "jsonb[]", 0, "", false},
    {AQ_OID_BYTEA, AQ__MEMBER_BYTEA, AQ_VALUE_BYTEA, "bytea[]", 0, "", false},
};
static const struct type enum_type = {
    AQ_OID_UNKNOWN, AQ__MEMBER_ENUM, AQ_VALUE_TEXT, "text[]", sizeof(aq_enum_null_t), "", true};
static const struct type custom_text = {
    AQ_OID_UNKNOWN, AQ__MEMBER_CUSTOM, AQ_VALUE_TEXT, "text[]", 0, "", true};
static const struct type custom_bytes = {
    AQ_OID_UNKNOWN, AQ__MEMBER_CUSTOM, AQ_VALUE_BYTEA, "bytea[]", 0, "", true};

static const struct type *find_type(const aq_column_t *declared)
{
    uint32_t oid = aq__element_oid(declared->type);

    if (declared->enumeration != NULL)
        return &enum_type;
    if (declared->custom != NULL)
        return declared->custom->bytes ? &custom_bytes : &custom_text;
    if (oid == AQ_OID_UNKNOWN)
        oid = AQ_OID_TEXT; /* .sql_type only */
    for (size_t i = 0; i < AQ__COUNT_OF(types); i++)
        if (types[i].oid == oid)
            return &types[i];
    return NULL;
}

/* Whether the column has the very type that the member was declared with. */
static bool is_itself(const aq__field_t *field, bool array)
{
    const aq__type_t *type = &field->attribute->column->type;

    if (field->declared->enumeration != NULL)
        return false;
    if (field->declared->custom != NULL)
        return field->declared->custom->bytes && type->oid == AQ_OID_BYTEA && !type->array;
    return type->oid == aq__element_oid(field->declared->type) && type->array == array &&
           type->oid != AQ_OID_UNKNOWN;
}

static const char *make_cast(const aq__field_t *field, aq_arena_t *arena)
{
    aq__type_t type = field->attribute->column->type;
    aq_text_t text = {0};
    const char *cast = NULL;

    type.modifier_count = 0;
    aq_text_append(&text, "::");
    if (type.oid != AQ_OID_UNKNOWN)
        aq_text_appendf(&text, "%s%s", aq__oid_name(type.oid), type.array ? "[]" : "");
    else
        aq__ddl_type(&text, &type);
    if (!text.failed)
        cast = aq_arena_strdup(arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return cast;
}

static int set_form(aq__field_t *field, const struct type *type, bool array)
{
    size_t size = aq__member_size(field);

    if (array)
        field->form = AQ__MEMBER_ARRAY;
    else if (field->size == size)
        field->form = AQ__MEMBER_PLAIN;
    else
        field->form = AQ__MEMBER_NULLABLE;
    if (array ? field->size == sizeof(aq_text_array_t)
              : field->size == size || (type->nullable != 0 && field->size == type->nullable))
        return AQ_OK;
    return aq__member_fail(field, AQ_EMAPPING,
                           "the member has %zu bytes, which is not what AQ_...() makes of %s", field->size,
                           field->member_class->name);
}

static aq__member_shortcut_t shortcut_of(const aq__field_t *field)
{
    if (field->form != AQ__MEMBER_PLAIN)
        return AQ__SHORTCUT_NONE;
    switch (field->member_class->type) {
    case AQ__MEMBER_BOOL: return AQ__SHORTCUT_BOOL;
    case AQ__MEMBER_INT4: return AQ__SHORTCUT_INT4;
    case AQ__MEMBER_INT8: return AQ__SHORTCUT_INT8;
    case AQ__MEMBER_FLOAT8: return AQ__SHORTCUT_FLOAT8;
    case AQ__MEMBER_TIMESTAMP: return AQ__SHORTCUT_TIMESTAMP;
    case AQ__MEMBER_TEXT: return AQ__SHORTCUT_TEXT;
    case AQ__MEMBER_INT2:
    case AQ__MEMBER_FLOAT4:
    case AQ__MEMBER_DATE:
    case AQ__MEMBER_TIME:
    case AQ__MEMBER_INTERVAL:
    case AQ__MEMBER_UUID:
    case AQ__MEMBER_INET:
    case AQ__MEMBER_ENUM:
    case AQ__MEMBER_BYTEA:
    case AQ__MEMBER_CUSTOM: break;
    }
    return AQ__SHORTCUT_NONE;
}

int aq__member_classify(aq__field_t *field, aq_arena_t *arena)
{
    const aq_column_t *declared = field->declared;
    const struct type *type = find_type(declared);
    bool array = declared->array || aq__is_array_oid(declared->type), itself;
    int code;

    if (type == NULL)
        return aq__member_fail(field, AQ_EMAPPING, "no member can be %s", aq__column_type_name(declared));
    field->member_class = aq__member_class(type->type);
    itself = is_itself(field, array);
    field->oid = itself ? (declared->custom != NULL ? AQ_OID_BYTEA : declared->type) : AQ_OID_UNKNOWN;
    field->element = type->kind;
    if (array)
        field->kind = itself && !type->array_is_text ? AQ_VALUE_ARRAY : AQ_VALUE_TEXT;
    else
        field->kind = itself || declared->custom != NULL ? type->kind : AQ_VALUE_TEXT;
    field->carrier = array ? AQ_VALUE_TEXT : field->kind;
    field->carrier_type = field->carrier == AQ_VALUE_TEXT ? "text[]" : type->array;
    field->cast = itself && !array ? type->cast : make_cast(field, arena);
    if (field->cast == NULL)
        return AQ_ENOMEM;
    code = set_form(field, type, array);
    field->shortcut = shortcut_of(field);
    return code;
}
