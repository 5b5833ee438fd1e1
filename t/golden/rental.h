/* Models of rental.sql, made by aquifer models; edit freely or make it again. */
#ifndef RENTAL_MODELS_H
#define RENTAL_MODELS_H

#include <aquifer.h>

/* ---- Types --------------------------------------------------------------------------------------------- */

typedef enum rating {
    RATING_ZERO,
    RATING_THREE,
    RATING_SIX,
    RATING_TWELVE,
    RATING_SIXTEEN,
    RATING_EIGHTEEN
} rating_t;
static const char *const rating_labels[] = {
    [RATING_ZERO] = "zero",     [RATING_THREE] = "three",     [RATING_SIX] = "six",
    [RATING_TWELVE] = "twelve", [RATING_SIXTEEN] = "sixteen", [RATING_EIGHTEEN] = "eighteen",
};
static const aq_enum_t rating_enum = {
    .name = "rating",
    .labels = AQ_LIST(rating_labels),
    .comment = "the age from which a film may be seen",
};

typedef enum shift { SHIFT_EARLY, SHIFT_LATE } shift_t;
static const char *const shift_labels[] = {[SHIFT_EARLY] = "early", [SHIFT_LATE] = "late"};
static const aq_enum_t shift_enum = {.name = "shift", .schema = "staff", .labels = AQ_LIST(shift_labels)};

/* ---- Structs ------------------------------------------------------------------------------------------- */

typedef struct Employee Employee;
typedef struct Category Category;

typedef struct Country {
    aq_object_t object;
    int32_t country_id;
    const char *name;
    const char *iso;
    aq_many_t cities;
} Country;

typedef struct City {
    aq_object_t object;
    int32_t city_id;
    const char *name;
    int32_t country_id;
    const char *position;
    Country *country;
    aq_many_t addresses;
} City;

typedef struct Address {
    aq_object_t object;
    int64_t address_id;
    const char *street;
    const char *street2;
    const char *district;
    int32_t city_id;
    const char *postal_code;
    aq_text_array_t phones;
    aq_timestamp_t changed_at;
    City *city;
    aq_many_t stores;
    aq_many_t customers;
    aq_many_t billing_customers;
} Address;

typedef struct Store {
    aq_object_t object;
    int16_t store_id;
    int64_t address_id;
    int32_t manager_id;
    aq_time_t opens;
    const char *closes;
    aq_inet_null_t network;
    aq_inet_null_t router;
    const char *settings;
    Address *address;
    Employee *manager;
    aq_many_t employees;
    aq_many_t customers;
    aq_many_t inventory;
} Store;

struct Employee {
    aq_object_t object;
    int32_t employee_id;
    const char *first_name;
    const char *last_name;
    const char *full_name;
    int16_t store_id;
    aq_int4_null_t boss_id;
    aq_int4_null_t deputy_id;
    aq_enum_array_t works;
    const char *hourly;
    const char *email;
    aq_bytes_t picture;
    aq_bytes_t password;
    bool active;
    aq_date_t hired;
    Store *store;
    Employee *boss;
    Employee *deputy;
    Store *manager_store;
    aq_many_t boss_employees;
    aq_many_t deputy_employees;
    aq_many_t payments;
};

typedef struct Customer {
    aq_object_t object;
    int32_t customer_id;
    int16_t store_id;
    const char *name;
    const char *email;
    int64_t address_id;
    aq_int8_null_t billing_id;
    bool active;
    aq_date_null_t born;
    aq_timestamp_t created;
    Store *store;
    Address *address;
    Address *billing;
    aq_many_t rentals;
    aq_many_t payments;
} Customer;

typedef struct Language {
    aq_object_t object;
    int16_t language_id;
    const char *name;
    aq_many_t films;
    aq_many_t original_language_films;
} Language;

