"""The real gateway between a port and a broker, as fast as it goes and then one frame at a time.

    source process -> PTY -> gateway process -> broker -> subscriber (this process)

Place: `__main__` -> here -> source, broker, process, subscriber.
Guarantee: a number is only given for a run that was judged reading by reading: `lost` counts frames
that no authentic ack answered or of which a reading did not arrive.
"""

import asyncio
import contextlib
import dataclasses
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.benchmark import broker as brokers
from tools.benchmark import load
from tools.benchmark.broker import Broker
from tools.benchmark.errors import BenchError
from tools.benchmark.load import Shape
from tools.benchmark.process import MeteredGateway
from tools.benchmark.sealing import EPOCH
from tools.benchmark.subscriber import Arrivals, Subscriber

FRAMES = 10_000
_WINDOW_SAMPLES = 16
_PROBES = 30
_GROUPS = 2  # climate and power: each sample comes in two messages
_IDLE_S = 0.5
_QUIET_S = 5.0

Progress = Callable[[str], None]


async def measure(frames: int, in_flight: int, progress: Progress) -> dict[str, Any]:
    """Return the results of both runs by name."""
    runs = {
        "single": Shape(frames, 1, _PROBES, in_flight),
        # A window is sixteen times the readings: a quarter of the frames takes about as long.
        "window": Shape(max(frames // 4, 1), _WINDOW_SAMPLES, _PROBES, in_flight),
    }
    results = {}
    for name, shape in runs.items():
        progress(f"gateway: {shape.frames} frames of {shape.samples} samples, 4 quantities each")
        with tempfile.TemporaryDirectory(prefix="neckar-bench-") as folder:
            async with contextlib.AsyncExitStack() as stack:
                results[name] = await _Run(shape, Path(folder)).run(stack)
    return results


class _Run:
    """One gateway, fed once."""

    def __init__(self, shape: Shape, folder: Path):
        self._shape = shape
        self._folder = folder

    async def run(self, stack: contextlib.AsyncExitStack) -> dict[str, Any]:
        broker = await brokers.start(self._folder)
        stack.push_async_callback(broker.stop)
        subscriber = await self._subscribe(broker, stack)
        source = await _Source.start(self._folder / "port", self._shape)
        stack.push_async_callback(source.stop)
        gateway = MeteredGateway(self._configure(broker))
        stack.push_async_callback(gateway.stop)
        startup_s = await _start(gateway, subscriber)
        await asyncio.sleep(_IDLE_S)
        rss_idle_mb = gateway.rss_mb()
        await source.ask("greet")
        probed = await source.ask("probe")
        await self._settle(gateway, subscriber, self._shape.probes)
        cpu_s = gateway.cpu_s()
        streamed = await source.ask("stream")
        await self._settle(gateway, subscriber, self._shape.probes + self._shape.frames)
        took_s = (subscriber.last_ns - streamed["begin_ns"]) / 1e9
        await asyncio.sleep(_IDLE_S)  # the last rows are forgotten a moment after they left
        cpu_s = gateway.cpu_s() - cpu_s
        acked = probed["acked"] + streamed["acked"]
        arrived = subscriber.samples()
        return self._result(took_s, cpu_s) | {
            "rss_idle_mb": round(rss_idle_mb, 1),
            "rss_max_mb": round(gateway.rss_peak_mb(), 1),
            "lost": count_lost(self._shape, arrived, acked),
            "latency_ms": _latency(probed["sent"], arrived),
            "startup_s": round(startup_s, 2),
            "broker": broker.name,
        }

    def _result(self, took_s: float, cpu_s: float) -> dict[str, Any]:
        frames = self._shape.frames
        readings = frames * self._shape.samples * len(load.QUANTITIES)
        return {
            "frames": frames,
            "in_flight": self._shape.in_flight,
            "frames_per_s": round(frames / took_s),
            "readings_per_s": round(readings / took_s),
            "cpu_us_per_frame": round(1e6 * cpu_s / frames, 1),
        }

    async def _subscribe(self, broker: Broker, stack: contextlib.AsyncExitStack) -> Subscriber:
        subscriber = Subscriber(broker.port, broker.mqtt, "bench")
        task = asyncio.create_task(subscriber.run())

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        stack.push_async_callback(end)
        try:
            await asyncio.wait_for(subscriber.ready.wait(), 10)
        except TimeoutError as e:
            raise BenchError(f"{broker.name} takes no subscriber") from e
        return subscriber

    def _configure(self, broker: Broker) -> Path:
        """Write the configuration: all bounds and pauses as they are by default."""
        lines = [
            '[gateway]\nid = "bench"\ncity = "bench"',
            f'[mqtt]\nurl = "mqtt://127.0.0.1:{broker.port}"\nversion = "{broker.mqtt}"',
            '[spool]\npath = "spool.db"',
            f'[[serial]]\nname = "bench"\nport = "{self._folder / "port"}"',
        ]
        for node in range(load.FIRST_ID, load.FIRST_ID + load.NODES):
            key_file = self._folder / f"{node}.key"
            key_file.write_text(load.key_of(node).hex() + "\n", encoding="ascii")
            lines.append(f'[[node]]\nid = {node}\nname = "bench-{node}"\nlab = "bench"')
            lines.append(f'epoch = {EPOCH}\nkey_file = "{node}.key"')
        path = self._folder / "gateway.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    async def _settle(self, gateway: MeteredGateway, subscriber: Subscriber, frames: int) -> None:
        """Wait until the samples of so many frames are there, or nothing has come for a while."""
        wanted = frames * self._shape.samples * _GROUPS
        seen, quiet_since = -1, time.monotonic()
        while subscriber.entries < wanted and time.monotonic() - quiet_since < _QUIET_S:
            gateway.check()
            if subscriber.entries != seen:
                seen, quiet_since = subscriber.entries, time.monotonic()
            await asyncio.sleep(0.01)


def count_lost(shape: Shape, arrived: Arrivals, acked: int) -> int:
    """Return how many frames were not acknowledged, or did not arrive with all their readings."""
    whole = set(load.QUANTITIES)
    missing = sum(arrived.get(sample, (set(), 0))[0] != whole for sample in shape.sample_ids())
    return max(shape.probes + shape.frames - acked, -(-missing // shape.samples))


async def _start(gateway: MeteredGateway, subscriber: Subscriber) -> float:
    """Start the gateway; return the seconds until its first word was there."""
    begin_ns = time.monotonic_ns()
    await gateway.start()
    while not subscriber.first_ns:
        gateway.check()
        if time.monotonic_ns() - begin_ns > 30e9:
            raise BenchError("the gateway published nothing within 30 s")
        await asyncio.sleep(0.005)
    return (subscriber.first_ns - begin_ns) / 1e9


def _latency(sent: list[list[int]], arrived: Arrivals) -> dict[str, float]:
    times = [
        (arrived[sample][1] - at_ns) / 1e6
        for node, number, at_ns in sent
        if (sample := f"{node}/{EPOCH}/{number}") in arrived
    ]
    if len(times) < len(sent):
        raise BenchError(f"{len(sent) - len(times)} of {len(sent)} single frames did not arrive")
    quantiles = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50": round(quantiles[49], 1), "p99": round(quantiles[98], 1)}


class _Source:
    """The process that plays the nodes."""

    def __init__(self, process: asyncio.subprocess.Process):
        self._process = process

    @classmethod
    async def start(cls, link: Path, shape: Shape) -> "_Source":
        numbers = (str(number) for number in dataclasses.astuple(shape))
        source = cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tools.benchmark.source",
                str(link),
                *numbers,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=2**24,
            )
        )
        await source._answer()
        return source

    async def ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        self._process.stdin.write(command.encode() + b"\n")
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        line = await self._process.stdout.readline()
        if not line:
            raise BenchError("the process that plays the nodes ended; its words are above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
