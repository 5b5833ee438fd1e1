-- Each lint, what it finds and what it lets pass.

-- name: update_without_where
update account set balance = 0;
-- name: update_inside
with u as (update account set balance = 0 returning id) select id from u;
-- name: update_with_where
update account set nickname = null where true;

-- name: delete_without_where
delete from post;
-- name: delete_with_where
delete from post where id = 1;

-- name: select_star
select * from account;
-- name: select_star_in_an_arm
select id from account union (select id from account intersect select p.* from (select 1) p);
-- name: returning_star
delete from post where id = 1 returning *;
-- name: insert_from_star
insert into post (id, author, title, parent) select * from post;
-- name: harmless_stars
with all_of_it as (select * from account)
select count(*), exists (select * from post), row_to_json(a.*) from (select * from all_of_it) a group by a.*;

-- name: insert_without_columns
insert into account values (1, 'x', null, 0, null, 1);
-- name: insert_with_columns
insert into account (id, name, balance, age) values (1, 'x', 0, 1);
-- name: insert_defaults
insert into account default values;

-- name: limit_without_order
select id from account limit 10;
-- name: offset_without_order
select id from (select id from account offset $1) s order by id;
-- name: limit_with_order
select id from account order by id limit 10 offset 5;
-- name: no_limit
select id from account limit all;
-- name: limit_in_exists
select exists (select from account limit 1);

-- name: compares_null
select id from account where nickname = null or null <> nickname;
-- name: tests_null
select id from account where nickname is null and nickname is distinct from null and nickname = 'null';

-- name: not_in_nullable
select id from post where id not in (select parent from post);
-- name: not_in_unknown
select id from post where id not in (select q.parent from post p join post q on q.id = p.id);
-- name: not_in_not_null
select id from post where id not in (select id from public.post);
-- name: not_in_guarded
select id from post where id not in (select p.parent from post p where author = 1 and p.parent is not null);
-- name: in_nullable
select id from post where id in (select parent from post) and id not in (1, 2);

-- name: cross_join
select a.id from account a, post p;
-- name: one_side_forgotten
select a.id from account a, post p, name n where p.author = a.id;
-- name: joined
select a.id from account a, post p, name n where p.author = a.id and n.id = a.id;
-- name: joined_by_bare_names
select author from account a, post where a.id = author;
-- name: meant_so
select a.id from account a cross join post p, generate_series(1, 2), lateral (select a.id) l;

-- name: placeholder_gap
select id from account where id = $3 or name = $1;
-- name: placeholder_gaps
select $9::text;
-- name: all_placeholders
select id from account where id = $2 or name = $1;

-- name: transaction_control
begin;
-- name: savepoint
savepoint here;

-- name: multiple_statements
select 1;
select 2;
select 3;

-- name: no_statement

-- name: select_star
select 1;

-- name: allowed
delete from post; -- aquifer: allow delete-without-where
-- name: allowed_before
-- aquifer: allow update-without-where, select-star -- the whole table is meant
update account set balance = 0 returning *;
-- name: allowed_inside
select * -- aquifer: allow select-star
  from account;
-- name: allowed_for_one_only
select * from account;
-- name: unknown_lint
-- aquifer: allow nonsense,select-star
select * from account;
