"""What `tools/flash` takes for a board: one, eight at once, one that is finished, and cuts.

Place: `__main__` -> here -> workbench, flash_cuts; `tools.rig.esp32` plays the boards.
Guarantee: real esptool and the whole way, on images as large as MicroPython's. Times are of this
machine, with the boards' own part in it, and no wire: how long the bytes would be on one is told
beside, at the rates that a board is written with and talked to.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tools.benchmark.errors import BenchError
from tools.benchmark.flash_cuts import Cut, cut_everywhere, uncut
from tools.benchmark.workbench import WISH, Watcher, Workbench, workbench
from tools.flashing import ports
from tools.flashing.bundle import making, sources
from tools.flashing.chip import WRITE_BAUD
from tools.flashing.prompt import open_prompt
from tools.flashing.wish import Result
from tools.rig.esp32.images import micropython_image
from tools.rig.esp32.running import Running
from tools.rig.profiles import ROOT

IMAGE_BYTES = 1_700_000
_CUT_IMAGE_BYTES = 320_000  # where a cable is pulled dozens of times
_BOARDS = 8
_SETTLED_S = 3.0  # a node that runs has started its console by then
_CUTS_IN_BYTES = 12
_BITS = 10  # a byte on a wire
_LIB = "/lib/"


async def measure(progress: Callable[[str], None]) -> dict[str, Any]:
    """Return the times in seconds, and how many cuts were recovered."""
    return await asyncio.to_thread(_measure, progress)


def _measure(progress: Callable[[str], None]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="neckar-flash-") as place:
        folder = Path(place)
        progress("flash: a bundle, and one board from bare to labelled")
        bench = _bench(folder / "large", IMAGE_BYTES)
        with bench.boards() as (board,):
            one = _one(bench, board)
        progress(f"flash: {_BOARDS} boards at once")
        bench.folder = folder / "eight"
        bench.folder.mkdir()
        with bench.boards(count=_BOARDS + 1) as boards:
            eight_s = _at_once(bench, boards[1:])
        progress("flash: the cable is pulled at every step, and in between")
        cuts = _cuts(_bench(folder / "small", _CUT_IMAGE_BYTES), folder)
    ratio = round(eight_s / one["one_board_s"], 2)
    return {**one, "eight_boards_s": eight_s, "eight_to_one": ratio, "cuts": cuts}


def _bench(folder: Path, size: int) -> Workbench:
    folder.mkdir()
    key = folder / "bundle.key"
    public = making.make_key(key)
    kinds = ("esp32", "esp32s3")
    images = [sources.Loaded(f"{k}.bin", micropython_image(k, size=size)) for k in kinds]
    bundle = folder / "neckar.bundle"
    making.make(bundle, images, key, ROOT)
    return workbench(folder, bundle, public)


def _one(bench: Workbench, board: Running) -> dict[str, Any]:
    """Set up one board, and again, and once more with all its libraries gone."""
    marks: list[int] = []
    watcher = Watcher(lambda _: marks.append(board.bytes_down))
    begun_s = time.monotonic()
    first = _good(bench.set_up(board, watcher=watcher))
    one_s = time.monotonic() - begun_s
    before, after = (marks[watcher.events.index(name)] for name in ("image", "test"))
    image_bytes, others = after - before, board.bytes_down - after
    time.sleep(_SETTLED_S)
    begun_s = time.monotonic()
    second = _good(bench.set_up(board))
    second_s = time.monotonic() - begun_s
    if not second.skipped:
        raise BenchError("a second run did something")
    return {
        "one_board_s": round(one_s, 2),
        "wire_s": round(_wire_s(image_bytes, WRITE_BAUD) + _wire_s(others, ports.ROM_BAUD), 1),
        "second_run_s": round(second_s, 2),
        "steps_s": {step.name: round(step.seconds, 2) for step in first.steps},
        "install": _ways(bench, board, first, image_bytes),
    }


def _ways(bench: Workbench, board: Running, first: Result, image_bytes: int) -> dict[str, Any]:
    """Return what the libraries cost in the image's pass, and over MicroPython's prompt."""
    with open_prompt(board.port, bench.workshop.service_key) as prompt:
        prompt.remove([path for path in prompt.tree() if path.startswith(_LIB)])
    before = board.bytes_down
    again = _good(bench.set_up(board))
    seconds = {step.name: step.seconds for step in again.steps}
    over_prompt = board.bytes_down - before
    whole = {step.name: step.seconds for step in first.steps}["image"]
    return {
        "image_with_files_s": round(whole, 2),
        "image_with_files_wire_s": round(_wire_s(image_bytes, WRITE_BAUD), 1),
        "files_by_prompt_s": round(seconds["files"], 2),
        "files_by_prompt_wire_s": round(_wire_s(over_prompt, ports.ROM_BAUD), 1),
    }


def _at_once(bench: Workbench, boards: list[Running]) -> float:
    begun_s = time.monotonic()
    with ThreadPoolExecutor(len(boards)) as pool:
        for result in pool.map(bench.set_up, boards):
            _good(result)
    return round(time.monotonic() - begun_s, 2)


def _cuts(bench: Workbench, folder: Path) -> dict[str, int]:
    with bench.boards() as (board,):
        events, size = uncut(bench, board)
    cuts = [Cut(event=n) for n in range(1, len(events) + 1)]
    places = range(1, _CUTS_IN_BYTES + 1)
    cuts += [Cut(after_bytes=size * n // (_CUTS_IN_BYTES + 1)) for n in places]
    bench.folder = folder / "cuts"
    bench.folder.mkdir()
    with bench.boards(count=len(cuts) + 1) as boards:
        count, recovered = cut_everywhere(bench, boards[1:], cuts)
    return {"steps": count, "recovered": recovered}


def _good(result: Result) -> Result:
    if result.error is not None:
        raise BenchError(f"a board of the profile {WISH.profile} failed: {result.error}")
    return result


def _wire_s(size: int, baud: int) -> float:
    return size * _BITS / baud
