/* The query of the catalogs: one statement, so that all of it is of one snapshot, and one round trip whatever the number of tables.
 *
 * Each part of it gives (sort, place, row): the parts come one behind the other, and in each the rows by `sort` and `place` (of a column, a label). Tables come in the
 * order in which they were made, by their oids; what belongs to them, and enums and sequences, by name, so that two databases of one make give the same. The
 * row is an array of texts: catalog-rows.h.
 *
 * It works on servers 12 to 18: see NEWER. Names of catalogs are qualified; functions are found first in pg_catalog. What belongs to an extension is left out, and so are partitions, whose parent stands
 * for them. Source: PostgreSQL documentation, "System Catalogs". */
#include "src/schema/catalog-rows.h"

/* SQL has lines of its own. */
/* clang-format off */

/* The name of a schema as metadata says it: none for pg_catalog, and none where the search path finds the thing. */
#define SCHEMA_OF(space, found) \
    "case when " space ".full_name = 'pg_catalog' or (" found ") then null else " space ".name end"

/* Types that are read themselves are called as they are there. */
#define TYPE_IS_FOUND                                                    \
    "pg_type_is_visible(t.oid) and (not ts.read or t.oid in"             \
    " (select x.objid from extended x where x.classid = 'pg_catalog.pg_type'::regclass))"

/* A column that older servers have not: there the name finds no column of the row, but the NULL around it. */
#define NEWER(row, column) "(select " column " from (select " row ".*) newer)"
#define OLDER(column, type) " cross join (select null::" type " as " column ") older_" column

/* The text of an expression; "" where the table is gone from under the snapshot. */
#define EXPRESSION(tree, relation) \
    "case when " tree " is not null then coalesce(pg_get_expr(" tree ", " relation ", true), '') end"

/* z.description: the comment. obj_description() would run a statement for each. */
#define COMMENT_OF(catalog, oid, column)                                               \
    " left join pg_catalog.pg_description z on z.objoid = " oid                        \
    " and z.classoid = 'pg_catalog." catalog "'::regclass and z.objsubid = " column

/* "fillfactor = 70, buffering = auto" */
#define OPTIONS_OF(options)                                                                                               \
    "(select string_agg(quote_ident(o.option_name) || ' = ' ||"                                                           \
    " case when o.option_value ~ '^[A-Za-z0-9_.+-]+$' then o.option_value else quote_literal(o.option_value) end, ', ')"  \
    " from pg_options_to_table(" options ") o)"

/* path: the schemas of the search path, if they are wanted: $1 is NULL or has a NULL. $2: only what is in the first of them.
 * spaces: all schemas; `name` is NULL for the first of the path.
 * relations: tables, partitions, foreign tables, sequences, views of the schemas that are read. */
static const char head[] =
    "with path as ("
    " select s.name, row_number() over (order by s.place) as place"
    " from unnest(current_schemas(false)::text[]) with ordinality as s (name, place)"
    " where ($1::text[] is null or array_position($1::text[], null) is not null)"
    " and s.name !~ '^pg_' and s.name <> 'information_schema'"
    "), spaces as ("
    " select n.oid, n.nspname::text as full_name,"
    " case when n.nspname::text = (select name from path where place = 1) then null else n.nspname::text end as name,"
    " n.nspname::text in (select name from path where place = 1 or not $2::bool) or coalesce(n.nspname::text = any ($1::text[]), false) as read"
    " from pg_catalog.pg_namespace n"
    "), extended as ("
    " select d.classid, d.objid from pg_catalog.pg_depend d"
    " where d.deptype = 'e' and d.classid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass)"
    "), relations as ("
    " select c.oid, s.name as schema, c.relname::text as name, c.relkind as kind, c.relispartition as partition,"
    " c.relpersistence as persistence, c.relrowsecurity as row_security, c.relreplident as identity,"
    " c.reloftype as of_type, c.relam as method, c.reltablespace as space, c.reloptions as options"
    " from pg_catalog.pg_class c join spaces s on s.oid = c.relnamespace"
    " where s.read and c.relkind in ('r', 'p', 'f', 'S', 'v', 'm')"
    " and c.oid not in (select e.objid from extended e where e.classid = 'pg_catalog.pg_class'::regclass)"
    "), tables as ("
    " select * from relations where kind in ('r', 'p') and not partition"
    "), types as ("
    " select t.oid, t.typtype as kind, s.name as schema, t.typname::text as name, t.typrelid as relation, t.typcategory as category"
    " from pg_catalog.pg_type t join spaces s on s.oid = t.typnamespace"
    " where s.read and t.typtype in ('e', 'd', 'c', 'r', 'b')"
    " and t.oid not in (select e.objid from extended e where e.classid = 'pg_catalog.pg_type'::regclass)"
    ")";

