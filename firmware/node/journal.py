"""Readings wait here, in flash, until the gateway has them.

Place: sampler -> `append` -> journal -> `run` -> session -> `release`.
Guarantee: a sample is safe when `append` returns; a power cut at any write keeps all of those and
damages none. Numbers are never given twice: should flash lose them, `renumber` follows the
gateway. The journal is bounded; when it is full the oldest segment goes and `dropped` counts.

    /journal/000001a0   segment whose first sample is number offset + 0x1a0
    /journal/offset     what a `renumber` added to all names
    /journal/anchors    {boot: unix second of that power-up}, for samples taken before the clock
                        was set
    /journal/unsure     the first number given out since the numbering was lost; gone once the
                        gateway has confirmed it
"""

import os

from node import files
from node.segment import Segment, SegmentReader
from protocol import batch as batches
from protocol import cbor
from protocol._compat import const
from protocol.errors import DecodeError

SEGMENT_SAMPLES = const(128)  # of about 25 bytes: most of a 4096-byte flash block
_ANCHORS = const(8)


class Journal:
    """Open with the shape of the samples that will be appended: `ids` and `interval_s`."""

    def __init__(self, path, clock, boot, ids, interval_s, max_segments=48):
        self._path = path
        self._clock = clock
        self._boot = boot
        self._ids = ids
        self._interval_s = interval_s
        self._max_segments = max_segments
        self._active = None
        self._hint = (0, 0)  # sample number and the file position of its record
        self._relative = False  # this boot has samples without unix time
        self.dropped = 0
        self.damaged = 0
        files.make_dir(path)
        self._base = self._load("offset", 0)
        self._anchors = self._load("anchors", {})
        self._unsure = self._load("unsure", None)
        self._firsts = sorted(self._base + int(n, 16) for n in os.listdir(path) if len(n) == 8)
        self.next_number = self._recover()
        self._opened_at = self.next_number
        self._released = self._firsts[0] if self._firsts else self.next_number

    def _load(self, name: str, default):
        data = files.read_bytes(self._path + "/" + name)
        if data is None:
            return default
        try:
            return cbor.loads(data)
        except DecodeError:
            self.damaged += 1
            return default

    def _store(self, name: str, value) -> None:
        files.write_atomic(self._path + "/" + name, cbor.dumps(value))

    def _file(self, first: int) -> str:
        return "%s/%08x" % (self._path, first - self._base)

    def _recover(self) -> int:
        """Count the last segment, which a power cut may have left short; return the next number."""
        if not self._firsts:
            self._mark_unsure(self._base)
            return self._base
        first = self._firsts[-1]
        path = self._file(first)
        number = first
        reader = SegmentReader(path)
        while reader.next() is not None:
            number += 1
        intact = reader.position == os.stat(path)[6]
        same_shape = reader.ids == self._ids and reader.interval_s == self._interval_s
        reader.close()
        if not intact:
            self.damaged += 1
            self._mark_unsure(number)
        if number == first:
            os.remove(path)  # nothing readable; its name is free for the next segment
            self._firsts.pop()
        elif intact and same_shape and number - first < SEGMENT_SAMPLES:
            self._active = Segment(path, self._ids, self._interval_s, True)
        return number

    def _mark_unsure(self, number: int) -> None:
        if self._unsure is None:
            self._unsure = number
            self._store("unsure", number)

    @property
    def oldest(self) -> int:
        """Return the lowest number that still waits (or `next_number`)."""
        first = self._firsts[0] if self._firsts else self.next_number
        return max(first, self._released)

    def waiting(self) -> int:
        """Return how many samples wait for the gateway."""
        return self.next_number - self.oldest

    def append(self, seconds: int, is_unix: bool, values: list, quality) -> int:
        """Keep one sample taken at `seconds` of unix time, or of the uptime of this boot."""
        boot = 0 if is_unix else self._boot
        while True:
            try:
                self._segment().append(boot, seconds, values, quality)
                break
            except OSError:  # no room: the oldest must go; a flash that takes nothing raises
                self._abandon_active()
                if not self._drop_oldest():
                    raise
        if boot:
            self._relative = True
            if self._clock.is_set:  # it was set while the sensors were read
                self.clock_was_set()
        number = self.next_number
        self.next_number += 1
        return number

    def _segment(self):
        active = self._active
        if active is not None and self.next_number - self._firsts[-1] < SEGMENT_SAMPLES:
            return active
        self._close_active()
        while len(self._firsts) >= self._max_segments and self._drop_oldest():
            pass
        self._firsts.append(self.next_number)
        path = self._file(self.next_number)
        self._active = Segment(path, self._ids, self._interval_s, False)
        return self._active

    def _close_active(self) -> None:
        if self._active is not None:
            self._active.close()
            self._active = None

    def _abandon_active(self) -> None:
        """After a failed write a file may end in half a record: it gets nothing more."""
        self._close_active()
        if self._firsts and self._firsts[-1] == self.next_number:
            self._firsts.pop()
            try:
                os.remove(self._file(self.next_number))
            except OSError:
                self.damaged += 1

    def _drop_oldest(self) -> bool:
        if len(self._firsts) < 2:
            return False
        lost_below = self._firsts[1]
        self.dropped += max(lost_below - self.oldest, 0)
        self._remove_first()
        return True

    def _remove_first(self) -> None:
        os.remove(self._file(self._firsts.pop(0)))

    def release(self, number: int) -> None:
        """The gateway has everything below `number`: forget it, whole segments at a time."""
        self._released = max(self._released, min(number, self.next_number))
        while len(self._firsts) > 1 and self._firsts[1] <= self._released:
            self._remove_first()
        if self._unsure is not None:
            self._unsure = None
            os.remove(self._path + "/unsure")

    def renumber(self, number: int) -> None:
        """The gateway has samples below `number` that flash forgot: move ours past them."""
        shift = number - (self._opened_at if self._unsure is None else self._unsure)
        self._close_active()
        self._base += shift
        self._store("offset", self._base)
        self._firsts = [first + shift for first in self._firsts]
        self.next_number += shift
        self._opened_at += shift
        self._released += shift
        self._hint = (0, 0)

    def clock_was_set(self) -> None:
        """Remember when this boot was, for its samples that only know their uptime."""
        if self._relative:
            self._anchors[self._boot] = self._clock.boot_s()
            for boot in sorted(self._anchors)[:-_ANCHORS]:
                del self._anchors[boot]
            self._store("anchors", self._anchors)
            self._relative = False

    def run(self, limit: int, now_ms: int):
        """Return the oldest waiting samples as one Batch of at most `limit`, or None."""
        while self.oldest < self.next_number:
            number = self.oldest
            reader = self._reader_at(number)
            rows = self._read_rows(reader, number, limit)
            ids, interval_s = reader.ids, reader.interval_s
            reader.close()
            if rows:
                return self._to_batch(number, ids, interval_s, rows)
            self._skip_damage(number)
        return None

    def _reader_at(self, number: int):
        first = self._firsts[0]
        reader = SegmentReader(self._file(first))
        if self._hint[0] == number and number != first:
            reader.seek(self._hint[1])
            return reader
        for _ in range(number - first):
            if reader.next() is None:
                break
        return reader

    def _read_rows(self, reader, number: int, limit: int) -> list:
        """Read samples while they fit one batch: same clock, evenly spaced, same segment."""
        end = self._firsts[1] if len(self._firsts) > 1 else self.next_number
        rows = []
        while len(rows) < min(limit, end - number):
            position = reader.position
            row = reader.next()
            if row is None or (rows and not self._follows(rows[-1], row, reader.interval_s)):
                reader.seek(position)
                break
            rows.append(row)
        # Once these are acknowledged the next run starts here, without reading its way again.
        self._hint = (number + len(rows), reader.position)
        return rows

    def _follows(self, last: list, row: list, interval_s: int) -> bool:
        return row[0] == last[0] and row[1] - last[1] == interval_s

    def _skip_damage(self, number: int) -> None:
        """Nothing readable at `number`: what is left of its segment is lost, and said so."""
        self.damaged += 1
        if len(self._firsts) > 1:
            self.dropped += self._firsts[1] - number
            self._remove_first()
        else:
            self.dropped += self.next_number - number
            self._close_active()
            self._released = self.next_number

    def _to_batch(self, number: int, ids: tuple, interval_s: int, rows: list):
        clock, seconds = self._time_of(number + len(rows) - 1, rows[-1], interval_s)
        columns = [[row[2][i] for row in rows] for i in range(len(rows[0][2]))]
        quality = None
        if any(row[3] for row in rows):
            quality = [[row[3][i] if row[3] else 0 for row in rows] for i in range(len(ids))]
        batch = batches.Batch(number, ids, columns, interval_s, clock, seconds, quality)
        if self._clock.is_set:
            batches.shorten(batch, self._clock.now_ms() // 1000)
        return batch

    def _time_of(self, number: int, row: list, interval_s: int) -> tuple:
        """Return (clock form, seconds) of one sample, with the best that is known of its time."""
        boot, seconds = row[0], row[1]
        if boot == 0:
            return batches.UNIX, seconds
        if boot == self._boot and self._clock.is_set:
            return batches.UNIX, seconds + self._clock.boot_s()
        if boot in self._anchors:
            return batches.UNIX, seconds + self._anchors[boot]
        uptime_s = self._clock.uptime_ms() // 1000
        if boot == self._boot:
            return batches.AGE, uptime_s - seconds
        return batches.AT_LEAST, uptime_s + (self._opened_at - 1 - number) * interval_s
