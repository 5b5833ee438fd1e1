#!/usr/bin/env perl
# The code in README.md is one program: it compiles without a warning, as a user would compile it, and does what it says.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $build = $ENV{AQUIFER_BUILDDIR} || $source;
my $postgres = "$source/build-aux/postgres";
my $dir = tempdir(CLEANUP => 1);

sub slurp { my ($path) = @_; open my $file, '<', $path or die "$path: $!"; local $/; return <$file> // '' }
sub make_variable { my ($name) = @_; return slurp("$build/Makefile") =~ /^\Q$name\E = (.*)$/m ? $1 : '' }

my @snippets = slurp("$source/README.md") =~ /^```c\n(.*?)^```$/msg;
is(scalar @snippets, 5, 'README.md has code for a model, a session, and each of the three ways');
for (@snippets) {
    cmp_ok(tr/\n//, '<', 35, 'short enough to be read');
    ok(!/.{121}/, 'and narrow enough');
}
open my $file, '>', "$dir/readme.c" or die;
print $file join("\n", @snippets);
close $file;

my $flags = join ' ', map { make_variable($_) } qw(LIBUV_CFLAGS AQ_LDFLAGS);
my $libraries = "-L$build/.libs -Wl,-rpath,$build/.libs -laquifer " . make_variable('LIBUV_LIBS');
my $cc = $ENV{CC} || make_variable('CC') || 'cc';
my $said = `$cc -std=gnu11 -Wall -Wextra -Werror -I$source/include $dir/readme.c -o $dir/readme $flags $libraries 2>&1`;
is($said, '', 'it compiles without a warning');

chomp(my $database = `$postgres mktemp`);
chmod 0755, $database;
chomp(my $uri = `$postgres start $database/data --throwaway`);
END { my $status = $?; system("$postgres remove $database/data >/dev/null 2>&1; rm -rf $database") if $database; $? = $status }
sub psql { my ($sql) = @_; return system('psql', '-XAtq', '-d', $uri, '-c', $sql) }
{
    local $ENV{AQUIFER_DATABASE_URI} = $uri;
    is(`timeout 20 $dir/readme 2>&1`, "ada: ada\@example.org\n0 of 1\n", 'it does what it says');
    is($?, 0, 'with status 0');
    psql("insert into users (name, email) values ('charles', 'c\@example.org')");
    is(`timeout 20 $dir/readme 2>&1`, "ada: ada\@example.org\n1 of 2\n", 'also where ada is known already');
    psql('drop table users; create table users (id int)');
    like(`timeout 20 $dir/readme 2>&1`, qr/column "name" of relation "users" does not exist/, 'and tells what is wrong');
    is($? >> 8, 1, 'with status 1');
}
{
    local $ENV{AQUIFER_DATABASE_URI} = 'postgresql://u:s3cret@127.0.0.1:0/x';
    is(`timeout 20 $dir/readme 2>&1`,
        "readme: AQUIFER_DATABASE_URI 'postgresql://u:***\@127.0.0.1:0/x': port 0 is out of range: it must be from 1 to 65535\n",
        'a bad URI is refused before anything starts');
}

# docs/configuration.md has a row for every pool option, with its name, its variable, its default and its bounds.
my $page = slurp("$source/docs/configuration.md");
my @options = slurp("$source/src/app/options.c") =~ /^    OPTION\((.*?)\),$/msg;
cmp_ok(scalar @options, '>', 15, 'the table of options is found');
for (@options) {
    s/\s+/ /g;
    my ($member, $name, $kind, $usual, $rule) = /^(\w+), "(\w+)", (\w+), (\S+), .*, "(.*)"$/ or die $_;
    $usual = 'off' if $kind eq 'SWITCH';
    $usual = lc $1 if $usual =~ /^AQ_[A-Z]+_([A-Z]+)$/;
    my $row = "| `$member` | `$name` | `AQUIFER_\U$name\E` | $usual | $rule |\n";
    ok(index($page, $row) >= 0, "docs/configuration.md tells of $name") or diag("missing: $row");
}
for my $variable (slurp("$source/src/app/environment.c") =~ /"(AQUIFER_\w+)"/g) {
    like($page, qr/`$variable`/, "and of $variable");
}
done_testing();
