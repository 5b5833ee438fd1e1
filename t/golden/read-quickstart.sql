CREATE TABLE "user" (
    id SERIAL NOT NULL,
    username VARCHAR(80) NOT NULL,
    email VARCHAR(120) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (username),
    UNIQUE (email)
);

CREATE TABLE tag (
    id SERIAL NOT NULL,
    name VARCHAR(40) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE post (
    id SERIAL NOT NULL,
    title VARCHAR(80) NOT NULL,
    body TEXT NOT NULL,
    pub_date TIMESTAMP WITHOUT TIME ZONE DEFAULT now() NOT NULL,
    author_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(author_id) REFERENCES "user" (id) ON DELETE CASCADE
);
CREATE INDEX ix_post_author_id ON post (author_id);

CREATE TABLE post_tag (
    post_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    PRIMARY KEY (post_id, tag_id),
    FOREIGN KEY(post_id) REFERENCES post (id) ON DELETE CASCADE,
    FOREIGN KEY(tag_id) REFERENCES tag (id) ON DELETE CASCADE
);
