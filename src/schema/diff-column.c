/* The columns of a table that is on both sides.
 *
 * The happy path: each wanted column finds its counterpart by its name, wherever it stands, and what is other about it is told, one
 * difference per property. A generated column cannot be changed: it is dropped and added again, and then nothing else about it needs telling.
 * So it is too when a column that it is made from gets another type, which the server refuses as long as it is there. */
#include <ctype.h>
#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/differ.h"
#include "src/schema/naming.h"

/* ---- Missing and extra ------------------------------------------------------------------------------------------------------------ */

/* Rows that are there would have no value for it. */
static bool refuses_rows(const aq__column_t *column)
{
    return column->not_null && column->server_default == NULL && column->generated == NULL &&
           aq__column_generation(column) == AQ_AUTOINCREMENT_OFF;
}

/* The sequences that stand alone and belong to the column are there by now, and can be tied to it. */
static void own_sequences(aq_text_t *sql, const aq__column_t *column)
{
    const aq__metadata_t *metadata = column->table->metadata;

    for (size_t i = 0; i < metadata->sequence_count; i++)
        if (metadata->sequences[i]->owner == column) {
            aq__alter_begin(sql);
            aq__ddl_own_sequence(sql, metadata->sequences[i]);
        }
}

static void find_missing(aq__table_pair_t *pair, const aq__column_t *column)
{
    aq__finding_t finding =
        aq__finding_of_column(AQ_DIFFERENCE_MISSING_COLUMN, AQ__PHASE_COLUMN, pair->wanted, column);

    aq_text_append(&finding.text, ": the database has no such column");
    if (refuses_rows(column)) {
        aq_text_append(&finding.text,
                       "; it is NOT NULL without a default, so adding it fails where the table has rows");
        finding.loses_data = true;
    }
    if (column->generated != NULL)
        finding.phase = AQ__PHASE_GENERATED;
    aq__alter_add_column(&finding.sql, pair->wanted, column);
    own_sequences(&finding.sql, column);
    aq__differ_add(pair->differ, &finding);
}

static void find_extra(aq__table_pair_t *pair, const aq__column_t *column)
{
    aq__finding_t finding =
        aq__finding_of_column(AQ_DIFFERENCE_EXTRA_COLUMN, AQ__PHASE_DROP_COLUMN, pair->wanted, column);

    aq_text_append(&finding.text, ": only the database has this column");
    if (refuses_rows(column))
        aq_text_append(&finding.text,
                       "; it is NOT NULL without a default, so no row can be inserted without it");
    aq__alter_drop_column(&finding.sql, pair->wanted, column->name, false);
    finding.loses_data = true;
    aq__differ_add(pair->differ, &finding);
}

static void find_extras(aq__table_pair_t *pair, bool generated)
{
    for (size_t i = 0; i < pair->live->column_count; i++) {
        const aq__column_t *column = pair->live->columns[i];

        if ((column->generated != NULL) == generated && aq__table_column(pair->wanted, column->name) == NULL)
            find_extra(pair, column);
    }
}

/* ---- Types and collations ------------------------------------------------------------------------------------------------------------ */

/* The generated columns and constraints that are in the way of another type. */
static void drop_in_the_way(aq__table_pair_t *pair, aq_text_t *sql, const aq__column_t *live)
{
    for (size_t i = 0; i < pair->live->column_count; i++) {
        const aq__column_t *generated = pair->live->columns[i];

        if (generated->generated != NULL && generated != live &&
            aq__mentions(generated->generated, live->name))
            aq__alter_drop_column(sql, pair->wanted, generated->name, true);
    }
    aq__drop_in_the_way(pair, sql, live);
}

static void append_collation(aq_text_t *sql, const aq__column_t *column)
{
    if (column->collation == NULL)
        return;
    aq_text_append(sql, " COLLATE ");
    aq__name_append_qualified(sql, column->collation_schema, column->collation);
}

/* Without COLLATE the column would get its type's collation. */
static void append_type(aq_text_t *sql, const aq__column_t *column)
{
    aq_text_append(sql, " TYPE ");
    aq__ddl_type(sql, &column->type);
    append_collation(sql, column);
}

static const char *wanted_default(const aq__column_t *column)
{
    return aq__column_generation(column) == AQ_AUTOINCREMENT_OFF ? column->server_default : NULL;
}

