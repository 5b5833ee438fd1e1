-- name: find_account :one
select id, name, nickname, balance, feels, age
  from account
 where id = $1;

-- name: accounts_older_than :many
select a.id, a.name from account a where a.age > $1 and a.feels = any($2) order by a.id limit $3;

-- name: left_join
select a.id, a.name, p.id, p.title, p.parent from account a left join post p on p.author = a.id;

-- name: right_join
select a.id, p.id from account a right join post p on p.author = a.id;

-- name: full_join
select a.id, p.id from account a full join post p on p.author = a.id;

-- name: inner_joins
select a.id, p.title from account a join post p on p.author = a.id, lateral (select 1) as one;

-- name: self_join
select p.id, q.id, q.title from post p left join post q on q.id = p.parent;

-- name: unqualified
select id, title, balance from account left join post p using (id);

-- name: nested_joins
select a.id, p.id, q.id from account a left join (post p join post q on q.id = p.parent) on p.author = a.id;

-- name: joined_alias
select j.name, j.title from (account a left join post p on p.author = a.id) as j;

-- name: through_subqueries
select s.id, s.title from (select p.id, p.title from post p) s;

-- name: outer_join_in_a_subquery
select s.id, s.title from (select p.id, p.title from account a left join post p on p.author = a.id) s;

-- name: far_lateral
select l.id, p.title from post p left join lateral (select p.id) l on false;

-- name: far_in_lateral
select l.id, a.name from account a, post p, lateral (select q.id from account b left join (select p.id) q on false) l
 where p.author = a.id and l.id = a.id;

-- name: far_subquery
select a.id, name, s.n from account a left join (select author, count(*) as n from post group by author) s on s.author = a.id;

-- name: far_cte
with posts as (select id, author from post)
select a.id, posts.id from account a left join posts on posts.author = a.id;

-- name: near_cte
with posts as (select id, author from post)
select posts.id from posts;

-- name: cte_of_the_same_name
with account as (select p.id from post q left join post p on p.id = q.parent)
select account.id from account;

-- name: a_view
select id, name from name;

-- name: grouping_sets
select author, title, count(*) from post group by rollup (author, title);

-- name: grouped
select author, count(*), max(id), min(title) from post group by author;

-- name: set_operation
select id from account union all select null;

-- name: set_operation_in_a_subquery
select s.id from (select id from account union all select null) s;

-- name: recursion
with recursive up as (select id from post where id = $1 union all select p.parent from post p join up on up.id = p.id)
select up.id from up;

-- name: values
values ($1::int4, 'x'), (2, null);

-- name: inheritance
select id, word from parent;

-- name: one_child
select word from child;

-- name: partitions
select id, word from part;

-- name: returning
insert into account (id, name, balance) values ($1, $2, $3) returning id, name, nickname;

-- name: returning_what_a_rule_says
insert into ruled (id) values ($1) returning id;

-- name: update_from
update account a set name = q.title from post p left join post q on q.id = p.parent
 where p.author = a.id returning a.id, p.id, q.id;

-- name: delete_using
delete from post p using account a where a.id = p.author returning p.id, p.parent, a.name;

-- name: old_and_new
select old.id, new.id from post old join post new on new.parent = old.id;

-- name: expressions
select 1 as one, null as nothing, $1::int4 as given, count(*) over () as n, now() as now,
       account.id + 1 as sum, coalesce(nickname, '') as coalesced, coalesce(nickname, title) as not_sure,
       nickname is null as test, exists (select 1) as is_there, array(select 1) as listed, '7'::int8 as cast_text,
       case when age > 1 then 'a' else 'b' end as cased, case when age > 1 then 'a' end as half_cased,
       current_date as today, current_schema as schema, greatest(age, 1) as most, (select 1) as scalar,
       nullif(1, 1) as nulled, row_number() over () as number, lag(age) over () as lagged, array[1] as one_listed,
       'ok'::mood as mood
  from account join post on author = account.id;

-- name: stars
select a.*, 1 as one, p.title, 'x' as x from account a left join post p on p.author = a.id; -- aquifer: allow select-star

-- name: two_stars
select 1 as one, a.*, p.*, 2 as two from account a left join post p on p.author = a.id; -- aquifer: allow select-star

-- name: system_columns
select ctid, tableoid, p as whole from post p;

-- name: no_rows
update account set balance = 0 where id = $1;

-- name: statements_of_other_kinds
explain select 1;
-- name: show
show server_encoding;
-- name: ddl
create table if not exists later (id int4);
