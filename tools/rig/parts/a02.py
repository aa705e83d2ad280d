"""A DYP-A02 ultrasonic sensor (DFRobot A02YYUW, SEN0311) on a UART, at the level of its bytes.

Place: bus -> A02 -> world: "distance_m"; missing or not a number: no echo.
Guarantee: as part.py. Four bytes: 0xFF, millimetres high and low, the sum of the three (DFRobot,
SEN0311, "UART Output Form"); a value each 100 ms where RX is low, each 100 to 300 ms smoothed.

That a lost echo is 0xFFFD is what the maker says of sensors of the same family; for this one it was
not found. Does not model: smoothing, the beam, what is nearer than 3 cm.
"""

from math import isfinite, nan

from tools.rig.parts.part import World
from tools.rig.parts.stream import Stream

LOST = 0xFFFD
_FARTHEST_M = 4.5
_SHOT_US = 120_000


def frame(distance_mm: int) -> bytes:
    """Return the four bytes of a distance."""
    data = b"\xff" + distance_mm.to_bytes(2, "big")
    return data + bytes((sum(data) % 256,))


class A02(Stream):
    """`is_controlled`: the variant that measures when its RX falls, and answers after 120 ms."""

    period_us = 200_000

    def __init__(self, world: World, is_controlled: bool = False):
        super().__init__(world)
        self._is_controlled = is_controlled
        self._due_us: list[int] = []
        self._shown = b""

    def write(self, data: bytes, now_us: int) -> None:
        """Take a wish for a shot; one that runs is not disturbed."""
        if self._is_controlled and data and (not self._due_us or self._due_us[-1] <= now_us):
            self._due_us.append(now_us + _SHOT_US)

    def read(self, now_us: int) -> bytes:
        """Return the frames since the last call."""
        ready = [at_us for at_us in self._due_us if at_us <= now_us]
        self._due_us = self._due_us[len(ready) :]
        self._answers = b"".join(self._shot(at_us / 1e6) for at_us in ready)
        return super().read(now_us)

    def _message(self, seconds: float) -> bytes:
        return b"" if self._is_controlled else self._shot(seconds)

    def _shot(self, seconds: float) -> bytes:
        distance_m = self.world(seconds).get("distance_m", nan)
        is_echo = isfinite(distance_m) and distance_m <= _FARTHEST_M
        if not self.faults.stuck or not self._shown:
            self._shown = frame(round(distance_m * 1000) if is_echo else LOST)
        return self._shown
