"""The flash chip: a block device on an image file.

Place: VfsLfs2 -> here -> image file.
Guarantee: a write has reached the host's kernel when it returns, so a killed interpreter leaves
what a power cut leaves: everything written before, and nothing after.

Not modelled: programming can only clear bits, and the time that erasing takes. Wear and failures
are those of rig_flash_faults.
"""

import os

_BLOCK_BYTES = 4096
_ERASED = b"\xff" * _BLOCK_BYTES
_BLOCK_COUNT = 4  # the operations of MicroPython's block device protocol
_BLOCK_SIZE = 5
_BLOCK_ERASE = 6


class Flash:
    """`path` is the image, which has a whole number of blocks.

    `region` is what of it the filesystem has, as "offset size" in bytes; None: all.
    """

    def __init__(self, path: str, region: str | None = None):
        self._file = open(path, "r+b")
        size = self._file.seek(0, 2)
        self.is_region = region is not None
        self._start, size = [int(number) for number in region.split()] if region else (0, size)
        self._blocks = size // _BLOCK_BYTES

    def is_empty(self) -> bool:
        """Say whether the first block is erased: nothing was ever stored."""
        block = bytearray(_BLOCK_BYTES)
        self.readblocks(0, block)
        return block == _ERASED

    def readblocks(self, block: int, buffer, offset: int = 0) -> None:
        """Fill `buffer` from a place within a block."""
        self._file.seek(self._start + block * _BLOCK_BYTES + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block: int, buffer, offset: int = 0) -> None:
        """Program an erased place within a block."""
        self._file.seek(self._start + block * _BLOCK_BYTES + offset)
        self._file.write(buffer)

    def ioctl(self, operation: int, block: int) -> int:
        """Answer the filesystem's questions and erase blocks."""
        if operation == _BLOCK_COUNT:
            return self._blocks
        if operation == _BLOCK_SIZE:
            return _BLOCK_BYTES
        if operation == _BLOCK_ERASE:
            self.writeblocks(block, _ERASED)
        return 0


def new_flash(path: str) -> Flash:
    """Return the flash of a board that starts: one that fails, where the supervisor wants that."""
    region = os.getenv("NECKAR_RIG_REGION")
    if region:
        import rig_setup  # noqa: F401 - while its file is in reach
    if not os.getenv("NECKAR_RIG_FLASH"):
        return Flash(path, region)
    from rig_flash_faults import FailingFlash

    return FailingFlash(path, region)
