selec 1;
select 'before';
-- name: unknown_column
select nosuch
  from account;
-- :name other_style :one
select 'ä', 'ö', nosuch(1);
-- name: open_bracket
select (1;
-- name: junk
select 1abc from account;
-- name: two_without_semicolon
select 1
-- name: wrong_value
insert into account (id) values ('x');
-- name: no_type
select $1 is null, $2 = $3;
-- name: newer_syntax
merge into account using post on true when matched then do nothing returning 1;
-- name: atomic
select atomic.id from account as atomic where atomic.id = 1;
-- name: quoted
select ';', $$ ; -- name: x $$, "na;me" /* ; -- name: y */ from (select 1 as "na;me") s;
;;
-- name: never_ends
select 'and so on;
select 1;
