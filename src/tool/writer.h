/* What the files that write a header share. */
#ifndef AQ_SRC_TOOL_WRITER_H
#define AQ_SRC_TOOL_WRITER_H

#include "src/tool/plan.h"
#include "src/tool/write_models.h"

/* write_columns.c: the list of a model's or a plain table's columns. */
void aq__write_columns(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity);
/* write_constraints.c: the lists of what columns do not say; nothing where there is none. */
void aq__write_constraints(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity);
void aq__write_indexes(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity);
/* write_relationships.c: the same for relationships. */
void aq__write_relationships(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity);

/* write_sequences.c: AQ_SEQUENCE() of one that stands alone. */
void aq__write_sequence(aq_text_t *header, aq__plan_t *plan, const aq__ticket_t *ticket);
/* The options that both kinds of sequences have; `usual`: the type that need not be said. */
void aq__option_sequence(aq__plan_t *plan, aq__node_t *parent, const aq__sequence_t *sequence,
                         uint32_t usual);
/* ".collation = "de", .collation_schema = "app"" */
void aq__option_collation(aq__plan_t *plan, aq__node_t *parent, const char *schema, const char *collation);

/* ".label = value": adds an option to a call or to braces. */
void aq__option(aq__plan_t *plan, aq__node_t *parent, const char *label, const char *value);
void aq__option_string(aq__plan_t *plan, aq__node_t *parent, const char *label,
                       const char *value); /* NULL: nothing */
void aq__option_true(aq__plan_t *plan, aq__node_t *parent, const char *label,
                     bool value); /* false: nothing */
void aq__option_number(aq__plan_t *plan, aq__node_t *parent, const char *label,
                       int64_t value); /* 0: nothing */
/* ".columns = AQ_COLUMNS("a", "b")", by their members */
void aq__option_columns(aq__plan_t *plan, aq__node_t *parent, const char *label, aq__column_t *const *columns,
                        size_t count);
/* ".on_delete = AQ_CASCADE", and the others that foreign keys have on either place; nothing for what is the default. */
void aq__option_actions(aq__plan_t *plan, aq__node_t *parent, const aq__constraint_t *constraint);
void aq__option_deferrable(aq__plan_t *plan, aq__node_t *parent, aq_deferrable_t deferrable);

#endif
