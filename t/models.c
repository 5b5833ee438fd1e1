/* Models: from const data to metadata, attributes and relationships; every text about wrong models and relationships. (About wrong
 * columns, constraints and indexes: t/refused.c. What the compiler finds: t/models_wrong.t.) */
#include "tap.h"

#include "t/declared.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- A blog, with everything ---------------------------------------------------------------------------------------------- */

typedef enum mood { MOOD_SAD, MOOD_HAPPY } mood_t;
static const char *const mood_labels[] = {[MOOD_SAD] = "sad", [MOOD_HAPPY] = "happy"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels), .comment = "how one is"};

typedef struct point {
    double x, y;
} point_t;

static int encode_point(void *data, const void *member, aq_arena_t *arena, aq_bytes_t *value)
{
    const point_t *point = member;

    (void)data;
    value->data = aq_arena_printf(arena, "(%g,%g)", point->x, point->y);
    value->length = value->data != NULL ? strlen(value->data) : 0;
    return value->data != NULL ? AQ_OK : AQ_ENOMEM;
}

static int decode_point(void *data, aq_bytes_t value, aq_arena_t *arena, void *member)
{
    (void)data, (void)value, (void)arena, (void)member;
    return AQ_OK;
}

static const aq_custom_t point_type = {.sql_type = "point", .encode = encode_point, .decode = decode_point};

typedef struct Stamps {
    aq_timestamp_t created;
    aq_timestamp_null_t updated;
} Stamps;
static const aq_column_t stamps_columns[] = {
    AQ_TIMESTAMPTZ(Stamps, created, .server_default = "now()", .precision = 3),
    AQ_TIMESTAMPTZ_NULL(Stamps, updated, .precision = AQ_PRECISION_0),
};
AQ_MIXIN(Stamps, stamps_columns);

typedef struct Post Post;
typedef struct Tag Tag;
typedef struct User {
    aq_object_t object;
    int64_t id;
    const char *username;
    const char *price;
    mood_t mood;
    aq_enum_array_t moods;
    point_t home;
    aq_text_array_t words;
    const char *email;
    int16_t counter;
    Stamps stamps;
    aq_many_t posts;
    Post *best;
} User;
struct Post {
    aq_object_t object;
    int32_t id;
    int64_t author_id;
    aq_int8_null_t editor_id;
    aq_int4_null_t parent_id;
    const char *title;
    Stamps stamps;
    User *author;
    User *editor;
    Post *parent;
    aq_many_t replies;
    aq_many_t tags;
};
struct Tag {
    aq_object_t object;
    const char *name;
    aq_many_t posts;
};

static const aq_column_t user_columns[] = {
    AQ_INT8(User, id, .primary_key = true, .sequence = {.start = 1000, .increment = 10, .cycle = true}),
    AQ_VARCHAR(User, username, 80, .unique = true, .collation = "C", .comment = "what one logs in with"),
    AQ_NUMERIC_NULL(User, price, .precision = 10, .scale = 2, .check = "price > 0"),
    AQ_ENUM(User, mood, &mood_enum, .server_default = "'sad'"),
    AQ_ENUM_ARRAY(User, moods, &mood_enum),
    AQ_CUSTOM_NULL(User, home, point_t, &point_type),
    AQ_TEXT_ARRAY_NULL(User, words, .index = true),
    AQ_TEXT_NULL(User, email, .sql_type = "citext", .unique = true, .index = true),
    AQ_INT2(User, counter, .name = "Counter", .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_MIX(User, stamps, Stamps),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author", .foreign_keys = AQ_COLUMNS("author_id"),
            .order_by = "stamps.created desc nulls last, id",
            .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN, .passive_deletes = true),
};
static const aq_constraint_t user_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("username", "stamps.created"), .name = "once", .nulls_not_distinct = true,
              .include = AQ_COLUMNS(AQ_NAME(User, price)), .deferrable = AQ_INITIALLY_IMMEDIATE),
    AQ_CHECK("price < 100", .name = "cheap", .name_final = true, .no_inherit = true),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "username", .with = "="},
                                 {.expression = "lower(email)", .with = "<>"}),
               .method = "btree", .where = "price > 0"),
};
static const aq_index_t user_indexes[] = {
    {.columns = AQ_COLUMNS("counter", "id"), .unique = true, .name = "twice"},
    {.parts = AQ_PARTS({.expression = "lower(username)", .opclass = "text_pattern_ops", .descending = true},
                       {.column = "email", .nulls = AQ_NULLS_FIRST, .collation = "C"}),
     .name = "by_name",
     .method = "btree",
     .where = "price is null",
     .storage = "fillfactor = 70",
     .include = AQ_COLUMNS("mood")},
};
AQ_MODEL(User, user_columns, user_relationships, .constraints = AQ_LIST(user_constraints),
         .indexes = AQ_LIST(user_indexes), .comment = "who may log in");

static const aq_column_t post_tags_columns[] = {
    AQ_COLUMN(INT4, "post_id", .primary_key = true, .references = AQ_REF(Post, id)),
    AQ_COLUMN(VARCHAR, "tag", .length = 20, .nullable = true),
};
static const aq_constraint_t post_tags_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("tag"), .model = AQ_STRUCT(Tag), .name = "to_tag",
                   .match_full = true, .on_delete = AQ_SET_NULL, .on_delete_columns = AQ_COLUMNS("tag")),
};
AQ_TABLE(post_tags, post_tags_columns, .constraints = AQ_LIST(post_tags_constraints),
         .comment = "which has which");

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_INT8(Post, author_id, .references = AQ_REF(User, id), .on_delete = AQ_CASCADE,
            .on_update = AQ_RESTRICT, .deferrable = AQ_INITIALLY_DEFERRED),
    AQ_INT8_NULL(Post, editor_id, .references = "user.id", .on_delete = AQ_SET_NULL),
    AQ_INT4_NULL(Post, parent_id, .references = AQ_REF(Post, id)),
    AQ_TEXT(Post, title),
    AQ_MIX(Post, stamps, Stamps),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, author, User, .back_populates = "posts", .foreign_keys = AQ_COLUMNS("author_id"),
           .lazy = AQ_LAZY_JOINED),
    AQ_ONE(Post, editor, User, .foreign_keys = AQ_COLUMNS("editor_id"), .cascade = AQ_CASCADE_NONE,
           .backref = AQ_BACKREF(User, best, Post)),
    AQ_ONE(Post, parent, Post, .back_populates = "replies"),
    AQ_MANY(Post, replies, Post, .remote_side = AQ_COLUMNS("parent_id")),
    AQ_MANY(Post, tags, Tag, .secondary = &post_tags_table,
            .backref = AQ_BACKREF(Tag, posts, Post, .lazy = AQ_LAZY_DYNAMIC)),
};
AQ_MODEL(Post, post_columns, post_relationships);

