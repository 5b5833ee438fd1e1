#!/usr/bin/env perl
# build-aux/postgres: what it promises, seen from outside.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use Test::More;
use Time::HiRes qw(sleep);

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $script = "$source/build-aux/postgres";
chomp(my $top = `$script mktemp`);
chmod 0755, $top;

my @made;
END { my $status = $?; system($script, 'remove', $_) for @made; remove_tree($top); $? = $status }

sub directory { my $dir = "$top/$_[0]"; push @made, $dir; return $dir }

# Runs a command: (status, standard output, standard error), each without the last newline.
sub run {
    my $err_file = "$top/stderr.$$";
    open my $saved, '>&', \*STDERR or die;
    open STDERR, '>', $err_file or die;
    my $pid = open(my $out, '-|', @_) or die "$_[0]: $!";
    open STDERR, '>&', $saved or die;
    my $text = do { local $/; <$out> } // '';
    close $out;
    my $status = $? >> 8;
    open my $err, '<', $err_file or die;
    my $complaint = do { local $/; <$err> } // '';
    chomp($text, $complaint);
    return ($status, $text, $complaint);
}
sub out { my ($status, $text, $complaint) = run(@_); diag($complaint) if $status && $complaint; return $text }
sub sql { my ($uri, $sql) = @_; return out('psql', '-XAtq', '-d', $uri, '-c', $sql) }
sub status { my ($status, $text) = run($script, 'status', $_[0]); return $text }

sub eventually {
    my ($condition) = @_;
    for (1 .. 200) { return 1 if $condition->(); sleep 0.05 }
    return 0;
}

subtest 'kept between starts, stopped by the last who uses it' => sub {
    my $dir = directory('kept');
    my $uri = out($script, 'start', $dir);
    is($uri, "postgresql://aquifer\@/aquifer?host=$dir/run&port=5432", 'the URI names the socket in the directory');
    is(sql($uri, 'SELECT current_user, current_database()'), 'aquifer|aquifer', 'user and database are aquifer');
    is(sql($uri, "SHOW listen_addresses"), '', 'no TCP unless asked for');
    is(sql($uri, "SHOW fsync"), 'on', 'data that are kept are synced');
    sql($uri, 'CREATE TABLE t AS SELECT 42 AS n');
    is(out($script, 'start', $dir), $uri, 'a second start joins the first');
    like(status($dir), qr/^running: pid \d+, 2 using it$/, 'both are counted');
    my ($code, undef, $said) = run($script, 'stop', $dir);
    is($said, "postgres: $dir goes on: 1 more use it", 'the first to leave is told that it goes on');
    run($script, 'stop', $dir);
    is(status($dir), 'stopped', 'the last to leave stops it');
    out($script, 'start', $dir);
    is(sql($uri, 'SELECT n FROM t'), '42', 'the data are there after the next start');
    run($script, 'stop', $dir, '--mode', 'immediate');
    is(status($dir), 'stopped', 'stopped in another mode');
};

subtest 'two starts at once share one server' => sub {
    my $dir = directory('shared');
    mkdir $dir;
    my @pids = map { my $pid = fork; if (!$pid) { open STDOUT, '>', '/dev/null'; exec $script, 'start', $dir, '--throwaway' } $pid } 1 .. 4;
    my $failed = 0;
    for (@pids) { waitpid $_, 0; $failed++ if $? }
    is($failed, 0, 'all four succeed');
    like(status($dir), qr/^running: pid \d+, 4 using it$/, 'one server, four users');
    run($script, 'stop', $dir, '--force');
    is(status($dir), 'stopped', '--force does not ask the others');
};

