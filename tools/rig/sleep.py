"""Deep sleep: who wakes the board, and when.

    warped world   the world, when its time has come; time jumps there meanwhile
    else           a timer, after the span or a part of it

Place: board's control line -> VirtualBoard -> DeepSleep -> `on_wake`.
Guarantee: wakes once, or not at all after `end`. Where a warped world has ended it wakes too: the
start that follows tells why it cannot be.
"""

import asyncio
import socket
from collections.abc import Callable

from tools.rig.world.client import RadioSlot


class DeepSleep:
    """`begin` and `end` it; `on_wake` gets the nanoseconds that the sleep was shortened by."""

    def __init__(self, radio: RadioSlot | None, time_scale: float, on_wake: Callable[[int], None]):
        self._warped = radio if radio and radio.mode == "warp" else None
        self._time_scale = time_scale
        self._on_wake = on_wake
        self._timer: asyncio.TimerHandle | None = None
        self._line: socket.socket | None = None

    def begin(self, time_ms: int | None) -> None:
        """Sleep for so long, or until `end`; RigError where the world does not answer."""
        if self._warped:
            self._line = self._warped.sleep(time_ms)
            self._line.setblocking(False)
            asyncio.get_running_loop().add_reader(self._line, self._wake, 0)
        elif time_ms is not None:
            real_s = time_ms / 1000 / self._time_scale
            skipped_ns = 1_000_000 * time_ms - round(1e9 * real_s)
            self._timer = asyncio.get_running_loop().call_later(real_s, self._wake, skipped_ns)

    def end(self) -> None:
        """Sleep no more; does nothing while awake."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._line:
            asyncio.get_running_loop().remove_reader(self._line)
            self._line.close()
            self._line = None

    def _wake(self, skipped_ns: int) -> None:
        self.end()
        self._on_wake(skipped_ns)
