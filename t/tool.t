#!/usr/bin/env perl
# The aquifer command: what it prints, what it refuses, its statuses; on files and on a live database.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(time);

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $build = $ENV{AQUIFER_BUILDDIR} || $source;
my $aquifer = "$build/aquifer";
my $postgres = "$source/build-aux/postgres";
my $dir = tempdir(CLEANUP => 1);
my ($top, $data);
delete @ENV{grep { /^AQUIFER_(?!SRCDIR|BUILDDIR|PG_|VECTORS)/ } keys %ENV};

END {
    my $status = $?;
    system("$postgres remove $data >/dev/null 2>&1") if $data;
    remove_tree($top) if $top;
    $? = $status;
}

# ---- Helpers --------------------------------------------------------------------------------------------------------------

sub slurp { my ($path) = @_; open my $file, '<', $path or return undef; local $/; return <$file> // '' }
sub spew { my ($path, $text) = @_; open my $file, '>', $path or die "$path: $!"; print $file $text; close $file; return $path }

# Status, standard output and standard error of a command, with a text as its standard input.
sub run {
    my ($input, @arguments) = @_;
    my $status = -1;
    spew("$dir/in", $input // '');
    my $pid = fork // die;
    if (!$pid) {
        chdir $dir or die;
        open STDIN, '<', "$dir/in" or die;
        open STDOUT, '>', "$dir/out" or die;
        open STDERR, '>', "$dir/err" or die;
        exec $aquifer, @arguments or die;
    }
    waitpid $pid, 0;
    return ($? & 127 ? 128 + ($? & 127) : $? >> 8, slurp("$dir/out"), slurp("$dir/err"));
}

sub gives {
    my ($name, $arguments, $status, $out, $err, $input) = @_;
    my @got = run($input, @$arguments);
    is($got[2], $err, "$name: what it tells");
    is($got[1], $out, "$name: what it prints") if defined $out;
    is($got[0], $status, "$name: status $status");
}

# ---- The command itself -----------------------------------------------------------------------------------------------------

my ($status, $out, $err) = run(undef, '--help');
is($status, 0, 'aquifer --help: status 0');
like($out, qr/^usage: aquifer COMMAND \.\.\.\n\n/, 'aquifer --help says how it is used');
my @commands = $out =~ /^  aquifer (\w+) /mg;
for my $command ('check', 'ddl', 'models', 'reflect') {
    ok((grep { $_ eq $command } @commands), "aquifer --help has $command");
    my ($usage) = $out =~ /^  aquifer $command (.*)$/m;
    my ($helped, $help, $complaint) = run(undef, $command, '--help');
    is($helped, 0, "aquifer $command --help: status 0");
    is($complaint, '', "aquifer $command --help goes to standard output");
    is((split /\n/, $help)[0], "usage: aquifer $command $usage", "aquifer $command --help has the same usage");
    like($help, qr/^Status: 0 done; 1 done, but something was told; 2 wrong usage; 3 it could not be done\.\n\z/m, 'and its statuses');
    is((run(undef, $command, 'x', '-h'))[1], $help, "aquifer $command -h is the same");
    my %options = map { $_ => 1 } $help =~ /(--\w+) [A-Z]/g;
    delete $options{'--output'}; # explained for all of them
    my $page = slurp("$source/docs/aquifer.md") // '';
    my ($section) = $page =~ /^## aquifer $command\n(.*?)(?=^## |\z)/ms;
    ok($section, "docs/aquifer.md has a section about $command");
    $section .= slurp("$source/docs/$1") if ($section // '') =~ /\]\((aquifer-\w+\.md)\)/;
    like($section // '', qr/\Q$usage\E/, 'with its usage');
    like($section // '', qr/\Q$_\E/, "with $_") for sort keys %options;
}

SKIP: {
    skip('there is no /dev/full', 3) if !-w '/dev/full';
    for my $arguments ('--help', 'models --help', "models $source/sql/quickstart.sql") {
        my $who = $arguments =~ /^models \// ? 'aquifer models' : 'aquifer';
        is(`$aquifer $arguments 2>&1 >/dev/full; echo \$?`, "$who: standard output: No space left on device\n3\n", "aquifer $arguments into what is full");
    }
}

# ---- Arguments ----------------------------------------------------------------------------------------------------------------

my %usage = (
    models => "usage: aquifer models FILE... [-o FILE] [--name NAME]\n",
    ddl => "usage: aquifer ddl FILE...|URI [--schema NAME]... [-o FILE]\n",
    reflect => "usage: aquifer reflect URI [--schema NAME]... [-o FILE] [--name NAME]\n",
);
gives('no file', ['models'], 2, '', "aquifer models: which SQL file?\n$usage{models}");
gives('an option that there is not', ['models', '--nmae', 'x'], 2, '', "aquifer models: there is no option '--nmae'\n$usage{models}");
gives('a letter that there is not', ['models', '-x'], 2, '', "aquifer models: there is no option '-x'\n$usage{models}");
gives('no value', ['models', 'a.sql', '-o'], 2, '', "aquifer models: --output needs a value: FILE\n$usage{models}");
gives('an option twice', ['models', '-o', 'a', '--output=b', 'x.sql'], 2, '', "aquifer models: --output is there twice\n$usage{models}");
gives('no file and no database', ['ddl'], 2, '', "aquifer ddl: which SQL file or database?\n$usage{ddl}");
gives('a schema of a file', ['ddl', '--schema', 's', 'a.sql'], 2, '', "aquifer ddl: --schema is for a database\n$usage{ddl}");
gives('two databases', ['ddl', 'postgresql:///a', 'postgresql:///b'], 2, '',
    "aquifer ddl: one database at a time: 'postgresql:///b' is one too many\n$usage{ddl}");
gives('no database', ['reflect'], 2, '', "aquifer reflect: which database?\n$usage{reflect}");
gives('no URI', ['reflect', 'a.sql'], 2, '', "aquifer reflect: 'a.sql' is no postgresql:// URI\n$usage{reflect}");
gives('two URIs', ['reflect', 'postgresql:///a', 'b'], 2, '', "aquifer reflect: one database at a time: 'b' is one too many\n$usage{reflect}");
gives('no such file', ['models', 'missing.sql'], 3, '', "aquifer models: missing.sql: No such file or directory\n");
gives('a folder', ['models', '.'], 3, '', "aquifer models: .: Is a directory\n");
spew("$dir/binary.sql", "select '\0'");
gives('no SQL', ['ddl', 'binary.sql'], 3, '', "aquifer ddl: binary.sql:1: this is no text in UTF-8\n");
spew("$dir/latin1.sql", "select 1;\n\n-- \xE4\n");
gives('Latin 1', ['models', 'latin1.sql'], 3, '', "aquifer models: latin1.sql:3: this is no text in UTF-8\n");
gives('a URI that is none', ['reflect', 'postgresql://me:secret@h:0/x'], 3, '',
    "aquifer reflect: 'postgresql://me:***\@h:0/x': port 0 is out of range: it must be from 1 to 65535\n");
gives('a password in a URI that is none', ['reflect', 'postgre://me:secret@h/x'], 2, '',
    "aquifer reflect: 'postgre://me:***\@h/x' is no postgresql:// URI\n$usage{reflect}");
gives('in keywords', ['reflect', 'host=h password=secret'], 2, '',
    "aquifer reflect: 'host=h password=***' is no postgresql:// URI\n$usage{reflect}");
gives('in one too many', ['reflect', 'postgresql:///a', 'postgresql://me:secret@h/x'], 2, '',
    "aquifer reflect: one database at a time: 'postgresql://me:***\@h/x' is one too many\n$usage{reflect}");
gives('in two', ['ddl', 'postgresql:///a', 'postgresql://me:secret@h/x'], 2, '',
    "aquifer ddl: one database at a time: 'postgresql://me:***\@h/x' is one too many\n$usage{ddl}");
gives('where a file should be', ['models', 'postgresql://me:secret@h/x'], 2, '',
    "aquifer models: 'postgresql://me:***\@h/x' is a database, where a file should be\n$usage{models}");
spew("$dir/right.sql", "create table t (a int);");
gives('behind a file', ['ddl', 'right.sql', 'postgresql://me:secret@h/x'], 2, '',
    "aquifer ddl: 'postgresql://me:***\@h/x' is a database, where a file should be\n$usage{ddl}");
gives('in a file that is not there', ['models', 'postgre://me:secret@h/x'], 3, '', "aquifer models: postgre://me:***\@h/x: No such file or directory\n");
gives('in an option', ['reflect', '-postgresql://me:secret@h/x'], 2, '',
    "aquifer reflect: there is no option '-postgresql://me:***\@h/x'\n$usage{reflect}");
unlike((run(undef, 'postgresql://me:secret@h/x'))[2], qr/secret/, 'and where a command should be');
gives('no server', ['reflect', "postgresql:///x?host=$dir"], 3, '', (run(undef, 'ddl', "postgresql:///x?host=$dir"))[2] =~ s/^aquifer ddl/aquifer reflect/r);
like((run(undef, 'reflect', "postgresql:///x?host=$dir"))[2], qr/^aquifer reflect: .*No such file or directory/, 'no server: the reason');

# ---- Models of files ------------------------------------------------------------------------------------------------------------

for my $name ('quickstart', 'music', 'rental', 'oddities') {
    my $golden = slurp("$source/t/golden/$name.h");
    my ($code, $header) = run(undef, 'models', "$source/sql/$name.sql");
    is($header, $golden, "sql/$name.sql becomes t/golden/$name.h");
    is((run(undef, 'models', '-o', 'models.h', "$source/sql/$name.sql"))[0], $code, 'the same status with -o');
    is(slurp("$dir/models.h"), $golden, 'and the same header');
}
spew("$dir/a.sql", "create table author (id serial primary key, name text not null);\n");
spew("$dir/b.sql", "create table book (id serial primary key, author_id int not null references author);\ncreate table s ();\nnonsense;\n");
spew("$dir/models.h", "old\n");
my $told = <<'END';
b.sql:2:14: s: a table without columns cannot be declared
b.sql:3:1: syntax error at or near "nonsense"; the statement is left out
END
($status, $out, $err) = run(undef, 'models', 'a.sql', 'b.sql', '-omodels.h', '--name', 'my library');
is($err, $told, 'problems have file, line and column');
is($status, 1, 'and the status says so');
my $header = slurp("$dir/models.h");
like($header, qr{^/\* Models of a\.sql, b\.sql, made by aquifer models; edit freely or make it again\.\n \*\n \* What models cannot say}, 'two files');
like($header, qr/^#ifndef MY_LIBRARY_MODELS_H$/m, '--name begins the include guard');
like($header, qr/^static inline int my_library_add_models\(aq_db_t \*db\)$/m, 'and the name of the function');
like($header, qr/^    AQ_INT4\(Book, author_id, \.references = AQ_REF\(Author, id\)\),$/m, 'one file refers to the other');
is(sprintf('%o', (stat "$dir/models.h")[2] & 0777), sprintf('%o', 0666 & ~umask), 'the header has the permissions of a new file');
is_deeply([glob("$dir/models.h.*")], [], 'nothing else is left');
for (['2024-schema', 'database_2024_schema'], ['__x', 'x'], ['', 'database'], ['Größe 2', 'groesse_2'], ['class', 'class_']) {
    my ($name, $words) = @$_;
    my $made = (run(undef, 'models', 'a.sql', '--name', $name))[1];
    my ($guard, $function) = $made =~ /^#ifndef (\w+)\n.*^static inline int (\w+)\(/ms;
    is("$guard $function", uc($words) . "_MODELS_H ${words}_add_models", "--name '$name'");
}
($status, $out, $err) = run(slurp("$dir/a.sql"), 'models', '-');
like($out, qr{^/\* Models of standard input, .*\n#ifndef DATABASE_MODELS_H\n}, 'standard input');
is($status . $err, '0', 'and nothing is wrong');
is((run("create tabel x;\n", 'models', '-', '-o', 'other.h'))[2], "standard input:1:8: syntax error at or near \"tabel\"; the statement is left out\n", 'a problem of standard input');
like(slurp("$dir/other.h"), qr/^#ifndef OTHER_MODELS_H$/m, 'whose header is named by its own file');
gives('nowhere to write', ['models', 'a.sql', '-o', 'no/models.h'], 3, '', "aquifer models: no/models.h: No such file or directory\n");
chmod 0640, "$dir/models.h";
symlink 'models.h', "$dir/link.h";
run(undef, 'models', 'a.sql', '-o', 'link.h');
ok(-l "$dir/link.h", 'a link stays one');
like(slurp("$dir/models.h"), qr/^#ifndef A_MODELS_H$/m, 'what it leads to is written');
is(sprintf('%o', (stat "$dir/models.h")[2] & 0777), '640', 'and keeps its permissions');
is(system("mkfifo $dir/pipe && { $aquifer models $dir/a.sql -o $dir/pipe & } && cat $dir/pipe >$dir/piped && wait"), 0, 'a pipe');
ok(-p "$dir/pipe", 'stays one');
like(slurp("$dir/piped"), qr/^#ifndef A_MODELS_H$/m, 'and is written into');
mkdir "$dir/folder";
gives('a folder to write', ['models', 'a.sql', '-o', 'folder'], 3, '', "aquifer models: folder: Is a directory\n");
is_deeply([glob("$dir/folder.*")], [], 'nothing is left then either');
is((run(undef, 'models', '--', '-missing.sql'))[2], "aquifer models: -missing.sql: No such file or directory\n", 'operands behind --');

# ---- DDL of files -----------------------------------------------------------------------------------------------------------------

gives('DDL of two files', ['ddl', 'a.sql', 'b.sql'], 1, <<'END', "b.sql:3:1: syntax error at or near \"nonsense\"; the statement is left out\n");
CREATE TABLE author (
    id SERIAL NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE s (
);

CREATE TABLE book (
    id SERIAL NOT NULL,
    author_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(author_id) REFERENCES author (id)
);
END
for my $name ('quickstart', 'music', 'rental', 'oddities') {
    run(undef, 'ddl', "$source/sql/$name.sql", '-o', 'first.sql');
    run(undef, 'ddl', 'first.sql', '-o', 'second.sql');
    is(slurp("$dir/second.sql"), slurp("$dir/first.sql"), "the DDL of sql/$name.sql, read again, is the same");
}

# ---- Names that the server gives -----------------------------------------------------------------------------------------------

spew("$dir/named.sql", <<'END');
CREATE TABLE t (id int PRIMARY KEY, b int, c int4range,
    CONSTRAINT t_b_c_key UNIQUE (b) INCLUDE (c),
    CONSTRAINT t_b_key UNIQUE (b) INCLUDE (id),
    CONSTRAINT t_c_excl EXCLUDE USING gist (c WITH &&),
    CONSTRAINT t_c_id_excl EXCLUDE USING gist (c WITH &&) INCLUDE (id) WHERE (id > 1),
    CONSTRAINT t_b_excl EXCLUDE USING gist (c WITH &&) WHERE (id > 2));
END
($status, $out, $err) = run(undef, 'models', 'named.sql');
my ($constraints) = $out =~ /^static const aq_constraint_t t_constraints\[\] = \{\n(.*?)^\};/ms;
is($constraints, <<'END', 'are not repeated, with INCLUDE and of EXCLUDE too; others are');
    AQ_UNIQUE(.columns = AQ_COLUMNS("b"), .include = AQ_COLUMNS("c")),
    AQ_UNIQUE(.columns = AQ_COLUMNS("b"), .include = AQ_COLUMNS("id"), .name = "t_b_key"),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "c", .with = "&&"})),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "c", .with = "&&"}), .include = AQ_COLUMNS("id"),
               .where = "id > 1"),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "c", .with = "&&"}), .where = "id > 2", .name = "t_b_excl"),
END

# ---- How long it takes -------------------------------------------------------------------------------------------------------------

sub big_schema {
    my ($tables) = @_;
    my $sql = "create type state as enum ('new', 'open', 'done');\n";
    for my $i (1 .. $tables) {
        my $other = $i > 1 ? int($i / 2) : 1;
        $sql .= <<"END";
create table entry_$i (
    id bigserial primary key,
    name varchar(80) not null unique,
    state state not null default 'new',
    parent_id bigint references entry_$i on delete cascade,
    owner_id bigint not null references entry_$other,
    amount numeric(10, 2) check (amount >= 0),
    created timestamptz not null default now(),
    tags text[],
    unique (owner_id, name)
);
create index on entry_$i (created);
create index entry_${i}_lower on entry_$i (lower(name)) where state <> 'done';
comment on table entry_$i is 'number $i';
END
    }
    return $sql;
}
spew("$dir/big.sql", big_schema(200));
my ($best, $cpu) = (1e9, 0);
for (1 .. 3) {
    my ($start, $before) = (time, (times)[2] + (times)[3]);
    is((run(undef, 'models', 'big.sql', '-o', 'big.h'))[0], 0, '200 tables become models');
    my ($took, $busy) = (time - $start, (times)[2] + (times)[3] - $before);
    ($best, $cpu) = ($took, $busy) if $took < $best;
}
diag(sprintf('aquifer models: 200 tables, 1600 columns, %d kB of C: %.3f s, of which the processor was busy %.3f s',
    (-s "$dir/big.h") / 1024, $best, $cpu));
# a sanitizer makes it slower, and so do others on the same machine: only the processor's time counts, generously
cmp_ok($cpu, '<', 5, '200 tables take no time to speak of');

# ---- A live database ------------------------------------------------------------------------------------------------------------------

SKIP: {
    my $psql = 'psql';
    skip('psql is not installed', 1) if system("$psql --version >$dir/found 2>&1");
    chomp($top = `$postgres mktemp`);
    chmod 0755, $top;
    $data = "$top/data";
    chomp(my $uri = `$postgres start $data --throwaway`);
    like($uri, qr/^postgresql:/, 'a PostgreSQL of our own') or BAIL_OUT('no PostgreSQL');
    is(system("$psql -q -v ON_ERROR_STOP=1 '$uri' -f $source/sql/quickstart.sql >$dir/psql 2>&1"), 0, 'it runs sql/quickstart.sql')
        or diag(slurp("$dir/psql"));
    my ($database) = $uri =~ m{/(\w+)(?:\?|\z)};
    ($status, $out, $err) = run(undef, 'reflect', $uri, '--name', 'quickstart');
    my $expected = slurp("$source/t/golden/quickstart.h");
    $expected =~ s/Models of quickstart\.sql, made by aquifer models/Models of database $database, made by aquifer reflect/;
    is($err . $status, '0', 'aquifer reflect: nothing to tell');
    is($out, $expected, 'the models of the database are those of the SQL file');
    ($status, $out, $err) = run(undef, 'ddl', $uri, '-o', 'live.sql');
    is($out . $err . $status, '0', 'aquifer ddl of a database');
    is(system("$psql -q -v ON_ERROR_STOP=1 '$uri' -c 'create schema again' -c 'set search_path to again' -f $dir/live.sql >$dir/psql 2>&1"), 0, 'runs')
        or diag(slurp("$dir/psql"));
    run(undef, 'ddl', $uri, '--schema', 'again', '-o', 'again.sql');
    is(slurp("$dir/again.sql") =~ s/^CREATE SCHEMA .*\n\n//r =~ s/\bagain\.//gr, slurp("$dir/live.sql"),
        'and makes the same again, in a schema that --schema names');
    ($status, $out, $err) = run(undef, 'reflect', $uri, '--schema', 'again', '--schema=public');
    like($out, qr/^typedef struct AgainUser \{$/m, 'of two schemas: one has its name in front');
    like($out, qr/^    wrong \|= aq_db_model\(db, User\);$/m, 'and the other does not');
    ($status, $out, $err) = run(undef, 'reflect', $uri, '--schema', '*');
    is($err . $status, '0', '--schema *: nothing to tell');
    like($out, qr/^AQ_MODEL\(AgainUser, again_user_columns, again_user_relationships, .*\.schema = "again"/m, 'all schemas');
    like($out, qr/^AQ_MODEL\(User, user_columns, user_relationships\);$/m, 'and models of the first one do not name it');
}

done_testing();
