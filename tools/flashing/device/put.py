"""Writes files on a board: pieces come in one call after the other.

Place: `Prompt.put` -> board; nothing is returned, for an exception is told anyway.
Guarantee: a file is at its place whole or not at all: it is written beside it, and renamed, as
`node.files` does. What does not fit is taken away again.
"""

import os
from binascii import a2b_base64

_files = {}


def put(path: str, text: str, is_first: bool, is_last: bool) -> None:
    """Write a piece, in base 64; OSError where the flash is full."""
    if is_first:
        _make_folders(path)
        _files[path] = open(path + ".new", "wb")
    f = _files[path]
    try:
        f.write(a2b_base64(text))
        if is_last:
            _files.pop(path).close()
            os.rename(path + ".new", path)
    except OSError:
        _give_up(path)
        raise


def _give_up(path: str) -> None:
    try:
        f = _files.pop(path, None)
        if f:
            f.close()
    except OSError:
        pass  # what it had not written yet does not fit either
    os.remove(path + ".new")


def _make_folders(path: str) -> None:
    names = path.split("/")[1:-1]
    for count in range(len(names)):
        folder = "/" + "/".join(names[: count + 1])
        try:
            os.mkdir(folder)
        except OSError:
            os.stat(folder)  # a different failure shows here
