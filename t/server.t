#!/usr/bin/env perl
# server/aquifer-server as its users see it: over loopback, with a database that is there, away, slow or exhausted.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use HTTP::Tiny;
use IO::Socket::INET;
use IPC::Open2;
use JSON::PP qw(decode_json);
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $build = $ENV{AQUIFER_BUILDDIR} || $source;
my $server = "$build/server/aquifer-server";
my $postgres = "$source/build-aux/postgres";
plan skip_all => 'built without h2o' unless -x $server;

chomp(my $top = `$postgres mktemp`);
chmod 0755, $top;
my $data = "$top/data";
my (%running, $psql);
delete @ENV{grep { /^AQUIFER_(?!SRCDIR|BUILDDIR|PG_|VECTORS)/ } keys %ENV};

END {
    my $status = $?;
    kill 'KILL', keys %running;
    kill 'KILL', $psql if $psql;
    system("$postgres remove $data >/dev/null 2>&1");
    remove_tree($top);
    $? = $status;
}

chomp(my $uri = `$postgres start $data --throwaway`);
like($uri, qr/^postgresql:/, 'a PostgreSQL of our own') or BAIL_OUT('no PostgreSQL');

# ---- Helpers --------------------------------------------------------------------------------------------------------------

sub eventually {
    my ($condition, $seconds) = @_;
    for (my $end = time + ($seconds || 10); time < $end; sleep 0.02) { return 1 if $condition->() }
    return 0;
}

