"""Compile the shim and steer it: a disk that is slow, full or fails, and a clock that jumps.

Place: faults -> `Control` -> a mapped file -> shim.c inside the gateway.
Guarantee: `build` returns None where there is no compiler, and nothing of the project needs one.
The layout of the file is that of `struct control` in shim.c; both sides are tested together.
"""

import mmap
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.soaking.errors import SoakError

_SOURCE = Path(__file__).with_name("shim.c")
_FILES = 16
_NAME = 240
_RANGES = 8192
_HEAD = struct.Struct("=qqqiiqq")
_RANGE = struct.Struct("=iiq")
_NAMES_AT = _HEAD.size
_RANGES_AT = _NAMES_AT + _FILES * _NAME
_BYTES = _RANGES_AT + _RANGES * _RANGE.size
_NO_BOUND = -1


def build(folder: Path) -> Path | None:
    """Compile the shim into `folder`; None where there is no compiler for C."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    library = folder / "shim.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"]
    done = subprocess.run([*command, "-lpthread"], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no word"]
        raise SoakError(f"{compiler} does not compile {_SOURCE.name}: {lines[0]}")
    return library


class Unsynced(NamedTuple):
    """Bytes that were written and not yet synced when the process ended."""

    path: Path
    offset: int
    length: int


class Control:
    """The switches of one shim. `folder` holds the files that it is about."""

    def __init__(self, path: Path, folder: Path):
        path.write_bytes(bytes(_BYTES))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _BYTES)
        self._path = path
        self._folder = folder.resolve()
        self.heal()

    def environment(self, library: Path) -> dict[str, str]:
        """Return what a process needs in its environment to live under this shim."""
        return {
            "LD_PRELOAD": str(library),
            "NECKAR_SOAK_CONTROL": str(self._path),
            "NECKAR_SOAK_FOLDER": str(self._folder),
        }

    def heal(self) -> None:
        """Let the disk be as it is; the clock stays where it is."""
        self.set_room(_NO_BOUND)
        self.set_sync(0.0, 0)

    def set_clock(self, shift_s: float) -> None:
        """Put the wall clock ahead by so much, or back."""
        struct.pack_into("=q", self._map, 0, round(shift_s * 1e9))

    def set_room(self, room: int) -> None:
        """Let files grow by `room` more bytes in all; negative: as they like."""
        struct.pack_into("=q", self._map, 8, room)

    def set_sync(self, delay_s: float, error: int) -> None:
        """Make each sync take longer, and fail with an errno that is not 0."""
        struct.pack_into("=qi", self._map, 16, round(delay_s * 1e6), error)

    @property
    def refused(self) -> int:
        """Return how many calls were refused so far."""
        return int(_HEAD.unpack_from(self._map)[5])

    @property
    def syncs(self) -> int:
        """Return how many syncs came through so far."""
        return int(_HEAD.unpack_from(self._map)[6])

    def unsynced(self) -> list[Unsynced] | None:
        """Return what is not synced, of a process that has ended; None where it is not known."""
        if _HEAD.unpack_from(self._map)[4]:
            return None
        return list(self._ranges())

    def _ranges(self) -> Iterator[Unsynced]:
        for i in range(_RANGES):
            file, length, offset = _RANGE.unpack_from(self._map, _RANGES_AT + i * _RANGE.size)
            if file:
                begin = _NAMES_AT + (file - 1) * _NAME
                name = self._map[begin : begin + _NAME].split(b"\x00")[0]
                yield Unsynced(Path(name.decode()), offset, length)

    def forget(self) -> None:
        """Take note that the power was cut: nothing is waiting to be synced any more."""
        self._map[_RANGES_AT:_BYTES] = bytes(_BYTES - _RANGES_AT)
        struct.pack_into("=i", self._map, 28, 0)

    def close(self) -> None:
        """Let the file go."""
        self._map.close()
