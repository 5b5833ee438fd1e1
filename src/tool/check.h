/* check: the statements of a file, each parsed, linted, described by a server, and told.
 *
 *     aq__check_t check;
 *     aq__check_init(&check, "queries.sql", text, length);      splits and names; reads nothing
 *     aq__check_lint(&check);                                   what the text alone shows
 *     aq__check_describe(&check, context);                      what a server says of each
 *     aq__check_print(&check, &output);
 *     aq__check_dispose(&check);
 *
 * Everything lives in one arena. Functions return AQ_OK or an error, which is the thread's last one. */
#ifndef AQ_SRC_TOOL_CHECK_H
#define AQ_SRC_TOOL_CHECK_H

#include "aquifer.h"
#include "src/base/base.h"
#include "src/wire/statement.h"
#include "src/wire/tree.h"

/* ---- What there is to tell ----------------------------------------------------------------------------------------- */

/* X(id, "id"): one is switched off by "-- aquifer: allow id". docs/aquifer-check.md says of each why it pays. */
#define AQ__LINTS(X)                                    \
    X(UPDATE_WITHOUT_WHERE, "update-without-where")     \
    X(DELETE_WITHOUT_WHERE, "delete-without-where")     \
    X(SELECT_STAR, "select-star")                       \
    X(INSERT_WITHOUT_COLUMNS, "insert-without-columns") \
    X(LIMIT_WITHOUT_ORDER, "limit-without-order")       \
    X(COMPARES_NULL, "compares-null")                   \
    X(NOT_IN_NULLABLE, "not-in-nullable")               \
    X(CROSS_JOIN, "cross-join")                         \
    X(PLACEHOLDER_GAP, "placeholder-gap")               \
    X(TRANSACTION_CONTROL, "transaction-control")       \
    X(MULTIPLE_STATEMENTS, "multiple-statements")       \
    X(NO_STATEMENT, "no-statement")                     \
    X(DUPLICATE_NAME, "duplicate-name")                 \
    X(UNKNOWN_LINT, "unknown-lint")

typedef enum aq__lint {
#define AQ__LINT_ENUM_(id, name) AQ__LINT_##id,
    AQ__LINTS(AQ__LINT_ENUM_)
#undef AQ__LINT_ENUM_
        AQ__LINT_COUNT
} aq__lint_t;

const char *aq__lint_id(aq__lint_t lint);
int aq__lint_find(const char *id, size_t length); /* -1: there is none of that id */

typedef enum aq__severity { AQ__SEVERITY_ERROR, AQ__SEVERITY_LINT, AQ__SEVERITY_NOTE } aq__severity_t;

typedef struct aq__check_problem {
    struct aq__check_problem *next; /* by place */
    aq__severity_t severity;
    const char *id; /* of a lint; of an error its SQLSTATE; NULL: none */
    size_t at;      /* byte of the file */
    const char *text;
    const char *detail, *hint; /* the server's; NULL: none */
} aq__check_problem_t;

const char *aq__severity_name(aq__severity_t severity);

/* ---- Statements ---------------------------------------------------------------------------------------------------------- */

/* Whether a column of a result may be NULL. "Never" is only said when it is certain. */
typedef enum aq__nullness { AQ__NULL_UNKNOWN, AQ__NULL_NEVER, AQ__NULL_MAY } aq__nullness_t;

const char *aq__nullness_name(aq__nullness_t nullness); /* "not null", "null", "unknown" */

typedef struct aq__check_column {
    aq_described_column_t told; /* its name lives in the arena */
    const char *type;
    const char *table;    /* as SQL names it; NULL: none */
    const char *relation; /* its bare name */
    const char *column;   /* there */
    aq__nullness_t declared, nullness;
} aq__check_column_t;