subtest 'run' => sub {
    my ($code, $text) = run($script, 'run', '-', '--', 'sh', '-c', 'psql -XAtq -d "$AQUIFER_DATABASE_URI" -c "SELECT 6 * 7"; exit 9');
    is($code, 9, 'gives the status of the command');
    is($text, '42', 'which finds the server in AQUIFER_DATABASE_URI');
    my $dir = directory('run');
    ($code, $text) = run($script, 'run', $dir, '--throwaway', '--', 'cat', '/dev/null');
    is(status($dir), 'stopped', 'and stops it afterwards');
    my $pid = fork;
    if (!$pid) { exec $script, 'run', $dir, '--', 'sleep', '60' }
    ok(eventually(sub { status($dir) =~ /^running/ && out('ps', '--ppid', $pid, '-o', 'comm=') =~ /sleep/ }), 'a command runs');
    kill 'TERM', $pid;
    waitpid $pid, 0;
    is($? >> 8, 128 + 15, 'SIGTERM is passed on to it');
    is(status($dir), 'stopped', 'and the server is stopped');
    my %seen;
    for my $signal ((qw(TERM INT)) x 2) {
        my $read = open(my $out, '-|', $script, 'run', $dir, '--', 'perl', '-e', '$SIG{$_} = sub { exit 5 } for qw(TERM INT); $| = 1; print "ready\n"; sleep 60');
        <$out>;
        kill $signal, $read;
        close $out;
        $seen{$? >> 8}++;
    }
    is_deeply(\%seen, {5 => 4}, 'the status of a command that ends by itself on a signal is kept');
    $pid = fork;
    if (!$pid) { setpgrp; exec $script, 'run', $dir, '--', 'sleep', '60' }
    ok(eventually(sub { status($dir) =~ /^running/ }), 'again');
    kill 'KILL', -$pid;
    waitpid $pid, 0;
    ok(eventually(sub { status($dir) eq 'stopped' }), 'a user that was killed leaves no orphan');
};

