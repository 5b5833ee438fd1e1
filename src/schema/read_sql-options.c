/* Options of sequences: what is said, what ALTER SEQUENCE leaves as it was, and what would be so anyway.
 *
 * The failure modes: a type that a sequence cannot have; an owner that is not there; an option that is not known. */
#include <stdlib.h>

#include "src/schema/read_sql-private.h"

static int64_t number_of(const PgQuery__Node *node)
{
    if (node == NULL)
        return 0;
    if (node->node_case == PG_QUERY__NODE__NODE_INTEGER)
        return node->integer->ival;
    if (node->node_case == PG_QUERY__NODE__NODE_FLOAT) /* it does not fit an int */
        return strtoll(node->float_->fval, NULL, 10);
    return 0;
}

static bool flag_of(const PgQuery__Node *node)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_BOOLEAN ? node->boolean->boolval
                                                                           : number_of(node) != 0;
}

static int read_as(aq__sql_reader_t *reader, aq__sequence_t *sequence, const PgQuery__DefElem *option)
{
    aq__type_t type;
    const char *why;

    if (aq__sql_read_type_name(reader, reader->scratch, option->arg->type_name, "", &type, &why) != AQ_OK)
        return AQ_ENOMEM;
    if (type.oid != AQ_OID_INT2 && type.oid != AQ_OID_INT4 && type.oid != AQ_OID_INT8)
        return aq__sql_tell(reader, option->location, "a sequence has the type smallint, integer or bigint");
    sequence->type = type.oid;
    return AQ_OK;
}

static int read_owner(aq__sql_reader_t *reader, aq__sequence_t *sequence, const PgQuery__DefElem *option)
{
    const PgQuery__List *names = option->arg->list;
    const char *column = aq__sql_last_name(names->items, names->n_items),
               *name = aq__sql_first_name(names->items, names->n_items);
    const aq__table_t *table;

    sequence->owner = NULL;
    if (name == NULL) /* OWNED BY NONE */
        return AQ_OK;
    table = aq__sql_find_table(reader, aq__sql_first_name(names->items, names->n_items - 1), name);
    if (table == NULL)
        return aq__sql_tell(reader, option->location, "OWNED BY %s.%s: there is no such table", name, column);
    sequence->owner = aq__table_column(table, column);
    if (sequence->owner == NULL)
        return aq__sql_tell(reader, option->location, "OWNED BY %s.%s: there is no such column", name,
                            column);
    return AQ_OK;
}

static int read_name(aq__sql_reader_t *reader, aq__sequence_t *sequence, const PgQuery__DefElem *option)
{
    const PgQuery__List *names = option->arg->list;
    const char *schema = aq__sql_schema(aq__sql_first_name(names->items, names->n_items));

    sequence->name =
        aq_arena_strdup(reader->metadata->arena, aq__sql_last_name(names->items, names->n_items));
    sequence->schema = aq_arena_strdup(reader->metadata->arena, schema);
    return sequence->name != NULL && (sequence->schema != NULL || schema == NULL) ? AQ_OK : AQ_ENOMEM;
}

static int read_option(aq__sql_reader_t *reader, aq__sequence_t *sequence, const PgQuery__DefElem *option)
{
    const struct {
        const char *name;
        bool *has;
        int64_t *number;
    } numbers[] = {
        {"start", &sequence->has_start, &sequence->start},
        {"increment", &sequence->has_increment, &sequence->increment},
        {"minvalue", &sequence->has_min, &sequence->min},
        {"maxvalue", &sequence->has_max, &sequence->max},
        {"cache", &sequence->has_cache, &sequence->cache},
    };

    for (size_t i = 0; i < AQ__COUNT_OF(numbers); i++)
        if (strcmp(option->defname, numbers[i].name) == 0) {
            *numbers[i].has = option->arg != NULL; /* NO MINVALUE */
            *numbers[i].number = number_of(option->arg);
            return AQ_OK;
        }
    if (strcmp(option->defname, "cycle") == 0)
        sequence->cycle = flag_of(option->arg);
    else if (strcmp(option->defname, "as") == 0)
        return read_as(reader, sequence, option);
    else if (strcmp(option->defname, "owned_by") == 0)
        return read_owner(reader, sequence, option);
    else if (strcmp(option->defname, "sequence_name") == 0)
        return read_name(reader, sequence, option);
    else if (strcmp(option->defname, "restart") != 0) /* its value is data */
        return aq__sql_tell(reader, option->location, "%s of a sequence is left out", option->defname);
    return AQ_OK;
}

