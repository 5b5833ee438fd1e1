/* What is wrong with declarations, collected so that all of it can be told at once. */
#ifndef AQ_SRC_SCHEMA_PROBLEM_H
#define AQ_SRC_SCHEMA_PROBLEM_H

#include <string.h>

#include "src/base/base.h"

/* Where something was declared: the macro in C, the statement in an SQL file. */
typedef struct aq__source {
    const char *file; /* NULL: nowhere that could be told, as in a live database */
    int line;
    int column; /* 0: only the line is known */
} aq__source_t;

typedef struct aq__problem {
    aq__source_t source;
    const char *text; /* "Post.author: ..." */
} aq__problem_t;

/* In the order in which they were found. */
typedef struct aq__problems {
    aq_arena_t *arena;
    aq__problem_t *items;
    size_t count;
    size_t *slots; /* which items there are, by the hash of text and line: their places and one, 0: free */
    size_t slot_count;
} aq__problems_t;

/* Adds one, makes it the thread's last error and returns AQ_EMAPPING; or AQ_ENOMEM, and it is not added. What is there already, the same
 * text of the same place, is not added again: a mixin's column is wrong once, however many models have it. */
int aq__problem_add(aq__problems_t *problems, aq__source_t source, const char *format, ...) AQ_PRINTF(3, 4);
/* The same with what it is about, "User.age: ", in front: `before`, which it disposes of. */
int aq__problem_vadd(aq__problems_t *problems, aq__source_t source, aq_text_t *before, const char *format,
                     va_list arguments) AQ_PRINTF(4, 0);
/* Only the first `count` of them stay. */
void aq__problems_cut(aq__problems_t *problems, size_t count);
/* Its text, with "models.c:12: " in front where the source is known. */
void aq__problem_append(aq_text_t *text, const aq__problem_t *problem);
/* All of them, a line each. */
void aq__problems_append(aq_text_t *text, const aq__problems_t *problems);

/* Of two codes the worse: out of memory ends everything. */
static inline int aq__worse(int first, int second)
{
    return first == AQ_ENOMEM || second == AQ_OK ? first : second;
}

/* The same, or both NULL. */
static inline bool aq__same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A growing array in an arena, without a member for its capacity: `items` with room for one more behind its `count`. What it outgrows
 * stays in the arena. NULL: out of memory. */
void *aq__grow(aq_arena_t *arena, void *items, size_t count, size_t size) AQ_MUST_USE;

#endif
