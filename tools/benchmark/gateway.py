"""What the gateway does at full speed, on an idle line, in a burst, and as it grows.

Place: `__main__` -> here -> gateway_run, growth -> one dictionary of figures.
Guarantee: a number is only given for a run that was judged reading by reading: `lost` counts frames
that no authentic ack answered or of which a reading did not arrive.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.benchmark import load, syncs
from tools.benchmark.errors import BenchError
from tools.benchmark.gateway_run import Run
from tools.benchmark.sealing import EPOCH
from tools.benchmark.subscriber import Arrivals

FRAMES = 400_000
WINDOW_FRAMES = 156_250  # of 16 samples of 4 quantities: ten million readings
BURST = 5_000
LINGER_MS = 100  # what a gateway is told that is told nothing; see gateway/README.md
_WINDOW_SAMPLES = 16
_PROBES = 200
_FEW_PROBES = 20  # where few frames are asked for
_PROBES_PER_S = 20
_IDLE_S = 0.5

Progress = Callable[[str], None]


async def measure(frames: int | None, in_flight: int, progress: Progress) -> dict[str, Any]:
    """Return the results of all runs, and of the whole at the top."""
    many = frames or FRAMES
    windows = max(frames // 4, 1) if frames else WINDOW_FRAMES
    probes = _PROBES if many >= 10 * _PROBES else _FEW_PROBES
    progress(f"gateway: {many:,} frames of 1 sample, 4 quantities each")
    single = await _with_gateway(lambda run: _single(run, many, probes), in_flight)
    progress(f"gateway: {windows:,} frames of {_WINDOW_SAMPLES} samples")
    window = await _with_gateway(lambda run: _fed(run, windows, _WINDOW_SAMPLES), in_flight)
    progress(f"gateway: {probes} frames one by one, without a linger")
    quiet = await _with_gateway(
        lambda run: _quiet(run, probes), in_flight, {"mqtt": "linger_ms = 0"}
    )
    progress(f"gateway: {BURST:,} frames at once")
    burst = await _with_gateway(_burst, in_flight)
    runs = {"single": single, "window": window, "burst": burst}
    return {
        "frames_per_s": single["frames_per_s"],
        "readings_per_s": window["readings_per_s"],
        "cpu_us_per_frame": single["cpu_us_per_frame"],
        "rss_idle_mb": single["rss_idle_mb"],
        "rss_max_mb": max(single["rss_max_mb"], window["rss_max_mb"]),
        "lost": sum(run["lost"] for run in runs.values()),
        "latency_ms": single.pop("latency_ms") | {"without_linger": quiet["latency_ms"]},
        "startup_s": single["startup_s"],
    } | runs


async def _with_gateway(
    job: Callable, in_flight: int, settings: dict[str, str] | None = None
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="neckar-bench-") as folder:
        async with Run(Path(folder), in_flight=in_flight, settings=settings) as run:
            startup_s = await run.start()
            await asyncio.sleep(_IDLE_S)
            idle_mb = run.gateway.rss_mb()
            await run.source.ask("greet")
            result: dict[str, Any] = await job(run)
            assert run.broker is not None  # noqa: S101 - every run here has one
            return result | {
                "rss_idle_mb": round(idle_mb, 1),
                "rss_max_mb": round(run.gateway.rss_peak_mb(), 1),
                "startup_s": round(startup_s, 2),
                "broker": run.broker.name,
            }


async def _single(run: Run, frames: int, probes: int) -> dict[str, Any]:
    """Single samples: first one by one on an idle line, then as many as go."""
    latency = await _idle(run, probes, LINGER_MS)
    return await _fed(run, frames, 1, probes) | {"latency_ms": latency}


async def _quiet(run: Run, probes: int) -> dict[str, Any]:
    """Single samples on an idle line, of a gateway that waits for no company."""
    return {"latency_ms": await _idle(run, probes, 0)}


async def _idle(run: Run, probes: int, linger_ms: int) -> dict[str, Any]:
    disk = await asyncio.to_thread(syncs.measure, run.site.store)
    probed = await run.source.ask("live", probes, _PROBES_PER_S)
    await run.settle(probes)
    latency = latency_of(probed["sent"], run.subscriber.samples())
    beyond = round(max(latency["p99"] - linger_ms - disk["p99"], 0.0), 1)
    return {**latency, "linger": linger_ms, "sync": disk, "p99_beyond": beyond}


async def _fed(run: Run, frames: int, samples: int, before: int = 0) -> dict[str, Any]:
    """Feed frames through windows; `before` samples came already."""
    made = await run.source.ask("prepare", frames, samples)
    top = await run.source.ask("top")
    cpu_s, own_s = run.gateway.cpu_s(), time.process_time()
    streamed = await run.source.ask("stream")
    await run.settle(before + frames * samples)
    took_s = (run.subscriber.last_ns - streamed["begin_ns"]) / 1e9
    own_s = time.process_time() - own_s
    await asyncio.sleep(_IDLE_S)  # the last rows are forgotten a moment after they left
    cpu_s = run.gateway.cpu_s() - cpu_s
    lost = await _lost(run, streamed["acked"], frames, samples)
    return {
        "frames": frames,
        "samples": samples,
        "frames_per_s": round(frames / took_s),
        "readings_per_s": round(frames * samples * len(load.QUANTITIES) / took_s),
        "cpu_us_per_frame": round(1e6 * cpu_s / frames, 1),
        "acked_per_s": round(streamed["acked"] / streamed["took_s"]),
        "lost": lost,
        "samples_per_message": round(run.subscriber.entries / max(run.subscriber.messages, 1), 1),
        "generator": top | made | {"cpu_share": round(streamed["cpu_share"], 2)},
        "subscriber_cpu_share": round(own_s / took_s, 2),
    }


async def _burst(run: Run) -> dict[str, Any]:
    """All frames into the port as fast as it takes them, without a look at the answers."""
    await run.source.ask("prepare", BURST, 1)
    streamed = await run.source.ask("burst")
    await run.settle(BURST)
    took_s = (run.subscriber.last_ns - streamed["begin_ns"]) / 1e9
    lost = await _lost(run, streamed["acked"], BURST, 1)
    return {"frames": BURST, "frames_per_s": round(BURST / took_s), "lost": lost}


async def _lost(run: Run, acked: int, frames: int, samples: int) -> int:
    numbers = (await run.source.ask("numbers"))["numbers"]
    arrived = await asyncio.to_thread(run.subscriber.samples)
    return count_lost(numbers, arrived, frames - acked, samples)


def count_lost(numbers: dict[str, int], arrived: Arrivals, unacked: int, samples: int) -> int:
    """Return how many frames were not acknowledged, or did not arrive with all their readings.

    `numbers` says how many samples each node has sent.
    """
    whole = set(load.QUANTITIES)
    nothing: tuple[frozenset[str], int] = (frozenset(), 0)
    missing = sum(
        arrived.get(f"{node}/{EPOCH}/{number}", nothing)[0] != whole
        for node, count in numbers.items()
        for number in range(count)
    )
    return max(unacked, -(-missing // samples))


def latency_of(sent: list[list[int]], arrived: Arrivals) -> dict[str, float]:
    """Return p50 and p99 in ms, from the last byte in until a sample was at the subscriber."""
    times = [
        (arrived[sample][1] - at_ns) / 1e6
        for node, number, at_ns in sent
        if (sample := f"{node}/{EPOCH}/{number}") in arrived
    ]
    if len(times) < len(sent):
        raise BenchError(f"{len(sent) - len(times)} of {len(sent)} single frames did not arrive")
    return syncs.quantiles(times)
