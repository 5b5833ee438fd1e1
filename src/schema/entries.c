/* Entries: the columns of a declaration, with those of its mixins and its abstract parents among them.
 *
 * The happy path: a list of columns is opened, each mixin in the place where it stands.
 * The failure modes: a column that is wrong by itself (check.c), a second one of the same name or of the same member, and columns of
 * another struct, which would read and write the wrong place. */
#include <string.h>

#include "src/schema/models.h"
#include "src/schema/naming.h"

/* ---- Opening ----------------------------------------------------------------------------------------------------------------- */

/* The member itself: "timestamps.created" -> "created". */
static const char *last_part(const char *member)
{
    const char *dot = strrchr(member, '.');

    return dot != NULL ? dot + 1 : member;
}

static int add_entry(aq__entries_t *entries, const aq__entry_t *entry)
{
    aq__entry_t *items = aq__grow(entries->arena, entries->items, entries->count, sizeof(*items));

    if (items == NULL)
        return AQ_ENOMEM;
    items[entries->count++] = *entry;
    entries->items = items;
    return AQ_OK;
}

/* `prefix` is the member that the columns are in: "timestamps.", or "". */
static int open_columns(aq__entries_t *entries, const aq_column_t *columns, size_t count, const char *owner,
                        const char *file, const char *prefix, size_t offset)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code == AQ_OK; i++) {
        const aq_column_t *column = &columns[i];
        const aq_mixin_t *mixin = column->mixin;
        aq__entry_t entry = {.column = column,
                             .offset = offset + column->offset,
                             .owner = owner,
                             .source = {file, column->line, 0}};

        if (column->attribute != NULL) {
            entry.attribute = aq_arena_printf(entries->arena, "%s%s%s", prefix, column->attribute,
                                              mixin != NULL ? "." : "");
            if (entry.attribute == NULL)
                return AQ_ENOMEM;
        }
        entry.name = column->name != NULL      ? column->name
                     : entry.attribute != NULL ? last_part(entry.attribute)
                                               : "";
        entry.label = column->attribute != NULL ? column->attribute : entry.name;
        code = mixin != NULL ? open_columns(entries, mixin->columns, mixin->column_count, mixin->name,
                                            mixin->file, entry.attribute, entry.offset)
                             : add_entry(entries, &entry);
    }
    return code;
}

int aq__entries_open(aq__entries_t *entries, const aq_column_t *columns, size_t count, const char *owner,
                     const char *file)
{
    return open_columns(entries, columns, count, owner, file, "", 0);
}

/* Takes the place of an inherited one of the same member; false: there is none. */
static bool replace_inherited(aq__entries_t *entries, size_t inherited, const aq__entry_t *entry)
{
    for (size_t i = 0; i < inherited; i++)
        if (entries->items[i].offset == entry->offset) {
            entries->items[i] = *entry;
            return true;
        }
    return false;
}

int aq__entries_collect(const aq__model_t *model, aq__entries_t *entries)
{
    const aq_model_t *declared = model->declared;
    const aq__model_t *parent = aq__abstract_parent(model);
    int code = parent != NULL ? aq__entries_collect(parent, entries) : AQ_OK;
    size_t inherited = entries->count, kept = inherited;

    if (code == AQ_OK)
        code =
            aq__entries_open(entries, declared->columns, declared->column_count, model->name, declared->file);
    for (size_t i = inherited; i < entries->count; i++)
        if (!replace_inherited(entries, inherited, &entries->items[i]))
            entries->items[kept++] = entries->items[i];
    entries->count = kept;
    return code;
}

/* ---- Checking ---------------------------------------------------------------------------------------------------------------- */

static const char *entry_label(const aq__entry_t *entry)
{
    return entry->attribute != NULL ? entry->attribute : entry->name;
}

int aq__check_name(aq__model_registry_t *registry, aq__source_t source, const char *name, const char *format,
                   ...)
{
    aq_text_t what = {0};
    va_list arguments;
    int code = AQ_ENOMEM;

    if (aq__name_check("", name) == AQ_OK)
        return AQ_OK;
    va_start(arguments, format);
    aq_text_vappendf(&what, format, arguments);
    va_end(arguments);
    if (!what.failed && aq__name_check(aq_text_string(&what), name) == AQ_EMAPPING)
        code = aq__problem_add(&registry->problems, source, "%s", aq_last_error()->message);
    aq_text_dispose(&what);
    return code;
}

/* Two columns of one name, or of one member. */
static int check_against(aq__model_registry_t *registry, const char *what, const aq__entry_t *entry,
                         const aq__entry_t *others, size_t count)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code != AQ_ENOMEM; i++) {
        const aq__entry_t *other = &others[i];

        if (strcmp(entry->name, other->name) == 0)
            code = aq__problem_add(&registry->problems, entry->source,
                                   "%s.%s: the column '%s' is declared already, for %s", what,
                                   entry_label(entry), entry->name, entry_label(other));
        else if (entry->attribute != NULL && entry->offset == other->offset)
            code = aq__problem_add(&registry->problems, entry->source,
                                   "%s.%s: the member is the column '%s' already", what, entry_label(entry),
                                   other->name);
    }
    return code;
}

static int check_one(aq__model_registry_t *registry, const aq__entry_t *entry)
{
    int code = aq__check_entry(entry, &registry->problems);

    if (code != AQ_ENOMEM)
        code = aq__worse(code, aq__check_name(registry, entry->source, entry->name, "%s.%s: column",
                                              entry->owner, entry->label));
    return code;
}

/* Each entry by itself, and against those before it. One that is wrong by itself stays, so that what names it is not wrong as well; the
 * second of a name or of a member goes. */
int aq__entries_check(aq__model_registry_t *registry, const char *what, aq__entries_t *entries)
{
    int code = AQ_OK;
    size_t kept = 0;

    for (size_t i = 0; i < entries->count && code != AQ_ENOMEM; i++) {
        aq__entry_t entry = entries->items[i];
        int one = check_one(registry, &entry), many = AQ_OK;

        if (one != AQ_ENOMEM && kept > 0)
            many = check_against(registry, what, &entry, entries->items, kept);
        entry.refused = one != AQ_OK;
        if (many == AQ_OK)
            entries->items[kept++] = entry;
        code = aq__worse(code, aq__worse(one, many));
    }
    entries->count = kept;
    return code;
}

/* Columns say which struct they are members of; one of another would read and write the wrong place. */
int aq__check_structs(aq__model_registry_t *registry, const char *what, const aq_column_t *columns,
                      size_t count, const char *name, const char *file)
{
    int code = AQ_OK;

    for (size_t i = 0; i < count && code != AQ_ENOMEM; i++) {
        const aq_column_t *column = &columns[i];
        aq__source_t source = {file, column->line, 0};

        if (column->model == NULL && name != NULL)
            code =
                aq__problem_add(&registry->problems, source, "%s: its column '%s' is no member of a struct",
                                what, column->name != NULL ? column->name : "");
        else if (column->model != NULL && name == NULL)
            code =
                aq__problem_add(&registry->problems, source, "%s: its column is %s.%s, a member of a struct",
                                what, column->model, column->attribute);
        else if (name != NULL && strcmp(column->model, name) != 0)
            code =
                aq__problem_add(&registry->problems, source, "%s: its columns have %s.%s, of another struct",
                                what, column->model, column->attribute);
        else if (column->mixin != NULL)
            code = aq__check_structs(registry, column->mixin->name, column->mixin->columns,
                                     column->mixin->column_count, column->mixin->name, column->mixin->file);
    }
    return code;
}
