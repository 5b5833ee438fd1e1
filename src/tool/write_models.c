/* Writing a header of models.
 *
 * The happy path: the plan is made (plan.h), then written from top to bottom: what it was made from, enums, structs, sequences, tables without a model,
 * models, and the function that adds them all.
 * The failure modes: what cannot be said is a problem, and a comment at the top; no memory: AQ_ENOMEM, and nothing of the header is to be
 * used. */
#include <string.h>

#include "src/schema/naming.h"
#include "src/tool/writer.h"

static void append_heading(aq_text_t *header, const char *title)
{
    size_t length = strlen(title), width = length < 90 ? 98 - length : 8;

    aq_text_appendf(header, "\n/* ---- %s ", title);
    for (size_t i = 0; i < width; i++)
        aq_text_append_char(header, '-');
    aq_text_append(header, " */\n");
}

/* ---- The top ----------------------------------------------------------------------------------------------------------------- */

/* What stands at the top of a file must not begin with "_", which the compiler has for itself. */
static const char *words_of(aq__plan_t *plan, const aq__models_options_t *options)
{
    const char *words = aq__c_words(&plan->maker, options->name != NULL ? options->name : "database");

    words += strspn(words, "_");
    if (words[0] >= '0' && words[0] <= '9')
        words = aq__make(&plan->maker, "database_%s", words);
    return aq__c_identifier(&plan->maker, words[0] != '\0' ? words : "database");
}

static void append_top(aq_text_t *header, aq__plan_t *plan, const aq__models_options_t *options)
{
    const char *guard = aq__c_capitals(&plan->maker, words_of(plan, options));

    aq_text_append(header, "/* Models of ");
    aq__layout_append_comment(header, options->made_from);
    aq_text_appendf(header, ", made by %s; edit freely or make it again.", options->made_by);
    if (plan->note_count > 0)
        aq_text_append(header, "\n *\n * What models cannot say, and so is not as it was:");
    for (size_t i = 0; i < plan->note_count; i++) {
        aq_text_append(header, "\n *   - ");
        aq__layout_append_comment(header, plan->notes[i]);
    }
    aq_text_append(header, " */\n");
    aq_text_appendf(header, "#ifndef %s_MODELS_H\n#define %s_MODELS_H\n\n#include <aquifer.h>\n", guard,
                    guard);
}

/* ---- Enums --------------------------------------------------------------------------------------------------------------------- */

/* In one line if it fits; else one value a line. */
static void append_enum_values(aq_text_t *header, const aq__label_t *label)
{
    size_t count = label->enumeration->label_count, width = 0;

    for (size_t i = 0; i < count; i++)
        width += strlen(label->values[i]) + 2;
    width += strlen("typedef enum  {  _t;") + 2 * strlen(label->prefix);
    aq_text_appendf(header, "typedef enum %s {", label->prefix);
    for (size_t i = 0; i < count; i++)
        aq_text_appendf(header, "%s%s%s", width <= 110 ? " " : "\n    ", label->values[i],
                        i + 1 < count ? "," : "");
    aq_text_appendf(header, "%s} %s_t;\n", width <= 110 ? " " : "\n", label->prefix);
}

/* In one line if it fits. */
static void append_braces(aq_text_t *header, const char *head, const aq__node_t *braces)
{
    aq_text_t line = {0};

    aq__layout_append(&line, braces, strlen(head), 1);
    if (strchr(aq_text_string(&line), '\n') == NULL)
        aq_text_appendf(header, "%s%s;\n", head, aq_text_string(&line));
    else
        aq__layout_append_list(header, head, braces);
    header->failed = header->failed || line.failed;
    aq_text_dispose(&line);
}

static void append_labels(aq_text_t *header, aq__plan_t *plan, const aq__label_t *label)
{
    aq__node_t *list = aq__node(&plan->maker, AQ__BRACES, NULL, NULL);

    for (size_t i = 0; i < label->enumeration->label_count; i++)
        (void)aq__node_add(&plan->maker, list, AQ__STRING,
                           aq__make(&plan->maker, "[%s] = ", label->values[i]),
                           label->enumeration->labels[i]);
    append_braces(header, aq__make(&plan->maker, "static const char *const %s_labels[] = ", label->prefix),
                  list);
}

static void append_enum(aq_text_t *header, aq__plan_t *plan, const aq__label_t *label)
{
    const aq__enum_t *enumeration = label->enumeration;
    aq__node_t *braces = aq__node(&plan->maker, AQ__BRACES, NULL, NULL);

    aq_text_append_char(header, '\n');
    append_enum_values(header, label);
    append_labels(header, plan, label);
    aq__option_string(plan, braces, "name", enumeration->name);
    aq__option_string(plan, braces, "schema", enumeration->schema);
    if (enumeration->schema == NULL && label->needs_schema)
        aq__option(plan, braces, "schema", "AQ_NO_SCHEMA");
    aq__option(plan, braces, "labels", aq__make(&plan->maker, "AQ_LIST(%s_labels)", label->prefix));
    aq__option_string(plan, braces, "comment", enumeration->comment);
    append_braces(header, aq__make(&plan->maker, "static const aq_enum_t %s_enum = ", label->prefix), braces);
}

