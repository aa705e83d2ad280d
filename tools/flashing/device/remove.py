"""Removes files of a board.

Place: `Prompt.remove` -> board. Guarantee: what is gone already is no failure; what cannot be
removed is one.
"""

import os

_ENOENT = 2


def main(paths: list) -> list:
    """Return the paths that were there."""
    gone = []
    for path in paths:
        try:
            os.remove(path)
            gone.append(path)
        except OSError as e:
            if e.errno != _ENOENT:
                raise
    return gone
