"""What a power cut does to a file: bytes that were not synced are there, or zero, or garbage.

Place: after a kill, `shim.Control.unsynced` -> here -> the files of the gateway.
Guarantee: only bytes that were written after the last sync are touched, each sector of 512 bytes by
itself, as a disk writes them. At the end of a file they may be missing altogether.
"""

import random
from pathlib import Path

from tools.soaking.shim import Unsynced

_SECTOR = 512


def tear(unsynced: list[Unsynced], dice: random.Random) -> int:
    """Damage these ranges; return how many sectors were changed."""
    changed = 0
    for path in sorted({each.path for each in unsynced}):
        if path.exists():
            changed += _tear_file(path, [u for u in unsynced if u.path == path], dice)
    return changed


def _tear_file(path: Path, ranges: list[Unsynced], dice: random.Random) -> int:
    size = path.stat().st_size
    changed = 0
    with path.open("r+b") as file:
        for _, offset, length in sorted(ranges):
            end = min(offset + length, size)
            at = offset
            while at < end:
                stop = min((at // _SECTOR + 1) * _SECTOR, end)
                fate = dice.choice(("kept", "kept", "zero", "garbage"))
                if fate != "kept":
                    file.seek(at)
                    data = bytes(stop - at) if fate == "zero" else dice.randbytes(stop - at)
                    file.write(data)
                    changed += 1
                at = stop
        last = max(ranges, key=lambda u: u.offset)
        is_tail = last.offset < size <= last.offset + last.length
        if is_tail and dice.random() < 0.3:
            file.truncate(dice.randrange(last.offset, size + 1))
            changed += 1
    return changed
