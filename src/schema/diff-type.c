/* What belongs to no table: schemas, enum types, sequences that stand alone.
 *
 * The happy path: each is looked for by its name, and what is other about it is told.
 * What cannot be mended: PostgreSQL adds labels to an enum type, but takes none away and puts none elsewhere; the text says so. */
#include <string.h>

#include "src/schema/ddl.h"
#include "src/schema/differ.h"
#include "src/schema/naming.h"

/* ---- Schemas ------------------------------------------------------------------------------------------------------------------------- */

static bool holds_something(const aq__metadata_t *metadata, const char *schema)
{
    for (size_t i = 0; i < metadata->table_count; i++)
        if (aq__same_text(metadata->tables[i]->schema, schema))
            return true;
    for (size_t i = 0; i < metadata->enum_count; i++)
        if (aq__same_text(metadata->enums[i]->schema, schema))
            return true;
    for (size_t i = 0; i < metadata->sequence_count; i++)
        if (aq__same_text(metadata->sequences[i]->schema, schema))
            return true;
    return false;
}

static bool is_told(const aq__differ_t *differ, const char *schema)
{
    for (size_t i = 0; i < differ->count; i++)
        if (aq__same_text(differ->found[i].difference.name, schema))
            return true;
    return false;
}

/* Called before anything else is told. */
static void diff_schema(aq__differ_t *differ, const char *schema)
{
    aq__finding_t finding;

    if (schema == NULL || holds_something(differ->live, schema) || is_told(differ, schema))
        return;
    for (size_t i = 0; i < differ->options->schema_count; i++)
        if (aq__same_text(differ->options->schemas[i], schema))
            return;
    finding = aq__finding_of(AQ_DIFFERENCE_MISSING_SCHEMA, AQ__PHASE_SCHEMA, "schema", NULL, schema);
    aq_text_append(&finding.text, ": the database has no such schema");
    aq__ddl_create_schema(&finding.sql, schema);
    aq__differ_add(differ, &finding);
}

void aq__diff_schemas(aq__differ_t *differ)
{
    const aq__metadata_t *wanted = differ->wanted;

    for (size_t i = 0; i < wanted->table_count; i++)
        diff_schema(differ, wanted->tables[i]->schema);
    for (size_t i = 0; i < wanted->enum_count; i++)
        diff_schema(differ, wanted->enums[i]->schema);
    for (size_t i = 0; i < wanted->sequence_count; i++)
        diff_schema(differ, wanted->sequences[i]->schema);
}

/* ---- Types ------------------------------------------------------------------------------------------------------------------------------ */

static bool has_label(const aq__enum_t *enumeration, const char *label)
{
    for (size_t i = 0; i < enumeration->label_count; i++)
        if (strcmp(enumeration->labels[i], label) == 0)
            return true;
    return false;
}

static void append_labels(aq_text_t *text, const aq__enum_t *enumeration)
{
    for (size_t i = 0; i < enumeration->label_count; i++)
        aq_text_appendf(text, "%s'%s'", i == 0 ? "(" : ", ", enumeration->labels[i]);
    aq_text_append(text, enumeration->label_count == 0 ? "()" : ")");
}

/* A live label that is not wanted any more; NULL: none. */
static const char *removed_label(const aq__enum_t *wanted, const aq__enum_t *live)
{
    for (size_t i = 0; i < live->label_count; i++)
        if (!has_label(wanted, live->labels[i]))
            return live->labels[i];
    return NULL;
}

/* Whether the live labels, all of which are wanted, stand in the wanted order. */
static bool is_in_order(const aq__enum_t *wanted, const aq__enum_t *live)
{
    size_t next = 0;

    for (size_t i = 0; i < wanted->label_count && next < live->label_count; i++)
        if (strcmp(wanted->labels[i], live->labels[next]) == 0)
            next++;
    return next == live->label_count;
}

/* Each new label goes behind the one before it, which is there by then; the first before the first that is there. */
static void add_labels(aq_text_t *sql, const aq__enum_t *wanted, const aq__enum_t *live)
{
    for (size_t i = 0; i < wanted->label_count; i++) {
        if (has_label(live, wanted->labels[i]))
            continue;
        aq__alter_begin(sql);
        aq_text_append(sql, "ALTER TYPE ");
        aq__name_append_qualified(sql, wanted->schema, wanted->name);
        aq_text_append(sql, " ADD VALUE ");
        aq__ddl_literal(sql, wanted->labels[i]);
        if (i > 0 || live->label_count > 0) {
            aq_text_append(sql, i > 0 ? " AFTER " : " BEFORE ");
            aq__ddl_literal(sql, i > 0 ? wanted->labels[i - 1] : live->labels[0]);
        }
    }
}

