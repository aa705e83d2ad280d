"""What was sent and what became of it at each receiver, one row each.

Place: ether -> here -> rows in memory, and lines of JSON to whoever reads along.
Guarantee: memory is bounded, `counts` is complete; the same run writes the same bytes.

    {"us": 0, "frame": 1, "sent": "node 7", "hz": 868100000, "sf": 9, ...}
    {"us": 185344, "frame": 1, "at": "gateway", "result": "ok", "dbm": -101.5, ...}

`us` is the moment of the row. A result is `ok`, `crc`, `header` (its CRC was wrong) or `lost`; all
but the first have a reason, and `by` names who caused it where that is known:

    weak           below the limit of sensitivity      hidden         a pair that cannot hear
    collision      disturbed by `by`                   locked         on the frame of `by`
    half duplex    it was sending                      not listening  or not long enough
    loss           the share that is lost at random    stopped        the sender broke it off
    settings       read with settings it was not sent with
"""

import json
from collections import Counter, deque
from typing import TextIO

from tools.rig.air.transmission import Transmission

Row = dict[str, int | float | str]
_KEPT = 10_000


class Log:
    """`counts` by result and reason ("sent", "ok", "lost weak"); `rows` are the latest."""

    def __init__(self, stream: TextIO | None = None, kept: int = _KEPT):
        self.counts: Counter[str] = Counter()
        self.rows: deque[Row] = deque(maxlen=kept)
        self._stream = stream

    def sent(self, now_us: int, frame: Transmission) -> None:
        """Note the begin of a transmission."""
        self.counts["sent"] += 1
        tuning = frame.tuning
        self._write(
            {
                "us": now_us,
                "frame": frame.number,
                "sent": frame.antenna.name,
                "hz": tuning.frequency_hz,
                "sf": tuning.sf,
                "bandwidth": tuning.bandwidth_hz,
                "bytes": len(frame.frame),
                "airtime": frame.end_us - frame.start_us,
                "power": frame.power_dbm,
            }
        )

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
        self.counts[f"{result} {why}" if why else result] += 1
        row: Row = {"us": now_us, "frame": frame.number, "at": at, "result": result}
        if why:
            row["why"] = why
        if by:
            row["by"] = by
        if why != "hidden":
            row["dbm"] = round(level_dbm, 2)
        self._write(row)

    def _write(self, row: Row) -> None:
        self.rows.append(row)
        if self._stream is not None:
            self._stream.write(json.dumps(row) + "\n")
