#!/usr/bin/env perl
# The compiler checks models: programs that declare one wrongly are refused on the line that is wrong, with a text that says why;
# right ones compile without a warning.
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
    my $status = system("LC_ALL=C $compiler -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Werror $flags $source/include"
        . " -c -o $dir/program.o $dir/program.c >$dir/said 2>&1");
    return ($status == 0, slurp("$dir/said"));
}

# ---- Right programs -------------------------------------------------------------------------------------------------------

my $right = <<'END_C';
#include <aquifer/schema.h>

typedef enum mood { MOOD_SAD, MOOD_HAPPY } mood_t;
static const char *const mood_labels[] = {[MOOD_SAD] = "sad", [MOOD_HAPPY] = "happy"};
static const aq_enum_t mood_enum = {.name = "mood", .labels = AQ_LIST(mood_labels)};

typedef struct point {
    double x, y;
} point_t;
static const aq_custom_t point_type = {.sql_type = "point"};

typedef struct Timestamps {
    aq_timestamp_t created;
    aq_timestamp_null_t updated;
} Timestamps;
static const aq_column_t timestamps_columns[] = {
    AQ_TIMESTAMPTZ(Timestamps, created, .server_default = "now()"),
    AQ_TIMESTAMPTZ_NULL(Timestamps, updated),
};
AQ_MIXIN(Timestamps, timestamps_columns, .bind = "blog");

typedef struct Post Post;
typedef struct User {
    aq_object_t object;
    int32_t id;
    const char *username;
    const char *email;
    aq_int4_null_t age;
    mood_t mood;
    aq_enum_null_t old_mood;
    point_t home;
    aq_int4_array_t scores;
    aq_text_array_t tags;
    aq_enum_array_t moods;
    Timestamps timestamps;
    struct { const char *city; } address;
    aq_many_t posts;
} User;

struct Post {
    aq_object_t object;
    int32_t id;
    int32_t author_id;
    User *author;
    Post *parent;
    aq_many_t replies;
};

static int set_id(void *member, const void *object);
static int set_id(void *member, const void *object) { (void)object; *(int32_t *)member = 1; return 0; }

static const aq_column_t user_columns[] = {
    AQ_INT4(User, id, .primary_key = true, .default_cb = set_id),
    AQ_VARCHAR(User, username, 80, .unique = true),
    AQ_VARCHAR_NULL(User, email, AQ_ANY_LENGTH),
    AQ_INT4_NULL(User, age, .sequence = {.start = 3, .increment = 2}, .check = "age > 0"),
    AQ_ENUM(User, mood, &mood_enum),
    AQ_ENUM_NULL(User, old_mood, &mood_enum, .server_default = "'sad'"),
    AQ_CUSTOM(User, home, point_t, &point_type),
    AQ_INT4_ARRAY(User, scores),
    AQ_TEXT_ARRAY_NULL(User, tags, .index = true),
    AQ_ENUM_ARRAY(User, moods, &mood_enum),
    AQ_MIX(User, timestamps, Timestamps),
    AQ_TEXT(User, address.city),
};
static const aq_relationship_t user_relationships[] = {
    AQ_MANY(User, posts, Post, .back_populates = "author", .order_by = "created desc",
            .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN),
};
static const aq_constraint_t user_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("username", AQ_NAME(User, email)), .name = "two"),
    AQ_CHECK("age > 3", .name = "older"),
    AQ_CHECK("age > 2"),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "room", .with = "="}, {.column = "during", .with = "&&"})),
};
static const aq_index_t user_indexes[] = {
    {.columns = AQ_COLUMNS("email"), .unique = true},
    {.parts = AQ_PARTS({.expression = "lower(email)", .descending = true})},
};
AQ_MODEL(User, user_columns, user_relationships, .table = "people", .constraints = AQ_LIST(user_constraints),
         .indexes = AQ_LIST(user_indexes));

