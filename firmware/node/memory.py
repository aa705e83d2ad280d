"""Gives back the heap of what a node needs once, or once a day: load, use, forget.

Place: start, boards.
Guarantee: a forgotten module is loaded again by the next import. Its heap is free as soon as
nothing holds an object or a function of it any more; so importers import it where they use it.
"""

import gc
import sys


def forget(*names: str) -> None:
    """Let modules go that were imported; collect what was theirs."""
    for name in names:
        if name in sys.modules:
            parent, _, child = name.rpartition(".")
            del sys.modules[name]
            delattr(sys.modules[parent], child)
    gc.collect()
