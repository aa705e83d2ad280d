"""Every reading safe on disk: append in groups, look at the oldest, confirm what was delivered.

Place: ingest -> `commit` -> SQLite (WAL, synchronous=FULL) -> `oldest` -> publisher -> `confirm`.
Guarantee: what `commit` returned from survives a kill and a power cut, the states of the nodes
with the frames they belong to, all or nothing. The spool is bounded by size and by age; `trim`
drops the oldest, and every dropped sample is named in the table `loss`.

Blocking by nature: `gateway.worker` runs it in a thread of its own.
"""

import json
import shutil
import sqlite3
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path

from gateway.errors import SpoolError
from gateway.records import SPOOL_AGE, SPOOL_SIZE, Frame, Group, Loss, NodeState

_VERSION = 1
_WAL_BYTES = 4 * 2**20  # what is left of the write-ahead log after a busy time
_ROW_OVERHEAD = 60  # bytes SQLite spends on a frame beside its plaintext, rounded up


class Spool:
    """One SQLite file. `max_bytes` bounds the frames in it; all calls from one thread."""

    def __init__(self, path: Path, max_bytes: int, max_age_s: int, min_free_bytes: int = 0):
        self._path = path
        self._max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._min_free_bytes = min_free_bytes
        self.rows = 0
        self.bytes = 0
        self.dropped_samples = 0
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as e:
            raise SpoolError(f"{path}: {e}") from e

    def _prepare(self) -> None:
        db = self._db
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")
        (self._page_bytes,) = db.execute("PRAGMA page_size").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            schema = files("gateway").joinpath("schema.sql").read_text(encoding="utf-8")
            db.executescript(f"BEGIN; {schema} PRAGMA user_version={_VERSION}; COMMIT;")
        elif version != _VERSION:
            raise SpoolError(f"{self._path} has version {version}, this gateway writes {_VERSION}")
        self.rows, self.bytes = db.execute(
            "SELECT count(*), coalesce(sum(length(plain)), 0) FROM frame"
        ).fetchone()
        self.bytes += self.rows * _ROW_OVERHEAD
        # Age is counted in running time: a wall clock that jumps a year must not empty the spool.
        self._ran_before_s = db.execute("SELECT coalesce(max(running_s), 0) FROM frame").fetchone()[
            0
        ]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def states(self) -> list[NodeState]:
        """Return what is known of every node."""
        rows = self._db.execute(
            "SELECT node, epoch, replay_top, replay_mask, expected, runs, top, received,"
            " duplicates, hello, adrift FROM node"
        )
        return [_state(r) for r in rows]

    def losses(self) -> dict[tuple[int, int], int]:
        """Return the number of samples lost for good by (node, epoch)."""
        rows = self._db.execute(
            "SELECT node, epoch, sum(last - first + 1) FROM loss GROUP BY node, epoch"
        )
        return {(node, epoch): count for node, epoch, count in rows}

    def commit(self, group: Group, running_s: float = 0.0) -> None:
        """Make a group durable, all or nothing; SpoolError where the disk refuses.

        `running_s` counts from the start of this process.
        """
        # Forgetting what was delivered needs room as well: the last of it is not for storing.
        free_bytes = self._free_bytes()
        if free_bytes < self._min_free_bytes:
            raise SpoolError(f"only {free_bytes // 2**20} MB are free on the disk", full=True)
        age_stamp = self._ran_before_s + int(running_s)
        with _Transaction(self._db):
            self._db.executemany(
                "INSERT OR REPLACE INTO node VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                [_node_row(state) for state in group.states],
            )
            self._db.executemany(
                "INSERT INTO frame (node, epoch, first, fresh, received_ms, running_s, plain)"
                " VALUES (?,?,?,?,?,?,?)",
                [
                    (f.node, f.epoch, f.first, f"{f.fresh:x}", f.received_ms, age_stamp, f.plain)
                    for f in group.frames
                ],
            )
            self._insert_losses(group.losses)
        self.rows += len(group.frames)
        self.bytes += sum(len(f.plain) + _ROW_OVERHEAD for f in group.frames)

    def _free_bytes(self) -> int:
        """Return the room on the disk and in the file itself."""
        pages = self._db.execute("PRAGMA freelist_count").fetchone()[0]
        return shutil.disk_usage(self._path.parent).free + pages * self._page_bytes

    def _insert_losses(self, losses: list[Loss]) -> None:
        """Name what is lost; a range that goes on is extended, so that the table stays short."""
        for x in losses:
            extended = self._db.execute(
                "UPDATE loss SET last = ?, at_ms = ?"
                " WHERE node = ? AND epoch = ? AND reason = ? AND last = ?",
                (x.last, x.at_ms, x.node, x.epoch, x.reason, x.first - 1),
            )
            if not extended.rowcount:
                row = (x.node, x.epoch, x.first, x.last, x.reason, x.at_ms)
                self._db.execute("INSERT INTO loss VALUES (?,?,?,?,?,?)", row)

    def oldest(self, after: int, limit: int) -> list[Frame]:
        """Return up to `limit` frames with a number above `after`, oldest first."""
        try:
            rows = self._db.execute(
                "SELECT node, epoch, first, fresh, received_ms, plain, seq FROM frame"
                " WHERE seq > ? ORDER BY seq LIMIT ?",
                (after, limit),
            ).fetchall()
        except sqlite3.Error as e:
            raise SpoolError(str(e)) from e
        return [Frame(r[0], r[1], r[2], int(r[3], 16), r[4], r[5], r[6]) for r in rows]

    def confirm(self, up_to: int) -> None:
        """Forget all frames with a number of at most `up_to`: the broker has them."""
        self._delete(0, up_to, [])

    def trim(self, now_ms: int, running_s: float = 0.0, after: int = 0) -> list[Loss]:
        """Drop the oldest frames beyond the bounds, all or nothing; return what is lost by it.

        Frames up to number `after` are with the broker already: they are not lost, and stay.
        """
        oldest_s = self._ran_before_s + int(running_s) - self._max_age_s
        excess = self.bytes - self._max_bytes
        doomed, losses = [], []
        for row in self._db.execute(
            "SELECT node, epoch, first, fresh, length(plain), seq, running_s FROM frame"
            " WHERE seq > ? ORDER BY seq",
            (after,),
        ):
            if row[6] >= oldest_s and excess <= 0:
                break
            reason = SPOOL_AGE if row[6] < oldest_s else SPOOL_SIZE
            excess -= row[4] + _ROW_OVERHEAD
            doomed.append(row)
            losses += _to_losses(row, reason, now_ms)
        if not doomed:
            return []
        losses = _joined(losses)
        self._delete(after, doomed[-1][5], losses)
        self.dropped_samples += sum(x.last - x.first + 1 for x in losses)
        return losses

    def _delete(self, after: int, up_to: int, losses: list[Loss]) -> None:
        where = (after, up_to)
        with _Transaction(self._db):
            rows, size = self._db.execute(
                "SELECT count(*), coalesce(sum(length(plain)), 0) FROM frame"
                " WHERE seq > ? AND seq <= ?",
                where,
            ).fetchone()
            self._db.execute("DELETE FROM frame WHERE seq > ? AND seq <= ?", where)
            self._insert_losses(losses)
        self.rows -= rows
        self.bytes -= size + rows * _ROW_OVERHEAD


