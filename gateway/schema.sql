-- The spool. `user_version` is the version of this file.
CREATE TABLE node (
    node        INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    replay_top  INTEGER NOT NULL,
    replay_mask TEXT NOT NULL,     -- hexadecimal: 64 bits do not fit SQLite's signed integer
    expected    INTEGER,           -- NULL before the first Hello
    runs        TEXT NOT NULL,     -- JSON: [[first, end], ..] settled above `expected`
    top         INTEGER NOT NULL,
    received    INTEGER NOT NULL,
    duplicates  INTEGER NOT NULL,
    hello       INTEGER NOT NULL,
    adrift      INTEGER NOT NULL,
    PRIMARY KEY (node, epoch)
) WITHOUT ROWID;

-- The frames of one commit. AUTOINCREMENT: a number is never given twice, not even after the table
-- was empty.
CREATE TABLE segment (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    frames    INTEGER NOT NULL,
    samples   INTEGER NOT NULL,    -- new ones
    running_s INTEGER NOT NULL,    -- how long the gateway had been running, over all its restarts
    crc       INTEGER NOT NULL,    -- CRC-32 of the body
    body      BLOB NOT NULL        -- gateway/segments.py
);

-- What is in `segment`, so that no start counts millions of rows.
CREATE TABLE total (
    frames INTEGER NOT NULL,
    bytes  INTEGER NOT NULL
);
INSERT INTO total VALUES (0, 0);

CREATE TABLE loss (
    node   INTEGER NOT NULL,
    epoch  INTEGER NOT NULL,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at_ms  INTEGER NOT NULL
);
CREATE INDEX loss_series ON loss (node, epoch, reason, last);

-- The ledger by day: samples that were taken on that day (UTC), counted when they came.
CREATE TABLE day (
    node      INTEGER NOT NULL,
    epoch     INTEGER NOT NULL,
    day       INTEGER NOT NULL,    -- since 1970
    low       INTEGER NOT NULL,    -- the lowest sample number of the day
    above     INTEGER NOT NULL,    -- one past the highest
    received  INTEGER NOT NULL,
    recovered INTEGER NOT NULL,
    late      INTEGER NOT NULL,
    PRIMARY KEY (node, epoch, day)
) WITHOUT ROWID;

-- Frames of revoked nodes, as they came.
CREATE TABLE quarantine (
    at_ms INTEGER NOT NULL,
    node  INTEGER NOT NULL,
    link  TEXT NOT NULL,
    frame BLOB NOT NULL
);