static void compare_labels(aq__differ_t *differ, const aq__enum_t *wanted, const aq__enum_t *live)
{
    const char *removed = removed_label(wanted, live);
    bool in_order = removed == NULL && is_in_order(wanted, live);
    aq__finding_t finding;

    if (in_order && wanted->label_count == live->label_count)
        return;
    finding = aq__finding_of(AQ_DIFFERENCE_TYPE_LABELS, AQ__PHASE_TYPE, "type", wanted->schema, wanted->name);
    aq_text_append(&finding.text, ": the models say ");
    append_labels(&finding.text, wanted);
    aq_text_append(&finding.text, ", the database has ");
    append_labels(&finding.text, live);
    if (removed != NULL)
        aq_text_appendf(&finding.text, "; no statement takes the label '%s' away", removed);
    else if (!in_order)
        aq_text_append(&finding.text, "; no statement puts labels into another order");
    else
        add_labels(&finding.sql, wanted, live);
    aq__differ_add(differ, &finding);
}

static aq__finding_t finding_of_comment(const char *what, const char *schema, const char *name,
                                        const char *wanted, const char *live)
{
    aq__finding_t finding = aq__finding_of(AQ_DIFFERENCE_COMMENT, AQ__PHASE_COMMENT, what, schema, name);

    aq__append_comments(&finding.text, wanted, live);
    return finding;
}

static void compare_enum_comment(aq__differ_t *differ, const aq__enum_t *wanted, const aq__enum_t *live)
{
    aq__finding_t finding;

    if (aq__same_text(wanted->comment, live->comment))
        return;
    finding = finding_of_comment("type", wanted->schema, wanted->name, wanted->comment, live->comment);
    aq__ddl_comment_enum(&finding.sql, wanted, wanted->comment);
    aq__differ_add(differ, &finding);
}

/* One side's schema may be NULL, the search path's; then it is one that no other wanted enum has, by its very schema or before. */
static const aq__enum_t *live_enum(const aq__differ_t *differ, const aq__enum_t *wanted,
                                   const aq__enum_t *const *others, size_t other_count)
{
    const aq__enum_t *live = aq__metadata_enum(differ->live, wanted->schema, wanted->name);

    for (size_t i = 0; i < differ->live->enum_count && live == NULL; i++) {
        const aq__enum_t *twin = differ->live->enums[i];

        if (strcmp(twin->name, wanted->name) != 0 || !aq__same_schema(twin->schema, wanted->schema) ||
            aq__metadata_enum(differ->wanted, twin->schema, twin->name) != NULL)
            continue;
        live = twin;
        for (size_t j = 0; j < other_count; j++)
            live = others[j] != twin ? live : NULL;
    }
    return live;
}

static void find_missing_type(aq__differ_t *differ, const aq__enum_t *wanted)
{
    aq__finding_t finding =
        aq__finding_of(AQ_DIFFERENCE_MISSING_TYPE, AQ__PHASE_TYPE, "type", wanted->schema, wanted->name);

    aq_text_append(&finding.text, ": the database has no such type");
    aq__ddl_create_enum(&finding.sql, wanted);
    if (wanted->comment != NULL) {
        aq__alter_begin(&finding.sql);
        aq__ddl_comment_enum(&finding.sql, wanted, wanted->comment);
    }
    aq__differ_add(differ, &finding);
}

void aq__diff_types(aq__differ_t *differ)
{
    size_t count = differ->wanted->enum_count;
    const aq__enum_t **found = aq__differ_alloc(differ, count, sizeof(*found));

    for (size_t i = 0; i < count && found != NULL; i++) {
        const aq__enum_t *wanted = differ->wanted->enums[i], *live = live_enum(differ, wanted, found, i);

        found[i] = live;
        if (live == NULL) {
            find_missing_type(differ, wanted);
            continue;
        }
        compare_labels(differ, wanted, live);
        compare_enum_comment(differ, wanted, live);
    }
}

/* ---- Sequences that stand alone ------------------------------------------------------------------------------------------------------------ */

/* As live_enum(). */
static const aq__sequence_t *live_sequence(const aq__differ_t *differ, const aq__sequence_t *wanted,
                                           const aq__sequence_t *const *others, size_t other_count)
{
    const aq__sequence_t *live = aq__metadata_sequence(differ->live, wanted->schema, wanted->name);

    for (size_t i = 0; i < differ->live->sequence_count && live == NULL; i++) {
        const aq__sequence_t *twin = differ->live->sequences[i];

        if (strcmp(twin->name, wanted->name) != 0 || !aq__same_schema(twin->schema, wanted->schema) ||
            aq__metadata_sequence(differ->wanted, twin->schema, twin->name) != NULL)
            continue;
        live = twin;
        for (size_t j = 0; j < other_count; j++)
            live = others[j] != twin ? live : NULL;
    }
    return live;
}

/* A column that is missing, or its table, brings its sequences along. */
static bool is_there(const aq__differ_t *differ, const aq__column_t *wanted)
{
    const aq__table_t *table = differ->live_of[wanted->table->position];

    return table != NULL && aq__table_column(table, wanted->name) != NULL;
}

/* The sequence of a column that draws from it is told with the column, unless that is yet to be made. */
static bool is_told_with_column(const aq__differ_t *differ, const aq__sequence_t *wanted)
{
    const aq__column_t *owner = wanted->owner;

    return owner != NULL && aq__column_sequence(owner) == wanted && is_there(differ, owner);
}

