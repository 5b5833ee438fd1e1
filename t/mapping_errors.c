/* Wrong declarations as the original has them (vectors: errors.json, names that start with "mapping_"): each is refused with a text of
 * ours, and what the original lets pass is taken. */
#include "tap.h"

#include "t/declared.h"

#include <string.h>

typedef struct A A;
typedef struct B B;
struct A {
    aq_object_t object;
    int32_t id;
    int32_t x;
    B *b;
    aq_many_t bs;
};
struct B {
    aq_object_t object;
    int32_t id;
    int32_t a_id;
    int32_t other_id;
    A *a;
};

static const aq_column_t a_columns[] = {AQ_INT4(A, id, .primary_key = true)};
static const aq_column_t b_columns[] = {AQ_INT4(B, id, .primary_key = true)};
static const aq_column_t b_to_a[] = {AQ_INT4(B, id, .primary_key = true),
                                     AQ_INT4(B, a_id, .references = AQ_REF(A, id))};
static const aq_column_t b_twice_to_a[] = {AQ_INT4(B, id, .primary_key = true),
                                           AQ_INT4(B, a_id, .references = AQ_REF(A, id)),
                                           AQ_INT4(B, other_id, .references = AQ_REF(A, id))};
static const aq_column_t to_nowhere[] = {AQ_INT4(A, id, .primary_key = true),
                                         AQ_INT4(A, x, .references = "zzz.id")};
static const aq_column_t to_no_column[] = {AQ_INT4(A, id, .primary_key = true),
                                           AQ_INT4(A, x, .references = "b.nope")};
static const aq_column_t negative[] = {AQ_COLUMN(INT4, "id", .primary_key = true),
                                       AQ_COLUMN(VARCHAR, "s", .length = -1)};
static const aq_column_t zero[] = {AQ_COLUMN(INT4, "id", .primary_key = true),
                                   AQ_COLUMN(VARCHAR, "s", .length = 0)};
static const aq_relationship_t to_nope[] = {
    {.name = "nope", .model = "A", .target = "Nope", .offset = offsetof(A, b)}};
static const aq_relationship_t many_bs[] = {AQ_MANY(A, bs, B)};
static const aq_relationship_t bogus_bs[] = {AQ_MANY(A, bs, B, .lazy = 99)};
static const aq_relationship_t one_a[] = {AQ_ONE(B, a, A)};
static const aq_relationship_t orphan_a[] = {
    AQ_ONE(B, a, A, .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN)};

/* Models A and B, or one of them, or a plain table; and our text, "" where it is right. */
typedef struct mapping {
    const char *name, *text;
    const aq_column_t *a, *b, *plain;
    size_t a_count, b_count;
    const aq_relationship_t *of_a, *of_b;
    bool a_again; /* another model of this name */
} mapping_t;

#define COLUMNS(which, list) .which = list, .which##_count = AQ__COUNT_OF(list)

static const mapping_t mappings[] = {
    {.name = "unknown_class_name",
     .text = "A.nope: there is no model 'Nope': was it added?",
     COLUMNS(a, a_columns),
     .of_a = to_nope},
    {.name = "no_foreign_key",
     .text = "A.bs: no foreign key links 'a' and 'b': one of them needs a column with .references",
     COLUMNS(a, a_columns),
     COLUMNS(b, b_columns),
     .of_a = many_bs},
    {.name = "ambiguous_foreign_keys",
     .text = "B.a: several foreign keys link 'b' and 'a' (a_id, other_id): .foreign_keys must say which",
     COLUMNS(a, a_columns),
     COLUMNS(b, b_twice_to_a),
     .of_b = one_a},
    {.name = "fk_to_unknown_table",
     .text = "a.x: its foreign key refers to 'zzz.id', but there is no table 'zzz'",
     COLUMNS(a, to_nowhere)},
    {.name = "fk_to_unknown_column",
     .text = "a.x: its foreign key refers to 'b.nope', but table 'b' has no column 'nope'",
     COLUMNS(a, to_no_column),
     COLUMNS(b, b_columns)},
    {.name = "bad_lazy_value",
     .text = "A.bs: .lazy is 99, which is no aq_lazy_t",
     COLUMNS(a, a_columns),
     COLUMNS(b, b_to_a),
     .of_a = bogus_bs},
    {.name = "delete_orphan_on_many_side",
     .text = "B.a: AQ_CASCADE_DELETE_ORPHAN is for the one side of one-to-many, and this is many-to-one: "
             "others may refer to the same object, unless .single_parent says no",
     COLUMNS(a, a_columns),
     COLUMNS(b, b_to_a),
     .of_b = orphan_a},
    {.name = "same_class_and_table_twice",
     .text = "A: another model has this name (a.c:1)",
     COLUMNS(a, a_columns),
     .a_again = true},
    {.name = "string_negative_length",
     .text = "table 'plain'.s: .length is -1: it is 1 to 10485760",
     .plain = negative},
    {.name = "string_zero_length", .text = "", .plain = zero},
};

static const mapping_t *find(const char *name)
{
    for (size_t i = 0; i < AQ__COUNT_OF(mappings); i++)
        if (strcmp(mappings[i].name, name) == 0)
            return &mappings[i];
    return NULL;
}

static void check_mapping(const mapping_t *mapping)
{
    aq_model_t a = {.name = "A",
                    .columns = mapping->a,
                    .column_count = mapping->a_count,
                    .relationships = mapping->of_a,
                    .relationship_count = mapping->of_a != NULL,
                    .file = "a.c",
                    .line = 1};
    aq_model_t b = {.name = "B",
                    .columns = mapping->b,
                    .column_count = mapping->b_count,
                    .relationships = mapping->of_b,
                    .relationship_count = mapping->of_b != NULL};
    aq_model_t again = a;
    aq_table_t plain = {.table = "plain", .columns = mapping->plain, .column_count = 2};
    aq__model_registry_t *registry = aq__models_create();

    again.line = 2;
    if (mapping->a != NULL)
        (void)aq__models_add(registry, &a);
    if (mapping->b != NULL)
        (void)aq__models_add(registry, &b);
    if (mapping->a_again)
        (void)aq__models_add(registry, &again);
    if (mapping->plain != NULL)
        (void)aq__models_add_table(registry, &plain);
    has_problems(registry, mapping->text, mapping->name);
}

int main(void)
{
    static const char prefix[] = "mapping_";
    json_t *vectors = vectors_load("errors.json"), *row;
    size_t index;

    aq_set_allocator(counting_allocator, NULL);
    json_array_foreach(json_object_get(vectors, "rows"), index, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        const mapping_t *mapping;

        if (strncmp(name, prefix, strlen(prefix)) != 0)
            continue;
        mapping = find(name + strlen(prefix));
        if (ok(mapping != NULL, "vector %s is known", name))
            check_mapping(mapping);
    }
    json_decref(vectors);
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
