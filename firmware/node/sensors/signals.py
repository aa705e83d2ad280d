"""What simulated drivers are made of: noise out of integers, curves over the day, faults.

Place: here -> `simulated` -> sensor classes.
Guarantee: no state but the count of readings, no clock and no float: the same seed and moment give
the same signal on every machine. All intermediates stay below 2**30, where a 32-bit MicroPython
keeps an int without the heap.
"""

from errno import EIO

from protocol._compat import const

_HALF = const(0x7FFF)
_DAY_S = const(86400)
_WORLD_S = const(707788800)  # 8192 days; the simulated world starts over, so that moments are small
_ZONE_S = const(3600)  # Central European standard time, so that the afternoon is in the afternoon
_ROUNDS = (25173, 13849, 29741, 18917)

# What `Faults` can do to a reading.
ERROR = const(0)
MISSING = const(1)
STUCK = const(2)
_STUCK_READINGS = const(8)


def scatter(key: int, index: int) -> int:
    """Return 15 bits that look random: a Feistel network over the 30 bits of `index`."""
    left = index >> 15 & _HALF
    right = (index ^ key) & _HALF
    for factor in _ROUNDS:
        left, right = right, left ^ (right * factor + key >> 8 & _HALF)
    return right


def of_day(curve: bytes, moment: int) -> int:
    """Return the curve (a value per hour, straight lines between) at this moment, times 64."""
    second = moment % _DAY_S
    hour = second // 3600
    past = second % 3600
    return (curve[hour] * (3600 - past) + curve[(hour + 1) % 24] * past) * 4 // 225


def share(amplitude: int, signed: int) -> int:
    """Return the part of an amplitude that a signed 15-bit number stands for."""
    return amplitude * signed >> 14


class Signal:
    """The time and the noise of one simulated driver. `stream` numbers its independent noises."""

    def __init__(self, seed: int, salt: int, speedup: int):
        self._key = scatter(scatter(salt, seed), salt)
        self._speedup = speedup

    def moment(self, seconds: int) -> int:
        """Return the simulated local time, in seconds, of this real time."""
        return (seconds * self._speedup + _ZONE_S) % _WORLD_S

    def span_s(self, interval_s: int) -> int:
        """Return how much simulated time passes in a real interval."""
        return interval_s * self._speedup

    def dice(self, stream: int, index: int) -> int:
        """Return 0 to 32767, each as likely as any other."""
        return scatter(self._key + stream, index)

    def jitter(self, stream: int, index: int) -> int:
        """Return -16384 to 16383, each as likely as any other."""
        return self.dice(stream, index) - 16384

    def drift(self, stream: int, moment: int, period_s: int) -> int:
        """Return -16384 to 16383, wandering smoothly to a new place in each period."""
        index = moment // period_s
        here = self.jitter(stream, index)
        there = self.jitter(stream, index + 1)
        part = moment % period_s * 1024 // period_s
        smooth = (part * part >> 10) * (3072 - 2 * part) >> 10
        return here + ((there - here) * smooth >> 10)


class Faults:
    """Spoils every n-th reading, in turn by one of `kinds`; 0: none.

    ERROR raises OSError, MISSING gives what a driver gives without a value, STUCK repeats the
    reading for the next few.
    """

    def __init__(self, every: int, kinds: tuple, start: int = 0):
        self._every = every
        self._kinds = kinds
        # Nodes with other seeds fail at other times.
        self._count = start % every if every else 0
        self._stuck = None
        self._stuck_left = 0

    def spoil(self, reading, missing):
        """Return the reading, or what has become of it."""
        if not self._every:
            return reading
        if self._stuck_left:
            self._stuck_left -= 1
            return self._stuck
        self._count += 1
        if self._count % self._every:
            return reading
        kind = self._kinds[self._count // self._every % len(self._kinds)]
        if kind == ERROR:
            raise OSError(EIO)
        if kind == MISSING:
            return missing
        self._stuck = reading
        self._stuck_left = _STUCK_READINGS
        return reading
