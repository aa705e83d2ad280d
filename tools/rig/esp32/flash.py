"""The whole flash of a board in one file, as the bootloader has it: NOR, in sectors of 4 KB.

Place: bootloader -> Flash -> file; MicroPython works on a region of the same file.
Guarantee: what was programmed has reached the host's kernel when a call returns, so a process that
is killed leaves what a power cut leaves. A place outside of the flash is a ValueError, and nothing
was done.

Not modelled: the time that erasing takes, wear (see `tools.rig.flash`), write protection.
"""

import hashlib
import os
from pathlib import Path

from tools.rig.errors import RigError

SECTOR_BYTES = 4096


class Flash:
    """`open` it while nobody else writes to the file; `dead` sectors take no data, but erase."""

    def __init__(self, path: Path, size: int, dead: frozenset[int] = frozenset()):
        self.size = size
        self.dead = dead
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def read(self, at: int, size: int) -> bytes:
        """Return a piece."""
        self._check(at, size)
        return os.pread(self._descriptor, size, at)

    def md5(self, at: int, size: int) -> bytes:
        """Return the digest of a piece."""
        return hashlib.md5(self.read(at, size), usedforsecurity=False).digest()

    def erase(self, at: int, size: int) -> None:
        """Erase all sectors that a piece touches."""
        self._check(at, size)
        first = at - at % SECTOR_BYTES
        end = min(-(-(at + size) // SECTOR_BYTES) * SECTOR_BYTES, self.size)
        os.pwrite(self._descriptor, b"\xff" * (end - first), first)

    def program(self, at: int, data: bytes) -> None:
        """Clear the bits that are 0 in `data`, but not in dead sectors."""
        self._check(at, len(data))
        if self.dead:
            self._program_around_the_dead(at, data)
        else:
            self._program(at, data)

    def _program(self, at: int, data: bytes) -> None:
        old = os.pread(self._descriptor, len(data), at)
        if old.count(0xFF) != len(old):
            both = int.from_bytes(old, "little") & int.from_bytes(data, "little")
            data = both.to_bytes(len(data), "little")
        os.pwrite(self._descriptor, data, at)

    def _program_around_the_dead(self, at: int, data: bytes) -> None:
        while data:
            count = SECTOR_BYTES - at % SECTOR_BYTES
            if at // SECTOR_BYTES not in self.dead:
                self._program(at, data[:count])
            at, data = at + count, data[count:]

    def _check(self, at: int, size: int) -> None:
        if at < 0 or size < 0 or at + size > self.size:
            raise ValueError(f"{size} bytes at {at:#x} are outside of the flash")


def make_flash(path: Path, size: int) -> None:
    """Make an erased flash, or accept the one that is there; RigError where its size is another."""
    if size & (size - 1) or size < 1 << 20:
        raise RigError(f"a flash has 1, 2, 4, 8 ... MB, not {size} bytes")
    if not path.exists():
        path.write_bytes(b"\xff" * size)
    elif path.stat().st_size != size:
        raise RigError(f"the flash {path} has {path.stat().st_size} bytes, not {size}")
