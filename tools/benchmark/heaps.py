"""How much of an ESP32's heap is free, in every profile: a node on the air that samples and talks.

Place: `node` -> here -> field.
Guarantee: every figure follows a collection, and the smallest of a run counts, in bytes of a
64-bit interpreter. `esp32_kb` is that by the ratio that the same objects had on a genuine image;
`frozen_kb` adds what only firmware in a ROM costs and frozen code does not: the function objects
and tables of constants of the modules that are loaded, counted from their `.mpy` files.
"""

import ast
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tools.benchmark.field import Field
from tools.rig.firmware import compiled
from tools.rig.profiles import HARDWARE, PROFILES, ROOT
from tools.rig.reach import board_modules

# The same objects on a genuine ESP32 image took this much less (design of the virtual board).
ESP32_RATIO = 1.57
SAMPLES = 20
# Sound is computed in real time, nearly; all others can wait for what warms up.
_INTERVAL_S = {"noise-street": 15}
_USUAL_S = 60
_FUNCTION_BYTES = 32  # an mp_raw_code_t
_POINTER_BYTES = 8  # in the table of children; of an object in a table of constants
_NAME_BYTES = 2  # in the table of names
_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


async def measure(rom: Path, progress: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Return, by profile, what is free at least while a node on mains runs."""
    found = {}
    for profile in sorted((*PROFILES, *HARDWARE)):
        progress(f"node: heap of {profile}")
        found[profile] = await _profile(rom, profile)
    return found


async def _profile(rom: Path, profile: str) -> dict[str, Any]:
    interval_s = _INTERVAL_S.get(profile, _USUAL_S)
    config = {
        "interval_s": interval_s,
        "status_s": 4 * interval_s,
        "radio": {"channels": [[868100000, 9]], "every": 4, "ask_every": 1, "start_spread_s": 1},
        "sensors": {},
    }
    with tempfile.TemporaryDirectory(prefix="neckar-heap-") as folder:
        async with Field(Path(folder), rom, profile, config) as field:
            peer = field.peer
            await field.pass_until(
                lambda: len(peer.numbers) >= SAMPLES and peer.answers >= 3,
                4 * SAMPLES * interval_s + 7200,
                step_s=SAMPLES * interval_s / 2,
            )
            told = [row for row in field.told() if "us" not in row][1:]  # after the start
    free = min(row["free"] for row in told)
    return summary(free, told[-1]["modules"]) | {
        "samples": len(peer.numbers),
        "answers": peer.answers,
        "largest_kb": kb(min(row["largest"] for row in told)),
    }


def summary(free: int, modules: Iterable[str]) -> dict[str, float]:
    """Return free bytes of the heap in KB: here, by the ratio, and what frozen code would save."""
    saved = in_rom_only(modules)
    return {
        "free_kb": kb(free),
        "esp32_kb": kb(free / ESP32_RATIO),
        "in_rom_only_kb": kb(saved),
        "frozen_kb": kb((free + saved) / ESP32_RATIO),
    }


def in_rom_only(modules: Iterable[str]) -> int:
    """Return the bytes of heap that the loaded modules cost only because they are not frozen.

    Counted are objects of functions and the tables of names and constants; what the constants are
    themselves is not, so it is more.
    """
    sources = sources_of(modules)
    codes = compiled(sources) or {}
    total = 0
    for (place, source), code in zip(sources.items(), codes.values(), strict=False):
        tree = ast.parse(source.read_text(encoding="utf-8"), place)
        functions = 1 + sum(isinstance(each, _SCOPES) for each in ast.walk(tree))
        names, objects = _tables(code)
        total += functions * (_FUNCTION_BYTES + _POINTER_BYTES)
        total += names * _NAME_BYTES + objects * _POINTER_BYTES
    return total


def sources_of(modules: Iterable[str]) -> dict[str, Path]:
    """Return the sources of modules by their place below a folder of libraries."""
    there = board_modules(ROOT)
    places = [place for place in there if name_of(place) in set(modules)]
    return {place: there[place] for place in places}


def name_of(place: str) -> str:
    """Return what a module is imported by."""
    return place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _tables(code: bytes) -> tuple[int, int]:
    """Return how many names and constants a .mpy file has; see `tools.rig.rom`."""
    numbers: list[int] = []
    at = 4
    while len(numbers) < 2:
        value = 0
        while True:
            value, at = value << 7 | code[at] & 0x7F, at + 1
            if code[at - 1] < 0x80:
                break
        numbers.append(value)
    return numbers[0], numbers[1]


def kb(size: float) -> float:
    """Return bytes as KB of 1024."""
    return round(size / 1024, 1)
