/* The constraints and indexes of a table that is on both sides.
 *
 * The happy path: each wanted one finds its counterpart: first by its name, then, where it has no name or nobody has that name, by what it is;
 * last, where the server named it, by what it is about. What has no counterpart is missing or extra; what has one and is otherwise is dropped and
 * made again; what only has another name is renamed.
 * What is on a column that is dropped and added again is gone by then, so that it counts as missing. What is otherwise and on a column that gets
 * another type could be in the way of that, so that the column's statements drop it already. */
#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/differ.h"
#include "src/schema/naming.h"

/* ---- Words ----------------------------------------------------------------------------------------------------------------------- */

static aq__phase_t phase_of(aq_constraint_kind_t kind)
{
    switch (kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY:
    case AQ_CONSTRAINT_UNIQUE: return AQ__PHASE_KEY;
    case AQ_CONSTRAINT_FOREIGN_KEY: return AQ__PHASE_FOREIGN_KEY;
    case AQ_CONSTRAINT_CHECK:
    case AQ_CONSTRAINT_EXCLUDE: break;
    }
    return AQ__PHASE_CHECK;
}

/* "INDEX by_name ON users (name)": the statement without its CREATE. */
static void append_index(aq_text_t *text, const aq__index_t *index)
{
    aq_text_t create = {0};

    aq__ddl_create_index(&create, index);
    text->failed = text->failed || create.failed;
    aq_text_append(text, create.length > 7 ? aq_text_string(&create) + strlen("CREATE ") : "");
    aq_text_dispose(&create);
}

static aq__finding_t finding_of(aq__table_pair_t *pair, aq_difference_kind_t kind, aq__phase_t phase,
                                const char *name)
{
    aq__finding_t finding = aq__finding_of_table(kind, phase, pair->wanted);

    finding.name = name;
    return finding;
}

/* ---- Who is whose counterpart ------------------------------------------------------------------------------------------------------ */

static bool touches_remade(const aq__table_pair_t *pair, aq__column_t *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pair->is_remade[columns[i]->position])
            return true;
    return false;
}

static bool mentions_remade(const aq__table_pair_t *pair, const char *expression)
{
    for (size_t i = 0; i < pair->live->column_count && expression != NULL; i++)
        if (pair->is_remade[i] && aq__mentions(expression, pair->live->columns[i]->name))
            return true;
    return false;
}

static bool parts_touch_remade(const aq__table_pair_t *pair, const aq__part_t *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((parts[i].column != NULL && pair->is_remade[parts[i].column->position]) ||
            mentions_remade(pair, parts[i].expression))
            return true;
    return false;
}

static bool constraint_is_gone(const aq__table_pair_t *pair, const aq__constraint_t *live)
{
    return touches_remade(pair, live->columns, live->column_count) ||
           touches_remade(pair, live->include, live->include_count) ||
           parts_touch_remade(pair, live->parts, live->part_count) || mentions_remade(pair, live->where) ||
           mentions_remade(pair, live->check);
}

static bool index_is_gone(const aq__table_pair_t *pair, const aq__index_t *live)
{
    return touches_remade(pair, live->include, live->include_count) ||
           parts_touch_remade(pair, live->parts, live->part_count) || mentions_remade(pair, live->where);
}

/* How two may be a pair, from the surest on. */
typedef enum match { BY_NAME, BY_MEANING, BY_SUBJECT, MATCHES } match_t;

/* What the server named is about the same columns, but says something else of them. */
static bool same_subject(const aq__constraint_t *wanted, const aq__constraint_t *live)
{
    if (wanted->kind != live->kind)
        return false;
    switch (wanted->kind) {
    case AQ_CONSTRAINT_PRIMARY_KEY: return true; /* there is only one */
    case AQ_CONSTRAINT_UNIQUE:
    case AQ_CONSTRAINT_FOREIGN_KEY:
    case AQ_CONSTRAINT_CHECK:
        return wanted->name == NULL && wanted->column_count > 0 &&
               aq__same_column_set(wanted->columns, wanted->column_count, live->columns, live->column_count);
    case AQ_CONSTRAINT_EXCLUDE: break;
    }
    return false;
}

static bool constraints_match(const aq__table_pair_t *pair, const aq__constraint_t *wanted,
                              const aq__constraint_t *live, match_t match)
{
    switch (match) {
    case BY_NAME: return wanted->name != NULL && aq__same_text(wanted->name, live->name);
    case BY_MEANING: return aq__same_constraint(&pair->differ->comparison, wanted, live);
    case BY_SUBJECT: return same_subject(wanted, live);
    case MATCHES: break;
    }
    return false;
}

