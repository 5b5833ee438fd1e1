-- The quickstart: users write posts, posts have tags.

CREATE TABLE "user" (
    id       serial PRIMARY KEY,
    username varchar(80) NOT NULL UNIQUE,
    email    varchar(120) NOT NULL UNIQUE
);

CREATE TABLE post (
    id        serial PRIMARY KEY,
    title     varchar(80) NOT NULL,
    body      text NOT NULL,
    pub_date  timestamp NOT NULL DEFAULT now(),
    author_id integer NOT NULL REFERENCES "user" ON DELETE CASCADE
);

CREATE INDEX ix_post_author_id ON post (author_id);

CREATE TABLE tag (
    id   serial PRIMARY KEY,
    name varchar(40) NOT NULL UNIQUE
);

-- many to many
CREATE TABLE post_tag (
    post_id integer NOT NULL REFERENCES post ON DELETE CASCADE,
    tag_id  integer NOT NULL REFERENCES tag ON DELETE CASCADE,
    PRIMARY KEY (post_id, tag_id)
);
