"""A board in deep sleep, as the world sees it: it rests, and hears of nothing but its time.

Place: supervisor's `DeepSleep` <-> SleepLine, in the place of the board's own line -> Slot, pace.
Guarantee: rings once, at its very microsecond, in its turn among the boards. From then on the board
counts as one that works, so that time stands still until its interpreter is up and rests.
"""

import socket

from tools.rig.world.line import Line
from tools.rig.world.slot import Slot


class SleepLine(Line):
    """`idle_until_us` is None once it has rung; a pin wakes nobody."""

    def __init__(self, connection: socket.socket, slot: Slot, until_us: int):
        super().__init__(connection)
        self._slot = slot
        self.is_called = False
        self.idle_until_us: int | None = until_us

    def readable(self) -> None:
        """Hear that the supervisor has hung up: the board is awake, or off."""
        self.receive()

    def finish(self) -> None:
        """End: a board starts in this place."""
        self.close()

    def close(self) -> None:
        """Let go of the place."""
        if self.is_open:
            super().close()
            self._slot.unplug(self)

    def tell_level(self, pin: int, level: int) -> None:
        """Hear nothing."""

    def wake(self) -> None:
        """Ring."""
        self.idle_until_us = None
        self._out += b"w"
        self.flush()