static const char enums[] =
    "select dense_rank() over (order by t.schema collate \"C\" nulls first, t.name collate \"C\"), e.enumsortorder, array["
    "t.oid::text, t.schema, t.name, z.description, e.enumlabel::text]"
    " from types t left join pg_catalog.pg_enum e on e.enumtypid = t.oid"
    COMMENT_OF("pg_type", "t.oid", "0") " where t.kind = 'e'";

static const char tables[] =
    "select t.oid, 0, array["
    "t.oid::text, t.schema, t.name, z.description]"
    " from tables t" COMMENT_OF("pg_class", "t.oid", "0");

#define COLUMNS                                                           \
    " from tables r join pg_catalog.pg_attribute a on a.attrelid = r.oid" \
    " and a.attnum > 0 and not a.attisdropped"

/* e: the elements' type of an array; t: that or the type itself. A serial column owns the sequence, and its default is nothing but that
 * sequence's next value. */
static const char columns[] =
    "select r.oid, a.attnum, array["
    "r.oid::text, a.attnum::text, a.attname::text,"
    " t.oid::text, " SCHEMA_OF("ts", TYPE_IS_FOUND) ", t.typname::text, (ts.full_name = 'pg_catalog')::text,"
    " (t.oid <> a.atttypid)::text, a.atttypmod::text, format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, -1),"
    " a.attnotnull::text, " EXPRESSION("d.adbin", "d.adrelid") ", nullif(a.attgenerated::text, ''), nullif(a.attidentity::text, ''),"
    " (select q.oid::text from pg_catalog.pg_depend o join pg_catalog.pg_class q on q.oid = o.objid and q.relkind = 'S'"
    "  where o.classid = 'pg_catalog.pg_class'::regclass and o.refclassid = 'pg_catalog.pg_class'::regclass"
    "  and o.deptype = 'a' and o.refobjid = a.attrelid and o.refobjsubid = a.attnum"
    "  and a.attnotnull and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)"
    "  and pg_get_expr(d.adbin, d.adrelid, true) = 'nextval(''' || replace(q.oid::regclass::text, '''', '''''') || '''::regclass)'"
    "  limit 1),"
    " case when l.oid is not null then " SCHEMA_OF("ls", "pg_collation_is_visible(l.oid)") " end, l.collname::text,"
    " z.description]"
    COLUMNS
    " join pg_catalog.pg_type w on w.oid = a.atttypid"
    " left join pg_catalog.pg_type e on e.oid = w.typelem and e.typarray = w.oid"
    " join pg_catalog.pg_type t on t.oid = coalesce(e.oid, w.oid)"
    " join spaces ts on ts.oid = t.typnamespace"
    " left join pg_catalog.pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum"
    " left join pg_catalog.pg_collation l on l.oid = a.attcollation and a.attcollation <> w.typcollation"
    " left join spaces ls on ls.oid = l.collnamespace"
    COMMENT_OF("pg_class", "r.oid", "a.attnum");

