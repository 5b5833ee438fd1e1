/* Models of music.sql, made by aquifer models; edit freely or make it again. */
#ifndef MUSIC_MODELS_H
#define MUSIC_MODELS_H

#include <aquifer.h>

/* ---- Types --------------------------------------------------------------------------------------------- */

typedef enum medium { MEDIUM_VINYL, MEDIUM_CD, MEDIUM_FILE } medium_t;
static const char *const medium_labels[] = {
    [MEDIUM_VINYL] = "vinyl",
    [MEDIUM_CD] = "cd",
    [MEDIUM_FILE] = "file",
};
static const aq_enum_t medium_enum = {.name = "medium", .schema = "music", .labels = AQ_LIST(medium_labels)};

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct Playlist Playlist;
typedef struct Employee Employee;
typedef struct Customer Customer;

typedef struct Artist {
    aq_object_t object;
    int32_t artist_id;
    const char *name;
    aq_many_t albums;
} Artist;

typedef struct Album {
    aq_object_t object;
    int32_t album_id;
    const char *title;
    int32_t artist_id;
    aq_date_null_t released;
    medium_t medium;
    aq_bytes_t cover;
    Artist *artist;
    aq_many_t tracks;
} Album;

typedef struct Genre {
    aq_object_t object;
    int16_t genre_id;
    const char *name;
    aq_many_t tracks;
} Genre;

typedef struct Track {
    aq_object_t object;
    int64_t track_id;
    const char *name;
    aq_int4_null_t album_id;
    aq_enum_null_t medium;
    aq_int2_null_t genre_id;
    aq_text_array_t composers;
    int32_t milliseconds;
    const char *seconds;
    aq_int8_null_t bytes;
    const char *unit_price;
    aq_float8_array_t peaks;
    Album *album;
    Genre *genre;
    aq_many_t playlist_tracks;
    aq_many_t invoice_lines;
} Track;

struct Playlist {
    aq_object_t object;
    int32_t playlist_id;
    const char *name;
    aq_int4_null_t owner_id;
    aq_int4_null_t copied_from;
    Customer *owner;
    Playlist *copied_from_playlist;
    aq_many_t playlists;
    aq_many_t tracks;
    aq_many_t customers;
};

typedef struct PlaylistTrack {
    aq_object_t object;
    int32_t playlist_id;
    int64_t track_id;
    aq_int4_null_t place;
    Playlist *playlist;
    Track *track;
} PlaylistTrack;

struct Employee {
    aq_object_t object;
    int32_t employee_id;
    const char *last_name;
    const char *first_name;
    const char *title;
    aq_int4_null_t reports_to;
    aq_timestamp_null_t birth_date;
    aq_timestamp_null_t hire_date;
    const char *email;
    Employee *reports_to_employee;
    aq_many_t employees;
    aq_many_t customers;
};

struct Customer {
    aq_object_t object;
    int32_t customer_id;
    const char *first_name;
    const char *last_name;
    const char *company;
    const char *email;
    aq_int4_null_t support_rep_id;
    aq_int4_null_t favourite_id;
    const char *address;
    aq_inet_null_t seen_from;
    aq_interval_null_t plays;
    Employee *support_rep;
    Playlist *favourite;
    aq_many_t playlists;
    aq_many_t invoices;
};

typedef struct Invoice {
    aq_object_t object;
    int32_t invoice_id;
    int32_t customer_id;
    aq_timestamp_t invoice_date;
    const char *total;
    bool paid;
    const char *valid;
    Customer *customer;
    aq_many_t lines;
} Invoice;

typedef struct InvoiceLine {
    aq_object_t object;
    int32_t invoice_id;
    int16_t line;
    int64_t track_id;
    const char *unit_price;
    int32_t quantity;
    Invoice *invoice;
    Track *track;
} InvoiceLine;

typedef struct MediaType {
    aq_object_t object;
    const char *code;
    const char *flags;
    const char *name;
} MediaType;

/* ---- Artist -------------------------------------------------------------------------------------------- */

static const aq_column_t artist_columns[] = {
    AQ_INT4(Artist, artist_id, .primary_key = true),
    AQ_VARCHAR(Artist, name, 120),
};
static const aq_relationship_t artist_relationships[] = {
    AQ_MANY(Artist, albums, Album, .back_populates = "artist"),
};
AQ_MODEL(Artist, artist_columns, artist_relationships, .schema = "music");

/* ---- Album --------------------------------------------------------------------------------------------- */

