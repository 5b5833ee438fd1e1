#!/usr/bin/env perl
# src/wire/pure-functions.h is what build-aux/pure-functions makes of a PostgreSQL 15 that runs; of any other version it says
# that none of the names may write.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $command = "'$source/build-aux/postgres' run - --throwaway -- ";

sub table { my ($from) = @_; return map { /^"(.*)",$/ ? $1 : () } split /\n/, $from }

open my $file, '<', "$source/src/wire/pure-functions.h" or die "pure-functions.h: $!";
my $golden = do { local $/; <$file> };
my @made = split /\f/, `$command sh -c '"\$0" && printf "\\f" && psql -XAtq -d "\$AQUIFER_DATABASE_URI" -c "SHOW server_version_num"' \\
    '$source/build-aux/pure-functions'`;
BAIL_OUT('build-aux/pure-functions failed') if @made != 2;

if ($made[1] =~ /^15/) {
    is($made[0], $golden, 'the table is as build-aux/pure-functions makes it');
} else {
    my %made = map { $_ => 1 } table($made[0]);
    # 15 knows some that later versions renamed or dropped; the others must still be there.
    my @lost = grep { !$made{$_} } table($golden);
    cmp_ok(scalar @lost, '<', 40, "nearly all names are still pure in $made[1]");
    note("not in this version: @lost");
}
cmp_ok(scalar(table($golden)), '>', 600, 'the table is not empty');
done_testing();
