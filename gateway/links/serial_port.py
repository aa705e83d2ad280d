"""A serial port to a wired node or a LoRa modem, read in chunks and written without waiting.

Place: bytes of the port -> RecordReader -> ingest, or Modem -> ingest; acks -> records -> port.
Guarantee: the port is ours alone (a lock), opening it never resets a node, and losing it costs
nobody else anything: it is opened again with a growing pause, which is logged once.
"""

import asyncio
import errno
import logging
import os
from collections.abc import Callable
from typing import Any

import serial

from gateway.clock import Clock
from gateway.config import SerialPort
from gateway.links.lora_modem import Modem
from gateway.ratelimit import RateLimit
from protocol import modem as records
from protocol.errors import DecodeError
from protocol.modem import is_modem_record
from protocol.stream import RecordReader, to_record

log = logging.getLogger("gateway.serial")

_CHUNK = 65536
_OUT_LIMIT = 65536
_PAUSE_FIRST_S = 0.25
_PAUSE_MAX_S = 10.0


class SerialLink:
    """One port. `on_frame(link, frame)` is called for every frame."""

    quality = None  # of a cable there is nothing to say to its node

    def __init__(self, config: SerialPort, clock: Clock, on_frame: Callable[[Any, bytes], None]):
        self.name = config.name
        self._config = config
        self._on_frame = on_frame
        self._limit = RateLimit(log, clock)
        self.modem: Modem | None = None
        if config.radio:
            self.modem = Modem(config.name, config.radio, clock, self._write, on_frame)
        self._port: serial.Serial | None = None
        self._reader = RecordReader()
        self._out = bytearray()
        self._lost = asyncio.Event()
        self._frames = 0
        self.bytes_in = 0
        self.out_dropped = 0
        self.reconnects = 0
        self._garbled = 0

    @property
    def frames(self) -> int:
        """Return how many frames came, of nodes on the cable and through the air."""
        return self._frames + (self.modem.frames if self.modem else 0)

    @property
    def garbled(self) -> int:
        """Return how many records were none."""
        return self._garbled + (self.modem.garbled if self.modem else 0)

    @property
    def is_open(self) -> bool:
        """Say whether the cable is there."""
        return self._port is not None

    def open(self) -> None:
        """Open the port; serial.SerialException or OSError says why not."""
        port = serial.Serial(baudrate=self._config.baud, timeout=0, exclusive=True)
        port.port = str(self._config.path)
        # Boards reset by DTR and RTS: neither is asserted, RTS goes first (mpremote does the same).
        port.rts = False
        port.dtr = False
        port.open()
        os.set_blocking(port.fileno(), False)
        self._port = port
        self._reader = RecordReader()
        self._lost.clear()
        asyncio.get_running_loop().add_reader(port.fileno(), self._readable)
        if self.modem:
            self.modem.opened()

    async def run(self) -> None:
        """Keep the port open for ever."""
        while True:
            if self._port is None:
                await self._reopen()
            await self._lost.wait()
            log.warning("%s: %s is gone, trying again", self.name, self._config.path)

    async def _reopen(self) -> None:
        pause_s = _PAUSE_FIRST_S
        while True:
            try:
                self.open()
            except (serial.SerialException, OSError, ValueError):
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _PAUSE_MAX_S)
                continue
            self.reconnects += 1
            log.warning("%s: %s is open again", self.name, self._config.path)
            return

    def close(self) -> None:
        """Close the port."""
        if self._port is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._port.fileno())
        loop.remove_writer(self._port.fileno())
        try:
            self._port.close()
        except OSError:
            log.debug("%s: close failed on a port that is gone", self.name)
        self._port = None
        self._out.clear()
        self._lost.set()

    def _readable(self) -> None:
        assert self._port is not None  # noqa: S101 - the reader is removed before the port
        try:
            chunk = os.read(self._port.fileno(), _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self.close()
            return
        self.bytes_in += len(chunk)
        garbled = self._reader.garbled + self._reader.overlong
        for record in self._reader.feed(chunk):
            self._take(record)
        self._garbled += self._reader.garbled + self._reader.overlong - garbled

    def _take(self, record: bytes) -> None:
        if is_modem_record(record) and self.modem:
            self.modem.record(record)
        elif _is_of_a_modem(record):
            self._garbled += 1
            text = "%s: a LoRa modem is on this port, which has no [serial.radio]"
            self._limit.warning("modem", text, self.name)
        else:
            self._frames += 1
            self._on_frame(self, record)

    def send(self, frame: bytes) -> None:
        """Send a frame now or as soon as the port takes it; a full buffer drops it, counted."""
        self._write(b"\x00" + to_record(frame))

    def _write(self, data: bytes) -> None:
        if self._port is None or len(self._out) > _OUT_LIMIT:
            self.out_dropped += 1
            return
        self._out += data
        self._writable()

    def _writable(self) -> None:
        if self._port is None:
            return
        fd = self._port.fileno()
        try:
            sent = os.write(fd, self._out)
        except OSError as e:
            if e.errno != errno.EAGAIN:
                self.close()
                return
            sent = 0
        del self._out[:sent]
        loop = asyncio.get_running_loop()
        if self._out:
            loop.add_writer(fd, self._writable)
        else:
            loop.remove_writer(fd)


def _is_of_a_modem(record: bytes) -> bool:
    """Say whether a record is a modem's beyond doubt; noise is not."""
    try:
        records.decode(record)
    except DecodeError:
        return False
    return True
