"""How long the disk itself takes to make a little durable: what no gateway can be faster than.

Place: the folder of the spool -> here -> beside the latency of the same run.
"""

import os
import statistics
import time
from pathlib import Path

_COUNT = 200
_BYTES = 8192  # a commit of a few frames: two pages of a write-ahead log


def measure(folder: Path) -> dict[str, float]:
    """Return ms of an append of two pages and fdatasync, p50 and p99."""
    path = folder / "sync.tmp"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    times = []
    try:
        for i in range(_COUNT):
            begin = time.perf_counter()
            os.pwrite(fd, bytes(_BYTES), i * _BYTES)
            os.fdatasync(fd)
            times.append(1000 * (time.perf_counter() - begin))
    finally:
        os.close(fd)
        path.unlink()
    return quantiles(times)


def quantiles(times_ms: list[float]) -> dict[str, float]:
    """Return p50 and p99."""
    cuts = statistics.quantiles(times_ms, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1)}
