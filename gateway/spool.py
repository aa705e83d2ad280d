"""Every reading safe on disk: append in groups, look at the oldest, confirm what was delivered.

Place: ingest -> `commit` -> SQLite (WAL, synchronous=FULL) -> `read` -> publisher -> `confirm`.
Guarantee: what `commit` returned from survives a kill and a power cut, the states of the nodes
with the frames they belong to, all or nothing. The spool is bounded by size and by age; `trim`
drops the oldest, and every dropped sample is named in the table `loss`.

Blocking by nature: `gateway.worker` runs it in a thread of its own. Whatever touches many rows is
one statement: between two statements a thread may have to wait for the interpreter's lock.
"""

import shutil
import sqlite3
import zlib
from importlib.resources import files
from pathlib import Path

from gateway import losses, node_rows, segments
from gateway.errors import SpoolError
from gateway.records import (
    SPOOL_AGE,
    SPOOL_SIZE,
    Frame,
    Group,
    Loss,
    NodeState,
    Segment,
)
from gateway.segments import SegmentError
from gateway.transaction import Transaction, check_size, to_spool_error

_VERSION = 2
_WAL_BYTES = 4 * 2**20  # what is left of the write-ahead log after a busy time
_ROW_OVERHEAD = 40  # bytes SQLite spends on a segment beside its body, rounded up
_SEGMENT_FRAMES = 256
_DAYS_KEPT = 400
_EVIDENCE_KEPT = 10_000
_TIDIED_AT_ONCE = 64  # addresses of which the ledger is kept short by one `trim`
_ADDRESSES = 1 << 16
_FORGET_DAYS = """DELETE FROM day WHERE (node, epoch, day) IN (SELECT node, epoch, day FROM (
 SELECT node, epoch, day, row_number() OVER (PARTITION BY node, epoch ORDER BY day DESC) AS place
 FROM day WHERE node >= ? AND node < ?) WHERE place > ?)"""


