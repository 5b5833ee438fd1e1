#!/usr/bin/env perl
# aquifer check: whole outputs against golden files (make renew-golden writes them anew), and everything that can go wrong around them.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use POSIX qw(:sys_wait_h);
use Test::More;
use Time::HiRes qw(sleep time);

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $build = $ENV{AQUIFER_BUILDDIR} || $source;
my $tool = "$build/aquifer";
my $dir = tempdir(CLEANUP => 1);
$ENV{AQUIFER_POSTGRES} = "$source/build-aux/postgres";
delete @ENV{grep { /^(PG|AQUIFER_DATABASE|AQUIFER_BINDS)/ && !/^AQUIFER_PG_BINDIR/ } keys %ENV};
chmod 0755, $dir;
chdir "$source/t/check" or die "$source/t/check: $!";

sub slurp { my ($path) = @_; open my $file, '<:raw', $path or return "$path: $!"; local $/; return <$file> // '' }
sub spew { my ($path, $text) = @_; open my $file, '>:raw', $path or die "$path: $!"; print $file $text; close $file }

# Status, output and complaints of the tool.
sub check {
    my (@arguments) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', -e "$dir/in" ? "$dir/in" : '/dev/null';
        open STDOUT, '>', "$dir/out";
        open STDERR, '>', "$dir/err";
        exec 'timeout', '60', $tool, 'check', @arguments or exit 127;
    }
    waitpid $pid, 0;
    return ($? >> 8, slurp("$dir/out"), slurp("$dir/err"));
}

sub is_golden {
    my ($actual, $file, $name) = @_;
    my $path = "$source/t/golden/$file";
    spew($path, $actual) if $ENV{AQUIFER_RENEW_GOLDEN};
    return is($actual, slurp($path), $name);
}

sub fails {
    my ($status, $text, $name, @arguments) = @_;
    my ($got, $out, $err) = check(@arguments);
    is($got, $status, "$name: status");
    ref $text ? like($err, $text, "$name: what it says") : is($err, $text, "$name: what it says");
    is($out, '', "$name: nothing else is printed");
    return;
}

# ---- A server that is there: each that the tool starts for itself takes half a second -------------------------------------------

