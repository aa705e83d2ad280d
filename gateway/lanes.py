"""Which rows go to the broker next: the newest as they come, and those that waited.

Place: ingest -> `Live`; spool -> `Live` and `Backlog` -> publisher.
Guarantee: each lane goes from the oldest to the newest, and no row is in both. What was just stored
is taken from memory, as far as that is bounded; the rest is read from the disk.
"""

import asyncio
from collections import deque

from gateway.records import Segment
from gateway.spool import Spool
from gateway.worker import Worker

LIVE_SAMPLES = 20_000  # taken along when a connection is new
_MEMORY = 48 * 1024  # bytes of plaintext: decoded they are eighty times as much
_READ_SAMPLES = 4_000
_FAR = 8  # segments; a commit each 20 ms and a linger of 100 ms make five


class Live:
    """Segments from number `begin` on; `next_seq` is the first that was not taken."""

    def __init__(self, spool: Spool, worker: Worker):
        self._spool = spool
        self._worker = worker
        self._fresh: deque[Segment] = deque()
        self._bytes = 0
        self._is_open = False
        self.news = asyncio.Event()
        self.begin = self.next_seq = spool.last_seq + 1

    def add(self, segments: list[Segment]) -> None:
        """Segments were stored."""
        for segment in segments:
            # With a hole in it the rest would have to be read in between: rather from the disk all.
            is_next = not self._fresh or self._fresh[-1].seq == segment.seq - 1
            if self._is_open and is_next and self._bytes < _MEMORY:
                self._fresh.append(segment)
                self._bytes += _size(segment)
        self.news.set()

    def start(self, begin: int) -> None:
        """The lane begins with segment `begin`; all before is backlog."""
        self.begin = self.next_seq = begin
        self._is_open = True
        self._drop_taken()
        self.news.set()

    def _drop_taken(self) -> None:
        """What was read from the disk before `add` told of it is not sent again."""
        while self._fresh and self._fresh[0].seq < self.next_seq:
            self._bytes -= _size(self._fresh.popleft())

    def stop(self) -> None:
        """Nobody takes anything for now: nothing is kept in memory."""
        self._is_open = False
        self._fresh.clear()
        self._bytes = 0

    @property
    def waits(self) -> bool:
        """Say whether there is something to take."""
        return self.next_seq <= self._spool.last_seq

    @property
    def is_full(self) -> bool:
        """Say whether so much waits that nothing is gained by waiting for more."""
        return self._bytes >= _MEMORY // 2

    @property
    def is_behind(self) -> bool:
        """Say whether more comes in than is taken."""
        far = self._spool.last_seq - self.next_seq >= _FAR
        return self._is_open and (far or self.is_full)

    async def take(self, limit: int) -> list[Segment]:
        """Return the next segments, of about `limit` samples."""
        taken: list[Segment] = []
        count = 0
        while count < limit and self.waits:
            self._drop_taken()
            if not self._fresh or self._fresh[0].seq > self.next_seq:
                taken += await self._read(limit - count)
                return taken
            segment = self._fresh.popleft()
            self._bytes -= _size(segment)
            self.next_seq = segment.seq + 1
            taken.append(segment)
            count += segment.samples
        return taken

    async def _read(self, limit: int) -> list[Segment]:
        end = self._fresh[0].seq - 1 if self._fresh else self._spool.last_seq
        after = self.next_seq - 1
        limit = min(limit, _READ_SAMPLES)
        segments = await self._worker.run(self._spool.read, after, end, limit)
        self.next_seq = segments[-1].seq + 1 if segments else end + 1
        return segments


class Backlog:
    """Segments after number `after` up to `end`: what waited while no broker took it."""

    def __init__(self, spool: Spool, worker: Worker):
        self._spool = spool
        self._worker = worker
        self.after = 0
        self.end = 0
        self._is_reading = False
        self.news = asyncio.Event()

    def start(self, end: int) -> None:
        """All up to segment `end`, that is still there, waited."""
        self.after, self.end = 0, end
        self._is_reading = False
        self.news.set()

    def extend(self, end: int) -> None:
        """What waits goes on up to segment `end`; what was taken stays taken."""
        self.end = end
        self.news.set()

    def rest(self) -> None:
        """All of it is delivered and forgotten, or set aside: nothing is on its way."""
        self.after = self.end = 0

    @property
    def taken(self) -> int:
        """Return up to which segment all may be on its way, also what is just being read."""
        return self.end if self._is_reading else self.after

    async def take(self, limit: int) -> list[Segment]:
        """Return the next segments, of about `limit` samples."""
        end = self.end
        if self.after >= end:
            return []
        self._is_reading = True
        segments = await self._worker.run(self._spool.read, self.after, end, limit)
        self._is_reading = False
        self.after = segments[-1].seq if segments else end
        return segments


def _size(segment: Segment) -> int:
    return sum([len(frame.plain) for frame in segment.frames])
