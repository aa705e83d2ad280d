"""How loud it was: the equivalent and the highest A-weighted level of an interval.

Place: `await driver.summary(seconds, interval_s)` -> NoiseMeter -> sampler. A driver gives (LAeq,
LAFmax in dB, number of levels in them, number of overloads) since it was asked last, or None when
the microphone is dead; it may raise OSError.
Guarantee: two levels in, two numbers out. There is no audio here.
"""

from node.sensors.readings import FAULT, mark, scaled
from node.sensors.sensor import Sensor
from protocol import quality as qualities
from protocol import quantities

_RANGE = (30, 120)  # a MEMS microphone: its own noise, and where it overloads


class NoiseMeter(Sensor):
    """`frozen_after` intervals with the very same levels and counts are one too many."""

    quantities = ("laeq", "lamax")

    def __init__(self, driver, frozen_after: int = 4):
        super().__init__(driver, frozen_after)
        if hasattr(driver, "run"):
            self.run = driver.run

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return LAeq and LAmax of the interval that ends at `seconds`."""
        heard = await self._driver.summary(seconds, interval_s)
        if not heard:
            return [FAULT, FAULT]
        laeq, lamax, _, overloads = heard
        # Rounding, and a max that began before the mean, must not lift the mean above the maximum.
        levels = zip(self.quantities, (min(laeq, lamax), lamax))
        readings = [
            scaled(level, quantities.by_name(name).scale, *_RANGE) for name, level in levels
        ]
        if overloads:
            return mark(readings, qualities.OUT_OF_RANGE)
        if self._frozen.is_frozen(heard):
            return mark(readings, qualities.FROZEN)
        return readings
