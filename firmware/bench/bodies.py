"""What the bodies of modules cost that are there already, as those of a frozen image are.

    micropython firmware/bench/bodies.py FIRMWARE ROOT MODULE...     prints {"module": us, ...}

Place: runs in the real MicroPython as a program, for tools/benchmark/wakes.py.
Guarantee: a body is compiled before it is timed, and what it imports is loaded already: what is
timed makes its functions, classes and tables, and no more. The least of some runs counts.
"""

import json
import sys
from time import ticks_diff, ticks_us

_RUNS = 10


def _source(roots: list, module: str) -> str:
    path = "/" + module.replace(".", "/")
    for root in roots:
        for tail in (".py", "/__init__.py"):
            try:
                with open(root + path + tail) as file:
                    return file.read()
            except OSError:
                pass
    raise OSError("no module " + module)


def _cost_us(roots: list, module: str) -> int:
    code = compile(_source(roots, module), module, "exec")
    best_us = 0
    for _ in range(_RUNS):
        names = {"__name__": module, "__path__": module}
        begin_us = ticks_us()
        exec(code, names)  # noqa: S102 - our own
        took_us = ticks_diff(ticks_us(), begin_us)
        best_us = min(best_us or took_us, took_us)
    return best_us


def _main(roots: list, modules: list) -> None:
    sys.path[:] = roots + [".frozen"]
    found = {}
    for module in modules:
        try:
            found[module] = _cost_us(roots, module)
        except ImportError:
            found[module] = 0  # what it imports is only on a board: it is small
    print(json.dumps(found))


_main(sys.argv[1:3], sys.argv[3:])