static int64_t most_of(uint32_t type)
{
    return type == AQ_OID_INT2 ? INT16_MAX : type == AQ_OID_INT4 ? INT32_MAX : INT64_MAX;
}

static int64_t least_of(uint32_t type)
{
    return type == AQ_OID_INT2 ? INT16_MIN : type == AQ_OID_INT4 ? INT32_MIN : INT64_MIN;
}

/* What is said although it would be so anyway. `type`: of the sequence, when it does not say it. */
void aq__sql_forget_usual(aq__sequence_t *sequence, uint32_t type)
{
    uint32_t as = sequence->type != 0 ? sequence->type : type;
    bool down = sequence->has_increment && sequence->increment < 0;

    if (sequence->type == type)
        sequence->type = 0;
    if (sequence->min == (down ? least_of(as) : 1))
        sequence->has_min = false;
    if (sequence->max == (down ? -1 : most_of(as)))
        sequence->has_max = false;
    if (sequence->start == (down                ? (sequence->has_max ? sequence->max : -1)
                            : sequence->has_min ? sequence->min
                                                : 1))
        sequence->has_start = false;
    if (sequence->increment == 1)
        sequence->has_increment = false;
    if (sequence->cache == 1)
        sequence->has_cache = false;
}

static void keep_number(bool *has, int64_t *number, int64_t usual)
{
    if (!*has)
        *number = usual;
    *has = true;
}

/* Before ALTER changes one thing: all others stay as they are, whether they were said or not. `type`: of the sequence, when it does not say it. */
static void keep_numbers(aq__sequence_t *sequence, uint32_t type)
{
    uint32_t as = sequence->type != 0 ? sequence->type : type;
    bool down = sequence->has_increment && sequence->increment < 0;

    keep_number(&sequence->has_min, &sequence->min, down ? least_of(as) : 1);
    keep_number(&sequence->has_max, &sequence->max, down ? -1 : most_of(as));
    keep_number(&sequence->has_start, &sequence->start, down ? sequence->max : sequence->min);
}

/* ... but for a bound that was the old type's. */
static void follow_type(aq__sequence_t *sequence, uint32_t from, uint32_t to)
{
    if (sequence->max == most_of(from))
        sequence->max = most_of(to);
    if (sequence->min == least_of(from))
        sequence->min = least_of(to);
}

bool aq__sql_says_nothing(const aq__sequence_t *sequence)
{
    return sequence->name == NULL && sequence->type == 0 && !sequence->has_start &&
           !sequence->has_increment && !sequence->has_min && !sequence->has_max && !sequence->has_cache &&
           !sequence->cycle && sequence->comment == NULL;
}

int aq__sql_sequence_options(aq__sql_reader_t *reader, aq__sequence_t *sequence,
                             PgQuery__Node *const *options, size_t count)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++)
        code = read_option(reader, sequence, options[i]->def_elem);
    return code;
}

/* The type first, whatever comes first: the bounds are those of it. */
int aq__sql_change_sequence(aq__sql_reader_t *reader, aq__sequence_t *sequence, PgQuery__Node *const *options,
                            size_t count, uint32_t type)
{
    uint32_t from = sequence->type != 0 ? sequence->type : type;

    keep_numbers(sequence, type);
    for (size_t i = 0; i < count; i++)
        if (strcmp(options[i]->def_elem->defname, "as") == 0) {
            if (read_as(reader, sequence, options[i]->def_elem) != AQ_OK)
                return AQ_ENOMEM;
            follow_type(sequence, from, sequence->type);
        }
    return aq__sql_sequence_options(reader, sequence, options, count);
}
