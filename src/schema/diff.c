/* The walk through two metadata, and the order of what was found.
 *
 * The happy path: tables that are on both sides find each other by schema and name; then schemas, types, sequences and tables that are missing are
 * told, each pair of tables is compared, and what was found is put into the order of its phases, within each as it was found.
 * A table that is missing is told as one difference, with its indexes and comments, and one more for each foreign key that must wait for
 * other tables.
 * The failure mode: no memory, which shows once, at the end. */
#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/differ.h"
#include "src/schema/naming.h"
#include "src/schema/read_sql.h"

/* ---- Telling ----------------------------------------------------------------------------------------------------------------------- */

void *aq__differ_alloc(aq__differ_t *differ, size_t count, size_t size)
{
    void *block = aq_arena_calloc(differ->arena, count > 0 ? count : 1, size);

    if (block == NULL)
        differ->failed = true;
    return block;
}

static const char *keep(aq__differ_t *differ, const char *string)
{
    const char *kept = aq_arena_strdup(differ->arena, string);

    if (kept == NULL && string != NULL)
        differ->failed = true;
    return kept;
}

void aq__differ_add(aq__differ_t *differ, aq__finding_t *finding)
{
    aq__found_t *found = aq__grow(differ->arena, differ->found, differ->count, sizeof(*found));

    if (found == NULL || finding->text.failed || finding->sql.failed)
        differ->failed = true;
    if (found != NULL) {
        found[differ->count++] =
            (aq__found_t){finding->phase,
                          {finding->kind, keep(differ, finding->schema), keep(differ, finding->table),
                           keep(differ, finding->name), keep(differ, aq_text_string(&finding->text)),
                           finding->sql.length > 0 ? keep(differ, aq_text_string(&finding->sql)) : NULL,
                           finding->loses_data}};
        differ->found = found;
    }
    aq_text_dispose(&finding->text);
    aq_text_dispose(&finding->sql);
}

aq__finding_t aq__finding_of_table(aq_difference_kind_t kind, aq__phase_t phase, const aq__table_t *table)
{
    aq__finding_t finding = {.phase = phase, .kind = kind, .schema = table->schema, .table = table->name};

    aq__table_describe(&finding.text, table);
    return finding;
}

aq__finding_t aq__finding_of_column(aq_difference_kind_t kind, aq__phase_t phase, const aq__table_t *table,
                                    const aq__column_t *column)
{
    aq__finding_t finding = aq__finding_of_table(kind, phase, table);

    finding.name = column->name;
    aq_text_appendf(&finding.text, ".%s", column->name);
    return finding;
}

aq__finding_t aq__finding_of(aq_difference_kind_t kind, aq__phase_t phase, const char *what,
                             const char *schema, const char *name)
{
    aq__finding_t finding = {.phase = phase, .kind = kind, .schema = schema, .name = name};

    aq_text_appendf(&finding.text, "%s %s%s%s", what, schema != NULL ? schema : "", schema != NULL ? "." : "",
                    name);
    return finding;
}

void aq__append_comments(aq_text_t *text, const char *wanted, const char *live)
{
    if (wanted != NULL)
        aq_text_appendf(text, ": the models' comment is '%s', ", wanted);
    else
        aq_text_append(text, ": the models have no comment, ");
    if (live != NULL)
        aq_text_appendf(text, "the database has '%s'", live);
    else
        aq_text_append(text, "the database has none");
}

/* ---- Tables that are missing or extra ------------------------------------------------------------------------------------------------------- */

/* A copy of the table without the foreign keys that wait. NULL: no memory. */
static aq__table_t *without_waiting_keys(aq__differ_t *differ, const aq__table_t *table)
{
    aq__table_t *copy = aq_arena_dup(differ->arena, table, sizeof(*table));
    aq__constraint_t **constraints = aq__differ_alloc(differ, table->constraint_count, sizeof(*constraints));
    size_t count = 0;

    if (copy == NULL || constraints == NULL)
        return NULL;
    for (size_t i = 0; i < table->constraint_count; i++)
        if (table->constraints[i]->kind != AQ_CONSTRAINT_FOREIGN_KEY ||
            !aq__foreign_key_waits(differ, table->constraints[i]))
            constraints[count++] = table->constraints[i];
    copy->constraints = constraints;
    copy->constraint_count = count;
    copy->same_name = NULL;
    copy->position = 0;
    return copy;
}

static int append_statement(void *data, const aq__ddl_statement_t *statement)
{
    if (statement->step != AQ__DDL_SCHEMA) { /* has a difference of its own */
        aq__alter_begin(data);
        aq_text_append(data, statement->sql);
    }
    return AQ_OK;
}

