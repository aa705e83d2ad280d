"""`os` of the virtual board: the interpreter's own, and the names that an ESP32 has.

Place: firmware -> here.
"""

from collections import namedtuple

from uos import *  # noqa: F403 - the interpreter's own
from uos import getenv

_Names = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    """Return what the ESP32 port says; `machine` is the board and, behind `with`, the chip."""
    return _Names("esp32", "esp32", "1.26.0", "v1.26.0 on 2025-08-09", getenv("NECKAR_RIG_MACHINE"))
