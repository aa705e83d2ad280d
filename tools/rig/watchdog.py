"""The board's watchdog, in the supervisor: a board that hangs cannot keep it from biting.

Place: control line -> Watchdog -> board.
Guarantee: bites once, so many milliseconds of real time after the last feeding.
"""

import asyncio
from collections.abc import Callable


class Watchdog:
    """Asleep until `start`; `on_bite` is called once."""

    def __init__(self, on_bite: Callable[[], None]):
        self._on_bite = on_bite
        self._timeout_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self, timeout_ms: int) -> None:
        """Start it, or give it another timeout."""
        self.stop()
        self._timeout_s = timeout_ms / 1000
        self._timer = asyncio.get_running_loop().call_later(self._timeout_s, self._bite)

    def feed(self) -> None:
        """Put the bite off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(self._timeout_s, self._bite)

    def stop(self) -> None:
        """Send it to sleep, as a reset does."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _bite(self) -> None:
        self._timer = None
        self._on_bite()
