/* There and back: the headers of models in t/golden/ were written from metadata; models that are declared by them have the same metadata. */
#include "tap.h"

#include "src/app/app.h"
#include "src/schema/read_sql.h"
#include "t/again.h"
#include "t/built.h"
#include "t/canonical.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the models that the function adds have: their db, which is sealed. */
static aq_db_t *declare(int (*add_models)(aq_db_t *db), const char *name)
{
    aq_db_t *db = aq_db_create();

    is_int(add_models(db), AQ_OK, "%s: nothing is wrong with the models", name);
    if (!is_int(aq_db_seal(db), AQ_OK, "%s: nor with all of them together", name))
        diag("%s", aq_last_error()->message);
    return db;
}

static void same(aq_db_t *db, aq__metadata_t *metadata, const char *name)
{
    aq_text_t declared = {0}, original = {0};

    is_text(canonical_ddl(&declared, aq__models_metadata(db->models, NULL)),
            canonical_ddl(&original, metadata), "%s: the models have the same metadata", name);
    aq_text_dispose(&declared);
    aq_text_dispose(&original);
}

/* Every relationship has its other side. */
static void has_both_sides(const aq_db_t *db, const char *name)
{
    size_t alone = 0, count = 0;

    for (size_t i = 0; i < db->models->model_count; i++)
        for (size_t j = 0; j < db->models->models[i]->relationship_count; j++) {
            count++;
            alone += db->models->models[i]->relationships[j]->reverse == NULL;
        }
    is_int(alone, 0, "%s: all of %zu relationships have their other side", name, count);
}

static void test_built(void)
{
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq__metadata_t *metadata = build_blog();
    aq_db_t *db = declare(add_blog, "blog");

    is_int(aq__metadata_seal(metadata, &problems), AQ_OK, "blog: the metadata that was built");
    same(db, metadata, "blog");
    has_both_sides(db, "blog");
    aq_db_close(db);
    aq__metadata_close(metadata);
    aq_arena_close(problems.arena);
}

static void test_file(const char *name, int (*add_models)(aq_db_t *db))
{
    aq__problems_t problems = {.arena = aq_arena_create()};
    aq__metadata_t *metadata = aq__metadata_create(NULL);
    aq_db_t *db = declare(add_models, name);
    char relative[64], *path, *sql;

    snprintf(relative, sizeof(relative), "sql/%s.sql", name);
    path = tap_source_path(relative);
    sql = tap_read_file(path);
    (void)aq__read_sql(metadata, relative, sql, strlen(sql), &problems);
    (void)aq__metadata_seal(metadata, &problems);
    same(db, metadata, name);
    has_both_sides(db, name);
    aq_db_close(db);
    aq__metadata_close(metadata);
    aq_arena_close(problems.arena);
    free(path);
    free(sql);
}

int main(void)
{
    test_built();
    test_file("diary", add_diary);
    test_file("quickstart", add_quickstart);
    test_file("relationships", add_relationships);
    test_file("music", add_music);
    test_file("rental", add_rental);
    test_file("oddities", add_oddities);
    test_file("oddities-indexes", add_oddities_indexes);
    test_file("oddities-keys", add_oddities_keys);
    test_file("oddities-names", add_oddities_names);
    test_file("oddities-tables", add_oddities_tables);
    test_file("oddities-values", add_oddities_values);
    return tap_done();
}
