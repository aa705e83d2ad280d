"""What a node on a battery does when it wakes: modules, time, heap; and that thousands of times.

Place: `node` -> here -> field; the rows become `energy`'s.
Guarantee: time is of the real interpreter on this machine, without what the rig does in the place
of hardware; the fastest wake counts, for other programs run here too. What would be no healthy run
is a BenchError: a reset, a sample that is missing, RTC memory that grows, heap that goes away.
"""

import asyncio
import json
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.benchmark import heaps
from tools.benchmark.errors import BenchError
from tools.benchmark.field import SF, Field
from tools.rig.chip import DEEPSLEEP_RESET
from tools.rig.firmware import compiled
from tools.rig.interpreter import find_micropython
from tools.rig.profiles import ROOT

PROFILE = "weather"
INTERVAL_S = 900
BATCH = 8
RTC_LIMIT = 2048
_BATTERY_MAH = 2500
_MAINS_S = 10  # between two samples of the node that never sleeps
_MAY_MISS = 16  # the last samples are on their way, and each goes out twice
_MAY_SHRINK = 2048  # bytes of heap: lists that fill up in the first hours
_SPARE_KB = 24  # for the meter, which takes a few; what is left of it does not count
_SPAN = 5  # wakes, or statuses, that are taken together
_BODIES = ROOT / "firmware" / "bench" / "bodies.py"
_RADIO = {"channels": [[868100000, SF]], "every": BATCH, "start_spread_s": 1}


async def measure(rom: Path, count: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Let a node wake so often; return what its wakes cost, and its own account."""
    progress(f"node: {count} wakes of a node on a battery")
    config = {
        "interval_s": INTERVAL_S,
        "power": "battery",
        "battery_mah": _BATTERY_MAH,
        "radio": _RADIO,
        "sensors": {},
    }
    with tempfile.TemporaryDirectory(prefix="neckar-wakes-") as folder:
        async with Field(Path(folder), rom, PROFILE, config, _SPARE_KB) as field:
            await field.pass_until(
                lambda: len(field.board.boots) > count, 2.0 * INTERVAL_S * count + 86400
            )
            rows = field.told()
            _check_boots([cause for cause, _ in field.board.boots])
            samples = missing(field.peer.numbers)
            ledger = dict(field.peer.status)
    for row in rows:
        row["free"] += row["own"] - 1024 * _SPARE_KB
    whole = [row for row in rows if "node.app" in row["modules"]]
    short = [row for row in rows if "node.app" not in row["modules"]]
    if not short or len(whole) < 2 * _SPAN:
        raise BenchError(f"{len(short)} short and {len(whole)} whole wakes are too few to compare")
    sizes = await asyncio.to_thread(_sizes)
    return {
        "wake_sample_only": await _cost(short, sizes),
        "wake_full": await _cost(whole, sizes)
        | heaps.summary(min(row["free"] for row in whole), whole[-1]["modules"]),
        "wakes": {
            "count": len(rows),
            "samples": samples,
            "rtc_most": _bounded(max(row["rtc"] for row in rows)),
            "short_per_sample": round(len(short) / samples, 4),
            "full_per_sample": round(len(whole) / samples, 4),
            "free_kb": _steady("deep sleep", [row["free"] for row in whole[1:]]),
            "account_uc": {name: uc for name, uc in ledger.items() if name.startswith("uc_")},
        },
    }


async def stay_awake(rom: Path, count: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Let a node on mains take so many samples; return its heap at the beginning and at the end."""
    progress(f"node: {count} samples of a node that never sleeps")
    config = {
        "interval_s": _MAINS_S,
        "status_s": max(_MAINS_S * count // (4 * _SPAN), _MAINS_S),
        "radio": _RADIO,
        "sensors": {},
    }
    with tempfile.TemporaryDirectory(prefix="neckar-awake-") as folder:
        async with Field(Path(folder), rom, PROFILE, config) as field:
            await field.pass_until(
                lambda: len(field.peer.numbers) >= count, 2.0 * _MAINS_S * count + 7200
            )
            rows = field.told()[2:]  # the first status is made while the node still starts
            if len(field.board.boots) != 1:
                raise BenchError("a node that should stay awake was reset")
            samples = missing(field.peer.numbers)
    return {
        "samples": samples,
        "free_kb": _steady("staying awake", [row["free"] for row in rows]),
        "largest_kb": _ends([row["largest"] for row in rows]),
    }


def missing(numbers: set[int]) -> int:
    """Return how many samples came; BenchError where one is missing before the last few."""
    newest = max(numbers, default=0)
    gone = sorted(set(range(newest + 1 - _MAY_MISS)) - numbers)
    if gone:
        raise BenchError(f"{len(gone)} samples are missing, the first is {gone[0]}")
    return newest + 1


def _check_boots(causes: list[int]) -> None:
    other = [cause for cause in causes[1:] if cause != DEEPSLEEP_RESET]
    if other:
        raise BenchError(f"{len(other)} wakes were resets, the first with cause {other[0]}")


def _bounded(size: int) -> int:
    if size > RTC_LIMIT:
        raise BenchError(f"{size} bytes in RTC memory")
    return size


def _steady(what: str, free: list[int]) -> dict[str, float]:
    """Return free heap at the beginning and at the end; BenchError where it goes away."""
    begin, end = _middle(free)
    if end < begin - _MAY_SHRINK:
        raise BenchError(f"{what} costs heap: {begin} bytes are free first, {end} at the end")
    return _ends(free)


def _ends(values: list[int]) -> dict[str, float]:
    begin, end = _middle(values)
    return {"start": heaps.kb(begin), "end": heaps.kb(end)}


def _middle(values: list[int]) -> tuple[float, float]:
    if not values:
        raise BenchError("the node told nothing of its heap")
    return statistics.median(values[:_SPAN]), statistics.median(values[-_SPAN:])


async def _cost(rows: list[dict[str, Any]], sizes: dict[str, int]) -> dict[str, Any]:
    """Return what wakes of one kind cost: time of the fastest, and the rest as is usual."""
    modules = sorted({name for row in rows for name in row["modules"]})
    own = {name for name in modules if name in sizes}
    bodies = await _bodies(sorted(own))
    least = min(rows, key=lambda row: row["us"])
    loading, working = least["import_us"], least["us"]
    flash = [round(statistics.mean(row["flash"][i] for row in rows), 2) for i in range(2)]
    mpy = sum(sizes[name] for name in own)
    return {
        "modules": len(modules),
        "ms": round((working + loading) / 1000, 2),
        "ms_frozen": round((working + bodies) / 1000, 2),
        "mpy_kb": heaps.kb(mpy),
        "mpy_share": round(mpy / sum(sizes.values()), 3),
        "heap_kb": heaps.kb(statistics.median(row["live"] for row in rows)),
        "flash_writes": flash[0],
        "flash_erases": flash[1],
        "module_names": modules,
    }


def _sizes() -> dict[str, int]:
    """Return the .mpy bytes of all modules of the firmware."""
    sources = heaps.board_modules(ROOT)
    codes = compiled(sources) or {}
    return {
        heaps.name_of(place): len(code) for place, code in zip(sources, codes.values(), strict=True)
    }


async def _bodies(modules: list[str]) -> int:
    """Return the microseconds that the bodies of modules take by themselves."""
    process = await asyncio.create_subprocess_exec(
        find_micropython(),
        "-X",
        "heapsize=64m",
        _BODIES,
        ROOT / "firmware",
        ROOT,
        *modules,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        raise BenchError(f"bodies.py in MicroPython: {(err or out).decode().strip()[-200:]}")
    return sum(json.loads(out).values())
