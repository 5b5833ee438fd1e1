/* What relationships lead to, of many objects at once; and objects by their keys.
 *
 * The happy path: "select post.author_id, post.id, ... from post where post.author_id = any($1)": the first columns tell whose each row is. Keys of several columns are as many arrays, put beside each other by unnest(). Of a query's objects, whatever
 * keys they have: "in (select user.id from user ...)". */
#include "src/orm/compile.h"
#include "src/orm/member.h"
#include "src/orm/session.h"
#include "src/schema/naming.h"

/* ---- Links ------------------------------------------------------------------------------------------------------------------------------- */

size_t aq__relation_link_count(const aq__relation_t *relation)
{
    return relation->direction == AQ__MANY_TO_MANY ? relation->near_count : relation->pair_count;
}

const aq__field_t *aq__relation_link(const aq__relation_t *relation, size_t n)
{
    return relation->direction == AQ__MANY_TO_MANY ? relation->near_fields[n] : relation->pairs[n].near;
}

/* The column on the other side that has the parent's value. */
static void write_far(aq__writer_t *writer, const aq__relation_t *relation, const char *secondary,
                      const aq__use_t *to, size_t n)
{
    if (relation->direction != AQ__MANY_TO_MANY) {
        aq__write_field(writer, to, relation->pairs[n].far);
        return;
    }
    aq__write(writer, secondary);
    aq__write(writer, ".");
    aq__name_append(&writer->sql, relation->near_columns[n]->name);
}

static uint32_t far_oid(const aq__relation_t *relation, size_t n)
{
    return relation->direction == AQ__MANY_TO_MANY ? relation->near_columns[n]->type.oid
                                                   : relation->pairs[n].far->oid;
}

/* Read as the parent's field: of its type. */
static void write_links(aq__writer_t *writer, const aq__relation_t *relation, const char *secondary,
                        const aq__use_t *to)
{
    for (size_t i = 0; i < aq__relation_link_count(relation); i++) {
        uint32_t near = aq__relation_link(relation, i)->oid, far = far_oid(relation, i);

        aq__write(writer, i == 0 ? "" : ", ");
        write_far(writer, relation, secondary, to, i);
        if (near != far && near != AQ_OID_UNKNOWN && aq__oid_name(near) != NULL)
            aq_text_appendf(&writer->sql, "::%s", aq__oid_name(near));
    }
}

static void write_fars(aq__writer_t *writer, const aq__relation_t *relation, const char *secondary,
                       const aq__use_t *to)
{
    size_t count = aq__relation_link_count(relation);

    aq__write(writer, count > 1 ? "(" : "");
    for (size_t i = 0; i < count; i++) {
        aq__write(writer, i == 0 ? "" : ", ");
        write_far(writer, relation, secondary, to, i);
    }
    aq__write(writer, count > 1 ? ")" : "");
}

/* ---- Arrays of keys -------------------------------------------------------------------------------------------------------------------------- */

/* What a column of keys is: its array's type, and how an element becomes the column's. */
static void write_array(aq__writer_t *writer, const aq__field_t *field, size_t number, bool alone)
{
    aq_text_appendf(&writer->sql, "$%zu", number);
    if (!alone || field->cast[0] != '\0')
        aq_text_appendf(&writer->sql, "::%s", field->carrier_type);
    if (alone && field->cast[0] != '\0')
        aq_text_appendf(&writer->sql, "%s[]", field->cast);
}

/* "= any($1)", or "in (select k.k1, k.k2::mood from unnest($1::int4[], $2::text[]) as k (k1, k2))" */
static void write_among(aq__writer_t *writer, const aq__field_t *const *fields, size_t count)
{
    if (count == 1) {
        aq__write(writer, " = any(");
        write_array(writer, fields[0], 1, true);
        aq__write(writer, ")");
        return;
    }
    aq__write(writer, " in (select ");
    for (size_t i = 0; i < count; i++)
        aq_text_appendf(&writer->sql, "%sk.k%zu%s", i == 0 ? "" : ", ", i + 1, fields[i]->cast);
    aq__write(writer, " from unnest(");
    for (size_t i = 0; i < count; i++) {
        aq__write(writer, i == 0 ? "" : ", ");
        write_array(writer, fields[i], i + 1, false);
    }
    aq__write(writer, ") as k (");
    for (size_t i = 0; i < count; i++)
        aq_text_appendf(&writer->sql, "%sk%zu", i == 0 ? "" : ", ", i + 1);
    aq__write(writer, "))");
}

