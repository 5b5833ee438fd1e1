/* The values of members, whatever their form: plain, with a NULL beside, an array.
 *
 * The happy path: the form is looked at here, the value by its class (member-class.c, member-items.c).
 * The failure modes: those of the classes. */
#include "src/orm/member-class.h"

/* Behind the value of aq_int4_null_t ... is whether it is there. */
static bool is_present(const aq__field_t *field, const void *member)
{
    bool present;

    memcpy(&present, (const char *)member + aq__member_size(field), sizeof(present));
    return present;
}

static void set_present(const aq__field_t *field, void *member)
{
    const bool present = true;

    memcpy((char *)member + aq__member_size(field), &present, sizeof(present));
}

static bool pointer_is_null(const void *member)
{
    const void *pointer;

    memcpy(&pointer, member, sizeof(pointer));
    return pointer == NULL;
}

/* ---- NULL and zero ------------------------------------------------------------------------------------------------------------------- */

static bool custom_is_null(const aq__field_t *field, const void *member)
{
    aq_arena_t *arena = aq_arena_create();
    aq_bytes_t bytes = {"", 0};
    bool is_null =
        arena != NULL && aq__custom_encode(field, member, arena, &bytes) == AQ_OK && bytes.data == NULL;

    aq_arena_close(arena);
    return is_null;
}

static bool plain_is_null(const aq__field_t *field, const void *member)
{
    switch (field->member_class->type) {
    case AQ__MEMBER_TEXT:
    case AQ__MEMBER_BYTEA: return pointer_is_null(member);
    case AQ__MEMBER_CUSTOM: return field->nullable && custom_is_null(field, member);
    case AQ__MEMBER_BOOL:
    case AQ__MEMBER_INT2:
    case AQ__MEMBER_INT4:
    case AQ__MEMBER_INT8:
    case AQ__MEMBER_FLOAT4:
    case AQ__MEMBER_FLOAT8:
    case AQ__MEMBER_DATE:
    case AQ__MEMBER_TIME:
    case AQ__MEMBER_TIMESTAMP:
    case AQ__MEMBER_INTERVAL:
    case AQ__MEMBER_UUID:
    case AQ__MEMBER_INET:
    case AQ__MEMBER_ENUM: break;
    }
    return false;
}

bool aq__member_is_null(const aq__field_t *field, const void *member)
{
    switch (field->form) {
    case AQ__MEMBER_PLAIN: return plain_is_null(field, member);
    case AQ__MEMBER_NULLABLE: return !is_present(field, member);
    case AQ__MEMBER_ARRAY: return pointer_is_null(member);
    }
    return false;
}

static bool is_all_zero(const void *bytes, size_t size)
{
    for (const char *byte = bytes; size > 0; size--, byte++)
        if (*byte != 0)
            return false;
    return true;
}

bool aq__member_is_zero(const aq__field_t *field, const void *member)
{
    switch (field->form) {
    case AQ__MEMBER_PLAIN:
        return field->member_class->type == AQ__MEMBER_BYTEA ? pointer_is_null(member)
                                                             : is_all_zero(member, aq__member_size(field));
    case AQ__MEMBER_NULLABLE: return !is_present(field, member);
    case AQ__MEMBER_ARRAY: return pointer_is_null(member);
    }
    return false;
}

/* ---- Comparing -------------------------------------------------------------------------------------------------------------------------- */

bool aq__member_equal(const aq__field_t *field, const void *a, const void *b)
{
    switch (field->form) {
    case AQ__MEMBER_PLAIN: return aq__element_equal(field, a, b);
    case AQ__MEMBER_NULLABLE:
        return is_present(field, a) == is_present(field, b) &&
               (!is_present(field, a) || aq__element_equal(field, a, b));
    case AQ__MEMBER_ARRAY: return aq__items_equal(field, a, b);
    }
    return false;
}

uint64_t aq__member_hash(const aq__field_t *field, const void *member, uint64_t seed)
{
    uint64_t hash = 0;

    switch (field->form) {
    case AQ__MEMBER_PLAIN: hash = aq__element_hash(field, member); break;
    case AQ__MEMBER_NULLABLE: hash = is_present(field, member) ? aq__element_hash(field, member) : 0; break;
    case AQ__MEMBER_ARRAY: hash = aq__items_hash(field, member); break;
    }
    return (seed ^ (seed >> 32)) * UINT64_C(0x9E3779B97F4A7C15) + hash;
}