static void append_enums(aq_text_t *header, aq__plan_t *plan)
{
    size_t count = plan->metadata->enum_count, written = 0;

    for (size_t i = 0; i < count; i++) {
        if (plan->labels[i].enumeration->label_count == 0)
            continue;
        if (written++ == 0)
            append_heading(header, "Types");
        append_enum(header, plan, &plan->labels[i]);
    }
}

/* ---- Structs --------------------------------------------------------------------------------------------------------------------- */

static void append_member(aq_text_t *header, const char *type, const char *name)
{
    size_t length = strlen(type);

    aq_text_appendf(header, "    %s%s%s;\n", type, length > 0 && type[length - 1] == '*' ? "" : " ", name);
}

static void append_struct(aq_text_t *header, const aq__entity_t *entity)
{
    aq_text_appendf(header, "\n%sstruct %s {\n    aq_object_t object;\n", entity->is_ahead ? "" : "typedef ",
                    entity->struct_name);
    for (size_t i = 0; i < entity->table->column_count; i++)
        append_member(header, entity->members[i].type, entity->members[i].name);
    for (const aq__link_t *link = entity->links; link != NULL; link = link->next)
        if (link->many)
            append_member(header, "aq_many_t", link->name);
        else
            aq_text_appendf(header, "    %s *%s;\n", link->to->struct_name, link->name);
    if (entity->is_ahead)
        aq_text_append(header, "};\n");
    else
        aq_text_appendf(header, "} %s;\n", entity->struct_name);
}

static void append_structs(aq_text_t *header, const aq__plan_t *plan)
{
    size_t models = 0, ahead = 0;

    for (size_t i = 0; i < plan->metadata->table_count; i++) {
        const aq__entity_t *entity = &plan->entities[i];

        if (entity->is_model && models++ == 0)
            append_heading(header, "Structs");
        if (entity->is_ahead)
            aq_text_appendf(header, "%stypedef struct %s %s;\n", ahead++ == 0 ? "\n" : "",
                            entity->struct_name, entity->struct_name);
    }
    for (size_t i = 0; i < plan->metadata->table_count; i++)
        if (plan->entities[i].is_model)
            append_struct(header, &plan->entities[i]);
}

static void append_sequences(aq_text_t *header, aq__plan_t *plan)
{
    size_t count = plan->metadata->sequence_count;

    if (count > 0) {
        append_heading(header, "Sequences");
        aq_text_append_char(header, '\n');
    }
    for (size_t i = 0; i < count; i++)
        aq__write_sequence(header, plan, &plan->tickets[i]);
}

/* ---- Tables and models ------------------------------------------------------------------------------------------------------------- */

/* What stands behind the lists of AQ_MODEL() and AQ_TABLE(). */
static void add_table_options(aq__plan_t *plan, aq__node_t *call, const aq__entity_t *entity,
                              const char *usual)
{
    const aq__table_t *table = entity->table;

    if (strcmp(table->name, usual) != 0)
        aq__option_string(plan, call, "table", table->name);
    aq__option_string(plan, call, "schema", table->schema);
    aq__option_string(plan, call, "bind", plan->metadata->bind);
    if (entity->has_constraints)
        aq__option(plan, call, "constraints",
                   aq__make(&plan->maker, "AQ_LIST(%s_constraints)", entity->prefix));
    if (entity->has_indexes)
        aq__option(plan, call, "indexes", aq__make(&plan->maker, "AQ_LIST(%s_indexes)", entity->prefix));
    aq__option_string(plan, call, "comment", table->comment);
}

static void append_call(aq_text_t *header, const aq__node_t *call)
{
    aq__layout_append(header, call, 0, 1);
    aq_text_append(header, ";\n");
}

static void append_table(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity)
{
    aq__node_t *call = aq__node(&plan->maker, AQ__CALL, NULL, "AQ_TABLE");

    aq_text_append_char(header, '\n');
    if (!entity->is_link)
        aq_text_append(header, "/* No model: it has no primary key. */\n");
    aq__write_columns(header, plan, entity);
    aq__write_constraints(header, plan, entity);
    aq__write_indexes(header, plan, entity);
    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL, entity->prefix);
    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL,
                       aq__make(&plan->maker, "%s_columns", entity->prefix));
    add_table_options(plan, call, entity, entity->prefix);
    append_call(header, call);
}

