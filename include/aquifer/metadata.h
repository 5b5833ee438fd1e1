/* metadata: the tables of one database, to look at: those that the models declare, or those that a live database has.
 *
 *     const aq_metadata_t *metadata = aq_db_metadata(db, NULL);                 what the models of the default bind declare
 *     for (size_t i = 0; i < aq_metadata_table_count(metadata); i++)
 *         puts(aq_metadata_table_name(metadata, i));
 *
 *     aq_op_t *op = aq_reflect(context, NULL, NULL);                            what the database has (aquifer/app.h)
 *     const aq_metadata_t *live = aq_await(op);
 *     aq_metadata_append_ddl(live, &text);                                      as CREATE statements
 *     aq_op_close(op);
 *
 * Nothing here can be changed, and all of it lives as long as the metadata does; threads may share it. Tables, columns and problems are counted
 * from 0; one that there is not has the name NULL and no columns. */
#ifndef AQUIFER_METADATA_H
#define AQUIFER_METADATA_H

#include "aquifer/base.h"

AQ_BEGIN_DECLS

typedef struct aq__metadata aq_metadata_t;

/* One column, as one would say it in CREATE TABLE. */
typedef struct aq_column_info {
    const char *name;
    const char *type; /* "INTEGER", "VARCHAR(80)", "mood[]" */
    bool not_null;
    bool primary_key;
    bool serial;                /* a sequence of its own gives it values */
    bool identity;              /* the same, as GENERATED ... AS IDENTITY */
    const char *server_default; /* NULL: none; nor for a serial or identity column */
    const char *generated;      /* NULL: it is an ordinary column */
    const char *comment;        /* NULL: none */
} aq_column_info_t;

/* Only for one that was taken from its op (aq_op_take()). NULL is fine. */
AQ_API void aq_metadata_close(aq_metadata_t *metadata);

AQ_API const char *aq_metadata_bind(const aq_metadata_t *metadata); /* NULL: the default one */
/* In the order in which they would be created. */
AQ_API size_t aq_metadata_table_count(const aq_metadata_t *metadata);
AQ_API const char *aq_metadata_table_name(const aq_metadata_t *metadata, size_t table);
AQ_API const char *aq_metadata_table_schema(const aq_metadata_t *metadata,
                                            size_t table); /* NULL: what the search path decides */
AQ_API const char *aq_metadata_table_comment(const aq_metadata_t *metadata, size_t table); /* NULL: none */
AQ_API size_t aq_metadata_column_count(const aq_metadata_t *metadata, size_t table);
AQ_API int aq_metadata_column(const aq_metadata_t *metadata, size_t table, size_t column,
                              aq_column_info_t *info); /* AQ_EINVAL: there is no such column */
/* The place of a table; -1: there is none. */
AQ_API ptrdiff_t aq_metadata_find(const aq_metadata_t *metadata, const char *schema, const char *table);

/* What a live database has and metadata cannot express, a text each that names the thing: "event.audit: this trigger cannot be expressed". Whatever can
 * be is there all the same. Models have none: what is wrong with them fails the seal. */
AQ_API size_t aq_metadata_problem_count(const aq_metadata_t *metadata);
AQ_API const char *aq_metadata_problem(const aq_metadata_t *metadata, size_t problem);

/* The statements that would make all of it, in order, each with a ";" and a new line; of one table with its indexes and comments. */
AQ_API void aq_metadata_append_ddl(const aq_metadata_t *metadata, aq_text_t *sql);
AQ_API void aq_metadata_append_table_ddl(const aq_metadata_t *metadata, size_t table, aq_text_t *sql);

AQ_END_DECLS

#endif
