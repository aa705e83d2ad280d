"""More twins: those of sensors that give one value, and of a parking space.

Place: (seed, seconds) -> twin -> sensor class, as in `simulated`, and with the same guarantee.
"""

from node.drivers.driver import Driver
from node.sensors.signals import ERROR, MISSING, STUCK, Faults, Signal, of_day, share
from protocol._compat import const

_FAULTS = (ERROR, MISSING, STUCK)
_DAY = const(86400)
_HOUR = const(3600)
_SHOTS = const(5)

# Per hour of the day, from midnight.
_WARMTH = bytes((3, 2, 2, 1, 1, 0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 11, 11, 10, 9, 8, 6, 5, 4, 3))
_BREATH = bytes((6, 6, 7, 7, 8, 8, 8, 7, 6, 5, 4, 3, 2, 2, 1, 1, 1, 2, 3, 4, 5, 5, 6, 6))
_SUN = bytes((0, 0, 0, 0, 0, 0, 2, 7, 11, 13, 14, 15, 15, 15, 14, 13, 11, 8, 3, 0, 0, 0, 0, 0))
_BUSY = bytes((9, 9, 9, 9, 8, 7, 5, 4, 8, 9, 9, 9, 8, 9, 9, 9, 8, 6, 6, 7, 8, 9, 9, 9))


class _Twin(Driver):
    """A value that `_value` tells of a moment, in 64ths of its unit."""

    salt = 0

    def __init__(self, seed: int, speedup: int = 1, fault_every: int = 0):
        self._signal = Signal(seed, self.salt, speedup)
        self._faults = Faults(fault_every, _FAULTS, seed)

    async def read(self, seconds: int):
        """Return the value; None: there is none."""
        moment = self._signal.moment(seconds)
        return self._faults.spoil(self._value(moment) / 64, None)

    def _wander(self, amplitude: int, moment: int, period_s: int) -> int:
        slow = share(amplitude * 64, self._signal.drift(0, moment, period_s))
        return slow + share(4, self._signal.jitter(1, moment))


class Co2Twin(_Twin):
    """Plants and the layer of air over a city breathe once a day."""

    salt = 6

    def _value(self, moment: int) -> int:
        return 415 * 64 + 10 * of_day(_BREATH, moment) + self._wander(12, moment, _DAY)


class ThermometerTwin(_Twin):
    """Air, with a warm afternoon."""

    salt = 7

    def _value(self, moment: int) -> int:
        return 8 * 64 + of_day(_WARMTH, moment) + self._wander(4, moment, 5 * _DAY)


class ProbeTwin(_Twin):
    """A brook, which is late and calm."""

    salt = 8

    def _value(self, moment: int) -> int:
        afternoon = of_day(_WARMTH, (moment - 3 * _HOUR) % _DAY)
        return 11 * 64 + afternoon // 6 + self._wander(2, moment, 5 * _DAY)


class BatteryTwin(_Twin):
    """One cell that the sun charges."""

    salt = 9

    def _value(self, moment: int) -> int:
        return 245 + of_day(_SUN, (moment - 2 * _HOUR) % _DAY) // 80 + self._wander(0, moment, _DAY)


class SolarTwin(_Twin):
    """A panel of 6 V; nothing at night."""

    salt = 10

    def _value(self, moment: int) -> int:
        clear = of_day(_SUN, moment) * 2 // 5
        return clear - share(clear // 8, self._signal.drift(0, moment, 2 * _HOUR) + 16384)


class ParkingTwin(_Twin):
    """A space below the sensor that is taken for half an hour at a time, less often at noon."""

    salt = 11

    def __init__(self, seed: int, speedup: int = 1, fault_every: int = 0, occupied_below_m=1.8):
        super().__init__(seed, speedup, fault_every)
        self._edge = int(occupied_below_m * 1024)

    async def distance_m(self, seconds: int) -> tuple:
        """Return the distances of five shots in metres, None where the echo was lost."""
        moment = self._signal.moment(seconds)
        return self._faults.spoil(self._shots(moment), (None,) * _SHOTS)

    def _shots(self, moment: int) -> tuple:
        slot = moment // 1800
        taken = self._signal.dice(2, slot) * 10 >> 15 < of_day(_BUSY, moment) // 64
        distance = self._edge * (2 if taken else 5) // 4
        lost = self._signal.dice(3, moment) % 16
        return tuple(
            None
            if number == lost
            else (distance + share(4, self._signal.jitter(4 + number, moment))) / 1024
            for number in range(_SHOTS)
        )
