/* What `aquifer check` does without a server: splitting files, names and places, lints of odd texts, and all of it without memory. Its lints one by one and
 * its outputs are in t/check.t. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/tool/check.h"
#include "t/heap.h"
#include "t/tap.h"

/* "name@line:column=sql" of each statement, "|" between them; "~" for no name, "!" before what does not end. Valid until the next. */
static const char *split(const char *text)
{
    static char copy[4096];
    aq_text_t told = {0};
    aq__check_t check;

    if (aq__check_init(&check, "f.sql", text, strlen(text)) != AQ_OK)
        return aq_last_error()->message;
    for (size_t i = 0; i < check.count; i++) {
        const aq__check_statement_t *statement = &check.statements[i];
        size_t line, column;

        aq__check_place(&check, statement->at, &line, &column);
        aq_text_appendf(&told, "%s%s%s@%zu:%zu=%s", i > 0 ? "|" : "", statement->broken ? "!" : "",
                        statement->name != NULL ? statement->name : "~", line, column, statement->sql);
    }
    aq__check_dispose(&check);
    snprintf(copy, sizeof copy, "%s", aq_text_string(&told));
    aq_text_dispose(&told);
    return copy;
}

/* The problems of a text: "1:8 select-star|...". */
static const char *problems(const char *text)
{
    static char copy[4096];
    aq_text_t told = {0};
    aq__check_t check;

    if (aq__check_init(&check, "f.sql", text, strlen(text)) != AQ_OK || aq__check_lint(&check) != AQ_OK)
        return aq_last_error()->message;
    for (size_t i = 0; i < check.count; i++)
        for (const aq__check_problem_t *problem = check.statements[i].problems; problem != NULL;
             problem = problem->next) {
            size_t line, column;

            aq__check_place(&check, problem->at, &line, &column);
            aq_text_appendf(&told, "%s%zu:%zu %s", told.length > 0 ? "|" : "", line, column, problem->id);
        }
    aq__check_dispose(&check);
    snprintf(copy, sizeof copy, "%s", aq_text_string(&told));
    aq_text_dispose(&told);
    return copy;
}

/* ---- Splitting ------------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *text, *expected, *name;
} splits[] = {
    {"", "", "nothing"},
    {" \n\t;;; -- x\n/* y; */", "", "nothing but semicolons and comments"},
    {"select 1", "~@1:1=select 1", "no semicolon"},
    {"select 1;select 2;", "~@1:1=select 1|~@1:10=select 2", "two on a line"},
    {"  select 1 -- a; b\n , 2 /* ; */ ; -- c\n", "~@1:3=select 1 -- a; b\n , 2",
     "comments inside and behind"},
    {"select ';', \";\", $$;$$, $x$;$$;$x$, E'\\';', U&';' ; x",
     "~@1:1=select ';', \";\", $$;$$, $x$;$$;$x$, E'\\';', U&';'|~@1:53=x", "semicolons in quotes"},
    {"-- name: a\nselect 1;\n--name: b :one\n-- c\nselect 2", "a@2:1=select 1|b@5:1=select 2", "names"},
    {"-- :name a :many\nselect 1\n-- :name b\nselect 2", "a@2:1=select 1|b@4:1=select 2",
     "names of the other style end statements"},
    {"-- named: a\nselect 1; -- names\nselect 2; --name:\nselect 3",
     "~@2:1=select 1|~@3:1=select 2|~@4:1=select 3", "what is no name"},
    {"/* name: a */ select 1", "~@1:15=select 1", "a name in the wrong kind of comment"},
    {"-- name: a\n-- name: b\nselect 1", "a@1:10=|b@3:1=select 1", "a name without a statement"},
    {"select 1 -- name: a", "~@1:1=select 1|a@1:19=", "a name at the end"},
    {"\xEF\xBB\xBFselect 1", "~@1:1=select 1", "a byte order mark"},
    {"select 'ä'; select 'ö'", "~@1:1=select 'ä'|~@1:13=select 'ö'", "columns are characters"},
    {"select (1; select 2", "~@1:1=select (1|~@1:12=select 2", "an open bracket is no reason to go on"},
    {"create rule r as on insert to t do (select 1; select 2); select 3",
     "~@1:1=create rule r as on insert to t do (select 1; select 2)|~@1:58=select 3",
     "but in CREATE RULE it is"},
    {"create function f() returns int begin atomic select case 1 when 1 then 1 end; select 2; end; select 3",
     "~@1:1=create function f() returns int begin atomic select case 1 when 1 then 1 end; select 2; "
     "end|~@1:94=select 3",
     "BEGIN ATOMIC"},
    {"begin; select atomic; end;", "~@1:1=begin|~@1:8=select atomic|~@1:23=end",
     "BEGIN, and something called atomic"},
    {"select 'a; select 2", "!~@1:1=select 'a; select 2", "a quote that does not end"},
    {"select 0; select /* a; select 2", "~@1:1=select 0|!~@1:11=select /* a; select 2",
     "a comment that does not end"},
    {"select $a$ ; select 2", "!~@1:1=select $a$ ; select 2", "a dollar quote that does not end"},
    {"select \"a ; select 2", "!~@1:1=select \"a ; select 2", "a name that does not end"},
    {"select 1a; select 2", "!~@1:1=select 1a|~@1:12=select 2", "junk behind a number"},
    {"ä 1a; 2b; select 2", "!~@1:1=ä 1a|!~@1:7=2b|~@1:11=select 2",
     "junk twice, behind a character of two bytes"},
};

