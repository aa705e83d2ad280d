"""Make the spool of an ended gateway larger, or older, without the hours or days it would take.

Place: `growth`, `backlog` -> here -> spool.db, between two lives of a gateway.
Guarantee: rows are the gateway's own, repeated or dated back (gateway/schema.sql); nothing is made
up that it could not have stored itself.
"""

import sqlite3
from pathlib import Path

from tools.benchmark.errors import BenchError

_DAY_S = 86_400


def multiply(path: Path, rows: int) -> int:
    """Repeat what the spool holds until it has `rows` frames; return how many.

    A repeated row has the same samples: nobody may read them, so there must be no broker.
    """
    with sqlite3.connect(path) as db:
        (frames,) = db.execute("SELECT coalesce(sum(frames), 0) FROM segment").fetchone()
        if not frames:
            raise BenchError("the gateway that was to be filled has stored nothing")
        times = -(-rows // frames)
        db.execute(
            "INSERT INTO segment (frames, samples, running_s, crc, body)"
            " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " SELECT frames, samples, running_s, crc, body FROM segment, n WHERE i < ?",
            (times, times),
        )
        db.execute("UPDATE total SET frames = frames * ?, bytes = bytes * ?", (times, times))
    db.close()
    return int(frames * times)


def date_back(path: Path, days: float) -> None:
    """Let the rows look as if the gateway had run for so many days while they came, evenly."""
    with sqlite3.connect(path) as db:
        first, last, newest_s = db.execute(
            "SELECT min(seq), max(seq), max(running_s) FROM segment"
        ).fetchone()
        if first is None:
            raise BenchError("the gateway that was to be dated back has stored nothing")
        each_s = days * _DAY_S / max(last - first, 1)
        db.execute(
            "UPDATE segment SET running_s = cast(? - (? - seq) * ? AS INTEGER)",
            (newest_s, last, each_s),
        )
    db.close()