/* Those of what is left out (a partition's serial) are left out. */
static const char sequences[] =
    "select dense_rank() over (order by r.schema collate \"C\" nulls first, r.name collate \"C\"), 0, array["
    "r.oid::text, r.schema, r.name, q.seqtypid::oid::text, q.seqstart::text, q.seqincrement::text,"
    " q.seqmin::text, q.seqmax::text, q.seqcache::text, q.seqcycle::text, o.refobjid::text, o.refobjsubid::text,"
    " coalesce(o.deptype = 'i', false)::text, z.description]"
    " from relations r join pg_catalog.pg_sequence q on q.seqrelid = r.oid"
    " left join pg_catalog.pg_depend o on o.classid = 'pg_catalog.pg_class'::regclass and o.objid = r.oid"
    "  and o.refclassid = 'pg_catalog.pg_class'::regclass and o.refobjsubid > 0 and o.deptype in ('a', 'i')"
    COMMENT_OF("pg_class", "r.oid", "0")
    " where o.objid is null or o.refobjid in (select oid from tables)";

/* Those with a parent are the server's own, for each partition of a table that is referred to. */
#define CONSTRAINTS                                                        \
    " from tables r join pg_catalog.pg_constraint k on k.conrelid = r.oid" \
    " and k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0"

/* By kind and name: the server makes those of one CREATE TABLE in an order of its own. */
static const char constraints[] =
    "select r.oid, strpos('puxcf', k.contype::text) * 10000 + row_number() over (partition by r.oid order by k.conname collate \"C\"), array["
    "k.oid::text, r.oid::text, k.contype::text, k.conname::text, k.condeferrable::text, k.condeferred::text,"
    " k.convalidated::text, (k.connoinherit and k.contype = 'c')::text,"
    " coalesce(" NEWER("i", "indnullsnotdistinct") ", false)::text, " EXPRESSION("k.conbin", "k.conrelid") ","
    " fs.name, f.relname::text, k.confdeltype::text, k.confupdtype::text, k.confmatchtype::text,"
    " i.indexrelid::text, m.amname::text, " EXPRESSION("i.indpred", "i.indrelid") ","
    " z.description]"
    CONSTRAINTS
    " left join pg_catalog.pg_class f on f.oid = k.confrelid"
    " left join spaces fs on fs.oid = f.relnamespace"
    " left join pg_catalog.pg_index i on i.indexrelid = k.conindid and k.contype in ('p', 'u', 'x')"
    " left join pg_catalog.pg_class ic on ic.oid = i.indexrelid"
    " left join pg_catalog.pg_am m on m.oid = ic.relam"
    COMMENT_OF("pg_constraint", "k.oid", "0")
    OLDER("indnullsnotdistinct", "bool");

static const char keys[] =
    "select k.oid, c.role * 10000 + c.place, array["
    "k.oid::text, (array['column', 'referred', 'on delete'])[c.role], a.attname::text]"
    CONSTRAINTS OLDER("confdelsetcols", "int2[]")
    " cross join lateral ("
    "  select 1 as role, k.conrelid as relation, x.number, x.place"
    "   from unnest(k.conkey) with ordinality as x (number, place) where k.contype <> 'x'"
    "  union all select 2, k.confrelid, x.number, x.place"
    "   from unnest(k.confkey) with ordinality as x (number, place)"
    "  union all select 3, k.conrelid, x.number, x.place"
    "   from unnest(" NEWER("k", "confdelsetcols") ") with ordinality as x (number, place)"
    " ) c"
    " join pg_catalog.pg_attribute a on a.attrelid = c.relation and a.attnum = c.number";

#define INDEXES                                                          \
    " from tables r join pg_catalog.pg_index i on i.indrelid = r.oid"    \
    " join pg_catalog.pg_class ic on ic.oid = i.indexrelid"              \
    " left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid" \
    "  and k.conrelid = r.oid and k.contype in ('p', 'u', 'x')"

static const char indexes[] =
    "select r.oid, row_number() over (partition by r.oid order by ic.relname collate \"C\"), array["
    "i.indexrelid::text, r.oid::text, ic.relname::text, i.indisunique::text,"
    " coalesce(" NEWER("i", "indnullsnotdistinct") ", false)::text, m.amname::text, " EXPRESSION("i.indpred", "i.indrelid") ","
    " " OPTIONS_OF("ic.reloptions") ", z.description]"
    INDEXES OLDER("indnullsnotdistinct", "bool")
    " join pg_catalog.pg_am m on m.oid = ic.relam"
    COMMENT_OF("pg_class", "i.indexrelid", "0") " where k.oid is null";