typedef struct Film {
    aq_object_t object;
    int32_t film_id;
    const char *title;
    const char *description;
    aq_int2_null_t release_year;
    int16_t language_id;
    aq_int2_null_t original_language_id;
    aq_interval_t rental_duration;
    const char *rental_rate;
    aq_int2_null_t length;
    const char *replacement_cost;
    aq_enum_null_t rating;
    aq_text_array_t special_features;
    const char *words;
    const char *meta;
    Language *language;
    Language *original_language;
    aq_many_t actors;
    aq_many_t inventory;
    aq_many_t categories;
} Film;

typedef struct Actor {
    aq_object_t object;
    int32_t actor_id;
    const char *first_name;
    const char *last_name;
    aq_date_null_t born;
    aq_date_null_t died;
    aq_many_t film_actors;
} Actor;

typedef struct FilmActor {
    aq_object_t object;
    int32_t actor_id;
    int32_t film_id;
    const char *role;
    Actor *actor;
    Film *film;
} FilmActor;

struct Category {
    aq_object_t object;
    int32_t category_id;
    const char *name;
    aq_int4_null_t parent_id;
    Category *parent;
    aq_many_t children;
    aq_many_t films;
};

typedef struct Inventory {
    aq_object_t object;
    aq_uuid_t inventory_id;
    int32_t film_id;
    int16_t store_id;
    aq_date_null_t bought;
    Film *film;
    Store *store;
    aq_many_t rentals;
} Inventory;

typedef struct Rental {
    aq_object_t object;
    int64_t rental_id;
    aq_uuid_t inventory_id;
    int16_t store_id;
    int32_t customer_id;
    const char *lent;
    const char *note;
    Inventory *inventory;
    Customer *customer;
    aq_many_t payments;
} Rental;

typedef struct Payment {
    aq_object_t object;
    int64_t payment_id;
    aq_int8_null_t rental_id;
    int32_t customer_id;
    aq_int4_null_t employee_id;
    const char *amount;
    aq_timestamp_t paid_at;
    int64_t receipt;
    const char *details;
    aq_float8_null_t rate;
    const char *currency;
    bool taxed;
    Rental *rental;
    Customer *customer;
    Employee *employee;
} Payment;

typedef struct PaymentArchive {
    aq_object_t object;
    int64_t payment_id;
    aq_int8_null_t rental_id;
    int32_t customer_id;
    aq_int4_null_t employee_id;
    const char *amount;
    aq_timestamp_t paid_at;
    int64_t receipt;
    const char *details;
    aq_float8_null_t rate;
    const char *currency;
    bool taxed;
    aq_timestamp_t archived_at;
} PaymentArchive;

/* ---- Sequences ----------------------------------------------------------------------------------------- */

AQ_SEQUENCE(receipt_number, .start = 1000, .max = 999999, .cache = 20, .cycle = true,
            .comment = "printed on receipts");

/* ---- Tables without a model ---------------------------------------------------------------------------- */

static const aq_column_t film_category_columns[] = {
    AQ_COLUMN(INT4, "film_id", .primary_key = true, .references = AQ_REF(Film, film_id)),
    AQ_COLUMN(INT4, "category_id", .primary_key = true, .references = AQ_REF(Category, category_id)),
};
AQ_TABLE(film_category, film_category_columns);

/* ---- Country ------------------------------------------------------------------------------------------- */