/* NOT IN (SELECT column FROM relation): worth a word if that may be NULL. */
typedef struct aq__check_not_in {
    struct aq__check_not_in *next;
    const char *relation; /* as SQL names it; NULL: nobody knows */
    const char *column;
    size_t at; /* byte of the file */
} aq__check_not_in_t;

typedef struct aq__check_statement {
    const char *name; /* NULL: it has none */
    size_t name_at;   /* byte of the file where the name stands */
    const char *sql; /* without semicolon and without comments before and after it; "": none under its name */
    size_t at, length; /* in the file */
    uint32_t allowed;  /* bit n: lint n is switched off */
    bool broken;       /* its text does not end: it is not worth asking a server */
    bool described;
    aq__statement_t is;
    aq__tree_t tree; /* of `sql`; without a root when it could not be parsed */
    aq__check_problem_t *problems;
    aq__check_not_in_t *not_ins;
    const uint32_t *parameters;
    const char **parameter_types;
    size_t parameter_count;
    aq__check_column_t *columns;
    size_t column_count;
} aq__check_statement_t;

typedef struct aq__check {
    aq_arena_t *arena;
    const char *file; /* as it was given */
    const char *text;
    size_t length;
    size_t *lines; /* bytes where the lines begin; the first behind a byte order mark */
    size_t line_count;
    aq__check_statement_t *statements;
    size_t count, capacity;
    uint32_t shadowed; /* bit n: the database has a function of its own of the name of aq__sure_function(n) */
} aq__check_t;

/* check-split.c: copies nothing but what a statement needs: `text` must stay, NUL behind it. It must be UTF-8. */
int aq__check_init(aq__check_t *check, const char *file, const char *text, size_t length);
void aq__check_dispose(aq__check_t *check);

/* check-problem.c: once, before the places. */
#define AQ__BYTE_ORDER_MARK "\xEF\xBB\xBF"
int aq__check_find_lines(aq__check_t *check);
/* The line and column (of characters) of a byte of the file, both from 1. */
void aq__check_place(const aq__check_t *check, size_t at, size_t *line, size_t *column);
/* The byte of `text` where its nth character begins, from 1; its end where it has fewer. */
size_t aq__check_byte(const char *text, size_t character);
/* Notes a problem unless the statement allows it. */
int aq__check_tell(aq__check_t *check, aq__check_statement_t *statement, aq__lint_t lint, size_t at,
                   const char *format, ...) AQ_PRINTF(5, 6);
int aq__check_add_problem(aq__check_t *check, aq__check_statement_t *statement,
                          const aq__check_problem_t *problem);
size_t aq__check_count_problems(const aq__check_t *check, aq__severity_t severity);

/* check-lint.c: parses each statement and looks at it. */
int aq__check_lint(aq__check_t *check);

/* check-null.c: the columns' nullness, once their tables are known. */
int aq__check_judge(aq__check_t *check, aq__check_statement_t *statement);
/* Functions that give NULL to nobody, unless the database has one of the same name; NULL: no more. */
const char *aq__sure_function(size_t n);

/* check-describe.c: asks the server. Problems of statements are noted; an error is one that ends the check. */
int aq__check_describe(aq__check_t *check, aq_context_t *context);
/* Runs a file's statements on the lane, one after the other. The error says where it stopped. */
int aq__check_run(aq__check_t *check, aq_lane_t *lane);

/* check-print.c, check-json.c: out of memory shows in the text. */
const char *aq__check_kind(const aq__check_statement_t *statement); /* "SELECT" ..., "unfinished" */
void aq__check_print(const aq__check_t *check, aq_text_t *text);
void aq__check_print_json(const aq__check_t *check, aq_text_t *text);

/* check-server.c: a throwaway server, which goes when it is stopped or when this process is gone. */
typedef struct aq__check_server {
    char *directory;
    char *uri;
} aq__check_server_t;

/* What went wrong beyond the error is on stderr already. */
int aq__check_server_start(aq__check_server_t *server);
void aq__check_server_stop(aq__check_server_t *server);

#endif