sub slurp { open my $file, '<', $_[0] or return ''; local $/; return <$file> // '' }

# Starts a server with these variables; its port is chosen by the kernel.
my $count = 0;
sub start {
    my ($environment, @options) = @_;
    my $log = "$top/server." . ++$count;
    my $pid = fork // die;
    if (!$pid) {
        $ENV{$_} = $environment->{$_} for keys %$environment;
        open STDERR, '>', $log or die;
        open STDOUT, '>&', \*STDERR or die;
        exec $server, '--port', 0, @options or die;
    }
    $running{$pid} = 1;
    my $self = { pid => $pid, log => $log };
    eventually(sub { slurp($log) =~ m{listening on http://127\.0\.0\.1:(\d+)/\n} and $self->{port} = $1 }) or diag(slurp($log));
    $self->{url} = "http://127.0.0.1:" . ($self->{port} // 1);
    return $self;
}

# Waits for its end: the exit status, 128 + N for a signal, -1 when it does not end in time.
sub finish {
    my ($self, $seconds) = @_;
    my $status;
    eventually(sub { waitpid($self->{pid}, WNOHANG) == $self->{pid} and defined($status = $?) }, $seconds || 15) or return -1;
    delete $running{$self->{pid}};
    return $status & 127 ? 128 + ($status & 127) : $status >> 8;
}

sub stop { my ($self, $seconds) = @_; kill 'TERM', $self->{pid}; return finish($self, $seconds) }

# What it said beside where it listens; a report of a sanitizer would be here.
sub said { my $text = slurp($_[0]{log}); $text =~ s/^aquifer-server: listening on .*\n//m; return $text }

sub http { return HTTP::Tiny->new(timeout => $_[0] || 10, keep_alive => 0) }

sub is_problem {
    my ($answer, $status, $expected, $name) = @_;
    is($answer->{status}, $status, "$name: $status") or diag($answer->{content});
    is($answer->{headers}{'content-type'}, 'application/problem+json', "$name: problem details");
    my $problem = eval { decode_json($answer->{content}) } || {};
    is($problem->{status}, $status, "$name: which repeat the status");
    is($problem->{$_}, $expected->{$_}, "$name: $_") for sort keys %$expected;
}

sub get { return http($_[2])->get("$_[0]{url}$_[1]") }
sub post { return http()->post("$_[0]{url}/users", { content => $_[1], headers => { 'content-type' => $_[2] || 'application/json' } }) }
sub health { return decode_json(get($_[0], '/health')->{content}) }

# A curl that runs beside us; later() gives "status body".
sub begin { my $pid = open(my $out, '-|', 'curl', '-s', '-m', 20, '-w', ' %{http_code}', @_) or die "curl: $!"; return [$pid, $out] }
sub later { my ($pid, $out) = @{$_[0]}; my $text = do { local $/; <$out> } // ''; close $out; return $text }

# Holds a lock on the table until unlock().
my ($psql_out, $psql_in);
sub lock_table {
    $psql = open2($psql_out, $psql_in, 'psql', '-XAtq', '-d', $uri);
    print $psql_in "begin; lock table users; select 'locked';\n";
    $psql_in->flush;
    return scalar <$psql_out>;
}
sub unlock { print $psql_in "rollback;\n\\q\n"; close $psql_in; close $psql_out; waitpid $psql, 0; $psql = undef }

my %plain = (AQUIFER_DATABASE_URI => $uri);

# ---- Starting ---------------------------------------------------------------------------------------------------------------

subtest 'what is wrong at start is told in one line, and no password with it' => sub {
    for my $case (
        [{}, [], "configuration: Either 'AQUIFER_DATABASE_URI' or 'AQUIFER_BINDS' must be set."],
        [{ AQUIFER_DATABASE_URI => 'mysql://u:s3cret@h/db' }, [],
            "configuration: AQUIFER_DATABASE_URI 'mysql://u:***\@h/db': only postgresql is supported, got 'mysql'"],
        [{ %plain, AQUIFER_POOL_SIZE => '-1' }, [],
            'configuration: AQUIFER_POOL_SIZE: -1 is out of range: it must be 1 or more, or zero (AQ_ZERO) for no limit'],
        [\%plain, ['--port', 'x'], '--port: a number from 0 (any free one) to 65535 is expected'],
        [\%plain, ['--threads', 0], '--threads: a number from 1 to 1024 is expected'],
        [\%plain, ['--host', 'localhost'], 'listen on localhost port 0: not an IP address'],
    ) {
        my ($environment, $options, $text) = @$case;
        my $assignments = join ' ', map { "$_='$environment->{$_}'" } keys %$environment;
        my $said = `env $assignments $server --port 0 @$options 2>&1 </dev/null`;
        is($said, "aquifer-server: $text\n", $text);
        is($? >> 8, 1, 'and the status is 1');
    }
};

subtest 'several start at once on an empty database: the table is made once, by whoever is first' => sub {
    my @servers = map { start(\%plain, '--threads', 2) } 1 .. 3;
    is(get($_, '/users')->{status}, 200, "port $_->{port} serves users") for @servers;
    my $said = `$server --port $servers[0]{port} 2>&1`;
    env_free($said, $servers[0]{port});
    for my $one (@servers) {
        is(stop($one), 0, 'SIGTERM ends it with status 0');
        is(said($one), '', 'and it had nothing to complain of');
    }
};

sub env_free {
    my ($said, $port) = @_;
    local $ENV{AQUIFER_DATABASE_URI} = $uri;
    $said = `$server --port $port 2>&1`;
    is($said, "aquifer-server: listen on 127.0.0.1 port $port: Address already in use\n", 'a port in use is not shared');
}

# ---- Routes ------------------------------------------------------------------------------------------------------------------

my $one = start(\%plain);

subtest 'POST /users' => sub {
    my $answer = post($one, '{"name":"ada","email":"ada@example.org"}');
    is($answer->{status}, 201, 'created');
    is($answer->{headers}{location}, '/users/ada', 'Location');
    my $user = decode_json($answer->{content});
    is("$user->{name} $user->{email}", 'ada ada@example.org', 'the user');
    is_problem(post($one, '{"name":"ada","email":"other@example.org"}'), 409,
        { title => 'Conflict', field => 'name', detail => 'name is taken already' }, 'a name twice');
    is_problem(post($one, '{"name":"eve","email":"ada@example.org"}'), 409,
        { field => 'email', detail => 'email is taken already' }, 'an address twice');
    is_problem(post($one, '{"email":"x@example.org"}'), 400, { field => 'name', detail => 'name is missing' }, 'no name');
    is_problem(post($one, '{"name":"","email":"x@example.org"}'), 400, { field => 'name', detail => 'name is missing' }, 'an empty name');
    is_problem(post($one, '{"name":"x"}'), 400, { field => 'email', detail => 'email is missing' }, 'no address');
    is_problem(post($one, '{"name":null,"email":"x@example.org"}'), 400, { field => 'name', detail => 'name is missing' }, 'null');
    is_problem(post($one, '{"name":7,"email":"x@example.org"}'), 400,
        { field => 'name', detail => "field 'name' must be a text" }, 'a number');
    is_problem(post($one, '{"name":"' . 'x' x 81 . '","email":"x@example.org"}'), 400,
        { field => 'name', detail => 'name must have from 1 to 80 bytes' }, 'a long name');
    is_problem(post($one, '{"name":'), 400, { detail => 'the body is not JSON: line 1, column 8' }, 'half a body');
    is_problem(post($one, '[1]'), 400, { detail => 'the body is not a JSON object' }, 'a list');
    is_problem(post($one, ''), 400, {}, 'no body');
    is_problem(post($one, "{\"name\":\"\xff\",\"email\":\"x\"}"), 400, {}, 'bad UTF-8');
    is_problem(post($one, '{"name":"a\u0000b","email":"x@y"}'), 400, {}, 'a NUL');
    is_problem(post($one, '{"a":' x 40 . '1' . '}' x 40), 400, { detail => 'the body is nested deeper than 32 levels' }, 'deep');
    is_problem(post($one, '[' x 100000), 400, { detail => 'the body is nested deeper than 32 levels' }, 'very deep');
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $one->{port}, Timeout => 5);
    print $socket "POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n";
    like(scalar <$socket>, qr{^HTTP/1\.1 413 }, 'a body of 2 MB is refused before it is sent');
    $answer = post($one, 'name=J%C3%B6rg+/x&email=joerg@example.org', 'application/x-www-form-urlencoded');
    is($answer->{status}, 201, 'a form');
    is($answer->{headers}{location}, '/users/J%C3%B6rg%20%2Fx', 'Location is encoded');
    is(get($one, $answer->{headers}{location})->{status}, 200, 'and leads there');
    is_problem(post($one, 'name=%ff&email=x', 'application/x-www-form-urlencoded'), 400, { field => 'name' }, 'a form with bad UTF-8');
    my $quote = post($one, q({"name":"'; drop table users; --","email":"bobby@example.org"}));
    is($quote->{status}, 201, 'SQL in a name is a name');
};

subtest 'GET /users/<name>' => sub {
    my $answer = get($one, '/users/ada');
    is($answer->{status}, 200, 'found');
    is($answer->{headers}{'content-type'}, 'application/json', 'JSON');
    is(decode_json($answer->{content})->{email}, 'ada@example.org', 'the user');
    is_problem(get($one, '/users/nobody'), 404, { title => 'Not Found', detail => 'no user has this name' }, 'nobody');
    is_problem(get($one, '/users/%ff'), 404, {}, 'bad UTF-8');
    is_problem(get($one, '/users/%00'), 404, {}, 'a NUL');
    is_problem(get($one, '/users/%zz'), 404, {}, 'a bad percent sign');
    is_problem(get($one, '/users/'), 404, {}, 'no name');
    is_problem(get($one, '/users/a/b'), 404, {}, 'a segment too many');
};

subtest 'GET /users?limit=' => sub {
    is(scalar @{ decode_json(get($one, '/users')->{content}) }, 3, 'all');
    is(scalar @{ decode_json(get($one, '/users?limit=2')->{content}) }, 2, 'two');
    is(scalar @{ decode_json(get($one, '/users?a=b&limit=%31&limit=3')->{content}) }, 1, 'the first value, decoded');
    is_problem(get($one, "/users?limit=$_"), 400, { field => 'limit', detail => 'limit must be a number from 1 to 1000' }, "'$_'")
        for '', '0', '-1', '1001', 'x', '1.5', '1e1', '+1', '99999999999999999999', '1;drop';
    is_problem(get($one, '/users?limit=%f'), 400,
        { field => 'limit', detail => "query parameter 'limit' is not valid percent-encoded UTF-8" }, 'a bad percent sign');
};

subtest 'methods' => sub {
    my $answer = http()->request('DELETE', "$one->{url}/users");
    is_problem($answer, 405, { detail => 'DELETE is not possible here' }, 'DELETE');
    is($answer->{headers}{allow}, 'GET, HEAD, POST, OPTIONS', 'with Allow');
    $answer = http()->request('OPTIONS', "$one->{url}/users/ada");
    is("$answer->{status} $answer->{headers}{allow}", '204 GET, HEAD, OPTIONS', 'OPTIONS');
    $answer = http()->head("$one->{url}/users/ada");
    is("$answer->{status} " . ($answer->{content} // ""), "200 ", "HEAD has no body");
    ok($answer->{headers}{'content-length'} > 20, 'but its length');
    is_problem(get($one, '/nothing'), 404, { detail => 'nothing is here' }, 'another path');
};

subtest 'HTTP/1 keep-alive, and HTTP/2' => sub {
    my $url = "$one->{url}/users/ada";
    is(`curl -s -m 5 -w '%{http_version} %{num_connects} ' -o /dev/null $url -o /dev/null $url`, '1.1 1 1.1 0 ',
        'two requests on one connection');
    is(`curl -s -m 5 --http2-prior-knowledge -w ' %{http_version} %{http_code}' $url`, get($one, '/users/ada')->{content} . ' 2 200',
        'the same over HTTP/2');
    is(`curl -s -m 5 --http2-prior-knowledge -w '%{http_code}' -o /dev/null -d '{"name":"ada","email":"e\@f"}' $one->{url}/users`, '409',
        'a body over HTTP/2');
};

subtest 'GET /health' => sub {
    my $health;
    ok(eventually(sub { $health = health($one); $health->{total}{units} >= 10 }), 'the sum of both loops');
    is("$health->{status} $health->{threads}", 'ok 2', 'well, two threads');
    ok($health->{pools}{default}{open} <= 5, 'the pool of its loop');
    cmp_ok($health->{total}{requests}, '>=', 1, 'this request runs');
};

# ---- Trouble -----------------------------------------------------------------------------------------------------------------

subtest 'a client that leaves cancels what it read' => sub {
    like(lock_table(), qr/locked/, 'the table is locked');
    is(later(begin('-m', 0.3, $_, "$one->{url}/users/ada")), ' 000', "a client gives up ($_)") for '--http2-prior-knowledge';
    ok(eventually(sub { my $total = health($one)->{total}; $total->{requests} == 1 && $total->{in_flight} == 0 }),
        'its handler ends and nothing is in flight any more');
    unlock();
    is(get($one, '/users/ada')->{status}, 200, 'and the next is served');
};

subtest 'SIGTERM: what runs is answered, then it ends with 0' => sub {
    lock_table();
    my $waiting = begin("$one->{url}/users/ada");
    ok(eventually(sub { health($one)->{total}{in_flight} == 1 }), 'a request waits for the lock');
    kill 'TERM', $one->{pid};
    ok(eventually(sub { later(begin("$one->{url}/health")) eq ' 000' }), 'no new connection is taken');
    unlock();
    like(later($waiting), qr/"name":"ada".* 200$/, 'the one that ran is answered');
    is(finish($one), 0, 'status 0');
    is(said($one), '', 'nothing to complain of');
};

subtest 'SIGTERM under load: clean, and in bounded time' => sub {
    my $loaded = start(\%plain);
    my @clients = map {
        my $pid = fork // die;
        if (!$pid) {
            my $http = HTTP::Tiny->new(timeout => 5);
            my ($good, $bad) = (0, 0);
            for (my $end = time + 4; time < $end;) {
                my $status = $http->get("$loaded->{url}/users/ada")->{status};
                last if $status == 599; # the connection is refused or closed
                $status == 200 || $status == 503 ? $good++ : $bad++;
            }
            POSIX::_exit($bad ? 2 : $good > 10 ? 0 : 1);
        }
        $pid
    } 1 .. 8;
    sleep 0.7;
    my $began = time;
    is(stop($loaded), 0, 'status 0');
    cmp_ok(time - $began, '<', 5, 'soon');
    for (@clients) { waitpid $_, 0; is($? >> 8, 0, 'a client saw 200 and 503 only') }
    is(said($loaded), '', 'nothing to complain of');
};

subtest 'an exhausted pool: 503 with Retry-After within the pool timeout' => sub {
    my $small = start({ %plain, AQUIFER_POOL_SIZE => 1, AQUIFER_MAX_OVERFLOW => 0, AQUIFER_PIPELINE_DEPTH => 1, AQUIFER_POOL_TIMEOUT => 0.4 },
        '--threads', 1);
    is(get($small, '/users')->{status}, 200, 'served');
    lock_table();
    my $first = begin("$small->{url}/users/ada");
    ok(eventually(sub { health($small)->{total}{in_flight} == 1 }), 'one has the connection');
    my $began = time;
    my $answer = get($small, '/users/ada');
    is_problem($answer, 503, { title => 'Service Unavailable' }, 'the next');
    is($answer->{headers}{'retry-after'}, 1, 'Retry-After');
    cmp_ok(time - $began, '<', 2, 'in time');
    unlock();
    like(later($first), qr/ 200$/, 'the first is served');
    is(get($small, '/users/ada')->{status}, 200, 'and so is the next');
    is(stop($small), 0, 'status 0');
    like(said($small), qr/bind 'default'.*no connection within 400 ms/, 'the log says who held it');
};

subtest 'PostgreSQL away: 503 within the pool timeout, and recovery without a restart' => sub {
    system("psql -XAtq -d '$uri' -c 'drop table users'");
    system("$postgres down $data --mode immediate >/dev/null 2>&1");
    my $early = start({ %plain, AQUIFER_POOL_TIMEOUT => 1 });
    ok($early->{port}, 'it starts without a database');
    my $began = time;
    my $answer = get($early, '/users');
    is_problem($answer, 503, {}, 'users');
    is($answer->{headers}{'retry-after'}, 1, 'Retry-After');
    unlike($answer->{content}, qr/select|users|socket/, 'and no SQL or address in it');
    cmp_ok(time - $began, '<', 3, 'in time');
    ok(eventually(sub { health($early)->{status} eq 'database away' }), '/health says so');
    system("$postgres up $data >/dev/null 2>&1");
    ok(eventually(sub { get($early, '/users')->{status} == 200 }, 15), 'it recovers, and makes the table');
    is(post($early, '{"name":"zoe","email":"zoe@example.org"}')->{status}, 201, 'and writes');
    system("$postgres down $data --mode immediate >/dev/null 2>&1");
    my @statuses = map { get($early, '/users/zoe')->{status} } 1 .. 3;
    is("@statuses", '503 503 503', 'away again: 503');
    system("$postgres up $data >/dev/null 2>&1");
    ok(eventually(sub { get($early, '/users/zoe')->{status} == 200 }, 15), 'back again: 200');
    is(stop($early), 0, 'status 0');
    unlike(said($early), qr/ERROR|Sanitizer|Assertion/, 'nothing broke');
};

subtest 'PostgreSQL away for good: SIGTERM ends it all the same' => sub {
    system("$postgres down $data --mode immediate >/dev/null 2>&1");
    my $lonely = start({ %plain, AQUIFER_POOL_TIMEOUT => 30 });
    my $waiting = begin("$lonely->{url}/users");
    sleep 0.3;
    my $began = time;
    is(stop($lonely), 0, 'status 0');
    cmp_ok(time - $began, '<', 10, 'in bounded time');
    like(later($waiting), qr/ 503$/, 'and the one that waited is told');
};

done_testing();
