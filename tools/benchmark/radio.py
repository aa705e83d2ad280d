"""What a frame costs in the radio drivers: time after the interrupt, and heap.

    board with one chip ))) world ))) board with the other, both ways

Place: `node` -> here -> tools.rig; firmware/bench/radio_frames.py runs on the boards.
Guarantee: the drivers run unchanged in the real MicroPython, on the register-level chips. Time is
the host's, and each SPI transfer crosses to the world's process: the chips' own time is in it.
"""

import asyncio
import contextlib
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from tools.benchmark.errors import BenchError
from tools.rig import boards
from tools.rig.board import VirtualBoard
from tools.rig.firmware import firmware_files
from tools.rig.image import build_image
from tools.rig.profiles import ROOT
from tools.rig.world.client import World

PAIRS = (("heltec-v3", "lora32-v21"), ("lora32-v21", "heltec-v3"))
_TIMEOUT_S = 60.0


async def measure() -> dict[str, Any]:
    """Return, by chip, what sending and receiving cost."""
    result: dict[str, Any] = {}
    files = await asyncio.to_thread(firmware_files, ROOT)
    for sender, receiver in PAIRS:
        with tempfile.TemporaryDirectory(prefix="neckar-radio-") as folder:
            async with contextlib.AsyncExitStack() as stack:
                world = await stack.enter_async_context(World(Path(folder)))
                ends = [
                    _End(world, Path(folder), files, sender, True),
                    _End(world, Path(folder), files, receiver, False),
                ]
                for end in ends:
                    stack.push_async_callback(end.board.stop)
                # Who listens is there first.
                for end in reversed(ends):
                    await end.board.power_on(60)
                    await end.told(rb"radio: ready")
                for end in ends:
                    found = await end.told(rb"radio: (\{.*\})")
                    row = result.setdefault(boards.wiring(end.name)["chip"], {})
                    row["send" if end.sends else "receive"] = json.loads(found.group(1))
    return result


class _End:
    """One of the two boards."""

    def __init__(self, world: World, folder: Path, files: dict[str, bytes], name: str, sends: bool):
        self.name = name
        self.sends = sends
        self._said = bytearray()
        state = folder / f"{name}.state"
        state.mkdir()
        image = folder / f"{name}.img"
        main = (ROOT / "firmware" / "bench" / "radio_frames.py").read_bytes()
        content = {
            "/main.py": main,
            "/board.json": boards.board_file(name),
            "/bench.json": json.dumps({"sends": sends}).encode(),
        }
        build_image(image, files | content)
        self.board = VirtualBoard(
            image,
            name=name,
            state_dir=state,
            on_console=self._said.extend,
            radio=world.slot(name, boards.wiring(name)),
        )

    async def told(self, pattern: bytes) -> re.Match[bytes]:
        """Wait for what the board prints."""
        for _ in range(int(_TIMEOUT_S / 0.05)):
            found = re.search(pattern, bytes(self._said))
            if found:
                return found
            await asyncio.sleep(0.05)
        last = bytes(self._said).decode(errors="replace").strip().splitlines()[-1:]
        raise BenchError(f"the radio of {self.name} says nothing: {' '.join(last)}")
