"""Fine dust: the mass of particles below 2.5 and below 10 micrometres.

Place: driver.read(seconds) -> Particles -> sampler. A driver gives (PM2.5, PM10) in ug/m3, or None
when its fan or laser has failed; it may raise OSError.
Guarantee: no value of a sensor that has not settled is called valid. What fog does to an optical
sensor is not judged here, because the humidity is not known here.
"""

from node.sensors.readings import FAULT, mark, scaled
from node.sensors.sensor import Sensor
from protocol import quality as qualities
from protocol import quantities

_RANGE = (0, 1000)  # SPS30 data sheet, table 1


class Particles(Sensor):
    """`warm_up_s` counts from the first reading; `frozen_after` see readings.Frozen.

    A driver whose fan runs for `lead_s` before each reading has warmed up by so much already.
    """

    quantities = ("pm25", "pm10")

    def __init__(self, driver, warm_up_s: int = 30, frozen_after: int = 4):
        super().__init__(driver, frozen_after)
        self._cold_s = max(warm_up_s - driver.lead_s, 0)
        self._last_s = -1
        self._scales = tuple(quantities.by_name(name).scale for name in self.quantities)

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return one (value, quality) per quantity."""
        self._warm_up(seconds, interval_s)
        raw = await self._driver.read(seconds)
        if raw is None:
            return [FAULT, FAULT]
        readings = [scaled(raw[i], self._scales[i], *_RANGE) for i in range(2)]
        if self._cold_s:
            readings = mark(readings, qualities.WARM_UP)
        if self._frozen.is_frozen(raw):
            readings = mark(readings, qualities.FROZEN)
        return readings

    def state(self) -> list:
        """Return what the next wake has to know: how cold it is, since when, and how frozen."""
        return [self._cold_s, self._last_s] + super().state()

    def restore(self, state) -> None:
        """Go on as `state` said; anything else is a cold start."""
        if not isinstance(state, list) or len(state) != 4:
            return
        if all(isinstance(number, int) for number in state):
            self._cold_s, self._last_s = state[:2]
            super().restore(state[2:])

    def _warm_up(self, seconds: int, interval_s: int) -> None:
        """Let the time since the last reading pass for the sensor."""
        if self._cold_s and self._last_s >= 0:
            # At most one interval: when the clock is set, `seconds` leaps by half a century.
            passed_s = min(max(seconds - self._last_s, 0), interval_s)
            self._cold_s = max(self._cold_s - passed_s, 0)
        self._last_s = seconds
