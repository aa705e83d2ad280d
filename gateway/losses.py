"""Samples that will never be published: the table `loss` of the spool.

Place: under `spool`.
Guarantee: every sample that was dropped is named, with the reason. A series that goes on is one
row.
"""

import itertools
import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from gateway.records import Frame, Loss


def count(db: sqlite3.Connection, node: int, epoch: int) -> int:
    """Return how many samples of a node are lost."""
    return db.execute(
        "SELECT coalesce(sum(last - first + 1), 0) FROM loss WHERE node = ? AND epoch = ?",
        (node, epoch),
    ).fetchone()[0]


def put(db: sqlite3.Connection, losses: Iterable[Loss]) -> None:
    """Name what is lost; a range that goes on is extended, so that the table stays short."""
    for x in losses:
        extended = db.execute(
            "UPDATE loss SET last = ?, at_ms = ?"
            " WHERE node = ? AND epoch = ? AND reason = ? AND last = ?",
            (x.last, x.at_ms, x.node, x.epoch, x.reason, x.first - 1),
        )
        if not extended.rowcount:
            row = (x.node, x.epoch, x.first, x.last, x.reason, x.at_ms)
            db.execute("INSERT INTO loss VALUES (?,?,?,?,?,?)", row)


def of_frame(frame: Frame, reason: str, at_ms: int) -> list[Loss]:
    """Name the fresh samples of a dropped frame, in ranges."""
    numbers = [frame.first + i for i in range(frame.fresh.bit_length()) if frame.fresh >> i & 1]
    ranges = itertools.groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    losses = []
    for _, group in ranges:
        run = [number for _, number in group]
        losses.append(Loss(frame.node, frame.epoch, run[0], run[-1], reason, at_ms))
    return losses


def joined(losses: list[Loss]) -> list[Loss]:
    """Make ranges of what lies side by side, node by node."""
    ranges: list[Loss] = []
    for loss in sorted(losses, key=lambda x: (x.node, x.epoch, x.first)):
        last = ranges[-1] if ranges else None
        if last and (*_series(last), last.last + 1) == (*_series(loss), loss.first):
            ranges[-1] = replace(last, last=loss.last)
        else:
            ranges.append(loss)
    return ranges


def _series(loss: Loss) -> tuple:
    return loss.node, loss.epoch, loss.reason
