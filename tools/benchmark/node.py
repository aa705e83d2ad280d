"""What the firmware needs on a board: memory, flash, and time to seal a batch.

    firmware -> image -> four virtual boards, one of each profile -> Peer

Place: `__main__` -> here -> tools.rig, peer, codec.
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

from tools.benchmark import codec, radio
from tools.benchmark.errors import BenchError
from tools.benchmark.peer import Peer
from tools.benchmark.sealing import EPOCH, LibraryCcm
from tools.rig.board import ESP32_HEAP_KB, VirtualBoard
from tools.rig.firmware import firmware_files
from tools.rig.image import build_image
from tools.rig.interpreter import find_micropython
from tools.rig.profiles import PROFILES, ROOT

# The same objects on a genuine ESP32 image took this much less (design of the virtual board).
ESP32_RATIO = 1.57
# Where the checkout lies among the project's other folders; most checkouts have none beside them.
PROTOTYPE = ROOT.parent / "shared" / "prototype"
_USUAL = "4x16"
_SAMPLES = 20
_TIMEOUT_S = 60.0

# shape: whose: step: "us" and "heap", as codec.py prints them
Codec = dict[str, dict[str, Any]]

# Runs where boot.py runs, so the figure is what main.py finds.
_TELL_HEAP = b'\nimport gc\ngc.collect()\nprint("bench: heap", gc.mem_free())\ndel gc\n'


async def measure(progress: Callable[[str], None]) -> dict[str, Any]:
    """Return the results of all four profiles and of the codec."""
    files = await asyncio.to_thread(firmware_files, ROOT)
    progress(f"node: four boards with {ESP32_HEAP_KB} KB of heap take {_SAMPLES} samples each")
    with tempfile.TemporaryDirectory(prefix="neckar-bench-") as folder:
        async with contextlib.AsyncExitStack() as stack:
            boards = [_Board(number, Path(folder)) for number in range(len(PROFILES))]
            for board in boards:
                stack.push_async_callback(board.stop)
            await asyncio.gather(*(board.start(files) for board in boards))
            heaps = await asyncio.gather(*(board.heap_free_kb() for board in boards))
    progress("node: sealing and opening batches, on MicroPython and on CPython")
    if not PROTOTYPE.is_dir():
        progress("node: no prototype beside this checkout to compare with")
    there, here = await _micropython(), await _cpython()
    progress("node: frames through the radio drivers")
    drivers = await radio.measure()
    return {
        "heap_free_kb": dict(zip(PROFILES, heaps, strict=True)),
        "samples": _SAMPLES,
        "modules": sum(path.startswith("/lib/") for path in files),
        **compiled_sizes(files),
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


def compiled_sizes(files: dict[str, bytes]) -> dict[str, Any]:
    """Return the sizes of what is compiled; None where no cross compiler fits."""
    sizes = {path: len(data) for path, data in files.items() if path.endswith(".mpy")}
    protocol = {
        Path(path).stem: size for path, size in sizes.items() if path.startswith("/lib/protocol/")
    }
    return {
        "mpy_kb": _kb(sum(sizes.values())) if sizes else None,
        "protocol_mpy_kb": _kb(sum(protocol.values())) if sizes else None,
        "protocol_mpy_bytes": protocol if sizes else None,
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

    def __init__(self, number: int, folder: Path):
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
            on_console=self._said.extend,
        )
        self._peer = Peer(number, self._key)
        self._is_heard = False

    async def start(self, firmware: dict[str, bytes]) -> None:
        await asyncio.to_thread(build_image, self._image, self._files(firmware))
        await self._board.power_on()
        self._peer.open(self._board.uart(1))
        self._is_heard = True

    def _files(self, firmware: dict[str, bytes]) -> dict[str, bytes]:
        identity = {"node": self._number, "epoch": EPOCH, "key": self._key.hex()}
        config = {
            "profile": self._profile,
            "interval_s": 1,
            "status_s": 1,
            "retry_max_ms": 2000,
            "sensors": {"seed": self._number, "speedup": 600},
        }
        return firmware | {
            "/boot.py": firmware.get("/boot.py", b"") + _TELL_HEAP,
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
            "start": _kb(self._told(rb"bench: heap (\d+)")),
            "app": _kb(self._told(rb"neckar: heap (\d+)")),
            "running": _kb(running),
            "running_esp32_estimate": _kb(running / ESP32_RATIO),
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


def _kb(size: float) -> float:
    return round(size / 1024, 1)