static void find_missing_sequence(aq__differ_t *differ, const aq__sequence_t *wanted)
{
    aq__finding_t finding = aq__finding_of(AQ_DIFFERENCE_MISSING_SEQUENCE, AQ__PHASE_SEQUENCE, "sequence",
                                           wanted->schema, wanted->name);

    aq_text_append(&finding.text, ": the database has no such sequence");
    aq__ddl_create_sequence(&finding.sql, wanted);
    if (wanted->comment != NULL) {
        aq__alter_begin(&finding.sql);
        aq__ddl_comment_sequence(&finding.sql, wanted, wanted->comment);
    }
    aq__differ_add(differ, &finding);
}

static void append_changes(aq_text_t *text, const aq__sequence_change_t *change)
{
    aq_text_t options = {0};

    aq__alter_append_options(&options, change, " ");
    text->failed = text->failed || options.failed;
    aq_text_append(text, options.length > 0 ? aq_text_string(&options) + 1 : "");
    aq_text_dispose(&options);
}

static void compare_sequence(aq__differ_t *differ, const aq__sequence_t *wanted, const aq__sequence_t *live)
{
    aq__sequence_change_t change, back;
    aq__finding_t finding;

    if (!aq__sequence_differs(wanted, AQ_OID_INT8, live, AQ_OID_INT8, &change))
        return;
    (void)aq__sequence_differs(live, AQ_OID_INT8, wanted, AQ_OID_INT8, &back);
    finding = aq__finding_of(AQ_DIFFERENCE_OTHER_SEQUENCE, AQ__PHASE_SEQUENCE, "sequence", wanted->schema,
                             wanted->name);
    aq_text_append(&finding.text, ": the models say ");
    append_changes(&finding.text, &change);
    aq_text_append(&finding.text, ", the database has ");
    append_changes(&finding.text, &back);
    aq_text_append(&finding.sql, "ALTER SEQUENCE ");
    aq__name_append_qualified(&finding.sql, wanted->schema, wanted->name);
    aq__alter_append_options(&finding.sql, &change, " ");
    aq__differ_add(differ, &finding);
}

static void compare_sequence_comment(aq__differ_t *differ, const aq__sequence_t *wanted,
                                     const aq__sequence_t *live)
{
    aq__finding_t finding;

    if (aq__same_text(wanted->comment, live->comment))
        return;
    finding = finding_of_comment("sequence", wanted->schema, wanted->name, wanted->comment, live->comment);
    aq__ddl_comment_sequence(&finding.sql, wanted, wanted->comment);
    aq__differ_add(differ, &finding);
}

/* "OWNED BY t.id", "no owner" */
static void append_owner(aq_text_t *text, const aq__column_t *owner)
{
    if (owner == NULL) {
        aq_text_append(text, "no owner");
        return;
    }
    aq_text_append(text, "OWNED BY ");
    aq__table_describe(text, owner->table);
    aq_text_appendf(text, ".%s", owner->name);
}

static bool has_same_owner(const aq__differ_t *differ, const aq__column_t *wanted, const aq__column_t *live)
{
    if (wanted == NULL || live == NULL)
        return wanted == live;
    return differ->live_of[wanted->table->position] == live->table && strcmp(wanted->name, live->name) == 0;
}

/* Told before another owner goes, and takes the sequence along. */
static void compare_owner(aq__differ_t *differ, const aq__sequence_t *wanted, const aq__sequence_t *live)
{
    const aq__column_t *owner = wanted->owner;
    aq__finding_t finding;

    if (has_same_owner(differ, owner, live != NULL ? live->owner : NULL) ||
        (owner != NULL && !is_there(differ, owner)))
        return;
    finding = aq__finding_of(AQ_DIFFERENCE_OTHER_SEQUENCE, AQ__PHASE_COLUMN_CHANGE, "sequence",
                             wanted->schema, wanted->name);
    aq_text_append(&finding.text, ": the models say ");
    append_owner(&finding.text, owner);
    aq_text_append(&finding.text,
                   live != NULL ? ", the database has " : ", the database has no such sequence");
    if (live != NULL)
        append_owner(&finding.text, live->owner);
    aq__ddl_own_sequence(&finding.sql, wanted);
    aq__differ_add(differ, &finding);
}

void aq__diff_sequences(aq__differ_t *differ)
{
    size_t count = differ->wanted->sequence_count;
    const aq__sequence_t **found = aq__differ_alloc(differ, count, sizeof(*found));

    for (size_t i = 0; i < count && found != NULL; i++) {
        const aq__sequence_t *wanted = differ->wanted->sequences[i],
                             *live = live_sequence(differ, wanted, found, i);

        found[i] = live;
        if (is_told_with_column(differ, wanted))
            continue;
        if (live == NULL) {
            find_missing_sequence(differ, wanted);
            compare_owner(differ, wanted, NULL);
            continue;
        }
        compare_sequence(differ, wanted, live);
        compare_owner(differ, wanted, live);
        compare_sequence_comment(differ, wanted, live);
    }
}
