/* Defaults that draw from the sequence of another table's serial or identity column: nextval('other_id_seq'::regclass).
 *
 * The happy path: hardly any default does. Where one does, and its table is created before the other, the default comes when all tables
 * are there; the seal marks it. The failure mode, which is none: a text that only looks like it waits as well. */
#include <string.h>
#include <strings.h>

#include "src/schema/ddl-parts.h"
#include "src/schema/ddl.h"
#include "src/schema/naming.h"

/* What stands behind the next "nextval('"; NULL: nothing. */
static const char *next_draw(const char *text)
{
    static const char call[] = "nextval('";

    for (; *text != '\0'; text++)
        if (strncasecmp(text, call, sizeof(call) - 1) == 0)
            return text + sizeof(call) - 1;
    return NULL;
}

/* Whether a literal, behind its first quote, is `name`. */
static bool is_literal(const char *literal, const char *name)
{
    for (; *name != '\0'; name++, literal++)
        if (*literal != *name || (*name == '\'' && *++literal != '\''))
            return false;
    return literal[0] == '\'' && literal[1] != '\'';
}

/* With its schema or without. */
static bool names_sequence(const char *literal, const aq__column_t *column, aq_text_t *name)
{
    const char *dot;

    aq_text_clear(name);
    aq__ddl_own_sequence_name(name, column);
    if (is_literal(literal, aq_text_string(name)))
        return true;
    dot = column->table->schema != NULL ? strchr(aq_text_string(name), '.') : NULL;
    return dot != NULL && is_literal(literal, dot + 1);
}

static bool draws_from(const aq__column_t *column, const aq__table_t *other, aq_text_t *name)
{
    for (const char *at = next_draw(column->server_default); at != NULL; at = next_draw(at))
        for (size_t i = 0; i < other->column_count; i++)
            if (other->columns[i]->autoincrement != AQ_AUTOINCREMENT_OFF &&
                names_sequence(at, other->columns[i], name))
                return true;
    return false;
}

int aq__metadata_mark_drawn(aq__metadata_t *metadata)
{
    aq_text_t name = {0};
    bool failed;

    metadata->default_by_alter_count = 0;
    for (size_t i = 0; i < metadata->table_count; i++) {
        const aq__table_t *table = metadata->ordered_tables[i];

        for (size_t j = 0; j < table->column_count; j++) {
            aq__column_t *column = table->columns[j];
            bool draws = column->server_default != NULL && next_draw(column->server_default) != NULL;

            column->default_by_alter = false;
            for (size_t k = i + 1; draws && k < metadata->table_count && !column->default_by_alter; k++)
                column->default_by_alter = draws_from(column, metadata->ordered_tables[k], &name);
            metadata->default_by_alter_count += column->default_by_alter;
        }
    }
    failed = name.failed;
    aq_text_dispose(&name);
    return failed ? AQ_ENOMEM : AQ_OK;
}
