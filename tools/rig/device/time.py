"""`time` of the virtual board: the interpreter's own, with the clock of a board.

Place: firmware -> here. In a world, world/time.py comes before it.
"""

import rig_clock
from utime import *  # noqa: F403 - the interpreter's own

time = rig_clock.time
time_ns = rig_clock.time_ns