static const aq_column_t tag_columns[] = {AQ_VARCHAR(Tag, name, 20, .primary_key = true)};
AQ_MODEL(Tag, tag_columns, AQ_NONE);

static aq__model_registry_t *make_blog(void)
{
    aq__model_registry_t *registry = aq__models_create();

    if (registry == NULL)
        return NULL;
    if (aq__models_add(registry, &User_model) == AQ_OK &&
        aq__models_add_table(registry, &post_tags_table) == AQ_OK &&
        aq__models_add(registry, &Post_model) == AQ_OK && aq__models_add(registry, &Tag_model) == AQ_OK &&
        aq__models_seal(registry) == AQ_OK)
        return registry;
    aq__models_close(registry);
    return NULL;
}

/* ---- Its metadata, in one text ------------------------------------------------------------------------------------------------ */

static void append_columns(aq_text_t *text, aq__column_t *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        aq_text_appendf(text, "%s%s", i == 0 ? "" : ",", columns[i]->name);
}

static void append_type(aq_text_t *text, const aq__type_t *type)
{
    if (type->oid != 0)
        aq_text_appendf(text, "#%u", (unsigned)type->oid);
    if (type->name != NULL)
        aq_text_appendf(text, "%s%s", type->name, type->enumeration != NULL ? "(enum)" : "(?)");
    if (type->text != NULL)
        aq_text_appendf(text, "'%s'", type->text);
    for (int i = 0; i < type->modifier_count; i++)
        aq_text_appendf(text, "%s%d", i == 0 ? "/" : ",", type->modifiers[i]);
    if (type->array)
        aq_text_append(text, "[]");
}

static void append_column(aq_text_t *text, const aq__column_t *column)
{
    static const char *const automatic[] = {"?", "", " serial", " identity", " always"};

    aq_text_appendf(text, "  %s ", column->name);
    append_type(text, &column->type);
    aq_text_appendf(text, "%s%s", column->not_null ? " not null" : "", automatic[column->autoincrement]);
    if (column->server_default != NULL)
        aq_text_appendf(text, " default %s", column->server_default);
    if (column->sequence != NULL)
        aq_text_appendf(text, " start %d increment %d%s", (int)column->sequence->start,
                        (int)column->sequence->increment, column->sequence->cycle ? " cycle" : "");
    if (column->collation != NULL)
        aq_text_appendf(text, " collate %s", column->collation);
    if (column->comment != NULL)
        aq_text_appendf(text, " -- %s", column->comment);
    aq_text_append_char(text, '\n');
}

static void append_part(aq_text_t *text, const aq__part_t *part)
{
    aq_text_appendf(text, " [%s", part->column != NULL ? part->column->name : part->expression);
    if (part->opclass != NULL)
        aq_text_appendf(text, " %s", part->opclass);
    if (part->collation != NULL)
        aq_text_appendf(text, " collate %s", part->collation);
    if (part->with != NULL)
        aq_text_appendf(text, " with %s", part->with);
    aq_text_appendf(text, "%s%s]", part->descending ? " desc" : "",
                    part->nulls == AQ_NULLS_FIRST ? " nulls first" : "");
}

static void append_constraint(aq_text_t *text, const aq__constraint_t *constraint)
{
    static const char *const kinds[] = {"primary key", "unique", "foreign key", "check", "exclude"};

    aq_text_appendf(text, "  %s (", kinds[constraint->kind]);
    append_columns(text, constraint->columns, constraint->column_count);
    aq_text_append_char(text, ')');
    if (constraint->name != NULL)
        aq_text_appendf(text, " named %s%s", constraint->name, constraint->name_final ? " finally" : "");
    if (constraint->include_count > 0) {
        aq_text_append(text, " include ");
        append_columns(text, constraint->include, constraint->include_count);
    }
    if (constraint->check != NULL)
        aq_text_appendf(text, " %s%s", constraint->check, constraint->no_inherit ? " no inherit" : "");
    if (constraint->referred != NULL) {
        aq_text_appendf(text, " to %s (", constraint->referred->name);
        append_columns(text, constraint->referred_columns, constraint->column_count);
        aq_text_appendf(text, ") %d %d%s", (int)constraint->on_delete, (int)constraint->on_update,
                        constraint->match_full ? " full" : "");
        append_columns(text, constraint->on_delete_columns, constraint->on_delete_column_count);
    }
    for (size_t i = 0; i < constraint->part_count; i++)
        append_part(text, &constraint->parts[i]);
    if (constraint->method != NULL)
        aq_text_appendf(text, " using %s", constraint->method);
    if (constraint->where != NULL)
        aq_text_appendf(text, " where %s", constraint->where);
    aq_text_appendf(text, "%s%s\n", constraint->deferrable ? " deferrable" : "",
                    constraint->nulls_not_distinct ? " nulls not distinct" : "");
}

