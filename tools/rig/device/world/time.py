"""`time` of a board in a world: sleeping handles pins, and a warped world has its own clock.

Place: firmware, asyncio -> here -> rig_world.
Guarantee: the same names as the interpreter's own module; in a warped world no reading of the
host's clock reaches the firmware.
"""

import rig_clock
import rig_world
from utime import *  # noqa: F403 - the interpreter's own
from utime import sleep_us as _sleep_us

_SHORT_US = 1000
# asyncio's queue, which is made in C, takes the host's ticks as the moment of what is due at once:
# that has to be in the past.
_AHEAD_MS = 1 << 50


def sleep_us(us: int) -> None:
    """Sleep for so many microseconds."""
    if us < _SHORT_US and not rig_world.IS_WARPED:
        _sleep_us(us)
    else:
        rig_world.sleep_us(us)


def sleep_ms(ms: int) -> None:
    """Sleep for so many milliseconds."""
    rig_world.sleep_us(1000 * ms)


def sleep(seconds) -> None:
    """Sleep for so many seconds."""
    rig_world.sleep_us(int(1000000 * seconds))


if rig_world.IS_WARPED:

    def ticks_us() -> int:
        """Return the world's microseconds since this start, and what they are ahead."""
        return 1000 * _AHEAD_MS + rig_world.since_start_us()

    def ticks_ms() -> int:
        """Return the world's milliseconds since this start, and what they are ahead."""
        return _AHEAD_MS + rig_world.since_start_us() // 1000

    def time() -> int:
        """Return the seconds since power-up, as a device whose clock nobody has set."""
        return rig_world.since_power_us() // 1000000

    def time_ns() -> int:
        """Return the nanoseconds since power-up."""
        return 1000 * rig_world.since_power_us()
else:
    time = rig_clock.time
    time_ns = rig_clock.time_ns
