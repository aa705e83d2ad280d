"""What the node died of: the digest of an exception, in flash until it was told, and after that.

Place: life -> `keep` -> /state/crash -> `waiting` -> health -> Crash of `protocol.reports`.
Guarantee: the first crash since the last one that was told is kept, with a count of further ones,
for what follows a crash is often its consequence. One that was told stays for the technician.

    /state/crash   CBOR: [exception, module, line, firmware, was it told, further ones]
"""

import io
import sys

from node import files
from protocol import cbor
from protocol._compat import const
from protocol.errors import DecodeError
from protocol.reports import Crash

PATH = "/state/crash"

_OURS = ("/node/", "/radio/", "/protocol/")
_TYPES = [str, str, int, bytes, bool, int]
_MOST = const(255)  # further ones that are counted


def digest(e) -> tuple:
    """Return (exception, module, line): the last place in our code, or the last of all."""
    place = ("", 0)
    is_ours = False
    for path, line in _frames(e):
        ours = any(folder in "/" + path for folder in _OURS)
        if ours or not is_ours:
            place = (_module(path), line)
            is_ours = ours
    return type(e).__name__, place[0], place[1]


def _frames(e) -> list:
    """Return [(path, line)] of a traceback, the place of the exception last."""
    text = io.StringIO()
    sys.print_exception(e, text)
    frames = []
    for row in text.getvalue().split("\n"):
        if row.startswith('  File "'):  # then: path", line 7, in function
            path, _, rest = row[8:].partition('", line ')
            frames.append((path, int(rest.split(",")[0])))
    return frames


def _module(path: str) -> str:
    """Return a module's name; that of its folder where it is the folder's own."""
    parts = path.split("/")
    if parts[-1].startswith("__init__.") and len(parts) > 1:
        parts.pop()
    return parts[-1].split(".")[0]


def keep(found: tuple, firmware: bytes) -> None:
    """Store a digest, or count it behind one that nobody was told of; OSError as flash says."""
    stored = _load()
    if stored is None or stored[4]:
        stored = [found[0], found[1], found[2], firmware, False, 0]
    elif stored[5] < _MOST:
        stored[5] += 1
    else:
        return
    _store(stored)


def waiting():
    """Return the Crash that nobody was told of yet, or None."""
    stored = _load()
    return None if stored is None or stored[4] else Crash(*stored[:4])


def told() -> None:
    """The gateway has the digest that waited."""
    stored = _load()
    if stored is not None and not stored[4]:
        stored[4] = True
        _store(stored)


def _load() -> list | None:
    data = files.read_bytes(PATH)
    try:
        stored = None if data is None else cbor.loads(data)
    except DecodeError:
        return None
    is_one = isinstance(stored, list) and [type(part) for part in stored] == _TYPES
    return stored if is_one and stored[2] >= 0 else None


def _store(stored: list) -> None:
    files.write_atomic(PATH, cbor.dumps(stored))
