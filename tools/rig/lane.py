"""One direction of a cable: what can be read from one descriptor is written to another.

Place: node's socket or terminal -> Lane -> host's terminal, and a second Lane for the way back.
Guarantee: bounded, and never in the way of a board. Somebody who reads slowly slows the writer
down, as a wire does; when nothing at all was taken for STALL_S, what waits is dropped and counted,
and so is everything after it until somebody reads again.
"""

import asyncio
import os
from collections.abc import Callable

LIMIT_BYTES = 16384
STALL_S = 0.5
_CHUNK_BYTES = 4096


class Lane:
    """`transform` gets every chunk on its way and returns what is to travel on."""

    def __init__(self, transform: Callable[[bytes], bytes]):
        self._transform = transform
        self._source: int | None = None
        self._is_held = False
        self._outlet = _Outlet(self._hold)

    @property
    def dropped(self) -> int:
        """Return how many bytes nobody took."""
        return self._outlet.dropped

    def read_from(self, source: int | None) -> None:
        """Take bytes from a non-blocking descriptor, or from nowhere."""
        self._listen(False)
        self._source = source
        self._listen(not self._is_held)

    def write_to(self, sink: int | None) -> None:
        """Give bytes to a non-blocking descriptor, or to nobody; what waits for the old is lost."""
        self._outlet.connect(sink)

    def put(self, data: bytes) -> None:
        """Send bytes as if they had been read, untransformed."""
        self._outlet.put(data)

    def drain(self) -> None:
        """Move all that can be read, now."""
        while self._read():
            pass

    def _hold(self, on: bool) -> None:
        if on != self._is_held:
            self._is_held = on
            self._listen(not on)

    def _listen(self, on: bool) -> None:
        if self._source is None:
            return
        loop = asyncio.get_running_loop()
        if on:
            loop.add_reader(self._source, self._read)
        else:
            loop.remove_reader(self._source)

    def _read(self) -> bool:
        """Move one chunk; say whether there may be more."""
        if self._source is None:
            return False
        try:
            data = os.read(self._source, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            self.put(self._transform(data))
        else:
            self.read_from(None)
        return bool(data)


class _Outlet:
    """The writing end; `hold` is told when the source should pause, and when it may go on."""

    def __init__(self, hold: Callable[[bool], None]):
        self._hold = hold
        self._sink: int | None = None
        self._waiting = bytearray()
        self._is_deaf = False
        self._stall: asyncio.TimerHandle | None = None
        self.dropped = 0

    def connect(self, sink: int | None) -> None:
        self._drop()
        self._sink = sink
        self._is_deaf = False

    def put(self, data: bytes) -> None:
        self._waiting += data
        self._flush()

    def _flush(self) -> None:
        if self._write():
            self._is_deaf = False
            self._disarm()
        if self._sink is None or self._is_deaf or not self._waiting:
            self._drop()
        else:
            self._arm(self._sink)

    def _write(self) -> int:
        if self._sink is None:
            return 0
        try:
            taken = os.write(self._sink, self._waiting)
        except BlockingIOError:
            return 0
        except OSError:  # the far end has just gone
            return 0
        del self._waiting[:taken]
        return taken

    def _arm(self, sink: int) -> None:
        if self._stall is None:
            loop = asyncio.get_running_loop()
            loop.add_writer(sink, self._flush)
            self._stall = loop.call_later(STALL_S, self._give_up)
        self._hold(len(self._waiting) > LIMIT_BYTES)

    def _disarm(self) -> None:
        if self._stall is not None and self._sink is not None:
            asyncio.get_running_loop().remove_writer(self._sink)
            self._stall.cancel()
            self._stall = None

    def _give_up(self) -> None:
        self._is_deaf = True
        self._drop()

    def _drop(self) -> None:
        self._disarm()
        self.dropped += len(self._waiting)
        self._waiting.clear()
        self._hold(False)
