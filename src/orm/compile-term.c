/* Terms as SQL: conditions, orders, columns.
 *
 * The happy path: each term writes itself, values become parameters, brackets stand where another precedence could read it otherwise. The failure modes: a column of a model that the query does
 * not have. */
#include "src/orm/compile.h"
#include "src/orm/session.h"
#include "src/schema/naming.h"

static void write_operand(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term);

/* ---- Columns ------------------------------------------------------------------------------------------------------------------------- */

static const char *alias_of(const aq__use_t *use, const aq__table_t *table)
{
    for (size_t i = 0; i < use->table_count; i++)
        if (use->tables[i].table == table)
            return use->tables[i].alias;
    return NULL;
}

void aq__write_field(aq__writer_t *writer, const aq__use_t *use, const aq__field_t *field)
{
    const char *alias;

    if (writer->code != AQ_OK)
        return;
    if (use->inner != NULL) {
        aq__write(writer, use->inner_alias);
        aq__write(writer, ".");
        aq__write_inner_name(writer, use->inner, field);
        return;
    }
    alias = alias_of(use, field->attribute->column->table);
    if (alias == NULL) {
        aq__writer_fail(writer, AQ_EINVAL, "'%s' is not in the query with the table of '%s'",
                        use->mapper->name, field->attribute->name);
        return;
    }
    aq__write(writer, alias);
    aq__write(writer, ".");
    aq__write(writer, field->sql);
}

/* The field of the use's mapper, or of a child's, that the column of `mapper` is there; NULL: none. */
static const aq__field_t *field_in(const aq__use_t *use, const aq__mapper_t *mapper, const aq__field_t *field)
{
    if (use->mapper == mapper)
        return field;
    if (aq__mapper_is_a(use->mapper, mapper))
        return aq__mapper_field_at(use->mapper, field->offset);
    if (aq__mapper_is_a(mapper, use->mapper)) { /* a child's: inherited members are in the base's own table */
        const aq__field_t *base = aq__mapper_field_at(use->mapper, field->offset);

        return base != NULL ? base : field;
    }
    return NULL;
}

static bool is_named(const aq__use_t *use, const char *alias)
{
    return alias == NULL || (use->name != NULL && strcmp(use->name, alias) == 0);
}

const aq__use_t *aq__scope_find(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *column,
                                const aq__field_t **field)
{
    for (; scope != NULL; scope = scope->outer)
        for (size_t i = 0; i < scope->count; i++) {
            *field = field_in(&scope->uses[i], column->mapper, column->field);
            if (*field != NULL && is_named(&scope->uses[i], column->alias))
                return &scope->uses[i];
        }
    if (column->alias != NULL)
        aq__writer_fail(writer, AQ_EINVAL, "no use of '%s' in the query is called '%s'", column->mapper->name,
                        column->alias);
    else
        aq__writer_fail(writer, AQ_EINVAL, "'%s' is not in the query: aq_join() it first",
                        column->mapper->name);
    return NULL;
}

/* Whether it is a member or not. */
void aq__write_column(aq__writer_t *writer, const aq__use_t *use, const aq__column_t *column)
{
    const aq__field_t *field = aq__mapper_field_of(use->mapper, column);
    const char *alias;

    if (field != NULL || writer->code != AQ_OK) {
        if (field != NULL)
            aq__write_field(writer, use, field);
        return;
    }
    alias = use->inner == NULL ? alias_of(use, column->table) : NULL;
    if (alias == NULL) {
        aq__writer_fail(writer, AQ_EINVAL, "column '%s.%s' is no member of '%s'", column->table->name,
                        column->name, use->mapper->name);
        return;
    }
    aq__write(writer, alias);
    aq__write(writer, ".");
    aq__name_append(&writer->sql, column->name);
}

static void write_column(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *column)
{
    const aq__field_t *field;
    const aq__use_t *use;

    if (writer->code != AQ_OK)
        return;
    use = aq__scope_find(writer, scope, column, &field);
    if (use != NULL)
        aq__write_field(writer, use, field);
}

/* ---- Fragments -------------------------------------------------------------------------------------------------------------------------- */

static bool is_owner(const char *name, const aq__piece_t *piece)
{
    return name != NULL && strlen(name) == piece->owner && memcmp(name, piece->text, piece->owner) == 0;
}

/* Whether the part before the dot is this use's name, of aq_join_as(), or, the second time, its model or one that it inherits from. */
static bool is_owner_of(const aq__use_t *use, const aq__piece_t *piece, bool by_name)
{
    if (by_name)
        return is_owner(use->name, piece);
    for (const aq__mapper_t *mapper = use->mapper; mapper != NULL; mapper = mapper->base)
        if (is_owner(mapper->name, piece))
            return true;
    return false;
}

