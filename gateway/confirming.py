"""Segments that the broker has are forgotten, many at once.

Place: publisher -> here -> spool.
Guarantee: a segment that is repeated is harmless, a sync is not: confirmations wait for each other.
Where even forgetting fails, for want of room, it is tried again.
"""

import asyncio

from gateway.errors import SpoolError
from gateway.ratelimit import RateLimit
from gateway.records import Segment
from gateway.spool import Spool
from gateway.worker import Worker

_EVERY_S = 0.25


class Confirming:
    """`add` what was delivered; `run` while there is a connection, `flush` at its end."""

    def __init__(self, spool: Spool, worker: Worker, limit: RateLimit):
        self._spool = spool
        self._worker = worker
        self._limit = limit
        self._ranges: list[list[int]] = []
        self._news = asyncio.Event()
        self._flushing = asyncio.Lock()

    def add(self, segments: list[Segment]) -> None:
        """These were delivered; they follow each other."""
        for segment in segments:
            # The two lanes come by turns: each goes on with a range of its own.
            for known in self._ranges[-2:]:
                if known[1] == segment.seq - 1:
                    known[1] = segment.seq
                    break
            else:
                self._ranges.append([segment.seq, segment.seq])
        self._news.set()

    @property
    def waits(self) -> bool:
        """Say whether something delivered is still on disk."""
        return bool(self._ranges)

    async def run(self) -> None:
        """Confirm for ever."""
        while True:
            await self._news.wait()
            await asyncio.sleep(_EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Confirm everything that was added."""
        # One at a time: two would take what the other has just begun for done.
        async with self._flushing:
            await self._flush()

    async def _flush(self) -> None:
        self._news.clear()
        while self._ranges:
            first, last = self._ranges[0]
            try:
                await asyncio.shield(self._worker.run(self._spool.confirm, first, last))
            except SpoolError as e:
                self._limit.warning("confirm", "cannot forget delivered rows: %s", e)
                await asyncio.sleep(_EVERY_S)
                self._news.set()
                return
            taken = self._ranges[0]
            taken[0] = last + 1
            if taken[0] > taken[1]:
                self._ranges.pop(0)