/* A default that is there is in the way where the server cannot convert by itself: it goes first, and comes back as it shall be. */
static void alter_type(aq__table_pair_t *pair, aq_text_t *sql, const aq__column_t *wanted,
                       const aq__column_t *live)
{
    aq_text_t using = {0};
    bool converts = live->generated == NULL &&
                    aq__append_conversion(&using, live->name, &live->type, &pair->types[wanted->position]);
    bool moves_default = converts && live->server_default != NULL;

    drop_in_the_way(pair, sql, live);
    aq__alter_column(sql, pair->wanted, wanted->name);
    if (moves_default) {
        aq_text_append(sql, " DROP DEFAULT, ALTER COLUMN ");
        aq__name_append(sql, wanted->name);
    }
    append_type(sql, wanted);
    if (converts)
        aq_text_appendf(sql, " USING %s", aq_text_string(&using));
    if (moves_default && wanted_default(wanted) != NULL) {
        aq_text_append(sql, ", ALTER COLUMN ");
        aq__name_append(sql, wanted->name);
        aq_text_appendf(sql, " SET DEFAULT %s", wanted_default(wanted));
    }
    sql->failed = sql->failed || using.failed;
    aq_text_dispose(&using);
}

/* An identity's sequence gets the type of its column by itself. */
static void alter_serial_type(aq__table_pair_t *pair, aq_text_t *sql, const aq__column_t *wanted,
                              const aq__column_t *live)
{
    const aq__type_t *type = &pair->types[wanted->position];

    if (aq__column_generation(wanted) != AQ_SERIAL || aq__column_generation(live) != AQ_SERIAL ||
        aq__sequence_resolve(aq__column_sequence(live), live->type.oid).type != live->type.oid)
        return;
    aq__alter_begin(sql);
    aq_text_append(sql, "ALTER SEQUENCE ");
    aq__append_sequence_name(sql, live);
    aq_text_append(sql, " AS ");
    aq__ddl_type(sql, type);
}

static void compare_type(aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    aq__finding_t finding;

    if (aq__same_type(&pair->types[wanted->position], &live->type))
        return;
    finding = aq__finding_of_column(AQ_DIFFERENCE_COLUMN_TYPE, AQ__PHASE_COLUMN_TYPE, pair->wanted, wanted);
    aq_text_append(&finding.text, ": the models say ");
    aq__ddl_type(&finding.text, &wanted->type);
    aq_text_append(&finding.text, ", the database has ");
    aq__ddl_type(&finding.text, &live->type);
    alter_type(pair, &finding.sql, wanted, live);
    alter_serial_type(pair, &finding.sql, wanted, live);
    finding.loses_data = !aq__type_holds(&pair->types[wanted->position], &live->type);
    aq__differ_add(pair->differ, &finding);
}

static void append_collation_text(aq_text_t *text, const aq__column_t *column)
{
    if (column->collation == NULL)
        aq_text_append(text, "the default collation");
    else
        append_collation(text, column);
}

static bool same_collation(const aq__column_t *a, const aq__column_t *b)
{
    const char *name_a = a->collation != NULL ? a->collation : "default";
    const char *name_b = b->collation != NULL ? b->collation : "default";

    return strcmp(name_a, name_b) == 0 && aq__same_schema(a->collation_schema, b->collation_schema);
}

static void compare_collation(aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    aq__finding_t finding;

    if (same_collation(wanted, live))
        return;
    finding =
        aq__finding_of_column(AQ_DIFFERENCE_COLUMN_COLLATION, AQ__PHASE_COLUMN_TYPE, pair->wanted, wanted);
    aq_text_append(&finding.text, ": the models say");
    aq_text_append(&finding.text, wanted->collation == NULL ? " " : "");
    append_collation_text(&finding.text, wanted);
    aq_text_append(&finding.text, ", the database has");
    aq_text_append(&finding.text, live->collation == NULL ? " " : "");
    append_collation_text(&finding.text, live);
    drop_in_the_way(pair, &finding.sql, live);
    aq__alter_column(&finding.sql, pair->wanted, wanted->name);
    append_type(&finding.sql, wanted);
    aq__differ_add(pair->differ, &finding);
}

/* ---- NULL, defaults, sequences --------------------------------------------------------------------------------------------------------- */

static bool is_in_key(const aq__column_t *column)
{
    return column->table->primary_key != NULL &&
           aq__constraint_has_column(column->table->primary_key, column);
}

static void compare_nullability(aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    aq__finding_t finding;

    if (wanted->not_null == live->not_null)
        return;
    finding = aq__finding_of_column(AQ_DIFFERENCE_COLUMN_NULLABILITY, AQ__PHASE_COLUMN_CHANGE, pair->wanted,
                                    wanted);
    aq_text_append(&finding.text,
                   wanted->not_null ? ": the models say NOT NULL, the database allows NULL; the change fails "
                                      "where rows have none"
                                    : ": the models allow NULL, the database says NOT NULL");
    aq__alter_column(&finding.sql, pair->wanted, wanted->name);
    aq_text_append(&finding.sql, wanted->not_null ? " SET NOT NULL" : " DROP NOT NULL");
    if (is_in_key(live))
        finding.phase = AQ__PHASE_NULL;
    finding.loses_data = wanted->not_null;
    aq__differ_add(pair->differ, &finding);
}