class Spool:
    """One SQLite file. `max_bytes` bounds the frames in it; all calls from one thread.

    But for `state` and `lost`, which read for the event loop over a connection of their own.
    """

    def __init__(self, path: Path, max_bytes: int, max_age_s: int, min_free_bytes: int = 0):
        self._path = path
        self._max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._min_free_bytes = min_free_bytes
        self.rows = 0  # frames
        self.bytes = 0
        self.dropped_samples = 0
        self.spoilt = 0  # segments that the disk changed
        self._spoilt: set[int] = set()  # those of them that are still there
        self._tidied = 0  # addresses below are kept short in this round
        self.oldest_ms: int | None = None  # when the oldest frame came, as of the last `trim`
        try:
            check_size(path)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._prepare()
            self.reader = sqlite3.connect(path, isolation_level=None)
        except (sqlite3.Error, OSError) as e:
            raise SpoolError(f"spool {path}: {e}") from e

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
        # What a killed process wrote and did not sync is read, and told to others: sync it first.
        # The update says at once whether this user may write here.
        db.execute("UPDATE total SET frames = frames")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.rows, self.bytes = db.execute("SELECT frames, bytes FROM total").fetchone()
        # Age is counted in running time: a wall clock that jumps a year must not empty the spool.
        newest = db.execute("SELECT running_s FROM segment ORDER BY seq DESC LIMIT 1").fetchone()
        self._ran_before_s = newest[0] if newest else 0
        (self.last_seq,) = db.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence"
        ).fetchone()

    def close(self) -> None:
        """Close the file."""
        self.reader.close()
        self._db.close()

    def state(self, node: int, epoch: int) -> NodeState | None:
        """Return what is known of a node in one epoch; called from the event loop."""
        try:
            return node_rows.state(self.reader, node, epoch)
        except (sqlite3.Error, ValueError, TypeError) as e:  # the disk may have changed the row
            raise to_spool_error(e) from e

    def lost(self, node: int, epoch: int) -> int:
        """Return how many samples of a node are lost for good; called from the event loop."""
        try:
            return losses.count(self.reader, node, epoch)
        except sqlite3.Error as e:
            raise to_spool_error(e) from e

    def commit(self, group: Group, running_s: float = 0.0) -> list[Segment]:
        """Make a group durable, all or nothing; return its frames with their numbers.

        SpoolError where the disk refuses. `running_s` counts from the start of this process.
        """
        # Forgetting what was delivered needs room as well: the last of it is not for storing.
        free_bytes = self._free_bytes()
        if free_bytes < self._min_free_bytes:
            raise SpoolError(f"only {free_bytes // 2**20} MB are free on the disk", full=True)
        age_stamp = self._ran_before_s + int(running_s)
        stored = []
        added = 0
        db = self._db
        with Transaction(db):
            if group.states:
                node_rows.put_states(db, group.states)
            for at in range(0, len(group.frames), _SEGMENT_FRAMES):
                frames = group.frames[at : at + _SEGMENT_FRAMES]
                body = segments.pack(frames)
                samples = sum([frame.fresh.bit_count() for frame in frames])
                row = (len(frames), samples, age_stamp, zlib.crc32(body), body)
                seq = db.execute(
                    "INSERT INTO segment (frames, samples, running_s, crc, body)"
                    " VALUES (?,?,?,?,?)",
                    row,
                ).lastrowid
                assert seq is not None  # noqa: S101 - an INSERT has one
                stored.append(Segment(seq, frames))
                added += len(body) + _ROW_OVERHEAD
            if group.days:
                node_rows.put_days(db, group.days.values())
            losses.put(db, group.losses)
            if group.evidence:
                db.executemany(
                    "INSERT INTO quarantine (node, at_ms, link, frame) VALUES (?,?,?,?)",
                    group.evidence,
                )
            self._add_to_total(len(group.frames), added)
        if stored:
            self.last_seq = stored[-1].seq
        self._count(len(group.frames), added)
        return stored

    def _add_to_total(self, frames: int, size: int) -> None:
        if frames:
            self._db.execute(
                "UPDATE total SET frames = frames + ?, bytes = bytes + ?", (frames, size)
            )

    def _count(self, frames: int, size: int) -> None:
        self.rows += frames
        self.bytes += size

    def _free_bytes(self) -> int:
        """Return the room on the disk and in the file itself."""
        try:
            pages = self._db.execute("PRAGMA freelist_count").fetchone()[0]
            return shutil.disk_usage(self._path.parent).free + pages * self._page_bytes
        except sqlite3.Error as e:
            raise to_spool_error(e) from e
        except OSError as e:
            raise SpoolError(str(e)) from e

    def read(self, after: int, up_to: int, limit: int) -> list[Segment]:
        """Return the oldest segments with `after` < number <= `up_to`, of about `limit` samples.

        At least one, if there is one; one that the disk has changed comes without frames.
        """
        found = []
        count = 0
        try:
            for seq, samples, crc, body in self._db.execute(
                "SELECT seq, samples, crc, body FROM segment WHERE seq > ? AND seq <= ?"
                " ORDER BY seq",
                (after, up_to),
            ):
                found.append(Segment(seq, self._frames(seq, crc, body)))
                count += samples
                if count >= limit:
                    break
        except sqlite3.Error as e:
            raise to_spool_error(e) from e
        return found

    def _frames(self, seq: int, crc: int, body: bytes) -> list[Frame]:
        try:
            return segments.unpack_checked(body, crc)
        except SegmentError:
            if seq not in self._spoilt:  # a row is read several times while it waits
                self._spoilt.add(seq)
                self.spoilt += 1
            return []

    def newest(self, samples: int, age_s: float, running_s: float = 0.0) -> int:
        """Return the number above which at most `samples` samples lie, none older than `age_s`."""
        oldest_s = self._ran_before_s + running_s - age_s
        try:
            for seq, count, at_s in self._db.execute(
                "SELECT seq, samples, running_s FROM segment ORDER BY seq DESC"
            ):
                samples -= count
                if samples < 0 or at_s < oldest_s:
                    return seq
        except sqlite3.Error as e:
            raise to_spool_error(e) from e
        return 0

    def confirm(self, first: int, last: int) -> None:
        """Forget the segments `first` .. `last`: the broker has them."""
        self._delete(first, last, [])

    def trim(
        self, now_ms: int, running_s: float = 0.0, after: int = 0, before: int | None = None
    ) -> list[Loss]:
        """Drop the oldest segments beyond the bounds, all or nothing; return what is lost by it.

        Segments up to number `after`, and from number `before` on, are on their way to the broker:
        they are not lost, and stay.
        """
        self._forget_old()
        try:
            oldest = self.read(0, self.last_seq, 1)
            waits_since = oldest[0].frames[:1] if oldest else []
            self.oldest_ms = waits_since[0].received_ms if waits_since else None
            doomed, lost = self._doomed(now_ms, running_s, after, before)
        except sqlite3.Error as e:
            raise to_spool_error(e) from e
        if not doomed:
            return []
        lost = losses.joined(lost)
        self._delete(after + 1, doomed, lost)
        self.dropped_samples += sum(x.last - x.first + 1 for x in lost)
        return lost

    def _doomed(
        self, now_ms: int, running_s: float, after: int, before: int | None
    ) -> tuple[int, list[Loss]]:
        """Return the number of the last segment that has to go, or 0, and what is lost by that."""
        oldest_s = self._ran_before_s + int(running_s) - self._max_age_s
        excess = self.bytes - self._max_bytes
        doomed = 0
        lost: list[Loss] = []
        for seq, age_stamp, crc, body in self._db.execute(
            "SELECT seq, running_s, crc, body FROM segment WHERE seq > ? AND seq < ? ORDER BY seq",
            (after, self.last_seq + 1 if before is None else before),
        ):
            if age_stamp >= oldest_s and excess <= 0:
                break
            reason = SPOOL_AGE if age_stamp < oldest_s else SPOOL_SIZE
            excess -= len(body) + _ROW_OVERHEAD
            doomed = seq
            for frame in self._frames(seq, crc, body):
                lost += losses.of_frame(frame, reason, now_ms)
        return doomed, lost

    def _forget_old(self) -> None:
        """Keep the side tables short; that of days is long to look through: a part each time."""
        part = self._tidied, self._tidied + _TIDIED_AT_ONCE
        with Transaction(self._db):
            # Counted for each node, not by the clock: that may leap by years.
            self._db.execute(_FORGET_DAYS, (*part, _DAYS_KEPT))
            self._db.execute(
                "DELETE FROM quarantine WHERE rowid <= (SELECT max(rowid) FROM quarantine) - ?",
                (_EVIDENCE_KEPT,),
            )
        self._tidied = part[1] % _ADDRESSES

    def _delete(self, first: int, last: int, lost: list[Loss]) -> None:
        where = (first, last)
        with Transaction(self._db):
            frames, size = self._db.execute(
                "SELECT coalesce(sum(frames), 0), coalesce(sum(length(body) + ?), 0)"
                " FROM segment WHERE seq BETWEEN ? AND ?",
                (_ROW_OVERHEAD, *where),
            ).fetchone()
            self._db.execute("DELETE FROM segment WHERE seq BETWEEN ? AND ?", where)
            losses.put(self._db, lost)
            self._add_to_total(-frames, -size)
        self._count(-frames, -size)
        self._spoilt = {seq for seq in self._spoilt if not first <= seq <= last}