/* "User.age": the member of a use's model. */
static bool write_piece_of(aq__writer_t *writer, const aq__use_t *use, const aq__piece_t *piece, bool by_name)
{
    char member[256];
    size_t length = piece->length - piece->owner - 1;
    const aq__field_t *field;

    if (!is_owner_of(use, piece, by_name) || length >= sizeof(member))
        return false;
    memcpy(member, piece->text + piece->owner + 1, length);
    member[length] = '\0';
    field = aq__mapper_field(use->mapper, member);
    if (field == NULL)
        aq__writer_fail(writer, AQ_EINVAL, "'%s' has no column '%s'", use->mapper->name, member);
    else
        aq__write_field(writer, use, field);
    return true;
}

static void write_column_piece(aq__writer_t *writer, const aq__scope_t *scope, const aq__piece_t *piece)
{
    for (; scope != NULL; scope = scope->outer)
        for (size_t i = 0; i < 2 * scope->count; i++)
            if (write_piece_of(writer, &scope->uses[i % scope->count], piece, i < scope->count))
                return;
    aq__writer_fail(writer, AQ_EINVAL, "'%.*s' is not in the query: aq_join() it first", (int)piece->owner,
                    piece->text);
}

/* Its $n become the statement's, each value once. */
static void write_fragment(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term)
{
    size_t *numbers = aq__writer_alloc(writer, term->arguments.count + 1, sizeof(*numbers));

    for (size_t i = 0; writer->code == AQ_OK && i < term->fragment->piece_count; i++) {
        const aq__piece_t *piece = &term->fragment->pieces[i];

        switch (piece->kind) {
        case AQ__PIECE_TEXT: aq_text_append_bytes(&writer->sql, piece->text, piece->length); break;
        case AQ__PIECE_COLUMN: write_column_piece(writer, scope, piece); break;
        case AQ__PIECE_PARAMETER:
            if (numbers[piece->number] == 0)
                numbers[piece->number] = aq__write_value(writer, &term->arguments.values[piece->number]);
            else
                aq_text_appendf(&writer->sql, "$%zu", numbers[piece->number]);
            break;
        }
    }
}

/* ---- Comparisons ---------------------------------------------------------------------------------------------------------------------------- */

static const char *operator_of(aq_comparison_t comparison)
{
    switch (comparison) {
    case AQ_EQ: return " = ";
    case AQ_NE: return " <> ";
    case AQ_LT: return " < ";
    case AQ_LE: return " <= ";
    case AQ_GT: return " > ";
    case AQ_GE: return " >= ";
    case AQ_LIKE:
    case AQ_STARTS_WITH:
    case AQ_ENDS_WITH:
    case AQ_CONTAINS: return " like ";
    case AQ_ILIKE: return " ilike ";
    case AQ_NOT_LIKE: return " not like ";
    case AQ_NOT_ILIKE: return " not ilike ";
    case AQ_IS_DISTINCT_FROM: return " is distinct from ";
    case AQ_IS_NOT_DISTINCT_FROM: return " is not distinct from ";
    }
    return " = ";
}

/* Of a text that is no value here there is nothing to escape: functions find it. */
static bool write_contained(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term)
{
    const char *before, *between, *after;

    if (term->right->kind == AQ_EXPRESSION_VALUE)
        return false;
    switch ((int)term->comparison) {
    case AQ_STARTS_WITH: before = "starts_with(", between = ", ", after = ")"; break;
    case AQ_CONTAINS: before = "strpos(", between = ", ", after = ") > 0"; break;
    case AQ_ENDS_WITH: before = "starts_with(reverse(", between = "), reverse(", after = "))"; break;
    default: return false;
    }
    aq__write(writer, before);
    write_operand(writer, scope, term->left);
    aq__write(writer, between);
    write_operand(writer, scope, term->right);
    aq__write(writer, after);
    return true;
}

static void write_compare(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term)
{
    if (write_contained(writer, scope, term))
        return;
    write_operand(writer, scope, term->left);
    aq__write(writer, operator_of(term->comparison));
    write_operand(writer, scope, term->right);
}

static void write_items(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term)
{
    bool all = term->kind == AQ_EXPRESSION_AND;

    if (term->count == 0)
        aq__write(writer, all ? "true" : "false");
    for (size_t i = 0; i < term->count; i++) {
        aq__write(writer, i == 0 ? "" : all ? " and " : " or ");
        write_operand(writer, scope, term->items[i]);
    }
}

static void write_exists(aq__writer_t *writer, const aq__scope_t *outer, const aq__term_t *term)
{
    aq__scope_t scope;

    aq__scope_open(writer, &scope, term->query, outer, aq__query_speaks_of_children(term->query));
    aq__write(writer, "exists (select 1");
    aq__write_body(writer, term->query, &scope);
    if (term->query->offset > 0 || term->query->limit >= 0)
        aq__write_limits(writer, term->query);
    aq__write(writer, ")");
}

static void write_test(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term,
                       const char *test)
{
    write_operand(writer, scope, term->left);
    aq__write(writer, test);
}

