/* The parsed form of a naming convention: what template.c makes and naming.c follows. */
#ifndef AQ_SRC_SCHEMA_TEMPLATE_H
#define AQ_SRC_SCHEMA_TEMPLATE_H

#include "src/schema/naming.h"

/* What a part of a name is made of. */
typedef enum aq__part_source {
    AQ__PART_TEXT,
    AQ__PART_TABLE_NAME,
    AQ__PART_CONSTRAINT_NAME,
    AQ__PART_COLUMN,
    AQ__PART_REFERRED_TABLE_NAME,
    AQ__PART_REFERRED_COLUMN,
    AQ__PART_USER,
} aq__part_source_t;

/* What of a column. */
typedef enum aq__part_attribute { AQ__PART_NAME, AQ__PART_KEY, AQ__PART_LABEL } aq__part_attribute_t;

typedef struct aq__template_part {
    aq__part_source_t source;
    aq__part_attribute_t attribute;
    bool all;              /* all columns, with `separator` between them */
    const char *separator; /* "" or "_" */
    size_t index;          /* else this one, counted from 0 */
    const char *text;      /* of a text; of a token its name, for messages */
    size_t length;         /* of `text` */
    aq_name_token_t token; /* of a token of the user's */
} aq__template_part_t;

typedef struct aq__template {
    const char *text; /* as it was given; NULL: the kind has none */
    aq__template_part_t *parts;
    size_t part_count;
    bool renames; /* has %(constraint_name)s: the user's name is part of the name */
} aq__template_t;

struct aq__naming {
    aq__template_t templates[AQ__NAMED_KINDS];
};

/* Parses `text`, the template for this kind; all of it is copied into the arena. AQ_EMAPPING, AQ_ENOMEM. */
int aq__template_parse(aq_arena_t *arena, aq_named_kind_t kind, const char *text,
                       const aq_name_token_t *tokens, size_t token_count, aq__template_t *parsed) AQ_MUST_USE;

#endif
