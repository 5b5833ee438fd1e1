/* What the files of this room share. Like a user's program they see only what libaquifer exports. */
#ifndef AQ_SRC_H2O_H2O_H
#define AQ_SRC_H2O_H2O_H

#include <h2o.h>
#include <uv.h>

#include "aquifer/h2o.h"
#include "src/base/list.h"

#define AQ__CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* ---- route.c: patterns, without h2o's requests ---- */

enum { AQ__ARGUMENTS = 8 };

typedef struct aq__segment aq__segment_t;

typedef struct aq__route {
    struct aq__route *next; /* in the order of declaration */
    const char *method;
    const char *label; /* "GET /users/<name>" */
    aq__segment_t *segments;
    size_t segment_count;
    aq_handler_cb handler;
} aq__route_t;

/* The arguments of one path, in the order of the pattern. */
typedef struct aq__matched {
    size_t count;
    struct {
        const char *name, *text;
        int64_t number; /* of <int:name> */
    } arguments[AQ__ARGUMENTS];
} aq__matched_t;

/* In the arena; NULL: aq_last_error(). */
aq__route_t *aq__route_create(aq_arena_t *arena, const char *method, const char *pattern,
                              aq_handler_cb handler);
/* True if the path (without query) is one of the route's; the arguments are decoded into the arena. */
bool aq__route_match(const aq__route_t *route, const char *path, size_t length, aq_arena_t *arena,
                     aq__matched_t *matched);
/* Decodes %XX, and '+' where `plus`. NULL: a bad percent sign, a NUL, bad UTF-8, or no memory. */
char *aq__percent_decode(aq_arena_t *arena, const char *text, size_t length, bool plus);

/* ---- scope.c: the routes of one path, and what is there of them on each loop ---- */

struct aq_h2o {
    h2o_handler_t *handler;
    aq_app_t *app;
    aq_arena_t *arena; /* holds this, routes and scopes */
    aq__route_t *routes, **last_route;
    aq_h2o_options_t options;
};

typedef struct aq__scope {
    aq_h2o_t *h2o;
    aq_arena_t *arena;
    aq_context_t *context; /* NULL: could not be made, or is closed */
    aq_loop_t *loop;
    aq__list_t requests; /* whose tasks run */
    size_t running;
    aq_op_t *drain;    /* pending while draining */
    aq_op_t *deadline; /* of the drain */
    unsigned overdue;  /* deadlines that passed */
    uint64_t logged;   /* loop time of the last 503 that was logged */
    size_t unlogged;   /* 503 since */
    bool closing;
} aq__scope_t;

void aq__scope_request_ended(aq__scope_t *scope);

/* ---- request.c: from h2o's call to the end of the task ---- */

/* Lives in the memory of h2o's request: its disposal says that the request is gone. */
typedef struct aq__tether {
    aq_request_t *request; /* NULL: it ended first */
} aq__tether_t;

struct aq_request {
    aq__list_t link;
    h2o_req_t *req; /* NULL: gone, or answered */
    aq__tether_t *tether;
    aq__scope_t *scope;
    const aq__route_t *route;
    aq_op_t *task;
    aq_arena_t *arena; /* holds this and all that was given to the handler */
    aq__matched_t matched;
    const char *method;
    const char *query; /* raw; NULL: not asked for yet, or none */
    const char *body;  /* NULL: not asked for yet */
    size_t body_length;
    struct json_t *json;
    bool gone, responded;
};

int aq__request_start(aq__scope_t *scope, h2o_req_t *req);

/* ---- respond.c ---- */

const char *aq__reason(int status);

#endif