static const aq_column_t country_columns[] = {
    AQ_INT4(Country, country_id, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_TEXT(Country, name, .unique = true),
    AQ_CHAR(Country, iso, 2, .comment = "ISO 3166-1 alpha-2"),
};
static const aq_relationship_t country_relationships[] = {
    AQ_MANY(Country, cities, City, .back_populates = "country"),
};
static const aq_constraint_t country_constraints[] = {
    AQ_CHECK("iso = upper(iso)", .name = "country_iso_upper"),
};
AQ_MODEL(Country, country_columns, country_relationships, .constraints = AQ_LIST(country_constraints),
         .comment = "countries that have customers");

/* ---- City ---------------------------------------------------------------------------------------------- */

static const aq_column_t city_columns[] = {
    AQ_INT4(City, city_id, .primary_key = true, .autoincrement = AQ_IDENTITY,
            .sequence = {.start = 100, .increment = 10}),
    AQ_TEXT(City, name, .collation = "C"),
    AQ_INT4(City, country_id, .references = AQ_REF(Country, country_id)),
    AQ_TEXT_NULL(City, position, .sql_type = "point"),
};
static const aq_relationship_t city_relationships[] = {
    AQ_ONE(City, country, Country, .back_populates = "cities"),
    AQ_MANY(City, addresses, Address, .back_populates = "city"),
};
static const aq_constraint_t city_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("country_id", "name")),
};
AQ_MODEL(City, city_columns, city_relationships, .constraints = AQ_LIST(city_constraints));

/* ---- Address ------------------------------------------------------------------------------------------- */

static const aq_column_t address_columns[] = {
    AQ_INT8(Address, address_id, .primary_key = true),
    AQ_VARCHAR(Address, street, 120),
    AQ_VARCHAR_NULL(Address, street2, 120),
    AQ_VARCHAR_NULL(Address, district, 40),
    AQ_INT4(Address, city_id, .references = AQ_REF(City, city_id), .on_delete = AQ_RESTRICT,
            .on_update = AQ_CASCADE),
    AQ_VARCHAR_NULL(Address, postal_code, 10),
    AQ_VARCHAR_ARRAY(Address, phones, .length = 20, .server_default = "'{}'"),
    AQ_TIMESTAMPTZ(Address, changed_at, .precision = 3, .server_default = "CURRENT_TIMESTAMP"),
};
static const aq_relationship_t address_relationships[] = {
    AQ_ONE(Address, city, City, .back_populates = "addresses"),
    AQ_MANY(Address, stores, Store, .back_populates = "address"),
    AQ_MANY(Address, customers, Customer, .back_populates = "address",
            .foreign_keys = AQ_COLUMNS("address_id")),
    AQ_MANY(Address, billing_customers, Customer, .back_populates = "billing",
            .foreign_keys = AQ_COLUMNS("billing_id")),
};
static const aq_index_t address_indexes[] = {
    {.name = "address_city", .columns = AQ_COLUMNS("city_id")},
};
AQ_MODEL(Address, address_columns, address_relationships, .indexes = AQ_LIST(address_indexes));

/* ---- Store --------------------------------------------------------------------------------------------- */

static const aq_column_t store_columns[] = {
    AQ_INT2(Store, store_id, .primary_key = true),
    AQ_INT8(Store, address_id, .references = AQ_REF(Address, address_id)),
    AQ_INT4(Store, manager_id, .unique = true),
    AQ_TIME(Store, opens, .server_default = "'09:00'"),
    AQ_TEXT_NULL(Store, closes, .sql_type = "timetz(0)"),
    AQ_INET_NULL(Store, network, .sql_type = "cidr"),
    AQ_INET_NULL(Store, router),
    AQ_JSONB(Store, settings, .server_default = "'{}'::jsonb"),
};
static const aq_relationship_t store_relationships[] = {
    AQ_ONE(Store, address, Address, .back_populates = "stores"),
    AQ_ONE(Store, manager, Employee, .back_populates = "manager_store"),
    AQ_MANY(Store, employees, Employee, .back_populates = "store"),
    AQ_MANY(Store, customers, Customer, .back_populates = "store"),
    AQ_MANY(Store, inventory, Inventory, .back_populates = "store"),
};
static const aq_constraint_t store_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("manager_id"), .model = AQ_STRUCT(Employee),
                   .deferrable = AQ_INITIALLY_DEFERRED, .name = "store_manager_fk"),
};
AQ_MODEL(Store, store_columns, store_relationships, .constraints = AQ_LIST(store_constraints));

/* ---- Employee ------------------------------------------------------------------------------------------ */

