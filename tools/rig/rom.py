"""The firmware in ROM, as a production image has it: a read-only filesystem of compiled modules.

    image      d2 cd 31, size, records          record     kind, size, payload
    directory  4: size of name, name, records   file       5: size of name, name, data record
    data       2: bytes                         numbers    7 bits a byte, the highest first

Beside the modules it holds `names`, a line for each name that occurs in them: the board knows them
before it runs, as a frozen image does.

Place: checkout -> `build_rom` -> file -> VirtualBoard(rom=...) -> device/rig_rom.py.
Guarantee: a ROM is kept by its content, in a folder that only this user may write to; the same
checkout gives the same file. The format is ROMFS v1 of MicroPython (extmod/vfs_rom.c).
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.rig.errors import RigError
from tools.rig.firmware import compiled, private_folder
from tools.rig.reach import board_modules

_HEADER = b"\xd2\xcd\x31"
_VERBATIM, _DIRECTORY, _FILE = 2, 4, 5
_MPY_HEAD = 4  # M, version, features, bits of a small int
# MicroPython keeps names in pools, and takes the next, twice as large, in one piece: 28 KB here for
# one name too many. Frozen names lie in flash, and new ones begin with a small pool; so the large
# one is taken while the heap is not limited yet, by names that nobody uses.
_SPARE_NAMES = 256
_BOOT = "_boot.py"  # runs before there is a filesystem; see firmware/frozen


def build_rom(root: Path) -> Path:
    """Return the ROM with the libraries of the checkout at `root`, made if it is not there yet."""
    sources = board_modules(root)
    frozen = root / "firmware" / "frozen" / _BOOT
    if frozen.exists():
        sources[_BOOT] = frozen
    files = compiled(sources)
    if files is None:
        raise RigError("a ROM needs mpy-cross, of the version whose files micropython loads")
    return keep_rom(files)


def keep_rom(files: dict[str, bytes]) -> Path:
    """Return a ROM that holds `files`, given by path without a slash in front."""
    names = [*_names(files), *(f"spare {i}" for i in range(_SPARE_NAMES))]
    image = rom_image({**files, "names": "".join(f"{name}\n" for name in names).encode()})
    folder = private_folder(f"neckar-rom-{os.getuid()}")
    kept = folder / f"{hashlib.sha256(image).hexdigest()}.rom"
    if not kept.exists():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as fresh:
            fresh.write(image)
        Path(fresh.name).replace(kept)
    return kept


def rom_image(files: dict[str, bytes]) -> bytes:
    """Return the filesystem; its size is even, as ROMFS wants it."""
    records = _records(files)
    size = _number(len(records))
    if (len(_HEADER) + len(size) + len(records)) % 2:
        size = b"\x80" + size  # a leading zero
    return _HEADER + size + records


def _records(files: dict[str, bytes]) -> bytes:
    """Return the records of one folder and of all below it."""
    records, folders = b"", dict[str, dict[str, bytes]]()
    for path, data in sorted(files.items()):
        name, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(name, {})[rest] = data
        else:
            records += _record(_FILE, _name(name) + _record(_VERBATIM, data))
    for name, inside in folders.items():
        records += _record(_DIRECTORY, _name(name) + _records(inside))
    return records


def _record(kind: int, payload: bytes) -> bytes:
    return _number(kind) + _number(len(payload)) + payload


def _name(name: str) -> bytes:
    return _number(len(name)) + name.encode("ascii")


def _names(files: dict[str, bytes]) -> list[str]:
    """Return the names in .mpy files, which stand in front of the code."""
    return sorted({name for code in files.values() for name in _names_of(code)})


def _names_of(code: bytes) -> Iterator[str]:
    """Yield the names of one .mpy file, version 6: py/persistentcode.c of MicroPython."""
    at = _MPY_HEAD
    count, at = _take_number(code, at)
    _, at = _take_number(code, at)  # how many other constants there are
    for _ in range(count):
        length, at = _take_number(code, at)
        if not length & 1:  # else one that every interpreter has
            yield code[at : at + (length >> 1)].decode()
            at += (length >> 1) + 1  # a zero is behind it


def _take_number(code: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        value, at = value << 7 | code[at] & 0x7F, at + 1
        if code[at - 1] < 0x80:
            return value, at


def _number(value: int) -> bytes:
    digits = bytes([value & 0x7F])
    while value := value >> 7:
        digits = bytes([0x80 | value & 0x7F]) + digits
    return digits
