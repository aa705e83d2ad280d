"""Which hardware hung where, and when: statements that are put in, and checks that they fit.

Place: merge, service -> here -> registry.db -> Registry.point_of.
Guarantee: what is stored does not depend on the order in which statements came. No point has two
nodes at a time; hardware takes a point over only where it says whose it was.
"""

import sqlite3
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gateway.registry.database import Change


class Statement(NamedTuple):
    """From `since_s` on, hardware hangs at `point`, or nowhere (None)."""

    address: int
    since_s: int
    epoch: int
    point: str | None
    replaces: int | None
    by_record: bool
    who: str
    why: str


def put(change: Change, statement: Statement) -> str | None:
    """Put a statement in; return what is wrong where another one of that moment is there."""
    s = statement
    same = change.row(
        "SELECT * FROM installation WHERE address = ? AND since_s = ? AND epoch = ?",
        s.address, s.since_s, s.epoch,
    )  # fmt: skip
    if same is None:
        change.execute("INSERT INTO installation VALUES (?, ?, ?, ?, ?, ?, ?, ?)", s)
        return None
    if same["point"] == s.point:
        return None
    return f"{told(s._asdict())}, but {told(same)}"


def told(row: sqlite3.Row | dict[str, Any]) -> str:
    """Return a statement in words."""
    place = f"hangs at {row['point']}" if row["point"] else "hangs nowhere"
    taker = f" in place of node {row['replaces']}" if row["replaces"] is not None else ""
    source = f"{row['why']} of {row['who']}"
    return f"node {row['address']} {place}{taker} since {utc(row['since_s'])} ({source})"


def moment(change: Change, address: int, point: str | None) -> int:
    """Return now, or the second after the last that is said of a node or a point."""
    row = change.row(
        "SELECT max(since_s) + 1 FROM installation WHERE address = ? OR point = ?", address, point
    )
    return max(change.now_s, (row[0] if row else None) or 0)


def utc(seconds: int) -> str:
    """Return Unix time as ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def wrong_at(change: Change, point: str) -> str | None:
    """Walk through all that is said of a point; return the first pair that does not fit."""
    holder: sqlite3.Row | None = None
    for row in change.execute(
        "SELECT * FROM installation WHERE address IN"
        " (SELECT address FROM installation WHERE point = ?1)"
        " ORDER BY since_s, point IS ?1, epoch, address",  # who leaves first, then who comes
        (point,),
    ):
        if row["point"] != point:
            if holder is not None and holder["address"] == row["address"]:
                holder = None
            continue
        if holder is not None and row["address"] != holder["address"] != row["replaces"]:
            return f"{told(row)}, but {told(holder)}"
        holder = row
    return None


def wrong_of(change: Change, address: int) -> str | None:
    """Return the first pair of a node's records whose times contradict their epochs."""
    before: sqlite3.Row | None = None
    for row in change.execute(
        "SELECT * FROM installation WHERE address = ? AND by_record = 1 ORDER BY epoch, since_s",
        (address,),
    ):
        if before is not None and row["since_s"] < before["since_s"]:
            if row["point"] != before["point"]:
                return (
                    f"epoch {row['epoch']}: {told(row)}, but epoch {before['epoch']}:"
                    f" {told(before)}; a clock was wrong: correct `made` of one of them"
                )
        else:
            before = row
    return None


def holder_of(change: Change, point: str) -> sqlite3.Row | None:
    """Return the statement that holds for a point now, or None where nothing hangs there."""
    row = change.row(
        "SELECT * FROM installation WHERE point = ? ORDER BY since_s DESC, epoch DESC LIMIT 1",
        point,
    )
    if row is None:
        return None
    later = change.row(
        "SELECT 1 FROM installation WHERE address = ? AND (since_s, epoch) > (?, ?)"
        " AND point IS NOT ?",
        row["address"], row["since_s"], row["epoch"], point,
    )  # fmt: skip
    return None if later else row


def point_of_node(change: Change, address: int) -> str | None:
    """Return the point that a node hangs at now."""
    row = change.row(
        "SELECT point FROM installation WHERE address = ?"
        " ORDER BY since_s DESC, epoch DESC LIMIT 1",
        address,
    )
    if row is None or row["point"] is None:
        return None
    holder = holder_of(change, row["point"])
    return row["point"] if holder is not None and holder["address"] == address else None
