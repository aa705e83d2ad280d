"""A flash chip that fails as the supervisor wants it to; tools/rig/flash.py says how.

Place: VfsLfs2 -> here -> rig_flash -> image file; counts and writes -> files of the supervisor.
Guarantee: what it needs is allocated before the board's heap is limited, and its files are open by
then. A write is in the journal of writes before it is in the image.
"""

import os

from rig_control import leave
from rig_flash import Flash

_BLOCK_BYTES = 4096
_SYNC = 3  # operations of MicroPython's block device protocol
_ERASE = 6
_EIO = 5
_ERASED = b"\xff" * _BLOCK_BYTES


class FailingFlash(Flash):
    """`path` is the image; faults come from the environment."""

    def __init__(self, path: str, region: str | None = None):
        super().__init__(path, region)
        cut_at, torn_bytes = os.getenv("NECKAR_RIG_FLASH").split()
        self._left = int(cut_at)  # operations up to the cut; 0: no cut
        self._torn_bytes = int(torn_bytes)
        self._bad = [int(block) for block in os.getenv("NECKAR_RIG_FLASH_BAD").split()]
        self._old = bytearray(_BLOCK_BYTES)
        self._number = bytearray(4)
        self._head = bytearray(8)
        self._wear = open(os.getenv("NECKAR_RIG_FLASH_WEAR"), "r+b")
        if self._wear.seek(0, 2) == 0:
            self._wear.write(bytes(4 * self._blocks))
        writes = os.getenv("NECKAR_RIG_FLASH_WRITES")
        self._writes = open(writes, "r+b") if writes else None
        self._sync()

    def writeblocks(self, block: int, buffer, offset: int = 0) -> None:
        """Program, or fail to."""
        if block in self._bad:
            raise OSError(_EIO)
        self._do(block, buffer, offset)

    def ioctl(self, operation: int, block: int) -> int:
        """Answer the filesystem's questions; erase, and note what was synced."""
        if operation == _ERASE:
            self._do(block, _ERASED, 0)
            self._count_erase(block)
            return 0
        if operation == _SYNC:
            self._sync()
        return super().ioctl(operation, block)

    def _do(self, block: int, data, offset: int) -> None:
        if self._writes:
            self._note(self._start + block * _BLOCK_BYTES + offset, data)
        if self._left == 1:
            self._file.seek(self._start + block * _BLOCK_BYTES + offset)
            self._file.write(data, min(self._torn_bytes, len(data)))
            leave("cut")
        self._left -= 1 if self._left else 0
        super().writeblocks(block, data, offset)

    def _count_erase(self, block: int) -> None:
        self._wear.seek(4 * block)
        self._wear.readinto(self._number)
        _put(self._number, 0, int.from_bytes(self._number, "little") + 1)
        self._wear.seek(4 * block)
        self._wear.write(self._number)

    def _sync(self) -> None:
        self._end = 4
        self._note_end()

    def _note(self, place: int, data) -> None:
        """Keep a write with what was there before it."""
        size = len(data)
        self._file.seek(place)
        self._file.readinto(self._old, size)
        _put(self._head, 0, place)
        _put(self._head, 4, size)
        self._writes.seek(self._end)
        self._writes.write(self._head)
        self._writes.write(self._old, size)
        self._writes.write(data)
        self._end += 8 + 2 * size
        self._note_end()

    def _note_end(self) -> None:
        if self._writes:
            _put(self._number, 0, self._end)
            self._writes.seek(0)
            self._writes.write(self._number)


def _put(buffer, at: int, value: int) -> None:
    """Store four bytes, the lowest first, without an object for them."""
    for i in range(at, at + 4):
        buffer[i] = value & 255
        value >>= 8