static const aq_column_t post_columns[] = {
    AQ_INT4(Post, id, .primary_key = true),
    AQ_INT4(Post, author_id, .references = AQ_REF(User, id), .on_delete = AQ_CASCADE,
            .deferrable = AQ_INITIALLY_DEFERRED),
};
static const aq_relationship_t post_relationships[] = {
    AQ_ONE(Post, author, User, .backref = AQ_BACKREF(User, posts, Post, .lazy = AQ_LAZY_JOINED)),
    AQ_ONE(Post, parent, Post),
    AQ_MANY(Post, replies, Post),
};
AQ_MODEL(Post, post_columns, post_relationships);

typedef struct Manager { User user; const char *department; } Manager;
static const aq_column_t manager_columns[] = {
    AQ_INT4(Manager, user.id, .primary_key = true, .references = AQ_REF(User, id)),
    AQ_TEXT(Manager, department)};
AQ_SUBMODEL(Manager, user, User, manager_columns, AQ_NONE, .identity = "manager");

typedef struct Empty { aq_object_t object; } Empty;
AQ_MODEL(Empty, AQ_NONE, AQ_NONE);

static const aq_column_t post_tags_columns[] = {
    AQ_COLUMN(INT4, "post_id", .primary_key = true, .references = AQ_REF(Post, id)),
    AQ_COLUMN(UNKNOWN, "mood", .enumeration = &mood_enum),
    AQ_COLUMN(VARCHAR, "x", .length = 20),
    AQ_COLUMN(TEXT, "y"),
};
AQ_TABLE(post_tags, post_tags_columns);
AQ_TABLE(other_tags, post_tags_columns, .bind = "x");

const void *all[] = {AQ_MODEL_OF(User), &Post_model, &Manager_model, &Empty_model, &post_tags_table, &other_tags_table};
END_C