static bool same_default(const aq__table_pair_t *pair, const aq__column_t *live, const char *wanted)
{
    const aq__comparison_t *comparison = &pair->differ->comparison;

    if (wanted == NULL && live->server_default == NULL)
        return true;
    return aq__same_part_expression(comparison, AQ__EXPRESSION_DEFAULT, live, pair->live,
                                    wanted != NULL ? wanted : "NULL",
                                    live->server_default != NULL ? live->server_default : "NULL");
}

static void append_default(aq_text_t *text, const char *expression)
{
    if (expression != NULL)
        aq_text_appendf(text, "DEFAULT %s", expression);
    else
        aq_text_append(text, "no default");
}

static void compare_default(aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    aq__finding_t finding;

    if (aq__column_generation(wanted) != AQ_AUTOINCREMENT_OFF || wanted->generated != NULL)
        return;
    if (aq__column_generation(live) == AQ_SERIAL ? wanted->server_default == NULL
                                                 : same_default(pair, live, wanted->server_default))
        return;
    finding =
        aq__finding_of_column(AQ_DIFFERENCE_COLUMN_DEFAULT, AQ__PHASE_COLUMN_CHANGE, pair->wanted, wanted);
    aq_text_append(&finding.text, ": the models say ");
    append_default(&finding.text, wanted->server_default);
    aq_text_append(&finding.text, ", the database has ");
    append_default(&finding.text, live->server_default);
    aq__alter_column(&finding.sql, pair->wanted, wanted->name);
    if (wanted->server_default != NULL)
        aq_text_appendf(&finding.sql, " SET DEFAULT %s", wanted->server_default);
    else
        aq_text_append(&finding.sql, " DROP DEFAULT");
    aq__differ_add(pair->differ, &finding);
}

static bool same_sequence(const aq__column_t *wanted, uint32_t type, const aq__column_t *live)
{
    const aq__sequence_t *to = aq__column_sequence(wanted);
    aq__sequence_change_t change;
    aq_text_t name = {0};
    bool same;

    if (aq__sequence_differs(to, type, aq__column_sequence(live), live->type.oid, &change))
        return false;
    if (to == NULL || to->name == NULL)
        return true;
    aq__append_bare_sequence_name(&name, live);
    same = strcmp(aq_text_string(&name), to->name) == 0;
    aq_text_dispose(&name);
    return same;
}

static bool goes(const aq__column_t *wanted)
{
    return aq__column_generation(wanted) == AQ_AUTOINCREMENT_OFF;
}

static void compare_generation(aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    aq_autoincrement_t to = aq__column_generation(wanted), from = aq__column_generation(live);
    aq__finding_t finding;

    if (to == from &&
        (to == AQ_AUTOINCREMENT_OFF || same_sequence(wanted, pair->types[wanted->position].oid, live)))
        return;
    finding = aq__finding_of_column(
        AQ_DIFFERENCE_COLUMN_IDENTITY,
        goes(wanted) && pair->is_altered[live->position] ? AQ__PHASE_COLUMN_TYPE : AQ__PHASE_COLUMN_CHANGE,
        pair->wanted, wanted);
    aq_text_append(&finding.text, ": the models say ");
    aq__append_generation(&finding.text, wanted);
    aq_text_append(&finding.text, ", the database has ");
    aq__append_generation(&finding.text, live);
    aq__alter_generation(&finding.sql, pair->wanted, wanted, live);
    aq__differ_add(pair->differ, &finding);
}

/* An identity wants a column of integers that is NOT NULL and has no default; one that goes must go before these can be otherwise. */
static void compare_values(aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    compare_default(pair, wanted, live);
    compare_nullability(pair, wanted, live);
    if (!goes(wanted))
        compare_generation(pair, wanted, live);
}

/* ---- Generated columns -------------------------------------------------------------------------------------------------------------------- */

static bool same_generated(const aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    return aq__same_part_expression(&pair->differ->comparison, AQ__EXPRESSION_GENERATED, live, pair->live,
                                    wanted->generated, live->generated);
}

static void append_generated(aq_text_t *text, const aq__column_t *column)
{
    if (column->generated != NULL)
        aq_text_appendf(text, "GENERATED ALWAYS AS (%s) STORED", column->generated);
    else
        aq_text_append(text, "an ordinary column");
}

static void remake(aq__table_pair_t *pair, aq__finding_t *finding, const aq__column_t *wanted,
                   const aq__column_t *live)
{
    bool gone_already = false;

    for (size_t i = 0; i < pair->live->column_count && live->generated != NULL; i++)
        if (pair->is_altered[i] && aq__mentions(live->generated, pair->live->columns[i]->name))
            gone_already = true;
    aq__alter_drop_column(&finding->sql, pair->wanted, live->name, gone_already);
    aq__alter_add_column(&finding->sql, pair->wanted, wanted);
    finding->loses_data = true;
}

