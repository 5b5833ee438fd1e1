/* Members of types of the user's own: what only its encode() and decode() know.
 *
 * The happy path: decode() of a cell's text or bytes, encode() of the member. Two that have the same bytes are equal; of others encode() decides, for they may point to equal things. To keep one is to encode and
 * decode it.
 * The failure modes: what the user's functions say; the member's name is put in front of it. */
#include "src/orm/member-class.h"

/* A member of a snapshot is not aligned, and encode() may not be given such. */
static const void *aligned(const aq__field_t *field, const void *at, aq_arena_t *arena)
{
    return (uintptr_t)at % AQ__ARENA_ALIGN == 0 ? at : aq_arena_dup(arena, at, field->size);
}

int aq__custom_encode(const aq__field_t *field, const void *at, aq_arena_t *arena, aq_bytes_t *value)
{
    const aq_custom_t *custom = field->declared->custom;

    *value = (aq_bytes_t){NULL, 0};
    at = aligned(field, at, arena);
    if (at == NULL || custom->encode(custom->data, at, arena, value) != AQ_OK)
        return aq__member_fail_last(field);
    return AQ_OK;
}

static int decode(const aq__field_t *field, aq_bytes_t bytes, aq_arena_t *arena, void *at)
{
    const aq_custom_t *custom = field->declared->custom;
    void *member = aq_arena_calloc(arena, 1, field->size);

    if (member == NULL || custom->decode(custom->data, bytes, arena, member) != AQ_OK)
        return aq__member_fail_last(field);
    memcpy(at, member, field->size);
    return AQ_OK;
}

static int read_failed(const aq__field_t *field, aq_cell_t cell)
{
    const aq_error_t *error = aq_rows_error(cell.rows);

    return aq__fail(error != NULL ? error->code : AQ_ENOMEM, "%s.%s: %s", field->model,
                    field->attribute->name, error != NULL ? error->message : "out of memory");
}

int aq__custom_read(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *at)
{
    aq_bytes_t bytes;

    if (field->declared->custom->bytes) {
        if (!cell.binary)
            cell.type = AQ_OID_BYTEA;
        bytes = aq_as_bytea(cell);
    } else {
        bytes.data = aq_as_text(cell);
        bytes.length = bytes.data == NULL        ? 0
                       : bytes.data == cell.data ? (size_t)cell.length
                                                 : strlen(bytes.data);
    }
    return bytes.data != NULL ? decode(field, bytes, arena, at) : read_failed(field, cell);
}

int aq__custom_parse(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at)
{
    aq__field_t bytea = *field;
    aq_bytes_t bytes = {text, strlen(text)};
    int code = AQ_OK;

    if (field->declared->custom->bytes) {
        bytea.member_class = aq__member_class(AQ__MEMBER_BYTEA);
        code = bytea.member_class->parse(&bytea, text, arena, &bytes);
    }
    return code == AQ_OK ? decode(field, bytes, arena, at) : code;
}

int aq__custom_append(const aq__field_t *field, const void *at, aq_text_t *text)
{
    aq_arena_t *arena = aq_arena_create();
    aq_bytes_t bytes;
    int code = arena != NULL ? aq__custom_encode(field, at, arena, &bytes) : aq__member_fail_last(field);

    if (code == AQ_OK && field->declared->custom->bytes && bytes.data != NULL)
        code = aq__member_class(AQ__MEMBER_BYTEA)->append(field, &bytes, text);
    else if (code == AQ_OK && bytes.data != NULL)
        aq_text_append_bytes(text, bytes.data, bytes.length);
    aq_arena_close(arena);
    return code;
}

bool aq__custom_equal(const aq__field_t *field, const void *a, const void *b)
{
    aq_arena_t *arena;
    aq_bytes_t left, right;
    bool equal;

    if (memcmp(a, b, field->size) == 0)
        return true;
    arena = aq_arena_create();
    equal = arena != NULL && aq__custom_encode(field, a, arena, &left) == AQ_OK &&
            aq__custom_encode(field, b, arena, &right) == AQ_OK &&
            aq__member_class(AQ__MEMBER_BYTEA)->equal(field, &left, &right);
    aq_arena_close(arena);
    return equal;
}

uint64_t aq__custom_hash(const aq__field_t *field, const void *at)
{
    aq_arena_t *arena = aq_arena_create();
    aq_bytes_t bytes;
    uint64_t hash = 0;

    if (arena != NULL && aq__custom_encode(field, at, arena, &bytes) == AQ_OK)
        hash = aq__member_class(AQ__MEMBER_BYTEA)->hash(field, &bytes);
    aq_arena_close(arena);
    return hash;
}

int aq__custom_keep(const aq__field_t *field, aq_arena_t *arena, void *at)
{
    aq_bytes_t bytes;
    int code = aq__custom_encode(field, at, arena, &bytes);

    return code == AQ_OK && bytes.data != NULL ? decode(field, bytes, arena, at) : code;
}