static void append_index(aq_text_t *text, const aq__index_t *index)
{
    aq_text_appendf(text, "  %sindex %s", index->unique ? "unique " : "",
                    index->name != NULL ? index->name : "?");
    for (size_t i = 0; i < index->part_count; i++)
        append_part(text, &index->parts[i]);
    if (index->include_count > 0) {
        aq_text_append(text, " include ");
        append_columns(text, index->include, index->include_count);
    }
    aq_text_appendf(text, "%s%s", index->method != NULL ? " using " : "",
                    index->method != NULL ? index->method : "");
    if (index->where != NULL)
        aq_text_appendf(text, " where %s with %s", index->where, index->storage);
    aq_text_append_char(text, '\n');
}

static void append_metadata(aq_text_t *text, const aq__metadata_t *metadata)
{
    for (size_t i = 0; i < metadata->enum_count; i++)
        aq_text_appendf(text, "enum %s %s,%s -- %s\n", metadata->enums[i]->name,
                        metadata->enums[i]->labels[0], metadata->enums[i]->labels[1],
                        metadata->enums[i]->comment);
    for (size_t i = 0; i < metadata->table_count; i++) {
        const aq__table_t *table = metadata->ordered_tables[i];

        aq_text_appendf(text, "table %s%s%s\n", table->name, table->comment != NULL ? " -- " : "",
                        table->comment != NULL ? table->comment : "");
        for (size_t j = 0; j < table->column_count; j++)
            append_column(text, table->columns[j]);
        for (size_t j = 0; j < table->constraint_count; j++)
            append_constraint(text, table->constraints[j]);
        for (size_t j = 0; j < table->index_count; j++)
            append_index(text, table->indexes[j]);
    }
}

static void test_metadata(aq__model_registry_t *registry)
{
    aq_text_t text = {0};

    append_metadata(&text, aq__models_metadata(registry, NULL));
    is_text(
        aq_text_string(&text),
        "enum mood sad,happy -- how one is\n"
        "table user -- who may log in\n"
        "  id #20 not null serial start 1000 increment 10 cycle\n"
        "  username #1043/80 not null collate C -- what one logs in with\n"
        "  price #1700/10,2\n"
        "  mood mood(enum) not null default 'sad'\n"
        "  moods mood(enum)[] not null\n"
        "  home point(?)\n"
        "  words #25[]\n"
        "  email citext(?)\n"
        "  Counter #21 not null always\n"
        "  created #1184/3 not null default now()\n"
        "  updated #1184/0\n"
        "  primary key (id)\n"
        "  unique (username)\n"
        "  check (price) price > 0\n"
        "  unique (username,created) named once include price deferrable nulls not distinct\n"
        "  check () named cheap finally price < 100 no inherit\n"
        "  exclude () [username with =] [lower(email) with <>] using btree where price > 0\n"
        "  index ix_user_words [words]\n"
        "  unique index ix_user_email [email]\n"
        "  unique index twice [Counter] [id]\n"
        "  index by_name [lower(username) text_pattern_ops desc] [email collate C nulls first] include mood "
        "using btree "
        "where price is null with fillfactor = 70\n"
        "table tag\n"
        "  name #1043/20 not null\n"
        "  primary key (name)\n"
        "table post\n"
        "  id #23 not null serial\n"
        "  author_id #20 not null\n"
        "  editor_id #20\n"
        "  parent_id #23\n"
        "  title #25 not null\n"
        "  created #1184/3 not null default now()\n"
        "  updated #1184/0\n"
        "  primary key (id)\n"
        "  foreign key (author_id) to user (id) 2 1 deferrable\n"
        "  foreign key (editor_id) to user (id) 3 0\n"
        "  foreign key (parent_id) to post (id) 0 0\n"
        "table post_tags -- which has which\n"
        "  post_id #23 not null\n"
        "  tag #1043/20\n"
        "  primary key (post_id)\n"
        "  foreign key (post_id) to post (id) 0 0\n"
        "  foreign key (tag) named to_tag to tag (name) 3 0 fulltag\n",
        "models and tables become metadata");
    aq_text_dispose(&text);
}

static void test_attributes(aq__model_registry_t *registry)
{
    aq__model_t *user = aq__models_find(registry, "User");
    aq__attribute_t *created = aq__model_attribute(user, "stamps.created");

    ok(user != NULL && aq__models_find(registry, "user") == NULL, "a model is found by its struct's name");
    is_int(user->attribute_count, 11, "its attributes are its columns, those of a mixin too");
    is_int(created->offset, offsetof(User, stamps.created), "at their places in the struct");
    ok(aq__model_attribute_at(user, offsetof(User, stamps.created)) == created,
       "by which they are found as well");
    is_str(created->column->name, "created", "and lead to their column");
    is_int(user->primary_key_count, 1, "the key");
    is_str(user->primary_key[0]->name, "id", "is known");
    ok(aq__find_column(user, user->table, "counter") == aq__find_column(user, user->table, "Counter"),
       "a column is found by its member and by its name in the database");
    ok(aq__model_attribute(user, "nope") == NULL && aq__model_attribute_at(user, 1) == NULL,
       "what is not there is not found");
}

static void append_pairs(aq_text_t *text, const aq__pair_t *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        aq_text_appendf(text, " %s.%s=%s.%s", pairs[i].near->table->name, pairs[i].near->name,
                        pairs[i].far->table->name, pairs[i].far->name);
}

