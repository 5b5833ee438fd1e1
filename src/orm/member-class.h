/* What the files of members share: how one value is handled, whatever it is part of: a plain member, one that may be NULL, an element of an array.
 *
 * `at` is where a value that is not NULL is, in an object, an array or a snapshot; it need not be aligned. Each function returns AQ_OK or an error whose text begins with the
 * member's name, "User.age: ...". */
#ifndef AQ_SRC_ORM_MEMBER_CLASS_H
#define AQ_SRC_ORM_MEMBER_CLASS_H

#include "src/orm/member.h"

typedef enum aq__member_type {
    AQ__MEMBER_BOOL,
    AQ__MEMBER_INT2,
    AQ__MEMBER_INT4,
    AQ__MEMBER_INT8,
    AQ__MEMBER_FLOAT4,
    AQ__MEMBER_FLOAT8,
    AQ__MEMBER_DATE,
    AQ__MEMBER_TIME,
    AQ__MEMBER_TIMESTAMP,
    AQ__MEMBER_INTERVAL,
    AQ__MEMBER_UUID,
    AQ__MEMBER_INET,
    AQ__MEMBER_ENUM,
    AQ__MEMBER_TEXT,
    AQ__MEMBER_BYTEA,
    AQ__MEMBER_CUSTOM
} aq__member_type_t;

struct aq__member_class {
    const char *name; /* "int4", for messages */
    aq__member_type_t type;
    size_t size; /* 0: the member's */
    /* From a cell that is not NULL; what it points to is in the arena. */
    int (*read)(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *at);
    /* From the type's text form. */
    int (*parse)(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at);
    /* That form. AQ_ERANGE, AQ_EINVAL: it has none. */
    int (*append)(const aq__field_t *field, const void *at, aq_text_t *text);
    /* As a parameter of its own kind; NULL: it travels as text only. */
    void (*value)(const aq__field_t *field, const void *at, aq_value_t *value);
    bool (*equal)(const aq__field_t *field, const void *a, const void *b); /* NULL: the same bytes */
    uint64_t (*hash)(const aq__field_t *field, const void *at);            /* NULL: of the bytes */
    /* Lets what it points to be in the arena; NULL: it points to nothing. */
    int (*keep)(const aq__field_t *field, aq_arena_t *arena, void *at);
};

/* member-class.c: the table, by type. */
const aq__member_class_t *aq__member_class(aq__member_type_t type);
/* Sets "User.age: ..." and returns the code. */
int aq__member_fail(const aq__field_t *field, int code, const char *format, ...) AQ_PRINTF(3, 4);
/* The same with the thread's last error as its reason. */
int aq__member_fail_last(const aq__field_t *field);

static inline size_t aq__member_size(const aq__field_t *field)
{
    return field->member_class->size != 0 ? field->member_class->size : field->size;
}

static inline bool aq__element_equal(const aq__field_t *field, const void *a, const void *b)
{
    const aq__member_class_t *class = field->member_class;

    return class->equal != NULL ? class->equal(field, a, b) : memcmp(a, b, aq__member_size(field)) == 0;
}

static inline uint64_t aq__element_hash(const aq__field_t *field, const void *at)
{
    const aq__member_class_t *class = field->member_class;

    return class->hash != NULL ? class->hash(field, at) : aq__hash(at, aq__member_size(field));
}

/* member-custom.c: types of the user's own. The bytes of a value; `data` NULL: it is NULL. */
int aq__custom_encode(const aq__field_t *field, const void *at, aq_arena_t *arena, aq_bytes_t *value);
int aq__custom_read(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *at);
int aq__custom_parse(const aq__field_t *field, const char *text, aq_arena_t *arena, void *at);
int aq__custom_append(const aq__field_t *field, const void *at, aq_text_t *text);
bool aq__custom_equal(const aq__field_t *field, const void *a, const void *b);
uint64_t aq__custom_hash(const aq__field_t *field, const void *at);
int aq__custom_keep(const aq__field_t *field, aq_arena_t *arena, void *at);

/* member-items.c: members that are arrays. `array` is one of aq_int4_array_t ..., not aligned where it is part of a snapshot. */
int aq__items_value(const aq__field_t *field, const void *array, aq_arena_t *arena, aq_value_t *value);
int aq__items_read(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *array);
int aq__items_parse(const aq__field_t *field, const char *text, aq_arena_t *arena, void *array);
int aq__items_append(const aq__field_t *field, const void *array, aq_text_t *text); /* '{1,NULL,"a b"}' */
bool aq__items_equal(const aq__field_t *field, const void *a, const void *b);
uint64_t aq__items_hash(const aq__field_t *field, const void *array);
int aq__items_keep(const aq__field_t *field, aq_arena_t *arena, void *array);

#endif
