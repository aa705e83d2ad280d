"""Tells what is free of a board's heap whenever it makes a Status: the rig's `_boot.py`.

Place: tools/benchmark/field.py puts this module into a ROM as `_boot`, and the firmware's own of
that name as `node_boot`; lines on the console -> tools/benchmark/heaps.py, endurance.py.
Guarantee: the firmware runs unchanged. This takes as little as it can of the heap it looks at, and
in small pieces: a running node has no large ones to spare.

    bench: {"free": ..}   then the lines of `micropython.mem_info`
    bench+ name           of each module that is loaded, where there are more than before
"""

import gc
import sys

import micropython

_modules = 0  # as many were told


class _Gc:
    """In the place of `gc`: `mem_free` is what a Status asks for, after a collection."""

    collect = gc.collect
    mem_alloc = gc.mem_alloc
    _mem_free = gc.mem_free

    @staticmethod
    def mem_free() -> int:
        global _modules
        free = _Gc._mem_free()
        print('bench: {"free": %d}' % free)
        micropython.mem_info()
        if len(sys.modules) != _modules:
            _modules = len(sys.modules)
            for name in sys.modules:
                print("bench+", name)
        return free


sys.modules["gc"] = _Gc
import node_boot  # noqa: E402,F401
