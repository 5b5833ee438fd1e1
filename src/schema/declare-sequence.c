/* Sequences that stand alone.
 *
 * The happy path: one is added, and at the seal finds the column that owns it, which may be declared later.
 * The failure modes: names and options that the server would refuse; an owner that is not there. "sequence 'ticket': ..." */
#include <string.h>

#include "src/schema/models.h"

static const char *name_of(const aq_sequence_t *declared)
{
    return declared->sequence != NULL ? declared->sequence : declared->name;
}

static aq__source_t source_of(const aq_sequence_t *declared)
{
    return (aq__source_t){declared->file, declared->line, 0};
}

static int refuse(aq__model_registry_t *registry, const aq_sequence_t *declared, const char *format, ...)
    AQ_PRINTF(3, 4);

/* "sequence 'ticket': " and what it is. */
static int refuse(aq__model_registry_t *registry, const aq_sequence_t *declared, const char *format, ...)
{
    aq_text_t text = {0};
    va_list arguments;
    int code;

    aq_text_appendf(&text, "sequence '%s': ", name_of(declared));
    va_start(arguments, format);
    code = aq__problem_vadd(&registry->problems, source_of(declared), &text, format, arguments);
    va_end(arguments);
    return code;
}

/* ---- Adding ----------------------------------------------------------------------------------------------------------------- */

static aq_sequence_options_t options_of(const aq_sequence_t *declared)
{
    return (aq_sequence_options_t){.type = declared->type,
                                   .start = declared->start,
                                   .increment = declared->increment,
                                   .min = declared->min,
                                   .max = declared->max,
                                   .cache = declared->cache,
                                   .cycle = declared->cycle,
                                   .comment = declared->comment};
}

static int check_options(aq__model_registry_t *registry, const aq_sequence_t *declared)
{
    const aq_sequence_options_t options = options_of(declared);
    aq_text_t why = {0};
    int code = AQ_OK;

    if (aq__sequence_is_wrong(&why, ".", &options, declared->type != 0 ? declared->type : AQ_OID_INT8))
        code = why.failed ? AQ_ENOMEM : refuse(registry, declared, "%s", aq_text_string(&why));
    aq_text_dispose(&why);
    return code;
}

static int check(aq__model_registry_t *registry, const aq_sequence_t *declared,
                 const aq__metadata_t *metadata, const char *schema)
{
    int code = aq__check_name(registry, source_of(declared), name_of(declared), "sequence");

    if (code == AQ_OK && schema != NULL)
        code =
            aq__check_name(registry, source_of(declared), schema, "sequence '%s': schema", name_of(declared));
    if (code != AQ_OK)
        return code;
    if (aq__metadata_sequence(metadata, schema, name_of(declared)) != NULL)
        return refuse(registry, declared, "it is declared already");
    return check_options(registry, declared);
}

/* For the seal, which finds its owner; and to know it again. */
static int remember(aq__model_registry_t *registry, const aq_sequence_t *declared, aq__sequence_t *made)
{
    aq__model_sequence_t *sequences =
        aq__grow(registry->arena, registry->sequences, registry->sequence_count, sizeof(*sequences));

    if (sequences == NULL)
        return AQ_ENOMEM;
    sequences[registry->sequence_count++] = (aq__model_sequence_t){declared, made};
    registry->sequences = sequences;
    return AQ_OK;
}

static int make_sequence(aq__model_registry_t *registry, const aq_sequence_t *declared)
{
    const char *schema = declared->schema != NULL ? declared->schema : registry->options.schema;
    const char *bind = declared->bind != NULL && declared->bind[0] != '\0' ? declared->bind : NULL;
    const aq_sequence_options_t options = options_of(declared);
    aq__metadata_t *metadata = aq__models_bind(registry, bind);
    aq__sequence_t *sequence;
    int code = metadata != NULL ? check(registry, declared, metadata, schema) : AQ_ENOMEM;

    if (code != AQ_OK)
        return code;
    sequence = aq__metadata_add_sequence(metadata, schema, name_of(declared), source_of(declared));
    if (sequence == NULL)
        return AQ_ENOMEM;
    aq__set_sequence_options(sequence, &options);
    if (sequence->type == AQ_OID_INT8)
        sequence->type = 0;
    return remember(registry, declared, sequence);
}

static bool is_known(const aq__model_registry_t *registry, const aq_sequence_t *declared)
{
    for (size_t i = 0; i < registry->sequence_count; i++) {
        const aq_sequence_t *known = registry->sequences[i].declared;

        if (aq__same_place(known->file, known->line, declared->file, declared->line) &&
            aq__same_text(name_of(known), name_of(declared)))
            return true;
    }
    return false;
}

