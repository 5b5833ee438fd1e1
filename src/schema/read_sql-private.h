/* The inside of read_sql: its files are one reader, parted by what they read.
 *
 *     read_sql-lexer.c        the text becomes statements, and statements become tokens: as psql cuts them, without a parser
 *     read_sql-parse.c        a statement becomes a tree: libpg_query, called safely
 *     read_sql-text.c         tokens become text again: expressions as their author wrote them
 *     read_sql-named.c        names in such expressions
 *     read_sql.c              the loop: which statement goes where
 *     read_sql-scope.c        names: schemas, the search path, what was read before
 *     read_sql-tell.c         problems, with their places
 *     read_sql-table.c ...    one kind of statement each
 *
 * Whatever is wrong with a statement is told (aq__sql_tell) and then the reading goes on, so the functions return AQ_OK where they told a problem; the
 * only other thing that they return is AQ_ENOMEM. */
#ifndef AQ_SRC_SCHEMA_READ_SQL_PRIVATE_H
#define AQ_SRC_SCHEMA_READ_SQL_PRIVATE_H

#include <pg_query.h>

#include "pg_query/pg_query.pb-c.h"
#include "src/schema/metadata.h"
#include "src/schema/read_sql.h"

/* ---- Tokens ------------------------------------------------------------------------------------------------------------- */

typedef enum aq__sql_kind {
    AQ__SQL_WORD,   /* a keyword or a name without quotes */
    AQ__SQL_QUOTED, /* a name in quotes, U&"..." too */
    AQ__SQL_STRING, /* all kinds, with what continues it on the next line */
    AQ__SQL_NUMBER,
    AQ__SQL_SYMBOL /* one character; operators are as many as they have characters */
} aq__sql_kind_t;

typedef struct aq__sql_token {
    aq__sql_kind_t kind;
    size_t start, end; /* bytes of the text */
} aq__sql_token_t;

typedef enum aq__sql_what {
    AQ__SQL_STATEMENT,
    AQ__SQL_COMMAND,  /* of psql: a line that starts with a backslash */
    AQ__SQL_COPY_DATA /* the lines behind COPY ... FROM stdin */
} aq__sql_what_t;

typedef struct aq__sql_statement {
    aq__sql_what_t what;
    size_t start, end; /* without the ";" */
    aq__sql_token_t *tokens;
    size_t count;
} aq__sql_statement_t;

typedef struct aq__sql_lexer {
    const char *text;
    size_t length, at;
    bool copy; /* the statement before was COPY ... FROM stdin */
} aq__sql_lexer_t;

/* The next statement that has any tokens, in memory of the arena; `*end` at the end of the text. */
int aq__sql_next(aq__sql_lexer_t *lexer, aq_arena_t *arena, aq__sql_statement_t *statement, bool *end);
/* Whether the token is this keyword (in lower case), or this character. */
bool aq__sql_is(const char *text, const aq__sql_token_t *token, const char *word);
/* A bound of how deep the tree of these tokens nests. AQ_ENOMEM. */
int aq__sql_depth(const char *text, const aq__sql_token_t *tokens, size_t count, size_t *depth);

/* ---- Trees ---------------------------------------------------------------------------------------------------------------- */

/* Deeper trees are not made: parsing, unpacking and walking recurse. */
enum { AQ__SQL_DEPTH_MOST = 3000 };

typedef struct aq__sql_tree {
    PgQuery__ParseResult *result; /* NULL: it cannot be parsed */
    const char *problem;          /* why, in memory of the arena */
    int position;                 /* where: 1-based character; 0: unknown */
} aq__sql_tree_t;

/* `sql` ends with a NUL, and does not nest deeper than AQ__SQL_DEPTH_MOST. The tree is in memory of the arena. To be called by
 * aq__sql_call_deep(). AQ_ENOMEM. */
int aq__sql_parse(aq_arena_t *arena, const char *sql, aq__sql_tree_t *tree);
/* The only statement of a tree; NULL where there is another number of them. */
PgQuery__Node *aq__sql_tree_statement(const aq__sql_tree_t *tree);

/* ---- The reader --------------------------------------------------------------------------------------------------------- */

