"""The control line: what the board tells its supervisor, one word a line.

    ready             the image is mounted; boot.py comes next
    failed <why>      it could not be mounted
    reset, soft       pull the reset line; begin again as after Ctrl-D
    cut               the power went, in the middle of a write
    sleep <ms>        deep sleep; without a number until something else wakes the board
    wdt <ms>, fed     the watchdog is started; it was fed

Place: power_on, machine -> here -> supervisor.
Guarantee: `tell` has written the whole line when it returns; `leave` never returns.
"""

import os

# The interpreter's own: to wait for the end is no rest in which the time of a world could pass.
from utime import sleep

_line = open(int(os.getenv("NECKAR_RIG_CONTROL")), "wb")
_FED = b"fed\n"


def tell(*words) -> None:
    """Write one line."""
    _line.write(" ".join([str(word) for word in words]) + "\n")


def tell_fed() -> None:
    """Write `fed` without allocating memory: a watchdog is fed on tight loops too."""
    _line.write(_FED)


def leave(*words) -> None:
    """Write one line and wait for the supervisor to end this process."""
    tell(*words)
    while True:
        try:
            sleep(60)
        except KeyboardInterrupt:
            pass
