"""A board's flash that fails, and what it went through: the supervisor's half.

    FlashFaults ─ environment ─> device/rig_flash_faults.py ─> image, wear, journal of writes
                <─────────────── `wear`, `lose` ───────────────────────┘

Place: test, bench -> FlashFaults -> VirtualBoard -> board's interpreter.
Guarantee: the same faults and seed do the same to the same writes. Nothing of it costs the board
heap. A write that was followed by a sync is never lost.

Not modelled: programming can only clear bits; a reordered erase that is lost leaves what was there.
"""

import random
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_EMPTY = struct.pack("<I", 4)  # of a journal: where it ends
_HEAD = struct.Struct("<II")  # of each write in it: place in the image, size; old and new bytes


class Wear(NamedTuple):
    """Erases of the blocks: of the one with the most, and of all together."""

    most: int
    total: int
    blocks: int

    @property
    def mean(self) -> float:
        """Return the erases of a block when all are worn alike."""
        return self.total / self.blocks if self.blocks else 0.0


@dataclass
class FlashFaults:
    """`path` and a suffix are its files; each field may be changed between two starts of the board.

    cut_at        the power goes at this operation, program or erase, counted from 1 at each start
                  of the interpreter; 0: never
    torn_bytes    so many bytes of that operation still reach the flash
    reorder_seed  where power goes, some of the writes since the last sync are missing, whichever
                  came last; None: all are there
    bad_blocks    cannot be programmed: OSError(EIO)
    """

    path: Path
    cut_at: int = 0
    torn_bytes: int = 0
    reorder_seed: int | None = None
    bad_blocks: frozenset[int] = frozenset()
    _losses: int = field(default=0, init=False)

    def environment(self) -> dict[str, str]:
        """Return what the board's flash is told; makes its files."""
        for file, empty in ((self._wear, b""), (self._writes, _EMPTY)):
            if not file.exists():
                file.write_bytes(empty)
        variables = {
            "FLASH": f"{self.cut_at} {self.torn_bytes}",
            "FLASH_BAD": " ".join(map(str, sorted(self.bad_blocks))),
            "FLASH_WEAR": str(self._wear.absolute()),
        }
        if self.reorder_seed is not None:
            variables["FLASH_WRITES"] = str(self._writes.absolute())
        return variables

    def lose(self, image: Path) -> None:
        """The power has gone: take away some of the writes that were not yet synced."""
        if self.reorder_seed is None or not self._writes.exists():
            return
        choice = random.Random(f"{self.reorder_seed} {self._losses}")  # noqa: S311 - repeatable
        self._losses += 1
        writes = _unsynced(self._writes.read_bytes())
        with image.open("r+b") as flash:
            for at, old, _ in reversed(writes):
                flash.seek(at)
                flash.write(old)
            for at, _, new in writes:
                if choice.random() < 0.5:
                    flash.seek(at)
                    flash.write(new)
        self._writes.write_bytes(_EMPTY)

    def wear(self) -> Wear:
        """Return how often blocks were erased since the files were made."""
        data = self._wear.read_bytes() if self._wear.exists() else b""
        counts = struct.unpack(f"<{len(data) // 4}I", data)
        return Wear(max(counts, default=0), sum(counts), len(counts))

    @property
    def _wear(self) -> Path:
        return self.path.with_suffix(".wear")

    @property
    def _writes(self) -> Path:
        return self.path.with_suffix(".writes")


def _unsynced(journal: bytes) -> list[tuple[int, bytes, bytes]]:
    """Return (place, old, new) of the writes since the last sync."""
    end = int.from_bytes(journal[:4], "little")
    at, writes = 4, []
    while at < end:
        place, size = _HEAD.unpack_from(journal, at)
        at += _HEAD.size
        writes.append((place, journal[at : at + size], journal[at + size : at + 2 * size]))
        at += 2 * size
    return writes