/* Types that are declared but are no enums: domains, composite types, ranges. A column of one keeps its name. */
typedef struct aq__sql_type_name {
    const char *schema, *name;
    aq__table_t *
        composite; /* in no list: the columns of a composite type, which typed tables inherit; NULL: it is none */
} aq__sql_type_name_t;

typedef struct aq__sql_name {
    const char *schema, *name;
} aq__sql_name_t;

typedef struct aq__sql_heir {
    aq__table_t *parent, *child;
} aq__sql_heir_t;

typedef struct aq__sql_reader {
    aq__metadata_t *metadata;
    aq__problems_t *problems;
    const char *file, *text;
    size_t length;
    bool wrong; /* a problem was told */

    aq_arena_t *arena;   /* of the reading */
    aq_arena_t *scratch; /* of the statement */
    size_t *lines;       /* where each line starts */
    size_t line_count;
    aq__map_t told_once; /* texts of problems that are told only once */

    const char **path; /* the search path: its first is where things are created; NULL: public */
    size_t path_count;
    aq__sql_type_name_t *types;
    size_t type_count;
    aq__sql_name_t *left_out; /* tables that are there, but not here: a partition; that was told */
    size_t left_out_count;
    aq__sql_heir_t *heirs; /* who inherits from whom, in the order in which they were said */
    size_t heir_count;
    const void **inherited; /* columns and checks that their tables have from parents only */
    size_t inherited_count;

    aq__sql_statement_t statement; /* in which locations of the tree are */
} aq__sql_reader_t;

/* Adds a problem; AQ_OK, so that the caller goes on, or AQ_ENOMEM. `location` is one of the tree: bytes from the start of the statement;
 * < 0: its start. */
int aq__sql_tell(aq__sql_reader_t *reader, int location, const char *format, ...) AQ_PRINTF(3, 4);
aq__source_t aq__sql_source(const aq__sql_reader_t *reader, int location);
/* "schema.sql:3:14": where something was declared first; in memory of the statement. */
const char *aq__sql_place(aq__sql_reader_t *reader, aq__source_t source);
/* "blog.user", in memory of the statement. */
const char *aq__sql_described(aq__sql_reader_t *reader, const char *schema, const char *name);
/* A statement inside of CREATE SCHEMA, or one of its own. */
int aq__sql_read_node(aq__sql_reader_t *reader, const PgQuery__Node *node);
/* "CREATE VIEW active_users: <why>; it is left out" */
int aq__sql_leave_out(aq__sql_reader_t *reader, const char *why);
/* The same, but not where the same words were told before: for rows. */
int aq__sql_leave_out_once(aq__sql_reader_t *reader, const char *why);
int aq__sql_index_lines(aq__sql_reader_t *reader); /* before the first place is asked for; AQ_ENOMEM */

/* Schemas. What is called public is what the default search path decides: NULL. */
const char *aq__sql_schema(const char *schema);
int aq__sql_add_to_path(aq__sql_reader_t *reader, const char *schema); /* AQ_ENOMEM */
/* Where something that is created goes. `*schema` may be NULL. AQ_ENOMEM. */
int aq__sql_create_in(aq__sql_reader_t *reader, const char *schema, const char **found);
/* NULL: there is none. */
aq__table_t *aq__sql_find_table(const aq__sql_reader_t *reader, const char *schema, const char *name);
aq__enum_t *aq__sql_find_enum(const aq__sql_reader_t *reader, const char *schema, const char *name);
aq__index_t *aq__sql_find_index(const aq__sql_reader_t *reader, const char *schema, const char *name);
/* One that stands alone. */
aq__sequence_t *aq__sql_find_sequence(const aq__sql_reader_t *reader, const char *schema, const char *name);
/* Remembers a table that was left out, since a dump has more to say of it. The strings stay. AQ_ENOMEM. */
int aq__sql_note_left_out(aq__sql_reader_t *reader, const char *schema, const char *name);
bool aq__sql_is_left_out(const aq__sql_reader_t *reader, const char *schema, const char *name);
/* Leaves out a statement about a table that is not there; silently, where the table was left out. */
int aq__sql_leave_out_missing(aq__sql_reader_t *reader, const PgQuery__RangeVar *table);
/* Which schema of the search path has a type of this name; false: none that is known. */
bool aq__sql_find_type(const aq__sql_reader_t *reader, const char *name, const char **schema);