/* The parents' members as the first parameters. */
static void take_members(aq__writer_t *writer, const aq__relation_t *relation, void *const *parents,
                         size_t count)
{
    size_t links = aq__relation_link_count(relation);

    writer->values = aq__writer_alloc(writer, links, sizeof(*writer->values));
    for (size_t i = 0; i < links && writer->code == AQ_OK; i++) {
        int code = aq__member_array(aq__relation_link(relation, i), parents, count, writer->arena,
                                    &writer->values[i]);

        if (code != AQ_OK)
            aq__writer_fail_last(writer, code);
    }
    writer->value_count = writer->value_room = links;
}

/* ---- Of a query --------------------------------------------------------------------------------------------------------------------------------- */

/* " in (select user.id from user where ... limit $1)" */
static void write_around(aq__writer_t *writer, const aq__relation_t *relation, const aq_query_t *around)
{
    size_t links = aq__relation_link_count(relation);
    aq__compiled_t compiled = {0};
    aq__loader_t loader = {.writer = writer, .compiled = &compiled};
    bool nested = around->distinct && (around->limit >= 0 || around->offset > 0);
    aq_text_t outer, inner = {0};
    aq__scope_t scope;

    aq__scope_open(writer, &scope, around, NULL,
                   around->mapper->child_count > 0 && (nested || aq__query_speaks_of_children(around)));
    if (nested && writer->code == AQ_OK) {
        aq_query_t *unlocked = aq_arena_dup(writer->arena, around, sizeof(*around));

        aq__load_plan(&loader, around->mapper, &scope.uses[0], NULL);
        if (unlocked == NULL || writer->code != AQ_OK) {
            aq__writer_fail_last(writer, AQ_ENOMEM);
            return;
        }
        unlocked->lock = AQ_LOCK_NONE;
        outer = writer->sql;
        writer->sql = (aq_text_t){.failed = outer.failed};
        aq__write_inner(writer, unlocked, &scope, &loader);
        inner = writer->sql;
        writer->sql = outer;
    }
    aq__write(writer, " in (select ");
    for (size_t i = 0; i < links && writer->code == AQ_OK; i++) {
        const aq__field_t *near = aq__mapper_field_at(around->mapper, aq__relation_link(relation, i)->offset);

        aq__write(writer, i == 0 ? "" : ", ");
        aq__write_field(writer, &scope.uses[0], near);
    }
    if (nested) {
        aq__write(writer, " from ");
        aq_text_append_bytes(&writer->sql, aq_text_string(&inner), inner.length);
        writer->sql.failed = writer->sql.failed || inner.failed;
        aq_text_dispose(&inner);
    } else {
        aq__write_body(writer, around, &scope);
        if (around->limit >= 0 || around->offset > 0)
            aq__write_orders(writer, around, &scope);
        aq__write_limits(writer, around);
    }
    aq__write(writer, ")");
}

/* ---- Relations ------------------------------------------------------------------------------------------------------------------------------------ */

static void write_relation(aq__loader_t *loader, const aq__relation_t *relation, aq__use_t *to,
                           const aq_query_t *around)
{
    aq__writer_t *writer = loader->writer;
    bool through = relation->direction == AQ__MANY_TO_MANY;
    const char *secondary = through ? aq__writer_alias(writer, relation->secondary->name, NULL) : NULL;
    size_t links = aq__relation_link_count(relation);
    const aq__field_t **fields = aq__writer_alloc(writer, links, sizeof(*fields));

    if (writer->code != AQ_OK)
        return;
    for (size_t i = 0; i < links; i++)
        fields[i] = aq__relation_link(relation, i);
    aq__write(writer, "select ");
    write_links(writer, relation, secondary, to);
    loader->column = links;
    aq__write_shapes(loader, 0);
    aq__write(writer, " from ");
    if (through)
        aq__write_secondary(writer, relation, secondary, to);
    else
        aq__write_use(writer, to);
    aq__write_load_joins(loader);
    aq__write(writer, " where ");
    write_fars(writer, relation, secondary, to);
    if (around != NULL)
        write_around(writer, relation, around);
    else
        write_among(writer, fields, links);
    if (!through && aq__has_identities(to->mapper)) {
        aq__write(writer, " and ");
        aq__write_identities(writer, to);
    }
    aq__write_load_orders(loader,
                          aq__write_relation_order(writer, relation, to, " order by ") ? ", " : " order by ");
}

