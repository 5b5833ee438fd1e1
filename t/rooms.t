#!/usr/bin/env perl
# Arrows only point down: no room includes a header of one above it. (What the libraries export: t/headers.t.)
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');

sub text { my ($path) = @_; open my $file, '<', $path or die "$path: $!"; local $/; my $text = <$file>; $text =~ s{/\*.*?\*/}{}gs; return $text }

sub none { my ($found, $name) = @_; return is(join("\n", @$found), '', $name) }

# base <- task <- wire <- orm <- app <- h2o, and base <- schema <- orm: schema and wire never meet. aquifer/value.h is for all.
my %below = (
    base   => [qw(base)],
    task   => [qw(base task)],
    wire   => [qw(base task wire)],
    schema => [qw(base schema)],
    orm    => [qw(base task wire schema orm)],
    app    => [qw(base task wire schema orm app)],
    h2o    => [qw(base task wire schema orm app h2o)],
    tool   => [qw(base task wire schema orm app tool)],
);
my $rooms = join('|', sort keys %below);
my @wrong;
for my $path (sort glob("$source/src/*/*.[ch]")) {
    my ($room) = $path =~ m{/src/(\w+)/};
    my %may = map { $_ => 1 } @{$below{$room} || []};
    my $text = text($path);
    my $short = $path =~ s/^\Q$source\E\///r;
    while ($text =~ /^\s*#\s*include\s*([<"][^>"]+)[>"]/mg) {
        my $included = $1;
        push @wrong, "$short includes aquifer/$1.h" if $included =~ m{^[<"]aquifer/($rooms)\.h$} && !$may{$1};
        push @wrong, "$short includes $included\"" if $included =~ m{^"(?:\.\./)?(?:src/)?($rooms)/} && !$may{$1};
        push @wrong, "$short includes libpq-fe.h" if $included =~ /libpq-fe/ && $room ne 'wire';
        push @wrong, "$short includes h2o.h" if $included =~ /^[<"]h2o(\.h|\/)/ && $room ne 'h2o';
    }
}
none(\@wrong, 'no room includes a header of one above it; libpq-fe.h stays in wire, h2o.h in h2o');

@wrong = ();
for my $path (sort glob("$source/server/*.[ch] $source/bench/*.[ch]")) {
    my $short = $path =~ s/^\Q$source\E\///r;
    my $text = text($path);
    push @wrong, "$short includes $1" while $text =~ /^\s*#\s*include\s*"((?:\.\.\/)?(?:src\/)?(?:$rooms)\/[^"]+)"/mg;
}
none(\@wrong, 'server and bench see public headers only');

done_testing;
