/* tree: libpg_query's parser, called safely, and its packed result.
 *
 * The happy path: the parser runs on a big stack, because it recurses for each level of the tree and a task's stack is small; its result
 * is read in one pass with an explicit stack of open messages. The failure modes: a syntax that it does not know and a text that nests
 * deeper than LEVELS_MOST give a tree without a root; no memory.
 *
 * Measured with libpg_query 15-4.0: at most 370 bytes of stack for a level that one token made ("-", "::int", "f(") and 1,080 for one
 * that two tokens made ("(select"), so LEVELS_MOST of them fit in AQ__DEEP_STACK twice. Packing takes time that grows with the square of
 * the depth: 50 ms for 8,000 levels. The server itself refuses such texts well before ("stack depth limit exceeded"). */
#include "src/wire/tree.h"

#include <string.h>

#include "src/task/deep.h"

enum { LEVELS_MOST = 10000, FRAMES = 128 };

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

static bool take_varint(aq__message_t *message, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; shift < 64 && message->at < message->end; shift += 7) {
        uint8_t byte = *message->at++;

        *number |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return true;
    }
    return false;
}

static bool take_bytes(aq__message_t *message, uint64_t length, aq__field_t *field)
{
    if (length > (uint64_t)(message->end - message->at))
        return false;
    field->data = message->at;
    field->data_end = message->at += length;
    return true;
}

bool aq__message_next(aq__message_t *message, aq__field_t *field)
{
    uint64_t tag, length;

    memset(field, 0, sizeof *field);
    if (!take_varint(message, &tag))
        return false;
    field->type = protobuf_c_message_descriptor_get_field(message->type, (unsigned)(tag >> 3));
    switch (tag & 7) {
    case PROTOBUF_C_WIRE_TYPE_VARINT: return take_varint(message, &field->number);
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        return take_varint(message, &length) && take_bytes(message, length, field);
    case PROTOBUF_C_WIRE_TYPE_64BIT: return take_bytes(message, 8, field);
    case PROTOBUF_C_WIRE_TYPE_32BIT: return take_bytes(message, 4, field);
    default: return false;
    }
}

static aq__message_t message_as_it_is(const aq__field_t *field)
{
    if (field->type == NULL || field->type->type != PROTOBUF_C_TYPE_MESSAGE)
        return (aq__message_t){NULL, NULL, NULL};
    return (aq__message_t){field->type->descriptor, field->data, field->data_end};
}

aq__message_t aq__field_message(const aq__field_t *field)
{
    aq__message_t message = message_as_it_is(field);
    aq__field_t inner;

    if (message.type != &pg_query__node__descriptor)
        return message;
    if (!aq__message_next(&message, &inner))
        return (aq__message_t){NULL, NULL, NULL};
    return message_as_it_is(&inner);
}

bool aq__field_is(const aq__field_t *field, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(field->data_end - field->data) == length && memcmp(field->data, text, length) == 0;
}

bool aq__message_find(aq__message_t message, const char *name, aq__field_t *field)
{
    const ProtobufCFieldDescriptor *type;

    memset(field, 0, sizeof *field);
    if (message.type == NULL)
        return false;
    type = protobuf_c_message_descriptor_get_field_by_name(message.type, name);
    while (type != NULL && aq__message_next(&message, field))
        if (field->type == type)
            return true;
    return false;
}

bool aq__message_has(aq__message_t message, const char *name)
{
    aq__field_t field;

    return aq__message_find(message, name, &field);
}

int64_t aq__message_number(aq__message_t message, const char *name)
{
    aq__field_t field;

    return aq__message_find(message, name, &field) ? (int64_t)field.number : 0;
}

aq__message_t aq__message_child(aq__message_t message, const char *name)
{
    aq__field_t field;

    aq__message_find(message, name, &field);
    return aq__field_message(&field);
}

/* ---- The walk ---------------------------------------------------------------------------------------------------- */

/* The messages that are open, outermost first. A message's bytes hold those of its children, so the next byte belongs to the
 * innermost that has not ended. */