sub there { my ($compiler) = @_; return !system("$compiler --version >$dir/found 2>&1") }
# $CC, and the two that we promise it of; one that has two names once.
my %seen;
my @compilers = grep { !there($_) || !$seen{slurp("$dir/found") =~ s/^\S+//r}++ } ($ENV{CC} || 'cc', 'gcc', 'clang');
for my $compiler (@compilers) {
  SKIP: {
        skip("$compiler is not installed", 2) unless there($compiler);
        for my $flags ('-I', '-isystem') {
            my ($taken, $said) = compile($compiler, $right, $flags);
            is($taken ? '' : $said, '', "$compiler $flags takes a program that uses everything");
        }
    }
}

# ---- Wrong programs -------------------------------------------------------------------------------------------------------

# What all of them start with.
my $start = <<'END_C';
#include <aquifer/schema.h>
typedef struct Post Post;
typedef struct User {
    aq_object_t object;
    int32_t id;
    int64_t big;
    const char *name;
    char *writable;
    aq_int4_null_t age;
    aq_int4_array_t scores;
    double ratio;
    Post *post;
    aq_many_t posts;
} User;
struct Post {
    aq_object_t object;
    int32_t id;
    User *author;
    aq_many_t readers;
};
typedef struct Stamps { aq_timestamp_t created; } Stamps;
typedef struct point { double x, y; } point_t;
static const aq_custom_t point_type = {.sql_type = "point"};
static const aq_enum_t mood_enum = {.name = "mood"};
static const aq_column_t stamps_columns[] = {AQ_TIMESTAMPTZ(Stamps, created)};
AQ_MIXIN(Stamps, stamps_columns);
static const aq_column_t user_columns[] = {AQ_INT4(User, id, .primary_key = true)};
static const aq_relationship_t user_relationships[] = {AQ_MANY(User, posts, Post)};
AQ_MODEL(User, user_columns, user_relationships);
const void *used[] = {&User_model, &Stamps_mixin, &point_type, &mood_enum};
END_C

# Each has the line that is wrong and what is said of it, by the header as text, by the compilers as a pattern.
sub column { my ($entry) = @_; return "const aq_column_t columns[] = {\n    AQ_INT4(User, id),\n    $entry,\n};\n" }
sub relationship { my ($entry) = @_; return "const aq_relationship_t relationships[] = {\n    $entry,\n};\n" }

my @wrong = (
    # members
    [column('AQ_INT4(User, big)'), 3, 'AQ_INT4(User, big): the member must be int32_t'],
    [column('AQ_INT8(User, id)'), 3, 'AQ_INT8(User, id): the member must be int64_t'],
    [column('AQ_INT4(User, age)'), 3, 'AQ_INT4(User, age): the member must be int32_t'],
    [column('AQ_INT4_NULL(User, id)'), 3, 'AQ_INT4_NULL(User, id): the member must be aq_int4_null_t'],
    [column('AQ_TEXT(User, id)'), 3, 'AQ_TEXT(User, id): the member must be const char *'],
    [column('AQ_TEXT(User, writable)'), 3, 'AQ_TEXT(User, writable): the member must be const char *'],
    [column('AQ_VARCHAR(User, id, 80)'), 3, 'AQ_VARCHAR(User, id): the member must be const char *'],
    [column('AQ_FLOAT4(User, ratio)'), 3, 'AQ_FLOAT4(User, ratio): the member must be float'],
    [column('AQ_INT8_ARRAY(User, scores)'), 3, 'AQ_INT8_ARRAY(User, scores): the member must be aq_int8_array_t'],
    [column('AQ_ENUM(User, name, &mood_enum)'), 3, 'AQ_ENUM(User, name): the member must be an enum or int'],
    [column('AQ_ENUM_NULL(User, id, &mood_enum)'), 3, 'AQ_ENUM_NULL(User, id): the member must be aq_enum_null_t'],
    [column('AQ_CUSTOM(User, name, point_t, &point_type)'), 3, 'AQ_CUSTOM(User, name): the member must be point_t'],
    [column('AQ_MIX(User, name, Stamps)'), 3, 'AQ_MIX(User, name, Stamps): the member must be Stamps'],
    [column('AQ_INT4(User, idd)'), 3, qr/no member named .idd./],
    [column('AQ_INT4(Usr, id)'), 3, qr/unknown type name .Usr.|.Usr. undeclared|undeclared identifier .Usr./],
    # options
    [column('AQ_INT4(User, id, .primry_key = true)'), 3, qr/no member named .primry_key.|does not refer to any field/],
    [column("AQ_INT4(User, id,\n            .primary_key = true,\n            .uniqe = true)"), 5,
        qr/no member named .uniqe.|does not refer to any field/],
    [column('AQ_INT4(User, id, .references = 5)'), 3, qr/makes pointer from integer|incompatible integer to pointer/],
    [column('AQ_INT4(User, id, .references = AQ_REF(User, idd))'), 3, qr/no member named .idd./],
    [column('AQ_INT4(User, id, .references = AQ_REF(Usr, id))'), 3, qr/.Usr. undeclared|undeclared identifier .Usr./],
    [column('AQ_INT4(User, id, .on_delete = "cascade")'), 3, qr/incompatible types|incompatible pointer to integer/],
    [column('AQ_INT4(User, id, .on_delete = AQ_CASCDE)'), 3, qr/.AQ_CASCDE. undeclared|undeclared identifier .AQ_CASCDE./],
    [column('AQ_INT4(User, id, .default_value = 18)'), 3, qr/makes pointer from integer|incompatible integer to pointer/],
    [column('AQ_INT4(User, id, .default_cb = &mood_enum)'), 3, qr/incompatible pointer type/],
    [column('AQ_INT4(User, id, .sequence = {.strt = 10})'), 3, qr/no member named .strt.|does not refer to any field/],
    [column('AQ_VARCHAR(User, name, 0)'), 3, 'AQ_VARCHAR(User, name, 0): the length must be 1 to 10485760'],
    [column('AQ_VARCHAR(User, name, -1)'), 3, 'AQ_VARCHAR(User, name, -1): the length must be 1 to 10485760'],
    [column('AQ_CHAR(User, name, 10485761)'), 3, 'AQ_CHAR(User, name, 10485761): the length must be 1 to 10485760'],
    [column('AQ_VARCHAR(User, name, "80")'), 3, qr/comparison between pointer and integer|is not an integer constant|makes integer from pointer/],
    [column('AQ_VARCHAR(User, name)'), 3, 'AQ_VARCHAR(User, name, ): the length must be 1 to 10485760'],
    [column('AQ_CHAR_NULL(User, name)'), 3, 'AQ_CHAR_NULL(User, name, ): the length must be 1 to 10485760'],
    [column('AQ_VARCHAR(User, name, .unique = true)'), 3, qr/expected expression/],
    [column('AQ_ENUM(User, id, &mood_enum, true)'), 3, qr/makes pointer from integer|incompatible integer to pointer/],
    [column('AQ_CUSTOM(User, ratio, double, &point_type, true)'), 3, qr/makes pointer from integer|incompatible integer to pointer/],
    [column('AQ_ENUM(User, id, &point_type)'), 3, qr/incompatible pointer type/],
    [column('AQ_ENUM(User, id)'), 3, qr/requires at least one argument|expected expression|must specify at least one argument/],
    [column('AQ_COLUMN(INT3, "id")'), 3, qr/.AQ_OID_INT3. undeclared|undeclared identifier .AQ_OID_INT3./],
    # relationships
    [relationship('AQ_ONE(Post, author, Post)'), 2, 'AQ_ONE(Post, author, Post): the member must be Post *'],
    [relationship('AQ_ONE(User, posts, Post)'), 2, 'AQ_ONE(User, posts, Post): the member must be Post *'],
    [relationship('AQ_MANY(User, post, Post)'), 2, 'AQ_MANY(User, post, Post): the member must be aq_many_t'],
    [relationship('AQ_MANY(User, posts, Pst)'), 2, qr/.Pst. undeclared|undeclared identifier .Pst./],
    [relationship('AQ_MANY(User, pots, Post)'), 2, qr/no member named .pots./],
    [relationship('AQ_MANY(User, posts, Post, .back_populate = "author")'), 2, qr/no member named .back_populate.|does not refer to any field/],
    [relationship('AQ_MANY(User, posts, Post, .back_populates = AQ_NAME(Post, autor))'), 2, qr/no member named .autor./],
    [relationship('AQ_MANY(User, posts, Post, .lazy = AQ_LAZY_BOGUS)'), 2, qr/.AQ_LAZY_BOGUS. undeclared|undeclared identifier .AQ_LAZY_BOGUS./],
    [relationship('AQ_MANY(User, posts, Post, .lazy = "joined")'), 2, qr/incompatible types|incompatible pointer to integer/],
    [relationship('AQ_MANY(User, posts, Post, .backref = AQ_BACKREF(Post, id, User))'), 2,
        'AQ_BACKREF(Post, id, User): the member must be User * or aq_many_t'],
    [relationship('AQ_MANY(User, posts, Post, .secondary = &User_model)'), 2, qr/incompatible pointer type/],
    # tables
    ["AQ_MODEL(Stamps, stamps_columns, AQ_NONE);\n", 1, qr/no member named .object./],
    ["typedef struct Late { int32_t id; aq_object_t object; } Late;\nAQ_MODEL(Late, AQ_NONE, AQ_NONE);\n", 2,
        'AQ_MODEL(Late): the struct must start with aq_object_t object'],
    ["AQ_MODEL(Post, user_relationships, user_columns);\n", 1, 'AQ_MODEL(Post): user_relationships must be an array of aq_column_t, or AQ_NONE'],
    ["AQ_MODEL(Post, user_columns);\n", 1, 'AQ_MODEL(Post): relationships must follow the columns, or AQ_NONE'],
    ["typedef struct Kid { User user; } Kid;\nAQ_SUBMODEL(Kid, user, User, user_columns);\n", 2,
        'AQ_SUBMODEL(Kid): relationships must follow the columns, or AQ_NONE'],
    ["AQ_MODEL(Post, user_columns, user_columns);\n", 1, 'AQ_MODEL(Post): user_columns must be an array of aq_relationship_t, or AQ_NONE'],
    ["AQ_MODEL(Post, &user_columns[0], AQ_NONE);\n", 1, 'AQ_MODEL(Post): &user_columns[0] must be an array of aq_column_t, or AQ_NONE'],
    ["AQ_MODEL(Post, user_columns, AQ_NONE, .tabel = \"posts\");\n", 1, qr/no member named .tabel.|does not refer to any field/],
    ["AQ_MODEL(Post, user_columns, AQ_NONE, .indexes = AQ_LIST(user_columns));\n", 1, qr/incompatible pointer type/],
    ["AQ_MODEL(Post, user_columns, AQ_NONE, .constraints = AQ_LIST(user_columns));\n", 1, qr/incompatible pointer type/],
    ["typedef struct Kid { User user; } Kid;\nAQ_SUBMODEL(Kid, user, Post, AQ_NONE, AQ_NONE);\n", 2, qr/.Post_model. undeclared|undeclared identifier .Post_model./],
    ["typedef struct Kid { Post post; User user; } Kid;\nAQ_SUBMODEL(Kid, user, User, AQ_NONE, AQ_NONE);\n", 2,
        'AQ_SUBMODEL(Kid, user, User): the struct must start with User user'],
    ["AQ_TABLE(post_tags, user_relationships);\n", 1, 'AQ_TABLE(post_tags): user_relationships must be an array of aq_column_t, or AQ_NONE'],
    ["const aq_constraint_t c[] = {\n    AQ_UNIQUE(.columns = AQ_COLUMNS(AQ_NAME(User, nme)))};\n", 2, qr/no member named .nme./],
    ["const aq_constraint_t c[] = {\n    AQ_UNIQUE(.colums = AQ_COLUMNS(\"id\"))};\n", 2, qr/no member named .colums.|does not refer to any field/],
    ["const aq_constraint_t c[] = {\n    AQ_UNIQUE(.columns = AQ_COLUMNS(1))};\n", 2, qr/makes pointer from integer|incompatible integer to pointer/],
    ["const aq_index_t i[] = {\n    {.columns = AQ_COLUMNS(\"id\"), .uniqe = true}};\n", 2, qr/no member named .uniqe.|does not refer to any field/],
    ["const aq_index_t i[] = {\n    {.parts = AQ_PARTS({.colum = \"id\"})}};\n", 2, qr/no member named .colum.|does not refer to any field/],
    # values
    ["void f(User *user);\nvoid f(User *user)\n{\n    user->age = 5;\n}\n", 4, qr/incompatible types? /],
);

my $lines = ($start =~ tr/\n//);
for my $compiler (@compilers) {
  SKIP: {
        skip("$compiler is not installed", scalar @wrong) unless there($compiler);
        ok((compile($compiler, $start, '-I'))[0], "$compiler: what all of them start with is right");
        # The errors are the same with a header of a source tree and with an installed one.
        for my $i (0 .. $#wrong) {
            my ($program, $line, $message) = @{$wrong[$i]};
            my ($taken, $said) = compile($compiler, $start . $program, $i % 4 == 0 ? '-isystem' : '-I');
            my ($shown) = (split /\n/, $program)[$line - 1] =~ /^\s*(.*?),?$/;
            my @errors = $said =~ /^([^\n]*: (?:fatal )?error: [^\n]*)$/mg;
            my ($there) = grep { /\bprogram\.c:@{[$lines + $line]}:\d+: error: / && (ref $message ? /$message/ : /\Q$message\E/) } @errors;
            ok(!$taken && $there, "$compiler: $shown: " . ($there // 'an error on this line') =~ s/.*error: //r)
                or diag($taken ? 'it was taken' : $said);
            my @elsewhere = grep { !/\bprogram\.c:/ } @errors;
            fail("$compiler: $shown: an error is in a header: @elsewhere") if @elsewhere;
        }
    }
}

done_testing();
