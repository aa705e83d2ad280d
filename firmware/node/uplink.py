"""Moves frames between the session and the link: the node's only I/O loop.

Place: journal -> session -> Uplink -> link, and acks back; sets the clock from them.
Guarantee: one frame is in flight at a time; the loop sleeps until an ack, a new sample or the
session's deadline.
"""

import asyncio

from protocol._compat import ticks_diff
from protocol.session import COMMAND, TIME

_SEND_TIMEOUT_S = 10


class Uplink:
    """`wake` is called by the sampler after each sample."""

    def __init__(self, session, link, clock, journal):
        self._session = session
        self._link = link
        self._clock = clock
        self._journal = journal
        self._news = asyncio.Event()
        self.send_errors = 0

    def wake(self) -> None:
        """There is something to send."""
        self._news.set()

    async def listen(self) -> None:
        """Take every frame that comes in."""
        while True:
            frame = await self._link.receive()
            self._session.receive(frame, self._clock.ticks())
            self._handle_events()
            self.wake()

    async def talk(self) -> None:
        """Send what the session has, as soon as it may."""
        while True:
            self._session.handle_timeout(self._clock.ticks())
            frame = self._session.data_to_send(self._clock.ticks())
            if frame is not None:
                await self._send(frame)
            await self._sleep()

    async def _send(self, frame: bytes) -> None:
        try:
            await asyncio.wait_for(self._link.send(frame), _SEND_TIMEOUT_S)
        except (OSError, asyncio.TimeoutError):
            self.send_errors += 1  # the session repeats it

    async def _sleep(self) -> None:
        deadline = self._session.deadline()
        wait_ms = 60000
        if deadline is not None:
            wait_ms = max(ticks_diff(deadline, self._clock.ticks()), 0)
        try:
            await asyncio.wait_for_ms(self._news.wait(), wait_ms)
        except asyncio.TimeoutError:
            pass
        self._news.clear()

    def _handle_events(self) -> None:
        event = self._session.next_event()
        while event is not None:
            kind, value = event
            if kind == TIME:
                self._clock.set(value)
                self._journal.clock_was_set()
            elif kind == COMMAND:
                from protocol.commands import UNKNOWN, Result

                result = Result(value.number, UNKNOWN)
                self._session.send(result, self._clock.ticks())
            event = self._session.next_event()