/* A composite type as a table that is in no list; NULL: there is none. */
aq__table_t *aq__sql_find_composite(const aq__sql_reader_t *reader, const char *schema, const char *name);
/* Whether the schema has an enum of that name, or another type that was declared. */
bool aq__sql_has_type(const aq__sql_reader_t *reader, const char *schema, const char *name);

/* A list of strings: "a", or "b" of ["a", "b"]. */
const char *aq__sql_last_name(PgQuery__Node *const *names, size_t count);
/* "a" of ["a", "b"]; NULL: there is only one. */
const char *aq__sql_first_name(PgQuery__Node *const *names, size_t count);

/* ---- Text of tokens -------------------------------------------------------------------------------------------------------- */

/* The first token that is not before this location. */
size_t aq__sql_token_at(const aq__sql_reader_t *reader, int location);
bool aq__sql_token_is(const aq__sql_reader_t *reader, size_t token, const char *word);
/* The next token that is this word or symbol, in no brackets but those that are open already; `end` where there is none. */
size_t aq__sql_find(const aq__sql_reader_t *reader, size_t from, size_t end, const char *word);
/* The ")" of the "(" that `open` is; `statement.count` where it is missing. */
size_t aq__sql_close(const aq__sql_reader_t *reader, size_t open);
/* Tokens as text, in memory of the metadata: one space where there was any white space or comment. NULL: AQ_ENOMEM. */
const char *aq__sql_slice(const aq__sql_reader_t *reader, size_t from, size_t end);
/* The same for an expression, in which types and sequences that the search path finds elsewhere than in public get their schema, since it is not the search path
 * of who makes the tables. NULL: AQ_ENOMEM. */
const char *aq__sql_expression(aq__sql_reader_t *reader, size_t from, size_t end);
/* The expression in the first brackets behind the word; NULL: AQ_ENOMEM. */
const char *aq__sql_in_brackets(aq__sql_reader_t *reader, int location, const char *word);
/* Where an expression ends: at a comma, at a bracket that closes, at the end. */
size_t aq__sql_expression_end(const aq__sql_reader_t *reader, size_t from);

/* What an expression may name. */
typedef struct aq__sql_thing {
    enum { AQ__SQL_COLUMN, AQ__SQL_TABLE, AQ__SQL_TYPE, AQ__SQL_SEQUENCE } kind;
    const char *schema, *name; /* a column, and a table, have no schema here */
} aq__sql_thing_t;
/* Whether the expression (NULL: none) mentions it. AQ_ENOMEM. */
int aq__sql_mentions(aq__sql_reader_t *reader, const char *expression, const aq__sql_thing_t *thing,
                     bool *mentions);
/* Its name in an expression (NULL: none) becomes another, in memory of the metadata. AQ_ENOMEM. */
int aq__sql_rename_in(aq__sql_reader_t *reader, const char **expression, const aq__sql_thing_t *from,
                      const aq__sql_thing_t *to);

/* ---- Kinds of statements ------------------------------------------------------------------------------------------------------ */

int aq__sql_set_path(aq__sql_reader_t *reader, const PgQuery__VariableSetStmt *set);
/* SELECT pg_catalog.set_config(...) and setval(...); any other SELECT asks for rows. */
int aq__sql_select(aq__sql_reader_t *reader, const PgQuery__SelectStmt *select);
int aq__sql_create_schema(aq__sql_reader_t *reader, const PgQuery__CreateSchemaStmt *statement);
int aq__sql_create_table(aq__sql_reader_t *reader, const PgQuery__CreateStmt *statement);
int aq__sql_add_column(aq__sql_reader_t *reader, aq__table_t *table, const PgQuery__ColumnDef *definition);
int aq__sql_read_like(aq__sql_reader_t *reader, aq__table_t *table, const PgQuery__TableLikeClause *like);
/* INHERITS: the columns of the parents, before the table's own; and their checks, behind its own. */
int aq__sql_inherit_columns(aq__sql_reader_t *reader, aq__table_t *table,
                            const PgQuery__CreateStmt *statement);