static void append_relationships(aq_text_t *text, const aq__model_t *model)
{
    static const char *const directions[] = {"many-to-one", "one-to-many", "many-to-many"};

    for (size_t i = 0; i < model->relationship_count; i++) {
        const aq__relationship_t *relationship = model->relationships[i];

        aq_text_appendf(text, "%s.%s: %s %s%s", model->name, relationship->name,
                        directions[relationship->direction], relationship->target->name,
                        relationship->many ? " list" : "");
        append_pairs(text, relationship->pairs, relationship->pair_count);
        append_pairs(text, relationship->secondary_pairs, relationship->secondary_pair_count);
        if (relationship->reverse != NULL)
            aq_text_appendf(text, ", back %s.%s", relationship->reverse->model->name,
                            relationship->reverse->name);
        for (size_t j = 0; j < relationship->order_count; j++)
            aq_text_appendf(text, ", by %s%s%s", relationship->order[j].column->name,
                            relationship->order[j].descending ? " desc" : "",
                            relationship->order[j].nulls == AQ_NULLS_LAST ? " nulls last" : "");
        aq_text_appendf(text, ", lazy %d, cascade 0x%x\n", (int)relationship->lazy, relationship->cascade);
    }
}

static void test_relationships(aq__model_registry_t *registry)
{
    aq__relationship_t *best = aq__model_relationship(aq__models_find(registry, "User"), "best");
    aq_text_t text = {0};

    append_relationships(&text, aq__models_find(registry, "User"));
    append_relationships(&text, aq__models_find(registry, "Post"));
    append_relationships(&text, aq__models_find(registry, "Tag"));
    is_text(
        aq_text_string(&text),
        "User.posts: one-to-many Post list user.id=post.author_id, back Post.author, by created desc nulls "
        "last, by "
        "id, lazy 0, cascade 0x3e0\n"
        "User.best: one-to-many Post user.id=post.editor_id, back Post.editor, lazy 0, cascade 0x20\n"
        "Post.author: many-to-one User post.author_id=user.id, back User.posts, lazy 1, cascade 0x20\n"
        "Post.editor: many-to-one User post.editor_id=user.id, back User.best, lazy 0, cascade 0x0\n"
        "Post.parent: many-to-one Post post.parent_id=post.id, back Post.replies, lazy 0, cascade 0x20\n"
        "Post.replies: one-to-many Post list post.id=post.parent_id, back Post.parent, lazy 0, cascade 0x20\n"
        "Post.tags: many-to-many Tag list post.id=post_tags.post_id post_tags.tag=tag.name, back Tag.posts, "
        "lazy 0, "
        "cascade 0x20\n"
        "Tag.posts: many-to-many Post list tag.name=post_tags.tag post_tags.post_id=post.id, back Post.tags, "
        "lazy 4, "
        "cascade 0x20\n",
        "relationships find their foreign keys and each other");
    ok(best->is_backref && best->offset == offsetof(User, best), "a backref is a member of the other struct");
    aq_text_dispose(&text);
}

static void test_blog(void)
{
    aq__model_registry_t *registry = make_blog();

    if (registry == NULL)
        bail_out("the blog is refused: %s", aq_last_error()->message);
    test_metadata(registry);
    test_attributes(registry);
    test_relationships(registry);
    is_int(aq__models_seal(registry), AQ_OK, "a second seal is the first");
    is_int(aq__models_add(registry, &User_model), AQ_EINVAL, "a sealed registry takes no model");
    is_str(aq_last_error()->message, "User: models are added before the first context is made",
           "and says why");
    is_int(aq__models_add_table(registry, &post_tags_table), AQ_EINVAL, "and no table");
    is_str(aq_last_error()->message, "table 'post_tags': tables are added before the first context is made",
           "and says why");
    is_int(aq__models_set_options(registry, &(aq_schema_options_t){0}), AQ_EINVAL, "and no options");
    is_str(aq_last_error()->message,
           "schema options: they must be set before the first model or table is added", "and says why");
    aq__models_close(registry);
    aq__models_close(NULL);
}

static int make_blog_or_fail(void)
{
    aq__model_registry_t *registry = make_blog();
    int code = registry != NULL ? AQ_OK : aq_last_error()->code;

    aq__models_close(registry);
    return code;
}

static void test_seal_without_memory(void)
{
    aq__model_registry_t *registry = aq__models_create();
    int code = AQ_OK, failures = 0;

    for (size_t n = 1; code != AQ_ENOMEM; n++) { /* until one of them hits */
        fail_request(n);
        code = aq__models_add(registry, &User_model);
        fail_request(0);
        if (code != AQ_ENOMEM) {
            aq__models_close(registry);
            registry = aq__models_create();
        }
    }
    is_int(aq__models_seal(registry), AQ_ENOMEM, "what is there by half is not sealed");
    is_str(aq_last_error()->message, "seal: out of memory", "and says why");
    aq__models_close(registry);

    registry = aq__models_create();
    aq__models_add_table(registry, &post_tags_table);
    aq__models_add(registry, &User_model);
    aq__models_add(registry, &Post_model);
    aq__models_add(registry, &Tag_model);
    code = AQ_ENOMEM;
    for (size_t n = 1; code == AQ_ENOMEM && n < 100; n++, failures++) {
        fail_request(n);
        code = aq__models_seal(registry);
        fail_request(0);
    }
    is_int(code, AQ_OK, "a seal that memory was missing for is tried again, after %d", failures - 1);
    test_relationships(registry);
    aq__models_close(registry);
}

/* ---- What is refused -------------------------------------------------------------------------------------------------------- */

typedef struct A A;
typedef struct B B;
struct A {
    aq_object_t object;
    int32_t id;
    int32_t x;
    mood_t mood;
    B *b;
    aq_many_t bs;
    aq_many_t more;
    A *parent;
};
struct B {
    aq_object_t object;
    int32_t id;
    int32_t a_id;
    int32_t other_a_id;
    A *a;
    B *b;
    aq_many_t as;
};

static const aq_enum_t other_mood_enum = {.name = "mood", .labels = {mood_labels, 1}};
static const aq_column_t a_columns[] = {AQ_INT4(A, id, .primary_key = true), AQ_INT4(A, x)};

/* ---- Models and tables ---- */

