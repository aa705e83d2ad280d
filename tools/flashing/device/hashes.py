"""Hashes files on a board, many in one go.

Place: `Prompt.hashes`, `Prompt.tree` -> board -> {path: SHA-256 in hexadecimal}.
Guarantee: no file is held in memory; one that cannot be read counts as not there.
"""

import binascii
import hashlib
import os

_FOLDER = 0x4000  # the type that `os.ilistdir` gives a folder
_buffer = bytearray(1024)


def main(paths: list | None, without: list = ()) -> dict:
    """Return the hashes of these files, None for what is not there.

    Without `paths`: of all files, but what is below the folders `without`; and "/folder/" with an
    empty text for a folder in which nothing is.
    """
    paths = _all(without) if paths is None else paths
    return {path: "" if path.endswith("/") else _hash(path) for path in paths}


def _all(without: list) -> list:
    found = []
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        is_empty = True
        for entry in os.ilistdir(folder or "/"):
            is_empty = False
            path = folder + "/" + entry[0]
            if entry[1] != _FOLDER:
                found.append(path)
            elif path not in without:
                waiting.append(path)
        if is_empty and folder:
            found.append(folder + "/")
    return found


def _hash(path: str) -> str | None:
    view = memoryview(_buffer)
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as f:
            while True:
                count = f.readinto(_buffer)
                if not count:
                    break
                digest.update(view[:count])
    except OSError:
        return None
    return binascii.hexlify(digest.digest()).decode()
