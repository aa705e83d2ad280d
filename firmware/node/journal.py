"""Readings wait here, in flash, until the gateway has them.

Place: sampler -> `append` -> journal -> `run` -> session -> `release`.
Guarantee: a sample is safe when `append` returns; a power cut at any write keeps all of those and
damages none. Numbers are never given twice: should flash lose them, `renumber` follows the
gateway. The journal is bounded; when it is full the oldest segment goes and `dropped` counts.

    /journal/000001a0   segment whose first sample is number shift + 0x1a0
    /journal/numbering  [[name, shift, ..], unsure]: what `renumber` added to the names from each
                        on; and the first name given out since the numbering was lost, or null
                        once the gateway has confirmed it
    /journal/anchors    {boot: [unix second of that power-up, uptime when that became known]}, for
                        samples taken before the clock was set
"""

import os

from node import files
from node.clock import accuracy_s
from node.runs import RunReader, to_batch
from node.segment import Segment, SegmentReader
from protocol import cbor, sampletime
from protocol._compat import const
from protocol.batch import MAX_SAMPLES
from protocol.errors import DecodeError

_ANCHORS = const(8)
_RESERVE_BYTES = const(16384)
_BEYOND = const(1 << 29)  # no index of a segment is as high
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
        self._shifts, self._unsure = self._load_numbering()
        self._anchors = self._load("anchors", {})
        names = sorted(int(n, 16) for n in os.listdir(path) if len(n) == 8)
        self._firsts = [name + self._shift_of(name) for name in names]
        self.next_number = 0
        self.next_number = self._recover()
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
        if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], list):
            return [0, 0], None
        return value[0], None if value[1] is None else value[1] + value[0][-1]

    def _store_numbering(self, shifts: list, unsure: int | None) -> None:
        oldest = self._firsts[0] if self._firsts else self.next_number
        while len(shifts) > 2 and shifts[2] + shifts[3] <= oldest:
            shifts = shifts[2:]  # nobody has a name before it any more
        self._store("numbering", [shifts, None if unsure is None else unsure - shifts[-1]])
        self._shifts = shifts
        self._unsure = unsure

    def _shift_of(self, name: int) -> int:
        shifts = self._shifts
        at = len(shifts) - 2
        while at > 0 and shifts[at] > name:
            at -= 2
        return shifts[at + 1]

    def _store(self, name: str, value) -> None:
        files.write_atomic(self._path + "/" + name, cbor.dumps(value))

    def _file(self, first: int) -> str:
        shifts = self._shifts
        at = len(shifts) - 2
        while at > 0 and shifts[at] + shifts[at + 1] > first:
            at -= 2
        return "%s/%08x" % (self._path, first - shifts[at + 1])

    def _recover(self) -> int:
        """Count the last segment, which a power cut may have left short; return the next number."""
        begin = self._shifts[-2] + self._shifts[-1]  # of what the last `renumber` gave out
        if not self._firsts:
            number = max(begin, self._unsure or 0)
            self._mark_unsure(number)
            return number
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
        if not intact:
            self.damaged += 1
            number = max(number, first + reader.find(_BEYOND) + 1)
            self._mark_unsure(number)
        reader.close()
        if number == first:
            files.remove(path)  # nothing readable; its name is free for the next segment
            self._firsts.pop()
        elif number < begin:
            return begin  # power went before the first sample of the new numbers
        elif intact and same_shape and number - first < self._segment_samples:
            self._active = Segment(path, self._ids, self._interval_s, True)
        return max(number, begin)

    def _mark_unsure(self, number: int) -> None:
        if self._unsure is None:
            self._store_numbering(self._shifts, number)

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
        accuracy = sampletime.accuracy_of(self._clock.accuracy_s()) if is_unix else 0
        sample = [boot, seconds, values, quality, accuracy]
        while True:
            try:
                segment = self._segment()
                index = self.next_number - self._firsts[-1]
                segment.append(index, sample)
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
            self._store_numbering(self._shifts, None)

    def renumber(self, number: int) -> None:
        """The gateway has samples below `number` that flash forgot: move ours past them."""
        start = self.unsure_from
        shift = self._shifts[-1]
        self._close_active()
        self._store_numbering(self._shifts + [start - shift, shift + number - start], None)
        self._firsts = [n + number - start if n >= start else n for n in self._firsts]
        self.next_number += number - start
        if self._released >= start:
            self._released += number - start

    def clock_was_set(self) -> None:
        """Remember when this boot was, for its samples that only know their uptime."""
        if self._relative:
            self._anchors[self._boot] = [self._clock.boot_s(), self._clock.set_at_s]
            for boot in sorted(self._anchors)[:-_ANCHORS]:
                del self._anchors[boot]
            self._store("anchors", self._anchors)
            self._relative = False

    def run(self, first: int, limit: int, now_ms: int):
        """Return a Batch of at most `limit` neighbours from number `first` on, or None.

        None: that sample was never there, is gone, or cannot be read any more (`damaged`).
        """
        if not self.oldest <= first < self.next_number:
            return None
        at = len(self._firsts) - 1
        while self._firsts[at] > first:
            at -= 1
        end = self._firsts[at + 1] if at + 1 < len(self._firsts) else self.next_number
        index = first - self._firsts[at]
        count = min(limit, end - first, MAX_SAMPLES)
        ids, interval_s, rows = self._reader.read(self._file(self._firsts[at]), index, count)
        if not rows:
            self.damaged += 1
            return None
        time = self._time_of(rows)
        batch = to_batch(first, ids, interval_s, rows, time)
        if self._clock.is_set:
            batch.sent_s = self._clock.now_ms() // 1000
        return batch

    def _time_of(self, rows: list) -> tuple:
        """Return (clock form, seconds, accuracy) of the newest row: the best that is known."""
        boot, seconds = rows[-1][0], rows[-1][1]
        if boot == 0:
            return sampletime.UNIX, seconds, max([row[4] for row in rows])
        if boot == self._boot and self._clock.is_set:
            return _counted(rows, [self._clock.boot_s(), self._clock.set_at_s])
        if boot in self._anchors:
            return _counted(rows, self._anchors[boot])
        uptime_s = self._clock.uptime_ms() // 1000
        if boot == self._boot:
            oldest_s = uptime_s - rows[0][1]
            accuracy = sampletime.accuracy_of(1 + accuracy_s(oldest_s))
            return sampletime.AGE, uptime_s - seconds, accuracy
        return sampletime.AT_LEAST, uptime_s, 0


def _counted(rows: list, anchor: list) -> tuple:
    """Return the time of samples taken at an uptime, from when that boot was."""
    span_s = max(abs(rows[0][1] - anchor[1]), abs(rows[-1][1] - anchor[1]))
    accuracy = sampletime.accuracy_of(accuracy_s(span_s))
    return sampletime.UNIX, rows[-1][1] + anchor[0], accuracy
