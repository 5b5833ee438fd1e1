/* Layout: C written as our .clang-format would, so that clang-format leaves it as it is.
 *
 *     aq__node_t *call = aq__node(maker, AQ__CALL, NULL, "AQ_INT4");
 *     aq__node_add(maker, call, AQ__ATOM, NULL, "User");
 *     aq__node_add(maker, call, AQ__ATOM, NULL, "age");
 *     aq__node_add(maker, call, AQ__STRING, ".check = ", "age > 0");
 *     aq__layout_append(&text, call, 4, 1);                      AQ_INT4(User, age, .check = "age > 0")
 *
 * A maker remembers whether memory was out, so that one look at the end is enough: what it gives may be NULL, and NULL is fine wherever a
 * node is asked for. */
#ifndef AQ_SRC_TOOL_LAYOUT_H
#define AQ_SRC_TOOL_LAYOUT_H

#include "src/base/base.h"

typedef struct aq__maker {
    aq_arena_t *arena;
    bool failed;
    bool has_long_text; /* a string literal has more bytes than C promises */
} aq__maker_t;

/* Never NULL: where memory is out "", and the maker knows. */
const char *aq__make(aq__maker_t *maker, const char *format, ...) AQ_PRINTF(2, 3);
/* What was appended, disposed of. */
const char *aq__make_text(aq__maker_t *maker, aq_text_t *text);

typedef enum aq__node_kind {
    AQ__ATOM,   /* as it is */
    AQ__STRING, /* a string literal of this text; in several pieces where it is long or has lines */
    AQ__CALL,   /* text(children): filled, aligned behind the "(" */
    AQ__BRACES  /* {children}: in one line, or one a line */
} aq__node_kind_t;

typedef struct aq__node aq__node_t;
struct aq__node {
    aq__node_kind_t kind;
    const char *label; /* stands in front: ".check = " */
    const char *text;
    aq__node_t *first, *last, *next;
    size_t count;
};

aq__node_t *aq__node(aq__maker_t *maker, aq__node_kind_t kind, const char *label, const char *text);
/* A new child behind the others. */
aq__node_t *aq__node_add(aq__maker_t *maker, aq__node_t *parent, aq__node_kind_t kind, const char *label,
                         const char *text);

/* Adds a node that was made alone; either may be NULL. */
void aq__node_adopt(aq__node_t *parent, aq__node_t *child);

/* The node, which begins in this column and has `tail` characters behind it (")," and the like). */
void aq__layout_append(aq_text_t *text, const aq__node_t *node, size_t column, size_t tail);
/* "head{", a line for each child or, where clang-format makes columns of short ones, columns, "};" */
void aq__layout_append_list(aq_text_t *text, const char *head, const aq__node_t *list);
/* A string literal in one piece. */
void aq__layout_append_string(aq_text_t *text, const char *string);
/* What is no end of a comment and no beginning of one. */
void aq__layout_append_comment(aq_text_t *text, const char *string);

#endif
