/* Constraints, and the columns that they are on. */
#include "src/schema/catalog-rows.h"

static const aq__source_t nowhere = {0};

static aq_constraint_kind_t read_kind(aq__row_t *row, const aq__catalog_constraint_row_t *item)
{
    switch (aq__row_letter(row, AQ__CELL(item, kind), "pufcx")) {
    case 'p': return AQ_CONSTRAINT_PRIMARY_KEY;
    case 'u': return AQ_CONSTRAINT_UNIQUE;
    case 'f': return AQ_CONSTRAINT_FOREIGN_KEY;
    case 'x': return AQ_CONSTRAINT_EXCLUDE;
    default: return AQ_CONSTRAINT_CHECK;
    }
}

static aq_action_t read_action(aq__row_t *row, const char *column, const char *text)
{
    switch (aq__row_letter(row, column, text, "arcnd")) {
    case 'r': return AQ_RESTRICT;
    case 'c': return AQ_CASCADE;
    case 'n': return AQ_SET_NULL;
    case 'd': return AQ_SET_DEFAULT;
    default: return AQ_NO_ACTION;
    }
}

/* MATCH PARTIAL has a letter ('p'), but no server that knows it. */
static void read_foreign_key(aq__row_t *row, const aq__catalog_constraint_row_t *item,
                             aq__constraint_t *constraint)
{
    constraint->referred_schema = aq__row_copy(row, item->referred_schema);
    constraint->referred_table = aq__row_copy(row, aq__row_text(row, AQ__CELL(item, referred_table)));
    constraint->on_delete = read_action(row, AQ__CELL(item, on_delete));
    constraint->on_update = read_action(row, AQ__CELL(item, on_update));
    constraint->match_full = aq__row_letter(row, AQ__CELL(item, match), "sfp") == 'f';
}

/* The index of a key or an exclusion constraint tells which of their parts is which, later. */
static void read_own_index(aq__row_t *row, const aq__catalog_constraint_row_t *item,
                           aq__constraint_t *constraint)
{
    aq__row_put(row, AQ__CELL(item, index), &row->catalog->own_indexes, constraint);
    constraint->nulls_not_distinct = aq__row_bool(row, AQ__CELL(item, nulls_not_distinct));
    if (constraint->kind != AQ_CONSTRAINT_EXCLUDE)
        return;
    constraint->method = aq__row_copy(row, aq__row_text(row, AQ__CELL(item, method)));
    constraint->where = aq__row_expression(row, AQ__CELL(item, where));
}

static void read_constraint(aq__row_t *row, const aq__catalog_constraint_row_t *item,
                            aq__constraint_t *constraint)
{
    bool deferrable = aq__row_bool(row, AQ__CELL(item, deferrable)),
         deferred = aq__row_bool(row, AQ__CELL(item, deferred));

    constraint->name = aq__row_copy(row, aq__row_text(row, AQ__CELL(item, name)));
    constraint->name_final = true;
    constraint->not_valid = !aq__row_bool(row, AQ__CELL(item, validated));
    constraint->comment = aq__row_copy(row, item->comment);
    if (deferrable)
        constraint->deferrable = deferred ? AQ_INITIALLY_DEFERRED : AQ_INITIALLY_IMMEDIATE;
    switch (constraint->kind) {
    case AQ_CONSTRAINT_CHECK:
        constraint->check = aq__row_expression(row, "check", aq__row_text(row, AQ__CELL(item, check)));
        constraint->no_inherit = aq__row_bool(row, AQ__CELL(item, no_inherit));
        break;
    case AQ_CONSTRAINT_FOREIGN_KEY: read_foreign_key(row, item, constraint); break;
    case AQ_CONSTRAINT_PRIMARY_KEY:
    case AQ_CONSTRAINT_UNIQUE:
    case AQ_CONSTRAINT_EXCLUDE: read_own_index(row, item, constraint); break;
    }
}

void aq__catalog_add_constraint(aq__row_t *row, const aq__catalog_constraint_row_t *item)
{
    aq__table_t *table = aq__row_find(row, AQ__CELL(item, table), &row->catalog->tables);
    aq_constraint_kind_t kind = read_kind(row, item);
    aq__constraint_t *constraint = row->code == AQ_OK ? aq__table_add_constraint(table, kind, nowhere) : NULL;

    if (!aq__row_made(row, constraint))
        return;
    read_constraint(row, item, constraint);
    aq__row_put(row, AQ__CELL(item, oid), &row->catalog->constraints, constraint);
}

/* ---- Their columns ------------------------------------------------------------------------------------------------------------- */

void aq__catalog_add_key(aq__row_t *row, const aq__catalog_key_row_t *item)
{
    aq__constraint_t *constraint = aq__row_find(row, AQ__CELL(item, constraint), &row->catalog->constraints);
    const char *role = aq__row_text(row, AQ__CELL(item, role)),
               *name = aq__row_text(row, AQ__CELL(item, name));
    aq__column_t *column;

    if (row->code != AQ_OK)
        return;
    if (strcmp(role, "referred") == 0) {
        aq__row_did(row, aq__constraint_add_referred(constraint, name));
        return;
    }
    column = aq__row_find_column(row, name, constraint->table);
    if (row->code != AQ_OK)
        return;
    if (strcmp(role, "column") == 0)
        aq__row_did(row, aq__constraint_add_column(constraint, column));
    else if (strcmp(role, "on delete") == 0)
        aq__row_did(row, aq__constraint_add_on_delete_column(constraint, column));
    else
        row->code = aq__fail(AQ_EMAPPING, "catalog: key: there is no role '%s'", role);
}
