"""A MicroPython image for an ESP32 or ESP32-S3: which chip, which version, where files go.

    0x1000 or 0   bootloader            an ESP-IDF image: header, segments, checksum, SHA-256
    0x8000        partition table       entries of 32 bytes, MD5
    0x10000       MicroPython           an ESP-IDF image

Place: file, download -> `inspect` -> making -> manifest -> Bundle.image.
Guarantee: an image with one changed byte in its programs or its table is refused. Nothing is
guessed: what MicroPython would not find is a FlashError.

Sources: ESP-IDF, esp_app_format.h and "App Image Format" (header of 24 bytes, chip at 12, at 23
that a SHA-256 follows, as in all its builds; each segment has 8 bytes in front; the checksum of
0xEF and all data ends a block of 16), "Partition Tables" (0x8000, 0xAA50, MD5 behind 0xEBEB),
esp_app_desc.h (texts). Tried on MicroPython's own ESP32_GENERIC-20240602-v1.23.0.bin.
MicroPython, ports/esp32: makeimg.py joins the three and begins the file at the bootloader. Up to
v1.25 the table has a partition "vfs" (partitions-4MiB.csv, -8MiB.csv). From v1.26 it has none, and
main.c makes one from the end of the last partition to the end of the flash that it measures.
"""

import hashlib
import re
import struct
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import NamedTuple

from tools.flashing.errors import FlashError

CHIPS = {0: "esp32", 9: "esp32s3"}
# Where the ROM looks for the bootloader, and so where the file belongs.
OFFSETS = {"esp32": 0x1000, "esp32s3": 0}
SECTOR_BYTES = 4096
LEAST_MICROPYTHON = (1, 23)  # the first that loads .mpy of version 6.3, as we compile
TABLE_AT, TABLE_BYTES = 0x8000, 0xC00
_ENTRY = struct.Struct("<HBBLL16sL")
_ENTRY_MAGIC, _MD5_MAGIC, _APP, _DATA = 0x50AA, 0xEBEB, 0, 1
_HEADER_BYTES, _SEGMENT_BYTES, _DIGEST_BYTES = 24, 8, 32
_CHECKSUM_SEED = 0xEF
_MOST_SEGMENTS = 16
_BANNER = re.compile(
    rb"MicroPython (?:\([^)]{1,40}\) )?(v?\d+\.\d+[\w.+-]{0,60}) on \d{4}-\d\d-\d\d"
)
_NUMBER = re.compile(r"v?(\d+)\.(\d+)")
_TEXTS = struct.Struct("<L12x32s32s32x32s")  # of the description: magic, and three texts
_TEXTS_MAGIC = 0xABCD5432


class _Description(NamedTuple):
    """What an application says of itself; `idf` is the version of ESP-IDF."""

    version: str
    project: str
    idf: str


@dataclass(frozen=True)
class Facts:
    """What an image tells of itself.

    `vfs_bytes` is None where the partition of files reaches to the end of flash. `idf` is the
    version of ESP-IDF, or empty.
    """

    chip: str
    offset: int
    version: str
    idf: str
    vfs_offset: int
    vfs_bytes: int | None


class _Partition(NamedTuple):
    """An entry of the table; `kind` is its type."""

    kind: int
    offset: int
    size: int
    label: bytes


def inspect(data: bytes, name: object) -> Facts:
    """Return what an image is; `name` is what an error calls it (F220 to F226)."""
    if len(data) < TABLE_AT or data[0] != 0xE9:
        raise FlashError("F220", image=name)
    number = int.from_bytes(data[12:14], "little")
    chip = CHIPS.get(number)
    if chip is None:
        raise FlashError("F221", image=name, number=number)
    offset = OFFSETS[chip]
    _check_program(data, number, name)
    table = data[TABLE_AT - offset :]
    entries = _partitions(table, name)
    application = next((each.offset for each in entries if each.kind == _APP), 0)
    if application < TABLE_AT + TABLE_BYTES:
        raise FlashError("F223", image=name)
    program = data[application - offset :]
    _check_program(program, number, name)
    at, size = vfs_of(table, name)
    described = _described(program)
    version = _version(program, described, name)
    return Facts(chip, offset, version, described.idf, at, size)


