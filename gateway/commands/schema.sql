-- Commands to nodes. `user_version` is the version of this file. Only ends of statements have a
-- semicolon. There is no key in here: `rekey` names an epoch.
CREATE TABLE command (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    address    INTEGER NOT NULL,
    point      TEXT NOT NULL,
    lab        TEXT NOT NULL,
    op         TEXT NOT NULL,
    arguments  TEXT NOT NULL,     -- JSON
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    who        TEXT NOT NULL,
    origin     TEXT NOT NULL,     -- topic, cli, group, config
    key        TEXT,              -- the id that who asked gave it
    state      TEXT NOT NULL,
    number     INTEGER,           -- 16 bits, what the node knows it by
    grp        INTEGER,
    released   INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    result     TEXT NOT NULL      -- JSON
);
CREATE INDEX command_open ON command (address) WHERE state IN ('queued', 'sent');
CREATE INDEX command_number ON command (address, number);
CREATE INDEX command_group ON command (grp, state) WHERE grp IS NOT NULL;
CREATE UNIQUE INDEX command_key ON command (address, key) WHERE key IS NOT NULL;

CREATE TABLE number (
    address INTEGER PRIMARY KEY,
    next    INTEGER NOT NULL
);

CREATE TABLE grp (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    lab        TEXT NOT NULL,
    op         TEXT NOT NULL,
    arguments  TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    who        TEXT NOT NULL,
    origin     TEXT NOT NULL,
    key        TEXT,
    state      TEXT NOT NULL,     -- running, done, cancelled
    total      INTEGER NOT NULL
);
CREATE UNIQUE INDEX grp_key ON grp (lab, key) WHERE key IS NOT NULL;

CREATE TABLE config (
    address     INTEGER PRIMARY KEY,
    point       TEXT NOT NULL,
    lab         TEXT NOT NULL,
    desired     TEXT NOT NULL,    -- JSON, also wanted, tried and reported
    wanted      TEXT NOT NULL,
    tried       TEXT NOT NULL,
    state       TEXT NOT NULL,
    hash        INTEGER,
    status_hash INTEGER,
    reported    TEXT NOT NULL,
    text        TEXT NOT NULL,
    reason      TEXT NOT NULL
);

-- What the broker does not have yet.
CREATE TABLE message (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    topic    TEXT NOT NULL,
    payload  BLOB NOT NULL,
    retained INTEGER NOT NULL
);
CREATE INDEX message_retained ON message (topic) WHERE retained;
