"""The file of a bundle: a ZIP that there is one way to write, read before it is trusted.

    for each member   local header, name, data           APPNOTE.TXT of PKWARE, 4.3.7
    for each member   central header, name               4.3.12
    at the end        end of central directory           4.3.16

Place: making -> `pack` -> file -> `unpack` -> opening.
Guarantee: the same members give the same bytes, on every machine: they are sorted and stored,
their time is 1980-01-01. `unpack` takes nothing but what `pack` writes: each other byte, also one
that a reader of ZIPs would never look at, is a FlashError. Nothing is unfolded, and no name leaves
a folder.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from tools.flashing.errors import FlashError

MOST_BYTES = 64 << 20
MOST_MEMBERS = 2000
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION, _STORED = 20, 0
_TIME, _DATE = 0, 1 << 5 | 1  # midnight of 1980-01-01
_MODE = 0o100644 << 16
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_LONGEST_NAME = 200


def pack(members: dict[str, bytes]) -> bytes:
    """Return the file that holds members, given by name."""
    parts, directory, at = [], [], 0
    for name, data in sorted(members.items()):
        facts = (_STORED, _TIME, _DATE, zlib.crc32(data), len(data), len(data), len(name), 0)
        local = _LOCAL.pack(b"PK\3\4", _VERSION, 0, *facts) + name.encode("ascii")
        made_by = 3 << 8 | _VERSION  # Unix, for the mode
        central = _CENTRAL.pack(b"PK\1\2", made_by, _VERSION, 0, *facts, 0, 0, 0, _MODE, at)
        directory.append(central + name.encode("ascii"))
        parts += [local, data]
        at += len(local) + len(data)
    listed = b"".join(directory)
    end = _END.pack(b"PK\5\6", 0, 0, len(members), len(members), len(listed), at, 0)
    return b"".join([*parts, listed, end])


def read(path: Path) -> dict[str, bytes]:
    """Return the members of a file; F201 where it cannot be read, and as `unpack`."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as e:
        raise FlashError("F201", path=path, why=e.strerror or str(e)) from e
    return unpack(content, path)


def unpack(content: bytes, path: Path) -> dict[str, bytes]:
    """Return the members; `path` is for F202 to F204: no bundle, too large, damaged."""
    if len(content) > MOST_BYTES:
        raise FlashError("F203", path=path, limit=MOST_BYTES >> 20)
    if not content.startswith(b"PK\3\4"):
        raise FlashError("F202", path=path)
    members: dict[str, bytes] = {}
    for name, data in _members(content):
        if name in members or len(members) == MOST_MEMBERS:
            raise FlashError("F204", path=path)
        members[name] = data
    if pack(members) != content:
        raise FlashError("F204", path=path)
    return members


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what the local headers tell, as far as they make sense."""
    at = 0
    while content.startswith(b"PK\3\4", at) and at + _LOCAL.size <= len(content):
        *_, size, name_size, _ = _LOCAL.unpack_from(content, at)
        at += _LOCAL.size
        name = content[at : at + name_size].decode("ascii", "replace")
        if name_size > _LONGEST_NAME or not _NAME.fullmatch(name):
            return
        at += name_size
        yield name, content[at : at + size]
        at += size