static const aq_column_t album_columns[] = {
    AQ_INT4(Album, album_id, .primary_key = true,
            .sequence = {.name = "album_number",
                         .start = 500,
                         .increment = 5,
                         .max = 100000,
                         .cache = 10,
                         .cycle = true}),
    AQ_VARCHAR(Album, title, 160),
    AQ_INT4(Album, artist_id, .references = AQ_REF(Artist, artist_id)),
    AQ_DATE_NULL(Album, released),
    AQ_ENUM(Album, medium, &medium_enum, .server_default = "'file'::music.medium"),
    AQ_BYTEA_NULL(Album, cover),
};
static const aq_relationship_t album_relationships[] = {
    AQ_ONE(Album, artist, Artist, .back_populates = "albums"),
    AQ_MANY(Album, tracks, Track, .back_populates = "album"),
};
static const aq_constraint_t album_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("album_id", "medium"), .name = "album_medium"),
};
static const aq_index_t album_indexes[] = {
    {.name = "album_artist_id_idx", .columns = AQ_COLUMNS("artist_id")},
};
AQ_MODEL(Album, album_columns, album_relationships, .schema = "music",
         .constraints = AQ_LIST(album_constraints), .indexes = AQ_LIST(album_indexes));

/* ---- Genre --------------------------------------------------------------------------------------------- */

static const aq_column_t genre_columns[] = {
    AQ_INT2(Genre, genre_id, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_TEXT_NULL(Genre, name),
};
static const aq_relationship_t genre_relationships[] = {
    AQ_MANY(Genre, tracks, Track, .back_populates = "genre"),
};
AQ_MODEL(Genre, genre_columns, genre_relationships, .schema = "music");

/* ---- Track --------------------------------------------------------------------------------------------- */

static const aq_column_t track_columns[] = {
    AQ_INT8(Track, track_id, .primary_key = true, .autoincrement = AQ_IDENTITY,
            .sequence = {.name = "track_numbers", .cache = 100}),
    AQ_VARCHAR(Track, name, 200),
    AQ_INT4_NULL(Track, album_id),
    AQ_ENUM_NULL(Track, medium, &medium_enum),
    AQ_INT2_NULL(Track, genre_id, .references = AQ_REF(Genre, genre_id), .on_update = AQ_CASCADE),
    AQ_TEXT_ARRAY(Track, composers, .server_default = "'{}'::text[]"),
    AQ_INT4(Track, milliseconds),
    AQ_NUMERIC_NULL(Track, seconds, .generated = "((milliseconds)::numeric / (1000)::numeric)"),
    AQ_INT8_NULL(Track, bytes, .comment = "of the file; NULL: there is none"),
    AQ_NUMERIC(Track, unit_price, .precision = 10, .scale = 2, .server_default = "0.99"),
    AQ_FLOAT8_ARRAY_NULL(Track, peaks),
};
static const aq_relationship_t track_relationships[] = {
    AQ_ONE(Track, album, Album, .back_populates = "tracks"),
    AQ_ONE(Track, genre, Genre, .back_populates = "tracks"),
    AQ_MANY(Track, playlist_tracks, PlaylistTrack, .back_populates = "track"),
    AQ_MANY(Track, invoice_lines, InvoiceLine, .back_populates = "track"),
};
static const aq_constraint_t track_constraints[] = {
    AQ_CHECK("((milliseconds > 0) AND (unit_price >= (0)::numeric))"),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("album_id", "medium"), .model = AQ_STRUCT(Album),
                   .referred = AQ_COLUMNS("album_id", "medium"), .on_delete = AQ_SET_NULL,
                   .on_delete_columns = AQ_COLUMNS("medium"), .name = "track_album_id_fkey"),
};
static const aq_index_t track_indexes[] = {
    {.name = "track_composers_idx", .columns = AQ_COLUMNS("composers"), .method = "gin"},
    {
        .name = "track_price_idx",
        .parts = AQ_PARTS({.column = "unit_price", .descending = true}, {.column = "name", .collation = "C"}),
        .where = "(unit_price > (0)::numeric)",
    },
};
AQ_MODEL(Track, track_columns, track_relationships, .schema = "music",
         .constraints = AQ_LIST(track_constraints), .indexes = AQ_LIST(track_indexes),
         .comment = "what one can buy");

/* ---- Playlist ------------------------------------------------------------------------------------------ */

