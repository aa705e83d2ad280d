"""The light of a board, for somebody on a ladder who has no screen.

Place: mount test -> Led -> the pin that the board file names as `led`.
Guarantee: it is off when `show` returns or is broken off.
"""

import asyncio

# What a verdict looks like, in seconds on, off, on, off ..
_PATTERNS = {
    "green": (2.5, 0.5),
    "yellow": (0.2, 0.2, 0.2, 1.4),
    "red": (0.1, 0.1),
    "busy": (0.05, 0.95),
}


class Led:
    """`output` is {"pin": number, "on": level}, or None: then nobody sees anything."""

    def __init__(self, output):
        self._pin = None
        self._on = 1
        if output is not None:
            import machine

            self._on = output["on"]
            self._pin = machine.Pin(output["pin"], machine.Pin.OUT, value=1 - self._on)

    async def show(self, pattern: str, seconds: float) -> None:
        """Show green, yellow, red or busy for at least so long."""
        level = self._on
        try:
            while seconds > 0:
                for step_s in _PATTERNS[pattern]:
                    self._set(level)
                    level = 1 - level
                    await asyncio.sleep(step_s)
                    seconds -= step_s
        finally:
            self._set(1 - self._on)

    def _set(self, level: int) -> None:
        if self._pin is not None:
            self._pin.value(level)
