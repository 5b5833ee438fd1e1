CREATE SCHEMA IF NOT EXISTS shop;

CREATE TYPE shop.party_kind AS ENUM ('person', 'firm');

CREATE SEQUENCE shop.party_id_seq START WITH 1000;
CREATE TABLE shop.party (
    id BIGINT DEFAULT nextval('shop.party_id_seq'::regclass) NOT NULL,
    kind shop.party_kind NOT NULL,
    name VARCHAR(80) COLLATE "C" NOT NULL,
    email TEXT,
    boss_id BIGINT,
    created TIMESTAMP(3) WITH TIME ZONE DEFAULT now() NOT NULL,
    updated TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_party PRIMARY KEY (id),
    CONSTRAINT uq_party_email UNIQUE (email),
    CONSTRAINT fk_party_boss_id_party FOREIGN KEY(boss_id) REFERENCES shop.party (id) ON DELETE SET NULL,
    CONSTRAINT ck_party_email CHECK (email LIKE '%@%')
);
ALTER SEQUENCE shop.party_id_seq OWNED BY shop.party.id;
CREATE INDEX ix_shop_party_created ON shop.party (created);
CREATE INDEX by_name ON shop.party ((lower(name))) WHERE email IS NOT NULL;

CREATE TABLE shop.item (
    id INTEGER NOT NULL,
    version SMALLINT NOT NULL,
    price NUMERIC(10, 2) NOT NULL,
    count INTEGER DEFAULT 1 NOT NULL,
    total NUMERIC(12, 2) GENERATED ALWAYS AS (price * count) STORED,
    CONSTRAINT pk_item PRIMARY KEY (id, version)
);

CREATE TABLE shop.purchase (
    party BIGINT NOT NULL,
    item INTEGER NOT NULL,
    version SMALLINT NOT NULL,
    "from" TEXT,
    CONSTRAINT pk_purchase PRIMARY KEY (party, item, version),
    CONSTRAINT fk_purchase_party_party FOREIGN KEY(party) REFERENCES shop.party (id),
    CONSTRAINT fk_purchase_item_version_item FOREIGN KEY(item, version) REFERENCES shop.item (id, version) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE shop.firm (
    id BIGINT NOT NULL,
    register TEXT NOT NULL,
    CONSTRAINT pk_firm PRIMARY KEY (id),
    CONSTRAINT fk_firm_id_party FOREIGN KEY(id) REFERENCES shop.party (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ix_shop_firm_register ON shop.firm (register);

COMMENT ON TABLE shop.party IS 'who buys and sells';
COMMENT ON COLUMN shop.party.email IS 'where bills go';