int aq__sql_inherit_from(aq__sql_reader_t *reader, aq__table_t *table, aq__table_t *parent);
int aq__sql_inherit_checks(aq__sql_reader_t *reader, aq__table_t *table);
/* A column, or a check, of another table, as one that inherits has it. AQ_ENOMEM. */
int aq__sql_copy_column(aq__sql_reader_t *reader, aq__table_t *table, const aq__column_t *from);
int aq__sql_copy_check(aq__sql_reader_t *reader, aq__table_t *table, const aq__constraint_t *from);
/* All that inherit from the table, also by others, none of them before one that it inherits from; in memory of the statement. AQ_ENOMEM. */
int aq__sql_heirs(aq__sql_reader_t *reader, const aq__table_t *table, aq__table_t ***heirs, size_t *count);
int aq__sql_add_heir(aq__sql_reader_t *reader, aq__table_t *parent, aq__table_t *child); /* AQ_ENOMEM */
void aq__sql_remove_heir(aq__sql_reader_t *reader, const aq__table_t *parent, const aq__table_t *child);
void aq__sql_forget_heirs(aq__sql_reader_t *reader, const aq__table_t *table); /* as parent and as child */
/* Which parent a column of that name is inherited from; NULL: none. */
const aq__table_t *aq__sql_column_parent(const aq__sql_reader_t *reader, const aq__table_t *table,
                                         const char *name);
/* The same for a check. AQ_ENOMEM. */
int aq__sql_check_parent(aq__sql_reader_t *reader, const aq__table_t *table, const char *name,
                         const aq__table_t **parent);
/* Whether a table that has this column or check from the table has it from elsewhere too. AQ_ENOMEM. */
int aq__sql_is_shared(aq__sql_reader_t *reader, const aq__table_t *table, const char *name, bool check,
                      bool *shared);
/* A heir gets what its parent has: told where it has another one of the name. AQ_ENOMEM. */
int aq__sql_inherit_column(aq__sql_reader_t *reader, aq__table_t *table, const aq__column_t *column);
int aq__sql_inherit_check(aq__sql_reader_t *reader, aq__table_t *table, const aq__constraint_t *check,
                          bool not_valid);
/* Tells where the column is of another type than in the parent. AQ_ENOMEM. */
int aq__sql_check_type(aq__sql_reader_t *reader, const aq__column_t *column, const aq__table_t *parent);
/* A parent has lost it: so does the heir, unless it is its own or another parent's. `only`: it becomes its own. AQ_ENOMEM. */
int aq__sql_lose_column(aq__sql_reader_t *reader, aq__table_t *table, const char *name, bool only);
int aq__sql_lose_check(aq__sql_reader_t *reader, aq__table_t *table, const char *name, bool only);
/* A column or a check that a heir says itself, too: it stays when the parents lose it. */
void aq__sql_own(aq__sql_reader_t *reader, const void *item);
/* `column`: where the constraint stands behind it; NULL: it is the table's. */
int aq__sql_add_constraint(aq__sql_reader_t *reader, aq__table_t *table, aq__column_t *column,
                           const PgQuery__Constraint *declared, const PgQuery__Constraint *const *attributes,
                           size_t attribute_count);
/* The name that the server gives to a constraint that has none. NULL: AQ_ENOMEM. */
const char *aq__sql_server_name(aq__sql_reader_t *reader, const aq__constraint_t *constraint);
/* By its name or by the one that the server gives. AQ_ENOMEM. */
int aq__sql_find_constraint(aq__sql_reader_t *reader, const aq__table_t *table, const char *name,
                            aq__constraint_t **found);
/* Gives an index that has its parts the name that the server would. AQ_ENOMEM. */
int aq__sql_name_index(aq__sql_reader_t *reader, aq__index_t *index);
/* "a_lower_b": what the server puts into names for these parts and columns; in memory of the statement. NULL: AQ_ENOMEM. */
const char *aq__sql_joined_parts(aq__sql_reader_t *reader, const aq__part_t *parts, size_t count,
                                 aq__column_t *const *include, size_t include_count);
