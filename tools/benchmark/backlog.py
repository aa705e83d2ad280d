"""A month without a broker, caught up while the city goes on measuring.

Place: `__main__` -> here -> gateway_run -> figures.
Guarantee: every sample is looked for, of the backlog and of the live ones. A live sample's time
runs from its last byte into the port until it is at the subscriber, whole.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.benchmark import load
from tools.benchmark.errors import BenchError
from tools.benchmark.gateway import count_lost, latency_of
from tools.benchmark.gateway_run import Run
from tools.benchmark.spool_file import date_back
from tools.benchmark.subscriber import Arrivals

NODES = 1_000
DAYS = 30
_INTERVAL_S = 900
_PER_FRAME = 64  # what a node that was alone for long sends
_LIVE_PER_S = 100
ALONE_S = 10  # before and after the catching up
_CHUNK_S = 2
_SETTINGS = {"mqtt": "retry_max_s = 1"}
_DRAIN_S = 3_600

Progress = Callable[[str], None]


async def measure(
    progress: Progress, nodes: int = NODES, days: float = DAYS, alone_s: int = ALONE_S
) -> dict[str, Any]:
    """Return how fast the backlog left and what live samples had to wait meanwhile."""
    with tempfile.TemporaryDirectory(prefix="neckar-bench-") as folder:
        async with Run(Path(folder), nodes=nodes, settings=_SETTINGS) as run:
            await run.start()
            await run.source.ask("greet")
            return await _Month(run, progress, nodes, days, alone_s).run()


class _Month:
    """The run, step by step; `sent` are [node, number, ns of the last byte] of live samples."""

    def __init__(self, run: Run, progress: Progress, nodes: int, days: float, alone_s: int):
        self._run = run
        self._progress = progress
        self._frames = max(round(nodes * days * 86_400 / _INTERVAL_S / _PER_FRAME), nodes)
        self._samples = self._frames * _PER_FRAME
        self._nodes = nodes
        self._days = days * 0.99  # a gateway drops what is older than a month
        self._alone_s = alone_s
        self._live = 0  # samples since the broker came back

    async def run(self) -> dict[str, Any]:
        """Return the figures."""
        run = self._run
        self._progress(f"backlog: {_LIVE_PER_S} samples a second, nothing waits")
        sent_before = await self._send(self._alone_s)
        await run.settle(len(sent_before))
        before = run.subscriber.samples()
        await run.stop_broker()
        first, last = await self._fill()
        self._progress("backlog: the broker is back")
        broker = await run.start_broker()
        begin_ns = time.monotonic_ns()
        during = await self._drain()
        sent_after = await self._send(self._alone_s)
        await run.settle(self._samples + self._live)
        arrived = await asyncio.to_thread(run.subscriber.samples)
        drain_s = (_last_of(arrived, first, last) - begin_ns) / 1e9
        # What was sent while the gateway still looked for its broker waited for that.
        back_ns = min(at_ns for _, at_ns in arrived.values())
        in_drain = [s for s in during if back_ns < s[2] < begin_ns + drain_s * 1e9]
        return {
            "nodes": self._nodes,
            "samples": self._samples,
            "drain_s": round(drain_s, 1),
            "samples_per_s": round(self._samples / drain_s),
            "readings_per_s": round(self._samples * len(load.QUANTITIES) / drain_s),
            "live_per_s": _LIVE_PER_S,
            "live_during": len(in_drain),
            "latency_ms": {
                "before": latency_of(sent_before, before),
                "during": latency_of(in_drain, arrived) if len(in_drain) > 1 else None,
                "after": latency_of(sent_after, arrived),
            },
            "lost": count_lost(last, before | arrived, 0, 1),
            "rss_max_mb": round(run.gateway.rss_peak_mb(), 1),
            "broker": broker.name,
        }

    async def _send(self, seconds: int) -> list[list[int]]:
        answer = await self._run.source.ask("live", seconds * _LIVE_PER_S, _LIVE_PER_S)
        sent: list[list[int]] = answer["sent"]
        self._live += len(sent)
        return sent

    async def _fill(self) -> tuple[dict[str, int], dict[str, int]]:
        """Store the month; return the first number of each node's, and one past the last."""
        source = self._run.source
        self._progress(f"backlog: storing {self._samples:,} samples of {self._nodes:,} nodes")
        first = (await source.ask("numbers"))["numbers"]
        await source.ask("prepare", self._frames, _PER_FRAME, _INTERVAL_S, int(time.time()))
        streamed = await source.ask("stream")
        if streamed["acked"] < self._frames:
            raise BenchError(f"{self._frames - streamed['acked']} frames were not acknowledged")
        await self._let_days_pass()
        self._live = 0
        return first, (await source.ask("numbers"))["numbers"]

    async def _let_days_pass(self) -> None:
        """Date what is stored back, for a gateway tells by that what is live."""
        gateway = self._run.gateway
        await gateway.stop()
        await asyncio.to_thread(date_back, self._run.site.store / "spool.db", self._days)
        await self._run.start(says=False)
        await self._run.source.ask("greet")

    async def _drain(self) -> list[list[int]]:
        """Go on measuring until all that waited has left; return the live samples sent."""
        during: list[list[int]] = []
        end = time.monotonic() + _DRAIN_S
        wanted = self._samples * load.GROUPS
        while self._run.subscriber.entries < wanted:
            wanted = (self._samples + self._live) * load.GROUPS
            during += await self._send(_CHUNK_S)
            self._run.gateway.check()
            if time.monotonic() > end:
                raise BenchError(f"the backlog had not left after {_DRAIN_S:,} s")
        return during


def _last_of(arrived: Arrivals, first: dict[str, int], last: dict[str, int]) -> int:
    """Return when the last sample of these numbers arrived, in ns."""
    newest_ns = 0
    for sample, (_, at_ns) in arrived.items():
        node, _, number = sample.split("/")
        if first[node] <= int(number) < last[node]:
            newest_ns = max(newest_ns, at_ns)
    return newest_ns
