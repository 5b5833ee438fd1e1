#!/usr/bin/env perl
# The compiler checks queries: a value of another type than the member's is refused on the line where it stands, with a text that says why; right
# programs compile without a warning.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $source = $ENV{AQUIFER_SRCDIR} || abs_path(dirname(__FILE__) . '/..');
my $dir = tempdir(CLEANUP => 1);

sub slurp { my ($path) = @_; open my $file, '<', $path or die "$path: $!"; local $/; return <$file> // '' }
sub spew { my ($path, $text) = @_; open my $file, '>', $path or die "$path: $!"; print $file $text; close $file }

# What `$compiler` says of a program, and whether it took it.
sub compile {
    my ($compiler, $text, $flags) = @_;
    spew("$dir/program.c", $text);
    my $status = system("LC_ALL=C $compiler -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Werror -Wno-unused-parameter $flags $source/include"
        . " -c -o $dir/program.o $dir/program.c >$dir/said 2>&1");
    return ($status == 0, slurp("$dir/said"));
}

my $start = <<'END_C';
#include <aquifer/query.h>
typedef struct Post Post;
typedef struct User {
    aq_object_t object;
    int32_t id;
    int64_t big;
    const char *name;
    aq_int4_null_t age;
    double ratio;
    bool active;
    aq_uuid_t token;
    aq_bytes_t photo;
    aq_interval_t wait;
    aq_many_t posts;
} User;
struct Post {
    aq_object_t object;
    int32_t id;
    User *author;
};
static const aq_column_t user_columns[] = {AQ_INT4(User, id, .primary_key = true)};
static const aq_relationship_t user_relationships[] = {AQ_MANY(User, posts, Post)};
AQ_MODEL(User, user_columns, user_relationships);
static const aq_column_t post_columns[] = {AQ_INT4(Post, id, .primary_key = true)};
static const aq_relationship_t post_relationships[] = {AQ_ONE(Post, author, User)};
AQ_MODEL(Post, post_columns, post_relationships);
const void *used[] = {&User_model, &Post_model};
void f(aq_session_t *session, aq_query_t *query, User *user, aq_cell_t cell, const int32_t *ids, const char *const *names);
void f(aq_session_t *session, aq_query_t *query, User *user, aq_cell_t cell, const int32_t *ids, const char *const *names)
{
END_C
my $end = "\n}\n";

my $right = <<'END_C';
    char text[] = "x";
    enum mood { SAD, HAPPY } mood = HAPPY;
    unsigned char small = 1;
    size_t size = 3;
    aq_uuid_t token = {{0}};
    aq_bytes_t photo = {text, 1};
    aq_interval_t wait = {0, 0, 0};
    aq_query_t *other = aq_query(session, Post);

    aq_filter(query, aq_eq(User, id, 1));
    aq_filter(query, aq_eq(User, id, mood));
    aq_filter(query, aq_eq(User, big, size));
    aq_filter(query, aq_eq(User, age, small));
    aq_filter(query, aq_eq(User, age, aq_null()));
    aq_filter(query, aq_eq(User, name, "x"));
    aq_filter(query, aq_eq(User, name, text));
    aq_filter(query, aq_eq(User, name, (const char *)0));
    aq_filter(query, aq_eq(User, ratio, 1));
    aq_filter(query, aq_eq(User, ratio, 1.5f));
    aq_filter(query, aq_eq(User, active, true));
    aq_filter(query, aq_eq(User, token, token));
    aq_filter(query, aq_eq(User, photo, photo));
    aq_filter(query, aq_eq(User, wait, wait));
    aq_filter(query, aq_and(aq_in(User, id, ids, 3), aq_not_in(User, name, names, 2), aq_between(User, age, 1, 2)));
    aq_filter(query, aq_or(aq_is_null(User, age), aq_is_not_null(User, name), aq_not(aq_exists(other))));
    aq_filter(query, aq_fragment("{User.age} > $1 and {User.name} = $2", 1, "x"));
    aq_filter(query, aq_compare(aq_column(User, id), AQ_LT, aq_value(3)));
    aq_order_by(query, aq_desc(User, id));
    aq_order_by(query, aq_ordered(aq_fragment0("length({User.name})"), true, AQ_NULLS_LAST));
    aq_join(query, Post, author);
    aq_option(query, aq_joined_load(User, posts));
    aq_with_parent(other, user, User, posts);
    aq_columns(query, aq_column(User, id), aq_label("n", aq_fragment0("count(*)")));
    aq_bulk_update(query, aq_assign(User, age, 18), aq_assign_to(User, id, aq_fragment0("{User.id} + 1")));
    aq_sql_named(session, &User_model, "select :a", aq_named({"a", aq_int4(1)}));
    (void)aq_is_null(cell);
END_C

# Each statement, and what is said of it.
my $type = 'the value has another type than the member';
my @wrong = (
    ['aq_filter(query, aq_eq(User, id, "x"));', "aq_eq(User, id, ...): $type"],
    ['aq_filter(query, aq_eq(User, id, 1.5));', "aq_eq(User, id, ...): $type"],
    ['aq_filter(query, aq_ne(User, name, 1));', "aq_ne(User, name, ...): $type"],
    ['aq_filter(query, aq_lt(User, age, "1"));', "aq_lt(User, age, ...): $type"],
    ['aq_filter(query, aq_le(User, token, 1));', "aq_le(User, token, ...): $type"],
    ['aq_filter(query, aq_gt(User, photo, "x"));', "aq_gt(User, photo, ...): $type"],
    ['aq_filter(query, aq_ge(User, wait, 3));', "aq_ge(User, wait, ...): $type"],
    ['aq_filter(query, aq_like(User, id, "x"));', "aq_like(User, id, ...): $type"],
    ['aq_filter(query, aq_starts_with(User, name, 1));', "aq_starts_with(User, name, ...): $type"],
    ['aq_filter(query, aq_between(User, age, 1, "2"));', "aq_between(User, age, ...): $type"],
    ['aq_filter(query, aq_in(User, name, ids, 3));', 'aq_in(User, name, ...): the items have another type than the member'],
    ['aq_filter(query, aq_not_in(User, id, names, 3));', 'aq_not_in(User, id, ...): the items have another type than the member'],
    ['aq_bulk_update(query, aq_assign(User, age, "x"));', "aq_assign(User, age, ...): $type"],
    ['aq_filter(query, aq_eq(User, nme, "x"));', qr/no member named .nme./],
    ['aq_filter(query, aq_eq(Usr, name, "x"));', qr/.Usr_model. undeclared|undeclared identifier .Usr_model.|unknown type name .Usr.|undeclared identifier .Usr.|.Usr. undeclared/],
    ['aq_order_by(query, aq_asc(User, nme));', qr/no member named .nme./],
    ['aq_join(query, Post, autor);', qr/no member named .autor./],
    ['aq_option(query, aq_joined_load(User, post));', qr/no member named .post./],
    ['aq_filter(query, 1);', qr/makes pointer from integer|incompatible integer to pointer/],
    ['aq_filter(query, aq_value(user));', qr/not compatible with any association|type .*User.* not compatible/],
);

my %seen;
sub there { my ($compiler) = @_; return !system("$compiler --version >$dir/found 2>&1") }
my @compilers = grep { !there($_) || !$seen{slurp("$dir/found") =~ s/^\S+//r}++ } ($ENV{CC} || 'cc', 'gcc', 'clang');
my $lines = ($start =~ tr/\n//);
for my $compiler (@compilers) {
  SKIP: {
        skip("$compiler is not installed", 2 + @wrong) unless there($compiler);
        for my $flags ('-I', '-isystem') {
            my ($taken, $said) = compile($compiler, $start . $right . $end, $flags);
            is($taken ? '' : $said, '', "$compiler $flags takes a program that uses everything");
        }
        for my $i (0 .. $#wrong) {
            my ($statement, $message) = @{$wrong[$i]};
            my ($taken, $said) = compile($compiler, "$start    $statement$end", $i % 4 == 0 ? '-isystem' : '-I');
            my @errors = $said =~ /^([^\n]*: (?:fatal )?error: [^\n]*)$/mg;
            my ($found) = grep { /\bprogram\.c:@{[$lines + 1]}:\d+: error: / && (ref $message ? /$message/ : /\Q$message\E/) } @errors;
            ok(!$taken && $found, "$compiler: $statement: " . ($found // 'an error on this line') =~ s/.*error: //r)
                or diag($taken ? 'it was taken' : $said);
            my @elsewhere = grep { !/\bprogram\.c:/ } @errors;
            fail("$compiler: $statement: an error is in a header: @elsewhere") if @elsewhere;
        }
    }
}

done_testing();