int aq__relation_compile(aq_session_t *session, const aq__relation_t *relation, void *const *parents,
                         size_t count, aq_query_t *around, aq_query_t *options, aq_arena_t *arena,
                         aq__compiled_t *compiled)
{
    aq__writer_t writer;
    aq__loader_t loader = {.writer = &writer, .compiled = compiled, .options = options};
    aq__path_t path = {NULL, relation};
    aq__use_t to;

    memset(compiled, 0, sizeof(*compiled));
    if (around != NULL && around->error != NULL)
        return aq__query_error(around);
    if (around != NULL && around->sql != NULL)
        return aq__fail(AQ_EINVAL, "'%s.%s': a query of one's own SQL cannot be inside of another",
                        relation->mapper->name, relation->name);
    aq__writer_open(&writer, session->mappers, arena);
    if (around == NULL)
        take_members(&writer, relation, parents, count);
    aq__use_open(&writer, &to, relation->target, NULL, relation->target->child_count > 0);
    if (writer.code == AQ_OK)
        aq__load_plan(&loader, relation->target, &to, &path);
    write_relation(&loader, relation, &to, around);
    compiled->bind = options != NULL && options->has_bind ? options->bind : relation->target->bind;
    compiled->reads = true;
    return aq__writer_end(&writer, compiled);
}

/* ---- Keys -------------------------------------------------------------------------------------------------------------------------------------------- */

static void write_key(aq__writer_t *writer, const aq__mapper_t *mapper, const aq__use_t *use, bool many)
{
    size_t count = mapper->key_count;

    if (!many) {
        for (size_t i = 0; i < count; i++) {
            aq__write(writer, i == 0 ? "" : " and ");
            aq__write_field(writer, use, mapper->key[i]);
            aq_text_appendf(&writer->sql, " = $%zu", i + 1);
        }
        return;
    }
    aq__write(writer, count > 1 ? "(" : "");
    for (size_t i = 0; i < count; i++) {
        aq__write(writer, i == 0 ? "" : ", ");
        aq__write_field(writer, use, mapper->key[i]);
    }
    aq__write(writer, count > 1 ? ")" : "");
    write_among(writer, mapper->key, count);
}

static int compile_key(const aq__mapper_t *mapper, aq_arena_t *arena, bool many, aq__compiled_t *compiled)
{
    aq__writer_t writer;
    aq__loader_t loader = {.writer = &writer, .compiled = compiled};
    aq__use_t use;
    int code;

    memset(compiled, 0, sizeof(*compiled));
    aq__writer_open(&writer, mapper->mappers, arena);
    /* What the key takes the first numbers of. */
    writer.value_count = writer.value_room = mapper->key_count;
    writer.values = aq__writer_alloc(&writer, mapper->key_count, sizeof(*writer.values));
    aq__use_open(&writer, &use, mapper, NULL, mapper->child_count > 0);
    if (writer.code == AQ_OK)
        aq__load_plan(&loader, mapper, &use, NULL);
    aq__write(&writer, "select ");
    aq__write_shapes(&loader, 0);
    aq__write(&writer, " from ");
    aq__write_use(&writer, &use);
    aq__write_load_joins(&loader);
    aq__write(&writer, " where ");
    write_key(&writer, mapper, &use, many);
    if (aq__has_identities(mapper)) {
        aq__write(&writer, " and ");
        aq__write_identities(&writer, &use);
    }
    aq__write_load_orders(&loader, " order by ");
    compiled->bind = mapper->bind;
    compiled->reads = true;
    code = aq__writer_end(&writer, compiled);
    return code;
}

/* What most statements begin with. */
static int list_columns(const aq__mapper_t *mapper, aq_arena_t *arena, aq__key_statements_t *statements)
{
    aq_text_t list = {0};
    char *kept;

    for (size_t i = 0; i < mapper->field_count; i++)
        aq_text_appendf(&list, "%s%s.%s", i == 0 ? "" : ", ", mapper->tables[0].name_sql,
                        mapper->fields[i].sql);
    kept = list.failed ? NULL : aq_arena_strdup(arena, aq_text_string(&list));
    statements->columns = kept;
    statements->length = list.length;
    aq_text_dispose(&list);
    return kept != NULL ? AQ_OK : AQ_ENOMEM;
}

int aq__mapper_compile_keys(const aq__mapper_t *mapper, aq_arena_t *arena, const aq__key_statements_t **made)
{
    aq__key_statements_t *statements = aq_arena_calloc(arena, 1, sizeof(*statements));
    int code = statements != NULL ? AQ_OK : AQ_ENOMEM;

    if (code == AQ_OK)
        code = compile_key(mapper, arena, false, &statements->one);
    if (code == AQ_OK)
        code = compile_key(mapper, arena, true, &statements->many);
    if (code == AQ_OK && mapper->table_count == 1 && mapper->child_count == 0)
        code = list_columns(mapper, arena, statements);
    *made = code == AQ_OK ? statements : NULL;
    return code;
}

int aq__key_compile(aq_session_t *session, const aq__mapper_t *mapper, bool many, aq_arena_t *arena,
                    aq__compiled_t *compiled)
{
    if (mapper->key_statements == NULL)
        return compile_key(mapper, arena, many, compiled);
    (void)session;
    *compiled = many ? mapper->key_statements->many : mapper->key_statements->one;
    return AQ_OK;
}