static const aq_column_t employee_columns[] = {
    AQ_INT4(Employee, employee_id, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS,
            .sequence = {.name = "employee_number", .min = 1000, .max = 9999}),
    AQ_TEXT(Employee, first_name),
    AQ_TEXT(Employee, last_name),
    AQ_TEXT(Employee, full_name, .generated = "first_name || ' ' || last_name"),
    AQ_INT2(Employee, store_id, .references = AQ_REF(Store, store_id)),
    AQ_INT4_NULL(Employee, boss_id, .references = AQ_REF(Employee, employee_id), .on_delete = AQ_SET_NULL),
    AQ_INT4_NULL(Employee, deputy_id, .references = AQ_REF(Employee, employee_id), .on_delete = AQ_SET_NULL,
                 .deferrable = AQ_INITIALLY_DEFERRED),
    AQ_ENUM_ARRAY(Employee, works, &shift_enum, .server_default = "ARRAY['early', 'late']::staff.shift[]"),
    AQ_NUMERIC_NULL(Employee, hourly, .precision = 6, .scale = 2, .check = "hourly > 0"),
    AQ_TEXT_NULL(Employee, email),
    AQ_BYTEA_NULL(Employee, picture),
    AQ_BYTEA_NULL(Employee, password),
    AQ_BOOL(Employee, active, .server_default = "true"),
    AQ_DATE(Employee, hired, .server_default = "CURRENT_DATE"),
};
static const aq_relationship_t employee_relationships[] = {
    AQ_ONE(Employee, store, Store, .back_populates = "employees"),
    AQ_ONE(Employee, boss, Employee, .back_populates = "boss_employees",
           .foreign_keys = AQ_COLUMNS("boss_id"), .remote_side = AQ_COLUMNS("employee_id")),
    AQ_ONE(Employee, deputy, Employee, .back_populates = "deputy_employees",
           .foreign_keys = AQ_COLUMNS("deputy_id"), .remote_side = AQ_COLUMNS("employee_id")),
    AQ_ONE(Employee, manager_store, Store, .back_populates = "manager",
           .foreign_keys = AQ_COLUMNS("manager_id")),
    AQ_MANY(Employee, boss_employees, Employee, .back_populates = "boss",
            .foreign_keys = AQ_COLUMNS("boss_id")),
    AQ_MANY(Employee, deputy_employees, Employee, .back_populates = "deputy",
            .foreign_keys = AQ_COLUMNS("deputy_id")),
    AQ_MANY(Employee, payments, Payment, .back_populates = "employee"),
};
static const aq_constraint_t employee_constraints[] = {
    AQ_CHECK("boss_id <> employee_id"),
};
static const aq_index_t employee_indexes[] = {
    {
        .name = "employee_email",
        .parts = AQ_PARTS({.expression = "lower(email)"}),
        .unique = true,
        .where = "active AND email IS NOT NULL",
        .comment = "who has left may come back with a new account",
    },
};
AQ_MODEL(Employee, employee_columns, employee_relationships, .schema = "staff",
         .constraints = AQ_LIST(employee_constraints), .indexes = AQ_LIST(employee_indexes));

/* ---- Customer ------------------------------------------------------------------------------------------ */