/* Of indexes that stand alone and of exclusion constraints all; of a key's, what it includes. An expression has a collation of its own;
 * whether the index has another shows only in its definition. */
static const char parts[] =
    "select i.indexrelid, p.place, array["
    "i.indexrelid::text, a.attname::text,"
    " case when p.number = 0 then pg_get_indexdef(i.indexrelid, p.place::int, true) end, (p.place > i.indnkeyatts)::text,"
    " case when l.oid is not null then " SCHEMA_OF("ls", "pg_collation_is_visible(l.oid)") " end, l.collname::text,"
    " case when p.place <= i.indnkeyatts and (not c.opcdefault or ia.attoptions is not null) then"
    "  case when pg_opclass_is_visible(c.oid) then '' else quote_ident(cs.full_name) || '.' end || quote_ident(c.opcname)"
    "  || coalesce('(' || " OPTIONS_OF("ia.attoptions") " || ')', '') end,"
    " case when c.opcdefault and ia.attoptions is null then c.opcname::text end,"
    " case when op.oid is null then null when pg_operator_is_visible(op.oid) then op.oprname::text"
    "  else 'OPERATOR(' || quote_ident(os.full_name) || '.' || op.oprname || ')' end,"
    " (coalesce(i.indoption[p.place - 1], 0) & 1 = 1)::text, (coalesce(i.indoption[p.place - 1], 0) & 2 = 2)::text]"
    INDEXES
    " cross join lateral unnest(i.indkey::int2[]) with ordinality as p (number, place)"
    " join pg_catalog.pg_attribute ia on ia.attrelid = i.indexrelid and ia.attnum = p.place"
    " left join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum = p.number and p.number <> 0"
    " left join pg_catalog.pg_collation l on l.oid = i.indcollation[p.place - 1]"
    "  and case when p.number <> 0 then l.oid <> a.attcollation"
    "  else strpos(pg_get_indexdef(i.indexrelid, 0, true), pg_get_indexdef(i.indexrelid, p.place::int, true) || ' COLLATE ') > 0 end"
    " left join spaces ls on ls.oid = l.collnamespace"
    " left join pg_catalog.pg_opclass c on c.oid = i.indclass[p.place - 1] left join spaces cs on cs.oid = c.opcnamespace"
    " left join pg_catalog.pg_operator op on op.oid = k.conexclop[p.place] left join spaces os on os.oid = op.oprnamespace"
    " where k.oid is null or k.contype = 'x' or p.place > i.indnkeyatts";

/* What metadata cannot express. */
#define NOTES "select n.sort, 0, array[n.kind, n.schema, n.name, n.part, n.detail] from ("
#define END_OF_NOTES ") n (sort, kind, schema, name, part, detail)"

static const char notes_on_schemas[] =
    NOTES
    "select 0, 'no path', null, null, null, current_setting('search_path')"
    " where ($1::text[] is null or array_position($1::text[], null) is not null) and not exists (select from path)"
    " union all select 0, 'no schema', null, w.name, null, null from unnest($1::text[]) w (name)"
    " where w.name is not null and not exists (select from spaces s where s.full_name = w.name)"
    " union all select s.oid, 'no right', null, s.full_name, null, current_user from spaces s"
    " where s.read and not has_schema_privilege(s.oid, 'usage')"
    " union all select s.oid, 'schema comment', null, s.full_name, null, null from spaces s"
    COMMENT_OF("pg_namespace", "s.oid", "0") " where s.read and z.description is not null"
    " and not (s.full_name = 'public' and z.description = 'standard public schema')"
    END_OF_NOTES;

