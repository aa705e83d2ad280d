"""Tells what each wake of a board costs: the rig's `_boot.py`.

Place: tools/benchmark/field.py puts this module into a ROM as `_boot`, and the firmware's own of
that name as `node_boot`; lines on the console -> tools/benchmark/wakes.py.
Guarantee: the firmware runs unchanged. What stands for hardware in the rig (buses, pins, memories,
waiting: questions to another process) is timed and left out, as are imports, which of a frozen
image cost less. Only the outermost of nested calls counts.

    bench: {"us": .., "import_us": .., "flash": [writes, erased blocks], "rtc": bytes kept,
            "live": bytes of heap in use by this wake, "free": .., "own": bytes this meter uses}
    bench+ name           of each module that is loaded
"""

import builtins
import gc
import sys

import machine
import rig_flash
import rig_world
from utime import ticks_diff, ticks_us

gc.collect()
_at_first = gc.mem_alloc()

_RIG, _IMPORT = 0, 1
_WIRES = (
    (machine.I2C, "_transfer"),
    (machine.ADC, "read_uv"),
    (machine.Pin, "_set"),
    (machine.Pin, "value"),
    (machine.RTC, "memory"),
    (machine, "WDT"),
    (rig_world, "connect_bus"),
    (rig_world, "transfer"),
    (rig_world, "wait"),
    (rig_flash.Flash, "readblocks"),
)
_ERASE = 6  # of MicroPython's block devices
_spent_us = [0, 0]
_flash = [0, 0]
_is_within = False


def _timed(function, which: int):
    """Return the function with its time counted."""

    def call(*given, **named):
        global _is_within
        if _is_within:
            return function(*given, **named)
        _is_within = True
        begin_us = ticks_us()
        try:
            return function(*given, **named)
        finally:
            _spent_us[which] += ticks_diff(ticks_us(), begin_us)
            _is_within = False

    return call


def _counted(function, which: int, operation: int):
    """Return a method of the flash with its calls counted, and its time."""
    timed = _timed(function, _RIG)

    def call(flash, first, second=0, *more):
        if operation in (0, first):
            _flash[which] += 1
        return timed(flash, first, second, *more)

    return call


def _sleep(span_ms=None) -> None:
    """Tell, and sleep."""
    took_us = ticks_diff(ticks_us(), _began_us) - _spent_us[_RIG] - _spent_us[_IMPORT]
    kept = len(machine.RTC().memory())
    gc.collect()
    live, free = gc.mem_alloc() - _before, gc.mem_free()
    print('bench: {"us": %d, "import_us": %d, ' % (took_us, _spent_us[_IMPORT]), end="")
    print('"flash": [%d, %d], "rtc": %d, ' % (_flash[0], _flash[1], kept), end="")
    print('"live": %d, "free": %d, "own": %d}' % (live, free, _before - _at_first))
    for name in sys.modules:
        print("bench+", name)
    _deepsleep(span_ms)


for _place, _name in _WIRES:
    setattr(_place, _name, _timed(getattr(_place, _name), _RIG))
_kind = rig_flash.Flash
_kind.writeblocks = _counted(_kind.writeblocks, 0, 0)
_kind.ioctl = _counted(_kind.ioctl, 1, _ERASE)
_deepsleep = machine.deepsleep
machine.deepsleep = _sleep
_import = builtins.__import__
builtins.__import__ = _timed(_import, _IMPORT)
gc.collect()
_before = gc.mem_alloc()
_began_us = ticks_us()
_import("node_boot")
