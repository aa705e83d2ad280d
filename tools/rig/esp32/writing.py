"""One download into the flash, as FLASH_BEGIN or FLASH_DEFL_BEGIN opens it, block by block.

Place: bootloader -> Writing -> Flash.
Guarantee: the ROM erases all before the first block; the stub erases a sector just before it needs
it, so what a broken download has not reached is as it was. Blocks that come without a beginning, or
hold more than was announced, are refused.
"""

import zlib

from tools.rig.esp32.flash import SECTOR_BYTES, Flash

_NOT_BEGUN = 0xC6  # reasons of the stub
_BAD_DEFLATE = 0xC7
_TOO_MUCH = 0xC9


class CommandError(Exception):
    """A request that cannot be done; `reason` is the second byte of its status."""

    def __init__(self, reason: int):
        super().__init__(f"reason {reason:#x}")
        self.reason = reason


class Writing:
    """`begin` it as often as needed."""

    def __init__(self, flash: Flash):
        self._flash = flash
        self._begin = self._next = self._end = self._erased_to = 0
        self._block = 0
        self._inflate: zlib._Decompress | None = None

    def begin(
        self, at: int, size: int, block: int, *, erases_first: bool, is_deflated: bool = False
    ) -> None:
        """Expect `size` bytes for a place; ValueError where they do not fit."""
        end = -(-(at + size) // SECTOR_BYTES) * SECTOR_BYTES
        if end > self._flash.size:
            raise ValueError(f"{size} bytes at {at:#x} are outside of the flash")
        self._begin = self._next = at
        self._end = end
        self._block = block
        self._inflate = zlib.decompressobj() if is_deflated else None
        self._erased_to = at - at % SECTOR_BYTES
        if erases_first:
            self._erase_to(end)

    def write(self, number: int, data: bytes) -> None:
        """Program a block: the next one where they are deflated, else one by its number."""
        if self._inflate:
            try:
                data = self._inflate.decompress(data)
            except zlib.error:
                raise CommandError(_BAD_DEFLATE) from None
        else:
            self._next = self._begin + number * self._block
        if not self._end:
            raise CommandError(_NOT_BEGUN)
        if self._next + len(data) > self._end:
            raise CommandError(_TOO_MUCH)
        self._erase_to(self._next + len(data))
        self._flash.program(self._next, data)
        self._next += len(data)

    def _erase_to(self, end: int) -> None:
        if end > self._erased_to:
            self._flash.erase(self._erased_to, end - self._erased_to)
            self._erased_to = -(-end // SECTOR_BYTES) * SECTOR_BYTES
