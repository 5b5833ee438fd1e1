/* Enums, of columns and alone: made when the first who has them is.
 *
 * The failure modes: labels that are none, which is told once, and two enums of one name with different labels. */
#include <string.h>

#include "src/schema/models.h"

static bool same_labels(const aq__enum_t *known, const aq_enum_t *declared)
{
    if (known->label_count != declared->labels.count)
        return false;
    for (size_t i = 0; i < known->label_count; i++)
        if (declared->labels.items[i] == NULL || strcmp(known->labels[i], declared->labels.items[i]) != 0)
            return false;
    return true;
}

/* What is wrong with an enum is told of the first who has it. */
static int check_enum(aq__model_registry_t *registry, const aq_enum_t *declared, aq__source_t source)
{
    const aq_enum_t **refused;
    int code;

    for (size_t i = 0; i < registry->refused_enum_count; i++)
        if (registry->refused_enums[i] == declared)
            return AQ_EMAPPING;
    code = aq__check_enum(declared, source, &registry->problems);
    if (code != AQ_EMAPPING)
        return code;
    refused =
        aq__grow(registry->arena, registry->refused_enums, registry->refused_enum_count, sizeof(*refused));
    if (refused == NULL)
        return AQ_ENOMEM;
    refused[registry->refused_enum_count++] = declared;
    registry->refused_enums = refused;
    return AQ_EMAPPING;
}

int aq__declare_enum(aq__model_registry_t *registry, aq__metadata_t *metadata, const char *schema,
                     const aq_enum_t *declared, aq__source_t source)
{
    aq__enum_t *known = aq__metadata_enum(metadata, schema, declared->name);
    int code;

    if (known != NULL && same_labels(known, declared))
        return AQ_OK;
    if (known != NULL)
        return aq__problem_add(&registry->problems, source,
                               "enum '%s': it is declared twice, with different labels", declared->name);
    code = check_enum(registry, declared, source);
    if (code != AQ_OK)
        return code;
    known = aq__metadata_add_enum(metadata, schema, declared->name, source);
    if (known == NULL)
        return AQ_ENOMEM;
    known->comment = declared->comment;
    for (size_t i = 0; i < declared->labels.count; i++)
        if (aq__enum_add_label(metadata, known, declared->labels.items[i]) != AQ_OK)
            return AQ_ENOMEM;
    return AQ_OK;
}

/* ---- Alone ---------------------------------------------------------------------------------------------------------------- */

static int add_enum(aq__model_registry_t *registry, const char *bind, const aq_enum_t *declared)
{
    const aq__source_t nowhere = {0};
    const char *schema = declared->schema == NULL      ? registry->options.schema
                         : declared->schema[0] == '\0' ? NULL
                                                       : declared->schema;
    aq__metadata_t *metadata;

    if (declared->name == NULL || declared->labels.items == NULL || declared->labels.count == 0)
        return aq__problem_add(&registry->problems, nowhere, "enum '%s': it has no %s",
                               declared->name != NULL ? declared->name : "",
                               declared->name == NULL ? "name" : "labels");
    metadata = aq__models_bind(registry, bind != NULL && bind[0] != '\0' ? bind : NULL);
    return metadata != NULL ? aq__declare_enum(registry, metadata, schema, declared, nowhere) : AQ_ENOMEM;
}

int aq__models_add_enum(aq__model_registry_t *registry, const char *bind, const aq_enum_t *declared)
{
    if (registry->sealed)
        return aq__fail(AQ_EINVAL, "enum '%s': enums are added before the first context is made",
                        declared->name != NULL ? declared->name : "");
    return aq__models_remember(registry, add_enum(registry, bind, declared));
}
