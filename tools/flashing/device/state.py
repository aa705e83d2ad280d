"""Tells whether a node still has its identity, in its first copy, and its counter of frames.

Place: `Prompt.run("state")` -> board -> {"identity": ..., "counter": ...}.
Guarantee: nothing is written. The key is not told.
"""

from node import counters, identity
from node.errors import NodeError


class _Who:
    """What `node.identity` fills in."""


def main() -> dict:
    """Return of each whether it is there and whole."""
    return {"identity": _has_identity(), "counter": _has_counter()}


def _has_identity() -> bool:
    try:
        return identity.load(_Who()) is None
    except NodeError:
        return False


def _has_counter() -> bool:
    try:
        counters.frame_counter()
        return True
    except NodeError:
        return False
