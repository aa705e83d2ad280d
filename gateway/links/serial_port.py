"""A serial port to a wired node or a LoRa modem, read in chunks and written without waiting.

Place: bytes of the port -> RecordReader -> ingest, or Modem -> ingest; acks -> records -> port.
Guarantee: the port is ours alone (a lock), opening it never resets a node, and losing it costs
nobody else anything: it is opened again with a growing pause. What it says of that, and of noise,
is logged once a minute at most.
"""

import asyncio
import errno
import logging
import os
from collections import deque
from collections.abc import Callable
from typing import Any

import serial

from gateway.clock import Clock
from gateway.links.config import SerialPort
from gateway.links.lora_modem import Modem
from gateway.links.reopening import PAUSE_FIRST_S, reopen
from gateway.links.way import OnSent
from gateway.ratelimit import RateLimit
from protocol import modem as records
from protocol.errors import DecodeError
from protocol.stream import RecordReader, to_record

log = logging.getLogger("gateway.serial")

_FRAME = 0x83  # begins each frame, and no record of a modem (SPEC.md, 9.1)
_CHUNK = 65536
_OUT_LIMIT = 65536


class SerialLink:
    """One port, and the way back to a node on it. `on_frames(way back, frames)` gets all frames."""

    kind = "serial"
    quality = None  # of a cable there is nothing to say to its node
    wait_s = 0.0

    def __init__(
        self,
        config: SerialPort,
        clock: Clock,
        on_frames: Callable[[Any, list[bytes]], None],
    ):
        self.name = config.name
        self.device = str(config.path)
        self.optional = config.optional
        self._config = config
        self._on_frames = on_frames
        self._limit = RateLimit(log, clock)
        self.modem: Modem | None = None
        if config.radio:
            self.modem = Modem(config.name, config.radio, clock, self._write, on_frames)
        self._port: serial.Serial | None = None
        self._fd = -1
        self._reader = RecordReader()
        self._out = bytearray()
        self._left = 0  # bytes that the port took since it was opened
        self._awaiting: deque[tuple[int, OnSent]] = deque()
        self._lost = asyncio.Event()
        self._frames = 0
        self.bytes_in = 0
        self.out_dropped = 0
        self.reconnects = 0
        self._garbled = 0  # beside what the reader counts

    @property
    def frames(self) -> int:
        """Return how many frames came, of nodes on the cable and through the air."""
        return self._frames + (self.modem.frames if self.modem else 0)

    @property
    def garbled(self) -> int:
        """Return how many records were none."""
        reader = self._reader
        count = self._garbled + reader.garbled + reader.overlong
        return count + (self.modem.garbled if self.modem else 0)

    @property
    def is_open(self) -> bool:
        """Say whether the cable is there."""
        return self._port is not None

    def open(self) -> None:
        """Open the port; serial.SerialException or OSError says why not."""
        # Linux asserts DTR and RTS at the opening. Boards have two transistors there (ESP32
        # DevKitC's schematic): both lines or none is nothing, RTS alone is a reset. So RTS goes
        # first. pyserial would begin with DTR; with `dsrdtr` it leaves that to us, and does no
        # more: Linux has no such flow control.
        port = serial.Serial(baudrate=self._config.baud, timeout=0, exclusive=True, dsrdtr=True)
        port.port = self.device
        port.rts = False
        port.open()
        try:
            port.dtr = False
        except OSError as e:
            if e.errno not in (errno.EINVAL, errno.ENOTTY):  # a port without such lines
                port.close()
                raise
        fd = port.fileno()
        os.set_blocking(fd, False)
        self._garbled += self._reader.garbled + self._reader.overlong
        self._reader = RecordReader()
        self._port, self._fd, self._left = port, fd, 0
        self._lost.clear()
        asyncio.get_running_loop().add_reader(fd, self._readable)
        if self.modem:
            self.modem.opened()

    async def run(self) -> None:
        """Keep the port open for ever."""
        while True:
            if self._port is None:
                await reopen(self, self._limit)
            await self._lost.wait()
            self._limit.warning("gone", "%s: %s is gone, trying again", self.name, self.device)
            # A device that can be opened and no more must not keep the others from their turn.
            await asyncio.sleep(PAUSE_FIRST_S)

    def close(self) -> None:
        """Close the port."""
        if self._port is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._fd)
        loop.remove_writer(self._fd)
        try:
            self._port.close()
        except OSError:
            log.debug("%s: close failed on a port that is gone", self.name)
        self._port = None
        self._out.clear()
        self._awaiting.clear()
        self._lost.set()

    def _readable(self) -> None:
        try:
            chunk = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self.close()
            return
        self.bytes_in += len(chunk)
        records = self._reader.feed(chunk)
        if any([record[0] != _FRAME for record in records]):  # noqa: C419 - a list is faster
            records = self._frames_of(records)
        if records:
            self._frames += len(records)
            self._on_frames(self, records)

    def _frames_of(self, records: list[bytes]) -> list[bytes]:
        """Return what may be frames of a wired node; a modem's records are carried out."""
        frames = []
        for record in records:
            if record[0] == _FRAME:
                frames.append(record)
            elif self.modem:
                self.modem.record(record)
            elif _is_of_a_modem(record):
                self._garbled += 1
                text = "%s: a LoRa modem is on this port, which has no [serial.radio]"
                self._limit.warning("modem", text, self.name)
            else:
                frames.append(record)  # ingest knows what to make of it
        return frames

    def send(self, frame: bytes, on_sent: OnSent | None = None) -> None:
        """Send a frame now or as soon as the port takes it; a full buffer drops it, counted.

        `on_sent` is called when the port has taken all of it, or never.
        """
        was_idle = not self._out
        if self._queue(b"\x00" + to_record(frame), on_sent) and was_idle:
            # A commit answers many nodes: one call for all of them.
            asyncio.get_running_loop().call_soon(self._writable)

    def _write(self, data: bytes) -> None:
        """Write an order for the modem, in whose answers milliseconds count."""
        if self._queue(data) and len(self._out) == len(data):  # else the port is full: it calls
            self._writable()

    def _queue(self, data: bytes, on_sent: OnSent | None = None) -> bool:
        if self._port is None or len(self._out) > _OUT_LIMIT:
            self.out_dropped += 1
            return False
        self._out += data
        if on_sent:
            self._awaiting.append((self._left + len(self._out), on_sent))
        return True

    def _writable(self) -> None:
        if self._port is None or not self._out:
            return
        try:
            sent = os.write(self._fd, self._out)
        except OSError as e:
            if e.errno != errno.EAGAIN:
                self.close()
                return
            sent = 0
        del self._out[:sent]
        self._left += sent
        loop = asyncio.get_running_loop()
        if self._out:
            loop.add_writer(self._fd, self._writable)
        else:
            loop.remove_writer(self._fd)
        while self._awaiting and self._awaiting[0][0] <= self._left:
            self._awaiting.popleft()[1]()

    def status(self) -> dict[str, Any]:
        """Return what the status of the gateway says of this kind of link."""
        return {"radio": self.modem.status()} if self.modem else {}


def _is_of_a_modem(record: bytes) -> bool:
    """Say whether a record is a modem's beyond doubt; noise is not."""
    try:
        records.decode(record)
    except DecodeError:
        return False
    return True
