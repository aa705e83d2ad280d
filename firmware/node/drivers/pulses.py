"""Vehicles over a contact to ground: the relay of a loop detector, a tube, a reed.

Place: ports -> Pulses -> PulseCounter.
Guarantee: an edge is counted once, whatever runs at that moment. Nothing tells a street without
traffic from a cut wire.
"""

import asyncio
import time

from node.drivers.driver import Driver
from protocol._compat import const, ticks_diff

_WRAP = const(0x3FFFFFFF)  # what MicroPython keeps without the heap


class Pulses(Driver):
    """`run` has to run all the time, and the node must not sleep.

    An edge within `debounce_ms` of the one before is the same: 50 for a contact that bounces, 0 for
    an output that does not. `ticks_ms` as in MicroPython's `time`.
    """

    def __init__(self, ports, pulse: int = 0, debounce_ms: int = 0, ticks_ms=None):
        self._pin = ports.pulses(pulse)
        self._debounce_ms = debounce_ms
        self._ticks_ms = ticks_ms or time.ticks_ms
        self._last = None
        self._count = 0
        self._told = 0

    async def run(self) -> None:
        """Count for ever."""
        self._pin.irq(handler=self._edge, trigger=self._pin.IRQ_FALLING)
        await asyncio.Event().wait()

    async def counts(self, seconds: int, interval_s: int) -> list:
        """Return the edges since the last call, in a list."""
        self._pin.value()  # the handlers of what has happened run before the next line
        # Only the handler writes the count: no edge can come between reading and clearing it.
        count = self._count
        told, self._told = self._told, count
        return [count - told & _WRAP]

    def _edge(self, pin) -> None:
        now = self._ticks_ms()
        last, self._last = self._last, now
        if last is not None and 0 <= ticks_diff(now, last) < self._debounce_ms:
            return
        self._count = self._count + 1 & _WRAP