static void pair_up(aq__table_pair_t *pair, size_t wanted, size_t live, match_t match)
{
    if (pair->constraint_of[wanted] != NULL || pair->extra_constraints[live] == NULL ||
        !constraints_match(pair, pair->wanted->constraints[wanted], pair->extra_constraints[live], match))
        return;
    pair->constraint_of[wanted] = pair->extra_constraints[live];
    pair->extra_constraints[live] = NULL;
}

void aq__match_constraints(aq__table_pair_t *pair)
{
    for (size_t i = 0; i < pair->live->constraint_count; i++)
        pair->extra_constraints[i] =
            constraint_is_gone(pair, pair->live->constraints[i]) ? NULL : pair->live->constraints[i];
    for (match_t match = BY_NAME; match < MATCHES; match++)
        for (size_t i = 0; i < pair->wanted->constraint_count; i++)
            for (size_t j = 0; j < pair->live->constraint_count; j++)
                pair_up(pair, i, j, match);
}

static bool indexes_match(const aq__table_pair_t *pair, const aq__index_t *wanted, const aq__index_t *live,
                          match_t match)
{
    if (match == BY_NAME)
        return wanted->name != NULL && aq__same_text(wanted->name, live->name);
    return match == BY_MEANING && aq__same_index(&pair->differ->comparison, wanted, live);
}

static void match_indexes(const aq__table_pair_t *pair, const aq__index_t **counterparts,
                          const aq__index_t **live)
{
    for (match_t match = BY_NAME; match < MATCHES; match++)
        for (size_t i = 0; i < pair->wanted->index_count; i++)
            for (size_t j = 0; j < pair->live->index_count && counterparts[i] == NULL; j++)
                if (live[j] != NULL && indexes_match(pair, pair->wanted->indexes[i], live[j], match)) {
                    counterparts[i] = live[j];
                    live[j] = NULL;
                }
}

/* ---- Constraints -------------------------------------------------------------------------------------------------------------------------- */

/* It is there, but will not be when its column was dropped. */
static bool goes_with_column(const aq__table_pair_t *pair, const aq__constraint_t *wanted)
{
    for (size_t i = 0; i < pair->live->constraint_count; i++) {
        const aq__constraint_t *live = pair->live->constraints[i];

        if (constraint_is_gone(pair, live) && (constraints_match(pair, wanted, live, BY_NAME) ||
                                               constraints_match(pair, wanted, live, BY_MEANING)))
            return true;
    }
    return false;
}

/* A server's has one; what was read from SQL may not, and a statement could not say which is meant. */
static void take_nameless_back(aq__finding_t *finding, const char *name)
{
    bool failed = finding->sql.failed;

    if (name != NULL)
        return;
    aq_text_append(&finding->text, "; it has no name by which a statement could reach it");
    aq_text_clear(&finding->sql);
    finding->sql.failed = failed;
}

static void find_missing_constraint(aq__table_pair_t *pair, const aq__constraint_t *wanted)
{
    aq__finding_t finding =
        finding_of(pair, AQ_DIFFERENCE_MISSING_CONSTRAINT, phase_of(wanted->kind), wanted->name);

    aq_text_append(&finding.text, goes_with_column(pair, wanted) ? ": " : ": the database has no ");
    aq__ddl_constraint(&finding.text, wanted);
    if (goes_with_column(pair, wanted))
        aq_text_append(&finding.text, " goes with a column that is made again");
    aq__alter_add_constraint(&finding.sql, wanted);
    aq__differ_add(pair->differ, &finding);
}

static void find_extra_constraint(aq__table_pair_t *pair, const aq__constraint_t *live)
{
    aq__finding_t finding = finding_of(pair, AQ_DIFFERENCE_EXTRA_CONSTRAINT,
                                       live->kind == AQ_CONSTRAINT_FOREIGN_KEY ? AQ__PHASE_DROP_FOREIGN_KEY
                                                                               : AQ__PHASE_DROP_CONSTRAINT,
                                       live->name);

    aq_text_append(&finding.text, ": only the database has ");
    aq__ddl_constraint(&finding.text, live);
    aq__drop_strange_dependents(pair->differ, &finding.sql, live);
    aq__alter_drop_constraint(&finding.sql, pair->wanted, live->name, false);
    take_nameless_back(&finding, live->name);
    aq__differ_add(pair->differ, &finding);
}

static void replace_constraint(aq__table_pair_t *pair, aq__finding_t *finding, const aq__constraint_t *wanted,
                               const aq__constraint_t *live)
{
    aq__drop_dependents(pair->differ, &finding->sql, live);
    aq__alter_drop_constraint(&finding->sql, pair->wanted, live->name, aq__is_dropped_early(pair, live));
    aq__alter_add_constraint(&finding->sql, wanted);
    aq__restore_dependents(pair->differ, &finding->sql, live);
}

