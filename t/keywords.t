#!/usr/bin/env perl
# src/schema/keywords.h is what build-aux/keywords makes of a PostgreSQL 15 that runs, of any other version it says the same or less,
# and the keywords that are not in it may name everything without quotes.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $dir = tempdir(CLEANUP => 1);
my $psql = 'psql -XAtq -d "$AQUIFER_DATABASE_URI"';

sub words { my ($from) = @_; return map { /^"(.*)",$/ ? $1 : () } split /\n/, $from }

# One server for all.
open my $script, '>', "$dir/script" or die $!;
print $script <<"SH";
set -e
'$source/build-aux/keywords'
printf '\\f'
$psql -c 'show server_version_num'
printf '\\f'
$psql -c 'select word from pg_get_keywords() order by 1' | tee $dir/words
printf '\\f'
perl '$dir/try' <$dir/words >$dir/trial.sql
$psql -f $dir/trial.sql 2>&1 || true
SH
close $script;

open my $file, '<', "$source/src/schema/keywords.h" or die "keywords.h: $!";
my $golden = do { local $/; <$file> };
my %quoted = map { $_ => 1 } words($golden);

# Every place in which a name may be written.
open my $try, '>', "$dir/try" or die $!;
print $try 'my %quoted = map { $_ => 1 } qw(' . join(' ', sort keys %quoted) . ");\n", <<'PERL';
print "create schema apart;\ncreate table apart.plain (id int, key int);\n";
while (my $w = <STDIN>) {
    chomp $w;
    next if $quoted{$w};
    print <<"SQL";
create schema $w;
create table $w.$w ($w int constraint $w check ($w > 0), other int, primary key ($w), unique (other, $w));
create table $w ($w int, other int default 3);
alter table $w add constraint $w foreign key ($w) references $w.$w ($w) on delete cascade;
alter table $w drop constraint $w;
alter table apart.plain add constraint $w unique (key);
insert into apart.plain values (1, 1) on conflict on constraint $w do nothing;
alter table apart.plain drop constraint $w;
alter table $w drop column $w, add column $w int not null default 1, alter column $w set default 2;
create unique index $w on apart.plain (id, key);
drop index apart.$w;
comment on column $w.$w.$w is '';
insert into $w ($w, other) values (1, null) returning $w, $w.$w;
insert into $w.$w ($w) select $w from $w on conflict ($w) do update set $w = excluded.$w returning $w;
select $w, $w.$w, $w.$w as $w, count($w) from $w as $w where $w = 1 and $w.$w > 0 and not $w = 2 group by $w order by $w;
select $w.$w from $w where $w is not null for update of $w;
select a.$w from $w.$w a join $w on $w.$w = a.$w;
select $w from $w.$w as a left join $w as c using ($w);
with $w ($w) as (select 1) select $w.$w from $w union all select $w from $w limit 1;
update $w set $w = $w.$w + 1, other = $w where $w = any (array[1]);
update $w.$w set ($w, other) = (5, 6) where $w between 1 and 2;
delete from $w.$w where $w.$w = 1 or $w in (2);
truncate $w.$w, $w;
drop table $w, $w.$w;
drop schema $w;
SQL
}
PERL
close $try;

my @made = split /\f/, `'$source/build-aux/postgres' run - --throwaway -- sh $dir/script`, -1;
BAIL_OUT('the server failed') if @made != 4;
my ($table, $version, $all, $trouble) = @made;
chomp $version;

if ($version =~ /^15/) {
    is($table, $golden, 'the table is as build-aux/keywords makes it');
} else {
    is(join(' ', grep { !$quoted{$_} } words($table)), '', "every word that $version reserves is in the table");
}
is(join(' ', words($golden)), join(' ', sort keys %quoted), 'the table is sorted, and no word is in it twice');
cmp_ok(scalar(split(/\n/, $all)) - scalar(keys %quoted), '>', 300, 'most keywords need no quotes');
is(join("\n", grep { /ERROR/ } split /\n/, $trouble), '', 'and then they may name tables, columns, constraints, indexes and schemas');
done_testing();
