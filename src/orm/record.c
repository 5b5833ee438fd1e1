/* Records of statements, for people who want to know what their program asks the server.
 *
 * The happy path: a statement is recorded when it is sent, and goes into the ring when its outcome is known; the oldest one makes room. Statements of one text
 * share it and its fingerprint, which is found out once. A spot counts how often one statement came from one line. Texts and spots stay as long as a record
 * needs them, so that memory is bounded by the ring: texts are cut, and so are lists of parameters (src/wire/arguments_text.h).
 *
 *     begun -> in the ring -> freed          by a newer one, by clearing, with the session
 *
 * The failure mode: what there is no memory for is not recorded; the statement itself does not suffer. A session that records nothing has no aq__records_t. */
#include "src/orm/record.h"

#include <uv.h>

#include "src/orm/session.h"
#include "src/wire/arguments_text.h"
#include "src/wire/statement.h"

#define SHOWN ((size_t)4096)       /* bytes of a statement */
#define ERROR_SHOWN ((size_t)1024) /* bytes of an error */

/* One text. Those that are longer than what is shown are not shared: they would have to be kept whole. */
typedef struct statement {
    size_t users;
    uint64_t fingerprint;
    size_t length;
    bool shared; /* it is in records->statements, by `text` */
    char *shown; /* `text`, or of its own where records are redacted */
    char text[];
} statement_t;

typedef struct spot_key {
    uint64_t fingerprint;
    const char *line; /* of static memory: the pointer tells lines apart */
} spot_key_t;

typedef struct spot {
    spot_key_t key;
    size_t users;
    size_t count;
} spot_t;

struct aq__recorded {
    aq__list_t link; /* records->begun */
    aq_record_t record;
    statement_t *statement;
    spot_t *spot;
    char *parameters, *bind, *error;
};

struct aq__records {
    size_t limit;
    unsigned n_plus_one;
    bool redacts;
    aq__map_t statements, spots;
    aq__list_t begun;
    aq__recorded_t **ring; /* grows to `limit`; only then it turns */
    size_t first, count, capacity;
};

/* ---- Texts -------------------------------------------------------------------------------------------------------------------------- */

static void statement_free(statement_t *statement)
{
    if (statement->shown != statement->text)
        aq__free(statement->shown);
    aq__free(statement);
}

static void statement_release(aq__records_t *records, statement_t *statement)
{
    if (--statement->users > 0)
        return;
    if (statement->shared)
        aq__map_remove(&records->statements, statement->text, statement->length);
    statement_free(statement);
}

/* What put_cut() needs. */
static size_t cut_size(size_t length, size_t most)
{
    return (length <= most ? length : most + strlen("...")) + 1;
}

/* "abc..." of a text that is too long. */
static void put_cut(char *to, const char *from, size_t length, size_t most)
{
    size_t shown = length <= most ? length : aq__utf8_cut(from, length, most);

    memcpy(to, from, shown);
    strcpy(to + shown, shown < length ? "..." : "");
}

static char *copy_cut(const char *from, size_t most)
{
    size_t length = strlen(from);
    char *copy = aq__malloc(cut_size(length, most));

    if (copy != NULL)
        put_cut(copy, from, length, most);
    return copy;
}

static char *redacted(const char *sql)
{
    aq_text_t text = {0};
    char *shown = NULL;

    if (aq__statement_append_redacted(&text, sql) == AQ_OK)
        shown = copy_cut(aq_text_string(&text), SHOWN);
    aq_text_dispose(&text);
    return shown;
}

static statement_t *statement_create(const char *sql, size_t length, bool redacts)
{
    statement_t *statement = aq__calloc(1, sizeof(*statement) + cut_size(length, SHOWN));

    if (statement == NULL)
        return NULL;
    put_cut(statement->text, sql, length, SHOWN);
    statement->length = length;
    statement->shown = redacts ? redacted(sql) : statement->text;
    if (statement->shown == NULL || aq__statement_fingerprint(sql, &statement->fingerprint) != AQ_OK) {
        statement_free(statement);
        return NULL;
    }
    return statement;
}

