/* member: the values of members: as parameters, out of cells, compared, copied. One table of C types, no I/O.
 *
 * A member is addressed by its object and its field. Copies of text, bytes and arrays go to an arena; nothing is freed one by one. */
#ifndef AQ_SRC_ORM_MEMBER_H
#define AQ_SRC_ORM_MEMBER_H

#include "src/orm/mapper.h"

/* member.c: which class a field has, and what it travels as: sets member_class, oid, kind, carrier, carrier_type, cast. AQ_ENOMEM. */
int aq__member_classify(aq__field_t *field, aq_arena_t *arena);

static inline void *aq__member_of(const aq__field_t *field, const void *object)
{
    return (char *)(uintptr_t)object + field->offset;
}

/* The member as a parameter, which borrows from it or from the arena. AQ_ENOMEM, AQ_ERANGE (an enum's value that is none of its labels: "User.mood: 7 is none of the 2 values of
 * enum 'mood'"), or what encode() of a custom type says. */
int aq__member_value(const aq__field_t *field, const void *member, aq_arena_t *arena, aq_value_t *value);
/* One array parameter of the members of many objects, in their order; `stride` bytes from one object pointer to the next. The same errors. */
int aq__member_array(const aq__field_t *field, void *const *objects, size_t count, aq_arena_t *arena,
                     aq_value_t *value);
/* Sets a member from a cell; what it points to is copied to the arena. NULL in a member that has none: zero. AQ_ETYPE, AQ_ERANGE, AQ_ENOMEM, AQ_EPROTOCOL, or what decode() says; the text begins "User.age: ". */
int aq__member_read(const aq__field_t *field, aq_cell_t cell, aq_arena_t *arena, void *member);
/* Sets a member from a value, as of a key: converts between integers that fit, text to enums. AQ_ETYPE, AQ_ERANGE, AQ_ENOMEM. */
int aq__member_assign(const aq__field_t *field, const aq_value_t *value, aq_arena_t *arena, void *member);
/* Brings a value to the type of the field, for comparing with its column: int8 to int4 where it fits, integers to dates ... Others are left alone. */
void aq__member_convert(const aq__field_t *field, aq_value_t *value);
/* Sets a member from a text in its type's text form, as .default_value. */
int aq__member_parse(const aq__field_t *field, const char *text, aq_arena_t *arena, void *member);
/* Two members, or a member and its copy in a snapshot (neither need be aligned): whether they are the same value. */
bool aq__member_equal(const aq__field_t *field, const void *a, const void *b);
bool aq__member_is_null(const aq__field_t *field, const void *member); /* false for what cannot be NULL */
bool aq__member_is_zero(const aq__field_t *field, const void *member); /* every byte that counts */
/* Has what the member points to in the arena, so that it outlives whoever set it. AQ_ENOMEM. */
int aq__member_keep(const aq__field_t *field, aq_arena_t *arena, void *member);
/* For repr, records and the identity map. */
void aq__member_append(aq_text_t *text, const aq__field_t *field,
                       const void *member); /* 1, test, 2024-01-01 */
uint64_t aq__member_hash(const aq__field_t *field, const void *member, uint64_t seed);

#endif
