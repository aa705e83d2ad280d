"""What ROM and bootloader check before they run an app, and what they say of a bad one.

Place: flash -> `checked` -> `Good` or `Bad` -> VirtualEsp32, which prints their words.
Guarantee: an image that was only partly written, or is for another chip, is bad.

As ESP-IDF's esp_image_format.c and bootloader_utility.c have it: the ROM looks at header and
checksum of the bootloader; the bootloader looks at the partition table, and at header, chip,
segments, checksum and SHA-256 of the app. A bootloader for another chip would crash the ROM; here
it is refused in the words that the bootloader has for an app.
"""

import hashlib
import struct
from dataclasses import dataclass

from tools.rig.esp32 import partitions
from tools.rig.esp32.chips import Kind
from tools.rig.esp32.flash import Flash
from tools.rig.esp32.images import HEADER, MAGIC, PAGE_BYTES, SEGMENT
from tools.rig.esp32.slip import checksum

_MOST_SEGMENTS = 16
_APP_SEGMENT_LIMIT = 0x1000000
_SHA_BYTES = 32


@dataclass(frozen=True)
class Good:
    """`loads` are (address, size) of what the ROM loads; `user_area` has the filesystem."""

    loads: list[tuple[int, int]]
    entry: int
    user_area: partitions.Partition


@dataclass(frozen=True)
class Bad:
    """`loads` of a bootloader that is good itself; `said` is printed at each attempt."""

    said: str
    loads: list[tuple[int, int]]
    entry: int = 0


class _ImageError(Exception):
    """The text is what is said of the image."""


@dataclass(frozen=True)
class _Image:
    entry: int
    segments: list[tuple[int, int]]


def checked(flash: Flash, kind: Kind) -> Good | Bad:
    """Look at the flash as a chip does after a reset."""
    try:
        boot = _image(flash, kind, kind.bootloader_at, partitions.TABLE_AT, _RomWords(kind))
    except _ImageError as e:
        return Bad(str(e), [])
    try:
        area = _app_area(flash, kind)
    except (_ImageError, partitions.TableError) as e:
        return Bad(str(e), boot.segments, boot.entry)
    return Good(boot.segments, boot.entry, area)


class _RomWords:
    """Of the first stage, which names what it found."""

    has_digest = False  # the ROM leaves the digest to the bootloader, which it does not have yet

    def __init__(self, kind: Kind):
        self._kind = kind

    def bad_header(self, at: int, found: int) -> str:
        return "\n".join(3 * [f"invalid header: 0x{found:08x}"])

    def bad_checksum(self, found: int, wanted: int) -> str:
        return self._kind.words.bad_checksum.format(found=found, wanted=wanted)


class _BootloaderWords:
    """Of the second stage, as ESP-IDF logs them."""

    has_digest = True

    def bad_header(self, at: int, found: int) -> str:
        return (
            f"E (62) esp_image: image at 0x{at:x} has invalid magic byte (nothing flashed here?)\n"
            "E (62) boot: Factory app partition is not bootable\n"
            "E (68) boot: No bootable app partitions in the partition table"
        )

    def bad_checksum(self, found: int, wanted: int) -> str:
        return f"E (380) esp_image: Checksum failed. Calculated 0x{found:x} read 0x{wanted:x}"


_Words = _RomWords | _BootloaderWords


def _app_area(flash: Flash, kind: Kind) -> partitions.Partition:
    """Return where the filesystem is, when table and app are good."""
    try:
        found = partitions.parsed(
            flash.read(partitions.TABLE_AT, partitions.TABLE_BYTES), flash.size
        )
    except partitions.TableError as e:
        raise _ImageError(
            f"E (59) flash_parts: {e}\n"
            "E (59) boot: Failed to verify partition table\n"
            "E (64) boot: load partition table error!"
        ) from None
    app = partitions.app_of(found)
    if app is None:
        raise _ImageError("E (60) boot: No bootable app partitions in the partition table")
    _image(flash, kind, app.at, app.at + app.size, _BootloaderWords())
    return partitions.user_area(found, flash.size)


def _image(flash: Flash, kind: Kind, at: int, limit: int, words: _Words) -> _Image:
    """Return what an image loads; _ImageError where it is not whole."""
    head = flash.read(at, HEADER.size)
    magic, count, _, _, entry, *_, chip_id, _, _, _, has_digest = HEADER.unpack(head)
    if magic != MAGIC or count > _MOST_SEGMENTS:
        raise _ImageError(words.bad_header(at, struct.unpack_from("<I", head)[0]))
    if chip_id != kind.chip_id:
        raise _ImageError(_other_chip(kind, chip_id))
    segments, end, found = [], at + HEADER.size, 0xEF
    for _ in range(count):
        address, size = SEGMENT.unpack(flash.read(end, SEGMENT.size))
        end += SEGMENT.size
        if size % 4 or size >= _APP_SEGMENT_LIMIT or end + size > limit:
            raise _ImageError(f"E (70) esp_image: invalid segment length 0x{size:x}")
        if _is_mapped(kind, address) and address % PAGE_BYTES != end % PAGE_BYTES:
            raise _ImageError(
                f"E (70) esp_image: Segment load address 0x{address:08x}, "
                f"doesn't match data 0x{end:08x}"
            )
        found ^= checksum(flash.read(end, size)) ^ 0xEF
        segments.append((address, size))
        end += size
    end += 15 - (end - at) % 16
    wanted = flash.read(end, 1)[0]
    if found != wanted:
        raise _ImageError(words.bad_checksum(found, wanted))
    if has_digest and words.has_digest:
        _check_digest(flash, at, end + 1)
    return _Image(entry, segments)


def _check_digest(flash: Flash, at: int, end: int) -> None:
    if hashlib.sha256(flash.read(at, end - at)).digest() != flash.read(end, _SHA_BYTES):
        raise _ImageError("E (410) esp_image: Image hash failed - image is corrupt")


def _other_chip(kind: Kind, found: int) -> str:
    return (
        f"E (60) boot_comm: mismatch chip ID, expected {kind.chip_id}, found {found}\n"
        "E (66) boot: Factory app partition is not bootable"
    )


def _is_mapped(kind: Kind, address: int) -> bool:
    """Say whether the cache maps this address: code and constants of an app."""
    return any(address in mapped for mapped in kind.memory.mapped)
