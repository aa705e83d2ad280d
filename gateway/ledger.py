"""The ledger by day: of the samples of a node that were taken on a day, how many came, and how.

Place: spool.db -> here -> topic `.../days`, `neckar-gateway days`.
Guarantee: expected = received + lost + missing, for each day that has a sample. A day ends with the
last number that was taken on it; numbers between two days count for the later one.
"""

import sqlite3
from datetime import date
from typing import Any

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

_DAYS = """
SELECT epoch, day, low, above, received, recovered, late,
       lag(above) OVER (PARTITION BY epoch ORDER BY day) AS before
FROM day WHERE node = ?
"""
_LOST = """
SELECT coalesce(sum(min(last + 1, ?4) - max(first, ?3)), 0) FROM loss
WHERE node = ?1 AND epoch = ?2 AND last >= ?3 AND first < ?4
"""


def days(db: sqlite3.Connection, node: int, since: date) -> list[dict[str, Any]]:
    """Return the entries of a node from a day (UTC) on, oldest first; sqlite3.Error may come."""
    out = []
    first = since.toordinal() - _EPOCH_ORDINAL
    for epoch, day, low, above, received, recovered, late, before in db.execute(_DAYS, (node,)):
        if day < first:
            continue
        # Samples that waited in the node may carry the date of another day than their neighbours.
        begin = low if before is None else min(before, above)
        (lost,) = db.execute(_LOST, (node, epoch, begin, above)).fetchone()
        expected = max(above - begin, received + lost)
        out.append(
            {
                "day": date.fromordinal(day + _EPOCH_ORDINAL).isoformat(),
                "epoch": epoch,
                "expected": expected,
                "received": received,
                "recovered": recovered,
                "late": late,
                "lost": lost,
                "missing": expected - received - lost,
            }
        )
    return sorted(out, key=lambda entry: (entry["day"], entry["epoch"]))


def nodes(db: sqlite3.Connection) -> list[int]:
    """Return the addresses of all nodes with an entry."""
    return [row[0] for row in db.execute("SELECT DISTINCT node FROM day ORDER BY node")]