static const aq_column_t customer_columns[] = {
    AQ_INT4(Customer, customer_id),
    AQ_INT2(Customer, store_id),
    AQ_VARCHAR(Customer, name, AQ_ANY_LENGTH),
    AQ_VARCHAR_NULL(Customer, email, 120),
    AQ_INT8(Customer, address_id),
    AQ_INT8_NULL(Customer, billing_id),
    AQ_BOOL(Customer, active, .server_default = "true"),
    AQ_DATE_NULL(Customer, born),
    AQ_TIMESTAMP(Customer, created, .server_default = "now()"),
};
static const aq_relationship_t customer_relationships[] = {
    AQ_ONE(Customer, store, Store, .back_populates = "customers"),
    AQ_ONE(Customer, address, Address, .back_populates = "customers",
           .foreign_keys = AQ_COLUMNS("address_id")),
    AQ_ONE(Customer, billing, Address, .back_populates = "billing_customers",
           .foreign_keys = AQ_COLUMNS("billing_id")),
    AQ_MANY(Customer, rentals, Rental, .back_populates = "customer"),
    AQ_MANY(Customer, payments, Payment, .back_populates = "customer"),
};
static const aq_constraint_t customer_constraints[] = {
    AQ_PRIMARY_KEY(.columns = AQ_COLUMNS("customer_id"), .name = "customer_key"),
    AQ_UNIQUE(.columns = AQ_COLUMNS("store_id", "email"), .include = AQ_COLUMNS("name"),
              .nulls_not_distinct = true, .name = "customer_email"),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("address_id"), .model = AQ_STRUCT(Address), .on_update = AQ_CASCADE,
                   .name = "customer_lives_at"),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("billing_id"), .model = AQ_STRUCT(Address), .on_delete = AQ_SET_NULL,
                   .name = "customer_pays_from"),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("store_id"), .model = AQ_STRUCT(Store), .match_full = true,
                   .name = "customer_of_store"),
    AQ_CHECK("born BETWEEN '1900-01-01' AND '2100-01-01'", .no_inherit = true, .name = "customer_born",
             .comment = "nobody is older"),
};
AQ_MODEL(Customer, customer_columns, customer_relationships, .constraints = AQ_LIST(customer_constraints));

/* ---- Language ------------------------------------------------------------------------------------------ */

static const aq_column_t language_columns[] = {
    AQ_INT2(Language, language_id, .primary_key = true),
    AQ_CHAR(Language, name, 20),
};
static const aq_relationship_t language_relationships[] = {
    AQ_MANY(Language, films, Film, .back_populates = "language", .foreign_keys = AQ_COLUMNS("language_id")),
    AQ_MANY(Language, original_language_films, Film, .back_populates = "original_language",
            .foreign_keys = AQ_COLUMNS("original_language_id")),
};
AQ_MODEL(Language, language_columns, language_relationships);

/* ---- Film ---------------------------------------------------------------------------------------------- */

