"""How many vehicles pass, and how fast they are as a whole.

Place: driver.counts(seconds, interval_s) -> here -> sampler. A driver gives the counts of the
interval that ends at `seconds` (twelve of a radar, see `speeds`; one of a contact), or None when it
is dead; it may raise OSError. A driver with a task `run` watches the street all the time, so its
node must not sleep.
Guarantee: the classes add up to the count. No vehicle, no moment and no speed of one vehicle ever
comes here.
"""

from node.sensors.readings import FAULT
from node.sensors.sensor import Sensor
from node.sensors.speeds import WIDTH
from protocol import quality as qualities
from protocol.quantities import LIMIT


class TrafficCounter(Sensor):
    """All directions together. The first interval of a driver that watches is not a whole one."""

    quantities = ("vehicles", "speed_classes")

    def __init__(self, driver):
        super().__init__(driver)
        self._quality = qualities.VALID
        if hasattr(driver, "run"):
            self.run = driver.run
            self._quality = qualities.WARM_UP

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return what was counted, one (value, quality) per quantity."""
        counts = await self._driver.counts(seconds, interval_s)
        if counts is None:
            return [FAULT] * len(self.quantities)
        quality, self._quality = self._quality, qualities.VALID
        return [(value, quality) for value in self._values(counts)]

    def _values(self, counts: list) -> tuple:
        classes = [counts[i] + counts[i + WIDTH] for i in range(WIDTH)]
        return sum(classes), classes


class DirectionCounter(TrafficCounter):
    """What comes towards the sensor, and what goes away from it."""

    quantities = (
        "vehicles_towards",
        "vehicles_away",
        "speed_classes_towards",
        "speed_classes_away",
    )

    def _values(self, counts: list) -> tuple:
        towards, away = counts[:WIDTH], counts[WIDTH:]
        return sum(towards), sum(away), towards, away


class PulseCounter(TrafficCounter):
    """Vehicles over a contact or a loop, which tells neither speed nor direction."""

    quantities = ("vehicles",)

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return the count; a contact that chatters counts to the registry's limit."""
        [(count, quality)] = await super().measure(seconds, interval_s)
        if count is not None and count > LIMIT:
            return [(LIMIT, qualities.OUT_OF_RANGE)]
        return [(count, quality)]

    def _values(self, counts: list) -> tuple:
        return (counts[0],)
