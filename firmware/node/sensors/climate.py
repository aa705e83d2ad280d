"""Temperature, humidity and pressure of the outside air.

Place: driver.read(seconds) -> Climate -> sampler. A driver gives (degrees C, %, hPa) as floats, NaN
for what it could not read; it may raise OSError.
Guarantee: each quantity is judged by itself: a broken humidity cell costs no temperature.
"""

from node.sensors.readings import mark, scaled
from node.sensors.sensor import Sensor
from protocol import quality as qualities
from protocol import quantities

# What a BME280 is specified for: data sheet, table 1.
_RANGES = ((-40, 85), (0, 100), (300, 1100))


class Climate(Sensor):
    """`frozen_after` equal raw triples in a row are one too many."""

    quantities = ("temperature", "humidity", "pressure")

    def __init__(self, driver, frozen_after: int = 4):
        super().__init__(driver, frozen_after)
        self._scales = tuple(quantities.by_name(name).scale for name in self.quantities)

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return one (value, quality) per quantity."""
        raw = await self._driver.read(seconds)
        readings = [scaled(raw[i], self._scales[i], *_RANGES[i]) for i in range(3)]
        if self._frozen.is_frozen(raw):
            return mark(readings, qualities.FROZEN)
        return readings
