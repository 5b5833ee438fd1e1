/* For tests of declarations: adds models, seals, and compares all that is wrong with them. */
#ifndef AQUIFER_T_DECLARED_H
#define AQUIFER_T_DECLARED_H

#include <string.h>

#include "src/schema/models.h"
#include "t/heap.h"
#include "t/tap.h"

#define MODELS(...) ((const aq_model_t *const[]){__VA_ARGS__, NULL})

static inline aq__model_registry_t *add_all(const aq_model_t *const *models)
{
    aq__model_registry_t *registry = aq__models_create();

    for (; *models != NULL; models++)
        (void)aq__models_add(registry, *models);
    return registry;
}

/* The texts of all problems, a line each, without where they are. */
static inline void has_problems(aq__model_registry_t *registry, const char *expected, const char *name)
{
    aq_text_t text = {0};
    int code = aq__models_seal(registry);

    is_int(code, expected[0] == '\0' ? AQ_OK : AQ_EMAPPING, "%s: the seal's code", name);
    for (size_t i = 0; i < registry->problems.count; i++)
        aq_text_appendf(&text, "%s%s", i == 0 ? "" : "\n", registry->problems.items[i].text);
    is_text(aq_text_string(&text), expected, "%s: the whole text", name);
    aq_text_dispose(&text);
    aq__models_close(registry);
}

#define wrong(expected, name, ...) has_problems(add_all(MODELS(__VA_ARGS__)), expected, name)

#endif