static void append_model(aq_text_t *header, aq__plan_t *plan, const aq__entity_t *entity)
{
    aq__node_t *call = aq__node(&plan->maker, AQ__CALL, NULL, "AQ_MODEL");
    const char *usual = aq__table_name(plan->maker.arena, entity->struct_name, false);

    plan->maker.failed = plan->maker.failed || usual == NULL;
    append_heading(header, entity->struct_name);
    aq_text_append_char(header, '\n');
    aq__write_columns(header, plan, entity);
    aq__write_relationships(header, plan, entity);
    aq__write_constraints(header, plan, entity);
    aq__write_indexes(header, plan, entity);
    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL, entity->struct_name);
    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL,
                       aq__make(&plan->maker, "%s_columns", entity->prefix));
    (void)aq__node_add(&plan->maker, call, AQ__ATOM, NULL,
                       entity->links != NULL ? aq__make(&plan->maker, "%s_relationships", entity->prefix)
                                             : "AQ_NONE");
    add_table_options(plan, call, entity, usual != NULL ? usual : "");
    append_call(header, call);
}

static void append_tables(aq_text_t *header, aq__plan_t *plan)
{
    size_t written = 0;

    for (size_t i = 0; i < plan->metadata->table_count; i++) {
        const aq__entity_t *entity = &plan->entities[i];

        if (entity->is_model || entity->is_skipped)
            continue;
        if (written++ == 0)
            append_heading(header, "Tables without a model");
        append_table(header, plan, entity);
    }
    for (size_t i = 0; i < plan->metadata->table_count; i++)
        if (plan->entities[i].is_model)
            append_model(header, plan, &plan->entities[i]);
}

/* ---- All of them --------------------------------------------------------------------------------------------------------------------- */

/* Enums that come with no column. */
static void append_adding_enums(aq_text_t *header, aq__plan_t *plan)
{
    const char *bind = plan->metadata->bind;

    for (size_t i = 0; i < plan->metadata->enum_count; i++) {
        const aq__label_t *label = &plan->labels[i];

        if (label->is_used || label->enumeration->label_count == 0)
            continue;
        if (bind == NULL) {
            aq_text_appendf(header, "    wrong |= aq_db_enum(db, %s);\n", label->prefix);
            continue;
        }
        aq_text_append(header, "    wrong |= aq_db_add_enum(db, ");
        aq__layout_append_string(header, bind);
        aq_text_appendf(header, ", &%s_enum);\n", label->prefix);
    }
}

static void append_adding(aq_text_t *header, aq__plan_t *plan, const aq__models_options_t *options)
{
    append_heading(header, "All of them");
    aq_text_append(header, "\n/* Adds them to the db. What is wrong is told again by its seal; the last of "
                           "it: aq_last_error(). */\n");
    aq_text_appendf(header, "static inline int %s_add_models(aq_db_t *db)\n{\n    int wrong = 0;\n\n",
                    words_of(plan, options));
    append_adding_enums(header, plan);
    for (size_t i = 0; i < plan->metadata->sequence_count; i++)
        aq_text_appendf(header, "    wrong |= aq_db_sequence(db, %s);\n", plan->tickets[i].prefix);
    for (size_t i = 0; i < plan->metadata->table_count; i++) {
        const aq__entity_t *entity = &plan->entities[i];

        if (entity->is_model)
            aq_text_appendf(header, "    wrong |= aq_db_model(db, %s);\n", entity->struct_name);
        else if (!entity->is_skipped)
            aq_text_appendf(header, "    wrong |= aq_db_table(db, %s);\n", entity->prefix);
    }
    aq_text_append(header, "    return wrong == 0 ? AQ_OK : aq_last_error()->code;\n}\n");
}

/* Pieces of a literal count as one, so that nothing but this makes a long text one that compilers take without a word. */
static void append_body(aq_text_t *header, const aq_text_t *body, bool has_long_text)
{
    if (has_long_text)
        aq_text_append(header, "\n/* A text here is longer than the 4095 bytes that C promises. */\n"
                               "#ifdef __GNUC__\n#pragma GCC diagnostic push\n"
                               "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n#endif\n");
    aq_text_append(header, aq_text_string(body));
    if (has_long_text)
        aq_text_append(header, "\n#ifdef __GNUC__\n#pragma GCC diagnostic pop\n#endif\n");
    header->failed = header->failed || body->failed;
}

static void append_all(aq_text_t *header, aq__plan_t *plan, const aq__models_options_t *options)
{
    aq_text_t body = {0};

    append_enums(&body, plan);
    append_structs(&body, plan);
    append_sequences(&body, plan);
    append_tables(&body, plan);
    append_adding(&body, plan, options);
    append_top(header, plan, options);
    append_body(header, &body, plan->maker.has_long_text);
    aq_text_append(header, "\n#endif\n");
    aq_text_dispose(&body);
}

int aq__write_models(aq_text_t *header, const aq__metadata_t *metadata, const aq__models_options_t *options,
                     aq__problems_t *problems)
{
    aq__plan_t plan = {.maker = {.arena = aq_arena_create()}, .metadata = metadata, .problems = problems};
    int code = AQ_ENOMEM;

    if (plan.maker.arena == NULL)
        return AQ_ENOMEM;
    code = aq__tool_plan_make(&plan);
    if (code != AQ_ENOMEM)
        append_all(header, &plan, options);
    if (plan.maker.failed || header->failed)
        code = AQ_ENOMEM;
    aq__plan_dispose(&plan);
    aq_arena_close(plan.maker.arena);
    return code;
}
