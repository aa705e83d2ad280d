"""The time of day of a board whose clock nobody has set: it begins at 0 with the power.

Place: supervisor -> NECKAR_RIG_BORN_NS -> here -> `time` of a board, other than in a warped world.
Guarantee: it goes on over every reset and over deep sleep, as the RTC timer of an ESP32 does.
"""

import os

from utime import time_ns as _time_ns

_BORN_NS = int(os.getenv("NECKAR_RIG_BORN_NS"))


def time() -> int:
    """Return the seconds since power-up."""
    return (_time_ns() - _BORN_NS) // 1000000000


def time_ns() -> int:
    """Return the nanoseconds since power-up."""
    return _time_ns() - _BORN_NS