static const char notes_on_tables[] =
    NOTES
    "select r.oid, 'foreign', r.schema, r.name, null, null from relations r where r.kind = 'f' and not r.partition"
    " union all select r.oid, case r.kind when 'v' then 'view' else 'stored view' end, r.schema, r.name, null, null"
    " from relations r where r.kind in ('v', 'm')"
    " union all select r.oid, 'partition', r.schema, r.name, null, h.inhparent::regclass::text"
    " from relations r join pg_catalog.pg_inherits h on h.inhrelid = r.oid where r.partition"
    " union all select r.oid, 'partitioned', r.schema, r.name, null, pg_get_partkeydef(r.oid)"
    " from tables r where r.kind = 'p'"
    " union all select r.oid, 'inherits', r.schema, r.name, null, h.inhparent::regclass::text"
    " from tables r join pg_catalog.pg_inherits h on h.inhrelid = r.oid"
    " union all select r.oid, 'unlogged', r.schema, r.name, null, null from tables r where r.persistence = 'u'"
    " union all select r.oid, 'unlogged', r.schema, r.name, null, null"
    " from relations r where r.kind = 'S' and r.persistence = 'u' and not exists (select from pg_catalog.pg_depend o"
    "  where o.classid = 'pg_catalog.pg_class'::regclass and o.objid = r.oid and o.refobjsubid > 0)"
    " union all select r.oid, 'of type', r.schema, r.name, null, r.of_type::regtype::text from tables r where r.of_type <> 0"
    " union all select r.oid, 'access method', r.schema, r.name, null, m.amname"
    " from tables r join pg_catalog.pg_am m on m.oid = r.method where m.amname <> 'heap'"
    " union all select r.oid, 'tablespace', r.schema, r.name, null, s.spcname"
    " from tables r join pg_catalog.pg_tablespace s on s.oid = r.space"
    " union all select r.oid, 'options', r.schema, r.name, null, array_to_string(r.options, ', ')"
    " from tables r where r.options is not null"
    " union all select r.oid, 'replica identity', r.schema, r.name, null,"
    " case r.identity when 'n' then 'nothing' when 'f' then 'full' else 'an index' end"
    " from tables r where r.identity <> 'd'"
    " union all select r.oid, 'row security', r.schema, r.name, null, null from tables r where r.row_security"
    " union all select r.oid, 'policy', r.schema, r.name, p.polname, null"
    " from tables r join pg_catalog.pg_policy p on p.polrelid = r.oid"
    " union all select r.oid, 'rule', r.schema, r.name, w.rulename, null"
    " from tables r join pg_catalog.pg_rewrite w on w.ev_class = r.oid"
    " union all select r.oid, 'trigger', r.schema, r.name, t.tgname, null"
    " from tables r join pg_catalog.pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal"
    " union all select r.oid, 'statistics', r.schema, r.name, x.stxname, null"
    " from tables r join pg_catalog.pg_statistic_ext x on x.stxrelid = r.oid"
    END_OF_NOTES;

static const char notes_on_columns[] =
    NOTES
    "select r.oid, v.kind, r.schema, r.name, a.attname, v.detail"
    COLUMNS OLDER("attcompression", "\"char\"")
    " join pg_catalog.pg_type t on t.oid = a.atttypid"
    " cross join lateral (values"
    " ('column storage', a.attstorage <> t.typstorage,"
    "  case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end),"
    " ('column compression', " NEWER("a", "attcompression") " in ('p', 'l'),"
    "  case " NEWER("a", "attcompression") " when 'p' then 'pglz' else 'lz4' end),"
    " ('column options', a.attoptions is not null, array_to_string(a.attoptions, ', ')),"
    " ('column statistics', a.attstattarget >= 0, a.attstattarget::text),"
    " ('virtual', a.attgenerated = 'v', null)) v (kind, holds, detail) where v.holds"
    " union all select r.oid, 'not null', r.schema, r.name, a.attname, k.conname"
    COLUMNS " join pg_catalog.pg_constraint k on k.conrelid = r.oid and k.contype = 'n'"
    "  and not k.convalidated and k.conkey[1] = a.attnum"
    END_OF_NOTES;