static void test_wrong_models(void)
{
    static const aq_column_t b_columns[] = {AQ_INT4(B, id, .primary_key = true)};
    static const aq_column_t table_columns[] = {AQ_COLUMN(INT4, "id", .primary_key = true)};
    static const aq_column_t moods[] = {AQ_INT4(A, id, .primary_key = true), AQ_ENUM(A, mood, &mood_enum),
                                        AQ_ENUM(A, x, &other_mood_enum)};
    AQ_MODEL(A, a_columns, AQ_NONE);
    AQ_MODEL(B, b_columns, AQ_NONE, .table = "a");
    AQ_TABLE(a, table_columns);
    AQ_TABLE(members, a_columns);
    AQ_TABLE(none, AQ_NONE);
    aq_model_t other = A_model, same = A_model, mooded = A_model;
    aq__model_registry_t *registry;
    aq_text_t text = {0};

    other.line = 7;
    other.file = "other.c";
    same.file = "include/models.c"; /* each file that includes a header has a copy of its own */
    registry = add_all(MODELS(&A_model, &same, &other));
    has_problems(registry,
                 aq_arena_printf(registry->arena, "A: another model has this name (%s:%d)", A_model.file,
                                 A_model.line),
                 "a name taken twice, and the same model twice");
    registry = add_all(MODELS(&A_model, &B_model));
    has_problems(registry,
                 aq_arena_printf(registry->arena,
                                 "B: table 'a' is declared already, for the model 'A' (%s:%d)", A_model.file,
                                 A_model.line),
                 "a table taken twice");
    mooded.columns = moods;
    mooded.column_count = 3;
    wrong("enum 'mood': it is declared twice, with different labels", "an enum declared twice", &mooded);

    registry = add_all(MODELS(&A_model));
    is_int(aq__models_add_table(registry, &a_table), AQ_EMAPPING, "a plain table behind a model's");
    is_int(aq__models_add_table(registry, &members_table), AQ_EMAPPING, "with a model's columns");
    is_int(aq__models_add_table(registry, &none_table), AQ_EMAPPING, "without columns");
    is_int(aq__models_add_table(registry, &none_table), AQ_OK, "which is told once");
    has_problems(registry,
                 "table 'a': it is declared already\n"
                 "table 'members': its column is A.id, a member of a struct\n"
                 "table 'members': its column is A.x, a member of a struct\n"
                 "table 'none': it has no columns",
                 "plain tables");

    registry = aq__models_create();
    aq__models_add_table(registry, &a_table);
    aq__models_add(registry, &A_model);
    has_problems(registry, "A.x: table 'a' is declared already, and has no column 'x'",
                 "a model whose table is there and has not all columns");

    registry = add_all(MODELS(&A_model, &other));
    is_int(aq__models_seal(registry), AQ_EMAPPING, "a seal with a problem");
    aq_text_appendf(&text, "other.c:7: A: another model has this name (%s:%d)", A_model.file, A_model.line);
    is_str(aq_last_error()->message, aq_text_string(&text), "the error has them all, with file and line");
    is_int(aq__models_seal(registry), AQ_EMAPPING, "and has it again");
    is_str(aq_last_error()->message, aq_text_string(&text), "with the same text");
    aq_text_dispose(&text);
    aq__models_close(registry);
}

static const char *const a_id[] = {"a_id", NULL};

/* A wrong column is one problem: what refers to it, or to its table, is right. */
static void test_wrong_once(void)
{
    static const aq_enum_t nameless = {.labels = {NULL, 2}};
    static const aq_column_t as[] = {
        AQ_INT4(A, id, .primary_key = true, .length = 3), AQ_ENUM(A, mood, &nameless),
        AQ_INT4(A, x, .references = "b.id", .collation = "C"), AQ_INT4(A, id, .name = "again")};
    static const aq_column_t bs[] = {AQ_INT4(B, id, .primary_key = true),
                                     AQ_INT4(B, a_id, .references = AQ_REF(A, id)),
                                     AQ_INT4(B, other_a_id, .references = "a.id")};
    static const aq_relationship_t ones[] = {AQ_ONE(B, a, A, .foreign_keys = a_id)};
    static const aq_column_t strange[] = {AQ_INT4(B, id)};
    AQ_MODEL(A, as, AQ_NONE);
    AQ_MODEL(B, bs, ones);
    aq_model_t odd = A_model;

    wrong("A.id: .length is 3, which is for varchar and char\n"
          "A.mood: its enum has no name or no labels\n"
          "A.x: .collation is 'C', which int4 does not have\n"
          "A.id: the member is the column 'id' already",
          "wrong columns", &odd, &B_model);
    odd.columns = strange;
    odd.column_count = 1;
    wrong("A: its columns have B.id, of another struct\n"
          "b.other_a_id: its foreign key refers to 'a.id', but there is no table 'a'",
          "a model that got no table", &odd, &B_model);
}

/* ---- Relationships ---- */

/* A, and B whose columns a_id, and other_a_id where `keys` is 2, refer to A. */
static void refuse_models(const aq_relationship_t *of_a, const aq_relationship_t *of_b, int keys,
                          const char *bind, const aq_table_t *between, const char *expected)
{
    aq_column_t columns[] = {
        AQ_INT4(B, id, .primary_key = true),
        AQ_INT4(B, a_id, .references = keys > 0 ? "a.id" : NULL),
        AQ_INT4(B, other_a_id, .references = keys > 1 ? "a.id" : NULL),
    };
    aq_model_t a = {.name = "A", .columns = a_columns, .column_count = 1, .relationships = of_a},
               b = {.name = "B", .columns = columns, .column_count = 3, .relationships = of_b, .bind = bind};
    aq__model_registry_t *registry = aq__models_create();

    for (const aq_relationship_t *at = of_a; at != NULL && at->name != NULL; at++)
        a.relationship_count++;
    for (const aq_relationship_t *at = of_b; at != NULL && at->name != NULL; at++)
        b.relationship_count++;
    if (between != NULL)
        aq__models_add_table(registry, between);
    aq__models_add(registry, &a);
    aq__models_add(registry, &b);
    has_problems(registry, expected, expected);
}

