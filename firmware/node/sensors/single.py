"""Sensors of one value: CO2, temperatures of air and water, voltages.

Place: driver.read(seconds) -> here -> sampler. A driver gives a number in the unit of the registry,
or a tuple that begins with it, or None where it has none; it may raise OSError.
Guarantee: what is beyond the range of the sensor, or of what it is put into, is kept and says so.
"""

from node.sensors.readings import mark, scaled
from node.sensors.sensor import Sensor
from protocol import quality as qualities
from protocol import quantities


class Single(Sensor):
    """A kind below says `quantities` and `span`: the lowest and the highest value to believe."""

    span = (0, 0)

    def __init__(self, driver, frozen_after: int = 0):
        super().__init__(driver, frozen_after)
        self._scale = quantities.by_name(self.quantities[0]).scale

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return the value at this moment."""
        raw = await self._driver.read(seconds)
        value = raw[0] if isinstance(raw, tuple) else raw
        readings = [scaled(value, self._scale, *self.span)]
        return mark(readings, qualities.FROZEN) if self._frozen.is_frozen((raw,)) else readings


class Co2(Single):
    """Carbon dioxide of the air, in ppm."""

    quantities = ("co2",)
    span = (400, 5000)  # SCD41 data sheet, table 1: the range it is specified for


class Thermometer(Single):
    """Temperature of the air or of what the probe is fixed to, in degrees C."""

    quantities = ("temperature",)
    span = (-55, 125)  # DS18B20 data sheet: the range it measures


class Probe(Single):
    """Temperature of water, in degrees C: below zero it is ice, far above it a dry probe."""

    quantities = ("water_temperature",)
    span = (-2, 45)


class Battery(Single):
    """The battery's voltage: one lithium cell up to 12 V of lead."""

    quantities = ("battery",)
    span = (2, 16)


class Solar(Single):
    """The voltage of the solar panel; nothing at night."""

    quantities = ("solar",)
    span = (0, 30)