/* ---- As text --------------------------------------------------------------------------------------------------------------------------------- */

static int append_form(const aq__field_t *field, const void *member, aq_text_t *text)
{
    return field->form == AQ__MEMBER_ARRAY ? aq__items_append(field, member, text)
                                           : field->member_class->append(field, member, text);
}

/* What has no text form is shown as far as it has a number. */
void aq__member_append(aq_text_t *text, const aq__field_t *field, const void *member)
{
    int number;

    if (aq__member_is_null(field, member)) {
        aq_text_append(text, "NULL");
    } else if (append_form(field, member, text) != AQ_OK) {
        memcpy(&number, member, sizeof(number));
        if (field->member_class->type == AQ__MEMBER_ENUM && field->form != AQ__MEMBER_ARRAY)
            aq_text_append_int(text, number);
        else
            aq_text_append_char(text, '?');
    }
}

/* ---- As a parameter ---------------------------------------------------------------------------------------------------------------------------- */

/* Text in the arena; NULL: no memory, or it has none, and the thread's last error says so. */
static char *text_form(const aq__field_t *field, const void *member, aq_arena_t *arena)
{
    aq_text_t text = {0};
    char *copy = NULL;

    if (append_form(field, member, &text) == AQ_OK) {
        copy = text.failed ? NULL : aq_arena_strndup(arena, aq_text_string(&text), text.length);
        if (copy == NULL)
            (void)aq__member_fail_last(field);
    }
    aq_text_dispose(&text);
    return copy;
}

static int custom_value(const aq__field_t *field, const void *member, aq_arena_t *arena, aq_value_t *value)
{
    aq_bytes_t bytes;
    int code = aq__custom_encode(field, member, arena, &bytes);

    if (code == AQ_OK)
        *value = aq__bytes_value(field->kind, bytes.data, bytes.length);
    return code;
}

/* A label is static: it is borrowed. */
static int enum_value(const aq__field_t *field, const void *member, aq_value_t *value)
{
    const aq_labels_t *labels = &field->declared->enumeration->labels;
    aq_text_t none = {0};
    int number;

    memcpy(&number, member, sizeof(number));
    if (number < 0 || (size_t)number >= labels->count)
        return field->member_class->append(field, member, &none);
    *value = aq_text(labels->items[number]);
    return AQ_OK;
}

int aq__member_value(const aq__field_t *field, const void *member, aq_arena_t *arena, aq_value_t *value)
{
    const aq__member_class_t *class = field->member_class;
    const char *text;

    *value = aq_null();
    if (class->type == AQ__MEMBER_CUSTOM)
        return custom_value(field, member, arena, value);
    if (aq__member_is_null(field, member))
        return AQ_OK;
    if (field->form == AQ__MEMBER_ARRAY)
        return aq__items_value(field, member, arena, value);
    if (class->type == AQ__MEMBER_ENUM)
        return enum_value(field, member, value);
    if (field->kind != AQ_VALUE_TEXT || class->type == AQ__MEMBER_TEXT) {
        value->kind = field->kind;
        class->value(field, member, value);
        return AQ_OK;
    }
    text = text_form(field, member, arena);
    *value = aq_text(text);
    return text != NULL ? AQ_OK : aq_last_error()->code;
}

/* ---- As an array of parameters --------------------------------------------------------------------------------------------------------------------- */

/* Values as items of an array of their kind: numbers, times, addresses: as they are in the members. */
static int array_of_plain(const aq__field_t *field, void *const *objects, size_t count, char *items,
                          bool *nulls)
{
    size_t size = aq__member_size(field);

    for (size_t i = 0; i < count; i++) {
        const void *member = aq__member_of(field, objects[i]);

        memcpy(items + i * size, member, size);
        nulls[i] = field->form == AQ__MEMBER_NULLABLE && !is_present(field, member);
    }
    return AQ_OK;
}