static void write_in(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term)
{
    write_test(writer, scope, term, term->kind == AQ_EXPRESSION_IN ? " = any(" : " <> all(");
    write_operand(writer, scope, term->right);
    aq__write(writer, ")");
}

/* ---- Terms ------------------------------------------------------------------------------------------------------------------------------------ */

void aq__write_direction(aq__writer_t *writer, bool descending, aq_nulls_t nulls)
{
    if (descending)
        aq__write(writer, " desc");
    switch (nulls) {
    case AQ_NULLS_DEFAULT: break;
    case AQ_NULLS_FIRST: aq__write(writer, " nulls first"); break;
    case AQ_NULLS_LAST: aq__write(writer, " nulls last"); break;
    }
}

void aq__write_term(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term)
{
    switch (term->kind) {
    case AQ_EXPRESSION_COLUMN: write_column(writer, scope, term); break;
    case AQ_EXPRESSION_VALUE:
        aq__write_value(writer, &term->value);
        aq__write(writer, term->cast);
        break;
    case AQ_EXPRESSION_COMPARE: write_compare(writer, scope, term); break;
    case AQ_EXPRESSION_IN:
    case AQ_EXPRESSION_NOT_IN: write_in(writer, scope, term); break;
    case AQ_EXPRESSION_BETWEEN:
        write_test(writer, scope, term, " between ");
        write_operand(writer, scope, term->items[0]);
        aq__write(writer, " and ");
        write_operand(writer, scope, term->items[1]);
        break;
    case AQ_EXPRESSION_IS_NULL: write_test(writer, scope, term, " is null"); break;
    case AQ_EXPRESSION_NOT_NULL: write_test(writer, scope, term, " is not null"); break;
    case AQ_EXPRESSION_AND:
    case AQ_EXPRESSION_OR: write_items(writer, scope, term); break;
    case AQ_EXPRESSION_NOT:
        aq__write(writer, "not ");
        write_operand(writer, scope, term->left);
        break;
    case AQ_EXPRESSION_EXISTS: write_exists(writer, scope, term); break;
    case AQ_EXPRESSION_FRAGMENT: write_fragment(writer, scope, term); break;
    case AQ_EXPRESSION_ORDER:
        aq__write_term(writer, scope, term->left);
        aq__write_direction(writer, term->descending, term->nulls);
        break;
    case AQ_EXPRESSION_LABEL:
        aq__write_term(writer, scope, term->left);
        aq__write(writer, " as ");
        aq__name_append(&writer->sql, term->text);
        break;
    }
}

/* In brackets, unless it is one word. */
static void write_operand(aq__writer_t *writer, const aq__scope_t *scope, const aq__term_t *term)
{
    bool bare = term->kind == AQ_EXPRESSION_COLUMN || term->kind == AQ_EXPRESSION_VALUE ||
                term->kind == AQ_EXPRESSION_EXISTS;

    aq__write(writer, bare ? "" : "(");
    aq__write_term(writer, scope, term);
    aq__write(writer, bare ? "" : ")");
}

/* Alone a condition needs no brackets, and neither does one that AND binds no tighter than its own. */
static bool needs_brackets(const aq__term_t *term)
{
    return term->kind == AQ_EXPRESSION_OR || term->kind == AQ_EXPRESSION_AND ||
           term->kind == AQ_EXPRESSION_FRAGMENT;
}

void aq__write_terms(aq__writer_t *writer, const aq__scope_t *scope, const aq__terms_t *terms,
                     const char *before, const char *between)
{
    for (size_t i = 0; writer->code == AQ_OK && i < terms->count; i++) {
        aq__write(writer, i == 0 ? before : between);
        if (needs_brackets(terms->items[i]))
            write_operand(writer, scope, terms->items[i]);
        else
            aq__write_term(writer, scope, terms->items[i]);
    }
}

/* ---- Children ------------------------------------------------------------------------------------------------------------------------------------- */

static bool speaks(const aq__mapper_t *mapper, const aq__term_t *term)
{
    if (term == NULL)
        return false;
    if (term->kind == AQ_EXPRESSION_COLUMN && term->mapper != mapper && aq__mapper_is_a(term->mapper, mapper))
        return true;
    for (size_t i = 0; i < term->count; i++)
        if (speaks(mapper, term->items[i]))
            return true;
    return speaks(mapper, term->left) || speaks(mapper, term->right);
}

static bool terms_speak(const aq__mapper_t *mapper, const aq__terms_t *terms)
{
    for (size_t i = 0; i < terms->count; i++)
        if (speaks(mapper, terms->items[i]))
            return true;
    return false;
}

bool aq__query_speaks_of_children(const aq_query_t *query)
{
    return query->mapper->child_count > 0 &&
           (terms_speak(query->mapper, &query->filters) || terms_speak(query->mapper, &query->orders) ||
            terms_speak(query->mapper, &query->groups) || terms_speak(query->mapper, &query->havings) ||
            terms_speak(query->mapper, &query->columns));
}