static const aq_column_t film_columns[] = {
    AQ_INT4(Film, film_id, .primary_key = true),
    AQ_TEXT(Film, title),
    AQ_TEXT_NULL(Film, description),
    AQ_INT2_NULL(Film, release_year, .check = "release_year >= 1888 AND release_year < 2200"),
    AQ_INT2(Film, language_id, .references = AQ_REF(Language, language_id)),
    AQ_INT2_NULL(Film, original_language_id, .references = AQ_REF(Language, language_id)),
    AQ_INTERVAL(Film, rental_duration, .sql_type = "INTERVAL DAY TO HOUR", .server_default = "'3 days'"),
    AQ_NUMERIC(Film, rental_rate, .precision = 4, .scale = 2, .server_default = "4.99"),
    AQ_INT2_NULL(Film, length),
    AQ_NUMERIC(Film, replacement_cost, .precision = 5, .scale = 2, .server_default = "19.99"),
    AQ_ENUM_NULL(Film, rating, &rating_enum, .server_default = "'zero'"),
    AQ_TEXT_ARRAY_NULL(Film, special_features,
                       .check = "special_features <@ ARRAY['trailers', 'commentaries', 'deleted scenes']"),
    AQ_TEXT_NULL(Film, words, .sql_type = "tsvector",
                 .generated = "to_tsvector('english', coalesce(title, '') || ' ' || coalesce(description, "
                              "''))"),
    AQ_JSONB_NULL(Film, meta),
};
static const aq_relationship_t film_relationships[] = {
    AQ_ONE(Film, language, Language, .back_populates = "films", .foreign_keys = AQ_COLUMNS("language_id")),
    AQ_ONE(Film, original_language, Language, .back_populates = "original_language_films",
           .foreign_keys = AQ_COLUMNS("original_language_id")),
    AQ_MANY(Film, actors, FilmActor, .back_populates = "film", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
    AQ_MANY(Film, inventory, Inventory, .back_populates = "film"),
    AQ_MANY(Film, categories, Category, .secondary = &film_category_table, .back_populates = "films"),
};
static const aq_constraint_t film_constraints[] = {
    AQ_CHECK("length IS NULL OR length > 0", .name = "film_length"),
};
static const aq_index_t film_indexes[] = {
    {
        .name = "film_words",
        .columns = AQ_COLUMNS("words"),
        .method = "gin",
        .storage = "fastupdate = off, gin_pending_list_limit = 128",
    },
    {
        .name = "film_title",
        .parts = AQ_PARTS({.column = "title", .opclass = "text_pattern_ops"},
                          {.column = "release_year", .descending = true, .nulls = AQ_NULLS_LAST}),
    },
    {
        .name = "film_language_id_title_idx",
        .columns = AQ_COLUMNS("language_id"),
        .include = AQ_COLUMNS("title"),
    },
    {
        .name = "film_year",
        .columns = AQ_COLUMNS("release_year"),
        .method = "brin",
        .storage = "pages_per_range = 32",
    },
    {
        .name = "film_studio",
        .parts = AQ_PARTS({.expression = "meta ->> 'studio'"}, {.expression = "length / 60"}),
    },
};
AQ_MODEL(Film, film_columns, film_relationships, .constraints = AQ_LIST(film_constraints),
         .indexes = AQ_LIST(film_indexes));

/* ---- Actor --------------------------------------------------------------------------------------------- */

static const aq_column_t actor_columns[] = {
    AQ_INT4(Actor, actor_id, .primary_key = true, .autoincrement = AQ_IDENTITY),
    AQ_TEXT(Actor, first_name),
    AQ_TEXT(Actor, last_name),
    AQ_DATE_NULL(Actor, born),
    AQ_DATE_NULL(Actor, died),
};
static const aq_relationship_t actor_relationships[] = {
    AQ_MANY(Actor, film_actors, FilmActor, .back_populates = "actor", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
};
static const aq_constraint_t actor_constraints[] = {
    AQ_CHECK("died IS NULL OR died >= born"),
};
static const aq_index_t actor_indexes[] = {
    {
        .name = "actor_name",
        .parts = AQ_PARTS({.column = "last_name", .collation = "C"},
                          {.column = "first_name", .collation = "C", .descending = true}),
    },
};
AQ_MODEL(Actor, actor_columns, actor_relationships, .constraints = AQ_LIST(actor_constraints),
         .indexes = AQ_LIST(actor_indexes));

/* ---- FilmActor ----------------------------------------------------------------------------------------- */

static const aq_column_t film_actor_columns[] = {
    AQ_INT4(FilmActor, actor_id, .primary_key = true, .references = AQ_REF(Actor, actor_id),
            .on_delete = AQ_CASCADE),
    AQ_INT4(FilmActor, film_id, .primary_key = true, .references = AQ_REF(Film, film_id),
            .on_delete = AQ_CASCADE),
    AQ_TEXT_NULL(FilmActor, role),
};
static const aq_relationship_t film_actor_relationships[] = {
    AQ_ONE(FilmActor, actor, Actor, .back_populates = "film_actors"),
    AQ_ONE(FilmActor, film, Film, .back_populates = "actors"),
};
AQ_MODEL(FilmActor, film_actor_columns, film_actor_relationships);

/* ---- Category ------------------------------------------------------------------------------------------ */

static const aq_column_t category_columns[] = {
    AQ_INT4(Category, category_id, .primary_key = true),
    AQ_TEXT(Category, name, .unique = true),
    AQ_INT4_NULL(Category, parent_id, .references = AQ_REF(Category, category_id)),
};
static const aq_relationship_t category_relationships[] = {
    AQ_ONE(Category, parent, Category, .back_populates = "children",
           .remote_side = AQ_COLUMNS("category_id")),
    AQ_MANY(Category, children, Category, .back_populates = "parent"),
    AQ_MANY(Category, films, Film, .secondary = &film_category_table, .back_populates = "categories"),
};
AQ_MODEL(Category, category_columns, category_relationships);

/* ---- Inventory ----------------------------------------------------------------------------------------- */

static const aq_column_t inventory_columns[] = {
    AQ_UUID(Inventory, inventory_id, .primary_key = true, .server_default = "gen_random_uuid()"),
    AQ_INT4(Inventory, film_id, .references = AQ_REF(Film, film_id)),
    AQ_INT2(Inventory, store_id),
    AQ_DATE_NULL(Inventory, bought),
};
static const aq_relationship_t inventory_relationships[] = {
    AQ_ONE(Inventory, film, Film, .back_populates = "inventory"),
    AQ_ONE(Inventory, store, Store, .back_populates = "inventory"),
    AQ_MANY(Inventory, rentals, Rental, .back_populates = "inventory"),
};
static const aq_constraint_t inventory_constraints[] = {
    AQ_UNIQUE(.columns = AQ_COLUMNS("inventory_id", "store_id")),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("store_id"), .model = AQ_STRUCT(Store), .not_valid = true,
                   .name = "inventory_store"),
};
AQ_MODEL(Inventory, inventory_columns, inventory_relationships,
         .constraints = AQ_LIST(inventory_constraints));

/* ---- Rental -------------------------------------------------------------------------------------------- */

static const aq_column_t rental_columns[] = {
    AQ_INT8(Rental, rental_id, .primary_key = true, .autoincrement = AQ_IDENTITY_ALWAYS),
    AQ_UUID(Rental, inventory_id),
    AQ_INT2(Rental, store_id),
    AQ_INT4(Rental, customer_id, .references = AQ_REF(Customer, customer_id)),
    AQ_TEXT(Rental, lent, .sql_type = "tstzrange"),
    AQ_TEXT_NULL(Rental, note),
};
static const aq_relationship_t rental_relationships[] = {
    AQ_ONE(Rental, inventory, Inventory, .back_populates = "rentals"),
    AQ_ONE(Rental, customer, Customer, .back_populates = "rentals"),
    AQ_MANY(Rental, payments, Payment, .back_populates = "rental"),
};
static const aq_constraint_t rental_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("inventory_id", "store_id"), .model = AQ_STRUCT(Inventory),
                   .referred = AQ_COLUMNS("inventory_id", "store_id")),
    AQ_EXCLUDE(.parts = AQ_PARTS({.expression = "int8range(('x' || left(inventory_id::text, "
                                                "8))::bit(32)::bigint, NULL)",
                                  .with = "="},
                                 {.column = "lent", .with = "&&"}),
               .where = "NOT isempty(lent)", .name = "rental_once"),
    AQ_EXCLUDE(.parts = AQ_PARTS({.column = "lent", .opclass = "range_ops", .with = "-|-"}),
               .deferrable = AQ_INITIALLY_IMMEDIATE, .where = "store_id = 0", .name = "rental_store"),
};
static const aq_index_t rental_indexes[] = {
    {.name = "rental_open", .columns = AQ_COLUMNS("customer_id"), .where = "upper_inf(lent)"},
};
AQ_MODEL(Rental, rental_columns, rental_relationships, .constraints = AQ_LIST(rental_constraints),
         .indexes = AQ_LIST(rental_indexes));