#define LIST(...) ((const aq_relationship_t[]){__VA_ARGS__, {0}})
#define refuse_a(keys, expected, ...) refuse_models(LIST(__VA_ARGS__), NULL, keys, NULL, NULL, expected)
#define refuse_b(keys, expected, ...) refuse_models(NULL, LIST(__VA_ARGS__), keys, NULL, NULL, expected)

static void test_wrong_relationships(void)
{
    refuse_a(1, "A.bs: there is no model 'Post': was it added?", AQ_MANY(A, bs, Post));
    refuse_a(0, "A.bs: no foreign key links 'a' and 'b': one of them needs a column with .references",
             AQ_MANY(A, bs, B));
    refuse_models(LIST(AQ_MANY(A, bs, B)), NULL, 0, "blog", NULL,
                  "A.bs: 'a' is in bind 'default' and 'b' in bind 'blog': no foreign key can link them");
    refuse_b(2, "B.a: several foreign keys link 'b' and 'a' (a_id, other_a_id): .foreign_keys must say which",
             AQ_ONE(B, a, A));
    refuse_a(2,
             "A.bs: several foreign keys link 'a' and 'b' (a_id, other_a_id): .foreign_keys must say which",
             AQ_MANY(A, bs, B));
    refuse_a(2, "A.bs: .foreign_keys names no foreign key between 'a' and 'b'",
             AQ_MANY(A, bs, B, .foreign_keys = AQ_COLUMNS("id")));
    refuse_b(1, "B.as: the foreign key is in 'b' and refers to 'a', so this side has one: AQ_ONE",
             AQ_MANY(B, as, A));
    refuse_a(1, "A.bs: .lazy is 99, which is no aq_lazy_t", AQ_MANY(A, bs, B, .lazy = 99));
    refuse_b(1, "B.a: AQ_LAZY_DYNAMIC is for AQ_MANY", AQ_ONE(B, a, A, .lazy = AQ_LAZY_DYNAMIC));
    refuse_a(1, "A.bs: .cascade has 0x400, which is no aq_cascade_t", AQ_MANY(A, bs, B, .cascade = 0x400));
    refuse_a(1, "A.bs: .cascade has 0x2, which is no aq_cascade_t",
             AQ_MANY(A, bs, B, .cascade = (unsigned)AQ_CASCADE));
    refuse_a(1, "A.bs: .cascade is AQ_CASCADE_NONE and something else",
             AQ_MANY(A, bs, B, .cascade = AQ_CASCADE_NONE | AQ_CASCADE_DELETE));
    refuse_b(1,
             "B.a: AQ_CASCADE_DELETE_ORPHAN is for the one side of one-to-many, and this is many-to-one: "
             "others may refer "
             "to the same object, unless .single_parent says no",
             AQ_ONE(B, a, A, .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN));
    refuse_b(1, "", AQ_ONE(B, a, A, .cascade = AQ_CASCADE_DELETE_ORPHAN, .single_parent = true));
    refuse_a(1, "A.bs: .order_by is 'id, nope desc', and 'B' has no column 'nope'",
             AQ_MANY(A, bs, B, .order_by = "id, nope desc"));
    refuse_a(1, "A.bs: .order_by is 'id descending': 'descending' is not understood",
             AQ_MANY(A, bs, B, .order_by = "id descending"));
    refuse_a(1, "A.bs: .order_by is 'id,', and 'B' has no column ''", AQ_MANY(A, bs, B, .order_by = "id,"));
    refuse_a(1, "A.bs: .order_by is 'id nulls': 'nulls' is not understood",
             AQ_MANY(A, bs, B, .order_by = "id nulls"));
    refuse_a(1, "A.bs: .order_by is 'id nulls, a_id': 'nulls, a_id' is not understood",
             AQ_MANY(A, bs, B, .order_by = "id nulls, a_id"));
    refuse_a(1, "", AQ_MANY(A, bs, B, .order_by = " id DESC Nulls LAST ,a_id asc"));
    refuse_a(1, "A.b: .order_by is 'id', and this side has one", AQ_ONE(A, b, B, .order_by = "id"));
    refuse_b(1, "B.a: .passive_deletes is for children, and this is many-to-one",
             AQ_ONE(B, a, A, .passive_deletes = true));
    refuse_a(1, "A.bs: .remote_side begins with 'id', and its foreign key leads to b.a_id",
             AQ_MANY(A, bs, B, .remote_side = AQ_COLUMNS("id")));
    refuse_b(1, "B.a: .remote_side begins with 'x', and its foreign key leads to a.id",
             AQ_ONE(B, a, A, .remote_side = AQ_COLUMNS("x")));
    refuse_b(1, "", AQ_ONE(B, a, A, .remote_side = AQ_COLUMNS("id")));
    refuse_a(1, "A.bs: it is declared already", AQ_MANY(A, bs, B), AQ_MANY(A, bs, B));
    refuse_a(1, "A: its relationships have B.a, of another struct", AQ_ONE(B, a, A));
}