subtest 'passwords and TLS' => sub {
    my $dir = directory('tls');
    my $uri = out($script, 'start', $dir, '--throwaway', '--tls', '--scram', '--set', 'cluster_name=it\'s');
    like($uri, qr{^postgresql://aquifer:[\w-]{24}\@127\.0\.0\.1:\d+/aquifer\?sslmode=verify-full&sslrootcert=$dir/tls/ca\.crt$},
        'the URI carries password and authority');
    is(sql($uri, 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'), 't', 'and connects over TLS');
    (my $plain = $uri) =~ s/aquifer:[\w-]+@/aquifer:wrong@/;
    like((run('psql', '-XAtq', '-d', $plain, '-c', 'SELECT 1'))[2], qr/password authentication failed/, 'a wrong password is refused');
    my $unix = out($script, 'uri', $dir, '--unix');
    is(sql($unix, 'SHOW ssl'), 'on', 'the Unix socket is there too');
    is(sql($unix, 'SHOW cluster_name'), "it's", 'a setting with a quote arrives whole');
    $unix =~ s/aquifer:[\w-]+@/aquifer@/;
    like((run('psql', '-wXAtq', '-d', $unix, '-c', 'SELECT 1'))[2], qr/no password supplied/, '--scram asks for the password there');
    my $port = out($script, 'uri', $dir, '--tcp') =~ /:(\d+)\// && $1;
    run($script, 'restart', $dir);
    is(out($script, 'uri', $dir) =~ /:(\d+)\// && $1, $port, 'a restart keeps the port');
    run($script, 'stop', $dir);
};

subtest 'a standby' => sub {
    my ($primary, $standby) = (directory('primary'), directory('standby'));
    my $uri = out($script, 'start', $primary, '--throwaway');
    sql($uri, 'CREATE TABLE t AS SELECT 1 AS n');
    my $copy = out($script, 'start', $standby, '--throwaway', '--standby-of', $primary);
    is(sql($copy, 'SELECT pg_is_in_recovery()'), 't', 'is in recovery');
    sql($uri, 'INSERT INTO t VALUES (2)');
    ok(eventually(sub { sql($copy, 'SELECT sum(n) FROM t') eq '3' }), 'and follows');
    run($script, 'stop', $_) for $standby, $primary;
};

subtest 'PgBouncer in front' => sub {
    plan skip_all => 'pgbouncer is not installed' if !grep { -x "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
    my $dir = directory('pgbouncer');
    my $uri = out($script, 'start', $dir, '--throwaway', '--pgbouncer');
    is($uri, "postgresql://aquifer\@/aquifer?host=$dir/run&port=6432", 'the URI is its own');
    (my $admin = $uri) =~ s{/aquifer\?}{/pgbouncer?};
    like(sql($admin, 'SHOW CONFIG'), qr/^pool_mode\|transaction\|/m, 'transaction pooling');
    is(sql($uri, 'SELECT 1'), '1', 'it serves');
    my $pid = out($script, 'pid', $dir, '--pgbouncer');
    run($script, 'stop', $dir);
    ok(eventually(sub { !-d "/proc/$pid" }), 'and is stopped with the server');
};

subtest 'a path that is too long for a socket' => sub {
    my $dir = directory('x' x 120);
    my $uri = out($script, 'start', $dir, '--throwaway');
    like($uri, qr{host=/tmp/aqs-\w+&}, 'the socket is elsewhere');
    is(sql($uri, 'SELECT 1'), '1', 'and works');
    run($script, 'remove', $dir);
    my ($place) = $uri =~ m{host=(/tmp/aqs-\w+)};
    ok(!-e $dir && !-e $place, 'remove removes both');
};

subtest 'a path with strange characters' => sub {
    my $dir = directory("it's 100% <a & b>?");
    my $uri = out($script, 'start', $dir, '--throwaway', '--tls');
    is(sql($uri, 'SELECT 1'), '1', 'TLS');
    is(sql(out($script, 'uri', $dir, '--unix'), 'SELECT 1'), '1', 'Unix socket');
    run($script, 'stop', $dir);
};

subtest 'a directory that the server\'s user cannot enter' => sub {
    plan skip_all => 'only root starts it as another user' if $>;
    mkdir "$top/closed";
    chmod 0700, "$top/closed";
    my $dir = directory('closed/inner');
    my ($code, $uri, $said) = run($script, 'start', $dir, '--throwaway');
    like($said, qr{^postgres: user \w+ cannot enter \Q$dir\E: the data is kept in /var/tmp/aquifer-\w+$}, 'the data is kept elsewhere, and it says so');
    is(sql($uri, 'SELECT 1'), '1', 'and works');
    my ($place) = $said =~ m{(/var/tmp/\S+)};
    run($script, 'remove', $dir);
    ok(!-e $place && !-e $dir, 'remove removes both');
};

subtest 'refusals' => sub {
    mkdir "$top/full";
    open my $file, '>', "$top/full/file" or die;
    close $file;
    my @cases = (
        [["start", "$top/full"], "postgres: $top/full is not empty and not a private PostgreSQL: choose a directory of its own"],
        [["uri", "$top/none"], "postgres: $top/none: no private PostgreSQL there (postgres start $top/none makes one)"],
        [["start", directory('bad'), '--frob'], "postgres: unknown option '--frob'"],
        [["start", directory('bad'), '--set', 'fsync'], "postgres: --set: 'fsync' is not NAME=VALUE"],
        [["start", directory('bad'), '--bindir', '/nowhere'], "postgres: --bindir: no initdb in /nowhere"],
        [["start", directory('bad'), '--pgbouncer=statement'], "postgres: --pgbouncer: 'statement' is neither transaction nor session"],
        [["start", directory('bad'), '--for', '0'], "postgres: --for: no process 0"],
        [["run", directory('bad'), '--throwaway'], "postgres: run: no command after --"],
    );
    for (@cases) {
        my ($arguments, $expected) = @$_;
        my ($code, undef, $said) = run($script, @$arguments);
        is("$code $said", "1 $expected", "@$arguments[0, 2 .. $#$arguments]");
    }
    my $dir = directory('broken');
    my ($code, undef, $said) = run($script, 'start', $dir, '--throwaway', '--set', 'max_connections=many');
    is($code, 1, 'a server that does not come up is a failure');
    like($said, qr{^postgres: the end of \Q$dir/log\E:$}m, 'that shows the end of the log');
    like($said, qr{invalid value for parameter "max_connections": "many"}, 'with the reason');
    like($said, qr{^postgres: PostgreSQL did not start in \Q$dir\E$}m, 'and says what failed');
    my ($later) = run($script, 'start', $dir, '--throwaway');
    is($later, 0, 'and the next start may succeed');
    run($script, 'stop', $dir);
};

done_testing;
