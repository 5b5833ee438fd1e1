/* What statements have in common, and what of them may be shown: their text without the values.
 *
 * The happy path: libpg_query parses the text on a big stack and hashes the tree without its constants; it scans the text, and constants and comments are
 * replaced where they lie. The failure modes: a text that is too long, nests too deep or has a syntax that libpg_query does not know has a fingerprint of its
 * bytes; one that does not scan is not shown; no memory. */
#include "src/task/deep.h"
#include "src/wire/statement.h"
#include "src/wire/tree.h"

/* ---- The fingerprint ------------------------------------------------------------------------------------------------------------------ */

typedef struct job {
    const char *sql;
    PgQueryFingerprintResult fingerprint;
    PgQueryScanResult scanned;
} job_t;

static void take_fingerprint(void *data)
{
    job_t *job = data;

    job->fingerprint = pg_query_fingerprint(job->sql);
}

/* FNV-1a: the same in every process, unlike aq__hash(). */
static uint64_t hash_bytes(const char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

/* *fingerprint stays what it is where the text cannot be parsed. */
static int parse(const char *sql, size_t length, uint64_t *fingerprint)
{
    job_t job = {.sql = sql};
    bool too_deep;
    int code;

    if (length > AQ__STATEMENT_MOST || !aq_utf8_valid(sql, length))
        return AQ_OK;
    code = aq__tree_measure(sql, length, &too_deep);
    if (code != AQ_OK || too_deep)
        return code;
    code = aq__call_deep(take_fingerprint, &job);
    if (code != AQ_OK)
        return code;
    if (job.fingerprint.error == NULL)
        *fingerprint = job.fingerprint.fingerprint;
    pg_query_free_fingerprint_result(job.fingerprint);
    return AQ_OK;
}

/* The newest texts of this thread. A program asks the same few in every session, and parsing one takes as long as a hundred looks here. */
static _Thread_local struct {
    uint64_t hash, fingerprint;
    size_t length;
} known[256];

int aq__statement_fingerprint(const char *sql, uint64_t *fingerprint)
{
    size_t length = strlen(sql), place;
    uint64_t hash = hash_bytes(sql, length);
    int code = AQ_OK;

    place = hash % AQ__COUNT_OF(known);
    *fingerprint = hash;
    if (known[place].hash == hash && known[place].length == length) {
        *fingerprint = known[place].fingerprint;
    } else if ((code = parse(sql, length, fingerprint)) == AQ_OK) {
        known[place].hash = hash;
        known[place].length = length;
        known[place].fingerprint = *fingerprint;
    }
    return code;
}

/* ---- Without values -------------------------------------------------------------------------------------------------------------------- */

static void scan(void *data)
{
    job_t *job = data;

    job->scanned = pg_query_scan(job->sql);
}

/* What stands for a token; NULL: itself. */
static const char *instead_of(int64_t token)
{
    switch ((int)token) {
    case PG_QUERY__TOKEN__FCONST:
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__USCONST:
    case PG_QUERY__TOKEN__BCONST:
    case PG_QUERY__TOKEN__XCONST:
    case PG_QUERY__TOKEN__ICONST: return "?";
    case PG_QUERY__TOKEN__SQL_COMMENT:
    case PG_QUERY__TOKEN__C_COMMENT: return "";
    default: return NULL;
    }
}

static void append_tokens(aq_text_t *text, const char *sql, size_t length, const PgQueryScanResult *scanned)
{
    const uint8_t *data = (const uint8_t *)scanned->pbuf.data;
    aq__message_t rest = {&pg_query__scan_result__descriptor, data, data + scanned->pbuf.len};
    aq__field_t field;
    size_t at = 0;
    bool open = false; /* the end of the constant before is not known: libpg_query tells of none of U&'...' */

    while (aq__message_next(&rest, &field)) {
        aq__message_t token = aq__field_message(&field);
        size_t start, end;
        const char *instead;

        if (token.type != &pg_query__scan_token__descriptor)
            continue;
        start = (size_t)aq__message_number(token, "start");
        end = (size_t)aq__message_number(token, "end");
        instead = instead_of(aq__message_number(token, "token"));
        for (at = open ? start : at; open && at > 0 && sql[at - 1] == ' '; at--)
            ;
        open = instead != NULL && end <= start;
        if (instead == NULL || start < at || end > length)
            continue;
        aq_text_append_bytes(text, sql + at, start - at);
        aq_text_append(text, instead);
        at = open ? start : end;
    }
    if (!open)
        aq_text_append_bytes(text, sql + at, length - at);
}

int aq__statement_append_redacted(aq_text_t *text, const char *sql)
{
    size_t length = strlen(sql);
    job_t job = {.sql = sql};
    int code;

    if (length > AQ__STATEMENT_MOST || !aq_utf8_valid(sql, length)) {
        aq_text_appendf(text, "(%zu bytes that are not shown)", length);
        return text->failed ? AQ_ENOMEM : AQ_OK;
    }
    code = aq__call_deep(scan, &job);
    if (code != AQ_OK)
        return code;
    if (job.scanned.error == NULL)
        append_tokens(text, sql, length, &job.scanned);
    else
        aq_text_appendf(text, "(%zu bytes that are not shown)", length);
    pg_query_free_scan_result(job.scanned);
    return text->failed ? AQ_ENOMEM : AQ_OK;
}
