"""Moves frames between the session and the link: the node's only I/O loop.

Place: journal -> session -> Uplink -> link, and acks back; sets the clock from them; commands go
to `node.commands`.
Guarantee: one frame is in flight at a time; the loop sleeps until an ack, a new sample or the
session's deadline. One command is carried out at a time.
"""

import asyncio

from protocol._compat import const, ticks_diff
from protocol.messages import Note
from protocol.session import COMMAND, LINK, TIME

_TURN_MS = const(600000)  # health wants to see a turn of the loop now and then
_LONG_MS = const(86400000)
_LATEST_MS = 4_200_000_000_000  # in 2103; a sample has 32 bits for seconds
# What only a command needs.
_LAZY = (
    "node.commands",
    "node.config",
    "node.settings",
    "node.identity",
    "node.fields",
    "node.event",
    "node.mount",
    "protocol.commands",
)


class Uplink:
    """`sampled` is called by the sampler after each sample, `wake` by whoever has news.

    `app` has the parts of the node, for commands. `is_leaving`: a command restarts the node soon;
    it must not fall asleep before.
    """

    def __init__(self, session, link, clock, journal, app=None):
        self._session = session
        self._link = link
        self._clock = clock
        self._journal = journal
        self._app = app
        self._news = asyncio.Event()
        self._tasks = []  # that are not over
        self._is_idle = False  # the loop that sends has nothing to do
        self._in_command = None  # the number of the one that is carried out
        self.on_time = None  # called when the clock was set
        self.on_link = None  # called with what the gateway said of a frame of ours
        self.send_errors = 0
        self.commands = 0
        self.turns = 0  # of the loop that sends
        self.is_leaving = False

    @property
    def is_busy(self) -> bool:
        """Say whether a frame is on its way, a command carried out, or a light shows its end."""
        return self.is_leaving or len(self._tasks) > 0 or not self._is_idle

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
            self.turns += 1
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

    def wait_ms(self) -> int:
        """Return how long nothing is due, as far as is known; 0: something is."""
        deadline = self._session.deadline()
        if self._news.is_set():
            return 0
        return _LONG_MS if deadline is None else max(ticks_diff(deadline, self._clock.ticks()), 0)

    async def _sleep(self) -> None:
        self._is_idle = True
        try:
            await asyncio.wait_for_ms(self._news.wait(), min(self.wait_ms(), _TURN_MS))
        except asyncio.TimeoutError:
            pass
        self._is_idle = False
        self._news.clear()

    def _handle_events(self) -> None:
        event = self._session.next_event()
        while event is not None:
            kind, value = event
            if kind == TIME:
                self.time_is(value)
            elif kind == LINK:
                self._link.quality(value)
                if self.on_link:
                    self.on_link(value)
            elif kind == COMMAND:
                self.commands += 1
                self.background(self._carry_out(value))
            event = self._session.next_event()

    def time_is(self, unix_ms: int) -> None:
        """Take over the gateway's time, unless samples have no room for it."""
        if unix_ms >= _LATEST_MS:
            return
        self._clock.set(unix_ms)
        self._journal.clock_was_set()
        if self.on_time:
            self.on_time()

    def background(self, coroutine) -> None:
        """Run something to its end beside the rest; nobody waits for it."""
        self._tasks.append(asyncio.create_task(self._run(coroutine)))

    async def _run(self, coroutine) -> None:
        try:
            await coroutine
        except Exception as e:  # of memory, most likely
            self._app.life.crashed("background", e)
        finally:
            self._tasks.remove(asyncio.current_task())

    async def _carry_out(self, command) -> None:
        """Load what carries commands out, and let it go again."""
        from node.memory import forget
        from protocol.commands import BUSY, FAILED, Result

        code = FAILED if self._in_command is None else BUSY
        try:
            if code == FAILED:
                self._in_command = command.number
                from node.commands import Commands

                await Commands(self._app).carry_out(command)
                code = None
        finally:
            if code is not None:
                self._session.send(Result(command.number, code), self._clock.ticks())
            if code != BUSY:
                self._in_command = None
                forget(*_LAZY)