/* One more user of this text. NULL: out of memory. */
static statement_t *statement_use(aq__records_t *records, const char *sql)
{
    size_t length = strlen(sql);
    statement_t *statement = length <= SHOWN ? aq__map_get(&records->statements, sql, length) : NULL;

    if (statement == NULL) {
        statement = statement_create(sql, length, records->redacts);
        if (statement == NULL)
            return NULL;
        statement->shared =
            length <= SHOWN && aq__map_put(&records->statements, statement->text, length, statement) == AQ_OK;
    }
    statement->users++;
    return statement;
}

/* ---- Spots -------------------------------------------------------------------------------------------------------------------------- */

static void spot_release(aq__records_t *records, spot_t *spot)
{
    if (--spot->users > 0)
        return;
    aq__map_remove(&records->spots, &spot->key, sizeof(spot->key));
    aq__free(spot);
}

static spot_t *spot_use(aq__records_t *records, uint64_t fingerprint, const char *line)
{
    spot_key_t key;
    spot_t *spot;

    memset(&key, 0, sizeof(key));
    key.fingerprint = fingerprint;
    key.line = line;
    spot = aq__map_get(&records->spots, &key, sizeof(key));
    if (spot == NULL) {
        spot = aq__calloc(1, sizeof(*spot));
        if (spot == NULL)
            return NULL;
        spot->key = key;
        if (aq__map_put(&records->spots, &spot->key, sizeof(spot->key), spot) != AQ_OK) {
            aq__free(spot);
            return NULL;
        }
    }
    spot->users++;
    return spot;
}

/* ---- Records ------------------------------------------------------------------------------------------------------------------------ */

static void recorded_free(aq__records_t *records, aq__recorded_t *recorded)
{
    aq__list_unlink(&recorded->link);
    if (recorded->spot != NULL)
        spot_release(records, recorded->spot);
    if (recorded->statement != NULL)
        statement_release(records, recorded->statement);
    aq__free(recorded->parameters);
    aq__free(recorded->bind);
    aq__free(recorded->error);
    aq__free(recorded);
}

aq__records_t *aq__records_create(size_t limit, unsigned n_plus_one, bool redacts)
{
    aq__records_t *records = aq__calloc(1, sizeof(*records));

    if (records == NULL)
        return NULL;
    records->limit = limit > 0 ? limit : 1;
    records->n_plus_one = n_plus_one;
    records->redacts = redacts;
    aq__list_init(&records->begun);
    return records;
}

static void drop_oldest(aq__records_t *records)
{
    aq__recorded_t *oldest = records->ring[records->first];

    records->first = (records->first + 1) % records->capacity;
    records->count--;
    recorded_free(records, oldest);
}

void aq__records_close(aq__records_t *records)
{
    if (records == NULL)
        return;
    while (records->count > 0)
        drop_oldest(records);
    while (!aq__list_empty(&records->begun))
        recorded_free(records, AQ__CONTAINER_OF(aq__list_first(&records->begun), aq__recorded_t, link));
    aq__map_dispose(&records->statements);
    aq__map_dispose(&records->spots);
    aq__free(records->ring);
    aq__free(records);
}

static char *parameters_text(const aq__records_t *records, const aq_arguments_t *arguments)
{
    aq_text_t text = {0};

    if (records->redacts)
        aq__arguments_append_redacted(&text, arguments);
    else
        aq__arguments_append(&text, arguments);
    aq_text_append(&text, ""); /* never NULL */
    return aq_text_take(&text);
}

static double now(void)
{
    return (double)uv_hrtime() / 1e9;
}