/* All statements that make this table, as if it were the only one. */
static void append_create(aq__differ_t *differ, aq_text_t *sql, const aq__table_t *table)
{
    aq__table_t *tables[1] = {without_waiting_keys(differ, table)};
    const aq__metadata_t only = {.arena = differ->arena,
                                 .bind = table->metadata->bind,
                                 .tables = tables,
                                 .table_count = 1,
                                 .ordered_tables = tables};

    if (tables[0] == NULL || aq__ddl_walk(&only, NULL, append_statement, sql) != AQ_OK)
        sql->failed = true;
    for (size_t i = 0; i < table->metadata->sequence_count; i++) {
        const aq__sequence_t *sequence = table->metadata->sequences[i];

        if (sequence->owner == NULL || sequence->owner->table != table)
            continue;
        aq__alter_begin(sql);
        aq__ddl_own_sequence(sql, sequence);
    }
}

/* A default draws from a sequence that another table brings along, which may be missing as well. */
static void find_waiting_default(aq__differ_t *differ, const aq__column_t *column)
{
    aq__finding_t finding =
        aq__finding_of_column(AQ_DIFFERENCE_COLUMN_DEFAULT, AQ__PHASE_COLUMN_CHANGE, column->table, column);

    aq_text_appendf(&finding.text, ": the models say DEFAULT %s, the database has no such column",
                    column->server_default);
    aq__alter_begin(&finding.sql);
    aq__ddl_set_default(&finding.sql, column);
    aq__differ_add(differ, &finding);
}

static void find_missing_table(aq__differ_t *differ, const aq__table_t *table)
{
    aq__finding_t finding = aq__finding_of_table(AQ_DIFFERENCE_MISSING_TABLE, AQ__PHASE_TABLE, table);

    aq_text_append(&finding.text, ": the database has no such table");
    append_create(differ, &finding.sql, table);
    aq__differ_add(differ, &finding);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i]->default_by_alter)
            find_waiting_default(differ, table->columns[i]);
    for (size_t i = 0; i < table->constraint_count; i++)
        if (table->constraints[i]->kind == AQ_CONSTRAINT_FOREIGN_KEY &&
            aq__foreign_key_waits(differ, table->constraints[i]))
            aq__diff_waiting_key(differ, table->constraints[i]);
}

static bool is_among(aq__table_t *const *tables, size_t count, const aq__table_t *table)
{
    for (size_t i = 0; i < count; i++)
        if (tables[i] == table)
            return true;
    return false;
}

/* Those that are dropped after it may refer to it where there is a cycle: these foreign keys go first. Those of tables that the models know were
 * dropped as extra constraints. */
static void drop_cycles(aq__differ_t *differ, aq_text_t *sql, size_t place)
{
    const aq__metadata_t *live = differ->live;

    for (size_t i = 0; i < live->by_alter_count; i++) {
        const aq__constraint_t *key = live->foreign_keys_by_alter[i];

        if (key->referred == live->ordered_tables[place] && key->name != NULL &&
            !differ->is_wanted[key->table->position] && is_among(live->ordered_tables, place, key->table))
            aq__alter_drop_constraint(sql, key->table, key->name, true);
    }
}

static void find_extra_table(aq__differ_t *differ, size_t place)
{
    const aq__table_t *table = differ->live->ordered_tables[place];
    aq__finding_t finding = aq__finding_of_table(AQ_DIFFERENCE_EXTRA_TABLE, AQ__PHASE_DROP_TABLE, table);

    aq_text_append(&finding.text, ": only the database has this table");
    drop_cycles(differ, &finding.sql, place);
    aq__alter_begin(&finding.sql);
    aq__ddl_drop_table(&finding.sql, table);
    finding.loses_data = true;
    aq__differ_add(differ, &finding);
}

/* ---- Pairs of tables ---------------------------------------------------------------------------------------------------------------------------- */

static bool prepare_pair(aq__table_pair_t *pair)
{
    aq__differ_t *differ = pair->differ;
    size_t count = pair->wanted->column_count;

    pair->live_of = aq__differ_alloc(differ, count, sizeof(*pair->live_of));
    pair->types = aq__differ_alloc(differ, count, sizeof(*pair->types));
    pair->is_remade = aq__differ_alloc(differ, pair->live->column_count, sizeof(bool));
    pair->is_altered = aq__differ_alloc(differ, pair->live->column_count, sizeof(bool));
    pair->constraint_of =
        aq__differ_alloc(differ, pair->wanted->constraint_count, sizeof(*pair->constraint_of));
    pair->extra_constraints =
        aq__differ_alloc(differ, pair->live->constraint_count, sizeof(*pair->extra_constraints));
    for (size_t i = 0; i < count && !differ->failed; i++) {
        const aq__column_t *column = pair->wanted->columns[i];

        pair->live_of[i] = aq__table_column(pair->live, column->name);
        if (aq__type_resolve(differ->arena, &column->type, &pair->types[i]) != AQ_OK)
            differ->failed = true;
    }
    return !differ->failed;
}

static void diff_table_comment(aq__differ_t *differ, const aq__table_t *wanted, const aq__table_t *live)
{
    aq__finding_t finding;

    if (aq__same_text(wanted->comment, live->comment))
        return;
    finding = aq__finding_of_table(AQ_DIFFERENCE_COMMENT, AQ__PHASE_COMMENT, wanted);
    aq__append_comments(&finding.text, wanted->comment, live->comment);
    aq__ddl_comment_table(&finding.sql, wanted, wanted->comment);
    aq__differ_add(differ, &finding);
}

