#!/usr/bin/env perl
# What the shared libraries export is what the public headers declare, no more and no less; and no room includes one above it.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname basename);
use Test::More;

our $TODO;

my $source = $ENV{AQUIFER_SRCDIR}   || abs_path(dirname(__FILE__) . '/..');
my $build  = $ENV{AQUIFER_BUILDDIR} || '.';

sub text { my ($path) = @_; open my $file, '<', $path or die "$path: $!"; local $/; my $text = <$file>; $text =~ s{/\*.*?\*/}{}gs; return $text }

sub none { my ($found, $name) = @_; return is(join("\n", @$found), '', $name) }

# A declaration runs to its ';' and names the function before the first '(' that is no attribute's.
sub declared {
    my %names;
    for my $header (@_) {
        my $text = text($header);
        while ($text =~ /^(?:AQ_\w+ )*AQ_API\b([^;]*);/msg) {
            my $declaration = $1;
            $declaration =~ s/\bAQ_[A-Z_]+(\([^()]*\))?//g;
            my ($name) = $declaration =~ /\b(aq_\w+)\s*(?:\(|\[|$)/ or next;
            $names{$name} = basename($header);
        }
    }
    return \%names;
}

sub exported {
    my ($library) = @_;
    my %names;
    for (`nm -D --defined-only '$library'`) {
        my (undef, $type, $name) = split;
        next if $type eq 'A'; # the version itself
        $names{$name} = $type;
    }
    return \%names;
}

my @headers = grep { !/(h2o|tap)\.h$/ } glob("$source/include/aquifer/*.h");
my %libraries = ("$build/.libs/libaquifer.so" => declared(@headers), "$build/.libs/libaquifer-h2o.so" => declared(glob("$source/include/aquifer/h2o.[h]")));
for my $library (sort keys %libraries) {
    my $name = basename($library);
  SKIP: {
        skip "$name is not built", 3 if !-e $library;
        my ($exported, $declared) = (exported($library), $libraries{$library});
        none([grep { !/^aq_[a-z]\w*\@\@AQUIFER_0$/ } sort keys %$exported], "$name exports only aq_..., with a version");
        my %plain = map { s/@.*//r => 1 } keys %$exported;
        none([grep { !$declared->{$_} } sort keys %plain], "$name exports nothing that no public header declares");
        local $TODO = $name eq 'libaquifer.so' ? 'the headers came before their inside' : undef;
        none([map { "$_ ($declared->{$_})" } grep { !$plain{$_} } sort keys %$declared], "$name exports all that the headers declare");
    }
}

# Rooms: base <- task <- wire <- app <- h2o.
my %below = (
    base => [qw(base)],
    task => [qw(base task)],
    wire => [qw(base task wire)],
    app  => [qw(base task wire app)],
    h2o  => [qw(base task wire app h2o)],
);
my @wrong;
for my $path (sort glob("$source/src/*/*.[ch]")) {
    my ($room) = $path =~ m{/src/(\w+)/};
    my %may = map { $_ => 1 } @{$below{$room} || []};
    my $text = text($path);
    my $short = $path =~ s/^\Q$source\E\///r;
    while ($text =~ /^\s*#\s*include\s*([<"][^>"]+)[>"]/mg) {
        my $included = $1;
        push @wrong, "$short includes $1.h" if $included =~ m{^<aquifer/(base|task|wire|app|h2o)\.h$} && !$may{$1};
        push @wrong, "$short includes $included\"" if $included =~ m{^"(?:\.\./)?(\w+)/} && exists $below{$1} && !$may{$1};
        push @wrong, "$short includes libpq-fe.h" if $included =~ /libpq-fe/ && $room ne 'wire';
        push @wrong, "$short includes h2o.h" if $included =~ /^[<"]h2o(\.h|\/)/ && $room ne 'h2o';
    }
}
none(\@wrong, 'no room includes a header of one above it; libpq-fe.h stays in wire, h2o.h in h2o');

@wrong = ();
for my $path (sort glob("$source/server/*.[ch] $source/bench/*.[ch]")) {
    my $short = $path =~ s/^\Q$source\E\///r;
    my $text = text($path);
    push @wrong, "$short includes $1" while $text =~ /^\s*#\s*include\s*"((?:\.\.\/)?(?:src\/)?(?:base|task|wire|app|h2o)\/[^"]+)"/mg;
}
none(\@wrong, 'server and bench see public headers only');

done_testing;
