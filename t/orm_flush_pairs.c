/* Relationships with other rules: one to one, children that stay, children that the foreign key sees to, parents that go with their last child, new objects that nothing adds. */
#include "t/orm_flush.h"

/* ---- One to one ----------------------------------------------------------------------------------------------------------- */

typedef struct Owner Owner;
typedef struct Pet Pet;

struct Owner {
    aq_object_t object;
    int32_t id;
    const char *name;
    Pet *pet;
};

struct Pet {
    aq_object_t object;
    int32_t id;
    const char *name;
    aq_int4_null_t owner_id;
    Owner *owner;
};

static const aq_column_t owner_columns[] = {
    AQ_INT4(Owner, id, .primary_key = true),
    AQ_TEXT(Owner, name),
};
static const aq_relationship_t owner_relationships[] = {
    AQ_ONE(Owner, pet, Pet, .back_populates = "owner"),
};
AQ_MODEL(Owner, owner_columns, owner_relationships);

static const aq_column_t pet_columns[] = {
    AQ_INT4(Pet, id, .primary_key = true),
    AQ_TEXT(Pet, name),
    AQ_INT4_NULL(Pet, owner_id, .references = AQ_REF(Owner, id)),
};
static const aq_relationship_t pet_relationships[] = {
    AQ_ONE(Pet, owner, Owner, .back_populates = "pet"),
};
AQ_MODEL(Pet, pet_columns, pet_relationships);

static void declare_pets(aq_db_t *db)
{
    aq_db_model(db, Owner);
    aq_db_model(db, Pet);
}

static Owner *add_owner(uow_t *uow, const char *name, const char *pet)
{
    Owner *owner = aq_new(uow->session, Owner);
    Pet *made = aq_new(uow->session, Pet);

    owner->name = name;
    made->name = pet;
    aq_set(owner, Owner, pet, made);
    aq_add(uow->session, owner);
    return owner;
}

static void replaced(uow_t *uow)
{
    Owner *ann = add_owner(uow, "ann", "cat");
    Pet *cat = ann->pet, *dog = aq_new(uow->session, Pet);

    uow_commit(uow);
    uow_tell(uow, "one to one: both are new");
    dog->name = "dog";
    aq_set(ann, Owner, pet, dog);
    uow_commit(uow);
    uow_tell(uow, "... another takes the place of the old one, which stays");
    ok(cat->owner == NULL && !cat->owner_id.present && dog->owner == ann, "both sides are in step");
    uow_is_contents(uow, "owner: (1,ann)\npet: (1,cat,) (2,dog,1)");
    aq_set(ann, Owner, pet, cat);
    uow_commit(uow);
    uow_tell(uow, "... and comes back");
    uow_is_contents(uow, "owner: (1,ann)\npet: (1,cat,1) (2,dog,)");
}

static void swapped(uow_t *uow)
{
    Owner *ann = add_owner(uow, "ann", "cat"), *bob = add_owner(uow, "bob", NULL);

    bob->pet->name = "dog";
    uow_commit(uow);
    uow_skip(uow);
    aq_delete(uow->session, bob);
    aq_set(bob->pet, Pet, owner, ann);
    uow_commit(uow);
    uow_tell(uow, "one to one: a pet goes to another owner, whose own has none then");
    uow_is_contents(uow, "owner: (1,ann)\npet: (1,cat,) (2,dog,1)");
}

static void owner_goes(uow_t *uow)
{
    Owner *ann = add_owner(uow, "ann", "cat");
    Pet *cat = ann->pet;

    uow_commit(uow);
    uow_skip(uow);
    aq_delete(uow->session, ann);
    uow_flush(uow);
    uow_tell(uow, "one to one: the owner goes");
    ok(cat->owner == NULL && !cat->owner_id.present, "the pet has none");
    uow_rollback(uow);
    ok(cat->owner == ann && cat->owner_id.value == ann->id, "rolled back: it has");
    ok(!aq_is_loaded(ann, Owner, pet), "what the other row says is to be loaded again");
    ok(uow_wait(uow, aq_load(ann, Owner, pet)) == cat, "that is the pet");
    uow_is_contents(uow, "owner: (1,ann)\npet: (1,cat,1)");
}

/* ---- Children that the foreign key sees to ---------------------------------------------------------------------------------------- */

typedef struct Album Album;
typedef struct Song Song;

struct Album {
    aq_object_t object;
    int32_t id;
    aq_many_t songs;
};

struct Song {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t album_id;
    Album *album;
};

static const aq_column_t album_columns[] = {
    AQ_INT4(Album, id, .primary_key = true),
};
static const aq_relationship_t album_relationships[] = {
    AQ_MANY(Album, songs, Song, .back_populates = "album", .cascade = AQ_CASCADE_ALL,
            .passive_deletes = true),
};
AQ_MODEL(Album, album_columns, album_relationships);

static const aq_column_t song_columns[] = {
    AQ_INT4(Song, id, .primary_key = true),
    AQ_INT4_NULL(Song, album_id, .references = AQ_REF(Album, id), .on_delete = AQ_CASCADE),
};
static const aq_relationship_t song_relationships[] = {
    AQ_ONE(Song, album, Album, .back_populates = "songs", .cascade = AQ_CASCADE_NONE),
};
AQ_MODEL(Song, song_columns, song_relationships);

