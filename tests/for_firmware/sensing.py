"""What the sensor tests share: a driver that says what it is told, and one measurement of it."""

import asyncio

from node.drivers.driver import Driver


class Says(Driver):
    """A driver of every kind; gives the readings one after the other, the last one for ever."""

    def __init__(self, *readings):
        self._readings = list(readings)

    def _next(self):
        return self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]

    async def read(self, seconds: int):
        return self._next()

    async def distance_m(self, seconds: int):
        return self._next()

    async def summary(self, seconds: int, interval_s: int):
        return self._next()

    async def counts(self, seconds: int, interval_s: int):
        return self._next()


def measure(sensor, seconds: int = 1_700_000_000, interval_s: int = 300) -> list:
    """Return what a sensor measures."""
    return asyncio.run(sensor.measure(seconds, interval_s))
