#!/usr/bin/env perl
# Headers of models that `aquifer models` writes compile without a warning, also where two files include them, and clang-format leaves them
# as they are.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $dir = tempdir(CLEANUP => 1);

sub slurp { my ($path) = @_; open my $file, '<', $path or die "$path: $!"; local $/; return <$file> // '' }
sub spew { my ($path, $text) = @_; open my $file, '>', $path or die "$path: $!"; print $file $text; close $file }

# What it says of its version; '': it is not installed.
my %versions;
sub version { my ($command) = @_; return $versions{$command} //= `$command --version 2>/dev/null` // '' }

sub said { my ($command) = @_; return system("{ LC_ALL=C $command; } >$dir/said 2>&1") == 0 ? '' : slurp("$dir/said") || 'it failed' }

my $uv = `pkg-config --cflags libuv libpq 2>/dev/null` =~ s/\n//r;
my @headers = sort glob("$source/t/golden/*.h");
cmp_ok(scalar @headers, '>', 0, 'there are headers in t/golden');

for my $header (@headers) {
    my $name = basename($header);
    my ($function) = slurp($header) =~ /^static inline int (\w+_add_models)\(/m;
    my $include = "#include \"$header\"\n#include \"$header\"\n";
    spew("$dir/used.c", $include . "int use(aq_db_t *db);\nint use(aq_db_t *db)\n{\n    return $function(db);\n}\n");
    spew("$dir/unused.c", $include . "int unused;\n");
    for my $compiler ('gcc', 'clang') {
      SKIP: {
            skip("$compiler is not installed", 2) unless version($compiler);
            my $flags = '-std=c11 -O1 -Wall -Wextra -Wpedantic -Wshadow -Werror';
            is(join('', map { said("$compiler $flags -I$source/include $uv -c -o $dir/$_.o $dir/$_.c") } qw(used unused)),
                '', "$compiler takes $name, used and unused");
            is(join(' ', `nm -g --defined-only $dir/used.o` =~ / (\w+)$/mg), 'use', 'it defines nothing that another file could define again');
        }
    }
  SKIP: {
        my $format = $ENV{CLANG_FORMAT} || 'clang-format';
        skip("$format is not installed", 1) unless version($format);
        skip("$format is not version 14, whose rules these are", 1) unless version($format) =~ /version 14\./;
        is(said("$format --style=file --assume-filename=$source/t/golden/$name <$header >$dir/formatted.h") || slurp("$dir/formatted.h"),
            slurp($header), "clang-format leaves $name as it is");
    }
}

done_testing();
