#!/usr/bin/env perl
# The code on the pages in docs/ is that of a program which is compiled and run, line by line.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my %program_of = ('docs/ops-and-tasks.md' => 't/doc_ops.c');

sub slurp { my ($path) = @_; open my $file, '<', $path or die "$path: $!"; local $/; return <$file> // '' }

# Line ends and the way lines are broken and indented do not matter.
sub squeezed { my ($text) = @_; $text =~ s/\s+/ /g; $text =~ s/^ | $//g; return $text }

for my $page (sort keys %program_of) {
    my $program = squeezed(slurp("$source/$program_of{$page}"));
    my @snippets = slurp("$source/$page") =~ /^```c\n(.*?)^```$/msg;
    cmp_ok(scalar @snippets, '>', 0, "$page has code");
    for my $snippet (@snippets) {
        my ($first) = $snippet =~ /^\s*(.*)$/m;
        cmp_ok(index($program, squeezed($snippet)), '>=', 0, "$page: \"$first\" is in $program_of{$page}");
    }
}

done_testing();
