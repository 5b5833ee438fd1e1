CREATE SCHEMA IF NOT EXISTS other;
CREATE SCHEMA IF NOT EXISTS "Odd Ones";

CREATE TYPE "the ""Mood""" AS ENUM ('it''s', '', 'a"b', E'back\\slash', 'Größe', 'dollar');

CREATE SEQUENCE down AS SMALLINT INCREMENT BY -1 START WITH -5 MINVALUE -100;
CREATE SEQUENCE big_serial_other_seq AS INTEGER;

CREATE TABLE other.twin (
    id INTEGER NOT NULL,
    same TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE empty (
);

CREATE TABLE twin (
    id BIGINT NOT NULL,
    other TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE "Odd Ones".twin (
    id UUID NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE "Weird ""Table"" name" (
    "select" INTEGER,
    "from" TEXT DEFAULT 'from',
    "Quote""d" INTEGER DEFAULT 1,
    " spaces " TEXT,
    "grüße" TEXT DEFAULT 'Grüße',
    "数据" TEXT,
    "a;b" TEXT DEFAULT ';',
    "--comment" TEXT,
    a_name_that_has_exactly_63_bytes_which_is_all_that_it_can_have_ INTEGER,
    "$1" INTEGER,
    "1st" INTEGER,
    data INTEGER,
    mood "the ""Mood""" DEFAULT 'it''s',
    moods "the ""Mood"""[],
    CHECK ("Quote""d" <> 2)
);
CREATE INDEX "Index on ""odd"" names" ON "Weird ""Table"" name" ("Quote""d", (("1st") + 1) DESC NULLS FIRST, (lower("from")) text_pattern_ops);

CREATE TABLE types (
    int INTEGER,
    integer INTEGER,
    text TEXT,
    varchar VARCHAR,
    date DATE,
    time TIME WITHOUT TIME ZONE,
    timestamp TIMESTAMP WITHOUT TIME ZONE,
    interval INTERVAL,
    char "char",
    bpchar BPCHAR,
    bit bit(1),
    name NAME,
    oid OID,
    json JSON,
    uuid UUID,
    type TEXT,
    value INTEGER,
    key INTEGER,
    zone TEXT,
    year INTEGER
);
CREATE INDEX types_expr_idx ON types ((text || 'x')) WHERE (text IS NOT NULL) AND value > 0;
CREATE INDEX types_ix ON types USING hash (int);

CREATE TABLE every_type (
    a01 SMALLINT,
    a02 SMALLINT,
    a03 INTEGER,
    a04 INTEGER,
    a05 INTEGER,
    a06 BIGINT,
    a07 BIGINT,
    a08 REAL,
    a09 REAL,
    a10 FLOAT,
    a11 FLOAT,
    a12 FLOAT,
    a13 REAL,
    a14 FLOAT,
    a15 NUMERIC,
    a16 NUMERIC(5),
    a17 NUMERIC(10, 2),
    a18 NUMERIC(10, 0),
    a19 NUMERIC(3),
    a20 NUMERIC(3, -2),
    a21 NUMERIC(1000, 1000),
    b01 CHAR(1),
    b02 CHAR(1),
    b03 CHAR(7),
    b04 VARCHAR,
    b05 VARCHAR(5),
    b06 VARCHAR(6),
    b07 VARCHAR(7),
    b08 BPCHAR,
    b09 VARCHAR(3),
    b10 TEXT,
    c01 bit(1),
    c02 bit(3),
    c03 varbit,
    c04 varbit(5),
    c05 BYTEA,
    c06 "char",
    c07 NAME,
    d01 DATE,
    d02 TIME WITHOUT TIME ZONE,
    d03 TIME(0) WITHOUT TIME ZONE,
    d04 TIME(3) WITHOUT TIME ZONE,
    d05 timetz,
    d06 timetz(0),
    d07 timetz(0),
    d08 TIMESTAMP WITHOUT TIME ZONE,
    d09 TIMESTAMP(0) WITHOUT TIME ZONE,
    d10 TIMESTAMP WITH TIME ZONE,
    d11 TIMESTAMP(3) WITH TIME ZONE,
    d12 TIMESTAMP(6) WITH TIME ZONE,
    e01 INTERVAL,
    e02 INTERVAL(0),
    e03 INTERVAL YEAR,
    e04 INTERVAL YEAR TO MONTH,
    e05 INTERVAL DAY TO SECOND(3),
    e06 INTERVAL SECOND(2),
    e07 INTERVAL HOUR TO MINUTE,
    f01 BOOLEAN,
    f02 BOOLEAN,
    f03 UUID,
    f04 JSON,
    f05 JSONB,
    f06 xml,
    f07 INET,
    f08 cidr,
    f09 macaddr,
    f10 macaddr8,
    f11 money,
    g01 point,
    g02 line,
    g03 lseg,
    g04 box,
    g05 path,
    g06 polygon,
    g07 circle,
    h01 int4range,
    h02 tstzmultirange,
    h03 tsvector,
    h04 tsquery,
    h05 OID,
    h06 regclass,
    h07 pg_lsn,
    h08 INTEGER,
    h09 VARCHAR(3),
    h10 jsonpath,
    i01 INTEGER[],
    i02 INTEGER[],
    i03 INTEGER[],
    i04 INTEGER[],
    i05 INTEGER[],
    i06 INTEGER[],
    i07 VARCHAR(5)[],
    i08 NUMERIC(4, 2)[],
    i09 "char"[],
    i10 TIMESTAMP(0) WITH TIME ZONE[],
    i11 INTERVAL DAY TO SECOND(3)[]
);
CREATE INDEX every_type_h03_g04_idx ON every_type USING gist (h03 tsvector_ops(siglen = 100), g04);

CREATE TABLE defaults (
    a TEXT DEFAULT $$it's$$,
    b TEXT DEFAULT $tag$a $$ b$tag$,
    c TEXT DEFAULT E'a\'b\\c\n',
    d TEXT DEFAULT 'two '
        'lines',
    e TEXT COLLATE "C" DEFAULT ('brackets') NOT NULL,
    f INTEGER DEFAULT - 5 NOT NULL,
    g INTEGER DEFAULT (1 + 2) * 3 + 4,
    h TEXT DEFAULT 'a' || 'b' || 'c',
    i INTEGER,
    j INTEGER[] DEFAULT '{1,2,3}'::int[] NOT NULL,
    k INTEGER[] DEFAULT ARRAY[1, 2, 3],
    l TEXT[] DEFAULT ARRAY[['a', 'b'], ['c', 'd,e']],
    m TIMESTAMP WITH TIME ZONE DEFAULT now() - interval '1 day',
    n DATE DEFAULT date '2020-02-29',
    o bit(3) DEFAULT B'101',
    p BOOLEAN DEFAULT 1 = 1,
    q TEXT DEFAULT CASE WHEN 1 > 2 THEN 'no' ELSE 'yes' END,
    r INTEGER DEFAULT length('x'::text),
    s TEXT DEFAULT U&'d\0061ta',
    t JSONB DEFAULT '{"a": [1, 2, {"b": null}]}',
    u TEXT DEFAULT current_user,
    v NUMERIC DEFAULT 1e-10,
    w TEXT DEFAULT '-- no comment',
    x TEXT DEFAULT '/* nor this */',
    y INTEGER DEFAULT 5,
    CHECK (f < 0),
    UNIQUE (o),
    CONSTRAINT q_not_empty CHECK (q <> ''),
    UNIQUE (r) DEFERRABLE INITIALLY DEFERRED,
    CHECK (r > 0)
);

CREATE TABLE self (
    id INTEGER NOT NULL,
    a INTEGER,
    b INTEGER,
    c INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(id) REFERENCES self (id),
    UNIQUE (a, b) INCLUDE (c),
    FOREIGN KEY(b, a) REFERENCES self (a, b) MATCH FULL ON DELETE CASCADE ON UPDATE SET DEFAULT,
    FOREIGN KEY(a, b) REFERENCES self (a, b) ON DELETE SET DEFAULT (b) DEFERRABLE INITIALLY IMMEDIATE
);

CREATE TABLE renamed (
    id INTEGER NOT NULL,
    "Y" INTEGER,
    "N" INTEGER,
    CONSTRAINT x_pkey PRIMARY KEY (id),
    CONSTRAINT big CHECK ("N" > "Y")
);

CREATE TABLE y (
    id INTEGER NOT NULL,
    z INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE z (
    id INTEGER NOT NULL,
    x INTEGER,
    PRIMARY KEY (id)
);

CREATE SEQUENCE big_serial_id_seq INCREMENT BY 2;
CREATE TABLE big_serial (
    id BIGINT DEFAULT nextval('big_serial_id_seq'::regclass) NOT NULL,
    other INTEGER NOT NULL,
    PRIMARY KEY (other)
);
ALTER SEQUENCE big_serial_id_seq OWNED BY big_serial.id;

CREATE TABLE other.twin2 (
    id INTEGER,
    FOREIGN KEY(id) REFERENCES other.twin (id)
);

CREATE TABLE "Odd Ones".here (
    id INTEGER NOT NULL,
    twin UUID,
    twin2 INTEGER,
    mood "the ""Mood""",
    PRIMARY KEY (id),
    FOREIGN KEY(twin) REFERENCES "Odd Ones".twin (id),
    FOREIGN KEY(twin2) REFERENCES other.twin (id)
);

ALTER SEQUENCE big_serial_other_seq OWNED BY big_serial.other;

ALTER TABLE renamed ADD CONSTRAINT x_y_fkey FOREIGN KEY("Y") REFERENCES y (id);
ALTER TABLE y ADD FOREIGN KEY(z) REFERENCES z (id);
ALTER TABLE z ADD FOREIGN KEY(x) REFERENCES renamed (id);
