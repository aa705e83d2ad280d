"""What a frame costs as the gateway grows: with more nodes registered, and with a full spool.

Place: `gateway` -> here -> gateway_run -> figures by size.
Guarantee: the same ten nodes send the same number of frames in every case, so that only the size
differs; each figure is the least of three rounds, for other programs only ever add. With a full
spool there is no broker, or it would not stay full: what is compared there is taking and storing.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.benchmark.broker import free_port
from tools.benchmark.errors import BenchError
from tools.benchmark.gateway_run import Run
from tools.benchmark.spool_file import multiply

REGISTERED = (10, 1_000, 60_000)
ROWS = 10_000_000
_SENDING = 10
_IN_FLIGHT = 1_000  # of each node: ten must keep the line as busy as two hundred
_FRAMES = 40_000
_ROUNDS = 3
_OTHERS_FROM = 1_000  # addresses of those who say nothing
_SETTINGS = {"spool": "max_mb = 100000"}

Progress = Callable[[str], None]


async def measure(
    progress: Progress,
    registered: tuple[int, ...] = REGISTERED,
    rows: int = ROWS,
    frames: int = _FRAMES,
) -> dict[str, Any]:
    """Return cost and speed by number of nodes and of frames in the spool, and the worst ratio."""
    nodes = {}
    for count in registered:
        progress(f"gateway: {count:,} registered nodes")
        nodes[str(count)] = await _registered(count, frames)
    progress(f"gateway: {rows:,} frames in the spool")
    spool = await _spooled(rows, frames)
    ratios = [_spread(nodes), _spread(spool)]
    return {"nodes": nodes, "spool": spool, "worst_ratio": max(ratios)}


def _spread(cases: dict[str, dict[str, Any]]) -> float:
    costs = [case["cpu_us_per_frame"] for case in cases.values()]
    return round(max(costs) / max(costs[0], 0.1), 2)


async def _registered(count: int, frames: int) -> dict[str, Any]:
    others = range(_OTHERS_FROM, _OTHERS_FROM + count - _SENDING)
    with tempfile.TemporaryDirectory(prefix="neckar-bench-") as folder:
        async with Run(Path(folder), _SENDING, _IN_FLIGHT, others=others) as run:
            startup_s = await run.start()
            await run.source.ask("greet")
            result = await _rounds(run, frames)
            return result | _sizes(run, startup_s)


async def _spooled(rows: int, frames: int) -> dict[str, dict[str, Any]]:
    """Feed a gateway without a broker, multiply what it has, and feed it again."""
    with tempfile.TemporaryDirectory(prefix="neckar-bench-") as folder:
        nowhere = free_port()
        async with Run(
            Path(folder), _SENDING, _IN_FLIGHT, settings=_SETTINGS, broker_port=nowhere
        ) as run:
            await run.start()
            await run.source.ask("greet")
            empty = await _rounds(run, frames) | _sizes(run, 0.0)
            await run.gateway.stop()
            in_spool = await asyncio.to_thread(multiply, run.site.store / "spool.db", rows)
            begin = time.monotonic()
            await run.start()
            await run.source.ask("greet")
            startup_s = time.monotonic() - begin
            full = await _rounds(run, frames) | _sizes(run, startup_s)
            return {"0": empty, str(in_spool): full}


async def _rounds(run: Run, frames: int) -> dict[str, Any]:
    """Return the least CPU and the most frames a second of some rounds."""
    costs, speeds = [], []
    sent = 0
    for _ in range(_ROUNDS):
        await run.source.ask("prepare", frames, 1)
        cpu_s = run.gateway.cpu_s()
        streamed = await run.source.ask("stream")
        sent += frames
        if run.broker is not None:
            await run.settle(sent)
            run.subscriber.forget()
        await asyncio.sleep(0.5)  # the last rows are forgotten a moment after they left
        costs.append(1e6 * (run.gateway.cpu_s() - cpu_s) / frames)
        speeds.append(frames / streamed["took_s"])
        if streamed["acked"] < frames:
            raise BenchError(f"{frames - streamed['acked']} of {frames} frames were not acked")
    return {"cpu_us_per_frame": round(min(costs), 1), "frames_per_s": round(max(speeds))}


def _sizes(run: Run, startup_s: float) -> dict[str, float]:
    mb = round(run.gateway.rss_peak_mb(), 1)
    return {"rss_max_mb": mb, "startup_s": round(startup_s, 2)}
