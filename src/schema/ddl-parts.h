/* Parts of DDL that only ddl.c and ddl-parts.c share. */
#ifndef AQ_SRC_SCHEMA_DDL_PARTS_H
#define AQ_SRC_SCHEMA_DDL_PARTS_H

#include "src/schema/metadata.h"

void aq__ddl_column_list(aq_text_t *sql, aq__column_t *const *columns, size_t count); /* "(a, b)" */
void aq__ddl_part_list(aq_text_t *sql, const aq__part_t *parts, size_t count); /* "(a, (b + 1) DESC)" */
void aq__ddl_include(aq_text_t *sql, aq__column_t *const *columns,
                     size_t count); /* " INCLUDE (c)", or nothing */
void aq__ddl_sequence_list(aq_text_t *sql,
                           const aq__sequence_t *sequence); /* " START WITH 5": each with a blank */
/* Of a serial or identity column: qualified and quoted; the one that the server gives where nothing says another. */
void aq__ddl_own_sequence_name(aq_text_t *sql, const aq__column_t *column);

#endif
