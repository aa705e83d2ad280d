"""A board as it is in the field: the firmware of this checkout in ROM, and an ESP32's heap.

Place: checkout -> `production` -> nodes of the demonstration, benches and tests -> VirtualBoard.
Guarantee: made once in a process. Without a cross compiler that fits (see `firmware`) there is no
ROM: the sources are on the flash, and need a heap that no ESP32 has.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

from tools.rig.chip import ESP32_HEAP_KB
from tools.rig.errors import RigError
from tools.rig.firmware import firmware_files
from tools.rig.rom import build_rom

# What firmware in the rig's ROM keeps in the heap and frozen code keeps in flash: objects of
# functions, tables of constants. Of the least node (`tools/bench node`: frozen), rounded down.
_FROZEN_KB = 24
_SOURCES_HEAP_KB = 1024


@dataclass(frozen=True)
class Production:
    """`files` are for the flash image; `rom` and `heap_kb` as VirtualBoard takes them."""

    files: dict[str, bytes]
    rom: Path | None
    heap_kb: int


@functools.cache
def production(root: Path) -> Production:
    """Return the firmware of the checkout at `root`."""
    try:
        return Production(
            firmware_files(root, in_rom=True), build_rom(root), ESP32_HEAP_KB + _FROZEN_KB
        )
    except RigError:
        return Production(firmware_files(root), None, _SOURCES_HEAP_KB)
