"""A port over the network, with the two lines that a PTY lacks: the auto-reset circuit of a board.

    RTS alone      EN low: reset          DTR alone      IO0 low: what EN rises to is download mode
    both, neither  both lines high; a capacitor keeps EN low for long enough to go over `both`

Place: `rfc2217://` of pyserial <-> TCP <-> here <-> the board's port, as any program opens it.
Guarantee: bytes that follow a change of a line find the board as that left it. One host at a time;
a second one waits.

The circuit is that of Espressif's boards (ESP32-DevKitC, schematic: two transistors between DTR,
RTS, EN and IO0). Not modelled: baud rates, and a board that is kept in reset: it starts when EN
rises, and goes on until then.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from serial import rfc2217

from tools.rig.esp32.esp32 import VirtualEsp32

_CHUNK_BYTES = 4096


@asynccontextmanager
async def served(esp: VirtualEsp32) -> AsyncIterator[str]:
    """Yield the address that esptool takes for a port."""
    turn = asyncio.Lock()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with turn:
            await _Link(esp, reader, writer).run()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"rfc2217://{host}:{port}"
    finally:
        server.close()


class _Lines:
    """What pyserial's server takes for a serial port: only the lines do something."""

    def __init__(self) -> None:
        self.baudrate, self.bytesize, self.parity, self.stopbits = 115200, 8, "N", 1
        self.rtscts = self.xonxoff = self.dsrdtr = self.break_condition = False
        self.cts = self.dsr = self.ri = self.cd = False
        self.name = "virtual ESP32"
        self.resets: list[bool] = []  # for each time that EN rose: whether IO0 was low
        self._dtr = self._rts = False
        self._is_in_reset = False

    @property
    def dtr(self) -> bool:
        return self._dtr

    @dtr.setter
    def dtr(self, on: bool) -> None:
        self._set(on, self._rts)

    @property
    def rts(self) -> bool:
        return self._rts

    @rts.setter
    def rts(self, on: bool) -> None:
        self._set(self._dtr, on)

    def _set(self, dtr: bool, rts: bool) -> None:
        self._dtr, self._rts = dtr, rts
        if rts and not dtr:
            self._is_in_reset = True
        elif self._is_in_reset and not (dtr and rts):
            self._is_in_reset = False
            self.resets.append(dtr)

    def reset_input_buffer(self) -> None:
        pass

    def reset_output_buffer(self) -> None:
        pass


class _Link:
    """One host, from its connection to its end."""

    def __init__(
        self, esp: VirtualEsp32, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ):
        self._esp = esp
        self._reader = reader
        self._writer = writer
        self._lines = _Lines()
        lines: Any = self._lines  # it asks for no more than these have
        self._manager = rfc2217.PortManager(lines, cast(Any, writer))

    async def run(self) -> None:
        """Pass bytes on until the host has gone."""
        port = os.open(self._esp.port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        loop = asyncio.get_running_loop()
        loop.add_reader(port, self._send, port)
        try:
            while data := await self._reader.read(_CHUNK_BYTES):
                payload = b"".join(self._manager.filter(data))
                await self._reset()
                while payload:
                    payload = payload[self._write(port, payload) :]
                    await asyncio.sleep(0)
        except OSError:  # a port that vanished, a host that did
            pass
        finally:
            loop.remove_reader(port)
            os.close(port)
            self._writer.close()

    async def _reset(self) -> None:
        for is_download in self._lines.resets:
            await (self._esp.wait_for_download() if is_download else self._esp.reset())
        self._lines.resets.clear()

    def _write(self, port: int, data: bytes) -> int:
        try:
            return os.write(port, data)
        except BlockingIOError:
            return 0

    def _send(self, port: int) -> None:
        try:
            data = os.read(port, _CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._writer.write(b"".join(self._manager.escape(data)))
        else:
            asyncio.get_running_loop().remove_reader(port)
            self._writer.close()
