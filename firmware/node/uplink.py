"""Moves frames between the session and the link: the node's only I/O loop.

Place: journal -> session -> Uplink -> link, and acks back; sets the clock from them.
Guarantee: one frame is in flight at a time; the loop sleeps until an ack, a new sample or the
session's deadline.
"""

import asyncio

from protocol._compat import ticks_diff
from protocol.messages import Note
from protocol.session import COMMAND, LINK, TIME


class Uplink:
    """`sampled` is called by the sampler after each sample, `wake` by whoever has news."""

    def __init__(self, session, link, clock, journal):
        self._session = session
        self._link = link
        self._clock = clock
        self._journal = journal
        self._news = asyncio.Event()
        self.on_time = None  # called when the clock was set
        self.send_errors = 0

    def sampled(self) -> None:
        """A sample is in the journal."""
        if self._session.is_live_due:
            self._link.spread(self._clock.ticks())
        self.wake()

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
        await self._link.start()
        while True:
            self._session.handle_timeout(self._clock.ticks())
            self._link.vain(self._session.vain)
            frame = self._session.data_to_send(self._clock.ticks())
            if frame is not None:
                await self._send(frame)
            await self._sleep()

    async def _send(self, frame: bytes) -> None:
        try:
            await asyncio.wait_for(self._link.send(frame), self._link.timeout_s)
        except (OSError, asyncio.TimeoutError):
            self.send_errors += 1  # the session repeats it
            return
        self._session.sent(self._clock.ticks())
        complaint = self._link.complaint()
        if complaint:
            self._session.send(Note(complaint[:60]), self._clock.ticks())
        if self._session.is_waiting:
            await self._link.hear_answer(self._is_waiting)

    def _is_waiting(self) -> bool:
        return self._session.is_waiting

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
                if self.on_time:
                    self.on_time()
            elif kind == LINK:
                self._link.quality(value)
            elif kind == COMMAND:
                from protocol.commands import UNKNOWN, Result

                result = Result(value.number, UNKNOWN)
                self._session.send(result, self._clock.ticks())
            event = self._session.next_event()
