/* What was found out about fragments and statements of the user's: each is parsed once for a context, however many queries have it.
 *
 * The happy path: a look into a map. The failure modes: no memory; too many different texts (somebody writes values into them): then they are read each time, for the query's session only. */
#include "src/orm/query.h"
#include "src/orm/session.h"

enum { TEXTS_MOST = 4096, BYTES_MOST = 8 * 1024 * 1024 };

/* Two maps, since a text may be a fragment and a statement. */
struct aq__texts {
    aq_arena_t *arena; /* this struct lives in it too */
    aq__map_t fragments, statements;
};

static aq__texts_t *create_texts(void)
{
    aq_arena_t *arena = aq_arena_create();
    aq__texts_t *texts = arena != NULL ? aq_arena_calloc(arena, 1, sizeof(*texts)) : NULL;

    if (texts == NULL)
        aq_arena_close(arena);
    else
        texts->arena = arena;
    return texts;
}

void aq__texts_close(aq__texts_t *texts)
{
    if (texts == NULL)
        return;
    aq__map_dispose(&texts->fragments);
    aq__map_dispose(&texts->statements);
    aq_arena_close(texts->arena);
}

static aq__sql_template_t *read_into(aq_arena_t *arena, aq__sql_reader_cb read, const char *text,
                                     size_t length)
{
    aq__sql_template_t *made = aq_arena_calloc(arena, 1, sizeof(*made));

    if (made != NULL)
        made->text = aq_arena_dup(arena, text, length + 1);
    return made != NULL && made->text != NULL && read(arena, made->text, made) == AQ_OK ? made : NULL;
}

static bool is_full(const aq__texts_t *texts, const aq__map_t *map)
{
    return map->count >= TEXTS_MOST || aq_arena_size(texts->arena) >= BYTES_MOST;
}

const aq__sql_template_t *aq__texts_find(aq_session_t *session, aq__sql_reader_cb read, const char *text)
{
    aq__engine_t *engine = session->engine;
    size_t length = strlen(text);
    aq__sql_template_t *made;
    aq__map_t *map;

    if (engine == NULL) /* its context was closed */
        return read_into(session->arena, read, text, length);
    if (engine->texts == NULL)
        engine->texts = create_texts();
    if (engine->texts == NULL)
        return NULL;
    map = read == aq__fragment_read ? &engine->texts->fragments : &engine->texts->statements;
    made = aq__map_get(map, text, length);
    if (made != NULL)
        return made;
    if (is_full(engine->texts, map))
        return read_into(session->arena, read, text, length);
    made = read_into(engine->texts->arena, read, text, length);
    return made != NULL && aq__map_put(map, made->text, length, made) == AQ_OK ? made : NULL;
}

/* ---- Templates ------------------------------------------------------------------------------------------------------------------------- */

int aq__template_add(aq_arena_t *arena, aq__sql_template_t *made, const aq__piece_t *piece)
{
    size_t count = made->piece_count;

    if (piece->kind == AQ__PIECE_TEXT && piece->length == 0)
        return AQ_OK;
    if (count == 0 || (count & (count - 1)) == 0) {
        aq__piece_t *grown = aq_arena_alloc(arena, (count != 0 ? 2 * count : 1) * sizeof(*grown));

        if (grown == NULL)
            return AQ_ENOMEM;
        if (count != 0)
            memcpy(grown, made->pieces, count * sizeof(*grown));
        made->pieces = grown;
    }
    made->pieces[made->piece_count++] = *piece;
    return AQ_OK;
}

int aq__template_refuse(aq_arena_t *arena, const aq_error_t **error, int code, const char *format, ...)
{
    va_list arguments;
    aq_error_t *kept = aq_arena_calloc(arena, 1, sizeof(*kept));

    va_start(arguments, format);
    if (kept != NULL) {
        kept->code = code;
        kept->message = aq_arena_vprintf(arena, format, arguments);
    }
    va_end(arguments);
    if (kept == NULL || kept->message == NULL)
        return AQ_ENOMEM;
    *error = kept;
    return AQ_OK;
}
