#!/usr/bin/env perl
# There and back: each file of sql/ is run by psql in one database, and what is made of it (its DDL, its models, its dump) in others.
# All of them then have the same tables, and models and database do not differ.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $build = $ENV{AQUIFER_BUILDDIR} || $source;
my ($aquifer, $declare, $postgres) = ("$build/aquifer", "$build/t/declare", "$source/build-aux/postgres");
my $dir = tempdir(CLEANUP => 1);
my ($top, $data, $uri);
delete @ENV{grep { /^AQUIFER_(?!SRCDIR|BUILDDIR|PG_|VECTORS|RENEW_GOLDEN)/ } keys %ENV};

END {
    my $status = $?;
    system("$postgres remove $data >/dev/null 2>&1") if $data;
    remove_tree($top) if $top;
    $? = $status;
}

# What models cannot say, and so is not in the database that is made of them: SQL that is run in the first database before it is compared
# ("taken"), and in the one of the models before they are made ("given").
my %besides = (oddities => {taken => 'drop table empty'});

# What differs between models and dump: only a server knows that both spellings are the same, or which operator class is the usual one.
my %spelt = (
    oddities => "extra table: empty.\n",
    rental => "other default: film.rental_duration\nother constraint: rental.rental_store\n",
    'oddities-indexes' => join('', map { "other index: t.$_\n" } qw(t_to_tsvector_idx1 t_d_e_f_a_idx t_e_a_idx t_a_n_f_idx)),
    'oddities-keys' => "extra constraint: t1.t1_e_expr_excl\nextra constraint: checks.checks_i_check\n"
      . "missing constraint: t1.\nmissing constraint: checks.\nother constraint: checks.checks_l\n",
    'oddities-values' => join('', map { "other default: defaults.$_\n" } qw(q r u v ai bn bp bq)),
);

# ---- Helpers ---------------------------------------------------------------------------------------------------------------

sub slurp { my ($path) = @_; open my $file, '<', $path or return undef; local $/; return <$file> // '' }

# What a command prints; what it says on standard error is in $said, its status in $?.
my $said;
sub run {
    my ($command) = @_;
    my $out = `$command 2>$dir/err`;
    $said = slurp("$dir/err");
    return $out;
}

sub uri { my ($database) = @_; return $uri =~ s{/\w+(?=\?|\z)}{/$database}r }

sub psql {
    my ($database, $arguments) = @_;
    run("psql -qX -v ON_ERROR_STOP=1 '" . uri($database) . "' $arguments");
    return $? == 0 ? '' : $said;
}

# Makes a database and runs a file, or an SQL text, in it.
sub make {
    my ($database, $arguments, $name) = @_;
    psql('postgres', "-c 'drop database if exists $database' -c 'create database $database'");
    is(psql($database, $arguments), '', $name);
}

sub ddl { my ($what) = @_; return run("$aquifer ddl $what" . ($what =~ m{://} ? " --schema '*'" : '')) }

# A dump does not keep the order of the tables; nor does create_all, in which models and relationships come, some of them declared before.
sub sorted {
    my ($text) = @_;
    $text =~ s/\A.*?(?=^#ifndef)//ms;
    $text =~ s/^typedef struct (\w+) \1;\n//gm;
    $text =~ s/^typedef struct/struct/gm;
    $text =~ s/^\} [A-Z]\w*;$/};/gm;
    return join '', sort split /^/m, $text;
}

# What cannot be expressed, as reading the file and the database tell it: t/golden/told-NAME.txt; where there is none, nothing.
sub is_told {
    my ($name, $told) = @_;
    my $path = "$source/t/golden/told-$name.txt";
    if (($ENV{AQUIFER_RENEW_GOLDEN} // '') eq '1' && $told ne '') {
        open my $file, '>', $path or die "$path: $!";
        print $file $told;
        close $file;
    }
    is($told, slurp($path) // '', 'what cannot be expressed is told');
}

# ---- Files -------------------------------------------------------------------------------------------------------------------

sub round_trip {
    my ($path) = @_;
    my ($name) = $path =~ m{([\w-]+)\.sql\z};
    my $beside = $besides{$name} // {};

    make('file', "-f $path", 'psql runs the file');
    my $whole = ddl("'" . uri('file') . "'");
    my $told = $said;

    run("cd $source && $aquifer ddl sql/$name.sql -o $dir/made.sql");
    is_told($name, $said . $told);
    make('made', "-f $dir/made.sql", 'and what aquifer ddl makes of it');
    is(ddl("'" . uri('made') . "'"), $whole, 'which makes the same');

    run("pg_dump -s '" . uri('file') . "' >$dir/dump.sql");
    run("$aquifer ddl - -o $dir/dumped.sql <$dir/dump.sql");
    make('dumped', "-f $dir/dumped.sql", 'psql runs what aquifer ddl makes of its dump');
    is(sorted(ddl("'" . uri('dumped') . "'")), sorted($whole), 'which makes the same');

    is(run("$declare $name dump $dir/dump.sql") . $said, $spelt{$name} // '', 'the models and the dump do not differ');

    is(psql('file', "-c '$beside->{taken}'"), '', 'without what models cannot say') if $beside->{taken};
    make('models', "-c \"" . ($beside->{given} // 'select') . "\"", 'a database for the models');
    is(run("$declare $name create '" . uri('models') . "'") . $said, '', 'the models are made');
    is(run("$declare $name diff '" . uri('models') . "'") . $said, '', 'and there is no difference');
    is(run("$declare $name diff '" . uri('file') . "'") . $said, '', 'nor from the database of the file');
    is(ddl("'" . uri('models') . "'"), ddl("'" . uri('file') . "'"), 'both databases have the same DDL');
    my %header = map { $_ => run("$aquifer reflect --name x --schema '*' '" . uri($_) . "'") } qw(file models);
    is(sorted($header{models}), sorted($header{file}), 'and the same models');
}

chomp($top = `$postgres mktemp`);
chmod 0755, $top;
$data = "$top/data";
chomp($uri = `$postgres start $data --throwaway`);
like($uri, qr/^postgresql:/, 'a PostgreSQL of our own') or BAIL_OUT('no PostgreSQL');
for my $path (glob("$source/sql/*.sql")) {
    subtest($path =~ s{.*/}{}r => sub { round_trip($path) });
}
done_testing();
