"""The modem's end of the cable to its host: records both ways.

Place: host -> `record` -> modem; modem -> `say` -> host.
Guarantee: bounded. What the host does not take in time is dropped and counted, the oldest first;
what it sends that is no record is counted; nobody waits for it.
"""

import asyncio
import sys
import time

import micropython

from protocol import modem
from protocol._compat import const
from protocol.stream import RecordReader, to_record

USB = const(-1)

_GRACE_S = const(3)
_MOST_WAITING = const(16)
_PATIENCE_S = const(2)
_CHUNK = const(128)


class Port:
    """`uart` is the number of one, or USB: the port that also has the console."""

    def __init__(self, hardware, uart: int, baud: int):
        if uart == USB:
            print("neckar: Ctrl-C within %d s gives the console" % _GRACE_S)
            time.sleep(_GRACE_S)
            micropython.kbd_intr(-1)  # it is a byte like any other from here on
            came, leaves = sys.stdin.buffer, sys.stdout.buffer
        else:
            came = leaves = hardware.uart(uart, baud)
        self._in = asyncio.StreamReader(came)
        self._out = asyncio.StreamWriter(leaves, {})
        self._reader = RecordReader()
        self._records = []
        self._buffer = bytearray(_CHUNK)
        self._waiting = []
        self._news = asyncio.Event()
        self._garbled = 0
        self.dropped = 0

    @property
    def garbled(self) -> int:
        """Return how many records were none."""
        return self._garbled + self._reader.garbled + self._reader.overlong

    def refuse(self) -> None:
        """Count a record that says nothing."""
        self._garbled += 1

    async def record(self) -> bytes:
        """Wait for the next record."""
        while not self._records:
            count = await self._in.readinto(self._buffer)
            if not count:  # nobody at the other end of the cable
                await asyncio.sleep_ms(100)
                continue
            self._records.extend(self._reader.feed(memoryview(self._buffer)[:count]))
        return self._records.pop(0)

    def say(self, message) -> None:
        """Queue a message for the host."""
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.pop(0)
            self.dropped += 1
        self._waiting.append(modem.encode(message))
        self._news.set()

    async def run(self) -> None:
        """Write what is queued, for ever."""
        while True:
            while self._waiting:
                await self._write(b"\x00" + to_record(self._waiting.pop(0)))
            self._news.clear()
            await self._news.wait()

    async def _write(self, data: bytes) -> None:
        try:
            self._out.write(data)
            await asyncio.wait_for(self._out.drain(), _PATIENCE_S)
        except (OSError, asyncio.TimeoutError):
            self.dropped += 1
        finally:
            self._out.out_buf = b""  # the rest of a record is none
