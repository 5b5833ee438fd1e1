-- What the statements beside this file are checked against.
begin;
create type mood as enum ('sad', 'ok');
create domain positive as int4 not null check (value > 0);
create table account (
    id int4 primary key,
    name varchar(40) not null,
    nickname text,
    balance numeric(12, 2) not null,
    feels mood,
    age positive
);
create table post (
    id int8 primary key,
    author int4 not null references account,
    title text not null,
    parent int8 references post
);
create view name as select id, name from account;

-- A child that need not keep what its parent declares; and, from 18 on, what is declared and was never looked at.
create table parent (id int4, word text);
create table child () inherits (parent);
create table doubtful (word text);
do $$
begin
    if current_setting('server_version_num')::int4 < 180000 then
        alter table only parent alter column word set not null;
    else
        execute 'alter table parent add not null word no inherit';
        execute 'alter table doubtful add not null word not valid';
    end if;
end
$$;
create table part (id int4 not null, word text not null) partition by range (id);
create table part_1 partition of part for values from (0) to (100);
create table ruled (id int4 not null);
create rule other as on insert to ruled do instead insert into parent (id, word) values (new.id, 'x') returning id;
commit;
create function twice(a int) returns int language sql
begin atomic select case when a > 0 then 1 else 2 end; select 2 * a; end;
