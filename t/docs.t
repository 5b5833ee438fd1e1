#!/usr/bin/env perl
# The code on the pages in docs/ is that of a program which is compiled and run, line by line.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my %programs_of = (
    'docs/models.md' => ['t/doc_models.c', 't/golden/diary.h'],
    'docs/ops-and-tasks.md' => ['t/doc_ops.c'],
    'docs/quickstart.md' => ['t/doc_quickstart.c'],
    'docs/sessions.md' => ['t/doc_sessions.c'],
);
my %sql_of = ('docs/models.md' => 'sql/diary.sql', 'docs/sessions.md' => 't/golden/sessions.sql');

sub slurp { my ($path) = @_; open my $file, '<', $path or die "$path: $!"; local $/; return <$file> // '' }

# Line ends and the way lines are broken and indented do not matter.
sub squeezed { my ($text) = @_; $text =~ s/\s+/ /g; $text =~ s/^ | $//g; return $text }

sub has_snippets {
    my ($page, $language, @files) = @_;
    my @programs = map { squeezed(slurp("$source/$_")) } @files;
    my @snippets = slurp("$source/$page") =~ /^```$language\n(.*?)^```$/msg;
    cmp_ok(scalar @snippets, '>', 0, "$page has $language");
    for my $snippet (@snippets) {
        my ($first) = $snippet =~ /^\s*(.*)$/m;
        ok((grep { index($_, squeezed($snippet)) >= 0 } @programs), "$page: \"$first\" is in @files");
        unlike($snippet, qr/\b(?:ok|diag|is_\w+|has_str|bail_out|cluster_\w+)\(/, 'and has nothing that only tests have');
    }
}

has_snippets($_, 'c', @{$programs_of{$_}}) for sort keys %programs_of;
has_snippets($_, 'sql', $sql_of{$_}) for sort keys %sql_of;

done_testing();
