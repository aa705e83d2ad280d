"""Every reading safe on disk: append in groups, look at the oldest, confirm what was delivered.

Place: ingest -> `commit` -> SQLite (WAL, synchronous=FULL) -> `oldest` -> publisher -> `confirm`.
Guarantee: what `commit` returned from survives a kill and a power cut, the states of the nodes
with the frames they belong to, all or nothing. The spool is bounded by size and by age; `trim`
drops the oldest, and every dropped sample is named in the table `loss`.

Blocking by nature: `gateway.worker` runs it in a thread of its own.
"""

import sqlite3
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

from gateway.errors import SpoolError
from gateway.records import SPOOL_AGE, SPOOL_SIZE, Frame, Group, Loss, NodeState

_VERSION = 1
_ROW_OVERHEAD = 60  # bytes SQLite spends on a frame beside its plaintext, rounded up


class Spool:
    """One SQLite file. `max_bytes` bounds the frames in it; all calls from one thread."""

    def __init__(self, path: Path, max_bytes: int, max_age_ms: int):
        self._path = path
        self._max_bytes = max_bytes
        self._max_age_ms = max_age_ms
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

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def states(self) -> list[NodeState]:
        """Return what is known of every node."""
        rows = self._db.execute(
            "SELECT node, epoch, replay_top, replay_mask, expected, above, top, received,"
            " duplicates FROM node"
        )
        return [
            NodeState(r[0], r[1], r[2], int(r[3], 16), r[4], int(r[5], 16), r[6], r[7], r[8])
            for r in rows
        ]

    def losses(self) -> dict[tuple[int, int], int]:
        """Return the number of samples lost for good by (node, epoch)."""
        rows = self._db.execute(
            "SELECT node, epoch, sum(last - first + 1) FROM loss GROUP BY node, epoch"
        )
        return {(node, epoch): count for node, epoch, count in rows}

    def commit(self, group: Group) -> None:
        """Make a group durable, all or nothing; SpoolError where the disk refuses."""
        with _Transaction(self._db):
            self._db.executemany(
                "INSERT OR REPLACE INTO node VALUES (?,?,?,?,?,?,?,?,?)",
                [_node_row(state) for state in group.states],
            )
            self._db.executemany(
                "INSERT INTO frame (node, epoch, first, fresh, received_ms, plain)"
                " VALUES (?,?,?,?,?,?)",
                [
                    (f.node, f.epoch, f.first, f"{f.fresh:x}", f.received_ms, f.plain)
                    for f in group.frames
                ],
            )
            self._insert_losses(group.losses)
        self.rows += len(group.frames)
        self.bytes += sum(len(f.plain) + _ROW_OVERHEAD for f in group.frames)

    def _insert_losses(self, losses: list[Loss]) -> None:
        self._db.executemany(
            "INSERT INTO loss VALUES (?,?,?,?,?,?)",
            [(x.node, x.epoch, x.first, x.last, x.reason, x.at_ms) for x in losses],
        )

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
        self._delete("seq <= ?", (up_to,), [])

    def trim(self, now_ms: int) -> list[Loss]:
        """Drop the oldest frames beyond the bounds; return what is lost by it."""
        losses: list[Loss] = []
        old = self._rows_where("received_ms < ?", (now_ms - self._max_age_ms,))
        if old:
            losses += _to_losses(old, SPOOL_AGE, now_ms)
            self._delete("received_ms < ?", (now_ms - self._max_age_ms,), losses)
        if self.bytes > self._max_bytes:
            losses += self._trim_size(now_ms)
        self.dropped_samples += sum(x.last - x.first + 1 for x in losses)
        return losses

    def _trim_size(self, now_ms: int) -> list[Loss]:
        excess = self.bytes - self._max_bytes
        doomed = []
        for row in self._db.execute(
            "SELECT node, epoch, first, fresh, length(plain), seq FROM frame ORDER BY seq"
        ):
            if excess <= 0:
                break
            excess -= row[4] + _ROW_OVERHEAD
            doomed.append(row)
        losses = _to_losses(doomed, SPOOL_SIZE, now_ms)
        self._delete("seq <= ?", (doomed[-1][5],), losses)
        return losses

    def _rows_where(self, condition: str, arguments: tuple) -> list[tuple]:
        sql = f"SELECT node, epoch, first, fresh FROM frame WHERE {condition} ORDER BY seq"  # noqa: S608
        return self._db.execute(sql, arguments).fetchall()

    def _delete(self, condition: str, arguments: tuple, losses: list[Loss]) -> None:
        total = "SELECT count(*), coalesce(sum(length(plain)), 0) FROM frame WHERE "
        with _Transaction(self._db):
            rows, size = self._db.execute(total + condition, arguments).fetchone()
            self._db.execute(f"DELETE FROM frame WHERE {condition}", arguments)  # noqa: S608
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
    row["above"] = f"{state.above:x}"
    return tuple(row.values())


def _to_losses(rows: list[tuple], reason: str, at_ms: int) -> list[Loss]:
    """Name the fresh samples of dropped frames as ranges, one list per node in order."""
    losses: list[Loss] = []
    for node, epoch, first, fresh_hex, *_ in rows:
        fresh = int(fresh_hex, 16)
        for i in range(fresh.bit_length()):
            if not fresh >> i & 1:
                continue
            number = first + i
            last = losses[-1] if losses else None
            if last and (last.node, last.epoch, last.last + 1) == (node, epoch, number):
                losses[-1] = Loss(node, epoch, last.first, number, reason, at_ms)
            else:
                losses.append(Loss(node, epoch, number, number, reason, at_ms))
    return losses
