"""How time passes: with the clock on the wall, or from one thing that happens to the next.

Place: server -> `advance` -> timeline, and boards that wake up.
Guarantee: in a warped world boards work one after the other, in the order of their names, and while
one works no time passes but what its own work takes: nothing depends on how fast this machine is.
While bytes are on their way to somebody outside, who lives by the clock on the wall, it waits for
`hold_s` longer. A board whose program is gone for a moment counts as one that works.
"""

import time
from collections.abc import Callable, Iterable

from tools.rig.air.timeline import Timeline
from tools.rig.world.slot import Slot

HOLD_S = 0.06  # a gateway has stored a frame and answered it by then


class RealPace:
    """A second is a second."""

    is_warped = False

    def __init__(self, timeline: Timeline):
        self._timeline = timeline
        self._begin_ns = time.monotonic_ns()
        self.limit_us = 0

    def now_us(self) -> int:
        """Return how late it is."""
        return max((time.monotonic_ns() - self._begin_ns) // 1000, self._timeline.now_us)

    def asked(self, passes_us: int) -> None:
        """A board wants to know something: bring the world up to this moment."""
        self._timeline.run_until(self.now_us())

    def hold(self) -> None:
        """Bytes have left: nothing to do, real time waits for nobody."""

    def advance(self, slots: Iterable[Slot], also_us: int | None) -> float | None:
        """Do what is due; return how many seconds to wait, or None: until somebody says something.

        `also_us` is when somebody else has something to do.
        """
        self._timeline.run_until(self.now_us())
        due = [us for us in (self._timeline.next_us(), also_us) if us is not None]
        return max(min(due) - self.now_us(), 0) / 1e6 if due else None


class WarpPace:
    """Time jumps as soon as nobody works; up to `limit_us`."""

    is_warped = True

    def __init__(self, timeline: Timeline, on_time: Callable[[int], None], hold_s: float = HOLD_S):
        self._timeline = timeline
        self._on_time = on_time
        self._hold_s = hold_s
        self._hold_until = 0.0
        self.limit_us = 0

    def now_us(self) -> int:
        """Return how late it is."""
        return self._timeline.now_us

    def asked(self, passes_us: int) -> None:
        """A board works and wants to know something: that takes it a while."""
        if passes_us:
            self._run_until(self._timeline.now_us + passes_us)

    def hold(self) -> None:
        """Bytes have left to somebody outside, who may answer."""
        self._hold_until = time.monotonic() + self._hold_s

    def advance(self, slots: Iterable[Slot], also_us: int | None) -> float | None:
        """Let the next board work, or jump to what is next; return as `RealPace.advance`."""
        resting = []
        for slot in sorted((slot for slot in slots if slot.is_on), key=lambda slot: slot.name):
            board = slot.board
            if board is None or board.idle_until_us is None:
                return None
            resting.append((board.idle_until_us, board))
        for until_us, board in resting:
            if board.is_called or until_us <= self._timeline.now_us:
                board.wake()
                return 0
        hold_s = self._hold_until - time.monotonic()
        if hold_s > 0:
            return hold_s
        untils = [until_us for until_us, _ in resting]
        wanted = [us for us in (*untils, self._timeline.next_us(), also_us) if us is not None]
        target_us = max(min([*wanted, self.limit_us]), self._timeline.now_us)
        if target_us == self._timeline.now_us and (not wanted or min(wanted) > target_us):
            return None
        self._run_until(target_us)
        return 0

    def _run_until(self, when_us: int) -> None:
        self._timeline.run_until(when_us)
        self._on_time(when_us)
