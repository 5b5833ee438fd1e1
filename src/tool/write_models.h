/* Writing models: from metadata to the C header that one would write by hand (aquifer/schema.h).
 *
 *     aq_text_t header = {0};
 *     aq__models_options_t options = {.name = "shop", .made_from = "shop.sql", .made_by = "aquifer models"};
 *     code = aq__write_models(&header, metadata, &options, &problems);
 *
 * The header defines enums, structs, the lists of their columns and relationships, the models, and shop_add_models(db), which adds them to a
 * db. Models made of it have metadata equal to this one, but for the order of constraints and indexes within a table, and for names that
 * the server gives by itself ("user_pkey"), which are left to it. The same metadata gives the same text, as clang-format would leave it. */
#ifndef AQ_SRC_TOOL_WRITE_MODELS_H
#define AQ_SRC_TOOL_WRITE_MODELS_H

#include "src/schema/metadata.h"

typedef struct aq__models_options {
    const char *name; /* begins the include guard and the name of the function; any text, NULL: "database" */
    const char *made_from; /* for the comment at the top: "shop.sql" */
    const char *made_by;   /* "aquifer models" */
} aq__models_options_t;

/* The metadata must be sealed; one whose seal had problems is fine. AQ_EMAPPING: the header is there, and lacks what the problems tell and a
 * comment in it repeats. AQ_ENOMEM. */
int aq__write_models(aq_text_t *header, const aq__metadata_t *metadata, const aq__models_options_t *options,
                     aq__problems_t *problems);

#endif
