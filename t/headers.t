#!/usr/bin/env perl
# The public headers, each alone: they compile as strict C11 and as C++, drag in nothing that they need not, and declare
# exactly what the libraries export.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $build = $ENV{AQUIFER_BUILDDIR} || $source;
my $dir = tempdir(CLEANUP => 1);

my @headers = map { s{^\Q$source\E/include/}{}r } sort(glob("$source/include/*.h $source/include/aquifer/*.h"));
cmp_ok(scalar @headers, '>=', 8, 'the public headers are found: ' . join(' ', @headers));

sub slurp { my ($path) = @_; open my $file, '<', $path or die "$path: $!"; local $/; return <$file> // '' }
sub spew { my ($path, $text) = @_; open my $file, '>', $path or die "$path: $!"; print $file $text; close $file }

# What configure found, from the Makefile of the build.
sub make_variable {
    my ($name) = @_;
    return '' unless -e "$build/Makefile";
    return slurp("$build/Makefile") =~ /^\Q$name\E = (.*)$/m ? $1 : '';
}
my $flags = join(' ', "-I$source/include", map { make_variable($_) } qw(LIBUV_CFLAGS H2O_CFLAGS));
my $with_h2o = make_variable('H2O_LIBS') ne '';

my $strict = '-Wall -Wextra -Wpedantic -Werror';
# No -Wshadow for C++: a function may have the name of a struct, as stat() does.
my @compilers = (
    ['gcc', 'c', "-std=c11 $strict -Wshadow -Wstrict-prototypes"],
    ['clang', 'c', "-std=c11 $strict -Wshadow -Wstrict-prototypes"],
    ['g++', 'cc', "-std=c++11 $strict"],
    ['clang++', 'cc', "-std=c++11 $strict"],
);

for my $compiler (@compilers) {
    my ($command, $extension, $options) = @$compiler;
    my $there = !system("command -v $command >$dir/found 2>&1");
    for my $header (@headers) {
      SKIP: {
            skip("$command is not installed", 1) unless $there;
            skip("built without h2o", 1) if $header eq 'aquifer/h2o.h' && !$with_h2o;
            # twice: the second include is empty
            # h2o's own header and libuv's, which it includes, use what is beyond C11
            my $beyond = $header eq 'aquifer/h2o.h' ? '-D_GNU_SOURCE' : '';
            spew("$dir/alone.$extension", "#include <$header>\n#include <$header>\nint main(void) { return 0; }\n");
            my $status = system("$command $options $beyond $flags -fsyntax-only $dir/alone.$extension >$dir/complaint 2>&1");
            is($status == 0 ? '' : slurp("$dir/complaint"), '', "$header compiles alone with $command $options");
        }
    }
}

SKIP: {
    skip('g++ is not installed', 1) if system("command -v g++ >$dir/found 2>&1");
    spew("$dir/call.cc", "#include <aquifer/base.h>\nint main() { return aq_strerror(AQ_EINVAL) == nullptr; }\n");
    system("g++ -std=c++11 $flags -c -o $dir/call.o $dir/call.cc") and die;
    like(scalar `nm -u $dir/call.o`, qr/\bU aq_strerror\b/, 'from C++ the functions are called by their C names');
}

# What a call is given is made by macros, which are compound literals in C. Nothing of the library is in here but what is inline.
my $calls = <<'END_CPP';
#include <aquifer.h>
static int count_of(const aq_arguments_t *arguments, int64_t first)
{
    return arguments->values[0].as.integer == first ? static_cast<int>(arguments->count) : -1;
}
static bool are(const aq_binds_t *binds, const char *last, size_t count)
{
    return binds->count == count && (count == 0 || binds->keys[count - 1] == last);
}
int main()
{
    int32_t ids[] = {1, 2};
    const char *const names[] = {"ada", "grace"};
    static const char users[] = "users";
    aq_value_t arrays[] = {aq_int4_array(ids, 2), aq_text_array(names, 2)};

    if (count_of(aq_args(aq_int4(7), aq_text("x")), 7) != 2 || count_of(aq_args(aq_int4(8)), 8) != 1)
        return 1;
    if (arrays[0].as.array.items != ids || arrays[1].as.array.items != names)
        return 2;
    if (!are(aq_binds(), nullptr, 0) || !are(aq_binds(NULL), nullptr, 1) || !are(aq_binds(NULL, users), users, 2))
        return 3;
    return aq_some_int4(5).value == 5 ? 0 : 4;
}
END_CPP
for my $command (qw(g++ clang++)) {
  SKIP: {
        skip("$command is not installed", 2) if system("command -v $command >$dir/found 2>&1");
        spew("$dir/calls.cc", $calls);
        my $said = `$command -std=c++11 $strict $flags -o $dir/calls $dir/calls.cc 2>&1`;
        is($said, '', "$command: what calls are given can be written in C++");
        is(system("$dir/calls") >> 8, 0, 'and arrives');
    }
}

# A program in C++ may use sessions of models that C declares.
SKIP: {
    skip('g++ is not installed', 1) if system("command -v g++ >$dir/found 2>&1");
    spew("$dir/session.cc", <<'END');
#include <aquifer.h>
struct User { aq_object_t object; int32_t id; const char *name; User *boss; aq_many_t friends; };
extern "C" const aq_model_t User_model;
aq_op_t *rename_all(aq_session_t *session, aq_signal_cb cb)
{
    User *user = aq_new(session, User);
    aq_query_t *query = aq_order_by_text(aq_filter_by(aq_query(session, User), "name", aq_text("ann")), "id");
    User *boss = aq_related(user, User, boss);
    const aq_many_t *friends = aq_list(user, User, friends);

    user->name = aq_state_name(aq_object_state(user));
    aq_set(user, User, boss, boss);
    aq_append(user, User, friends, friends->items[0]);
    aq_flag_modified(user, User, name);
    aq_option(query, aq_joined_load(User, boss));
    aq_op_close(aq_all(query));
    aq_op_close(aq_load(user, User, friends));
    aq_signal_connect(nullptr, AQ_MODELS_COMMITTED, nullptr, cb, nullptr);
    return aq_add(session, user) == AQ_OK ? aq_commit(session) : aq_refresh(session, user);
}
END
    my $status = system("g++ -std=c++11 -Wall -Wextra -Werror $flags -c -o $dir/session.o $dir/session.cc >$dir/complaint 2>&1");
    is($status == 0 ? '' : slurp("$dir/complaint"), '', 'sessions can be used from C++');
}

# The example that a header opens with is code, but for what stands beside it.
my %setting_of = (
    'aquifer/session.h' => 'aq_context_t *context',
    'aquifer/query.h' => 'aq_session_t *session',
);
for my $header (sort keys %setting_of) {
    my ($comment) = slurp("$source/include/$header") =~ m{\A/\*(.*?)\*/}s;
    my @lines = map { s/(?<=\S) {3,}\S.*//r } $comment =~ /^ \*     (.*)$/mg;
    cmp_ok(scalar @lines, '>', 5, "$header opens with an example");
    spew("$dir/example.c", <<"END");
#include <aquifer.h>
#include <stdio.h>
typedef struct User { aq_object_t object; int32_t id; const char *username; const char *email; aq_int4_null_t age; } User;
static const aq_column_t user_columns[] = {AQ_INT4(User, id, .primary_key = true), AQ_TEXT(User, username),
    AQ_TEXT_NULL(User, email), AQ_INT4_NULL(User, age)};
AQ_MODEL(User, user_columns, AQ_NONE);
void example($setting_of{$header});
void example($setting_of{$header})
{
@{[join("\n", @lines)]}
}
END
    my $status = system("gcc -std=c11 $strict $flags -fsyntax-only $dir/example.c >$dir/complaint 2>&1");
    is($status == 0 ? '' : slurp("$dir/complaint"), '', "$header: its example compiles");
}

for my $header (@headers) {
    my $text = slurp("$source/include/$header");
    is(join("\n", $text =~ /^(.{161,})$/mg), '', "$header has no line of more than 160 columns");
    unlike($text, qr/libpq-fe\.h|pg_query\.h/, "$header needs neither libpq nor libpg_query");
    unlike($text, qr/#\s*include\s*[<"]h2o/, "$header does not need h2o") unless $header eq 'aquifer/h2o.h';
    like($text, qr/\A\/\*/, "$header opens with what it is");
}

# Every function, and nothing else, that a header marks AQ_API is exported.
sub declared {
    my %names;
    for my $header (@_) {
        my $text = slurp("$source/include/$header") =~ s{/\*.*?\*/}{}gsr;
        $text =~ s/^#.*(?:\\\n.*)*$//mg;
        $names{$1} = $header while $text =~ /\bAQ_API\b[^;{]*?\b(aq_\w+)\s*[(;\[]/g;
    }
    return \%names;
}
sub exported {
    my ($library) = @_;
    my @names = map { /\b(aq_\w+)(?:@.*)?$/ ? $1 : () } split /\n/, `nm -D --defined-only $library`;
    return { map { $_ => 1 } @names };
}
my %libraries = (
    'libaquifer' => [grep { $_ ne 'aquifer/h2o.h' } @headers],
    'libaquifer-h2o' => [grep { $_ eq 'aquifer/h2o.h' } @headers],
);
for my $name (sort keys %libraries) {
    my $library = "$build/.libs/$name.so";
  SKIP: {
        skip("no $name.so here", 2) unless -e $library;
        my ($declared, $exported) = (declared(@{$libraries{$name}}), exported($library));
        is(join(' ', grep { !$declared->{$_} } sort keys %$exported), '', "$name exports nothing that no header declares");
        is(join(' ', grep { !$exported->{$_} } sort keys %$declared), '', "$name exports all that its headers declare");
    }
}

done_testing();
