#!/usr/bin/env perl
# docs/errors.md is what build-aux/errors-doc makes of the error table, and its example compiles.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $build = $ENV{AQUIFER_BUILDDIR} || $source;
my $dir = tempdir(CLEANUP => 1);

sub slurp { my ($path) = @_; open my $file, '<', $path or die "$path: $!"; local $/; return <$file> // '' }
sub spew { my ($path, $text) = @_; open my $file, '>', $path or die "$path: $!"; print $file $text; close $file }

is(scalar `$source/build-aux/errors-doc`, slurp("$source/docs/errors.md"),
    'docs/errors.md is up to date: build-aux/errors-doc > docs/errors.md');

# The script, run on a copy of what it reads, with one of the files changed.
sub complaint_about {
    my ($path, $change) = @_;
    my $copy = tempdir(CLEANUP => 1);
    for my $file (qw(build-aux/errors-doc docs/errors.md.in include/aquifer/error-table.h src/base/error.c)) {
        make_path(dirname("$copy/$file"));
        copy("$source/$file", "$copy/$file") or die "$file: $!";
    }
    local $_ = slurp("$copy/$path");
    $change->();
    spew("$copy/$path", $_);
    my $text = `perl $copy/build-aux/errors-doc 2>&1 >$dir/page`;
    chomp $text;
    return $text;
}
is(complaint_about('docs/errors.md.in', sub { s/^### AQ_EUNIQUE\n.*\n//m }),
    'errors-doc: docs/errors.md.in has AQ_EFOREIGNKEY where the table has AQ_EUNIQUE', 'an error that is not told is refused');
is(complaint_about('docs/errors.md.in', sub { $_ .= "\n### AQ_EMADEUP\nNo.\n" }),
    'errors-doc: docs/errors.md.in has AQ_EMADEUP where the table has nothing', 'an error that does not exist is refused');
is(complaint_about('src/base/error.c', sub { s/"23505", AQ_EUNIQUE/"23505", AQ_EMADEUP/ }),
    'errors-doc: SQLSTATE 23505 is mapped to AQ_EMADEUP, which is not in the table', 'so is one that a SQLSTATE is mapped to');

SKIP: {
    my ($example) = slurp("$source/docs/errors.md") =~ /^```c\n(.*?)^```/ms or die 'no example';
    my ($flags) = -e "$build/Makefile" ? slurp("$build/Makefile") =~ /^LIBUV_CFLAGS = (.*)$/m : '';
    my $compiler = $ENV{CC} || 'cc';
    skip('no C compiler', 1) if system("$compiler --version >$dir/found 2>&1");
    spew("$dir/example.c", "#include <aquifer.h>\n#include <stdio.h>\n"
        . "void example(aq_context_t *context, const char *name);\n"
        . "void example(aq_context_t *context, const char *name)\n{\n$example}\n");
    my $status = system("$compiler -std=c11 -Wall -Wextra -Werror -I$source/include $flags -fsyntax-only $dir/example.c >$dir/complaint 2>&1");
    is($status == 0 ? '' : slurp("$dir/complaint"), '', 'its example compiles');
}

done_testing();