static const aq_column_t playlist_columns[] = {
    AQ_INT4(Playlist, playlist_id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_VARCHAR_NULL(Playlist, name, 120),
    AQ_INT4_NULL(Playlist, owner_id, .references = AQ_REF(Customer, customer_id)),
    AQ_INT4_NULL(Playlist, copied_from, .references = AQ_REF(Playlist, playlist_id),
                 .on_delete = AQ_SET_NULL),
};
static const aq_relationship_t playlist_relationships[] = {
    AQ_ONE(Playlist, owner, Customer, .back_populates = "playlists"),
    AQ_ONE(Playlist, copied_from_playlist, Playlist, .back_populates = "playlists",
           .remote_side = AQ_COLUMNS("playlist_id")),
    AQ_MANY(Playlist, playlists, Playlist, .back_populates = "copied_from_playlist"),
    AQ_MANY(Playlist, tracks, PlaylistTrack, .back_populates = "playlist", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
    AQ_MANY(Playlist, customers, Customer, .back_populates = "favourite"),
};
AQ_MODEL(Playlist, playlist_columns, playlist_relationships, .schema = "music");

/* ---- PlaylistTrack ------------------------------------------------------------------------------------- */

static const aq_column_t playlist_track_columns[] = {
    AQ_INT4(PlaylistTrack, playlist_id, .primary_key = true, .references = AQ_REF(Playlist, playlist_id),
            .on_delete = AQ_CASCADE),
    AQ_INT8(PlaylistTrack, track_id, .primary_key = true, .references = AQ_REF(Track, track_id)),
    AQ_INT4_NULL(PlaylistTrack, place),
};
static const aq_relationship_t playlist_track_relationships[] = {
    AQ_ONE(PlaylistTrack, playlist, Playlist, .back_populates = "tracks"),
    AQ_ONE(PlaylistTrack, track, Track, .back_populates = "playlist_tracks"),
};
static const aq_constraint_t playlist_track_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("playlist_id", "place"), .deferrable = AQ_INITIALLY_DEFERRED,
              .name = "playlist_track_place"),
};
AQ_MODEL(PlaylistTrack, playlist_track_columns, playlist_track_relationships, .schema = "music",
         .constraints = AQ_LIST(playlist_track_constraints));

/* ---- Employee ------------------------------------------------------------------------------------------ */

