"""What esptool's stub can do beyond the ROM: erase, and read fast.

Place: bootloader, once the stub was started -> Stub -> Flash.
Guarantee: never more on its way than the host allowed; a digest follows the last block.

Commands: esptool's documentation, "Serial Protocol"; compared with esptool 5.6.
"""

import hashlib
import struct
from collections.abc import Callable

from tools.rig.esp32.flash import Flash
from tools.rig.esp32.slip import framed


class Stub:
    """`commands` by number: what they return follows their answer on the line."""

    def __init__(self, flash: Flash):
        self.has_left = False
        self._flash = flash
        self._data = b""
        self._block = 0
        self._window = 0
        self._sent = 0
        self.is_reading = False
        self.commands: dict[int, Callable[[bytes], bytes]] = {
            0xD0: self._erase_all,
            0xD1: self._erase_region,
            0xD2: self._read,
            0xD3: self._run,
        }

    def acknowledge(self, packet: bytes) -> bytes:
        """Take the host's word that it has so many bytes; return what it reads next."""
        received = struct.unpack("<I", packet)[0]
        if received >= len(self._data):
            self.is_reading = False
            return framed(hashlib.md5(self._data, usedforsecurity=False).digest())
        return self._send(received)

    def _erase_all(self, _: bytes) -> bytes:
        self._flash.erase(0, self._flash.size)
        return b""

    def _erase_region(self, data: bytes) -> bytes:
        self._flash.erase(*struct.unpack("<2I", data))
        return b""

    def _read(self, data: bytes) -> bytes:
        at, size, self._block, in_flight = struct.unpack("<4I", data)
        self._data = self._flash.read(at, size)
        self._window = self._block * in_flight
        self._sent = 0
        self.is_reading = True
        return self._send(0)

    def _send(self, received: int) -> bytes:
        packets = []
        while self._sent < min(len(self._data), received + self._window):
            packets.append(framed(self._data[self._sent : self._sent + self._block]))
            self._sent += self._block
        return b"".join(packets)

    def _run(self, _: bytes) -> bytes:
        self.has_left = True
        return b""