typedef struct frames {
    aq__message_t *items;
    size_t count, capacity;
    aq__message_t few[FRAMES];
} frames_t;

static int push(frames_t *frames, aq__message_t message)
{
    if (frames->count == frames->capacity) {
        size_t capacity = frames->capacity * 2;
        aq__message_t *items =
            aq__realloc(frames->items == frames->few ? NULL : frames->items, capacity * sizeof *items);

        if (items == NULL)
            return AQ_ENOMEM;
        if (frames->items == frames->few)
            memcpy(items, frames->few, sizeof frames->few);
        frames->items = items;
        frames->capacity = capacity;
    }
    frames->items[frames->count++] = message;
    return AQ_OK;
}

int aq__tree_walk(aq__message_t root, aq__message_cb cb, void *data)
{
    frames_t frames = {.capacity = FRAMES};
    int code;

    frames.items = frames.few;
    cb(root, data);
    code = push(&frames, root);
    while (code == AQ_OK && frames.count > 0) {
        aq__field_t field;
        aq__message_t child;

        if (!aq__message_next(&frames.items[frames.count - 1], &field)) {
            frames.count--;
            continue;
        }
        child = message_as_it_is(&field);
        if (child.type == NULL)
            continue;
        cb(child, data);
        code = push(&frames, child);
    }
    if (frames.items != frames.few)
        aq__free(frames.items);
    return code;
}

/* ---- How deep a text may nest ------------------------------------------------------------------------------------- */

/* A bound from the tokens alone. Along any path down the tree a level was made by a token that is neither a name nor a constant nor a
 * comma. Commas part siblings, but for UNION and the like, whose operands have commas of their own. What is in brackets hangs below what
 * is around them, with up to BRACKET_LEVELS nodes for the bracket itself (a sub-link, its SELECT, a target). */
enum { BRACKET_LEVELS = 4 };

typedef struct level {
    size_t chain;   /* UNION, INTERSECT, EXCEPT */
    size_t own;     /* of the item that is open: other tokens that may make a level */
    size_t inner;   /* of the item that is open: the deepest of its brackets */
    size_t deepest; /* of the items before it */
} level_t;

typedef struct depth {
    level_t *levels;
    size_t count, capacity;
} depth_t;

static void end_item(level_t *level)
{
    if (level->own + level->inner > level->deepest)
        level->deepest = level->own + level->inner;
    level->own = level->inner = 0;
}

static int open_bracket(depth_t *depth)
{
    if (depth->count == depth->capacity) {
        size_t capacity = depth->capacity == 0 ? 64 : depth->capacity * 2;
        level_t *levels = aq__realloc(depth->levels, capacity * sizeof *levels);

        if (levels == NULL)
            return AQ_ENOMEM;
        depth->levels = levels;
        depth->capacity = capacity;
    }
    depth->levels[depth->count++] = (level_t){0, 0, 0, 0};
    return AQ_OK;
}

static void close_bracket(depth_t *depth)
{
    level_t *level = &depth->levels[depth->count - 1];
    size_t levels;

    end_item(level);
    if (depth->count == 1)
        return; /* no bracket was open: a syntax error */
    depth->count--;
    levels = level->chain + level->deepest + BRACKET_LEVELS;
    if (levels > level[-1].inner)
        level[-1].inner = levels;
}

