-- The registry. `user_version` is the version of this file.
-- Seconds are Unix time (UTC), days are ISO 8601. `extra` is JSON: fields that outputs bring later.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE lab (
    id        TEXT PRIMARY KEY,
    name      TEXT,
    purpose   TEXT,
    operator  TEXT,
    contact   TEXT,
    begin_day TEXT,
    end_day   TEXT,
    extra     TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;

-- A measuring point outlives its hardware.
CREATE TABLE point (
    id            TEXT PRIMARY KEY,
    lab           TEXT NOT NULL REFERENCES lab (id),
    field         TEXT CHECK (field IN ('bildung', 'teilhabe', 'mobilitaet', 'digital')),
    profile       TEXT,
    operator      TEXT,
    lat           REAL CHECK (lat BETWEEN -90 AND 90),
    lon           REAL CHECK (lon BETWEEN -180 AND 180),
    height_m      REAL,
    direction_deg REAL CHECK (direction_deg BETWEEN 0 AND 360),
    pole          TEXT,
    remarks       TEXT,
    public        INTEGER NOT NULL DEFAULT 0,
    approved_by   TEXT,
    approved_day  TEXT,
    extra         TEXT NOT NULL DEFAULT '{}',
    CHECK (public = 0 OR (approved_by IS NOT NULL AND approved_day IS NOT NULL))
) WITHOUT ROWID;
CREATE INDEX point_lab ON point (lab);

-- Hardware. Never deleted: an address stays with its board.
CREATE TABLE node (
    address  INTEGER PRIMARY KEY CHECK (address BETWEEN 0 AND 65535),
    hardware TEXT NOT NULL UNIQUE,
    board    TEXT,
    radio    INTEGER NOT NULL,
    lab      TEXT NOT NULL REFERENCES lab (id),
    state    TEXT NOT NULL CHECK (state IN ('in_service', 'revoked', 'retired')),
    epoch    INTEGER NOT NULL,          -- the newest
    change   INTEGER NOT NULL UNIQUE,   -- counts up over all nodes, for a running gateway
    extra    TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX node_state ON node (state);
CREATE INDEX node_lab ON node (lab);

-- `wrapped`: under a key that only the gateway's private key gives.
-- `mark`: the same for two equal keys, and worthless without the private key.
CREATE TABLE node_key (
    address    INTEGER NOT NULL REFERENCES node (address),
    epoch      INTEGER NOT NULL,
    wrapped    BLOB NOT NULL,
    mark       BLOB NOT NULL UNIQUE,
    state      TEXT NOT NULL CHECK (state IN ('good', 'revoked')),
    record     TEXT NOT NULL,           -- JSON: what came with it, without the sealed key
    source     TEXT NOT NULL,           -- file and line it came from
    imported_s INTEGER NOT NULL,
    PRIMARY KEY (address, epoch)
) WITHOUT ROWID;

-- Who hung which hardware where: statements, in any order of arrival. `point` NULL: taken down.
-- Each holds until the next of its node, or until another node takes the point.
CREATE TABLE installation (
    address   INTEGER NOT NULL REFERENCES node (address),
    since_s   INTEGER NOT NULL,
    epoch     INTEGER NOT NULL,
    point     TEXT REFERENCES point (id),
    replaces  INTEGER,                  -- address of the hardware that hung there
    by_record INTEGER NOT NULL,         -- 1: of a node's record, which speaks of one epoch; 0: of
                                        -- the hardware: typed here, or of a mount record
    who       TEXT NOT NULL,
    why       TEXT NOT NULL,
    PRIMARY KEY (address, since_s, epoch)
) WITHOUT ROWID;
CREATE INDEX installation_point ON installation (point, since_s);

CREATE VIEW history AS
SELECT i.point, i.address, i.epoch, i.since_s AS from_s, (
    SELECT min(n.since_s) FROM installation n
    WHERE (n.address = i.address AND (n.since_s, n.epoch) > (i.since_s, i.epoch))
       OR (n.point = i.point AND n.address <> i.address AND n.since_s > i.since_s)
) AS to_s, i.who, i.why
FROM installation i WHERE i.point IS NOT NULL;

-- Whose mount records are taken. `id` names the key, as a gateway's is named.
CREATE TABLE technician (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    public  BLOB NOT NULL,              -- Ed25519
    added_s INTEGER NOT NULL
) WITHOUT ROWID;

-- What was signed at a mast. `address` may be of a node whose own record comes later.
CREATE TABLE mount (
    address    INTEGER NOT NULL,
    made_s     INTEGER NOT NULL,
    point      TEXT NOT NULL REFERENCES point (id),
    signer     TEXT NOT NULL,
    record     TEXT NOT NULL,           -- JSON, as it was signed
    source     TEXT NOT NULL,           -- file and line it came from
    imported_s INTEGER NOT NULL,
    PRIMARY KEY (address, made_s)
) WITHOUT ROWID;
CREATE INDEX mount_point ON mount (point, made_s);
CREATE INDEX mount_signer ON mount (signer);

-- Everything that was ever changed. AUTOINCREMENT: a number is never given twice.
CREATE TABLE event (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s    INTEGER NOT NULL,
    who     TEXT NOT NULL,
    what    TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL               -- JSON, without secrets
);
CREATE INDEX event_subject ON event (subject);
CREATE TRIGGER event_stays BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'events are never changed'); END;
CREATE TRIGGER event_is_kept BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'events are never deleted'); END;
