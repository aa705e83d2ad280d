"""What all sensors do with a raw value: check its range, scale it, give it a quality code.

Place: driver -> sensor class -> here -> (value, quality) -> sampler.
Guarantee: a value that comes out is an integer within the registry's LIMIT, or None with FAULT;
nothing here raises, whatever number a driver gives.
"""

from binascii import crc32
from math import floor, isfinite

from protocol import quality as qualities
from protocol import quantities

FAULT = (None, qualities.FAULT)


def scaled(value, scale: int, low, high) -> tuple:
    """Return (value x scale as int, VALID or OUT_OF_RANGE), or FAULT where it is not a number."""
    if value is None or not isfinite(value):
        return FAULT
    number = min(max(value * scale, -quantities.LIMIT), quantities.LIMIT)
    code = qualities.VALID if low <= value <= high else qualities.OUT_OF_RANGE
    return floor(number + 0.5), code


def mark(readings: list, quality: int) -> list:
    """Give the readings that are still VALID this quality instead."""
    return [(value, quality if code == qualities.VALID else code) for value, code in readings]


class Frozen:
    """Notices that a sensor has given the very same raw values `after` times in a row; 0: never.

    Raw values carry digits below the resolution we send, so nature does not repeat them; a sensor
    that hangs does. They are kept as 30 bits of a checksum, which is small enough for a sleep.
    """

    def __init__(self, after: int):
        self._after = after
        self._last = -1
        self._seen = 0

    def is_frozen(self, raw: tuple) -> bool:
        """Take note of the next raw values; True where they have not moved for too long."""
        mark = crc32(repr(raw).encode()) & 0x3FFFFFFF
        self._seen = min(self._seen + 1, 255) if mark == self._last else 1
        self._last = mark
        return 0 < self._after <= self._seen

    def state(self) -> list:
        """Return what the next wake has to know, as two numbers."""
        return [self._last, self._seen]

    def restore(self, state) -> None:
        """Go on as `state` said; anything else is a fresh start."""
        if isinstance(state, list) and len(state) == 2:
            self._last, self._seen = state