static int count_token(depth_t *depth, int64_t token)
{
    switch ((int)token) {
    case PG_QUERY__TOKEN__ASCII_40: /* ( */
    case PG_QUERY__TOKEN__ASCII_91: /* [ */ return open_bracket(depth);
    case PG_QUERY__TOKEN__ASCII_41:
    case PG_QUERY__TOKEN__ASCII_93: close_bracket(depth); return AQ_OK;
    case PG_QUERY__TOKEN__UNION:
    case PG_QUERY__TOKEN__INTERSECT:
    case PG_QUERY__TOKEN__EXCEPT: depth->levels[depth->count - 1].chain++; return AQ_OK;
    case PG_QUERY__TOKEN__ASCII_44: /* , */
    case PG_QUERY__TOKEN__ASCII_59: /* ; */ end_item(&depth->levels[depth->count - 1]); return AQ_OK;
    case PG_QUERY__TOKEN__ASCII_46: /* . */
    case PG_QUERY__TOKEN__SQL_COMMENT:
    case PG_QUERY__TOKEN__C_COMMENT:
    case PG_QUERY__TOKEN__IDENT:
    case PG_QUERY__TOKEN__UIDENT:
    case PG_QUERY__TOKEN__FCONST:
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__USCONST:
    case PG_QUERY__TOKEN__BCONST:
    case PG_QUERY__TOKEN__XCONST:
    case PG_QUERY__TOKEN__ICONST:
    case PG_QUERY__TOKEN__PARAM: return AQ_OK;
    default: depth->levels[depth->count - 1].own++; return AQ_OK;
    }
}

/* Sets `deepest`, or leaves it where the text does not even scan. */
static int measure(const PgQueryScanResult *scanned, size_t *deepest)
{
    const uint8_t *data = (const uint8_t *)scanned->pbuf.data;
    aq__message_t rest = {&pg_query__scan_result__descriptor, data, data + scanned->pbuf.len};
    depth_t depth = {NULL, 0, 0};
    aq__field_t field;
    int code = open_bracket(&depth);

    while (code == AQ_OK && aq__message_next(&rest, &field)) {
        aq__message_t token = message_as_it_is(&field);

        if (token.type != NULL)
            code = count_token(&depth, aq__message_number(token, "token"));
    }
    if (code == AQ_OK) {
        while (depth.count > 1)
            close_bracket(&depth);
        close_bracket(&depth);
        *deepest = depth.levels[0].chain + depth.levels[0].deepest;
    }
    aq__free(depth.levels);
    return code;
}

/* ---- Parsing ----------------------------------------------------------------------------------------------------- */

typedef struct job {
    const char *sql;
    PgQueryScanResult scanned;
    PgQueryProtobufParseResult parsed;
} job_t;

static void scan(void *data)
{
    job_t *job = data;

    job->scanned = pg_query_scan(job->sql);
}

static void parse(void *data)
{
    job_t *job = data;

    job->parsed = pg_query_parse_protobuf(job->sql);
}

/* A text shorter than LEVELS_MOST has fewer tokens than that. */
static int check_depth(job_t *job, size_t length, bool *too_deep)
{
    size_t deepest = 0;
    int code;

    *too_deep = false;
    if (length < LEVELS_MOST)
        return AQ_OK;
    code = aq__call_deep(scan, job);
    if (code != AQ_OK)
        return code;
    if (job->scanned.error == NULL)
        code = measure(&job->scanned, &deepest);
    *too_deep = job->scanned.error != NULL || deepest >= LEVELS_MOST;
    pg_query_free_scan_result(job->scanned);
    return code;
}

int aq__tree_measure(const char *sql, size_t length, bool *too_deep)
{
    job_t job = {.sql = sql};

    return check_depth(&job, length, too_deep);
}

int aq__tree_parse(const char *sql, size_t length, aq__tree_t *tree)
{
    job_t job = {.sql = sql};
    bool too_deep;
    int code = check_depth(&job, length, &too_deep);

    memset(tree, 0, sizeof *tree);
    if (code != AQ_OK || too_deep)
        return code;
    code = aq__call_deep(parse, &job);
    if (code != AQ_OK)
        return code;
    tree->result = job.parsed;
    if (job.parsed.error == NULL) {
        const uint8_t *data = (const uint8_t *)job.parsed.parse_tree.data;

        tree->root =
            (aq__message_t){&pg_query__parse_result__descriptor, data, data + job.parsed.parse_tree.len};
    }
    return AQ_OK;
}

void aq__tree_close(aq__tree_t *tree)
{
    pg_query_free_protobuf_parse_result(tree->result);
    memset(tree, 0, sizeof *tree);
}
