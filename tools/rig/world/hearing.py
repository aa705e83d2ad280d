"""What each receiver made of the frames that it heard, counted.

Place: ether -> Hearing, a Log -> Control's report.
"""

from collections import Counter
from typing import TextIO

from tools.rig.air.log import Log
from tools.rig.air.transmission import Transmission


class Hearing(Log):
    """`heard[radio]` counts by result and reason: "ok", "crc collision", "lost weak", ..."""

    def __init__(self, stream: TextIO | None = None):
        super().__init__(stream)
        self.heard: dict[str, Counter[str]] = {}

    def result(
        self,
        now_us: int,
        frame: Transmission,
        at: str,
        level_dbm: float,
        result: str,
        why: str = "",
        by: str = "",
    ) -> None:
        """Note what became of a frame at one receiver."""
        super().result(now_us, frame, at, level_dbm, result, why, by)
        self.heard.setdefault(at, Counter())[f"{result} {why}" if why else result] += 1