my $postgres = $ENV{AQUIFER_POSTGRES};
chomp(my $place = `'$postgres' mktemp`);
chomp(my $uri = `'$postgres' start '$place' --throwaway --scram --for $$ --remove`);
like($uri, qr/^postgresql:/, 'a server with a password');
my ($password) = $uri =~ m{//aquifer:([^@]+)@};
is(system("psql -qX -v ON_ERROR_STOP=1 '$uri' -f schema.sql"), 0, 'it has the schema');

# ---- Whole outputs ------------------------------------------------------------------------------------------------------------

my $queries;
for my $case (['queries', 0, '--schema', 'schema.sql'], ['lints', 1, '--uri', $uri], ['errors', 1, '--uri', $uri]) {
    my ($name, $expected, @where) = @$case;
    my ($status, $out, $err) = check("$name.sql", @where);
    is($status, $expected, "$name: status");
    is($err, '', "$name: no complaints");
    is_golden($out, "check-$name.txt", "$name: the whole output");
    $queries = $out if $name eq 'queries';
}
{
    my ($status, $out) = check('errors.sql', '--uri', $uri, '--json');
    $out =~ s/("oid": )(\d+)/$1 . ($2 < 16384 ? $2 : '"of a type of the schema"')/ge;
    is($status, 1, 'JSON: status');
    is_golden($out, 'check-errors.json', 'JSON: the whole output');
}

# Every lint is found at least once in lints.sql, but for those of errors.sql.
my ($table) = slurp("$source/src/tool/check.h") =~ /#define AQ__LINTS\(X\)(.*?)\n\n/s;
my $lints = slurp("$source/t/golden/check-lints.txt");
my $page = slurp("$source/docs/aquifer-check.md");
for my $id ($table =~ /"([a-z-]+)"/g) {
    like($lints, qr/ lint: .* \[$id\]$/m, "$id is found in lints.sql");
    like($page, qr/^\| `$id` \|/m, "$id is explained in docs/aquifer-check.md");
}

# ---- Small files --------------------------------------------------------------------------------------------------------------

for my $case (['empty', ''], ['comments', "-- nothing\n/* at all */\n;;\n"]) {
    my ($name, $text) = @$case;
    spew("$dir/$name.sql", $text);
    my ($status, $out, $err) = check("$dir/$name.sql", '--uri', $uri);
    is("$status $out$err", "0 $dir/$name.sql: 0 statements, 0 errors, 0 lints\n", "$name");
}
spew("$dir/in", "\xEF\xBB\xBFselect 1 as one");
{
    my ($status, $out, $err) = check('-', '--uri', $uri);
    is($status, 0, 'standard input: status');
    is("$out$err", "standard input:1:1: SELECT\n  gives  one  integer  not null\n\nstandard input: 1 statement, 0 errors, 0 lints\n",
        'standard input, with a byte order mark');
}
unlink "$dir/in";

# ---- What it refuses ----------------------------------------------------------------------------------------------------------

my $usage = "usage: aquifer check FILE [--schema FILE]... [--uri URI] [--json]\n";
fails(2, "aquifer check: which file?\n$usage", 'no file');
fails(2, "aquifer check: one file at a time: 'postgresql://me:***\@h/x' is one too many\n$usage", 'a password', 'a.sql', 'postgresql://me:secret@h/x');
fails(2, "aquifer check: one file at a time: 'b.sql' is one too many\n$usage", 'two files', 'a.sql', 'b.sql');
fails(2, "aquifer check: there is no option '--nosuch'\n$usage", 'an unknown option', 'a.sql', '--nosuch');
fails(2, "aquifer check: --schema needs a value: FILE\n$usage", 'half an option', 'a.sql', '--schema');
fails(2, "aquifer check: --json has no value\n$usage", 'a value that is none', 'a.sql', '--json=yes');
fails(2, "aquifer check: --uri is there twice\n$usage", 'two servers', 'a.sql', '--uri', 'x', '--uri', 'y');
fails(2, "aquifer check: --schema is for the throwaway server: nothing is changed on the one that --uri names\n$usage",
    'a schema for a server that exists', 'a.sql', '--uri', 'postgresql:///x', '--schema', 'schema.sql');

fails(3, "aquifer check: $dir/nosuch.sql: No such file or directory\n", 'no such file', "$dir/nosuch.sql");
fails(3, "aquifer check: $dir: Is a directory\n", 'a directory', $dir);
spew("$dir/latin1.sql", "select 1;\n\nselect '\xE4';\n");
fails(3, "aquifer check: $dir/latin1.sql:3: this is no text in UTF-8\n", 'Latin 1', "$dir/latin1.sql");
spew("$dir/nul.sql", "select 1;\0");
fails(3, "aquifer check: $dir/nul.sql:1: this is no text in UTF-8\n", 'a NUL', "$dir/nul.sql");

fails(3, "aquifer check: $dir/nosuch.sql: No such file or directory\n", 'no such schema', 'queries.sql', '--schema', "$dir/nosuch.sql");
spew("$dir/bad.sql", "create table t (id int4);\ncreate table u (id nosuch);\n");
fails(3, "aquifer check: $dir/bad.sql:2:20: type \"nosuch\" does not exist\n", 'a schema with an error',
    'queries.sql', '--schema', "$dir/bad.sql");
spew("$dir/bad.sql", "select 'x");
fails(3, "aquifer check: $dir/bad.sql:1:8: unterminated quoted string\n", 'a schema that does not end', 'queries.sql', '--schema', "$dir/bad.sql");
spew("$dir/bad.sql", "begin;\ncreate table t (id int4);\n");
fails(3, "aquifer check: $dir/bad.sql: it leaves a transaction open, which would be lost\n", 'a schema with an open transaction',
    'queries.sql', '--schema', "$dir/bad.sql");
spew("$dir/bad.sql", "create table t (id int4);\ncopy t from stdin;\n");
fails(3, "aquifer check: $dir/bad.sql:2:1: bind 'default': COPY needs aq_copy_in: copy t from stdin\n", 'a schema with COPY',
    'queries.sql', '--schema', "$dir/bad.sql");

# ---- Servers ------------------------------------------------------------------------------------------------------------------

fails(3, "aquifer check: bind 'default': acquire: cannot connect: connection to server on socket \"/nosuch/.s.PGSQL.5432\" failed: "
    . "No such file or directory Is the server running locally and accepting connections on that socket?\n",
    'no server', 'queries.sql', '--uri', 'postgresql://me:pa55word@/x?host=/nosuch');
fails(3, "aquifer check: 'postgresql://me:***\@h/x?port=0': port 0 is out of range: it must be from 1 to 65535\n",
    'a wrong URI', 'queries.sql', '--uri', 'postgresql://me:pa55word@h/x?port=0');
{
    local $ENV{AQUIFER_POSTGRES} = "$dir/nosuch";
    fails(3, "aquifer check: throwaway server: $dir/nosuch: No such file or directory (AQUIFER_POSTGRES names it)\n",
        'no script', 'queries.sql');
    spew("$dir/script", "#!/bin/sh\necho 'no PostgreSQL here' >&2\nexit 1\n");
    chmod 0755, "$dir/script";
    $ENV{AQUIFER_POSTGRES} = "$dir/script";
    fails(3, "no PostgreSQL here\naquifer check: throwaway server: '$dir/script mktemp' failed\n", 'no PostgreSQL', 'queries.sql');
}

# ---- On a server that is there: nothing is changed --------------------------------------------------------------------------------

sub state_of { return scalar `pg_dump '$uri' | grep -v '^.\\(un\\)\\?restrict'` }
{
    my $before = state_of();
    my ($status, $out, $err) = check('queries.sql', '--uri', $uri);
    is($status, 0, 'on a server that is there: status');
    is("$out$err", $queries, 'the output is the same');
    check('lints.sql', '--uri', $uri);
    is(state_of(), $before, 'nothing is changed');
    ($status, $out, $err) = check('queries.sql', '--uri', $uri =~ s/\Q$password\E/wrong/r);
    is($status, 3, 'a wrong password: status');
    like($err, qr/^aquifer check: bind 'default': acquire: cannot connect: .*password authentication failed for user "aquifer"\n\z/,
        'it says so');
    unlike("$out$err", qr/wrong/, 'and does not tell it');
}
# ---- "not null" is true, of rows that have NULLs wherever they can ----------------------------------------------------------------

spew("$dir/rows.sql", <<'END_SQL');
insert into account (id, name, balance, age) values (1, 'a', 0, 1), (2, 'b', 0, 1);
insert into post (id, author, title, parent) values (1, 1, 'x', null), (2, 1, 'y', 1);
insert into child (id, word) values (null, null);
insert into part (id, word) values (1, 'x');
END_SQL
is(system("psql -qX -v ON_ERROR_STOP=1 '$uri' -f $dir/rows.sql"), 0, 'rows that have NULLs');
{
    my (undef, $out) = check('queries.sql', '--uri', $uri, '--json');
    my @wrong;
    my $looked_at = 0;
    for my $statement (@{decode_json($out)->{statements}}) {
        my @columns = @{$statement->{columns}};
        next if $statement->{kind} ne 'SELECT' || !@columns || @{$statement->{parameters}};
        my @sure = grep { $columns[$_]{nullness} eq 'not null' } 0 .. $#columns;
        my $any = join(' or ', 'false', map { "c$_ is null" } @sure);
        my $names = join(', ', map { "c$_" } 0 .. $#columns);
        spew("$dir/sure.sql", "select count(*) filter (where $any) from ($statement->{sql}) as q ($names)");
        chomp(my $nulls = `psql -qAtX '$uri' -f $dir/sure.sql 2>&1`);
        push @wrong, "$statement->{name}: $nulls" if $nulls ne '0';
        $looked_at++;
    }
    is(join("\n", @wrong), '', "no column that is said to be not null is NULL ($looked_at statements)");
    cmp_ok($looked_at, '>', 20, 'of more than twenty statements');
}

is(system("psql -qX -v ON_ERROR_STOP=1 '$uri' -c 'create function now(int4) returns int4 language sql as \$\$select null::int4\$\$'"), 0,
    'a function that has the name of a sure one');
spew("$dir/now.sql", "select now(1), count(*) from account;\nselect now();\n");
{
    my (undef, $out) = check("$dir/now.sql", '--uri', $uri);
    like($out, qr/ now +integer +unknown\n +count +bigint +not null\n/, 'is not trusted');
}
system($postgres, 'remove', $place);

# ---- However it ends, its server goes --------------------------------------------------------------------------------------------

spew("$dir/sleep.sql", "create table here (id int4);\nselect pg_sleep(60);\n");
mkdir "$dir/tmp";
chmod 0755, "$dir/tmp";
$ENV{TMPDIR} = "$dir/tmp";

sub throwaways { return grep { !/aquifer-initdb/ } glob("$dir/tmp/aquifer-*") }

sub await {
    my ($seconds, $condition) = @_;
    my $end = time + $seconds;
    sleep 0.05 until $condition->() || time > $end;
    return $condition->();
}

for my $signal (qw(INT KILL)) { # SIGTERM ends it as SIGINT does
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        exec $tool, 'check', 'queries.sql', '--schema', "$dir/sleep.sql" or exit 127;
    }
    my $asleep = await(60, sub { grep { slurp("$_/log") =~ /ready to accept connections/ && -e "$_/holders" } throwaways() });
    ok($asleep, "SIG$signal: its server runs");
    kill $signal, $pid;
    waitpid $pid, 0;
    is(WIFSIGNALED($?) ? WTERMSIG($?) : "status $?", {INT => 2, TERM => 15, KILL => 9}->{$signal}, "SIG$signal: it ends by it");
    ok(await(20, sub { !throwaways() }), "SIG$signal: the server and its directory go") or diag(join "\n", throwaways());
}
{
    my ($status) = check('queries.sql', '--schema', 'schema.sql');
    is("$status " . join(' ', throwaways()), '0 ', 'and at its own end at once');
}

done_testing;
