"""A synthetic MicroPython image, which passes every check that a real one passes.

    bootloader at 0x1000 (ESP32) or 0   partition table at 0x8000   app at 0x10000

Place: tests and benches -> `micropython_image` -> bundle, esptool -> flash -> checks.
Guarantee: the same arguments give the same bytes. Headers, segments, app descriptor, checksums and
appended SHA-256 are as ESP-IDF makes them ("App Image Format"); the code in between is none, and
compresses as that of a real image does, to 60 to 65 % of its size.
"""

import hashlib
import random
import struct

from tools.rig.esp32.chips import Kind, kind_of
from tools.rig.esp32.partitions import APP_AT, MICROPYTHON_4MB, TABLE_AT, table
from tools.rig.esp32.slip import checksum

PAGE_BYTES = 0x10000  # of the cache: code that is mapped keeps its place within a page
HEADER = struct.Struct("<4BI4BHB2H4xB")  # 24 bytes; the last one: a SHA-256 is appended
SEGMENT = struct.Struct("<2I")
MAGIC = 0xE9
_APP_MAGIC = 0xABCD5432
_DESCRIPTOR = struct.Struct("<2I8x32s32s16s16s32s32s2HB3x72x")
_BOOT_DESCRIPTOR = struct.Struct("<B3xI32s24s16x")
_DIO, _4MB_40MHZ, _NO_WP_PIN = 2, 0x20, 0xEE
_IDF = b"v5.4.2"
_MADE = (b"12:00:00", b"Aug  9 2025")
_NEW_OF_CODE = 0.58  # the share of it that does not compress; the rest repeats

_Segment = tuple[int, bytes]  # where it is loaded to, its data


def micropython_image(
    kind: str = "esp32",
    size: int = 1_700_000,
    seed: int = 0,
    version: str = "1.26.0",
    has_vfs: bool = True,
) -> bytes:
    """Return an image of `size` bytes, 300,000 or more, for the place `bootloader_at` of a chip.

    Without `has_vfs` the filesystem has no partition, as in images of today: it is what the flash
    has behind the last one.
    """
    chip = kind_of(kind)
    partitions = MICROPYTHON_4MB if has_vfs else MICROPYTHON_4MB[:-1]
    image = bytearray(_bootloader(chip, seed))
    image += b"\xff" * (TABLE_AT - chip.bootloader_at - len(image))
    image += table(partitions)
    image += b"\xff" * (APP_AT - chip.bootloader_at - len(image))
    return bytes(image) + _app(chip, size - len(image), seed, version)


def _bootloader(chip: Kind, seed: int) -> bytes:
    code = _code(24_000, f"{chip.name} bootloader {seed}")
    descriptor = _BOOT_DESCRIPTOR.pack(0x50, 1, _IDF, b" ".join(reversed(_MADE)))
    first, second, third = chip.memory.boot
    segments = [
        (first, descriptor + code[:4_800]),
        (second, code[4_800:19_800]),
        (third, code[19_800:]),
    ]
    return assembled(chip, chip.memory.entry, segments)


def _app(chip: Kind, size: int, seed: int, version: str) -> bytes:
    """Return an app whose mapped segments stand where the cache wants them."""
    memory = chip.memory
    code = _code(size, f"{chip.name} app {seed} {version}")
    dram, iram = code[:11_000], code[11_000:110_992]
    between = 3 * SEGMENT.size + len(dram) + len(iram)
    pages = -(-(size // 4 + between) // PAGE_BYTES)
    drom_size = pages * PAGE_BYTES - between
    drom = _descriptor(seed, version) + code[110_992 : 110_992 + drom_size - _DESCRIPTOR.size]
    used = HEADER.size + 4 * SEGMENT.size + len(drom) + len(dram) + len(iram) + 16 + 32
    irom = code[-((size - used) // 4 * 4) :]
    segments = [(memory.drom, drom), (memory.dram, dram), (memory.iram, iram), (memory.irom, irom)]
    return assembled(chip, memory.iram + 0x1004, segments)


def assembled(chip: Kind, entry: int, segments: list[_Segment]) -> bytes:
    """Return an image of segments, whose sizes are multiples of 4, with its checksum and digest."""
    flags = (_DIO, _4MB_40MHZ, entry, _NO_WP_PIN, 0, 0, 0, chip.chip_id, 0, 0, 0xFFFF, 1)
    image = bytearray(HEADER.pack(MAGIC, len(segments), *flags))
    for address, data in segments:
        image += SEGMENT.pack(address, len(data)) + data
    image += bytes(15 - len(image) % 16)
    image.append(checksum(b"".join(data for _, data in segments)))
    return bytes(image) + hashlib.sha256(image).digest()


def _descriptor(seed: int, version: str) -> bytes:
    """Return what the first segment of an app begins with (esp_app_desc_t)."""
    program = hashlib.sha256(f"{version} {seed}".encode()).digest()
    time, date = _MADE
    texts = (f"v{version}".encode(), b"micropython", time, date, _IDF, program)
    return _DESCRIPTOR.pack(_APP_MAGIC, 0, *texts, 0, 0xFFFF, 16)


def _code(size: int, seed: str) -> bytes:
    """Return so many bytes, pieces of noise among pieces that were there before."""
    choice = random.Random(seed)  # noqa: S311 - repeatable, and no secret
    data = bytearray(choice.randbytes(4096))
    while len(data) < size:
        length = choice.randrange(8, 64)
        if choice.random() < _NEW_OF_CODE:
            data += choice.randbytes(length)
        else:
            at = choice.randrange(max(0, len(data) - 30_000), len(data) - 64)
            data += data[at : at + length]
    return bytes(data[:size])
