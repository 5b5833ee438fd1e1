/* dirty: whether a flush would find something to write.
 *
 * The happy path: the lists of what was added, deleted and linked are looked at, then every object is compared with its snapshot, as bytes first. It cannot fail. */
#include "src/orm/relate.h"

bool aq__session_is_dirty(aq_session_t *session)
{
    void *object;

    if (session->doomed.count > 0 || session->linked.count > 0 || session->flagged_count > 0)
        return true;
    for (size_t i = 0; i < session->pending.count; i++)
        if (session->pending.items[i] != NULL)
            return true;
    for (aq__cursor_t cursor = {0}; (object = aq__session_next(session, &cursor)) != NULL;)
        if (aq__object_has_changed_field(object) || aq__object_has_new_pointer(object))
            return true;
    return false;
}