def _check_program(data: bytes, number: int, name: object) -> None:
    """F222 unless an ESP-IDF image begins here, is whole, and is for the chip of that number."""
    if len(data) < _HEADER_BYTES or data[0] != 0xE9 or not 0 < data[1] <= _MOST_SEGMENTS:
        raise FlashError("F222", image=name)
    if int.from_bytes(data[12:14], "little") != number:
        raise FlashError("F222", image=name)
    at, sums = _HEADER_BYTES, _CHECKSUM_SEED
    for _ in range(data[1]):
        size = int.from_bytes(data[at + 4 : at + _SEGMENT_BYTES], "little")
        at += _SEGMENT_BYTES
        sums ^= _xor(data[at : at + size])
        at += size
    at |= 15  # the checksum is the last of 16 bytes
    digest = data[at + 1 : at + 1 + _DIGEST_BYTES]
    if at >= len(data) or data[at] != sums:
        raise FlashError("F222", image=name)
    if data[23] != 1 or hashlib.sha256(data[: at + 1]).digest() != digest:
        raise FlashError("F222", image=name)


def _xor(data: bytes) -> int:
    """Return all bytes, each with each, by exclusive or: halves of a large number at a time."""
    value, bits = int.from_bytes(data, "little"), len(data) * 8
    while bits > 64:
        half = (bits // 2 + 7) // 8 * 8
        value, bits = value >> half ^ value & (1 << half) - 1, half
    return reduce(xor, value.to_bytes(8, "little"))


def _partitions(table: bytes, name: object) -> list[_Partition]:
    """Return what is in a partition table; F223 where it is not right, or says nothing."""
    found: list[_Partition] = []
    table = table[:TABLE_BYTES]
    for at in range(0, len(table) - _ENTRY.size + 1, _ENTRY.size):
        magic, kind, _, offset, size, label, _ = _ENTRY.unpack_from(table, at)
        if magic == _MD5_MAGIC:
            sums = b"\xff" * 14 + hashlib.md5(table[:at], usedforsecurity=False).digest()
            if not found or sums != table[at + 2 : at + 32]:
                break
            return found
        if magic != _ENTRY_MAGIC:
            break
        found.append(_Partition(kind, offset, size, label.rstrip(b"\0")))
    raise FlashError("F223", image=name)


def vfs_of(table: bytes, name: object) -> tuple[int, int | None]:
    """Return where MicroPython puts files and how many bytes it gives them, by what is at 0x8000.

    None instead of bytes: up to the end of flash. F223 where it is no table, F226 for FAT.
    """
    entries = _partitions(table, name)
    for each in entries:
        if (each.kind, each.label) == (_DATA, b"vfs"):
            return each.offset, each.size
    if any((each.kind, each.label) == (_DATA, b"ffat") for each in entries):
        raise FlashError("F226", image=name)  # TinyUF2's table: FAT, which a cut destroys
    return max(each.offset + each.size for each in entries), None


def _version(program: bytes, described: _Description, name: object) -> str:
    """Return what MicroPython calls itself: at its start, else in its description.

    MicroPython's own builds leave version and project out of the description (sdkconfig.base,
    APP_EXCLUDE_PROJECT_VER_VAR).
    """
    found = _BANNER.search(program)
    if found is not None:
        version = found[1].decode("ascii")
    elif described.project == "micropython":
        version = described.version
    else:
        raise FlashError("F224", image=name)
    number = _NUMBER.match(version)
    if number is None or (int(number[1]), int(number[2])) < LEAST_MICROPYTHON:
        least = ".".join(map(str, LEAST_MICROPYTHON))
        raise FlashError("F225", image=name, version=version, least=least)
    return version


def _described(program: bytes) -> _Description:
    """Return the description, which begins the first segment; empty texts where there is none."""
    at = _HEADER_BYTES + _SEGMENT_BYTES
    if len(program) < at + _TEXTS.size:
        return _Description("", "", "")
    magic, *texts = _TEXTS.unpack_from(program, at)
    if magic != _TEXTS_MAGIC:
        return _Description("", "", "")
    return _Description(*(text.partition(b"\0")[0].decode("ascii", "replace") for text in texts))