static void test_wrong_sides(void)
{
    refuse_models(LIST(AQ_MANY(A, bs, B, .back_populates = "a"), AQ_MANY(A, more, B, .back_populates = "a")),
                  LIST(AQ_ONE(B, a, A)), 1, NULL, NULL,
                  "A.more: .back_populates is B.a, which is the other side of A.bs");
    refuse_models(LIST(AQ_MANY(A, bs, B, .back_populates = "bs")), LIST(AQ_ONE(B, a, A)), 1, NULL, NULL,
                  "A.bs: .back_populates is 'bs', and 'B' has no such relationship");
    refuse_b(1,
             "B.b: no foreign key links 'b' and 'b': one of them needs a column with .references\n"
             "B.b: .back_populates is 'b', itself",
             AQ_ONE(B, b, B, .back_populates = "b"));
    refuse_a(1, "A.more: .backref is 'a', which is that of A.bs",
             AQ_MANY(A, bs, B, .backref = AQ_BACKREF(B, a, A)),
             AQ_MANY(A, more, B, .backref = AQ_BACKREF(B, a, A)));
    refuse_a(1, "A.bs: .backref is B.b, which is for objects of 'B'",
             AQ_MANY(A, bs, B, .backref = AQ_BACKREF(B, b, B)));
    refuse_a(1, "A.bs: .back_populates is 'nope', and 'B' has no such relationship",
             AQ_MANY(A, bs, B, .back_populates = "nope"));
    refuse_models(LIST(AQ_MANY(A, bs, B, .back_populates = "a")),
                  LIST(AQ_ONE(B, a, A, .back_populates = "nope")), 1, NULL, NULL,
                  "A.bs: .back_populates is B.a, whose own is 'nope'\n"
                  "B.a: .back_populates is 'nope', and 'A' has no such relationship");
    refuse_models(LIST(AQ_MANY(A, bs, B, .back_populates = "a", .foreign_keys = AQ_COLUMNS("a_id"))),
                  LIST(AQ_ONE(B, a, A, .foreign_keys = AQ_COLUMNS("other_a_id"))), 2, NULL, NULL,
                  "A.bs: .back_populates is B.a, which follows another foreign key");
    refuse_models(LIST(AQ_MANY(A, bs, B)), LIST(AQ_ONE(B, a, A, .back_populates = "a")), 1, NULL, NULL,
                  "B.a: .back_populates is 'a', and 'A' has no such relationship");
    refuse_models(LIST(AQ_MANY(A, bs, B, .backref = AQ_BACKREF(B, a, A))), LIST(AQ_ONE(B, a, A)), 1, NULL,
                  NULL, "A.bs: .backref is 'a', and 'B' declares that member itself");
    refuse_a(
        1, "A.bs: .backref is 'id', and 'B' declares that member itself",
        AQ_MANY(A, bs, B,
                .backref = &(const aq_backref_t){.name = "id", .model = "B", .offset = offsetof(B, id)}));
    refuse_a(1, "A.bs: .backref is A.b, of another struct than 'B'",
             AQ_MANY(A, bs, B, .backref = AQ_BACKREF(A, b, B)));
    refuse_a(1, "A.bs: it has both .back_populates and .backref",
             AQ_MANY(A, bs, B, .backref = AQ_BACKREF(B, a, A), .back_populates = "a"));
    refuse_a(1, "A.bs: .backref is B.as, which is many-to-one and so must be a pointer",
             AQ_MANY(A, bs, B, .backref = AQ_BACKREF(B, as, A)));
    refuse_a(1, "B.a: AQ_LAZY_DYNAMIC is for AQ_MANY",
             AQ_MANY(A, bs, B, .backref = AQ_BACKREF(B, a, A, .lazy = AQ_LAZY_DYNAMIC)));
}

static const aq_column_t to_a_columns[] = {AQ_COLUMN(INT4, "a_id", .references = "a.id")};
static const aq_column_t both_columns[] = {AQ_COLUMN(INT4, "a_id", .references = "a.id"),
                                           AQ_COLUMN(INT4, "b_id", .references = "b.id")};
static const aq_column_t friends_columns[] = {AQ_COLUMN(INT4, "a_id", .references = "a.id"),
                                              AQ_COLUMN(INT4, "friend_id", .references = "a.id")};
AQ_TABLE(to_a, to_a_columns);
AQ_TABLE(both, both_columns);
AQ_TABLE(friends, friends_columns);

static void test_wrong_secondary(void)
{
    refuse_a(1, "A.bs: its .secondary is table 'both', which bind 'default' has not: was it added?",
             AQ_MANY(A, bs, B, .secondary = &both_table));
    refuse_models(LIST(AQ_MANY(A, bs, B, .secondary = &to_a_table)), NULL, 1, NULL, &to_a_table,
                  "A.bs: table 'to_a' has no foreign key to 'b'");
    refuse_models(NULL, LIST(AQ_MANY(B, as, A, .secondary = &to_a_table)), 1, NULL, &to_a_table,
                  "B.as: table 'to_a' has no foreign key to 'b'");
    refuse_models(LIST(AQ_MANY(A, bs, A, .secondary = &friends_table)), NULL, 1, NULL, &friends_table,
                  "A.bs: table 'friends' has several foreign keys to 'a' (a_id, friend_id): .foreign_keys "
                  "must say which "
                  "is for this side, and .remote_side which for the other");
    refuse_models(LIST(AQ_MANY(A, bs, A, .secondary = &friends_table, .foreign_keys = AQ_COLUMNS("a_id"))),
                  NULL, 1, NULL, &friends_table, "");
    refuse_models(LIST(AQ_MANY(A, bs, B, .secondary = &both_table,
                               .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN)),
                  NULL, 1, NULL, &both_table,
                  "A.bs: AQ_CASCADE_DELETE_ORPHAN is for the one side of one-to-many, and this is "
                  "many-to-many: others may "
                  "refer to the same object, unless .single_parent says no");
    refuse_models(LIST(AQ_MANY(A, bs, B, .secondary = &both_table, .back_populates = "as")),
                  LIST(AQ_MANY(B, as, A, .secondary = &both_table, .back_populates = "bs")), 1, NULL,
                  &both_table, "");
    refuse_models(LIST(AQ_MANY(A, bs, B, .secondary = &both_table, .back_populates = "a")),
                  LIST(AQ_ONE(B, a, A)), 1, NULL, &both_table,
                  "A.bs: .back_populates is B.a, but the one is many-to-many and the other many-to-one");
    refuse_models(LIST(AQ_MANY(A, bs, B, .secondary = &both_table, .foreign_keys = AQ_COLUMNS("b_id"))), NULL,
                  1, NULL, &both_table, "A.bs: .foreign_keys names no foreign key from table 'both' to 'a'");
    refuse_models(LIST(AQ_MANY(A, bs, B, .secondary = &both_table, .remote_side = AQ_COLUMNS("a_id"))), NULL,
                  1, NULL, &both_table, "A.bs: .remote_side names no foreign key from table 'both' to 'b'");
    refuse_models(LIST(AQ_ONE(A, b, B, .secondary = &both_table)), NULL, 1, NULL, &both_table,
                  "A.b: .secondary is table 'both', which is for AQ_MANY");
}

