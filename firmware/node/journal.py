"""Readings wait here, in flash, until the gateway has them.

Place: sampler -> `append` -> journal -> `run` -> session -> `release`.
Guarantee: a sample is safe when `append` returns; a power cut at any write keeps all of those and
damages none. Numbers are never given twice: should flash lose them, `renumber` follows the
gateway. The journal is bounded; when it is full the oldest segment goes and `dropped` counts.

    /journal/000001a0   segment whose first sample is number shift + 0x1a0
    /journal/numbering  which number a name stands for, see `numbering`
    /journal/anchors    {boot: [unix second of that power-up, uptime when that became known]}, for
                        samples taken before the clock was set
"""

import os

from node import files
from node.clock import accuracy_s
from node.numbering import DAMAGED, Numbering, load_anchors
from node.runs import RunReader, to_batch
from node.segment import Segment, SegmentReader
from protocol import cbor, sampletime
from protocol._compat import const
from protocol.batch import MAX_SAMPLES

_ANCHORS = const(8)
_RESERVE_BYTES = const(16384)
_BEYOND = const(1 << 29)  # no index of a segment is as high
_ENOSPC = const(28)  # MicroPython's errno module does not name it


class Journal:
    """Open with the shape of the samples that will be appended: `ids` and `interval_s`.

    128 samples of about 25 bytes fill most of the 4096-byte block that a file takes at least.
    `kept` is what `asleep` returned before a deep sleep: then the last segment, if it is as long as
    it was, need not be read to be counted.
    """

    def __init__(
        self,
        path,
        clock,
        boot,
        ids,
        interval_s,
        max_segments=48,
        segment_samples=128,
        kept=(None, -1, False, 0, 0, 0),
    ):
        self._path = path
        self._clock = clock
        self._boot = boot
        self._ids = ids
        self._interval_s = interval_s
        self._max_segments = max_segments
        self._segment_samples = segment_samples
        self._active = None
        self._reader = RunReader()
        # `_relative`: this boot has samples without unix time.
        number, size, self._relative, released, self.dropped, self.damaged = kept
        files.make_dir(path)
        self._numbering = Numbering(path)
        anchors = load_anchors(path)
        self.damaged += self._numbering.damaged + (anchors is DAMAGED)
        self._anchors = {} if anchors is DAMAGED else anchors
        names = sorted(int(n, 16) for n in os.listdir(path) if len(n) == 8)
        self._firsts = [self._numbering.number_of(name) for name in names]
        self.next_number = 0
        self.next_number = self._resume(number, size) or self._recover()
        self._released = max(self._kept_from(), released)

    def _file(self, first: int) -> str:
        return "%s/%08x" % (self._path, self._numbering.name_of(first))

    def asleep(self) -> list:
        """Return what has to outlive a deep sleep, and close what is open."""
        self._close_active()
        size = os.stat(self._file(self._firsts[-1]))[6] if self._firsts else -1
        counts = [self._relative, self._released, self.dropped, self.damaged]
        return [self.next_number, size] + counts

    def _resume(self, number: int | None, size: int) -> int | None:
        """Return the next number where the last segment is as `asleep` has left it."""
        if number is None or not self._firsts or number < self._numbering.begin:
            return None
        path = self._file(self._firsts[-1])
        if os.stat(path)[6] != size:
            return None
        if number - self._firsts[-1] < self._segment_samples:
            reader = SegmentReader(path)  # of another shape, once `reshape` was called
            if reader.ids == self._ids and reader.interval_s == self._interval_s:
                self._active = Segment(path, self._ids, self._interval_s, True)
            reader.close()
        return number

    def reshape(self, interval_s: int) -> None:
        """Take samples of another interval from now on."""
        if interval_s != self._interval_s:
            self._close_active()
            self._interval_s = interval_s

    def _recover(self) -> int:
        """Count the last segment, which a power cut may have left short; return the next number."""
        begin = self._numbering.begin
        if not self._firsts:
            number = max(begin, self._numbering.unsure or 0)
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
        if self._numbering.unsure is None:
            self._numbering.store(number, self._kept_from())

    def _kept_from(self) -> int:
        return self._firsts[0] if self._firsts else self.next_number

    @property
    def oldest(self) -> int:
        """Return the lowest number that still waits (or `next_number`)."""
        return max(self._kept_from(), self._released)

    def waiting(self) -> int:
        """Return how many samples wait for the gateway."""
        return self.next_number - self.oldest

    def append(self, seconds: int, is_unix: bool, values: list, quality, taken=None) -> int:
        """Keep one sample; `taken` before this start: (boot, accuracy of the unix time then)."""
        boot, accuracy_s = taken or (self._boot, self._clock.accuracy_s())
        boot, accuracy = (0, sampletime.accuracy_of(accuracy_s)) if is_unix else (boot, 0)
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
        if boot == self._boot:
            self._relative = True
            if self._clock.is_set:  # it was set while the sensors were read
                self.clock_was_set()
        self.next_number += 1
        return self.next_number - 1

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
        unsure = self._numbering.unsure
        return self.next_number if unsure is None else unsure

    def release(self, number: int) -> None:
        """The gateway has everything below `number`: forget it, whole segments at a time."""
        self._released = max(self._released, min(number, self.next_number))
        self._remove_released()
        if self._numbering.unsure is not None:
            self._numbering.store(None, self._kept_from())

    def renumber(self, number: int) -> None:
        """The gateway has samples below `number` that flash forgot: move ours past them."""
        start = self.unsure_from
        self._close_active()
        self._numbering.shift(start, number, self._kept_from())
        self._firsts = [n + number - start if n >= start else n for n in self._firsts]
        self.next_number += number - start
        if self._released >= start:
            self._released += number - start

    def wipe(self) -> None:
        """Forget all samples; their numbers are not given again, whenever power is cut in here."""
        self._close_active()
        self._numbering.go_on(self.next_number, self._kept_from())
        while self._firsts:
            self._remove_first()

    def clock_was_set(self) -> None:
        """Remember when this boot was, for its samples that only know their uptime."""
        if self._relative:
            self._anchors[self._boot] = [self._clock.boot_s(), self._clock.set_at_s]
            for boot in sorted(self._anchors)[:-_ANCHORS]:
                del self._anchors[boot]
            files.write_atomic(self._path + "/anchors", cbor.dumps(self._anchors))
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
        batch = to_batch(first, ids, interval_s, rows, self._time_of(rows))
        if self._clock.is_set:
            batch.sent_s = self._clock.now_ms() // 1000
        return batch

    def _time_of(self, rows: list) -> tuple:
        """Return (clock form, seconds, accuracy) of the newest row: the best that is known."""
        boot, seconds = rows[-1][0], rows[-1][1]
        if boot == 0:
            return sampletime.UNIX, seconds, max([row[4] for row in rows])
        if boot == self._boot and self._clock.is_set:
            anchor = [self._clock.boot_s(), self._clock.set_at_s]
            return _counted(rows, anchor, self._clock.accuracy_over_s)
        if boot in self._anchors:
            return _counted(rows, self._anchors[boot], accuracy_s)
        uptime_s = self._clock.uptime_ms() // 1000
        if boot == self._boot:
            oldest_s = uptime_s - rows[0][1]
            accuracy = sampletime.accuracy_of(1 + self._clock.accuracy_over_s(oldest_s))
            return sampletime.AGE, uptime_s - seconds, accuracy
        return sampletime.AT_LEAST, uptime_s, 0


def _counted(rows: list, anchor: list, accuracy_s) -> tuple:
    """Return the time of samples taken at an uptime, from when that boot was."""
    span_s = max(abs(rows[0][1] - anchor[1]), abs(rows[-1][1] - anchor[1]))
    accuracy = sampletime.accuracy_of(accuracy_s(span_s))
    return sampletime.UNIX, rows[-1][1] + anchor[0], accuracy
