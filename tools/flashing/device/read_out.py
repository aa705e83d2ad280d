"""Reads files of a board as they are, for a doctor.

Place: doctor's reading -> board -> {"ours": ..., "files": {path: base64 or None}}.
Guarantee: writes nothing; of a file no more than `limit` bytes leave, and of one that holds a key
none.
"""

import binascii

_CLOSED = ("/identity.json", "/identity.bak")


def main(paths: list, limit: int) -> dict:
    """Return the files, and whether our firmware is on the board."""
    return {"ours": _is_ours(), "files": {path: _content(path, limit) for path in paths}}


def _content(path: str, limit: int):
    if path in _CLOSED:
        return None
    try:
        with open(path, "rb") as f:
            return binascii.b2a_base64(f.read(limit)).decode().strip()
    except OSError:
        return None


def _is_ours() -> bool:
    try:
        __import__("node")  # frozen, in ROM or in /lib
    except ImportError:
        return False
    return True