/* As texts, each with a NUL at its end. */
static int array_of_texts(const aq__field_t *field, void *const *objects, size_t count, aq_arena_t *arena,
                          const char **items)
{
    for (size_t i = 0; i < count; i++) {
        aq_value_t value;
        int code = aq__member_value(field, aq__member_of(field, objects[i]), arena, &value);

        if (code != AQ_OK)
            return code;
        items[i] = value.kind == AQ_VALUE_NULL ? NULL : value.as.bytes.data;
        if (items[i] != NULL && field->member_class->type == AQ__MEMBER_CUSTOM) {
            items[i] = aq_arena_strndup(arena, value.as.bytes.data, value.as.bytes.length);
            if (items[i] == NULL)
                return aq__member_fail_last(field);
        }
    }
    return AQ_OK;
}

/* An array cannot be an item: its literal is. */
static int array_of_literals(const aq__field_t *field, void *const *objects, size_t count, aq_arena_t *arena,
                             const char **items)
{
    for (size_t i = 0; i < count; i++) {
        const void *member = aq__member_of(field, objects[i]);

        items[i] = aq__member_is_null(field, member) ? NULL : text_form(field, member, arena);
        if (items[i] == NULL && !aq__member_is_null(field, member))
            return aq_last_error()->code;
    }
    return AQ_OK;
}

static int array_of_bytes(const aq__field_t *field, void *const *objects, size_t count, aq_arena_t *arena,
                          aq_bytes_t *items, bool *nulls)
{
    for (size_t i = 0; i < count; i++) {
        aq_value_t value;
        int code = aq__member_value(field, aq__member_of(field, objects[i]), arena, &value);

        if (code != AQ_OK)
            return code;
        nulls[i] = value.kind == AQ_VALUE_NULL;
        items[i] = nulls[i] ? (aq_bytes_t){NULL, 0} : value.as.bytes;
    }
    return AQ_OK;
}

static bool any(const bool *nulls, size_t count)
{
    return count > 0 && memchr(nulls, true, count) != NULL;
}

int aq__member_array(const aq__field_t *field, void *const *objects, size_t count, aq_arena_t *arena,
                     aq_value_t *value)
{
    bool is_text = field->carrier == AQ_VALUE_TEXT || field->member_class->type == AQ__MEMBER_TEXT;
    bool is_bytes = field->carrier == AQ_VALUE_BYTEA;
    size_t size = is_text ? sizeof(char *) : is_bytes ? sizeof(aq_bytes_t) : aq__member_size(field);
    void *items = aq_arena_calloc(arena, count, size);
    bool *nulls = items != NULL && !is_text ? aq_arena_calloc(arena, count, sizeof(*nulls)) : NULL;
    int code;

    if (items == NULL || (!is_text && nulls == NULL))
        return aq__member_fail_last(field);
    if (field->form == AQ__MEMBER_ARRAY)
        code = array_of_literals(field, objects, count, arena, items);
    else if (is_text)
        code = array_of_texts(field, objects, count, arena, items);
    else if (is_bytes)
        code = array_of_bytes(field, objects, count, arena, items, nulls);
    else
        code = array_of_plain(field, objects, count, items, nulls);
    *value = aq_array(field->carrier, items, count, nulls != NULL && any(nulls, count) ? nulls : NULL);
    return code;
}

/* ---- From cells and texts ---------------------------------------------------------------------------------------------------------------------------- */

int aq__member_read(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *member)
{
    int code;

    if (field->form != AQ__MEMBER_PLAIN || cell.length < 0)
        memset(member, 0, field->size);
    if (cell.length < 0)
        return AQ_OK;
    if (field->form == AQ__MEMBER_ARRAY)
        return aq__items_read(field, cell, arena, member);
    code = field->member_class->read(field, cell, arena, member);
    if (code == AQ_OK && field->form == AQ__MEMBER_NULLABLE)
        set_present(field, member);
    return code;
}

int aq__member_parse(const aq__field_t *field, const char *text, aq_arena_t *arena, void *member)
{
    int code;

    memset(member, 0, field->size);
    if (field->form == AQ__MEMBER_ARRAY)
        return aq__items_parse(field, text, arena, member);
    code = field->member_class->parse(field, text, arena, member);
    if (code == AQ_OK && field->form == AQ__MEMBER_NULLABLE)
        set_present(field, member);
    return code;
}

int aq__member_keep(const aq__field_t *field, aq_arena_t *arena, void *member)
{
    if (field->form == AQ__MEMBER_ARRAY)
        return aq__items_keep(field, arena, member);
    if (field->member_class->keep == NULL || aq__member_is_null(field, member))
        return AQ_OK;
    return field->member_class->keep(field, arena, member);
}
