"""Removes files of a board, and the folders that are empty then.

Place: `Prompt.remove` -> board. Guarantee: what is gone already is no failure; what cannot be
removed is one.
"""

import os

_ENOENT = 2


def main(paths: list) -> list:
    """Return the paths that were there; one that ends in "/" is an empty folder."""
    gone = []
    for path in paths:
        try:
            if path.endswith("/"):
                os.rmdir(path[:-1])
            else:
                os.remove(path)
            gone.append(path)
            _tidy(path.rstrip("/"))
        except OSError as e:
            if e.errno != _ENOENT:
                raise
    return gone


def _tidy(path: str) -> None:
    """Remove the folders around what was removed, from the inside out, where they are empty."""
    while path.count("/") > 1:
        path = path.rpartition("/")[0]
        try:
            os.rmdir(path)
        except OSError:
            return