/* Before the table or one of its columns is renamed: constraints that have a name of the server's keep it. AQ_ENOMEM. */
int aq__sql_keep_names(aq__sql_reader_t *reader, aq__table_t *table);
int aq__sql_alter_table(aq__sql_reader_t *reader, const PgQuery__AlterTableStmt *statement);
int aq__sql_create_index(aq__sql_reader_t *reader, const PgQuery__IndexStmt *statement);
/* One part of an index or exclusion constraint; its tokens are [from, end). */
int aq__sql_read_part(aq__sql_reader_t *reader, aq__table_t *table, const PgQuery__IndexElem *element,
                      size_t from, size_t end, aq__part_t *part);
int aq__sql_create_enum(aq__sql_reader_t *reader, const PgQuery__CreateEnumStmt *statement);
int aq__sql_alter_enum(aq__sql_reader_t *reader, const PgQuery__AlterEnumStmt *statement);
int aq__sql_create_sequence(aq__sql_reader_t *reader, const PgQuery__CreateSeqStmt *statement);
int aq__sql_alter_sequence(aq__sql_reader_t *reader, const PgQuery__AlterSeqStmt *statement);
/* read_sql-options.c. Options as they are said; `sequence` has none yet. AQ_ENOMEM. */
int aq__sql_sequence_options(aq__sql_reader_t *reader, aq__sequence_t *sequence,
                             PgQuery__Node *const *options, size_t count);
/* As ALTER SEQUENCE says them: all others stay as they are. `type`: of the sequence, when it does not say it. AQ_ENOMEM. */
int aq__sql_change_sequence(aq__sql_reader_t *reader, aq__sequence_t *sequence, PgQuery__Node *const *options,
                            size_t count, uint32_t type);
/* What is said although it would be so anyway is said no more. */
void aq__sql_forget_usual(aq__sequence_t *sequence, uint32_t type);
bool aq__sql_says_nothing(const aq__sequence_t *sequence);
/* The options of an identity or serial column's sequence: `anew`, or as ALTER changes it. */
int aq__sql_identity_options(aq__sql_reader_t *reader, aq__column_t *column, PgQuery__Node *const *options,
                             size_t count, bool anew);
/* `name` lives as long as the metadata. AQ_ENOMEM. */
int aq__sql_rename_column_sequence(aq__sql_reader_t *reader, aq__column_t *column, const char *name);
/* The serial or identity column whose sequence is called so; NULL: none. */
aq__column_t *aq__sql_sequence_column(const aq__sql_reader_t *reader, const char *schema, const char *name);
/* What the sequence of a serial or identity column is called, in memory of the statement. NULL: AQ_ENOMEM. */
const char *aq__sql_column_sequence(aq__sql_reader_t *reader, const aq__column_t *column);
/* Before a serial column becomes one of this type: its sequence stays of the type that it is. AQ_ENOMEM. */
int aq__sql_keep_sequence_type(aq__sql_reader_t *reader, aq__column_t *column, uint32_t type);
/* A serial column becomes one without a default; its sequence stands alone, and is owned by it. */
int aq__sql_free_sequence(aq__sql_reader_t *reader, aq__column_t *column);
/* The sequence gets another name, and so do the defaults that draw from it. AQ_ENOMEM. */
int aq__sql_name_sequence(aq__sql_reader_t *reader, aq__sequence_t *sequence, const char *schema,
                          const char *name);
