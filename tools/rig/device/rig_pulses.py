"""Inputs on which a switch closes to ground, again and again.

Place: machine.Pin -> here -> rig_parts -> the switch.
Guarantee: a handler runs once for each edge, at the next look at the level of that pin, and not
before. Edges from before it was set, as those of a deep sleep, are lost.

Not modelled: how long the switch is closed: between two looks it is open, and reads 1.
"""

import sys

from rig_parts import ask, small

_RISING = 1
_FALLING = 2
_handlers = {}  # pin number: (function, trigger, Pin)
_running = -1  # the pin whose handler runs
_level = 1  # of that pin


def handle(pin: int, handler) -> None:
    """Call (function, trigger, Pin) for edges of a pin from now on, or with None nobody."""
    level(pin)
    _handlers[pin] = handler


def level(pin: int) -> int:
    """Return the level of a pin; the edges since the last look are handled first."""
    if _running >= 0:
        return _level if pin == _running else 1
    ask("P", pin, 0, b"", small)
    handler = _handlers.get(pin)
    if handler:
        _run(handler, pin, int.from_bytes(small, "big"))
    return 1


def _run(handler, pin: int, pulses: int) -> None:
    global _running
    function, trigger, argument = handler
    _running = pin
    try:
        for _ in range(pulses):
            if trigger & _FALLING:
                _call(function, argument, 0)
            if trigger & _RISING:
                _call(function, argument, 1)
    finally:
        _running = -1


def _call(function, argument, level: int) -> None:
    global _level
    _level = level
    try:
        function(argument)
    except Exception as e:
        sys.print_exception(e)