int aq__models_add_sequence(aq__model_registry_t *registry, const aq_sequence_t *declared)
{
    if (registry->sealed)
        return aq__fail(AQ_EINVAL, "sequence '%s': sequences are added before the first context is made",
                        name_of(declared));
    return is_known(registry, declared) ? AQ_OK
                                        : aq__models_remember(registry, make_sequence(registry, declared));
}

/* ---- Owners, at the seal --------------------------------------------------------------------------------------------------------- */

/* "Invoice->number" */
static int find_member(aq__model_registry_t *registry, const aq_sequence_t *declared, const char *arrow,
                       aq__column_t **column)
{
    char *name = aq_arena_strndup(registry->arena, declared->owned_by, (size_t)(arrow - declared->owned_by));
    const aq__model_t *model = name != NULL ? aq__models_find(registry, name) : NULL;
    const aq__attribute_t *attribute = model != NULL ? aq__model_attribute(model, arrow + 2) : NULL;

    if (name == NULL)
        return AQ_ENOMEM;
    if (model == NULL)
        return refuse(registry, declared, ".owned_by is '%s', but there is no model '%s': was it added?",
                      declared->owned_by, name);
    if (attribute == NULL || attribute->column == NULL)
        return refuse(registry, declared, ".owned_by is '%s', but the model has no column '%s' in its table",
                      declared->owned_by, arrow + 2);
    *column = attribute->column;
    return AQ_OK;
}

/* "table.column" or "schema.table.column" */
static int find_column(aq__model_registry_t *registry, const aq__model_sequence_t *sequence,
                       const aq__metadata_t *metadata, aq__column_t **column)
{
    const char *text = sequence->declared->owned_by;
    char *schema = aq_arena_strdup(registry->arena, text), *table = schema, *name, *dot;
    const aq__table_t *owner;

    if (schema == NULL)
        return AQ_ENOMEM;
    name = strrchr(schema, '.');
    if (name == NULL || name == schema || name[1] == '\0')
        return refuse(registry, sequence->declared,
                      ".owned_by is '%s': it must be AQ_REF(Model, member) or 'table.column'", text);
    *name++ = '\0';
    dot = strchr(schema, '.');
    if (dot != NULL) {
        *dot = '\0';
        table = dot + 1;
    }
    owner = aq__metadata_table(metadata, dot != NULL ? schema : registry->options.schema, table);
    *column = owner != NULL ? aq__table_column(owner, name) : NULL;
    return *column != NULL
               ? AQ_OK
               : refuse(registry, sequence->declared, ".owned_by is '%s', but there is no such %s", text,
                        owner == NULL ? "table" : "column");
}

/* The server wants both in one schema. */
static int check_owner(aq__model_registry_t *registry, const aq__model_sequence_t *sequence,
                       const aq__metadata_t *metadata, const aq__column_t *column)
{
    const aq__table_t *table = column->table;

    if (table->metadata != metadata)
        return refuse(registry, sequence->declared, ".owned_by is '%s', which is in another bind",
                      sequence->declared->owned_by);
    if (!aq__same_text(table->schema, sequence->made->schema))
        return refuse(registry, sequence->declared,
                      ".owned_by is '%s', whose table is in another schema: they must be in the same one",
                      sequence->declared->owned_by);
    return AQ_OK;
}

static int find_owner(aq__model_registry_t *registry, const aq__model_sequence_t *sequence)
{
    const aq_sequence_t *declared = sequence->declared;
    const char *bind = declared->bind != NULL && declared->bind[0] != '\0' ? declared->bind : NULL;
    const aq__metadata_t *metadata = aq__models_metadata(registry, bind);
    const char *arrow = strstr(declared->owned_by, "->");
    aq__column_t *column = NULL;
    int code = arrow != NULL ? find_member(registry, declared, arrow, &column)
                             : find_column(registry, sequence, metadata, &column);

    if (code == AQ_OK)
        code = check_owner(registry, sequence, metadata, column);
    sequence->made->owner = code == AQ_OK ? column : NULL;
    return code;
}

int aq__resolve_owners(aq__model_registry_t *registry)
{
    int code = AQ_OK;

    for (size_t i = 0; i < registry->sequence_count && code != AQ_ENOMEM; i++)
        if (registry->sequences[i].declared->owned_by != NULL)
            code = find_owner(registry, &registry->sequences[i]);
    return code;
}
