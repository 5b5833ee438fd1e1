-- One table in three forms: docs/models.md.

CREATE TYPE mood AS ENUM ('sad', 'happy');

CREATE TABLE writer (
    id   serial PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE entry (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    writer_id integer NOT NULL REFERENCES writer ON DELETE CASCADE,
    title     varchar(80) NOT NULL CHECK (title <> ''),
    mood      mood NOT NULL DEFAULT 'happy',
    rating    smallint,
    tags      text[] NOT NULL DEFAULT '{}',
    created   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (writer_id, title)
);
CREATE INDEX ix_entry_created ON entry (created);