class _Transaction:
    """All or nothing; whatever SQLite says becomes a SpoolError."""

    def __init__(self, db: sqlite3.Connection):
        self._db = db

    def __enter__(self) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as e:
            raise self._as_spool_error(e) from e

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._db.execute("COMMIT")
                return
        except sqlite3.Error as e:
            error = e
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise self._as_spool_error(error) from error

    @staticmethod
    def _as_spool_error(error: sqlite3.Error) -> SpoolError:
        full = getattr(error, "sqlite_errorname", "").startswith("SQLITE_FULL")
        return SpoolError(str(error), full)


def _node_row(state: NodeState) -> tuple:
    row = asdict(state)
    row["replay_mask"] = f"{state.replay_mask:x}"
    row["runs"] = json.dumps(state.runs)
    return tuple(row.values())


def _state(r: tuple) -> NodeState:
    mask, runs, adrift = int(r[3], 16), _runs(r[5]), bool(r[10])
    return NodeState(r[0], r[1], r[2], mask, r[4], runs, r[6], r[7], r[8], r[9], adrift)


def _runs(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((first, end) for first, end in json.loads(text))


def _to_losses(row: tuple, reason: str, at_ms: int) -> list[Loss]:
    """Name the fresh samples of a dropped frame."""
    node, epoch, first, fresh_hex = row[:4]
    fresh = int(fresh_hex, 16)
    numbers = [first + i for i in range(fresh.bit_length()) if fresh >> i & 1]
    return [Loss(node, epoch, number, number, reason, at_ms) for number in numbers]


def _joined(losses: list[Loss]) -> list[Loss]:
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