static void rename_constraint(aq_text_t *sql, const aq__table_t *table, const char *from, const char *to)
{
    aq__alter_table(sql, table);
    aq_text_append(sql, " RENAME CONSTRAINT ");
    aq__name_append(sql, from);
    aq_text_append(sql, " TO ");
    aq__name_append(sql, to);
}

static void validate_constraint(aq_text_t *sql, const aq__table_t *table, const char *name)
{
    aq__alter_table(sql, table);
    aq_text_append(sql, " VALIDATE CONSTRAINT ");
    aq__name_append(sql, name);
}

static void append_both(aq_text_t *text, const aq__constraint_t *wanted, const aq__constraint_t *live)
{
    aq_text_append(text, ": the models say ");
    aq__ddl_constraint(text, wanted);
    aq_text_append(text, ", the database has ");
    aq__ddl_constraint(text, live);
}

static void append_remade(aq_text_t *text, const aq__constraint_t *wanted)
{
    aq_text_append(text, ": ");
    aq__ddl_constraint(text, wanted);
    aq_text_append(text, " must be made again, because its columns get other types");
}

static void compare_constraint(aq__table_pair_t *pair, const aq__constraint_t *wanted,
                               const aq__constraint_t *live)
{
    bool same = aq__same_constraint(&pair->differ->comparison, wanted, live);
    bool renamed = wanted->name != NULL && !aq__same_text(wanted->name, live->name);
    bool unchecked = live->not_valid && !wanted->not_valid;
    bool remade = same && aq__constraint_changes_type(pair->differ, live);
    aq__finding_t finding;

    if (same && !renamed && !unchecked && !remade)
        return;
    finding = finding_of(pair, AQ_DIFFERENCE_OTHER_CONSTRAINT, phase_of(wanted->kind),
                         wanted->name != NULL ? wanted->name : live->name);
    if (remade && !renamed && !unchecked)
        append_remade(&finding.text, wanted);
    else
        append_both(&finding.text, wanted, live);
    if (!same || remade) {
        replace_constraint(pair, &finding, wanted, live);
    } else {
        if (unchecked && live->name != NULL)
            validate_constraint(&finding.sql, pair->wanted, live->name);
        if (renamed && live->name != NULL)
            rename_constraint(&finding.sql, pair->wanted, live->name, wanted->name);
    }
    take_nameless_back(&finding, live->name);
    aq__differ_add(pair->differ, &finding);
}

static void compare_constraint_comment(aq__table_pair_t *pair, const aq__constraint_t *wanted,
                                       const aq__constraint_t *live)
{
    aq__finding_t finding;

    if (aq__same_text(wanted->comment, live->comment))
        return;
    finding = finding_of(pair, AQ_DIFFERENCE_COMMENT, AQ__PHASE_COMMENT,
                         wanted->name != NULL ? wanted->name : live->name);
    aq_text_appendf(&finding.text, ", constraint %s", finding.name != NULL ? finding.name : "without a name");
    aq__append_comments(&finding.text, wanted->comment, live->comment);
    if (finding.name != NULL)
        aq__ddl_comment_constraint(&finding.sql, wanted->name != NULL ? wanted : live, wanted->comment);
    take_nameless_back(&finding, live->name);
    aq__differ_add(pair->differ, &finding);
}

void aq__diff_constraints(aq__table_pair_t *pair)
{
    for (size_t i = 0; i < pair->wanted->constraint_count; i++) {
        const aq__constraint_t *wanted = pair->wanted->constraints[i], *live = pair->constraint_of[i];

        if (live == NULL) {
            find_missing_constraint(pair, wanted);
            continue;
        }
        compare_constraint(pair, wanted, live);
        compare_constraint_comment(pair, wanted, live);
    }
    for (size_t i = 0; i < pair->live->constraint_count; i++)
        if (pair->extra_constraints[i] != NULL)
            find_extra_constraint(pair, pair->extra_constraints[i]);
}

/* ---- Indexes ------------------------------------------------------------------------------------------------------------------------------ */

static bool index_goes_with_column(const aq__table_pair_t *pair, const aq__index_t *wanted)
{
    for (size_t i = 0; i < pair->live->index_count; i++) {
        const aq__index_t *live = pair->live->indexes[i];

        if (index_is_gone(pair, live) &&
            (indexes_match(pair, wanted, live, BY_NAME) || indexes_match(pair, wanted, live, BY_MEANING)))
            return true;
    }
    return false;
}

