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

-- AUTOINCREMENT: a number is never given twice, not even after the table was empty.
CREATE TABLE frame (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    node        INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    first       INTEGER NOT NULL,
    fresh       TEXT NOT NULL,     -- hexadecimal, up to 64 bits
    received_ms INTEGER NOT NULL,
    running_s   INTEGER NOT NULL,  -- how long the gateway had been running, over all its restarts
    plain       BLOB NOT NULL
);

CREATE TABLE loss (
    node   INTEGER NOT NULL,
    epoch  INTEGER NOT NULL,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at_ms  INTEGER NOT NULL
);
CREATE INDEX loss_series ON loss (node, epoch, reason, last);
