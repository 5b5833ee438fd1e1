/* What flushes write, beyond the rows of the vectors: each case is a subtest on a database of its own, and a part of t/golden/flush.sql. */
#include "t/orm_flush.h"

#include "t/golden.h"

static const flush_case_t *const lists[] = {
    flush_families_cases, flush_pairs_cases,  flush_links_cases,    flush_trees_cases,
    flush_keys_cases,     flush_tables_cases, flush_versions_cases, flush_many_cases,
};

static void run_case(cluster_t *cluster, const flush_case_t *each, aq_text_t *sql)
{
    uow_t uow;

    subtest("%s", each->name) {
        uow_open(&uow, cluster, each->declare);
        uow.sql = sql;
        each->run(&uow);
        uow_is_error(&uow, AQ_OK, "");
        is_str(aq_text_string(&uow.warnings), "", "no warnings");
        uow_close(&uow);
    }
}

int main(int argc, char **argv)
{
    cluster_t *cluster = cluster_start(NULL);
    aq_text_t sql = {0};

    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (const flush_case_t *each = lists[i]; each->name != NULL; each++)
            if (argc < 2 || strcmp(argv[1], each->name) == 0)
                run_case(cluster, each, &sql);
    if (argc < 2)
        is_golden(aq_text_string(&sql), "flush.sql", "the statements of each kind of flush");
    aq_text_dispose(&sql);
    cluster_close(cluster);
    uv_library_shutdown(); /* its own pipe for signals */
    return tap_done();
}
