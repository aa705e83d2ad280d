"""Readings wait here, in flash, until the gateway has them.

Place: sampler -> `append` -> journal -> `run` -> session -> `release`.
Guarantee: a sample is safe when `append` returns; a power cut at any write keeps all of those and
damages none. Numbers are never given twice: should flash lose them, `renumber` follows the
gateway. The journal is bounded; when it is full the oldest segment goes and `dropped` counts.

    /journal/000001a0   segment whose first sample is number offset + 0x1a0
    /journal/numbering  [offset, unsure]: what a `renumber` added to all names; and the first
                        number, less the offset, given out since the numbering was lost, or null
                        once the gateway has confirmed it
    /journal/anchors    {boot: unix second of that power-up}, for samples taken before the clock
                        was set
"""

import os

from node import files
from node.runs import RunReader, to_batch
from node.segment import Segment, SegmentReader
from protocol import batch as batches
from protocol import cbor
from protocol._compat import const
from protocol.errors import DecodeError

_ANCHORS = const(8)
_RESERVE_BYTES = const(16384)
_ENOSPC = const(28)  # MicroPython's errno module does not name it


class Journal:
    """Open with the shape of the samples that will be appended: `ids` and `interval_s`.

    128 samples of about 25 bytes fill most of the 4096-byte block that a file takes at least.
    """

    def __init__(self, path, clock, boot, ids, interval_s, max_segments=48, segment_samples=128):
        self._path = path
        self._clock = clock
        self._boot = boot
        self._ids = ids
        self._interval_s = interval_s
        self._max_segments = max_segments
        self._segment_samples = segment_samples
        self._active = None
        self._reader = RunReader()
        self._relative = False  # this boot has samples without unix time
        self.dropped = 0
        self.damaged = 0
        files.make_dir(path)
        self._base, self._unsure = self._load_numbering()
        self._anchors = self._load("anchors", {})
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

    def _load_numbering(self) -> tuple:
        value = self._load("numbering", None)
        if not isinstance(value, list) or len(value) != 2:
            return 0, None
        return value[0], None if value[1] is None else value[0] + value[1]

    def _store_numbering(self, base: int, unsure: int | None) -> None:
        self._store("numbering", [base, None if unsure is None else unsure - base])
        self._base = base
        self._unsure = unsure

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
        end = reader.position
        while reader.next() is not None:
            number += 1
            end = reader.position
        intact = end == os.stat(path)[6]
        same_shape = reader.ids == self._ids and reader.interval_s == self._interval_s
        reader.close()
        if not intact:
            self.damaged += 1
            self._mark_unsure(number)
        if number == first:
            files.remove(path)  # nothing readable; its name is free for the next segment
            self._firsts.pop()
        elif intact and same_shape and number - first < self._segment_samples:
            self._active = Segment(path, self._ids, self._interval_s, True)
        return number

    def _mark_unsure(self, number: int) -> None:
        if self._unsure is None:
            self._store_numbering(self._base, number)

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
                segment = self._segment()
                index = self.next_number - self._firsts[-1]
                segment.append(index, boot, seconds, values, quality)
                break
            except OSError as e:
                self._abandon_active()
                # Only where there is no room does it help that the oldest goes.
                if e.errno != _ENOSPC or not self._drop_oldest():
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
        if active is not None and self.next_number - self._firsts[-1] < self._segment_samples:
            return active
        self._close_active()
        while self._is_full() and self._drop_oldest():
            pass
        self._firsts.append(self.next_number)
        path = self._file(self.next_number)
        self._active = Segment(path, self._ids, self._interval_s, False)
        return self._active

    def _is_full(self) -> bool:
        # Other files must still find room, or the node could not even count its boots.
        return (
            len(self._firsts) >= self._max_segments or files.free_bytes(self._path) < _RESERVE_BYTES
        )

    def _close_active(self) -> None:
        if self._active is not None:
            self._active.close()
            self._active = None

    def _abandon_active(self) -> None:
        """After a failed write a file may end in half a record: it gets nothing more."""
        self._close_active()
        if self._firsts and self._firsts[-1] == self.next_number:
            self._firsts.pop()
            files.remove(self._file(self.next_number))

    def _drop_oldest(self) -> bool:
        if len(self._firsts) < 2:
            return False
        lost_below = self._firsts[1]
        self.dropped += max(lost_below - self.oldest, 0)
        self._remove_first()
        return True

    def _remove_first(self) -> None:
        files.remove(self._file(self._firsts.pop(0)))

    def _remove_released(self) -> None:
        while len(self._firsts) > 1 and self._firsts[1] <= self._released:
            self._remove_first()

    @property
    def unsure_from(self) -> int:
        """Return the first number that may name a sample the gateway already has."""
        return self.next_number if self._unsure is None else self._unsure

    def release(self, number: int) -> None:
        """The gateway has everything below `number`: forget it, whole segments at a time."""
        self._released = max(self._released, min(number, self.next_number))
        self._remove_released()
        if self._unsure is not None:
            self._store_numbering(self._base, None)

    def renumber(self, number: int) -> None:
        """The gateway has samples below `number` that flash forgot: move ours past them."""
        shift = number - (self._opened_at if self._unsure is None else self._unsure)
        self._store_numbering(self._base + shift, None)
        self._close_active()
        self._firsts = [first + shift for first in self._firsts]
        self.next_number += shift
        self._opened_at += shift
        self._released += shift

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
            first = self._firsts[0]
            end = self._firsts[1] if len(self._firsts) > 1 else self.next_number
            count = min(limit, end - number)
            ids, interval_s, rows = self._reader.read(self._file(first), number - first, count)
            if rows:
                newest = number + len(rows) - 1
                clock, seconds = self._time_of(newest, rows[-1], interval_s)
                batch = to_batch(number, ids, interval_s, rows, clock, seconds)
                if self._clock.is_set:
                    batches.shorten(batch, self._clock.now_ms() // 1000)
                return batch
            self.damaged += 1
            self.give_up(number)
        return None

    def give_up(self, number: int) -> None:
        """Sample `number`, the oldest, cannot be read or sent: count it and go on behind it."""
        self.dropped += 1
        self._released = number + 1
        self._remove_released()

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
