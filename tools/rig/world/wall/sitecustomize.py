"""The wall clock of a warped world, for a program that is not ours to change.

Place: tools.rig.world -> file of 8 bytes -> `time.time` and `time.time_ns` of a program whose
PYTHONPATH leads here.
Guarantee: only the time of day is the world's; what measures intervals (`time.monotonic`) stays the
host's, so that timeouts towards a broker or a disk keep their meaning.
"""

import mmap
import os
import time
from pathlib import Path


def _install(path: Path) -> None:
    with path.open("rb") as file:
        page = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)

    def time_ns() -> int:
        return 1000 * int.from_bytes(page[:8], "big")

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9


if os.environ.get("NECKAR_WORLD_CLOCK"):
    _install(Path(os.environ["NECKAR_WORLD_CLOCK"]))