/* In all defaults. AQ_ENOMEM. */
int aq__sql_rename_draws(aq__sql_reader_t *reader, const aq__sql_thing_t *from, const aq__sql_thing_t *to);
/* Before the table or a column (`only`; NULL: all) is renamed: the sequences of serial and identity columns stay called as they are. AQ_ENOMEM. */
int aq__sql_keep_sequence_names(aq__sql_reader_t *reader, const aq__table_t *table, const aq__column_t *only);
/* After it: they are in the table's schema, where they were in `schema`; and those that are called as the server would call them now need no name. AQ_ENOMEM. */
int aq__sql_settle_sequences(aq__sql_reader_t *reader, const aq__table_t *table, const char *schema);
/* After the last statement: sequences that their columns own and draw from become serial columns. */
int aq__sql_make_serials(aq__sql_reader_t *reader);
int aq__sql_comment(aq__sql_reader_t *reader, const PgQuery__CommentStmt *statement);
int aq__sql_drop(aq__sql_reader_t *reader, const PgQuery__DropStmt *statement);
int aq__sql_rename(aq__sql_reader_t *reader, const PgQuery__RenameStmt *statement);
int aq__sql_move(aq__sql_reader_t *reader, const PgQuery__AlterObjectSchemaStmt *statement);
/* What a statement is about: of a table, an index or a sequence it is a list of names, of a type a type name. */
typedef struct aq__sql_target {
    const char *schema, *name;
} aq__sql_target_t;
aq__sql_target_t aq__sql_target_of(const PgQuery__Node *object);
bool aq__sql_refers_to(const aq__constraint_t *constraint, const aq__table_t *table);
/* Tables of one name are a chain behind an entry of the metadata's map. AQ_ENOMEM. */
int aq__sql_unlink_table(aq__table_t *table);
int aq__sql_link_table(aq__table_t *table);
/* What is taken away stays in memory, but in no list. */
void aq__sql_remove_constraint(aq__constraint_t *constraint);
void aq__sql_remove_index(aq__index_t *index);
/* After a column or a key of the table went away with CASCADE: foreign keys that referred to it. */
void aq__sql_remove_lost_keys(const aq__table_t *table);
int aq__sql_remove_table(aq__sql_reader_t *reader, aq__table_t *table, bool cascade); /* AQ_ENOMEM */
/* Whether it names what is called so, in its columns or its expressions. AQ_ENOMEM. */
int aq__sql_constraint_uses(aq__sql_reader_t *reader, const aq__constraint_t *constraint,
                            const aq__sql_thing_t *thing, bool *found);
int aq__sql_index_uses(aq__sql_reader_t *reader, const aq__index_t *index, const aq__sql_thing_t *thing,
                       bool *found);
/* Before a type or a sequence goes: with CASCADE what uses it goes, without it is told, and `*is_free` is false. `words`: "DROP TYPE". AQ_ENOMEM. */
int aq__sql_release(aq__sql_reader_t *reader, const aq__sql_thing_t *thing, const char *words, bool cascade,
                    bool *is_free);
int aq__sql_remove_column(aq__sql_reader_t *reader, aq__column_t *column);
void aq__sql_remove_sequence(aq__metadata_t *metadata, const aq__sequence_t *sequence);

/* ---- Expressions ---------------------------------------------------------------------------------------------------------------- */

/* aq__same_expression() for who is called by aq__sql_call_deep(); its trees are in memory of the arena. AQ_ENOMEM. */
int aq__sql_same(aq_arena_t *arena, const char *a, const char *b, bool *is_same);

/* ---- Types --------------------------------------------------------------------------------------------------------------------- */

/* A type name of a tree. `text` is as it was written. `*why`: why it is no type of a column; NULL: it is one. AQ_ENOMEM. `reader` NULL: no search path. */
int aq__sql_read_type_name(const aq__sql_reader_t *reader, aq_arena_t *arena, const PgQuery__TypeName *name,
                           const char *text, aq__type_t *type, const char **why);
/* What the type is that is called so: its oid, or its name. `schema` may be NULL. AQ_ENOMEM. */
int aq__sql_set_type_name(const aq__sql_reader_t *reader, aq_arena_t *arena, const char *schema,
                          const char *name, aq__type_t *type);
/* aq__read_type() without the parser, and without a thread, where the text is as plain as most are; `*is_plain`: it was. plain_type.c. AQ_ENOMEM. */
int aq__read_plain_type(aq_arena_t *arena, const char *text, aq__type_t *type, bool *is_plain);
/* aq__read_type() with the parser, whatever the text is. */
int aq__parse_type(aq_arena_t *arena, const char *text, aq__type_t *type);
/* The token behind a type name that starts at this location. */
size_t aq__sql_type_end(const aq__sql_reader_t *reader, int location);
/* Whether the type name is that of a serial; the integer type behind it. */
bool aq__sql_is_serial(const PgQuery__TypeName *name, uint32_t *oid);

#endif
