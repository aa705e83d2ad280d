"""What plain-assert tests need on both runtimes: expected errors, repeatable chance, vectors."""

import json
import os
import sys

# Both runtimes, and several workers, may run the same tests at the same time; a board has no such.
_WORKER = os.getenv("PYTEST_XDIST_WORKER") if hasattr(os, "getenv") else None
TMP = "/tmp/neckar-" + sys.implementation.name + (_WORKER or "") + "-"


def refuses(error, function, *args):
    """Call `function(*args)`, which must raise `error`; return what was raised."""
    try:
        value = function(*args)
    except error as e:
        return e
    raise AssertionError("%s was due, but %r came back" % (error.__name__, value))


def vectors(name: str):
    """Return what `tests/vectors/<name>.json` holds."""
    with open(
        __file__.rsplit("/", 1)[0] + "/../vectors/" + name + ".json", encoding="utf-8"
    ) as file:
        return json.load(file)


class Chance:
    """The same numbers on every runtime, from a seed (MINSTD, Park and Miller 1988)."""

    def __init__(self, seed: int):
        self._state = seed % 2147483646 + 1

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1."""
        self._state = self._state * 48271 % 2147483647
        return self._state * limit // 2147483647

    def between(self, low: int, high: int) -> int:
        """Return a number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def bytes(self, length: int) -> bytes:
        """Return that many bytes."""
        return bytes([self.below(256) for _ in range(length)])
