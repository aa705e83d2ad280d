"""How many vehicles pass, and how fast they are as a whole.

Place: driver.passages(seconds, interval_s) -> TrafficCounter -> sampler. A driver gives the speeds
(km/h; the sign is the direction) of the vehicles that passed in the interval that ends at `seconds`
one after the other, or None when the radar is dead; it may raise OSError.
Guarantee: the classes add up to the count. A speed is forgotten as soon as it is counted: no
vehicle, no moment and no direction leaves this module.
"""

import asyncio
from math import isnan

from node.sensors.readings import FAULT
from protocol import quality as qualities
from protocol import quantities
from protocol._compat import const

_EDGES_KMH = (30, 50, 60, 70, 100)  # as the registry says; below the first is class 0
_PAUSE_EVERY = const(64)  # vehicles between two turns of the other tasks


class TrafficCounter:
    """Counts what its driver saw."""

    quantities = ("vehicles", "speed_classes")

    def __init__(self, driver):
        self._driver = driver

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return the number of vehicles and the histogram of their speeds."""
        speeds = self._driver.passages(seconds, interval_s)
        if speeds is None:
            return [FAULT, FAULT]
        vehicles = 0
        classes = [0] * (len(_EDGES_KMH) + 1)
        for speed in speeds:
            if isnan(speed) or vehicles == quantities.LIMIT:
                continue
            vehicles += 1
            classes[_class_of(abs(speed))] += 1
            if vehicles % _PAUSE_EVERY == 0:
                await asyncio.sleep(0)
        return [(vehicles, qualities.VALID), (classes, qualities.VALID)]


def _class_of(speed_kmh) -> int:
    for i in range(len(_EDGES_KMH)):
        if speed_kmh < _EDGES_KMH[i]:
            return i
    return len(_EDGES_KMH)