static const aq_column_t employee_columns[] = {
    AQ_INT4(Employee, employee_id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_VARCHAR(Employee, last_name, 20),
    AQ_VARCHAR(Employee, first_name, 20),
    AQ_VARCHAR_NULL(Employee, title, 30),
    AQ_INT4_NULL(Employee, reports_to, .references = AQ_REF(Employee, employee_id)),
    AQ_TIMESTAMP_NULL(Employee, birth_date),
    AQ_TIMESTAMP_NULL(Employee, hire_date, .precision = AQ_PRECISION_0),
    AQ_VARCHAR_NULL(Employee, email, 60),
};
static const aq_relationship_t employee_relationships[] = {
    AQ_ONE(Employee, reports_to_employee, Employee, .back_populates = "employees",
           .remote_side = AQ_COLUMNS("employee_id")),
    AQ_MANY(Employee, employees, Employee, .back_populates = "reports_to_employee"),
    AQ_MANY(Employee, customers, Customer, .back_populates = "support_rep"),
};
AQ_MODEL(Employee, employee_columns, employee_relationships, .schema = "music");

/* ---- Customer ------------------------------------------------------------------------------------------ */

static const aq_column_t customer_columns[] = {
    AQ_INT4(Customer, customer_id, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_VARCHAR(Customer, first_name, 40),
    AQ_VARCHAR(Customer, last_name, 20),
    AQ_VARCHAR_NULL(Customer, company, 80),
    AQ_VARCHAR(Customer, email, 60),
    AQ_INT4_NULL(Customer, support_rep_id, .references = AQ_REF(Employee, employee_id)),
    AQ_INT4_NULL(Customer, favourite_id, .references = AQ_REF(Playlist, playlist_id),
                 .deferrable = AQ_INITIALLY_IMMEDIATE),
    AQ_JSONB_NULL(Customer, address, .server_default = "'{}'::jsonb"),
    AQ_INET_NULL(Customer, seen_from),
    AQ_INTERVAL_NULL(Customer, plays, .precision = AQ_PRECISION_0),
};
static const aq_relationship_t customer_relationships[] = {
    AQ_ONE(Customer, support_rep, Employee, .back_populates = "customers"),
    AQ_ONE(Customer, favourite, Playlist, .back_populates = "customers"),
    AQ_MANY(Customer, playlists, Playlist, .back_populates = "owner"),
    AQ_MANY(Customer, invoices, Invoice, .back_populates = "customer"),
};
static const aq_constraint_t customer_constraints[] = {
    AQ_PRIMARY_KEY(.columns = AQ_COLUMNS("customer_id"), .include = AQ_COLUMNS("email")),
};
static const aq_index_t customer_indexes[] = {
    {.name = "customer_email_idx", .parts = AQ_PARTS({.expression = "lower((email)::text)"}), .unique = true},
};
AQ_MODEL(Customer, customer_columns, customer_relationships, .schema = "music",
         .constraints = AQ_LIST(customer_constraints), .indexes = AQ_LIST(customer_indexes));

/* ---- Invoice ------------------------------------------------------------------------------------------- */

static const aq_column_t invoice_columns[] = {
    AQ_INT4(Invoice, invoice_id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT4(Invoice, customer_id, .references = AQ_REF(Customer, customer_id)),
    AQ_TIMESTAMPTZ(Invoice, invoice_date, .server_default = "now()"),
    AQ_NUMERIC(Invoice, total, .precision = 10, .scale = 2),
    AQ_BOOL(Invoice, paid, .server_default = "false"),
    AQ_TEXT_NULL(Invoice, valid, .sql_type = "tstzrange"),
};
static const aq_relationship_t invoice_relationships[] = {
    AQ_ONE(Invoice, customer, Customer, .back_populates = "invoices"),
    AQ_MANY(Invoice, lines, InvoiceLine, .back_populates = "invoice", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
};
static const aq_constraint_t invoice_constraints[] = {
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "valid", .with = "&&"}), .where = "(NOT paid)",
               .name = "invoice_valid"),
};
static const aq_index_t invoice_indexes[] = {
    {
        .name = "invoice_day_idx",
        .parts = AQ_PARTS({.expression = "date_trunc('day'::text, (invoice_date AT TIME ZONE 'UTC'::text))"},
                          {.column = "customer_id", .nulls = AQ_NULLS_FIRST}),
        .include = AQ_COLUMNS("total"),
        .storage = "fillfactor='70'",
    },
};
AQ_MODEL(Invoice, invoice_columns, invoice_relationships, .schema = "music",
         .constraints = AQ_LIST(invoice_constraints), .indexes = AQ_LIST(invoice_indexes));

/* ---- InvoiceLine --------------------------------------------------------------------------------------- */

static const aq_column_t invoice_line_columns[] = {
    AQ_INT4(InvoiceLine, invoice_id, .primary_key = true, .references = AQ_REF(Invoice, invoice_id),
            .on_delete = AQ_CASCADE),
    AQ_INT2(InvoiceLine, line, .primary_key = true),
    AQ_INT8(InvoiceLine, track_id),
    AQ_NUMERIC(InvoiceLine, unit_price, .precision = 10, .scale = 2),
    AQ_INT4(InvoiceLine, quantity, .server_default = "1"),
};
static const aq_relationship_t invoice_line_relationships[] = {
    AQ_ONE(InvoiceLine, invoice, Invoice, .back_populates = "lines"),
    AQ_ONE(InvoiceLine, track, Track, .back_populates = "invoice_lines"),
};
static const aq_constraint_t invoice_line_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("track_id"), .model = AQ_STRUCT(Track), .not_valid = true),
};
AQ_MODEL(InvoiceLine, invoice_line_columns, invoice_line_relationships, .schema = "music",
         .constraints = AQ_LIST(invoice_line_constraints));

/* ---- MediaType ----------------------------------------------------------------------------------------- */

static const aq_column_t media_type_columns[] = {
    AQ_TEXT(MediaType, code, .primary_key = true, .sql_type = "\"char\""),
    AQ_TEXT(MediaType, flags, .sql_type = "bit(8)", .server_default = "B'00000000'"),
    AQ_CHAR_NULL(MediaType, name, 12),
};
AQ_MODEL(MediaType, media_type_columns, AQ_NONE, .schema = "music");

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int music_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_model(db, Artist);
    wrong |= aq_db_model(db, Album);
    wrong |= aq_db_model(db, Genre);
    wrong |= aq_db_model(db, Track);
    wrong |= aq_db_model(db, Playlist);
    wrong |= aq_db_model(db, PlaylistTrack);
    wrong |= aq_db_model(db, Employee);
    wrong |= aq_db_model(db, Customer);
    wrong |= aq_db_model(db, Invoice);
    wrong |= aq_db_model(db, InvoiceLine);
    wrong |= aq_db_model(db, MediaType);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