/* ---- Payment ------------------------------------------------------------------------------------------- */

static const aq_column_t payment_columns[] = {
    AQ_INT8(Payment, payment_id, .primary_key = true),
    AQ_INT8_NULL(Payment, rental_id),
    AQ_INT4(Payment, customer_id),
    AQ_INT4_NULL(Payment, employee_id, .references = AQ_REF(Employee, employee_id),
                 .on_delete = AQ_SET_DEFAULT),
    AQ_NUMERIC(Payment, amount, .precision = 7, .scale = 2),
    AQ_TIMESTAMPTZ(Payment, paid_at, .server_default = "now()"),
    AQ_INT8(Payment, receipt, .server_default = "nextval('receipt_number')"),
    AQ_JSONB_NULL(Payment, details),
    AQ_FLOAT8_NULL(Payment, rate, .server_default = "0.19"),
    AQ_CHAR(Payment, currency, 3, .server_default = "'EUR'"),
    AQ_BOOL(Payment, taxed),
};
static const aq_relationship_t payment_relationships[] = {
    AQ_ONE(Payment, rental, Rental, .back_populates = "payments"),
    AQ_ONE(Payment, customer, Customer, .back_populates = "payments"),
    AQ_ONE(Payment, employee, Employee, .back_populates = "payments"),
};
static const aq_constraint_t payment_constraints[] = {
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("rental_id"), .model = AQ_STRUCT(Rental), .on_delete = AQ_SET_NULL,
                   .name = "payment_rental"),
    AQ_FOREIGN_KEY(.columns = AQ_COLUMNS("customer_id"), .model = AQ_STRUCT(Customer),
                   .name = "payment_customer"),
    AQ_CHECK("amount >= 0", .name = "payment_amount"),
};
AQ_MODEL(Payment, payment_columns, payment_relationships, .constraints = AQ_LIST(payment_constraints));

