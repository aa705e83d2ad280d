"""Speeds become counts at once, in six classes for each direction.

Place: driver of a radar, or its twin -> SpeedClasses -> sensor class.
Guarantee: a speed is forgotten as soon as it is counted: there is no vehicle and no moment here.
"""

from math import isnan

from protocol import quantities
from protocol._compat import const

_EDGES_KMH = (30, 50, 60, 70, 100)  # as the registry says; below the first is class 0
WIDTH = const(6)


class SpeedClasses:
    """`add` what passes; `take` the counts of an interval, which start again with that."""

    def __init__(self):
        self._counts = [0] * (2 * WIDTH)
        self._total = 0

    def add(self, speed_kmh) -> None:
        """Count a vehicle; a negative speed goes away from the sensor. NaN is none."""
        if isnan(speed_kmh) or self._total == quantities.LIMIT:
            return
        self._total += 1
        place = WIDTH if speed_kmh < 0 else 0
        for edge in _EDGES_KMH:
            place += abs(speed_kmh) >= edge
        self._counts[place] += 1

    def take(self) -> list:
        """Return the six counts of what came towards the sensor, then the six of what went away."""
        counts = self._counts
        self._counts = [0] * (2 * WIDTH)
        self._total = 0
        return counts