static void find_missing_index(aq__table_pair_t *pair, const aq__index_t *wanted)
{
    aq__finding_t finding = finding_of(pair, AQ_DIFFERENCE_MISSING_INDEX, AQ__PHASE_INDEX, wanted->name);

    aq_text_append(&finding.text, index_goes_with_column(pair, wanted) ? ": " : ": the database has no ");
    append_index(&finding.text, wanted);
    if (index_goes_with_column(pair, wanted))
        aq_text_append(&finding.text, " goes with a column that is made again");
    aq__alter_create_index(&finding.sql, wanted);
    aq__differ_add(pair->differ, &finding);
}

static void find_extra_index(aq__table_pair_t *pair, const aq__index_t *live)
{
    aq__finding_t finding = finding_of(pair, AQ_DIFFERENCE_EXTRA_INDEX, AQ__PHASE_DROP_INDEX, live->name);

    aq_text_append(&finding.text, ": only the database has ");
    append_index(&finding.text, live);
    aq__alter_drop_index(&finding.sql, pair->wanted, live->name, false);
    take_nameless_back(&finding, live->name);
    aq__differ_add(pair->differ, &finding);
}

static void append_both_indexes(aq_text_t *text, const aq__index_t *wanted, const aq__index_t *live)
{
    aq_text_append(text, ": the models say ");
    append_index(text, wanted);
    aq_text_append(text, ", the database has ");
    append_index(text, live);
}

static void append_remade_index(aq_text_t *text, const aq__index_t *wanted)
{
    aq_text_append(text, ": ");
    append_index(text, wanted);
    aq_text_append(text, " must be made again, because its columns get other types");
}

static void compare_index(aq__table_pair_t *pair, const aq__index_t *wanted, const aq__index_t *live)
{
    bool same = aq__same_index(&pair->differ->comparison, wanted, live);
    bool renamed = wanted->name != NULL && !aq__same_text(wanted->name, live->name);
    bool remade = aq__index_changes_type(pair->differ, live);
    aq__finding_t finding;

    if (same && !renamed && !remade)
        return;
    finding = finding_of(pair, AQ_DIFFERENCE_OTHER_INDEX, AQ__PHASE_INDEX,
                         wanted->name != NULL ? wanted->name : live->name);
    if (same && !renamed)
        append_remade_index(&finding.text, wanted);
    else
        append_both_indexes(&finding.text, wanted, live);
    if (same && !remade && live->name != NULL) {
        aq_text_append(&finding.sql, "ALTER INDEX ");
        aq__name_append_qualified(&finding.sql, pair->wanted->schema, live->name);
        aq_text_append(&finding.sql, " RENAME TO ");
        aq__name_append(&finding.sql, wanted->name);
    } else {
        aq__alter_drop_index(&finding.sql, pair->wanted, live->name, remade);
        aq__alter_create_index(&finding.sql, wanted);
    }
    take_nameless_back(&finding, live->name);
    aq__differ_add(pair->differ, &finding);
}

static void compare_index_comment(aq__table_pair_t *pair, const aq__index_t *wanted, const aq__index_t *live)
{
    aq__finding_t finding;

    if (aq__same_text(wanted->comment, live->comment))
        return;
    finding = finding_of(pair, AQ_DIFFERENCE_COMMENT, AQ__PHASE_COMMENT,
                         wanted->name != NULL ? wanted->name : live->name);
    aq_text_appendf(&finding.text, ", index %s", finding.name != NULL ? finding.name : "without a name");
    aq__append_comments(&finding.text, wanted->comment, live->comment);
    if (finding.name != NULL)
        aq__ddl_comment_index(&finding.sql, wanted->name != NULL ? wanted : live, wanted->comment);
    take_nameless_back(&finding, live->name);
    aq__differ_add(pair->differ, &finding);
}

void aq__diff_indexes(aq__table_pair_t *pair)
{
    size_t count = pair->wanted->index_count, live_count = pair->live->index_count;
    const aq__index_t **counterparts = aq__differ_alloc(pair->differ, count, sizeof(const void *));
    const aq__index_t **live = aq__differ_alloc(pair->differ, live_count, sizeof(const void *));

    if (counterparts == NULL || live == NULL)
        return;
    for (size_t i = 0; i < live_count; i++)
        live[i] = index_is_gone(pair, pair->live->indexes[i]) ? NULL : pair->live->indexes[i];
    match_indexes(pair, counterparts, live);
    for (size_t i = 0; i < count; i++) {
        if (counterparts[i] == NULL) {
            find_missing_index(pair, pair->wanted->indexes[i]);
            continue;
        }
        compare_index(pair, pair->wanted->indexes[i], counterparts[i]);
        compare_index_comment(pair, pair->wanted->indexes[i], counterparts[i]);
    }
    for (size_t i = 0; i < live_count; i++)
        if (live[i] != NULL)
            find_extra_index(pair, live[i]);
}