aq__recorded_t *aq__record_begin(aq__records_t *records, const char *bind, const char *sql,
                                 const aq_arguments_t *arguments, aq_place_t place)
{
    static const aq_place_t unknown = {"<unknown>", "<unknown>"};
    aq__recorded_t *recorded = aq__calloc(1, sizeof(*recorded));

    if (recorded == NULL)
        return NULL;
    aq__list_init(&recorded->link);
    recorded->statement = statement_use(records, sql);
    if (recorded->statement != NULL)
        recorded->spot = spot_use(records, recorded->statement->fingerprint, place.line);
    recorded->parameters = parameters_text(records, arguments);
    recorded->bind = aq__strdup(bind);
    if (recorded->spot == NULL || recorded->parameters == NULL || (bind != NULL && recorded->bind == NULL)) {
        recorded_free(records, recorded);
        return NULL;
    }
    recorded->record = (aq_record_t){
        .statement = recorded->statement->shown,
        .fingerprint = recorded->statement->fingerprint,
        .parameters = recorded->parameters,
        .bind = recorded->bind,
        .place = place.line != NULL ? place : unknown,
    };
    aq__list_append(&records->begun, &recorded->link);
    recorded->record.start = now(); /* what recording took is not the statement's */
    return recorded;
}

static void grow(aq__records_t *records)
{
    size_t capacity = records->capacity > 0 ? 2 * records->capacity : 16;
    aq__recorded_t **ring;

    capacity = capacity < records->limit ? capacity : records->limit;
    if ((ring = aq__malloc(capacity * sizeof(*ring))) == NULL)
        return;
    for (size_t i = 0; i < records->count; i++)
        ring[i] = records->ring[(records->first + i) % records->capacity];
    aq__free(records->ring);
    records->ring = ring;
    records->first = 0;
    records->capacity = capacity;
}

/* Room for one more, by growing where that is allowed and possible; false: there is none at all. */
static bool make_room(aq__records_t *records)
{
    if (records->count == records->capacity && records->capacity < records->limit)
        grow(records);
    if (records->count == records->capacity && records->count > 0)
        drop_oldest(records);
    return records->count < records->capacity;
}

static void set_error(aq__recorded_t *recorded, const char *error)
{
    recorded->error = copy_cut(error, ERROR_SHOWN);
    recorded->record.error = recorded->error != NULL ? recorded->error : aq_strerror(AQ_ENOMEM);
}

/* True: it came from a line that is known, once too often. */
static bool count_one(const aq__records_t *records, spot_t *spot)
{
    spot->count++;
    return records->n_plus_one > 0 && spot->key.line != NULL &&
           spot->count == (size_t)records->n_plus_one + 1;
}

bool aq__record_end(aq__records_t *records, aq__recorded_t *recorded, uint64_t rows, const char *error)
{
    if (recorded == NULL)
        return false;
    recorded->record.end = now();
    recorded->record.duration = recorded->record.end - recorded->record.start;
    recorded->record.rows = rows;
    if (error != NULL)
        set_error(recorded, error);
    if (!make_room(records)) {
        recorded_free(records, recorded);
        return false;
    }
    aq__list_unlink(&recorded->link);
    records->ring[(records->first + records->count++) % records->capacity] = recorded;
    return count_one(records, recorded->spot);
}

/* ---- What a session shows ------------------------------------------------------------------------------------------------------------- */

size_t aq_session_record_count(const aq_session_t *session)
{
    return session != NULL && session->records != NULL ? session->records->count : 0;
}

const aq_record_t *aq_session_record(const aq_session_t *session, size_t index)
{
    const aq__records_t *records = session != NULL ? session->records : NULL;

    if (records == NULL || index >= records->count)
        return NULL;
    return &records->ring[(records->first + index) % records->capacity]->record;
}

void aq_session_clear_records(aq_session_t *session)
{
    aq__records_t *records = session != NULL ? session->records : NULL;

    while (records != NULL && records->count > 0)
        drop_oldest(records);
    if (records == NULL)
        return;
    AQ__MAP_FOREACH(entry, &records->spots) {
        ((spot_t *)entry->value)->count = 0; /* of what is on its way */
    }
}

void aq_record_append(aq_text_t *text, const aq_record_t *record)
{
    aq_text_appendf(text, "<query statement=\"%s\" parameters=[%s] duration=%.3f", record->statement,
                    record->parameters, record->duration);
    if (record->error != NULL)
        aq_text_appendf(text, " error=\"%s\"", record->error);
    aq_text_append(text, ">");
}
