"""Several virtual ESP32s on one bench: their flashes, ports and sensors, and the air between them.

    folder/tty0, tty1, ...     the ports           folder/flash0.bin, ...     the flashes

Place: `python -m tools.rig.esp32`, `running` -> `bench` -> VirtualEsp32s, World.
Guarantee: all are switched off, and the world ended, when the block is left. The same place has the
same address in every run.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.rig import boards
from tools.rig.esp32.esp32 import FLASH_BYTES, HEAP_KB, VirtualEsp32
from tools.rig.esp32.images import micropython_image
from tools.rig.esp32.sensors import parts_of
from tools.rig.parts.wiring import Parts
from tools.rig.world.client import RadioSlot, World

_APART_M = 50.0


@dataclass(frozen=True)
class Wish:
    """`kind` follows from `board`, a board file, where it is not given.

    `profile` puts its sensors on the wires of the board, `has_radio` its chip into a world in real
    time: both need a board. `has_image`: a synthetic MicroPython is on the flash already.
    `uarts` have a cable each. `parts`
    gives the sensors of a board by its place, instead of those of a profile.
    """

    count: int = 1
    kind: str | None = None
    flash_bytes: int = FLASH_BYTES
    board: str | None = None
    profile: str | None = None
    has_radio: bool = False
    heap_kb: int = HEAP_KB
    has_image: bool = False
    uarts: tuple[int, ...] = (1,)
    parts: Callable[[int], Parts] | None = None


@asynccontextmanager
async def bench(
    folder: Path, wish: Wish, on_console: Callable[[int, bytes], None] | None = None
) -> AsyncIterator[list[VirtualEsp32]]:
    """Yield boards that have power; the folder is there."""
    async with AsyncExitStack() as ends:
        world = await ends.enter_async_context(World(folder)) if wish.has_radio else None
        made = []
        for i in range(wish.count):
            esp = _made(folder, wish, i, world, on_console)
            ends.push_async_callback(esp.stop)
            made.append(esp)
        for esp in made:
            await esp.power_on()
        yield made


def _made(
    folder: Path,
    wish: Wish,
    i: int,
    world: World | None,
    on_console: Callable[[int, bytes], None] | None,
) -> VirtualEsp32:
    board = boards.read(wish.board) if wish.board else {}
    options: dict[str, Any] = {}
    if wish.parts:
        options["parts"] = wish.parts(i)
    elif wish.board and wish.profile:
        options["parts"] = parts_of(wish.profile, wish.board)
    if on_console:
        options["on_console"] = lambda data: on_console(i, data)
    esp = VirtualEsp32(
        folder / f"flash{i}.bin",
        state_dir=folder,
        name=f"esp32-{i}",
        kind=wish.kind or board.get("mcu", "esp32"),
        flash_bytes=wish.flash_bytes,
        link=folder / f"tty{i}",
        radio=_slot(world, wish.board, i),
        heap_kb=wish.heap_kb,
        uarts=wish.uarts,
        **options,
    )
    if wish.has_image:
        with esp.flash.open("r+b") as file:
            file.seek(esp.kind.bootloader_at)
            file.write(micropython_image(esp.kind.name))
    return esp


def _slot(world: World | None, board: str | None, i: int) -> RadioSlot | None:
    if world is None or board is None:
        return None
    return world.slot(f"esp32-{i}", boards.wiring(board), (_APART_M * i, 0.0))