static void diff_pair(aq__differ_t *differ, const aq__table_t *wanted, const aq__table_t *live)
{
    aq__table_pair_t pair = {.differ = differ, .wanted = wanted, .live = live};

    if (!prepare_pair(&pair))
        return;
    aq__match_columns(&pair);
    aq__match_constraints(&pair);
    aq__diff_columns(&pair);
    aq__diff_constraints(&pair);
    aq__diff_indexes(&pair);
    diff_table_comment(differ, wanted, live);
}

/* ---- Who stands for whom --------------------------------------------------------------------------------------------------------------------------- */

/* A table of that name whose schema, or the wanted one's, is the search path's, if it is no other wanted table's counterpart. */
static aq__table_t *find_by_path(const aq__differ_t *differ, const aq__table_t *wanted)
{
    aq__table_t *live = aq__map_get(&differ->live->tables_by_name, wanted->name, strlen(wanted->name));

    while (live != NULL &&
           (!aq__same_schema(live->schema, wanted->schema) || differ->is_wanted[live->position]))
        live = live->same_name;
    return live;
}

/* Those of the very schema and name choose first. */
static bool match_tables(aq__differ_t *differ)
{
    differ->live_of = aq__differ_alloc(differ, differ->wanted->table_count, sizeof(*differ->live_of));
    differ->is_wanted = aq__differ_alloc(differ, differ->live->table_count, sizeof(bool));
    if (differ->failed)
        return false;
    for (int exact = 1; exact >= 0; exact--)
        for (size_t i = 0; i < differ->wanted->table_count; i++) {
            const aq__table_t *wanted = differ->wanted->tables[i];
            aq__table_t *live = differ->live_of[i];

            if (live == NULL)
                live = exact ? aq__metadata_table(differ->live, wanted->schema, wanted->name)
                             : find_by_path(differ, wanted);
            differ->live_of[i] = live;
            if (live != NULL)
                differ->is_wanted[live->position] = true;
        }
    differ->comparison.live_of = differ->live_of;
    return true;
}

static void diff_tables(aq__differ_t *differ)
{
    for (size_t i = 0; i < differ->wanted->table_count; i++) {
        const aq__table_t *table = differ->wanted->ordered_tables[i];

        if (differ->live_of[table->position] == NULL)
            find_missing_table(differ, table);
        else
            diff_pair(differ, table, differ->live_of[table->position]);
    }
    for (size_t i = differ->live->table_count; i > 0; i--)
        if (!differ->is_wanted[differ->live->ordered_tables[i - 1]->position])
            find_extra_table(differ, i - 1);
}

/* ---- All of it --------------------------------------------------------------------------------------------------------------------------------------- */

static bool same_by_text(void *data, const aq__expressions_t *expressions)
{
    (void)data;
    return aq__same_expression(expressions->wanted, expressions->live);
}

/* By phase; within one, as they were found. */
static aq_diff_t *in_order(aq__differ_t *differ)
{
    aq_diff_t *diff = aq__differ_alloc(differ, 1, sizeof(*diff));
    aq_difference_t *items = aq__differ_alloc(differ, differ->count, sizeof(*items));
    size_t count = 0;

    if (differ->failed)
        return NULL;
    for (aq__phase_t phase = 0; phase < AQ__PHASES; phase++)
        for (size_t i = 0; i < differ->count; i++)
            if (differ->found[i].phase == phase)
                items[count++] = differ->found[i].difference;
    *diff = (aq_diff_t){items, count};
    return diff;
}

typedef struct job {
    aq__differ_t differ;
    aq_diff_t *diff;
} job_t;

/* All of it in one thread with a big stack, for the expressions and types that it parses. */
static int find_all(void *data)
{
    job_t *job = data;

    if (match_tables(&job->differ)) {
        aq__diff_schemas(&job->differ);
        aq__diff_types(&job->differ);
        aq__diff_sequences(&job->differ);
        diff_tables(&job->differ);
    }
    job->diff = in_order(&job->differ);
    return job->diff != NULL ? AQ_OK : aq__fail(AQ_ENOMEM, "diff: %s", aq_strerror(AQ_ENOMEM));
}

int aq__diff(aq_arena_t *arena, const aq__metadata_t *wanted, const aq__metadata_t *live,
             const aq__diff_options_t *options, aq_diff_t **diff)
{
    static const aq__diff_options_t none = {0};
    job_t job = {.differ = {.arena = arena, .wanted = wanted, .live = live}};
    aq__differ_t *differ = &job.differ;
    int code;

    differ->options = options != NULL ? options : &none;
    differ->comparison.same = differ->options->same != NULL ? differ->options->same : same_by_text;
    differ->comparison.data = differ->options->data;
    code = aq__sql_call_deep(find_all, &job);
    *diff = job.diff;
    return code;
}
