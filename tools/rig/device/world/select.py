"""`select` of a board in a world: waiting for streams is waiting for pins and for time as well.

Place: asyncio -> here -> rig_world.
Guarantee: an object without a descriptor, as asyncio's ThreadSafeFlag, is found ready as soon as
the handler that sets it has run; nothing is looked at every millisecond for it. One that becomes
ready as time goes by says when to look again: `ready_in_us`.
"""

import rig_world
from uselect import *  # noqa: F403 - the interpreter's own
from uselect import poll as _poll
from utime import ticks_add, ticks_diff, ticks_ms

_POLL = 3
_GET_FILENO = 10


class poll:
    """As the interpreter's `poll`; `ipoll` returns a list, which is an iterable."""

    def __init__(self):
        self._streams = _poll()  # those with a descriptor: what the kernel can wait for
        self._others = {}  # the interpreter looks at these every millisecond, even if asked once
        rig_world.watch(self._streams)

    def register(self, stream, events=5) -> None:
        """Look out for a stream."""
        if _has_descriptor(stream):
            self._streams.register(stream, events)
        else:
            self._others[id(stream)] = stream, events

    modify = register

    def unregister(self, stream) -> None:
        """Look out for a stream no more."""
        if self._others.pop(id(stream), None) is None:
            self._streams.unregister(stream)

    def poll(self, timeout=-1) -> list:
        """Return [(stream, events)] that are ready, after `timeout` ms at most."""
        end = ticks_add(_now_ms(), max(timeout, 0))
        while True:
            rig_world.drain()
            ready = self._ready()
            left_ms = ticks_diff(end, _now_ms())
            if ready or (timeout >= 0 and left_ms <= 0):
                return ready
            rig_world.wait(self._streams, self._span_us(-1 if timeout < 0 else 1000 * left_ms))

    ipoll = poll

    def _span_us(self, span_us: int) -> int:
        """Return the time until something is to be looked at, `span_us` (-1: for ever) at most."""
        for stream, _ in self._others.values():
            ready_in_us = getattr(stream, "ready_in_us", None)
            if ready_in_us:
                due_us = ready_in_us()
                span_us = due_us if span_us < 0 else min(span_us, due_us)
        return span_us

    def _ready(self) -> list:
        ready = [pair for pair in self._streams.poll(0) if not rig_world.is_line(pair[0])]
        for stream, events in self._others.values():
            found = stream.ioctl(_POLL, events)
            if found:
                ready.append((stream, found))
        return ready


def _now_ms() -> int:
    return rig_world.now_us() // 1000 if rig_world.IS_WARPED else ticks_ms()


def _has_descriptor(stream) -> bool:
    try:
        return stream.ioctl(_GET_FILENO, 0) >= 0
    except AttributeError:  # one of the interpreter's own, made in C: a file or a socket
        return True