static void declare_songs(aq_db_t *db)
{
    aq_db_model(db, Album);
    aq_db_model(db, Song);
}

static Album *album;
static Song *songs[2];

static void two_songs(uow_t *uow)
{
    album = aq_new(uow->session, Album);
    for (int i = 0; i < 2; i++) {
        songs[i] = aq_new(uow->session, Song);
        aq_append(album, Album, songs, songs[i]);
    }
    aq_add(uow->session, album);
    uow_commit(uow);
    uow_skip(uow);
}

static void passive(uow_t *uow)
{
    two_songs(uow);
    aq_expunge_all(uow->session);
    album = uow_wait(uow, aq_get(uow->session, Album, 1));
    uow_skip(uow);
    aq_delete(uow->session, album);
    uow_commit(uow);
    uow_tell(uow, "passive deletes: children that are not loaded are the foreign key's");
    uow_is_contents(uow, "");
}

static void passive_loaded(uow_t *uow)
{
    two_songs(uow);
    aq_delete(uow->session, album);
    uow_commit(uow);
    uow_tell(uow, "passive deletes: children that are loaded are deleted");
    ok(aq_object_state(songs[0]) == AQ_DETACHED, "they are gone");
    uow_is_contents(uow, "");
}

static void not_added(uow_t *uow)
{
    Song *song;
    Album *other;

    two_songs(uow);
    song = aq_new(uow->session, Song);
    other = aq_new(uow->session, Album);
    song->album = other;
    aq_add(uow->session, song);
    uow_commit(uow);
    uow_is_error(
        uow, AQ_EINVAL,
        "Song.album: <Album (transient)> is not in the session, and .cascade does not add it: aq_add() it");
    uow_rollback(uow);
    aq_add(uow->session, song);
    aq_add(uow->session, other);
    uow_skip(uow);
    song->album = other;
    uow_commit(uow);
    uow_tell(uow, "without save-update: both are added by hand");
    uow_is_contents(uow, "album: (1) (2)\nsong: (1,1) (2,1) (3,2)");
}

/* ---- A parent that goes with its child ---------------------------------------------------------------------------------------------- */

typedef struct Cover Cover;
typedef struct Book Book;

struct Cover {
    aq_object_t object;
    int32_t id;
    const char *color;
};

struct Book {
    aq_object_t object;
    int32_t id;
    aq_int4_null_t cover_id;
    Cover *cover;
};

static const aq_column_t cover_columns[] = {
    AQ_INT4(Cover, id, .primary_key = true),
    AQ_TEXT(Cover, color),
};
AQ_MODEL(Cover, cover_columns, AQ_NONE);

static const aq_column_t book_columns[] = {
    AQ_INT4(Book, id, .primary_key = true),
    AQ_INT4_NULL(Book, cover_id, .references = AQ_REF(Cover, id)),
};
static const aq_relationship_t book_relationships[] = {
    AQ_ONE(Book, cover, Cover, .cascade = AQ_CASCADE_ALL | AQ_CASCADE_DELETE_ORPHAN, .single_parent = true),
};
AQ_MODEL(Book, book_columns, book_relationships);

static void declare_books(aq_db_t *db)
{
    aq_db_model(db, Cover);
    aq_db_model(db, Book);
}

static Cover *new_cover(uow_t *uow, const char *color)
{
    Cover *cover = aq_new(uow->session, Cover);

    cover->color = color;
    return cover;
}

static Book *one_book(uow_t *uow)
{
    Book *book = aq_new(uow->session, Book);

    book->cover = new_cover(uow, "red");
    aq_add(uow->session, book);
    uow_commit(uow);
    uow_skip(uow);
    return book;
}

static void cover_replaced(uow_t *uow)
{
    Book *book = one_book(uow);

    book->cover = new_cover(uow, "blue");
    uow_commit(uow);
    uow_tell(uow, "many to one with delete-orphan: another takes the place of the old one, which goes");
    uow_is_contents(uow, "book: (1,2)\ncover: (2,blue)");
    book->cover = NULL;
    uow_commit(uow);
    uow_tell(uow, "... none does");
    uow_is_contents(uow, "book: (1,)");
}

static void cover_goes_too(uow_t *uow)
{
    Book *book = one_book(uow);

    aq_delete(uow->session, book);
    uow_commit(uow);
    uow_tell(uow, "many to one with delete: what it refers to goes after it");
    uow_is_contents(uow, "");
}

const flush_case_t flush_pairs_cases[] = {
    {"a pet is replaced", declare_pets, replaced},
    {"a pet goes to another owner", declare_pets, swapped},
    {"a pet's owner goes", declare_pets, owner_goes},
    {"passive deletes", declare_songs, passive},
    {"passive deletes of what is loaded", declare_songs, passive_loaded},
    {"what nothing adds", declare_songs, not_added},
    {"a single parent's child is replaced", declare_books, cover_replaced},
    {"a single parent goes", declare_books, cover_goes_too},
    {NULL, NULL, NULL},
};