static const char notes_on_constraints[] =
    NOTES
    "select r.oid, 'match', r.schema, r.name, k.conname, null"
    CONSTRAINTS " where k.confmatchtype = 'p'"
    " union all select r.oid, 'not enforced', r.schema, r.name, k.conname, null"
    CONSTRAINTS OLDER("conenforced", "bool") " where not " NEWER("k", "conenforced")
    " union all select r.oid, 'period', r.schema, r.name, k.conname, null"
    CONSTRAINTS OLDER("conperiod", "bool") " where " NEWER("k", "conperiod")
    " union all select r.oid, 'key options', r.schema, r.name, k.conname, array_to_string(ic.reloptions, ', ')"
    INDEXES " where k.oid is not null and ic.reloptions is not null"
    " union all select r.oid, 'key comment', r.schema, r.name, k.conname, null"
    INDEXES COMMENT_OF("pg_class", "i.indexrelid", "0") " where k.oid is not null and z.description is not null"
    " union all select r.oid, 'invalid index', r.schema, r.name, ic.relname, null"
    INDEXES " where not i.indisvalid and r.kind = 'r'"
    " union all select r.oid, 'index tablespace', r.schema, r.name, ic.relname, s.spcname"
    INDEXES " join pg_catalog.pg_tablespace s on s.oid = ic.reltablespace"
    END_OF_NOTES;

static const char notes_on_types[] =
    NOTES
    "select t.oid, 'domain', t.schema, t.name, null, null from types t where t.kind = 'd'"
    " union all select t.oid, 'composite', t.schema, t.name, null, null"
    " from types t join pg_catalog.pg_class c on c.oid = t.relation where t.kind = 'c' and c.relkind = 'c'"
    " union all select t.oid, 'range', t.schema, t.name, null, null from types t where t.kind = 'r'"
    " union all select t.oid, 'base type', t.schema, t.name, null, null from types t where t.kind = 'b' and t.category <> 'A'"
    END_OF_NOTES;

/* clang-format on */

static const struct {
    aq__catalog_part_t part;
    const char *text;
} texts[] = {
    {AQ__CATALOG_ENUM, enums},
    {AQ__CATALOG_TABLE, tables},
    {AQ__CATALOG_COLUMN, columns},
    {AQ__CATALOG_SEQUENCE, sequences},
    {AQ__CATALOG_CONSTRAINT, constraints},
    {AQ__CATALOG_KEY, keys},
    {AQ__CATALOG_INDEX, indexes},
    {AQ__CATALOG_PART, parts},
    {AQ__CATALOG_NOTE, notes_on_schemas},
    {AQ__CATALOG_NOTE, notes_on_tables},
    {AQ__CATALOG_NOTE, notes_on_columns},
    {AQ__CATALOG_NOTE, notes_on_constraints},
    {AQ__CATALOG_NOTE, notes_on_types},
};

/* What the server shows depends on the rest; jit: to compile a plan of this size takes longer than to run it. */
const char *aq__catalog_settings(void)
{
    return "select set_config('jit', 'off', true), set_config('quote_all_identifiers', 'off', true),"
           " set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),"
           " set_config('timezone', 'UTC', true), set_config('extra_float_digits', '1', true),"
           " set_config('bytea_output', 'hex', true)";
}

char *aq__catalog_query(void)
{
    aq_text_t sql = {0};

    aq_text_append(&sql, head);
    for (size_t i = 0; i < AQ__COUNT_OF(texts); i++)
        aq_text_appendf(&sql,
                        "%s select %d, x.sort::int8, x.place::float8, x.item::text[]"
                        " from (%s) x (sort, place, item)",
                        i == 0 ? " select a.part, a.item from (" : " union all", (int)texts[i].part,
                        texts[i].text);
    aq_text_append(&sql,
                   ") a (part, sort, place, item) order by a.part, a.sort, a.place, a.item collate \"C\"");
    return aq_text_take(&sql);
}