static void test_all_at_once(void)
{
    refuse_models(LIST(AQ_MANY(A, bs, Post), AQ_ONE(A, b, B, .lazy = 99)),
                  LIST(AQ_ONE(B, a, A, .back_populates = "x")), 1, NULL, NULL,
                  "A.bs: there is no model 'Post': was it added?\n"
                  "A.b: .lazy is 99, which is no aq_lazy_t\n"
                  "B.a: .back_populates is 'x', and 'A' has no such relationship");
}

static const aq_relationship_t wrong_as[] = {
    AQ_MANY(A, bs, B),
    AQ_MANY(A, more, B, .foreign_keys = AQ_COLUMNS("a_id"), .order_by = "id, nope"),
    AQ_ONE(A, b, B, .foreign_keys = AQ_COLUMNS("other_a_id"), .back_populates = "nope"),
};
static const aq_relationship_t wrong_bs[] = {
    AQ_ONE(B, a, A, .foreign_keys = AQ_COLUMNS("a_id"), .backref = AQ_BACKREF(A, b, B)),
};
static const aq_column_t twice_to_a[] = {
    AQ_INT4(B, id, .primary_key = true),
    AQ_INT4(B, a_id, .references = AQ_REF(A, id)),
    AQ_INT4(B, other_a_id, .references = "a.id"),
};

/* Every text needs memory. */
static int refuse_relationships(void)
{
    AQ_MODEL(A, a_columns, wrong_as);
    AQ_MODEL(B, twice_to_a, wrong_bs);
    aq__model_registry_t *registry = aq__models_create();
    int code = registry != NULL ? aq__models_add(registry, &A_model) : AQ_ENOMEM;

    if (code == AQ_OK)
        code = aq__models_add(registry, &B_model);
    if (code == AQ_OK)
        code = aq__models_seal(registry);
    aq__models_close(registry);
    return code == AQ_EMAPPING ? AQ_OK : code;
}

/* ---- How long it takes -------------------------------------------------------------------------------------------------- */

/* 200 models of 12 columns; each refers to the next, and both sides say so. */
static void test_many_models(void)
{
    enum { MODELS = 200 };
    aq__model_registry_t *registry = aq__models_create();
    aq_arena_t *arena = aq_arena_create();
    struct timespec start, added, sealed;

    aq__models_set_options(
        registry,
        &(aq_schema_options_t){
            .naming_convention = {.ix = "ix_%(column_0_label)s",
                                  .fk = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                                  .pk = "pk_%(table_name)s"}});
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < MODELS; i++) {
        aq_model_t *model = aq_arena_calloc(arena, 1, sizeof(*model));
        aq_column_t *columns = aq_arena_calloc(arena, 12, sizeof(*columns));
        aq_relationship_t *relationships = aq_arena_calloc(arena, 2, sizeof(*relationships));
        char *name = aq_arena_printf(arena, "Model%d", i);

        for (int j = 0; j < 12; j++)
            columns[j] = (aq_column_t){.attribute = aq_arena_printf(arena, "column%d", j),
                                       .model = name,
                                       .offset = 100 + (size_t)j * 8,
                                       .type = AQ_OID_INT4,
                                       .primary_key = j == 0,
                                       .index = j == 2};
        columns[1].references = aq_arena_printf(arena, "Model%d->column0", (i + 1) % MODELS);
        relationships[0] = (aq_relationship_t){.name = "next",
                                               .model = name,
                                               .target = aq_arena_printf(arena, "Model%d", (i + 1) % MODELS),
                                               .offset = 20,
                                               .back_populates = "last"};
        relationships[1] =
            (aq_relationship_t){.name = "last",
                                .model = name,
                                .target = aq_arena_printf(arena, "Model%d", (i + MODELS - 1) % MODELS),
                                .offset = 40,
                                .many = true,
                                .back_populates = "next"};
        *model = (aq_model_t){.name = name,
                              .columns = columns,
                              .column_count = 12,
                              .relationships = relationships,
                              .relationship_count = 2,
                              .line = i};
        aq__models_add(registry, model);
    }
    clock_gettime(CLOCK_MONOTONIC, &added);
    is_int(aq__models_seal(registry), AQ_OK, "200 models are sealed");
    clock_gettime(CLOCK_MONOTONIC, &sealed);
    is_int(aq__models_metadata(registry, NULL)->by_alter_count, MODELS, "all in one cycle");
    is_str(aq__models_metadata(registry, NULL)->tables[7]->constraints[1]->name, "fk_model7_column1_model8",
           "all with names");
    note("added in %.2f ms, sealed in %.2f ms",
         (double)(added.tv_nsec - start.tv_nsec) / 1e6 + (double)(added.tv_sec - start.tv_sec) * 1e3,
         (double)(sealed.tv_nsec - added.tv_nsec) / 1e6 + (double)(sealed.tv_sec - added.tv_sec) * 1e3);
    aq__models_close(registry);
    aq_arena_close(arena);
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    test_blog();
    check_each_request("the blog", make_blog_or_fail);
    test_seal_without_memory();
    test_wrong_models();
    test_wrong_once();
    test_wrong_relationships();
    test_wrong_sides();
    test_wrong_secondary();
    test_all_at_once();
    check_each_request("wrong relationships", refuse_relationships);
    test_many_models();
    ok(all_memory_is_back(), "all memory came back");
    return tap_done();
}
