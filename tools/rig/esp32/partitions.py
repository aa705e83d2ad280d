"""The partition table at 0x8000 of the flash.

    aa 50, type, subtype, offset, size, name, flags       32 bytes each, then a line with an MD5

Place: images -> `table` -> flash -> `parsed` -> checks (as the bootloader), `user_area` (as
MicroPython).
Guarantee: what `parsed` returns passed the checks that ESP-IDF's bootloader makes.

Format: ESP-IDF, "Partition Tables", and its esp_flash_partitions.h.
"""

import hashlib
import struct
from typing import NamedTuple

TABLE_AT = 0x8000
TABLE_BYTES = 0xC00
APP_AT = 0x10000  # in all tables of MicroPython
APP, DATA = 0, 1
FACTORY, NVS, PHY, FAT = 0, 2, 1, 0x81
_MAGIC = 0x50AA
_MD5_MAGIC = 0xEBEB
_ENTRY = struct.Struct("<HBB2I16sI")


class Partition(NamedTuple):
    """`at` and `size` are bytes of the flash."""

    name: str
    type: int
    subtype: int
    at: int
    size: int


class TableError(Exception):
    """The text is what the bootloader says."""


# As MicroPython's partitions-4MiB.csv was until it left the filesystem's partition out.
MICROPYTHON_4MB = (
    Partition("nvs", DATA, NVS, 0x9000, 0x6000),
    Partition("phy_init", DATA, PHY, 0xF000, 0x1000),
    Partition("factory", APP, FACTORY, APP_AT, 0x1F0000),
    Partition("vfs", DATA, FAT, 0x200000, 0x200000),
)


def table(partitions: tuple[Partition, ...]) -> bytes:
    """Return a table with its MD5, filled up."""
    entries = b"".join(
        _ENTRY.pack(_MAGIC, kind, subtype, at, size, name.encode(), 0)
        for name, kind, subtype, at, size in partitions
    )
    digest = hashlib.md5(entries, usedforsecurity=False).digest()
    entries += struct.pack("<H", _MD5_MAGIC) + b"\xff" * 14 + digest
    return entries.ljust(TABLE_BYTES, b"\xff")


def parsed(data: bytes, flash_bytes: int) -> list[Partition]:
    """Return the partitions of a table; TableError where the bootloader would refuse it."""
    partitions: list[Partition] = []
    for at in range(0, TABLE_BYTES, _ENTRY.size):
        magic, kind, subtype, offset, size, name, _ = _ENTRY.unpack_from(data, at)
        if magic == _MD5_MAGIC:
            if data[at + 16 : at + 32] != hashlib.md5(data[:at], usedforsecurity=False).digest():
                raise TableError("Incorrect MD5 checksum")
        elif magic == 0xFFFF and partitions:
            return partitions
        elif magic != _MAGIC:
            raise TableError(f"partition {len(partitions)} invalid magic number 0x{magic:x}")
        elif offset + size > flash_bytes:
            raise TableError(
                f"partition {len(partitions)} invalid - offset 0x{offset:x} size 0x{size:x}"
                f" exceeds flash chip size 0x{flash_bytes:x}"
            )
        else:
            text = name.rstrip(b"\0").decode(errors="replace")
            partitions.append(Partition(text, kind, subtype, offset, size))
    return partitions


def app_of(partitions: list[Partition]) -> Partition | None:
    """Return the partition that the bootloader starts; there is no update over the air here."""
    return next((one for one in partitions if one.type == APP), None)


def user_area(partitions: list[Partition], flash_bytes: int) -> Partition:
    """Return where MicroPython has its filesystem.

    That is the partition of this name, or all behind the last one (ports/esp32/main.c).
    """
    for one in partitions:
        if one.type == DATA and one.name == "vfs":
            return one
    end = max(one.at + one.size for one in partitions)
    return Partition("vfs", DATA, FAT, end, flash_bytes - end)