/* ---- PaymentArchive ------------------------------------------------------------------------------------ */

static const aq_column_t payment_archive_columns[] = {
    AQ_INT8(PaymentArchive, payment_id, .primary_key = true, .autoincrement = AQ_AUTOINCREMENT_OFF),
    AQ_INT8_NULL(PaymentArchive, rental_id),
    AQ_INT4(PaymentArchive, customer_id),
    AQ_INT4_NULL(PaymentArchive, employee_id),
    AQ_NUMERIC(PaymentArchive, amount, .precision = 7, .scale = 2),
    AQ_TIMESTAMPTZ(PaymentArchive, paid_at, .server_default = "now()"),
    AQ_INT8(PaymentArchive, receipt, .server_default = "nextval('receipt_number')"),
    AQ_JSONB_NULL(PaymentArchive, details),
    AQ_FLOAT8_NULL(PaymentArchive, rate, .server_default = "0.19"),
    AQ_CHAR(PaymentArchive, currency, 3, .server_default = "'EUR'"),
    AQ_BOOL(PaymentArchive, taxed),
    AQ_TIMESTAMPTZ(PaymentArchive, archived_at, .server_default = "now()"),
};
static const aq_constraint_t payment_archive_constraints[] = {
    AQ_CHECK("amount >= 0", .name = "payment_amount"),
};
AQ_MODEL(PaymentArchive, payment_archive_columns, AQ_NONE,
         .constraints = AQ_LIST(payment_archive_constraints));

/* ---- All of them --------------------------------------------------------------------------------------- */

/* Adds them to the db. What is wrong is told again by its seal; the last of it: aq_last_error(). */
static inline int rental_add_models(aq_db_t *db)
{
    int wrong = 0;

    wrong |= aq_db_sequence(db, receipt_number);
    wrong |= aq_db_model(db, Country);
    wrong |= aq_db_model(db, City);
    wrong |= aq_db_model(db, Address);
    wrong |= aq_db_model(db, Store);
    wrong |= aq_db_model(db, Employee);
    wrong |= aq_db_model(db, Customer);
    wrong |= aq_db_model(db, Language);
    wrong |= aq_db_model(db, Film);
    wrong |= aq_db_model(db, Actor);
    wrong |= aq_db_model(db, FilmActor);
    wrong |= aq_db_model(db, Category);
    wrong |= aq_db_table(db, film_category);
    wrong |= aq_db_model(db, Inventory);
    wrong |= aq_db_model(db, Rental);
    wrong |= aq_db_model(db, Payment);
    wrong |= aq_db_model(db, PaymentArchive);
    return wrong == 0 ? AQ_OK : aq_last_error()->code;
}

#endif
