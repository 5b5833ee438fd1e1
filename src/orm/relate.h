/* relate: what two linked objects know of each other, kept in step in memory (relate.c). */
#ifndef AQ_SRC_ORM_RELATE_H
#define AQ_SRC_ORM_RELATE_H

#include "src/orm/session.h"

/* The pointer of a to-one relation, set and known to be so. */
void aq__related_set(void *object, const aq__relation_t *relation, void *value);
/* The object is in session->linked: a list of its was changed. AQ_ENOMEM. */
int aq__object_link(void *object);
/* Takes `object` off the other side's member; that it was not there is fine. AQ_ENOMEM. */
int aq__related_leave(void *other, const aq__relation_t *reverse, void *object);
/* Where a many-to-one relation leads to according to the key that the database has, if that object is in the session, loaded or not; *found NULL: it is not. AQ_ENOMEM. */
int aq__related_known(const void *object, const aq__relation_t *relation, void **found);
/* That, made the pointer that is loaded. AQ_ENOMEM. */
int aq__related_load(void *object, const aq__relation_t *relation);
/* The same from the other side: whose list of this one-to-many relation the child is in. */
int aq__owner_known(const void *child, const aq__relation_t *relation, void **found);
/* Whether something of a relation is otherwise than in the database: its pointer, its list. */
bool aq__relation_changed(const void *object, const aq__relation_t *relation);
bool aq__object_has_new_pointer(const void *object); /* of any to-one relation */

/* Persistent objects that are written, and a pointer of which is new, by key. AQ_ENOMEM. */
int aq__session_repointed(const aq_session_t *session, aq__object_array_t *found);
/* Persistent, to stay so, and not only read. */
static inline bool aq__object_is_kept(const void *object)
{
    return aq__object_status(object) == AQ_PERSISTENT && !aq__object_has(object, AQ__STATE_DOOMED) &&
           aq__object_snapshot(object) != NULL;
}

/* What was done to a list. */
typedef struct aq__many_diff {
    void **added, **removed;
    size_t added_count, removed_count;
} aq__many_diff_t;

/* In the arena. AQ_ENOMEM. */
int aq__many_compare(const void *object, const aq__relation_t *relation, aq_arena_t *arena,
                     aq__many_diff_t *diff);

/* align.c: brings plain `post->author = user` to the other side: lists and pointers there are as if aq_set() had done it. AQ_ENOMEM. */
int aq__session_align(aq_session_t *session);
/* The member as the database has it, in `room` (of AQ__MEMBER_ROOM bytes) or where it is; as it is now, where nobody knows. */
#define AQ__MEMBER_ROOM 64
const void *aq__stored_member(const void *object, const aq__field_t *field, void *room);
/* Of pair i of a relation that is not many-to-many: the field that refers, and that which is referred to. */
const aq__field_t *aq__relation_foreign(const aq__relation_t *relation, size_t i);
const aq__field_t *aq__relation_referred(const aq__relation_t *relation, size_t i);
/* Sets a member of one model from that of another which refers to it, or is referred to. AQ_ETYPE, AQ_ERANGE, AQ_ENOMEM. */
int aq__key_copy(const aq__field_t *to, void *to_member, const aq__field_t *from, const void *from_member,
                 aq_arena_t *arena);

#endif