static void compare_generated(aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    bool same = same_generated(pair, wanted, live), remade = pair->is_remade[live->position];
    aq__finding_t finding;

    if (same && !remade)
        return;
    finding =
        aq__finding_of_column(AQ_DIFFERENCE_COLUMN_GENERATED, AQ__PHASE_GENERATED, pair->wanted, wanted);
    if (same) {
        aq_text_append(&finding.text,
                       ": it must be made again, because a column that it is made from changes");
    } else {
        aq_text_append(&finding.text, ": the models say ");
        append_generated(&finding.text, wanted);
        aq_text_append(&finding.text, ", the database has ");
        append_generated(&finding.text, live);
    }
    if (remade) {
        remake(pair, &finding, wanted, live);
    } else {
        finding.phase = AQ__PHASE_COLUMN_TYPE; /* before its default is set */
        aq__alter_column(&finding.sql, pair->wanted, wanted->name);
        aq_text_append(&finding.sql, " DROP EXPRESSION");
    }
    aq__differ_add(pair->differ, &finding);
}

/* ---- All columns --------------------------------------------------------------------------------------------------------------------------- */

static void compare_comment(aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    aq__finding_t finding;

    if (aq__same_text(wanted->comment, live->comment) || pair->is_remade[live->position])
        return;
    finding = aq__finding_of_column(AQ_DIFFERENCE_COMMENT, AQ__PHASE_COMMENT, pair->wanted, wanted);
    aq__append_comments(&finding.text, wanted->comment, live->comment);
    aq__ddl_comment_column(&finding.sql, wanted, wanted->comment);
    aq__differ_add(pair->differ, &finding);
}

/* Of the sequence that a serial or identity column has, under the name that it has there. */
static void compare_sequence_comment(aq__table_pair_t *pair, const aq__column_t *wanted,
                                     const aq__column_t *live)
{
    const aq__sequence_t *to = aq__column_sequence(wanted), *from = aq__column_sequence(live);
    const char *comment = to != NULL ? to->comment : NULL, *old = from != NULL ? from->comment : NULL;
    aq__finding_t finding;

    if (aq__same_text(comment, old) || aq__column_generation(wanted) == AQ_AUTOINCREMENT_OFF ||
        live->autoincrement == AQ_AUTOINCREMENT_OFF || pair->is_remade[live->position])
        return;
    finding = aq__finding_of_column(AQ_DIFFERENCE_COMMENT, AQ__PHASE_COMMENT, pair->wanted, wanted);
    aq_text_append(&finding.text, ", its sequence");
    aq__append_comments(&finding.text, comment, old);
    aq__ddl_comment_column_sequence(&finding.sql, live, comment);
    aq__differ_add(pair->differ, &finding);
}

static void compare_column(aq__table_pair_t *pair, const aq__column_t *wanted, const aq__column_t *live)
{
    if (!pair->is_remade[live->position]) {
        if (goes(wanted))
            compare_generation(pair, wanted, live);
        compare_type(pair, wanted, live);
        compare_collation(pair, wanted, live);
    }
    compare_generated(pair, wanted, live);
    if (!pair->is_remade[live->position])
        compare_values(pair, wanted, live);
    compare_comment(pair, wanted, live);
    compare_sequence_comment(pair, wanted, live);
}

void aq__match_columns(aq__table_pair_t *pair)
{
    for (size_t i = 0; i < pair->wanted->column_count; i++) {
        const aq__column_t *live = pair->live_of[i];

        if (live != NULL)
            pair->is_altered[live->position] = !aq__same_type(&pair->types[i], &live->type) ||
                                               !same_collation(pair->wanted->columns[i], live);
    }
    for (size_t i = 0; i < pair->wanted->column_count; i++) {
        const aq__column_t *wanted = pair->wanted->columns[i], *live = pair->live_of[i];

        if (live == NULL || wanted->generated == NULL)
            continue;
        pair->is_remade[live->position] = !same_generated(pair, wanted, live);
        for (size_t j = 0; j < pair->live->column_count && live->generated != NULL; j++)
            if (j != live->position && pair->is_altered[j] &&
                aq__mentions(live->generated, pair->live->columns[j]->name))
                pair->is_remade[live->position] = true;
    }
}

void aq__diff_columns(aq__table_pair_t *pair)
{
    for (size_t i = 0; i < pair->wanted->column_count; i++) {
        if (pair->live_of[i] == NULL)
            find_missing(pair, pair->wanted->columns[i]);
        else
            compare_column(pair, pair->wanted->columns[i], pair->live_of[i]);
    }
    find_extras(pair, true); /* before the columns that they are made from */
    find_extras(pair, false);
}
