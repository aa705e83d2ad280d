"""The time of day in a warped world, in a file that other programs map.

Place: WarpPace -> here -> file -> wall/sitecustomize.py in a gateway.
Guarantee: eight bytes, unix microseconds, written at once. It begins at a fixed moment, so that a
run with the same seed has the same times.
"""

import mmap
import os
from pathlib import Path

EPOCH_S = 1_780_272_000  # 2026-06-01 00:00 UTC
SITE = Path(__file__).parent / "wall"


class WallClock:
    """`set` it to microseconds since the world began."""

    def __init__(self, path: Path):
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 8)
        self.set(0)

    def set(self, now_us: int) -> None:
        """Say how late it is."""
        self._page[:8] = (EPOCH_S * 10**6 + now_us).to_bytes(8, "big")


def environment(path: Path) -> dict[str, str]:
    """Return the environment of a program that is to live by this clock."""
    paths = [str(SITE), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "NECKAR_WORLD_CLOCK": str(path)}
