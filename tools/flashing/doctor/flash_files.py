"""Files in the flash of a chip in download mode, without reading all of it.

Place: Chip.read -> `FlashFiles` -> reading.
Guarantee: reads only; a block is read once, and no more than _MOST_BLOCKS in all: of a filesystem
of 2 MB some twenty blocks hold what doctor wants, a second or two on the wire. FlashError F251
where there is no filesystem, else what `read` raises.

The partition table stands at 0x8000 (ESP-IDF, "Partition Tables").
"""

from collections.abc import Callable, Iterable
from contextlib import suppress

from littlefs import LittleFS
from littlefs.errors import LittleFSError

from tools.flashing.bundle.image import vfs_of
from tools.flashing.errors import FlashError
from tools.flashing.filesystem import BLOCK_BYTES

_TABLE_AT = 0x8000
_TABLE_BYTES = 0xC00
_UNIT_BYTES = 32  # as tools.flashing.filesystem, which says why
_MOST_BLOCKS = 200
_MOST_BYTES = 64 * 1024  # of one file
_READ_ONLY = -30  # EROFS
_NOTHING = b"\xff" * BLOCK_BYTES

Read = Callable[[int, int], bytes]


class FlashFiles:
    """The filesystem in a partition; `file` by absolute path."""

    def __init__(self, read: Read, at: int, size: int):
        self._blocks = _Blocks(read, at)
        self._filesystem = LittleFS(
            self._blocks,  # type: ignore[arg-type] # what it calls is there
            mount=False,
            block_size=BLOCK_BYTES,
            block_count=size // BLOCK_BYTES,
            read_size=_UNIT_BYTES,
            prog_size=_UNIT_BYTES,
            cache_size=4 * _UNIT_BYTES,
            lookahead_size=_UNIT_BYTES,
        )
        try:
            self._filesystem.mount()
        except LittleFSError as e:
            raise self._blocks.error or FlashError("F251", why=str(e)) from e

    def file(self, path: str) -> bytes | None:
        """Return a file, or None where there is none that can be read."""
        data = None
        with suppress(OSError, LittleFSError), self._filesystem.open(path, "rb") as file:
            data = bytes(file.read(_MOST_BYTES))
        if self._blocks.error is not None:
            raise self._blocks.error
        return data


class _Blocks:
    """What LittleFS reads from: blocks are fetched when they are wanted, and kept.

    Nothing may be raised through LittleFS: `error` keeps the first.
    """

    def __init__(self, read: Read, at: int):
        self._read = read
        self._at = at
        self._known: dict[int, bytes] = {}
        self.error: FlashError | None = None

    def read(self, _config: object, block: int, offset: int, size: int) -> bytearray:
        if block not in self._known and self.error is None:
            self._fetch(block)
        content = self._known.get(block, _NOTHING)
        return bytearray(content[offset : offset + size])

    def _fetch(self, block: int) -> None:
        if len(self._known) >= _MOST_BLOCKS:
            self.error = FlashError("F251", why=f"{_MOST_BLOCKS} blocks")
            return
        try:
            self._known[block] = self._read(self._at + block * BLOCK_BYTES, BLOCK_BYTES)
        except FlashError as e:
            self.error = e

    def prog(self, _config: object, block: int, offset: int, data: bytes) -> int:
        return _READ_ONLY

    def erase(self, _config: object, block: int) -> int:
        return _READ_ONLY

    def sync(self, _config: object) -> int:
        return 0


def files_of(read: Read, flash_size: int, paths: Iterable[str]) -> dict[str, bytes | None]:
    """Return these files from a chip's flash; F223 or F251 where there is no filesystem."""
    at, size = vfs_of(read(_TABLE_AT, _TABLE_BYTES), "flash")
    filesystem = FlashFiles(read, at, flash_size - at if size is None else size)
    return {path: filesystem.file(path) for path in paths}
