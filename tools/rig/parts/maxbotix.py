"""A MaxBotix HRXL-MaxSonar-WR with TTL output on a UART, at the level of its bytes.

Place: bus -> MaxBotix -> world: "distance_m"; missing or not a number: no echo.
Guarantee: as part.py. Data sheet PD11500: after power a few lines about itself, then in free run
`R`, four digits of millimetres and a carriage return with each cycle; what is nearer than 30 cm is
30 cm, and without an echo it is the longest distance.
Does not model: the filter of the free run, the supply's noise.
"""

from math import isfinite, nan

from tools.rig.parts.part import World
from tools.rig.parts.stream import Stream

_NEAREST_MM = 300
_BANNER = b"HRXL-MaxSonar-WRT\rPN:MB7389\rCopyright 2011-2013\rMaxBotix Inc.\rTempI\r"


class MaxBotix(Stream):
    """`longest_mm` is 5000, or 9999 for the models with a range of 10 m."""

    period_us = 148_000

    def __init__(self, world: World, longest_mm: int = 5000):
        super().__init__(world)
        self._longest_mm = longest_mm
        self._answers = _BANNER

    def _begin(self, now_us: int) -> None:
        super()._begin(now_us)
        self._answers = _BANNER

    def _message(self, seconds: float) -> bytes:
        distance_m = self.world(seconds).get("distance_m", nan)
        distance_mm = round(distance_m * 1000) if isfinite(distance_m) else self._longest_mm
        distance_mm = min(max(distance_mm, _NEAREST_MM), self._longest_mm)
        return b"R%04d\r" % distance_mm