static void check_splits(void)
{
    for (size_t i = 0; i < AQ__COUNT_OF(splits); i++)
        is_str(split(splits[i].text), splits[i].expected, "%s", splits[i].name);
}

static void check_places(void)
{
    is_int((int)aq__check_byte("äbc", 1), 0, "the first character");
    is_int((int)aq__check_byte("äbc", 2), 2, "the second, behind two bytes");
    is_int((int)aq__check_byte("äbc", 9), 4, "one that is not there: the end");
    is_int((int)aq__check_byte("", 1), 0, "of nothing");
    is_int(aq__lint_find("select-star", 11), AQ__LINT_SELECT_STAR, "a lint by its id");
    is_int(aq__lint_find("select-sta", 10), -1, "half an id");
    ok(AQ__LINT_COUNT <= 32, "the lints fit in the bits of `allowed`");
}

/* ---- Lints that are not in t/check/lints.sql -------------------------------------------------------------------------------- */

static char *repeat(const char *before, const char *what, int times, const char *after)
{
    aq_text_t text = {0};

    aq_text_append(&text, before);
    for (int i = 0; i < times; i++)
        aq_text_append(&text, what);
    aq_text_append(&text, after);
    return aq_text_take(&text);
}

static void check_odd_texts(void)
{
    char *deep = repeat("select ", "(", 100000, "1"),
         *wide = repeat("select 1", " union select * from t", 1000, "");
    char *many = repeat("", "select exists (select from t limit 1);", 100, "");

    is_str(problems(deep), "", "a text that nests too deep is not looked at");
    is_int((int)strlen(problems(wide)) > 0, 1, "a thousand arms are");
    is_str(problems(many), "", "a hundred statements");
    is_str(problems("select * from t -- aquifer: allow select-star, nosuch"), "1:48 unknown-lint",
           "the last line allows");
    is_str(problems("-- aquifer: allow nosuch"), "", "there is nobody to tell that a lint is unknown");
    is_str(problems("select * from t; -- aquifer: allow select-star\nselect * from t;"), "2:8 select-star",
           "only the statement on the line");
    is_str(problems("select $65535, $65536"), "1:8 placeholder-gap", "the most placeholders");
    is_str(problems("select 1 where 1 not in (select null)"), "", "NOT IN waits for the server's word");
    aq_free(deep);
    aq_free(wide);
    aq_free(many);
}

/* Cut anywhere, a file is still told of. */
static void check_cuts(void)
{
    static const char *const files[] = {"t/check/lints.sql", "t/check/errors.sql", "t/check/schema.sql",
                                        "t/check/queries.sql"};

    for (size_t i = 0; i < AQ__COUNT_OF(files); i++) {
        char *path = tap_source_path(files[i]), *text = tap_read_file(path);
        size_t length = text != NULL ? strlen(text) : 0, cuts = 0;

        for (size_t cut = length; cut > 0; cut -= cut < 97 ? cut : 97, cuts++) {
            text[cut] = '\0';
            (void)problems(text);
        }
        ok(cuts > 5, "%s, cut at %zu places", files[i], cuts);
        free(text);
        free(path);
    }
}

/* ---- Memory -------------------------------------------------------------------------------------------------------------------- */

static const char program[] = "-- name: a\nselect p.id, u.*, $3 from u left join (select id from p) p on "
                              "true where 1 not in (select id from x.y);\n"
                              "-- aquifer: allow nonsense\nupdate t set a = null;\n-- name: a\nselect 1a;\n"
                              "insert into t select * from u, v limit 1;-- name: b\n";

/* As if a server had told of them. */
static int pretend(aq__check_t *check)
{
    aq__check_statement_t *statement = &check->statements[0];
    static const char *types[] = {"integer"};
    static const uint32_t oids[] = {23};
    static aq__check_column_t columns[3];

    for (int i = 0; i < 3; i++)
        columns[i] = (aq__check_column_t){.told = {.name = "id", .type = 23},
                                          .type = "integer",
                                          .table = "u",
                                          .relation = "u",
                                          .column = "id",
                                          .declared = AQ__NULL_NEVER};
    columns[2].relation = NULL;
    statement->parameters = oids;
    statement->parameter_types = types;
    statement->parameter_count = 1;
    statement->columns = columns;
    statement->column_count = 3;
    return aq__check_judge(check, statement);
}

static int do_everything(void)
{
    aq__check_t check;
    aq_text_t text = {0}, json = {0};
    int code = aq__check_init(&check, "f.sql", program, sizeof program - 1);

    if (code != AQ_OK)
        return code;
    code = aq__check_lint(&check);
    if (code == AQ_OK)
        code = pretend(&check);
    if (code == AQ_OK) {
        aq__check_print(&check, &text);
        aq__check_print_json(&check, &json);
        code = text.failed || json.failed ? AQ_ENOMEM : AQ_OK;
    }
    if (code == AQ_OK && aq__check_count_problems(&check, AQ__SEVERITY_LINT) < 6)
        code = AQ_EINVAL;
    aq_text_dispose(&text);
    aq_text_dispose(&json);
    aq__check_dispose(&check);
    return code;
}

int main(void)
{
    aq_set_allocator(counting_allocator, NULL);
    check_splits();
    check_places();
    check_odd_texts();
    check_cuts();
    check_each_request("split, lint, judge, print", do_everything);
    ok(all_memory_is_back(), "no memory is left");
    return tap_done();
}
